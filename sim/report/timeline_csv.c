/* timeline_csv.c - a timeline as a table: timeline.csv.
 *
 * One header and one row a line; what a row has no value for is left empty. Cost: O(rows).
 */
#include <inttypes.h>

#include "sim/timeline.h"

static void write_id(FILE *stream, uint32_t id)
{
    fputc(',', stream);
    if (id != TIMELINE_NONE)
        fprintf(stream, "%" PRIu32, id);
}

/* In its column where the row is of that kind, and counts something. */
static void write_number(FILE *stream, bool has, uint64_t n)
{
    fputc(',', stream);
    if (has)
        fprintf(stream, "%" PRIu64, n);
}

static const char *what_name(const TimelineRow *row)
{
    if (row->what == TIMELINE_NONE)
        return "";
    return row->kind == TIMELINE_PATH ? leg_name((LegKind)row->what)
                                      : timeline_phase_name(row->what);
}

void timeline_write_csv(const Timeline *timeline, FILE *stream)
{
    fputs("row,what,core,to_core,link,layer,step,begin_ps,end_ps,parts,packets,flits,grain_ps\n",
          stream);
    for (uint32_t i = 0; i < timeline->n_rows; i++) {
        const TimelineRow *row = &timeline->row[i];
        const TimelineKind kind = row->kind;
        fprintf(stream, "%s,%s", timeline_kind_name(kind), what_name(row));
        write_id(stream, row->core);
        write_id(stream, row->to);
        write_id(stream, row->link);
        write_id(stream, row->layer);
        write_id(stream, row->step);
        fprintf(stream, ",%" PRIu64 ",%" PRIu64, row->begin_ps, row->end_ps);
        const bool parts = kind == TIMELINE_PATH || kind == TIMELINE_CORE || kind == TIMELINE_ARRAY;
        write_number(stream, parts && row->n > 0, row->n);
        write_number(stream, kind == TIMELINE_FIFO, row->n);
        write_number(stream, kind == TIMELINE_LINK, row->n);
        write_number(stream, kind == TIMELINE_STEP, row->n);
        fputc('\n', stream);
    }
}
