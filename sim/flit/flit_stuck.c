/* flit_stuck.c - do packets wait for one another for ever?
 *
 * An input VC lives if what it has can move on sooner or later: something of it is due in the
 * calendar, it may ask the switch, the outside takes its flits, an output VC that it asks for is
 * free or belongs to one that lives, the buffer ahead belongs to one that lives, or, where the rest
 * of its packet has still to come, the VC that this comes from lives. All others wait for one
 * another, in rings and queues before them, and no event to come can change that: this is no guess.
 * Packets of several outputs count as alive: no ring is found that they are part of.
 *
 * Method: all are dead but those that live of their own; then whatever waits for one that lives
 * lives, until nothing changes. Along the first party that each of the dead waits for lies a ring.
 * Cost: O(input VCs times the longest chain).
 */
#include "flit_router.h"

/* What the packet in front of an input VC waits for: one other input VC, `on` (FLIT_OUTSIDE:
 * only what the outside does at some time), or any of the owners of the output VCs of `port`. */
typedef struct Need {
    uint32_t on, port; /* port: FLIT_OUTSIDE where `on` counts */
} Need;

static uint32_t wanted_port(const FlitNet *net, uint32_t id)
{
    return flit_first_port(net, id) + bits_lowest(net->vc[id].route);
}

static Need need_of(const FlitNet *net, uint32_t id)
{
    const FlitVc *vc = &net->vc[id];
    if (vc->live == 0)
        return (Need){FLIT_OUTSIDE, wanted_port(net, id)};
    const FlitOutVc *out = &net->out_vc[vc->out_vc];
    if (vc->count > 0)
        return (Need){out->credits == 0 ? out->to : FLIT_OUTSIDE, FLIT_OUTSIDE};
    /* the rest of its packet comes by the VC before it; from outside it can always come */
    uint32_t before = vc->back == FLIT_OUTSIDE ? FLIT_OUTSIDE : net->out_vc[vc->back].owner;
    return (Need){before, FLIT_OUTSIDE};
}

/* The first dead owner of an output VC of the port; FLIT_OUTSIDE if any is free or lives. */
static uint32_t dead_owner(const FlitNet *net, uint32_t port, const bool *dead)
{
    uint32_t n_vcs = net->params.n_vcs, first = FLIT_OUTSIDE;
    for (uint32_t v = 0; v < n_vcs; v++) {
        const FlitOutVc *out = &net->out_vc[port * n_vcs + v];
        uint32_t holder = out->owner;
        if (holder == FLIT_OUTSIDE && net->params.vc_alloc_cycles == 0 && out->credits == 0)
            holder = out->to; /* free, but not given away before a slot behind it is */
        if (holder == FLIT_OUTSIDE || !dead[holder])
            return FLIT_OUTSIDE;
        first = first == FLIT_OUTSIDE ? holder : first;
    }
    return first;
}

/* The party that a dead VC waits for; FLIT_OUTSIDE: none of the dead, so it lives. */
static uint32_t waits_on(const FlitNet *net, uint32_t id, const bool *dead)
{
    Need need = need_of(net, id);
    if (need.port != FLIT_OUTSIDE)
        return dead_owner(net, need.port, dead);
    return need.on != FLIT_OUTSIDE && dead[need.on] ? need.on : FLIT_OUTSIDE;
}

/* Dead so far: packets of one output in front of a VC, of which nothing is due. */
static void begin(const FlitNet *net, bool *dead)
{
    for (uint32_t id = 0; id < net->n_routers * net->stride; id++)
        dead[id] = net->vc[id].route != 0 && !net->vc[id].is_tree;
    for (uint32_t s = 0; s < FLIT_SLOTS; s++) {
        const FlitDue *due = &net->calendar.slot[s];
        for (uint32_t i = 0; i < due->n_arrivals; i++)
            dead[due->arrival[i].vc] = false;
        for (uint32_t i = 0; i < due->n_wakes; i++)
            dead[due->wake[i] / 32] = false;
        for (uint32_t i = 0; i < due->n_credits; i++) {
            const FlitOutVc *out = &net->out_vc[due->credit[i]];
            if (out->owner != FLIT_OUTSIDE)
                dead[out->owner] = false;
            if (out->to != FLIT_OUTSIDE)
                dead[out->to] = false; /* who asks for this output VC waits for `to` */
        }
    }
}

uint32_t flit_net_stuck(const FlitNet *net, bool *dead, uint32_t *ring)
{
    uint32_t n_vcs = net->n_routers * net->stride, first = FLIT_OUTSIDE, n_ring = 0;
    begin(net, dead);
    for (bool changes = true; changes;) {
        changes = false;
        first = FLIT_OUTSIDE;
        for (uint32_t id = n_vcs; id-- > 0;) {
            if (!dead[id])
                continue;
            dead[id] = waits_on(net, id, dead) != FLIT_OUTSIDE;
            changes |= !dead[id];
            first = dead[id] ? id : first;
        }
    }
    if (first == FLIT_OUTSIDE)
        return 0;
    for (uint32_t i = 0; i < n_vcs; i++) /* a chain that goes on for so long is in its ring */
        first = waits_on(net, first, dead);
    uint32_t at = first;
    do {
        ring[n_ring++] = at;
        at = waits_on(net, at, dead);
    } while (at != first);
    return n_ring;
}
