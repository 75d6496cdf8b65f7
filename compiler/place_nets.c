/* place_nets.c - who sends how much to whom: the demand that placement serves.
 *
 * One net for the events of each slice, to the slots that store a weight from any of its units
 * (as pass_routes does; those of the last layer go to the host too), and one for the host's
 * input. Markers are left out: a slice sends one a step, along nearly the same tree. Rates are
 * events a step at the measured or assumed activity, scaled to whole numbers that sum up to about
 * RATE_TOTAL. A net lists each slot once, ascending: a counting sort over slots, then over nets,
 * sorts all lists at once and makes the lists of the nets that each slot needs on the way. Cost:
 * O(stored weights), memory O(pairs of net and slot).
 */
#include "place.h"

#include <string.h>

#include "base/check.h"

/* Loads stay below this; squares of loads, summed over 2^20 links, within 64 bits. */
#define RATE_TOTAL ((double)(UINT32_C(1) << 22))

/* --- sorting out lists -------------------------------------------------------------------------
 * */

typedef struct Lists { /* items of n groups, group g from first[g] */
    uint32_t n_groups;
    const uint64_t *first;
    const uint32_t *item;
} Lists;

/* The other way round: for each item below n_items the groups that hold it, ascending. */
static Lists turn_round(Arena *scratch, Lists lists, uint32_t n_items)
{
    uint64_t n_pairs = lists.first[lists.n_groups];
    uint64_t *first = ARENA_ARRAY(scratch, uint64_t, (size_t)n_items + 2);
    uint32_t *group = ARENA_ARRAY(scratch, uint32_t, n_pairs);
    for (uint64_t i = 0; i < n_pairs; i++)
        first[lists.item[i] + 2]++;
    for (uint32_t item = 0; item < n_items; item++)
        first[item + 2] += first[item + 1];
    for (uint32_t g = 0; g < lists.n_groups; g++)
        for (uint64_t i = lists.first[g]; i < lists.first[g + 1]; i++)
            group[first[lists.item[i] + 1]++] = g;
    return (Lists){n_items, first, group};
}

static void scale_rates(Arena *scratch, PlaceNets *nets, const double *n_events)
{
    uint32_t *rate = ARENA_ARRAY(scratch, uint32_t, nets->n_nets);
    for (uint32_t n = 0; n < nets->n_nets; n++)
        nets->n_events += n_events[n];
    for (uint32_t n = 0; n < nets->n_nets; n++) {
        double share = nets->n_events > 0.0 ? n_events[n] / nets->n_events : 0.0;
        rate[n] = (uint32_t)(share * RATE_TOTAL + 0.5);
        rate[n] = rate[n] == 0 ? 1 : rate[n]; /* nobody is forgotten */
        nets->total_rate += rate[n];
    }
    nets->rate = rate;
}

const PlaceNets *place_nets_make(Arena *scratch, uint32_t n_slots, uint32_t n_nets,
                                 const PlaceNet *net)
{
    PlaceNets *nets = ARENA_ARRAY(scratch, PlaceNets, 1);
    uint32_t *source = ARENA_ARRAY(scratch, uint32_t, n_nets);
    uint64_t *one_each = ARENA_ARRAY(scratch, uint64_t, (size_t)n_nets + 1);
    uint64_t *first = ARENA_ARRAY(scratch, uint64_t, (size_t)n_nets + 1);
    double *n_events = ARENA_ARRAY(scratch, double, n_nets);
    for (uint32_t n = 0; n < n_nets; n++) {
        CHECK(net[n].source <= n_slots);
        source[n] = net[n].source;
        n_events[n] = net[n].n_events;
        one_each[n + 1] = n + 1;
        first[n + 1] = first[n] + net[n].n_targets;
    }
    uint32_t *target = ARENA_ARRAY(scratch, uint32_t, first[n_nets]);
    for (uint32_t n = 0; n < n_nets; n++)
        memcpy(target + first[n], net[n].target, net[n].n_targets * sizeof *target);
    Lists needed = turn_round(scratch, (Lists){n_nets, first, target}, n_slots + 1);
    Lists sorted = turn_round(scratch, needed, n_nets);
    Lists sent = turn_round(scratch, (Lists){n_nets, one_each, source}, n_slots + 1);
    *nets = (PlaceNets){.n_slots = n_slots,
                        .n_nets = n_nets,
                        .source = source,
                        .first_target = sorted.first,
                        .target = sorted.item,
                        .first_sent = sent.first,
                        .sent = sent.item,
                        .first_needed = needed.first,
                        .needed = needed.item};
    scale_rates(scratch, nets, n_events);
    return nets;
}

/* --- the nets of a Mapping ---------------------------------------------------------------------
 * */

typedef struct Collector {
    const Mapping *mapping;
    Arena *scratch;
    uint32_t *seen_by; /* [n_slots + 1] last net that listed the slot, plus one */
    uint32_t n_nets;
    PlaceNet *net;
    uint32_t n;
    uint32_t *list; /* [n_slots + 1] n targets of the net at hand */
} Collector;

static void add_slot(Collector *collector, uint32_t slot)
{
    if (collector->seen_by[slot] == collector->n_nets + 1)
        return;
    collector->seen_by[slot] = collector->n_nets + 1;
    collector->list[collector->n++] = slot;
}

/* Slots of `layer` that store a weight of a source in this matrix. */
static void add_row(Collector *collector, uint32_t layer, const SparseRows *matrix, uint32_t source)
{
    const Mapping *mapping = collector->mapping;
    uint32_t n_units = mapping->network->layer[layer].n_units;
    const uint32_t *slice_of = mapping->slice_of[layer];
    for (uint64_t i = matrix->row_start[source]; i < matrix->row_start[source + 1]; i++)
        add_slot(collector, mapping->slot_of[slice_of[matrix->col[i] % n_units]]);
}

static void end_net(Collector *collector, uint32_t source, double n_events)
{
    uint32_t *target = ARENA_ARRAY(collector->scratch, uint32_t, collector->n);
    memcpy(target, collector->list, collector->n * sizeof *target);
    collector->net[collector->n_nets++] = (PlaceNet){source, collector->n, target, n_events};
    collector->n = 0;
}

static void add_slice(Collector *collector, uint32_t s)
{
    const Mapping *mapping = collector->mapping;
    const Network *network = mapping->network;
    const SliceProgram *slice = &mapping->slice[s];
    uint32_t l = slice->layer;
    bool last = l + 1 == network->n_layers;
    double n_events = 0.0;
    for (uint32_t i = 0; i < slice->n_units; i++) {
        uint32_t unit = mapping->unit_of[l][slice->first_position + i];
        n_events += mapping->rates->layer[l][unit];
        add_row(collector, l, &network->layer[l].recurrent, unit);
        if (!last)
            add_row(collector, l + 1, &network->layer[l + 1].input, unit);
    }
    if (last)
        add_slot(collector, mapping->n_slots);
    end_net(collector, mapping->slot_of[s], n_events);
}

const PlaceNets *place_demand(Arena *scratch, const Mapping *mapping)
{
    const Network *network = mapping->network;
    size_t n_slots = (size_t)mapping->n_slots + 1, n_nets = (size_t)mapping->n_slices + 1;
    Collector collector = {.mapping = mapping,
                           .scratch = scratch,
                           .seen_by = ARENA_ARRAY(scratch, uint32_t, n_slots),
                           .net = ARENA_ARRAY(scratch, PlaceNet, n_nets),
                           .list = ARENA_ARRAY(scratch, uint32_t, n_slots)};
    for (uint32_t s = 0; s < mapping->n_slices; s++)
        add_slice(&collector, s);
    for (uint32_t i = 0; i < network->n_inputs; i++)
        add_row(&collector, 0, &network->layer[0].input, i);
    end_net(&collector, mapping->n_slots, mapping->events_per_step[0]);
    return place_nets_make(scratch, mapping->n_slots, collector.n_nets, collector.net);
}
