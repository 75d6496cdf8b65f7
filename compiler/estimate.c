/* estimate.c - the course of a few tokens over all cores, in expected values.
 *
 * What the simulator's cores do, without packets: a core works its packets off in the order of
 * arrival, stage after stage (the host's input, then the events of each layer); the rows of an
 * event's own layer are applied with those of the layer after. When the last marker of a stage
 * is through, the core updates its slice of the next layer and sends. So a core that others wait
 * for delays them, one that nobody waits for catches up on recurrent rows while other layers
 * work, and on cores that hold slices of all layers uneven stages even out.
 *
 * receive  receive_event_cycles a packet, events and markers, and the rows of the events update
 * step_cycles and each unit, and the weights that are read then (format.c) emit
 * emit_event_cycles a packet; a stage arrives spread over the time its cores send it,
 *            never faster than the router and the network pass packets on
 * host     serial link both ways, a packet each event_bits / bits_per_second, then its latency
 *
 * Rows differ from step to step with the units that emit, and the slowest core counts. So
 * N_TOKENS tokens are run with rows drawn from normal distributions (fixed seed, so the same
 * everywhere) and averaged, after one to warm up.
 *
 * Pipelined, the period is that of the busiest core, of the updates of a core with what it waits
 * for its MAC array, of the host's link either way, or of the router, whichever is longest.
 * Energy: active cycles, MACs of arrays, cores in use at sleep power, the chip's floor over
 * time, look-ups, and hops at the mean distance.
 *
 * Takes a Load. It is a guide for choosing, never a result. Left out: full FIFOs and queues,
 * contention between stages, the distance between single tiles. Cost: O(classes * layers *
 * N_TOKENS).
 */
#include "estimate.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/real_math.h"
#include "base/rng.h"

enum {
    N_TOKENS = 12,       /* averaged over                                           */
    FEW_TOKENS = 3,      /* the same where there are many cores                     */
    MANY_CLASSES = 4096, /* cores that are many: noise evens out over so many       */
    N_PARTS = 8,         /* parts of a stage's packets that arrive one by one       */
    MAX_PAIRS = 64       /* of tiles whose distance is looked up                    */
};

/* Work of the busiest core of a layer by the mean, up to which nothing is held against a mapping.
 */
static const double EVEN_ENOUGH = 1.10;

typedef struct Clocking {      /* all in cycles of the cores                                 */
    double receive, emit, noc; /* noc: idle way of a packet from core to core                */
    double router, flit;       /* between packets in the router, flits on a link             */
    double tiles_per_port;     /* most tiles that one port of the router serves              */
    double n_cores;            /* that can be used                                           */
    double host_packet, host_latency;
    double cycles_per_us, mean_hops;
} Clocking;

typedef struct Course { /* of the tokens over the cores */
    const Load *load;
    Clocking clock;
    Rng rng;
    bool noisy;
    double *free_at;  /* [n_classes] when the core has worked off all it has         */
    double *first_at; /* [n_classes] first packet out of the layer under way, ...   */
    double *last_at;  /* ... and its marker                                          */
    double *worked;   /* [n_classes] cycles at work in all tokens                    */
    uint32_t *order;  /* [n_classes] classes that send, by last_at                  */
    double arrival[N_PARTS], last_arrival; /* of the stage's packets                       */
    double host_free_at;                   /* link to the host                             */
} Course;

typedef struct Totals { /* over the tokens averaged */
    double latency, busiest;
} Totals;

/* ---- chip -------------------- */

static double mean_hops(const Topology *topology)
{
    uint32_t n_tiles = topology->n_tiles, n = n_tiles < MAX_PAIRS ? n_tiles : MAX_PAIRS;
    double sum = 0.0;
    for (uint32_t i = 0; i < n; i++) { /* each with the one half way round */
        uint32_t from = (uint32_t)((uint64_t)i * n_tiles / n);
        sum += topology_hops(topology, from, (from + n_tiles / 2) % n_tiles);
    }
    return n > 0 ? sum / n : 0.0;
}

/* A packet for all tiles leaves a port once for each tile that the port serves. */
static double tiles_per_port(Arena *scratch, const Topology *topology)
{
    uint32_t *n_tiles = ARENA_ARRAY(scratch, uint32_t, (size_t)topology->n_ports + 1), most = 1;
    if (topology->n_ports == 0)
        return 1.0;
    for (uint32_t t = 0; t < topology->n_tiles; t++) {
        uint32_t n = ++n_tiles[topology->from_router[t].port];
        most = n > most ? n : most;
    }
    return most;
}

static double point_hz(const Mapping *mapping)
{
    const Chip *chip = mapping->chip;
    return chip->n_points > 0 ? chip->point[mapping->options->point].hz.value : 1e6;
}

static Clocking clocking_of(Arena *scratch, const Mapping *mapping)
{
    const Chip *chip = mapping->chip;
    const ChipNoc *noc = &chip->noc;
    double hz = point_hz(mapping);
    Clocking clock = {.receive = chip->software.receive_event_cycles.value,
                      .emit = chip->software.emit_event_cycles.value,
                      .cycles_per_us = hz * 1e-6,
                      .n_cores = chip->grid.usable_cores,
                      .tiles_per_port = 1.0};
    if (chip->host.bits_per_second.value > 0.0) {
        clock.host_packet = hz * chip->host.event_bits.value / chip->host.bits_per_second.value;
        clock.host_latency = hz * 1e-9 * chip->host.latency_ns.value;
    }
    if (mapping->topology == NULL || noc->hz.value <= 0.0 || chip->router.hz.value <= 0.0)
        return clock;
    double noc_cycles = hz / noc->hz.value, router_cycles = hz / chip->router.hz.value;
    double flit_cycles = (double)chip_flit_cycles(chip);
    clock.mean_hops = mean_hops(mapping->topology);
    /* where a packet waits for its last phit: at every router, and at its end */
    double n_waits = (chip->fabric.routing == ROUTING_MESH ? clock.mean_hops : 1.0) + 1.0;
    clock.noc =
        noc_cycles * (noc->inject_cycles.value + noc->eject_cycles.value +
                      clock.mean_hops * noc->hop_cycles.value + n_waits * (flit_cycles - 1.0)) +
        router_cycles * chip->router.lookup_cycles.value;
    clock.router = router_cycles;
    clock.flit = noc_cycles * flit_cycles;
    clock.tiles_per_port = tiles_per_port(scratch, mapping->topology);
    return clock;
}

/* ---- one stage -------------------- */

static const StageLoad *stage_of(const Load *load, uint32_t class, uint32_t stage)
{
    return &load->stage[(size_t) class * (load->n_layers + 1) + stage];
}

static const LayerLoad *layer_of(const Load *load, uint32_t class, uint32_t layer)
{
    return &load->layer[(size_t) class * load->n_layers + layer];
}

/* Cycles between two packets of a stage on their way through the network. */
static double stage_interval(const Course *course, uint32_t stage)
{
    const Load *load = course->load;
    const Clocking *clock = &course->clock;
    double n_cores = 0.0;
    for (uint32_t c = 0; c < load->n_classes; c++)
        if (stage_of(load, c, stage)->events + stage_of(load, c, stage)->markers > 0.0)
            n_cores += load->n_cores[c];
    double copies = clock->tiles_per_port * n_cores / clock->n_cores;
    copies = copies < 1.0 ? 1.0 : copies;
    return clock->router > copies * clock->flit ? clock->router : copies * clock->flit;
}

/* The core works off what the stage brings it: part after part, none before it arrived. */
static void receive_stage(Course *course, uint32_t class, uint32_t stage)
{
    const StageLoad *in = stage_of(course->load, class, stage);
    double packets = in->events + in->markers;
    if (packets <= 0.0)
        return;
    double rows = in->row_cycles;
    if (course->noisy) /* drawn for all, so that mappings alike but for their formats compare */
        rows += in->row_sd * rng_normal(&course->rng);
    double work = packets * course->clock.receive + (rows > 0.0 ? rows : 0.0);
    double at = course->free_at[class];
    for (int part = 0; part < N_PARTS; part++) {
        if (course->arrival[part] > at)
            at = course->arrival[part];
        at += work / N_PARTS;
    }
    double earliest = course->last_arrival + course->clock.receive;
    course->free_at[class] = at > earliest ? at : earliest;
    course->worked[class] += work;
}

static void update_layer(Course *course, uint32_t class, uint32_t layer)
{
    const LayerLoad *slice = layer_of(course->load, class, layer);
    if (slice->n_units <= 0.0)
        return;
    double emit = course->clock.emit, updated = course->free_at[class] + slice->update_cycles;
    course->first_at[class] = updated + emit;
    double packets = slice->events + slice->silent;
    course->last_at[class] = updated + packets * emit;
    course->free_at[class] = course->last_at[class];
    course->worked[class] += slice->update_cycles - slice->idle_cycles + packets * emit;
}

/* Markers that only permit come when the layer after has sent; they fill idle time. */
static void receive_late(Course *course, uint32_t stage)
{
    for (uint32_t c = 0; c < course->load->n_classes; c++) {
        double late = stage_of(course->load, c, stage)->late_markers * course->clock.receive;
        course->free_at[c] += late;
        course->worked[c] += late;
    }
}

static void host_arrivals(Course *course, double start)
{
    const Clocking *clock = &course->clock;
    double n = course->load->stage_events[0];
    double first = start + clock->host_latency + clock->noc;
    for (int part = 0; part < N_PARTS; part++)
        course->arrival[part] = first + (n * part / N_PARTS + 1.0) * clock->host_packet;
    course->last_arrival = first + (n + course->load->stage_markers[0]) * clock->host_packet;
}

/* Sorting needs the keys beside the ids. */
typedef struct Sender {
    double last_at;
    uint32_t class;
} Sender;

static int by_time(const void *a, const void *b)
{
    const Sender *x = a, *y = b;
    if (x->last_at != y->last_at)
        return x->last_at < y->last_at ? -1 : 1;
    return (x->class > y->class) - (x->class < y->class);
}

/* When the parts of the layer's packets arrive, from when its cores send them. */
static void layer_arrivals(Course *course, uint32_t layer, Sender *sender)
{
    const Load *load = course->load;
    const Clocking *clock = &course->clock;
    uint32_t n = 0;
    for (uint32_t c = 0; c < load->n_classes; c++)
        if (layer_of(load, c, layer)->n_units > 0.0)
            sender[n++] = (Sender){course->last_at[c], c};
    CHECK(n > 0);
    qsort(sender, n, sizeof *sender, by_time);
    double packets = load->stage_events[layer + 1] + load->stage_markers[layer + 1];
    double interval = stage_interval(course, layer + 1);
    double sent = 0.0, total = load->layer_cores[layer];
    double first = course->first_at[sender[0].class] + clock->noc;
    uint32_t at = 0;
    for (int part = 0; part < N_PARTS; part++) {
        while (at + 1 < n && sent + load->n_cores[sender[at].class] <= total * part / N_PARTS)
            sent += load->n_cores[sender[at++].class];
        uint32_t class = sender[at].class;
        double middle = 0.5 * (course->first_at[class] + course->last_at[class]) + clock->noc;
        double passed = first + packets * part / N_PARTS * interval;
        course->arrival[part] = middle > passed ? middle : passed;
    }
    double last = sender[n - 1].last_at + clock->noc, passed = first + packets * interval;
    course->last_arrival = last > passed ? last : passed;
}

/* The host's link takes the stage's packets one by one; when the last is there. */
static double host_takes(Course *course, double packets)
{
    const Clocking *clock = &course->clock;
    double at = course->host_free_at;
    for (int part = 0; part < N_PARTS; part++) {
        if (course->arrival[part] > at)
            at = course->arrival[part];
        at += packets / N_PARTS * clock->host_packet;
    }
    double earliest = course->last_arrival + clock->host_packet;
    course->host_free_at = at > earliest ? at : earliest;
    return course->host_free_at + clock->host_latency;
}

/* ---- tokens -------------------- */

/* One token from the host and back; returns when the host has its last marker. */
static double run_token(Course *course, double start, Sender *sender)
{
    const Load *load = course->load;
    double end = start;
    host_arrivals(course, start);
    for (uint32_t stage = 0; stage <= load->n_layers; stage++) {
        for (uint32_t c = 0; c < load->n_classes; c++) {
            receive_stage(course, c, stage);
            if (stage < load->n_layers)
                update_layer(course, c, stage);
        }
        receive_late(course, stage);
        if (stage == load->n_layers)
            break;
        layer_arrivals(course, stage, sender);
        if (stage + 1 == load->n_layers)
            end =
                host_takes(course, load->stage_events[stage + 1] + load->stage_markers[stage + 1]);
        else if (stage == 0) /* of its events only those that close the step */
            host_takes(course, load->layer_cores[0]);
    }
    return end;
}

static Totals run_tokens(Course *course, uint32_t n_tokens, Sender *sender)
{
    size_t bytes = course->load->n_classes * sizeof(double);
    Totals totals = {0.0, 0.0};
    double start = 0.0;
    for (uint32_t t = 0; t <= n_tokens; t++) {
        double end = run_token(course, start, sender);
        if (t == 0)
            memset(course->worked, 0, bytes);
        else
            totals.latency += (end - start) / n_tokens;
        start = end;
    }
    for (uint32_t c = 0; c < course->load->n_classes; c++)
        if (course->worked[c] > totals.busiest * n_tokens)
            totals.busiest = course->worked[c] / n_tokens;
    return totals;
}

static Course course_new(Arena *scratch, const Mapping *mapping, const Load *load)
{
    uint32_t n = load->n_classes;
    Course course = {.load = load,
                     .clock = clocking_of(scratch, mapping),
                     .rng = rng_make(1, 0),
                     .free_at = ARENA_ARRAY(scratch, double, n),
                     .first_at = ARENA_ARRAY(scratch, double, n),
                     .last_at = ARENA_ARRAY(scratch, double, n),
                     .worked = ARENA_ARRAY(scratch, double, n)};
    for (size_t i = 0; i < (size_t)n * (load->n_layers + 1) && !course.noisy; i++)
        course.noisy = load->stage[i].row_sd > 0.0;
    return course;
}

/* ---- results -------------------- */

static double work_of(const Clocking *clock, const Load *load, uint32_t class)
{
    double work = 0.0;
    for (uint32_t s = 0; s <= load->n_layers; s++) {
        const StageLoad *in = stage_of(load, class, s);
        work += (in->events + in->markers + in->late_markers) * clock->receive + in->row_cycles;
    }
    for (uint32_t l = 0; l < load->n_layers; l++) {
        const LayerLoad *slice = layer_of(load, class, l);
        if (slice->n_units > 0.0)
            work += slice->update_cycles - slice->idle_cycles +
                    (slice->events + slice->silent) * clock->emit;
    }
    return work;
}

/* Updates and emissions of a core, one after another, with what it waits for its MAC array. */
static double updates_of(const Clocking *clock, const Load *load, uint32_t class)
{
    double cycles = 0.0, idle = 0.0;
    for (uint32_t l = 0; l < load->n_layers; l++) {
        const LayerLoad *slice = layer_of(load, class, l);
        if (slice->n_units <= 0.0)
            continue;
        cycles += slice->update_cycles + (slice->events + slice->silent) * clock->emit;
        idle += slice->idle_cycles;
    }
    return idle > 0.0 ? cycles : 0.0; /* without arrays it is part of the core's work */
}

static double array_macs(const Load *load)
{
    double macs = 0.0;
    for (uint32_t c = 0; c < load->n_classes; c++)
        for (uint32_t l = 0; l < load->n_layers; l++)
            macs += layer_of(load, c, l)->array_macs * load->n_cores[c];
    return macs;
}

double load_max_by_mean(const Load *load, uint32_t layer)
{
    double most = 0.0, sum = 0.0;
    for (uint32_t c = 0; c < load->n_classes; c++) {
        double work = layer_of(load, c, layer)->work_cycles;
        sum += work * load->n_cores[c];
        most = work > most ? work : most;
    }
    return sum > 0.0 ? most * load->layer_cores[layer] / sum : 1.0;
}

/* Energy of a token that takes `us`, all cores at `cycles` of work together. */
static double energy_uj(const Mapping *mapping, const Clocking *clock, const Load *load, double us)
{
    const Chip *chip = mapping->chip;
    double cycles = 0.0, packets = 0.0, n_cores = 0.0;
    for (uint32_t c = 0; c < load->n_classes; c++) {
        cycles += work_of(clock, load, c) * load->n_cores[c];
        n_cores += load->n_cores[c];
    }
    for (uint32_t s = 0; s <= load->n_layers; s++)
        packets += load->stage_events[s] + load->stage_markers[s];
    double sleep_uw = 0.0, cycle_pj = 0.0, mac_pj = 0.0;
    if (chip->n_points > 0) {
        sleep_uw = chip->point[mapping->options->point].core_sleep_uw.value;
        cycle_pj = chip->point[mapping->options->point].core_active_cycle_pj.value;
        mac_pj = chip->point[mapping->options->point].mac_array_mac_pj.value;
    }
    /* half the way of a packet leads to the router; from there a copy goes to each tile, and at
     * least one in cores_per_tile deliveries is a copy */
    double tiles =
        load->deliveries / (chip->grid.cores_per_tile > 0 ? chip->grid.cores_per_tile : 1);
    double hops = 0.5 * clock->mean_hops * (packets + tiles);
    double power_uw = sleep_uw * n_cores + chip->energy.chip_floor_uw.value +
                      chip->energy.extra_rail_uw.value + chip->energy.dram_idle_uw.value;
    return (cycles * cycle_pj + packets * chip->energy.router_lookup_pj.value +
            hops * chip->energy.flit_hop_payload_pj.value + power_uw * us +
            array_macs(load) * mac_pj) *
           1e-6;
}

/* The longest of what a pipelined stream has to pass. */
static double period_cycles(const Clocking *clock, const Load *load, double busiest)
{
    double packets = 0.0, out = load->stage_events[load->n_layers];
    for (uint32_t s = 0; s <= load->n_layers; s++)
        packets += load->stage_events[s] + load->stage_markers[s];
    out += load->stage_markers[load->n_layers];
    if (load->n_layers > 1)
        out += load->layer_cores[0];
    double period = busiest;
    for (uint32_t c = 0; c < load->n_classes; c++)
        if (updates_of(clock, load, c) > period)
            period = updates_of(clock, load, c);
    double other[] = {packets * clock->router, out * clock->host_packet,
                      (load->stage_events[0] + load->stage_markers[0]) * clock->host_packet};
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        period = other[i] > period ? other[i] : period;
    return period;
}

Estimate estimate_load(Arena *scratch, const Mapping *mapping, const Load *load)
{
    Course course = course_new(scratch, mapping, load);
    Sender *sender = ARENA_ARRAY(scratch, Sender, load->n_classes);
    uint32_t n_tokens = !course.noisy || load->n_classes > MANY_CLASSES ? FEW_TOKENS : N_TOKENS;
    Totals totals = run_tokens(&course, n_tokens, sender);
    double period = period_cycles(&course.clock, load, totals.busiest);
    Estimate estimate = {
        .fits = load->fits,
        .latency_us = totals.latency / course.clock.cycles_per_us,
        .period_us = period / course.clock.cycles_per_us,
        .bytes = (double)load->bytes,
        .work_max_by_mean = 1.0,
    };
    for (uint32_t l = 0; l < load->n_layers; l++) {
        double ratio = load_max_by_mean(load, l);
        if (ratio > estimate.work_max_by_mean)
            estimate.work_max_by_mean = ratio;
    }
    for (uint32_t c = 0; c < load->n_classes; c++)
        estimate.n_cores += load->n_cores[c];
    estimate.energy_uj = energy_uj(mapping, &course.clock, load, estimate.latency_us);
    estimate.pipelined_energy_uj = energy_uj(mapping, &course.clock, load, estimate.period_us);
    return estimate;
}

bool estimate_better(Objective objective, const Estimate *a, const Estimate *b)
{
    if (a->fits != b->fits)
        return a->fits;
    if (!a->fits)
        return false;
    if (objective == OBJECTIVE_LATENCY)
        return a->latency_us < b->latency_us;
    if (objective == OBJECTIVE_THROUGHPUT)
        return a->period_us < b->period_us;
    if (objective == OBJECTIVE_ENERGY)
        return a->energy_uj < b->energy_uj;
    return a->n_cores != b->n_cores ? a->n_cores < b->n_cores : a->bytes < b->bytes;
}

Estimate estimate_handicapped(Estimate estimate)
{
    double uneven = estimate.work_max_by_mean - EVEN_ENOUGH;
    double factor = uneven > 0.0 ? 1.0 + uneven : 1.0;
    estimate.latency_us *= factor;
    estimate.period_us *= factor;
    estimate.energy_uj *= factor;
    return estimate;
}
