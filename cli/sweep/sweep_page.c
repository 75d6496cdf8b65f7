/* sweep_page.c - the page of a sweep: frame, headline, the sections in order. See sweep_view.h. */
#include "sweep_page.h"

#include <inttypes.h>
#include <math.h>

#include "sim/html_out.h"
#include "sweep_view.h"

typedef struct Section {
    const char *id, *title;
    void (*write)(Arena *scratch, const SweepView *view, FILE *stream);
} Section;

static const Section SECTIONS[] = {
    {"front", "Pareto front", page_front},         {"axis", "Along the axis", page_axis},
    {"sensitivity", "What matters", page_effects}, {"failures", "Failures", page_failures},
    {"points", "All points", page_points},         {"origin", "Provenance", page_origin},
};
enum { N_SECTIONS = sizeof SECTIONS / sizeof SECTIONS[0], AXIS_SECTION = 1 };

/* ---- headline -------------------- */

static const char *way_text(const Sweep *sweep)
{
    if (!sweep->multi)
        return "";
    return sweep->confirm ? ", screened by count, the front confirmed by flit"
                          : ", screened by count";
}

static void write_head(const SweepView *view, FILE *stream)
{
    const Plan *plan = view->plan;

    fputs("<header>\n<h1>", stream);
    html_textf(stream, "Sweep %s", view->sweep->name);
    fputs("</h1>\n<p>", stream);
    html_count(stream, plan->n_points, "=points");
    fputs(" points, ", stream);
    html_count(stream, plan->n_varied, "=varied");
    fprintf(stream, " key%s varied · by %s%s", plan->n_varied == 1 ? "" : "s",
            fidelity_name(view->fidelity), way_text(view->sweep));
    if (plan->n_left_out > 0) {
        fputs(" · ", stream);
        html_count(stream, plan->n_left_out, "=left_out");
        fputs(" points of the design left out by its constraints", stream);
    }
    fputs("</p>\n</header>\n", stream);
}

static void write_card(const char *title, uint64_t value, const char *of, const char *small,
                       FILE *stream)
{
    fprintf(stream, "<div class=\"card\"><h3>%s</h3><p class=\"big\">", title);
    html_count(stream, value, "=count.%s", of);
    fprintf(stream, "</p><p class=\"range\">%s</p></div>\n", small);
}

static void write_cards(const SweepView *view, FILE *stream)
{
    const uint32_t *n = view->n_kind;
    uint32_t n_by_count = 0;

    for (uint32_t i = 0; i < view->plan->n_points; i++)
        n_by_count +=
            view->kind[i] == POINT_FAILED && view->result[i]->task.fidelity != view->fidelity;
    fputs("<div class=\"figures\">\n", stream);
    write_card("Simulated", view->n_simulated, "simulated", "points with results", stream);
    write_card("On the front", view->n_front, "front", "none is better in all objectives", stream);
    if (view->sweep->n_limits > 0)
        write_card("Outside the limits", n[POINT_BEYOND], "beyond", "simulated, on no front",
                   stream);
    write_card("Failed", n[POINT_FAILED], "failed", "with their reasons", stream);
    if (view->sweep->multi) {
        write_card("Screened", n[POINT_SCREENED], "screened", "others are better than their bounds",
                   stream);
        write_card("Simulations saved", (uint64_t)n[POINT_SCREENED] + n_by_count, "saved",
                   "by screening with count first", stream);
    }
    if (n[POINT_MISSING] > 0)
        write_card("Not yet", n[POINT_MISSING], "missing", "the sweep is not complete", stream);
    fputs("</div>\n", stream);
}

/* ---- objectives and limits -------------------- */

static const char *meaning_of(uint32_t metric)
{
    static const char *const meaning[] = {
#define X(ID, name, unit, text) text,
        METRIC_LIST(X)
#undef X
    };
    return meaning[metric];
}

/* Best within the limits; n_points: none. */
static uint32_t best_of(const SweepView *view, const PageObjective *objective)
{
    uint32_t best = view->plan->n_points;

    for (uint32_t i = 0; i < view->plan->n_points; i++) {
        if (view->kind[i] != POINT_FRONT && view->kind[i] != POINT_BEHIND)
            continue;
        const double value = view_value(view, objective->number, i);
        const double before =
            best < view->plan->n_points ? view_value(view, objective->number, best) : (double)NAN;
        if (!isnan(value) &&
            (isnan(before) || (objective->larger_is_better ? value > before : value < before)))
            best = i;
    }
    return best;
}

static void write_objectives(const SweepView *view, FILE *stream)
{
    html_table(stream, "Objectives", NULL);
    fputs("<thead><tr>", stream);
    html_head_cell(stream, "objective", NULL, false);
    html_head_cell(stream, "better", NULL, false);
    html_head_cell(stream, "best within the limits", NULL, true);
    html_head_cell(stream, "at point", NULL, true);
    html_head_cell(stream, "meaning", NULL, false);
    fputs("</tr></thead><tbody>\n", stream);
    for (uint32_t o = 0; o < view->n_objectives; o++) {
        const PageObjective *objective = &view->objective[o];
        const uint32_t best = best_of(view, objective);
        html_row(stream, objective->metric);
        fprintf(stream, "<td class=\"l\">%s</td>",
                objective->larger_is_better ? "larger" : "smaller");
        if (best == view->plan->n_points) {
            fputs("<td>–</td><td>–</td>", stream);
        } else {
            html_real_cell(stream, view_value(view, objective->number, best), "=best.%s.value",
                           objective->metric);
            html_count_cell(stream, best, "=best.%s.point", objective->metric);
        }
        fputs("<td class=\"l wide\">", stream);
        html_text(stream, meaning_of(objective->number));
        fputs("</td></tr>\n", stream);
    }
    html_table_end(stream);
}

static void write_end(double end, uint32_t limit, const char *name, FILE *stream)
{
    if (isinf(end))
        fputs("<td>–</td>", stream);
    else
        html_real_cell(stream, end, "=limit.%" PRIu32 ".%s", limit, name);
}

static void write_limits(const SweepView *view, FILE *stream)
{
    html_table(stream, "Limits", NULL);
    fputs("<thead><tr>", stream);
    html_head_cell(stream, "limit on", NULL, false);
    html_head_cell(stream, "at least", NULL, true);
    html_head_cell(stream, "at most", NULL, true);
    html_head_cell(stream, "simulated points outside", NULL, true);
    fputs("</tr></thead><tbody>\n", stream);
    for (uint32_t l = 0; l < view->sweep->n_limits; l++) {
        const SweepLimit *limit = &view->sweep->limit[l];
        uint32_t n_outside = 0;
        for (uint32_t i = 0; i < view->plan->n_points; i++)
            n_outside += view_is_simulated(view, i) && view_bad(limit, view->result[i]);
        html_row(stream, limit->metric);
        write_end(limit->min, l, "min", stream);
        write_end(limit->max, l, "max", stream);
        html_count_cell(stream, n_outside, "=limit.%" PRIu32 ".outside", l);
        fputs("</tr>\n", stream);
    }
    html_table_end(stream);
}

static void write_omissions(const SweepView *view, FILE *stream)
{
    if (view->n_keys < view->plan->n_varied || view->n_objectives < view->sweep->n_objectives)
        fprintf(stream,
                "<p>This page shows the first %" PRIu32 " of %" PRIu32
                " keys that vary and %" PRIu32 " of %" PRIu32 " objectives.</p>\n",
                view->n_keys, view->plan->n_varied, view->n_objectives, view->sweep->n_objectives);
}

void page_summary(const SweepView *view, FILE *stream)
{
    write_head(view, stream);
    html_section(stream, "figures", "Headline figures");
    write_cards(view, stream);
    write_omissions(view, stream);
    if (view->n_objectives + view->sweep->n_limits > 0) {
        fputs("<div class=\"card\">\n", stream);
        if (view->n_objectives > 0)
            write_objectives(view, stream);
        if (view->sweep->n_limits > 0)
            write_limits(view, stream);
        fputs("</div>\n", stream);
    }
    html_section_end(stream);
}

/* ---- the page -------------------- */

static const char RULES[] =
    ".card+.card,.scroll+.scroll{margin-top:14px}.two>.card+.card,.figures>.card+.card{margin-top:"
    "0}.card.below{margin-top:14px}.wide{min-width:230px}pre{white-space:pre;font-size:.85em}"
    "ul{max-width:78ch}.icon{display:inline-block;width:13px;height:13px;margin-right:5px;"
    "vertical-align:-2px}svg text.name{fill:var(--ink)}.grid{stroke:var(--line);fill:none}\n"
    ".m-front,.m-front path{fill:var(--accent);stroke:var(--card);stroke-width:1}"
    ".m-behind,.m-behind path{fill:none;stroke:var(--soft);stroke-width:5;"
    "stroke-linecap:round}"
    ".m-beyond,.m-beyond path{fill:var(--card);stroke:#d55e00;stroke-width:1.5}"
    ".m-failed,.m-failed path{fill:none;stroke:#cc79a7;stroke-width:2}"
    ".m-screened,.m-screened path{fill:none;stroke:var(--h5);stroke-width:1}\n"
    ".stairs{fill:none;stroke:var(--accent);stroke-width:1.8}"
    ".interval{fill:none;stroke:var(--ink);stroke-width:1;opacity:.6}"
    ".lines-behind{fill:none;stroke:var(--soft);stroke-width:.8;opacity:.35}"
    ".lines-front path{fill:none;stroke:var(--accent);stroke-width:1.3;opacity:.8}"
    ".others{background:var(--soft)}.lines-front path:hover{stroke:var(--ink);"
    "stroke-width:3}\n"
    ".curve{fill:none;stroke:var(--accent);stroke-width:1.8}.m-curve{fill:none;stroke:var(--accent)"
    ";"
    "stroke-width:4;stroke-linecap:round}.knee{fill:none;stroke:var(--ink);stroke-width:1.3}"
    "path.knee{stroke-dasharray:4 3}.limit{fill:none;stroke:#d55e00;stroke-width:1.3;"
    "stroke-dasharray:7 "
    "3}.bind{stroke:var(--card);stroke-width:1}.gone{fill:var(--dead)}.best{background:var(--"
    "accent)}\n"
    ".spark{width:120px;height:26px}.way-mean{fill:none;stroke:var(--accent);stroke-width:2}"
    ".share{display:inline-block;width:70px;height:9px;margin-left:6px}\n"
    "@media print{section>.two{grid-template-columns:1fr 1fr}section>p{break-inside:avoid}}";

void sweep_page_write(Arena *scratch, const Plan *plan, const Results *results, FILE *stream)
{
    const SweepView *view = sweep_view_make(scratch, plan, results);
    const bool has_axis = view_axis_key(view) < view->n_keys && view->n_simulated > 0;

    html_page_begin(stream, RULES, "%s: Egret sweep", plan->sweep->name);
    page_summary(view, stream);
    html_list_begin(stream);
    for (int i = 0; i < N_SECTIONS; i++)
        if (i != AXIS_SECTION || has_axis)
            html_list_item(stream, SECTIONS[i].id, SECTIONS[i].title);
    html_list_end(stream);
    for (int i = 0; i < N_SECTIONS; i++)
        SECTIONS[i].write(scratch, view, stream);
    html_main_end(stream);
    html_page_end(stream);
}
