/* sweep_design.c - from keys and their values to points.
 *
 * grid: all combinations, the last axis varies fastest. list: all axes step together. Random
 * designs are in sweep_random.c. Points that a constraint refuses are counted and left out.
 *
 * Cost: O(points x keys).
 */
#define _XOPEN_SOURCE 700

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "sweep.h"
#include "sweep_design.h"

enum { MAX_SWEEP_BYTES = YAML_MAX_BYTES };

/* ---- points -------------------- */

Status sweep_keep_point(Layout *layout, bool *kept)
{
    TRY(sweep_apply_formulas(layout->formulas, layout->scratch, layout->value, kept));
    layout->n_left_out += !*kept;
    return STATUS_OK;
}

static Status add_point(Layout *layout)
{
    bool kept;

    arena_reset(layout->scratch);
    TRY(sweep_keep_point(layout, &kept));
    if (kept)
        plan_add(layout->maker, layout->value);
    return STATUS_OK;
}

static void take_values(const Axis *axis, uint32_t i, const char **value)
{
    for (uint32_t k = 0; k < axis->n_keys; k++)
        value[axis->first_key + k] = axis->value[(size_t)i * axis->n_keys + k];
}

static void expect_points(Layout *layout, uint64_t n_points)
{
    if (layout->formulas->n_constraints == 0)
        plan_expect(layout->maker, (uint32_t)n_points);
}

static Status lay_grid(Layout *layout)
{
    const Design *design = layout->design;
    uint32_t *at = ARENA_ARRAY(design->arena, uint32_t, design->n_axes);
    uint64_t n_points = 1;

    for (uint32_t a = 0; a < design->n_axes; a++) {
        n_points *= design->axis[a].n_values;
        if (n_points > SWEEP_MAX_POINTS)
            return yaml_fail(yaml_find(design->root, "axes"), design->err,
                             "a grid of more than %d points; expected fewer values",
                             SWEEP_MAX_POINTS);
    }
    expect_points(layout, n_points);
    for (uint64_t point = 0; point < n_points; point++) {
        for (uint32_t a = 0; a < design->n_axes; a++)
            take_values(&design->axis[a], at[a], layout->value);
        TRY(add_point(layout));
        for (uint32_t a = design->n_axes; a-- > 0;) {
            if (++at[a] < design->axis[a].n_values)
                break;
            at[a] = 0;
        }
    }
    return STATUS_OK;
}

static Status lay_list(Layout *layout)
{
    const Design *design = layout->design;
    const uint32_t n_points = design->axis[0].n_values;

    for (uint32_t a = 1; a < design->n_axes; a++)
        if (design->axis[a].n_values != n_points)
            return yaml_fail(design->axis[a].node, design->err,
                             "%" PRIu32 " values; expected %" PRIu32
                             ", as many as the first axis, with 'design: list'",
                             design->axis[a].n_values, n_points);
    expect_points(layout, n_points);
    for (uint32_t point = 0; point < n_points; point++) {
        for (uint32_t a = 0; a < design->n_axes; a++)
            take_values(&design->axis[a], point, layout->value);
        TRY(add_point(layout));
    }
    return STATUS_OK;
}

/* grid, list, or a map of a random design. */
static Status lay_points(Layout *layout)
{
    static const char *const names[] = {"grid", "list"};
    const Design *design = layout->design;
    const YamlNode *node = yaml_find(design->root, "design");
    unsigned kind = 0;

    if (node != NULL && node->kind == YAML_MAP)
        return sweep_lay_random(layout, node);
    if (node != NULL)
        TRY(yaml_as_choice(node, names, N_OF(names), &kind, design->err));
    for (uint32_t a = 0; a < design->n_axes; a++)
        if (design->axis[a].n_values == 0)
            return yaml_fail(design->axis[a].node, design->err,
                             "no values; expected 'step' or 'steps'");
    return kind == 1 ? lay_list(layout) : lay_grid(layout);
}

Status sweep_lay_out(Design *design, const Plan **out)
{
    const char **name = ARENA_ARRAY(design->arena, const char *, design->n_keys);
    const uint32_t n_varied = design->n_axis_keys + design->n_derived;
    Layout layout = {.design = design,
                     .value = ARENA_ARRAY(design->arena, const char *, design->n_keys)};

    for (uint32_t k = 0; k < design->n_keys; k++)
        name[k] = design->key[k].key.name;
    for (uint32_t k = n_varied; k < design->n_keys; k++)
        layout.value[k] = design->base_value[k - n_varied];
    TRY(sweep_read_formulas(design, &layout.formulas));
    TRY(plan_begin(design->arena, design->sweep, name, design->n_keys, n_varied, &layout.maker,
                   design->err));
    layout.scratch = arena_new();
    const Status status = lay_points(&layout);
    arena_free(layout.scratch);
    TRY(status);
    if (plan_count(layout.maker) == 0)
        return yaml_fail(yaml_find(design->root, "constraints"), design->err,
                         "no point is left; expected constraints that some point meets");
    *out = plan_finish(layout.maker, layout.n_left_out);
    return STATUS_OK;
}

/* ---- the whole file -------------------- */

/* The folder of a path, absolute: so messages are the same whoever works on the sweep, and where. */
static const char *folder_of(Arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *folder = slash == NULL ? "." : arena_text(arena, path, (size_t)(slash - path) + 1);
    char *found = realpath(folder, NULL);
    const char *copy = found != NULL ? arena_text(arena, found, strlen(found)) : folder;

    free(found);
    return copy;
}

Status sweep_load(Arena *arena, const char *path, const Plan **out, Err *err)
{
    Design design = {.arena = arena, .err = err};
    FileBytes file;
    YamlNode *root;
    const Plan *plan;

    *out = NULL;
    TRY(file_read(arena, path, MAX_SWEEP_BYTES, &file, err));
    const SweepSource source = {path, folder_of(arena, path)};
    TRY(sweep_read(arena, source, (const char *)file.bytes, file.n_bytes, &root, &design.sweep,
                   err));
    design.root = root;
    TRY(sweep_read_axes(&design));
    TRY(sweep_lay_out(&design, &plan));
    TRY(sweep_check_values(&design, plan));
    *out = plan;
    return STATUS_OK;
}
