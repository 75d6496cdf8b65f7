/* file.h - whole files in, whole files out.
 *
 * Reading takes a size limit. Writing goes to a temporary name in the same folder and is renamed on
 * commit, so that an interrupted or failed write never leaves a file that looks whole.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct FileBytes {
    const uint8_t *bytes; /* [n_bytes] plus one closing 0 that is not counted */
    size_t n_bytes;
} FileBytes;

/* file_read - the whole of a regular file. Errors: IO (cannot open or read, a folder), INPUT
 * (larger than max_bytes). Memory is taken as data arrives, never from a claimed size. */
Status file_read(Arena *arena, const char *path, size_t max_bytes, FileBytes *out, Err *err);

typedef struct FileWriter FileWriter;

/* file_write_begin - open `path.part` for writing. Errors: IO. */
Status file_write_begin(Arena *arena, const char *path, FileWriter **out, Err *err);

/* file_write_stream - where to write. Errors are sticky and reported by commit. */
FILE *file_write_stream(FileWriter *writer);

/* file_write_commit - flush, check, rename to the final name. On error the temporary file is gone
 * and a former file at `path` is untouched. The writer is closed either way. */
Status file_write_commit(FileWriter *writer, Err *err);

/* file_write_abort - close and remove the temporary file. */
void file_write_abort(FileWriter *writer);

/* file_close_part - close after a check, but leave the data under `path.part`: for sets of files
 * that are renamed together by file_rename_part when all are whole. On error the part is
 * removed. */
Status file_close_part(FileWriter *writer, Err *err);
Status file_rename_part(const char *path, Err *err);
void file_remove_part(const char *path);

/* file_make_folder - make the folder (its parent must exist); fine if it is already there.
 * *made (may be NULL) tells whether it was made now. Errors: IO. */
Status file_make_folder(const char *path, bool *made, Err *err);

bool file_exists(const char *path);
bool file_is_folder(const char *path);

/* file_join - "folder/name". */
const char *file_join(Arena *arena, const char *folder, const char *name);

#ifdef __cplusplus
}
#endif
#endif
