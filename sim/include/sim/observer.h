/* observer.h - what cores do, told span by span: for traces, and to explain a run.
 *
 * An observer changes nothing in a run: same counts, same values. It costs time, as packets are
 * then worked out one by one.
 */
#ifndef SIM_OBSERVER_H
#define SIM_OBSERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/count.h"

#ifdef __cplusplus
extern "C" {
#endif

/* No slice, no source, or a packet that is no event. Sources are slices in the order of the
 * program, then the host. */
#define OBSERVED_NONE UINT32_MAX

typedef struct CoreSpan {
    uint32_t core; /* index into Program.core                                              */
    Count kind;    /* the cycles that it counts in: COUNT_RECEIVE_CYCLES, UPDATE, ARRAY_WAIT,
                      EMIT, STALL, WAIT, SLEEP, LEVEL_SWITCH; of work at the slow of two operating points,
                      its SLOW cycles too; COUNT_MAC_ARRAY_CYCLES: the array, beside these */
    uint64_t begin_ps, end_ps; /* core edges                                               */
    uint32_t slice;            /* update, array and emit: whose                            */
    uint32_t source, position; /* receive: of the packet (position NONE: of no event); a row of the
                                  decoder that is applied has no source */
    uint64_t step; /* update, array and emit: of the slice; receive: of the source         */
} CoreSpan;

typedef enum PacketMoment {
    PACKET_INJECTED, /* handed to the network by its core                                  */
    PACKET_ARRIVED,  /* in the FIFO, from this edge on; its receive is a span              */
    PACKET_LOST      /* left the full FIFO, or did not get in (drop, overwrite)            */
} PacketMoment;

typedef struct PacketNote {
    uint32_t core; /* where: index into Program.core                                       */
    PacketMoment moment;
    uint64_t ps;
    uint32_t source, position; /* position NONE: no event                                  */
    uint64_t step;             /* of the source                                            */
    bool closes;               /* the step of its source                                   */
} PacketNote;

/* The spans of one core come in the order of time, and touch: from 0 to the end of the run
 * without a gap, those of its array apart. Idle time may come in pieces. A span may be told
 * before its end, and a packet before it has arrived; all that begins before an edge is told
 * before the run is past it. */
typedef struct SimObserver {
    void *context;
    const bool *watched; /* [Program.n_cores]; NULL: all                                   */
    void (*span)(void *context, const CoreSpan *span);
    void (*packet)(void *context, const PacketNote *note); /* may be NULL                  */
} SimObserver;

#ifdef __cplusplus
}
#endif
#endif
