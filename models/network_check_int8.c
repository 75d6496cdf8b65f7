/* network_check_int8.c - every invariant of an int8 network's integers.
 *
 * Takes a Network whose reals have been checked, makes a Status: codes in range and nowhere 0 in
 * a matrix, scales that fixed_scale can apply, thresholds and parameters between 0 and 1, sums that
 * cannot leave int32. Cost: O(parameters).
 */
#include <inttypes.h>

#include "network_private.h"

static const char *wrong_codes(Arena *scratch, const SparseRows *rows, const int8_t *code)
{
    uint64_t *bound = ARENA_ARRAY(scratch, uint64_t, rows->n_cols);
    for (uint64_t k = 0; k < rows->n_nonzeros; k++) {
        if (code[k] == 0 || code[k] < -FIXED_CODE_MAX)
            return "an int8 weight is 0 or -128";
        bound[rows->col[k]] += (uint64_t)(code[k] < 0 ? -code[k] : code[k]) * FIXED_CODE_MAX;
    }
    for (uint32_t t = 0; t < rows->n_cols; t++) {
        if (bound[t] > INT32_MAX)
            return "an int8 sum may leave int32";
    }
    return NULL;
}

static const char *wrong_scales(const FixedScale *scale, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (scale[i].multiplier < 0 || scale[i].shift < FIXED_SHIFT_MIN ||
            scale[i].shift > FIXED_SHIFT_MAX)
            return "an int8 scale is out of range";
    }
    return NULL;
}

/* What is wrong with a layer's integers, or NULL. */
static const char *wrong_layer(Arena *scratch, const Layer *layer, const LayerInt8 *int8)
{
    if (layer->cell->step_int8 == NULL)
        return "the cell has no integer form";
    if (int8->n_scales != 1 && int8->n_scales != layer->cell->n_gates * layer->n_units)
        return "neither one int8 scale nor one a target";
    const char *why = wrong_scales(int8->input_scale, int8->n_scales);
    if (why == NULL)
        why = wrong_scales(int8->recurrent_scale, int8->n_scales);
    if (why == NULL)
        why = wrong_codes(scratch, &layer->input, int8->input_weight);
    if (why == NULL)
        why = wrong_codes(scratch, &layer->recurrent, int8->recurrent_weight);
    for (uint32_t u = 0; u < layer->n_units && why == NULL; u++) {
        if (int8->threshold[u] < 0 || int8->threshold[u] > FIXED_ONE)
            why = "an int8 threshold is not between 0 and 1";
    }
    if (why == NULL && (int8->parameter < 0 || int8->parameter > FIXED_ONE))
        why = "the int8 parameter is not between 0 and 1";
    return why;
}

/* An int8 decoder is there exactly where the chip computes it. */
static const char *wrong_decoder(const Network *network)
{
    const NetworkInt8 *int8 = network->int8;
    if (!network->decoder_on_chip)
        return int8->decoder == NULL ? NULL : "integers of a decoder that the host computes";
    if (int8->decoder == NULL || int8->decoder_scale == NULL || int8->decoder_bias == NULL)
        return "the decoder is on the chip without its integers";
    return wrong_scales(int8->decoder_scale, network->n_words);
}

Status network_check_int8(const Network *network, Err *err)
{
    const NetworkInt8 *int8 = network->int8;
    if ((unsigned)network->precision >= N_PRECISIONS)
        return err_set(err, STATUS_INPUT, "network: precision: is not a known one");
    if ((int8 != NULL) != (network->precision == PRECISION_INT8))
        return err_set(err, STATUS_INPUT, "network: int8: integers without the precision, or none");
    if (int8 == NULL)
        return STATUS_OK;
    if (!(int8->input_step > 0) || (int8->embedding != NULL) != (network->embedding != NULL))
        return err_set(err, STATUS_INPUT, "network: int8: input step or embedding is missing");
    const char *why = wrong_decoder(network);
    if (why != NULL)
        return err_set(err, STATUS_INPUT, "network: decoder: %s", why);
    Arena *scratch = arena_new();
    uint32_t i = 0;
    for (; i < network->n_layers && why == NULL; i++)
        why = wrong_layer(scratch, &network->layer[i], &int8->layer[i]);
    arena_free(scratch);
    return why == NULL ? STATUS_OK
                       : err_set(err, STATUS_INPUT, "network: layer %" PRIu32 ": %s", i - 1, why);
}
