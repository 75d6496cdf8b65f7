/* html_layout.c - works out what the floor plan shows: cells of the grid, what is in which step of
 * which scale, and bins of tiles where there are too many cores to draw one by one.
 *
 * Cores are found by their id, which holds chip, tile and place in the tile (report.json,
 * floor_plan). A scale begins at 0 unless the smallest value is above half of the largest: then it
 * begins there, so that differences can be seen; the legend has its ends. Cost: O(grid + cores +
 * links).
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/check.h"
#include "html_plan.h"

static const double PJ_PER_UJ = 1e6;

const char *heat_title(int heat)
{
#define X(NAME, title, unit) title,
    static const char *const titles[] = {HEAT_LIST(X)};
#undef X
    return titles[heat];
}

const char *heat_unit(int heat)
{
#define X(NAME, title, unit) unit,
    static const char *const units[] = {HEAT_LIST(X)};
#undef X
    return units[heat];
}

static void mark_cells(PlanLayout *layout, uint8_t *cell, uint32_t n, const Cell2d *at, PlanCell as)
{
    const ReportPlan *plan = &layout->view->report->plan;

    for (uint32_t i = 0; i < n; i++) {
        const uint64_t x = at[i].x - plan->x_min, y = at[i].y - plan->y_min;
        if (x < layout->width && y < layout->height)
            cell[x * layout->height + y] = (uint8_t)as;
    }
}

static void lay_grid(Arena *arena, PlanLayout *layout)
{
    const ReportPlan *plan = &layout->view->report->plan;
    layout->width = (uint32_t)(plan->x_max - plan->x_min + 1);
    layout->height = (uint32_t)(plan->y_max - plan->y_min + 1);
    const uint64_t n_cells = (uint64_t)layout->width * layout->height;
    uint8_t *cell = ARENA_ARRAY(arena, uint8_t, n_cells);
    uint32_t *tile_of = ARENA_ARRAY(arena, uint32_t, n_cells);

    mark_cells(layout, cell, plan->n_holes, plan->hole, CELL_HOLE);
    mark_cells(layout, cell, plan->n_router_cells, plan->router_cell, CELL_ROUTER);
    for (uint64_t i = 0; i < n_cells; i++) {
        tile_of[i] = layout->n_tiles;
        layout->n_tiles += cell[i] == CELL_TILE;
    }
    layout->cell = cell;
    layout->tile_of = tile_of;
}

static void place_cores(Arena *arena, PlanLayout *layout)
{
    const RunView *view = layout->view;
    const ReportPlan *plan = &view->report->plan;
    const uint64_t n_slots = layout->n_tiles * plan->cores_per_tile * plan->n_chips;
    uint32_t *core_at = ARENA_ARRAY(arena, uint32_t, n_slots);
    uint32_t *cores_of_chip = ARENA_ARRAY(arena, uint32_t, plan->n_chips);

    for (uint32_t i = 0; i < view->n_cores; i++) {
        CHECK(view->core[i].id < n_slots);
        core_at[view->core[i].id] = i + 1;
        cores_of_chip[view->core[i].chip]++;
    }
    layout->core_at = core_at;
    layout->cores_of_chip = cores_of_chip;
}

/* ---- values and scales -------------------- */

static PlanItem item_of(const RunView *view, const ViewCore *core)
{
    const ReportRun *run = &view->report->run;
    const uint64_t fifo = core->count.n[COUNT_FIFO_HIGH_PACKETS];
    PlanItem item = {.n_cores = 1};

    if (run->run_cycles > 0)
        item.value[HEAT_LOAD] = 100 * (double)view_active_cycles(core) / (double)run->run_cycles;
    item.value[HEAT_ENERGY] = core->energy_pj / PJ_PER_UJ / (double)run->simulated_steps;
    item.value[HEAT_MEMORY] = (double)view_bytes(core, 1);
    item.value[HEAT_FIFO] = fifo != COUNT_UNKNOWN ? (double)fifo : 0;
    return item;
}

static void add_item(PlanItem *bin, const PlanItem *item)
{
    bin->n_cores += item->n_cores;
    bin->value[HEAT_LOAD] += item->value[HEAT_LOAD]; /* divided when all are in */
    bin->value[HEAT_ENERGY] += item->value[HEAT_ENERGY];
    bin->value[HEAT_MEMORY] = fmax(bin->value[HEAT_MEMORY], item->value[HEAT_MEMORY]);
    bin->value[HEAT_FIFO] = fmax(bin->value[HEAT_FIFO], item->value[HEAT_FIFO]);
}

static void fill_bins(const PlanLayout *layout, PlanItem *item)
{
    const RunView *view = layout->view;
    const ReportPlan *plan = &view->report->plan;

    for (uint32_t i = 0; i < view->n_cores; i++) {
        const ViewCore *core = &view->core[i];
        const uint64_t x = (core->x - plan->x_min) / layout->bin;
        const uint64_t y = (core->y - plan->y_min) / layout->bin;
        const PlanItem one = item_of(view, core);
        add_item(&item[((uint64_t)core->chip * layout->columns + x) * layout->rows + y], &one);
    }
    for (uint64_t i = 0; i < layout->n_items; i++)
        if (item[i].n_cores > 0)
            item[i].value[HEAT_LOAD] /= (double)item[i].n_cores;
}

/* Chips without a core in use are drawn as a box. */
static uint64_t drawn_chips(const PlanLayout *layout)
{
    uint64_t n = 0;

    for (uint32_t c = 0; c < layout->view->report->plan.n_chips; c++)
        n += layout->cores_of_chip[c] > 0;
    return n;
}

static void choose_bins(PlanLayout *layout, const PlanLimits *limits)
{
    const uint64_t n_chips = drawn_chips(layout);
    const uint64_t per_tile = layout->view->report->plan.cores_per_tile;

    layout->columns = layout->width;
    layout->rows = layout->height;
    if (n_chips * layout->n_tiles * per_tile <= limits->cores && layout->width <= limits->columns)
        return;
    for (layout->bin = 1; n_chips * layout->columns * layout->rows > limits->bins ||
                          layout->columns > limits->bin_columns;) {
        if (layout->columns == 1 && layout->rows == 1)
            return;
        layout->bin++;
        layout->columns = (layout->width + layout->bin - 1) / layout->bin;
        layout->rows = (layout->height + layout->bin - 1) / layout->bin;
    }
}

static void find_scales(PlanLayout *layout)
{
    for (int heat = 0; heat < N_HEATS; heat++) {
        double low = DBL_MAX, high = 0;
        for (uint64_t i = 0; i < layout->n_items; i++) {
            if (layout->item[i].n_cores == 0)
                continue;
            low = fmin(low, layout->item[i].value[heat]);
            high = fmax(high, layout->item[i].value[heat]);
        }
        layout->low[heat] = low > high / 2 && low < high ? low : 0;
        layout->high[heat] = high;
    }
    for (uint32_t i = 0; i < layout->view->n_links; i++) {
        const ViewLink *link = &layout->view->link[i];
        double *most = &layout->most_load[link->kind == VIEW_LINK_BOARD];
        *most = fmax(*most, view_link_load(layout->view, link));
    }
}

const PlanLayout *plan_layout(Arena *arena, const RunView *view, const PlanLimits *limits)
{
    PlanLayout *layout = ARENA_ARRAY(arena, PlanLayout, 1);

    layout->view = view;
    lay_grid(arena, layout);
    place_cores(arena, layout);
    choose_bins(layout, limits);
    layout->n_items = layout->bin == 0
                          ? view->n_cores
                          : (uint64_t)layout->columns * layout->rows * view->report->plan.n_chips;
    PlanItem *item = ARENA_ARRAY(arena, PlanItem, layout->n_items);
    for (uint32_t i = 0; layout->bin == 0 && i < view->n_cores; i++)
        item[i] = item_of(view, &view->core[i]);
    if (layout->bin > 0)
        fill_bins(layout, item);
    layout->item = item;
    find_scales(layout);
    return layout;
}

int plan_level(const PlanLayout *layout, int heat, double value)
{
    const double span = layout->high[heat] - layout->low[heat];

    if (span <= 0)
        return 0;
    const int level = (int)(PLAN_LEVELS * (value - layout->low[heat]) / span);
    return level < 0 ? 0 : level >= PLAN_LEVELS ? PLAN_LEVELS - 1 : level;
}

int plan_link_level(const PlanLayout *layout, const ViewLink *link)
{
    const double most = layout->most_load[link->kind == VIEW_LINK_BOARD];

    if (link->busy_cycles == 0 || most <= 0)
        return 0;
    const int level = 1 + (int)((PLAN_LINK_LEVELS - 1) * view_link_load(layout->view, link) / most);
    return level >= PLAN_LINK_LEVELS ? PLAN_LINK_LEVELS - 1 : level;
}

bool plan_known(const PlanLayout *layout, int heat)
{
    return heat != HEAT_FIFO || layout->view->report->run.timed;
}

static int compare_core(const void *key, const void *element)
{
    const uint64_t core = *(const uint64_t *)key, dead = *(const uint32_t *)element;
    return (core > dead) - (core < dead);
}

bool plan_core_works(const PlanLayout *layout, uint64_t core)
{
    const ReportPlan *plan = &layout->view->report->plan;
    const uint64_t of_chip = (uint64_t)layout->n_tiles * plan->cores_per_tile;

    if (core % of_chip >= plan->usable_cores_of_chip)
        return false;
    return plan->n_dead_cores == 0 || bsearch(&core, plan->dead_core, plan->n_dead_cores,
                                              sizeof *plan->dead_core, compare_core) == NULL;
}
