/* crew_points.c - the work of a crew that is a sweep: points, with what they share in memory and in
 * the folder `cache`. */
#include "base/file.h"
#include "crew_work.h"
#include "point.h"

static void *open_points(const Plan *plan, const char *folder)
{
    Arena *scratch = arena_new();
    PointCache *cache = point_cache_new(plan, file_join(scratch, folder, "cache"));

    arena_free(scratch);
    return cache;
}

static void close_points(void *context)
{
    point_cache_free(context);
}

static void run_point(void *context, Arena *arena, Task task, Result *out)
{
    point_run(context, arena, task, out);
}

CrewWork crew_points(Arena *arena, const Plan *plan)
{
    return (CrewWork){.open = open_points,
                      .close = close_points,
                      .run = run_point,
                      .group = point_groups(arena, plan)};
}

Status crew_open(Arena *arena, const Plan *plan, const char *folder, uint32_t n_workers,
                 Executor **out, Err *err)
{
    const CrewPlace place = {.plan = plan, .folder = folder, .work = crew_points(arena, plan)};

    return crew_open_with(arena, &place, n_workers, out, err);
}
