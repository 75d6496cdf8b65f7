/* results_log.h - the truth about what is done: lines in files that only ever grow.
 *
 * Each process that makes results has a log of its own, `results/NNNN.csv` in the sweep's folder:
 * a header and a line a result, written at once and flushed to the disk. A task is done if and only
 * if its line is whole; what a process that died left half-written is no line. */
#ifndef CLI_RESULTS_LOG_H
#define CLI_RESULTS_LOG_H

#include "sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ResultsLog ResultsLog;

/* results_log_open - a new log in `folder`/results (made if need be). The file itself is made with
 * the first result. Errors: IO. */
Status results_log_open(Arena *arena, const Plan *plan, const char *folder, ResultsLog **out,
                        Err *err);

/* results_log_append - Errors: IO (a full disk): then nothing whole was written. */
Status results_log_append(ResultsLog *log, const Result *result, Err *err);
void results_log_close(ResultsLog *log);

/* results_read - all logs of the folder. A task that stands there twice must have the same result.
 * Errors: IO, INPUT (a log of another plan or version), INTERNAL (two results differ). */
Status results_read(Arena *arena, const Plan *plan, const char *folder, Results *out, Err *err);

#ifdef __cplusplus
}
#endif
#endif
