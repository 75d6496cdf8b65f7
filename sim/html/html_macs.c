/* html_macs.c - multiply-accumulates per token: dense, without pruned weights, without silent
 * sources, without either.
 *
 * Each bar is what is left of the dense count (filled) and what sparsity saves (tinted). Cost:
 * O(1). */
#include <string.h>

#include "html_parts.h"

typedef struct MacRow {
    const char *metric, *label;
} MacRow;

static const MacRow ROWS[] = {
    {"macs_dense", "dense"},
    {"macs_weight_sparse", "weight-sparse"},
    {"macs_activity_sparse", "activity-sparse"},
    {"macs_both", "both"},
};
enum { N_ROWS = 4 };

static const Metric *metric_of(Arena *scratch, const Report *report, int row, const char *suffix)
{
    return report_metric(report, arena_printf(scratch, "%s%s", ROWS[row].metric, suffix));
}

static void write_row(const Metric *metric, const Metric *dense, const char *label, FILE *stream)
{
    const double left = dense->value > 0 ? metric->value / dense->value : 0;

    fprintf(stream,
            "<div class=\"row\"><span class=\"what\">%s</span><svg class=\"bar\" viewBox=\"0 0 "
            "1000 10\" "
            "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"%s: %s MACs per token, %.1f %% "
            "of dense\"><rect class=\"saved\" width=\"1000\" height=\"10\"/><rect class=\"p0\" "
            "width=\"%.2f\" height=\"10\"/></svg><span class=\"much\">",
            label, label, real_text(metric->value).text, 100 * left, 1000 * left);
    html_real(stream, metric->value, "metrics.%s.value", metric->name);
    if (metric != dense && metric->value > 0) {
        fputs(" <small>", stream);
        html_real(stream, dense->value / metric->value, "=fewer.%s", metric->name);
        fputs("× fewer</small>", stream);
    }
    fputs("</span></div>\n", stream);
}

static void write_group(Arena *scratch, const Report *report, const char *suffix, const char *title,
                        FILE *stream)
{
    const Metric *dense = metric_of(scratch, report, 0, suffix);

    if (dense == NULL)
        return;
    fprintf(stream,
            "<figure class=\"card\">\n<figcaption>%s</figcaption>\n<ul class=\"legend\">"
            "<li><i class=\"p0\"></i>left to do</li><li><i class=\"saved\"></i>saved</li>"
            "</ul>\n<div class=\"bars macs\">\n",
            title);
    for (int row = 0; row < N_ROWS; row++) {
        const Metric *metric = metric_of(scratch, report, row, suffix);
        if (metric != NULL)
            write_row(metric, dense, ROWS[row].label, stream);
    }
    fputs("</div>\n</figure>\n", stream);
}

void html_macs(Arena *scratch, const RunView *view, FILE *stream)
{
    const Report *report = view->report;
    const Metric *ops = report_metric(report, "synaptic_ops_per_token");
    const Metric *events = report_metric(report, "events_per_token");

    html_section(stream, "macs", "Multiply-accumulates per token");
    fputs("<div class=\"two\">\n", stream);
    write_group(scratch, report, "", "Recurrent layers", stream);
    write_group(scratch, report, "_with_decoder", "With the decoder", stream);
    fputs("</div>\n", stream);
    if (ops != NULL && events != NULL) {
        fputs("<p>On the chip: ", stream);
        html_real(stream, ops->value, "metrics.synaptic_ops_per_token.value");
        fputs(" synaptic operations and ", stream);
        html_real(stream, events->value, "metrics.events_per_token.value");
        fputs(" events a token.</p>\n", stream);
    }
    html_section_end(stream);
}
