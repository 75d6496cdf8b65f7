/* split_auto.c - the best of the strategies by the estimate of the whole mapping.
 *
 * pass_cores has decided how many cores each layer gets and which layers share them; here the units
 * are dealt. Balanced work is nearly always best where weights lie at random, as then every core
 * needs every source whatever stands on it; where units are alike, their own order is as good. Clustering is only tried where two units that share
 * a source share many more than by chance, and where the network is not so large that it would
 * take seconds.
 */
#include "hypergraph.h"

/* Layers with more stored weights are not clustered unless asked for. */
static const uint64_t MAX_WEIGHTS = 8000000;
/* Shared sources by those expected at random, from which on clustering may pay. */
static const double STRUCTURED = 1.5;

static uint64_t n_weights_of(const Mapping *mapping)
{
    uint64_t n_weights = 0;
    for (uint32_t l = 0; l < mapping->network->n_layers; l++)
        n_weights += mapping->network->layer[l].input.n_nonzeros +
                     mapping->network->layer[l].recurrent.n_nonzeros;
    return n_weights;
}

static bool is_structured(const Mapping *mapping)
{
    bool structured = false;
    Arena *inner = arena_new();
    for (uint32_t l = 0; l < mapping->network->n_layers && !structured; l++) {
        arena_reset(inner);
        structured = hypergraph_structure(hypergraph_of_layer(inner, mapping, l)) > STRUCTURED;
    }
    arena_free(inner);
    return structured;
}

Status split_auto(Arena *scratch, const Mapping *mapping, Split *split, Err *err)
{
    static const SplitRun run[] = {split_balanced, split_equal, split_cluster};
    uint32_t best = 0, n_runs = n_weights_of(mapping) > MAX_WEIGHTS ? 1
                                : is_structured(mapping)            ? 3
                                                                    : 2;
    Estimate best_estimate = {.fits = false};
    Arena *inner = arena_new();
    for (uint32_t i = 0; i < n_runs && n_runs > 1; i++) {
        arena_reset(inner);
        Estimate estimate = estimate_handicapped(split_estimate(inner, mapping, run[i]));
        if (estimate_better(mapping->options->objective, &estimate, &best_estimate)) {
            best = i;
            best_estimate = estimate;
        }
    }
    arena_free(inner);
    return run[best](scratch, mapping, split, err);
}
