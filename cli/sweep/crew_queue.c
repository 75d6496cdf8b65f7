/* crew_queue.c - groups of tasks, handed out whole, halved when the others have run dry.
 *
 * The tasks are put in order by group (groups in the order of their first tasks, tasks of a group
 * in the order given), and each group is a range of that order. A worker works a range of its own
 * from the front. When it is through, it gets the next range that nobody has; when there is none,
 * the rear half of what the worker with most to do has left. So what a group shares is made as
 * often as there are ranges of it: once, but for the last few.
 */
#include "crew_queue.h"

#include <stdlib.h>

#include "base/check.h"

typedef struct Range {
    uint32_t begin, end; /* in `order` */
} Range;

typedef struct Place {
    uint64_t group;
    uint32_t first; /* task of its group */
    uint32_t task;
} Place;

struct TaskQueue {
    uint32_t n_ranges, next_range, n_workers;
    const uint32_t *order; /* [n_tasks] */
    const Range *range;    /* [n_ranges] */
    Range *own;            /* [n_workers] what each has left */
};

static int by_group(const void *a, const void *b)
{
    const Place *p = a, *q = b;

    if (p->group != q->group)
        return p->group < q->group ? -1 : 1;
    return p->task < q->task ? -1 : p->task > q->task;
}

static int by_first(const void *a, const void *b)
{
    const Place *p = a, *q = b;

    if (p->first != q->first)
        return p->first < q->first ? -1 : 1;
    return p->task < q->task ? -1 : p->task > q->task;
}

static Place *places(Arena *arena, const Task *task, uint32_t n_tasks, const uint64_t *group)
{
    Place *place = ARENA_ARRAY(arena, Place, n_tasks);

    for (uint32_t i = 0; i < n_tasks; i++)
        place[i] = (Place){.group = group == NULL ? 0 : group[task[i].point], .task = i};
    if (group == NULL)
        return place;
    qsort(place, n_tasks, sizeof *place, by_group);
    for (uint32_t i = 0; i < n_tasks; i++)
        place[i].first =
            i > 0 && place[i].group == place[i - 1].group ? place[i - 1].first : place[i].task;
    qsort(place, n_tasks, sizeof *place, by_first);
    return place;
}

TaskQueue *task_queue_new(Arena *arena, const Task *task, uint32_t n_tasks, const uint64_t *group,
                          uint32_t n_workers)
{
    TaskQueue *queue = ARENA_ARRAY(arena, TaskQueue, 1);
    const Place *place = places(arena, task, n_tasks, group);
    uint32_t *order = ARENA_ARRAY(arena, uint32_t, n_tasks);
    Range *range = ARENA_ARRAY(arena, Range, n_tasks);

    for (uint32_t i = 0; i < n_tasks; i++) {
        order[i] = place[i].task;
        if (i == 0 || place[i].first != place[i - 1].first)
            range[queue->n_ranges++].begin = i;
        range[queue->n_ranges - 1].end = i + 1;
    }
    queue->order = order;
    queue->range = range;
    queue->n_workers = n_workers;
    queue->own = ARENA_ARRAY(arena, Range, n_workers);
    return queue;
}

static uint32_t left(Range range)
{
    return range.end - range.begin;
}

/* The rear half of what the worker with most to do has left; of one task that task. */
static Range take_half(TaskQueue *queue)
{
    Range *most = &queue->own[0];

    for (uint32_t w = 1; w < queue->n_workers; w++)
        if (left(queue->own[w]) > left(*most))
            most = &queue->own[w];
    const Range half = {most->begin + left(*most) / 2, most->end};
    most->end = half.begin;
    return half;
}

bool task_queue_take(TaskQueue *queue, uint32_t worker, uint32_t *task)
{
    CHECK(worker < queue->n_workers);
    Range *own = &queue->own[worker];

    if (left(*own) == 0)
        *own = queue->next_range < queue->n_ranges ? queue->range[queue->next_range++]
                                                   : take_half(queue);
    if (left(*own) == 0)
        return false;
    *task = queue->order[own->begin++];
    return true;
}
