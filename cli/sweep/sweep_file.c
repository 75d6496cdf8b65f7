/* sweep_file.c - reads what SWEEP.yaml says of all points: objectives, limits, fidelity, bounds.
 *
 * The keys of the file are told in docs/sweep.md; axes and design are read in sweep_axes.c. Every
 * key that is not known is refused with the nearest one, every number with its range.
 */
#include <math.h>
#include <string.h>

#include "base/yaml_doc.h"
#include "sweep.h"
#include "sweep_design.h"

enum { FORMAT_VERSION = 1, MIB = 1 << 20 };

static const double MAX_TIMEOUT_S = 1e7;
static const double MAX_LIMIT = 1e300;
static const uint64_t MAX_MEMORY_MIB = 1 << 24;

static const char *const TOP_KEY[] = {
    "egret_sweep", "name",   "base",     "axes",    "derived", "constraints", "design",
    "objectives",  "limits", "fidelity", "confirm", "compile", "timeout_s",   "memory_mib"};

static const char *const FIDELITY_NAME[] = {"count", "event", "flit", "multi"};

const char *fidelity_name(Fidelity fidelity)
{
    return fidelity < N_FIDELITIES ? FIDELITY_NAME[fidelity] : "none";
}

/* ---- metrics -------------------- */

static const char *const METRIC_NAME[] = {
#define X(ID, name, unit, meaning) #name,
    METRIC_LIST(X)
#undef X
};

/* The metric's own name; `place` is where it stands, `name` what stands there. */
static Status find_metric(const YamlNode *place, const char *name, const char **out, Err *err)
{
    for (size_t i = 0; i < N_OF(METRIC_NAME); i++) {
        if (strcmp(METRIC_NAME[i], name) == 0) {
            *out = METRIC_NAME[i];
            return STATUS_OK;
        }
    }
    const char *nearest = yaml_nearest(name, METRIC_NAME, N_OF(METRIC_NAME));
    if (nearest != NULL)
        return yaml_fail(place, err,
                         "no metric '%s' (did you mean '%s'?); expected one of a report", name,
                         nearest);
    yaml_fail(place, err, "no metric '%s'; expected one of a report", name);
    err_hint(err, "report.json and metrics.csv of any run list them");
    return STATUS_INPUT;
}

YamlNode yaml_key_node(const YamlNode *map, uint32_t i)
{
    YamlNode node = *map;
    node.line = map->key_line[i];
    node.column = map->key_column[i];
    return node;
}

/* `metric`, or {metric: larger}. */
static Status read_objective(Arena *arena, const YamlNode *node, SweepObjective *out, Err *err)
{
    static const char *const words[] = {"smaller", "larger"};
    unsigned word;
    bool follows;

    if (node->kind == YAML_MAP) {
        if (node->n_items != 1)
            return yaml_fail(node, err, "%u entries; expected one, as {activity: smaller}",
                             node->n_items);
        const YamlNode place = yaml_key_node(node, 0);
        TRY(find_metric(&place, node->key[0], &out->metric, err));
        TRY(yaml_as_choice(node->item[0], words, N_OF(words), &word, err));
        out->larger_is_better = word == 1;
        return STATUS_OK;
    }
    const char *name;
    TRY(yaml_as_text(node, &name, err));
    TRY(find_metric(node, name, &out->metric, err));
    const Direction direction =
        direction_of(arena_printf(arena, "metrics.%s", out->metric), &follows);
    if (direction == DIRECTION_NONE)
        return yaml_fail(node, err,
                         "which %s is better is not known; expected {%s: smaller} or "
                         "{%s: larger}",
                         name, name, name);
    out->larger_is_better = direction == DIRECTION_HIGHER;
    return STATUS_OK;
}

static Status read_objectives(Arena *arena, const YamlNode *root, Sweep *sweep, Err *err)
{
    static const SweepObjective usual[] = {{"latency_mean_us", false},
                                           {"energy_per_token_uj", false}};
    const YamlNode *list;

    sweep->n_objectives = N_OF(usual);
    sweep->objective = usual;
    if (yaml_find(root, "objectives") == NULL)
        return STATUS_OK;
    TRY(yaml_need(root, "objectives", YAML_LIST, &list, err));
    if (list->n_items == 0)
        return yaml_fail(list, err, "an empty list; expected at least one metric");
    SweepObjective *objective = ARENA_ARRAY(arena, SweepObjective, list->n_items);
    for (uint32_t i = 0; i < list->n_items; i++) {
        TRY(read_objective(arena, list->item[i], &objective[i], err));
        for (uint32_t j = 0; j < i; j++)
            if (objective[j].metric == objective[i].metric)
                return yaml_fail(list->item[i], err, "%s stands twice; expected each metric once",
                                 objective[i].metric);
    }
    sweep->n_objectives = list->n_items;
    sweep->objective = objective;
    return STATUS_OK;
}

static Status read_limit(const YamlNode *map, uint32_t i, SweepLimit *out, Err *err)
{
    static const char *const ends[] = {"min", "max"};
    const YamlNode place = yaml_key_node(map, i), *node = map->item[i];

    TRY(find_metric(&place, map->key[i], &out->metric, err));
    TRY(yaml_only(node, ends, N_OF(ends), err));
    const YamlNode *min = yaml_find(node, "min"), *max = yaml_find(node, "max");
    if (min == NULL && max == NULL)
        return yaml_fail(node, err, "no limit; expected {min: NUMBER}, {max: NUMBER} or both");
    out->min = -INFINITY;
    out->max = INFINITY;
    if (min != NULL)
        TRY(yaml_as_real(min, -MAX_LIMIT, MAX_LIMIT, &out->min, err));
    if (max != NULL)
        TRY(yaml_as_real(max, -MAX_LIMIT, MAX_LIMIT, &out->max, err));
    if (out->min > out->max)
        return yaml_fail(node, err, "min %.15g is above max %.15g; no value is within", out->min,
                         out->max);
    return STATUS_OK;
}

static Status read_limits(Arena *arena, const YamlNode *root, Sweep *sweep, Err *err)
{
    const YamlNode *map;

    if (yaml_find(root, "limits") == NULL)
        return STATUS_OK;
    TRY(yaml_need(root, "limits", YAML_MAP, &map, err));
    SweepLimit *limit = ARENA_ARRAY(arena, SweepLimit, map->n_items);
    for (uint32_t i = 0; i < map->n_items; i++)
        TRY(read_limit(map, i, &limit[i], err));
    sweep->n_limits = map->n_items;
    sweep->limit = limit;
    return STATUS_OK;
}

/* ---- how points are simulated -------------------- */

static Status read_fidelity(const YamlNode *root, Sweep *sweep, Err *err)
{
    static const char *const confirmed_by[] = {"flit"};
    const YamlNode *confirm = yaml_find(root, "confirm");
    unsigned choice = FIDELITY_EVENT, flit;

    if (yaml_find(root, "fidelity") != NULL)
        TRY(yaml_choice(root, "fidelity", FIDELITY_NAME, N_OF(FIDELITY_NAME), &choice, err));
    sweep->multi = choice == N_FIDELITIES;
    sweep->fidelity = sweep->multi ? FIDELITY_EVENT : (Fidelity)choice;
    if (confirm == NULL)
        return STATUS_OK;
    TRY(yaml_as_choice(confirm, confirmed_by, N_OF(confirmed_by), &flit, err));
    if (!sweep->multi)
        return yaml_fail(confirm, err, "nothing is screened; expected it with 'fidelity: multi'");
    sweep->confirm = true;
    return STATUS_OK;
}

static Status read_bounds(const YamlNode *root, Sweep *sweep, Err *err)
{
    static const char *const ways[] = {"each", "once"};
    uint64_t mib = 0;
    unsigned way = 0;

    if (yaml_find(root, "compile") != NULL)
        TRY(yaml_choice(root, "compile", ways, N_OF(ways), &way, err));
    if (yaml_find(root, "timeout_s") != NULL)
        TRY(yaml_real(root, "timeout_s", 0, MAX_TIMEOUT_S, &sweep->timeout_s, err));
    if (yaml_find(root, "memory_mib") != NULL)
        TRY(yaml_u64(root, "memory_mib", 0, MAX_MEMORY_MIB, &mib, err));
    sweep->compile_once = way == 1;
    sweep->memory_bytes = mib * MIB;
    return STATUS_OK;
}

/* ---- the whole -------------------- */

Status sweep_read(Arena *arena, SweepSource source, const char *text, size_t n_bytes,
                  YamlNode **root, Sweep **out, Err *err)
{
    Sweep *sweep = ARENA_ARRAY(arena, Sweep, 1);
    uint32_t version;

    TRY(yaml_parse(arena, source.file, text, n_bytes, root, err));
    TRY(yaml_u32(*root, "egret_sweep", FORMAT_VERSION, FORMAT_VERSION, &version, err));
    TRY(yaml_only(*root, TOP_KEY, N_OF(TOP_KEY), err));
    TRY(yaml_text(*root, "name", &sweep->name, err));
    sweep->file = arena_text(arena, source.file, strlen(source.file));
    sweep->folder = arena_text(arena, source.folder, strlen(source.folder));
    sweep->text = arena_text(arena, text, n_bytes);
    TRY(sweep_check_text(yaml_find(*root, "name"), sweep->name, err));
    TRY(read_objectives(arena, *root, sweep, err));
    TRY(read_limits(arena, *root, sweep, err));
    TRY(read_fidelity(*root, sweep, err));
    TRY(read_bounds(*root, sweep, err));
    *out = sweep;
    return STATUS_OK;
}

Status sweep_parse(Arena *arena, SweepSource source, const char *text, size_t n_bytes,
                   const Sweep **out, Err *err)
{
    YamlNode *root;
    Sweep *sweep;

    *out = NULL;
    TRY(sweep_read(arena, source, text, n_bytes, &root, &sweep, err));
    *out = sweep;
    return STATUS_OK;
}
