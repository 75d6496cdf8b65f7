/* place_sequential.c - placement `sequential`: cores in the order of their ids. Tiles are numbered
 * column by column, so a layer fills neighbouring columns of the grid. */
#include "mapping.h"

void place_sequential(const Mapping *mapping, uint32_t *core_order)
{
    uint32_t n_placed = 0;
    for (uint32_t core = 0; core < mapping->chip->n_cores; core++)
        if (chip_core_is_usable(mapping->chip, core))
            core_order[n_placed++] = core;
}
