/* core_decode.c - execute mode: matrices of images as rows by source, made once.
 *
 * Images do not change while they run, so what stands in them is read once, whatever its format:
 * bit maps, delta-coded indices, dense blocks and rows by target all become lists of (source,
 * target, weight), and these, of one core or of several, lists of (target, weight) by source. In
 * fp32 and bf16 each target gets at most one weight of a source, so the order within a list does
 * not matter to the sums. Zeros of dense blocks are left out: they add nothing in integers.
 * Cost: O(weights + rows); 8 bytes a weight (5 in int8) and 4 a source, as much again meanwhile.
 */
#include "arch/matrix_image.h"
#include "base/check.h"
#include "core_model.h"
#include "image.h"

/* Places in the array of weights: one after the other, or those that are not 0 of a block. */
static uint64_t place(const MatrixImage *matrix, const MatrixEntries *entries, uint64_t i)
{
    return matrix->format == FORMAT_DENSE_MLA
               ? (uint64_t)entries->row[i] * matrix->n_targets + entries->column[i]
               : i;
}

MatrixList decode_list(Arena *scratch, const uint8_t *image, const MatrixImage *matrix,
                       Precision precision)
{
    const bool int8 = precision == PRECISION_INT8;
    const uint64_t n = matrix->n_weights;
    MatrixEntries entries;
    CHECK(matrix_unpack(scratch, image, matrix, &entries)); /* program_check */
    float *weight = ARENA_ARRAY(scratch, float, int8 ? 0 : n);
    int8_t *code = ARENA_ARRAY(scratch, int8_t, int8 ? n : 0);
    const uint8_t *from = image + matrix->weight_offset;
    for (uint64_t i = 0; int8 && i < n; i++) {
        uint8_t byte = from[place(matrix, &entries, i)];
        code[i] = (int8_t)(byte < 128 ? (int)byte : (int)byte - 256);
    }
    for (uint64_t i = 0; precision == PRECISION_FP32 && i < n; i++)
        weight[i] = load_f32(from + 4 * i);
    for (uint64_t i = 0; precision == PRECISION_BF16 && i < n; i++)
        weight[i] = image_weight(image, matrix, precision, i);
    const bool by_source = format_by_source(matrix->format);
    return (MatrixList){
        .n_weights = n,
        .source = by_source ? entries.row : entries.column,
        .target = by_source ? entries.column : entries.row,
        .weight = weight,
        .code = code,
    };
}

DecodedMatrix decode_join(Arena *arena, const MatrixPart *part, uint32_t n_parts,
                          uint32_t n_sources, const uint32_t *unit_of, bool int8)
{
    uint64_t n_weights = 0;
    for (uint32_t p = 0; p < n_parts; p++)
        n_weights += part[p].list.n_weights;
    CHECK(n_weights <= UINT32_MAX);
    uint32_t *start = ARENA_ARRAY(arena, uint32_t, (size_t)n_sources + 2);
    uint32_t *target = ARENA_ARRAY(arena, uint32_t, n_weights);
    float *weight = ARENA_ARRAY(arena, float, int8 ? 0 : n_weights);
    int8_t *code = ARENA_ARRAY(arena, int8_t, int8 ? n_weights : 0);
    /* counts two up, starts one up, and each start moves on to the next row's while it is filled */
    for (uint32_t p = 0; p < n_parts; p++)
        for (uint64_t i = 0; i < part[p].list.n_weights; i++) {
            uint32_t source = part[p].list.source[i];
            start[(unit_of ? unit_of[source] : source) + 2]++;
        }
    for (uint32_t s = 0; s < n_sources; s++)
        start[s + 2] += start[s + 1];
    for (uint32_t p = 0; p < n_parts; p++) {
        const MatrixList *list = &part[p].list;
        for (uint64_t i = 0; i < list->n_weights; i++) {
            uint32_t source = list->source[i], column = list->target[i];
            uint32_t to = start[(unit_of ? unit_of[source] : source) + 1]++;
            target[to] = part[p].target_of ? part[p].target_of[column] : column;
            if (int8)
                code[to] = list->code[i];
            else
                weight[to] = list->weight[i];
        }
    }
    return (DecodedMatrix){start, target, int8 ? NULL : weight, int8 ? code : NULL};
}

DecodedMatrix decode_matrix(Arena *arena, const uint8_t *image, const MatrixImage *matrix,
                            Precision precision)
{
    Arena *scratch = arena_new();
    MatrixPart part = {.list = decode_list(scratch, image, matrix, precision)};
    DecodedMatrix rows =
        decode_join(arena, &part, 1, matrix->n_sources, NULL, precision == PRECISION_INT8);
    arena_free(scratch);
    return rows;
}
