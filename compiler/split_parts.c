/* split_parts.c - from a part number of every unit to slices on slots; and balance between parts.
 *
 * Strategies say which part of its layer a unit belongs to; parts become slices, units ascending
 * within one. A part that is left empty is dropped. Which slot of the group a part takes is free,
 * so the parts with most work take the slots with least work of other layers.
 */
#include "split.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

double unit_cycles(const Mapping *mapping, uint32_t layer, uint32_t unit)
{
    const ChipSoftware *cost = &mapping->chip->software;
    const UnitWork *work = &mapping->work[layer];
    const MatrixImage by_source = {.format = FORMAT_SOURCE};
    return (work->input[unit] + work->recurrent[unit]) *
               weight_costs(mapping, &by_source).receive_cycles_per_weight +
           unit_update_cycles(mapping, layer) +
           mapping->rates->layer[layer][unit] * cost->emit_event_cycles.value;
}

uint64_t unit_bytes(const Mapping *mapping, uint32_t layer, uint32_t unit, uint32_t index_bytes)
{
    const LayerWeights *weights = &mapping->weights[layer];
    uint32_t at = mapping->position_of[layer][unit];
    uint64_t n_weights = weights->input_before[at + 1] - weights->input_before[at] +
                         weights->recurrent_before[at + 1] - weights->recurrent_before[at];
    uint64_t n_gates = mapping->network->layer[layer].cell->n_gates;
    /* two biases and two steps of two sums a target, threshold and state a unit */
    uint64_t weight_bytes = precision_weight_bytes(mapping->network->precision) + index_bytes;
    return n_weights * weight_bytes + n_gates * 6 * 4 + 8;
}

uint32_t part_index_bytes(const Mapping *mapping, uint32_t layer)
{
    const Layer *of = &mapping->network->layer[layer];
    uint32_t n_parts = mapping->core_count[layer];
    return index_bytes_for((of->n_units / n_parts + 1) * of->cell->n_gates);
}

uint64_t part_bytes_limit(const Mapping *mapping, uint32_t layer)
{
    uint64_t used = cost_count(&mapping->chip->software.stack_bytes);
    uint64_t available = memory_available(mapping->chip, 1), own = 0, rest = 0;
    uint64_t weight_bytes = precision_weight_bytes(mapping->network->precision) + 1;
    for (uint32_t l = 0; l < mapping->network->n_layers; l++) {
        if (mapping->first_slot[l] != mapping->first_slot[layer])
            continue;
        const Layer *other = &mapping->network->layer[l];
        uint64_t pointer_bytes = mapping->options->index_bits != 0 ? 4 : 2;
        uint64_t rows = pointer_bytes * ((uint64_t)other->n_inputs + other->n_units + 2) + 16;
        uint64_t weights = mapping->weights[l].input_before[other->n_units] +
                           mapping->weights[l].recurrent_before[other->n_units];
        used += rows;
        rest += weights * weight_bytes + other->n_units * UINT64_C(80);
        if (l == layer)
            own = weights * weight_bytes + other->n_units * UINT64_C(80);
    }
    if (used >= available || rest == 0)
        return 0;
    /* what the layers of the group leave one another, by their size */
    return (uint64_t)((double)(available - used) * ((double)own / (double)rest));
}

/* ---- parts to slots -------------------- */

typedef struct Ranked {
    double work;
    uint32_t id;
} Ranked;

static int by_work(const void *a, const void *b)
{
    const Ranked *x = a, *y = b;
    if (x->work != y->work)
        return x->work < y->work ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* Parts with most work to slots with least; work_on: [n_planned_slots] of the layers so far. */
static uint32_t *match_slots(Arena *scratch, const Mapping *mapping, uint32_t layer,
                             const double *part_work, uint32_t n_parts, double *work_on)
{
    uint32_t first = mapping->first_slot[layer], n_slots = mapping->group_slots[layer];
    Ranked *part = ARENA_ARRAY(scratch, Ranked, n_parts);
    Ranked *slot = ARENA_ARRAY(scratch, Ranked, n_slots);
    uint32_t *slot_of = ARENA_ARRAY(scratch, uint32_t, n_parts);
    CHECK(n_parts <= n_slots);
    for (uint32_t i = 0; i < n_parts; i++)
        part[i] = (Ranked){-part_work[i], i};
    for (uint32_t i = 0; i < n_slots; i++)
        slot[i] = (Ranked){work_on[first + i], first + i};
    qsort(part, n_parts, sizeof *part, by_work);
    qsort(slot, n_slots, sizeof *slot, by_work);
    for (uint32_t i = 0; i < n_parts; i++) {
        slot_of[part[i].id] = slot[i].id;
        work_on[slot[i].id] += part_work[part[i].id];
    }
    return slot_of;
}

void split_take_parts(Arena *scratch, const Mapping *mapping, uint32_t layer, const uint32_t *part,
                      double *work_on, Split *split)
{
    uint32_t n_units = mapping->network->layer[layer].n_units;
    uint32_t n_parts = mapping->core_count[layer];
    uint32_t *start = ARENA_ARRAY(scratch, uint32_t, (size_t)n_parts + 1);
    double *work = ARENA_ARRAY(scratch, double, n_parts);
    for (uint32_t u = 0; u < n_units; u++) {
        CHECK(part[u] < n_parts);
        start[part[u] + 1]++;
        work[part[u]] += unit_cycles(mapping, layer, u);
    }
    uint32_t *slot_of = match_slots(scratch, mapping, layer, work, n_parts, work_on);
    uint32_t n_slices = 0;
    for (uint32_t i = 0; i < n_parts; i++) {
        if (start[i + 1] > 0) {
            split->start[layer][n_slices] = start[i];
            split->slot[layer][n_slices++] = slot_of[i];
        }
        start[i + 1] += start[i];
    }
    split->start[layer][n_slices] = n_units;
    split->n_slices[layer] = n_slices;
    for (uint32_t u = 0; u < n_units; u++)
        split->unit_of[layer][start[part[u]]++] = u;
}

void split_close_slots(Arena *scratch, const Mapping *mapping, Split *split)
{
    uint32_t *renamed = ARENA_ARRAY(scratch, uint32_t, mapping->n_planned_slots);
    for (uint32_t l = 0; l < mapping->network->n_layers; l++)
        for (uint32_t i = 0; i < split->n_slices[l]; i++)
            renamed[split->slot[l][i]] = 1;
    uint32_t n = 0;
    for (uint32_t slot = 0; slot < mapping->n_planned_slots; slot++)
        renamed[slot] = renamed[slot] ? n++ : UINT32_MAX;
    split->n_slots = n;
    for (uint32_t l = 0; l < mapping->network->n_layers; l++)
        for (uint32_t i = 0; i < split->n_slices[l]; i++)
            split->slot[l][i] = renamed[split->slot[l][i]];
}

Status split_by_parts(Arena *scratch, const Mapping *mapping, PartRule rule, Split *split, Err *err)
{
    double *work_on = ARENA_ARRAY(scratch, double, mapping->n_planned_slots);
    for (uint32_t l = 0; l < mapping->network->n_layers; l++) {
        uint32_t *part = ARENA_ARRAY(scratch, uint32_t, mapping->network->layer[l].n_units);
        TRY(rule(scratch, mapping, l, part, err));
        split_take_parts(scratch, mapping, l, part, work_on, split);
    }
    split_close_slots(scratch, mapping, split);
    return STATUS_OK;
}

Split split_new(Arena *scratch, const Mapping *mapping)
{
    uint32_t n_layers = mapping->network->n_layers;
    Split split = {.unit_of = ARENA_ARRAY(scratch, uint32_t *, n_layers),
                   .n_slices = ARENA_ARRAY(scratch, uint32_t, n_layers),
                   .start = ARENA_ARRAY(scratch, uint32_t *, n_layers),
                   .slot = ARENA_ARRAY(scratch, uint32_t *, n_layers)};
    for (uint32_t l = 0; l < n_layers; l++) {
        uint32_t n_units = mapping->network->layer[l].n_units;
        split.unit_of[l] = ARENA_ARRAY(scratch, uint32_t, n_units);
        memcpy(split.unit_of[l], mapping->unit_of[l], n_units * sizeof *split.unit_of[l]);
        split.start[l] = ARENA_ARRAY(scratch, uint32_t, (size_t)n_units + 1);
        split.slot[l] = ARENA_ARRAY(scratch, uint32_t, n_units);
    }
    return split;
}

Estimate split_estimate(Arena *scratch, const Mapping *mapping, SplitRun run)
{
    Err err = {.status = STATUS_OK};
    Split split = split_new(scratch, mapping);
    if (run(scratch, mapping, &split, &err) != STATUS_OK)
        return (Estimate){.fits = false};
    Load load = load_of_split(scratch, mapping, &split);
    return estimate_load(scratch, mapping, &load);
}
