/* tally.h - what is counted while a run goes on; becomes the Trace. */
#ifndef SIM_TALLY_H
#define SIM_TALLY_H

#include "sim/trace.h"

typedef struct RouterCounts { /* of all event routers */
    uint64_t lookups, busy_cycles, stall_cycles;
} RouterCounts;

typedef struct Tally {
    Counters *count;          /* [n_cores]                                                */
    LinkCounts *link;         /* [n_links + n_router_links]                              */
    LayerCounts *layer;       /* [n_layers]                                               */
    StepTimes *step;          /* [n_steps]                                                */
    uint64_t *slice_ops;      /* [n_slices] weights applied                               */
    uint64_t *source_events;  /* [n_sources] events sent                                 */
    uint64_t *source_markers; /* [n_sources] markers sent that are no events             */
    uint64_t *router_lookups; /* [n_routers]                                              */
    RouterCounts router;
    uint64_t host_events_out, host_markers_out; /* that reached the host; the latter no results */
    uint64_t last_core_cycle; /* end of the last task of any core                       */
} Tally;

#endif
