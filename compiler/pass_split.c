/* pass_split.c - cut every layer into contiguous slices of whole units, one for each of its cores.
 *
 * Slice i of k holds units floor(i n / k) .. floor((i+1) n / k) - 1, so sizes differ by at most
 * one. Slices get a slot (a core without an id yet): one each, or, with share_cores, slots that
 * slices of all layers share: the k slices of a layer are spread evenly over the most slots any
 * layer has.
 */
#include "mapping.h"

#include "base/check.h"

Status pass_split(Arena *arena, Arena *scratch, Mapping *mapping, Err *err)
{
    (void)arena;
    (void)err;
    uint32_t n_layers = mapping->network->n_layers, n_slices = 0, most = 0;
    mapping->first_slice = ARENA_ARRAY(scratch, uint32_t, (size_t)n_layers + 1);
    for (uint32_t l = 0; l < n_layers; l++) {
        uint32_t count = mapping->core_count[l];
        CHECK(count > 0 && count <= mapping->network->layer[l].n_units);
        most = count > most ? count : most;
        n_slices += count;
        mapping->first_slice[l + 1] = n_slices;
    }
    bool share = mapping->options->share_cores;
    mapping->n_slices = n_slices;
    mapping->n_slots = share ? most : n_slices;
    mapping->slice = ARENA_ARRAY(scratch, SliceProgram, n_slices);
    mapping->slot_of = ARENA_ARRAY(scratch, uint32_t, n_slices);
    for (uint32_t l = 0; l < n_layers; l++) {
        uint32_t count = mapping->core_count[l], first = mapping->first_slice[l];
        for (uint32_t i = 0; i < count; i++) {
            mapping->slice[first + i] = slice_make(mapping, l, count, i);
            mapping->slot_of[first + i] = share ? shared_slot(count, most, i) : first + i;
        }
    }
    return STATUS_OK;
}
