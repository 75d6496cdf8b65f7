/* topology.c - put a Topology together, and answer questions about it.
 *
 * The parts are made by topology_noc.c (network-on-chip of chips with a central router),
 * topology_routers.c (the graph of routers) and topology_turns.c (which way packets may turn).
 */
#include "arch/topology.h"

#include <string.h>

#include "base/check.h"
#include "topology_private.h"

/* A mesh has no network-on-chip: a core hands its packets to the router of its own tile. */
static void add_empty_paths(Arena *arena, Topology *topology)
{
    NocPath *path = ARENA_ARRAY(arena, NocPath, topology->n_tiles);
    topology->to_router = path;
    topology->from_router = path;
}

static Status add_routers(Arena *arena, Arena *scratch, Topology *topology, Err *err)
{
    TRY(topology_add_routers(arena, scratch, topology, err));
    topology_add_turns(arena, scratch, topology);
    return STATUS_OK;
}

static Status add_all(Arena *arena, Arena *scratch, Topology *topology, Err *err)
{
    if (topology->chip->fabric.routing == ROUTING_CENTRAL)
        TRY(topology_add_noc(arena, scratch, topology, err));
    else
        add_empty_paths(arena, topology);
    return add_routers(arena, scratch, topology, err);
}

typedef Status (*AddParts)(Arena *arena, Arena *scratch, Topology *topology, Err *err);

static Status build(Arena *arena, const Chip *chip, AddParts add, const Topology **out, Err *err)
{
    *out = NULL;
    Topology *topology = ARENA_ARRAY(arena, Topology, 1);
    topology->chip = chip;
    topology->n_tiles = chip->n_tiles;
    Arena *scratch = arena_new();
    Status status = add(arena, scratch, topology, err);
    arena_free(scratch);
    if (status == STATUS_OK)
        *out = topology;
    return status;
}

Status topology_build(Arena *arena, const Chip *chip, const Topology **out, Err *err)
{
    return build(arena, chip, add_all, out, err);
}

Status topology_build_routers(Arena *arena, const Chip *chip, const Topology **out, Err *err)
{
    return build(arena, chip, add_routers, out, err);
}

/* Depth-first search without recursion. done: 0 new, 1 on the stack, 2 done. */
uint32_t graph_find_cycle(Arena *scratch, uint32_t n_nodes, const uint32_t *start,
                          const uint32_t *next_node)
{
    uint8_t *done = ARENA_ARRAY(scratch, uint8_t, n_nodes);
    uint32_t *stack = ARENA_ARRAY(scratch, uint32_t, n_nodes);
    uint32_t *edge = ARENA_ARRAY(scratch, uint32_t, n_nodes);
    memcpy(edge, start, n_nodes * sizeof *edge);
    for (uint32_t root = 0; root < n_nodes; root++) {
        uint32_t depth = 0;
        if (done[root] == 0)
            stack[depth++] = root;
        while (depth > 0) {
            uint32_t node = stack[depth - 1];
            done[node] = 1;
            if (edge[node] == start[node + 1]) {
                done[node] = 2;
                depth--;
                continue;
            }
            uint32_t next = next_node[edge[node]++];
            if (done[next] == 1)
                return next;
            if (done[next] == 0)
                stack[depth++] = next;
        }
    }
    return UINT32_MAX;
}

uint32_t topology_router_of_core(const Topology *topology, uint32_t core)
{
    return core / topology->cores_per_router;
}

bool topology_turn_allowed(const Topology *topology, uint32_t in, uint32_t out)
{
    const RouterLink *link = topology->router_link;
    if (link[in].to != link[out].from)
        return false;
    return (topology->turns[link[in].to] & turn_bit(link[in].side, link[out].side)) != 0;
}

uint32_t topology_link_at(const Topology *topology, uint32_t router, uint32_t side)
{
    uint32_t end = topology->first_router_link[router + 1];
    for (uint32_t i = topology->first_router_link[router]; i < end; i++)
        if (topology->router_link[i].side == side)
            return i;
    return UINT32_MAX;
}

uint32_t topology_default_link(const Topology *topology, uint32_t in)
{
    const RouterLink *link = &topology->router_link[in];
    return topology_link_at(topology, link->to, link->side);
}

uint32_t topology_all_links(const Topology *topology)
{
    return topology->chip->fabric.n_chips * topology->n_links + topology->n_router_links;
}

uint32_t topology_hops(const Topology *topology, uint32_t from, uint32_t to)
{
    return topology->to_router[from].n_links + topology->from_router[to].n_links;
}

const char *noc_link_name(Arena *arena, const Topology *topology, uint32_t link)
{
    const Cell2d *tile = topology->chip->tile;
    NocLink ends = topology->link[link];
    if (ends.from >= topology->n_tiles)
        return arena_printf(arena, "router->(%u,%u)", tile[ends.to].x, tile[ends.to].y);
    const Cell2d *from = &tile[ends.from];
    if (ends.to >= topology->n_tiles)
        return arena_printf(arena, "(%u,%u)->router", from->x, from->y);
    return arena_printf(arena, "(%u,%u)->(%u,%u)", from->x, from->y, tile[ends.to].x,
                        tile[ends.to].y);
}

const char *topology_router_link_name(Arena *arena, const Topology *topology, uint32_t link)
{
    CHECK(link < topology->n_router_links);
    const Chip *chip = topology->chip;
    bool is_mesh = chip->fabric.routing == ROUTING_MESH;
    const Cell2d *cell = is_mesh ? chip->tile : chip->fabric.chip_cell;
    const Cell2d *from = &cell[topology->router_link[link].from];
    const Cell2d *to = &cell[topology->router_link[link].to];
    return arena_printf(arena, "%s(%u,%u)->(%u,%u)", is_mesh ? "" : "chip ", from->x, from->y,
                        to->x, to->y);
}

const char *topology_link_name(Arena *arena, const Topology *topology, uint32_t link)
{
    CHECK(link < topology_all_links(topology));
    const Fabric *fabric = &topology->chip->fabric;
    uint32_t n_noc_links = fabric->n_chips * topology->n_links;
    if (link >= n_noc_links)
        return topology_router_link_name(arena, topology, link - n_noc_links);
    const char *name = noc_link_name(arena, topology, link % topology->n_links);
    if (fabric->n_chips == 1)
        return name;
    const Cell2d *cell = &fabric->chip_cell[link / topology->n_links];
    return arena_printf(arena, "chip (%u,%u): %s", cell->x, cell->y, name);
}

/* Tiles are sorted by (x, y). */
uint32_t topology_tile_at(const Chip *chip, uint32_t x, uint32_t y)
{
    uint32_t low = 0, high = chip->n_tiles;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const Cell2d *tile = &chip->tile[middle];
        if (tile->x < x || (tile->x == x && tile->y < y))
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < chip->n_tiles && chip->tile[low].x == x && chip->tile[low].y == y;
    return found ? low : UINT32_MAX;
}
