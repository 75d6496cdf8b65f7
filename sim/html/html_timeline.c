/* html_timeline.c - what the cores do during a step, and the critical path through them.
 *
 * Takes timeline.csv. Time is cut into BINS; in each a core shows what it does longest there, so
 * that the drawing is as large for a long step as for a short one; equal bins that follow one
 * another are one stroke. Of more than MOST_ROWS cores those of the critical path are drawn, then
 * those that do most. The path is a line from row to row; its legs and their sums are exact. Cost:
 * O(spans + cores log cores).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "html_parts.h"
#include "sim/explain.h"

enum { BINS = 360, MOST_ROWS = 160, MOST_LEGS = 400 };
enum { /* of the drawing, in its units */
       LEFT = 62,
       WIDTH = 720,
       RIGHT = 10,
       TOP = 28,
       BOTTOM = 30
};
static const double PS_PER_US = 1e6;

static const char *const PHASE_TITLES[N_VIEW_PHASES] = {
    "receive", "update", "wait for the MAC array", "emit",
    "stall",   "wait",   "change of level",        "sleep"};

typedef struct TimeRow {
    uint64_t core, busy_ps;
    bool on_path;
    uint64_t phase_ps[N_VIEW_PHASES];
    uint64_t (*bin_ps)[N_VIEW_PHASES]; /* [BINS] of rows that are drawn                     */
} TimeRow;

typedef struct TimeView {
    const RunView *view;
    uint64_t begin_ps, end_ps, first_step, last_step, n_path;
    uint32_t n_cores, n_rows; /* in the file; drawn                                         */
    TimeRow *row;             /* [n_cores]; the first n_rows are drawn, by core id           */
    double row_height;
} TimeView;

static bool is_busy(uint32_t phase)
{
    return phase != VIEW_WAIT && phase != VIEW_SLEEP;
}

/* ---- which cores, when -------------------- */

static void find_window(TimeView *time)
{
    time->begin_ps = UINT64_MAX;
    time->first_step = UINT64_MAX;
    for (uint64_t i = 0; i < time->view->n_spans; i++) {
        const ViewSpan *span = &time->view->span[i];
        time->n_path += span->kind == VIEW_ROW_PATH;
        if (span->kind != VIEW_ROW_STEP)
            continue;
        time->begin_ps = span->begin_ps < time->begin_ps ? span->begin_ps : time->begin_ps;
        time->end_ps = span->end_ps > time->end_ps ? span->end_ps : time->end_ps;
        time->first_step = span->step < time->first_step ? span->step : time->first_step;
        time->last_step = span->step > time->last_step ? span->step : time->last_step;
    }
}

static int by_core(const void *left, const void *right)
{
    const TimeRow *a = left, *b = right;
    return (a->core > b->core) - (a->core < b->core);
}

/* Those of the path first, then those that do most, then by id. */
static int by_weight(const void *left, const void *right)
{
    const TimeRow *a = left, *b = right;
    if (a->on_path != b->on_path)
        return a->on_path ? -1 : 1;
    if (a->busy_ps != b->busy_ps)
        return a->busy_ps < b->busy_ps ? 1 : -1;
    return by_core(left, right);
}

static TimeRow *row_of(const TimeView *time, uint32_t n, uint64_t core)
{
    const TimeRow key = {.core = core};
    return bsearch(&key, time->row, n, sizeof key, by_core);
}

/* A row for each core that the file has, by id: rows of one core follow one another there. */
static void list_cores(Arena *scratch, TimeView *time)
{
    const RunView *view = time->view;
    uint64_t last = COUNT_UNKNOWN;

    time->row = ARENA_ARRAY(scratch, TimeRow, view->n_cores);
    for (uint64_t i = 0; i < view->n_spans; i++) {
        const ViewSpan *span = &view->span[i];
        if (span->kind != VIEW_ROW_CORE || span->core == last || time->n_cores == view->n_cores)
            continue;
        last = span->core;
        time->row[time->n_cores++].core = last;
    }
    qsort(time->row, time->n_cores, sizeof *time->row, by_core);
}

static void choose_rows(TimeView *time)
{
    for (uint64_t i = 0; i < time->view->n_spans; i++) {
        const ViewSpan *span = &time->view->span[i];
        TimeRow *row = row_of(time, time->n_cores, span->core);
        if (row == NULL || span->kind == VIEW_ROW_STEP)
            continue;
        row->on_path = row->on_path || span->kind == VIEW_ROW_PATH;
        if (span->kind != VIEW_ROW_CORE)
            continue;
        row->phase_ps[span->what] += span->end_ps - span->begin_ps;
        row->busy_ps += is_busy(span->what) ? span->end_ps - span->begin_ps : 0;
    }
    qsort(time->row, time->n_cores, sizeof *time->row, by_weight);
    time->n_rows = time->n_cores < MOST_ROWS ? time->n_cores : MOST_ROWS;
    qsort(time->row, time->n_rows, sizeof *time->row, by_core);
    time->row_height = time->n_rows > 80 ? 4 : time->n_rows > 24 ? 7 : 14;
}

/* ---- bins -------------------- */

static uint64_t bin_begin(const TimeView *time, uint32_t bin)
{
    const uint64_t span = time->end_ps - time->begin_ps;
    return time->begin_ps + span / BINS * bin + span % BINS * bin / BINS;
}

static void add_span(const TimeView *time, TimeRow *row, const ViewSpan *span)
{
    const double scale = BINS / (double)(time->end_ps - time->begin_ps);
    const uint64_t from = span->begin_ps > time->begin_ps ? span->begin_ps : time->begin_ps;
    uint32_t bin = (uint32_t)((double)(from - time->begin_ps) * scale);

    for (bin = bin > 0 ? bin - 1 : 0; bin < BINS; bin++) {
        const uint64_t first = bin_begin(time, bin), next = bin_begin(time, bin + 1);
        const uint64_t begin = from > first ? from : first;
        const uint64_t end = span->end_ps < next ? span->end_ps : next;
        if (end > begin)
            row->bin_ps[bin][span->what] += end - begin;
        if (span->end_ps <= next)
            return;
    }
}

static void fill_bins(Arena *scratch, TimeView *time)
{
    for (uint32_t i = 0; i < time->n_rows; i++)
        time->row[i].bin_ps =
            (uint64_t(*)[N_VIEW_PHASES])arena_alloc(scratch, BINS, sizeof *time->row[i].bin_ps);
    for (uint64_t i = 0; i < time->view->n_spans; i++) {
        const ViewSpan *span = &time->view->span[i];
        TimeRow *row = span->kind == VIEW_ROW_CORE ? row_of(time, time->n_rows, span->core) : NULL;
        if (row != NULL)
            add_span(time, row, span);
    }
}

/* What is done longest in a bin; sleep if nothing is. */
static int main_phase(const TimeRow *row, uint32_t bin)
{
    int most = VIEW_SLEEP;

    for (int phase = 0; phase < N_VIEW_PHASES; phase++)
        if (row->bin_ps[bin][phase] > row->bin_ps[bin][most])
            most = phase;
    return most;
}

/* ---- drawing -------------------- */

static double x_of(const TimeView *time, uint64_t ps)
{
    const uint64_t at = ps < time->begin_ps ? time->begin_ps
                        : ps > time->end_ps ? time->end_ps
                                            : ps;
    return LEFT + (WIDTH - LEFT - RIGHT) * (double)(at - time->begin_ps) /
                      (double)(time->end_ps - time->begin_ps);
}

/* Middle of a core's row; that of the host is above all others. */
static double y_of(const TimeView *time, uint64_t core)
{
    const TimeRow *row = row_of(time, time->n_rows, core);

    if (row == NULL)
        return TOP - 7;
    return TOP + ((double)(row - time->row) + 0.5) * time->row_height;
}

static void write_row(const TimeView *time, const TimeRow *row, FILE *stream)
{
    const double step = (double)(WIDTH - LEFT - RIGHT) / BINS;
    const double y = y_of(time, row->core);

    for (int phase = 0; phase < VIEW_SLEEP; phase++) {
        bool any = false;
        if (row->phase_ps[phase] == 0)
            continue;
        for (uint32_t bin = 0; bin < BINS; bin++) {
            uint32_t end = bin;
            while (end < BINS && main_phase(row, end) == phase)
                end++;
            if (end == bin)
                continue;
            fputs(any ? "" : "<path class=\"f", stream);
            if (!any)
                fprintf(stream, "%d\" d=\"", phase);
            any = true;
            fprintf(stream, "M%.4g %.4gh%.4g", LEFT + bin * step, y, (end - bin) * step);
            bin = end;
        }
        fputs(any ? "\"/>" : "", stream);
    }
}

static void write_rows(const TimeView *time, FILE *stream)
{
    const uint32_t every = time->row_height < 12 ? (uint32_t)(14 / time->row_height) + 1 : 1;

    fprintf(stream, "<g style=\"stroke-width:%.3g\">\n", time->row_height - 1);
    for (uint32_t i = 0; i < time->n_rows; i++) {
        const TimeRow *row = &time->row[i];
        fputs("<g>", stream);
        write_row(time, row, stream);
        fprintf(stream, "<title>core %" PRIu64 ":", row->core);
        for (int phase = 0; phase < N_VIEW_PHASES; phase++)
            if (row->phase_ps[phase] > 0)
                fprintf(stream, " %s %s µs;", PHASE_TITLES[phase],
                        real_text((double)row->phase_ps[phase] / PS_PER_US).text);
        fputs("</title></g>\n", stream);
    }
    fputs("</g>\n", stream);
    for (uint32_t i = 0; i < time->n_rows; i += every)
        fprintf(stream, "<text x=\"%d\" y=\"%.4g\" text-anchor=\"end\">core %" PRIu64 "</text>\n",
                LEFT - 6, y_of(time, time->row[i].core) + 4, time->row[i].core);
}

static void write_axis(const TimeView *time, FILE *stream)
{
    const double bottom = TOP + time->n_rows * time->row_height;
    const double us = (double)(time->end_ps - time->begin_ps) / PS_PER_US;

    fprintf(stream, "<path class=\"axis\" d=\"M%d %.4gH%d\"/>", LEFT, bottom + 2, WIDTH - RIGHT);
    for (int i = 0; i <= 4; i++)
        fprintf(stream, "<text x=\"%.4g\" y=\"%.4g\" text-anchor=\"%s\">%s%s</text>",
                LEFT + (WIDTH - LEFT - RIGHT) * i / 4.0, bottom + 16,
                i == 0   ? "start"
                : i == 4 ? "end"
                         : "middle",
                real_text(us * i / 4).text, i == 4 ? " µs" : "");
    fprintf(stream, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">host</text>\n", LEFT - 6, TOP - 4);
}

static void write_path(const TimeView *time, FILE *stream)
{
    static const char *const classes[] = {"halo", "way"};

    for (int i = 0; i < 2; i++) {
        char way = 'M';
        fprintf(stream, "<path class=\"%s\" d=\"", classes[i]);
        for (uint64_t s = 0; s < time->view->n_spans; s++) {
            const ViewSpan *span = &time->view->span[s];
            if (span->kind != VIEW_ROW_PATH)
                continue;
            const bool moves = span->what == LEG_NETWORK;
            fprintf(stream, "%c%.5g %.5gL%.5g %.5g", way, x_of(time, span->begin_ps),
                    y_of(time, span->core), x_of(time, span->end_ps),
                    y_of(time, moves ? span->to : span->core));
            way = 'L';
        }
        fputs("\"/>\n", stream);
    }
}

static void write_drawing(const TimeView *time, FILE *stream)
{
    const double height = TOP + time->n_rows * time->row_height + BOTTOM;

    fprintf(stream,
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Drawing of the "
            "timeline\">\n<svg "
            "class=\"time\" viewBox=\"0 0 %d %.4g\" role=\"img\" aria-label=\"What %" PRIu32
            " cores do over time, and the critical path; the tables below have the numbers\">\n",
            WIDTH, height, time->n_rows);
    write_rows(time, stream);
    write_axis(time, stream);
    if (time->n_path > 0)
        write_path(time, stream);
    fputs("</svg>\n</div>\n", stream);
}

static void write_legend(const TimeView *time, FILE *stream)
{
    fputs("<ul class=\"legend\">", stream);
    for (int phase = 0; phase < VIEW_SLEEP; phase++) {
        uint64_t sum = 0;
        for (uint32_t i = 0; i < time->n_rows; i++)
            sum += time->row[i].phase_ps[phase];
        if (sum > 0)
            fprintf(stream, "<li><i class=\"f%d\"></i>%s</li>", phase, PHASE_TITLES[phase]);
    }
    if (time->n_path > 0)
        fputs("<li><i class=\"way\"></i>critical path</li>", stream);
    fputs("</ul>\n", stream);
}

/* ---- the path in numbers -------------------- */

static void write_leg(const TimeView *time, const ViewSpan *span, uint64_t i, FILE *stream)
{
    html_row(stream, leg_name((LegKind)span->what));
    html_count_cell(stream, span->core, "=leg.%" PRIu64 ".core", i);
    html_count_cell(stream, span->to, "=leg.%" PRIu64 ".to_core", i);
    html_count_cell(stream, span->layer, "=leg.%" PRIu64 ".layer", i);
    html_count_cell(stream, span->n_parts, "=leg.%" PRIu64 ".parts", i);
    html_real_cell(stream, (double)(span->begin_ps - time->begin_ps) / PS_PER_US,
                   "=leg.%" PRIu64 ".begin", i);
    html_real_cell(stream, (double)(span->end_ps - span->begin_ps) / PS_PER_US,
                   "=leg.%" PRIu64 ".takes", i);
    fprintf(stream, "<td class=\"l\">%s</td></tr>\n", leg_meaning((LegKind)span->what));
}

static void write_legs(const TimeView *time, FILE *stream)
{
    uint64_t n = 0;

    html_details(stream, "The critical path as a table");
    if (time->n_path > MOST_LEGS)
        fprintf(stream, "<p>The first %d of %" PRIu64 " legs.</p>\n", MOST_LEGS, time->n_path);
    html_table(stream, "Critical path", NULL);
    fputs("<thead><tr>", stream);
    html_head_cell(stream, "leg", NULL, false);
    html_head_cell(stream, "core", NULL, true);
    html_head_cell(stream, "to core", NULL, true);
    html_head_cell(stream, "layer", NULL, true);
    html_head_cell(stream, "parts", NULL, true);
    html_head_cell(stream, "from, µs", NULL, true);
    html_head_cell(stream, "takes, µs", NULL, true);
    html_head_cell(stream, "what", NULL, false);
    fputs("</tr></thead><tbody>\n", stream);
    for (uint64_t i = 0; i < time->view->n_spans && n < MOST_LEGS; i++)
        if (time->view->span[i].kind == VIEW_ROW_PATH)
            write_leg(time, &time->view->span[i], n++, stream);
    html_table_end(stream);
    html_details_end(stream);
}

/* What the path is made of. */
static void write_bound(const TimeView *time, FILE *stream)
{
    /* in colours that the drawing has for the same */
    static const uint32_t place[N_LEGS] = {
        [LEG_RECEIVE] = 0, [LEG_UPDATE] = 1,  [LEG_EMIT] = 2,  [LEG_OTHER] = 3, [LEG_ARRAY] = 4,
        [LEG_STALL] = 5,   [LEG_NETWORK] = 6, [LEG_INPUT] = 7, [LEG_OUTPUT] = 8};
    static const char *const parts[N_LEGS] = {
        "receive", "update",  "emit",       "other",      "wait for the MAC array",
        "stall",   "network", "host sends", "to the host"};
    Bar bar = {.label = "critical path"};

    for (uint64_t i = 0; i < time->view->n_spans; i++) {
        const ViewSpan *span = &time->view->span[i];
        if (span->kind == VIEW_ROW_PATH)
            bar.value[place[span->what]] += (double)(span->end_ps - span->begin_ps) / PS_PER_US;
    }
    const BarChart chart = {
        "path", "What the critical path is made of, µs", "µs", N_LEGS, parts, 1, &bar, false};
    html_bars(&chart, stream);
}

static void write_caption(const TimeView *time, FILE *stream)
{
    fputs("<figcaption>", stream);
    if (time->first_step == time->last_step)
        fprintf(stream, "Step %" PRIu64, time->first_step);
    else
        fprintf(stream, "Steps %" PRIu64 " to %" PRIu64, time->first_step, time->last_step);
    fputs(", one token at a time: ", stream);
    html_real(stream, (double)(time->end_ps - time->begin_ps) / PS_PER_US, "=timeline_us");
    fputs(" µs; ", stream);
    if (time->n_rows < time->n_cores)
        fprintf(stream,
                "%" PRIu32 " of %" PRIu32 " cores: those of the critical path and those "
                "that do most; ",
                time->n_rows, time->n_cores);
    fprintf(stream, "each of %d parts shows what takes longest in it</figcaption>\n", BINS);
}

static void write_none(const RunView *view, FILE *stream)
{
    if (!view->report->run.timed)
        fputs("<p>This run has no time axis (<code>--fidelity count</code>).</p>\n", stream);
    else
        fputs("<p>The run directory has no <code>timeline.csv</code>: <code>egret run ... -o "
              "DIR</code> writes one with the step of median latency.</p>\n",
              stream);
}

void html_timeline(Arena *scratch, const RunView *view, FILE *stream)
{
    TimeView time = {.view = view};

    html_section(stream, "timeline", "Timeline of a step");
    find_window(&time);
    list_cores(scratch, &time);
    if (time.n_cores == 0 || time.begin_ps >= time.end_ps) {
        write_none(view, stream);
        html_section_end(stream);
        return;
    }
    choose_rows(&time);
    fill_bins(scratch, &time);
    fputs("<figure class=\"card\">\n", stream);
    write_caption(&time, stream);
    write_legend(&time, stream);
    write_drawing(&time, stream);
    if (time.n_path > 0)
        write_legs(&time, stream);
    fputs("</figure>\n", stream);
    if (time.n_path > 0)
        write_bound(&time, stream);
    html_section_end(stream);
}
