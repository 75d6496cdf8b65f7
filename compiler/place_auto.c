/* place_auto.c - placement `auto`: the cheap strategies in turn, and the best of their placements.
 *
 * No one order is best for all networks: layers that broadcast want none, chains want neighbours,
 * communities want to be found. Each takes but some walks over tiles or nets, so all are tried; the
 * first of equals is kept, `sequential` before all.
 *
 * The best is the one of least score by the model of place_cost.c. On a chip with a router in every
 * tile trees are laid for each (place_routed.c), and the best is the one whose busiest link has
 * least to carry, among those whose trees have hardly more links than the fewest (MORE_PERCENT).
 * Cost: that of each strategy, and a tree of every net for each; for a score where there are many
 * pairs of net and slot, a tree of every k-th net, so that they are about SCORED_PAIRS.
 */
#include "place_cost.h"
#include "place_routed.h"

#include <string.h>

#include "watch.h"

enum { MORE_PERCENT = 5, SCORED_PAIRS = 1 << 18 };

static const PlaceRun cheap_list[] = {place_sequential,  place_snake,   place_row_snake,
                                      place_near_router, place_hilbert, place_rcm,
                                      place_cluster};
enum { N_CHEAP = sizeof cheap_list / sizeof cheap_list[0] };

typedef struct Candidate {
    uint32_t *site_of;
    bool is_new; /* none before it has put all slots on the same sites */
} Candidate;

static bool is_new(const Candidate *candidate, uint32_t i, uint32_t n_slots)
{
    for (uint32_t k = 0; k < i; k++)
        if (memcmp(candidate[k].site_of, candidate[i].site_of,
                   n_slots * sizeof *candidate[i].site_of) == 0)
            return false;
    return true;
}

/* Every k-th net: enough to tell placements apart. Lists by slot are left out. */
static const PlaceNets *some_nets(Arena *scratch, const PlaceNets *all)
{
    const uint64_t n_pairs = all->first_target[all->n_nets];
    const uint32_t every = (uint32_t)(n_pairs / SCORED_PAIRS) + 1;
    if (every == 1)
        return all;
    PlaceNets *some = ARENA_ARRAY(scratch, PlaceNets, 1);
    uint32_t *source = ARENA_ARRAY(scratch, uint32_t, all->n_nets / every + 1);
    uint64_t *first_target = ARENA_ARRAY(scratch, uint64_t, (size_t)all->n_nets / every + 2);
    uint32_t *rate = ARENA_ARRAY(scratch, uint32_t, all->n_nets / every + 1);
    uint32_t *target = ARENA_ARRAY(scratch, uint32_t, n_pairs);
    *some = (PlaceNets){.n_slots = all->n_slots};
    for (uint32_t net = 0; net < all->n_nets; net += every) {
        const uint64_t from = all->first_target[net], n = all->first_target[net + 1] - from;
        const uint32_t at = some->n_nets++;
        source[at] = all->source[net];
        rate[at] = all->rate[net];
        memcpy(target + first_target[at], all->target + from, n * sizeof *target);
        first_target[at + 1] = first_target[at] + n;
        some->total_rate += rate[at];
        some->n_events += (double)rate[at] / (double)all->total_rate * all->n_events;
    }
    some->source = source;
    some->first_target = first_target;
    some->rate = rate;
    some->target = target;
    return some;
}

static uint32_t best_by_score(Arena *scratch, const PlaceProblem *whole, const Candidate *candidate)
{
    PlaceProblem sample = *whole;
    sample.nets = some_nets(scratch, whole->nets);
    const PlaceProblem *problem = &sample;
    uint32_t best = 0;
    double least = 0.0;
    for (uint32_t i = 0; i < N_CHEAP; i++) {
        if (!candidate[i].is_new)
            continue;
        PlaceState *state = place_state_new(scratch, problem, candidate[i].site_of);
        double score = place_score(problem, &state->cost);
        if (i == 0 || score < least) {
            best = i;
            least = score;
        }
    }
    return best;
}

static Status best_by_routes(const PlaceProblem *problem, const Candidate *candidate,
                             uint32_t *best, Err *err)
{
    RoutedCost cost[N_CHEAP];
    uint64_t fewest = UINT64_MAX, least = UINT64_MAX;
    for (uint32_t i = 0; i < N_CHEAP; i++) {
        if (!candidate[i].is_new)
            continue;
        TRY(watch_tell(problem->options, "place", i, N_CHEAP, err));
        TRY(place_routed_cost(problem, candidate[i].site_of, &cost[i], err));
        fewest = cost[i].total_hops < fewest ? cost[i].total_hops : fewest;
    }
    for (uint32_t i = 0; i < N_CHEAP; i++) {
        if (!candidate[i].is_new || cost[i].busiest_link >= least ||
            cost[i].total_hops > fewest + fewest / 100 * MORE_PERCENT)
            continue;
        *best = i;
        least = cost[i].busiest_link;
    }
    return STATUS_OK;
}

Status place_auto(Arena *scratch, const PlaceProblem *problem, uint32_t *site_of, Err *err)
{
    uint32_t n_slots = problem->nets->n_slots, best = 0;
    Candidate candidate[N_CHEAP];
    for (uint32_t i = 0; i < N_CHEAP; i++) {
        candidate[i].site_of = ARENA_ARRAY(scratch, uint32_t, n_slots);
        TRY(watch_tell(problem->options, "place", 0, 0, err));
        TRY(cheap_list[i](scratch, problem, candidate[i].site_of, err));
        candidate[i].is_new = is_new(candidate, i, n_slots);
    }
    if (place_routed_may(problem))
        TRY(best_by_routes(problem, candidate, &best, err));
    else
        best = best_by_score(scratch, problem, candidate);
    memcpy(site_of, candidate[best].site_of, n_slots * sizeof *site_of);
    return STATUS_OK;
}
