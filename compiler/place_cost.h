/* place_cost.h - what a placement costs, in whole numbers, and how a move changes it. */
#ifndef COMPILER_PLACE_COST_H
#define COMPILER_PLACE_COST_H

#include "place.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In units of rate: divide by total_rate for figures per event. Each link counts by its
 * price. */
typedef struct PlaceCost {
    uint64_t total_hops;   /* links that packets cross in their trees                  */
    uint64_t busiest_link; /* load of the link with most                               */
    uint64_t squares;      /* sum of the squares of all loads                          */
} PlaceCost;

/* place_cost_full - all trees anew, each way walked from end to end. cost: O(pairs * length of a
 * way) */
PlaceCost place_cost_full(Arena *scratch, const PlaceProblem *problem, const uint32_t *site_of);

/* place_score - the one number that strategies minimise: hops, and each link's load once more in
 * proportion to the share of all events on it, so that of two placements with as many hops the one
 * that spreads them wins. */
double place_score(const PlaceProblem *problem, const PlaceCost *cost);

/* A placement that can be changed and changed back. */
typedef struct PlaceState {
    const PlaceProblem *problem;
    uint32_t *site_of;   /* [n_slots]                                                    */
    uint32_t *slot_at;   /* [n_sites] slot, or PLACE_NONE                                */
    uint32_t *tile_of;   /* [n_slots + 1] tile of the slot; the last is the host's       */
    uint64_t *load;      /* [n_links]                                                    */
    const bool *is_open; /* [n_tiles] see place_open_tile                              */
    PlaceCost cost;      /* less busiest_link, which stays 0: see place_state_cost       */
    uint64_t n_work;     /* tree steps so far: a clock that runs alike everywhere        */

    /* marks: equal to the running number means seen */
    uint64_t mark, move_mark;
    uint64_t *tile_mark;   /* [n_tiles + 1] */
    uint64_t *router_mark; /* [n_routers]   */
    uint64_t *net_mark;    /* [n_nets]      */
    uint64_t *link_mark;   /* [n_links]     */
    /* the last move, to take back */
    PlaceCost cost_before;
    uint32_t n_touched;
    uint32_t *touched;     /* [n_links] links whose load it changed */
    uint64_t *load_before; /* [n_links] of these                    */
    uint32_t n_affected;
    uint32_t *affected; /* [n_nets]                              */
    uint32_t n_swaps;
    struct PlaceSwap *swap; /* [max_tile_sites]                      */
} PlaceState;

/* What stands on two sites (a slot or nothing) changes places. */
typedef struct PlaceSwap {
    uint32_t a, b;
} PlaceSwap;

/* place_state_new - of a whole placement; cost: as place_cost_full. */
PlaceState *place_state_new(Arena *scratch, const PlaceProblem *problem, const uint32_t *site_of);

/* place_swap_sites - one swap. place_swap_tiles - the k-th sites of two different tiles for all k
 * that both have. Both change loads and cost, and end what could be taken back before. cost:
 * O(trees of the nets that change) */
void place_swap_sites(PlaceState *state, uint32_t a, uint32_t b);
void place_swap_tiles(PlaceState *state, uint32_t tile_a, uint32_t tile_b);

/* place_take_back - the last swap, once. cost: O(links it touched) */
void place_take_back(PlaceState *state);

/* place_open_tile - the tile at a cell if moves may go there, else PLACE_NONE: on a board of
 * chips only to chips in use at the start, because to wake another costs more than links can
 * save. */
uint32_t place_open_tile(const PlaceState *state, uint32_t x, uint32_t y);

/* place_state_cost - with the busiest link. cost: O(links) */
PlaceCost place_state_cost(const PlaceState *state);

#ifdef __cplusplus
}
#endif
#endif
