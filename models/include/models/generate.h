/* generate.h - networks from shapes, density and a seed. */
#ifndef MODELS_GENERATE_H
#define MODELS_GENERATE_H

#include "models/network.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum PickRule {
    PICK_EXACT,    /* every target (gate, unit) keeps exactly round(density * (inputs +
                         units)) weights, drawn over both matrices jointly */
    PICK_BERNOULLI /* every weight is kept with probability density */
} PickRule;

typedef enum Structure { /* which sources a target may have; exact picks only but for uniform */
                         STRUCTURE_UNIFORM, /* any */
                         STRUCTURE_COMMUNITIES, /* `inside` of them of its own community, of n_communities */
                         STRUCTURE_RING, /* at most `reach` positions away on a ring */
                         STRUCTURE_GRID /* at most `reach` away in x and y on a square grid, row by row */
} Structure;

typedef struct GenerateOptions {
    const char *name;
    const char *cell;     /* cell kind by name */
    bool feed_forward;    /* no recurrent weights: spiking kinds, uniform structure only */
    uint32_t n_sizes;     /* layers + 1 */
    const uint32_t *size; /* [n_sizes] inputs, then units of each layer */
    double density;       /* 0 .. 1 */
    uint32_t fan_in;      /* > 0: weights of each target, instead of a density; where fewer
                             sources are within reach, all of them */
    PickRule pick;
    Structure structure;
    uint32_t n_communities; /* at least 2 */
    double inside;          /* 0 .. 1 */
    uint32_t reach;         /* in units of the layer; inputs as far, by their own spacing */
    bool keep_order;        /* ids follow the structure; else they are shuffled over it */
    double threshold_mean;  /* mean of the Beta(3m/(1-m), 3) drawn thresholds; of lif all are 1 */
    double gain;            /* scale of the weights */
    uint32_t n_words;       /* > 0: embedding and tied decoder (first size = last size) */
    uint64_t seed;
} GenerateOptions;

/* network_generate - Errors: USAGE (impossible options). */
Status network_generate(Arena *arena, const GenerateOptions *options, const Network **out,
                        Err *err);

/* network_generate_preset - a network of published shape with random weights; preset_names - all
 * there are, "dvs-gesture" the first. Errors: USAGE (unknown, or no name). */
Status network_generate_preset(Arena *arena, const char *preset, const char *name, uint64_t seed,
                               const Network **out, Err *err);
uint32_t preset_names(const char *const **names);

#ifdef __cplusplus
}
#endif
#endif
