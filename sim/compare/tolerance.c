/* tolerance.c - how far a value may be from the baseline's.
 *
 * A file of rules, of which the first whose pattern matches a value's name counts; a value without
 * one must be equal. A rule gives an absolute difference, a relative one (of the baseline's value),
 * or both: then the larger of the two is allowed. Whole numbers and the relative limit, which is
 * read as parts of 10^9, are compared in 128 bits, so that the edge of what is allowed is exact.
 */
#include "base/number_read.h"
#include "sim/compare.h"

#include <math.h>
#include <string.h>

#define PPB UINT64_C(1000000000)

static const double MOST = 1e300, MOST_RELATIVE = 1e6;
static const double SLACK = 1e-12; /* of real values: what printing and reading them may cost */
static const double WHOLE_MOST = 0x1p63;

/* ---- names -------------------- */

bool glob_matches(const char *pattern, const char *name)
{
    const char *star = NULL, *star_name = NULL;

    while (*name != 0) {
        if (*pattern == '*') {
            star = ++pattern;
            star_name = name;
        } else if (*pattern != 0 && (*pattern == *name || *pattern == '?')) {
            pattern++;
            name++;
        } else if (star != NULL) { /* let the last * take one character more */
            pattern = star;
            name = ++star_name;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == 0;
}

const ToleranceRule *tolerance_rule(const Tolerance *tolerance, const char *name)
{
    for (uint32_t i = 0; tolerance != NULL && i < tolerance->n_rules; i++)
        if (glob_matches(tolerance->rule[i].pattern, name))
            return &tolerance->rule[i];
    return NULL;
}

/* ---- files -------------------- */

static Status read_flag(const YamlNode *map, const char *key, bool *out, Err *err)
{
    const YamlNode *node = yaml_find(map, key);

    *out = false;
    return node == NULL ? STATUS_OK : yaml_as_bool(node, out, err);
}

static Status read_limit(const YamlNode *map, const char *key, double most, double *out, Err *err)
{
    const YamlNode *node = yaml_find(map, key);

    *out = 0;
    return node == NULL ? STATUS_OK : yaml_as_real(node, 0, most, out, err);
}

static Status read_rule(Arena *arena, const YamlNode *map, ToleranceRule *rule, Err *err)
{
    static const char *const names[] = {"match", "absolute", "relative", "side", "ignore"};
    static const char *const sides[] = {"both", "worse"};
    double relative;
    unsigned side = 0;

    if (map->kind != YAML_MAP)
        return yaml_fail(map, err, "not a map; expected a rule: match, and how far it may differ");
    TRY(yaml_only(map, names, sizeof names / sizeof names[0], err));
    TRY(yaml_text(map, "match", &rule->pattern, err));
    const YamlNode *match = yaml_find(map, "match");
    rule->place = arena_printf(arena, "%s:%u:%u", match->file, match->line, match->column);
    TRY(read_limit(map, "absolute", MOST, &rule->absolute, err));
    TRY(read_limit(map, "relative", MOST_RELATIVE, &relative, err));
    rule->relative_ppb = (uint64_t)llround(relative * (double)PPB);
    if (relative > 0 && rule->relative_ppb == 0)
        return yaml_fail(yaml_find(map, "relative"), err,
                         "%g is too small; expected 0 or at least %g", relative, 1 / (double)PPB);
    if (yaml_find(map, "side") != NULL)
        TRY(yaml_choice(map, "side", sides, 2, &side, err));
    rule->worse_only = side == 1;
    TRY(read_flag(map, "ignore", &rule->ignore, err));
    if (rule->ignore && map->n_items > 2)
        return yaml_fail(map, err, "a rule that ignores and limits; expected one of both");
    if (map->n_items < 2)
        return yaml_fail(map, err,
                         "a rule without a limit; expected absolute, relative, side or ignore");
    return STATUS_OK;
}

Status tolerance_load(Arena *arena, const char *path, const Tolerance **out, Err *err)
{
    static const char *const names[] = {"rules"};
    Tolerance *tolerance = ARENA_ARRAY(arena, Tolerance, 1);
    const YamlNode *list;
    YamlNode *root;

    *out = NULL;
    TRY(yaml_load(arena, path, &root, err));
    TRY(yaml_only(root, names, 1, err));
    TRY(yaml_need(root, "rules", YAML_LIST, &list, err));
    ToleranceRule *rule = ARENA_ARRAY(arena, ToleranceRule, list->n_items);
    for (uint32_t i = 0; i < list->n_items; i++)
        TRY(read_rule(arena, list->item[i], &rule[i], err));
    tolerance->n_rules = list->n_items;
    tolerance->rule = rule;
    *out = tolerance;
    return STATUS_OK;
}

/* ---- values -------------------- */

RunValue run_value(const char *text)
{
    RunValue value = {0};

    if (text == NULL || text[0] == 0)
        return value;
    value.text = text;
    value.is_whole = number_read_u64(text, &value.whole) == NUMBER_READ;
    value.real = (double)value.whole;
    value.is_number = value.is_whole || number_read_real(text, &value.real) == NUMBER_READ;
    return value;
}

bool run_value_equal(const RunValue *a, const RunValue *b)
{
    if (a->text == NULL || b->text == NULL)
        return a->text == b->text;
    if (a->is_whole && b->is_whole)
        return a->whole == b->whole;
    if (a->is_number && b->is_number)
        return !(a->real < b->real) && !(a->real > b->real);
    return strcmp(a->text, b->text) == 0;
}

typedef struct Wide { /* 128 bits */
    uint64_t high, low;
} Wide;

static Wide multiply(uint64_t a, uint64_t b)
{
    const uint64_t mask = UINT32_MAX;
    const uint64_t low = (a & mask) * (b & mask), cross = (a >> 32) * (b & mask) + (low >> 32);
    const uint64_t middle = (a & mask) * (b >> 32) + (cross & mask);

    return (Wide){(a >> 32) * (b >> 32) + (cross >> 32) + (middle >> 32),
                  middle << 32 | (low & mask)};
}

static bool whole_within(const ToleranceRule *rule, uint64_t before, uint64_t after)
{
    const uint64_t distance = after > before ? after - before : before - after;
    const Wide by = multiply(distance, PPB), limit = multiply(before, rule->relative_ppb);

    if (rule->absolute >= WHOLE_MOST || distance <= (uint64_t)rule->absolute)
        return true;
    return by.high < limit.high || (by.high == limit.high && by.low <= limit.low);
}

static bool real_within(const ToleranceRule *rule, double before, double after)
{
    const double slack = SLACK * fmax(fabs(before), fabs(after));
    const double relative = (double)rule->relative_ppb / (double)PPB * fabs(before);

    return fabs(after - before) <= fmax(rule->absolute, relative) + slack;
}

bool tolerance_allows(const ToleranceRule *rule, Direction direction, const RunValue *before,
                      const RunValue *after)
{
    if (rule == NULL)
        return false;
    if (rule->ignore)
        return true;
    if (!before->is_number || !after->is_number)
        return false;
    const bool higher = before->is_whole && after->is_whole ? after->whole > before->whole
                                                            : after->real > before->real;
    if (rule->worse_only && direction != DIRECTION_NONE &&
        higher == (direction == DIRECTION_HIGHER))
        return true;
    if (rule->absolute <= 0 && rule->relative_ppb == 0)
        return false;
    if (before->is_whole && after->is_whole)
        return whole_within(rule, before->whole, after->whole);
    return real_within(rule, before->real, after->real);
}
