/* html_out.c - escaped text, numbers with their exact values, tables. See sim/html_out.h for the rules.
 *
 * Numbers are written without a locale. Control characters of names become spaces, as XML has no
 * way to hold them. Cost: O(size of the output).
 */
#include "sim/html_out.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/trace.h"

enum { TEXT_BYTES = 2048 };

/* `kept`: control characters that stay. */
static void escape(FILE *stream, const char *text, const char *kept)
{
    for (; *text; text++) {
        const bool control = (unsigned char)*text < ' ' || *text == 0x7f;
        if (*text == '&')
            fputs("&amp;", stream);
        else if (*text == '<')
            fputs("&lt;", stream);
        else if (*text == '>')
            fputs("&gt;", stream);
        else if (*text == '"')
            fputs("&quot;", stream);
        else
            fputc(control && strchr(kept, *text) == NULL ? ' ' : *text, stream);
    }
}

void html_text(FILE *stream, const char *text)
{
    escape(stream, text, "");
}

void html_lines(FILE *stream, const char *text)
{
    escape(stream, text, "\n\t");
}

void html_textf(FILE *stream, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    html_text(stream, text);
}

static void number(FILE *stream, const char *exact, const char *shown, const char *of, va_list args)
{
    char path[TEXT_BYTES];

    vsnprintf(path, sizeof path, of, args);
    fprintf(stream, "<data value=\"%s\"", exact);
    if (path[0] != '\0') {
        fputs(" data-of=\"", stream);
        html_text(stream, path);
        fputc('"', stream);
    }
    fprintf(stream, ">%s</data>", shown);
}

static void count_number(FILE *stream, uint64_t value, const char *of, va_list args)
{
    char exact[24];

    snprintf(exact, sizeof exact, "%" PRIu64, value);
    number(stream, exact, number_text(value).text, of, args);
}

void html_real(FILE *stream, double value, const char *of, ...)
{
    va_list args;

    va_start(args, of);
    number(stream, real_exact(value).text, real_text(value).text, of, args);
    va_end(args);
}

void html_count(FILE *stream, uint64_t value, const char *of, ...)
{
    va_list args;

    va_start(args, of);
    count_number(stream, value, of, args);
    va_end(args);
}

void html_percent(FILE *stream, double share, const char *of, ...)
{
    char shown[NUMBER_TEXT_BYTES];
    va_list args;

    snprintf(shown, sizeof shown, "%.1f %%", 100 * share);
    va_start(args, of);
    number(stream, real_exact(share).text, shown, of, args);
    va_end(args);
}

void html_real_cell(FILE *stream, double value, const char *of, ...)
{
    va_list args;

    fputs("<td>", stream);
    va_start(args, of);
    number(stream, real_exact(value).text, real_text(value).text, of, args);
    va_end(args);
    fputs("</td>", stream);
}

void html_count_cell(FILE *stream, uint64_t value, const char *of, ...)
{
    va_list args;

    if (value == COUNT_UNKNOWN) {
        fputs("<td>–</td>", stream);
        return;
    }
    fputs("<td>", stream);
    va_start(args, of);
    count_number(stream, value, of, args);
    va_end(args);
    fputs("</td>", stream);
}

const char *html_unit(const char *unit)
{
    static const char *const units[][2] = {
        {"us", "µs"}, {"uJ", "µJ"}, {"1/s", "tokens/s"}, {"1", ""}};

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(unit, units[i][0]) == 0)
            return units[i][1];
    return unit;
}

void html_page_begin(FILE *stream, const char *rules, const char *title, ...)
{
    char text[TEXT_BYTES];
    va_list args;

    va_start(args, title);
    vsnprintf(text, sizeof text, title, args);
    va_end(args);
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
          "<title>",
          stream);
    html_text(stream, text);
    fputs("</title>\n", stream);
    html_style(stream);
    if (rules != NULL)
        fprintf(stream, "<style>\n%s\n</style>\n", rules);
    fputs("</head>\n<body>\n<main>\n", stream);
}

void html_main_end(FILE *stream)
{
    fputs("</main>\n", stream);
}

void html_page_end(FILE *stream)
{
    fputs("</body>\n</html>\n", stream);
}

void html_list_begin(FILE *stream)
{
    fputs("<nav aria-label=\"Sections\"><ul>", stream);
}

void html_list_item(FILE *stream, const char *id, const char *title)
{
    fprintf(stream, "<li><a href=\"#%s\">%s</a></li>", id, title);
}

void html_list_end(FILE *stream)
{
    fputs("</ul></nav>\n", stream);
}

void html_section(FILE *stream, const char *id, const char *title)
{
    fprintf(stream, "<section id=\"%s\" aria-labelledby=\"%s-h\">\n<h2 id=\"%s-h\">%s</h2>\n", id,
            id, id, title);
}

void html_section_end(FILE *stream)
{
    fputs("</section>\n", stream);
}

void html_details(FILE *stream, const char *summary)
{
    fprintf(stream, "<details>\n<summary>%s</summary>\n", summary);
}

void html_details_end(FILE *stream)
{
    fputs("</details>\n", stream);
}

void html_table(FILE *stream, const char *label, const char *file)
{
    fprintf(stream,
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">\n<table",
            label);
    if (file != NULL)
        fprintf(stream, " data-file=\"%s\"", file);
    fputs(">\n", stream);
}

void html_table_end(FILE *stream)
{
    fputs("</tbody></table>\n</div>\n", stream);
}

void html_head_cell(FILE *stream, const char *title, const char *field, bool is_number)
{
    fprintf(stream, "<th scope=\"col\"%s", is_number ? "" : " class=\"l\"");
    if (field != NULL)
        fprintf(stream, " data-field=\"%s\"", field);
    fprintf(stream, ">%s</th>", title);
}

void html_row(FILE *stream, const char *key)
{
    fputs("<tr><th scope=\"row\">", stream);
    html_text(stream, key);
    fputs("</th>", stream);
}
