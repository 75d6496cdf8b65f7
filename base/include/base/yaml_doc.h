/* yaml_doc.h - a strict YAML reader: a tree of maps, lists and scalars that know where they stand.
 *
 * Refused: anchors and aliases, tags, several documents, duplicate keys, keys that are not scalars,
 * nesting deeper than YAML_MAX_DEPTH, files above YAML_MAX_BYTES. Numbers are read whole: `8.5` is
 * not a whole number, `010` and `3.2abc` are no numbers. Every error reads
 * `file:line:col: key.path: what is wrong; what was expected`.
 */
#ifndef BASE_YAML_DOC_H
#define BASE_YAML_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { YAML_MAX_DEPTH = 16, YAML_MAX_BYTES = 4 << 20 };

typedef enum YamlKind { YAML_SCALAR, YAML_LIST, YAML_MAP } YamlKind;

typedef struct YamlNode YamlNode;
struct YamlNode {
    YamlKind kind;
    const char *file;                /* name for messages                              */
    const char *path;                /* "noc.hop_cycles.value", "layers[2].units"; "" at the top */
    uint32_t line, column;           /* from 1; of a map entry's value                 */
    const char *text;                /* scalar: its text; else NULL                    */
    bool quoted;                     /* scalar: stood in quotes, so it is text         */
    uint32_t n_items;                /* list or map                                    */
    const char **key;                /* map: [n_items]                                 */
    uint32_t *key_line, *key_column; /* map: [n_items]                        */
    YamlNode **item;                 /* list or map: [n_items], in file order          */
};

/* yaml_load - read a file. yaml_parse - read from memory; `name` stands in messages. Errors: IO,
 * INPUT.
 * cost: O(bytes), memory O(bytes) */
Status yaml_load(Arena *arena, const char *path, YamlNode **out, Err *err);
Status yaml_parse(Arena *arena, const char *name, const char *text, size_t n_bytes, YamlNode **out,
                  Err *err);

/* yaml_override - set the scalar at a dotted key path ("grid.usable_cores"), as `--set KEY=VALUE`
 * does. If the path names a map that has a key `value`, that one is set. Errors: USAGE (no such
 * key, with the nearest one; or not a scalar). Later messages about the node say `--set
 * KEY=VALUE`. */
Status yaml_override(Arena *arena, YamlNode *root, const char *key_path, const char *value,
                     Err *err);

/* yaml_fail - INPUT error at a node. */
Status yaml_fail(const YamlNode *node, Err *err, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* yaml_find - entry of a map, or NULL. */
const YamlNode *yaml_find(const YamlNode *map, const char *key);

/* yaml_need - entry of a map, of the given kind. Errors: INPUT (missing, other kind). */
Status yaml_need(const YamlNode *map, const char *key, YamlKind kind, const YamlNode **out,
                 Err *err);

/* yaml_only - refuse keys of the map that are not among the n names; suggests the nearest name. */
Status yaml_only(const YamlNode *map, const char *const *names, size_t n, Err *err);

/* Scalars by value. min and max are inclusive. Errors: INPUT naming the allowed range or values. */
Status yaml_as_u64(const YamlNode *node, uint64_t min, uint64_t max, uint64_t *out, Err *err);
Status yaml_as_real(const YamlNode *node, double min, double max, double *out, Err *err);
Status yaml_as_bool(const YamlNode *node, bool *out, Err *err);
Status yaml_as_text(const YamlNode *node, const char **out, Err *err);
Status yaml_as_choice(const YamlNode *node, const char *const *names, size_t n, unsigned *out,
                      Err *err);

/* The same for a required key of a map. */
Status yaml_u64(const YamlNode *map, const char *key, uint64_t min, uint64_t max, uint64_t *out,
                Err *err);
Status yaml_u32(const YamlNode *map, const char *key, uint32_t min, uint32_t max, uint32_t *out,
                Err *err);
Status yaml_real(const YamlNode *map, const char *key, double min, double max, double *out,
                 Err *err);
Status yaml_text(const YamlNode *map, const char *key, const char **out, Err *err);
Status yaml_choice(const YamlNode *map, const char *key, const char *const *names, size_t n,
                   unsigned *out, Err *err);

/* yaml_nearest - the name that is nearest to `word` by edit distance, or NULL if none is near. For
 * "did you mean" in command lines too. */
const char *yaml_nearest(const char *word, const char *const *names, size_t n);

#ifdef __cplusplus
}
#endif
#endif
