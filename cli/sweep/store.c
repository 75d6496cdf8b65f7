/* store.c - results in SQLite: made, and filled.
 *
 * Tables:
 *   sweep    one row: format, version, name, text of SWEEP.yaml, hash and size of the plan
 *   keys     a row a key, those that vary first
 *   plan     a row a point: its values; numbers as numbers, so that SQL can compare them
 *   results  a row a task, columns as in logs; `task` is 3 x point + 0, 1, 2 for count, event, flit
 *   points   a view: results with the values of their point
 *
 * The tables and the plan are one transaction, and so is each call of store_add: whoever dies, a
 * row is there as a whole or not at all. Rows say the same in whatever order they come, as they
 * do in Results (result_rank). The file is in WAL mode, so that readers see a state between two
 * transactions and wait for nobody; the logs being the truth, a transaction lost with the
 * machine's power is made again.
 *
 * A database that could not be made is left empty, not removed: it may be another's by now.
 *
 * Cost: O(columns) a row. */
#include "store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/number_read.h"
#include "base/number_text.h"
#include "result_columns.h"
#include "store_sql.h"

enum { MAX_KEYS = 1000 }; /* SQLite has 2000 columns, results a few hundred of them */

struct Store {
    Sql sql;
    const Plan *plan;                      /* borrowed                                   */
    sqlite3_stmt *insert, *replace, *find; /* rows of results                            */
};

/* ---- tables -------------------- */

static const char *column_type(ColumnKind kind)
{
    switch (kind) {
    case COLUMN_POINT:
    case COLUMN_COUNT:
        return "INTEGER NOT NULL";
    case COLUMN_VALUE:
    case COLUMN_BOUND:
        return "REAL";
    default:
        return "TEXT NOT NULL";
    }
}

static const char *plan_table(Arena *scratch, const Plan *plan)
{
    const char *sql = "CREATE TABLE plan(point INTEGER PRIMARY KEY";
    for (uint32_t key = 0; key < plan->n_keys; key++)
        sql = arena_printf(scratch, "%s, %s", sql, sql_name(scratch, plan->key[key].name));
    return arena_printf(scratch, "%s)", sql);
}

static const char *results_table(Arena *scratch)
{
    uint32_t n_columns;
    const ResultColumn *column = result_columns(&n_columns);
    const char *sql = "CREATE TABLE results(task INTEGER PRIMARY KEY";
    for (uint32_t i = 0; i < n_columns; i++)
        sql = arena_printf(scratch, "%s, %s %s", sql, column[i].name, column_type(column[i].kind));
    return arena_printf(scratch, "%s)", sql);
}

/* Values of the point between its number and its results. */
static const char *points_view(Arena *scratch, const Plan *plan)
{
    uint32_t n_columns;
    const ResultColumn *column = result_columns(&n_columns);
    const char *sql = "CREATE VIEW points AS SELECT results.point";
    for (uint32_t key = 0; key < plan->n_keys; key++)
        sql = arena_printf(scratch, "%s, plan.%s", sql, sql_name(scratch, plan->key[key].name));
    for (uint32_t i = 0; i < n_columns; i++)
        if (column[i].kind != COLUMN_POINT)
            sql = arena_printf(scratch, "%s, results.%s", sql, column[i].name);
    return arena_printf(scratch, "%s FROM results JOIN plan ON plan.point = results.point", sql);
}

static Status make_tables(Arena *scratch, const Sql *sql, const Plan *plan, Err *err)
{
    TRY(sql_run(sql,
                "CREATE TABLE sweep(format INTEGER, egret_version TEXT, name TEXT, text TEXT, "
                "plan_hash TEXT, n_points INTEGER, n_left_out INTEGER, file TEXT, folder TEXT);"
                "CREATE TABLE keys(number INTEGER PRIMARY KEY, name TEXT, varied INTEGER)",
                err));
    TRY(sql_run(sql, plan_table(scratch, plan), err));
    TRY(sql_run(sql, results_table(scratch), err));
    TRY(sql_run(sql, points_view(scratch, plan), err));
    return sql_run(sql,
                   arena_printf(scratch, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                                STORE_APPLICATION, STORE_VERSION),
                   err);
}

/* ---- what was to be done -------------------- */

static void bind_text(sqlite3_stmt *statement, int number, const char *text)
{
    sqlite3_bind_text(statement, number, text == NULL ? "" : text, -1, SQLITE_STATIC);
}

static void bind_u64(sqlite3_stmt *statement, int number, uint64_t value)
{
    sqlite3_bind_int64(statement, number, (int64_t)value);
}

static Status write_sweep(Arena *scratch, const Sql *sql, const Plan *plan, Err *err)
{
    const Sweep *sweep = plan->sweep;
    sqlite3_stmt *statement;

    TRY(sql_prepare(sql, "INSERT INTO sweep VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)", &statement, err));
    sqlite3_bind_int(statement, 1, STORE_VERSION);
    bind_text(statement, 2, EGRET_VERSION);
    bind_text(statement, 3, sweep->name);
    bind_text(statement, 4, sweep->text);
    bind_text(statement, 5, arena_printf(scratch, "%016" PRIx64, plan->hash));
    bind_u64(statement, 6, plan->n_points);
    bind_u64(statement, 7, plan->n_left_out);
    bind_text(statement, 8, sweep->file);
    bind_text(statement, 9, sweep->folder);
    const Status status = sql_done(sql, statement, err);
    sqlite3_finalize(statement);
    return status;
}

static Status write_keys(const Sql *sql, const Plan *plan, Err *err)
{
    sqlite3_stmt *statement;
    Status status = STATUS_OK;

    TRY(sql_prepare(sql, "INSERT INTO keys VALUES(?, ?, ?)", &statement, err));
    for (uint32_t key = 0; key < plan->n_keys && status == STATUS_OK; key++) {
        bind_u64(statement, 1, key);
        bind_text(statement, 2, plan->key[key].name);
        sqlite3_bind_int(statement, 3, key < plan->n_varied);
        status = sql_done(sql, statement, err);
    }
    sqlite3_finalize(statement);
    return status;
}

/* As a number if the text can be made of it again, to the last character. */
static void bind_value(sqlite3_stmt *statement, int number, const char *text)
{
    char again[NUMBER_TEXT_BYTES];
    double real;

    if (number_read_real(text, &real) == NUMBER_READ) {
        const int64_t whole = real > -1e15 && real < 1e15 ? (int64_t)real : 0;
        snprintf(again, sizeof again, "%" PRId64, whole);
        if (strcmp(again, text) == 0) {
            sqlite3_bind_int64(statement, number, whole);
            return;
        }
        if (strcmp(real_exact(real).text, text) == 0) {
            sqlite3_bind_double(statement, number, real);
            return;
        }
    }
    bind_text(statement, number, text);
}

static Status write_points(Arena *scratch, const Sql *sql, const Plan *plan, Err *err)
{
    const char *text = "INSERT INTO plan VALUES(?";
    sqlite3_stmt *statement;
    Status status = STATUS_OK;

    for (uint32_t key = 0; key < plan->n_keys; key++)
        text = arena_printf(scratch, "%s, ?", text);
    TRY(sql_prepare(sql, arena_printf(scratch, "%s)", text), &statement, err));
    for (uint32_t point = 0; point < plan->n_points && status == STATUS_OK; point++) {
        bind_u64(statement, 1, point);
        for (uint32_t key = 0; key < plan->n_keys; key++)
            bind_value(statement, (int)key + 2, plan_value(plan, point, key));
        status = sql_done(sql, statement, err);
    }
    sqlite3_finalize(statement);
    return status;
}

/* ---- make or open -------------------- */

/* SQL does not tell capitals apart, and a table has an end. */
static Status check_keys(const Plan *plan, const char *path, Err *err)
{
    if (plan->n_keys > MAX_KEYS)
        return err_set(err, STATUS_INPUT, "%s: %u keys; expected at most %d", path, plan->n_keys,
                       MAX_KEYS);
    for (uint32_t i = 0; i < plan->n_keys; i++)
        for (uint32_t j = 0; j < i; j++)
            if (strcasecmp(plan->key[i].name, plan->key[j].name) == 0)
                return err_set(
                    err, STATUS_INPUT,
                    "%s: keys '%s' and '%s' differ in capitals only; expected names that "
                    "a database can tell apart",
                    path, plan->key[j].name, plan->key[i].name);
    return STATUS_OK;
}

static Status fill_new(Arena *scratch, const Sql *sql, const Plan *plan, Err *err)
{
    TRY(make_tables(scratch, sql, plan, err));
    TRY(write_sweep(scratch, sql, plan, err));
    TRY(write_keys(sql, plan, err));
    return write_points(scratch, sql, plan, err);
}

/* Ends a transaction, well or not. */
static Status end_transaction(const Sql *sql, Status status, Err *err)
{
    if (status == STATUS_OK)
        status = sql_run(sql, "COMMIT", err);
    if (status != STATUS_OK && sqlite3_get_autocommit(sql->db) == 0)
        sqlite3_exec(sql->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* Another process may have been faster: then there is nothing to do. */
static Status make_new(Arena *scratch, const Sql *sql, const Plan *plan, Err *err)
{
    int64_t n_tables;

    TRY(sql_run(sql, "BEGIN IMMEDIATE", err));
    Status status = sql_check_ours(sql, &n_tables, err);
    if (status == STATUS_OK && n_tables == 0)
        status = fill_new(scratch, sql, plan, err);
    return end_transaction(sql, status, err);
}

static Status check_plan(const Sql *sql, const Plan *plan, Err *err)
{
    sqlite3_stmt *statement;
    bool row;
    char hash[20];

    snprintf(hash, sizeof hash, "%016" PRIx64, plan->hash);
    TRY(sql_prepare(sql, "SELECT plan_hash, name FROM sweep", &statement, err));
    Status status = sql_next(sql, statement, &row, err);
    const char *found = row ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    const char *name = row ? (const char *)sqlite3_column_text(statement, 1) : NULL;
    if (status == STATUS_OK && (found == NULL || name == NULL)) {
        status = sql_damaged(sql, err, "no row in `sweep`");
    } else if (status == STATUS_OK && strcmp(found, hash) != 0) {
        status = err_set(err, STATUS_INPUT,
                         "%s: results of another plan (of '%s', %s); expected results of this "
                         "sweep ('%s', %s)",
                         sql->path, name, found, plan->sweep->name, hash);
        err_hint(err, "give another name behind -o, or remove %s and %s.d", sql->path, sql->path);
    }
    sqlite3_finalize(statement);
    return status;
}

static Status check_sound(const Sql *sql, Err *err)
{
    sqlite3_stmt *statement;
    bool row;

    TRY(sql_prepare(sql, "PRAGMA quick_check(1)", &statement, err));
    Status status = sql_next(sql, statement, &row, err);
    if (status == STATUS_OK && row) {
        const char *what = (const char *)sqlite3_column_text(statement, 0);
        if (what != NULL && strcmp(what, "ok") != 0)
            status = sql_damaged(sql, err, what);
    }
    sqlite3_finalize(statement);
    return status;
}

static Status prepare_rows(Arena *scratch, Store *store, Err *err)
{
    uint32_t n_columns;
    const char *values = "?";

    result_columns(&n_columns);
    for (uint32_t i = 0; i < n_columns; i++)
        values = arena_printf(scratch, "%s, ?", values);
    const char *insert = arena_printf(scratch, "INSERT OR IGNORE INTO results VALUES(%s)", values);
    const char *replace = arena_printf(scratch, "REPLACE INTO results VALUES(%s)", values);
    TRY(sql_prepare(&store->sql, insert, &store->insert, err));
    TRY(sql_prepare(&store->sql, replace, &store->replace, err));
    return sql_prepare(&store->sql, "SELECT status FROM results WHERE task = ?", &store->find, err);
}

static Status open_store(Arena *scratch, Store *store, Err *err)
{
    const Sql *sql = &store->sql;
    int64_t n_tables;

    TRY(sql_check_ours(sql, &n_tables, err));
    if (n_tables > 0)
        TRY(check_sound(sql, err));
    else
        TRY(make_new(scratch, sql, store->plan, err));
    TRY(check_plan(sql, store->plan, err));
    TRY(sql_check_columns(sql, err));
    TRY(sql_run(sql, "PRAGMA journal_mode = WAL", err)); /* while it is written to */
    TRY(sql_run(sql, "PRAGMA synchronous = NORMAL", err));
    return prepare_rows(scratch, store, err);
}

Status store_open(Arena *arena, const char *path, const Plan *plan, Store **out, Err *err)
{
    Store *store = ARENA_ARRAY(arena, Store, 1);

    *out = NULL;
    TRY(check_keys(plan, path, err));
    TRY(sql_open(&store->sql, arena_text(arena, path, strlen(path)), true, err));
    store->plan = plan;
    Arena *scratch = arena_new();
    const Status status = open_store(scratch, store, err);
    arena_free(scratch);
    if (status == STATUS_OK)
        *out = store;
    else
        store_close(store);
    return status;
}

void store_close(Store *store)
{
    const bool is_ours = store->find != NULL; /* it was opened wholly */

    sqlite3_finalize(store->insert);
    sqlite3_finalize(store->replace);
    sqlite3_finalize(store->find);
    store->insert = store->replace = store->find = NULL;
    /* One file, that can be copied, and read where nothing can be written; if somebody reads it now,
     * the next one to close does it. */
    if (is_ours)
        sqlite3_exec(store->sql.db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    sql_close(&store->sql);
}

/* ---- rows -------------------- */

static void bind_column(sqlite3_stmt *statement, int number, const ResultColumn *column,
                        const Result *result)
{
    switch (column->kind) {
    case COLUMN_POINT:
    case COLUMN_COUNT:
        bind_u64(statement, number, column_count(column, result));
        break;
    case COLUMN_VALUE:
    case COLUMN_BOUND:
        if (column_has_real(column, result))
            sqlite3_bind_double(statement, number, column_real(column, result));
        else
            sqlite3_bind_null(statement, number);
        break;
    default:
        bind_text(statement, number, column_text(column, result));
    }
}

static Status put_row(const Store *store, sqlite3_stmt *statement, int64_t task,
                      const Result *result, Err *err)
{
    uint32_t n_columns;
    const ResultColumn *column = result_columns(&n_columns);

    sqlite3_bind_int64(statement, 1, task);
    for (uint32_t i = 0; i < n_columns; i++)
        bind_column(statement, (int)i + 2, &column[i], result);
    return sql_done(&store->sql, statement, err);
}

/* Of the row that is there. */
static Status find_rank(const Store *store, int64_t task, uint32_t *rank, Err *err)
{
    bool row;
    *rank = 0;
    sqlite3_bind_int64(store->find, 1, task);
    const Status status = sql_next(&store->sql, store->find, &row, err);
    const char *name = row ? (const char *)sqlite3_column_text(store->find, 0) : NULL;
    for (uint32_t i = 0; i < N_RESULTS && name != NULL; i++)
        if (strcmp(result_name((ResultStatus)i), name) == 0)
            *rank = result_rank((ResultStatus)i);
    sqlite3_reset(store->find);
    return status;
}

static Status add_result(const Store *store, const Result *result, Err *err)
{
    const int64_t task = (int64_t)result->task.point * N_FIDELITIES + result->task.fidelity;
    uint32_t rank;

    CHECK(result->task.point < store->plan->n_points);
    TRY(put_row(store, store->insert, task, result, err));
    if (sqlite3_changes(store->sql.db) > 0)
        return STATUS_OK;
    TRY(find_rank(store, task, &rank, err));
    if (result_rank(result->status) >= rank)
        return STATUS_OK;
    return put_row(store, store->replace, task, result, err);
}

Status store_add(Store *store, const Result *const *result, uint32_t n_results, Err *err)
{
    Status status = STATUS_OK;

    TRY(sql_run(&store->sql, "BEGIN IMMEDIATE", err));
    for (uint32_t i = 0; i < n_results && status == STATUS_OK; i++)
        status = add_result(store, result[i], err);
    return end_transaction(&store->sql, status, err);
}
