/* crew_queue.h - which task next: neighbours to one worker, as far as that goes. */
#ifndef CLI_CREW_QUEUE_H
#define CLI_CREW_QUEUE_H

#include "sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct TaskQueue TaskQueue;

/* task_queue_new - group[point] as of point_groups, NULL: all points are one group.
 * cost: O(n log n) */
TaskQueue *task_queue_new(Arena *arena, const Task *task, uint32_t n_tasks, const uint64_t *group,
                          uint32_t n_workers);

/* task_queue_take - the index of a task for that worker; false: there is none left.
 * cost: O(1); O(workers) where it takes from another one */
bool task_queue_take(TaskQueue *queue, uint32_t worker, uint32_t *task);

#ifdef __cplusplus
}
#endif
#endif
