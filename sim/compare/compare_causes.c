/* compare_causes.c - why two runs differ, as far as the reports say where they come from.
 *
 * The numbers of the chip that have changed come first, by key; then whatever else of the
 * provenance differs. Hashes are told only where nothing else tells what they stand for. Cost:
 * O(numbers), more where they stand in another order.
 */
#include "compare_private.h"

#include <string.h>

/* X(field, what): texts of the provenance that say what they stand for. */
#define CAUSE_TEXT_LIST(X)                     \
    X(chip, "chip")                            \
    X(options, "options")                      \
    X(engine, "engine")                        \
    X(synchronisation, "synchronisation")      \
    X(operating_point, "operating point")      \
    X(precision, "precision of the reference") \
    X(weights, "precision of the weights")     \
    X(egret_version, "version of Egret")       \
    X(network_hash, "network")                 \
    X(input_hash, "input")                     \
    X(mapping_hash, "mapping (who holds which units)")

enum { N_CAUSE_TEXTS = 16, N_CAUSE_HASHES = 4 };

static void add(Comparison *comparison, CompareCause *cause, const char *what, const char *before,
                const char *after)
{
    cause[comparison->n_causes++] = (CompareCause){what, before, after};
}

static const ReportNumber *find_number(const Report *report, uint32_t at, const char *key)
{
    if (at < report->n_numbers && strcmp(report->number[at].key, key) == 0)
        return &report->number[at];
    for (uint32_t i = 0; i < report->n_numbers; i++)
        if (strcmp(report->number[i].key, key) == 0)
            return &report->number[i];
    return NULL;
}

static bool differ(double a, double b)
{
    return a < b || a > b;
}

static void add_number(Arena *arena, Comparison *comparison, CompareCause *cause,
                       const ReportNumber *before, const ReportNumber *after)
{
    if (differ(before->value, after->value))
        add(comparison, cause, arena_printf(arena, "chip number %s", before->key),
            arena_printf(arena, "%.10g", before->value),
            arena_printf(arena, "%.10g %s", after->value, after->unit));
    else if (differ(before->low, after->low) || differ(before->high, after->high))
        add(comparison, cause, arena_printf(arena, "range of chip number %s", before->key),
            arena_printf(arena, "%.10g .. %.10g", before->low, before->high),
            arena_printf(arena, "%.10g .. %.10g %s", after->low, after->high, after->unit));
}

static void add_numbers(Arena *arena, Comparison *comparison, CompareCause *cause)
{
    const Report *before = comparison->baseline->report, *after = comparison->run->report;

    for (uint32_t i = 0; i < before->n_numbers; i++) {
        const ReportNumber *number = &before->number[i];
        const ReportNumber *other = find_number(after, i, number->key);
        if (other != NULL)
            add_number(arena, comparison, cause, number, other);
        else
            add(comparison, cause, arena_printf(arena, "chip number %s", number->key),
                arena_printf(arena, "%.10g %s", number->value, number->unit), "none");
    }
    for (uint32_t i = 0; i < after->n_numbers; i++) {
        const ReportNumber *number = &after->number[i];
        if (find_number(before, i, number->key) == NULL)
            add(comparison, cause, arena_printf(arena, "chip number %s", number->key), "none",
                arena_printf(arena, "%.10g %s", number->value, number->unit));
    }
}

void compare_causes(Arena *arena, Comparison *comparison)
{
    const ReportTexts *before = &comparison->baseline->report->text;
    const ReportTexts *after = &comparison->run->report->text;
    const uint32_t n_most = comparison->baseline->report->n_numbers +
                            comparison->run->report->n_numbers + N_CAUSE_TEXTS + N_CAUSE_HASHES;
    CompareCause *cause = ARENA_ARRAY(arena, CompareCause, n_most);

    comparison->cause = cause;
    add_numbers(arena, comparison, cause);
    const bool numbers = comparison->n_causes > 0;
#define X(field, what)                            \
    if (strcmp(before->field, after->field) != 0) \
        add(comparison, cause, what, before->field, after->field);
    CAUSE_TEXT_LIST(X)
#undef X
    if (!numbers && strcmp(before->chip_hash, after->chip_hash) != 0)
        add(comparison, cause, "chip (its grid or fabric, no number)", before->chip_hash,
            after->chip_hash);
    if (comparison->n_causes == 0 && strcmp(before->program_hash, after->program_hash) != 0)
        add(comparison, cause, "compiled program (the mapping is the same)", before->program_hash,
            after->program_hash);
}

const char *compare_cause_text(Arena *arena, const Comparison *comparison)
{
    const CompareCause *cause = comparison->cause;

    if (comparison->n_causes == 0)
        return "";
    const char *text = arena_printf(arena, "%s %s -> %s", cause->what, cause->before, cause->after);
    if (comparison->n_causes == 1)
        return text;
    return arena_printf(arena, "%s, and %u more", text, comparison->n_causes - 1);
}
