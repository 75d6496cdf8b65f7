/* trace.h - what an engine counted: whole numbers only, no energy. */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/count.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What depends on time, in the trace of an engine without a time axis. */
#define COUNT_UNKNOWN UINT64_MAX

typedef struct LinkCounts {
    uint64_t flits;         /* flits that crossed the link                              */
    uint64_t payload_flits; /* of these, with payload                                   */
    uint64_t busy_cycles;   /* NoC cycles in which a flit used the link                 */
    uint64_t stall_cycles;  /* NoC cycles in which a flit waited for the link or the
                                buffer behind it                                         */
} LinkCounts;

/* What packets took of the network. */
typedef struct TrafficCounts {
    uint64_t flits;            /* over links of networks-on-chip, or of a mesh             */
    uint64_t payload_flits;    /* of these, with payload                                   */
    uint64_t frames;           /* over links between chips of one board                    */
    uint64_t lookups;          /* in routers                                               */
    uint64_t off_board_frames; /* over links between chips of two boards                 */
    uint64_t host_packets;     /* over the host's link, in or out                          */
} TrafficCounts;

typedef struct StepTimes {
    uint64_t start_ps;      /* the host begins to send the step's input                 */
    uint64_t end_ps;        /* the host has the last marker of the last layer           */
    uint32_t critical_core; /* core whose marker came last                              */
    uint64_t events;        /* events emitted by all layers                             */
    uint64_t input_events;  /* events sent by the host                                  */
    uint64_t synaptic_ops;  /* weights applied for this step, all cores                 */
    uint64_t
        active_cycles;     /* of cores: updates of the step, packets sent in it and their receipt */
    uint64_t array_macs;   /* of MAC arrays                                            */
    uint64_t dram_bytes;   /* token rows and rows of the decoder                       */
    TrafficCounts traffic; /* of packets sent in the step                              */
} StepTimes;

typedef struct LayerCounts {
    uint64_t events;        /* emitted                                                  */
    uint64_t deliveries;    /* of its events to cores                                   */
    uint64_t differing;     /* units and steps whose event is not the reference's       */
    uint64_t late, early;   /* with ticks: events that its slices used in a later update
                                than the one they were meant for, and in an earlier one */
    uint64_t synaptic_ops;  /* weights applied by the layer's slices                    */
    uint64_t update_end_ps; /* sum over steps of (last marker of the layer handed to the
                                NoC - step start), for the layer's share in latency      */
    uint64_t active_cycles; /* of cores for slices of the layer, see Trace.slice_active  */
    uint64_t array_macs;    /* of MAC arrays                                            */
    TrafficCounts traffic;  /* of the packets that the layer sends                      */
} LayerCounts;

/* X(NAME, name, meaning): what no step, and no run, can be faster than. */
#define BOUND_LIST(X)                                                                \
    X(WORK, work, "what the busiest core does")                                      \
    X(PATH, path, "the chain host, layers, host with the busiest core of each")      \
    X(NETWORK, network, "flits of the busiest link, look-ups of the busiest router") \
    X(DRAM, dram, "reads of the busiest DRAM")                                       \
    X(HOST, host, "packets on the host's link")

typedef enum Bound {
#define X(NAME, name, meaning) BOUND_##NAME,
    BOUND_LIST(X)
#undef X
        N_BOUNDS
} Bound;

/* bound_name, bound_meaning - the columns of the list. */
const char *bound_name(Bound bound);
const char *bound_meaning(Bound bound);

typedef struct StepBounds {
    uint64_t ps[N_BOUNDS]; /* 0: says nothing about a single step                     */
    Bound binding;         /* the largest                                             */
} StepBounds;

/* Lower bounds: all that an engine without a time axis knows of time. */
typedef struct TraceBounds {
    const StepBounds *step;    /* [n_steps]                                               */
    uint64_t run_ps[N_BOUNDS]; /* until the host has the result of the last step         */
    Bound binding;             /* the largest of these                                    */
    uint64_t result_ps;        /* until then, all together                                */
    uint64_t end_ps;           /* of the run                                              */
    uint64_t latency_ps;       /* sum of the latencies of all steps                      */
    uint64_t period_ps;        /* time per step: of all steps, or, pipelined, what the most
                                occupied core, link or server needs                    */
} TraceBounds;

/* What became of a schedule that waits for nobody; overruns of cores are in their counts. */
typedef struct TraceTicks {
    uint64_t n_ticks, period_ps;
    uint64_t overruns, worst_overrun_ps; /* ticks at which a core was still at work, all cores
                                            together; the latest begin of such an update   */
    uint64_t host_overruns; /* steps whose input waited for the host's link                */
    uint64_t rows_missed;   /* updates without the token row of their step                 */
} TraceTicks;

typedef struct Trace {
    const char *engine;        /* name of a SimEngine                                      */
    const TraceBounds *bounds; /* NULL: times are simulated; else they are bounds below, and
                                  what depends on time is COUNT_UNKNOWN                 */
    bool executed;             /* values were computed and checked, not replayed           */
    bool pipelined;            /* arrival of inputs                                        */
    const char *sync;          /* "dataflow"                                               */
    uint64_t n_supersteps, barrier_ps; /* of a run with barriers: how many, and time from the
                                          last core at rest to the next begin, in all      */
    TraceTicks ticks;                  /* of a run with ticks; else 0                      */
    uint32_t point;  /* operating point of the chip                              */
    bool auto_point; /* cores change between the first one and `point`, the last */
    uint64_t core_hz;
    uint32_t n_cores;      /* cores in use, as in the Program                          */
    const uint32_t *core;  /* [n_cores] core ids                                       */
    const Counters *count; /* [n_cores]                                                */
    uint32_t n_links;
    const LinkCounts *link; /* [n_links] of the Topology                                */
    uint32_t n_layers;
    const LayerCounts *layer; /* [n_layers]                                              */
    /* [n_slices] of the program: cycles in which the core updates the slice, sends its packets and
     * receives others for it. A packet is received for the layer that it feeds if the core has
     * slices of that; else for its own, else for the layer before; for the first slice of that
     * layer. Weights are applied for the slice that holds them. */
    uint32_t n_slices;
    const uint64_t *slice_active;
    uint64_t token_cycles;       /* of cores, to ask for token rows: for no slice           */
    TrafficCounts input_traffic; /* of the host's packets                                   */
    uint32_t n_chips;
    const uint64_t *chip_lookups;    /* [n_chips]                                           */
    const uint64_t *chip_dram_bytes; /* [n_chips]                                           */
    uint64_t router_lookups;         /* packets looked up                                   */
    uint64_t router_busy_cycles, router_stall_cycles; /* router cycles                   */
    uint64_t host_events_in, host_events_out;      /* into the chip, out of it                   */
    uint64_t host_markers_in, host_markers_out;    /* the same                                 */
    uint64_t dram_reads, dram_bytes, dram_busy_ps; /* of rows, all chips together */
    uint64_t token_bytes;                          /* of these bytes, of token rows */
    uint64_t host_bits;                            /* over the host's link, both ways */
    uint32_t n_steps;
    const StepTimes *step;  /* [n_steps]                                                */
    uint64_t end_ps;        /* end of the run: the last step's end, or the last core's  */
    uint64_t run_cycles;    /* core cycles of the run: each core's cycle counts add up to it */
    uint64_t engine_events; /* simulator events handled, for speed figures              */
} Trace;

#ifdef __cplusplus
}
#endif
#endif
