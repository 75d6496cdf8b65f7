/* hypergraph.h - a layer's units and the sources that feed them: what clustering works on.
 *
 * A vertex is a unit of the layer, a hyperedge (edge for short) a source: an input of the layer,
 * then, after all inputs, a unit of the layer itself. Its pins are the units it has a weight for,
 * each once however many gates it feeds; its rate is the source's. A source's events go to every
 * part that has a pin, so the deliveries of a split are the sum of rate * (parts with a pin).
 */
#ifndef COMPILER_HYPERGRAPH_H
#define COMPILER_HYPERGRAPH_H

#include "split.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Hypergraph {
    uint32_t n_vertices, n_edges;
    uint64_t n_pins;
    const uint64_t *edge_start;   /* [n_edges + 1]                                       */
    const uint32_t *pin;          /* [n_pins] vertices, ascending in an edge              */
    const double *rate;           /* [n_edges]                                           */
    const uint64_t *vertex_start; /* [n_vertices + 1]                                  */
    const uint32_t *vertex_edge;  /* [n_pins] edges, ascending in a vertex             */
    const uint64_t *bytes;        /* [n_vertices] see unit_bytes                       */
    const double *work;           /* [n_vertices] see unit_cycles                      */
} Hypergraph;

/* hypergraph_of_layer - cost: O(stored weights of the layer) */
const Hypergraph *hypergraph_of_layer(Arena *scratch, const Mapping *mapping, uint32_t layer);

/* hypergraph_structure - how many more sources two targets of one source share than they would by
 * chance: 1 if weights lie at random, large if they lie in blocks. A sample; cost: O(sample *
 * edges of a vertex) */
double hypergraph_structure(const Hypergraph *graph);

/* hypergraph_deliveries - sum of rate * (parts with a pin). hypergraph_pairs - the same, each
 * source counted once whatever its rate. cost: O(pins) */
double hypergraph_deliveries(Arena *scratch, const Hypergraph *graph, const uint32_t *part,
                             uint32_t n_parts);
uint64_t hypergraph_pairs(Arena *scratch, const Hypergraph *graph, const uint32_t *part,
                          uint32_t n_parts);

/* Which parts have how many pins of each edge; kept while vertices move (refine.c). */
typedef struct PinCount {
    uint32_t part, n;
} PinCount;

typedef struct PinCounts {
    const Hypergraph *graph;
    uint32_t n_parts;
    uint32_t *part;      /* [n_vertices] UINT32_MAX: not yet in any                    */
    uint64_t *first;     /* [n_edges] into count: room for min(pins, n_parts)         */
    uint32_t *n_touched; /* [n_edges] parts with a pin                                 */
    PinCount *count;
    uint64_t *bytes;     /* [n_parts]                                                  */
    double *work;        /* [n_parts]                                                  */
    double *present;     /* [n_parts] scratch of pins_find_part                         */
    uint32_t *candidate; /* [n_parts] the same                                         */
    uint64_t n_steps;    /* entries looked at so far: a measure of time                */
} PinCounts;

/* pins_new - part: [n_vertices] is kept and changed by pins_move. */
PinCounts pins_new(Arena *scratch, const Hypergraph *graph, uint32_t n_parts, uint32_t *part);
void pins_move(PinCounts *pins, uint32_t vertex, uint32_t to);

/* pins_gain - deliveries saved by moving the vertex to a part. */
double pins_gain(PinCounts *pins, uint32_t vertex, uint32_t to);

/* Limits of a part. A vertex that fits in no other way may pass `work`, never `bytes`. */
typedef struct PartLimits {
    uint64_t bytes;
    double work;
} PartLimits;

/* pins_find_part - the part that the vertex saves most deliveries in, its own excepted; UINT32_MAX:
 * none shares a source with it. with_room: only parts within the limits. *gain is set. */
uint32_t pins_find_part(PinCounts *pins, uint32_t vertex, const PartLimits *limits, bool with_room,
                        double *gain);

/* pins_refine - moves and exchanges of vertices that save deliveries, until none does or a time
 * that grows with the pins is up (refine.c). */
void pins_refine(Arena *scratch, PinCounts *pins, const PartLimits *limits);

/* parts_metis - parts of about equal bytes by METIS alone; false if it cannot (too large). */
bool parts_metis(Arena *scratch, const Hypergraph *graph, uint32_t n_parts, uint32_t *part);

/* part_limits - of a layer: SRAM, and a tenth more work than the mean. */
PartLimits part_limits(const Mapping *mapping, const Hypergraph *graph, uint32_t layer);

#ifdef __cplusplus
}
#endif
#endif
