/* run_view.c - reads the files of a run directory for the page.
 *
 * report.json as `egret report` reads it, cores.csv and links.csv whole. steps.csv and timeline.csv
 * may be large: they are read some megabytes at a time, and only what is drawn is kept. Cost:
 * O(bytes); memory as in sim/html.h.
 */
#include "run_view.h"

#include <string.h>

#include "base/file.h"
#include "csv_chunks.h"
#include "report/outcome.h"
#include "sim/explain.h"

enum { FIRST_ROWS = 4096 };

static const uint64_t UNKNOWN = COUNT_UNKNOWN;

static const char *file_of(Arena *arena, const char *folder, const char *name, const char *suffix)
{
    return arena_printf(arena, "%s%s", file_join(arena, folder, name), suffix);
}

/* The list with room for more items behind its n; the old one stays in the arena till it goes. */
static void *more_room(Arena *arena, void *list, size_t item_bytes, uint64_t n, uint64_t more,
                       uint64_t *room)
{
    if (n + more <= *room)
        return list;
    *room = 2 * (n + more) + FIRST_ROWS;
    void *grown = arena_alloc(arena, *room, item_bytes);
    if (n > 0)
        memcpy(grown, list, n * item_bytes);
    return grown;
}

/* ---- cores.csv -------------------- */

static Status read_core_counts(Arena *arena, const CsvTable *table, ViewCore *core, Err *err)
{
    const uint64_t *column;

    for (Region region = 0; region < N_REGIONS; region++) {
        const char *name = arena_printf(arena, "%s_bytes", region_name(region));
        TRY(csv_u64_column(arena, table, name, NULL, &column, err));
        for (uint32_t i = 0; i < table->n_rows; i++)
            core[i].region_bytes[region] = column[i];
    }
    for (Count count = 0; count < N_COUNTS; count++) {
        TRY(csv_u64_column(arena, table, count_name(count), &UNKNOWN, &column, err));
        for (uint32_t i = 0; i < table->n_rows; i++)
            core[i].count.n[count] = column[i];
    }
    return STATUS_OK;
}

/* Tiles and chips follow from the core's id, if it is one of the floor plan's. */
static Status place_core(const CsvTable *table, uint32_t row, const ReportPlan *plan,
                         ViewCore *core, Err *err)
{
    const uint64_t cells = (plan->x_max - plan->x_min + 1) * (plan->y_max - plan->y_min + 1);
    const uint64_t empty = (uint64_t)plan->n_holes + plan->n_router_cells;
    const uint64_t n_tiles = cells > empty ? cells - empty : 0;

    if (core->id >= n_tiles * plan->cores_per_tile * plan->n_chips || core->x < plan->x_min ||
        core->x > plan->x_max || core->y < plan->y_min || core->y > plan->y_max)
        return csv_fail(table, row, 0, err,
                        "the core is not on the chip; expected a core of the floor plan in "
                        "report.json");
    core->tile = (uint32_t)(core->id / plan->cores_per_tile % n_tiles);
    core->chip = (uint32_t)(core->id / plan->cores_per_tile / n_tiles);
    return STATUS_OK;
}

static Status load_cores(Arena *arena, const char *path, RunView *view, Err *err)
{
    const CsvTable *table;
    const uint64_t *id, *x, *y, *units, *weights;
    const char *const *layers;
    const double *energy;

    TRY(csv_load(arena, path, &table, err));
    TRY(csv_u64_column(arena, table, "core", NULL, &id, err));
    TRY(csv_u64_column(arena, table, "x", NULL, &x, err));
    TRY(csv_u64_column(arena, table, "y", NULL, &y, err));
    TRY(csv_text_column(arena, table, "layers", &layers, err));
    TRY(csv_u64_column(arena, table, "units", NULL, &units, err));
    TRY(csv_u64_column(arena, table, "weights", NULL, &weights, err));
    TRY(csv_real_column(arena, table, "energy_pj", NULL, &energy, err));
    ViewCore *core = ARENA_ARRAY(arena, ViewCore, table->n_rows);
    for (uint32_t i = 0; i < table->n_rows; i++) {
        core[i].id = id[i];
        core[i].x = x[i];
        core[i].y = y[i];
        core[i].layers = layers[i];
        core[i].units = units[i];
        core[i].weights = weights[i];
        core[i].energy_pj = energy[i];
        TRY(place_core(table, i, &view->report->plan, &core[i], err));
    }
    TRY(read_core_counts(arena, table, core, err));
    view->n_cores = table->n_rows;
    view->core = core;
    return STATUS_OK;
}

/* ---- links.csv -------------------- */

static Status read_link_kind(const CsvTable *table, uint32_t row, uint32_t column, ViewLink *link,
                             Err *err)
{
    static const char *const kinds[] = {"noc", "mesh", "board"};
    const char *text = csv_text(table, row, column);

    for (int kind = 0; kind < 3; kind++) {
        link->kind = (ViewLinkKind)kind;
        if (strcmp(text, kinds[kind]) == 0)
            return STATUS_OK;
    }
    return csv_fail(table, row, column, err, "`%s`; expected noc, mesh or board", text);
}

static Status load_links(Arena *arena, const char *path, RunView *view, Err *err)
{
    static const char *const names[] = {"chip", "from_x", "from_y",          "to_x",
                                        "to_y", "flits",  "busy_noc_cycles", "stall_noc_cycles"};
    enum { CHIP, FROM_X, FROM_Y, TO_X, TO_Y, FLITS, BUSY, STALL, N_NAMES };
    const CsvTable *table;
    const uint64_t *column[N_NAMES];
    const char *const *name;
    uint32_t kind;

    TRY(csv_load(arena, path, &table, err));
    TRY(csv_text_column(arena, table, "name", &name, err));
    TRY(csv_need(table, "kind", &kind, err));
    for (int i = 0; i < N_NAMES; i++)
        TRY(csv_u64_column(arena, table, names[i], i == STALL ? &UNKNOWN : NULL, &column[i], err));
    ViewLink *link = ARENA_ARRAY(arena, ViewLink, table->n_rows);
    for (uint32_t i = 0; i < table->n_rows; i++) {
        if (column[CHIP][i] >= view->report->plan.n_chips)
            return csv_fail(table, i, kind, err, "no such chip; expected one of the floor plan");
        TRY(read_link_kind(table, i, kind, &link[i], err));
        link[i].name = name[i];
        link[i].chip = (uint32_t)column[CHIP][i];
        link[i].from_x = column[FROM_X][i];
        link[i].from_y = column[FROM_Y][i];
        link[i].to_x = column[TO_X][i];
        link[i].to_y = column[TO_Y][i];
        link[i].flits = column[FLITS][i];
        link[i].busy_cycles = column[BUSY][i];
        link[i].stall_cycles = column[STALL][i];
    }
    view->n_links = table->n_rows;
    view->link = link;
    return STATUS_OK;
}

/* ---- steps.csv -------------------- */

typedef struct StepReader {
    Arena *arena;
    uint64_t *latency_ps; /* [room]                                                       */
    uint64_t n_steps, room;
} StepReader;

static Status take_steps(void *context, Arena *scratch, const CsvTable *table, uint64_t row,
                         Err *err)
{
    StepReader *reader = context;
    const uint64_t *latency_ps;

    (void)row;
    TRY(csv_u64_column(scratch, table, "latency_ps", NULL, &latency_ps, err));
    reader->latency_ps = more_room(reader->arena, reader->latency_ps, sizeof *latency_ps,
                                   reader->n_steps, table->n_rows, &reader->room);
    if (table->n_rows > 0)
        memcpy(&reader->latency_ps[reader->n_steps], latency_ps,
               table->n_rows * sizeof *latency_ps);
    reader->n_steps += table->n_rows;
    return STATUS_OK;
}

static Status load_steps(Arena *arena, const char *path, RunView *view, Err *err)
{
    StepReader reader = {.arena = arena};

    TRY(csv_chunks(path, take_steps, &reader, err));
    view->n_steps = reader.n_steps;
    view->latency_ps = reader.latency_ps;
    return STATUS_OK;
}

/* ---- timeline.csv, if there is one -------------------- */

typedef struct TimelineReader {
    Arena *arena;
    ViewSpan *span; /* [room] */
    uint64_t n_spans, room;
} TimelineReader;

static const char *const ROW_KINDS[N_VIEW_ROWS] = {"step", "path", "core"};
static const char *const PHASES[N_VIEW_PHASES] = {"receive", "update", "array_wait",   "emit",
                                                  "stall",   "wait",   "level_switch", "sleep"};

static uint32_t place_in(const char *const *names, uint32_t n, const char *name)
{
    uint32_t at = 0;

    while (at < n && strcmp(names[at], name) != 0)
        at++;
    return at;
}

/* What the leg or the core does; N_LEGS or N_VIEW_PHASES if the name is none. */
static uint32_t what_of(ViewRow kind, const char *name)
{
    if (kind == VIEW_ROW_CORE)
        return place_in(PHASES, N_VIEW_PHASES, name);
    uint32_t leg = 0;
    while (leg < N_LEGS && strcmp(leg_name((LegKind)leg), name) != 0)
        leg++;
    return leg;
}

typedef struct SpanColumns {
    uint32_t what;
    const char *const *row;
    const uint64_t *core, *to, *layer, *step, *begin, *end, *parts;
} SpanColumns;

static Status find_columns(Arena *scratch, const CsvTable *table, SpanColumns *out, Err *err)
{
    TRY(csv_text_column(scratch, table, "row", &out->row, err));
    TRY(csv_need(table, "what", &out->what, err));
    TRY(csv_u64_column(scratch, table, "core", &UNKNOWN, &out->core, err));
    TRY(csv_u64_column(scratch, table, "to_core", &UNKNOWN, &out->to, err));
    TRY(csv_u64_column(scratch, table, "layer", &UNKNOWN, &out->layer, err));
    TRY(csv_u64_column(scratch, table, "step", &UNKNOWN, &out->step, err));
    TRY(csv_u64_column(scratch, table, "begin_ps", NULL, &out->begin, err));
    TRY(csv_u64_column(scratch, table, "end_ps", NULL, &out->end, err));
    return csv_u64_column(scratch, table, "parts", &UNKNOWN, &out->parts, err);
}

static Status take_span(const CsvTable *table, const SpanColumns *column, uint32_t i, ViewSpan *out,
                        Err *err)
{
    const char *what = csv_text(table, i, column->what);

    *out = (ViewSpan){.kind = (ViewRow)place_in(ROW_KINDS, N_VIEW_ROWS, column->row[i]),
                      .core = column->core[i],
                      .to = column->to[i],
                      .layer = column->layer[i],
                      .step = column->step[i],
                      .begin_ps = column->begin[i],
                      .end_ps = column->end[i],
                      .n_parts = column->parts[i]};
    if (out->end_ps < out->begin_ps)
        return csv_fail(table, i, column->what, err, "the row ends before it begins");
    if (out->kind != VIEW_ROW_PATH && out->kind != VIEW_ROW_CORE)
        return STATUS_OK;
    out->what = what_of(out->kind, what);
    if (out->what >= (out->kind == VIEW_ROW_PATH ? (uint32_t)N_LEGS : (uint32_t)N_VIEW_PHASES))
        return csv_fail(table, i, column->what, err, "`%s`; expected a %s of docs/results.md", what,
                        out->kind == VIEW_ROW_PATH ? "leg" : "phase");
    return STATUS_OK;
}

static Status take_timeline(void *context, Arena *scratch, const CsvTable *table, uint64_t row,
                            Err *err)
{
    TimelineReader *reader = context;
    SpanColumns column;

    (void)row;
    TRY(find_columns(scratch, table, &column, err));
    reader->span = more_room(reader->arena, reader->span, sizeof *reader->span, reader->n_spans,
                             table->n_rows, &reader->room);
    for (uint32_t i = 0; i < table->n_rows; i++) {
        ViewSpan *span = &reader->span[reader->n_spans];
        TRY(take_span(table, &column, i, span, err));
        reader->n_spans += span->kind != N_VIEW_ROWS; /* others are not drawn */
    }
    return STATUS_OK;
}

static Status load_timeline(Arena *arena, const char *path, RunView *view, Err *err)
{
    TimelineReader reader = {.arena = arena};

    if (!file_exists(path))
        return STATUS_OK;
    TRY(csv_chunks(path, take_timeline, &reader, err));
    view->n_spans = reader.n_spans;
    view->span = reader.span;
    return STATUS_OK;
}

/* ---- all -------------------- */

Status run_view_load(Arena *arena, const char *folder, const char *suffix, const RunView **out,
                     Err *err)
{
    RunView *view = ARENA_ARRAY(arena, RunView, 1);

    *out = NULL;
    TRY(report_load(arena, file_of(arena, folder, "report.json", suffix), &view->report, err));
    TRY(load_cores(arena, file_of(arena, folder, "cores.csv", suffix), view, err));
    TRY(load_links(arena, file_of(arena, folder, "links.csv", suffix), view, err));
    TRY(load_steps(arena, file_of(arena, folder, "steps.csv", suffix), view, err));
    TRY(load_timeline(arena, file_of(arena, folder, "timeline.csv", suffix), view, err));
    *out = view;
    return STATUS_OK;
}

uint64_t view_active_cycles(const ViewCore *core)
{
    return outcome_busy_cycles(&core->count);
}

uint64_t view_bytes(const ViewCore *core, int memory)
{
    uint64_t sum = 0;

    for (Region region = 0; region < N_REGIONS; region++)
        sum += region_memory(region) == memory ? core->region_bytes[region] : 0;
    return sum;
}

double view_link_load(const RunView *view, const ViewLink *link)
{
    const double seconds = (double)view->report->run.run_ps * 1e-12;
    const double cycles = seconds * (double)view->report->plan.noc_hz;
    return cycles > 0 ? (double)link->busy_cycles / cycles : 0;
}
