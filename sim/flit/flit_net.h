/* flit_net.h - a network of input-buffered routers, cycle by cycle: virtual channels, credits,
 * packets of several flits, multicast by replication.
 *
 * A flit is a packet's number and a bit that says whether it is the packet's last. In front of an
 * input VC a packet's first flit is routed (routing_cycles), gets a VC at each output it has to
 * take (vc_alloc_cycles), and its flits ask the switch one by one (switch_alloc_cycles), cross it
 * (traversal_cycles) and the link (link_cycles). So a flit that is alone arrives at the next router
 *     routing + vc_alloc + switch_alloc + traversal + link
 * cycles after it arrived here. 0 means: within the cycle. The slot it left is known to be free at
 * the router before 1 + credit_cycles after the switch granted. A flit of several phits gives the
 * output, and the slot, up with its last.
 *
 * Who owns the network connects the outside: inputs without a router before them are fed with
 * flit_net_arrive, outputs that lead outside are told through FlitHooks, and what a packet is and
 * where it goes is only known to the owner. Nothing here knows SystemC, and there are no globals.
 */
#ifndef SIM_FLIT_NET_H
#define SIM_FLIT_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sim/synthetic.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    FLIT_MAX_INPUTS = 64, /* input VCs of a router                                        */
    FLIT_MAX_PORTS = 31,  /* inputs, and outputs, of a router                             */
    FLIT_MAX_VCS = 16,
    FLIT_MAX_DELAY = 50, /* cycles, of all delays together                               */
    FLIT_MAX_BUFFER = 4096
};
#define FLIT_TAIL (UINT32_C(1) << 31) /* the last flit of its packet; the rest is the packet */
#define FLIT_OUTSIDE UINT32_MAX
#define FLIT_NEVER UINT64_MAX

typedef struct FlitHooks {
    void *context;
    /* The outputs (bit mask, not 0) by which a packet goes on from a router. */
    uint32_t (*route)(void *context, uint32_t router, uint32_t packet);
    /* A flit leaves the network by an output and is outside at `cycle`, later than now. */
    void (*leave)(void *context, uint32_t output, uint32_t flit, uint64_t cycle);
    /* A slot of a VC of an input that is fed from outside became free now. */
    void (*freed)(void *context, uint32_t input, uint32_t vc, uint64_t cycle);
    /* Gated outputs: may this packet leave now? NULL if there are none. */
    bool (*open)(void *context, uint32_t output, uint32_t packet);
} FlitHooks;

typedef enum FlitEnd {
    FLIT_UNUSED, /* no wire there                                                              */
    FLIT_LINK,   /* to the input of a router                                                   */
    FLIT_SINK,   /* outside takes what comes at once and gives credit back as a router would    */
    FLIT_OWNER,  /* outside gives credit back by flit_net_credit                               */
    FLIT_GATED   /* FlitHooks.open decides; no credits                                         */
} FlitEnd;

typedef struct FlitOutput { /* of a router; also what stands before an input from outside        */
    FlitEnd end;
    uint32_t to;    /* FLIT_LINK: the input                                                    */
    uint32_t slots; /* credits of each VC at the start; FLIT_LINK: slots of the input's VCs    */
} FlitOutput;

/* The small members of the structs below are 16 bits wide, as a store of a byte may change anything
 * for the compiler. */
typedef struct FlitVc { /* a VC of an input, and what the packet in front of it is about to do    */
    uint32_t first;     /* its slots: flit[first .. first + capacity - 1]                      */
    uint32_t back;      /* the output VC before it, which gets its credits, or FLIT_OUTSIDE    */
    uint32_t out_vc;    /* FlitNet.out_vc that the packet holds; trees: see FlitBranch         */
    uint32_t route;     /* bit o: it takes output o and its tail has not gone there yet        */
    uint32_t live;      /* it has an output VC there since long enough to ask the switch       */
    uint16_t capacity, head, count;
    uint16_t accept; /* output VC (port * n_vcs + VC) it took last                         */
    bool is_tree, first_flit; /* takes more than one output; its first flit has still to go     */
} FlitVc;

typedef struct FlitBranch { /* of a tree in front of an input VC, at one output                   */
    uint32_t out_vc;        /* FlitNet.out_vc that it holds                                    */
    uint16_t sent;          /* flits, from the one in front on, that have gone there           */
    bool first_flit;        /* its first flit has still to go there                            */
} FlitBranch;

typedef struct FlitOutVc {
    uint32_t owner; /* input VC, FlitNet.vc, or FLIT_OUTSIDE                                   */
    uint32_t to;    /* links: the input VC behind, FlitNet.vc                                  */
    uint32_t port;  /* FlitNet.port                                                            */
    uint16_t credits;
    uint16_t grant; /* input VC of the router that got it last                                 */
} FlitOutVc;

/* What allocation needs to know of an output, and of the input with the same number, together: one
 * line of the cache. Input VCs are those of the router, as bits. */
typedef struct FlitPort {
    uint64_t ask;   /* input VCs that ask for an output VC here                                */
    uint64_t want;  /* input VCs that ask the switch: they have one, a flit and a credit       */
    uint64_t flits; /* that went out                                                           */
    uint64_t wait_since, wait_cycles; /* packets wait with their first flit: since; before     */
    uint32_t n_waiting;               /* how many do                                           */
    uint32_t first_vc;                /* input VC 0 of the router                              */
    uint16_t free_vcs;                /* bit v: output VC v is nobody's                        */
    uint16_t end, number;             /* FlitEnd; of the port, at the router                   */
    uint16_t grant;                   /* output: input served last                             */
    uint16_t chosen;                  /* output: input VC that the switch serves now           */
    uint16_t accept, accept_vc;       /* input: output and VC served last                      */
} FlitPort;

typedef struct FlitSet {  /* of ports                                                            */
    uint64_t *word, *sum; /* bit p of word: port p; bit w of sum: word w may have some           */
} FlitSet;

typedef struct FlitArrival {
    uint32_t vc; /* FlitNet.vc */
    uint32_t flit;
} FlitArrival;

enum { FLIT_SLOTS = 64 }; /* of the calendar: events at most so many cycles ahead               */

typedef struct FlitDue { /* what becomes of a cycle when it comes                                */
    uint32_t n_arrivals, n_credits, n_wakes, n_departures;
    FlitArrival *arrival;
    uint32_t *credit; /* FlitNet.out_vc                                                        */
    uint32_t *wake;   /* input VC * 32 + output, or + 31: routed                               */
    FlitArrival *departure; /* flits of several phits whose last leaves its input VC           */
} FlitDue;

typedef struct FlitCalendar {
    uint64_t due; /* bit c % FLIT_SLOTS: something comes in cycle c                            */
    FlitDue slot[FLIT_SLOTS];
} FlitCalendar;

typedef struct FlitNet {
    FlitParams params;
    FlitHooks hooks;
    uint32_t n_routers, n_ports; /* ports: the same number of inputs and outputs each           */
    uint32_t n_feeders;          /* outputs that stand before inputs from outside               */
    uint32_t stride;             /* n_ports * n_vcs, up to a power of two                       */
    uint32_t stride_bits;
    uint32_t hop_cycles, credit_cycles; /* from the switch to the next buffer; of a credit      */
    uint64_t cycle;     /* the last that was worked on                                        */
    FlitPort *port;     /* [n_routers * n_ports + n_feeders]                                  */
    uint32_t *input;    /* [n_routers * n_ports] the output before it, or FLIT_OUTSIDE        */
    FlitVc *vc;         /* [n_routers * stride] port * n_vcs + VC                             */
    FlitBranch *branch; /* [n_routers * stride * n_ports]                                     */
    FlitOutVc *out_vc;  /* [(n_routers * n_ports + n_feeders) * n_vcs]                        */
    uint16_t *port_of;  /* [stride] port of an input VC                                       */
    FlitSet asked;      /* ports with a VC to give away, it may be, in the next cycle         */
    FlitSet wanted;     /* ports that input VCs ask the switch for                            */
    uint32_t n_sums;    /* words of sum of each                                               */
    uint32_t *granted;  /* [n_routers * n_ports] outputs that an input is granted now         */
    uint32_t *served;   /* [n_routers * n_ports] inputs that are granted any                  */
    uint32_t *flit;     /* slots of all input VCs                                             */
    FlitCalendar calendar;
    uint64_t n_moves; /* router traversals by one flit                                         */
} FlitNet;

typedef struct FlitShape {
    uint32_t n_routers, n_ports, n_feeders;
    const FlitOutput *output; /* [n_routers * n_ports + n_feeders]                             */
    const uint32_t *outside;  /* [n_routers * n_ports] slots of each VC of an input that is fed
                                 from outside and has no feeder; 0: there is none; may be NULL */
} FlitShape;

/* flit_net_init - an empty network. Errors: UNSUPPORTED (beyond the limits above; buffers of 2^32
 * flits in all). */
Status flit_net_init(Arena *arena, FlitNet *net, const FlitShape *shape, const FlitParams *params,
                     const FlitHooks *hooks, Err *err);

/* flit_net_next - next cycle with something to do, or FLIT_NEVER. flit_net_step - work on it; no
 * cycle may be left out that flit_net_next names. The order of routers changes nothing: what one
 * does in a cycle reaches others in later ones. cost: O(flits that move or could) */
uint64_t flit_net_next(const FlitNet *net);
void flit_net_step(FlitNet *net, uint64_t cycle);

/* flit_net_arrive - a flit is in a VC of an input at `cycle`, later than now and less than
 * FLIT_SLOTS ahead; there is a slot for it, and at most one flit an input and cycle. */
void flit_net_arrive(FlitNet *net, uint32_t input, uint32_t vc, uint32_t flit, uint64_t cycle);

/* flit_net_credit - a slot behind a FLIT_OWNER output is free from `cycle` on (later than now). */
void flit_net_credit(FlitNet *net, uint32_t output, uint32_t vc, uint64_t cycle);

/* flit_net_wake - a gated output of the router has opened: it decides again in the next cycle that
 * is worked on, or in the present one if that has not begun. flit_net_asks - does any packet wait
 * for a VC of an output there? */
void flit_net_wake(FlitNet *net, uint32_t router);
bool flit_net_asks(const FlitNet *net, uint32_t router);

/* flit_net_pass - nothing is due up to `cycle`: it counts as worked on, so that what comes from
 * outside can be set relative to it. */
void flit_net_pass(FlitNet *net, uint64_t cycle);

/* flit_net_stuck - flit_stuck.c: input VCs of which each waits for the next, the last for the
 * first, for ever, into ring; returns how many, 0: none. dead, ring: [n_routers * stride], to work
 * with. What is under way in the calendar counts as alive: a ring may be found some cycles late. */
uint32_t flit_net_stuck(const FlitNet *net, bool *dead, uint32_t *ring);

/* flit_net_held - flits in buffers and on links. */
uint64_t flit_net_held(const FlitNet *net);

/* Feeders: what a source needs to send by the rules of a router's output. An output VC is taken
 * with the first flit of a packet and free again with its last. */
static inline bool flit_feeder_has_credit(const FlitNet *net, uint32_t feeder, uint32_t vc)
{
    uint32_t output = net->n_routers * net->n_ports + feeder;
    return net->out_vc[output * net->params.n_vcs + vc].credits > 0;
}
void flit_feeder_send(FlitNet *net, uint32_t feeder, uint32_t vc, uint32_t flit);

#ifdef __cplusplus
}
#endif
#endif
