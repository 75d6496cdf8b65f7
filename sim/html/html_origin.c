/* html_origin.c - where the numbers come from: versions, hashes, seed, command; the run's own
 * numbers and the ledger of its energy, both folded away.
 *
 * Of more than MOST_LINES lines of the ledger the first are shown; report.json has them all. Cost:
 * O(ledger lines).
 */
#include <inttypes.h>

#include "html_parts.h"

enum { MOST_LINES = 400 };

static void write_term(FILE *stream, const char *name, const char *text, const char *path)
{
    fprintf(stream, "<dt>%s</dt><dd data-of=\"%s\">", name, path);
    html_text(stream, text);
    fputs("</dd>\n", stream);
}

static void write_texts(const ReportTexts *text, FILE *stream)
{
    fputs("<dl>\n", stream);
    write_term(stream, "command", text->options, "provenance.options");
    write_term(stream, "egret", text->egret_version, "provenance.egret_version");
    write_term(stream, "chip", text->chip, "provenance.chip");
    write_term(stream, "its hash", text->chip_hash, "provenance.chip_hash");
    write_term(stream, "network", text->network, "provenance.network");
    write_term(stream, "its hash", text->network_hash, "provenance.network_hash");
    write_term(stream, "program's hash", text->program_hash, "provenance.program_hash");
    write_term(stream, "input", text->input, "provenance.input");
    write_term(stream, "its hash", text->input_hash, "provenance.input_hash");
    write_term(stream, "engine", text->engine, "provenance.engine");
    write_term(stream, "leaves out", text->leaves_out, "provenance.leaves_out");
    write_term(stream, "synchronisation", text->synchronisation, "provenance.synchronisation");
    write_term(stream, "operating point", text->operating_point, "provenance.operating_point");
    write_term(stream, "weights", text->weights, "provenance.weights");
    write_term(stream, "perplexity in", text->precision, "provenance.precision");
    fputs("</dl>\n", stream);
}

static void write_run(const ReportRun *run, FILE *stream)
{
    html_details(stream, "All numbers of the run");
    html_table(stream, "Numbers of the run", NULL);
    fputs("<thead><tr>", stream);
    html_head_cell(stream, "field of run in report.json", NULL, false);
    html_head_cell(stream, "value", NULL, true);
    fputs("</tr></thead><tbody>\n", stream);
#define X(field)                                           \
    html_row(stream, #field);                              \
    html_count_cell(stream, run->field, "run.%s", #field); \
    fputs("</tr>\n", stream);
    REPORT_RUN_LIST(X)
#undef X
    html_table_end(stream);
    html_details_end(stream);
}

static void write_ledger(const Report *report, FILE *stream)
{
    const uint32_t n = report->n_energy < MOST_LINES ? report->n_energy : MOST_LINES;

    html_details(stream, "The ledger: what every joule was counted from");
    if (n < report->n_energy)
        fprintf(stream, "<p>The first %" PRIu32 " of %" PRIu32 " lines.</p>\n", n,
                report->n_energy);
    html_table(stream, "Ledger of the energy", NULL);
    fputs("<thead><tr>", stream);
    html_head_cell(stream, "scope", NULL, false);
    html_head_cell(stream, "of", NULL, false);
    html_head_cell(stream, "part", NULL, false);
    html_head_cell(stream, "count", NULL, true);
    html_head_cell(stream, "unit", NULL, false);
    html_head_cell(stream, "price", NULL, false);
    html_head_cell(stream, "pJ", NULL, true);
    fputs("</tr></thead><tbody>\n", stream);
    for (uint32_t i = 0; i < n; i++) {
        const ReportEnergy *line = &report->energy[i];
        html_row(stream, line->scope);
        fputs("<td class=\"l\">", stream);
        html_textf(stream, "%s", line->of);
        fputs("</td><td class=\"l\">", stream);
        html_text(stream, line->part);
        fputs("</td>", stream);
        html_count_cell(stream, line->count, "energy.%u.count", (unsigned)i);
        fputs("<td class=\"l\">", stream);
        html_text(stream, line->unit);
        fputs("</td><td class=\"l\">", stream);
        html_text(stream, line->price);
        fputs("</td>", stream);
        html_real_cell(stream, line->pj, "energy.%u.pj", (unsigned)i);
        fputs("</tr>\n", stream);
    }
    html_table_end(stream);
    html_details_end(stream);
}

static void write_shares(const Report *report, FILE *stream)
{
    static const char *const names[] = {"price_share_measured", "price_share_datasheet",
                                        "price_share_derived", "price_share_guess"};

    fputs("<p>Of the energy, by the kind of number that prices it:", stream);
    for (int kind = 0; kind < 4; kind++) {
        const Metric *metric = report_metric(report, names[kind]);
        if (metric == NULL)
            continue;
        fprintf(stream, "%s %s ", kind > 0 ? "," : "", source_kind_name((SourceKind)kind));
        html_percent(stream, metric->value, "metrics.%s.value", names[kind]);
    }
    fputs(". Not in it: the embedding unless it is folded, the decoder unless it is on the chip, "
          "the host, cores not in use.</p>\n",
          stream);
}

void html_origin(const RunView *view, FILE *stream)
{
    html_section(stream, "origin", "Where this comes from");
    write_texts(&view->report->text, stream);
    fputs("<p>Seed of the statistics ", stream);
    html_count(stream, view->report->run.seed, "run.seed");
    fputs(", of the draws ", stream);
    html_count(stream, view->report->run.draw_seed, "run.draw_seed");
    fputs("; ", stream);
    html_count(stream, view->report->run.draws, "run.draws");
    fputs(" draws, ", stream);
    html_count(stream, view->report->run.retimings, "run.retimings");
    fputs(" re-timings.</p>\n", stream);
    write_shares(view->report, stream);
    write_run(&view->report->run, stream);
    write_ledger(view->report, stream);
    html_section_end(stream);
}
