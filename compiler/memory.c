/* memory.c - slices of a layer, and the bytes they take in a core, region by region.
 *
 * Data memory of a slice of n units with g gates; matrix_bytes knows the arrays of a matrix in each
 * format and precision, every array is padded to 4 here:
 *   weights       of both matrices
 *   indices       of both matrices; the bit maps of a bitmap matrix
 *   row pointers  of both matrices
 * parameters 4 * (2 g n + n): two biases for each target, a threshold for each unit; int8: 5 for
 *                 each scale of either matrix
 *   state         4 * n
 *   accumulators  each matrix by its format: source and bitmap 2 steps * 4 * g * n, as rows are
 *                 applied when an event arrives and events of the next step may come before this
 *                 step's are complete; dense-mla 4 * g * n, where the MAC array leaves its sums;
 *                 target none, as rows are summed one by one in registers;
 *   decoder       no matrices; a bias for each word (in int8 a scale), sums of DECODER_STEPS steps,
 *                 and DECODER_ROWS rows with the values of their events
 *   a slice without a recurrent matrix (matrix_is_none) has half of what is said of both
 * token rows (token_rows.c) are read into those of the input matrix, or into as many System
 * memory: code, receive FIFO, and for matrices whose format goes through all weights at the update
 * the values of the events received, two steps of each source, once for all slices of a layer on
 * the core: 4 bytes a value, in int8 one.
 */
#include "mapping.h"

#include "base/check.h"

enum {
    WORD_BYTES = 4,
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
    if (mapping->network->int8 != NULL)
        slice.n_scales = mapping->network->int8->layer[layer].n_scales == 1 ? 1 : n_targets;
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

uint64_t padded4(uint64_t n_bytes)
{
    return (n_bytes + 3) / 4 * 4;
}

MatrixBytes memory_of_arrays(const Mapping *mapping, const MatrixImage *matrix)
{
    MatrixBytes bytes = matrix_bytes(matrix, mapping->network->precision);
    return (MatrixBytes){.weights = padded4(bytes.weights),
                         .indices = padded4(bytes.indices),
                         .pointers = padded4(bytes.pointers)};
}

uint64_t memory_of_scales(const SliceProgram *slice)
{
    return padded4((uint64_t)slice->n_scales * SCALE_BYTES);
}

static uint64_t accumulator_bytes(const MatrixImage *matrix)
{
    uint64_t step_bytes = (uint64_t)matrix->n_targets * WORD_BYTES;
    if (matrix_is_none(matrix))
        return 0;
    if (!format_buffers_events(matrix->format))
        return STEPS_IN_FLIGHT * step_bytes;
    return matrix->format == FORMAT_DENSE_MLA ? step_bytes : 0;
}

static uint64_t buffer_bytes(const Mapping *mapping, const MatrixImage *matrix)
{
    if (!format_buffers_events(matrix->format))
        return 0;
    uint64_t value_bytes = mapping->network->precision == PRECISION_INT8 ? 1 : WORD_BYTES;
    return STEPS_IN_FLIGHT * padded4(matrix->n_sources * value_bytes);
}

uint64_t memory_of_matrix(const Mapping *mapping, const MatrixImage *matrix)
{
    MatrixBytes bytes = memory_of_arrays(mapping, matrix);
    return bytes.weights + bytes.indices + bytes.pointers + accumulator_bytes(matrix) +
           buffer_bytes(mapping, matrix);
}

/* Token rows of the steps in flight, where the input sums have no accumulators to be read into. */
static uint64_t token_row_bytes(const Mapping *mapping, const SliceProgram *slice)
{
    if (mapping->network->fold == NULL || slice->layer > 0 ||
        !format_buffers_events(slice->input.format))
        return 0;
    return STEPS_IN_FLIGHT * program_segment_bytes(slice);
}

static void add_decoder(const Mapping *mapping, const SliceProgram *slice, uint64_t *region_bytes)
{
    uint64_t n_words = slice->n_units;
    uint64_t row_bytes = padded4(n_words * precision_weight_bytes(mapping->network->precision));
    region_bytes[REGION_PARAMETERS] += n_words * WORD_BYTES + memory_of_scales(slice);
    region_bytes[REGION_ACCUMULATORS] +=
        DECODER_STEPS * n_words * WORD_BYTES + DECODER_ROWS * (row_bytes + WORD_BYTES);
}

static void add_slice(const Mapping *mapping, const SliceProgram *slice, uint64_t *region_bytes)
{
    if (slice->decoder) {
        add_decoder(mapping, slice, region_bytes);
        return;
    }
    const MatrixImage *matrix[] = {&slice->input, &slice->recurrent};
    for (int i = 0; i < 2; i++) {
        MatrixBytes bytes = memory_of_arrays(mapping, matrix[i]);
        region_bytes[REGION_WEIGHTS] += bytes.weights;
        region_bytes[REGION_INDICES] += bytes.indices;
        region_bytes[REGION_POINTERS] += bytes.pointers;
        region_bytes[REGION_ACCUMULATORS] += accumulator_bytes(matrix[i]);
    }
    region_bytes[REGION_ACCUMULATORS] += token_row_bytes(mapping, slice);
    uint64_t n_targets = slice->input.n_targets;
    uint64_t n_sums = matrix_is_none(&slice->recurrent) ? 1 : SUMS_PER_TARGET;
    region_bytes[REGION_PARAMETERS] +=
        (n_sums * n_targets + slice->n_units) * WORD_BYTES + n_sums * memory_of_scales(slice);
    region_bytes[REGION_STATE] += (uint64_t)slice->n_units * WORD_BYTES;
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
    uint64_t buffer[2] = {0, 0}; /* of the layer under way, by matrix */
    for (uint32_t i = 0; i < n_slices; i++) {
        const SliceProgram *part = slice[i];
        const MatrixImage *matrix[] = {&part->input, &part->recurrent};
        CHECK(i == 0 || slice[i - 1]->layer <= part->layer);
        add_slice(mapping, part, region_bytes);
        for (int m = 0; m < 2; m++) {
            if (i == 0 || slice[i - 1]->layer != part->layer)
                buffer[m] = 0;
            uint64_t needed = buffer_bytes(mapping, matrix[m]);
            if (buffer[m] == 0)
                region_bytes[REGION_EVENTS] += buffer[m] = needed;
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
