/* report.h - prices for counts: the only place where energy appears.
 *
 * energy = sum of count x unit energy + state power x state time. Each metric has a nominal value and
 * the bounds that follow when every number of the chip that it uses stands at its low or high end.
 */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include <stdio.h>

#include "arch/program.h"
#include "arch/topology.h"
#include "base/arena.h"
#include "base/err.h"
#include "models/network.h"
#include "models/reference.h"
#include "sim/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Metric {
    const char *name;            /* stable: "latency_mean_us", "energy_per_token_uj"      */
    const char *unit;
    const char *meaning;
    double value, low, high;
    SourceKind weakest;          /* least certain kind among the numbers it uses          */
} Metric;

/* What a report is made from. Traces may be NULL where a run was not made. */
typedef struct ReportInput {
    const Program *program;
    const Topology *topology;    /* its chip is the chip                                  */
    const Network *network;
    const InputStream *input;
    const ReferenceRun *reference; /* perplexity, activity, MACs                          */
    const Trace *latency;        /* sequential run, required                              */
    const Trace *throughput;     /* pipelined run, or NULL                                */
    const Trace *fast, *slow;    /* sequential replays with software costs at their low and high
                                    ends, or NULL: bounds of latency                      */
    const char *version, *command;
    uint64_t seed;
} ReportInput;

typedef struct CoreEnergy {
    double active_pj, sleep_pj;
} CoreEnergy;

typedef struct Report {
    ReportInput in;              /* borrowed                                              */
    uint32_t n_metrics;
    const Metric *metric;        /* [n_metrics] fixed order                               */
    const CoreEnergy *core_energy; /* [latency->n_cores]                                  */
} Report;

/* report_build - cost: O(cores + links + steps log steps). */
Status report_build(Arena *arena, const ReportInput *in, const Report **out, Err *err);

/* report_metric - by name, or NULL. */
const Metric *report_metric(const Report *report, const char *name);

/* One screen of text. width: columns of the terminal, at least 60. */
void report_write_text(const Report *report, FILE *stream);
void report_write_json(Arena *scratch, const Report *report, FILE *stream);
void report_write_cores_csv(const Report *report, FILE *stream);
void report_write_links_csv(Arena *scratch, const Report *report, FILE *stream);
void report_write_steps_csv(const Report *report, FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
