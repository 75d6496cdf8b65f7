/* flit_mesh.c - the network of the `flit` engine on a mesh: links between routers, cycle by cycle,
 * in the place of MeshModel.
 *
 * The look-ups, and the copies that they make, are RouterModel's. Every way out (a router link, or
 * the eject port of a tile) is a router of FlitNet with one input, fed by the way's queue, and
 * one output: a link with credits for the buffer at its far end, or a gate that opens while the
 * FIFOs of all cores that get the packet have room. So each copy leaves in a cycle of its own,
 * and nothing about it is known before: where MeshModel works out at the look-up when a copy will
 * leave, here it leaves when it can. Room in FIFOs is taken when it leaves, not at the look-up.
 *
 * A place in a queue is taken by the look-up and free for the routers from the time at which the
 * copy has left; a slot behind a link is taken then, and serves again from the first NoC edge
 * after the look-up there.
 * Cost: that of FlitNet, one event a cycle and way out in use.
 */
#include <stdio.h>

#include "../bits.h"
#include "base/check.h"
#include "flit_network.h"

#define MAX_RING_BYTES (UINT64_C(4) << 30)
enum { MAX_LISTED = 6 }; /* links in the summary */

typedef struct FlitMesh {
    FlitCommon common; /* first. Routers, inputs and outputs of the net: the ways out; what enters:
                          the first copies of ways                                          */
    uint32_t n_ways;   /* router links, then eject ports                                    */
    uint32_t n_queues; /* buffers behind router links, then inject queues                   */
    Ring *ring;        /* [n_ways] copies that wait; then [n_queues] packets before look-ups.
                          Waiting.cursor: node of the tree, or Plan.dest                    */
    Waiting *waiting;  /* slots of all rings                                                */
} FlitMesh;

static uint64_t seen_by_router(const FlitMesh *mesh, uint64_t noc_cycle)
{
    return mesh->common.parts.plan->one_clock
               ? noc_cycle
               : plan_cross(mesh->common.parts.plan, DOMAIN_NOC, noc_cycle, DOMAIN_ROUTER);
}

static uint32_t router_of(const FlitMesh *mesh, uint32_t way)
{
    const Plan *plan = mesh->common.parts.plan;
    return way < plan->n_router_links ? plan->topology->router_link[way].from
                                      : way - plan->n_router_links;
}

/* ---- hooks of FlitNet -------------------- */

static uint32_t on_route(void *context, uint32_t router, uint32_t packet)
{
    (void)context;
    (void)router;
    (void)packet;
    return 1; /* the only way */
}

static bool on_open(void *context, uint32_t output, uint32_t packet)
{
    const FlitMesh *mesh = context;
    const PlanDest *dest =
        &mesh->common.parts.plan->dest[ring_head(mesh->waiting, &mesh->ring[output])->cursor];
    (void)packet;
    return (dest->mask & mesh->common.full[dest->tile]) == 0;
}

static void before_look_up(FlitMesh *mesh, uint32_t queue, const Waiting *waiting)
{
    Ring *ring = &mesh->ring[mesh->n_ways + queue];
    ring_push(mesh->waiting, ring, waiting);
    if (ring->count == 1)
        router_queue_arrival(&mesh->common.router, queue, waiting->ready);
}

static void on_leave(void *context, uint32_t output, uint32_t flit, uint64_t cycle)
{
    FlitMesh *mesh = context;
    const Plan *plan = mesh->common.parts.plan;
    const NetworkHooks *hooks = &mesh->common.parts.hooks;
    Waiting copy = *ring_head(mesh->waiting, &mesh->ring[output]);
    (void)flit;
    if (output < plan->n_router_links) {
        copy.ready = seen_by_router(mesh, cycle + mesh->common.net.params.more_phits);
        before_look_up(mesh, output, &copy);
        return;
    }
    hooks->deliver(hooks->context, copy.cursor, &copy.packet,
                   mesh->common.net.cycle + plan->eject_cycles);
}

static void enter(void *self, uint32_t way, uint64_t cycle)
{
    FlitMesh *mesh = self;
    flit_net_arrive(&mesh->common.net, way, 0, way | FLIT_TAIL, cycle);
}

static void on_freed(void *context, uint32_t way, uint32_t vc, uint64_t cycle)
{
    FlitMesh *mesh = context;
    Ring *ring = &mesh->ring[way];
    (void)vc;
    ring_pop(ring);
    router_out_free(&mesh->common.router, router_of(mesh, way), seen_by_router(mesh, cycle));
    if (ring->count == 0)
        return;
    uint64_t ready = ring_head(mesh->waiting, ring)->ready;
    if (ready <= cycle + 1)
        enter(mesh, way, cycle + 1);
    else
        wheel_set(&mesh->common.wheel, way, ready);
}

/* ---- links, as RouterModel sees them -------------------- */

static const Packet *queue_head(void *self, uint32_t queue, uint32_t *node, uint64_t *cycle)
{
    const FlitMesh *mesh = self;
    const Ring *ring = &mesh->ring[mesh->n_ways + queue];
    if (ring->count == 0)
        return NULL;
    const Waiting *head = ring_head(mesh->waiting, ring);
    *node = head->cursor;
    *cycle = head->ready;
    return &head->packet;
}

static void queue_pop(void *self, uint32_t queue)
{
    FlitMesh *mesh = self;
    const Plan *plan = mesh->common.parts.plan;
    const NetworkHooks *hooks = &mesh->common.parts.hooks;
    ring_pop(&mesh->ring[mesh->n_ways + queue]);
    if (queue >= plan->n_router_links) {
        hooks->inject_free(hooks->context, queue - plan->n_router_links, DOMAIN_ROUTER,
                           mesh->common.router.cycle);
        return;
    }
    uint64_t from = plan_cross_after(plan, DOMAIN_ROUTER, mesh->common.router.cycle, DOMAIN_NOC);
    flit_net_pass(&mesh->common.net, from - 1);
    flit_net_credit(&mesh->common.net, queue, 0, from);
}

static uint64_t out_room_from(void *self, uint32_t out)
{
    const FlitMesh *mesh = self;
    return mesh->ring[out].count < mesh->ring[out].capacity ? 0 : NEVER;
}

static void go_out(FlitMesh *mesh, uint32_t way, const Packet *packet, uint32_t cursor)
{
    const Plan *plan = mesh->common.parts.plan;
    uint64_t done = mesh->common.router.cycle + plan->lookup_cycles;
    Ring *ring = &mesh->ring[way];
    Waiting copy = {*packet, cursor, 0,
                    plan->one_clock ? done : plan_cross(plan, DOMAIN_ROUTER, done, DOMAIN_NOC)};
    ring_push(mesh->waiting, ring, &copy);
    if (ring->count == 1)
        wheel_set(&mesh->common.wheel, way, copy.ready);
}

static void send_copy(void *self, uint32_t link, const Packet *packet, uint32_t node)
{
    go_out(self, link, packet, node);
}

static void eject_copy(void *self, uint32_t dest, const Packet *packet)
{
    const Plan *plan = ((FlitMesh *)self)->common.parts.plan;
    go_out(self, plan->n_router_links + plan->dest[dest].tile, packet, dest);
}

/* ---- the NetworkModel -------------------- */

static bool inject_room(void *self, uint32_t core)
{
    const FlitMesh *mesh = self;
    const Ring *ring = &mesh->ring[mesh->n_ways + mesh->common.parts.plan->n_router_links + core];
    return ring->count < ring->capacity;
}

static void inject(void *self, uint32_t core, const Packet *packet, uint64_t ps)
{
    FlitMesh *mesh = self;
    const Plan *plan = mesh->common.parts.plan;
    uint64_t entered = clock_edge_at_or_after(&plan->clock[DOMAIN_NOC], ps);
    Waiting waiting = {*packet, PROGRAM_NONE, 0,
                       seen_by_router(mesh, entered + plan->inject_cycles)};
    before_look_up(mesh, plan->n_router_links + core, &waiting);
}

static void finish(void *self)
{
    const FlitMesh *mesh = self;
    Tally *tally = mesh->common.parts.tally;
    for (uint32_t l = 0; l < mesh->common.parts.plan->n_router_links; l++) {
        const FlitPort *port = &mesh->common.net.port[l];
        const uint64_t busy = port->flits * mesh->common.parts.plan->flit_cycles;
        tally->link[l] = (LinkCounts){port->flits, port->flits, busy, port->wait_cycles};
    }
    flit_count_lookups(&mesh->common);
}

static uint64_t moves(void *self)
{
    const FlitMesh *mesh = self;
    return mesh->common.net.n_moves + mesh->common.router.lookups;
}

static uint64_t held(void *self)
{
    const FlitMesh *mesh = self;
    uint64_t n = 0;
    for (uint32_t r = 0; r < mesh->n_ways + mesh->n_queues; r++)
        n += mesh->ring[r].count;
    return n;
}

/* Router links for which copies wait: where they stand in a circle, they are what is stuck. */
static int waiting(void *self, char *text, size_t n)
{
    const FlitMesh *mesh = self;
    const Topology *topology = mesh->common.parts.plan->topology;
    Arena *scratch = arena_new();
    uint32_t n_stuck = 0;
    int used = 0;
    for (uint32_t l = 0; l < mesh->common.parts.plan->n_router_links; l++) {
        uint32_t n_waiting = mesh->ring[l].count;
        if (n_waiting == 0 || n_stuck++ >= MAX_LISTED || used < 0 || (size_t)used >= n)
            continue;
        used += snprintf(text + used, n - (size_t)used, "%s %s (%u)",
                         n_stuck == 1 ? "; packets wait for links" : ",",
                         topology_router_link_name(scratch, topology, l), n_waiting);
    }
    if (n_stuck > MAX_LISTED && used >= 0 && (size_t)used < n)
        used += snprintf(text + used, n - (size_t)used, " and %u more", n_stuck - MAX_LISTED);
    arena_free(scratch);
    return used;
}

/* A place in a way out that has none: behind its link; at an eject port, in a FIFO that its head
 * wants to enter. */
static Wait place_in(const FlitMesh *mesh, uint32_t way)
{
    const Plan *plan = mesh->common.parts.plan;
    if (way < plan->n_router_links)
        return (Wait){.kind = WAIT_LINK, .id = way};
    const PlanDest *dest = &plan->dest[ring_head(mesh->waiting, &mesh->ring[way])->cursor];
    uint32_t full = dest->mask & mesh->common.full[dest->tile];
    if (full == 0)
        return (Wait){.kind = WAIT_NONE};
    return (Wait){.kind = WAIT_FIFO,
                  .id = plan->core_at[dest->tile * plan->cores_per_tile + bits_lowest(full)]};
}

/* What the packet that the look-up of a party is due for takes, or NULL. */
static const PlanNode *node_of(FlitMesh *mesh, Wait party)
{
    const Plan *plan = mesh->common.parts.plan;
    const Packet *head = NULL;
    uint32_t cursor = PROGRAM_NONE;
    uint64_t ready;
    if (party.kind == WAIT_LOOK_UP)
        head = router_host_head(&mesh->common.router);
    else if (party.kind == WAIT_LINK)
        head = queue_head(mesh, party.id, &cursor, &ready);
    else if (party.kind == WAIT_INJECT)
        head = queue_head(mesh, plan->n_router_links + party.id, &cursor, &ready);
    return head != NULL ? mesh_head_node(plan, head, cursor) : NULL;
}

/* The first way out without a place that the head of a queue needs. */
static Wait waits_for(void *self, Wait party)
{
    FlitMesh *mesh = self;
    const Plan *plan = mesh->common.parts.plan;
    const Wait nobody = {.kind = WAIT_NONE};
    const PlanNode *node = node_of(mesh, party);
    if (node == NULL)
        return nobody;
    for (uint32_t b = 0; b < node->n_branches; b++) {
        uint32_t link = plan->branch[node->first_branch + b].link;
        if (out_room_from(mesh, link) > 0)
            return place_in(mesh, link);
    }
    uint32_t eject = plan->n_router_links + node->router;
    return node->cores != 0 && out_room_from(mesh, eject) > 0 ? place_in(mesh, eject) : nobody;
}

/* ---- make -------------------- */

static uint64_t fewer(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static Status build_rings(Arena *arena, FlitMesh *mesh, uint32_t link_slots, Err *err)
{
    const Plan *plan = mesh->common.parts.plan;
    uint64_t in_flight = plan_packets_in_flight(plan), n_slots = 0;
    for (uint32_t r = 0; r < mesh->n_ways + mesh->n_queues; r++) {
        Ring *ring = &mesh->ring[r];
        ring->first = n_slots;
        if (r < mesh->n_ways)
            ring->capacity = (uint32_t)fewer(plan->port_packets, in_flight);
        else if (r < mesh->n_ways + plan->n_router_links)
            ring->capacity = link_slots;
        else
            ring->capacity = (uint32_t)fewer(plan->inject_packets, in_flight);
        n_slots += ring->capacity;
    }
    if (n_slots > MAX_RING_BYTES / sizeof(Waiting))
        return err_set(err, STATUS_UNSUPPORTED,
                       "chip '%s': buffers and queues of the routers hold %llu packets; at most "
                       "%llu can be simulated",
                       plan->chip->name, (unsigned long long)n_slots,
                       (unsigned long long)(MAX_RING_BYTES / sizeof(Waiting)));
    mesh->waiting = ARENA_ARRAY(arena, Waiting, n_slots);
    return STATUS_OK;
}

static Status build_net(Arena *arena, FlitMesh *mesh, uint32_t link_slots, Err *err)
{
    const Plan *plan = mesh->common.parts.plan;
    Arena *scratch = arena_new();
    FlitOutput *output = ARENA_ARRAY(scratch, FlitOutput, mesh->n_ways);
    uint32_t *outside = ARENA_ARRAY(scratch, uint32_t, mesh->n_ways);
    for (uint32_t w = 0; w < mesh->n_ways; w++) {
        bool is_link = w < plan->n_router_links;
        output[w] = (FlitOutput){is_link ? FLIT_OWNER : FLIT_GATED, 0, link_slots};
        outside[w] = 1; /* the first copy; the others wait in the ring */
    }
    FlitShape shape = {mesh->n_ways, 1, 0, output, outside};
    FlitParams params = flit_params_of(plan);
    FlitHooks hooks = {mesh, on_route, on_leave, on_freed, on_open};
    Status status = flit_net_init(arena, &mesh->common.net, &shape, &params, &hooks, err);
    arena_free(scratch);
    return status;
}

static Status init_models(Arena *arena, FlitMesh *mesh, Err *err)
{
    const Plan *plan = mesh->common.parts.plan;
    uint32_t link_slots;
    TRY(flit_link_slots(plan, &link_slots, err));
    mesh->n_ways = plan->n_router_links + plan->n_tiles;
    mesh->n_queues = plan->n_router_links + plan->n_cores;
    mesh->common.n_entering = mesh->n_ways;
    mesh->common.tile_router = plan->n_router_links;
    mesh->common.enter = enter;
    mesh->ring = ARENA_ARRAY(arena, Ring, (size_t)mesh->n_ways + mesh->n_queues);
    mesh->common.full = ARENA_ARRAY(arena, uint32_t, plan->n_tiles);
    wheel_init(arena, &mesh->common.wheel, mesh->n_ways + plan->n_tiles);
    TRY(build_rings(arena, mesh, link_slots, err));
    TRY(build_net(arena, mesh, link_slots, err));
    mesh->common.router = (RouterModel){
        .plan = plan,
        .links = {mesh, queue_head, queue_pop, out_room_from, send_copy, eject_copy},
        .hooks = {mesh, flit_to_host},
        .parts = mesh->common.parts.parts,
        .fault = mesh->common.parts.fault,
    };
    return router_init(arena, &mesh->common.router);
}

Status flit_mesh(Arena *arena, const NetworkParts *parts, NetworkModel *out, Err *err)
{
    FlitMesh *mesh = ARENA_ARRAY(arena, FlitMesh, 1);
    mesh->common.parts = *parts;
    *out = flit_common_model(mesh);
    out->inject_room = inject_room;
    out->inject = inject;
    out->finish = finish;
    out->moves = moves;
    out->held = held;
    out->waiting = waiting;
    out->waits_for = waits_for;
    return init_models(arena, mesh, err);
}
