/* route_figures.c - what the trees make of the links: events on their way, and the busiest link.
 *
 * Loads are the expected events a step of the senders whose packets cross a link, markers left out.
 * The bound of all links is the sum of what each sender's targets need at least (route_bound.c),
 * so it holds for any trees, shared or not; that of the busiest link counts what single routers and
 * senders need. Neither looks at turns. Cost: O(rows + bounds).
 */
#include "mapping.h"

#include "needs.h"
#include "trees.h"

/* The routers that the sender's events must get to, in `target`. */
static Demand demand_of(const Topology *graph, const Sender *sender, uint32_t *target)
{
    Demand demand = {.root = sender->router, .target = target, .rate = sender->rate};
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
    return demand;
}

/* What no trees can beat. */
typedef struct Bounds {
    uint64_t total;   /* links crossed by all events                            */
    uint64_t largest; /* events of the sender with most, which take a tree each */
    uint64_t *in;     /* [n_routers] events needed there from elsewhere         */
    uint64_t *out;    /* [n_routers] events sent there that are needed elsewhere */
} Bounds;

static void add_demand(Bounds *bounds, BoundSearch *search, const Demand *demand)
{
    bounds->total += demand->rate * route_bound(search, demand);
    for (uint32_t i = 0; i < demand->n_targets; i++)
        bounds->in[demand->target[i]] += demand->rate;
    if (demand->n_targets == 0)
        return;
    bounds->out[demand->root] += demand->rate;
    bounds->largest = demand->rate > bounds->largest ? demand->rate : bounds->largest;
}

/* The busiest link carries this much: all events of a sender leave and enter routers over one link,
 * and those of several share the links that a router has. */
static uint64_t busiest_bound(const Topology *graph, const Bounds *bounds)
{
    uint64_t bound = bounds->largest;
    for (uint32_t r = 0; r < graph->n_routers; r++) {
        uint32_t n_links = graph->first_router_link[r + 1] - graph->first_router_link[r];
        uint64_t most = bounds->in[r] > bounds->out[r] ? bounds->in[r] : bounds->out[r];
        if (n_links > 0 && most / n_links > bound)
            bound = most / n_links;
    }
    return bound;
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
    uint64_t n_sent = 0, n_hops = 0;
    uint64_t busiest = busiest_link(scratch, mapping, &n_hops);
    Bounds bounds = {.in = ARENA_ARRAY(scratch, uint64_t, graph->n_routers),
                     .out = ARENA_ARRAY(scratch, uint64_t, graph->n_routers)};
    BoundSearch *search = bound_search_new(scratch, graph);
    uint32_t *target = ARENA_ARRAY(scratch, uint32_t, graph->n_routers);
    for (uint32_t s = 0; s < mapping->needs->n_senders; s++) {
        const Sender *sender = &mapping->needs->sender[s];
        if (sender->is_marker)
            continue;
        Demand demand = demand_of(graph, sender, target);
        n_sent += sender->rate;
        add_demand(&bounds, search, &demand);
    }
    traffic.events = (double)n_sent / ROUTE_RATE_ONE;
    traffic.hops_per_event = (double)n_hops / (double)n_sent;
    traffic.hops_bound = (double)bounds.total / (double)n_sent;
    traffic.busiest_link_share = (double)busiest / (double)n_sent;
    traffic.busiest_link_bound = (double)busiest_bound(graph, &bounds) / (double)n_sent;
    traffic.from_routes = true;
    return traffic;
}
