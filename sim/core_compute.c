/* core_compute.c - execute mode: what each core computes, from its memory image and its packets
 * alone.
 *
 * Received events are kept by source unit in a buffer of two steps with a bit map, so that reading
 * them in ascending order is the canonical order of summation whatever the order of arrival was:
 * sums start at the biases, then feed-forward sources ascending, then (in sums of their own)
 * recurrent sources ascending. Weights, indices, biases and thresholds come from the image bytes;
 * the stored state is the slice's own. Target-major matrices are walked through a list of entries
 * by source, made once, which adds to each sum in the same order as a walk by rows that skips
 * absent events.
 *
 * Each event is compared bit for bit with the expected one; a difference ends the run and names
 * core, layer, unit, step and both values.
 * Cost: O(weights of active sources + units) per update.
 * Memory: 8 bytes per target-major weight.
 */
#include "base/check.h"
#include "bits.h"
#include "core_model.h"
#include "image.h"

static bool uses_stage(const Plan *plan, uint32_t core, uint32_t stage)
{
    const uint32_t *layers = plan_layer_slices(plan, core, 0);
    return (stage > 0 && layers[stage - 1] < layers[stage]) ||
           (stage < plan->n_layers && layers[stage] < layers[stage + 1]);
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

static uint32_t load_index(const uint8_t *at, uint32_t index_bytes, uint64_t i)
{
    if (index_bytes == 1)
        return at[i];
    return index_bytes == 2 ? load_u16(at + 2 * i) : load_u32(at + 4 * i);
}

/* Entries of a target-major matrix by source, targets ascending (counting sort, stable). */
static void list_by_source(Arena *arena, SliceState *state, int which, const uint8_t *image,
                           const MatrixImage *matrix, uint32_t index_bytes)
{
    uint32_t *start = ARENA_ARRAY(arena, uint32_t, (size_t)matrix->n_sources + 2);
    uint32_t *at = ARENA_ARRAY(arena, uint32_t, matrix->n_weights);
    uint32_t *target = ARENA_ARRAY(arena, uint32_t, matrix->n_weights);
    for (uint64_t i = 0; i < matrix->n_weights; i++)
        start[load_index(image + matrix->index_offset, index_bytes, i) + 2]++;
    for (uint32_t s = 0; s < matrix->n_sources; s++)
        start[s + 2] += start[s + 1];
    for (uint32_t t = 0; t < matrix->n_targets; t++) {
        uint32_t end = load_u32(image + matrix->pointer_offset + 4 * ((uint64_t)t + 1));
        for (uint32_t i = load_u32(image + matrix->pointer_offset + 4 * (uint64_t)t); i < end;
             i++) {
            uint32_t to = start[load_index(image + matrix->index_offset, index_bytes, i) + 1]++;
            at[to] = i;
            target[to] = t;
        }
    }
    state->entry_start[which] = start;
    state->entry_at[which] = at;
    state->entry_target[which] = target;
}

static void init_slice(Arena *arena, CoreModel *cores, uint32_t slice)
{
    const PlanSlice *info = &cores->plan->slice[slice];
    const SliceProgram *program = info->program;
    const CoreProgram *core = &cores->plan->program->core[info->core];
    SliceState *state = &cores->slice[slice];
    state->state = ARENA_ARRAY(arena, float, program->n_units); /* zero at load: program.h */
    state->events = ARENA_ARRAY(arena, float, program->n_units);
    state->threshold = ARENA_ARRAY(arena, float, program->n_units);
    for (uint32_t u = 0; u < program->n_units; u++)
        state->threshold[u] = load_f32(core->image + program->threshold_offset + 4 * (uint64_t)u);
    if (program->input.format == FORMAT_TARGET) {
        list_by_source(arena, state, 0, core->image, &program->input, program->input.index_bytes);
        list_by_source(arena, state, 1, core->image, &program->recurrent,
                       program->recurrent.index_bytes);
    }
}

void compute_init(Arena *arena, CoreModel *cores)
{
    const Plan *plan = cores->plan;
    init_buffers(arena, cores);
    size_t n_sums = 0, n_sources = plan->program->n_inputs;
    for (uint32_t s = 0; s < plan->n_slices; s++) {
        const SliceProgram *program = plan->slice[s].program;
        size_t sums = (size_t)program->n_units * plan->cell[program->layer]->n_gates;
        n_sums = sums > n_sums ? sums : n_sums;
        init_slice(arena, cores, s);
    }
    for (uint32_t l = 0; l < plan->n_layers; l++)
        n_sources = plan->program->layer[l].n_units > n_sources ? plan->program->layer[l].n_units
                                                                : n_sources;
    cores->sums[0] = ARENA_ARRAY(arena, float, n_sums);
    cores->sums[1] = ARENA_ARRAY(arena, float, n_sums);
    cores->active = ARENA_ARRAY(arena, uint32_t, n_sources);
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

typedef struct Row { /* one source's weights in an image */
    const uint8_t *index, *weight;
    uint32_t n;
    float value;
} Row;

static void add_row_8(float *sum, Row row)
{
    for (uint32_t i = 0; i < row.n; i++)
        sum[row.index[i]] += row.value * load_f32(row.weight + 4 * (uint64_t)i);
}

static void add_row_16(float *sum, Row row)
{
    for (uint32_t i = 0; i < row.n; i++)
        sum[load_u16(row.index + 2 * (uint64_t)i)] +=
            row.value * load_f32(row.weight + 4 * (uint64_t)i);
}

static void add_row_32(float *sum, Row row)
{
    for (uint32_t i = 0; i < row.n; i++)
        sum[load_u32(row.index + 4 * (uint64_t)i)] +=
            row.value * load_f32(row.weight + 4 * (uint64_t)i);
}

static void add_row(float *sum, uint32_t index_bytes, Row row)
{
    if (index_bytes == 1)
        add_row_8(sum, row);
    else if (index_bytes == 2)
        add_row_16(sum, row);
    else
        add_row_32(sum, row);
}

/* Row of one source in a source-major matrix. */
static Row source_row(const uint8_t *image, const MatrixImage *matrix, const uint32_t *row_start,
                      uint32_t index_bytes, uint32_t source)
{
    uint64_t from = row_start[source];
    return (Row){
        .index = image + matrix->index_offset + from * index_bytes,
        .weight = image + matrix->weight_offset + from * 4,
        .n = row_start[source + 1] - row_start[source],
    };
}

static void add_entries(float *sum, const SliceState *state, int which, const uint8_t *weight,
                        uint32_t source, float value)
{
    for (uint32_t i = state->entry_start[which][source]; i < state->entry_start[which][source + 1];
         i++)
        sum[state->entry_target[which][i]] +=
            value * load_f32(weight + 4 * (uint64_t)state->entry_at[which][i]);
}

/* which: 0 the input matrix and the stage before, 1 the recurrent matrix and the own stage. */
static void add_events(CoreModel *cores, uint32_t slice, int which, uint64_t step)
{
    const Plan *plan = cores->plan;
    const PlanSlice *info = &plan->slice[slice];
    const MatrixImage *matrix = which ? &info->program->recurrent : &info->program->input;
    const uint32_t *row_start = which ? info->recurrent_start : info->input_start;
    const uint8_t *image = plan->program->core[info->core].image;
    uint32_t stage = which ? info->stage : info->stage - 1;
    const uint32_t *position_of = plan->position_of[stage];
    const EventBuffer *buffer = &cores->buffer[(size_t)info->core * plan->n_stages + stage];
    uint32_t n_active = active_sources(cores, buffer, step);
    for (uint32_t i = 0; i < n_active; i++) {
        uint32_t unit = cores->active[i], index_bytes = matrix->index_bytes;
        uint32_t source = position_of == NULL ? unit : position_of[unit];
        float value = buffer->value[step % 2][unit];
        if (matrix->format == FORMAT_SOURCE) {
            Row row = source_row(image, matrix, row_start, index_bytes, source);
            row.value = value;
            add_row(cores->sums[which], index_bytes, row);
        } else {
            add_entries(cores->sums[which], &cores->slice[slice], which,
                        image + matrix->weight_offset, source, value);
        }
    }
}

static void report_difference(CoreModel *cores, uint32_t slice, uint32_t local, uint64_t step,
                              uint64_t at, uint64_t end)
{
    const PlanSlice *info = &cores->plan->slice[slice];
    uint32_t position = info->program->first_position + local;
    uint32_t unit = plan_unit(cores->plan, info->stage, position);
    float computed = cores->slice[slice].events[local], expected = 0.0f;
    if (at < end && cores->expected->unit[at] == position)
        expected = cores->expected->value[at];
    cores->fault->status = err_set(cores->fault->err, STATUS_INTERNAL,
                                   "core %u: layer %u, unit %u, step %llu: computed event %.9g "
                                   "(0x%08x); the reference has %.9g "
                                   "(0x%08x)",
                                   cores->plan->program->core[info->core].core, info->stage - 1,
                                   unit, (unsigned long long)step, (double)computed,
                                   float_bits(computed), (double)expected, float_bits(expected));
}

static void compare_events(CoreModel *cores, uint32_t slice, uint64_t step, uint64_t first,
                           uint64_t end)
{
    const SliceProgram *program = cores->plan->slice[slice].program;
    const float *events = cores->slice[slice].events;
    uint64_t at = first;
    for (uint32_t u = 0; u < program->n_units; u++) {
        bool is_expected = at < end && cores->expected->unit[at] == program->first_position + u;
        bool is_event = events[u] != 0.0f;
        if (is_event != is_expected ||
            (is_event && float_bits(events[u]) != float_bits(cores->expected->value[at]))) {
            report_difference(cores, slice, u, step, at, end);
            return;
        }
        at += is_expected;
    }
    CHECK(at == end); /* expected units ascend: sim_run has checked */
}

void compute_update(CoreModel *cores, uint32_t slice, uint64_t step, uint64_t first, uint64_t end)
{
    const Plan *plan = cores->plan;
    const PlanSlice *info = &plan->slice[slice];
    const SliceProgram *program = info->program;
    const uint8_t *image = plan->program->core[info->core].image;
    SliceState *state = &cores->slice[slice];
    uint64_t n_sums = (uint64_t)program->n_units * plan->cell[program->layer]->n_gates;
    for (uint64_t i = 0; i < n_sums; i++) {
        cores->sums[0][i] = load_f32(image + program->bias_offset + 4 * i);
        cores->sums[1][i] = load_f32(image + program->recurrent_bias_offset + 4 * i);
    }
    add_events(cores, slice, 0, step);
    if (step > 0)
        add_events(cores, slice, 1, step - 1);
    uint32_t reset = plan->program->reset_steps;
    if (reset > 0 && step % reset == 0)
        for (uint32_t u = 0; u < program->n_units; u++)
            state->state[u] = 0.0f;
    CellStepF32 cell = {
        .n_units = program->n_units,
        .input = cores->sums[0],
        .recurrent = cores->sums[1],
        .threshold = state->threshold,
        .zoneout = plan->program->layer[program->layer].zoneout,
        .state = state->state,
        .events = state->events,
    };
    plan->cell[program->layer]->step_f32(&cell);
    compare_events(cores, slice, step, first, end);
}
