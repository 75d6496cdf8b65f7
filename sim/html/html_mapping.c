/* html_mapping.c - what the compiler made of the network: layers, slices, formats, and which cores
 * hold which layer.
 *
 * The strip has a row per layer and a column per core in use, in the order of their ids; cores that
 * follow one another are one rectangle. Of more than MOST_LAYERS layers the first are drawn. Cost:
 * O(cores x layers).
 */
#include <inttypes.h>
#include <stdlib.h>

#include "html_parts.h"

enum { MOST_LAYERS = 32 };

typedef struct Column {
    const char *title;
    size_t offset; /* of the field in ReportLayer, a uint64_t                          */
    const char *field;
} Column;

#define COLUMN(title, field)                        \
    {                                               \
        title, offsetof(ReportLayer, field), #field \
    }

static void write_layers(const Report *report, FILE *stream)
{
    static const Column columns[] = {
        COLUMN("inputs", inputs),
        COLUMN("units", units),
        COLUMN("weights, dense", dense_weights),
        COLUMN("stored", stored_weights),
        COLUMN("cores", cores),
        COLUMN("slices", slices),
        COLUMN("units a slice, least", min_units_per_slice),
        COLUMN("most", max_units_per_slice),
        COLUMN("source", source_matrices),
        COLUMN("target", target_matrices),
        COLUMN("bitmap", bitmap_matrices),
        COLUMN("dense", dense_matrices),
        COLUMN("index bits", max_index_bits),
        COLUMN("most weights on a core", most_weights_on_a_core),
        COLUMN("events", events),
        COLUMN("deliveries", deliveries),
        COLUMN("synaptic operations", synaptic_ops),
    };
    enum { N_COLUMNS = sizeof columns / sizeof columns[0] };

    html_table(stream, "Layers", NULL);
    fputs("<thead><tr>", stream);
    html_head_cell(stream, "layer", NULL, false);
    html_head_cell(stream, "cell", NULL, false);
    for (size_t c = 0; c < N_COLUMNS; c++)
        html_head_cell(stream, columns[c].title, NULL, true);
    html_head_cell(stream, "active", NULL, true);
    fputs("</tr></thead><tbody>\n", stream);
    for (uint32_t i = 0; i < report->n_layers; i++) {
        const ReportLayer *layer = &report->layer[i];
        html_row(stream, layer->name);
        fputs("<td class=\"l\">", stream);
        html_text(stream, layer->cell);
        fputs("</td>", stream);
        for (size_t c = 0; c < N_COLUMNS; c++)
            html_count_cell(stream, *(const uint64_t *)((const char *)layer + columns[c].offset),
                            "layers.%u.%s", (unsigned)i, columns[c].field);
        fputs("<td>", stream);
        html_percent(stream, layer->activity, "layers.%u.activity", (unsigned)i);
        fputs("</td></tr>\n", stream);
    }
    html_table_end(stream);
}

/* ---- the strip -------------------- */

/* Is the number among those that "+" joins? */
static bool holds(const char *layers, uint32_t layer)
{
    while (*layers) {
        char *end;
        const unsigned long number = strtoul(layers, &end, 10);
        if (end == layers)
            return false;
        if (number == layer)
            return true;
        layers = *end == '+' ? end + 1 : end;
    }
    return false;
}

static void write_strip_row(const RunView *view, uint32_t layer, FILE *stream)
{
    const double width = 1000.0 / view->n_cores;

    fprintf(
        stream,
        "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" role=\"img\" "
        "aria-label=\"Cores that hold a part of the layer\"><rect class=\"saved\" width=\"1000\" "
        "height=\"10\"/>");
    for (uint32_t i = 0; i < view->n_cores;) {
        uint32_t end = i;
        while (end < view->n_cores && holds(view->core[end].layers, layer))
            end++;
        if (end > i)
            fprintf(stream,
                    "<rect class=\"p0\" x=\"%.2f\" width=\"%.2f\" height=\"10\"><title>cores "
                    "%" PRIu64 " to %" PRIu64 "</title></rect>",
                    i * width, (end - i) * width, view->core[i].id, view->core[end - 1].id);
        i = end > i ? end : i + 1;
    }
    fputs("</svg>", stream);
}

static void write_strip(const RunView *view, FILE *stream)
{
    const Report *report = view->report;
    const uint32_t n = report->n_layers < MOST_LAYERS ? report->n_layers : MOST_LAYERS;

    if (view->n_cores == 0)
        return;
    fprintf(
        stream,
        "<figure class=\"card\">\n<figcaption>Which of the %s cores in use hold a part of which "
        "layer, by core id%s</figcaption>\n<div class=\"bars\">\n",
        number_text(view->n_cores).text, n < report->n_layers ? " (the first layers)" : "");
    for (uint32_t i = 0; i < n; i++) {
        fputs("<div class=\"row\"><span class=\"what\">", stream);
        html_text(stream, report->layer[i].name);
        fputs("</span>", stream);
        write_strip_row(view, i, stream);
        fputs("<span class=\"much\">", stream);
        html_count(stream, report->layer[i].cores, "layers.%u.cores", (unsigned)i);
        fputs(" cores</span></div>\n", stream);
    }
    fputs("</div>\n</figure>\n", stream);
}

void html_mapping(Arena *scratch, const RunView *view, FILE *stream)
{
    const ReportMapping *mapping = &view->report->mapping;

    (void)scratch;
    html_section(stream, "mapping", "What the compiler made of it");
    fputs("<p>", stream);
    html_count(stream, mapping->cores_used, "mapping.cores_used");
    fputs(" of ", stream);
    html_count(stream, mapping->cores_usable, "mapping.cores_usable");
    fputs(
        " usable cores hold a part of a layer. Input and recurrent matrices of the parts stand by "
        "weight format under source, target, bitmap and dense; events, deliveries and synaptic "
        "operations are of the simulated steps.</p>\n",
        stream);
    write_layers(view->report, stream);
    write_strip(view, stream);
    html_section_end(stream);
}
