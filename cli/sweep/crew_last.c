/* crew_last.c - what a worker that died wrote last.
 *
 * A worker may die between writing a result and saying so. Its log has the answer: a worker writes
 * one result after the other, so the last whole line is of the task that it had, or of one before.
 * Cost: the end of each log of the folder.
 */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "crew_parts.h"

enum { TAIL_BYTES = 1 << 18 }; /* some ten times the longest line */

/* The end of a file; false if it cannot be read. */
static bool read_tail(Arena *arena, const char *path, const char **text, size_t *n_bytes)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        return false;
    const bool far = fseek(file, 0, SEEK_END) == 0 && ftell(file) > TAIL_BYTES;
    if (far)
        fseek(file, -(long)TAIL_BYTES, SEEK_END);
    else
        rewind(file);
    char *bytes = ARENA_ARRAY(arena, char, TAIL_BYTES);
    *n_bytes = fread(bytes, 1, TAIL_BYTES, file);
    *text = bytes;
    fclose(file);
    return true;
}

/* The last line that has an end. */
static bool last_line(const char *text, size_t n_bytes, const char **line, size_t *n_line)
{
    size_t end = n_bytes;

    while (end > 0 && text[end - 1] != '\n')
        end--;
    if (end == 0)
        return false;
    size_t begin = end - 1;
    while (begin > 0 && text[begin - 1] != '\n')
        begin--;
    *line = text + begin;
    *n_line = end - begin;
    return true;
}

static bool holds(Arena *arena, const char *path, Task task, pid_t worker, Result *out)
{
    Arena *scratch = arena_new();
    const char *text, *line;
    size_t n_bytes, n_line;
    Result result = {.task = task};
    bool found = read_tail(scratch, path, &text, &n_bytes) &&
                 last_line(text, n_bytes, &line, &n_line) &&
                 result_parse(scratch, line, n_line, &result) && result.task.point == task.point &&
                 result.task.fidelity == task.fidelity && result.origin.pid == (uint64_t)worker &&
                 strcmp(result.origin.host, crew_host(scratch)) == 0;

    found = found && result_parse(arena, line, n_line, out);
    arena_free(scratch);
    return found;
}

bool crew_last_result(Arena *arena, const char *folder, Task task, pid_t worker, Result *out)
{
    Arena *scratch = arena_new();
    const char *results = file_join(scratch, folder, "results");
    DIR *files = opendir(results);
    bool found = false;

    if (files != NULL) {
        const struct dirent *entry;
        while (!found && (entry = readdir(files)) != NULL) // NOLINT(concurrency-mt-unsafe)
            found = entry->d_name[0] != '.' &&
                    holds(arena, file_join(scratch, results, entry->d_name), task, worker, out);
        closedir(files);
    }
    arena_free(scratch);
    return found;
}
