/* topology.h - the network-on-chip as a graph, and the path of every packet through it.
 *
 * Nodes are the tiles (0 .. n_tiles-1) and the ports of the central event router (n_tiles ..
 * n_tiles+n_ports-1). A port is a pair (router cell, neighbouring tile); ports are numbered by
 * router cell, then in the order west, east, south, north. Links are directed, between neighbouring
 * tiles and between a tile and its router port, in both directions.
 *
 * Every packet goes core -> tile -> ... -> router -> ... -> tile -> core. Towards the router: x
 * first, then y (dimension order); among the ports that such a path reaches without crossing a
 * cell that is not a tile, the one with the fewest hops is taken, the lowest port at a tie. From
 * the router: the port with the fewest hops by x-then-y order from the port's tile; at a tie the
 * port that serves the fewest tiles so far, then the lowest. So there is one path each way for
 * every tile, and packets of one source keep their order. topology_build proves that the channel
 * dependency graph of all these paths is acyclic (Dally and Seitz 1987), so packets cannot
 * deadlock while cores drain their FIFOs.
 */
#ifndef ARCH_TOPOLOGY_H
#define ARCH_TOPOLOGY_H

#include "arch/chip.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct NocLink {
    uint32_t from, to; /* node ids */
} NocLink;

typedef struct NocPath { /* view into the topology's arrays */
    uint32_t n_links;
    const uint32_t *link; /* [n_links] link ids in the order of travel */
    uint32_t port;        /* router port entered or left               */
} NocPath;

typedef struct Topology {
    const Chip *chip; /* borrowed                                            */
    uint32_t n_tiles, n_ports, n_links;
    const uint32_t *port_tile;  /* [n_ports] tile beside the port                      */
    const Cell2d *port_cell;    /* [n_ports] router cell of the port                   */
    const NocLink *link;        /* [n_links] sorted by (from, to)                      */
    const NocPath *to_router;   /* [n_tiles] ends with the link into the router port   */
    const NocPath *from_router; /* [n_tiles] starts with the link out of the port      */
} Topology;

/* topology_build - Errors: INPUT (a tile without a path, or paths that could deadlock; names it).
 * cost: O(tiles * grid width) */
Status topology_build(Arena *arena, const Chip *chip, const Topology **out, Err *err);

/* topology_hops - links a packet crosses from a core of tile `from` to one of tile `to`. */
uint32_t topology_hops(const Topology *topology, uint32_t from, uint32_t to);

/* topology_link_name - "(1,2)->(2,2)", "(3,3)->router", "router->(5,4)". */
const char *topology_link_name(Arena *arena, const Topology *topology, uint32_t link);

/* topology_tile_at - tile at a position, or UINT32_MAX. */
uint32_t topology_tile_at(const Chip *chip, uint32_t x, uint32_t y);

#ifdef __cplusplus
}
#endif
#endif
