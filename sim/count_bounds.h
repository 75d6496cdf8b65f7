/* count_bounds.h - what the files of the bounds share: count_bounds.c and count_chain.c. */
#ifndef SIM_COUNT_BOUNDS_H
#define SIM_COUNT_BOUNDS_H

#include "count_model.h"

typedef struct CoreTimes { /* cycles                                                        */
    uint64_t ready;        /* the core has received a stage, one packet after another       */
    uint64_t closing;      /* the same by the packet that comes last                        */
    uint64_t work;         /* that the step takes of the core                               */
} CoreTimes;

typedef struct Release { /* when the first packet of a source can be there                 */
    uint64_t ps;
    uint32_t source;
} Release;

/* Chain - earliest times of one step, relative to its begin, layer by layer. Times of cores are
 * whole cycles, rounded down; times on the way are ps. */
typedef struct Chain {
    const CountModel *model;
    uint32_t **order;          /* [n_layers] slices of each layer, ascending by position        */
    uint32_t *n_slices;        /* [n_layers]                                                    */
    uint64_t *way_ps;          /* [n_sources] least way to a core that the source feeds         */
    uint64_t *first_ps;        /* [n_sources] earliest injection of its first packet            */
    uint64_t *closed_ps;       /* [n_sources] ... of the packet that closes its step            */
    uint32_t *n_events;        /* [n_sources] of the step                                       */
    const uint32_t **unit;     /* [n_sources] these: positions, ascending                     */
    uint32_t *cycles;          /* [n_cores] of one source's packets, by pair                    */
    CoreTimes *core;           /* [n_cores] */
    Release *sorted;           /* [n_sources] scratch                                           */
    uint64_t *host_way_ps;     /* [n_sources] least way to the host's link                    */
    uint32_t *input;           /* [n_inputs] events of the host                                 */
    uint64_t n_in, n_out;      /* packets on the host's link for the step                   */
    uint64_t n_decoder_events; /* that ask for rows of the decoder                       */
    uint64_t first_layer_ps;   /* the host has all markers of the first layer               */
} Chain;

void chain_init(Arena *arena, Chain *chain, const CountModel *model);

/* chain_step - all of step t; returns when the host has its result, at the earliest.
 * cost: O(deliveries to cores that are fed / vector width + pairs) */
uint64_t chain_step(Chain *chain, uint32_t t);

/* chain_packets - that a source sent in the step looked at last. */
static inline uint64_t chain_packets(const Chain *chain, uint32_t source)
{
    return chain->n_events[source] > 0 ? chain->n_events[source] : 1;
}

typedef struct CoreEnds {
    uint64_t head_ps;      /* from a step's begin until a packet can be on the core           */
    uint64_t tail_ps;      /* from its last injection to the step's end                       */
    bool needed;           /* the step's result waits for all slices of the core              */
    uint64_t spare_cycles; /* of receiving what nobody waits for at the end of the run   */
} CoreEnds;

typedef struct Bounds {
    CountModel *model;
    bool pipelined;
    uint64_t *least_update; /* [n_layers] cycles of an update and a packet               */
    uint64_t *head_ps;      /* [n_layers] as in CoreEnds, for any core of the layer      */
    uint64_t *tail_ps;      /* [n_layers]                                                */
    uint64_t last_head_ps;  /* until a packet of the last layer can be at the host's link */
    uint64_t dram_ps;       /* of the busiest server, a step: token rows                 */
    uint64_t row_ps;        /* the same, for an event of the layer before the decoder    */
    CoreEnds *core;         /* [n_cores]                                                 */
    Chain chain;
    StepBounds *step;           /* [n_steps]                                             */
    uint64_t sent_ps;           /* the step's input is sent                              */
    uint64_t first_layer_ps[2]; /* by step % 2: the host has the first layer's markers   */
    uint64_t decoder_events;    /* so far                                                   */
    uint64_t in, out;           /* packets on the host's link so far                     */
} Bounds;

#endif
