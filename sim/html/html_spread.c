/* html_spread.c - which numbers of the chip the intervals come from: a tornado for latency and one
 * for energy.
 *
 * A bar runs from the metric with the number at the low end of its own 90 % interval to that with
 * it at the high end, all others nominal. Cost: O(numbers).
 */
#include <math.h>
#include <string.h>

#include "html_parts.h"
#include "report/report_spread.h"

enum { SHOWN = 10 };

static double percent_of(double value, double nominal)
{
    return nominal > 0 ? 100 * (value / nominal - 1) : 0;
}

/* May be broken behind the name of its section. */
static void write_key(const char *key, FILE *stream)
{
    const char *dot = strrchr(key, '.');

    if (dot != NULL) {
        html_textf(stream, "%.*s", (int)(dot + 1 - key), key);
        fputs("<wbr/>", stream);
    }
    html_text(stream, dot != NULL ? dot + 1 : key);
}

static void write_bar(const ReportSpread *spread, SpreadMetric metric, double nominal, double most,
                      FILE *stream)
{
    const double low = fmin(spread->metric[metric][0], spread->metric[metric][1]);
    const double high = fmax(spread->metric[metric][0], spread->metric[metric][1]);
    const double scale = most > 0 ? 490 / most : 0;

    fputs("<div class=\"row\"><span class=\"what key\">", stream);
    write_key(spread->number, stream);
    fprintf(stream,
            "</span><svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" "
            "role=\"img\" aria-label=\"");
    html_textf(stream, "%s, %s: %+.1f to %+.1f %%", spread->number, source_kind_name(spread->kind),
               percent_of(low, nominal), percent_of(high, nominal));
    fprintf(
        stream,
        "\"><rect class=\"k%d\" x=\"%.2f\" width=\"%.2f\" y=\"1\" height=\"8\"/><rect "
        "class=\"mark\" x=\"498\" width=\"4\" height=\"10\"/></svg><span class=\"much\">%+.1f to "
        "%+.1f %%</span></div>\n",
        (int)spread->kind, 500 + (low - nominal) * scale, fmax((high - low) * scale, 1),
        percent_of(low, nominal), percent_of(high, nominal));
}

static void write_table(const Report *report, const ReportSpread *const *widest, uint32_t n,
                        SpreadMetric metric, FILE *stream)
{
    html_details(stream, "The same as a table");
    html_table(stream,
               metric == SPREAD_ENERGY ? "Numbers that spread the energy"
                                       : "Numbers that spread the latency",
               NULL);
    fputs("<thead><tr>", stream);
    html_head_cell(stream, "number", NULL, false);
    html_head_cell(stream, "low", NULL, true);
    html_head_cell(stream, "nominal", NULL, true);
    html_head_cell(stream, "high", NULL, true);
    html_head_cell(stream, "gives", NULL, true);
    html_head_cell(stream, "to", NULL, true);
    html_head_cell(stream, "kind", NULL, false);
    fputs("</tr></thead><tbody>\n", stream);
    for (uint32_t i = 0; i < n; i++) {
        const ReportSpread *spread = widest[i];
        const unsigned at = (unsigned)(spread - report->spread);
        html_row(stream, spread->number);
        html_real_cell(stream, spread->low, "spread.%u.low", at);
        html_real_cell(stream, spread->value, "spread.%u.value", at);
        html_real_cell(stream, spread->high, "spread.%u.high", at);
        for (unsigned e = 0; e < 2; e++)
            html_real_cell(stream, spread->metric[metric][e], "spread.%u.%s.%u", at,
                           spread_metric_name(metric), e);
        fprintf(stream, "<td class=\"l\">%s</td></tr>\n", source_kind_name(spread->kind));
    }
    html_table_end(stream);
    html_details_end(stream);
}

static void write_panel(const Report *report, SpreadMetric metric, const char *title, FILE *stream)
{
    const ReportSpread *widest[SHOWN];
    const uint32_t n = spread_widest(report, metric, SHOWN, widest);
    const Metric *nominal = report_metric(report, spread_metric_name(metric));
    double most = 0;

    if (n == 0 || nominal == NULL)
        return;
    for (uint32_t i = 0; i < n; i++)
        for (int e = 0; e < 2; e++)
            most = fmax(most, fabs(widest[i]->metric[metric][e] - nominal->value));
    fprintf(stream, "<figure class=\"card\">\n<figcaption>%s: ", title);
    html_real(stream, nominal->value, "metrics.%s.value", nominal->name);
    fprintf(stream, " %s</figcaption>\n<ul class=\"legend\">", html_unit(nominal->unit));
    for (int kind = SOURCE_MEASURED; kind <= SOURCE_GUESS; kind++)
        fprintf(stream, "<li><i class=\"k%d\"></i>%s</li>", kind,
                source_kind_name((SourceKind)kind));
    fputs("</ul>\n<div class=\"bars spread\">\n", stream);
    for (uint32_t i = 0; i < n; i++)
        write_bar(widest[i], metric, nominal->value, most, stream);
    fputs("</div>\n", stream);
    write_table(report, widest, n, metric, stream);
    fputs("</figure>\n", stream);
}

void html_spread(Arena *scratch, const RunView *view, FILE *stream)
{
    const Report *report = view->report;

    (void)scratch;
    html_section(stream, "spread", "What the intervals come from");
    if (report->n_spreads == 0) {
        fputs("<p>No intervals were asked for (<code>--draws 0</code>).</p>\n", stream);
        html_section_end(stream);
        return;
    }
    fputs("<p>Each number of the chip at the ends of its own 90 % interval, all others nominal."
          "</p>\n<div class=\"two\">\n",
          stream);
    write_panel(report, SPREAD_LATENCY_MEAN, "Latency per token", stream);
    write_panel(report, SPREAD_ENERGY, "Energy per token", stream);
    fputs("</div>\n", stream);
    html_section_end(stream);
}
