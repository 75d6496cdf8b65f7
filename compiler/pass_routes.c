/* pass_routes.c - the multicast routes: which cores the central router copies each key to.
 *
 * Two routes for each slice, and two for the host's input:
 *   events   of layer l: to the cores that hold slices of layer l (recurrent) or l+1 (input) with
 *            at least one stored weight from any unit of the slice; of the last layer also to the
 *            host
 *   markers  of layer l: to all cores with slices of layers l-1, l and l+1; of the first layer
 *            (flow control of its input) and of the last also to the host
 *   input    events to the cores of layer 0 with a weight from any input, marker to all of them
 * A core gets its own events through the router too. Lists ascend without repeats; slices of a
 * layer with equal lists share one array. Cost: O(stored weights + slices * cores).
 */
#include "mapping.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

typedef struct CoreSet { /* of slots, that is positions in Mapping.core */
    uint32_t n_slots;
    bool *has;               /* [n_slots]                      */
    const uint32_t *slot_at; /* [n_slices] position in Mapping.core of each slice */
    RouteEntry *entry;       /* [n_entries] the table so far   */
    uint32_t n_entries;
} CoreSet;

typedef struct CoreList {
    uint32_t n;
    const uint32_t *core;
} CoreList;

static void add_layer_cores(const Mapping *mapping, CoreSet *set, int64_t layer)
{
    if (layer < 0 || layer >= mapping->network->n_layers)
        return;
    for (uint32_t s = mapping->first_slice[layer]; s < mapping->first_slice[layer + 1]; s++)
        set->has[set->slot_at[s]] = true;
}

/* Adds the cores whose slices of `layer` have a weight in the matrix's row. */
static void add_reached(const Mapping *mapping, CoreSet *set, uint32_t layer,
                        const SparseRows *matrix, uint32_t row)
{
    uint32_t n_units = mapping->network->layer[layer].n_units;
    for (uint64_t i = matrix->row_start[row]; i < matrix->row_start[row + 1]; i++)
        set->has[set->slot_at[mapping->slice_of[layer][matrix->col[i] % n_units]]] = true;
}

/* The set as a list, and the set emptied; `like` is returned if it holds the same cores. */
static CoreList take_list(Arena *arena, const Mapping *mapping, CoreSet *set, CoreList like)
{
    uint32_t n = 0;
    bool same = true;
    for (uint32_t slot = 0; slot < set->n_slots; slot++) {
        if (!set->has[slot])
            continue;
        same = same && n < like.n && like.core[n] == mapping->core[slot].core;
        n++;
    }
    uint32_t *core = NULL;
    if (!same || n != like.n)
        core = ARENA_ARRAY(arena, uint32_t, n);
    for (uint32_t slot = 0, at = 0; slot < set->n_slots; slot++) {
        if (set->has[slot] && core != NULL)
            core[at++] = mapping->core[slot].core;
        set->has[slot] = false;
    }
    return core == NULL ? like : (CoreList){n, core};
}

static void add_route(const Mapping *mapping, CoreSet *set, uint32_t key, uint32_t block_bits,
                      CoreList list, bool to_host)
{
    uint32_t key_bits = (uint32_t)cost_count(&mapping->chip->router.key_bits);
    uint32_t all = UINT32_MAX >> (32 - key_bits);
    uint32_t block = (uint32_t)((UINT64_C(1) << block_bits) - 1);
    set->entry[set->n_entries++] = (RouteEntry){
        .key = key, .mask = all & ~block, .n_cores = list.n, .core = list.core, .to_host = to_host};
}

static void route_input(Arena *arena, const Mapping *mapping, CoreSet *set)
{
    const Network *network = mapping->network;
    CoreList none = {0, NULL};
    for (uint32_t input = 0; input < network->n_inputs; input++)
        add_reached(mapping, set, 0, &network->layer[0].input, input);
    CoreList events = take_list(arena, mapping, set, none);
    add_route(mapping, set, mapping->input_key, key_block_bits(network->n_inputs), events, false);
    add_layer_cores(mapping, set, 0);
    CoreList markers = take_list(arena, mapping, set, events);
    add_route(mapping, set, mapping->input_marker_key, 0, markers, false);
}

static void route_layer(Arena *arena, const Mapping *mapping, CoreSet *set, uint32_t l)
{
    const Network *network = mapping->network;
    bool last = l + 1 == network->n_layers;
    for (int64_t near = (int64_t)l - 1; near <= (int64_t)l + 1; near++)
        add_layer_cores(mapping, set, near);
    CoreList markers = take_list(arena, mapping, set, (CoreList){0, NULL});
    CoreList events = markers;
    for (uint32_t s = mapping->first_slice[l]; s < mapping->first_slice[l + 1]; s++) {
        const SliceProgram *slice = &mapping->slice[s];
        for (uint32_t u = 0; u < slice->n_units; u++) {
            uint32_t unit = mapping->unit_of[l][slice->first_position + u];
            add_reached(mapping, set, l, &network->layer[l].recurrent, unit);
            if (!last)
                add_reached(mapping, set, l + 1, &network->layer[l + 1].input, unit);
        }
        events = take_list(arena, mapping, set, events);
        add_route(mapping, set, slice->key, key_block_bits(slice->n_units), events, last);
        add_route(mapping, set, slice->marker_key, 0, markers, last || l == 0);
    }
}

static int by_key(const void *a, const void *b)
{
    uint32_t key_a = ((const RouteEntry *)a)->key, key_b = ((const RouteEntry *)b)->key;
    return (key_a > key_b) - (key_a < key_b);
}

Status pass_routes(Arena *arena, Arena *scratch, Mapping *mapping, Err *err)
{
    (void)err;
    uint32_t *slot_at = ARENA_ARRAY(scratch, uint32_t, mapping->n_slices);
    for (uint32_t c = 0; c < mapping->n_slots; c++)
        for (uint32_t i = 0; i < mapping->core[c].n_slices; i++)
            slot_at[mapping->core[c].slice[i]] = c;
    CoreSet set = {mapping->n_slots, ARENA_ARRAY(scratch, bool, mapping->n_slots), slot_at, NULL,
                   0};
    uint32_t n_entries = 2 * mapping->n_slices + 2;
    set.entry = ARENA_ARRAY(arena, RouteEntry, n_entries);
    route_input(arena, mapping, &set);
    for (uint32_t l = 0; l < mapping->network->n_layers; l++)
        route_layer(arena, mapping, &set, l);
    CHECK(set.n_entries == n_entries);
    qsort(set.entry, n_entries, sizeof *set.entry, by_key);
    mapping->n_tables = 1;
    mapping->table = ARENA_ARRAY(arena, RouterTable, 1);
    mapping->table[0] = (RouterTable){.n_entries = n_entries, .entry = set.entry};
    mapping->table[0].n_ascending = table_count_ascending(&mapping->table[0]);
    return STATUS_OK;
}
