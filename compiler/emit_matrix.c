/* emit_matrix.c - a matrix of the network into the images of all slices of its layer.
 *
 * First every stored weight is dealt to its slice: one walk over the rows appends source, target
 * and value to the slice's part of one array, so that each slice has its weights in one piece.
 * Then each image is written by itself, while it is in the cache: weights of each row are counted,
 * a running sum turns counts into pointers, and each weight goes to the next free place of its row.
 * Dense blocks have no pointers: a weight's place follows from source and target. Weights are dealt
 * with sources ascending by unit, and the targets of a source ascending by position (order.c), so
 * the targets of a row ascend in formats by source, and its sources by unit in target format, as
 * program.h wants.
 * Cost: O(stored weights + rows * slices); 12 bytes of scratch a stored weight.
 */
#include "mapping.h"

#include <string.h>

#include "base/check.h"
#include "image_put.h"

typedef struct Dealt { /* one stored weight as its slice sees it */
    uint32_t source, target;
    uint32_t bits; /* as they stand in the image, the lowest first */
} Dealt;

/* What stands at a position of the layer. */
typedef struct Place {
    uint32_t slice, n_units, local; /* of its slice */
} Place;

typedef struct MatrixDeal {
    const Mapping *mapping;
    uint32_t layer;
    const OrderedRows *rows;
    const uint32_t *position_of; /* of the sources; NULL: the host's inputs, in their order */
    const int8_t *code;          /* int8: the weights, as SparseRows.weight */
    const Place *place;          /* [n_units of the layer] by position */
    Dealt *dealt;                /* [n_nonzeros] slice after slice */
    Dealt **end;                 /* [n_slices] of the slice's part so far */
    uint32_t *next;              /* [most rows + 1] of the image under way: free place of a row */
} MatrixDeal;

static uint32_t weight_bits(const MatrixDeal *deal, uint64_t from)
{
    float weight = deal->rows->rows->weight[from];
    uint32_t bits;
    switch (deal->mapping->network->precision) {
    case PRECISION_INT8:
        return (uint8_t)deal->code[from];
    case PRECISION_BF16:
        return bf16_bits(weight);
    default:
        memcpy(&bits, &weight, sizeof bits);
        return bits;
    }
}

static void deal_row(const MatrixDeal *deal, uint32_t row)
{
    const OrderedRows *rows = deal->rows;
    uint32_t n_units = deal->mapping->network->layer[deal->layer].n_units;
    uint32_t source = deal->position_of == NULL ? row : deal->position_of[row];
    uint32_t gate = 0, before = 0; /* columns of the gates before */
    for (uint64_t i = rows->rows->row_start[row]; i < rows->rows->row_start[row + 1]; i++) {
        for (; rows->col[i] - before >= n_units; before += n_units)
            gate++;
        const Place *place = &deal->place[rows->col[i] - before];
        *deal->end[place->slice]++ = (Dealt){source, gate * place->n_units + place->local,
                                             weight_bits(deal, ordered_entry(rows, row, i))};
    }
}

/* Weights of each row to where the next one of it goes: its start, for now. */
static void count_rows(const MatrixImage *matrix, const Dealt *dealt, uint8_t *image,
                       uint32_t *next)
{
    bool by_source = format_by_source(matrix->format);
    uint32_t n_rows = matrix_rows(matrix), sum = 0;
    memset(next, 0, ((size_t)n_rows + 1) * sizeof *next);
    for (uint64_t i = 0; i < matrix->n_weights; i++)
        next[by_source ? dealt[i].source : dealt[i].target]++;
    for (uint32_t row = 0; row <= n_rows; row++) {
        uint32_t n = next[row];
        next[row] = sum;
        put_index(image, matrix->pointer_offset, matrix->pointer_bytes, row, sum);
        sum += n;
    }
    CHECK(sum == matrix->n_weights);
}

/* Indices, or distances from the target before in the same row, which is the weight before. */
static void put_indexed(const MatrixImage *matrix, const Dealt *dealt, uint32_t weight_bytes,
                        uint8_t *image, uint32_t *next)
{
    bool by_source = format_by_source(matrix->format);
    for (uint64_t i = 0; i < matrix->n_weights; i++) {
        uint32_t source = dealt[i].source, target = dealt[i].target;
        uint32_t at = next[by_source ? source : target]++, index = by_source ? target : source;
        if (matrix->index_delta && i > 0 && dealt[i - 1].source == source)
            index -= dealt[i - 1].target + 1;
        put_index(image, matrix->index_offset, matrix->index_bytes, at, index);
        put_index(image, matrix->weight_offset, weight_bytes, at, dealt[i].bits);
    }
}

static void put_bitmap(const MatrixImage *matrix, const Dealt *dealt, uint32_t weight_bytes,
                       uint8_t *image, uint32_t *next)
{
    uint64_t row_bytes = 4 * (uint64_t)matrix_row_words(matrix);
    for (uint64_t i = 0; i < matrix->n_weights; i++) {
        uint32_t source = dealt[i].source, target = dealt[i].target;
        uint64_t byte = matrix->index_offset + source * row_bytes + target / 8;
        image[byte] = (uint8_t)(image[byte] | 1u << target % 8);
        put_index(image, matrix->weight_offset, weight_bytes, next[source]++, dealt[i].bits);
    }
}

static void put_dense(const MatrixImage *matrix, const Dealt *dealt, uint32_t weight_bytes,
                      uint8_t *image)
{
    for (uint64_t i = 0; i < matrix->n_weights; i++)
        put_index(image, matrix->weight_offset, weight_bytes,
                  (uint64_t)dealt[i].source * matrix->n_targets + dealt[i].target, dealt[i].bits);
}

static void put_image(const MatrixDeal *deal, const MatrixImage *matrix, const Dealt *dealt,
                      uint8_t *image)
{
    uint32_t weight_bytes = precision_weight_bytes(deal->mapping->network->precision);
    if (matrix_is_none(matrix))
        return;
    if (matrix->format == FORMAT_DENSE_MLA) {
        put_dense(matrix, dealt, weight_bytes, image);
        return;
    }
    count_rows(matrix, dealt, image, deal->next);
    if (matrix->format == FORMAT_BITMAP)
        put_bitmap(matrix, dealt, weight_bytes, image, deal->next);
    else
        put_indexed(matrix, dealt, weight_bytes, image, deal->next);
}

/* One matrix of the layer. */
static void emit_matrix(MatrixDeal *deal, bool recurrent, uint8_t *const *image)
{
    const Mapping *mapping = deal->mapping;
    uint32_t first = mapping->first_slice[deal->layer], end = mapping->first_slice[deal->layer + 1];
    Dealt *start = deal->dealt;
    for (uint32_t s = first; s < end; s++) {
        const SliceProgram *slice = &mapping->slice[s];
        deal->end[s] = start;
        start += recurrent ? slice->recurrent.n_weights : slice->input.n_weights;
    }
    for (uint32_t row = 0; row < deal->rows->rows->n_rows; row++)
        deal_row(deal, row);
    start = deal->dealt;
    for (uint32_t s = first; s < end; s++) {
        const SliceProgram *slice = &mapping->slice[s];
        put_image(deal, recurrent ? &slice->recurrent : &slice->input, start, image[s]);
        start = deal->end[s];
    }
}

static const Place *find_places(Arena *scratch, const Mapping *mapping, uint32_t layer)
{
    Place *place = ARENA_ARRAY(scratch, Place, mapping->network->layer[layer].n_units);
    for (uint32_t s = mapping->first_slice[layer]; s < mapping->first_slice[layer + 1]; s++) {
        const SliceProgram *slice = &mapping->slice[s];
        for (uint32_t u = 0; u < slice->n_units; u++)
            place[slice->first_position + u] = (Place){s, slice->n_units, u};
    }
    return place;
}

void emit_matrices(Arena *scratch, const Mapping *mapping, uint32_t layer, uint8_t *const *image)
{
    const Layer *of = &mapping->network->layer[layer];
    const NetworkInt8 *int8 = mapping->network->int8;
    uint64_t n_input = of->input.n_nonzeros, n_recurrent = of->recurrent.n_nonzeros;
    uint32_t n_sums = of->cell->n_gates * of->n_units, most_rows = n_sums;
    most_rows = of->n_inputs > most_rows ? of->n_inputs : most_rows;
    MatrixDeal deal = {
        .mapping = mapping,
        .layer = layer,
        .rows = &mapping->ordered[2 * layer],
        .position_of = layer == 0 ? NULL : mapping->position_of[layer - 1],
        .code = int8 == NULL ? NULL : int8->layer[layer].input_weight,
        .place = find_places(scratch, mapping, layer),
        .dealt = ARENA_ARRAY(scratch, Dealt, n_input > n_recurrent ? n_input : n_recurrent),
        .end = ARENA_ARRAY(scratch, Dealt *, mapping->n_slices),
        .next = ARENA_ARRAY(scratch, uint32_t, (size_t)most_rows + 1)};
    emit_matrix(&deal, false, image);
    deal.rows = &mapping->ordered[2 * layer + 1];
    deal.position_of = mapping->position_of[layer];
    deal.code = int8 == NULL ? NULL : int8->layer[layer].recurrent_weight;
    emit_matrix(&deal, true, image);
}
