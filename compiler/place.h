/* place.h - what a placement strategy sees: sites, slots, who sends how much to whom, and its cost.
 *
 * A site is a core that may hold a slot, a slot the slices that stand on one core. The fabric tells
 * where sites lie and which links lead from one to another; the nets tell how often each slice
 * emits and which slots need its events. A strategy fills site_of: a site of its own for each slot.
 *
 * Model of a packet's way (place_cost.c): from the source's tile up to its router, over the
 * routers along a tree in dimension order, and from each router down to every tile that holds a
 * destination, one flit a tile. A chip with a router in every tile has no ways up and down; a
 * chip alone with one central router has no links between routers. The trees in the tables are
 * made later (routes); these here are cheap enough to be compared a hundred thousand times a
 * second.
 *
 * A link between chips is narrower than one on a chip, and one between boards narrower still: a
 * packet that crosses it counts `price` times, by how long it takes the link up. Rates and loads are whole numbers, so that sums do not
 * depend on the order of adding.
 */
#ifndef COMPILER_PLACE_H
#define COMPILER_PLACE_H

#include "mapping.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PLACE_NONE UINT32_MAX

/* Links of the network-on-chip between a tile and its router: ids are base + link[i]. */
typedef struct PlaceWay {
    uint32_t n_links, base;
    const uint32_t *link; /* [n_links] borrowed from the topology */
} PlaceWay;

typedef struct PlaceStep {
    uint32_t before, link; /* router and link, or PLACE_NONE */
} PlaceStep;

typedef struct PlaceFabric {
    const Topology *topology; /* borrowed; NULL: a plain grid, or none was at hand             */
    uint32_t n_sites;
    const uint32_t *core;       /* [n_sites] id of the core, ascending                        */
    const uint32_t *tile_of;    /* [n_sites] tile of the site                                 */
    uint32_t n_tiles;           /* tiles with a site, in the order of their cores; one more,
                                   without sites, stands for the host                         */
    const uint32_t *first_site; /* [n_tiles + 1] sites of tile t from first_site[t]           */
    uint32_t max_tile_sites;    /* most sites of a tile                                       */
    uint32_t n_columns, n_rows; /* chips side by side, of all boards              */
    uint32_t board_columns, board_rows; /* of these, on one board: whole parts            */
    uint32_t width, height;    /* of all chips side by side, in tiles                        */
    const Cell2d *cell;        /* [n_tiles + 1] position there, from (0,0); the host's is that
                                   of its router's first tile                                 */
    const uint32_t *tile_at;   /* [height * width] tile, or PLACE_NONE                       */
    const uint32_t *router_of; /* [n_tiles + 1] router of the tile                           */
    const PlaceWay *up, *down; /* [n_tiles + 1] to the router and from it                    */
    uint32_t n_links;          /* of all kinds, in the topology's numbering                  */
    const uint32_t *price;     /* [n_links] of each link: packets that a link of the
                                   network-on-chip carries while it carries one               */
    uint32_t n_routers, n_sides;
    uint32_t router_width, router_height; /* of the grid of routers                           */
    bool wrap;                            /* its last column and row are beside the first     */
    const Cell2d *router_cell;            /* [n_routers]                                      */
    const uint32_t *neighbour; /* [n_routers * n_sides] router on that side, or PLACE_NONE     */
    const uint32_t *side_link; /* [n_routers * n_sides] link out of that side, or PLACE_NONE   */
    const PlaceStep *step;     /* [n_routers * n_sides] into a router over that side of the one
                                  before                                                      */
    const uint8_t *tree;       /* [n_routers * n_routers] side over which packets of router a go
                                  their last step to b; NULL: work it out, in dimension order  */
} PlaceFabric;

/* Net n: slot source[n] emits rate[n] and the slots target[first_target[n]] .. need it. Slot
 * n_slots is the host, which stays where it is. */
typedef struct PlaceNets {
    uint32_t n_slots, n_nets;
    const uint32_t *source;       /* [n_nets]                                                 */
    const uint64_t *first_target; /* [n_nets + 1]                                             */
    const uint32_t *target;       /* slots, ascending in a net, without repeats               */
    const uint32_t *rate;         /* [n_nets] >= 1                                            */
    uint64_t total_rate;          /* their sum                                                */
    double n_events;              /* per step; total_rate stands for it                       */
    const uint64_t *first_sent;   /* [n_slots + 2] nets that a slot sends ...                 */
    const uint32_t *sent;         /* ... ascending                                            */
    const uint64_t *first_needed; /* [n_slots + 2] nets that a slot needs ...                 */
    const uint32_t *needed;       /* ... ascending                                            */
} PlaceNets;

typedef struct PlaceProblem {
    const PlaceFabric *fabric;
    const PlaceNets *nets;
    uint32_t effort;               /* of strategy anneal; 0: the default */
    const CompileOptions *options; /* whom long work tells how far it is; or NULL */
} PlaceProblem;

/* place_fabric_make - every usable core of the chip. topology may be NULL (tests of other passes):
 * then no way has a link. cost: O(cores + links); with missing routers or links O(routers^2). */
const PlaceFabric *place_fabric_make(Arena *scratch, const Chip *chip, const Topology *topology);

/* place_fabric_grid - a router in every cell of a grid, with a tile of sites, and all links there:
 * for benches and tests. kind (or NULL: all tiles): [height * width]; the routers must hang
 * together. cost: as place_fabric_make */
typedef enum PlaceGridCell { GRID_TILE, GRID_ROUTER, GRID_NOTHING } PlaceGridCell;
typedef struct PlaceGrid {
    uint32_t width, height, n_sides, sites_per_tile;
    bool wrap;
} PlaceGrid;
const PlaceFabric *place_fabric_grid(Arena *scratch, PlaceGrid grid, const PlaceGridCell *kind);

/* place_step_back - the router before `to` on the way from `from` (another one), and the link
 * between. cost: O(1) */
uint32_t place_step_back(const PlaceFabric *fabric, uint32_t from, uint32_t to, uint32_t *link);

/* place_crossing - price of a link from one chip to another: between routers a and b, which need not
 * be neighbours; 0 within a chip, or on a mesh. */
uint32_t place_crossing(const PlaceFabric *fabric, uint32_t a, uint32_t b);

/* place_nets_make - targets of a net need not be in order but must differ. cost: O(pairs) time and
 * memory */
typedef struct PlaceNet {
    uint32_t source, n_targets;
    const uint32_t *target; /* [n_targets] */
    double n_events;        /* per step    */
} PlaceNet;
const PlaceNets *place_nets_make(Arena *scratch, uint32_t n_slots, uint32_t n_nets,
                                 const PlaceNet *net);

/* place_demand - the nets of a Mapping that has slices: one for the events of each slice, one for
 * the host's input. cost: O(stored weights) */
const PlaceNets *place_demand(Arena *scratch, const Mapping *mapping);

/* place_graph - who exchanges how much with whom, both ways listed. cost: O(pairs) */
typedef struct PlaceGraph {
    uint32_t n;          /* slots                                               */
    uint64_t *first;     /* [n + 1]                                             */
    uint32_t *neighbour; /* [first[n]] each once                                */
    uint64_t *weight;    /* [first[n]] the rates of all nets between them       */
} PlaceGraph;
PlaceGraph place_graph(Arena *scratch, const PlaceNets *nets);

/* --- strategies: site_of [n_slots] -------------------------------------------------------------
 * */

/* Errors: UNSUPPORTED (this build lacks the library that the strategy needs). */
typedef Status (*PlaceRun)(Arena *scratch, const PlaceProblem *problem, uint32_t *site_of,
                           Err *err);

/* X(function, name): the first is the default. */
#define PLACE_LIST(X)             \
    X(auto, "auto")               \
    X(sequential, "sequential")   \
    X(snake, "snake")             \
    X(row_snake, "row-snake")     \
    X(near_router, "near-router") \
    X(hilbert, "hilbert")         \
    X(rcm, "rcm")                 \
    X(cluster, "cluster")         \
    X(force, "force")             \
    X(anneal, "anneal")           \
    X(scotch, "scotch")

#define X(function, name)                                                                   \
    Status place_##function(Arena *scratch, const PlaceProblem *problem, uint32_t *site_of, \
                            Err *err);
PLACE_LIST(X)
#undef X

/* place_strategies - names in the order of the table, and what they run; returns how many. */
typedef struct PlaceStrategy {
    const char *name;
    PlaceRun run;
} PlaceStrategy;
uint32_t place_strategies(const PlaceStrategy **out);

/* place_along - slot i on the i-th site along the tiles in this order. */
void place_along(const PlaceProblem *problem, const uint32_t *tile_order, uint32_t *site_of);

/* place_curve - all tiles along a space-filling curve; see place_hilbert.c. cost: O(cells) */
void place_curve(Arena *scratch, const PlaceFabric *fabric, uint32_t *tile_order);

#ifdef __cplusplus
}
#endif
#endif
