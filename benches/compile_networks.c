/* compile_networks.c - CPU time of compile(), all proofs included, for two networks of real
 * size.
 *
 * compile_networks [ROUNDS]
 *
 * The published language model's size (750/1350/1350/750 at 5 %, dense input, a tenth of the
 * units active) on spinnaker2, and one layer of 4,096 units with as many inputs at 5 % (5.0
 * million weights) on spinnaker2-board; networks are drawn in memory, so neither reading nor
 * writing is in the time. The best of so many rounds (default 5), on one thread.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "compiler/compiler.h"
#include "models/generate.h"

enum { MAX_SIZES = 4 };

typedef struct Case {
    const char *name, *chip;
    uint32_t n_sizes, size[MAX_SIZES];
    double rate; /* of units; 0: as the compiler assumes */
    int32_t format;
} Case;

static const Case CASES[] = {
    {"published size", "spinnaker2", 4, {750, 1350, 1350, 750}, 0.1, -1},
    {"published size, source", "spinnaker2", 4, {750, 1350, 1350, 750}, 0.1, FORMAT_SOURCE},
    {"4,096 units", "spinnaker2-board", 2, {4096, 4096}, 0.0, -1},
    {"4,096 units, source", "spinnaker2-board", 2, {4096, 4096}, 0.0, FORMAT_SOURCE},
};

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static UnitRates rates_of(Arena *arena, const Case *what)
{
    const double **layer = ARENA_ARRAY(arena, const double *, what->n_sizes - 1);
    for (uint32_t l = 0; l + 1 < what->n_sizes && what->rate > 0.0; l++) {
        double *rate = ARENA_ARRAY(arena, double, what->size[l + 1]);
        for (uint32_t u = 0; u < what->size[l + 1]; u++)
            rate[u] = what->rate;
        layer[l] = rate;
    }
    return (UnitRates){.layer = layer};
}

static Status prepare(Arena *arena, const Case *what, const Topology **topology,
                      const Network **network, Err *err)
{
    const Chip *chip;
    const GenerateOptions draw = {
        .name = what->name,
        .cell = "egru",
        .n_sizes = what->n_sizes,
        .size = what->size,
        .density = 0.05,
        .threshold_mean = 0.01,
        .gain = 1.0,
        .seed = 1,
    };
    TRY(chip_load(arena, what->chip, EGRET_SOURCE_DIR "/arch/chips", NULL, 0, &chip, err));
    TRY(topology_build(arena, chip, topology, err));
    return network_generate(arena, &draw, network, err);
}

static Status measure(Arena *arena, const Case *what, uint32_t n_rounds, Err *err)
{
    const Topology *topology;
    const Network *network;
    TRY(prepare(arena, what, &topology, &network, err));
    const UnitRates rates = rates_of(arena, what);
    const CompileOptions options = {.format = what->format, .rates = &rates};
    const CompileSummary *summary = NULL;
    double least = 0.0;
    for (uint32_t round = 0; round < n_rounds; round++) {
        Arena *own = arena_new();
        const Program *program;
        const double begin = cpu_seconds();
        const Status status =
            compile(own, topology->chip, topology, network, &options, &program, &summary, err);
        const double seconds = cpu_seconds() - begin;
        least = round == 0 || seconds < least ? seconds : least;
        if (status == STATUS_OK && round + 1 == n_rounds)
            printf("%-24s %-17s %6u cores %8.3f s\n", what->name, what->chip, summary->n_cores,
                   least);
        arena_free(own);
        TRY(status);
    }
    return STATUS_OK;
}

int main(int n_args, char **arg)
{
    const unsigned long given = n_args > 1 ? strtoul(arg[1], NULL, 10) : 5;
    const uint32_t n_rounds = given > 0 && given < 1000 ? (uint32_t)given : 5;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        Arena *arena = arena_new();
        Err err = {0};
        const Status status = measure(arena, &CASES[i], n_rounds, &err);
        if (status != STATUS_OK)
            fprintf(stderr, "compile_networks: %s: %s\n", CASES[i].name, err.message);
        arena_free(arena);
        if (status != STATUS_OK)
            return (int)status;
    }
    return 0;
}
