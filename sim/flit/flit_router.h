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

/* flit_route - the packet in front of the input VC begins to be routed at `cycle`: now or later. */
void flit_route(FlitNet *net, uint32_t vc, uint64_t cycle);

/* flit_ask_for_vcs - it has been routed now. */
void flit_ask_for_vcs(FlitNet *net, uint32_t vc);

/* flit_live - what the input VC was granted at output port `port` may ask the switch now. */
void flit_live(FlitNet *net, uint32_t vc, uint32_t port);

/* flit_router_step - VC allocation, then switch allocation; true if anything was granted. If not,
 * nothing changes before something arrives. */
bool flit_router_step(FlitNet *net, uint32_t router);

static inline void flit_activate(FlitNet *net, uint32_t router)
{
    net->active[router / 64] |= UINT64_C(1) << (router % 64);
}

/* VC 0 of an input. */
static inline uint32_t flit_input_vc(const FlitNet *net, uint32_t input)
{
    return (input / net->n_ports << net->stride_bits) + input % net->n_ports * net->params.n_vcs;
}

static inline uint32_t flit_slot(FlitNet *net, uint64_t cycle)
{
    uint32_t slot = (uint32_t)(cycle % FLIT_SLOTS);
    net->calendar.due |= UINT64_C(1) << slot;
    return slot;
}

static inline void flit_set_arrival(FlitNet *net, uint32_t vc, uint32_t flit, uint64_t cycle)
{
    FlitCalendar *calendar = &net->calendar;
    uint32_t slot = flit_slot(net, cycle), at = calendar->n_arrivals[slot]++;
    calendar->arrival[slot * calendar->max_arrivals + at] = (FlitArrival){vc, flit};
}

static inline void flit_set_credit(FlitNet *net, uint32_t out_vc, uint64_t cycle)
{
    FlitCalendar *calendar = &net->calendar;
    uint32_t slot = flit_slot(net, cycle), at = calendar->n_credits[slot]++;
    calendar->credit[slot * calendar->max_credits + at] = out_vc;
}

static inline void flit_set_wake(FlitNet *net, uint32_t vc, uint32_t port, uint64_t cycle)
{
    FlitCalendar *calendar = &net->calendar;
    uint32_t slot = flit_slot(net, cycle), at = calendar->n_wakes[slot]++;
    calendar->wake[slot * calendar->max_wakes + at] = vc * 32 + port;
}

static inline uint32_t flit_front(const FlitNet *net, const FlitVc *vc, uint32_t behind)
{
    uint32_t at = (uint32_t)vc->head + behind;
    return net->flit[vc->first + (at >= vc->capacity ? at - vc->capacity : at)];
}

/* Does an input VC have a flit, and a credit, for an output it is live at? */
static inline bool flit_can_ask(const FlitNet *net, uint32_t id, uint32_t port)
{
    const FlitVc *vc = &net->vc[id];
    const FlitBranch *branch = &net->branch[id * net->n_ports + port];
    uint32_t output = (id >> net->stride_bits) * net->n_ports + port;
    return vc->count > branch->sent &&
           (net->out_vc[output * net->params.n_vcs + branch->vc].credits > 0);
}

#ifdef __cplusplus
}
#endif
#endif
