/* core_array.h - an update with dense blocks: what the core does before, beside and after the jobs
 * of its MAC array. Rules at the head of core_array.c.
 */
#ifndef SIM_CORE_ARRAY_H
#define SIM_CORE_ARRAY_H

#include "plan.h"

#ifdef __cplusplus
extern "C" {
#endif

struct CoreModel;

typedef enum ArrayPart {
    ARRAY_NONE,   /* no update with dense blocks is under way, or only its last part is left */
    ARRAY_STARTS, /* the core sets up the next job                                           */
    ARRAY_WORKS   /* the array works, until edge `until`                                     */
} ArrayPart;

typedef struct CoreArray {
    ArrayPart part;
    uint32_t job;           /* matrix of the job: 0 input, 1 recurrent                     */
    uint64_t step;          /* of the update                                               */
    uint64_t until;         /* core edge at which the job is done                          */
    uint64_t beside_cycles; /* of the update, that the core can do while the array works   */
    uint64_t after_cycles;  /* of the update, that need all sums                           */
} CoreArray;

typedef struct ArrayUpdate { /* of a slice, from begin to end if nothing else comes         */
    uint64_t core_cycles;    /* that the update takes of the core                           */
    uint64_t array_cycles;   /* of its MAC array                                            */
    uint64_t least_cycles;   /* until the units are updated                                 */
} ArrayUpdate;

/* array_update - an update of a slice, whose weights take `weight_cycles` of the core, with the
 * built-in array or none. */
ArrayUpdate array_update(const Plan *plan, uint32_t slice, uint64_t weight_cycles);

/* array_begin - an update of a slice begins on its core: counts it; returns the cycles of its first
 * part, or of all of it where it has no dense block. */
uint64_t array_begin(struct CoreModel *cores, uint32_t slice, uint64_t step);

/* array_next - the core is free at edge `cycle`, with part not ARRAY_NONE. True: it goes on with
 * the update for *cycles; false: it has nothing to do for it until the array is done. */
bool array_next(struct CoreModel *cores, uint32_t core, uint64_t cycle, uint64_t *cycles);

#ifdef __cplusplus
}
#endif
#endif
