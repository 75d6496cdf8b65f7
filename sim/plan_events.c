/* plan_events.c - the events of the run as positions.
 *
 * Event traces speak of units, cores of positions. One pass over each (step, layer) marks the
 * positions of its events and reads them back ascending.
 * Cost: O(events + steps * units / 64) time, 8 bytes of memory an event.
 */
#include "bits.h"
#include "plan.h"

static bool in_own_order(const ProgramLayer *layer)
{
    for (uint32_t position = 0; position < layer->n_units; position++)
        if (layer->unit_of[position] != position)
            return false;
    return true;
}

/* Returns whether any layer has an order of its own. */
static bool invert_orders(Arena *arena, Plan *plan)
{
    bool any = false;
    plan->position_of = ARENA_ARRAY(arena, const uint32_t *, plan->n_stages);
    for (uint32_t stage = 1; stage < plan->n_stages; stage++) {
        const ProgramLayer *layer = &plan->program->layer[stage - 1];
        if (in_own_order(layer))
            continue;
        uint32_t *position_of = ARENA_ARRAY(arena, uint32_t, layer->n_units);
        for (uint32_t position = 0; position < layer->n_units; position++)
            position_of[layer->unit_of[position]] = position;
        plan->position_of[stage] = position_of;
        any = true;
    }
    return any;
}

typedef struct Marks { /* of one (step, layer) */
    uint64_t *set;     /* bit map of positions with an event             */
    uint64_t *event;   /* [n_units] the event at each position with one  */
    uint32_t n_words;
} Marks;

/* Events first .. of the layer, ascending by position, to unit and value (or NULL) from there on. */
static void sort_events(const EventTrace *events, const uint32_t *position_of, uint64_t first,
                        uint32_t n, Marks *marks, uint32_t *unit, float *value)
{
    for (uint64_t i = first; i < first + n; i++) {
        uint32_t position = position_of == NULL ? events->unit[i] : position_of[events->unit[i]];
        marks->set[position / 64] |= UINT64_C(1) << (position % 64);
        marks->event[position] = i;
    }
    uint64_t at = first;
    for (uint32_t w = 0; w < marks->n_words; w++) {
        for (uint64_t bits = marks->set[w]; bits; bits &= bits - 1) {
            uint32_t position = w * 64 + bits_lowest(bits);
            unit[at] = position;
            if (value != NULL)
                value[at] = events->value[marks->event[position]];
            at++;
        }
        marks->set[w] = 0;
    }
}

void plan_events(Arena *arena, Plan *plan, const EventTrace *events)
{
    plan->events = plan->expected = events;
    if (!invert_orders(arena, plan))
        return;
    uint32_t most_units = 0;
    for (uint32_t l = 0; l < plan->n_layers; l++)
        if (plan->program->layer[l].n_units > most_units)
            most_units = plan->program->layer[l].n_units;
    Marks marks = {ARENA_ARRAY(arena, uint64_t, ((size_t)most_units + 63) / 64),
                   ARENA_ARRAY(arena, uint64_t, most_units), 0};
    uint64_t n_events = event_trace_first(events, plan->n_steps, 0);
    uint32_t *unit = ARENA_ARRAY(arena, uint32_t, n_events);
    float *value = events->value == NULL ? NULL : ARENA_ARRAY(arena, float, n_events);
    for (uint32_t t = 0; t < plan->n_steps; t++)
        for (uint32_t l = 0; l < plan->n_layers; l++) {
            marks.n_words = (plan->program->layer[l].n_units + 63) / 64;
            sort_events(events, plan->position_of[l + 1], event_trace_first(events, t, l),
                        event_trace_count(events, t, l), &marks, unit, value);
        }
    EventTrace *sorted = ARENA_ARRAY(arena, EventTrace, 1);
    *sorted = *events;
    sorted->n_steps = plan->n_steps;
    sorted->n_events = n_events;
    sorted->unit = unit;
    sorted->value = value;
    plan->expected = sorted;
}

/* First event of (step, layer) whose position is not below `position`. */
static uint64_t expected_from(const EventTrace *expected, uint32_t step, uint32_t layer,
                              uint32_t position)
{
    uint64_t low = event_trace_first(expected, step, layer);
    uint64_t high = low + event_trace_count(expected, step, layer);
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (expected->unit[middle] < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void plan_slice_events(const Plan *plan, uint32_t slice, uint64_t step, uint64_t *first,
                       uint64_t *end)
{
    const SliceProgram *program = plan->slice[slice].program;
    const uint32_t t = (uint32_t)step, position = program->first_position;
    *first = expected_from(plan->expected, t, program->layer, position);
    *end = expected_from(plan->expected, t, program->layer, position + program->n_units);
}
