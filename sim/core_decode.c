/* core_decode.c - execute mode: a matrix of a core's image as rows by source, made once.
 *
 * Images do not change while they run, so what stands in them is read once, whatever its format:
 * bit maps, delta-coded indices, dense blocks and rows by target all become lists of (target,
 * weight) by source. In fp32 and bf16 each target gets at most one weight of a source, so the
 * order within a list does not matter to the sums. Zeros of dense blocks are left out: they add
 * nothing in integers. Cost: O(weights + rows); 8 bytes a weight (5 in int8) and 4 a source.
 */
#include "arch/matrix_image.h"
#include "base/check.h"
#include "core_model.h"

DecodedMatrix decode_matrix(Arena *arena, const uint8_t *image, const MatrixImage *matrix,
                            Precision precision)
{
    bool by_source = format_by_source(matrix->format), int8 = precision == PRECISION_INT8;
    uint32_t n_rows = matrix_rows(matrix);
    uint32_t *start = ARENA_ARRAY(arena, uint32_t, (size_t)matrix->n_sources + 2);
    uint32_t *target = ARENA_ARRAY(arena, uint32_t, matrix->n_weights);
    float *weight = ARENA_ARRAY(arena, float, int8 ? 0 : matrix->n_weights);
    int8_t *code = ARENA_ARRAY(arena, int8_t, int8 ? matrix->n_weights : 0);
    /* counts two up, starts one up, and each start moves on to the next row's while it is filled */
    for (uint32_t row = 0; row < n_rows; row++) {
        MatrixRow at = matrix_row(image, matrix, row);
        while (matrix_row_next(&at))
            start[(by_source ? row : at.column) + 2]++;
    }
    for (uint32_t s = 0; s < matrix->n_sources; s++)
        start[s + 2] += start[s + 1];
    CHECK(start[matrix->n_sources + 1] == matrix->n_weights);
    for (uint32_t row = 0; row < n_rows; row++) {
        MatrixRow at = matrix_row(image, matrix, row);
        while (matrix_row_next(&at)) {
            uint32_t to = start[(by_source ? row : at.column) + 1]++;
            float value = image_weight(image, matrix, precision, at.entry);
            target[to] = by_source ? (uint32_t)at.column : row;
            if (int8)
                code[to] = (int8_t)value;
            else
                weight[to] = value;
        }
    }
    return (DecodedMatrix){start, target, int8 ? NULL : weight, int8 ? code : NULL};
}
