/* flit_router.h - one router in one cycle, and the calendar it writes to. Private to sim/flit. */
#ifndef SIM_FLIT_ROUTER_H
#define SIM_FLIT_ROUTER_H

#include "../bits.h"
#include "base/check.h"
#include "flit_net.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FLIT_ROUTED = 31 }; /* in the place of an output, in a wake: the packet has been routed */

/* flit_decide - all routers in this cycle: VC allocation, then switch allocation. */
void flit_decide(FlitNet *net);

/* flit_depart - the last phit of the flit in front of an input VC leaves it, and the output VC that
 * it took. */
void flit_depart(FlitNet *net, uint32_t id, uint32_t flit);

static inline void flit_set_add(FlitSet *set, uint32_t port)
{
    set->word[port / 64] |= UINT64_C(1) << (port % 64);
    set->sum[port / 4096] |= UINT64_C(1) << (port / 64 % 64);
}

/* VC 0 of an input. */
static inline uint32_t flit_input_vc(const FlitNet *net, uint32_t input)
{
    return (input / net->n_ports << net->stride_bits) + input % net->n_ports * net->params.n_vcs;
}

/* Port 0 of the router of an input VC; the VC as a bit of the router's. */
static inline uint32_t flit_first_port(const FlitNet *net, uint32_t id)
{
    return (id >> net->stride_bits) * net->n_ports;
}

static inline uint64_t flit_bit(const FlitNet *net, uint32_t id)
{
    return UINT64_C(1) << (id & (net->stride - 1));
}

/* ---- the calendar -------------------- */

static inline FlitDue *flit_due(FlitNet *net, uint64_t cycle)
{
    net->calendar.due |= UINT64_C(1) << (cycle % FLIT_SLOTS);
    return &net->calendar.slot[cycle % FLIT_SLOTS];
}

static inline void flit_set_arrival(FlitNet *net, uint32_t vc, uint32_t flit, uint64_t cycle)
{
    FlitDue *due = flit_due(net, cycle);
    due->arrival[due->n_arrivals++] = (FlitArrival){vc, flit};
}

static inline void flit_set_credit(FlitNet *net, uint32_t out_vc, uint64_t cycle)
{
    FlitDue *due = flit_due(net, cycle);
    due->credit[due->n_credits++] = out_vc;
}

static inline void flit_set_wake(FlitNet *net, uint32_t vc, uint32_t port, uint64_t cycle)
{
    FlitDue *due = flit_due(net, cycle);
    due->wake[due->n_wakes++] = vc * 32 + port;
}

/* ---- a packet in front of an input VC -------------------- */

static inline uint32_t flit_front(const FlitNet *net, const FlitVc *vc, uint32_t behind)
{
    uint32_t at = (uint32_t)vc->head + behind;
    return net->flit[vc->first + (at >= vc->capacity ? at - vc->capacity : at)];
}

static inline FlitBranch *flit_branch(const FlitNet *net, uint32_t id, uint32_t number)
{
    return &net->branch[(size_t)id * net->n_ports + number];
}

/* It has been routed now: it asks for output VCs. */
static inline void flit_ask_for_vcs(FlitNet *net, uint32_t id)
{
    uint32_t first = flit_first_port(net, id);
    uint64_t bit = flit_bit(net, id);
    for (uint32_t left = net->vc[id].route; left; left &= left - 1) {
        FlitPort *port = &net->port[first + bits_lowest(left)];
        port->wait_since = port->n_waiting == 0 ? net->cycle : port->wait_since;
        port->n_waiting++;
        port->ask |= bit;
        flit_set_add(&net->asked, first + bits_lowest(left));
    }
}

/* It begins to be routed at `cycle`: now or later. */
static inline void flit_route(FlitNet *net, uint32_t id, uint64_t cycle)
{
    FlitVc *vc = &net->vc[id];
    uint32_t packet = flit_front(net, vc, 0) & ~FLIT_TAIL;
    uint32_t route = net->hooks.route(net->hooks.context, id >> net->stride_bits, packet);
    uint64_t routed = cycle + net->params.routing_cycles;
    vc->route = route;
    vc->is_tree = (route & (route - 1)) != 0;
    for (uint32_t left = vc->is_tree ? route : 0; left; left &= left - 1)
        flit_branch(net, id, bits_lowest(left))->sent = 0;
    if (routed > net->cycle)
        flit_set_wake(net, id, FLIT_ROUTED, routed);
    else
        flit_ask_for_vcs(net, id);
}

/* Has the input VC a flit, and a credit, for an output it is live at? */
static inline bool flit_can_ask(const FlitNet *net, uint32_t id, uint32_t number)
{
    const FlitVc *vc = &net->vc[id];
    if (!vc->is_tree)
        return vc->count > 0 && net->out_vc[vc->out_vc].credits > 0;
    const FlitBranch *branch = flit_branch(net, id, number);
    return vc->count > branch->sent && net->out_vc[branch->out_vc].credits > 0;
}

/* If so, it asks the switch. */
static inline void flit_ask_switch(FlitNet *net, uint32_t id, uint32_t number)
{
    if (!flit_can_ask(net, id, number))
        return;
    uint32_t port = flit_first_port(net, id) + number;
    net->port[port].want |= flit_bit(net, id);
    flit_set_add(&net->wanted, port);
}

/* What the input VC was granted at an output may ask the switch now. */
static inline void flit_live(FlitNet *net, uint32_t id, uint32_t number)
{
    net->vc[id].live |= UINT32_C(1) << number;
    flit_ask_switch(net, id, number);
}

#ifdef __cplusplus
}
#endif
#endif
