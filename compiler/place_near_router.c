/* place_near_router.c - placement `near-router`: cores with the fewest links to the central router
 * and back first, ties by id, so that a network smaller than the chip stands around the router.
 *
 * One walk over the cores for each number of links. Cost: O(cores * links of the longest path).
 */
#include "mapping.h"

static uint32_t links_of_core(const Mapping *mapping, uint32_t core)
{
    uint32_t tile = core / mapping->chip->grid.cores_per_tile % mapping->chip->n_tiles;
    return mapping->topology->to_router[tile].n_links +
           mapping->topology->from_router[tile].n_links;
}

void place_near_router(const Mapping *mapping, uint32_t *core_order)
{
    uint32_t n_cores = mapping->chip->n_cores, most = 0, n_placed = 0;
    for (uint32_t core = 0; core < n_cores; core++) {
        uint32_t n_links = links_of_core(mapping, core);
        most = n_links > most ? n_links : most;
    }
    for (uint32_t n_links = 0; n_links <= most; n_links++)
        for (uint32_t core = 0; core < n_cores; core++)
            if (links_of_core(mapping, core) == n_links && chip_core_is_usable(mapping->chip, core))
                core_order[n_placed++] = core;
}
