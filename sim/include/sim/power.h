/* power.h - what a chip draws under a steady load.
 *
 * No network, no simulation: so many cores in so many states, for one second, priced as any run is
 * (sim/energy.h). Each power has two intervals: that of 90 % of the draws of the chip's numbers
 * from their ranges, drawn as for a report (arch/chip_draw.h), and what all prices at their low
 * and all at their high ends make of it, which no draw comes near.
 */
#ifndef SIM_POWER_H
#define SIM_POWER_H

#include "sim/energy.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct PowerLoad {
    uint32_t point;         /* operating point of all cores                              */
    uint64_t n_cores;       /* with power, the others are gated; 0 .. all of the chip    */
    double duty;            /* 0 .. 1: share of its cycles in which each of these works  */
    double macs_per_second; /* of all MAC arrays together; 0 without a core              */
} PowerLoad;

typedef struct PowerEstimate { /* mW; least <= low <= value <= high <= most              */
    double value, low, high;   /* without draws low and high are the value               */
    double least, most;
    SourceKind weakest; /* kind of the numbers behind it */
} PowerEstimate;

typedef struct Power {
    PowerEstimate part[N_ENERGY_PARTS];
    PowerEstimate all;
} Power;

/* power_of_load - cost: O(cores + links + draws (lines + log draws)) */
void power_of_load(Arena *arena, const Topology *topology, const PowerLoad *load, uint32_t n_draws,
                   uint64_t draw_seed, Power *out);

#ifdef __cplusplus
}
#endif
#endif
