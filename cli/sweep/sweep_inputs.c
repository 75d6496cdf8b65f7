/* sweep_inputs.c - a sweep that goes on must read what it read when it began.
 *
 * All values of keys that can name a file - networks, chips, options of `egret run` with FILE - are
 * looked up once; of a network's folder all files. Names are as in SWEEP.yaml, from its folder on.
 * Contents are kept as 64-bit hashes.
 */
#include "sweep_inputs.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../commands.h"
#include "base/csv_table.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/room.h"

enum { MAX_BYTES = 1 << 30 };

typedef struct InputFiles {
    Arena *arena;
    const char *folder; /* that names start from */
    uint32_t n, room;
    const char **name; /* [n] */
} InputFiles;

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *path_of(Arena *arena, const char *folder, const char *name)
{
    return name[0] == '/' ? name : file_join(arena, folder, name);
}

static void add_name(InputFiles *files, const char *name)
{
    files->name =
        room_for_one(files->arena, files->name, files->n, &files->room, sizeof *files->name);
    files->name[files->n++] = name;
}

static void add_folder(InputFiles *files, const char *name)
{
    DIR *stream = opendir(path_of(files->arena, files->folder, name));

    if (stream == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        const char *inside = file_join(files->arena, name, entry->d_name);
        if (entry->d_name[0] != '.' &&
            !file_is_folder(path_of(files->arena, files->folder, inside)))
            add_name(files, inside);
    }
    closedir(stream);
}

static bool may_name_file(const SweepKey *key)
{
    if (key->kind == KEY_NETWORK || key->kind == KEY_CHIP)
        return true;
    if (key->kind != KEY_OPTION)
        return false;
    for (uint32_t i = 0; i < COMMAND_RUN.n_options; i++) {
        const OptionRow *row = &COMMAND_RUN.option[i];
        if (strcmp(row->name, key->option) == 0)
            return row->value != NULL && strstr(row->value, "FILE") != NULL;
    }
    return false;
}

static void add_value(InputFiles *files, const char *value)
{
    const char *path = path_of(files->arena, files->folder, value);

    if (file_is_folder(path))
        add_folder(files, value);
    else if (file_exists(path))
        add_name(files, value);
}

/* Without repeats, in the order of the names. */
static void sort_names(InputFiles *files)
{
    uint32_t n = 0;

    if (files->n > 1)
        qsort(files->name, files->n, sizeof *files->name, compare_texts);
    for (uint32_t i = 0; i < files->n; i++)
        if (n == 0 || strcmp(files->name[i], files->name[n - 1]) != 0)
            files->name[n++] = files->name[i];
    files->n = n;
}

static void find_files(InputFiles *files, const Plan *plan)
{
    for (uint32_t k = 0; k < plan->n_keys; k++) {
        const char *before = NULL;
        if (!may_name_file(&plan->key[k]))
            continue;
        for (uint32_t i = 0; i < plan->n_points; i++) {
            const char *value = plan_value(plan, i, k);
            if (before == NULL || strcmp(before, value) != 0)
                add_value(files, value);
            before = value;
            if (files->n > plan->n_points) /* values that alternate */
                sort_names(files);
        }
    }
    sort_names(files);
}

static Status hash_file(const char *folder, const char *name, uint64_t *out, Err *err)
{
    Arena *scratch = arena_new();
    FileBytes bytes;
    Status status = file_read(scratch, path_of(scratch, folder, name), MAX_BYTES, &bytes, err);

    if (status == STATUS_OK)
        *out = hash_words(HASH_START, bytes.bytes, bytes.n_bytes);
    arena_free(scratch);
    return status;
}

static Status write_hashes(const InputFiles *files, const char *path, Err *err)
{
    FileWriter *writer;
    Status status = STATUS_OK;

    TRY(file_write_begin(files->arena, path, &writer, err));
    FILE *stream = file_write_stream(writer);
    fprintf(stream, "file,hash\n");
    for (uint32_t i = 0; i < files->n && status == STATUS_OK; i++) {
        uint64_t hash = 0;
        status = hash_file(files->folder, files->name[i], &hash, err);
        csv_write_text(stream, files->name[i]);
        fprintf(stream, ",%016" PRIx64 "\n", hash);
    }
    if (status == STATUS_OK)
        return file_write_commit(writer, err);
    file_write_abort(writer);
    return status;
}

static Status compare_hashes(const InputFiles *files, const char *path, Err *err)
{
    const CsvTable *table;

    TRY(csv_load(files->arena, path, &table, err));
    if (table->n_columns != 2)
        return err_set(err, STATUS_INPUT, "%s:1:1: %" PRIu32 " columns; expected file and hash",
                       path, table->n_columns);
    for (uint32_t i = 0; i < table->n_rows; i++) {
        const char *name = csv_text(table, i, 0);
        uint64_t hash = 0;
        TRY(hash_file(files->folder, name, &hash, err));
        if (strcmp(arena_printf(files->arena, "%016" PRIx64, hash), csv_text(table, i, 1)) == 0)
            continue;
        err_set(err, STATUS_INPUT,
                "%s: has changed since the sweep began; expected what its points read so far",
                name);
        err_hint(err, "for what it holds now, give another -o");
        return STATUS_INPUT;
    }
    return STATUS_OK;
}

Status sweep_inputs_hold(Arena *arena, const Plan *plan, const char *folder, Err *err)
{
    const char *path = file_join(arena, folder, "inputs.csv");
    InputFiles files = {.arena = arena, .folder = plan->sweep->folder};

    if (file_exists(path))
        return compare_hashes(&files, path, err);
    find_files(&files, plan);
    return write_hashes(&files, path, err);
}
