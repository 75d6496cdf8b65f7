/* cores_formats.c - groupings with formats: the same groupings in every format plan that may do
 * better, and of all candidates the one whose units, dealt in earnest, do best.
 *
 * Cost: an estimate for each candidate and plan, a split for each of at most MAX_DEALT
 * candidates.
 */
#include <string.h>

#include "cores_choice.h"

enum {
    MAX_DEALT = 12, /* candidates of which whole mappings are estimated */
    MAX_MIXED = 400 /* estimates to mix formats */
};
/* Worse than the best by averages up to which units are dealt in earnest. */
static const double WORTH_DEALING = 1.06;
/* Stored weights that may be walked for those estimates, for a fraction of a second. */
static const double MAX_WALKED = 2e7;
static const double MAX_CELLS = 2e6; /* slots * layers, the same */

/* Is the candidate so much worse by its averages that dealing its units is a waste of time? */
static bool is_hopeless(Objective objective, const Estimate *best, Estimate estimate)
{
    estimate.latency_us /= WORTH_DEALING;
    estimate.period_us /= WORTH_DEALING;
    estimate.energy_uj /= WORTH_DEALING;
    return objective != OBJECTIVE_MEMORY && estimate_better(objective, best, &estimate);
}

static Estimate estimate_tried(void *context)
{
    Choosing *choosing = context;
    return grouping_estimate(choosing->inner, choosing->mapping, &choosing->tried);
}

/* Does the format plan that the Mapping has now make another thing of the groupings found so far,
 * and not of all a much worse one? What does not fit there may fit elsewhere. */
static bool is_worth_trying(Choosing *choosing, const CandidateList *list)
{
    Mapping *mapping = choosing->mapping;
    Objective objective = mapping->options->objective;
    bool worth = false;
    for (uint32_t i = 0; i < list->n && !worth; i++) {
        const Grouping *grouping = list->candidate[i].grouping;
        Estimate now = grouping_estimate(choosing->inner, mapping, grouping);
        bool same = now.fits && !estimate_better(objective, &now, &grouping->estimate) &&
                    !estimate_better(objective, &grouping->estimate, &now);
        worth = !same &&
                (!now.fits || !is_hopeless(objective, &list->candidate[0].grouping->estimate, now));
    }
    return worth;
}

/* Candidates that can be dealt in earnest, by the size of the network and of the chip. */
static uint32_t n_affordable(const Mapping *mapping)
{
    double walked = 1.0;
    for (uint32_t l = 0; l < mapping->network->n_layers; l++)
        walked += (double)(mapping->network->layer[l].input.n_nonzeros +
                           mapping->network->layer[l].recurrent.n_nonzeros);
    if ((double)chip_usable_cores(mapping->chip) * mapping->network->n_layers > MAX_CELLS)
        return 1;
    double n = MAX_DEALT * walked > MAX_WALKED ? MAX_WALKED / walked : MAX_DEALT;
    return n < 2.0 ? 1 : (uint32_t)n;
}

void choice_take_best(Choosing *choosing, const CandidateList *list)
{
    Mapping *mapping = choosing->mapping;
    Objective objective = mapping->options->objective;
    uint32_t n = n_affordable(mapping);
    const Candidate *best = &list->candidate[0];
    Estimate best_estimate = {.fits = false};
    for (uint32_t i = 0; i < list->n && i < n && n > 1; i++) {
        const Candidate *candidate = &list->candidate[i];
        if (is_hopeless(objective, &list->candidate[0].grouping->estimate,
                        candidate->grouping->estimate))
            break;
        arena_reset(choosing->inner);
        mapping->format_plan = candidate->formats;
        choice_take(choosing->inner, mapping, candidate->grouping);
        Estimate estimate =
            estimate_handicapped(split_estimate(choosing->inner, mapping, split_balanced));
        if (!estimate_better(objective, &estimate, &best_estimate))
            continue;
        best = candidate;
        best_estimate = estimate;
    }
    mapping->format_plan = best->formats;
    choice_take(choosing->scratch, mapping, best->grouping);
}

void choice_formats(Choosing *choosing, CandidateList *list)
{
    Mapping *mapping = choosing->mapping;
    uint32_t n_layers = mapping->network->n_layers;
    int32_t *plan[MAX_FORMAT_PLANS],
        *mixed = format_plan_new(choosing->scratch, mapping->network, -1);
    uint32_t n = n_affordable(mapping) > 1 ? format_plans(choosing->scratch, mapping, plan) : 1;
    for (uint32_t i = 1; i < n; i++) {
        mapping->format_plan = plan[i];
        if (!is_worth_trying(choosing, list))
            continue;
        choice_limits(choosing);
        choice_groupings(choosing, list);
    }
    if (n <= 1)
        return;
    grouping_copy(&choosing->tried, list->candidate[0].grouping, n_layers);
    memcpy(mixed, list->candidate[0].formats, 2 * (size_t)n_layers * sizeof *mixed);
    mapping->format_plan = mixed;
    Estimate best = choosing->tried.estimate;
    if (!format_plan_improve(mapping, estimate_tried, choosing, MAX_MIXED, &best))
        return;
    choice_limits(choosing);
    choice_groupings(choosing, list);
}
