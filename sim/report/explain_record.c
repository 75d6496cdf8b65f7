/* explain_record.c - keeps the spans and packets of one step as an observer is told of them.
 *
 * Cost: O(1) a span or packet outside the step, amortised O(1) inside; O(n log n) to sort.
 */
#include "explain_record.h"

#include "base/check.h"
#include "base/room.h"

#include <stdlib.h>
#include <string.h>

static void on_span(void *context, const CoreSpan *span)
{
    Recording *recording = context;
    SpanList *list = &recording->core[span->core];

    if (span->end_ps <= recording->begin_ps || span->begin_ps >= recording->end_ps ||
        span->kind == COUNT_MAC_ARRAY_CYCLES) /* beside what the core does */
        return;
    list->span =
        room_for_one(recording->arena, list->span, list->n, &list->room, sizeof *list->span);
    list->span[list->n++] = *span;
}

static void on_packet(void *context, const PacketNote *note)
{
    Recording *recording = context;
    const bool injected = note->moment == PACKET_INJECTED;
    const bool before = note->ps < recording->begin_ps;
    NoteList *list = !injected ? &recording->arrived
                     : before  ? &recording->before
                               : &recording->injected;

    if (note->moment == PACKET_LOST || note->ps > recording->end_ps ||
        note->ps < (injected ? recording->since_ps : recording->begin_ps))
        return;
    list->note =
        room_for_one(recording->arena, list->note, list->n, &list->room, sizeof *list->note);
    list->note[list->n++] = *note;
}

Recording *recording_new(Arena *arena, const Program *program, uint64_t begin_ps, uint64_t end_ps)
{
    Recording *recording = ARENA_ARRAY(arena, Recording, 1);
    uint32_t slice = 0;

    *recording = (Recording){.arena = arena,
                             .program = program,
                             .since_ps = begin_ps,
                             .begin_ps = begin_ps,
                             .end_ps = end_ps,
                             .observer = {recording, NULL, on_span, on_packet}};
    for (uint32_t c = 0; c < program->n_cores; c++)
        recording->n_slices += program->core[c].n_slices;
    recording->slice_layer = ARENA_ARRAY(arena, uint32_t, recording->n_slices);
    recording->core = ARENA_ARRAY(arena, SpanList, program->n_cores);
    for (uint32_t c = 0; c < program->n_cores; c++)
        for (uint32_t s = 0; s < program->core[c].n_slices; s++)
            recording->slice_layer[slice++] = program->core[c].slice[s].layer;
    return recording;
}

void recording_since(Recording *recording, uint64_t since_ps)
{
    CHECK(since_ps <= recording->begin_ps);
    recording->since_ps = since_ps;
}

const SimObserver *recording_observer(const Recording *recording)
{
    return &recording->observer;
}

/* ---- look-up -------------------- */

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_packets(const void *left, const void *right)
{
    const PacketNote *a = left, *b = right;
    int order = compare_u64(a->source, b->source);
    order = order != 0 ? order : compare_u64(a->step, b->step);
    return order != 0 ? order : compare_u64(a->position, b->position);
}

static int compare_arrivals(const void *left, const void *right)
{
    const PacketNote *a = left, *b = right;
    const int order = compare_packets(left, right);
    return order != 0 ? order : compare_u64(a->core, b->core);
}

static void sort_notes(NoteList *list, int (*compare)(const void *, const void *))
{
    if (list->n > 0)
        qsort(list->note, list->n, sizeof *list->note, compare);
}

void record_sort(Recording *recording)
{
    if (recording->sorted)
        return;
    recording->sorted = true;
    sort_notes(&recording->injected, compare_packets);
    sort_notes(&recording->before, compare_packets);
    sort_notes(&recording->arrived, compare_arrivals);
}

static const PacketNote *find_note(const NoteList *list, const PacketNote *key)
{
    if (list->n == 0)
        return NULL;
    return bsearch(key, list->note, list->n, sizeof *key, compare_packets);
}

const PacketNote *record_injected(const Recording *recording, uint32_t source, uint64_t step,
                                  uint32_t position)
{
    const PacketNote key = {.source = source, .step = step, .position = position};
    return find_note(&recording->injected, &key);
}

const PacketNote *record_before(const Recording *recording, const PacketNote *packet)
{
    return find_note(&recording->before, packet);
}

const PacketNote *record_arrived(const Recording *recording, const CoreSpan *receive)
{
    const PacketNote key = {.core = receive->core,
                            .source = receive->source,
                            .step = receive->step,
                            .position = receive->position};
    if (recording->arrived.n == 0)
        return NULL;
    return bsearch(&key, recording->arrived.note, recording->arrived.n, sizeof key,
                   compare_arrivals);
}

/* ---- keys -------------------- */

KeyBase *record_key_bases(Arena *arena, const Recording *recording)
{
    const Program *program = recording->program;
    KeyBase *base = ARENA_ARRAY(arena, KeyBase, (size_t)recording->n_slices + 1);
    uint32_t n = 0;

    for (uint32_t c = 0; c < program->n_cores; c++)
        for (uint32_t s = 0; s < program->core[c].n_slices; s++) {
            const SliceProgram *slice = &program->core[c].slice[s];
            base[n++] = (KeyBase){program->core[c].core, slice->key, slice->marker_key,
                                  slice->first_position};
        }
    base[n] = (KeyBase){PROGRAM_NONE, program->input_key, program->input_marker_key, 0};
    return base;
}

uint32_t key_of_note(const KeyBase *base, const PacketNote *note)
{
    const uint32_t at =
        note->position == OBSERVED_NONE ? 0 : note->position - base->first_position + 1;
    return note->closes ? base->marker_key + at : base->key + at - 1;
}
