/* grouping.h - which cores each layer may take: layers in groups, each group with slots of its
 * own.
 *
 * The layers of a group share its slots; each takes all of them or as many as it is better off
 * with. Every layer in a group of its own is the usual layout; all layers in one group lets each
 * layer run on all cores.
 */
#ifndef COMPILER_GROUPING_H
#define COMPILER_GROUPING_H

#include "estimate.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Grouping {
    uint32_t n_groups;
    uint32_t *group_of; /* [n_layers]                          */
    uint32_t *n_slots;  /* [n_groups] slots of each            */
    uint32_t *count;    /* [n_layers] at most so many of them  */
    Estimate estimate;  /* by grouping_estimate                    */
} Grouping;

Grouping grouping_new(Arena *arena, uint32_t n_layers);
void grouping_copy(Grouping *to, const Grouping *from, uint32_t n_layers);

/* grouping_count - slots that the layer takes: no more than its group has, nor than it has units. */
uint32_t grouping_count(const Mapping *mapping, const Grouping *grouping, uint32_t layer);

/* grouping_load - as if units and weights were spread evenly. grouping_estimate - the same, as an
 * Estimate; `scratch` is reset. cost: O(layers^2) */
Load grouping_load(Arena *scratch, const Mapping *mapping, const Grouping *grouping);
Estimate grouping_estimate(Arena *scratch, const Mapping *mapping, const Grouping *grouping);

/* The best grouping of each kind that was tried: a kind is which layers share, which take fewer
 * slots than they could, and which have one unit a slot. Best first. */
typedef struct GroupingList {
    uint32_t n, max;
    Grouping *grouping; /* [max] */
} GroupingList;

GroupingList grouping_list_new(Arena *arena, uint32_t n_layers, uint32_t max);

/* grouping_search - the best sizes for the groups that stand in the grouping, of at most `limit`
 * slots. least: [n_groups] sizes known to fit, tried first, or NULL. All that fits and is the
 * best of its kind enters the list. False if nothing was found that fits. cost: O(groups^2 * log
 * limit) estimates a round */
bool grouping_search(Arena *scratch, const Mapping *mapping, uint32_t limit, const uint32_t *least,
                     Grouping *grouping, GroupingList *list);

#ifdef __cplusplus
}
#endif
#endif
