/* report_price.c - energy, power, latency and rate from counts, at nominal, low and high numbers.
 *
 * Takes the traces of a ReportInput, makes the priced metrics. Energy of a run is
 *
 *     active cycles x core_active_cycle_pj + cores in use x core_sleep_uw x time
 *   + MACs of the MAC arrays x mac_array_mac_pj
 *   + flits over links x flit_hop_*_pj + look-ups x router_lookup_pj
 *   + frames over links between chips x frame_bits x on_board_link_bit_pj
 *   + chips at work x (dram_idle_uw + chip_floor_uw + extra_rail_uw) x time
 *
 * A core is active in its receive, update and emit cycles; it waits, stalls, sleeps and is blocked
 * by its MAC array (whose price was measured over sleep) at its state power, which counts for all
 * cores in use over the whole run. Cores not in use are power-gated: 0. Likewise a chip of a board
 * counts if it has a core in use, sends frames or has the host. The low (high) end takes every
 * number at its low (high) end, and cycles and times from the replay with fast (slow) software if
 * there is one. A bound never excludes the nominal value, even if contention made a run with
 * faster software slower.
 *
 * Cost: O(cores + links + steps log steps) a trace. Limits: clock rates stand at their nominal
 * value; the host link and level switches do not occur or are not priced. DRAM is read only where a
 * program has token rows.
 */
#include <stdlib.h>

#include "base/check.h"
#include "report_private.h"

typedef enum Part {
    PART_ACTIVE,
    PART_MAC_ARRAY,
    PART_SLEEP,
    PART_NOC,
    PART_LINKS,
    PART_ROUTER,
    PART_DRAM,
    PART_FLOOR,
    PART_RAIL,
    N_PARTS
} Part;

/* Least certain kinds: of the unit price, and of all that the part rests on. */
typedef struct PartKind {
    SourceKind price, weakest;
} PartKind;

static const double PJ_PER_UW_PS = 1e-6;
static const double PJ_PER_UJ = 1e6;
static const double BITS_PER_BYTE = 8;
static const double PS_PER_US = 1e6;
static const double PS_PER_S = 1e12;
static const double MW_PER_PJ_PER_PS = 1e3;

static double cost_at(const Cost *cost, int which)
{
    return which < 0 ? cost->low : which > 0 ? cost->high : cost->value;
}

static SourceKind weaker(SourceKind a, SourceKind b)
{
    return a > b ? a : b;
}

uint64_t report_active_cycles(const Counters *count)
{
    return count->n[COUNT_RECEIVE_CYCLES] + count->n[COUNT_UPDATE_CYCLES] +
           count->n[COUNT_EMIT_CYCLES];
}

uint64_t report_busy_cycles(const Counters *count)
{
    return report_active_cycles(count) + count->n[COUNT_MAC_ARRAY_CYCLES];
}

uint64_t report_array_macs(const Trace *trace)
{
    uint64_t macs = 0;

    for (uint32_t i = 0; i < trace->n_cores; i++)
        macs += trace->count[i].n[COUNT_MAC_ARRAY_MACS];
    return macs;
}

bool report_is_frame_link(const Topology *topology, uint32_t link)
{
    return topology->chip->fabric.routing == ROUTING_CENTRAL &&
           link >= topology_all_links(topology) - topology->n_router_links;
}

double report_link_pj(const Topology *topology, const Trace *trace, uint32_t link, int which)
{
    const Chip *chip = topology->chip;
    const LinkCounts *count = &trace->link[link];
    if (report_is_frame_link(topology, link))
        return (double)count->flits * (double)cost_count(&chip->links.frame_bits) *
               cost_at(&chip->energy.on_board_link_bit_pj, which);
    return (double)count->payload_flits * cost_at(&chip->energy.flit_hop_payload_pj, which) +
           (double)(count->flits - count->payload_flits) *
               cost_at(&chip->energy.flit_hop_event_pj, which);
}

/* Flits over links on a chip, and frames over links between chips. */
static void price_links(const Topology *topology, const Trace *trace, int which,
                        double part_pj[N_PARTS])
{
    const ChipEnergy *energy = &topology->chip->energy;
    uint64_t flits = 0, payload_flits = 0, frames = 0;

    for (uint32_t i = 0; i < trace->n_links; i++) {
        bool is_frame = report_is_frame_link(topology, i);
        frames += is_frame ? trace->link[i].flits : 0;
        flits += is_frame ? 0 : trace->link[i].flits;
        payload_flits += is_frame ? 0 : trace->link[i].payload_flits;
    }
    part_pj[PART_NOC] =
        (double)payload_flits * cost_at(&energy->flit_hop_payload_pj, which) +
        (double)(flits - payload_flits) * cost_at(&energy->flit_hop_event_pj, which);
    part_pj[PART_LINKS] = (double)frames * (double)cost_count(&topology->chip->links.frame_bits) *
                          cost_at(&energy->on_board_link_bit_pj, which);
}

/* Chips of a board that have a core in use, send frames or have the host; the others are off. */
static uint32_t chips_at_work(const Topology *topology, const Trace *trace)
{
    uint32_t n_chips = topology->chip->fabric.n_chips, n_working = 0, c = 0;
    if (n_chips == 1)
        return 1;
    uint32_t first = topology_all_links(topology) - topology->n_router_links;
    for (uint32_t chip = 0; chip < n_chips; chip++) {
        bool works = chip == topology->host_router;
        for (; c < trace->n_cores && trace->core[c] / topology->cores_per_router == chip; c++)
            works = true;
        for (uint32_t l = topology->first_router_link[chip];
             l < topology->first_router_link[chip + 1]; l++)
            works = works || trace->link[first + l].flits > 0;
        n_working += works;
    }
    return n_working;
}

static void price_parts(const Topology *topology, const Trace *trace, int which,
                        double part_pj[N_PARTS])
{
    const Chip *chip = topology->chip;
    const OperatingPoint *point = &chip->point[trace->point];
    const ChipEnergy *energy = &chip->energy;
    uint64_t active_cycles = 0;
    double state_pj_per_uw = (double)trace->end_ps * PJ_PER_UW_PS;
    double chips_pj_per_uw = (double)chips_at_work(topology, trace) * state_pj_per_uw;

    for (uint32_t i = 0; i < trace->n_cores; i++)
        active_cycles += report_active_cycles(&trace->count[i]);
    part_pj[PART_ACTIVE] = (double)active_cycles * cost_at(&point->core_active_cycle_pj, which);
    part_pj[PART_MAC_ARRAY] =
        (double)report_array_macs(trace) * cost_at(&point->mac_array_mac_pj, which);
    part_pj[PART_SLEEP] =
        (double)trace->n_cores * cost_at(&point->core_sleep_uw, which) * state_pj_per_uw;
    price_links(topology, trace, which, part_pj);
    part_pj[PART_ROUTER] =
        (double)trace->router_lookups * cost_at(&energy->router_lookup_pj, which);
    part_pj[PART_DRAM] =
        cost_at(&energy->dram_idle_uw, which) * chips_pj_per_uw +
        (double)trace->dram_bytes * BITS_PER_BYTE * cost_at(&energy->dram_bit_pj, which);
    part_pj[PART_FLOOR] = cost_at(&energy->chip_floor_uw, which) * chips_pj_per_uw;
    part_pj[PART_RAIL] = cost_at(&energy->extra_rail_uw, which) * chips_pj_per_uw;
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
        in->program->precision == PRECISION_INT8 ? &chip->software.update_egru_int_cycles
                                                 : &chip->software.update_egru_cycles,
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
    if (in->program->n_tokens > 0 || in->program->has_decoder) {
        kind = weaker(kind, chip->software.dma_setup_cycles.source_kind);
        kind = weaker(kind, chip->dram.effective_bytes_per_second.source_kind);
        kind = weaker(kind, chip->dram.latency_ns.source_kind);
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

static void part_kinds(const ReportInput *in, SourceKind time, PartKind kind[N_PARTS])
{
    const Chip *chip = in->topology->chip;
    const OperatingPoint *point = &chip->point[in->latency->point];
    const ChipEnergy *energy = &chip->energy;

    kind[PART_ACTIVE].price = point->core_active_cycle_pj.source_kind;
    kind[PART_MAC_ARRAY].price = point->mac_array_mac_pj.source_kind;
    kind[PART_SLEEP].price = point->core_sleep_uw.source_kind;
    kind[PART_NOC].price =
        weaker(energy->flit_hop_event_pj.source_kind, energy->flit_hop_payload_pj.source_kind);
    kind[PART_LINKS].price = energy->on_board_link_bit_pj.source_kind;
    kind[PART_ROUTER].price = energy->router_lookup_pj.source_kind;
    kind[PART_DRAM].price = energy->dram_idle_uw.source_kind;
    if (in->latency->dram_bytes > 0)
        kind[PART_DRAM].price = weaker(kind[PART_DRAM].price, energy->dram_bit_pj.source_kind);
    kind[PART_FLOOR].price = energy->chip_floor_uw.source_kind;
    kind[PART_RAIL].price = energy->extra_rail_uw.source_kind;
    for (int part = 0; part < N_PARTS; part++) {
        bool timed =
            part != PART_NOC && part != PART_LINKS && part != PART_ROUTER && part != PART_MAC_ARRAY;
        kind[part].weakest = timed ? weaker(kind[part].price, time) : kind[part].price;
    }
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
    Estimate part[N_PARTS], total, power;
} RunEnergy;

static double sum_parts(const double part[N_PARTS])
{
    double sum = 0;

    for (int i = 0; i < N_PARTS; i++)
        sum += part[i];
    return sum;
}

static double power_mw(const Topology *topology, const Trace *trace, int which)
{
    double part_pj[N_PARTS];

    price_parts(topology, trace, which, part_pj);
    return trace->end_ps > 0 ? sum_parts(part_pj) / (double)trace->end_ps * MW_PER_PJ_PER_PS : 0;
}

/* Slow software spreads the same work over more time, or works more in the same time: the lowest
 * and the highest power may belong to either. */
static Estimate price_power(const Topology *topology, const Trace *trace, const Trace *fast,
                            const Trace *slow, SourceKind weakest)
{
    double low[2] = {power_mw(topology, fast, -1), power_mw(topology, slow, -1)};
    double high[2] = {power_mw(topology, fast, 1), power_mw(topology, slow, 1)};

    return estimate_make(power_mw(topology, trace, 0), low[0] < low[1] ? low[0] : low[1],
                         high[0] > high[1] ? high[0] : high[1], weakest);
}

static RunEnergy price_run(const ReportInput *in, const Trace *trace, const Trace *fast,
                           const Trace *slow, const PartKind kind[N_PARTS])
{
    const Topology *topology = in->topology;
    const double scale = 1 / ((double)trace->n_steps * PJ_PER_UJ);
    double value[N_PARTS], low[N_PARTS], high[N_PARTS];
    SourceKind weakest = SOURCE_MEASURED;
    RunEnergy out;

    if (!fast)
        fast = trace;
    if (!slow)
        slow = trace;
    price_parts(topology, trace, 0, value);
    price_parts(topology, fast, -1, low);
    price_parts(topology, slow, 1, high);
    for (int i = 0; i < N_PARTS; i++) {
        out.part[i] =
            estimate_make(value[i] * scale, low[i] * scale, high[i] * scale, kind[i].weakest);
        weakest = high[i] > 0 ? weaker(weakest, kind[i].weakest) : weakest;
    }
    out.total = estimate_make(sum_parts(value) * scale, sum_parts(low) * scale,
                              sum_parts(high) * scale, weakest);
    out.power = price_power(topology, trace, fast, slow, weakest);
    return out;
}

/* Which share of the nominal energy is priced by numbers of which kind. */
static void price_shares(const RunEnergy *run, const PartKind kind[N_PARTS], Estimate *out)
{
    static const MetricId metric[] = {METRIC_PRICE_MEASURED, METRIC_PRICE_DATASHEET,
                                      METRIC_PRICE_DERIVED, METRIC_PRICE_GUESS};

    for (int i = SOURCE_MEASURED; i <= SOURCE_GUESS; i++) {
        double sum = 0;
        for (int part = 0; part < N_PARTS; part++)
            sum += (int)kind[part].price == i ? run->part[part].value : 0;
        double share = run->total.value > 0 ? sum / run->total.value : 0;
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
    Load load = core_load(in->latency);
    Load fast = in->fast ? core_load(in->fast) : load;
    Load slow = in->slow ? core_load(in->slow) : load;

    out[METRIC_LOAD_MEAN] = estimate_between(load.mean, fast.mean, slow.mean, time);
    out[METRIC_LOAD_BUSIEST] = estimate_between(load.busiest, fast.busiest, slow.busiest, time);
}

void report_price(Arena *arena, const ReportInput *in, Estimate estimate[N_METRICS])
{
    SourceKind time = time_kind(in);
    PartKind kind[N_PARTS];
    RunEnergy run;

    part_kinds(in, time, kind);
    price_latency(arena, in, time, estimate);
    run = price_run(in, in->latency, in->fast, in->slow, kind);
    estimate[METRIC_ENERGY] = run.total;
    estimate[METRIC_ENERGY_ACTIVE] = run.part[PART_ACTIVE];
    if (report_array_macs(in->latency) > 0)
        estimate[METRIC_ENERGY_MAC_ARRAY] = run.part[PART_MAC_ARRAY];
    estimate[METRIC_ENERGY_SLEEP] = run.part[PART_SLEEP];
    estimate[METRIC_ENERGY_NOC] = run.part[PART_NOC];
    if (in->topology->chip->fabric.n_chips > 1)
        estimate[METRIC_ENERGY_LINKS] = run.part[PART_LINKS];
    estimate[METRIC_ENERGY_ROUTER] = run.part[PART_ROUTER];
    estimate[METRIC_ENERGY_DRAM] = run.part[PART_DRAM];
    estimate[METRIC_ENERGY_FLOOR] = run.part[PART_FLOOR];
    estimate[METRIC_ENERGY_RAIL] = run.part[PART_RAIL];
    if (in->latency->bounds == NULL) /* of two lower bounds, the quotient is none */
        estimate[METRIC_POWER] = run.power;
    price_shares(&run, kind, estimate);
    price_load(in, time, estimate);
    if (in->throughput) {
        run = price_run(in, in->throughput, in->throughput_fast, in->throughput_slow, kind);
        estimate[METRIC_ENERGY_PIPELINED] = run.total;
        if (in->throughput->bounds == NULL)
            estimate[METRIC_POWER_PIPELINED] = run.power;
    }
}
