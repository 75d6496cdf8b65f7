/* plan.h - which cores each layer may take: layers in groups, each group with slots of its own.
 *
 * The layers of a group share its slots; each takes all of them or as many as it is better off
 * with. Every layer in a group of its own is the usual layout; all layers in one group lets each layer
 * run on all cores.
 */
#ifndef COMPILER_PLAN_H
#define COMPILER_PLAN_H

#include "estimate.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Plan {
    uint32_t n_groups;
    uint32_t *group_of; /* [n_layers]                          */
    uint32_t *n_slots;  /* [n_groups] slots of each            */
    uint32_t *count;    /* [n_layers] at most so many of them  */
    Estimate estimate;  /* by plan_estimate                    */
} Plan;

Plan plan_new(Arena *arena, uint32_t n_layers);
void plan_copy(Plan *to, const Plan *from, uint32_t n_layers);

/* plan_count - slots that the layer takes: no more than its group has, nor than it has units. */
uint32_t plan_count(const Mapping *mapping, const Plan *plan, uint32_t layer);

/* plan_estimate - as if units and weights were spread evenly. `scratch` is reset. cost:
 * O(layers^2) */
Estimate plan_estimate(Arena *scratch, const Mapping *mapping, const Plan *plan);

/* The best plan of each kind that was tried: a kind is a grouping, and which layers take fewer
 * slots than they could. Best first. */
typedef struct PlanList {
    uint32_t n, max;
    Plan *plan; /* [max] */
} PlanList;

PlanList plan_list_new(Arena *arena, uint32_t n_layers, uint32_t max);

/* plan_search - the best sizes for the groups that stand in the plan, of at most `limit` slots.
 * least: [n_groups] sizes known to fit, tried first, or NULL. All that fits and is the best of its
 * kind enters the list. False if nothing was found that fits. cost: O(groups^2 * log limit) estimates a
 * round */
bool plan_search(Arena *scratch, const Mapping *mapping, uint32_t limit, const uint32_t *least,
                 Plan *plan, PlanList *list);

#ifdef __cplusplus
}
#endif
#endif
