/* flit_network.h - the network of the `flit` engine: state, and how it is made. Private to
 * sim/flit. */
#ifndef SIM_FLIT_NETWORK_H
#define SIM_FLIT_NETWORK_H

#include "../mesh_model.h"
#include "base/check.h"
#include "flit_common.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Waiting { /* a packet in a queue in front of the network                       */
    Packet packet;
    uint32_t cursor, end; /* inject: of its path in Plan.hops; ports: dests [cursor, end)    */
    uint64_t ready;       /* NoC cycle from which it can go on; behind a link: of arrival    */
} Waiting;

typedef struct Ring {
    uint64_t first; /* slots: waiting[first .. first + capacity - 1]                         */
    uint32_t capacity, head, count;
    uint32_t input; /* of FlitNet, that its head enters                                      */
} Ring;

/* ring_head - the first packet of a ring that has one. ring_push - another behind the last. */
static inline Waiting *ring_head(Waiting *slots, const Ring *ring)
{
    return &slots[ring->first + ring->head];
}

static inline void ring_push(Waiting *slots, Ring *ring, const Waiting *waiting)
{
    CHECK(ring->count < ring->capacity);
    uint32_t at = ring->head + ring->count++;
    slots[ring->first + (at >= ring->capacity ? at - ring->capacity : at)] = *waiting;
}

static inline void ring_pop(Ring *ring)
{
    ring->head = ring->head + 1 == ring->capacity ? 0 : ring->head + 1;
    ring->count--;
}

typedef struct Copy { /* what a flit of FlitNet stands for                                    */
    Packet packet;
    uint32_t cursor; /* of the next output in Plan.hops                                       */
    uint32_t dest;   /* Plan.dest: cores in the tile; unused on the way to a router           */
} Copy;

typedef struct FlitNetwork {
    FlitCommon common;     /* first. What enters: the heads of queues                         */
    MeshModel mesh;        /* links between chips                                             */
    uint32_t n_queues;     /* inject queues of all cores, then port queues                    */
    Ring *ring;            /* [n_queues], then the buffers of the ports [n_all_ports]         */
    Waiting *waiting;      /* slots of all rings                                              */
    uint32_t *queue_of;    /* [inputs of net] the queue that feeds it, or NONE                */
    uint32_t *port_of;     /* [outputs of net] the router port it leads to, or NONE           */
    uint32_t *port_output; /* [n_all_ports] the output that leads there                       */
    uint32_t *link_output; /* [n_links] output of net                                         */
    uint8_t *side;         /* [n_links + n_tiles] links and eject ports: port of their router */
    Copy *copy;
    uint32_t n_free;
    uint32_t *free; /* unused copies                                                          */
} FlitNetwork;

/* flit_params_of - routers that pass a flit in each cycle, hop_cycles from one to the next.
 * flit_link_slots - those behind a link. Errors: UNSUPPORTED (beyond what FlitNet can hold). */
FlitParams flit_params_of(const Plan *plan);
Status flit_link_slots(const Plan *plan, uint32_t *out, Err *err);

/* flit_mesh - the network of a chip with a router in every tile. */
Status flit_mesh(Arena *arena, const NetworkParts *parts, NetworkModel *out, Err *err);

/* flit_waits_for - flit_waits.c: a row of NetworkModel. */
Wait flit_waits_for(void *self, Wait party);

/* flit_network_build - queues and routers, from parts.plan. Errors: UNSUPPORTED (queues beyond all
 * measure, or what FlitNet cannot hold). */
Status flit_network_build(Arena *arena, FlitNetwork *network, const FlitHooks *hooks, Err *err);

#ifdef __cplusplus
}
#endif
#endif
