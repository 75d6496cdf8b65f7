/* topology_noc.c - the network-on-chip of a chip with a central router: ports, links, and the two
 * paths of every tile.
 *
 * Paths are x-then-y (dimension order). Whether a straight run of cells holds only tiles is
 * answered by prefix sums along rows and columns, so a path is tried in O(1) and only the chosen
 * one is walked. Deadlock: the channel dependency graph has a node for each link and one for the
 * router, and an edge from each link of a path to the next; a path towards the router goes on
 * through it into every path from it. No cycle in it means that packets cannot wait for one another
 * in a ring (Dally and Seitz 1987). On a board packets come in and leave by router links too: those
 * lie between the paths to a router and the paths from one, so this graph and that of the turns
 * (topology_turns.c) are acyclic together if each is alone.
 * cost: O(tiles * (ports + width + height)) time and memory.
 */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "topology_private.h"

enum { SIDES = 4 };

/* The grid with a margin of one cell of non-tiles all around; positions count from 0 inside. */
typedef struct Plan {
    uint32_t width, height;      /* with margin                                          */
    uint32_t *tile;              /* [height * width] tile id, or UINT32_MAX              */
    uint32_t *blocked_in_row;    /* [height * width] non-tiles up to here, along x       */
    uint32_t *blocked_in_column; /* [height * width] the same along y                    */
} Plan;

typedef struct NocBuilder {
    const Chip *chip;
    Arena *arena, *scratch;
    Topology *topology;
    Plan plan;
    uint32_t *first_link; /* [n_tiles + n_ports + 1] into topology->link          */
} NocBuilder;

static uint32_t plan_at(const NocBuilder *builder, uint32_t x, uint32_t y)
{
    const Grid *grid = &builder->chip->grid;
    return (y + 1 - grid->y_min) * builder->plan.width + x + 1 - grid->x_min;
}

static void make_plan(NocBuilder *builder)
{
    const Chip *chip = builder->chip;
    Plan *plan = &builder->plan;
    plan->width = chip->grid.x_max - chip->grid.x_min + 3;
    plan->height = chip->grid.y_max - chip->grid.y_min + 3;
    size_t n = (size_t)plan->width * plan->height;
    plan->tile = ARENA_ARRAY(builder->scratch, uint32_t, n);
    plan->blocked_in_row = ARENA_ARRAY(builder->scratch, uint32_t, n);
    plan->blocked_in_column = ARENA_ARRAY(builder->scratch, uint32_t, n);
    memset(plan->tile, 0xff, n * sizeof *plan->tile);
    for (uint32_t t = 0; t < chip->n_tiles; t++)
        plan->tile[plan_at(builder, chip->tile[t].x, chip->tile[t].y)] = t;
    for (size_t i = 0; i < n; i++) { /* column 0 is margin: a row's sum may begin with any value */
        uint32_t blocked = plan->tile[i] == UINT32_MAX;
        plan->blocked_in_row[i] = blocked + (i > 0 ? plan->blocked_in_row[i - 1] : 0);
        plan->blocked_in_column[i] =
            blocked + (i >= plan->width ? plan->blocked_in_column[i - plan->width] : 0);
    }
}

/* Tiles beside a cell in the order west, east, south, north; UINT32_MAX where there is none. */
static void neighbours(const NocBuilder *builder, Cell2d cell, uint32_t tile[SIDES])
{
    uint32_t at = plan_at(builder, cell.x, cell.y);
    const Plan *plan = &builder->plan;
    tile[0] = plan->tile[at - 1];
    tile[1] = plan->tile[at + 1];
    tile[2] = plan->tile[at - plan->width];
    tile[3] = plan->tile[at + plan->width];
}

static Status make_ports(NocBuilder *builder, Err *err)
{
    const Grid *grid = &builder->chip->grid;
    Topology *topology = builder->topology;
    uint32_t *tile_of = ARENA_ARRAY(builder->arena, uint32_t, (size_t)SIDES * grid->n_router_cells);
    Cell2d *cell_of = ARENA_ARRAY(builder->arena, Cell2d, (size_t)SIDES * grid->n_router_cells);
    for (uint32_t r = 0; r < grid->n_router_cells; r++) {
        uint32_t beside[SIDES];
        neighbours(builder, grid->router_cell[r], beside);
        for (int side = 0; side < SIDES; side++) {
            if (beside[side] == UINT32_MAX)
                continue;
            tile_of[topology->n_ports] = beside[side];
            cell_of[topology->n_ports] = grid->router_cell[r];
            topology->n_ports++;
        }
    }
    topology->port_tile = tile_of;
    topology->port_cell = cell_of;
    if (topology->n_ports == 0)
        return err_set(err, STATUS_INPUT, "no tile lies beside the router; expected at least one");
    return STATUS_OK;
}

static int by_number(const void *a, const void *b)
{
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
    return first < second ? -1 : first > second;
}

/* Nodes that a tile has links to, ascending; returns how many. */
static uint32_t nodes_beside(const NocBuilder *builder, uint32_t tile, uint32_t node[2 * SIDES])
{
    const Topology *topology = builder->topology;
    uint32_t beside[SIDES], n = 0;
    neighbours(builder, builder->chip->tile[tile], beside);
    for (int side = 0; side < SIDES; side++)
        if (beside[side] != UINT32_MAX)
            node[n++] = beside[side];
    for (uint32_t p = 0; p < topology->n_ports; p++)
        if (topology->port_tile[p] == tile)
            node[n++] = topology->n_tiles + p;
    CHECK(n <= 2 * SIDES);
    qsort(node, n, sizeof *node, by_number);
    return n;
}

static void make_links(NocBuilder *builder)
{
    Topology *topology = builder->topology;
    uint32_t n_tiles = topology->n_tiles, n_ports = topology->n_ports;
    NocLink *link =
        ARENA_ARRAY(builder->arena, NocLink, (size_t)SIDES * n_tiles + 2 * (size_t)n_ports);
    builder->first_link = ARENA_ARRAY(builder->scratch, uint32_t, (size_t)n_tiles + n_ports + 1);
    uint32_t n_links = 0;
    for (uint32_t t = 0; t < n_tiles; t++) {
        uint32_t node[2 * SIDES];
        uint32_t n = nodes_beside(builder, t, node);
        builder->first_link[t] = n_links;
        for (uint32_t i = 0; i < n; i++)
            link[n_links++] = (NocLink){t, node[i]};
    }
    for (uint32_t p = 0; p < n_ports; p++) {
        builder->first_link[n_tiles + p] = n_links;
        link[n_links++] = (NocLink){n_tiles + p, topology->port_tile[p]};
    }
    builder->first_link[n_tiles + n_ports] = n_links;
    topology->link = link;
    topology->n_links = n_links;
}

static uint32_t link_between(const NocBuilder *builder, uint32_t from, uint32_t to)
{
    uint32_t i = builder->first_link[from], end = builder->first_link[from + 1];
    while (i < end && builder->topology->link[i].to != to)
        i++;
    CHECK(i < end); /* nodes of a path are neighbours */
    return i;
}

static uint32_t distance(uint32_t a, uint32_t b)
{
    return a < b ? b - a : a - b;
}

/* All cells of a straight run, both ends included, are tiles. */
static bool is_free(const uint32_t *blocked, uint32_t from, uint32_t to)
{
    return blocked[from] == blocked[to];
}

/* The x-then-y path between two tiles crosses tiles only. Both ends are tiles, so prefix sums at
 * the ends of a run are equal exactly if nothing blocks it. */
static bool path_is_free(const NocBuilder *builder, uint32_t from, uint32_t to)
{
    Cell2d a = builder->chip->tile[from], b = builder->chip->tile[to];
    uint32_t start = plan_at(builder, a.x, a.y), corner = plan_at(builder, b.x, a.y);
    uint32_t end = plan_at(builder, b.x, b.y);
    const Plan *plan = &builder->plan;
    return plan->tile[corner] != UINT32_MAX && is_free(plan->blocked_in_row, start, corner) &&
           is_free(plan->blocked_in_column, corner, end);
}

static uint32_t tiles_apart(const Chip *chip, uint32_t from, uint32_t to)
{
    return distance(chip->tile[from].x, chip->tile[to].x) +
           distance(chip->tile[from].y, chip->tile[to].y);
}

/* The port of the fewest hops for a tile; ties go to the port with the least load, then the lowest.
 * load is NULL towards the router. Returns n_ports if no port can be reached. */
static uint32_t choose_port(const NocBuilder *builder, uint32_t tile, bool to_router,
                            const uint32_t *load)
{
    const Topology *topology = builder->topology;
    uint32_t best = topology->n_ports, best_hops = UINT32_MAX, best_load = 0;
    for (uint32_t p = 0; p < topology->n_ports; p++) {
        uint32_t beside = topology->port_tile[p];
        uint32_t hops = tiles_apart(builder->chip, tile, beside);
        uint32_t its_load = load == NULL ? 0 : load[p];
        if (hops > best_hops || (hops == best_hops && its_load >= best_load))
            continue;
        if (!path_is_free(builder, to_router ? tile : beside, to_router ? beside : tile))
            continue;
        best = p;
        best_hops = hops;
        best_load = its_load;
    }
    return best;
}

/* Links of the x-then-y path between two tiles, appended at `link`; returns how many. */
static uint32_t walk(const NocBuilder *builder, uint32_t from, uint32_t to, uint32_t *link)
{
    Cell2d at = builder->chip->tile[from], end = builder->chip->tile[to];
    uint32_t n = 0, node = from;
    while (at.x != end.x || at.y != end.y) {
        if (at.x != end.x)
            at.x += at.x < end.x ? 1 : UINT32_MAX;
        else
            at.y += at.y < end.y ? 1 : UINT32_MAX;
        uint32_t next = builder->plan.tile[plan_at(builder, at.x, at.y)];
        link[n++] = link_between(builder, node, next);
        node = next;
    }
    return n;
}

static NocPath make_path(NocBuilder *builder, uint32_t tile, uint32_t port, bool to_router)
{
    const Topology *topology = builder->topology;
    uint32_t beside = topology->port_tile[port], port_node = topology->n_tiles + port;
    uint32_t n_links = tiles_apart(builder->chip, tile, beside) + 1;
    uint32_t *link = ARENA_ARRAY(builder->arena, uint32_t, n_links);
    if (to_router) {
        uint32_t n = walk(builder, tile, beside, link);
        link[n] = link_between(builder, beside, port_node);
    } else {
        link[0] = link_between(builder, port_node, beside);
        walk(builder, beside, tile, link + 1);
    }
    return (NocPath){.n_links = n_links, .link = link, .port = port};
}

static Status make_paths(NocBuilder *builder, bool to_router, const NocPath **out, Err *err)
{
    const Chip *chip = builder->chip;
    const Topology *topology = builder->topology;
    NocPath *path = ARENA_ARRAY(builder->arena, NocPath, topology->n_tiles);
    uint32_t *load = ARENA_ARRAY(builder->scratch, uint32_t, topology->n_ports);
    for (uint32_t t = 0; t < topology->n_tiles; t++) {
        uint32_t port = choose_port(builder, t, to_router, to_router ? NULL : load);
        if (port == topology->n_ports)
            return err_set(
                err, STATUS_INPUT,
                "tile (%u,%u) has no path %s the router; expected one along x, then y, over "
                "tiles only",
                chip->tile[t].x, chip->tile[t].y, to_router ? "to" : "from");
        path[t] = make_path(builder, t, port, to_router);
        load[port]++;
    }
    *out = path;
    return STATUS_OK;
}

/* The channel dependency graph: for each link the links that a packet may want next. */
typedef struct Dependencies {
    uint32_t n_nodes; /* links, and the router as the last node */
    uint32_t *start;  /* [n_nodes + 1]                          */
    uint32_t *next;
} Dependencies;

/* Visit every edge of one path; count them (next == NULL) or store them. */
static void add_path(Dependencies *graph, const NocPath *path, bool to_router, uint32_t *fill)
{
    uint32_t router = graph->n_nodes - 1;
    for (uint32_t i = 0; i <= path->n_links; i++) {
        bool first = i == 0, last = i == path->n_links;
        if ((first && to_router) || (last && !to_router))
            continue; /* paths begin and end in cores */
        uint32_t from = first ? router : path->link[i - 1];
        uint32_t to = last ? router : path->link[i];
        if (graph->next != NULL)
            graph->next[graph->start[from] + fill[from]] = to;
        fill[from]++;
    }
}

static void add_all_paths(Dependencies *graph, const Topology *topology, uint32_t *fill)
{
    memset(fill, 0, graph->n_nodes * sizeof *fill);
    for (uint32_t t = 0; t < topology->n_tiles; t++) {
        add_path(graph, &topology->to_router[t], true, fill);
        add_path(graph, &topology->from_router[t], false, fill);
    }
}

static Dependencies make_dependencies(Arena *scratch, const Topology *topology, uint32_t *fill)
{
    Dependencies graph = {.n_nodes = topology->n_links + 1};
    graph.start = ARENA_ARRAY(scratch, uint32_t, (size_t)graph.n_nodes + 1);
    add_all_paths(&graph, topology, fill);
    for (uint32_t i = 0; i < graph.n_nodes; i++)
        graph.start[i + 1] = graph.start[i] + fill[i];
    graph.next = ARENA_ARRAY(scratch, uint32_t, graph.start[graph.n_nodes]);
    add_all_paths(&graph, topology, fill);
    return graph;
}

static Status refuse_deadlock(NocBuilder *builder, Err *err)
{
    const Topology *topology = builder->topology;
    uint32_t *fill = ARENA_ARRAY(builder->scratch, uint32_t, (size_t)topology->n_links + 1);
    Dependencies graph = make_dependencies(builder->scratch, topology, fill);
    uint32_t node = graph_find_cycle(builder->scratch, graph.n_nodes, graph.start, graph.next);
    if (node == UINT32_MAX)
        return STATUS_OK;
    const char *name =
        node == topology->n_links ? "the router" : noc_link_name(builder->scratch, topology, node);
    return err_set(err, STATUS_INPUT,
                   "packets can wait for one another in a ring through %s; expected a grid whose "
                   "paths to and from the router share no link",
                   name);
}

static Status build(NocBuilder *builder, Err *err)
{
    Topology *topology = builder->topology;
    make_plan(builder);
    TRY(make_ports(builder, err));
    make_links(builder);
    TRY(make_paths(builder, true, &topology->to_router, err));
    TRY(make_paths(builder, false, &topology->from_router, err));
    return refuse_deadlock(builder, err);
}

Status topology_add_noc(Arena *arena, Arena *scratch, Topology *topology, Err *err)
{
    NocBuilder builder = {
        .chip = topology->chip, .arena = arena, .scratch = scratch, .topology = topology};
    return build(&builder, err);
}
