/* sweep_axes.c - reads `base` and `axes` of SWEEP.yaml: keys and the values that they take.
 *
 * Names come first, then values, since what a number is rounded to in a range follows from the
 * chip, which is itself a value. Values inside a range are rounded to 12 digits, so that 0.1, 0.2,
 * 0.3 are what they look like, and to whole numbers (clocks: to kHz) where the key wants them;
 * values that are then equal are dropped.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../commands.h"
#include "arch/chip.h"
#include "base/file.h"
#include "base/real_math.h"
#include "base/room.h"
#include "sweep.h"
#include "sweep_design.h"

static const double MAX_NUMBER = 1e300;

/* ---- names -------------------- */

Status sweep_add_key(Design *design, const YamlNode *place, const char *name)
{
    DesignKey key;

    TRY(sweep_key_find(design->arena, place, name, &key, design->err));
    for (uint32_t i = 0; i < design->n_keys; i++)
        if (strcmp(design->key[i].key.name, name) == 0)
            return yaml_fail(place, design->err, "%s stands in line %u already; expected it once",
                             name, design->key[i].place.line);
    design->key =
        room_for_one(design->arena, design->key, design->n_keys, &design->room, sizeof key);
    design->key[design->n_keys++] = key;
    return STATUS_OK;
}

/* {key: K, ...} or {keys: [K, K], ...} */
static Status read_names(Design *design, const YamlNode *node, Axis *axis)
{
    static const char *const known[] = {"key", "keys", "values", "from",
                                        "to",  "step", "steps",  "spacing"};
    const YamlNode *key = yaml_find(node, "key"), *keys = yaml_find(node, "keys");
    const char *name;

    TRY(yaml_only(node, known, N_OF(known), design->err));
    axis->node = node;
    axis->first_key = design->n_keys;
    axis->n_keys = 1;
    if ((key == NULL) == (keys == NULL))
        return yaml_fail(node, design->err, "expected one of 'key: NAME' and 'keys: [NAME, ..]'");
    if (key != NULL) {
        TRY(yaml_as_text(key, &name, design->err));
        return sweep_add_key(design, key, name);
    }
    TRY(yaml_need(node, "keys", YAML_LIST, &keys, design->err));
    if (keys->n_items == 0)
        return yaml_fail(keys, design->err, "an empty list; expected at least one key");
    axis->n_keys = keys->n_items;
    for (uint32_t i = 0; i < keys->n_items; i++) {
        TRY(yaml_as_text(keys->item[i], &name, design->err));
        TRY(sweep_add_key(design, keys->item[i], name));
    }
    return STATUS_OK;
}

/* ---- lists of values -------------------- */

static Status read_tuple(Design *design, const Axis *axis, const YamlNode *node, const char **value)
{
    const DesignKey *key = &design->key[axis->first_key];

    if (yaml_find(axis->node, "key") != NULL)
        return sweep_value_read(design->arena, key, node, value, design->err);
    if (node->kind != YAML_LIST || node->n_items != axis->n_keys)
        return yaml_fail(node, design->err, "expected a list of %u values, one for each key",
                         axis->n_keys);
    for (uint32_t k = 0; k < axis->n_keys; k++)
        TRY(sweep_value_read(design->arena, &key[k], node->item[k], &value[k], design->err));
    return STATUS_OK;
}

static Status read_values(Design *design, Axis *axis)
{
    static const char *const others[] = {"from", "to", "step", "steps", "spacing"};
    const YamlNode *list;

    TRY(yaml_need(axis->node, "values", YAML_LIST, &list, design->err));
    for (size_t i = 0; i < N_OF(others); i++)
        if (yaml_find(axis->node, others[i]) != NULL)
            return yaml_fail(yaml_find(axis->node, others[i]), design->err,
                             "contradicts 'values'; expected one of them");
    if (list->n_items == 0)
        return yaml_fail(list, design->err, "an empty list; expected at least one value");
    const char **value =
        ARENA_ARRAY(design->arena, const char *, (size_t)list->n_items * axis->n_keys);
    for (uint32_t i = 0; i < list->n_items; i++)
        TRY(read_tuple(design, axis, list->item[i], value + (size_t)i * axis->n_keys));
    axis->n_values = list->n_items;
    axis->value = value;
    axis->value_node = (const YamlNode *const *)list->item;
    return STATUS_OK;
}

/* ---- ranges -------------------- */

const char *sweep_range_text(Arena *arena, const Axis *axis, double step, double value)
{
    const double from = step > 0 ? ceil(axis->from / step) * step : axis->from;
    const double to = step > 0 ? floor(axis->to / step) * step : axis->to;

    if (step > 0)
        value = round(value / step) * step;
    else if (value != axis->from && value != axis->to)
        value = sweep_round(value);
    return sweep_number_text(arena, value > to ? to : value < from ? from : value);
}

/* Number i of n, from the first to the last; the ends are exact. */
static double range_at(const Axis *axis, double step, uint32_t i, uint32_t n)
{
    if (i == 0)
        return axis->from;
    if (step > 0)
        return axis->from + i * step;
    if (i == n - 1)
        return axis->to;
    const double share = (double)i / (n - 1);
    if (!axis->is_log)
        return axis->from + share * (axis->to - axis->from);
    return axis->from * real_exp(share * real_log(axis->to / axis->from));
}

static void fill_range(Design *design, Axis *axis, double step, uint32_t n)
{
    const char **value = ARENA_ARRAY(design->arena, const char *, n);
    const YamlNode **node = ARENA_ARRAY(design->arena, const YamlNode *, n);
    const double multiple = design->key[axis->first_key].step;

    for (uint32_t i = 0; i < n; i++) {
        const char *text =
            sweep_range_text(design->arena, axis, multiple, range_at(axis, step, i, n));
        if (axis->n_values > 0 && strcmp(value[axis->n_values - 1], text) == 0)
            continue;
        value[axis->n_values] = text;
        node[axis->n_values++] = axis->node;
    }
    axis->value = value;
    axis->value_node = node;
}

static Status read_step(Design *design, Axis *axis)
{
    const YamlNode *spacing = yaml_find(axis->node, "spacing");
    double step;

    TRY(yaml_real(axis->node, "step", 0, MAX_NUMBER, &step, design->err));
    if (spacing != NULL)
        return yaml_fail(spacing, design->err, "contradicts 'step'; expected it with 'steps'");
    const double n = step > 0 ? floor((axis->to - axis->from) / step + 1e-9) + 1 : 0;
    if (!(step > 0 && n <= SWEEP_MAX_POINTS))
        return yaml_fail(yaml_find(axis->node, "step"), design->err,
                         "more than %d values; expected a larger step above 0", SWEEP_MAX_POINTS);
    fill_range(design, axis, step, (uint32_t)n);
    return STATUS_OK;
}

static Status read_spacing(Design *design, Axis *axis)
{
    static const char *const spacings[] = {"linear", "log"};
    unsigned spacing = 0;

    if (yaml_find(axis->node, "spacing") != NULL)
        TRY(yaml_choice(axis->node, "spacing", spacings, N_OF(spacings), &spacing, design->err));
    axis->is_log = spacing == 1;
    if (axis->is_log && !(axis->from > 0))
        return yaml_fail(yaml_find(axis->node, "from"), design->err,
                         "no logarithm; expected a number above 0 with 'spacing: log'");
    return STATUS_OK;
}

static Status read_range(Design *design, Axis *axis)
{
    const DesignKey *key = &design->key[axis->first_key];
    uint32_t n;

    if (axis->n_keys > 1 || yaml_find(axis->node, "key") == NULL)
        return yaml_fail(axis->node, design->err, "several keys; expected 'values: [[..], ..]'");
    if (key->form != FORM_CHIP && key->form != FORM_WHOLE && key->form != FORM_REAL)
        return yaml_fail(axis->node, design->err,
                         "values of %s are no numbers; expected 'values: [..]'", key->key.name);
    TRY(yaml_real(axis->node, "from", -MAX_NUMBER, MAX_NUMBER, &axis->from, design->err));
    TRY(yaml_real(axis->node, "to", axis->from, MAX_NUMBER, &axis->to, design->err));
    axis->is_range = true;
    if (key->step > 0 && ceil(axis->from / key->step) > floor(axis->to / key->step))
        return yaml_fail(axis->node, design->err, "no multiple of %.15g in %.15g .. %.15g",
                         key->step, axis->from, axis->to);
    const YamlNode *steps = yaml_find(axis->node, "steps");
    if (yaml_find(axis->node, "step") != NULL) {
        if (steps != NULL)
            return yaml_fail(steps, design->err, "contradicts 'step'; expected one of them");
        return read_step(design, axis);
    }
    TRY(read_spacing(design, axis));
    if (steps == NULL)
        return STATUS_OK; /* all of the range */
    TRY(yaml_u32(axis->node, "steps", 2, SWEEP_MAX_POINTS, &n, design->err));
    fill_range(design, axis, 0, n);
    return STATUS_OK;
}

/* ---- base -------------------- */

static Status read_base_names(Design *design, const YamlNode *base)
{
    for (uint32_t i = 0; i < base->n_items; i++) {
        const YamlNode place = yaml_key_node(base, i);
        TRY(sweep_add_key(design, &place, base->key[i]));
    }
    return STATUS_OK;
}

static Status read_derived_names(Design *design)
{
    const YamlNode *map;

    if (yaml_find(design->root, "derived") == NULL)
        return STATUS_OK;
    TRY(yaml_need(design->root, "derived", YAML_MAP, &map, design->err));
    for (uint32_t i = 0; i < map->n_items; i++) {
        const YamlNode place = yaml_key_node(map, i);
        TRY(sweep_add_key(design, &place, map->key[i]));
        const DesignKey *key = &design->key[design->n_keys - 1];
        if (key->form != FORM_CHIP && key->form != FORM_WHOLE && key->form != FORM_REAL)
            return yaml_fail(&place, design->err, "values of %s are no numbers", map->key[i]);
    }
    design->n_derived = map->n_items;
    return STATUS_OK;
}

static Status read_base_values(Design *design, const YamlNode *base)
{
    const DesignKey *key = &design->key[design->n_axis_keys + design->n_derived];
    const char **value = ARENA_ARRAY(design->arena, const char *, base->n_items);

    for (uint32_t i = 0; i < base->n_items; i++)
        TRY(sweep_value_read(design->arena, &key[i], base->item[i], &value[i], design->err));
    design->base_value = value;
    design->base_node = (const YamlNode *const *)base->item;
    return STATUS_OK;
}

/* ---- the whole -------------------- */

static bool has_key(const Design *design, const char *name)
{
    for (uint32_t i = 0; i < design->n_keys; i++)
        if (strcmp(design->key[i].key.name, name) == 0)
            return true;
    return false;
}

/* What every point needs. */
static Status check_names(Design *design)
{
    const bool network = has_key(design, "network"), generate = has_key(design, "generate");

    if (!has_key(design, "chip"))
        return yaml_fail(design->root, design->err,
                         "no chip; expected 'chip: NAME' in base, or an axis of that key");
    if (network == generate)
        return yaml_fail(design->root, design->err,
                         "%s; expected one of 'network: DIR' and 'generate: KIND'",
                         network ? "a network and one to be generated" : "no network");
    for (uint32_t i = 0; network && i < design->n_keys; i++)
        if (design->key[i].key.kind == KEY_GENERATE)
            return yaml_fail(&design->key[i].place, design->err,
                             "%s: nothing is generated; expected 'generate: KIND' instead of a "
                             "network",
                             design->key[i].key.name);
    return STATUS_OK;
}

Status sweep_read_axes(Design *design)
{
    static const YamlNode nothing = {.kind = YAML_MAP, .file = "", .path = "base"};
    const YamlNode *list, *base = &nothing;

    TRY(yaml_need(design->root, "axes", YAML_LIST, &list, design->err));
    if (list->n_items == 0)
        return yaml_fail(list, design->err, "an empty list; expected at least one axis");
    if (yaml_find(design->root, "base") != NULL)
        TRY(yaml_need(design->root, "base", YAML_MAP, &base, design->err));
    design->n_axes = list->n_items;
    design->axis = ARENA_ARRAY(design->arena, Axis, list->n_items);
    for (uint32_t i = 0; i < list->n_items; i++)
        TRY(read_names(design, list->item[i], &design->axis[i]));
    design->n_axis_keys = design->n_keys;
    TRY(read_derived_names(design));
    TRY(read_base_names(design, base));
    TRY(check_names(design));
    TRY(read_base_values(design, base));
    TRY(sweep_find_steps(design));
    for (uint32_t i = 0; i < list->n_items; i++) {
        Axis *axis = &design->axis[i];
        TRY(yaml_find(axis->node, "values") != NULL ? read_values(design, axis)
                                                    : read_range(design, axis));
    }
    return STATUS_OK;
}
