/* memory.c - slices of a layer, and the bytes they take in a core, region by region.
 *
 * Data memory of a slice of n units with g gates and w weights in its two matrices:
 *   weights       4 bytes each
 *   indices       index_bytes each, every array padded to 4
 *   row pointers  4 * (rows + 1) each matrix; rows = sources (source) or g * n targets (target)
 *   parameters    4 * (2 g n + n): two biases for each target, a threshold for each unit
 *   state         4 * n
 *   accumulators  source: 2 steps * 2 sums * g * n * 4, as rows are applied when an event arrives
 *                 and events of the next step may come before this step's are complete;
 *                 target: none, as rows are summed one by one in registers
 * System memory: code, receive FIFO, and for target-format slices the values of the events
 * received, two steps of (inputs + units of the layer) floats, once for all slices of a layer on
 * the core.
 */
#include "mapping.h"

#include "base/check.h"

enum {
    FLOAT_BYTES = 4,
    POINTER_BYTES = 4,
    PACKET_BYTES = 8, /* key and payload in the receive FIFO                */
    STEPS_IN_FLIGHT = 2,
    SUMS_PER_TARGET = 2 /* feed-forward and recurrent                         */
};

SliceProgram slice_make(const Mapping *mapping, uint32_t layer, uint32_t n_slices, uint32_t i)
{
    uint32_t n_units = mapping->network->layer[layer].n_units;
    uint32_t first = even_start(n_units, n_slices, i);
    return slice_from(mapping, layer, first, even_start(n_units, n_slices, i + 1) - first);
}

SliceProgram slice_from(const Mapping *mapping, uint32_t layer, uint32_t first_position,
                        uint32_t n_units)
{
    const Layer *source = &mapping->network->layer[layer];
    const LayerWeights *weights = &mapping->weights[layer];
    uint32_t first = first_position, end = first_position + n_units;
    uint32_t n_targets = source->cell->n_gates * n_units;
    SliceProgram slice = {
        .layer = layer,
        .first_position = first,
        .n_units = n_units,
        .input = {.n_sources = source->n_inputs,
                  .n_targets = n_targets,
                  .n_weights = weights->input_before[end] - weights->input_before[first]},
        .recurrent = {.n_sources = source->n_units,
                      .n_targets = n_targets,
                      .n_weights =
                          weights->recurrent_before[end] - weights->recurrent_before[first]},
    };
    return slice;
}

uint32_t even_start(uint32_t n_units, uint32_t n_slices, uint32_t i)
{
    return (uint32_t)((uint64_t)i * n_units / n_slices);
}

uint32_t even_slice_at(uint32_t n_units, uint32_t n_slices, uint32_t position)
{
    /* the largest i with even_start(i) <= position */
    return (uint32_t)((((uint64_t)position + 1) * n_slices - 1) / n_units);
}

uint32_t slice_columns(const SliceProgram *slice, WeightFormat format)
{
    if (format == FORMAT_SOURCE)
        return slice->input.n_targets;
    return slice->input.n_sources > slice->recurrent.n_sources ? slice->input.n_sources
                                                               : slice->recurrent.n_sources;
}

void slice_set_format(SliceProgram *slice, WeightFormat format, uint32_t index_bytes)
{
    MatrixImage *matrix[] = {&slice->input, &slice->recurrent};
    for (int i = 0; i < 2; i++) {
        matrix[i]->format = format;
        matrix[i]->index_bytes = index_bytes;
        matrix[i]->pointer_bytes = POINTER_BYTES;
    }
}

uint32_t index_bytes_for(uint32_t n_columns)
{
    return n_columns <= UINT32_C(1) << 8 ? 1 : n_columns <= UINT32_C(1) << 16 ? 2 : 4;
}

uint64_t padded4(uint64_t n_bytes)
{
    return (n_bytes + 3) / 4 * 4;
}

static void add_slice(const SliceProgram *slice, uint64_t *region_bytes)
{
    const MatrixImage *matrix[] = {&slice->input, &slice->recurrent};
    for (int i = 0; i < 2; i++) {
        uint64_t n_pointers = (uint64_t)matrix_rows(matrix[i]) + 1;
        region_bytes[REGION_WEIGHTS] += matrix[i]->n_weights * FLOAT_BYTES;
        region_bytes[REGION_INDICES] += padded4(matrix[i]->n_weights * matrix[i]->index_bytes);
        region_bytes[REGION_POINTERS] += n_pointers * matrix[i]->pointer_bytes;
    }
    uint64_t n_targets = slice->input.n_targets;
    region_bytes[REGION_PARAMETERS] += (SUMS_PER_TARGET * n_targets + slice->n_units) * FLOAT_BYTES;
    region_bytes[REGION_STATE] += (uint64_t)slice->n_units * FLOAT_BYTES;
    if (slice->input.format == FORMAT_SOURCE)
        region_bytes[REGION_ACCUMULATORS] +=
            n_targets * STEPS_IN_FLIGHT * SUMS_PER_TARGET * FLOAT_BYTES;
}

void memory_of_core(const Mapping *mapping, const SliceProgram *const *slice, uint32_t n_slices,
                    uint64_t *region_bytes)
{
    const Chip *chip = mapping->chip;
    for (int region = 0; region < N_REGIONS; region++)
        region_bytes[region] = 0;
    region_bytes[REGION_CODE] = cost_count(&chip->software.code_bytes);
    region_bytes[REGION_STACK] = cost_count(&chip->software.stack_bytes);
    region_bytes[REGION_FIFO] = cost_count(&chip->core.receive_fifo_packets) * PACKET_BYTES;
    int64_t buffered_layer = -1;
    for (uint32_t i = 0; i < n_slices; i++) {
        const SliceProgram *part = slice[i];
        CHECK(i == 0 || slice[i - 1]->layer <= part->layer);
        add_slice(part, region_bytes);
        if (part->input.format == FORMAT_TARGET && part->layer != buffered_layer) {
            uint64_t n_values = (uint64_t)part->input.n_sources + part->recurrent.n_sources;
            region_bytes[REGION_EVENTS] += n_values * STEPS_IN_FLIGHT * FLOAT_BYTES;
            buffered_layer = part->layer;
        }
    }
}

uint64_t memory_bytes(const uint64_t *region_bytes, int memory)
{
    uint64_t sum = 0;
    for (int region = 0; region < N_REGIONS; region++)
        if (region_memory((Region)region) == memory)
            sum += region_bytes[region];
    return sum;
}

uint64_t memory_available(const Chip *chip, int memory)
{
    return cost_count(memory == 0 ? &chip->core.system_bytes : &chip->core.data_bytes);
}
