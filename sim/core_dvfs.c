/* core_dvfs.c - see core_dvfs.h: the rule, and what edges it gives.
 *
 * Takes what a core does in the order in which it does it; holds no time of its own. Divisions are
 * split so that no product overflows: edges and cycles in lowest terms are below 10^7 (clocks are
 * multiples of 1000 Hz up to 10^10). What was active at the high point is the difference of the
 * core's own counters between two changes, so no task has to say at which point it runs.
 *
 * Cost: O(1) each, with a division or two at the low point.
 */
#include "core_dvfs.h"

#include "base/check.h"
#include "core_model.h"

static const double PS_PER_NS = 1000;

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

void dvfs_init(Dvfs *dvfs, const Chip *chip)
{
    CHECK(chip->n_points > 1);
    const uint64_t low = cost_count(&chip->point[0].hz);
    const uint64_t high = cost_count(&chip->point[chip->n_points - 1].hz);
    const uint64_t common = greatest_common_divisor(low, high);
    *dvfs = (Dvfs){
        .low = clock_make(low),
        .high = clock_make(high),
        .edges = high / common,
        .cycles = low / common,
        .switch_ps = (uint64_t)(chip->core.level_switch_ns.value * PS_PER_NS + 0.5),
        .packets = cost_count(&chip->software.dvfs_packets),
        .falls = chip->idle_point == IDLE_SLOWEST,
    };
}

/* Edge at which cycle k of the low point begins: ceil(k * edges / cycles). */
static uint64_t edge_of(const Dvfs *dvfs, uint64_t k)
{
    const uint64_t rest = k % dvfs->cycles * dvfs->edges;
    return k / dvfs->cycles * dvfs->edges + (rest + dvfs->cycles - 1) / dvfs->cycles;
}

/* The last cycle of the low point that begins at edge `edge` or before. */
static uint64_t cycle_of(const Dvfs *dvfs, uint64_t edge)
{
    return edge / dvfs->edges * dvfs->cycles + edge % dvfs->edges * dvfs->cycles / dvfs->edges;
}

static uint64_t low_edge(const Dvfs *dvfs, uint64_t edge)
{
    const uint64_t cycle = cycle_of(dvfs, edge), begin = edge_of(dvfs, cycle);
    return begin == edge ? edge : edge_of(dvfs, cycle + 1);
}

uint64_t dvfs_edge(const DvfsCore *core, uint64_t edge)
{
    return core->high ? edge : low_edge(core->dvfs, edge);
}

uint64_t dvfs_work(DvfsCore *core, uint64_t begin, uint64_t cycles)
{
    if (core->high)
        return begin + cycles;
    const uint64_t end = edge_of(core->dvfs, cycle_of(core->dvfs, begin) + cycles);
    core->slow_cycles += end - begin - cycles;
    return end;
}

static uint64_t active_cycles(const DvfsCore *core)
{
    const uint64_t *n = core->count->n;
    return n[COUNT_RECEIVE_CYCLES] + n[COUNT_UPDATE_CYCLES] + n[COUNT_EMIT_CYCLES] +
           *core->receive_cycles;
}

/* The edge from which the core works again. */
static uint64_t change(DvfsCore *core, uint64_t edge, bool high)
{
    const Dvfs *dvfs = core->dvfs;
    core->high = high;
    core->n_switches++;
    uint64_t end =
        clock_edge_at_or_after(&dvfs->high, clock_edge_ps(&dvfs->high, edge) + dvfs->switch_ps);
    end = dvfs_edge(core, end);
    core->switch_cycles += end - edge;
    return end;
}

static uint64_t rise(DvfsCore *core, uint64_t edge)
{
    core->high_since = edge;
    core->high_active = active_cycles(core);
    core->high_macs = core->count->n[COUNT_MAC_ARRAY_MACS];
    return change(core, edge, true);
}

/* What was done at the high point since it was last changed to, up to edge `end`. */
static void count_high(DvfsCore *core, uint64_t end)
{
    core->high_cycles += end - core->high_since;
    core->high_active_cycles += active_cycles(core) - core->high_active;
    core->high_array_macs += core->count->n[COUNT_MAC_ARRAY_MACS] - core->high_macs;
}

void dvfs_start(DvfsCore *core)
{
    core->high = core->dvfs->packets == 0 && !core->dvfs->falls;
}

static bool has_enough(const DvfsCore *core)
{
    return core->n_packets >= core->dvfs->packets;
}

uint64_t dvfs_begin(DvfsCore *core, uint64_t edge, uint64_t cycles)
{
    const bool rises = core->dvfs->falls && !core->high && (has_enough(core) || core->wants_high);
    core->wants_high = false;
    if (!rises)
        return edge;
    const uint64_t begin = rise(core, edge);
    core->high_active -= cycles; /* they are still to come */
    return begin;
}

uint64_t dvfs_fall(DvfsCore *core, uint64_t edge)
{
    const uint64_t end = change(core, edge, false);
    count_high(core, end);
    return end;
}

uint64_t dvfs_receive(DvfsCore *core, uint64_t begin, uint64_t cycles)
{
    const uint64_t end = dvfs_work(core, begin, cycles);
    core->n_packets++;
    const bool rises = !core->dvfs->falls && !core->high && has_enough(core);
    return rises ? rise(core, end) : end;
}

void dvfs_update(DvfsCore *core)
{
    if (core == NULL)
        return;
    core->wants_high = has_enough(core);
    core->n_packets = 0;
}

uint64_t dvfs_idle(DvfsCore *core, uint64_t edge)
{
    core->engaged = false; /* where idle cores fall: once it is known that no packet is there */
    return core->dvfs->falls || !core->high || has_enough(core) ? edge : dvfs_fall(core, edge);
}

const Clock *dvfs_clock(const DvfsCore *core)
{
    return core->high ? &core->dvfs->high : &core->dvfs->low;
}

void dvfs_finish(DvfsCore *core, uint64_t end, Counters *count)
{
    if (core == NULL)
        return;
    if (core->high)
        count_high(core, end);
    count->n[COUNT_SLOW_CYCLES] = core->slow_cycles;
    count->n[COUNT_LEVEL_SWITCH_CYCLES] = core->switch_cycles;
    count->n[COUNT_LEVEL_SWITCHES] = core->n_switches;
    count->n[COUNT_HIGH_CYCLES] = core->high_cycles;
    count->n[COUNT_HIGH_ACTIVE_CYCLES] = core->high_active_cycles;
    count->n[COUNT_HIGH_ARRAY_MACS] = core->high_array_macs;
}

void dvfs_init_cores(Arena *arena, CoreModel *cores)
{
    DvfsCore *core = ARENA_ARRAY(arena, DvfsCore, cores->plan->n_cores);
    dvfs_init(&cores->dvfs, cores->plan->chip);
    for (uint32_t c = 0; c < cores->plan->n_cores; c++) {
        CoreFifo *fifo = &cores->core[c].fifo;
        core[c] = (DvfsCore){.dvfs = &cores->dvfs,
                             .count = core_counters(cores, c),
                             .receive_cycles = &fifo->receive_cycles};
        fifo->dvfs = &core[c];
        dvfs_start(&core[c]);
    }
}
