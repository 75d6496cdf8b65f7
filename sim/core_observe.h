/* core_observe.h - tells an observer (sim/observer.h) what the cores do. */
#ifndef SIM_CORE_OBSERVE_H
#define SIM_CORE_OBSERVE_H

#include <stdint.h>

#include "base/arena.h"
#include "sim/observer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct CoreModel;

/* observe_init - room for what has to be known of packets; observer and FIFOs are set. */
void observe_init(Arena *arena, struct CoreModel *cores);

/* observe_task - a core begins a task of this kind at edge `begin`, for the update or emission
 * under way, or a row of the decoder. observe_array - its MAC array begins a job. */
void observe_task(struct CoreModel *cores, uint32_t core, Count kind, uint64_t begin, uint64_t end);
void observe_array(struct CoreModel *cores, uint32_t core, uint64_t begin, uint64_t end);

/* observe_arrival - the packet just added to a core's FIFO. observe_injected - it goes out at
 * `ps`. observe_loss - packet i of the FIFO is lost at edge `cycle`. */
void observe_arrival(struct CoreModel *cores, uint32_t core);
void observe_injected(struct CoreModel *cores, uint32_t core, uint64_t ps);
void observe_loss(struct CoreModel *cores, uint32_t core, uint32_t i, uint64_t cycle);

/* observe_receive - the first packet of a core's FIFO is about to be received. observe_serve -
 * as fifo_serve, packet by packet. observe_rest - a core is idle until edge `cycle`, before
 * fifo_rest. */
void observe_receive(struct CoreModel *cores, uint32_t core);
uint32_t observe_serve(struct CoreModel *cores, uint32_t core, uint64_t until);
void observe_rest(struct CoreModel *cores, uint32_t core, uint64_t cycle);

/* observe_change - a core changes its operating point; nothing where `end` is `begin`. */
void observe_change(struct CoreModel *cores, uint32_t core, uint64_t begin, uint64_t end);

/* observe_settle - as fifo_settle. */
void observe_settle(struct CoreModel *cores, uint32_t core, uint64_t until);

/* observe_until - nothing will reach the cores before edge `cycle`: tell all that begins before. */
void observe_until(struct CoreModel *cores, uint64_t cycle);

#ifdef __cplusplus
}
#endif
#endif
