/* topology_routers.c - the graph of routers: where each stands, and the links between them.
 *
 * Routers stand in a grid: chips on their board, or tiles of a mesh. Each has 4 or 6 sides; the
 * step from a side and the step from the opposite side undo one another, so links come in pairs. A
 * side whose cell is missing, or beyond a border without wrap, has no link; nor has one that would
 * lead back to its own router. A dead link takes both directions.
 * cost: O(grid cells + routers * sides) time and memory.
 */
#include <string.h>

#include "base/check.h"
#include "topology_private.h"

typedef struct Step {
    int8_t x, y;
} Step;

enum { SIDES_MAX = 6 };

static const Step STEP_4[] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
static const Step STEP_6[] = {{1, 0}, {1, 1}, {0, 1}, {-1, 0}, {-1, -1}, {0, -1}};
static const char *const NAME_4[] = {"E", "N", "W", "S"};
static const char *const NAME_6[] = {"E", "NE", "N", "W", "SW", "S"};

void side_step(uint32_t n_sides, uint32_t side, int32_t *dx, int32_t *dy)
{
    CHECK((n_sides == 4 || n_sides == SIDES_MAX) && side < n_sides);
    const Step *step = n_sides == 4 ? &STEP_4[side] : &STEP_6[side];
    *dx = step->x;
    *dy = step->y;
}

const char *side_name(uint32_t n_sides, uint32_t side)
{
    CHECK((n_sides == 4 || n_sides == SIDES_MAX) && side < n_sides);
    return n_sides == 4 ? NAME_4[side] : NAME_6[side];
}

uint32_t side_opposite(uint32_t n_sides, uint32_t side)
{
    return (side + n_sides / 2) % n_sides;
}

typedef struct RouterGrid {
    const Topology *topology;
    uint32_t *router_at; /* [width * height] router, or UINT32_MAX                */
    uint8_t *dead_sides; /* [n_routers] bit s: the link of side s is dead          */
} RouterGrid;

/* Position after one step along an axis of n cells; false beyond a border. */
static bool step_along(uint32_t *at, int32_t step, uint32_t n, bool wrap)
{
    bool leaves = (step > 0 && *at == n - 1) || (step < 0 && *at == 0);
    if (leaves && !wrap)
        return false;
    if (leaves)
        *at = step > 0 ? 0 : n - 1;
    else
        *at = (uint32_t)((int64_t)*at + step);
    return true;
}

/* The router beyond a side, or UINT32_MAX; also where it is the router itself. */
static uint32_t router_beyond(const RouterGrid *grid, uint32_t router, uint32_t side)
{
    const Topology *topology = grid->topology;
    Cell2d cell = topology->router_cell[router];
    int32_t dx, dy;
    side_step(topology->n_sides, side, &dx, &dy);
    if (!step_along(&cell.x, dx, topology->router_width, topology->router_wrap) ||
        !step_along(&cell.y, dy, topology->router_height, topology->router_wrap))
        return UINT32_MAX;
    uint32_t beyond = grid->router_at[(size_t)cell.y * topology->router_width + cell.x];
    return beyond == router ? UINT32_MAX : beyond;
}

static void place_routers(Arena *arena, Topology *topology)
{
    const Chip *chip = topology->chip;
    const Fabric *fabric = &chip->fabric;
    topology->n_sides = fabric->n_sides;
    topology->router_wrap = fabric->wrap;
    topology->host_router = fabric->host_router;
    if (fabric->routing == ROUTING_CENTRAL) {
        topology->n_routers = fabric->n_chips;
        topology->router_width = fabric->width;
        topology->router_height = fabric->height;
        topology->cores_per_router = chip_cores_per_chip(chip);
        topology->router_cell = fabric->chip_cell;
        return;
    }
    const Grid *grid = &chip->grid;
    topology->n_routers = chip->n_tiles;
    topology->router_width = grid->x_max - grid->x_min + 1;
    topology->router_height = grid->y_max - grid->y_min + 1;
    topology->cores_per_router = grid->cores_per_tile;
    Cell2d *cell = ARENA_ARRAY(arena, Cell2d, chip->n_tiles);
    for (uint32_t t = 0; t < chip->n_tiles; t++)
        cell[t] = (Cell2d){chip->tile[t].x - grid->x_min, chip->tile[t].y - grid->y_min};
    topology->router_cell = cell;
}

static RouterGrid make_grid(Arena *scratch, const Topology *topology)
{
    size_t n_cells = (size_t)topology->router_width * topology->router_height;
    RouterGrid grid = {topology, ARENA_ARRAY(scratch, uint32_t, n_cells),
                       ARENA_ARRAY(scratch, uint8_t, topology->n_routers)};
    memset(grid.router_at, 0xff, n_cells * sizeof *grid.router_at);
    for (uint32_t r = 0; r < topology->n_routers; r++) {
        Cell2d cell = topology->router_cell[r];
        grid.router_at[(size_t)cell.y * topology->router_width + cell.x] = r;
    }
    const Fabric *fabric = &topology->chip->fabric;
    for (uint32_t i = 0; i < fabric->n_dead_links; i++) {
        const DeadLink *dead = &fabric->dead_link[i];
        uint32_t from =
            grid.router_at[(size_t)dead->cell.y * topology->router_width + dead->cell.x];
        uint32_t to = from == UINT32_MAX ? from : router_beyond(&grid, from, dead->side);
        if (to == UINT32_MAX)
            continue; /* a part around it is dead too */
        grid.dead_sides[from] |= (uint8_t)(1U << dead->side);
        grid.dead_sides[to] |= (uint8_t)(1U << side_opposite(topology->n_sides, dead->side));
    }
    return grid;
}

static bool is_off_board(const Topology *topology, uint32_t from, uint32_t to)
{
    const Fabric *fabric = &topology->chip->fabric;
    return fabric->routing == ROUTING_CENTRAL && chip_board(fabric, topology->router_cell[from]) !=
                                                     chip_board(fabric, topology->router_cell[to]);
}

static void make_router_links(Arena *arena, const RouterGrid *grid, Topology *topology)
{
    uint32_t n_routers = topology->n_routers, n_sides = topology->n_sides, n_links = 0;
    uint32_t *first = ARENA_ARRAY(arena, uint32_t, (size_t)n_routers + 1);
    RouterLink *link = ARENA_ARRAY(arena, RouterLink, (size_t)n_routers * n_sides);
    for (uint32_t r = 0; r < n_routers; r++) {
        first[r] = n_links;
        for (uint32_t side = 0; side < n_sides; side++) {
            uint32_t to = router_beyond(grid, r, side);
            if (to != UINT32_MAX && (grid->dead_sides[r] >> side & 1) == 0)
                link[n_links++] = (RouterLink){
                    .from = r, .to = to, .side = side, .off_board = is_off_board(topology, r, to)};
        }
    }
    first[n_routers] = n_links;
    topology->n_router_links = n_links;
    topology->router_link = link;
    topology->first_router_link = first;
    for (uint32_t i = 0; i < n_links; i++) {
        link[i].back = topology_link_at(topology, link[i].to, side_opposite(n_sides, link[i].side));
        CHECK(link[i].back != UINT32_MAX); /* both directions work, or neither */
    }
}

bool router_link_wraps(const Topology *topology, uint32_t link)
{
    const RouterLink *ends = &topology->router_link[link];
    Cell2d from = topology->router_cell[ends->from], to = topology->router_cell[ends->to];
    int32_t dx, dy;
    side_step(topology->n_sides, ends->side, &dx, &dy);
    return (int64_t)from.x + dx != to.x || (int64_t)from.y + dy != to.y;
}

/* Every router must be reached from router 0; links work both ways, so then all reach all. */
static Status refuse_islands(Arena *scratch, const Topology *topology, Err *err)
{
    uint32_t n_routers = topology->n_routers, n_reached = 1;
    bool *reached = ARENA_ARRAY(scratch, bool, n_routers);
    uint32_t *queue = ARENA_ARRAY(scratch, uint32_t, n_routers);
    reached[0] = true;
    for (uint32_t at = 0; at < n_reached; at++) {
        uint32_t end = topology->first_router_link[queue[at] + 1];
        for (uint32_t i = topology->first_router_link[queue[at]]; i < end; i++) {
            uint32_t to = topology->router_link[i].to;
            if (!reached[to])
                queue[n_reached++] = to;
            reached[to] = true;
        }
    }
    if (n_reached == n_routers)
        return STATUS_OK;
    uint32_t lost = 0;
    while (reached[lost])
        lost++;
    bool is_mesh = topology->chip->fabric.routing == ROUTING_MESH;
    const Cell2d *cell = is_mesh ? topology->chip->tile : topology->router_cell;
    return err_set(err, STATUS_INPUT,
                   "no links lead from %s (%u,%u) to %s (%u,%u); expected all routers to be "
                   "connected",
                   is_mesh ? "tile" : "chip", cell[0].x, cell[0].y, is_mesh ? "tile" : "chip",
                   cell[lost].x, cell[lost].y);
}

Status topology_add_routers(Arena *arena, Arena *scratch, Topology *topology, Err *err)
{
    place_routers(arena, topology);
    RouterGrid grid = make_grid(scratch, topology);
    make_router_links(arena, &grid, topology);
    return refuse_islands(scratch, topology, err);
}
