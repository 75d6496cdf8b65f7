/* cores_formats.c - groupings with formats: the same groupings in every format plan that may do
 * better, and of all candidates the one whose units, dealt in earnest, do best.
 *
 * Cost: an estimate for each candidate and plan, a split for each of at most MAX_DEALT
 * candidates of a plan.
 */
#include <string.h>

#include "cores_choice.h"

enum {
    MAX_DEALT = 12, /* candidates with the same formats of which whole mappings are estimated */
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

/* The candidate's units dealt in earnest, once. */
static const Estimate *deal(Choosing *choosing, Candidate *candidate)
{
    Mapping *mapping = choosing->mapping;
    int32_t *formats = mapping->format_plan;
    if (candidate->is_dealt)
        return &candidate->dealt;
    arena_reset(choosing->inner);
    mapping->format_plan = candidate->formats;
    choice_take(choosing->inner, mapping, candidate->grouping);
    candidate->dealt = split_estimate(choosing->inner, mapping, split_balanced);
    candidate->is_dealt = true;
    mapping->format_plan = formats;
    return &candidate->dealt;
}

/* Worse by averages than the best by averages, and than the best that was dealt? What averages
 * promise may be far from what cores get: formats that fit a core of averages need not fit one that
 * has more than its share. So what keeps less than was promised rules nothing out. */
static bool is_beaten(Objective objective, const Estimate *promised, const Estimate *dealt,
                      const Estimate *estimate)
{
    return is_hopeless(objective, promised, *estimate) &&
           estimate_better(objective, dealt, estimate);
}

/* Does the format plan that the Mapping has now make another thing of the groupings found so far,
 * and not of all one that is beaten? What does not fit there may fit elsewhere. */
static bool is_worth_trying(Choosing *choosing, const CandidateList *list, const Estimate *dealt)
{
    Mapping *mapping = choosing->mapping;
    Objective objective = mapping->options->objective;
    bool worth = false;
    for (uint32_t i = 0; i < list->n && !worth; i++) {
        const Grouping *grouping = list->candidate[i].grouping;
        Estimate now = grouping_estimate(choosing->inner, mapping, grouping);
        bool same = now.fits && !estimate_better(objective, &now, &grouping->estimate) &&
                    !estimate_better(objective, &grouping->estimate, &now);
        worth = !same && (!now.fits || !is_beaten(objective, &list->candidate[0].grouping->estimate,
                                                  dealt, &now));
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

/* Is the candidate one of those that would be dealt if its formats were the only ones? */
static bool is_among_first(const Mapping *mapping, const CandidateList *list, uint32_t at,
                           uint32_t n)
{
    uint32_t n_before = 0, first = at;
    for (uint32_t i = at; i-- > 0;)
        if (list->candidate[i].formats == list->candidate[at].formats) {
            n_before++;
            first = i;
        }
    return n_before < n &&
           !is_hopeless(mapping->options->objective, &list->candidate[first].grouping->estimate,
                        list->candidate[at].grouping->estimate);
}

/* The best of those that were dealt with the formats of this candidate; NULL if none was. */
static const Candidate *best_of_formats(Objective objective, const CandidateList *list, uint32_t at)
{
    const Candidate *best = NULL;
    Estimate best_estimate = {.fits = false};
    for (uint32_t i = 0; i < list->n; i++) {
        const Candidate *candidate = &list->candidate[i];
        if (!candidate->is_dealt || candidate->formats != list->candidate[at].formats)
            continue;
        Estimate estimate = estimate_handicapped(candidate->dealt);
        if (!estimate_better(objective, &estimate, &best_estimate))
            continue;
        best = candidate;
        best_estimate = estimate;
    }
    return best;
}

/* Uneven work counts against a candidate, but only among those with the same formats: else the
 * formats that do best alone could lose. Of each format the best, of these the best as it is. */
void choice_take_best(Choosing *choosing, CandidateList *list)
{
    Mapping *mapping = choosing->mapping;
    Objective objective = mapping->options->objective;
    uint32_t n = n_affordable(mapping);
    const Candidate *best = &list->candidate[0];
    Estimate least = {.fits = false};
    for (uint32_t i = 0; i < list->n && n > 1; i++) {
        Candidate *candidate = &list->candidate[i];
        const Estimate *averages = &candidate->grouping->estimate;
        if (!is_among_first(mapping, list, i, n) ||
            is_beaten(objective, &list->candidate[0].grouping->estimate, &least, averages))
            continue;
        const Estimate *dealt = deal(choosing, candidate);
        if (estimate_better(objective, dealt, &least))
            least = *dealt;
    }
    Estimate best_estimate = {.fits = false};
    for (uint32_t i = 0; i < list->n; i++) {
        const Candidate *champion = best_of_formats(objective, list, i);
        if (champion == NULL || !estimate_better(objective, &champion->dealt, &best_estimate))
            continue;
        best = champion;
        best_estimate = champion->dealt;
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
    Estimate dealt = {.fits = false};
    for (uint32_t i = 1; i < n; i++) {
        if (i == 1)
            dealt = *deal(choosing, &list->candidate[0]);
        mapping->format_plan = plan[i];
        if (!is_worth_trying(choosing, list, &dealt))
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
