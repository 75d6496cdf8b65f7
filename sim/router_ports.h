/* router_ports.h - the ports between event routers and a network-on-chip, as RouterModel sees
 * them: a port has a buffer of packets that wait for their look-up, and a queue of packets that
 * wait to leave. Ports count over all routers: those of router r from r * n_ports on.
 *
 * The network tells the router of arrivals and freed places: router_port_arrival,
 * router_port_free.
 */
#ifndef SIM_ROUTER_PORTS_H
#define SIM_ROUTER_PORTS_H

#include "plan.h"

typedef struct RouterPorts {
    void *self;
    /* Packet at the head of the buffer, with the NoC edge of its arrival, or NULL. */
    const Packet *(*head)(void *self, uint32_t port, uint64_t *noc_cycle);
    /* Remove it, at router edge `cycle`. */
    void (*pop)(void *self, uint32_t port, uint64_t cycle);
    /* 0 if the queue has a place at router edge `cycle`; else the router edge from which it has
     * one, or NEVER while that is not known (then router_port_free tells). */
    uint64_t (*room_from)(void *self, uint32_t port, uint64_t cycle);
    /* Take a place for a packet whose copies, dest[range[0]] .. dest[range[1] - 1] of the Plan, can
     * leave from NoC edge `noc_cycle` on. */
    void (*push)(void *self, uint32_t port, const Packet *packet, const uint32_t range[2],
                 uint64_t noc_cycle);
} RouterPorts;

#endif
