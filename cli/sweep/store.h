/* store.h - results in SQLite: the only files that know it are store*.c.
 *
 * Tables `sweep` (what it was: name, text of the file, hashes, version), `keys` (their names),
 * `plan` (a row a point: its values) and `results` (a row a task); view `points` joins the latter
 * two. docs/sweep-results.md has the columns. Rows are the same in whatever order results come,
 * but for those of origin. */
#ifndef CLI_STORE_H
#define CLI_STORE_H

#include "sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Store Store;

/* store_open - make the database, or open one of the same plan. Errors: IO, INPUT (a file that is
 * none of ours, damaged, of another plan or version: the message says which). */
Status store_open(Arena *arena, const char *path, const Plan *plan, Store **out, Err *err);

/* store_add - results in one transaction: all of them, or none. Those that are there already
 * stay, as in results_put. Errors: IO (a full disk, locked), INPUT (damaged). */
Status store_add(Store *store, const Result *const *result, uint32_t n_results, Err *err);
void store_close(Store *store);

/* store_load - plan and results from the database alone, as of one moment if a sweep still writes
 * it. Errors: IO, INPUT. */
Status store_load(Arena *arena, const char *path, const Plan **plan, Results *out, Err *err);

#ifdef __cplusplus
}
#endif
#endif
