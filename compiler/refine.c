/* refine.c - pin counts of a split, and its refinement by moves and exchanges.
 *
 * For each edge the parts that have a pin of it are listed with their number of pins, so that what
 * a move saves is known from the lists of the vertex's edges: the edges that leave its part
 * altogether, less those that are new to the other. Refinement looks at all vertices in a shuffled
 * order (fixed seed), pass after pass. A vertex goes where it saves most if there is room; where
 * there is none, the vertex of that part that loses least comes back in exchange, if both together
 * save. The ideas are those of Kernighan and Lin (1970) and Fiduccia and Mattheyses (1982), with
 * rates and two loads; only steps that save are kept, so the result is never worse than the start.
 * Cost: O(pins * parts with a pin) a pass, at most MAX_PASSES and STEPS_PER_PIN for each pin.
 */
#include "hypergraph.h"

#include <string.h>

#include "base/check.h"
#include "base/rng.h"

enum { MAX_PASSES = 30, MAX_PARTNERS = 12, STEPS_PER_PIN = 4000 };
static const uint64_t MAX_STEPS = 100000000; /* some tenths of a second */
static const double LEAST_GAIN = 1e-9;

PinCounts pins_new(Arena *scratch, const Hypergraph *graph, uint32_t n_parts, uint32_t *part)
{
    PinCounts pins = {.graph = graph,
                      .n_parts = n_parts,
                      .part = part,
                      .first = ARENA_ARRAY(scratch, uint64_t, (size_t)graph->n_edges + 1),
                      .n_touched = ARENA_ARRAY(scratch, uint32_t, graph->n_edges),
                      .bytes = ARENA_ARRAY(scratch, uint64_t, n_parts),
                      .work = ARENA_ARRAY(scratch, double, n_parts),
                      .present = ARENA_ARRAY(scratch, double, n_parts),
                      .candidate = ARENA_ARRAY(scratch, uint32_t, n_parts)};
    for (uint32_t e = 0; e < graph->n_edges; e++) {
        uint64_t n = graph->edge_start[e + 1] - graph->edge_start[e];
        pins.first[e + 1] = pins.first[e] + (n < n_parts ? n : n_parts);
    }
    pins.count = ARENA_ARRAY(scratch, PinCount, pins.first[graph->n_edges]);
    for (uint32_t v = 0; v < graph->n_vertices; v++) {
        uint32_t to = part[v];
        part[v] = UINT32_MAX;
        if (to != UINT32_MAX)
            pins_move(&pins, v, to);
    }
    return pins;
}

static PinCount *find_count(PinCounts *pins, uint32_t edge, uint32_t part)
{
    PinCount *count = &pins->count[pins->first[edge]];
    uint32_t n = pins->n_touched[edge];
    for (uint32_t i = 0; i < n; i++)
        if (count[i].part == part)
            return &count[i];
    return NULL;
}

static void leave_edge(PinCounts *pins, uint32_t edge, uint32_t part)
{
    PinCount *count = find_count(pins, edge, part);
    CHECK(count != NULL);
    if (--count->n == 0)
        *count = pins->count[pins->first[edge] + --pins->n_touched[edge]];
}

static void enter_edge(PinCounts *pins, uint32_t edge, uint32_t part)
{
    PinCount *count = find_count(pins, edge, part);
    if (count != NULL)
        count->n++;
    else
        pins->count[pins->first[edge] + pins->n_touched[edge]++] = (PinCount){part, 1};
}

void pins_move(PinCounts *pins, uint32_t vertex, uint32_t to)
{
    const Hypergraph *graph = pins->graph;
    uint32_t from = pins->part[vertex];
    for (uint64_t i = graph->vertex_start[vertex]; i < graph->vertex_start[vertex + 1]; i++) {
        uint32_t edge = graph->vertex_edge[i];
        pins->n_steps += pins->n_touched[edge];
        if (from != UINT32_MAX)
            leave_edge(pins, edge, from);
        enter_edge(pins, edge, to);
    }
    if (from != UINT32_MAX) {
        pins->bytes[from] -= graph->bytes[vertex];
        pins->work[from] -= graph->work[vertex];
    }
    pins->bytes[to] += graph->bytes[vertex];
    pins->work[to] += graph->work[vertex];
    pins->part[vertex] = to;
}

double pins_gain(PinCounts *pins, uint32_t vertex, uint32_t to)
{
    const Hypergraph *graph = pins->graph;
    double gain = 0.0;
    for (uint64_t i = graph->vertex_start[vertex]; i < graph->vertex_start[vertex + 1]; i++) {
        uint32_t edge = graph->vertex_edge[i];
        const PinCount *count = &pins->count[pins->first[edge]];
        bool alone = false, there = false;
        pins->n_steps += pins->n_touched[edge];
        for (uint32_t k = 0; k < pins->n_touched[edge]; k++) {
            alone = alone || (count[k].part == pins->part[vertex] && count[k].n == 1);
            there = there || count[k].part == to;
        }
        gain += graph->rate[edge] * ((int)alone - (int)!there);
    }
    return gain;
}

static bool has_room(const PinCounts *pins, uint32_t vertex, uint32_t part,
                     const PartLimits *limits)
{
    return pins->bytes[part] + pins->graph->bytes[vertex] <= limits->bytes &&
           pins->work[part] + pins->graph->work[vertex] <= limits->work;
}

uint32_t pins_find_part(PinCounts *pins, uint32_t vertex, const PartLimits *limits, bool with_room,
                        double *gain)
{
    const Hypergraph *graph = pins->graph;
    uint32_t n = 0, own = pins->part[vertex], best = UINT32_MAX;
    double all = 0.0, saved = 0.0;
    for (uint64_t i = graph->vertex_start[vertex]; i < graph->vertex_start[vertex + 1]; i++) {
        uint32_t edge = graph->vertex_edge[i];
        const PinCount *count = &pins->count[pins->first[edge]];
        double rate = graph->rate[edge] + LEAST_GAIN;
        all += rate;
        pins->n_steps += pins->n_touched[edge];
        for (uint32_t k = 0; k < pins->n_touched[edge]; k++) {
            if (count[k].part == own) {
                saved += count[k].n == 1 ? rate : 0.0;
                continue;
            }
            if (pins->present[count[k].part] == 0.0)
                pins->candidate[n++] = count[k].part;
            pins->present[count[k].part] += rate;
        }
    }
    double most = -1.0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t part = pins->candidate[i];
        double present = pins->present[part];
        pins->present[part] = 0.0;
        bool better = present > most || (present == most && pins->work[part] < pins->work[best]);
        if (better && (!with_room || has_room(pins, vertex, part, limits))) {
            most = present;
            best = part;
        }
    }
    *gain = saved - (all - most);
    return best;
}

typedef struct Refinement {
    PinCounts *pins;
    const PartLimits *limits;
    uint32_t *member, *start; /* vertices by part at the start of the pass: partners to try */
    uint64_t end_steps;
} Refinement;

static void list_members(Refinement *refine)
{
    const PinCounts *pins = refine->pins;
    uint32_t n_vertices = pins->graph->n_vertices;
    memset(refine->start, 0, ((size_t)pins->n_parts + 1) * sizeof *refine->start);
    for (uint32_t v = 0; v < n_vertices; v++)
        refine->start[pins->part[v] + 1]++;
    for (uint32_t p = 0; p < pins->n_parts; p++)
        refine->start[p + 1] += refine->start[p];
    for (uint32_t v = 0; v < n_vertices; v++)
        refine->member[refine->start[pins->part[v]]++] = v;
    for (uint32_t p = pins->n_parts; p > 0; p--)
        refine->start[p] = refine->start[p - 1];
    refine->start[0] = 0;
}

/* Is a part within its limits, or at least no fuller than before? */
static bool part_is_good(const Refinement *refine, uint32_t part, uint64_t bytes, double work)
{
    const PinCounts *pins = refine->pins;
    return (pins->bytes[part] <= refine->limits->bytes || pins->bytes[part] <= bytes) &&
           (pins->work[part] <= refine->limits->work || pins->work[part] <= work);
}

/* The vertex goes to `to` and one comes back. The counts are moved and, if it does not pay, moved
 * back. */
static bool try_exchange(Refinement *refine, uint32_t vertex, uint32_t to, double gain)
{
    PinCounts *pins = refine->pins;
    uint32_t from = pins->part[vertex], best = UINT32_MAX;
    uint64_t bytes_from = pins->bytes[from], bytes_to = pins->bytes[to];
    double work_from = pins->work[from], work_to = pins->work[to], best_gain = LEAST_GAIN;
    uint32_t n = refine->start[to + 1] - refine->start[to];
    uint32_t step = n / MAX_PARTNERS + 1;
    pins_move(pins, vertex, to);
    for (uint32_t i = vertex % step; i < n; i += step) {
        uint32_t other = refine->member[refine->start[to] + i];
        if (pins->part[other] != to || other == vertex)
            continue;
        double both = gain + pins_gain(pins, other, from);
        if (both <= best_gain)
            continue;
        pins->bytes[to] -= pins->graph->bytes[other];
        pins->work[to] -= pins->graph->work[other];
        pins->bytes[from] += pins->graph->bytes[other];
        pins->work[from] += pins->graph->work[other];
        if (part_is_good(refine, from, bytes_from, work_from) &&
            part_is_good(refine, to, bytes_to, work_to)) {
            best = other;
            best_gain = both;
        }
        pins->bytes[to] += pins->graph->bytes[other];
        pins->work[to] += pins->graph->work[other];
        pins->bytes[from] -= pins->graph->bytes[other];
        pins->work[from] -= pins->graph->work[other];
    }
    if (best == UINT32_MAX) {
        pins_move(pins, vertex, from);
        return false;
    }
    pins_move(pins, best, from);
    return true;
}

static bool improve_vertex(Refinement *refine, uint32_t vertex)
{
    PinCounts *pins = refine->pins;
    double gain;
    uint32_t to = pins_find_part(pins, vertex, refine->limits, true, &gain);
    if (to != UINT32_MAX && gain > LEAST_GAIN) {
        pins_move(pins, vertex, to);
        return true;
    }
    to = pins_find_part(pins, vertex, refine->limits, false, &gain);
    return to != UINT32_MAX && gain > LEAST_GAIN && try_exchange(refine, vertex, to, gain);
}

void pins_refine(Arena *scratch, PinCounts *pins, const PartLimits *limits)
{
    uint32_t n_vertices = pins->graph->n_vertices;
    uint64_t steps = pins->graph->n_pins * STEPS_PER_PIN;
    Refinement refine = {.pins = pins,
                         .limits = limits,
                         .member = ARENA_ARRAY(scratch, uint32_t, n_vertices),
                         .start = ARENA_ARRAY(scratch, uint32_t, (size_t)pins->n_parts + 1),
                         .end_steps = pins->n_steps + (steps < MAX_STEPS ? steps : MAX_STEPS)};
    uint32_t *order = ARENA_ARRAY(scratch, uint32_t, n_vertices);
    Rng rng = rng_make(1, 1);
    for (uint32_t v = 0; v < n_vertices; v++)
        order[v] = v;
    bool improved = true;
    for (int pass = 0; pass < MAX_PASSES && improved; pass++) {
        improved = false;
        list_members(&refine);
        for (uint32_t i = n_vertices; i > 1; i--) {
            uint32_t j = (uint32_t)rng_below(&rng, i), moved = order[i - 1];
            order[i - 1] = order[j];
            order[j] = moved;
        }
        for (uint32_t i = 0; i < n_vertices && pins->n_steps < refine.end_steps; i++)
            improved |= improve_vertex(&refine, order[i]);
    }
}
