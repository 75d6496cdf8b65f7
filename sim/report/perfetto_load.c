/* perfetto_load.c - the files of a run directory that a trace is made from, and that they belong
 * together: every core, link and layer of the timeline is one of the run's. Cost: O(their bytes).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv_table.h"
#include "base/file.h"
#include "perfetto_private.h"

static int compare_cores(const void *left, const void *right)
{
    const PerfettoCore *a = left, *b = right;
    return (a->id > b->id) - (a->id < b->id);
}

const PerfettoCore *perfetto_core(const PerfettoRun *run, uint32_t id)
{
    const PerfettoCore key = {.id = id};
    return run->n_cores == 0 ? NULL
                             : bsearch(&key, run->core, run->n_cores, sizeof key, compare_cores);
}

/* Sum of a column; what a run without a time axis leaves empty is 0. */
static Status add_cycles(Arena *arena, const CsvTable *table, const char *column, uint64_t *sum,
                         Err *err)
{
    static const uint64_t unknown = 0;
    const uint64_t *cycles;

    TRY(csv_u64_column(arena, table, column, &unknown, &cycles, err));
    for (uint32_t i = 0; i < table->n_rows; i++)
        *sum += cycles[i];
    return STATUS_OK;
}

static Status load_cores(Arena *arena, const char *folder, PerfettoRun *run, Err *err)
{
    static const char *const work[] = {"receive_cycles", "update_cycles", "emit_cycles",
                                       "slow_cycles"};
    const uint64_t *id, *x, *y;
    const char *const *layers;
    const CsvTable *table;

    TRY(csv_load(arena, file_join(arena, folder, "cores.csv"), &table, err));
    TRY(csv_u64_column(arena, table, "core", NULL, &id, err));
    TRY(csv_u64_column(arena, table, "x", NULL, &x, err));
    TRY(csv_u64_column(arena, table, "y", NULL, &y, err));
    TRY(csv_text_column(arena, table, "layers", &layers, err));
    for (size_t i = 0; i < sizeof work / sizeof work[0]; i++)
        TRY(add_cycles(arena, table, work[i], &run->work_cycles, err));
    TRY(add_cycles(arena, table, "mac_array_cycles", &run->array_cycles, err));
    PerfettoCore *core = ARENA_ARRAY(arena, PerfettoCore, table->n_rows);
    for (uint32_t i = 0; i < table->n_rows; i++)
        core[i] = (PerfettoCore){(uint32_t)id[i], x[i], y[i], layers[i]};
    if (table->n_rows > 0)
        qsort(core, table->n_rows, sizeof *core, compare_cores);
    run->n_cores = table->n_rows;
    run->core = core;
    return STATUS_OK;
}

static Status load_links(Arena *arena, const char *folder, PerfettoRun *run, Err *err)
{
    const CsvTable *table;

    TRY(csv_load(arena, file_join(arena, folder, "links.csv"), &table, err));
    TRY(csv_text_column(arena, table, "name", &run->link, err));
    run->n_links = table->n_rows;
    return STATUS_OK;
}

/* What is wrong with a row, or NULL. */
static const char *stranger(const PerfettoRun *run, const TimelineRow *row)
{
    if (row->core != TIMELINE_NONE && perfetto_core(run, row->core) == NULL)
        return "a core that cores.csv does not have";
    if (row->to != TIMELINE_NONE && perfetto_core(run, row->to) == NULL)
        return "a core that cores.csv does not have";
    if (row->link != TIMELINE_NONE && row->link >= run->n_links)
        return "a link that links.csv does not have";
    if (row->layer != TIMELINE_NONE && row->layer >= run->report->n_layers &&
        row->layer != run->report->n_layers) /* a decoder on the chip comes behind the layers */
        return "a layer that report.json does not have";
    return NULL;
}

static Status load_timeline(Arena *arena, const char *folder, PerfettoRun *run, Err *err)
{
    const char *path = file_join(arena, folder, "timeline.csv");

    if (!file_exists(path))
        return err_set(err, STATUS_UNSUPPORTED,
                       "%s: is not there; expected a run of an engine with a time axis, and not "
                       "with --timeline-steps none",
                       path);
    TRY(timeline_load(arena, path, &run->timeline, err));
    for (uint32_t i = 0; i < run->timeline->n_rows; i++) {
        const char *problem = stranger(run, &run->timeline->row[i]);
        if (problem != NULL)
            return err_set(err, STATUS_INPUT, "%s:%" PRIu32 ":1: %s; expected files of one run",
                           path, i + 2, problem);
    }
    return STATUS_OK;
}

Status perfetto_load(Arena *arena, const char *folder, const PerfettoRun **out, Err *err)
{
    PerfettoRun *run = ARENA_ARRAY(arena, PerfettoRun, 1);

    TRY(report_load(arena, file_join(arena, folder, "report.json"), &run->report, err));
    if (run->report->run.run_ps == 0 || run->report->run.core_hz == 0)
        return err_set(err, STATUS_INPUT, "%s: the run took no time; expected some", folder);
    TRY(load_cores(arena, folder, run, err));
    TRY(load_links(arena, folder, run, err));
    TRY(load_timeline(arena, folder, run, err));
    *out = run;
    return STATUS_OK;
}
