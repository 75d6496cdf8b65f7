/* route_ldf.c - longest dimension first: from the root along the axis with most steps.
 *
 * Ways of one root share less than with dimension order but lie apart from one another, so load
 * spreads. Targets join in the order of their distance, so that longer ways find shorter ones to
 * follow. Orders of axes that the turns do not allow give way to others, as in route_xy.c.
 * Cost: O(sum of distances + targets log targets).
 */
#include "route_order.h"

static void join_targets(TreeSearch *search, TargetOrder *order, const Demand *demand)
{
    const uint32_t *target = target_order_sort(order, demand);
    for (uint32_t i = 0; i < demand->n_targets; i++)
        if (search->missing[target[i]])
            join_longest_first(search, demand->root, target[i]);
}

Status route_ldf(Arena *arena, const RouteTask *task, Tree *tree, Err *err)
{
    return route_by_walks(arena, task, join_targets, tree, err);
}
