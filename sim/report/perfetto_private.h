/* perfetto_private.h - what a trace is made from. */
#ifndef SIM_PERFETTO_PRIVATE_H
#define SIM_PERFETTO_PRIVATE_H

#include "sim/perfetto.h"
#include "sim/report.h"
#include "sim/timeline.h"

typedef struct PerfettoCore {
    uint32_t id;
    uint64_t x, y;      /* its tile */
    const char *layers; /* "0+1"    */
} PerfettoCore;

struct PerfettoRun {
    const Report *report;
    const Timeline *timeline;
    uint32_t n_cores;
    const PerfettoCore *core; /* [n_cores] in use, ascending ids      */
    uint64_t work_cycles;     /* of the run's, in which a core works, summed over the cores */
    uint64_t array_cycles;    /* of the arrays at work, the same       */
    uint32_t n_links;
    const char *const *link; /* [n_links] names                      */
};

/* The prices of a run as means over it: of cores that change their operating point, too. */
typedef struct MeanPower {
    double state_mw; /* whether anything is done or not                       */
    double core_mw;  /* of a core at work: receiving, updating, emitting      */
    double array_mw; /* of a MAC array at work                                */
} MeanPower;

MeanPower perfetto_mean_power(const PerfettoRun *run);

/* perfetto_work - for each of n_bins bins of the window the time that the cores (at work) and the
 * arrays of the timeline spend in it, in ps. */
typedef struct WorkBin {
    uint64_t core_ps, array_ps;
} WorkBin;
void perfetto_work(const Timeline *timeline, uint64_t begin_ps, uint64_t end_ps, uint32_t n_bins,
                   WorkBin *bin);

/* perfetto_core - of an id, or NULL. cost: O(log cores) */
const PerfettoCore *perfetto_core(const PerfettoRun *run, uint32_t id);

#endif
