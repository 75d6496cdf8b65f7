/* slurm.c - submits what is missing, and does a block of it.
 *
 * Two jobs: the array, and one that goes on after it has ended, however it did. So a sweep of
 * several rounds, and one that lost blocks, needs nobody. Where submissions bring nothing, one
 * after the other, going on would be for ever: the third says so and ends it. Limits: folder and
 * program are seen by all nodes under the same name.
 */
#define _XOPEN_SOURCE 700

#include "slurm.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/number_text.h"
#include "crew.h"
#include "interrupt.h"
#include "results_log.h"
#include "slurm_parts.h"

/* The job that we are in; 0: none. */
static uint64_t own_job(void)
{
    const char *text = getenv("SLURM_JOB_ID"); // NOLINT(concurrency-mt-unsafe)

    return text != NULL ? strtoull(text, NULL, 10) : 0;
}

/* ---- is it free? -------------------- */

static bool is_there(Arena *arena, uint64_t job)
{
    const char *said;
    const char *const word[] = {
        "squeue", "--noheader", "--format=%i", "--jobs", arena_printf(arena, "%" PRIu64, job),
        NULL};

    /* Of a job that has long ended squeue knows nothing, and says so by its exit code. */
    return job != 0 && job != own_job() && slurm_program(arena, word, &said) == 0 &&
           said[0] != '\0';
}

Status slurm_is_free(Arena *arena, const char *folder, Err *err)
{
    const uint32_t last = slurm_last(arena, folder);

    if (last == 0)
        return STATUS_OK;
    const SlurmJobs jobs = slurm_read_jobs(arena, folder, last);
    if (!is_there(arena, jobs.array) && !is_there(arena, jobs.go_on))
        return STATUS_OK;
    err_set(err, STATUS_IO,
            "%s: jobs %" PRIu64 " and %" PRIu64
            " of Slurm work on this sweep; expected one at a time",
            folder, jobs.array, jobs.go_on);
    err_hint(err, "wait for them, or end them: scancel %" PRIu64 " %" PRIu64, jobs.array,
             jobs.go_on);
    return STATUS_IO;
}

/* ---- submit -------------------- */

/* How many submissions before this one brought nothing; none is counted that somebody asked for. */
static Status count_barren(Arena *arena, const Plan *plan, const char *folder, TaskList tasks,
                           uint32_t *out, Err *err)
{
    const uint32_t last = slurm_last(arena, folder);
    const char *before = slurm_folder(arena, folder, last);
    TaskList old;

    *out = 0;
    if (last == 0 || own_job() == 0)
        return STATUS_OK;
    TRY(slurm_read_tasks(arena, plan, before, SLURM_ALL_BLOCKS, &old, err));
    bool *missing = ARENA_ARRAY(arena, bool, (size_t)plan->n_points *N_FIDELITIES);
    for (uint32_t i = 0; i < tasks.n; i++)
        missing[(size_t)tasks.task[i].point * N_FIDELITIES + tasks.task[i].fidelity] = true;
    for (uint32_t i = 0; i < old.n; i++)
        if (!missing[(size_t)old.task[i].point * N_FIDELITIES + old.task[i].fidelity])
            return STATUS_OK;
    *out = slurm_read_jobs(arena, folder, last).n_barren + 1;
    if (*out < SLURM_BARREN)
        return STATUS_OK;
    err_set(err, STATUS_IO, "%s: the last %d jobs brought no result; %s of the round are missing",
            folder, SLURM_BARREN, number_text(tasks.n).text);
    err_hint(err, "see %s/*.log; the same command by hand begins anew", before);
    return STATUS_IO;
}

/* sbatch of a script; its job's number. */
static Status submit(Arena *arena, const char *script, uint64_t after, uint64_t *out, Err *err)
{
    const char *said;
    const char *word[] = {"sbatch", "--parsable", NULL, NULL, NULL};
    uint32_t n = 2;

    if (after != 0)
        word[n++] = arena_printf(arena, "--dependency=afterany:%" PRIu64, after);
    word[n] = script;
    const int code = slurm_program(arena, word, &said);
    *out = strtoull(said, NULL, 10);
    if (code == 0 && *out != 0)
        return STATUS_OK;
    if (code < 0)
        return err_set(err, STATUS_IO, "sbatch: not found; expected Slurm's programs in PATH");
    return err_set(err, STATUS_IO, "sbatch: exit code %d: %s", code, said);
}

Status slurm_submit(Arena *arena, const Plan *plan, const SlurmJob *job, TaskList tasks, FILE *out,
                    Err *err)
{
    const uint32_t number = slurm_last(arena, job->folder) + 1;
    const char *folder = slurm_folder(arena, job->folder, number);
    const uint32_t n_blocks = tasks.n < job->n_blocks ? tasks.n : job->n_blocks;
    SlurmJobs jobs = {0};

    TRY(count_barren(arena, plan, job->folder, tasks, &jobs.n_barren, err));
    TRY(slurm_write(arena, job, number, tasks, err));
    TRY(submit(arena, file_join(arena, folder, "array.sh"), 0, &jobs.array, err));
    TRY(slurm_write_jobs(arena, job->folder, number, jobs, err));
    TRY(submit(arena, file_join(arena, folder, "go-on.sh"), jobs.array, &jobs.go_on, err));
    TRY(slurm_write_jobs(arena, job->folder, number, jobs, err));
    fprintf(out,
            "submitted %s tasks (%s) as job %" PRIu64 " of %" PRIu32 " blocks; job %" PRIu64
            " goes on after it\n",
            number_text(tasks.n).text, fidelity_name(tasks.task[0].fidelity), jobs.array, n_blocks,
            jobs.go_on);
    return STATUS_OK;
}

/* ---- a block -------------------- */

static Status read_block(const char *text, uint32_t *number, uint32_t *block, Err *err)
{
    int n = 0;

    if (sscanf(text, "%4" SCNu32 "/%4" SCNu32 "%n", number, block, &n) == 2 && n > 0 &&
        text[n] == '\0' && text[0] >= '0' && text[0] <= '9')
        return STATUS_OK;
    return err_set(err, STATUS_USAGE,
                   "--task %s: no block; expected NNNN/K, a folder of "
                   "DB.d/slurm and a number",
                   text);
}

static TaskList still_missing(Arena *arena, const Results *results, TaskList tasks)
{
    Task *left = ARENA_ARRAY(arena, Task, tasks.n);
    uint32_t n = 0;

    for (uint32_t i = 0; i < tasks.n; i++)
        if (results_at(results, tasks.task[i]) == NULL)
            left[n++] = tasks.task[i];
    return (TaskList){left, n};
}

static bool count_one(void *context, const Result *result)
{
    (void)result;
    ++*(uint32_t *)context;
    return true;
}

typedef struct Block {
    const Plan *plan;
    const char *folder; /* of the sweep */
    uint32_t n_workers; /* at most */
    uint32_t n_done;
} Block;

static Status work_on(Arena *arena, Block *block, TaskList tasks, Err *err)
{
    Executor *crew;
    const uint32_t n_workers = block->n_workers < tasks.n ? block->n_workers : tasks.n;

    if (tasks.n == 0)
        return STATUS_OK;
    TRY(crew_open(arena, block->plan, block->folder, n_workers, &crew, err));
    interrupt_watch();
    const Status status = crew->run(crew, tasks.task, tasks.n, count_one, &block->n_done, err);
    crew->close(crew);
    return status;
}

Status slurm_task(Arena *arena, const char *folder, const char *name, uint32_t n_workers, FILE *out,
                  Err *err)
{
    Block block = {.folder = folder, .n_workers = n_workers};
    TaskList given;
    Results results;
    uint32_t number, index;

    TRY(read_block(name, &number, &index, err));
    TRY(plan_load(arena, folder, &block.plan, err));
    const char *submission = slurm_folder(arena, folder, number);
    TRY(slurm_read_tasks(arena, block.plan, submission, index, &given, err));
    if (given.n == 0)
        return err_set(err, STATUS_INPUT, "--task %s: %s has no such block", name, submission);
    TRY(results_read(arena, block.plan, folder, &results, err));
    const TaskList left = still_missing(arena, &results, given);
    const Status status = work_on(arena, &block, left, err);
    fprintf(out, "block %s: %" PRIu32 " of %" PRIu32 " tasks were done, %" PRIu32 " more now\n",
            name, given.n - left.n, given.n, block.n_done);
    return status;
}
