/* place_near_router.c - placement `near-router`: tiles with the fewest links to their router and
 * back first, ties by id, so that a network smaller than the chip stands around the router. Where
 * every tile has a router this is the order of ids.
 *
 * One walk over the tiles for each number of links. Cost: O(tiles * links of the longest path).
 */
#include "place.h"

Status place_near_router(Arena *scratch, const PlaceProblem *problem, uint32_t *site_of, Err *err)
{
    (void)err;
    const PlaceFabric *fabric = problem->fabric;
    uint32_t *tile_order = ARENA_ARRAY(scratch, uint32_t, fabric->n_tiles);
    for (uint32_t n_links = 0, n = 0; n < fabric->n_tiles; n_links++)
        for (uint32_t tile = 0; tile < fabric->n_tiles; tile++)
            if (fabric->up[tile].n_links + fabric->down[tile].n_links == n_links)
                tile_order[n++] = tile;
    place_along(problem, tile_order, site_of);
    return STATUS_OK;
}
