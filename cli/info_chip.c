/* info_chip.c - prints a chip: the grid as characters, its numbers with ranges and kinds.
 *
 * Of the numbers those that decide most cost are shown, or all of them.
 */
#include <inttypes.h>
#include <string.h>

#include "info.h"
#include "base/number_text.h"

static const char *const KEY_NUMBERS[] = {
    "core.system_bytes",
    "core.data_bytes",
    "core.receive_fifo_packets",
    "software.receive_event_cycles",
    "software.synapse_source_fp32_cycles",
    "software.synapse_target_fp32_cycles",
    "software.update_egru_cycles",
    "software.emit_event_cycles",
    "software.step_cycles",
    "noc.hz",
    "noc.hop_cycles",
    "router.hz",
    "router.lookup_cycles",
    "router.table_entries",
    "energy.chip_floor_uw",
    "energy.flit_hop_payload_pj",
    "energy.router_lookup_pj",
};

static bool is_key_number(const char *key)
{
    if (strncmp(key, "operating_points.", strlen("operating_points.")) == 0)
        return true;
    for (size_t i = 0; i < sizeof KEY_NUMBERS / sizeof KEY_NUMBERS[0]; i++)
        if (strcmp(key, KEY_NUMBERS[i]) == 0)
            return true;
    return false;
}

static bool has_cell(const Cell2d *cell, uint32_t n_cells, uint32_t x, uint32_t y)
{
    for (uint32_t i = 0; i < n_cells; i++)
        if (cell[i].x == x && cell[i].y == y)
            return true;
    return false;
}

/* Rows from the highest y down, as on paper. Wide grids are shown up to MAX_COLUMNS. */
static void print_grid(const Grid *grid, FILE *stream)
{
    enum { MAX_COLUMNS = 64, MAX_ROWS = 64 };
    uint32_t x_end = grid->x_max, y_end = grid->y_max;

    if (x_end - grid->x_min >= MAX_COLUMNS)
        x_end = grid->x_min + MAX_COLUMNS - 1;
    if (y_end - grid->y_min >= MAX_ROWS)
        y_end = grid->y_min + MAX_ROWS - 1;
    fprintf(stream, "grid           # tile of %" PRIu32 " cores, R router, . nothing\n",
            grid->cores_per_tile);
    for (uint32_t row = 0; row <= y_end - grid->y_min; row++) {
        uint32_t y = y_end - row;
        fprintf(stream, "  y %3" PRIu32 "  ", y);
        for (uint32_t x = grid->x_min; x <= x_end; x++) {
            char mark = has_cell(grid->hole, grid->n_holes, x, y)                 ? '.'
                        : has_cell(grid->router_cell, grid->n_router_cells, x, y) ? 'R'
                                                                                  : '#';
            fprintf(stream, " %c", mark);
        }
        fputc('\n', stream);
    }
    fprintf(stream, "  x %" PRIu32 " .. %" PRIu32 "%s\n", grid->x_min, grid->x_max,
            x_end < grid->x_max || y_end < grid->y_max ? " (a part is shown)" : "");
}

static void print_numbers(const NamedCost *number, uint32_t n_numbers, bool all, FILE *stream)
{
    uint32_t n_of_kind[4] = {0, 0, 0, 0}, n_shown = 0;

    fprintf(
        stream,
        "numbers                                      value         low ..        high  kind\n");
    for (uint32_t i = 0; i < n_numbers; i++) {
        const Cost *cost = number[i].cost;
        n_of_kind[cost->source_kind]++;
        if (!all && !is_key_number(number[i].key))
            continue;
        n_shown++;
        fprintf(stream, "  %-38s %11.10g %11.10g .. %11.10g  %s\n", number[i].key, cost->value,
                cost->low, cost->high, source_kind_name(cost->source_kind));
    }
    if (n_shown < n_numbers)
        fprintf(stream, "  %" PRIu32 " of %" PRIu32 " numbers; --verbose shows all\n", n_shown,
                n_numbers);
    fprintf(stream,
            "kinds          measured %" PRIu32 ", datasheet %" PRIu32 ", derived %" PRIu32
            ", guess %" PRIu32 "\n",
            n_of_kind[SOURCE_MEASURED], n_of_kind[SOURCE_DATASHEET], n_of_kind[SOURCE_DERIVED],
            n_of_kind[SOURCE_GUESS]);
}

void info_chip(Arena *scratch, const Chip *chip, bool all_numbers, FILE *stream)
{
    const NamedCost *number;
    uint32_t n_numbers = chip_numbers(scratch, chip, &number);

    fprintf(stream, "chip           %s\n", chip->name);
    if (chip->description[0] != '\0')
        fprintf(stream, "description    %s\n", chip->description);
    fprintf(stream, "hash           %016" PRIx64 "\n", chip->hash);
    fprintf(stream, "cores          %" PRIu32 " on %" PRIu32 " tiles, %" PRIu32 " usable\n",
            chip->n_cores, chip->n_tiles, chip_usable_cores(chip));
    fprintf(stream, "points        ");
    for (uint32_t i = 0; i < chip->n_points; i++)
        fprintf(stream, "%s %s (%.10g MHz)", i > 0 ? "," : "", chip->point[i].name,
                chip->point[i].hz.value / 1e6);
    fputc('\n', stream);
    print_grid(&chip->grid, stream);
    print_numbers(number, n_numbers, all_numbers, stream);
}
