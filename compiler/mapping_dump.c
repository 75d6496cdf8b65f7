/* mapping_dump.c - a Mapping as aligned text, as far as it has got: what `--dump` prints.
 *
 * Layers, then one line a slice, then one line a core, then one line a route; columns whose part is
 * not there yet are left out. Fixed order and formats, so that dumps can be compared.
 */
#include "mapping.h"

#include <inttypes.h>

#include "needs.h"
#include "trees.h"

static void dump_layers(const Mapping *mapping, FILE *stream)
{
    const Network *network = mapping->network;
    fprintf(stream, "%-16s %9s %9s %12s %7s\n", "layer", "inputs", "units", "weights", "cores");
    for (uint32_t l = 0; l < network->n_layers; l++) {
        const Layer *layer = &network->layer[l];
        fprintf(stream, "%-16s %9" PRIu32 " %9" PRIu32 " %12" PRIu64 " %7" PRIu32 "\n", layer->name,
                layer->n_inputs, layer->n_units,
                layer->input.n_nonzeros + layer->recurrent.n_nonzeros, mapping->core_count[l]);
    }
}

/* "source/8", "source/16d" with delta-coded indices, "bitmap" */
static void dump_format(const MatrixImage *matrix, FILE *stream)
{
    char text[32];
    if (format_has_indices(matrix->format))
        snprintf(text, sizeof text, "%s/%" PRIu32 "%s", format_name(matrix->format),
                 matrix->index_bytes * 8, matrix->index_delta ? "d" : "");
    else
        snprintf(text, sizeof text, "%s", format_name(matrix->format));
    fprintf(stream, " %13s", text);
}

static void dump_formats(const Mapping *mapping, const SliceProgram *slice, FILE *stream)
{
    dump_format(&slice->input, stream);
    dump_format(&slice->recurrent, stream);
    fprintf(stream, " %10.1f", estimate_slice_cycles(mapping, slice));
}

static void dump_slice(const Mapping *mapping, uint32_t s, FILE *stream)
{
    const SliceProgram *slice = &mapping->slice[s];
    fprintf(stream, "%7" PRIu32 " %7" PRIu32 " %9" PRIu32 " %9" PRIu32 " %12" PRIu64, s,
            slice->layer, slice->first_position, slice->n_units,
            slice->input.n_weights + slice->recurrent.n_weights);
    if (mapping->has & MAP_HAS_PLACE)
        fprintf(stream, " %7" PRIu32, mapping->core_of[s]);
    if (mapping->has & MAP_HAS_FORMAT)
        dump_formats(mapping, slice, stream);
    if (mapping->has & MAP_HAS_KEYS)
        fprintf(stream, " %10" PRIu32 " %10" PRIu32, slice->key, slice->marker_key);
    fputc('\n', stream);
}

static void dump_slices(const Mapping *mapping, FILE *stream)
{
    fprintf(stream, "\n%7s %7s %9s %9s %12s", "slice", "layer", "first", "units", "weights");
    if (mapping->has & MAP_HAS_PLACE)
        fprintf(stream, " %7s", "core");
    if (mapping->has & MAP_HAS_FORMAT)
        fprintf(stream, " %13s %13s %10s", "input", "recurrent", "cycles");
    if (mapping->has & MAP_HAS_KEYS)
        fprintf(stream, " %10s %10s", "key", "marker");
    fputc('\n', stream);
    for (uint32_t s = 0; s < mapping->n_slices; s++)
        dump_slice(mapping, s, stream);
}

static void dump_cores(const Mapping *mapping, FILE *stream)
{
    fprintf(stream, "\n%7s %7s", "core", "slices");
    for (int region = 0; region < N_REGIONS; region++)
        fprintf(stream, " %13s", region_name((Region)region));
    fprintf(stream, " %10s %10s\n", "system", "data");
    for (uint32_t c = 0; c < mapping->n_slots; c++) {
        const CoreUse *use = &mapping->core[c];
        fprintf(stream, "%7" PRIu32 " %7" PRIu32, use->core, use->n_slices);
        for (int region = 0; region < N_REGIONS; region++)
            fprintf(stream, " %13" PRIu64, use->region_bytes[region]);
        fprintf(stream, " %10" PRIu64 " %10" PRIu64 "\n", memory_bytes(use->region_bytes, 0),
                memory_bytes(use->region_bytes, 1));
    }
}

/* "0-49 100 102" */
static void dump_core_list(const RouteEntry *route, FILE *stream)
{
    for (uint32_t i = 0; i < route->n_cores;) {
        uint32_t end = i + 1;
        while (end < route->n_cores && route->core[end] == route->core[end - 1] + 1)
            end++;
        fprintf(stream, " %" PRIu32, route->core[i]);
        if (end - i > 1)
            fprintf(stream, "-%" PRIu32, route->core[end - 1]);
        i = end;
    }
}

static void dump_table(const RouterTable *table, FILE *stream)
{
    fprintf(stream, "\n%10s %10s %7s  %s\n", "key", "mask", "copies", "to");
    for (uint32_t i = 0; i < table->n_entries; i++) {
        const RouteEntry *entry = &table->entry[i];
        fprintf(stream, "0x%08" PRIx32 " 0x%08" PRIx32 " %7" PRIu32 " ", entry->key, entry->mask,
                entry->n_cores + entry->n_links + (entry->to_host ? 1 : 0));
        dump_core_list(entry, stream);
        for (uint32_t k = 0; k < entry->n_links; k++)
            fprintf(stream, " link %" PRIu32, entry->link[k]);
        fprintf(stream, "%s\n", entry->to_host ? " host" : "");
    }
}

/* One line for each sender, with the size of the tree that it takes part of. */
static void dump_trees(const Mapping *mapping, FILE *stream)
{
    fprintf(stream, "\n%10s %7s %7s %7s %7s %7s\n", "key", "keys", "router", "cores", "tree",
            "links");
    for (uint32_t s = 0; s < mapping->needs->n_senders; s++) {
        const Sender *sender = &mapping->needs->sender[s];
        uint32_t tree = mapping->trees->tree_of[s];
        fprintf(stream,
                "%10" PRIu32 " %7" PRIu32 " %7" PRIu32 " %7" PRIu32 " %7" PRIu32 " %7" PRIu32 "\n",
                sender->key, sender->n_keys, sender->router, sender->n_cores, tree,
                mapping->trees->tree[tree].n_links);
    }
}

/* The router's number stands above its table if there are several; empty ones are left out. */
static void dump_routes(const Mapping *mapping, FILE *stream)
{
    for (uint32_t t = 0; t < mapping->n_tables; t++) {
        if (mapping->n_tables > 1 && mapping->table[t].n_entries == 0)
            continue;
        if (mapping->n_tables > 1)
            fprintf(stream, "\nrouter %" PRIu32, t);
        dump_table(&mapping->table[t], stream);
    }
}

void mapping_dump(const Mapping *mapping, const char *pass, FILE *stream)
{
    fprintf(stream, "mapping of %s onto %s after pass %s\n", mapping->network->name,
            mapping->chip->name, pass);
    if (mapping->has & MAP_HAS_COUNTS)
        dump_layers(mapping, stream);
    if (mapping->has & MAP_HAS_SLICES)
        dump_slices(mapping, stream);
    if (mapping->has & MAP_HAS_MEMORY)
        dump_cores(mapping, stream);
    if ((mapping->has & MAP_HAS_ROUTES) && !(mapping->has & MAP_HAS_TABLES))
        dump_trees(mapping, stream);
    if (mapping->has & MAP_HAS_TABLES)
        dump_routes(mapping, stream);
    fputc('\n', stream);
}
