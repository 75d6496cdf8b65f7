/* event_builder.h - collects events in order of (step, layer, unit) into an EventTrace. Private to
 * models.
 *
 * Events go to chunks in a scratch arena, because their number is not known before the end, and
 * are joined once. cost: O(1) an event; memory twice the events until the scratch arena goes.
 */
#ifndef MODELS_EVENT_BUILDER_H
#define MODELS_EVENT_BUILDER_H

#include <stdbool.h>

#include "base/arena.h"
#include "models/event_trace.h"

typedef struct EventChunk EventChunk;

typedef struct EventBuilder {
    Arena *arena, *scratch;
    bool has_values;
    uint32_t n_steps, n_layers;
    uint64_t n_events, n_ranges; /* so far; a range is a (step, layer) */
    uint64_t *start;             /* [n_steps * n_layers + 1] */
    EventChunk *first, *last;
} EventBuilder;

EventBuilder event_builder_make(Arena *arena, Arena *scratch, uint32_t n_steps, uint32_t n_layers,
                                bool has_values);

/* event_builder_add - one event of the current (step, layer), units ascending. */
void event_builder_add(EventBuilder *builder, uint32_t unit, float value);

/* event_builder_next - close the current (step, layer). */
void event_builder_next(EventBuilder *builder);

/* event_builder_finish - the trace; every (step, layer) must be closed. */
const EventTrace *event_builder_finish(EventBuilder *builder);

#endif
