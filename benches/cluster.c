/* cluster.c - how many (source, core) pairs the splits leave, on structured networks and on random
 * ones.
 *
 *   cluster
 *
 * One recurrent layer, fed by as many inputs; its units shuffled over ids. The same number of cores
 * and the same SRAM for all: contiguous slices, streaming, METIS alone, METIS with our refinement.
 * Prints distinct (source, core) pairs, deliveries by rate (rates drawn from a Beta distribution of
 * mean 0.15), work of the busiest core by the mean, and seconds. Exit status 1 if on a structured
 * network contiguous slices have less than 3 times the pairs, or METIS alone fewer.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/rng.h"
#include "hypergraph.h"
#include "models/generate.h"

typedef struct Case {
    const char *name;
    uint32_t n_units, n_cores, fan_in, n_communities, reach;
    double density;
} Case;

static const Case cases[] = {
    {"communities", 512, 16, 12, 16, 0, 0.0},    {"communities", 2048, 64, 12, 64, 0, 0.0},
    {"communities", 8192, 256, 12, 256, 0, 0.0}, {"blocks (grid)", 512, 16, 12, 0, 2, 0.0},
    {"blocks (grid)", 2048, 64, 12, 0, 2, 0.0},  {"blocks (grid)", 8192, 256, 12, 0, 2, 0.0},
    {"random", 1024, 64, 0, 0, 0, 0.05},         {"random", 1024, 64, 0, 0, 0, 0.01},
    {"random", 4096, 256, 0, 0, 0, 0.005},
};

typedef struct Bench {
    Arena *arena;
    const Chip *chip;
    Err err;
} Bench;

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static Status make_network(Bench *bench, const Case *from, const Network **out)
{
    uint32_t size[] = {from->n_units, from->n_units};
    GenerateOptions options = {
        .name = from->name,
        .cell = "egru",
        .n_sizes = 2,
        .size = size,
        .density = from->density,
        .fan_in = from->fan_in,
        .pick = PICK_EXACT,
        .structure = from->n_communities ? STRUCTURE_COMMUNITIES
                     : from->reach       ? STRUCTURE_GRID
                                         : STRUCTURE_UNIFORM,
        .n_communities = from->n_communities,
        .inside = 0.95,
        .reach = from->reach,
        .threshold_mean = 0.25,
        .gain = 1.0,
        .seed = 1,
    };
    return network_generate(bench->arena, &options, out, &bench->err);
}

static const UnitRates *draw_rates(Arena *arena, const Network *network)
{
    UnitRates *rates = ARENA_ARRAY(arena, UnitRates, 1);
    double *input = ARENA_ARRAY(arena, double, network->n_inputs);
    double *unit = ARENA_ARRAY(arena, double, network->layer[0].n_units);
    const double **layer = ARENA_ARRAY(arena, const double *, 1);
    Rng rng = rng_make(5, 0);
    for (uint32_t i = 0; i < network->n_inputs; i++)
        input[i] = rng_beta(&rng, 0.6, 3.4);
    for (uint32_t u = 0; u < network->layer[0].n_units; u++)
        unit[u] = rng_beta(&rng, 0.6, 3.4);
    layer[0] = unit;
    rates->input = input;
    rates->layer = layer;
    return rates;
}

typedef struct Result {
    uint64_t pairs;
    double deliveries, uneven, seconds;
    uint64_t most_bytes;
} Result;

static Result judge(Arena *arena, const Hypergraph *graph, const uint32_t *part, uint32_t n_parts,
                    double begun)
{
    Result result = {.seconds = seconds() - begun,
                     .pairs = hypergraph_pairs(arena, graph, part, n_parts),
                     .deliveries = hypergraph_deliveries(arena, graph, part, n_parts)};
    double *work = ARENA_ARRAY(arena, double, n_parts), sum = 0.0, most = 0.0;
    uint64_t *bytes = ARENA_ARRAY(arena, uint64_t, n_parts);
    for (uint32_t v = 0; v < graph->n_vertices; v++) {
        work[part[v]] += graph->work[v];
        bytes[part[v]] += graph->bytes[v];
        sum += graph->work[v];
    }
    for (uint32_t p = 0; p < n_parts; p++) {
        most = work[p] > most ? work[p] : most;
        result.most_bytes = bytes[p] > result.most_bytes ? bytes[p] : result.most_bytes;
    }
    result.uneven = most * n_parts / sum;
    return result;
}

static void print_result(const char *name, const Result *result)
{
    printf("    %-12s %10" PRIu64 " pairs %10.0f deliveries  work %.2f  %7" PRIu64
           " bytes  %.3f s\n",
           name, result->pairs, result->deliveries, result->uneven, result->most_bytes,
           result->seconds);
}

/* The splits by name, on the cores given. */
static Result run_rule(Arena *arena, const Mapping *mapping, const Hypergraph *graph, PartRule rule,
                       uint32_t n_parts, Err *err)
{
    uint32_t *part = ARENA_ARRAY(arena, uint32_t, graph->n_vertices);
    double begun = seconds();
    rule(arena, mapping, 0, part, err);
    return judge(arena, graph, part, n_parts, begun);
}

static Status run_case(Bench *bench, const Case *from, bool *good)
{
    const Network *network;
    TRY(make_network(bench, from, &network));
    Arena *arena = bench->arena;
    CompileOptions options = {.format = FORMAT_SOURCE, .rates = draw_rates(arena, network)};
    Mapping *mapping = mapping_new(arena, bench->chip, NULL, network, &options);
    uint32_t zero = 0, n_cores = from->n_cores;
    mapping->core_count = mapping->group_slots = &n_cores;
    mapping->first_slot = mapping->slot_offset = &zero;
    mapping->n_planned_slots = n_cores;
    const Hypergraph *graph = hypergraph_of_layer(arena, mapping, 0);
    uint32_t *part = ARENA_ARRAY(arena, uint32_t, from->n_units);
    for (uint32_t u = 0; u < from->n_units; u++)
        part[u] = even_slice_at(from->n_units, n_cores, u);
    Result slices = judge(arena, graph, part, n_cores, seconds());
    double begun = seconds();
    parts_metis(arena, graph, n_cores, part);
    Result metis = judge(arena, graph, part, n_cores, begun);
    Result streaming = run_rule(arena, mapping, graph, parts_streaming, n_cores, &bench->err);
    Result cluster = run_rule(arena, mapping, graph, parts_cluster, n_cores, &bench->err);
    printf("  %s, %" PRIu32 " units, %" PRIu32 " cores, %" PRIu64 " pins, structure %.1f\n",
           from->name, from->n_units, n_cores, graph->n_pins, hypergraph_structure(graph));
    print_result("slices", &slices);
    print_result("streaming", &streaming);
    print_result("METIS", &metis);
    print_result("cluster", &cluster);
    printf("    slices have %.1f times the pairs of cluster; it delivers %.1f %% less than METIS\n",
           (double)slices.pairs / (double)cluster.pairs,
           100.0 * (1.0 - cluster.deliveries / metis.deliveries));
    bool structured = from->n_communities > 0 || from->reach > 0;
    if (structured && (slices.pairs < 3 * cluster.pairs || cluster.pairs > metis.pairs))
        *good = false;
    return STATUS_OK;
}

int main(void)
{
    bool good = true;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Bench bench = {.arena = arena_new(), .err = {.status = STATUS_OK}};
        Status status = chip_load(bench.arena, EGRET_SOURCE_DIR "/arch/chips/spinnaker2.yaml", NULL,
                                  NULL, 0, &bench.chip, &bench.err);
        if (status == STATUS_OK)
            status = run_case(&bench, &cases[i], &good);
        arena_free(bench.arena);
        if (status != STATUS_OK) {
            fprintf(stderr, "cluster: %s\n", bench.err.message);
            return (int)status;
        }
    }
    return good ? 0 : 1;
}
