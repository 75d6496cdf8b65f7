/* explain.h - why a step took as long as it did.
 *
 * From what an observer is told of one step (observer.h): the critical path, backwards from the
 * moment at which the host has the step's result to the moment at which it began to send its
 * input, without a gap; and the slack of each core, the time by which all its work of the step
 * could be later without the step ending later, were everything else served in the same order.
 *
 * And which links each packet of the path took, by the router tables, and how much longer than on
 * an idle network. Where on these links it waited no observer is told: what is known beside the sum
 * is how many flits each link carried in the step.
 */
#ifndef SIM_EXPLAIN_H
#define SIM_EXPLAIN_H

#include "arch/program.h"
#include "arch/topology.h"
#include "base/arena.h"
#include "base/err.h"
#include "models/input.h"
#include "sim/observer.h"
#include "sim/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(NAME, name, meaning) */
#define LEG_LIST(X)                                                             \
    X(INPUT, host, "host sends the input, up to the packet that is waited for") \
    X(RECEIVE, receive, "core receives packets and applies their weights")      \
    X(UPDATE, update, "core updates units")                                     \
    X(ARRAY, mac_array, "core waits for its MAC array")                         \
    X(EMIT, emit, "core sends packets")                                         \
    X(STALL, stall, "core waits for room in the network")                       \
    X(NETWORK, network, "packet is on its way")                                 \
    X(OTHER, other, "core waits for DRAM, a barrier, a tick or its clock")      \
    X(OUTPUT, output, "the last result is on its way to the host")

typedef enum LegKind {
#define X(NAME, name, meaning) LEG_##NAME,
    LEG_LIST(X)
#undef X
        N_LEGS
} LegKind;

const char *leg_name(LegKind kind);
const char *leg_meaning(LegKind kind);

/* A part of the path. Parts of one kind, core and layer that follow one another are one leg. */
typedef struct PathLeg {
    LegKind kind;
    uint32_t core;  /* where: index into Program.core; network: where it comes from; input: none */
    uint32_t to;    /* network, input: the core where it arrives                             */
    uint32_t layer; /* update, emit, array, network: of the slice; receive: of the source,
                            PROGRAM_NONE for the host                                       */
    uint32_t n_parts; /* packets, updates, ...                                           */
    uint64_t begin_ps, end_ps;
    const PacketNote *packet; /* network, input: as it arrives; output: as it is handed to the
                                 network; else NULL. Borrowed from the recording             */
} PathLeg;

typedef struct CoreSlack {
    uint32_t core;     /* index into Program.core                                       */
    uint64_t slack_ps; /* at most the length of the step                               */
    uint64_t busy_ps;  /* of the step                                                  */
} CoreSlack;

typedef struct Explanation {
    uint32_t step;
    uint64_t begin_ps, end_ps;
    uint32_t n_legs;
    const PathLeg *leg;       /* [n_legs] in the order of time                          */
    uint64_t kind_ps[N_LEGS]; /* they add up to end_ps - begin_ps                       */
    const CoreSlack *slack;   /* [Program.n_cores]; NULL in a mere path                 */
} Explanation;

/* A recording of one step; its observer goes into SimOptions.observer. */
typedef struct Recording Recording;

/* recording_new - of what happens from begin_ps to end_ps. */
Recording *recording_new(Arena *arena, const Program *program, uint64_t begin_ps, uint64_t end_ps);

/* recording_since - keep, too, when packets were sent from since_ps to the begin: one of the step
 * before may be on its way there. Needed by explain_ways alone. */
void recording_since(Recording *recording, uint64_t since_ps);
const SimObserver *recording_observer(const Recording *recording);

/* How many steps from the first on one is picked from, where nobody names one. */
enum { EXPLAINED_STEPS = 16 };

/* explain_median_step - of the first n_steps of a run that has so many, or of all, the first
 * whose latency is the median (nearest rank). cost: O(n_steps^2) */
uint32_t explain_median_step(const Trace *trace, uint32_t n_steps);

/* explain_step - of a run with one token at a time that was recorded from the begin of the step
 * to its end. Errors: INTERNAL (the path breaks off: the run was not that one). cost: O(n log n)
 * for n spans and packets of the step */
Status explain_step(Arena *arena, Recording *recording, const Trace *trace, uint32_t step,
                    const Explanation **out, Err *err);

/* explain_path - the same without slack, of a step among others that were recorded. */
Status explain_path(Arena *arena, Recording *recording, const Trace *trace, uint32_t step,
                    const Explanation **out, Err *err);

/* The way of a packet on the path: a leg of kind network, input or output. */
typedef struct PacketWay {
    uint32_t leg;      /* index into Explanation.leg                                         */
    uint32_t from, to; /* index into Program.core; PROGRAM_NONE: the host                    */
    uint32_t key;
    uint32_t number;  /* from the host: of the packets of the step, from 1; else 0          */
    uint64_t sent_ps; /* handed to the network; from the host: it begins to send the step    */
    uint32_t n_links;
    const uint32_t *link; /* [n_links] in the order of travel, in the numbering of all links */
    uint32_t busiest;     /* index into link: the first that carried most flits in the step  */
    uint64_t idle_ps;     /* of the leg: until it would be there on an idle network, at an edge of
                             the core that takes it                                          */
    uint64_t wait_ps;     /* the rest, for room and for other packets; they add up to the leg */
} PacketWay;

typedef struct PacketWays {
    uint32_t n;
    const PacketWay *way;       /* [n] in the order of legs                                  */
    const uint64_t *link_flits; /* [all links] of packets that were sent in the step         */
} PacketWays;

/* What was run, by dataflow, one token at a time. */
typedef struct ExplainedRun {
    const Program *program;
    const Topology *topology;
    const InputStream *input;
    const Trace *trace;
} ExplainedRun;

/* explain_ways - of a path from a recording since the begin of the step before. Errors: INTERNAL
 * (a packet of the path that the tables do not lead there, was not recorded or came too early: the
 * run was not that one). cost: O(packets of the step * routers visited + legs * routers) */
Status explain_ways(Arena *arena, const Recording *recording, const ExplainedRun *run,
                    const Explanation *told, const PacketWays **out, Err *err);

#ifdef __cplusplus
}
#endif
#endif
