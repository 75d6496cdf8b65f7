/* matrix_image.c - the weight formats: properties, sizes and readers; the layout is in the header.
 *
 * Formats are rows of a table. MatrixRow walks all of them alike, so whoever compares images with
 * something else needs no case for any format. Cost: O(1) each, if not said otherwise.
 */
#include "arch/matrix_image.h"

#include "base/check.h"

typedef struct FormatKind {
    const char *name;
    bool by_source, has_indices, has_pointers, buffers_events;
} FormatKind;

static const FormatKind KIND[N_FORMATS] = {
    [FORMAT_SOURCE] = {"source", true, true, true, false},
    [FORMAT_TARGET] = {"target", false, true, true, true},
    [FORMAT_BITMAP] = {"bitmap", true, false, true, false},
    [FORMAT_DENSE_MLA] = {"dense-mla", true, false, false, true},
};

const char *format_name(WeightFormat format)
{
    return (unsigned)format < N_FORMATS ? KIND[format].name : "?";
}

const char *const *format_names(void)
{
    static const char *const names[N_FORMATS] = {"source", "target", "bitmap", "dense-mla"};
    return names;
}

bool format_by_source(WeightFormat format)
{
    return KIND[format].by_source;
}

bool format_has_indices(WeightFormat format)
{
    return KIND[format].has_indices;
}

bool format_buffers_events(WeightFormat format)
{
    return KIND[format].buffers_events;
}

uint32_t matrix_rows(const MatrixImage *matrix)
{
    return format_by_source(matrix->format) ? matrix->n_sources : matrix->n_targets;
}

uint32_t matrix_columns(const MatrixImage *matrix)
{
    return format_by_source(matrix->format) ? matrix->n_targets : matrix->n_sources;
}

uint32_t matrix_row_words(const MatrixImage *matrix)
{
    return matrix->n_targets / 32 + (matrix->n_targets % 32 != 0 ? 1 : 0);
}

MatrixBytes matrix_bytes(const MatrixImage *matrix, Precision precision)
{
    uint64_t n_weights = matrix->n_weights, n_rows = matrix_rows(matrix);
    CHECK(n_weights <= UINT64_C(1) << 32);
    MatrixBytes bytes = {.weights = n_weights * precision_weight_bytes(precision),
                         .indices = n_weights * matrix->index_bytes};
    if (matrix->format == FORMAT_BITMAP)
        bytes.indices = n_rows * matrix_row_words(matrix) * 4;
    if (matrix->format == FORMAT_DENSE_MLA)
        bytes.weights = n_rows * matrix->n_targets;
    if (KIND[matrix->format].has_pointers)
        bytes.pointers = (n_rows + 1) * matrix->pointer_bytes;
    return bytes;
}

uint32_t image_row_word(const uint8_t *image, const MatrixImage *matrix, uint64_t row,
                        uint32_t word)
{
    return image_u32(image, matrix->index_offset + 4 * (row * matrix_row_words(matrix) + word));
}

float image_weight(const uint8_t *image, const MatrixImage *matrix, Precision precision,
                   uint64_t entry)
{
    const uint8_t *at = image + matrix->weight_offset;
    switch (precision) {
    case PRECISION_BF16:
        return bf16_value((uint16_t)(at[2 * entry] | at[2 * entry + 1] << 8));
    case PRECISION_INT8:
        return (float)(at[entry] < 128 ? (int)at[entry] : (int)at[entry] - 256);
    default:
        return image_f32(at, 4 * entry);
    }
}

MatrixRow matrix_row(const uint8_t *image, const MatrixImage *matrix, uint64_t row)
{
    MatrixRow at = {.image = image, .matrix = matrix, .row = row, .column = UINT64_MAX};
    if (KIND[matrix->format].has_pointers)
        at.next_entry = image_pointer(image, matrix, row);
    if (KIND[matrix->format].has_indices) {
        at.next = at.next_entry;
        at.end = image_pointer(image, matrix, row + 1);
    } else {
        at.end = matrix->n_targets;
    }
    return at;
}

static bool next_index(MatrixRow *at)
{
    if (at->next >= at->end)
        return false;
    at->entry = at->next++;
    uint64_t index = image_column(at->image, at->matrix, at->entry);
    at->column = at->matrix->index_delta ? at->column + 1 + index : index;
    return true;
}

static bool next_bit(MatrixRow *at)
{
    while (at->next < at->end) {
        uint32_t word = image_row_word(at->image, at->matrix, at->row, (uint32_t)(at->next / 32));
        word >>= at->next % 32;
        if (word == 0) {
            at->next += 32 - at->next % 32;
            continue;
        }
        for (; (word & 1) == 0; word >>= 1)
            at->next++;
        if (at->next >= at->end) /* a bit behind the last target */
            break;
        at->column = at->next++;
        at->entry = at->next_entry++;
        return true;
    }
    return false;
}

static bool next_weight(MatrixRow *at)
{
    uint64_t start = at->row * at->matrix->n_targets;
    for (; at->next < at->end; at->next++) {
        if (at->image[at->matrix->weight_offset + start + at->next] == 0)
            continue;
        at->column = at->next++;
        at->entry = start + at->column;
        return true;
    }
    return false;
}

bool matrix_row_next(MatrixRow *at)
{
    if (KIND[at->matrix->format].has_indices)
        return next_index(at);
    return at->matrix->format == FORMAT_BITMAP ? next_bit(at) : next_weight(at);
}

/* Writes each row's number where its weights begin: of rows that begin at one place the last is
 * the one that has weights. `first` has room for n_weights + 1. */
static bool mark_rows(const uint8_t *pointers, uint32_t pointer_bytes, const MatrixImage *matrix,
                      uint32_t *first)
{
    uint32_t n_rows = matrix_rows(matrix), start = image_index(pointers, 0, pointer_bytes, 0);
    if (start != 0)
        return false;
    for (uint32_t row = 0; row < n_rows; row++) {
        uint32_t end = image_index(pointers, 0, pointer_bytes, (uint64_t)row + 1);
        if (end < start || end > matrix->n_weights)
            return false;
        first[start] = row;
        start = end;
    }
    return start == matrix->n_weights;
}

static bool unpack_indices(const uint8_t *image, const MatrixImage *matrix, uint32_t *row,
                           uint32_t *column)
{
    if (matrix_is_none(matrix))
        return matrix->n_weights == 0;
    const uint8_t *pointers = image + matrix->pointer_offset;
    bool right = matrix->pointer_bytes == 2 ? mark_rows(pointers, 2, matrix, row)
                                            : mark_rows(pointers, 4, matrix, row);
    if (!right)
        return false;
    for (uint64_t i = 0; i < matrix->n_weights; i++)
        column[i] = image_column(image, matrix, i);
    for (uint64_t i = 1; i < matrix->n_weights; i++)
        row[i] = row[i] > row[i - 1] ? row[i] : row[i - 1];
    if (matrix->index_delta)
        for (uint64_t i = 1; i < matrix->n_weights; i++)
            column[i] += row[i] == row[i - 1] ? column[i - 1] + 1 : 0;
    return true;
}

static bool unpack_rows(const uint8_t *image, const MatrixImage *matrix, uint32_t *row,
                        uint32_t *column)
{
    uint64_t n = 0;
    for (uint32_t r = 0; r < matrix_rows(matrix); r++) {
        MatrixRow at = matrix_row(image, matrix, r);
        if (KIND[matrix->format].has_pointers && image_pointer(image, matrix, r) != n)
            return false;
        while (matrix_row_next(&at)) {
            if (n == matrix->n_weights)
                return false;
            row[n] = r;
            column[n++] = (uint32_t)at.column;
        }
    }
    return n == matrix->n_weights;
}

bool matrix_unpack(Arena *scratch, const uint8_t *image, const MatrixImage *matrix,
                   MatrixEntries *out)
{
    uint32_t *row = ARENA_ARRAY(scratch, uint32_t, matrix->n_weights + 1);
    uint32_t *column = ARENA_ARRAY(scratch, uint32_t, matrix->n_weights);
    *out = (MatrixEntries){row, column};
    return KIND[matrix->format].has_indices ? unpack_indices(image, matrix, row, column)
                                            : unpack_rows(image, matrix, row, column);
}
