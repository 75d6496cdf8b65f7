/* timeline_spans.c - what cores did as rows: equal spans joined, and few enough.
 *
 * Spans of a core touch. They are taken in groups: a group ends where the next span would make it
 * longer than the grain. Within a group the time of equal spans (phase, layer, step) is added up,
 * and its rows stand in the order in which they first came; so they fill the group as the spans
 * did. With grain 0 a group is a run of equal spans. The grain is doubled, up to a step, until
 * rows are few enough. Cost: O(spans) a grain, at most 13 of them.
 */
#include "base/check.h"
#include "timeline_private.h"

enum { GROUP_ROOM = 32, FIRST_GRAINS = 4096 };

typedef struct Grouping {
    TimelineRows *rows; /* NULL: only counted */
    uint32_t n_rows;
    uint64_t grain_ps, begin_ps, end_ps; /* of the group under way    */
    uint32_t n;
    TimelineRow row[GROUP_ROOM]; /* end_ps - begin_ps: how long       */
    TimelineRow last;            /* the row before, not yet written   */
    bool any;                    /* there is one                      */
} Grouping;

static TimelinePhase phase_of(Count kind)
{
    switch (kind) {
    case COUNT_RECEIVE_CYCLES:
        return PHASE_RECEIVE;
    case COUNT_UPDATE_CYCLES:
        return PHASE_UPDATE;
    case COUNT_ARRAY_WAIT_CYCLES:
        return PHASE_ARRAY_WAIT;
    case COUNT_EMIT_CYCLES:
        return PHASE_EMIT;
    case COUNT_STALL_CYCLES:
        return PHASE_STALL;
    case COUNT_WAIT_CYCLES:
        return PHASE_WAIT;
    case COUNT_SLEEP_CYCLES:
        return PHASE_SLEEP;
    case COUNT_LEVEL_SWITCH_CYCLES:
        return PHASE_LEVEL_SWITCH;
    default:
        CHECK(kind == COUNT_MAC_ARRAY_CYCLES);
        return PHASE_MAC_ARRAY;
    }
}

/* A span as a row, cut to the window; false where nothing is left of it. */
static bool to_row(const TimelineRecord *record, const CoreSpan *span, TimelineRow *out)
{
    const Recording *recording = record->recording;
    const bool receives = span->kind == COUNT_RECEIVE_CYCLES;
    const uint32_t source = receives ? span->source : span->slice;
    *out = (TimelineRow){
        .kind = span->kind == COUNT_MAC_ARRAY_CYCLES ? TIMELINE_ARRAY : TIMELINE_CORE,
        .what = phase_of(span->kind),
        .core = recording->program->core[span->core].core,
        .to = TIMELINE_NONE,
        .link = TIMELINE_NONE,
        .layer = source < recording->n_slices ? recording->slice_layer[source] : TIMELINE_NONE,
        .step = source == OBSERVED_NONE ? TIMELINE_NONE : (uint32_t)span->step,
        .begin_ps = span->begin_ps > recording->begin_ps ? span->begin_ps : recording->begin_ps,
        .end_ps = span->end_ps < recording->end_ps ? span->end_ps : recording->end_ps,
        .n = source == OBSERVED_NONE ? 0 : 1,
    };
    return out->begin_ps < out->end_ps;
}

static bool is_same(const TimelineRow *a, const TimelineRow *b)
{
    return a->what == b->what && a->layer == b->layer && a->step == b->step;
}

/* The row before is whole. */
static void put_last(Grouping *group)
{
    if (group->any && group->rows != NULL)
        timeline_add(group->rows, &group->last);
    group->n_rows += group->any ? 1 : 0;
    group->any = false;
}

static void end_group(Grouping *group)
{
    uint64_t at_ps = group->begin_ps;

    for (uint32_t i = 0; i < group->n; i++) {
        TimelineRow row = group->row[i];
        row.end_ps = at_ps + (row.end_ps - row.begin_ps);
        row.begin_ps = at_ps;
        at_ps = row.end_ps;
        if (group->any && is_same(&group->last, &row)) {
            group->last.end_ps = row.end_ps;
            group->last.n += row.n;
            continue;
        }
        put_last(group);
        group->last = row;
        group->any = true;
    }
    CHECK(group->n == 0 || at_ps == group->end_ps);
    group->n = 0;
}

static void add_row(Grouping *group, const TimelineRow *row)
{
    const bool only_same = group->n == 1 && is_same(&group->row[0], row);
    uint32_t i = 0;

    if (group->n > 0 && !only_same &&
        (group->n == GROUP_ROOM || row->end_ps - group->begin_ps > group->grain_ps))
        end_group(group);
    if (group->n == 0)
        group->begin_ps = row->begin_ps;
    CHECK(group->n == 0 || row->begin_ps == group->end_ps);
    while (i < group->n && !is_same(&group->row[i], row))
        i++;
    if (i == group->n) {
        group->row[group->n++] = *row;
    } else {
        group->row[i].end_ps += row->end_ps - row->begin_ps;
        group->row[i].n += row->n;
    }
    group->end_ps = row->end_ps;
}

static void group_core(Grouping *group, const TimelineRecord *record, const SpanList *list)
{
    TimelineRow row;

    for (uint32_t i = 0; i < list->n; i++)
        if (to_row(record, &list->span[i], &row))
            add_row(group, &row);
    end_group(group);
    put_last(group);
}

/* Rows with this grain; into `rows` if that is not NULL. */
static uint32_t group_all(TimelineRows *rows, const TimelineRecord *record, const bool *shown,
                          uint64_t grain_ps)
{
    Grouping group = {.rows = rows, .grain_ps = grain_ps};

    for (uint32_t c = 0; c < record->recording->program->n_cores; c++)
        if (shown[c])
            group_core(&group, record, &record->recording->core[c]);
    return group.n_rows;
}

uint64_t timeline_cores(TimelineRows *rows, const TimelineRecord *record, const bool *shown,
                        const TimelineOptions *options)
{
    const uint64_t window_ps = record->recording->end_ps - record->recording->begin_ps;
    const uint64_t step_ps = window_ps / (options->last_step - options->first_step + 1);
    uint64_t grain_ps = 0;

    while (grain_ps < step_ps && group_all(NULL, record, shown, grain_ps) > options->max_spans)
        grain_ps = grain_ps == 0 ? step_ps / FIRST_GRAINS + 1 : 2 * grain_ps;
    group_all(rows, record, shown, grain_ps);
    return grain_ps;
}

void timeline_arrays(TimelineRows *rows, const TimelineRecord *record, const bool *shown)
{
    TimelineRow row;

    for (uint32_t c = 0; c < record->recording->program->n_cores; c++)
        for (uint32_t i = 0; shown[c] && i < record->array[c].n; i++)
            if (to_row(record, &record->array[c].span[i], &row))
                timeline_add(rows, &row);
}
