/* core_layers.c - execute mode: the slices of a layer summed together.
 *
 * An event is received by many cores, each of which has a few weights for it. Where every core is
 * certain to receive what its slices need, values do not depend on who sums them, so the rows of
 * all slices of a layer stand one behind the other, by source, and an event adds its whole row
 * at once when the first slice of the layer updates that step. Each sum still takes its sources
 * in ascending order, so the bits are those that each core would compute from its image and its
 * packets alone.
 *
 * That they are, rests on three checks. Before the run: a core hears of every source for which
 * one of its slices has a weight, and no FIFO loses events (else core_compute.c sums core by
 * core). At every closing packet: the sum over keys and payloads of what came is that of what
 * was sent (core_receive.c). At every update: the events of all slices are bit for bit the
 * expected ones, which are what packets carry.
 * Cost: O(weights of active sources + units) per
 * layer and step, as the reference run.
 * Memory: 8 bytes a weight (5 in int8), 4 a source and
 * layer.
 */
#include <stdlib.h>

#include "base/check.h"
#include "core_model.h"

enum { LINE_WORDS = 16 }; /* words of 4 bytes in a line of a cache */

/* Does the core of the slice hear of every source that has a row in this matrix? */
static bool hears_all(const Plan *plan, uint32_t slice, int which, const DecodedMatrix *matrix)
{
    const PlanSlice *info = &plan->slice[slice];
    uint32_t stage = which ? info->stage : info->stage - 1;
    for (uint32_t s = 0; s < plan->n_sources; s++) {
        if (plan_source_stage(plan, s) != stage)
            continue;
        uint32_t first = 0, n = plan->program->n_inputs;
        if (stage > 0) {
            first = plan->slice[s].program->first_position;
            n = plan->slice[s].program->n_units;
        }
        if (matrix->start[first + n] == matrix->start[first])
            continue;
        uint32_t pair = plan_pair(plan, info->core, s);
        if (pair == PROGRAM_NONE || !plan->listens[pair])
            return false;
    }
    return true;
}

/* One row behind the other: those of the slices, in their order, of every source unit. */
static DecodedMatrix join(Arena *arena, const CoreModel *cores, uint32_t layer, int which,
                          const DecodedMatrix *part)
{
    const Plan *plan = cores->plan;
    uint32_t stage = which ? layer + 1 : layer, n_slices = cores->layer[layer].n_slices;
    uint32_t n_units = stage ? plan->program->layer[stage - 1].n_units : plan->program->n_inputs;
    uint64_t n_weights = 0;
    for (uint32_t i = 0; i < n_slices; i++)
        n_weights += part[i].start[n_units];
    CHECK(n_weights <= UINT32_MAX);
    bool int8 = plan->program->precision == PRECISION_INT8;
    uint32_t *start = ARENA_ARRAY(arena, uint32_t, (size_t)n_units + 1);
    uint32_t *target = ARENA_ARRAY(arena, uint32_t, n_weights);
    float *weight = ARENA_ARRAY(arena, float, int8 ? 0 : n_weights);
    int8_t *code = ARENA_ARRAY(arena, int8_t, int8 ? n_weights : 0);
    const uint32_t *position_of = plan->position_of[stage];
    uint32_t at = 0;
    for (uint32_t unit = 0; unit < n_units; unit++) {
        uint32_t row = position_of ? position_of[unit] : unit;
        for (uint32_t i = 0; i < n_slices; i++) {
            uint32_t first_sum = cores->slice[cores->layer[layer].slice[i]].first_sum;
            for (uint32_t k = part[i].start[row]; k < part[i].start[row + 1]; k++, at++) {
                target[at] = first_sum + part[i].target[k];
                if (int8)
                    code[at] = part[i].code[k];
                else
                    weight[at] = part[i].weight[k];
            }
        }
        start[unit + 1] = at;
    }
    return (DecodedMatrix){start, target, int8 ? NULL : weight, int8 ? code : NULL};
}

/* The matrices of a layer; false if some core does not hear of all that it needs. */
static bool join_layer(Arena *arena, CoreModel *cores, uint32_t layer)
{
    const Plan *plan = cores->plan;
    LayerValues *values = &cores->layer[layer];
    bool complete = true;
    for (int which = 0; which < 2 && complete; which++) {
        Arena *scratch = arena_new();
        DecodedMatrix *part = ARENA_ARRAY(scratch, DecodedMatrix, values->n_slices);
        for (uint32_t i = 0; i < values->n_slices && complete; i++) {
            const PlanSlice *info = &plan->slice[values->slice[i]];
            part[i] = decode_matrix(scratch, plan->program->core[info->core].image,
                                    info->matrix[which], plan->program->precision);
            complete = hears_all(plan, values->slice[i], which, &part[i]);
        }
        if (complete)
            values->matrix[which] = join(arena, cores, layer, which, part);
        arena_free(scratch);
    }
    return complete;
}

static int compare_keys(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Slices of a layer by the positions that they hold. */
static void sort_slices(const Plan *plan, LayerValues *values)
{
    Arena *scratch = arena_new();
    uint64_t *key = ARENA_ARRAY(scratch, uint64_t, values->n_slices);
    for (uint32_t i = 0; i < values->n_slices; i++)
        key[i] = (uint64_t)plan->slice[values->slice[i]].program->first_position << 32 |
                 values->slice[i];
    qsort(key, values->n_slices, sizeof *key, compare_keys);
    for (uint32_t i = 0; i < values->n_slices; i++)
        values->slice[i] = (uint32_t)key[i];
    arena_free(scratch);
}

bool layers_init(Arena *arena, CoreModel *cores)
{
    const Plan *plan = cores->plan;
    if (cores->lossy)
        return false;
    cores->layer = ARENA_ARRAY(arena, LayerValues, plan->n_layers);
    for (uint32_t l = 0; l < plan->n_layers; l++)
        cores->layer[l].slice = ARENA_ARRAY(arena, uint32_t, plan->stage_sources[l + 1]);
    for (uint32_t s = 0; s < plan->n_slices; s++) {
        LayerValues *values = &cores->layer[plan->slice[s].stage - 1];
        values->slice[values->n_slices++] = s;
    }
    for (uint32_t l = 0; l < plan->n_layers; l++)
        sort_slices(plan, &cores->layer[l]);
    for (uint32_t l = 0; l < program_layers(plan->program); l++)
        if (!join_layer(arena, cores, l)) {
            cores->layer = NULL;
            return false;
        }
    cores->tally->sent_sum = ARENA_ARRAY(arena, uint32_t, (size_t)plan->n_sources * SENT_STEPS);
    return true;
}

/* Events of a stage and step, ascending by unit: that is the order of summation. */
static uint32_t list_events(CoreModel *cores, uint32_t stage, uint64_t step, const uint32_t **unit,
                            const float **value)
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

static void add_events(CoreModel *cores, uint32_t layer, int which, uint64_t step)
{
    const DecodedMatrix *matrix = &cores->layer[layer].matrix[which];
    const uint32_t *unit;
    const float *value;
    uint32_t n = list_events(cores, which ? layer + 1 : layer, step, &unit, &value);
    for (uint32_t i = 0; i < n; i++) {
        if (i + 1 < n)
            fetch_row(matrix, unit[i + 1]);
        compute_add_row(matrix, unit[i], value[i], cores->sums[which], cores->sums_int8[which]);
    }
}

void layers_update(CoreModel *cores, uint32_t layer, uint64_t step)
{
    LayerValues *values = &cores->layer[layer];
    if (step < values->n_steps)
        return;
    CHECK(step == values->n_steps);
    values->n_steps++;
    for (uint32_t i = 0; i < values->n_slices; i++)
        compute_begin(cores, values->slice[i], step);
    add_events(cores, layer, 0, step);
    if (step > 0)
        add_events(cores, layer, 1, step - 1);
    const EventTrace *expected = cores->expected;
    uint64_t first = event_trace_first(expected, (uint32_t)step, layer);
    const uint64_t last = first + event_trace_count(expected, (uint32_t)step, layer);
    for (uint32_t i = 0; i < values->n_slices && cores->fault->status == STATUS_OK; i++) {
        const SliceProgram *program = cores->plan->slice[values->slice[i]].program;
        uint64_t end = first;
        while (end < last && expected->unit[end] - program->first_position < program->n_units)
            end++;
        compute_finish(cores, values->slice[i]);
        compute_compare(cores, values->slice[i], step, first, end);
        first = end;
    }
    CHECK(first == last || cores->fault->status != STATUS_OK);
}
