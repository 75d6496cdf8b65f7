/* energy.c - what a run counted, as lines with a price each.
 *
 *     energy of a run =
 *       active cycles x core_active_cycle_pj + MACs of the MAC arrays x mac_array_mac_pj
 *     + cores in use x core_sleep_uw x time
 *     + changes of the operating point x level_switch_pj
 *     + flits over links x flit_hop_*_pj + look-ups x router_lookup_pj
 *     + bits of frames over links between chips x on_board_link_bit_pj
 *     + bits from DRAM x dram_bit_pj
 *     + chips at work x (dram_idle_uw + chip_floor_uw + extra_rail_uw) x time
 *
 * A core is active in its receive, update and emit cycles; it waits, stalls, sleeps and is blocked
 * by its MAC array (whose price was measured over sleep) at its state power, which counts for all
 * cores in use over the whole run. Cores not in use are power-gated: 0. Likewise a chip of a board
 * counts if it has a core in use, sends frames or has the host.
 *
 * Where cores change their operating point (Trace.auto_point), the first three have a line for each
 * of the two: what was counted at the fast one, changes included in its time, and the rest. A run
 * without a time axis cannot tell; then all stands at the slow point, whose prices are the lower
 * ones: a bound below.
 *
 * Cost: O(cores + links). Limits: the host's link is not priced.
 */
#include "sim/energy.h"

#include <stddef.h>
#include <string.h>

#include "base/check.h"

typedef enum Holder { CHIP_ENERGY, POINT, SLOW_POINT } Holder;

typedef struct LineRow { /* a line to be; cost at this offset of ChipEnergy or OperatingPoint */
    EnergyPart part;
    EnergyUnit unit;
    Holder holder;
    size_t offset;
} LineRow;

#define OF_CHIP(field) CHIP_ENERGY, offsetof(ChipEnergy, field)
#define OF_POINT(field) POINT, offsetof(OperatingPoint, field)
#define OF_SLOW_POINT(field) SLOW_POINT, offsetof(OperatingPoint, field)

enum { /* lines, in the order of LINE */
       LINE_ACTIVE,
       LINE_ARRAY,
       LINE_SLEEP,
       LINE_PAYLOAD_HOPS,
       LINE_EVENT_HOPS,
       LINE_BOARD_BITS,
       LINE_LOOKUPS,
       LINE_DRAM_IDLE,
       LINE_DRAM_BITS,
       LINE_FLOOR,
       LINE_RAIL,
       LINE_SLOW_ACTIVE, /* from here on only where cores change their point */
       LINE_SLOW_ARRAY,
       LINE_SLOW_SLEEP,
       LINE_SWITCHES,
       N_LINES,
       N_FIXED_LINES = LINE_SLOW_ACTIVE
};

static const LineRow LINE[N_LINES] = {
    {ENERGY_ACTIVE, ENERGY_IN_CYCLES, OF_POINT(core_active_cycle_pj)},
    {ENERGY_MAC_ARRAY, ENERGY_IN_MACS, OF_POINT(mac_array_mac_pj)},
    {ENERGY_SLEEP, ENERGY_IN_STATE_PS, OF_POINT(core_sleep_uw)},
    {ENERGY_NOC, ENERGY_IN_HOPS, OF_CHIP(flit_hop_payload_pj)},
    {ENERGY_NOC, ENERGY_IN_HOPS, OF_CHIP(flit_hop_event_pj)},
    {ENERGY_LINKS, ENERGY_IN_BITS, OF_CHIP(on_board_link_bit_pj)},
    {ENERGY_ROUTER, ENERGY_IN_LOOKUPS, OF_CHIP(router_lookup_pj)},
    {ENERGY_DRAM, ENERGY_IN_STATE_PS, OF_CHIP(dram_idle_uw)},
    {ENERGY_DRAM, ENERGY_IN_BITS, OF_CHIP(dram_bit_pj)},
    {ENERGY_FLOOR, ENERGY_IN_STATE_PS, OF_CHIP(chip_floor_uw)},
    {ENERGY_RAIL, ENERGY_IN_STATE_PS, OF_CHIP(extra_rail_uw)},
    {ENERGY_ACTIVE, ENERGY_IN_CYCLES, OF_SLOW_POINT(core_active_cycle_pj)},
    {ENERGY_MAC_ARRAY, ENERGY_IN_MACS, OF_SLOW_POINT(mac_array_mac_pj)},
    {ENERGY_SLEEP, ENERGY_IN_STATE_PS, OF_SLOW_POINT(core_sleep_uw)},
    {ENERGY_LEVEL_SWITCH, ENERGY_IN_CHANGES, OF_CHIP(level_switch_pj)},
};

enum { BITS_PER_BYTE = 8 };

/* ---- names and units -------------------- */

const char *energy_part_name(EnergyPart part)
{
    static const char *const names[N_ENERGY_PARTS] = {
#define X(NAME, name, meaning) #name,
        ENERGY_PART_LIST(X)
#undef X
    };
    return names[part];
}

const char *energy_unit_name(EnergyUnit unit)
{
    static const char *const names[N_ENERGY_UNITS] = {
#define X(NAME, name, pj, timed) #name,
        ENERGY_UNIT_LIST(X)
#undef X
    };
    return names[unit];
}

static double unit_pj(EnergyUnit unit)
{
    static const double pj_of_one[N_ENERGY_UNITS] = {
#define X(NAME, name, pj, timed) pj,
        ENERGY_UNIT_LIST(X)
#undef X
    };
    return pj_of_one[unit];
}

static bool unit_is_timed(EnergyUnit unit)
{
    static const bool is_timed[N_ENERGY_UNITS] = {
#define X(NAME, name, pj, timed) timed,
        ENERGY_UNIT_LIST(X)
#undef X
    };
    return is_timed[unit];
}

/* ---- counts -------------------- */

uint64_t energy_active_cycles(const Counters *count)
{
    return count->n[COUNT_RECEIVE_CYCLES] + count->n[COUNT_UPDATE_CYCLES] +
           count->n[COUNT_EMIT_CYCLES];
}

uint64_t energy_array_macs(const Trace *trace)
{
    uint64_t macs = 0;

    for (uint32_t i = 0; i < trace->n_cores; i++)
        macs += trace->count[i].n[COUNT_MAC_ARRAY_MACS];
    return macs;
}

bool energy_is_frame_link(const Topology *topology, uint32_t link)
{
    return topology->chip->fabric.routing == ROUTING_CENTRAL &&
           link >= topology_all_links(topology) - topology->n_router_links;
}

/* Chips of a board that have a core in use, send frames or have the host; the others are off. */
static uint32_t chips_at_work(const Topology *topology, const Trace *trace)
{
    uint32_t n_chips = topology->chip->fabric.n_chips, n_working = 0, c = 0;
    if (n_chips == 1)
        return 1;
    uint32_t first = topology_all_links(topology) - topology->n_router_links;
    for (uint32_t chip = 0; chip < n_chips; chip++) {
        bool works = chip == topology->host_router;
        for (; c < trace->n_cores && trace->core[c] / topology->cores_per_router == chip; c++)
            works = true;
        for (uint32_t l = topology->first_router_link[chip];
             l < topology->first_router_link[chip + 1]; l++)
            works = works || trace->link[first + l].flits > 0;
        n_working += works;
    }
    return n_working;
}

/* Time of a core at the fast point. */
static uint64_t fast_ps(const Trace *trace, uint64_t cycles)
{
    const Clock clock = clock_make(trace->core_hz);
    const uint64_t ps = clock_edge_ps(&clock, cycles); /* the run may end between two edges */
    return ps < trace->end_ps ? ps : trace->end_ps;
}

/* What of a core's counts was at the slow point. */
static void count_slow(const Trace *trace, uint32_t i, uint64_t *count)
{
    const uint64_t *n = trace->count[i].n;
    const bool known = n[COUNT_HIGH_CYCLES] != COUNT_UNKNOWN;
    const uint64_t active = known ? n[COUNT_HIGH_ACTIVE_CYCLES] : 0;
    const uint64_t macs = known ? n[COUNT_HIGH_ARRAY_MACS] : 0;
    const uint64_t ps = known ? fast_ps(trace, n[COUNT_HIGH_CYCLES]) : 0;
    const uint64_t slow_active = energy_active_cycles(&trace->count[i]) - active;
    const uint64_t slow_macs = n[COUNT_MAC_ARRAY_MACS] - macs, slow_ps = trace->end_ps - ps;
    count[LINE_ACTIVE] -= slow_active;
    count[LINE_ARRAY] -= slow_macs;
    count[LINE_SLEEP] -= slow_ps;
    count[LINE_SLOW_ACTIVE] += slow_active;
    count[LINE_SLOW_ARRAY] += slow_macs;
    count[LINE_SLOW_SLEEP] += slow_ps;
    count[LINE_SWITCHES] += known ? n[COUNT_LEVEL_SWITCHES] : 0;
}

void energy_count_core(const Trace *trace, uint32_t i, uint64_t *count)
{
    count[LINE_ACTIVE] += energy_active_cycles(&trace->count[i]);
    count[LINE_ARRAY] += trace->count[i].n[COUNT_MAC_ARRAY_MACS];
    count[LINE_SLEEP] += trace->end_ps;
    if (trace->auto_point)
        count_slow(trace, i, count);
}

void energy_count_link(const Topology *topology, const LinkCounts *link, uint32_t link_id,
                       uint64_t *count)
{
    if (energy_is_frame_link(topology, link_id)) {
        count[LINE_BOARD_BITS] += link->flits * cost_count(&topology->chip->links.frame_bits);
        return;
    }
    count[LINE_PAYLOAD_HOPS] += link->payload_flits;
    count[LINE_EVENT_HOPS] += link->flits - link->payload_flits;
}

static void count_run(const Topology *topology, const Trace *trace, uint64_t *count)
{
    const uint64_t chips_ps = chips_at_work(topology, trace) * trace->end_ps;

    for (uint32_t i = 0; i < trace->n_cores; i++)
        energy_count_core(trace, i, count);
    for (uint32_t i = 0; i < trace->n_links; i++)
        energy_count_link(topology, &trace->link[i], i, count);
    count[LINE_LOOKUPS] = trace->router_lookups;
    count[LINE_DRAM_BITS] = trace->dram_bytes * BITS_PER_BYTE;
    count[LINE_DRAM_IDLE] = count[LINE_FLOOR] = count[LINE_RAIL] = chips_ps;
}

/* ---- the ledger -------------------- */

static const EnergyLine *make_lines(Arena *arena, const Chip *chip, uint32_t point)
{
    EnergyLine *line = ARENA_ARRAY(arena, EnergyLine, N_LINES);
    const NamedCost *named;
    const uint32_t n_named = chip_numbers(arena, chip, &named);

    for (uint32_t i = 0; i < N_LINES; i++) {
        const OperatingPoint *of = &chip->point[LINE[i].holder == SLOW_POINT ? 0 : point];
        const void *base =
            LINE[i].holder == CHIP_ENERGY ? (const void *)&chip->energy : (const void *)of;
        line[i] = (EnergyLine){LINE[i].part, LINE[i].unit, NULL,
                               (const Cost *)(const void *)((const char *)base + LINE[i].offset)};
        for (uint32_t n = 0; n < n_named; n++)
            if (named[n].cost == line[i].cost)
                line[i].key = named[n].key;
        CHECK(line[i].key != NULL);
    }
    return line;
}

const EnergyLedger *energy_ledger(Arena *arena, const Topology *topology, const Trace *trace)
{
    EnergyLedger *ledger = ARENA_ARRAY(arena, EnergyLedger, 1);
    uint64_t *run = ARENA_ARRAY(arena, uint64_t, N_LINES);

    count_run(topology, trace, run);
    ledger->n_lines = trace->auto_point ? N_LINES : N_FIXED_LINES;
    ledger->line = make_lines(arena, topology->chip, trace->point);
    ledger->run = run;
    double *nominal = ARENA_ARRAY(arena, double, N_LINES);
    energy_prices(ledger, 0, nominal);
    ledger->nominal = nominal;
    return ledger;
}

void energy_prices(const EnergyLedger *ledger, int which, double *price)
{
    for (uint32_t i = 0; i < ledger->n_lines; i++) {
        const Cost *cost = ledger->line[i].cost;
        price[i] = which < 0 ? cost->low : which > 0 ? cost->high : cost->value;
    }
}

double energy_price(const EnergyLedger *ledger, const uint64_t *count, const double *price,
                    double part_pj[N_ENERGY_PARTS])
{
    double part[N_ENERGY_PARTS] = {0}, sum = 0;

    for (uint32_t i = 0; i < ledger->n_lines; i++) {
        const EnergyLine *line = &ledger->line[i];
        part[line->part] += (double)count[i] * unit_pj(line->unit) * price[i];
    }
    for (int p = 0; p < N_ENERGY_PARTS; p++)
        sum += part[p];
    if (part_pj != NULL)
        memcpy(part_pj, part, sizeof part);
    return sum;
}

SourceKind energy_kind(const EnergyLedger *ledger, EnergyPart part)
{
    SourceKind counted = SOURCE_MEASURED, any = SOURCE_MEASURED;
    bool has_counted = false;

    for (uint32_t i = 0; i < ledger->n_lines; i++) {
        const SourceKind kind = ledger->line[i].cost->source_kind;
        if (ledger->line[i].part != part)
            continue;
        any = kind > any ? kind : any;
        if (ledger->run[i] == 0)
            continue;
        counted = kind > counted ? kind : counted;
        has_counted = true;
    }
    return has_counted ? counted : any;
}

bool energy_is_timed(const EnergyLedger *ledger, EnergyPart part)
{
    for (uint32_t i = 0; i < ledger->n_lines; i++)
        if (ledger->line[i].part == part && unit_is_timed(ledger->line[i].unit))
            return true;
    return false;
}
