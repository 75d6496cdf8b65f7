/* topology_turns.c - which turns packets may take, so that no trees whatever can deadlock.
 *
 * The channel dependency graph has a node for each router link and an edge for each allowed turn
 * from one link into the next. As long as it has no cycle, packets cannot wait for one another in a
 * ring (Dally and Seitz 1987); copies of a multicast wait for links that are further on in its
 * order, so the same holds for trees. The turns are chosen in three steps:
 *
 *   1. A base by which every router reaches every other: dimension order (first along x, then along
 *      y, no wrap links) if the routers fill their grid and all those links work, or, where the
 *      chip asks for it, the odd-even model (Chiu 2000), which forbids two of the eight turns in
 *      even rows and two others in odd ones, so that trees may branch in every row; else up*-down*
 *      (Schroeder et al. 1991): links lead up or down a breadth-first tree from the router in the
 *      middle, and no packet goes up again once it went down.
 *   2. Further turns by kind, each accepted unless it closes a cycle: without wrap links first,
 *      then with them; in each straight on, then the turns of the west-first model (Glass and Ni
 *      1992: no turn into a side that leads west, unless already going west; on six sides W and SW
 *      lead west), then the rest. At the end no turn could be added: the set is maximal. Turns back
 *      over the link a packet came by are left out, as no tree has them.
 *   3. Proof: depth-first search over the finished graph, through topology_turn_allowed.
 *
 * A kind is tried whole first (one pass over the graph, Kahn 1962): on a regular mesh step 2 is
 * linear. Where that fails its turns are tried one by one along a topological order that is kept up
 * to date (Pearce and Kelly 2006: only what lies between the two ends in the order is searched and
 * moved; breadth first, as the rings that refuse a turn are mostly four links long).
 * cost: O(links * sides) for each of 3 * sides^2 kinds; turns one by one cost what lies between
 * their ends.
 */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "topology_private.h"

enum { SIDE_SLOTS = 8 };

typedef struct TurnSearch {
    const Topology *topology;
    uint64_t *turns;    /* [n_routers] as in Topology, so far                    */
    uint32_t *link_of;  /* [n_routers * SIDE_SLOTS] link out of a side, or UINT32_MAX */
    uint8_t *wraps;     /* [n_router_links]                                      */
    uint32_t *position; /* [n_router_links] in a topological order               */
    uint32_t *link_at;  /* [n_router_links] the other way round                  */
    uint64_t *saved;    /* [n_routers] turns before a kind was tried             */
    uint32_t *mark;     /* [n_router_links] == round: seen                       */
    uint32_t round;
    uint32_t *before, *after, *place; /* [n_router_links] lists of one try         */
} TurnSearch;

/* Links that a packet on `link` may take next; returns how many. */
static uint32_t next_links(const TurnSearch *search, uint32_t link, uint32_t next[SIDE_SLOTS])
{
    const RouterLink *ends = &search->topology->router_link[link];
    uint64_t allowed = search->turns[ends->to] >> (8 * ends->side) & 0xff;
    uint32_t n = 0;
    for (uint32_t side = 0; allowed != 0; side++, allowed >>= 1)
        if ((allowed & 1) != 0)
            next[n++] = search->link_of[(size_t)ends->to * SIDE_SLOTS + side];
    return n;
}

/* Links by which a packet may have come that is about to take `link`; returns how many. */
static uint32_t former_links(const TurnSearch *search, uint32_t link, uint32_t former[SIDE_SLOTS])
{
    const Topology *topology = search->topology;
    const RouterLink *ends = &topology->router_link[link];
    uint32_t end = topology->first_router_link[ends->from + 1], n = 0;
    for (uint32_t i = topology->first_router_link[ends->from]; i < end; i++) {
        uint32_t in = topology->router_link[i].back;
        uint32_t side_in = topology->router_link[in].side;
        if ((search->turns[ends->from] & turn_bit(side_in, ends->side)) != 0)
            former[n++] = in;
    }
    return n;
}

/* A topological order of the links into `position`; false if the turns have a cycle (then
 * `position` is as before). */
static bool sort_links(TurnSearch *search)
{
    uint32_t n_links = search->topology->n_router_links, n_sorted = 0;
    uint32_t *waits_for = search->place, *queue = search->after, next[SIDE_SLOTS];
    memset(waits_for, 0, n_links * sizeof *waits_for);
    for (uint32_t i = 0; i < n_links; i++) {
        uint32_t n = next_links(search, i, next);
        for (uint32_t k = 0; k < n; k++)
            waits_for[next[k]]++;
    }
    for (uint32_t i = 0; i < n_links; i++)
        if (waits_for[i] == 0)
            queue[n_sorted++] = i;
    for (uint32_t at = 0; at < n_sorted; at++) {
        uint32_t n = next_links(search, queue[at], next);
        for (uint32_t k = 0; k < n; k++)
            if (--waits_for[next[k]] == 0)
                queue[n_sorted++] = next[k];
    }
    if (n_sorted < n_links)
        return false;
    for (uint32_t i = 0; i < n_links; i++) {
        search->position[queue[i]] = i;
        search->link_at[i] = queue[i];
    }
    return true;
}

/* --- step 1: the base --------------------------------------------------------------------------
 */

static bool is_along_axis(const Topology *topology, uint32_t side)
{
    int32_t dx, dy;
    side_step(topology->n_sides, side, &dx, &dy);
    return dx == 0 || dy == 0;
}

/* The routers fill their grid and all links along x and y without wrap work. */
static bool is_whole_grid(const TurnSearch *search)
{
    const Topology *topology = search->topology;
    uint64_t width = topology->router_width, height = topology->router_height, n_found = 0;
    for (uint32_t i = 0; i < topology->n_router_links; i++)
        n_found += !search->wraps[i] && is_along_axis(topology, topology->router_link[i].side);
    return topology->n_routers == width * height &&
           n_found == 2 * ((width - 1) * height + width * (height - 1));
}

static void allow_dimension_order(TurnSearch *search)
{
    const Topology *topology = search->topology;
    for (uint32_t i = 0; i < topology->n_router_links; i++) {
        const RouterLink *in = &topology->router_link[i];
        int32_t dx, dy, next_dx, next_dy;
        side_step(topology->n_sides, in->side, &dx, &dy);
        if (search->wraps[i] || (dx != 0 && dy != 0))
            continue;
        uint32_t end = topology->first_router_link[in->to + 1];
        for (uint32_t o = topology->first_router_link[in->to]; o < end; o++) {
            uint32_t side = topology->router_link[o].side;
            side_step(topology->n_sides, side, &next_dx, &next_dy);
            bool turns_to_y = dx != 0 && next_dx == 0;
            if (!search->wraps[o] && (side == in->side || turns_to_y))
                search->turns[in->to] |= turn_bit(in->side, side);
        }
    }
}

/* Not out of S in even rows, not into N in odd ones (or the same turned by a quarter). The
 * southernmost part of a ring is entered out of S and left into N, at its ends in the same row: in
 * even rows there is no way in, in odd rows no way out. So each row is free to forbid either, and
 * the first forbids what odd rows do: packets come to it out of S only, and were they not to turn,
 * each of its routers would get all its packets over one link. */
static bool breaks_odd_even(const Topology *topology, uint32_t router, uint32_t side_in,
                            uint32_t side_out)
{
    const Cell2d *cell = &topology->router_cell[router];
    enum { E, N, W, S };
    if (side_in == side_out)
        return false;
    if (topology->chip->fabric.turns == TURNS_ODD_EVEN_ROWS)
        return cell->y % 2 == 0 && cell->y > 0 ? side_in == S : side_out == N;
    return cell->x % 2 == 0 ? side_out == E : side_in == W;
}

static void allow_odd_even(TurnSearch *search)
{
    const Topology *topology = search->topology;
    for (uint32_t i = 0; i < topology->n_router_links; i++) {
        const RouterLink *in = &topology->router_link[i];
        uint32_t end = topology->first_router_link[in->to + 1];
        for (uint32_t o = topology->first_router_link[in->to]; o < end; o++) {
            uint32_t side = topology->router_link[o].side;
            if (!search->wraps[i] && !search->wraps[o] && o != in->back &&
                !breaks_odd_even(topology, in->to, in->side, side))
                search->turns[in->to] |= turn_bit(in->side, side);
        }
    }
}

static uint32_t middle_router(const Topology *topology)
{
    uint32_t best = 0;
    int64_t best_away = INT64_MAX;
    for (uint32_t r = 0; r < topology->n_routers; r++) {
        int64_t x = 2 * (int64_t)topology->router_cell[r].x + 1 - topology->router_width;
        int64_t y = 2 * (int64_t)topology->router_cell[r].y + 1 - topology->router_height;
        int64_t away = (x < 0 ? -x : x) + (y < 0 ? -y : y);
        if (away < best_away)
            best = r;
        best_away = away < best_away ? away : best_away;
    }
    return best;
}

/* rank[r]: when the breadth-first search reaches router r. A link up leads to a lower rank. */
static uint32_t *rank_routers(Arena *scratch, const Topology *topology)
{
    uint32_t n_routers = topology->n_routers, n_ranked = 1;
    uint32_t *rank = ARENA_ARRAY(scratch, uint32_t, n_routers);
    uint32_t *queue = ARENA_ARRAY(scratch, uint32_t, n_routers);
    memset(rank, 0xff, n_routers * sizeof *rank);
    queue[0] = middle_router(topology);
    rank[queue[0]] = 0;
    for (uint32_t at = 0; at < n_ranked; at++) {
        uint32_t end = topology->first_router_link[queue[at] + 1];
        for (uint32_t i = topology->first_router_link[queue[at]]; i < end; i++) {
            uint32_t to = topology->router_link[i].to;
            if (rank[to] != UINT32_MAX)
                continue;
            rank[to] = n_ranked;
            queue[n_ranked++] = to;
        }
    }
    CHECK(n_ranked == n_routers); /* topology_add_routers refuses islands */
    return rank;
}

static void allow_up_down(Arena *scratch, TurnSearch *search)
{
    const Topology *topology = search->topology;
    const uint32_t *rank = rank_routers(scratch, topology);
    for (uint32_t i = 0; i < topology->n_router_links; i++) {
        const RouterLink *in = &topology->router_link[i];
        bool came_down = rank[in->to] > rank[in->from];
        uint32_t end = topology->first_router_link[in->to + 1];
        for (uint32_t o = topology->first_router_link[in->to]; o < end; o++) {
            const RouterLink *out = &topology->router_link[o];
            bool goes_up = rank[out->to] < rank[out->from];
            if (o != in->back && !(came_down && goes_up))
                search->turns[in->to] |= turn_bit(in->side, out->side);
        }
    }
}

/* --- step 2: further turns ---------------------------------------------------------------------
 */

/* Forward from `out` up to the position of `in`; false if `in` is reached: a cycle. */
static bool search_forward(TurnSearch *search, uint32_t in, uint32_t out, uint32_t *n_after)
{
    uint32_t next[SIDE_SLOTS], n_found = 1;
    search->round++;
    search->after[0] = out;
    search->mark[out] = search->round;
    for (uint32_t at = 0; at < n_found; at++) {
        uint32_t n = next_links(search, search->after[at], next);
        for (uint32_t k = 0; k < n; k++) {
            if (next[k] == in)
                return false;
            if (search->mark[next[k]] == search->round ||
                search->position[next[k]] > search->position[in])
                continue;
            search->mark[next[k]] = search->round;
            search->after[n_found++] = next[k];
        }
    }
    *n_after = n_found;
    return true;
}

/* Backward from `in` down to the position of `out`; nothing of it was found forward. */
static uint32_t search_backward(TurnSearch *search, uint32_t in, uint32_t out)
{
    uint32_t former[SIDE_SLOTS], n_found = 1;
    search->round++;
    search->before[0] = in;
    search->mark[in] = search->round;
    for (uint32_t at = 0; at < n_found; at++) {
        uint32_t n = former_links(search, search->before[at], former);
        for (uint32_t k = 0; k < n; k++) {
            if (search->mark[former[k]] == search->round ||
                search->position[former[k]] < search->position[out])
                continue;
            search->mark[former[k]] = search->round;
            search->before[n_found++] = former[k];
        }
    }
    return n_found;
}

static int by_number(const void *a, const void *b)
{
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
    return (first > second) - (first < second);
}

/* Sort a list of links by position, and put their positions at `to`. */
static void sort_by_position(const TurnSearch *search, uint32_t *list, uint32_t n, uint32_t *to)
{
    for (uint32_t i = 0; i < n; i++)
        to[i] = search->position[list[i]];
    qsort(to, n, sizeof *to, by_number);
    for (uint32_t i = 0; i < n; i++)
        list[i] = search->link_at[to[i]];
}

/* The links found backward move before those found forward, within the places they hold. */
static void reorder(TurnSearch *search, uint32_t n_before, uint32_t n_after)
{
    uint32_t n = n_before + n_after;
    sort_by_position(search, search->before, n_before, search->place);
    sort_by_position(search, search->after, n_after, search->place + n_before);
    qsort(search->place, n, sizeof *search->place, by_number);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t link = i < n_before ? search->before[i] : search->after[i - n_before];
        search->position[link] = search->place[i];
        search->link_at[search->place[i]] = link;
    }
}

/* Allow one turn unless it closes a cycle. */
static void try_turn(TurnSearch *search, uint32_t in, uint32_t out)
{
    if (search->position[in] > search->position[out]) {
        uint32_t n_after;
        if (!search_forward(search, in, out, &n_after))
            return;
        reorder(search, search_backward(search, in, out), n_after);
    }
    const RouterLink *link = search->topology->router_link;
    search->turns[link[in].to] |= turn_bit(link[in].side, link[out].side);
}

typedef struct TurnKind {
    uint32_t side_in, side_out;
    bool wraps; /* at least one of the two links does */
} TurnKind;

/* The next turn of a kind that is not allowed yet, from link *in on; false at the end. */
static bool next_turn(const TurnSearch *search, const TurnKind *kind, uint32_t *in, uint32_t *out)
{
    const Topology *topology = search->topology;
    for (; *in < topology->n_router_links; ++*in) {
        const RouterLink *link = &topology->router_link[*in];
        *out = search->link_of[(size_t)link->to * SIDE_SLOTS + kind->side_out];
        if (link->side != kind->side_in || *out == UINT32_MAX || *out == link->back)
            continue;
        bool wraps = search->wraps[*in] || search->wraps[*out];
        bool allowed = (search->turns[link->to] & turn_bit(link->side, kind->side_out)) != 0;
        if (wraps == kind->wraps && !allowed)
            return true;
    }
    return false;
}

/* All turns of a kind at once if that leaves no cycle, else one after the other. */
static void try_kind(TurnSearch *search, const TurnKind *kind)
{
    const Topology *topology = search->topology;
    uint64_t *before = search->saved;
    memcpy(before, search->turns, topology->n_routers * sizeof *before);
    uint32_t out;
    bool any = false;
    for (uint32_t in = 0; next_turn(search, kind, &in, &out); in++) {
        const RouterLink *link = &topology->router_link[in];
        search->turns[link->to] |= turn_bit(link->side, kind->side_out);
        any = true;
    }
    if (!any || sort_links(search))
        return;
    memcpy(search->turns, before, topology->n_routers * sizeof *before);
    for (uint32_t in = 0; next_turn(search, kind, &in, &out); in++)
        try_turn(search, in, out);
}

typedef enum TurnGroup { GROUP_STRAIGHT, GROUP_WEST_FIRST, GROUP_REST, N_GROUPS } TurnGroup;

static TurnGroup group_of(uint32_t n_sides, uint32_t side_in, uint32_t side_out)
{
    int32_t dx, dy, next_dx, next_dy;
    side_step(n_sides, side_in, &dx, &dy);
    side_step(n_sides, side_out, &next_dx, &next_dy);
    if (side_in == side_out)
        return GROUP_STRAIGHT;
    return next_dx < 0 && dx >= 0 ? GROUP_REST : GROUP_WEST_FIRST;
}

static void allow_further(TurnSearch *search)
{
    uint32_t n_sides = search->topology->n_sides;
    for (uint32_t i = 0; i < 2 * N_GROUPS * n_sides * n_sides; i++) {
        TurnKind kind = {i / n_sides % n_sides, i % n_sides,
                         i / (N_GROUPS * n_sides * n_sides) != 0};
        TurnGroup group = (TurnGroup)(i / (n_sides * n_sides) % N_GROUPS);
        if (group_of(n_sides, kind.side_in, kind.side_out) == group)
            try_kind(search, &kind);
    }
}

/* --- step 3: proof -----------------------------------------------------------------------------
 */

static void prove(Arena *scratch, const Topology *topology)
{
    uint32_t n_links = topology->n_router_links, n_edges = 0;
    uint32_t *start = ARENA_ARRAY(scratch, uint32_t, (size_t)n_links + 1);
    uint32_t *next = ARENA_ARRAY(scratch, uint32_t, (size_t)n_links * topology->n_sides);
    for (uint32_t in = 0; in < n_links; in++) {
        uint32_t at = topology->router_link[in].to;
        start[in] = n_edges;
        for (uint32_t out = topology->first_router_link[at];
             out < topology->first_router_link[at + 1]; out++)
            if (topology_turn_allowed(topology, in, out))
                next[n_edges++] = out;
    }
    start[n_links] = n_edges;
    CHECK(graph_find_cycle(scratch, n_links, start, next) == UINT32_MAX);
}

static TurnSearch make_search(Arena *arena, Arena *scratch, const Topology *topology)
{
    uint32_t n_links = topology->n_router_links, n_routers = topology->n_routers;
    size_t n_slots = (size_t)n_routers * SIDE_SLOTS;
    TurnSearch search = {.topology = topology,
                         .turns = ARENA_ARRAY(arena, uint64_t, n_routers),
                         .saved = ARENA_ARRAY(scratch, uint64_t, n_routers),
                         .link_of = ARENA_ARRAY(scratch, uint32_t, n_slots),
                         .wraps = ARENA_ARRAY(scratch, uint8_t, n_links),
                         .position = ARENA_ARRAY(scratch, uint32_t, n_links),
                         .link_at = ARENA_ARRAY(scratch, uint32_t, n_links),
                         .mark = ARENA_ARRAY(scratch, uint32_t, n_links),
                         .before = ARENA_ARRAY(scratch, uint32_t, n_links),
                         .after = ARENA_ARRAY(scratch, uint32_t, n_links),
                         .place = ARENA_ARRAY(scratch, uint32_t, n_links)};
    memset(search.link_of, 0xff, n_slots * sizeof *search.link_of);
    for (uint32_t i = 0; i < n_links; i++) {
        const RouterLink *link = &topology->router_link[i];
        search.link_of[(size_t)link->from * SIDE_SLOTS + link->side] = i;
        search.wraps[i] = router_link_wraps(topology, i);
    }
    return search;
}

void topology_add_turns(Arena *arena, Arena *scratch, Topology *topology)
{
    TurnSearch search = make_search(arena, scratch, topology);
    bool is_whole = is_whole_grid(&search);
    if (is_whole && topology->chip->fabric.turns != TURNS_X_FIRST)
        allow_odd_even(&search);
    else if (is_whole)
        allow_dimension_order(&search);
    else
        allow_up_down(scratch, &search);
    CHECK(sort_links(&search)); /* all bases are free of cycles by construction */
    allow_further(&search);
    topology->turns = search.turns;
    prove(scratch, topology);
}
