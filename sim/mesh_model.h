/* mesh_model.h - what lies between routers: links with their queues, wires, credits and buffers;
 * and, where every tile has a router of its own, what lies between a router and its cores.
 *
 * A copy that a look-up makes waits in the queue of the way out it takes, first come, first
 * served; so when it leaves is known as soon as its credit is, and it is put into the buffer at
 * the far end right then, with the time from which the router there sees it. No event is needed
 * on the way. The same holds for the eject port of a tile (mesh), whose credit is room in the
 * FIFOs of the cores.
 *
 * Kinds of links: on a mesh, one flit every flit_cycles NoC cycles, hop_cycles long; between chips, one frame
 * after the other at the rate and with the latency of the chip's links on a board, or off it, at
 * exact times.
 */
#ifndef SIM_MESH_MODEL_H
#define SIM_MESH_MODEL_H

#include "plan.h"
#include "sim/parts.h"
#include "sim/trace.h"
#include "waits.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct MeshHooks {
    void *context;
    /* The packet is in the FIFOs of the cores of Plan.dest[dest] at NoC edge `cycle`, later than
     * now. Mesh only. */
    void (*deliver)(void *context, uint32_t dest, const Packet *packet, uint64_t cycle);
    /* The empty queue `queue` gets a packet that its router sees from router edge `cycle` on. */
    void (*arrival)(void *context, uint32_t queue, uint64_t cycle);
    /* A place in a way out of the router, of which that was not known, is free for look-ups from
     * router edge `cycle` on. */
    void (*out_free)(void *context, uint32_t router, uint64_t cycle);
    /* Mesh only: the inject queue of a core has room, as a packet was looked up at router edge
     * `cycle`. */
    void (*inject_free)(void *context, uint32_t core, uint64_t cycle);
} MeshHooks;

typedef struct MeshFlit {
    Packet packet;
    uint32_t node;  /* PlanNode at the router ahead; eject ports: in Plan.dest               */
    uint64_t ready; /* in a buffer or inject queue: router cycle; waiting for a way out: NoC
                       cycle, or ps (links between chips)                                    */
} MeshFlit;

typedef struct MeshQueue { /* a ring of flits in MeshModel.flit: link buffer or inject queue  */
    uint64_t first;        /* its slots: flit[first .. first + capacity - 1]                 */
    uint32_t capacity, head, count;
} MeshQueue;

typedef struct MeshOut { /* a way out of a router: a link, or the eject port of its tile     */
    uint64_t first;      /* its places: wait[first ..] and gone[first ..], n_places of each   */
    uint64_t first_slot; /* links: credit[first_slot ..], as many as the buffer has slots     */
    uint32_t router;     /* it leads out of                                                   */
    uint32_t push_at;    /* place of the next copy to come                                    */
    uint32_t send_at;    /* place of the next copy to leave                                   */
    uint32_t n_waiting;  /* copies whose time of leaving is not known yet                     */
    uint32_t credit_at;  /* links: slot that the next copy to leave takes                     */
    uint32_t free_at;    /* links: slot that the next look-up at the far end gives back       */
    uint64_t wire_free, last_begin; /* NoC cycle or ps: after, and of, the last copy to leave */
    uint64_t last_arrival;          /* links taken over: ps at which the last one is there    */
    uint64_t stall, flits;          /* NoC cycles or ps in which a copy waited; copies gone   */
} MeshOut;

enum { N_CROSSINGS = 32 }; /* remembered, by NoC cycle */

typedef struct MeshModel {
    const Plan *plan;
    const SimParts *parts; /* its `frame`, if any, takes over links between chips; may be NULL */
    MeshHooks hooks;
    uint32_t n_queues; /* a buffer for each router link, then inject queues (mesh)          */
    MeshQueue *queue;  /* [n_queues]                                                        */
    uint32_t n_outs;   /* router links, then eject ports (mesh)                             */
    MeshOut *out;      /* [n_outs]                                                          */
    uint32_t n_places; /* of every way out                                                  */
    MeshFlit *flit;    /* slots of all queues                                               */
    MeshFlit *wait;    /* [n_outs * n_places]                                               */
    uint64_t *gone;    /* [n_outs * n_places] when the place is free again: NoC cycle or ps,
                             NEVER while not known                                             */
    uint64_t *credit;  /* slots of all links: free from this NoC cycle or ps on, or NEVER   */
    uint32_t *full;    /* mesh: [n_tiles] bit k: FIFO of core k of the tile has no room     */
    Wheel wheel;       /* mesh, NoC cycles: tiles whose eject port looks again              */
    uint64_t n_moves;  /* flits that left a router: progress                                */
    /* of the router edge that is worked on: */
    uint64_t now_cycle, now_ps, now_noc; /* now_noc: the last NoC edge that is not later       */
    uint64_t now_link; /* time of the links: now_noc or now_ps                                 */
    uint64_t out_cycle, out_ps; /* copies can leave from this NoC edge, this time on  */
    /* crossings worked out last: NoC cycle, and the router edge at or after it */
    uint64_t crossed_from[N_CROSSINGS], crossed_to[N_CROSSINGS];
} MeshModel;

/* mesh_init - nothing but zeros for a chip with a single router. Errors: UNSUPPORTED (queues
 * beyond all measure). */
Status mesh_init(Arena *arena, MeshModel *mesh, const Plan *plan, const MeshHooks *hooks, Err *err);

/* mesh_begin - the routers work on router edge `cycle` now. */
void mesh_begin(MeshModel *mesh, uint64_t cycle);

/* Routers: the head of a queue, or NULL; remove it, and give its slot back. */
static inline const MeshFlit *mesh_head(const MeshModel *mesh, uint32_t queue)
{
    const MeshQueue *ring = &mesh->queue[queue];
    return ring->count ? &mesh->flit[ring->first + ring->head] : NULL;
}
void mesh_pop(MeshModel *mesh, uint32_t queue);

/* Routers: is a place of a way out free now? If not: the router edge from which it is, or NEVER
 * if that is not known yet (then the hook out_free tells). */
static inline bool mesh_room(const MeshModel *mesh, uint32_t out)
{
    const MeshOut *way = &mesh->out[out];
    bool is_link = out < mesh->plan->n_router_links;
    return mesh->gone[way->first + way->push_at] <= (is_link ? mesh->now_link : mesh->now_noc);
}
uint64_t mesh_room_from(MeshModel *mesh, uint32_t out);

/* Routers: a copy of the packet looked up now goes out: by a link, to `node` at its end, or to
 * the cores of Plan.dest[dest]. */
void mesh_send(MeshModel *mesh, uint32_t link, const Packet *packet, uint32_t node);
void mesh_eject(MeshModel *mesh, uint32_t dest, const Packet *packet);

/* Cores (mesh): as in noc_model.h. */
bool mesh_inject_room(const MeshModel *mesh, uint32_t core);
void mesh_inject(MeshModel *mesh, uint32_t core, const Packet *packet, uint64_t t0_ps);
void mesh_fifo_full(MeshModel *mesh, uint32_t tile, uint32_t k);
void mesh_fifo_free(MeshModel *mesh, uint32_t tile, uint32_t k, uint64_t ps);

/* Eject ports that had to wait for room: next NoC cycle, and the work on it. */
uint64_t mesh_next(const MeshModel *mesh);
void mesh_step(MeshModel *mesh, uint64_t cycle);

/* mesh_finish - the counts of the router links, in NoC cycles. */
void mesh_finish(const MeshModel *mesh, LinkCounts *link);

/* mesh_held - packets in queues, buffers and on their way. */
uint64_t mesh_held(const MeshModel *mesh);

/* mesh_waits.c: mesh_waits_for - what the head of the inject queue of a core (mesh), or of the
 * buffer behind a router link, waits for; mesh_node_waits - the same of a packet that takes the
 * ways out of a node. mesh_head_node - what is to be done with a packet that carries `node`, or
 * none: then what its key says; NULL: no route has it. */
Wait mesh_waits_for(const MeshModel *mesh, Wait queue);
Wait mesh_node_waits(const MeshModel *mesh, const PlanNode *node);
const PlanNode *mesh_head_node(const Plan *plan, const Packet *head, uint32_t node);

/* mesh_waiting - copies that wait for a credit of a link. */
uint32_t mesh_waiting(const MeshModel *mesh, uint32_t link);

#ifdef __cplusplus
}
#endif
#endif
