/* run_files.c - the files of a run directory, read back for comparison.
 *
 * report.json is read twice: as a Report, which refuses whatever is not one, and as the tree
 * that it is, so that every value can be compared, also those that no code here knows. Tables
 * have a first column that numbers their rows upwards, so that two of them can be gone through
 * side by side. Cost: O(bytes).
 */
#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "sim/compare.h"

static const char *const TABLE_FILE[] = {
#define X(NAME, name, row) #name ".csv",
    RUN_TABLE_LIST(X)
#undef X
};

static const char *const ROW_NAME[] = {
#define X(NAME, name, row) row,
    RUN_TABLE_LIST(X)
#undef X
};

const char *run_table_file(RunTable table)
{
    return TABLE_FILE[table];
}

static Status check_rows(const CsvTable *table, const char *row_name, Err *err)
{
    uint32_t key;
    uint64_t before = 0, number;

    TRY(csv_need(table, row_name, &key, err));
    if (key != 0)
        return err_set(err, STATUS_INPUT, "%s:1:1: column '%s'; expected '%s' as the first",
                       table->file, table->column[0], row_name);
    for (uint32_t row = 0; row < table->n_rows; row++) {
        TRY(csv_u64(table, row, key, NULL, &number, err));
        if (row > 0 && number <= before)
            return csv_fail(table, row, key, err, "%llu after %llu; expected ascending numbers",
                            (unsigned long long)number, (unsigned long long)before);
        before = number;
    }
    return STATUS_OK;
}

Status run_files_load(Arena *arena, const char *folder, bool is_baseline, const RunFiles **out,
                      Err *err)
{
    const char *path = file_join(arena, folder, "report.json");
    RunFiles *files = ARENA_ARRAY(arena, RunFiles, 1);
    YamlNode *tree;

    *out = NULL;
    if (!file_is_folder(folder))
        return err_set(err, STATUS_IO, "%s: no such folder; expected a run directory", folder);
    files->folder = arena_text(arena, folder, strlen(folder));
    TRY(report_load(arena, path, &files->report, err));
    if (files->report->run.interrupted)
        return err_set(err, STATUS_INPUT,
                       "%s: interrupted after %" PRIu64 " of %" PRIu64
                       " steps; expected a whole run",
                       path, files->report->run.simulated_steps, files->report->run.wanted_steps);
    TRY(yaml_load(arena, path, &tree, err));
    files->tree = tree;
    for (RunTable t = (RunTable)0; t < N_RUN_TABLES; t++) {
        path = file_join(arena, folder, TABLE_FILE[t]);
        if (is_baseline && !file_exists(path))
            continue;
        TRY(csv_load(arena, path, &files->table[t], err));
        TRY(check_rows(files->table[t], ROW_NAME[t], err));
    }
    *out = files;
    return STATUS_OK;
}
