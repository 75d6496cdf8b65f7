/* workload.h - networks of any number of layers and cores on a chip, with events drawn from rates,
 * and runs of the event engine on them: for the benches that time it.
 */
#ifndef BENCHES_WORKLOAD_H
#define BENCHES_WORKLOAD_H

#include "machine.h"

typedef struct WorkloadSpec {
    const char *chip;
    uint32_t n_settings;
    const ChipSetting *setting;
    uint32_t n_layers;
    const uint32_t *size;    /* [n_layers + 1] inputs, units of each layer              */
    const uint32_t *cores;   /* [n_layers] that share a layer                           */
    double density;          /* of the weights                                          */
    double input_rate, rate; /* of the inputs, of the units: events a step              */
    uint32_t n_steps;
} WorkloadSpec;

typedef struct Workload {
    const Topology *topology;
    const Network *network;
    const Program *program;
    const InputStream *input;
    const EventTrace *events; /* without values: replay only */
} Workload;

/* The published network's shape: 750 inputs, 1350, 1350 and 750 units of 50 cores each, one weight
 * in twenty; all inputs and a tenth of the units send in each step. */
extern const WorkloadSpec PUBLISHED;

Status workload_make(Arena *arena, const WorkloadSpec *spec, Workload *out, Err *err);

typedef struct Replay {
    double cpu_s;        /* of the run, without making the machine and checking it after     */
    uint64_t bytes;      /* of the machine: all that a replay needs beside Program and events */
    uint64_t deliveries; /* packets at cores                                                  */
    uint64_t flit_hops;  /* over all links                                                    */
    uint64_t lookups;
} Replay;

/* workload_machine - ready to run in replay mode; options as given. */
Status workload_machine(Arena *arena, const Workload *work, const SimOptions *options,
                        Machine *machine, Err *err);

/* workload_replay - a run to its end, timed, and checked as sim_run does. */
Status workload_replay(const Workload *work, SimArrival arrival, Replay *out, Err *err);

/* workload_deliveries - packets at cores, of a machine that has finished. */
uint64_t workload_deliveries(const Machine *machine);

/* workload_pairs - how many (unit, core) there are such that the unit's events reach the core; the
 * host's inputs are units here. Of a machine that was made. */
uint64_t workload_pairs(const Machine *machine);

/* cpu_seconds - of this process so far. */
double cpu_seconds(void);

#endif
