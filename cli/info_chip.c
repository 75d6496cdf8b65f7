/* info_chip.c - prints a chip: how its routers are connected, the grid as characters, its numbers
 * with ranges and kinds.
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
    "links.on_board_bits_per_second",
    "links.on_board_latency_ns",
    "links.off_board_bits_per_second",
    "links.off_board_latency_ns",
    "energy.chip_floor_uw",
    "energy.flit_hop_payload_pj",
    "energy.router_lookup_pj",
};

/* Times of links between boards say something only where there are several. */
static bool is_key_number(const Chip *chip, const char *key)
{
    if (strncmp(key, "links.off_board", strlen("links.off_board")) == 0 && chip_boards(chip) == 1)
        return false;
    if (strncmp(key, "operating_points.", strlen("operating_points.")) == 0)
        return true;
    for (size_t i = 0; i < sizeof KEY_NUMBERS / sizeof KEY_NUMBERS[0]; i++)
        if (strcmp(key, KEY_NUMBERS[i]) == 0)
            return true;
    return false;
}

enum { MAX_COLUMNS = 64, MAX_ROWS = 64 };

/* Marks of a grid of cells, [x * height + y]. */
typedef struct Picture {
    uint32_t x_min, y_min, width, height;
    char *mark;
} Picture;

static Picture make_picture(Arena *scratch, uint32_t x_min, uint32_t y_min, uint32_t width,
                            uint32_t height)
{
    Picture picture = {x_min, y_min, width, height,
                       ARENA_ARRAY(scratch, char, (size_t)width *height)};
    memset(picture.mark, '.', (size_t)width * height);
    return picture;
}

static void put_marks(Picture *picture, const Cell2d *cell, uint32_t n, char mark)
{
    for (uint32_t i = 0; i < n; i++)
        picture->mark[(size_t)(cell[i].x - picture->x_min) * picture->height + cell[i].y -
                      picture->y_min] = mark;
}

/* Rows from the highest y down, as on paper. Of wide pictures a part is shown. */
static void print_picture(const Picture *picture, FILE *stream)
{
    uint32_t width = picture->width < MAX_COLUMNS ? picture->width : MAX_COLUMNS;
    uint32_t height = picture->height < MAX_ROWS ? picture->height : MAX_ROWS;

    for (uint32_t row = 0; row < height; row++) {
        uint32_t y = height - 1 - row;
        fprintf(stream, "  y %3" PRIu32 "  ", picture->y_min + y);
        for (uint32_t x = 0; x < width; x++)
            fprintf(stream, " %c", picture->mark[(size_t)x * picture->height + y]);
        fputc('\n', stream);
    }
    fprintf(stream, "  x %" PRIu32 " .. %" PRIu32 "%s\n", picture->x_min,
            picture->x_min + picture->width - 1,
            width < picture->width || height < picture->height ? " (a part is shown)" : "");
}

static void print_grid(Arena *scratch, const Chip *chip, FILE *stream)
{
    const Grid *grid = &chip->grid;
    Picture picture = make_picture(scratch, grid->x_min, grid->y_min, grid->x_max - grid->x_min + 1,
                                   grid->y_max - grid->y_min + 1);

    put_marks(&picture, chip->tile, chip->n_tiles, '#');
    put_marks(&picture, grid->router_cell, grid->n_router_cells, 'R');
    fprintf(stream, "grid           # tile of %" PRIu32 " core%s%s, . nothing\n",
            grid->cores_per_tile, grid->cores_per_tile == 1 ? "" : "s",
            chip->fabric.routing == ROUTING_MESH ? " and a router" : ", R router");
    print_picture(&picture, stream);
}

static void print_board(Arena *scratch, const Chip *chip, FILE *stream)
{
    const Fabric *fabric = &chip->fabric;
    Picture picture = make_picture(scratch, 0, 0, fabric->width, fabric->height);

    put_marks(&picture, fabric->chip_cell, fabric->n_chips, '#');
    fprintf(stream, "%s # chip, . none\n",
            chip_boards(chip) > 1 ? "chips         " : "board         ");
    print_picture(&picture, stream);
}

/* How many routers, and what holds them together. */
static void print_fabric(const Chip *chip, FILE *stream)
{
    const Fabric *fabric = &chip->fabric;
    bool is_mesh = fabric->routing == ROUTING_MESH;

    if (!is_mesh && fabric->n_chips == 1) {
        fprintf(stream, "routers        1, central\n");
    } else {
        const Grid *grid = &chip->grid;
        uint32_t width = is_mesh ? grid->x_max - grid->x_min + 1 : fabric->width;
        uint32_t height = is_mesh ? grid->y_max - grid->y_min + 1 : fabric->height;
        const Cell2d *cell = is_mesh ? chip->tile : fabric->chip_cell;
        fprintf(stream,
                "routers        %" PRIu32 ", one in each %s; %" PRIu32 " sides, %" PRIu32
                " x %" PRIu32 "%s\n",
                is_mesh ? chip->n_tiles : fabric->n_chips, is_mesh ? "tile" : "chip",
                fabric->n_sides, width, height, fabric->wrap ? ", joined at the borders" : "");
        if (chip_boards(chip) > 1)
            fprintf(stream,
                    "boards         %" PRIu32 ", %" PRIu32 " x %" PRIu32 " of %" PRIu32
                    " x %" PRIu32 " chips\n",
                    chip_boards(chip), fabric->width / fabric->board_width,
                    fabric->height / fabric->board_height, fabric->board_width,
                    fabric->board_height);
        fprintf(stream, "host           at (%" PRIu32 ",%" PRIu32 ")\n",
                cell[fabric->host_router].x, cell[fabric->host_router].y);
    }
    if (fabric->turns != TURNS_X_FIRST)
        fprintf(stream, "turns          %s\n", turn_base_name(fabric->turns));
    if (fabric->default_route)
        fprintf(stream, "default route  straight on\n");
    if (fabric->n_dead_cores + fabric->n_dead_links > 0)
        fprintf(stream, "dead           %" PRIu32 " cores, %" PRIu32 " links\n",
                fabric->n_dead_cores, fabric->n_dead_links);
}

static void print_numbers(Arena *scratch, const Chip *chip, bool all, FILE *stream)
{
    const NamedCost *number;
    uint32_t n_numbers = chip_numbers(scratch, chip, &number);
    uint32_t n_of_kind[4] = {0, 0, 0, 0}, n_shown = 0;

    fprintf(
        stream,
        "numbers                                      value         low ..        high  kind\n");
    for (uint32_t i = 0; i < n_numbers; i++) {
        const Cost *cost = number[i].cost;
        n_of_kind[cost->source_kind]++;
        if (!all && !is_key_number(chip, number[i].key))
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
    fprintf(stream, "chip           %s\n", chip->name);
    if (chip->description[0] != '\0')
        fprintf(stream, "description    %s\n", chip->description);
    fprintf(stream, "hash           %016" PRIx64 "\n", chip->hash);
    fprintf(stream, "cores          %" PRIu32 " on ", chip->n_cores);
    if (chip->fabric.n_chips > 1)
        fprintf(stream, "%" PRIu32 " chips of ", chip->fabric.n_chips);
    fprintf(stream, "%" PRIu32 " tiles, %" PRIu32 " usable\n", chip->n_tiles,
            chip_usable_cores(chip));
    print_fabric(chip, stream);
    fprintf(stream, "points        ");
    for (uint32_t i = 0; i < chip->n_points; i++)
        fprintf(stream, "%s %s (%.10g MHz)", i > 0 ? "," : "", chip->point[i].name,
                chip->point[i].hz.value / 1e6);
    fputc('\n', stream);
    if (chip->fabric.n_chips > 1)
        print_board(scratch, chip, stream);
    print_grid(scratch, chip, stream);
    print_numbers(scratch, chip, all_numbers, stream);
}
