/* fold.c - computes the table of input sums, one row a token.
 *
 * Takes a token network in any precision, makes one without its input product. Rows are summed as
 * the reference run sums them: fp32 from the bias on, inputs ascending, one rounding an operation;
 * int8 from 0 on, exactly. How many multiplications a row saves is kept with it, so that they can
 * be reported. Cost: O(words * stored weights of active inputs).
 */
#include "models/fold.h"

#include <inttypes.h>
#include <string.h>

static const uint64_t MAX_TABLE_BYTES = UINT64_C(1) << 34;

/* One row in fp32. */
static void sum_row(const Layer *layer, const float *input, float *sum)
{
    const SparseRows *rows = &layer->input;
    memcpy(sum, layer->bias, rows->n_cols * sizeof *sum);
    for (uint32_t i = 0; i < rows->n_rows; i++) {
        for (uint64_t k = rows->row_start[i]; k < rows->row_start[i + 1] && input[i] != 0; k++) {
            const float product = rows->weight[k] * input[i];
            sum[rows->col[k]] += product;
        }
    }
}

/* One row in integers. */
static void accumulate_row(const SparseRows *rows, const int8_t *weight, const int8_t *code,
                           int32_t *sum)
{
    for (uint32_t i = 0; i < rows->n_rows; i++) {
        for (uint64_t k = rows->row_start[i]; k < rows->row_start[i + 1]; k++)
            sum[rows->col[k]] += weight[k] * code[i];
    }
}

/* Stored weights of the inputs that are not zero. */
static uint64_t row_macs(const Network *network, uint32_t word)
{
    const SparseRows *rows = &network->layer[0].input;
    const size_t first = (size_t)word * network->n_inputs;
    uint64_t n = 0;
    for (uint32_t i = 0; i < rows->n_rows; i++) {
        const bool active = network->int8 != NULL ? network->int8->embedding[first + i] != 0
                                                  : network->embedding[first + i] != 0;
        n += active ? rows->row_start[i + 1] - rows->row_start[i] : 0;
    }
    return n;
}

static const FoldedInput *make_table(Arena *arena, const Network *network)
{
    const Layer *layer = &network->layer[0];
    const size_t n_sums = layer->input.n_cols, n_inputs = network->n_inputs;
    const size_t n_values = network->n_words * n_sums;
    FoldedInput *fold = ARENA_ARRAY(arena, FoldedInput, 1);
    uint64_t *macs = ARENA_ARRAY(arena, uint64_t, network->n_words);
    float *sum = network->int8 != NULL ? NULL : ARENA_ARRAY(arena, float, n_values);
    int32_t *accumulator = network->int8 == NULL ? NULL : ARENA_ARRAY(arena, int32_t, n_values);
    for (uint32_t word = 0; word < network->n_words; word++) {
        macs[word] = row_macs(network, word);
        if (network->int8 == NULL)
            sum_row(layer, network->embedding + word * n_inputs, sum + word * n_sums);
        else
            accumulate_row(&layer->input, network->int8->layer[0].input_weight,
                           network->int8->embedding + word * n_inputs, accumulator + word * n_sums);
    }
    *fold = (FoldedInput){.n_inputs = network->n_inputs,
                          .n_sums = layer->input.n_cols,
                          .dense_macs = layer_input_places(layer),
                          .macs = macs,
                          .sum = sum,
                          .accumulator = accumulator,
                          .unfolded_hash = network->hash};
    return fold;
}

/* The int8 side: the first layer keeps its scales, not its input codes. */
static const NetworkInt8 *fold_int8(Arena *arena, const Network *network)
{
    NetworkInt8 *int8 = ARENA_ARRAY(arena, NetworkInt8, 1);
    LayerInt8 *layer = ARENA_ARRAY(arena, LayerInt8, network->n_layers);
    *int8 = *network->int8;
    memcpy(layer, int8->layer, network->n_layers * sizeof *layer);
    layer[0].input_weight = ARENA_ARRAY(arena, int8_t, 0);
    int8->layer = layer;
    int8->embedding = NULL;
    return int8;
}

Status network_fold(Arena *arena, const Network *network, const Network **out, Err *err)
{
    *out = NULL;
    if (network->fold != NULL || network->embedding == NULL)
        return err_set(err, STATUS_UNSUPPORTED, "%.100s: has no embedding%s; expected one to fold",
                       network->name, network->fold != NULL ? " any more" : "");
    const uint64_t n_bytes = (uint64_t)network->n_words * network->layer[0].input.n_cols * 4;
    if (n_bytes > MAX_TABLE_BYTES)
        return err_set(err, STATUS_UNSUPPORTED,
                       "%.100s: the table of %" PRIu32 " words takes %" PRIu64
                       " bytes; expected at most %" PRIu64,
                       network->name, network->n_words, n_bytes, MAX_TABLE_BYTES);
    Network *folded = ARENA_ARRAY(arena, Network, 1);
    Layer *layer = ARENA_ARRAY(arena, Layer, network->n_layers);
    *folded = *network;
    memcpy(layer, network->layer, network->n_layers * sizeof *layer);
    layer[0].folded = true;
    layer[0].n_inputs = 1;
    layer[0].convolution = NULL;
    layer[0].input = (SparseRows){.n_rows = 1,
                                  .n_cols = network->layer[0].input.n_cols,
                                  .row_start = ARENA_ARRAY(arena, uint64_t, 2),
                                  .col = ARENA_ARRAY(arena, uint32_t, 0),
                                  .weight = ARENA_ARRAY(arena, float, 0)};
    folded->layer = layer;
    folded->n_inputs = 1;
    folded->embedding = NULL;
    folded->f64 = NULL;
    folded->fold = make_table(arena, network);
    if (network->int8 != NULL)
        folded->int8 = fold_int8(arena, network);
    folded->hash = network_hash(folded);
    *out = folded;
    return STATUS_OK;
}
