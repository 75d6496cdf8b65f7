/* core_fifo.h - the receive FIFO of a core and the time its packets take: a chain that is worked
 * out when somebody asks.
 *
 * While a core does nothing but receive, what happens follows from the packets alone: each
 * begins when the one before has ended and it has arrived,
 *     begin(i) = max(end(i - 1), arrival(i)),  end(i) = begin(i) + cycles(i).
 * So a packet needs no event of its own: it is added to the ring, and fifo_serve goes through
 * all that begin before a given edge. It stops behind packets that carry a mark of the owner,
 * where the core may have something else to do.
 *
 * A core with `dvfs` begins at edges of the point that it is at, packets take what they take
 * there, and a change of the point delays the next (core_dvfs.h).
 */
#ifndef SIM_CORE_FIFO_H
#define SIM_CORE_FIFO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "core_dvfs.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct FifoPacket {
    uint64_t cycle;  /* core edge from which the core sees it                       */
    uint32_t cycles; /* of the core, that it takes to receive it                    */
    uint32_t mark;   /* not 0: fifo_serve returns once it is received               */
} FifoPacket;

typedef struct FifoOrigin { /* what is known of a packet that can be lost or late, or is observed */
    uint32_t pair, step, position;
    bool closes, kept; /* it closes a step; it is never lost                          */
    uint32_t payload;  /* with ticks                                                  */
} FifoOrigin;

typedef struct CoreFifo {
    FifoPacket *packet; /* [n_slots] ring                                           */
    uint32_t n_slots, first;
    uint32_t count;          /* packets in it, on their way into it included        */
    uint32_t look;           /* the owner's: when there are so many, see what is received by now */
    uint64_t free;           /* core edge from which the core is free for the next  */
    uint64_t last_begin;     /* of the last packet received, ...                    */
    uint64_t last_end;       /* ... and its end                                     */
    uint64_t receive_cycles; /* of all packets received                             */
    uint64_t idle_cycles;    /* between packets, since somebody took them           */
    uint64_t n_received;
    uint32_t high;       /* most that had arrived when one was taken out             */
    uint64_t n_known;    /* fifo_begin_of: so many packets, those received included, ... */
    uint64_t known_free; /* ... have ended by this edge                              */
    uint32_t n_in;       /* of one served packet by packet (core_loss.c): those that wait */
    FifoOrigin *origin;  /* [n_slots] of one that is, or is observed; else NULL      */
    DvfsCore *dvfs;      /* of a core that changes its operating point, else NULL    */
} CoreFifo;

void fifo_init(Arena *arena, CoreFifo *fifo, uint32_t n_slots);

/* fifo_push - a packet, not seen before those in the ring; there must be a free slot. */
static inline void fifo_push(CoreFifo *fifo, uint64_t cycle, uint32_t cycles, uint32_t mark)
{
    uint32_t at = fifo->first + fifo->count++;
    at = at >= fifo->n_slots ? at - fifo->n_slots : at;
    FifoPacket *packet = &fifo->packet[at];
    packet->cycle = cycle;
    packet->cycles = cycles;
    packet->mark = mark;
}

/* fifo_begin - core edge at which the next packet is taken out, or NEVER if there is none. */
uint64_t fifo_begin(const CoreFifo *fifo);

/* fifo_serve - receive all packets that begin before edge `until`, up to the first with a mark,
 * which is returned; else 0. cost: O(packets received) */
uint32_t fifo_serve(CoreFifo *fifo, uint64_t until);

/* fifo_settle - nothing is pushed any more that is seen before edge `until`: a core that falls when
 * idle does so at its free edge if that is earlier and no packet is there by then. */
void fifo_settle(CoreFifo *fifo, uint64_t until);

/* fifo_take - receive the first packet, for which it is time; returns its mark. */
uint32_t fifo_take(CoreFifo *fifo);

/* fifo_serve_one - receive the first packet of a FIFO that is not empty; returns its mark. */
uint32_t fifo_serve_one(CoreFifo *fifo);

/* fifo_marked_end - edge at which the first packet with one of these bits in its mark will have
 * been received, or NEVER if there is none. The bits are those given to fifo_begin_of, where that
 * is used. cost: O(packets before it that fifo_begin_of has not been through) */
uint64_t fifo_marked_end(const CoreFifo *fifo, uint32_t bits);

/* fifo_idle - at this edge, from which it is free, the core has nothing else to do: it may change
 * its operating point before it goes on. */
void fifo_idle(CoreFifo *fifo, uint64_t cycle);

/* fifo_begin_of - edge at which packet i of the ring (0: the next) will be taken out if the
 * owner does nothing but receive until then; NEVER if one before it has one of these bits in its
 * mark. What it says must come true: it is not asked for an earlier packet afterwards, and not
 * worked out again. cost: O(1) a packet */
uint64_t fifo_begin_of(CoreFifo *fifo, uint32_t i, uint32_t bits);

/* fifo_rest - nothing is received before edge `cycle`, to which the core is idle. */
void fifo_rest(CoreFifo *fifo, uint64_t cycle);

#ifdef __cplusplus
}
#endif
#endif
