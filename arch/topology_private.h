/* topology_private.h - what the files about a Topology share: private to the floor.
 *
 * topology_build makes an empty Topology of a chip, then calls these in order.
 */
#ifndef ARCH_TOPOLOGY_PRIVATE_H
#define ARCH_TOPOLOGY_PRIVATE_H

#include "arch/topology.h"
#include "chip_table.h"

/* Bit of Topology.turns. */
static inline uint64_t turn_bit(uint32_t side_in, uint32_t side_out)
{
    return UINT64_C(1) << (8 * side_in + side_out);
}

/* topology_build_routers - a Topology without the network-on-chip: all that routes need. */
Status topology_build_routers(Arena *arena, const Chip *chip, const Topology **out, Err *err);

/* topology_add_noc - ports, links and paths of each chip with a central router (topology_noc.c).
 * Errors: INPUT (a tile without a path, or paths that could deadlock). */
Status topology_add_noc(Arena *arena, Arena *scratch, Topology *topology, Err *err);

/* topology_add_routers - routers and the links between them (topology_routers.c). Errors: INPUT
 * (a router that the others do not reach). */
Status topology_add_routers(Arena *arena, Arena *scratch, Topology *topology, Err *err);

/* topology_add_turns - the allowed turns, and the proof that they cannot deadlock
 * (topology_turns.c). cost: see there */
void topology_add_turns(Arena *arena, Arena *scratch, Topology *topology);

/* router_link_wraps - does the link lead from one border of the grid to the other? */
bool router_link_wraps(const Topology *topology, uint32_t link);

/* noc_link_name - as topology_link_name, of link 0 .. n_links-1 of a chip's network-on-chip. */
const char *noc_link_name(Arena *arena, const Topology *topology, uint32_t link);

/* graph_find_cycle - a node on a cycle, or UINT32_MAX. Edges of node n are next_node[start[n] ..
 * start[n+1]-1]. cost: O(nodes + edges) */
uint32_t graph_find_cycle(Arena *scratch, uint32_t n_nodes, const uint32_t *start,
                          const uint32_t *next_node);

#endif
