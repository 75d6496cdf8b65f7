/* emit_matrix.c - a matrix of the network into the images of all slices of its layer.
 *
 * Two walks over the rows. The first counts the weights of every row of every image (in the place
 * of the row pointers, one up); a running sum turns counts into starts; the second walk puts each
 * weight at its row's pointer and moves the pointer on; at the end the pointers are moved back by
 * one row. Dense blocks have no pointers: a weight's place follows from source and target. Both
 * walks see sources ascending by unit, and the targets of a source ascending by position
 * (order.c), so the targets of a row ascend in formats by source, and its sources by unit in
 * target format, as program.h wants.
 * Cost: O(stored weights + rows * slices).
 */
#include "mapping.h"

#include <string.h>

#include "base/check.h"
#include "image_put.h"

typedef struct Entry { /* one stored weight as its slice sees it */
    uint32_t slice;    /* of the Mapping */
    uint32_t source, target;
} Entry;

typedef struct MatrixWalk {
    const Mapping *mapping;
    uint32_t layer;
    bool recurrent;
    const OrderedRows *rows;
    const uint32_t *position_of; /* of the sources; NULL: the host's inputs, in their order */
    const int8_t *code;          /* int8: the weights, as SparseRows.weight */
    uint8_t *const *image;       /* [n_slices] of the whole Mapping */
    /* delta-coded indices: the row that a slice's last weight was in, and 1 + its target */
    uint32_t *last_row;
    uint32_t *next_target;
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
    uint32_t n_units = mapping->network->layer[walk->layer].n_units, col = walk->rows->col[i];
    uint32_t gate = col / n_units, position = col % n_units;
    Entry entry = {.slice =
                       mapping->slice_of[walk->layer][mapping->unit_of[walk->layer][position]]};
    const SliceProgram *slice = &mapping->slice[entry.slice];
    entry.target = gate * slice->n_units + position - slice->first_position;
    entry.source = walk->position_of == NULL ? source : walk->position_of[source];
    return entry;
}

static uint32_t row_of(const MatrixImage *matrix, const Entry *entry)
{
    return format_by_source(matrix->format) ? entry->source : entry->target;
}

static void put_pointer(uint8_t *image, const MatrixImage *matrix, uint64_t row, uint32_t value)
{
    put_index(image, matrix->pointer_offset, matrix->pointer_bytes, row, value);
}

static void count_rows(const MatrixWalk *walk)
{
    const SparseRows *rows = walk->rows->rows;
    for (uint32_t source = 0; source < rows->n_rows; source++) {
        for (uint64_t i = rows->row_start[source]; i < rows->row_start[source + 1]; i++) {
            Entry entry = entry_of(walk, source, i);
            uint8_t *image = walk->image[entry.slice];
            const MatrixImage *matrix = walk_matrix(walk, entry.slice);
            if (matrix->pointer_bytes == 0)
                continue;
            uint64_t row = (uint64_t)row_of(matrix, &entry) + 1;
            put_pointer(image, matrix, row, image_pointer(image, matrix, row) + 1);
        }
    }
}

/* The index at place `at`, or the bit of the target. */
static void put_column(const MatrixWalk *walk, const MatrixImage *matrix, const Entry *entry,
                       uint32_t at)
{
    uint8_t *image = walk->image[entry->slice];
    if (matrix->format == FORMAT_BITMAP) {
        uint64_t row_bytes = 4 * (uint64_t)matrix_row_words(matrix);
        uint64_t byte = matrix->index_offset + entry->source * row_bytes + entry->target / 8;
        image[byte] = (uint8_t)(image[byte] | 1u << entry->target % 8);
        return;
    }
    uint32_t index = format_by_source(matrix->format) ? entry->target : entry->source;
    if (matrix->index_delta) {
        if (walk->last_row[entry->slice] != entry->source)
            walk->next_target[entry->slice] = 0;
        index -= walk->next_target[entry->slice];
        walk->last_row[entry->slice] = entry->source;
        walk->next_target[entry->slice] = entry->target + 1;
    }
    put_index(image, matrix->index_offset, matrix->index_bytes, at, index);
}

static void put_weight(const MatrixWalk *walk, const MatrixImage *matrix, const Entry *entry,
                       uint64_t from)
{
    uint8_t *image = walk->image[entry->slice];
    uint64_t at = (uint64_t)entry->source * matrix->n_targets + entry->target;
    if (matrix->pointer_bytes > 0) {
        uint32_t row = row_of(matrix, entry), next = image_pointer(image, matrix, row);
        put_pointer(image, matrix, row, next + 1);
        put_column(walk, matrix, entry, next);
        at = next;
    }
    float weight = walk->rows->rows->weight[from];
    switch (walk->mapping->network->precision) {
    case PRECISION_INT8:
        put_index(image, matrix->weight_offset, 1, at, (uint32_t)walk->code[from]);
        break;
    case PRECISION_BF16:
        put_index(image, matrix->weight_offset, 2, at, bf16_bits(weight));
        break;
    default:
        put_f32(image, matrix->weight_offset + 4 * at, weight);
    }
}

static void put_weights(const MatrixWalk *walk)
{
    const SparseRows *rows = walk->rows->rows;
    for (uint32_t source = 0; source < rows->n_rows; source++) {
        for (uint64_t i = rows->row_start[source]; i < rows->row_start[source + 1]; i++) {
            Entry entry = entry_of(walk, source, i);
            put_weight(walk, walk_matrix(walk, entry.slice), &entry,
                       ordered_entry(walk->rows, source, i));
        }
    }
}

/* Counts of rows, one up, to starts of rows. */
static void counts_to_starts(uint8_t *image, const MatrixImage *matrix)
{
    uint32_t n_rows = matrix_rows(matrix), sum = 0;
    for (uint32_t row = 0; row <= n_rows; row++) {
        sum += image_pointer(image, matrix, row);
        put_pointer(image, matrix, row, sum);
    }
    CHECK(sum == matrix->n_weights);
}

static void walk_twice(const MatrixWalk *walk)
{
    const Mapping *mapping = walk->mapping;
    uint32_t first = mapping->first_slice[walk->layer];
    uint32_t end = mapping->first_slice[walk->layer + 1];
    count_rows(walk);
    for (uint32_t s = first; s < end; s++)
        if (walk_matrix(walk, s)->pointer_bytes > 0)
            counts_to_starts(walk->image[s], walk_matrix(walk, s));
    put_weights(walk);
    for (uint32_t s = first; s < end; s++) {
        const MatrixImage *matrix = walk_matrix(walk, s);
        if (matrix->pointer_bytes == 0)
            continue;
        uint8_t *start = walk->image[s] + matrix->pointer_offset;
        memmove(start + matrix->pointer_bytes, start,
                matrix->pointer_bytes * (size_t)matrix_rows(matrix));
        put_pointer(walk->image[s], matrix, 0, 0);
    }
}

void emit_matrices(Arena *scratch, const Mapping *mapping, uint32_t layer, uint8_t *const *image)
{
    const NetworkInt8 *int8 = mapping->network->int8;
    uint32_t *last_row = ARENA_ARRAY(scratch, uint32_t, mapping->n_slices);
    for (uint32_t s = 0; s < mapping->n_slices; s++)
        last_row[s] = UINT32_MAX;
    MatrixWalk walk = {.mapping = mapping,
                       .layer = layer,
                       .rows = &mapping->ordered[2 * layer],
                       .position_of = layer == 0 ? NULL : mapping->position_of[layer - 1],
                       .code = int8 == NULL ? NULL : int8->layer[layer].input_weight,
                       .image = image,
                       .last_row = last_row,
                       .next_target = ARENA_ARRAY(scratch, uint32_t, mapping->n_slices)};
    walk_twice(&walk);
    for (uint32_t s = 0; s < mapping->n_slices; s++)
        last_row[s] = UINT32_MAX;
    walk.recurrent = true;
    walk.rows = &mapping->ordered[2 * layer + 1];
    walk.position_of = mapping->position_of[layer];
    walk.code = int8 == NULL ? NULL : int8->layer[layer].recurrent_weight;
    walk_twice(&walk);
}
