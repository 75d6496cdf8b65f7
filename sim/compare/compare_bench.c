/* compare_bench.c - the metrics of a run for services that keep their history.
 *
 * github-action-benchmark reads a list of {name, unit, value, range, extra}, of which either the
 * smaller or the bigger is better (customSmallerIsBetter, customBiggerIsBetter): two files.
 * Bencher reads its metric format (BMF): benchmark -> measure -> value with lower and upper value.
 * Both know a series by its name, so that has network and chip in it. Cost: O(metrics).
 */
#include "base/json_out.h"
#include "sim/compare.h"

static const char *series_name(Arena *arena, const Report *report)
{
    return arena_printf(arena, "%s on %s", report->text.network, report->text.chip);
}

void compare_write_github(Arena *arena, const Report *report, Direction direction, FILE *stream)
{
    JsonOut json;

    json_begin(&json, stream);
    json_list(&json, NULL, false);
    for (uint32_t i = 0; i < report->n_metrics; i++) {
        const Metric *metric = &report->metric[i];
        bool follows;
        if (direction_of(arena_printf(arena, "metrics.%s", metric->name), &follows) != direction)
            continue;
        json_object(&json, NULL, false);
        json_text(&json, "name",
                  arena_printf(arena, "%s: %s", series_name(arena, report), metric->name));
        json_text(&json, "unit", metric->unit);
        json_real(&json, "value", metric->value);
        json_text(&json, "range", arena_printf(arena, "%.6g .. %.6g", metric->low, metric->high));
        json_text(&json, "extra", metric->meaning);
        json_close(&json);
    }
    json_close(&json);
    json_end(&json);
}

void compare_write_bmf(Arena *arena, const Report *report, FILE *stream)
{
    JsonOut json;

    json_begin(&json, stream);
    json_object(&json, NULL, false);
    json_object(&json, series_name(arena, report), false);
    for (uint32_t i = 0; i < report->n_metrics; i++) {
        const Metric *metric = &report->metric[i];
        json_object(&json, metric->name, true);
        json_real(&json, "value", metric->value);
        json_real(&json, "lower_value", metric->low);
        json_real(&json, "upper_value", metric->high);
        json_close(&json);
    }
    json_close(&json);
    json_close(&json);
    json_end(&json);
}
