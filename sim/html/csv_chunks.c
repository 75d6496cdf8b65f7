/* csv_chunks.c - reads a CSV file a part at a time.
 *
 * A buffer holds the header line, then whole lines, then the begin of a line that goes on in the
 * next part. A line longer than the buffer is refused by csv_parse, as it looks unclosed. Cost:
 * O(bytes); CHUNK_BYTES and what csv_parse takes of them.
 */
#include "csv_chunks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 20 };

typedef struct Chunks {
    Arena *scratch;
    const char *path;
    char *buffer; /* [CHUNK_BYTES] */
    size_t n_header, n_bytes;
    uint64_t n_rows; /* handed out */
} Chunks;

/* The first n bytes of the buffer: header and whole lines. */
static Status take_lines(Chunks *chunks, size_t n, CsvTake take, void *context, Err *err)
{
    const CsvTable *table;
    const char *name = chunks->path;

    arena_reset(chunks->scratch);
    if (chunks->n_rows > 0)
        name = arena_printf(chunks->scratch, "%s, from row %" PRIu64 " on", name, chunks->n_rows);
    TRY(csv_parse(chunks->scratch, name, chunks->buffer, n, &table, err));
    TRY(take(context, chunks->scratch, table, chunks->n_rows, err));
    chunks->n_rows += table->n_rows;
    memmove(chunks->buffer + chunks->n_header, chunks->buffer + n, chunks->n_bytes - n);
    chunks->n_bytes -= n - chunks->n_header;
    return STATUS_OK;
}

/* Bytes up to the last line break, header included; all if there is none behind it. */
static size_t whole_lines(const Chunks *chunks, bool is_last)
{
    size_t n = chunks->n_bytes;

    if (is_last)
        return n;
    while (n > chunks->n_header && chunks->buffer[n - 1] != '\n')
        n--;
    return n > chunks->n_header ? n : chunks->n_bytes;
}

static Status read_all(Chunks *chunks, FILE *stream, CsvTake take, void *context, Err *err)
{
    bool is_last = false;

    for (bool is_first = true; !is_last; is_first = false) {
        const size_t wanted = CHUNK_BYTES - chunks->n_bytes;
        const size_t got = fread(chunks->buffer + chunks->n_bytes, 1, wanted, stream);
        chunks->n_bytes += got;
        is_last = got < wanted;
        if (ferror(stream))
            return err_set(err, STATUS_IO, "%s: %s", chunks->path, strerror(errno));
        if (is_first) {
            const char *end = memchr(chunks->buffer, '\n', chunks->n_bytes);
            chunks->n_header = end != NULL ? (size_t)(end - chunks->buffer) + 1 : chunks->n_bytes;
        }
        if (is_first || chunks->n_bytes > chunks->n_header)
            TRY(take_lines(chunks, whole_lines(chunks, is_last), take, context, err));
    }
    return STATUS_OK;
}

Status csv_chunks(const char *path, CsvTake take, void *context, Err *err)
{
    FILE *stream = fopen(path, "rb");
    Chunks chunks = {.path = path};

    if (stream == NULL)
        return err_set(err, STATUS_IO, "%s: cannot open: %s", path, strerror(errno));
    Arena *arena = arena_new();
    chunks.scratch = arena_new();
    chunks.buffer = ARENA_ARRAY(arena, char, CHUNK_BYTES);
    const Status status = read_all(&chunks, stream, take, context, err);
    arena_free(chunks.scratch);
    arena_free(arena);
    fclose(stream);
    return status;
}
