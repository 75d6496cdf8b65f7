/* html_plan.h - what the floor plan shows: the grid of a chip, what is drawn of it, and in which of
 * the steps of a colour scale each thing is. */
#ifndef SIM_HTML_PLAN_H
#define SIM_HTML_PLAN_H

#include "html_parts.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    PLAN_LEVELS = 9,        /* of a heat map's colours                                     */
    PLAN_LINK_LEVELS = 5,   /* of links, 0: nothing crossed it                             */
    PLAN_MOST_TITLES = 1024 /* things that have a text of their own under the pointer       */
};

/* X(NAME, title, unit): what the heat map can show; utilisation first. */
#define HEAT_LIST(X)                    \
    X(LOAD, "Utilisation", "%")         \
    X(ENERGY, "Energy per token", "µJ") \
    X(MEMORY, "Data memory", "bytes")   \
    X(FIFO, "FIFO high water", "packets")

typedef enum Heat {
#define X(NAME, title, unit) HEAT_##NAME,
    HEAT_LIST(X)
#undef X
        N_HEATS
} Heat;

const char *heat_title(int heat);
const char *heat_unit(int heat);

typedef enum PlanCell { CELL_TILE, CELL_HOLE, CELL_ROUTER } PlanCell;

typedef struct PlanItem {  /* a core, or a bin of tiles                                        */
    uint64_t n_cores;      /* in use; 0: nothing to show                                       */
    double value[N_HEATS]; /* bins: mean load, sum of energy, most memory and packets         */
} PlanItem;

typedef struct PlanLayout {
    const RunView *view;
    uint32_t width, height, n_tiles; /* of a chip                                           */
    const uint8_t *cell;             /* [width * height] PlanCell, by x then y            */
    const uint32_t *tile_of;         /* [width * height] tile number where there is one     */
    const uint32_t *core_at;         /* [cores on the board] index + 1 into view->core, or 0 */
    const uint32_t *cores_of_chip;   /* [n_chips] in use                                    */
    uint32_t bin;                    /* 0: core by core; else bins of so many tiles square   */
    uint32_t columns, rows;          /* drawn of a chip: cells, or bins                      */
    uint64_t n_items;
    const PlanItem *item; /* [n_items] as view->core; or bins, chip by chip, x then y         */
    double low[N_HEATS], high[N_HEATS]; /* ends of the scales                                 */
    double most_load[2];                /* of links: on chips or meshes; between chips        */
} PlanLayout;

/* What is drawn core by core: up to so many cores on grids of so many columns; beyond that bins of
 * tiles, up to so many. */
typedef struct PlanLimits {
    uint64_t cores, bins;
    uint32_t columns, bin_columns; /* of a chip                                              */
} PlanLimits;

/* plan_layout - cost: O(grid + cores + links). */
const PlanLayout *plan_layout(Arena *arena, const RunView *view, const PlanLimits *limits);

/* plan_level - of a value on the scale of a heat. plan_link_level - of a link. plan_known - can the
 * run say anything about it? */
int plan_level(const PlanLayout *layout, int heat, double value);
int plan_link_level(const PlanLayout *layout, const ViewLink *link);
bool plan_known(const PlanLayout *layout, int heat);

/* plan_core_works - may the core be used at all? */
bool plan_core_works(const PlanLayout *layout, uint64_t core);

/* plan_draw - the SVG. */
void plan_draw(Arena *scratch, const PlanLayout *layout, FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
