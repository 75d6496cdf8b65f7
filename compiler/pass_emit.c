/* pass_emit.c - the Program: every core's image with its weights, the routes, the layers.
 *
 * A matrix goes to the images of all slices of its layer in two walks over its rows. The first
 * counts the weights of every row of every image (in the place of the row pointers, one up); a
 * running sum turns counts into starts; the second walk puts each weight at its row's pointer and
 * moves the pointer on; at the end the pointers are moved back by one row. Both walks see sources
 * ascending by unit, and the targets of a source ascending by position (order.c), so the targets of
 * a row ascend in source format, and its sources by unit in target format, as program.h wants.
 * Cost: O(stored weights + rows * slices), and a sort of each row if the order is not the units'.
 */
#include "mapping.h"

#include <string.h>

#include "base/check.h"

static void put_u32(uint8_t *image, uint64_t offset, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        image[offset + (uint64_t)i] = (uint8_t)(value >> (8 * i));
}

static void put_f32(uint8_t *image, uint64_t offset, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_u32(image, offset, bits);
}

static void put_index(uint8_t *image, uint64_t offset, uint32_t index_bytes, uint64_t i,
                      uint32_t value)
{
    for (uint32_t b = 0; b < index_bytes; b++)
        image[offset + i * index_bytes + b] = (uint8_t)(value >> (8 * b));
}

typedef struct Entry { /* one stored weight as its slice sees it */
    uint32_t slice;    /* of the Mapping */
    uint32_t row, index;
} Entry;

typedef struct MatrixWalk {
    const Mapping *mapping;
    uint32_t layer;
    bool recurrent;
    OrderedRows rows;
    const uint32_t *position_of; /* of the sources; NULL: the host's inputs, in their order */
    uint8_t *const *image;       /* [n_slices] of the whole Mapping */
} MatrixWalk;

static const MatrixImage *walk_matrix(const MatrixWalk *walk, uint32_t slice)
{
    const SliceProgram *program = &walk->mapping->slice[slice];
    return walk->recurrent ? &program->recurrent : &program->input;
}

/* The weight at place i of the ordered rows, in the row of a source unit. */
static Entry entry_of(const MatrixWalk *walk, uint32_t source, uint64_t i)
{
    const Mapping *mapping = walk->mapping;
    uint32_t n_units = mapping->network->layer[walk->layer].n_units, col = walk->rows.col[i];
    uint32_t gate = col / n_units, position = col % n_units;
    Entry entry = {.slice =
                       mapping->slice_of[walk->layer][mapping->unit_of[walk->layer][position]]};
    const SliceProgram *slice = &mapping->slice[entry.slice];
    uint32_t target = gate * slice->n_units + position - slice->first_position;
    if (walk->position_of != NULL)
        source = walk->position_of[source];
    bool by_source = walk_matrix(walk, entry.slice)->format == FORMAT_SOURCE;
    entry.row = by_source ? source : target;
    entry.index = by_source ? target : source;
    return entry;
}

static void count_rows(const MatrixWalk *walk)
{
    const SparseRows *rows = walk->rows.rows;
    for (uint32_t source = 0; source < rows->n_rows; source++) {
        for (uint64_t i = rows->row_start[source]; i < rows->row_start[source + 1]; i++) {
            Entry entry = entry_of(walk, source, i);
            uint8_t *image = walk->image[entry.slice];
            const MatrixImage *matrix = walk_matrix(walk, entry.slice);
            uint64_t at = matrix->pointer_offset + 4 * ((uint64_t)entry.row + 1);
            put_u32(image, at, image_u32(image, at) + 1);
        }
    }
}

static void put_weights(const MatrixWalk *walk)
{
    const SparseRows *rows = walk->rows.rows;
    for (uint32_t source = 0; source < rows->n_rows; source++) {
        for (uint64_t i = rows->row_start[source]; i < rows->row_start[source + 1]; i++) {
            Entry entry = entry_of(walk, source, i);
            uint8_t *image = walk->image[entry.slice];
            const MatrixImage *matrix = walk_matrix(walk, entry.slice);
            uint64_t pointer = matrix->pointer_offset + 4 * (uint64_t)entry.row;
            uint32_t at = image_u32(image, pointer);
            put_u32(image, pointer, at + 1);
            put_index(image, matrix->index_offset, matrix->index_bytes, at, entry.index);
            put_f32(image, matrix->weight_offset + 4 * (uint64_t)at,
                    rows->weight[ordered_entry(&walk->rows, source, i)]);
        }
    }
}

static void emit_matrix(const MatrixWalk *walk)
{
    const Mapping *mapping = walk->mapping;
    uint32_t first = mapping->first_slice[walk->layer];
    uint32_t end = mapping->first_slice[walk->layer + 1];
    count_rows(walk);
    for (uint32_t s = first; s < end; s++) {
        const MatrixImage *matrix = walk_matrix(walk, s);
        uint32_t n_rows = matrix_rows(matrix), sum = 0;
        for (uint32_t row = 0; row <= n_rows; row++) {
            uint64_t at = matrix->pointer_offset + 4 * (uint64_t)row;
            sum += image_u32(walk->image[s], at);
            put_u32(walk->image[s], at, sum);
        }
        CHECK(sum == matrix->n_weights);
    }
    put_weights(walk);
    for (uint32_t s = first; s < end; s++) {
        const MatrixImage *matrix = walk_matrix(walk, s);
        uint8_t *start = walk->image[s] + matrix->pointer_offset;
        memmove(start + 4, start, 4 * (size_t)matrix_rows(matrix));
        put_u32(start, 0, 0);
    }
}

static void emit_layer(Arena *scratch, const Mapping *mapping, uint32_t l, uint8_t *const *image)
{
    const Layer *layer = &mapping->network->layer[l];
    MatrixWalk walk = {.mapping = mapping,
                       .layer = l,
                       .rows = ordered_rows(scratch, mapping, l, &layer->input),
                       .position_of = l == 0 ? NULL : mapping->position_of[l - 1],
                       .image = image};
    emit_matrix(&walk);
    walk.recurrent = true;
    walk.rows = ordered_rows(scratch, mapping, l, &layer->recurrent);
    walk.position_of = mapping->position_of[l];
    emit_matrix(&walk);
}

static void emit_parameters(const Mapping *mapping, const SliceProgram *slice, uint8_t *image)
{
    const Layer *layer = &mapping->network->layer[slice->layer];
    for (uint32_t u = 0; u < slice->n_units; u++) {
        uint32_t unit = mapping->unit_of[slice->layer][slice->first_position + u];
        for (uint32_t gate = 0; gate < layer->cell->n_gates; gate++) {
            uint64_t target = (uint64_t)gate * slice->n_units + u;
            uint64_t from = (uint64_t)gate * layer->n_units + unit;
            put_f32(image, slice->bias_offset + 4 * target, layer->bias[from]);
            put_f32(image, slice->recurrent_bias_offset + 4 * target, layer->recurrent_bias[from]);
        }
        put_f32(image, slice->threshold_offset + 4 * (uint64_t)u, layer->threshold[unit]);
    }
}

static const char *copy_text(Arena *arena, const char *text)
{
    return arena_text(arena, text, strlen(text));
}

static const ProgramLayer *emit_layers(Arena *arena, const Mapping *mapping)
{
    const Network *network = mapping->network;
    ProgramLayer *layers = ARENA_ARRAY(arena, ProgramLayer, network->n_layers);
    for (uint32_t l = 0; l < network->n_layers; l++) {
        const Layer *layer = &network->layer[l];
        uint32_t *unit_of = ARENA_ARRAY(arena, uint32_t, layer->n_units);
        memcpy(unit_of, mapping->unit_of[l], layer->n_units * sizeof *unit_of);
        layers[l] = (ProgramLayer){.name = copy_text(arena, layer->name),
                                   .cell = copy_text(arena, layer->cell->name),
                                   .n_inputs = layer->n_inputs,
                                   .n_units = layer->n_units,
                                   .n_gates = layer->cell->n_gates,
                                   .zoneout = layer->zoneout,
                                   .unit_of = unit_of};
    }
    return layers;
}

/* Cores with zeroed images; image[s] is set to the image that holds slice s. */
static const CoreProgram *emit_cores(Arena *arena, const Mapping *mapping, uint8_t **image)
{
    CoreProgram *cores = ARENA_ARRAY(arena, CoreProgram, mapping->n_slots);
    for (uint32_t c = 0; c < mapping->n_slots; c++) {
        const CoreUse *use = &mapping->core[c];
        SliceProgram *slices = ARENA_ARRAY(arena, SliceProgram, use->n_slices);
        uint8_t *bytes = ARENA_ARRAY(arena, uint8_t, use->image_bytes);
        for (uint32_t i = 0; i < use->n_slices; i++) {
            slices[i] = mapping->slice[use->slice[i]];
            image[use->slice[i]] = bytes;
        }
        cores[c] = (CoreProgram){.core = use->core,
                                 .n_slices = use->n_slices,
                                 .slice = slices,
                                 .image_bytes = use->image_bytes,
                                 .image = bytes};
        memcpy(cores[c].region_bytes, use->region_bytes, sizeof use->region_bytes);
    }
    return cores;
}

Status pass_emit(Arena *arena, Arena *scratch, Mapping *mapping, Err *err)
{
    (void)err;
    const Network *network = mapping->network;
    uint8_t **image = ARENA_ARRAY(scratch, uint8_t *, mapping->n_slices);
    Program *program = ARENA_ARRAY(arena, Program, 1);
    *program = (Program){
        .format_version = PROGRAM_FORMAT_VERSION,
        .chip_name = copy_text(arena, mapping->chip->name),
        .network_name = copy_text(arena, network->name),
        .chip_hash = mapping->chip->hash,
        .network_hash = network->hash,
        .precision = PRECISION_FP32,
        .n_layers = network->n_layers,
        .layer = emit_layers(arena, mapping),
        .n_inputs = network->n_inputs,
        .input_key = mapping->input_key,
        .input_marker_key = mapping->input_marker_key,
        .reset_steps = network->carry == CARRY_EVENTS ? network->reset_steps : 0,
        .n_cores = mapping->n_slots,
        .core = emit_cores(arena, mapping, image),
        .n_tables = mapping->n_tables,
        .table = mapping->table,
    };
    for (uint32_t l = 0; l < network->n_layers; l++)
        emit_layer(scratch, mapping, l, image);
    for (uint32_t s = 0; s < mapping->n_slices; s++)
        emit_parameters(mapping, &mapping->slice[s], image[s]);
    program_seal(program);
    mapping->program = program;
    return STATUS_OK;
}
