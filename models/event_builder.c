/* event_builder.c - see event_builder.h. A chunk holds 2^16 events: half a megabyte, so that a
 * long run allocates seldom and a short one little (the first chunk is smaller). */
#include "event_builder.h"

#include <string.h>

#include "base/check.h"

enum { CHUNK_EVENTS_FIRST = 1 << 10, CHUNK_EVENTS = 1 << 16 };

struct EventChunk {
    EventChunk *next;
    uint32_t n_events, capacity;
    uint32_t *unit; /* [capacity] */
    float *value;   /* [capacity] or NULL */
};

EventBuilder event_builder_make(Arena *arena, Arena *scratch, uint32_t n_steps, uint32_t n_layers,
                                bool has_values)
{
    return (EventBuilder){
        .arena = arena,
        .scratch = scratch,
        .has_values = has_values,
        .n_steps = n_steps,
        .n_layers = n_layers,
        .start = ARENA_ARRAY(arena, uint64_t, (size_t)n_steps * n_layers + 1),
    };
}

/* A new chunk at the end of the chain. */
static void grow(EventBuilder *builder)
{
    EventChunk *chunk = ARENA_ARRAY(builder->scratch, EventChunk, 1);
    chunk->capacity = builder->last == NULL ? CHUNK_EVENTS_FIRST : CHUNK_EVENTS;
    chunk->unit = ARENA_ARRAY(builder->scratch, uint32_t, chunk->capacity);
    if (builder->has_values)
        chunk->value = ARENA_ARRAY(builder->scratch, float, chunk->capacity);
    if (builder->last == NULL)
        builder->first = chunk;
    else
        builder->last->next = chunk;
    builder->last = chunk;
}

void event_builder_add(EventBuilder *builder, uint32_t unit, float value)
{
    if (builder->last == NULL || builder->last->n_events == builder->last->capacity)
        grow(builder);
    EventChunk *chunk = builder->last;
    chunk->unit[chunk->n_events] = unit;
    if (chunk->value != NULL)
        chunk->value[chunk->n_events] = value;
    chunk->n_events++;
    builder->n_events++;
}

void event_builder_next(EventBuilder *builder)
{
    CHECK(builder->n_ranges < (uint64_t)builder->n_steps * builder->n_layers);
    builder->start[++builder->n_ranges] = builder->n_events;
}

const EventTrace *event_builder_finish(EventBuilder *builder)
{
    CHECK(builder->n_ranges == (uint64_t)builder->n_steps * builder->n_layers);
    uint32_t *unit = ARENA_ARRAY(builder->arena, uint32_t, builder->n_events);
    float *value =
        builder->has_values ? ARENA_ARRAY(builder->arena, float, builder->n_events) : NULL;
    uint64_t at = 0;
    for (const EventChunk *chunk = builder->first; chunk != NULL; chunk = chunk->next) {
        memcpy(unit + at, chunk->unit, chunk->n_events * sizeof *unit);
        if (value != NULL)
            memcpy(value + at, chunk->value, chunk->n_events * sizeof *value);
        at += chunk->n_events;
    }
    EventTrace *trace = ARENA_ARRAY(builder->arena, EventTrace, 1);
    *trace = (EventTrace){
        .n_steps = builder->n_steps,
        .n_layers = builder->n_layers,
        .n_events = builder->n_events,
        .start = builder->start,
        .unit = unit,
        .value = value,
    };
    return trace;
}
