/* noc_speed.c - how fast the network model runs, by load and size.
 *
 *   noc_speed [--rounds N]
 *
 * Takes nothing. Uniform traffic, routes x then y, buffers of 8 flits, all stages 1 cycle: router
 * traversals by one flit (flit hops) and simulated cycles a CPU second, best of N rounds (default
 * 3). BookSim2 (28f43299) and Noxim (4c8e72d) made 0.1 to 0.5 M and 0.05 to 0.27 M flit hops/s
 * on 8x8 with such routers, on a machine like that of `noc_validate`'s tables, whose rows state
 * the ratio load by load.
 * Limits: figures of one machine under one load; only ratios of one table mean anything.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <time.h>

#include "base/err.h"
#include "sim/synthetic.h"

typedef struct Case {
    uint32_t size, n_vcs, packet_flits;
    double rate;
    uint64_t cycles;
} Case;

static const Case CASES[] = {
    {8, 1, 4, 0.0001, 4000000}, {8, 1, 4, 0.01, 400000}, {8, 1, 4, 0.1, 100000},
    {8, 1, 4, 0.2, 50000},      {8, 1, 1, 0.1, 100000},  {8, 4, 4, 0.1, 100000},
    {8, 4, 4, 0.2, 50000},      {8, 4, 1, 0.2, 50000},   {16, 1, 4, 0.0001, 1000000},
    {16, 1, 4, 0.1, 20000},     {32, 1, 4, 0.05, 5000},
};

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static Status measure(const Case *which, int n_rounds, Err *err)
{
    SyntheticOptions options = {
        .width = which->size,
        .height = which->size,
        .router = {which->n_vcs, 1, 1, 1, 1, 1, 1},
        .buffer_flits = 8,
        .traffic = "uniform",
        .rate = which->rate,
        .packet_flits = which->packet_flits,
        .warm_cycles = 0,
        .measure_cycles = which->cycles,
        .latency_limit = 1000,
        .seed = 1,
    };
    double best = 1e9;
    SyntheticResult result;
    for (int round = 0; round < n_rounds; round++) {
        double begin = cpu_seconds();
        TRY(synthetic_run(&options, &result, err));
        double spent = cpu_seconds() - begin;
        best = spent < best ? spent : best;
    }
    printf("%2ux%-2u  %3u  %6u  %7g  %10.3f  %12.1f\n", which->size, which->size, which->n_vcs,
           which->packet_flits, which->rate, (double)result.flit_hops / best / 1e6,
           (double)result.cycles / best / 1e3);
    return STATUS_OK;
}

int main(int n_words, char **word)
{
    int n_rounds = 3;
    Err err = {.status = STATUS_OK};
    if (n_words == 3 && strcmp(word[1], "--rounds") == 0)
        n_rounds = atoi(word[2]);
    if (n_rounds < 1 || (n_words != 1 && n_words != 3)) {
        fputs("usage: noc_speed [--rounds N]\n", stderr);
        return STATUS_USAGE;
    }
    puts("mesh   VCs  packet     load  M flit hops/s  k cycles/s");
    for (size_t c = 0; c < sizeof CASES / sizeof CASES[0]; c++) {
        if (measure(&CASES[c], n_rounds, &err) != STATUS_OK) {
            fprintf(stderr, "noc_speed: %s\n", err.message);
            return (int)err.status;
        }
    }
    return STATUS_OK;
}
