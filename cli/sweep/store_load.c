/* store_load.c - a plan and its results out of the database alone.
 *
 * All is read in one transaction, so that a sweep may go on meanwhile. What stands there is not
 * trusted: the plan must have the hash it had, and each cell the type it was given.
 *
 * Cost: O(points x keys + rows x columns). */
#include "store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/number_text.h"
#include "result_columns.h"
#include "store_sql.h"

/* Row of `sweep`. */
typedef struct SweepRow {
    const char *text, *file, *folder, *plan_hash;
    uint32_t n_points;
    uint64_t n_left_out;
} SweepRow;

typedef struct Loading {
    Arena *arena;
    Sql sql;
    SweepRow row;
    const Plan *plan;
    Results results;
    Err *err;
} Loading;

/* ---- cells -------------------- */

/* Copied; NULL: no text. */
static const char *text_cell(Arena *arena, sqlite3_stmt *statement, int number)
{
    if (sqlite3_column_type(statement, number) != SQLITE_TEXT)
        return NULL;
    const char *text = (const char *)sqlite3_column_text(statement, number);
    const int n = sqlite3_column_bytes(statement, number);
    return n == 0 ? "" : arena_text(arena, text, (size_t)n);
}

/* A value of the plan, as it was written in SWEEP.yaml. */
static const char *value_cell(Arena *arena, sqlite3_stmt *statement, int number)
{
    switch (sqlite3_column_type(statement, number)) {
    case SQLITE_INTEGER:
        return arena_printf(arena, "%" PRId64, (int64_t)sqlite3_column_int64(statement, number));
    case SQLITE_FLOAT:
        return arena_printf(arena, "%s", real_exact(sqlite3_column_double(statement, number)).text);
    default:
        return text_cell(arena, statement, number);
    }
}

/* ---- the plan -------------------- */

static Status read_sweep_row(Loading *loading, sqlite3_stmt *statement)
{
    SweepRow *row = &loading->row;
    bool is_there;

    TRY(sql_next(&loading->sql, statement, &is_there, loading->err));
    if (!is_there)
        return sql_damaged(&loading->sql, loading->err, "no row in `sweep`");
    row->text = text_cell(loading->arena, statement, 0);
    row->file = text_cell(loading->arena, statement, 1);
    row->folder = text_cell(loading->arena, statement, 2);
    row->plan_hash = text_cell(loading->arena, statement, 3);
    const int64_t n_points = sqlite3_column_int64(statement, 4);
    row->n_left_out = (uint64_t)sqlite3_column_int64(statement, 5);
    if (row->text == NULL || row->file == NULL || row->folder == NULL || row->plan_hash == NULL ||
        n_points < 0 || n_points > SWEEP_MAX_POINTS)
        return sql_damaged(&loading->sql, loading->err, "a row of `sweep` is not as it was made");
    row->n_points = (uint32_t)n_points;
    return STATUS_OK;
}

static Status read_sweep(Loading *loading)
{
    sqlite3_stmt *statement;

    TRY(sql_prepare(&loading->sql,
                    "SELECT text, file, folder, plan_hash, n_points, n_left_out FROM sweep",
                    &statement, loading->err));
    const Status status = read_sweep_row(loading, statement);
    sqlite3_finalize(statement);
    return status;
}

static Status read_keys(Loading *loading, const Sweep *sweep, PlanMaker **maker)
{
    int64_t n_keys, n_varied;
    sqlite3_stmt *statement;
    bool row = true;
    uint32_t n = 0;

    TRY(sql_number(&loading->sql, "SELECT count(*) FROM keys", &n_keys, loading->err));
    TRY(sql_number(&loading->sql, "SELECT count(*) FROM keys WHERE varied", &n_varied,
                   loading->err));
    TRY(sql_prepare(&loading->sql, "SELECT name FROM keys ORDER BY number", &statement,
                    loading->err));
    const char **name = ARENA_ARRAY(loading->arena, const char *, (size_t)n_keys);
    Status status = sql_next(&loading->sql, statement, &row, loading->err);
    for (; status == STATUS_OK && row && n < n_keys; n++) {
        name[n] = text_cell(loading->arena, statement, 0);
        if (name[n] == NULL)
            status = sql_damaged(&loading->sql, loading->err, "a row of `keys` has no name");
        else
            status = sql_next(&loading->sql, statement, &row, loading->err);
    }
    sqlite3_finalize(statement);
    if (status == STATUS_OK)
        status =
            plan_begin(loading->arena, sweep, name, n, (uint32_t)n_varied, maker, loading->err);
    return status;
}

static Status add_point(Loading *loading, Arena *scratch, sqlite3_stmt *statement, PlanMaker *maker)
{
    const int n_keys = sqlite3_column_count(statement) - 1;
    const char **value = ARENA_ARRAY(scratch, const char *, (size_t)n_keys);

    for (int key = 0; key < n_keys; key++) {
        value[key] = value_cell(scratch, statement, key + 1);
        if (value[key] == NULL)
            return sql_damaged(&loading->sql, loading->err, "a row of `plan` has no value");
    }
    plan_add(maker, value);
    return STATUS_OK;
}

static Status add_points(Loading *loading, sqlite3_stmt *statement, PlanMaker *maker,
                         uint32_t *n_points)
{
    Arena *scratch = arena_new();
    bool row;
    Status status = sql_next(&loading->sql, statement, &row, loading->err);

    for (*n_points = 0; status == STATUS_OK && row; (*n_points)++) {
        arena_reset(scratch);
        if (sqlite3_column_int64(statement, 0) != *n_points || *n_points >= loading->row.n_points)
            status = sql_damaged(&loading->sql, loading->err, "points of `plan` are not its own");
        if (status == STATUS_OK)
            status = add_point(loading, scratch, statement, maker);
        if (status == STATUS_OK)
            status = sql_next(&loading->sql, statement, &row, loading->err);
    }
    arena_free(scratch);
    return status;
}

static Status read_plan(Loading *loading)
{
    const Sweep *sweep;
    PlanMaker *maker;
    sqlite3_stmt *statement;
    uint32_t n_points;
    char hash[20];

    TRY(read_sweep(loading));
    const SweepSource source = {loading->row.file, loading->row.folder};
    TRY(sweep_parse(loading->arena, source, loading->row.text, strlen(loading->row.text), &sweep,
                    loading->err));
    TRY(read_keys(loading, sweep, &maker));
    plan_expect(maker, loading->row.n_points);
    TRY(sql_prepare(&loading->sql, "SELECT * FROM plan ORDER BY point", &statement, loading->err));
    const Status status = add_points(loading, statement, maker, &n_points);
    sqlite3_finalize(statement);
    TRY(status);
    loading->plan = plan_finish(maker, loading->row.n_left_out);
    snprintf(hash, sizeof hash, "%016" PRIx64, loading->plan->hash);
    if (n_points != loading->row.n_points || strcmp(hash, loading->row.plan_hash) != 0)
        return sql_damaged(&loading->sql, loading->err, "`plan` is not as it was made");
    return STATUS_OK;
}

/* ---- results -------------------- */

static bool read_real(sqlite3_stmt *statement, int number, const ResultColumn *column, Result *out)
{
    const int type = sqlite3_column_type(statement, number);
    if (type == SQLITE_FLOAT)
        column_set_real(column, out, sqlite3_column_double(statement, number));
    return type == SQLITE_FLOAT || type == SQLITE_NULL;
}

static bool read_column(Arena *arena, sqlite3_stmt *statement, int number,
                        const ResultColumn *column, Result *out)
{
    const char *text;

    switch (column->kind) {
    case COLUMN_POINT:
    case COLUMN_COUNT:
        return sqlite3_column_type(statement, number) == SQLITE_INTEGER &&
               column_set_count(column, out, (uint64_t)sqlite3_column_int64(statement, number));
    case COLUMN_VALUE:
    case COLUMN_BOUND:
        return read_real(statement, number, column, out);
    default:
        text = text_cell(arena, statement, number);
        return text != NULL && column_set_text(column, out, text);
    }
}

static Status take_row(Loading *loading, sqlite3_stmt *statement)
{
    uint32_t n_columns;
    const ResultColumn *column = result_columns(&n_columns);
    Result *result = ARENA_ARRAY(loading->arena, Result, 1);
    bool read = sqlite3_column_count(statement) == (int)n_columns + 1;

    for (uint32_t i = 0; i < n_columns && read; i++)
        read = read_column(loading->arena, statement, (int)i + 1, &column[i], result);
    const int64_t task = (int64_t)result->task.point * N_FIDELITIES + result->task.fidelity;
    if (!read || result->task.point >= loading->plan->n_points ||
        task != sqlite3_column_int64(statement, 0))
        return sql_damaged(&loading->sql, loading->err, "a row of `results` is not as it was made");
    return results_put(&loading->results, result, loading->err);
}

static Status read_results(Loading *loading)
{
    sqlite3_stmt *statement;
    bool row;

    loading->results = results_none(loading->arena, loading->plan);
    TRY(sql_prepare(&loading->sql, "SELECT * FROM results ORDER BY task", &statement,
                    loading->err));
    Status status = sql_next(&loading->sql, statement, &row, loading->err);
    while (status == STATUS_OK && row) {
        status = take_row(loading, statement);
        if (status == STATUS_OK)
            status = sql_next(&loading->sql, statement, &row, loading->err);
    }
    sqlite3_finalize(statement);
    return status;
}

/* ---- all of it -------------------- */

static Status load(Loading *loading)
{
    int64_t n_tables;

    TRY(sql_run(&loading->sql, "BEGIN", loading->err));
    TRY(sql_check_ours(&loading->sql, &n_tables, loading->err));
    if (n_tables == 0)
        return err_set(loading->err, STATUS_INPUT,
                       "%s: an empty database; expected one that `egret sweep` made",
                       loading->sql.path);
    TRY(sql_check_columns(&loading->sql, loading->err));
    TRY(read_plan(loading));
    return read_results(loading);
}

Status store_load(Arena *arena, const char *path, const Plan **plan, Results *out, Err *err)
{
    Loading loading = {.arena = arena, .err = err};

    *plan = NULL;
    *out = (Results){0};
    TRY(sql_open(&loading.sql, path, false, err));
    const Status status = load(&loading);
    sql_close(&loading.sql);
    if (status != STATUS_OK)
        return status;
    *plan = loading.plan;
    *out = loading.results;
    return STATUS_OK;
}
