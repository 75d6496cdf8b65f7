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

void html_write(Arena *scratch, const RunView *view, FILE *stream)
{
    html_page_begin(stream, NULL, "%s on %s: Egret report", view->report->text.network,
                    view->report->text.chip);
    html_summary(view, stream);
    html_list_begin(stream);
    for (int i = 0; i < N_SECTIONS; i++)
        html_list_item(stream, SECTIONS[i].id, SECTIONS[i].title);
    html_list_end(stream);
    for (int i = 0; i < N_SECTIONS; i++)
        SECTIONS[i].write(scratch, view, stream);
    html_main_end(stream);
    html_script(stream);
    html_page_end(stream);
}
