/* place_scotch.c - placement `scotch`: static mapping of the graph of slots onto the graph of tiles
 * by the library Scotch (Pellegrini and Roman 1996), which cuts both in two again and again.
 *
 * Source graph: that of place_graph.c. Target graph: the first tiles along the curve
 * (place_hilbert.c) that hold all slots, each as strong as it has sites; neighbours on the grid are
 * joined, and tiles that follow one another along the curve at their distance, so that the graph
 * hangs together. Scotch sees pairs where packets are multicast, so its hops are not ours; nor does
 * it promise that no tile gets more slots than it has sites: what is too many goes to the nearest
 * tile with room, slot by slot.
 *
 * Scotch draws random numbers and runs in threads unless told: a context with one thread and a
 * fixed seed makes it repeatable. The only file that knows Scotch; a build without it takes
 * place_scotch_absent.c. Cost: Scotch's, about O(pairs * log(tiles)).
 */
#include "place.h"

#include <stdio.h> /* before scotch.h, which needs FILE */
#include <string.h>

#include <scotch/scotch.h>

#include "base/check.h"

enum { SEED = 1 };
#define IMBALANCE 0.01     /* share by which Scotch may overfill a tile              */
#define WEIGHT_TOTAL 2.5e8 /* of all edges, both ways: sums fit its 32-bit numbers   */

typedef struct Csr { /* both directions of every edge, neighbours without repeats */
    SCOTCH_Num n;
    SCOTCH_Num *first;     /* [n + 1]                 */
    SCOTCH_Num *neighbour; /* [first[n]]              */
    SCOTCH_Num *weight;    /* of the edge, >= 1       */
    SCOTCH_Num *strength;  /* [n] of the vertex, >= 1 */
} Csr;

/* --- the graph of slots ------------------------------------------------------------------------
 * */

static Csr graph_of_slots(Arena *scratch, const PlaceNets *nets)
{
    PlaceGraph slots = place_graph(scratch, nets);
    uint64_t n_edges = slots.first[slots.n];
    double sum = 1.0;
    Csr graph = {.n = (SCOTCH_Num)slots.n,
                 .first = ARENA_ARRAY(scratch, SCOTCH_Num, (size_t)slots.n + 1),
                 .neighbour = ARENA_ARRAY(scratch, SCOTCH_Num, n_edges),
                 .weight = ARENA_ARRAY(scratch, SCOTCH_Num, n_edges),
                 .strength = ARENA_ARRAY(scratch, SCOTCH_Num, slots.n)};
    for (uint64_t i = 0; i < n_edges; i++)
        sum += (double)slots.weight[i];
    for (uint64_t i = 0; i < n_edges; i++) {
        graph.neighbour[i] = (SCOTCH_Num)slots.neighbour[i];
        graph.weight[i] = 1 + (SCOTCH_Num)((double)slots.weight[i] / sum * WEIGHT_TOTAL);
    }
    for (uint32_t s = 0; s < slots.n; s++) {
        graph.first[s + 1] = (SCOTCH_Num)slots.first[s + 1];
        graph.strength[s] = 1;
    }
    return graph;
}

/* --- the graph of tiles ------------------------------------------------------------------------
 * */

static uint32_t cells_between(const PlaceFabric *fabric, uint32_t a, uint32_t b)
{
    Cell2d from = fabric->cell[a], to = fabric->cell[b];
    uint32_t x = from.x > to.x ? from.x - to.x : to.x - from.x;
    uint32_t y = from.y > to.y ? from.y - to.y : to.y - from.y;
    return x + y;
}

/* Cells from one tile to another; to change chips counts too. */
static uint32_t way_between(const PlaceFabric *fabric, uint32_t a, uint32_t b)
{
    return cells_between(fabric, a, b) +
           place_crossing(fabric, fabric->router_of[a], fabric->router_of[b]);
}

typedef struct TileSet {
    uint32_t n;
    const uint32_t *tile; /* [n] along the curve                      */
    uint32_t *index_of;   /* [n_tiles] in this set, or PLACE_NONE     */
} TileSet;

static TileSet tiles_for(Arena *scratch, const PlaceProblem *problem)
{
    const PlaceFabric *fabric = problem->fabric;
    uint32_t *order = ARENA_ARRAY(scratch, uint32_t, fabric->n_tiles), n_held = 0;
    place_curve(scratch, fabric, order);
    TileSet set = {.tile = order, .index_of = ARENA_ARRAY(scratch, uint32_t, fabric->n_tiles)};
    memset(set.index_of, 0xff, fabric->n_tiles * sizeof *set.index_of);
    while (n_held < problem->nets->n_slots) {
        uint32_t tile = order[set.n];
        n_held += fabric->first_site[tile + 1] - fabric->first_site[tile];
        set.index_of[tile] = set.n++;
    }
    return set;
}

enum { MAX_NEIGHBOURS = 6 }; /* four on the grid, two along the curve */

/* Edges of the i-th tile of the set from the n-th on; returns where they end. */
static SCOTCH_Num join_tile(const PlaceFabric *fabric, const TileSet *set, uint32_t i, Csr *graph,
                            SCOTCH_Num n)
{
    uint32_t tile = set->tile[i], other[MAX_NEIGHBOURS], n_others = 0;
    for (uint32_t side = 0; side < 4; side++) {
        uint32_t x = fabric->cell[tile].x + (side == 0) - (side == 1);
        uint32_t y = fabric->cell[tile].y + (side == 2) - (side == 3);
        if (x < fabric->width && y < fabric->height) /* below 0 wraps round to beyond */
            other[n_others++] = fabric->tile_at[(size_t)y * fabric->width + x];
    }
    if (i > 0 && cells_between(fabric, tile, set->tile[i - 1]) > 1)
        other[n_others++] = set->tile[i - 1];
    if (i + 1 < set->n && cells_between(fabric, tile, set->tile[i + 1]) > 1)
        other[n_others++] = set->tile[i + 1];
    for (uint32_t k = 0; k < n_others; k++) {
        if (other[k] == PLACE_NONE || set->index_of[other[k]] == PLACE_NONE)
            continue;
        graph->neighbour[n] = (SCOTCH_Num)set->index_of[other[k]];
        graph->weight[n++] = (SCOTCH_Num)way_between(fabric, tile, other[k]);
    }
    return n;
}

static Csr graph_of_tiles(Arena *scratch, const PlaceFabric *fabric, const TileSet *set)
{
    Csr graph = {.n = (SCOTCH_Num)set->n,
                 .first = ARENA_ARRAY(scratch, SCOTCH_Num, (size_t)set->n + 1),
                 .neighbour = ARENA_ARRAY(scratch, SCOTCH_Num, (size_t)set->n * MAX_NEIGHBOURS),
                 .weight = ARENA_ARRAY(scratch, SCOTCH_Num, (size_t)set->n * MAX_NEIGHBOURS),
                 .strength = ARENA_ARRAY(scratch, SCOTCH_Num, set->n)};
    for (uint32_t i = 0; i < set->n; i++) {
        uint32_t tile = set->tile[i];
        graph.first[i + 1] = join_tile(fabric, set, i, &graph, graph.first[i]);
        graph.strength[i] = (SCOTCH_Num)(fabric->first_site[tile + 1] - fabric->first_site[tile]);
    }
    return graph;
}

/* --- Scotch ------------------------------------------------------------------------------------
 * */

/* A graph bound to a context: what Scotch does with it runs in the context's one thread and takes
 * the context's random numbers. */
typedef struct BoundGraph {
    SCOTCH_Context context;
    SCOTCH_Graph plain, graph;
} BoundGraph;

static void bind_graph(BoundGraph *bound, const Csr *csr)
{
    CHECK(SCOTCH_contextInit(&bound->context) == 0);
    CHECK(SCOTCH_contextThreadSpawn(&bound->context, 1, NULL) == 0);
    CHECK(SCOTCH_contextRandomClone(&bound->context) == 0);
    SCOTCH_contextRandomSeed(&bound->context, SEED);
    SCOTCH_contextRandomReset(&bound->context);
    CHECK(SCOTCH_graphInit(&bound->plain) == 0);
    CHECK(SCOTCH_graphBuild(&bound->plain, 0, csr->n, csr->first, csr->first + 1, csr->strength,
                            NULL, csr->first[csr->n], csr->neighbour, csr->weight) == 0);
    CHECK(SCOTCH_graphInit(&bound->graph) == 0);
    CHECK(SCOTCH_contextBindGraph(&bound->context, &bound->plain, &bound->graph) == 0);
}

static void release_graph(BoundGraph *bound)
{
    SCOTCH_graphExit(&bound->graph);
    SCOTCH_graphExit(&bound->plain);
    SCOTCH_contextExit(&bound->context);
}

/* part [slots->n]: index in the target graph of each slot. false: Scotch would not. */
static bool map_graph(const Csr *slots, const Csr *tiles, SCOTCH_Num *part)
{
    BoundGraph source, target;
    SCOTCH_Arch arch;
    SCOTCH_Strat strategy;
    bind_graph(&source, slots);
    bind_graph(&target, tiles);
    SCOTCH_archInit(&arch);
    SCOTCH_stratInit(&strategy);
    bool done =
        SCOTCH_archBuild2(&arch, &target.graph, tiles->n, NULL) == 0 &&
        SCOTCH_stratGraphMapBuild(&strategy, SCOTCH_STRATQUALITY, tiles->n, IMBALANCE) == 0 &&
        SCOTCH_graphMap(&source.graph, &arch, &strategy, part) == 0;
    SCOTCH_stratExit(&strategy);
    SCOTCH_archExit(&arch);
    release_graph(&target);
    release_graph(&source);
    return done;
}

/* The nearest tile of the set with room, the earlier along the curve at a tie. */
static uint32_t nearest_room(const PlaceFabric *fabric, const TileSet *set, const uint32_t *n_taken,
                             uint32_t tile)
{
    uint32_t best = PLACE_NONE, least = UINT32_MAX;
    for (uint32_t i = 0; i < set->n; i++) {
        uint32_t other = set->tile[i], way = way_between(fabric, tile, other);
        uint32_t n_sites = fabric->first_site[other + 1] - fabric->first_site[other];
        if (n_taken[other] < n_sites && way < least) {
            least = way;
            best = other;
        }
    }
    CHECK(best != PLACE_NONE); /* the set holds all slots */
    return best;
}

/* Sites from parts: those that fit their tile first, then the rest near it. */
static void seat(Arena *scratch, const PlaceProblem *problem, const TileSet *set,
                 const SCOTCH_Num *part, uint32_t *site_of)
{
    const PlaceFabric *fabric = problem->fabric;
    uint32_t n_slots = problem->nets->n_slots;
    uint32_t *n_taken = ARENA_ARRAY(scratch, uint32_t, fabric->n_tiles);
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t slot = 0; slot < n_slots; slot++) {
            uint32_t tile = set->tile[part[slot]];
            uint32_t n_sites = fabric->first_site[tile + 1] - fabric->first_site[tile];
            if (pass == 0)
                site_of[slot] = PLACE_NONE;
            else if (site_of[slot] == PLACE_NONE)
                tile = nearest_room(fabric, set, n_taken, tile);
            else
                continue;
            if (pass == 1 || n_taken[tile] < n_sites)
                site_of[slot] = fabric->first_site[tile] + n_taken[tile]++;
        }
}

Status place_scotch(Arena *scratch, const PlaceProblem *problem, uint32_t *site_of, Err *err)
{
    TileSet set = tiles_for(scratch, problem);
    SCOTCH_Num *part = ARENA_ARRAY(scratch, SCOTCH_Num, problem->nets->n_slots);
    if (set.n > 1) {
        Csr slots = graph_of_slots(scratch, problem->nets);
        Csr tiles = graph_of_tiles(scratch, problem->fabric, &set);
        if (!map_graph(&slots, &tiles, part))
            return err_set(err, STATUS_UNSUPPORTED,
                           "placement scotch: the library refused to map %d slots onto %d tiles",
                           (int)slots.n, (int)tiles.n);
    }
    seat(scratch, problem, &set, part, site_of);
    return STATUS_OK;
}
