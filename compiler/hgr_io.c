/* hgr_io.c - the network as a hypergraph in the hMETIS format, for other partitioners.
 *
 * Vertices are the units of all layers in order, from 1 on; a hyperedge is an input or a unit with
 * any weight, inputs first: its pins are the units it feeds, recurrent and in the layer after, each
 * once. Hyperedge weights are events a step in thousandths (at least 1), vertex weights the stored
 * weights into a unit and UNIT_WEIGHT for its parameters: about its memory. Format code 11: both
 * kinds of weights. Cost: O(stored weights).
 */
#include <inttypes.h>

#include "base/file.h"
#include "mapping.h"

enum { RATE_STEPS = 1000, UNIT_WEIGHT = 8 };

typedef struct Walk { /* over all hyperedges */
    const Network *network;
    const UnitRates *rates;
    uint64_t *seen; /* [all units] 1 + hyperedge that had it last */
    uint64_t n_edges, source;
    FILE *stream; /* NULL: only count */
} Walk;

static uint64_t first_unit(const Network *network, uint32_t layer)
{
    uint64_t first = 0;
    for (uint32_t l = 0; l < layer; l++)
        first += network->layer[l].n_units;
    return first;
}

/* Pins of one matrix's row that the source does not have yet; writes them if `begun` or after. */
static uint64_t add_row(Walk *walk, const SparseRows *rows, uint32_t row, uint32_t target,
                        double rate, uint64_t n_pins)
{
    uint32_t n_units = walk->network->layer[target].n_units;
    uint64_t first = first_unit(walk->network, target);
    for (uint64_t i = rows->row_start[row]; i < rows->row_start[row + 1]; i++) {
        uint64_t unit = first + rows->col[i] % n_units;
        if (walk->seen[unit] == walk->source + 1)
            continue;
        walk->seen[unit] = walk->source + 1;
        if (walk->stream != NULL && n_pins == 0)
            fprintf(walk->stream, "%" PRIu32, 1 + (uint32_t)(rate * RATE_STEPS));
        if (walk->stream != NULL)
            fprintf(walk->stream, " %" PRIu64, unit + 1);
        n_pins++;
    }
    return n_pins;
}

static void end_edge(Walk *walk, uint64_t n_pins)
{
    walk->source++;
    if (n_pins == 0)
        return;
    walk->n_edges++;
    if (walk->stream != NULL)
        fputc('\n', walk->stream);
}

static void walk_edges(Walk *walk)
{
    const Network *network = walk->network;
    for (uint32_t i = 0; i < network->n_inputs; i++)
        end_edge(walk, add_row(walk, &network->layer[0].input, i, 0, walk->rates->input[i], 0));
    for (uint32_t l = 0; l < network->n_layers; l++)
        for (uint32_t u = 0; u < network->layer[l].n_units; u++) {
            double rate = walk->rates->layer[l][u];
            uint64_t n = add_row(walk, &network->layer[l].recurrent, u, l, rate, 0);
            if (l + 1 < network->n_layers)
                n = add_row(walk, &network->layer[l + 1].input, u, l + 1, rate, n);
            end_edge(walk, n);
        }
}

static void write_vertices(Arena *scratch, const Network *network, FILE *stream)
{
    for (uint32_t l = 0; l < network->n_layers; l++) {
        const Layer *layer = &network->layer[l];
        uint64_t *weight = ARENA_ARRAY(scratch, uint64_t, layer->n_units);
        const SparseRows *matrix[] = {&layer->input, &layer->recurrent};
        for (int m = 0; m < 2; m++)
            for (uint64_t i = 0; i < matrix[m]->n_nonzeros; i++)
                weight[matrix[m]->col[i] % layer->n_units]++;
        for (uint32_t u = 0; u < layer->n_units; u++)
            fprintf(stream, "%" PRIu64 "\n", weight[u] + UNIT_WEIGHT);
    }
}

Status hypergraph_write(Arena *scratch, const Network *network, const UnitRates *rates,
                        const char *path, Err *err)
{
    uint64_t n_units = first_unit(network, network->n_layers);
    Walk walk = {.network = network,
                 .rates = rates_complete(scratch, network, rates),
                 .seen = ARENA_ARRAY(scratch, uint64_t, n_units)};
    FileWriter *writer;
    TRY(rates_check(network, rates, err));
    walk_edges(&walk);
    TRY(file_write_begin(scratch, path, &writer, err));
    walk.stream = file_write_stream(writer);
    fprintf(walk.stream, "%" PRIu64 " %" PRIu64 " 11\n", walk.n_edges, n_units);
    for (uint64_t u = 0; u < n_units; u++)
        walk.seen[u] = 0;
    walk.n_edges = walk.source = 0;
    walk_edges(&walk);
    write_vertices(scratch, network, walk.stream);
    return file_write_commit(writer, err);
}
