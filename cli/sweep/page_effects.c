/* page_effects.c - which key matters for which objective: shares of the variance, rank
 * correlations, means along the keys (sensitivity.h has what they are).
 *
 * With `fidelity: multi` the points that were timed are a choice of the best, of which shares
 * would mislead: there all points speak, by `count`. Rows are in the order of their shares.
 * Cost: O(keys x objectives x points x log points).
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "page_plot.h"
#include "sim/html_out.h"

enum { /* of the small line */
       SPARK_WIDTH = 120,
       SPARK_HEIGHT = 26,
       SPARK_LEVELS = 120
};

typedef struct Row {
    uint32_t key;
    Effect effect;
} Row;

static double *values_of(Arena *scratch, const SweepView *view, uint32_t metric)
{
    const uint32_t n = view->plan->n_points;
    double *out = ARENA_ARRAY(scratch, double, n);

    for (uint32_t i = 0; i < n; i++) {
        const Result *counted = results_at(view->results, (Task){i, FIDELITY_COUNT});
        if (!view->sweep->multi)
            out[i] = view_value(view, metric, i);
        else
            out[i] = counted != NULL && counted->status == RESULT_OK && counted->has[metric]
                         ? counted->value[metric]
                         : (double)NAN;
    }
    return out;
}

/* ---- the small line -------------------- */

static double middle_of(const KeyScale *scale, const EffectLevel *level)
{
    return (scale->number[level->first] + scale->number[level->last]) / 2;
}

static void write_spark(Arena *scratch, const Row *row, const KeyScale *scale, const char *metric,
                        FILE *stream)
{
    const Effect *effect = &row->effect;
    const uint32_t every = (effect->n_levels + SPARK_LEVELS - 1) / SPARK_LEVELS;
    double *x = ARENA_ARRAY(scratch, double, effect->n_levels);
    double *y = ARENA_ARRAY(scratch, double, effect->n_levels);

    for (uint32_t l = 0; l < effect->n_levels; l++) {
        x[l] = middle_of(scale, &effect->level[l]);
        y[l] = effect->level[l].mean;
    }
    PlotAxis across = plot_axis_tight(scratch, x, effect->n_levels, 4, SPARK_WIDTH - 4);
    PlotAxis up = plot_axis_tight(scratch, y, effect->n_levels, SPARK_HEIGHT - 7, 4);
    across.log = across.log && scale->is_number;
    fprintf(stream, "<svg class=\"spark\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"",
            SPARK_WIDTH, SPARK_HEIGHT);
    html_textf(stream, "Mean %s along %s: %s at %s, %s at %s", metric, scale->name,
               real_text(y[0]).text, scale->text[effect->level[0].first],
               real_text(y[effect->n_levels - 1]).text,
               scale->text[effect->level[effect->n_levels - 1].last]);
    fputs("\"><path class=\"way-mean\" d=\"", stream);
    for (uint32_t l = 0; l < effect->n_levels; l += every) {
        if (scale->is_number)
            fprintf(stream, "%c%.1f %.1f", l == 0 ? 'M' : 'L', plot_at(&across, x[l]),
                    plot_at(&up, y[l]));
        else /* names have no way between them */
            fprintf(stream, "M%.1f %dV%.1f", plot_at(&across, x[l]), SPARK_HEIGHT - 1,
                    plot_at(&up, y[l]));
    }
    fputs("\"/></svg>", stream);
}

/* ---- the table -------------------- */

static void write_share(const Row *row, const char *metric, FILE *stream)
{
    if (isnan(row->effect.share)) {
        fputs("<td>–</td>", stream);
        return;
    }
    fputs("<td>", stream);
    html_percent(stream, row->effect.share, "=effect.%s.%" PRIu32 ".share", metric, row->key);
    fprintf(stream,
            " <svg class=\"share\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" "
            "aria-hidden=\"true\"><rect class=\"saved\" width=\"100\" height=\"10\"/><rect "
            "class=\"p0\" width=\"%.1f\" height=\"10\"/></svg></td>",
            100 * row->effect.share);
}

static void write_row(Arena *scratch, const SweepView *view, const Row *row, const char *metric,
                      FILE *stream)
{
    const Effect *effect = &row->effect;

    html_row(stream, view->scale[row->key].name);
    write_share(row, metric, stream);
    if (isnan(effect->rank)) {
        fputs("<td>–</td>", stream);
    } else {
        char shown[16];
        snprintf(shown, sizeof shown, "%+.3f", effect->rank);
        fprintf(stream, "<td><data value=\"%s\" data-of=\"", real_exact(effect->rank).text);
        html_textf(stream, "=effect.%s.%" PRIu32 ".rank", metric, row->key);
        fprintf(stream, "\">%s</data></td>", shown);
    }
    html_real_cell(stream, effect->lowest, "=effect.%s.%" PRIu32 ".lowest", metric, row->key);
    html_real_cell(stream, effect->highest, "=effect.%s.%" PRIu32 ".highest", metric, row->key);
    fputs("<td>", stream);
    html_count(stream, effect->n_levels, "=effect.%s.%" PRIu32 ".levels", metric, row->key);
    fprintf(stream, " %s</td><td class=\"l\">", effect->binned ? "bins" : "values");
    write_spark(scratch, row, &view->scale[row->key], metric, stream);
    fputs("</td></tr>\n", stream);
}

static void write_heads(FILE *stream)
{
    fputs("<thead><tr>", stream);
    html_head_cell(stream, "key", NULL, false);
    html_head_cell(stream, "share of the variance", NULL, true);
    html_head_cell(stream, "rank correlation", NULL, true);
    html_head_cell(stream, "lowest mean", NULL, true);
    html_head_cell(stream, "highest mean", NULL, true);
    html_head_cell(stream, "over", NULL, true);
    html_head_cell(stream, "mean along the key", NULL, false);
    fputs("</tr></thead><tbody>\n", stream);
}

/* By share; those without one come last, equal ones in the order of the keys. */
static uint32_t find_rows(Arena *scratch, const SweepView *view, uint32_t metric, Row *row)
{
    const double *value = values_of(scratch, view, metric);
    const bool alone = view_axis_key(view) < view->n_keys;
    uint32_t n = 0;

    for (uint32_t k = 0; k < view->n_keys; k++) {
        const Row one = {
            .key = k,
            .effect = effect_find(scratch, &view->scale[k], value, view->plan->n_points, alone)};
        uint32_t at = n;
        if (one.effect.n_points == 0)
            continue;
        while (at > 0 && !(row[at - 1].effect.share >= one.effect.share) &&
               !isnan(one.effect.share)) {
            row[at] = row[at - 1];
            at--;
        }
        row[at] = one;
        n++;
    }
    return n;
}

static void write_method(const SweepView *view, FILE *stream)
{
    fprintf(stream,
            "<p>Share: the part of the variance of the objective over the %s points that the means "
            "along the key explain by themselves (its main effect; exact where the table counts "
            "values, of bins of equally many points less what chance alone explains); what shares "
            "leave to 100 %% are keys that act together. Rank correlation is Spearman's.%s%s</p>\n",
            view->sweep->multi ? "counted" : "simulated",
            view->sweep->multi ? " By <code>count</code>, of all points: those that were timed are "
                                 "a choice of the best."
                               : "",
            view_axis_key(view) < view->n_keys
                ? " Here there is but one axis, which all keys follow: each explains all."
                : "");
}

void page_effects(Arena *scratch, const SweepView *view, FILE *stream)
{
    Row *row = ARENA_ARRAY(scratch, Row, view->n_keys);

    html_section(stream, "sensitivity", "What matters");
    write_method(view, stream);
    for (uint32_t o = 0; o < view->n_objectives; o++) {
        const PageObjective *objective = &view->objective[o];
        const uint32_t n = find_rows(scratch, view, objective->number, row);
        if (n == 0)
            continue;
        fputs("<figure class=\"card\">\n<figcaption>", stream);
        html_text(stream, objective->metric);
        fputs("</figcaption>\n", stream);
        html_table(stream, objective->metric, NULL);
        write_heads(stream);
        for (uint32_t i = 0; i < n; i++)
            write_row(scratch, view, &row[i], objective->metric, stream);
        html_table_end(stream);
        fputs("</figure>\n", stream);
    }
    html_section_end(stream);
}
