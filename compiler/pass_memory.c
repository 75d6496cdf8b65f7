/* pass_memory.c - lay out each core's data memory to the byte, and refuse what does not fit.
 *
 * The image (what is loaded) holds, region after region, the arrays of all slices of the core:
 * weights, indices, row pointers, parameters, state; every array starts at a multiple of 4. Stack
 * and accumulators stand behind it, and are not loaded. The core that lacks most is the one
 * reported. Cost: O(slices).
 */
#include "mapping.h"

#include "base/check.h"

static uint64_t take(uint64_t *at, uint64_t n_bytes)
{
    uint64_t offset = *at;
    *at += padded4(n_bytes);
    return offset;
}

static void place_matrix(const Mapping *mapping, MatrixImage *matrix, Region region, uint64_t *at)
{
    if (matrix_is_none(matrix))
        return;
    MatrixBytes bytes = memory_of_arrays(mapping, matrix);
    if (region == REGION_WEIGHTS)
        matrix->weight_offset = take(at, bytes.weights);
    if (region == REGION_INDICES)
        matrix->index_offset = take(at, bytes.indices);
    if (region == REGION_POINTERS)
        matrix->pointer_offset = take(at, bytes.pointers);
}

static void place_words(SliceProgram *slice, Region region, uint64_t *at)
{
    if (region != REGION_PARAMETERS)
        return;
    slice->bias_offset = take(at, (uint64_t)slice->n_units * 4);
    if (slice->n_scales > 0)
        slice->input_scale_offset = take(at, memory_of_scales(slice));
}

static void place_arrays(const Mapping *mapping, SliceProgram *slice, Region region, uint64_t *at)
{
    uint64_t n_targets = slice->input.n_targets;
    if (slice->decoder) {
        place_words(slice, region, at);
        return;
    }
    place_matrix(mapping, &slice->input, region, at);
    place_matrix(mapping, &slice->recurrent, region, at);
    if (region == REGION_PARAMETERS) {
        slice->bias_offset = take(at, n_targets * 4);
        if (!matrix_is_none(&slice->recurrent))
            slice->recurrent_bias_offset = take(at, n_targets * 4);
        slice->threshold_offset = take(at, (uint64_t)slice->n_units * 4);
        if (slice->n_scales > 0)
            slice->input_scale_offset = take(at, memory_of_scales(slice));
        if (slice_recurrent_scales(slice) > 0)
            slice->recurrent_scale_offset = take(at, memory_of_scales(slice));
    }
    if (region == REGION_STATE)
        slice->state_offset = take(at, (uint64_t)slice->n_units * 4);
}

static void layout_core(Mapping *mapping, CoreUse *use)
{
    uint64_t at = 0;
    for (int region = REGION_WEIGHTS; region <= REGION_STATE; region++) {
        uint64_t start = at;
        for (uint32_t i = 0; i < use->n_slices; i++)
            place_arrays(mapping, &mapping->slice[use->slice[i]], (Region)region, &at);
        CHECK(at - start == use->region_bytes[region]);
    }
    use->image_bytes = at;
}

/* Bytes that the core lacks, in the memory that lacks more. */
static uint64_t shortage(const Mapping *mapping, const CoreUse *use)
{
    uint64_t most = 0;
    for (int memory = 0; memory < 2; memory++) {
        uint64_t needed = memory_bytes(use->region_bytes, memory);
        uint64_t available = memory_available(mapping->chip, memory);
        if (needed > available && needed - available > most)
            most = needed - available;
    }
    return most;
}

Status pass_memory(Arena *arena, Arena *scratch, Mapping *mapping, Err *err)
{
    (void)arena;
    const CoreUse *shortest = NULL;
    uint64_t most_lacking = 0;
    for (uint32_t c = 0; c < mapping->n_slots; c++) {
        CoreUse *use = &mapping->core[c];
        layout_core(mapping, use);
        uint64_t lacking = shortage(mapping, use);
        if (lacking > most_lacking) {
            most_lacking = lacking;
            shortest = use;
        }
    }
    return shortest == NULL ? STATUS_OK : fit_error(scratch, mapping, shortest, err);
}
