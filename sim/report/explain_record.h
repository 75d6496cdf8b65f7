/* explain_record.h - what was told of one step, ready to be looked up. */
#ifndef SIM_EXPLAIN_RECORD_H
#define SIM_EXPLAIN_RECORD_H

#include "sim/explain.h"

typedef struct SpanList {
    uint32_t n, room;
    CoreSpan *span;
} SpanList;

typedef struct NoteList {
    uint32_t n, room;
    PacketNote *note;
} NoteList;

struct Recording {
    Arena *arena;
    const Program *program;
    uint64_t begin_ps, end_ps;
    SimObserver observer;
    uint32_t n_slices;     /* = source number of the host                  */
    uint32_t *slice_layer; /* [n_slices]                                   */
    SpanList *core;        /* [n_cores] spans in the order of time         */
    NoteList injected;     /* in the order of (source, step, position)     */
    NoteList arrived;      /* the same, then of the core                   */
    bool sorted;           /* both are                                     */
};

/* record_sort - once all is told, before anything is looked up. */
void record_sort(Recording *recording);

/* record_injected - of a packet, or NULL: the host's, or before the recording. record_arrived - at
 * that core, or NULL. cost: O(log n) */
const PacketNote *record_injected(const Recording *recording, uint32_t source, uint64_t step,
                                  uint32_t position);
const PacketNote *record_arrived(const Recording *recording, const CoreSpan *receive);

static inline bool span_is_idle(const CoreSpan *span)
{
    return span->kind == COUNT_WAIT_CYCLES || span->kind == COUNT_SLEEP_CYCLES;
}

#endif
