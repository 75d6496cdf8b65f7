/* page_parallel.c - parallel coordinates: an axis for each key that varies and each objective, a
 * line for each point across all of them.
 *
 * The axes lie below one another, so that their names have room, on phones too. Names have
 * places of their own on an axis, in the order in which they occur. Of many points every n-th is
 * drawn; those on the front all, up to PAGE_TITLES. Cost: O(points).
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "page_plot.h"
#include "sim/html_out.h"

enum { /* of the drawing, in its units */
       WIDTH = 480,
       SIDE = 14,
       TOP = 26,
       ROW = 58,
       BOTTOM = 24,
       LETTER = 8, /* width of a letter, at most */
       MOST_LINES = 600,
       MOST_LETTERS = 24,
       MOST_AXES = PAGE_KEYS + PAGE_OBJECTIVES
};

typedef struct Parallel {
    const SweepView *view;
    uint32_t n_axes; /* keys, then objectives                                               */
    PlotAxis axis[MOST_AXES];
} Parallel;

static double value_of(const Parallel *parallel, uint32_t axis, uint32_t point)
{
    const SweepView *view = parallel->view;

    if (axis >= view->n_keys)
        return view_value(view, view->objective[axis - view->n_keys].number, point);
    return view->scale[axis].number[view->scale[axis].of_point[point]];
}

static void fit(Arena *scratch, Parallel *parallel)
{
    const SweepView *view = parallel->view;
    const uint32_t n = view->plan->n_points;
    double *value = ARENA_ARRAY(scratch, double, n);

    for (uint32_t a = 0; a < parallel->n_axes; a++) {
        for (uint32_t i = 0; i < n; i++)
            value[i] = view_is_simulated(view, i) || a < view->n_keys ? value_of(parallel, a, i)
                                                                      : (double)NAN;
        parallel->axis[a] = plot_axis_tight(scratch, value, n, SIDE, WIDTH - SIDE);
        if (a < view->n_keys && !view->scale[a].is_number)
            parallel->axis[a].log = false;
    }
}

/* ---- axes -------------------- */

static void write_label(double x, double y, const char *anchor, const char *text, FILE *stream)
{
    const size_t n = strlen(text);

    fprintf(stream, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
    if (n <= MOST_LETTERS)
        html_text(stream, text);
    else /* of paths the end tells most; continuation bytes of a character are left out with it */
        for (const char *tail = text + n - MOST_LETTERS;; tail++)
            if (((unsigned char)*tail & 0xc0) != 0x80) {
                html_textf(stream, "…%s", tail);
                break;
            }
    fputs("</text>", stream);
}

/* All names if they fit, else the first and the last. */
static void write_names(const KeyScale *scale, const PlotAxis *axis, double y, FILE *stream)
{
    const double room = scale->n_values > 1 ? (axis->to - axis->from) / (scale->n_values - 1) : 0;
    size_t longest = 0;

    for (uint32_t v = 0; v < scale->n_values; v++)
        longest = strlen(scale->text[v]) > longest ? strlen(scale->text[v]) : longest;
    const bool all = (double)longest * LETTER < room * 0.7;
    for (uint32_t v = 0; v < scale->n_values; v++)
        if (all || v == 0 || v + 1 == scale->n_values)
            write_label(plot_at(axis, v), y,
                        scale->n_values == 1       ? "middle"
                        : v == 0                   ? "start"
                        : v + 1 == scale->n_values ? "end"
                                                   : "middle",
                        scale->text[v], stream);
}

static void write_ends(const PlotAxis *axis, const double *value, uint32_t n, double y,
                       FILE *stream)
{
    double low = INFINITY, high = -INFINITY;

    for (uint32_t i = 0; i < n; i++)
        if (!isnan(value[i])) {
            low = fmin(low, value[i]);
            high = fmax(high, value[i]);
        }
    if (low == high)
        write_label(plot_at(axis, low), y, "middle", plot_number(low).text, stream);
    if (low < high) {
        write_label(axis->from, y, "start", plot_number(low).text, stream);
        write_label(axis->to, y, "end", plot_number(high).text, stream);
    }
}

static void write_axis(Arena *scratch, const Parallel *parallel, uint32_t a, FILE *stream)
{
    const SweepView *view = parallel->view;
    const PlotAxis *axis = &parallel->axis[a];
    const double y = TOP + ROW * (double)a;
    const bool is_key = a < view->n_keys;

    fprintf(stream,
            "<path class=\"axis\" d=\"M%d %.1fH%d\"/><text class=\"name\" x=\"%d\" y=\"%.1f\">",
            SIDE, y, WIDTH - SIDE, SIDE, y - 8);
    if (is_key)
        html_textf(stream, "%s%s", view->scale[a].name, axis->log ? " (log)" : "");
    else
        html_textf(stream, "%s%s, %s is better", view->objective[a - view->n_keys].metric,
                   axis->log ? " (log)" : "",
                   view->objective[a - view->n_keys].larger_is_better ? "larger" : "smaller");
    fputs("</text>", stream);
    if (is_key && !view->scale[a].is_number) {
        write_names(&view->scale[a], axis, y + 15, stream);
    } else {
        double *value = ARENA_ARRAY(scratch, double, view->plan->n_points);
        for (uint32_t i = 0; i < view->plan->n_points; i++)
            value[i] = value_of(parallel, a, i);
        write_ends(axis, value, view->plan->n_points, y + 15, stream);
    }
    fputc('\n', stream);
}

/* ---- lines -------------------- */

static void write_line(const Parallel *parallel, uint32_t point, FILE *stream)
{
    bool begun = false;

    for (uint32_t a = 0; a < parallel->n_axes; a++) {
        const double value = value_of(parallel, a, point);
        if (isnan(value)) {
            begun = false;
            continue;
        }
        fprintf(stream, "%c%.1f %.0f", begun ? 'L' : 'M', plot_at(&parallel->axis[a], value),
                TOP + ROW * (double)a);
        begun = true;
    }
}

static void write_lines(const Parallel *parallel, uint32_t every, FILE *stream)
{
    const SweepView *view = parallel->view;
    uint32_t n = 0;

    fputs("<path class=\"lines-behind\" d=\"", stream);
    for (uint32_t i = 0; i < view->plan->n_points; i++)
        if (view->kind[i] == POINT_BEHIND || view->kind[i] == POINT_BEYOND)
            if (n++ % every == 0)
                write_line(parallel, i, stream);
    fputs("\"/>\n<g class=\"lines-front\">", stream);
    for (uint32_t i = 0; i < view->n_front && i < PAGE_TITLES; i++) {
        fputs("<path d=\"", stream);
        write_line(parallel, view->front[i], stream);
        fputs("\"><title>", stream);
        page_point_text(view, view->front[i], stream);
        fputs("</title></path>\n", stream);
    }
    fputs("</g>\n", stream);
}

void page_parallel(Arena *scratch, const SweepView *view, FILE *stream)
{
    const uint32_t n_behind = view->n_kind[POINT_BEHIND] + view->n_kind[POINT_BEYOND];
    const uint32_t every = n_behind > MOST_LINES ? (n_behind + MOST_LINES - 1) / MOST_LINES : 1;
    Parallel parallel = {.view = view, .n_axes = view->n_keys + view->n_objectives};

    if (view->n_simulated == 0 || parallel.n_axes < 2)
        return;
    fit(scratch, &parallel);
    fputs("<figure class=\"card half\">\n<figcaption>All keys and objectives</figcaption>\n"
          "<ul class=\"legend\"><li><i class=\"best\"></i>on the front",
          stream);
    if (view->n_front > PAGE_TITLES)
        fprintf(stream, ", the first %d", PAGE_TITLES);
    fputs("</li><li><i class=\"others\"></i>other simulated points", stream);
    if (every > 1)
        fprintf(stream, ", one in %" PRIu32, every);
    fprintf(stream,
            "</li></ul>\n<svg class=\"parallel\" viewBox=\"0 0 %d %" PRIu32
            "\" role=\"img\" aria-label=\"Parallel coordinates: one line a point; the tables have "
            "its numbers\">\n",
            WIDTH, TOP + ROW * (parallel.n_axes - 1) + BOTTOM);
    write_lines(&parallel, every, stream);
    for (uint32_t a = 0; a < parallel.n_axes; a++)
        write_axis(scratch, &parallel, a, stream);
    fputs("</svg>\n</figure>\n", stream);
}
