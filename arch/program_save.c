/* program_save.c - writes the `.egp` file and works out a Program's hash; layout in program_file.h.
 *
 * One walk over the Program serves for its hash, the file's length and checksum, and the file
 * itself: it differs only in where the bytes go. Hash and checksum are two chains over the same
 * bytes, taken in the time of one.
 * Cost: O(bytes).
 */
#include "arch/program.h"

#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/hash.h"
#include "program_file.h"

enum { HELD_BYTES = 4096 };

/* Where the bytes go: into a count, into two hashes, or to a stream. */
typedef struct Sink {
    FILE *stream;   /* NULL: none                                     */
    uint64_t *hash; /* [2] NULL: none; begun with different bytes     */
    uint64_t n_bytes;
    size_t n_held; /* small items are held back, to go on together */
    uint8_t held[HELD_BYTES];
} Sink;

/* In whole words of the hashes, but for the last bytes of all. */
static void pass_on(Sink *sink, const void *bytes, size_t n)
{
    if (sink->hash != NULL)
        hash_words_twice(sink->hash, bytes, n);
    if (sink->stream != NULL && n > 0)
        fwrite(bytes, 1, n, sink->stream);
}

static void pass_held(Sink *sink)
{
    pass_on(sink, sink->held, sink->n_held);
    sink->n_held = 0;
}

static void put_bytes(Sink *sink, const void *bytes, size_t n)
{
    sink->n_bytes += n;
    if (sink->hash == NULL && sink->stream == NULL)
        return; /* they are only counted */
    if (n > HELD_BYTES - sink->n_held) {
        size_t filled = HELD_BYTES - sink->n_held;
        memcpy(sink->held + sink->n_held, bytes, filled);
        sink->n_held = HELD_BYTES;
        pass_held(sink);
        bytes = (const uint8_t *)bytes + filled;
        n -= filled;
        size_t whole = n / HELD_BYTES * HELD_BYTES;
        pass_on(sink, bytes, whole);
        bytes = (const uint8_t *)bytes + whole;
        n -= whole;
    }
    if (n > 0)
        memcpy(sink->held + sink->n_held, bytes, n);
    sink->n_held += n;
}

static void put_u32(Sink *sink, uint32_t value)
{
    uint8_t byte[4];
    for (unsigned i = 0; i < 4; i++)
        byte[i] = (uint8_t)(value >> (8 * i));
    put_bytes(sink, byte, sizeof byte);
}

static void put_u64(Sink *sink, uint64_t value)
{
    put_u32(sink, (uint32_t)value);
    put_u32(sink, (uint32_t)(value >> 32));
}

static void put_text(Sink *sink, const char *text)
{
    size_t n = strlen(text);
    CHECK(n <= UINT32_MAX);
    put_u32(sink, (uint32_t)n);
    put_bytes(sink, text, n);
}

static void put_layer(Sink *sink, const ProgramLayer *layer)
{
    uint32_t parameter_bits;
    memcpy(&parameter_bits, &layer->parameter, sizeof parameter_bits);
    put_text(sink, layer->name);
    put_text(sink, layer->cell);
    put_u32(sink, layer->n_inputs);
    put_u32(sink, layer->n_units);
    put_u32(sink, layer->n_gates);
    put_u32(sink, parameter_bits);
    for (uint32_t position = 0; position < layer->n_units; position++)
        put_u32(sink, layer->unit_of[position]);
}

static void put_matrix(Sink *sink, const MatrixImage *matrix)
{
    put_u32(sink, matrix->n_sources);
    put_u32(sink, matrix->n_targets);
    put_u64(sink, matrix->n_weights);
    put_u32(sink, (uint32_t)matrix->format);
    put_u32(sink, matrix->index_bytes);
    put_u32(sink, matrix->index_delta ? 1 : 0);
    put_u32(sink, matrix->pointer_bytes);
    put_u64(sink, matrix->pointer_offset);
    put_u64(sink, matrix->index_offset);
    put_u64(sink, matrix->weight_offset);
}

static void put_slice(Sink *sink, const SliceProgram *slice)
{
    put_u32(sink, slice->layer);
    put_u32(sink, slice->first_position);
    put_u32(sink, slice->n_units);
    put_u32(sink, slice->key);
    put_u32(sink, slice->marker_key);
    put_matrix(sink, &slice->input);
    put_matrix(sink, &slice->recurrent);
    put_u64(sink, slice->bias_offset);
    put_u64(sink, slice->recurrent_bias_offset);
    put_u64(sink, slice->threshold_offset);
    put_u64(sink, slice->state_offset);
    put_u32(sink, slice->n_scales);
    put_u64(sink, slice->input_scale_offset);
    put_u64(sink, slice->recurrent_scale_offset);
}

static void put_core(Sink *sink, const CoreProgram *core)
{
    put_u32(sink, core->core);
    put_u32(sink, core->n_slices);
    for (unsigned region = 0; region < N_REGIONS; region++)
        put_u64(sink, core->region_bytes[region]);
    put_u64(sink, core->image_bytes);
    for (uint32_t i = 0; i < core->n_slices; i++)
        put_slice(sink, &core->slice[i]);
    put_bytes(sink, core->image, core->image_bytes);
}

static void put_ids(Sink *sink, const uint32_t *id, uint32_t n)
{
    put_u32(sink, n);
    if (sink->hash == NULL && sink->stream == NULL) { /* bytes are only counted */
        sink->n_bytes += sizeof *id * (uint64_t)n;
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        put_u32(sink, id[i]);
}

static void put_route(Sink *sink, const RouteEntry *entry)
{
    put_u32(sink, entry->key);
    put_u32(sink, entry->mask);
    put_u32(sink, entry->to_host);
    put_ids(sink, entry->core, entry->n_cores);
    put_ids(sink, entry->link, entry->n_links);
}

static void put_table(Sink *sink, const RouterTable *table)
{
    put_u32(sink, table->n_entries);
    for (uint32_t i = 0; i < table->n_entries; i++)
        put_route(sink, &table->entry[i]);
}

static void put_content(Sink *sink, const Program *program)
{
    put_text(sink, program->chip_name);
    put_text(sink, program->network_name);
    put_u64(sink, program->chip_hash);
    put_u64(sink, program->network_hash);
    put_u32(sink, (uint32_t)program->precision);
    put_u32(sink, program->n_inputs);
    put_u32(sink, program->input_key);
    put_u32(sink, program->input_marker_key);
    put_u32(sink, program->reset_steps);
    put_u32(sink, program->n_layers);
    for (uint32_t l = 0; l < program->n_layers; l++)
        put_layer(sink, &program->layer[l]);
    put_u32(sink, program->n_cores);
    for (uint32_t c = 0; c < program->n_cores; c++)
        put_core(sink, &program->core[c]);
    put_u32(sink, program->n_tables);
    for (uint32_t t = 0; t < program->n_tables; t++)
        put_table(sink, &program->table[t]);
    if (program->dram_bytes == 0)
        return;
    put_u32(sink, program->n_tokens); /* where segments and rows stand follows from the slices */
    put_u32(sink, program->has_decoder ? 1 : 0);
    put_u64(sink, program->dram_bytes);
    put_bytes(sink, program->dram, program->dram_bytes);
}

/* All before the content. */
static void put_head(Sink *sink, const Program *program, uint64_t n_content)
{
    put_bytes(sink, PROGRAM_MAGIC, MAGIC_BYTES);
    put_u32(sink, program->format_version);
    put_u32(sink, 0);
    put_u64(sink, HEAD_BYTES + n_content + CHECKSUM_BYTES);
}

typedef struct Sums {
    uint64_t n_content, hash, checksum;
} Sums;

static Sums sum_up(const Program *program)
{
    Sink measure = {.stream = NULL};
    put_content(&measure, program);
    uint64_t hash[2] = {HASH_START, HASH_START};
    Sink sink = {.hash = hash};
    put_head(&sink, program, measure.n_bytes);
    pass_held(&sink);
    hash[1] = HASH_START; /* the content alone */
    put_content(&sink, program);
    pass_held(&sink);
    return (Sums){measure.n_bytes, hash[1], hash[0]};
}

void program_seal(Program *program)
{
    program->hash = sum_up(program).hash;
}

Status program_save(Arena *scratch, const Program *program, const char *path, Err *err)
{
    Sums sums = sum_up(program);
    CHECK(sums.hash == program->hash); /* sealed, and not changed since */
    FileWriter *writer;
    TRY(file_write_begin(scratch, path, &writer, err));
    Sink sink = {.stream = file_write_stream(writer)};
    put_head(&sink, program, sums.n_content);
    put_content(&sink, program);
    put_u64(&sink, sums.checksum);
    pass_held(&sink);
    return file_write_commit(writer, err);
}
