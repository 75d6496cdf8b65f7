/* sweep_check.c - sees that values of a sweep are possible, before anything runs.
 *
 * Every value of an axis is tried in a point of its own: with what `base` says, the keys that step
 * along and the first value of each other axis. Its chip is loaded, and its options are read as
 * `egret run` and `egret gen` read theirs; no network is made. What is wrong there may still be
 * right with other values of other axes: a value is refused only if it is wrong in some of the
 * points that have it, too. Of an axis with many values, both ends and some in between are tried,
 * since what a number may be is a range.
 *
 * Cost: a load of the chip for each value, at most MAX_TRIED an axis.
 */
#include <stdlib.h>
#include <string.h>

#include "../commands.h"
#include "../gen.h"
#include "../job.h"
#include "arch/chip.h"
#include "base/file.h"
#include "point_parts.h"
#include "sweep.h"
#include "sweep_design.h"

enum { MAX_TRIED = 400, MAX_POINTS_TRIED = 64 };

const char *sweep_resolve(Arena *arena, const Sweep *sweep, const char *value)
{
    if (value[0] == '/')
        return value;
    const char *path = file_join(arena, sweep->folder, value);
    return file_exists(path) ? path : value;
}

/* ---- one point -------------------- */

/* Chip and options of a point. */
static Status try_options(const Plan *plan, uint32_t point, Arena *scratch, Err *err)
{
    const PointParts parts = {.plan = plan};
    const Task task = {point, plan->sweep->multi ? FIDELITY_COUNT : plan->sweep->fidelity};
    bool is_generated = false;
    Args args;
    Job job;

    TRY(parts_args(&parts, scratch, task, &args, err));
    TRY(job_begin(scratch, &args, &job, err));
    TRY(job_load_chip(&job, err));
    TRY(job_check_options(&job, err));
    for (uint32_t k = 0; k < plan->n_keys; k++)
        is_generated = is_generated || plan->key[k].kind == KEY_GENERATE;
    if (!is_generated)
        return STATUS_OK;
    TRY(parts_generate_args(&parts, scratch, point, &args, err));
    return gen_check(scratch, &args, err);
}

static Status try_point(const Plan *plan, uint32_t point, Err *cause)
{
    Arena *scratch = arena_new();
    const Status status = try_options(plan, point, scratch, cause);

    arena_free(scratch);
    return status;
}

/* A point of values by themselves, and where they stand. */
typedef struct Trial {
    Plan plan;
    SweepKey *key;
    const char **value;
    const YamlNode **node;
} Trial;

static Trial trial_new(const Design *design, Arena *arena)
{
    Trial trial = {.key = ARENA_ARRAY(arena, SweepKey, design->n_keys),
                   .value = ARENA_ARRAY(arena, const char *, design->n_keys),
                   .node = ARENA_ARRAY(arena, const YamlNode *, design->n_keys)};

    trial.plan.sweep = design->sweep;
    trial.plan.n_points = 1;
    trial.plan.key = trial.key;
    trial.plan.value = trial.value;
    return trial;
}

static void trial_add(Trial *trial, const SweepKey *key, const char *value, const YamlNode *node)
{
    const uint32_t k = trial->plan.n_keys++;

    trial->key[k] = *key;
    trial->value[k] = value;
    trial->node[k] = node;
}

/* How a message about the value of a key begins: what follows is what is wrong. */
static const char *message_start(Arena *scratch, const SweepKey *key, const char *value)
{
    switch (key->kind) {
    case KEY_NUMBER:
        return arena_printf(scratch, "--set %s=%s: ", key->option, value);
    case KEY_OPTION:
    case KEY_GENERATE:
        return arena_printf(scratch, "--%s: ", key->option);
    default:
        return "\n"; /* no message begins like that */
    }
}

/* Messages that name no key are about `node`. */
static Status blame(const Trial *trial, const Err *cause, const YamlNode *node, Err *err)
{
    Arena *scratch = arena_new();
    const char *what = cause->message;

    for (uint32_t k = 0; k < trial->plan.n_keys; k++) {
        const char *start = message_start(scratch, &trial->key[k], trial->value[k]);
        if (strncmp(what, start, strlen(start)) != 0)
            continue;
        what += strlen(start);
        node = trial->node[k];
        break;
    }
    yaml_fail(node, err, "%s", what);
    if (cause->hint[0] != '\0')
        err_hint(err, "%s", cause->hint);
    arena_free(scratch);
    return STATUS_INPUT;
}

/* ---- keys of base -------------------- */

static const DesignKey *base_keys(const Design *design, uint32_t *n)
{
    const uint32_t first = design->n_axis_keys + design->n_derived;

    *n = design->n_keys - first;
    return &design->key[first];
}

/* The chip that base names, or the first of its axis. */
static const char *first_chip(const Design *design, const YamlNode **node)
{
    uint32_t n_base;
    const DesignKey *base = base_keys(design, &n_base);

    for (uint32_t i = 0; i < n_base; i++) {
        if (base[i].key.kind == KEY_CHIP) {
            *node = design->base_node[i];
            return design->base_value[i];
        }
    }
    for (uint32_t a = 0; a < design->n_axes; a++) {
        const Axis *axis = &design->axis[a];
        const YamlNode *list = yaml_find(axis->node, "values");
        for (uint32_t k = 0; k < axis->n_keys; k++) {
            if (design->key[axis->first_key + k].key.kind != KEY_CHIP || list == NULL)
                continue;
            *node = list->n_items > 0 ? list->item[0] : list;
            if ((*node)->kind == YAML_LIST && k < (*node)->n_items)
                *node = (*node)->item[k];
            if ((*node)->kind == YAML_SCALAR)
                return (*node)->text;
        }
    }
    *node = design->root;
    return "";
}

Status sweep_find_steps(Design *design)
{
    Arena *scratch = arena_new();
    const YamlNode *node;
    const char *path = sweep_resolve(scratch, design->sweep, first_chip(design, &node));
    const NamedCost *number;
    const Chip *chip;
    Err cause = {0};
    const Status status = chip_load(scratch, path, chips_folder(scratch), NULL, 0, &chip, &cause);
    const uint32_t n_numbers = status == STATUS_OK ? chip_numbers(scratch, chip, &number) : 0;

    for (uint32_t k = 0; status == STATUS_OK && k < design->n_keys; k++) {
        DesignKey *key = &design->key[k];
        if (key->key.kind != KEY_NUMBER)
            continue;
        key->step = 1; /* of counts of the grid and the fabric, which have no price */
        for (uint32_t i = 0; i < n_numbers; i++)
            if (strcmp(number[i].key, key->key.option) == 0)
                key->step = number[i].step;
    }
    if (status != STATUS_OK) {
        yaml_fail(node, design->err, "%s", cause.message);
        if (cause.hint[0] != '\0')
            err_hint(design->err, "%s", cause.hint);
    }
    arena_free(scratch);
    return status == STATUS_OK ? STATUS_OK : STATUS_INPUT;
}

/* ---- values of axes -------------------- */

static bool has_values(const Plan *plan, uint32_t point, const Axis *axis, const char *const *value)
{
    for (uint32_t k = 0; k < axis->n_keys; k++)
        if (strcmp(plan_value(plan, point, axis->first_key + k), value[k]) != 0)
            return false;
    return true;
}

/* Is there a point with these values that is right? Some are tried, evenly spread. */
static bool is_right_somewhere(const Plan *plan, const Axis *axis, const char *const *value)
{
    uint64_t n = 0, seen = 0;
    Err cause;

    for (uint32_t point = 0; point < plan->n_points; point++)
        n += has_values(plan, point, axis, value);
    const uint64_t every = n / MAX_POINTS_TRIED + 1;
    for (uint32_t point = 0; point < plan->n_points; point++)
        if (has_values(plan, point, axis, value) && seen++ % every == 0 &&
            try_point(plan, point, &cause) == STATUS_OK)
            return true;
    return false;
}

static void add_values(const Design *design, Trial *trial, const Axis *axis, uint32_t i)
{
    const YamlNode *node = axis->value_node[i];

    for (uint32_t k = 0; k < axis->n_keys; k++)
        trial_add(trial, &design->key[axis->first_key + k].key,
                  axis->value[(size_t)i * axis->n_keys + k],
                  node->kind == YAML_LIST ? node->item[k] : node);
}

static void add_base(const Design *design, Trial *trial)
{
    uint32_t n_base;
    const DesignKey *base = base_keys(design, &n_base);

    for (uint32_t i = 0; i < n_base; i++)
        trial_add(trial, &base[i].key, design->base_value[i], design->base_node[i]);
}

/* `ends` are the axes with the values to be tried, ranges by their ends; value i of axis a. */
static Status check_value(const Design *design, const Plan *plan, const Axis *ends, uint32_t a,
                          uint32_t i)
{
    Arena *scratch = arena_new();
    Trial trial = trial_new(design, scratch);
    const Axis *axis = &ends[a];
    Err cause = {0};

    for (uint32_t other = 0; other < design->n_axes; other++)
        add_values(design, &trial, &ends[other], other == a ? i : 0);
    add_base(design, &trial);
    Status status = try_point(&trial.plan, 0, &cause);
    if (status != STATUS_OK &&
        is_right_somewhere(plan, axis, axis->value + (size_t)i * axis->n_keys))
        status = STATUS_OK;
    if (status != STATUS_OK)
        status = blame(&trial, &cause, axis->value_node[i], design->err);
    arena_free(scratch);
    return status;
}

/* A range without steps: both ends. */
static Axis with_ends(const Design *design, const Axis *axis)
{
    const double step = design->key[axis->first_key].step;
    const char **value = ARENA_ARRAY(design->arena, const char *, 2);
    const YamlNode **node = ARENA_ARRAY(design->arena, const YamlNode *, 2);
    Axis ends = *axis;

    if (axis->n_values > 0)
        return ends;
    value[0] = sweep_range_text(design->arena, axis, step, axis->from);
    value[1] = sweep_range_text(design->arena, axis, step, axis->to);
    node[0] = yaml_find(axis->node, "from");
    node[1] = yaml_find(axis->node, "to");
    ends.n_values = 2;
    ends.value = value;
    ends.value_node = node;
    return ends;
}

static Status check_axes(const Design *design, const Plan *plan)
{
    Axis *ends = ARENA_ARRAY(design->arena, Axis, design->n_axes);

    for (uint32_t a = 0; a < design->n_axes; a++)
        ends[a] = with_ends(design, &design->axis[a]);
    for (uint32_t a = 0; a < design->n_axes; a++) {
        const bool is_free =
            ends[a].n_keys == 1 && design->key[ends[a].first_key].key.kind == KEY_FREE;
        const uint32_t n = ends[a].n_values, n_most = is_free ? 1 : MAX_TRIED;
        const uint32_t n_tried = n < n_most ? n : n_most;
        for (uint32_t i = 0; i < n_tried; i++) {
            const uint32_t at = n_tried < 2 ? 0 : (uint32_t)((uint64_t)i * (n - 1) / (n_tried - 1));
            TRY(check_value(design, plan, ends, a, at));
        }
    }
    return STATUS_OK;
}

/* ---- derived keys -------------------- */

/* Is there such a number on the chip? Its values are those of points, each for itself. */
static Status check_derived(const Design *design, const Plan *plan, uint32_t k)
{
    Arena *scratch = arena_new();
    Trial trial = trial_new(design, scratch);
    const DesignKey *key = &design->key[k];
    const YamlNode *node;
    const char *path = sweep_resolve(scratch, design->sweep, first_chip(design, &node));
    const ChipSetting setting = {key->key.option, plan_value(plan, 0, k)};
    const Chip *chip;
    Err cause = {0};

    trial_add(&trial, &key->key, setting.value, &key->place);
    Status status = chip_load(scratch, path, chips_folder(scratch), &setting, 1, &chip, &cause);
    status = status == STATUS_USAGE ? blame(&trial, &cause, node, design->err) : STATUS_OK;
    arena_free(scratch);
    return status;
}

/* ---- files -------------------- */

static Status check_network(const Design *design, const char *value, const YamlNode *node)
{
    Arena *scratch = arena_new();
    const char *folder = sweep_resolve(scratch, design->sweep, value);
    const bool found = file_exists(file_join(scratch, folder, "network.yaml"));

    arena_free(scratch);
    if (found)
        return STATUS_OK;
    return yaml_fail(node, design->err, "'%s' is no network; expected a folder with network.yaml",
                     value);
}

/* A key whose values have no file in them is fine. */
static Status check_path(const Design *design, const DesignKey *key, const char *value,
                         const YamlNode *node)
{
    if (key->key.kind == KEY_NETWORK)
        return check_network(design, value, node);
    if (key->row == NULL || key->row->value == NULL || strcmp(key->row->value, "FILE") != 0)
        return STATUS_OK;
    Arena *scratch = arena_new();
    const bool found = file_exists(sweep_resolve(scratch, design->sweep, value));
    arena_free(scratch);
    if (found)
        return STATUS_OK;
    return yaml_fail(node, design->err, "no file '%s'; expected one, from the folder of %s on",
                     value, design->sweep->file);
}

static Status check_paths(const Design *design)
{
    uint32_t n_base;
    const DesignKey *base = base_keys(design, &n_base);

    for (uint32_t i = 0; i < n_base; i++)
        TRY(check_path(design, &base[i], design->base_value[i], design->base_node[i]));
    for (uint32_t a = 0; a < design->n_axes; a++) {
        const Axis *axis = &design->axis[a];
        for (uint32_t i = 0; i < axis->n_values; i++) {
            const YamlNode *node = axis->value_node[i];
            for (uint32_t k = 0; k < axis->n_keys; k++)
                TRY(check_path(design, &design->key[axis->first_key + k],
                               axis->value[(size_t)i * axis->n_keys + k],
                               node->kind == YAML_LIST ? node->item[k] : node));
        }
    }
    return STATUS_OK;
}

Status sweep_check_values(const Design *design, const Plan *plan)
{
    TRY(check_paths(design));
    TRY(check_axes(design, plan));
    for (uint32_t k = design->n_axis_keys; k < design->n_axis_keys + design->n_derived; k++)
        if (design->key[k].key.kind == KEY_NUMBER)
            TRY(check_derived(design, plan, k));
    return STATUS_OK;
}
