/* reference_int8.h - one layer of an int8 network in integers; the loop over steps and layers is
 * reference.c's. */
#ifndef MODELS_REFERENCE_INT8_H
#define MODELS_REFERENCE_INT8_H

#include "base/arena.h"
#include "models/network.h"

typedef struct CodesInt8 { /* what is not zero, ascending */
    uint32_t n;
    uint32_t *unit;
    int32_t *code;
} CodesInt8;

typedef struct LayerRunInt8 {
    int32_t *input_sum, *recurrent_sum;  /* [n_gates * n_units] accumulators */
    int32_t *input, *recurrent;          /* [n_gates * n_units] Q12 */
    int32_t *state, *events, *candidate; /* [n_units] */
    CodesInt8 active;                    /* events of the last finished step */
} LayerRunInt8;

/* codes_int8_make - room for n codes. */
CodesInt8 codes_int8_make(Arena *arena, uint32_t n);

/* layer_int8_make - sums and states of a layer, states at zero. */
LayerRunInt8 layer_int8_make(Arena *arena, const Layer *layer);

/* layer_int8_step - sums, then the cell; input sums begin at `begin`, or at 0 if NULL. Returns
 * what the cell saw; run->active still holds the events of the step before. cost: O(stored weights
 * of active sources + units) */
CellStepInt8 layer_int8_step(const Layer *layer, const LayerInt8 *int8, const CodesInt8 *input,
                             const int32_t *begin, LayerRunInt8 *run);

/* layer_int8_collect - run->active from the step's events. */
void layer_int8_collect(uint32_t n_units, LayerRunInt8 *run);

#endif
