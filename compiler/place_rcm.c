/* place_rcm.c - placement `rcm`: slots that talk to one another stand close in the order, whatever
 * the order of their layers.
 *
 * Slots are the vertices of the graph of place_graph.c, weights aside. The reverse of the order
 * of Cuthill and McKee (1969): breadth first from a vertex at the rim of its component,
 * neighbours by ascending degree, ties by id; then turned round. A vertex at the rim is found by
 * going to the farthest one of least degree until that gets no farther (George and Liu 1979). The
 * order is laid along the curve of place_hilbert.c. Cost: O(pairs * log(degree) + cells) for each
 * walk to the rim, of which there are at most MAX_WALKS for each component.
 */
#include "place.h"

#include <stdlib.h>

enum { MAX_WALKS = 8 };

static uint64_t degree_of(const PlaceGraph *graph, uint32_t slot)
{
    return graph->first[slot + 1] - graph->first[slot];
}

typedef struct Walk { /* breadth first */
    uint32_t *order;  /* [n_slots] slots as they are met                    */
    uint32_t *seen;   /* [n_slots] number of the walk that met it last      */
    uint32_t *level;  /* [n_slots] steps from the start of that walk        */
    uint32_t number;
} Walk;

typedef struct Ranked {
    uint64_t degree;
    uint32_t slot;
} Ranked;

static int by_degree(const void *a, const void *b)
{
    const Ranked *x = a, *y = b;
    if (x->degree != y->degree)
        return x->degree < y->degree ? -1 : 1;
    return (x->slot > y->slot) - (x->slot < y->slot);
}

/* Slots of a component from order[at] on; returns where it ends. ranked (room for all slots): sort
 * the neighbours of each by degree. */
static uint32_t walk_from(const PlaceGraph *graph, Walk *walk, uint32_t start, uint32_t at,
                          Ranked *ranked)
{
    uint32_t end = at + 1;
    walk->number++;
    walk->order[at] = start;
    walk->seen[start] = walk->number;
    walk->level[start] = 0;
    for (; at < end; at++) {
        uint32_t slot = walk->order[at], n_new = 0;
        for (uint64_t i = graph->first[slot]; i < graph->first[slot + 1]; i++) {
            uint32_t next = graph->neighbour[i];
            if (walk->seen[next] == walk->number)
                continue;
            walk->seen[next] = walk->number;
            walk->level[next] = walk->level[slot] + 1;
            ranked[n_new++] = (Ranked){degree_of(graph, next), next};
        }
        qsort(ranked, n_new, sizeof *ranked, by_degree);
        for (uint32_t i = 0; i < n_new; i++)
            walk->order[end++] = ranked[i].slot;
    }
    return end;
}

/* A slot at the rim of the component of `start`; order[at] on is overwritten. */
static uint32_t find_rim(const PlaceGraph *graph, Walk *walk, uint32_t start, uint32_t at,
                         Ranked *ranked)
{
    uint32_t depth = 0;
    for (int i = 0; i < MAX_WALKS; i++) {
        uint32_t end = walk_from(graph, walk, start, at, ranked);
        uint32_t last = walk->level[walk->order[end - 1]], best = walk->order[end - 1];
        for (uint32_t k = end; k > at && walk->level[walk->order[k - 1]] == last; k--)
            if (degree_of(graph, walk->order[k - 1]) <= degree_of(graph, best))
                best = walk->order[k - 1];
        if (i > 0 && last <= depth)
            break;
        depth = last;
        start = best;
    }
    return start;
}

Status place_rcm(Arena *scratch, const PlaceProblem *problem, uint32_t *site_of, Err *err)
{
    (void)err;
    uint32_t n_slots = problem->nets->n_slots, n_done = 0;
    PlaceGraph graph = place_graph(scratch, problem->nets);
    Walk walk = {.order = ARENA_ARRAY(scratch, uint32_t, n_slots),
                 .seen = ARENA_ARRAY(scratch, uint32_t, n_slots),
                 .level = ARENA_ARRAY(scratch, uint32_t, n_slots)};
    Ranked *ranked = ARENA_ARRAY(scratch, Ranked, n_slots);
    for (uint32_t s = 0; s < n_slots; s++) {
        if (walk.seen[s] != 0)
            continue;
        uint32_t start = find_rim(&graph, &walk, s, n_done, ranked);
        n_done = walk_from(&graph, &walk, start, n_done, ranked);
    }
    uint32_t *tile_order = ARENA_ARRAY(scratch, uint32_t, problem->fabric->n_tiles);
    uint32_t *along = ARENA_ARRAY(scratch, uint32_t, n_slots);
    place_curve(scratch, problem->fabric, tile_order);
    place_along(problem, tile_order, along);
    for (uint32_t i = 0; i < n_slots; i++)
        site_of[walk.order[n_slots - 1 - i]] = along[i];
    return STATUS_OK;
}
