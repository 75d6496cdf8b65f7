/* compare_markdown.c - a comparison as GitHub-flavoured Markdown, for a step's summary or a
 * comment.
 *
 * A heading with the verdict, the causes as a list, one table of the heaviest changes of all
 * groups. Cost: O(lines).
 */
#include "base/number_text.h"
#include "sim/compare.h"

#include <inttypes.h>
#include <stdio.h>

enum { LISTED_MOST = 8, CAUSES_MOST = 12 }; /* of each group; of all causes */

/* What would end a cell or begin markup is escaped. */
static void write_escaped(const char *text, FILE *stream)
{
    for (; *text != 0; text++) {
        if (*text == '|' || *text == '<' || *text == '>' || *text == '*' || *text == '_' ||
            *text == '`' || *text == '\\' || *text == '[' || *text == ']' || *text == '~')
            fputc('\\', stream);
        fputc((unsigned char)*text < ' ' ? '?' : *text, stream);
    }
}

static void write_row(Arena *arena, const Change *change, FILE *stream)
{
    const char *before = "", *after = "";

    if (change->before != NULL || change->after != NULL)
        change_text(arena, change, &before, &after);
    const char *cell[] = {change_label(arena, change), before, after, change_by(arena, change),
                          verdict_name(change->verdict)};
    for (size_t i = 0; i < sizeof cell / sizeof cell[0]; i++) {
        fputs(i == 0 ? "| " : " | ", stream);
        write_escaped(cell[i], stream);
    }
    fputs(" |\n", stream);
}

/* Returns how many of the group it left out. */
static uint32_t write_group(Arena *arena, const Comparison *comparison, ChangeGroup group,
                            FILE *stream)
{
    const Change *shown[LISTED_MOST];
    uint32_t n_beyond;
    const uint32_t n = compare_pick(comparison, group, LISTED_MOST, shown, &n_beyond);

    for (uint32_t i = 0; i < n; i++)
        write_row(arena, shown[i], stream);
    return n_beyond - n;
}

static void write_heading(const Comparison *comparison, FILE *stream)
{
    const ReportTexts *text = &comparison->run->report->text;

    fputs("### egret check: ", stream);
    write_escaped(text->network, stream);
    fputs(" on ", stream);
    write_escaped(text->chip, stream);
    if (comparison->n_beyond == 0)
        fprintf(stream, ": passed\n\n%s values compared, ", number_text(comparison->n_values).text);
    else
        fprintf(stream, ": failed\n\n%s values compared, ", number_text(comparison->n_values).text);
    if (comparison->n_changes == 0) {
        fputs("all equal.\n", stream);
        return;
    }
    fprintf(stream, "%s within the tolerance, ", number_text(comparison->n_within).text);
    fprintf(stream, "%s beyond it: ", number_text(comparison->n_beyond).text);
    fprintf(stream, "%s worse, ", number_text(comparison->n_worse).text);
    fprintf(stream, "%s better.\n", number_text(comparison->n_better).text);
}

void compare_write_markdown(Arena *arena, const Comparison *comparison, FILE *stream)
{
    uint64_t n_more = 0;

    write_heading(comparison, stream);
    for (uint32_t i = 0; i < comparison->n_causes && i < CAUSES_MOST; i++) {
        fputs(i == 0 ? "\nCause:\n\n- " : "- ", stream);
        write_escaped(comparison->cause[i].what, stream);
        fputs(": ", stream);
        write_escaped(comparison->cause[i].before, stream);
        fputs(" → ", stream);
        write_escaped(comparison->cause[i].after, stream);
        fputc('\n', stream);
    }
    if (comparison->n_causes > CAUSES_MOST)
        fprintf(stream, "- ... and %" PRIu32 " more\n", comparison->n_causes - CAUSES_MOST);
    if (comparison->n_beyond > 0) {
        fputs("\n| what | baseline | run | change | |\n|:--|--:|--:|--:|:--|\n", stream);
        for (ChangeGroup group = (ChangeGroup)0; group < N_CHANGE_GROUPS; group++)
            n_more += write_group(arena, comparison, group, stream);
    }
    if (n_more > 0)
        fprintf(stream, "\n... and %s more.\n", number_text(n_more).text);
    for (uint32_t i = 0; i < comparison->n_notes; i++) {
        fputs(i == 0 ? "\nNote:\n\n- " : "- ", stream);
        write_escaped(comparison->note[i], stream);
        fputc('\n', stream);
    }
}
