/* expect.h - what a random network of a shape costs on a chip: expected totals and bounds, for
 * networks too large to store.
 *
 * Every weight is there with the same probability, every unit sends an event in a step with its
 * layer's, all independent; a layer's units are dealt evenly to cores of its own, in source format.
 * Nothing is drawn and no weight is held: what is made are the parts of a report, with expected
 * counts over n_steps, rounded, in the place of counted ones.
 */
#ifndef SIM_EXPECT_H
#define SIM_EXPECT_H

#include "arch/program.h"
#include "arch/topology.h"
#include "models/reference.h"
#include "sim/sim.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ExpectOptions {
    uint32_t n_layers;
    const uint32_t *size; /* [n_layers + 1] width of the input, then units of each layer       */
    const double *rate;   /* [n_layers + 1] 0 .. 1: share that sends an event in a step        */
    double density;       /* 0 .. 1: share of the weights that are stored                      */
    Precision precision;
    const uint32_t *n_cores; /* [n_layers] cores of each layer; NULL: by their weights          */
    uint32_t point;          /* operating point of all cores, ...                                 */
    bool auto_point;  /* ... or they change: bounds as if at the fastest, prices the slowest */
    uint32_t n_steps; /* that counts are summed over                                        */
    bool any_memory;  /* count even what does not fit                                       */
} ExpectOptions;

/* The parts of a report besides traces; shapes and sizes are right, arrays of weights, images and
 * tables are not there. */
typedef struct Expected {
    const ExpectOptions *options; /* borrowed */
    const Program *program;
    const Network *network;
    const InputStream *input;
    const ReferenceRun *reference;
} Expected;

/* expect_make - Errors: INPUT (shapes, rates or point that are none), NO_FIT (more cores than the
 * chip has, or a core's memory, unless any_memory). cost: O(cores), whatever the weights */
Status expect_make(Arena *arena, const Topology *topology, const ExpectOptions *options,
                   const Expected **out, Err *err);

/* expect_trace - expected counts, and bounds below the expected times. Links between routers share
 * what their trees must at least carry evenly. `topology` may be of another corner of the chip.
 * cost: O((cores + links) * layers + steps) */
Status expect_trace(Arena *arena, const Topology *topology, const Expected *expected,
                    SimArrival arrival, const Trace **out, Err *err);

#ifdef __cplusplus
}
#endif
#endif
