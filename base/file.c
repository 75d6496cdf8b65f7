/* file.c - whole files in and out (POSIX).
 *
 * A writer's stream leads to `path.part`; commit renames it. A device or pipe as target
 * (/dev/stdout, /dev/null) is written straight, since a rename would replace it. The signal that
 * the system sends at the file size limit is ignored, so that the limit shows as a failed write.
 * Limits: guards against the end of the process, not of the machine (no fsync).
 */
#define _POSIX_C_SOURCE 200809L
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"

enum { READ_BYTES_MIN = 1 << 16 };

struct FileWriter {
    FILE *stream;
    const char *path;
    const char *part; /* NULL: the target is written straight */
};

static Status io_failed(Err *err, const char *path, const char *action, int reason)
{
    return err_set(err, STATUS_IO, "%s: cannot %s: %s", path, action, strerror(reason));
}

/* Read up to n_bytes or the end of the file; false if the system refuses. */
static bool read_up_to(int descriptor, uint8_t *bytes, size_t n_bytes, size_t *n_read)
{
    *n_read = 0;
    while (*n_read < n_bytes) {
        ssize_t n = read(descriptor, bytes + *n_read, n_bytes - *n_read);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            return true;
        *n_read += (size_t)n;
    }
    return true;
}

/* A file that is being read. */
typedef struct Reading {
    int descriptor;
    const char *path;
    size_t n_expected; /* size that the system reports; 0 for files in /proc */
    size_t max_bytes;
} Reading;

/* The reported size is where the buffer starts; a file that holds more makes it grow. Large buffers
 * take memory only as they are filled. */
static Status read_all(Arena *arena, const Reading *reading, FileBytes *out, Err *err)
{
    size_t n_expected = reading->n_expected;
    size_t capacity = n_expected < READ_BYTES_MIN ? READ_BYTES_MIN : n_expected + 1;
    size_t n_total = 0;
    uint8_t *bytes = arena_alloc(arena, capacity + 1, 1);
    for (;;) {
        size_t n_read;
        if (!read_up_to(reading->descriptor, bytes + n_total, capacity - n_total, &n_read))
            return io_failed(err, reading->path, "read", errno);
        n_total += n_read;
        if (n_total > reading->max_bytes)
            return err_set(err, STATUS_INPUT, "%s: larger than %zu bytes; expected a smaller file",
                           reading->path, reading->max_bytes);
        if (n_total < capacity)
            break;
        uint8_t *larger = arena_alloc(arena, 2 * capacity + 1, 1);
        memcpy(larger, bytes, n_total);
        bytes = larger;
        capacity *= 2;
    }
    *out = (FileBytes){.bytes = bytes, .n_bytes = n_total};
    return STATUS_OK;
}

static Status check_and_read(Arena *arena, Reading *reading, FileBytes *out, Err *err)
{
    struct stat state;
    const char *path = reading->path;
    if (fstat(reading->descriptor, &state) != 0)
        return io_failed(err, path, "read", errno);
    if (S_ISDIR(state.st_mode))
        return err_set(err, STATUS_IO, "%s: cannot read: is a folder; expected a file", path);
    if (!S_ISREG(state.st_mode))
        return err_set(err, STATUS_IO, "%s: cannot read: is a device or pipe; expected a file",
                       path);
    if (state.st_size > 0 && (uintmax_t)state.st_size > reading->max_bytes)
        return err_set(err, STATUS_INPUT, "%s: has %ju bytes; expected at most %zu", path,
                       (uintmax_t)state.st_size, reading->max_bytes);
    reading->n_expected = (size_t)state.st_size;
    return read_all(arena, reading, out, err);
}

Status file_read(Arena *arena, const char *path, size_t max_bytes, FileBytes *out, Err *err)
{
    *out = (FileBytes){0};
    int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe must not block us */
    if (descriptor < 0)
        return io_failed(err, path, "open", errno);
    Reading reading = {.descriptor = descriptor, .path = path, .max_bytes = max_bytes};
    Status status = check_and_read(arena, &reading, out, err);
    close(descriptor);
    return status;
}

static void ignore_file_size_signal(void)
{
    struct sigaction action;
    if (sigaction(SIGXFSZ, NULL, &action) == 0 && action.sa_handler == SIG_DFL) {
        action.sa_handler = SIG_IGN;
        sigaction(SIGXFSZ, &action, NULL);
    }
}

/* A target that exists and is neither file nor folder. */
static bool is_special(const char *path)
{
    struct stat state;
    return stat(path, &state) == 0 && !S_ISREG(state.st_mode) && !S_ISDIR(state.st_mode);
}

static const char *part_name(Arena *arena, const char *path)
{
    return arena_printf(arena, "%s.part", path);
}

/* Opening a pipe that nobody reads fails instead of waiting for a reader. */
static FILE *open_special(const char *path)
{
    int descriptor = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0)
        return NULL;
    int flags = fcntl(descriptor, F_GETFL);
    if (flags >= 0)
        fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK);
    FILE *stream = fdopen(descriptor, "wb");
    if (stream == NULL)
        close(descriptor);
    return stream;
}

Status file_write_begin(Arena *arena, const char *path, FileWriter **out, Err *err)
{
    *out = NULL;
    if (file_is_folder(path))
        return err_set(err, STATUS_IO, "%s: cannot write: is a folder; expected a file name", path);
    ignore_file_size_signal();
    FileWriter *writer = ARENA_ARRAY(arena, FileWriter, 1);
    writer->path = arena_text(arena, path, strlen(path));
    if (is_special(path)) {
        writer->stream = open_special(path);
    } else {
        writer->part = part_name(arena, path);
        writer->stream = fopen(writer->part, "wb");
    }
    if (writer->stream == NULL)
        return io_failed(err, path, "write", errno);
    *out = writer;
    return STATUS_OK;
}

FILE *file_write_stream(FileWriter *writer)
{
    CHECK(writer->stream != NULL);
    return writer->stream;
}

void file_write_abort(FileWriter *writer)
{
    if (writer->stream == NULL)
        return;
    fclose(writer->stream);
    writer->stream = NULL;
    if (writer->part != NULL)
        remove(writer->part);
}

/* Why an earlier write failed: the stream does not keep the reason, so one more byte is written
 * past it, which is refused for the same reason. The file is removed after this. */
static int reason_of_failure(FILE *stream)
{
    ssize_t n = write(fileno(stream), "", 1);
    return n < 0 ? errno : EIO;
}

Status file_close_part(FileWriter *writer, Err *err)
{
    CHECK(writer->stream != NULL);
    bool failed = fflush(writer->stream) != 0;
    int reason = errno;
    if (!failed && ferror(writer->stream) != 0) {
        failed = true;
        reason = reason_of_failure(writer->stream);
    }
    if (fclose(writer->stream) != 0 && !failed) {
        failed = true;
        reason = errno;
    }
    writer->stream = NULL;
    if (!failed)
        return STATUS_OK;
    if (writer->part != NULL)
        remove(writer->part);
    return io_failed(err, writer->path, "write", reason);
}

static Status rename_part(const char *part, const char *path, Err *err)
{
    if (rename(part, path) == 0)
        return STATUS_OK;
    int reason = errno;
    remove(part);
    return io_failed(err, path, "write", reason);
}

Status file_write_commit(FileWriter *writer, Err *err)
{
    TRY(file_close_part(writer, err));
    return writer->part == NULL ? STATUS_OK : rename_part(writer->part, writer->path, err);
}

Status file_rename_part(const char *path, Err *err)
{
    if (is_special(path))
        return STATUS_OK;
    Arena *scratch = arena_new();
    Status status = rename_part(part_name(scratch, path), path, err);
    arena_free(scratch);
    return status;
}

void file_remove_part(const char *path)
{
    if (is_special(path))
        return;
    Arena *scratch = arena_new();
    remove(part_name(scratch, path));
    arena_free(scratch);
}

Status file_make_folder(const char *path, bool *made, Err *err)
{
    if (made != NULL)
        *made = false;
    if (mkdir(path, 0777) == 0) {
        if (made != NULL)
            *made = true;
        return STATUS_OK;
    }
    int reason = errno;
    if (reason == EEXIST && file_is_folder(path))
        return STATUS_OK;
    return err_set(err, STATUS_IO, "%s: cannot make folder: %s", path, strerror(reason));
}

bool file_exists(const char *path)
{
    struct stat state;
    return stat(path, &state) == 0;
}

bool file_is_folder(const char *path)
{
    struct stat state;
    return stat(path, &state) == 0 && S_ISDIR(state.st_mode);
}

const char *file_join(Arena *arena, const char *folder, const char *name)
{
    size_t n = strlen(folder);
    bool closed = n == 0 || folder[n - 1] == '/';
    return arena_printf(arena, closed ? "%s%s" : "%s/%s", folder, name);
}
