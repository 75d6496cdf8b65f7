/* sensitivity.c - main effects, rank correlations and knees.
 *
 * With levels l of n_l points, N points in all, mean of the metric m_l in a level, m over all:
 *
 *   share = sum n_l (m_l - m)^2 / sum (y - m)^2                        (first-order index, eta^2)
 *   binned: 1 - (1 - share) (N - 1) / (N - levels), at least 0         (Kelley's epsilon^2)
 *
 * The second form is without the bias of few points a bin, which gives (levels - 1) / (N - 1) on
 * average to a key that does nothing. Sums go over points in their order, so they are the same
 * everywhere. Kelley, "An unbiased correlation ratio measure", 1935; Spearman, 1904; knees after
 * Satopaa et al., "Finding a kneedle in a haystack", 2011, without its smoothing: simulations have
 * no noise.
 */
#include "sensitivity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number_read.h"
#include "base/real_math.h"

enum { POINTS_A_LEVEL = 2, MOST_BINS = 10, LEAST_IN_BIN = 4 };
static const double LEAST_KNEE = 0.02, DECADE = 10;

/* ---- scales -------------------- */

typedef struct Entry {
    const char *text;
    double number;
    uint32_t point;
} Entry;

static int by_text(const void *a, const void *b)
{
    const Entry *x = (const Entry *)a, *y = (const Entry *)b;
    const int order = strcmp(x->text, y->text);
    return order != 0 ? order : (x->point > y->point) - (x->point < y->point);
}

static int by_number(const void *a, const void *b)
{
    const Entry *x = (const Entry *)a, *y = (const Entry *)b;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return (x->point > y->point) - (x->point < y->point);
}

/* A value of names comes where it first occurs. */
static void rank_names(Entry *entry, uint32_t n)
{
    qsort(entry, n, sizeof *entry, by_text);
    for (uint32_t i = 0; i < n; i++) {
        const bool same = i > 0 && strcmp(entry[i].text, entry[i - 1].text) == 0;
        entry[i].number = same ? entry[i - 1].number : (double)entry[i].point;
    }
}

KeyScale key_scale(Arena *arena, const Plan *plan, uint32_t key)
{
    const uint32_t n = plan->n_points;
    Arena *scratch = arena_new();
    Entry *entry = ARENA_ARRAY(scratch, Entry, n);
    const char **text = ARENA_ARRAY(arena, const char *, n);
    double *number = ARENA_ARRAY(arena, double, n);
    uint32_t *of_point = ARENA_ARRAY(arena, uint32_t, n);
    KeyScale out = {.name = plan->key[key].name, .is_number = true};

    for (uint32_t i = 0; i < n; i++) {
        entry[i] = (Entry){.text = plan_value(plan, i, key), .point = i};
        if (number_read_real(entry[i].text, &entry[i].number) != NUMBER_READ)
            out.is_number = false;
    }
    if (!out.is_number)
        rank_names(entry, n);
    qsort(entry, n, sizeof *entry, by_number);
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || entry[i].number != entry[i - 1].number) {
            text[out.n_values] = entry[i].text;
            number[out.n_values] = out.is_number ? entry[i].number : out.n_values;
            out.n_values++;
        }
        of_point[entry[i].point] = out.n_values - 1;
    }
    arena_free(scratch);
    out.text = text;
    out.number = number;
    out.of_point = of_point;
    return out;
}

bool spans_decade(const double *value, uint32_t n)
{
    double low = INFINITY, high = 0;

    for (uint32_t i = 0; i < n; i++) {
        if (!(value[i] > 0))
            return false;
        low = fmin(low, value[i]);
        high = fmax(high, value[i]);
    }
    return n > 0 && high >= DECADE * low;
}

/* ---- levels -------------------- */

/* Neighbouring values until a bin has its share of the points. */
static void cut_bins(const uint32_t *count, uint32_t n_values, uint32_t n, uint32_t *level_of)
{
    const uint32_t few = n / LEAST_IN_BIN,
                   n_bins = few < MOST_BINS ? (few > 1 ? few : 1) : MOST_BINS;
    uint64_t before = 0;

    for (uint32_t v = 0; v < n_values;
         v++) { /* by the middle of its points, in twice their number */
        level_of[v] = (uint32_t)((2 * before + count[v]) * n_bins / (2 * (uint64_t)n));
        level_of[v] = level_of[v] < n_bins ? level_of[v] : n_bins - 1;
        before += count[v];
    }
}

/* level_of: of each value. Returns whether they are bins. */
static bool pick_levels(const uint32_t *count, uint32_t n_values, uint32_t n, bool alone,
                        bool is_number, uint32_t *level_of)
{
    uint32_t n_used = 0;

    for (uint32_t v = 0; v < n_values; v++)
        n_used += count[v] > 0;
    if (is_number && !alone && n_used * (uint64_t)POINTS_A_LEVEL > n) {
        cut_bins(count, n_values, n, level_of);
        return true;
    }
    for (uint32_t v = 0; v < n_values; v++)
        level_of[v] = v;
    return false;
}

/* Levels with points; `level_of` then counts these alone. */
static uint32_t list_levels(const uint32_t *count, uint32_t n_values, uint32_t *level_of,
                            EffectLevel *level)
{
    uint32_t n = 0, last = UINT32_MAX;

    for (uint32_t v = 0; v < n_values; v++) {
        if (count[v] == 0)
            continue;
        if (n == 0 || level_of[v] != last)
            level[n++].first = v;
        last = level_of[v];
        level_of[v] = n - 1;
        level[n - 1].last = v;
        level[n - 1].n_points += count[v];
    }
    return n;
}

/* ---- shares -------------------- */

static double share_of(const Effect *effect, const double *sum_of, double mean, double square)
{
    double between = 0;

    if (!(square > 0) || effect->n_levels < 2)
        return (double)NAN;
    for (uint32_t l = 0; l < effect->n_levels; l++) {
        const double n = effect->level[l].n_points, off = sum_of[l] / n - mean;
        between += n * off * off;
    }
    const double share = fmin(between / square, 1);
    if (!effect->binned)
        return share;
    if (effect->n_points <= effect->n_levels)
        return (double)NAN;
    const double free_points = effect->n_points - effect->n_levels;
    return fmax(1 - (1 - share) * (effect->n_points - 1.0) / free_points, 0);
}

/* A metric over the points, and a key. */
typedef struct Column {
    const KeyScale *scale;
    const double *value; /* [n_points] NaN: none                                            */
    uint32_t n_points;
} Column;

/* Means and share; `level_of` of each value of the scale. */
static void take_means(Arena *scratch, const Column *column, const uint32_t *level_of,
                       EffectLevel *level, Effect *out)
{
    const KeyScale *scale = column->scale;
    const double *value = column->value;
    const uint32_t n_points = column->n_points;
    double *sum_of = ARENA_ARRAY(scratch, double, out->n_levels);
    double sum = 0, square = 0, low = INFINITY, high = -INFINITY;

    for (uint32_t i = 0; i < n_points; i++)
        if (!isnan(value[i])) {
            sum += value[i];
            sum_of[level_of[scale->of_point[i]]] += value[i];
            low = fmin(low, value[i]);
            high = fmax(high, value[i]);
        }
    const double mean = sum / out->n_points;
    for (uint32_t i = 0; i < n_points; i++)
        if (!isnan(value[i]))
            square += (value[i] - mean) * (value[i] - mean);
    for (uint32_t l = 0; l < out->n_levels; l++) {
        level[l].mean = sum_of[l] / level[l].n_points;
        out->lowest = l == 0 ? level[l].mean : fmin(out->lowest, level[l].mean);
        out->highest = l == 0 ? level[l].mean : fmax(out->highest, level[l].mean);
    }
    out->level = level;
    out->share = low < high ? share_of(out, sum_of, mean, square) : (double)NAN;
}

/* ---- ranks -------------------- */

/* Mean rank of each entry, from 1 on, into the place of its point. Sorts the entries. */
static void take_ranks(Entry *entry, uint32_t n, double *rank)
{
    qsort(entry, n, sizeof *entry, by_number);
    for (uint32_t i = 0; i < n;) {
        uint32_t end = i + 1;
        while (end < n && entry[end].number == entry[i].number)
            end++;
        for (uint32_t k = i; k < end; k++)
            rank[entry[k].point] = (i + 1 + end) / 2.0;
        i = end;
    }
}

static double rank_correlation(Arena *scratch, const KeyScale *scale, const double *value,
                               uint32_t n_points)
{
    Entry *of_key = ARENA_ARRAY(scratch, Entry, n_points);
    Entry *of_value = ARENA_ARRAY(scratch, Entry, n_points);
    double *x = ARENA_ARRAY(scratch, double, n_points), *y = ARENA_ARRAY(scratch, double, n_points);
    double both = 0, own = 0, other = 0;
    uint32_t n = 0;

    for (uint32_t i = 0; i < n_points; i++)
        if (!isnan(value[i])) {
            of_key[n] = (Entry){.number = scale->number[scale->of_point[i]], .point = i};
            of_value[n++] = (Entry){.number = value[i], .point = i};
        }
    take_ranks(of_key, n, x);
    take_ranks(of_value, n, y);
    const double mean = (n + 1) / 2.0;
    for (uint32_t i = 0; i < n_points; i++)
        if (!isnan(value[i])) {
            both += (x[i] - mean) * (y[i] - mean);
            own += (x[i] - mean) * (x[i] - mean);
            other += (y[i] - mean) * (y[i] - mean);
        }
    return own > 0 && other > 0 ? both / sqrt(own * other) : (double)NAN;
}

Effect effect_find(Arena *arena, const KeyScale *scale, const double *value, uint32_t n_points,
                   bool alone)
{
    Effect out = {
        .share = (double)NAN, .rank = (double)NAN, .lowest = (double)NAN, .highest = (double)NAN};
    const Column column = {scale, value, n_points};
    Arena *scratch = arena_new();
    uint32_t *count = ARENA_ARRAY(scratch, uint32_t, scale->n_values);
    uint32_t *level_of = ARENA_ARRAY(scratch, uint32_t, scale->n_values);

    for (uint32_t i = 0; i < n_points; i++)
        if (!isnan(value[i])) {
            count[scale->of_point[i]]++;
            out.n_points++;
        }
    if (out.n_points > 0) {
        EffectLevel *level = ARENA_ARRAY(arena, EffectLevel, scale->n_values);
        out.binned =
            pick_levels(count, scale->n_values, out.n_points, alone, scale->is_number, level_of);
        out.n_levels = list_levels(count, scale->n_values, level_of, level);
        take_means(scratch, &column, level_of, level, &out);
        if (scale->is_number)
            out.rank = rank_correlation(scratch, scale, value, n_points);
    }
    arena_free(scratch);
    return out;
}

/* ---- knees -------------------- */

static double axis_of(double value, bool log)
{
    return log ? real_log(value) : value;
}

static bool all_positive(const double *value, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!(value[i] > 0))
            return false;
    return true;
}

Knee knee_find(const double *x, const double *y, uint32_t n, bool larger_is_better)
{
    Knee out = {.log = spans_decade(x, n) && all_positive(y, n)};
    double low = INFINITY, high = -INFINITY;

    for (uint32_t i = 0; i < n; i++) {
        low = fmin(low, axis_of(y[i], out.log));
        high = fmax(high, axis_of(y[i], out.log));
    }
    if (n < 3 || !(low < high))
        return out;
    const double left = axis_of(x[0], out.log), wide = axis_of(x[n - 1], out.log) - left;
    const double begin = axis_of(y[0], out.log);
    const double rise = (axis_of(y[n - 1], out.log) - begin) / (high - low);
    for (uint32_t i = 1; i + 1 < n; i++) {
        const double along = (axis_of(x[i], out.log) - left) / wide;
        const double above = (axis_of(y[i], out.log) - begin) / (high - low) - along * rise;
        const double distance = (larger_is_better ? above : -above) / sqrt(1 + rise * rise);
        if (distance >= LEAST_KNEE && distance > out.distance) {
            out.found = true;
            out.at = i;
            out.distance = distance;
        }
    }
    return out;
}
