/* idle_latency.c - how long a packet takes where no other is in its way: in closed form.
 *
 * On the chip every stage begins at the first edge of its clock at or after the end of the one
 * before: inject and links up at NoC edges, look-up at a router edge, then links down and eject at
 * NoC edges; between routers a flit goes over a link of a mesh at NoC edges, a frame between chips
 * at exact times. The link of the host is serial and exact too. tests/timing/test_idle_latency.cpp
 * holds all of it against the models. Cost: O(router links on the way).
 */
#include "plan.h"
#include "sim/sim.h"

static Plan plan_of(const Topology *topology)
{
    Plan plan = {.topology = topology};
    plan_costs(&plan, topology->chip, 0);
    return plan;
}

/* First edge of `to` at or after edge `cycle` of `from`, without the tables of a run. */
static uint64_t cross(const Plan *plan, Domain from, uint64_t cycle, Domain to)
{
    return clock_edge_at_or_after(&plan->clock[to], clock_edge_ps(&plan->clock[from], cycle));
}

/* Router edge at which a packet that was looked up at router edge `cycle` is seen by the router at
 * the end of a router link. */
static uint64_t over_link(const Plan *plan, uint32_t router_link, uint64_t cycle)
{
    uint64_t done = cycle + plan->lookup_cycles;
    const Clock *router = &plan->clock[DOMAIN_ROUTER];
    const PlanLink *link = plan_link(plan, router_link);
    if (plan->frame_links)
        return clock_edge_at_or_after(router, clock_edge_ps(router, done) + link->frame_ps +
                                                  link->latency_ps);
    uint64_t leaves = cross(plan, DOMAIN_ROUTER, done, DOMAIN_NOC);
    return cross(plan, DOMAIN_NOC, leaves + plan->whole_cycles, DOMAIN_ROUTER);
}

/* Router edge at which a packet handed over in a tile at t0_ps is seen by that tile's router. */
static uint64_t to_router(const Plan *plan, uint32_t tile, uint64_t t0_ps)
{
    const Topology *topology = plan->topology;
    const uint64_t entered = clock_edge_at_or_after(&plan->clock[DOMAIN_NOC], t0_ps);
    uint64_t up = 0; /* a mesh has a router in the tile itself */
    if (!plan->mesh)
        up = plan->hop_cycles * topology->to_router[tile % topology->n_tiles].n_links +
             plan->flit_cycles - 1; /* it looks up whole packets */
    return cross(plan, DOMAIN_NOC, entered + plan->inject_cycles + up, DOMAIN_ROUTER);
}

/* When a packet that a tile's router sees at router edge `cycle` is in the FIFO. */
static uint64_t from_router_ps(const Plan *plan, uint32_t tile, uint64_t cycle)
{
    const Topology *topology = plan->topology;
    const uint64_t out = cross(plan, DOMAIN_ROUTER, cycle + plan->lookup_cycles, DOMAIN_NOC);
    uint64_t down = 0;
    if (!plan->mesh)
        down = plan->hop_cycles * topology->from_router[tile % topology->n_tiles].n_links;
    return clock_edge_ps(&plan->clock[DOMAIN_NOC], out + down + plan->eject_cycles);
}

uint64_t sim_idle_latency_ps(const Topology *topology, uint32_t from_tile, uint32_t to_tile,
                             const uint32_t *router_link, uint32_t n_router_links, uint64_t t0_ps)
{
    const Plan plan = plan_of(topology);
    uint64_t at_router = to_router(&plan, from_tile, t0_ps);
    for (uint32_t i = 0; i < n_router_links; i++)
        at_router = over_link(&plan, router_link[i], at_router);
    return from_router_ps(&plan, to_tile, at_router) - t0_ps;
}

uint64_t sim_idle_from_host_ps(const Topology *topology, uint32_t n_packets, uint32_t to_tile,
                               const uint32_t *router_link, uint32_t n_router_links, uint64_t t0_ps)
{
    const Plan plan = plan_of(topology);
    const uint64_t sent_ps = t0_ps + n_packets * plan.host_packet_ps + plan.host_latency_ps;
    uint64_t at_router = clock_edge_at_or_after(&plan.clock[DOMAIN_ROUTER], sent_ps);
    for (uint32_t i = 0; i < n_router_links; i++)
        at_router = over_link(&plan, router_link[i], at_router);
    return from_router_ps(&plan, to_tile, at_router) - t0_ps;
}

uint64_t sim_idle_to_host_ps(const Topology *topology, uint32_t from_tile,
                             const uint32_t *router_link, uint32_t n_router_links, uint64_t t0_ps)
{
    const Plan plan = plan_of(topology);
    uint64_t at_router = to_router(&plan, from_tile, t0_ps);
    for (uint32_t i = 0; i < n_router_links; i++)
        at_router = over_link(&plan, router_link[i], at_router);
    const uint64_t out = clock_edge_ps(&plan.clock[DOMAIN_ROUTER], at_router + plan.lookup_cycles);
    return out + plan.host_packet_ps + plan.host_latency_ps - t0_ps;
}
