/* core_fifo.c - packets of a receive FIFO, received one after another.
 *
 * Packets arrive in order and are served in order. More than `high` of them have arrived when one
 * begins if and only if the one at that place has, so the high-water mark costs one look a
 * packet. A packet that arrives before edge `until` must be in the ring before fifo_serve is
 * asked for that edge: then the mark is exact.
 * Cost: O(1) a packet.
 */
#include "core_fifo.h"

#include "base/check.h"
#include "wheel.h"

enum { FRONT = 8 }; /* slots: as many packets are moved at most */

void fifo_init(Arena *arena, CoreFifo *fifo, uint32_t n_slots)
{
    *fifo = (CoreFifo){.n_slots = n_slots, .packet = ARENA_ARRAY(arena, FifoPacket, n_slots)};
}

static const FifoPacket *packet_at(const CoreFifo *fifo, uint32_t i)
{
    uint32_t at = fifo->first + i;
    return &fifo->packet[at >= fifo->n_slots ? at - fifo->n_slots : at];
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* A packet that comes at edge `cycle`, to a core that is free from `free` on: when it is taken out,
 * after a fall in between. */
static uint64_t begin_dvfs(DvfsCore *core, uint64_t free, uint64_t cycle)
{
    if (cycle > free && dvfs_may_fall(core))
        free = dvfs_fall(core, free);
    return dvfs_edge(core, later(free, cycle));
}

uint64_t fifo_begin(const CoreFifo *fifo)
{
    if (fifo->count == 0)
        return NEVER;
    const uint64_t cycle = packet_at(fifo, 0)->cycle;
    if (fifo->dvfs == NULL)
        return later(fifo->free, cycle);
    DvfsCore core = *fifo->dvfs; /* what it will do, on a copy */
    return begin_dvfs(&core, fifo->free, cycle);
}

void fifo_settle(CoreFifo *fifo, uint64_t until)
{
    if (!dvfs_may_fall(fifo->dvfs) || fifo->free >= until ||
        (fifo->count > 0 && packet_at(fifo, 0)->cycle <= fifo->free))
        return;
    fifo->free = dvfs_fall(fifo->dvfs, fifo->free);
    fifo->last_end = later(fifo->last_end, fifo->free);
}

static void see_arrivals(CoreFifo *fifo, uint64_t begin)
{
    while (fifo->high < fifo->count && packet_at(fifo, fifo->high)->cycle <= begin)
        fifo->high++;
}

static inline const FifoPacket *next_of(const CoreFifo *fifo, const FifoPacket *packet)
{
    return packet + 1 == fifo->packet + fifo->n_slots ? fifo->packet : packet + 1;
}

/* Receives all that begin before edge `until`, up to the first with a mark; the inner loop of a
 * run. `ahead` is the packet `high` places behind the first. */
static uint32_t receive(CoreFifo *fifo, uint64_t until)
{
    if (fifo->count == 0)
        return 0;
    uint64_t free = fifo->free, begin = 0, cycles = 0;
    uint32_t left = fifo->count, high = fifo->high, mark = 0;
    const FifoPacket *packet = &fifo->packet[fifo->first], *ahead = packet_at(fifo, high);
    do {
        const uint64_t now = later(free, packet->cycle);
        if (now >= until)
            break;
        begin = now;
        for (; high < left && ahead->cycle <= begin; high++)
            ahead = next_of(fifo, ahead);
        cycles += packet->cycles;
        free = begin + packet->cycles;
        mark = packet->mark;
        packet = next_of(fifo, packet);
        ahead = next_of(fifo, ahead);
    } while (--left > 0 && mark == 0);
    if (left == fifo->count)
        return 0;
    fifo->idle_cycles += free - fifo->free - cycles;
    fifo->receive_cycles += cycles;
    fifo->n_received += fifo->count - left;
    fifo->count = left;
    fifo->first = (uint32_t)(packet - fifo->packet);
    fifo->high = high;
    fifo->last_begin = begin;
    fifo->last_end = fifo->free = free;
    return mark;
}

/* The first packet, which begins at that edge. */
static inline uint32_t take(CoreFifo *fifo, uint64_t begin)
{
    const FifoPacket *packet = &fifo->packet[fifo->first];
    fifo->idle_cycles += begin - fifo->free;
    fifo->receive_cycles += packet->cycles;
    fifo->free = begin + packet->cycles;
    fifo->first = fifo->first + 1 == fifo->n_slots ? 0 : fifo->first + 1;
    fifo->count--;
    fifo->n_received++;
    return packet->mark;
}

uint32_t fifo_take(CoreFifo *fifo)
{
    const uint64_t begin = fifo_begin(fifo);
    uint32_t mark = take(fifo, begin);
    if (fifo->dvfs != NULL) {
        const uint64_t cycles = fifo->free - begin;
        const uint64_t works = dvfs_begin(fifo->dvfs, begin, cycles);
        fifo->free = dvfs_receive(fifo->dvfs, works, cycles);
    }
    fifo->last_begin = begin;
    fifo->last_end = fifo->free;
    return mark;
}

/* A few packets go back to the front of the ring, so that little of it is in use. */
static void go_back(CoreFifo *fifo)
{
    if (fifo->first < FRONT || fifo->count > FRONT || fifo->first + fifo->count > fifo->n_slots)
        return;
    for (uint32_t i = 0; i < fifo->count; i++)
        fifo->packet[i] = fifo->packet[fifo->first + i];
    fifo->first = 0;
}

static uint32_t serve_dvfs(CoreFifo *fifo, uint64_t until)
{
    uint32_t mark = 0;
    while (mark == 0) {
        fifo_settle(fifo, until);
        const uint64_t begin = fifo_begin(fifo);
        if (begin >= until)
            break;
        see_arrivals(fifo, begin);
        mark = fifo_take(fifo);
    }
    if (mark == 0)
        go_back(fifo);
    return mark;
}

uint32_t fifo_serve(CoreFifo *fifo, uint64_t until)
{
    if (fifo->dvfs != NULL)
        return serve_dvfs(fifo, until);
    uint32_t mark = receive(fifo, until);
    if (mark == 0)
        go_back(fifo);
    return mark;
}

uint32_t fifo_serve_one(CoreFifo *fifo)
{
    see_arrivals(fifo, fifo_begin(fifo));
    return fifo_take(fifo);
}

/* What the core will do until then, on a copy of it. */
static uint64_t marked_end_dvfs(const CoreFifo *fifo, uint32_t bits)
{
    DvfsCore core = *fifo->dvfs;
    uint64_t end = fifo->free;
    for (uint32_t i = 0; i < fifo->count; i++) {
        const FifoPacket *packet = packet_at(fifo, i);
        const uint64_t begin = begin_dvfs(&core, end, packet->cycle);
        end = dvfs_receive(&core, dvfs_begin(&core, begin, packet->cycles), packet->cycles);
        if (packet->mark & bits)
            return end;
    }
    return NEVER;
}

uint64_t fifo_marked_end(const CoreFifo *fifo, uint32_t bits)
{
    if (fifo->dvfs != NULL)
        return marked_end_dvfs(fifo, bits);
    uint64_t end = fifo->free;
    uint32_t known = 0;
    if (fifo->n_known > fifo->n_received) { /* none of these has such a mark */
        known = (uint32_t)(fifo->n_known - fifo->n_received);
        end = fifo->known_free;
    }
    const FifoPacket *packet = packet_at(fifo, known);
    for (uint32_t left = fifo->count - known; left > 0; left--) {
        end = later(end, packet->cycle) + packet->cycles;
        if (packet->mark & bits)
            return end;
        packet = next_of(fifo, packet);
    }
    return NEVER;
}

uint64_t fifo_begin_of(CoreFifo *fifo, uint32_t i, uint32_t bits)
{
    if (fifo->n_known <= fifo->n_received) { /* the owner may have done something else since */
        fifo->n_known = fifo->n_received;
        fifo->known_free = fifo->free;
    }
    CHECK(i < fifo->count && fifo->n_known <= fifo->n_received + i);
    for (; fifo->n_known < fifo->n_received + i; fifo->n_known++) {
        const FifoPacket *packet = packet_at(fifo, (uint32_t)(fifo->n_known - fifo->n_received));
        if (packet->mark & bits)
            return NEVER;
        fifo->known_free = later(fifo->known_free, packet->cycle) + packet->cycles;
    }
    return later(fifo->known_free, packet_at(fifo, i)->cycle);
}

void fifo_rest(CoreFifo *fifo, uint64_t cycle)
{
    fifo->idle_cycles += cycle - fifo->free;
    fifo->free = cycle;
}

void fifo_idle(CoreFifo *fifo, uint64_t cycle)
{
    if (fifo->dvfs == NULL)
        return;
    fifo->free = dvfs_idle(fifo->dvfs, cycle);
    fifo->last_end = later(fifo->last_end, fifo->free);
}
