/* fan_model.h - the way down: from the ports of a central router over links to the cores' FIFOs.
 *
 * From a port on paths only part, they never meet: every link on the way down, and every eject
 * port, gets its flits from one buffer alone. So nobody arbitrates there, and when a flit leaves
 * a buffer follows from when it came, when the flit before it left, and when the slot or the
 * FIFO ahead has room. This model works that out as soon as it is known, mostly when the packet
 * enters the port's queue: a copy costs one call from the port to the FIFO and no event on the
 * way. The times are those that NocModel finds cycle by cycle.
 *
 * Ports whose paths meet others stay with NocModel.
 */
#ifndef SIM_FAN_MODEL_H
#define SIM_FAN_MODEL_H

#include "plan.h"
#include "sim/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct FanHooks {
    void *context;
    /* As in NocHooks. */
    void (*deliver)(void *context, uint32_t dest, const Packet *packet, uint64_t cycle);
    /* A place in the queue of a port is free from NoC edge `cycle` on, which was not known. */
    void (*port_free)(void *context, uint32_t port, uint64_t cycle);
    /* NoC edge from which the FIFOs of all cores of Plan.dest[dest], some of which are full, have room;
     * NEVER if that is not known: fan_free will tell. May be NULL: never known. */
    uint64_t (*room_from)(void *context, uint32_t dest);
    void (*expect)(void *context,
                   uint32_t dest); /* deliver will follow soon: a hint; may be NULL */
} FanHooks;

typedef struct FanFlit { /* waits in the buffer behind a link                               */
    Packet packet;
    uint32_t cursor; /* of the next output in Plan.hops                                 */
    uint32_t dest;   /* in Plan.dest                                                    */
    uint64_t ready;  /* NoC cycle from which it can go on                               */
} FanFlit;

typedef struct FanLink {  /* a link on the way down and the buffer behind it                 */
    uint64_t next_leave;  /* NoC cycle from which the next flit can leave the buffer         */
    uint64_t n_in, n_out; /* flits that took a slot, and that gave it back at a known time   */
    uint64_t first;       /* its rings: left[first ..] and flit[first ..]                    */
    uint64_t stall;       /* cycles in which a flit waited for a slot behind the link        */
    uint64_t n_direct;    /* flits that met nobody, not in n_in: see fan_finish              */
    uint32_t waiting_at, n_waiting; /* flits whose leaving is not known: flit[first + at]      */
    uint32_t feeder; /* link or, from n_links on, port whose flits it carries           */
    uint32_t wants;  /* output that the first flit waits for                            */
    uint32_t port;   /* at the root of its tree                                         */
    bool on_the_way; /* down from a port that works                                     */
} FanLink;

typedef struct FanPlace { /* a packet in the queue of a port                                 */
    Packet packet;
    uint32_t next, end; /* copies still to leave: in Plan.dest                             */
    uint64_t ready;     /* NoC cycle from which they can                                   */
    uint64_t gone;      /* NoC cycle in which the last copy has left; NEVER while not known */
} FanPlace;

typedef struct FanPort {
    bool works;          /* else NocModel's                                                 */
    uint32_t push_at;    /* place of the next packet to come                                */
    uint32_t serve_at;   /* place of the first packet with copies still to leave, ...       */
    uint32_t n_pending;  /* ... and how many such packets there are                         */
    uint32_t wants;      /* link that the next copy waits for                               */
    uint64_t next_leave; /* NoC cycle from which the next copy can leave                    */
    uint64_t late_until; /* the last in which a phit left a buffer whose flit had to wait there */
    uint32_t n_waiting;  /* flits that wait behind its links                                */
    FanPlace *place;     /* [n_places]                                                      */
} FanPort;

typedef struct FanTile {
    uint32_t last_link; /* of the way to it                                                */
    uint32_t n_links;   /* on the way                                                      */
    bool freed;         /* in FanModel.freed                                               */
    uint64_t n_direct;  /* flits that met nobody on the way                                */
} FanTile;

typedef struct FanModel {
    const Plan *plan;
    FanHooks hooks;
    const uint32_t *full; /* [n_tiles] bit k: FIFO of core k of the tile has no room        */
    uint32_t n_slots;     /* behind every link                                              */
    uint32_t ring_mask;   /* size of each link's rings - 1, the size a power of two         */
    uint32_t n_places;    /* of every port's queue                                          */
    uint64_t tail_cycles; /* from a flit's first phit to its last                           */
    FanPort *port;        /* [n_all_ports]                                                  */
    FanLink *link;        /* [n_links]                                                      */
    FanTile *tile;        /* [n_tiles]                                                      */
    uint32_t n_freed;     /* tiles with room in a FIFO that a flit waits for, ...           */
    uint32_t *freed;      /* ... [n_tiles]                                                  */
    uint64_t freed_ps;    /* from this time on, ...                                         */
    uint64_t *left;       /* by link: NoC cycles in which its last flits had left their slots */
    FanFlit *flit;        /* by link: those that wait                                       */
    uint64_t now;         /* ... which the NoC sees in this cycle                           */
    uint64_t n_moves;     /* flits moved: progress                                          */
    uint64_t router_cycle, router_noc; /* asked last: the last NoC edge not later than it   */
} FanModel;

/* fan_init - which ports work, from the paths; none if `plan->hop_by_hop`. n_slots: behind each
 * link. n_places: of each port. */
void fan_init(Arena *arena, FanModel *fan, const Plan *plan, const FanHooks *hooks,
              const uint32_t *full, uint32_t n_slots, uint32_t n_places);

/* fan_has_link - is it on the way down from a port that works? */
static inline bool fan_has_link(const FanModel *fan, uint32_t link)
{
    return fan->link[link].on_the_way;
}

/* fan_port_room, fan_port_push - as in RouterPorts. */
uint64_t fan_port_room(FanModel *fan, uint32_t port, uint64_t router_cycle);
void fan_port_push(FanModel *fan, uint32_t port, const Packet *packet, const uint32_t range[2],
                   uint64_t cycle);

/* fan_free - a FIFO of the tile has room from time ps on. fan_settle - let go what waited for
 * such room: apart, as the hooks want to be called when no core is at work. */
void fan_free(FanModel *fan, uint32_t tile, uint64_t ps);
void fan_settle(FanModel *fan);

/* fan_finish - the counts of its links. fan_held - packets in port queues and buffers that wait. */
void fan_finish(FanModel *fan, LinkCounts *link);
uint64_t fan_held(const FanModel *fan);

#ifdef __cplusplus
}
#endif
#endif
