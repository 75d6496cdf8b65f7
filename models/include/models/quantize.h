/* quantize.h - a trained fp32 network in bf16 or int8; see models/README.md for the arithmetic. */
#ifndef MODELS_QUANTIZE_H
#define MODELS_QUANTIZE_H

#include "models/network.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ScaleRule {
    SCALES_PER_UNIT, /* one step of weights for each target (gate, unit) and matrix      */
    SCALES_PER_LAYER /* one for each matrix                                              */
} ScaleRule;

/* scale_rule_names - "per-unit", "per-layer", in the order of ScaleRule. */
enum { N_SCALE_RULES = 2 };
const char *const *scale_rule_names(void);

typedef struct QuantizeOptions { /* zero-initialised: the defaults */
    ScaleRule scales;            /* int8 only */
    /* int8 networks whose input is vectors: the largest |value| an input code can stand for;
     * larger ones saturate and are counted. 0: 1. Token networks take that of the embedding. */
    double input_full_scale;
} QuantizeOptions;

/* network_quantize - a Network of its own, with its own hash, in another precision. Weights that
 * become 0 are pruned. Arrays that do not change are borrowed. If the network is in that precision
 * already, it is returned itself.
 *
 * bf16: the weights of all layers are rounded to nearest even; all else stays fp32.
 * int8: weights, inputs and events become codes, biases Q12, thresholds Q15, scales integers; the
 * reals of the result are those that the integers stand for. Embedding and decoder stay as they
 * were: the embedding's codes are in Network.int8, the decoder runs on the host in fp32.
 *
 * Errors: UNSUPPORTED (a cell without an integer form; int32 accumulators that could overflow; a
 * scale beyond FixedScale; a network that is in another precision than fp32 already).
 * cost: O(parameters) */
Status network_quantize(Arena *arena, const Network *network, Precision precision,
                        const QuantizeOptions *options, const Network **out, Err *err);

#ifdef __cplusplus
}
#endif
#endif
