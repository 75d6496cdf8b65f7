/* router_model.h - the central event router: one look-up per router cycle, round robin over its
 * ports and the host link, multicast into the queues of the ports.
 */
#ifndef SIM_ROUTER_MODEL_H
#define SIM_ROUTER_MODEL_H

#include "fault.h"
#include "noc_model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct RouterHooks {
    void *context;
    /* A copy for the host can leave from time available_ps on. The hook holds one place of the host
     * queue until router_host_free. */
    void (*to_host)(void *context, const Packet *packet, uint64_t available_ps);
} RouterHooks;

typedef struct RouterInput {
    uint32_t route; /* entry of the head's key, or PROGRAM_NONE while nobody asked */
    Packet head;    /* its source known                                            */
} RouterInput;

typedef struct RouterModel {
    const Plan *plan;
    NocModel *noc;
    RouterHooks hooks;
    Fault *fault;
    uint64_t cycle;        /* the last that was worked on                           */
    uint64_t requests;     /* inputs with a packet; bit n_ports is the host's       */
    uint64_t parked_since; /* NEVER, or the cycle from which no queue had room      */
    bool active;           /* look again in the next cycle                          */
    uint32_t last_input;   /* granted last                                          */
    RouterInput *input;    /* [n_ports + 1]                                         */
    uint32_t host_capacity, host_first, host_count; /* ring of packets from the host   */
    Packet *host_packet;
    uint32_t host_queue; /* packets that wait for the link to the host            */
    Wheel wheel;         /* ids: inputs whose head gets ready, then: wake         */
    uint64_t lookups, busy_cycles, stall_cycles;
} RouterModel;

void router_init(Arena *arena, RouterModel *router, const Plan *plan, NocModel *noc,
                 const RouterHooks *hooks, Fault *fault);

uint64_t router_next(const RouterModel *router);
void router_step(RouterModel *router, uint64_t cycle);

/* router_port_arrival - the empty buffer of a port gets a packet at NoC edge noc_cycle. */
void router_port_arrival(RouterModel *router, uint32_t port, uint64_t noc_cycle);

/* router_port_free - a place in the queue of a port is free from NoC edge noc_cycle on. */
void router_port_free(RouterModel *router, uint64_t noc_cycle);

/* router_host_arrival, router_host_free - the host's link brings a packet, or takes one from the
 * host queue, at router edge `cycle`, before the router works on that edge. */
void router_host_arrival(RouterModel *router, const Packet *packet, uint64_t cycle);
void router_host_free(RouterModel *router, uint64_t cycle);

/* router_held - packets from the host that wait for their look-up. */
uint64_t router_held(const RouterModel *router);

#ifdef __cplusplus
}
#endif
#endif
