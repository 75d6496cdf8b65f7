/* needs.c - who needs what: the cores that every key must reach.
 *
 *   events   of layer l: the cores that hold slices of layer l (recurrent) or l+1 (input) with at
 *            least one stored weight from any unit of the slice; of the last layer also the host
 *   markers  as markers.c says; of the first layer (flow control of its input) and of the last also
 *            the host
 *   input    events: the cores of layer 0 with a weight from any input; marker: all of them
 * A core gets its own events through the router too. Lists are sparse: a list is gathered in the
 * order in which weights lead to cores, each core once, then made to ascend.
 * Cost: O(stored weights + pairs (slice, core) log).
 */
#include "needs.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/id_list.h"
#include "markers.h"
#include "route.h"

/* A list under construction. */
typedef struct Gather {
    Arena *arena;
    const Mapping *mapping;
    uint32_t *seen; /* [n_cores of the chip] equal to `round`: in the list      */
    uint32_t *core; /* [n_slots + 1] the list, in the order in which cores came */
    uint32_t n, round;
    IdMarks marks; /* of cores of the chip */
} Gather;

static void add_core(Gather *gather, uint32_t core)
{
    gather->core[gather->n] = core; /* stays if it is new; a branch would often be wrong */
    gather->n += gather->seen[core] != gather->round;
    gather->seen[core] = gather->round;
}

/* Adds the cores whose slices of `layer` have a weight in the matrix's row. */
static void add_reached(Gather *gather, uint32_t layer, const SparseRows *matrix, uint32_t row)
{
    const Mapping *mapping = gather->mapping;
    const uint32_t *slice_of = mapping->slice_of[layer];
    uint32_t n_units = mapping->network->layer[layer].n_units, gate = 0;
    for (uint64_t i = matrix->row_start[row]; i < matrix->row_start[row + 1]; i++) {
        while (matrix->col[i] - gate >= n_units)
            gate += n_units;
        add_core(gather, mapping->core_of[slice_of[matrix->col[i] - gate]]);
    }
}

/* The list, ascending, and a new one begun; `like` is returned if it holds the same cores. */
static CoreList take_list(Gather *gather, CoreList like)
{
    CoreList list = {ids_ascend(gather->core, gather->n, &gather->marks), NULL};
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

/* Cores that the events of every slice, and last of the host, reach; their rates to `rate`. */
static CoreList *find_events(Arena *scratch, Gather *gather, double *rate)
{
    const Mapping *mapping = gather->mapping;
    uint32_t host = mapping->n_slices;
    CoreList *events = ARENA_ARRAY(scratch, CoreList, (size_t)host + 1), like = {0, NULL};
    for (uint32_t s = 0; s < host; s++) {
        rate[s] = gather_events(gather, &mapping->slice[s]);
        like = events[s] = take_list(gather, like);
    }
    for (uint32_t input = 0; input < mapping->network->n_inputs; input++)
        add_reached(gather, 0, &mapping->network->layer[0].input, input);
    rate[host] = mapping->events_per_step[0];
    events[host] = take_list(gather, like);
    return events;
}

static Sender make_sender(const Mapping *mapping, uint32_t source, bool is_marker, CoreList cores)
{
    bool is_host = source == mapping->n_slices;
    uint32_t n_units = is_host ? mapping->network->n_inputs : mapping->slice[source].n_units;
    uint32_t n_keys = is_marker ? program_marker_keys(n_units) : n_units;
    if (is_host)
        return (Sender){.key = is_marker ? mapping->input_marker_key : mapping->input_key,
                        .n_keys = n_keys,
                        .slice = SENDER_HOST,
                        .router = mapping->topology->host_router,
                        .is_marker = is_marker,
                        .n_cores = cores.n,
                        .core = cores.core};
    const SliceProgram *slice = &mapping->slice[source];
    bool last = slice->layer + 1 == mapping->network->n_layers;
    return (Sender){.key = is_marker ? slice->marker_key : slice->key,
                    .n_keys = n_keys,
                    .slice = source,
                    .router = topology_router_of_core(mapping->topology, mapping->core_of[source]),
                    .is_marker = is_marker,
                    .to_host = last || (is_marker && slice->layer == 0),
                    .n_cores = cores.n,
                    .core = cores.core};
}

/* Expected markers a step: one where no unit emits, as the last event closes the others. */
static double marker_rate(const Mapping *mapping, uint32_t source)
{
    bool is_host = source == mapping->n_slices;
    const SliceProgram *slice = is_host ? NULL : &mapping->slice[source];
    uint32_t n_units = is_host ? mapping->network->n_inputs : slice->n_units;
    double silent = 1.0;
    for (uint32_t u = 0; u < n_units; u++) {
        if (is_host)
            silent *= 1.0 - mapping->rates->input[u];
        else
            silent *=
                1.0 -
                mapping->rates->layer[slice->layer]
                                     [mapping->unit_of[slice->layer][slice->first_position + u]];
    }
    return silent;
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
    Sender *sender = ARENA_ARRAY(scratch, Sender, n_senders);
    double *rate = ARENA_ARRAY(scratch, double, (size_t)mapping->n_slices + 1);
    Gather gather = {.arena = arena,
                     .mapping = mapping,
                     .seen = ARENA_ARRAY(scratch, uint32_t, mapping->chip->n_cores),
                     .core = ARENA_ARRAY(scratch, uint32_t, (size_t)mapping->n_slots + 1),
                     .round = 1,
                     .marks = id_marks(scratch, mapping->chip->n_cores)};
    const CoreList *events = find_events(scratch, &gather, rate);
    const CoreList *markers = markers_find(arena, scratch, mapping, events);
    for (uint32_t s = 0; s <= mapping->n_slices; s++) {
        Sender *pair = &sender[2 * (size_t)s];
        pair[0] = make_sender(mapping, s, false, events[s]);
        pair[0].rate = rate_of(rate[s]);
        pair[1] = make_sender(mapping, s, true, markers[s]);
        pair[1].rate = rate_of(marker_rate(mapping, s));
    }
    qsort(sender, n_senders, sizeof *sender, by_key);
    *needs = (Needs){n_senders, sender};
    return needs;
}
