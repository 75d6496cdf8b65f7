/* format_plan.c - formats of whole matrices, compared by the estimate of whole mappings.
 *
 * From a plan one matrix after another is given every format in turn, and what the estimate likes
 * best stays, until a round changes nothing. Random parts of the estimate are drawn alike for all
 * plans, so small differences count. Ties go to the plan before. On a split in earnest the uniform
 * plans are tried first. Cost: 2 * layers * formats estimates a round, a bounded number in all.
 */
#include "format_plan.h"

#include <string.h>

/* Cores * stages that may be estimated to improve the plan of one split: some hundredths of a
 * second. */
static const double MAX_POLISHED = 6e4;

/* More layers are left to what costs each core least. */
enum { MAX_PLANNED_LAYERS = 16 };

static bool may_plan(const Mapping *mapping)
{
    return mapping->options->format < 0 && mapping->network->n_layers <= MAX_PLANNED_LAYERS;
}

/* For the least memory single formats are compared in the search for cores only. */
static bool may_mix(const Mapping *mapping)
{
    return may_plan(mapping) && mapping->options->objective != OBJECTIVE_MEMORY;
}

uint32_t format_plans(Arena *arena, const Mapping *mapping, int32_t *plan[MAX_FORMAT_PLANS])
{
    uint32_t n = 0;
    plan[n++] = format_plan_new(arena, mapping->network, -1);
    for (int f = 0; f < N_FORMATS && may_plan(mapping); f++)
        if (format_allowed(mapping, (WeightFormat)f))
            plan[n++] = format_plan_new(arena, mapping->network, f);
    return n;
}

/* The best format of one matrix, the others as they are. */
static bool improve_matrix(Mapping *mapping, uint32_t m, PlanEstimate estimate, void *context,
                           Estimate *best)
{
    int32_t *planned = &mapping->format_plan[m], kept = *planned, first = kept;
    if (m % 2 == 1 && layer_is_feed_forward(&mapping->network->layer[m / 2]))
        return false;
    for (int32_t f = -1; f < N_FORMATS; f++) {
        if (f == first || (f >= 0 && !format_allowed(mapping, (WeightFormat)f)))
            continue;
        *planned = f;
        Estimate tried = estimate(context);
        if (!estimate_better(mapping->options->objective, &tried, best))
            continue;
        *best = tried;
        kept = f;
    }
    *planned = kept;
    return kept != first;
}

bool format_plan_improve(Mapping *mapping, PlanEstimate estimate, void *context,
                         uint32_t n_estimates, Estimate *best)
{
    uint32_t n_matrices = 2 * mapping->network->n_layers, n_same = 0, m = 0;
    bool better = false;
    if (!may_mix(mapping))
        return false;
    for (uint32_t n = 0; n_same < n_matrices && n + N_FORMATS <= n_estimates; n += N_FORMATS) {
        bool changed = improve_matrix(mapping, m, estimate, context, best);
        n_same = changed ? 1 : n_same + 1;
        better |= changed;
        m = (m + 1) % n_matrices;
    }
    return better;
}

/* ---- on a split -------------------- */

typedef struct SplitPlans {
    Arena *inner; /* reset by every estimate */
    const Mapping *mapping;
    LoadMaker *maker;
} SplitPlans;

static Estimate estimate_plan(void *context)
{
    SplitPlans *plans = context;
    arena_reset(plans->inner);
    Load load = load_make(plans->inner, plans->maker);
    return estimate_load(plans->inner, plans->mapping, &load);
}

static bool is_free(const Mapping *mapping)
{
    for (uint32_t m = 0; m < 2 * mapping->network->n_layers; m++)
        if (mapping->format_plan[m] >= 0)
            return false;
    return true;
}

/* The one that leaves all free is tried at any size: another may have been made for another split,
 * and not fit this one. */
void format_plan_of_split(Arena *scratch, Mapping *mapping, const Split *split)
{
    int32_t *plan[MAX_FORMAT_PLANS], *chosen = mapping->format_plan;
    uint32_t n = format_plans(scratch, mapping, plan);
    double n_cells = (double)split->n_slots * (mapping->network->n_layers + 1);
    uint32_t n_estimates = (uint32_t)(MAX_POLISHED / n_cells);
    if (n <= 1 || !may_mix(mapping) || (n_estimates <= n && is_free(mapping)))
        return; /* nothing to compare with */
    SplitPlans plans = {arena_new(), mapping, load_maker(scratch, mapping, split)};
    Estimate best = estimate_plan(&plans);
    for (uint32_t i = 0; i < n && (i == 0 || i < n_estimates); i++) {
        mapping->format_plan = plan[i];
        Estimate estimate = estimate_plan(&plans);
        if (!estimate_better(mapping->options->objective, &estimate, &best))
            continue;
        best = estimate;
        chosen = plan[i];
    }
    mapping->format_plan = chosen;
    if (n_estimates > n)
        format_plan_improve(mapping, estimate_plan, &plans, n_estimates - n, &best);
    arena_free(plans.inner);
}
