/* sparsity_point.h - what a token costs on a chip at one weight density and one activity.
 *
 * A network is drawn at the density, quantised, compiled for the activity with its matrices in
 * one format, and replayed with drawn events, one token at a time. Figures are those of the
 * steps after the first, in which nothing recurs yet: of all steps less those of a run of the
 * first. Where the mapping that the compiler chose leaves cores idle, one with slices of all
 * layers on every core is tried too, and the faster counts.
 */
#ifndef BENCHES_SPARSITY_POINT_H
#define BENCHES_SPARSITY_POINT_H

#include "arch/program.h"
#include "arch/topology.h"
#include "models/network.h"

enum { SPARSITY_MAX_SIZES = 8 };

typedef struct Shape {
    const char *name;
    uint32_t n_sizes, size[SPARSITY_MAX_SIZES]; /* inputs, then units of each layer */
} Shape;

/* The chip as it is, and the same with more memory on every core than any network here needs:
 * what would not fit is run there, for its times and energies. */
typedef struct Machines {
    const Chip *chip, *roomy;
    const Topology *topology, *roomy_topology;
} Machines;

/* X(NAME, name): what the cycles of all cores in use go into. */
#define CYCLE_SHARE_LIST(X) \
    X(WEIGHTS, weights)     \
    X(PACKETS, packets)     \
    X(UPDATE, update)       \
    X(ARRAY, array)         \
    X(STALL, stall)         \
    X(IDLE, idle)

typedef enum CycleShare {
#define X(NAME, name) SHARE_##NAME,
    CYCLE_SHARE_LIST(X)
#undef X
        N_CYCLE_SHARES
} CycleShare;

typedef struct Point {
    double density, activity; /* asked for; the input is dense                            */
    WeightFormat format;
    uint32_t n_steps; /* that figures are means over                                  */
    uint32_t n_cores;
    bool fits;              /* on the chip as it is; else on the roomy one                */
    bool share_cores;       /* mapped so by order, as that was faster                     */
    uint64_t fullest_bytes; /* of data memory, on the core with most                      */
    double macs;            /* a token: stored weights of active sources                  */
    double latency_us, energy_uj;
    double array_uj, noc_uj, state_uj; /* of the energy: MAC arrays; links and look-ups; the
                                          power of cores and chip; the rest are active cycles */
    double share[N_CYCLE_SHARES];
} Point;

Status machines_load(Arena *arena, const char *chip_name, const char *chip_folder, Machines *out,
                     Err *err);

/* shape_network - drawn exactly at the density, in that precision. */
Status shape_network(Arena *arena, const Shape *shape, double density, Precision precision,
                     const Network **out, Err *err);

/* shape_dense_macs - of a token, with so many gates a unit. shape_law_macs - density * (D_in +
 * activity * D_rest), D_in the product of the input with the first layer, D_rest all others. */
double shape_dense_macs(const Shape *shape, uint32_t n_gates);
double shape_law_macs(const Shape *shape, uint32_t n_gates, double density, double activity);

/* point_run - density, activity and format of *point are given, the rest is made. */
Status point_run(const Machines *machines, const Network *network, Point *point, Err *err);

#endif
