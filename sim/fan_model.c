/* fan_model.c - when each copy of a packet leaves each buffer on its way down.
 *
 * A copy that leaves a station (the queue of a port, or the buffer behind a link) at cycle c
 * crosses the link ahead and can leave the next buffer from c + hop_cycles on. For the k-th flit
 * of a link with n slots behind it, where a flit's last phit leaves flit_cycles - 1 after its first,
 *     enters(k) = max(ready, left the station before it + 1, left(k - n) + 1)
 * with `left` that of the last phit; and at the end of the way the flit leaves for the FIFOs in the first cycle from its turn on in
 * which all of them have room. All that enters on the right is in the past of the flit, so the
 * time is known at once, unless a FIFO has no room: the flit waits, with it the flits behind it,
 * and the slots that they hold are given back at times not known yet, for which others wait in
 * turn. Room in a FIFO lets the first flit go and then whatever waited for it, up to the port.
 *
 * A FIFO is asked when the copy is made, earlier than the flit gets there. Until then the FIFO
 * can only become emptier, as all it gets comes this way in this order: room now is room then.
 *
 * A place in the queue of a port is free from the cycle on in which the last phit of the last copy
 * leaves it.
 *
 * Source: max-plus recurrence of a tree of first-come-first-served servers with finite buffers;
 * see mesh_model.c. Cost: O(links on the way) per copy; no event but for FIFOs that had no room.
 */
#include "fan_model.h"

#include "base/check.h"

enum { FETCH_AHEAD = 2 }; /* copies: long enough before, and the first ones do not matter */

/* ---- which ports work -------------------- */

#define FED_BY_MANY (PROGRAM_NONE - 1)

static void note_feeder(uint32_t *feeder, uint32_t link, uint32_t from)
{
    feeder[link] = feeder[link] == PROGRAM_NONE || feeder[link] == from ? from : FED_BY_MANY;
}

/* Who feeds each link of a chip: a link, port n_links + p, or many. Links on the way up count as
 * fed by many. */
static uint32_t *find_feeders(Arena *arena, const Topology *topology)
{
    uint32_t *feeder = ARENA_ARRAY(arena, uint32_t, topology->n_links);
    for (uint32_t l = 0; l < topology->n_links; l++)
        feeder[l] = PROGRAM_NONE;
    for (uint32_t t = 0; t < topology->n_tiles; t++) {
        const NocPath *up = &topology->to_router[t], *down = &topology->from_router[t];
        for (uint32_t i = 0; i < up->n_links; i++)
            feeder[up->link[i]] = FED_BY_MANY;
        for (uint32_t i = 0; i < down->n_links; i++)
            note_feeder(feeder, down->link[i],
                        i == 0 ? topology->n_links + down->port : down->link[i - 1]);
    }
    return feeder;
}

static bool *find_working_ports(Arena *arena, const Topology *topology, const uint32_t *feeder)
{
    bool *works = ARENA_ARRAY(arena, bool, topology->n_ports);
    for (uint32_t p = 0; p < topology->n_ports; p++)
        works[p] = true;
    for (uint32_t t = 0; t < topology->n_tiles; t++) {
        const NocPath *down = &topology->from_router[t];
        for (uint32_t i = 0; i < down->n_links; i++)
            works[down->port] &= feeder[down->link[i]] != FED_BY_MANY;
    }
    return works;
}

/* The links on the way to a tile; their rings from `first` on. Returns how many were new. */
static uint32_t add_path(FanModel *fan, uint32_t tile, uint64_t first)
{
    const Plan *plan = fan->plan;
    uint32_t t = tile % plan->topology->n_tiles, n_new = 0;
    uint32_t port =
        tile / plan->topology->n_tiles * plan->n_ports + plan->topology->from_router[t].port;
    if (!fan->port[port].works)
        return 0;
    uint32_t feeder = plan->n_links + port;
    for (const uint32_t *hop = &plan->hops[plan->down[tile]]; *hop < plan->n_links; hop++) {
        FanLink *link = &fan->link[*hop];
        if (!link->on_the_way)
            *link = (FanLink){.on_the_way = true,
                              .feeder = feeder,
                              .port = port,
                              .first = first + (uint64_t)(fan->ring_mask + 1) * n_new++};
        feeder = *hop;
        fan->tile[tile].n_links++;
    }
    fan->tile[tile].last_link = feeder;
    return n_new;
}

void fan_init(Arena *arena, FanModel *fan, const Plan *plan, const FanHooks *hooks,
              const uint32_t *full, uint32_t n_slots, uint32_t n_places)
{
    const Topology *topology = plan->topology;
    const uint32_t *feeder = find_feeders(arena, topology);
    const bool *works = find_working_ports(arena, topology, feeder);
    uint32_t ring = 1;
    while (ring < n_slots)
        ring *= 2;
    *fan = (FanModel){.plan = plan, .hooks = *hooks, .full = full};
    fan->n_slots = n_slots;
    fan->tail_cycles = plan->flit_cycles - 1;
    fan->ring_mask = ring - 1;
    fan->n_places = n_places;
    fan->router_cycle = NEVER;
    fan->port = ARENA_ARRAY(arena, FanPort, plan->n_all_ports);
    for (uint32_t p = 0; p < plan->n_all_ports; p++) {
        fan->port[p].works = works[p % topology->n_ports] && !plan->hop_by_hop;
        fan->port[p].wants = PROGRAM_NONE;
        fan->port[p].place = ARENA_ARRAY(arena, FanPlace, n_places);
    }
    fan->link = ARENA_ARRAY(arena, FanLink, plan->n_links);
    fan->tile = ARENA_ARRAY(arena, FanTile, plan->n_tiles);
    fan->freed = ARENA_ARRAY(arena, uint32_t, plan->n_tiles);
    uint64_t n_rings = 0;
    for (uint32_t t = 0; t < plan->n_tiles; t++)
        n_rings += add_path(fan, t, ring * n_rings);
    fan->left = ARENA_ARRAY(arena, uint64_t, ring * n_rings);
    fan->flit = ARENA_ARRAY(arena, FanFlit, ring * n_rings);
}

/* ---- one flit -------------------- */

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Takes a slot behind the link at *cycle or, if there is none then, as soon as there is; false if
 * that is not known yet. */
static bool take_slot(FanModel *fan, uint32_t id, uint64_t *cycle)
{
    FanLink *link = &fan->link[id];
    if (link->n_in >= link->n_out + fan->n_slots)
        return false;
    if (link->next_leave > *cycle && link->n_in >= fan->n_slots) {
        uint64_t left = fan->left[link->first + ((link->n_in - fan->n_slots) & fan->ring_mask)];
        uint64_t from = later(*cycle, left + 1);
        link->stall += from - *cycle;
        *cycle = from;
    }
    link->n_in++;
    fan->n_moves++;
    return true;
}

/* Takes what the flit needs to go on: a slot, or room in FIFOs. */
static bool take_output(FanModel *fan, uint32_t output, uint32_t dest, uint64_t *cycle)
{
    if (output < fan->plan->n_links)
        return take_slot(fan, output, cycle);
    if (fan->full[output - fan->plan->n_links] & fan->plan->dest[dest].mask) {
        uint64_t room = NEVER;
        if (fan->hooks.room_from != NULL)
            room = fan->hooks.room_from(fan->hooks.context, dest);
        if (room == NEVER)
            return false;
        *cycle = later(*cycle, room);
    }
    *cycle = later(*cycle, fan->now);
    fan->n_moves++;
    return true;
}

/* The flit begins to leave the buffer behind the link; `late` if it has waited there. */
static void give_slot_back(FanModel *fan, FanLink *link, uint64_t cycle, bool late)
{
    uint64_t left = cycle + fan->tail_cycles;
    if (late)
        fan->port[link->port].late_until = later(fan->port[link->port].late_until, left);
    fan->left[link->first + (link->n_out++ & fan->ring_mask)] = left;
    link->next_leave = left + 1;
}

static void deliver(const FanModel *fan, uint32_t dest, const Packet *packet, uint64_t cycle)
{
    fan->hooks.deliver(fan->hooks.context, dest, packet, cycle + fan->plan->eject_cycles);
}

static void wait_behind(FanModel *fan, FanLink *link, const FanFlit *flit)
{
    CHECK(link->n_waiting < fan->n_slots);
    fan->port[link->port].n_waiting++;
    fan->flit[link->first + ((link->waiting_at + link->n_waiting++) & fan->ring_mask)] = *flit;
}

/* A flit is in the buffer behind a link from `ready` on, on its way to hops[cursor]: as far as it
 * goes. */
static void travel(FanModel *fan, uint32_t at, uint32_t cursor, uint32_t dest, const Packet *packet,
                   uint64_t ready)
{
    const Plan *plan = fan->plan;
    for (;; cursor++) {
        FanLink *link = &fan->link[at];
        uint32_t output = plan->hops[cursor];
        uint64_t cycle = later(ready, link->next_leave);
        if (link->n_waiting > 0 || !take_output(fan, output, dest, &cycle)) {
            if (link->n_waiting == 0)
                link->wants = output;
            wait_behind(fan, link, &(FanFlit){*packet, cursor, dest, ready});
            return;
        }
        give_slot_back(fan, link, cycle, cycle > ready);
        if (output >= plan->n_links) {
            deliver(fan, dest, packet, cycle);
            return;
        }
        at = output;
        ready = cycle + plan->hop_cycles;
    }
}

/* ---- stations -------------------- */

/* The way of a copy that leaves its port at `cycle`, if nobody on it waits or has waited since:
 * then all before it are at least flit_cycles ahead on every link, and leave at most as many of the
 * slots behind any link taken as its stages hold. False if the tile has no room, or the way must be walked. */
static inline bool go_directly(FanModel *fan, const FanPort *port, uint32_t at,
                               const Packet *packet, uint64_t cycle)
{
    const PlanDest *dest = &fan->plan->dest[at];
    FanTile *tile = &fan->tile[dest->tile];
    if (port->n_waiting > 0 || cycle <= port->late_until || (fan->full[dest->tile] & dest->mask))
        return false;
    tile->n_direct++;
    deliver(fan, at, packet, cycle + tile->n_links * fan->plan->hop_cycles);
    return true;
}

/* The next copy leaves a port; false if it has to wait there. */
static bool send_copy(FanModel *fan, FanPort *port, const FanPlace *place)
{
    const Plan *plan = fan->plan;
    uint64_t cycle = later(place->ready, port->next_leave);
    if (!go_directly(fan, port, place->next, &place->packet, cycle)) {
        uint32_t cursor = plan->down[plan->dest[place->next].tile], first = plan->hops[cursor];
        if (!take_slot(fan, first, &cycle)) {
            port->wants = first;
            return false;
        }
        travel(fan, first, cursor + 1, place->next, &place->packet, cycle + plan->hop_cycles);
    }
    port->next_leave = cycle + fan->tail_cycles + 1;
    return true;
}

/* Copies leave the queue of a port as long as their times are known. */
static void serve_port(FanModel *fan, uint32_t id)
{
    FanPort *port = &fan->port[id];
    port->wants = PROGRAM_NONE;
    while (port->n_pending > 0) {
        FanPlace *place = &port->place[port->serve_at];
        for (; place->next < place->end; place->next++) {
            if (fan->hooks.expect != NULL && place->next + FETCH_AHEAD < place->end)
                fan->hooks.expect(fan->hooks.context, place->next + FETCH_AHEAD);
            if (!send_copy(fan, port, place))
                return;
        }
        place->gone = port->next_leave - 1;
        port->serve_at = port->serve_at + 1 == fan->n_places ? 0 : port->serve_at + 1;
        port->n_pending--;
        fan->hooks.port_free(fan->hooks.context, id, place->gone);
    }
}

/* Flits leave the buffer behind a link as long as their times are known; true if any did. */
static bool serve_link(FanModel *fan, uint32_t id)
{
    FanLink *link = &fan->link[id];
    bool moved = false;
    while (link->n_waiting > 0) {
        const FanFlit flit = fan->flit[link->first + link->waiting_at];
        uint32_t output = fan->plan->hops[flit.cursor];
        uint64_t cycle = later(flit.ready, link->next_leave);
        link->wants = output;
        if (!take_output(fan, output, flit.dest, &cycle))
            return moved;
        give_slot_back(fan, link, cycle, true);
        fan->port[link->port].n_waiting--;
        link->waiting_at = (link->waiting_at + 1) & fan->ring_mask;
        link->n_waiting--;
        moved = true;
        if (output >= fan->plan->n_links)
            deliver(fan, flit.dest, &flit.packet, cycle);
        else
            travel(fan, output, flit.cursor + 1, flit.dest, &flit.packet,
                   cycle + fan->plan->hop_cycles);
    }
    return moved;
}

/* ---- from outside -------------------- */

/* Does a flit wait for room in the FIFOs of the tile? */
static bool waits_for(const FanModel *fan, uint32_t tile)
{
    const FanLink *link = &fan->link[fan->tile[tile].last_link];
    return link->n_waiting > 0 && link->wants == fan->plan->n_links + tile;
}

/* What waits at the end of the way goes, then whatever waited for the slots that this frees. */
static void retry(FanModel *fan, uint32_t tile)
{
    uint32_t at = fan->tile[tile].last_link;
    while (serve_link(fan, at)) {
        uint32_t feeder = fan->link[at].feeder;
        if (feeder >= fan->plan->n_links) {
            if (fan->port[feeder - fan->plan->n_links].wants == at)
                serve_port(fan, feeder - fan->plan->n_links);
            return;
        }
        if (fan->link[feeder].n_waiting == 0 || fan->link[feeder].wants != at)
            return;
        at = feeder;
    }
}

void fan_free(FanModel *fan, uint32_t tile, uint64_t ps)
{
    if (!waits_for(fan, tile))
        return;
    if (ps > fan->freed_ps) {
        fan->freed_ps = ps;
        fan->now = clock_edge_at_or_after(&fan->plan->clock[DOMAIN_NOC], ps);
    }
    if (!fan->tile[tile].freed)
        fan->freed[fan->n_freed++] = tile;
    fan->tile[tile].freed = true;
}

void fan_settle(FanModel *fan)
{
    while (fan->n_freed > 0) {
        uint32_t tile = fan->freed[--fan->n_freed];
        fan->tile[tile].freed = false;
        if (waits_for(fan, tile))
            retry(fan, tile);
    }
}

uint64_t fan_port_room(FanModel *fan, uint32_t port, uint64_t router_cycle)
{
    const FanPort *queue = &fan->port[port];
    uint64_t gone = queue->place[queue->push_at].gone;
    if (gone == NEVER)
        return NEVER;
    if (router_cycle != fan->router_cycle) {
        fan->router_cycle = router_cycle;
        fan->router_noc = plan_cross_after(fan->plan, DOMAIN_ROUTER, router_cycle, DOMAIN_NOC) - 1;
    }
    return gone <= fan->router_noc ? 0 : plan_cross(fan->plan, DOMAIN_NOC, gone, DOMAIN_ROUTER);
}

void fan_port_push(FanModel *fan, uint32_t port, const Packet *packet, const uint32_t range[2],
                   uint64_t cycle)
{
    FanPort *queue = &fan->port[port];
    FanPlace *place = &queue->place[queue->push_at];
    CHECK(place->gone != NEVER);
    *place = (FanPlace){*packet, range[0], range[1], cycle, NEVER};
    queue->push_at = queue->push_at + 1 == fan->n_places ? 0 : queue->push_at + 1;
    if (queue->n_pending++ == 0)
        serve_port(fan, port);
}

void fan_finish(FanModel *fan, LinkCounts *link)
{
    const Plan *plan = fan->plan;
    for (uint32_t t = 0; t < plan->n_tiles; t++) {
        FanTile *tile = &fan->tile[t];
        for (uint32_t i = 0; i < tile->n_links; i++)
            fan->link[plan->hops[plan->down[t] + i]].n_direct += tile->n_direct;
        fan->n_moves += tile->n_direct * (tile->n_links + 1);
        tile->n_direct = 0;
    }
    for (uint32_t l = 0; l < plan->n_links; l++) {
        const FanLink *from = &fan->link[l];
        uint64_t flits = from->n_in + from->n_direct;
        if (from->on_the_way) /* payload: events carry their value, markers their count */
            link[l] = (LinkCounts){flits, flits, flits * plan->flit_cycles, from->stall};
    }
}

uint64_t fan_held(const FanModel *fan)
{
    uint64_t held = 0;
    for (uint32_t l = 0; l < fan->plan->n_links; l++)
        held += fan->link[l].n_waiting;
    for (uint32_t p = 0; p < fan->plan->n_all_ports; p++)
        held += fan->port[p].n_pending;
    return held;
}
