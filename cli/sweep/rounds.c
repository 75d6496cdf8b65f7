/* rounds.c - what a sweep has to simulate next, from what is there.
 *
 * Without screening there is one round: all points. With it (`fidelity: multi`):
 *
 *   1. all points by `count`, which gives each metric exactly or a bound on its better side;
 *   2. round by round by `event`: the front of the bounds of what is left, with what lies just
 *      behind it, ROUND_TASKS at least. A point is left out for good once a timed point within
 *      all limits is at least as good in all objectives as its bounds, and better in one, or if a
 *      bound is beyond a limit: its own values could only be worse. So the front is that of all
 *      points, not an estimate of it;
 *   3. with `confirm: flit` the front again, by `flit`.
 *
 * Rounds do not depend on who works or how many: the next one is found by going through all rounds
 * from the first with the results that are there. Cost: O(points x timed points x objectives).
 */
#include "rounds.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "front.h"

enum { ROUND_TASKS = 16 };

/* ---- what `count` says of a metric -------------------- */

typedef enum Side { SIDE_EXACT, SIDE_BELOW, SIDE_ABOVE, SIDE_UNKNOWN } Side;

static Side side_of(const char *metric)
{
    static const struct {
        const char *pattern;
        Side side;
    } rows[] = {
        {"latency_*", SIDE_BELOW},          {"energy_*", SIDE_BELOW},
        {"tokens_per_second*", SIDE_ABOVE}, {"core_load_*", SIDE_ABOVE},
        {"price_share_*", SIDE_UNKNOWN},    {"power_*", SIDE_UNKNOWN},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (glob_matches(rows[i].pattern, metric))
            return rows[i].side;
    return SIDE_EXACT;
}

static Status fail_side(const Plan *plan, const char *metric, Err *err)
{
    return err_set(err, STATUS_INPUT,
                   "%s: %s: what `count` says of it is no bound on its better side; expected a "
                   "latency, an energy, a rate or a count for `fidelity: multi`",
                   plan->sweep->file, metric);
}

Status rounds_check(const Plan *plan, Err *err)
{
    const Sweep *sweep = plan->sweep;

    if (!sweep->multi)
        return STATUS_OK;
    for (uint32_t i = 0; i < sweep->n_objectives; i++) {
        const SweepObjective *objective = &sweep->objective[i];
        const Side side = side_of(objective->metric);
        if (side != SIDE_EXACT && side != (objective->larger_is_better ? SIDE_ABOVE : SIDE_BELOW))
            return fail_side(plan, objective->metric, err);
    }
    if (sweep->n_objectives == 0)
        return err_set(err, STATUS_INPUT,
                       "%s: nothing to screen by; expected `objectives` with `fidelity: multi`",
                       sweep->file);
    return STATUS_OK;
}

/* ---- screening -------------------- */

typedef enum PointState { LEFT, TIMED, GONE } PointState;

typedef struct Screening {
    const Plan *plan;
    const Results *results;
    Arena *arena;
    uint32_t n_objectives;
    uint8_t *state;      /* [n_points] */
    double *bound;       /* [n_points][n_objectives] smaller is better                         */
    uint32_t *timed;     /* [n_timed] points that screen others: timed, and within all limits   */
    double *timed_value; /* [n_timed][n_objectives] */
    uint32_t n_timed;
    Result *screened; /* [n_screened] */
    uint32_t n_screened;
} Screening;

static double better_of(const SweepObjective *objective, const Result *result)
{
    const uint32_t metric = result_metric(objective->metric);

    CHECK(metric < N_RESULT_METRICS);
    if (!result->has[metric])
        return (double)NAN;
    return objective->larger_is_better ? -result->value[metric] : result->value[metric];
}

/* Is the value beyond the limit? Of a bound: beyond it for certain? */
static bool is_beyond(const SweepLimit *limit, const Result *result, bool is_bound)
{
    const uint32_t metric = result_metric(limit->metric);
    const Side side = is_bound ? side_of(limit->metric) : SIDE_EXACT;

    if (!result->has[metric])
        return !is_bound;
    const double value = result->value[metric];
    const bool above = value > limit->max && (side == SIDE_EXACT || side == SIDE_BELOW);
    const bool below = value < limit->min && (side == SIDE_EXACT || side == SIDE_ABOVE);
    return above || below;
}

static const SweepLimit *limit_broken(const Sweep *sweep, const Result *result, bool is_bound)
{
    for (uint32_t i = 0; i < sweep->n_limits; i++)
        if (is_beyond(&sweep->limit[i], result, is_bound))
            return &sweep->limit[i];
    return NULL;
}

static const char *missing_objective(const Sweep *sweep, const Result *result)
{
    for (uint32_t i = 0; i < sweep->n_objectives; i++)
        if (!result->has[result_metric(sweep->objective[i].metric)])
            return sweep->objective[i].metric;
    return NULL;
}

static void leave_out(Screening *screening, uint32_t point, const char *reason)
{
    const Task task = {.point = point, .fidelity = screening->plan->sweep->fidelity};

    screening->state[point] = GONE;
    if (results_at(screening->results, task) != NULL)
        return;
    Result *result = &screening->screened[screening->n_screened++];
    *result = result_empty(task);
    result->status = RESULT_SCREENED;
    result->error = reason;
}

static void screening_begin(Arena *arena, Screening *screening, const Plan *plan,
                            const Results *results)
{
    const Sweep *sweep = plan->sweep;

    *screening = (Screening){
        .plan = plan,
        .results = results,
        .arena = arena,
        .n_objectives = sweep->n_objectives,
        .state = ARENA_ARRAY(arena, uint8_t, plan->n_points),
        .bound = ARENA_ARRAY(arena, double, (size_t)plan->n_points * sweep->n_objectives),
        .timed = ARENA_ARRAY(arena, uint32_t, plan->n_points),
        .timed_value = ARENA_ARRAY(arena, double, (size_t)plan->n_points * sweep->n_objectives),
        .screened = ARENA_ARRAY(arena, Result, plan->n_points),
    };
    for (uint32_t i = 0; i < plan->n_points; i++) {
        const Result *counted = results_at(results, (Task){i, FIDELITY_COUNT});
        if (counted->status != RESULT_OK) { /* it is a result, with its reason */
            screening->state[i] = GONE;
            continue;
        }
        for (uint32_t k = 0; k < sweep->n_objectives; k++)
            screening->bound[(size_t)i * sweep->n_objectives + k] =
                better_of(&sweep->objective[k], counted);
        const SweepLimit *limit = limit_broken(sweep, counted, true);
        if (missing_objective(sweep, counted) != NULL)
            leave_out(screening, i,
                      arena_printf(arena, "%s is not among its metrics",
                                   missing_objective(sweep, counted)));
        else if (limit != NULL)
            leave_out(screening, i,
                      arena_printf(arena, "%s is beyond its limit at its bound", limit->metric));
    }
}

/* At least as good in all, and better in one. */
static bool dominates(const double *a, const double *b, uint32_t n)
{
    bool better = false;

    for (uint32_t k = 0; k < n; k++) {
        if (!(a[k] <= b[k]))
            return false;
        better = better || a[k] < b[k];
    }
    return better;
}

static void screen(Screening *screening)
{
    const uint32_t n = screening->n_objectives;

    for (uint32_t i = 0; i < screening->plan->n_points; i++) {
        if (screening->state[i] != LEFT)
            continue;
        for (uint32_t t = 0; t < screening->n_timed; t++)
            if (dominates(&screening->timed_value[(size_t)t * n], &screening->bound[(size_t)i * n],
                          n)) {
                leave_out(screening, i,
                          arena_printf(screening->arena,
                                       "point %" PRIu32 " is better even than its bounds",
                                       screening->timed[t]));
                break;
            }
    }
}

/* The front of the bounds of what is left, and fronts behind it until there are enough; ascending.
 * Returns how many. */
static uint32_t pick_round(Screening *screening, uint32_t *point)
{
    const uint32_t n = screening->n_objectives, n_points = screening->plan->n_points;
    Arena *scratch = arena_new();
    uint32_t *left = ARENA_ARRAY(scratch, uint32_t, n_points);
    double *bound = ARENA_ARRAY(scratch, double, (size_t)n_points *n);
    bool *on = ARENA_ARRAY(scratch, bool, n_points);
    bool *taken = ARENA_ARRAY(scratch, bool, n_points);
    uint32_t n_taken = 0, n_before = 1;

    while (n_taken < ROUND_TASKS && n_before != n_taken) {
        uint32_t n_left = 0;
        n_before = n_taken;
        for (uint32_t i = 0; i < n_points; i++)
            if (screening->state[i] == LEFT && !taken[i]) {
                memcpy(&bound[(size_t)n_left * n], &screening->bound[(size_t)i * n],
                       n * sizeof *bound);
                left[n_left++] = i;
            }
        front_find(scratch, bound, n_left, n, on);
        for (uint32_t i = 0; i < n_left; i++)
            if (on[i]) {
                taken[left[i]] = true;
                n_taken++;
            }
    }
    uint32_t n_picked = 0;
    for (uint32_t i = 0; i < n_points; i++)
        if (taken[i])
            point[n_picked++] = i;
    arena_free(scratch);
    return n_picked;
}

static void add_timed(Screening *screening, uint32_t point, const Result *result)
{
    const Sweep *sweep = screening->plan->sweep;
    double *value = &screening->timed_value[(size_t)screening->n_timed * screening->n_objectives];

    screening->state[point] = TIMED;
    if (result->status != RESULT_OK || limit_broken(sweep, result, false) != NULL)
        return;
    for (uint32_t k = 0; k < screening->n_objectives; k++)
        value[k] = better_of(&sweep->objective[k], result);
    screening->timed[screening->n_timed++] = point;
}

/* ---- rounds -------------------- */

/* Those of n points that have no result yet. */
static void take_missing(Arena *arena, const Results *results, const uint32_t *point, uint32_t n,
                         Fidelity fidelity, Round *out)
{
    Task *task = ARENA_ARRAY(arena, Task, n);

    out->n_tasks = 0;
    for (uint32_t i = 0; i < n; i++) {
        const Task one = {point == NULL ? i : point[i], fidelity};
        if (results_at(results, one) == NULL)
            task[out->n_tasks++] = one;
    }
    out->task = task;
}

static void next_timed(Arena *arena, const Plan *plan, const Results *results, Round *out)
{
    const Fidelity fidelity = plan->sweep->fidelity;
    uint32_t *point = ARENA_ARRAY(arena, uint32_t, plan->n_points);
    Screening screening;

    screening_begin(arena, &screening, plan, results);
    for (;;) {
        screen(&screening);
        const uint32_t n = pick_round(&screening, point);
        take_missing(arena, results, point, n, fidelity, out);
        if (n == 0 || out->n_tasks > 0)
            break;
        for (uint32_t i = 0; i < n; i++)
            add_timed(&screening, point[i], results_at(results, (Task){point[i], fidelity}));
    }
    out->screened = screening.screened;
    out->n_screened = screening.n_screened;
}

Status rounds_next(Arena *arena, const Plan *plan, const Results *results, Round *out, Err *err)
{
    const Sweep *sweep = plan->sweep;

    *out = (Round){0};
    TRY(rounds_check(plan, err));
    take_missing(arena, results, NULL, plan->n_points,
                 sweep->multi ? FIDELITY_COUNT : sweep->fidelity, out);
    if (out->n_tasks > 0 || !sweep->multi)
        return STATUS_OK;
    next_timed(arena, plan, results, out);
    if (out->n_tasks > 0 || !sweep->confirm)
        return STATUS_OK;
    const uint32_t *point;
    const uint32_t n = front_of(arena, plan, results, sweep->fidelity, sweep->objective,
                                sweep->n_objectives, &point);
    take_missing(arena, results, point, n, FIDELITY_FLIT, out);
    return STATUS_OK;
}
