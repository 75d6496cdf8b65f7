/* perfetto.h - a run directory's timeline as a trace for the Perfetto UI and trace_processor.
 *
 * Perfetto's own format (protobuf, TrackEvent) and not Chrome's JSON: it names tracks and counters
 * as they are instead of by numbers of processes and threads, has counters of real numbers with a
 * unit, is shorter, and its times are whole nanoseconds where those of JSON are decimal
 * microseconds. Tracks stand in groups, which Perfetto calls processes: the run (steps, critical
 * path, power), cores, receive FIFOs, links. docs/results.md says what each shows.
 */
#ifndef SIM_PERFETTO_H
#define SIM_PERFETTO_H

#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct PerfettoRun PerfettoRun;

/* perfetto_load - report.json, cores.csv, links.csv and timeline.csv of a run directory. Errors:
 * IO, INPUT (also files that do not belong together), UNSUPPORTED (a run without a timeline). */
Status perfetto_load(Arena *arena, const char *folder, const PerfettoRun **out, Err *err);

/* perfetto_write - the trace. cost: O(rows of the timeline) */
void perfetto_write(Arena *scratch, const PerfettoRun *run, FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
