/* html_plan.c - the section of the floor plan: what the colours show (a choice that works without a
 * script), the drawing, its legends, and cores and links as tables.
 *
 * Of more than MOST_ROWS cores or links those with most active or busy cycles are listed, and the
 * heading says so; the CSV files have all. Cost: O(n log n) for n cores and links.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "html_plan.h"

enum { MOST_ROWS = 200 };

/* ---- legends -------------------- */

static void write_choice(const PlanLayout *layout, FILE *stream)
{
    fputs("<legend>Colour shows</legend>\n", stream);
    for (int heat = 0; heat < N_HEATS; heat++)
        if (plan_known(layout, heat))
            fprintf(stream,
                    "<input type=\"radio\" name=\"heat\" id=\"heat%d\"%s/>&#160;<label "
                    "for=\"heat%d\">%s</label>\n",
                    heat, heat == 0 ? " checked=\"checked\"" : "", heat, heat_title(heat));
}

static void write_scale(const PlanLayout *layout, int heat, FILE *stream)
{
    fprintf(stream, "<p class=\"scale s%d\"><span>%s, %s: ", heat, heat_title(heat),
            heat_unit(heat));
    html_real(stream, layout->low[heat], "=scale.%d.low", heat);
    fputs("</span><span class=\"ramp\" aria-hidden=\"true\">", stream);
    for (int level = 0; level < PLAN_LEVELS; level++)
        fprintf(stream, "<i class=\"h%d\"></i>", level);
    fputs("</span><span>", stream);
    html_real(stream, layout->high[heat], "=scale.%d.high", heat);
    fputs("</span></p>\n", stream);
}

static void write_link_scale(const PlanLayout *layout, int board, FILE *stream)
{
    if (layout->most_load[board] <= 0 || (layout->bin > 0 && !board))
        return;
    fprintf(stream,
            "<p class=\"scale\"><span>%s, share of time busy: 0</span><svg class=\"lines\" "
            "viewBox=\"0 0 100 10\" aria-hidden=\"true\">",
            board ? "Links between chips" : "Links");
    for (int level = 0; level < PLAN_LINK_LEVELS; level++)
        fprintf(stream, "<path class=\"l%d\" d=\"M%d 5h16\"/>", level, 2 + 20 * level);
    fputs("</svg><span>", stream);
    html_percent(stream, layout->most_load[board], "=scale.links.%d", board);
    fputs("</span></p>\n", stream);
}

static void write_key(const PlanLayout *layout, FILE *stream)
{
    const ReportPlan *plan = &layout->view->report->plan;

    for (int heat = 0; heat < N_HEATS; heat++)
        if (plan_known(layout, heat))
            write_scale(layout, heat, stream);
    write_link_scale(layout, 0, stream);
    write_link_scale(layout, 1, stream);
    fputs("<ul class=\"legend\"><li><i class=\"idle\"></i>not in use, power-gated</li><li><i "
          "class=\"dead\"></i>not usable</li>",
          stream);
    if (plan->n_holes > 0)
        fputs("<li><i class=\"hole\"></i>hole: no tile</li>", stream);
    if (plan->n_router_cells > 0)
        fputs("<li><i class=\"router\"></i>central router</li>", stream);
    fputs("</ul>\n", stream);
}

/* ---- tables -------------------- */

typedef struct Ranked {
    uint64_t weight;
    uint32_t index;
} Ranked;

static int by_weight(const void *left, const void *right)
{
    const Ranked *a = left, *b = right;
    if (a->weight != b->weight)
        return a->weight < b->weight ? 1 : -1;
    return (a->index > b->index) - (a->index < b->index);
}

static int by_index(const void *left, const void *right)
{
    const Ranked *a = left, *b = right;
    return (a->index > b->index) - (a->index < b->index);
}

/* The MOST_ROWS with most weight, in the order of their numbers; returns how many. */
static uint32_t rank_rows(Ranked *ranked, uint32_t n)
{
    qsort(ranked, n, sizeof *ranked, by_weight);
    n = n < MOST_ROWS ? n : MOST_ROWS;
    qsort(ranked, n, sizeof *ranked, by_index);
    return n;
}

static const Count CORE_COUNTS[] = {COUNT_RECEIVE_CYCLES,   COUNT_UPDATE_CYCLES, COUNT_EMIT_CYCLES,
                                    COUNT_STALL_CYCLES,     COUNT_WAIT_CYCLES,   COUNT_SLEEP_CYCLES,
                                    COUNT_EVENTS_IN,        COUNT_EVENTS_OUT,    COUNT_SYNAPTIC_OPS,
                                    COUNT_FIFO_HIGH_PACKETS};
enum { N_CORE_COUNTS = sizeof CORE_COUNTS / sizeof CORE_COUNTS[0] };

static void write_core_head(FILE *stream)
{
    html_table(stream, "Cores", "cores.csv");
    fputs("<thead><tr>", stream);
    html_head_cell(stream, "core", "core", false);
    html_head_cell(stream, "x", "x", true);
    html_head_cell(stream, "y", "y", true);
    html_head_cell(stream, "layers", "layers", false);
    html_head_cell(stream, "units", "units", true);
    html_head_cell(stream, "weights", "weights", true);
    for (int i = 0; i < N_CORE_COUNTS; i++)
        html_head_cell(stream, count_name(CORE_COUNTS[i]), count_name(CORE_COUNTS[i]), true);
    html_head_cell(stream, "energy, pJ", "energy_pj", true);
    fputs("</tr></thead><tbody>\n", stream);
}

static void write_cores(Arena *scratch, const RunView *view, FILE *stream)
{
    Ranked *ranked = ARENA_ARRAY(scratch, Ranked, view->n_cores);

    for (uint32_t i = 0; i < view->n_cores; i++)
        ranked[i] = (Ranked){view_active_cycles(&view->core[i]), i};
    const uint32_t n = rank_rows(ranked, view->n_cores);
    html_details(stream, n == view->n_cores ? "Cores as a table"
                                            : arena_printf(scratch,
                                                           "The %" PRIu32 " cores of %" PRIu32
                                                           " that work most, as a table",
                                                           n, view->n_cores));
    write_core_head(stream);
    for (uint32_t i = 0; i < n; i++) {
        const ViewCore *core = &view->core[ranked[i].index];
        fprintf(stream,
                "<tr><th scope=\"row\">%" PRIu64 "</th><td>%" PRIu64 "</td><td>%" PRIu64
                "</td><td class=\"l\">",
                core->id, core->x, core->y);
        html_text(stream, core->layers);
        fprintf(stream, "</td><td>%s</td><td>%s</td>", number_text(core->units).text,
                number_text(core->weights).text);
        for (int c = 0; c < N_CORE_COUNTS; c++)
            fprintf(stream, "<td>%s</td>",
                    core->count.n[CORE_COUNTS[c]] == COUNT_UNKNOWN
                        ? "–"
                        : number_text(core->count.n[CORE_COUNTS[c]]).text);
        html_real_cell(stream, core->energy_pj, "%s", "");
        fputs("</tr>\n", stream);
    }
    html_table_end(stream);
    html_details_end(stream);
}

static void write_links(Arena *scratch, const RunView *view, FILE *stream)
{
    Ranked *ranked = ARENA_ARRAY(scratch, Ranked, view->n_links);

    for (uint32_t i = 0; i < view->n_links; i++)
        ranked[i] = (Ranked){view->link[i].busy_cycles, i};
    const uint32_t n = rank_rows(ranked, view->n_links);
    if (n == 0)
        return;
    html_details(stream,
                 n == view->n_links
                     ? "Links as a table"
                     : arena_printf(scratch,
                                    "The %" PRIu32 " busiest links of %" PRIu32 ", as a table", n,
                                    view->n_links));
    html_table(stream, "Links", "links.csv");
    fputs("<thead><tr>", stream);
    html_head_cell(stream, "link", "link", false);
    html_head_cell(stream, "from and to", "name", false);
    html_head_cell(stream, "flits", "flits", true);
    html_head_cell(stream, "busy cycles", "busy_noc_cycles", true);
    html_head_cell(stream, "stalled cycles", "stall_noc_cycles", true);
    fputs("</tr></thead><tbody>\n", stream);
    for (uint32_t i = 0; i < n; i++) {
        const ViewLink *link = &view->link[ranked[i].index];
        fprintf(stream, "<tr><th scope=\"row\">%" PRIu32 "</th><td class=\"l\">", ranked[i].index);
        html_text(stream, link->name);
        fprintf(stream, "</td><td>%s</td><td>%s</td><td>%s</td></tr>\n",
                number_text(link->flits).text, number_text(link->busy_cycles).text,
                link->stall_cycles == COUNT_UNKNOWN ? "–" : number_text(link->stall_cycles).text);
    }
    html_table_end(stream);
    html_details_end(stream);
}

void html_plan(Arena *scratch, const RunView *view, FILE *stream)
{
    static const PlanLimits limits = {8192, 2048, UINT32_MAX, UINT32_MAX};
    const PlanLayout *layout = plan_layout(scratch, view, &limits);

    html_section(stream, "plan", "Floor plan");
    if (layout->bin > 0)
        fprintf(stream,
                "<p>Too many cores to draw one by one: squares of %" PRIu32 " x %" PRIu32
                " tiles; mean utilisation, sum of energy, most memory and packets of any of their "
                "cores. Links on chips are in the table.</p>\n",
                layout->bin, layout->bin);
    fputs("<fieldset class=\"card heat\">\n", stream);
    write_choice(layout, stream);
    fputs("<div class=\"maps scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Drawing of the "
          "floor plan\">\n",
          stream);
    plan_draw(scratch, layout, stream);
    fputs("</div>\n<div class=\"key\">\n<p class=\"readout\" role=\"status\">Point at a core or a "
          "link, or move with Tab and the arrow keys.</p>\n",
          stream);
    write_key(layout, stream);
    fputs("</div>\n</fieldset>\n", stream);
    write_cores(scratch, view, stream);
    write_links(scratch, view, stream);
    html_section_end(stream);
}
