/* program_load.c - reads the `.egp` file; layout in program_file.h.
 *
 * The loader believes no count: each is compared with the bytes that are left before memory is
 * taken. Images are not copied: they lead into the file's bytes.
 * Cost: O(bytes).
 */
#include "arch/program.h"

#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "program_file.h"
#include "program_private.h"

#define FILE_BYTES_MAX ((size_t)1 << 32)

/* Bytes that an item has at least in the file. */
enum {
    LAYER_BYTES = 24,
    CORE_BYTES = 16 + 8 * N_REGIONS,
    SLICE_BYTES = 184,
    TABLE_BYTES = 4,
    ROUTE_BYTES = 20
};

/* The bytes that are left. The first failure is kept; reads after it give zeros. */
typedef struct Source {
    const uint8_t *bytes;
    size_t at, end;
    Arena *arena;
    const char *path;
    Err *err;
    Status status;
} Source;

static Status damaged(Source *source, const char *what)
{
    if (source->status == STATUS_OK)
        source->status = err_set(source->err, STATUS_INPUT,
                                 "%s: at byte %zu: %s; expected a program as Egret writes it",
                                 source->path, source->at, what);
    return source->status;
}

static const uint8_t *take(Source *source, uint64_t n)
{
    if (source->status != STATUS_OK || n > source->end - source->at) {
        damaged(source, "the content ends too early");
        return NULL;
    }
    const uint8_t *bytes = source->bytes + source->at;
    source->at += (size_t)n;
    return bytes;
}

static uint32_t take_u32(Source *source)
{
    const uint8_t *bytes = take(source, 4);
    return bytes == NULL ? 0 : image_u32(bytes, 0);
}

static uint64_t take_u64(Source *source)
{
    uint64_t low = take_u32(source);
    return low | (uint64_t)take_u32(source) << 32;
}

static bool take_flag(Source *source)
{
    uint32_t value = take_u32(source);
    if (value > 1)
        damaged(source, "a flag is neither 0 nor 1");
    return value == 1;
}

/* A count of items that have at least item_bytes each; 0 if so many cannot follow. */
static uint32_t take_count(Source *source, size_t item_bytes)
{
    uint32_t n = take_u32(source);
    if (source->status == STATUS_OK && n > (source->end - source->at) / item_bytes)
        damaged(source, "a count is larger than what follows");
    return source->status == STATUS_OK ? n : 0;
}

static const char *take_text(Source *source)
{
    uint32_t n = take_count(source, 1);
    const char *text = (const char *)take(source, n);
    if (text == NULL)
        return "";
    if (memchr(text, 0, n) != NULL || utf8_valid(text, n) != n)
        damaged(source, "a name is not text");
    return arena_text(source->arena, text, n);
}

static const uint32_t *take_order(Source *source, uint32_t n_units)
{
    if (source->status == STATUS_OK && n_units > (source->end - source->at) / 4)
        damaged(source, "a count is larger than what follows");
    if (source->status != STATUS_OK)
        return NULL;
    uint32_t *unit_of = ARENA_ARRAY(source->arena, uint32_t, n_units);
    for (uint32_t position = 0; position < n_units; position++)
        unit_of[position] = take_u32(source);
    return unit_of;
}

static ProgramLayer take_layer(Source *source)
{
    ProgramLayer layer = {.name = take_text(source), .cell = take_text(source)};
    layer.n_inputs = take_u32(source);
    layer.n_units = take_u32(source);
    layer.n_gates = take_u32(source);
    uint32_t parameter_bits = take_u32(source);
    memcpy(&layer.parameter, &parameter_bits, sizeof layer.parameter);
    layer.unit_of = take_order(source, layer.n_units);
    return layer;
}

static MatrixImage take_matrix(Source *source)
{
    MatrixImage matrix;
    matrix.n_sources = take_u32(source);
    matrix.n_targets = take_u32(source);
    matrix.n_weights = take_u64(source);
    uint32_t format = take_u32(source);
    if (format >= N_FORMATS)
        damaged(source, "a matrix has an unknown weight format");
    matrix.format = format < N_FORMATS ? (WeightFormat)format : FORMAT_SOURCE;
    matrix.index_bytes = take_u32(source);
    matrix.index_delta = take_flag(source);
    matrix.pointer_bytes = take_u32(source);
    matrix.pointer_offset = take_u64(source);
    matrix.index_offset = take_u64(source);
    matrix.weight_offset = take_u64(source);
    return matrix;
}

static SliceProgram take_slice(Source *source)
{
    SliceProgram slice = {0};
    slice.layer = take_u32(source);
    slice.first_position = take_u32(source);
    slice.n_units = take_u32(source);
    slice.key = take_u32(source);
    slice.marker_key = take_u32(source);
    slice.input = take_matrix(source);
    slice.recurrent = take_matrix(source);
    slice.bias_offset = take_u64(source);
    slice.recurrent_bias_offset = take_u64(source);
    slice.threshold_offset = take_u64(source);
    slice.state_offset = take_u64(source);
    slice.n_scales = take_u32(source);
    slice.input_scale_offset = take_u64(source);
    slice.recurrent_scale_offset = take_u64(source);
    return slice;
}

static CoreProgram take_core(Source *source, SliceProgram **slices)
{
    CoreProgram core = {.core = take_u32(source)};
    core.n_slices = take_count(source, SLICE_BYTES);
    for (unsigned region = 0; region < N_REGIONS; region++)
        core.region_bytes[region] = take_u64(source);
    core.image_bytes = take_u64(source);
    SliceProgram *slice = ARENA_ARRAY(source->arena, SliceProgram, core.n_slices);
    for (uint32_t i = 0; i < core.n_slices && source->status == STATUS_OK; i++)
        slice[i] = take_slice(source);
    core.slice = *slices = slice;
    core.image = take(source, core.image_bytes);
    return core;
}

static const uint32_t *take_ids(Source *source, uint32_t *n)
{
    *n = take_count(source, 4);
    uint32_t *id = ARENA_ARRAY(source->arena, uint32_t, *n);
    for (uint32_t i = 0; i < *n; i++)
        id[i] = take_u32(source);
    return id;
}

static RouteEntry take_route(Source *source)
{
    RouteEntry entry = {.key = take_u32(source)};
    entry.mask = take_u32(source);
    entry.to_host = take_u32(source);
    entry.core = take_ids(source, &entry.n_cores);
    entry.link = take_ids(source, &entry.n_links);
    return entry;
}

static RouterTable take_table(Source *source)
{
    RouterTable table = {.n_entries = take_count(source, ROUTE_BYTES)};
    RouteEntry *entry = ARENA_ARRAY(source->arena, RouteEntry, table.n_entries);
    for (uint32_t i = 0; i < table.n_entries && source->status == STATUS_OK; i++)
        entry[i] = take_route(source);
    table.entry = entry;
    table.n_ascending = table_count_ascending(&table);
    return table;
}

/* What lies in DRAM, and the place of each slice's part: token rows, then those of the decoder. */
static void take_dram(Source *source, SliceProgram *const *slice, Program *program)
{
    uint64_t next = 0;
    program->n_tokens = take_u32(source);
    program->has_decoder = take_flag(source);
    program->dram_bytes = take_u64(source);
    program->dram = take(source, program->dram_bytes);
    if (program->n_tokens == 0 && !program->has_decoder)
        damaged(source, "the bytes of the DRAM are no rows");
    for (int decoder = 0; decoder < 2; decoder++)
        for (uint32_t c = 0; c < program->n_cores && source->status == STATUS_OK; c++)
            for (uint32_t i = 0; i < program->core[c].n_slices; i++) {
                const uint32_t l = slice[c][i].layer;
                if (l >= program->n_layers) /* for program_check to refuse */
                    continue;
                slice[c][i].decoder = program->has_decoder && l + 1 == program->n_layers;
                if (slice[c][i].decoder == (decoder > 0))
                    program_place_dram(program, &slice[c][i], &next);
            }
}

static void take_content(Source *source, Program *program)
{
    program->chip_name = take_text(source);
    program->network_name = take_text(source);
    program->chip_hash = take_u64(source);
    program->network_hash = take_u64(source);
    uint32_t precision = take_u32(source);
    if (precision >= N_PRECISIONS)
        damaged(source, "the weights have an unknown precision");
    program->precision = precision < N_PRECISIONS ? (Precision)precision : PRECISION_FP32;
    program->n_inputs = take_u32(source);
    program->input_key = take_u32(source);
    program->input_marker_key = take_u32(source);
    program->reset_steps = take_u32(source);
    program->n_layers = take_count(source, LAYER_BYTES);
    ProgramLayer *layer = ARENA_ARRAY(source->arena, ProgramLayer, program->n_layers);
    for (uint32_t l = 0; l < program->n_layers && source->status == STATUS_OK; l++)
        layer[l] = take_layer(source);
    program->layer = layer;
    program->n_cores = take_count(source, CORE_BYTES);
    CoreProgram *core = ARENA_ARRAY(source->arena, CoreProgram, program->n_cores);
    SliceProgram **slice = ARENA_ARRAY(source->arena, SliceProgram *, program->n_cores);
    for (uint32_t c = 0; c < program->n_cores && source->status == STATUS_OK; c++)
        core[c] = take_core(source, &slice[c]);
    program->core = core;
    program->n_tables = take_count(source, TABLE_BYTES);
    RouterTable *table = ARENA_ARRAY(source->arena, RouterTable, program->n_tables);
    for (uint32_t t = 0; t < program->n_tables && source->status == STATUS_OK; t++)
        table[t] = take_table(source);
    program->table = table;
    if (source->at != source->end && source->status == STATUS_OK)
        take_dram(source, slice, program);
    if (source->at != source->end)
        damaged(source, "bytes follow behind what lies in DRAM");
}

/* Magic, version, length and checksum. */
static Status check_envelope(const FileBytes *file, const char *path, Err *err)
{
    size_t n = file->n_bytes;
    if (n < MAGIC_BYTES || memcmp(file->bytes, PROGRAM_MAGIC, MAGIC_BYTES) != 0)
        return err_set(err, STATUS_INPUT,
                       "%s: is no Egret program; expected it to begin with " PROGRAM_MAGIC, path);
    if (n < HEAD_BYTES + CHECKSUM_BYTES)
        return err_set(err, STATUS_INPUT, "%s: has %zu bytes; expected at least %d: it is cut off",
                       path, n, HEAD_BYTES + CHECKSUM_BYTES);
    uint32_t version = image_u32(file->bytes, 8);
    if (version != PROGRAM_FORMAT_VERSION || image_u32(file->bytes, 12) != 0)
        return err_set(err, STATUS_INPUT, "%s: has format version %u; expected %d", path, version,
                       (int)PROGRAM_FORMAT_VERSION);
    uint64_t length = image_u32(file->bytes, 16) | (uint64_t)image_u32(file->bytes, 20) << 32;
    if (length != n)
        return err_set(err, STATUS_INPUT, "%s: has %zu bytes; expected %" PRIu64 ": it is %s", path,
                       n, length, n < length ? "cut off" : "too long");
    const uint8_t *end = file->bytes + n - CHECKSUM_BYTES;
    uint64_t stated = image_u32(end, 0) | (uint64_t)image_u32(end, 4) << 32;
    uint64_t found = hash_words(HASH_START, file->bytes, n - CHECKSUM_BYTES);
    if (stated != found)
        return err_set(err, STATUS_INPUT,
                       "%s: is damaged: its checksum is %016" PRIx64 "; expected %016" PRIx64, path,
                       found, stated);
    return STATUS_OK;
}

Status program_load(Arena *arena, const char *path, const Program **out, Err *err)
{
    *out = NULL;
    FileBytes file;
    TRY(file_read(arena, path, FILE_BYTES_MAX, &file, err));
    TRY(check_envelope(&file, path, err));
    Source source = {.bytes = file.bytes,
                     .at = HEAD_BYTES,
                     .end = file.n_bytes - CHECKSUM_BYTES,
                     .arena = arena,
                     .path = path,
                     .err = err};
    Program *program = ARENA_ARRAY(arena, Program, 1);
    program->format_version = PROGRAM_FORMAT_VERSION;
    take_content(&source, program);
    TRY(source.status);
    program->hash =
        hash_words(HASH_START, file.bytes + HEAD_BYTES, file.n_bytes - HEAD_BYTES - CHECKSUM_BYTES);
    TRY(program_check_content(program, NULL, path, err));
    *out = program;
    return STATUS_OK;
}
