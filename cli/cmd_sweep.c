/* cmd_sweep.c - `egret sweep`: many designs, here or on a cluster, and what comes of them. */
#define _DEFAULT_SOURCE

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "commands.h"
#include "cmd_sweep_slurm.h"
#include "crew.h"
#include "dry_run.h"
#include "interrupt.h"
#include "mpi.h"
#include "store.h"
#include "sweep_page.h"
#include "sweep_run.h"
#include "sweep_text.h"

static const OptionRow OPTIONS[] = {
    {"output", 'o', OPTION_VALUE, "DB",
     "results: an SQLite database; plan and logs are kept in the\n"
     "folder DB.d beside it"},
    {"jobs", 'j', OPTION_VALUE, "N",
     "worker processes (default: one a processor; under mpirun its\n"
     "ranks are the workers)"},
    {"dry-run", 0, OPTION_FLAG, NULL,
     "run nothing but a few points, and say how many there are and\n"
     "what all of them would take"},
    {"slurm", 0, OPTION_FLAG, NULL,
     "give the points to Slurm, as a job array and a job that goes on\n"
     "after it until all is done"},
    {"slurm-tasks", 0, OPTION_VALUE, "N", "with --slurm: tasks of the array at most (default: 64)"},
    {"slurm-options", 0, OPTION_VALUE, "TEXT",
     "with --slurm: for sbatch; --slurm-options=\"--partition=long --time=60\""},
    {"task", 0, OPTION_VALUE, "NNNN/K",
     "of a folder DB.d: block K of DB.d/slurm/NNNN, as an array task\n"
     "does it; what is done is not done again"},
    {"status", 0, OPTION_FLAG, NULL, "of a database: what is done, what failed, and why"},
    {"pareto", 0, OPTION_VALUE, "METRIC,METRIC,..",
     "of a database: the points that none is better than in all of\n"
     "these: names of metrics, or latency, energy, power, rate"},
    {"format", 'f', OPTION_VALUE, "text|json|csv", "of the points of --pareto (default: text)"},
    {"html", 0, OPTION_VALUE, "FILE",
     "of a database: write a page: the front, what matters, what\n"
     "failed"},
    {"csv", 0, OPTION_FLAG, NULL, "of a database: all results, a row each"},
    {"origin", 0, OPTION_FLAG, NULL, "with --csv: also by whom, when, and how long it took"},
};

enum { MAX_JOBS = 1024 };

static Status read_jobs(const Args *args, uint32_t *out, Err *err)
{
    const long n_processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t n_jobs;

    TRY(args_u64(args, "jobs", 1, MAX_JOBS, n_processors > 0 ? (uint64_t)n_processors : 1, &n_jobs,
                 err));
    *out = (uint32_t)n_jobs;
    return STATUS_OK;
}

/* ---- results -------------------- */

static bool is_query(const Args *args)
{
    return args_flag(args, "status") || args_flag(args, "csv") ||
           args_text(args, "pareto") != NULL || args_text(args, "html") != NULL;
}

static Status write_front(Arena *arena, const Args *args, const Plan *plan, const Results *results,
                          uint32_t format, Err *err)
{
    SweepFront front;

    TRY(sweep_objectives(arena, plan, args_text(args, "pareto"), &front, err));
    front.format = (SweepFormat)format;
    sweep_write_front(arena, plan, results, &front, stdout);
    return STATUS_OK;
}

static Status write_page(Arena *arena, const char *path, const Plan *plan, const Results *results,
                         Err *err)
{
    FileWriter *writer;

    TRY(file_write_begin(arena, path, &writer, err));
    sweep_page_write(arena, plan, results, file_write_stream(writer));
    return file_write_commit(writer, err);
}

static Status query(Arena *arena, const Args *args, Err *err)
{
    static const char *const formats[] = {"text", "json", "csv"}; /* as SweepFormat */
    const Plan *plan;
    Results results;
    uint32_t format;

    TRY(args_choice(args, "format", formats, 3, SWEEP_TEXT, &format, err));
    TRY(store_load(arena, args->operand[0], &plan, &results, err));
    if (args_flag(args, "status"))
        sweep_write_status(arena, plan, &results, stdout);
    if (args_text(args, "pareto") != NULL)
        TRY(write_front(arena, args, plan, &results, format, err));
    if (args_text(args, "html") != NULL)
        TRY(write_page(arena, args_text(args, "html"), plan, &results, err));
    if (args_flag(args, "csv"))
        sweep_write_csv(plan, &results, args_flag(args, "origin"), stdout);
    return STATUS_OK;
}

/* ---- a sweep -------------------- */

/* Workers are there before the database is open, so that none of them holds it. */
static Status manage(const Args *args, SweepRun *run, Executor *executor, Err *err)
{
    interrupt_watch();
    Status status = sweep_run_store(run, err);
    if (status == STATUS_OK)
        status = sweep_run_rounds(run, executor, args_flag(args, "quiet"), err);
    executor->close(executor);
    return status;
}

static Status open_workers(Arena *arena, const Plan *plan, const SweepRun *run, uint32_t n_jobs,
                           Executor **out, Err *err)
{
    if (mpi_launched())
        return mpi_open(arena, sweep_run_folder(run), plan, out, err);
    return crew_open(arena, plan, sweep_run_folder(run), n_jobs, out, err);
}

/* Here, or as the first rank. */
static Status sweep(Arena *arena, const Args *args, const Plan *plan, const char *database,
                    Err *err)
{
    Executor *executor = NULL;
    SweepRun *run = NULL;
    uint32_t n_jobs;

    TRY(read_jobs(args, &n_jobs, err));
    Status status = sweep_run_open(arena, plan, database, &run, err);
    if (status == STATUS_OK)
        status = open_workers(arena, plan, run, n_jobs, &executor, err);
    if (status == STATUS_OK)
        status = manage(args, run, executor, err);
    if (status == STATUS_OK)
        sweep_write_status(arena, plan, sweep_run_results(run), stdout);
    sweep_run_close(run);
    return status;
}

/* To Slurm; whoever comes back from there gives the same command. */
static Status submit(Arena *arena, const Args *args, const Plan *plan, const char *database,
                     Err *err)
{
    SweepRun *run = NULL;
    Status status = sweep_run_open(arena, plan, database, &run, err);

    if (status == STATUS_OK)
        status = sweep_to_slurm(arena, args, plan, run, err);
    sweep_run_close(run);
    return status;
}

/* As a rank that works for the first one. */
static Status serve(Arena *arena, const Plan *plan, const char *database, Err *err)
{
    Executor *none;

    return mpi_open(arena, sweep_folder(arena, database), plan, &none, err);
}

static Status block(Arena *arena, const Args *args, Err *err)
{
    uint32_t n_jobs;

    TRY(read_jobs(args, &n_jobs, err));
    return sweep_block(arena, args, n_jobs, err);
}

static Status try_out(Arena *arena, const Args *args, Err *err)
{
    const Plan *plan;
    uint32_t n_jobs;

    TRY(read_jobs(args, &n_jobs, err));
    TRY(sweep_load(arena, args->operand[0], &plan, err));
    return dry_run(arena, plan, n_jobs, stdout, err);
}

static Status run(Arena *arena, const Args *args, Err *err)
{
    const char *database;
    const Plan *plan;

    if (is_query(args))
        return query(arena, args, err);
    if (args_flag(args, "dry-run"))
        return try_out(arena, args, err);
    if (args_text(args, "task") != NULL)
        return block(arena, args, err);
    if (args_flag(args, "slurm") && mpi_launched())
        return err_set(err, STATUS_USAGE, "--slurm: under mpirun; expected one of the two");
    TRY(args_need(args, "output", &database, err));
    TRY(sweep_load(arena, args->operand[0], &plan, err));
    if (args_flag(args, "slurm"))
        return submit(arena, args, plan, database, err);
    return mpi_launched() && mpi_rank() > 0 ? serve(arena, plan, database, err)
                                            : sweep(arena, args, plan, database, err);
}

const CommandRow COMMAND_SWEEP = {
    .name = "sweep",
    .operands = "SWEEP.yaml -o DB | DB --status|--pareto A,B|--csv|--html FILE",
    .summary = "Run many designs of chip, network and mapping, and find the best.",
    .details =
        "SWEEP.yaml says what is varied and what is wanted (docs/sweep.md). Events are recorded\n"
        "once and replayed, programs are compiled once for all points that share one. A sweep "
        "that\n"
        "was stopped goes on where it was with the same command; whoever works on it, and\n"
        "however often, the results are the same.",
    .option = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
    .operand = "FILE",
};
