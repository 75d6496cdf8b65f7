/* output.h - a folder of files that appear together or not at all. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { OUTPUT_MAX_FILES = 32 };

typedef struct Output {
    Arena *arena; /* borrowed */
    const char *folder;
    bool made; /* the folder was made by output_open            */
    uint32_t n_files;
    const char *file[OUTPUT_MAX_FILES]; /* paths whose `.part` is whole   */
    uint32_t n_dropped;
    const char *dropped[OUTPUT_MAX_FILES]; /* paths of which nothing is to be left */
} Output;

/* output_open - make the folder if need be and see that one can write there, before the work
 * begins. Errors: IO; then nothing is left behind. */
Status output_open(Arena *arena, const char *folder, Output *out, Err *err);

/* output_add - write one file, as `.part`. `write` gets `context`. On error nothing is left of
 * it. */
typedef void (*OutputWrite)(Arena *scratch, const void *context, FILE *stream);
Status output_add(Output *output, const char *name, OutputWrite write, const void *context,
                  Err *err);

/* output_path - path of a file's `.part`, for savers that write and rename by themselves; the file
 * is part of the set from then on. */
const char *output_path(Output *output, const char *name);

/* output_drop - a file that the set may have, but has not: one of an earlier run goes when this
 * set comes. */
void output_drop(Output *output, const char *name);

/* output_commit - rename all parts to their names, and remove what was dropped. On error the files
 * are those of before, where the file system knows hard links. Errors: IO. */
Status output_commit(Output *output, Err *err);

/* output_abandon - remove all parts, and the folder if output_open made it. */
void output_abandon(Output *output);

#ifdef __cplusplus
}
#endif
#endif
