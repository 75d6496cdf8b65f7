/* report_plan.c - where cores, tiles and chips lie: the floor plan of a report, and its JSON.
 *
 * Takes the chip's grid and fabric. Tiles are the cells of the grid that are neither holes nor
 * cells of a central router, numbered y first up, then x; core = (chip * tiles + tile) *
 * cores_per_tile + k; so that who draws a chip needs no chip description. Cost: O(grid).
 */
#include <string.h>

#include "report_private.h"

static const char *const ROUTINGS[] = {"central", "mesh"};
static const uint64_t MOST = UINT32_MAX;

void report_plan(const Chip *chip, Report *report)
{
    const Grid *grid = &chip->grid;
    const Fabric *fabric = &chip->fabric;

    report->plan = (ReportPlan){
        .routing = ROUTINGS[fabric->routing],
        .x_min = grid->x_min,
        .x_max = grid->x_max,
        .y_min = grid->y_min,
        .y_max = grid->y_max,
        .cores_per_tile = grid->cores_per_tile,
        .usable_cores_of_chip = grid->usable_cores,
        .board_width = fabric->routing == ROUTING_MESH ? 1 : fabric->width,
        .board_height = fabric->routing == ROUTING_MESH ? 1 : fabric->height,
        .host_router = fabric->host_router,
        .noc_hz = cost_count(&chip->noc.hz),
        .n_holes = grid->n_holes,
        .hole = grid->hole,
        .n_router_cells = grid->n_router_cells,
        .router_cell = grid->router_cell,
        .n_chips = fabric->n_chips,
        .chip = fabric->chip_cell,
        .n_dead_cores = fabric->n_dead_cores,
        .dead_core = fabric->dead_core,
    };
}

/* ---- JSON -------------------- */

static void write_cells(JsonOut *json, const char *key, uint32_t n, const Cell2d *cell)
{
    json_list(json, key, true);
    for (uint32_t i = 0; i < n; i++) {
        json_list(json, NULL, true);
        json_u64(json, NULL, cell[i].x);
        json_u64(json, NULL, cell[i].y);
        json_close(json);
    }
    json_close(json);
}

void plan_write_json(JsonOut *json, const ReportPlan *plan)
{
    json_object(json, "floor_plan", false);
    json_text(json, "routing", plan->routing);
#define X(field) json_u64(json, #field, plan->field);
    REPORT_PLAN_LIST(X)
#undef X
    write_cells(json, "holes", plan->n_holes, plan->hole);
    write_cells(json, "router_cells", plan->n_router_cells, plan->router_cell);
    write_cells(json, "chips", plan->n_chips, plan->chip);
    json_list(json, "dead_cores", true);
    for (uint32_t i = 0; i < plan->n_dead_cores; i++)
        json_u64(json, NULL, plan->dead_core[i]);
    json_close(json);
    json_close(json);
}

static Status read_u32(const YamlNode *node, uint32_t *out, Err *err)
{
    uint64_t value;
    TRY(yaml_as_u64(node, 0, MOST, &value, err));
    *out = (uint32_t)value;
    return STATUS_OK;
}

static Status read_cells(Arena *arena, const YamlNode *map, const char *key, uint32_t *n,
                         const Cell2d **out, Err *err)
{
    const YamlNode *list;

    TRY(yaml_need(map, key, YAML_LIST, &list, err));
    Cell2d *cell = ARENA_ARRAY(arena, Cell2d, list->n_items);
    for (uint32_t i = 0; i < list->n_items; i++) {
        const YamlNode *pair = list->item[i];
        if (pair->kind != YAML_LIST || pair->n_items != 2)
            return yaml_fail(pair, err, "not a list of two numbers; expected a cell, [x, y]");
        TRY(read_u32(pair->item[0], &cell[i].x, err));
        TRY(read_u32(pair->item[1], &cell[i].y, err));
    }
    *n = list->n_items;
    *out = cell;
    return STATUS_OK;
}

static Status read_dead(Arena *arena, const YamlNode *map, ReportPlan *plan, Err *err)
{
    const YamlNode *list;

    TRY(yaml_need(map, "dead_cores", YAML_LIST, &list, err));
    uint32_t *core = ARENA_ARRAY(arena, uint32_t, list->n_items);
    for (uint32_t i = 0; i < list->n_items; i++)
        TRY(read_u32(list->item[i], &core[i], err));
    plan->n_dead_cores = list->n_items;
    plan->dead_core = core;
    return STATUS_OK;
}

/* What drawing relies on. */
static Status check_plan(const YamlNode *map, const ReportPlan *plan, Err *err)
{
    const uint64_t most = UINT16_MAX;

    if (plan->x_min > plan->x_max || plan->y_min > plan->y_max || plan->x_max > most ||
        plan->y_max > most)
        return yaml_fail(map, err,
                         "x_min, x_max, y_min, y_max are no grid; expected one of at "
                         "most 65536 x 65536 cells");
    if (plan->cores_per_tile == 0 || plan->n_chips == 0)
        return yaml_fail(map, err, "no core or no chip; expected at least one of each");
    return STATUS_OK;
}

Status plan_read(Arena *arena, const YamlNode *root, ReportPlan *plan, Err *err)
{
#define X(field) #field,
    static const char *const names[] = {"routing", "holes",      "router_cells",
                                        "chips",   "dead_cores", REPORT_PLAN_LIST(X)};
#undef X
    const YamlNode *map;
    unsigned routing;

    TRY(yaml_need(root, "floor_plan", YAML_MAP, &map, err));
    TRY(yaml_only(map, names, sizeof names / sizeof names[0], err));
    TRY(yaml_choice(map, "routing", ROUTINGS, N_ROUTINGS, &routing, err));
    plan->routing = ROUTINGS[routing];
#define X(field) TRY(yaml_u64(map, #field, 0, UINT64_MAX, &plan->field, err));
    REPORT_PLAN_LIST(X)
#undef X
    TRY(read_cells(arena, map, "holes", &plan->n_holes, &plan->hole, err));
    TRY(read_cells(arena, map, "router_cells", &plan->n_router_cells, &plan->router_cell, err));
    TRY(read_cells(arena, map, "chips", &plan->n_chips, &plan->chip, err));
    TRY(read_dead(arena, map, plan, err));
    return check_plan(map, plan, err);
}
