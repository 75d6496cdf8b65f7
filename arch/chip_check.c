/* chip_check.c - all invariants of a Chip, whoever made it.
 *
 * The loader reports most of these earlier, with the place in the file; here they hold for chips
 * made by programs and tests too. Messages name chip and field.
 * cost: O(cells + dead parts).
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arch/chip.h"
#include "chip_table.h"

typedef struct GridMap {
    char *cell; /* [cells of the grid] 't' tile, 'h' hole, 'r' router */
    char mark;  /* of the list being read                             */
} GridMap;

static bool is_whole(double value)
{
    return !(floor(value) < value);
}

static bool is_number(double value, const NumberRow *row)
{
    return value >= row->min && value <= row->max && (!row->whole || is_whole(value));
}

static Status check_cost(const Chip *chip, const char *prefix, const NumberRow *row,
                         const Cost *cost, Err *err)
{
    const double value[] = {cost->value, cost->low, cost->high};
    for (int i = 0; i < 3; i++)
        if (!is_number(value[i], row))
            return err_set(err, STATUS_INPUT,
                           "chip %s: %s%s: %.15g; expected a %s from %.15g to %.15g", chip->name,
                           prefix, row->key, value[i], row->whole ? "whole number" : "number",
                           row->min, row->max);
    if (cost->value < cost->low || cost->value > cost->high)
        return err_set(err, STATUS_INPUT,
                       "chip %s: %s%s: %.15g is outside of its range %.15g to %.15g", chip->name,
                       prefix, row->key, cost->value, cost->low, cost->high);
    if (row->is_clock && fmod(cost->value, CLOCK_HZ_STEP) > 0)
        return err_set(err, STATUS_INPUT, "chip %s: %s%s: %.15g; expected a multiple of %d Hz",
                       chip->name, prefix, row->key, cost->value, (int)CLOCK_HZ_STEP);
    if ((unsigned)cost->source_kind > SOURCE_GUESS || cost->source == NULL || cost->source[0] == 0)
        return err_set(err, STATUS_INPUT, "chip %s: %s%s: has no kind or source; expected both",
                       chip->name, prefix, row->key);
    return STATUS_OK;
}

/* Marks the cells in the map; each must be inside the grid and a tile so far. */
static Status check_cells(const Chip *chip, const char *what, const Cell2d *cell, uint32_t n,
                          GridMap *map, Err *err)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = chip_grid_index(&chip->grid, cell[i]);
        if (at == UINT32_MAX)
            return err_set(err, STATUS_INPUT, "chip %s: grid.%s: (%u,%u) is outside of the grid",
                           chip->name, what, cell[i].x, cell[i].y);
        if (map->cell[at] == map->mark)
            return err_set(err, STATUS_INPUT, "chip %s: grid.%s: (%u,%u) stands twice", chip->name,
                           what, cell[i].x, cell[i].y);
        if (map->cell[at] != 't')
            return err_set(err, STATUS_INPUT, "chip %s: grid.%s: (%u,%u) is a hole too", chip->name,
                           what, cell[i].x, cell[i].y);
        map->cell[at] = map->mark;
    }
    return STATUS_OK;
}

/* Bounds: afterwards the grid can be walked. */
static Status check_grid_shape(const Chip *chip, Err *err)
{
    const Grid *grid = &chip->grid;
    if (grid->x_min > grid->x_max || grid->y_min > grid->y_max ||
        grid->x_max > GRID_COORDINATE_MAX || grid->y_max > GRID_COORDINATE_MAX)
        return err_set(err, STATUS_INPUT,
                       "chip %s: grid: x %u..%u, y %u..%u; expected 0 to %d, ascending", chip->name,
                       grid->x_min, grid->x_max, grid->y_min, grid->y_max,
                       (int)GRID_COORDINATE_MAX);
    uint32_t n_cells = chip_grid_cells(grid), most = grid_cells_max(chip->fabric.routing);
    if (n_cells > most)
        return err_set(err, STATUS_INPUT, "chip %s: grid: has %u cells; expected at most %u",
                       chip->name, n_cells, most);
    bool is_mesh = chip->fabric.routing == ROUTING_MESH;
    uint32_t fewest = is_mesh ? 0 : 1, most_routers = is_mesh ? 0 : ROUTER_CELLS_MAX;
    if (grid->n_holes > n_cells || grid->n_router_cells < fewest ||
        grid->n_router_cells > most_routers)
        return err_set(err, STATUS_INPUT,
                       "chip %s: grid: %u holes, %u router cells; expected at most %u and %u to %u",
                       chip->name, grid->n_holes, grid->n_router_cells, n_cells, fewest,
                       most_routers);
    return STATUS_OK;
}

/* Tiles are numbered column by column, y upwards in each. */
static Status check_tiles(const Chip *chip, const GridMap *map, Err *err)
{
    const Grid *grid = &chip->grid;
    uint32_t n_tiles = 0;
    for (uint32_t x = grid->x_min; x <= grid->x_max; x++) {
        for (uint32_t y = grid->y_min; y <= grid->y_max; y++) {
            if (map->cell[chip_grid_index(grid, (Cell2d){x, y})] != 't')
                continue;
            if (n_tiles < chip->n_tiles &&
                (chip->tile[n_tiles].x != x || chip->tile[n_tiles].y != y))
                return err_set(err, STATUS_INPUT, "chip %s: tile %u is not (%u,%u)", chip->name,
                               n_tiles, x, y);
            n_tiles++;
        }
    }
    if (n_tiles == 0 || n_tiles != chip->n_tiles)
        return err_set(err, STATUS_INPUT, "chip %s: has %u tiles; expected %u, at least one",
                       chip->name, chip->n_tiles, n_tiles);
    return STATUS_OK;
}

static Status check_grid(const Chip *chip, Arena *scratch, Err *err)
{
    const Grid *grid = &chip->grid;
    TRY(check_grid_shape(chip, err));
    uint32_t n_cells = chip_grid_cells(grid);
    GridMap map = {ARENA_ARRAY(scratch, char, n_cells), 'h'};
    memset(map.cell, 't', n_cells);
    TRY(check_cells(chip, "holes", grid->hole, grid->n_holes, &map, err));
    map.mark = 'r';
    TRY(check_cells(chip, "router", grid->router_cell, grid->n_router_cells, &map, err));
    return check_tiles(chip, &map, err);
}

static Status check_cores(const Chip *chip, Err *err)
{
    const Grid *grid = &chip->grid;
    const Fabric *fabric = &chip->fabric;
    if (grid->cores_per_tile < 1 || grid->cores_per_tile > CORES_PER_TILE_MAX ||
        chip->n_cores > CORES_MAX ||
        chip->n_cores != (uint64_t)fabric->n_chips * chip_cores_per_chip(chip))
        return err_set(err, STATUS_INPUT,
                       "chip %s: has %u cores; expected 1 to %d in each of %u tiles", chip->name,
                       chip->n_cores, (int)CORES_PER_TILE_MAX, chip->n_tiles);
    if (grid->usable_cores < 1 || grid->usable_cores > chip_cores_per_chip(chip))
        return err_set(err, STATUS_INPUT, "chip %s: grid.usable_cores: %u; expected 1 to %u",
                       chip->name, grid->usable_cores, chip_cores_per_chip(chip));
    for (uint32_t i = 0; i < fabric->n_dead_cores; i++)
        if (fabric->dead_core[i] >= chip->n_cores ||
            (i > 0 && fabric->dead_core[i] <= fabric->dead_core[i - 1]))
            return err_set(err, STATUS_INPUT,
                           "chip %s: dead core %u is out of range or order; expected 0 to %u",
                           chip->name, fabric->dead_core[i], chip->n_cores - 1);
    if (chip_usable_cores(chip) == 0)
        return err_set(err, STATUS_INPUT, "chip %s: all usable cores are dead", chip->name);
    return STATUS_OK;
}

/* Board by board, in each column by column. */
static bool is_before(const Fabric *fabric, Cell2d a, Cell2d b)
{
    uint32_t board_a = chip_board(fabric, a), board_b = chip_board(fabric, b);
    if (board_a != board_b)
        return board_a < board_b;
    return a.x < b.x || (a.x == b.x && a.y < b.y);
}

static Status check_chips(const Chip *chip, Err *err)
{
    const Fabric *fabric = &chip->fabric;
    if (fabric->board_width < 1 || fabric->board_height < 1 ||
        fabric->width % fabric->board_width != 0 || fabric->height % fabric->board_height != 0)
        return err_set(err, STATUS_INPUT,
                       "chip %s: fabric: boards of %u x %u chips; expected a number of whole ones "
                       "in %u x %u",
                       chip->name, fabric->board_width, fabric->board_height, fabric->width,
                       fabric->height);
    for (uint32_t c = 0; c < fabric->n_chips; c++) {
        const Cell2d *cell = &fabric->chip_cell[c];
        if (cell->x >= fabric->width || cell->y >= fabric->height ||
            (c > 0 && !is_before(fabric, cell[-1], *cell)))
            return err_set(err, STATUS_INPUT,
                           "chip %s: chip %u is at (%u,%u), out of range or order", chip->name, c,
                           cell->x, cell->y);
    }
    return STATUS_OK;
}

static Status check_board(const Chip *chip, Err *err)
{
    const Fabric *fabric = &chip->fabric;
    bool is_mesh = fabric->routing == ROUTING_MESH;
    uint32_t side_max = is_mesh ? 1 : GRID_COORDINATE_MAX;
    if ((unsigned)fabric->routing >= N_ROUTINGS || (fabric->n_sides != 4 && fabric->n_sides != 6))
        return err_set(err, STATUS_INPUT,
                       "chip %s: fabric: routing %d, %u sides; expected central or mesh, 4 or 6",
                       chip->name, (int)fabric->routing, fabric->n_sides);
    if ((unsigned)fabric->turns >= N_TURN_BASES ||
        (fabric->turns != TURNS_X_FIRST && fabric->n_sides != 4))
        return err_set(err, STATUS_INPUT,
                       "chip %s: fabric: turns %d with %u sides; expected x-first, or 4 sides",
                       chip->name, (int)fabric->turns, fabric->n_sides);
    if (fabric->width < 1 || fabric->height < 1 || fabric->width > side_max ||
        fabric->height > side_max || fabric->n_chips < 1)
        return err_set(err, STATUS_INPUT,
                       "chip %s: fabric: %u chips on %u x %u; expected at least one, at most %u "
                       "each way",
                       chip->name, fabric->n_chips, fabric->width, fabric->height, side_max);
    return check_chips(chip, err);
}

static Status check_links(const Chip *chip, Err *err)
{
    const Fabric *fabric = &chip->fabric;
    const Grid *grid = &chip->grid;
    bool is_mesh = fabric->routing == ROUTING_MESH;
    uint32_t width = is_mesh ? grid->x_max - grid->x_min + 1 : fabric->width;
    uint32_t height = is_mesh ? grid->y_max - grid->y_min + 1 : fabric->height;
    for (uint32_t i = 0; i < fabric->n_dead_links; i++) {
        const DeadLink *dead = &fabric->dead_link[i];
        if (dead->cell.x >= width || dead->cell.y >= height || dead->side >= fabric->n_sides)
            return err_set(err, STATUS_INPUT,
                           "chip %s: dead link %u leaves no router: (%u,%u), side %u", chip->name,
                           i, dead->cell.x, dead->cell.y, dead->side);
    }
    uint32_t n_routers = is_mesh ? chip->n_tiles : fabric->n_chips;
    if (fabric->host_router >= n_routers)
        return err_set(err, STATUS_INPUT, "chip %s: host at router %u; expected 0 to %u",
                       chip->name, fabric->host_router, n_routers - 1);
    return STATUS_OK;
}

static Status check_fabric(const Chip *chip, Arena *scratch, Err *err)
{
    TRY(check_board(chip, err));
    TRY(check_grid(chip, scratch, err));
    TRY(check_cores(chip, err));
    return check_links(chip, err);
}

/* Frames take a time where there are links between chips, or between boards. */
static Status check_link_rates(const Chip *chip, Err *err)
{
    const struct {
        const char *name;
        const Cost *cost;
        bool used;
    } rate[] = {
        {"on_board", &chip->links.on_board_bits_per_second, chip->fabric.n_chips > 1},
        {"off_board", &chip->links.off_board_bits_per_second, chip_boards(chip) > 1},
    };
    for (size_t i = 0; i < sizeof rate / sizeof rate[0]; i++)
        if (rate[i].used && rate[i].cost->low < 1)
            return err_set(err, STATUS_INPUT,
                           "chip %s: links.%s_bits_per_second: %.15g (low %.15g); expected at "
                           "least 1 between %s",
                           chip->name, rate[i].name, rate[i].cost->value, rate[i].cost->low,
                           i == 0 ? "chips" : "boards");
    return STATUS_OK;
}

static Status check_points(const Chip *chip, Err *err)
{
    if (chip->n_points < 1 || chip->n_points > OPERATING_POINTS_MAX)
        return err_set(err, STATUS_INPUT, "chip %s: has %u operating points; expected 1 to %d",
                       chip->name, chip->n_points, (int)OPERATING_POINTS_MAX);
    for (uint32_t p = 0; p < chip->n_points; p++) {
        const OperatingPoint *point = &chip->point[p];
        if (point->name == NULL || chip_point(chip, point->name) != p)
            return err_set(err, STATUS_INPUT, "chip %s: operating point %u has no name of its own",
                           chip->name, p);
        if (strcmp(point->name, CHIP_POINT_AUTO) == 0)
            return err_set(err, STATUS_INPUT,
                           "chip %s: an operating point is named %s, which stands for all of them; "
                           "expected another name",
                           chip->name, CHIP_POINT_AUTO);
        char prefix[160];
        snprintf(prefix, sizeof prefix, "operating_points.%s.", point->name);
        for (uint32_t i = 0; i < N_POINT_NUMBERS; i++)
            TRY(check_cost(chip, prefix, &POINT_NUMBER[i], row_cost_of(point, &POINT_NUMBER[i]),
                           err));
        if (p > 0 && point->hz.value < chip->point[p - 1].hz.value)
            return err_set(err, STATUS_INPUT,
                           "chip %s: operating point %s; expected the slowest first", chip->name,
                           point->name);
    }
    return STATUS_OK;
}

Status chip_check(const Chip *chip, Err *err)
{
    if (chip->name == NULL || chip->name[0] == 0 || chip->description == NULL)
        return err_set(err, STATUS_INPUT, "chip without name or description; expected both");
    Arena *scratch = arena_new();
    Status status = check_fabric(chip, scratch, err);
    arena_free(scratch);
    TRY(status);
    if ((unsigned)chip->fifo_full >= N_FIFO_FULL_POLICIES)
        return err_set(err, STATUS_INPUT,
                       "chip %s: core.receive_fifo_full: expected stall, drop or overwrite",
                       chip->name);
    if ((unsigned)chip->idle_point >= N_IDLE_POINTS)
        return err_set(err, STATUS_INPUT, "chip %s: software.idle_point: expected kept or slowest",
                       chip->name);
    for (uint32_t i = 0; i < N_CHIP_NUMBERS; i++)
        TRY(check_cost(chip, "", &CHIP_NUMBER[i], row_cost_of(chip, &CHIP_NUMBER[i]), err));
    TRY(check_link_rates(chip, err));
    if (chip->dram.effective_bytes_per_second.value > chip->dram.peak_bytes_per_second.value)
        return err_set(
            err, STATUS_INPUT,
            "chip %s: dram.effective_bytes_per_second: %.15g; expected at most the peak %.15g",
            chip->name, chip->dram.effective_bytes_per_second.value,
            chip->dram.peak_bytes_per_second.value);
    return check_points(chip, err);
}
