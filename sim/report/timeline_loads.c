/* timeline_loads.c - how full FIFOs and how busy links were, sample by sample.
 *
 * A FIFO's depth is the sum of its changes; a sample has the most of it, and samples of one depth
 * are one row. Links are not observed: a packet's flits follow from its key and the router tables
 * (checks_walk.h), and count in the sample in which it is handed to the network; one of the host's
 * in the sample in which the first core has it.
 * Cost: O(n log n + packets * routers visited + samples * (cores + links)).
 */
#include <stdlib.h>
#include <string.h>

#include "checks_walk.h"
#include "timeline_private.h"

/* Begin of a sample; of number n_samples the end of the window. */
static uint64_t sample_ps(const Recording *recording, uint32_t n_samples, uint32_t i)
{
    const uint64_t window_ps = recording->end_ps - recording->begin_ps;
    return recording->begin_ps + window_ps / n_samples * i + window_ps % n_samples * i / n_samples;
}

static TimelineRow new_row(TimelineKind kind)
{
    return (TimelineRow){.kind = kind,
                         .what = TIMELINE_NONE,
                         .core = TIMELINE_NONE,
                         .to = TIMELINE_NONE,
                         .link = TIMELINE_NONE,
                         .layer = TIMELINE_NONE,
                         .step = TIMELINE_NONE};
}

/* ---- FIFOs -------------------- */

/* What comes at the moment at which another is taken out was there with it. */
static int compare_changes(const void *left, const void *right)
{
    const FifoChange *a = left, *b = right;
    if (a->ps != b->ps)
        return a->ps < b->ps ? -1 : 1;
    return (a->more < b->more) - (a->more > b->more);
}

/* A sample's depth: a row that goes on, or a new one. */
static void add_depth(TimelineRows *rows, TimelineRow *row, uint64_t begin_ps, uint64_t end_ps,
                      int64_t depth)
{
    if (row->n != (uint64_t)depth) {
        if (row->n > 0)
            timeline_add(rows, row);
        row->begin_ps = begin_ps;
        row->n = (uint64_t)depth;
    }
    row->end_ps = end_ps;
}

static void sample_fifo(TimelineRows *rows, const TimelineRecord *record, uint32_t core,
                        uint32_t n_samples)
{
    const Recording *recording = record->recording;
    const FifoChanges *fifo = &record->fifo[core];
    int64_t depth = fifo->at_begin;
    TimelineRow row = new_row(TIMELINE_FIFO);
    uint32_t at = 0;

    row.core = recording->program->core[core].core;
    if (fifo->n > 0)
        qsort(fifo->change, fifo->n, sizeof(FifoChange), compare_changes);
    for (uint32_t s = 0; s < n_samples; s++) {
        const uint64_t end_ps = sample_ps(recording, n_samples, s + 1);
        const bool last = s + 1 == n_samples; /* and what comes with the end of the window */
        int64_t most = depth;
        for (; at < fifo->n && (last || fifo->change[at].ps < end_ps); at++) {
            depth += fifo->change[at].more;
            most = depth > most ? depth : most;
        }
        add_depth(rows, &row, sample_ps(recording, n_samples, s), end_ps, most);
    }
    add_depth(rows, &row, 0, 0, 0);
}

void timeline_fifos(TimelineRows *rows, const TimelineRecord *record, const bool *shown,
                    uint32_t n_samples)
{
    for (uint32_t c = 0; c < record->recording->program->n_cores; c++)
        if (shown[c])
            sample_fifo(rows, record, c, n_samples);
}

/* ---- links -------------------- */

typedef struct SentKey {
    uint64_t ps;
    uint32_t core, key; /* id, PROGRAM_NONE: the host */
} SentKey;

static SentKey sent_key(const KeyBase *base, const PacketNote *note)
{
    const KeyBase *from = &base[note->source];
    return (SentKey){note->ps, from->core, key_of_note(from, note)};
}

static int compare_keys(const void *left, const void *right)
{
    const SentKey *a = left, *b = right;
    if (a->ps != b->ps)
        return a->ps < b->ps ? -1 : 1;
    if (a->core != b->core)
        return a->core < b->core ? -1 : 1;
    return (a->key > b->key) - (a->key < b->key);
}

/* When the first core has a packet of the host's. Arrivals of one packet stand together, but the
 * one that closes a step: with ticks it is no event on cores that hear none of the host's. */
static uint32_t add_host_keys(const Recording *recording, const KeyBase *base, SentKey *out)
{
    const NoteList *arrived = &recording->arrived;
    const PacketNote *packet = NULL, *closing = NULL;
    uint32_t n = 0, closing_at = 0;

    for (uint32_t i = 0; i < arrived->n; i++) {
        const PacketNote *note = &arrived->note[i];
        if (note->source != recording->n_slices)
            continue;
        const bool goes_on =
            packet != NULL && note->step == packet->step && note->position == packet->position;
        const bool closes = note->closes && closing != NULL && note->step == closing->step;
        if (goes_on || closes) {
            SentKey *sent = &out[closes ? closing_at : n - 1];
            sent->ps = note->ps < sent->ps ? note->ps : sent->ps;
        } else {
            out[n++] = sent_key(base, note);
        }
        if (note->closes && !closes) {
            closing = note;
            closing_at = n - 1;
        }
        packet = note;
    }
    return n;
}

static void add_links(TimelineRows *rows, Walk *walk, uint64_t begin_ps, uint64_t end_ps)
{
    const uint32_t n_links = topology_all_links(walk->topology);

    for (uint32_t l = 0; l < n_links; l++) {
        if (walk->link_flits[l] == 0)
            continue;
        TimelineRow row = new_row(TIMELINE_LINK);
        row.link = l;
        row.begin_ps = begin_ps;
        row.end_ps = end_ps;
        row.n = walk->link_flits[l];
        timeline_add(rows, &row);
        walk->link_flits[l] = 0;
    }
}

static int compare_link_rows(const void *left, const void *right)
{
    const TimelineRow *a = left, *b = right;
    if (a->link != b->link)
        return a->link < b->link ? -1 : 1;
    return (a->begin_ps > b->begin_ps) - (a->begin_ps < b->begin_ps);
}

static Status walk_samples(TimelineRows *rows, const Recording *recording, Walk *walk,
                           const SentKey *sent, uint32_t n_sent, uint32_t n_samples)
{
    static const uint64_t once = 1;
    uint32_t at = 0;

    for (uint32_t s = 0; s < n_samples; s++) {
        const uint64_t end_ps = sample_ps(recording, n_samples, s + 1);
        for (; at < n_sent && (s + 1 == n_samples || sent[at].ps < end_ps); at++) {
            TRY(walk_keys(walk, sent[at].core, sent[at].key, 1, &once));
            for (uint32_t i = 0; i < walk->n_touched; i++)
                walk->delivered[walk->touched[i]] = 0;
            walk->n_touched = 0;
        }
        add_links(rows, walk, sample_ps(recording, n_samples, s), end_ps);
    }
    return STATUS_OK;
}

Status timeline_links(TimelineRows *rows, const TimelineRecord *record, uint32_t n_samples,
                      Err *err)
{
    const Recording *recording = record->recording;
    const NoteList *injected = &recording->injected;
    const KeyBase *base = record_key_bases(record->arena, recording);
    SentKey *sent = ARENA_ARRAY(record->arena, SentKey, (size_t)injected->n + recording->arrived.n);
    const uint32_t first = rows->n;
    uint32_t n = 0;
    Walk walk;

    for (; n < injected->n; n++)
        sent[n] = sent_key(base, &injected->note[n]);
    n += add_host_keys(recording, base, sent + n);
    if (n > 0)
        qsort(sent, n, sizeof *sent, compare_keys);
    walk_init(record->arena, &walk, recording->program, record->topology, err);
    TRY(walk_samples(rows, recording, &walk, sent, n, n_samples));
    if (rows->n > first)
        qsort(rows->row + first, rows->n - first, sizeof *rows->row, compare_link_rows);
    return STATUS_OK;
}
