/* route_axes.c - ways along the axes of the grid of routers: vectors, and walks that follow them.
 *
 * With four sides (E N W S) the axes are x and y. With six (E NE N W SW S) a step along the
 * diagonal takes one of x and one of y at once, so a vector (x, y) with equal signs is min(|x|,|y|)
 * diagonal steps and the rest straight. On a torus the shortest of all vectors that lead to the
 * same router counts; at a tie the one that crosses the wrap less, x before y.
 */
#include "route.h"

#include <stdlib.h>

enum { MAX_AXES = ROUTE_MAX_SIDES / 2, WAYS_ROUND = 3, MAX_VECTORS = WAYS_ROUND * WAYS_ROUND };

static uint32_t axes(const Topology *graph)
{
    return graph->n_sides / 2;
}

static AxisSteps steps_of(const Topology *graph, int32_t x, int32_t y)
{
    AxisSteps steps = {{x, y, 0}};
    if (axes(graph) == 3) {
        int32_t diagonal = 0;
        if ((x > 0) == (y > 0) && x != 0 && y != 0)
            diagonal = abs(x) < abs(y) ? x : y;
        steps = (AxisSteps){{x - diagonal, diagonal, y - diagonal}};
    }
    return steps;
}

static uint32_t length(const AxisSteps *steps)
{
    return (uint32_t)(abs(steps->n[0]) + abs(steps->n[1]) + abs(steps->n[2]));
}

/* All vectors that lead there, shortest first; returns how many. */
static uint32_t list_vectors(const Topology *graph, uint32_t from, uint32_t to, AxisSteps *vector)
{
    static const int32_t round[WAYS_ROUND] = {0, 1, -1};
    const Cell2d *a = &graph->router_cell[from], *b = &graph->router_cell[to];
    int32_t x = (int32_t)b->x - (int32_t)a->x, y = (int32_t)b->y - (int32_t)a->y;
    uint32_t n = 0, n_ways = graph->router_wrap ? WAYS_ROUND : 1;
    for (uint32_t j = 0; j < n_ways; j++) {
        for (uint32_t i = 0; i < n_ways; i++) {
            AxisSteps steps = steps_of(graph, x + round[i] * (int32_t)graph->router_width,
                                       y + round[j] * (int32_t)graph->router_height);
            uint32_t at = n++;
            for (; at > 0 && length(&vector[at - 1]) > length(&steps); at--)
                vector[at] = vector[at - 1];
            vector[at] = steps;
        }
    }
    return n;
}

AxisSteps route_axis_steps(const Topology *graph, uint32_t from, uint32_t to)
{
    AxisSteps vector[MAX_VECTORS];
    list_vectors(graph, from, to, vector);
    return vector[0];
}

uint32_t route_distance(const Topology *graph, uint32_t from, uint32_t to)
{
    AxisSteps steps = route_axis_steps(graph, from, to);
    return length(&steps);
}

uint32_t route_walk(const Topology *graph, uint32_t from, const AxisSteps *steps,
                    const uint32_t *axis_order, uint32_t *link)
{
    uint32_t n = 0, at = from;
    if (length(steps) > graph->n_router_links)
        return 0;
    for (uint32_t i = 0; i < axes(graph); i++) {
        uint32_t axis = axis_order[i], side = axis;
        if (steps->n[axis] < 0)
            side += axes(graph);
        for (int32_t step = abs(steps->n[axis]); step > 0; step--) {
            uint32_t next = topology_link_at(graph, at, side);
            if (next == ROUTE_NONE)
                return 0;
            link[n++] = next;
            at = graph->router_link[next].to;
        }
    }
    return n;
}

static bool try_walk(TreeSearch *search, uint32_t from, const AxisSteps *steps,
                     const uint32_t *axis_order)
{
    uint32_t n_links = route_walk(search->graph, from, steps, axis_order, search->path);
    return n_links > 0 && tree_join(search, search->path, n_links);
}

bool route_join_walk(TreeSearch *search, uint32_t from, uint32_t to, const uint32_t *axis_order)
{
    static const uint32_t order_2[][MAX_AXES] = {{0, 1}, {1, 0}};
    static const uint32_t order_3[][MAX_AXES] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                                 {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    const uint32_t(*order)[MAX_AXES] = axes(search->graph) == 2 ? order_2 : order_3;
    uint32_t n_orders = axes(search->graph) == 2 ? 2 : 6;
    AxisSteps vector[MAX_VECTORS];
    uint32_t n_vectors = list_vectors(search->graph, from, to, vector);
    for (uint32_t v = 0; v < n_vectors && length(&vector[v]) == length(&vector[0]); v++) {
        if (try_walk(search, from, &vector[v], axis_order))
            return true;
        for (uint32_t o = 0; o < n_orders; o++)
            if (try_walk(search, from, &vector[v], order[o]))
                return true;
    }
    return false;
}
