/* load_grouping.c - the load of cores from numbers of cores alone, units and weights spread evenly.
 *
 * A layer of n units on k slots gives n mod k of them one unit more. In a group these slots follow
 * one another from layer to layer, as they do when units are dealt to the least loaded slot, so a
 * group falls into at most 3 * layers + 1 classes of like slots. A slot gets the events of a slice
 * with the probability that any of the weights between the two is stored, as if they lay at
 * random; and the marker of a slice that does not feed it with the probability that a slice of the
 * slot feeds that one's slot (load_markers.c has the rule), as if either were independent of the
 * other. Cost: O(groups * layers^2).
 */
#include "grouping.h"

#include <stdlib.h>
#include <string.h>

#include "base/real_math.h"

/* Expected packets that are not worth working out; chance of a place without a weight where all
 * have one. */
static const double FEW_MARKERS = 1e-3, LEAST_CHANCE = 1e-9;

typedef struct GroupedLayer {                 /* of one layer in the grouping */
    uint32_t n_units, n_slots, least, n_more; /* n_more slots have least + 1 units      */
    uint32_t first_more;                      /* slot of the group where those begin    */
    double n_input, n_recurrent;              /* stored weights                         */
    double input_hits, recurrent_hits;        /* see hits_of                            */
    double input_work, recurrent_work;        /* expected to be applied, of all units   */
    /* chance that a slice of this layer, or of the one before, feeds the slot of any slice of this
     * one; below 0: not worked out yet */
    double own_feeds, before_feeds;
} GroupedLayer;

/* Where each of n places holds a weight with chance d, none does with (1 - d)^n. As exp(-h), with h
 * in proportion to the places: this is h of all places of a matrix. */
static double hits_of(const SparseRows *matrix)
{
    double n = (double)matrix->n_rows * matrix->n_cols;
    double none = n > 0.0 ? 1.0 - (double)matrix->n_nonzeros / n : 1.0;
    return -n * real_log(none > LEAST_CHANCE ? none : LEAST_CHANCE);
}

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
            .input_hits = hits_of(&network->layer[l].input),
            .recurrent_hits = hits_of(&network->layer[l].recurrent),
            .input_work = mapping->work_sums[l].input,
            .recurrent_work = mapping->work_sums[l].recurrent,
            .own_feeds = -1.0,
            .before_feeds = -1.0,
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
    if (!layer_is_feed_forward(&mapping->network->layer[l]))
        slice.recurrent.n_weights = (uint64_t)(layer->n_recurrent * share) + 1;
    return slice;
}

typedef struct ClassMaker {
    const Mapping *mapping;
    const Grouping *grouping;
    GroupedLayer *layer;
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
    UpdateCosts update = update_costs(&in, &own);
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
                         slice->n_units * unit_update_cycles(make->mapping, l) + update.cycles,
        .idle_cycles = update.idle_cycles,
        .array_macs = update.array_macs,
    };
}

/* ---- packets -------------------- */

/* Share of the slots of layer l that hold a slice of the other layer too. */
static double shared_part(const ClassMaker *make, uint32_t l, uint32_t other)
{
    const Grouping *grouping = make->grouping;
    const GroupedLayer *a = &make->layer[l], *b = &make->layer[other];
    if (grouping->group_of[l] != grouping->group_of[other])
        return 0.0;
    uint32_t size = grouping->n_slots[grouping->group_of[l]];
    uint32_t from = (b->first_more + size - a->first_more) % size, end = from + b->n_slots;
    uint32_t n = 0;
    if (from < a->n_slots)
        n += (end < a->n_slots ? end : a->n_slots) - from;
    if (end > size) /* round the end of the group */
        n += end - size < a->n_slots ? end - size : a->n_slots;
    return (double)n / a->n_slots;
}

/* That any weight is stored (see hits_of) where there are `more` hits in a part of the cases. */
static double any_chance(double hits, double more, double part)
{
    double none = real_exp(-hits);
    return part > 0.0 ? 1.0 - none + part * none * (1.0 - real_exp(-more)) : 1.0 - none;
}

static double recurrent_per_pair(const GroupedLayer *layer)
{
    return layer->recurrent_hits / layer->n_slots / layer->n_slots;
}

static double own_feeds(ClassMaker *make, uint32_t l)
{
    GroupedLayer *layer = &make->layer[l];
    bool is_last = l + 1 == make->mapping->network->n_layers;
    if (layer->own_feeds < 0.0) {
        double part = is_last ? 0.0 : shared_part(make, l, l + 1);
        double more = is_last ? 0.0 : layer[1].input_hits / layer->n_slots / layer[1].n_slots;
        layer->own_feeds = any_chance(recurrent_per_pair(layer), more, part);
    }
    return layer->own_feeds;
}

static double before_feeds(ClassMaker *make, uint32_t l)
{
    GroupedLayer *layer = &make->layer[l];
    if (layer->before_feeds < 0.0)
        layer->before_feeds =
            any_chance(layer->input_hits / layer->n_slots / layer[-1].n_slots,
                       recurrent_per_pair(&layer[-1]), shared_part(make, l, l - 1));
    return layer->before_feeds;
}

/* Markers of layer l that reach a slot without events; `missed`: the chance that a slice of the
 * layer does not feed it. */
static double markers_alone(ClassMaker *make, const LayerLoad *slice, uint32_t l, double missed)
{
    bool own = slice[l].n_units > 0.0, before = l > 0 && slice[l - 1].n_units > 0.0;
    double n = make->layer[l].n_slots * missed;
    if (n < FEW_MARKERS || (!own && !before))
        return 0.0;
    double not_before = before ? 1.0 - before_feeds(make, l) : 1.0;
    double not_own = own ? 1.0 - own_feeds(make, l) : 1.0;
    /* a slice that does not feed its own slot gets its marker back for the one before only */
    double other = own ? n - missed : n;
    return other * (1.0 - not_own * not_before) + (n - other) * (1.0 - not_before);
}

/* Packets of stage s: those of the layer before for a slice of layer s, those of its own for one of
 * layer s - 1. */
static void make_stage(ClassMaker *make, Load *load, uint32_t class, uint32_t s)
{
    uint32_t n_layers = load->n_layers;
    const LayerLoad *slice = &load->layer[(size_t) class * n_layers];
    StageLoad *in = &load->stage[(size_t) class * (n_layers + 1) + s];
    double hits = 0.0, sources = 1.0;
    bool needs = s < n_layers && slice[s].n_units > 0.0;
    bool listens = needs || (s > 0 && slice[s - 1].n_units > 0.0);
    if (needs)
        hits += make->layer[s].input_hits * slice[s].n_units / make->layer[s].n_units;
    if (s > 0 && slice[s - 1].n_units > 0.0)
        hits +=
            make->layer[s - 1].recurrent_hits * slice[s - 1].n_units / make->layer[s - 1].n_units;
    if (s > 0)
        sources = make->layer[s - 1].n_slots;
    double missed = real_exp(-hits / sources);
    in->events = load->stage_events[s] * (1.0 - missed);
    in->markers = load->stage_markers[s] * (1.0 - missed);
    if (needs) /* if nothing feeds it, it has a pacemaker */
        in->markers += s > 0 ? real_exp(-hits) : missed;
    if (s > 0)
        *(listens ? &in->markers : &in->late_markers) += markers_alone(make, slice, s - 1, missed);
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

Load grouping_load(Arena *scratch, const Mapping *mapping, const Grouping *grouping)
{
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
    return load;
}

Estimate grouping_estimate(Arena *scratch, const Mapping *mapping, const Grouping *grouping)
{
    arena_reset(scratch);
    Load load = grouping_load(scratch, mapping, grouping);
    return estimate_load(scratch, mapping, &load);
}
