/* count_ways.c - the least time that cycles, and packets on their way, can take.
 *
 * That of a way is on an idle network whose clocks happen to fit: spans of whole cycles without the
 * waits for edges. Cost: O(1).
 */
#include "count_model.h"

uint64_t count_span_ps(const Clock *clock, uint64_t cycles)
{
    return cycles == 0 ? 0 : clock_edge_ps(clock, cycles) - 1;
}

uint64_t count_whole_cycles(const Clock *clock, uint64_t ps)
{
    uint64_t n = clock_edge_at_or_after(clock, ps);
    return clock_edge_ps(clock, n) <= ps ? n : n - 1;
}

uint64_t count_up_ps(const Plan *plan, uint32_t core)
{
    uint64_t cycles = plan->inject_cycles;
    uint32_t tile = core / plan->cores_per_tile % plan->topology->n_tiles;
    if (!plan->mesh)
        cycles +=
            plan->hop_cycles * plan->topology->to_router[tile].n_links + plan->flit_cycles - 1;
    return count_span_ps(&plan->clock[DOMAIN_NOC], cycles);
}

uint64_t count_down_ps(const Plan *plan, uint32_t core)
{
    uint64_t cycles = plan->eject_cycles;
    uint32_t tile = core / plan->cores_per_tile % plan->topology->n_tiles;
    if (!plan->mesh)
        cycles += plan->hop_cycles * plan->topology->from_router[tile].n_links;
    return count_span_ps(&plan->clock[DOMAIN_NOC], cycles);
}

uint64_t count_lookup_ps(const Plan *plan)
{
    return count_span_ps(&plan->clock[DOMAIN_ROUTER], plan->lookup_cycles);
}

uint64_t count_link_ps(const Plan *plan, uint32_t router_link)
{
    if (!plan->frame_links)
        return count_span_ps(&plan->clock[DOMAIN_NOC], plan->whole_cycles);
    const PlanLink *link = plan_link(plan, router_link);
    return link->frame_ps + link->latency_ps;
}
