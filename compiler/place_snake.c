/* place_snake.c - placements `snake` and `row-snake`: tiles column by column, up the first and down
 * the next, or row by row, so that consecutive slices always stand on neighbouring tiles (holes of
 * the grid aside).
 *
 * The chips of a board one after another, in a snake over the board, and so the boards. Empty columns (or rows) do not
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

/* The n-th cell of a snake over columns of that height. */
static Cell2d snake_cell(uint32_t n, uint32_t height)
{
    uint32_t x = n / height, y = n % height;
    return (Cell2d){x, x % 2 == 0 ? y : height - 1 - y};
}

/* The n-th chip: board after board. */
static Cell2d nth_chip(const PlaceFabric *fabric, uint32_t n)
{
    uint32_t width = fabric->board_columns, height = fabric->board_rows;
    Cell2d board = snake_cell(n / (width * height), fabric->n_rows / height);
    Cell2d chip = snake_cell(n % (width * height), height);
    return (Cell2d){board.x * width + chip.x, board.y * height + chip.y};
}

static Status place_lines(Arena *scratch, const PlaceProblem *problem, uint32_t *site_of,
                          bool by_rows)
{
    const PlaceFabric *fabric = problem->fabric;
    uint32_t chip_width = fabric->width / fabric->n_columns;
    uint32_t chip_height = fabric->height / fabric->n_rows;
    Snake snake = {.fabric = fabric,
                   .n_lines = by_rows ? chip_height : chip_width,
                   .n_in_line = by_rows ? chip_width : chip_height,
                   .by_rows = by_rows,
                   .tile_order = ARENA_ARRAY(scratch, uint32_t, fabric->n_tiles)};
    uint32_t n_chips = fabric->n_columns * fabric->n_rows;
    for (uint32_t c = 0; c < n_chips; c++) {
        Cell2d chip = nth_chip(fabric, c);
        bool back = false;
        snake.chip = (Cell2d){chip.x * chip_width, chip.y * chip_height};
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
