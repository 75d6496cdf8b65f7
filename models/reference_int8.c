/* reference_int8.c - one step of one layer in integers.
 *
 * Takes codes of sources and a LayerInt8, makes codes of events. Accumulators start at 0 and are
 * exact, so the order of the sources cannot matter; scales and biases are applied once a target and
 * step. That int32 suffices was checked when the network was made. Cost: stored weights of active
 * sources + units a step.
 */
#include "reference_int8.h"

#include <string.h>

CodesInt8 codes_int8_make(Arena *arena, uint32_t n)
{
    return (CodesInt8){.unit = ARENA_ARRAY(arena, uint32_t, n),
                       .code = ARENA_ARRAY(arena, int32_t, n)};
}

LayerRunInt8 layer_int8_make(Arena *arena, const Layer *layer)
{
    const uint32_t n = layer->n_units, n_sums = layer->cell->n_gates * n;
    return (LayerRunInt8){
        .input_sum = ARENA_ARRAY(arena, int32_t, n_sums),
        .recurrent_sum = ARENA_ARRAY(arena, int32_t, n_sums),
        .input = ARENA_ARRAY(arena, int32_t, n_sums),
        .recurrent = ARENA_ARRAY(arena, int32_t, n_sums),
        .state = ARENA_ARRAY(arena, int32_t, n),
        .events = ARENA_ARRAY(arena, int32_t, n),
        .candidate = ARENA_ARRAY(arena, int32_t, n),
        .active = codes_int8_make(arena, n),
    };
}

/* sum = the rows of all active sources times their codes. */
static void accumulate(const SparseRows *rows, const int8_t *weight, const CodesInt8 *active,
                       int32_t *sum)
{
    memset(sum, 0, rows->n_cols * sizeof *sum);
    for (uint32_t i = 0; i < active->n; i++) {
        const uint32_t row = active->unit[i];
        const int32_t code = active->code[i];
        for (uint64_t k = rows->row_start[row]; k < rows->row_start[row + 1]; k++)
            sum[rows->col[k]] += weight[k] * code;
    }
}

CellStepInt8 layer_int8_step(const Layer *layer, const LayerInt8 *int8, const CodesInt8 *input,
                             const int32_t *begin, LayerRunInt8 *run)
{
    const uint32_t n_sums = layer->cell->n_gates * layer->n_units;
    if (begin != NULL) /* all of it: a folded layer has no events as input */
        memcpy(run->input_sum, begin, n_sums * sizeof *run->input_sum);
    else
        accumulate(&layer->input, int8->input_weight, input, run->input_sum);
    accumulate(&layer->recurrent, int8->recurrent_weight, &run->active, run->recurrent_sum);
    for (uint32_t t = 0; t < n_sums; t++) {
        run->input[t] =
            fixed_sum(int8->bias[t], run->input_sum[t], layer_int8_input_scale(int8, t));
        run->recurrent[t] = fixed_sum(int8->recurrent_bias[t], run->recurrent_sum[t],
                                      layer_int8_recurrent_scale(int8, t));
    }
    const CellStepInt8 step = {
        .n_units = layer->n_units,
        .input = run->input,
        .recurrent = run->recurrent,
        .threshold = int8->threshold,
        .parameter = int8->parameter,
        .state = run->state,
        .events = run->events,
        .candidate = run->candidate,
    };
    layer->cell->step_int8(&step);
    return step;
}

void layer_int8_collect(uint32_t n_units, LayerRunInt8 *run)
{
    CodesInt8 *active = &run->active;
    active->n = 0;
    for (uint32_t u = 0; u < n_units; u++) {
        if (run->events[u] == 0)
            continue;
        active->unit[active->n] = u;
        active->code[active->n++] = run->events[u];
    }
}
