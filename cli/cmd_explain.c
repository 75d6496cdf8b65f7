/* cmd_explain.c - `egret explain`: what bounds the time of a step, and what would help.
 *
 * Runs the first steps one token at a time, picks a step, runs again with a recording of it
 * (sim/explain.h) and shows its critical path, the slack of the cores and the links that packets of
 * the path took. What-ifs are runs too:
 * of the same events on a changed chip, or of the network compiled in another way.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "arch/chip_draw.h"
#include "base/check.h"
#include "base/number_text.h"
#include "commands.h"
#include "explain_packets.h"

static const OptionRow OPTIONS[] = {
    OPTIONS_CHIP,
    OPTIONS_INPUT,
    OPTIONS_REPLAY,
    OPTIONS_STATE,
    OPTIONS_QUANTIZE,
    OPTIONS_MAPPING,
    {"measure-activity", 0, OPTION_VALUE, "N",
     "the compiler reckons with the rates of each unit in a\n"
     "reference run of the first N steps of the input"},
    OPTIONS_ENGINE,
    {"step", 0, OPTION_VALUE, "N", "explain step N, from 0 (default: one of median latency)"},
    {"links", 0, OPTION_VALUE, "FILE",
     "write every packet of the path and every link it took, with\n"
     "idle time and wait in ps, as a table (docs/results.md)"},
};

enum { SHOWN_LEGS = 12, SHOWN_CORES = 6, MAX_NAMES = 48 };

static const double PS_PER_US = 1e6;
static const double TIGHT_SHARE = 0.01;

/* ---- runs -------------------- */

/* The first steps, one token at a time. */
static Status replay(const Job *job, const Program *program, const Topology *topology,
                     const SimObserver *observer, const Trace **out, Err *err)
{
    SimOptions options = {
        .mode = SIM_REPLAY,
        .arrival = ARRIVE_SEQUENTIAL,
        .n_steps = job->n_sim_steps,
        .observer = observer,
    };
    return job_simulate(job, program, topology, &options, job->arena, out, err);
}

static uint64_t latency_ps(const Trace *trace, uint32_t step)
{
    return trace->step[step].end_ps - trace->step[step].start_ps;
}

static double mean_us(const Trace *trace)
{
    double sum_ps = 0;

    for (uint32_t t = 0; t < trace->n_steps; t++)
        sum_ps += (double)latency_ps(trace, t);
    return sum_ps / trace->n_steps / PS_PER_US;
}

/* ---- path -------------------- */

static const char *layer_text(const Job *job, uint32_t layer)
{
    if (layer >= job->program->n_layers)
        return "the host";
    return job->program->layer[layer].name;
}

static uint32_t core_id(const Job *job, uint32_t core)
{
    return job->program->core[core].core;
}

static const char *leg_text(const Job *job, const PathLeg *leg)
{
    Arena *arena = job->arena;
    const char *layer = layer_text(job, leg->layer);

    switch (leg->kind) {
    case LEG_INPUT:
        return arena_printf(arena, "the host sends, up to a packet for core %" PRIu32,
                            core_id(job, leg->to));
    case LEG_NETWORK:
        if (leg->core == PROGRAM_NONE)
            return arena_printf(arena, "a packet of %s comes to core %" PRIu32, layer,
                                core_id(job, leg->to));
        return arena_printf(arena, "a packet of %s from core %" PRIu32 " to %" PRIu32, layer,
                            core_id(job, leg->core), core_id(job, leg->to));
    case LEG_OUTPUT:
        return arena_printf(arena, "the result of core %" PRIu32 " to the host",
                            core_id(job, leg->core));
    case LEG_RECEIVE:
        return arena_printf(arena, "core %" PRIu32 " receives %s packets of %s",
                            core_id(job, leg->core), number_text(leg->n_parts).text, layer);
    case LEG_UPDATE:
        return arena_printf(arena, "core %" PRIu32 " updates its units of %s",
                            core_id(job, leg->core), layer);
    case LEG_EMIT:
        return arena_printf(arena, "core %" PRIu32 " sends %s packets of %s",
                            core_id(job, leg->core), number_text(leg->n_parts).text, layer);
    case LEG_ARRAY:
        return arena_printf(arena, "core %" PRIu32 " waits for its MAC array, %s",
                            core_id(job, leg->core), layer);
    case LEG_STALL:
        return arena_printf(arena, "core %" PRIu32 " waits for room in the network",
                            core_id(job, leg->core));
    default:
        return arena_printf(arena, "core %" PRIu32 " waits for something else",
                            core_id(job, leg->core));
    }
}

static uint64_t length_of(const PathLeg *leg)
{
    return leg->end_ps - leg->begin_ps;
}

/* So many picoseconds that at most SHOWN_LEGS legs take as long. */
static uint64_t least_shown(const Explanation *told)
{
    uint64_t least = 0;

    for (;;) {
        uint64_t shortest = UINT64_MAX;
        uint32_t n = 0;
        for (uint32_t i = 0; i < told->n_legs; i++) {
            const uint64_t length = length_of(&told->leg[i]);
            if (length < least)
                continue;
            n++;
            shortest = length < shortest ? length : shortest;
        }
        if (n <= SHOWN_LEGS)
            return least;
        least = shortest + 1;
    }
}

static void write_path(const Job *job, const Explanation *told)
{
    const double all_ps = (double)(told->end_ps - told->begin_ps);
    const uint64_t least_ps = least_shown(told);
    uint64_t hidden_ps = 0;
    uint32_t n_hidden = 0;

    printf("\nCRITICAL PATH                                            from us         us\n");
    for (uint32_t i = 0; i < told->n_legs; i++) {
        const PathLeg *leg = &told->leg[i];
        if (length_of(leg) < least_ps) {
            hidden_ps += length_of(leg);
            n_hidden++;
            continue;
        }
        printf("  %-52.52s %9.2f %10.2f %5.1f %%\n", leg_text(job, leg),
               (double)(leg->begin_ps - told->begin_ps) / PS_PER_US,
               (double)length_of(leg) / PS_PER_US, 100 * (double)length_of(leg) / all_ps);
    }
    if (n_hidden > 0)
        printf("  %-52.52s %9s %10.2f %5.1f %%\n",
               arena_printf(job->arena, "%" PRIu32 " shorter parts in between", n_hidden), "",
               (double)hidden_ps / PS_PER_US, 100 * (double)hidden_ps / all_ps);
    printf("BOUND BY ");
    for (LegKind kind = (LegKind)0; kind < N_LEGS; kind++)
        if (told->kind_ps[kind] > 0)
            printf(" %s %.1f %%", leg_name(kind), 100 * (double)told->kind_ps[kind] / all_ps);
    printf("\n");
}

static int compare_slack(const void *left, const void *right)
{
    const CoreSlack *a = left, *b = right;
    if (a->slack_ps != b->slack_ps)
        return a->slack_ps < b->slack_ps ? -1 : 1;
    return (a->core > b->core) - (a->core < b->core);
}

static void write_slack(const Job *job, const Explanation *told)
{
    const uint32_t n = job->program->n_cores;
    const double all_ps = (double)(told->end_ps - told->begin_ps);
    CoreSlack *sorted = ARENA_ARRAY(job->arena, CoreSlack, n);
    uint32_t n_tight = 0;

    memcpy(sorted, told->slack, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_slack);
    while (n_tight < n && (double)sorted[n_tight].slack_ps < TIGHT_SHARE * all_ps)
        n_tight++;
    printf("SLACK     below 1 %% of the step on %" PRIu32 " of %" PRIu32
           " cores; median %.2f us, most %.2f us\n",
           n_tight, n, (double)sorted[n / 2].slack_ps / PS_PER_US,
           (double)sorted[n - 1].slack_ps / PS_PER_US);
    for (uint32_t i = 0; i < n && i < SHOWN_CORES; i++)
        printf("%s core %" PRIu32 " %.2f us (busy %.0f %%)%s", i % 3 == 0 ? " " : "",
               core_id(job, sorted[i].core), (double)sorted[i].slack_ps / PS_PER_US,
               100 * (double)sorted[i].busy_ps / all_ps,
               i % 3 == 2 || i + 1 == n || i + 1 == SHOWN_CORES ? "\n" : ",");
}

/* ---- what if -------------------- */

/* Numbers of the chip that change together: the factor, or the value where `to` is not 0. */
typedef struct NumberChange {
    const char *key; /* all keys that begin like this */
    double factor, to;
} NumberChange;

enum { MAX_CHANGES = 8 };

typedef struct ChipChange {
    const char *name;
    NumberChange change[MAX_CHANGES];
} ChipChange;

static const ChipChange CHIP_CHANGES[] = {
    {"the cores' clock doubled", {{"operating_points.", 2, 0}}},
    {"receive FIFOs four times as deep", {{"core.receive_fifo_packets", 4, 0}}},
    {"receiving a packet in half the cycles", {{"software.receive_event_cycles", 0.5, 0}}},
    {"a weight in half the cycles", {{"software.synapse_", 0.5, 0}}},
    {"updating a unit in half the cycles", {{"software.update_", 0.5, 0}}},
    {"an ideal network on the chip",
     {{"noc.hop_cycles", 1, 1},
      {"noc.inject_cycles", 1, 1},
      {"noc.eject_cycles", 1, 1},
      {"noc.link_bits", 1, 65536}, /* no flit is wider */
      {"noc.buffer_flits", 16, 0},
      {"router.lookup_cycles", 1, 1},
      {"router.port_queue_packets", 16, 0},
      {"core.inject_queue_packets", 16, 0}}},
    {"an ideal link to the host", {{"host.bits_per_second", 1000, 0}, {"host.latency_ns", 0, 0}}},
};

typedef struct WhatIf {
    const char *name;
    double us;          /* mean latency of the changed design; below 0: ... */
    const char *reason; /* ... why there is none                            */
} WhatIf;

typedef struct WhatIfs {
    uint32_t n;
    WhatIf row[MAX_NAMES];
} WhatIfs;

static void add_result(WhatIfs *list, const char *name, Status status, const Trace *trace,
                       Arena *arena, const Err *err)
{
    if (list->n == MAX_NAMES)
        return;
    WhatIf *row = &list->row[list->n++];
    *row = (WhatIf){name, -1, NULL};
    if (status == STATUS_OK)
        row->us = mean_us(trace);
    else
        row->reason = arena_printf(arena, "%s", err->message);
}

static double changed(const NamedCost *named, const ChipChange *change)
{
    const size_t n_key = strlen(named->key);
    double value = named->cost->value;

    for (size_t i = 0; i < MAX_CHANGES && change->change[i].key != NULL; i++) {
        const NumberChange *one = &change->change[i];
        const bool clock_only = strcmp(one->key, "operating_points.") == 0;
        if (strncmp(named->key, one->key, strlen(one->key)) != 0 ||
            (clock_only && (n_key < 3 || strcmp(named->key + n_key - 3, ".hz") != 0)))
            continue;
        value = one->to != 0 ? one->to : value * one->factor;
    }
    return named->step == 1 && value > 0 && value < 1 ? 1 : value;
}

static void try_chips(const Job *job, WhatIfs *list)
{
    const NamedCost *named;
    const uint32_t n = chip_numbers(job->arena, job->chip, &named);
    double *value = ARENA_ARRAY(job->arena, double, n);

    for (size_t i = 0; i < sizeof CHIP_CHANGES / sizeof CHIP_CHANGES[0]; i++) {
        const Topology *topology;
        const Trace *trace = NULL;
        Err err;
        for (uint32_t k = 0; k < n; k++) {
            value[k] = changed(&named[k], &CHIP_CHANGES[i]);
            if (named[k].step == 1)
                value[k] = (double)(uint64_t)(value[k] + 0.5);
        }
        Status status = topology_build(job->arena, chip_with_numbers(job->arena, job->chip, value),
                                       &topology, &err);
        if (status == STATUS_OK)
            status = replay(job, job->program, topology, NULL, &trace, &err);
        add_result(list, CHIP_CHANGES[i].name, status, trace, job->arena, &err);
    }
}

static void try_mapping(Job *job, const CompileOptions *options, const char *name, WhatIfs *list)
{
    const Program *program;
    const CompileSummary *summary;
    const Trace *trace = NULL;
    Err err;
    Status status = compile(job->arena, job->chip, job->topology, job->network, options, &program,
                            &summary, &err);

    if (status == STATUS_OK)
        status = replay(job, program, job->topology, NULL, &trace, &err);
    add_result(list, name, status, trace, job->arena, &err);
}

/* Each layer on one core more, where layers have cores of their own and there is one more;
 * indices half as wide. */
static void try_mappings(Job *job, const CompileOptions *options, WhatIfs *list)
{
    const CompileSummary *summary = job->summary;
    const uint32_t n_layers = job->network->n_layers;
    uint32_t *count = ARENA_ARRAY(job->arena, uint32_t, n_layers);
    uint32_t n_cores = 0, most_bits = 0;
    CompileOptions other = *options;

    for (uint32_t l = 0; l < n_layers; l++) {
        count[l] = summary->layer[l].n_cores;
        n_cores += count[l];
        most_bits = summary->layer[l].max_index_bits > most_bits ? summary->layer[l].max_index_bits
                                                                 : most_bits;
    }
    other.n_core_counts = n_layers;
    other.core_count = count;
    for (uint32_t l = 0;
         l < n_layers && n_cores == job->program->n_cores && n_cores < chip_usable_cores(job->chip);
         l++) {
        count[l]++;
        try_mapping(job, &other,
                    arena_printf(job->arena, "%s on one core more", summary->layer[l].name), list);
        count[l]--;
    }
    if (most_bits <= 8)
        return;
    other = *options;
    other.index_bits = most_bits / 2;
    try_mapping(job, &other,
                arena_printf(job->arena, "column indices of %" PRIu32 " bits", other.index_bits),
                list);
}

static int compare_gain(const void *left, const void *right)
{
    const WhatIf *a = left, *b = right;
    if ((a->us < 0) != (b->us < 0))
        return a->us < 0 ? 1 : -1;
    return (a->us > b->us) - (a->us < b->us);
}

static void write_what_ifs(WhatIfs *list, double base_us)
{
    qsort(list->row, list->n, sizeof list->row[0], compare_gain);
    printf("\nWHAT IF   each a run of the changed design, mean of the steps      us     change\n");
    for (uint32_t i = 0; i < list->n; i++) {
        const WhatIf *row = &list->row[i];
        if (row->us >= 0)
            printf("  %-52.52s %15.2f %+8.1f %%\n", row->name, row->us,
                   100 * (row->us / base_us - 1));
        else
            printf("  %-30.30s %.46s\n", row->name, row->reason);
    }
}

/* ---- all together -------------------- */

static Status pick_step(const Job *job, const Trace *trace, uint32_t *out, Err *err)
{
    uint64_t step;

    TRY(args_u64(job->args, "step", 0, trace->n_steps - 1,
                 explain_median_step(trace, EXPLAINED_STEPS), &step, err));
    *out = (uint32_t)step;
    return STATUS_OK;
}

/* Path, slack and packets of a step, from a run with a recording of it. */
static Status tell_step(const Job *job, const Trace *trace, uint32_t step, Err *err)
{
    const StepTimes *times = &trace->step[step];
    Recording *recording = recording_new(job->arena, job->program, times->start_ps, times->end_ps);
    const Trace *recorded;
    const Explanation *told;
    const PacketWays *ways;

    if (step > 0)
        recording_since(recording, times[-1].start_ps);
    TRY(replay(job, job->program, job->topology, recording_observer(recording), &recorded, err));
    const ExplainedRun run = {job->program, job->topology, job->input, recorded};
    TRY(explain_step(job->arena, recording, recorded, step, &told, err));
    TRY(explain_ways(job->arena, recording, &run, told, &ways, err));
    if (args_text(job->args, "links") != NULL)
        TRY(write_links_csv(job, told, ways, args_text(job->args, "links"), err));
    printf("%.30s on %.20s, point %.8s: step %" PRIu32 " of the first %" PRIu32
           ", %.2f us; mean %.2f us\n",
           job->network->name, job->chip->name, job->chip->point[job->point].name, step,
           trace->n_steps, (double)latency_ps(trace, step) / PS_PER_US, mean_us(trace));
    write_path(job, told);
    write_slack(job, told);
    write_packets(job, told, ways);
    return STATUS_OK;
}

static Status run(Arena *arena, const Args *args, Err *err)
{
    CompileOptions options;
    const Trace *trace;
    WhatIfs list = {0};
    uint32_t step;
    Job job;

    TRY(job_begin(arena, args, &job, err));
    TRY(job_load_chip(&job, err));
    TRY(job_load_network(&job, args->operand[0], err));
    TRY(job_load_input(&job, args_text(args, "replay"), err));
    if (!job.engine->timed)
        return err_set(err, STATUS_USAGE,
                       "--fidelity: %s has no time axis; expected an engine that has one",
                       job.engine->name);
    TRY(job_read_compile(&job, &options, err));
    TRY(job_compile(&job, NULL, NULL, err));
    TRY(job_make_events(&job, err));
    if (job.n_sim_steps == 0 || job.n_sim_steps > EXPLAINED_STEPS)
        job.n_sim_steps =
            job.input->n_steps < EXPLAINED_STEPS ? job.input->n_steps : EXPLAINED_STEPS;
    TRY(replay(&job, job.program, job.topology, NULL, &trace, err));
    TRY(pick_step(&job, trace, &step, err));
    TRY(tell_step(&job, trace, step, err));
    try_chips(&job, &list);
    try_mappings(&job, &options, &list);
    write_what_ifs(&list, mean_us(trace));
    return STATUS_OK;
}

const CommandRow COMMAND_EXPLAIN = {
    .name = "explain",
    .operands = "NET --chip CHIP --input FILE [--step N]",
    .summary = "Show what bounds the time of a step: critical path, slack, and what would help.",
    .details =
        "The path is told from the host's first packet to the last result: which core, task and\n"
        "packet followed which; of packets, also the links they took, by the router tables, and\n"
        "their wait: how much longer they took than on an idle network. What-ifs are runs of\n"
        "changed chips or mappings, the largest gain first. Of the input the first 16 steps\n"
        "are run, one token at a time.",
    .option = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
    .operand = "NET",
};
