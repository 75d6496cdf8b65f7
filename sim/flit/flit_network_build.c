/* flit_network_build.c - the routers of FlitNet and the queues before them, from the Topology.
 *
 * Routers: the tiles of all chips, then the ports of all central routers. Inputs of a tile: the
 * links that end there, ascending, then the inject queues of its cores, ascending; of a port: its
 * queue. Outputs: links, ascending, then a tile's eject port. Rings are no longer than the packets
 * that can be under way at once.
 */
#include "base/check.h"
#include "flit_network.h"

#define MAX_RING_BYTES (UINT64_C(2) << 30)

typedef struct Build {
    FlitNetwork *network;
    const Plan *plan;
    uint32_t link_slots;
    uint32_t *n_inputs, *n_outputs; /* [routers] so far                                       */
    FlitOutput *output;             /* [routers * ports]                                      */
    uint32_t *outside;              /* [routers * ports] slots of inputs fed by queues        */
    uint32_t n_routers, n_ports;
} Build;

static uint64_t fewer(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Number over all chips of a node of one chip: tiles first, then ports. */
static uint32_t router_of(const Plan *plan, uint32_t chip, uint32_t node)
{
    uint32_t n_tiles = plan->topology->n_tiles;
    if (node < n_tiles)
        return chip * n_tiles + node;
    return plan->n_tiles + chip * plan->n_ports + (node - n_tiles);
}

static uint32_t tile_of(const Plan *plan, uint32_t core)
{
    return plan->program->core[core].core / plan->cores_per_tile;
}

static void ends_of(const Plan *plan, uint32_t link, uint32_t *from, uint32_t *to)
{
    uint32_t n_links = plan->topology->n_links, chip = link / n_links;
    *from = router_of(plan, chip, plan->topology->link[link % n_links].from);
    *to = router_of(plan, chip, plan->topology->link[link % n_links].to);
}

/* Inputs or outputs of a router, the more of both. */
static uint32_t count_ports(Build *build)
{
    const Plan *plan = build->plan;
    uint32_t most = 1, from, to;
    for (uint32_t l = 0; l < plan->n_links; l++) {
        ends_of(plan, l, &from, &to);
        build->n_outputs[from]++;
        build->n_inputs[to]++;
    }
    for (uint32_t c = 0; c < plan->n_cores; c++)
        build->n_inputs[tile_of(plan, c)]++;
    for (uint32_t r = 0; r < build->n_routers; r++) {
        uint32_t n_outputs = build->n_outputs[r] + (r < plan->n_tiles);
        most = n_outputs > most ? n_outputs : most;
        most = build->n_inputs[r] > most ? build->n_inputs[r] : most;
        build->n_inputs[r] = build->n_outputs[r] = 0;
    }
    return most;
}

static void add_links(Build *build)
{
    const Plan *plan = build->plan;
    FlitNetwork *network = build->network;
    uint32_t from, to;
    for (uint32_t l = 0; l < plan->n_links; l++) {
        ends_of(plan, l, &from, &to);
        uint32_t output = from * build->n_ports + build->n_outputs[from];
        network->link_output[l] = output;
        network->side[l] = (uint8_t)build->n_outputs[from]++;
        if (to < plan->n_tiles) {
            uint32_t input = to * build->n_ports + build->n_inputs[to]++;
            build->output[output] = (FlitOutput){FLIT_LINK, input, build->link_slots};
            continue;
        }
        build->output[output] = (FlitOutput){FLIT_OWNER, 0, build->link_slots};
        network->port_of[output] = to - plan->n_tiles;
        network->port_output[to - plan->n_tiles] = output;
    }
    for (uint32_t t = 0; t < plan->n_tiles; t++) {
        network->side[plan->n_links + t] = (uint8_t)build->n_outputs[t];
        build->output[t * build->n_ports + build->n_outputs[t]++] = (FlitOutput){FLIT_GATED, 0, 0};
    }
}

static void add_queues(Build *build)
{
    const Plan *plan = build->plan;
    FlitNetwork *network = build->network;
    for (uint32_t q = 0; q < network->n_queues; q++) {
        uint32_t router =
            q < plan->n_cores ? tile_of(plan, q) : plan->n_tiles + (q - plan->n_cores);
        uint32_t input = router * build->n_ports + build->n_inputs[router]++;
        network->ring[q].input = input;
        network->queue_of[input] = q;
        build->outside[input] = 1; /* the head; the others wait in the ring */
    }
}

/* Rings of all queues, then of the buffers before the look-ups. */
static Status build_rings(Arena *arena, FlitNetwork *network, uint32_t link_slots, Err *err)
{
    const Plan *plan = network->common.parts.plan;
    uint64_t in_flight = plan_packets_in_flight(plan), n_slots = 0;
    for (uint32_t r = 0; r < network->n_queues + plan->n_all_ports; r++) {
        Ring *ring = &network->ring[r];
        ring->first = n_slots;
        ring->capacity = (uint32_t)fewer(plan->port_packets, in_flight);
        if (r < plan->n_cores)
            ring->capacity = (uint32_t)fewer(plan->inject_packets, in_flight);
        else if (r >= network->n_queues)
            ring->capacity = link_slots;
        n_slots += ring->capacity;
    }
    if (n_slots > MAX_RING_BYTES / sizeof(Waiting))
        return err_set(err, STATUS_UNSUPPORTED,
                       "chip '%s': queues of the network hold %llu packets; at most %llu can be "
                       "simulated",
                       plan->chip->name, (unsigned long long)n_slots,
                       (unsigned long long)(MAX_RING_BYTES / sizeof(Waiting)));
    network->waiting = ARENA_ARRAY(arena, Waiting, n_slots);
    return STATUS_OK;
}

static void build_copies(Arena *arena, FlitNetwork *network, uint32_t link_slots)
{
    uint32_t n_copies = network->common.parts.plan->n_links * link_slots + network->n_queues;
    network->copy = ARENA_ARRAY(arena, Copy, n_copies);
    network->free = ARENA_ARRAY(arena, uint32_t, n_copies);
    for (network->n_free = 0; network->n_free < n_copies; network->n_free++)
        network->free[network->n_free] = n_copies - 1 - network->n_free;
}

static Status build_routers(Arena *arena, Arena *scratch, Build *build, const FlitHooks *hooks,
                            Err *err)
{
    FlitNetwork *network = build->network;
    const Plan *plan = build->plan;
    build->n_routers = plan->n_tiles + plan->n_all_ports;
    build->n_inputs = ARENA_ARRAY(scratch, uint32_t, build->n_routers);
    build->n_outputs = ARENA_ARRAY(scratch, uint32_t, build->n_routers);
    build->n_ports = count_ports(build);
    size_t n_wires = (size_t)build->n_routers * build->n_ports;
    build->output = ARENA_ARRAY(scratch, FlitOutput, n_wires);
    build->outside = ARENA_ARRAY(scratch, uint32_t, n_wires);
    network->queue_of = ARENA_ARRAY(arena, uint32_t, n_wires);
    network->port_of = ARENA_ARRAY(arena, uint32_t, n_wires);
    for (size_t w = 0; w < n_wires; w++)
        network->queue_of[w] = network->port_of[w] = PROGRAM_NONE;
    add_links(build);
    add_queues(build);
    FlitShape shape = {build->n_routers, build->n_ports, 0, build->output, build->outside};
    FlitParams params = flit_params_of(plan);
    TRY(flit_net_init(arena, &network->common.net, &shape, &params, hooks, err));
    for (size_t w = 0; w < n_wires; w++)
        network->common.net.out_vc[w].grant = 0; /* turns begin where NocModel's do */
    return STATUS_OK;
}

FlitParams flit_params_of(const Plan *plan)
{
    return (FlitParams){.n_vcs = 1,
                        .switch_alloc_cycles = 1,
                        .link_cycles = (uint32_t)(plan->hop_cycles - 1),
                        .more_phits = (uint32_t)(plan->flit_cycles - 1)};
}

Status flit_link_slots(const Plan *plan, uint32_t *out, Err *err)
{
    uint64_t slots = fewer(plan_link_slots(plan), plan_packets_in_flight(plan) * plan->n_tiles);
    if (slots > FLIT_MAX_BUFFER || plan->whole_cycles > FLIT_MAX_DELAY || plan->hop_cycles == 0)
        return err_set(err, STATUS_UNSUPPORTED,
                       "chip '%s': links of %llu slots and %llu cycles; the flit engine takes at "
                       "most %d slots and 1 to %d cycles, until the last phit of a flit is there",
                       plan->chip->name, (unsigned long long)slots,
                       (unsigned long long)plan->whole_cycles, FLIT_MAX_BUFFER, FLIT_MAX_DELAY);
    *out = (uint32_t)slots;
    return STATUS_OK;
}

Status flit_network_build(Arena *arena, FlitNetwork *network, const FlitHooks *hooks, Err *err)
{
    const Plan *plan = network->common.parts.plan;
    uint32_t slots = 0;
    TRY(flit_link_slots(plan, &slots, err));
    network->n_queues = plan->n_cores + plan->n_all_ports;
    network->common.n_entering = network->n_queues;
    network->ring = ARENA_ARRAY(arena, Ring, (size_t)network->n_queues + plan->n_all_ports);
    network->port_output = ARENA_ARRAY(arena, uint32_t, plan->n_all_ports);
    network->link_output = ARENA_ARRAY(arena, uint32_t, plan->n_links);
    network->side = ARENA_ARRAY(arena, uint8_t, (size_t)plan->n_links + plan->n_tiles);
    network->common.full = ARENA_ARRAY(arena, uint32_t, plan->n_tiles);
    wheel_init(arena, &network->common.wheel, network->n_queues + plan->n_tiles);
    TRY(build_rings(arena, network, slots, err));
    build_copies(arena, network, slots);
    Arena *scratch = arena_new();
    Build build = {.network = network, .plan = plan, .link_slots = slots};
    Status status = build_routers(arena, scratch, &build, hooks, err);
    arena_free(scratch);
    return status;
}
