/* trees.c - from needs to demands on the graph of routers, and from trees back to rows of routers.
 *
 * Demands. The routers of a sender's cores (and the host's, if it listens) are its targets. Senders
 * of one router with equal targets share a demand, and so do senders whose targets together are
 * hardly more than those of one of them (MORE_PERCENT): fewer trees are to be made, and keys of
 * neighbours take the same ways, which keeps tables small. A sender does not follow branches of the
 * shared tree that lead to none of its own targets, so sharing costs no link.
 *
 * Rows. For each sender its tree is walked twice: backward, to mark branches with targets, then
 * forward. Cores of a router are consecutive ids, so a router's part of a sender's ascending list
 * of cores is an interval. Cost: O(pairs (sender, core) + links walked); senders by router, sorted.
 */
#include "trees.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/hash.h"

enum { MORE_PERCENT = 10 };

/* --- demands -----------------------------------------------------------------------------------
 * */

typedef struct TargetList {
    uint32_t sender, root, n;
    const uint32_t *router; /* [n] ascending */
    uint64_t hash;
} TargetList;

/* Routers ascending that the sender's packets must get to, without its own. */
static TargetList list_targets(Arena *scratch, const Topology *graph, const Sender *sender)
{
    TargetList list = {.root = sender->router};
    uint32_t *room = ARENA_ARRAY(scratch, uint32_t, (size_t)sender->n_cores + 1);
    bool host_left = sender->to_host && graph->host_router != sender->router;
    uint64_t hash = HASH_START;
    for (uint32_t i = 0; i <= sender->n_cores; i++) {
        bool at_end = i == sender->n_cores;
        uint32_t router = at_end ? UINT32_MAX : topology_router_of_core(graph, sender->core[i]);
        if (host_left && graph->host_router <= router) {
            room[list.n++] = graph->host_router;
            host_left = false;
        }
        if (at_end || router == sender->router || (list.n > 0 && room[list.n - 1] == router))
            continue;
        room[list.n++] = router;
    }
    for (uint32_t i = 0; i < list.n; i++)
        hash = hash_u64(hash, room[i]);
    list.router = room;
    list.hash = hash;
    return list;
}

static int by_root_and_targets(const void *a, const void *b)
{
    const TargetList *x = a, *y = b;
    if (x->root != y->root)
        return x->root < y->root ? -1 : 1;
    if (x->n != y->n) /* large sets first: smaller ones join them */
        return x->n > y->n ? -1 : 1;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    int order = memcmp(x->router, y->router, x->n * sizeof *x->router);
    return order != 0 ? order : (x->sender > y->sender) - (x->sender < y->sender);
}

/* The union of both ascending lists in `room`; returns how many. */
static uint32_t unite(const Demand *a, const TargetList *b, uint32_t *room)
{
    uint32_t n = 0, i = 0, j = 0;
    while (i < a->n_targets || j < b->n) {
        uint32_t x = i < a->n_targets ? a->target[i] : UINT32_MAX;
        uint32_t y = j < b->n ? b->router[j] : UINT32_MAX;
        room[n++] = x < y ? x : y;
        i += x <= y;
        j += y <= x;
    }
    return n;
}

/* Join the list to a demand of its root that hardly grows by it; false if there is none. */
static bool join_demand(Arena *scratch, Demand *demand, const TargetList *list, uint64_t rate,
                        uint32_t *room)
{
    uint32_t n = unite(demand, list, room), least = list->n;
    if (least > demand->n_targets)
        least = demand->n_targets;
    if ((uint64_t)(n - least) * 100 > (uint64_t)least * MORE_PERCENT)
        return false;
    if (n > demand->n_targets) {
        uint32_t *target = ARENA_ARRAY(scratch, uint32_t, n);
        memcpy(target, room, n * sizeof *target);
        demand->target = target;
        demand->n_targets = n;
    }
    demand->rate += rate;
    return true;
}

SenderTrees *trees_demand(Arena *scratch, const Topology *graph, const Needs *needs)
{
    uint32_t n_senders = needs->n_senders, n_demands = 0, first_of_root = 0;
    TargetList *list = ARENA_ARRAY(scratch, TargetList, n_senders);
    for (uint32_t s = 0; s < n_senders; s++) {
        list[s] = list_targets(scratch, graph, &needs->sender[s]);
        list[s].sender = s;
    }
    qsort(list, n_senders, sizeof *list, by_root_and_targets);
    Demand *demand = ARENA_ARRAY(scratch, Demand, n_senders);
    uint32_t *tree_of = ARENA_ARRAY(scratch, uint32_t, n_senders);
    uint32_t *room = ARENA_ARRAY(scratch, uint32_t, graph->n_routers);
    for (uint32_t i = 0; i < n_senders; i++) {
        uint64_t rate = needs->sender[list[i].sender].rate;
        if (i > 0 && list[i].root != list[i - 1].root)
            first_of_root = n_demands;
        uint32_t d = first_of_root;
        while (d < n_demands && !join_demand(scratch, &demand[d], &list[i], rate, room))
            d++;
        if (d == n_demands)
            demand[n_demands++] = (Demand){list[i].root, list[i].n, list[i].router, rate};
        tree_of[list[i].sender] = d;
    }
    SenderTrees *trees = ARENA_ARRAY(scratch, SenderTrees, 1);
    *trees = (SenderTrees){.task = {graph, n_demands, demand},
                           .tree = ARENA_ARRAY(scratch, Tree, n_demands),
                           .tree_of = tree_of};
    return trees;
}

/* --- rows --------------------------------------------------------------------------------------
 * */

typedef struct RowWalk {
    const Topology *graph;
    const Needs *needs;
    const SenderTrees *trees;
    uint32_t *needed;     /* [n_routers] equal to `round`: a target, or leads to one        */
    uint32_t *first_core; /* [n_routers] where its cores begin in the sender's list          */
    uint32_t *n_cores;    /* [n_routers] how many they are; both where has_cores is `round`  */
    uint32_t *has_cores;  /* [n_routers]                                                     */
    uint32_t round;
} RowWalk;

/* Marks the routers that get packets of the sender, and where its cores hang. */
static void mark_needed(RowWalk *walk, const Sender *sender, const Tree *tree)
{
    walk->round++;
    for (uint32_t i = 0; i < sender->n_cores; i++) {
        uint32_t router = topology_router_of_core(walk->graph, sender->core[i]);
        if (walk->has_cores[router] != walk->round) {
            walk->has_cores[router] = walk->needed[router] = walk->round;
            walk->first_core[router] = i;
            walk->n_cores[router] = 0;
        }
        walk->n_cores[router]++;
    }
    if (sender->to_host)
        walk->needed[walk->graph->host_router] = walk->round;
    walk->needed[sender->router] = walk->round;
    for (uint32_t i = tree->n_links; i-- > 0;) {
        const RouterLink *link = &walk->graph->router_link[tree->link[i]];
        if (walk->needed[link->to] == walk->round)
            walk->needed[link->from] = walk->round;
    }
}

static RouteRow row_of(const RowWalk *walk, uint32_t s, uint32_t router, uint32_t in)
{
    const Sender *sender = &walk->needs->sender[s];
    RouteRow row = {.sender = s, .in = in};
    if (walk->has_cores[router] == walk->round) {
        row.first_core = walk->first_core[router];
        row.n_cores = walk->n_cores[router];
    }
    row.to_host = sender->to_host && router == walk->graph->host_router;
    return row;
}

/* The sender's rows: at the end of each router's part of `row`, of which `end` tells; with row
 * NULL only `end` moves. `row_at` holds the row of each router. */
static void walk_sender(RowWalk *walk, uint32_t s, uint64_t *end, RouteRow *row, uint64_t *row_at)
{
    const Sender *sender = &walk->needs->sender[s];
    const Tree *tree = &walk->trees->tree[walk->trees->tree_of[s]];
    mark_needed(walk, sender, tree);
    row_at[sender->router] = end[sender->router]++;
    if (row != NULL)
        row[row_at[sender->router]] = row_of(walk, s, sender->router, ROUTE_ROOT);
    for (uint32_t i = 0; i < tree->n_links; i++) {
        const RouterLink *link = &walk->graph->router_link[tree->link[i]];
        if (walk->needed[link->to] != walk->round)
            continue;
        row_at[link->to] = end[link->to]++;
        if (row == NULL)
            continue;
        row[row_at[link->from]].sides |= (uint8_t)(1U << link->side);
        row[row_at[link->to]] = row_of(walk, s, link->to, tree->link[i]);
    }
}

const RouteRows *trees_rows(Arena *scratch, const Topology *graph, const Needs *needs,
                            const SenderTrees *trees)
{
    uint32_t n_routers = graph->n_routers;
    RowWalk walk = {.graph = graph,
                    .needs = needs,
                    .trees = trees,
                    .needed = ARENA_ARRAY(scratch, uint32_t, n_routers),
                    .first_core = ARENA_ARRAY(scratch, uint32_t, n_routers),
                    .n_cores = ARENA_ARRAY(scratch, uint32_t, n_routers),
                    .has_cores = ARENA_ARRAY(scratch, uint32_t, n_routers)};
    uint64_t *first = ARENA_ARRAY(scratch, uint64_t, (size_t)n_routers + 1);
    uint64_t *row_at = ARENA_ARRAY(scratch, uint64_t, n_routers);
    for (uint32_t s = 0; s < needs->n_senders; s++)
        walk_sender(&walk, s, first + 1, NULL, row_at);
    for (uint32_t r = 0; r < n_routers; r++)
        first[r + 1] += first[r];
    uint64_t *end = ARENA_ARRAY(scratch, uint64_t, n_routers);
    memcpy(end, first, n_routers * sizeof *end);
    RouteRow *row = ARENA_ARRAY(scratch, RouteRow, first[n_routers]);
    for (uint32_t s = 0; s < needs->n_senders; s++)
        walk_sender(&walk, s, end, row, row_at);
    RouteRows *rows = ARENA_ARRAY(scratch, RouteRows, 1);
    *rows = (RouteRows){first, row};
    return rows;
}
