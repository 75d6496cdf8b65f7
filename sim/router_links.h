/* router_links.h - links between event routers, and what lies between a router of a mesh and its
 * cores, as RouterModel sees them where another model stands in the place of MeshModel.
 *
 * Queues are those of MeshModel: a buffer for each router link, then the inject queues (mesh).
 * Ways out too: router links, then eject ports (mesh). The network tells the router of arrivals and
 * freed places: router_queue_arrival, router_out_free. All calls are made at the router edge that
 * is worked on (RouterModel.cycle).
 */
#ifndef SIM_ROUTER_LINKS_H
#define SIM_ROUTER_LINKS_H

#include "plan.h"

typedef struct RouterLinks {
    void *self; /* NULL: there is no such model, MeshModel has the links */
    /* Packet at the head of a queue, the node of its tree (NONE: from a core), and the router edge
     * from which it is seen; or NULL. */
    const Packet *(*head)(void *self, uint32_t queue, uint32_t *node, uint64_t *cycle);
    void (*pop)(void *self, uint32_t queue);
    /* 0 if a way out has a place; else the router edge from which it has one, or NEVER while that
     * is not known. */
    uint64_t (*room_from)(void *self, uint32_t out);
    /* A copy of the packet looked up now goes out: by a link, to `node` at its end, or to the cores
     * of `dest` (Plan.dest). */
    void (*send)(void *self, uint32_t link, const Packet *packet, uint32_t node);
    void (*eject)(void *self, uint32_t dest, const Packet *packet);
} RouterLinks;

#endif
