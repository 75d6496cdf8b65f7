/* report_private.h - what the files of the report share; see sim/report.h for what is public. */
#ifndef SIM_REPORT_PRIVATE_H
#define SIM_REPORT_PRIVATE_H

#include "sim/report.h"

typedef enum MetricId {
#define X(ID, name, unit, meaning) METRIC_##ID,
    METRIC_LIST(X)
#undef X
        N_METRICS
} MetricId;

/* A metric under way: bounds and the least certain number behind it. */
typedef struct Estimate {
    double value, low, high;
    bool counted;
    SourceKind weakest;
    bool present;
} Estimate;

/* report_price - fill all metrics but those of the network (MACs, density, activity, perplexity)
 * from the traces and the chip. cost: O(cores + links + steps log steps) */
void report_price(Arena *arena, const ReportInput *in, Estimate estimate[N_METRICS]);

/* report_is_frame_link - does the link run between chips? Then what it carries are frames. Links
 * have the Topology's numbering of all links. */
bool report_is_frame_link(const Topology *topology, uint32_t link);

/* report_link_pj - energy of what a link carried, at the nominal prices (0), or their low (< 0) or
 * high (> 0) ends. */
double report_link_pj(const Topology *topology, const Trace *trace, uint32_t link, int which);

/* Cycles in which a core works: receive, update and emit; report_busy_cycles - and those in which
 * it is blocked by its MAC array. */
uint64_t report_active_cycles(const Counters *count);
uint64_t report_busy_cycles(const Counters *count);

/* report_array_macs - of all MAC arrays. */
uint64_t report_array_macs(const Trace *trace);

#endif
