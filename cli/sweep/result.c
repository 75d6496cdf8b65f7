/* result.c - the columns of a result, and what makes two results of a task the same.
 *
 * One table says for each column its name, what it holds and where in the struct; lines of logs,
 * the table of the database and comparisons go through it. A metric has three columns: its value
 * and the ends of its interval.
 *
 * A task may be done twice (two machines, a node that was thought dead). What comes out of it is
 * the same; how far a machine gets is not. So of two results the one of lower rank stays,
 * whichever came first: results_put is free of order. */
#include "result_columns.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/check.h"

/* ---- names -------------------- */

const char *result_name(ResultStatus status)
{
    static const char *const text[N_RESULTS] = {
#define X(NAME, name, meaning) name,
        RESULT_LIST(X)
#undef X
    };
    CHECK(status < N_RESULTS);
    return text[status];
}

const char *result_meaning(ResultStatus status)
{
    static const char *const text[N_RESULTS] = {
#define X(NAME, name, meaning) meaning,
        RESULT_LIST(X)
#undef X
    };
    CHECK(status < N_RESULTS);
    return text[status];
}

enum {
#define X(ID, name, unit, meaning) NUMBER_OF_##ID,
    METRIC_LIST(X)
#undef X
};

static const char *const METRIC_NAME[N_RESULT_METRICS] = {
#define X(ID, name, unit, meaning) #name,
    METRIC_LIST(X)
#undef X
};

const char *result_metric_name(uint32_t i)
{
    CHECK(i < N_RESULT_METRICS);
    return METRIC_NAME[i];
}

uint32_t result_metric(const char *name)
{
    uint32_t i = 0;
    while (i < N_RESULT_METRICS && strcmp(METRIC_NAME[i], name) != 0)
        i++;
    return i;
}

/* ---- columns -------------------- */

#define REAL_AT(field, ID) (offsetof(Result, field) + NUMBER_OF_##ID * sizeof(double))

static const ResultColumn COLUMN[] = {
    {"point", COLUMN_POINT, offsetof(Result, task.point), 0, false},
    {"fidelity", COLUMN_FIDELITY, offsetof(Result, task.fidelity), 0, false},
    {"status", COLUMN_STATUS, offsetof(Result, status), 0, false},
    {"error", COLUMN_TEXT, offsetof(Result, error), 0, false},
#define X(field) {#field, COLUMN_TEXT, offsetof(Result, field), 0, false},
    RESULT_TEXT_LIST(X)
#undef X
#define X(field) {#field, COLUMN_COUNT, offsetof(Result, field), 0, false},
        RESULT_COUNT_LIST(X)
#undef X
#define X(ID, name, unit, meaning)                                             \
    {#name, COLUMN_VALUE, REAL_AT(value, ID), NUMBER_OF_##ID, false},          \
        {#name "_low", COLUMN_BOUND, REAL_AT(low, ID), NUMBER_OF_##ID, false}, \
        {#name "_high", COLUMN_BOUND, REAL_AT(high, ID), NUMBER_OF_##ID, false},
            METRIC_LIST(X)
#undef X
                {"host", COLUMN_TEXT, offsetof(Result, origin.host), 0, true},
#define X(field) {#field, COLUMN_COUNT, offsetof(Result, origin.field), 0, true},
    X(pid) X(began_unix_ms) X(wall_ms) X(attempts)
#undef X
};

const ResultColumn *result_columns(uint32_t *n_columns)
{
    *n_columns = sizeof COLUMN / sizeof COLUMN[0];
    return COLUMN;
}

Result result_empty(Task task)
{
    Result result = {.task = task, .error = "", .origin.host = ""};
#define X(field) result.field = "";
    RESULT_TEXT_LIST(X)
#undef X
    return result;
}

static const void *field_of(const ResultColumn *column, const Result *result)
{
    return (const char *)result + column->offset;
}

static void *field_to_set(const ResultColumn *column, Result *result)
{
    return (char *)result + column->offset;
}

const char *column_text(const ResultColumn *column, const Result *result)
{
    switch (column->kind) {
    case COLUMN_FIDELITY:
        return fidelity_name(result->task.fidelity);
    case COLUMN_STATUS:
        return result_name(result->status);
    default:
        CHECK(column->kind == COLUMN_TEXT);
    }
    const char *text = *(const char *const *)field_of(column, result);
    return text == NULL ? "" : text;
}

uint64_t column_count(const ResultColumn *column, const Result *result)
{
    if (column->kind == COLUMN_POINT)
        return result->task.point;
    CHECK(column->kind == COLUMN_COUNT);
    return *(const uint64_t *)field_of(column, result);
}

double column_real(const ResultColumn *column, const Result *result)
{
    CHECK(column->kind == COLUMN_VALUE || column->kind == COLUMN_BOUND);
    const double real = *(const double *)field_of(column, result);
    return (isfinite(real) ? real : result->value[column->metric]) + 0.0; /* no negative zero */
}

bool column_has_real(const ResultColumn *column, const Result *result)
{
    CHECK(column->kind == COLUMN_VALUE || column->kind == COLUMN_BOUND);
    return result->has[column->metric] && isfinite(result->value[column->metric]);
}

bool column_set_text(const ResultColumn *column, Result *result, const char *text)
{
    uint32_t i = 0;

    switch (column->kind) {
    case COLUMN_FIDELITY:
        while (i < N_FIDELITIES && strcmp(fidelity_name((Fidelity)i), text) != 0)
            i++;
        result->task.fidelity = (Fidelity)i;
        return i < N_FIDELITIES;
    case COLUMN_STATUS:
        while (i < N_RESULTS && strcmp(result_name((ResultStatus)i), text) != 0)
            i++;
        result->status = (ResultStatus)i;
        return i < N_RESULTS;
    default:
        CHECK(column->kind == COLUMN_TEXT);
        *(const char **)field_to_set(column, result) = text;
        return true;
    }
}

bool column_set_count(const ResultColumn *column, Result *result, uint64_t value)
{
    if (column->kind == COLUMN_COUNT) {
        *(uint64_t *)field_to_set(column, result) = value;
        return true;
    }
    CHECK(column->kind == COLUMN_POINT);
    result->task.point = (uint32_t)value;
    return value < UINT32_MAX;
}

void column_set_real(const ResultColumn *column, Result *result, double value)
{
    CHECK(column->kind == COLUMN_VALUE || column->kind == COLUMN_BOUND);
    *(double *)field_to_set(column, result) = value;
    result->has[column->metric] = true;
}

/* ---- the same result? -------------------- */

static bool reals_differ(const ResultColumn *column, const Result *a, const Result *b)
{
    const bool a_has = column_has_real(column, a), b_has = column_has_real(column, b);
    if (!a_has || !b_has)
        return a_has != b_has;
    const double of_a = column_real(column, a), of_b = column_real(column, b);
    return of_a < of_b || of_a > of_b;
}

static bool column_differs(const ResultColumn *column, const Result *a, const Result *b)
{
    switch (column->kind) {
    case COLUMN_POINT:
    case COLUMN_COUNT:
        return column_count(column, a) != column_count(column, b);
    case COLUMN_VALUE:
    case COLUMN_BOUND:
        return reals_differ(column, a, b);
    default:
        return strcmp(column_text(column, a), column_text(column, b)) != 0;
    }
}

const char *result_differs(const Result *a, const Result *b)
{
    uint32_t n_columns;
    const ResultColumn *column = result_columns(&n_columns);

    for (uint32_t i = 0; i < n_columns; i++)
        if (!column[i].is_origin && column_differs(&column[i], a, b))
            return column[i].name;
    return NULL;
}

uint32_t result_rank(ResultStatus status)
{
    switch (status) {
    case RESULT_SCREENED:
        return 1;
    case RESULT_TIMEOUT:
        return 2;
    case RESULT_OUT_OF_MEMORY:
        return 3;
    case RESULT_CRASHED:
        return 4;
    default:
        return 0;
    }
}

/* ---- all of a plan -------------------- */

Results results_none(Arena *arena, const Plan *plan)
{
    Results none = {.n_points = plan->n_points};
    none.row = ARENA_ARRAY(arena, const Result *, (size_t)N_FIDELITIES * plan->n_points);
    return none;
}

Status results_put(Results *results, const Result *result, Err *err)
{
    const Task task = result->task;

    CHECK(task.point < results->n_points && task.fidelity < N_FIDELITIES);
    const Result **row = &results->row[(size_t)task.fidelity * results->n_points + task.point];
    if (*row == NULL) {
        *row = result;
        return STATUS_OK;
    }
    results->n_twice++;
    const uint32_t before = result_rank((*row)->status), now = result_rank(result->status);
    if (now < before)
        *row = result;
    if (now != before || now > 1)
        return STATUS_OK;
    const char *column = result_differs(*row, result);
    if (column == NULL)
        return STATUS_OK;
    return err_set(err, STATUS_INTERNAL,
                   "point %u (%s) was simulated twice, by processes %llu on %s and %llu on %s, and "
                   "column '%s' differs; expected the same result each time",
                   task.point, fidelity_name(task.fidelity), (unsigned long long)(*row)->origin.pid,
                   (*row)->origin.host, (unsigned long long)result->origin.pid, result->origin.host,
                   column);
}
