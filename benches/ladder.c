/* ladder.c - every rung of the ladder of fidelities on the same runs: how far it is from the rung
 * above, and how fast.
 *
 *   ladder [--rounds N] [CASE]
 *
 * Takes the engines from their table, so a new one appears by itself, and runs the cases below:
 * the trained model and generated networks, on chips with a central router, on boards and on
 * meshes. All replay the same events, one token at a time. Makes a table for each case, the
 * finest engine first: mean latency and energy a token, each also as a ratio to the engine above;
 * simulated tokens and deliveries per CPU second, best of N rounds (3).
 *
 * Where an engine has no time axis its latency and energy are lower bounds: the ratio says how
 * tight. Its speed includes the counting of pairs and rows that an engine with one needs too.
 * Limits: figures of speed hold for one machine under one load; only ratios of one table mean
 * anything.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <time.h>

#include "compiler/compiler.h"
#include "models/generate.h"
#include "models/input.h"
#include "models/quantize.h"
#include "models/reference.h"
#include "sim/report.h"
#include "sim/sim.h"

enum { DEFAULT_ROUNDS = 3, MAX_ROUNDS = 100, MAX_SIZES = 5 };

typedef struct Case {
    const char *name, *chip;
    uint32_t n_sizes, size[MAX_SIZES]; /* none: the trained model and its sample             */
    double density;
    const char *activity;          /* of a generated network                             */
    uint32_t cores[MAX_SIZES - 1]; /* 0: chosen                                           */
    const char *split;
    Precision precision;
    uint32_t n_steps;
} Case;

#define PUBLISHED .n_sizes = 4, .size = {750, 1350, 1350, 750}, .density = 0.05

static const Case CASES[] = {
    {"trained", "spinnaker2", .n_steps = 100},
    {"trained-int8", "spinnaker2", .n_steps = 100, .precision = PRECISION_INT8},
    {"published", "spinnaker2", PUBLISHED, .activity = "rates=1,0.1,0.1,0.1 steps=50 seed=1"},
    {"published-50-each", "spinnaker2", PUBLISHED, .split = "equal", .cores = {49, 49, 49},
     .activity = "rates=1,0.1,0.1,0.1 steps=50 seed=1"},
    {"published-mesh", "quad-mesh", PUBLISHED, .activity = "rates=1,0.1,0.1,0.1 steps=20 seed=1"},
    {"small-board", "tiny-board", .n_sizes = 3, .size = {30, 60, 40}, .density = 0.2,
     .activity = "rates=1,0.2,0.2 steps=200 seed=1"},
    {"small-mesh", "tiny-mesh", .n_sizes = 3, .size = {30, 60, 40}, .density = 0.2,
     .activity = "rates=1,0.2,0.2 steps=200 seed=1"},
};
enum { N_CASES = sizeof CASES / sizeof *CASES };

typedef struct Setup { /* what all engines run */
    const Network *network;
    const InputStream *input;
    const EventTrace *events;
    const ReferenceRun *reference;
    const Chip *chip;
    const Topology *topology;
    const Program *program;
} Setup;

typedef struct Row {
    double latency_us, energy_uj, seconds;
    uint64_t deliveries;
} Row;

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static Status make_network(Arena *arena, const Case *one, Setup *setup, Err *err)
{
    GenerateOptions options = {.name = one->name,
                               .cell = "egru",
                               .n_sizes = one->n_sizes,
                               .size = one->size,
                               .density = one->density,
                               .pick = PICK_EXACT,
                               .threshold_mean = 0.01,
                               .gain = 1.0,
                               .seed = 1};
    const QuantizeOptions quantize = {.scales = SCALES_PER_UNIT, .input_full_scale = 1};
    if (one->n_sizes > 0)
        TRY(network_generate(arena, &options, &setup->network, err));
    else
        TRY(network_load(arena, EGRET_SOURCE_DIR "/models/egru-ptb-small", &setup->network, err));
    return network_quantize(arena, setup->network, one->precision, &quantize, &setup->network, err);
}

/* Events of the sample, or drawn. */
static Status make_events(Arena *arena, const Case *one, Setup *setup, Err *err)
{
    ActivityStatistics statistics;
    ReferenceOptions options = {.score = false};
    if (one->n_sizes == 0) {
        TRY(input_load(arena, setup->network, EGRET_SOURCE_DIR "/models/egru-ptb-small/sample.txt",
                       one->n_steps, &setup->input, err));
        TRY(reference_run(arena, setup->network, setup->input, &options, &setup->reference, err));
        setup->events = setup->reference->events;
        return STATUS_OK;
    }
    TRY(activity_parse(arena, one->activity, setup->network->n_layers, &statistics, err));
    TRY(activity_draw(arena, setup->network, &statistics, &setup->input, &setup->events, err));
    return reference_macs(arena, setup->network, setup->input, setup->events, false,
                          &setup->reference, err);
}

static Status prepare(Arena *arena, const Case *one, Setup *setup, Err *err)
{
    const CompileSummary *summary;
    CompileOptions options = {.format = -1, .split = one->split};
    TRY(make_network(arena, one, setup, err));
    TRY(make_events(arena, one, setup, err));
    if (one->cores[0] > 0) {
        options.n_core_counts = setup->network->n_layers;
        options.core_count = one->cores;
    }
    TRY(chip_load(arena, one->chip, EGRET_SOURCE_DIR "/arch/chips", NULL, 0, &setup->chip, err));
    TRY(topology_build(arena, setup->chip, &setup->topology, err));
    return compile(arena, setup->chip, setup->topology, setup->network, &options, &setup->program,
                   &summary, err);
}

static Status run_once(Arena *arena, const Setup *setup, const SimEngine *engine, Row *row,
                       Err *err)
{
    const SimOptions options = {
        .engine = engine->name, .mode = SIM_REPLAY, .arrival = ARRIVE_SEQUENTIAL};
    const Trace *trace;
    const Report *report;
    double start = cpu_seconds();
    TRY(sim_run(arena, setup->program, setup->topology, setup->input, setup->events, &options,
                &trace, err));
    row->seconds = cpu_seconds() - start;
    const ReportInput in = {.program = setup->program,
                            .topology = setup->topology,
                            .network = setup->network,
                            .input = setup->input,
                            .reference = setup->reference,
                            .latency = trace,
                            .version = "",
                            .precision = "fp32",
                            .options = "ladder"};
    TRY(report_build(arena, &in, &report, err));
    row->latency_us = report_metric(report, "latency_mean_us")->value;
    row->energy_uj = report_metric(report, "energy_per_token_uj")->value;
    row->deliveries = 0;
    for (uint32_t c = 0; c < trace->n_cores; c++)
        row->deliveries += trace->count[c].n[COUNT_EVENTS_IN] + trace->count[c].n[COUNT_MARKERS_IN];
    return STATUS_OK;
}

static Status measure(const Setup *setup, const SimEngine *engine, uint32_t n_rounds, Row *best,
                      Err *err)
{
    for (uint32_t round = 0; round < n_rounds; round++) {
        Arena *arena = arena_new();
        Row row = {0};
        Status status = run_once(arena, setup, engine, &row, err);
        arena_free(arena);
        TRY(status);
        if (round == 0 || row.seconds < best->seconds)
            *best = row;
    }
    return STATUS_OK;
}

static void print_row(const SimEngine *engine, const Row *row, const Row *above, uint32_t n_steps)
{
    const char *side = engine->timed ? "  " : ">=";
    printf("  %-8s %s%10.2f", engine->name, side, row->latency_us);
    if (above != NULL)
        printf("%9.4f", row->latency_us / above->latency_us);
    else
        printf("%9s", "-");
    printf("   %s%10.3f", side, row->energy_uj);
    if (above != NULL)
        printf("%9.4f", row->energy_uj / above->energy_uj);
    else
        printf("%9s", "-");
    double seconds = row->seconds > 0 ? row->seconds : 1e-9;
    printf(" %11.0f %10.2f\n", n_steps / seconds, (double)row->deliveries / seconds * 1e-6);
}

static Status climb(const Case *one, uint32_t n_rounds, Err *err)
{
    Arena *arena = arena_new();
    Setup setup;
    Row row[2];
    uint32_t n_engines = 0;
    Status status = prepare(arena, one, &setup, err);
    while (sim_engine(n_engines) != NULL)
        n_engines++;
    if (status == STATUS_OK)
        printf("%s on %s, %" PRIu32 " cores, %" PRIu32 " steps\n"
               "  engine     latency us of above     energy uJ of above    tokens/s   Mdeliv/s\n",
               one->name, one->chip, setup.program->n_cores, setup.input->n_steps);
    const Row *above = NULL;
    for (uint32_t i = n_engines; i-- > 0 && status == STATUS_OK;) {
        const SimEngine *engine = sim_engine(i);
        status = measure(&setup, engine, n_rounds, &row[i % 2], err);
        if (status == STATUS_UNSUPPORTED) { /* not of such a chip */
            printf("  %-8s %s\n", engine->name, err->message);
            status = STATUS_OK;
            continue;
        }
        if (status == STATUS_OK)
            print_row(engine, &row[i % 2], above, setup.input->n_steps);
        above = &row[i % 2];
        fflush(stdout);
    }
    arena_free(arena);
    return status;
}

static void print_engines(void)
{
    for (uint32_t i = 0; sim_engine(i) != NULL; i++)
        printf("%s\n  %s\n  leaves out: %s\n", sim_engine(i)->name, sim_engine(i)->is,
               sim_engine(i)->leaves_out);
}

int main(int n_words, char **word)
{
    uint32_t n_rounds = DEFAULT_ROUNDS;
    int i = 1;
    if (i + 1 < n_words && strcmp(word[i], "--rounds") == 0) {
        n_rounds = (uint32_t)strtoul(word[i + 1], NULL, 10);
        i += 2;
    }
    if (n_words - i > 1 || n_rounds < 1 || n_rounds > MAX_ROUNDS) {
        fprintf(stderr, "usage: ladder [--rounds N] [CASE]\n");
        return STATUS_USAGE;
    }
    print_engines();
    for (int c = 0; c < N_CASES; c++) {
        Err err = {.status = STATUS_OK};
        if (n_words > i && strcmp(word[i], CASES[c].name) != 0)
            continue;
        if (climb(&CASES[c], n_rounds, &err) != STATUS_OK) {
            fprintf(stderr, "ladder: %s: %s\n", CASES[c].name, err.message);
            return (int)err.status;
        }
    }
    return STATUS_OK;
}
