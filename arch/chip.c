/* chip.c - what can be asked of a chip: its numbers by name, its corners, its hash.
 *
 * The tables are expansions of the lists in chip.h; offsets lead to the Cost of each row.
 */
#include "arch/chip.h"

#include <string.h>

#include "base/check.h"
#include "base/hash.h"
#include "chip_table.h"

#define IS_CLOCK(field) (sizeof(#field) == sizeof("hz") && #field[0] == 'h' && #field[1] == 'z')

const NumberRow CHIP_NUMBER[] = {
#define X(section, field, min, max, whole)       \
    {#section, #field, #section "." #field, min, \
     max,      whole,  IS_CLOCK(field),     offsetof(Chip, section.field)},
    CHIP_NUMBER_LIST(X)
#undef X
};
const uint32_t N_CHIP_NUMBERS = sizeof CHIP_NUMBER / sizeof CHIP_NUMBER[0];

const NumberRow POINT_NUMBER[] = {
#define X(field, min, max, whole) \
    {"operating_points",          \
     #field,                      \
     #field,                      \
     min,                         \
     max,                         \
     whole,                       \
     IS_CLOCK(field),             \
     offsetof(OperatingPoint, field)},
    OPERATING_NUMBER_LIST(X)
#undef X
};
const uint32_t N_POINT_NUMBERS = sizeof POINT_NUMBER / sizeof POINT_NUMBER[0];

uint32_t chip_grid_cells(const Grid *grid)
{
    return (grid->x_max - grid->x_min + 1) * (grid->y_max - grid->y_min + 1);
}

uint32_t chip_grid_index(const Grid *grid, Cell2d cell)
{
    if (cell.x < grid->x_min || cell.x > grid->x_max || cell.y < grid->y_min ||
        cell.y > grid->y_max)
        return UINT32_MAX;
    return (cell.x - grid->x_min) * (grid->y_max - grid->y_min + 1) + cell.y - grid->y_min;
}

static uint64_t hash_cost(uint64_t hash, const Cost *cost)
{
    uint64_t bits;
    memcpy(&bits, &cost->value, sizeof bits);
    return hash_u64(hash, bits);
}

static uint64_t hash_cells(uint64_t hash, const Cell2d *cell, uint32_t n)
{
    hash = hash_u64(hash, n);
    for (uint32_t i = 0; i < n; i++)
        hash = hash_u64(hash_u64(hash, cell[i].x), cell[i].y);
    return hash;
}

static uint64_t hash_fabric(uint64_t hash, const Fabric *fabric)
{
    uint64_t kinds = fabric->routing | (uint64_t)fabric->turns << 8;
    hash = hash_u64(hash_u64(hash, kinds), fabric->n_sides);
    hash = hash_u64(hash_u64(hash, fabric->wrap), fabric->default_route);
    hash = hash_u64(hash_u64(hash, fabric->width), fabric->height);
    if (fabric->board_width != fabric->width || fabric->board_height != fabric->height)
        hash = hash_u64(hash_u64(hash, fabric->board_width), fabric->board_height);
    hash = hash_cells(hash, fabric->chip_cell, fabric->n_chips);
    hash = hash_u64(hash, fabric->n_dead_links);
    for (uint32_t i = 0; i < fabric->n_dead_links; i++) {
        hash = hash_cells(hash, &fabric->dead_link[i].cell, 1);
        hash = hash_u64(hash, fabric->dead_link[i].side);
    }
    hash = hash_u64(hash, fabric->n_dead_cores);
    for (uint32_t i = 0; i < fabric->n_dead_cores; i++)
        hash = hash_u64(hash, fabric->dead_core[i]);
    return hash_u64(hash, fabric->host_router);
}

uint64_t chip_layout_hash(const Chip *chip)
{
    const Grid *grid = &chip->grid;
    uint64_t hash = HASH_START;
    hash = hash_u64(hash_u64(hash, grid->x_min), grid->x_max);
    hash = hash_u64(hash_u64(hash, grid->y_min), grid->y_max);
    hash = hash_cells(hash, grid->hole, grid->n_holes);
    hash = hash_cells(hash, grid->router_cell, grid->n_router_cells);
    hash = hash_u64(hash_u64(hash, grid->cores_per_tile), grid->usable_cores);
    hash = hash_fabric(hash, &chip->fabric);
    hash = hash_u64(hash, chip->fifo_full);
    return chip->idle_point != IDLE_KEPT ? hash_u64(hash, chip->idle_point) : hash;
}

uint64_t chip_hash(const Chip *chip)
{
    uint64_t hash = chip_layout_hash(chip);
    for (uint32_t i = 0; i < N_CHIP_NUMBERS; i++)
        hash = hash_cost(hash, row_cost_of(chip, &CHIP_NUMBER[i]));
    for (uint32_t p = 0; p < chip->n_points; p++) {
        hash = hash_text(hash, chip->point[p].name);
        for (uint32_t i = 0; i < N_POINT_NUMBERS; i++)
            hash = hash_cost(hash, row_cost_of(&chip->point[p], &POINT_NUMBER[i]));
    }
    return hash;
}

/* Of a number, by the end of its key; the first that matches is it. */
static const char *row_unit(const NumberRow *row)
{
    static const char *const UNIT[][2] = {
        {"bytes_per_second", "bytes/s"},
        {"bits_per_second", "bits/s"},
        {"_per_cycle", "1/cycle"},
        {"bytes", "bytes"},
        {"bits", "bits"},
        {"cycles", "cycles"},
        {"packets", "packets"},
        {"flits", "flits"},
        {"_ns", "ns"},
        {"hz", "Hz"},
        {"_uw", "uW"},
        {"_pj", "pJ"},
        {"_v", "V"},
    };
    const size_t n = strlen(row->field);

    for (size_t i = 0; i < sizeof UNIT / sizeof UNIT[0]; i++) {
        const size_t n_end = strlen(UNIT[i][0]);
        if (n >= n_end && strcmp(row->field + n - n_end, UNIT[i][0]) == 0)
            return UNIT[i][1];
    }
    return "1";
}

static double row_step(const NumberRow *row)
{
    return row->is_clock ? (double)CLOCK_HZ_STEP : row->whole;
}

uint32_t chip_numbers(Arena *arena, const Chip *chip, const NamedCost **out)
{
    uint32_t n = N_CHIP_NUMBERS + chip->n_points * N_POINT_NUMBERS;
    NamedCost *named = ARENA_ARRAY(arena, NamedCost, n);
    for (uint32_t i = 0; i < N_CHIP_NUMBERS; i++)
        named[i] = (NamedCost){CHIP_NUMBER[i].key, row_unit(&CHIP_NUMBER[i]),
                               row_cost_of(chip, &CHIP_NUMBER[i]), row_step(&CHIP_NUMBER[i])};
    NamedCost *next = named + N_CHIP_NUMBERS;
    for (uint32_t p = 0; p < chip->n_points; p++) {
        const OperatingPoint *point = &chip->point[p];
        for (uint32_t i = 0; i < N_POINT_NUMBERS; i++, next++) {
            next->key =
                arena_printf(arena, "operating_points.%s.%s", point->name, POINT_NUMBER[i].field);
            next->unit = row_unit(&POINT_NUMBER[i]);
            next->cost = row_cost_of(point, &POINT_NUMBER[i]);
            next->step = row_step(&POINT_NUMBER[i]);
        }
    }
    *out = named;
    return n;
}

uint32_t chip_point(const Chip *chip, const char *name)
{
    uint32_t p = 0;
    while (p < chip->n_points && strcmp(chip->point[p].name, name) != 0)
        p++;
    return p;
}

uint32_t chip_cores_per_chip(const Chip *chip)
{
    return chip->n_tiles * chip->grid.cores_per_tile;
}

uint32_t chip_boards(const Chip *chip)
{
    const Fabric *fabric = &chip->fabric;
    return fabric->width / fabric->board_width * (fabric->height / fabric->board_height);
}

uint32_t chip_board(const Fabric *fabric, Cell2d cell)
{
    return cell.x / fabric->board_width * (fabric->height / fabric->board_height) +
           cell.y / fabric->board_height;
}

bool chip_core_is_usable(const Chip *chip, uint32_t core)
{
    const Fabric *fabric = &chip->fabric;
    if (core >= chip->n_cores || core % chip_cores_per_chip(chip) >= chip->grid.usable_cores)
        return false;
    uint32_t low = 0, high = fabric->n_dead_cores;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (fabric->dead_core[middle] < core)
            low = middle + 1;
        else
            high = middle;
    }
    return low == fabric->n_dead_cores || fabric->dead_core[low] != core;
}

uint32_t chip_usable_cores(const Chip *chip)
{
    uint32_t n_usable = chip->fabric.n_chips * chip->grid.usable_cores;
    for (uint32_t i = 0; i < chip->fabric.n_dead_cores; i++)
        n_usable -= chip->fabric.dead_core[i] % chip_cores_per_chip(chip) < chip->grid.usable_cores;
    return n_usable;
}

uint32_t chip_list_usable(Arena *arena, const Chip *chip, uint32_t **out)
{
    uint32_t *core = ARENA_ARRAY(arena, uint32_t, chip_usable_cores(chip)), n = 0;
    for (uint32_t c = 0; c < chip->n_cores; c++)
        if (chip_core_is_usable(chip, c))
            core[n++] = c;
    CHECK(n == chip_usable_cores(chip));
    *out = core;
    return n;
}

uint64_t cost_count(const Cost *cost)
{
    CHECK(cost->value >= 0 && cost->value <= 0x1p53);
    uint64_t count = (uint64_t)cost->value;
    CHECK(!((double)count < cost->value)); /* a whole number */
    return count;
}

uint64_t chip_flit_cycles(const Chip *chip)
{
    const uint64_t link_bits = cost_count(&chip->noc.link_bits);
    return (cost_count(&chip->noc.flit_bits) + link_bits - 1) / link_bits;
}

const char *source_kind_name(SourceKind kind)
{
    static const char *const NAME[] = {"measured", "datasheet", "derived", "guess"};
    CHECK((unsigned)kind < sizeof NAME / sizeof NAME[0]);
    return NAME[kind];
}
