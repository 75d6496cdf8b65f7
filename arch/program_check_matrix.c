/* program_check_matrix.c - is a matrix in an image what matrix_image.h promises?
 *
 * Takes a matrix of the right shape, whose format and sizes may be anything. First what the numbers
 * of its MatrixImage may be, then that its arrays lie in the image, then row by row: pointers
 * ascend, columns ascend and are in range, bit maps and dense blocks hold as many weights as they
 * say, weights are finite, or codes. Nothing is read before it is known to lie in the image. Most
 * matrices are right and have indices: that is seen fast, and row by row is gone through only what
 * is not so plain.
 * Cost: O(bytes of the matrix).
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "arch/matrix_image.h"
#include "program_private.h"

static bool say(char *why, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* Always false: what program_check_matrix returns then. */
static bool say(char *why, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, MATRIX_WHY_BYTES, format, arguments);
    va_end(arguments);
    return false;
}

static bool check_format(const MatrixPlace *place, char *why)
{
    const MatrixImage *matrix = place->matrix;
    uint32_t index_bytes = matrix->index_bytes, pointer_bytes = matrix->pointer_bytes;
    if ((unsigned)matrix->format >= N_FORMATS)
        return say(why, "has weight format %u; expected 0 to %d", (unsigned)matrix->format,
                   N_FORMATS - 1);
    const char *name = format_name(matrix->format);
    if (matrix->format == FORMAT_DENSE_MLA && place->precision != PRECISION_INT8)
        return say(why, "is in %s format; expected int8 weights then, not %s", name,
                   precision_name(place->precision));
    if (!format_has_indices(matrix->format) && index_bytes != 0)
        return say(why, "has indices of %u bytes; expected none in %s format", index_bytes, name);
    if (format_has_indices(matrix->format) && index_bytes != 1 && index_bytes != 2 &&
        index_bytes != 4)
        return say(why, "has indices of %u bytes; expected 1, 2 or 4", index_bytes);
    if (matrix->index_delta && matrix->format != FORMAT_SOURCE)
        return say(why, "has delta indices; expected them in source format only, not %s", name);
    if (matrix->format == FORMAT_DENSE_MLA ? pointer_bytes != 0
                                           : pointer_bytes != 2 && pointer_bytes != 4)
        return say(why, "has row pointers of %u bytes; expected %s in %s format", pointer_bytes,
                   matrix->format == FORMAT_DENSE_MLA ? "none" : "2 or 4", name);
    return true;
}

static bool in_image(const CoreProgram *core, uint64_t offset, uint64_t n_bytes)
{
    return n_bytes <= core->image_bytes && offset <= core->image_bytes - n_bytes;
}

static bool check_place(const MatrixPlace *place, char *why)
{
    const CoreProgram *core = place->core;
    const MatrixImage *matrix = place->matrix;
    /* every weight takes a byte at least, so larger counts need no sizes */
    bool lies = matrix->n_weights <= core->image_bytes && matrix->n_weights <= UINT32_MAX;
    if (lies) {
        MatrixBytes bytes = matrix_bytes(matrix, place->precision);
        lies = in_image(core, matrix->pointer_offset, bytes.pointers) &&
               in_image(core, matrix->index_offset, bytes.indices) &&
               in_image(core, matrix->weight_offset, bytes.weights);
    }
    if (!lies)
        return say(why, "does not lie in the image of %" PRIu64 " bytes", core->image_bytes);
    return true;
}

/* fp32: no exponent of ones only. */
static bool all_finite(const uint8_t *weights, uint64_t n)
{
    const uint32_t exponent = 0x7f800000;
    uint32_t n_wrong = 0;
    for (uint64_t i = 0; i < n; i++)
        n_wrong += (image_u32(weights, 4 * i) & exponent) == exponent;
    return n_wrong == 0;
}

static bool check_weights(const MatrixPlace *place, char *why)
{
    const MatrixImage *matrix = place->matrix;
    if (place->precision == PRECISION_FP32 &&
        all_finite(place->core->image + matrix->weight_offset, matrix->n_weights))
        return true;
    bool dense = matrix->format == FORMAT_DENSE_MLA;
    uint64_t n = dense ? (uint64_t)matrix->n_sources * matrix->n_targets : matrix->n_weights;
    for (uint64_t i = 0; i < n; i++) {
        float weight = image_weight(place->core->image, matrix, place->precision, i);
        if (!(weight - weight == 0))
            return say(why, "has a weight that is not finite");
        if (place->precision == PRECISION_INT8 && (weight < -127 || (weight == 0 && !dense)))
            return say(why, "has the code %g; expected -127 to 127, and not 0", (double)weight);
    }
    return true;
}

/* Bits behind the last target would be taken for weights by whoever counts words. */
static bool check_bits(const MatrixPlace *place, uint32_t row, char *why)
{
    const MatrixImage *matrix = place->matrix;
    uint32_t spare = matrix->n_targets % 32;
    if (matrix->format != FORMAT_BITMAP || spare == 0)
        return true;
    uint32_t last = image_row_word(place->core->image, matrix, row, matrix_row_words(matrix) - 1);
    if (last >> spare != 0)
        return say(why, "row %u has bits behind its %u targets", row, matrix->n_targets);
    return true;
}

/* The weights of a row; their number goes to *n_found. */
static bool check_row(const MatrixPlace *place, uint32_t row, uint32_t *n_found, char *why)
{
    const MatrixImage *matrix = place->matrix;
    const uint32_t *order = format_by_source(matrix->format) ? NULL : place->source_unit;
    uint32_t n_columns = matrix_columns(matrix);
    MatrixRow at = matrix_row(place->core->image, matrix, row);
    uint64_t next = 0; /* smallest place allowed */
    for (*n_found = 0; matrix_row_next(&at); ++*n_found) {
        uint64_t column = at.column;
        uint64_t at_place = order == NULL || column >= n_columns ? column : order[column];
        if (at_place < next || column >= n_columns)
            return say(why, "row %u has index %" PRIu64 "; expected %" PRIu64 " to %u, ascending",
                       row, at_place, next, n_columns - 1);
        next = at_place + 1;
    }
    return true;
}

static bool check_rows(const MatrixPlace *place, char *why)
{
    const uint8_t *image = place->core->image;
    const MatrixImage *matrix = place->matrix;
    bool has_pointers = matrix->pointer_bytes > 0;
    uint32_t n_rows = matrix_rows(matrix), n_found;
    uint64_t start = has_pointers ? image_pointer(image, matrix, 0) : 0;
    if (start != 0)
        return say(why, "row 0 begins at %" PRIu64 "; expected 0", start);
    for (uint32_t row = 0; row < n_rows; row++) {
        uint64_t end = has_pointers ? image_pointer(image, matrix, (uint64_t)row + 1) : 0;
        if (has_pointers && (end < start || end > matrix->n_weights))
            return say(why, "row %u ends at %" PRIu64 "; expected %" PRIu64 " to %" PRIu64, row,
                       end, start, matrix->n_weights);
        if (!check_row(place, row, &n_found, why) || !check_bits(place, row, why))
            return false;
        if (has_pointers && n_found != end - start)
            return say(why, "row %u has %u bits; expected %" PRIu64 ", as its pointers say", row,
                       n_found, end - start);
        start += n_found;
    }
    if (start != matrix->n_weights)
        return say(why, "rows hold %" PRIu64 " weights; expected %" PRIu64, start,
                   matrix->n_weights);
    return true;
}

/* Are pointers and indices as check_rows wants them? Says so in a few straight loops; what is wrong
 * it cannot name. Only of formats with indices: else false. */
static bool indices_are_right(const MatrixPlace *place)
{
    const MatrixImage *matrix = place->matrix;
    const uint32_t *order = format_by_source(matrix->format) ? NULL : place->source_unit;
    uint32_t n_columns = matrix_columns(matrix);
    MatrixEntries entries;
    if (!format_has_indices(matrix->format) ||
        !matrix_unpack(place->scratch, place->core->image, matrix, &entries))
        return false;
    const uint32_t *row = entries.row, *column = entries.column;
    bool wrong = false;
    for (uint64_t i = 0; i < matrix->n_weights; i++)
        wrong |= column[i] >= n_columns;
    if (wrong)
        return false;
    for (uint64_t i = 1; i < matrix->n_weights; i++) {
        uint32_t before = order == NULL ? column[i - 1] : order[column[i - 1]];
        uint32_t here = order == NULL ? column[i] : order[column[i]];
        wrong |= (row[i] == row[i - 1]) & (here <= before);
    }
    return !wrong;
}

bool program_check_matrix(const MatrixPlace *place, char *why)
{
    return check_format(place, why) && check_place(place, why) && check_weights(place, why) &&
           (indices_are_right(place) || check_rows(place, why));
}

bool program_check_none(const SliceProgram *slice)
{
    const MatrixImage *matrix = &slice->recurrent;
    return matrix->n_weights == 0 && matrix->index_bytes == 0 && !matrix->index_delta &&
           matrix->pointer_offset == 0 && matrix->index_offset == 0 && matrix->weight_offset == 0 &&
           slice->recurrent_bias_offset == 0 && slice->recurrent_scale_offset == 0;
}
