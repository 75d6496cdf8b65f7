/* sync.h - when a step may begin: at once when its inputs are there, or with all others.
 *
 * dataflow: nothing is held back. barrier: time is cut into supersteps. In superstep s the host sends
 * the input of one step, and each layer updates with what came in supersteps before: layer l is one
 * superstep behind layer l - 1. A superstep ends when no core is at work and no packet is under way;
 * the next begins barrier_ns after that. Pipelined, the host sends a step every superstep;
 * sequential, when the step before has gone through all layers.
 */
#ifndef SIM_SYNC_H
#define SIM_SYNC_H

#include "plan.h"
#include "sim/sim.h"
#include "wheel.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Sync {
    SimSync kind;
    uint64_t superstep;  /* that goes on; NEVER: there are none                          */
    uint64_t spacing;    /* supersteps from one step to the next                         */
    uint64_t barrier_ps; /* from the end of one to the begin of the next                 */
    uint64_t waited_ps;  /* in all of these so far                                       */
    uint64_t moves;      /* of the machine, up to the last barrier                       */
} Sync;

/* sync_init - before the first superstep of a run of that plan. */
void sync_init(Sync *sync, const SimOptions *options, const Plan *plan);

/* sync_allows - may the step be at this stage (0: the host, l + 1: layer l) by now? */
static inline bool sync_allows(const Sync *sync, uint64_t step, uint32_t stage)
{
    return sync->superstep == NEVER || step * sync->spacing + stage <= sync->superstep;
}

/* sync_next - the superstep has ended; returns when the next begins. */
uint64_t sync_next(Sync *sync, uint64_t end_ps);

/* sync_supersteps - begun so far. */
uint64_t sync_supersteps(const Sync *sync);

#ifdef __cplusplus
}
#endif
#endif
