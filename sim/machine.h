/* machine.h - the whole chip, or board, and the host: models wired together, three clock domains.
 *
 * An engine asks machine_next for the time of the first event and lets machine_drain work on; it
 * adds nothing but time. Events are ordered by (time, domain): a value that crosses into
 * another domain is seen at that domain's first edge at or after its time, freed room at the
 * first edge that comes later in this order.
 */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include "core_model.h"
#include "host_model.h"
#include "network_model.h"
#include "sim/sim.h"
#include "sync.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What belongs to a run; all borrowed. */
typedef struct SimRun {
    const Program *program;
    const Topology *topology;
    const InputStream *input;
    const EventTrace *expected;
    const SimOptions *options;
    NetworkMaker make_network;
} SimRun;

typedef struct Machine {
    Plan plan;
    CoreModel cores;
    NetworkModel network;
    HostModel host;
    SimParts parts; /* taken over by models of the caller; the engine fills it in */
    Tally tally;
    Fault fault;
    Sync sync;
    uint64_t next_cycle[N_DOMAINS], next_ps[N_DOMAINS]; /* the next edge of each domain           */
    uint64_t now_ps;                  /* of the edge that is worked on                            */
    uint64_t edge_after;              /* the first core edge after it; NEVER until asked for      */
    uint64_t cores_end_ps, cores_end; /* the cores are on their own before this edge: ...         */
    bool stirred; /* a core told the network something that it acts upon                          */
    void (*elaborate)(void *context, void *chip); /* as in SimOptions */
    void *elaborate_context;
    const SimVcd *vcd;    /* what to trace, or NULL */
    SimObserver observer; /* the trace's            */
    uint64_t stall_limit_ps, progress_mark, progress_ps;
} Machine;

/* machine_init - all of a run's memory. Errors: those of plan_init and of the models. */
Status machine_init(Arena *arena, Machine *machine, const SimRun *run, Err *err);

/* machine_begin - the host begins the first steps at time 0: parts must be known by now. */
void machine_begin(Machine *machine);

/* machine_next - time of the first event and its domain; NEVER when there is none. */
uint64_t machine_next(Machine *machine, Domain *domain);

/* machine_drain - work on all events up to, not past, until_ps. */
void machine_drain(Machine *machine, uint64_t until_ps);

/* machine_finish - after the last event: the fault of the run if there was one, or that the host
 * lacks results; else close the books. *end_ps is the end of the run. */
Status machine_finish(Machine *machine, uint64_t *end_ps, uint64_t *run_cycles);

/* machine_end - of a run in which all packets are received (core_settle). */
typedef struct MachineEnd {
    uint64_t ps, cycles; /* of the cores, rounded up */
} MachineEnd;
MachineEnd machine_end(const Machine *machine);

/* machine_moves - what has happened so far: flits moved, tasks ended, look-ups, host packets. */
uint64_t machine_moves(const Machine *machine);

/* checks.c: conservation. Errors: INTERNAL with the numbers that differ. */
Status machine_check(Arena *scratch, const Machine *machine, const EventTrace *expected,
                     uint64_t run_cycles, Err *err);

/* engine_count.c: all of a run without a machine. Errors: those of plan_init and of walks. */
Status engine_count_run(Arena *scratch, Arena *arena, const SimRun *run, Trace **out, Err *err);

/* sc/engine_event.cpp: run a machine to its end under SystemC. Errors: INTERNAL (SystemC reports
 * one). */
Status engine_event_run(Machine *machine, Err *err);

#ifdef __cplusplus
}
#endif
#endif
