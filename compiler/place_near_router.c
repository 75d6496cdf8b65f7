/* place_near_router.c - placement `near-router`: tiles with the fewest links to their router and
 * back first, ties by id, so that a network smaller than the chip stands around the router. The
 * chips of a board are filled one after another; where every tile has a router this is the order
 * of ids.
 *
 * One walk over the tiles of a chip for each number of links. Cost: O(tiles * links of the longest
 * path).
 */
#include "place.h"

/* Tiles first .. end-1, all of one chip. */
static uint32_t order_chip(const PlaceFabric *fabric, uint32_t first, uint32_t end, uint32_t n,
                           uint32_t *tile_order)
{
    for (uint32_t n_links = 0; n < end; n_links++)
        for (uint32_t tile = first; tile < end; tile++)
            if (fabric->up[tile].n_links + fabric->down[tile].n_links == n_links)
                tile_order[n++] = tile;
    return n;
}

Status place_near_router(Arena *scratch, const PlaceProblem *problem, uint32_t *site_of, Err *err)
{
    (void)err;
    const PlaceFabric *fabric = problem->fabric;
    uint32_t *tile_order = ARENA_ARRAY(scratch, uint32_t, fabric->n_tiles);
    for (uint32_t first = 0, n = 0; first < fabric->n_tiles; first = n) {
        uint32_t end = first + 1;
        while (end < fabric->n_tiles && fabric->router_of[end] == fabric->router_of[first])
            end++;
        n = order_chip(fabric, first, end, n, tile_order);
    }
    place_along(problem, tile_order, site_of);
    return STATUS_OK;
}
