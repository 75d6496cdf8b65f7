/* core_layers.c - execute mode: the slices of a layer computed together.
 *
 * An event is received by many cores, each of which has a few weights for it. Where every core
 * is certain to receive what its slices need, values do not depend on who sums them, so the
 * layer is computed as if one core held it (core_layers_make.c): an event adds its whole row at
 * once. Each sum still takes its sources in ascending order, so the bits are those that each
 * core would compute from its image and its packets alone.
 *
 * That they are, rests on three checks. Before the run: a core hears of every source for which
 * one of its slices has a weight, and no FIFO loses events (else core_compute.c sums core by
 * core). At every closing packet: the sum over keys and payloads of what came is that of what
 * was sent (core_receive.c). For every step: the events of all slices are bit for bit the
 * expected ones, which are what packets carry.
 *
 * As packets carry the expected events, what a step needs is known before they arrive. So when
 * the first slice of a layer updates a step, the layer computes BATCH_STEPS from there on, while
 * its weights are in the caches. Where all inputs of LAYER_LANES steps are events (words by a
 * dense embedding), their input sums are made together, one weight for all of these steps. Cost:
 * O(weights of active sources + units) per layer and step, as the reference run. Memory: 8 bytes
 * a weight (5 in int8), 4 a source and layer.
 */
#include "core_layers.h"

#include "base/check.h"
#include "image.h"

enum {
    BATCH_STEPS = 256,
    LINE_WORDS = 16 /* words of 4 bytes in a line of a cache */
};

/* Events of a stage and step, ascending by unit: that is the order of summation. */
static uint32_t list_events(const CoreModel *cores, uint32_t stage, uint64_t step,
                            const uint32_t **unit, const float **value)
{
    const EventTrace *events = cores->plan->events;
    if (stage == 0) {
        *unit = cores->active;
        *value = cores->active_value;
        return input_events(cores->input, (uint32_t)step, cores->active, cores->active_value);
    }
    uint64_t first = event_trace_first(events, (uint32_t)step, stage - 1);
    *unit = events->unit + first;
    *value = events->value + first;
    return event_trace_count(events, (uint32_t)step, stage - 1);
}

/* Asks for the memory of a row ahead of its use; changes nothing. */
static void fetch_row(const DecodedMatrix *matrix, uint32_t source)
{
#ifdef __GNUC__
    for (uint32_t i = matrix->start[source]; i < matrix->start[source + 1]; i += LINE_WORDS) {
        __builtin_prefetch(&matrix->target[i]);
        if (matrix->code == NULL)
            __builtin_prefetch(&matrix->weight[i]);
        else if (i % (4 * LINE_WORDS) < LINE_WORDS)
            __builtin_prefetch(&matrix->code[i]);
    }
#else
    (void)matrix;
    (void)source;
#endif
}

static void add_events(CoreModel *cores, const LayerValues *values, int which, uint64_t step)
{
    const DecodedMatrix *matrix = &values->matrix[which];
    const uint32_t *unit;
    const float *value;
    uint32_t n = list_events(cores, which ? values->layer + 1 : values->layer, step, &unit, &value);
    for (uint32_t i = 0; i < n; i++) {
        if (i + 1 < n)
            fetch_row(matrix, unit[i + 1]);
        compute_add_row(matrix, unit[i], value[i], cores->sums[which], cores->sums_int8[which]);
    }
}

/* ---- where sums begin -------------------- */

/* The input sums of the first layer begin at the token's row, of which each slice has a part. */
static void begin_at_row(CoreModel *cores, const LayerValues *values, uint64_t step)
{
    const Program *program = cores->plan->program;
    const uint32_t token = cores->input->token ? cores->input->token[step] : 0;
    for (uint32_t i = 0; i < values->n_slices; i++) {
        const SliceProgram *slice = cores->plan->slice[values->slice[i]].program;
        const uint8_t *row =
            program->dram + slice->dram_offset + token * program_segment_bytes(slice);
        for (uint32_t gate = 0; gate < values->n_sums / values->n_units; gate++) {
            size_t to = (size_t)gate * values->n_units + slice->first_position;
            for (uint32_t u = 0; u < slice->n_units; u++, row += 4)
                if (program->precision == PRECISION_INT8)
                    cores->sums_int8[0][to + u] = load_i32(row);
                else
                    cores->sums[0][to + u] = load_f32(row);
        }
    }
}

static void begin_sums(CoreModel *cores, const LayerValues *values, int which, uint64_t step)
{
    const Program *program = cores->plan->program;
    if (which == 0 && values->layer == 0 && program->n_tokens > 0)
        begin_at_row(cores, values, step);
    else if (program->precision == PRECISION_INT8)
        memset(cores->sums_int8[which], 0, values->n_sums * sizeof(int32_t));
    else
        memcpy(cores->sums[which], values->bias[which], values->n_sums * sizeof(float));
}

/* ---- input sums of several steps at once -------------------- */

/* A row of the matrix times the values of its source in all steps, which are one vector:
 * compilers see it if all of its sums are read before any is written. */
static void add_lane_row(const DecodedMatrix *matrix, uint32_t source, const float *restrict value,
                         float *restrict lane)
{
    const uint32_t *restrict target = matrix->target;
    const float *restrict weight = matrix->weight;
    for (uint32_t i = matrix->start[source], end = matrix->start[source + 1]; i < end; i++) {
        float *restrict sum = &lane[(size_t)target[i] * LAYER_LANES];
        const float one = weight[i];
        float next[LAYER_LANES];
        for (int k = 0; k < LAYER_LANES; k++) {
            const float product = value[k] * one;
            next[k] = sum[k] + product;
        }
        for (int k = 0; k < LAYER_LANES; k++)
            sum[k] = next[k];
    }
}

/* Sums of the steps from `step` on into cores->lanes, if all inputs of all of them are events. */
static bool add_lanes(CoreModel *cores, const LayerValues *values, uint64_t step)
{
    const uint32_t n_inputs = cores->plan->program->n_inputs, n_sums = values->n_sums;
    float *lane = cores->lanes, *input = cores->lane_input;
    for (uint32_t k = 0; k < LAYER_LANES; k++) {
        if (input_events(cores->input, (uint32_t)(step + k), cores->active, cores->active_value) !=
            n_inputs)
            return false;
        for (size_t i = 0; i < n_inputs; i++)
            input[i * LAYER_LANES + k] = cores->active_value[i];
    }
    for (size_t i = 0; i < n_sums; i++)
        for (uint32_t k = 0; k < LAYER_LANES; k++)
            lane[i * LAYER_LANES + k] = values->bias[0][i];
    for (size_t source = 0; source < n_inputs; source++)
        add_lane_row(&values->matrix[0], (uint32_t)source, &input[source * LAYER_LANES], lane);
    return true;
}

static void take_lane(CoreModel *cores, const LayerValues *values, uint32_t k)
{
    for (size_t i = 0; i < values->n_sums; i++)
        cores->sums[0][i] = cores->lanes[i * LAYER_LANES + k];
}

/* ---- cells -------------------- */

static void finish_f32(const CoreModel *cores, LayerValues *values)
{
    const Plan *plan = cores->plan;
    const CellStepF32 cell = {
        .n_units = values->n_units,
        .input = cores->sums[0],
        .recurrent = cores->sums[1],
        .threshold = values->threshold,
        .parameter = plan->program->layer[values->layer].parameter,
        .state = values->state,
        .events = values->events,
    };
    plan->cell[values->layer]->step_f32(&cell);
}

static void finish_int8(const CoreModel *cores, LayerValues *values)
{
    const Plan *plan = cores->plan;
    for (int which = 0; which < 2; which++)
        for (uint32_t i = 0; i < values->n_sums; i++)
            cores->sums_int8[which][i] = fixed_sum(
                values->bias_int8[which][i], cores->sums_int8[which][i], values->scale[which][i]);
    float parameter = plan->program->layer[values->layer].parameter; /* a whole number of 2^-15 */
    const CellStepInt8 cell = {
        .n_units = values->n_units,
        .input = cores->sums_int8[0],
        .recurrent = cores->sums_int8[1],
        .threshold = values->int8.threshold,
        .parameter = fixed_from_real((double)parameter, FIXED_STATE_BITS),
        .state = values->int8.state,
        .events = values->int8.events,
    };
    plan->cell[values->layer]->step_int8(&cell);
    for (uint32_t u = 0; u < values->n_units; u++)
        values->events[u] = (float)values->int8.events[u];
}

static void reset_state(const Program *program, LayerValues *values)
{
    if (program->precision == PRECISION_INT8)
        memset(values->int8.state, 0, values->n_units * sizeof(int32_t));
    else
        memset(values->state, 0, values->n_units * sizeof(float));
}

/* The events of the step are the expected ones, or the run ends. */
static void compare(CoreModel *cores, const LayerValues *values, uint64_t step)
{
    const EventTrace *expected = cores->expected;
    uint64_t at = event_trace_first(expected, (uint32_t)step, values->layer);
    const uint64_t end = at + event_trace_count(expected, (uint32_t)step, values->layer);
    for (uint32_t position = 0; position < values->n_units; position++) {
        const bool is_expected = at < end && expected->unit[at] == position;
        const float event = values->events[position];
        const float wanted = is_expected ? expected->value[at] : 0.0f;
        at += is_expected;
        if (compute_same(event, wanted, is_expected))
            continue;
        compute_report(cores, values->layer, position, step, event, wanted);
        return;
    }
    CHECK(at == end); /* expected units ascend: sim_run has checked */
}

/* ---- steps -------------------- */

/* One step; input sums are made, or begin here. */
static void compute_step(CoreModel *cores, LayerValues *values, uint64_t step, bool has_input)
{
    const Program *program = cores->plan->program;
    if (program->reset_steps > 0 && step % program->reset_steps == 0)
        reset_state(program, values);
    if (!has_input) {
        begin_sums(cores, values, 0, step);
        add_events(cores, values, 0, step);
    }
    begin_sums(cores, values, 1, step);
    if (step > 0)
        add_events(cores, values, 1, step - 1);
    if (program->precision == PRECISION_INT8)
        finish_int8(cores, values);
    else
        finish_f32(cores, values);
    compare(cores, values, step);
}

void layers_update(CoreModel *cores, uint32_t layer, uint64_t step)
{
    LayerValues *values = &cores->layer[layer];
    if (step < values->n_steps)
        return;
    CHECK(step == values->n_steps);
    const uint64_t left = cores->plan->n_steps - step,
                   end = step + (left < BATCH_STEPS ? left : BATCH_STEPS);
    for (values->n_steps = end; step < end;) {
        const bool whole = layer == 0 && cores->lanes != NULL && end - step >= LAYER_LANES;
        const bool has_lanes = whole && add_lanes(cores, values, step);
        for (uint32_t k = 0; k < LAYER_LANES && step < end; k++, step++) {
            if (has_lanes)
                take_lane(cores, values, k);
            compute_step(cores, values, step, has_lanes);
            if (cores->fault->status != STATUS_OK)
                return;
        }
    }
}
