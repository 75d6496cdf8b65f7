/* route_ner.c - neighbour exploring routing (Navaridas et al. 2015): targets, nearest to the root
 * first, join the nearest router that the tree has reached.
 *
 * The nearest router is looked for ring by ring, up to MAX_RADIUS steps away; the way from it runs
 * along the longest axis first, and from the root if nothing is near. So trees have few links, and
 * no regard for what other trees do. Ways that links or turns do not allow are repaired by the
 * shortest allowed way from the tree. Cost: O(targets * cells looked at) a demand; where most
 * routers are targets those are few.
 */
#include "route_order.h"

static uint32_t nearest_member(const TreeSearch *search, const TargetOrder *order, uint32_t target)
{
    if (search->n_members <= FEW_MEMBERS) {
        uint32_t nearest = search->member[0], least = UINT32_MAX;
        for (uint32_t m = 0; m < search->n_members && least > 1; m++) {
            uint32_t distance = route_distance(search->graph, search->member[m], target);
            nearest = distance < least ? search->member[m] : nearest;
            least = distance < least ? distance : least;
        }
        return nearest;
    }
    for (uint32_t i = 0; i < order->n_rings; i++) {
        uint32_t router = router_beside(order, target, &order->ring[i]);
        if (router != ROUTE_NONE && search->entered[router] != ROUTE_NONE)
            return router;
    }
    return search->member[0];
}

static void join_targets(TreeSearch *search, TargetOrder *order, const Demand *demand)
{
    const uint32_t *target = target_order_sort(order, demand);
    for (uint32_t i = 0; i < demand->n_targets; i++)
        if (search->missing[target[i]])
            join_longest_first(search, nearest_member(search, order, target[i]), target[i]);
}

Status route_ner(Arena *arena, const RouteTask *task, Tree *tree, Err *err)
{
    return route_by_walks(arena, task, join_targets, tree, err);
}
