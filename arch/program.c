/* program.c - what can be asked of a Program: names of its regions, its routes, numbers in its
 * images. */
#include "arch/program.h"

#include <string.h>

#include "base/check.h"
#include "program_private.h"

static const char *const REGION_NAME[] = {
#define X(NAME, name, memory) #name,
    REGION_LIST(X)
#undef X
};

static const int REGION_MEMORY[] = {
#define X(NAME, name, memory) memory,
    REGION_LIST(X)
#undef X
};

const char *region_name(Region region)
{
    CHECK((unsigned)region < N_REGIONS);
    return REGION_NAME[region];
}

int region_memory(Region region)
{
    CHECK((unsigned)region < N_REGIONS);
    return REGION_MEMORY[region];
}

uint64_t program_memory_bytes(const CoreProgram *core, int memory)
{
    uint64_t n_bytes = 0;
    for (unsigned region = 0; region < N_REGIONS; region++)
        if (REGION_MEMORY[region] == memory)
            n_bytes += core->region_bytes[region];
    return n_bytes;
}

/* An entry matches keys from its own on, so only the last one at or below the key can match. */
const RouteEntry *program_route(const Program *program, uint32_t key)
{
    uint32_t low = 0, high = program->n_routes; /* entries below low: at or below the key */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (program->route[middle].key <= key)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const RouteEntry *entry = &program->route[low - 1];
    return (key & entry->mask) == entry->key ? entry : NULL;
}

uint32_t program_last_key(const Program *program)
{
    uint32_t last = program->input_key + (program->n_inputs - 1);
    if (program->input_marker_key > last)
        last = program->input_marker_key;
    for (uint32_t c = 0; c < program->n_cores; c++) {
        for (uint32_t i = 0; i < program->core[c].n_slices; i++) {
            const SliceProgram *slice = &program->core[c].slice[i];
            uint32_t last_event = slice->key + (slice->n_units - 1);
            last = last_event > last ? last_event : last;
            last = slice->marker_key > last ? slice->marker_key : last;
        }
    }
    return last;
}

uint32_t image_u32(const uint8_t *image, uint64_t offset)
{
    const uint8_t *at = image + offset;
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

float image_f32(const uint8_t *image, uint64_t offset)
{
    uint32_t bits = image_u32(image, offset);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

uint32_t matrix_rows(const MatrixImage *matrix)
{
    return matrix->format == FORMAT_SOURCE ? matrix->n_sources : matrix->n_targets;
}

uint32_t matrix_columns(const MatrixImage *matrix)
{
    return matrix->format == FORMAT_SOURCE ? matrix->n_targets : matrix->n_sources;
}

uint32_t image_index(const uint8_t *image, uint64_t offset, uint32_t index_bytes, uint64_t i)
{
    const uint8_t *at = image + offset + i * index_bytes;
    if (index_bytes == 1)
        return at[0];
    if (index_bytes == 2)
        return (uint32_t)at[0] | (uint32_t)at[1] << 8;
    return image_u32(at, 0);
}

uint32_t image_pointer(const uint8_t *image, const MatrixImage *matrix, uint64_t row)
{
    return image_index(image, matrix->pointer_offset, matrix->pointer_bytes, row);
}

uint32_t image_column(const uint8_t *image, const MatrixImage *matrix, uint64_t i)
{
    return image_index(image, matrix->index_offset, matrix->index_bytes, i);
}
