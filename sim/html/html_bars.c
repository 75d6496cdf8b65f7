/* html_bars.c - stacked bars, a row each, that keep their text readable at any width.
 *
 * A row is text and an SVG that stretches; so is the legend. Parts have fixed colours by their
 * place in the list, whether others occur or not. Cost: O(rows x parts).
 */
#include "base/check.h"
#include "html_parts.h"

static double sum_of(const BarChart *chart, const Bar *bar)
{
    double sum = 0;

    for (uint32_t p = 0; p < chart->n_parts; p++)
        sum += bar->value[p];
    return sum;
}

static bool occurs(const BarChart *chart, uint32_t part)
{
    for (uint32_t i = 0; i < chart->n_bars; i++)
        if (chart->bar[i].value[part] > 0)
            return true;
    return false;
}

static NumberText shown(const BarChart *chart, double value)
{
    return chart->whole ? number_text((uint64_t)(value + 0.5)) : real_text(value);
}

static void write_value(const BarChart *chart, double value, uint32_t row, const char *part,
                        FILE *stream)
{
    if (chart->whole)
        html_count(stream, (uint64_t)(value + 0.5), "=%s.%u.%s", chart->name, (unsigned)row, part);
    else
        html_real(stream, value, "=%s.%u.%s", chart->name, (unsigned)row, part);
}

static void write_legend(const BarChart *chart, FILE *stream)
{
    fputs("<ul class=\"legend\">", stream);
    for (uint32_t p = 0; p < chart->n_parts; p++)
        if (occurs(chart, p))
            fprintf(stream, "<li><i class=\"p%u\"></i>%s</li>", (unsigned)p, chart->part[p]);
    fputs("</ul>\n", stream);
}

/* 1000 units wide at `most`. */
static void write_bar(const BarChart *chart, const Bar *bar, double most, FILE *stream)
{
    double at = 0;

    fputs("<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" role=\"img\" "
          "aria-label=\"",
          stream);
    html_text(stream, bar->label);
    fputc(':', stream);
    for (uint32_t p = 0; p < chart->n_parts; p++)
        if (bar->value[p] > 0)
            html_textf(stream, " %s %s %s;", chart->part[p], shown(chart, bar->value[p]).text,
                       chart->unit);
    fputs("\">", stream);
    for (uint32_t p = 0; p < chart->n_parts; p++) {
        const double width = most > 0 ? 1000 * bar->value[p] / most : 0;
        if (bar->value[p] <= 0)
            continue;
        fprintf(stream, "<rect class=\"p%u\" x=\"%.2f\" width=\"%.2f\" height=\"10\"><title>",
                (unsigned)p, at, width);
        html_textf(stream, "%s: %s %s %s", bar->label, chart->part[p],
                   shown(chart, bar->value[p]).text, chart->unit);
        fputs("</title></rect>", stream);
        at += width;
    }
    fputs("</svg>", stream);
}

static void write_table(const BarChart *chart, FILE *stream)
{
    html_details(stream, "The same as a table");
    html_table(stream, chart->title, NULL);
    fputs("<thead><tr><td></td>", stream);
    for (uint32_t p = 0; p < chart->n_parts; p++)
        if (occurs(chart, p))
            html_head_cell(stream, chart->part[p], NULL, true);
    html_head_cell(stream, "sum", NULL, true);
    fputs("</tr></thead><tbody>\n", stream);
    for (uint32_t i = 0; i < chart->n_bars; i++) {
        html_row(stream, chart->bar[i].label);
        for (uint32_t p = 0; p < chart->n_parts; p++) {
            char part[12];
            if (!occurs(chart, p))
                continue;
            snprintf(part, sizeof part, "%u", (unsigned)p);
            fputs("<td>", stream);
            write_value(chart, chart->bar[i].value[p], i, part, stream);
            fputs("</td>", stream);
        }
        fputs("<td>", stream);
        write_value(chart, sum_of(chart, &chart->bar[i]), i, "sum", stream);
        fputs("</td></tr>\n", stream);
    }
    html_table_end(stream);
    html_details_end(stream);
}

void html_bars(const BarChart *chart, FILE *stream)
{
    double most = 0;

    CHECK(chart->n_parts <= BAR_MAX_PARTS);
    for (uint32_t i = 0; i < chart->n_bars; i++) {
        const double sum = sum_of(chart, &chart->bar[i]);
        most = sum > most ? sum : most;
    }
    fprintf(stream, "<figure class=\"card\">\n<figcaption>%s</figcaption>\n", chart->title);
    write_legend(chart, stream);
    fputs("<div class=\"bars\">\n", stream);
    for (uint32_t i = 0; i < chart->n_bars; i++) {
        fputs("<div class=\"row\"><span class=\"what\">", stream);
        html_text(stream, chart->bar[i].label);
        fputs("</span>", stream);
        write_bar(chart, &chart->bar[i], most, stream);
        fprintf(stream, "<span class=\"much\">%s %s</span></div>\n",
                shown(chart, sum_of(chart, &chart->bar[i])).text, chart->unit);
    }
    fputs("</div>\n", stream);
    write_table(chart, stream);
    fputs("</figure>\n", stream);
}
