/* flit_net.c - the network around its routers: made from a shape, driven by a calendar.
 *
 * A cycle has two phases. First the calendar says what has come: flits into buffers, credits,
 * packets that have been routed or hold an output VC long enough. Then every port of a router that
 * has something to decide does (flit_router.c); all that follows from a decision is put into the
 * calendar of later cycles. So routers see nothing of one another within a cycle and their order
 * changes nothing. With no port to look at, time goes on to the next entry.
 *
 * The calendar has FLIT_SLOTS cycles. How much a cycle can bring is bounded by the wires (a flit an
 * input, a credit an input and output), so it never grows: nothing is allocated while running.
 * Cost: O(flits that move), not routers times cycles.
 */
#include "flit_net.h"

#include "flit_router.h"

/* ---- make -------------------- */

static Status check_limits(const FlitShape *shape, const FlitParams *params, Err *err)
{
    uint32_t delay = params->routing_cycles + params->vc_alloc_cycles +
                     params->switch_alloc_cycles + params->traversal_cycles + params->link_cycles +
                     params->credit_cycles + params->more_phits;
    if (params->n_vcs == 0 || params->n_vcs > FLIT_MAX_VCS)
        return err_set(err, STATUS_UNSUPPORTED, "network: %u virtual channels; expected 1 to %d",
                       params->n_vcs, FLIT_MAX_VCS);
    CHECK(params->more_phits == 0 || params->n_vcs == 1);
    if (shape->n_ports > FLIT_MAX_PORTS || shape->n_ports * params->n_vcs > FLIT_MAX_INPUTS)
        return err_set(err, STATUS_UNSUPPORTED,
                       "network: routers with %u ports of %u virtual channels; at most %d ports "
                       "and %d virtual channels of a router can be simulated",
                       shape->n_ports, params->n_vcs, FLIT_MAX_PORTS, FLIT_MAX_INPUTS);
    if (delay > FLIT_MAX_DELAY || params->switch_alloc_cycles == 0)
        return err_set(err, STATUS_UNSUPPORTED,
                       "network: delays of %u cycles in all, %u of them for the switch; expected "
                       "at most %d, and at least 1 for the switch",
                       delay, params->switch_alloc_cycles, FLIT_MAX_DELAY);
    return STATUS_OK;
}

/* Zeros that begin on a line of the cache. */
static void *lines(Arena *arena, size_t n_bytes)
{
    enum { LINE = 64 };
    uint8_t *bytes = ARENA_ARRAY(arena, uint8_t, n_bytes + LINE);
    return bytes + (LINE - (uintptr_t)bytes % LINE) % LINE;
}

static void init_port(FlitNet *net, uint32_t at, const FlitOutput *output)
{
    uint32_t n_vcs = net->params.n_vcs, slots = output->end == FLIT_GATED ? 1 : output->slots;
    CHECK(slots <= UINT16_MAX);
    net->port[at] = (FlitPort){
        .end = (uint16_t)output->end,
        .number = (uint16_t)(at % net->n_ports),
        .first_vc = at / net->n_ports << net->stride_bits,
        .free_vcs = (uint16_t)((UINT32_C(1) << n_vcs) - 1),
        .grant = FLIT_MAX_INPUTS - 1, /* the first goes first */
        .accept = FLIT_MAX_INPUTS - 1,
        .accept_vc = FLIT_MAX_INPUTS - 1,
    };
    for (uint32_t v = 0; v < n_vcs; v++)
        net->out_vc[at * n_vcs + v] = (FlitOutVc){
            .owner = FLIT_OUTSIDE,
            .to = output->end == FLIT_LINK ? flit_input_vc(net, output->to) + v : FLIT_OUTSIDE,
            .port = at,
            .credits = (uint16_t)slots,
            .grant = FLIT_MAX_INPUTS - 1,
        };
}

static void init_ports(FlitNet *net, const FlitShape *shape)
{
    uint32_t n_wires = net->n_routers * net->n_ports;
    for (uint32_t in = 0; in < n_wires; in++)
        net->input[in] = FLIT_OUTSIDE;
    for (uint32_t o = 0; o < n_wires + net->n_feeders; o++) {
        if (shape->output[o].end == FLIT_LINK)
            net->input[shape->output[o].to] = o;
        init_port(net, o, &shape->output[o]);
    }
}

/* Slots of the VCs, one input after the other; returns how many in all. */
static uint64_t place_slots(FlitNet *net, const FlitShape *shape)
{
    uint64_t first = 0;
    for (uint32_t in = 0; in < net->n_routers * net->n_ports; in++) {
        uint32_t slots = shape->outside ? shape->outside[in] : 0;
        uint32_t before = net->input[in], n_vcs = net->params.n_vcs;
        if (before != FLIT_OUTSIDE)
            slots = shape->output[before].slots;
        CHECK(slots <= UINT16_MAX);
        for (uint32_t v = 0; v < n_vcs; v++, first += slots)
            net->vc[flit_input_vc(net, in) + v] =
                (FlitVc){.first = (uint32_t)first,
                         .back = before == FLIT_OUTSIDE ? FLIT_OUTSIDE : before * n_vcs + v,
                         .capacity = (uint16_t)slots,
                         .accept = UINT16_MAX}; /* beyond all ports */
    }
    return first;
}

static void init_calendar(Arena *arena, FlitNet *net, const FlitShape *shape)
{
    uint32_t n_wires = net->n_routers * net->n_ports, n_vcs = net->params.n_vcs;
    size_t max_wakes = (size_t)net->n_routers * net->stride + (size_t)n_wires * (n_vcs + 1);
    size_t max_credits = 2 * (size_t)n_wires;
    for (uint32_t o = 0; o < n_wires; o++)
        if (shape->output[o].end == FLIT_OWNER)
            max_credits += (size_t)shape->output[o].slots * n_vcs;
    for (uint32_t slot = 0; slot < FLIT_SLOTS; slot++)
        net->calendar.slot[slot] = (FlitDue){
            .arrival = ARENA_ARRAY(arena, FlitArrival, n_wires),
            .credit = ARENA_ARRAY(arena, uint32_t, max_credits),
            .wake = ARENA_ARRAY(arena, uint32_t, max_wakes),
            .departure = ARENA_ARRAY(arena, FlitArrival, net->params.more_phits > 0 ? n_wires : 0),
        };
}

static void init_set(Arena *arena, FlitNet *net, FlitSet *set)
{
    set->word = ARENA_ARRAY(arena, uint64_t, (size_t)net->n_sums * 64);
    set->sum = ARENA_ARRAY(arena, uint64_t, net->n_sums);
}

Status flit_net_init(Arena *arena, FlitNet *net, const FlitShape *shape, const FlitParams *params,
                     const FlitHooks *hooks, Err *err)
{
    TRY(check_limits(shape, params, err));
    *net = (FlitNet){.params = *params,
                     .hooks = *hooks,
                     .n_routers = shape->n_routers,
                     .n_ports = shape->n_ports,
                     .n_feeders = shape->n_feeders};
    while ((UINT32_C(1) << net->stride_bits) < net->n_ports * params->n_vcs)
        net->stride_bits++;
    net->stride = UINT32_C(1) << net->stride_bits;
    net->hop_cycles = params->switch_alloc_cycles + params->traversal_cycles + params->link_cycles;
    net->credit_cycles = 1 + params->credit_cycles;
    size_t n_wires = (size_t)net->n_routers * net->n_ports, n_outputs = n_wires + net->n_feeders;
    size_t n_vcs = (size_t)net->n_routers * net->stride;
    net->n_sums = (uint32_t)(n_wires / 4096 + 1);
    net->port = lines(arena, n_outputs * sizeof(FlitPort));
    net->input = ARENA_ARRAY(arena, uint32_t, n_wires);
    net->vc = lines(arena, n_vcs * sizeof(FlitVc));
    net->branch = ARENA_ARRAY(arena, FlitBranch, n_vcs * net->n_ports);
    net->out_vc = ARENA_ARRAY(arena, FlitOutVc, n_outputs * params->n_vcs);
    net->port_of = ARENA_ARRAY(arena, uint16_t, net->stride);
    net->granted = ARENA_ARRAY(arena, uint32_t, n_wires);
    net->served = ARENA_ARRAY(arena, uint32_t, n_wires + 1); /* of the last, no input may be new */
    init_set(arena, net, &net->asked);
    init_set(arena, net, &net->wanted);
    init_ports(net, shape);
    uint64_t n_slots = place_slots(net, shape);
    if (n_slots > UINT32_MAX)
        return err_set(err, STATUS_UNSUPPORTED,
                       "network: buffers of %llu flits in all; at most %llu can be simulated",
                       (unsigned long long)n_slots, (unsigned long long)UINT32_MAX);
    net->flit = ARENA_ARRAY(arena, uint32_t, n_slots);
    for (uint32_t at = 0; at < net->stride; at++)
        net->port_of[at] = (uint16_t)(at / params->n_vcs);
    init_calendar(arena, net, shape);
    return STATUS_OK;
}

/* ---- what has come -------------------- */

static void arrive(FlitNet *net, uint32_t id, uint32_t flit)
{
    FlitVc *vc = &net->vc[id];
    CHECK(vc->count < vc->capacity);
    uint32_t at = (uint32_t)vc->head + vc->count;
    net->flit[vc->first + (at >= vc->capacity ? at - vc->capacity : at)] = flit;
    vc->count++;
    if (vc->count == 1 && vc->route == 0) {
        flit_route(net, id, net->cycle);
        return;
    }
    for (uint32_t left = vc->live; left; left &= left - 1)
        flit_ask_switch(net, id, bits_lowest(left));
}

static void take_credit(FlitNet *net, uint32_t id)
{
    FlitOutVc *out_vc = &net->out_vc[id];
    uint32_t owner = out_vc->owner;
    out_vc->credits++;
    if (owner == FLIT_OUTSIDE) {
        if (net->params.vc_alloc_cycles == 0 && net->port[out_vc->port].ask != 0)
            flit_set_add(&net->asked, out_vc->port); /* a VC that can be given away now */
        return;
    }
    uint32_t number = out_vc->port - flit_first_port(net, owner);
    if (net->vc[owner].live >> number & 1)
        flit_ask_switch(net, owner, number);
}

static void take_due(FlitNet *net, uint64_t cycle)
{
    FlitDue *due = &net->calendar.slot[cycle % FLIT_SLOTS];
    net->calendar.due &= ~(UINT64_C(1) << cycle % FLIT_SLOTS);
    for (uint32_t i = 0; i < due->n_credits; i++)
        take_credit(net, due->credit[i]);
    for (uint32_t i = 0; i < due->n_arrivals; i++)
        arrive(net, due->arrival[i].vc, due->arrival[i].flit);
    for (uint32_t i = 0; i < due->n_wakes; i++) {
        uint32_t id = due->wake[i] / 32, number = due->wake[i] % 32;
        if (number == FLIT_ROUTED)
            flit_ask_for_vcs(net, id);
        else
            flit_live(net, id, number);
    }
    due->n_credits = due->n_arrivals = due->n_wakes = 0;
}

uint64_t flit_net_next(const FlitNet *net)
{
    for (uint32_t s = 0; s < net->n_sums; s++)
        if (net->asked.sum[s] | net->wanted.sum[s])
            return net->cycle + 1;
    if (net->calendar.due == 0)
        return FLIT_NEVER;
    uint32_t now = (uint32_t)(net->cycle % FLIT_SLOTS);
    uint32_t next = bits_next_in_turn(net->calendar.due, now);
    return net->cycle + (next > now ? next - now : next + FLIT_SLOTS - now);
}

/* As if the switch had granted the flit in this cycle: after all decisions. */
static void depart_due(FlitNet *net, uint64_t cycle)
{
    FlitDue *due = &net->calendar.slot[cycle % FLIT_SLOTS];
    for (uint32_t i = 0; i < due->n_departures; i++)
        flit_depart(net, due->departure[i].vc, due->departure[i].flit);
    due->n_departures = 0;
}

void flit_net_step(FlitNet *net, uint64_t cycle)
{
    net->cycle = cycle;
    take_due(net, cycle);
    flit_decide(net);
    depart_due(net, cycle);
}

/* ---- from outside -------------------- */

void flit_net_arrive(FlitNet *net, uint32_t input, uint32_t vc, uint32_t flit, uint64_t cycle)
{
    CHECK(cycle > net->cycle && cycle - net->cycle < FLIT_SLOTS);
    flit_set_arrival(net, flit_input_vc(net, input) + vc, flit, cycle);
}

void flit_net_credit(FlitNet *net, uint32_t output, uint32_t vc, uint64_t cycle)
{
    CHECK(cycle > net->cycle && cycle - net->cycle < FLIT_SLOTS);
    flit_set_credit(net, output * net->params.n_vcs + vc, cycle);
}

void flit_net_pass(FlitNet *net, uint64_t cycle)
{
    if (cycle <= net->cycle)
        return;
    CHECK(flit_net_next(net) > cycle);
    net->cycle = cycle;
}

void flit_net_wake(FlitNet *net, uint32_t router)
{
    for (uint32_t port = router * net->n_ports; port < (router + 1) * net->n_ports; port++)
        if (net->port[port].ask != 0)
            flit_set_add(&net->asked, port);
}

bool flit_net_asks(const FlitNet *net, uint32_t router)
{
    uint64_t ask = 0;
    for (uint32_t port = router * net->n_ports; port < (router + 1) * net->n_ports; port++)
        ask |= net->port[port].ask;
    return ask != 0;
}

void flit_feeder_send(FlitNet *net, uint32_t feeder, uint32_t vc, uint32_t flit)
{
    uint32_t output = net->n_routers * net->n_ports + feeder;
    FlitOutVc *out_vc = &net->out_vc[output * net->params.n_vcs + vc];
    CHECK(out_vc->credits > 0);
    out_vc->credits--;
    flit_set_arrival(net, out_vc->to, flit, net->cycle + 1 + net->params.link_cycles);
}

uint64_t flit_net_held(const FlitNet *net)
{
    uint64_t held = 0;
    for (uint32_t id = 0; id < net->n_routers * net->stride; id++)
        held += net->vc[id].count;
    for (uint32_t slot = 0; slot < FLIT_SLOTS; slot++)
        held += net->calendar.slot[slot].n_arrivals;
    return held;
}
