/* generate_pick.h - which sources a generated target keeps a weight from; see generate_pick.c. */
#ifndef MODELS_GENERATE_PICK_H
#define MODELS_GENERATE_PICK_H

#include "base/rng.h"
#include "models/generate.h"

/* Where the ids of an input or a layer lie in the structure. */
typedef struct Order {
    uint32_t n, width;     /* width: of the smallest square grid that holds n */
    uint32_t *id_at;       /* [n] by position */
    uint32_t *position_of; /* [n] by id */
} Order;

/* Sources are numbered inputs first, then the units of the layer. */
typedef struct Picker {
    Rng rng;
    const GenerateOptions *options; /* borrowed */
    uint32_t n_inputs, n_units, n_sources, n_kept;
    uint32_t target;  /* next one: gate * n_units + unit */
    uint32_t *order;  /* [n_sources] a permutation; communities: one community after another */
    uint32_t *first;  /* [n_communities + 1] where they begin in it */
    uint32_t *marked; /* [n_sources] target + 1 that last picked the source outside */
    Order inputs, units;
    uint32_t n_picked;
    uint32_t *picked; /* [n_sources] sources of one target */
} Picker;

/* pick_count - weights that a target keeps, as far as its structure has so many sources. */
uint32_t pick_count(const GenerateOptions *options, uint32_t n_sources);

/* pick_check - can every target of every layer get its sources? Errors: USAGE. */
Status pick_check(const GenerateOptions *options, Err *err);

/* picker_make - for a layer; the same seed and stream pick the same. */
Picker picker_make(Arena *scratch, const GenerateOptions *options, uint64_t stream, uint32_t layer);

/* picker_next - the sources of the next target, in no order, each once.
 * cost: exact: O(kept); ring and grid: O(sources in reach); bernoulli: O(sources) */
void picker_next(Picker *picker);

#endif
