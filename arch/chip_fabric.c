/* chip_fabric.c - section `fabric` of a chip description: how routers are connected, and what of
 * chips, links and cores does not work.
 *
 * Optional: without it there is one chip with a central router. Read in two parts, as the grid must
 * know the routing and the dead parts must know the grid. Chips that are missing on the board are
 * left out of all numbering, as holes are; dead cores keep their numbers.
 * cost: O(chips + tiles + log n for each dead part).
 */
#include <stdlib.h>
#include <string.h>

#include "arch/topology.h"
#include "chip_loader.h"
#include "chip_table.h"

static const char *const FABRIC_KEY[] = {"routing", "sides",         "wrap",       "chips",
                                         "board",   "missing_chips", "dead_cores", "dead_links",
                                         "host",    "default_route", "turns",      "source"};
static const char *const ROUTING[] = {"central", "mesh"};
static const char *const TURNS[] = {"x-first", "odd-even-rows", "odd-even-columns"};
static const char *const BOARD_KEY[] = {"chips", "board", "missing_chips"};

static Status read_bool(const YamlNode *map, const char *key, bool *out, Err *err)
{
    const YamlNode *node;
    TRY(yaml_need(map, key, YAML_SCALAR, &node, err));
    return yaml_as_bool(node, out, err);
}

const char *turn_base_name(TurnBase turns)
{
    return TURNS[turns];
}

static Status read_turns(const YamlNode *map, Fabric *fabric, Err *err)
{
    if (yaml_find(map, "turns") == NULL)
        return STATUS_OK;
    unsigned turns;
    TRY(yaml_choice(map, "turns", TURNS, N_OF(TURNS), &turns, err));
    fabric->turns = (TurnBase)turns;
    if (fabric->turns != TURNS_X_FIRST && fabric->n_sides != 4)
        return yaml_fail(yaml_find(map, "turns"), err,
                         "%s is for 4 sides; expected x-first with %u", TURNS[turns],
                         fabric->n_sides);
    return STATUS_OK;
}

Status chip_read_routing(const Loader *loader, const YamlNode *root, Chip *chip)
{
    Err *err = loader->err;
    Fabric *fabric = &chip->fabric;
    *fabric = (Fabric){
        .n_sides = 4, .width = 1, .height = 1, .board_width = 1, .board_height = 1, .n_chips = 1};
    if (yaml_find(root, "fabric") == NULL)
        return STATUS_OK;
    const YamlNode *map;
    TRY(yaml_need(root, "fabric", YAML_MAP, &map, err));
    TRY(yaml_only(map, FABRIC_KEY, N_OF(FABRIC_KEY), err));
    unsigned routing;
    TRY(yaml_choice(map, "routing", ROUTING, N_OF(ROUTING), &routing, err));
    fabric->routing = (Routing)routing;
    TRY(yaml_u32(map, "sides", 4, 6, &fabric->n_sides, err));
    if (fabric->n_sides == 5)
        return yaml_fail(yaml_find(map, "sides"), err, "5 is no number of sides; expected 4 or 6");
    TRY(read_bool(map, "wrap", &fabric->wrap, err));
    if (yaml_find(map, "default_route") != NULL)
        TRY(read_bool(map, "default_route", &fabric->default_route, err));
    TRY(read_turns(map, fabric, err));
    const char *source;
    return chip_read_source(loader, map, &source);
}

/* A list that need not be there: then *out is NULL. */
static Status find_list(const YamlNode *map, const char *key, const YamlNode **out, Err *err)
{
    *out = NULL;
    return yaml_find(map, key) == NULL ? STATUS_OK : yaml_need(map, key, YAML_LIST, out, err);
}

/* missing[] of the board, by column; one byte for each chip. */
static Status read_missing(const Loader *loader, const YamlNode *map, const Fabric *fabric,
                           uint8_t *missing)
{
    const YamlNode *list;
    TRY(find_list(map, "missing_chips", &list, loader->err));
    for (uint32_t i = 0; list != NULL && i < list->n_items; i++) {
        const YamlNode *node = list->item[i];
        Cell2d cell;
        TRY(chip_read_pair(loader, node, "[X, Y]", &cell.x, &cell.y));
        if (cell.x >= fabric->width || cell.y >= fabric->height)
            return yaml_fail(node, loader->err,
                             "(%u,%u) is not on the board; expected x 0..%u, y 0..%u", cell.x,
                             cell.y, fabric->width - 1, fabric->height - 1);
        uint8_t *at = &missing[cell.x * fabric->height + cell.y];
        if (*at != 0)
            return yaml_fail(node, loader->err, "(%u,%u) stands twice; expected another chip",
                             cell.x, cell.y);
        *at = 1;
    }
    return STATUS_OK;
}

/* Chips in all, and chips of one board: without the key, there is one board. */
static Status read_sizes(const Loader *loader, const YamlNode *map, Fabric *fabric)
{
    Err *err = loader->err;
    const YamlNode *chips, *board;
    TRY(yaml_need(map, "chips", YAML_LIST, &chips, err));
    TRY(chip_read_pair(loader, chips, "[WIDTH, HEIGHT]", &fabric->width, &fabric->height));
    if (fabric->width < 1 || fabric->height < 1)
        return yaml_fail(chips, err, "has no chip; expected a width and height from 1 on");
    fabric->board_width = fabric->width;
    fabric->board_height = fabric->height;
    TRY(find_list(map, "board", &board, err));
    if (board == NULL)
        return STATUS_OK;
    TRY(chip_read_pair(loader, board, "[WIDTH, HEIGHT]", &fabric->board_width,
                       &fabric->board_height));
    if (fabric->board_width < 1 || fabric->board_height < 1)
        return yaml_fail(board, err, "has no chip; expected a width and height from 1 on");
    if (fabric->width % fabric->board_width != 0 || fabric->height % fabric->board_height != 0)
        return yaml_fail(board, err,
                         "boards of %u x %u chips do not make up chips [%u, %u]; expected a width "
                         "and height that divide these",
                         fabric->board_width, fabric->board_height, fabric->width, fabric->height);
    return STATUS_OK;
}

/* Chips that are there, in the order of their ids. */
static void list_chips(const uint8_t *missing, Cell2d *cell, Fabric *fabric)
{
    const uint32_t width = fabric->board_width, height = fabric->board_height;
    fabric->n_chips = 0;
    for (uint32_t i = 0; i < fabric->width * fabric->height; i++) {
        uint32_t board = i / (width * height), in_board = i % (width * height);
        uint32_t n_up = fabric->height / height;
        Cell2d at = {board / n_up * width + in_board / height,
                     board % n_up * height + in_board % height};
        if (missing[at.x * fabric->height + at.y] == 0)
            cell[fabric->n_chips++] = at;
    }
}

/* One chip (mesh, or no section), or chips on boards, board by board. */
static Status read_board(const Loader *loader, const YamlNode *map, Fabric *fabric)
{
    Err *err = loader->err;
    bool is_board = map != NULL && fabric->routing == ROUTING_CENTRAL;
    for (size_t i = 0; map != NULL && !is_board && i < N_OF(BOARD_KEY); i++)
        if (yaml_find(map, BOARD_KEY[i]) != NULL)
            return yaml_fail(yaml_find(map, BOARD_KEY[i]), err,
                             "belongs to a board of chips with central routers; expected none for "
                             "a mesh");
    if (is_board)
        TRY(read_sizes(loader, map, fabric));
    uint32_t n = fabric->width * fabric->height;
    uint8_t *missing = ARENA_ARRAY(loader->arena, uint8_t, n);
    if (is_board)
        TRY(read_missing(loader, map, fabric, missing));
    Cell2d *cell = ARENA_ARRAY(loader->arena, Cell2d, n);
    list_chips(missing, cell, fabric);
    fabric->chip_cell = cell;
    if (fabric->n_chips == 0)
        return yaml_fail(map, err, "has no chip left; expected at least one that is not missing");
    return STATUS_OK;
}

static int by_number(const void *a, const void *b)
{
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
    return (first > second) - (first < second);
}

static Status read_dead_cores(const Loader *loader, const YamlNode *map, Chip *chip)
{
    const YamlNode *list;
    TRY(find_list(map, "dead_cores", &list, loader->err));
    if (list == NULL)
        return STATUS_OK;
    uint32_t *core = ARENA_ARRAY(loader->arena, uint32_t, list->n_items);
    for (uint32_t i = 0; i < list->n_items; i++) {
        uint64_t id;
        TRY(yaml_as_u64(list->item[i], 0, chip->n_cores - 1, &id, loader->err));
        core[i] = (uint32_t)id;
    }
    if (list->n_items > 0)
        qsort(core, list->n_items, sizeof *core, by_number);
    for (uint32_t i = 1; i < list->n_items; i++)
        if (core[i] == core[i - 1])
            return yaml_fail(list, loader->err, "core %u stands twice; expected each once",
                             core[i]);
    chip->fabric.dead_core = core;
    chip->fabric.n_dead_cores = list->n_items;
    if (chip_usable_cores(chip) == 0)
        return yaml_fail(list, loader->err, "leaves no usable core; expected at least one");
    return STATUS_OK;
}

/* Where the routers stand: chips on the board from (0,0), or tiles as in `grid`. */
static bool in_router_grid(const Chip *chip, Cell2d cell, Cell2d *from_zero)
{
    const Grid *grid = &chip->grid;
    *from_zero = cell;
    if (chip->fabric.routing == ROUTING_CENTRAL)
        return cell.x < chip->fabric.width && cell.y < chip->fabric.height;
    if (chip_grid_index(grid, cell) == UINT32_MAX)
        return false;
    *from_zero = (Cell2d){cell.x - grid->x_min, cell.y - grid->y_min};
    return true;
}

/* [X, Y, SIDE] */
static Status read_dead_link(const Loader *loader, const YamlNode *node, const Chip *chip,
                             DeadLink *out)
{
    Err *err = loader->err;
    const char *name[6];
    for (uint32_t side = 0; side < chip->fabric.n_sides; side++)
        name[side] = side_name(chip->fabric.n_sides, side);
    if (node->kind != YAML_LIST || node->n_items != 3)
        return yaml_fail(node, err, "is no link; expected [X, Y, SIDE]");
    uint64_t x, y;
    TRY(yaml_as_u64(node->item[0], 0, GRID_COORDINATE_MAX, &x, err));
    TRY(yaml_as_u64(node->item[1], 0, GRID_COORDINATE_MAX, &y, err));
    unsigned side;
    TRY(yaml_as_choice(node->item[2], name, chip->fabric.n_sides, &side, err));
    out->side = side;
    if (!in_router_grid(chip, (Cell2d){(uint32_t)x, (uint32_t)y}, &out->cell))
        return yaml_fail(node, err, "(%u,%u) is outside of the grid of routers", (unsigned)x,
                         (unsigned)y);
    return STATUS_OK;
}

static Status read_dead_links(const Loader *loader, const YamlNode *map, Chip *chip)
{
    const YamlNode *list;
    TRY(find_list(map, "dead_links", &list, loader->err));
    if (list == NULL)
        return STATUS_OK;
    DeadLink *dead = ARENA_ARRAY(loader->arena, DeadLink, list->n_items);
    for (uint32_t i = 0; i < list->n_items; i++)
        TRY(read_dead_link(loader, list->item[i], chip, &dead[i]));
    chip->fabric.dead_link = dead;
    chip->fabric.n_dead_links = list->n_items;
    return STATUS_OK;
}

static Status read_host(const Loader *loader, const YamlNode *map, Chip *chip)
{
    const YamlNode *node = yaml_find(map, "host");
    if (node == NULL)
        return STATUS_OK;
    bool is_mesh = chip->fabric.routing == ROUTING_MESH;
    const Cell2d *cell = is_mesh ? chip->tile : chip->fabric.chip_cell;
    uint32_t n_routers = is_mesh ? chip->n_tiles : chip->fabric.n_chips, at = 0;
    Cell2d host;
    TRY(chip_read_pair(loader, node, "[X, Y]", &host.x, &host.y));
    while (at < n_routers && (cell[at].x != host.x || cell[at].y != host.y))
        at++;
    if (at == n_routers)
        return yaml_fail(node, loader->err, "(%u,%u) has no router; expected %s that works", host.x,
                         host.y, is_mesh ? "a tile" : "a chip");
    chip->fabric.host_router = at;
    return STATUS_OK;
}

Status chip_read_fabric(const Loader *loader, const YamlNode *root, Chip *chip)
{
    const YamlNode *map = yaml_find(root, "fabric");
    TRY(read_board(loader, map, &chip->fabric));
    uint64_t n_cores = (uint64_t)chip->fabric.n_chips * chip_cores_per_chip(chip);
    if (n_cores > CORES_MAX)
        return yaml_fail(map != NULL ? map : yaml_find(root, "grid"), loader->err,
                         "has %llu cores; expected at most %d", (unsigned long long)n_cores,
                         (int)CORES_MAX);
    chip->n_cores = (uint32_t)n_cores;
    if (map == NULL)
        return STATUS_OK;
    TRY(read_dead_cores(loader, map, chip));
    TRY(read_dead_links(loader, map, chip));
    return read_host(loader, map, chip);
}
