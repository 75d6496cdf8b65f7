/* report_read.c - reads a report.json back into a Report.
 *
 * JSON of the kind that report_json.c writes is YAML too, so the strict YAML reader serves: it
 * knows lines and columns for messages and refuses duplicate keys. Unknown and missing keys are
 * refused. Traces are not in the file: `in`, `ledger` and `shares` stay empty.
 *
 * Cost: O(file bytes). Limits: YAML_MAX_BYTES.
 */

#include <string.h>

#include "base/yaml_doc.h"
#include "report_chip.h"
#include "report_private.h"
#include "report_spread.h"

static const char *const KIND_NAMES[] = {"measured", "datasheet", "derived", "guess", "counted"};
enum { N_KINDS = 5, KIND_COUNTED = 4 };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static Status read_provenance(const YamlNode *root, ReportTexts *text, Err *err)
{
#define X(field) #field,
    static const char *const names[] = {REPORT_TEXT_LIST(X)};
#undef X
    const YamlNode *map;

    TRY(yaml_need(root, "provenance", YAML_MAP, &map, err));
    TRY(yaml_only(map, names, COUNT_OF(names), err));
#define X(field) TRY(yaml_text(map, #field, &text->field, err));
    REPORT_TEXT_LIST(X)
#undef X
    return STATUS_OK;
}

static Status read_run(const YamlNode *root, ReportRun *run, Err *err)
{
#define X(field) #field,
    static const char *const names[] = {REPORT_RUN_LIST(X)};
#undef X
    const YamlNode *map;

    TRY(yaml_need(root, "run", YAML_MAP, &map, err));
    TRY(yaml_only(map, names, COUNT_OF(names), err));
#define X(field) TRY(yaml_u64(map, #field, 0, UINT64_MAX, &run->field, err));
    REPORT_RUN_LIST(X)
#undef X
    return STATUS_OK;
}

static Status read_mapping(const YamlNode *root, ReportMapping *mapping, Err *err)
{
#define X(field) #field,
    static const char *const names[] = {REPORT_MAPPING_LIST(X)};
#undef X
    const YamlNode *map;

    TRY(yaml_need(root, "mapping", YAML_MAP, &map, err));
    TRY(yaml_only(map, names, COUNT_OF(names), err));
#define X(field) TRY(yaml_u64(map, #field, 0, UINT64_MAX, &mapping->field, err));
    REPORT_MAPPING_LIST(X)
#undef X
    return STATUS_OK;
}

static Status read_layer(const YamlNode *map, ReportLayer *layer, Err *err)
{
#define X(field) #field,
    static const char *const names[] = {"name", "cell", "activity", REPORT_LAYER_LIST(X)};
#undef X
    if (map->kind != YAML_MAP)
        return yaml_fail(map, err, "not a map; expected a layer");
    TRY(yaml_only(map, names, COUNT_OF(names), err));
    TRY(yaml_text(map, "name", &layer->name, err));
    TRY(yaml_text(map, "cell", &layer->cell, err));
    TRY(yaml_real(map, "activity", 0, 1, &layer->activity, err));
#define X(field) TRY(yaml_u64(map, #field, 0, UINT64_MAX, &layer->field, err));
    REPORT_LAYER_LIST(X)
#undef X
    return STATUS_OK;
}

static Status read_layers(Arena *arena, const YamlNode *root, Report *report, Err *err)
{
    const YamlNode *list;

    TRY(yaml_need(root, "layers", YAML_LIST, &list, err));
    ReportLayer *layer = ARENA_ARRAY(arena, ReportLayer, list->n_items);
    for (uint32_t i = 0; i < list->n_items; i++)
        TRY(read_layer(list->item[i], &layer[i], err));
    report->n_layers = list->n_items;
    report->layer = layer;
    return STATUS_OK;
}

/* A count, or null where it depends on time and there was none. */
static Status read_count(const YamlNode *map, const char *key, uint64_t *out, Err *err)
{
    const YamlNode *node = yaml_find(map, key);
    *out = COUNT_UNKNOWN;
    if (node != NULL && node->kind == YAML_SCALAR && !node->quoted &&
        strcmp(node->text, "null") == 0)
        return STATUS_OK;
    return yaml_u64(map, key, 0, UINT64_MAX - 1, out, err);
}

static Status read_busiest(const YamlNode *root, ReportCore *core, Err *err)
{
#define X(NAME, name, meaning) #name,
    static const char *const names[] = {"core", "x", "y", COUNT_LIST(X)};
#undef X
    const YamlNode *map;

    TRY(yaml_need(root, "busiest_core", YAML_MAP, &map, err));
    TRY(yaml_only(map, names, COUNT_OF(names), err));
    TRY(yaml_u64(map, "core", 0, UINT64_MAX, &core->core, err));
    TRY(yaml_u64(map, "x", 0, UINT64_MAX, &core->x, err));
    TRY(yaml_u64(map, "y", 0, UINT64_MAX, &core->y, err));
    for (Count count = 0; count < N_COUNTS; count++)
        TRY(read_count(map, count_name(count), &core->count.n[count], err));
    return STATUS_OK;
}

static Status read_bounds(Arena *arena, const YamlNode *root, Report *report, Err *err)
{
#define X(field) #field,
    static const char *const names[] = {"name", "meaning", REPORT_BOUND_LIST(X)};
#undef X
    const YamlNode *list;

    TRY(yaml_need(root, "lower_bounds", YAML_LIST, &list, err));
    ReportBound *bound = ARENA_ARRAY(arena, ReportBound, list->n_items);
    for (uint32_t i = 0; i < list->n_items; i++) {
        const YamlNode *map = list->item[i];
        if (map->kind != YAML_MAP)
            return yaml_fail(map, err, "not a map; expected a lower bound");
        TRY(yaml_only(map, names, COUNT_OF(names), err));
        TRY(yaml_text(map, "name", &bound[i].name, err));
        TRY(yaml_text(map, "meaning", &bound[i].meaning, err));
#define X(field) TRY(yaml_u64(map, #field, 0, UINT64_MAX, &bound[i].field, err));
        REPORT_BOUND_LIST(X)
#undef X
    }
    report->n_bounds = list->n_items;
    report->bound = bound;
    return STATUS_OK;
}

static Status read_energy_line(const YamlNode *map, ReportEnergy *energy, Err *err)
{
#define X(field) #field,
    static const char *const names[] = {REPORT_ENERGY_TEXT_LIST(X) "count", "pj"};
#undef X
    if (map->kind != YAML_MAP)
        return yaml_fail(map, err, "not a map; expected a line of the energy");
    TRY(yaml_only(map, names, COUNT_OF(names), err));
#define X(field) TRY(yaml_text(map, #field, &energy->field, err));
    REPORT_ENERGY_TEXT_LIST(X)
#undef X
    TRY(yaml_u64(map, "count", 0, UINT64_MAX, &energy->count, err));
    return yaml_real(map, "pj", 0, 1e300, &energy->pj, err);
}

static Status read_energy(Arena *arena, const YamlNode *root, Report *report, Err *err)
{
    const YamlNode *list;

    TRY(yaml_need(root, "energy", YAML_LIST, &list, err));
    ReportEnergy *energy = ARENA_ARRAY(arena, ReportEnergy, list->n_items);
    for (uint32_t i = 0; i < list->n_items; i++)
        TRY(read_energy_line(list->item[i], &energy[i], err));
    report->n_energy = list->n_items;
    report->energy = energy;
    return STATUS_OK;
}

static Status read_levels(Arena *arena, const YamlNode *root, Report *report, Err *err)
{
#define X(field) #field,
    static const char *const names[] = {"name", "hz", REPORT_LEVEL_LIST(X)};
#undef X
    const YamlNode *list;

    TRY(yaml_need(root, "levels", YAML_LIST, &list, err));
    ReportLevel *level = ARENA_ARRAY(arena, ReportLevel, list->n_items);
    for (uint32_t i = 0; i < list->n_items; i++) {
        const YamlNode *map = list->item[i];
        if (map->kind != YAML_MAP)
            return yaml_fail(map, err, "not a map; expected a level");
        TRY(yaml_only(map, names, COUNT_OF(names), err));
        TRY(yaml_text(map, "name", &level[i].name, err));
        TRY(yaml_u64(map, "hz", 1, UINT64_MAX, &level[i].hz, err));
#define X(field) TRY(read_count(map, #field, &level[i].field, err));
        REPORT_LEVEL_LIST(X)
#undef X
    }
    if (list->n_items != 0 && list->n_items != 2)
        return yaml_fail(list, err, "%u levels; expected none or two", list->n_items);
    report->n_levels = list->n_items;
    report->level = level;
    return STATUS_OK;
}

static Status read_metric(const YamlNode *map, Metric *metric, Err *err)
{
    static const char *const names[] = {"name", "unit", "value", "low", "high", "kind", "meaning"};
    const double most = 1e300;
    unsigned kind;

    if (map->kind != YAML_MAP)
        return yaml_fail(map, err, "not a map; expected a metric");
    TRY(yaml_only(map, names, COUNT_OF(names), err));
    TRY(yaml_text(map, "name", &metric->name, err));
    TRY(yaml_text(map, "unit", &metric->unit, err));
    TRY(yaml_text(map, "meaning", &metric->meaning, err));
    TRY(yaml_real(map, "value", -most, most, &metric->value, err));
    TRY(yaml_real(map, "low", -most, most, &metric->low, err));
    TRY(yaml_real(map, "high", -most, most, &metric->high, err));
    TRY(yaml_choice(map, "kind", KIND_NAMES, N_KINDS, &kind, err));
    metric->counted = kind == KIND_COUNTED;
    metric->weakest = metric->counted ? SOURCE_MEASURED : (SourceKind)kind;
    return STATUS_OK;
}

static Status read_metrics(Arena *arena, const YamlNode *root, Report *report, Err *err)
{
    const YamlNode *list;

    TRY(yaml_need(root, "metrics", YAML_LIST, &list, err));
    Metric *metric = ARENA_ARRAY(arena, Metric, list->n_items);
    for (uint32_t i = 0; i < list->n_items; i++)
        TRY(read_metric(list->item[i], &metric[i], err));
    report->n_metrics = list->n_items;
    report->metric = metric;
    return STATUS_OK;
}

/* What the text needs of any report. */
static Status check_needed(const YamlNode *root, const Report *report, Err *err)
{
    static const char *const needed[] = {"latency_mean_us", "energy_per_token_uj", "macs_dense"};

    for (size_t i = 0; i < COUNT_OF(needed); i++)
        if (!report_metric(report, needed[i]))
            return yaml_fail(root, err, "no metric `%s`; expected the metrics of a whole report",
                             needed[i]);
    return STATUS_OK;
}

Status report_load(Arena *arena, const char *path, const Report **out, Err *err)
{
    static const char *const names[] = {"format",       "version",     "provenance", "run",
                                        "mapping",      "floor_plan",  "layers",     "busiest_core",
                                        "levels",       "energy",      "metrics",    "spread",
                                        "lower_bounds", "chip_numbers"};
    static const char *const formats[] = {"egret-report"};
    Report *report = ARENA_ARRAY(arena, Report, 1);
    YamlNode *root;
    uint64_t version;
    unsigned format;

    *out = NULL;
    TRY(yaml_load(arena, path, &root, err));
    if (root->kind != YAML_MAP)
        return yaml_fail(root, err, "not an object; expected a report that `egret run` wrote");
    TRY(yaml_choice(root, "format", formats, COUNT_OF(formats), &format, err));
    TRY(yaml_u64(root, "version", REPORT_FORMAT_VERSION, REPORT_FORMAT_VERSION, &version, err));
    TRY(yaml_only(root, names, COUNT_OF(names), err));
    TRY(read_provenance(root, &report->text, err));
    TRY(read_run(root, &report->run, err));
    TRY(read_mapping(root, &report->mapping, err));
    TRY(plan_read(arena, root, &report->plan, err));
    TRY(read_layers(arena, root, report, err));
    TRY(read_busiest(root, &report->busiest, err));
    TRY(read_bounds(arena, root, report, err));
    TRY(read_levels(arena, root, report, err));
    TRY(read_energy(arena, root, report, err));
    TRY(read_metrics(arena, root, report, err));
    TRY(spread_read(arena, root, report, err));
    TRY(numbers_read(arena, root, report, err));
    TRY(check_needed(root, report, err));
    *out = report;
    return STATUS_OK;
}
