/* router_model.h - the event routers: in each one look-up per router cycle, round robin over its
 * inputs, and multicast into its ways out.
 *
 * Inputs of a router, in this order: its ports to the network-on-chip (central), the buffers of
 * the router links that end at it, the inject queues of its tile's cores (mesh), and the link
 * from the host at the router where that is. Ways out: the queues of its ports (central), its
 * router links, the eject port of its tile (mesh), and the host.
 */
#ifndef SIM_ROUTER_MODEL_H
#define SIM_ROUTER_MODEL_H

#include "fault.h"
#include "mesh_model.h"
#include "router_links.h"
#include "router_ports.h"
#include "sim/parts.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct RouterHooks {
    void *context;
    /* A copy for the host can leave from time available_ps on. The hook holds one place of the host
     * queue until router_host_free. */
    void (*to_host)(void *context, const Packet *packet, uint64_t available_ps);
} RouterHooks;

typedef enum InputKind { INPUT_PORT, INPUT_QUEUE, INPUT_HOST } InputKind;

typedef struct RouterInput {
    InputKind kind;
    uint32_t id;     /* port (of all), or queue of the MeshModel                          */
    uint32_t router; /* whose input it is                                                 */
    uint32_t node;   /* PlanNode of the head's key, or PROGRAM_NONE while nobody asked    */
    Packet head;     /* its source known                                                  */
} RouterInput;

typedef struct RouterState {
    uint64_t requests;     /* bit i: input i of this router has a packet                  */
    uint64_t parked_since; /* NEVER, or the cycle from which no queue had room            */
    uint64_t lacking;      /* while parked, bit p: a place in the queue of its port p may help */
    uint32_t first_input, n_inputs; /* in RouterModel.input                               */
    uint32_t last_input;            /* granted last                                       */
    uint32_t held_input;            /* whose head a part of the caller's looks up, or NONE */
    uint64_t held_until;            /* its grant                                          */
    bool listed;                    /* in RouterModel.active or .next                     */
    uint64_t lookups;
} RouterState;

typedef struct RouterModel {
    const Plan *plan;
    RouterPorts ports; /* central */
    MeshModel *mesh;   /* links between routers ..                                       */
    RouterLinks links; /* .. or, where self is set, what stands in its place             */
    RouterHooks hooks;
    const SimParts *parts; /* its `lookup`, if any, takes over look-ups                   */
    Fault *fault;
    uint64_t cycle;      /* the last that was worked on                                 */
    RouterState *router; /* [n_routers]                                                 */
    uint32_t n_inputs;
    RouterInput *input;    /* [n_inputs] by router                                        */
    uint32_t *queue_input; /* [queues of the mesh] input that each feeds                  */
    uint32_t n_active, n_next;
    uint32_t *active, *next; /* [n_routers] to look at in this and in the next cycle      */
    uint32_t host_input;
    uint32_t host_capacity, host_first, host_count; /* ring of packets from the host      */
    Packet *host_packet;
    uint32_t host_queue; /* packets that wait for the link to the host                    */
    Wheel wheel;         /* ids: inputs whose head gets ready, then: routers to wake      */
    uint64_t lookups, busy_cycles, stall_cycles; /* of all routers                        */
} RouterModel;

/* router_init - memory for a model whose plan, noc, mesh, hooks and fault are set. Errors:
 * UNSUPPORTED (a router of more than 64 inputs). */
Status router_init(Arena *arena, RouterModel *model);

uint64_t router_next(const RouterModel *model);
void router_step(RouterModel *model, uint64_t cycle);

/* router_port_arrival - the empty buffer of a port gets a packet at NoC edge noc_cycle. */
void router_port_arrival(RouterModel *model, uint32_t port, uint64_t noc_cycle);

/* router_port_free - a place in the queue of a port is free from NoC edge noc_cycle on. */
void router_port_free(RouterModel *model, uint32_t port, uint64_t noc_cycle);

/* router_queue_arrival, router_out_free - the hooks `arrival` and `out_free` of the MeshModel. */
void router_queue_arrival(RouterModel *model, uint32_t queue, uint64_t cycle);
void router_out_free(RouterModel *model, uint32_t router, uint64_t cycle);

/* router_host_arrival, router_host_free - the host's link brings a packet, or takes one from the
 * host queue, at router edge `cycle`, before the routers work on that edge. */
void router_host_arrival(RouterModel *model, const Packet *packet, uint64_t cycle);
void router_host_free(RouterModel *model, uint64_t cycle);

/* router_held - packets from the host that wait for their look-up; the first of them, or NULL. */
uint64_t router_held(const RouterModel *model);
static inline const Packet *router_host_head(const RouterModel *model)
{
    return model->host_count > 0 ? &model->host_packet[model->host_first] : NULL;
}

#ifdef __cplusplus
}
#endif
#endif
