/* chip_check.c - all invariants of a Chip, whoever made it.
 *
 * The loader reports most of these earlier, with the place in the file; here they hold for chips
 * made by programs and tests too. Messages name chip and field.
 * cost: O(cells * (holes + router cells)).
 */
#include <math.h>
#include <stdio.h>

#include "arch/chip.h"
#include "chip_table.h"

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

static Status check_cells(const Chip *chip, const char *what, const Cell2d *cell, uint32_t n,
                          Err *err)
{
    const Grid *grid = &chip->grid;
    for (uint32_t i = 0; i < n; i++) {
        bool inside = chip_cell_at(grid, cell[i].x, cell[i].y) != 0;
        if (!inside)
            return err_set(err, STATUS_INPUT, "chip %s: grid.%s: (%u,%u) is outside of the grid",
                           chip->name, what, cell[i].x, cell[i].y);
        for (uint32_t j = 0; j < i; j++)
            if (cell[j].x == cell[i].x && cell[j].y == cell[i].y)
                return err_set(err, STATUS_INPUT, "chip %s: grid.%s: (%u,%u) stands twice",
                               chip->name, what, cell[i].x, cell[i].y);
    }
    return STATUS_OK;
}

/* Bounds and cells: afterwards the grid can be walked. */
static Status check_grid_shape(const Chip *chip, Err *err)
{
    const Grid *grid = &chip->grid;
    if (grid->x_min > grid->x_max || grid->y_min > grid->y_max ||
        grid->x_max > GRID_COORDINATE_MAX || grid->y_max > GRID_COORDINATE_MAX)
        return err_set(err, STATUS_INPUT,
                       "chip %s: grid: x %u..%u, y %u..%u; expected 0 to %d, ascending", chip->name,
                       grid->x_min, grid->x_max, grid->y_min, grid->y_max,
                       (int)GRID_COORDINATE_MAX);
    uint32_t n_cells = (grid->x_max - grid->x_min + 1) * (grid->y_max - grid->y_min + 1);
    if (n_cells > GRID_CELLS_MAX)
        return err_set(err, STATUS_INPUT, "chip %s: grid: has %u cells; expected at most %d",
                       chip->name, n_cells, (int)GRID_CELLS_MAX);
    if (grid->n_holes > n_cells || grid->n_router_cells < 1 ||
        grid->n_router_cells > ROUTER_CELLS_MAX)
        return err_set(err, STATUS_INPUT,
                       "chip %s: grid: %u holes, %u router cells; expected at most %u and 1 to %d",
                       chip->name, grid->n_holes, grid->n_router_cells, n_cells,
                       (int)ROUTER_CELLS_MAX);
    TRY(check_cells(chip, "holes", grid->hole, grid->n_holes, err));
    TRY(check_cells(chip, "router", grid->router_cell, grid->n_router_cells, err));
    for (uint32_t i = 0; i < grid->n_router_cells; i++) {
        const Cell2d *cell = &grid->router_cell[i];
        if (chip_cell_at(grid, cell->x, cell->y) != 'r')
            return err_set(err, STATUS_INPUT, "chip %s: grid.router: (%u,%u) is a hole too",
                           chip->name, cell->x, cell->y);
    }
    return STATUS_OK;
}

/* Tiles are numbered column by column, y upwards in each. */
static Status check_tiles(const Chip *chip, Err *err)
{
    const Grid *grid = &chip->grid;
    uint32_t n_tiles = 0;
    for (uint32_t x = grid->x_min; x <= grid->x_max; x++) {
        for (uint32_t y = grid->y_min; y <= grid->y_max; y++) {
            if (chip_cell_at(grid, x, y) != 't')
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
    if (grid->cores_per_tile < 1 || grid->cores_per_tile > CORES_PER_TILE_MAX ||
        chip->n_cores != n_tiles * grid->cores_per_tile)
        return err_set(err, STATUS_INPUT,
                       "chip %s: has %u cores; expected 1 to %d in each of %u tiles", chip->name,
                       chip->n_cores, (int)CORES_PER_TILE_MAX, n_tiles);
    if (grid->usable_cores < 1 || grid->usable_cores > chip->n_cores)
        return err_set(err, STATUS_INPUT, "chip %s: grid.usable_cores: %u; expected 1 to %u",
                       chip->name, grid->usable_cores, chip->n_cores);
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
    TRY(check_grid_shape(chip, err));
    TRY(check_tiles(chip, err));
    if (chip->fifo_full != FIFO_FULL_STALL)
        return err_set(err, STATUS_INPUT, "chip %s: core.receive_fifo_full: expected stall",
                       chip->name);
    for (uint32_t i = 0; i < N_CHIP_NUMBERS; i++)
        TRY(check_cost(chip, "", &CHIP_NUMBER[i], row_cost_of(chip, &CHIP_NUMBER[i]), err));
    if (chip->dram.effective_bytes_per_second.value > chip->dram.peak_bytes_per_second.value)
        return err_set(
            err, STATUS_INPUT,
            "chip %s: dram.effective_bytes_per_second: %.15g; expected at most the peak %.15g",
            chip->name, chip->dram.effective_bytes_per_second.value,
            chip->dram.peak_bytes_per_second.value);
    return check_points(chip, err);
}
