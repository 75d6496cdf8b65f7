/* rounds.h - which tasks a sweep consists of: a function of the plan and of the results so far. */
#ifndef CLI_ROUNDS_H
#define CLI_ROUNDS_H

#include "sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Round {
    uint32_t n_tasks;
    const Task *task; /* [n_tasks] to be simulated, neighbours share most; 0: all is done   */
    uint32_t n_screened;
    const Result *screened; /* [n_screened] results that follow from others, to be stored now */
} Round;

/* rounds_next - what is missing of the first round that is not complete. It does not matter who
 * makes the results, and in which order: the rounds are the same. Errors: none but INTERNAL. */
Status rounds_next(Arena *arena, const Plan *plan, const Results *results, Round *out, Err *err);

/* rounds_check - can the sweep be screened as it asks? Of every objective and limit `count` must
 * give a bound on the better side, or the value itself. Errors: INPUT. */
Status rounds_check(const Plan *plan, Err *err);

#ifdef __cplusplus
}
#endif
#endif
