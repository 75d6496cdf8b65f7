/* html_page.c - the frame of the page: head, list of sections, the sections in order.
 *
 * Style sheet and script stand in the page. The script holds `&` and `<`, so that it is in a
 * CDATA section for readers of XML, behind a comment that hides this from readers of HTML.
 * Cost: see sim/html.h. */
#include "html_parts.h"

typedef struct Section {
    const char *id, *title;
    void (*write)(Arena *scratch, const RunView *view, FILE *stream);
} Section;

static void write_origin(Arena *scratch, const RunView *view, FILE *stream)
{
    (void)scratch;
    html_origin(view, stream);
}

static const Section SECTIONS[] = {
    {"plan", "Floor plan", html_plan},      {"timeline", "Timeline", html_timeline},
    {"energy", "Energy", html_energy},      {"memory", "Memory", html_memory},
    {"latency", "Latency", html_latency},   {"macs", "MACs", html_macs},
    {"spread", "Intervals", html_spread},   {"mapping", "Mapping", html_mapping},
    {"origin", "Provenance", write_origin},
};
enum { N_SECTIONS = sizeof SECTIONS / sizeof SECTIONS[0] };

static void write_head(const RunView *view, FILE *stream)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
          "<title>",
          stream);
    html_textf(stream, "%s on %s: Egret report", view->report->text.network,
               view->report->text.chip);
    fputs("</title>\n", stream);
    html_style(stream);
    fputs("</head>\n<body>\n<main>\n", stream);
}

static void write_list(FILE *stream)
{
    fputs("<nav aria-label=\"Sections\"><ul>", stream);
    for (int i = 0; i < N_SECTIONS; i++)
        fprintf(stream, "<li><a href=\"#%s\">%s</a></li>", SECTIONS[i].id, SECTIONS[i].title);
    fputs("</ul></nav>\n", stream);
}

void html_write(Arena *scratch, const RunView *view, FILE *stream)
{
    write_head(view, stream);
    html_summary(view, stream);
    write_list(stream);
    for (int i = 0; i < N_SECTIONS; i++)
        SECTIONS[i].write(scratch, view, stream);
    fputs("</main>\n", stream);
    html_script(stream);
    fputs("</body>\n</html>\n", stream);
}
