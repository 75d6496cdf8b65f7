/* replay.c - how fast the event engine replays the published network, against a bare loop in C
 * that only walks the same lists of deliveries; and how much memory that takes.
 *
 * replay [--steps N] [--rounds N]
 *
 * Takes nothing; makes a network of the published size (workload.h), compiles it onto 150 cores
 * of spinnaker2 and draws events. Makes two tables: simulated tokens and deliveries per CPU
 * second of the replay, one token at a time and pipelined, and of the bare loop, with the ratio,
 * which is what to compare between machines; and the bytes of the replay by (unit, core) pair,
 * where a unit's events reach the core. Best of the rounds, which take turns, because whatever
 * else a machine does only ever adds.
 *
 * The bare loop: for every event of every step, for each core that it reaches, the weights of
 * its row there are added to the core's count. It has the lists as flat arrays and knows nothing
 * of time. Checked: it adds up to the operations that the replay counts.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "workload.h"

enum { DEFAULT_ROUNDS = 3, MAX_COUNT = 1000000 };

typedef struct Delivery {
    uint32_t core, ops;
} Delivery;

typedef struct Lists {
    uint64_t **first; /* [n_stages][units + 1] into delivery */
    Delivery *delivery;
    uint64_t *core_ops; /* [n_cores] */
} Lists;

/* Weights of a position's row in the slices of a core: of the next layer, and of its own. */
static uint32_t row_ops(const Plan *plan, uint32_t core, uint32_t stage, uint32_t position)
{
    uint32_t ops = 0;
    for (int which = 0; which < 2; which++) {
        if (which == 0 ? stage == plan->n_layers : stage == 0)
            continue;
        const uint32_t *slices = plan_layer_slices(plan, core, which == 0 ? stage : stage - 1);
        for (uint32_t s = slices[0]; s < slices[1]; s++)
            ops += plan_row_weights(plan, &plan->slice[s], which, position);
    }
    return ops;
}

static uint64_t list_position(const Plan *plan, const SourceBlock *block, uint32_t position,
                              Delivery *out)
{
    uint32_t stage = plan_source_stage(plan, block->source);
    uint32_t b = (uint32_t)(block - plan->block);
    uint64_t n = 0;
    for (uint32_t d = block->first_dest; d < plan_block_end(plan, b); d++)
        for (uint32_t i = 0; i < plan->dest[d].n_pairs; i++) {
            uint32_t core = plan->pair_core[plan->dest_pair[plan->dest[d].first_pair + i]];
            out[n++] = (Delivery){core, row_ops(plan, core, stage, position)};
        }
    return n;
}

/* Blocks of a stage ascend by position: keys are given out so. */
static Lists make_lists(Arena *arena, const Machine *machine)
{
    const Plan *plan = &machine->plan;
    Lists lists = {.first = ARENA_ARRAY(arena, uint64_t *, plan->n_stages),
                   .delivery = ARENA_ARRAY(arena, Delivery, workload_pairs(machine)),
                   .core_ops = ARENA_ARRAY(arena, uint64_t, plan->n_cores)};
    uint64_t n = 0;
    for (uint32_t stage = 0; stage < plan->n_stages; stage++) {
        uint32_t units = stage ? plan->program->layer[stage - 1].n_units : plan->program->n_inputs;
        uint32_t next = 0;
        lists.first[stage] = ARENA_ARRAY(arena, uint64_t, (size_t)units + 1);
        for (uint32_t b = 0; b < plan->n_blocks; b++) {
            const SourceBlock *block = &plan->block[b];
            if (block->closes || plan_source_stage(plan, block->source) != stage)
                continue;
            CHECK(block->first_position == next);
            for (uint32_t k = 0; k < block->n_keys; k++, next++) {
                lists.first[stage][next] = n;
                n += list_position(plan, block, next, &lists.delivery[n]);
            }
        }
        CHECK(next == units);
        lists.first[stage][units] = n;
    }
    return lists;
}

static uint64_t walk_event(const Lists *lists, uint32_t stage, uint32_t position)
{
    uint64_t first = lists->first[stage][position], end = lists->first[stage][position + 1];
    for (uint64_t i = first; i < end; i++)
        lists->core_ops[lists->delivery[i].core] += lists->delivery[i].ops;
    return end - first;
}

/* All steps; returns the deliveries. */
static uint64_t walk_all(const Lists *lists, const Machine *machine, const InputStream *input,
                         uint32_t *unit)
{
    const Plan *plan = &machine->plan;
    uint64_t n = 0;
    for (uint32_t t = 0; t < plan->n_steps; t++) {
        uint32_t n_inputs = input_events(input, t, unit, NULL);
        for (uint32_t i = 0; i < n_inputs; i++)
            n += walk_event(lists, 0, unit[i]);
        for (uint32_t l = 0; l < plan->n_layers; l++) {
            const uint32_t *position =
                plan->expected->unit + event_trace_first(plan->expected, t, l);
            for (uint32_t i = 0; i < event_trace_count(plan->expected, t, l); i++)
                n += walk_event(lists, l + 1, position[i]);
        }
    }
    return n;
}

/* The loop over all steps, and what a machine for them takes; *n_pairs of (unit, core). */
static Status bare_loop(Arena *arena, const Workload *work, Replay *out, uint64_t *n_pairs,
                        Err *err)
{
    const SimOptions options = {.mode = SIM_REPLAY};
    Machine *machine = ARENA_ARRAY(arena, Machine, 1);
    TRY(workload_machine(arena, work, &options, machine, err));
    *n_pairs = workload_pairs(machine);
    const Lists lists = make_lists(arena, machine);
    uint32_t *unit = ARENA_ARRAY(arena, uint32_t, work->program->n_inputs);
    double start_s = cpu_seconds();
    out->deliveries = walk_all(&lists, machine, work->input, unit);
    out->cpu_s = cpu_seconds() - start_s;
    return STATUS_OK;
}

static void keep_best(Replay *best, const Replay *now, uint32_t round)
{
    if (round == 0 || now->cpu_s < best->cpu_s)
        *best = *now;
}

static void print_row(const char *name, const Replay *run, uint32_t n_steps, const Replay *bare)
{
    double of_bare =
        (run->cpu_s / (double)run->deliveries) / (bare->cpu_s / (double)bare->deliveries);
    printf("%-22s %10.0f %14.1f %14.1f %12.1f\n", name, n_steps / run->cpu_s,
           (double)run->deliveries / run->cpu_s * 1e-6, run->cpu_s / (double)run->deliveries * 1e9,
           of_bare);
}

static Status print_tables(Arena *arena, uint32_t n_steps, uint32_t n_rounds, Err *err)
{
    WorkloadSpec spec = PUBLISHED;
    spec.n_steps = n_steps;
    Workload work;
    TRY(workload_make(arena, &spec, &work, err));
    Replay best[2], bare = {0}, now;
    uint64_t n_pairs = 0;
    for (uint32_t round = 0; round < n_rounds; round++) {
        for (int arrival = ARRIVE_SEQUENTIAL; arrival <= ARRIVE_PIPELINED; arrival++) {
            TRY(workload_replay(&work, (SimArrival)arrival, &now, err));
            keep_best(&best[arrival], &now, round);
        }
        Arena *scratch = arena_new();
        Status status = bare_loop(scratch, &work, &now, &n_pairs, err);
        arena_free(scratch);
        TRY(status);
        keep_best(&bare, &now, round);
    }
    printf("published size: %u cores, %" PRIu32
           " steps, %.0f deliveries and %.0f flit hops a token; "
           "best of %" PRIu32 "\n",
           work.program->n_cores, n_steps, (double)best[0].deliveries / n_steps,
           (double)best[0].flit_hops / n_steps, n_rounds);
    printf("%-22s %10s %14s %14s %12s\n", "run", "tokens/s", "M deliveries/s", "ns a delivery",
           "of bare loop");
    print_row("replay, one at a time", &best[ARRIVE_SEQUENTIAL], n_steps, &bare);
    print_row("replay, pipelined", &best[ARRIVE_PIPELINED], n_steps, &bare);
    print_row("bare loop", &bare, n_steps, &bare);
    printf("memory of a replay: %.1f MB, %" PRIu64 " (unit, core) pairs, %.1f bytes a pair\n",
           (double)best[0].bytes * 1e-6, n_pairs, (double)best[0].bytes / (double)n_pairs);
    return STATUS_OK;
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
    uint32_t n_steps = PUBLISHED.n_steps, n_rounds = DEFAULT_ROUNDS;
    for (int i = 1; i < n_words; i += 2) {
        uint32_t *count = strcmp(word[i], "--steps") == 0    ? &n_steps
                          : strcmp(word[i], "--rounds") == 0 ? &n_rounds
                                                             : NULL;
        if (!count || i + 1 == n_words || !parse_count(word[i + 1], count)) {
            fprintf(stderr, "usage: replay [--steps N] [--rounds N]\n");
            return STATUS_USAGE;
        }
    }
    Arena *arena = arena_new();
    Err err = {.status = STATUS_OK};
    Status status = print_tables(arena, n_steps, n_rounds, &err);
    if (status != STATUS_OK)
        fprintf(stderr, "replay: %s\n", err.message);
    arena_free(arena);
    return (int)status;
}
