/* report_price.c - energy, power, latency and rate from counts, at nominal, low and high numbers.
 *
 * Takes the traces of a ReportInput, makes the priced metrics; what is counted and priced for
 * energy is in the ledger (energy.c). The low (high) end takes every number at its low (high) end,
 * and cycles and times from the replay with fast (slow) software if there is one. A bound never
 * excludes the nominal value, even if contention made a run with faster software slower.
 *
 * Cost: O(cores + links + steps log steps) a trace. Limits: clock rates stand at their nominal
 * value.
 */
#include <stdlib.h>

#include "base/check.h"
#include "plan.h"
#include "report_private.h"

static const double PJ_PER_UJ = 1e6;
static const double PS_PER_US = 1e6;
static const double PS_PER_S = 1e12;
static const double MW_PER_PJ_PER_PS = 1e3;

/* Metric of each part. */
static const MetricId PART_METRIC[N_ENERGY_PARTS] = {
    [ENERGY_ACTIVE] = METRIC_ENERGY_ACTIVE, [ENERGY_MAC_ARRAY] = METRIC_ENERGY_MAC_ARRAY,
    [ENERGY_SLEEP] = METRIC_ENERGY_SLEEP,   [ENERGY_LEVEL_SWITCH] = METRIC_ENERGY_LEVEL_SWITCH,
    [ENERGY_NOC] = METRIC_ENERGY_NOC,       [ENERGY_LINKS] = METRIC_ENERGY_LINKS,
    [ENERGY_ROUTER] = METRIC_ENERGY_ROUTER, [ENERGY_DRAM] = METRIC_ENERGY_DRAM,
    [ENERGY_FLOOR] = METRIC_ENERGY_FLOOR,   [ENERGY_RAIL] = METRIC_ENERGY_RAIL,
};

static SourceKind weaker(SourceKind a, SourceKind b)
{
    return a > b ? a : b;
}

uint64_t report_busy_cycles(const Counters *count)
{
    const uint64_t slow = count->n[COUNT_SLOW_CYCLES];
    return energy_active_cycles(count) + (slow == COUNT_UNKNOWN ? 0 : slow);
}

const char *report_bound_side(MetricId id, bool auto_point)
{
    switch (id) {
    case METRIC_RATE:
    case METRIC_RATE_PIPELINED:
    case METRIC_LOAD_MEAN:
    case METRIC_LOAD_BUSIEST:
        return "at most: ";
    case METRIC_LATENCY_MEAN:
    case METRIC_LATENCY_P50:
    case METRIC_LATENCY_P95:
    case METRIC_LATENCY_WORST:
    case METRIC_ENERGY:
    case METRIC_ENERGY_SLEEP:
    case METRIC_ENERGY_DRAM:
    case METRIC_ENERGY_FLOOR:
    case METRIC_ENERGY_RAIL:
    case METRIC_ENERGY_PIPELINED:
        return "at least: ";
    case METRIC_ENERGY_ACTIVE:
    case METRIC_ENERGY_MAC_ARRAY:
        return auto_point ? "at least: " : "";
    default:
        return "";
    }
}

/* The least certain number behind the time that a matrix's weights take. */
static SourceKind weights_kind(const ReportInput *in, const MatrixImage *matrix)
{
    const ChipSoftware *software = &in->topology->chip->software;
    const ChipCore *core = &in->topology->chip->core;
    const Cost *synapse[N_PRECISIONS][2] = {
        {&software->synapse_source_fp32_cycles, &software->synapse_target_fp32_cycles},
        {&software->synapse_source_bf16_cycles, &software->synapse_target_bf16_cycles},
        {&software->synapse_int_cycles, &software->synapse_int_cycles}};

    if (matrix->format == FORMAT_DENSE_MLA)
        return weaker(core->mac_array_start_cycles.source_kind,
                      weaker(core->mac_array_macs_per_cycle.source_kind,
                             core->mac_array_vector_utilisation_frac.source_kind));
    SourceKind kind = synapse[in->program->precision][matrix->format == FORMAT_TARGET]->source_kind;
    if (matrix->format == FORMAT_BITMAP)
        kind = weaker(kind, software->bitmap_word_cycles.source_kind);
    if (matrix->index_delta)
        kind = weaker(kind, software->delta_index_cycles.source_kind);
    return kind;
}

/* The least certain number behind the times of a run. */
static SourceKind time_kind(const ReportInput *in)
{
    const Chip *chip = in->topology->chip;
    const Cost *cost[] = {
        &chip->software.receive_event_cycles,
        &chip->software.emit_event_cycles,
        &chip->software.step_cycles,
        &chip->noc.hz,
        &chip->noc.hop_cycles,
        &chip->noc.buffer_flits,
        &chip->noc.inject_cycles,
        &chip->noc.eject_cycles,
        &chip->router.hz,
        &chip->router.lookup_cycles,
        &chip->router.packets_per_cycle,
        &chip->router.port_queue_packets,
        &chip->core.receive_fifo_packets,
        &chip->core.inject_queue_packets,
        &chip->host.bits_per_second,
        &chip->host.event_bits,
        &chip->host.latency_ns,
        &chip->point[in->latency->point].hz,
    };
    SourceKind kind = SOURCE_MEASURED;

    for (size_t i = 0; i < sizeof cost / sizeof cost[0]; i++)
        kind = weaker(kind, cost[i]->source_kind);
    for (uint32_t l = 0; l < in->network->n_layers; l++) {
        const CellKind *cell = in->network->layer[l].cell;
        kind = weaker(kind, plan_update_cost(chip, cell, in->program->precision)->source_kind);
    }
    if (in->program->n_tokens > 0 || in->program->has_decoder) {
        kind = weaker(kind, chip->software.dma_setup_cycles.source_kind);
        kind = weaker(kind, chip->dram.effective_bytes_per_second.source_kind);
        kind = weaker(kind, chip->dram.latency_ns.source_kind);
    }
    if (in->latency->auto_point) {
        kind = weaker(kind, chip->point[0].hz.source_kind);
        kind = weaker(kind, chip->software.dvfs_packets.source_kind);
        kind = weaker(kind, chip->core.level_switch_ns.source_kind);
    }
    if (in->latency->n_supersteps > 0)
        kind = weaker(kind, chip->software.barrier_ns.source_kind);
    if (chip->fabric.n_chips > 1) {
        kind = weaker(kind, chip->links.frame_bits.source_kind);
        kind = weaker(kind, chip->links.on_board_bits_per_second.source_kind);
        kind = weaker(kind, chip->links.on_board_latency_ns.source_kind);
    }
    for (uint32_t i = 0; i < in->program->n_cores; i++) {
        const CoreProgram *core = &in->program->core[i];
        for (uint32_t j = 0; j < core->n_slices; j++) {
            kind = weaker(kind, weights_kind(in, &core->slice[j].input));
            kind = weaker(kind, weights_kind(in, &core->slice[j].recurrent));
        }
    }
    return kind;
}

static Estimate estimate_make(double value, double low, double high, SourceKind weakest)
{
    Estimate estimate = {
        value, low < value ? low : value, high > value ? high : value, false, weakest, true};
    return estimate;
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

static void price_latency(Arena *arena, const ReportInput *in, SourceKind time, Estimate *out)
{
    StepStatistics nominal = step_statistics(arena, in->latency);
    StepStatistics fast = in->fast ? step_statistics(arena, in->fast) : nominal;
    StepStatistics slow = in->slow ? step_statistics(arena, in->slow) : nominal;
    const Trace *low_rate = in->slow ? in->slow : in->latency;
    const Trace *high_rate = in->fast ? in->fast : in->latency;

    out[METRIC_LATENCY_MEAN] = estimate_make(nominal.mean_us, fast.mean_us, slow.mean_us, time);
    out[METRIC_LATENCY_P50] = estimate_make(nominal.p50_us, fast.p50_us, slow.p50_us, time);
    out[METRIC_LATENCY_P95] = estimate_make(nominal.p95_us, fast.p95_us, slow.p95_us, time);
    out[METRIC_LATENCY_WORST] = estimate_make(nominal.worst_us, fast.worst_us, slow.worst_us, time);
    out[METRIC_RATE] = estimate_make(steps_per_second(in->latency), steps_per_second(low_rate),
                                     steps_per_second(high_rate), time);
    if (in->throughput) {
        low_rate = in->throughput_slow ? in->throughput_slow : in->throughput;
        high_rate = in->throughput_fast ? in->throughput_fast : in->throughput;
        out[METRIC_RATE_PIPELINED] =
            estimate_make(steps_per_second(in->throughput), steps_per_second(low_rate),
                          steps_per_second(high_rate), time);
    }
}

typedef struct RunEnergy { /* of one run at all three ends */
    const EnergyLedger *ledger;
    Estimate part[N_ENERGY_PARTS], total, power;
} RunEnergy;

/* One trace of a run at one end of all prices. */
static double price_trace(Arena *arena, const Topology *topology, const Trace *trace, int which,
                          double part_pj[N_ENERGY_PARTS])
{
    const EnergyLedger *ledger = energy_ledger(arena, topology, trace);
    double *price = ARENA_ARRAY(arena, double, ledger->n_lines);

    energy_prices(ledger, which, price);
    return energy_price(ledger, ledger->run, price, part_pj);
}

static double power_mw(Arena *arena, const Topology *topology, const Trace *trace, int which)
{
    double pj = price_trace(arena, topology, trace, which, NULL);

    return trace->end_ps > 0 ? pj / (double)trace->end_ps * MW_PER_PJ_PER_PS : 0;
}

/* A run and its replays with fast and slow software, or the run itself where there are none. */
typedef struct RunTraces {
    const Trace *nominal, *fast, *slow;
} RunTraces;

/* Slow software spreads the same work over more time, or works more in the same time: the lowest
 * and the highest power may belong to either. */
static Estimate price_power(Arena *arena, const Topology *topology, const RunTraces *run,
                            SourceKind weakest)
{
    double low[2] = {power_mw(arena, topology, run->fast, -1),
                     power_mw(arena, topology, run->slow, -1)};
    double high[2] = {power_mw(arena, topology, run->fast, 1),
                      power_mw(arena, topology, run->slow, 1)};

    return estimate_make(power_mw(arena, topology, run->nominal, 0),
                         low[0] < low[1] ? low[0] : low[1], high[0] > high[1] ? high[0] : high[1],
                         weakest);
}

static RunEnergy price_run(Arena *arena, const Topology *topology, const Trace *trace,
                           const Trace *fast, const Trace *slow, SourceKind time)
{
    const RunTraces run = {trace, fast ? fast : trace, slow ? slow : trace};
    const double scale = 1 / ((double)trace->n_steps * PJ_PER_UJ);
    double value[N_ENERGY_PARTS], low[N_ENERGY_PARTS], high[N_ENERGY_PARTS];
    double sum = price_trace(arena, topology, run.nominal, 0, value);
    double low_sum = price_trace(arena, topology, run.fast, -1, low);
    double high_sum = price_trace(arena, topology, run.slow, 1, high);
    SourceKind weakest = SOURCE_MEASURED;
    RunEnergy out = {.ledger = energy_ledger(arena, topology, trace)};

    for (EnergyPart i = (EnergyPart)0; i < N_ENERGY_PARTS; i++) {
        SourceKind kind = energy_kind(out.ledger, i);
        if (energy_is_timed(out.ledger, i))
            kind = weaker(kind, time);
        out.part[i] = estimate_make(value[i] * scale, low[i] * scale, high[i] * scale, kind);
        weakest = high[i] > 0 ? weaker(weakest, kind) : weakest;
    }
    out.total = estimate_make(sum * scale, low_sum * scale, high_sum * scale, weakest);
    out.power = price_power(arena, topology, &run, weakest);
    return out;
}

/* Which share of the nominal energy is priced by numbers of which kind. */
static void price_shares(const RunEnergy *run, Estimate *out)
{
    static const MetricId metric[] = {METRIC_PRICE_MEASURED, METRIC_PRICE_DATASHEET,
                                      METRIC_PRICE_DERIVED, METRIC_PRICE_GUESS};

    const EnergyLedger *ledger = run->ledger;
    double of_kind[SOURCE_GUESS + 1] = {0}, sum = 0;

    for (uint32_t i = 0; i < ledger->n_lines; i++) {
        double pj = energy_line_pj(ledger, ledger->run, i);
        of_kind[ledger->line[i].cost->source_kind] += pj;
        sum += pj;
    }
    for (int i = SOURCE_MEASURED; i <= SOURCE_GUESS; i++) {
        double share = sum > 0 ? of_kind[i] / sum : 0;
        out[metric[i]] = estimate_make(share, share, share, run->total.weakest);
    }
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
        uint64_t busy = report_busy_cycles(&trace->count[i]);
        sum += busy;
        most = busy > most ? busy : most;
    }
    Load load = {(double)sum / cycles / n_cores, (double)most / cycles};
    return load;
}

static Estimate estimate_between(double value, double a, double b, SourceKind weakest)
{
    return estimate_make(value, a < b ? a : b, a < b ? b : a, weakest);
}

static void price_load(const ReportInput *in, SourceKind time, Estimate *out)
{
    if (in->latency->auto_point && in->latency->bounds != NULL)
        return; /* how long work takes is not known, nor bounded above */
    Load load = core_load(in->latency);
    Load fast = in->fast ? core_load(in->fast) : load;
    Load slow = in->slow ? core_load(in->slow) : load;

    out[METRIC_LOAD_MEAN] = estimate_between(load.mean, fast.mean, slow.mean, time);
    out[METRIC_LOAD_BUSIEST] = estimate_between(load.busiest, fast.busiest, slow.busiest, time);
}

/* Parts that a chip does not have, or a run not use, are left out. */
static bool has_part(const ReportInput *in, EnergyPart part)
{
    if (part == ENERGY_MAC_ARRAY)
        return energy_array_macs(in->latency) > 0;
    if (part == ENERGY_LEVEL_SWITCH)
        return in->latency->auto_point && in->latency->bounds == NULL;
    return part != ENERGY_LINKS || in->topology->chip->fabric.n_chips > 1;
}

void report_price(Arena *arena, const ReportInput *in, Estimate estimate[N_METRICS])
{
    SourceKind time = time_kind(in);
    RunEnergy run;

    price_latency(arena, in, time, estimate);
    run = price_run(arena, in->topology, in->latency, in->fast, in->slow, time);
    estimate[METRIC_ENERGY] = run.total;
    for (EnergyPart part = (EnergyPart)0; part < N_ENERGY_PARTS; part++)
        if (has_part(in, part))
            estimate[PART_METRIC[part]] = run.part[part];
    if (in->latency->bounds == NULL) /* of two lower bounds, the quotient is none */
        estimate[METRIC_POWER] = run.power;
    price_shares(&run, estimate);
    price_load(in, time, estimate);
    if (in->throughput) {
        run = price_run(arena, in->topology, in->throughput, in->throughput_fast,
                        in->throughput_slow, time);
        estimate[METRIC_ENERGY_PIPELINED] = run.total;
        if (in->throughput->bounds == NULL)
            estimate[METRIC_POWER_PIPELINED] = run.power;
    }
}
