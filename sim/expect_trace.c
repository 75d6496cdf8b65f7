/* expect_trace.c - expected counts of a run as a Trace, with bounds below its expected times.
 *
 * The bounds are those of count_bounds.c and count_chain.c with means in the place of counts. A
 * mean of maxima is never below the maximum of means, so they are bounds below the mean time of a
 * step. A mean of minima may be below the minimum of means: the earliest of n first packets is
 * taken sqrt(2 ln n) standard deviations before their mean, below which the mean of the least of
 * n normal numbers never is. Cores of a layer get the same events and differ in their weights
 * alone. All steps are alike.
 *
 * Cost: O(cores + links + classes + steps).
 */
#include <math.h>

#include "base/real_math.h"
#include "count_model.h"
#include "expect_model.h"

static const double PS_PER_S = 1e12;

typedef struct Ends { /* of ways, least over all cores of a layer */
    uint64_t up_ps, down_ps;
} Ends;

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* ---- classes -------------------- */

static void make_classes(Arena *arena, ExpectModel *model, const Program *program)
{
    ExpectClass *class_of = ARENA_ARRAY(arena, ExpectClass, 2 * (size_t)program->n_layers);
    uint32_t *core_class = ARENA_ARRAY(arena, uint32_t, program->n_cores);
    for (uint32_t c = 0; c < program->n_cores; c++) {
        const SliceProgram *slice = program->core[c].slice;
        uint32_t k = model->n_classes;
        while (k > 0 && class_of[k - 1].layer == slice->layer &&
               class_of[k - 1].n_units != slice->n_units)
            k--;
        if (k == 0 || class_of[k - 1].layer != slice->layer) {
            k = ++model->n_classes;
            class_of[k - 1] =
                (ExpectClass){.slice = slice, .layer = slice->layer, .n_units = slice->n_units};
        }
        class_of[k - 1].n_cores++;
        core_class[c] = k - 1;
    }
    model->class_of = class_of;
    model->core_class = core_class;
}

/* The operating point whose clock is the cores'. */
static uint32_t clock_point(const Chip *chip, const ExpectOptions *options)
{
    return options->auto_point ? chip->n_points - 1 : options->point;
}

static void model_init(Arena *arena, ExpectModel *model, const Topology *topology,
                       const ExpectOptions *options, const Program *program)
{
    *model = (ExpectModel){.options = options};
    Plan *plan = &model->plan;
    plan->program = program;
    plan->topology = topology;
    plan_costs(plan, topology->chip, clock_point(topology->chip, options));
    plan_weights(plan, options->precision);
    plan->n_steps = options->n_steps;
    plan->n_cores = plan->n_slices = program->n_cores;
    plan->n_sources = plan->n_slices + 1;
    plan->n_layers = program->n_layers;
    plan->n_routers = topology->n_routers;
    plan->n_router_links = topology->n_router_links;
    plan->n_links = topology->n_links * topology->chip->fabric.n_chips;
    model->recurring = (double)(options->n_steps - 1) / options->n_steps;
    tally_init(arena, &model->tally, plan);
    make_classes(arena, model, program);
}

/* ---- counts -------------------- */

static void fill_cores(ExpectModel *model)
{
    static const Count timed[] = {COUNT_ARRAY_WAIT_CYCLES, COUNT_STALL_CYCLES, COUNT_WAIT_CYCLES,
                                  COUNT_SLEEP_CYCLES, COUNT_FIFO_HIGH_PACKETS};
    Tally *tally = &model->tally;
    for (uint32_t c = 0; c < model->plan.n_cores; c++) {
        const ExpectClass *core = &model->class_of[model->core_class[c]];
        for (int n = 0; n < N_COUNTS; n++)
            tally->count[c].n[n] = expect_sum(model, core->count[n]);
        for (size_t i = 0; i < sizeof timed / sizeof *timed; i++)
            tally->count[c].n[timed[i]] = COUNT_UNKNOWN;
        tally->source_events[c] = expect_sum(model, core->events);
        tally->source_markers[c] = expect_sum(model, core->silent);
    }
}

/* Totals of layers, host and steps; returns packets of the last layer for the host in a step. */
static double fill_layers(ExpectModel *model)
{
    const ExpectOptions *options = model->options;
    const uint32_t last = options->n_layers - 1;
    Tally *tally = &model->tally;
    double out = 0, events = 0, ops = 0, result_events = 0, markers = 0;
    for (uint32_t k = 0; k < model->n_classes; k++) {
        const ExpectClass *core = &model->class_of[k];
        LayerCounts *layer = &tally->layer[core->layer];
        layer->events += expect_sum(model, core->n_cores * core->events);
        layer->synaptic_ops += expect_sum(model, core->n_cores * core->count[COUNT_SYNAPTIC_OPS]);
        layer->update_end_ps = COUNT_UNKNOWN;
        for (uint32_t to = 0; to < model->n_classes; to++)
            layer->deliveries += expect_sum(model, expect_hears(model, k, to) * core->n_cores *
                                                       model->class_of[to].n_cores * core->events);
        events += core->n_cores * core->events;
        ops += core->n_cores * core->count[COUNT_SYNAPTIC_OPS];
        if (core->layer == last) {
            result_events += core->n_cores * core->events;
            out += core->n_cores * (core->events + core->silent);
            markers += core->n_cores * core->silent;
        } else if (core->layer == 0) {
            markers += core->n_cores;
        }
    }
    tally->source_events[model->plan.n_slices] =
        expect_sum(model, options->size[0] * options->rate[0]);
    tally->host_events_out = expect_sum(model, result_events);
    tally->host_markers_out = expect_sum(model, markers);
    for (uint32_t t = 0; t < options->n_steps; t++)
        tally->step[t] = (StepTimes){
            .critical_core = PROGRAM_NONE,
            .events = (uint64_t)(events + 0.5),
            .input_events = (uint64_t)(options->size[0] * options->rate[0] + 0.5),
            .synaptic_ops = (uint64_t)(ops + 0.5),
        };
    return out;
}

/* ---- bounds -------------------- */

static uint64_t cycles_ps(const ExpectModel *model, double cycles)
{
    return (uint64_t)(cycles * PS_PER_S / (double)model->plan.clock[DOMAIN_CORES].hz);
}

static double busy_cycles(const ExpectClass *core)
{
    return core->count[COUNT_RECEIVE_CYCLES] + core->count[COUNT_UPDATE_CYCLES] +
           core->count[COUNT_EMIT_CYCLES];
}

static Ends layer_ends(const ExpectModel *model, uint32_t layer)
{
    Ends ends = {NEVER, NEVER};
    for (uint32_t c = 0; c < model->plan.n_cores; c++) {
        const CoreProgram *core = &model->plan.program->core[c];
        if (core->slice->layer != layer)
            continue;
        ends.up_ps = least(ends.up_ps, count_up_ps(&model->plan, core->core));
        ends.down_ps = least(ends.down_ps, count_down_ps(&model->plan, core->core));
    }
    return ends;
}

typedef struct Chain { /* of a step: when the slowest class of a stage has sent           */
    uint64_t first_ps, closed_ps; /* its first packet, anywhere; its last                  */
} Chain;

/* Standard deviation of the cycles that the events of the stage before take a core: of n places for
 * weights, as many as it has targets for each event. */
static double fed_deviation(const ExpectModel *model, const ExpectClass *core)
{
    const ExpectOptions *options = model->options;
    double places =
        options->size[core->layer] * options->rate[core->layer] * core->slice->input.n_targets;
    return sqrt(places * options->density * (1 - options->density)) *
           (double)model->plan.synapse_cycles[FORMAT_SOURCE];
}

/* The stage after: classes of a layer that begin to get packets `way_ps` after they were sent. */
static Chain next_stage(const ExpectModel *model, uint32_t layer, const Chain *before,
                        uint64_t way_ps)
{
    const Plan *plan = &model->plan;
    Chain chain = {NEVER, 0};
    for (uint32_t k = 0; k < model->n_classes; k++) {
        const ExpectClass *core = &model->class_of[k];
        if (core->layer != layer)
            continue;
        uint64_t ready = before->first_ps + way_ps + cycles_ps(model, core->fed_cycles);
        uint64_t last = before->closed_ps + way_ps + cycles_ps(model, (double)plan->receive_cycles);
        double emit = (double)plan->emit_cycles;
        uint64_t begin = most(ready, last);
        uint64_t early =
            cycles_ps(model, fed_deviation(model, core) * sqrt(2 * real_log(core->n_cores + 1.0)));
        uint64_t first = begin - least(early, begin - last);
        chain.first_ps =
            least(chain.first_ps, first + cycles_ps(model, core->update_cycles + emit));
        chain.closed_ps = most(
            chain.closed_ps,
            begin + cycles_ps(model, core->update_cycles + (core->events + core->silent) * emit));
    }
    return chain;
}

static uint64_t path_ps(const ExpectModel *model, double n_in, double n_out)
{
    const Plan *plan = &model->plan;
    const uint64_t routers = count_lookup_ps(plan);
    Chain chain = {plan->host_packet_ps + plan->host_latency_ps,
                   (uint64_t)(n_in * (double)plan->host_packet_ps) + plan->host_latency_ps};
    uint64_t up = 0;
    for (uint32_t l = 0; l < model->options->n_layers; l++) {
        Ends ends = layer_ends(model, l);
        chain = next_stage(model, l, &chain, up + routers + ends.down_ps);
        up = ends.up_ps;
    }
    uint64_t serial = chain.first_ps + (uint64_t)(n_out * (double)plan->host_packet_ps);
    return most(serial, chain.closed_ps + plan->host_packet_ps) + up + routers +
           plan->host_latency_ps;
}

/* Busiest link and router a step. */
static uint64_t network_ps(const ExpectModel *model, double n_routers)
{
    const Plan *plan = &model->plan;
    const double steps = model->options->n_steps;
    double ps = (double)model->tally.router.lookups / steps / n_routers * PS_PER_S /
                (double)plan->clock[DOMAIN_ROUTER].hz;
    for (uint32_t l = 0; l < plan->n_links + plan->n_router_links; l++) {
        double one = PS_PER_S / (double)plan->clock[DOMAIN_NOC].hz;
        if (l >= plan->n_links && plan->frame_links)
            one = (double)plan_link(plan, l - plan->n_links)->frame_ps;
        double link = (double)model->tally.link[l].flits / steps * one;
        ps = link > ps ? link : ps;
    }
    return (uint64_t)ps;
}

static TraceBounds *make_bounds(Arena *arena, const ExpectModel *model, bool pipelined,
                                double n_out)
{
    const ExpectOptions *options = model->options;
    const double events = options->size[0] * options->rate[0], n_in = events > 1 ? events : 1;
    TraceBounds *bounds = ARENA_ARRAY(arena, TraceBounds, 1);
    StepBounds *step = ARENA_ARRAY(arena, StepBounds, options->n_steps), one = {.binding = 0};
    double busiest = 0;
    for (uint32_t k = 0; k < model->n_classes; k++)
        if (busy_cycles(&model->class_of[k]) > busiest)
            busiest = busy_cycles(&model->class_of[k]);
    one.ps[BOUND_WORK] = cycles_ps(model, busiest);
    one.ps[BOUND_PATH] = pipelined ? 0 : path_ps(model, n_in, n_out);
    one.ps[BOUND_NETWORK] = network_ps(model, model->plan.n_routers);
    one.ps[BOUND_HOST] =
        (uint64_t)((n_in > n_out ? n_in : n_out) * (double)model->plan.host_packet_ps);
    for (Bound b = (Bound)1; b < N_BOUNDS; b++)
        if (one.ps[b] > one.ps[one.binding])
            one.binding = b;
    for (uint32_t t = 0; t < options->n_steps; t++)
        step[t] = one;
    for (Bound b = (Bound)0; b < N_BOUNDS; b++)
        bounds->run_ps[b] = one.ps[b] * options->n_steps;
    bounds->step = step;
    bounds->binding = one.binding;
    bounds->period_ps = one.ps[one.binding];
    bounds->result_ps = bounds->end_ps = bounds->latency_ps = bounds->run_ps[one.binding];
    return bounds;
}

Status expect_trace(Arena *arena, const Topology *topology, const Expected *expected,
                    SimArrival arrival, const Trace **out, Err *err)
{
    const ExpectOptions *options = expected->options;
    const bool pipelined = arrival == ARRIVE_PIPELINED;
    const SimEngine *engine;
    ExpectModel model;
    *out = NULL;
    TRY(sim_engine_find("count", &engine, err));
    model_init(arena, &model, topology, options, expected->program);
    expect_cores(&model);
    expect_links(arena, &model);
    fill_cores(&model);
    if (options->auto_point)
        tally_forget_levels(&model.tally, model.plan.n_cores);
    double n_out = fill_layers(&model);
    expect_shares(arena, &model);
    TraceBounds *bounds = make_bounds(arena, &model, pipelined, n_out);
    for (uint32_t t = 0; t < options->n_steps; t++) {
        model.tally.step[t].start_ps = bounds->period_ps * t;
        model.tally.step[t].end_ps = bounds->period_ps * (t + 1);
    }
    Trace *trace = tally_trace(arena, &model.tally, &model.plan);
    trace->engine = engine->name;
    trace->sync = sim_sync_name(SYNC_DATAFLOW);
    trace->bounds = bounds;
    trace->pipelined = pipelined;
    trace->point = clock_point(topology->chip, options);
    trace->auto_point = options->auto_point;
    trace->chip_dram_bytes = ARENA_ARRAY(arena, uint64_t, trace->n_chips);
    trace->end_ps = bounds->end_ps;
    trace->run_cycles = clock_edge_at_or_after(&model.plan.clock[DOMAIN_CORES], bounds->end_ps);
    *out = trace;
    return STATUS_OK;
}
