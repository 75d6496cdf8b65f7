/* route_figures.c - what the trees make of the links: events on their way, and the busiest link.
 *
 * Loads are the expected events a step of the senders whose packets cross a link, markers left out.
 * The bound is the sum of what each sender's own targets need at least (route_bound.c), so it holds
 * for any trees, shared or not. Cost: O(rows + bounds).
 */
#include "mapping.h"

#include "needs.h"
#include "trees.h"

/* Links that the events of the sender cross at least. */
static uint32_t bound_of(BoundSearch *search, const Topology *graph, const Sender *sender,
                         uint32_t *target)
{
    Demand demand = {.root = sender->router, .target = target};
    bool host_left = sender->to_host && graph->host_router != sender->router;
    uint32_t last = UINT32_MAX;
    for (uint32_t i = 0; i < sender->n_cores; i++) {
        uint32_t router = topology_router_of_core(graph, sender->core[i]);
        host_left = host_left && router != graph->host_router;
        if (router != sender->router && router != last)
            target[demand.n_targets++] = router;
        last = router;
    }
    if (host_left)
        target[demand.n_targets++] = graph->host_router;
    return route_bound(search, &demand);
}

static uint64_t busiest_link(Arena *scratch, const Mapping *mapping, uint64_t *total)
{
    const Topology *graph = mapping->topology;
    uint64_t *load = ARENA_ARRAY(scratch, uint64_t, graph->n_router_links), busiest = 0;
    for (uint64_t r = 0; r < mapping->rows->first[graph->n_routers]; r++) {
        const RouteRow *row = &mapping->rows->row[r];
        const Sender *sender = &mapping->needs->sender[row->sender];
        if (row->in == ROUTE_ROOT || sender->is_marker)
            continue;
        load[row->in] += sender->rate;
        *total += sender->rate;
        busiest = load[row->in] > busiest ? load[row->in] : busiest;
    }
    return busiest;
}

TrafficSummary traffic_of_routes(Arena *scratch, const Mapping *mapping)
{
    TrafficSummary traffic = {0};
    const Topology *graph = mapping->topology;
    if (graph->n_router_links == 0)
        return traffic;
    uint64_t n_sent = 0, n_hops = 0, least = 0;
    uint64_t busiest = busiest_link(scratch, mapping, &n_hops);
    BoundSearch *search = bound_search_new(scratch, graph);
    uint32_t *target = ARENA_ARRAY(scratch, uint32_t, graph->n_routers);
    for (uint32_t s = 0; s < mapping->needs->n_senders; s++) {
        const Sender *sender = &mapping->needs->sender[s];
        if (sender->is_marker)
            continue;
        n_sent += sender->rate;
        least += sender->rate * bound_of(search, graph, sender, target);
    }
    traffic.events = (double)n_sent / ROUTE_RATE_ONE;
    traffic.hops_per_event = (double)n_hops / (double)n_sent;
    traffic.hops_bound = (double)least / (double)n_sent;
    traffic.busiest_link_share = (double)busiest / (double)n_sent;
    traffic.from_routes = true;
    return traffic;
}
