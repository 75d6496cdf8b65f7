/* synthetic_state.h - the state of a mesh under synthetic traffic. Private to sim/flit. */
#ifndef SIM_SYNTHETIC_STATE_H
#define SIM_SYNTHETIC_STATE_H

#include "../wheel.h"
#include "flit_net.h"
#include "traffic.h"

enum { PORT_EAST, PORT_WEST, PORT_NORTH, PORT_SOUTH, PORT_NODE, N_PORTS };
enum {
    MAX_NODES = 1 << 16,
    LATENCY_BINS = 1 << 16,
    DRAIN_CHECK_CYCLES = 1000,
    STUCK_CHECK_CYCLES = 1000 /* where routes are a table: else no ring is possible */
};

typedef struct Sent { /* a packet under way                                             */
    uint64_t created, entered;
    uint32_t source, dest; /* dest: the only one, or PacketTrace.dest[dest ..]          */
    uint32_t n_dests;      /* 1, or more: a tree                                        */
    uint32_t left;         /* destinations it has not reached                           */
    bool measured;
} Sent;

typedef struct Place {
    uint16_t x, y;
} Place;

typedef struct Node {
    uint32_t packet, flits_left; /* being sent; flits_left 0: none                      */
    uint32_t n_flits, vc;        /* vc: of the packet being sent, or of the one before  */
    const uint32_t *dests;
} Node;

typedef struct Tally {
    uint64_t n_packets, latency_sum, net_latency_sum, hops_sum, min, max;
    uint64_t n_under_way, created_sum; /* measured, not yet delivered                   */
    uint64_t accepted;                 /* flits out of the network in measured cycles   */
    uint64_t bin[LATENCY_BINS];        /* packets by latency; the last: that and more   */
} Tally;

struct Synthetic {
    SyntheticOptions options;
    uint32_t n_nodes;
    uint64_t measure_from, measure_to; /* cycles                                        */
    uint64_t next_check;
    Traffic traffic;
    FlitNet net;
    Place *place;     /* [n_nodes]                                                      */
    Wheel wheel;      /* nodes whose next packet is still to be created                 */
    uint64_t *active; /* bit n: node n has a packet to send                             */
    Node *node;
    Sent *sent;
    uint32_t n_free;
    uint32_t *free; /* unused places of `sent`                                          */
    Tally tally;
    bool done, unstable;
    uint64_t next_watch; /* cycle in which a deadlock is looked for; UINT64_MAX: never   */
    bool *dead;          /* [n input VCs]                                               */
    uint32_t *ring;      /* [n input VCs] of a deadlock                                 */
    uint32_t n_ring;
};

#endif
