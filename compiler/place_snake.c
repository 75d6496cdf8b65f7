/* place_snake.c - placement `snake`: tiles column by column, up the first and down the next, so
 * that consecutive slices always stand on neighbouring tiles (holes of the grid aside).
 *
 * The chips of a board one after another. A column is a run of tiles with the same x in the chip's numbering (y first up, then x). Cost:
 * O(cores).
 */
#include "mapping.h"

/* The usable cores of one chip; returns how many. */
static uint32_t walk_chip(const Chip *chip, uint32_t first_core, uint32_t *core_order)
{
    uint32_t per_tile = chip->grid.cores_per_tile, n_placed = 0, column = 0;
    for (uint32_t first = 0; first < chip->n_tiles; column++) {
        uint32_t end = first;
        while (end < chip->n_tiles && chip->tile[end].x == chip->tile[first].x)
            end++;
        for (uint32_t i = 0; i < end - first; i++) {
            uint32_t tile = column % 2 == 0 ? first + i : end - 1 - i;
            for (uint32_t k = 0; k < per_tile; k++) {
                uint32_t core = first_core + tile * per_tile + k;
                if (chip_core_is_usable(chip, core))
                    core_order[n_placed++] = core;
            }
        }
        first = end;
    }
    return n_placed;
}

void place_snake(const Mapping *mapping, uint32_t *core_order)
{
    const Chip *chip = mapping->chip;
    uint32_t n_placed = 0;
    for (uint32_t c = 0; c < chip->fabric.n_chips; c++)
        n_placed += walk_chip(chip, c * chip_cores_per_chip(chip), core_order + n_placed);
}
