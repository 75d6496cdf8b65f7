/* page_points.c - points that failed, by reason; all points; where the numbers come from.
 *
 * Errors that differ in their numbers alone have one reason: "core 3: 120 bytes" and "core 4: 99
 * bytes". Cost: O(points x reasons).
 */
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "page_plot.h"
#include "sim/html_out.h"

enum { MOST_REASONS = 100, MOST_NAMED = 8, MOST_TEXT = 200000 };

/* ---- failures -------------------- */

typedef struct Failure {
    ResultStatus status;
    const char *error;
    uint32_t point;
} Failure;

/* Texts with each row of digits as one; < 0, 0, > 0. */
static int compare_reasons(const char *a, const char *b)
{
    for (;; a++, b++) {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            while (isdigit((unsigned char)a[1]) || (a[1] == ',' && isdigit((unsigned char)a[2])))
                a++;
            while (isdigit((unsigned char)b[1]) || (b[1] == ',' && isdigit((unsigned char)b[2])))
                b++;
            continue;
        }
        if (*a != *b || *a == '\0')
            return (unsigned char)*a - (unsigned char)*b;
    }
}

static int by_reason(const void *a, const void *b)
{
    const Failure *x = (const Failure *)a, *y = (const Failure *)b;
    const int order = compare_reasons(x->error, y->error);

    if (x->status != y->status)
        return x->status < y->status ? -1 : 1;
    return order != 0 ? order : (x->point > y->point) - (x->point < y->point);
}

static bool same_reason(const Failure *a, const Failure *b)
{
    return a->status == b->status && compare_reasons(a->error, b->error) == 0;
}

static void write_failure(const Failure *failure, uint32_t n, uint32_t place, FILE *stream)
{
    html_row(stream, result_name(failure->status));
    html_count_cell(stream, n, "=reason.%" PRIu32 ".points", place);
    fputs("<td class=\"l wide\">", stream);
    html_textf(stream, "%.400s", failure->error);
    fputs("</td><td class=\"l\">", stream);
    for (uint32_t i = 0; i < n && i < MOST_NAMED; i++)
        fprintf(stream, "%s%" PRIu32, i == 0 ? "" : ", ", failure[i].point);
    fputs(n > MOST_NAMED ? ", …</td></tr>\n" : "</td></tr>\n", stream);
}

void page_failures(Arena *scratch, const SweepView *view, FILE *stream)
{
    const uint32_t n = view->n_kind[POINT_FAILED];
    Failure *failure = ARENA_ARRAY(scratch, Failure, n);
    uint32_t n_found = 0, n_reasons = 0;

    html_section(stream, "failures", "Points that failed");
    if (n == 0) {
        fputs("<p>None.</p>\n", stream);
        html_section_end(stream);
        return;
    }
    for (uint32_t i = 0; i < view->plan->n_points; i++)
        if (view->kind[i] == POINT_FAILED)
            failure[n_found++] = (Failure){view->result[i]->status, view->result[i]->error, i};
    qsort(failure, n, sizeof *failure, by_reason);
    fputs("<div class=\"card\">\n", stream);
    html_table(stream, "Points that failed, by reason", NULL);
    fputs("<thead><tr>", stream);
    html_head_cell(stream, "status", NULL, false);
    html_head_cell(stream, "points", NULL, true);
    html_head_cell(stream, "reason, of the first", NULL, false);
    html_head_cell(stream, "which", NULL, false);
    fputs("</tr></thead><tbody>\n", stream);
    for (uint32_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && same_reason(&failure[i], &failure[end]);)
            end++;
        if (n_reasons < MOST_REASONS)
            write_failure(&failure[i], end - i, n_reasons, stream);
        n_reasons++;
    }
    html_table_end(stream);
    if (n_reasons > MOST_REASONS)
        fprintf(stream, "<p>The first %d of %s reasons.</p>\n", MOST_REASONS,
                number_text(n_reasons).text);
    fputs("</div>\n", stream);
    html_section_end(stream);
}

/* ---- all points -------------------- */

static void write_point(const SweepView *view, uint32_t point, FILE *stream)
{
    char name[16];

    snprintf(name, sizeof name, "%" PRIu32, point);
    html_row(stream, name);
    fprintf(stream, "<td class=\"l\">%s</td>", point_kind_title(view->kind[point]));
    for (uint32_t k = 0; k < view->n_keys; k++) {
        plot_key_cell(&view->scale[k], point, stream);
    }
    for (uint32_t o = 0; o < view->n_objectives; o++) {
        const double value = view_value(view, view->objective[o].number, point);
        if (isnan(value))
            fputs("<td>–</td>", stream);
        else
            html_real_cell(stream, value, "points.%" PRIu32 ".%s.value", point,
                           view->objective[o].metric);
    }
    fputs("</tr>\n", stream);
}

void page_points(Arena *scratch, const SweepView *view, FILE *stream)
{
    const uint32_t n = view->plan->n_points < PAGE_ROWS ? view->plan->n_points : PAGE_ROWS;

    (void)scratch;
    html_section(stream, "points", "All points");
    html_details(stream, "As a table");
    if (n < view->plan->n_points)
        fprintf(stream,
                "<p>The first %" PRIu32 " of %s; <code>egret sweep DB --csv</code> has all.</p>\n",
                n, number_text(view->plan->n_points).text);
    fputs("<div id=\"points-table\">\n", stream);
    html_table(stream, "Points of the sweep", NULL);
    fputs("<thead><tr>", stream);
    html_head_cell(stream, "point", NULL, false);
    html_head_cell(stream, "state", NULL, false);
    for (uint32_t k = 0; k < view->n_keys; k++) {
        fputs("<th scope=\"col\">", stream);
        html_text(stream, view->scale[k].name);
        fputs("</th>", stream);
    }
    for (uint32_t o = 0; o < view->n_objectives; o++)
        html_head_cell(stream, view->objective[o].metric, NULL, true);
    fputs("</tr></thead><tbody>\n", stream);
    for (uint32_t i = 0; i < n; i++)
        write_point(view, i, stream);
    html_table_end(stream);
    fputs("</div>\n", stream);
    html_details_end(stream);
    html_section_end(stream);
}

/* ---- provenance -------------------- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* One hash, or how many there are. */
static void write_hashes(Arena *scratch, const SweepView *view, const char *name, size_t offset,
                         FILE *stream)
{
    const char **hash = ARENA_ARRAY(scratch, const char *, view->plan->n_points);
    uint32_t n = 0, n_different = 0;

    for (uint32_t i = 0; i < view->plan->n_points; i++)
        if (view_is_simulated(view, i))
            memcpy(&hash[n++], (const char *)view->result[i] + offset, sizeof *hash);
    qsort(hash, n, sizeof *hash, by_text);
    for (uint32_t i = 0; i < n; i++)
        n_different += i == 0 || strcmp(hash[i], hash[i - 1]) != 0;
    fprintf(stream, "<dt>%s</dt><dd>", name);
    if (n_different == 1)
        html_text(stream, hash[0][0] != '\0' ? hash[0] : "–");
    else
        fprintf(stream, n_different == 0 ? "–" : "%s different ones",
                number_text(n_different).text);
    fputs("</dd>\n", stream);
}

static void write_file(const char *text, FILE *stream)
{
    const size_t n = strlen(text);

    html_details(stream, "The sweep's file");
    if (n > MOST_TEXT)
        fprintf(stream, "<p>The first %d of %s bytes.</p>\n", MOST_TEXT, number_text(n).text);
    fputs("<pre class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"The sweep's file\">",
          stream);
    if (n <= MOST_TEXT) {
        html_lines(stream, text);
    } else { /* whole lines, so whole characters */
        Arena *scratch = arena_new();
        char *begin = arena_text(scratch, text, MOST_TEXT);
        char *end = strrchr(begin, '\n');
        if (end != NULL)
            *end = '\0';
        html_lines(stream, end != NULL ? begin : "");
        arena_free(scratch);
    }
    fputs("</pre>\n", stream);
    html_details_end(stream);
}

void page_origin(Arena *scratch, const SweepView *view, FILE *stream)
{
    const Plan *plan = view->plan;

    html_section(stream, "origin", "Where this comes from");
    fputs("<dl>\n<dt>egret</dt><dd>" EGRET_VERSION "</dd>\n", stream);
    fprintf(stream, "<dt>hash of the plan</dt><dd>%016" PRIx64 "</dd>\n", plan->hash);
    write_hashes(scratch, view, "of the network", offsetof(Result, network_hash), stream);
    write_hashes(scratch, view, "of the input", offsetof(Result, input_hash), stream);
    write_hashes(scratch, view, "of the chip", offsetof(Result, chip_hash), stream);
    write_hashes(scratch, view, "of the program", offsetof(Result, program_hash), stream);
    fputs("</dl>\n", stream);
    if (plan->n_keys > plan->n_varied && plan->n_points > 0) {
        html_details(stream, "The same in all points");
        fputs("<dl>\n", stream);
        for (uint32_t k = plan->n_varied; k < plan->n_keys; k++) {
            fputs("<dt>", stream);
            html_text(stream, plan->key[k].name);
            fputs("</dt><dd>", stream);
            html_text(stream, plan_value(plan, 0, k));
            fputs("</dd>\n", stream);
        }
        fputs("</dl>\n", stream);
        html_details_end(stream);
    }
    write_file(view->sweep->text, stream);
    html_section_end(stream);
}
