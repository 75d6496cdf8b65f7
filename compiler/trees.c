/* trees.c - from needs to demands on the graph of routers, and from trees back to rows of routers.
 *
 * Demands. The routers of the cores that need a slice's events (and the host's, if it listens) are
 * targets; those that only its marker goes to come as `more`. Both senders of the slice take the
 * same tree, so the marker cannot overtake events, whatever queues there are on the way. Slices of
 * one router with equal targets share a demand, and so do slices whose targets together are hardly
 * more than those of one of them (MORE_PERCENT): fewer trees are to be made, and keys of neighbours
 * take the same ways, which keeps tables small. A sender does not follow branches of its tree that
 * lead to none of its own cores, so sharing costs no link.
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

/* What a slice (or the host) asks for: its events and its marker. */
typedef struct Wish {
    uint32_t events, marker; /* senders                      */
    uint32_t root, n_targets, n_more;
    const uint32_t *target, *more; /* as in Demand             */
    uint64_t hash;                 /* of the targets           */
} Wish;

/* Routers ascending that the sender's packets must get to, without its own; in `room`. */
static uint32_t list_routers(const Topology *graph, const Sender *sender, uint32_t *room)
{
    uint32_t n = 0;
    bool host_left = sender->to_host && graph->host_router != sender->router;
    for (uint32_t i = 0; i <= sender->n_cores; i++) {
        bool at_end = i == sender->n_cores;
        uint32_t router = at_end ? UINT32_MAX : topology_router_of_core(graph, sender->core[i]);
        if (host_left && graph->host_router <= router) {
            room[n++] = graph->host_router;
            host_left = false;
        }
        if (!at_end && router != sender->router && (n == 0 || room[n - 1] != router))
            room[n++] = router;
    }
    return n;
}

static const uint32_t *copied(Arena *scratch, const uint32_t *list, uint32_t n)
{
    uint32_t *copy = ARENA_ARRAY(scratch, uint32_t, n);
    memcpy(copy, list, n * sizeof *copy);
    return copy;
}

/* Keeps what of the ascending list stands in no other; returns how many. */
static uint32_t without(uint32_t *list, uint32_t n, const uint32_t *other, uint32_t n_other)
{
    uint32_t n_kept = 0, j = 0;
    for (uint32_t i = 0; i < n; i++) {
        while (j < n_other && other[j] < list[i])
            j++;
        if (j == n_other || other[j] != list[i])
            list[n_kept++] = list[i];
    }
    return n_kept;
}

static Wish make_wish(Arena *scratch, const Topology *graph, const Needs *needs, Wish wish,
                      uint32_t *room)
{
    wish.root = needs->sender[wish.events].router;
    wish.n_targets = list_routers(graph, &needs->sender[wish.events], room);
    wish.target = copied(scratch, room, wish.n_targets);
    wish.hash = HASH_START;
    for (uint32_t i = 0; i < wish.n_targets; i++)
        wish.hash = hash_u64(wish.hash, wish.target[i]);
    wish.n_more = list_routers(graph, &needs->sender[wish.marker], room);
    wish.n_more = without(room, wish.n_more, wish.target, wish.n_targets);
    wish.more = copied(scratch, room, wish.n_more);
    return wish;
}

static int by_root_and_targets(const void *a, const void *b)
{
    const Wish *x = a, *y = b;
    if (x->root != y->root)
        return x->root < y->root ? -1 : 1;
    if (x->n_targets != y->n_targets) /* large sets first: smaller ones join them */
        return x->n_targets > y->n_targets ? -1 : 1;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->events > y->events) - (x->events < y->events);
}

/* The union of two ascending lists in `room`; returns how many. */
static uint32_t unite(const uint32_t *a, uint32_t n_a, const uint32_t *b, uint32_t n_b,
                      uint32_t *room)
{
    uint32_t n = 0, i = 0, j = 0;
    while (i < n_a || j < n_b) {
        uint32_t x = i < n_a ? a[i] : UINT32_MAX, y = j < n_b ? b[j] : UINT32_MAX;
        room[n++] = x < y ? x : y;
        i += x <= y;
        j += y <= x;
    }
    return n;
}

/* Join the wish to a demand of its root that hardly grows by it; false if it does. */
static bool join_demand(Arena *scratch, Demand *demand, const Wish *wish, uint32_t *room)
{
    uint32_t n = unite(demand->target, demand->n_targets, wish->target, wish->n_targets, room);
    uint32_t least = wish->n_targets < demand->n_targets ? wish->n_targets : demand->n_targets;
    if ((uint64_t)(n - least) * 100 > (uint64_t)least * MORE_PERCENT)
        return false;
    if (n > demand->n_targets) {
        demand->target = copied(scratch, room, n);
        demand->n_targets = n;
    }
    n = unite(demand->more, demand->n_more, wish->more, wish->n_more, room);
    n = without(room, n, demand->target, demand->n_targets);
    if (n != demand->n_more || memcmp(room, demand->more, n * sizeof *room) != 0) {
        demand->more = copied(scratch, room, n);
        demand->n_more = n;
    }
    return true;
}

/* Both senders of each slice and of the host, sorted for sharing; returns how many. */
static uint32_t list_wishes(Arena *scratch, const Topology *graph, const Needs *needs, Wish **out)
{
    uint32_t n_wishes = needs->n_senders / 2, host = n_wishes - 1;
    Wish *wish = ARENA_ARRAY(scratch, Wish, n_wishes);
    uint32_t *room = ARENA_ARRAY(scratch, uint32_t, (size_t)graph->n_routers + 1);
    for (uint32_t s = 0; s < needs->n_senders; s++) {
        const Sender *sender = &needs->sender[s];
        uint32_t of = sender->slice == SENDER_HOST ? host : sender->slice;
        *(sender->is_marker ? &wish[of].marker : &wish[of].events) = s;
    }
    for (uint32_t w = 0; w < n_wishes; w++)
        wish[w] = make_wish(scratch, graph, needs, wish[w], room);
    qsort(wish, n_wishes, sizeof *wish, by_root_and_targets);
    *out = wish;
    return n_wishes;
}

SenderTrees *trees_demand(Arena *scratch, const Topology *graph, const Needs *needs)
{
    Wish *wish;
    uint32_t n_wishes = list_wishes(scratch, graph, needs, &wish), n_demands = 0, of_root = 0;
    Demand *demand = ARENA_ARRAY(scratch, Demand, n_wishes);
    uint32_t *tree_of = ARENA_ARRAY(scratch, uint32_t, needs->n_senders);
    uint32_t *room = ARENA_ARRAY(scratch, uint32_t, (size_t)graph->n_routers + 1);
    for (uint32_t i = 0; i < n_wishes; i++) {
        if (i > 0 && wish[i].root != wish[i - 1].root)
            of_root = n_demands;
        uint32_t d = of_root;
        while (d < n_demands && !join_demand(scratch, &demand[d], &wish[i], room))
            d++;
        if (d == n_demands)
            demand[n_demands++] = (Demand){.root = wish[i].root,
                                           .n_targets = wish[i].n_targets,
                                           .target = wish[i].target,
                                           .n_more = wish[i].n_more,
                                           .more = wish[i].more};
        uint64_t more_rate = needs->sender[wish[i].marker].rate;
        demand[d].rate += needs->sender[wish[i].events].rate + more_rate;
        demand[d].more_rate += more_rate;
        tree_of[wish[i].events] = tree_of[wish[i].marker] = d;
    }
    SenderTrees *trees = ARENA_ARRAY(scratch, SenderTrees, 1);
    *trees = (SenderTrees){.task = {graph, n_demands, demand, NULL},
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
