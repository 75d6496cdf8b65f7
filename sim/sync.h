/* sync.h - when a step may begin: at once when its inputs are there, with all others, or
 * when it is time.
 *
 * dataflow: nothing is held back. barrier: time is cut into supersteps. In superstep s
 * the host sends the input of one step, and each layer updates with what came in
 * supersteps before: layer l is one superstep behind layer l - 1. A superstep ends when
 * no core is at work and no packet is under way; the next begins barrier_ns after that.
 * Pipelined, the host sends a step every superstep; sequential, when the step before has
 * gone through all layers.
 *
 * tick: time is cut into ticks. Tick k begins at k * period, for the cores at their
 * first edge at or after that, and has the place of superstep k: in it the host sends
 * the input of one step and each layer updates one. Nobody waits for anybody: an update
 * uses what its core has received for it, and packets that close a step hold nobody
 * back. Who is still at work when a tick comes does its part as soon as it is free: an
 * overrun. So an event may come after the update that it was meant for has begun (late;
 * the next one uses it), or reach a core so far behind that it has no room for it yet
 * (early; the last update with room uses it): core_tick.c.
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
    uint64_t superstep;        /* or tick that goes on; NEVER: there are none                  */
    uint64_t spacing;          /* of these from one step to the next                           */
    uint64_t barrier_ps;       /* from the end of one to the begin of the next                 */
    uint64_t waited_ps;        /* in all of these so far                                       */
    uint64_t moves;            /* of the machine, up to the last barrier                       */
    uint64_t tick_ps, n_ticks; /* period; up to the last layer's update of the last step  */
} Sync;

/* sync_init - before the first superstep of a run of that plan. */
void sync_init(Sync *sync, const SimOptions *options, const Plan *plan);

/* sync_allows - may the step be at this stage (0: the host, l + 1: layer l) by now? */
static inline bool sync_allows(const Sync *sync, uint64_t step, uint32_t stage)
{
    return sync->superstep == NEVER || step * sync->spacing + stage <= sync->superstep;
}

/* sync_due - the superstep or tick in which that step is at this stage. sync_due_ps - when that
 * tick begins. */
static inline uint64_t sync_due(const Sync *sync, uint64_t step, uint32_t stage)
{
    return step * sync->spacing + stage;
}

static inline uint64_t sync_due_ps(const Sync *sync, uint64_t step, uint32_t stage)
{
    return sync_due(sync, step, stage) * sync->tick_ps;
}

/* sync_tick_ps - when the next tick begins; NEVER: none is left. */
static inline uint64_t sync_tick_ps(const Sync *sync)
{
    return sync->superstep + 1 < sync->n_ticks ? (sync->superstep + 1) * sync->tick_ps : NEVER;
}

/* sync_check - the options of a run. Errors: INPUT (no period, or one beyond all measure),
 * UNSUPPORTED (what ticks cannot drive). */
Status sync_check(const SimOptions *options, const Program *program, uint32_t n_steps, Err *err);

/* sync_next - the superstep has ended; returns when the next begins. */
uint64_t sync_next(Sync *sync, uint64_t end_ps);

/* sync_supersteps - begun so far. */
uint64_t sync_supersteps(const Sync *sync);

#ifdef __cplusplus
}
#endif
#endif
