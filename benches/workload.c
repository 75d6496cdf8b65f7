/* workload.c - see workload.h. */
#define _POSIX_C_SOURCE 200809L

#include "workload.h"

#include <time.h>

#include "compiler/compiler.h"
#include "models/generate.h"
#include "traffic_counts.h"

static const uint32_t PUBLISHED_SIZE[] = {750, 1350, 1350, 750};
static const uint32_t PUBLISHED_CORES[] = {50, 50, 50};
static const ChipSetting PUBLISHED_CHIP[] = {{"grid.usable_cores", "150"}};

const WorkloadSpec PUBLISHED = {
    .chip = "spinnaker2",
    .n_settings = 1,
    .setting = PUBLISHED_CHIP,
    .n_layers = 3,
    .size = PUBLISHED_SIZE,
    .cores = PUBLISHED_CORES,
    .density = 0.05,
    .input_rate = 1,
    .rate = 0.1,
    .n_steps = 200,
};

double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static Status draw_events(Arena *arena, const WorkloadSpec *spec, Workload *out, Err *err)
{
    double *rate = ARENA_ARRAY(arena, double, (size_t)spec->n_layers + 1);
    rate[0] = spec->input_rate;
    for (uint32_t l = 0; l < spec->n_layers; l++)
        rate[l + 1] = spec->rate;
    const ActivityStatistics statistics = {
        .n_rates = spec->n_layers + 1,
        .rate = rate,
        .n_steps = spec->n_steps,
        .seed = 1,
    };
    return activity_draw(arena, out->network, &statistics, &out->input, &out->events, err);
}

Status workload_make(Arena *arena, const WorkloadSpec *spec, Workload *out, Err *err)
{
    const GenerateOptions generate = {
        .name = "workload",
        .cell = "egru",
        .n_sizes = spec->n_layers + 1,
        .size = spec->size,
        .density = spec->density,
        .pick = PICK_EXACT,
        .threshold_mean = 0.25,
        .gain = 1.0,
        .seed = 1,
    };
    const CompileOptions how = {
        .format = FORMAT_SOURCE,
        .n_core_counts = spec->n_layers,
        .core_count = spec->cores,
        .split = "equal",
        .placement = "sequential",
    };
    const Chip *chip;
    const CompileSummary *summary;
    TRY(chip_load(arena, spec->chip, EGRET_SOURCE_DIR "/arch/chips", spec->setting,
                  spec->n_settings, &chip, err));
    TRY(topology_build(arena, chip, &out->topology, err));
    TRY(network_generate(arena, &generate, &out->network, err));
    TRY(compile(arena, chip, out->topology, out->network, &how, &out->program, &summary, err));
    return draw_events(arena, spec, out, err);
}

Status workload_machine(Arena *arena, const Workload *work, const SimOptions *options,
                        Machine *machine, Err *err)
{
    const SimRun run = {work->program, work->topology, work->input,
                        work->events,  options,        event_network};
    return machine_init(arena, machine, &run, err);
}

uint64_t workload_deliveries(const Machine *machine)
{
    uint64_t n = 0;
    for (uint32_t c = 0; c < machine->plan.n_cores; c++) {
        const uint64_t *count = machine->tally.count[c].n;
        n += count[COUNT_EVENTS_IN] + count[COUNT_MARKERS_IN];
    }
    return n;
}

uint64_t workload_pairs(const Machine *machine)
{
    const Plan *plan = &machine->plan;
    uint64_t n = 0;
    for (uint32_t b = 0; b < plan->n_blocks; b++)
        for (uint32_t d = plan->block[b].first_dest;
             !plan->block[b].closes && d < plan_block_end(plan, b); d++)
            n += (uint64_t)plan->dest[d].n_pairs * plan->block[b].n_keys;
    return n;
}

static Status run_in(Arena *arena, const Workload *work, SimArrival arrival, Replay *out, Err *err)
{
    const SimOptions options = {.mode = SIM_REPLAY, .arrival = arrival};
    Machine *machine = ARENA_ARRAY(arena, Machine, 1);
    uint64_t end_ps, run_cycles;
    TRY(workload_machine(arena, work, &options, machine, err));
    out->bytes = arena_bytes(arena);
    double start_s = cpu_seconds();
    TRY(engine_event_run(machine, err));
    TRY(machine_finish(machine, &end_ps, &run_cycles));
    out->cpu_s = cpu_seconds() - start_s;
    traffic_counts(arena, &machine->plan, work->input, work->events, &machine->tally);
    TRY(machine_check(arena, machine, work->events, run_cycles, err));
    out->deliveries = workload_deliveries(machine);
    out->lookups = machine->tally.router.lookups;
    out->flit_hops = 0;
    for (uint32_t l = 0; l < topology_all_links(work->topology); l++)
        out->flit_hops += machine->tally.link[l].flits;
    return STATUS_OK;
}

Status workload_replay(const Workload *work, SimArrival arrival, Replay *out, Err *err)
{
    Arena *arena = arena_new();
    Status status = run_in(arena, work, arrival, out, err);
    arena_free(arena);
    return status;
}
