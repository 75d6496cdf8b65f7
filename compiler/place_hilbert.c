/* place_hilbert.c - placement `hilbert`: slots along a space-filling curve, so that slots that are
 * near one another in layer order stand near one another in both directions of the grid.
 *
 * The curve is Hilbert's on squares of a power of two and its generalisation elsewhere: a
 * rectangle is cut in two along its longer side if it is much longer than wide, else in three (up
 * one half, over the whole length of the other, back down), with the cuts at even lengths so that
 * the pieces join at neighbouring cells. Cells without a usable core are left out. Where there are
 * several boards the curve goes over these, within each over its chips, and within each of them
 * over its tiles. Cost: O(cells).
 */
#include "place.h"

#include "base/check.h"

typedef struct Vector {
    int32_t x, y;
} Vector;

typedef struct Curve {
    Cell2d *cell;
    uint32_t n;
} Curve;

static int32_t sign_of(int32_t x)
{
    return (x > 0) - (x < 0);
}

static int32_t length_of(Vector v) /* one of its parts is 0 */
{
    int32_t sum = v.x + v.y;
    return sum < 0 ? -sum : sum;
}

static Vector unit_of(Vector v)
{
    return (Vector){sign_of(v.x), sign_of(v.y)};
}

static Vector sum_of(Vector a, Vector b)
{
    return (Vector){a.x + b.x, a.y + b.y};
}

static Vector less(Vector a, Vector b)
{
    return (Vector){a.x - b.x, a.y - b.y};
}

/* Half of a vector, lengthened by one where that makes a cut between pieces even. */
static Vector half_of(Vector v)
{
    Vector half = {v.x / 2, v.y / 2};
    if (length_of(half) % 2 != 0 && length_of(v) > 2)
        half = sum_of(half, unit_of(v));
    return half;
}

static void draw_line(Curve *curve, Vector at, Vector step, int32_t length)
{
    for (int32_t i = 0; i < length; i++) {
        curve->cell[curve->n++] = (Cell2d){(uint32_t)at.x, (uint32_t)at.y};
        at = sum_of(at, step);
    }
}

/* The rectangle with a corner at `at` that spans `along` (the way the curve goes) and `across`. Its
 * sides at least halve within two calls, so it ends at a depth of the logarithm of its cells. */
static void draw(Curve *curve, Vector at, Vector along, Vector across)
{
    int32_t length = length_of(along), breadth = length_of(across);
    if (breadth == 1) {
        draw_line(curve, at, unit_of(along), length);
        return;
    }
    if (length == 1) {
        draw_line(curve, at, unit_of(across), breadth);
        return;
    }
    if (2 * length > 3 * breadth) {
        Vector first = half_of(along);
        draw(curve, at, first, across);
        draw(curve, sum_of(at, first), less(along, first), across);
        return;
    }
    Vector first = half_of(across), rest = less(across, first);
    Vector half = {along.x / 2, along.y / 2};
    draw(curve, at, first, half);
    draw(curve, sum_of(at, first), along, rest);
    Vector corner = sum_of(less(along, unit_of(along)), less(first, unit_of(first)));
    draw(curve, sum_of(at, corner), (Vector){-first.x, -first.y}, less(half, along));
}

/* All cells of a rectangle; the curve sets out along its longer side. */
static Cell2d *curve_over(Arena *scratch, uint32_t width, uint32_t height)
{
    size_t n_cells = (size_t)width * height;
    Curve curve = {ARENA_ARRAY(scratch, Cell2d, n_cells), 0};
    Vector x = {(int32_t)width, 0}, y = {0, (int32_t)height}, origin = {0, 0};
    if (width >= height)
        draw(&curve, origin, x, y);
    else
        draw(&curve, origin, y, x);
    CHECK(curve.n == n_cells);
    return curve.cell;
}

/* All chips, board after board. */
static const Cell2d *curve_over_chips(Arena *scratch, const PlaceFabric *fabric)
{
    const uint32_t width = fabric->board_columns, height = fabric->board_rows;
    const uint32_t n_boards = fabric->n_columns / width * (fabric->n_rows / height);
    const Cell2d *board = curve_over(scratch, fabric->n_columns / width, fabric->n_rows / height);
    const Cell2d *on_board = curve_over(scratch, width, height);
    Cell2d *chip = ARENA_ARRAY(scratch, Cell2d, (size_t)fabric->n_columns * fabric->n_rows);
    for (uint32_t b = 0, n = 0; b < n_boards; b++)
        for (uint32_t i = 0; i < width * height; i++, n++)
            chip[n] =
                (Cell2d){board[b].x * width + on_board[i].x, board[b].y * height + on_board[i].y};
    return chip;
}

void place_curve(Arena *scratch, const PlaceFabric *fabric, uint32_t *tile_order)
{
    uint32_t chip_width = fabric->width / fabric->n_columns;
    uint32_t chip_height = fabric->height / fabric->n_rows;
    const Cell2d *chip = curve_over_chips(scratch, fabric);
    const Cell2d *cell = curve_over(scratch, chip_width, chip_height);
    uint32_t n_chips = fabric->n_columns * fabric->n_rows, n = 0;
    for (uint32_t c = 0; c < n_chips; c++)
        for (uint32_t i = 0; i < chip_width * chip_height; i++) {
            uint32_t x = chip[c].x * chip_width + cell[i].x;
            uint32_t y = chip[c].y * chip_height + cell[i].y;
            uint32_t tile = fabric->tile_at[y * fabric->width + x];
            if (tile != PLACE_NONE)
                tile_order[n++] = tile;
        }
    CHECK(n == fabric->n_tiles);
}

Status place_hilbert(Arena *scratch, const PlaceProblem *problem, uint32_t *site_of, Err *err)
{
    (void)err;
    uint32_t *tile_order = ARENA_ARRAY(scratch, uint32_t, problem->fabric->n_tiles);
    place_curve(scratch, problem->fabric, tile_order);
    place_along(problem, tile_order, site_of);
    return STATUS_OK;
}
