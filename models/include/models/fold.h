/* fold.h - the input product of the first layer as a table row a token. */
#ifndef MODELS_FOLD_H
#define MODELS_FOLD_H

#include "models/network.h"

#ifdef __cplusplus
extern "C" {
#endif

/* network_fold - a Network of its own, with its own hash, whose first layer takes its input sums
 * from a table (Network.fold) instead of multiplying the embedding with its input matrix. In fp32
 * a row begins at the bias and adds the inputs in ascending order, as the reference run does: the
 * events are the same bits. In int8 a row is the accumulators. The first layer then has one input,
 * the token, without a weight; the embedding is gone, a decoder tied to it stays.
 *
 * Errors: UNSUPPORTED (no embedding; a table of more than 16 GiB; folded already).
 * cost: O(words * stored weights of active inputs), memory words * sums * 4 bytes */
Status network_fold(Arena *arena, const Network *network, const Network **out, Err *err);

#ifdef __cplusplus
}
#endif
#endif
