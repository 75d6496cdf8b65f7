/* topology.h - where packets can go: the routers and their links, and the network-on-chip that
 * leads to a central router.
 *
 * Routers. A fabric is a graph of event routers: one in each chip (central) or one in each tile
 * (mesh). Every router has up to 6 sides; a link leads from a side to the router there, and back
 * over the opposite side. Router ids are chip ids (central) or tile ids (mesh). A chip with a
 * central router that is alone on its board has one router and no router links.
 *
 * Turns. A packet that came in by one link may go on by another only where the turn is allowed;
 * copies for cores and the host are always allowed, and so is any link for a packet that starts
 * here. The allowed turns form a channel dependency graph without a cycle (proved by
 * topology_build, Dally and Seitz 1987), so whatever trees use only allowed turns cannot
 * deadlock; and no further turn could be added without a cycle. Every working router reaches
 * every other over allowed turns.
 *
 * Network-on-chip of a chip with a central router; it is the same in every chip of a board.
 * Nodes are the tiles (0 .. n_tiles-1) and the ports of the central event router (n_tiles ..
 * n_tiles+n_ports-1). A port is a pair (router cell, neighbouring tile); ports are numbered by
 * router cell, then in the order west, east, south, north. Links are directed, between
 * neighbouring tiles and between a tile and its router port, in both directions.
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

/* A link between two routers, in one direction. */
typedef struct RouterLink {
    uint32_t from, to; /* router ids                                                   */
    uint32_t side;     /* of `from`: 0 .. n_sides-1, E NE N W SW S (6) or E N W S (4)    */
    uint32_t back;     /* the link the other way (both work, or neither)                */
    bool off_board;    /* between chips of two boards: other times, another price       */
} RouterLink;

/* Links have one numbering over all kinds: link l of the network-on-chip of chip c is c *
 * n_links + l, router link r is n_chips * n_links + r (topology_all_links, topology_link_name;
 * Trace, links.csv). RouteEntry.link and the arrays here hold router link ids r, NocPath holds
 * l. */
typedef struct Topology {
    const Chip *chip; /* borrowed                                            */

    uint32_t n_routers, n_sides;
    uint32_t router_width, router_height; /* of the grid of routers                              */
    bool router_wrap;
    uint32_t cores_per_router; /* core c hangs on router c / cores_per_router         */
    uint32_t host_router;
    const Cell2d *router_cell; /* [n_routers] position in the grid of routers, from (0,0) */
    uint32_t n_router_links;
    const RouterLink *router_link;     /* [n_router_links] sorted by (from, side), that work  */
    const uint32_t *first_router_link; /* [n_routers + 1]                                     */
    const uint64_t *turns; /* [n_routers] bit 8 * side travelled in + side out: allowed; a packet
                              that goes straight on keeps its side                          */

    /* Network-on-chip of each chip with a central router; a mesh has no ports and no links. */
    uint32_t n_tiles, n_ports, n_links;
    const uint32_t *port_tile;  /* [n_ports] tile beside the port                      */
    const Cell2d *port_cell;    /* [n_ports] router cell of the port                   */
    const NocLink *link;        /* [n_links] sorted by (from, to)                      */
    const NocPath *to_router;   /* [n_tiles] ends with the link into the router port   */
    const NocPath *from_router; /* [n_tiles] starts with the link out of the port      */
} Topology;

/* topology_build - Errors: INPUT (a tile without a path, paths that could deadlock, or a router
 * that the others do not reach; names it). cost: O(tiles * grid width) for the network-on-chip,
 * O(routers * sides^3) for a fabric; more where turns must be tried one by one
 * (topology_turns.c) */
Status topology_build(Arena *arena, const Chip *chip, const Topology **out, Err *err);

/* topology_router_of_core - the router that a core hangs on. */
uint32_t topology_router_of_core(const Topology *topology, uint32_t core);

/* topology_turn_allowed - may a packet that came by router link `in` go on by router link `out`?
 * False if `out` does not start where `in` ends. */
bool topology_turn_allowed(const Topology *topology, uint32_t in, uint32_t out);

/* topology_link_at - the router link out of a side of a router, or UINT32_MAX. cost: O(sides) */
uint32_t topology_link_at(const Topology *topology, uint32_t router, uint32_t side);

/* topology_default_link - where a packet goes that came by router link `in` and goes straight on:
 * the link out of the same side of the next router, or UINT32_MAX. */
uint32_t topology_default_link(const Topology *topology, uint32_t in);

/* side_step - where a side leads: to (x + dx, y + dy). side_name - "E", "NE", .. side_opposite -
 * the side that leads back. */
void side_step(uint32_t n_sides, uint32_t side, int32_t *dx, int32_t *dy);
const char *side_name(uint32_t n_sides, uint32_t side);
uint32_t side_opposite(uint32_t n_sides, uint32_t side);

/* topology_all_links - links of all networks-on-chip and of the routers. */
uint32_t topology_all_links(const Topology *topology);

/* topology_hops - links a packet crosses from a core of tile `from` to one of tile `to`. */
uint32_t topology_hops(const Topology *topology, uint32_t from, uint32_t to);

/* topology_router_link_name - of a router link. topology_link_name - of a link in the numbering
 * of all links: "(1,2)->(2,2)", "(3,3)->router", "router->(5,4)"; on a board of chips "chip
 * (0,1): (1,2)->(2,2)", and "chip (0,1)->(1,1)" between chips. */
const char *topology_router_link_name(Arena *arena, const Topology *topology, uint32_t link);
const char *topology_link_name(Arena *arena, const Topology *topology, uint32_t link);

/* topology_tile_at - tile at a position, or UINT32_MAX. */
uint32_t topology_tile_at(const Chip *chip, uint32_t x, uint32_t y);

#ifdef __cplusplus
}
#endif
#endif
