/* plan_text.c - the floor plan in characters: a digit for each core, in a colour where the terminal
 * has them.
 *
 * Cores of a tile stand together in a square, tiles a blank apart, y grows upwards, as on the page.
 * Chips of a board stand side by side as far as there is room; those without a core in use are left
 * out. Where a chip is wider than the screen a digit is a bin of tiles. Cost: O(cells + cores).
 */
#include <inttypes.h>

#include "html_plan.h"

enum {
    SCREEN_COLUMNS = 80,
    AXIS_COLUMNS = 4,
    TITLE_COLUMNS = 14,
    TEXT_BINS = SCREEN_COLUMNS - AXIS_COLUMNS
};

/* Backgrounds of the nine levels among the 256 colours of a terminal, dark violet to yellow, whose
 * lightness rises evenly, so that they can be told apart without seeing hues. */
static const int BACKGROUND[PLAN_LEVELS] = {53, 54, 60, 24, 30, 35, 71, 148, 227};

typedef struct Screen {
    const PlanLayout *layout;
    int heat;
    bool colour;
    uint32_t side, rows; /* of the square of cores of a tile; 1 with bins                   */
    uint32_t wide, pad;  /* columns of a chip, of these empty ones behind it                */
    FILE *stream;
} Screen;

static void put(const Screen *screen, char sign, int level)
{
    if (screen->colour && level >= 0)
        fprintf(screen->stream, "\033[48;5;%dm\033[38;5;%dm%c\033[0m", BACKGROUND[level],
                level < PLAN_LEVELS / 2 ? 231 : 16, sign);
    else
        fputc(sign, screen->stream);
}

static void put_item(const Screen *screen, const PlanItem *item)
{
    const int level = plan_level(screen->layout, screen->heat, item->value[screen->heat]);
    put(screen, (char)('1' + level), level);
}

/* Row `row` of the cores of the tile at that cell of the grid. */
static void put_tile(const Screen *screen, uint32_t chip, uint64_t cell, uint32_t row)
{
    const PlanLayout *layout = screen->layout;
    const uint64_t per_tile = layout->view->report->plan.cores_per_tile;
    const uint64_t tile = (uint64_t)chip * layout->n_tiles + layout->tile_of[cell];

    for (uint32_t column = 0; column < screen->side; column++) {
        const uint64_t k = (uint64_t)row * screen->side + column, core = tile * per_tile + k;
        if (layout->cell[cell] != CELL_TILE || k >= per_tile)
            put(screen, layout->cell[cell] == CELL_ROUTER ? '#' : ' ', -1);
        else if (layout->core_at[core] > 0)
            put_item(screen, &layout->item[layout->core_at[core] - 1]);
        else
            put(screen, plan_core_works(layout, core) ? '.' : 'x', -1);
    }
}

static void put_bin(const Screen *screen, uint32_t chip, uint64_t x, uint64_t y)
{
    const PlanLayout *layout = screen->layout;
    const PlanItem *item = &layout->item[((uint64_t)chip * layout->columns + x) * layout->rows + y];

    if (item->n_cores > 0)
        put_item(screen, item);
    else
        put(screen, '.', -1);
}

static NumberText chip_title(const Screen *screen, uint32_t chip)
{
    const Cell2d at = screen->layout->view->report->plan.chip[chip];
    NumberText title;

    snprintf(title.text, sizeof title.text, "%" PRIu32 " (%" PRIu32 ",%" PRIu32 ")", chip, at.x,
             at.y);
    return title;
}

/* A line of a chip: row `row` of the cores of the cells at y. */
static void put_line(const Screen *screen, uint32_t chip, uint32_t y, uint32_t row)
{
    const PlanLayout *layout = screen->layout;

    for (uint32_t x = 0; x < layout->columns; x++) {
        if (layout->bin == 0 || x == 0)
            fputc(' ', screen->stream);
        if (layout->bin > 0)
            put_bin(screen, chip, x, y);
        else
            put_tile(screen, chip, (uint64_t)x * layout->height + y, row);
    }
}

/* The numbers of columns, as many as there is room for, and a chip's place below them. */
static void put_axis(const Screen *screen)
{
    const PlanLayout *layout = screen->layout;
    const ReportPlan *plan = &layout->view->report->plan;
    const uint32_t pitch = layout->bin > 0 ? 1 : screen->side + 1;
    const uint64_t scale = layout->bin > 0 ? layout->bin : 1;
    const uint32_t every = (uint32_t)snprintf(NULL, 0, "%" PRIu64, plan->x_max) / pitch + 1;
    int left = (int)(layout->columns * pitch + (layout->bin > 0));

    for (uint32_t x = 0; x < layout->columns && left > 0; x += every) {
        const int wide = (int)(every * pitch) < left ? (int)(every * pitch) : left;
        fprintf(screen->stream, " %-*" PRIu64, wide - 1, plan->x_min + x * scale);
        left -= wide;
    }
    fprintf(screen->stream, "%*s", left, "");
}

/* Chips of a board that stand side by side. */
static void write_chips(const Screen *screen, const uint32_t *chip, uint32_t n)
{
    const PlanLayout *layout = screen->layout;
    const ReportPlan *plan = &layout->view->report->plan;
    const uint64_t scale = layout->bin > 0 ? layout->bin : 1;

    if (plan->n_chips > 1)
        fputc('\n', screen->stream);
    for (uint32_t i = 0; i < n && plan->n_chips > 1; i++)
        fprintf(screen->stream, "%s%*s%-*s", i > 0 ? " " : "", AXIS_COLUMNS, "",
                (int)screen->wide - AXIS_COLUMNS, chip_title(screen, chip[i]).text);
    if (plan->n_chips > 1)
        fputc('\n', screen->stream);
    for (uint32_t line = layout->rows * screen->rows; line-- > 0;) {
        const uint32_t y = line / screen->rows, row = screen->rows - 1 - line % screen->rows;
        for (uint32_t i = 0; i < n; i++) {
            fputs(i > 0 ? " " : "", screen->stream);
            if (row == 0)
                fprintf(screen->stream, "%*" PRIu64, AXIS_COLUMNS - 1, plan->y_min + y * scale);
            else
                fprintf(screen->stream, "%*s", AXIS_COLUMNS - 1, "");
            put_line(screen, chip[i], y, row);
            fprintf(screen->stream, "%*s", (int)screen->pad, "");
        }
        fputc('\n', screen->stream);
    }
    for (uint32_t i = 0; i < n; i++) {
        fprintf(screen->stream, "%s%*s", i > 0 ? " " : "", AXIS_COLUMNS - 1, "");
        put_axis(screen);
        fprintf(screen->stream, "%*s", (int)screen->pad, "");
    }
    fputc('\n', screen->stream);
}

/* Chips with a core in use, as many side by side as the screen is wide for. */
static void write_board(Screen *screen)
{
    const PlanLayout *layout = screen->layout;
    const uint32_t n_chips = layout->view->report->plan.n_chips;
    const uint32_t pitch = layout->bin > 0 ? 1 : screen->side + 1;
    const uint32_t grid = AXIS_COLUMNS - 1 + (layout->bin > 0 ? 1u : 0u) + layout->columns * pitch;
    uint32_t chip[SCREEN_COLUMNS], n = 0;

    screen->wide = n_chips > 1 && grid < TITLE_COLUMNS ? TITLE_COLUMNS : grid;
    screen->pad = screen->wide - grid;
    for (uint32_t c = 0; c < n_chips; c++) {
        if (layout->cores_of_chip[c] > 0)
            chip[n++] = c;
        if (n > 0 && (c + 1 == n_chips || (n + 1) * (screen->wide + 1) > SCREEN_COLUMNS + 1)) {
            write_chips(screen, chip, n);
            n = 0;
        }
    }
}

static void write_key(const Screen *screen)
{
    const PlanLayout *layout = screen->layout;
    const double low = layout->low[screen->heat], high = layout->high[screen->heat];

    fprintf(screen->stream, "%s, %s: ", heat_title(screen->heat), heat_unit(screen->heat));
    for (int level = 0; level < PLAN_LEVELS; level++)
        put(screen, (char)('1' + level), level);
    fprintf(screen->stream, " from %s to %s in nine equal steps", real_text(low).text,
            real_text(high).text);
    if (layout->bin == 1)
        fputs("; a digit is a tile", screen->stream);
    else if (layout->bin > 0)
        fprintf(screen->stream, "; a digit is %" PRIu32 " x %" PRIu32 " tiles", layout->bin,
                layout->bin);
    fprintf(screen->stream, "\n. not in use, x not usable, # router, blank: a hole%s\n",
            layout->view->report->plan.n_chips > 1 ? "; a chip: number (x,y)" : "");
}

const char *plan_text_heat(uint32_t heat)
{
    static const char *const names[N_HEATS] = {"load", "energy", "memory", "fifo"};
    return heat < N_HEATS ? names[heat] : NULL;
}

void plan_text_write(Arena *scratch, const RunView *view, uint32_t heat, bool colour, FILE *stream)
{
    const uint64_t per_tile = view->report->plan.cores_per_tile;
    Screen screen = {.heat = (int)heat, .colour = colour, .side = 1, .stream = stream};

    while ((uint64_t)screen.side * screen.side < per_tile)
        screen.side++;
    const PlanLimits limits = {UINT64_MAX, UINT64_MAX, TEXT_BINS / (screen.side + 1), TEXT_BINS};

    screen.layout = plan_layout(scratch, view, &limits);
    if (screen.layout->bin > 0)
        screen.side = 1;
    screen.rows =
        screen.layout->bin > 0 ? 1 : (uint32_t)((per_tile + screen.side - 1) / screen.side);
    write_key(&screen);
    write_board(&screen);
}
