/* decoder_chip.c - the decoder in the precision that a chip holds it in, and what it computes.
 *
 * Takes a Network with a decoder. bf16 rounds its weights; int8 gives every word a step, the
 * largest |weight| / 127, and each weight the nearest code; biases become Q12. The factor from an
 * accumulator to Q12 is step of the weights * 1/127, the step of the events' codes, * 2^12. As in
 * quantize.c all is done in double by IEEE operations in a fixed order. The order of a logit's sum
 * is that of all sums: the bias, then units ascending. Cost: O(words * width).
 */
#include "models/decoder.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/check.h"

typedef struct DecoderInt8 { /* integers under construction */
    int8_t *code;
    FixedScale *scale;
    int32_t *bias;
    float *weight; /* what the codes stand for */
    float *real_bias;
} DecoderInt8;

static uint32_t decoder_width(const Network *network)
{
    return network->layer[network->n_layers - 1].n_units;
}

/* The row of one word. */
static Status quantize_word(const Network *network, uint32_t word, const DecoderInt8 *to, Err *err)
{
    const size_t width = decoder_width(network), first = word * width;
    const float *from = network->decoder + first;
    float largest = 0;
    for (size_t u = 0; u < width; u++)
        largest = fabsf(from[u]) > largest ? fabsf(from[u]) : largest;
    const float step = (float)((double)largest / FIXED_CODE_MAX);
    if (!fixed_scale_make(ldexp((double)step / FIXED_CODE_MAX, FIXED_SUM_BITS), &to->scale[word]))
        return err_set(err, STATUS_UNSUPPORTED,
                       "%.100s: decoder: word %" PRIu32
                       " has weights up to %g; expected less than 2^31 in int8",
                       network->name, word, (double)largest);
    for (size_t u = 0; u < width; u++) {
        if (step > 0)
            to->code[first + u] = fixed_code((double)from[u], (double)step);
        to->weight[first + u] = (float)to->code[first + u] * step;
    }
    to->bias[word] = fixed_from_real((double)network->decoder_bias[word], FIXED_SUM_BITS);
    to->real_bias[word] = (float)ldexp((double)to->bias[word], -FIXED_SUM_BITS);
    return STATUS_OK;
}

static Status to_int8(Arena *arena, Network *network, Err *err)
{
    const size_t n_words = network->n_words, width = decoder_width(network);
    const uint64_t largest_sum = (uint64_t)width * FIXED_CODE_MAX * FIXED_CODE_MAX;
    if (largest_sum > INT32_MAX)
        return err_set(err, STATUS_UNSUPPORTED,
                       "%.100s: decoder: an int8 sum may reach %" PRIu64
                       "; expected at most %" PRId32 ", for int32 accumulators",
                       network->name, largest_sum, INT32_MAX);
    const DecoderInt8 to = {.code = ARENA_ARRAY(arena, int8_t, n_words * width),
                            .scale = ARENA_ARRAY(arena, FixedScale, n_words),
                            .bias = ARENA_ARRAY(arena, int32_t, n_words),
                            .weight = ARENA_ARRAY(arena, float, n_words *width),
                            .real_bias = ARENA_ARRAY(arena, float, n_words)};
    for (uint32_t word = 0; word < n_words; word++)
        TRY(quantize_word(network, word, &to, err));
    NetworkInt8 *int8 = ARENA_ARRAY(arena, NetworkInt8, 1);
    *int8 = *network->int8;
    int8->decoder = to.code;
    int8->decoder_scale = to.scale;
    int8->decoder_bias = to.bias;
    network->int8 = int8;
    network->decoder = to.weight;
    network->decoder_bias = to.real_bias;
    return STATUS_OK;
}

static void to_bf16(Arena *arena, Network *network)
{
    const size_t n = (size_t)network->n_words * decoder_width(network);
    float *weight = ARENA_ARRAY(arena, float, n);
    for (size_t i = 0; i < n; i++)
        weight[i] = bf16_round(network->decoder[i]);
    network->decoder = weight;
}

Status network_decoder_on_chip(Arena *arena, const Network *network, const Network **out, Err *err)
{
    *out = NULL;
    if (!network->has_decoder || network->decoder_on_chip)
        return err_set(
            err, STATUS_UNSUPPORTED, "%.100s: %s; expected one to read from DRAM", network->name,
            network->has_decoder ? "its decoder is on the chip already" : "has no decoder");
    Network *copy = ARENA_ARRAY(arena, Network, 1);
    *copy = *network;
    copy->decoder_on_chip = true;
    if (network->precision == PRECISION_BF16)
        to_bf16(arena, copy);
    if (network->precision == PRECISION_INT8)
        TRY(to_int8(arena, copy, err));
    copy->hash = network_hash(copy);
    *out = copy;
    return STATUS_OK;
}

DecoderRows decoder_rows(Arena *arena, const Network *network)
{
    const size_t n_words = network->n_words, width = decoder_width(network);
    const bool int8 = network->int8 != NULL;
    CHECK(network->decoder_on_chip);
    float *weight = int8 ? NULL : ARENA_ARRAY(arena, float, n_words *width);
    int8_t *code = int8 ? ARENA_ARRAY(arena, int8_t, n_words * width) : NULL;
    for (size_t word = 0; word < n_words; word++) {
        for (size_t u = 0; u < width; u++) {
            if (int8)
                code[u * n_words + word] = network->int8->decoder[word * width + u];
            else
                weight[u * n_words + word] = network->decoder[word * width + u];
        }
    }
    return (DecoderRows){network, (uint32_t)n_words, (uint32_t)width, weight, code};
}

static void add_row(const float *restrict weight, float value, uint32_t n, float *restrict logit)
{
    for (uint32_t word = 0; word < n; word++) {
        const float product = weight[word] * value;
        logit[word] += product;
    }
}

static void add_codes(const int8_t *restrict code, int32_t value, uint32_t n, int32_t *restrict sum)
{
    for (uint32_t word = 0; word < n; word++)
        sum[word] += code[word] * value;
}

void decoder_logits(const DecoderRows *rows, const uint32_t *unit, const float *value, uint32_t n,
                    float *logit, int32_t *sum)
{
    const Network *network = rows->network;
    const uint32_t n_words = rows->n_words;
    if (rows->code == NULL) {
        memcpy(logit, network->decoder_bias, n_words * sizeof *logit);
        for (uint32_t i = 0; i < n; i++)
            add_row(rows->weight + (size_t)unit[i] * n_words, value[i], n_words, logit);
        return;
    }
    memset(sum, 0, n_words * sizeof *sum);
    for (uint32_t i = 0; i < n; i++)
        add_codes(rows->code + (size_t)unit[i] * n_words, (int32_t)value[i], n_words, sum);
    for (uint32_t word = 0; word < n_words; word++) {
        sum[word] = fixed_sum(network->int8->decoder_bias[word], sum[word],
                              network->int8->decoder_scale[word]);
        logit[word] = (float)sum[word] / (float)(1 << FIXED_SUM_BITS);
    }
}

/* Integers are compared as such: as floats large ones would be equal. */
static WordChoice best_of(WordRange range, const float *logit, const int32_t *sum)
{
    uint32_t best = range.first;
    for (uint32_t word = range.first + 1; word < range.first + range.n; word++) {
        const bool better = sum != NULL ? sum[word] > sum[best] : logit[word] > logit[best];
        best = better ? word : best;
    }
    return (WordChoice){best, logit[best]};
}

void decoder_choices(Arena *scratch, const Network *network, const EventTrace *events,
                     uint32_t n_steps, const WordRange *range, uint32_t n_ranges, WordChoice *out)
{
    const DecoderRows rows = decoder_rows(scratch, network);
    float *logit = ARENA_ARRAY(scratch, float, rows.n_words);
    int32_t *sum = rows.code == NULL ? NULL : ARENA_ARRAY(scratch, int32_t, rows.n_words);
    for (uint32_t step = 0; step < n_steps; step++) {
        const uint64_t first = event_trace_first(events, step, network->n_layers - 1);
        const uint32_t n = event_trace_count(events, step, network->n_layers - 1);
        decoder_logits(&rows, events->unit + first, events->value + first, n, logit, sum);
        for (uint32_t i = 0; i < n_ranges; i++)
            *out++ = best_of(range[i], logit, sum);
    }
}
