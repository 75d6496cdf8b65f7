/* report_spread.c - which numbers of the chip cause the spread of a metric: as JSON, text and
 * picture.
 *
 * Takes Report.spread; a report that was read back gives the same. The picture is a tornado: a
 * bar for each number from the metric with it at the low to that at the high end of its own
 * interval. Cost: O(numbers) a metric.
 */
#include "report_spread.h"

#include <math.h>
#include <string.h>

enum { SHOWN_IN_TEXT = 3, SHOWN_IN_PICTURE = 10 };
static const double MOST = 1e300;

static const char *const SPREAD_NAME[N_SPREAD_METRICS] = {
#define X(ID, name) #name,
    SPREAD_METRIC_LIST(X)
#undef X
};

static double width_of(const ReportSpread *spread, SpreadMetric metric)
{
    return fabs(spread->metric[metric][1] - spread->metric[metric][0]);
}

/* ---- JSON -------------------- */

void spread_write_json(JsonOut *json, const Report *report)
{
    json_list(json, "spread", false);
    for (uint32_t i = 0; i < report->n_spreads; i++) {
        const ReportSpread *spread = &report->spread[i];
        json_object(json, NULL, false);
        json_text(json, "number", spread->number);
        json_text(json, "kind", source_kind_name(spread->kind));
        json_real(json, "low", spread->low);
        json_real(json, "value", spread->value);
        json_real(json, "high", spread->high);
        for (int m = 0; m < N_SPREAD_METRICS; m++) {
            json_list(json, SPREAD_NAME[m], true);
            json_real(json, NULL, spread->metric[m][0]);
            json_real(json, NULL, spread->metric[m][1]);
            json_close(json);
        }
        json_close(json);
    }
    json_close(json);
}

static Status read_ends(const YamlNode *map, const char *key, double end[2], Err *err)
{
    const YamlNode *list;

    TRY(yaml_need(map, key, YAML_LIST, &list, err));
    if (list->n_items != 2)
        return yaml_fail(list, err, "%u numbers; expected 2", list->n_items);
    for (int e = 0; e < 2; e++)
        TRY(yaml_as_real(list->item[e], -MOST, MOST, &end[e], err));
    return STATUS_OK;
}

static Status read_one(const YamlNode *map, ReportSpread *spread, Err *err)
{
#define X(ID, name) #name,
    static const char *const names[] = {"number", "kind", "low",
                                        "value",  "high", SPREAD_METRIC_LIST(X)};
#undef X
    static const char *const kinds[] = {"measured", "datasheet", "derived", "guess"};
    unsigned kind;

    if (map->kind != YAML_MAP)
        return yaml_fail(map, err, "not a map; expected a number of the chip");
    TRY(yaml_only(map, names, sizeof names / sizeof names[0], err));
    TRY(yaml_text(map, "number", &spread->number, err));
    TRY(yaml_choice(map, "kind", kinds, sizeof kinds / sizeof kinds[0], &kind, err));
    spread->kind = (SourceKind)kind;
    TRY(yaml_real(map, "low", -MOST, MOST, &spread->low, err));
    TRY(yaml_real(map, "value", -MOST, MOST, &spread->value, err));
    TRY(yaml_real(map, "high", -MOST, MOST, &spread->high, err));
    for (int m = 0; m < N_SPREAD_METRICS; m++)
        TRY(read_ends(map, SPREAD_NAME[m], spread->metric[m], err));
    return STATUS_OK;
}

Status spread_read(Arena *arena, const YamlNode *root, Report *report, Err *err)
{
    const YamlNode *list;

    TRY(yaml_need(root, "spread", YAML_LIST, &list, err));
    ReportSpread *spread = ARENA_ARRAY(arena, ReportSpread, list->n_items);
    for (uint32_t i = 0; i < list->n_items; i++)
        TRY(read_one(list->item[i], &spread[i], err));
    report->n_spreads = list->n_items;
    report->spread = spread;
    return STATUS_OK;
}

/* ---- who spreads a metric most -------------------- */

const char *spread_metric_name(SpreadMetric metric)
{
    return SPREAD_NAME[metric];
}

uint32_t spread_widest(const Report *report, SpreadMetric metric, uint32_t n,
                       const ReportSpread **out)
{
    uint32_t n_out = 0;

    for (uint32_t i = 0; i < report->n_spreads; i++) {
        const ReportSpread *spread = &report->spread[i];
        uint32_t at = n_out < n ? n_out++ : n;
        if (width_of(spread, metric) == 0) {
            n_out -= at < n;
            continue;
        }
        for (; at > 0 && width_of(out[at - 1], metric) < width_of(spread, metric); at--)
            if (at < n)
                out[at] = out[at - 1];
        if (at < n)
            out[at] = spread;
    }
    return n_out;
}

/* Without the section: "software.step_cycles" -> "step_cycles". */
static const char *short_name(const char *key)
{
    const char *dot = strrchr(key, '.');
    return dot != NULL ? dot + 1 : key;
}

static double percent(double value, double nominal)
{
    return nominal > 0 ? 100 * (value / nominal - 1) : 0;
}

const char *spread_text(Arena *arena, const Report *report, SpreadMetric metric)
{
    const ReportSpread *widest[SHOWN_IN_TEXT];
    const uint32_t n = spread_widest(report, metric, SHOWN_IN_TEXT, widest);
    const Metric *nominal = report_metric(report, SPREAD_NAME[metric]);
    const char *text = "";

    for (uint32_t i = 0; i < n && nominal != NULL; i++)
        text = arena_printf(arena, "%s%s%s (%+.0f to %+.0f %%)", text, i > 0 ? ", " : "",
                            short_name(widest[i]->number),
                            percent(widest[i]->metric[metric][0], nominal->value),
                            percent(widest[i]->metric[metric][1], nominal->value));
    return text;
}

/* ---- picture -------------------- */

typedef struct Panel {
    SpreadMetric metric;
    const char *title;
} Panel;

enum { /* of the picture, in its units */
       WIDTH = 760,
       BAR_HEIGHT = 16,
       ROW_HEIGHT = 24,
       TITLE_HEIGHT = 56,
       LABEL_WIDTH = 300,
       EDGE = 60,
       LEGEND_WIDTH = 110,
       LEGEND_HEIGHT = 28
};

static void write_bar(const ReportSpread *spread, const Panel *panel, double scale, double nominal,
                      int y, FILE *stream)
{
    const double *end = spread->metric[panel->metric];
    const double middle = LABEL_WIDTH + EDGE + (WIDTH - LABEL_WIDTH - 2 * EDGE) / 2.0;
    const double at[2] = {middle + (end[0] - nominal) * scale, middle + (end[1] - nominal) * scale};
    const double left = fmin(at[0], at[1]), right = fmax(at[0], at[1]);

    fprintf(stream, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", LABEL_WIDTH - 8,
            y + 12, spread->number);
    fprintf(stream, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" class=\"%s\"/>\n", left,
            y, fmax(right - left, 0.5), BAR_HEIGHT, source_kind_name(spread->kind));
    fprintf(stream, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"end\">%+.1f %%</text>\n", left - 4,
            y + 12, percent(end[0] < end[1] ? end[0] : end[1], nominal));
    fprintf(stream, "<text x=\"%.1f\" y=\"%d\">%+.1f %%</text>\n", right + 4, y + 12,
            percent(end[0] < end[1] ? end[1] : end[0], nominal));
}

/* Returns its height. */
static int write_panel(const Report *report, const Panel *panel, int top, FILE *stream)
{
    const ReportSpread *widest[SHOWN_IN_PICTURE];
    const uint32_t n = spread_widest(report, panel->metric, SHOWN_IN_PICTURE, widest);
    const Metric *metric = report_metric(report, SPREAD_NAME[panel->metric]);
    double most = 0;

    for (uint32_t i = 0; i < n; i++)
        for (int e = 0; e < 2; e++)
            most = fmax(most, fabs(widest[i]->metric[panel->metric][e] - metric->value));
    fprintf(stream, "<text x=\"8\" y=\"%d\" class=\"title\">%s: %.4g %s [%.4g .. %.4g]</text>\n",
            top + 24, panel->title, metric->value, metric->unit, metric->low, metric->high);
    const double scale = most > 0 ? (WIDTH - LABEL_WIDTH - 4 * EDGE) / 2.0 / most : 0;
    for (uint32_t i = 0; i < n; i++)
        write_bar(widest[i], panel, scale, metric->value, top + 40 + (int)i * ROW_HEIGHT, stream);
    const double middle = LABEL_WIDTH + EDGE + (WIDTH - LABEL_WIDTH - 2 * EDGE) / 2.0;
    fprintf(stream, "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>\n", middle, top + 36,
            middle, top + 40 + (int)n * ROW_HEIGHT);
    return TITLE_HEIGHT + (int)n * ROW_HEIGHT;
}

/* What the colours say. */
static void write_legend(int top, FILE *stream)
{
    for (int kind = SOURCE_MEASURED; kind <= SOURCE_GUESS; kind++) {
        const int x = 8 + kind * LEGEND_WIDTH;
        const char *name = source_kind_name((SourceKind)kind);
        fprintf(stream,
                "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" class=\"%s\"/>\n"
                "<text x=\"%d\" y=\"%d\">%s</text>\n",
                x, top + 8, name, x + 18, top + 18, name);
    }
}

void report_write_tornado_svg(const Report *report, FILE *stream)
{
    static const Panel panels[] = {
        {SPREAD_LATENCY_MEAN, "latency per token, one at a time"},
        {SPREAD_ENERGY, "energy per token, one at a time"},
    };
    const int height = 2 * TITLE_HEIGHT + 2 * SHOWN_IN_PICTURE * ROW_HEIGHT + LEGEND_HEIGHT;
    int top = 0;

    fprintf(stream,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" "
            "aria-label=\"Numbers of the chip that spread latency and energy most\">\n"
            "<style>text{font:12px sans-serif;fill:#222}.title{font-weight:bold}line{stroke:#222}"
            ".measured{fill:#2a7}.datasheet{fill:#48c}.derived{fill:#c93}.guess{fill:#c55}"
            "svg{background:#fff}@media(prefers-color-scheme:dark){svg{background:#181818}"
            "text{fill:#ddd}line{stroke:#ddd}}</style>\n",
            WIDTH, height);
    for (size_t i = 0; i < sizeof panels / sizeof panels[0]; i++)
        top += write_panel(report, &panels[i], top, stream);
    write_legend(top, stream);
    fprintf(stream, "</svg>\n");
}
