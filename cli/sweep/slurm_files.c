/* slurm_files.c - the folder of a submission: which tasks, and the scripts that do them.
 *
 * Slurm keeps a copy of a script and runs that, so all paths in it are whole. The scripts go to
 * where the command was given, and use the very program that wrote them. Logs of Slurm are appended
 * to, as a block may be run more than once.
 */
#define _XOPEN_SOURCE 700

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/csv_table.h"
#include "base/file.h"
#include "slurm_parts.h"

#ifndef PATH_MAX
#define PATH_MAX 4096
#endif

enum { NUMBER_DIGITS = 4, NUMBER_MAX = 9999 };

const char *slurm_folder(Arena *arena, const char *folder, uint32_t number)
{
    return arena_printf(arena, "%s/slurm/%04" PRIu32, folder, number);
}

uint32_t slurm_last(Arena *arena, const char *folder)
{
    DIR *entries = opendir(file_join(arena, folder, "slurm"));
    uint32_t last = 0;

    if (entries == NULL)
        return 0;
    const struct dirent *entry;
    while ((entry = readdir(entries)) != NULL) // NOLINT(concurrency-mt-unsafe)
        if (strlen(entry->d_name) == NUMBER_DIGITS &&
            strspn(entry->d_name, "0123456789") == NUMBER_DIGITS) {
            const uint32_t number = (uint32_t)strtoul(entry->d_name, NULL, 10);
            last = number > last ? number : last;
        }
    closedir(entries);
    return last;
}

/* ---- tasks -------------------- */

/* At most one a task. */
static uint32_t blocks_of(const SlurmJob *job, uint32_t n_tasks)
{
    return n_tasks < job->n_blocks ? n_tasks : job->n_blocks;
}

static Status write_tasks(Arena *arena, const char *folder, TaskList tasks, uint32_t n_blocks,
                          Err *err)
{
    FileWriter *writer;

    TRY(file_write_begin(arena, file_join(arena, folder, "tasks.csv"), &writer, err));
    FILE *stream = file_write_stream(writer);
    fprintf(stream, "block,point,fidelity\n");
    for (uint32_t i = 0; i < tasks.n; i++)
        fprintf(stream, "%" PRIu64 ",%" PRIu32 ",%s\n", (uint64_t)i * n_blocks / tasks.n,
                tasks.task[i].point, fidelity_name(tasks.task[i].fidelity));
    return file_write_commit(writer, err);
}

typedef struct Columns {
    uint32_t block, point, fidelity;
} Columns;

static Status read_task(const CsvTable *table, uint32_t row, const Columns *column, Task *out,
                        Err *err)
{
    const char *text = csv_text(table, row, column->fidelity);
    uint64_t point;
    int f = 0;

    TRY(csv_u64(table, row, column->point, NULL, &point, err));
    while (f < N_FIDELITIES && strcmp(text, fidelity_name((Fidelity)f)) != 0)
        f++;
    if (f == N_FIDELITIES || point > UINT32_MAX)
        return err_set(err, STATUS_INPUT, "%s:%" PRIu32 ":1: no task; expected one of a sweep",
                       table->file, row + 2);
    *out = (Task){.point = (uint32_t)point, .fidelity = (Fidelity)f};
    return STATUS_OK;
}

Status slurm_read_tasks(Arena *arena, const Plan *plan, const char *folder, uint32_t block,
                        TaskList *out, Err *err)
{
    const CsvTable *table;
    Columns column;
    uint64_t of_block;
    uint32_t n = 0;

    TRY(csv_load(arena, file_join(arena, folder, "tasks.csv"), &table, err));
    TRY(csv_need(table, "block", &column.block, err));
    TRY(csv_need(table, "point", &column.point, err));
    TRY(csv_need(table, "fidelity", &column.fidelity, err));
    Task *task = ARENA_ARRAY(arena, Task, table->n_rows);
    for (uint32_t row = 0; row < table->n_rows; row++) {
        TRY(csv_u64(table, row, column.block, NULL, &of_block, err));
        TRY(read_task(table, row, &column, &task[n], err));
        if (task[n].point >= plan->n_points)
            return err_set(err, STATUS_INPUT,
                           "%s:%" PRIu32 ":1: point %" PRIu32 "; expected less than %" PRIu32,
                           table->file, row + 2, task[n].point, plan->n_points);
        n += block == SLURM_ALL_BLOCKS || of_block == block;
    }
    *out = (TaskList){task, n};
    return STATUS_OK;
}

/* ---- scripts -------------------- */

/* 'as the shell takes it' */
static void write_quoted(FILE *stream, const char *text)
{
    fputc('\'', stream);
    for (; *text != '\0'; text++)
        if (*text == '\'')
            fputs("'\\''", stream);
        else
            fputc(*text, stream);
    fputc('\'', stream);
}

/* Where we are, and who. */
typedef struct Here {
    char folder[PATH_MAX], program[PATH_MAX], sweep[PATH_MAX];
} Here;

static Status find_here(const SlurmJob *job, Here *here, Err *err)
{
    const ssize_t n = readlink("/proc/self/exe", here->program, sizeof here->program - 1);

    if (getcwd(here->folder, sizeof here->folder) == NULL || n <= 0 ||
        realpath(job->folder, here->sweep) == NULL)
        return err_set(err, STATUS_IO, "cannot tell where this program runs: %s", strerror(errno));
    here->program[n] = '\0';
    return STATUS_OK;
}

/* Lines that sbatch reads end at a line break. */
static Status check_text(const char *text, const char *what, Err *err)
{
    for (const char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < ' ')
            return err_set(err, STATUS_INPUT, "%s: holds a control character; expected none", what);
    return STATUS_OK;
}

static void begin_script(FILE *stream, const SlurmJob *job, const Here *here, uint32_t number,
                         const char *log)
{
    fprintf(stream, "#!/bin/sh\n#SBATCH --job-name=egret-sweep\n");
    fprintf(stream, "#SBATCH --open-mode=append --output=\"%s/slurm/%04" PRIu32 "/%s.log\"\n",
            here->sweep, number, log);
    if (job->options != NULL)
        fprintf(stream, "#SBATCH %s\n", job->options);
}

static Status write_array(Arena *arena, const SlurmJob *job, const Here *here, uint32_t number,
                          uint32_t n_blocks, Err *err)
{
    FileWriter *writer;
    const char *folder = slurm_folder(arena, job->folder, number);

    TRY(file_write_begin(arena, file_join(arena, folder, "array.sh"), &writer, err));
    FILE *stream = file_write_stream(writer);
    begin_script(stream, job, here, number, "block-%a");
    fprintf(stream, "#SBATCH --requeue --array=0-%" PRIu32 "\n", n_blocks - 1);
    if (job->n_workers > 0)
        fprintf(stream, "#SBATCH --cpus-per-task=%" PRIu32 "\n", job->n_workers);
    fprintf(stream,
            "# A block of tasks; by hand: sh array.sh BLOCK. What is done is not done again.\n"
            "cd ");
    write_quoted(stream, here->folder);
    fprintf(stream, " || exit 5\nexec ");
    write_quoted(stream, here->program);
    fprintf(stream, " sweep ");
    write_quoted(stream, here->sweep);
    fprintf(stream, " --task \"%04" PRIu32 "/${1:-$SLURM_ARRAY_TASK_ID}\"", number);
    if (job->n_workers > 0)
        fprintf(stream, " --jobs %" PRIu32 "\n", job->n_workers);
    else
        fprintf(stream, " --jobs \"${SLURM_CPUS_PER_TASK:-1}\"\n");
    return file_write_commit(writer, err);
}

static Status write_go_on(Arena *arena, const SlurmJob *job, const Here *here, uint32_t number,
                          Err *err)
{
    FileWriter *writer;
    const char *folder = slurm_folder(arena, job->folder, number);

    TRY(file_write_begin(arena, file_join(arena, folder, "go-on.sh"), &writer, err));
    FILE *stream = file_write_stream(writer);
    begin_script(stream, job, here, number, "go-on");
    fprintf(stream, "# Results so far into the database, and what is missing to Slurm again.\ncd ");
    write_quoted(stream, here->folder);
    fprintf(stream, " || exit 5\nexec ");
    write_quoted(stream, here->program);
    for (uint32_t i = 0; i < job->n_words; i++) {
        fputc(' ', stream);
        write_quoted(stream, job->command[i]);
    }
    fputc('\n', stream);
    return file_write_commit(writer, err);
}

Status slurm_write(Arena *arena, const SlurmJob *job, uint32_t number, TaskList tasks, Err *err)
{
    const char *folder = slurm_folder(arena, job->folder, number);
    const uint32_t n_blocks = blocks_of(job, tasks.n);
    Here *here = ARENA_ARRAY(arena, Here, 1);

    if (number > NUMBER_MAX)
        return err_set(err, STATUS_IO, "%s/slurm: %d submissions; expected fewer", job->folder,
                       NUMBER_MAX);
    TRY(find_here(job, here, err));
    TRY(check_text(here->sweep, here->sweep, err));
    if (job->options != NULL)
        TRY(check_text(job->options, "--slurm-options", err));
    TRY(file_make_folder(file_join(arena, job->folder, "slurm"), NULL, err));
    TRY(file_make_folder(folder, NULL, err));
    TRY(write_tasks(arena, folder, tasks, n_blocks, err));
    TRY(write_array(arena, job, here, number, n_blocks, err));
    return write_go_on(arena, job, here, number, err);
}

/* ---- jobs -------------------- */

Status slurm_write_jobs(Arena *arena, const char *folder, uint32_t number, SlurmJobs jobs, Err *err)
{
    FileWriter *writer;
    const char *path = file_join(arena, slurm_folder(arena, folder, number), "jobs");

    TRY(file_write_begin(arena, path, &writer, err));
    fprintf(file_write_stream(writer), "array %" PRIu64 "\ngo-on %" PRIu64 "\nbarren %" PRIu32 "\n",
            jobs.array, jobs.go_on, jobs.n_barren);
    return file_write_commit(writer, err);
}

SlurmJobs slurm_read_jobs(Arena *arena, const char *folder, uint32_t number)
{
    const char *path = file_join(arena, slurm_folder(arena, folder, number), "jobs");
    SlurmJobs jobs = {0};
    FILE *file = fopen(path, "r");

    if (file == NULL)
        return jobs;
    if (fscanf(file, "array %" SCNu64 " go-on %" SCNu64 " barren %" SCNu32, &jobs.array,
               &jobs.go_on, &jobs.n_barren) != 3) // NOLINT(cert-err34-c): ours, or none
        jobs = (SlurmJobs){0};
    fclose(file);
    return jobs;
}
