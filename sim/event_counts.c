/* event_counts.c - one pass over input and trace.
 *
 * Nothing of plan.c is used, so that what follows from these counts proves what an engine counted.
 * Cost: O(events + steps * sources).
 */
#include "event_counts.h"

static uint32_t **invert_orders(Arena *arena, const Program *program)
{
    uint32_t **position_of = ARENA_ARRAY(arena, uint32_t *, program->n_layers);
    for (uint32_t l = 0; l < program->n_layers; l++) {
        const ProgramLayer *layer = &program->layer[l];
        position_of[l] = ARENA_ARRAY(arena, uint32_t, layer->n_units);
        for (uint32_t position = 0; position < layer->n_units; position++)
            position_of[l][layer->unit_of[position]] = position;
    }
    return position_of;
}

/* Events of one (step, stage) by position: `step` of each is set to t + 1. */
static void count_event(EventCounts *counts, uint32_t stage, uint32_t position, uint32_t t)
{
    counts->active[stage][position]++;
    counts->recurring[stage][position] += t + 1 < counts->n_steps;
    counts->step_of[stage][position] = t + 1;
}

/* The packet that closes step t of a source: its last event, or else its marker. */
static void count_closing(EventCounts *counts, const Closing *closing, uint32_t t)
{
    uint32_t u = closing->n_units;
    while (u > 0 && counts->step_of[closing->stage][closing->first + u - 1] != t + 1)
        u--;
    closing->times[u]++;
}

static void list_sources(Arena *arena, EventCounts *counts)
{
    const Program *program = counts->program;
    uint32_t n_sources = 1, at = 0;
    for (uint32_t c = 0; c < program->n_cores; c++)
        n_sources += program->core[c].n_slices;
    counts->n_sources = n_sources;
    counts->closing = ARENA_ARRAY(arena, Closing, n_sources);
    for (uint32_t c = 0; c < program->n_cores; c++)
        for (uint32_t s = 0; s < program->core[c].n_slices; s++) {
            const SliceProgram *slice = &program->core[c].slice[s];
            counts->closing[at++] =
                (Closing){slice->layer + 1, slice->first_position, slice->n_units,
                          ARENA_ARRAY(arena, uint64_t, (size_t)slice->n_units + 1)};
        }
    counts->closing[at] = (Closing){0, 0, program->n_inputs,
                                    ARENA_ARRAY(arena, uint64_t, (size_t)program->n_inputs + 1)};
}

static void make_arrays(Arena *arena, EventCounts *counts)
{
    const Program *program = counts->program;
    uint32_t n_stages = counts->n_stages;
    counts->active = ARENA_ARRAY(arena, uint64_t *, n_stages);
    counts->recurring = ARENA_ARRAY(arena, uint64_t *, n_stages);
    counts->step_of = ARENA_ARRAY(arena, uint32_t *, n_stages);
    for (uint32_t stage = 0; stage < n_stages; stage++) {
        uint32_t units = stage ? program->layer[stage - 1].n_units : program->n_inputs;
        counts->active[stage] = ARENA_ARRAY(arena, uint64_t, units);
        counts->recurring[stage] = ARENA_ARRAY(arena, uint64_t, units);
        counts->step_of[stage] = ARENA_ARRAY(arena, uint32_t, units);
    }
    list_sources(arena, counts);
}

void count_events(Arena *arena, EventCounts *counts, const Program *program, uint32_t n_steps,
                  const InputStream *input, const EventTrace *expected)
{
    *counts =
        (EventCounts){.program = program, .n_steps = n_steps, .n_stages = program->n_layers + 1};
    make_arrays(arena, counts);
    uint32_t **position_of = invert_orders(arena, program);
    uint32_t *unit = ARENA_ARRAY(arena, uint32_t, program->n_inputs);
    for (uint32_t t = 0; t < n_steps; t++) {
        uint32_t n = input_events(input, t, unit, NULL);
        for (uint32_t i = 0; i < n; i++)
            count_event(counts, 0, unit[i], t);
        for (uint32_t l = 0; l < program->n_layers; l++) {
            uint64_t first = event_trace_first(expected, t, l);
            for (uint32_t i = 0; i < event_trace_count(expected, t, l); i++)
                count_event(counts, l + 1, position_of[l][expected->unit[first + i]], t);
        }
        for (uint32_t s = 0; s < counts->n_sources; s++)
            count_closing(counts, &counts->closing[s], t);
    }
}
