/* core_compute.c - execute mode: what each core computes, from its memory image and its packets
 * alone.
 *
 * Where it is proven that every core gets what it needs, all slices of a layer are computed
 * together (core_layers.c). Else, here, core by core: received events are kept by source unit in
 * a buffer of two steps with a bit map, so that reading them in ascending order is the canonical
 * order of summation whatever the order of arrival was: sums start at the biases, then feed-
 * forward sources ascending, then (in sums of their own) recurrent sources ascending. Weights
 * (decoded once, core_decode.c), biases, scales and thresholds come from the image bytes; the
 * stored state is the slice's own. Matrices in target format add to each sum in the same order
 * as a walk by rows that skips absent events. In int8 all is integers: accumulators start at 0,
 * are scaled and added to the biases, and events are codes, which packets carry as floats.
 *
 * Each event is compared bit for bit with the expected one; a difference ends the run and names
 * core, layer, unit, step and both values.
 *
 * Cost: O(weights of active sources + units) per update.
 *
 * Memory: that of core_layers.c, or of core_decode.c.
 */
#include <string.h>

#include "base/check.h"
#include "base/fixed_math.h"
#include "bits.h"
#include "core_layers.h"
#include "image.h"

static bool uses_stage(const Plan *plan, uint32_t core, uint32_t stage)
{
    const uint32_t *layers = plan_layer_slices(plan, core, 0);
    return (stage > 0 && layers[stage - 1] < layers[stage]) ||
           (stage < program_layers(plan->program) && layers[stage] < layers[stage + 1]);
}

static void init_buffers(Arena *arena, CoreModel *cores)
{
    const Plan *plan = cores->plan;
    cores->buffer = ARENA_ARRAY(arena, EventBuffer, (size_t)plan->n_cores * plan->n_stages);
    for (uint32_t c = 0; c < plan->n_cores; c++)
        for (uint32_t stage = 0; stage < plan->n_stages; stage++) {
            if (!uses_stage(plan, c, stage))
                continue;
            EventBuffer *buffer = &cores->buffer[(size_t)c * plan->n_stages + stage];
            buffer->n_units =
                stage ? plan->program->layer[stage - 1].n_units : plan->program->n_inputs;
            for (int i = 0; i < 2; i++) {
                buffer->step[i] = NEVER;
                buffer->value[i] = ARENA_ARRAY(arena, float, buffer->n_units);
                buffer->present[i] =
                    ARENA_ARRAY(arena, uint64_t, ((size_t)buffer->n_units + 63) / 64);
            }
        }
}

/* state starts at zero: program.h */
static void init_slice(Arena *arena, CoreModel *cores, uint32_t slice)
{
    const PlanSlice *info = &cores->plan->slice[slice];
    const SliceProgram *program = info->program;
    const uint8_t *image = cores->plan->program->core[info->core].image;
    Precision precision = cores->plan->program->precision;
    uint32_t n = program->n_units, n_int8 = precision == PRECISION_INT8 ? n : 0;
    SliceState *state = &cores->slice[slice];
    state->events = ARENA_ARRAY(arena, float, n);
    state->state = ARENA_ARRAY(arena, float, n - n_int8);
    state->threshold = ARENA_ARRAY(arena, float, n - n_int8);
    state->int8 = (SliceInt8){.state = ARENA_ARRAY(arena, int32_t, n_int8),
                              .events = ARENA_ARRAY(arena, int32_t, n_int8),
                              .threshold = ARENA_ARRAY(arena, int32_t, n_int8)};
    for (uint32_t u = 0; u < n; u++) {
        const uint8_t *at = image + program->threshold_offset + 4 * (uint64_t)u;
        if (n_int8 > 0)
            state->int8.threshold[u] = (int32_t)load_u32(at); /* at most 2^15: program_check */
        else
            state->threshold[u] = load_f32(at);
    }
}

/* Sums core by core: states, matrices and events received, of each. */
static void init_cores(Arena *arena, CoreModel *cores)
{
    const Plan *plan = cores->plan;
    if (!plan->ticks)
        init_buffers(arena, cores);
    for (uint32_t s = 0; s < plan->n_slices; s++) {
        if (plan->slice[s].program->decoder)
            continue;
        init_slice(arena, cores, s);
        for (int m = 0; m < 2; m++)
            cores->slice[s].matrix[m] =
                decode_matrix(arena, plan->program->core[plan->slice[s].core].image,
                              plan->slice[s].matrix[m], plan->program->precision);
    }
}

void compute_init(Arena *arena, CoreModel *cores)
{
    const Program *program = cores->plan->program;
    const bool int8 = program->precision == PRECISION_INT8;
    size_t n_sources = program->n_inputs, n_sums = 0;
    for (uint32_t l = 0; l < program_layers(program); l++) {
        const size_t n_units = program->layer[l].n_units, n = n_units * program->layer[l].n_gates;
        n_sources = n_units > n_sources ? n_units : n_sources;
        n_sums = n > n_sums ? n : n_sums;
    }
    for (int m = 0; m < 2; m++) {
        cores->sums[m] = ARENA_ARRAY(arena, float, int8 ? 0 : n_sums);
        cores->sums_int8[m] = ARENA_ARRAY(arena, int32_t, int8 ? n_sums : 0);
    }
    cores->active = ARENA_ARRAY(arena, uint32_t, n_sources);
    cores->active_value = ARENA_ARRAY(arena, float, n_sources);
    if (!layers_init(arena, cores))
        init_cores(arena, cores);
    cores->keeps_values = cores->layer == NULL || program->has_decoder;
}

void compute_store(CoreModel *cores, uint32_t core, uint32_t stage, uint64_t step,
                   const Packet *packet)
{
    EventBuffer *buffer = &cores->buffer[(size_t)core * cores->plan->n_stages + stage];
    if (buffer->n_units == 0)
        return;
    CHECK(packet->position < buffer->n_units);
    uint32_t unit = plan_unit(cores->plan, stage, packet->position);
    uint64_t *present = buffer->present[step % 2];
    if (buffer->step[step % 2] != step) { /* all users of the step before last are done with it */
        for (uint32_t w = 0; w < (buffer->n_units + 63) / 64; w++)
            present[w] = 0;
        buffer->step[step % 2] = step;
    }
    uint64_t bit = UINT64_C(1) << (unit % 64);
    if (present[unit / 64] & bit) {
        cores->fault->status =
            err_set(cores->fault->err, STATUS_INTERNAL,
                    "core %u: step %llu: the event with key 0x%x was delivered twice",
                    cores->plan->program->core[core].core, (unsigned long long)step, packet->key);
        return;
    }
    present[unit / 64] |= bit;
    buffer->value[step % 2][unit] = bits_float(packet->payload);
}

void compute_lose(CoreModel *cores, uint32_t core, uint32_t stage, uint64_t step, uint32_t position)
{
    EventBuffer *buffer = &cores->buffer[(size_t)core * cores->plan->n_stages + stage];
    if (buffer->n_units == 0)
        return;
    uint32_t unit = plan_unit(cores->plan, stage, position);
    CHECK(buffer->step[step % 2] == step); /* nobody updates before all is received or lost */
    buffer->present[step % 2][unit / 64] &= ~(UINT64_C(1) << (unit % 64));
}

/* Source units with an event in that step, ascending, into cores->active; returns how many. */
static uint32_t active_sources(CoreModel *cores, const EventBuffer *buffer, uint64_t step)
{
    uint32_t n_active = 0;
    if (buffer->step[step % 2] != step)
        return 0;
    const uint64_t *present = buffer->present[step % 2];
    for (uint32_t w = 0; w < (buffer->n_units + 63) / 64; w++)
        for (uint64_t bits = present[w]; bits; bits &= bits - 1)
            cores->active[n_active++] = w * 64 + bits_lowest(bits);
    return n_active;
}

void compute_add_row(const DecodedMatrix *matrix, uint32_t source, float value, float *sum,
                     int32_t *sum_int8)
{
    const uint32_t *target = matrix->target;
    uint32_t first = matrix->start[source], end = matrix->start[source + 1];
    if (matrix->code == NULL) {
        for (uint32_t i = first; i < end; i++)
            sum[target[i]] += value * matrix->weight[i];
        return;
    }
    /* Unsigned, as a Program that nobody quantised may overflow; those of network_quantize do not. */
    int32_t code = (int32_t)value;
    for (uint32_t i = first; i < end; i++) {
        int32_t *at = &sum_int8[target[i]];
        *at = (int32_t)((uint32_t)*at + (uint32_t)(code * matrix->code[i]));
    }
}

/* which: 0 the input matrix and the stage before, 1 the recurrent matrix and the own stage. */
static void add_events(CoreModel *cores, uint32_t slice, int which, uint64_t step)
{
    const Plan *plan = cores->plan;
    const PlanSlice *info = &plan->slice[slice];
    const DecodedMatrix *matrix = &cores->slice[slice].matrix[which];
    uint32_t stage = which ? info->stage : info->stage - 1;
    const uint32_t *position_of = plan->position_of[stage];
    const EventBuffer *buffer = &cores->buffer[(size_t)info->core * plan->n_stages + stage];
    uint32_t n_active = active_sources(cores, buffer, step);
    for (uint32_t i = 0; i < n_active; i++) {
        uint32_t unit = cores->active[i];
        uint32_t source = position_of == NULL ? unit : position_of[unit];
        compute_add_row(matrix, source, buffer->value[step % 2][unit], cores->sums[which],
                        cores->sums_int8[which]);
    }
}

void compute_report(CoreModel *cores, uint32_t layer, uint32_t position, uint64_t step,
                    float computed, float expected)
{
    const Plan *plan = cores->plan;
    uint32_t core = 0;
    for (uint32_t s = 0; s < plan->n_slices; s++) {
        const SliceProgram *program = plan->slice[s].program;
        if (program->layer == layer && position - program->first_position < program->n_units)
            core = plan->program->core[plan->slice[s].core].core;
    }
    cores->fault->status = err_set(
        cores->fault->err, STATUS_INTERNAL,
        "core %u: layer %u, unit %u, step %llu: computed event %.9g (0x%08x); the reference has "
        "%.9g (0x%08x)",
        core, layer, plan_unit(plan, layer + 1, position), (unsigned long long)step,
        (double)computed, float_bits(computed), (double)expected, float_bits(expected));
}

/* Holds the slice's events of the step against the expected ones, first .. end. */
static void compare(CoreModel *cores, uint32_t slice, uint64_t step, uint64_t first, uint64_t end)
{
    const SliceProgram *program = cores->plan->slice[slice].program;
    const EventTrace *expected = cores->expected;
    uint64_t at = first;
    for (uint32_t u = 0; u < program->n_units; u++) {
        const uint32_t position = program->first_position + u;
        const bool is_expected = at < end && expected->unit[at] == position;
        const float event = cores->slice[slice].events[u];
        const float wanted = is_expected ? expected->value[at] : 0.0f;
        at += is_expected;
        if (compute_same(event, wanted, is_expected))
            continue;
        if (!cores->own_events) {
            compute_report(cores, program->layer, position, step, event, wanted);
            return;
        }
        cores->tally->layer[program->layer].differing++;
    }
    CHECK(at == end); /* expected units ascend: sim_run has checked */
}

/* The slice's segment of the row of this step's token: what its input sums begin at. */
static const uint8_t *token_row(const CoreModel *cores, uint32_t slice, uint64_t step)
{
    const PlanSlice *info = &cores->plan->slice[slice];
    if (cores->plan->ticks)
        return tick_token_row(cores, slice, step);
    uint32_t token = cores->token[(size_t)info->core * 2 + step % 2];
    return cores->plan->program->dram + info->program->dram_offset +
           token * program_segment_bytes(info->program);
}

static void begin_f32(CoreModel *cores, uint32_t slice, uint64_t step)
{
    const Plan *plan = cores->plan;
    const SliceProgram *program = plan->slice[slice].program;
    const uint8_t *image = plan->program->core[plan->slice[slice].core].image;
    const uint8_t *begin = image + program->bias_offset;
    float *input = cores->sums[0];
    float *recurrent = cores->sums[1];
    if (plan->program->n_tokens > 0 && program->layer == 0)
        begin = token_row(cores, slice, step);
    for (uint64_t i = 0; i < program->input.n_targets; i++)
        input[i] = load_f32(begin + 4 * i);
    if (matrix_is_none(&program->recurrent))
        memset(recurrent, 0, program->input.n_targets * sizeof *recurrent);
    for (uint64_t i = 0; i < slice_recurrent_targets(program); i++)
        recurrent[i] = load_f32(image + program->recurrent_bias_offset + 4 * i);
}

static void finish_f32(CoreModel *cores, uint32_t slice)
{
    const Plan *plan = cores->plan;
    const SliceProgram *program = plan->slice[slice].program;
    SliceState *state = &cores->slice[slice];
    CellStepF32 cell = {
        .n_units = program->n_units,
        .input = cores->sums[0],
        .recurrent = cores->sums[1],
        .threshold = state->threshold,
        .parameter = plan->program->layer[program->layer].parameter,
        .state = state->state,
        .events = state->events,
    };
    plan->cell[program->layer]->step_f32(&cell);
}

/* Accumulators of one matrix to Q12. */
static void scale_sums(const uint8_t *image, const SliceProgram *program, uint64_t bias_offset,
                       uint64_t scale_offset, int32_t *sum)
{
    for (uint64_t i = 0; i < program->input.n_targets; i++) {
        int32_t bias = load_i32(image + bias_offset + 4 * i);
        uint64_t at = program->n_scales == 1 ? 0 : i;
        sum[i] = fixed_sum(bias, sum[i], image_scale(image, scale_offset, program->n_scales, at));
    }
}

/* Accumulators out of a token's row. */
static void load_row(const uint8_t *row, uint64_t n, int32_t *sum)
{
    for (uint64_t i = 0; i < n; i++)
        sum[i] = load_i32(row + 4 * i);
}

static void begin_int8(CoreModel *cores, uint32_t slice, uint64_t step)
{
    const SliceProgram *program = cores->plan->slice[slice].program;
    int32_t *input = cores->sums_int8[0];
    int32_t *recurrent = cores->sums_int8[1];
    for (uint64_t i = 0; i < program->input.n_targets; i++)
        input[i] = recurrent[i] = 0;
    if (cores->plan->program->n_tokens > 0 && program->layer == 0)
        load_row(token_row(cores, slice, step), program->input.n_targets, input);
}

static void finish_int8(CoreModel *cores, uint32_t slice)
{
    const Plan *plan = cores->plan;
    const SliceProgram *program = plan->slice[slice].program;
    const uint8_t *image = plan->program->core[plan->slice[slice].core].image;
    SliceState *state = &cores->slice[slice];
    int32_t *input = cores->sums_int8[0];
    int32_t *recurrent = cores->sums_int8[1];
    scale_sums(image, program, program->bias_offset, program->input_scale_offset, input);
    if (!matrix_is_none(&program->recurrent))
        scale_sums(image, program, program->recurrent_bias_offset, program->recurrent_scale_offset,
                   recurrent);
    float parameter = plan->program->layer[program->layer].parameter; /* a whole number of 2^-15 */
    CellStepInt8 cell = {
        .n_units = program->n_units,
        .input = input,
        .recurrent = recurrent,
        .threshold = state->int8.threshold,
        .parameter = fixed_from_real((double)parameter, FIXED_STATE_BITS),
        .state = state->int8.state,
        .events = state->int8.events,
    };
    plan->cell[program->layer]->step_int8(&cell);
    for (uint32_t u = 0; u < program->n_units; u++)
        state->events[u] = (float)state->int8.events[u];
}

static void reset_state(CoreModel *cores, uint32_t slice, bool int8)
{
    SliceState *state = &cores->slice[slice];
    for (uint32_t u = 0; u < cores->plan->slice[slice].program->n_units; u++)
        if (int8)
            state->int8.state[u] = 0;
        else
            state->state[u] = 0.0f;
}

static void begin(CoreModel *cores, uint32_t slice, uint64_t step)
{
    const Program *program = cores->plan->program;
    bool int8 = program->precision == PRECISION_INT8;
    if (program->reset_steps > 0 && step % program->reset_steps == 0)
        reset_state(cores, slice, int8);
    if (int8)
        begin_int8(cores, slice, step);
    else
        begin_f32(cores, slice, step);
}

static void finish(CoreModel *cores, uint32_t slice)
{
    if (cores->plan->program->precision == PRECISION_INT8)
        finish_int8(cores, slice);
    else
        finish_f32(cores, slice);
}

void compute_update(CoreModel *cores, uint32_t slice, uint64_t step, uint64_t first, uint64_t end)
{
    if (cores->layer != NULL) {
        layers_update(cores, cores->plan->slice[slice].program->layer, step);
        return;
    }
    begin(cores, slice, step);
    for (int which = 0; which < 2; which++) {
        if (cores->plan->ticks)
            tick_add_events(cores, slice, which, step);
        else if (step >= (uint64_t)which)
            add_events(cores, slice, which, step - (uint64_t)which);
    }
    finish(cores, slice);
    compare(cores, slice, step, first, end);
}
