/* split_auto.c - the best of the strategies by the estimate of the whole mapping.
 *
 * pass_cores has decided how many cores each layer gets and which layers share them; here the units
 * are dealt. Balanced work is nearly always best where weights lie at random, as then every core
 * needs every source whatever stands on it. So clustering is only tried where two units that share
 * a source share many more than by chance, and where the network is not so large that it would
 * take seconds.
 */
#include "hypergraph.h"

/* Layers with more stored weights are not clustered unless asked for. */
static const uint64_t MAX_WEIGHTS = 8000000;
/* Shared sources by those expected at random, from which on clustering may pay. */
static const double STRUCTURED = 1.5;

static bool worth_clustering(const Mapping *mapping)
{
    bool structured = false;
    uint64_t n_weights = 0;
    for (uint32_t l = 0; l < mapping->network->n_layers; l++)
        n_weights += mapping->network->layer[l].input.n_nonzeros +
                     mapping->network->layer[l].recurrent.n_nonzeros;
    if (n_weights > MAX_WEIGHTS)
        return false;
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
    bool cluster = false;
    if (worth_clustering(mapping)) {
        Arena *inner = arena_new();
        Estimate balanced = split_estimate(inner, mapping, split_balanced);
        Estimate clustered = split_estimate(inner, mapping, split_cluster);
        cluster = estimate_better(mapping->options->objective, &clustered, &balanced);
        arena_free(inner);
    }
    return cluster ? split_cluster(scratch, mapping, split, err)
                   : split_balanced(scratch, mapping, split, err);
}
