/* tally.c - memory for what a run counts, and the Trace that it becomes.
 *
 * A Trace lives longer than the run, so it gets copies. Cost: O(cores + links + layers + steps).
 */
#include "tally.h"

#include <string.h>

void tally_init(Arena *arena, Tally *tally, const Plan *plan)
{
    tally->count = ARENA_ARRAY(arena, Counters, plan->n_cores);
    tally->link = ARENA_ARRAY(arena, LinkCounts, (size_t)plan->n_links + plan->n_router_links);
    tally->layer = ARENA_ARRAY(arena, LayerCounts, plan->n_layers);
    tally->step = ARENA_ARRAY(arena, StepTimes, plan->n_steps);
    tally->router_lookups = ARENA_ARRAY(arena, uint64_t, plan->n_routers);
    tally->slice_ops = ARENA_ARRAY(arena, uint64_t, plan->n_slices);
    tally->slice_active = ARENA_ARRAY(arena, uint64_t, plan->n_slices);
    tally->lost_ops = ARENA_ARRAY(arena, uint64_t, plan->n_slices);
    tally->source_events = ARENA_ARRAY(arena, uint64_t, plan->n_sources);
    tally->source_markers = ARENA_ARRAY(arena, uint64_t, plan->n_sources);
}

#define COPY_OUT(arena, Type, from, n) \
    ((const Type *)memcpy(ARENA_ARRAY((arena), Type, (n)), (from), (n) * sizeof(Type)))

/* Look-ups of the routers of each chip. */
static const uint64_t *chip_lookups(Arena *arena, const Tally *tally, const Plan *plan)
{
    const uint32_t n_chips = plan->topology->chip->fabric.n_chips;
    uint64_t *lookups = ARENA_ARRAY(arena, uint64_t, n_chips);
    for (uint32_t r = 0; r < plan->n_routers; r++)
        lookups[(uint64_t)r * n_chips / plan->n_routers] += tally->router_lookups[r];
    return lookups;
}

uint64_t tally_host_packets(const Tally *tally, const Plan *plan)
{
    return tally->source_events[plan->n_slices] + tally->source_markers[plan->n_slices] +
           tally->host_events_out + tally->host_markers_out;
}

Trace *tally_trace(Arena *arena, const Tally *tally, const Plan *plan)
{
    Trace *trace = ARENA_ARRAY(arena, Trace, 1);
    uint32_t *core = ARENA_ARRAY(arena, uint32_t, plan->n_cores);
    for (uint32_t c = 0; c < plan->n_cores; c++)
        core[c] = plan->program->core[c].core;
    uint64_t host_events_in = tally->source_events[plan->n_slices];
    uint64_t host_markers_in = tally->source_markers[plan->n_slices];
    *trace = (Trace){
        .core_hz = plan->clock[DOMAIN_CORES].hz,
        .n_cores = plan->n_cores,
        .core = core,
        .count = COPY_OUT(arena, Counters, tally->count, plan->n_cores),
        .n_links = plan->n_links + plan->n_router_links,
        .link =
            COPY_OUT(arena, LinkCounts, tally->link, (size_t)plan->n_links + plan->n_router_links),
        .ticks = tally->ticks,
        .n_layers = plan->n_layers,
        .layer = COPY_OUT(arena, LayerCounts, tally->layer, plan->n_layers),
        .n_slices = plan->n_slices,
        .slice_active = COPY_OUT(arena, uint64_t, tally->slice_active, plan->n_slices),
        .token_cycles = tally->token_cycles,
        .input_traffic = tally->input_traffic,
        .n_chips = plan->topology->chip->fabric.n_chips,
        .chip_lookups = chip_lookups(arena, tally, plan),
        .router_lookups = tally->router.lookups,
        .router_busy_cycles = tally->router.busy_cycles,
        .router_stall_cycles = tally->router.stall_cycles,
        .host_events_in = host_events_in,
        .host_events_out = tally->host_events_out,
        .host_markers_in = host_markers_in,
        .host_markers_out = tally->host_markers_out,
        .host_bits = tally_host_packets(tally, plan) * plan->host_event_bits,
        .n_steps = plan->n_steps,
        .step = COPY_OUT(arena, StepTimes, tally->step, plan->n_steps),
    };
    return trace;
}

void tally_forget_levels(Tally *tally, uint32_t n_cores)
{
    static const Count unknown[] = {COUNT_SLOW_CYCLES,        COUNT_LEVEL_SWITCH_CYCLES,
                                    COUNT_LEVEL_SWITCHES,     COUNT_HIGH_CYCLES,
                                    COUNT_HIGH_ACTIVE_CYCLES, COUNT_HIGH_ARRAY_MACS};
    for (uint32_t c = 0; c < n_cores; c++)
        for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
            tally->count[c].n[unknown[i]] = COUNT_UNKNOWN;
}

const char *bound_name(Bound bound)
{
    static const char *const names[N_BOUNDS] = {
#define X(NAME, name, meaning) #name,
        BOUND_LIST(X)
#undef X
    };
    return names[bound];
}

const char *bound_meaning(Bound bound)
{
    static const char *const meanings[N_BOUNDS] = {
#define X(NAME, name, meaning) meaning,
        BOUND_LIST(X)
#undef X
    };
    return meanings[bound];
}
