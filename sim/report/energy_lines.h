/* energy_lines.h - what the files of the ledger share: counts by name, before they are lines.
 *
 * A share has one count for each thing that is priced; lines of what an operating point prices
 * follow from it and from what of it was at the faster point.
 */
#ifndef SIM_ENERGY_LINES_H
#define SIM_ENERGY_LINES_H

#include "sim/energy.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct EnergyWork { /* of cores at one operating point */
    uint64_t active_cycles, array_macs;
    uint64_t core_ps; /* time, summed over the cores */
} EnergyWork;

typedef struct EnergyShare {
    EnergyWork main, slow; /* at the run's point; at the slow one of cores that change theirs */
    uint64_t changes;      /* of the point                                                   */
    uint64_t chip_ps;      /* time, summed over chips at work                                */
    uint64_t payload_flits, event_flits, lookups, host_bits;
    uint64_t frame_bits, off_board_bits, dram_bits; /* of frames on a board, between boards    */
} EnergyShare;

/* energy_add_share - to the lines. */
void energy_add_share(const EnergyLedger *ledger, const EnergyShare *share, uint64_t *count);

/* energy_chip_works - has the chip of a board a core in use, does it send frames, or has it the
 * host? The others are off. cost: O(its links + log cores) */
bool energy_chip_works(const Topology *topology, const Trace *trace, uint32_t chip);

/* energy_core_share - adds what core i of the trace did. */
void energy_core_share(const Trace *trace, uint32_t i, EnergyShare *share);

/* energy_link_share - adds what a link carried. */
void energy_link_share(const Topology *topology, const Trace *trace, uint32_t link,
                       EnergyShare *share);

enum { ENERGY_BITS_PER_BYTE = 8 };

#ifdef __cplusplus
}
#endif
#endif
