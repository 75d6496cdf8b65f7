/* sweep_text.h - what a sweep has found, as text, CSV and JSON. */
#ifndef CLI_SWEEP_TEXT_H
#define CLI_SWEEP_TEXT_H

#include <stdio.h>

#include "sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

/* sweep_write_status - what is done, by fidelity and status; how fast, and how long it may take;
 * which points failed and why; how many runs the screening saved. Times are those that stand in
 * the rows: a sweep that ended yesterday says the same today. */
void sweep_write_status(Arena *arena, const Plan *plan, const Results *results, FILE *stream);

/* sweep_write_csv - all rows by point and fidelity, with all values of the point; `with_origin`:
 * and host, process and times, which differ from run to run. */
void sweep_write_csv(const Plan *plan, const Results *results, bool with_origin, FILE *stream);

typedef enum SweepFormat { SWEEP_TEXT, SWEEP_JSON, SWEEP_CSV } SweepFormat;

typedef struct SweepFront { /* which front, and how it is written */
    uint32_t n_objectives;
    const SweepObjective *objective; /* [n_objectives] */
    SweepFormat format;
} SweepFront;

/* sweep_objectives - of a list like "latency,energy_per_token_uj": names of metrics, or one of
 * latency, energy, power, rate; better is what the sweep says, or what the metric is known for.
 * Errors: USAGE (which name is wrong, and what is near). */
Status sweep_objectives(Arena *arena, const Plan *plan, const char *list, SweepFront *out,
                        Err *err);

/* sweep_write_front - the points of that front within all limits of the sweep, at its finest
 * fidelity: values that vary, objectives with their intervals, and the limit that binds. */
void sweep_write_front(Arena *arena, const Plan *plan, const Results *results,
                       const SweepFront *front, FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
