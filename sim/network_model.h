/* network_model.h - what lies between cores and host, as a Machine sees it: the seam at which one
 * network takes the place of another.
 *
 * A network is the network-on-chip, the event routers and the links between them. An engine names
 * the function that makes its network (SimRun.make_network; here event_network of
 * event_network.c), machine_init calls it once, and from then on the Machine, the cores and the
 * host know only this table of functions. CoreModel and HostModel are the same for all networks.
 * A network may use the models of the event network where they fit: RouterModel takes the ports
 * that lead to a network-on-chip as a table too (RouterPorts).
 *
 * Time. A network works in two domains, DOMAIN_NOC and DOMAIN_ROUTER; `next` names the next edge
 * of one at which it has something to do, `step` works on that edge completely. The Machine calls
 * steps in the order of (time, domain), cores before NoC before router; at a router edge the host
 * works before the routers. What a network tells through NetworkHooks it tells ahead of time.
 *
 * Counts. Flits, payload, busy and stall cycles of every link go to NetworkParts.tally->link, in
 * the numbering of all links (topology.h), look-ups to tally->router; at the latest in `finish`.
 */
#ifndef SIM_NETWORK_MODEL_H
#define SIM_NETWORK_MODEL_H

#include "fault.h"
#include "plan.h"
#include "sim/parts.h"
#include "tally.h"
#include "waits.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct NetworkHooks {
    void *context;
    /* The packet, its source and position known, is in the FIFOs of the cores of Plan.dest[dest]
     * at NoC edge `cycle`, later than now; it has taken room in each of them. To each core in the
     * order of the cycles. */
    void (*deliver)(void *context, uint32_t dest, const Packet *packet, uint64_t cycle);
    /* NoC edge from which the FIFOs of all cores of Plan.dest[dest] have room for the packet that comes
     * next, for cores of which the network asks_room and some of which have told fifo_full; NEVER if
     * that is not known yet: fifo_free will tell. */
    uint64_t (*room_from)(void *context, uint32_t dest);
    void (*expect)(void *context, uint32_t dest); /* deliver will follow soon: only a hint */
    /* The inject queue of a core (index into Program.core) has room: a packet left it at edge
     * `cycle` of `domain`, which is worked on now. */
    void (*inject_free)(void *context, uint32_t core, Domain domain, uint64_t cycle);
    /* A copy for the host can leave from time available_ps on. It holds one of the port_packets
     * places of the host queue until host_free. */
    void (*to_host)(void *context, const Packet *packet, uint64_t available_ps);
} NetworkHooks;

typedef struct NetworkParts { /* all borrowed; they live as long as the network */
    const Plan *plan;
    Tally *tally;
    Fault *fault;          /* set on the first mistake; then nothing matters any more */
    const SimParts *parts; /* its `lookup`, if any, takes over look-ups      */
    NetworkHooks hooks;
} NetworkParts;

typedef struct NetworkModel {
    void *self;
    /* Cores, by index into Program.core: room in the inject queue; a packet (its key and payload
     * filled in) is handed over at time ps; the receive FIFO has no room left, or has room again
     * from time ps on. */
    bool (*inject_room)(void *self, uint32_t core);
    void (*inject)(void *self, uint32_t core, const Packet *packet, uint64_t ps);
    void (*fifo_full)(void *self, uint32_t core);
    void (*fifo_free)(void *self, uint32_t core, uint64_t ps);
    /* Does the network ask when a full FIFO of the core has room, instead of waiting to be told?
     * May be NULL: of none. */
    bool (*asks_room)(void *self, uint32_t core);
    /* The cores have worked on an edge at which one of them injected or had room again: what
     * follows may be told now, which inject and fifo_free must not, as the cores are at work. */
    void (*settle)(void *self);
    /* Host: a packet arrives at router edge `cycle`, or one has left the host queue, before the
     * routers work on that edge. */
    void (*host_arrival)(void *self, const Packet *packet, uint64_t cycle);
    void (*host_free)(void *self, uint64_t cycle);
    /* Time: next edge of DOMAIN_NOC or DOMAIN_ROUTER with something to do, or NEVER; work on it. */
    uint64_t (*next)(void *self, Domain domain);
    void (*step)(void *self, Domain domain, uint64_t cycle);
    /* After the last event: what is counted and not yet in the tally. */
    void (*finish)(void *self);
    /* Progress: flits moved and look-ups so far. Packets inside, and those from the host that wait
     * for their look-up. What waits for what, for a run that stopped: text of at most n bytes to
     * follow the numbers; returns its length. */
    uint64_t (*moves)(void *self);
    uint64_t (*held)(void *self);
    uint64_t (*held_from_host)(void *self);
    int (*waiting)(void *self, char *text, size_t n);
    /* The next one in the chain: what the packet at the head of this queue waits for. May be NULL: not
     * known. */
    Wait (*waits_for)(void *self, Wait queue);
} NetworkModel;

/* NetworkMaker - all memory of a network, from `arena`. Errors: UNSUPPORTED (what it cannot hold
 * or model). */
typedef Status (*NetworkMaker)(Arena *arena, const NetworkParts *parts, NetworkModel *out,
                               Err *err);

/* event_network - that of the `event` engine: NocModel, MeshModel and RouterModel. */
Status event_network(Arena *arena, const NetworkParts *parts, NetworkModel *out, Err *err);

/* flit_network - that of the `flit` engine: FlitNet, cycle by cycle, in the place of NocModel. */
Status flit_network(Arena *arena, const NetworkParts *parts, NetworkModel *out, Err *err);

#ifdef __cplusplus
}
#endif
#endif
