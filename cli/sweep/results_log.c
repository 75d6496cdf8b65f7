/* results_log.c - lines that are whole on the disk, or not there.
 *
 *   results/0001.csv    egret_results,1,<hash of the plan>,<checksum of these two lines>
 *                       point,fidelity,status,...,checksum
 *                       0,count,ok,...
 *
 * No two processes write one file: a log is made under the next free number when its first result
 * comes, so that a process that forks after opening it shares nothing. A line goes out in one
 * write and is on the disk when append returns. Where that fails (a full disk) the file is cut
 * back to where it was; if not even that works, it is left alone and the next result begins
 * another. So a line that is not whole is the last of its file, and has no line break.
 *
 * Cost: one write and one fdatasync a result. Limits: an ignored SIGXFSZ is the caller's, if
 * there is a limit of file sizes. */
#define _POSIX_C_SOURCE 200809L
#include "results_log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "base/hash.h"
#include "results_format.h"

enum { NUMBER_DIGITS = 9 };

/* ---- format -------------------- */

uint64_t results_header_checksum(const char *first, size_t n_first, const char *names,
                                 size_t n_names)
{
    return hash_words(hash_words(HASH_START, first, n_first), names, n_names);
}

const char *results_log_header(Arena *arena, const Plan *plan)
{
    const char *names = result_header(arena);
    const char *first =
        arena_printf(arena, RESULTS_MAGIC ",%d,%016" PRIx64 ",", RESULTS_VERSION, plan->hash);
    return arena_printf(arena, "%s%016" PRIx64 "\n%s", first,
                        results_header_checksum(first, strlen(first), names, strlen(names)), names);
}

unsigned results_file_number(const char *name)
{
    const size_t n = strspn(name, "0123456789");
    if (n == 0 || n > NUMBER_DIGITS || strcmp(name + n, ".csv") != 0)
        return 0;
    return (unsigned)strtoul(name, NULL, 10);
}

struct ResultsLog {
    const Plan *plan;   /* borrowed                                                      */
    const char *folder; /* that of the logs                                              */
    Arena *scratch;
    int descriptor; /* -1: no file yet                                                   */
    off_t n_bytes;  /* that are whole                                                    */
    char path[RESULTS_PATH_BYTES];
};

/* ---- a log -------------------- */

Status results_log_open(Arena *arena, const Plan *plan, const char *folder, ResultsLog **out,
                        Err *err)
{
    ResultsLog *log = ARENA_ARRAY(arena, ResultsLog, 1);

    *out = NULL;
    log->plan = plan;
    log->folder = file_join(arena, folder, RESULTS_FOLDER);
    log->descriptor = -1;
    if (strlen(log->folder) + RESULTS_NAME_BYTES > sizeof log->path)
        return err_set(err, STATUS_IO, "%s: the path is too long; expected at most %d bytes",
                       log->folder, RESULTS_PATH_BYTES - RESULTS_NAME_BYTES);
    TRY(file_make_folder(folder, NULL, err));
    TRY(file_make_folder(log->folder, NULL, err));
    log->scratch = arena_new();
    *out = log;
    return STATUS_OK;
}

void results_log_close(ResultsLog *log)
{
    if (log->descriptor >= 0)
        close(log->descriptor);
    log->descriptor = -1;
    arena_free(log->scratch);
    log->scratch = NULL;
}

static Status failed(const ResultsLog *log, int reason, Err *err)
{
    return err_set(err, STATUS_IO, "%s: cannot write: %s", log->path, strerror(reason));
}

/* ---- a file of its own -------------------- */

/* One more than the largest number in use. */
static unsigned next_number(const char *folder)
{
    unsigned number = 0;
    DIR *entries = opendir(folder);

    if (entries == NULL)
        return 1;
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        const unsigned found = results_file_number(entry->d_name);
        number = found > number ? found : number;
    }
    closedir(entries);
    return number + 1;
}

/* So that the name is on the disk, too. Some file systems cannot, and need not. */
static void flush_folder(const char *folder)
{
    int descriptor = open(folder, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    fsync(descriptor);
    close(descriptor);
}

static Status make_file(ResultsLog *log, Err *err)
{
    for (unsigned number = next_number(log->folder); log->descriptor < 0; number++) {
        snprintf(log->path, sizeof log->path, "%s/" RESULTS_NAME_FORMAT, log->folder, number);
        log->descriptor = open(log->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
        if (log->descriptor < 0 && errno != EEXIST)
            return failed(log, errno, err);
    }
    log->n_bytes = 0;
    flush_folder(log->folder);
    return STATUS_OK;
}

/* ---- a line -------------------- */

/* 0, or why not. */
static int write_all(int descriptor, const char *bytes, size_t n)
{
    while (n > 0) {
        const ssize_t written = write(descriptor, bytes, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? errno : EIO;
        bytes += written;
        n -= (size_t)written;
    }
    return fdatasync(descriptor) == 0 ? 0 : errno;
}

/* As if nothing had been written. */
static void take_back(ResultsLog *log)
{
    const bool cut = ftruncate(log->descriptor, log->n_bytes) == 0;

    if (cut && log->n_bytes > 0)
        return;
    close(log->descriptor);
    log->descriptor = -1;
    if (log->n_bytes == 0)
        unlink(log->path);
}

Status results_log_append(ResultsLog *log, const Result *result, Err *err)
{
    CHECK(log->scratch != NULL && result->task.point < log->plan->n_points);
    arena_reset(log->scratch);
    const char *line = result_line(log->scratch, result);
    if (log->descriptor < 0) {
        TRY(make_file(log, err));
        line =
            arena_printf(log->scratch, "%s%s", results_log_header(log->scratch, log->plan), line);
    }
    const size_t n = strlen(line);
    const int reason = write_all(log->descriptor, line, n);
    if (reason != 0) {
        take_back(log);
        return failed(log, reason, err);
    }
    log->n_bytes += (off_t)n;
    return STATUS_OK;
}
