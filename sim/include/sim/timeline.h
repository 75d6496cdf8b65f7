/* timeline.h - what happened when in a few steps: rows for timeline.csv.
 *
 * An observer (observer.h) records a window of a run with one token at a time; from that come
 * rows of six kinds, all times in ps from the run's begin:
 *   step   a step: from the host's first bit to its last result
 *   path   a leg of the critical path of a step (explain.h), in the order of time
 *   core   what a core does; the rows of a core fill the window without a gap or overlap
 *   array  when its MAC array works, beside the core
 *   fifo   most packets in a receive FIFO during a sample; none: no packet
 *   link   flits over a link of the packets that are sent during a sample; none: no flit
 * Equal rows of a core that follow one another are one. Where there would be more rows of cores
 * than asked for, spans within `grain_ps` of one another are put together phase by phase: how
 * long a phase lasts is exact as ever, the order inside of such a grain is lost.
 */
#ifndef SIM_TIMELINE_H
#define SIM_TIMELINE_H

#include <stdio.h>

#include "arch/topology.h"
#include "sim/explain.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TIMELINE_NONE UINT32_MAX

enum {
    TIMELINE_MAX_STEPS = 32,       /* of a window: memory goes with what happens in it */
    TIMELINE_SPANS = 40000,        /* rows of cores where nobody says how many         */
    TIMELINE_MOST_SPANS = 10000000 /* that can be asked for                            */
};

/* clang-format off */
/* X(NAME, name) */
#define TIMELINE_KIND_LIST(X) \
    X(STEP, step) X(PATH, path) X(CORE, core) X(ARRAY, array) X(FIFO, fifo) X(LINK, link)

/* X(NAME, name): what cores do, by the columns of cores.csv (name_cycles). The array is beside. */
#define TIMELINE_PHASE_LIST(X)                                                       \
    X(RECEIVE, receive) X(UPDATE, update) X(ARRAY_WAIT, array_wait) X(EMIT, emit)    \
    X(STALL, stall) X(WAIT, wait) X(SLEEP, sleep) X(LEVEL_SWITCH, level_switch)      \
    X(MAC_ARRAY, mac_array)
/* clang-format on */

typedef enum TimelineKind {
#define X(NAME, name) TIMELINE_##NAME,
    TIMELINE_KIND_LIST(X)
#undef X
        N_TIMELINE_KINDS
} TimelineKind;

typedef enum TimelinePhase {
#define X(NAME, name) PHASE_##NAME,
    TIMELINE_PHASE_LIST(X)
#undef X
        N_TIMELINE_PHASES
} TimelinePhase;

/* Names as in the file; NULL for numbers beyond. */
const char *timeline_kind_name(uint32_t kind);
const char *timeline_phase_name(uint32_t phase);

typedef struct TimelineRow {
    TimelineKind kind;
    uint32_t what;  /* core, array: TimelinePhase; path: LegKind; else TIMELINE_NONE           */
    uint32_t core;  /* id; path: where, of a packet from where (NONE: the host)                */
    uint32_t to;    /* path: core id where a packet of the leg arrives; else NONE              */
    uint32_t link;  /* link: in the numbering of the topology; else NONE                       */
    uint32_t layer; /* of what is updated or sent; receive: of the sender (NONE: the host)     */
    uint32_t step;  /* the same; path, step: the step; NONE where it belongs to none           */
    uint64_t begin_ps, end_ps;
    uint64_t n; /* core, path: tasks or packets in it (0: idle); fifo: packets; link: flits; step:
                   grain_ps of the cores' rows, 0: each span stands as it was */
} TimelineRow;

typedef struct Timeline {
    uint32_t n_rows;
    const TimelineRow *row; /* [n_rows] by kind; steps and path by step, cores and FIFOs as in the
                               program, links by number; then by time */
} Timeline;

typedef struct TimelineOptions {
    uint32_t first_step, last_step; /* of the run                                        */
    uint32_t n_cores;               /* 0: all that the program uses, else ...            */
    const uint32_t *core;           /* [n_cores] ids: only rows of these, and of the path */
    uint32_t max_spans;             /* so many rows of cores at most, if grains no longer
                                       than a step can do that                           */
} TimelineOptions;

/* timeline_check - that the program uses the cores. Errors: INPUT. */
Status timeline_check(const Program *program, const TimelineOptions *options, Err *err);

/* timeline_window - of these steps of a run: from the begin of the first to the end of the last, or
 * to the end of the run where that is its last. */
void timeline_window(const Trace *trace, uint32_t first_step, uint32_t last_step,
                     uint64_t *begin_ps, uint64_t *end_ps);

/* timeline_record - of a window; timeline_observer goes into SimOptions.observer of a run that is,
 * up to the end of the window, the one of which the timeline is to tell. */
typedef struct TimelineRecord TimelineRecord;
TimelineRecord *timeline_record(Arena *arena, const Program *program, const Topology *topology,
                                uint64_t begin_ps, uint64_t end_ps);
const SimObserver *timeline_observer(const TimelineRecord *record);

/* timeline_make - `trace` is that of the recorded run; cores are checked. Errors: INTERNAL (see
 * explain.h). cost: O(n log n) for n spans and packets of the window */
Status timeline_make(Arena *arena, TimelineRecord *record, const Trace *trace,
                     const TimelineOptions *options, const Timeline **out, Err *err);

/* timeline_write_csv - the file; see docs/results.md for its columns. */
void timeline_write_csv(const Timeline *timeline, FILE *stream);

/* timeline_load - read it back. Errors: IO, INPUT (file:line:col and what was expected). */
Status timeline_load(Arena *arena, const char *path, const Timeline **out, Err *err);

#ifdef __cplusplus
}
#endif
#endif
