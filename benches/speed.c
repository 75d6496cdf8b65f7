/* speed.c - how fast the event engine is, and how much memory it takes, against the bare reference.
 *
 *   speed [--steps N] [--rounds N] [NETWORK INPUT]
 *
 * Takes nothing, and then measures a generated network of 256 inputs and 512, 512 and 256 units,
 * one weight in ten kept; or a network directory and an input for it. Makes a table: simulated
 * tokens per CPU second of the reference run without decoder, of execute and of replay; their
 * ratios, which are what to compare between machines; and the peak of resident memory, also as a
 * multiple of the bytes of the network's parameters (4 a value, 4 a column, 8 a row pointer). Last
 * what execute takes by what it must not take more than: the replay and twice the reference.
 *
 * Every measurement runs in a process of its own, so that its memory is its own: the child makes or
 * loads all that it needs, times its one run by the CPU clock of the process, and sends both
 * figures through a pipe. The kinds take turns for several rounds and the best time of each counts,
 * because whatever else a machine does only ever adds. Peak memory includes program, network,
 * compiled images and, for the simulator, the reference events that it is checked against.
 *
 * Limits: figures of one machine under one load; only ratios of one table mean anything.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/rng.h"
#include "arch/chip.h"
#include "arch/topology.h"
#include "compiler/compiler.h"
#include "models/generate.h"
#include "models/input.h"
#include "models/network.h"
#include "models/reference.h"
#include "sim/sim.h"

enum { DEFAULT_STEPS = 300, DEFAULT_ROUNDS = 3, MAX_COUNT = 1000000, N_WORDS = 1000 };

typedef enum Kind { KIND_REFERENCE, KIND_EXECUTE, KIND_REPLAY, N_KINDS } Kind;

static const char *const KIND_NAME[N_KINDS] = {"reference", "execute", "replay"};

typedef struct Job {
    const char *network, *input; /* NULL: generated */
    uint32_t n_steps, n_rounds;
} Job;

typedef struct Measurement { /* what a child sends back */
    double cpu_s;
    uint64_t peak_bytes, network_bytes;
    uint32_t n_steps;
} Measurement;

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static uint64_t rows_bytes(const SparseRows *rows)
{
    return rows->n_nonzeros * (sizeof(float) + sizeof(uint32_t)) +
           ((uint64_t)rows->n_rows + 1) * sizeof(uint64_t);
}

static uint64_t network_bytes(const Network *network)
{
    uint64_t bytes = (uint64_t)network->n_words * network->n_inputs * sizeof(float);
    for (uint32_t l = 0; l < network->n_layers; l++) {
        const Layer *layer = &network->layer[l];
        bytes += rows_bytes(&layer->input) + rows_bytes(&layer->recurrent);
        bytes += (2 * (uint64_t)layer->input.n_cols + layer->n_units) * sizeof(float);
    }
    if (network->has_decoder && network->decoder != network->embedding) {
        uint32_t width = network->layer[network->n_layers - 1].n_units;
        bytes += (uint64_t)network->n_words * width * sizeof(float);
    }
    return bytes;
}

static Status generated_network(Arena *arena, const Network **out, Err *err)
{
    static const uint32_t size[] = {256, 512, 512, 256};
    GenerateOptions options = {
        .name = "egru-256-512-512-256",
        .cell = "egru",
        .n_sizes = sizeof size / sizeof size[0],
        .size = size,
        .density = 0.1,
        .pick = PICK_EXACT,
        .threshold_mean = 0.25,
        .gain = 1.0,
        .n_words = N_WORDS,
        .seed = 1,
    };
    return network_generate(arena, &options, out, err);
}

/* n_steps + 1 tokens drawn at random: with a decoder the last one is only predicted. */
static const InputStream *generated_input(Arena *arena, const Network *network, uint32_t n_steps)
{
    InputStream *input = ARENA_ARRAY(arena, InputStream, 1);
    uint32_t *token = ARENA_ARRAY(arena, uint32_t, (size_t)n_steps + 1);
    Rng rng = rng_make(1, 0);
    for (uint32_t i = 0; i <= n_steps; i++) {
        token[i] = (uint32_t)rng_below(&rng, network->n_words);
    }
    *input = (InputStream){
        .network = network,
        .name = "random tokens",
        .n_steps = n_steps,
        .n_tokens = n_steps + 1,
        .token = token,
    };
    return input;
}

static Status simulate(Arena *arena, const Network *network, const InputStream *input,
                       const EventTrace *events, SimMode mode, double *cpu_s, Err *err)
{
    const Chip *chip;
    const Topology *topology;
    const Program *program;
    const CompileSummary *summary;
    const Trace *trace;
    TRY(chip_load(arena, EGRET_SOURCE_DIR "/arch/chips/spinnaker2.yaml", NULL, NULL, 0, &chip,
                  err));
    TRY(topology_build(arena, chip, &topology, err));
    CompileOptions compile_options = {.format = -1};
    TRY(compile(arena, chip, topology, network, &compile_options, &program, &summary, err));
    SimOptions options = {.mode = mode, .arrival = ARRIVE_SEQUENTIAL};
    double start_s = cpu_seconds();
    TRY(sim_run(arena, program, topology, input, events, &options, &trace, err));
    *cpu_s = cpu_seconds() - start_s;
    return STATUS_OK;
}

static Status measure(Arena *arena, const Job *job, Kind kind, Measurement *out, Err *err)
{
    const Network *network;
    const InputStream *input;
    const ReferenceRun *run;
    if (job->network) {
        TRY(network_load(arena, job->network, &network, err));
        TRY(input_load(arena, network, job->input, job->n_steps, &input, err));
    } else {
        TRY(generated_network(arena, &network, err));
        input = generated_input(arena, network, job->n_steps);
    }
    ReferenceOptions options = {.score = false};
    double start_s = cpu_seconds();
    TRY(reference_run(arena, network, input, &options, &run, err));
    out->cpu_s = cpu_seconds() - start_s;
    if (kind != KIND_REFERENCE) {
        SimMode mode = kind == KIND_EXECUTE ? SIM_EXECUTE : SIM_REPLAY;
        TRY(simulate(arena, network, input, run->events, mode, &out->cpu_s, err));
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    out->peak_bytes = (uint64_t)usage.ru_maxrss * 1024;
    out->network_bytes = network_bytes(network);
    out->n_steps = run->n_steps;
    return STATUS_OK;
}

/* The child's whole life. */
static void child(const Job *job, Kind kind, int to_parent)
{
    Arena *arena = arena_new();
    Err err = {.status = STATUS_OK};
    Measurement result = {0};
    Status status = measure(arena, job, kind, &result, &err);
    if (status != STATUS_OK) {
        fprintf(stderr, "speed: %s\n", err.message);
    } else if (write(to_parent, &result, sizeof result) != (ssize_t)sizeof result) {
        status = STATUS_IO;
    }
    arena_free(arena);
    _exit((int)status);
}

/* Returns an exit status; 0 if `out` was filled. */
static int measure_apart(const Job *job, Kind kind, Measurement *out)
{
    int ends[2];
    if (pipe(ends) != 0) {
        perror("speed: pipe");
        return STATUS_IO;
    }
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0) {
        perror("speed: fork");
        return STATUS_IO;
    }
    if (pid == 0) {
        close(ends[0]);
        child(job, kind, ends[1]);
    }
    close(ends[1]);
    ssize_t n_read = read(ends[0], out, sizeof *out);
    close(ends[0]);
    int status = 0;
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
        return WEXITSTATUS(status);
    }
    if (!WIFEXITED(status) || n_read != (ssize_t)sizeof *out) {
        fprintf(stderr, "speed: the %s run died\n", KIND_NAME[kind]);
        return STATUS_INTERNAL;
    }
    return STATUS_OK;
}

static int print_table(const Job *job)
{
    Measurement best[N_KINDS] = {{0}};
    for (uint32_t round = 0; round < job->n_rounds; round++) {
        for (int kind = 0; kind < N_KINDS; kind++) {
            Measurement now;
            int status = measure_apart(job, (Kind)kind, &now);
            if (status != STATUS_OK) {
                return status;
            }
            if (round == 0 || now.cpu_s < best[kind].cpu_s) {
                best[kind] = now;
            }
        }
    }
    printf("network %s: %.2f MB of parameters; %" PRIu32 " steps; best of %" PRIu32 "\n",
           job->network ? job->network : "generated 256/512/512/256, density 0.1",
           (double)best[0].network_bytes * 1e-6, best[0].n_steps, job->n_rounds);
    printf("%-10s %12s %14s %12s %16s\n", "run", "tokens/s", "of reference", "peak MB",
           "x network bytes");
    for (int kind = 0; kind < N_KINDS; kind++) {
        const Measurement *m = &best[kind];
        double seconds = m->cpu_s > 0 ? m->cpu_s : 1e-9;
        printf("%-10s %12.0f %14.4f %12.1f %16.2f\n", KIND_NAME[kind], (double)m->n_steps / seconds,
               best[0].cpu_s / seconds, (double)m->peak_bytes * 1e-6,
               (double)m->peak_bytes / (double)m->network_bytes);
    }
    printf("execute by replay + 2 x reference: %.2f\n",
           best[KIND_EXECUTE].cpu_s / (best[KIND_REPLAY].cpu_s + 2 * best[KIND_REFERENCE].cpu_s));
    return STATUS_OK;
}

static bool parse_count(const char *text, uint32_t *out)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < 1 || value > MAX_COUNT) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

static int usage(void)
{
    fprintf(stderr, "usage: speed [--steps N] [--rounds N] [NETWORK INPUT]\n");
    return STATUS_USAGE;
}

int main(int n_words, char **word)
{
    Job job = {.n_steps = DEFAULT_STEPS, .n_rounds = DEFAULT_ROUNDS};
    int i = 1;
    for (; i + 1 < n_words && strncmp(word[i], "--", 2) == 0; i += 2) {
        uint32_t *count = strcmp(word[i], "--steps") == 0    ? &job.n_steps
                          : strcmp(word[i], "--rounds") == 0 ? &job.n_rounds
                                                             : NULL;
        if (!count || !parse_count(word[i + 1], count)) {
            return usage();
        }
    }
    if (n_words - i == 2) {
        job.network = word[i];
        job.input = word[i + 1];
    } else if (n_words != i) {
        return usage();
    }
    return print_table(&job);
}
