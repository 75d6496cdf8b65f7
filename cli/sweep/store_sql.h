/* store_sql.h - one place that speaks to SQLite; private to store*.c. */
#ifndef CLI_STORE_SQL_H
#define CLI_STORE_SQL_H

#include <sqlite3.h>

#include "sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of the header of the file: "EgSw", and the version of the tables. */
enum { STORE_APPLICATION = 0x45675377, STORE_VERSION = 1 };

typedef struct Sql {
    sqlite3 *db;
    const char *path; /* as the user gave it, for messages */
} Sql;

/* sql_open - a database that is to be written, or is only read. What it is, nobody has looked at
 * yet. Errors: IO. sql_close - NULL is allowed. */
Status sql_open(Sql *sql, const char *path, bool to_write, Err *err);
void sql_close(Sql *sql);

/* sql_fail - what SQLite refused last, in words of ours. Errors: IO (disk, locked), INPUT (damaged,
 * no database). sql_damaged - INPUT: what stands there is not what we wrote. */
Status sql_fail(const Sql *sql, Err *err);
Status sql_damaged(const Sql *sql, Err *err, const char *what);

/* sql_run - statements without results. sql_prepare - one; close it with sqlite3_finalize. */
Status sql_run(const Sql *sql, const char *text, Err *err);
Status sql_prepare(const Sql *sql, const char *text, sqlite3_stmt **out, Err *err);

/* sql_next - the next row; *row false: there is none. sql_done - a statement that gives none; reset
 * for the next time. */
Status sql_next(const Sql *sql, sqlite3_stmt *statement, bool *row, Err *err);
Status sql_done(const Sql *sql, sqlite3_stmt *statement, Err *err);

/* sql_number - the only cell of the only row. */
Status sql_number(const Sql *sql, const char *text, int64_t *out, Err *err);

/* sql_check_ours - *n_tables 0: a database without anything in it. Errors: INPUT (of another
 * program or version; damaged). */
Status sql_check_ours(const Sql *sql, int64_t *n_tables, Err *err);

/* sql_check_columns - are the columns of `results` those of this program? Errors: INPUT. */
Status sql_check_columns(const Sql *sql, Err *err);

/* sql_name - a name of a column, in quotes. */
const char *sql_name(Arena *arena, const char *name);

#ifdef __cplusplus
}
#endif
#endif
