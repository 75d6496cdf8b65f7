/* event_network.c - the network of the `event` engine: the wires between its models.
 *
 * NocModel (central router) or MeshModel (router in every tile, and links between chips) carry the
 * packets, RouterModel looks them up. Values reach another model ahead of time: flits take
 * hop_cycles or eject_cycles, look-ups lookup_cycles. So no domain has to look at one edge twice.
 * Cost: that of the models.
 */
#include <stdio.h>

#include "mesh_model.h"
#include "network_model.h"
#include "noc_model.h"
#include "router_model.h"

enum { MAX_LISTED = 6 }; /* links in the summary */

typedef struct CorePlace {
    uint32_t tile, k; /* core k of the tile */
} CorePlace;

typedef struct EventNetwork {
    NetworkParts parts;
    CorePlace *place; /* [n_cores] */
    NocModel noc;
    MeshModel mesh;
    RouterModel router;
} EventNetwork;

/* ---- between the models -------------------- */

static void on_deliver(void *context, uint32_t dest, const Packet *packet, uint64_t cycle)
{
    const NetworkHooks *hooks = &((EventNetwork *)context)->parts.hooks;
    hooks->deliver(hooks->context, dest, packet, cycle);
}

static void on_port_arrival(void *context, uint32_t port, uint64_t cycle)
{
    router_port_arrival(&((EventNetwork *)context)->router, port, cycle);
}

static void on_inject_free(void *context, uint32_t core, uint64_t cycle)
{
    const NetworkHooks *hooks = &((EventNetwork *)context)->parts.hooks;
    hooks->inject_free(hooks->context, core, DOMAIN_NOC, cycle);
}

static uint64_t on_room_from(void *context, uint32_t dest)
{
    const NetworkHooks *hooks = &((EventNetwork *)context)->parts.hooks;
    return hooks->room_from(hooks->context, dest);
}

static void on_expect(void *context, uint32_t dest)
{
    const NetworkHooks *hooks = &((EventNetwork *)context)->parts.hooks;
    hooks->expect(hooks->context, dest);
}

static void on_port_free(void *context, uint32_t port, uint64_t cycle)
{
    router_port_free(&((EventNetwork *)context)->router, port, cycle);
}

static void on_queue_arrival(void *context, uint32_t queue, uint64_t cycle)
{
    router_queue_arrival(&((EventNetwork *)context)->router, queue, cycle);
}

static void on_out_free(void *context, uint32_t router, uint64_t cycle)
{
    router_out_free(&((EventNetwork *)context)->router, router, cycle);
}

static void on_mesh_inject_free(void *context, uint32_t core, uint64_t cycle)
{
    const NetworkHooks *hooks = &((EventNetwork *)context)->parts.hooks;
    hooks->inject_free(hooks->context, core, DOMAIN_ROUTER, cycle);
}

static void on_to_host(void *context, const Packet *packet, uint64_t available_ps)
{
    const NetworkHooks *hooks = &((EventNetwork *)context)->parts.hooks;
    hooks->to_host(hooks->context, packet, available_ps);
}

/* ---- the NetworkModel -------------------- */

static bool inject_room(void *self, uint32_t core)
{
    const EventNetwork *network = self;
    return noc_inject_room(&network->noc, core);
}

static bool mesh_has_room(void *self, uint32_t core)
{
    const EventNetwork *network = self;
    return mesh_inject_room(&network->mesh, core);
}

static void inject(void *self, uint32_t core, const Packet *packet, uint64_t ps)
{
    noc_inject(&((EventNetwork *)self)->noc, core, packet, ps);
}

static void inject_mesh(void *self, uint32_t core, const Packet *packet, uint64_t ps)
{
    mesh_inject(&((EventNetwork *)self)->mesh, core, packet, ps);
}

static void fifo_full(void *self, uint32_t core)
{
    EventNetwork *network = self;
    const CorePlace *place = &network->place[core];
    if (network->parts.plan->mesh)
        mesh_fifo_full(&network->mesh, place->tile, place->k);
    else
        noc_fifo_full(&network->noc, place->tile, place->k);
}

static void fifo_free(void *self, uint32_t core, uint64_t ps)
{
    EventNetwork *network = self;
    const CorePlace *place = &network->place[core];
    if (network->parts.plan->mesh)
        mesh_fifo_free(&network->mesh, place->tile, place->k, ps);
    else
        noc_fifo_free(&network->noc, place->tile, place->k, ps);
}

static bool asks_room(void *self, uint32_t core)
{
    const EventNetwork *network = self;
    return !network->parts.plan->mesh && noc_asks_room(&network->noc, network->place[core].tile);
}

static void settle(void *self)
{
    noc_settle(&((EventNetwork *)self)->noc);
}

static void host_arrival(void *self, const Packet *packet, uint64_t cycle)
{
    router_host_arrival(&((EventNetwork *)self)->router, packet, cycle);
}

static void host_free(void *self, uint64_t cycle)
{
    router_host_free(&((EventNetwork *)self)->router, cycle);
}

static uint64_t next(void *self, Domain domain)
{
    const EventNetwork *network = self;
    return domain == DOMAIN_NOC ? noc_next(&network->noc) : router_next(&network->router);
}

static uint64_t next_on_mesh(void *self, Domain domain)
{
    const EventNetwork *network = self;
    return domain == DOMAIN_NOC ? mesh_next(&network->mesh) : router_next(&network->router);
}

static void step(void *self, Domain domain, uint64_t cycle)
{
    EventNetwork *network = self;
    if (domain == DOMAIN_NOC)
        noc_step(&network->noc, cycle);
    else
        router_step(&network->router, cycle);
}

static void step_on_mesh(void *self, Domain domain, uint64_t cycle)
{
    EventNetwork *network = self;
    if (domain == DOMAIN_NOC)
        mesh_step(&network->mesh, cycle);
    else
        router_step(&network->router, cycle);
}

static void finish(void *self)
{
    EventNetwork *network = self;
    const RouterModel *router = &network->router;
    Tally *tally = network->parts.tally;
    noc_finish(&network->noc);
    mesh_finish(&network->mesh, &tally->link[network->parts.plan->n_links]);
    for (uint32_t r = 0; r < network->parts.plan->n_routers; r++)
        tally->router_lookups[r] = router->router[r].lookups;
    tally->router = (RouterCounts){router->lookups, router->busy_cycles, router->stall_cycles};
}

static uint64_t moves(void *self)
{
    const EventNetwork *network = self;
    return noc_moves(&network->noc) + network->mesh.n_moves + network->router.lookups;
}

static uint64_t held(void *self)
{
    const EventNetwork *network = self;
    return noc_held(&network->noc) + mesh_held(&network->mesh);
}

static uint64_t held_from_host(void *self)
{
    return router_held(&((EventNetwork *)self)->router);
}

/* Router links for which copies wait: where they stand in a circle, they are what is stuck. */
static int waiting(void *self, char *text, size_t n)
{
    const EventNetwork *network = self;
    const Plan *plan = network->parts.plan;
    Arena *scratch = arena_new();
    uint32_t n_stuck = 0;
    int used = 0;
    for (uint32_t l = 0; l < plan->n_router_links; l++) {
        uint32_t n_waiting = mesh_waiting(&network->mesh, l);
        if (n_waiting == 0 || n_stuck++ >= MAX_LISTED || used < 0 || (size_t)used >= n)
            continue;
        used += snprintf(text + used, n - (size_t)used, "%s %s (%u)",
                         n_stuck == 1 ? "; packets wait for links" : ",",
                         topology_link_name(scratch, plan->topology, plan->n_links + l), n_waiting);
    }
    if (n_stuck > MAX_LISTED && used >= 0 && (size_t)used < n)
        used += snprintf(text + used, n - (size_t)used, " and %u more", n_stuck - MAX_LISTED);
    arena_free(scratch);
    return used;
}

static Wait waits_for(void *self, Wait queue)
{
    const EventNetwork *network = self;
    if (queue.kind != WAIT_LOOK_UP)
        return mesh_waits_for(&network->mesh, queue);
    const Packet *head = router_host_head(&network->router);
    const PlanNode *node = head ? mesh_head_node(network->parts.plan, head, PROGRAM_NONE) : NULL;
    return node ? mesh_node_waits(&network->mesh, node) : (Wait){.kind = WAIT_NONE};
}

static Status init_models(Arena *arena, EventNetwork *network, Err *err)
{
    const Plan *plan = network->parts.plan;
    NocHooks noc = {network,      on_deliver,   on_port_arrival, on_inject_free,
                    on_port_free, on_room_from, on_expect};
    TRY(noc_init(arena, &network->noc, plan, &noc, network->parts.tally->link, err));
    MeshHooks mesh = {network, on_deliver, on_queue_arrival, on_out_free, on_mesh_inject_free};
    TRY(mesh_init(arena, &network->mesh, plan, &mesh, err));
    network->mesh.parts = network->parts.parts;
    network->router = (RouterModel){
        .plan = plan,
        .ports = noc_ports(&network->noc),
        .mesh = &network->mesh,
        .hooks = {network, on_to_host},
        .parts = network->parts.parts,
        .fault = network->parts.fault,
    };
    return router_init(arena, &network->router);
}

Status event_network(Arena *arena, const NetworkParts *parts, NetworkModel *out, Err *err)
{
    EventNetwork *network = ARENA_ARRAY(arena, EventNetwork, 1);
    bool mesh = parts->plan->mesh;
    network->parts = *parts;
    network->place = ARENA_ARRAY(arena, CorePlace, parts->plan->n_cores);
    for (uint32_t c = 0; c < parts->plan->n_cores; c++) {
        uint32_t id = parts->plan->program->core[c].core, per_tile = parts->plan->cores_per_tile;
        network->place[c] = (CorePlace){id / per_tile, id % per_tile};
    }
    *out = (NetworkModel){
        .self = network,
        .inject_room = mesh ? mesh_has_room : inject_room,
        .inject = mesh ? inject_mesh : inject,
        .fifo_full = fifo_full,
        .fifo_free = fifo_free,
        .asks_room = asks_room,
        .settle = settle,
        .host_arrival = host_arrival,
        .host_free = host_free,
        .next = mesh ? next_on_mesh : next,
        .step = mesh ? step_on_mesh : step,
        .finish = finish,
        .moves = moves,
        .held = held,
        .held_from_host = held_from_host,
        .waiting = waiting,
        .waits_for = waits_for,
    };
    return init_models(arena, network, err);
}
