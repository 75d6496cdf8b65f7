/* report_json.c - report.json: everything a Report holds, in a fixed order, versioned.
 *
 * The lists of report.h name the fields of both the structs and the JSON objects, so that
 * nothing is written that is not read back (report_read.c). The schema is
 * docs/report.schema.json. Metrics that rest on no number of the chip have the kind "counted".
 * Cost: O(size of the output).
 */
#include "base/json_out.h"
#include "report_chip.h"
#include "report_private.h"
#include "report_spread.h"

static void write_provenance(JsonOut *json, const ReportTexts *text)
{
    json_object(json, "provenance", false);
#define X(field) json_text(json, #field, text->field);
    REPORT_TEXT_LIST(X)
#undef X
    json_close(json);
}

static void write_run(JsonOut *json, const ReportRun *run)
{
    json_object(json, "run", false);
#define X(field) json_u64(json, #field, run->field);
    REPORT_RUN_LIST(X)
#undef X
    json_close(json);
}

static void write_mapping(JsonOut *json, const ReportMapping *mapping)
{
    json_object(json, "mapping", false);
#define X(field) json_u64(json, #field, mapping->field);
    REPORT_MAPPING_LIST(X)
#undef X
    json_close(json);
}

static void write_layers(JsonOut *json, const Report *report)
{
    json_list(json, "layers", false);
    for (uint32_t i = 0; i < report->n_layers; i++) {
        const ReportLayer *layer = &report->layer[i];
        json_object(json, NULL, false);
        json_text(json, "name", layer->name);
        json_text(json, "cell", layer->cell);
#define X(field) json_u64(json, #field, layer->field);
        REPORT_LAYER_LIST(X)
#undef X
        json_real(json, "activity", layer->activity);
        json_close(json);
    }
    json_close(json);
}

static void write_count(JsonOut *json, const char *name, uint64_t count)
{
    if (count == COUNT_UNKNOWN)
        json_null(json, name);
    else
        json_u64(json, name, count);
}

static void write_busiest(JsonOut *json, const ReportCore *core)
{
    json_object(json, "busiest_core", false);
    json_u64(json, "core", core->core);
    json_u64(json, "x", core->x);
    json_u64(json, "y", core->y);
    for (Count count = 0; count < N_COUNTS; count++)
        write_count(json, count_name(count), core->count.n[count]);
    json_close(json);
}

static void write_bounds(JsonOut *json, const Report *report)
{
    json_list(json, "lower_bounds", false);
    for (uint32_t i = 0; i < report->n_bounds; i++) {
        const ReportBound *bound = &report->bound[i];
        json_object(json, NULL, false);
        json_text(json, "name", bound->name);
#define X(field) json_u64(json, #field, bound->field);
        REPORT_BOUND_LIST(X)
#undef X
        json_text(json, "meaning", bound->meaning);
        json_close(json);
    }
    json_close(json);
}

static void write_energy(JsonOut *json, const Report *report)
{
    json_list(json, "energy", false);
    for (uint32_t i = 0; i < report->n_energy; i++) {
        const ReportEnergy *energy = &report->energy[i];
        json_object(json, NULL, true);
#define X(field) json_text(json, #field, energy->field);
        REPORT_ENERGY_TEXT_LIST(X)
#undef X
        json_u64(json, "count", energy->count);
        json_real(json, "pj", energy->pj);
        json_close(json);
    }
    json_close(json);
}

static void write_levels(JsonOut *json, const Report *report)
{
    json_list(json, "levels", false);
    for (uint32_t i = 0; i < report->n_levels; i++) {
        const ReportLevel *level = &report->level[i];
        json_object(json, NULL, false);
        json_text(json, "name", level->name);
        json_u64(json, "hz", level->hz);
#define X(field) write_count(json, #field, level->field);
        REPORT_LEVEL_LIST(X)
#undef X
        json_close(json);
    }
    json_close(json);
}

static void write_metrics(JsonOut *json, const Report *report)
{
    json_list(json, "metrics", false);
    for (uint32_t i = 0; i < report->n_metrics; i++) {
        const Metric *metric = &report->metric[i];
        json_object(json, NULL, false);
        json_text(json, "name", metric->name);
        json_text(json, "unit", metric->unit);
        json_real(json, "value", metric->value);
        json_real(json, "low", metric->low);
        json_real(json, "high", metric->high);
        json_text(json, "kind", metric->counted ? "counted" : source_kind_name(metric->weakest));
        json_text(json, "meaning", metric->meaning);
        json_close(json);
    }
    json_close(json);
}

void report_write_json(const Report *report, FILE *stream)
{
    JsonOut json;

    json_begin(&json, stream);
    json_object(&json, NULL, false);
    json_text(&json, "format", "egret-report");
    json_u64(&json, "version", REPORT_FORMAT_VERSION);
    write_provenance(&json, &report->text);
    write_run(&json, &report->run);
    write_mapping(&json, &report->mapping);
    plan_write_json(&json, &report->plan);
    write_layers(&json, report);
    write_busiest(&json, &report->busiest);
    write_bounds(&json, report);
    write_levels(&json, report);
    write_energy(&json, report);
    write_metrics(&json, report);
    spread_write_json(&json, report);
    numbers_write_json(&json, report);
    json_close(&json);
    json_end(&json);
}
