/* sweep_run.c - manages a sweep: its folder, rounds of tasks, and the database.
 *
 * The logs are written by whoever made a result, before anybody is told; the database follows, a
 * batch of results a transaction. So the manager can die at any moment: the next one reads the logs
 * and goes on. Two managers of one sweep would make every result twice: a lock on the folder lets
 * the second one know.
 */
#define _DEFAULT_SOURCE

#include "sweep_run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "../interrupt.h"
#include "../progress.h"
#include "base/check.h"
#include "base/file.h"
#include "results_log.h"
#include "rounds.h"
#include "store.h"
#include "sweep_inputs.h"

enum { BATCH_RESULTS = 64, LOCK_TRIES = 20, LOCK_WAIT_NS = 50000000 };

struct SweepRun {
    Arena *arena; /* of its own: results live as long as it does */
    const Plan *plan;
    const char *database, *folder;
    int lock;
    Results results;
    ResultsLog *log; /* of the manager, for what follows from other results */
    Store *store;
    uint32_t n_batch; /* not yet in the database */
    const Result *batch[BATCH_RESULTS];
    uint32_t n_done, n_tasks; /* of the round */
    Progress *progress;
    Status status; /* of storing */
    Err err;
};

const char *sweep_folder(Arena *arena, const char *database)
{
    return arena_printf(arena, "%s.d", database);
}

/* ---- folder -------------------- */

static Status lock_folder(SweepRun *run, Err *err)
{
    const char *path = file_join(run->arena, run->folder, "lock");

    run->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (run->lock < 0)
        return err_set(err, STATUS_IO, "%s: cannot open: %s", path, strerror(errno));
    /* Workers of a manager that was killed hold it until they have noticed. */
    bool locked = flock(run->lock, LOCK_EX | LOCK_NB) == 0;
    for (int i = 0; i < LOCK_TRIES && !locked; i++) {
        nanosleep(&(struct timespec){.tv_nsec = LOCK_WAIT_NS}, NULL);
        locked = flock(run->lock, LOCK_EX | LOCK_NB) == 0;
    }
    if (!locked)
        return err_set(err, STATUS_IO,
                       "%s: another process works on this sweep; expected one at a time",
                       run->folder);
    return STATUS_OK;
}

static Status same_plan(SweepRun *run, Err *err)
{
    const Plan *before;

    TRY(plan_load(run->arena, run->folder, &before, err));
    if (before->hash == run->plan->hash)
        return STATUS_OK;
    err_set(err, STATUS_INPUT,
            "%s: holds results of another sweep, `%s` of %" PRIu32 " points; expected that of %s",
            run->folder, before->sweep->name, before->n_points, run->plan->sweep->file);
    err_hint(err, "a changed sweep needs a database of its own: give another -o");
    return STATUS_INPUT;
}

static Status open_folder(SweepRun *run, Err *err)
{
    TRY(file_make_folder(run->folder, NULL, err));
    TRY(lock_folder(run, err));
    if (file_exists(file_join(run->arena, run->folder, "plan.json")))
        TRY(same_plan(run, err));
    else
        TRY(plan_save(run->arena, run->plan, run->folder, err));
    return sweep_inputs_hold(run->arena, run->plan, run->folder, err);
}

Status sweep_run_open(Arena *arena, const Plan *plan, const char *database, SweepRun **out,
                      Err *err)
{
    SweepRun *run = ARENA_ARRAY(arena, SweepRun, 1);

    run->arena = arena_new();
    run->plan = plan;
    run->database = database;
    run->folder = sweep_folder(run->arena, database);
    run->lock = -1;
    *out = run;
    TRY(rounds_check(plan, err));
    return open_folder(run, err);
}

void sweep_run_close(SweepRun *run)
{
    if (run == NULL || run->arena == NULL)
        return;
    if (run->store != NULL)
        store_close(run->store);
    if (run->log != NULL)
        results_log_close(run->log);
    if (run->lock >= 0)
        close(run->lock);
    arena_free(run->arena);
    run->arena = NULL;
}

const Results *sweep_run_results(const SweepRun *run)
{
    return &run->results;
}

const char *sweep_run_folder(const SweepRun *run)
{
    return run->folder;
}

/* ---- database -------------------- */

static Status store_batch(SweepRun *run)
{
    if (run->n_batch > 0 && run->status == STATUS_OK)
        run->status = store_add(run->store, run->batch, run->n_batch, &run->err);
    run->n_batch = 0;
    return run->status;
}

static void put(SweepRun *run, const Result *result)
{
    const size_t at = (size_t)result->task.fidelity * run->results.n_points + result->task.point;

    run->results.row[at] = result;
    run->batch[run->n_batch++] = result;
    if (run->n_batch == BATCH_RESULTS)
        store_batch(run);
}

Status sweep_run_store(SweepRun *run, Err *err)
{
    TRY(results_read(run->arena, run->plan, run->folder, &run->results, err));
    for (uint32_t i = 0; i < run->results.n_notes; i++)
        fprintf(stderr, "egret: %s\n", run->results.note[i]);
    TRY(store_open(run->arena, run->database, run->plan, &run->store, err));
    TRY(results_log_open(run->arena, run->plan, run->folder, &run->log, err));
    const size_t n = (size_t)run->results.n_points * N_FIDELITIES;
    const Result **all = ARENA_ARRAY(run->arena, const Result *, n);
    uint32_t n_all = 0;
    for (size_t i = 0; i < n; i++)
        if (run->results.row[i] != NULL)
            all[n_all++] = run->results.row[i];
    return store_add(run->store, all, n_all, err);
}

/* ---- rounds -------------------- */

static const char *copy_text(Arena *arena, const char *text)
{
    return text == NULL ? "" : arena_text(arena, text, strlen(text));
}

static const Result *copy_result(Arena *arena, const Result *result)
{
    Result *copy = ARENA_ARRAY(arena, Result, 1);

    *copy = *result;
    copy->error = copy_text(arena, result->error);
#define X(field) copy->field = copy_text(arena, result->field);
    RESULT_TEXT_LIST(X)
#undef X
    copy->origin.host = copy_text(arena, result->origin.host);
    return copy;
}

static bool take_result(void *context, const Result *result)
{
    SweepRun *run = context;

    put(run, copy_result(run->arena, result));
    run->n_done++;
    const bool go_on = progress_update(run->progress, run->n_done, run->n_tasks);
    return go_on && run->status == STATUS_OK;
}

/* What follows from others is logged and stored as any result. */
static Status take_screened(SweepRun *run, const Round *round, Err *err)
{
    for (uint32_t i = 0; i < round->n_screened; i++) {
        TRY(results_log_append(run->log, &round->screened[i], err));
        put(run, copy_result(run->arena, &round->screened[i]));
    }
    return STATUS_OK;
}

static Status fail_stored(const SweepRun *run, Err *err)
{
    if (run->status != STATUS_OK)
        *err = run->err;
    return run->status;
}

Status sweep_run_next(SweepRun *run, const Task **task, uint32_t *n_tasks, Err *err)
{
    Arena *scratch = arena_new();
    Round round;
    Status status = rounds_next(scratch, run->plan, &run->results, &round, err);

    *n_tasks = 0;
    if (status == STATUS_OK)
        status = take_screened(run, &round, err);
    if (status == STATUS_OK) {
        Task *copy = ARENA_ARRAY(run->arena, Task, round.n_tasks);
        memcpy(copy, round.task, round.n_tasks * sizeof *copy);
        *task = copy;
        *n_tasks = round.n_tasks;
        store_batch(run);
        status = fail_stored(run, err);
    }
    arena_free(scratch);
    return status;
}

Status sweep_run_rounds(SweepRun *run, Executor *executor, bool quiet, Err *err)
{
    for (;;) {
        Progress progress;
        const Task *task;

        TRY(sweep_run_next(run, &task, &run->n_tasks, err));
        if (run->n_tasks == 0)
            return STATUS_OK;
        run->n_done = 0;
        run->progress = &progress;
        progress_begin(&progress, fidelity_name(task[0].fidelity), quiet);
        Status status = executor->run(executor, task, run->n_tasks, take_result, run, err);
        progress_end(&progress);
        store_batch(run);
        TRY(fail_stored(run, err));
        TRY(status);
        if (interrupt_asked())
            return err_set(err, STATUS_INTERRUPTED,
                           "interrupted: what is done is kept; the same command goes on");
    }
}
