/* route_tree.c - a multicast tree that grows: ways are joined to it, missing targets searched
 * for.
 *
 * The search runs over pairs (router, link by which it was entered), that is over links, because
 * which links may follow depends on the one before. It starts from every router of the tree at
 * cost 0 and takes the cheapest way to a missing target into the tree (Takahashi and Matsuyama
 * 1980); the wave front is kept, the new routers join it at cost 0. So ways found earlier may
 * lead through routers that the tree has entered since by another link: such a way counts from
 * the last of them on, if the turn there is allowed, and is dropped otherwise. When the front
 * runs dry it is built anew once from the tree as it stands; what is unreachable then is kept
 * out by the tree itself: each router is entered once only, and the link it was entered by does
 * not allow the turn. The tree is then begun again with those targets first.
 *
 * Cost: O((routers + links seen) log) a tree. Ties: cost, then link id.
 */
#include "route.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"

enum { MAX_BEGINNINGS = 64, WAY_COST = 1 };

TreeSearch *tree_search_new(Arena *arena, const Topology *graph)
{
    TreeSearch *search = ARENA_ARRAY(arena, TreeSearch, 1);
    uint32_t n_links = graph->n_router_links;
    *search = (TreeSearch){.graph = graph,
                           .entered = ARENA_ARRAY(arena, uint32_t, graph->n_routers),
                           .member = ARENA_ARRAY(arena, uint32_t, graph->n_routers),
                           .missing = ARENA_ARRAY(arena, bool, graph->n_routers),
                           .cost = ARENA_ARRAY(arena, uint64_t, n_links),
                           .before = ARENA_ARRAY(arena, uint32_t, n_links),
                           .seen = ARENA_ARRAY(arena, uint32_t, n_links),
                           .heap = ARENA_ARRAY(arena, uint32_t, n_links),
                           .heap_at = ARENA_ARRAY(arena, uint32_t, n_links),
                           .path = ARENA_ARRAY(arena, uint32_t, n_links)};
    memset(search->entered, 0xFF, graph->n_routers * sizeof *search->entered);
    memset(search->heap_at, 0xFF, n_links * sizeof *search->heap_at);
    return search;
}

static void enter(TreeSearch *search, uint32_t router, uint32_t link)
{
    search->entered[router] = link;
    search->member[search->n_members++] = router;
    if (search->missing[router]) {
        search->missing[router] = false;
        search->n_missing--;
    }
}

static void want(TreeSearch *search, const uint32_t *router, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        bool is_new = search->entered[router[i]] == ROUTE_NONE && !search->missing[router[i]];
        search->missing[router[i]] |= is_new;
        search->n_missing += is_new;
    }
}

static void forget(TreeSearch *search, const uint32_t *router, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        search->missing[router[i]] = false;
}

void tree_begin(TreeSearch *search, const Demand *demand)
{
    CHECK(search->n_members == 0);
    enter(search, demand->root, ROUTE_ROOT);
    want(search, demand->target, demand->n_targets);
    search->n_first = ROUTE_NONE;
}

void tree_end(TreeSearch *search, const Demand *demand)
{
    for (uint32_t i = 0; i < search->n_members; i++)
        search->entered[search->member[i]] = ROUTE_NONE;
    forget(search, demand->target, demand->n_targets);
    forget(search, demand->more, demand->n_more);
    search->n_members = 0;
    search->n_missing = 0;
}

/* May a packet that is in the tree at the start of `link` take it? */
static bool may_leave(const TreeSearch *search, uint32_t link)
{
    uint32_t in = search->entered[search->graph->router_link[link].from];
    return in == ROUTE_ROOT || topology_turn_allowed(search->graph, in, link);
}

bool tree_join(TreeSearch *search, const uint32_t *link, uint32_t n_links)
{
    const RouterLink *router_link = search->graph->router_link;
    uint32_t first = n_links;
    while (first > 0 && search->entered[router_link[link[first - 1]].to] == ROUTE_NONE)
        first--;
    if (first == n_links)
        return true; /* leads to a router that is in the tree already */
    if (search->entered[router_link[link[first]].from] == ROUTE_NONE ||
        !may_leave(search, link[first]))
        return false;
    for (uint32_t i = first + 1; i < n_links; i++)
        if (!topology_turn_allowed(search->graph, link[i - 1], link[i]))
            return false;
    uint32_t n_members = search->n_members, i = first;
    while (i < n_links && search->entered[router_link[link[i]].to] == ROUTE_NONE) {
        search->entered[router_link[link[i]].to] = link[i];
        search->member[search->n_members++] = router_link[link[i]].to;
        i++;
    }
    bool meets_itself = i < n_links;
    uint32_t n_joined = search->n_members;
    search->n_members = n_members;
    for (uint32_t m = n_members; m < n_joined; m++) {
        uint32_t router = search->member[m], in = search->entered[router];
        search->entered[router] = ROUTE_NONE;
        if (!meets_itself)
            enter(search, router, in);
    }
    return !meets_itself;
}

/* --- the wave front: a binary heap of links by (cost, id), each in it once at most ------------- */

static bool is_before(const TreeSearch *search, uint32_t a, uint32_t b)
{
    return search->cost[a] != search->cost[b] ? search->cost[a] < search->cost[b] : a < b;
}

static void put(TreeSearch *search, uint32_t at, uint32_t link)
{
    search->heap[at] = link;
    search->heap_at[link] = at;
}

static void rise(TreeSearch *search, uint32_t at, uint32_t link)
{
    while (at > 0 && is_before(search, link, search->heap[(at - 1) / 2])) {
        put(search, at, search->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(search, at, link);
}

static uint32_t pop(TreeSearch *search)
{
    uint32_t top = search->heap[0], last = search->heap[--search->n_heap], at = 0;
    search->heap_at[top] = ROUTE_NONE;
    if (search->n_heap == 0)
        return top;
    for (uint32_t child = 1; child < search->n_heap; child = 2 * at + 1) {
        if (child + 1 < search->n_heap &&
            is_before(search, search->heap[child + 1], search->heap[child]))
            child++;
        if (!is_before(search, search->heap[child], last))
            break;
        put(search, at, search->heap[child]);
        at = child;
    }
    put(search, at, last);
    return top;
}

static void new_front(TreeSearch *search)
{
    for (uint32_t i = 0; i < search->n_heap; i++)
        search->heap_at[search->heap[i]] = ROUTE_NONE;
    search->n_heap = 0;
    search->round++;
}

/* A way of this cost that ends with `link` has been found. */
static void offer(TreeSearch *search, uint32_t link, uint32_t before, uint64_t cost)
{
    if (search->entered[search->graph->router_link[link].to] != ROUTE_NONE)
        return;
    if (search->seen[link] == search->round && search->cost[link] <= cost)
        return;
    search->seen[link] = search->round;
    search->cost[link] = cost;
    search->before[link] = before;
    rise(search, search->heap_at[link] == ROUTE_NONE ? search->n_heap++ : search->heap_at[link],
         link);
}

/* Members first .. n_members-1 of the tree join the front. */
static void start_from(TreeSearch *search, uint32_t first, const uint64_t *link_cost)
{
    const Topology *graph = search->graph;
    for (uint32_t m = first; m < search->n_members; m++) {
        uint32_t router = search->member[m];
        for (uint32_t l = graph->first_router_link[router];
             l < graph->first_router_link[router + 1]; l++)
            if (may_leave(search, l))
                offer(search, l, ROUTE_ROOT, link_cost != NULL ? link_cost[l] : WAY_COST);
    }
}

static void spread(TreeSearch *search, uint32_t in, const uint64_t *link_cost)
{
    const Topology *graph = search->graph;
    uint32_t router = graph->router_link[in].to;
    for (uint32_t l = graph->first_router_link[router]; l < graph->first_router_link[router + 1];
         l++)
        if (topology_turn_allowed(graph, in, l))
            offer(search, l, in, search->cost[in] + (link_cost != NULL ? link_cost[l] : WAY_COST));
}

/* Join the way that ends with `link`, from the last router of the tree on. */
static bool join_way(TreeSearch *search, uint32_t link)
{
    const RouterLink *router_link = search->graph->router_link;
    uint32_t n = search->graph->n_router_links, at = n, l = link;
    search->path[--at] = l;
    while (search->entered[router_link[l].from] == ROUTE_NONE) {
        l = search->before[l];
        search->path[--at] = l;
    }
    return tree_join(search, search->path + at, n - at);
}

bool tree_grow(TreeSearch *search, const uint64_t *link_cost)
{
    bool fresh = true; /* nothing has joined since the front was built */
    new_front(search);
    start_from(search, 0, link_cost);
    while (search->n_missing > 0) {
        if (search->n_heap == 0) {
            if (fresh)
                return false;
            fresh = true;
            new_front(search);
            start_from(search, 0, link_cost);
            continue;
        }
        uint32_t link = pop(search), n_members = search->n_members;
        search->n_looked++;
        uint32_t router = search->graph->router_link[link].to;
        if (search->entered[router] != ROUTE_NONE)
            continue;
        if (search->missing[router] && join_way(search, link)) {
            fresh = false;
            start_from(search, n_members, link_cost);
        } else {
            spread(search, link, link_cost);
        }
    }
    return true;
}

bool tree_go_on(TreeSearch *search, const Demand *demand, const uint64_t *link_cost)
{
    if (!tree_grow(search, link_cost))
        return false;
    search->n_first = search->n_members - 1;
    want(search, demand->more, demand->n_more);
    return true;
}

/* Begin again with the routers of `first`, then the targets. */
static void begin_with(TreeSearch *search, const Demand *demand, const uint32_t *first,
                       uint32_t n_first, const uint64_t *link_cost)
{
    tree_end(search, demand);
    enter(search, demand->root, ROUTE_ROOT);
    for (uint32_t i = 0; i < n_first; i++) {
        want(search, &first[i], 1);
        tree_grow(search, link_cost);
        forget(search, &first[i], 1);
        search->n_missing = 0;
    }
    want(search, demand->target, demand->n_targets);
    search->n_first = ROUTE_NONE;
}

/* The first router that is missing of a list, or `none`. */
static uint32_t first_missing(const TreeSearch *search, const uint32_t *router, uint32_t n,
                              uint32_t none)
{
    for (uint32_t i = 0; i < n; i++)
        if (search->missing[router[i]])
            return router[i];
    return none;
}

static bool reach_all(TreeSearch *search, const Demand *demand, const uint64_t *link_cost)
{
    if (search->n_first == ROUTE_NONE && !tree_go_on(search, demand, link_cost))
        return false;
    return tree_grow(search, link_cost);
}

Status tree_finish(TreeSearch *search, const Demand *demand, const uint64_t *link_cost, Err *err)
{
    uint32_t first[MAX_BEGINNINGS], n_first = 0, kept_out = 0;
    while (!reach_all(search, demand, link_cost)) {
        kept_out = first_missing(search, demand->more, demand->n_more, ROUTE_NONE);
        kept_out = first_missing(search, demand->target, demand->n_targets, kept_out);
        if (n_first == MAX_BEGINNINGS) {
            err_set(err, STATUS_UNSUPPORTED,
                    "no tree of links and allowed turns leads from router %" PRIu32
                    " to all %" PRIu32 " routers that need its packets: router %" PRIu32
                    " is kept out",
                    demand->root, demand->n_targets + demand->n_more, kept_out);
            err_hint(err, "fewer dead links, or another placement, leave more ways");
            return STATUS_UNSUPPORTED;
        }
        memmove(first + 1, first, n_first * sizeof *first);
        first[0] = kept_out;
        n_first++;
        begin_with(search, demand, first, n_first, link_cost);
    }
    return STATUS_OK;
}

Tree tree_take(Arena *arena, const TreeSearch *search)
{
    uint32_t n_links = search->n_members - 1;
    uint32_t *link = ARENA_ARRAY(arena, uint32_t, n_links);
    for (uint32_t i = 0; i < n_links; i++)
        link[i] = search->entered[search->member[i + 1]];
    return (Tree){n_links, search->n_first, link};
}
