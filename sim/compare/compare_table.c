/* compare_table.c - a table against the same table of another run.
 *
 * Columns are matched by name, rows by the number in their first column, which ascends: both tables
 * are gone through side by side. Cells are compared as text first, since nearly all are equal; only
 * those that differ are read as numbers. A cell that is no number where the other run has one is a
 * damaged file.
 *
 * The weight of a difference is its share of the column's sum, so that columns in different units
 * can be sorted together. Cost: O(cells).
 */
#include "compare_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const TEXT_COLUMNS[] = {"layers", "name", "kind", "binding"};
static const ChangeGroup GROUP[N_RUN_TABLES] = {CHANGE_CORES, CHANGE_LINKS, CHANGE_STEPS};
static const char *const TABLE_NAME[] = {
#define X(NAME, name, row) #name,
    RUN_TABLE_LIST(X)
#undef X
};

/* A column that both tables have. */
typedef struct ColumnPair {
    uint32_t before, after; /* index in each table                                    */
    const char *name;
    Direction direction;
    bool follows, is_text;
    double sum; /* of the larger of both, absolute values; < 0: not known yet        */
} ColumnPair;

typedef struct TablePair {
    Comparer *comparer;
    RunTable table;
    const CsvTable *before, *after;
    uint32_t item;
    uint32_t n_columns;
    ColumnPair *column;   /* [n_columns]                           */
    uint32_t name_column; /* of the baseline; or CSV_NO_COLUMN */
} TablePair;

void change_cell_name(RunTable table, const char *row, const char *column, char *bytes,
                      size_t n_bytes)
{
    if (column == NULL)
        snprintf(bytes, n_bytes, "%s.%s", TABLE_NAME[table], row);
    else
        snprintf(bytes, n_bytes, "%s.%s.%s", TABLE_NAME[table], row == NULL ? "*" : row, column);
}

/* ---- columns -------------------- */

static bool is_text_column(const char *name)
{
    for (size_t i = 0; i < sizeof TEXT_COLUMNS / sizeof TEXT_COLUMNS[0]; i++)
        if (strcmp(TEXT_COLUMNS[i], name) == 0)
            return true;
    return false;
}

static void add_one_sided(TablePair *pair, const char *row, const char *column, bool missing)
{
    Comparer *comparer = pair->comparer;
    Change change = {.group = GROUP[pair->table], .item = pair->item, .row = row, .column = column};
    char name[COMPARE_NAME_BYTES];

    change_cell_name(pair->table, row, column, name, sizeof name);
    comparer->n_values++;
    comparer->item[pair->item].n_values++;
    comparer_saw(comparer, name);
    comparer_one_sided(comparer, &change, name, missing);
}

static void match_columns(TablePair *pair)
{
    pair->column = ARENA_ARRAY(pair->comparer->arena, ColumnPair, pair->before->n_columns);
    for (uint32_t i = 1; i < pair->before->n_columns; i++) {
        const char *name = pair->before->column[i];
        char full[COMPARE_NAME_BYTES];
        const uint32_t other = csv_find(pair->after, name);
        if (other == CSV_NO_COLUMN) {
            add_one_sided(pair, NULL, name, true);
            continue;
        }
        ColumnPair *column = &pair->column[pair->n_columns++];
        *column = (ColumnPair){.before = i, .after = other, .name = name, .sum = -1};
        snprintf(full, sizeof full, "%s.%s", TABLE_NAME[pair->table], name);
        column->direction = direction_of(full, &column->follows);
        column->is_text = is_text_column(name);
    }
    for (uint32_t i = 1; i < pair->after->n_columns; i++)
        if (csv_find(pair->before, pair->after->column[i]) == CSV_NO_COLUMN)
            add_one_sided(pair, NULL, pair->after->column[i], false);
    pair->name_column = csv_find(pair->before, "name");
}

static double column_sum(const CsvTable *table, uint32_t column)
{
    double sum = 0;

    for (uint32_t row = 0; row < table->n_rows; row++)
        sum += fabs(run_value(csv_text(table, row, column)).real);
    return sum;
}

/* ---- rows -------------------- */

static Status check_number(const CsvTable *table, uint32_t row, uint32_t column,
                           const RunValue *value, Err *err)
{
    if (value->is_number || value->text == NULL)
        return STATUS_OK;
    return csv_fail(table, row, column, err, "'%s' is no number; expected one", value->text);
}

static Status compare_cells(TablePair *pair, ColumnPair *column, const uint32_t row[2], Err *err)
{
    Comparer *comparer = pair->comparer;
    const CsvTable *before = pair->before, *after = pair->after;
    ValuePair value = {.before = run_value(csv_text(before, row[0], column->before)),
                       .after = run_value(csv_text(after, row[1], column->after)),
                       .direction = column->direction};
    Change change = {.group = GROUP[pair->table],
                     .item = pair->item,
                     .row = csv_text(before, row[0], 0),
                     .column = column->name,
                     .follows = column->follows,
                     .is_time = glob_matches("*_cycles", column->name) ||
                                glob_matches("*_ps", column->name)};
    char name[COMPARE_NAME_BYTES];

    if (!column->is_text) {
        TRY(check_number(before, row[0], column->before, &value.before, err));
        TRY(check_number(after, row[1], column->after, &value.after, err));
    }
    if (run_value_equal(&value.before, &value.after))
        return STATUS_OK;
    if (column->sum < 0)
        column->sum = fmax(column_sum(before, column->before), column_sum(after, column->after));
    value.scale = column->sum;
    if (pair->name_column != CSV_NO_COLUMN)
        change.row_name = csv_text(before, row[0], pair->name_column);
    change_cell_name(pair->table, change.row, change.column, name, sizeof name);
    comparer_change(comparer, &change, name, &value);
    return STATUS_OK;
}

static Status compare_rows(TablePair *pair, const uint32_t row[2], Err *err)
{
    for (uint32_t i = 0; i < pair->n_columns; i++) {
        ColumnPair *column = &pair->column[i];
        if (strcmp(csv_text(pair->before, row[0], column->before),
                   csv_text(pair->after, row[1], column->after)) != 0)
            TRY(compare_cells(pair, column, row, err));
    }
    pair->comparer->n_values += pair->n_columns;
    pair->comparer->item[pair->item].n_values += pair->n_columns;
    return STATUS_OK;
}

/* Number of a row, or UINT64_MAX behind the last: run_files_load has seen that it is one. */
static uint64_t row_number(const CsvTable *table, uint32_t row)
{
    return row < table->n_rows ? run_value(csv_text(table, row, 0)).whole : UINT64_MAX;
}

static Status go_through_rows(TablePair *pair, Err *err)
{
    uint32_t row[2] = {0, 0};

    while (row[0] < pair->before->n_rows || row[1] < pair->after->n_rows) {
        const uint64_t before = row_number(pair->before, row[0]);
        const uint64_t after = row_number(pair->after, row[1]);
        if (before < after || row[1] == pair->after->n_rows) {
            add_one_sided(pair, csv_text(pair->before, row[0]++, 0), NULL, true);
        } else if (after < before || row[0] == pair->before->n_rows) {
            add_one_sided(pair, csv_text(pair->after, row[1]++, 0), NULL, false);
        } else {
            TRY(compare_rows(pair, row, err));
            row[0]++;
            row[1]++;
        }
    }
    return STATUS_OK;
}

/* ---- patterns that match nothing -------------------- */

/* May the pattern match any name that begins so? */
static bool may_begin(const char *pattern, const char *begin)
{
    for (; *begin != 0 && *pattern != '*'; pattern++, begin++)
        if (*pattern != *begin && *pattern != '?')
            return false;
    return true;
}

static bool matches_a_cell(const char *pattern, RunTable table, const CsvTable *cells)
{
    char name[COMPARE_NAME_BYTES];

    for (uint32_t row = 0; row < cells->n_rows; row++)
        for (uint32_t column = 1; column < cells->n_columns; column++) {
            change_cell_name(table, csv_text(cells, row, 0), cells->column[column], name,
                             sizeof name);
            if (glob_matches(pattern, name))
                return true;
        }
    return false;
}

static void mark_used_rules(TablePair *pair)
{
    const Tolerance *tolerance = pair->comparer->tolerance;
    char begin[COMPARE_NAME_BYTES];

    snprintf(begin, sizeof begin, "%s.", TABLE_NAME[pair->table]);
    for (uint32_t i = 0; tolerance != NULL && i < tolerance->n_rules; i++) {
        const char *pattern = tolerance->rule[i].pattern;
        bool *used = &pair->comparer->rule_used[i];
        if (!*used && may_begin(pattern, begin))
            *used = matches_a_cell(pattern, pair->table, pair->before) ||
                    matches_a_cell(pattern, pair->table, pair->after);
    }
}

Status compare_tables(Comparer *comparer, RunTable table, Err *err)
{
    TablePair pair = {.comparer = comparer,
                      .table = table,
                      .before = comparer->baseline->table[table],
                      .after = comparer->run->table[table]};

    if (pair.before == NULL) {
        comparer_note(comparer, arena_printf(comparer->arena, "%s is not compared: %s has none",
                                             run_table_file(table), comparer->baseline->folder));
        return STATUS_OK;
    }
    pair.item = comparer_item(comparer, "table", TABLE_NAME[table]);
    match_columns(&pair);
    TRY(go_through_rows(&pair, err));
    mark_used_rules(&pair);
    return STATUS_OK;
}
