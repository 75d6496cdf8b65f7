/* network.h - a trained network: layers of sparse rows, embedding, decoder. See docs/formats.md
 * for the files. */
#ifndef MODELS_NETWORK_H
#define MODELS_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fixed_math.h"
#include "base/precision.h"
#include "models/cell.h"
#include "models/convolution.h"
#include "models/sparse_rows.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ThresholdForm { THRESHOLD_VALUE, THRESHOLD_SIGMOID, THRESHOLD_PLAIN } ThresholdForm;

typedef struct Layer {
    const char *name;
    const CellKind *cell;
    uint32_t n_inputs, n_units;
    SparseRows input, recurrent;    /* [n_inputs] and [n_units] rows, n_gates * n_units columns */
    const Convolution *convolution; /* what the input matrix was laid out from, or NULL */
    const float *bias;              /* [n_gates * n_units] */
    const float *recurrent_bias;    /* [n_gates * n_units] */
    ThresholdForm threshold_form;
    const float *raw_threshold; /* [n_units] as stored */
    const float
        *threshold;  /* [n_units] effective, fp32: clamp(raw, 0, 1), sigmoid(raw) or max(raw, 0) */
    float parameter; /* 0 .. 1, of the cell kind: CellKind.parameter */
    bool folded; /* first layer: input sums come from Network.fold; its one input is the token */
    double activity; /* measured share of units that emit; < 0 if unknown */
} Layer;

typedef enum CarryRule {
    CARRY_FULL,  /* y and h run on */
    CARRY_EVENTS /* y runs on, h restarts at 0 every reset_steps steps */
} CarryRule;

typedef struct NamedText {
    const char *name, *text;
} NamedText;

/* What the double run computes with where files hold double: the same arrays in full precision,
 * zeros pruned where the fp32 value is zero. Everything else works on fp32. */
typedef struct LayerF64 {
    const double *input_weight, *recurrent_weight; /* [n_nonzeros] of the layer's matrices */
    const double *bias, *recurrent_bias;           /* [n_gates * n_units] */
    const double *raw_threshold;                   /* [n_units] as stored */
} LayerF64;

typedef struct NetworkF64 {
    const LayerF64 *layer;                            /* [n_layers] */
    const double *embedding, *decoder, *decoder_bias; /* as in Network; NULL where it has none */
} NetworkF64;

/* An int8 network's integers; Layer and Network keep the same arrays as reals: what the integers
 * stand for. In a step the accumulators A_in and A_rec of a target (gate * n_units + unit) start
 * at 0 and sum weight * code over its sources; int32 cannot overflow (sum of |weight| * 127 is
 * checked). The cell then sees, in Q12,
 *     input     = fixed_sum(bias, A_in, input_scale)
 *     recurrent = fixed_sum(recurrent_bias, A_rec, recurrent_scale). */
typedef struct LayerInt8 {
    const int8_t *input_weight, *recurrent_weight; /* [n_nonzeros] of the matrices: -127 .. 127,
                                                      never 0 */
    /* From accumulator to Q12: of the weights' step times that of the sources' codes. [n_scales] */
    uint32_t n_scales; /* n_gates * n_units: one a target; 1: one for the whole layer */
    const FixedScale *input_scale, *recurrent_scale;
    const int32_t *bias, *recurrent_bias; /* [n_gates * n_units] Q12 */
    const int32_t *threshold;             /* [n_units] Q15 */
    int32_t parameter;                    /* Q15 */
} LayerInt8;

typedef struct NetworkInt8 {
    const LayerInt8 *layer;  /* [n_layers] */
    float input_step;        /* what input code 1 stands for; codes are fixed_code(x, input_step) */
    const int8_t *embedding; /* [n_words, n_inputs] codes; NULL where inputs are vectors */
    /* Where the chip computes the decoder, else NULL: a logit is fixed_sum(decoder_bias, sum of
     * code * event code, decoder_scale), Q12. */
    const int8_t *decoder;           /* [n_words, n_units of the last layer] */
    const FixedScale *decoder_scale; /* [n_words] */
    const int32_t *decoder_bias;     /* [n_words] Q12 */
} NetworkInt8;

/* Input sums of the first layer by token, where the embedding is folded (fold.h). */
typedef struct FoldedInput {
    uint32_t n_inputs;          /* width of the embedding that is gone                      */
    uint32_t n_sums;            /* n_gates * n_units of the first layer                     */
    uint64_t dense_macs;        /* of the product that a row replaces: all weights, ...     */
    const uint64_t *macs;       /* [n_words] ... stored weights of the inputs not zero      */
    const float *sum;           /* [n_words, n_sums] with the bias; NULL: int8              */
    const int32_t *accumulator; /* [n_words, n_sums] without bias; NULL: fp32 and bf16      */
    uint64_t unfolded_hash;     /* of the network before                                    */
} FoldedInput;

/* layer_int8_scale - of one target. */
static inline FixedScale layer_int8_input_scale(const LayerInt8 *layer, uint32_t target)
{
    return layer->input_scale[layer->n_scales == 1 ? 0 : target];
}
static inline FixedScale layer_int8_recurrent_scale(const LayerInt8 *layer, uint32_t target)
{
    return layer->recurrent_scale[layer->n_scales == 1 ? 0 : target];
}

typedef struct Network {
    const char *name, *description; /* description may be "" */
    uint32_t n_inputs;              /* width of layer 0's input */
    uint32_t n_layers;
    const Layer *layer; /* [n_layers] */
    CarryRule carry;
    uint32_t reset_steps;          /* 0 with CARRY_FULL */
    uint32_t n_words;              /* 0: no embedding, inputs are vectors */
    const float *embedding;        /* [n_words, n_inputs], or NULL; NULL if folded */
    const char *const *vocabulary; /* [n_words], or NULL: input is token ids */
    bool has_decoder;
    bool decoder_on_chip;      /* in the precision of the weights: decoder.h */
    const float *decoder;      /* [n_words, n_units of the last layer]; may be the embedding */
    const float *decoder_bias; /* [n_words] */
    uint32_t n_provenance;
    const NamedText *provenance; /* [n_provenance] */
    uint32_t n_accuracy;
    const NamedText *accuracy; /* [n_accuracy] numbers as written */
    const NetworkF64 *f64;     /* NULL: the double run widens the fp32 parameters */
    Precision precision;
    const NetworkInt8 *int8; /* NULL unless precision is PRECISION_INT8 */
    const FoldedInput *fold; /* NULL: the first layer multiplies its inputs */
    uint64_t hash;           /* over shapes, parameters and carry rule */
    uint64_t file_bytes;     /* size of the network's files */
} Network;

/* network_load - read and check a network directory. Errors: IO, INPUT (file, line or tensor, and
 * what was expected). cost: O(file bytes) time and memory */
Status network_load(Arena *arena, const char *folder, const Network **out, Err *err);

/* network_check - every invariant of a Network, whoever made it. */
Status network_check(const Network *network, Err *err);

/* network_save - write a network directory (made if absent; files replaced whole). Matrices go out
 * dense if more than half full, else as sparse triples. Errors: IO. */
Status network_save(Arena *scratch, const Network *network, const char *folder, Err *err);

/* network_hash - over shapes, parameters and carry rule; not over names, description, figures or
 * vocabulary. Makers store it in `hash`. cost: O(parameters) */
uint64_t network_hash(const Network *network);

/* layer_is_feed_forward - of a kind that needs no recurrent matrix, and without a weight in it. */
static inline bool layer_is_feed_forward(const Layer *layer)
{
    return layer->cell->spiking && layer->recurrent.n_nonzeros == 0;
}

/* layer_input_places - places that input weights may have: all, or those in a convolution's
 * windows; layer_row_places - those of one source. */
static inline uint64_t layer_input_places(const Layer *layer)
{
    return layer->convolution != NULL ? layer->convolution->n_places
                                      : (uint64_t)layer->input.n_rows * layer->input.n_cols;
}
static inline uint64_t layer_row_places(const Layer *layer, uint32_t source)
{
    return layer->convolution != NULL ? layer->convolution->row_places[source]
                                      : layer->input.n_cols;
}

/* network_macs - multiply-accumulates of one step of one layer: all weights of the shape, and only
 * those that are stored. */
uint64_t network_dense_macs(const Layer *layer);
uint64_t network_sparse_macs(const Layer *layer);

/* network_with_carry - a shallow copy under another state rule (arrays borrowed). */
const Network *network_with_carry(Arena *arena, const Network *network, CarryRule carry,
                                  uint32_t reset_steps);

#ifdef __cplusplus
}
#endif
#endif
