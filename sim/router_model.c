/* router_model.c - arbitration, look-up and replication of the event routers.
 *
 * In every router cycle each router grants one input, round robin among those whose head packet
 * finds room in the queue of every way out that it has to take. The look-up itself takes
 * lookup_cycles, pipelined, after which the copies can leave. What the table says about a key
 * was worked out by plan_trees: a packet that comes from a core or the host is found by its key,
 * one that comes over a router link carries the node of its tree.
 *
 * A slot of a port's buffer that is freed here serves the link into it from the first NoC edge
 * later than now; those of router links follow the rules of mesh_model.c. A router that can
 * grant nothing is looked at again when the first place it lacks is free. Routers do not see one
 * another's grants of the same cycle, so their order changes nothing.
 *
 * A key that no route matches, or that nobody sends, is a mistake of ours: the run ends. Cost:
 * O(log blocks) per packet sent and O(inputs + copies) per look-up; idle cycles cost nothing.
 */
#include "router_model.h"

#include <stdio.h>

#include "base/check.h"
#include "bits.h"

enum { MAX_INPUTS = 64 };

/* ---- make -------------------- */

static void add_input(RouterModel *model, uint32_t router, InputKind kind, uint32_t id)
{
    RouterState *state = &model->router[router];
    RouterInput *input = &model->input[state->first_input + state->n_inputs++];
    *input = (RouterInput){.kind = kind, .id = id, .router = router, .node = PROGRAM_NONE};
    if (kind == INPUT_QUEUE)
        model->queue_input[id] = (uint32_t)(input - model->input);
}

/* Inputs in the order of router_model.h: first how many each router has, then which. */
static void build_inputs(Arena *arena, RouterModel *model)
{
    const Plan *plan = model->plan;
    const Topology *topology = plan->topology;
    uint32_t host = topology->host_router;
    uint32_t *n_inputs = ARENA_ARRAY(arena, uint32_t, plan->n_routers);
    for (uint32_t r = 0; r < plan->n_routers; r++)
        n_inputs[r] = plan->n_ports + (r == host);
    for (uint32_t l = 0; l < plan->n_router_links; l++)
        n_inputs[topology->router_link[l].to]++;
    for (uint32_t c = 0; plan->mesh && c < plan->n_cores; c++)
        n_inputs[topology_router_of_core(topology, plan->program->core[c].core)]++;
    for (uint32_t r = 0; r < plan->n_routers; r++) {
        model->router[r].first_input = model->n_inputs;
        model->n_inputs += n_inputs[r];
    }
    model->input = ARENA_ARRAY(arena, RouterInput, model->n_inputs);
    for (uint32_t r = 0; r < plan->n_routers; r++)
        for (uint32_t p = 0; p < plan->n_ports; p++)
            add_input(model, r, INPUT_PORT, r * plan->n_ports + p);
    for (uint32_t l = 0; l < plan->n_router_links; l++)
        add_input(model, topology->router_link[l].to, INPUT_QUEUE, l);
    for (uint32_t c = 0; plan->mesh && c < plan->n_cores; c++)
        add_input(model, topology_router_of_core(topology, plan->program->core[c].core),
                  INPUT_QUEUE, plan->n_router_links + c);
    model->host_input = model->router[host].first_input + model->router[host].n_inputs;
    add_input(model, host, INPUT_HOST, 0);
}

Status router_init(Arena *arena, RouterModel *model)
{
    const Plan *plan = model->plan;
    model->router = ARENA_ARRAY(arena, RouterState, plan->n_routers);
    model->queue_input = ARENA_ARRAY(arena, uint32_t, (size_t)plan->n_router_links + plan->n_cores);
    model->active = ARENA_ARRAY(arena, uint32_t, plan->n_routers);
    model->next = ARENA_ARRAY(arena, uint32_t, plan->n_routers);
    build_inputs(arena, model);
    for (uint32_t r = 0; r < plan->n_routers; r++) {
        RouterState *router = &model->router[r];
        if (router->n_inputs > MAX_INPUTS)
            return err_set(model->fault->err, STATUS_UNSUPPORTED,
                           "chip '%s': router %u has %u inputs; at most %d can be simulated",
                           plan->chip->name, r, router->n_inputs, MAX_INPUTS);
        router->parked_since = NEVER;
        router->held_input = PROGRAM_NONE;
        router->last_input = MAX_INPUTS - 1; /* the first input goes first */
    }
    /* The host is never more than two steps ahead of the look-ups of its packets. */
    model->host_capacity = 3 * (plan->program->n_inputs + 1);
    model->host_packet = ARENA_ARRAY(arena, Packet, model->host_capacity);
    wheel_init(arena, &model->wheel, model->n_inputs + plan->n_routers);
    return STATUS_OK;
}

/* ---- one look-up -------------------- */

static void no_such_key(RouterModel *model, uint32_t router, uint32_t key)
{
    const RouteEntry *entry = program_route(model->plan->program, router, key);
    char where[32] = "event router";
    if (model->plan->n_routers > 1)
        snprintf(where, sizeof where, "event router %u", router);
    model->fault->status = err_set(model->fault->err, STATUS_INTERNAL,
                                   "%s: packet with key 0x%x arrived; no %s has that key", where,
                                   key, entry ? "source" : "route");
}

/* ---- links: MeshModel, or what stands in its place -------------------- */

/* The head of a queue; false if there is none. */
static bool queue_head(const RouterModel *model, uint32_t queue, MeshFlit *out)
{
    if (model->links.self != NULL) {
        const Packet *packet = model->links.head(model->links.self, queue, &out->node, &out->ready);
        if (packet != NULL)
            out->packet = *packet;
        return packet != NULL;
    }
    const MeshFlit *head = mesh_head(model->mesh, queue);
    if (head != NULL)
        *out = *head;
    return head != NULL;
}

/* Cycle from which a queue's head asks, or NEVER. */
static uint64_t queue_ready(const RouterModel *model, uint32_t queue)
{
    uint32_t node;
    uint64_t ready;
    if (model->links.self != NULL)
        return model->links.head(model->links.self, queue, &node, &ready) ? ready : NEVER;
    const MeshFlit *head = mesh_head(model->mesh, queue);
    return head ? head->ready : NEVER;
}

static uint64_t out_room_from(const RouterModel *model, uint32_t out)
{
    if (model->links.self != NULL)
        return model->links.room_from(model->links.self, out);
    return mesh_room(model->mesh, out) ? 0 : mesh_room_from(model->mesh, out);
}

static void send_copy(RouterModel *model, const PlanBranch *branch, const Packet *packet)
{
    if (model->links.self != NULL)
        model->links.send(model->links.self, branch->link, packet, branch->node);
    else
        mesh_send(model->mesh, branch->link, packet, branch->node);
}

static void eject_copy(RouterModel *model, const PlanNode *node, const Packet *packet)
{
    if (model->links.self != NULL)
        model->links.eject(model->links.self, node->dest, packet);
    else
        mesh_eject(model->mesh, node->dest, packet);
}

/* What is to be done with the head of an input: asked once per packet. */
static bool find_node(RouterModel *model, RouterInput *in)
{
    if (in->node != PROGRAM_NONE)
        return true;
    if (in->kind == INPUT_QUEUE) {
        MeshFlit head;
        CHECK(queue_head(model, in->id, &head));
        in->head = head.packet;
        in->node = head.node;
        if (in->node != PROGRAM_NONE)
            return true;
    } else {
        uint64_t noc_cycle;
        in->head = in->kind == INPUT_PORT
                       ? *model->ports.head(model->ports.self, in->id, &noc_cycle)
                       : model->host_packet[model->host_first];
    }
    const SourceBlock *block = plan_identify(model->plan, &in->head);
    if (block != NULL && model->plan->node[block->root].router == in->router) {
        in->node = block->root;
        return true;
    }
    no_such_key(model, in->router, in->head.key);
    return false;
}

/* 0 if every way out that the node needs has a place; else the cycle from which the first that
 * lacks one has it, or NEVER where that will be told: a port is added to *lacking. */
static uint64_t lacks_room(const RouterModel *model, const PlanNode *node, uint64_t *lacking)
{
    const Plan *plan = model->plan;
    for (uint64_t left = node->ports; left; left &= left - 1) {
        uint64_t from = model->ports.room_from(
            model->ports.self, node->router * plan->n_ports + bits_lowest(left), model->cycle);
        if (from == NEVER)
            *lacking |= left & (0 - left);
        if (from > 0)
            return from;
    }
    if (node->to_host && model->host_queue >= plan->port_packets)
        return NEVER;
    for (uint32_t b = 0; b < node->n_branches; b++) {
        uint64_t from = out_room_from(model, plan->branch[node->first_branch + b].link);
        if (from > 0)
            return from;
    }
    return node->cores ? out_room_from(model, plan->n_router_links + node->router) : 0;
}

/* Copies into the ways out. */
static void replicate(RouterModel *model, const PlanNode *node, const Packet *packet)
{
    const Plan *plan = model->plan;
    uint64_t done = model->cycle + plan->lookup_cycles;
    if (node->ports) {
        uint64_t out = plan_cross(plan, DOMAIN_ROUTER, done, DOMAIN_NOC);
        for (uint64_t left = node->ports; left; left &= left - 1) {
            uint32_t port = bits_lowest(left);
            model->ports.push(model->ports.self, node->router * plan->n_ports + port, packet,
                              &plan->range[node->first_range + port], out);
        }
    }
    for (uint32_t b = 0; b < node->n_branches; b++)
        send_copy(model, &plan->branch[node->first_branch + b], packet);
    if (node->cores)
        eject_copy(model, node, packet);
    if (node->to_host) {
        model->host_queue++;
        model->hooks.to_host(model->hooks.context, packet,
                             clock_edge_ps(&plan->clock[DOMAIN_ROUTER], done));
    }
}

/* Removes the head of an input; returns the cycle from which the next one asks, or NEVER. */
static uint64_t pop_head(RouterModel *model, const RouterInput *in)
{
    if (in->kind == INPUT_HOST) {
        model->host_first =
            model->host_first + 1 == model->host_capacity ? 0 : model->host_first + 1;
        return --model->host_count > 0 ? model->cycle + 1 : NEVER;
    }
    if (in->kind == INPUT_QUEUE) {
        if (model->links.self != NULL)
            model->links.pop(model->links.self, in->id);
        else
            mesh_pop(model->mesh, in->id);
        return queue_ready(model, in->id);
    }
    model->ports.pop(model->ports.self, in->id, model->cycle);
    uint64_t arrival;
    if (model->ports.head(model->ports.self, in->id, &arrival) == NULL)
        return NEVER;
    return plan_cross(model->plan, DOMAIN_NOC, arrival, DOMAIN_ROUTER);
}

/* Removes the granted packet; the next one of that input asks from the next cycle on, or later. */
static void pop_input(RouterModel *model, RouterState *router, uint32_t input)
{
    RouterInput *in = &model->input[router->first_input + input];
    in->node = PROGRAM_NONE;
    uint64_t ready = pop_head(model, in);
    if (ready <= model->cycle + 1)
        return; /* it asks already */
    router->requests &= ~(UINT64_C(1) << input);
    if (ready != NEVER)
        wheel_set(&model->wheel, router->first_input + input, ready);
}

static void unpark(RouterModel *model, RouterState *router)
{
    if (router->parked_since != NEVER)
        model->stall_cycles += model->cycle - router->parked_since;
    router->parked_since = NEVER;
}

static void list(RouterModel *model, uint32_t router, uint32_t *routers, uint32_t *n_routers)
{
    if (model->router[router].listed)
        return;
    model->router[router].listed = true;
    routers[(*n_routers)++] = router;
}

static void grant(RouterModel *model, uint32_t at, uint32_t input)
{
    RouterState *router = &model->router[at];
    const RouterInput *in = &model->input[router->first_input + input];
    unpark(model, router);
    router->last_input = input;
    router->lookups++;
    model->lookups++;
    model->busy_cycles++;
    model->stall_cycles += (router->requests & ~(UINT64_C(1) << input)) != 0;
    replicate(model, &model->plan->node[in->node], &in->head);
    pop_input(model, router, input);
    if (router->requests)
        list(model, at, model->next, &model->n_next);
}

static void wake_at(RouterModel *model, uint32_t router, uint64_t cycle)
{
    uint32_t id = model->n_inputs + router;
    if (model->wheel.due[id] > cycle)
        wheel_set(&model->wheel, id, cycle);
}

/* Router cycles that a look-up takes of the router: one, or what a part of the caller's own says. */
static uint64_t lookup_cycles(const RouterModel *model, uint32_t router, const Packet *packet)
{
    const Clock *clock = &model->plan->clock[DOMAIN_ROUTER];
    const LookupJob job = {
        .router = router,
        .key = packet->key,
        .payload = packet->payload,
        .begin_ps = clock_edge_ps(clock, model->cycle),
        .built_in_ps = clock_edge_ps(clock, 1),
    };
    uint64_t cycles =
        clock_edge_at_or_after(clock, model->parts->lookup(model->parts->context, &job));
    return cycles > 0 ? cycles : 1;
}

/* The look-up of an input's head begins, or goes on: true in its last cycle. No other input of
 * the router is granted in between, so places that are free at its begin stay so. */
static bool is_looked_up(RouterModel *model, uint32_t at, uint32_t input)
{
    RouterState *router = &model->router[at];
    if (model->parts->lookup == NULL)
        return true;
    if (router->held_input == PROGRAM_NONE) {
        const Packet *head = &model->input[router->first_input + input].head;
        uint64_t cycles = lookup_cycles(model, at, head);
        model->busy_cycles += cycles - 1;
        router->held_input = input;
        router->held_until = model->cycle + cycles - 1;
    }
    if (model->cycle < router->held_until) {
        wake_at(model, at, router->held_until);
        return false;
    }
    router->held_input = PROGRAM_NONE;
    return true;
}

/* One grant, if any input can have it. */
static void arbitrate(RouterModel *model, uint32_t at)
{
    RouterState *router = &model->router[at];
    uint64_t first_room = NEVER;
    uint64_t left = router->requests;
    if (router->held_input != PROGRAM_NONE)
        left &= UINT64_C(1) << router->held_input;
    router->lacking = 0;
    for (uint32_t input = router->last_input; left; left &= ~(UINT64_C(1) << input)) {
        input = bits_next_in_turn(left, input);
        RouterInput *in = &model->input[router->first_input + input];
        if (!find_node(model, in))
            return;
        uint64_t cycle = lacks_room(model, &model->plan->node[in->node], &router->lacking);
        if (cycle == 0) {
            if (is_looked_up(model, at, input))
                grant(model, at, input);
            return;
        }
        first_room = cycle < first_room ? cycle : first_room;
    }
    if (router->parked_since == NEVER)
        router->parked_since = model->cycle;
    if (first_room != NEVER)
        wake_at(model, at, first_room);
}

/* ---- one cycle -------------------- */

uint64_t router_next(const RouterModel *model)
{
    return model->n_next ? model->cycle + 1 : wheel_next(&model->wheel);
}

void router_step(RouterModel *model, uint64_t cycle)
{
    wheel_advance(&model->wheel, cycle);
    model->cycle = cycle;
    uint32_t *active = model->next, n_active = model->n_next;
    model->next = model->active;
    model->active = active;
    model->n_next = 0;
    for (uint32_t id; (id = wheel_take(&model->wheel)) != WHEEL_NONE;) {
        bool is_input = id < model->n_inputs;
        uint32_t router = is_input ? model->input[id].router : id - model->n_inputs;
        if (is_input)
            model->router[router].requests |= UINT64_C(1)
                                              << (id - model->router[router].first_input);
        list(model, router, active, &n_active);
    }
    if (model->links.self == NULL && model->mesh->n_outs > 0 && n_active > 0)
        mesh_begin(model->mesh, cycle);
    for (uint32_t i = 0; i < n_active; i++) {
        model->router[active[i]].listed = false;
        if (model->router[active[i]].requests)
            arbitrate(model, active[i]);
    }
}

/* ---- from outside -------------------- */

void router_port_arrival(RouterModel *model, uint32_t port, uint64_t noc_cycle)
{
    uint32_t n_ports = model->plan->n_ports;
    wheel_set(&model->wheel, model->router[port / n_ports].first_input + port % n_ports,
              plan_cross(model->plan, DOMAIN_NOC, noc_cycle, DOMAIN_ROUTER));
}

void router_queue_arrival(RouterModel *model, uint32_t queue, uint64_t cycle)
{
    wheel_set(&model->wheel, model->queue_input[queue], cycle);
}

void router_out_free(RouterModel *model, uint32_t router, uint64_t cycle)
{
    if (model->router[router].parked_since != NEVER)
        wake_at(model, router, cycle);
}

void router_port_free(RouterModel *model, uint32_t port, uint64_t noc_cycle)
{
    uint32_t router = port / model->plan->n_ports;
    const RouterState *state = &model->router[router];
    if (state->parked_since != NEVER && state->lacking >> port % model->plan->n_ports & 1)
        wake_at(model, router, plan_cross(model->plan, DOMAIN_NOC, noc_cycle, DOMAIN_ROUTER));
}

void router_host_arrival(RouterModel *model, const Packet *packet, uint64_t cycle)
{
    CHECK(model->host_count < model->host_capacity);
    uint32_t at = model->host_first + model->host_count;
    model->host_packet[at >= model->host_capacity ? at - model->host_capacity : at] = *packet;
    if (model->host_count++ == 0)
        wheel_set(&model->wheel, model->host_input, cycle);
}

void router_host_free(RouterModel *model, uint64_t cycle)
{
    CHECK(model->host_queue > 0);
    model->host_queue--;
    uint32_t router = model->plan->topology->host_router;
    if (model->router[router].parked_since != NEVER)
        wake_at(model, router, cycle);
}

uint64_t router_held(const RouterModel *model)
{
    return model->host_count;
}
