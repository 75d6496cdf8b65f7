/* energy.h - the ledger of a run: what was counted, line by line, and the price of one of each.
 *
 * Energy is a sum over lines, count x price. A line names its part of the whole and the number
 * of the chip that prices it; the count is a whole number of cycles, MACs, flit-hops, look-ups
 * or bits, or time in a state (ps, summed over the cores or chips in it). Nothing else prices
 * anything. Ledgers of runs on one chip have the same lines in the same order, whatever was
 * counted, if their cores are at the same operating point, so that counts of several runs and
 * prices drawn at random can be put together. A line stands in all ledgers of a chip or in none:
 * links between boards only where there are several.
 *
 * The whole is divided in several ways: by chip, by layer, by phase of the cores, by core, by
 * step. Whichever way, the counts of the shares add up to those of the run, line by line,
 * exactly (docs/results.md says what counts for whom).
 */
#ifndef SIM_ENERGY_H
#define SIM_ENERGY_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/program.h"
#include "arch/topology.h"
#include "base/arena.h"
#include "sim/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(NAME, name, meaning): parts of the whole, in the order of the report. */
#define ENERGY_PART_LIST(X)                                               \
    X(ACTIVE, active, "active cycles of the cores")                       \
    X(MAC_ARRAY, mac_array, "multiplications of the MAC arrays")          \
    X(SLEEP, sleep, "state power of the cores in use")                    \
    X(LEVEL_SWITCH, level_switch, "changes of the operating point")       \
    X(NOC, noc, "flits crossing links of the network-on-chip")            \
    X(LINKS, links, "frames crossing links between chips")                \
    X(OFF_BOARD, off_board_links, "frames crossing links between boards") \
    X(ROUTER, router, "look-ups of the event router")                     \
    X(HOST, host, "events and markers on the host's link")                \
    X(DRAM, dram, "DRAM")                                                 \
    X(FLOOR, floor, "the chip with all cores off")                        \
    X(RAIL, extra_rail, "extra rail of the board")

typedef enum EnergyPart {
#define X(NAME, name, meaning) ENERGY_##NAME,
    ENERGY_PART_LIST(X)
#undef X
        N_ENERGY_PARTS
} EnergyPart;

/* X(NAME, name, pj, timed): what is counted; the pJ that one of it costs at a price of 1, as
 * prices are in pJ or, of states, in uW; does the count depend on how long things take? */
#define ENERGY_UNIT_LIST(X)       \
    X(CYCLES, cycles, 1, true)    \
    X(MACS, macs, 1, false)       \
    X(STATE_PS, ps, 1e-6, true)   \
    X(HOPS, flit_hops, 1, false)  \
    X(LOOKUPS, lookups, 1, false) \
    X(BITS, bits, 1, false)       \
    X(CHANGES, changes, 1, true)

typedef enum EnergyUnit {
#define X(NAME, name, pj, timed) ENERGY_IN_##NAME,
    ENERGY_UNIT_LIST(X)
#undef X
        N_ENERGY_UNITS
} EnergyUnit;

/* X(NAME, name): ways to divide a run, and the run itself. */
#define ENERGY_SCOPE_LIST(X) X(RUN, run) X(CHIP, chip) X(LAYER, layer) X(PHASE, phase)

typedef enum EnergyScope {
#define X(NAME, name) ENERGY_OF_##NAME,
    ENERGY_SCOPE_LIST(X)
#undef X
        N_ENERGY_SCOPES
} EnergyScope;

enum { ENERGY_MAX_LINES = 32 };

typedef struct EnergyLine {
    EnergyPart part;
    EnergyUnit unit;
    const char *key;  /* of the price, as in chip_numbers: "energy.router_lookup_pj" */
    const Cost *cost; /* the price */
    uint32_t row;     /* of the table of all lines there are (energy.c) */
} EnergyLine;

typedef struct EnergyRow { /* the run or a share of it */
    EnergyScope scope;
    const char *of;        /* which: "layer0", "receive"              */
    const uint64_t *count; /* [n_lines]                                  */
} EnergyRow;

typedef struct EnergyLedger {
    uint32_t n_lines;       /* <= ENERGY_MAX_LINES                                    */
    const EnergyLine *line; /* [n_lines] by part                                     */
    const double *nominal;  /* [n_lines] prices                                      */
    const uint64_t *run;    /* [n_lines] counts of the whole run                     */
} EnergyLedger;

/* What a run is divided into. */
typedef struct EnergyShares {
    uint32_t n_rows;
    const EnergyRow *row; /* [n_rows] by scope: chips, layers, phases                    */
    const uint64_t *step; /* [n_steps][n_lines] counts of each step                      */
} EnergyShares;

/* energy_ledger - of a run. cost: O(cores + links) */
const EnergyLedger *energy_ledger(Arena *arena, const Topology *topology, const Trace *trace);

/* energy_shares - of a run of that program, whose ledger is given. cost: O(cores + slices +
 * links + steps) */
const EnergyShares *energy_shares(Arena *arena, const EnergyLedger *ledger, const Program *program,
                                  const Topology *topology, const Trace *trace);

/* energy_count_core, energy_count_link - what core i of the trace, or a link, counted, is added
 * to count [n_lines]. */
void energy_count_core(const EnergyLedger *ledger, const Trace *trace, uint32_t i, uint64_t *count);
void energy_count_link(const EnergyLedger *ledger, const Topology *topology, const Trace *trace,
                       uint32_t link, uint64_t *count);

/* energy_prices - of all lines: nominal (which 0), low (< 0) or high (> 0); price [n_lines]. */
void energy_prices(const EnergyLedger *ledger, int which, double *price);

/* energy_price - pJ of such counts at such prices, both [n_lines], and of each part (NULL: not
 * asked for); returns the sum of the parts. cost: O(lines) */
double energy_price(const EnergyLedger *ledger, const uint64_t *count, const double *price,
                    double part_pj[N_ENERGY_PARTS]);

/* energy_line_unit_pj - what one of a line costs at a price of 1. energy_line_pj - what counts
 * of one line cost at its nominal price. */
double energy_line_unit_pj(const EnergyLedger *ledger, uint32_t line);
double energy_line_pj(const EnergyLedger *ledger, const uint64_t *count, uint32_t line);

/* energy_kind - the least certain kind of the prices of a part: of the lines that counted
 * anything, or of all if none did. energy_is_timed - do counts of the part depend on time? */
SourceKind energy_kind(const EnergyLedger *ledger, EnergyPart part);
bool energy_is_timed(const EnergyLedger *ledger, EnergyPart part);

const char *energy_part_name(EnergyPart part);
const char *energy_unit_name(EnergyUnit unit);
const char *energy_scope_name(EnergyScope scope);

/* energy_is_frame_link - does the link run between chips? Then what it carries are frames. Links
 * have the Topology's numbering of all links. */
bool energy_is_frame_link(const Topology *topology, uint32_t link);

/* energy_active_cycles - in which a core works: receive, update and emit. */
uint64_t energy_active_cycles(const Counters *count);

/* energy_array_macs - of all MAC arrays. */
uint64_t energy_array_macs(const Trace *trace);

#ifdef __cplusplus
}
#endif
#endif
