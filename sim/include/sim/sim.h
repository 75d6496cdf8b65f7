/* sim.h - Program x Chip x input -> Trace. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "arch/program.h"
#include "arch/topology.h"
#include "models/event_trace.h"
#include "models/input.h"
#include "models/network.h"
#include "sim/observer.h"
#include "sim/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum SimMode {
    SIM_EXECUTE, /* every core computes from its own memory image and the packets that reached it;
                    each event is compared, bit for bit, with the reference's */
    SIM_REPLAY   /* events come from the EventTrace; weights are not touched */
} SimMode;

typedef enum SimArrival {
    ARRIVE_SEQUENTIAL, /* the host sends a step when it has the result of the one before: latency */
    ARRIVE_PIPELINED   /* the host sends as soon as the first layer has room: throughput          */
} SimArrival;

typedef enum SimSync {
    SYNC_DATAFLOW, /* a slice updates when the markers of all its sources are there            */
    SYNC_BARRIER,  /* all cores take supersteps together; the next begins when all are at rest */
    SYNC_TICK      /* at ticks of a fixed period, with whatever has come by then               */
} SimSync;

/* sim_sync_name - "dataflow", "barrier", "tick"; NULL for numbers beyond. */
const char *sim_sync_name(uint32_t sync);

/* An event on its way into an update. */
typedef struct EventUse {
    uint32_t core, layer;  /* of the slice, which ...                                */
    uint32_t first_unit;   /* ... begins with this unit                              */
    uint32_t source_layer; /* that sent the event; PROGRAM_NONE: the host            */
    uint32_t unit, step;   /* what was sent                                          */
    float value;           /* 0 in replay mode                                       */
    uint32_t meant, used;  /* step of the slice that should use it; that does: the run's
                                    number of steps if no update is left                  */
} EventUse;

/* A rung of the ladder of fidelities. */
typedef struct SimEngine {
    const char *name;
    const char *is;         /* what it simulates: "transaction level: ..."                 */
    const char *leaves_out; /* what it does not, as a list                                 */
    bool timed; /* it has a time axis; else it computes no values, and times are lower bounds */
} SimEngine;

/* A run as a VCD file: what cores do, FIFOs and steps (sc/vcd_sc.hpp has the signals). */
typedef struct SimVcd {
    const char *path;               /* appears when the run is over and all is well           */
    uint32_t n_cores;               /* 0: all that the program uses, else ...                 */
    const uint32_t *core;           /* [n_cores] ids of the chip description                  */
    uint32_t first_step, last_step; /* both are in it; to the end of the run where last_step is
                                        the last, or above                                     */
} SimVcd;

/* What runs of one program have in common; opaque. The first run that gets them fills them in. All
 * runs that do have the same program, synchronisation and number of steps, and chips that differ in
 * nothing but numbers. */
typedef struct SimTables SimTables;

typedef struct SimOptions {
    const char *engine; /* name of a SimEngine; NULL: the default                */
    SimMode mode;
    SimArrival arrival;
    SimSync sync;
    uint64_t tick_ns; /* SYNC_TICK: the period; else 0                                     */
    /* SYNC_TICK: called for every event and slice that uses it when the event is received; may be
     * NULL. */
    void (*event_used)(void *context, const EventUse *use);
    void *event_used_context;
    uint32_t point;              /* operating point of all cores, ...                     */
    bool auto_point;             /* ... or each changes between slowest and fastest by what
                                    it receives (software.dvfs_packets)               */
    uint32_t n_steps;            /* 0: all of the input                                   */
    bool again;                  /* the program ran before, with these events, on a chip that
                                    differs in nothing but numbers: what that run has checked,
                                    and conservation, are not checked again           */
    SimTables *tables;           /* shared with other runs `again`, or NULL              */
    bool hop_by_hop;             /* event: move every flit in every cycle, where closed forms
                                    give the same times: a check on them, and slower  */
    const Network *network;      /* execute with the decoder on the chip: its oracle      */
    uint64_t stall_limit_cycles; /* NoC cycles without progress that end the run; 0: 10^7 */
    /* Called when the host has the result of a step; may be NULL. Once it says false, the step that
     * the host begins next is the last: the trace is that of a run of so many steps, to the
     * integer. With ticks such a run fails (INTERRUPTED): cores do not wait for the host. */
    bool (*progress)(void *context, uint64_t done, uint64_t total);
    void *progress_context;
    /* Called by engines of SystemC when their modules stand, before time 0: `chip` is an
     * egret::Chip (systemc.hpp), whose sockets may be bound; may be NULL. */
    void (*elaborate)(void *context, void *chip);
    void *elaborate_context;
    const SimVcd *vcd;           /* engines with a time axis: a trace; may be NULL, or ...       */
    const SimObserver *observer; /* engines with a time axis: told what the cores do; may be NULL */
} SimOptions;

/* sim_run - run the Program. `expected` has the events of every layer and step: the reference's
 * in execute mode, those to replay in replay mode. Conservation is checked in every run but those made `again`: cycles of
 * each core add up, every packet reached each destination of its key once, synaptic operations
 * equal those that the events and images imply.
 * Errors: INPUT (program, topology, input or events do not belong together), UNSUPPORTED, INTERNAL
 * (a core's result differs from the reference: names core, unit and step; or conservation is
 * broken; or no progress), INTERRUPTED (`progress` ended a run by ticks). cost: O(packet hops + deliveries + weights applied) */
Status sim_run(Arena *arena, const Program *program, const Topology *topology,
               const InputStream *input, const EventTrace *expected, const SimOptions *options,
               const Trace **out, Err *err);

/* sim_tables_new - not filled in yet; whoever fills them in allocates in this arena. */
SimTables *sim_tables_new(Arena *arena);

/* sim_idle_latency_ps - closed form for one event on an idle network: from the core edge at which
 * the packet is handed to the NoC (time t0_ps) to its arrival in the receive FIFO of a core of
 * tile `to`, over these router links in the order of travel. Tiles count over all chips: core /
 * cores_per_tile. */
uint64_t sim_idle_latency_ps(const Topology *topology, uint32_t from_tile, uint32_t to_tile,
                             const uint32_t *router_link, uint32_t n_router_links, uint64_t t0_ps);

/* sim_idle_from_host_ps - the same for number n_packets (from 1) of the packets that the host sends
 * one after the other from t0_ps on, to a core of tile `to`. sim_idle_to_host_ps - for one that is
 * handed over in tile `from`, until the host has it. */
uint64_t sim_idle_from_host_ps(const Topology *topology, uint32_t n_packets, uint32_t to_tile,
                               const uint32_t *router_link, uint32_t n_router_links,
                               uint64_t t0_ps);
uint64_t sim_idle_to_host_ps(const Topology *topology, uint32_t from_tile,
                             const uint32_t *router_link, uint32_t n_router_links, uint64_t t0_ps);

/* sim_engine - engine number i from the coarsest to the finest, NULL beyond the last.
 * sim_engine_find - by name (NULL: the default). Errors: UNSUPPORTED, with the names there are. */
const SimEngine *sim_engine(uint32_t i);
Status sim_engine_find(const char *name, const SimEngine **out, Err *err);

#ifdef __cplusplus
}
#endif
#endif
