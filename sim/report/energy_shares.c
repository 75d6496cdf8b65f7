/* energy_shares.c - a run divided by chip, layer, phase and step.
 *
 * Who counts what:
 *   chip    its cores, the links on it and those that leave it, its router's look-ups, its
 *           DRAM, the host's link if it hangs on it, and all that a chip at work takes
 *   layer   active cycles of its slices (Trace.slice_active), their share of the time of the
 *           cores, what its packets took of the network, its MACs; of the decoder also its
 *           rows in DRAM. "input": what the host's packets took. "embedding": token rows, and
 *           cycles to ask for them. "chips": what no layer causes, chips at work
 *   phase   what cores do, cycle by cycle, with the time that they do it; the MACs of an array
 *           belong to the wait for it. "outside": all but the cores
 *   step    updates of the step, packets sent in it with their receipt, rows read for it; time
 *           of cores and chips from the end of the step before to its own, after the last one
 *           included
 *
 * A core with slices of several layers divides its time by the cycles in which it is active for
 * each. Whole numbers are dealt in proportion so that they add up: each gets the difference
 * between two rounded sums. Of cores that change their operating point it is not counted what
 * they did for whom at which point: each share has the same part of it at each as the run. Where
 * times are lower bounds, what a core does when it is not active is "idle".
 *
 * Cost: O(cores + slices + links + steps).
 */
#include <string.h>

#include "base/check.h"
#include "energy_lines.h"

typedef struct Maker {
    Arena *arena;
    const EnergyLedger *ledger;
    const Program *program;
    const Topology *topology;
    const Trace *trace;
    EnergyShare cores;  /* what all cores together did */
    uint64_t n_working; /* chips at work               */
    uint32_t n_rows;
    EnergyRow *row;
} Maker;

/* ---- proportions -------------------- */

/* floor(total * part / whole), for part <= whole < 2^63. */
static uint64_t scaled(uint64_t total, uint64_t part, uint64_t whole)
{
    uint64_t quotient = 0, rest = 0;
    const uint64_t left = total % whole;
    for (int bit = 63; bit >= 0; bit--) {
        quotient *= 2;
        rest *= 2;
        if (rest >= whole) {
            rest -= whole;
            quotient++;
        }
        rest += part >> bit & 1 ? left : 0;
        if (rest >= whole) {
            rest -= whole;
            quotient++;
        }
    }
    return total / whole * part + quotient;
}

/* Deals `total` in proportion to n weights; equally if all are 0. */
static void deal(uint64_t total, const uint64_t *weight, uint32_t n, uint64_t *out)
{
    uint64_t whole = 0, sum = 0, dealt = 0;
    for (uint32_t i = 0; i < n; i++)
        whole += weight[i];
    CHECK(n > 0 && whole < UINT64_MAX / 2);
    const bool equal = whole == 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += equal ? 1 : weight[i];
        uint64_t until = scaled(total, sum, equal ? n : whole);
        out[i] = until - dealt;
        dealt = until;
    }
}

/* ---- rows -------------------- */

static void add_traffic(const Maker *maker, const TrafficCounts *traffic, EnergyShare *share)
{
    share->payload_flits += traffic->payload_flits;
    share->event_flits += traffic->flits - traffic->payload_flits;
    share->frame_bits += traffic->frames * cost_count(&maker->topology->chip->links.frame_bits);
    share->off_board_bits +=
        traffic->off_board_frames * cost_count(&maker->topology->chip->links.frame_bits);
    share->lookups += traffic->lookups;
    share->host_bits += traffic->host_packets * cost_count(&maker->topology->chip->host.event_bits);
}

static void add_row(Maker *maker, EnergyScope scope, const char *of, const EnergyShare *share)
{
    uint64_t *count = ARENA_ARRAY(maker->arena, uint64_t, maker->ledger->n_lines);
    energy_add_share(maker->ledger, share, count);
    maker->row[maker->n_rows++] = (EnergyRow){scope, of, count};
}

/* Of each share, what was at the slow point: in all of them the same part of the cycles, of the
 * MACs and of the time, as of the run; changes in proportion to the cycles. */
static void split_levels(const Maker *maker, EnergyShare *share, uint32_t n)
{
    const EnergyWork *slow = &maker->cores.slow;
    if (!maker->trace->auto_point)
        return;
    uint64_t *weight = ARENA_ARRAY(maker->arena, uint64_t, n);
    uint64_t *part = ARENA_ARRAY(maker->arena, uint64_t, n);
    for (uint32_t i = 0; i < n; i++)
        weight[i] = share[i].main.active_cycles;
    deal(maker->cores.changes, weight, n, part);
    for (uint32_t i = 0; i < n; i++)
        share[i].changes = part[i];
    deal(slow->active_cycles, weight, n, part);
    for (uint32_t i = 0; i < n; i++)
        share[i].slow.active_cycles = part[i];
    for (uint32_t i = 0; i < n; i++)
        weight[i] = share[i].main.array_macs;
    deal(slow->array_macs, weight, n, part);
    for (uint32_t i = 0; i < n; i++)
        share[i].slow.array_macs = part[i];
    for (uint32_t i = 0; i < n; i++)
        weight[i] = share[i].main.core_ps;
    deal(slow->core_ps, weight, n, part);
    for (uint32_t i = 0; i < n; i++)
        share[i].slow.core_ps = part[i];
    for (uint32_t i = 0; i < n; i++) {
        share[i].main.active_cycles -= share[i].slow.active_cycles;
        share[i].main.array_macs -= share[i].slow.array_macs;
        share[i].main.core_ps -= share[i].slow.core_ps;
    }
}

/* ---- chips -------------------- */

/* The chip that a link is on, or leaves. */
static uint32_t chip_of_link(const Topology *topology, uint32_t link)
{
    const uint32_t n_noc = topology_all_links(topology) - topology->n_router_links;
    if (link < n_noc)
        return link / topology->n_links;
    return energy_is_frame_link(topology, link) ? topology->router_link[link - n_noc].from : 0;
}

static void add_chips(Maker *maker)
{
    const Trace *trace = maker->trace;
    const Topology *topology = maker->topology;
    const uint32_t n_chips = topology->chip->fabric.n_chips;
    EnergyShare *share = ARENA_ARRAY(maker->arena, EnergyShare, n_chips);

    for (uint32_t i = 0; i < trace->n_cores; i++)
        energy_core_share(trace, i, &share[trace->core[i] / chip_cores_per_chip(topology->chip)]);
    for (uint32_t i = 0; i < trace->n_links; i++)
        energy_link_share(topology, trace, i, &share[chip_of_link(topology, i)]);
    share[(uint64_t)topology->host_router * n_chips / topology->n_routers].host_bits =
        trace->host_bits;
    for (uint32_t c = 0; c < n_chips; c++) {
        share[c].chip_ps = energy_chip_works(topology, trace, c) ? trace->end_ps : 0;
        share[c].lookups = trace->chip_lookups[c];
        share[c].dram_bits = trace->chip_dram_bytes[c] * ENERGY_BITS_PER_BYTE;
        add_row(maker, ENERGY_OF_CHIP, arena_printf(maker->arena, "%u", c), &share[c]);
    }
}

/* ---- layers -------------------- */

/* Time of each core, to the layers of its slices. */
static void share_cores(const Maker *maker, EnergyShare *layer)
{
    const Program *program = maker->program;
    uint32_t at = 0, most_slices = 0;
    for (uint32_t c = 0; c < program->n_cores; c++)
        if (program->core[c].n_slices > most_slices)
            most_slices = program->core[c].n_slices;
    uint64_t *part_ps = ARENA_ARRAY(maker->arena, uint64_t, most_slices);
    for (uint32_t c = 0; c < program->n_cores; c++) {
        const CoreProgram *core = &program->core[c];
        CHECK(core->n_slices > 0);
        deal(maker->trace->end_ps, &maker->trace->slice_active[at], core->n_slices, part_ps);
        for (uint32_t s = 0; s < core->n_slices; s++)
            layer[core->slice[s].layer].main.core_ps += part_ps[s];
        at += core->n_slices;
    }
    CHECK(at == maker->trace->n_slices);
}

/* What the layers' packets, cores and rows are; all cores at one point. */
static void fill_layers(const Maker *maker, EnergyShare *share)
{
    const Trace *trace = maker->trace;

    share_cores(maker, share);
    for (uint32_t l = 0; l < trace->n_layers; l++) {
        const LayerCounts *layer = &trace->layer[l];
        share[l].main.active_cycles = layer->active_cycles;
        share[l].main.array_macs = layer->array_macs;
        add_traffic(maker, &layer->traffic, &share[l]);
        if (maker->program->has_decoder && l + 1 == trace->n_layers)
            share[l].dram_bits = (trace->dram_bytes - trace->token_bytes) * ENERGY_BITS_PER_BYTE;
    }
}

static void add_layers(Maker *maker)
{
    const Trace *trace = maker->trace;
    const Program *program = maker->program;
    const uint32_t n_layers = trace->n_layers;
    EnergyShare *share = ARENA_ARRAY(maker->arena, EnergyShare, (size_t)n_layers + 3);
    EnergyShare *input = &share[n_layers], *embedding = input + 1, *chips = input + 2;

    fill_layers(maker, share);
    add_traffic(maker, &trace->input_traffic, input);
    embedding->main.active_cycles = trace->token_cycles;
    embedding->dram_bits = trace->token_bytes * ENERGY_BITS_PER_BYTE;
    chips->chip_ps = maker->n_working * trace->end_ps;
    split_levels(maker, share, n_layers + 3);
    add_row(maker, ENERGY_OF_LAYER, "input", input);
    if (program->n_tokens > 0)
        add_row(maker, ENERGY_OF_LAYER, "embedding", embedding);
    for (uint32_t l = 0; l < n_layers; l++)
        add_row(maker, ENERGY_OF_LAYER, program->layer[l].name, &share[l]);
    add_row(maker, ENERGY_OF_LAYER, "chips", chips);
}

/* ---- phases -------------------- */

typedef struct Phase {
    const char *name;
    Count count;
    bool is_active, has_array;
} Phase;

static const Phase PHASE[] = {
    {"receive", COUNT_RECEIVE_CYCLES, true, false},
    {"update", COUNT_UPDATE_CYCLES, true, false},
    {"mac_array", COUNT_ARRAY_WAIT_CYCLES, false, true},
    {"emit", COUNT_EMIT_CYCLES, true, false},
    {"stall", COUNT_STALL_CYCLES, false, false},
    {"wait", COUNT_WAIT_CYCLES, false, false},
    {"slow", COUNT_SLOW_CYCLES, false, false},
    {"level_switch", COUNT_LEVEL_SWITCH_CYCLES, false, false},
    {"sleep", COUNT_SLEEP_CYCLES, false, false},
};

enum { N_PHASES = sizeof PHASE / sizeof *PHASE };

/* Cycles of all cores; of the last one, for those that nobody knows, what is left. */
static void sum_phases(const Trace *trace, uint64_t cycles[N_PHASES])
{
    uint64_t known = 0;
    bool unknown = false;
    for (uint32_t p = 0; p < N_PHASES; p++) {
        cycles[p] = 0;
        for (uint32_t i = 0; i < trace->n_cores; i++) {
            const uint64_t n = trace->count[i].n[PHASE[p].count];
            unknown = unknown || n == COUNT_UNKNOWN;
            cycles[p] += n == COUNT_UNKNOWN ? 0 : n;
        }
        known += cycles[p];
    }
    const uint64_t all = trace->run_cycles * trace->n_cores;
    if (unknown && all > known)
        cycles[N_PHASES - 1] = all - known;
}

static void add_phases(Maker *maker)
{
    const Trace *trace = maker->trace;
    uint64_t cycles[N_PHASES], core_ps[N_PHASES];
    EnergyShare share[N_PHASES] = {{.changes = 0}}, outside = {.changes = 0};

    sum_phases(trace, cycles);
    deal(trace->n_cores * trace->end_ps, cycles, N_PHASES, core_ps);
    for (uint32_t p = 0; p < N_PHASES; p++)
        share[p].main = (EnergyWork){PHASE[p].is_active ? cycles[p] : 0,
                                     PHASE[p].has_array ? energy_array_macs(trace) : 0, core_ps[p]};
    split_levels(maker, share, N_PHASES);
    for (uint32_t p = 0; p < N_PHASES; p++) {
        const bool left = trace->bounds != NULL && p + 1 == N_PHASES;
        share[p].changes = PHASE[p].count == COUNT_LEVEL_SWITCH_CYCLES ? maker->cores.changes : 0;
        add_row(maker, ENERGY_OF_PHASE, left ? "idle" : PHASE[p].name, &share[p]);
    }
    for (uint32_t i = 0; i < trace->n_links; i++)
        energy_link_share(maker->topology, trace, i, &outside);
    outside.lookups = trace->router_lookups;
    outside.host_bits = trace->host_bits;
    outside.dram_bits = trace->dram_bytes * ENERGY_BITS_PER_BYTE;
    outside.chip_ps = maker->n_working * trace->end_ps;
    add_row(maker, ENERGY_OF_PHASE, "outside", &outside);
}

/* ---- steps -------------------- */

static const uint64_t *count_steps(const Maker *maker)
{
    const Trace *trace = maker->trace;
    const uint32_t n_lines = maker->ledger->n_lines;
    uint64_t *count = ARENA_ARRAY(maker->arena, uint64_t, (size_t)trace->n_steps * n_lines);
    EnergyShare *share = ARENA_ARRAY(maker->arena, EnergyShare, trace->n_steps);
    uint64_t before_ps = 0;

    for (uint32_t t = 0; t < trace->n_steps; t++) {
        const StepTimes *step = &trace->step[t];
        uint64_t end_ps = step->end_ps > before_ps ? step->end_ps : before_ps;
        if (t + 1 == trace->n_steps || end_ps > trace->end_ps)
            end_ps = trace->end_ps;
        share[t].main = (EnergyWork){step->active_cycles, step->array_macs,
                                     trace->n_cores * (end_ps - before_ps)};
        share[t].chip_ps = maker->n_working * (end_ps - before_ps);
        share[t].dram_bits = step->dram_bytes * ENERGY_BITS_PER_BYTE;
        add_traffic(maker, &step->traffic, &share[t]);
        before_ps = end_ps;
    }
    split_levels(maker, share, trace->n_steps);
    for (uint32_t t = 0; t < trace->n_steps; t++)
        energy_add_share(maker->ledger, &share[t], &count[(size_t)t * n_lines]);
    return count;
}

const EnergyShares *energy_shares(Arena *arena, const EnergyLedger *ledger, const Program *program,
                                  const Topology *topology, const Trace *trace)
{
    EnergyShares *shares = ARENA_ARRAY(arena, EnergyShares, 1);
    Maker maker = {
        .arena = arena, .ledger = ledger, .program = program, .topology = topology, .trace = trace};
    const uint32_t n_most = topology->chip->fabric.n_chips + trace->n_layers + 3 + N_PHASES + 1;

    for (uint32_t c = 0; c < topology->chip->fabric.n_chips; c++)
        maker.n_working += energy_chip_works(topology, trace, c);
    for (uint32_t i = 0; i < trace->n_cores; i++)
        energy_core_share(trace, i, &maker.cores);
    maker.row = ARENA_ARRAY(arena, EnergyRow, n_most);
    add_chips(&maker);
    add_layers(&maker);
    add_phases(&maker);
    shares->n_rows = maker.n_rows;
    shares->row = maker.row;
    shares->step = count_steps(&maker);
    return shares;
}
