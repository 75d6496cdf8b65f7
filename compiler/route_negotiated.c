/* route_negotiated.c - negotiated congestion: trees are ripped up and routed again until no link
 * carries much more than the others, as routers of FPGAs do (PathFinder, McMurchie and Ebeling
 * 1995).
 *
 * A link costs one step, plus what it carries now above the limit of the round, plus a history that
 * grows each round in which it was above. Each tree is routed at the costs that all other trees
 * make: cheapest ways to the nearest missing target (route_tree.c). So trees with a choice leave
 * crowded links to those without. Rates of the demands count, not their number.
 *
 * The limit aims at TIGHTEN of the busiest link so far, but not below what no routing can beat: a
 * router is entered over its links in, so one of them carries at least the packets that are needed
 * there over their number. Kept is the round with the least busy link among those whose links in
 * all trees are at most SPREAD above the shortest trees', and, on problems that are not large, at
 * most ABOVE_BOUND above what no trees can beat (route_bound.c). Ends when the limit is met or
 * PATIENCE rounds brought nothing, or after WORK_LIMIT links looked at.
 *
 * It starts from shortest trees; on problems where those alone would cost START_LIMIT, from those
 * of route_ner. Cost: O(rounds * links seen * log), bounded by WORK_LIMIT. Whole numbers
 * throughout: no result depends on rounding.
 */
#include "route.h"

#include <string.h>

#include "watch.h"

enum {
    STEP_COST = 1024,         /* of a link that is not crowded                              */
    CROWD_COST = 8192,        /* of load as large as the limit, above the limit              */
    BALANCE_COST = 64,        /* of load as large as the limit, below it: settles ties        */
    HISTORY_COST = 2048,      /* for each round, of load as large as the limit, above it      */
    TIGHTEN_PERCENT = 92,     /* of the busiest link so far: what the next round aims at       */
    ABOVE_BOUND_PERCENT = 10, /* links in all trees above their lower bound                  */
    SPREAD_PERCENT = 5,       /* links in all trees above those of the shortest trees         */
    PATIENCE = 6,
    MAX_ROUNDS = 48
};
#define START_LIMIT UINT64_C(10000000) /* links looked at for the shortest trees, guessed      */
#define WORK_LIMIT UINT64_C(30000000)  /* links looked at, all rounds: some seconds            */

typedef struct Negotiation {
    const RouteTask *task;
    TreeSearch *search;
    Tree *tree;          /* [n_demands] of this round                            */
    uint64_t *load;      /* [n_links] rates of the trees that use the link       */
    uint64_t *history;   /* [n_links] cost                                       */
    uint64_t *cost;      /* [n_links] for the next tree                          */
    uint64_t limit;      /* of this round                                        */
    uint64_t lowest;     /* limit that no routing can beat                       */
    uint64_t max_looked; /* links looked at, all rounds                        */
} Negotiation;

typedef struct Score {
    uint64_t busiest, total; /* load of the busiest link, of all links */
} Score;

static uint64_t cost_of(const Negotiation *state, uint32_t link)
{
    uint64_t load = state->load[link], limit = state->limit;
    uint64_t cost = STEP_COST + state->history[link];
    if (load > limit)
        return cost + BALANCE_COST + CROWD_COST * (load - limit) / limit;
    return cost + BALANCE_COST * load / limit;
}

/* What the i-th link of a demand's tree carries for it. */
static uint64_t rate_on(const Demand *demand, const Tree *tree, uint32_t i)
{
    return i < tree->n_first ? demand->rate : demand->more_rate;
}

static void change_load(Negotiation *state, uint32_t d, bool add)
{
    const Tree *tree = &state->tree[d];
    for (uint32_t i = 0; i < tree->n_links; i++) {
        uint32_t link = tree->link[i];
        uint64_t rate = rate_on(&state->task->demand[d], tree, i);
        state->load[link] += add ? rate : 0 - rate;
        state->cost[link] = cost_of(state, link);
    }
}

static Status route_one(Arena *arena, Negotiation *state, uint32_t d, const uint64_t *cost,
                        Err *err)
{
    const Demand *demand = &state->task->demand[d];
    tree_begin(state->search, demand);
    Status status = tree_finish(state->search, demand, cost, err);
    if (status == STATUS_OK)
        state->tree[d] = tree_take(arena, state->search);
    tree_end(state->search, demand);
    return status;
}

static Score score_of(const Negotiation *state)
{
    Score score = {0, 0};
    for (uint32_t l = 0; l < state->task->graph->n_router_links; l++) {
        score.busiest = state->load[l] > score.busiest ? state->load[l] : score.busiest;
        score.total += state->load[l];
    }
    return score;
}

/* The busiest link carries at least this much, however trees are laid. */
static uint64_t lowest_limit(Arena *scratch, const RouteTask *task)
{
    const Topology *graph = task->graph;
    uint64_t *needed = ARENA_ARRAY(scratch, uint64_t, graph->n_routers);
    uint32_t *n_in = ARENA_ARRAY(scratch, uint32_t, graph->n_routers);
    for (uint32_t l = 0; l < graph->n_router_links; l++)
        n_in[graph->router_link[l].to]++;
    for (uint32_t d = 0; d < task->n_demands; d++)
        for (uint32_t i = 0; i < task->demand[d].n_targets; i++)
            needed[task->demand[d].target[i]] += task->demand[d].rate;
    uint64_t limit = 1;
    for (uint32_t r = 0; r < graph->n_routers; r++)
        if (n_in[r] > 0 && needed[r] / n_in[r] > limit)
            limit = needed[r] / n_in[r];
    return limit;
}

/* Costs of a round that aims at less than the busiest link so far. */
static void tighten(Negotiation *state, uint64_t busiest)
{
    uint64_t aim = busiest * TIGHTEN_PERCENT / 100;
    state->limit = aim > state->lowest ? aim : state->lowest;
    for (uint32_t l = 0; l < state->task->graph->n_router_links; l++) {
        if (state->load[l] > state->limit)
            state->history[l] += HISTORY_COST * (state->load[l] - state->limit) / state->limit;
        state->cost[l] = cost_of(state, l);
    }
}

static bool uses_crowded(const Negotiation *state, const Tree *tree)
{
    for (uint32_t i = 0; i < tree->n_links; i++)
        if (state->load[tree->link[i]] > state->limit)
            return true;
    return false;
}

/* Rip up and route again, one after another, all trees that use a crowded link. */
static Status run_round(Arena *arena, Negotiation *state, Err *err)
{
    for (uint32_t d = 0; d < state->task->n_demands; d++) {
        if (!uses_crowded(state, &state->tree[d]) || state->search->n_looked > state->max_looked)
            continue;
        TRY(watch_tell(state->task->options, "routes", state->search->n_looked, state->max_looked,
                       err));
        change_load(state, d, false);
        TRY(route_one(arena, state, d, state->cost, err));
        change_load(state, d, true);
    }
    return STATUS_OK;
}

static bool is_large(const RouteTask *task)
{
    return (uint64_t)task->n_demands * task->graph->n_router_links > START_LIMIT;
}

/* Trees to start from, and their load. */
static Status start(Arena *scratch, Negotiation *state, Err *err)
{
    const RouteTask *task = state->task;
    if (is_large(task))
        TRY(route_ner(scratch, task, state->tree, err));
    else
        for (uint32_t d = 0; d < task->n_demands; d++)
            TRY(route_one(scratch, state, d, NULL, err));
    for (uint32_t d = 0; d < task->n_demands; d++)
        for (uint32_t i = 0; i < state->tree[d].n_links; i++)
            state->load[state->tree[d].link[i]] += rate_on(&task->demand[d], &state->tree[d], i);
    return STATUS_OK;
}

/* Links in all trees, by rate, that a round may have when the shortest trees have `total`. */
static uint64_t most_total(Arena *scratch, const Negotiation *state, uint64_t total)
{
    const RouteTask *task = state->task;
    uint64_t spread = total * SPREAD_PERCENT / 100, bound = 0;
    if (is_large(task))
        return total + spread;
    BoundSearch *search = bound_search_new(scratch, task->graph);
    for (uint32_t d = 0; d < task->n_demands; d++) {
        const Demand *demand = &task->demand[d];
        bound += route_bound(search, demand) * demand->rate;
        bound += (state->tree[d].n_links - state->tree[d].n_first) * demand->more_rate;
    }
    uint64_t above = bound * (100 + ABOVE_BOUND_PERCENT) / 100;
    if (above < total + spread)
        return above > total ? above : total;
    return total + spread;
}

static Status negotiate(Arena *scratch, Negotiation *state, Tree *best, Err *err)
{
    uint32_t n_demands = state->task->n_demands, n_idle = 0;
    TRY(start(scratch, state, err));
    memcpy(best, state->tree, n_demands * sizeof *best);
    Score least = score_of(state);
    uint64_t most = most_total(scratch, state, least.total);
    for (uint32_t round = 0;
         round < MAX_ROUNDS && n_idle < PATIENCE && state->search->n_looked < state->max_looked &&
         least.busiest > state->lowest;
         round++) {
        tighten(state, least.busiest);
        TRY(run_round(scratch, state, err));
        Score score = score_of(state);
        bool is_better = score.busiest < least.busiest ||
                         (score.busiest == least.busiest && score.total < least.total);
        n_idle++;
        if (!is_better || score.total > most)
            continue;
        n_idle = 0;
        least = score;
        memcpy(best, state->tree, n_demands * sizeof *best);
    }
    return STATUS_OK;
}

Status route_negotiated(Arena *arena, const RouteTask *task, Tree *tree, Err *err)
{
    return route_negotiated_within(arena, task, WORK_LIMIT, tree, err);
}

Status route_negotiated_within(Arena *arena, const RouteTask *task, uint64_t max_looked, Tree *tree,
                               Err *err)
{
    uint32_t n_links = task->graph->n_router_links;
    Arena *scratch = arena_new();
    Negotiation state = {.task = task,
                         .search = tree_search_new(scratch, task->graph),
                         .tree = ARENA_ARRAY(scratch, Tree, task->n_demands),
                         .load = ARENA_ARRAY(scratch, uint64_t, n_links),
                         .history = ARENA_ARRAY(scratch, uint64_t, n_links),
                         .cost = ARENA_ARRAY(scratch, uint64_t, n_links),
                         .lowest = lowest_limit(scratch, task),
                         .max_looked = max_looked};
    Tree *best = ARENA_ARRAY(scratch, Tree, task->n_demands);
    Status status = negotiate(scratch, &state, best, err);
    for (uint32_t d = 0; d < task->n_demands && status == STATUS_OK; d++) {
        uint32_t *link = ARENA_ARRAY(arena, uint32_t, best[d].n_links);
        memcpy(link, best[d].link, best[d].n_links * sizeof *link);
        tree[d] = (Tree){best[d].n_links, best[d].n_first, link};
    }
    arena_free(scratch);
    return status;
}
