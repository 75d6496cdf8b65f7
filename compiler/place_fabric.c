/* place_fabric.c - the cores that may hold slots, and the links between them, for the placer.
 *
 * Takes chip and topology, makes a PlaceFabric: sites are the usable cores, tiles those with a
 * site, at positions in the grid of all chips side by side. Between routers packets travel in
 * dimension order: on four sides along x, then y; on six diagonally as far as both coordinates
 * agree in sign, then straight; over the rim of a torus where that is shorter. Where a router or
 * a link is missing that order does not lead everywhere, so the whole fabric gets shortest-path
 * trees instead (breadth first; sides in order break ties), n_routers^2 bytes. Small fabrics list
 * theirs too.
 *
 * All trees are kept backwards: the step into a router from where a packet started. That is one
 * step whatever the destination, so the ways from one router to all others form a tree, and the
 * tree to a few of them is found by walking back from each until a router is met that is in it
 * already.
 */
#include "place.h"

#include <string.h>

#include "base/check.h"

/* Up to so many routers all last steps are listed, in some milliseconds: looking one up is twice as
 * quick as working it out. */
enum { MAX_LISTED_ROUTERS = 512 };

/* Links between chips that are slower still count no more: sums of squares stay within 64 bits. */
enum { MAX_PRICE = 16 };

typedef struct Direction {
    int32_t x, y;
} Direction;

static const Direction DIRECTION_OF_4[4] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
static const Direction DIRECTION_OF_6[6] = {{1, 0}, {1, 1}, {0, 1}, {-1, 0}, {-1, -1}, {0, -1}};

static uint32_t wrapped(int64_t position, uint32_t size)
{
    int64_t n = size;
    return (uint32_t)(((position % n) + n) % n);
}

/* Router beside a cell, or PLACE_NONE. */
static uint32_t router_beside(const PlaceFabric *fabric, const uint32_t *router_at, uint32_t router,
                              uint32_t side)
{
    Direction go = fabric->n_sides == 6 ? DIRECTION_OF_6[side] : DIRECTION_OF_4[side];
    int64_t x = (int64_t)fabric->router_cell[router].x + go.x;
    int64_t y = (int64_t)fabric->router_cell[router].y + go.y;
    bool inside = x >= 0 && x < fabric->router_width && y >= 0 && y < fabric->router_height;
    if (!inside && !fabric->wrap)
        return PLACE_NONE;
    return router_at[wrapped(y, fabric->router_height) * fabric->router_width +
                     wrapped(x, fabric->router_width)];
}

/* Position b less position a; on a torus the shorter way, forwards at a tie. */
static int64_t way_along(uint32_t a, uint32_t b, uint32_t size, bool wrap)
{
    int64_t way = (int64_t)b - a;
    if (!wrap)
        return way;
    if (way * 2 > size)
        way -= size;
    else if (way * 2 <= -(int64_t)size)
        way += size;
    return way;
}

static uint64_t magnitude(int64_t x)
{
    return (uint64_t)(x < 0 ? -x : x);
}

static uint64_t hexagonal_hops(Direction way)
{
    uint64_t x = magnitude(way.x), y = magnitude(way.y);
    if ((way.x < 0) != (way.y < 0))
        return x + y;
    return x > y ? x : y;
}

/* The shortest of the ways round a hexagonal torus. */
static Direction hexagonal_way(const PlaceFabric *fabric, Direction way)
{
    if (!fabric->wrap)
        return way;
    Direction best = way;
    for (int32_t i = 0; i < 4; i++) {
        int32_t width = (int32_t)fabric->router_width, height = (int32_t)fabric->router_height;
        Direction other = {way.x - (i % 2) * (way.x > 0 ? width : -width),
                           way.y - (i / 2) * (way.y > 0 ? height : -height)};
        if (hexagonal_hops(other) < hexagonal_hops(best))
            best = other;
    }
    return best;
}

/* Side by which packets from router `from` enter `to` in dimension order: that of their last
 * step. */
static uint32_t last_side(const PlaceFabric *fabric, uint32_t from, uint32_t to)
{
    Cell2d a = fabric->router_cell[from], b = fabric->router_cell[to];
    if (fabric->n_sides == 4) {
        int64_t y = way_along(a.y, b.y, fabric->router_height, fabric->wrap);
        if (y != 0)
            return y > 0 ? 1 : 3;
        return way_along(a.x, b.x, fabric->router_width, fabric->wrap) > 0 ? 0 : 2;
    }
    Direction way = hexagonal_way(
        fabric, (Direction){(int32_t)b.x - (int32_t)a.x, (int32_t)b.y - (int32_t)a.y});
    bool agree = (way.x > 0) == (way.y > 0) && way.x != 0 && way.y != 0;
    if (agree && way.x == way.y)
        return way.x > 0 ? 1 : 4;
    bool along_y = agree ? magnitude(way.y) > magnitude(way.x) : way.y != 0;
    if (along_y)
        return way.y > 0 ? 2 : 5;
    return way.x > 0 ? 0 : 3;
}

uint32_t place_step_back(const PlaceFabric *fabric, uint32_t from, uint32_t to, uint32_t *link)
{
    uint32_t side = fabric->tree != NULL ? fabric->tree[(size_t)from * fabric->n_routers + to]
                                         : last_side(fabric, from, to);
    PlaceStep step = fabric->step[to * fabric->n_sides + side];
    *link = step.link;
    return step.before;
}

/* Breadth first from one router over the links that are there. */
static void grow_tree(const PlaceFabric *fabric, uint32_t root, uint8_t *side_into, uint32_t *queue)
{
    uint32_t n = 1, sides = fabric->n_sides;
    memset(side_into, 0xff, fabric->n_routers);
    side_into[root] = 0;
    queue[0] = root;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t side = 0; side < sides; side++) {
            uint32_t next = fabric->neighbour[queue[i] * sides + side];
            if (fabric->side_link[queue[i] * sides + side] == PLACE_NONE || side_into[next] != 0xff)
                continue;
            side_into[next] = (uint8_t)side;
            queue[n++] = next;
        }
    CHECK(n == fabric->n_routers); /* a topology leads from each router to each other */
}

/* Does dimension order lead everywhere? All routers of the grid and all their links are there. */
static bool is_whole(const PlaceFabric *fabric)
{
    uint64_t width = fabric->router_width, height = fabric->router_height;
    if (fabric->n_routers < width * height)
        return false;
    for (uint32_t r = 0; r < fabric->n_routers; r++)
        for (uint32_t side = 0; side < fabric->n_sides; side++) {
            size_t i = (size_t)r * fabric->n_sides + side;
            if (fabric->neighbour[i] != PLACE_NONE && fabric->side_link[i] == PLACE_NONE)
                return false;
        }
    return true;
}

/* The steps into every router. */
static const PlaceStep *make_steps(Arena *scratch, const PlaceFabric *fabric)
{
    uint32_t sides = fabric->n_sides;
    PlaceStep *step = ARENA_ARRAY(scratch, PlaceStep, (size_t)fabric->n_routers * sides);
    for (uint32_t r = 0; r < fabric->n_routers; r++)
        for (uint32_t side = 0; side < sides; side++) {
            uint32_t before = fabric->neighbour[r * sides + (side + sides / 2) % sides];
            uint32_t link =
                before == PLACE_NONE ? PLACE_NONE : fabric->side_link[before * sides + side];
            step[r * sides + side] = (PlaceStep){before, link};
        }
    return step;
}

/* Trees for all pairs: in dimension order, or the shortest where that does not lead everywhere. */
static const uint8_t *make_trees(Arena *scratch, const PlaceFabric *fabric, bool whole)
{
    size_t n = fabric->n_routers;
    uint8_t *tree = ARENA_ARRAY(scratch, uint8_t, n * n);
    uint32_t *queue = ARENA_ARRAY(scratch, uint32_t, n);
    for (uint32_t root = 0; root < n; root++) {
        if (!whole)
            grow_tree(fabric, root, tree + root * n, queue);
        for (uint32_t to = 0; to < n && whole; to++)
            if (to != root)
                tree[root * n + to] = (uint8_t)last_side(fabric, root, to);
    }
    return tree;
}

/* Neighbours, steps and, where they pay or are needed, trees; router cells and links are set. */
static void finish_routers(Arena *scratch, PlaceFabric *fabric, const uint32_t *router_at)
{
    uint32_t *neighbour =
        ARENA_ARRAY(scratch, uint32_t, (size_t)fabric->n_routers * fabric->n_sides);
    for (uint32_t r = 0; r < fabric->n_routers; r++)
        for (uint32_t side = 0; side < fabric->n_sides; side++)
            neighbour[r * fabric->n_sides + side] = router_beside(fabric, router_at, r, side);
    fabric->neighbour = neighbour;
    fabric->step = make_steps(scratch, fabric);
    bool whole = is_whole(fabric);
    if (!whole || fabric->n_routers <= MAX_LISTED_ROUTERS)
        fabric->tree = make_trees(scratch, fabric, whole);
}

/* Tiles with a site, from the sites' cores; all cells are positions among all chips. Returns the
 * cells: that of the host is still to be set. */
static Cell2d *make_tiles(Arena *scratch, PlaceFabric *fabric, const Chip *chip)
{
    uint32_t per_tile = chip->grid.cores_per_tile, x_min = UINT32_MAX, y_min = UINT32_MAX;
    uint32_t x_max = 0, y_max = 0;
    for (uint32_t t = 0; t < chip->n_tiles; t++) {
        x_min = chip->tile[t].x < x_min ? chip->tile[t].x : x_min;
        x_max = chip->tile[t].x > x_max ? chip->tile[t].x : x_max;
        y_min = chip->tile[t].y < y_min ? chip->tile[t].y : y_min;
        y_max = chip->tile[t].y > y_max ? chip->tile[t].y : y_max;
    }
    uint32_t chip_width = x_max - x_min + 1, chip_height = y_max - y_min + 1;
    fabric->n_columns = chip->fabric.width;
    fabric->n_rows = chip->fabric.height;
    fabric->board_columns = chip->fabric.board_width;
    fabric->board_rows = chip->fabric.board_height;
    fabric->width = chip_width * fabric->n_columns;
    fabric->height = chip_height * fabric->n_rows;
    uint32_t *tile_of = ARENA_ARRAY(scratch, uint32_t, fabric->n_sites);
    uint32_t *first_site = ARENA_ARRAY(scratch, uint32_t, (size_t)fabric->n_sites + 1);
    Cell2d *cell = ARENA_ARRAY(scratch, Cell2d, (size_t)fabric->n_sites + 1);
    for (uint32_t s = 0; s < fabric->n_sites; s++) {
        uint32_t place = fabric->core[s] / per_tile;
        if (s == 0 || place != fabric->core[s - 1] / per_tile) {
            Cell2d chip_cell = chip->fabric.chip_cell[place / chip->n_tiles];
            Cell2d in_chip = chip->tile[place % chip->n_tiles];
            cell[fabric->n_tiles] = (Cell2d){chip_cell.x * chip_width + in_chip.x - x_min,
                                             chip_cell.y * chip_height + in_chip.y - y_min};
            first_site[fabric->n_tiles++] = s;
        }
        tile_of[s] = fabric->n_tiles - 1;
    }
    first_site[fabric->n_tiles] = fabric->n_sites;
    fabric->tile_of = tile_of;
    fabric->first_site = first_site;
    fabric->cell = cell;
    return cell;
}

/* What follows from the tiles: the map of cells, the largest tile. */
static void finish_tiles(Arena *scratch, PlaceFabric *fabric)
{
    size_t n_cells = (size_t)fabric->width * fabric->height;
    uint32_t *tile_at = ARENA_ARRAY(scratch, uint32_t, n_cells);
    memset(tile_at, 0xff, n_cells * sizeof *tile_at);
    for (uint32_t t = 0; t < fabric->n_tiles; t++) {
        uint32_t n = fabric->first_site[t + 1] - fabric->first_site[t];
        fabric->max_tile_sites = n > fabric->max_tile_sites ? n : fabric->max_tile_sites;
        tile_at[fabric->cell[t].y * fabric->width + fabric->cell[t].x] = t;
    }
    fabric->tile_at = tile_at;
}

/* Router and ways of each tile; the host stands at its router, by the first tile of that. */
static void make_ways(Arena *scratch, PlaceFabric *fabric, const Topology *topology,
                      Cell2d *host_cell)
{
    uint32_t n_tiles = fabric->n_tiles;
    uint32_t *router_of = ARENA_ARRAY(scratch, uint32_t, (size_t)n_tiles + 1);
    PlaceWay *up = ARENA_ARRAY(scratch, PlaceWay, (size_t)n_tiles + 1);
    PlaceWay *down = ARENA_ARRAY(scratch, PlaceWay, (size_t)n_tiles + 1);
    fabric->router_of = router_of;
    fabric->up = up;
    fabric->down = down;
    if (topology == NULL)
        return;
    const Chip *chip = topology->chip;
    for (uint32_t t = 0; t < n_tiles; t++) {
        uint32_t core = fabric->core[fabric->first_site[t]];
        router_of[t] = topology_router_of_core(topology, core);
        if (topology->n_links == 0)
            continue;
        uint32_t place = core / chip->grid.cores_per_tile, in_chip = place % chip->n_tiles;
        uint32_t base = place / chip->n_tiles * topology->n_links;
        const NocPath *to = &topology->to_router[in_chip], *from = &topology->from_router[in_chip];
        up[t] = (PlaceWay){to->n_links, base, to->link};
        down[t] = (PlaceWay){from->n_links, base, from->link};
    }
    router_of[n_tiles] = topology->host_router;
    for (uint32_t t = n_tiles; t-- > 0;)
        if (router_of[t] == topology->host_router)
            *host_cell = fabric->cell[t];
}

/* Cycles of the network-on-chip that a frame takes up a link between chips, on their board or off
 * it; 1 on a mesh. */
static uint32_t price_of_link(const Chip *chip, bool off_board)
{
    const ChipLinks *links = &chip->links;
    double bits = links->frame_bits.value * chip->noc.hz.value, most = bits / MAX_PRICE;
    double speed =
        off_board ? links->off_board_bits_per_second.value : links->on_board_bits_per_second.value;
    if (chip->fabric.routing == ROUTING_MESH || speed >= bits)
        return 1;
    return speed <= most ? MAX_PRICE : (uint32_t)(bits / speed + 0.5);
}

uint32_t place_crossing(const PlaceFabric *fabric, uint32_t a, uint32_t b)
{
    if (fabric->topology == NULL || fabric->n_columns * fabric->n_rows == 1 || a == b)
        return 0;
    const Chip *chip = fabric->topology->chip;
    return price_of_link(chip, chip_board(&chip->fabric, fabric->router_cell[a]) !=
                                   chip_board(&chip->fabric, fabric->router_cell[b]));
}

/* All links: those of networks-on-chip, then those between routers. */
static const uint32_t *price_links(Arena *scratch, const PlaceFabric *fabric)
{
    const Topology *topology = fabric->topology;
    uint32_t *price = ARENA_ARRAY(scratch, uint32_t, fabric->n_links);
    uint32_t first = fabric->n_links - (topology == NULL ? 0 : topology->n_router_links);
    for (uint32_t l = 0; l < fabric->n_links; l++)
        price[l] = l < first
                       ? 1
                       : price_of_link(topology->chip, topology->router_link[l - first].off_board);
    return price;
}

static void make_routers(Arena *scratch, PlaceFabric *fabric, const Topology *topology)
{
    static const Cell2d alone = {0, 0};
    fabric->n_routers = topology == NULL ? 1 : topology->n_routers;
    fabric->n_sides = topology == NULL ? 4 : topology->n_sides;
    fabric->router_width = topology == NULL ? 1 : topology->router_width;
    fabric->router_height = topology == NULL ? 1 : topology->router_height;
    fabric->wrap = topology != NULL && topology->router_wrap;
    fabric->router_cell = topology == NULL ? &alone : topology->router_cell;
    size_t n_sides = (size_t)fabric->n_routers * fabric->n_sides;
    size_t n_cells = (size_t)fabric->router_width * fabric->router_height;
    uint32_t *side_link = ARENA_ARRAY(scratch, uint32_t, n_sides);
    uint32_t *router_at = ARENA_ARRAY(scratch, uint32_t, n_cells);
    memset(side_link, 0xff, n_sides * sizeof *side_link);
    memset(router_at, 0xff, n_cells * sizeof *router_at);
    for (uint32_t r = 0; r < fabric->n_routers; r++)
        router_at[fabric->router_cell[r].y * fabric->router_width + fabric->router_cell[r].x] = r;
    if (topology != NULL) {
        fabric->n_links = topology_all_links(topology);
        uint32_t first = fabric->n_links - topology->n_router_links;
        for (uint32_t l = 0; l < topology->n_router_links; l++) {
            const RouterLink *link = &topology->router_link[l];
            side_link[link->from * fabric->n_sides + link->side] = first + l;
        }
    }
    fabric->side_link = side_link;
    fabric->price = price_links(scratch, fabric);
    finish_routers(scratch, fabric, router_at);
}

const PlaceFabric *place_fabric_make(Arena *scratch, const Chip *chip, const Topology *topology)
{
    PlaceFabric *fabric = ARENA_ARRAY(scratch, PlaceFabric, 1);
    uint32_t *core;
    fabric->topology = topology;
    fabric->n_sites = chip_list_usable(scratch, chip, &core);
    fabric->core = core;
    Cell2d *cell = make_tiles(scratch, fabric, chip);
    finish_tiles(scratch, fabric);
    make_ways(scratch, fabric, topology, &cell[fabric->n_tiles]);
    make_routers(scratch, fabric, topology);
    return fabric;
}

/* --- a plain grid ------------------------------------------------------------------------------
 * */

/* Links out of every router, numbered by router, then side; none where there is no neighbour. */
static void link_grid(Arena *scratch, PlaceFabric *fabric, const uint32_t *router_at)
{
    size_t n_sides = (size_t)fabric->n_routers * fabric->n_sides;
    uint32_t *side_link = ARENA_ARRAY(scratch, uint32_t, n_sides);
    for (uint32_t r = 0; r < fabric->n_routers; r++)
        for (uint32_t side = 0; side < fabric->n_sides; side++) {
            bool there = router_beside(fabric, router_at, r, side) != PLACE_NONE;
            side_link[r * fabric->n_sides + side] = there ? fabric->n_links++ : PLACE_NONE;
        }
    fabric->side_link = side_link;
}

/* Routers and tiles by cell, column by column. */
static const uint32_t *fill_grid(Arena *scratch, PlaceFabric *fabric, const PlaceGridCell *kind)
{
    size_t n_cells = (size_t)fabric->width * fabric->height;
    uint32_t *router_at = ARENA_ARRAY(scratch, uint32_t, n_cells);
    uint32_t *router_of = ARENA_ARRAY(scratch, uint32_t, n_cells + 1);
    Cell2d *router_cell = ARENA_ARRAY(scratch, Cell2d, n_cells);
    Cell2d *cell = ARENA_ARRAY(scratch, Cell2d, n_cells + 1);
    for (uint32_t i = 0; i < n_cells; i++) {
        Cell2d here = {i / fabric->height, i % fabric->height};
        size_t at = (size_t)here.y * fabric->width + here.x;
        router_at[at] = PLACE_NONE;
        if (kind != NULL && kind[at] == GRID_NOTHING)
            continue;
        router_at[at] = fabric->n_routers;
        if (kind == NULL || kind[at] == GRID_TILE) {
            router_of[fabric->n_tiles] = fabric->n_routers;
            cell[fabric->n_tiles++] = here;
        }
        router_cell[fabric->n_routers++] = here;
    }
    router_of[fabric->n_tiles] = router_of[0]; /* the host */
    cell[fabric->n_tiles] = cell[0];
    fabric->router_cell = router_cell;
    fabric->router_of = router_of;
    fabric->cell = cell;
    return router_at;
}

const PlaceFabric *place_fabric_grid(Arena *scratch, PlaceGrid grid, const PlaceGridCell *kind)
{
    PlaceFabric *fabric = ARENA_ARRAY(scratch, PlaceFabric, 1);
    *fabric = (PlaceFabric){.n_columns = 1,
                            .n_rows = 1,
                            .board_columns = 1,
                            .board_rows = 1,
                            .width = grid.width,
                            .height = grid.height,
                            .n_sides = grid.n_sides,
                            .router_width = grid.width,
                            .router_height = grid.height,
                            .wrap = grid.wrap};
    const uint32_t *router_at = fill_grid(scratch, fabric, kind);
    size_t n_tiles = fabric->n_tiles;
    fabric->n_sites = fabric->n_tiles * grid.sites_per_tile;
    uint32_t *first_site = ARENA_ARRAY(scratch, uint32_t, n_tiles + 1);
    uint32_t *core = ARENA_ARRAY(scratch, uint32_t, fabric->n_sites);
    uint32_t *tile_of = ARENA_ARRAY(scratch, uint32_t, fabric->n_sites);
    for (uint32_t t = 0; t <= n_tiles; t++)
        first_site[t] = t * grid.sites_per_tile;
    for (uint32_t s = 0; s < fabric->n_sites; s++) {
        core[s] = s;
        tile_of[s] = s / grid.sites_per_tile;
    }
    fabric->first_site = first_site;
    fabric->core = core;
    fabric->tile_of = tile_of;
    fabric->up = fabric->down = ARENA_ARRAY(scratch, PlaceWay, n_tiles + 1);
    finish_tiles(scratch, fabric);
    link_grid(scratch, fabric, router_at);
    fabric->price = price_links(scratch, fabric);
    finish_routers(scratch, fabric, router_at);
    return fabric;
}
