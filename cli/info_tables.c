/* info_tables.c - what is in the tables of a run directory.
 *
 * Of a timeline its steps, what cores and the critical path spend their time on, the fullest FIFO
 * and the busiest link; of any other table its columns. Cost: O(cells).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/number_text.h"
#include "info.h"

static const double PS_PER_US = 1e6;

/* ---- timeline -------------------- */

typedef struct Sums {
    uint64_t begin_ps, end_ps, grain_ps;
    uint32_t first_step, last_step, n_cores, n_spans, n_legs;
    uint64_t phase_ps[N_TIMELINE_PHASES], phases_ps;
    uint64_t leg_ps[N_LEGS], legs_ps;
    const TimelineRow *fullest; /* FIFO, or NULL */
    uint64_t flits, link_flits, most_flits;
    uint32_t link, busiest;
} Sums;

/* Rows of a link follow one another. */
static void add_link(Sums *sums, const TimelineRow *row)
{
    if (row->link != sums->link)
        sums->link_flits = 0;
    sums->link = row->link;
    sums->link_flits += row->n;
    sums->flits += row->n;
    if (sums->link_flits > sums->most_flits) {
        sums->most_flits = sums->link_flits;
        sums->busiest = row->link;
    }
}

static void add_span(Sums *sums, const TimelineRow *row, const TimelineRow *before)
{
    const uint64_t length_ps = row->end_ps - row->begin_ps;

    sums->n_cores += before->kind != TIMELINE_CORE || before->core != row->core;
    sums->n_spans++;
    sums->phase_ps[row->what] += length_ps;
    sums->phases_ps += length_ps;
    sums->begin_ps = row->begin_ps < sums->begin_ps ? row->begin_ps : sums->begin_ps;
    sums->end_ps = row->end_ps > sums->end_ps ? row->end_ps : sums->end_ps;
}

static void add_row(Sums *sums, const TimelineRow *row, const TimelineRow *before)
{
    switch (row->kind) {
    case TIMELINE_STEP:
        sums->last_step = row->step;
        break;
    case TIMELINE_PATH:
        sums->n_legs++;
        sums->leg_ps[row->what] += row->end_ps - row->begin_ps;
        sums->legs_ps += row->end_ps - row->begin_ps;
        break;
    case TIMELINE_CORE:
        add_span(sums, row, before);
        break;
    case TIMELINE_FIFO:
        if (sums->fullest == NULL || row->n > sums->fullest->n)
            sums->fullest = row;
        break;
    case TIMELINE_LINK:
        add_link(sums, row);
        break;
    default:
        break;
    }
}

static void write_share(FILE *stream, const char *name, uint64_t part, uint64_t whole)
{
    if (part > 0)
        fprintf(stream, "  %-12s %7.2f %%\n", name, 100 * (double)part / (double)whole);
}

static void write_sums(const Sums *sums, FILE *stream)
{
    fprintf(stream, "cores          %" PRIu32 ", %s spans%s\n", sums->n_cores,
            number_text(sums->n_spans).text, sums->grain_ps == 0 ? "" : ", put together");
    for (uint32_t i = 0; i < N_TIMELINE_PHASES; i++)
        write_share(stream, timeline_phase_name(i), sums->phase_ps[i], sums->phases_ps);
    fprintf(stream, "critical path  %" PRIu32 " legs\n", sums->n_legs);
    for (uint32_t i = 0; i < N_LEGS; i++)
        write_share(stream, leg_name((LegKind)i), sums->leg_ps[i], sums->legs_ps);
    if (sums->fullest != NULL)
        fprintf(stream, "fullest FIFO   of core %" PRIu32 ", %" PRIu64 " packets\n",
                sums->fullest->core, sums->fullest->n);
    if (sums->most_flits > 0)
        fprintf(stream, "busiest link   %" PRIu32 ", %s of %s flits\n", sums->busiest,
                number_text(sums->most_flits).text, number_text(sums->flits).text);
}

void info_timeline(const Timeline *timeline, FILE *stream)
{
    const TimelineRow *row = timeline->row;
    Sums sums = {.begin_ps = row[0].begin_ps,
                 .end_ps = row[0].end_ps,
                 .grain_ps = row[0].n,
                 .first_step = row[0].step,
                 .link = TIMELINE_NONE};

    for (uint32_t i = 0; i < timeline->n_rows; i++)
        add_row(&sums, &row[i], &row[i > 0 ? i - 1 : 0]);
    fprintf(stream, "timeline       %s rows, steps %" PRIu32 " .. %" PRIu32 "\n",
            number_text(timeline->n_rows).text, sums.first_step, sums.last_step);
    fprintf(stream, "time           %.3f .. %.3f us of the run, %.3f us\n",
            (double)sums.begin_ps / PS_PER_US, (double)sums.end_ps / PS_PER_US,
            (double)(sums.end_ps - sums.begin_ps) / PS_PER_US);
    write_sums(&sums, stream);
}

/* ---- any table -------------------- */

/* Smallest, largest and sum of a column, empty cells left out; false if some cell is no number. */
static bool column_range(const CsvTable *table, uint32_t column, double *range, uint32_t *n_filled)
{
    Err err;

    *n_filled = 0;
    for (uint32_t i = 0; i < table->n_rows; i++) {
        double value;
        if (csv_text(table, i, column)[0] == '\0')
            continue;
        if (csv_real(table, i, column, NULL, &value, &err) != STATUS_OK)
            return false;
        range[0] = *n_filled == 0 || value < range[0] ? value : range[0];
        range[1] = *n_filled == 0 || value > range[1] ? value : range[1];
        range[2] = (*n_filled == 0 ? 0 : range[2]) + value;
        ++*n_filled;
    }
    return true;
}

void info_table(const CsvTable *table, FILE *stream)
{
    fprintf(stream, "table          %s rows, %" PRIu32 " columns\n",
            number_text(table->n_rows).text, table->n_columns);
    fprintf(stream, "%-43s %14s %14s %14s\n", "column", "smallest", "largest", "sum");
    for (uint32_t c = 0; c < table->n_columns; c++) {
        double range[3];
        uint32_t n_filled;
        if (!column_range(table, c, range, &n_filled))
            fprintf(stream, "  %-41s text\n", table->column[c]);
        else if (n_filled == 0)
            fprintf(stream, "  %-41s empty\n", table->column[c]);
        else
            fprintf(stream, "  %-41s %14.9g %14.9g %14.9g\n", table->column[c], range[0], range[1],
                    range[2]);
    }
}
