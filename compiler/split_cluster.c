/* split_cluster.c - units with the same sources on the same core: METIS, then our own refinement.
 *
 * METIS (Karypis and Kumar 1998) cuts a graph: units, and the layer's inputs as vertices without
 * weight, joined by edges that are as heavy as the rates of the weights between them. A cut edge
 * stands for a delivery, but counts each target where one delivery serves all targets on a core.
 * So its parts are only the start; pins_refine moves units on the true cost, the sum of rate *
 * (parts with a pin), within SRAM (hard) and work (a tenth over the mean). Seeded, so the same
 * everywhere. Parts that come out over the SRAM limit are left to the balanced split.
 * Cost: METIS is about linear in the pins; refinement see there.
 */
#include "hypergraph.h"

#include <metis.h>

#include "base/check.h"

enum { RATE_STEPS = 100, MIN_TOLERANCE = 30, MAX_TOLERANCE = 500 };

static const double WORK_LIMIT = 1.25; /* by the mean: more than that is evened out */

typedef struct Graph { /* as METIS takes it */
    idx_t n_vertices, *start, *neighbour, *edge_weight, *vertex_weight;
} Graph;

/* Vertex of an edge's source: inputs stand after the units. */
static uint32_t source_vertex(const Hypergraph *graph, uint32_t edge)
{
    uint32_t n_inputs = graph->n_edges - graph->n_vertices;
    return edge < n_inputs ? graph->n_vertices + edge : edge - n_inputs;
}

static idx_t weight_of(double rate)
{
    return 1 + (idx_t)(rate * RATE_STEPS);
}

/* Neighbours both ways; a pair that feeds one another stands twice, which METIS takes as one edge
 * of both weights. */
static Graph graph_of(Arena *scratch, const Hypergraph *from)
{
    uint32_t n = from->n_edges;
    Graph graph = {.n_vertices = (idx_t)n,
                   .start = ARENA_ARRAY(scratch, idx_t, (size_t)n + 1),
                   .neighbour = ARENA_ARRAY(scratch, idx_t, 2 * from->n_pins),
                   .edge_weight = ARENA_ARRAY(scratch, idx_t, 2 * from->n_pins),
                   .vertex_weight = ARENA_ARRAY(scratch, idx_t, n)};
    idx_t *at = ARENA_ARRAY(scratch, idx_t, n);
    for (uint32_t e = 0; e < from->n_edges; e++)
        for (uint64_t i = from->edge_start[e]; i < from->edge_start[e + 1]; i++)
            if (source_vertex(from, e) != from->pin[i]) {
                graph.start[source_vertex(from, e) + 1]++;
                graph.start[from->pin[i] + 1]++;
            }
    for (uint32_t v = 0; v < n; v++) {
        at[v] = graph.start[v];
        graph.start[v + 1] += graph.start[v];
    }
    for (uint32_t v = 0; v < n; v++)
        at[v] = graph.start[v];
    for (uint32_t e = 0; e < from->n_edges; e++)
        for (uint64_t i = from->edge_start[e]; i < from->edge_start[e + 1]; i++) {
            uint32_t source = source_vertex(from, e), target = from->pin[i];
            if (source == target)
                continue;
            graph.edge_weight[at[source]] = graph.edge_weight[at[target]] =
                weight_of(from->rate[e]);
            graph.neighbour[at[source]++] = (idx_t)target;
            graph.neighbour[at[target]++] = (idx_t)source;
        }
    for (uint32_t v = 0; v < from->n_vertices; v++)
        graph.vertex_weight[v] = (idx_t)from->bytes[v];
    return graph;
}

/* How much a part may be over the mean, in thousandths: as much as its biggest vertex forces. */
static idx_t tolerance_of(const Hypergraph *graph, uint32_t n_parts)
{
    uint64_t sum = 0, most = 0;
    for (uint32_t v = 0; v < graph->n_vertices; v++) {
        sum += graph->bytes[v];
        most = graph->bytes[v] > most ? graph->bytes[v] : most;
    }
    uint64_t biggest = sum > 0 ? 1000 * most * n_parts / sum / 2 : 0;
    biggest = biggest < MIN_TOLERANCE ? MIN_TOLERANCE : biggest;
    return (idx_t)(biggest > MAX_TOLERANCE ? MAX_TOLERANCE : biggest);
}

bool parts_metis(Arena *scratch, const Hypergraph *graph, uint32_t n_parts, uint32_t *part)
{
    if (graph->n_pins > INT32_MAX / 2)
        return false;
    for (uint32_t v = 0; v < graph->n_vertices; v++)
        part[v] = 0;
    if (n_parts == 1)
        return true;
    Graph from = graph_of(scratch, graph);
    idx_t *result = ARENA_ARRAY(scratch, idx_t, graph->n_edges);
    idx_t options[METIS_NOPTIONS], one = 1, parts = (idx_t)n_parts, cut;
    METIS_SetDefaultOptions(options);
    options[METIS_OPTION_SEED] = 1;
    options[METIS_OPTION_NUMBERING] = 0;
    options[METIS_OPTION_UFACTOR] = tolerance_of(graph, n_parts);
    int status =
        METIS_PartGraphKway(&from.n_vertices, &one, from.start, from.neighbour, from.vertex_weight,
                            NULL, from.edge_weight, &parts, NULL, NULL, options, &cut, result);
    if (status == METIS_ERROR_MEMORY)
        arena_out_of_memory(0); /* never another split because of it */
    for (uint32_t v = 0; v < graph->n_vertices; v++)
        part[v] = (uint32_t)result[v];
    return status == METIS_OK;
}

/* Empties parts that are over the limits into others, what costs least first. */
static void make_room(PinCounts *pins, const PartLimits *limits)
{
    for (uint32_t v = 0; v < pins->graph->n_vertices; v++) {
        uint32_t own = pins->part[v];
        double gain;
        if (pins->bytes[own] <= limits->bytes && pins->work[own] <= limits->work)
            continue;
        uint32_t to = pins_find_part(pins, v, limits, true, &gain);
        if (to != UINT32_MAX)
            pins_move(pins, v, to);
    }
}

/* Where METIS leaves a part with a little too much work, evening it out would cost deliveries: work
 * is the soft load, and what METIS found may stay. */
static void keep_found(const PinCounts *pins, PartLimits *limits)
{
    double sum = 0.0, most = 0.0;
    for (uint32_t p = 0; p < pins->n_parts; p++) {
        sum += pins->work[p];
        most = pins->work[p] > most ? pins->work[p] : most;
    }
    double end = WORK_LIMIT * sum / pins->n_parts;
    if (most > limits->work)
        limits->work = most < end ? most : end;
}

Status parts_cluster(Arena *scratch, const Mapping *mapping, uint32_t layer, uint32_t *part,
                     Err *err)
{
    const Hypergraph *graph = hypergraph_of_layer(scratch, mapping, layer);
    uint32_t n_parts = mapping->core_count[layer];
    PartLimits limits = part_limits(mapping, graph, layer);
    if (!parts_metis(scratch, graph, n_parts, part))
        return parts_balanced(scratch, mapping, layer, part, err);
    PinCounts pins = pins_new(scratch, graph, n_parts, part);
    keep_found(&pins, &limits);
    make_room(&pins, &limits);
    pins_refine(scratch, &pins, &limits);
    for (uint32_t p = 0; p < n_parts; p++)
        if (pins.bytes[p] > limits.bytes)
            return parts_balanced(scratch, mapping, layer, part, err);
    return STATUS_OK;
}

Status split_cluster(Arena *scratch, const Mapping *mapping, Split *split, Err *err)
{
    return split_by_parts(scratch, mapping, parts_cluster, split, err);
}
