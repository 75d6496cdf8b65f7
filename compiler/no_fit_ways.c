/* no_fit_ways.c - what would make a network fit that does not: lower precision, fewer weights.
 *
 * Each way is tried on a shallow copy of the Mapping: in another precision only the bytes of
 * weights, parameters and buffers change; with fewer weights every slice keeps the same share of
 * its own. A copy fits if the layers fit the cores that the options ask for, or else if the least
 * number of cores is one that the chip has. The largest share of weights that fits is found by
 * bisection in steps of a thousandth: fewer weights never need more memory.
 * Cost: that of fit_min_cores for each precision, a dozen times that for the share.
 */
#include "mapping.h"

enum { WHOLE = 1000 }; /* all weights, in thousandths */

typedef struct Trial {
    Arena *scratch;
    Mapping mapping;
    Network network;
    NetworkInt8 int8;
} Trial;

static bool trial_fits(Trial *trial)
{
    const Mapping *mapping = &trial->mapping;
    const CompileOptions *options = mapping->options;
    uint32_t hopeless;
    if (options->n_core_counts == 0) {
        uint64_t n_cores = fit_min_cores(trial->scratch, mapping, NULL, &hopeless);
        return n_cores > 0 && n_cores <= chip_usable_cores(mapping->chip);
    }
    if (options_share_cores(options)) {
        uint32_t n_slots = 0;
        for (uint32_t l = 0; l < options->n_core_counts; l++)
            n_slots = options->core_count[l] > n_slots ? options->core_count[l] : n_slots;
        return fit_counts_shared(trial->scratch, mapping, options->core_count, n_slots);
    }
    for (uint32_t l = 0; l < mapping->network->n_layers; l++) {
        uint32_t suspect = 0;
        if (!fit_layer(mapping, l, options->core_count[l], &suspect, NULL))
            return false;
    }
    return true;
}

static bool has_integer_cells(const Network *network)
{
    for (uint32_t l = 0; l < network->n_layers; l++)
        if (network->layer[l].cell->step_int8 == NULL)
            return false;
    return true;
}

static bool fits_in_precision(Trial *trial, const Mapping *mapping, Precision precision)
{
    const Network *network = mapping->network;
    if (precision == PRECISION_INT8 && !has_integer_cells(network))
        return false;
    trial->mapping = *mapping;
    trial->network = *network;
    trial->network.precision = precision;
    trial->mapping.network = &trial->network;
    if (precision == PRECISION_INT8) { /* a scale for each target: the most that int8 takes */
        trial->int8.layer = ARENA_ARRAY(trial->scratch, LayerInt8, network->n_layers);
        trial->network.int8 = &trial->int8;
    }
    return trial_fits(trial);
}

static const uint64_t *scaled(Arena *scratch, const uint64_t *before, uint32_t n, uint32_t share)
{
    uint64_t *result = ARENA_ARRAY(scratch, uint64_t, (size_t)n + 1);
    for (uint32_t i = 0; i <= n; i++)
        result[i] = before[i] / WHOLE * share + before[i] % WHOLE * share / WHOLE;
    return result;
}

static bool fits_with_share(Trial *trial, const Mapping *mapping, uint32_t share)
{
    trial->mapping = *mapping;
    LayerWeights *weights = ARENA_ARRAY(trial->scratch, LayerWeights, mapping->network->n_layers);
    for (uint32_t l = 0; l < mapping->network->n_layers; l++) {
        uint32_t n_units = mapping->network->layer[l].n_units;
        const LayerWeights *whole = &mapping->weights[l];
        weights[l] = (LayerWeights){
            scaled(trial->scratch, whole->input_before, n_units, share),
            scaled(trial->scratch, whole->recurrent_before, n_units, share),
        };
    }
    trial->mapping.weights = weights;
    bool fits = trial_fits(trial);
    arena_reset(trial->scratch);
    return fits;
}

WaysToFit ways_to_fit(const Mapping *mapping)
{
    WaysToFit ways = {{false}, 0};
    Trial trial = {.scratch = arena_new()};
    for (int p = (int)mapping->network->precision + 1; p < N_PRECISIONS; p++)
        ways.precision[p] = fits_in_precision(&trial, mapping, (Precision)p);
    uint32_t fits = 0, fails = WHOLE;
    if (fits_with_share(&trial, mapping, 0))
        while (fails - fits > 1) {
            uint32_t middle = (fits + fails) / 2;
            *(fits_with_share(&trial, mapping, middle) ? &fits : &fails) = middle;
        }
    ways.weight_share = (double)fits / WHOLE;
    arena_free(trial.scratch);
    return ways;
}
