/* estimate_error.c - the compiler's estimate against the event engine: how far off, and in which
 * order.
 *
 *   estimate_error [--steps N]
 *
 * Runs networks of the published and of smaller sizes, the shipped one, dense and sparse input, on
 * several mappings each; events are drawn from rates, so nothing has to be trained. Makes a table:
 * latency of a token and tokens a second, as estimated and as simulated, then for each network the
 * rank correlation (Kendall) of the latencies and how many pairs that differ by more than 5 %
 * in the simulator stand in the other order in the estimate. Exit status 1 if a latency is off by
 * more than a tenth or such a pair is turned round.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "arch/chip.h"
#include "arch/topology.h"
#include "compiler/compiler.h"
#include "models/generate.h"
#include "models/input.h"
#include "models/network.h"
#include "sim/sim.h"

enum { DEFAULT_STEPS = 30, MAX_ROWS = 16 };

typedef struct NetworkCase {
    const char *name, *folder; /* folder: a network of the project, or NULL: generated */
    uint32_t n_sizes, size[4];
    double density, input_rate, rate;
} NetworkCase;

static const NetworkCase networks[] = {
    {"published, dense input", NULL, 4, {750, 1350, 1350, 750}, 0.05, 1.0, 0.1},
    {"published, input 10 %", NULL, 4, {750, 1350, 1350, 750}, 0.05, 0.1, 0.1},
    {"256/512/512/256, dense", NULL, 4, {256, 512, 512, 256}, 0.1, 1.0, 0.15},
    {"256/512/512/256, 20 %", NULL, 4, {256, 512, 512, 256}, 0.1, 0.2, 0.2},
    {"64/128/64, dense", NULL, 3, {64, 128, 64, 0}, 0.2, 1.0, 0.2},
    {"32/48/32/24, dense", NULL, 4, {32, 48, 32, 24}, 0.3, 1.0, 0.3},
    {"egru-ptb-small", "models/egru-ptb-small", 0, {0, 0, 0, 0}, 0.0, 1.0, 0.1},
};

typedef struct MappingCase {
    const char *name, *split;
    Objective objective;
    bool share;
    uint32_t percent; /* cores of each layer as a share of its third of the chip; 0: chosen */
} MappingCase;

static const MappingCase mappings[] = {
    {"equal thirds", "equal", OBJECTIVE_LATENCY, false, 100},
    {"equal, few cores", "equal", OBJECTIVE_LATENCY, false, 20},
    {"equal, half", "equal", OBJECTIVE_LATENCY, false, 50},
    {"equal, shared", "equal", OBJECTIVE_LATENCY, true, 0},
    {"balanced, chosen", "balanced", OBJECTIVE_LATENCY, false, 0},
    {"balanced, thirds", "balanced", OBJECTIVE_LATENCY, false, 100},
    {"shared", "shared", OBJECTIVE_LATENCY, false, 0},
    {"auto, latency", "auto", OBJECTIVE_LATENCY, false, 0},
    {"auto, throughput", "auto", OBJECTIVE_THROUGHPUT, false, 0},
    {"auto, energy", "auto", OBJECTIVE_ENERGY, false, 0},
    {"auto, memory", "auto", OBJECTIVE_MEMORY, false, 0},
};
enum { N_MAPPINGS = sizeof mappings / sizeof mappings[0] };

typedef struct Row {
    const char *name;
    uint32_t n_cores;
    double latency_us, rate, energy_uj, work;          /* estimated */
    double simulated_us, simulated_rate, simulated_uj; /* in the event engine */
} Row;

static Status load(Arena *arena, const NetworkCase *from, const Network **out, Err *err)
{
    if (from->folder != NULL) {
        const char *path = arena_printf(arena, "%s/%s", EGRET_SOURCE_DIR, from->folder);
        return network_load(arena, path, out, err);
    }
    GenerateOptions options = {
        .name = from->name,
        .cell = "egru",
        .n_sizes = from->n_sizes,
        .size = from->size,
        .density = from->density,
        .pick = PICK_EXACT,
        .threshold_mean = 0.25,
        .gain = 1.0,
        .seed = 1,
    };
    return network_generate(arena, &options, out, err);
}

static const double *constant(Arena *arena, uint32_t n, double value)
{
    double *rate = ARENA_ARRAY(arena, double, n);
    for (uint32_t i = 0; i < n; i++)
        rate[i] = value;
    return rate;
}

static const UnitRates *rates_of(Arena *arena, const Network *network, const NetworkCase *from)
{
    UnitRates *rates = ARENA_ARRAY(arena, UnitRates, 1);
    const double **layer = ARENA_ARRAY(arena, const double *, network->n_layers);
    rates->input = constant(arena, network->n_inputs, from->input_rate);
    rates->layer = layer;
    for (uint32_t l = 0; l < network->n_layers; l++)
        layer[l] = constant(arena, network->layer[l].n_units, from->rate);
    return rates;
}

typedef struct Events {
    const InputStream *input;
    const EventTrace *trace;
} Events;

static Status draw(Arena *arena, const Network *network, const NetworkCase *from, uint32_t n_steps,
                   Events *out, Err *err)
{
    double *rate = ARENA_ARRAY(arena, double, (size_t)network->n_layers + 1);
    for (uint32_t i = 0; i <= network->n_layers; i++)
        rate[i] = i == 0 ? from->input_rate : from->rate;
    ActivityStatistics statistics = {
        .n_steps = n_steps, .n_rates = network->n_layers + 1, .rate = rate, .seed = 3};
    return activity_draw(arena, network, &statistics, &out->input, &out->trace, err);
}

typedef struct Platform {
    const Chip *chip;
    const Topology *topology;
    const Network *network;
    const UnitRates *rates;
} Platform;

static Status simulate(Arena *arena, const Platform *on, const Program *program,
                       const Events *events, Row *row, Err *err)
{
    SimOptions options = {.mode = SIM_REPLAY, .arrival = ARRIVE_SEQUENTIAL};
    const Trace *trace;
    TRY(sim_run(arena, program, on->topology, events->input, events->trace, &options, &trace, err));
    row->simulated_us = (double)trace->end_ps * 1e-6 / trace->n_steps;
    options.arrival = ARRIVE_PIPELINED;
    TRY(sim_run(arena, program, on->topology, events->input, events->trace, &options, &trace, err));
    uint64_t span = trace->step[trace->n_steps - 1].end_ps - trace->step[0].end_ps;
    row->simulated_rate = (trace->n_steps - 1) * 1e12 / (double)span;
    return STATUS_OK;
}

static Status run_mapping(Arena *arena, const Platform *on, const MappingCase *how,
                          const Events *events, Row *row, Err *err)
{
    const Network *network = on->network;
    const Program *program;
    const CompileSummary *summary;
    uint32_t *count = ARENA_ARRAY(arena, uint32_t, network->n_layers);
    CompileOptions options = {.format = FORMAT_SOURCE,
                              .split = how->split,
                              .objective = how->objective,
                              .share_cores = how->share,
                              .rates = on->rates};
    for (uint32_t l = 0; l < network->n_layers && how->percent > 0; l++) {
        uint32_t third = on->chip->grid.usable_cores / network->n_layers * how->percent / 100;
        uint32_t n_units = network->layer[l].n_units;
        count[l] = third < n_units ? third : n_units;
        options.n_core_counts = network->n_layers;
        options.core_count = count;
    }
    TRY(compile(arena, on->chip, on->topology, network, &options, &program, &summary, err));
    *row = (Row){.name = how->name,
                 .n_cores = summary->n_cores,
                 .latency_us = summary->estimate.latency_us,
                 .rate = summary->estimate.tokens_per_second};
    for (uint32_t l = 0; l < summary->n_layers; l++)
        if (summary->layer[l].work_max_by_mean > row->work)
            row->work = summary->layer[l].work_max_by_mean;
    return simulate(arena, on, program, events, row, err);
}

typedef struct Order { /* of pairs of mappings */
    uint32_t n_pairs, n_turned, n_clear_turned;
} Order;

static Order compare_order(const Row *row, uint32_t n_rows)
{
    Order order = {0, 0, 0};
    for (uint32_t i = 0; i < n_rows; i++)
        for (uint32_t j = 0; j < i; j++) {
            double simulated = row[i].simulated_us - row[j].simulated_us;
            double estimated = row[i].latency_us - row[j].latency_us;
            double least = row[i].simulated_us < row[j].simulated_us ? row[i].simulated_us
                                                                     : row[j].simulated_us;
            bool clear = simulated > 0.05 * least || -simulated > 0.05 * least;
            bool turned = simulated * estimated < 0.0;
            order.n_pairs++;
            order.n_turned += turned;
            order.n_clear_turned += turned && clear;
        }
    return order;
}

static Status run_network(const NetworkCase *from, uint32_t n_steps, bool *good, Err *err)
{
    Arena *arena = arena_new();
    ChipSetting setting = {"grid.usable_cores", "150"};
    Platform on;
    const Network *network = NULL;
    Events events = {NULL, NULL};
    Row row[N_MAPPINGS];
    Status status = chip_load(arena, EGRET_SOURCE_DIR "/arch/chips/spinnaker2.yaml", NULL, &setting,
                              1, &on.chip, err);
    if (status == STATUS_OK)
        status = topology_build(arena, on.chip, &on.topology, err);
    if (status == STATUS_OK)
        status = load(arena, from, &network, err);
    if (status == STATUS_OK)
        status = draw(arena, network, from, n_steps, &events, err);
    printf("%s\n", from->name);
    uint32_t n = 0;
    for (uint32_t i = 0; i < N_MAPPINGS && status == STATUS_OK; i++) {
        on.network = network;
        on.rates = rates_of(arena, network, from);
        status = run_mapping(arena, &on, &mappings[i], &events, &row[n], err);
        if (status == STATUS_NO_FIT) {
            status = STATUS_OK;
            continue;
        }
        if (status != STATUS_OK)
            break;
        const Row *r = &row[n++];
        double off = r->latency_us / r->simulated_us - 1.0;
        printf("  %-18s %4" PRIu32 " %10.1f %10.1f %+7.1f %% %9.0f %9.0f %+7.1f %% %6.2f\n",
               r->name, r->n_cores, r->latency_us, r->simulated_us, 100.0 * off, r->rate,
               r->simulated_rate, 100.0 * (r->rate / r->simulated_rate - 1.0), r->work);
        *good = *good && off < 0.1 && off > -0.1;
    }
    if (status == STATUS_OK) {
        Order order = compare_order(row, n);
        printf("  rank correlation %.3f; %" PRIu32 " of %" PRIu32
               " pairs in the other order, %" PRIu32 " of them more than 5 %% apart\n",
               1.0 - 2.0 * order.n_turned / order.n_pairs, order.n_turned, order.n_pairs,
               order.n_clear_turned);
        *good = *good && order.n_clear_turned == 0;
    }
    arena_free(arena);
    return status;
}

int main(int n_words, char **word)
{
    uint32_t n_steps = DEFAULT_STEPS;
    if (n_words == 3 && strcmp(word[1], "--steps") == 0 && atoi(word[2]) > 1) {
        n_steps = (uint32_t)atoi(word[2]);
    } else if (n_words != 1) {
        fprintf(stderr, "usage: estimate [--steps N]\n");
        return STATUS_USAGE;
    }
    bool good = true;
    printf("  %-18s %4s %10s %10s %9s %9s %9s %9s %6s\n", "mapping", "core", "est. us", "sim. us",
           "off", "est. /s", "sim. /s", "off", "work");
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
        Err err = {.status = STATUS_OK};
        if (run_network(&networks[i], n_steps, &good, &err) != STATUS_OK) {
            fprintf(stderr, "estimate: %s\n", err.message);
            return (int)err.status;
        }
    }
    return good ? 0 : 1;
}
