/* soak.c - one long run of the event engine: does memory grow, do counters stay with what the
 * events imply?
 *
 * soak [--deliveries N]
 *
 * Takes nothing; replays the published network (workload.h), one token at a time, until N
 * packets have been delivered (default 5 million; 1e9 is the real thing and takes as long as it
 * takes). After every step the weights applied for it and the events sent in it must be those
 * that follow from its events, the ones of the step before and the network's rows, and every
 * thousand steps the resident memory is looked at. At the end deliveries are counted against the
 * closed form, and all else as sim_run does. Memory may grow by at most GROWTH_BYTES from the
 * first tenth of the run on. Exits with 70 if anything differs.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "traffic_counts.h"
#include "workload.h"

#define GROWTH_BYTES (UINT64_C(1) << 20)

enum { LOOK_STEPS = 1000 };

typedef struct Soak {
    const Workload *work;
    Machine *machine;
    uint32_t n_steps, wrong_step; /* the latter: plus 1 */
    uint64_t first_bytes, most_bytes;
    uint32_t *unit;
} Soak;

static uint64_t resident_bytes(void)
{
    unsigned long long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL)
        return 0;
    int n = fscanf(file, "%llu %llu", &size, &resident);
    fclose(file);
    return n == 2 ? resident * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static uint64_t row_weights(const SparseRows *rows, const uint32_t *unit, uint32_t n)
{
    uint64_t weights = 0;
    for (uint32_t i = 0; i < n; i++)
        weights += rows->row_start[unit[i] + 1] - rows->row_start[unit[i]];
    return weights;
}

/* Weights applied for a step: rows of its events in the next layer, of those of the step before
 * in their own. */
static uint64_t expected_ops(const Soak *soak, uint32_t step)
{
    const Network *network = soak->work->network;
    const EventTrace *events = soak->work->events;
    uint32_t n = input_events(soak->work->input, step, soak->unit, NULL);
    uint64_t ops = row_weights(&network->layer[0].input, soak->unit, n);
    for (uint32_t l = 0; l < network->n_layers; l++) {
        if (l + 1 < network->n_layers)
            ops += row_weights(&network->layer[l + 1].input,
                               events->unit + event_trace_first(events, step, l),
                               event_trace_count(events, step, l));
        if (step > 0)
            ops += row_weights(&network->layer[l].recurrent,
                               events->unit + event_trace_first(events, step - 1, l),
                               event_trace_count(events, step - 1, l));
    }
    return ops;
}

static uint64_t expected_events(const Soak *soak, uint32_t step)
{
    uint64_t n = 0;
    for (uint32_t l = 0; l < soak->work->network->n_layers; l++)
        n += event_trace_count(soak->work->events, step, l);
    return n;
}

/* The host has the result of `done` steps. */
static bool on_step(void *context, uint64_t done, uint64_t total)
{
    Soak *soak = context;
    uint32_t step = (uint32_t)done - 1;
    const StepTimes *counted = &soak->machine->tally.step[step];
    (void)total;
    if (soak->wrong_step == 0 && (counted->synaptic_ops != expected_ops(soak, step) ||
                                  counted->events != expected_events(soak, step)))
        soak->wrong_step = (uint32_t)done;
    if (done % LOOK_STEPS != 0 && done != soak->n_steps && step != soak->n_steps / 10)
        return true;
    uint64_t bytes = resident_bytes();
    if (step >= soak->n_steps / 10 && soak->first_bytes == 0)
        soak->first_bytes = bytes;
    if (bytes > soak->most_bytes)
        soak->most_bytes = bytes;
    return true;
}

/* Cores that the events of each position of a stage reach, and how many hear of its sources' steps. */
typedef struct Reach {
    uint32_t *of, *source; /* [units] */
    uint64_t closing;      /* over all sources of the stage: each closes every step once */
} Reach;

static Reach find_reach(Arena *arena, const Plan *plan, uint32_t stage)
{
    uint32_t units = stage ? plan->program->layer[stage - 1].n_units : plan->program->n_inputs;
    Reach reach = {ARENA_ARRAY(arena, uint32_t, units), ARENA_ARRAY(arena, uint32_t, units), 0};
    uint32_t last = PROGRAM_NONE; /* all parts of a closing block lead to the same cores */
    for (uint32_t b = 0; b < plan->n_blocks; b++) {
        const SourceBlock *block = &plan->block[b];
        uint32_t n = 0;
        if (plan_source_stage(plan, block->source) != stage)
            continue;
        for (uint32_t d = block->first_dest; d < plan_block_end(plan, b); d++)
            n += plan->dest[d].n_pairs;
        if (block->closes) {
            reach.closing += block->source != last ? n : 0;
            last = block->source;
            continue;
        }
        for (uint32_t k = 0; k < block->n_keys; k++) {
            reach.of[block->first_position + k] = n;
            reach.source[block->first_position + k] = block->source;
        }
    }
    return reach;
}

/* Deliveries of one step from one stage: its closing packets, and the events that close nothing,
 * which are all but the last of each source. */
static uint64_t step_deliveries(const Reach *reach, const uint32_t *position, uint32_t n_events)
{
    uint64_t n = reach->closing;
    for (uint32_t i = 0; i + 1 < n_events; i++)
        if (reach->source[position[i]] == reach->source[position[i + 1]])
            n += reach->of[position[i]];
    return n;
}

static uint64_t expected_deliveries(Arena *arena, const Soak *soak)
{
    const Plan *plan = &soak->machine->plan;
    uint64_t n = 0;
    for (uint32_t stage = 0; stage < plan->n_stages; stage++) {
        const Reach reach = find_reach(arena, plan, stage);
        for (uint32_t t = 0; t < soak->n_steps; t++) {
            if (stage == 0) {
                uint32_t n_inputs = input_events(soak->work->input, t, soak->unit, NULL);
                n += step_deliveries(&reach, soak->unit, n_inputs);
            } else {
                n += step_deliveries(
                    &reach, plan->expected->unit + event_trace_first(plan->expected, t, stage - 1),
                    event_trace_count(plan->expected, t, stage - 1));
            }
        }
    }
    return n;
}

/* Pages that the run will write anyway count from the start. */
static void touch_steps(Machine *machine)
{
    volatile StepTimes *step = machine->tally.step;
    for (uint32_t t = 0; t < machine->plan.n_steps; t++)
        step[t].end_ps = 0;
}

static Status run(Arena *arena, Soak *soak, double *cpu_s, Err *err)
{
    const SimOptions options = {.mode = SIM_REPLAY, .progress = on_step, .progress_context = soak};
    uint64_t end_ps, run_cycles;
    soak->machine = ARENA_ARRAY(arena, Machine, 1);
    soak->unit = ARENA_ARRAY(arena, uint32_t, soak->work->program->n_inputs);
    TRY(workload_machine(arena, soak->work, &options, soak->machine, err));
    touch_steps(soak->machine);
    double start_s = cpu_seconds();
    TRY(engine_event_run(soak->machine, err));
    *cpu_s = cpu_seconds() - start_s;
    TRY(machine_finish(soak->machine, &end_ps, &run_cycles));
    traffic_counts(arena, &soak->machine->plan, soak->work->input, soak->work->events,
                   &soak->machine->tally);
    return machine_check(arena, soak->machine, soak->work->events, run_cycles, err);
}

static Status report(Arena *arena, const Soak *soak, double cpu_s, Err *err)
{
    uint64_t counted = workload_deliveries(soak->machine);
    uint64_t expected = expected_deliveries(arena, soak);
    uint64_t growth = soak->most_bytes - soak->first_bytes;
    printf("%" PRIu64 " deliveries in %" PRIu32
           " steps, %.1f s: %.0f tokens/s, %.1f M deliveries/s\n",
           counted, soak->n_steps, cpu_s, soak->n_steps / cpu_s, (double)counted / cpu_s * 1e-6);
    printf("resident memory %.1f MB after a tenth of it, at most %.1f MB later: %.0f kB more\n",
           (double)soak->first_bytes * 1e-6, (double)soak->most_bytes * 1e-6,
           (double)growth * 1e-3);
    if (soak->wrong_step != 0)
        return err_set(err, STATUS_INTERNAL,
                       "step %" PRIu32 ": weights or events differ from what its events imply",
                       soak->wrong_step - 1);
    if (counted != expected)
        return err_set(err, STATUS_INTERNAL, "%" PRIu64 " deliveries counted; expected %" PRIu64,
                       counted, expected);
    if (growth > GROWTH_BYTES)
        return err_set(err, STATUS_INTERNAL, "memory grows: %" PRIu64 " bytes", growth);
    printf("weights and events of every step, and all deliveries, as the events imply\n");
    return STATUS_OK;
}

static Status soak_all(Arena *arena, uint64_t n_deliveries, Err *err)
{
    enum { DELIVERIES_PER_STEP = 74000 }; /* of the published network, about */
    WorkloadSpec spec = PUBLISHED;
    uint64_t n_steps = n_deliveries / DELIVERIES_PER_STEP + 1;
    spec.n_steps = (uint32_t)n_steps;
    Workload work;
    Soak soak = {.work = &work, .n_steps = spec.n_steps};
    double cpu_s = 0;
    TRY(workload_make(arena, &spec, &work, err));
    TRY(run(arena, &soak, &cpu_s, err));
    return report(arena, &soak, cpu_s, err);
}

int main(int n_words, char **word)
{
    double n_deliveries = 5e6;
    char *end = NULL;
    if (n_words == 3 && strcmp(word[1], "--deliveries") == 0)
        n_deliveries = strtod(word[2], &end);
    if ((n_words != 1 && (end == NULL || *end != '\0')) ||
        !(n_deliveries >= 1 && n_deliveries <= 1e11)) {
        fprintf(stderr, "usage: soak [--deliveries N]\n");
        return STATUS_USAGE;
    }
    Arena *arena = arena_new();
    Err err = {.status = STATUS_OK};
    Status status = soak_all(arena, (uint64_t)n_deliveries, &err);
    if (status != STATUS_OK)
        fprintf(stderr, "soak: %s\n", err.message);
    arena_free(arena);
    return (int)status;
}
