/* timeline.c - records a window of a run, and puts its rows together; see sim/timeline.h.
 *
 * The recording is that of explain.h, and besides when MAC arrays work and how FIFOs change.
 * Cost: O(1) a span or packet, amortised; then that of the rows.
 */
#include "sim/timeline.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/room.h"
#include "timeline_private.h"

enum { FIFO_SAMPLES = 64, LINK_SAMPLES = 32 };

const char *timeline_kind_name(uint32_t kind)
{
    static const char *const names[N_TIMELINE_KINDS] = {
#define X(NAME, name) #name,
        TIMELINE_KIND_LIST(X)
#undef X
    };
    return kind < N_TIMELINE_KINDS ? names[kind] : NULL;
}

const char *timeline_phase_name(uint32_t phase)
{
    static const char *const names[N_TIMELINE_PHASES] = {
#define X(NAME, name) #name,
        TIMELINE_PHASE_LIST(X)
#undef X
    };
    return phase < N_TIMELINE_PHASES ? names[phase] : NULL;
}

/* ---- recording -------------------- */

static void change_fifo(TimelineRecord *record, uint32_t core, uint64_t ps, int64_t more)
{
    FifoChanges *fifo = &record->fifo[core];
    if (ps < record->recording->begin_ps) {
        fifo->at_begin += more;
        return;
    }
    if (ps > record->recording->end_ps)
        return;
    fifo->change =
        room_for_one(record->arena, fifo->change, fifo->n, &fifo->room, sizeof *fifo->change);
    fifo->change[fifo->n++] = (FifoChange){ps, more};
}

static void on_span(void *context, const CoreSpan *span)
{
    TimelineRecord *record = context;
    const SimObserver *observer = recording_observer(record->recording);

    observer->span(observer->context, span);
    if (span->kind == COUNT_RECEIVE_CYCLES && span->source != OBSERVED_NONE)
        change_fifo(record, span->core, span->begin_ps, -1);
    if (span->kind != COUNT_MAC_ARRAY_CYCLES)
        return;
    SpanList *list = &record->array[span->core];
    list->span = room_for_one(record->arena, list->span, list->n, &list->room, sizeof *list->span);
    list->span[list->n++] = *span;
}

static void on_packet(void *context, const PacketNote *note)
{
    TimelineRecord *record = context;
    const SimObserver *observer = recording_observer(record->recording);

    observer->packet(observer->context, note);
    if (note->moment != PACKET_INJECTED)
        change_fifo(record, note->core, note->ps, note->moment == PACKET_ARRIVED ? 1 : -1);
}

TimelineRecord *timeline_record(Arena *arena, const Program *program, const Topology *topology,
                                uint64_t begin_ps, uint64_t end_ps)
{
    TimelineRecord *record = ARENA_ARRAY(arena, TimelineRecord, 1);

    CHECK(begin_ps < end_ps);
    *record = (TimelineRecord){.arena = arena,
                               .topology = topology,
                               .recording = recording_new(arena, program, begin_ps, end_ps),
                               .observer = {record, NULL, on_span, on_packet},
                               .array = ARENA_ARRAY(arena, SpanList, program->n_cores),
                               .fifo = ARENA_ARRAY(arena, FifoChanges, program->n_cores)};
    return record;
}

const SimObserver *timeline_observer(const TimelineRecord *record)
{
    return &record->observer;
}

void timeline_window(const Trace *trace, uint32_t first_step, uint32_t last_step,
                     uint64_t *begin_ps, uint64_t *end_ps)
{
    *begin_ps = trace->step[first_step].start_ps;
    *end_ps = last_step + 1 < trace->n_steps ? trace->step[last_step].end_ps : trace->end_ps;
}

/* ---- rows -------------------- */

void timeline_add(TimelineRows *rows, const TimelineRow *row)
{
    rows->row = room_for_one(rows->arena, rows->row, rows->n, &rows->room, sizeof *rows->row);
    rows->row[rows->n++] = *row;
}

static uint32_t id_of(const Program *program, uint32_t core)
{
    return core < program->n_cores ? program->core[core].core : TIMELINE_NONE;
}

static Status add_path(TimelineRows *rows, TimelineRecord *record, const Trace *trace,
                       uint32_t step, Err *err)
{
    const Program *program = record->recording->program;
    const Explanation *told;

    TRY(explain_path(record->arena, record->recording, trace, step, &told, err));
    for (uint32_t i = 0; i < told->n_legs; i++) {
        const PathLeg *leg = &told->leg[i];
        const bool travels = leg->kind == LEG_NETWORK || leg->kind == LEG_INPUT;
        const TimelineRow row = {
            .kind = TIMELINE_PATH,
            .what = leg->kind,
            .core = id_of(program, leg->core),
            .to = travels ? id_of(program, leg->to) : TIMELINE_NONE,
            .link = TIMELINE_NONE,
            .layer = leg->layer < program->n_layers ? leg->layer : TIMELINE_NONE,
            .step = step,
            .begin_ps = leg->begin_ps,
            .end_ps = leg->end_ps,
            .n = leg->n_parts,
        };
        timeline_add(rows, &row);
    }
    return STATUS_OK;
}

static void add_step(TimelineRows *rows, const Trace *trace, uint32_t step)
{
    const TimelineRow row = {
        .kind = TIMELINE_STEP,
        .what = TIMELINE_NONE,
        .core = trace->step[step].critical_core,
        .to = TIMELINE_NONE,
        .link = TIMELINE_NONE,
        .layer = TIMELINE_NONE,
        .step = step,
        .begin_ps = trace->step[step].start_ps,
        .end_ps = trace->step[step].end_ps,
    };
    timeline_add(rows, &row);
}

static bool is_chosen(const TimelineOptions *options, uint32_t core)
{
    for (uint32_t i = 0; i < options->n_cores; i++)
        if (options->core[i] == core)
            return true;
    return options->n_cores == 0;
}

static const bool *choose_cores(Arena *arena, const Program *program,
                                const TimelineOptions *options)
{
    bool *shown = ARENA_ARRAY(arena, bool, program->n_cores);

    for (uint32_t c = 0; c < program->n_cores; c++)
        shown[c] = is_chosen(options, program->core[c].core);
    return shown;
}

Status timeline_check(const Program *program, const TimelineOptions *options, Err *err)
{
    for (uint32_t i = 0; i < options->n_cores; i++) {
        uint32_t c = 0;
        while (c < program->n_cores && program->core[c].core != options->core[i])
            c++;
        if (c == program->n_cores)
            return err_set(err, STATUS_INPUT,
                           "timeline of core %" PRIu32
                           ", on which the program has nothing; expected cores in use, as %" PRIu32,
                           options->core[i], program->core[0].core);
    }
    return STATUS_OK;
}

/* So many samples that there are no more of them than of spans, within reason. */
static uint32_t samples(uint32_t wanted, uint32_t n_steps, uint64_t n_things, uint32_t max_spans)
{
    const uint64_t most = (uint64_t)wanted * n_steps;
    const uint64_t room = n_things > 0 ? max_spans / n_things : most;
    return (uint32_t)(room < 1 ? 1 : room < most ? room : most);
}

Status timeline_make(Arena *arena, TimelineRecord *record, const Trace *trace,
                     const TimelineOptions *options, const Timeline **out, Err *err)
{
    const Program *program = record->recording->program;
    const uint32_t first = options->first_step, last = options->last_step;
    const uint32_t n_steps = last - first + 1;
    Timeline *made = ARENA_ARRAY(arena, Timeline, 1);
    TimelineRows rows = {.arena = arena};
    const bool *shown = choose_cores(arena, program, options);

    CHECK(first <= last && last < trace->n_steps);
    for (uint32_t t = first; t <= last; t++)
        add_step(&rows, trace, t);
    for (uint32_t t = first; t <= last; t++)
        TRY(add_path(&rows, record, trace, t, err));
    const uint64_t grain_ps = timeline_cores(&rows, record, shown, options);
    for (uint32_t t = 0; t < n_steps; t++)
        rows.row[t].n = grain_ps;
    timeline_arrays(&rows, record, shown);
    timeline_fifos(&rows, record, shown,
                   samples(FIFO_SAMPLES, n_steps, program->n_cores, options->max_spans));
    TRY(timeline_links(
        &rows, record,
        samples(LINK_SAMPLES, n_steps, topology_all_links(record->topology), options->max_spans),
        err));
    made->n_rows = rows.n;
    made->row = rows.row;
    *out = made;
    return STATUS_OK;
}
