/* place_snake.c - placements `snake` and `row-snake`: tiles column by column, up the first and down
 * the next, or row by row, so that consecutive slices always stand on neighbouring tiles (holes of
 * the grid aside).
 *
 * The chips of a board one after another, in a snake over the board. Empty columns (or rows) do not
 * turn it. Which of both makes smaller trees depends on the dimension that packets travel first.
 * Cost: O(cells).
 */
#include "place.h"

typedef struct Snake {
    const PlaceFabric *fabric;
    Cell2d chip;                 /* the one at hand                               */
    uint32_t n_lines, n_in_line; /* of a chip: columns and rows, or the other way */
    bool by_rows;
    uint32_t n;
    uint32_t *tile_order;
} Snake;

/* Tiles of one column (or row) of a chip; true if there are any. */
static bool walk_line(Snake *snake, uint32_t line, bool back)
{
    const PlaceFabric *fabric = snake->fabric;
    uint32_t n_before = snake->n;
    for (uint32_t i = 0; i < snake->n_in_line; i++) {
        uint32_t along = back ? snake->n_in_line - 1 - i : i;
        uint32_t x = snake->chip.x + (snake->by_rows ? along : line);
        uint32_t y = snake->chip.y + (snake->by_rows ? line : along);
        uint32_t tile = fabric->tile_at[(size_t)y * fabric->width + x];
        if (tile != PLACE_NONE)
            snake->tile_order[snake->n++] = tile;
    }
    return snake->n > n_before;
}

static Status place_lines(Arena *scratch, const PlaceProblem *problem, uint32_t *site_of,
                          bool by_rows)
{
    const PlaceFabric *fabric = problem->fabric;
    uint32_t chip_width = fabric->width / fabric->board_width;
    uint32_t chip_height = fabric->height / fabric->board_height;
    Snake snake = {.fabric = fabric,
                   .n_lines = by_rows ? chip_height : chip_width,
                   .n_in_line = by_rows ? chip_width : chip_height,
                   .by_rows = by_rows,
                   .tile_order = ARENA_ARRAY(scratch, uint32_t, fabric->n_tiles)};
    uint32_t n_chips = fabric->board_width * fabric->board_height;
    for (uint32_t c = 0; c < n_chips; c++) {
        uint32_t x = c / fabric->board_height, i = c % fabric->board_height;
        uint32_t y = x % 2 == 0 ? i : fabric->board_height - 1 - i;
        bool back = false;
        snake.chip = (Cell2d){x * chip_width, y * chip_height};
        for (uint32_t line = 0; line < snake.n_lines; line++)
            back = back != walk_line(&snake, line, back);
    }
    place_along(problem, snake.tile_order, site_of);
    return STATUS_OK;
}

Status place_snake(Arena *scratch, const PlaceProblem *problem, uint32_t *site_of, Err *err)
{
    (void)err;
    return place_lines(scratch, problem, site_of, false);
}

Status place_row_snake(Arena *scratch, const PlaceProblem *problem, uint32_t *site_of, Err *err)
{
    (void)err;
    return place_lines(scratch, problem, site_of, true);
}
