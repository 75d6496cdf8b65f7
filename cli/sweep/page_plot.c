/* page_plot.c - axes with round ticks, and a shape for each kind of points.
 *
 * Ticks are 1, 2 or 5 times a power of ten apart; of logarithmic axes at 1, 2, 5, 10, .., at 1,
 * 3, 10, .., at powers of ten, or at every second, third, .. of them, the densest that are few
 * enough. Powers of ten come from products, so that they are the same on every machine.
 */
#include "page_plot.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/real_math.h"
#include "sim/html_out.h"

enum { LEAST_TICKS = 3 };
static const double MARGIN = 0.04; /* of the span, at either end */

static double along_of(const PlotAxis *axis, double value)
{
    if (axis->log)
        return (real_log(value) - real_log(axis->low)) /
               (real_log(axis->high) - real_log(axis->low));
    return (value - axis->low) / (axis->high - axis->low);
}

double plot_at(const PlotAxis *axis, double value)
{
    const double inside = fmin(fmax(value, axis->low), axis->high);
    return axis->from + (axis->to - axis->from) * along_of(axis, inside);
}

PlotAxis plot_axis_tight(Arena *scratch, const double *value, uint32_t n, double from, double to)
{
    double *known = ARENA_ARRAY(scratch, double, n);
    PlotAxis out = {.low = INFINITY, .high = -INFINITY, .from = from, .to = to};
    uint32_t n_known = 0;

    for (uint32_t i = 0; i < n; i++) {
        if (isnan(value[i]))
            continue;
        known[n_known++] = value[i];
        out.low = fmin(out.low, value[i]);
        out.high = fmax(out.high, value[i]);
    }
    out.log = spans_decade(known, n_known);
    if (n_known == 0)
        out.low = out.high = 0;
    if (out.low == out.high) { /* in the middle */
        const double half = out.low == 0 ? 1 : fabs(out.low) / 2;
        out.low -= half;
        out.high += half;
    }
    return out;
}

static PlotAxis widen(PlotAxis axis)
{
    PlotAxis out = axis;

    if (out.log) {
        const double wider = real_exp(MARGIN * (real_log(out.high) - real_log(out.low)));
        out.low /= wider;
        out.high *= wider;
    } else {
        const double wider = MARGIN * (out.high - out.low);
        out.low = out.low >= 0 ? fmax(out.low - wider, 0) : out.low - wider;
        out.high += wider;
    }
    return out;
}

PlotAxis plot_axis(Arena *scratch, const double *value, uint32_t n, double from, double to)
{
    return widen(plot_axis_tight(scratch, value, n, from, to));
}

PlotAxis plot_axis_as(Arena *scratch, const double *value, uint32_t n, double from, double to,
                      bool log)
{
    PlotAxis out = plot_axis_tight(scratch, value, n, from, to);

    out.log = log;
    return widen(out);
}

/* ---- ticks -------------------- */

static double power_of_ten(int exponent)
{
    double out = 1;

    for (int i = exponent < 0 ? -exponent : exponent; i > 0; i--)
        out *= 10;
    return exponent < 0 ? 1 / out : out;
}

/* The exponent of the largest power of ten that is not above the value. */
static int decade_of(double value)
{
    int out = (int)floor(real_log(value) / real_log(10));

    while (power_of_ten(out) > value)
        out--;
    while (power_of_ten(out + 1) <= value)
        out++;
    return out;
}

static uint32_t even_ticks(const PlotAxis *axis, uint32_t most, double tick[PLOT_TICKS])
{
    static const double factors[] = {1, 2, 5};
    int exponent = decade_of((axis->high - axis->low) / most);

    for (int i = 0;; i++) {
        const double unit = power_of_ten(exponent + i / 3);
        const double first = ceil(axis->low / unit / factors[i % 3]);
        const double last = floor(axis->high / unit / factors[i % 3]);
        if (last - first + 1 > most)
            continue;
        uint32_t n = 0;
        for (double k = first; k <= last; k++) /* times a negative power is a quotient: exact */
            tick[n++] = exponent + i / 3 < 0
                            ? k * factors[i % 3] / power_of_ten(-(exponent + i / 3))
                            : k * factors[i % 3] * unit;
        return n;
    }
}

/* How dense ticks of logarithmic axes are: in each decade, or in every stride-th its power
 * alone. */
typedef struct LogTicks {
    int n_factors, stride;
    double factor[3];
} LogTicks;

/* PLOT_TICKS + 1: too many. */
static uint32_t log_ticks(const PlotAxis *axis, const LogTicks *dense, uint32_t most,
                          double tick[PLOT_TICKS])
{
    const int end = decade_of(axis->high);
    uint32_t n = 0;

    for (int decade = decade_of(axis->low); decade <= end; decade += dense->stride)
        for (int f = 0; f < dense->n_factors; f++) {
            const double value = dense->factor[f] * power_of_ten(decade);
            if (value < axis->low || value > axis->high)
                continue;
            if (n == most)
                return PLOT_TICKS + 1;
            tick[n++] = value;
        }
    return n;
}

uint32_t plot_ticks(const PlotAxis *axis, uint32_t most, double tick[PLOT_TICKS])
{
    static const LogTicks dense[] = {{3, 1, {1, 2, 5}}, {2, 1, {1, 3}}};

    if (!axis->log)
        return even_ticks(axis, most, tick);
    for (int stride = -1;; stride++) {
        const LogTicks powers = {1, stride, {1}};
        const uint32_t n = log_ticks(axis, stride < 1 ? &dense[stride + 1] : &powers, most, tick);
        if (n < LEAST_TICKS && stride < 0) /* little more than a factor of two */
            return even_ticks(axis, most, tick);
        if (n <= PLOT_TICKS)
            return n;
    }
}

NumberText plot_tick_text(double tick)
{
    NumberText out;

    if (tick >= 1000 && tick < 1e6 && tick == floor(tick))
        return number_text((uint64_t)tick);
    snprintf(out.text, sizeof out.text, "%.6g", tick == 0 ? 0.0 : tick);
    return out;
}

static bool is_whole(double value)
{
    return value >= 0 && value < 1e12 && value == floor(value);
}

NumberText plot_number(double value)
{
    NumberText out;

    if (value >= 0)
        return is_whole(value) ? number_text((uint64_t)value) : real_text(value);
    snprintf(out.text, sizeof out.text, "-%.30s", plot_number(-value).text);
    return out;
}

void plot_exact(FILE *stream, double value, const char *of, uint32_t place, const char *name)
{
    if (is_whole(value))
        html_count(stream, (uint64_t)value, "=%s.%" PRIu32 ".%s", of, place, name);
    else
        html_real(stream, value, "=%s.%" PRIu32 ".%s", of, place, name);
}

void plot_x_axis(const PlotAxis *axis, double at, uint32_t most, FILE *stream)
{
    double tick[PLOT_TICKS];
    const uint32_t n = plot_ticks(axis, most, tick);

    fprintf(stream, "<path class=\"axis\" d=\"M%.1f %.1fH%.1f", axis->from, at, axis->to);
    for (uint32_t i = 0; i < n; i++)
        fprintf(stream, "M%.1f %.1fv4", plot_at(axis, tick[i]), at);
    fputs("\"/>\n", stream);
    for (uint32_t i = 0; i < n; i++)
        fprintf(stream, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>",
                plot_at(axis, tick[i]), at + 17, plot_tick_text(tick[i]).text);
    fputc('\n', stream);
}

void plot_y_axis(const PlotAxis *axis, double at, double right, uint32_t most, FILE *stream)
{
    double tick[PLOT_TICKS];
    const uint32_t n = plot_ticks(axis, most, tick);

    fputs("<path class=\"grid\" d=\"", stream);
    for (uint32_t i = 0; i < n; i++)
        fprintf(stream, "M%.1f %.1fH%.1f", at, plot_at(axis, tick[i]), right);
    fprintf(stream, "\"/><path class=\"axis\" d=\"M%.1f %.1fV%.1f\"/>\n", at, axis->from, axis->to);
    for (uint32_t i = 0; i < n; i++)
        fprintf(stream, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>", at - 6,
                plot_at(axis, tick[i]) + 4, plot_tick_text(tick[i]).text);
    fputc('\n', stream);
}

void plot_key_cell(const KeyScale *scale, uint32_t point, FILE *stream)
{
    enum { LONG = 11 };
    const uint32_t value = scale->of_point[point];

    fputs("<td>", stream);
    if (scale->is_number && strlen(scale->text[value]) > LONG)
        html_real(stream, scale->number[value], "%s", "");
    else
        html_text(stream, scale->text[value]);
    fputs("</td>", stream);
}

/* ---- marks -------------------- */

void plot_mark(PointKind kind, double x, double y, FILE *stream)
{
    switch (kind) {
    case POINT_FRONT:
        fprintf(stream, "M%.1f %.1fl5 5l-5 5l-5-5z", x, y - 5);
        break;
    case POINT_BEYOND:
        fprintf(stream, "M%.1f %.1fl4 7h-8z", x, y - 4);
        break;
    case POINT_FAILED:
        fprintf(stream, "M%.1f %.1fl7 7m-7 0l7-7", x - 3.5, y - 3.5);
        break;
    case POINT_SCREENED:
        fprintf(stream, "M%.1f %.1fh5v5h-5z", x - 2.5, y - 2.5);
        break;
    default: /* a dot: the round end of a line without length */
        fprintf(stream, "M%.1f %.1fh0", x, y);
    }
}

void plot_legend(const SweepView *view, FILE *stream)
{
    fputs("<ul class=\"legend\">", stream);
    for (PointKind kind = POINT_FRONT; kind < POINT_MISSING; kind++) {
        if (view->n_kind[kind] == 0)
            continue;
        fputs("<li><svg class=\"icon\" viewBox=\"-7 -7 14 14\" aria-hidden=\"true\"><path class=\"",
              stream);
        fprintf(stream, "m-%s\" d=\"", point_kind_name(kind));
        plot_mark(kind, 0, 0, stream);
        fprintf(stream, "\"/></svg>%s: %s%s</li>", point_kind_title(kind),
                number_text(view->n_kind[kind]).text,
                kind == POINT_SCREENED ? " (at their bounds by count)" : "");
    }
    fputs("</ul>\n", stream);
}
