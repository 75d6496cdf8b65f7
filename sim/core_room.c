/* core_room.c - when a receive FIFO that is full has room again, as far as that is known ahead.
 *
 * The packet that comes next takes the slot of the one receive_fifo_packets before it, from the
 * edge on at which that is taken out. While a core does nothing but receive, that edge follows
 * from the packets in the FIFO (fifo_begin_of), and nothing but packets turns the core to
 * something else. So a network that asks is told an edge that lies ahead, and sends the packet
 * at once, for that time.
 *
 * The rule: what a core says must come true. It says nothing while it has a task, an event to
 * send that waits for room, an update that waits for the MAC array, or a packet that may end its
 * receiving (MARK_STOPS) before that slot; nothing at all where something besides packets may
 * turn it (a row from the DRAM, a tick) or it changes its operating point; and nothing beyond
 * ROOM_AHEAD packets. Then the network waits, and is told as soon as more is known. A network
 * that does not ask is told when the FIFO is full and when it has room, packet by packet.
 *
 * Cost: O(1) a packet.
 */
#include "core_model.h"

/* May the core say ahead when it has room? */
static bool is_known(const CoreModel *cores, uint32_t core)
{
    return !cores->by_packet && !cores->auto_point && cores->plan->program->dram_bytes == 0 &&
           cores->hooks.asks_room != NULL && cores->hooks.asks_room(cores->hooks.context, core);
}

void room_init(Arena *arena, CoreModel *cores, uint32_t core, uint64_t slots)
{
    CoreState *state = &cores->core[core];
    const uint64_t in_flight = plan_packets_in_flight(cores->plan);
    state->ahead = is_known(cores, core);
    if (state->ahead)
        slots = slots + ROOM_AHEAD < in_flight ? slots + ROOM_AHEAD : in_flight;
    fifo_init(arena, &state->fifo, (uint32_t)slots);
    if (cores->by_packet)
        state->fifo.origin = ARENA_ARRAY(arena, FifoOrigin, slots);
}

void room_tell(CoreModel *cores, uint32_t core, uint64_t begin)
{
    CoreState *state = &cores->core[core];
    state->full = state->awaited = false;
    state->fifo.look = state->fifo.count; /* it may be full again with the next packet */
    cores->hooks.fifo_free(cores->hooks.context, core,
                           clock_edge_ps(&cores->plan->clock[DOMAIN_CORES], begin));
    if (state->ahead && state->fifo.count >= cores->plan->fifo_packets)
        room_tell_full(cores, core);
}

void room_tell_full(CoreModel *cores, uint32_t core)
{
    cores->core[core].full = true;
    cores->hooks.fifo_full(cores->hooks.context, core);
}

uint64_t room_known(const CoreModel *cores, CoreState *state)
{
    CoreFifo *fifo = &state->fifo;
    if (fifo->count < cores->plan->fifo_packets)
        return fifo->last_begin; /* if there was none before; else no harm, as it is past */
    if (state->task != TASK_SERVE || state->held || core_is_engaged(state) ||
        fifo->count == fifo->n_slots)
        return NEVER;
    return fifo_begin_of(fifo, fifo->count - cores->plan->fifo_packets, MARK_STOPS);
}

/* Of a core whose FIFO is full as far as the network knows. */
static uint64_t find_room(CoreModel *cores, uint32_t core)
{
    CoreState *state = &cores->core[core];
    if (!state->ahead)
        return NEVER;
    uint64_t room = room_known(cores, state);
    uint64_t now = cores->hooks.edge_after(cores->hooks.context);
    if (state->task == TASK_SERVE && (room == NEVER || room < now)) {
        core_serve(cores, core, now);
        room = room_known(cores, state);
    }
    if (state->fifo.count < cores->plan->fifo_packets) {
        room_tell(cores, core, room);
    } else if (room == NEVER) {
        state->awaited = true;
        if (state->task == TASK_SERVE)
            core_set_alarm(cores, core);
    }
    return room;
}

uint64_t core_room(CoreModel *cores, const uint32_t *pairs, uint32_t n_pairs)
{
    uint64_t room = 0;
    for (uint32_t i = 0; i < n_pairs; i++) {
        uint32_t core = cores->pair[pairs[i]].core;
        if (!cores->core[core].full)
            continue;
        uint64_t from = find_room(cores, core);
        if (from == NEVER)
            return NEVER;
        room = from > room ? from : room;
    }
    return room;
}
