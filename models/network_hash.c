/* network_hash.c - what follows from a Network's numbers: its hash, its MACs, a copy under another
 * rule.
 *
 * The hash runs over everything that a run's result depends on, in a fixed order and byte order.
 * Names, texts, measured figures and the vocabulary are not in it. Cost: about 1.5 ns a byte of
 * parameters.
 */
#include "base/hash.h"
#include "bytes.h"
#include "models/network.h"

static uint64_t hash_f32(uint64_t hash, const float *values, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        hash = hash_u64(hash, f32_bits(values[i]));
    return hash;
}

static uint64_t hash_f64(uint64_t hash, const double *values, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        hash = hash_u64(hash, f64_bits(values[i]));
    return hash;
}

/* Column and weight go in together: one step of the hash a stored weight and byte. */
static uint64_t hash_rows(uint64_t hash, const SparseRows *rows)
{
    hash = hash_u64(hash_u64(hash, rows->n_rows), rows->n_cols);
    for (uint32_t r = 0; r < rows->n_rows; r++)
        hash = hash_u64(hash, rows->row_start[r + 1]);
    for (uint64_t k = 0; k < rows->n_nonzeros; k++)
        hash = hash_u64(hash, (uint64_t)rows->col[k] << 32 | f32_bits(rows->weight[k]));
    return hash;
}

static uint64_t hash_layer(uint64_t hash, const Layer *layer)
{
    const uint64_t n_sums = (uint64_t)layer->cell->n_gates * layer->n_units;
    hash = hash_text(hash, layer->cell->name);
    if (layer->convolution != NULL)
        hash = hash_u64(hash, layer->convolution->n_places);
    hash = hash_rows(hash, &layer->input);
    hash = hash_rows(hash, &layer->recurrent);
    hash = hash_f32(hash, layer->bias, n_sums);
    hash = hash_f32(hash, layer->recurrent_bias, n_sums);
    hash = hash_u64(hash, (uint64_t)layer->threshold_form);
    hash = hash_f32(hash, layer->raw_threshold, layer->n_units);
    return hash_u64(hash, f32_bits(layer->parameter));
}

static uint64_t hash_layer_f64(uint64_t hash, const Layer *layer, const LayerF64 *f64)
{
    const uint64_t n_sums = (uint64_t)layer->cell->n_gates * layer->n_units;
    hash = hash_f64(hash, f64->input_weight, layer->input.n_nonzeros);
    hash = hash_f64(hash, f64->recurrent_weight, layer->recurrent.n_nonzeros);
    hash = hash_f64(hash, f64->bias, n_sums);
    hash = hash_f64(hash, f64->recurrent_bias, n_sums);
    return hash_f64(hash, f64->raw_threshold, layer->n_units);
}

static uint64_t hash_i32(uint64_t hash, const int32_t *values, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        hash = hash_u64(hash, (uint32_t)values[i]);
    return hash;
}

static uint64_t hash_scales(uint64_t hash, const FixedScale *scale, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        hash = hash_u64(hash,
                        (uint64_t)(uint32_t)scale[i].multiplier << 32 | (uint32_t)scale[i].shift);
    return hash;
}

static uint64_t hash_layer_int8(uint64_t hash, const Layer *layer, const LayerInt8 *int8)
{
    const uint64_t n_sums = (uint64_t)layer->cell->n_gates * layer->n_units;
    hash = hash_bytes(hash, int8->input_weight, layer->input.n_nonzeros);
    hash = hash_bytes(hash, int8->recurrent_weight, layer->recurrent.n_nonzeros);
    hash = hash_u64(hash, int8->n_scales);
    hash = hash_scales(hash, int8->input_scale, int8->n_scales);
    hash = hash_scales(hash, int8->recurrent_scale, int8->n_scales);
    hash = hash_i32(hash, int8->bias, n_sums);
    hash = hash_i32(hash, int8->recurrent_bias, n_sums);
    hash = hash_i32(hash, int8->threshold, layer->n_units);
    return hash_u64(hash, (uint32_t)int8->parameter);
}

/* What a precision other than fp32 adds. */
static uint64_t hash_precision(uint64_t hash, const Network *network)
{
    const NetworkInt8 *int8 = network->int8;
    if (network->precision == PRECISION_FP32)
        return hash;
    hash = hash_u64(hash, (uint64_t)network->precision);
    if (network->precision != PRECISION_INT8)
        return hash;
    for (uint32_t i = 0; i < network->n_layers; i++)
        hash = hash_layer_int8(hash, &network->layer[i], &int8->layer[i]);
    hash = hash_u64(hash, f32_bits(int8->input_step));
    return int8->embedding == NULL
               ? hash
               : hash_bytes(hash, int8->embedding, (size_t)network->n_words * network->n_inputs);
}

/* A tied decoder is a fact of its own, not another copy of the embedding. */
static uint64_t hash_vocabulary(uint64_t hash, const Network *network)
{
    const uint64_t n_words = network->n_words;
    const uint64_t n_decoder = n_words * network->layer[network->n_layers - 1].n_units;
    const bool tied = network->decoder == network->embedding;
    const NetworkF64 *f64 = network->f64;
    if (network->fold != NULL) /* the table follows from the network before */
        hash = hash_u64(hash, network->fold->unfolded_hash);
    else if (n_words > 0)
        hash = hash_f32(hash, network->embedding, n_words * network->n_inputs);
    if (n_words > 0 && f64 != NULL)
        hash = hash_f64(hash, f64->embedding, n_words * network->n_inputs);
    if (!network->has_decoder)
        return hash;
    if (network->decoder_on_chip) /* what it is there follows from the precision */
        hash = hash_u64(hash, 2);
    hash = hash_u64(hash, tied);
    if (!tied)
        hash = hash_f32(hash, network->decoder, n_decoder);
    hash = hash_f32(hash, network->decoder_bias, n_words);
    if (f64 != NULL && !tied)
        hash = hash_f64(hash, f64->decoder, n_decoder);
    return f64 == NULL ? hash : hash_f64(hash, f64->decoder_bias, n_words);
}

uint64_t network_hash(const Network *network)
{
    uint64_t hash = hash_u64(HASH_START, network->n_inputs);
    hash = hash_u64(hash, network->n_layers);
    hash = hash_u64(hash, (uint64_t)network->carry);
    hash = hash_u64(hash, network->reset_steps);
    hash = hash_u64(hash, network->n_words);
    hash = hash_u64(hash, network->has_decoder);
    hash = hash_u64(hash, network->f64 != NULL);
    for (uint32_t i = 0; i < network->n_layers; i++) {
        hash = hash_layer(hash, &network->layer[i]);
        if (network->f64 != NULL)
            hash = hash_layer_f64(hash, &network->layer[i], &network->f64->layer[i]);
    }
    return hash_precision(hash_vocabulary(hash, network), network);
}

uint64_t network_dense_macs(const Layer *layer)
{
    const uint64_t n_input = layer->folded ? 0 : layer_input_places(layer);
    const uint64_t n_own = layer_is_feed_forward(layer) ? 0 : layer->n_units;
    return n_input + (uint64_t)layer->cell->n_gates * layer->n_units * n_own;
}

uint64_t network_sparse_macs(const Layer *layer)
{
    return layer->input.n_nonzeros + layer->recurrent.n_nonzeros;
}

const Network *network_with_carry(Arena *arena, const Network *network, CarryRule carry,
                                  uint32_t reset_steps)
{
    Network *copy = ARENA_ARRAY(arena, Network, 1);
    *copy = *network;
    copy->carry = carry;
    copy->reset_steps = carry == CARRY_EVENTS ? reset_steps : 0;
    copy->hash = network_hash(copy);
    return copy;
}
