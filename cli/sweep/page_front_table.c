/* page_front_table.c - the points on the front: what is varied, objectives with their intervals,
 * limits, what binds. The whole table is on the page up to PAGE_ROWS rows. Cost: O(front x
 * columns). */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "page_plot.h"
#include "sim/html_out.h"

static bool is_objective(const SweepView *view, const char *metric)
{
    for (uint32_t o = 0; o < view->n_objectives; o++)
        if (strcmp(view->objective[o].metric, metric) == 0)
            return true;
    return false;
}

static bool has_interval(const SweepView *view, uint32_t metric)
{
    for (uint32_t i = 0; i < view->n_front; i++) {
        const Result *result = view->result[view->front[i]];
        if (result->low[metric] < result->value[metric] ||
            result->high[metric] > result->value[metric])
            return true;
    }
    return false;
}

static void head_cell(FILE *stream, const char *name)
{
    fputs("<th scope=\"col\">", stream);
    html_text(stream, name);
    fputs("</th>", stream);
}

static void write_heads(const SweepView *view, const bool *interval, FILE *stream)
{
    fputs("<thead><tr>", stream);
    html_head_cell(stream, "point", NULL, false);
    for (uint32_t k = 0; k < view->n_keys; k++)
        head_cell(stream, view->scale[k].name);
    for (uint32_t o = 0; o < view->n_objectives; o++) {
        head_cell(stream, view->objective[o].metric);
        if (interval[o])
            fputs("<th scope=\"col\">90 % from</th><th scope=\"col\">to</th>", stream);
        if (view->confirmed != NULL)
            head_cell(stream, "by flit");
    }
    if (view->confirmed != NULL)
        html_head_cell(stream, "still on it by flit", NULL, false);
    for (uint32_t l = 0; l < view->sweep->n_limits; l++)
        if (!is_objective(view, view->sweep->limit[l].metric))
            head_cell(stream, view->sweep->limit[l].metric);
    html_head_cell(stream, "cores", NULL, true);
    html_head_cell(stream, "what binds", NULL, false);
    fputs("</tr></thead><tbody>\n", stream);
}

static void write_flit(const Result *result, const PageObjective *objective, uint32_t point,
                       FILE *stream)
{
    if (result == NULL || result->status != RESULT_OK || !result->has[objective->number])
        fputs("<td>–</td>", stream);
    else
        html_real_cell(stream, result->value[objective->number], "flit.%" PRIu32 ".%s.value", point,
                       objective->metric);
}

static void write_objective(const SweepView *view, uint32_t point, const PageObjective *objective,
                            bool interval, FILE *stream)
{
    const Result *result = view->result[point];
    const uint32_t metric = objective->number;

    html_real_cell(stream, result->value[metric], "points.%" PRIu32 ".%s.value", point,
                   objective->metric);
    if (interval) {
        html_real_cell(stream, result->low[metric], "points.%" PRIu32 ".%s.low", point,
                       objective->metric);
        html_real_cell(stream, result->high[metric], "points.%" PRIu32 ".%s.high", point,
                       objective->metric);
    }
    if (view->confirmed != NULL)
        write_flit(results_at(view->results, (Task){point, FIDELITY_FLIT}), objective, point,
                   stream);
}

static void write_row(const SweepView *view, uint32_t point, const bool *interval, FILE *stream)
{
    const Result *result = view->result[point];
    char name[16];

    snprintf(name, sizeof name, "%" PRIu32, point);
    html_row(stream, name);
    for (uint32_t k = 0; k < view->n_keys; k++) {
        plot_key_cell(&view->scale[k], point, stream);
    }
    for (uint32_t o = 0; o < view->n_objectives; o++)
        write_objective(view, point, &view->objective[o], interval[o], stream);
    if (view->confirmed != NULL) {
        const Result *flit = results_at(view->results, (Task){point, FIDELITY_FLIT});
        fprintf(stream, "<td class=\"l\">%s</td>",
                flit == NULL             ? "–"
                : view->confirmed[point] ? "yes"
                                         : "no");
    }
    for (uint32_t l = 0; l < view->sweep->n_limits; l++) {
        const char *metric = view->sweep->limit[l].metric;
        if (!is_objective(view, metric))
            html_real_cell(stream, result->value[result_metric(metric)],
                           "points.%" PRIu32 ".%s.value", point, metric);
    }
    html_count_cell(stream, result->cores_used, "points.%" PRIu32 ".cores_used", point);
    fputs("<td class=\"l\">", stream);
    html_text(stream, result->binding);
    fputs("</td></tr>\n", stream);
}

void page_front_table(Arena *scratch, const SweepView *view, FILE *stream)
{
    bool *interval = ARENA_ARRAY(scratch, bool, view->n_objectives);
    const uint32_t n = view->n_front < PAGE_ROWS ? view->n_front : PAGE_ROWS;

    if (n == 0) {
        fputs("<p>No point is on it yet.</p>\n", stream);
        return;
    }
    for (uint32_t o = 0; o < view->n_objectives; o++)
        interval[o] = has_interval(view, view->objective[o].number);
    if (n < view->n_front)
        fprintf(stream, "<p>The first %" PRIu32 " of %s points on the front.</p>\n", n,
                number_text(view->n_front).text);
    fputs("<div class=\"card below\" id=\"front-table\">\n", stream);
    html_table(stream, "Points on the front", NULL);
    write_heads(view, interval, stream);
    for (uint32_t i = 0; i < n; i++)
        write_row(view, view->front[i], interval, stream);
    html_table_end(stream);
    fputs("</div>\n", stream);
}
