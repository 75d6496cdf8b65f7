/* expect_cores.c - what a core of each class is expected to receive, compute and send in a step.
 *
 * A slice of u units and a core of v units with g gates have u g v places for weights, so the slice
 * has one there with probability 1 - (1 - density)^(u g v); then the core gets all its events. An
 * event finds g v density weights on a core, whether or not its slice is known to reach it. A step
 * of a slice without any event is closed by a marker: probability (1 - rate)^u. Pacemakers are left
 * out: some slice of the stage before always reaches a core unless nearly no weight does.
 *
 * Costs are those of count_totals.c in source format. Cost: O(classes^2).
 */
#include "arch/matrix_image.h"
#include "base/real_math.h"
#include "expect_model.h"

enum { WORD_BYTES = 4, PACKET_BYTES = 8 };

/* base^n for 0 <= base <= 1. */
static double power(double base, double n)
{
    if (n == 0)
        return 1;
    return base <= 0 ? 0 : real_exp(n * real_log(base));
}

double expect_reach(const ExpectModel *model, uint32_t from, uint32_t to)
{
    if (from == PROGRAM_NONE)
        return 1;
    double places =
        (double)model->class_of[from].n_units * model->class_of[to].slice->input.n_targets;
    return 1 - power(1 - model->options->density, places);
}

static uint32_t stage_of(const ExpectModel *model, uint32_t class)
{
    return class == PROGRAM_NONE ? 0 : model->class_of[class].layer + 1;
}

double expect_hears(const ExpectModel *model, uint32_t from, uint32_t to)
{
    uint32_t stage = stage_of(model, from), to_stage = stage_of(model, to);
    return to_stage == stage + 1 || to_stage == stage ? expect_reach(model, from, to) : 0;
}

double expect_closes(const ExpectModel *model, uint32_t from, uint32_t to)
{
    uint32_t stage = stage_of(model, from), to_stage = stage_of(model, to);
    double forth = expect_hears(model, from, to);
    if (from == PROGRAM_NONE || (to_stage != stage && to_stage + 1 != stage))
        return forth;
    return 1 - (1 - forth) * (1 - expect_reach(model, to, from));
}

/* Packets of n slices of a class, a step, on a core: events, and markers that are none there. */
static void receive(const ExpectModel *model, uint32_t from, uint32_t to, double n)
{
    const ExpectOptions *options = model->options;
    ExpectClass *core = &model->class_of[to];
    double hears = expect_hears(model, from, to), closes = expect_closes(model, from, to);
    double units = from == PROGRAM_NONE ? options->size[0] : model->class_of[from].n_units;
    double rate = options->rate[stage_of(model, from)];
    double events = n * hears * units * rate;
    double markers = n * (hears * power(1 - rate, units) + (closes - hears));
    core->count[COUNT_EVENTS_IN] += events;
    core->count[COUNT_MARKERS_IN] += markers;
    if (core->layer == stage_of(model, from))
        core->fed_packets += events + markers;
}

/* Weights of one matrix: of `events` that arrive, and `ops` weights that they find. */
static double apply(const ExpectModel *model, ExpectClass *core, const MatrixImage *matrix,
                    double events, double ops)
{
    const Plan *plan = &model->plan;
    double cycles = ops * (double)plan->synapse_cycles[FORMAT_SOURCE];
    core->count[COUNT_SYNAPTIC_OPS] += ops;
    core->count[COUNT_RECEIVE_CYCLES] += cycles;
    core->count[COUNT_SRAM_READ_BYTES] +=
        events * 2 * matrix->pointer_bytes +
        ops * (double)(plan->weight_bytes + matrix->index_bytes + WORD_BYTES);
    core->count[COUNT_SRAM_WRITE_BYTES] += ops * WORD_BYTES;
    return cycles;
}

static void count_packets(const ExpectModel *model, uint32_t to)
{
    const ExpectOptions *options = model->options;
    ExpectClass *core = &model->class_of[to];
    double own_events = 0, fed_events;
    if (core->layer == 0)
        receive(model, PROGRAM_NONE, to, 1);
    for (uint32_t from = 0; from < model->n_classes; from++) {
        double before = core->count[COUNT_EVENTS_IN];
        receive(model, from, to, model->class_of[from].n_cores);
        if (model->class_of[from].layer == core->layer)
            own_events += core->count[COUNT_EVENTS_IN] - before;
    }
    fed_events = core->count[COUNT_EVENTS_IN] - own_events;
    double packets = core->count[COUNT_EVENTS_IN] + core->count[COUNT_MARKERS_IN];
    core->count[COUNT_RECEIVE_CYCLES] += packets * (double)model->plan.receive_cycles;
    core->count[COUNT_SRAM_READ_BYTES] += packets * PACKET_BYTES;
    core->count[COUNT_SRAM_WRITE_BYTES] += packets * PACKET_BYTES;
    double columns = core->slice->input.n_targets * options->density;
    double fed = options->size[core->layer] * options->rate[core->layer] * columns;
    double own = options->size[core->layer + 1] * options->rate[core->layer + 1] * columns;
    core->fed_cycles = core->fed_packets * (double)model->plan.receive_cycles +
                       apply(model, core, &core->slice->input, fed_events, fed);
    apply(model, core, &core->slice->recurrent, own_events * model->recurring,
          own * model->recurring);
}

/* Updates, and packets sent. */
static void count_updates(const ExpectModel *model, ExpectClass *core)
{
    const Plan *plan = &model->plan;
    const double units = core->n_units, targets = core->slice->input.n_targets;
    const double sent = core->events + core->silent;
    const CellKind *cell = cell_find(EXPECT_CELL);
    const uint64_t unit_cycles =
        cost_count(plan_update_cost(plan->chip, cell, model->options->precision));
    core->update_cycles = (double)plan->step_cycles + units * (double)unit_cycles;
    core->count[COUNT_UNIT_UPDATES] += units;
    core->count[COUNT_UPDATE_CYCLES] += core->update_cycles;
    core->count[COUNT_EVENTS_OUT] += core->events;
    core->count[COUNT_MARKERS_OUT] += core->silent;
    core->count[COUNT_EMIT_CYCLES] += sent * (double)plan->emit_cycles;
    core->count[COUNT_SRAM_READ_BYTES] += 2 * WORD_BYTES * units + 4 * WORD_BYTES * targets +
                                          2.0 * core->slice->n_scales * SCALE_BYTES +
                                          sent * PACKET_BYTES;
    core->count[COUNT_SRAM_WRITE_BYTES] += WORD_BYTES * units + 2 * WORD_BYTES * targets;
}

void expect_cores(ExpectModel *model)
{
    for (uint32_t k = 0; k < model->n_classes; k++) {
        ExpectClass *core = &model->class_of[k];
        double rate = model->options->rate[core->layer + 1];
        core->events = core->n_units * rate;
        core->silent = power(1 - rate, core->n_units);
    }
    for (uint32_t k = 0; k < model->n_classes; k++) {
        count_packets(model, k);
        count_updates(model, &model->class_of[k]);
    }
}
