/* event_trace.h - who emitted what, when: the oracle of every run and the input of replays.
 *
 * Layers here are the network's layers, 0 first. The host's inputs are not in it (input.h).
 */
#ifndef MODELS_EVENT_TRACE_H
#define MODELS_EVENT_TRACE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct EventTrace {
    uint32_t n_steps, n_layers;
    uint64_t n_events;
    /* [n_steps * n_layers + 1] events of (step, layer) begin at start[step * n_layers + layer] */
    const uint64_t *start;
    const uint32_t *unit; /* [n_events] ascending within a (step, layer) */
    const float *value;   /* [n_events], or NULL if only the pattern is known; codes 1 .. 127 of an
                           int8 network */
} EventTrace;

/* event_trace_range - first event and count of one (step, layer). */
static inline uint64_t event_trace_first(const EventTrace *trace, uint32_t step, uint32_t layer)
{
    return trace->start[(uint64_t)step * trace->n_layers + layer];
}
static inline uint32_t event_trace_count(const EventTrace *trace, uint32_t step, uint32_t layer)
{
    uint64_t at = (uint64_t)step * trace->n_layers + layer;
    return (uint32_t)(trace->start[at + 1] - trace->start[at]);
}

/* event_trace_save, event_trace_load - the `.egt` file: little-endian, versioned, checksummed.
 * Errors: IO, INPUT (truncated, damaged, units out of order). */
Status event_trace_save(Arena *scratch, const EventTrace *trace, const char *path, Err *err);
Status event_trace_load(Arena *arena, const char *path, const EventTrace **out, Err *err);

#ifdef __cplusplus
}
#endif
#endif
