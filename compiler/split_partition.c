/* split_partition.c - units as a partition file says: another partitioner's result.
 *
 * All units with the same number stand on the same core, those of one layer as a slice. Numbers
 * need not be dense; they become slots in ascending order. Cost: O(units * log units).
 */
#include "split.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The numbers in use, ascending; returns how many. */
static uint32_t distinct(Arena *scratch, const uint32_t *part, uint64_t n, uint32_t **out)
{
    uint32_t *number = ARENA_ARRAY(scratch, uint32_t, n), n_numbers = 0;
    memcpy(number, part, n * sizeof *number);
    qsort(number, n, sizeof *number, by_number);
    for (uint64_t i = 0; i < n; i++)
        if (i == 0 || number[i] != number[n_numbers - 1])
            number[n_numbers++] = number[i];
    *out = number;
    return n_numbers;
}

static uint64_t n_units_of(const Network *network)
{
    uint64_t n = 0;
    for (uint32_t l = 0; l < network->n_layers; l++)
        n += network->layer[l].n_units;
    return n;
}

Status partition_take(Arena *scratch, Mapping *mapping, Err *err)
{
    const Network *network = mapping->network;
    uint32_t *number, usable = chip_usable_cores(mapping->chip);
    const uint32_t *part = mapping->options->part;
    uint32_t n = distinct(scratch, part, n_units_of(network), &number);
    if (n > usable)
        return err_set(err, STATUS_USAGE,
                       "the partition has %" PRIu32 " parts; chip %.100s has %" PRIu32
                       " usable cores",
                       n, mapping->chip->name, usable);
    mapping->n_planned_slots = n;
    for (uint32_t l = 0; l < network->n_layers; l++) {
        mapping->core_count[l] = distinct(scratch, part, network->layer[l].n_units, &number);
        mapping->first_slot[l] = 0;
        mapping->group_slots[l] = n;
        mapping->slot_offset[l] = UINT32_MAX;
        part += network->layer[l].n_units;
    }
    return STATUS_OK;
}

Status split_partition(Arena *scratch, const Mapping *mapping, Split *split, Err *err)
{
    (void)err;
    const Network *network = mapping->network;
    const uint32_t *part = mapping->options->part;
    uint32_t *number;
    split->n_slots = distinct(scratch, part, n_units_of(network), &number);
    uint32_t *start = ARENA_ARRAY(scratch, uint32_t, (size_t)split->n_slots + 1);
    for (uint32_t l = 0; l < network->n_layers; l++) {
        uint32_t n_units = network->layer[l].n_units, n_slices = 0;
        uint32_t *slot = ARENA_ARRAY(scratch, uint32_t, n_units);
        memset(start, 0, ((size_t)split->n_slots + 1) * sizeof *start);
        for (uint32_t u = 0; u < n_units; u++) {
            const uint32_t *at =
                bsearch(&part[u], number, split->n_slots, sizeof *number, by_number);
            slot[u] = (uint32_t)(at - number);
            start[slot[u] + 1]++;
        }
        for (uint32_t s = 0; s < split->n_slots; s++) {
            if (start[s + 1] > 0) {
                split->start[l][n_slices] = start[s];
                split->slot[l][n_slices++] = s;
            }
            start[s + 1] += start[s];
        }
        split->start[l][n_slices] = n_units;
        split->n_slices[l] = n_slices;
        for (uint32_t u = 0; u < n_units; u++)
            split->unit_of[l][start[slot[u]]++] = u;
        part += n_units;
    }
    return STATUS_OK;
}
