/* results_read.c - all logs of a sweep into its results.
 *
 * Files are read in the order of their numbers, a megabyte at a time, while others may still
 * write them. What has no line break at the end of a file was being written when its process
 * ended, and is passed over in silence; a line in the middle that is not what it was (its
 * checksum says so) is not counted as done either, and is named in a note. The same of a file
 * whose first lines are damaged: it cannot be told which plan it is of.
 *
 * Cost: O(bytes); memory that of the results. */
#define _POSIX_C_SOURCE 200809L
#include "results_log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/room.h"
#include "results_format.h"

enum { BUFFER_BYTES = 1 << 20, MAX_NOTES = 20 };

/* ---- lines of a file -------------------- */

typedef struct LineReader {
    int descriptor;
    char *buffer; /* [BUFFER_BYTES]                                                   */
    size_t begin, end;
    uint64_t n_lines; /* read so far                                                  */
} LineReader;

/* More bytes behind those that are there. *n: how many; 0: the file ends. */
static int fill(LineReader *reader, size_t *n)
{
    memmove(reader->buffer, reader->buffer + reader->begin, reader->end - reader->begin);
    reader->end -= reader->begin;
    reader->begin = 0;
    ssize_t n_read;
    do
        n_read = read(reader->descriptor, reader->buffer + reader->end, BUFFER_BYTES - reader->end);
    while (n_read < 0 && errno == EINTR);
    if (n_read < 0)
        return errno;
    *n = (size_t)n_read;
    reader->end += *n;
    return 0;
}

/* The next line with its line break; *line NULL: there is none that is whole. Of a line that no
 * result can be as long as, the end. Returns 0, or why not. */
static int next_line(LineReader *reader, const char **line, size_t *n)
{
    for (;;) {
        const char *begin = reader->buffer + reader->begin;
        const char *end = memchr(begin, '\n', reader->end - reader->begin);
        if (end != NULL) {
            *line = begin;
            *n = (size_t)(end - begin) + 1;
            reader->begin += *n;
            reader->n_lines++;
            return 0;
        }
        if (reader->end - reader->begin == BUFFER_BYTES)
            reader->begin = reader->end;
        size_t more = 0;
        const int reason = fill(reader, &more);
        if (reason != 0)
            return reason;
        if (more == 0) {
            *line = NULL;
            return 0;
        }
    }
}

/* ---- a log -------------------- */

typedef struct LogReading {
    Arena *arena;
    const Plan *plan;
    const char *header; /* that a log of this plan begins with                          */
    const char *path;
    LineReader lines;
    Results *results;
    Err *err;
    const char **note;
    uint32_t n_notes, note_room;
    uint64_t n_unnamed; /* damaged lines beyond MAX_NOTES                               */
} LogReading;

static void add_note(LogReading *reading, const char *text)
{
    reading->note = room_for_one(reading->arena, reading->note, reading->n_notes,
                                 &reading->note_room, sizeof *reading->note);
    reading->note[reading->n_notes++] = text;
}

static void note_damage(LogReading *reading, const char *what)
{
    if (reading->n_notes >= MAX_NOTES) {
        reading->n_unnamed++;
        return;
    }
    add_note(reading, arena_printf(reading->arena, "%s:%" PRIu64 ": %s", reading->path,
                                   reading->lines.n_lines, what));
}

static Status read_failed(const LogReading *reading, int reason)
{
    return err_set(reading->err, STATUS_IO, "%s: cannot read: %s", reading->path, strerror(reason));
}

/* Another header than that of this plan. *damaged: it is none at all. */
static Status check_other_header(LogReading *reading, const char *text, bool *damaged)
{
    const char *names = strchr(text, '\n'); /* NULL: a 0 stands before it */
    uint64_t plan;
    unsigned version;
    int n_first = 0;
    char checksum[24];

    *damaged = true;
    if (names++ == NULL ||
        sscanf(text, RESULTS_MAGIC ",%u,%16" SCNx64 ",%n", &version, &plan, &n_first) != 2 ||
        n_first == 0)
        return STATUS_OK;
    snprintf(checksum, sizeof checksum, "%016" PRIx64 "\n",
             results_header_checksum(text, (size_t)n_first, names, strlen(names)));
    if (strncmp(checksum, text + n_first, strlen(checksum)) != 0)
        return STATUS_OK;
    *damaged = false;
    if (version == RESULTS_VERSION && plan == reading->plan->hash)
        return err_set(reading->err, STATUS_INPUT,
                       "%s:2:1: results with other columns, of another version of this program; "
                       "expected those of version %s",
                       reading->path, EGRET_VERSION);
    if (version != RESULTS_VERSION)
        return err_set(reading->err, STATUS_INPUT,
                       "%s:1:1: results in format %u; expected format %d", reading->path, version,
                       RESULTS_VERSION);
    return err_set(reading->err, STATUS_INPUT,
                   "%s:1:1: results of another plan (%016" PRIx64
                   "); expected results of this sweep (%016" PRIx64 ")",
                   reading->path, plan, reading->plan->hash);
}

/* *of_plan: lines of results follow. */
static Status read_header(LogReading *reading, bool *of_plan)
{
    Arena *scratch = arena_new();
    const char *line, *text = "";
    Status status = STATUS_OK;
    size_t n;
    bool damaged = false;

    *of_plan = false;
    for (int i = 0; i < 2 && text != NULL && status == STATUS_OK; i++) {
        const int reason = next_line(&reading->lines, &line, &n);
        if (reason != 0)
            status = read_failed(reading, reason);
        else
            text = line == NULL ? NULL
                                : arena_printf(scratch, "%s%s", text, arena_text(scratch, line, n));
    }
    if (status == STATUS_OK && text != NULL) { /* else: cut short in the header */
        *of_plan = strcmp(text, reading->header) == 0;
        if (!*of_plan)
            status = check_other_header(reading, text, &damaged);
    }
    if (damaged)
        note_damage(reading, "the first lines are damaged; no result of this file is counted");
    arena_free(scratch);
    return status;
}

static Status take_line(LogReading *reading, const char *line, size_t n)
{
    Result parsed;

    if (!result_parse(reading->arena, line, n, &parsed)) {
        note_damage(reading, "a damaged line; its result is not counted");
        return STATUS_OK;
    }
    if (parsed.task.point >= reading->plan->n_points)
        return err_set(reading->err, STATUS_INPUT,
                       "%s:%" PRIu64 ":1: point %" PRIu32 "; expected less than the %" PRIu32
                       " points of the plan",
                       reading->path, reading->lines.n_lines, parsed.task.point,
                       reading->plan->n_points);
    Result *result = ARENA_ARRAY(reading->arena, Result, 1);
    *result = parsed;
    return results_put(reading->results, result, reading->err);
}

static Status read_lines(LogReading *reading)
{
    bool of_plan;

    TRY(read_header(reading, &of_plan));
    while (of_plan) {
        const char *line;
        size_t n;
        const int reason = next_line(&reading->lines, &line, &n);
        if (reason != 0)
            return read_failed(reading, reason);
        if (line == NULL)
            break;
        TRY(take_line(reading, line, n));
    }
    return STATUS_OK;
}

static Status read_log(LogReading *reading)
{
    LineReader *lines = &reading->lines;

    lines->begin = lines->end = 0;
    lines->n_lines = 0;
    lines->descriptor = open(reading->path, O_RDONLY | O_CLOEXEC);
    if (lines->descriptor < 0)
        return read_failed(reading, errno);
    const Status status = read_lines(reading);
    close(lines->descriptor);
    return status;
}

/* ---- all of them -------------------- */

static int compare_numbers(const void *a, const void *b)
{
    const unsigned of_a = *(const unsigned *)a, of_b = *(const unsigned *)b;
    return (of_a > of_b) - (of_a < of_b);
}

/* Ascending. A folder that is not there has none. */
static Status list_logs(Arena *arena, const char *folder, const unsigned **out, uint32_t *n,
                        Err *err)
{
    unsigned *number = NULL;
    uint32_t room = 0;
    DIR *entries = opendir(folder);

    *n = 0;
    *out = NULL;
    if (entries == NULL)
        return errno == ENOENT
                   ? STATUS_OK
                   : err_set(err, STATUS_IO, "%s: cannot read: %s", folder, strerror(errno));
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        const unsigned found = results_file_number(entry->d_name);
        if (found == 0)
            continue;
        number = room_for_one(arena, number, *n, &room, sizeof *number);
        number[(*n)++] = found;
    }
    closedir(entries);
    if (*n > 1)
        qsort(number, *n, sizeof *number, compare_numbers);
    *out = number;
    return STATUS_OK;
}

static Status read_logs(LogReading *reading, Arena *scratch, const char *folder)
{
    const unsigned *number;
    uint32_t n_logs;

    reading->header = results_log_header(scratch, reading->plan);
    reading->lines.buffer = ARENA_ARRAY(scratch, char, BUFFER_BYTES);
    TRY(list_logs(scratch, folder, &number, &n_logs, reading->err));
    for (uint32_t i = 0; i < n_logs; i++) {
        reading->path = arena_printf(scratch, "%s/" RESULTS_NAME_FORMAT, folder, number[i]);
        TRY(read_log(reading));
    }
    if (reading->n_unnamed > 0)
        add_note(reading, arena_printf(reading->arena, "%" PRIu64 " more damaged lines",
                                       reading->n_unnamed));
    return STATUS_OK;
}

Status results_read(Arena *arena, const Plan *plan, const char *folder, Results *out, Err *err)
{
    Results results = results_none(arena, plan);
    LogReading reading = {.arena = arena, .plan = plan, .results = &results, .err = err};
    Arena *scratch = arena_new();

    const Status status = read_logs(&reading, scratch, file_join(scratch, folder, RESULTS_FOLDER));
    arena_free(scratch);
    results.n_notes = reading.n_notes;
    results.note = reading.note;
    *out = status == STATUS_OK ? results : (Results){0};
    return status;
}
