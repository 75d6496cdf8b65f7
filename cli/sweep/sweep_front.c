/* sweep_front.c - a Pareto front for people, spreadsheets and programs.
 *
 * Objectives are asked for by name; each value stands there with its interval, and each point
 * with the limit that binds it, so that the table says what to change next. Cost: that of
 * front_of. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/csv_table.h"
#include "base/json_out.h"
#include "base/number_read.h"
#include "base/number_text.h"
#include "base/yaml_doc.h"
#include "front.h"
#include "sweep_text.h"
#include "text_table.h"

/* ---- objectives -------------------- */

static const char *full_name(const char *name)
{
    static const struct {
        const char *brief, *metric;
    } rows[] = {
        {"latency", "latency_mean_us"},
        {"energy", "energy_per_token_uj"},
        {"power", "power_mw"},
        {"rate", "tokens_per_second"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].brief, name) == 0)
            return rows[i].metric;
    return name;
}

static Status fail_metric(const char *name, Err *err)
{
    const char *known[N_RESULT_METRICS];

    for (uint32_t i = 0; i < N_RESULT_METRICS; i++)
        known[i] = result_metric_name(i);
    err_set(err, STATUS_USAGE,
            "--pareto: no metric '%s'; expected metrics, or latency, energy, power, rate", name);
    const char *nearest = yaml_nearest(name, known, N_RESULT_METRICS);
    if (nearest != NULL)
        err_hint(err, "did you mean '%s'?", nearest);
    return STATUS_USAGE;
}

/* What the sweep says of it goes before what its name does. */
static Status find_direction(const Plan *plan, SweepObjective *out, Err *err)
{
    const Sweep *sweep = plan->sweep;
    char name[128];
    bool follows;

    for (uint32_t i = 0; i < sweep->n_objectives; i++)
        if (strcmp(sweep->objective[i].metric, out->metric) == 0) {
            *out = sweep->objective[i];
            return STATUS_OK;
        }
    snprintf(name, sizeof name, "metrics.%s", out->metric);
    const Direction direction = direction_of(name, &follows);
    if (direction == DIRECTION_NONE)
        return err_set(err, STATUS_USAGE,
                       "--pareto: which %s is better is not known; expected a metric that gets "
                       "better one way, or one of the sweep's objectives",
                       out->metric);
    out->larger_is_better = direction == DIRECTION_HIGHER;
    return STATUS_OK;
}

static Status add_objective(const Plan *plan, const char *name, SweepObjective *objective,
                            uint32_t *n, Err *err)
{
    const uint32_t metric = result_metric(full_name(name));

    if (metric == N_RESULT_METRICS)
        return fail_metric(name, err);
    for (uint32_t i = 0; i < *n; i++)
        if (strcmp(objective[i].metric, result_metric_name(metric)) == 0)
            return err_set(err, STATUS_USAGE, "--pareto: %s stands twice; expected it once",
                           objective[i].metric);
    objective[*n].metric = result_metric_name(metric);
    return find_direction(plan, &objective[(*n)++], err);
}

Status sweep_objectives(Arena *arena, const Plan *plan, const char *list, SweepFront *out, Err *err)
{
    SweepObjective *objective = ARENA_ARRAY(arena, SweepObjective, strlen(list) / 2 + 1);

    *out = (SweepFront){.objective = objective};
    for (const char *name = list; name != NULL;) {
        const size_t n = strcspn(name, ",");
        TRY(add_objective(plan, arena_text(arena, name, n), objective, &out->n_objectives, err));
        name = name[n] == ',' ? name + n + 1 : NULL;
    }
    return STATUS_OK;
}

/* ---- the front -------------------- */

typedef struct Front {
    const Plan *plan;
    const Results *results;
    const SweepFront *asked;
    Fidelity fidelity;
    uint32_t n_points;
    const uint32_t *point; /* [n_points] */
} Front;

static const Result *result_of(const Front *front, uint32_t i)
{
    return results_at(front->results, (Task){front->point[i], front->fidelity});
}

static const char *better_word(const SweepObjective *objective)
{
    return objective->larger_is_better ? "larger" : "smaller";
}

/* ---- text -------------------- */

static void write_limits(const Sweep *sweep, FILE *stream)
{
    for (uint32_t i = 0; i < sweep->n_limits; i++) {
        const SweepLimit *limit = &sweep->limit[i];
        fputs(i == 0 ? "within " : ", ", stream);
        if (isfinite(limit->min))
            fprintf(stream, "%s <= ", real_exact(limit->min).text);
        fputs(limit->metric, stream);
        if (isfinite(limit->max))
            fprintf(stream, " <= %s", real_exact(limit->max).text);
    }
    if (sweep->n_limits > 0)
        fputc('\n', stream);
}

static const char *interval_text(Arena *arena, const Result *result, uint32_t metric)
{
    const double value = result->value[metric], low = result->low[metric],
                 high = result->high[metric];
    const NumberText text = real_text(value), of_low = real_text(low), of_high = real_text(high);

    if (strcmp(of_low.text, of_high.text) == 0)
        return arena_printf(arena, "%s", text.text);
    return arena_printf(arena, "%s (%s .. %s)", text.text, of_low.text, of_high.text);
}

static bool is_number(const char *text)
{
    double value;
    return number_read_real(text, &value) == NUMBER_READ;
}

/* A column of a key; of numbers if all values are. */
static void fill_key(const Front *front, TextTable *table, uint32_t key)
{
    const uint32_t column = 1 + key;
    bool is_left = false;

    *text_cell_at(table, 0, column) = front->plan->key[key].name;
    for (uint32_t i = 0; i < front->n_points; i++) {
        const char *value = plan_value(front->plan, front->point[i], key);
        *text_cell_at(table, i + 1, column) = value;
        is_left = is_left || !is_number(value);
    }
    table->is_left[column] = is_left;
}

static void write_text(Arena *arena, const Front *front, FILE *stream)
{
    const Plan *plan = front->plan;
    const SweepFront *asked = front->asked;
    const uint32_t n_columns = 1 + plan->n_varied + asked->n_objectives + 1;
    TextTable table = text_table(arena, front->n_points + 1, n_columns);

    fprintf(stream, "%s: %s of %s points are on the front, by %s\n", plan->sweep->name,
            number_text(front->n_points).text, number_text(plan->n_points).text,
            fidelity_name(front->fidelity));
    write_limits(plan->sweep, stream);
    if (front->n_points == 0)
        return;
    *text_cell_at(&table, 0, 0) = "point";
    *text_cell_at(&table, 0, n_columns - 1) = "bound by";
    table.is_left[n_columns - 1] = true;
    for (uint32_t key = 0; key < plan->n_varied; key++)
        fill_key(front, &table, key);
    for (uint32_t k = 0; k < asked->n_objectives; k++)
        *text_cell_at(&table, 0, 1 + plan->n_varied + k) = arena_printf(
            arena, "%s, %s", asked->objective[k].metric, better_word(&asked->objective[k]));
    for (uint32_t i = 0; i < front->n_points; i++) {
        const Result *result = result_of(front, i);
        *text_cell_at(&table, i + 1, 0) = arena_printf(arena, "%" PRIu32, front->point[i]);
        for (uint32_t k = 0; k < asked->n_objectives; k++)
            *text_cell_at(&table, i + 1, 1 + plan->n_varied + k) =
                interval_text(arena, result, result_metric(asked->objective[k].metric));
        *text_cell_at(&table, i + 1, n_columns - 1) = result->binding;
    }
    fputc('\n', stream);
    text_table_write(arena, &table, stream);
}

/* ---- CSV -------------------- */

static void write_csv(const Front *front, FILE *stream)
{
    const Plan *plan = front->plan;

    fputs("point", stream);
    for (uint32_t key = 0; key < plan->n_varied; key++) {
        fputc(',', stream);
        csv_write_text(stream, plan->key[key].name);
    }
    for (uint32_t k = 0; k < front->asked->n_objectives; k++) {
        const char *metric = front->asked->objective[k].metric;
        fprintf(stream, ",%s,%s_low,%s_high", metric, metric, metric);
    }
    fputs(",binding\n", stream);
    for (uint32_t i = 0; i < front->n_points; i++) {
        const Result *result = result_of(front, i);
        fprintf(stream, "%" PRIu32, front->point[i]);
        for (uint32_t key = 0; key < plan->n_varied; key++) {
            fputc(',', stream);
            csv_write_text(stream, plan_value(plan, front->point[i], key));
        }
        for (uint32_t k = 0; k < front->asked->n_objectives; k++) {
            const uint32_t metric = result_metric(front->asked->objective[k].metric);
            fprintf(stream, ",%s,%s,%s", real_exact(result->value[metric]).text,
                    real_exact(result->low[metric]).text, real_exact(result->high[metric]).text);
        }
        fputc(',', stream);
        csv_write_text(stream, result->binding);
        fputc('\n', stream);
    }
}

/* ---- JSON -------------------- */

static void write_json_inputs(JsonOut *json, const Front *front, uint32_t i)
{
    double real;

    json_object(json, "inputs", true);
    for (uint32_t key = 0; key < front->plan->n_varied; key++) {
        const char *name = front->plan->key[key].name;
        const char *value = plan_value(front->plan, front->point[i], key);
        if (number_read_real(value, &real) == NUMBER_READ)
            json_real(json, name, real);
        else
            json_text(json, name, value);
    }
    json_close(json);
}

static void write_json_point(JsonOut *json, const Front *front, uint32_t i)
{
    const Result *result = result_of(front, i);

    json_object(json, NULL, false);
    json_u64(json, "point", front->point[i]);
    write_json_inputs(json, front, i);
    json_object(json, "metrics", false);
    for (uint32_t k = 0; k < front->asked->n_objectives; k++) {
        const char *name = front->asked->objective[k].metric;
        const uint32_t metric = result_metric(name);
        json_object(json, name, true);
        json_real(json, "value", result->value[metric]);
        json_real(json, "low", result->low[metric]);
        json_real(json, "high", result->high[metric]);
        json_close(json);
    }
    json_close(json);
    json_text(json, "binding", result->binding);
    json_close(json);
}

static void write_json(const Front *front, FILE *stream)
{
    JsonOut json;

    json_begin(&json, stream);
    json_object(&json, NULL, false);
    json_text(&json, "sweep", front->plan->sweep->name);
    json_text(&json, "fidelity", fidelity_name(front->fidelity));
    json_u64(&json, "n_points", front->plan->n_points);
    json_list(&json, "objectives", false);
    for (uint32_t k = 0; k < front->asked->n_objectives; k++) {
        json_object(&json, NULL, true);
        json_text(&json, "metric", front->asked->objective[k].metric);
        json_text(&json, "better", better_word(&front->asked->objective[k]));
        json_close(&json);
    }
    json_close(&json);
    json_list(&json, "front", false);
    for (uint32_t i = 0; i < front->n_points; i++)
        write_json_point(&json, front, i);
    json_close(&json);
    json_close(&json);
    json_end(&json);
}

void sweep_write_front(Arena *arena, const Plan *plan, const Results *results,
                       const SweepFront *asked, FILE *stream)
{
    Front front = {.plan = plan, .results = results, .asked = asked};

    front.fidelity = front_fidelity(plan);
    front.n_points = front_of(arena, plan, results, front.fidelity, asked->objective,
                              asked->n_objectives, &front.point);
    if (asked->format == SWEEP_JSON)
        write_json(&front, stream);
    else if (asked->format == SWEEP_CSV)
        write_csv(&front, stream);
    else
        write_text(arena, &front, stream);
}
