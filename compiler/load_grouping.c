/* load_grouping.c - the load of cores from numbers of cores alone, units and weights spread evenly.
 *
 * A layer of n units on k slots gives n mod k of them one unit more. In a group these slots follow
 * one another from layer to layer, as they do when units are dealt to the least loaded slot, so a
 * group falls into at most 3 * layers + 1 classes of like slots. A slot gets the events of a slice
 * with the probability that any of the weights between the two is stored, as if they lay at
 * random. Cost: O(groups * layers^2).
 */
#include "grouping.h"

#include <stdlib.h>
#include <string.h>

#include "base/real_math.h"

typedef struct GroupedLayer {                 /* of one layer in the grouping */
    uint32_t n_units, n_slots, least, n_more; /* n_more slots have least + 1 units      */
    uint32_t first_more;                      /* slot of the group where those begin    */
    double n_input, n_recurrent;              /* stored weights                         */
    double input_work, recurrent_work;        /* expected to be applied, of all units   */
} GroupedLayer;

static void fill_layers(const Mapping *mapping, const Grouping *grouping, GroupedLayer *layer,
                        uint32_t *next)
{
    const Network *network = mapping->network;
    memset(next, 0, grouping->n_groups * sizeof *next);
    for (uint32_t l = 0; l < network->n_layers; l++) {
        uint32_t group = grouping->group_of[l], size = grouping->n_slots[group];
        uint32_t n_units = network->layer[l].n_units, k = grouping_count(mapping, grouping, l);
        layer[l] = (GroupedLayer){
            .n_units = n_units,
            .n_slots = k,
            .least = n_units / k,
            .n_more = n_units % k,
            .first_more = next[group],
            .n_input = (double)mapping->weights[l].input_before[n_units],
            .n_recurrent = (double)mapping->weights[l].recurrent_before[n_units],
            .input_work = mapping->work_sums[l].input,
            .recurrent_work = mapping->work_sums[l].recurrent,
        };
        next[group] = (next[group] + (k < size ? k : n_units % k)) % size;
    }
}

/* Units of the layer on a slot of its group. */
static uint32_t units_on(const GroupedLayer *layer, uint32_t size, uint32_t slot)
{
    uint32_t from =
        slot >= layer->first_more ? slot - layer->first_more : slot + size - layer->first_more;
    if (from >= layer->n_slots)
        return 0;
    return layer->least + (from < layer->n_more);
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Slots of the group where the next class begins, ascending, then its size. */
static uint32_t class_starts(const Mapping *mapping, const Grouping *grouping,
                             const GroupedLayer *layer, uint32_t group, uint32_t *start)
{
    uint32_t n = 0, size = grouping->n_slots[group];
    start[n++] = 0;
    start[n++] = size;
    for (uint32_t l = 0; l < mapping->network->n_layers; l++) {
        if (grouping->group_of[l] != group)
            continue;
        start[n++] = layer[l].first_more;
        start[n++] = (layer[l].first_more + layer[l].n_more) % size;
        start[n++] = (layer[l].first_more + layer[l].n_slots) % size;
    }
    qsort(start, n, sizeof *start, by_number);
    uint32_t unique = 1;
    for (uint32_t i = 1; i < n; i++)
        if (start[i] != start[unique - 1])
            start[unique++] = start[i];
    return unique;
}

static SliceProgram typical_slice(const Mapping *mapping, const GroupedLayer *layer, uint32_t l,
                                  uint32_t n_units)
{
    SliceProgram slice = slice_from(mapping, l, 0, n_units);
    double share = (double)n_units / layer->n_units;
    slice.input.n_weights = (uint64_t)(layer->n_input * share) + 1;
    slice.recurrent.n_weights = (uint64_t)(layer->n_recurrent * share) + 1;
    return slice;
}

typedef struct ClassMaker {
    const Mapping *mapping;
    const Grouping *grouping;
    const GroupedLayer *layer;
    SliceProgram *slice, **here; /* [n_layers] of the class under way                 */
} ClassMaker;

/* That a slice of the usual size sends no event in a step. */
static double silent_chance(const Load *load, const GroupedLayer *layer, uint32_t l)
{
    double rate = load->stage_events[l + 1] / layer->n_units;
    if (rate >= 1.0)
        return 0.0;
    return real_exp(real_log(1.0 - rate) * layer->n_units / layer->n_slots);
}

static void make_layer(ClassMaker *make, Load *load, uint32_t class, uint32_t l)
{
    const ChipSoftware *cost = &make->mapping->chip->software;
    const GroupedLayer *layer = &make->layer[l];
    const SliceProgram *slice = &make->slice[l];
    double share = (double)slice->n_units / layer->n_units;
    WeightCosts in = weight_costs(make->mapping, &slice->input);
    WeightCosts own = weight_costs(make->mapping, &slice->recurrent);
    StageLoad *stage = &load->stage[(size_t) class * (load->n_layers + 1)];
    const double *events = make->mapping->events_per_step;
    stage[l].row_cycles += layer->input_work * share * in.receive_cycles_per_weight +
                           events[l] * in.receive_cycles_per_event;
    stage[l + 1].row_cycles += layer->recurrent_work * share * own.receive_cycles_per_weight +
                               events[l + 1] * own.receive_cycles_per_event;
    load->layer[(size_t) class * load->n_layers + l] = (LayerLoad){
        .n_units = slice->n_units,
        .events = load->stage_events[l + 1] * share,
        .silent = silent_chance(load, layer, l),
        .update_cycles = cost->step_cycles.value +
                         slice->n_units * unit_update_cycles(make->mapping) + in.update_cycles +
                         own.update_cycles,
    };
}

/* Packets of stage s: those of the layer before for a slice of layer s, those of its own for one of
 * layer s - 1. */
static void make_stage(const ClassMaker *make, Load *load, uint32_t class, uint32_t s)
{
    uint32_t n_layers = load->n_layers;
    const LayerLoad *slice = &load->layer[(size_t) class * n_layers];
    StageLoad *in = &load->stage[(size_t) class * (n_layers + 1) + s];
    double weights = 0.0, sources = 1.0;
    bool feeds = s < n_layers && slice[s].n_units > 0.0;
    if (feeds)
        weights += make->layer[s].n_input * slice[s].n_units / make->layer[s].n_units;
    if (s > 0 && slice[s - 1].n_units > 0.0)
        weights +=
            make->layer[s - 1].n_recurrent * slice[s - 1].n_units / make->layer[s - 1].n_units;
    if (s > 0)
        sources = make->layer[s - 1].n_slots;
    double reach = 1.0 - real_exp(-weights / sources);
    in->events = load->stage_events[s] * reach;
    in->markers = load->stage_markers[s] * reach;
    if (feeds && sources * reach < 1.0)
        in->markers = 1.0;
    bool listens = feeds || (s > 0 && slice[s - 1].n_units > 0.0);
    if (s >= 2 && !listens && slice[s - 2].n_units > 0.0) /* reached as its own slice reaches */
        in->late_markers =
            sources *
            (1.0 - real_exp(-make->layer[s - 1].n_input / sources / make->layer[s - 2].n_slots));
}

static void make_class(ClassMaker *make, Load *load, uint32_t class, uint32_t group, uint32_t slot)
{
    uint64_t region_bytes[N_REGIONS];
    uint32_t n_layers = load->n_layers, n_here = 0;
    for (uint32_t l = 0; l < n_layers; l++) {
        make->slice[l].n_units = 0;
        if (make->grouping->group_of[l] != group)
            continue;
        uint32_t n_units = units_on(&make->layer[l], make->grouping->n_slots[group], slot);
        if (n_units == 0)
            continue;
        make->slice[l] = typical_slice(make->mapping, &make->layer[l], l, n_units);
        make->here[n_here++] = &make->slice[l];
    }
    if (fit_core(make->mapping, make->here, n_here, region_bytes) != FIT_YES)
        load->fits = false;
    uint64_t bytes = memory_bytes(region_bytes, 1);
    load->bytes += bytes * (uint64_t)load->n_cores[class];
    load->most_bytes = bytes > load->most_bytes ? bytes : load->most_bytes;
    for (uint32_t i = 0; i < n_here; i++)
        make_layer(make, load, class, make->here[i]->layer);
    for (uint32_t s = 0; s <= n_layers; s++) {
        make_stage(make, load, class, s);
        const StageLoad *in = &load->stage[(size_t) class * (n_layers + 1) + s];
        load->deliveries += load->n_cores[class] * (in->events + in->markers + in->late_markers);
    }
}

Estimate grouping_estimate(Arena *scratch, const Mapping *mapping, const Grouping *grouping)
{
    arena_reset(scratch);
    uint32_t n_layers = mapping->network->n_layers;
    GroupedLayer *layer = ARENA_ARRAY(scratch, GroupedLayer, n_layers);
    ClassMaker make = {.mapping = mapping,
                       .grouping = grouping,
                       .layer = layer,
                       .slice = ARENA_ARRAY(scratch, SliceProgram, n_layers),
                       .here = ARENA_ARRAY(scratch, SliceProgram *, n_layers)};
    fill_layers(mapping, grouping, layer, ARENA_ARRAY(scratch, uint32_t, grouping->n_groups));
    uint32_t *start = ARENA_ARRAY(scratch, uint32_t, 3 * (size_t)n_layers + 2);
    Load load = load_new(scratch, mapping, 3 * n_layers + grouping->n_groups);
    uint32_t n = 0;
    for (uint32_t l = 0; l < n_layers; l++) {
        load.layer_cores[l] = layer[l].n_slots;
        load.stage_markers[l + 1] = layer[l].n_slots * silent_chance(&load, &layer[l], l);
    }
    for (uint32_t g = 0; g < grouping->n_groups; g++) {
        uint32_t n_starts = class_starts(mapping, grouping, layer, g, start);
        for (uint32_t i = 0; i + 1 < n_starts; i++) {
            load.n_cores[n] = start[i + 1] - start[i];
            make_class(&make, &load, n++, g, start[i]);
        }
    }
    load.n_classes = n;
    return estimate_load(scratch, mapping, &load);
}
