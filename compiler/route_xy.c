/* route_xy.c - dimension order: along x first, then the diagonal (six sides), then y.
 *
 * The ways of one root to all its targets overlap in a tree by themselves: packets leave a row only
 * in the column of the target. Where a link on the way is missing, or a turn is not allowed (over
 * the wrap, or as `fabric.turns` of the chip starts from another model), another order of axes or
 * another way round is taken, and at last the shortest way of allowed turns from the tree.
 * Cost: O(sum of distances).
 */
#include "route_order.h"

static void join_targets(TreeSearch *search, TargetOrder *order, const Demand *demand)
{
    static const uint32_t x_first[] = {0, 1, 2};
    (void)order;
    for (uint32_t i = 0; i < demand->n_targets; i++)
        if (search->missing[demand->target[i]])
            route_join_walk(search, demand->root, demand->target[i], x_first);
}

Status route_xy(Arena *arena, const RouteTask *task, Tree *tree, Err *err)
{
    return route_by_walks(arena, task, join_targets, tree, err);
}
