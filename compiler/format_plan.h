/* format_plan.h - formats of whole matrices, compared by the estimate of whole mappings.
 *
 * What a format costs a core says little about what it costs a token: rows that are applied as
 * events arrive hide behind waiting for the next ones, weights that are read at the update do not.
 * So plans are compared that fix the format of a layer's input or recurrent matrix on all its cores
 * (Mapping.format_plan), beside the one that leaves each core what costs it least; for the least
 * memory only those with one format for all.
 */
#ifndef COMPILER_FORMAT_PLAN_H
#define COMPILER_FORMAT_PLAN_H

#include "estimate.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { MAX_FORMAT_PLANS = 1 + N_FORMATS }; /* before any are mixed */

/* format_plans - first the one that leaves all matrices free, then each format for all of them;
 * only the first where the options, or many layers, leave nothing to compare. Returns how many. */
uint32_t format_plans(Arena *arena, const Mapping *mapping, int32_t *plan[MAX_FORMAT_PLANS]);

/* An estimate of the Mapping under the format plan that it has. */
typedef Estimate (*PlanEstimate)(void *context);

/* format_plan_improve - matrix after matrix takes the format that the estimate likes best, as long
 * as that helps, in at most n_estimates. best: of the plan that the mapping has, updated. False if
 * nothing is better. */
bool format_plan_improve(Mapping *mapping, PlanEstimate estimate, void *context,
                         uint32_t n_estimates, Estimate *best);

/* format_plan_of_split - the plan for units dealt in earnest: the Mapping's, or a better one.
 * cost: that of load_of_split, then O(slots * layers) for each of a bounded number of plans */
void format_plan_of_split(Arena *scratch, Mapping *mapping, const Split *split);

#ifdef __cplusplus
}
#endif
#endif
