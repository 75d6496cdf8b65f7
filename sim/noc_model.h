/* noc_model.h - the network-on-chip: inject queues, links, input buffers, eject ports, port queues.
 *
 * Single-flit packets, one phit per link and NoC cycle, credits, round robin. Decisions of a
 * cycle rest on what was free when it began: a slot freed in cycle c serves a grant from cycle
 * c+1 on. So the order in which outputs are looked at changes nothing. What happens outside of
 * the NoC is told through NocHooks, always ahead of time.
 */
#ifndef SIM_NOC_MODEL_H
#define SIM_NOC_MODEL_H

#include "fan_model.h"
#include "plan.h"
#include "router_ports.h"
#include "sim/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct NocHooks {
    void *context;
    /* The packet is in the FIFOs of the cores of Plan.dest[dest] at NoC edge `cycle`, later than
     * now. */
    void (*deliver)(void *context, uint32_t dest, const Packet *packet, uint64_t cycle);
    /* The empty buffer of a router port gets a packet at NoC edge `cycle`, later than now. */
    void (*port_arrival)(void *context, uint32_t port, uint64_t cycle);
    /* A slot became free now, in NoC cycle `cycle`. */
    void (*inject_free)(void *context, uint32_t core, uint64_t cycle);
    void (*port_free)(void *context, uint32_t port, uint64_t cycle);
    uint64_t (*room_from)(void *context, uint32_t dest); /* as in FanHooks; may be NULL */
    void (*expect)(void *context, uint32_t dest);        /* the same                        */
} NocHooks;

typedef struct Flit {
    Packet packet;
    uint32_t cursor; /* of the next output in Plan.hops; port queue: next dest in Plan.dest */
    uint32_t dest;   /* from a port on: in Plan.dest; port queue: end of its dests          */
    uint64_t ready;  /* NoC cycle from which it can go on                                   */
} Flit;

typedef struct NocQueue { /* a ring of flits in NocModel.flit; its head asks for one output */
    uint64_t first;       /* its slots: flit[first .. first + capacity - 1]                 */
    uint32_t capacity, head, count;
    uint32_t request; /* its bit in the requests of the outputs of its node             */
    bool popped;      /* in this cycle                                                  */
    bool leaving;     /* its head is granted, phits of it have still to leave           */
} NocQueue;

typedef struct NocOutput { /* a link, or the eject port of a tile                           */
    uint64_t requests;     /* bit i: input i of the node has a flit for it                  */
    uint64_t parked_since; /* NEVER, or the cycle from which no grant was possible          */
    uint64_t free_from;    /* cycle in which the flit granted last has passed               */
    uint32_t first_input;  /* of its node, in NocModel.input                                */
    uint32_t last_input;   /* granted last                                                  */
    uint32_t credits;      /* links: free slots in the buffer behind                        */
    uint32_t port;         /* links out of or into a router port: the port, else NONE       */
    bool into_router, out_of_router;
    bool listed; /* looked at in this cycle (or, once looked at, in the next)     */
} NocOutput;

typedef struct NocModel {
    const Plan *plan;
    NocHooks hooks;
    FanModel fan;      /* the way down from ports whose paths meet no others          */
    uint64_t cycle;    /* the last that was worked on                                 */
    uint32_t n_queues; /* link buffers, then inject queues, then port queues          */
    NocQueue *queue;   /* [n_queues]                                                  */
    Flit *flit;
    uint32_t n_outputs;     /* links, then eject ports                                     */
    NocOutput *output;      /* [n_outputs]                                                 */
    uint32_t *input;        /* queues that feed each node                                  */
    uint32_t *full;         /* [n_tiles] bit k: FIFO of core k of the tile has no room     */
    uint32_t *port_of;      /* [n_tiles] port that serves it                                */
    uint32_t *port_link_in; /* [n_all_ports] link into the router                          */
    Wheel wheel;            /* ids: queues whose head gets ready or has left, then outputs */
    uint32_t n_active, n_next, n_popped;
    uint32_t *active, *next; /* [n_outputs] to look at in this and in the next cycle        */
    uint32_t *popped;        /* [n_queues] queues that lost their head in this cycle        */
    LinkCounts *link;        /* [n_links]                                                   */
    uint64_t n_grants;       /* flits moved: progress                                       */
} NocModel;

/* noc_init - `link` is where flits are counted. Errors: UNSUPPORTED (queues beyond all measure). */
Status noc_init(Arena *arena, NocModel *noc, const Plan *plan, const NocHooks *hooks,
                LinkCounts *link, Err *err);

/* noc_next - next cycle with something to do, or NEVER. noc_step - work on that cycle. */
uint64_t noc_next(const NocModel *noc);
void noc_step(NocModel *noc, uint64_t cycle);

/* Cores: room in the inject queue, and hand over a packet at time t0_ps (not before the NoC's
 * now). */
bool noc_inject_room(const NocModel *noc, uint32_t core);
void noc_inject(NocModel *noc, uint32_t core, const Packet *packet, uint64_t t0_ps);

/* Cores: the receive FIFO of core k of the tile has no room, or has room again at time ps. */
void noc_fifo_full(NocModel *noc, uint32_t tile, uint32_t k);
void noc_fifo_free(NocModel *noc, uint32_t tile, uint32_t k, uint64_t ps);

/* noc_asks_room - are the packets of the tile held back by room_from, not only by these two? */
bool noc_asks_room(const NocModel *noc, uint32_t tile);

/* noc_settle - the cores have told all of an edge. */
void noc_settle(NocModel *noc);

/* noc_ports - what the routers see of it. */
RouterPorts noc_ports(NocModel *noc);

/* noc_moves - flits moved: progress. noc_finish - counts that are not yet in `link`. */
uint64_t noc_moves(const NocModel *noc);
void noc_finish(NocModel *noc);

/* noc_held - packets in inject queues, link buffers and port queues; for the summary of a run that
 * stopped. */
uint64_t noc_held(const NocModel *noc);

#ifdef __cplusplus
}
#endif
#endif
