/* page_axis.c - a sweep along one axis: each objective over it, its knee, and which limit binds
 * where.
 *
 * The axis is the first key, if each point has a value of its own and all other keys only follow
 * it. Below the curves a band says at each point what bounds its time from below most
 * (`binding`), or why there is no result; a point's part of the band reaches half way to its
 * neighbours. Cost: O(points x objectives).
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "page_plot.h"
#include "sim/html_out.h"

enum { /* of the drawing, in its units */
       WIDTH = 480,
       LEFT = 62,
       RIGHT = 14,
       TOP = 26,
       PANEL = 170,
       GAP = 44,
       BAND = 22,
       BOTTOM = 44,
       LETTER = 8,
       MOST_MARKS = 200,
       MOST_RUNS = 100,
       MOST_BINDING = 11 /* colours of the palette */
};

typedef struct Curve {
    const SweepView *view;
    const char *key;
    uint32_t n;            /* points                                                       */
    const uint32_t *point; /* [n] ascending along the axis                                 */
    const double *x;       /* [n] value of the key                                         */
    PlotAxis across;
} Curve;

/* A stretch of the axis with one answer. */
typedef struct Run {
    uint32_t first, last; /* of the curve's points                                         */
    const char *text;
    bool failed;
    uint32_t colour;
} Run;

/* ---- curves -------------------- */

typedef struct Line { /* of one objective: its simulated points                                */
    uint32_t n;
    uint32_t *at; /* [n] of the curve's points                                             */
    double *x, *y;
    Knee knee;
} Line;

static Line take_line(Arena *scratch, const Curve *curve, const PageObjective *objective)
{
    Line out = {.at = ARENA_ARRAY(scratch, uint32_t, curve->n),
                .x = ARENA_ARRAY(scratch, double, curve->n),
                .y = ARENA_ARRAY(scratch, double, curve->n)};

    for (uint32_t i = 0; i < curve->n; i++) {
        const double value = view_value(curve->view, objective->number, curve->point[i]);
        if (isnan(value))
            continue;
        out.at[out.n] = i;
        out.x[out.n] = curve->x[i];
        out.y[out.n++] = value;
    }
    out.knee = knee_find(out.x, out.y, out.n, objective->larger_is_better);
    return out;
}

static void write_line(const Curve *curve, const Line *line, const PlotAxis *up, FILE *stream)
{
    fputs("<path class=\"curve\" d=\"", stream);
    for (uint32_t i = 0; i < line->n; i++) /* points without a value break it */
        fprintf(stream, "%c%.1f %.1f", i > 0 && line->at[i] == line->at[i - 1] + 1 ? 'L' : 'M',
                plot_at(&curve->across, line->x[i]), plot_at(up, line->y[i]));
    fputs("\"/>\n", stream);
    if (line->n > MOST_MARKS)
        return;
    for (uint32_t i = 0; i < line->n; i++) {
        const uint32_t point = curve->point[line->at[i]];
        const bool beyond = curve->view->kind[point] == POINT_BEYOND;
        fprintf(stream, "<path class=\"m-%s\" d=\"", beyond ? "beyond" : "curve");
        plot_mark(beyond ? POINT_BEYOND : POINT_BEHIND, plot_at(&curve->across, line->x[i]),
                  plot_at(up, line->y[i]), stream);
        fputs("\"><title>", stream);
        html_textf(stream, "point %" PRIu32 ": %s at %s", point, real_text(line->y[i]).text,
                   plot_number(line->x[i]).text);
        fputs("</title></path>\n", stream);
    }
}

static void write_knee(const Curve *curve, const Line *line, const PlotAxis *up, FILE *stream)
{
    if (!line->knee.found)
        return;
    const double x = plot_at(&curve->across, line->x[line->knee.at]);
    const double y = plot_at(up, line->y[line->knee.at]);
    const bool left = x > WIDTH / 2.0;
    fprintf(stream,
            "<path class=\"knee\" d=\"M%.1f %.1fV%.1f\"/><circle class=\"knee\" cx=\"%.1f\" "
            "cy=\"%.1f\" r=\"7\"/><text class=\"name\" x=\"%.1f\" y=\"%.1f\" "
            "text-anchor=\"%s\">knee at %s</text>\n",
            x, up->to, up->from, x, y, left ? x - 5 : x + 5, up->to + 12, left ? "end" : "start",
            plot_number(line->x[line->knee.at]).text);
}

static void write_limits(const Curve *curve, const PageObjective *objective, const PlotAxis *up,
                         FILE *stream)
{
    const Sweep *sweep = curve->view->sweep;

    for (uint32_t i = 0; i < sweep->n_limits; i++) {
        const double ends[] = {sweep->limit[i].min, sweep->limit[i].max};
        if (strcmp(sweep->limit[i].metric, objective->metric) != 0)
            continue;
        for (int e = 0; e < 2; e++)
            if (ends[e] >= up->low && ends[e] <= up->high)
                fprintf(stream, "<path class=\"limit\" d=\"M%d %.1fH%d\"/>\n", LEFT,
                        plot_at(up, ends[e]), WIDTH - RIGHT);
    }
}

static void write_panel(Arena *scratch, const Curve *curve, uint32_t o, FILE *stream)
{
    const PageObjective *objective = &curve->view->objective[o];
    const double top = TOP + (double)o * (PANEL + GAP);
    const Line line = take_line(scratch, curve, objective);
    const PlotAxis up = plot_axis_as(scratch, line.y, line.n, top + PANEL, top, line.knee.log);

    if (line.n > 0)
        plot_y_axis(&up, LEFT, WIDTH - RIGHT, 5, stream);
    plot_x_axis(&curve->across, top + PANEL, 6, stream);
    fprintf(stream, "<text class=\"name\" x=\"4\" y=\"%.1f\">", top - 10);
    html_textf(stream, "%s%s, %s is better", objective->metric, up.log ? " (log)" : "",
               objective->larger_is_better ? "larger" : "smaller");
    fputs("</text>\n", stream);
    write_limits(curve, objective, &up, stream);
    write_line(curve, &line, &up, stream);
    write_knee(curve, &line, &up, stream);
}

/* ---- what binds -------------------- */

static const char *answer_of(const SweepView *view, uint32_t point, bool *failed)
{
    const Result *result = view->result[point];

    *failed = !view_is_simulated(view, point);
    if (view->kind[point] == POINT_FAILED)
        return result_name(result->status);
    if (!view_is_simulated(view, point))
        return point_kind_title(view->kind[point]);
    return result->binding[0] != '\0' ? result->binding : "–";
}

/* The colour of an earlier stretch with this answer, or the next one. */
static uint32_t colour_of(const Run *run, uint32_t n, const char *text, uint32_t *n_colours)
{
    for (uint32_t i = 0; i < n; i++)
        if (!run[i].failed && strcmp(run[i].text, text) == 0)
            return run[i].colour;
    return *n_colours < MOST_BINDING ? (*n_colours)++ : MOST_BINDING - 1;
}

static uint32_t find_runs(const Curve *curve, Run *run)
{
    uint32_t n = 0, n_colours = 0;

    for (uint32_t i = 0; i < curve->n; i++) {
        Run one = {.first = i, .last = i};
        one.text = answer_of(curve->view, curve->point[i], &one.failed);
        if (n > 0 && strcmp(run[n - 1].text, one.text) == 0) {
            run[n - 1].last = i;
            continue;
        }
        if (!one.failed)
            one.colour = colour_of(run, n, one.text, &n_colours);
        run[n++] = one;
    }
    return n;
}

static double edge_of(const Curve *curve, uint32_t i, bool behind)
{
    const double at = plot_at(&curve->across, curve->x[i]);

    if (behind)
        return i + 1 == curve->n ? curve->across.to
                                 : (at + plot_at(&curve->across, curve->x[i + 1])) / 2;
    return i == 0 ? curve->across.from : (at + plot_at(&curve->across, curve->x[i - 1])) / 2;
}

static void write_band(const Curve *curve, const Run *run, uint32_t n, double top, FILE *stream)
{
    fprintf(stream, "<text class=\"name\" x=\"4\" y=\"%.1f\">what binds</text>\n", top - 8);
    for (uint32_t i = 0; i < n; i++) {
        const double from = edge_of(curve, run[i].first, false);
        const double to = edge_of(curve, run[i].last, true);
        if (run[i].failed)
            fputs("<rect class=\"gone", stream);
        else
            fprintf(stream, "<rect class=\"p%" PRIu32, run[i].colour);
        fprintf(stream, " bind\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"><title>", from,
                top, fmax(to - from, 0.5), BAND);
        html_textf(stream, "%s from %s to %s: %s", curve->key,
                   plot_number(curve->x[run[i].first]).text,
                   plot_number(curve->x[run[i].last]).text, run[i].text);
        fputs("</title></rect>\n", stream);
        if ((double)strlen(run[i].text) * LETTER + 8 < to - from) {
            fprintf(stream, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", (from + to) / 2,
                    top + BAND + 15);
            html_text(stream, run[i].text);
            fputs("</text>\n", stream);
        }
    }
}

static void write_legend(const Run *run, uint32_t n, FILE *stream)
{
    bool shown[MOST_BINDING] = {false}, any_failed = false;

    fputs("<ul class=\"legend\">", stream);
    for (uint32_t i = 0; i < n; i++) {
        any_failed = any_failed || run[i].failed;
        if (run[i].failed || shown[run[i].colour])
            continue;
        shown[run[i].colour] = true;
        fprintf(stream, "<li><i class=\"p%" PRIu32 "\"></i>", run[i].colour);
        html_text(stream, run[i].text);
        fputs("</li>", stream);
    }
    fputs(any_failed ? "<li><i class=\"dead\"></i>no result</li></ul>\n" : "</ul>\n", stream);
}

static void write_runs(const Curve *curve, const Run *run, uint32_t n, FILE *stream)
{
    const uint32_t n_shown = n < MOST_RUNS ? n : MOST_RUNS;

    fputs("<div id=\"binding\">\n", stream);
    html_table(stream, "What binds along the axis", NULL);
    fputs("<thead><tr>", stream);
    html_head_cell(stream, "from", NULL, false);
    html_head_cell(stream, "to", NULL, true);
    html_head_cell(stream, "points", NULL, true);
    html_head_cell(stream, "what binds", NULL, false);
    fputs("</tr></thead><tbody>\n", stream);
    for (uint32_t i = 0; i < n_shown; i++) {
        fputs("<tr><th scope=\"row\">", stream);
        plot_exact(stream, curve->x[run[i].first], "binding", i, "from");
        fputs("</th>", stream);
        fputs("<td>", stream);
        plot_exact(stream, curve->x[run[i].last], "binding", i, "to");
        fputs("</td>", stream);
        html_count_cell(stream, run[i].last - run[i].first + 1, "=binding.%" PRIu32 ".points", i);
        fputs("<td class=\"l\">", stream);
        html_text(stream, run[i].text);
        fputs("</td></tr>\n", stream);
    }
    html_table_end(stream);
    if (n_shown < n)
        fprintf(stream, "<p>The first %" PRIu32 " of %s stretches.</p>\n", n_shown,
                number_text(n).text);
    fputs("</div>\n", stream);
}

/* ---- the section -------------------- */

static void write_knees(Arena *scratch, const Curve *curve, FILE *stream)
{
    fputs("<ul>\n", stream);
    for (uint32_t o = 0; o < curve->view->n_objectives; o++) {
        const PageObjective *objective = &curve->view->objective[o];
        const Line line = take_line(scratch, curve, objective);
        fputs("<li>", stream);
        html_text(stream, objective->metric);
        if (!line.knee.found) {
            fputs(": no knee</li>\n", stream);
            continue;
        }
        fputs(": knee at ", stream);
        plot_exact(stream, line.x[line.knee.at], "knee", o, "x");
        fputs(", where it is ", stream);
        html_real(stream, line.y[line.knee.at], "=knee.%" PRIu32 ".y", o);
        fprintf(stream, " (%s)</li>\n", line.knee.log ? "log-log" : "linear");
    }
    fputs("</ul>\n", stream);
}

static void write_chart(Arena *scratch, const Curve *curve, const Run *run, uint32_t n_runs,
                        FILE *stream)
{
    const SweepView *view = curve->view;
    const double band = TOP + (double)view->n_objectives * (PANEL + GAP) + 8;

    fputs("<figure class=\"card half\">\n<figcaption>", stream);
    html_textf(stream, "Over %s%s", curve->key, curve->across.log ? " (log)" : "");
    fputs("</figcaption>\n", stream);
    write_legend(run, n_runs, stream);
    fprintf(stream,
            "<svg class=\"along\" viewBox=\"0 0 %d %.0f\" role=\"img\" aria-label=\"Objectives "
            "along the axis; the tables have its numbers\">\n",
            WIDTH, band + BAND + BOTTOM - 20);
    for (uint32_t o = 0; o < view->n_objectives; o++)
        write_panel(scratch, curve, o, stream);
    write_band(curve, run, n_runs, band, stream);
    fputs("</svg>\n</figure>\n", stream);
}

void page_axis(Arena *scratch, const SweepView *view, FILE *stream)
{
    const uint32_t key = view_axis_key(view), n = view->plan->n_points;
    uint32_t *point = ARENA_ARRAY(scratch, uint32_t, n);
    double *x = ARENA_ARRAY(scratch, double, n);
    Run *run = ARENA_ARRAY(scratch, Run, n);

    if (key == view->n_keys || view->n_simulated == 0)
        return;
    for (uint32_t i = 0; i < n; i++)
        point[view->scale[key].of_point[i]] = i;
    for (uint32_t i = 0; i < n; i++)
        x[i] = view->scale[key].number[i];
    const Curve curve = {.view = view,
                         .key = view->scale[key].name,
                         .n = n,
                         .point = point,
                         .x = x,
                         .across = plot_axis(scratch, x, n, LEFT, WIDTH - RIGHT)};
    const uint32_t n_runs = find_runs(&curve, run);
    html_section(stream, "axis", "Along the axis");
    fputs("<p>The knee is the point farthest from the straight line between the first and the last "
          "simulated point, on the better side of it, with both axes drawn from 0 to 1: by their "
          "logarithms where the axis spans a decade and all values are above 0, else as they are. "
          "Beyond it, more of the axis gives less.</p>\n<div class=\"two\">\n",
          stream);
    write_chart(scratch, &curve, run, n_runs, stream);
    fputs("<div class=\"card\">\n<h3>Knees</h3>\n", stream);
    write_knees(scratch, &curve, stream);
    fputs("<h3>What binds, from the closed form of <code>count</code></h3>\n", stream);
    write_runs(&curve, run, n_runs, stream);
    fputs("</div>\n</div>\n", stream);
    html_section_end(stream);
}
