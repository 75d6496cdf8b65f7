/* decoder.h - the decoder where the chip computes it, in the precision of its weights. */
#ifndef MODELS_DECODER_H
#define MODELS_DECODER_H

#include "models/event_trace.h"
#include "models/network.h"

#ifdef __cplusplus
extern "C" {
#endif

/* network_decoder_on_chip - a Network of its own, with its own hash, whose decoder stands in the
 * precision of the layers' weights: fp32 as it is, bf16 rounded, int8 as integers with a scale a
 * word (NetworkInt8.decoder). Runs score with that decoder.
 *
 * Errors: UNSUPPORTED (no decoder; on the chip already; scales or sums that int8 cannot hold).
 * cost: O(words * width) */
Status network_decoder_on_chip(Arena *arena, const Network *network, const Network **out, Err *err);

/* The weights by unit of the last layer: what an event of it has to be multiplied with. */
typedef struct DecoderRows {
    const Network *network; /* borrowed */
    uint32_t n_words, width;
    const float *weight; /* [width, n_words]; NULL in int8 */
    const int8_t *code;  /* [width, n_words]; NULL but in int8 */
} DecoderRows;

/* decoder_rows - of a network whose decoder is on the chip. cost: O(words * width) */
DecoderRows decoder_rows(Arena *arena, const Network *network);

/* decoder_logits - of one step, from the events of the last layer (in int8 their codes), units
 * ascending: the bias, then every event, in this order; in int8 the accumulator of all events,
 * scaled and added to the bias, Q12.
 *
 * logit  [n_words] what the results stand for
 * sum    [n_words] scratch of int8, which it leaves in Q12; else NULL
 * cost   O(words * events) */
void decoder_logits(const DecoderRows *rows, const uint32_t *unit, const float *value, uint32_t n,
                    float *logit, int32_t *sum);

/* A part of the words, and its best one: the highest logit, of equal ones the first word. */
typedef struct WordRange {
    uint32_t first, n;
} WordRange;
typedef struct WordChoice {
    uint32_t word;
    float logit;
} WordChoice;

/* decoder_choices - the best word of each range in each step. out: [n_steps, n_ranges].
 * cost: O(words * events) a step */
void decoder_choices(Arena *scratch, const Network *network, const EventTrace *events,
                     uint32_t n_steps, const WordRange *range, uint32_t n_ranges, WordChoice *out);

#ifdef __cplusplus
}
#endif
#endif
