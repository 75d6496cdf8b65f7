/* perfetto.c - writes a trace of Perfetto's TrackEvents.
 *
 * A trace is a row of packets (field 1 of the whole); a packet describes a track, or is an event of
 * one: the begin or the end of a slice, or a counter's new value. A track is described before its
 * first event; events of a track stand in the order of time, an end before the begin at the same
 * time. Times are rounded to nanoseconds, the same for an end and the begin that touches it.
 * Numbers of fields: perfetto.dev, "Writing TrackEvent Protos Synthetically", and the .proto files
 * named there. Cost: O(rows).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/proto_out.h"
#include "perfetto_private.h"

enum { /* fields, by message */
       TRACE_PACKET = 1,
       PACKET_TIMESTAMP = 8,
       PACKET_SEQUENCE = 10,
       PACKET_EVENT = 11,
       PACKET_TRACK = 60,
       TRACK_UUID = 1,
       TRACK_NAME = 2,
       TRACK_PROCESS = 3,
       TRACK_PARENT = 5,
       TRACK_COUNTER = 8,
       COUNTER_UNIT_NAME = 6,
       PROCESS_PID = 1,
       PROCESS_NAME = 6,
       EVENT_ANNOTATION = 4,
       EVENT_TYPE = 9,
       EVENT_TRACK = 11,
       EVENT_NAME = 23,
       EVENT_COUNTER = 30,
       EVENT_REAL_COUNTER = 44,
       ANNOTATION_UINT = 3,
       ANNOTATION_NAME = 10
};
enum { SLICE_BEGIN = 1, SLICE_END = 2, COUNTER = 4 }; /* TrackEvent.Type */
enum { SEQUENCE = 1, BINS_PER_STEP = 256, MAX_BINS = 25600 };

typedef struct Writer {
    const PerfettoRun *run;
    FILE *stream;
    Arena *arena;
    ProtoOut out;
    uint64_t n_tracks;
    uint32_t n_groups;
    size_t packet;
} Writer;

/* ---- packets -------------------- */

static uint64_t to_ns(uint64_t ps)
{
    return ps / 1000 + (ps % 1000 >= 500);
}

static void begin_packet(Writer *writer)
{
    proto_clear(&writer->out);
    writer->packet = proto_begin(&writer->out, TRACE_PACKET);
}

static void end_packet(Writer *writer)
{
    proto_u64(&writer->out, PACKET_SEQUENCE, SEQUENCE);
    proto_end(&writer->out, writer->packet);
    fwrite(writer->out.bytes, 1, writer->out.n, writer->stream);
}

/* A group of tracks; returns its uuid. */
static uint64_t add_group(Writer *writer, const char *name)
{
    begin_packet(writer);
    const size_t track = proto_begin(&writer->out, PACKET_TRACK);
    proto_u64(&writer->out, TRACK_UUID, ++writer->n_tracks);
    const size_t process = proto_begin(&writer->out, TRACK_PROCESS);
    proto_u64(&writer->out, PROCESS_PID, ++writer->n_groups);
    proto_text(&writer->out, PROCESS_NAME, name);
    proto_end(&writer->out, process);
    proto_end(&writer->out, track);
    end_packet(writer);
    return writer->n_tracks;
}

/* A track of slices, or of a counter in that unit. */
static uint64_t add_track(Writer *writer, uint64_t group, const char *name, const char *unit)
{
    begin_packet(writer);
    const size_t track = proto_begin(&writer->out, PACKET_TRACK);
    proto_u64(&writer->out, TRACK_UUID, ++writer->n_tracks);
    proto_text(&writer->out, TRACK_NAME, name);
    proto_u64(&writer->out, TRACK_PARENT, group);
    if (unit != NULL) {
        const size_t counter = proto_begin(&writer->out, TRACK_COUNTER);
        proto_text(&writer->out, COUNTER_UNIT_NAME, unit);
        proto_end(&writer->out, counter);
    }
    proto_end(&writer->out, track);
    end_packet(writer);
    return writer->n_tracks;
}

static size_t begin_event(Writer *writer, uint64_t ps, uint64_t track, uint64_t type)
{
    begin_packet(writer);
    proto_u64(&writer->out, PACKET_TIMESTAMP, to_ns(ps));
    const size_t event = proto_begin(&writer->out, PACKET_EVENT);
    proto_u64(&writer->out, EVENT_TYPE, type);
    proto_u64(&writer->out, EVENT_TRACK, track);
    return event;
}

static void annotate(Writer *writer, const char *name, uint64_t value)
{
    const size_t annotation = proto_begin(&writer->out, EVENT_ANNOTATION);
    proto_text(&writer->out, ANNOTATION_NAME, name);
    proto_u64(&writer->out, ANNOTATION_UINT, value);
    proto_end(&writer->out, annotation);
}

/* A slice, with what the row has besides. */
static void add_slice(Writer *writer, uint64_t track, const char *name, const TimelineRow *row)
{
    size_t event = begin_event(writer, row->begin_ps, track, SLICE_BEGIN);

    proto_text(&writer->out, EVENT_NAME, name);
    if (row->step != TIMELINE_NONE)
        annotate(writer, "step", row->step);
    if (row->n > 0 && row->kind != TIMELINE_STEP)
        annotate(writer, "parts", row->n);
    proto_end(&writer->out, event);
    end_packet(writer);
    event = begin_event(writer, row->end_ps, track, SLICE_END);
    proto_end(&writer->out, event);
    end_packet(writer);
}

static void add_count(Writer *writer, uint64_t track, uint64_t ps, uint64_t value)
{
    const size_t event = begin_event(writer, ps, track, COUNTER);
    proto_u64(&writer->out, EVENT_COUNTER, value);
    proto_end(&writer->out, event);
    end_packet(writer);
}

static void add_real(Writer *writer, uint64_t track, uint64_t ps, double value)
{
    const size_t event = begin_event(writer, ps, track, COUNTER);
    proto_real(&writer->out, EVENT_REAL_COUNTER, value);
    proto_end(&writer->out, event);
    end_packet(writer);
}

/* ---- names -------------------- */

static const char *layer_name(const Writer *writer, uint32_t layer)
{
    const Report *report = writer->run->report;
    return layer < report->n_layers ? report->layer[layer].name : "decoder";
}

static int digits(uint64_t most)
{
    int n = 1;
    for (; most >= 10; most /= 10)
        n++;
    return n;
}

/* Ids are as wide as the widest, so that tracks sorted by name are in order. */
static const char *core_name(const Writer *writer, uint32_t id)
{
    const PerfettoRun *run = writer->run;
    return arena_printf(writer->arena, "core %0*" PRIu32, digits(run->core[run->n_cores - 1].id),
                        id);
}

/* "core 007 at (1,2): layer0, layer1" */
static const char *core_title(const Writer *writer, uint32_t id)
{
    const PerfettoCore *core = perfetto_core(writer->run, id);
    const char *text = arena_printf(writer->arena, "%s at (%" PRIu64 ",%" PRIu64 ")",
                                    core_name(writer, id), core->x, core->y);
    const char *at = core->layers, *mark = ":";

    for (; *at != '\0'; mark = ",") {
        const size_t n = strcspn(at, "+");
        if (*at >= '0' && *at <= '9') {
            const uint32_t layer = (uint32_t)strtoul(at, NULL, 10);
            text = arena_printf(writer->arena, "%s%s %s", text, mark, layer_name(writer, layer));
        } else {
            text = arena_printf(writer->arena, "%s%s %.*s", text, mark, (int)n, at);
        }
        at += n + (at[n] == '+');
    }
    return text;
}

/* "receive layer0", "update layer1", "wait"; what comes without a layer is the host's. */
static const char *phase_title(const Writer *writer, const TimelineRow *row)
{
    const char *phase = timeline_phase_name(row->what);

    if (row->layer != TIMELINE_NONE)
        return arena_printf(writer->arena, "%s %s", phase, layer_name(writer, row->layer));
    return row->what == PHASE_RECEIVE && row->step != TIMELINE_NONE ? "receive input" : phase;
}

static const char *leg_title(const Writer *writer, const TimelineRow *row)
{
    const char *text = leg_name((LegKind)row->what);

    if (row->core != TIMELINE_NONE)
        text = arena_printf(writer->arena, "%s core %" PRIu32, text, row->core);
    if (row->to != TIMELINE_NONE)
        text = arena_printf(writer->arena, "%s to core %" PRIu32, text, row->to);
    if (row->layer != TIMELINE_NONE)
        text = arena_printf(writer->arena, "%s, %s", text, layer_name(writer, row->layer));
    return text;
}

/* ---- groups -------------------- */

static void write_path(Writer *writer, uint64_t group)
{
    const Timeline *timeline = writer->run->timeline;
    const uint64_t steps = add_track(writer, group, "steps", NULL);
    const uint64_t path = add_track(writer, group, "critical path", NULL);

    for (uint32_t i = 0; i < timeline->n_rows; i++) {
        const TimelineRow *row = &timeline->row[i];
        if (row->kind == TIMELINE_STEP)
            add_slice(writer, steps, arena_printf(writer->arena, "step %" PRIu32, row->step), row);
        else if (row->kind == TIMELINE_PATH)
            add_slice(writer, path, leg_title(writer, row), row);
    }
}

/* Rows of cores fill the window that was recorded. */
static void find_window(const Timeline *timeline, uint64_t *begin_ps, uint64_t *end_ps)
{
    *begin_ps = UINT64_MAX;
    *end_ps = 0;
    for (uint32_t i = 0; i < timeline->n_rows; i++) {
        const TimelineRow *row = &timeline->row[i];
        *begin_ps = row->begin_ps < *begin_ps ? row->begin_ps : *begin_ps;
        *end_ps = row->end_ps > *end_ps ? row->end_ps : *end_ps;
    }
}

/* Cores of which there are rows: those of one follow one another. */
static uint32_t shown_cores(const Timeline *timeline)
{
    uint32_t n = 0, last = TIMELINE_NONE;

    for (uint32_t i = 0; i < timeline->n_rows; i++)
        if (timeline->row[i].kind == TIMELINE_CORE && timeline->row[i].core != last) {
            last = timeline->row[i].core;
            n++;
        }
    return n;
}

static uint32_t count_rows(const Timeline *timeline, TimelineKind kind)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < timeline->n_rows; i++)
        n += timeline->row[i].kind == kind;
    return n;
}

static void write_power(Writer *writer, uint64_t group)
{
    const Timeline *timeline = writer->run->timeline;
    const MeanPower power = perfetto_mean_power(writer->run);
    const uint32_t n_shown = shown_cores(timeline);
    uint64_t begin_ps, end_ps, n_bins = (uint64_t)count_rows(timeline, TIMELINE_STEP);

    n_bins = n_bins * BINS_PER_STEP < MAX_BINS ? n_bins * BINS_PER_STEP : MAX_BINS;
    find_window(timeline, &begin_ps, &end_ps);
    if (n_bins == 0 || end_ps == begin_ps)
        return;
    const uint64_t track =
        add_track(writer, group,
                  n_shown == writer->run->n_cores
                      ? "power"
                      : arena_printf(writer->arena, "power, of %" PRIu32 " cores at work", n_shown),
                  "mW");
    const uint64_t state = add_track(writer, group, "power of states alone", "mW");
    const uint64_t width_ps = (end_ps - begin_ps + n_bins - 1) / n_bins;
    WorkBin *bin = ARENA_ARRAY(writer->arena, WorkBin, n_bins);
    perfetto_work(timeline, begin_ps, end_ps, (uint32_t)n_bins, bin);
    for (uint64_t b = 0; b < n_bins && b * width_ps < end_ps - begin_ps; b++) {
        const uint64_t at_ps = begin_ps + b * width_ps;
        const uint64_t in_ps = end_ps - at_ps < width_ps ? end_ps - at_ps : width_ps;
        add_real(writer, track, at_ps,
                 power.state_mw + (power.core_mw * (double)bin[b].core_ps +
                                   power.array_mw * (double)bin[b].array_ps) /
                                      (double)in_ps);
    }
    add_real(writer, state, begin_ps, power.state_mw);
    add_real(writer, state, end_ps, power.state_mw);
}

static void write_cores(Writer *writer, TimelineKind kind, const char *suffix, uint64_t group)
{
    const Timeline *timeline = writer->run->timeline;
    uint32_t last = TIMELINE_NONE;
    uint64_t track = 0;

    for (uint32_t i = 0; i < timeline->n_rows; i++) {
        const TimelineRow *row = &timeline->row[i];
        if (row->kind != kind)
            continue;
        if (row->core != last)
            track = add_track(
                writer, group,
                arena_printf(writer->arena, "%s%s", core_title(writer, row->core), suffix), NULL);
        last = row->core;
        add_slice(writer, track, phase_title(writer, row), row);
    }
}

/* A counter for each core or link: its value, and 0 where no row goes on. */
static void write_counters(Writer *writer, TimelineKind kind, const char *unit, uint64_t group)
{
    const Timeline *timeline = writer->run->timeline;
    const int n_digits = digits(writer->run->n_links);
    const TimelineRow *before = NULL;
    uint64_t track = 0;

    for (uint32_t i = 0; i < timeline->n_rows; i++) {
        const TimelineRow *row = &timeline->row[i];
        if (row->kind != kind)
            continue;
        const bool same = before != NULL && before->core == row->core && before->link == row->link;
        if (before != NULL && (!same || before->end_ps != row->begin_ps))
            add_count(writer, track, before->end_ps, 0);
        if (!same)
            track = add_track(writer, group,
                              kind == TIMELINE_FIFO
                                  ? core_name(writer, row->core)
                                  : arena_printf(writer->arena, "link %0*" PRIu32 " %s", n_digits,
                                                 row->link, writer->run->link[row->link]),
                              unit);
        add_count(writer, track, row->begin_ps, row->n);
        before = row;
    }
    if (before != NULL)
        add_count(writer, track, before->end_ps, 0);
}

void perfetto_write(Arena *scratch, const PerfettoRun *run, FILE *stream)
{
    const Report *report = run->report;
    Writer writer = {.run = run, .stream = stream, .arena = scratch, .out = proto_out(scratch)};
    const uint64_t about = add_group(
        &writer, arena_printf(scratch, "%s on %s", report->text.network, report->text.chip));

    write_path(&writer, about);
    write_power(&writer, about);
    const uint64_t cores = add_group(&writer, "cores");
    write_cores(&writer, TIMELINE_CORE, "", cores);
    write_cores(&writer, TIMELINE_ARRAY, ", MAC array", cores);
    write_counters(&writer, TIMELINE_FIFO, "packets", add_group(&writer, "receive FIFOs"));
    write_counters(&writer, TIMELINE_LINK, "flits", add_group(&writer, "links"));
}
