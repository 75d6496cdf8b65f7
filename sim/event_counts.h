/* event_counts.h - how often each unit sent an event in a run, straight from trace and input: what
 * totals follow from. Stages, sources and positions as in plan.h.
 */
#ifndef SIM_EVENT_COUNTS_H
#define SIM_EVENT_COUNTS_H

#include "arch/program.h"
#include "models/event_trace.h"
#include "models/input.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How often each packet closed a step of a source: the marker that is no event, then the event of
 * each of its positions. */
typedef struct Closing {
    uint32_t stage, first, n_units;
    uint64_t *times; /* [n_units + 1] */
} Closing;

typedef struct EventCounts {
    const Program *program;
    uint32_t n_steps, n_stages, n_sources;
    uint64_t **active;    /* [n_stages][units] events of each position or input       */
    uint64_t **recurring; /* [n_stages][units] the same without the last step          */
    uint32_t **step_of;   /* [n_stages][units] last step with an event, plus 1          */
    Closing *closing;     /* [n_sources]                                                */
} EventCounts;

/* count_events - of the first n_steps. cost: O(events + steps * sources) */
void count_events(Arena *arena, EventCounts *counts, const Program *program, uint32_t n_steps,
                  const InputStream *input, const EventTrace *expected);

#ifdef __cplusplus
}
#endif
#endif
