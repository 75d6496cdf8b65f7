/* router_model.c - arbitration, look-up and replication of the central event router.
 *
 * Inputs are the buffers of the router's ports and the link from the host. In every router cycle
 * one input is granted, round robin among those whose head packet finds room in the queue of
 * every port it has to leave by. The look-up itself is a search of the Program's table by key; it
 * takes lookup_cycles, pipelined, after which the copies can leave on the next NoC edge. A slot
 * of a port's buffer that is freed here serves the link into it from the first NoC edge later
 * than now.
 *
 * A key that no route matches, or that nobody sends, is a mistake of ours: the run ends.
 * Cost: O(log routes + ports) per packet; idle cycles cost nothing.
 */
#include "router_model.h"

#include "base/check.h"

void router_init(Arena *arena, RouterModel *router, const Plan *plan, NocModel *noc,
                 const RouterHooks *hooks, Fault *fault)
{
    *router = (RouterModel){.plan = plan, .noc = noc, .hooks = *hooks, .fault = fault};
    router->parked_since = NEVER;
    router->last_input = plan->n_ports; /* port 0 goes first */
    router->input = ARENA_ARRAY(arena, RouterInput, (size_t)plan->n_ports + 1);
    for (uint32_t i = 0; i <= plan->n_ports; i++)
        router->input[i].route = PROGRAM_NONE;
    /* The host is never more than two steps ahead of the look-ups of its packets. */
    router->host_capacity = 3 * (plan->program->n_inputs + 1);
    router->host_packet = ARENA_ARRAY(arena, Packet, router->host_capacity);
    wheel_init(arena, &router->wheel, plan->n_ports + 2);
}

static const Packet *input_head(const RouterModel *router, uint32_t input)
{
    if (input < router->plan->n_ports)
        return &noc_port_head(router->noc, input)->packet;
    return &router->host_packet[router->host_first];
}

/* Look-up of the head of an input: once per packet. */
static bool find_route(RouterModel *router, uint32_t input)
{
    RouterInput *in = &router->input[input];
    if (in->route != PROGRAM_NONE)
        return true;
    const Program *program = router->plan->program;
    in->head = *input_head(router, input);
    const RouteEntry *entry = program_route(program, 0, in->head.key);
    if (entry != NULL && plan_identify(router->plan, &in->head)) {
        in->route = (uint32_t)(entry - program->table[0].entry);
        return true;
    }
    router->fault->status =
        err_set(router->fault->err, STATUS_INTERNAL,
                "event router: packet with key 0x%x arrived; no %s has that key", in->head.key,
                entry ? "source" : "route");
    return false;
}

static bool has_room(const RouterModel *router, uint32_t route)
{
    uint32_t n_ports = router->plan->n_ports;
    uint64_t needed = router->plan->route[route].port_mask;
    for (uint32_t port = 0; port < n_ports; port++)
        if ((needed >> port & 1) && !noc_port_room(router->noc, port))
            return false;
    return !(needed >> n_ports & 1) || router->host_queue < router->plan->port_packets;
}

/* Copies into the queues of the ports, and for the host. */
static void replicate(RouterModel *router, const RouterInput *in, uint64_t cycle)
{
    const Plan *plan = router->plan;
    const PlanRoute *route = &plan->route[in->route];
    uint64_t done_ps = clock_edge_ps(&plan->clock[DOMAIN_ROUTER], cycle + plan->lookup_cycles);
    uint64_t out = clock_edge_at_or_after(&plan->clock[DOMAIN_NOC], done_ps);
    for (uint32_t port = 0; port < plan->n_ports; port++)
        if (route->port_mask >> port & 1)
            noc_port_push(router->noc, port, &in->head, &plan->range[route->first_range + port],
                          out);
    if (route->port_mask >> plan->n_ports & 1) {
        router->host_queue++;
        router->hooks.to_host(router->hooks.context, &in->head, done_ps);
    }
}

/* Removes the granted packet; the next one of that input asks from the next cycle on, or later. */
static void pop_input(RouterModel *router, uint32_t input, uint64_t cycle)
{
    router->input[input].route = PROGRAM_NONE;
    router->requests &= ~(UINT64_C(1) << input);
    if (input == router->plan->n_ports) {
        router->host_first =
            router->host_first + 1 == router->host_capacity ? 0 : router->host_first + 1;
        if (--router->host_count > 0)
            router->requests |= UINT64_C(1) << input;
        return;
    }
    noc_port_pop(router->noc, input, cycle);
    const Flit *head = noc_port_head(router->noc, input);
    if (head == NULL)
        return;
    uint64_t ready = plan_cross(router->plan, DOMAIN_NOC, head->ready, DOMAIN_ROUTER);
    if (ready <= cycle + 1)
        router->requests |= UINT64_C(1) << input;
    else
        wheel_set(&router->wheel, input, ready);
}

static void unpark(RouterModel *router, uint64_t cycle)
{
    if (router->parked_since != NEVER)
        router->stall_cycles += cycle - router->parked_since;
    router->parked_since = NEVER;
}

/* One grant, if any input can have it. */
static void arbitrate(RouterModel *router, uint64_t cycle)
{
    uint32_t n_inputs = router->plan->n_ports + 1;
    for (uint32_t i = 1; i <= n_inputs; i++) {
        uint32_t input = (router->last_input + i) % n_inputs;
        if (!(router->requests >> input & 1))
            continue;
        if (!find_route(router, input))
            return;
        if (!has_room(router, router->input[input].route))
            continue;
        unpark(router, cycle);
        router->last_input = input;
        router->lookups++;
        router->busy_cycles++;
        router->stall_cycles += (router->requests & ~(UINT64_C(1) << input)) != 0;
        replicate(router, &router->input[input], cycle);
        pop_input(router, input, cycle);
        router->active = router->requests != 0;
        return;
    }
    if (router->parked_since == NEVER)
        router->parked_since = cycle;
}

uint64_t router_next(const RouterModel *router)
{
    return router->active ? router->cycle + 1 : wheel_next(&router->wheel);
}

void router_step(RouterModel *router, uint64_t cycle)
{
    wheel_advance(&router->wheel, cycle);
    router->cycle = cycle;
    router->active = false;
    for (uint32_t id; (id = wheel_take(&router->wheel)) != WHEEL_NONE;)
        if (id <= router->plan->n_ports)
            router->requests |= UINT64_C(1) << id;
    if (router->requests)
        arbitrate(router, cycle);
}

void router_port_arrival(RouterModel *router, uint32_t port, uint64_t noc_cycle)
{
    wheel_set(&router->wheel, port, plan_cross(router->plan, DOMAIN_NOC, noc_cycle, DOMAIN_ROUTER));
}

static void wake(RouterModel *router, uint64_t cycle)
{
    uint32_t id = router->plan->n_ports + 1;
    if (router->parked_since != NEVER && router->wheel.due[id] > cycle)
        wheel_set(&router->wheel, id, cycle);
}

void router_port_free(RouterModel *router, uint64_t noc_cycle)
{
    if (router->parked_since != NEVER)
        wake(router, plan_cross(router->plan, DOMAIN_NOC, noc_cycle, DOMAIN_ROUTER));
}

void router_host_arrival(RouterModel *router, const Packet *packet, uint64_t cycle)
{
    CHECK(router->host_count < router->host_capacity);
    uint32_t at = router->host_first + router->host_count;
    router->host_packet[at >= router->host_capacity ? at - router->host_capacity : at] = *packet;
    if (router->host_count++ == 0)
        wheel_set(&router->wheel, router->plan->n_ports, cycle);
}

void router_host_free(RouterModel *router, uint64_t cycle)
{
    CHECK(router->host_queue > 0);
    router->host_queue--;
    wake(router, cycle);
}

uint64_t router_held(const RouterModel *router)
{
    return router->host_count;
}
