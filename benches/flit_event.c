/* flit_event.c - the event engine against the flit engine on the same programs.
 *
 *   flit_event [--programs N] [--random] [--phits P]
 *
 * Runs the shipped network, one of the published size, and N random programs (default 50; --random:
 * only those) in both engines: by dataflow one token at a time and pipelined, between barriers, at
 * ticks of the longest step and of half of it. Compares totals, which must be equal (flits of every
 * link, what every core received, sent and applied, look-ups; with ticks, overruns and late
 * events), and the latency of every step. Random programs are networks of one to three layers on
 * every kind of chip, with small buffers, queues and FIFOs, and cores, router and links of random
 * speed, mostly so fast that the network is what counts. Events are drawn from rates, so nothing
 * has to be trained. --phits: those with links so narrow that a flit takes P cycles (default: as
 * wide as a flit). Exit code 6 if a total differs, a step is more than 5 % off, or no flit waited
 * for a link or no event was late for its tick, so that nothing was compared.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/rng.h"
#include "arch/chip.h"
#include "arch/topology.h"
#include "compiler/compiler.h"
#include "models/generate.h"
#include "models/input.h"
#include "models/network.h"
#include "sim/sim.h"

enum {
    DEFAULT_PROGRAMS = 50,
    MAX_PHITS = 16,
    FLIT_BITS = 96,
    MAX_PROGRAMS = 10000,
    MAX_SETTINGS = 18,
    TRIES = 20
};

static const double LIMIT = 0.05;
static const uint64_t PS_PER_NS = 1000;
static const char *const ENGINES[] = {"event", "flit"};

typedef struct Case {
    const char *name, *chip;
    const char *folder; /* a network of the project, or NULL: generated                   */
    uint32_t n_sizes, size[4], n_steps, n_settings;
    double density, input_rate, rate;
    CompileOptions how;
    ChipSetting setting[MAX_SETTINGS];
    uint64_t seed;
} Case;

typedef struct Prepared { /* compiled, with the events to replay */
    const Topology *topology;
    const Program *program;
    const InputStream *input;
    const EventTrace *events;
} Prepared;

typedef struct Worst { /* of one way to run: deviation of a step's latency, and of the end */
    double step, end;
    bool equal;                              /* totals */
    uint32_t n_programs, n_links, n_lookups; /* of these, where flits waited for links, look-ups
                                                for places or turns */
    uint32_t n_late;                         /* ... and where events were late for their tick */
    uint64_t longest_ps;                     /* step, of all programs */
} Worst;

typedef struct Way { /* to run a program */
    const char *name;
    SimArrival arrival;
    SimSync sync;
    uint32_t tick_share; /* a tick is the longest step of the first way by this */
} Way;

static const Way WAYS[] = {
    {"one by one", ARRIVE_SEQUENTIAL, SYNC_DATAFLOW, 0},
    {"pipelined", ARRIVE_PIPELINED, SYNC_DATAFLOW, 0},
    {"barrier", ARRIVE_PIPELINED, SYNC_BARRIER, 0},
    {"tick", ARRIVE_PIPELINED, SYNC_TICK, 1},
    {"short tick", ARRIVE_PIPELINED, SYNC_TICK, 2},
};
enum { N_WAYS = sizeof WAYS / sizeof WAYS[0] };

/* ---- programs -------------------- */

static Status make_network(Arena *arena, const Case *from, const Network **out, Err *err)
{
    if (from->folder != NULL)
        return network_load(arena, arena_printf(arena, "%s/%s", EGRET_SOURCE_DIR, from->folder),
                            out, err);
    GenerateOptions options = {
        .name = from->name,
        .cell = "egru",
        .n_sizes = from->n_sizes,
        .size = from->size,
        .density = from->density,
        .pick = PICK_BERNOULLI,
        .threshold_mean = 0.25,
        .gain = 1.0,
        .seed = from->seed,
    };
    return network_generate(arena, &options, out, err);
}

static Status prepare(Arena *arena, const Case *from, Prepared *out, Err *err)
{
    const Chip *chip;
    const Network *network;
    const CompileSummary *summary;
    const char *path = arena_printf(arena, "%s/arch/chips/%s.yaml", EGRET_SOURCE_DIR, from->chip);
    TRY(chip_load(arena, path, EGRET_SOURCE_DIR "/arch/chips", from->setting, from->n_settings,
                  &chip, err));
    TRY(topology_build(arena, chip, &out->topology, err));
    TRY(make_network(arena, from, &network, err));
    double *rate = ARENA_ARRAY(arena, double, (size_t)network->n_layers + 1);
    for (uint32_t i = 0; i <= network->n_layers; i++)
        rate[i] = i == 0 ? from->input_rate : from->rate;
    ActivityStatistics statistics = {.n_steps = from->n_steps,
                                     .n_rates = network->n_layers + 1,
                                     .rate = rate,
                                     .seed = from->seed};
    TRY(activity_draw(arena, network, &statistics, &out->input, &out->events, err));
    return compile(arena, chip, out->topology, network, &from->how, &out->program, &summary, err);
}

static uint32_t between(Rng *rng, uint32_t least, uint32_t most)
{
    return least + (uint32_t)rng_below(rng, most - least + 1);
}

static void set(Arena *arena, Case *into, const char *key, uint32_t value)
{
    into->setting[into->n_settings++] = (ChipSetting){key, arena_printf(arena, "%u", value)};
}

/* Chips of every kind; where the network is slow and shallow beside the cores, in three of four. */
static void draw_case(Arena *arena, Rng *rng, Case *out)
{
    static const char *const chips[] = {"tiny-2x2",  "spinnaker2", "tiny-mesh", "tiny-board",
                                        "quad-mesh", "loihi-like", "spinnaker1"};
    *out = (Case){.name = "random",
                  .chip = chips[rng_below(rng, sizeof chips / sizeof chips[0])],
                  .n_sizes = between(rng, 2, 4),
                  .n_steps = between(rng, 3, 8),
                  .density = 0.05 + 0.4 * rng_uniform(rng),
                  .input_rate = 0.2 + 0.8 * rng_uniform(rng),
                  .rate = 0.1 + 0.5 * rng_uniform(rng),
                  .how = {.format = FORMAT_SOURCE, .effort = 1},
                  .seed = rng_u64(rng)};
    for (uint32_t l = 0; l < out->n_sizes; l++)
        out->size[l] = between(rng, 4, rng_below(rng, 3) == 0 ? 150 : 40);
    bool fast_cores = rng_below(rng, 4) > 0;
    set(arena, out, "core.receive_fifo_packets", between(rng, 1, 16));
    set(arena, out, "core.inject_queue_packets", between(rng, 1, 3));
    set(arena, out, "noc.buffer_flits", between(rng, 1, 4));
    set(arena, out, "noc.hop_cycles", between(rng, 1, 6));
    set(arena, out, "noc.inject_cycles", between(rng, 1, 3));
    set(arena, out, "noc.eject_cycles", between(rng, 1, 3));
    set(arena, out, "router.lookup_cycles", between(rng, 1, 5));
    set(arena, out, "router.port_queue_packets", between(rng, 1, 5));
    set(arena, out, "host.latency_ns", between(rng, 0, 500));
    out->setting[out->n_settings++] = (ChipSetting){"host.bits_per_second", "1e11"};
    if (!fast_cores)
        return;
    set(arena, out, "software.receive_event_cycles", between(rng, 1, 3));
    set(arena, out, "software.synapse_source_fp32_cycles", 1);
    set(arena, out, "software.update_egru_cycles", between(rng, 1, 10));
    set(arena, out, "software.emit_event_cycles", 1);
    set(arena, out, "software.step_cycles", between(rng, 1, 10));
}

/* ---- comparison -------------------- */

static bool same_totals(const Trace *a, const Trace *b)
{
    static const Count totals[] = {COUNT_EVENTS_IN,    COUNT_EVENTS_OUT,      COUNT_MARKERS_IN,
                                   COUNT_MARKERS_OUT,  COUNT_SYNAPTIC_OPS,    COUNT_MAC_ARRAY_MACS,
                                   COUNT_UNIT_UPDATES, COUNT_SRAM_READ_BYTES, COUNT_EVENTS_LATE};
    bool same = a->router_lookups == b->router_lookups &&
                a->host_events_out == b->host_events_out && a->n_links == b->n_links;
    for (uint32_t l = 0; l < a->n_links && same; l++)
        same = a->link[l].flits == b->link[l].flits &&
               a->link[l].payload_flits == b->link[l].payload_flits &&
               a->link[l].busy_cycles == b->link[l].busy_cycles;
    for (uint32_t c = 0; c < a->n_cores; c++)
        for (size_t t = 0; t < sizeof totals / sizeof totals[0]; t++)
            same = same && a->count[c].n[totals[t]] == b->count[c].n[totals[t]];
    for (uint32_t l = 0; l < a->n_layers; l++)
        same = same && a->layer[l].deliveries == b->layer[l].deliveries &&
               a->layer[l].synaptic_ops == b->layer[l].synaptic_ops;
    return same;
}

static double apart(uint64_t a, uint64_t b)
{
    double ratio = b > 0 ? (double)a / (double)b - 1 : 0;
    return ratio < 0 ? -ratio : ratio;
}

/* Updates that began late, and the steps whose input did. */
static bool same_ticks(const Trace *a, const Trace *b)
{
    return a->ticks.n_ticks == b->ticks.n_ticks && a->ticks.overruns == b->ticks.overruns &&
           a->ticks.host_overruns == b->ticks.host_overruns;
}

static uint64_t late_events(const Trace *trace)
{
    uint64_t n = 0;
    for (uint32_t c = 0; c < trace->n_cores; c++)
        n += trace->count[c].n[COUNT_EVENTS_LATE];
    return n;
}

static void compare_traces(const Trace *event, const Trace *flit, Worst *worst)
{
    *worst = (Worst){.end = apart(event->end_ps, flit->end_ps),
                     .equal = same_totals(event, flit) && same_ticks(event, flit),
                     .n_programs = 1,
                     .n_lookups = flit->router_stall_cycles > 0,
                     .n_late = late_events(flit) > 0};
    for (uint32_t l = 0; l < flit->n_links; l++)
        worst->n_links |= flit->link[l].stall_cycles > 0;
    for (uint32_t t = 0; t < flit->n_steps; t++) {
        uint64_t ps = flit->step[t].end_ps - flit->step[t].start_ps;
        double off = apart(event->step[t].end_ps - event->step[t].start_ps, ps);
        worst->step = off > worst->step ? off : worst->step;
        worst->longest_ps = ps > worst->longest_ps ? ps : worst->longest_ps;
    }
}

/* One way to run a program; longest_ps: its longest step, the first way. */
static Status compare(const Prepared *on, const Way *way, uint64_t longest_ps, Worst *worst,
                      Err *err)
{
    Arena *arena = arena_new();
    const Trace *trace[2];
    Status status = STATUS_OK;
    for (int e = 0; e < 2 && status == STATUS_OK; e++) {
        SimOptions options = {
            .engine = ENGINES[e], .mode = SIM_REPLAY, .arrival = way->arrival, .sync = way->sync};
        if (way->sync == SYNC_TICK)
            options.tick_ns = longest_ps / PS_PER_NS / way->tick_share + 1;
        status = sim_run(arena, on->program, on->topology, on->input, on->events, &options,
                         &trace[e], err);
    }
    if (status == STATUS_OK)
        compare_traces(trace[0], trace[1], worst);
    arena_free(arena);
    return status;
}

static void add_worst(const Worst *from, Worst *most)
{
    most->step = from->step > most->step ? from->step : most->step;
    most->end = from->end > most->end ? from->end : most->end;
    most->equal = most->equal && from->equal;
    most->n_programs += from->n_programs;
    most->n_links += from->n_links;
    most->n_lookups += from->n_lookups;
    most->n_late += from->n_late;
}

static void print_worst(const Worst *worst)
{
    bool equal = true;
    double end = 0;
    for (int w = 0; w < N_WAYS; w++) {
        equal = equal && worst[w].equal;
        end = worst[w].end > end ? worst[w].end : end;
        printf(" %8.4f %%", 100 * worst[w].step);
    }
    printf(" %8.4f %%  %s\n", 100 * end, equal ? "equal" : "DIFFER");
}

/* All ways; adds to the worst of all. */
static Status run_case(const Case *which, Worst *most, Err *err)
{
    Arena *arena = arena_new();
    Prepared on;
    Worst worst[N_WAYS] = {{0}};
    Status status = prepare(arena, which, &on, err);
    for (int w = 0; w < N_WAYS && status == STATUS_OK; w++)
        status = compare(&on, &WAYS[w], worst[0].longest_ps, &worst[w], err);
    if (status == STATUS_OK) {
        printf("  %-19s %-11s %9u", which->name, which->chip, on.program->n_cores);
        print_worst(worst);
        for (int w = 0; w < N_WAYS; w++)
            add_worst(&worst[w], &most[w]);
    }
    arena_free(arena);
    return status;
}

static Status run_given(Worst *most, Err *err)
{
    static const uint32_t thirds[] = {50, 50, 50};
    const Case given[] = {
        {.name = "egru-ptb-small",
         .chip = "spinnaker2",
         .folder = "models/egru-ptb-small",
         .n_steps = 20,
         .input_rate = 1,
         .rate = 0.2,
         .how = {.format = -1},
         .seed = 1},
        {.name = "published, 50/50/50",
         .chip = "spinnaker2",
         .n_sizes = 4,
         .size = {750, 1350, 1350, 750},
         .n_steps = 20,
         .density = 0.05,
         .input_rate = 1,
         .rate = 0.1,
         .n_settings = 1,
         .setting = {{"grid.usable_cores", "150"}},
         .how = {.format = FORMAT_SOURCE,
                 .split = "equal",
                 .placement = "sequential",
                 .n_core_counts = 3,
                 .core_count = thirds},
         .seed = 1},
    };
    for (size_t c = 0; c < sizeof given / sizeof given[0]; c++)
        TRY(run_case(&given[c], most, err));
    return STATUS_OK;
}

static Status run_random(uint32_t n_programs, uint32_t n_phits, Worst *most, Err *err)
{
    Arena *arena = arena_new();
    Rng rng = rng_make(20, 4);
    Status status = STATUS_OK;
    uint32_t done = 0;
    for (uint32_t tries = 0; done < n_programs && tries < TRIES * n_programs; tries++) {
        Case which;
        draw_case(arena, &rng, &which);
        if (n_phits > 1) {
            set(arena, &which, "noc.flit_bits", FLIT_BITS);
            set(arena, &which, "noc.link_bits", (FLIT_BITS + n_phits - 1) / n_phits);
        }
        status = run_case(&which, most, err);
        if (status == STATUS_OK)
            done++;
        else if (status != STATUS_NO_FIT)
            break;
        arena_reset(arena);
    }
    arena_free(arena);
    if (done == n_programs)
        return STATUS_OK;
    return status == STATUS_OK || status == STATUS_NO_FIT
               ? err_set(err, STATUS_INTERNAL, "only %u programs fit their chip", done)
               : status;
}

int main(int n_words, char **word)
{
    uint32_t n_programs = DEFAULT_PROGRAMS, n_phits = 1;
    bool only_random = false, good = true;
    Worst most[N_WAYS] = {{0}};
    Err err = {.status = STATUS_OK};
    for (int w = 1; w < n_words; w++) {
        if (strcmp(word[w], "--random") == 0)
            only_random = true;
        else if (strcmp(word[w], "--programs") == 0 && w + 1 < n_words)
            n_programs = (uint32_t)strtoul(word[++w], NULL, 10);
        else if (strcmp(word[w], "--phits") == 0 && w + 1 < n_words)
            n_phits = (uint32_t)strtoul(word[++w], NULL, 10);
        else
            good = false;
    }
    good = good && n_programs > 0 && n_programs <= MAX_PROGRAMS;
    if (!good || n_phits == 0 || n_phits > MAX_PHITS) {
        fprintf(stderr, "usage: flit_event [--programs 1..%d] [--random] [--phits 1..%d]\n",
                MAX_PROGRAMS, MAX_PHITS);
        return STATUS_USAGE;
    }
    printf("event against flit: worst step\n  %-19s %-11s %9s", "program", "chip", "cores");
    for (int w = 0; w < N_WAYS; w++) {
        most[w].equal = true;
        printf(" %10s", WAYS[w].name);
    }
    puts("  whole run  totals");
    Status status = only_random ? STATUS_OK : run_given(most, &err);
    if (status == STATUS_OK)
        status = run_random(n_programs, n_phits, most, &err);
    if (status != STATUS_OK) {
        fprintf(stderr, "flit_event: %s\n", err.message);
        return (int)status;
    }
    printf("flits waited for links in %u of %u programs, look-ups for places or turns in %u\n",
           most[0].n_links, most[0].n_programs, most[0].n_lookups);
    printf("events were late for their tick in %u, for short ticks in %u\n", most[3].n_late,
           most[4].n_late);
    good = most[0].n_links > 0 && most[4].n_late > 0;
    for (int w = 0; w < N_WAYS; w++)
        good = good && most[w].equal && most[w].step <= LIMIT;
    printf("  %-41s", "worst");
    print_worst(most);
    return good ? STATUS_OK : STATUS_REGRESSION;
}
