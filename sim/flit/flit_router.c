/* flit_router.c - what a router decides in one cycle: which input VC gets which output VC, and
 * which flits cross the switch.
 *
 * Both allocations are one iteration of iSLIP. VC allocation: every free output VC grants the next
 * input VC in turn that asks for its output; every input VC accepts the next granted output VC in
 * turn. Switch allocation: at every input, for every output, the next VC in turn that has a flit
 * and a credit asks; every output grants the next asking input in turn; every input accepts the
 * next granting output in turn. Turns move on only with what is accepted. A packet that takes
 * several outputs (a tree) gets an output VC at each by itself, and its flits go to each by
 * themselves: a flit leaves the buffer when it has gone everywhere. The crossbar copies: an input
 * sends the flits of one VC to all the outputs that granted it in the same cycle.
 *
 * An output VC belongs to an input VC from the packet's first flit to its last, whether credits are
 * there or not (but see offered_vcs); it can be given away again in the cycle after the last flit
 * was granted the switch. VC allocation looks at what was free when the cycle began, as it is done
 * before the switch.
 *
 * Deadlock: a tree whose packets fit into a buffer waits at each output for itself only, so no
 * output waits for another and routing without a cycle of turns stays free of deadlock.
 * Source: iSLIP as in McKeown 1999; the router as in Dally and Towles 2004, ch. 16 and 17.
 * Cost: O(input VCs that ask).
 */
#include "flit_router.h"

static uint32_t output_of(const FlitNet *net, uint32_t router, uint32_t port)
{
    return router * net->n_ports + port;
}

static FlitBranch *branch_of(FlitNet *net, uint32_t vc, uint32_t port)
{
    return &net->branch[vc * net->n_ports + port];
}

/* ---- routing -------------------- */

void flit_ask_for_vcs(FlitNet *net, uint32_t id)
{
    uint32_t router = id >> net->stride_bits;
    for (uint32_t left = net->vc[id].route; left; left &= left - 1) {
        FlitWait *wait = &net->wait[output_of(net, router, bits_lowest(left))];
        if (wait->n++ == 0)
            wait->since = net->cycle;
    }
    net->router[router].ask_vc |= UINT64_C(1) << (id & (net->stride - 1));
    flit_activate(net, router);
}

void flit_route(FlitNet *net, uint32_t id, uint64_t cycle)
{
    FlitVc *vc = &net->vc[id];
    uint32_t packet = flit_front(net, vc, 0) & ~FLIT_TAIL;
    vc->route = net->hooks.route(net->hooks.context, id >> net->stride_bits, packet);
    vc->is_tree = (vc->route & (vc->route - 1)) != 0;
    for (uint32_t left = vc->is_tree ? vc->route : 0; left; left &= left - 1)
        branch_of(net, id, bits_lowest(left))->sent = 0;
    uint64_t routed = cycle + net->params.routing_cycles;
    if (routed > net->cycle)
        flit_set_wake(net, id, FLIT_ROUTED, routed);
    else
        flit_ask_for_vcs(net, id);
}

void flit_live(FlitNet *net, uint32_t id, uint32_t port)
{
    FlitVc *vc = &net->vc[id];
    uint32_t router = id >> net->stride_bits;
    vc->live |= UINT32_C(1) << port;
    if (!flit_can_ask(net, id, port))
        return;
    vc->want |= UINT32_C(1) << port;
    net->router[router].ask_switch |= UINT64_C(1) << (id & (net->stride - 1));
    flit_activate(net, router);
}

/* ---- VC allocation -------------------- */

static void take_vc(FlitNet *net, uint32_t router, uint32_t input, uint32_t port, uint32_t out)
{
    uint32_t id = (router << net->stride_bits) + input;
    uint32_t output = output_of(net, router, port);
    FlitVc *vc = &net->vc[id];
    uint32_t out_vc = output * net->params.n_vcs + out;
    net->vc_grant[out_vc] = (uint8_t)input;
    net->vc_accept[id] = (uint8_t)(port * net->params.n_vcs + out);
    net->free_vcs[output] &= ~(UINT32_C(1) << out);
    net->out_vc[out_vc].owner = id;
    *branch_of(net, id, port) = (FlitBranch){.vc = (uint8_t)out, .first = true};
    vc->got |= UINT32_C(1) << port;
    if (vc->got == vc->route)
        net->router[router].ask_vc &= ~(UINT64_C(1) << input);
    if (net->params.vc_alloc_cycles == 0)
        flit_live(net, id, port);
    else
        flit_set_wake(net, id, port, net->cycle + net->params.vc_alloc_cycles);
}

/* Those of the asking input VCs whose packet may leave by a gated output now. */
static uint64_t let_through(const FlitNet *net, uint32_t router, uint32_t output, uint64_t asking)
{
    uint64_t open = 0;
    for (uint64_t left = asking; left; left &= left - 1) {
        uint32_t input = bits_lowest(left);
        const FlitVc *vc = &net->vc[(router << net->stride_bits) + input];
        uint32_t packet = flit_front(net, vc, 0) & ~FLIT_TAIL;
        if (net->hooks.open(net->hooks.context, output, packet))
            open |= UINT64_C(1) << input;
    }
    return open;
}

/* The output VC that an input VC accepts of those granted to it at one port: the turn goes over
 * all output VCs of the router. */
static uint32_t accepted_vc(const FlitNet *net, uint32_t id, uint32_t port, uint32_t granted)
{
    uint32_t first = port * net->params.n_vcs, last = net->vc_accept[id];
    if (last < first || last >= first + net->params.n_vcs)
        return bits_lowest(granted);
    return bits_next_in_turn(granted, last - first);
}

/* Output VCs that can be given away now. One that is given within the cycle in which its flit asks
 * the switch needs a credit at once: else turns would pass to packets that cannot go. */
static uint32_t offered_vcs(const FlitNet *net, uint32_t output)
{
    uint32_t offered = net->free_vcs[output];
    for (uint32_t left = net->params.vc_alloc_cycles == 0 ? offered : 0; left; left &= left - 1) {
        uint32_t out = bits_lowest(left);
        if (net->out_vc[output * net->params.n_vcs + out].credits == 0)
            offered &= ~(UINT32_C(1) << out);
    }
    return offered;
}

static bool allocate_port(FlitNet *net, uint32_t router, uint32_t port, uint64_t asking)
{
    uint32_t output = output_of(net, router, port), n_vcs = net->params.n_vcs;
    uint32_t granted[FLIT_MAX_INPUTS]; /* of the input VCs in `who` */
    uint64_t who = 0;
    uint32_t offered = offered_vcs(net, output);
    if (net->output[output].end == FLIT_GATED && offered)
        asking = let_through(net, router, output, asking);
    if (asking == 0)
        return false;
    for (uint32_t left = offered; left; left &= left - 1) {
        uint32_t out = bits_lowest(left);
        uint32_t input = bits_next_in_turn(asking, net->vc_grant[output * n_vcs + out]);
        granted[input] = (who >> input & 1 ? granted[input] : 0) | UINT32_C(1) << out;
        who |= UINT64_C(1) << input;
    }
    for (uint64_t left = who; left; left &= left - 1) {
        uint32_t input = bits_lowest(left), id = (router << net->stride_bits) + input;
        take_vc(net, router, input, port, accepted_vc(net, id, port, granted[input]));
    }
    return who != 0;
}

/* The only input VC that asks, for one output: most often there is no more. */
static bool allocate_alone(FlitNet *net, uint32_t router, uint32_t input, uint32_t port)
{
    uint32_t id = (router << net->stride_bits) + input;
    uint32_t offered = offered_vcs(net, output_of(net, router, port));
    if (offered == 0)
        return false;
    take_vc(net, router, input, port, accepted_vc(net, id, port, offered));
    return true;
}

static bool allocate_vcs(FlitNet *net, uint32_t router)
{
    uint64_t ask = net->router[router].ask_vc;
    if ((ask & (ask - 1)) == 0) {
        const FlitVc *vc = &net->vc[(router << net->stride_bits) + bits_lowest(ask)];
        uint32_t need = vc->route & ~vc->got, port = bits_lowest(need);
        if ((need & (need - 1)) == 0 && net->output[output_of(net, router, port)].end != FLIT_GATED)
            return allocate_alone(net, router, bits_lowest(ask), port);
    }
    uint64_t asking[FLIT_MAX_PORTS]; /* of the ports in `ports` */
    uint32_t ports = 0;
    bool any = false;
    for (uint64_t left = ask; left; left &= left - 1) {
        uint32_t input = bits_lowest(left);
        const FlitVc *vc = &net->vc[(router << net->stride_bits) + input];
        for (uint32_t need = vc->route & ~vc->got; need; need &= need - 1) {
            uint32_t port = bits_lowest(need);
            asking[port] = (ports >> port & 1 ? asking[port] : 0) | UINT64_C(1) << input;
            ports |= UINT32_C(1) << port;
        }
    }
    for (; ports; ports &= ports - 1) {
        uint32_t port = bits_lowest(ports);
        any |= allocate_port(net, router, port, asking[port]);
    }
    return any;
}

/* ---- through the switch -------------------- */

static void send_out(FlitNet *net, uint32_t output, uint32_t out, uint32_t flit)
{
    const FlitOutput *way = &net->output[output];
    const FlitParams *params = &net->params;
    uint64_t there =
        net->cycle + params->switch_alloc_cycles + params->traversal_cycles + params->link_cycles;
    net->output_flits[output]++;
    net->n_moves++;
    if (way->end == FLIT_LINK) {
        net->out_vc[output * params->n_vcs + out].credits--;
        flit_set_arrival(net, net->to_vc[output] + out, flit, there);
        return;
    }
    net->hooks.leave(net->hooks.context, output, flit, there);
    if (way->end == FLIT_GATED)
        return;
    net->out_vc[output * params->n_vcs + out].credits--;
    if (way->end == FLIT_SINK)
        flit_set_credit(net, output * params->n_vcs + out, there + 1 + params->credit_cycles);
}

/* One flit of an input VC goes out by one port. */
static void send_copy(FlitNet *net, uint32_t id, uint32_t port)
{
    FlitVc *vc = &net->vc[id];
    FlitBranch *branch = branch_of(net, id, port);
    uint32_t output = output_of(net, id >> net->stride_bits, port);
    uint32_t flit = flit_front(net, vc, branch->sent);
    branch->sent++;
    if (branch->first) {
        FlitWait *wait = &net->wait[output];
        branch->first = false;
        if (--wait->n == 0)
            wait->cycles += net->cycle - wait->since;
    }
    send_out(net, output, branch->vc, flit);
    if (flit & FLIT_TAIL) {
        uint32_t others = ~(UINT32_C(1) << port);
        vc->route &= others;
        vc->got &= others;
        vc->live &= others;
        vc->want &= others;
        net->free_vcs[output] |= UINT32_C(1) << branch->vc;
        net->out_vc[output * net->params.n_vcs + branch->vc].owner = FLIT_OUTSIDE;
    } else if (net->params.switch_alloc_cycles > 1) {
        vc->live &= ~(UINT32_C(1) << port);
        flit_set_wake(net, id, port, net->cycle + net->params.switch_alloc_cycles);
    }
}

/* The flit in front leaves the buffer. */
static void pop(FlitNet *net, uint32_t id)
{
    FlitVc *vc = &net->vc[id];
    uint32_t at = id & (net->stride - 1), port = net->port_of[at];
    uint32_t input = (id >> net->stride_bits) * net->n_ports + port;
    uint32_t before = net->input[input], number = at - port * net->params.n_vcs;
    uint32_t flit = flit_front(net, vc, 0);
    vc->head = (uint16_t)(vc->head + 1 == vc->capacity ? 0 : vc->head + 1);
    vc->count--;
    for (uint32_t left = vc->route; left; left &= left - 1)
        branch_of(net, id, bits_lowest(left))->sent--;
    if (before != FLIT_OUTSIDE)
        flit_set_credit(net, before * net->params.n_vcs + number,
                        net->cycle + 1 + net->params.credit_cycles);
    else
        net->hooks.freed(net->hooks.context, input, number, net->cycle);
    if ((flit & FLIT_TAIL) && vc->count > 0)
        flit_route(net, id, net->cycle + net->params.switch_alloc_cycles);
}

/* Has the flit in front gone everywhere? */
static bool gone_everywhere(FlitNet *net, uint32_t id)
{
    for (uint32_t left = net->vc[id].route; left; left &= left - 1)
        if (branch_of(net, id, bits_lowest(left))->sent == 0)
            return false;
    return true;
}

static void move(FlitNet *net, uint32_t id, uint32_t ports)
{
    FlitVc *vc = &net->vc[id];
    for (uint32_t left = ports; left; left &= left - 1)
        send_copy(net, id, bits_lowest(left));
    if (!vc->is_tree || gone_everywhere(net, id))
        pop(net, id);
    for (uint32_t left = ports & vc->route; left; left &= left - 1) {
        uint32_t port = bits_lowest(left);
        if (!(vc->live >> port & 1) || !flit_can_ask(net, id, port))
            vc->want &= ~(UINT32_C(1) << port);
    }
    if (vc->want == 0)
        net->router[id >> net->stride_bits].ask_switch &=
            ~(UINT64_C(1) << (id & (net->stride - 1)));
}

/* ---- switch allocation -------------------- */

typedef struct Requests {
    uint32_t outputs;                           /* that are asked for                             */
    uint32_t inputs[FLIT_MAX_PORTS];            /* [output] inputs that ask for it                */
    uint8_t vc[FLIT_MAX_PORTS][FLIT_MAX_PORTS]; /* [input][output] the VC that does         */
} Requests;

static void request(Requests *requests, uint32_t input, uint32_t vc, uint32_t ports)
{
    for (uint32_t left = ports; left; left &= left - 1) {
        uint32_t port = bits_lowest(left), bit = UINT32_C(1) << port;
        requests->inputs[port] =
            (requests->outputs & bit ? requests->inputs[port] : 0) | UINT32_C(1) << input;
        requests->outputs |= bit;
        requests->vc[input][port] = (uint8_t)vc;
    }
}

/* The VCs of an input ask in turn; what one asks for, those behind it do not. */
static void request_input(const FlitNet *net, uint32_t router, uint32_t input, uint64_t vcs,
                          Requests *requests)
{
    uint32_t n_vcs = net->params.n_vcs, asked = 0;
    const FlitVc *first = &net->vc[(router << net->stride_bits) + input * n_vcs];
    uint32_t last = net->accept_vc[output_of(net, router, input)];
    while (vcs) {
        uint32_t vc = bits_next_in_turn(vcs, last);
        request(requests, input, vc, first[vc].want & ~asked);
        asked |= first[vc].want;
        vcs &= ~(UINT64_C(1) << vc);
        last = vc;
    }
}

static void accept(FlitNet *net, uint32_t router, uint32_t input, uint32_t granted,
                   const Requests *requests)
{
    uint32_t at = output_of(net, router, input);
    uint32_t port = bits_next_in_turn(granted, net->accept[at]);
    uint32_t vc = requests->vc[input][port], ports = 0;
    for (uint32_t left = granted; left; left &= left - 1) {
        uint32_t other = bits_lowest(left);
        if (requests->vc[input][other] != vc)
            continue;
        net->grant[output_of(net, router, other)] = (uint8_t)input;
        ports |= UINT32_C(1) << other;
    }
    net->accept[at] = (uint8_t)port;
    net->accept_vc[at] = (uint8_t)vc;
    move(net, (router << net->stride_bits) + input * net->params.n_vcs + vc, ports);
}

/* The only input VC that asks gets all it asks for. */
static void move_alone(FlitNet *net, uint32_t router, uint32_t at)
{
    uint32_t id = (router << net->stride_bits) + at, input = net->port_of[at];
    uint32_t slot = output_of(net, router, input), ports = net->vc[id].want;
    for (uint32_t left = ports; left; left &= left - 1)
        net->grant[output_of(net, router, bits_lowest(left))] = (uint8_t)input;
    net->accept[slot] = (uint8_t)bits_next_in_turn(ports, net->accept[slot]);
    net->accept_vc[slot] = (uint8_t)(at - input * net->params.n_vcs);
    move(net, id, ports);
}

static void allocate_switch(FlitNet *net, uint32_t router)
{
    Requests requests;
    uint32_t granted[FLIT_MAX_PORTS], inputs = 0;
    uint32_t n_vcs = net->params.n_vcs;
    uint64_t all = (UINT64_C(1) << n_vcs) - 1;
    requests.outputs = 0;
    for (uint64_t left = net->router[router].ask_switch; left;) {
        uint32_t input = net->port_of[bits_lowest(left)];
        request_input(net, router, input, left >> (input * n_vcs) & all, &requests);
        left &= ~(all << (input * n_vcs));
    }
    for (uint32_t left = requests.outputs; left; left &= left - 1) {
        uint32_t port = bits_lowest(left);
        uint32_t input =
            bits_next_in_turn(requests.inputs[port], net->grant[output_of(net, router, port)]);
        granted[input] = (inputs >> input & 1 ? granted[input] : 0) | UINT32_C(1) << port;
        inputs |= UINT32_C(1) << input;
    }
    for (; inputs; inputs &= inputs - 1) {
        uint32_t input = bits_lowest(inputs);
        accept(net, router, input, granted[input], &requests);
    }
}

bool flit_router_step(FlitNet *net, uint32_t id)
{
    FlitRouter *router = &net->router[id];
    bool any = router->ask_vc != 0 && allocate_vcs(net, id);
    uint64_t ask = router->ask_switch;
    if (ask == 0)
        return any;
    if ((ask & (ask - 1)) == 0)
        move_alone(net, id, bits_lowest(ask));
    else
        allocate_switch(net, id);
    return true;
}
