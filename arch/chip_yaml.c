/* chip_yaml.c - read a chip description: YAML into a Chip.
 *
 * Steps: parse, put the tree on top of the one it extends, apply the settings of the command line,
 * read grid (chip_grid.c), fabric (chip_fabric.c), sections and operating points, then chip_check
 * and topology_build as a last word. Every number is a map of
 * value, range, kind and source, and its source must begin with a key of the file's `sources`: a
 * number cannot come from nowhere. A guess must state its range. Explained key by key in
 * docs/chip-file.md.
 */
#include "arch/chip.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arch/topology.h"
#include "base/check.h"
#include "base/file.h"
#include "chip_loader.h"
#include "chip_table.h"

static const char *const TOP_KEY[] = {
    "format",  "version",         "name",  "description", "sources",
    "extends", "fabric",          "grid",  "core",        "software",
    "noc",     "router",          "links", "dram",        "host",
    "energy",  "operating_points"};
static const char *const COST_KEY[] = {"value", "range", "kind", "source"};
static const char *const KIND[] = {"measured", "datasheet", "derived", "guess"};
static const char *const FIFO_POLICY[] = {"stall", "drop", "overwrite"};
static const char *const IDLE_POINT[] = {"kept", "slowest"};

enum { CHIP_FORMAT_VERSION = 1, SECTION_KEYS_MAX = 64 };

Status chip_read_source(const Loader *loader, const YamlNode *map, const char **out)
{
    TRY(yaml_text(map, "source", out, loader->err));
    const YamlNode *sources = loader->sources;
    for (uint32_t i = 0; i < sources->n_items; i++) {
        size_t length = strlen(sources->key[i]);
        const char *text = *out;
        if (strncmp(text, sources->key[i], length) == 0 &&
            strchr(" ,;:(", text[length]) != NULL) /* finds the closing 0 too */
            return STATUS_OK;
    }
    const char *all = "";
    for (uint32_t i = 0; i < sources->n_items && i < 40; i++)
        all = arena_printf(loader->arena, "%s%s%s", all, i == 0 ? "" : ", ", sources->key[i]);
    return yaml_fail(yaml_find(map, "source"), loader->err,
                     "'%s' does not begin with a key of sources; expected one of: %s", *out, all);
}

/* A number as it stands in the file: "300 MHz" is no number, its unit belongs in the key. */
static Status read_real(const Loader *loader, const YamlNode *node, const NumberRow *row,
                        double *out)
{
    if (node->kind == YAML_SCALAR && !node->quoted) {
        char *end;
        strtod(node->text, &end);
        while (*end == ' ')
            end++;
        if (end != node->text && (isalpha((unsigned char)*end) != 0 || *end == '%'))
            return yaml_fail(node, loader->err,
                             "'%s' has a unit; expected a plain number, its unit is in the key %s",
                             node->text, row->field);
    }
    TRY(yaml_as_real(node, row->min, row->max, out, loader->err));
    if (row->whole && floor(*out) < *out)
        return yaml_fail(node, loader->err,
                         "%s is not a whole number; expected one from %.15g to %.15g", node->text,
                         row->min, row->max);
    return STATUS_OK;
}

static Status read_range(const Loader *loader, const YamlNode *range, const NumberRow *row,
                         Cost *cost)
{
    if (range->kind != YAML_LIST || range->n_items != 2)
        return yaml_fail(range, loader->err, "is not a range; expected [LOW, HIGH]");
    TRY(read_real(loader, range->item[0], row, &cost->low));
    TRY(read_real(loader, range->item[1], row, &cost->high));
    if (cost->low > cost->high)
        return yaml_fail(range, loader->err, "low %.15g is above high %.15g; expected [LOW, HIGH]",
                         cost->low, cost->high);
    return STATUS_OK;
}

/* A value that `--set` moved takes the end of the range along. */
static Status fit_range(const Loader *loader, const YamlNode *value, Cost *cost)
{
    bool is_set = value->line == 0;
    if (is_set && cost->value < cost->low)
        cost->low = cost->value;
    if (is_set && cost->value > cost->high)
        cost->high = cost->value;
    if (cost->value < cost->low || cost->value > cost->high)
        return yaml_fail(value, loader->err, "%s is outside of its range; expected %.15g to %.15g",
                         value->text, cost->low, cost->high);
    return STATUS_OK;
}

static Status read_cost(const Loader *loader, const YamlNode *map, const NumberRow *row, Cost *cost)
{
    Err *err = loader->err;
    const YamlNode *node = yaml_find(map, row->field);
    if (node == NULL)
        return yaml_fail(map, err,
                         "key '%s' is missing; expected '%s: {value: .., kind: .., source: ..}'",
                         row->field, row->field);
    if (node->kind != YAML_MAP)
        return yaml_fail(node, err,
                         "is not a map; expected {value: NUMBER, range: [LOW, HIGH], kind: KIND, "
                         "source: TEXT}");
    TRY(yaml_only(node, COST_KEY, N_OF(COST_KEY), err));
    const YamlNode *value;
    TRY(yaml_need(node, "value", YAML_SCALAR, &value, err));
    TRY(read_real(loader, value, row, &cost->value));
    if (row->is_clock && fmod(cost->value, CLOCK_HZ_STEP) > 0)
        return yaml_fail(value, err, "%s is no clock rate; expected a multiple of %d", value->text,
                         (int)CLOCK_HZ_STEP);
    unsigned kind;
    TRY(yaml_choice(node, "kind", KIND, N_OF(KIND), &kind, err));
    cost->source_kind = (SourceKind)kind;
    TRY(chip_read_source(loader, node, &cost->source));
    const YamlNode *range = yaml_find(node, "range");
    if (range != NULL) {
        TRY(read_range(loader, range, row, cost));
        return fit_range(loader, value, cost);
    }
    if (cost->source_kind == SOURCE_GUESS)
        return yaml_fail(node, err, "is a guess without a range; expected 'range: [LOW, HIGH]'");
    cost->low = cost->high = cost->value;
    return STATUS_OK;
}

/* Numbers of one section; `extra` is a key that is no number, or NULL. */
static Status read_section(const Loader *loader, const YamlNode *root, const char *section,
                           const char *extra, Chip *chip)
{
    const YamlNode *map;
    TRY(yaml_need(root, section, YAML_MAP, &map, loader->err));
    const char *name[SECTION_KEYS_MAX];
    size_t n_names = 0;
    for (uint32_t i = 0; i < N_CHIP_NUMBERS; i++) {
        CHECK(n_names + 1 < N_OF(name));
        if (strcmp(CHIP_NUMBER[i].section, section) == 0)
            name[n_names++] = CHIP_NUMBER[i].field;
    }
    if (extra != NULL)
        name[n_names++] = extra;
    TRY(yaml_only(map, name, n_names, loader->err));
    for (uint32_t i = 0; i < N_CHIP_NUMBERS; i++)
        if (strcmp(CHIP_NUMBER[i].section, section) == 0)
            TRY(read_cost(loader, map, &CHIP_NUMBER[i], row_cost(chip, &CHIP_NUMBER[i])));
    return STATUS_OK;
}

static int by_speed(const void *a, const void *b)
{
    const OperatingPoint *first = a, *second = b;
    if (first->hz.value < second->hz.value)
        return -1;
    if (first->hz.value > second->hz.value)
        return 1;
    return strcmp(first->name, second->name);
}

static Status read_points(const Loader *loader, const YamlNode *root, Chip *chip)
{
    const YamlNode *map;
    TRY(yaml_need(root, "operating_points", YAML_MAP, &map, loader->err));
    if (map->n_items < 1 || map->n_items > OPERATING_POINTS_MAX)
        return yaml_fail(map, loader->err, "has %u operating points; expected 1 to %d",
                         map->n_items, (int)OPERATING_POINTS_MAX);
    const char *name[SECTION_KEYS_MAX];
    for (uint32_t i = 0; i < N_POINT_NUMBERS; i++)
        name[i] = POINT_NUMBER[i].field;
    OperatingPoint *point = ARENA_ARRAY(loader->arena, OperatingPoint, map->n_items);
    for (uint32_t p = 0; p < map->n_items; p++) {
        point[p].name = map->key[p];
        TRY(yaml_only(map->item[p], name, N_POINT_NUMBERS, loader->err));
        for (uint32_t i = 0; i < N_POINT_NUMBERS; i++)
            TRY(read_cost(loader, map->item[p], &POINT_NUMBER[i],
                          row_cost(&point[p], &POINT_NUMBER[i])));
    }
    qsort(point, map->n_items, sizeof *point, by_speed);
    chip->point = point;
    chip->n_points = map->n_items;
    return STATUS_OK;
}

static Status read_head(Loader *loader, const YamlNode *root, Chip *chip)
{
    static const char *const FORMAT[] = {"egret-chip"};
    Err *err = loader->err;
    unsigned format;
    uint32_t version;
    TRY(yaml_choice(root, "format", FORMAT, N_OF(FORMAT), &format, err));
    TRY(yaml_u32(root, "version", CHIP_FORMAT_VERSION, CHIP_FORMAT_VERSION, &version, err));
    TRY(yaml_only(root, TOP_KEY, N_OF(TOP_KEY), err));
    TRY(yaml_text(root, "name", &chip->name, err));
    TRY(yaml_text(root, "description", &chip->description, err));
    TRY(yaml_need(root, "sources", YAML_MAP, &loader->sources, err));
    for (uint32_t i = 0; i < loader->sources->n_items; i++) {
        const char *citation;
        TRY(yaml_as_text(loader->sources->item[i], &citation, err));
    }
    return STATUS_OK;
}

/* What is chosen by name: idle_point need not stand there. */
static Status read_policies(const YamlNode *root, Chip *chip, Err *err)
{
    const YamlNode *software = yaml_find(root, "software");
    unsigned policy, idle = IDLE_KEPT;
    TRY(yaml_choice(yaml_find(root, "core"), "receive_fifo_full", FIFO_POLICY, N_OF(FIFO_POLICY),
                    &policy, err));
    if (yaml_find(software, "idle_point") != NULL)
        TRY(yaml_choice(software, "idle_point", IDLE_POINT, N_OF(IDLE_POINT), &idle, err));
    chip->fifo_full = (FifoFullPolicy)policy;
    chip->idle_point = (IdlePoint)idle;
    return STATUS_OK;
}

static Status read_chip(Loader *loader, const YamlNode *root, Chip *chip)
{
    static const struct {
        const char *name, *policy; /* a key that is no number, or NULL */
    } SECTION[] = {{"core", "receive_fifo_full"},
                   {"software", "idle_point"},
                   {"noc", NULL},
                   {"router", NULL},
                   {"links", NULL},
                   {"dram", NULL},
                   {"host", NULL},
                   {"energy", NULL}};
    TRY(read_head(loader, root, chip));
    TRY(chip_read_routing(loader, root, chip));
    TRY(chip_read_grid(loader, root, chip));
    TRY(chip_read_fabric(loader, root, chip));
    for (size_t i = 0; i < N_OF(SECTION); i++)
        TRY(read_section(loader, root, SECTION[i].name, SECTION[i].policy, chip));
    TRY(read_policies(root, chip, loader->err));
    return read_points(loader, root, chip);
}

/* What only the whole shows; the place is the grid's. */
static Status check_whole(const Chip *chip, const YamlNode *root, Err *err)
{
    Err cause = {0};
    if (chip_check(chip, &cause) != STATUS_OK)
        return yaml_fail(root, err, "%s", cause.message);
    Arena *scratch = arena_new();
    const Topology *topology;
    Status status = topology_build(scratch, chip, &topology, &cause);
    arena_free(scratch);
    const YamlNode *fabric = yaml_find(root, "fabric");
    bool is_single = chip->fabric.n_chips == 1 && chip->fabric.routing == ROUTING_CENTRAL;
    const YamlNode *place = is_single || fabric == NULL ? yaml_find(root, "grid") : fabric;
    return status == STATUS_OK ? STATUS_OK : yaml_fail(place, err, "%s", cause.message);
}

static Status chip_from_tree(Arena *arena, YamlNode *root, const ChipSetting *setting,
                             uint32_t n_settings, const Chip **out, Err *err)
{
    for (uint32_t i = 0; i < n_settings; i++)
        TRY(yaml_override(arena, root, setting[i].key, setting[i].value, err));
    Chip *chip = ARENA_ARRAY(arena, Chip, 1);
    Loader loader = {.arena = arena, .err = err};
    TRY(read_chip(&loader, root, chip));
    TRY(check_whole(chip, root, err));
    chip->hash = chip_hash(chip);
    *out = chip;
    return STATUS_OK;
}

Status chip_parse(Arena *arena, const char *name, const char *text, const ChipSetting *setting,
                  uint32_t n_settings, const Chip **out, Err *err)
{
    *out = NULL;
    YamlNode *root;
    TRY(yaml_parse(arena, name, text, strlen(text), &root, err));
    const YamlNode *extends = root->kind == YAML_MAP ? yaml_find(root, "extends") : NULL;
    if (extends != NULL)
        return yaml_fail(extends, err, "stands in no file; expected a whole description");
    return chip_from_tree(arena, root, setting, n_settings, out, err);
}

static bool is_file(const char *path)
{
    return file_exists(path) && !file_is_folder(path);
}

Status chip_load(Arena *arena, const char *path, const char *chip_folder,
                 const ChipSetting *setting, uint32_t n_settings, const Chip **out, Err *err)
{
    *out = NULL;
    const char *found = path;
    bool is_name = chip_folder != NULL && strchr(path, '/') == NULL;
    if (is_name && !is_file(path)) {
        const char *shipped = arena_printf(arena, "%s.yaml", file_join(arena, chip_folder, path));
        if (!is_file(shipped)) {
            Status status =
                err_set(err, STATUS_IO, "%s: neither a file nor a chip in %s", path, chip_folder);
            err_hint(err, "chips come as NAME.yaml; a path or the NAME alone names one");
            return status;
        }
        found = shipped;
    }
    YamlNode *root;
    TRY(chip_read_tree(arena, found, &root, err));
    return chip_from_tree(arena, root, setting, n_settings, out, err);
}
