/* noc_build.c - the graph of queues and outputs of a NocModel, from the Topology.
 *
 * On a board every chip has the same network; they stand side by side in one graph. A mesh has a
 * router in every tile instead (mesh_model.c): its graph is empty.
 *
 * Queues: one buffer behind every link, with the stages of the link itself, one inject queue per
 * core in use, one queue per router port. Outputs: every link, and the eject port of every tile.
 * A node's inputs are the links that end at it, ascending, then the inject queues of its cores,
 * ascending; a router port's only input is its queue. Rings are no longer than the packets that
 * can be under way at once.
 */
#include "noc_model.h"

#include "base/check.h"

#define MAX_RING_BYTES (UINT64_C(2) << 30)
enum { MAX_NODE_INPUTS = 64 };

static uint32_t ring_slots(uint64_t wanted, uint64_t in_flight)
{
    return (uint32_t)(wanted < in_flight ? wanted : in_flight);
}

/* Links and ports that are not the FanModel's have rings here. */
static Status build_queues(Arena *arena, NocModel *noc, Err *err)
{
    const Plan *plan = noc->plan;
    uint64_t in_flight = plan_packets_in_flight(plan);
    uint32_t port_slots = ring_slots(plan->port_packets, in_flight);
    uint32_t inject_slots = ring_slots(plan->inject_packets, in_flight);
    /* a packet is at most one flit per link */
    uint32_t link_slots = ring_slots(plan_link_slots(plan), in_flight * plan->n_tiles);
    noc->n_queues = plan->n_links + plan->n_cores + plan->n_all_ports;
    noc->queue = ARENA_ARRAY(arena, NocQueue, noc->n_queues);
    uint64_t n_slots = (uint64_t)link_slots * plan->n_links +
                       (uint64_t)inject_slots * plan->n_cores +
                       (uint64_t)port_slots * plan->n_all_ports;
    if (n_slots > MAX_RING_BYTES / sizeof(Flit))
        return err_set(
            err, STATUS_UNSUPPORTED,
            "chip '%s': buffers and queues of the network hold %llu packets; at most %llu can "
            "be simulated",
            plan->chip->name, (unsigned long long)n_slots,
            (unsigned long long)(MAX_RING_BYTES / sizeof(Flit)));
    const FanHooks hooks = {noc->hooks.context, noc->hooks.deliver, noc->hooks.port_free,
                            noc->hooks.room_from, noc->hooks.expect};
    fan_init(arena, &noc->fan, plan, &hooks, noc->full, link_slots, port_slots);
    n_slots = 0;
    for (uint32_t q = 0; q < noc->n_queues; q++) {
        uint32_t port = q - plan->n_links - plan->n_cores, slots = inject_slots;
        if (q < plan->n_links)
            slots = fan_has_link(&noc->fan, q) ? 0 : link_slots;
        else if (q >= plan->n_links + plan->n_cores)
            slots = noc->fan.port[port].works ? 0 : port_slots;
        noc->queue[q].first = n_slots;
        noc->queue[q].capacity = slots;
        n_slots += slots;
    }
    noc->flit = ARENA_ARRAY(arena, Flit, n_slots);
    return STATUS_OK;
}

/* Number over all chips of a node of one chip: tiles first, then ports. */
static uint32_t node_of(const Plan *plan, uint32_t chip, uint32_t node)
{
    uint32_t n_tiles = plan->topology->n_tiles;
    if (node < n_tiles)
        return chip * n_tiles + node;
    return plan->n_tiles + chip * plan->n_ports + (node - n_tiles);
}

static uint32_t link_from(const Plan *plan, uint32_t link)
{
    uint32_t n_links = plan->topology->n_links;
    return node_of(plan, link / n_links, plan->topology->link[link % n_links].from);
}

static uint32_t link_to(const Plan *plan, uint32_t link)
{
    uint32_t n_links = plan->topology->n_links;
    return node_of(plan, link / n_links, plan->topology->link[link % n_links].to);
}

static void add_input(NocModel *noc, uint32_t *n_inputs, const uint32_t *first_input, uint32_t node,
                      uint32_t queue)
{
    noc->queue[queue].request = n_inputs[node];
    noc->input[first_input[node] + n_inputs[node]++] = queue;
}

/* Inputs of every tile, then of every port: how many, then which. first_input is [nodes + 1]. */
static void build_inputs(Arena *arena, NocModel *noc, uint32_t *first_input)
{
    const Plan *plan = noc->plan;
    uint32_t n_nodes = plan->n_tiles + plan->n_all_ports;
    for (uint32_t l = 0; l < plan->n_links; l++)
        if (link_to(plan, l) < plan->n_tiles)
            first_input[link_to(plan, l) + 1]++;
    for (uint32_t c = 0; c < plan->n_cores; c++)
        first_input[plan->program->core[c].core / plan->cores_per_tile + 1]++;
    for (uint32_t p = 0; p < plan->n_all_ports; p++)
        first_input[plan->n_tiles + p + 1] = 1;
    for (uint32_t n = 0; n < n_nodes; n++)
        first_input[n + 1] += first_input[n];
    uint32_t *n_inputs = ARENA_ARRAY(arena, uint32_t, n_nodes);
    for (uint32_t l = 0; l < plan->n_links; l++)
        if (link_to(plan, l) < plan->n_tiles)
            add_input(noc, n_inputs, first_input, link_to(plan, l), l);
    for (uint32_t c = 0; c < plan->n_cores; c++)
        add_input(noc, n_inputs, first_input, plan->program->core[c].core / plan->cores_per_tile,
                  plan->n_links + c);
    for (uint32_t p = 0; p < plan->n_all_ports; p++)
        add_input(noc, n_inputs, first_input, plan->n_tiles + p, plan->n_links + plan->n_cores + p);
}

static void build_outputs(NocModel *noc, const uint32_t *first_input)
{
    const Plan *plan = noc->plan;
    for (uint32_t o = 0; o < noc->n_outputs; o++) {
        NocOutput *output = &noc->output[o];
        *output = (NocOutput){.parked_since = NEVER, .port = PROGRAM_NONE};
        uint32_t node = o < plan->n_links ? link_from(plan, o) : o - plan->n_links;
        output->first_input = first_input[node];
        CHECK(first_input[node + 1] - first_input[node] <= MAX_NODE_INPUTS);
        if (o >= plan->n_links)
            continue;
        uint32_t to = link_to(plan, o);
        output->credits = noc->queue[o].capacity;
        output->out_of_router = node >= plan->n_tiles;
        output->into_router = to >= plan->n_tiles;
        if (output->out_of_router)
            output->port = node - plan->n_tiles;
        if (output->into_router) {
            output->port = to - plan->n_tiles;
            noc->port_link_in[output->port] = o;
        }
    }
}

Status noc_init(Arena *arena, NocModel *noc, const Plan *plan, const NocHooks *hooks,
                LinkCounts *link, Err *err)
{
    *noc = (NocModel){.plan = plan, .hooks = *hooks, .link = link};
    if (plan->mesh) {
        wheel_init(arena, &noc->wheel, 0);
        return STATUS_OK;
    }
    noc->n_outputs = plan->n_links + plan->n_tiles;
    noc->full = ARENA_ARRAY(arena, uint32_t, plan->n_tiles);
    TRY(build_queues(arena, noc, err));
    noc->output = ARENA_ARRAY(arena, NocOutput, noc->n_outputs);
    noc->input = ARENA_ARRAY(arena, uint32_t, noc->n_queues);
    noc->port_of = ARENA_ARRAY(arena, uint32_t, plan->n_tiles);
    for (uint32_t t = 0; t < plan->n_tiles; t++)
        noc->port_of[t] = t / plan->topology->n_tiles * plan->n_ports +
                          plan->topology->from_router[t % plan->topology->n_tiles].port;
    noc->port_link_in = ARENA_ARRAY(arena, uint32_t, plan->n_all_ports);
    noc->active = ARENA_ARRAY(arena, uint32_t, noc->n_outputs);
    noc->next = ARENA_ARRAY(arena, uint32_t, noc->n_outputs);
    noc->popped = ARENA_ARRAY(arena, uint32_t, noc->n_queues);
    wheel_init(arena, &noc->wheel, noc->n_queues + noc->n_outputs);
    uint32_t *first_input =
        ARENA_ARRAY(arena, uint32_t, (size_t)plan->n_tiles + plan->n_all_ports + 1);
    build_inputs(arena, noc, first_input);
    build_outputs(noc, first_input);
    return STATUS_OK;
}
