/* yaml_override.c - `--set KEY=VALUE`: walk a dotted path down a tree of YAML nodes and set its
 * end.
 *
 * A path is made of map keys, separated by dots, and of list indices in brackets:
 * "layers[2].units", "grid.holes[0][1]". Only what is there can be set, so a typing error is found.
 */
#include "base/yaml_doc.h"

#include <stdlib.h>
#include <string.h>

/* Keys of an error: the nearest to `word`, or all of them if few. */
static void hint_keys(Arena *arena, const YamlNode *node, const char *word, Err *err)
{
    if (node->kind != YAML_MAP)
        return;
    const char *nearest = yaml_nearest(word, node->key, node->n_items);
    const char *dot = node->path[0] == 0 ? "" : ".";
    if (nearest != NULL) {
        err_hint(err, "did you mean %s%s%s?", node->path, dot, nearest);
        return;
    }
    const char *all = "";
    for (uint32_t i = 0; i < node->n_items && i < 40; i++)
        all = arena_printf(arena, "%s%s%s", all, i == 0 ? "" : ", ", node->key[i]);
    err_hint(err, "keys of %s: %s", node->path[0] == 0 ? "the file" : node->path, all);
}

static Status no_such(Arena *arena, const YamlNode *node, const char *setting, const char *word,
                      Err *err)
{
    Status status = err_set(err, STATUS_USAGE, "%s: '%s' names no value; expected a key of %s",
                            setting, word, node->path[0] == 0 ? node->file : node->path);
    hint_keys(arena, node, word, err);
    return status;
}

/* One step down: `word` is a key, or an index in brackets. NULL if there is no such thing. */
static YamlNode *step_down(const YamlNode *node, const char *word)
{
    if (word[0] == '[') {
        char *end;
        unsigned long idx = strtoul(word + 1, &end, 10);
        bool clean = word[1] >= '0' && word[1] <= '9' && strcmp(end, "]") == 0;
        return clean && node->kind == YAML_LIST && idx < node->n_items ? node->item[idx] : NULL;
    }
    for (uint32_t i = 0; node->kind == YAML_MAP && i < node->n_items; i++)
        if (strcmp(node->key[i], word) == 0)
            return node->item[i];
    return NULL;
}

Status yaml_override(Arena *arena, YamlNode *root, const char *key_path, const char *value,
                     Err *err)
{
    const char *setting = arena_printf(arena, "--set %s=%s", key_path, value);
    YamlNode *node = root;
    const char *at = key_path;
    do {
        size_t length = *at == '[' ? strcspn(at, "]") + 1 : strcspn(at, ".[");
        if (length > strlen(at))
            length = strlen(at);
        const char *word = arena_text(arena, at, length);
        YamlNode *below = step_down(node, word);
        if (below == NULL)
            return no_such(arena, node, setting, word, err);
        node = below;
        at += length;
        if (*at == '.')
            at += at[1] == 0 ? 0 : 1; /* a closing dot stays, and names nothing */
    } while (*at != 0);
    if (node->kind == YAML_MAP && step_down(node, "value") != NULL)
        node = step_down(node, "value");
    if (node->kind != YAML_SCALAR) {
        Status status = err_set(err, STATUS_USAGE, "%s: %s is a %s; expected a key with one value",
                                setting, key_path, node->kind == YAML_MAP ? "map" : "list");
        hint_keys(arena, node, "", err);
        return status;
    }
    node->file = setting;
    node->line = 0;
    node->column = 0;
    node->text = arena_text(arena, value, strlen(value));
    node->quoted = false;
    return STATUS_OK;
}
