/* compare_tree.c - report.json against report.json: two trees, gone through together.
 *
 * A value's name is the path to it. Entries of maps are matched by key; items of lists by what
 * names them (`name`; the lines of the energy by scope, of, part and price), else by their
 * place. A metric's own value has the metric's name, the ends of its interval stand below it.
 * Cost: O(values), more where items of a list stand in another order.
 */
#include "compare_private.h"

#include <string.h>

/* What is not compared, or by other means: see sim/compare.h. */
static const char *const PASSED_OVER[] = {"format", "version",      "provenance",
                                          "spread", "busiest_core", "chip_numbers"};
static const char *const EXPLAINS = "meaning";

typedef struct Place {
    const char *path;
    ChangeGroup group;
    uint32_t item;
} Place;

static bool is_passed_over(const char *key)
{
    for (size_t i = 0; i < sizeof PASSED_OVER / sizeof PASSED_OVER[0]; i++)
        if (strcmp(PASSED_OVER[i], key) == 0)
            return true;
    return false;
}

static bool is_null(const YamlNode *node)
{
    return !node->quoted && strcmp(node->text, "null") == 0;
}

static const char *text_of(const YamlNode *node)
{
    if (node->kind == YAML_SCALAR)
        return is_null(node) ? NULL : node->text;
    return node->kind == YAML_MAP ? "(an object)" : "(a list)";
}

static void one_sided(Comparer *comparer, const Place *place, const YamlNode *node, bool missing)
{
    Change change = {.group = place->group, .item = place->item, .name = place->path};

    change.before = missing ? text_of(node) : NULL;
    change.after = missing ? NULL : text_of(node);
    comparer->n_values++;
    comparer->item[place->item].n_values++;
    comparer_saw(comparer, place->path);
    comparer_one_sided(comparer, &change, place->path, missing);
}

static void compare_values(Comparer *comparer, const Place *place, const YamlNode *before,
                           const YamlNode *after)
{
    Change change = {.group = place->group, .item = place->item, .name = place->path};
    ValuePair pair = {.before = run_value(text_of(before)), .after = run_value(text_of(after))};

    comparer->n_values++;
    comparer->item[place->item].n_values++;
    comparer_saw(comparer, place->path);
    if (run_value_equal(&pair.before, &pair.after))
        return;
    pair.direction = direction_of(place->path, &change.follows);
    comparer_change(comparer, &change, place->path, &pair);
}

/* ---- lists -------------------- */

static const char *scalar_of(const YamlNode *map, const char *key)
{
    const YamlNode *node = yaml_find(map, key);
    return node != NULL && node->kind == YAML_SCALAR ? node->text : NULL;
}

/* What names an item of a list, or NULL. */
static const char *name_of(Arena *arena, const YamlNode *item)
{
    const char *name = scalar_of(item, "name"), *scope = scalar_of(item, "scope");

    if (name != NULL || scope == NULL)
        return name;
    const char *of = scalar_of(item, "of"), *part = scalar_of(item, "part");
    const char *price = scalar_of(item, "price");
    return of && part && price ? arena_printf(arena, "%s.%s.%s.%s", scope, of, part, price) : NULL;
}

static const char **names_of(Arena *arena, const YamlNode *list)
{
    const char **name = ARENA_ARRAY(arena, const char *, list->n_items);

    for (uint32_t i = 0; i < list->n_items; i++) {
        name[i] = name_of(arena, list->item[i]);
        if (name[i] == NULL)
            name[i] = arena_printf(arena, "%u", i);
    }
    return name;
}

/* The item of that name that nobody has taken yet, the one at `at` if it may be; n if there is
 * none. */
static uint32_t take(const char *const *name, bool *taken, uint32_t n, uint32_t at,
                     const char *wanted)
{
    uint32_t i = at;

    if (at >= n || taken[at] || strcmp(name[at], wanted) != 0)
        for (i = 0; i < n && (taken[i] || strcmp(name[i], wanted) != 0);)
            i++;
    if (i < n)
        taken[i] = true;
    return i;
}

static void compare_nodes(Comparer *comparer, const Place *place, const YamlNode *before,
                          const YamlNode *after);

static Place place_below(Comparer *comparer, const Place *place, const char *name)
{
    Place below = *place;

    below.path = arena_printf(comparer->arena, "%s.%s", place->path, name);
    if (place->group == CHANGE_METRICS && strcmp(place->path, "metrics") == 0)
        below.item = comparer_item(comparer, "metrics", name);
    return below;
}

static void compare_lists(Comparer *comparer, const Place *place, const YamlNode *before,
                          const YamlNode *after)
{
    const char **name[2] = {names_of(comparer->arena, before), names_of(comparer->arena, after)};
    bool *taken = ARENA_ARRAY(comparer->arena, bool, after->n_items);

    for (uint32_t i = 0; i < before->n_items; i++) {
        const Place below = place_below(comparer, place, name[0][i]);
        const uint32_t other = take(name[1], taken, after->n_items, i, name[0][i]);
        if (other < after->n_items)
            compare_nodes(comparer, &below, before->item[i], after->item[other]);
        else
            one_sided(comparer, &below, before->item[i], true);
    }
    for (uint32_t i = 0; i < after->n_items; i++) {
        if (taken[i])
            continue;
        const Place below = place_below(comparer, place, name[1][i]);
        one_sided(comparer, &below, after->item[i], false);
    }
}

/* ---- maps -------------------- */

/* The value of a metric is the metric; what names an item is in its path. */
static bool is_in_path(const Place *place, const char *key)
{
    return strcmp(key, EXPLAINS) == 0 || (strcmp(key, "name") == 0 && strchr(place->path, '.'));
}

static Place place_of_key(Comparer *comparer, const Place *place, const char *key)
{
    Place below = *place;

    if (place->group != CHANGE_METRICS || strcmp(key, "value") != 0)
        below.path = arena_printf(comparer->arena, "%s.%s", place->path, key);
    return below;
}

static void compare_maps(Comparer *comparer, const Place *place, const YamlNode *before,
                         const YamlNode *after)
{
    for (uint32_t i = 0; i < before->n_items; i++) {
        if (is_in_path(place, before->key[i]))
            continue;
        const Place below = place_of_key(comparer, place, before->key[i]);
        const YamlNode *other = yaml_find(after, before->key[i]);
        if (other != NULL)
            compare_nodes(comparer, &below, before->item[i], other);
        else
            one_sided(comparer, &below, before->item[i], true);
    }
    for (uint32_t i = 0; i < after->n_items; i++) {
        if (is_in_path(place, after->key[i]) || yaml_find(before, after->key[i]) != NULL)
            continue;
        const Place below = place_of_key(comparer, place, after->key[i]);
        one_sided(comparer, &below, after->item[i], false);
    }
}

static void compare_nodes(Comparer *comparer, const Place *place, const YamlNode *before,
                          const YamlNode *after)
{
    if (before->kind != after->kind || before->kind == YAML_SCALAR)
        compare_values(comparer, place, before, after);
    else if (before->kind == YAML_LIST)
        compare_lists(comparer, place, before, after);
    else
        compare_maps(comparer, place, before, after);
}

/* Both are reports of one version, so they have the same sections. */
void compare_trees(Comparer *comparer)
{
    const YamlNode *before = comparer->baseline->tree, *after = comparer->run->tree;

    for (uint32_t i = 0; i < before->n_items; i++) {
        const char *key = before->key[i];
        const YamlNode *other = yaml_find(after, key);
        if (is_passed_over(key) || other == NULL)
            continue;
        Place place = {.path = key, .group = CHANGE_COUNTS};
        if (strcmp(key, "metrics") == 0)
            place.group = CHANGE_METRICS; /* an item for each */
        else
            place.item = comparer_item(comparer, "report", key);
        compare_nodes(comparer, &place, before->item[i], other);
    }
}
