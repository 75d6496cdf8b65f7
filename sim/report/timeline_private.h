/* timeline_private.h - a window of a run as it was recorded, and rows under way. */
#ifndef SIM_TIMELINE_PRIVATE_H
#define SIM_TIMELINE_PRIVATE_H

#include "explain_record.h"
#include "sim/timeline.h"

typedef struct FifoChange {
    uint64_t ps;
    int64_t more; /* packets in the FIFO from then on */
} FifoChange;

typedef struct FifoChanges {
    uint32_t n, room;
    FifoChange *change;
    int64_t at_begin; /* packets in it when the window begins */
} FifoChanges;

struct TimelineRecord {
    Arena *arena;
    const Topology *topology;
    Recording *recording; /* spans and packets of the window; not those of arrays   */
    SimObserver observer;
    SpanList *array;   /* [n_cores] */
    FifoChanges *fifo; /* [n_cores] */
};

typedef struct TimelineRows {
    Arena *arena;
    uint32_t n, room;
    TimelineRow *row;
} TimelineRows;

void timeline_add(TimelineRows *rows, const TimelineRow *row);

/* timeline_cores - rows of all cores that are `shown` [n_cores], at most max_spans if a grain
 * that is no longer than a step (on average) can do that; returns the grain. timeline_arrays - of
 * their arrays. */
uint64_t timeline_cores(TimelineRows *rows, const TimelineRecord *record, const bool *shown,
                        const TimelineOptions *options);
void timeline_arrays(TimelineRows *rows, const TimelineRecord *record, const bool *shown);

/* timeline_fifos, timeline_links - in so many samples each. Errors: those of walk_keys. */
void timeline_fifos(TimelineRows *rows, const TimelineRecord *record, const bool *shown,
                    uint32_t n_samples);
Status timeline_links(TimelineRows *rows, const TimelineRecord *record, uint32_t n_samples,
                      Err *err);

#endif
