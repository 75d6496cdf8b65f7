/* outcome.h - what a run comes to, as plain numbers: times, rates, loads, counts of its ledger.
 *
 * Re-timings of a run with other numbers of the chip are compared by these (response.h); metrics
 * are made from them and from prices (report_price.c).
 */
#ifndef SIM_OUTCOME_H
#define SIM_OUTCOME_H

#include "sim/energy.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of a run with one token at a time, and of the same pipelined (0 if there is none). After these
 * follow the counts of all lines of the ledger, then those of the pipelined run. */
typedef enum Outcome {
    OUTCOME_LATENCY_MEAN, /* us, as all latencies */
    OUTCOME_LATENCY_P50,  /* percentiles are by nearest rank */
    OUTCOME_LATENCY_P95,
    OUTCOME_LATENCY_WORST,
    OUTCOME_RATE, /* tokens a second */
    OUTCOME_LOAD_MEAN,
    OUTCOME_LOAD_BUSIEST,
    OUTCOME_END, /* ps: duration */
    OUTCOME_PIPELINED_RATE,
    OUTCOME_PIPELINED_END,
    N_FIXED_OUTCOMES
} Outcome;

/* outcome_number - how many there are with so many lines. The counts of a line stand at
 * N_FIXED_OUTCOMES + line, those of the pipelined run n_lines behind them. */
static inline uint32_t outcome_number(uint32_t n_lines)
{
    return N_FIXED_OUTCOMES + 2 * n_lines;
}

/* outcome_take - of a run and its pipelined form, or NULL; out [outcome_number(lines)].
 * cost: O(cores + links + steps log steps) */
void outcome_take(Arena *scratch, const Topology *topology, const Trace *latency,
                  const Trace *throughput, double *out);

/* outcome_busy_cycles - in which a core is active, and what that takes longer at the slow point. */
uint64_t outcome_busy_cycles(const Counters *count);

#ifdef __cplusplus
}
#endif
#endif
