/* outcome.c - see outcome.h. Cost: O(cores + links + steps log steps). */
#include "outcome.h"

#include <stdlib.h>

#include "base/check.h"

static const double PS_PER_US = 1e6;
static const double PS_PER_S = 1e12;

uint64_t outcome_busy_cycles(const Counters *count)
{
    const uint64_t slow = count->n[COUNT_SLOW_CYCLES];
    return energy_active_cycles(count) + (slow == COUNT_UNKNOWN ? 0 : slow);
}

static int compare_u64(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

typedef struct StepStatistics {
    double mean_us, p50_us, p95_us, worst_us;
} StepStatistics;

/* Nearest rank: the smallest latency that at least `percent` of the steps do not exceed. */
static double percentile_us(const uint64_t *sorted_ps, uint32_t n, uint32_t percent)
{
    uint64_t rank = ((uint64_t)n * percent + 99) / 100;
    return (double)sorted_ps[rank > 0 ? rank - 1 : 0] / PS_PER_US;
}

static StepStatistics step_statistics(Arena *arena, const Trace *trace)
{
    uint32_t n = trace->n_steps;
    uint64_t *latency_ps = ARENA_ARRAY(arena, uint64_t, n);
    uint64_t sum_ps = 0;
    StepStatistics out;

    for (uint32_t i = 0; i < n; i++) {
        CHECK(trace->step[i].end_ps >= trace->step[i].start_ps);
        latency_ps[i] = trace->step[i].end_ps - trace->step[i].start_ps;
        sum_ps += latency_ps[i];
    }
    qsort(latency_ps, n, sizeof latency_ps[0], compare_u64);
    if (trace->bounds != NULL) /* the run may be bound more tightly than its steps */
        sum_ps = trace->bounds->latency_ps;
    out.mean_us = (double)sum_ps / (double)n / PS_PER_US;
    out.p50_us = percentile_us(latency_ps, n, 50);
    out.p95_us = percentile_us(latency_ps, n, 95);
    out.worst_us = percentile_us(latency_ps, n, 100);
    return out;
}

/* Steps a second: of all steps over their whole span, or, pipelined, between the ends of the first
 * and the last step, so that filling the pipeline does not count. */
static double steps_per_second(const Trace *trace)
{
    uint32_t n = trace->n_steps;
    uint64_t last_ps = trace->step[n - 1].end_ps;

    if (trace->bounds != NULL)
        return trace->bounds->period_ps > 0 ? PS_PER_S / (double)trace->bounds->period_ps : 0;
    if (trace->pipelined && n > 1 && last_ps > trace->step[0].end_ps)
        return (double)(n - 1) * PS_PER_S / (double)(last_ps - trace->step[0].end_ps);
    if (last_ps == trace->step[0].start_ps)
        return 0;
    return (double)n * PS_PER_S / (double)(last_ps - trace->step[0].start_ps);
}

typedef struct Load {
    double mean, busiest;
} Load;

static Load core_load(const Trace *trace)
{
    double cycles = trace->run_cycles > 0 ? (double)trace->run_cycles : 1;
    double n_cores = trace->n_cores > 0 ? trace->n_cores : 1;
    uint64_t sum = 0, most = 0;

    for (uint32_t i = 0; i < trace->n_cores; i++) {
        uint64_t busy = outcome_busy_cycles(&trace->count[i]);
        sum += busy;
        most = busy > most ? busy : most;
    }
    Load load = {(double)sum / cycles / n_cores, (double)most / cycles};
    return load;
}

static void take_counts(Arena *scratch, const Topology *topology, const Trace *trace, double *out)
{
    const EnergyLedger *ledger = energy_ledger(scratch, topology, trace);

    for (uint32_t i = 0; i < ledger->n_lines; i++)
        out[i] = (double)ledger->run[i];
}

void outcome_take(Arena *scratch, const Topology *topology, const Trace *latency,
                  const Trace *throughput, double *out)
{
    const uint32_t n_lines = energy_ledger(scratch, topology, latency)->n_lines;
    const StepStatistics steps = step_statistics(scratch, latency);
    const Load load = core_load(latency);

    out[OUTCOME_LATENCY_MEAN] = steps.mean_us;
    out[OUTCOME_LATENCY_P50] = steps.p50_us;
    out[OUTCOME_LATENCY_P95] = steps.p95_us;
    out[OUTCOME_LATENCY_WORST] = steps.worst_us;
    out[OUTCOME_RATE] = steps_per_second(latency);
    out[OUTCOME_LOAD_MEAN] = load.mean;
    out[OUTCOME_LOAD_BUSIEST] = load.busiest;
    out[OUTCOME_END] = (double)latency->end_ps;
    take_counts(scratch, topology, latency, &out[N_FIXED_OUTCOMES]);
    if (throughput == NULL)
        return;
    out[OUTCOME_PIPELINED_RATE] = steps_per_second(throughput);
    out[OUTCOME_PIPELINED_END] = (double)throughput->end_ps;
    take_counts(scratch, topology, throughput, &out[N_FIXED_OUTCOMES + n_lines]);
}
