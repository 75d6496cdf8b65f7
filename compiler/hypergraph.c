/* hypergraph.c - a layer as a hypergraph, and what a split of it delivers.
 *
 * Weights of several gates between the same source and unit are one pin. Vertices list their edges
 * by a counting sort over the pins. Cost: O(stored weights) time, 8 bytes a pin.
 */
#include "hypergraph.h"

#include <string.h>

#include "base/check.h"

enum { SAMPLE = 256 }; /* sources looked at by hypergraph_structure */

typedef struct Builder {
    uint64_t *edge_start;
    uint32_t *pin, *seen; /* seen: [n_vertices] 1 + edge that had it last */
    double *rate;
    uint32_t n_edges, n_vertices;
    uint64_t n_pins;
} Builder;

static void sort_pins(uint32_t *pin, uint64_t n)
{
    for (uint64_t gap = n / 2; gap > 0; gap /= 2) /* Shell: rows are short, and sorted in runs */
        for (uint64_t i = gap; i < n; i++) {
            uint32_t moved = pin[i];
            uint64_t at = i;
            for (; at >= gap && pin[at - gap] > moved; at -= gap)
                pin[at] = pin[at - gap];
            pin[at] = moved;
        }
}

static void add_rows(Builder *build, const SparseRows *rows, const double *rate)
{
    for (uint32_t row = 0; row < rows->n_rows; row++) {
        uint64_t first = build->n_pins;
        uint32_t edge = build->n_edges++;
        for (uint64_t i = rows->row_start[row]; i < rows->row_start[row + 1]; i++) {
            uint32_t unit = rows->col[i] % build->n_vertices;
            if (build->seen[unit] == edge + 1)
                continue;
            build->seen[unit] = edge + 1;
            build->pin[build->n_pins++] = unit;
        }
        sort_pins(build->pin + first, build->n_pins - first);
        build->rate[edge] = rate[row];
        build->edge_start[edge + 1] = build->n_pins;
    }
}

static void turn_round(Arena *scratch, Hypergraph *graph)
{
    uint64_t *start = ARENA_ARRAY(scratch, uint64_t, (size_t)graph->n_vertices + 1);
    uint64_t *at = ARENA_ARRAY(scratch, uint64_t, graph->n_vertices);
    uint32_t *edge = ARENA_ARRAY(scratch, uint32_t, graph->n_pins);
    for (uint64_t i = 0; i < graph->n_pins; i++)
        start[graph->pin[i] + 1]++;
    for (uint32_t v = 0; v < graph->n_vertices; v++) {
        start[v + 1] += start[v];
        at[v] = start[v];
    }
    for (uint32_t e = 0; e < graph->n_edges; e++)
        for (uint64_t i = graph->edge_start[e]; i < graph->edge_start[e + 1]; i++)
            edge[at[graph->pin[i]]++] = e;
    graph->vertex_start = start;
    graph->vertex_edge = edge;
}

const Hypergraph *hypergraph_of_layer(Arena *scratch, const Mapping *mapping, uint32_t l)
{
    const Layer *layer = &mapping->network->layer[l];
    uint64_t n_weights = layer->input.n_nonzeros + layer->recurrent.n_nonzeros;
    size_t n_edges = (size_t)layer->n_inputs + layer->n_units;
    Builder build = {.edge_start = ARENA_ARRAY(scratch, uint64_t, n_edges + 1),
                     .pin = ARENA_ARRAY(scratch, uint32_t, n_weights),
                     .seen = ARENA_ARRAY(scratch, uint32_t, layer->n_units),
                     .rate = ARENA_ARRAY(scratch, double, n_edges),
                     .n_vertices = layer->n_units};
    add_rows(&build, &layer->input, l == 0 ? mapping->rates->input : mapping->rates->layer[l - 1]);
    add_rows(&build, &layer->recurrent, mapping->rates->layer[l]);
    uint64_t *bytes = ARENA_ARRAY(scratch, uint64_t, layer->n_units);
    double *work = ARENA_ARRAY(scratch, double, layer->n_units);
    uint32_t index_bytes = part_index_bytes(mapping, l);
    for (uint32_t u = 0; u < layer->n_units; u++) {
        bytes[u] = unit_bytes(mapping, l, u, index_bytes);
        work[u] = unit_cycles(mapping, l, u);
    }
    Hypergraph *graph = ARENA_ARRAY(scratch, Hypergraph, 1);
    *graph = (Hypergraph){.n_vertices = layer->n_units,
                          .n_edges = build.n_edges,
                          .n_pins = build.n_pins,
                          .edge_start = build.edge_start,
                          .pin = build.pin,
                          .rate = build.rate,
                          .bytes = bytes,
                          .work = work};
    turn_round(scratch, graph);
    return graph;
}

/* Edges that two vertices have in common. */
static uint64_t shared_edges(const Hypergraph *graph, uint32_t a, uint32_t b)
{
    uint64_t i = graph->vertex_start[a], j = graph->vertex_start[b], n = 0;
    while (i < graph->vertex_start[a + 1] && j < graph->vertex_start[b + 1]) {
        uint32_t x = graph->vertex_edge[i], y = graph->vertex_edge[j];
        n += x == y;
        i += x <= y;
        j += y <= x;
    }
    return n;
}

double hypergraph_structure(const Hypergraph *graph)
{
    double shared = 0.0, expected = 0.0;
    for (uint32_t s = 0; s < SAMPLE; s++) {
        uint32_t e = (uint32_t)((uint64_t)s * graph->n_edges / SAMPLE);
        uint64_t n = graph->edge_start[e + 1] - graph->edge_start[e];
        if (n < 2)
            continue;
        uint32_t a = graph->pin[graph->edge_start[e] + s % (n / 2)];
        uint32_t b = graph->pin[graph->edge_start[e] + n / 2 + s % (n - n / 2)];
        double n_a = (double)(graph->vertex_start[a + 1] - graph->vertex_start[a]);
        double n_b = (double)(graph->vertex_start[b + 1] - graph->vertex_start[b]);
        shared += (double)shared_edges(graph, a, b) - 1.0; /* without the one that led here */
        expected += (n_a - 1.0) * (n_b - 1.0) / graph->n_edges;
    }
    return expected > 0.0 ? shared / expected : 1.0;
}

/* Parts with a pin of each edge, by its rate or by 1. */
static double sum_parts(Arena *scratch, const Hypergraph *graph, const uint32_t *part,
                        uint32_t n_parts, bool by_rate)
{
    uint32_t *seen = ARENA_ARRAY(scratch, uint32_t, n_parts);
    double sum = 0.0;
    for (uint32_t e = 0; e < graph->n_edges; e++)
        for (uint64_t i = graph->edge_start[e]; i < graph->edge_start[e + 1]; i++) {
            uint32_t p = part[graph->pin[i]];
            CHECK(p < n_parts);
            if (seen[p] == e + 1)
                continue;
            seen[p] = e + 1;
            sum += by_rate ? graph->rate[e] : 1.0;
        }
    return sum;
}

double hypergraph_deliveries(Arena *scratch, const Hypergraph *graph, const uint32_t *part,
                             uint32_t n_parts)
{
    return sum_parts(scratch, graph, part, n_parts, true);
}

uint64_t hypergraph_pairs(Arena *scratch, const Hypergraph *graph, const uint32_t *part,
                          uint32_t n_parts)
{
    return (uint64_t)sum_parts(scratch, graph, part, n_parts, false);
}

PartLimits part_limits(const Mapping *mapping, const Hypergraph *graph, uint32_t layer)
{
    uint32_t n_parts = mapping->core_count[layer];
    double sum = 0.0, most = 0.0;
    for (uint32_t v = 0; v < graph->n_vertices; v++) {
        sum += graph->work[v];
        most = graph->work[v] > most ? graph->work[v] : most;
    }
    double tenth = 0.1 * sum / n_parts; /* no less than one unit of room */
    return (PartLimits){.bytes = part_bytes_limit(mapping, layer),
                        .work = sum / n_parts + (tenth > most ? tenth : most)};
}
