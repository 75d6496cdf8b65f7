/* page_front.c - the front: a scatter of the first two objectives and a table of its points.
 *
 * The staircase is the front of these two among the points within all limits: what lies behind
 * it is worse in both. With more objectives the points on the whole front may lie behind it as
 * well. Marks of one kind that fall on the same spot (2 x 2 units of the drawing) are drawn
 * once. Failed points have no numbers, unless `count` gave bounds: they stand below the drawing.
 * Cost: O(points x log points).
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "page_plot.h"
#include "sim/html_out.h"

enum { /* of the drawing, in its units */
       WIDTH = 480,
       HEIGHT = 372,
       LEFT = 62,
       RIGHT = 14,
       TOP = 30,
       BOTTOM = 72,
       SPOT = 2,
       SPOTS_X = WIDTH / SPOT + 1,
       SPOTS_Y = HEIGHT / SPOT + 1,
       MOST_BESIDE = 16 /* marks of points without a place */
};

typedef struct Scatter {
    const SweepView *view;
    uint32_t metric[2];
    PlotAxis axis[2];
    bool *taken; /* [SPOTS_X * SPOTS_Y] by a mark of this kind                              */
} Scatter;

void page_point_text(const SweepView *view, uint32_t point, FILE *stream)
{
    enum { MOST = 5 };

    fprintf(stream, "point %" PRIu32 " (%s)", point, point_kind_title(view->kind[point]));
    for (uint32_t k = 0; k < view->n_keys && k < MOST; k++)
        html_textf(stream, "%s %s %.40s", k == 0 ? ":" : ",", view->scale[k].name,
                   plan_value(view->plan, point, k));
    for (uint32_t o = 0; o < view->n_objectives; o++) {
        const double value = view_place(view, view->objective[o].number, point);
        if (!isnan(value))
            html_textf(stream, "%s %s %s", o == 0 ? ";" : ",", view->objective[o].metric,
                       real_text(value).text);
    }
    if (view->kind[point] == POINT_FAILED)
        html_textf(stream, "; %s: %.120s", result_name(view->result[point]->status),
                   view->result[point]->error);
}

/* ---- axes -------------------- */

/* All that is drawn, ends of the intervals on the front too. */
static PlotAxis fit(Arena *scratch, const SweepView *view, uint32_t metric, double from, double to)
{
    const uint32_t n = view->plan->n_points;
    double *value = ARENA_ARRAY(scratch, double, n + 2 * (size_t)view->n_front);
    uint32_t n_values = 0;

    for (uint32_t i = 0; i < n; i++)
        value[n_values++] = view_place(view, metric, i);
    for (uint32_t i = 0; i < view->n_front; i++) {
        const Result *result = view->result[view->front[i]];
        value[n_values++] = result->low[metric];
        value[n_values++] = result->high[metric];
    }
    return plot_axis(scratch, value, n_values, from, to);
}

static void write_axes(const Scatter *scatter, FILE *stream)
{
    const SweepView *view = scatter->view;

    plot_y_axis(&scatter->axis[1], LEFT, WIDTH - RIGHT, 7, stream);
    plot_x_axis(&scatter->axis[0], HEIGHT - BOTTOM, 6, stream);
    for (int a = 0; a < 2; a++) {
        fprintf(stream, "<text class=\"name\" x=\"%d\" y=\"%d\"%s>", a == 0 ? WIDTH - RIGHT : 4,
                a == 0 ? HEIGHT - BOTTOM + 36 : 16, a == 0 ? " text-anchor=\"end\"" : "");
        html_textf(stream, "%s%s, %s is better", view->objective[a].metric,
                   scatter->axis[a].log ? " (log)" : "",
                   view->objective[a].larger_is_better ? "larger" : "smaller");
        fputs("</text>\n", stream);
    }
}

/* ---- marks -------------------- */

/* Where the point is drawn; false if it has no place, or another mark has it. */
static bool place(Scatter *scatter, uint32_t point, double at[2])
{
    for (int a = 0; a < 2; a++) {
        const double value = view_place(scatter->view, scatter->metric[a], point);
        if (isnan(value))
            return false;
        at[a] = plot_at(&scatter->axis[a], value);
    }
    const size_t spot = (size_t)(at[1] / SPOT) * SPOTS_X + (size_t)(at[0] / SPOT);
    if (scatter->taken[spot])
        return false;
    scatter->taken[spot] = true;
    return true;
}

static void write_marks(Scatter *scatter, PointKind kind, FILE *stream)
{
    const SweepView *view = scatter->view;
    const bool named = view->n_kind[kind] <= PAGE_TITLES;
    double at[2];

    if (view->n_kind[kind] == 0)
        return;
    memset(scatter->taken, 0, SPOTS_X * SPOTS_Y * sizeof *scatter->taken);
    fprintf(stream, named ? "<g class=\"m-%s\">" : "<path class=\"m-%s\" d=\"",
            point_kind_name(kind));
    for (uint32_t i = 0; i < view->plan->n_points; i++) {
        if (view->kind[i] != kind || !place(scatter, i, at))
            continue;
        fputs(named ? "<path d=\"" : "", stream);
        plot_mark(kind, at[0], at[1], stream);
        if (named) {
            fputs("\"><title>", stream);
            page_point_text(view, i, stream);
            fputs("</title></path>\n", stream);
        }
    }
    fputs(named ? "</g>\n" : "\"/>\n", stream);
}

/* Intervals of the points on the front. */
static void write_intervals(const Scatter *scatter, FILE *stream)
{
    const SweepView *view = scatter->view;

    fputs("<path class=\"interval\" d=\"", stream);
    for (uint32_t i = 0; i < view->n_front && i < PAGE_TITLES; i++) {
        const Result *result = view->result[view->front[i]];
        double at[2], low[2], high[2];
        for (int a = 0; a < 2; a++) {
            const uint32_t metric = scatter->metric[a];
            at[a] = plot_at(&scatter->axis[a], result->value[metric]);
            low[a] = plot_at(&scatter->axis[a], result->low[metric]);
            high[a] = plot_at(&scatter->axis[a], result->high[metric]);
        }
        if (fabs(high[0] - low[0]) >= 1)
            fprintf(stream, "M%.1f %.1fH%.1f", low[0], at[1], high[0]);
        if (fabs(high[1] - low[1]) >= 1)
            fprintf(stream, "M%.1f %.1fV%.1f", at[0], low[1], high[1]);
    }
    fputs("\"/>\n", stream);
}

/* Failed points without a place. */
static void write_beside(const Scatter *scatter, FILE *stream)
{
    const SweepView *view = scatter->view;
    uint32_t n = 0;

    for (uint32_t i = 0; i < view->plan->n_points; i++) {
        if (view->kind[i] != POINT_FAILED || !isnan(view_place(view, scatter->metric[0], i)))
            continue;
        if (n < MOST_BESIDE) {
            fputs("<path class=\"m-failed\" d=\"", stream);
            plot_mark(POINT_FAILED, 236 + 14.0 * n, HEIGHT - 12, stream);
            fputs("\"><title>", stream);
            page_point_text(view, i, stream);
            fputs("</title></path>", stream);
        }
        n++;
    }
    if (n > 0)
        fprintf(stream, "<text x=\"4\" y=\"%d\">%s failed, without numbers:</text>\n", HEIGHT - 8,
                number_text(n).text);
}

/* ---- staircase -------------------- */

typedef struct Step {
    double value[2], cost[2]; /* cost: smaller is better                                     */
} Step;

static int by_cost(const void *a, const void *b)
{
    const Step *x = (const Step *)a, *y = (const Step *)b;
    for (int i = 0; i < 2; i++)
        if (x->cost[i] != y->cost[i])
            return x->cost[i] < y->cost[i] ? -1 : 1;
    return 0;
}

static uint32_t find_steps(Arena *scratch, const Scatter *scatter, Step **out)
{
    const SweepView *view = scatter->view;
    Step *step = ARENA_ARRAY(scratch, Step, view->plan->n_points);
    uint32_t n = 0, n_kept = 0;

    for (uint32_t i = 0; i < view->plan->n_points; i++) {
        if (view->kind[i] != POINT_FRONT && view->kind[i] != POINT_BEHIND)
            continue;
        for (int a = 0; a < 2; a++) {
            step[n].value[a] = view_value(view, scatter->metric[a], i);
            step[n].cost[a] =
                view->objective[a].larger_is_better ? -step[n].value[a] : step[n].value[a];
        }
        n += !isnan(step[n].value[0]) && !isnan(step[n].value[1]);
    }
    qsort(step, n, sizeof *step, by_cost);
    for (uint32_t i = 0; i < n; i++)
        if (n_kept == 0 || step[i].cost[1] < step[n_kept - 1].cost[1])
            step[n_kept++] = step[i];
    *out = step;
    return n_kept;
}

/* From the worse end of the second objective down to it, along, and out to that of the first. */
static void write_stairs(Arena *scratch, const Scatter *scatter, FILE *stream)
{
    const PlotAxis *x = &scatter->axis[0], *y = &scatter->axis[1];
    const PageObjective *objective = scatter->view->objective;
    Step *step;
    const uint32_t n = find_steps(scratch, scatter, &step);

    if (n == 0)
        return;
    fprintf(stream, "<path class=\"stairs\" d=\"M%.1f %.1f", plot_at(x, step[0].value[0]),
            objective[1].larger_is_better ? y->from : y->to);
    for (uint32_t i = 0; i < n; i++)
        fprintf(stream, "H%.1fV%.1f", plot_at(x, step[i].value[0]), plot_at(y, step[i].value[1]));
    fprintf(stream, "H%.1f\"/>\n", objective[0].larger_is_better ? x->from : x->to);
}

/* ---- the section -------------------- */

static void write_scatter(Arena *scratch, const SweepView *view, FILE *stream)
{
    static const PointKind order[] = {POINT_SCREENED, POINT_BEHIND, POINT_BEYOND, POINT_FAILED};
    Scatter scatter = {.view = view,
                       .metric = {view->objective[0].number, view->objective[1].number},
                       .taken = ARENA_ARRAY(scratch, bool, SPOTS_X *SPOTS_Y)};

    scatter.axis[0] = fit(scratch, view, scatter.metric[0], LEFT, WIDTH - RIGHT);
    scatter.axis[1] = fit(scratch, view, scatter.metric[1], HEIGHT - BOTTOM, TOP);
    fputs("<figure class=\"card half\">\n<figcaption>", stream);
    html_textf(stream, "%s against %s", view->objective[1].metric, view->objective[0].metric);
    fputs("</figcaption>\n", stream);
    plot_legend(view, stream);
    fprintf(stream,
            "<svg class=\"scatter\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Scatter of the "
            "points; the table of the front has its numbers\">\n",
            WIDTH, HEIGHT);
    write_axes(&scatter, stream);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        write_marks(&scatter, order[i], stream);
    write_stairs(scratch, &scatter, stream);
    write_intervals(&scatter, stream);
    write_marks(&scatter, POINT_FRONT, stream);
    write_beside(&scatter, stream);
    fputs("</svg>\n</figure>\n", stream);
}

void page_front(Arena *scratch, const SweepView *view, FILE *stream)
{
    html_section(stream, "front", "Pareto front");
    if (view->n_objectives == 0) {
        fputs("<p>The sweep names no objectives.</p>\n", stream);
        html_section_end(stream);
        return;
    }
    fprintf(stream,
            "<p>Points within all limits that no other such point beats, being at least as good in "
            "all objectives and better in one; by <code>%s</code>.%s</p>\n",
            fidelity_name(view->fidelity),
            view->sweep->n_objectives > 2
                ? " The staircase is the front of the first two objectives alone."
                : "");
    if (view->n_objectives > 1 && view->n_simulated + view->n_kind[POINT_SCREENED] > 0) {
        fputs("<div class=\"two\">\n", stream);
        write_scatter(scratch, view, stream);
        page_parallel(scratch, view, stream);
        fputs("</div>\n", stream);
    } else {
        page_parallel(scratch, view, stream);
    }
    page_front_table(scratch, view, stream);
    html_section_end(stream);
}
