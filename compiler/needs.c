/* needs.c - who needs what: the cores that every key must reach.
 *
 *   events   of layer l: the cores that hold slices of layer l (recurrent) or l+1 (input) with at
 *            least one stored weight from any unit of the slice; of the last layer also the host
 *   markers  of layer l: all cores with slices of layers l-1, l and l+1; of the first layer (flow
 *            control of its input) and of the last also the host
 *   input    events: the cores of layer 0 with a weight from any input; marker: all of them
 * A core gets its own events through the router too. Lists are sparse: a list is gathered in the
 * order in which weights lead to cores, each core once, then sorted.
 * Cost: O(stored weights + pairs (slice, core) log).
 */
#include "needs.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "route.h"

typedef struct CoreList {
    uint32_t n;
    const uint32_t *core;
} CoreList;

/* A list under construction. */
typedef struct Gather {
    Arena *arena;
    const Mapping *mapping;
    uint32_t *seen; /* [n_cores of the chip] equal to `round`: in the list      */
    uint32_t *core; /* [n_slots] the list, in the order in which cores came     */
    uint32_t n, round;
} Gather;

static void add_core(Gather *gather, uint32_t core)
{
    if (gather->seen[core] == gather->round)
        return;
    gather->seen[core] = gather->round;
    gather->core[gather->n++] = core;
}

static void add_layer_cores(Gather *gather, int64_t layer)
{
    const Mapping *mapping = gather->mapping;
    if (layer < 0 || layer >= mapping->network->n_layers)
        return;
    for (uint32_t s = mapping->first_slice[layer]; s < mapping->first_slice[layer + 1]; s++)
        add_core(gather, mapping->core_of[s]);
}

/* Adds the cores whose slices of `layer` have a weight in the matrix's row. */
static void add_reached(Gather *gather, uint32_t layer, const SparseRows *matrix, uint32_t row)
{
    const Mapping *mapping = gather->mapping;
    const uint32_t *slice_of = mapping->slice_of[layer];
    uint32_t n_units = mapping->network->layer[layer].n_units;
    for (uint64_t i = matrix->row_start[row]; i < matrix->row_start[row + 1]; i++)
        add_core(gather, mapping->core_of[slice_of[matrix->col[i] % n_units]]);
}

static int by_id(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The list, ascending, and a new one begun; `like` is returned if it holds the same cores. */
static CoreList take_list(Gather *gather, CoreList like)
{
    CoreList list = {gather->n, NULL};
    qsort(gather->core, list.n, sizeof *gather->core, by_id);
    if (like.core != NULL && list.n == like.n &&
        memcmp(gather->core, like.core, list.n * sizeof *like.core) == 0) {
        list = like;
    } else {
        uint32_t *core = ARENA_ARRAY(gather->arena, uint32_t, list.n);
        memcpy(core, gather->core, list.n * sizeof *core);
        list.core = core;
    }
    gather->n = 0;
    gather->round++;
    return list;
}

static uint64_t rate_of(double packets)
{
    double rate = packets * ROUTE_RATE_ONE + 0.5;
    return rate < 1.0 ? 1 : (uint64_t)rate;
}

static void set_cores(Sender *sender, CoreList list)
{
    sender->n_cores = list.n;
    sender->core = list.core;
}

static Sender *find_input(Gather *gather, Sender *sender)
{
    const Mapping *mapping = gather->mapping;
    const Network *network = mapping->network;
    for (uint32_t input = 0; input < network->n_inputs; input++)
        add_reached(gather, 0, &network->layer[0].input, input);
    CoreList events = take_list(gather, (CoreList){0, NULL});
    add_layer_cores(gather, 0);
    CoreList markers = take_list(gather, events);
    sender[0] = (Sender){.key = mapping->input_key,
                         .n_keys = network->n_inputs,
                         .slice = SENDER_HOST,
                         .router = mapping->topology->host_router,
                         .rate = rate_of(mapping->events_per_step[0])};
    set_cores(&sender[0], events);
    sender[1] = (Sender){.key = mapping->input_marker_key,
                         .n_keys = 1,
                         .slice = SENDER_HOST,
                         .router = mapping->topology->host_router,
                         .is_marker = true,
                         .rate = ROUTE_RATE_ONE};
    set_cores(&sender[1], markers);
    return sender + 2;
}

/* Events of a slice: its senders' cores are gathered; returns the expected events a step. */
static double gather_events(Gather *gather, const SliceProgram *slice)
{
    const Mapping *mapping = gather->mapping;
    const Network *network = mapping->network;
    uint32_t l = slice->layer;
    const uint32_t *unit_of = mapping->unit_of[l] + slice->first_position;
    double rate = 0.0;
    for (uint32_t u = 0; u < slice->n_units; u++) {
        add_reached(gather, l, &network->layer[l].recurrent, unit_of[u]);
        if (l + 1 < network->n_layers)
            add_reached(gather, l + 1, &network->layer[l + 1].input, unit_of[u]);
        rate += mapping->rates->layer[l][unit_of[u]];
    }
    return rate;
}

static Sender *find_layer(Gather *gather, uint32_t l, Sender *sender)
{
    const Mapping *mapping = gather->mapping;
    bool last = l + 1 == mapping->network->n_layers;
    for (int64_t near = (int64_t)l - 1; near <= (int64_t)l + 1; near++)
        add_layer_cores(gather, near);
    CoreList markers = take_list(gather, (CoreList){0, NULL});
    CoreList events = markers;
    for (uint32_t s = mapping->first_slice[l]; s < mapping->first_slice[l + 1]; s++) {
        const SliceProgram *slice = &mapping->slice[s];
        double rate = gather_events(gather, slice);
        events = take_list(gather, events);
        Sender both = {.slice = s,
                       .router = topology_router_of_core(mapping->topology, mapping->core_of[s])};
        sender[0] = sender[1] = both;
        sender[0].key = slice->key;
        sender[0].n_keys = slice->n_units;
        sender[0].to_host = last;
        sender[0].rate = rate_of(rate);
        set_cores(&sender[0], events);
        sender[1].key = slice->marker_key;
        sender[1].n_keys = 1;
        sender[1].is_marker = true;
        sender[1].to_host = last || l == 0;
        sender[1].rate = ROUTE_RATE_ONE;
        set_cores(&sender[1], markers);
        sender += 2;
    }
    return sender;
}

static int by_key(const void *a, const void *b)
{
    uint32_t key_a = ((const Sender *)a)->key, key_b = ((const Sender *)b)->key;
    return (key_a > key_b) - (key_a < key_b);
}

const Needs *needs_find(Arena *arena, Arena *scratch, const Mapping *mapping)
{
    Needs *needs = ARENA_ARRAY(scratch, Needs, 1);
    uint32_t n_senders = 2 * mapping->n_slices + 2;
    Sender *sender = ARENA_ARRAY(scratch, Sender, n_senders), *next = sender;
    Gather gather = {.arena = arena,
                     .mapping = mapping,
                     .seen = ARENA_ARRAY(scratch, uint32_t, mapping->chip->n_cores),
                     .core = ARENA_ARRAY(scratch, uint32_t, mapping->n_slots),
                     .round = 1};
    next = find_input(&gather, next);
    for (uint32_t l = 0; l < mapping->network->n_layers; l++)
        next = find_layer(&gather, l, next);
    CHECK(next == sender + n_senders);
    qsort(sender, n_senders, sizeof *sender, by_key);
    *needs = (Needs){n_senders, sender};
    return needs;
}
