/* check_images.c - does every weight of the network stand in exactly one image, at the right place?
 *
 * Reads all images back and compares, matrix by matrix, the number of weights and a checksum that
 * does not depend on their order (the sum of a hash of source, gate, unit and bits of each) with
 * those of the network; biases, thresholds and zero states are compared one by one.
 * Cost: O(stored weights + rows * slices).
 */
#include "mapping.h"

#include <inttypes.h>
#include <string.h>

typedef struct WeightSum {
    uint64_t n, checksum;
} WeightSum;

/* Finaliser of splitmix64 (Steele, Lea and Flood 2014): all input bits reach all output bits. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static void add_weight(WeightSum *sum, uint32_t source, uint32_t col, float weight)
{
    uint32_t bits;
    memcpy(&bits, &weight, sizeof bits);
    sum->n++;
    sum->checksum += mix(mix((uint64_t)source << 32 | col) + bits);
}

/* code: the weights of an int8 network; NULL: those of the rows. */
static WeightSum sum_rows(const SparseRows *rows, const int8_t *code)
{
    WeightSum sum = {0, 0};
    for (uint32_t source = 0; source < rows->n_rows; source++)
        for (uint64_t i = rows->row_start[source]; i < rows->row_start[source + 1]; i++)
            add_weight(&sum, source, rows->col[i], code == NULL ? rows->weight[i] : (float)code[i]);
    return sum;
}

typedef struct ImageOf { /* one matrix of a slice, and what its numbers stand for */
    const Program *program;
    const CoreProgram *core;
    const SliceProgram *slice;
    const MatrixImage *matrix;
    const uint32_t *source_unit; /* unit at each position of the sources; NULL: the same */
} ImageOf;

static Status sum_row(const ImageOf *of, uint32_t row, WeightSum *sum, Err *err)
{
    const SliceProgram *slice = of->slice;
    const ProgramLayer *own = &of->program->layer[slice->layer];
    bool by_source = format_by_source(of->matrix->format);
    MatrixRow at = matrix_row(of->core->image, of->matrix, row);
    uint64_t next = 0;
    while (matrix_row_next(&at)) {
        uint64_t column = at.column;
        bool in_range = column < matrix_columns(of->matrix);
        bool by_unit = !by_source && of->source_unit != NULL && in_range;
        uint64_t place = by_unit ? of->source_unit[column] : column;
        if (!in_range || place < next)
            return err_set(err, STATUS_INTERNAL,
                           "core %" PRIu32 ": index %" PRIu64 " in row %" PRIu32 " is out of order",
                           of->core->core, column, row);
        next = place + 1;
        uint32_t source = by_source ? row : (uint32_t)column;
        uint32_t target = by_source ? (uint32_t)column : row;
        if (of->source_unit != NULL)
            source = of->source_unit[source];
        uint32_t unit = own->unit_of[slice->first_position + target % slice->n_units];
        add_weight(sum, source, target / slice->n_units * own->n_units + unit,
                   image_weight(of->core->image, of->matrix, of->program->precision, at.entry));
    }
    return STATUS_OK;
}

static Status sum_image(const Mapping *mapping, const CoreProgram *core, const SliceProgram *slice,
                        const MatrixImage *matrix, WeightSum *sum, Err *err)
{
    const ProgramLayer *own = &mapping->program->layer[slice->layer];
    ImageOf of = {.program = mapping->program,
                  .core = core,
                  .slice = slice,
                  .matrix = matrix,
                  .source_unit = matrix == &slice->recurrent ? own->unit_of
                                 : slice->layer > 0          ? own[-1].unit_of
                                                             : NULL};
    uint64_t n_before = sum->n;
    for (uint32_t row = 0; row < matrix_rows(matrix); row++) {
        uint32_t start = 0, end = 0;
        if (matrix->pointer_bytes > 0) {
            start = image_pointer(core->image, matrix, row);
            end = image_pointer(core->image, matrix, (uint64_t)row + 1);
        }
        if (matrix->pointer_bytes > 0 &&
            (start != sum->n - n_before || end < start || end > matrix->n_weights))
            return err_set(err, STATUS_INTERNAL,
                           "core %" PRIu32 ": row %" PRIu32 " starts at %" PRIu32
                           " and ends at %" PRIu32 ", the one before ends at %" PRIu64,
                           core->core, row, start, end, sum->n - n_before);
        TRY(sum_row(&of, row, sum, err));
    }
    if (sum->n - n_before != matrix->n_weights)
        return err_set(err, STATUS_INTERNAL,
                       "core %" PRIu32 ": rows end at %" PRIu64 " of %" PRIu64, core->core,
                       sum->n - n_before, matrix->n_weights);
    return STATUS_OK;
}

static bool same_value(const CoreProgram *core, uint64_t offset, const float *real,
                       const int32_t *integer)
{
    uint32_t bits;
    memcpy(&bits, integer == NULL ? (const void *)real : integer, sizeof bits);
    return image_u32(core->image, offset) == bits;
}

static bool same_scale(const CoreProgram *core, uint64_t offset, uint32_t n, uint64_t i,
                       FixedScale scale)
{
    FixedScale found = image_scale(core->image, offset, n, i);
    return found.multiplier == scale.multiplier && found.shift == scale.shift;
}

/* Biases and scales of one target: a gate of a unit. */
static bool same_target(const CoreProgram *core, const SliceProgram *slice, const Layer *layer,
                        const LayerInt8 *int8, uint32_t target, uint32_t from)
{
    uint64_t at = 4 * (uint64_t)target;
    const float *bias = &layer->bias[from], *own_bias = &layer->recurrent_bias[from];
    if (int8 == NULL)
        return same_value(core, slice->bias_offset + at, bias, NULL) &&
               same_value(core, slice->recurrent_bias_offset + at, own_bias, NULL);
    uint32_t n = slice->n_scales, i = n == 1 ? 0 : target;
    return same_value(core, slice->bias_offset + at, bias, &int8->bias[from]) &&
           same_value(core, slice->recurrent_bias_offset + at, own_bias,
                      &int8->recurrent_bias[from]) &&
           same_scale(core, slice->input_scale_offset, n, i, layer_int8_input_scale(int8, from)) &&
           same_scale(core, slice->recurrent_scale_offset, n, i,
                      layer_int8_recurrent_scale(int8, from));
}

static Status check_parameters(const Mapping *mapping, const CoreProgram *core,
                               const SliceProgram *slice, Err *err)
{
    const Layer *layer = &mapping->network->layer[slice->layer];
    const NetworkInt8 *network = mapping->network->int8;
    const LayerInt8 *int8 = network == NULL ? NULL : &network->layer[slice->layer];
    const float zero = 0.0f;
    for (uint32_t u = 0; u < slice->n_units; u++) {
        uint32_t unit = mapping->program->layer[slice->layer].unit_of[slice->first_position + u];
        uint64_t at = 4 * (uint64_t)u;
        bool same = same_value(core, slice->threshold_offset + at, &layer->threshold[unit],
                               int8 == NULL ? NULL : &int8->threshold[unit]) &&
                    same_value(core, slice->state_offset + at, &zero, NULL);
        for (uint32_t gate = 0; gate < layer->cell->n_gates && same; gate++)
            same = same_target(core, slice, layer, int8, gate * slice->n_units + u,
                               gate * layer->n_units + unit);
        if (!same)
            return err_set(err, STATUS_INTERNAL,
                           "core %" PRIu32 ": parameters of unit %" PRIu32 " of layer %" PRIu32
                           " are not the network's",
                           core->core, unit, slice->layer);
    }
    return STATUS_OK;
}

/* Sums of all slices of one layer. */
static Status sum_layer(const Mapping *mapping, uint32_t l, WeightSum *input, WeightSum *recurrent,
                        Err *err)
{
    const Program *program = mapping->program;
    for (uint32_t c = 0; c < program->n_cores; c++) {
        const CoreProgram *core = &program->core[c];
        for (uint32_t i = 0; i < core->n_slices; i++) {
            const SliceProgram *slice = &core->slice[i];
            if (slice->layer != l)
                continue;
            TRY(sum_image(mapping, core, slice, &slice->input, input, err));
            TRY(sum_image(mapping, core, slice, &slice->recurrent, recurrent, err));
            TRY(check_parameters(mapping, core, slice, err));
        }
    }
    return STATUS_OK;
}

static Status compare(const char *matrix, uint32_t layer, WeightSum image, WeightSum network,
                      Err *err)
{
    if (image.n != network.n)
        return err_set(err, STATUS_INTERNAL,
                       "images hold %" PRIu64 " %s weights of layer %" PRIu32
                       ", the network has %" PRIu64,
                       image.n, matrix, layer, network.n);
    if (image.checksum != network.checksum)
        return err_set(err, STATUS_INTERNAL,
                       "images hold other %s weights of layer %" PRIu32 " than the network", matrix,
                       layer);
    return STATUS_OK;
}

Status check_images(const Mapping *mapping, Err *err)
{
    for (uint32_t l = 0; l < mapping->network->n_layers; l++) {
        const Layer *layer = &mapping->network->layer[l];
        const NetworkInt8 *int8 = mapping->network->int8;
        const int8_t *code[] = {int8 == NULL ? NULL : int8->layer[l].input_weight,
                                int8 == NULL ? NULL : int8->layer[l].recurrent_weight};
        WeightSum input = {0, 0}, recurrent = {0, 0};
        TRY(sum_layer(mapping, l, &input, &recurrent, err));
        TRY(compare("input", l, input, sum_rows(&layer->input, code[0]), err));
        TRY(compare("recurrent", l, recurrent, sum_rows(&layer->recurrent, code[1]), err));
    }
    return STATUS_OK;
}
