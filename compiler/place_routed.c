/* place_routed.c - a placement measured by its routes: trees over the turns that the chip allows,
 * negotiated as those in the tables will be.
 *
 * The model of place_cost.c takes dimension order for granted. Where every tile has a router, the
 * turns allowed decide how far trees can be spread (docs/fabric.md): the same slices by rows or by
 * columns load the busiest link twice as much or half. So the nets become senders, trees.c makes
 * demands of them as it does for the routes, and route_negotiated lays trees, with less patience
 * than for the tables. Markers are left out, as in all nets.
 */
#include "place_routed.h"

#include "trees.h"

#define MAX_SEARCHED UINT64_C(200000) /* nets times links: more are left to the model  */
#define MAX_LOOKED UINT64_C(300000)   /* links looked at: as many as take milliseconds */

bool place_routed_may(const PlaceProblem *problem)
{
    const Topology *graph = problem->fabric->topology;
    return graph != NULL && graph->chip->fabric.routing == ROUTING_MESH &&
           graph->n_router_links > 0 &&
           (uint64_t)problem->nets->n_nets * graph->n_router_links <= MAX_SEARCHED;
}

/* The events of net n. needed: [n_sites] marks of nets. */
static Sender sender_of(Arena *scratch, const PlaceProblem *problem, const uint32_t *site_of,
                        uint32_t n, uint32_t *needed)
{
    const PlaceFabric *fabric = problem->fabric;
    const PlaceNets *nets = problem->nets;
    uint32_t source = nets->source[n], mark = n + 1;
    uint32_t tile = source == nets->n_slots ? fabric->n_tiles : fabric->tile_of[site_of[source]];
    uint64_t first = nets->first_target[n], end = nets->first_target[n + 1];
    uint32_t *core = ARENA_ARRAY(scratch, uint32_t, end - first);
    Sender sender = {.slice = n,
                     .router = fabric->router_of[tile],
                     .rate = nets->rate[n],
                     .to_host = end > first && nets->target[end - 1] == nets->n_slots,
                     .core = core};
    for (uint64_t i = first; i < end - sender.to_host; i++)
        needed[site_of[nets->target[i]]] = mark;
    for (uint32_t site = 0; site < fabric->n_sites; site++)
        if (needed[site] == mark)
            core[sender.n_cores++] = fabric->core[site];
    return sender;
}

/* A sender of events for each net, and of markers that nobody sends. */
static Needs needs_of(Arena *scratch, const PlaceProblem *problem, const uint32_t *site_of)
{
    uint32_t n_nets = problem->nets->n_nets;
    Sender *sender = ARENA_ARRAY(scratch, Sender, 2 * (size_t)n_nets);
    uint32_t *needed = ARENA_ARRAY(scratch, uint32_t, problem->fabric->n_sites);
    for (uint32_t n = 0; n < n_nets; n++) {
        Sender *pair = &sender[2 * (size_t)n];
        pair[0] = pair[1] = sender_of(scratch, problem, site_of, n, needed);
        pair[1].is_marker = true;
        pair[1].rate = 0;
    }
    return (Needs){2 * n_nets, sender};
}

static RoutedCost cost_of(Arena *scratch, const RouteTask *task, const Tree *tree)
{
    RoutedCost cost = {0, 0};
    uint64_t *load = ARENA_ARRAY(scratch, uint64_t, task->graph->n_router_links);
    for (uint32_t d = 0; d < task->n_demands; d++)
        for (uint32_t i = 0; i < tree[d].n_links; i++)
            load[tree[d].link[i]] += task->demand[d].rate;
    for (uint32_t l = 0; l < task->graph->n_router_links; l++) {
        cost.total_hops += load[l];
        cost.busiest_link = load[l] > cost.busiest_link ? load[l] : cost.busiest_link;
    }
    return cost;
}

Status place_routed_cost(const PlaceProblem *problem, const uint32_t *site_of, RoutedCost *cost,
                         Err *err)
{
    Arena *scratch = arena_new();
    Needs needs = needs_of(scratch, problem, site_of);
    SenderTrees *trees = trees_demand(scratch, problem->fabric->topology, &needs);
    Status status = route_negotiated_within(scratch, &trees->task, MAX_LOOKED, trees->tree, err);
    if (status == STATUS_OK)
        *cost = cost_of(scratch, &trees->task, trees->tree);
    arena_free(scratch);
    return status;
}
