/* html_summary.c - the top of the page: what ran, the headline figures with their 90 % intervals,
 * what went wrong on the way, and all metrics as a table.
 *
 * A figure whose times are bounds says "at least" or "at most". The small bar under a figure is its
 * interval, from 0 to the upper end, with a mark at the nominal value. Cost: O(metrics).
 */
#include <inttypes.h>
#include <string.h>

#include "html_parts.h"

static const double PS_PER_US = 1e6;

static const char *source_text(const Metric *metric)
{
    return metric->counted ? "counted" : source_kind_name(metric->weakest);
}

/* "at least ", "at most " or "". */
static const char *side_text(const Metric *metric)
{
    if (strncmp(metric->meaning, "at least", 8) == 0)
        return "at least ";
    return strncmp(metric->meaning, "at most", 7) == 0 ? "at most " : "";
}

/* ---- what ran -------------------- */

static const char *way_text(const ReportRun *run)
{
    if (!run->timed)
        return "counted; times are lower bounds";
    if (!run->executed)
        return "replayed";
    if (run->events_lost > 0)
        return "executed with losses";
    return run->events_late + run->events_early + run->rows_missed > 0
               ? "executed, some inputs too late"
               : "executed, equal to the reference";
}

static void write_head(const Report *report, FILE *stream)
{
    const ReportRun *run = &report->run;

    fputs("<header>\n<h1>", stream);
    html_textf(stream, "%s on %s", report->text.network, report->text.chip);
    fputs("</h1>\n<p>", stream);
    html_count(stream, run->reference_steps, "run.reference_steps");
    fputs(" steps, ", stream);
    html_count(stream, run->simulated_steps, "run.simulated_steps");
    fputs(" simulated · ", stream);
    html_textf(stream, "%s engine, %s · point %s (%s MHz) · %s", report->text.engine, way_text(run),
               report->text.operating_point, real_text((double)run->core_hz / 1e6).text,
               report->text.synchronisation);
    fputs("</p>\n</header>\n", stream);
}

/* ---- what a reader must know first -------------------- */

typedef struct Notice {
    uint64_t count;
    const char *path, *text;
} Notice;

static void write_notices(const ReportRun *run, FILE *stream)
{
    const Notice notices[] = {
        {run->events_lost, "run.events_lost", "events were lost at full receive FIFOs"},
        {run->events_late, "run.events_late", "events came after the update they were meant for"},
        {run->events_early, "run.events_early", "events served an update before theirs"},
        {run->rows_missed, "run.rows_missed", "updates missed the token row of their step"},
        {run->overruns, "run.overruns", "ticks found a core still at work"},
        {run->host_overruns, "run.host_overruns", "inputs waited for the host's link"},
        {run->unknown_words, "run.unknown_words", "words of the input are not in the vocabulary"},
        {run->saturated_inputs, "run.saturated_inputs", "input values were beyond the codes"},
    };
    bool any = run->interrupted;

    if (any) {
        fputs("<ul class=\"notices\">\n<li><strong>Partial</strong>: interrupted after ", stream);
        html_count(stream, run->simulated_steps, "run.simulated_steps");
        fputs(" of ", stream);
        html_count(stream, run->wanted_steps, "run.wanted_steps");
        fputs(" steps; no pipelined run, no intervals</li>\n", stream);
    }
    for (size_t i = 0; i < sizeof notices / sizeof notices[0]; i++) {
        if (notices[i].count == 0)
            continue;
        fputs(any ? "" : "<ul class=\"notices\">\n", stream);
        any = true;
        fputs("<li>", stream);
        html_count(stream, notices[i].count, "%s", notices[i].path);
        fprintf(stream, " %s</li>\n", notices[i].text);
    }
    fputs(any ? "</ul>\n" : "", stream);
}

static void write_ticks(const ReportRun *run, FILE *stream)
{
    if (run->ticks > 0) {
        fputs("<p>", stream);
        html_count(stream, run->ticks, "run.ticks");
        fputs(" ticks of ", stream);
        html_real(stream, (double)run->tick_ps / PS_PER_US, "=tick_us");
        fputs(" µs.</p>\n", stream);
    }
    if (run->supersteps > 0) {
        fputs("<p>", stream);
        html_count(stream, run->supersteps, "run.supersteps");
        fputs(" supersteps; the barriers themselves took ", stream);
        html_percent(stream, (double)run->barrier_ps / (double)run->run_ps, "=barrier_share");
        fputs(" of the time.</p>\n", stream);
    }
}

/* Only of cores that change their operating point. */
static void write_levels(const Report *report, FILE *stream)
{
    if (report->n_levels < 2)
        return;
    fputs("<p>Cores change from ", stream);
    html_textf(stream, "%s (%s MHz) to %s (%s MHz)", report->level[0].name,
               real_text((double)report->level[0].hz / 1e6).text, report->level[1].name,
               real_text((double)report->level[1].hz / 1e6).text);
    fputs(" when a step brings ", stream);
    html_count(stream, report->run.dvfs_packets, "run.dvfs_packets");
    fputs(" packets", stream);
    const uint64_t low = report->level[0].cycles, high = report->level[1].cycles;
    if (high != COUNT_UNKNOWN && low + high > 0) {
        fputs("; fast for ", stream);
        html_percent(stream, (double)high / (double)(low + high), "=fast_share");
        fputs(" of the time, ", stream);
        html_count(stream, report->level[0].switches + report->level[1].switches, "=switches");
        fputs(" changes", stream);
    }
    fputs(".</p>\n", stream);
}

/* ---- figures -------------------- */

/* Loads are shares, and shown as such. */
static void write_number(const Metric *metric, double value, const char *which, FILE *stream)
{
    if (strncmp(metric->name, "core_load", 9) == 0)
        html_percent(stream, value, "metrics.%s.%s", metric->name, which);
    else
        html_real(stream, value, "metrics.%s.%s", metric->name, which);
}

static void write_interval(const Metric *metric, FILE *stream)
{
    if (metric->low == metric->high) {
        fprintf(stream, "<p class=\"range\">%s</p>\n",
                metric->counted ? "counted exactly" : "no interval");
        return;
    }
    fputs("<p class=\"range\">90 %: ", stream);
    write_number(metric, metric->low, "low", stream);
    fputs(" to ", stream);
    write_number(metric, metric->high, "high", stream);
    fputs("</p>\n", stream);
    if (metric->low < 0 || metric->high <= 0)
        return;
    const double at = 1000 / metric->high;
    fprintf(stream,
            "<svg class=\"span\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" "
            "aria-hidden=\"true\"><rect class=\"base\" width=\"1000\" y=\"4\" height=\"2\"/>"
            "<rect class=\"reach\" x=\"%.1f\" width=\"%.1f\" y=\"2\" height=\"6\"/>"
            "<rect class=\"mark\" x=\"%.1f\" width=\"8\" height=\"10\"/></svg>\n",
            metric->low * at, 1000 - metric->low * at, metric->value * at - 4);
}

static void write_figure(const Report *report, const char *name, const char *label, FILE *stream)
{
    const Metric *metric = report_metric(report, name);

    if (metric == NULL)
        return;
    fprintf(stream, "<div class=\"card figure\">\n<h3>%s</h3>\n<p class=\"big\"><small>%s</small>",
            label, side_text(metric));
    write_number(metric, metric->value, "value", stream);
    fprintf(stream, " <small>%s</small></p>\n", html_unit(metric->unit));
    write_interval(metric, stream);
    fputs("</div>\n", stream);
}

static void write_all(const Report *report, FILE *stream)
{
    html_details(stream, "All metrics");
    html_table(stream, "All metrics", NULL);
    fputs("<thead><tr>", stream);
    html_head_cell(stream, "metric", NULL, false);
    html_head_cell(stream, "value", NULL, true);
    html_head_cell(stream, "90 % from", NULL, true);
    html_head_cell(stream, "to", NULL, true);
    html_head_cell(stream, "unit", NULL, false);
    html_head_cell(stream, "rests on", NULL, false);
    html_head_cell(stream, "meaning", NULL, false);
    fputs("</tr></thead><tbody>\n", stream);
    for (uint32_t i = 0; i < report->n_metrics; i++) {
        const Metric *metric = &report->metric[i];
        html_row(stream, metric->name);
        html_real_cell(stream, metric->value, "metrics.%s.value", metric->name);
        html_real_cell(stream, metric->low, "metrics.%s.low", metric->name);
        html_real_cell(stream, metric->high, "metrics.%s.high", metric->name);
        fprintf(stream, "<td class=\"l\">%s</td><td class=\"l\">%s</td><td class=\"l\">",
                html_unit(metric->unit), source_text(metric));
        html_text(stream, metric->meaning);
        fputs("</td></tr>\n", stream);
    }
    html_table_end(stream);
    html_details_end(stream);
}

void html_summary(const RunView *view, FILE *stream)
{
    static const char *const figures[][2] = {
        {"latency_mean_us", "Latency per token"},
        {"energy_per_token_uj", "Energy per token"},
        {"tokens_per_second_pipelined", "Throughput, pipelined"},
        {"power_mw", "Mean power"},
        {"macs_both", "MACs per token"},
        {"mac_reduction", "Sparsity saves, times"},
        {"core_load_mean", "Mean load of the cores"},
        {"perplexity", "Perplexity"},
    };
    const Report *report = view->report;

    write_head(report, stream);
    html_section(stream, "figures", "Headline figures");
    write_notices(&report->run, stream);
    write_ticks(&report->run, stream);
    write_levels(report, stream);
    fputs("<div class=\"figures\">\n", stream);
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        write_figure(report, figures[i][0], figures[i][1], stream);
    fputs("</div>\n", stream);
    write_all(report, stream);
    html_section_end(stream);
}
