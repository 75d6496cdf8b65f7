/* crew.h - worker processes of one machine, and what they are to do.
 *
 * The manager forks its workers before anything else and hands out tasks one by one, those of a
 * group (point_groups) to one worker as far as that goes. A worker runs a task, writes its result
 * into its log, and says so. One that dies is replaced, its task tried again up to CREW_ATTEMPTS
 * times in all; one that takes too long or too much memory is ended, and that is the result. A
 * worker whose manager has died ends at once. */
#ifndef CLI_CREW_H
#define CLI_CREW_H

#include "sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CREW_ATTEMPTS = 3, /* of a task that its worker dies of                                    */
    CREW_KILLS = 10    /* of one whose worker is killed: by somebody, or for want of memory     */
};

/* Who works on tasks: processes here, ranks of MPI. */
typedef struct Executor {
    const char *name;
    uint32_t n_workers;
    /* All tasks; `done` is told of each result in the order in which they come, and keeps a copy if
     * it wants one. It may ask for an end: then no new task is begun. Errors: IO, INTERRUPTED,
     * INTERNAL. */
    Status (*run)(struct Executor *executor, const Task *task, uint32_t n_tasks,
                  bool (*done)(void *context, const Result *result), void *context, Err *err);
    void (*close)(struct Executor *executor); /* workers end */
} Executor;

/* crew_open - `folder` is the sweep's (logs, cache). Errors: IO. */
Status crew_open(Arena *arena, const Plan *plan, const char *folder, uint32_t n_workers,
                 Executor **out, Err *err);

#ifdef __cplusplus
}
#endif
#endif
