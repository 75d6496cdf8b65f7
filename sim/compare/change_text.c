/* change_text.c - a difference in words: its name, what stood there, by how much it changed; and
 * which of many are worth a line.
 *
 * Whole numbers have commas; real ones as many digits as tell both sides apart, six at least.
 * Cost: O(1) a change.
 */
#include "base/number_text.h"
#include "compare_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LEAST_DIGITS = 6, MOST_DIGITS = 17, SHOWN_ROWS = 3 };

static const RunTable TABLE_OF[N_CHANGE_GROUPS] = {
    [CHANGE_CORES] = RUN_CORES, [CHANGE_LINKS] = RUN_LINKS, [CHANGE_STEPS] = RUN_STEPS};

static const char *const ROW_NAME[] = {
#define X(NAME, name, row) row,
    RUN_TABLE_LIST(X)
#undef X
};

const char *verdict_name(Verdict verdict)
{
    static const char *const NAME[] = {"within tolerance",     "changed",        "better", "worse",
                                       "only in the baseline", "only in the run"};
    return NAME[verdict];
}

const char *change_name(Arena *arena, const Change *change)
{
    char name[COMPARE_NAME_BYTES];

    if (change->name != NULL)
        return change->name;
    change_cell_name(TABLE_OF[change->group], change->row, change->column, name, sizeof name);
    return arena_text(arena, name, strlen(name));
}

const char *change_label(Arena *arena, const Change *change)
{
    const char *row_name = change->row_name;

    if (change->name != NULL)
        return change->group == CHANGE_METRICS ? strchr(change->name, '.') + 1 : change->name;
    if (change->row == NULL)
        return arena_printf(arena, "column %s", change->column);
    const char *row = ROW_NAME[TABLE_OF[change->group]];
    return arena_printf(arena, "%s %s%s%s%s%s", row, change->row, row_name ? " " : "",
                        row_name ? row_name : "", change->column ? ": " : "",
                        change->column ? change->column : "");
}

static const char *value_text(Arena *arena, const RunValue *value, int n_digits)
{
    if (value->text == NULL)
        return "none";
    if (value->is_whole)
        return arena_printf(arena, "%s", number_text(value->whole).text);
    if (value->is_number)
        return arena_printf(arena, "%.*g", n_digits, value->real);
    return value->text;
}

void change_text(Arena *arena, const Change *change, const char **before, const char **after)
{
    const RunValue a = run_value(change->before), b = run_value(change->after);

    for (int n_digits = LEAST_DIGITS; n_digits <= MOST_DIGITS; n_digits++) {
        *before = value_text(arena, &a, n_digits);
        *after = value_text(arena, &b, n_digits);
        if (strcmp(*before, *after) != 0)
            return;
    }
}

/* The difference in percent of what was, as text behind it. */
static const char *percent_text(Arena *arena, double before, double distance)
{
    const double least = 0.01;
    const double percent = 100 * distance / fabs(before);

    if (!(fabs(before) > 0) || !isfinite(percent))
        return "";
    if (fabs(percent) < least)
        return arena_printf(arena, " (%+.2g %%)", percent);
    return arena_printf(arena, " (%+.2f %%)", percent);
}

/* Is the number only a name, of which no distance can be told? */
static bool is_id(const Change *change)
{
    static const char *const ID[] = {
        "*.critical_core", "*.fullest_core", "*.tile",      "*.x", "*.y",
        "*.from_*",        "*.to_*",         "floor_plan.*"};
    char name[COMPARE_NAME_BYTES];

    if (change->name == NULL)
        change_cell_name(TABLE_OF[change->group], change->row, change->column, name, sizeof name);
    for (size_t i = 0; i < sizeof ID / sizeof ID[0]; i++)
        if (glob_matches(ID[i], change->name != NULL ? change->name : name))
            return true;
    return false;
}

const char *change_by(Arena *arena, const Change *change)
{
    const RunValue before = run_value(change->before), after = run_value(change->after);

    if (!before.is_number || !after.is_number || is_id(change))
        return "";
    if (!before.is_whole || !after.is_whole) {
        const double distance = after.real - before.real;
        return arena_printf(arena, "%+.4g%s", distance, percent_text(arena, before.real, distance));
    }
    const bool up = after.whole > before.whole;
    const uint64_t distance = up ? after.whole - before.whole : before.whole - after.whole;
    return arena_printf(
        arena, "%c%s%s", up ? '+' : '-', number_text(distance).text,
        percent_text(arena, before.real, up ? (double)distance : -(double)distance));
}

/* Names of columns are those of the table, so the same ones are the same pointers. */
static uint32_t count_column(const Change *const *shown, uint32_t n, const Change *like)
{
    uint32_t n_like = 0;

    for (uint32_t i = 0; i < n; i++)
        n_like += shown[i]->name == NULL && shown[i]->column == like->column;
    return n_like;
}

/* Enough of its kind are shown already. */
static bool is_one_of_many(const Change *const *shown, uint32_t n, const Change *change)
{
    if (change->name != NULL || change->row == NULL)
        return false;
    if (change->column == NULL)
        return count_column(shown, n, change) >= SHOWN_ROWS;
    return change->group != CHANGE_CORES && count_column(shown, n, change) > 0;
}

/* How many of a group, which is sorted, are beyond the tolerance; and how many of these follow from
 * no other. */
static uint32_t count_beyond(const Comparison *comparison, ChangeGroup group, uint32_t *n_first)
{
    uint32_t n = 0;

    *n_first = 0;
    for (uint32_t i = comparison->group_start[group]; i < comparison->group_start[group + 1]; i++) {
        const Change *change = &comparison->change[i];
        n += change->verdict != VERDICT_WITHIN;
        *n_first += change->verdict != VERDICT_WITHIN && !change->follows;
    }
    return n;
}

uint32_t compare_pick(const Comparison *comparison, ChangeGroup group, uint32_t n_most,
                      const Change **shown, uint32_t *n_beyond)
{
    const uint32_t start = comparison->group_start[group];
    uint32_t n_first, n_shown = 0;

    *n_beyond = count_beyond(comparison, group, &n_first);
    const uint32_t n = n_first > 0 ? n_first : *n_beyond;
    for (uint32_t i = start; i < start + n && n_shown < n_most; i++)
        if (!is_one_of_many(shown, n_shown, &comparison->change[i]))
            shown[n_shown++] = &comparison->change[i];
    return n_shown;
}
