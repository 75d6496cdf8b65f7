/* flit_network.c - the network of the `flit` engine: a network-on-chip of FlitNet routers in the
 * place of NocModel's links.
 *
 * Chips with a central router. Every tile is a router of FlitNet, with an input for each link that
 * ends there and for the inject queue of each of its cores; every port of a central router is one
 * more, fed by the port's queue. Single flits, one VC, routes looked ahead: a flit asks the switch
 * in the cycle in which it arrives, is hop_cycles later at the next router, and the slot it left
 * serves in the next cycle; so a link carries a flit in every cycle when nothing is in its way, as
 * plan_link_slots says, or a phit of it where links are narrower. The look-ups are RouterModel's, links between chips MeshModel's: neither is
 * made of flits and routers of a network-on-chip.
 *
 * Queues in front of the network (inject, ports) are rings here, of which only the head is in the
 * network: an input has one slot, and takes the next when the one before has left. A port's head
 * enters once for each destination tile.
 * Cost: that of FlitNet.
 */
#include "flit_network.h"

#include <stdio.h>

#include "base/check.h"
#include "flit_router.h"

enum { MAX_LISTED = 6 }; /* links in the summary */

/* ---- queues in front of the network -------------------- */

/* The head of a queue is in front of its router at `cycle`: for a port, the copy for its next
 * destination. */
static void enter(void *self, uint32_t queue, uint64_t cycle)
{
    FlitNetwork *network = self;
    const Plan *plan = network->common.parts.plan;
    const Ring *ring = &network->ring[queue];
    const Waiting *head = ring_head(network->waiting, ring);
    CHECK(network->n_free > 0);
    uint32_t id = network->free[--network->n_free];
    Copy *copy = &network->copy[id];
    *copy = (Copy){head->packet, head->cursor, 0};
    if (queue >= plan->n_cores) {
        copy->dest = head->cursor;
        copy->cursor = plan->down[plan->dest[copy->dest].tile];
    }
    flit_net_arrive(&network->common.net, ring->input, 0, id | FLIT_TAIL, cycle);
}

/* ---- hooks of FlitNet -------------------- */

static uint32_t on_route(void *context, uint32_t router, uint32_t packet)
{
    const FlitNetwork *network = context;
    (void)router;
    uint32_t hop = network->common.parts.plan->hops[network->copy[packet].cursor++];
    return UINT32_C(1) << network->side[hop];
}

static bool on_open(void *context, uint32_t output, uint32_t packet)
{
    const FlitNetwork *network = context;
    const PlanDest *dest = &network->common.parts.plan->dest[network->copy[packet].dest];
    (void)output;
    return (dest->mask & network->common.full[dest->tile]) == 0;
}

/* Into a tile's cores, or into a port of a central router. */
static void on_leave(void *context, uint32_t output, uint32_t flit, uint64_t cycle)
{
    FlitNetwork *network = context;
    const NetworkHooks *hooks = &network->common.parts.hooks;
    uint32_t id = flit & ~FLIT_TAIL, port = network->port_of[output];
    const Copy *copy = &network->copy[id];
    network->free[network->n_free++] = id;
    if (port == PROGRAM_NONE) {
        hooks->deliver(hooks->context, copy->dest, &copy->packet,
                       network->common.net.cycle + network->common.parts.plan->eject_cycles);
        return;
    }
    Ring *buffer = &network->ring[network->n_queues + port];
    uint64_t whole = cycle + network->common.net.params.more_phits;
    ring_push(network->waiting, buffer, &(Waiting){.packet = copy->packet, .ready = whole});
    if (buffer->count == 1)
        router_port_arrival(&network->common.router, port, whole);
}

/* The head of a queue has left its router: the next of it, or of the queue. */
static void on_freed(void *context, uint32_t input, uint32_t vc, uint64_t cycle)
{
    FlitNetwork *network = context;
    const Plan *plan = network->common.parts.plan;
    const NetworkHooks *hooks = &network->common.parts.hooks;
    uint32_t queue = network->queue_of[input];
    Ring *ring = &network->ring[queue];
    Waiting *head = ring_head(network->waiting, ring);
    (void)vc;
    if (queue < plan->n_cores) {
        ring_pop(ring);
        hooks->inject_free(hooks->context, queue, DOMAIN_NOC, cycle);
    } else if (++head->cursor < head->end) {
        enter(network, queue, cycle + 1);
        return;
    } else {
        ring_pop(ring);
        router_port_free(&network->common.router, queue - plan->n_cores, cycle);
    }
    if (ring->count == 0)
        return;
    uint64_t ready = ring_head(network->waiting, ring)->ready;
    if (ready <= cycle + 1)
        enter(network, queue, cycle + 1);
    else
        wheel_set(&network->common.wheel, queue, ready);
}

/* ---- hooks of MeshModel and RouterModel: links between chips, the host -------------------- */

static void on_queue_arrival(void *context, uint32_t queue, uint64_t cycle)
{
    router_queue_arrival(&((FlitNetwork *)context)->common.router, queue, cycle);
}

static void on_out_free(void *context, uint32_t router, uint64_t cycle)
{
    router_out_free(&((FlitNetwork *)context)->common.router, router, cycle);
}

/* ---- ports of the central routers -------------------- */

static const Packet *port_head(void *self, uint32_t port, uint64_t *noc_cycle)
{
    const FlitNetwork *network = self;
    const Ring *buffer = &network->ring[network->n_queues + port];
    if (buffer->count == 0)
        return NULL;
    const Waiting *head = ring_head(network->waiting, buffer);
    *noc_cycle = head->ready;
    return &head->packet;
}

static void port_pop(void *self, uint32_t port, uint64_t cycle)
{
    FlitNetwork *network = self;
    uint64_t from = plan_cross_after(network->common.parts.plan, DOMAIN_ROUTER, cycle, DOMAIN_NOC);
    ring_pop(&network->ring[network->n_queues + port]);
    flit_net_pass(&network->common.net, from - 1);
    flit_net_credit(&network->common.net, network->port_output[port], 0, from);
}

static uint64_t port_room_from(void *self, uint32_t port, uint64_t cycle)
{
    const FlitNetwork *network = self;
    const Ring *ring = &network->ring[network->common.parts.plan->n_cores + port];
    (void)cycle;
    return ring->count < ring->capacity ? 0 : NEVER;
}

static void queue_push(FlitNetwork *network, uint32_t queue, const Waiting *waiting)
{
    Ring *ring = &network->ring[queue];
    ring_push(network->waiting, ring, waiting);
    if (ring->count == 1)
        wheel_set(&network->common.wheel, queue, waiting->ready);
}

static void port_push(void *self, uint32_t port, const Packet *packet, const uint32_t range[2],
                      uint64_t noc_cycle)
{
    FlitNetwork *network = self;
    queue_push(network, network->common.parts.plan->n_cores + port,
               &(Waiting){*packet, range[0], range[1], noc_cycle});
}

/* ---- the NetworkModel -------------------- */

static bool inject_room(void *self, uint32_t core)
{
    const Ring *ring = &((FlitNetwork *)self)->ring[core];
    return ring->count < ring->capacity;
}

static void inject(void *self, uint32_t core, const Packet *packet, uint64_t ps)
{
    FlitNetwork *network = self;
    const Plan *plan = network->common.parts.plan;
    uint32_t tile = plan->program->core[core].core / plan->cores_per_tile;
    uint64_t entered = clock_edge_at_or_after(&plan->clock[DOMAIN_NOC], ps);
    queue_push(network, core,
               &(Waiting){*packet, plan->up[tile], 0, entered + plan->inject_cycles});
}

static void finish(void *self)
{
    const FlitNetwork *network = self;
    const Plan *plan = network->common.parts.plan;
    Tally *tally = network->common.parts.tally;
    for (uint32_t l = 0; l < plan->n_links; l++) {
        const FlitPort *port = &network->common.net.port[network->link_output[l]];
        uint64_t flits = port->flits;
        tally->link[l] = (LinkCounts){.flits = flits,
                                      .payload_flits = flits, /* all carry a value or a count */
                                      .busy_cycles = flits * plan->flit_cycles,
                                      .stall_cycles = port->wait_cycles};
    }
    mesh_finish(&network->mesh, &tally->link[plan->n_links]);
    flit_count_lookups(&network->common);
}

static uint64_t moves(void *self)
{
    const FlitNetwork *network = self;
    return network->common.net.n_moves + network->mesh.n_moves + network->common.router.lookups;
}

/* The head of a queue that is in front of its router stands in both. */
static uint64_t held(void *self)
{
    const FlitNetwork *network = self;
    const FlitNet *net = &network->common.net;
    uint64_t n = mesh_held(&network->mesh) + flit_net_held(net);
    for (uint32_t r = 0; r < network->n_queues + network->common.parts.plan->n_all_ports; r++)
        n += network->ring[r].count;
    for (uint32_t q = 0; q < network->n_queues; q++)
        n -= net->vc[flit_input_vc(net, network->ring[q].input)].count;
    return n;
}

static uint64_t waiting_for(const FlitNetwork *network, uint32_t link)
{
    uint32_t n_links = network->common.parts.plan->n_links;
    return link < n_links ? network->common.net.port[network->link_output[link]].n_waiting
                          : mesh_waiting(&network->mesh, link - n_links);
}

static int waiting(void *self, char *text, size_t n)
{
    const FlitNetwork *network = self;
    const Plan *plan = network->common.parts.plan;
    Arena *scratch = arena_new();
    uint32_t n_stuck = 0;
    int used = 0;
    for (uint32_t l = 0; l < plan->n_links + plan->n_router_links; l++) {
        uint64_t n_waiting = waiting_for(network, l);
        if (n_waiting == 0 || n_stuck++ >= MAX_LISTED || used < 0 || (size_t)used >= n)
            continue;
        used +=
            snprintf(text + used, n - (size_t)used, "%s %s (%llu)",
                     n_stuck == 1 ? "; packets wait for links" : ",",
                     topology_link_name(scratch, plan->topology, l), (unsigned long long)n_waiting);
    }
    if (n_stuck > MAX_LISTED && used >= 0 && (size_t)used < n)
        used += snprintf(text + used, n - (size_t)used, " and %u more", n_stuck - MAX_LISTED);
    arena_free(scratch);
    return used;
}

static Status init_models(Arena *arena, FlitNetwork *network, Err *err)
{
    const Plan *plan = network->common.parts.plan;
    const FlitHooks net = {network, on_route, on_leave, on_freed, on_open};
    TRY(flit_network_build(arena, network, &net, err));
    MeshHooks mesh = {.context = network, .arrival = on_queue_arrival, .out_free = on_out_free};
    TRY(mesh_init(arena, &network->mesh, plan, &mesh, err));
    network->mesh.parts = network->common.parts.parts;
    network->common.router = (RouterModel){
        .plan = plan,
        .ports = {network, port_head, port_pop, port_room_from, port_push},
        .mesh = &network->mesh,
        .hooks = {network, flit_to_host},
        .parts = network->common.parts.parts,
        .fault = network->common.parts.fault,
    };
    return router_init(arena, &network->common.router);
}

Status flit_network(Arena *arena, const NetworkParts *parts, NetworkModel *out, Err *err)
{
    if (parts->plan->mesh)
        return flit_mesh(arena, parts, out, err);
    FlitNetwork *network = ARENA_ARRAY(arena, FlitNetwork, 1);
    network->common.parts = *parts;
    network->common.enter = enter;
    *out = flit_common_model(network);
    out->inject_room = inject_room;
    out->inject = inject;
    out->finish = finish;
    out->moves = moves;
    out->held = held;
    out->waiting = waiting;
    out->waits_for = flit_waits_for;
    return init_models(arena, network, err);
}
