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

/* Limits on the grid: paths of all tiles together stay below 2^25 links. */
enum { GRID_COORDINATE_MAX = 1023, GRID_CELLS_MAX = 16384, ROUTER_CELLS_MAX = 16 };
enum { CORES_PER_TILE_MAX = 256, OPERATING_POINTS_MAX = 16 };

static inline Cost *row_cost(void *base, const NumberRow *row)
{
    return (Cost *)(void *)((unsigned char *)base + row->offset);
}

static inline const Cost *row_cost_of(const void *base, const NumberRow *row)
{
    return (const Cost *)(const void *)((const unsigned char *)base + row->offset);
}

/* chip_cell_at - what stands at a position: 't' tile, 'r' router, 'h' hole, 0 outside the grid.
 * cost: O(holes + router cells) */
char chip_cell_at(const Grid *grid, uint32_t x, uint32_t y);

/* chip_hash - over the values of all numbers, the grid and the policies; not over name, ranges and
 * sources. */
uint64_t chip_hash(const Chip *chip);

#endif
