/* store_sql.c - SQLite's calls and what its errors mean.
 *
 * A database may be none, or that of another program, damaged, locked, or on a full disk: each
 * has one line that says so. What SQLite itself calls it is told only where there is nothing
 * better. */
#include "store_sql.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "result_columns.h"

enum { WAIT_MS = 3000 }; /* for another process to end its transaction */

/* ---- errors -------------------- */

Status sql_damaged(const Sql *sql, Err *err, const char *what)
{
    err_set(err, STATUS_INPUT,
            "%s: the database is damaged: %s; expected one as `egret sweep` left it", sql->path,
            what);
    err_hint(err, "no result is lost: remove it and run the sweep again, which fills it from %s.d",
             sql->path);
    return STATUS_INPUT;
}

static Status fail_to_write(const Sql *sql, int code, Err *err)
{
    const int reason = sqlite3_system_errno(sql->db);
    const char *why = code == SQLITE_FULL ? strerror(ENOSPC)
                      : reason != 0       ? strerror(reason)
                                          : sqlite3_errmsg(sql->db);
    return err_set(err, STATUS_IO, "%s: cannot read or write: %s", sql->path, why);
}

Status sql_fail(const Sql *sql, Err *err)
{
    const int code = sqlite3_errcode(sql->db) & 0xff;

    switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(err, STATUS_IO,
                       "%s: locked by another process for more than %d seconds; expected to have "
                       "its turn",
                       sql->path, WAIT_MS / 1000);
    case SQLITE_NOTADB:
        return err_set(err, STATUS_INPUT,
                       "%s: not a database; expected one that `egret sweep` made", sql->path);
    case SQLITE_CORRUPT:
        return sql_damaged(sql, err, sqlite3_errmsg(sql->db));
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return fail_to_write(sql, code, err);
    default: /* tables are not as we make them */
        return sql_damaged(sql, err, sqlite3_errmsg(sql->db));
    }
}

/* ---- open -------------------- */

/* A path of ours is never a name that SQLite takes for something else (":memory:", "file:..."). */
static int open_path(Sql *sql, const char *path, int flags)
{
    Arena *scratch = arena_new();
    const char *plain = path[0] == '/' ? path : arena_printf(scratch, "./%s", path);
    const int code = sqlite3_open_v2(plain, &sql->db, flags, NULL);
    arena_free(scratch);
    return code;
}

Status sql_open(Sql *sql, const char *path, bool to_write, Err *err)
{
    struct stat state;
    const int flags = to_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;

    *sql = (Sql){.path = path};
    if (stat(path, &state) != 0 && !(to_write && errno == ENOENT))
        return err_set(err, STATUS_IO, "%s: cannot open: %s", path, strerror(errno));
    if (file_is_folder(path))
        return err_set(err, STATUS_IO, "%s: cannot open: is a folder; expected a database", path);
    if (open_path(sql, path, flags | SQLITE_OPEN_EXRESCODE) != SQLITE_OK) {
        fail_to_write(sql, SQLITE_CANTOPEN, err);
        sql_close(sql);
        return STATUS_IO;
    }
    sqlite3_busy_timeout(sql->db, WAIT_MS);
    return STATUS_OK;
}

void sql_close(Sql *sql)
{
    sqlite3_close(sql->db);
    sql->db = NULL;
}

/* ---- statements -------------------- */

Status sql_run(const Sql *sql, const char *text, Err *err)
{
    return sqlite3_exec(sql->db, text, NULL, NULL, NULL) == SQLITE_OK ? STATUS_OK
                                                                      : sql_fail(sql, err);
}

Status sql_prepare(const Sql *sql, const char *text, sqlite3_stmt **out, Err *err)
{
    return sqlite3_prepare_v2(sql->db, text, -1, out, NULL) == SQLITE_OK ? STATUS_OK
                                                                         : sql_fail(sql, err);
}

Status sql_next(const Sql *sql, sqlite3_stmt *statement, bool *row, Err *err)
{
    const int code = sqlite3_step(statement) & 0xff;
    *row = code == SQLITE_ROW;
    return code == SQLITE_ROW || code == SQLITE_DONE ? STATUS_OK : sql_fail(sql, err);
}

Status sql_done(const Sql *sql, sqlite3_stmt *statement, Err *err)
{
    bool row;
    const Status status = sql_next(sql, statement, &row, err);
    sqlite3_reset(statement);
    return status;
}

Status sql_number(const Sql *sql, const char *text, int64_t *out, Err *err)
{
    sqlite3_stmt *statement;
    bool row;

    *out = 0;
    TRY(sql_prepare(sql, text, &statement, err));
    Status status = sql_next(sql, statement, &row, err);
    if (status == STATUS_OK && row)
        *out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return status;
}

/* ---- whose is it? -------------------- */

Status sql_check_ours(const Sql *sql, int64_t *n_tables, Err *err)
{
    int64_t application, version;

    TRY(sql_number(sql, "PRAGMA application_id", &application, err));
    TRY(sql_number(sql, "PRAGMA user_version", &version, err));
    TRY(sql_number(sql, "SELECT count(*) FROM sqlite_schema", n_tables, err));
    if (*n_tables == 0 && application == 0)
        return STATUS_OK;
    if (application != STORE_APPLICATION)
        return err_set(err, STATUS_INPUT,
                       "%s: a database of another program; expected one that `egret sweep` made",
                       sql->path);
    if (version != STORE_VERSION)
        return err_set(err, STATUS_INPUT, "%s: results in format %lld; expected format %d",
                       sql->path, (long long)version, STORE_VERSION);
    return STATUS_OK;
}

Status sql_check_columns(const Sql *sql, Err *err)
{
    uint32_t n_columns, i = 0;
    const ResultColumn *column = result_columns(&n_columns);
    sqlite3_stmt *statement;
    bool row = true, same = true;

    TRY(sql_prepare(sql, "SELECT name FROM pragma_table_info('results') WHERE cid > 0", &statement,
                    err));
    Status status = sql_next(sql, statement, &row, err);
    for (; status == STATUS_OK && row && same; i++) {
        const char *name = (const char *)sqlite3_column_text(statement, 0);
        same = i < n_columns && name != NULL && strcmp(name, column[i].name) == 0;
        status = sql_next(sql, statement, &row, err);
    }
    sqlite3_finalize(statement);
    if (status == STATUS_OK && (!same || i != n_columns))
        return err_set(err, STATUS_INPUT,
                       "%s: results with other columns, of another version of this program; "
                       "expected those of version %s",
                       sql->path, EGRET_VERSION);
    return status;
}

const char *sql_name(Arena *arena, const char *name)
{
    char *out = ARENA_ARRAY(arena, char, 2 * strlen(name) + 3), *at = out;

    *at++ = '"';
    for (; *name != 0; name++) {
        if (*name == '"')
            *at++ = '"';
        *at++ = *name;
    }
    *at = '"';
    return out;
}
