/* sweep_view.c - what became of each point of a sweep, once for all sections of its page. */
#include "sweep_view.h"

#include <math.h>

#include "base/check.h"
#include "front.h"

const char *point_kind_name(PointKind kind)
{
    static const char *const names[] = {
#define X(NAME, name, title) #name,
        POINT_KIND_LIST(X)
#undef X
    };
    return names[kind];
}

const char *point_kind_title(PointKind kind)
{
    static const char *const titles[] = {
#define X(NAME, name, title) title,
        POINT_KIND_LIST(X)
#undef X
    };
    return titles[kind];
}

bool view_bad(const SweepLimit *limit, const Result *result)
{
    const uint32_t metric = result_metric(limit->metric);

    CHECK(metric < N_RESULT_METRICS);
    if (!result->has[metric])
        return true;
    return !(result->value[metric] >= limit->min && result->value[metric] <= limit->max);
}

static const Result *counted(const SweepView *view, uint32_t point)
{
    return results_at(view->results, (Task){point, FIDELITY_COUNT});
}

static PointKind kind_of(const SweepView *view, uint32_t point)
{
    const Result *result = view->result[point];

    if (result == NULL)
        return POINT_MISSING;
    if (result->status == RESULT_SCREENED)
        return POINT_SCREENED;
    if (result->status != RESULT_OK)
        return POINT_FAILED;
    for (uint32_t i = 0; i < view->sweep->n_limits; i++)
        if (view_bad(&view->sweep->limit[i], result))
            return POINT_BEYOND;
    return POINT_BEHIND;
}

static void take_points(Arena *arena, SweepView *view)
{
    const uint32_t n = view->plan->n_points;

    view->result = ARENA_ARRAY(arena, const Result *, n);
    view->kind = ARENA_ARRAY(arena, uint8_t, n);
    for (uint32_t i = 0; i < n; i++) {
        view->result[i] = results_at(view->results, (Task){i, view->fidelity});
        if (view->result[i] == NULL && view->sweep->multi && counted(view, i) != NULL &&
            counted(view, i)->status != RESULT_OK)
            view->result[i] = counted(view, i);
        view->kind[i] = (uint8_t)kind_of(view, i);
    }
}

static void take_front(Arena *arena, SweepView *view)
{
    const Sweep *sweep = view->sweep;
    const uint32_t *point;

    if (sweep->n_objectives == 0)
        return;
    view->n_front = front_of(arena, view->plan, view->results, view->fidelity, sweep->objective,
                             sweep->n_objectives, &view->front);
    for (uint32_t i = 0; i < view->n_front; i++)
        view->kind[view->front[i]] = POINT_FRONT;
    if (!sweep->confirm)
        return;
    view->confirmed = ARENA_ARRAY(arena, bool, view->plan->n_points);
    const uint32_t n = front_of(arena, view->plan, view->results, FIDELITY_FLIT, sweep->objective,
                                sweep->n_objectives, &point);
    for (uint32_t i = 0; i < n; i++)
        view->confirmed[point[i]] = true;
}

static void take_names(Arena *arena, SweepView *view)
{
    const Plan *plan = view->plan;
    const Sweep *sweep = view->sweep;

    view->n_objectives =
        sweep->n_objectives < PAGE_OBJECTIVES ? sweep->n_objectives : PAGE_OBJECTIVES;
    PageObjective *objective = ARENA_ARRAY(arena, PageObjective, view->n_objectives);
    for (uint32_t i = 0; i < view->n_objectives; i++)
        objective[i] = (PageObjective){.metric = sweep->objective[i].metric,
                                       .number = result_metric(sweep->objective[i].metric),
                                       .larger_is_better = sweep->objective[i].larger_is_better};
    view->objective = objective;
    view->n_keys = plan->n_varied < PAGE_KEYS ? plan->n_varied : PAGE_KEYS;
    KeyScale *scale = ARENA_ARRAY(arena, KeyScale, view->n_keys);
    for (uint32_t i = 0; i < view->n_keys; i++)
        scale[i] = key_scale(arena, plan, i);
    view->scale = scale;
}

const SweepView *sweep_view_make(Arena *arena, const Plan *plan, const Results *results)
{
    SweepView *view = ARENA_ARRAY(arena, SweepView, 1);

    *view = (SweepView){
        .plan = plan, .sweep = plan->sweep, .results = results, .fidelity = plan->sweep->fidelity};
    take_points(arena, view);
    take_front(arena, view);
    take_names(arena, view);
    for (uint32_t i = 0; i < plan->n_points; i++)
        view->n_kind[view->kind[i]]++;
    view->n_simulated =
        view->n_kind[POINT_FRONT] + view->n_kind[POINT_BEHIND] + view->n_kind[POINT_BEYOND];
    return view;
}

bool view_is_simulated(const SweepView *view, uint32_t point)
{
    return view->kind[point] <= POINT_BEYOND;
}

double view_value(const SweepView *view, uint32_t metric, uint32_t point)
{
    const Result *result = view->result[point];

    return view_is_simulated(view, point) && result->has[metric] ? result->value[metric]
                                                                 : (double)NAN;
}

double view_place(const SweepView *view, uint32_t metric, uint32_t point)
{
    const Result *result = counted(view, point);

    if (view_is_simulated(view, point))
        return view_value(view, metric, point);
    if (result == NULL || result->status != RESULT_OK || !result->has[metric])
        return (double)NAN;
    return result->value[metric];
}

/* ---- one axis -------------------- */

/* Does the second key only ever go one way when the first goes up? */
static bool follows(const KeyScale *first, const KeyScale *second, const uint32_t *point)
{
    bool up = true, down = true;

    if (!second->is_number)
        return second->n_values == 1;
    for (uint32_t v = 1; v < first->n_values; v++) {
        const uint32_t before = second->of_point[point[v - 1]], now = second->of_point[point[v]];
        up = up && before <= now;
        down = down && before >= now;
    }
    return up || down;
}

uint32_t view_axis_key(const SweepView *view)
{
    const uint32_t n = view->plan->n_points;

    if (view->n_keys == 0 || view->n_keys < view->plan->n_varied || !view->scale[0].is_number ||
        view->scale[0].n_values != n || n < 2)
        return view->n_keys;
    Arena *scratch = arena_new();
    uint32_t *point = ARENA_ARRAY(scratch, uint32_t, n); /* by value of the first key */
    bool one = true;
    for (uint32_t i = 0; i < n; i++)
        point[view->scale[0].of_point[i]] = i;
    for (uint32_t k = 1; k < view->n_keys && one; k++)
        one = follows(&view->scale[0], &view->scale[k], point);
    arena_free(scratch);
    return one ? 0 : view->n_keys;
}
