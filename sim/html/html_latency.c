/* html_latency.c - how the latencies of the steps are distributed: a histogram with percentiles;
 * without a time axis, the lower bounds instead.
 *
 * Bins are 1, 2 or 5 times a power of ten wide, at most MOST_BINS of them, so that the size of the
 * page does not depend on the number of steps. Each step is in one bin, lower end included. Cost:
 * O(steps).
 */
#include <inttypes.h>

#include "html_parts.h"

enum { MOST_BINS = 40 };
enum { /* of the drawing, in its units */
       WIDTH = 420,
       HEIGHT = 234,
       LEFT = 44,
       RIGHT = 12,
       TOP = 60,
       BOTTOM = 36
};
static const double PS_PER_US = 1e6;

typedef struct Histogram {
    uint64_t first_ps, bin_ps; /* bin b: from first + b * bin on                            */
    uint32_t n_bins;
    uint64_t count[MOST_BINS + 2];
    uint64_t most; /* in a bin                                                             */
} Histogram;

/* The next of 1, 2, 5, 10, 20, ... */
static uint64_t wider(uint64_t width)
{
    uint64_t power = 1;

    while (width >= 10 * power)
        power *= 10;
    return width < 2 * power ? 2 * power : width < 5 * power ? 5 * power : 10 * power;
}

static Histogram count_steps(const RunView *view)
{
    uint64_t low = UINT64_MAX, high = 0;
    Histogram out = {.bin_ps = 1};

    for (uint64_t i = 0; i < view->n_steps; i++) {
        const uint64_t latency = view->latency_ps[i];
        low = latency < low ? latency : low;
        high = latency > high ? latency : high;
    }
    while (high / out.bin_ps - low / out.bin_ps >= MOST_BINS)
        out.bin_ps = wider(out.bin_ps);
    out.first_ps = low / out.bin_ps * out.bin_ps;
    out.n_bins = (uint32_t)((high - out.first_ps) / out.bin_ps) + 1;
    for (uint64_t i = 0; i < view->n_steps; i++) {
        uint64_t *bin = &out.count[(view->latency_ps[i] - out.first_ps) / out.bin_ps];
        ++*bin;
        out.most = *bin > out.most ? *bin : out.most;
    }
    return out;
}

static double x_of(const Histogram *histogram, double ps)
{
    const double span = (double)histogram->bin_ps * histogram->n_bins;
    return LEFT + (WIDTH - LEFT - RIGHT) * (ps - (double)histogram->first_ps) / span;
}

static double bin_us(const Histogram *histogram, uint32_t bin)
{
    return (double)(histogram->first_ps + bin * histogram->bin_ps) / PS_PER_US;
}

static void write_bins(const Histogram *histogram, FILE *stream)
{
    const double bottom = HEIGHT - BOTTOM, tall = bottom - TOP;

    for (uint32_t b = 0; b < histogram->n_bins; b++) {
        const double x = x_of(histogram, bin_us(histogram, b) * PS_PER_US);
        const double next = x_of(histogram, bin_us(histogram, b + 1) * PS_PER_US);
        const double height = tall * (double)histogram->count[b] / (double)histogram->most;
        if (histogram->count[b] == 0)
            continue;
        fprintf(stream,
                "<rect class=\"p0\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"><title>%s "
                "to %s µs: %s steps</title></rect>\n",
                x + 0.5, bottom - height, next - x - 1 > 0.5 ? next - x - 1 : 0.5, height,
                real_text(bin_us(histogram, b)).text, real_text(bin_us(histogram, b + 1)).text,
                number_text(histogram->count[b]).text);
    }
}

/* Ends and middle of both axes. */
static void write_axes(const Histogram *histogram, FILE *stream)
{
    const int bottom = HEIGHT - BOTTOM;

    fprintf(stream, "<path class=\"axis\" d=\"M%d %dH%d\"/>", LEFT, bottom, WIDTH - RIGHT);
    for (int i = 0; i <= 4; i++) {
        const uint32_t bin = (uint32_t)(histogram->n_bins * (uint32_t)i / 4);
        const double us = bin_us(histogram, bin);
        if (i > 0 && bin == histogram->n_bins * (uint32_t)(i - 1) / 4)
            continue;
        fprintf(stream, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>",
                x_of(histogram, us * PS_PER_US), bottom + 15,
                i == 0   ? "start"
                : i == 4 ? "end"
                         : "middle",
                real_text(us).text);
    }
    fprintf(stream,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">latency per token, µs</text>"
            "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text><text x=\"%d\" y=\"%d\" "
            "text-anchor=\"end\">0</text>\n",
            (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, LEFT - 6, TOP + 8,
            number_text(histogram->most).text, LEFT - 6, bottom);
}

static void write_mark(const RunView *view, const Histogram *histogram, const char *name, int line,
                       FILE *stream)
{
    static const char *const labels[] = {"median", "95th percentile", "slowest"};
    const Metric *metric = report_metric(view->report, name);

    if (metric == NULL)
        return;
    const double x = x_of(histogram, metric->value * PS_PER_US);
    const bool left = x > WIDTH / 2.0;
    fprintf(stream,
            "<path class=\"mark%d\" d=\"M%.2f %dV%d\"/><text x=\"%.1f\" y=\"%d\" "
            "text-anchor=\"%s\">%s %s</text>\n",
            line, x, 8 + 18 * line, HEIGHT - BOTTOM, left ? x - 4 : x + 4, 16 + 18 * line,
            left ? "end" : "start", labels[line], real_text(metric->value).text);
}

static void write_table(const Histogram *histogram, FILE *stream)
{
    html_details(stream, "The same as a table");
    html_table(stream, "Steps by latency", NULL);
    fputs("<thead><tr>", stream);
    html_head_cell(stream, "from, µs", NULL, false);
    html_head_cell(stream, "to below, µs", NULL, true);
    html_head_cell(stream, "steps", NULL, true);
    fputs("</tr></thead><tbody>\n", stream);
    for (uint32_t b = 0; b < histogram->n_bins; b++) {
        fputs("<tr><th scope=\"row\">", stream);
        html_real(stream, bin_us(histogram, b), "=bin.%u.from", (unsigned)b);
        fputs("</th>", stream);
        html_real_cell(stream, bin_us(histogram, b + 1), "=bin.%u.to", (unsigned)b);
        html_count_cell(stream, histogram->count[b], "=bin.%u.steps", (unsigned)b);
        fputs("</tr>\n", stream);
    }
    html_table_end(stream);
    html_details_end(stream);
}

static void write_histogram(const RunView *view, FILE *stream)
{
    const Histogram histogram = count_steps(view);

    fprintf(stream,
            "<figure class=\"card half\">\n<figcaption>%s steps in bins of %s µs</figcaption>\n"
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Histogram of the latency per "
            "token; the table below has its numbers\">\n",
            number_text(view->n_steps).text, real_text((double)histogram.bin_ps / PS_PER_US).text,
            WIDTH, HEIGHT);
    write_bins(&histogram, stream);
    write_axes(&histogram, stream);
    write_mark(view, &histogram, "latency_p50_us", 0, stream);
    write_mark(view, &histogram, "latency_p95_us", 1, stream);
    write_mark(view, &histogram, "latency_worst_us", 2, stream);
    fputs("</svg>\n", stream);
    write_table(&histogram, stream);
    fputs("</figure>\n", stream);
}

/* ---- without a time axis -------------------- */

static void write_bounds(const Report *report, FILE *stream)
{
    fputs("<p>This run has no time axis (<code>--fidelity count</code>): what no run can be faster "
          "than.</p>\n",
          stream);
    html_table(stream, "Lower bounds on the time of the run", NULL);
    fputs("<thead><tr>", stream);
    html_head_cell(stream, "bound", NULL, false);
    html_head_cell(stream, "run, ps", NULL, true);
    html_head_cell(stream, "binds steps", NULL, true);
    html_head_cell(stream, "is the time of", NULL, false);
    fputs("</tr></thead><tbody>\n", stream);
    for (uint32_t i = 0; i < report->n_bounds; i++) {
        const ReportBound *bound = &report->bound[i];
        html_row(stream, bound->name);
        html_count_cell(stream, bound->run_ps, "lower_bounds.%u.run_ps", (unsigned)i);
        html_count_cell(stream, bound->binding_steps, "lower_bounds.%u.binding_steps", (unsigned)i);
        fputs("<td class=\"l\">", stream);
        html_textf(stream, "%s%s", bound->meaning, bound->binding ? " (binds the run)" : "");
        fputs("</td></tr>\n", stream);
    }
    html_table_end(stream);
}

void html_latency(Arena *scratch, const RunView *view, FILE *stream)
{
    (void)scratch;
    html_section(stream, "latency", view->report->run.timed ? "Latency per token" : "Time");
    if (!view->report->run.timed)
        write_bounds(view->report, stream);
    else if (view->n_steps > 0)
        write_histogram(view, stream);
    html_section_end(stream);
}
