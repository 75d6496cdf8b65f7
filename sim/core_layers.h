/* core_layers.h - execute mode: a layer whose slices are computed together; see core_layers.c. */
#ifndef SIM_CORE_LAYERS_H
#define SIM_CORE_LAYERS_H

#include "base/fixed_math.h"
#include "core_model.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { LAYER_LANES = 4 }; /* steps whose input sums may be made at once */

/* Sums are gate-major over the positions of the layer: gate * n_units + position. */
struct LayerValues {
    uint32_t layer, n_units, n_sums;
    uint32_t n_slices, *slice; /* [n_slices]                                          */
    DecodedMatrix matrix[2];   /* input, recurrent, of all slices, by source unit     */
    float *bias[2];            /* [n_sums] where the sums begin                       */
    int32_t *bias_int8[2];     /* int8: [n_sums] Q12, with ...                        */
    FixedScale *scale[2];      /* ... [n_sums] what scales the accumulators           */
    float *threshold, *state;  /* [n_units]                                           */
    float *events;             /* [n_units] of the last step computed; int8: codes    */
    SliceInt8 int8;            /* instead of state and threshold                      */
    uint64_t n_steps;          /* computed                                            */
};

/* layers_init - core_layers_make.c: sum by layers if every core hears of all that it needs; else
 * false, and `layer` stays NULL. */
bool layers_init(Arena *arena, CoreModel *cores);

/* layers_update - a slice of the layer updates that step. */
void layers_update(CoreModel *cores, uint32_t layer, uint64_t step);

#ifdef __cplusplus
}
#endif
#endif
