/* chip_table.h - the numbers of a chip as rows of a table: private to the floor.
 *
 * CHIP_NUMBER_LIST and OPERATING_NUMBER_LIST of chip.h, expanded once. Loader, checks, hash and
 * dumps walk these rows, so a new number is one line in chip.h and one field in chip_sections.h.
 */
#ifndef ARCH_CHIP_TABLE_H
#define ARCH_CHIP_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "arch/chip.h"

typedef struct NumberRow {
    const char *section, *field, *key; /* key: "section.field"; operating points: the field only */
    double min, max;                   /* inclusive                                              */
    bool whole;
    bool is_clock; /* Hz: a multiple of CLOCK_HZ_STEP                        */
    size_t offset; /* of the Cost in Chip or OperatingPoint                  */
} NumberRow;

extern const NumberRow CHIP_NUMBER[];
extern const uint32_t N_CHIP_NUMBERS;
extern const NumberRow POINT_NUMBER[];
extern const uint32_t N_POINT_NUMBERS;

/* Limits. Around a central router paths of all tiles together stay below 2^25 links; a mesh has no
 * paths. A board has at most (GRID_COORDINATE_MAX + 1)^2 chips. */
enum { GRID_COORDINATE_MAX = 1023, GRID_CELLS_MAX = 16384, MESH_CELLS_MAX = 1 << 20 };
enum { ROUTER_CELLS_MAX = 16, CORES_PER_TILE_MAX = 256, CORES_MAX = 1 << 24 };
enum { OPERATING_POINTS_MAX = 16 };

static inline uint32_t grid_cells_max(Routing routing)
{
    return routing == ROUTING_MESH ? MESH_CELLS_MAX : GRID_CELLS_MAX;
}

static inline Cost *row_cost(void *base, const NumberRow *row)
{
    return (Cost *)(void *)((unsigned char *)base + row->offset);
}

static inline const Cost *row_cost_of(const void *base, const NumberRow *row)
{
    return (const Cost *)(const void *)((const unsigned char *)base + row->offset);
}

/* chip_grid_cells - how many cells the grid has. chip_grid_index - which one stands at a position,
 * or UINT32_MAX outside; column by column, upwards in each, as tiles are numbered. */
uint32_t chip_grid_cells(const Grid *grid);
uint32_t chip_grid_index(const Grid *grid, Cell2d cell);

/* chip_hash - over the values of all numbers, the grid, the fabric and the policies; not over
 * name, ranges and sources. */
uint64_t chip_hash(const Chip *chip);

#endif
