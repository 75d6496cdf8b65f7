/* place_sequential.c - placement `sequential`: cores in the order of their ids. Tiles are numbered
 * column by column, so a layer fills neighbouring columns of the grid. */
#include "mapping.h"

void place_sequential(const Mapping *mapping, uint32_t *core_order)
{
    for (uint32_t i = 0; i < mapping->chip->grid.usable_cores; i++)
        core_order[i] = i;
}
