/* flit_net.c - the network around its routers: made from a shape, driven by a calendar.
 *
 * A cycle has two phases. First the calendar says what has come: flits into buffers, credits,
 * packets that have been routed or hold an output VC long enough. Then every router that something
 * came to, or that granted something in the cycle before, decides (flit_router.c); all that follows
 * from a decision is put into the calendar of later cycles. So routers see nothing of one another
 * within a cycle and their order changes nothing. A router that can grant nothing is not looked at
 * again before something comes; with no router to look at, time goes on to the next entry.
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
                     params->credit_cycles;
    if (params->n_vcs == 0 || params->n_vcs > FLIT_MAX_VCS)
        return err_set(err, STATUS_UNSUPPORTED, "network: %u virtual channels; expected 1 to %d",
                       params->n_vcs, FLIT_MAX_VCS);
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

static void init_outputs(FlitNet *net, const FlitShape *shape)
{
    uint32_t n_wires = net->n_routers * net->n_ports, n_vcs = net->params.n_vcs;
    for (uint32_t o = 0; o < n_wires; o++)
        net->input[o] = FLIT_OUTSIDE;
    for (uint32_t o = 0; o < n_wires + net->n_feeders; o++) {
        const FlitOutput *output = &shape->output[o];
        net->output[o] = *output;
        if (output->end == FLIT_LINK) {
            net->input[output->to] = o;
            net->to_vc[o] = flit_input_vc(net, output->to);
        }
        net->free_vcs[o] = (UINT32_C(1) << n_vcs) - 1;
        net->grant[o] = FLIT_MAX_INPUTS - 1; /* the first goes first */
        for (uint32_t v = 0; v < n_vcs; v++) {
            net->out_vc[o * n_vcs + v] = (FlitOutVc){output->end == FLIT_GATED ? 1 : output->slots,
                                                     FLIT_OUTSIDE, o % net->n_ports};
            net->vc_grant[o * n_vcs + v] = FLIT_MAX_INPUTS - 1;
        }
    }
}

/* Slots of the VCs, one input after the other; returns how many in all. */
static uint64_t place_slots(FlitNet *net, const FlitShape *shape)
{
    uint64_t first = 0;
    for (uint32_t in = 0; in < net->n_routers * net->n_ports; in++) {
        uint32_t slots = shape->outside ? shape->outside[in] : 0;
        if (net->input[in] != FLIT_OUTSIDE)
            slots = net->output[net->input[in]].slots;
        uint32_t id = flit_input_vc(net, in);
        for (uint32_t v = 0; v < net->params.n_vcs; v++, first += slots) {
            net->vc[id + v].first = first;
            net->vc[id + v].capacity = (uint16_t)slots;
        }
    }
    return first;
}

static void init_calendar(Arena *arena, FlitNet *net, const FlitShape *shape)
{
    FlitCalendar *calendar = &net->calendar;
    uint32_t n_wires = net->n_routers * net->n_ports, n_vcs = net->params.n_vcs;
    calendar->max_arrivals = n_wires;
    calendar->max_wakes = net->n_routers * net->stride + n_wires * (n_vcs + 1);
    calendar->max_credits = 2 * n_wires;
    for (uint32_t o = 0; o < n_wires; o++)
        if (shape->output[o].end == FLIT_OWNER)
            calendar->max_credits += shape->output[o].slots * n_vcs;
    calendar->arrival =
        ARENA_ARRAY(arena, FlitArrival, (size_t)FLIT_SLOTS * calendar->max_arrivals);
    calendar->credit = ARENA_ARRAY(arena, uint32_t, (size_t)FLIT_SLOTS * calendar->max_credits);
    calendar->wake = ARENA_ARRAY(arena, uint32_t, (size_t)FLIT_SLOTS * calendar->max_wakes);
}

static void init_turns(FlitNet *net)
{
    uint32_t n_wires = net->n_routers * net->n_ports;
    for (uint32_t in = 0; in < n_wires; in++) {
        net->accept[in] = FLIT_MAX_INPUTS - 1;
        net->accept_vc[in] = FLIT_MAX_INPUTS - 1;
    }
    for (uint32_t id = 0; id < net->n_routers * net->stride; id++)
        net->vc_accept[id] = UINT8_MAX; /* beyond all ports */
    for (uint32_t at = 0; at < net->stride; at++)
        net->port_of[at] = (uint8_t)(at / net->params.n_vcs);
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
    net->n_words = (net->n_routers + 63) / 64;
    size_t n_wires = (size_t)net->n_routers * net->n_ports, n_outputs = n_wires + net->n_feeders;
    size_t n_vcs = (size_t)net->n_routers * net->stride;
    net->output = ARENA_ARRAY(arena, FlitOutput, n_outputs);
    net->to_vc = ARENA_ARRAY(arena, uint32_t, n_outputs);
    net->input = ARENA_ARRAY(arena, uint32_t, n_wires);
    net->vc = ARENA_ARRAY(arena, FlitVc, n_vcs);
    net->branch = ARENA_ARRAY(arena, FlitBranch, n_vcs * net->n_ports);
    net->out_vc = ARENA_ARRAY(arena, FlitOutVc, n_outputs * params->n_vcs);
    net->free_vcs = ARENA_ARRAY(arena, uint32_t, n_outputs);
    net->vc_grant = ARENA_ARRAY(arena, uint8_t, n_outputs * params->n_vcs);
    net->vc_accept = ARENA_ARRAY(arena, uint8_t, n_vcs);
    net->grant = ARENA_ARRAY(arena, uint8_t, n_outputs);
    net->accept = ARENA_ARRAY(arena, uint8_t, n_wires);
    net->accept_vc = ARENA_ARRAY(arena, uint8_t, n_wires);
    net->port_of = ARENA_ARRAY(arena, uint8_t, net->stride);
    net->router = ARENA_ARRAY(arena, FlitRouter, net->n_routers);
    net->active = ARENA_ARRAY(arena, uint64_t, net->n_words);
    net->output_flits = ARENA_ARRAY(arena, uint64_t, n_wires);
    net->wait = ARENA_ARRAY(arena, FlitWait, n_wires);
    init_outputs(net, shape);
    net->flit = ARENA_ARRAY(arena, uint32_t, place_slots(net, shape));
    init_turns(net);
    init_calendar(arena, net, shape);
    return STATUS_OK;
}

/* ---- what has come -------------------- */

static void arrive(FlitNet *net, uint32_t id, uint32_t flit)
{
    FlitVc *vc = &net->vc[id];
    CHECK(vc->count < vc->capacity);
    uint32_t at = (uint32_t)vc->head + vc->count++;
    net->flit[vc->first + (at >= vc->capacity ? at - vc->capacity : at)] = flit;
    if (vc->count == 1 && vc->route == 0) {
        flit_route(net, id, net->cycle);
        return;
    }
    for (uint32_t left = vc->live & ~vc->want; left; left &= left - 1)
        flit_live(net, id, bits_lowest(left));
}

static void take_credit(FlitNet *net, uint32_t out_vc)
{
    FlitOutVc *behind = &net->out_vc[out_vc];
    behind->credits++;
    if (behind->owner == FLIT_OUTSIDE) {
        uint32_t router = out_vc / net->params.n_vcs / net->n_ports;
        if (net->params.vc_alloc_cycles == 0 && router < net->n_routers &&
            net->router[router].ask_vc != 0)
            flit_activate(net, router); /* a VC that can be given away now */
        return;
    }
    if (net->vc[behind->owner].live >> behind->port & 1)
        flit_live(net, behind->owner, behind->port);
}

static void wake(FlitNet *net, uint32_t id, uint32_t port)
{
    if (port != FLIT_ROUTED) {
        flit_live(net, id, port);
        return;
    }
    flit_ask_for_vcs(net, id);
}

static void take_due(FlitNet *net, uint64_t cycle)
{
    FlitCalendar *calendar = &net->calendar;
    uint32_t slot = (uint32_t)(cycle % FLIT_SLOTS);
    if (!(calendar->due >> slot & 1))
        return;
    calendar->due &= ~(UINT64_C(1) << slot);
    const uint32_t *credit = &calendar->credit[slot * calendar->max_credits];
    for (uint32_t i = 0; i < calendar->n_credits[slot]; i++)
        take_credit(net, credit[i]);
    const FlitArrival *arrival = &calendar->arrival[slot * calendar->max_arrivals];
    for (uint32_t i = 0; i < calendar->n_arrivals[slot]; i++)
        arrive(net, arrival[i].vc, arrival[i].flit);
    const uint32_t *to_wake = &calendar->wake[slot * calendar->max_wakes];
    for (uint32_t i = 0; i < calendar->n_wakes[slot]; i++)
        wake(net, to_wake[i] / 32, to_wake[i] % 32);
    calendar->n_credits[slot] = calendar->n_arrivals[slot] = calendar->n_wakes[slot] = 0;
}

uint64_t flit_net_next(const FlitNet *net)
{
    for (uint32_t w = 0; w < net->n_words; w++)
        if (net->active[w])
            return net->cycle + 1;
    if (net->calendar.due == 0)
        return FLIT_NEVER;
    uint32_t now = (uint32_t)(net->cycle % FLIT_SLOTS);
    uint32_t next = bits_next_in_turn(net->calendar.due, now);
    return net->cycle + (next > now ? next - now : next + FLIT_SLOTS - now);
}

void flit_net_step(FlitNet *net, uint64_t cycle)
{
    net->cycle = cycle;
    take_due(net, cycle);
    for (uint32_t w = 0; w < net->n_words; w++) {
        uint64_t left = net->active[w];
        net->active[w] = 0; /* hooks may wake routers meanwhile, for the next cycle */
        for (; left; left &= left - 1) {
            uint32_t bit = bits_lowest(left);
            if (flit_router_step(net, w * 64 + bit))
                net->active[w] |= UINT64_C(1) << bit;
        }
    }
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
    flit_activate(net, router);
}

void flit_feeder_send(FlitNet *net, uint32_t feeder, uint32_t vc, uint32_t flit)
{
    uint32_t output = net->n_routers * net->n_ports + feeder;
    CHECK(net->out_vc[output * net->params.n_vcs + vc].credits > 0);
    net->out_vc[output * net->params.n_vcs + vc].credits--;
    flit_set_arrival(net, net->to_vc[output] + vc, flit, net->cycle + 1 + net->params.link_cycles);
}

uint64_t flit_net_held(const FlitNet *net)
{
    uint64_t held = 0;
    for (uint32_t id = 0; id < net->n_routers * net->stride; id++)
        held += net->vc[id].count;
    for (uint32_t slot = 0; slot < FLIT_SLOTS; slot++)
        held += net->calendar.n_arrivals[slot];
    return held;
}
