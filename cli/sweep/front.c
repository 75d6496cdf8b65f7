/* front.c - points that no other point is better than in all objectives (Kung, Luccio and Preparata
 * 1975 for the sweep over sorted rows).
 *
 * Rows are sorted by column, first column first: what is better than a row in all columns stands
 * before it. So one pass is enough, which holds each row against those that are on the front so
 * far; of two columns against the least second value so far.
 */
#include "front.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* A row to be sorted. */
typedef struct FrontRow {
    const double *value;
    uint32_t row, n_columns;
} FrontRow;

static int compare_values(const double *a, const double *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (a[i] < b[i])
            return -1;
        if (a[i] > b[i])
            return 1;
    }
    return 0;
}

static int by_values(const void *a, const void *b)
{
    const FrontRow *first = a, *second = b;
    const int order = compare_values(first->value, second->value, first->n_columns);

    if (order != 0)
        return order;
    return first->row < second->row ? -1 : first->row > second->row;
}

static bool all_known(const double *value, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (isnan(value[i]))
            return false;
    return true;
}

/* At least as good in all columns; of rows that are not equal this is better. */
static bool is_as_good(const double *a, const double *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (a[i] > b[i])
            return false;
    return true;
}

/* Sorted rows of two columns. */
static void pass_two(const FrontRow *sorted, uint32_t n, bool *on)
{
    double least = INFINITY;

    for (uint32_t i = 0; i < n; i++) {
        const bool same = i > 0 && compare_values(sorted[i].value, sorted[i - 1].value, 2) == 0;
        on[sorted[i].row] = same ? on[sorted[i - 1].row] : i == 0 || sorted[i].value[1] < least;
        if (sorted[i].value[1] < least)
            least = sorted[i].value[1];
    }
}

/* Sorted rows of any columns; `front` has room for all. */
static void pass_any(const FrontRow *sorted, uint32_t n, uint32_t *front, bool *on)
{
    uint32_t n_front = 0;

    for (uint32_t i = 0; i < n; i++) {
        const uint32_t n_columns = sorted[i].n_columns;
        bool is_on = true;
        for (uint32_t f = 0; f < n_front && is_on; f++) {
            const double *other = sorted[front[f]].value;
            is_on = !is_as_good(other, sorted[i].value, n_columns) ||
                    compare_values(other, sorted[i].value, n_columns) == 0;
        }
        on[sorted[i].row] = is_on;
        if (is_on)
            front[n_front++] = i;
    }
}

void front_find(Arena *scratch, const double *value, uint32_t n_rows, uint32_t n_columns, bool *on)
{
    FrontRow *row = ARENA_ARRAY(scratch, FrontRow, n_rows);
    uint32_t n = 0;

    for (uint32_t i = 0; i < n_rows; i++) {
        const double *values = value + (size_t)i * n_columns;
        on[i] = false;
        if (all_known(values, n_columns))
            row[n++] = (FrontRow){values, i, n_columns};
    }
    if (n > 0)
        qsort(row, n, sizeof *row, by_values);
    if (n_columns == 2)
        pass_two(row, n, on);
    else
        pass_any(row, n, ARENA_ARRAY(scratch, uint32_t, n), on);
}

/* ---- of results -------------------- */

static bool is_within(const Sweep *sweep, const Result *result)
{
    for (uint32_t i = 0; i < sweep->n_limits; i++) {
        const uint32_t metric = result_metric(sweep->limit[i].metric);
        CHECK(metric < N_RESULT_METRICS);
        if (!result->has[metric] || result->value[metric] < sweep->limit[i].min ||
            result->value[metric] > sweep->limit[i].max)
            return false;
    }
    return true;
}

/* Values of the objectives, smaller is better; false if the point is not to be compared. */
static bool read_values(const Plan *plan, const Result *result, const SweepObjective *objective,
                        uint32_t n_objectives, double *value)
{
    if (result == NULL || result->status != RESULT_OK || !is_within(plan->sweep, result))
        return false;
    for (uint32_t k = 0; k < n_objectives; k++) {
        const uint32_t metric = result_metric(objective[k].metric);
        CHECK(metric < N_RESULT_METRICS);
        if (!result->has[metric])
            return false;
        value[k] = objective[k].larger_is_better ? -result->value[metric] : result->value[metric];
    }
    return true;
}

static int by_first(const void *a, const void *b)
{
    const FrontRow *first = a, *second = b;

    if (first->value[0] < second->value[0])
        return -1;
    if (first->value[0] > second->value[0])
        return 1;
    return first->row < second->row ? -1 : first->row > second->row;
}

uint32_t front_of(Arena *arena, const Plan *plan, const Results *results, Fidelity fidelity,
                  const SweepObjective *objective, uint32_t n_objectives, const uint32_t **point)
{
    Arena *scratch = arena_new();
    const uint32_t n_points = plan->n_points;
    double *value = ARENA_ARRAY(scratch, double, (size_t)n_points *n_objectives);
    FrontRow *row = ARENA_ARRAY(scratch, FrontRow, n_points);
    bool *on = ARENA_ARRAY(scratch, bool, n_points);
    uint32_t n_rows = 0, n_front = 0;

    CHECK(n_objectives > 0);
    for (uint32_t i = 0; i < n_points; i++) {
        double *values = value + (size_t)n_rows * n_objectives;
        if (read_values(plan, results_at(results, (Task){i, fidelity}), objective, n_objectives,
                        values))
            row[n_rows++] = (FrontRow){values, i, n_objectives};
    }
    front_find(scratch, value, n_rows, n_objectives, on);
    for (uint32_t i = 0; i < n_rows; i++)
        if (on[i])
            row[n_front++] = row[i];
    if (n_front > 0)
        qsort(row, n_front, sizeof *row, by_first);
    uint32_t *points = ARENA_ARRAY(arena, uint32_t, n_front);
    for (uint32_t i = 0; i < n_front; i++)
        points[i] = row[i].row;
    arena_free(scratch);
    *point = points;
    return n_front;
}

Fidelity front_fidelity(const Plan *plan)
{
    return plan->sweep->confirm ? FIDELITY_FLIT : plan->sweep->fidelity;
}
