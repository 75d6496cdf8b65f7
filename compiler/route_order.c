/* route_order.c - what the strategies that join target after target share. */
#include "route_order.h"

#include <stdlib.h>
#include <string.h>

enum { N_AXES_MAX = ROUTE_MAX_SIDES / 2 };

static uint32_t longest_distance(const Topology *graph)
{
    return graph->router_width + graph->router_height;
}

/* Steps to a cell that many columns and rows away, on a grid without an end. */
static uint32_t ring_of(const Topology *graph, int32_t dx, int32_t dy)
{
    uint32_t x = (uint32_t)abs(dx), y = (uint32_t)abs(dy);
    if (graph->n_sides == 6 && (dx > 0) == (dy > 0) && dx != 0 && dy != 0)
        return x > y ? x : y;
    return x + y;
}

/* Cells by distance, nearest first; then by row and column. */
static void list_rings(Arena *arena, TargetOrder *order)
{
    uint32_t width = 2 * MAX_RADIUS + 1;
    order->ring = ARENA_ARRAY(arena, RingStep, (size_t)width * width);
    for (uint32_t ring = 1; ring <= MAX_RADIUS; ring++)
        for (int32_t dy = -MAX_RADIUS; dy <= MAX_RADIUS; dy++)
            for (int32_t dx = -MAX_RADIUS; dx <= MAX_RADIUS; dx++)
                if (ring_of(order->graph, dx, dy) == ring)
                    order->ring[order->n_rings++] = (RingStep){dx, dy};
}

TargetOrder *target_order_new(Arena *arena, const Topology *graph)
{
    TargetOrder *order = ARENA_ARRAY(arena, TargetOrder, 1);
    size_t n_cells = (size_t)graph->router_width * graph->router_height;
    *order = (TargetOrder){.graph = graph,
                           .target = ARENA_ARRAY(arena, uint32_t, graph->n_routers),
                           .distance = ARENA_ARRAY(arena, uint32_t, graph->n_routers),
                           .count = ARENA_ARRAY(arena, uint32_t, longest_distance(graph) + 2),
                           .router_at = ARENA_ARRAY(arena, uint32_t, n_cells)};
    memset(order->router_at, 0xFF, n_cells * sizeof *order->router_at);
    for (uint32_t r = 0; r < graph->n_routers; r++)
        order->router_at[(size_t)graph->router_cell[r].y * graph->router_width +
                         graph->router_cell[r].x] = r;
    list_rings(arena, order);
    return order;
}

uint32_t router_beside(const TargetOrder *order, uint32_t router, const RingStep *step)
{
    const Topology *graph = order->graph;
    int32_t width = (int32_t)graph->router_width, height = (int32_t)graph->router_height;
    int32_t x = (int32_t)graph->router_cell[router].x + step->dx;
    int32_t y = (int32_t)graph->router_cell[router].y + step->dy;
    if (graph->router_wrap) {
        x = (x % width + width) % width;
        y = (y % height + height) % height;
    }
    if (x < 0 || y < 0 || x >= width || y >= height)
        return ROUTE_NONE;
    return order->router_at[(size_t)y * graph->router_width + (size_t)x];
}

const uint32_t *target_order_sort(TargetOrder *order, const Demand *demand)
{
    uint32_t *count = order->count, n_counts = longest_distance(order->graph) + 2;
    memset(count, 0, n_counts * sizeof *count);
    for (uint32_t i = 0; i < demand->n_targets; i++) {
        order->distance[i] = route_distance(order->graph, demand->root, demand->target[i]);
        count[order->distance[i] + 1]++;
    }
    for (uint32_t i = 1; i < n_counts; i++)
        count[i] += count[i - 1];
    for (uint32_t i = 0; i < demand->n_targets; i++)
        order->target[count[order->distance[i]]++] = demand->target[i];
    return order->target;
}

bool join_longest_first(TreeSearch *search, uint32_t from, uint32_t to)
{
    AxisSteps steps = route_axis_steps(search->graph, from, to);
    uint32_t axis[N_AXES_MAX] = {0, 1, 2};
    for (uint32_t i = 1; i < N_AXES_MAX; i++)
        for (uint32_t j = i; j > 0 && abs(steps.n[axis[j]]) > abs(steps.n[axis[j - 1]]); j--) {
            uint32_t swap = axis[j];
            axis[j] = axis[j - 1];
            axis[j - 1] = swap;
        }
    return route_join_walk(search, from, to, axis);
}

Status route_by_walks(Arena *arena, const RouteTask *task, JoinTargets join, Tree *tree, Err *err)
{
    Arena *scratch = arena_new();
    TreeSearch *search = tree_search_new(scratch, task->graph);
    TargetOrder *order = target_order_new(scratch, task->graph);
    Status status = STATUS_OK;
    for (uint32_t d = 0; d < task->n_demands && status == STATUS_OK; d++) {
        const Demand *demand = &task->demand[d];
        tree_begin(search, demand);
        join(search, order, demand);
        if (tree_go_on(search, demand, NULL)) {
            Demand more = {.root = demand->root, .n_targets = demand->n_more};
            more.target = demand->more;
            join(search, order, &more);
        }
        status = tree_finish(search, demand, NULL, err);
        if (status == STATUS_OK)
            tree[d] = tree_take(arena, search);
        tree_end(search, demand);
    }
    arena_free(scratch);
    return status;
}
