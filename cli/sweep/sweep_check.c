/* sweep_check.c - sees that values of a sweep are possible, before anything runs.
 *
 * Every chip is loaded; every value of a chip number is set on it by itself, together with what
 * `base` sets and with the keys that step along. What is wrong then may still be right with values
 * of other axes: a value is refused only if it is wrong in the first point that has it, too. Of
 * numbers with many values, the ends and some in between are tried, since what a chip allows is a
 * range.
 *
 * Cost: a load of the chip for each value, at most MAX_TRIED a key.
 */
#include <stdlib.h>
#include <string.h>

#include "../commands.h"
#include "arch/chip.h"
#include "base/file.h"
#include "sweep.h"
#include "sweep_design.h"

enum { MAX_TRIED = 400 };

const char *sweep_resolve(Arena *arena, const Sweep *sweep, const char *value)
{
    if (value[0] == '/')
        return value;
    const char *path = file_join(arena, sweep->folder, value);
    return file_exists(path) ? path : value;
}

/* ---- one chip -------------------- */

/* What is set on a chip, and where that stands. */
typedef struct Settings {
    uint32_t n;
    ChipSetting *setting;
    const YamlNode **node;
} Settings;

static Settings settings_new(Arena *arena, uint32_t room)
{
    return (Settings){.setting = ARENA_ARRAY(arena, ChipSetting, room),
                      .node = ARENA_ARRAY(arena, const YamlNode *, room)};
}

static void settings_add(Settings *settings, const char *key, const char *value,
                         const YamlNode *node)
{
    settings->setting[settings->n] = (ChipSetting){key, value};
    settings->node[settings->n++] = node;
}

/* The message of a setting begins with `--set KEY=VALUE: `: that is what stands at its node. Other
 * messages are about `node`. */
static Status blame(Arena *scratch, const Settings *settings, const Err *cause,
                    const YamlNode *node, Err *err)
{
    const char *what = cause->message;

    for (uint32_t i = 0; i < settings->n; i++) {
        const ChipSetting *setting = &settings->setting[i];
        const char *start = arena_printf(scratch, "--set %s=%s: ", setting->key, setting->value);
        if (strncmp(what, start, strlen(start)) != 0)
            continue;
        what += strlen(start);
        node = settings->node[i];
    }
    yaml_fail(node, err, "%s", what);
    if (cause->hint[0] != '\0')
        err_hint(err, "%s", cause->hint);
    return STATUS_INPUT;
}

static Status load_chip(const Design *design, Arena *arena, const char *name,
                        const Settings *settings, const YamlNode *node, const Chip **out)
{
    const char *path = sweep_resolve(arena, design->sweep, name);
    Err cause = {0};

    if (chip_load(arena, path, chips_folder(arena), settings->setting, settings->n, out, &cause) ==
        STATUS_OK)
        return STATUS_OK;
    return blame(arena, settings, &cause, node, design->err);
}

static Status try_chip(const Design *design, const char *name, const Settings *settings,
                       const YamlNode *node)
{
    Arena *scratch = arena_new();
    const Chip *chip;
    const Status status = load_chip(design, scratch, name, settings, node, &chip);

    arena_free(scratch);
    return status;
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

static void add_base(const Design *design, Settings *settings)
{
    uint32_t n_base;
    const DesignKey *base = base_keys(design, &n_base);

    for (uint32_t i = 0; i < n_base; i++)
        if (base[i].key.kind == KEY_NUMBER)
            settings_add(settings, base[i].key.option, design->base_value[i], design->base_node[i]);
}

Status sweep_find_steps(Design *design)
{
    Arena *scratch = arena_new();
    const YamlNode *node;
    const char *name = first_chip(design, &node);
    Settings none = {0};
    const NamedCost *number;
    const Chip *chip;
    const Status status = load_chip(design, scratch, name, &none, node, &chip);
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
    arena_free(scratch);
    return status;
}

/* ---- values of axes -------------------- */

/* The first point that has these values, or n_points. */
static uint32_t first_point(const Plan *plan, const Axis *axis, const char *const *value)
{
    for (uint32_t point = 0; point < plan->n_points; point++) {
        bool same = true;
        for (uint32_t k = 0; same && k < axis->n_keys; k++)
            same = strcmp(plan_value(plan, point, axis->first_key + k), value[k]) == 0;
        if (same)
            return point;
    }
    return plan->n_points;
}

/* Is the chip of that point right, with all that is set? */
static bool point_is_right(const Design *design, const Plan *plan, uint32_t point)
{
    Arena *scratch = arena_new();
    Settings settings = settings_new(scratch, plan->n_keys);
    const char *name = "";
    const Chip *chip;
    Err err;

    for (uint32_t k = 0; k < plan->n_keys; k++) {
        const char *value = plan_value(plan, point, k);
        if (plan->key[k].kind == KEY_CHIP)
            name = value;
        if (plan->key[k].kind == KEY_NUMBER)
            settings_add(&settings, plan->key[k].option, value, NULL);
    }
    const char *path = sweep_resolve(scratch, design->sweep, name);
    const Status status =
        chip_load(scratch, path, chips_folder(scratch), settings.setting, settings.n, &chip, &err);
    arena_free(scratch);
    return status == STATUS_OK;
}

static Status check_value(const Design *design, const Plan *plan, const Axis *axis, uint32_t i)
{
    Arena *scratch = arena_new();
    Settings settings = settings_new(scratch, design->n_keys);
    const char *const *value = axis->value + (size_t)i * axis->n_keys;
    const YamlNode *node = axis->value_node[i], *chip_node;
    const char *name = first_chip(design, &chip_node);

    add_base(design, &settings);
    for (uint32_t k = 0; k < axis->n_keys; k++) {
        const SweepKey *key = &design->key[axis->first_key + k].key;
        if (key->kind == KEY_CHIP)
            name = value[k];
        if (key->kind == KEY_NUMBER)
            settings_add(&settings, key->option, value[k],
                         node->kind == YAML_LIST ? node->item[k] : node);
    }
    Status status = try_chip(design, name, &settings, node);
    if (status != STATUS_OK) {
        const uint32_t point = first_point(plan, axis, value);
        if (point < plan->n_points && point_is_right(design, plan, point))
            status = STATUS_OK;
    }
    arena_free(scratch);
    return status;
}

static bool is_of_chip(const Design *design, const Axis *axis)
{
    for (uint32_t k = 0; k < axis->n_keys; k++) {
        const KeyKind kind = design->key[axis->first_key + k].key.kind;
        if (kind == KEY_CHIP || kind == KEY_NUMBER)
            return true;
    }
    return false;
}

/* A range without steps: both ends. */
static Status check_ends(const Design *design, const Plan *plan, const Axis *axis)
{
    static const char *const names[] = {"from", "to"};
    const double step = design->key[axis->first_key].step;
    const double number[] = {axis->from, axis->to};
    Arena *scratch = arena_new();
    Status status = STATUS_OK;

    for (size_t i = 0; i < N_OF(names) && status == STATUS_OK; i++) {
        const char *value = sweep_range_text(scratch, axis, step, number[i]);
        const YamlNode *node = yaml_find(axis->node, names[i]);
        Axis end = *axis;
        end.n_values = 1;
        end.value = &value;
        end.value_node = &node;
        status = check_value(design, plan, &end, 0);
    }
    arena_free(scratch);
    return status;
}

static Status check_axis(const Design *design, const Plan *plan, const Axis *axis)
{
    const uint32_t n = axis->n_values;
    const uint32_t n_tried = n < MAX_TRIED ? n : MAX_TRIED;

    if (!is_of_chip(design, axis))
        return STATUS_OK;
    if (n == 0)
        return check_ends(design, plan, axis);
    for (uint32_t i = 0; i < n_tried; i++) {
        const uint32_t at = n_tried < 2 ? 0 : (uint32_t)((uint64_t)i * (n - 1) / (n_tried - 1));
        TRY(check_value(design, plan, axis, at));
    }
    return STATUS_OK;
}

/* ---- derived keys -------------------- */

/* Is there such a number on the chip? Its values are those of points, each for itself. */
static Status check_derived(const Design *design, const Plan *plan, uint32_t k)
{
    Arena *scratch = arena_new();
    Settings settings = settings_new(scratch, 1);
    const YamlNode *node;
    const char *name = first_chip(design, &node);
    const Chip *chip;
    Err cause = {0};

    settings_add(&settings, design->key[k].key.option, plan_value(plan, 0, k),
                 &design->key[k].place);
    const char *path = sweep_resolve(scratch, design->sweep, name);
    Status status = chip_load(scratch, path, chips_folder(scratch), settings.setting, settings.n,
                              &chip, &cause);
    if (status == STATUS_USAGE)
        blame(scratch, &settings, &cause, node, design->err);
    arena_free(scratch);
    return status == STATUS_USAGE ? STATUS_INPUT : STATUS_OK;
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
    Arena *scratch = arena_new();
    Settings settings = settings_new(scratch, design->n_keys);
    const YamlNode *node;
    const char *name = first_chip(design, &node);

    add_base(design, &settings);
    Status status = try_chip(design, name, &settings, node);
    arena_free(scratch);
    TRY(status);
    for (uint32_t a = 0; a < design->n_axes; a++)
        TRY(check_axis(design, plan, &design->axis[a]));
    for (uint32_t k = design->n_axis_keys; k < design->n_axis_keys + design->n_derived; k++)
        if (design->key[k].key.kind == KEY_NUMBER)
            TRY(check_derived(design, plan, k));
    return check_paths(design);
}
