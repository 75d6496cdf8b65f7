/* count_chain.c - the critical path of a step: host -> first layer -> ... -> last layer -> host.
 *
 * Stage by stage: every source of a stage has an earliest time for its first packet and for the one
 * that closes its step; every core that the stage feeds must receive them all before it updates. A
 * core receives one packet after another, so with sources in the order of their first packets,
 * ready = max(ready, source's first packet there) + cycles of all its packets is the least time at
 * which one machine can be done with jobs that come at these times (preemptive one-machine bound,
 * Jackson 1955; Carlier 1982); and the packet that comes last must be received after it has come.
 * The update follows, then one packet after another; the first can leave after the update and one
 * emission. At the end the host's link is such a machine too.
 *
 * A sum of k cycles of a clock lasts at least what count_span_ps says; times are rounded down to
 * cycles. Events that recur are left out: they may be received before the step begins.
 *
 * Cost: a vector of the cores that a source feeds is added for each event, then one pass over the
 * pairs of the stage.
 */
#include "count_bounds.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static void make_order(Arena *arena, Chain *chain, uint32_t layer)
{
    const CountModel *model = chain->model;
    const uint32_t n_units = model->plan.program->layer[layer].n_units;
    uint32_t *order = ARENA_ARRAY(arena, uint32_t, n_units), n = 0;
    for (uint32_t p = 0; p < n_units; p += model->source[order[n++]].n_units)
        order[n] = model->source_of[layer + 1][p];
    chain->order[layer] = order;
    chain->n_slices[layer] = n;
}

void chain_init(Arena *arena, Chain *chain, const CountModel *model)
{
    const Plan *plan = &model->plan;
    *chain = (Chain){
        .model = model,
        .order = ARENA_ARRAY(arena, uint32_t *, plan->n_layers),
        .n_slices = ARENA_ARRAY(arena, uint32_t, plan->n_layers),
        .way_ps = ARENA_ARRAY(arena, uint64_t, plan->n_sources),
        .first_ps = ARENA_ARRAY(arena, uint64_t, plan->n_sources),
        .closed_ps = ARENA_ARRAY(arena, uint64_t, plan->n_sources),
        .n_events = ARENA_ARRAY(arena, uint32_t, plan->n_sources),
        .unit = ARENA_ARRAY(arena, const uint32_t *, plan->n_sources),
        .cycles = ARENA_ARRAY(arena, uint32_t, (size_t)plan->n_cores + COUNT_VECTOR),
        .core = ARENA_ARRAY(arena, CoreTimes, plan->n_cores),
        .sorted = ARENA_ARRAY(arena, Release, plan->n_sources),
        .host_way_ps = ARENA_ARRAY(arena, uint64_t, plan->n_sources),
        .input = ARENA_ARRAY(arena, uint32_t, plan->program->n_inputs),
    };
    for (uint32_t l = 0; l < plan->n_layers; l++)
        make_order(arena, chain, l);
    for (uint32_t s = 0; s < plan->n_sources; s++) {
        const CountSource *source = &model->source[s];
        chain->host_way_ps[s] = source->host_way_ps;
        chain->way_ps[s] = source->way_ps;
    }
}

/* Least time of so many cycles since the step's begin: count_whole_cycles is half a ps off at
 * most, and so is each edge. */
static uint64_t cycles_ps(const Clock *clock, uint64_t cycles)
{
    const uint64_t slack = 3;
    uint64_t ps = clock_edge_ps(clock, cycles);
    return ps > slack ? ps - slack : 0;
}

/* ---- events of a step by source -------------------- */

static void split_layer(Chain *chain, uint32_t t, uint32_t layer)
{
    const CountModel *model = chain->model;
    const EventTrace *expected = model->plan.expected;
    const uint32_t *unit = expected->unit + event_trace_first(expected, t, layer);
    const uint32_t *end = unit + event_trace_count(expected, t, layer);
    for (uint32_t i = 0; i < chain->n_slices[layer]; i++) {
        uint32_t s = chain->order[layer][i];
        uint32_t behind = model->source[s].first_position + model->source[s].n_units;
        chain->unit[s] = unit;
        while (unit < end && *unit < behind)
            unit++;
        chain->n_events[s] = (uint32_t)(unit - chain->unit[s]);
    }
}

static void split_step(Chain *chain, uint32_t t)
{
    const CountModel *model = chain->model;
    const uint32_t host = model->plan.n_slices;
    chain->n_events[host] = input_events(model->input, t, chain->input, NULL);
    chain->unit[host] = chain->input;
    for (uint32_t l = 0; l < model->plan.n_layers; l++)
        split_layer(chain, t, l);
    chain->n_decoder_events =
        model->plan.program->has_decoder
            ? event_trace_count(model->plan.expected, t, model->plan.n_layers - 2)
            : 0;
}

/* ---- one stage -------------------- */

/* Cycles of an event on a core in the last step: its recurrent weights are not applied. */
static uint64_t last_event_cycles(const CountModel *model, const CountSource *source, uint32_t i,
                                  uint32_t u)
{
    uint64_t cycles = source->cycles[(size_t)u * source->stride + i];
    uint64_t recurrent = count_recurrent_cycles(model, source, source->pair[i].core, u);
    CHECK(recurrent <= cycles);
    return cycles - recurrent;
}

/* A row of the table to the sums, in whole vectors: written out, as compilers make vector code of
 * this at once. */
static void add_row(uint32_t *restrict sum, const uint32_t *restrict row, uint32_t stride)
{
    for (const uint32_t *end = row + stride; row < end; row += COUNT_VECTOR, sum += COUNT_VECTOR) {
        sum[0] += row[0];
        sum[1] += row[1];
        sum[2] += row[2];
        sum[3] += row[3];
        sum[4] += row[4];
        sum[5] += row[5];
        sum[6] += row[6];
        sum[7] += row[7];
    }
}

/* Cycles of all events of a source in the step on each core that it feeds and that listens. */
static void sum_events(Chain *chain, uint32_t s, bool last_step)
{
    const CountSource *source = &chain->model->source[s];
    uint32_t *sum = chain->cycles;
    memset(sum, 0, source->stride * sizeof *sum);
    for (uint32_t e = 0; e < chain->n_events[s]; e++) {
        const uint32_t u = chain->unit[s][e] - source->first_position;
        if (!last_step)
            add_row(sum, source->cycles + (size_t)u * source->stride, source->stride);
        for (uint32_t i = 0; last_step && i < source->n_tabled; i++)
            sum[i] += (uint32_t)last_event_cycles(chain->model, source, i, u);
    }
}

/* A core receives packets that take `cycles`, from cycle `first` on; the last of them takes until
 * `closed`. */
static void receive_on(CoreTimes *core, uint64_t first, uint64_t cycles, uint64_t closed)
{
    core->work += cycles;
    core->ready = (core->ready > first ? core->ready : first) + cycles;
    core->closing = closed > core->closing ? closed : core->closing;
}

/* Events of a source, of which the last closes the step, on the cores that hear them. */
static void receive_events(Chain *chain, uint32_t s, uint64_t first, uint64_t last, bool last_step)
{
    const CountModel *model = chain->model;
    const CountSource *source = &model->source[s];
    const CountPair *pair = source->pair;
    const uint32_t u = chain->unit[s][chain->n_events[s] - 1] - source->first_position;
    const uint32_t *closing = source->cycles + (size_t)u * source->stride;
    const uint32_t *cycles = chain->cycles, n = source->n_tabled;
    CoreTimes *core = chain->core;
    sum_events(chain, s, last_step);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t own = last_step ? last_event_cycles(model, source, i, u) : closing[i];
        receive_on(&core[pair[i].core], first, cycles[i], last + pair[i].later_cycles + own);
    }
}

/* All packets of a source on the cores that it feeds; a mere marker where no event is heard. */
static void receive_source(Chain *chain, uint32_t s, bool last_step)
{
    const CountModel *model = chain->model;
    const CountSource *source = &model->source[s];
    const Clock *clock = &model->plan.clock[DOMAIN_CORES];
    const uint64_t first = count_whole_cycles(clock, chain->first_ps[s] + source->way_ps);
    const uint64_t last = count_whole_cycles(clock, chain->closed_ps[s] + source->way_ps);
    const bool silent = chain->n_events[s] == 0;
    if (!silent)
        receive_events(chain, s, first, last, last_step);
    for (uint32_t i = silent ? 0 : source->n_tabled; i < source->n_fed; i++) {
        const CountPair *pair = &source->pair[i];
        uint64_t cycles = model->plan.receive_cycles;
        if (source->stage == 0)
            cycles += dram_setup_cycles(&model->dram, pair->core);
        receive_on(&chain->core[pair->core], first, cycles, last + pair->later_cycles + cycles);
    }
}

/* Token rows come from the DRAM when they have been asked for. */
static void read_rows(Chain *chain)
{
    const CountModel *model = chain->model;
    const Clock *clock = &model->plan.clock[DOMAIN_CORES];
    for (uint32_t c = 0; c < model->plan.n_cores; c++) {
        const DramCore *core = &model->dram.core[c];
        if (core->segment_bytes == 0)
            continue;
        uint64_t asked_ps = cycles_ps(clock, chain->core[c].closing);
        chain->core[c].closing =
            count_whole_cycles(clock, asked_ps + core->service_ps + model->dram.latency_ps);
    }
}

/* Updates and packets of a slice, once its core has received all that it waits for. */
static void update_slice(Chain *chain, uint32_t s)
{
    const CountModel *model = chain->model;
    const Clock *clock = &model->plan.clock[DOMAIN_CORES];
    const uint64_t emit = model->plan.emit_cycles, packets = chain_packets(chain, s);
    const uint32_t c = model->source[s].core;
    const uint64_t update = model->slice[s].update_cycles;
    CoreTimes *core = &chain->core[c];
    const uint64_t begin = core->ready > core->closing ? core->ready : core->closing;
    chain->first_ps[s] = cycles_ps(clock, begin + update + emit);
    chain->closed_ps[s] = cycles_ps(clock, begin + update + packets * emit);
    core->work += model->slice[s].work_cycles + packets * emit;
}

static int compare_releases(const void *left, const void *right)
{
    const Release *a = left, *b = right;
    if (a->ps != b->ps)
        return a->ps < b->ps ? -1 : 1;
    return (a->source > b->source) - (a->source < b->source);
}

/* Slices of a layer in the order of their first packets, `way_ps` of each later. */
static void sort_layer(Chain *chain, uint32_t layer, const uint64_t *way_ps)
{
    for (uint32_t i = 0; i < chain->n_slices[layer]; i++) {
        uint32_t s = chain->order[layer][i];
        chain->sorted[i] = (Release){chain->first_ps[s] + way_ps[s], s};
    }
    qsort(chain->sorted, chain->n_slices[layer], sizeof(Release), compare_releases);
}

static void begin_stage(Chain *chain)
{
    for (uint32_t c = 0; c < chain->model->plan.n_cores; c++)
        chain->core[c].ready = chain->core[c].closing = 0;
}

/* ---- from host to host -------------------- */

static void send_input(Chain *chain, bool last_step)
{
    const Plan *plan = &chain->model->plan;
    const uint32_t host = plan->n_slices;
    chain->n_in = chain_packets(chain, host);
    chain->first_ps[host] = plan->host_packet_ps + plan->host_latency_ps;
    chain->closed_ps[host] = chain->n_in * plan->host_packet_ps + plan->host_latency_ps;
    begin_stage(chain);
    receive_source(chain, host, last_step);
    read_rows(chain);
}

/* When the host has all packets of a layer that go there; counts them in *n_packets. */
static uint64_t reach_host(Chain *chain, uint32_t layer, uint64_t *n_packets)
{
    const Plan *plan = &chain->model->plan;
    uint64_t ready = 0, last = 0;
    *n_packets = 0;
    sort_layer(chain, layer, chain->host_way_ps);
    for (uint32_t i = 0; i < chain->n_slices[layer]; i++) {
        const Release *first = &chain->sorted[i];
        const CountSource *source = &chain->model->source[first->source];
        if (!source->host_closes)
            continue;
        uint64_t packets = source->host_hears ? chain_packets(chain, first->source) : 1;
        uint64_t closed =
            chain->closed_ps[first->source] + source->host_way_ps + plan->host_packet_ps;
        ready = (ready > first->ps ? ready : first->ps) + packets * plan->host_packet_ps;
        last = closed > last ? closed : last;
        *n_packets += packets;
    }
    return (ready > last ? ready : last) + plan->host_latency_ps;
}

uint64_t chain_step(Chain *chain, uint32_t t)
{
    const Plan *plan = &chain->model->plan;
    const bool last_step = t + 1 == plan->n_steps;
    uint64_t n_markers;
    memset(chain->core, 0, plan->n_cores * sizeof *chain->core);
    split_step(chain, t);
    send_input(chain, last_step);
    for (uint32_t l = 0; l < plan->n_layers; l++) {
        if (l > 0) {
            begin_stage(chain);
            sort_layer(chain, l - 1, chain->way_ps);
            for (uint32_t i = 0; i < chain->n_slices[l - 1]; i++)
                receive_source(chain, chain->sorted[i].source, last_step);
        }
        for (uint32_t i = 0; i < chain->n_slices[l]; i++)
            update_slice(chain, chain->order[l][i]);
        if (l == 0)
            chain->first_layer_ps = reach_host(chain, l, &n_markers);
    }
    return reach_host(chain, plan->n_layers - 1, &chain->n_out);
}
