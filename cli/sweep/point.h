/* point.h - one task of a sweep, from its values to its result. */
#ifndef CLI_POINT_H
#define CLI_POINT_H

#include "sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What neighbouring points share: networks, inputs and their events, programs. Of each the latest
 * is kept in memory; events and programs in files, too, where a folder is given. */
typedef struct PointCache PointCache;

/* point_cache_new - for the points of a plan; `folder` (made if need be) for what is worth a file,
 * or NULL. Several processes may share it. */
PointCache *point_cache_new(const Plan *plan, const char *folder);
void point_cache_free(PointCache *cache);

/* point_run - the result is that of `egret run` with the point's values as options. What goes
 * wrong is a result too: never fails. `origin` is left empty. */
void point_run(PointCache *cache, Arena *arena, Task task, Result *out);

/* point_groups - a number for each point: those with the same share network, events and program,
 * as far as the values tell, and are worth giving to one worker. [n_points] */
const uint64_t *point_groups(Arena *arena, const Plan *plan);

#ifdef __cplusplus
}
#endif
#endif
