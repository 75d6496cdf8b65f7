/* flit_common.h - what the flit engine's networks of both kinds of chips share: the network
 * cycle by cycle, the event routers, and cores whose FIFOs hold eject ports back. Private to
 * sim/flit. */
#ifndef SIM_FLIT_COMMON_H
#define SIM_FLIT_COMMON_H

#include "../network_model.h"
#include "../router_model.h"
#include "flit_net.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The first member of a network: the functions below take it as `self`. */
typedef struct FlitCommon {
    NetworkParts parts;
    FlitNet net;
    RouterModel router;
    Wheel wheel;          /* NoC cycles. Ids: what enters the net, then tiles that look again, as a
                             FIFO has room                                                     */
    uint32_t n_entering;  /* ids of the first kind                                             */
    uint32_t tile_router; /* router of the net that ejects at tile 0; those of the others follow */
    uint32_t *full;       /* [n_tiles] bit k: FIFO of core k of the tile has no room           */
    void (*enter)(void *self, uint32_t id, uint64_t cycle); /* due in the wheel                */
} FlitCommon;

/* flit_common_model - a network's model with all that both kinds do alike; the rest is not set. */
NetworkModel flit_common_model(void *self);

/* flit_to_host - hook of the event routers: a packet for the host. */
void flit_to_host(void *self, const Packet *packet, uint64_t available_ps);

/* flit_count_lookups - what the event routers did, into the tally. */
void flit_count_lookups(const FlitCommon *common);

#ifdef __cplusplus
}
#endif
#endif
