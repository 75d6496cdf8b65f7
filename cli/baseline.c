/* baseline.c - a run becomes the baseline, with the reason why.
 *
 * A baseline is a folder with report.json and the tables of a run, byte for byte, and accepted.csv,
 * a line for each acceptance: its number, reason and cause, what changed most, and the hashes that
 * say what was run. No date and no host: the same acceptances give the same bytes; when it was is
 * known to the version control that keeps the folder. A baseline without some table (which may be
 * large) stays without it.
 */
#include "baseline.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/hash.h"
#include "output.h"

enum { REASON_MOST = 1000, MAX_FILE_BYTES = 1 << 30, N_FILES = 1 + N_RUN_TABLES };

static const char *const HISTORY_COLUMNS[] = {
    "acceptance",     "reason",        "cause",        "heaviest_change",
    "values_changed", "egret_version", "chip_hash",    "network_hash",
    "input_hash",     "program_hash",  "mapping_hash", "files_hash",
};
enum { N_HISTORY_COLUMNS = sizeof HISTORY_COLUMNS / sizeof HISTORY_COLUMNS[0] };

typedef struct History {
    const CsvTable *before; /* NULL: none yet                 */
    const char *cell[N_HISTORY_COLUMNS];
} History;

typedef struct Copies {
    const char *name[N_FILES]; /* NULL: not kept */
    FileBytes file[N_FILES];
    bool changed;
} Copies;

Status baseline_check_reason(const char *reason, Err *err)
{
    const size_t n = strlen(reason);

    if (strspn(reason, " \t") == n)
        return err_set(err, STATUS_USAGE, "--reason: nothing but blanks; expected why it changed");
    if (strpbrk(reason, "\r\n") != NULL)
        return err_set(err, STATUS_USAGE, "--reason: several lines; expected one");
    if (n > REASON_MOST)
        return err_set(err, STATUS_USAGE, "--reason: %zu bytes; expected at most %d", n,
                       REASON_MOST);
    return STATUS_OK;
}

/* ---- files -------------------- */

static const char *file_name(int i)
{
    return i == 0 ? "report.json" : run_table_file((RunTable)(i - 1));
}

static Status read_copies(Arena *arena, const char *folder, const Acceptance *acceptance,
                          Copies *copies, Err *err)
{
    const Comparison *comparison = acceptance->comparison;

    for (int i = 0; i < N_FILES; i++) {
        const char *name = file_name(i), *path = file_join(arena, folder, name);
        FileBytes before;
        if (i > 0 && comparison != NULL && comparison->baseline->table[i - 1] == NULL)
            continue;
        copies->name[i] = name;
        TRY(file_read(arena, file_join(arena, acceptance->run->folder, name), MAX_FILE_BYTES,
                      &copies->file[i], err));
        if (comparison == NULL) {
            copies->changed = true;
            continue;
        }
        TRY(file_read(arena, path, MAX_FILE_BYTES, &before, err));
        copies->changed |= before.n_bytes != copies->file[i].n_bytes ||
                           memcmp(before.bytes, copies->file[i].bytes, before.n_bytes) != 0;
    }
    return STATUS_OK;
}

static void write_copy(Arena *scratch, const void *context, FILE *stream)
{
    const FileBytes *file = context;

    (void)scratch;
    fwrite(file->bytes, 1, file->n_bytes, stream);
}

/* ---- history -------------------- */

static Status load_history(Arena *arena, const char *folder, History *history, Err *err)
{
    const char *path = file_join(arena, folder, BASELINE_HISTORY);

    if (!file_exists(path))
        return STATUS_OK;
    TRY(csv_load(arena, path, &history->before, err));
    for (int i = 0; i < N_HISTORY_COLUMNS; i++) {
        uint32_t column;
        TRY(csv_need(history->before, HISTORY_COLUMNS[i], &column, err));
        if (column != (uint32_t)i)
            return err_set(err, STATUS_INPUT, "%s:1:1: '%s' is column %u; expected it as column %d",
                           path, HISTORY_COLUMNS[i], column + 1, i + 1);
    }
    return STATUS_OK;
}

static const char *heaviest(Arena *arena, const Comparison *comparison)
{
    const char *before = "", *after = "";

    if (comparison == NULL || comparison->n_changes == 0)
        return "";
    const Change *change = &comparison->change[0];
    if (change->before == NULL && change->after == NULL)
        return arena_printf(arena, "%s %s", change_name(arena, change),
                            verdict_name(change->verdict));
    change_text(arena, change, &before, &after);
    return arena_printf(arena, "%s %s -> %s %s", change_name(arena, change), before, after,
                        change_by(arena, change));
}

static void fill_line(Arena *arena, const Acceptance *acceptance, const Copies *copies,
                      History *history)
{
    const Comparison *comparison = acceptance->comparison;
    const ReportTexts *text = &acceptance->run->report->text;
    uint64_t hash = HASH_START;

    for (int i = 0; i < N_FILES; i++)
        if (copies->name[i] != NULL)
            hash = hash_bytes(hash, copies->file[i].bytes, copies->file[i].n_bytes);
    const char *cell[N_HISTORY_COLUMNS] = {
        arena_printf(arena, "%" PRIu32, history->before ? history->before->n_rows + 1 : 1),
        acceptance->reason,
        comparison ? compare_cause_text(arena, comparison) : "",
        heaviest(arena, comparison),
        arena_printf(arena, "%" PRIu32, comparison ? comparison->n_changes : 0),
        text->egret_version,
        text->chip_hash,
        text->network_hash,
        text->input_hash,
        text->program_hash,
        text->mapping_hash,
        arena_printf(arena, "%016" PRIx64, hash),
    };
    memcpy(history->cell, cell, sizeof cell);
}

static void write_history(Arena *scratch, const void *context, FILE *stream)
{
    const History *history = context;
    const uint32_t n_rows = history->before ? history->before->n_rows : 0;

    (void)scratch;
    csv_write_row(stream, HISTORY_COLUMNS, N_HISTORY_COLUMNS);
    for (uint32_t row = 0; row < n_rows; row++) {
        const char *cell[N_HISTORY_COLUMNS];
        for (uint32_t i = 0; i < N_HISTORY_COLUMNS; i++)
            cell[i] = csv_text(history->before, row, i);
        csv_write_row(stream, cell, N_HISTORY_COLUMNS);
    }
    csv_write_row(stream, history->cell, N_HISTORY_COLUMNS);
}

/* ---- both -------------------- */

static Status write_all(Output *output, const Copies *copies, const History *history, Err *err)
{
    for (int i = 0; i < N_FILES; i++)
        if (copies->name[i] != NULL)
            TRY(output_add(output, copies->name[i], write_copy, &copies->file[i], err));
    TRY(output_add(output, BASELINE_HISTORY, write_history, history, err));
    return output_commit(output, err);
}

Status baseline_accept(Arena *arena, const char *folder, const Acceptance *acceptance,
                       bool *accepted, Err *err)
{
    Copies copies = {0};
    History history = {0};
    Output output;

    *accepted = false;
    TRY(read_copies(arena, folder, acceptance, &copies, err));
    if (!copies.changed)
        return STATUS_OK;
    TRY(load_history(arena, folder, &history, err));
    fill_line(arena, acceptance, &copies, &history);
    TRY(output_open(arena, folder, &output, err));
    const Status status = write_all(&output, &copies, &history, err);
    if (status != STATUS_OK)
        output_abandon(&output);
    *accepted = status == STATUS_OK;
    return status;
}
