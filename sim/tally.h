/* tally.h - what is counted while a run goes on; becomes the Trace. */
#ifndef SIM_TALLY_H
#define SIM_TALLY_H

#include <stddef.h>

#include "plan.h"
#include "sim/trace.h"

typedef struct RouterCounts { /* of all event routers */
    uint64_t lookups, busy_cycles, stall_cycles;
} RouterCounts;

enum { SENT_STEPS = 8 }; /* a source is fewer steps ahead of those that hear of it */

typedef struct Tally {
    Counters *count;             /* [n_cores]                                                */
    LinkCounts *link;            /* [n_links + n_router_links]                              */
    LayerCounts *layer;          /* [n_layers]                                               */
    StepTimes *step;             /* [n_steps]                                                */
    uint64_t *slice_ops;         /* [n_slices] weights applied                               */
    uint64_t *slice_active;      /* [n_slices] cycles for each, see Trace                   */
    uint64_t token_cycles;       /* the same for none: to ask for token rows                */
    TrafficCounts input_traffic; /* of the host's packets                                */
    uint64_t *lost_ops;          /* [n_slices] weights of events lost at full FIFOs          */
    uint64_t *source_events;     /* [n_sources] events sent                                 */
    uint64_t *source_markers;    /* [n_sources] markers sent that are no events             */
    uint64_t *router_lookups;    /* [n_routers]                                              */
    RouterCounts router;
    uint32_t *sent_sum; /* [n_sources * SENT_STEPS] packet_sum of what a source sent in a
                                 step, or NULL if nobody asks                          */
    TraceTicks ticks;
    uint64_t host_events_out, host_markers_out; /* that reached the host; the latter no results */
    uint64_t last_core_cycle; /* end of the last task of any core                       */
} Tally;

/* tally_init - all zero. tally_trace - a copy, with all that follows from tally and plan alone; the
 * engine adds the rest. */
void tally_init(Arena *arena, Tally *tally, const Plan *plan);
Trace *tally_trace(Arena *arena, const Tally *tally, const Plan *plan);

/* tally_host_packets - events and markers on the host's link, both ways. */
uint64_t tally_host_packets(const Tally *tally, const Plan *plan);

/* tally_forget_levels - without a time axis nobody knows which core is at which operating point. */
void tally_forget_levels(Tally *tally, uint32_t n_cores);

/* packet_sum - of a packet's key and payload, for sums that tell apart what was sent and what came,
 * whatever the order: payloads, less what none is, times an odd number for each key. One packet
 * lost or delivered twice, or one payload changed, changes the sum for certain; payloads that
 * change places do if they differ in their lower halves, to which the upper ones are folded. */
static inline uint32_t packet_sum(uint32_t key, uint32_t payload)
{
    const uint32_t folded = payload ^ payload >> 16, folded_nan = UINT32_C(0x7fc07fc1);
    return (2 * key + 1) * (folded - folded_nan);
}

/* tally_sent - a source sends a packet, the first of this step or another. */
static inline void tally_sent(Tally *tally, uint32_t source, uint64_t step, int is_first,
                              uint32_t sum)
{
    if (tally->sent_sum == NULL)
        return;
    uint32_t *sent = &tally->sent_sum[(size_t)source * SENT_STEPS + step % SENT_STEPS];
    *sent = is_first ? sum : *sent + sum;
}

#endif
