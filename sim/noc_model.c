/* noc_model.c - one NoC cycle: heads become ready, outputs grant, freed slots and new heads take
 * effect.
 *
 * A cycle has three phases. First the wheel names the queues whose head gets ready now: each asks
 * the output it needs next. Then every output on the active list grants one request, round robin,
 * if the buffer behind it (links) or all FIFOs of the flit's cores (eject ports) have room; it
 * reserves that room. A flit of several phits holds the output, and the queue that it leaves, for a
 * cycle each: the third phase comes with its last. An output that cannot grant for want of room is parked until room comes.
 * Last, what the grants freed takes effect: credits go back, and the next flit of each queue that
 * lost its head asks for the cycle after.
 *
 * Only outputs with requests are looked at, so idle links cost nothing. Every queue is pending in
 * the wheel at most once, every output is listed at most once: nothing is allocated while
 * running.
 * Source: credit flow control and round-robin arbitration as in Dally and Towles 2004,
 * ch. 13 and 18.
 * Cost: O(1) per flit and hop.
 * Limits: one flit a packet, one virtual channel.
 */
#include "noc_model.h"

#include "base/check.h"
#include "bits.h"

/* Do packets for the tile come by the closed form? */
static bool by_fan(const NocModel *noc, uint32_t tile)
{
    return noc->fan.port[noc->port_of[tile]].works;
}

static Flit *queue_head(const NocModel *noc, uint32_t queue)
{
    const NocQueue *ring = &noc->queue[queue];
    return &noc->flit[ring->first + ring->head];
}

static Flit *queue_slot(NocModel *noc, uint32_t queue)
{
    NocQueue *ring = &noc->queue[queue];
    CHECK(ring->count < ring->capacity);
    uint32_t at = ring->head + ring->count++;
    return &noc->flit[ring->first + (at >= ring->capacity ? at - ring->capacity : at)];
}

/* Puts a flit at the end; if it is the head, it asks from its ready cycle on. */
static void queue_push(NocModel *noc, uint32_t queue, const Flit *flit)
{
    bool is_head = noc->queue[queue].count == 0 && !noc->queue[queue].popped;
    *queue_slot(noc, queue) = *flit;
    if (is_head)
        wheel_set(&noc->wheel, queue, flit->ready);
}

static void queue_pop(NocModel *noc, uint32_t queue)
{
    NocQueue *ring = &noc->queue[queue];
    ring->head = ring->head + 1 == ring->capacity ? 0 : ring->head + 1;
    ring->count--;
    ring->popped = true;
    noc->popped[noc->n_popped++] = queue;
}

static uint32_t wanted_output(const NocModel *noc, uint32_t queue, const Flit *head)
{
    if (queue < noc->plan->n_links + noc->plan->n_cores)
        return noc->plan->hops[head->cursor];
    return noc->plan->hops[noc->plan->down[noc->plan->dest[head->cursor].tile]];
}

static void list_output(NocModel *noc, uint32_t id, uint32_t *list, uint32_t *n_listed)
{
    NocOutput *output = &noc->output[id];
    if (output->listed)
        return;
    output->listed = true;
    list[(*n_listed)++] = id;
}

/* The head of the queue asks its output; a parked eject port looks again, as this flit may fit. */
static void request(NocModel *noc, uint32_t queue, uint32_t *list, uint32_t *n_listed)
{
    uint32_t id = wanted_output(noc, queue, queue_head(noc, queue));
    NocOutput *output = &noc->output[id];
    output->requests |= UINT64_C(1) << noc->queue[queue].request;
    if (output->parked_since == NEVER || id >= noc->plan->n_links)
        list_output(noc, id, list, n_listed);
}

static void park(NocOutput *output, uint64_t cycle)
{
    if (output->parked_since == NEVER)
        output->parked_since = cycle;
}

static void unpark(NocModel *noc, uint32_t id, uint64_t cycle)
{
    NocOutput *output = &noc->output[id];
    if (output->parked_since == NEVER)
        return;
    if (id < noc->plan->n_links)
        noc->link[id].stall_cycles += cycle - output->parked_since;
    output->parked_since = NEVER;
}

/* The flit that goes out of the head of a queue: the head itself, or its copy for its next tile. */
static Flit granted_flit(const NocModel *noc, uint32_t queue)
{
    const Plan *plan = noc->plan;
    Flit flit = *queue_head(noc, queue);
    if (queue < plan->n_links + plan->n_cores) {
        flit.cursor++;
        return flit;
    }
    flit.dest = flit.cursor;
    flit.cursor = plan->down[plan->dest[flit.dest].tile] + 1;
    return flit;
}

/* The last phit of the granted head leaves its queue (of a port queue: of its next copy). */
static void remove_granted(NocModel *noc, uint32_t queue, uint64_t cycle)
{
    const Plan *plan = noc->plan;
    if (queue < plan->n_links + plan->n_cores) {
        queue_pop(noc, queue);
        if (queue >= plan->n_links)
            noc->hooks.inject_free(noc->hooks.context, queue - plan->n_links, cycle);
        return;
    }
    Flit *head = queue_head(noc, queue);
    if (++head->cursor < head->dest) { /* the same packet goes on to its next tile */
        head->ready = cycle + 1;
        noc->queue[queue].popped = true;
        noc->popped[noc->n_popped++] = queue;
        return;
    }
    queue_pop(noc, queue);
    noc->hooks.port_free(noc->hooks.context, queue - plan->n_links - plan->n_cores, cycle);
}

/* A flit of several phits: the output and the queue are its own until the last has left. */
static void hold_output(NocModel *noc, uint32_t id, uint32_t queue, uint64_t cycle)
{
    noc->output[id].free_from = cycle + noc->plan->flit_cycles;
    noc->queue[queue].leaving = true;
    wheel_set(&noc->wheel, queue, cycle + noc->plan->flit_cycles - 1);
}

static void grant(NocModel *noc, uint32_t id, uint32_t input, uint64_t cycle, Flit *flit)
{
    NocOutput *output = &noc->output[id];
    output->requests &= ~(UINT64_C(1) << input);
    output->last_input = input;
    uint32_t queue = noc->input[output->first_input + input];
    *flit = granted_flit(noc, queue);
    if (noc->plan->flit_cycles > 1)
        hold_output(noc, id, queue, cycle);
    else
        remove_granted(noc, queue, cycle);
    noc->n_grants++;
    if (output->requests)
        list_output(noc, id, noc->next, &noc->n_next);
}

/* Does the flit before still pass? Then the output looks again when its last phit has. */
static bool is_busy(NocModel *noc, uint32_t id, uint64_t cycle)
{
    NocOutput *output = &noc->output[id];
    if (output->free_from <= cycle)
        return false;
    park(output, cycle);
    if (noc->wheel.due[noc->n_queues + id] > output->free_from)
        wheel_set(&noc->wheel, noc->n_queues + id, output->free_from);
    return true;
}

static void serve_link(NocModel *noc, uint32_t id, uint64_t cycle)
{
    NocOutput *output = &noc->output[id];
    if (is_busy(noc, id, cycle))
        return;
    if (output->credits == 0) {
        park(output, cycle);
        return;
    }
    Flit flit;
    grant(noc, id, bits_next_in_turn(output->requests, output->last_input), cycle, &flit);
    output->credits--;
    LinkCounts *count = &noc->link[id];
    count->flits++;
    count->payload_flits++; /* events carry their value, markers their count */
    count->busy_cycles += noc->plan->flit_cycles;
    count->stall_cycles += output->requests != 0;
    if (!output->into_router) {
        flit.ready = cycle + noc->plan->hop_cycles;
        queue_push(noc, id, &flit);
        return;
    }
    flit.ready = cycle + noc->plan->whole_cycles; /* which looks up whole packets */
    bool is_head = noc->queue[id].count == 0;
    *queue_slot(noc, id) = flit;
    if (is_head)
        noc->hooks.port_arrival(noc->hooks.context, output->port, flit.ready);
}

static void serve_eject(NocModel *noc, uint32_t id, uint64_t cycle)
{
    NocOutput *output = &noc->output[id];
    uint32_t tile = id - noc->plan->n_links;
    uint64_t left = output->requests;
    uint32_t last = output->last_input;
    if (is_busy(noc, id, cycle))
        return;
    while (left) {
        uint32_t input = bits_next_in_turn(left, last);
        uint32_t queue = noc->input[output->first_input + input];
        if ((noc->plan->dest[queue_head(noc, queue)->dest].mask & noc->full[tile]) == 0) {
            Flit flit;
            unpark(noc, id, cycle);
            grant(noc, id, input, cycle, &flit);
            noc->hooks.deliver(noc->hooks.context, flit.dest, &flit.packet,
                               cycle + noc->plan->eject_cycles);
            return;
        }
        left &= ~(UINT64_C(1) << input);
        last = input;
    }
    park(output, cycle);
}

/* Phase three: freed slots and new heads, seen from the next cycle on. */
static void settle_queue(NocModel *noc, uint32_t queue, uint64_t cycle)
{
    NocQueue *ring = &noc->queue[queue];
    ring->popped = false;
    if (queue < noc->plan->n_links) {
        NocOutput *link = &noc->output[queue];
        link->credits++;
        if (link->parked_since != NEVER) {
            unpark(noc, queue, cycle + 1);
            list_output(noc, queue, noc->next, &noc->n_next);
        }
    }
    if (ring->count == 0)
        return;
    uint64_t ready = queue_head(noc, queue)->ready;
    if (ready <= cycle + 1)
        request(noc, queue, noc->next, &noc->n_next);
    else
        wheel_set(&noc->wheel, queue, ready);
}

uint64_t noc_next(const NocModel *noc)
{
    return noc->n_active ? noc->cycle + 1 : wheel_next(&noc->wheel);
}

static void end_leaving(NocModel *noc, uint32_t queue, uint64_t cycle)
{
    noc->queue[queue].leaving = false;
    remove_granted(noc, queue, cycle);
}

static void take_due(NocModel *noc, uint64_t cycle)
{
    for (uint32_t id; (id = wheel_take(&noc->wheel)) != WHEEL_NONE;) {
        if (id < noc->n_queues) {
            if (noc->queue[id].leaving)
                end_leaving(noc, id, cycle);
            else
                request(noc, id, noc->active, &noc->n_active);
            continue;
        }
        uint32_t output = id - noc->n_queues;
        unpark(noc, output, cycle);
        if (noc->output[output].requests)
            list_output(noc, output, noc->active, &noc->n_active);
    }
}

void noc_step(NocModel *noc, uint64_t cycle)
{
    wheel_advance(&noc->wheel, cycle);
    noc->cycle = cycle;
    noc->n_next = 0;
    noc->n_popped = 0;
    take_due(noc, cycle);
    for (uint32_t i = 0; i < noc->n_active; i++) {
        uint32_t id = noc->active[i];
        noc->output[id].listed = false;
        if (id < noc->plan->n_links)
            serve_link(noc, id, cycle);
        else
            serve_eject(noc, id, cycle);
    }
    for (uint32_t i = 0; i < noc->n_popped; i++)
        settle_queue(noc, noc->popped[i], cycle);
    uint32_t *served = noc->active;
    noc->active = noc->next;
    noc->n_active = noc->n_next;
    noc->next = served;
}

bool noc_inject_room(const NocModel *noc, uint32_t core)
{
    const NocQueue *ring = &noc->queue[noc->plan->n_links + core];
    return ring->count < ring->capacity;
}

void noc_inject(NocModel *noc, uint32_t core, const Packet *packet, uint64_t t0_ps)
{
    const Plan *plan = noc->plan;
    uint32_t tile = plan->program->core[core].core / plan->cores_per_tile;
    uint64_t entered = clock_edge_at_or_after(&plan->clock[DOMAIN_NOC], t0_ps);
    Flit flit = {
        .packet = *packet, .cursor = plan->up[tile], .ready = entered + plan->inject_cycles};
    queue_push(noc, plan->n_links + core, &flit);
}

void noc_fifo_full(NocModel *noc, uint32_t tile, uint32_t k)
{
    noc->full[tile] |= UINT32_C(1) << k;
}

void noc_fifo_free(NocModel *noc, uint32_t tile, uint32_t k, uint64_t ps)
{
    noc->full[tile] &= ~(UINT32_C(1) << k);
    if (by_fan(noc, tile)) {
        fan_free(&noc->fan, tile, ps);
        return;
    }
    uint32_t id = noc->plan->n_links + tile;
    if (noc->output[id].parked_since == NEVER)
        return;
    uint64_t cycle = clock_edge_at_or_after(&noc->plan->clock[DOMAIN_NOC], ps);
    if (noc->wheel.due[noc->n_queues + id] > cycle)
        wheel_set(&noc->wheel, noc->n_queues + id, cycle);
}

bool noc_asks_room(const NocModel *noc, uint32_t tile)
{
    return noc->hooks.room_from != NULL && by_fan(noc, tile);
}

void noc_settle(NocModel *noc)
{
    if (noc->fan.n_freed > 0)
        fan_settle(&noc->fan);
}

static const Packet *port_head(void *self, uint32_t port, uint64_t *noc_cycle)
{
    const NocModel *noc = self;
    uint32_t queue = noc->port_link_in[port];
    if (noc->queue[queue].count == 0)
        return NULL;
    const Flit *head = queue_head(noc, queue);
    *noc_cycle = head->ready;
    return &head->packet;
}

static void port_pop(void *self, uint32_t port, uint64_t router_cycle)
{
    NocModel *noc = self;
    uint32_t id = noc->port_link_in[port];
    NocQueue *ring = &noc->queue[id];
    ring->head = ring->head + 1 == ring->capacity ? 0 : ring->head + 1;
    ring->count--;
    noc->output[id].credits++;
    if (noc->output[id].parked_since == NEVER)
        return;
    uint64_t cycle = plan_cross_after(noc->plan, DOMAIN_ROUTER, router_cycle, DOMAIN_NOC);
    if (noc->wheel.due[noc->n_queues + id] > cycle)
        wheel_set(&noc->wheel, noc->n_queues + id, cycle);
}

static uint64_t port_room_from(void *self, uint32_t port, uint64_t router_cycle)
{
    NocModel *noc = self;
    if (noc->fan.port[port].works)
        return fan_port_room(&noc->fan, port, router_cycle);
    const NocQueue *ring = &noc->queue[noc->plan->n_links + noc->plan->n_cores + port];
    return ring->count < ring->capacity ? 0 : NEVER;
}

static void port_push(void *self, uint32_t port, const Packet *packet, const uint32_t range[2],
                      uint64_t noc_cycle)
{
    NocModel *noc = self;
    if (noc->fan.port[port].works) {
        fan_port_push(&noc->fan, port, packet, range, noc_cycle);
        return;
    }
    Flit flit = {.packet = *packet, .cursor = range[0], .dest = range[1], .ready = noc_cycle};
    queue_push(noc, noc->plan->n_links + noc->plan->n_cores + port, &flit);
}

RouterPorts noc_ports(NocModel *noc)
{
    return (RouterPorts){noc, port_head, port_pop, port_room_from, port_push};
}

uint64_t noc_held(const NocModel *noc)
{
    uint64_t held = 0;
    for (uint32_t q = 0; q < noc->n_queues; q++)
        held += noc->queue[q].count;
    return noc->plan->mesh ? 0 : held + fan_held(&noc->fan);
}

uint64_t noc_moves(const NocModel *noc)
{
    return noc->n_grants + noc->fan.n_moves;
}

void noc_finish(NocModel *noc)
{
    if (!noc->plan->mesh)
        fan_finish(&noc->fan, noc->link);
}
