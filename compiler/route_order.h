/* route_order.h - targets of a demand by distance, and walks with the longest axis first. */
#ifndef COMPILER_ROUTE_ORDER_H
#define COMPILER_ROUTE_ORDER_H

#include "route.h"

enum { MAX_RADIUS = 20, FEW_MEMBERS = 32 };

typedef struct RingStep { /* from a cell to one on a ring around it */
    int32_t dx, dy;
} RingStep;

typedef struct TargetOrder {
    const Topology *graph;
    uint32_t *target;    /* [n_routers]                                       */
    uint32_t *distance;  /* [n_routers] from the root, of each target          */
    uint32_t *count;     /* [longest distance + 2]                             */
    uint32_t *router_at; /* [height * width] router in a cell, or ROUTE_NONE  */
    uint32_t n_rings;
    RingStep *ring; /* [n_rings] by distance, up to MAX_RADIUS            */
} TargetOrder;

TargetOrder *target_order_new(Arena *arena, const Topology *graph);

/* target_order_sort - the targets, nearest to the root first, then by id; valid until the next
 * call. cost: O(targets + longest distance) */
const uint32_t *target_order_sort(TargetOrder *order, const Demand *demand);

/* router_beside - the router that many cells away, or ROUTE_NONE. */
uint32_t router_beside(const TargetOrder *order, uint32_t router, const RingStep *step);

/* route_by_walks - the frame of the strategies that walk along axes: for each demand `join` adds
 * ways to the targets that are missing; what is missing then is reached by tree_finish. */
typedef void (*JoinTargets)(TreeSearch *search, TargetOrder *order, const Demand *demand);
Status route_by_walks(Arena *arena, const RouteTask *task, JoinTargets join, Tree *tree, Err *err);

/* join_longest_first - route_join_walk along the axis with most steps first; ties: the lower axis.
 * */
bool join_longest_first(TreeSearch *search, uint32_t from, uint32_t to);

#endif
