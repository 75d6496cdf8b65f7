/* sweep_status.c - how far a sweep is, from its rows alone.
 *
 * How fast: over the latest results, so that a sweep that lay still over night is not called
 * slow. What is left is known of the first round from the beginning; which points are timed, and
 * which are confirmed, comes out as it goes on (rounds.c).
 *
 * Points that failed are told by reason: reasons that differ in numbers only are one, and the
 * first stands for all. Cost: O(rows x log rows). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/number_text.h"
#include "front.h"
#include "sweep_text.h"
#include "text_table.h"

enum { LATEST = 100, MAX_REASONS = 10, MAX_RANGES = 8 };

typedef struct Tally {
    const Plan *plan;
    const Results *results;
    uint64_t n[N_FIDELITIES][N_RESULTS];
    uint64_t n_rows[N_FIDELITIES];
    bool is_asked[N_FIDELITIES]; /* of some points at least                                   */
    bool is_known[N_FIDELITIES]; /* how many there will be:                                   */
    uint64_t n_expected[N_FIDELITIES];
    uint64_t n_simulated, n_again, wall_ms; /* not screened; with more than one attempt        */
    uint64_t *end_ms;                       /* [n_simulated] when each was there, ascending    */
    const Result **failed;                  /* [n_failed] by reason                            */
    uint32_t n_failed;
} Tally;

/* ---- count -------------------- */

static bool is_failure(ResultStatus status)
{
    return status != RESULT_OK && status != RESULT_SCREENED;
}

static void add_row(Tally *tally, const Result *result)
{
    const Fidelity fidelity = result->task.fidelity;

    tally->n[fidelity][result->status]++;
    tally->n_rows[fidelity]++;
    if (is_failure(result->status))
        tally->failed[tally->n_failed++] = result;
    if (result->status == RESULT_SCREENED)
        return;
    tally->end_ms[tally->n_simulated++] = result->origin.began_unix_ms + result->origin.wall_ms;
    tally->n_again += result->origin.attempts > 1;
    tally->wall_ms += result->origin.wall_ms;
}

static bool is_complete(const Tally *tally, Fidelity fidelity)
{
    return tally->is_known[fidelity] && tally->n_rows[fidelity] >= tally->n_expected[fidelity];
}

static void expect(Tally *tally, Fidelity fidelity, uint64_t n)
{
    tally->is_known[fidelity] = true;
    tally->n_expected[fidelity] = n;
}

/* How many results of each fidelity there will be, where the rounds so far tell. */
static void find_expected(Arena *arena, Tally *tally)
{
    const Sweep *sweep = tally->plan->sweep;
    const Fidelity first = sweep->multi ? FIDELITY_COUNT : sweep->fidelity;

    tally->is_asked[first] = true;
    expect(tally, first, tally->plan->n_points);
    if (!sweep->multi)
        return;
    tally->is_asked[sweep->fidelity] = true;
    tally->is_asked[FIDELITY_FLIT] = tally->is_asked[FIDELITY_FLIT] || sweep->confirm;
    if (!is_complete(tally, FIDELITY_COUNT))
        return;
    expect(tally, sweep->fidelity, tally->n[FIDELITY_COUNT][RESULT_OK]);
    if (!sweep->confirm || !is_complete(tally, sweep->fidelity))
        return;
    const uint32_t *point;
    expect(tally, FIDELITY_FLIT,
           front_of(arena, tally->plan, tally->results, sweep->fidelity, sweep->objective,
                    sweep->n_objectives, &point));
}

/* ---- reasons -------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The next character of a reason in which each number is one '#'. */
static int next_of_shape(const char **text)
{
    if (!is_digit(**text))
        return **text == 0 ? 0 : (unsigned char)*(*text)++;
    while (is_digit(**text) || ((**text == ',' || **text == '.') && is_digit((*text)[1])))
        (*text)++;
    return '#';
}

static int compare_shapes(const char *a, const char *b)
{
    for (;;) {
        const int of_a = next_of_shape(&a), of_b = next_of_shape(&b);
        if (of_a != of_b)
            return of_a < of_b ? -1 : 1;
        if (of_a == 0)
            return 0;
    }
}

static int compare_reasons(const Result *a, const Result *b)
{
    if (a->status != b->status)
        return a->status < b->status ? -1 : 1;
    return compare_shapes(a->error, b->error);
}

static int compare_failed(const void *left, const void *right)
{
    const Result *a = *(const Result *const *)left, *b = *(const Result *const *)right;
    const int by_reason = compare_reasons(a, b);

    if (by_reason != 0)
        return by_reason;
    if (a->task.point != b->task.point)
        return a->task.point < b->task.point ? -1 : 1;
    return (a->task.fidelity > b->task.fidelity) - (a->task.fidelity < b->task.fidelity);
}

static int compare_u64(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static Tally tally_of(Arena *arena, const Plan *plan, const Results *results)
{
    Tally tally = {.plan = plan, .results = results};
    const size_t n_tasks = (size_t)N_FIDELITIES * plan->n_points;

    tally.end_ms = ARENA_ARRAY(arena, uint64_t, n_tasks);
    tally.failed = ARENA_ARRAY(arena, const Result *, n_tasks);
    for (size_t i = 0; i < n_tasks; i++)
        if (results->row[i] != NULL)
            add_row(&tally, results->row[i]);
    qsort(tally.end_ms, tally.n_simulated, sizeof *tally.end_ms, compare_u64);
    qsort(tally.failed, tally.n_failed, sizeof(*tally.failed), compare_failed);
    find_expected(arena, &tally);
    return tally;
}

/* ---- table of what is done -------------------- */

static bool occurs(const Tally *tally, uint32_t status)
{
    uint64_t n = status == RESULT_OK;
    for (uint32_t fidelity = 0; fidelity < N_FIDELITIES; fidelity++)
        n += tally->n[fidelity][status];
    return n > 0;
}

static const char *count_text(Arena *arena, uint64_t n)
{
    return arena_printf(arena, "%s", number_text(n).text);
}

static const char *missing_text(Arena *arena, const Tally *tally, uint32_t fidelity)
{
    if (!tally->is_known[fidelity])
        return "not known yet";
    const uint64_t n_expected = tally->n_expected[fidelity], n = tally->n_rows[fidelity];
    return count_text(arena, n < n_expected ? n_expected - n : 0);
}

static void write_counts(Arena *arena, const Tally *tally, FILE *stream)
{
    TextTable table = text_table(arena, N_FIDELITIES + 1, N_RESULTS + 2);
    uint32_t row = 0, column = 1;

    *text_cell_at(&table, 0, 0) = "by";
    table.is_left[0] = true;
    for (uint32_t fidelity = 0; fidelity < N_FIDELITIES; fidelity++) {
        if (!tally->is_asked[fidelity] && tally->n_rows[fidelity] == 0)
            continue;
        *text_cell_at(&table, ++row, 0) = fidelity_name((Fidelity)fidelity);
        column = 1;
        for (uint32_t status = 0; status < N_RESULTS; status++) {
            if (!occurs(tally, status))
                continue;
            *text_cell_at(&table, 0, column) = result_name((ResultStatus)status);
            *text_cell_at(&table, row, column++) = count_text(arena, tally->n[fidelity][status]);
        }
        *text_cell_at(&table, row, column) = missing_text(arena, tally, fidelity);
    }
    *text_cell_at(&table, 0, column) = "missing";
    table.n_rows = row + 1;
    text_table_write(arena, &table, stream);
}

/* ---- how fast -------------------- */

static const char *duration_text(Arena *arena, double seconds)
{
    const uint64_t whole = (uint64_t)(seconds + 0.5);

    if (whole < 60)
        return arena_printf(arena, "%s s", real_text(seconds).text);
    if (whole < 3600)
        return arena_printf(arena, "%" PRIu64 " min %" PRIu64 " s", whole / 60, whole % 60);
    return arena_printf(arena, "%s h %" PRIu64 " min", number_text(whole / 3600).text,
                        whole / 60 % 60);
}

/* Results a second, of the latest; 0: too few to tell. */
static double latest_rate(const Tally *tally)
{
    const uint64_t n = tally->n_simulated < LATEST ? tally->n_simulated : LATEST;

    if (n < 2)
        return 0;
    const uint64_t *latest = tally->end_ms + (tally->n_simulated - n);
    const uint64_t passed_ms = latest[n - 1] - latest[0];
    return passed_ms > 0 ? 1e3 * (double)(n - 1) / (double)passed_ms : 0;
}

static void write_rate(Arena *arena, const Tally *tally, FILE *stream)
{
    const double rate = latest_rate(tally);
    uint64_t n_missing = 0;
    bool all_known = true;

    for (uint32_t fidelity = 0; fidelity < N_FIDELITIES; fidelity++) {
        all_known = all_known && (tally->is_known[fidelity] || !tally->is_asked[fidelity]);
        if (tally->n_rows[fidelity] < tally->n_expected[fidelity])
            n_missing += tally->n_expected[fidelity] - tally->n_rows[fidelity];
    }
    if (n_missing == 0 && all_known)
        fputs("all is done", stream);
    else if (rate > 0)
        fprintf(stream, "%s results a second of late: %s%s left", real_text(rate).text,
                all_known ? "" : "at least ", duration_text(arena, (double)n_missing / rate));
    else
        fputs("too few results to tell how long it takes", stream);
    if (tally->n_simulated > 0)
        fprintf(stream, "; %s of work so far, %s a result",
                duration_text(arena, 1e-3 * (double)tally->wall_ms),
                duration_text(arena, 1e-3 * (double)tally->wall_ms / (double)tally->n_simulated));
    if (tally->n_again > 0)
        fprintf(stream, "; %s needed more than one attempt", number_text(tally->n_again).text);
    fputc('\n', stream);
}

/* ---- what screening saved -------------------- */

static void write_saved(const Tally *tally, FILE *stream)
{
    const Sweep *sweep = tally->plan->sweep;

    if (!sweep->multi)
        return;
    const uint64_t n_screened = tally->n[sweep->fidelity][RESULT_SCREENED];
    const uint64_t n_counted = tally->n[FIDELITY_COUNT][RESULT_OK];
    if (n_counted > 0)
        fprintf(stream, "screening saved %s of %s runs by %s (%.1f %%)\n",
                number_text(n_screened).text, number_text(n_counted).text,
                fidelity_name(sweep->fidelity), 100 * (double)n_screened / (double)n_counted);
    if (sweep->confirm && tally->is_known[FIDELITY_FLIT])
        fprintf(stream, "the front alone is confirmed: %s of %s runs by flit\n",
                number_text(tally->n_expected[FIDELITY_FLIT]).text, number_text(n_counted).text);
}

/* ---- what failed -------------------- */

/* "3, 7-12, 20": points ascend, and stand twice if they failed by two fidelities. */
static void write_points(const Result *const *failed, uint32_t n, FILE *stream)
{
    uint32_t n_ranges = 0;

    for (uint32_t i = 0; i < n;) {
        const uint32_t first = failed[i]->task.point;
        uint32_t last = first;
        for (i++; i < n && failed[i]->task.point <= last + 1; i++)
            last = failed[i]->task.point;
        if (n_ranges == MAX_RANGES) {
            fputs(", ...", stream);
            break;
        }
        fprintf(stream, n_ranges++ > 0 ? ", %" PRIu32 : "%" PRIu32, first);
        if (last > first)
            fprintf(stream, "-%" PRIu32, last);
    }
    fputc('\n', stream);
}

static void write_failed(const Tally *tally, FILE *stream)
{
    uint32_t n_reasons = 0, n = 0;

    for (uint32_t i = 0; i < tally->n_failed; i += n, n_reasons++) {
        const Result *first = tally->failed[i];
        for (n = 1; i + n < tally->n_failed; n++)
            if (compare_reasons(first, tally->failed[i + n]) != 0)
                break;
        if (n_reasons >= MAX_REASONS)
            continue;
        fprintf(stream, "\n%s (%s): %s result%s, of points ", result_name(first->status),
                result_meaning(first->status), number_text(n).text, n == 1 ? "" : "s");
        write_points(tally->failed + i, n, stream);
        fprintf(stream, "  %s\n", first->error);
    }
    if (n_reasons > MAX_REASONS)
        fprintf(stream, "\n%s more reasons; the column `error` has them\n",
                number_text(n_reasons - MAX_REASONS).text);
}

/* ---- all of it -------------------- */

void sweep_write_status(Arena *arena, const Plan *plan, const Results *results, FILE *stream)
{
    const Tally tally = tally_of(arena, plan, results);
    const Sweep *sweep = plan->sweep;

    fprintf(stream, "%s: %s points", sweep->name, number_text(plan->n_points).text);
    if (plan->n_left_out > 0)
        fprintf(stream, " (%s more refused by constraints)", number_text(plan->n_left_out).text);
    fprintf(stream, ", by %s%s\n", sweep->multi ? "count, the promising by " : "",
            fidelity_name(sweep->fidelity));
    write_counts(arena, &tally, stream);
    write_rate(arena, &tally, stream);
    write_saved(&tally, stream);
    write_failed(&tally, stream);
}
