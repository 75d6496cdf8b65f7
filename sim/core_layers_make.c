/* core_layers_make.c - execute mode: the slices of a layer put together from their images.
 *
 * Matrices, biases, scales and thresholds of all slices stand as those of one core that held the
 * whole layer. False if some core does not hear of a source for which it has a weight: then what
 * it computes is not what the layer would, and core_compute.c sums core by core.
 * Cost: O(weights + parameters), once.
 */
#include "core_layers.h"

#include "arch/matrix_image.h"
#include "base/check.h"
#include "image.h"

/* The source whose units stand at each position of a stage; the host's are all inputs. */
static uint32_t *source_at(Arena *scratch, const Plan *plan, uint32_t stage)
{
    uint32_t n = stage ? plan->program->layer[stage - 1].n_units : plan->program->n_inputs;
    uint32_t *source = ARENA_ARRAY(scratch, uint32_t, n);
    for (uint32_t i = 0; stage == 0 && i < n; i++)
        source[i] = plan->n_slices;
    for (uint32_t s = 0; stage > 0 && s < plan->n_slices; s++) {
        const SliceProgram *program = plan->slice[s].program;
        for (uint32_t u = 0; plan->slice[s].stage == stage && u < program->n_units; u++)
            source[program->first_position + u] = s;
    }
    return source;
}

/* Does the core hear of every source with a weight in this list? `asked` says for which sources
 * that is known. */
static bool hears_all(const Plan *plan, uint32_t core, const MatrixList *list,
                      const uint32_t *source_of, uint32_t *asked)
{
    for (uint64_t i = 0; i < list->n_weights; i++) {
        uint32_t source = source_of[list->source[i]];
        if (asked[source] == core + 1)
            continue;
        asked[source] = core + 1;
        uint32_t pair = plan_pair(plan, core, source);
        if (pair == PROGRAM_NONE || !plan->listens[pair])
            return false;
    }
    return true;
}

/* The layer's sum of each of the slice's. */
static uint32_t *sums_of(Arena *scratch, const LayerValues *values, const SliceProgram *program)
{
    uint64_t n = program->input.n_targets;
    uint32_t *sum = ARENA_ARRAY(scratch, uint32_t, n);
    for (uint32_t i = 0; i < n; i++)
        sum[i] =
            i / program->n_units * values->n_units + program->first_position + i % program->n_units;
    return sum;
}

static bool join_matrix(Arena *arena, const CoreModel *cores, LayerValues *values, int which)
{
    const Plan *plan = cores->plan;
    const Program *program = plan->program;
    const uint32_t stage = which ? values->layer + 1 : values->layer;
    const ProgramLayer *from = stage ? &program->layer[stage - 1] : NULL;
    Arena *scratch = arena_new();
    const uint32_t *source_of = source_at(scratch, plan, stage);
    uint32_t *asked = ARENA_ARRAY(scratch, uint32_t, plan->n_sources);
    MatrixPart *part = ARENA_ARRAY(scratch, MatrixPart, values->n_slices);
    bool complete = true;
    for (uint32_t i = 0; i < values->n_slices && complete; i++) {
        const PlanSlice *info = &plan->slice[values->slice[i]];
        part[i] = (MatrixPart){
            .list = decode_list(scratch, program->core[info->core].image, info->matrix[which],
                                program->precision),
            .target_of = sums_of(scratch, values, info->program),
        };
        complete = hears_all(plan, info->core, &part[i].list, source_of, asked);
    }
    if (complete)
        values->matrix[which] =
            decode_join(arena, part, values->n_slices, from ? from->n_units : program->n_inputs,
                        from ? from->unit_of : NULL, program->precision == PRECISION_INT8);
    arena_free(scratch);
    return complete;
}

/* Bias and scale of one sum of a slice, number `i` there and `sum` in the layer. */
static void take_sum(LayerValues *values, const SliceProgram *program, const uint8_t *image,
                     int which, uint32_t i, uint32_t sum)
{
    const uint64_t bias_at[] = {program->bias_offset, program->recurrent_bias_offset};
    const uint64_t scale_at[] = {program->input_scale_offset, program->recurrent_scale_offset};
    const uint8_t *bias = image + bias_at[which] + 4 * (uint64_t)i;
    if (program->n_scales == 0) {
        values->bias[which][sum] = load_f32(bias);
        return;
    }
    values->bias_int8[which][sum] = load_i32(bias);
    values->scale[which][sum] =
        image_scale(image, scale_at[which], program->n_scales, program->n_scales == 1 ? 0 : i);
}

/* Biases, scales and thresholds of a slice; what it has not stays 0. */
static void take_slice(LayerValues *values, const SliceProgram *program, const uint8_t *image,
                       bool int8)
{
    const uint64_t n_targets[] = {program->input.n_targets, slice_recurrent_targets(program)};
    const uint32_t n_units = program->n_units;
    for (int which = 0; which < 2; which++)
        for (uint32_t i = 0; i < n_targets[which]; i++)
            take_sum(values, program, image, which, i,
                     i / n_units * values->n_units + program->first_position + i % n_units);
    for (uint32_t u = 0; u < n_units; u++) {
        const uint8_t *at = image + program->threshold_offset + 4 * (uint64_t)u;
        if (int8)
            values->int8.threshold[program->first_position + u] = load_i32(at);
        else
            values->threshold[program->first_position + u] = load_f32(at);
    }
}

/* state starts at zero: program.h */
static void make_arrays(Arena *arena, LayerValues *values, bool int8)
{
    const uint32_t n = values->n_units, n_f32 = int8 ? 0 : n, n_int8 = int8 ? n : 0;
    for (int which = 0; which < 2; which++) {
        values->bias[which] = ARENA_ARRAY(arena, float, int8 ? 0 : values->n_sums);
        values->bias_int8[which] = ARENA_ARRAY(arena, int32_t, int8 ? values->n_sums : 0);
        values->scale[which] = ARENA_ARRAY(arena, FixedScale, int8 ? values->n_sums : 0);
        for (uint32_t i = 0; int8 && i < values->n_sums; i++)
            values->scale[which][i] = (FixedScale){0, FIXED_SHIFT_MIN};
    }
    values->threshold = ARENA_ARRAY(arena, float, n_f32);
    values->state = ARENA_ARRAY(arena, float, n_f32);
    values->events = ARENA_ARRAY(arena, float, n);
    values->int8 = (SliceInt8){.state = ARENA_ARRAY(arena, int32_t, n_int8),
                               .events = ARENA_ARRAY(arena, int32_t, n_int8),
                               .threshold = ARENA_ARRAY(arena, int32_t, n_int8)};
}

static bool make_layer(Arena *arena, const CoreModel *cores, uint32_t layer, LayerValues *values)
{
    const Plan *plan = cores->plan;
    const ProgramLayer *program = &plan->program->layer[layer];
    const bool int8 = plan->program->precision == PRECISION_INT8;
    const uint64_t n_sums = (uint64_t)program->n_gates * program->n_units;
    CHECK(n_sums <= UINT32_MAX);
    *values = (LayerValues){
        .layer = layer,
        .n_units = program->n_units,
        .n_sums = (uint32_t)n_sums,
        .slice = ARENA_ARRAY(arena, uint32_t, plan->stage_sources[layer + 1]),
    };
    for (uint32_t s = 0; s < plan->n_slices; s++)
        if (plan->slice[s].stage == layer + 1)
            values->slice[values->n_slices++] = s;
    if (!join_matrix(arena, cores, values, 0) || !join_matrix(arena, cores, values, 1))
        return false;
    make_arrays(arena, values, int8);
    for (uint32_t i = 0; i < values->n_slices; i++) {
        const PlanSlice *info = &plan->slice[values->slice[i]];
        take_slice(values, info->program, plan->program->core[info->core].image, int8);
    }
    return true;
}

bool layers_init(Arena *arena, CoreModel *cores)
{
    const Plan *plan = cores->plan;
    const uint32_t n_layers = program_layers(plan->program);
    if (cores->own_events)
        return false;
    LayerValues *layer = ARENA_ARRAY(arena, LayerValues, n_layers);
    for (uint32_t l = 0; l < n_layers; l++)
        if (!make_layer(arena, cores, l, &layer[l]))
            return false;
    if (plan->program->precision != PRECISION_INT8 && plan->program->n_tokens == 0) {
        cores->lanes = ARENA_ARRAY(arena, float, (size_t)layer[0].n_sums *LAYER_LANES);
        cores->lane_input = ARENA_ARRAY(arena, float, (size_t)plan->program->n_inputs *LAYER_LANES);
    }
    cores->layer = layer;
    cores->tally->sent_sum = ARENA_ARRAY(arena, uint32_t, (size_t)plan->n_sources * SENT_STEPS);
    return true;
}
