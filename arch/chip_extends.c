/* chip_extends.c - a chip description that builds on another: key `extends`.
 *
 * `extends: FILE` names a description, beside this one unless the path is absolute. The file that
 * extends says only what differs: maps are put together key by key, and what stands in both is
 * taken from the file that extends. A number (a map with a `value`) is replaced as a whole, so that
 * its range, kind and source are never those of another value. Every node keeps its file and line
 * for messages.
 * cost: O(bytes of all files).
 */
#include <string.h>

#include "base/file.h"
#include "chip_loader.h"

enum { EXTENDS_MAX = 8 };

static bool is_mergeable(const YamlNode *node)
{
    return node->kind == YAML_MAP && yaml_find(node, "value") == NULL;
}

static YamlNode *find_item(const YamlNode *map, const char *key)
{
    for (uint32_t i = 0; i < map->n_items; i++)
        if (strcmp(map->key[i], key) == 0)
            return map->item[i];
    return NULL;
}

static void add_item(YamlNode *map, const YamlNode *from, uint32_t i, YamlNode *item)
{
    map->key[map->n_items] = from->key[i];
    map->key_line[map->n_items] = from->key_line[i];
    map->key_column[map->n_items] = from->key_column[i];
    map->item[map->n_items] = item;
    map->n_items++;
}

/* `over` on top of `base`; both are maps. Depth is bounded by that of YAML trees. */
static YamlNode *put_together(Arena *arena, const YamlNode *base, const YamlNode *over)
{
    YamlNode *both = ARENA_ARRAY(arena, YamlNode, 1);
    *both = *over;
    size_t n = (size_t)base->n_items + over->n_items;
    both->key = ARENA_ARRAY(arena, const char *, n);
    both->key_line = ARENA_ARRAY(arena, uint32_t, n);
    both->key_column = ARENA_ARRAY(arena, uint32_t, n);
    both->item = ARENA_ARRAY(arena, YamlNode *, n);
    both->n_items = 0;
    for (uint32_t i = 0; i < over->n_items; i++) {
        YamlNode *item = over->item[i];
        const YamlNode *former = find_item(base, over->key[i]);
        if (former != NULL && is_mergeable(former) && is_mergeable(item))
            item = put_together(arena, former, item);
        add_item(both, over, i, item);
    }
    for (uint32_t i = 0; i < base->n_items; i++)
        if (find_item(over, base->key[i]) == NULL)
            add_item(both, base, i, base->item[i]);
    return both;
}

/* The folder of a path, with its slash; "" if it has none. */
static const char *folder_of(Arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? "" : arena_text(arena, path, (size_t)(slash - path) + 1);
}

Status chip_read_tree(Arena *arena, const char *path, YamlNode **out, Err *err)
{
    YamlNode *tree;
    TRY(yaml_load(arena, path, &tree, err));
    for (uint32_t depth = 0; tree->kind == YAML_MAP && yaml_find(tree, "extends") != NULL;) {
        const YamlNode *extends = yaml_find(tree, "extends");
        const char *name;
        TRY(yaml_as_text(extends, &name, err));
        path = name[0] == '/' ? name : arena_printf(arena, "%s%s", folder_of(arena, path), name);
        if (!file_exists(path) || file_is_folder(path))
            return yaml_fail(extends, err, "'%s' is no file; expected a chip description", path);
        if (++depth > EXTENDS_MAX)
            return yaml_fail(extends, err, "goes on for more than %d files; expected no ring",
                             (int)EXTENDS_MAX);
        YamlNode *base;
        TRY(yaml_load(arena, path, &base, err));
        if (base->kind != YAML_MAP)
            return yaml_fail(base, err, "is no map; expected a chip description");
        bool goes_on = yaml_find(base, "extends") != NULL;
        tree = put_together(arena, base, tree);
        if (!goes_on)
            break;
        for (uint32_t i = 0; i < tree->n_items; i++)
            if (strcmp(tree->key[i], "extends") == 0)
                tree->item[i] = find_item(base, "extends");
    }
    *out = tree;
    return STATUS_OK;
}
