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
    uint64_t since_ps, begin_ps, end_ps;
    SimObserver observer;
    uint32_t n_slices;     /* = source number of the host                  */
    uint32_t *slice_layer; /* [n_slices]                                   */
    SpanList *core;        /* [n_cores] spans in the order of time         */
    NoteList injected;     /* in the order of (source, step, position)     */
    NoteList arrived;      /* the same, then of the core                   */
    NoteList before;       /* injected from since_ps to begin_ps, the same  */
    bool sorted;           /* all are                                      */
};

/* record_sort - once all is told, before anything is looked up. */
void record_sort(Recording *recording);

/* record_injected - of a packet, or NULL: the host's, or before the recording. record_before - the
 * same, before its begin. record_arrived - at that core, or NULL. cost: O(log n) */
const PacketNote *record_injected(const Recording *recording, uint32_t source, uint64_t step,
                                  uint32_t position);
const PacketNote *record_before(const Recording *recording, const PacketNote *packet);
const PacketNote *record_arrived(const Recording *recording, const CoreSpan *receive);

typedef struct KeyBase { /* keys of a source, who sends them (id; PROGRAM_NONE: the host) */
    uint32_t core, key, marker_key, first_position;
} KeyBase;

/* record_key_bases - of all sources. key_of_note - of a packet, from that of its source. */
KeyBase *record_key_bases(Arena *arena, const Recording *recording);
uint32_t key_of_note(const KeyBase *base, const PacketNote *note);

static inline bool span_is_idle(const CoreSpan *span)
{
    return span->kind == COUNT_WAIT_CYCLES || span->kind == COUNT_SLEEP_CYCLES;
}

#endif
