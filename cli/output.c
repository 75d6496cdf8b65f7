/* output.c - the files of a run directory: written as `.part`, renamed when all are whole.
 *
 * The folder is made and tried before the work begins, so that an unwritable place is known at
 * once. A name that is taken by a folder is found then too: renaming cannot fail half-way for
 * that reason. While files are renamed, those that they replace keep a second name, `.before`: if
 * one cannot be renamed, the others are put back. Signals that end the program wait until then.
 * Limits: what no program hears of (kill -9, loss of power) between two renames leaves old and new
 * files side by side, each of them whole.
 */
#define _POSIX_C_SOURCE 200809L

#include "output.h"

#include <signal.h>
#include <string.h>

#include <unistd.h>

#include "base/check.h"
#include "base/file.h"

static Status try_to_write(Arena *arena, const char *folder, Err *err)
{
    FileWriter *writer;

    TRY(file_write_begin(arena, file_join(arena, folder, "report.json"), &writer, err));
    file_write_abort(writer);
    return STATUS_OK;
}

Status output_open(Arena *arena, const char *folder, Output *out, Err *err)
{
    memset(out, 0, sizeof *out);
    out->arena = arena;
    out->folder = folder;
    TRY(file_make_folder(folder, &out->made, err));
    Status status = try_to_write(arena, folder, err);
    if (status != STATUS_OK)
        output_abandon(out);
    return status;
}

Status output_add(Output *output, const char *name, OutputWrite write, const void *context,
                  Err *err)
{
    const char *path = file_join(output->arena, output->folder, name);
    FileWriter *writer;

    CHECK(output->n_files < OUTPUT_MAX_FILES);
    TRY(file_write_begin(output->arena, path, &writer, err));
    write(output->arena, context, file_write_stream(writer));
    TRY(file_close_part(writer, err));
    output->file[output->n_files++] = path;
    return STATUS_OK;
}

const char *output_path(Output *output, const char *name)
{
    const char *path = file_join(output->arena, output->folder, name);

    CHECK(output->n_files < OUTPUT_MAX_FILES);
    output->file[output->n_files++] = path;
    return arena_printf(output->arena, "%s.part", path);
}

void output_drop(Output *output, const char *name)
{
    CHECK(output->n_dropped < OUTPUT_MAX_FILES);
    output->dropped[output->n_dropped++] = file_join(output->arena, output->folder, name);
}

/* A second name for what the file's part will replace; NULL where there is nothing, or the file
 * system has no second names. */
static const char *keep_before(const Output *output, uint32_t i)
{
    const char *before = arena_printf(output->arena, "%s.before", output->file[i]);

    unlink(before); /* of a program that was killed */
    return link(output->file[i], before) == 0 ? before : NULL;
}

/* All of them, or none. */
static Status rename_all(const Output *output, Err *err)
{
    const char *before[OUTPUT_MAX_FILES];
    bool is_new[OUTPUT_MAX_FILES];
    Status status = STATUS_OK;
    uint32_t n = 0;

    for (uint32_t i = 0; i < output->n_files; i++) {
        before[i] = keep_before(output, i);
        is_new[i] = !file_exists(output->file[i]);
    }
    while (n < output->n_files && (status = file_rename_part(output->file[n], err)) == STATUS_OK)
        n++;
    for (uint32_t i = 0; i < n && status != STATUS_OK; i++)
        if (before[i] != NULL)
            rename(before[i], output->file[i]);
        else if (is_new[i])
            unlink(output->file[i]);
    for (uint32_t i = 0; i < output->n_files; i++)
        if (before[i] != NULL)
            unlink(before[i]);
    return status;
}

Status output_commit(Output *output, Err *err)
{
    sigset_t ends, mask;

    for (uint32_t i = 0; i < output->n_files; i++) {
        if (file_is_folder(output->file[i]))
            return err_set(err, STATUS_IO, "%s: is a folder; expected a file or nothing",
                           output->file[i]);
    }
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, &mask);
    const Status status = rename_all(output, err);
    for (uint32_t i = 0; i < output->n_dropped && status == STATUS_OK; i++)
        unlink(output->dropped[i]); /* mostly it is not there */
    sigprocmask(SIG_SETMASK, &mask, NULL);
    return status;
}

void output_abandon(Output *output)
{
    for (uint32_t i = 0; i < output->n_files; i++)
        file_remove_part(output->file[i]);
    output->n_files = 0;
    if (output->made)
        rmdir(output->folder); /* fails, and may, if somebody else put a file there */
    output->made = false;
}
