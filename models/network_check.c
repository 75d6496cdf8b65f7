/* network_check.c - every invariant of a Network, whoever made it.
 *
 * Takes a Network, makes a Status: shapes that chain, rows that ascend, weights that are finite
 * and not zero, thresholds that follow from the stored ones, texts that can be written, a hash
 * that is right. Loaders call it last, savers first. Cost: O(parameters).
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "models/network.h"
#include "network_private.h"
#include "vocabulary.h"

enum { NAME_MAX_BYTES = 256, TEXT_MAX_BYTES = 1 << 16 };

static Status fail(Err *err, const char *what, const char *why)
{
    return err_set(err, STATUS_INPUT, "network: %s: %s", what, why);
}

static Status fail_layer(Err *err, uint32_t index, const char *what, const char *why)
{
    return err_set(err, STATUS_INPUT, "network: layer %" PRIu32 ": %s: %s", index, what, why);
}

/* Texts must be such that network.yaml can hold them and be read back. */
static Status check_text(const char *what, const char *text, size_t n_bytes_max, bool may_be_empty,
                         Err *err)
{
    if (text == NULL)
        return fail(err, what, "is missing");
    const size_t n = strlen(text);
    if (n > n_bytes_max || (n == 0 && !may_be_empty))
        return fail(err, what, n == 0 ? "is empty; expected some text" : "is too long");
    return utf8_valid(text, n) == n ? STATUS_OK : fail(err, what, "is not valid UTF-8");
}

static bool all_finite(const float *values, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        if (!isfinite(values[i]))
            return false;
    }
    return true;
}

static bool all_zero(const float *values, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        if (values[i] != 0)
            return false;
    }
    return true;
}

static bool is_number(const char *text)
{
    char *end;
    const double value = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(value) && strpbrk(text, "xX \t\n") == NULL;
}

/* What is wrong with a matrix, or NULL. Row starts come first: columns are read through them. */
static const char *wrong_rows(const SparseRows *rows, uint32_t n_rows, uint32_t n_cols)
{
    if (rows->n_rows != n_rows || rows->n_cols != n_cols)
        return "another shape than the layer's";
    if (rows->row_start[0] != 0 || rows->row_start[n_rows] != rows->n_nonzeros)
        return "row_start does not run from 0 to the number of weights";
    for (uint32_t r = 0; r < n_rows; r++) {
        if (rows->row_start[r] > rows->row_start[r + 1])
            return "row_start descends";
    }
    for (uint32_t r = 0; r < n_rows; r++) {
        for (uint64_t k = rows->row_start[r]; k < rows->row_start[r + 1]; k++) {
            if (rows->col[k] >= n_cols ||
                (k > rows->row_start[r] && rows->col[k] <= rows->col[k - 1]))
                return "columns do not ascend below the number of columns";
            if (rows->weight[k] == 0 || !isfinite(rows->weight[k]))
                return "a weight is zero or not finite";
        }
    }
    return NULL;
}

/* What is wrong with the shape of a convolution, or NULL. The matrix itself may be pruned. */
static const char *wrong_convolution(const Layer *layer)
{
    const Convolution *of = layer->convolution;
    if (of == NULL)
        return NULL;
    Convolution again = *of;
    if (of->pool == 0 || of->stride == 0 || of->kernel == 0 || convolution_size(&again) != NULL ||
        again.out_height != of->out_height || again.out_width != of->out_width)
        return "there is none of this shape";
    if ((uint64_t)of->channels * of->height * of->width != layer->n_inputs ||
        (uint64_t)of->n_filters * of->out_height * of->out_width != layer->input.n_cols)
        return "has other sources or outputs than the layer";
    for (uint32_t r = 0; r < layer->n_inputs; r++) {
        if (layer->input.row_start[r + 1] - layer->input.row_start[r] > of->row_places[r])
            return "a source has more weights than its windows";
    }
    return NULL;
}

/* What is wrong with the thresholds, or NULL. */
static const char *wrong_thresholds(const Layer *layer)
{
    Arena *scratch = arena_new();
    const float *expected =
        network_thresholds(scratch, layer->threshold_form, layer->raw_threshold, layer->n_units);
    const char *why = NULL;
    for (uint32_t u = 0; u < layer->n_units && why == NULL; u++) {
        if (!isfinite(layer->raw_threshold[u]))
            why = "is not finite";
        else if (layer->threshold[u] != expected[u])
            why = "does not follow from the stored one";
    }
    arena_free(scratch);
    return why;
}

static Status check_layer(const Layer *layer, uint32_t index, uint32_t n_inputs, Err *err)
{
    if (layer->cell == NULL || cell_find(layer->cell->name) != layer->cell)
        return fail_layer(err, index, "cell", "is not a known kind");
    if (layer->n_units == 0 || layer->n_units > NETWORK_MAX_WIDTH)
        return fail_layer(err, index, "units", "expected 1 to 16777216");
    if (layer->n_inputs != n_inputs)
        return fail_layer(err, index, "inputs", "expected the width of the layer before");
    TRY(check_text("a layer's name", layer->name, NAME_MAX_BYTES, false, err));
    const uint32_t n_sums = layer->cell->n_gates * layer->n_units;
    const char *why = wrong_rows(&layer->input, n_inputs, n_sums);
    if (why != NULL)
        return fail_layer(err, index, "kernel", why);
    why = wrong_rows(&layer->recurrent, layer->n_units, n_sums);
    if (why != NULL)
        return fail_layer(err, index, "recurrent kernel", why);
    why = wrong_convolution(layer);
    if (why != NULL)
        return fail_layer(err, index, "convolution", why);
    if (!all_finite(layer->bias, n_sums) || !all_finite(layer->recurrent_bias, n_sums))
        return fail_layer(err, index, "bias", "is not finite");
    if (layer->cell->spiking && !all_zero(layer->recurrent_bias, n_sums))
        return fail_layer(err, index, "recurrent bias", "expected zeros in a spiking layer");
    if ((unsigned)layer->threshold_form > THRESHOLD_PLAIN)
        return fail_layer(err, index, "threshold form", "is not a known one");
    why = wrong_thresholds(layer);
    if (why != NULL)
        return fail_layer(err, index, "threshold", why);
    if (!(layer->parameter >= 0 && layer->parameter <= 1))
        return fail_layer(err, index, layer->cell->parameter, "expected 0 to 1");
    return layer->activity <= 1
               ? STATUS_OK
               : fail_layer(err, index, "activity", "expected 0 to 1, or less if unknown");
}

/* A table of input sums instead of an embedding. */
static Status check_fold(const Network *network, Err *err)
{
    const FoldedInput *fold = network->fold;
    for (uint32_t i = 0; i < network->n_layers; i++) {
        if (network->layer[i].folded != (i == 0 && fold != NULL))
            return fail_layer(err, i, "folded", "expected of the first layer of a folded network");
    }
    if (fold == NULL)
        return STATUS_OK;
    const Layer *layer = &network->layer[0];
    if (network->embedding != NULL || network->f64 != NULL || network->n_inputs != 1 ||
        layer->input.n_nonzeros != 0 || fold->n_sums != layer->input.n_cols)
        return fail(err, "fold", "an embedding, input weights or another width beside the table");
    if ((fold->accumulator != NULL) != (network->int8 != NULL) ||
        (fold->sum != NULL) == (fold->accumulator != NULL))
        return fail(err, "fold", "the table is not of the network's precision");
    return fold->sum == NULL || all_finite(fold->sum, (uint64_t)network->n_words * fold->n_sums)
               ? STATUS_OK
               : fail(err, "fold", "the table is not finite");
}

/* Embedding, decoder and vocabulary. */
static Status check_words(const Network *network, Err *err)
{
    const uint32_t width = network->layer[network->n_layers - 1].n_units;
    if (network->n_words > NETWORK_MAX_WIDTH)
        return fail(err, "words", "expected at most 16777216");
    if (network->n_words == 0 &&
        (network->has_decoder || network->embedding != NULL || network->vocabulary != NULL))
        return fail(err, "words", "a decoder, embedding or vocabulary of no words");
    if (network->n_words == 0)
        return STATUS_OK;
    if (network->fold == NULL &&
        (network->embedding == NULL ||
         !all_finite(network->embedding, (uint64_t)network->n_words * network->n_inputs)))
        return fail(err, "embedding", "is missing or not finite");
    if (network->decoder_on_chip && !network->has_decoder)
        return fail(err, "decoder", "is on the chip, but there is none");
    if (network->has_decoder) {
        if (network->decoder == NULL || network->decoder_bias == NULL ||
            (network->decoder == network->embedding && width != network->n_inputs))
            return fail(err, "decoder", "is missing or of another width than the embedding it is");
        if (!all_finite(network->decoder, (uint64_t)network->n_words * width) ||
            !all_finite(network->decoder_bias, network->n_words))
            return fail(err, "decoder", "is not finite");
    }
    if (network->vocabulary == NULL)
        return STATUS_OK;
    Arena *scratch = arena_new();
    Status status =
        vocabulary_check(scratch, "vocabulary", network->vocabulary, network->n_words, err);
    arena_free(scratch);
    return status;
}

static Status check_texts(const Network *network, Err *err)
{
    TRY(check_text("name", network->name, NAME_MAX_BYTES, false, err));
    TRY(check_text("description", network->description, TEXT_MAX_BYTES, true, err));
    for (uint32_t i = 0; i < network->n_provenance; i++) {
        TRY(check_text("a key of provenance", network->provenance[i].name, NAME_MAX_BYTES, false,
                       err));
        TRY(check_text("provenance", network->provenance[i].text, TEXT_MAX_BYTES, false, err));
    }
    for (uint32_t i = 0; i < network->n_accuracy; i++) {
        TRY(check_text("a key of accuracy", network->accuracy[i].name, NAME_MAX_BYTES, false, err));
        if (!is_number(network->accuracy[i].text))
            return fail(err, "accuracy", "is not a number");
    }
    return STATUS_OK;
}

Status network_check_content(const Network *network, Err *err)
{
    if (network->n_inputs == 0 || network->n_inputs > NETWORK_MAX_WIDTH)
        return fail(err, "inputs", "expected 1 to 16777216");
    if (network->n_layers == 0)
        return fail(err, "layers", "expected at least one");
    TRY(check_texts(network, err));
    uint32_t width = network->n_inputs;
    for (uint32_t i = 0; i < network->n_layers; i++) {
        TRY(check_layer(&network->layer[i], i, width, err));
        width = network->layer[i].n_units;
    }
    TRY(check_fold(network, err));
    TRY(check_words(network, err));
    TRY(network_check_int8(network, err));
    if (network->carry != CARRY_FULL && network->carry != CARRY_EVENTS)
        return fail(err, "carry rule", "is not a known one");
    if (network->carry == CARRY_EVENTS
            ? network->reset_steps == 0 || network->reset_steps > NETWORK_MAX_RESET_STEPS
            : network->reset_steps != 0)
        return fail(err, "reset_steps", "expected 1 to 2^30 with carry 'events', else 0");
    return STATUS_OK;
}

Status network_check(const Network *network, Err *err)
{
    TRY(network_check_content(network, err));
    return network->hash == network_hash(network) ? STATUS_OK
                                                  : fail(err, "hash", "is not of this content");
}
