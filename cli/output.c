/* output.c - the files of a run directory: written as `.part`, renamed when all are whole.
 *
 * The folder is made and tried before the work begins, so that an unwritable place is known at
 * once. A name that is taken by a folder is found then too: renaming cannot fail half-way for
 * that reason. Limits: a crash between two renames leaves old and new files side by side, each
 * of them whole.
 */
#define _POSIX_C_SOURCE 200809L

#include "output.h"

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

Status output_commit(Output *output, Err *err)
{
    for (uint32_t i = 0; i < output->n_files; i++) {
        if (file_is_folder(output->file[i]))
            return err_set(err, STATUS_IO, "%s: is a folder; expected a file or nothing",
                           output->file[i]);
    }
    for (uint32_t i = 0; i < output->n_files; i++)
        TRY(file_rename_part(output->file[i], err));
    for (uint32_t i = 0; i < output->n_dropped; i++)
        unlink(output->dropped[i]); /* mostly it is not there */
    return STATUS_OK;
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
