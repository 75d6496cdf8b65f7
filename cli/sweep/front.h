/* front.h - points that no other point is better than in all objectives. */
#ifndef CLI_FRONT_H
#define CLI_FRONT_H

#include "sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

/* front_find - on[i]: no other row is at least as good in all columns and better in one; smaller is
 * better. Equal rows are on the front together, or not at all. A row with a NaN is not on it.
 * cost: O(n log n) of two columns, else O(n x front) */
void front_find(Arena *scratch, const double *value, uint32_t n_rows, uint32_t n_columns, bool *on);

/* front_of - points of that fidelity that are simulated, within all limits, and on the front of
 * these objectives; ascending by the first objective, then by point. Returns how many. */
uint32_t front_of(Arena *arena, const Plan *plan, const Results *results, Fidelity fidelity,
                  const SweepObjective *objective, uint32_t n_objectives, const uint32_t **point);

/* front_fidelity - of which the front is told: the finest of all points of the plan, or, where only
 * some were timed (multi), that of the last round. */
Fidelity front_fidelity(const Plan *plan);

#ifdef __cplusplus
}
#endif
#endif
