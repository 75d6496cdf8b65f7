/* compare_text.c - a comparison on one screen: why, then what, the heaviest first.
 *
 * Of each group what moves by itself is shown before what only follows, and that only where nothing
 * else differs; the rest is counted. Cost: O(lines).
 */
#include "base/number_text.h"
#include "sim/compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_CAUSES = 6, SHOWN_NOTES = 4, SHOWN_MOST = 10, LABEL_MOST = 46 };

typedef struct GroupRow {
    const char *title;
    uint32_t n_shown;
} GroupRow;

static const GroupRow GROUP_ROW[N_CHANGE_GROUPS] = {
    [CHANGE_METRICS] = {"metrics", SHOWN_MOST},
    [CHANGE_COUNTS] = {"other values of report.json", 5},
    [CHANGE_CORES] = {"cores.csv", 8},
    [CHANGE_LINKS] = {"links.csv", 3},
    [CHANGE_STEPS] = {"steps.csv", 4},
};

/* A change as four columns. */
typedef struct Line {
    const char *label, *before, *after, *by, *verdict;
} Line;

static Line make_line(Arena *arena, const Change *change)
{
    Line line = {.label = change_label(arena, change), .verdict = verdict_name(change->verdict)};

    line.before = line.after = line.by = "";
    if (change->before == NULL && change->after == NULL)
        return line; /* a row or column: only the verdict */
    change_text(arena, change, &line.before, &line.after);
    line.by = change_by(arena, change);
    return line;
}

static int longer(int n, const char *text, int most)
{
    const int length = (int)strlen(text);
    return length > most ? most : length > n ? length : n;
}

static void write_lines(const Line *line, uint32_t n, FILE *stream)
{
    int label = 0, before = 0, after = 0, by = 0;

    for (uint32_t i = 0; i < n; i++) {
        label = longer(label, line[i].label, LABEL_MOST);
        before = longer(before, line[i].before, LABEL_MOST);
        after = longer(after, line[i].after, LABEL_MOST);
        by = longer(by, line[i].by, LABEL_MOST);
    }
    for (uint32_t i = 0; i < n; i++) {
        if (line[i].before[0] == 0)
            fprintf(stream, "  %-*s  %s\n", label, line[i].label, line[i].verdict);
        else
            fprintf(stream, "  %-*s  %*s -> %-*s  %-*s  %s\n", label, line[i].label, before,
                    line[i].before, after, line[i].after, by, line[i].by, line[i].verdict);
    }
}

static void write_group(Arena *arena, const Comparison *comparison, ChangeGroup group, FILE *stream)
{
    const Change *shown[SHOWN_MOST];
    Line line[SHOWN_MOST];
    uint32_t n_beyond;
    const uint32_t n_shown =
        compare_pick(comparison, group, GROUP_ROW[group].n_shown, shown, &n_beyond);

    if (n_beyond == 0)
        return;
    fprintf(stream, "\n%s: %s value%s\n", GROUP_ROW[group].title, number_text(n_beyond).text,
            n_beyond == 1 ? " differs" : "s differ");
    for (uint32_t i = 0; i < n_shown; i++)
        line[i] = make_line(arena, shown[i]);
    write_lines(line, n_shown, stream);
    if (n_beyond > n_shown)
        fprintf(stream, "  ... and %s more\n", number_text(n_beyond - n_shown).text);
}

static void write_causes(const Comparison *comparison, FILE *stream)
{
    uint32_t n = comparison->n_causes;

    if (n == 0) {
        if (comparison->n_changes > 0)
            fputs("\ncause: none of chip, network, input, options and version of Egret differs; "
                  "look at\nthe program itself\n",
                  stream);
        return;
    }
    fputs(comparison->n_changes > 0 ? "\ncause:\n" : "\nwhat changed without effect:\n", stream);
    for (uint32_t i = 0; i < n && i < SHOWN_CAUSES; i++)
        fprintf(stream, "  %s: %s -> %s\n", comparison->cause[i].what, comparison->cause[i].before,
                comparison->cause[i].after);
    if (n > SHOWN_CAUSES)
        fprintf(stream, "  ... and %" PRIu32 " more\n", n - SHOWN_CAUSES);
}

static void write_head(const Comparison *comparison, FILE *stream)
{
    fprintf(stream, "%s against %s: %s values compared, ", comparison->run->folder,
            comparison->baseline->folder, number_text(comparison->n_values).text);
    if (comparison->n_changes == 0) {
        fputs("all equal\n", stream);
        return;
    }
    fprintf(stream, "%s differ%s", number_text(comparison->n_changes).text,
            comparison->n_changes == 1 ? "s" : "");
    if (comparison->n_within > 0)
        fprintf(stream, ", %s within the tolerance", number_text(comparison->n_within).text);
    fputc('\n', stream);
    if (comparison->n_beyond == 0)
        return;
    fprintf(stream, "beyond it: %s (%s worse, ", number_text(comparison->n_beyond).text,
            number_text(comparison->n_worse).text);
    fprintf(stream, "%s better, ", number_text(comparison->n_better).text);
    fprintf(stream, "%s that is neither)\n",
            number_text(comparison->n_beyond - comparison->n_worse - comparison->n_better).text);
}

void compare_write_text(Arena *arena, const Comparison *comparison, FILE *stream)
{
    write_head(comparison, stream);
    write_causes(comparison, stream);
    for (ChangeGroup group = (ChangeGroup)0; group < N_CHANGE_GROUPS; group++)
        write_group(arena, comparison, group, stream);
    if (comparison->n_notes > 0)
        fputs("\nnote:\n", stream);
    for (uint32_t i = 0; i < comparison->n_notes && i < SHOWN_NOTES; i++)
        fprintf(stream, "  %s\n", comparison->note[i]);
    if (comparison->n_notes > SHOWN_NOTES)
        fprintf(stream, "  ... and %" PRIu32 " more\n", comparison->n_notes - SHOWN_NOTES);
}
