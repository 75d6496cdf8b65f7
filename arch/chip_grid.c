/* chip_grid.c - section `grid` of a chip description: its cells and tiles.
 *
 * Cells are marked in a map as they are read, so that each list is read in one pass whatever its
 * length. A mesh has no cells of a central router: `router` must be [].
 * cost: O(cells).
 */
#include <string.h>

#include "chip_loader.h"
#include "chip_table.h"

static const char *const GRID_KEY[] = {
    "x", "y", "holes", "router", "cores_per_tile", "usable_cores", "source"};

typedef struct CellReader {
    const Loader *loader;
    const YamlNode *map; /* section grid                              */
    Grid *grid;
    char *cell; /* [chip_grid_cells] see chip_map_cells      */
} CellReader;

Status chip_read_pair(const Loader *loader, const YamlNode *node, const char *expected, uint32_t *a,
                      uint32_t *b)
{
    if (node->kind != YAML_LIST || node->n_items != 2)
        return yaml_fail(node, loader->err, "is not a pair; expected %s", expected);
    uint64_t first, second;
    TRY(yaml_as_u64(node->item[0], 0, GRID_COORDINATE_MAX, &first, loader->err));
    TRY(yaml_as_u64(node->item[1], 0, GRID_COORDINATE_MAX, &second, loader->err));
    *a = (uint32_t)first;
    *b = (uint32_t)second;
    return STATUS_OK;
}

static Status read_extent(const Loader *loader, const YamlNode *map, const char *key, uint32_t *min,
                          uint32_t *max)
{
    const YamlNode *node;
    TRY(yaml_need(map, key, YAML_LIST, &node, loader->err));
    TRY(chip_read_pair(loader, node, "[FIRST, LAST]", min, max));
    if (*min > *max)
        return yaml_fail(node, loader->err, "first %u is above last %u; expected [FIRST, LAST]",
                         *min, *max);
    return STATUS_OK;
}

/* A list of cells [X, Y], each inside the grid, none twice and none of those already taken. */
static Status read_cells(const CellReader *reader, const char *key, char mark, const Cell2d **out,
                         uint32_t *n_out)
{
    const Grid *grid = reader->grid;
    Err *err = reader->loader->err;
    const YamlNode *list;
    TRY(yaml_need(reader->map, key, YAML_LIST, &list, err));
    uint32_t n_cells = chip_grid_cells(grid);
    if (list->n_items > n_cells)
        return yaml_fail(list, err, "has %u cells; expected at most the grid's %u", list->n_items,
                         n_cells);
    Cell2d *cell = ARENA_ARRAY(reader->loader->arena, Cell2d, list->n_items);
    *out = cell;
    *n_out = list->n_items;
    for (uint32_t i = 0; i < list->n_items; i++) {
        const YamlNode *node = list->item[i];
        TRY(chip_read_pair(reader->loader, node, "[X, Y]", &cell[i].x, &cell[i].y));
        uint32_t at = chip_grid_index(grid, cell[i]);
        if (at == UINT32_MAX)
            return yaml_fail(
                node, err, "(%u,%u) is outside of the grid; expected x %u..%u, y %u..%u", cell[i].x,
                cell[i].y, grid->x_min, grid->x_max, grid->y_min, grid->y_max);
        if (reader->cell[at] != 't')
            return yaml_fail(node, err, "(%u,%u) is already a %s; expected another cell", cell[i].x,
                             cell[i].y, reader->cell[at] == 'h' ? "hole" : "router cell");
        reader->cell[at] = mark;
    }
    return STATUS_OK;
}

static Status read_all_cells(const CellReader *reader, Routing routing)
{
    Grid *grid = reader->grid;
    Err *err = reader->loader->err;
    TRY(read_cells(reader, "holes", 'h', &grid->hole, &grid->n_holes));
    TRY(read_cells(reader, "router", 'r', &grid->router_cell, &grid->n_router_cells));
    const YamlNode *router = yaml_find(reader->map, "router");
    if (routing == ROUTING_MESH && grid->n_router_cells > 0)
        return yaml_fail(router, err,
                         "has %u cells; expected []: in a mesh every tile has a router",
                         grid->n_router_cells);
    if (routing == ROUTING_CENTRAL &&
        (grid->n_router_cells < 1 || grid->n_router_cells > ROUTER_CELLS_MAX))
        return yaml_fail(router, err, "has %u cells; expected 1 to %d", grid->n_router_cells,
                         (int)ROUTER_CELLS_MAX);
    return STATUS_OK;
}

static void number_tiles(Arena *arena, const char *cell, Chip *chip)
{
    const Grid *grid = &chip->grid;
    Cell2d *tile = ARENA_ARRAY(arena, Cell2d, chip_grid_cells(grid));
    uint32_t n_tiles = 0;
    for (uint32_t x = grid->x_min; x <= grid->x_max; x++)
        for (uint32_t y = grid->y_min; y <= grid->y_max; y++)
            if (cell[chip_grid_index(grid, (Cell2d){x, y})] == 't')
                tile[n_tiles++] = (Cell2d){x, y};
    chip->tile = tile;
    chip->n_tiles = n_tiles;
}

Status chip_read_grid(const Loader *loader, const YamlNode *root, Chip *chip)
{
    Err *err = loader->err;
    Grid *grid = &chip->grid;
    const YamlNode *map;
    TRY(yaml_need(root, "grid", YAML_MAP, &map, err));
    TRY(yaml_only(map, GRID_KEY, N_OF(GRID_KEY), err));
    TRY(read_extent(loader, map, "x", &grid->x_min, &grid->x_max));
    TRY(read_extent(loader, map, "y", &grid->y_min, &grid->y_max));
    uint32_t n_cells = chip_grid_cells(grid), most = grid_cells_max(chip->fabric.routing);
    if (n_cells > most)
        return yaml_fail(map, err, "has %u cells; expected at most %u", n_cells, most);
    CellReader reader = {loader, map, grid, ARENA_ARRAY(loader->arena, char, n_cells)};
    memset(reader.cell, 't', n_cells);
    TRY(read_all_cells(&reader, chip->fabric.routing));
    TRY(yaml_u32(map, "cores_per_tile", 1, CORES_PER_TILE_MAX, &grid->cores_per_tile, err));
    number_tiles(loader->arena, reader.cell, chip);
    if (chip->n_tiles == 0)
        return yaml_fail(map, err,
                         "has no tile; expected at least one cell that is neither hole nor "
                         "router");
    TRY(yaml_u32(map, "usable_cores", 1, chip_cores_per_chip(chip), &grid->usable_cores, err));
    return chip_read_source(loader, map, &grid->source);
}
