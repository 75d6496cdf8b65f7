/* trace.h - what an engine counted: whole numbers only, no energy. */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/count.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct LinkCounts {
    uint64_t flits;         /* flits that crossed the link                              */
    uint64_t payload_flits; /* of these, with payload                                   */
    uint64_t busy_cycles;   /* NoC cycles in which a flit used the link                 */
    uint64_t stall_cycles;  /* NoC cycles in which a flit waited for the link or the
                                buffer behind it                                         */
} LinkCounts;

typedef struct StepTimes {
    uint64_t start_ps;      /* the host begins to send the step's input                 */
    uint64_t end_ps;        /* the host has the last marker of the last layer           */
    uint32_t critical_core; /* core whose marker came last                              */
    uint64_t events;        /* events emitted by all layers                             */
    uint64_t input_events;  /* events sent by the host                                  */
    uint64_t synaptic_ops;  /* weights applied for this step, all cores                 */
} StepTimes;

typedef struct LayerCounts {
    uint64_t events;        /* emitted                                                  */
    uint64_t deliveries;    /* of its events to cores                                   */
    uint64_t synaptic_ops;  /* weights applied by the layer's slices                    */
    uint64_t update_end_ps; /* sum over steps of (last marker of the layer handed to the
                                NoC - step start), for the layer's share in latency      */
} LayerCounts;

typedef struct Trace {
    const char *engine; /* "event"                                                  */
    bool executed;      /* values were computed and checked, not replayed           */
    bool pipelined;     /* arrival of inputs                                        */
    uint32_t point;     /* operating point of the chip                              */
    uint64_t core_hz;
    uint32_t n_cores;      /* cores in use, as in the Program                          */
    const uint32_t *core;  /* [n_cores] core ids                                       */
    const Counters *count; /* [n_cores]                                                */
    uint32_t n_links;
    const LinkCounts *link; /* [n_links] of the Topology                                */
    uint32_t n_layers;
    const LayerCounts *layer; /* [n_layers]                                              */
    uint64_t router_lookups;  /* packets looked up                                        */
    uint64_t router_busy_cycles, router_stall_cycles; /* router cycles                   */
    uint64_t host_events_in, host_events_out;      /* into the chip, out of it                   */
    uint64_t host_markers_in, host_markers_out;    /* the same                                 */
    uint64_t dram_reads, dram_bytes, dram_busy_ps; /* of token rows, all chips together */
    uint64_t host_bits; /* over the host link, both ways                            */
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
