/* decoder_results.c - what the decoder's slices must send: their best words, from the network.
 *
 * The logits come from models alone (decoder_choices), in the canonical order; only which words
 * stand on which core is read off the Program. Cost: O(words * events) a step with values, else
 * O(slices) a step.
 */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core_decoder.h"
#include "models/decoder.h"

static int by_first(const void *a, const void *b)
{
    const WordRange *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

/* Words of the slices, ascending. */
static WordRange *list_ranges(Arena *arena, const Program *program, uint32_t *n_ranges)
{
    WordRange *range = ARENA_ARRAY(arena, WordRange, program->n_cores);
    uint32_t n = 0;
    for (uint32_t c = 0; c < program->n_cores; c++) {
        const CoreProgram *core = &program->core[c];
        const SliceProgram *slice = &core->slice[core->n_slices - 1];
        if (slice->decoder)
            range[n++] = (WordRange){slice->first_position, slice->n_units};
    }
    qsort(range, n, sizeof *range, by_first);
    *n_ranges = n;
    return range;
}

static WordChoice *list_choices(Arena *arena, const Network *network, const EventTrace *events,
                                uint32_t n_steps, const WordRange *range, uint32_t n_ranges)
{
    WordChoice *choice = ARENA_ARRAY(arena, WordChoice, (size_t)n_steps * n_ranges);
    if (network != NULL) {
        Arena *scratch = arena_new();
        decoder_choices(scratch, network, events, n_steps, range, n_ranges, choice);
        arena_free(scratch);
        return choice;
    }
    for (uint32_t step = 0; step < n_steps; step++)
        for (uint32_t i = 0; i < n_ranges; i++)
            choice[(size_t)step * n_ranges + i].word = range[i].first;
    return choice;
}

const EventTrace *decoder_expected(Arena *arena, const Program *program, const Network *network,
                                   const EventTrace *events, uint32_t n_steps)
{
    uint32_t n_ranges;
    const WordRange *range = list_ranges(arena, program, &n_ranges);
    const WordChoice *choice = list_choices(arena, network, events, n_steps, range, n_ranges);
    const uint32_t n_layers = events->n_layers;
    const uint64_t n_events =
        event_trace_first(events, n_steps - 1, 0) + (uint64_t)n_steps * n_ranges;
    uint64_t n = n_events;
    for (uint32_t l = 0; l < n_layers; l++)
        n += event_trace_count(events, n_steps - 1, l);
    uint64_t *start = ARENA_ARRAY(arena, uint64_t, (size_t)n_steps * (n_layers + 1) + 1), at = 0;
    uint32_t *unit = ARENA_ARRAY(arena, uint32_t, n);
    float *value = events->value == NULL ? NULL : ARENA_ARRAY(arena, float, n);
    for (uint32_t step = 0; step < n_steps; step++) {
        const uint64_t first = event_trace_first(events, step, 0);
        const uint64_t end = events->start[(uint64_t)(step + 1) * n_layers];
        memcpy(unit + at, events->unit + first, (end - first) * sizeof *unit);
        if (value != NULL)
            memcpy(value + at, events->value + first, (end - first) * sizeof *value);
        for (uint32_t l = 0; l < n_layers; l++) {
            start[(uint64_t)step * (n_layers + 1) + l] = at;
            at += event_trace_count(events, step, l);
        }
        start[(uint64_t)step * (n_layers + 1) + n_layers] = at;
        for (uint32_t i = 0; i < n_ranges; i++, at++) {
            unit[at] = choice[(size_t)step * n_ranges + i].word;
            if (value != NULL)
                value[at] = choice[(size_t)step * n_ranges + i].logit;
        }
    }
    CHECK(at == n);
    start[(uint64_t)n_steps * (n_layers + 1)] = at;
    EventTrace *all = ARENA_ARRAY(arena, EventTrace, 1);
    *all = (EventTrace){.n_steps = n_steps,
                        .n_layers = n_layers + 1,
                        .n_events = n,
                        .start = start,
                        .unit = unit,
                        .value = value};
    return all;
}
