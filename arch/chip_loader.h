/* chip_loader.h - what the files that read a chip description share: private to the floor. */
#ifndef ARCH_CHIP_LOADER_H
#define ARCH_CHIP_LOADER_H

#include "arch/chip.h"
#include "base/yaml_doc.h"

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

typedef struct Loader {
    Arena *arena;
    const YamlNode *sources;
    Err *err;
} Loader;

/* chip_read_source - key `source` of a map: text that begins with a key of `sources`. */
Status chip_read_source(const Loader *loader, const YamlNode *map, const char **out);

/* chip_read_pair - [A, B] with both in 0 .. GRID_COORDINATE_MAX. */
Status chip_read_pair(const Loader *loader, const YamlNode *node, const char *expected, uint32_t *a,
                      uint32_t *b);

/* chip_read_routing - fabric.routing, sides and wrap, before the grid is read; without the section
 * one chip with a central router (chip_fabric.c). */
Status chip_read_routing(const Loader *loader, const YamlNode *root, Chip *chip);

/* chip_read_grid - section `grid`: cells, tiles, usable cores (chip_grid.c). */
Status chip_read_grid(const Loader *loader, const YamlNode *root, Chip *chip);

/* chip_read_fabric - the rest of section `fabric`, once the grid is read: chips of the board, dead
 * parts, host (chip_fabric.c). Sets chip->n_cores. */
Status chip_read_fabric(const Loader *loader, const YamlNode *root, Chip *chip);

/* chip_read_tree - the file's YAML, on top of the file that it extends, if any (chip_extends.c).
 * Errors: IO, INPUT. */
Status chip_read_tree(Arena *arena, const char *path, YamlNode **out, Err *err);

#endif
