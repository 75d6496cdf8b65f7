/* load.c - what every core gets and does in a step, counted from the network and its rates.
 *
 * Each slot is a class of its own. Rows: the expected number of weights applied for a unit is the
 * sum of the rates of its sources, so a slice's is a sum over units. Packets: the stored weights
 * of each source slice are walked once with a table of the slot of every unit, as routes will be
 * made: the slot gets the slice's events if any of its units has a weight there, and its marker.
 * From the lists of slots reached load_markers.c counts the markers that come without events.
 * The same walk sums the squares of row lengths: rows vary from step to step by
 *     sum of r (1 - r) (length - mean length)^2 over the sources
 * where the mean is the core's own, as what all cores have in common does not make one of them
 * slower than another.
 * The weights are walked by load_maker once; load_make prices what it counted in the formats that
 * choose.c gives the slices, so that many formats can be tried on one split.
 * Cost: O(stored weights + slots * layers + pairs of slice and slot reached); in other formats
 * O(slots * layers).
 */
#include "estimate.h"

#include <string.h>

#include "base/check.h"
#include "base/real_math.h"
#include "load_markers.h"

Load load_new(Arena *scratch, const Mapping *mapping, uint32_t n_classes)
{
    uint32_t n_layers = mapping->network->n_layers;
    Load load = {.n_layers = n_layers,
                 .n_classes = n_classes,
                 .n_cores = ARENA_ARRAY(scratch, double, n_classes),
                 .stage = ARENA_ARRAY(scratch, StageLoad, (size_t)n_classes * (n_layers + 1)),
                 .layer = ARENA_ARRAY(scratch, LayerLoad, (size_t)n_classes * n_layers),
                 .stage_events = ARENA_ARRAY(scratch, double, (size_t)n_layers + 1),
                 .stage_markers = ARENA_ARRAY(scratch, double, (size_t)n_layers + 1),
                 .layer_cores = ARENA_ARRAY(scratch, double, n_layers),
                 .fits = true};
    for (uint32_t c = 0; c < n_classes; c++)
        load.n_cores[c] = 1.0;
    load.stage_markers[0] = 1.0;
    for (uint32_t i = 0; i < mapping->network->n_inputs; i++)
        load.stage_markers[0] *= 1.0 - mapping->rates->input[i];
    for (uint32_t s = 0; s <= n_layers; s++)
        load.stage_events[s] = mapping->events_per_step[s];
    return load;
}

/* ---- slices, formats, memory -------------------- */

/* Over the sources of a stage, by r (1 - r): weights of the rows on a slot, of the layer after it
 * and of its own, and their products. */
typedef struct RowSums {
    double in, own, in_in, in_own, own_own;
} RowSums;

struct LoadMaker {
    Arena *scratch;
    const Mapping *mapping;
    const Split *split;
    Load load; /* as far as it is the same in all formats */
    uint32_t n_layers;
    uint32_t **slot_of_unit; /* [n_layers][n_units]                                */
    uint32_t *slice_index;   /* [n_slots * n_layers] into slice; 0: none           */
    SliceProgram *slice;     /* [1 + slices] the first stands for none, n_units 0  */
    WorkSums *rows;          /* [1 + slices] weights expected to be applied in a step */
    SliceProgram **here;     /* [n_layers] of the slot under way                   */
    uint32_t *first_slice;   /* [n_layers + 1] numbers of slices, without the none       */
    SlotList *fed;           /* [slices] slots that each reaches                         */
    uint32_t *slot_of;       /* [slices]                                               */
    /* of the source under way */
    float *row;        /* [2 * n_slots] weights of its rows there: layer after, own    */
    uint32_t *touched; /* [n_slots + 1] slots with a row                     */
    uint32_t n_touched;
    uint32_t *reached;      /* [n_slots] round of the source slice that reached it last */
    uint32_t *reached_list; /* [n_slots + 1] slots reached in this round           */
    uint32_t n_reached, round;
    /* over all sources */
    RowSums *sums;  /* [n_slots * (n_layers + 1)] as the stages of a Load     */
    double *spread; /* [n_layers + 1] r (1 - r) of all sources of a stage     */
};

typedef LoadMaker Builder;

static SliceProgram *slice_at(const LoadMaker *build, uint32_t slot, uint32_t layer)
{
    return &build->slice[build->slice_index[(size_t)slot * build->n_layers + layer]];
}

static void gather_slices(Arena *scratch, Builder *build)
{
    const Mapping *mapping = build->mapping;
    const Split *split = build->split;
    uint32_t n_slices = 0;
    for (uint32_t l = 0; l < build->n_layers; l++) {
        const Layer *layer = &mapping->network->layer[l];
        const LayerWeights *weights = &mapping->weights[l];
        build->first_slice[l + 1] = n_slices + split->n_slices[l];
        build->slot_of_unit[l] = ARENA_ARRAY(scratch, uint32_t, layer->n_units);
        for (uint32_t i = 0; i < split->n_slices[l]; i++) {
            size_t at_slot = (size_t)split->slot[l][i] * build->n_layers + l;
            CHECK(build->slice_index[at_slot] == 0); /* one slice of a layer on a slot */
            build->slot_of[n_slices] = split->slot[l][i];
            build->slice_index[at_slot] = ++n_slices;
            SliceProgram *slice = &build->slice[n_slices];
            uint32_t first = split->start[l][i], end = split->start[l][i + 1];
            *slice = slice_from(mapping, l, first, end - first);
            slice->input.n_weights = slice->recurrent.n_weights = 0;
            for (uint32_t p = first; p < end; p++) { /* counts stand at the mapping's positions */
                uint32_t unit = split->unit_of[l][p], at = mapping->position_of[l][unit];
                build->slot_of_unit[l][unit] = split->slot[l][i];
                slice->input.n_weights += weights->input_before[at + 1] - weights->input_before[at];
                slice->recurrent.n_weights +=
                    weights->recurrent_before[at + 1] - weights->recurrent_before[at];
            }
        }
    }
}

static void add_slice_shape(Builder *build, uint32_t slot, uint32_t l)
{
    const Mapping *mapping = build->mapping;
    const UnitWork *work = &mapping->work[l];
    const SliceProgram *slice = slice_at(build, slot, l);
    if (slice->n_units == 0)
        return;
    WorkSums *rows = &build->rows[slice - build->slice];
    LayerLoad *layer = &build->load.layer[(size_t)slot * build->n_layers + l];
    layer->n_units = slice->n_units;
    layer->silent = 1.0;
    for (uint32_t p = slice->first_position; p < slice->first_position + slice->n_units; p++) {
        uint32_t unit = build->split->unit_of[l][p];
        layer->events += mapping->rates->layer[l][unit];
        layer->silent *= 1.0 - mapping->rates->layer[l][unit];
        rows->input += work->input[unit];
        rows->recurrent += work->recurrent[unit];
    }
    build->load.layer_cores[l] += 1.0;
    build->load.stage_markers[l + 1] += layer->silent;
}

/* ---- packets -------------------- */

/* The rows of one matrix for one source: which slots, how many weights. A slot stays in a list
 * if it is new there; a branch would be wrong for a good part of the weights. */
static void walk_row(Builder *build, const SparseRows *rows, uint32_t row, uint32_t target_layer,
                     uint32_t matrix)
{
    const uint32_t *slot_of_unit = build->slot_of_unit[target_layer];
    uint32_t n_units = build->mapping->network->layer[target_layer].n_units, base = 0;
    uint32_t n_reached = build->n_reached, n_touched = build->n_touched, round = build->round;
    uint32_t *reached = build->reached, *reached_list = build->reached_list;
    uint32_t *touched = build->touched;
    float *n_weights = build->row;
    for (uint64_t i = rows->row_start[row]; i < rows->row_start[row + 1]; i++) {
        while (rows->col[i] - base >= n_units)
            base += n_units;
        uint32_t slot = slot_of_unit[rows->col[i] - base];
        float *here = &n_weights[2 * (size_t)slot];
        reached_list[n_reached] = touched[n_touched] = slot;
        n_reached += reached[slot] != round;
        n_touched += here[0] + here[1] == 0.0f;
        reached[slot] = round;
        here[matrix] += 1.0f;
    }
    build->n_reached = n_reached;
    build->n_touched = n_touched;
}

static void end_row(Builder *build, uint32_t stage, double rate)
{
    double spread = rate * (1.0 - rate);
    build->spread[stage] += spread;
    for (uint32_t i = 0; i < build->n_touched; i++) {
        uint32_t slot = build->touched[i];
        RowSums *sums = &build->sums[(size_t)slot * (build->n_layers + 1) + stage];
        float *here = &build->row[2 * (size_t)slot];
        double in = (double)here[0], own = (double)here[1];
        sums->in += spread * in;
        sums->own += spread * own;
        sums->in_in += spread * in * in;
        sums->in_own += spread * in * own;
        sums->own_own += spread * own * own;
        here[0] = here[1] = 0.0f;
    }
    build->n_touched = 0;
}

/* All rows of one source unit of a stage. */
static void walk_source(Builder *build, uint32_t stage, uint32_t unit)
{
    const Network *network = build->mapping->network;
    if (stage < build->n_layers)
        walk_row(build, &network->layer[stage].input, unit, stage, 0);
    if (stage > 0)
        walk_row(build, &network->layer[stage - 1].recurrent, unit, stage - 1, 1);
    end_row(build, stage,
            stage == 0 ? build->mapping->rates->input[unit]
                       : build->mapping->rates->layer[stage - 1][unit]);
}

static StageLoad *stage_load(const Builder *build, uint32_t slot, uint32_t stage)
{
    return &build->load.stage[(size_t)slot * (build->n_layers + 1) + stage];
}

/* A source slice's packets: events to the slots it reached, marker to the same. */
static void end_source(Builder *build, uint32_t slice, uint32_t stage)
{
    uint32_t own_slot = build->slot_of[slice], n = build->n_reached;
    const LayerLoad *sent = &build->load.layer[(size_t)own_slot * build->n_layers + stage - 1];
    for (uint32_t i = 0; i < n; i++) {
        StageLoad *in = stage_load(build, build->reached_list[i], stage);
        in->events += sent->events;
        in->markers += sent->silent;
        build->load.deliveries += sent->events + sent->silent;
    }
    uint32_t *slot = ARENA_ARRAY(build->scratch, uint32_t, n);
    if (n > 0)
        memcpy(slot, build->reached_list, n * sizeof *slot);
    build->fed[slice] = (SlotList){n, slot};
}

static void begin_source(Builder *build)
{
    build->round++;
    build->n_reached = 0;
}

static void walk_host(Builder *build)
{
    begin_source(build);
    for (uint32_t i = 0; i < build->mapping->network->n_inputs; i++)
        walk_source(build, 0, i);
    for (uint32_t slot = 0; slot < build->split->n_slots; slot++) {
        if (slice_at(build, slot, 0)->n_units == 0)
            continue;
        StageLoad *in = stage_load(build, slot, 0);
        bool hears = build->reached[slot] == build->round;
        in->events = hears ? build->load.stage_events[0] : 0.0;
        in->markers = hears ? build->load.stage_markers[0] : 1.0;
        build->load.deliveries += in->events + in->markers;
    }
}

static void walk_layer(Builder *build, uint32_t l)
{
    const Split *split = build->split;
    for (uint32_t i = 0; i < split->n_slices[l]; i++) {
        begin_source(build);
        for (uint32_t p = split->start[l][i]; p < split->start[l][i + 1]; p++)
            walk_source(build, l + 1, split->unit_of[l][p]);
        end_source(build, build->first_slice[l] + i, l + 1);
    }
}

static void add_lone_markers(Builder *build)
{
    Feeds feeds = {.n_layers = build->n_layers,
                   .n_slots = build->split->n_slots,
                   .n_slices = build->first_slice[build->n_layers],
                   .first_slice = build->first_slice,
                   .slot_of = build->slot_of,
                   .slice_at = build->slice_index,
                   .fed = build->fed};
    load_add_markers(build->scratch, &feeds, &build->load);
}

static LoadMaker *maker_new(Arena *scratch, const Mapping *mapping, const Split *split)
{
    uint32_t n_layers = mapping->network->n_layers, n_slots = split->n_slots;
    size_t n = (size_t)n_slots * n_layers, n_slices = 0;
    for (uint32_t l = 0; l < n_layers; l++)
        n_slices += split->n_slices[l];
    LoadMaker *maker = ARENA_ARRAY(scratch, LoadMaker, 1);
    *maker = (LoadMaker){.scratch = scratch,
                         .mapping = mapping,
                         .split = split,
                         .load = load_new(scratch, mapping, n_slots),
                         .n_layers = n_layers,
                         .slot_of_unit = ARENA_ARRAY(scratch, uint32_t *, n_layers),
                         .slice_index = ARENA_ARRAY(scratch, uint32_t, n),
                         .slice = ARENA_ARRAY(scratch, SliceProgram, n_slices + 1),
                         .rows = ARENA_ARRAY(scratch, WorkSums, n_slices + 1),
                         .here = ARENA_ARRAY(scratch, SliceProgram *, n_layers),
                         .row = ARENA_ARRAY(scratch, float, 2 * (size_t)n_slots),
                         .touched = ARENA_ARRAY(scratch, uint32_t, (size_t)n_slots + 1),
                         .reached = ARENA_ARRAY(scratch, uint32_t, n_slots),
                         .reached_list = ARENA_ARRAY(scratch, uint32_t, (size_t)n_slots + 1),
                         .first_slice = ARENA_ARRAY(scratch, uint32_t, (size_t)n_layers + 1),
                         .fed = ARENA_ARRAY(scratch, SlotList, n_slices),
                         .slot_of = ARENA_ARRAY(scratch, uint32_t, n_slices),
                         .sums = ARENA_ARRAY(scratch, RowSums, n + n_slots),
                         .spread = ARENA_ARRAY(scratch, double, (size_t)n_layers + 1)};
    return maker;
}

LoadMaker *load_maker(Arena *scratch, const Mapping *mapping, const Split *split)
{
    LoadMaker *maker = maker_new(scratch, mapping, split);
    gather_slices(scratch, maker);
    for (uint32_t slot = 0; slot < split->n_slots; slot++)
        for (uint32_t l = 0; l < maker->n_layers; l++)
            add_slice_shape(maker, slot, l);
    walk_host(maker);
    for (uint32_t l = 0; l < maker->n_layers; l++)
        walk_layer(maker, l);
    add_lone_markers(maker);
    return maker;
}

/* ---- formats -------------------- */

static void fit_slot(const LoadMaker *maker, uint32_t slot, Load *load)
{
    uint64_t region_bytes[N_REGIONS];
    uint32_t n = 0;
    for (uint32_t l = 0; l < maker->n_layers; l++)
        if (slice_at(maker, slot, l)->n_units > 0)
            maker->here[n++] = slice_at(maker, slot, l);
    if (fit_core(maker->mapping, maker->here, n, region_bytes) != FIT_YES)
        load->fits = false;
    uint64_t bytes = memory_bytes(region_bytes, 1);
    load->bytes += bytes;
    if (bytes > load->most_bytes)
        load->most_bytes = bytes;
}

/* The packets that a slice needs are part of its work. */
static void add_slice_work(const LoadMaker *maker, uint32_t slot, uint32_t l, Load *load)
{
    const Mapping *mapping = maker->mapping;
    const ChipSoftware *cost = &mapping->chip->software;
    const SliceProgram *slice = slice_at(maker, slot, l);
    if (slice->n_units == 0)
        return;
    WeightCosts in = weight_costs(mapping, &slice->input);
    WeightCosts own = weight_costs(mapping, &slice->recurrent);
    LayerLoad *layer = &load->layer[(size_t)slot * maker->n_layers + l];
    StageLoad *stage = &load->stage[(size_t)slot * (maker->n_layers + 1)];
    UpdateCosts update = update_costs(&in, &own);
    layer->update_cycles =
        cost->step_cycles.value + slice->n_units * unit_update_cycles(mapping, l) + update.cycles;
    layer->idle_cycles = update.idle_cycles;
    layer->array_macs = update.array_macs;
    WorkSums rows = maker->rows[slice - maker->slice];
    double in_cycles = rows.input * in.receive_cycles_per_weight +
                       mapping->events_per_step[l] * in.receive_cycles_per_event;
    double own_cycles = rows.recurrent * own.receive_cycles_per_weight +
                        mapping->events_per_step[l + 1] * own.receive_cycles_per_event;
    stage[l].row_cycles += in_cycles;
    stage[l + 1].row_cycles += own_cycles;
    double packets =
        stage[l].events + stage[l].markers + stage[l + 1].events + stage[l + 1].markers;
    layer->work_cycles = layer->update_cycles + in_cycles + own_cycles +
                         (layer->events + layer->silent) * cost->emit_event_cycles.value +
                         packets * cost->receive_event_cycles.value;
}

static double square_root(double x)
{
    return x > 0.0 ? real_exp(0.5 * real_log(x)) : 0.0;
}

static double receive_cycles(const LoadMaker *maker, uint32_t slot, uint32_t l, bool recurrent)
{
    const SliceProgram *slice = slice_at(maker, slot, l);
    if (slice->n_units == 0)
        return 0.0;
    const MatrixImage *matrix = recurrent ? &slice->recurrent : &slice->input;
    return weight_costs(maker->mapping, matrix).receive_cycles_per_weight;
}

static double row_sd(const LoadMaker *maker, uint32_t slot, uint32_t stage)
{
    const RowSums *sums = &maker->sums[(size_t)slot * (maker->n_layers + 1) + stage];
    double in = stage < maker->n_layers ? receive_cycles(maker, slot, stage, false) : 0.0;
    double own = stage > 0 ? receive_cycles(maker, slot, stage - 1, true) : 0.0;
    double sum = in * sums->in + own * sums->own, spread = maker->spread[stage];
    double square =
        in * in * sums->in_in + 2.0 * in * own * sums->in_own + own * own * sums->own_own;
    return square_root(square - (spread > 0.0 ? sum * sum / spread : 0.0));
}

Load load_make(Arena *scratch, LoadMaker *maker)
{
    uint32_t n_layers = maker->n_layers, n_slots = maker->split->n_slots;
    size_t n_stages = (size_t)n_slots * (n_layers + 1), n = (size_t)n_slots * n_layers;
    Load load = maker->load;
    load.stage = ARENA_ARRAY(scratch, StageLoad, n_stages);
    load.layer = ARENA_ARRAY(scratch, LayerLoad, n);
    memcpy(load.stage, maker->load.stage, n_stages * sizeof *load.stage);
    memcpy(load.layer, maker->load.layer, n * sizeof *load.layer);
    for (uint32_t slot = 0; slot < n_slots; slot++) {
        fit_slot(maker, slot, &load);
        for (uint32_t l = 0; l < n_layers; l++)
            add_slice_work(maker, slot, l, &load);
        for (uint32_t s = 0; s <= n_layers; s++)
            load.stage[(size_t)slot * (n_layers + 1) + s].row_sd = row_sd(maker, slot, s);
    }
    return load;
}

Load load_of_split(Arena *scratch, const Mapping *mapping, const Split *split)
{
    return load_make(scratch, load_maker(scratch, mapping, split));
}

Load load_of_mapping(Arena *scratch, const Mapping *mapping)
{
    uint32_t n_layers = mapping->network->n_layers;
    Split split = {.unit_of = mapping->unit_of,
                   .n_slices = ARENA_ARRAY(scratch, uint32_t, n_layers),
                   .start = ARENA_ARRAY(scratch, uint32_t *, n_layers),
                   .slot = ARENA_ARRAY(scratch, uint32_t *, n_layers),
                   .n_slots = mapping->n_slots};
    for (uint32_t l = 0; l < n_layers; l++) {
        uint32_t first = mapping->first_slice[l], n = mapping->first_slice[l + 1] - first;
        split.n_slices[l] = n;
        split.slot[l] = mapping->slot_of + first;
        split.start[l] = ARENA_ARRAY(scratch, uint32_t, (size_t)n + 1);
        for (uint32_t i = 0; i < n; i++)
            split.start[l][i] = mapping->slice[first + i].first_position;
        split.start[l][n] = mapping->network->layer[l].n_units;
    }
    return load_of_split(scratch, mapping, &split);
}
