/* timeline_read.c - reads a timeline.csv back.
 *
 * Columns are found by name; every cell that a row of its kind has must stand there. Cost:
 * O(bytes). Limits: those of csv_table.h.
 */
#include <string.h>

#include "base/csv_table.h"
#include "sim/timeline.h"

enum { N_COLUMNS = 13 };

typedef enum Column {
    ROW,
    WHAT,
    CORE,
    TO,
    LINK,
    LAYER,
    STEP,
    BEGIN,
    END,
    PARTS,
    PACKETS,
    FLITS,
    GRAIN
} Column;

static const char *const COLUMNS[N_COLUMNS] = {"row",     "what",  "core",     "to_core", "link",
                                               "layer",   "step",  "begin_ps", "end_ps",  "parts",
                                               "packets", "flits", "grain_ps"};

/* What each kind of row must have, and where its number stands. */
typedef struct KindRule {
    bool core, link, step;
    const char *(*what)(uint32_t); /* names of its `what`, or NULL: it has none  */
    Column number;
    bool number_may_lack;
} KindRule;

static const char *path_name(uint32_t what)
{
    return what < N_LEGS ? leg_name((LegKind)what) : NULL;
}

static const KindRule RULES[N_TIMELINE_KINDS] = {
    [TIMELINE_STEP] = {.core = true, .step = true, .number = GRAIN},
    [TIMELINE_PATH] = {.step = true, .what = path_name, .number = PARTS},
    [TIMELINE_CORE] = {.core = true,
                       .what = timeline_phase_name,
                       .number = PARTS,
                       .number_may_lack = true},
    [TIMELINE_ARRAY] = {.core = true, .what = timeline_phase_name, .number = PARTS},
    [TIMELINE_FIFO] = {.core = true, .number = PACKETS},
    [TIMELINE_LINK] = {.link = true, .number = FLITS},
};

typedef struct Reader {
    const CsvTable *table;
    uint32_t column[N_COLUMNS];
    Err *err;
} Reader;

/* The number of a name among those that `names` gives. */
static Status read_name(const Reader *reader, uint32_t row, Column column,
                        const char *(*names)(uint32_t), uint32_t *out)
{
    const char *text = csv_text(reader->table, row, reader->column[column]);

    for (uint32_t i = 0; names(i) != NULL; i++)
        if (strcmp(text, names(i)) == 0) {
            *out = i;
            return STATUS_OK;
        }
    return csv_fail(reader->table, row, reader->column[column], reader->err,
                    "`%s` is no such name; expected one as `%s`", text, names(0));
}

static Status read_id(const Reader *reader, uint32_t row, Column column, bool needed, uint32_t *out)
{
    const uint64_t none = TIMELINE_NONE;
    uint64_t id;

    TRY(csv_u64(reader->table, row, reader->column[column], needed ? NULL : &none, &id,
                reader->err));
    if (id > TIMELINE_NONE)
        return csv_fail(reader->table, row, reader->column[column], reader->err,
                        "is too large; expected a number below 2^32");
    *out = (uint32_t)id;
    return STATUS_OK;
}

static Status read_row(const Reader *reader, uint32_t i, TimelineRow *row)
{
    static const uint64_t zero = 0;
    uint32_t kind = 0;

    TRY(read_name(reader, i, ROW, timeline_kind_name, &kind));
    const KindRule *rule = &RULES[kind];
    row->kind = (TimelineKind)kind;
    row->what = TIMELINE_NONE;
    if (rule->what != NULL)
        TRY(read_name(reader, i, WHAT, rule->what, &row->what));
    TRY(read_id(reader, i, CORE, rule->core, &row->core));
    TRY(read_id(reader, i, TO, false, &row->to));
    TRY(read_id(reader, i, LINK, rule->link, &row->link));
    TRY(read_id(reader, i, LAYER, false, &row->layer));
    TRY(read_id(reader, i, STEP, rule->step, &row->step));
    TRY(csv_u64(reader->table, i, reader->column[BEGIN], NULL, &row->begin_ps, reader->err));
    TRY(csv_u64(reader->table, i, reader->column[END], NULL, &row->end_ps, reader->err));
    if (row->end_ps < row->begin_ps)
        return csv_fail(reader->table, i, reader->column[END], reader->err,
                        "is before begin_ps; expected a time at or after it");
    return csv_u64(reader->table, i, reader->column[rule->number],
                   rule->number_may_lack ? &zero : NULL, &row->n, reader->err);
}

Status timeline_load(Arena *arena, const char *path, const Timeline **out, Err *err)
{
    Timeline *made = ARENA_ARRAY(arena, Timeline, 1);
    Reader reader = {.err = err};

    TRY(csv_load(arena, path, &reader.table, err));
    for (uint32_t c = 0; c < N_COLUMNS; c++)
        TRY(csv_need(reader.table, COLUMNS[c], &reader.column[c], err));
    TimelineRow *row = ARENA_ARRAY(arena, TimelineRow, reader.table->n_rows);
    for (uint32_t i = 0; i < reader.table->n_rows; i++)
        TRY(read_row(&reader, i, &row[i]));
    if (reader.table->n_rows == 0 || row[0].kind != TIMELINE_STEP)
        return err_set(err, STATUS_INPUT, "%s: no row `step` comes first; expected a timeline",
                       path);
    made->n_rows = reader.table->n_rows;
    made->row = row;
    *out = made;
    return STATUS_OK;
}
