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

/* The odd factors are those of splitmix64 and of PCG (O'Neill 2014). */
static void add_weight(WeightSum *sum, uint32_t source, uint32_t col, float weight)
{
    const uint64_t place = ((uint64_t)source << 32 | col) * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t bits;
    memcpy(&bits, &weight, sizeof bits);
    sum->n++;
    sum->checksum += mix(place + bits * UINT64_C(0x5851f42d4c957f2d));
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
    const uint32_t *target_col;  /* column of the network's matrix of each target        */
} ImageOf;

/* The network's column of each target of a slice: by gate, then unit. */
static const uint32_t *find_columns(Arena *scratch, const Program *program,
                                    const SliceProgram *slice)
{
    const ProgramLayer *own = &program->layer[slice->layer];
    uint32_t *col = ARENA_ARRAY(scratch, uint32_t, (size_t)own->n_gates * slice->n_units);
    for (uint32_t gate = 0; gate < own->n_gates; gate++)
        for (uint32_t u = 0; u < slice->n_units; u++)
            col[gate * slice->n_units + u] =
                gate * own->n_units + own->unit_of[slice->first_position + u];
    return col;
}

/* Columns are in range; in a row targets ascend, or sources by their units. */
static Status check_order(const ImageOf *of, const MatrixEntries *entries, Err *err)
{
    const MatrixImage *matrix = of->matrix;
    bool by_unit = !format_by_source(matrix->format) && of->source_unit != NULL;
    uint32_t n_columns = matrix_columns(matrix), before = 0;
    for (uint64_t i = 0; i < matrix->n_weights; i++) {
        uint32_t column = entries->column[i];
        bool in_range = column < n_columns;
        uint32_t place = by_unit && in_range ? of->source_unit[column] : column;
        bool new_row = i == 0 || entries->row[i] != entries->row[i - 1];
        if (!in_range || (!new_row && place <= before))
            return err_set(err, STATUS_INTERNAL,
                           "core %" PRIu32 ": index %" PRIu32 " in row %" PRIu32 " is out of order",
                           of->core->core, column, entries->row[i]);
        before = place;
    }
    return STATUS_OK;
}

static void sum_entries(const ImageOf *of, const MatrixEntries *entries, WeightSum *sum)
{
    const MatrixImage *matrix = of->matrix;
    bool by_source = format_by_source(matrix->format);
    bool dense = matrix->format == FORMAT_DENSE_MLA;
    for (uint64_t i = 0; i < matrix->n_weights; i++) {
        uint32_t row = entries->row[i], column = entries->column[i];
        uint32_t source = by_source ? row : column, target = by_source ? column : row;
        uint64_t at = dense ? (uint64_t)source * matrix->n_targets + target : i;
        add_weight(sum, of->source_unit != NULL ? of->source_unit[source] : source,
                   of->target_col[target],
                   image_weight(of->core->image, matrix, of->program->precision, at));
    }
}

static Status sum_image(Arena *scratch, const ImageOf *of, WeightSum *sum, Err *err)
{
    MatrixEntries entries;
    if (!matrix_unpack(scratch, of->core->image, of->matrix, &entries))
        return err_set(err, STATUS_INTERNAL,
                       "core %" PRIu32 ": the rows of a matrix do not hold its %" PRIu64 " weights",
                       of->core->core, of->matrix->n_weights);
    TRY(check_order(of, &entries, err));
    sum_entries(of, &entries, sum);
    return STATUS_OK;
}

/* Both matrices of a slice. */
static Status sum_slice(Arena *scratch, const Mapping *mapping, const CoreProgram *core,
                        const SliceProgram *slice, WeightSum sum[2], Err *err)
{
    const ProgramLayer *own = &mapping->program->layer[slice->layer];
    ImageOf of = {.program = mapping->program,
                  .core = core,
                  .slice = slice,
                  .matrix = &slice->input,
                  .source_unit = slice->layer > 0 ? own[-1].unit_of : NULL,
                  .target_col = find_columns(scratch, mapping->program, slice)};
    TRY(sum_image(scratch, &of, &sum[0], err));
    of.matrix = &slice->recurrent;
    of.source_unit = own->unit_of;
    return sum_image(scratch, &of, &sum[1], err);
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
    const bool has_own = !matrix_is_none(&slice->recurrent);
    if (int8 == NULL)
        return same_value(core, slice->bias_offset + at, bias, NULL) &&
               (!has_own || same_value(core, slice->recurrent_bias_offset + at, own_bias, NULL));
    uint32_t n = slice->n_scales, i = n == 1 ? 0 : target;
    return same_value(core, slice->bias_offset + at, bias, &int8->bias[from]) &&
           same_scale(core, slice->input_scale_offset, n, i, layer_int8_input_scale(int8, from)) &&
           (!has_own || (same_value(core, slice->recurrent_bias_offset + at, own_bias,
                                    &int8->recurrent_bias[from]) &&
                         same_scale(core, slice->recurrent_scale_offset, n, i,
                                    layer_int8_recurrent_scale(int8, from))));
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

/* Sums of both matrices over all slices of one layer. */
static Status sum_layer(Arena *room, const Mapping *mapping, uint32_t l, WeightSum sum[2], Err *err)
{
    const Program *program = mapping->program;
    for (uint32_t c = 0; c < program->n_cores; c++) {
        const CoreProgram *core = &program->core[c];
        for (uint32_t i = 0; i < core->n_slices; i++) {
            const SliceProgram *slice = &core->slice[i];
            if (slice->layer != l)
                continue;
            arena_reset(room);
            TRY(sum_slice(room, mapping, core, slice, sum, err));
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

static Status check_layer(Arena *room, const Mapping *mapping, uint32_t l, Err *err)
{
    const Layer *layer = &mapping->network->layer[l];
    const LayerInt8 *int8 =
        mapping->network->int8 == NULL ? NULL : &mapping->network->int8->layer[l];
    WeightSum sum[2] = {{0, 0}, {0, 0}};
    TRY(sum_layer(room, mapping, l, sum, err));
    TRY(compare("input", l, sum[0],
                sum_rows(&layer->input, int8 == NULL ? NULL : int8->input_weight), err));
    return compare("recurrent", l, sum[1],
                   sum_rows(&layer->recurrent, int8 == NULL ? NULL : int8->recurrent_weight), err);
}

Status check_images(const Mapping *mapping, Err *err)
{
    Arena *room = arena_new(); /* of one slice */
    Status status = STATUS_OK;
    for (uint32_t l = 0; l < program_layers(mapping->program) && status == STATUS_OK; l++)
        status = check_layer(room, mapping, l, err);
    arena_free(room);
    return status;
}
