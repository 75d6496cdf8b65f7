/* matrix_image.h - the weight formats: how a sparse matrix stands in a core's image, byte by byte.
 *
 * Rows are sources (source, bitmap, dense-mla) or targets (target). A matrix has up to three
 * arrays, each row's part after that of the row before:
 *
 *   source     pointers [rows + 1], indices [weights]: targets, weights in the order of indices
 *   target     pointers [rows + 1], indices [weights]: sources, weights in the order of indices
 *   bitmap     pointers [rows + 1], for each row one bit a target, padded to 32 bits (bit t % 32 of
 *              word t / 32; in the place of the indices), weights of the set bits in their order
 *   dense-mla  weights [rows][targets], 0 where there is none (int8 only); run by the MAC array
 *
 * A weight takes 4, 2 or 1 bytes by the Program's precision; int8 weights are codes -127 .. 127,
 * never 0. Indices with index_delta (source only) store target - previous target - 1, where the
 * previous target before the first of a row is -1. All else that knows bytes asks here.
 */
#ifndef ARCH_MATRIX_IMAGE_H
#define ARCH_MATRIX_IMAGE_H

#include "arch/program.h"

#ifdef __cplusplus
extern "C" {
#endif

/* format_name - "source", "target", "bitmap", "dense-mla"; format_names - all, in that order. */
const char *format_name(WeightFormat format);
const char *const *format_names(void);

/* format_by_source - rows are sources. format_has_indices - there are indices and an index width.
 * format_buffers_events - an event is kept until the update, as all weights are gone through then;
 * the others apply an event's row when it arrives. */
bool format_by_source(WeightFormat format);
bool format_has_indices(WeightFormat format);
bool format_buffers_events(WeightFormat format);

/* matrix_rows - what its pointers count; matrix_columns - what its indices or bits count. */
uint32_t matrix_rows(const MatrixImage *matrix);
uint32_t matrix_columns(const MatrixImage *matrix);

/* matrix_row_words - 32-bit words of a bitmap row. */
uint32_t matrix_row_words(const MatrixImage *matrix);

/* matrix_bytes - of its three arrays, unpadded. "indices" are the bit maps of a bitmap matrix. Its
 * n_weights must be one that an image can hold: at most 2^32. */
typedef struct MatrixBytes {
    uint64_t weights, indices, pointers;
} MatrixBytes;
MatrixBytes matrix_bytes(const MatrixImage *matrix, Precision precision);

/* image_pointer - where row `row` of a matrix begins in its weights; image_column - its i-th index
 * as stored; image_row_word - word `word` of a bitmap row. */
static inline uint32_t image_pointer(const uint8_t *image, const MatrixImage *matrix, uint64_t row)
{
    if (matrix_is_none(matrix))
        return 0;
    return image_index(image, matrix->pointer_offset, matrix->pointer_bytes, row);
}

static inline uint32_t image_column(const uint8_t *image, const MatrixImage *matrix, uint64_t i)
{
    return image_index(image, matrix->index_offset, matrix->index_bytes, i);
}

uint32_t image_row_word(const uint8_t *image, const MatrixImage *matrix, uint64_t row,
                        uint32_t word);

/* image_weight - the weight at a place in the array of weights: a bf16 widened, an int8 code. */
float image_weight(const uint8_t *image, const MatrixImage *matrix, Precision precision,
                   uint64_t entry);

/* MatrixRow - the stored weights of one row, one by one:
 *     MatrixRow at = matrix_row(image, matrix, row);
 *     while (matrix_row_next(&at))
 *         use(at.column, at.entry);
 * The pointers of the row must be in range. cost: O(1) a weight; O(targets) more a dense row */
typedef struct MatrixRow {
    const uint8_t *image;
    const MatrixImage *matrix;
    uint64_t row;
    uint64_t column;    /* of the weight; what damaged deltas sum up to may leave the matrix */
    uint64_t entry;     /* its place in the array of weights                       */
    uint64_t next, end; /* entries to come, or columns to look at                   */
    uint64_t next_entry;
} MatrixRow;
MatrixRow matrix_row(const uint8_t *image, const MatrixImage *matrix, uint64_t row);
bool matrix_row_next(MatrixRow *at);

/* matrix_unpack - row and column of every stored weight, row after row; columns of damaged deltas
 * are taken modulo 2^32. false: the rows do not hold n_weights from 0 on. The arrays of the matrix
 * must lie in the image.
 * cost: O(rows + weights), without a branch on what stands there; bits and dense blocks O(bytes) */
typedef struct MatrixEntries {
    const uint32_t *row, *column; /* [matrix->n_weights] */
} MatrixEntries;
bool matrix_unpack(Arena *scratch, const uint8_t *image, const MatrixImage *matrix,
                   MatrixEntries *out);

#ifdef __cplusplus
}
#endif
#endif
