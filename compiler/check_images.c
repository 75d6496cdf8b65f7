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

static WeightSum sum_rows(const SparseRows *rows)
{
    WeightSum sum = {0, 0};
    for (uint32_t source = 0; source < rows->n_rows; source++)
        for (uint64_t i = rows->row_start[source]; i < rows->row_start[source + 1]; i++)
            add_weight(&sum, source, rows->col[i], rows->weight[i]);
    return sum;
}

static Status sum_image(const Mapping *mapping, const CoreProgram *core, const SliceProgram *slice,
                        const MatrixImage *matrix, WeightSum *sum, Err *err)
{
    const ProgramLayer *own = &mapping->program->layer[slice->layer];
    const uint32_t *source_unit = matrix == &slice->recurrent ? own->unit_of
                                  : slice->layer > 0          ? own[-1].unit_of
                                                              : NULL;
    uint32_t n_units = own->n_units, end = 0;
    uint32_t n_rows = matrix_rows(matrix);
    uint32_t n_columns = matrix_columns(matrix);
    for (uint32_t row = 0; row < n_rows; row++) {
        uint32_t start = image_pointer(core->image, matrix, row);
        if (start != end)
            return err_set(err, STATUS_INTERNAL,
                           "core %" PRIu32 ": row %" PRIu32 " starts at %" PRIu32
                           ", the one before ends at %" PRIu32,
                           core->core, row, start, end);
        end = image_pointer(core->image, matrix, (uint64_t)row + 1);
        for (uint32_t i = start, last = 0; i < end && i < matrix->n_weights; i++) {
            uint32_t index = image_column(core->image, matrix, i);
            bool by_unit = matrix->format == FORMAT_TARGET && source_unit != NULL;
            uint32_t place = by_unit && index < n_columns ? source_unit[index] : index;
            if (index >= n_columns || (i > start && place <= last))
                return err_set(err, STATUS_INTERNAL,
                               "core %" PRIu32 ": index %" PRIu32 " in row %" PRIu32
                               " is out of order",
                               core->core, index, row);
            last = place;
            uint32_t source = matrix->format == FORMAT_SOURCE ? row : index;
            uint32_t target = matrix->format == FORMAT_SOURCE ? index : row;
            if (source_unit != NULL)
                source = source_unit[source];
            uint32_t unit = own->unit_of[slice->first_position + target % slice->n_units];
            add_weight(sum, source, target / slice->n_units * n_units + unit,
                       image_f32(core->image, matrix->weight_offset + 4 * (uint64_t)i));
        }
    }
    if (end != matrix->n_weights)
        return err_set(err, STATUS_INTERNAL,
                       "core %" PRIu32 ": rows end at %" PRIu32 " of %" PRIu64, core->core, end,
                       matrix->n_weights);
    return STATUS_OK;
}

static bool same_bits(const CoreProgram *core, uint64_t offset, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return image_u32(core->image, offset) == bits;
}

static Status check_parameters(const Mapping *mapping, const CoreProgram *core,
                               const SliceProgram *slice, Err *err)
{
    const Layer *layer = &mapping->network->layer[slice->layer];
    bool same = true;
    for (uint32_t u = 0; u < slice->n_units; u++) {
        uint32_t unit = mapping->program->layer[slice->layer].unit_of[slice->first_position + u];
        uint64_t at = 4 * (uint64_t)u, gate_bytes = 4 * (uint64_t)slice->n_units;
        same = same && same_bits(core, slice->threshold_offset + at, layer->threshold[unit]) &&
               same_bits(core, slice->state_offset + at, 0.0f);
        for (uint32_t gate = 0; gate < layer->cell->n_gates; gate++) {
            uint64_t from = (uint64_t)gate * layer->n_units + unit;
            uint64_t target = gate * gate_bytes + at;
            same =
                same && same_bits(core, slice->bias_offset + target, layer->bias[from]) &&
                same_bits(core, slice->recurrent_bias_offset + target, layer->recurrent_bias[from]);
        }
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
        WeightSum input = {0, 0}, recurrent = {0, 0};
        TRY(sum_layer(mapping, l, &input, &recurrent, err));
        TRY(compare("input", l, input, sum_rows(&layer->input), err));
        TRY(compare("recurrent", l, recurrent, sum_rows(&layer->recurrent), err));
    }
    return STATUS_OK;
}
