/* fit.c - how many cores a network needs at least, whatever formats that takes (choose.c).
 *
 * Least cores: a balanced split into k slices is tried for k = 1, 2, ... Growing k need not help
 * every slice (boundaries move), so the search does not bisect: the first k that fits is the
 * smallest. It looks first at the position that failed last, which ends nearly every failing try
 * after one slice, so the search costs O(k) as a rule and O(k^2) at worst.
 */
#include "mapping.h"

#include "base/check.h"

static bool fit_one(const Mapping *mapping, uint32_t layer, uint32_t n_slices, uint32_t i,
                    SliceProgram *slice)
{
    uint64_t region_bytes[N_REGIONS];
    *slice = slice_make(mapping, layer, n_slices, i);
    return fit_core(mapping, &slice, 1, region_bytes) == FIT_YES;
}

bool fit_layer(const Mapping *mapping, uint32_t layer, uint32_t n_slices, uint32_t *suspect,
               double *busiest_cycles)
{
    uint32_t n_units = mapping->network->layer[layer].n_units;
    SliceProgram slice;
    if (!fit_one(mapping, layer, n_slices, even_slice_at(n_units, n_slices, *suspect), &slice))
        return false;
    double most = 0.0;
    for (uint32_t i = 0; i < n_slices; i++) {
        if (!fit_one(mapping, layer, n_slices, i, &slice)) {
            *suspect = slice.first_position + slice.n_units / 2;
            return false;
        }
        double cycles = estimate_slice_cycles(mapping, &slice);
        most = cycles > most ? cycles : most;
    }
    if (busiest_cycles != NULL)
        *busiest_cycles = most;
    return true;
}

uint32_t shared_slot(uint32_t n_slices, uint32_t n_slots, uint32_t slice)
{
    return (uint32_t)((uint64_t)slice * n_slots / n_slices);
}

uint32_t shared_slice(uint32_t n_slices, uint32_t n_slots, uint32_t slot)
{
    uint64_t slice = ((uint64_t)slot * n_slices + n_slots - 1) / n_slots;
    bool here = slice < n_slices && shared_slot(n_slices, n_slots, (uint32_t)slice) == slot;
    return here ? (uint32_t)slice : UINT32_MAX;
}

typedef struct SharedTry {          /* one slot of shared cores, for trying */
    SliceProgram *slice, **pointer; /* [n_layers] each */
    const uint32_t *count;          /* [n_layers] slices; NULL: one on each slot if units suffice */
} SharedTry;

static bool fit_slot(const Mapping *mapping, SharedTry try, uint32_t n_slots, uint32_t slot)
{
    uint32_t n_here = 0;
    for (uint32_t l = 0; l < mapping->network->n_layers; l++) {
        uint32_t n_units = mapping->network->layer[l].n_units;
        uint32_t n_slices = n_units < n_slots ? n_units : n_slots;
        if (try.count != NULL)
            n_slices = try.count[l];
        uint32_t i = shared_slice(n_slices, n_slots, slot);
        if (i == UINT32_MAX)
            continue;
        try.slice[n_here] = slice_make(mapping, l, n_slices, i);
        try.pointer[n_here] = &try.slice[n_here];
        n_here++;
    }
    uint64_t region_bytes[N_REGIONS];
    return fit_core(mapping, try.pointer, n_here, region_bytes) == FIT_YES;
}

static SharedTry shared_try_new(Arena *scratch, const Mapping *mapping)
{
    uint32_t n_layers = mapping->network->n_layers;
    SharedTry try = {ARENA_ARRAY(scratch, SliceProgram, n_layers),
                     ARENA_ARRAY(scratch, SliceProgram *, n_layers), NULL};
    return try;
}

static bool fit_shared(const Mapping *mapping, SharedTry try, uint32_t n_slots,
                       uint32_t *suspect_slot)
{
    if (*suspect_slot < n_slots && !fit_slot(mapping, try, n_slots, *suspect_slot))
        return false;
    for (uint32_t slot = 0; slot < n_slots; slot++) {
        if (!fit_slot(mapping, try, n_slots, slot)) {
            *suspect_slot = slot;
            return false;
        }
    }
    return true;
}

bool fit_counts_shared(Arena *scratch, const Mapping *mapping, const uint32_t *count,
                       uint32_t n_slots)
{
    SharedTry try = shared_try_new(scratch, mapping);
    uint32_t suspect = 0;
    try.count = count;
    return fit_shared(mapping, try, n_slots, &suspect);
}

uint32_t fit_most_shared(Arena *scratch, const Mapping *mapping, uint32_t limit)
{
    SharedTry try = shared_try_new(scratch, mapping);
    uint32_t suspect = 0;
    for (uint32_t n_slots = limit; n_slots > 0; n_slots--)
        if (fit_shared(mapping, try, n_slots, &suspect))
            return n_slots;
    return 0;
}

static uint64_t min_shared(Arena *scratch, const Mapping *mapping, uint32_t *count)
{
    uint32_t most_units = 0, suspect = 0;
    const Network *network = mapping->network;
    SharedTry try = shared_try_new(scratch, mapping);
    for (uint32_t l = 0; l < network->n_layers; l++)
        if (network->layer[l].n_units > most_units)
            most_units = network->layer[l].n_units;
    for (uint32_t n_slots = 1; n_slots <= most_units; n_slots++) {
        if (!fit_shared(mapping, try, n_slots, &suspect))
            continue;
        for (uint32_t l = 0; count != NULL && l < network->n_layers; l++)
            count[l] = network->layer[l].n_units < n_slots ? network->layer[l].n_units : n_slots;
        return n_slots;
    }
    return 0;
}

uint64_t fit_min_cores(Arena *scratch, const Mapping *mapping, uint32_t *count,
                       uint32_t *hopeless_layer)
{
    uint64_t total = 0;
    *hopeless_layer = 0;
    if (options_share_cores(mapping->options))
        return min_shared(scratch, mapping, count);
    for (uint32_t l = 0; l < mapping->network->n_layers; l++) {
        uint32_t n_units = mapping->network->layer[l].n_units;
        uint32_t n_slices = 1, suspect = 0;
        while (n_slices <= n_units && !fit_layer(mapping, l, n_slices, &suspect, NULL))
            n_slices++;
        if (n_slices > n_units) {
            *hopeless_layer = l;
            return 0;
        }
        if (count != NULL)
            count[l] = n_slices;
        total += n_slices;
    }
    return total;
}
