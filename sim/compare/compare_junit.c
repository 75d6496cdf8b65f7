/* compare_junit.c - a comparison as JUnit XML, as CI services read it.
 *
 * One suite; a test case for each metric, section of report.json and table. A case fails if any of
 * its values is beyond the tolerance; its failure lists the heaviest of them. No times and no host:
 * the same comparison gives the same bytes. Cost: O(items + changes shown).
 */
#include "sim/compare.h"

#include <inttypes.h>
#include <stdio.h>

enum { LISTED_MOST = 20 };

static void write_escaped(const char *text, FILE *stream)
{
    for (; *text != 0; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", stream);
            break;
        case '<':
            fputs("&lt;", stream);
            break;
        case '>':
            fputs("&gt;", stream);
            break;
        case '"':
            fputs("&quot;", stream);
            break;
        default:
            fputc((unsigned char)*text < ' ' ? '?' : *text, stream);
        }
    }
}

static const char *line_of(Arena *arena, const Change *change)
{
    const char *before, *after;

    if (change->before == NULL && change->after == NULL)
        return arena_printf(arena, "%s: %s", change_label(arena, change),
                            verdict_name(change->verdict));
    change_text(arena, change, &before, &after);
    return arena_printf(arena, "%s: %s -> %s %s %s", change_label(arena, change), before, after,
                        change_by(arena, change), verdict_name(change->verdict));
}

static void write_failure(Arena *arena, const Comparison *comparison, uint32_t item, FILE *stream)
{
    uint32_t n_listed = 0;

    for (uint32_t i = 0; i < comparison->n_changes && n_listed < LISTED_MOST; i++) {
        const Change *change = &comparison->change[i];
        if (change->item != item || change->verdict == VERDICT_WITHIN)
            continue;
        const char *line = line_of(arena, change);
        if (n_listed++ == 0) {
            fputs("      <failure type=\"difference\" message=\"", stream);
            write_escaped(line, stream);
            fputs("\">", stream);
            if (comparison->n_causes > 0) {
                fputs("cause: ", stream);
                write_escaped(compare_cause_text(arena, comparison), stream);
                fputc('\n', stream);
            }
        }
        write_escaped(line, stream);
        fputc('\n', stream);
    }
    if (comparison->item[item].n_beyond > n_listed)
        fprintf(stream, "... and %" PRIu64 " more\n", comparison->item[item].n_beyond - n_listed);
    fputs("</failure>\n", stream);
}

static void write_case(Arena *arena, const Comparison *comparison, uint32_t item, FILE *stream)
{
    fprintf(stream, "    <testcase classname=\"egret.%s\" name=\"", comparison->item[item].kind);
    write_escaped(comparison->item[item].name, stream);
    if (comparison->item[item].n_beyond == 0) {
        fputs("\" time=\"0\"/>\n", stream);
        return;
    }
    fputs("\" time=\"0\">\n", stream);
    write_failure(arena, comparison, item, stream);
    fputs("    </testcase>\n", stream);
}

void compare_write_junit(Arena *arena, const Comparison *comparison, FILE *stream)
{
    const ReportTexts *text = &comparison->run->report->text;
    uint32_t n_failed = 0;

    for (uint32_t i = 0; i < comparison->n_items; i++)
        n_failed += comparison->item[i].n_beyond > 0;
    fprintf(stream,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites name=\"egret check\" tests=\"%" PRIu32 "\" failures=\"%" PRIu32
            "\" errors=\"0\" time=\"0\">\n  <testsuite name=\"",
            comparison->n_items, n_failed);
    write_escaped(text->network, stream);
    fputs(" on ", stream);
    write_escaped(text->chip, stream);
    fprintf(stream,
            "\" tests=\"%" PRIu32 "\" failures=\"%" PRIu32
            "\" errors=\"0\" skipped=\"0\" time=\"0\">\n",
            comparison->n_items, n_failed);
    for (uint32_t i = 0; i < comparison->n_items; i++)
        write_case(arena, comparison, i, stream);
    fputs("  </testsuite>\n</testsuites>\n", stream);
}
