/* crew_work.h - what workers do: the points of a sweep, or what a test wants. */
#ifndef CLI_CREW_WORK_H
#define CLI_CREW_WORK_H

#include "crew.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CrewWork {
    /* In the worker, once, before its first task; and after its last. */
    void *(*open)(const Plan *plan, const char *folder);
    void (*close)(void *context);
    /* A task; `origin` is filled by the crew. */
    void (*run)(void *context, Arena *arena, Task task, Result *out);
    const uint64_t *group; /* [n_points] those of one are best done by one worker; NULL: all one */
} CrewWork;

/* Where, and of what. */
typedef struct CrewPlace {
    const Plan *plan;
    const char *folder; /* of the sweep */
    CrewWork work;
} CrewPlace;

/* crew_open_with - crew_open, with any work. */
Status crew_open_with(Arena *arena, const CrewPlace *place, uint32_t n_workers, Executor **out,
                      Err *err);

/* crew_points - that of a sweep. */
CrewWork crew_points(Arena *arena, const Plan *plan);

#ifdef __cplusplus
}
#endif
#endif
