/* event_trace.c - the `.egt` file.
 *
 * Little-endian: magic "egret-ev", u32 version, u32 has values (0 or 1), u32 steps, u32 layers,
 * u64 events; u32 events of each (step, layer); u32 units; f32 values if it has them; u64 FNV-1a
 * over all before. The loader believes nothing: the size must be exactly what the counts say,
 * before anything is allocated; then checksum, sums, order of units, values. Cost: O(file).
 */
#include "models/event_trace.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/hash.h"
#include "bytes.h"

enum { MAGIC_BYTES = 8, HEAD_BYTES = 32, CHECKSUM_BYTES = 8, VERSION = 1, BUFFER_BYTES = 1 << 16 };

static const char MAGIC[MAGIC_BYTES + 1] = "egret-ev";
static const size_t FILE_MAX_BYTES = SIZE_MAX / 4;

typedef struct Sink {
    FILE *stream;
    uint64_t hash;
    size_t n_bytes;
    uint8_t bytes[BUFFER_BYTES];
} Sink;

static void flush(Sink *sink)
{
    sink->hash = hash_bytes(sink->hash, sink->bytes, sink->n_bytes);
    fwrite(sink->bytes, 1, sink->n_bytes, sink->stream);
    sink->n_bytes = 0;
}

static void put(Sink *sink, uint32_t value)
{
    if (sink->n_bytes + 4 > BUFFER_BYTES)
        flush(sink);
    put_u32(sink->bytes + sink->n_bytes, value);
    sink->n_bytes += 4;
}

/* Parts in the order of the head comment; the checksum runs along. */
static void write_trace(Arena *scratch, FILE *stream, const EventTrace *trace)
{
    Sink *sink = ARENA_ARRAY(scratch, Sink, 1);
    sink->stream = stream;
    sink->hash = HASH_START;
    memcpy(sink->bytes, MAGIC, MAGIC_BYTES);
    sink->n_bytes = MAGIC_BYTES;
    put(sink, VERSION);
    put(sink, trace->value != NULL);
    put(sink, trace->n_steps);
    put(sink, trace->n_layers);
    put(sink, (uint32_t)trace->n_events);
    put(sink, (uint32_t)(trace->n_events >> 32));
    const uint64_t n_ranges = (uint64_t)trace->n_steps * trace->n_layers;
    for (uint64_t i = 0; i < n_ranges; i++)
        put(sink, (uint32_t)(trace->start[i + 1] - trace->start[i]));
    for (uint64_t i = 0; i < trace->n_events; i++)
        put(sink, trace->unit[i]);
    for (uint64_t i = 0; trace->value != NULL && i < trace->n_events; i++)
        put(sink, f32_bits(trace->value[i]));
    flush(sink);
    uint8_t checksum[CHECKSUM_BYTES];
    put_u64(checksum, sink->hash);
    fwrite(checksum, 1, sizeof checksum, stream);
}

Status event_trace_save(Arena *scratch, const EventTrace *trace, const char *path, Err *err)
{
    FileWriter *writer;
    TRY(file_write_begin(scratch, path, &writer, err));
    write_trace(scratch, file_write_stream(writer), trace);
    return file_write_commit(writer, err);
}

static Status damaged(Err *err, const char *path, const char *why)
{
    return err_set(err, STATUS_INPUT, "%s: %s; expected a whole event trace", path, why);
}

/* Head, size and checksum: after this, all parts lie in the file. */
static Status read_head(FileBytes file, const char *path, EventTrace *trace, bool *has_values,
                        Err *err)
{
    if (file.n_bytes < HEAD_BYTES + CHECKSUM_BYTES || memcmp(file.bytes, MAGIC, MAGIC_BYTES) != 0)
        return damaged(err, path, "is not an event trace or is cut off");
    const uint32_t version = get_u32(file.bytes + 8), flag = get_u32(file.bytes + 12);
    if (version != VERSION)
        return err_set(err, STATUS_INPUT, "%s: event trace of version %" PRIu32 "; expected %d",
                       path, version, VERSION);
    trace->n_steps = get_u32(file.bytes + 16);
    trace->n_layers = get_u32(file.bytes + 20);
    trace->n_events = get_u64(file.bytes + 24);
    *has_values = flag == 1;
    const uint64_t n_body = file.n_bytes - HEAD_BYTES - CHECKSUM_BYTES;
    const uint64_t n_ranges = (uint64_t)trace->n_steps * trace->n_layers;
    const uint64_t event_bytes = *has_values ? 8 : 4;
    if (flag > 1 || n_ranges > n_body / 4 || trace->n_events > n_body / event_bytes ||
        n_ranges * 4 + trace->n_events * event_bytes != n_body)
        return damaged(err, path, "its size does not match its counts: it is cut off or damaged");
    const uint64_t stored = get_u64(file.bytes + file.n_bytes - CHECKSUM_BYTES);
    if (hash_bytes(HASH_START, file.bytes, file.n_bytes - CHECKSUM_BYTES) != stored)
        return damaged(err, path, "the checksum is wrong: it is damaged");
    return STATUS_OK;
}

/* Counts to starts. */
static Status read_starts(Arena *arena, const uint8_t *at, const char *path, EventTrace *trace,
                          Err *err)
{
    const uint64_t n_ranges = (uint64_t)trace->n_steps * trace->n_layers;
    uint64_t *start = ARENA_ARRAY(arena, uint64_t, n_ranges + 1);
    for (uint64_t i = 0; i < n_ranges; i++)
        start[i + 1] = start[i] + get_u32(at + 4 * i);
    if (start[n_ranges] != trace->n_events)
        return damaged(err, path, "the events of the steps do not add up");
    trace->start = start;
    return STATUS_OK;
}

/* Units must ascend within each step and layer. */
static Status read_units(Arena *arena, const uint8_t *at, const char *path, EventTrace *trace,
                         Err *err)
{
    const uint64_t n_ranges = (uint64_t)trace->n_steps * trace->n_layers;
    uint32_t *unit = ARENA_ARRAY(arena, uint32_t, trace->n_events);
    for (uint64_t range = 0; range < n_ranges; range++) {
        for (uint64_t i = trace->start[range]; i < trace->start[range + 1]; i++) {
            unit[i] = get_u32(at + 4 * i);
            if (i > trace->start[range] && unit[i] <= unit[i - 1])
                return damaged(err, path, "the units of a step are out of order");
        }
    }
    trace->unit = unit;
    return STATUS_OK;
}

/* An event of value zero would be no event. */
static Status read_values(Arena *arena, const uint8_t *at, const char *path, EventTrace *trace,
                          Err *err)
{
    float *value = ARENA_ARRAY(arena, float, trace->n_events);
    for (uint64_t i = 0; i < trace->n_events; i++) {
        value[i] = get_f32(at + 4 * i);
        if (!isfinite(value[i]) || value[i] == 0)
            return damaged(err, path, "an event's value is zero or not finite");
    }
    trace->value = value;
    return STATUS_OK;
}

static Status load(Arena *arena, Arena *scratch, const char *path, const EventTrace **out, Err *err)
{
    FileBytes file;
    bool has_values = false;
    EventTrace *trace = ARENA_ARRAY(arena, EventTrace, 1);
    TRY(file_read(scratch, path, FILE_MAX_BYTES, &file, err));
    TRY(read_head(file, path, trace, &has_values, err));
    const uint8_t *counts = file.bytes + HEAD_BYTES;
    const uint8_t *units = counts + 4 * (uint64_t)trace->n_steps * trace->n_layers;
    TRY(read_starts(arena, counts, path, trace, err));
    TRY(read_units(arena, units, path, trace, err));
    if (has_values)
        TRY(read_values(arena, units + 4 * trace->n_events, path, trace, err));
    *out = trace;
    return STATUS_OK;
}

Status event_trace_load(Arena *arena, const char *path, const EventTrace **out, Err *err)
{
    *out = NULL;
    Arena *scratch = arena_new();
    Status status = load(arena, scratch, path, out, err);
    arena_free(scratch);
    return status;
}
