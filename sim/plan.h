/* plan.h - what a run looks up again and again, worked out once from Program and Topology.
 *
 * Sources of packets are numbered: the slices in the Program's order (0 .. n_slices-1), then the
 * host. Stages put the host and the layers in one row: stage 0 is the host, stage l + 1 is layer
 * l. A source of stage s feeds the slices of layer s, recurs into those of layer s-1 and permits
 * those of s-2.
 *
 * All that is simulated is positions (program.h); units are named in messages and in the events
 * given.
 */
#ifndef SIM_PLAN_H
#define SIM_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/program.h"
#include "arch/topology.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "models/cell.h"
#include "models/event_trace.h"
#include "crossing.h"
#include "wheel.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Clock domains. At the same time (ps), the lower domain goes first. */
typedef enum Domain { DOMAIN_CORES, DOMAIN_NOC, DOMAIN_ROUTER, N_DOMAINS } Domain;

#define PACKET_MARKER UINT32_MAX /* Packet.position of a marker that is no event */
#define PACKET_OPEN UINT32_MAX   /* Packet.announced of an event that closes no step */

typedef struct Packet {
    uint32_t key;       /* what the hardware carries                                    */
    uint32_t payload;   /* an event's value (bits of a float)                           */
    uint32_t announced; /* of a packet that closes a step: events sent in it, else OPEN */
    uint32_t source;    /* who sent it: follows from the key, set by the look-up        */
    uint32_t position;  /* in the source's layer (input of the host), or PACKET_MARKER  */
} Packet;

static inline bool packet_closes(const Packet *packet)
{
    return packet->announced != PACKET_OPEN;
}

typedef struct SourceBlock { /* keys of one source: its events, or those that close a step */
    uint32_t key, n_keys, source;
    uint32_t first_position;
    bool closes;         /* its events close the step                               */
    bool has_marker;     /* the first key is no event; then come the positions      */
    uint32_t root;       /* PlanNode at the source's router                         */
    uint32_t first_dest; /* of all routers, in the order of the tree                */
} SourceBlock;

typedef struct PlanDest {         /* the copy of a packet for a tile: one flit                   */
    uint32_t tile, mask;          /* bit k: core tile * cores_per_tile + k                       */
    uint32_t first_pair, n_pairs; /* in dest_pair: those of its cores, ascending         */
} PlanDest;

typedef struct PlanBranch { /* a copy that goes on to another router */
    uint32_t link;          /* router link                           */
    uint32_t node;          /* at its end                            */
} PlanBranch;

typedef struct PlanNode {     /* what one router does with the keys of a block: all its copies */
    uint64_t ports;           /* central: ports with a flit to send                            */
    uint32_t router, link_in; /* router link it comes by, PROGRAM_NONE at the root         */
    uint32_t first_range;     /* central: range[first_range + port] .. next: dests of the port */
    uint32_t cores;           /* mesh: bit k: core k of the router's tile                      */
    uint32_t dest;            /* mesh: of these, or NONE                                       */
    uint32_t first_branch, n_branches;
    bool to_host;
} PlanNode;

typedef struct PlanLink { /* between chips */
    uint64_t frame_ps;    /* on the wire, one after the other */
    uint64_t latency_ps; /* from the end of that to the router ahead; of a credit on its way back */
} PlanLink;

typedef struct PlanSlice {
    const SliceProgram *program;
    uint32_t core;                /* index into Program.core                         */
    uint32_t stage;               /* layer + 1                                       */
    const MatrixImage *matrix[2]; /* input, recurrent                                */
} PlanSlice;

typedef struct Plan {
    const Program *program;
    const Topology *topology;
    const Chip *chip;
    Clock clock[N_DOMAINS];
    const Crossing *crossing; /* [N_DOMAINS * N_DOMAINS] from one domain to another             */
    uint64_t receive_cycles, emit_cycles, step_cycles;
    const uint64_t *unit_cycles; /* [n_layers] of the update of a unit                    */
    uint64_t synapse_cycles[N_FORMATS], delta_cycles, word_cycles; /* of weights       */
    uint64_t array_start_cycles, array_macs_per_cycle, array_macs_per_million; /* MAC array   */
    uint64_t weight_bytes, value_bytes; /* of a weight; of an event kept in a buffer       */
    uint64_t hop_cycles, inject_cycles, lookup_cycles; /* of NoC and router                  */
    uint64_t flit_cycles;  /* that a flit takes of a link on a chip: its phits, 1 or more      */
    uint64_t whole_cycles; /* hop_cycles, and until a flit's last phit is there, too           */
    uint64_t eject_cycles; /* until a flit's last phit is in the FIFO                          */
    uint64_t host_packet_ps, host_latency_ps, host_event_bits;
    uint64_t barrier_ps;
    PlanLink link[2]; /* between chips of one board, and of two                          */
    uint32_t fifo_packets, inject_packets, buffer_flits, port_packets;
    uint32_t n_steps, n_cores, n_slices, n_sources, n_layers, n_stages;
    uint32_t n_routers, n_router_links;
    uint32_t n_ports;          /* of each router                                          */
    uint32_t n_all_ports;      /* of all of them: those of router r from r * n_ports on   */
    uint32_t n_tiles, n_links; /* of all chips; links of networks-on-chip                 */
    uint32_t cores_per_tile;
    bool mesh;        /* a router in every tile                                           */
    bool frame_links; /* router links run between chips: frames                           */
    bool one_clock;   /* edges of NoC and router coincide                                 */
    bool ticks;       /* nobody waits for anybody: updates begin at ticks (sync.h)        */
    bool hop_by_hop;  /* event engine: every flit in every cycle, no short ways             */
    PlanSlice *slice; /* [n_slices]                                      */
    const uint32_t *core_slice;    /* [n_cores + 1] first slice of a core             */
    const uint32_t *core_layer;    /* [n_cores * (n_layers + 1)] first slice of each
                                        layer on a core; the last is the core's end     */
    const uint32_t *stage_sources; /* [n_stages] how many sources a stage has         */
    const CellKind **cell;         /* [n_layers]                                      */
    const uint32_t **position_of;  /* [n_stages][units] position of each unit; NULL for the
                                        host and where units stand in their own order   */
    const EventTrace *events;      /* the events of the run, as units; borrowed       */
    const EventTrace *expected;    /* the same as positions                           */
    uint32_t n_blocks;
    const SourceBlock *block;    /* [n_blocks] ascending by key                     */
    const uint32_t *piece_block; /* [n_pieces + 1] of the keys: see plan_key_pieces  */
    uint32_t n_pieces, key_shift;
    uint32_t n_nodes;
    const PlanNode *node;          /* [n_nodes] by block: those of a tree stand together */
    const PlanBranch *branch;      /* by node                                        */
    uint32_t n_pairs;              /* of a core and a source whose marker reaches it */
    const uint32_t *first_pair;    /* [n_sources + 1]                                 */
    const uint32_t *pair_core;     /* [n_pairs] ascending within a source             */
    const uint32_t *pair_source;   /* [n_pairs]                                       */
    const bool *listens;           /* [n_pairs] do events of the source reach the core? */
    const uint32_t *heard_base;    /* [n_cores] see plan_heard; wraps around            */
    uint32_t n_heard;              /* pairs of a core and a stage that it may hear of   */
    const uint32_t *stage_markers; /* [n_heard] sources of the stage whose markers reach
                                        the core                                        */
    uint32_t ring_steps;           /* slices of one layer are fewer steps apart than this */
    const uint32_t *range;         /* central: [n_nodes * (n_ports + 1)] into dest    */
    uint32_t n_dests;
    const PlanDest *dest;      /* by node, port, tile                             */
    const uint32_t *dest_pair; /* pairs by dest                                   */
    const uint32_t *core_at;   /* [chip cores] index into Program.core, or NONE   */
    const uint32_t *hops;      /* central: links of all paths, flattened; each path ends
                                        with the eject output n_links + tile, or at the
                                        router                                          */
    const uint32_t *up, *down; /* central: [n_tiles] start in hops of the path to the
                                        router and from it                              */
} Plan;

/* plan_init - the tables, for the program, topology and n_steps that stand in the plan. Errors:
 * INPUT (routes or keys that lead nowhere), UNSUPPORTED (tiles of more than 32 cores, more than
 * 62 router ports, cells that cannot be split). cost: O(rows of all slices + trees), see
 * plan_trees.c */
Status plan_init(Arena *arena, Plan *plan, uint32_t point, Err *err);

/* plan_renumber - all that a plan_init of another chip has left depends on the chip's numbers, for
 * the topology that stands in the plan now: its chip differs from that one in nothing but numbers.
 * cost: O(layers + sources) */
void plan_renumber(Arena *arena, Plan *plan, uint32_t point);

/* plan_events - position_of, and expected from the events of the run: their units made
 * positions, ascending. Borrowed as they are where all units stand in their own order. cost:
 * O(events + units) */
void plan_events(Arena *arena, Plan *plan, const EventTrace *events);

/* plan_slice_events - events of a slice in that step: first .. end of the expected ones. */
void plan_slice_events(const Plan *plan, uint32_t slice, uint64_t step, uint64_t *first,
                       uint64_t *end);

/* plan_unit - the unit at a position of a stage, for messages. */
static inline uint32_t plan_unit(const Plan *plan, uint32_t stage, uint32_t position)
{
    return stage == 0 ? position : plan->program->layer[stage - 1].unit_of[position];
}

/* plan_trees - plan_trees.c: blocks cut as the router tables tell them apart, with their trees.
 * Errors: INPUT (a key that finds no entry where it arrives, goes in a circle, or leads to a core
 * without a program). */
Status plan_trees(Arena *arena, Plan *plan, Err *err);

/* plan_pairs - plan_pairs.c: who hears of whom. Errors: INPUT (events without a marker). */
Status plan_pairs(Arena *arena, Plan *plan, Err *err);

/* plan_pair - of a core and a source, or PROGRAM_NONE if no packet of the source leads there.
 * cost: O(log sources of the core) */
uint32_t plan_pair(const Plan *plan, uint32_t core, uint32_t source);

/* plan_identify - fill source and position from the key; returns its block, or NULL if nobody
 * sends that key. */
const SourceBlock *plan_identify(const Plan *plan, Packet *packet);

/* plan_packets_in_flight - no more packets than this can be under way at once: the markers hold
 * everybody within a few steps; with ticks, those of all steps. */
uint64_t plan_packets_in_flight(const Plan *plan);

/* plan_block_end - end of the dests of a block. */
static inline uint32_t plan_block_end(const Plan *plan, uint32_t block)
{
    return block + 1 < plan->n_blocks ? plan->block[block + 1].first_dest : plan->n_dests;
}

/* plan_link - times of a router link between chips. */
static inline const PlanLink *plan_link(const Plan *plan, uint32_t router_link)
{
    return &plan->link[plan->topology->router_link[router_link].off_board];
}

static inline uint32_t plan_source_stage(const Plan *plan, uint32_t source)
{
    return source == plan->n_slices ? 0 : plan->slice[source].stage;
}

/* plan_heard - number, < n_heard, of a core and a stage that it may hear of: the host or a layer
 * of which some packet reaches it, its own, those before and after. */
static inline uint32_t plan_heard(const Plan *plan, uint32_t core, uint32_t stage)
{
    return plan->heard_base[core] + stage;
}

/* plan_row_weights - weights of a row of the input (which 0) or recurrent (1) matrix of a slice,
 * of a format whose rows are applied as events arrive. */
uint32_t plan_row_weights(const Plan *plan, const PlanSlice *slice, int which, uint32_t row);

/* plan_link_slots - slots behind a link on a chip: its buffer and the pipeline stages on the way
 * there, which hold a phit each. A slot is taken by the grant and serves again in the cycle after
 * the flit's last phit left the buffer, so a link carries a phit in every cycle as long as nothing
 * is in its way. */
static inline uint64_t plan_link_slots(const Plan *plan)
{
    return (plan->hop_cycles + plan->flit_cycles - 1) / plan->flit_cycles + plan->buffer_flits;
}

static inline const uint32_t *plan_layer_slices(const Plan *plan, uint32_t core, uint32_t layer)
{
    return &plan->core_layer[(uint64_t)core * (plan->n_layers + 1) + layer];
}

/* plan_receiving_slice - for which slice of a core it receives a packet of that stage: the first
 * of the layer that the packet feeds, else of its own, else of the one before, whichever is
 * there. */
static inline uint32_t plan_receiving_slice(const Plan *plan, uint32_t core, uint32_t stage)
{
    for (uint32_t back = 0; back <= 2 && back <= stage; back++) {
        if (stage - back >= plan->n_layers)
            continue;
        const uint32_t *slices = plan_layer_slices(plan, core, stage - back);
        if (slices[0] < slices[1])
            return slices[0];
    }
    return plan->core_slice[core];
}

/* plan_cross - first edge of domain `to` at or after the time of edge `cycle` of domain `from`. */
static inline uint64_t plan_cross(const Plan *plan, Domain from, uint64_t cycle, Domain to)
{
    return crossing_edge(&plan->crossing[from * N_DOMAINS + to], cycle);
}

/* plan_cross_after - first edge of domain `to` after the time of edge `cycle` of domain `from`. */
static inline uint64_t plan_cross_after(const Plan *plan, Domain from, uint64_t cycle, Domain to)
{
    return crossing_after(&plan->crossing[from * N_DOMAINS + to], cycle);
}

/* plan_update_cost - cycles of the update of a unit of a cell kind, as the chip has them. */
const Cost *plan_update_cost(const Chip *chip, const CellKind *cell, Precision precision);

/* plan_array_cycles - of the MAC array on a dense block, once it is started:
 * ceil(MACs / (MACs a cycle * utilisation)). */
uint64_t plan_array_cycles(const Plan *plan, const MatrixImage *matrix);

/* plan_costs - the numbers of the chip that the models need, as integers. */
void plan_costs(Plan *plan, const Chip *chip, uint32_t point);

/* plan_weights - those of them that depend on the precision of the weights. */
void plan_weights(Plan *plan, Precision precision);

#ifdef __cplusplus
}
#endif
#endif
