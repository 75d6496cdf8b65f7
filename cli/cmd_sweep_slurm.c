/* cmd_sweep_slurm.c - see cmd_sweep_slurm.h. */
#include "cmd_sweep_slurm.h"

#include <stdio.h>

#include "base/number_text.h"
#include "slurm.h"

enum { MAX_JOBS = 1024 };

/* The same command again, word by word. */
static void copy_command(Arena *arena, const Args *args, SlurmJob *job)
{
    const char **word = ARENA_ARRAY(arena, const char *, (size_t)args->n_given + 2);
    uint32_t n = 0;

    word[n++] = args->command->name;
    for (uint32_t i = 0; i < args->n_given; i++) {
        const GivenOption *given = &args->given[i];
        word[n++] = given->value == NULL
                        ? arena_printf(arena, "--%s", given->row->name)
                        : arena_printf(arena, "--%s=%s", given->row->name, given->value);
    }
    word[n++] = args->operand[0];
    job->command = word;
    job->n_words = n;
}

static Status make_job(Arena *arena, const Args *args, const char *folder, SlurmJob *job, Err *err)
{
    uint64_t n_blocks, n_workers;

    TRY(args_u64(args, "slurm-tasks", 1, SLURM_BLOCKS_MAX, SLURM_BLOCKS, &n_blocks, err));
    TRY(args_u64(args, "jobs", 1, MAX_JOBS, 0, &n_workers, err));
    *job = (SlurmJob){.folder = folder,
                      .n_blocks = (uint32_t)n_blocks,
                      .n_workers = (uint32_t)n_workers,
                      .options = args_text(args, "slurm-options")};
    copy_command(arena, args, job);
    return STATUS_OK;
}

Status sweep_to_slurm(Arena *arena, const Args *args, const Plan *plan, SweepRun *run, Err *err)
{
    const char *folder = sweep_run_folder(run);
    SlurmJob job;
    TaskList tasks;

    TRY(make_job(arena, args, folder, &job, err));
    TRY(slurm_is_free(arena, folder, err));
    TRY(sweep_run_store(run, err));
    TRY(sweep_run_next(run, &tasks.task, &tasks.n, err));
    if (tasks.n > 0)
        return slurm_submit(arena, plan, &job, tasks, stdout, err);
    printf("nothing is left to do: %s points\n", number_text(plan->n_points).text);
    return STATUS_OK;
}

Status sweep_block(Arena *arena, const Args *args, uint32_t n_jobs, Err *err)
{
    return slurm_task(arena, args->operand[0], args_text(args, "task"), n_jobs, stdout, err);
}
