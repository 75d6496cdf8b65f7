/* explain.c - critical path and slack of a recorded step.
 *
 * The path goes backwards. On a core, each task begins when the one before has ended, so the
 * span that ends where the path stands is the next part. Where a core was idle, what ended the
 * idle time is the packet whose receive begins there: the path goes on at the core that injected
 * it, at that time. A task that begins out of idle time without a packet was waited for by other
 * means (a row from the DRAM, a barrier, a tick): then the idle time itself is a part.
 *
 * Slack goes backwards too. A task must end by the latest begin of the next on its core; the
 * emission of a packet, besides, so that each of its receives can begin at its latest; the
 * packet that the host waits for, when it went. What leads to nothing that the step waits for
 * may end at any time. Cost: O(n log n) for n spans and packets.
 */
#include "sim/explain.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/room.h"
#include "explain_record.h"

const char *leg_name(LegKind kind)
{
    static const char *const names[N_LEGS] = {
#define X(NAME, name, meaning) #name,
        LEG_LIST(X)
#undef X
    };
    return names[kind];
}

const char *leg_meaning(LegKind kind)
{
    static const char *const meanings[N_LEGS] = {
#define X(NAME, name, meaning) meaning,
        LEG_LIST(X)
#undef X
    };
    return meanings[kind];
}

typedef struct Walk {
    const Recording *recording;
    Explanation *out;
    PathLeg *leg; /* from the end of the step backwards */
    uint32_t n_legs, room;
    Arena *arena;
    uint32_t core;
    uint64_t at_ps;
} Walk;

/* One more part, before all others: from begin_ps to where the walk stands. */
static void add_part(Walk *walk, PathLeg part, uint64_t begin_ps)
{
    PathLeg *last = walk->n_legs > 0 ? &walk->leg[walk->n_legs - 1] : NULL;

    part.n_parts = 1;
    part.end_ps = walk->at_ps;
    part.begin_ps = begin_ps > walk->out->begin_ps ? begin_ps : walk->out->begin_ps;
    walk->at_ps = part.begin_ps;
    walk->out->kind_ps[part.kind] += part.end_ps - part.begin_ps;
    if (last != NULL && last->kind == part.kind && last->core == part.core &&
        last->layer == part.layer && last->to == part.to && part.kind != LEG_NETWORK) {
        last->begin_ps = part.begin_ps;
        last->n_parts++;
        return;
    }
    walk->leg = room_for_one(walk->arena, walk->leg, walk->n_legs, &walk->room, sizeof *walk->leg);
    walk->leg[walk->n_legs++] = part;
}

static uint32_t layer_of(const Recording *recording, uint32_t source)
{
    return source < recording->n_slices ? recording->slice_layer[source] : PROGRAM_NONE;
}

/* The span of the core that ends where the walk stands, or lies over it; n if there is none. */
static uint32_t find_span(const SpanList *list, uint64_t at_ps)
{
    uint32_t low = 0, high = list->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (list->span[middle].end_ps < at_ps)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static LegKind leg_of(const CoreSpan *span)
{
    switch (span->kind) {
    case COUNT_RECEIVE_CYCLES:
        return LEG_RECEIVE;
    case COUNT_UPDATE_CYCLES:
        return LEG_UPDATE;
    case COUNT_ARRAY_WAIT_CYCLES:
        return LEG_ARRAY;
    case COUNT_EMIT_CYCLES:
        return LEG_EMIT;
    case COUNT_STALL_CYCLES:
        return LEG_STALL;
    default:
        return LEG_OTHER;
    }
}

/* The core was idle until a packet came, or something else. */
static void leave_idle(Walk *walk, const CoreSpan *idle, const CoreSpan *next)
{
    const Recording *recording = walk->recording;
    const uint32_t here = walk->core;

    if (next == NULL || next->kind != COUNT_RECEIVE_CYCLES || next->begin_ps != walk->at_ps ||
        next->source == OBSERVED_NONE) {
        add_part(walk,
                 (PathLeg){.kind = LEG_OTHER, .core = here, .to = here, .layer = PROGRAM_NONE},
                 idle->begin_ps);
        return;
    }
    const PacketNote *from = record_injected(recording, next->source, next->step, next->position);
    const PacketNote *there = record_arrived(recording, next);
    if (from == NULL) { /* the host's, or one sent before the step began */
        const LegKind kind = next->source < recording->n_slices ? LEG_NETWORK : LEG_INPUT;
        add_part(walk,
                 (PathLeg){.kind = kind,
                           .core = PROGRAM_NONE,
                           .to = here,
                           .layer = layer_of(recording, next->source),
                           .packet = there},
                 walk->out->begin_ps);
        return;
    }
    add_part(walk,
             (PathLeg){.kind = LEG_NETWORK,
                       .core = from->core,
                       .to = here,
                       .layer = layer_of(recording, from->source),
                       .packet = there},
             from->ps);
    walk->core = from->core;
}

/* One part back; false if nothing is known of where the walk stands. */
static bool step_back(Walk *walk)
{
    const SpanList *list = &walk->recording->core[walk->core];
    uint32_t i = find_span(list, walk->at_ps);

    if (i == list->n || list->span[i].begin_ps >= walk->at_ps)
        return false;
    const CoreSpan *span = &list->span[i], *next = i + 1 < list->n ? span + 1 : NULL;
    if (span_is_idle(span)) {
        while (i > 0 && span_is_idle(&list->span[i - 1])) /* it may come in pieces */
            i--;
        leave_idle(walk, &list->span[i], next);
        return true;
    }
    const uint32_t source = span->kind == COUNT_RECEIVE_CYCLES ? span->source : span->slice;
    add_part(walk,
             (PathLeg){.kind = leg_of(span),
                       .core = walk->core,
                       .to = walk->core,
                       .layer = layer_of(walk->recording, source)},
             span->begin_ps);
    return true;
}

/* The packet that closed the step for the host: the last one that a slice of the last layer on
 * the critical core has sent. */
static const PacketNote *find_result(const Recording *recording, uint32_t core, uint32_t step)
{
    const PacketNote *last = NULL;

    for (uint32_t i = 0; i < recording->injected.n; i++) {
        const PacketNote *note = &recording->injected.note[i];
        if (note->core == core && note->step == step && note->closes &&
            layer_of(recording, note->source) + 1 == recording->program->n_layers &&
            (last == NULL || note->ps > last->ps))
            last = note;
    }
    return last;
}

static Status walk_path(Walk *walk, const PacketNote *result, Err *err)
{
    add_part(walk,
             (PathLeg){.kind = LEG_OUTPUT,
                       .core = result->core,
                       .to = result->core,
                       .layer = layer_of(walk->recording, result->source),
                       .packet = result},
             result->ps);
    walk->core = result->core;
    while (walk->at_ps > walk->out->begin_ps) {
        const uint64_t before_ps = walk->at_ps;
        if (!step_back(walk) || walk->at_ps >= before_ps)
            return err_set(err, STATUS_INTERNAL,
                           "step %" PRIu32 ": nothing is known of core %" PRIu32 " at %" PRIu64
                           " ps",
                           walk->out->step, walk->core, walk->at_ps);
    }
    return STATUS_OK;
}

/* ---- slack -------------------- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The packet whose injection ends this emission: of its slice and step, the first that is not
 * before its end; n if there is none. Units of a slice send in ascending order, so the list is
 * one of times. */
static uint32_t packet_of(const NoteList *list, const CoreSpan *emit)
{
    uint32_t low = 0, high = list->n;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const PacketNote *note = &list->note[middle];
        const bool before = note->source != emit->slice ? note->source < emit->slice
                            : note->step != emit->step  ? note->step < emit->step
                                                        : note->ps < emit->end_ps;
        if (before)
            low = middle + 1;
        else
            high = middle;
    }
    const bool found = low < list->n && list->note[low].source == emit->slice &&
                       list->note[low].step == emit->step;
    return found ? low : list->n;
}

static int compare_ends(const void *left, const void *right)
{
    const CoreSpan *a = *(const CoreSpan *const *)left, *b = *(const CoreSpan *const *)right;
    if (a->end_ps != b->end_ps)
        return a->end_ps < b->end_ps ? 1 : -1;
    return (a->begin_ps < b->begin_ps) - (a->begin_ps > b->begin_ps);
}

/* All that is not idle, latest ends first. */
static uint32_t list_tasks(Arena *arena, const Recording *recording, const CoreSpan ***out)
{
    uint32_t n = 0, n_spans = 0;

    for (uint32_t c = 0; c < recording->program->n_cores; c++)
        n_spans += recording->core[c].n;
    const CoreSpan **task = ARENA_ARRAY(arena, const CoreSpan *, n_spans);
    for (uint32_t c = 0; c < recording->program->n_cores; c++)
        for (uint32_t i = 0; i < recording->core[c].n; i++)
            if (!span_is_idle(&recording->core[c].span[i]))
                task[n++] = &recording->core[c].span[i];
    qsort(task, n, sizeof(const CoreSpan *), compare_ends); // NOLINT(bugprone-sizeof-expression)
    *out = task;
    return n;
}

/* A packet must be there when its receive begins at the latest. */
static void hurry_packet(const Recording *recording, const CoreSpan *receive, uint64_t begin_ps,
                         uint64_t *latest_ps)
{
    const PacketNote *from =
        record_injected(recording, receive->source, receive->step, receive->position);
    const PacketNote *there = record_arrived(recording, receive);
    if (from == NULL || there == NULL || there->ps < from->ps)
        return;
    uint64_t *latest = &latest_ps[from - recording->injected.note];
    *latest = earlier(*latest, begin_ps - (there->ps - from->ps));
}

static const CoreSlack *find_slack(Arena *arena, const Recording *recording,
                                   const PacketNote *result)
{
    const NoteList *injected = &recording->injected;
    const uint32_t n_cores = recording->program->n_cores;
    CoreSlack *slack = ARENA_ARRAY(arena, CoreSlack, n_cores);
    uint64_t *next_ps = ARENA_ARRAY(arena, uint64_t, n_cores);
    uint64_t *latest_ps = ARENA_ARRAY(arena, uint64_t, injected->n);
    const CoreSpan **task;
    const uint32_t n = list_tasks(arena, recording, &task);

    for (uint32_t c = 0; c < n_cores; c++) {
        slack[c] = (CoreSlack){c, recording->end_ps - recording->begin_ps, 0};
        next_ps[c] = UINT64_MAX;
    }
    for (uint32_t i = 0; i < injected->n; i++)
        latest_ps[i] = UINT64_MAX;
    latest_ps[result - injected->note] = result->ps;
    for (uint32_t i = 0; i < n; i++) {
        const CoreSpan *span = task[i];
        uint64_t end_ps = next_ps[span->core];
        if (span->kind == COUNT_EMIT_CYCLES) {
            const uint32_t packet = packet_of(injected, span);
            if (packet < injected->n && latest_ps[packet] != UINT64_MAX)
                end_ps =
                    earlier(end_ps, latest_ps[packet] - (injected->note[packet].ps - span->end_ps));
        }
        CHECK(end_ps >= span->end_ps);
        CoreSlack *of_core = &slack[span->core];
        of_core->slack_ps = earlier(of_core->slack_ps, end_ps - span->end_ps);
        of_core->busy_ps +=
            earlier(span->end_ps, recording->end_ps) -
            (span->begin_ps > recording->begin_ps ? span->begin_ps : recording->begin_ps);
        if (end_ps == UINT64_MAX) /* nothing that the step waits for comes of it */
            continue;
        next_ps[span->core] = end_ps - (span->end_ps - span->begin_ps);
        if (span->kind == COUNT_RECEIVE_CYCLES && span->source != OBSERVED_NONE)
            hurry_packet(recording, span, next_ps[span->core], latest_ps);
    }
    return slack;
}

/* ---- all together -------------------- */

/* The path, from the result of the step backwards, which is returned. */
static Status find_path(Arena *arena, Recording *recording, const Trace *trace, Explanation *made,
                        const PacketNote **result, Err *err)
{
    CHECK(made->step < trace->n_steps);
    const StepTimes *step = &trace->step[made->step];
    Walk walk = {.recording = recording, .out = made, .arena = arena};
    uint32_t critical = 0;

    made->begin_ps = step->start_ps;
    made->end_ps = walk.at_ps = step->end_ps;
    while (critical < trace->n_cores && trace->core[critical] != step->critical_core)
        critical++;
    record_sort(recording);
    *result = find_result(recording, critical, made->step);
    if (*result == NULL)
        return err_set(err, STATUS_INTERNAL, "step %" PRIu32 ": core %" PRIu32 " sent no result",
                       made->step, step->critical_core);
    TRY(walk_path(&walk, *result, err));
    PathLeg *leg = ARENA_ARRAY(arena, PathLeg, walk.n_legs);
    for (uint32_t i = 0; i < walk.n_legs; i++)
        leg[i] = walk.leg[walk.n_legs - 1 - i];
    made->n_legs = walk.n_legs;
    made->leg = leg;
    return STATUS_OK;
}

Status explain_path(Arena *arena, Recording *recording, const Trace *trace, uint32_t step,
                    const Explanation **out, Err *err)
{
    Explanation *made = ARENA_ARRAY(arena, Explanation, 1);
    const PacketNote *result;

    *out = made;
    made->step = step;
    return find_path(arena, recording, trace, made, &result, err);
}

Status explain_step(Arena *arena, Recording *recording, const Trace *trace, uint32_t step,
                    const Explanation **out, Err *err)
{
    Explanation *made = ARENA_ARRAY(arena, Explanation, 1);
    const PacketNote *result;

    *out = made;
    made->step = step;
    TRY(find_path(arena, recording, trace, made, &result, err));
    made->slack = find_slack(arena, recording, result);
    return STATUS_OK;
}

static uint64_t latency_ps(const Trace *trace, uint32_t step)
{
    return trace->step[step].end_ps - trace->step[step].start_ps;
}

uint32_t explain_median_step(const Trace *trace, uint32_t n_steps)
{
    const uint32_t n = n_steps < trace->n_steps ? n_steps : trace->n_steps;
    const uint32_t rank = (n + 1) / 2; /* from 1 */

    for (uint32_t t = 0; t < n; t++) {
        uint32_t n_below = 0, n_equal = 0;
        for (uint32_t u = 0; u < n; u++) {
            n_below += latency_ps(trace, u) < latency_ps(trace, t);
            n_equal += latency_ps(trace, u) == latency_ps(trace, t);
        }
        if (n_below < rank && rank <= n_below + n_equal)
            return t;
    }
    CHECK(false);
    return 0;
}
