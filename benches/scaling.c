/* scaling.c - what a delivery costs the event engine, from 4 cores to 7,104.
 *
 * scaling [--rounds N] [--least CORES] [--most CORES]
 *
 * Takes nothing; makes networks of layers that all look alike, ever more of them, on chips and
 * boards. Layers of four cores (an event reaches eight) and of 48 (it reaches 96): traffic per
 * core is the same at all sizes, and a packet's own cost is spread over as many deliveries.
 * Tokens are pipelined, as many as there are layers at least, so that all cores are at work.
 * Makes a table: nanoseconds of CPU time for each delivery, best of the rounds, and the ratio to
 * the smallest network of its kind; bytes of a replay by core.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workload.h"

enum { DEFAULT_ROUNDS = 3, MAX_COUNT = 1000000, UNITS_PER_CORE = 8 };

typedef struct Size {
    const char *chip;
    uint32_t n_layers, cores_per_layer, n_steps;
    double density;
} Size;

static const Size sizes[] = {
    {"spinnaker2", 1, 4, 4000, 0.5},         {"tiny-2x2", 2, 4, 2000, 0.5},
    {"spinnaker2", 2, 4, 2000, 0.5},         {"spinnaker2", 8, 4, 500, 0.5},
    {"spinnaker2", 37, 4, 200, 0.5},         {"spinnaker2-board", 148, 4, 200, 0.5},
    {"spinnaker2-board", 592, 4, 100, 0.5},
    {"spinnaker2-board", 1776, 4, 60, 0.5},
    {"spinnaker2", 1, 48, 400, 0.1},         {"spinnaker2", 3, 48, 200, 0.1},
    {"spinnaker2-board", 12, 48, 60, 0.1},   {"spinnaker2-board", 36, 48, 60, 0.1},
    {"spinnaker2-board", 148, 48, 150, 0.1},
};

static Status make(Arena *arena, const Size *size, Workload *out, Err *err)
{
    uint32_t *n_units = ARENA_ARRAY(arena, uint32_t, (size_t)size->n_layers + 1);
    uint32_t *cores = ARENA_ARRAY(arena, uint32_t, size->n_layers);
    for (uint32_t l = 0; l <= size->n_layers; l++)
        n_units[l] = size->cores_per_layer * UNITS_PER_CORE;
    for (uint32_t l = 0; l < size->n_layers; l++)
        cores[l] = size->cores_per_layer;
    const WorkloadSpec spec = {
        .chip = size->chip,
        .n_layers = size->n_layers,
        .size = n_units,
        .cores = cores,
        .density = size->density,
        .input_rate = 0.2,
        .rate = 0.2,
        .n_steps = size->n_steps,
    };
    return workload_make(arena, &spec, out, err);
}

/* ns of a delivery; prints a row. */
static Status measure(const Size *size, uint32_t n_rounds, double *first_ns, Err *err)
{
    Arena *arena = arena_new();
    Workload work;
    Replay best = {0}, now = {0};
    Status status = make(arena, size, &work, err);
    for (uint32_t round = 0; round < n_rounds && status == STATUS_OK; round++) {
        status = workload_replay(&work, ARRIVE_PIPELINED, &now, err);
        if (round == 0 || now.cpu_s < best.cpu_s)
            best = now;
    }
    if (status == STATUS_OK) {
        double ns = best.cpu_s / (double)best.deliveries * 1e9;
        if (size->n_layers == 1)
            *first_ns = ns;
        printf("%-17s %6u %7u %12" PRIu64 " %10.1f %10.1f %9.1f %9.2f %9.1f\n", size->chip,
               work.program->n_cores, size->n_layers, best.deliveries,
               (double)best.deliveries / (double)best.lookups,
               (double)best.flit_hops / (double)best.deliveries, ns, ns / *first_ns,
               (double)best.bytes / work.program->n_cores * 1e-3);
        fflush(stdout);
    }
    arena_free(arena);
    return status;
}

static bool parse_count(const char *text, uint32_t *out)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < 1 || value > MAX_COUNT)
        return false;
    *out = (uint32_t)value;
    return true;
}

int main(int n_words, char **word)
{
    uint32_t n_rounds = DEFAULT_ROUNDS, least = 1, most = MAX_COUNT;
    for (int i = 1; i < n_words; i += 2) {
        uint32_t *count = strcmp(word[i], "--rounds") == 0  ? &n_rounds
                          : strcmp(word[i], "--least") == 0 ? &least
                          : strcmp(word[i], "--most") == 0  ? &most
                                                            : NULL;
        if (!count || i + 1 == n_words || !parse_count(word[i + 1], count)) {
            fprintf(stderr, "usage: scaling [--rounds N] [--least CORES] [--most CORES]\n");
            return STATUS_USAGE;
        }
    }
    Err err = {.status = STATUS_OK};
    double first_ns = 0;
    printf("%-17s %6s %7s %12s %10s %10s %9s %9s %9s\n", "chip", "cores", "layers", "deliveries",
           "a look-up", "hops each", "ns each", "ratio", "kB a core");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint32_t n_cores = sizes[i].n_layers * sizes[i].cores_per_layer;
        if (n_cores < least || n_cores > most)
            continue;
        Status status = measure(&sizes[i], n_rounds, &first_ns, &err);
        if (status != STATUS_OK) {
            fprintf(stderr, "scaling: %s\n", err.message);
            return (int)status;
        }
    }
    return STATUS_OK;
}
