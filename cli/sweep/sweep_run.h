/* sweep_run.h - a sweep from its plan to the last result: the manager. */
#ifndef CLI_SWEEP_RUN_H
#define CLI_SWEEP_RUN_H

#include "crew.h"
#include "sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct SweepRun SweepRun;

/* sweep_folder - of the files beside a database: "DB.d". */
const char *sweep_folder(Arena *arena, const char *database);

/* sweep_run_open - the folder with its plan: made, or that of a sweep that was begun before and
 * must be the same. One process at a time may manage it. Errors: IO, INPUT (another sweep; a file
 * that its points read has changed since). */
Status sweep_run_open(Arena *arena, const Plan *plan, const char *database, SweepRun **out,
                      Err *err);

/* sweep_run_store - results of the logs into the database; from here on it is open. */
Status sweep_run_store(SweepRun *run, Err *err);

/* sweep_run_rounds - round after round until nothing is left, or an interrupt. Errors: those of the
 * executor, IO, INTERRUPTED. */
Status sweep_run_rounds(SweepRun *run, Executor *executor, bool quiet, Err *err);

/* sweep_run_next - the tasks that are missing now, and what follows from what is there stored: for
 * executors that come back later. */
Status sweep_run_next(SweepRun *run, const Task **task, uint32_t *n_tasks, Err *err);

const Results *sweep_run_results(const SweepRun *run);
const char *sweep_run_folder(const SweepRun *run);
void sweep_run_close(SweepRun *run);

#ifdef __cplusplus
}
#endif
#endif
