/* baseline.h - a run that is kept to hold others against, and why it was accepted. */
#ifndef CLI_BASELINE_H
#define CLI_BASELINE_H

#include "sim/compare.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BASELINE_HISTORY "accepted.csv"

typedef struct Acceptance {
    const RunFiles *run;          /* that becomes the baseline                            */
    const Comparison *comparison; /* with the baseline so far; NULL: there is none        */
    const char *reason;
} Acceptance;

/* baseline_check_reason - Errors: USAGE (empty, several lines, too long). */
Status baseline_check_reason(const char *reason, Err *err);

/* baseline_accept - copy report.json and the tables that the baseline has (all, if there is none)
 * and add a line to accepted.csv: all files appear together or none does. *accepted tells whether
 * there was anything to accept. Errors: IO, INPUT (accepted.csv is damaged). */
Status baseline_accept(Arena *arena, const char *folder, const Acceptance *acceptance,
                       bool *accepted, Err *err);

#ifdef __cplusplus
}
#endif
#endif
