/* energy.c - what a run counted, as lines with a price each.
 *
 *     energy of a run =
 *       active cycles x core_active_cycle_pj + MACs of the MAC arrays x mac_array_mac_pj
 *     + cores in use x core_sleep_uw x time
 *     + changes of the operating point x level_switch_pj
 *     + flits over links x flit_hop_*_pj + look-ups x router_lookup_pj
 *     + bits of frames over links between chips x on_board_link_bit_pj, or, where the chips are
 *       on two boards, x off_board_link_bit_pj
 *     + bits over the host's link x host_bit_pj
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
 * Cost: O(cores + links). Limits: of the host's link what a bit takes, not its standing power.
 */
#include "sim/energy.h"

#include <stddef.h>
#include <string.h>

#include "base/check.h"
#include "energy_lines.h"

typedef enum Holder { CHIP_ENERGY, POINT, SLOW_POINT } Holder;

typedef enum LineUse { EVERYWHERE, SEVERAL_BOARDS, TWO_LEVELS } LineUse;

typedef struct LineRow { /* a line to be */
    EnergyPart part;
    EnergyUnit unit;
    Holder holder;
    size_t cost;  /* offset in OperatingPoint, or else in ChipEnergy */
    size_t count; /* offset in EnergyShare                           */
    LineUse use;  /* where there is such a line                      */
} LineRow;

#define OF_CHIP(field) CHIP_ENERGY, offsetof(ChipEnergy, field)
#define OF_POINT(field) POINT, offsetof(OperatingPoint, field)
#define OF_SLOW_POINT(field) SLOW_POINT, offsetof(OperatingPoint, field)
#define OF_SHARE(field) offsetof(EnergyShare, field)

static const LineRow LINE[] = {
    {ENERGY_ACTIVE, ENERGY_IN_CYCLES, OF_POINT(core_active_cycle_pj), OF_SHARE(main.active_cycles),
     EVERYWHERE},
    {ENERGY_MAC_ARRAY, ENERGY_IN_MACS, OF_POINT(mac_array_mac_pj), OF_SHARE(main.array_macs),
     EVERYWHERE},
    {ENERGY_SLEEP, ENERGY_IN_STATE_PS, OF_POINT(core_sleep_uw), OF_SHARE(main.core_ps), EVERYWHERE},
    {ENERGY_NOC, ENERGY_IN_HOPS, OF_CHIP(flit_hop_payload_pj), OF_SHARE(payload_flits), EVERYWHERE},
    {ENERGY_NOC, ENERGY_IN_HOPS, OF_CHIP(flit_hop_event_pj), OF_SHARE(event_flits), EVERYWHERE},
    {ENERGY_LINKS, ENERGY_IN_BITS, OF_CHIP(on_board_link_bit_pj), OF_SHARE(frame_bits), EVERYWHERE},
    {ENERGY_OFF_BOARD, ENERGY_IN_BITS, OF_CHIP(off_board_link_bit_pj), OF_SHARE(off_board_bits),
     SEVERAL_BOARDS},
    {ENERGY_ROUTER, ENERGY_IN_LOOKUPS, OF_CHIP(router_lookup_pj), OF_SHARE(lookups), EVERYWHERE},
    {ENERGY_HOST, ENERGY_IN_BITS, OF_CHIP(host_bit_pj), OF_SHARE(host_bits), EVERYWHERE},
    {ENERGY_DRAM, ENERGY_IN_STATE_PS, OF_CHIP(dram_idle_uw), OF_SHARE(chip_ps), EVERYWHERE},
    {ENERGY_DRAM, ENERGY_IN_BITS, OF_CHIP(dram_bit_pj), OF_SHARE(dram_bits), EVERYWHERE},
    {ENERGY_FLOOR, ENERGY_IN_STATE_PS, OF_CHIP(chip_floor_uw), OF_SHARE(chip_ps), EVERYWHERE},
    {ENERGY_RAIL, ENERGY_IN_STATE_PS, OF_CHIP(extra_rail_uw), OF_SHARE(chip_ps), EVERYWHERE},
    {ENERGY_ACTIVE, ENERGY_IN_CYCLES, OF_SLOW_POINT(core_active_cycle_pj),
     OF_SHARE(slow.active_cycles), TWO_LEVELS},
    {ENERGY_MAC_ARRAY, ENERGY_IN_MACS, OF_SLOW_POINT(mac_array_mac_pj), OF_SHARE(slow.array_macs),
     TWO_LEVELS},
    {ENERGY_SLEEP, ENERGY_IN_STATE_PS, OF_SLOW_POINT(core_sleep_uw), OF_SHARE(slow.core_ps),
     TWO_LEVELS},
    {ENERGY_LEVEL_SWITCH, ENERGY_IN_CHANGES, OF_CHIP(level_switch_pj), OF_SHARE(changes),
     TWO_LEVELS},
};

enum { N_LINES = sizeof LINE / sizeof *LINE };

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

const char *energy_scope_name(EnergyScope scope)
{
    static const char *const names[N_ENERGY_SCOPES] = {
#define X(NAME, name) #name,
        ENERGY_SCOPE_LIST(X)
#undef X
    };
    return names[scope];
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

/* Cores in use whose id is below that. */
static uint32_t cores_below(const Trace *trace, uint64_t id)
{
    uint32_t low = 0, high = trace->n_cores;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (trace->core[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool energy_chip_works(const Topology *topology, const Trace *trace, uint32_t chip)
{
    const uint64_t cores = topology->cores_per_router;
    if (topology->chip->fabric.n_chips == 1 || chip == topology->host_router ||
        cores_below(trace, chip * cores) < cores_below(trace, (chip + 1) * cores))
        return true;
    uint32_t first = topology_all_links(topology) - topology->n_router_links;
    for (uint32_t l = topology->first_router_link[chip]; l < topology->first_router_link[chip + 1];
         l++)
        if (trace->link[first + l].flits > 0)
            return true;
    return false;
}

void energy_link_share(const Topology *topology, const Trace *trace, uint32_t link,
                       EnergyShare *share)
{
    const LinkCounts *count = &trace->link[link];
    if (energy_is_frame_link(topology, link)) {
        const uint32_t first = topology_all_links(topology) - topology->n_router_links;
        const uint64_t bits = count->flits * cost_count(&topology->chip->links.frame_bits);
        const bool off_board = topology->router_link[link - first].off_board;
        *(off_board ? &share->off_board_bits : &share->frame_bits) += bits;
        return;
    }
    share->payload_flits += count->payload_flits;
    share->event_flits += count->flits - count->payload_flits;
}

void energy_add_share(const EnergyLedger *ledger, const EnergyShare *share, uint64_t *count)
{
    for (uint32_t i = 0; i < ledger->n_lines; i++)
        count[i] += *(const uint64_t *)(const void *)((const char *)share +
                                                      LINE[ledger->line[i].row].count);
}

/* Time of a core at the fast point. */
static uint64_t fast_ps(const Trace *trace, uint64_t cycles)
{
    const Clock clock = clock_make(trace->core_hz);
    const uint64_t ps = clock_edge_ps(&clock, cycles); /* the run may end between two edges */
    return ps < trace->end_ps ? ps : trace->end_ps;
}

void energy_core_share(const Trace *trace, uint32_t i, EnergyShare *share)
{
    const uint64_t *n = trace->count[i].n;
    const EnergyWork all = {energy_active_cycles(&trace->count[i]), n[COUNT_MAC_ARRAY_MACS],
                            trace->end_ps};
    EnergyWork fast = all;
    if (trace->auto_point && trace->bounds != NULL) { /* nobody knows */
        fast = (EnergyWork){0};
    } else if (trace->auto_point) {
        fast = (EnergyWork){n[COUNT_HIGH_ACTIVE_CYCLES], n[COUNT_HIGH_ARRAY_MACS],
                            fast_ps(trace, n[COUNT_HIGH_CYCLES])};
        share->changes += n[COUNT_LEVEL_SWITCHES];
    }
    share->main.active_cycles += fast.active_cycles;
    share->main.array_macs += fast.array_macs;
    share->main.core_ps += fast.core_ps;
    share->slow.active_cycles += all.active_cycles - fast.active_cycles;
    share->slow.array_macs += all.array_macs - fast.array_macs;
    share->slow.core_ps += all.core_ps - fast.core_ps;
}

void energy_count_core(const EnergyLedger *ledger, const Trace *trace, uint32_t i, uint64_t *count)
{
    EnergyShare share = {.changes = 0};
    energy_core_share(trace, i, &share);
    energy_add_share(ledger, &share, count);
}

void energy_count_link(const EnergyLedger *ledger, const Topology *topology, const Trace *trace,
                       uint32_t link, uint64_t *count)
{
    EnergyShare share = {.changes = 0};
    energy_link_share(topology, trace, link, &share);
    energy_add_share(ledger, &share, count);
}

static void count_run(const EnergyLedger *ledger, const Topology *topology, const Trace *trace,
                      uint64_t *count)
{
    EnergyShare share = {
        .lookups = trace->router_lookups,
        .host_bits = trace->host_bits,
        .dram_bits = trace->dram_bytes * ENERGY_BITS_PER_BYTE,
    };
    for (uint32_t i = 0; i < trace->n_cores; i++)
        energy_core_share(trace, i, &share);
    for (uint32_t i = 0; i < trace->n_links; i++)
        energy_link_share(topology, trace, i, &share);
    for (uint32_t c = 0; c < topology->chip->fabric.n_chips; c++)
        share.chip_ps += energy_chip_works(topology, trace, c) ? trace->end_ps : 0;
    energy_add_share(ledger, &share, count);
}

/* ---- the ledger -------------------- */

static EnergyLine make_line(const Chip *chip, uint32_t point, uint32_t row)
{
    const LineRow *from = &LINE[row];
    const OperatingPoint *of = &chip->point[from->holder == SLOW_POINT ? 0 : point];
    const void *base = from->holder == CHIP_ENERGY ? (const void *)&chip->energy : (const void *)of;
    const Cost *cost = (const Cost *)(const void *)((const char *)base + from->cost);
    return (EnergyLine){from->part, from->unit, NULL, cost, row};
}

/* The lines of a run on the chip; returns how many. */
static uint32_t make_lines(Arena *arena, const Chip *chip, const Trace *trace,
                           const EnergyLine **out)
{
    const bool use[] = {true, chip_boards(chip) > 1, trace->auto_point};
    EnergyLine *line = ARENA_ARRAY(arena, EnergyLine, N_LINES);
    const NamedCost *named;
    const uint32_t n_named = chip_numbers(arena, chip, &named);
    uint32_t n_lines = 0;

    for (uint32_t row = 0; row < N_LINES; row++) {
        EnergyLine *next = &line[n_lines];
        if (!use[LINE[row].use])
            continue;
        *next = make_line(chip, trace->point, row);
        for (uint32_t n = 0; n < n_named; n++)
            if (named[n].cost == next->cost)
                next->key = named[n].key;
        CHECK(next->key != NULL);
        n_lines++;
    }
    *out = line;
    return n_lines;
}

const EnergyLedger *energy_ledger(Arena *arena, const Topology *topology, const Trace *trace)
{
    EnergyLedger *ledger = ARENA_ARRAY(arena, EnergyLedger, 1);
    uint64_t *run = ARENA_ARRAY(arena, uint64_t, N_LINES);
    double *nominal = ARENA_ARRAY(arena, double, N_LINES);

    ledger->n_lines = make_lines(arena, topology->chip, trace, &ledger->line);
    energy_prices(ledger, 0, nominal);
    ledger->nominal = nominal;
    count_run(ledger, topology, trace, run);
    ledger->run = run;
    return ledger;
}

void energy_prices(const EnergyLedger *ledger, int which, double *price)
{
    for (uint32_t i = 0; i < ledger->n_lines; i++) {
        const Cost *cost = ledger->line[i].cost;
        price[i] = which < 0 ? cost->low : which > 0 ? cost->high : cost->value;
    }
}

static double line_pj(const EnergyLedger *ledger, uint64_t count, double price, uint32_t line)
{
    return (double)count * unit_pj(ledger->line[line].unit) * price;
}

double energy_line_unit_pj(const EnergyLedger *ledger, uint32_t line)
{
    return unit_pj(ledger->line[line].unit);
}

double energy_line_pj(const EnergyLedger *ledger, const uint64_t *count, uint32_t line)
{
    return line_pj(ledger, count[line], ledger->nominal[line], line);
}

double energy_price(const EnergyLedger *ledger, const uint64_t *count, const double *price,
                    double part_pj[N_ENERGY_PARTS])
{
    double part[N_ENERGY_PARTS] = {0}, sum = 0;

    for (uint32_t i = 0; i < ledger->n_lines; i++)
        part[ledger->line[i].part] += line_pj(ledger, count[i], price[i], i);
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
