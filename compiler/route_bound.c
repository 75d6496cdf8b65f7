/* route_bound.c - a lower bound on the links of a multicast tree, by dual ascent (Wong 1984).
 *
 * Every tree from the root to the targets crosses every cut between the root and a target. So if
 * each link is worth one, and a set of cuts can be charged one each without any link being charged
 * more than its worth, the number of cuts is a bound. Dual ascent finds such cuts greedily: take a
 * target and the set of routers from which charged links lead to it; if the root is not in it, the
 * links into the set are charged now, and the bound grows by one. With links all worth one, a link
 * is charged once and for all. Targets take turns, those with the smallest set first, which keeps
 * cuts from being charged twice. Turns are not looked at: they only make trees longer.
 *
 * Each target's own links in are its first cut, so the bound is never below the number of targets.
 * Cost: O(bound * links around the sets) a tree; given up, with what there is, beyond WORK_LIMIT.
 */
#include "route.h"

#include <string.h>

#define WORK_LIMIT UINT64_C(60000) /* links looked at for one tree */

struct BoundSearch {
    const Topology *graph;
    uint32_t *first_in; /* [n_routers + 1] into in_link                         */
    uint32_t *in_link;  /* [n_links] by the router they lead to                 */
    uint32_t *charged;  /* [n_links] equal to `tree`: charged for this tree     */
    uint32_t *visited;  /* [n_routers] equal to `cut`: in the set of this cut   */
    uint32_t *set;      /* [n_routers]                                          */
    uint32_t *size;     /* [n_routers] of each target's set, ROUTE_NONE: reached */
    uint32_t tree, cut;
    uint64_t work;
};

BoundSearch *bound_search_new(Arena *arena, const Topology *graph)
{
    BoundSearch *search = ARENA_ARRAY(arena, BoundSearch, 1);
    uint32_t n_links = graph->n_router_links, n_routers = graph->n_routers;
    *search = (BoundSearch){.graph = graph,
                            .first_in = ARENA_ARRAY(arena, uint32_t, (size_t)n_routers + 1),
                            .in_link = ARENA_ARRAY(arena, uint32_t, n_links),
                            .charged = ARENA_ARRAY(arena, uint32_t, n_links),
                            .visited = ARENA_ARRAY(arena, uint32_t, n_routers),
                            .set = ARENA_ARRAY(arena, uint32_t, n_routers),
                            .size = ARENA_ARRAY(arena, uint32_t, n_routers)};
    for (uint32_t l = 0; l < n_links; l++)
        search->first_in[graph->router_link[l].to + 1]++;
    for (uint32_t r = 0; r < n_routers; r++)
        search->first_in[r + 1] += search->first_in[r];
    uint32_t *at = ARENA_ARRAY(arena, uint32_t, n_routers);
    memcpy(at, search->first_in, n_routers * sizeof *at);
    for (uint32_t l = 0; l < n_links; l++)
        search->in_link[at[graph->router_link[l].to]++] = l;
    return search;
}

/* The routers from which charged links lead to the target; how many, or 0 if the root is one. */
static uint32_t find_set(BoundSearch *search, uint32_t root, uint32_t target)
{
    uint32_t n_set = 1;
    search->cut++;
    search->work++;
    search->set[0] = target;
    search->visited[target] = search->cut;
    for (uint32_t i = 0; i < n_set; i++) {
        uint32_t router = search->set[i];
        for (uint32_t at = search->first_in[router]; at < search->first_in[router + 1]; at++) {
            uint32_t link = search->in_link[at], from = search->graph->router_link[link].from;
            search->work++;
            if (search->charged[link] != search->tree || search->visited[from] == search->cut)
                continue;
            if (from == root)
                return 0;
            search->visited[from] = search->cut;
            search->set[n_set++] = from;
        }
    }
    return n_set;
}

static void charge_cut(BoundSearch *search, uint32_t n_set)
{
    for (uint32_t i = 0; i < n_set; i++) {
        uint32_t router = search->set[i];
        for (uint32_t at = search->first_in[router]; at < search->first_in[router + 1]; at++) {
            uint32_t link = search->in_link[at];
            if (search->visited[search->graph->router_link[link].from] != search->cut)
                search->charged[link] = search->tree;
        }
    }
}

uint32_t route_bound(BoundSearch *search, const Demand *demand)
{
    uint32_t bound = 0, n_left = demand->n_targets, at_most = 1;
    search->tree++;
    search->work = 0;
    for (uint32_t i = 0; i < demand->n_targets; i++)
        search->size[i] = 1;
    while (n_left > 0 && search->work < WORK_LIMIT) {
        uint32_t smallest = ROUTE_NONE;
        for (uint32_t i = 0; i < demand->n_targets; i++) {
            if (search->size[i] == ROUTE_NONE)
                continue;
            if (search->size[i] <= at_most) {
                uint32_t n_set = find_set(search, demand->root, demand->target[i]);
                search->size[i] = n_set > 0 ? n_set : ROUTE_NONE;
                n_left -= n_set == 0;
                if (n_set > 0 && n_set <= at_most) {
                    charge_cut(search, n_set);
                    bound++;
                }
            }
            if (search->size[i] < smallest)
                smallest = search->size[i];
        }
        at_most = smallest;
    }
    return bound > demand->n_targets ? bound : demand->n_targets;
}
