/* split_auto.c - the best of the strategies by the estimate of the whole mapping.
 *
 * pass_cores has decided how many cores each layer gets and which layers share them; here the units
 * are dealt. Balanced work is nearly always best where weights lie at random, as then every core
 * needs every source whatever stands on it; where units are alike, their own order is as good.
 * Clustering is only tried where two units that share a source share many more than by chance, and
 * where the network is not so large that it would take seconds.
 */
#include "hypergraph.h"

/* Stored weights and slots * layers up to which several splits are tried, and weights up to which
 * clusters are among them: a fraction of a second. */
static const uint64_t MAX_WEIGHTS = 8000000, MAX_CELLS = 2000000, MAX_CLUSTERED = 2000000;
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

/* Numbers that load_of_split fills, in millions at most: more takes too long to try things out. */
static bool is_small(const Mapping *mapping)
{
    return (uint64_t)mapping->n_planned_slots * mapping->network->n_layers <= MAX_CELLS &&
           n_weights_of(mapping) <= MAX_WEIGHTS;
}

Status split_auto(Arena *scratch, const Mapping *mapping, Split *split, Err *err)
{
    static const SplitRun run[] = {split_balanced, split_equal, split_cluster};
    TRY(split_balanced(scratch, mapping, split, err));
    if (!is_small(mapping))
        return STATUS_OK;
    uint32_t n_runs = n_weights_of(mapping) <= MAX_CLUSTERED && is_structured(mapping) ? 3 : 2;
    Estimate best = {.fits = false};
    for (uint32_t i = 0; i < n_runs; i++) {
        Split tried = split_new(scratch, mapping);
        TRY(run[i](scratch, mapping, &tried, err));
        Load load = load_of_split(scratch, mapping, &tried);
        Estimate estimate = estimate_handicapped(estimate_load(scratch, mapping, &load));
        if (!estimate_better(mapping->options->objective, &estimate, &best))
            continue;
        best = estimate;
        *split = tried;
    }
    return STATUS_OK;
}
