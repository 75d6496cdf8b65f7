/* point_files.c - reference runs and programs in files, found by a hash of what they depend on.
 *
 * A file appears whole: it is written under a name of this process and renamed. Of a reference run
 * the events are kept (.egt), and its sums as exact text (.run); MACs follow from the events. A
 * damaged or foreign file is made again. While a run is recorded its key is locked, so that it is
 * recorded once; the lock goes with the process.
 */
#define _DEFAULT_SOURCE

#include "point_files.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/csv_table.h"
#include "base/file.h"
#include "base/hash.h"
#include "models/event_trace.h"

static const char *path_of(Arena *arena, const char *folder, const char *key, const char *ending)
{
    uint64_t hash[2] = {HASH_START, ~HASH_START};
    hash_words_twice(hash, key, strlen(key));
    return arena_printf(arena, "%s/%016" PRIx64 "%016" PRIx64 "%s", folder, hash[0], hash[1],
                        ending);
}

static const char *own_path(Arena *arena, const char *path)
{
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    return arena_printf(arena, "%s.%s.%ld", path, host, (long)getpid());
}

/* ---- reference runs -------------------- */

typedef struct RunSums {
    uint64_t n_predictions, n_saturated;
    double nll_sum, perplexity, mean_activity;
} RunSums;

static void write_sums(FILE *stream, const char *name, const ReferenceRun *run)
{
    fprintf(stream, "%s,%" PRIu64 ",%" PRIu64 ",%.17g,%.17g,%.17g\n", name, run->n_predictions,
            run->n_saturated, run->nll_sum, run->perplexity, run->mean_activity);
}

static Status read_sums(const CsvTable *table, uint32_t row, RunSums *out, Err *err)
{
    TRY(csv_u64(table, row, 1, NULL, &out->n_predictions, err));
    TRY(csv_u64(table, row, 2, NULL, &out->n_saturated, err));
    TRY(csv_real(table, row, 3, NULL, &out->nll_sum, err));
    TRY(csv_real(table, row, 4, NULL, &out->perplexity, err));
    return csv_real(table, row, 5, NULL, &out->mean_activity, err);
}

static ReferenceRun *with_sums(Arena *arena, const ReferenceRun *run, const RunSums *sums)
{
    ReferenceRun *copy = ARENA_ARRAY(arena, ReferenceRun, 1);
    *copy = *run;
    copy->n_predictions = sums->n_predictions;
    copy->n_saturated = sums->n_saturated;
    copy->nll_sum = sums->nll_sum;
    copy->perplexity = sums->perplexity;
    copy->mean_activity = sums->mean_activity;
    return copy;
}

static Status load_run(const char *folder, const char *key, Job *job, Err *err)
{
    const char *events = path_of(job->arena, folder, key, ".egt");
    const EventTrace *expected;
    const ReferenceRun *counted;
    const CsvTable *table;
    RunSums sums[2];

    TRY(csv_load(job->arena, path_of(job->arena, folder, key, ".run"), &table, err));
    TRY(event_trace_load(job->arena, events, &expected, err));
    if (table->n_columns != 6 || table->n_rows < 1 || table->n_rows > 2 ||
        expected->n_layers != job->network->n_layers || expected->n_steps != job->input->n_steps)
        return err_set(err, STATUS_INPUT, "%s: of another run", events);
    for (uint32_t i = 0; i < table->n_rows; i++)
        TRY(read_sums(table, i, &sums[i], err));
    TRY(reference_macs(job->arena, job->network, job->input, expected, false, &counted, err));
    job->reference = with_sums(job->arena, counted, &sums[0]);
    if (table->n_rows > 1)
        job->before = with_sums(job->arena, &(ReferenceRun){0}, &sums[1]);
    job->expected = expected;
    return STATUS_OK;
}

static void keep_run(const char *folder, const char *key, const Job *job)
{
    const char *path = path_of(job->arena, folder, key, "");
    const char *events = own_path(job->arena, arena_printf(job->arena, "%s.egt", path));
    const char *sums = own_path(job->arena, arena_printf(job->arena, "%s.run", path));
    FileWriter *writer;
    Err err;

    if (event_trace_save(job->arena, job->expected, events, &err) != STATUS_OK)
        return;
    if (file_write_begin(job->arena, sums, &writer, &err) != STATUS_OK) {
        unlink(events);
        return;
    }
    FILE *stream = file_write_stream(writer);
    fprintf(stream, "run,predictions,saturated,nll_sum,perplexity,mean_activity\n");
    write_sums(stream, "reference", job->reference);
    if (job->before != NULL)
        write_sums(stream, "before", job->before);
    if (file_write_commit(writer, &err) != STATUS_OK ||
        rename(events, arena_printf(job->arena, "%s.egt", path)) != 0 ||
        rename(sums, arena_printf(job->arena, "%s.run", path)) != 0) {
        unlink(events);
        unlink(sums);
    }
}

Status point_files_events(const char *folder, const char *key, Job *job, Err *err)
{
    Err none;

    if (folder == NULL)
        return job_make_events(job, err);
    const int lock =
        open(path_of(job->arena, folder, key, ".lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock >= 0)
        while (flock(lock, LOCK_EX) != 0)
            ;
    Status status = load_run(folder, key, job, &none);
    if (status != STATUS_OK) {
        status = job_make_events(job, err);
        if (status == STATUS_OK)
            keep_run(folder, key, job);
    }
    if (lock >= 0)
        close(lock);
    return status;
}

/* ---- programs -------------------- */

bool point_files_program(const char *folder, const char *key, Arena *arena, const Program **out)
{
    Err err;

    if (folder == NULL)
        return false;
    return program_load(arena, path_of(arena, folder, key, ".egp"), out, &err) == STATUS_OK;
}

void point_files_keep_program(const char *folder, const char *key, Arena *arena,
                              const Program *program)
{
    Err err;

    if (folder == NULL)
        return;
    const char *path = path_of(arena, folder, key, ".egp");
    const char *own = own_path(arena, path);
    if (program_save(arena, program, own, &err) == STATUS_OK && rename(own, path) != 0)
        unlink(own);
}
