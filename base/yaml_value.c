/* yaml_value.c - typed values out of a tree of YAML nodes, and `--set` into it.
 *
 * Nothing is guessed: a number is a number from its first to its last character, a value in quotes
 * is text, true and false are the only truth values. Each refusal says what would have been
 * accepted and, for names, the nearest one (edit distance of Levenshtein 1966 with swaps of
 * neighbours).
 */
#include "base/yaml_doc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/number_read.h"

enum { WHAT_BYTES = 900, NAMES_BYTES = 400, WORD_BYTES_MAX = 64 };

static const char *const KIND_NAME[] = {"a value", "a list", "a map"};

/* INPUT error at a place in the node's file; a node that was set on the command line has no
 * line. */
static Status fail_at(const YamlNode *node, uint32_t line, uint32_t column, Err *err,
                      const char *what)
{
    const char *colon = node->path[0] == 0 ? "" : ": ";
    if (line == 0)
        return err_set(err, STATUS_INPUT, "%s: %s%s%s", node->file, node->path, colon, what);
    return err_set(err, STATUS_INPUT, "%s:%u:%u: %s%s%s", node->file, line, column, node->path,
                   colon, what);
}

Status yaml_fail(const YamlNode *node, Err *err, const char *format, ...)
{
    char what[WHAT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return fail_at(node, node->line, node->column, err, what);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits (insert, drop, replace, swap neighbours) from one word to the other, both <=
 * WORD_BYTES_MAX. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    size_t row[3][WORD_BYTES_MAX + 1];
    for (size_t j = 0; j <= m; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *now = row[i % 3], *last = row[(i - 1) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t replace = last[j - 1] + (a[i - 1] != b[j - 1]);
            now[j] = smaller(replace, smaller(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = smaller(now[j], before[j - 2] + 1);
        }
    }
    return row[n % 3][m];
}

const char *yaml_nearest(const char *word, const char *const *names, size_t n)
{
    const char *nearest = NULL;
    size_t length = strlen(word);
    size_t best = length / 3 + 2; /* farther than this is no help */
    if (length > WORD_BYTES_MAX)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        if (strlen(names[i]) > WORD_BYTES_MAX)
            continue;
        size_t distance = edit_distance(word, names[i]);
        if (distance < best && distance < length) {
            best = distance;
            nearest = names[i];
        }
    }
    return nearest;
}

/* "a, b, c" cut off with "..." where it gets too long. */
static void list_names(char *line, size_t n_bytes, const char *const *names, size_t n)
{
    size_t used = 0;
    line[0] = 0;
    for (size_t i = 0; i < n; i++) {
        size_t needed = strlen(names[i]) + 2;
        if (used + needed + 4 > n_bytes) {
            snprintf(line + used, n_bytes - used, "...");
            return;
        }
        used += (size_t)snprintf(line + used, n_bytes - used, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
}

const YamlNode *yaml_find(const YamlNode *map, const char *key)
{
    if (map->kind != YAML_MAP)
        return NULL;
    for (uint32_t i = 0; i < map->n_items; i++)
        if (strcmp(map->key[i], key) == 0)
            return map->item[i];
    return NULL;
}

static Status need_kind(const YamlNode *node, YamlKind kind, Err *err)
{
    if (node->kind == kind)
        return STATUS_OK;
    if (node->kind == YAML_SCALAR && node->text[0] == 0 && !node->quoted)
        return yaml_fail(node, err, "nothing stands here; expected %s", KIND_NAME[kind]);
    return yaml_fail(node, err, "is %s; expected %s", KIND_NAME[node->kind], KIND_NAME[kind]);
}

Status yaml_need(const YamlNode *map, const char *key, YamlKind kind, const YamlNode **out,
                 Err *err)
{
    *out = NULL;
    TRY(need_kind(map, YAML_MAP, err));
    const YamlNode *node = yaml_find(map, key);
    if (node == NULL)
        return yaml_fail(map, err, "key '%s' is missing; expected '%s:' with %s", key, key,
                         KIND_NAME[kind]);
    TRY(need_kind(node, kind, err));
    *out = node;
    return STATUS_OK;
}

static bool is_among(const char *word, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, names[i]) == 0)
            return true;
    return false;
}

Status yaml_only(const YamlNode *map, const char *const *names, size_t n, Err *err)
{
    TRY(need_kind(map, YAML_MAP, err));
    for (uint32_t i = 0; i < map->n_items; i++) {
        const char *key = map->key[i];
        if (is_among(key, names, n))
            continue;
        char what[WHAT_BYTES], all[NAMES_BYTES];
        list_names(all, sizeof all, names, n);
        const char *nearest = yaml_nearest(key, names, n);
        if (nearest != NULL)
            snprintf(what, sizeof what,
                     "unknown key '%s' (did you mean '%s'?); expected one of: %s", key, nearest,
                     all);
        else
            snprintf(what, sizeof what, "unknown key '%s'; expected one of: %s", key, all);
        return fail_at(map, map->key_line[i], map->key_column[i], err, what);
    }
    return STATUS_OK;
}

/* A scalar that may be a number: quotes make it text. */
static Status need_number(const YamlNode *node, const char *expected, Err *err)
{
    if (node->kind != YAML_SCALAR)
        return yaml_fail(node, err, "is %s; expected %s", KIND_NAME[node->kind], expected);
    if (node->quoted)
        return yaml_fail(node, err, "\"%s\" is text in quotes; expected %s", node->text, expected);
    if (node->text[0] == 0)
        return yaml_fail(node, err, "nothing stands here; expected %s", expected);
    return STATUS_OK;
}

Status yaml_as_u64(const YamlNode *node, uint64_t min, uint64_t max, uint64_t *out, Err *err)
{
    *out = 0;
    char expected[100];
    snprintf(expected, sizeof expected, "a whole number from %llu to %llu", (unsigned long long)min,
             (unsigned long long)max);
    TRY(need_number(node, expected, err));
    uint64_t value, above_zero;
    const NumberRead read = number_read_u64(node->text, &value);
    if (read == NUMBER_NONE) {
        const bool negative =
            node->text[0] == '-' && number_read_u64(node->text + 1, &above_zero) != NUMBER_NONE;
        return yaml_fail(node, err,
                         negative ? "%s is too small; expected %s"
                                  : "'%s' is not a whole number; expected %s",
                         node->text, expected);
    }
    if (read == NUMBER_TOO_LARGE || value > max)
        return yaml_fail(node, err, "%s is too large; expected %s", node->text, expected);
    if (value < min)
        return yaml_fail(node, err, "%s is too small; expected %s", node->text, expected);
    *out = value;
    return STATUS_OK;
}

Status yaml_as_real(const YamlNode *node, double min, double max, double *out, Err *err)
{
    *out = 0;
    char expected[100];
    snprintf(expected, sizeof expected, "a number from %.15g to %.15g", min, max);
    TRY(need_number(node, expected, err));
    double value;
    const NumberRead read = number_read_real(node->text, &value);
    if (read == NUMBER_NONE)
        return yaml_fail(node, err, "'%s' is not a number; expected %s", node->text, expected);
    if (read == NUMBER_TOO_LARGE || !(value >= min && value <= max))
        return yaml_fail(node, err, "%s is out of range; expected %s", node->text, expected);
    *out = value;
    return STATUS_OK;
}

Status yaml_as_bool(const YamlNode *node, bool *out, Err *err)
{
    *out = false;
    TRY(need_kind(node, YAML_SCALAR, err));
    if (!node->quoted && strcmp(node->text, "true") == 0)
        *out = true;
    else if (node->quoted || strcmp(node->text, "false") != 0)
        return yaml_fail(node, err, "'%s' is neither true nor false; expected one of: true, false",
                         node->text);
    return STATUS_OK;
}

Status yaml_as_text(const YamlNode *node, const char **out, Err *err)
{
    *out = NULL;
    if (node->kind != YAML_SCALAR)
        return yaml_fail(node, err, "is %s; expected text", KIND_NAME[node->kind]);
    if (node->text[0] == 0)
        return yaml_fail(node, err, "nothing stands here; expected text");
    *out = node->text;
    return STATUS_OK;
}

Status yaml_as_choice(const YamlNode *node, const char *const *names, size_t n, unsigned *out,
                      Err *err)
{
    *out = 0;
    char all[NAMES_BYTES];
    list_names(all, sizeof all, names, n);
    if (node->kind != YAML_SCALAR)
        return yaml_fail(node, err, "is %s; expected one of: %s", KIND_NAME[node->kind], all);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(node->text, names[i]) == 0) {
            *out = (unsigned)i;
            return STATUS_OK;
        }
    }
    const char *nearest = yaml_nearest(node->text, names, n);
    if (nearest != NULL)
        return yaml_fail(node, err, "'%s' is unknown (did you mean '%s'?); expected one of: %s",
                         node->text, nearest, all);
    return yaml_fail(node, err, "'%s' is unknown; expected one of: %s", node->text, all);
}

Status yaml_u64(const YamlNode *map, const char *key, uint64_t min, uint64_t max, uint64_t *out,
                Err *err)
{
    const YamlNode *node;
    *out = 0;
    TRY(yaml_need(map, key, YAML_SCALAR, &node, err));
    return yaml_as_u64(node, min, max, out, err);
}

Status yaml_u32(const YamlNode *map, const char *key, uint32_t min, uint32_t max, uint32_t *out,
                Err *err)
{
    uint64_t value;
    Status status = yaml_u64(map, key, min, max, &value, err);
    *out = (uint32_t)value;
    return status;
}

Status yaml_real(const YamlNode *map, const char *key, double min, double max, double *out,
                 Err *err)
{
    const YamlNode *node;
    *out = 0;
    TRY(yaml_need(map, key, YAML_SCALAR, &node, err));
    return yaml_as_real(node, min, max, out, err);
}

Status yaml_text(const YamlNode *map, const char *key, const char **out, Err *err)
{
    const YamlNode *node;
    *out = NULL;
    TRY(yaml_need(map, key, YAML_SCALAR, &node, err));
    return yaml_as_text(node, out, err);
}

Status yaml_choice(const YamlNode *map, const char *key, const char *const *names, size_t n,
                   unsigned *out, Err *err)
{
    const YamlNode *node;
    *out = 0;
    TRY(yaml_need(map, key, YAML_SCALAR, &node, err));
    return yaml_as_choice(node, names, n, out, err);
}
