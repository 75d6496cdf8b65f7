/* html_draw.c - the floor plan as SVG: chips, tiles, cores in the colours of all heats at once (the
 * style sheet picks one), holes as holes, links as edges whose width and colour is their load.
 *
 * A cell of the grid is PITCH wide, its tile TILE; what is left between tiles is for the links, one
 * line a direction, side by side. Links that wrap around the grid are drawn at the border they
 * leave by. y grows upwards. In bins no links are drawn. Cost: O(cells + cores + links).
 */
#include <inttypes.h>
#include <stdlib.h>

#include "html_plan.h"

enum { /* in units of the drawing */
       PITCH = 40,
       TILE = 30,
       MOST_SCALE = 2, /* pixels for a unit                                                   */
       MARGIN = 18,    /* for the numbers of rows and columns                               */
       CHIP_GAP = 34,  /* between chips of a board                                           */
       MOST_AXIS = 40  /* numbers along an axis                                              */
};

typedef struct Place {
    double x, y; /* of the upper left corner                                                */
} Place;

static Place chip_place(const PlanLayout *layout, uint32_t chip)
{
    const ReportPlan *plan = &layout->view->report->plan;
    const Cell2d cell = plan->chip[chip];
    const double wide = layout->columns * PITCH + CHIP_GAP, tall = layout->rows * PITCH + CHIP_GAP;

    if (plan->n_chips == 1)
        return (Place){MARGIN, 4};
    return (Place){cell.x * wide + CHIP_GAP / 2.0,
                   (double)(plan->board_height - 1 - cell.y) * tall + CHIP_GAP / 2.0};
}

/* Upper left corner of a cell's tile; x, y count from the grid's own corner. */
static Place cell_place(const PlanLayout *layout, Place chip, uint64_t x, uint64_t y)
{
    return (Place){chip.x + (double)x * PITCH + (PITCH - TILE) / 2.0,
                   chip.y + (double)(layout->rows - 1 - y) * PITCH + (PITCH - TILE) / 2.0};
}

/* ---- cores and tiles -------------------- */

/* "a3 b0 c8 d2": a letter a heat, "x" where nothing is known. */
static void write_levels(const PlanLayout *layout, const PlanItem *item, FILE *stream)
{
    for (int heat = 0; heat < N_HEATS; heat++) {
        if (plan_known(layout, heat))
            fprintf(stream, "%s%c%d", heat > 0 ? " " : "", 'a' + heat,
                    plan_level(layout, heat, item->value[heat]));
        else
            fprintf(stream, "%sx", heat > 0 ? " " : "");
    }
}

static void write_values(const PlanLayout *layout, const PlanItem *item, FILE *stream)
{
    const bool timed = layout->view->report->run.timed;

    html_textf(stream, "utilisation %s%.1f %%, energy %s µJ a token, data memory %s bytes",
               timed ? "" : "at most ", item->value[HEAT_LOAD],
               real_text(item->value[HEAT_ENERGY]).text,
               number_text((uint64_t)item->value[HEAT_MEMORY]).text);
    if (timed)
        fprintf(stream, ", FIFO %s packets at most",
                number_text((uint64_t)item->value[HEAT_FIFO]).text);
}

/* Cores of a tile in rows, as square as can be. */
static void write_core(const PlanLayout *layout, uint64_t id, uint64_t k, Place at, FILE *stream)
{
    const RunView *view = layout->view;
    uint64_t columns = 1;
    while (columns * columns < view->report->plan.cores_per_tile)
        columns++;
    const uint64_t rows = (view->report->plan.cores_per_tile + columns - 1) / columns;
    const double across = (double)TILE / (double)columns, down = (double)TILE / (double)rows;
    const double x = at.x + (double)(k % columns) * across, y = at.y + (double)(k / columns) * down;
    const uint32_t index = layout->core_at[id];

    fputs("<path class=\"", stream);
    if (index > 0)
        write_levels(layout, &layout->item[index - 1], stream);
    else
        fputs(plan_core_works(layout, id) ? "idle" : "dead", stream);
    fprintf(stream, "\" d=\"M%.6g %.6gh%.3gv%.3gh-%.3gz\"", x + 0.5, y + 0.5, across - 1, down - 1,
            across - 1);
    if (view->n_cores > PLAN_MOST_TITLES || index == 0) {
        fputs("/>", stream);
        return;
    }
    fprintf(stream, "><title>core %" PRIu64 " at (%" PRIu64 ",%" PRIu64 "), layers %s: ", id,
            view->core[index - 1].x, view->core[index - 1].y, view->core[index - 1].layers);
    write_values(layout, &layout->item[index - 1], stream);
    fputs("</title></path>", stream);
}

static void write_tile_label(const PlanLayout *layout, uint32_t chip, uint64_t x, uint64_t y,
                             uint64_t first, FILE *stream)
{
    const ReportPlan *plan = &layout->view->report->plan;
    PlanItem all = {0};

    for (uint64_t id = first; id < first + plan->cores_per_tile; id++) {
        if (layout->core_at[id] == 0)
            continue;
        const PlanItem *item = &layout->item[layout->core_at[id] - 1];
        all.n_cores++;
        all.value[HEAT_LOAD] += item->value[HEAT_LOAD];
        all.value[HEAT_ENERGY] += item->value[HEAT_ENERGY];
        for (int heat = HEAT_MEMORY; heat <= HEAT_FIFO; heat++)
            if (item->value[heat] > all.value[heat])
                all.value[heat] = item->value[heat];
    }
    if (plan->n_chips > 1)
        fprintf(stream, "chip (%" PRIu32 ",%" PRIu32 "), ", plan->chip[chip].x, plan->chip[chip].y);
    fprintf(stream, "tile (%" PRIu64 ",%" PRIu64 "), cores %" PRIu64 " to %" PRIu64,
            x + plan->x_min, y + plan->y_min, first, first + plan->cores_per_tile - 1);
    if (all.n_cores == 0) {
        fputs(": none in use", stream);
        return;
    }
    fprintf(stream, ", %" PRIu64 " in use: ", all.n_cores);
    all.value[HEAT_LOAD] /= (double)all.n_cores;
    write_values(layout, &all, stream);
}

static void write_tile(const PlanLayout *layout, uint32_t chip, uint64_t x, uint64_t y,
                       FILE *stream)
{
    const ReportPlan *plan = &layout->view->report->plan;
    const uint64_t tile = layout->tile_of[x * layout->height + y];
    const uint64_t first = (chip * (uint64_t)layout->n_tiles + tile) * plan->cores_per_tile;
    const Place at = cell_place(layout, chip_place(layout, chip), x, y);

    fputs("<g class=\"t\" tabindex=\"0\" role=\"img\" aria-label=\"", stream);
    write_tile_label(layout, chip, x, y, first, stream);
    fprintf(stream, "\"><path class=\"tile\" d=\"M%.6g %.6gh%dv%dh-%dz\"/>", at.x, at.y, TILE, TILE,
            TILE);
    for (uint64_t k = 0; k < plan->cores_per_tile; k++)
        write_core(layout, first + k, k, at, stream);
    fputs("</g>\n", stream);
}

static void write_cell(const PlanLayout *layout, uint32_t chip, uint64_t x, uint64_t y,
                       FILE *stream)
{
    const uint8_t kind = layout->cell[x * layout->height + y];
    const Place at = cell_place(layout, chip_place(layout, chip), x, y);

    if (kind == CELL_TILE) {
        write_tile(layout, chip, x, y, stream);
        return;
    }
    const char *name = kind == CELL_HOLE ? "hole" : "router";
    fprintf(stream, "<path class=\"%s\" d=\"M%.6g %.6gh%dv%dh-%dz\"/>", name, at.x, at.y, TILE,
            TILE, TILE);
    if (layout->view->report->plan.n_chips == 1) /* on a board too small to be read */
        fprintf(stream, "<text class=\"lab\" x=\"%.6g\" y=\"%.6g\">%s</text>", at.x + TILE / 2.0,
                at.y + TILE / 2.0 + 3, name);
    fputc('\n', stream);
}

static void write_bin(const PlanLayout *layout, uint32_t chip, uint64_t x, uint64_t y, FILE *stream)
{
    const ReportPlan *plan = &layout->view->report->plan;
    const PlanItem *item = &layout->item[(chip * (uint64_t)layout->columns + x) * layout->rows + y];
    const Place at = cell_place(layout, chip_place(layout, chip), x, y);
    const uint64_t from_x = plan->x_min + x * layout->bin, from_y = plan->y_min + y * layout->bin;

    if (item->n_cores == 0) {
        fprintf(stream, "<path class=\"idle\" d=\"M%.6g %.6gh%dv%dh-%dz\"/>\n", at.x, at.y, TILE,
                TILE, TILE);
        return;
    }
    fprintf(stream,
            "<g class=\"t\" tabindex=\"0\" role=\"img\" aria-label=\"tiles from (%" PRIu64
            ",%" PRIu64 "), %" PRIu64 " cores in use: ",
            from_x, from_y, item->n_cores);
    write_values(layout, item, stream);
    fputs("\"><path class=\"", stream);
    write_levels(layout, item, stream);
    fprintf(stream, "\" d=\"M%.6g %.6gh%dv%dh-%dz\"/></g>\n", at.x, at.y, TILE, TILE, TILE);
}

/* ---- links -------------------- */

/* -1, 0 or 1; the other way round if the link wraps around the grid. */
static int direction(uint64_t from, uint64_t to)
{
    const int way = (to > from) - (to < from);
    const uint64_t far = to > from ? to - from : from - to;
    return far > 1 ? -way : way;
}

static void write_link(const PlanLayout *layout, const ViewLink *link, FILE *stream)
{
    const ReportPlan *plan = &layout->view->report->plan;
    const bool board = link->kind == VIEW_LINK_BOARD;
    const int dx = direction(link->from_x, link->to_x), dy = direction(link->from_y, link->to_y);
    const double length = dx != 0 && dy != 0 ? 1.41421356 : 1;
    double wide = layout->columns * PITCH, tall = layout->rows * PITCH, reach = 9;
    Place middle = chip_place(layout, link->chip);

    if (board) {
        middle.x += wide / 2 + dx * (wide + CHIP_GAP) / 2;
        middle.y += tall / 2 - dy * (tall + CHIP_GAP) / 2;
    } else {
        middle = cell_place(layout, middle, link->from_x - plan->x_min, link->from_y - plan->y_min);
        middle.x += (TILE + dx * PITCH) / 2.0;
        middle.y += (TILE - dy * PITCH) / 2.0;
        reach = 4;
    }
    const double side = board ? 5 : 2.5; /* on its right-hand side */
    middle.x += dy * side / length;
    middle.y += dx * side / length;
    fprintf(stream, "<path class=\"l%d\" d=\"M%.6g %.6gL%.6g %.6g\"", plan_link_level(layout, link),
            middle.x - dx * reach, middle.y + dy * reach, middle.x + dx * reach,
            middle.y - dy * reach);
    if (layout->view->n_links > PLAN_MOST_TITLES) {
        fputs("/>\n", stream);
        return;
    }
    fputs("><title>", stream);
    html_textf(stream, "%s: %s %s, busy %.2f %% of the time", link->name,
               number_text(link->flits).text, board ? "frames" : "flits",
               100 * view_link_load(layout->view, link));
    fputs("</title></path>\n", stream);
}

static void write_links(const PlanLayout *layout, FILE *stream)
{
    for (uint32_t i = 0; i < layout->view->n_links; i++) {
        const ViewLink *link = &layout->view->link[i];
        const bool board = link->kind == VIEW_LINK_BOARD;
        if ((layout->bin > 0 || layout->cores_of_chip[link->chip] == 0) && !board)
            continue;
        write_link(layout, link, stream);
    }
}

/* ---- chips -------------------- */

static void write_axes(const PlanLayout *layout, FILE *stream)
{
    const ReportPlan *plan = &layout->view->report->plan;

    if (plan->n_chips > 1 || layout->bin > 0 || layout->columns > MOST_AXIS ||
        layout->rows > MOST_AXIS)
        return;
    for (uint32_t x = 0; x < layout->columns; x++)
        fprintf(stream, "<text class=\"lab\" x=\"%d\" y=\"%d\">%" PRIu64 "</text>",
                MARGIN + (int)x * PITCH + PITCH / 2, (int)layout->rows * PITCH + 14,
                x + plan->x_min);
    for (uint32_t y = 0; y < layout->rows; y++)
        fprintf(stream, "<text class=\"lab\" x=\"8\" y=\"%d\">%" PRIu64 "</text>",
                4 + (int)(layout->rows - 1 - y) * PITCH + PITCH / 2 + 3, y + plan->y_min);
    fputc('\n', stream);
}

static void write_chip(const PlanLayout *layout, uint32_t chip, FILE *stream)
{
    const ReportPlan *plan = &layout->view->report->plan;
    const Place at = chip_place(layout, chip);
    const double wide = layout->columns * PITCH, tall = layout->rows * PITCH;
    const bool used = layout->cores_of_chip[chip] > 0;

    if (plan->n_chips > 1)
        fprintf(
            stream,
            "<rect class=\"chip%s\" x=\"%.6g\" y=\"%.6g\" width=\"%.6g\" height=\"%.6g\"><title>"
            "chip (%" PRIu32 ",%" PRIu32 "): %" PRIu32 " cores in use</title></rect>\n",
            used ? "" : " off", at.x, at.y, wide, tall, plan->chip[chip].x, plan->chip[chip].y,
            layout->cores_of_chip[chip]);
    for (uint64_t x = 0; used && x < layout->columns; x++)
        for (uint64_t y = 0; y < layout->rows; y++)
            if (layout->bin > 0)
                write_bin(layout, chip, x, y, stream);
            else
                write_cell(layout, chip, x, y, stream);
}

void plan_draw(Arena *scratch, const PlanLayout *layout, FILE *stream)
{
    const ReportPlan *plan = &layout->view->report->plan;
    double wide = layout->columns * PITCH + MARGIN + 4, tall = layout->rows * PITCH + MARGIN + 4;

    (void)scratch;
    if (plan->n_chips > 1) {
        wide = (double)plan->board_width * (layout->columns * PITCH + CHIP_GAP);
        tall = (double)plan->board_height * (layout->rows * PITCH + CHIP_GAP);
    }
    fprintf(
        stream,
        "<svg class=\"plan%s\" viewBox=\"0 0 %.6g %.6g\" style=\"max-width:%.6gpx\" role=\"group\" "
        "aria-label=\"Floor plan; tiles can be focused, arrow keys move\">\n",
        wide > 720 ? " wide" : "", wide, tall, MOST_SCALE * wide);
    write_axes(layout, stream);
    for (uint32_t chip = 0; chip < plan->n_chips; chip++)
        write_chip(layout, chip, stream);
    fputs("<g class=\"links\">\n", stream);
    write_links(layout, stream);
    fputs("</g>\n</svg>\n", stream);
}
