/* split_equal.c - units in their own order, slices of a layer that differ by at most one unit: what
 * the published deployment did, and the baseline of every comparison. */
#include "split.h"

Status split_equal(Arena *scratch, const Mapping *mapping, Split *split, Err *err)
{
    (void)err;
    for (uint32_t l = 0; l < mapping->network->n_layers; l++) {
        uint32_t count = mapping->core_count[l], n_units = mapping->network->layer[l].n_units;
        split->n_slices[l] = count;
        for (uint32_t i = 0; i <= count; i++)
            split->start[l][i] = even_start(n_units, count, i);
        for (uint32_t i = 0; i < count; i++)
            split->slot[l][i] = planned_slot(mapping, l, i);
    }
    split_close_slots(scratch, mapping, split);
    return STATUS_OK;
}
