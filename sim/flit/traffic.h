/* traffic.h - which node creates a packet when, and for whom: patterns at a rate, or a trace. */
#ifndef SIM_TRAFFIC_H
#define SIM_TRAFFIC_H

#include "base/rng.h"
#include "sim/synthetic.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Traffic Traffic;
typedef uint32_t (*DestFn)(Traffic *traffic, uint32_t node);

struct Traffic {
    const SyntheticOptions *options;
    uint32_t n_nodes;
    DestFn dest;          /* of the pattern; NULL with a trace                             */
    double log_no_packet; /* log of the chance that a node creates none in a cycle         */
    Rng *rng;             /* [n_nodes] a stream each                                       */
    uint64_t *created;    /* [n_nodes] when the next packet of each is created; UINT64_MAX */
    uint32_t *next;       /* traces: [n_nodes] its next packet, an index of `order`        */
    uint32_t *end;        /* traces: [n_nodes]                                             */
    uint32_t *order;      /* traces: packets by source, then cycle                         */
};

typedef struct NewPacket {
    uint64_t created;
    uint32_t n_flits, n_dests;
    uint32_t dest;         /* the first or only one                                         */
    const uint32_t *dests; /* traces: [n_dests]; else NULL                                 */
} NewPacket;

/* traffic_init - Errors: USAGE (options that no pattern can serve). */
Status traffic_init(Arena *arena, Traffic *traffic, const SyntheticOptions *options, Err *err);

/* traffic_take - the node's next packet, whose time has come (created[node]); sets the time of the
 * one after. */
NewPacket traffic_take(Traffic *traffic, uint32_t node);

#ifdef __cplusplus
}
#endif
#endif
