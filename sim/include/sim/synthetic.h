/* synthetic.h - a mesh of routers under synthetic traffic: latency against load, cycle by cycle.
 *
 * The measure by which simulators of networks on chip are compared: nodes create packets at a rate
 * by a pattern, or as a trace of packets says; how long do they take, and how much gets through?
 * Everything is a function of the options: same options, same result.
 */
#ifndef SIM_SYNTHETIC_H
#define SIM_SYNTHETIC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a router is made of: flit_net.h explains the delays. */
typedef struct FlitParams {
    uint32_t n_vcs;
    uint32_t routing_cycles, vc_alloc_cycles, switch_alloc_cycles; /* the last at least 1 */
    uint32_t traversal_cycles, link_cycles, credit_cycles;
    uint32_t more_phits; /* cycles after the first that a flit takes of a link, and of the buffer
                            it leaves; only with one VC and packets of one flit to one output */
} FlitParams;

typedef struct TracePacket {
    uint64_t cycle; /* of its creation                                                     */
    uint32_t source, n_flits;
    uint32_t first_dest, n_dests; /* PacketTrace.dest                                            */
} TracePacket;

typedef struct PacketTrace {
    uint32_t n_packets;
    const TracePacket *packet; /* [n_packets] cycles ascending                                */
    const uint32_t *dest;      /* distinct nodes for each packet                              */
} PacketTrace;

typedef struct SyntheticOptions {
    uint32_t width, height; /* node = y * width + x                                          */
    bool y_first;           /* routing: y, then x; else x, then y                            */
    const uint8_t *table;   /* [node * nodes + dest] instead: the output, 0..4: +x -x +y -y
                               node; NULL: none                                              */
    FlitParams router;
    uint32_t buffer_flits; /* of each VC                                                     */
    const char *traffic;   /* a name of synthetic_patterns; not read with a trace            */
    double rate;           /* flits a node and cycle, > 0, <= packet_flits                   */
    uint32_t packet_flits;
    bool exclude_self;        /* uniform: not to the node itself                            */
    uint32_t hotspot_node;    /* hotspot: so many of the packets go there, the others       */
    double hotspot_share;     /*   uniform                                                  */
    const PacketTrace *trace; /* instead of a pattern: all is measured; NULL: none          */
    uint64_t warm_cycles, measure_cycles;
    double latency_limit; /* mean latency beyond which a network counts as unstable          */
    uint64_t seed;
} SyntheticOptions;

typedef enum SyntheticState {
    NOC_STABLE,
    NOC_SATURATED, /* accepted less than 98 % of what was offered                            */
    NOC_UNSTABLE   /* mean latency beyond the limit: no latency is reported                  */
} SyntheticState;

typedef struct SyntheticResult {
    SyntheticState state;
    uint64_t n_packets; /* measured and delivered; a copy for each destination               */
    /* cycles from a packet's creation until its last flit is out of the network; net: from its
     * first flit's entry on */
    double latency_mean, net_latency_mean;
    uint64_t latency_min, latency_max, latency_p50, latency_p95, latency_p99;
    double hops_mean;    /* routers on the way of a packet to a destination, both ends included */
    double offered;      /* flits a node and cycle                                           */
    double accepted;     /* out of the network in the measured cycles                        */
    double busiest_link; /* flits a cycle, over the whole run                                */
    uint64_t cycles, flit_hops; /* simulated; router traversals by one flit                  */
} SyntheticResult;

/* synthetic_patterns - names of the patterns; returns how many. */
uint32_t synthetic_patterns(const char *const **names);

/* packet_trace_load - a CSV file `cycle,source,dest,flits`, cycles ascending; several destinations
 * are joined by '+'. Errors: INPUT (with the line), IO. */
Status packet_trace_load(Arena *arena, const char *path, uint32_t n_nodes, const PacketTrace **out,
                         Err *err);

/* route_table_load - a CSV file `node,dest,port` with port +x, -x, +y or -y and a line for each
 * pair of nodes. Errors: INPUT (with the line, or the pair that has no way), IO, UNSUPPORTED (more
 * than 4096 nodes). */
Status route_table_load(Arena *arena, const char *path, uint32_t width, uint32_t height,
                        const uint8_t **out, Err *err);

/* synthetic_new - an empty network at cycle 0. Errors: USAGE (options that contradict one another
 * or are out of range), UNSUPPORTED (beyond the limits of flit_net.h). */
typedef struct Synthetic Synthetic;
Status synthetic_new(Arena *arena, const SyntheticOptions *options, Synthetic **out, Err *err);

/* synthetic_next - next cycle with something to do, or UINT64_MAX at the end. synthetic_step - work
 * on it. So anything can drive it; synthetic_finish, at the end: the result. Errors: INPUT
 * (packets wait for one another for ever, with the ring of links: only with a table). */
uint64_t synthetic_next(const Synthetic *synthetic);
void synthetic_step(Synthetic *synthetic, uint64_t cycle);
Status synthetic_finish(const Synthetic *synthetic, SyntheticResult *out, Err *err);

/* synthetic_run - all of these. cost: O(flit hops) */
Status synthetic_run(const SyntheticOptions *options, SyntheticResult *out, Err *err);

#ifdef __cplusplus
}
#endif
#endif
