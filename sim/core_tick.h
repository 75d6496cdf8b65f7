/* core_tick.h - updates at ticks (sync.h), with whatever has been received for them by then. */
#ifndef SIM_CORE_TICK_H
#define SIM_CORE_TICK_H

#include "core_fifo.h"
#include "dram_model.h"
#include "plan.h"
#include "sim/sim.h"

#ifdef __cplusplus
extern "C" {
#endif

struct CoreModel;

typedef struct TokenRow {
    uint32_t token, step; /* of the input that it is part of; NO_STEP: there is none       */
} TokenRow;

typedef struct TickCore {
    uint64_t begun;        /* 1 + the last tick of which an update has begun                */
    uint64_t used;         /* events received, once for each slice that uses them           */
    uint64_t markers_lost; /* packets that closed a step and were no event, at a full FIFO  */
    TokenRow row[2], last; /* there: by step % 2; the one that came last                   */
    TokenRow wanted;       /* of the token received last                                    */
    TokenRow asked[DRAM_READS_IN_FLIGHT]; /* ring                                           */
    uint32_t first, count;
} TickCore;

/* Execute: what has come for the next updates of a slice, of one matrix; by step of these % 2. */
typedef struct TickInput {
    uint32_t n_units;
    float *value[2];      /* [n_units] by source unit: sum of the values received          */
    uint64_t *present[2]; /* bit map                                                       */
} TickInput;

typedef struct TickModel {
    TickCore *core;        /* [n_cores]                                                    */
    TickInput *input;      /* execute: [n_slices * 2] input, recurrent                     */
    const uint8_t *no_row; /* what stands in the place of a token's row before the first   */
    void (*event_used)(void *context, const EventUse *use);
    void *event_used_context;
} TickModel;

/* tick_init - for a plan with ticks. tick_fifo_slots - what a FIFO that loses events must hold. */
void tick_init(Arena *arena, struct CoreModel *cores);
uint64_t tick_fifo_slots(const Plan *plan);

/* tick_wake - a tick begins, for the cores at core edge `cycle`. cost: O(slices) */
void tick_wake(struct CoreModel *cores, uint64_t cycle);

/* tick_note_origin - of a packet just delivered. tick_lose_marker - it is lost and was no event.
 * tick_receive - it is received; returns MARK_FIRST if it is the first for some update.
 * tick_take_mark - that, or MARK_LAST: it brought a token. */
void tick_note_origin(struct CoreModel *cores, FifoOrigin *origin, const Packet *packet);
uint32_t tick_receive(struct CoreModel *cores, uint32_t core, const FifoOrigin *origin);
void tick_lose_marker(struct CoreModel *cores, const FifoOrigin *origin);
void tick_take_mark(struct CoreModel *cores, uint32_t core, uint32_t mark);

/* tick_begin_update - the slice's update of that step begins at core edge `cycle`: counts. */
void tick_begin_update(struct CoreModel *cores, uint32_t slice, uint64_t step, uint64_t cycle);

/* tick_add_events - execute: those for that update to the sums of one matrix (which 0 input, 1
 * recurrent), and forgets them. */
void tick_add_events(struct CoreModel *cores, uint32_t slice, int which, uint64_t step);

/* tick_asked - the core has asked for the row of its last token. tick_row_there - it is there. */
void tick_asked(struct CoreModel *cores, uint32_t core);
void tick_row_there(struct CoreModel *cores, uint32_t core);

/* tick_token_row - execute: the slice's segment of the row that the update of that step takes. */
const uint8_t *tick_token_row(const struct CoreModel *cores, uint32_t slice, uint64_t step);

#ifdef __cplusplus
}
#endif
#endif
