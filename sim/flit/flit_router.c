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
 * Nothing is polled. A port is looked at for a VC when somebody begins to ask, when a VC or a
 * credit comes back, or when it gave one away and others still ask; for the switch as long as
 * somebody wants it, which implies that somebody is served. All ports of the network that are
 * wanted grant first, then all inputs that were granted anything accept: two flat loops, in which
 * a port that one input VC wants, and an input that one port was granted to, need no turns.
 *
 * Deadlock: a tree whose packets fit into a buffer waits at each output for itself only, so no
 * output waits for another and routing without a cycle of turns stays free of deadlock.
 * Source: iSLIP as in McKeown 1999; the router as in Dally and Towles 2004, ch. 16 and 17.
 * Cost: O(1) per grant where nobody competes, else O(input VCs that ask).
 */
#include "flit_router.h"

#ifdef __GNUC__
#define RARELY __attribute__((noinline))
#else
#define RARELY
#endif

static bool is_single(uint64_t bits)
{
    return (bits & (bits - 1)) == 0;
}

/* ---- VC allocation -------------------- */

static void take_vc(FlitNet *net, uint32_t at, uint32_t input, uint32_t out)
{
    FlitPort *port = &net->port[at];
    uint32_t id = port->first_vc + input, n_vcs = net->params.n_vcs, number = port->number;
    FlitVc *vc = &net->vc[id];
    FlitOutVc *out_vc = &net->out_vc[at * n_vcs + out];
    out_vc->owner = id;
    out_vc->grant = (uint16_t)input;
    vc->accept = (uint16_t)(number * n_vcs + out);
    port->free_vcs = (uint16_t)(port->free_vcs & ~(UINT32_C(1) << out));
    port->ask &= ~(UINT64_C(1) << input);
    if (vc->is_tree) {
        *flit_branch(net, id, number) =
            (FlitBranch){.out_vc = at * n_vcs + out, .first_flit = true};
    } else {
        vc->out_vc = at * n_vcs + out;
        vc->first_flit = true;
    }
    if (net->params.vc_alloc_cycles == 0)
        flit_live(net, id, number);
    else
        flit_set_wake(net, id, number, net->cycle + net->params.vc_alloc_cycles);
}

/* Those of the asking input VCs whose packet may leave by a gated output now. */
static RARELY uint64_t let_through(const FlitNet *net, uint32_t at, uint64_t asking)
{
    uint64_t open = 0;
    for (uint64_t left = asking; left; left &= left - 1) {
        uint32_t input = bits_lowest(left);
        const FlitVc *vc = &net->vc[net->port[at].first_vc + input];
        if (net->hooks.open(net->hooks.context, at, flit_front(net, vc, 0) & ~FLIT_TAIL))
            open |= UINT64_C(1) << input;
    }
    return open;
}

/* The output VC that an input VC accepts of those granted to it at one port: the turn goes over
 * all output VCs of the router, and is at this port only if the last one was. */
static uint32_t accepted_vc(const FlitNet *net, const FlitPort *port, uint32_t input,
                            uint32_t granted)
{
    uint32_t n_vcs = net->params.n_vcs;
    uint32_t last = net->vc[port->first_vc + input].accept - port->number * n_vcs;
    uint32_t later = granted & (last < n_vcs ? UINT32_MAX << last << 1 : 0);
    return bits_lowest(later ? later : granted);
}

/* Output VCs that can be given away now. One that is given within the cycle in which its flit asks
 * the switch needs a credit at once: else turns would pass to packets that cannot go. */
static uint32_t offered_vcs(const FlitNet *net, uint32_t at)
{
    uint32_t offered = net->port[at].free_vcs;
    for (uint32_t left = net->params.vc_alloc_cycles == 0 ? offered : 0; left; left &= left - 1) {
        uint32_t out = bits_lowest(left);
        if (net->out_vc[at * net->params.n_vcs + out].credits == 0)
            offered &= ~(UINT32_C(1) << out);
    }
    return offered;
}

static RARELY void allocate_in_turn(FlitNet *net, uint32_t at, uint64_t asking, uint32_t offered)
{
    const FlitPort *port = &net->port[at];
    uint32_t granted[FLIT_MAX_INPUTS]; /* of the input VCs in `who` */
    uint64_t who = 0;
    for (uint32_t left = offered; left; left &= left - 1) {
        uint32_t out = bits_lowest(left);
        uint32_t last = net->out_vc[at * net->params.n_vcs + out].grant;
        uint32_t input = bits_next_in_turn(asking, last);
        granted[input] = (who >> input & 1 ? granted[input] : 0) | UINT32_C(1) << out;
        who |= UINT64_C(1) << input;
    }
    for (uint64_t left = who; left; left &= left - 1) {
        uint32_t input = bits_lowest(left);
        take_vc(net, at, input, accepted_vc(net, port, input, granted[input]));
    }
    if (port->ask)
        flit_set_add(&net->asked, at); /* others may get one in the next cycle */
}

static void allocate_vcs(FlitNet *net, uint32_t at)
{
    const FlitPort *port = &net->port[at];
    uint64_t asking = port->ask;
    uint32_t offered = offered_vcs(net, at);
    if (port->end == FLIT_GATED && offered)
        asking = let_through(net, at, asking);
    if (asking == 0 || offered == 0)
        return;
    if (!is_single(asking) || asking != port->ask) {
        allocate_in_turn(net, at, asking, offered);
        return;
    }
    uint32_t input = bits_lowest(asking);
    take_vc(net, at, input, accepted_vc(net, port, input, offered));
}

/* ---- through the switch -------------------- */

static void stop_wanting(FlitNet *net, uint32_t at, uint32_t id)
{
    FlitPort *port = &net->port[at];
    port->want &= ~flit_bit(net, id);
    if (port->want == 0)
        net->wanted.word[at / 64] &= ~(UINT64_C(1) << (at % 64));
}

/* The first flit of a packet goes out by the port. */
static void end_wait(const FlitNet *net, FlitPort *port)
{
    uint64_t cycles = net->cycle - port->wait_since;
    port->n_waiting--;
    port->wait_cycles += port->n_waiting == 0 ? cycles : 0;
}

static void send_out(FlitNet *net, uint32_t at, uint32_t out, uint32_t flit)
{
    FlitPort *port = &net->port[at];
    FlitOutVc *out_vc = &net->out_vc[out];
    uint64_t there = net->cycle + net->hop_cycles;
    uint32_t end = port->end;
    port->flits++;
    net->n_moves++;
    if (end == FLIT_LINK) {
        out_vc->credits--;
        flit_set_arrival(net, out_vc->to, flit, there);
        return;
    }
    net->hooks.leave(net->hooks.context, at, flit, there);
    if (end == FLIT_GATED)
        return;
    out_vc->credits--;
    if (end == FLIT_SINK)
        flit_set_credit(net, out, there + net->credit_cycles);
}

/* The last flit of a packet has gone out: the output VC is nobody's. */
static void give_up_vc(FlitNet *net, uint32_t at, uint32_t out)
{
    FlitPort *port = &net->port[at];
    port->free_vcs = (uint16_t)(port->free_vcs | UINT32_C(1) << (out - at * net->params.n_vcs));
    net->out_vc[out].owner = FLIT_OUTSIDE;
    if (port->ask)
        flit_set_add(&net->asked, at);
}

/* The flit in front leaves the buffer. */
static void pop(FlitNet *net, uint32_t id, uint32_t flit)
{
    FlitVc *vc = &net->vc[id];
    uint32_t head = vc->head + 1U;
    vc->head = (uint16_t)(head == vc->capacity ? 0 : head);
    vc->count--;
    if (vc->back != FLIT_OUTSIDE) {
        flit_set_credit(net, vc->back, net->cycle + net->credit_cycles);
    } else {
        uint32_t at = id & (net->stride - 1), number = net->port_of[at];
        net->hooks.freed(net->hooks.context, flit_first_port(net, id) + number,
                         at - number * net->params.n_vcs, net->cycle);
    }
    if ((flit & FLIT_TAIL) && vc->count > 0)
        flit_route(net, id, net->cycle + net->params.switch_alloc_cycles);
}

void flit_depart(FlitNet *net, uint32_t id, uint32_t flit)
{
    uint32_t out = net->vc[id].out_vc;
    give_up_vc(net, net->out_vc[out].port, out);
    pop(net, id, flit);
}

/* The only flit of a packet goes out in several phits: the VCs are its own until its last. */
static RARELY void hold_vcs(FlitNet *net, uint32_t id, uint32_t flit)
{
    FlitDue *due = flit_due(net, net->cycle + net->params.more_phits);
    CHECK((flit & FLIT_TAIL) && !net->vc[id].is_tree);
    due->departure[due->n_departures++] = (FlitArrival){id, flit};
}

static void move(FlitNet *net, uint32_t id, uint32_t number)
{
    FlitVc *vc = &net->vc[id];
    uint32_t at = flit_first_port(net, id) + number, flit = flit_front(net, vc, 0);
    uint32_t out = vc->out_vc;
    if (vc->first_flit) {
        vc->first_flit = false;
        end_wait(net, &net->port[at]);
    }
    send_out(net, at, out, flit);
    if (flit & FLIT_TAIL) {
        vc->route = vc->live = 0;
        stop_wanting(net, at, id);
        if (net->params.more_phits > 0)
            hold_vcs(net, id, flit);
        else
            flit_depart(net, id, flit);
        return;
    }
    pop(net, id, flit);
    if (net->params.switch_alloc_cycles > 1) {
        vc->live = 0;
        stop_wanting(net, at, id);
        flit_set_wake(net, id, number, net->cycle + net->params.switch_alloc_cycles);
    } else if (!flit_can_ask(net, id, number)) {
        stop_wanting(net, at, id);
    }
}

/* One flit of a tree goes out by one output. */
static void send_copy(FlitNet *net, uint32_t id, uint32_t number)
{
    FlitVc *vc = &net->vc[id];
    FlitBranch *branch = flit_branch(net, id, number);
    uint32_t at = flit_first_port(net, id) + number, flit = flit_front(net, vc, branch->sent);
    branch->sent++;
    if (branch->first_flit) {
        branch->first_flit = false;
        end_wait(net, &net->port[at]);
    }
    send_out(net, at, branch->out_vc, flit);
    if (flit & FLIT_TAIL) {
        vc->route &= ~(UINT32_C(1) << number);
        vc->live &= ~(UINT32_C(1) << number);
        give_up_vc(net, at, branch->out_vc);
        stop_wanting(net, at, id);
    } else if (net->params.switch_alloc_cycles > 1) {
        vc->live &= ~(UINT32_C(1) << number);
        stop_wanting(net, at, id);
        flit_set_wake(net, id, number, net->cycle + net->params.switch_alloc_cycles);
    }
}

/* Has the flit in front gone everywhere? Then those behind are one nearer to the front. */
static bool gone_everywhere(FlitNet *net, uint32_t id)
{
    for (uint32_t left = net->vc[id].route; left; left &= left - 1)
        if (flit_branch(net, id, bits_lowest(left))->sent == 0)
            return false;
    for (uint32_t left = net->vc[id].route; left; left &= left - 1)
        flit_branch(net, id, bits_lowest(left))->sent--;
    return true;
}

/* A tree: each output gets the flit that it has not had. */
static RARELY void move_tree(FlitNet *net, uint32_t id, uint32_t numbers)
{
    const FlitVc *vc = &net->vc[id];
    uint32_t front = flit_front(net, vc, 0);
    for (uint32_t left = numbers; left; left &= left - 1)
        send_copy(net, id, bits_lowest(left));
    uint32_t still = numbers & vc->live;
    if (gone_everywhere(net, id))
        pop(net, id, front);
    for (uint32_t left = still; left; left &= left - 1)
        if (!flit_can_ask(net, id, bits_lowest(left)))
            stop_wanting(net, flit_first_port(net, id) + bits_lowest(left), id);
}

/* ---- switch allocation -------------------- */

/* Of several input VCs: the next input in turn, and of that the next VC in turn. */
static RARELY uint32_t grant_in_turn(const FlitNet *net, uint32_t at)
{
    const FlitPort *port = &net->port[at];
    uint32_t n_vcs = net->params.n_vcs;
    uint64_t inputs = 0, all = (UINT64_C(1) << n_vcs) - 1;
    for (uint64_t left = port->want; left; left &= left - 1)
        inputs |= UINT64_C(1) << net->port_of[bits_lowest(left)];
    uint32_t input = bits_next_in_turn(inputs, port->grant);
    uint64_t vcs = port->want >> (input * n_vcs) & all;
    uint32_t last = net->port[at - port->number + input].accept_vc;
    return input * n_vcs + bits_next_in_turn(vcs, last);
}

/* Which input VC the switch serves at a port that is wanted: noted at its input, which is added to
 * those that are served if it is the first there. Returns how many these are. */
static uint32_t grant(FlitNet *net, uint32_t at, uint32_t n_served)
{
    FlitPort *port = &net->port[at];
    uint32_t vc = is_single(port->want) ? bits_lowest(port->want) : grant_in_turn(net, at);
    uint32_t number = port->number, input = at - number + net->port_of[vc];
    uint32_t before = net->granted[input];
    port->chosen = (uint16_t)vc;
    net->granted[input] = before | UINT32_C(1) << number;
    net->served[n_served] = input;
    return n_served + (before == 0);
}

/* Of several outputs: those that were granted to the same VC as the next one in turn. */
static RARELY uint32_t accept_in_turn(const FlitNet *net, uint32_t input, uint32_t granted,
                                      uint32_t *number)
{
    const FlitPort *in = &net->port[input], *first = in - in->number;
    uint32_t numbers = 0;
    *number = bits_next_in_turn(granted, in->accept);
    for (uint32_t left = granted; left; left &= left - 1)
        if (first[bits_lowest(left)].chosen == first[*number].chosen)
            numbers |= left & (0 - left);
    return numbers;
}

/* Of what an input is granted it takes one VC: flits move. */
static void accept(FlitNet *net, uint32_t input)
{
    FlitPort *in = &net->port[input], *first = in - in->number;
    uint32_t numbers = net->granted[input], number = bits_lowest(numbers);
    net->granted[input] = 0;
    if (!is_single(numbers))
        numbers = accept_in_turn(net, input, numbers, &number);
    uint32_t vc = first[number].chosen, id = in->first_vc + vc;
    in->accept = (uint16_t)number;
    in->accept_vc = (uint16_t)(vc - in->number * net->params.n_vcs);
    for (uint32_t left = numbers; left; left &= left - 1)
        first[bits_lowest(left)].grant = in->number;
    if (net->vc[id].is_tree)
        move_tree(net, id, numbers);
    else
        move(net, id, number);
}

/* ---- one cycle -------------------- */

/* Ports of 4096 that have a VC to give away, it may be. Those that will have one are added anew. */
static void allocate_all(FlitNet *net, uint32_t sum)
{
    uint64_t words = net->asked.sum[sum];
    net->asked.sum[sum] = 0;
    for (; words; words &= words - 1) {
        uint32_t word = sum * 64 + bits_lowest(words);
        uint64_t left = net->asked.word[word];
        net->asked.word[word] = 0;
        for (; left; left &= left - 1)
            allocate_vcs(net, word * 64 + bits_lowest(left));
    }
}

/* Ports of 4096 that are wanted. Returns how many inputs are served after that. */
static uint32_t grant_all(FlitNet *net, uint32_t sum, uint32_t n_served)
{
    for (uint64_t words = net->wanted.sum[sum]; words; words &= words - 1) {
        uint32_t word = sum * 64 + bits_lowest(words);
        for (uint64_t left = net->wanted.word[word]; left; left &= left - 1)
            n_served = grant(net, word * 64 + bits_lowest(left), n_served);
    }
    return n_served;
}

/* Words of which no port is wanted any more. */
static void tidy(FlitNet *net, uint32_t sum)
{
    for (uint64_t words = net->wanted.sum[sum]; words; words &= words - 1)
        if (net->wanted.word[sum * 64 + bits_lowest(words)] == 0)
            net->wanted.sum[sum] &= ~(words & (0 - words));
}

void flit_decide(FlitNet *net)
{
    uint32_t n_served = 0;
    for (uint32_t s = 0; s < net->n_sums; s++)
        allocate_all(net, s);
    for (uint32_t s = 0; s < net->n_sums; s++)
        n_served = grant_all(net, s, n_served);
    for (uint32_t i = 0; i < n_served; i++)
        accept(net, net->served[i]);
    for (uint32_t s = 0; s < net->n_sums; s++)
        tidy(net, s);
}
