/* compare.c - two runs held against one another: what differs, sorted by weight.
 *
 * Takes two RunFiles and a Tolerance, makes a Comparison. Values are matched by name
 * (compare_tree.c, compare_table.c); what differs is judged here: within the tolerance or
 * beyond, better or worse. The same files give the same Comparison; of two runs that change
 * places every difference is found again, the other way round.
 *
 * Cost: O(values) and O(changes x (rules + log changes)).
 */
#include "compare_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- growing lists -------------------- */

/* Room for one item more: the list, or a copy twice as large. */
static void *with_room(Arena *arena, void *list, uint32_t n, uint32_t *max, size_t item_bytes)
{
    if (n < *max)
        return list;
    *max = *max == 0 ? 64 : 2 * *max;
    void *larger = arena_alloc(arena, *max, item_bytes);
    if (n > 0)
        memcpy(larger, list, n * item_bytes);
    return larger;
}

uint32_t comparer_item(Comparer *comparer, const char *kind, const char *name)
{
    comparer->item = with_room(comparer->arena, comparer->item, comparer->n_items,
                               &comparer->max_items, sizeof *comparer->item);
    comparer->item[comparer->n_items] = (CompareItem){.kind = kind, .name = name};
    return comparer->n_items++;
}

void comparer_note(Comparer *comparer, const char *note)
{
    comparer->note = with_room(comparer->arena, comparer->note, comparer->n_notes,
                               &comparer->max_notes, sizeof *comparer->note);
    comparer->note[comparer->n_notes++] = note;
}

static void add_change(Comparer *comparer, const Change *change)
{
    CompareItem *item = &comparer->item[change->item];

    item->n_within += change->verdict == VERDICT_WITHIN;
    item->n_beyond += change->verdict != VERDICT_WITHIN;
    comparer->change = with_room(comparer->arena, comparer->change, comparer->n_changes,
                                 &comparer->max_changes, sizeof *comparer->change);
    comparer->change[comparer->n_changes] = *change;
    comparer->change[comparer->n_changes].order = comparer->n_changes;
    comparer->n_changes++;
}

/* ---- what a difference is -------------------- */

static Verdict judge(const ToleranceRule *rule, const ValuePair *pair)
{
    const RunValue *before = &pair->before, *after = &pair->after;

    if (tolerance_allows(rule, pair->direction, before, after))
        return VERDICT_WITHIN;
    if (!before->is_number || !after->is_number || pair->direction == DIRECTION_NONE)
        return VERDICT_CHANGED;
    const bool higher = before->is_whole && after->is_whole ? after->whole > before->whole
                                                            : after->real > before->real;
    return higher == (pair->direction == DIRECTION_HIGHER) ? VERDICT_BETTER : VERDICT_WORSE;
}

static double weigh(const ValuePair *pair)
{
    if (!pair->before.is_number || !pair->after.is_number)
        return 1;
    double distance = fabs(pair->after.real - pair->before.real);
    if (pair->before.is_whole && pair->after.is_whole) /* exact beyond 2^53 too */
        distance = (double)(pair->after.whole > pair->before.whole
                                ? pair->after.whole - pair->before.whole
                                : pair->before.whole - pair->after.whole);
    const double larger = fmax(fabs(pair->before.real), fabs(pair->after.real));
    const double scale = fmax(pair->scale, larger);
    return scale > 0 ? fmin(distance / scale, 1) : 1;
}

void comparer_change(Comparer *comparer, Change *change, const char *name, const ValuePair *pair)
{
    change->before = pair->before.text;
    change->after = pair->after.text;
    change->verdict = judge(tolerance_rule(comparer->tolerance, name), pair);
    change->weight = weigh(pair);
    add_change(comparer, change);
}

void comparer_one_sided(Comparer *comparer, Change *change, const char *name, bool missing)
{
    const ToleranceRule *rule = tolerance_rule(comparer->tolerance, name);

    change->verdict = missing ? VERDICT_MISSING : VERDICT_EXTRA;
    if (rule != NULL && rule->ignore)
        change->verdict = VERDICT_WITHIN;
    change->follows = false;
    change->is_time = true; /* is told first */
    change->weight = 1;
    add_change(comparer, change);
}

void comparer_saw(Comparer *comparer, const char *name)
{
    for (uint32_t i = 0; comparer->tolerance != NULL && i < comparer->tolerance->n_rules; i++)
        if (!comparer->rule_used[i])
            comparer->rule_used[i] = glob_matches(comparer->tolerance->rule[i].pattern, name);
}

/* ---- the whole -------------------- */

/* As the header says of Comparison.change. */
static int by_weight(const void *left, const void *right)
{
    const Change *a = left, *b = right;
    const int within = (a->verdict == VERDICT_WITHIN) - (b->verdict == VERDICT_WITHIN);

    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    if (within != 0)
        return within;
    if (a->follows != b->follows)
        return a->follows ? 1 : -1;
    if (a->is_time != b->is_time)
        return a->is_time ? -1 : 1;
    if (a->weight < b->weight || a->weight > b->weight)
        return a->weight > b->weight ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static void sum_up(const Comparer *comparer, Comparison *out)
{
    out->n_values = comparer->n_values;
    out->n_changes = comparer->n_changes;
    out->change = comparer->change;
    out->n_items = comparer->n_items;
    out->item = comparer->item;
    out->n_notes = comparer->n_notes;
    out->note = comparer->note;
    for (uint32_t i = 0; i < out->n_changes; i++) {
        const Change *change = &out->change[i];
        out->n_within += change->verdict == VERDICT_WITHIN;
        out->n_better += change->verdict == VERDICT_BETTER;
        out->n_worse += change->verdict == VERDICT_WORSE;
        for (int g = (int)change->group + 1; g <= N_CHANGE_GROUPS; g++)
            out->group_start[g]++;
    }
    out->n_beyond = out->n_changes - out->n_within;
}

static void note_unused_rules(Comparer *comparer)
{
    for (uint32_t i = 0; comparer->tolerance != NULL && i < comparer->tolerance->n_rules; i++) {
        const ToleranceRule *rule = &comparer->tolerance->rule[i];
        if (!comparer->rule_used[i])
            comparer_note(comparer, arena_printf(comparer->arena, "%s: '%s' matches nothing",
                                                 rule->place, rule->pattern));
    }
}

Status compare_same_work(const RunFiles *baseline, const RunFiles *run, Err *err)
{
    const ReportTexts *before = &baseline->report->text, *after = &run->report->text;
    const bool same_network = strcmp(before->network_hash, after->network_hash) == 0;

    if (same_network && strcmp(before->input_hash, after->input_hash) == 0)
        return STATUS_OK;
    return err_set(err, STATUS_INPUT,
                   "%s: %s %s (%s), but %s has %s (%s); expected a run of the same network and "
                   "input",
                   run->folder, same_network ? "input" : "network",
                   same_network ? after->input : after->network,
                   same_network ? after->input_hash : after->network_hash, baseline->folder,
                   same_network ? before->input : before->network,
                   same_network ? before->input_hash : before->network_hash);
}

Status compare_runs(Arena *arena, const RunFiles *baseline, const RunFiles *run,
                    const Tolerance *tolerance, const Comparison **out, Err *err)
{
    Comparison *comparison = ARENA_ARRAY(arena, Comparison, 1);
    Comparer comparer = {.arena = arena, .baseline = baseline, .run = run, .tolerance = tolerance};

    *out = NULL;
    if (tolerance != NULL)
        comparer.rule_used = ARENA_ARRAY(arena, bool, tolerance->n_rules);
    compare_trees(&comparer);
    for (RunTable t = (RunTable)0; t < N_RUN_TABLES; t++)
        TRY(compare_tables(&comparer, t, err));
    note_unused_rules(&comparer);
    if (comparer.n_changes > 0)
        qsort(comparer.change, comparer.n_changes, sizeof *comparer.change, by_weight);
    sum_up(&comparer, comparison);
    comparison->baseline = baseline;
    comparison->run = run;
    compare_causes(arena, comparison);
    *out = comparison;
    return STATUS_OK;
}
