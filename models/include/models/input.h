/* input.h - what goes into layer 0, step by step: tokens through the embedding, or vectors. */
#ifndef MODELS_INPUT_H
#define MODELS_INPUT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "models/event_trace.h"
#include "models/network.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct InputStream {
    const Network *network;   /* borrowed */
    const char *name;         /* file or description, for reports */
    uint32_t n_steps;         /* with a decoder: n_tokens - 1, each step predicts the next token */
    uint32_t n_tokens;        /* 0 for vectors */
    const uint32_t *token;    /* [n_tokens], or NULL */
    uint64_t n_unknown;       /* words that became <unk> */
    const float *vector;      /* [n_steps, n_inputs], or NULL */
    const double *vector_f64; /* the same in double if the file held float64, else NULL */
    const uint64_t *active_start; /* pattern only (statistics): [n_steps + 1], else NULL */
    const uint32_t *active;       /* pattern only: input indices, ascending in a step */
    uint64_t hash;                /* over the content */
} InputStream;

/* input_load - by content of the file: `.npy` (float32 or float64 [steps, inputs], C order),
 * `.ids` (token ids in decimal, separated by blanks or newlines), else text: words separated by
 * blanks, `<eos>` after each line, words outside the vocabulary become `<unk>` (an error if that
 * is missing). max_steps 0: all. Errors: IO, INPUT (file:line and what was expected). */
Status input_load(Arena *arena, const Network *network, const char *path, uint32_t max_steps,
                  const InputStream **out, Err *err);

/* input_events - the non-zero inputs of a step, ascending. unit and value have room for n_inputs;
 * value may be NULL. Returns how many. Inputs of an int8 network are codes -127 .. 127, as floats;
 * those whose code is 0 are no events. A folded network has none: its input is the token. */
uint32_t input_events(const InputStream *input, uint32_t step, uint32_t *unit, float *value);

/* input_saturated - how many values of all steps lie beyond what the codes of an int8 network can
 * stand for. */
uint64_t input_saturated(const InputStream *input);

/* Statistics instead of an input: an event pattern drawn from a rate for each layer, or from
 * rates that are drawn once for each unit from a Beta distribution of that mean. */
typedef struct ActivityStatistics {
    uint32_t n_rates;     /* n_layers + 1: the input first, then each layer */
    const double *rate;   /* [n_rates] 0 .. 1 */
    double concentration; /* a + b of the Beta distribution; 0: all units alike */
    uint32_t n_steps;
    uint64_t seed;
} ActivityStatistics;

/* activity_parse - "rates=1,0.2,0.15,0.1 steps=100 concentration=2 seed=7" (seed, concentration
 * optional). Errors: USAGE. */
Status activity_parse(Arena *arena, const char *text, uint32_t n_layers, ActivityStatistics *out,
                      Err *err);

/* activity_draw - input pattern and event trace (values NULL) from statistics. Errors: INPUT. */
Status activity_draw(Arena *arena, const Network *network, const ActivityStatistics *statistics,
                     const InputStream **input, const EventTrace **trace, Err *err);

#ifdef __cplusplus
}
#endif
#endif
