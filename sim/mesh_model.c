/* mesh_model.c - when a copy leaves a router, and when the next one sees it.
 *
 * A way out holds n_places copies: a place is taken by the look-up and free again when the copy
 * has left, with its last phit. Copies leave in the order of their look-ups, on a mesh one every
 * flit_cycles NoC cycles, one frame after the other between chips. A router looks up whole packets:
 * on a mesh it sees one when its last phit is there. A link's copy needs a free slot of the buffer at its far end; a
 * slot is taken from the copy's leaving until the router there has looked the packet up, and the
 * k-th copy takes the slot that the (k - slots)-th gave back. So
 *     leaves(k) = max(looked up(k), wire free after k - 1, slot given back by k - slots)
 * is known as soon as the last of the three is: mostly when the copy is made. Else the copy waits,
 * and mesh_pop at the far end or mesh_step for an eject port lets it go. Slots that are given back
 * at a router edge serve from the next NoC edge on; between chips after the latency of the link.
 *
 * An eject port needs room in the FIFOs of all cores that get the packet; the room is taken when
 * the copy is made if there is some and no other copy waits, so a FIFO counts packets that are
 * lookup_cycles and eject_cycles away. Room freed by a core serves from the first NoC edge at or
 * after its time on.
 *
 * Deadlock: a copy for a link waits only for the buffer behind it, and the head of a buffer only
 * for places of the ways out that its turn allows; copies for cores wait for cores, which always
 * drain their FIFOs. As the turns in use form no cycle (program_check), the links can be put in an
 * order in which each waits for later ones only; the last of them drains, hence all do.
 *
 * Source: credit flow control as in Dally and Towles 2004, ch. 13; the recurrence above is the
 * max-plus form of a first-come-first-served server with finite buffers.
 * Cost: O(1) per copy; links that carry nothing cost nothing.
 */
#include "mesh_model.h"

#include "base/check.h"

static uint32_t after(uint32_t at, uint32_t n)
{
    return at + 1 == n ? 0 : at + 1;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void mesh_begin(MeshModel *mesh, uint64_t cycle)
{
    const Plan *plan = mesh->plan;
    mesh->now_cycle = cycle;
    mesh->now_ps = clock_edge_ps(&plan->clock[DOMAIN_ROUTER], cycle);
    mesh->out_ps = clock_edge_ps(&plan->clock[DOMAIN_ROUTER], cycle + plan->lookup_cycles);
    if (plan->one_clock) {
        mesh->now_noc = cycle;
        mesh->out_cycle = cycle + plan->lookup_cycles;
    } else {
        const Clock *noc = &plan->clock[DOMAIN_NOC];
        mesh->now_noc = clock_edge_at_or_after(noc, mesh->now_ps + 1) - 1;
        mesh->out_cycle = clock_edge_at_or_after(noc, mesh->out_ps);
    }
    mesh->now_link = plan->frame_links ? mesh->now_ps : mesh->now_noc;
}

/* Router edge at or after a NoC edge; copies of one time mostly ask for the same few. Edge 0 is
 * edge 0 in both, so zeros are a right memory. */
static uint64_t seen_by_router(MeshModel *mesh, uint64_t noc_cycle)
{
    if (mesh->plan->one_clock)
        return noc_cycle;
    uint32_t at = (uint32_t)(noc_cycle % N_CROSSINGS);
    if (mesh->crossed_from[at] != noc_cycle) {
        mesh->crossed_from[at] = noc_cycle;
        mesh->crossed_to[at] = plan_cross(mesh->plan, DOMAIN_NOC, noc_cycle, DOMAIN_ROUTER);
    }
    return mesh->crossed_to[at];
}

static uint64_t router_edge(const MeshModel *mesh, uint64_t ps)
{
    return clock_edge_at_or_after(&mesh->plan->clock[DOMAIN_ROUTER], ps);
}

/* ---- queues -------------------- */

static void push(MeshModel *mesh, uint32_t queue, const MeshFlit *flit)
{
    MeshQueue *ring = &mesh->queue[queue];
    CHECK(ring->count < ring->capacity);
    uint32_t at = ring->head + ring->count++;
    mesh->flit[ring->first + (at >= ring->capacity ? at - ring->capacity : at)] = *flit;
    if (ring->count == 1)
        mesh->hooks.arrival(mesh->hooks.context, queue, flit->ready);
}

/* ---- ways out -------------------- */

/* Router edge from which a place is free for look-ups. */
static uint64_t place_free(MeshModel *mesh, bool frames, uint64_t gone)
{
    return frames ? router_edge(mesh, gone) : seen_by_router(mesh, gone);
}

uint64_t mesh_room_from(MeshModel *mesh, uint32_t out)
{
    const MeshOut *way = &mesh->out[out];
    uint64_t gone = mesh->gone[way->first + way->push_at];
    bool frames = mesh->plan->frame_links && out < mesh->plan->n_router_links;
    return gone == NEVER ? NEVER : place_free(mesh, frames, gone);
}

/* The copy begins to leave at its time or when the wire is free, not before `from`. Its place is
 * free place_time later. Between chips it can begin at this very router edge: the place then serves
 * from the next one on, so that the order in which routers are looked at does not matter. */
static uint64_t begin_to_leave(MeshModel *mesh, MeshOut *way, uint64_t ready, uint64_t from,
                               uint64_t wire_time, uint64_t place_time)
{
    uint64_t begin = later(later(ready, way->wire_free), from);
    way->stall += begin - later(ready, way->last_begin);
    way->last_begin = begin;
    way->wire_free = begin + wire_time;
    way->flits++;
    mesh->gone[way->first + way->send_at] = begin + place_time;
    way->send_at = after(way->send_at, mesh->n_places);
    mesh->n_moves++;
    return begin;
}

/* The same of a flit on a chip: its place is free with its last phit. */
static uint64_t flit_leaves(MeshModel *mesh, MeshOut *way, uint64_t ready, uint64_t from)
{
    const uint64_t cycles = mesh->plan->flit_cycles;
    return begin_to_leave(mesh, way, ready, from, cycles, cycles - 1);
}

/* When a frame that begins to leave is at the other side. A link of the caller's own may take its
 * time, but keeps the order of packets, and nothing is there before it has left. */
static uint64_t frame_arrival(const MeshModel *mesh, uint32_t link, const Packet *packet,
                              uint64_t begin)
{
    const Plan *plan = mesh->plan;
    const PlanLink *times = plan_link(plan, link);
    const uint64_t built_in = times->frame_ps + times->latency_ps;
    if (mesh->parts == NULL || mesh->parts->frame == NULL)
        return begin + built_in;
    const RouterLink *ends = &plan->topology->router_link[link];
    MeshOut *way = &mesh->out[link];
    const FrameJob job = {.link = link,
                          .from = ends->from,
                          .to = ends->to,
                          .key = packet->key,
                          .payload = packet->payload,
                          .n_bits = cost_count(&plan->chip->links.frame_bits),
                          .begin_ps = begin,
                          .built_in_ps = built_in};
    const uint64_t arrival = begin + mesh->parts->frame(mesh->parts->context, &job);
    way->last_arrival = later(later(arrival, way->last_arrival), begin + 1);
    return way->last_arrival;
}

/* A copy whose credit is known crosses the link. */
static void cross_link(MeshModel *mesh, uint32_t link, const MeshFlit *copy)
{
    const Plan *plan = mesh->plan;
    MeshOut *way = &mesh->out[link];
    uint64_t *credit = &mesh->credit[way->first_slot + way->credit_at];
    uint64_t from = *credit;
    MeshFlit flit = *copy;
    *credit = NEVER;
    way->credit_at = after(way->credit_at, mesh->queue[link].capacity);
    if (plan->frame_links) {
        const uint64_t frame_ps = plan_link(plan, link)->frame_ps;
        uint64_t begin = begin_to_leave(mesh, way, copy->ready, from, frame_ps, 1);
        flit.ready = router_edge(mesh, frame_arrival(mesh, link, &copy->packet, begin));
    } else {
        uint64_t begin = flit_leaves(mesh, way, copy->ready, from);
        flit.ready = seen_by_router(mesh, begin + plan->whole_cycles);
    }
    push(mesh, link, &flit);
}

static void eject(MeshModel *mesh, uint32_t tile, const MeshFlit *copy, uint64_t from)
{
    MeshOut *way = &mesh->out[mesh->plan->n_router_links + tile];
    uint64_t begin = flit_leaves(mesh, way, copy->ready, from);
    mesh->hooks.deliver(mesh->hooks.context, copy->node, &copy->packet,
                        begin + mesh->plan->eject_cycles);
}

/* Takes the next place of a way out; true if the copy has to wait there. */
static bool take_place(MeshModel *mesh, MeshOut *way, const MeshFlit *copy, bool may_go)
{
    uint64_t place = way->first + way->push_at;
    way->push_at = after(way->push_at, mesh->n_places);
    mesh->gone[place] = NEVER;
    if (may_go && way->n_waiting == 0)
        return false;
    mesh->wait[place] = *copy;
    way->n_waiting++;
    return true;
}

void mesh_send(MeshModel *mesh, uint32_t link, const Packet *packet, uint32_t node)
{
    MeshOut *way = &mesh->out[link];
    MeshFlit copy = {*packet, node, mesh->plan->frame_links ? mesh->out_ps : mesh->out_cycle};
    bool has_credit = mesh->credit[way->first_slot + way->credit_at] != NEVER;
    if (!take_place(mesh, way, &copy, has_credit))
        cross_link(mesh, link, &copy);
}

void mesh_eject(MeshModel *mesh, uint32_t dest, const Packet *packet)
{
    uint32_t tile = mesh->plan->dest[dest].tile;
    MeshFlit copy = {*packet, dest, mesh->out_cycle};
    bool has_room = (mesh->full[tile] & mesh->plan->dest[dest].mask) == 0;
    if (!take_place(mesh, &mesh->out[mesh->plan->n_router_links + tile], &copy, has_room))
        eject(mesh, tile, &copy, 0);
}

/* The first copy that waits at a way out has begun to leave. */
static void stop_waiting(MeshModel *mesh, MeshOut *way, bool frames)
{
    way->n_waiting--;
    uint64_t gone = way->last_begin + (frames ? 1 : mesh->plan->flit_cycles - 1);
    mesh->hooks.out_free(mesh->hooks.context, way->router, place_free(mesh, frames, gone));
}

void mesh_pop(MeshModel *mesh, uint32_t queue)
{
    const Plan *plan = mesh->plan;
    MeshQueue *ring = &mesh->queue[queue];
    ring->head = after(ring->head, ring->capacity);
    ring->count--;
    if (queue >= plan->n_router_links) {
        mesh->hooks.inject_free(mesh->hooks.context, queue - plan->n_router_links, mesh->now_cycle);
        return;
    }
    MeshOut *way = &mesh->out[queue];
    mesh->credit[way->first_slot + way->free_at] =
        plan->frame_links ? mesh->now_ps + plan_link(plan, queue)->latency_ps : mesh->now_noc + 1;
    way->free_at = after(way->free_at, ring->capacity);
    if (way->n_waiting == 0)
        return;
    MeshFlit copy = mesh->wait[way->first + way->send_at];
    cross_link(mesh, queue, &copy);
    stop_waiting(mesh, way, plan->frame_links);
}

/* ---- cores of a mesh -------------------- */

bool mesh_inject_room(const MeshModel *mesh, uint32_t core)
{
    const MeshQueue *ring = &mesh->queue[mesh->plan->n_router_links + core];
    return ring->count < ring->capacity;
}

void mesh_inject(MeshModel *mesh, uint32_t core, const Packet *packet, uint64_t t0_ps)
{
    const Plan *plan = mesh->plan;
    uint64_t entered = clock_edge_at_or_after(&plan->clock[DOMAIN_NOC], t0_ps);
    MeshFlit flit = {*packet, PROGRAM_NONE, seen_by_router(mesh, entered + plan->inject_cycles)};
    push(mesh, plan->n_router_links + core, &flit);
}

void mesh_fifo_full(MeshModel *mesh, uint32_t tile, uint32_t k)
{
    mesh->full[tile] |= UINT32_C(1) << k;
}

void mesh_fifo_free(MeshModel *mesh, uint32_t tile, uint32_t k, uint64_t ps)
{
    mesh->full[tile] &= ~(UINT32_C(1) << k);
    if (mesh->out[mesh->plan->n_router_links + tile].n_waiting == 0)
        return;
    uint64_t cycle = clock_edge_at_or_after(&mesh->plan->clock[DOMAIN_NOC], ps);
    if (mesh->wheel.due[tile] > cycle)
        wheel_set(&mesh->wheel, tile, cycle);
}

uint64_t mesh_next(const MeshModel *mesh)
{
    return wheel_next(&mesh->wheel);
}

void mesh_step(MeshModel *mesh, uint64_t cycle)
{
    wheel_advance(&mesh->wheel, cycle);
    for (uint32_t tile; (tile = wheel_take(&mesh->wheel)) != WHEEL_NONE;) {
        MeshOut *way = &mesh->out[mesh->plan->n_router_links + tile];
        while (way->n_waiting > 0) {
            MeshFlit copy = mesh->wait[way->first + way->send_at];
            if (mesh->plan->dest[copy.node].mask & mesh->full[tile])
                break;
            eject(mesh, tile, &copy, cycle);
            stop_waiting(mesh, way, false);
        }
    }
}

/* ---- counts -------------------- */

void mesh_finish(const MeshModel *mesh, LinkCounts *link)
{
    const Plan *plan = mesh->plan;
    const Clock *noc = &plan->clock[DOMAIN_NOC];
    for (uint32_t l = 0; l < plan->n_router_links; l++) {
        const MeshOut *way = &mesh->out[l];
        uint64_t busy = way->flits * plan->flit_cycles, stall = way->stall;
        if (plan->frame_links) {
            busy = clock_edge_at_or_after(noc, way->flits * plan_link(plan, l)->frame_ps);
            stall = clock_edge_at_or_after(noc, way->stall);
        }
        link[l] = (LinkCounts){way->flits, way->flits, busy, stall};
    }
}

uint64_t mesh_held(const MeshModel *mesh)
{
    uint64_t held = 0;
    for (uint32_t q = 0; q < mesh->n_queues; q++)
        held += mesh->queue[q].count;
    for (uint32_t o = 0; o < mesh->n_outs; o++)
        held += mesh->out[o].n_waiting;
    return held;
}

uint32_t mesh_waiting(const MeshModel *mesh, uint32_t link)
{
    return mesh->out[link].n_waiting;
}
