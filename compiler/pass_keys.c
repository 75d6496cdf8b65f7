/* pass_keys.c - router keys: for each slice a block for its events, one for what closes its steps.
 *
 * A block is a power of two of keys at a multiple of its size, so that one masked entry of a
 * router's table matches exactly the block. The blocks of a layer are equally large and stand side
 * by side in a zone, again a power of two; so do the markers of a layer. In a zone slices stand in
 * the order of their routers, row by row of the grid, then of their cores: packets that come from
 * one part of the grid mostly go on together, and have keys that one wider entry matches. The
 * host's input and its marker are zones of their own. Zones are dealt from key 0 on, large ones
 * first (ties: by layer, input first), which leaves no gaps between them.
 *
 * Where zones would take more keys than the router has, blocks are as large as their own slices
 * need and stand alone: large ones first, in the same order. In either case no
 * key is in two blocks, and no block's entry matches another's key. cost: O(slices log slices)
 */
#include "mapping.h"

#include <inttypes.h>
#include <stdlib.h>

uint32_t key_block_bits(uint32_t n_units)
{
    uint32_t bits = 0;
    while (bits < 32 && (UINT64_C(1) << bits) < n_units)
        bits++;
    return bits;
}

/* --- the order of slices -----------------------------------------------------------------------
 * */

typedef struct Placed {
    uint32_t slice, layer, core;
    Cell2d cell; /* of its router */
} Placed;

static int by_layer_and_place(const void *a, const void *b)
{
    const Placed *x = a, *y = b;
    if (x->layer != y->layer)
        return x->layer < y->layer ? -1 : 1;
    if (x->cell.y != y->cell.y)
        return x->cell.y < y->cell.y ? -1 : 1;
    if (x->cell.x != y->cell.x)
        return x->cell.x < y->cell.x ? -1 : 1;
    if (x->core != y->core)
        return x->core < y->core ? -1 : 1;
    return (x->slice > y->slice) - (x->slice < y->slice);
}

static const Placed *order_slices(Arena *scratch, const Mapping *mapping)
{
    const Topology *graph = mapping->topology;
    Placed *placed = ARENA_ARRAY(scratch, Placed, mapping->n_slices);
    for (uint32_t s = 0; s < mapping->n_slices; s++) {
        uint32_t core = mapping->core_of[s], router = topology_router_of_core(graph, core);
        placed[s] = (Placed){s, mapping->slice[s].layer, core, graph->router_cell[router]};
    }
    qsort(placed, mapping->n_slices, sizeof *placed, by_layer_and_place);
    return placed;
}

/* --- zones -------------------------------------------------------------------------------------
 * */

typedef struct Zone {
    uint32_t bits, block_bits;
    uint32_t first, n; /* slices in their order; n 0: of the host       */
    bool is_marker;
} Zone;

/* Two zones for the host, then two for each layer. */
static uint32_t list_zones(Arena *scratch, const Mapping *mapping, Zone **out)
{
    uint32_t n_layers = mapping->network->n_layers, n = 0;
    Zone *zone = ARENA_ARRAY(scratch, Zone, 2 * (size_t)n_layers + 2);
    uint32_t input_bits = key_block_bits(mapping->network->n_inputs);
    uint32_t marker_bits = key_block_bits(program_marker_keys(mapping->network->n_inputs));
    zone[n++] = (Zone){.bits = input_bits, .block_bits = input_bits};
    zone[n++] = (Zone){.bits = marker_bits, .block_bits = marker_bits, .is_marker = true};
    for (uint32_t l = 0; l < n_layers; l++) {
        uint32_t first = mapping->first_slice[l], most = 0;
        uint32_t n_slices = mapping->first_slice[l + 1] - first, bits = key_block_bits(n_slices);
        for (uint32_t s = first; s < first + n_slices; s++)
            if (mapping->slice[s].n_units > most)
                most = mapping->slice[s].n_units;
        uint32_t block_bits = key_block_bits(most);
        zone[n++] = (Zone){bits + block_bits, block_bits, first, n_slices, false};
        block_bits = key_block_bits(program_marker_keys(most));
        zone[n++] = (Zone){bits + block_bits, block_bits, first, n_slices, true};
    }
    *out = zone;
    return n;
}

static void deal_zone(Mapping *mapping, const Placed *placed, const Zone *zone, uint64_t key)
{
    if (zone->n == 0)
        *(zone->is_marker ? &mapping->input_marker_key : &mapping->input_key) = (uint32_t)key;
    for (uint32_t i = zone->first; i < zone->first + zone->n; i++) {
        SliceProgram *slice = &mapping->slice[placed[i].slice];
        *(zone->is_marker ? &slice->marker_key : &slice->key) = (uint32_t)key;
        key += UINT64_C(1) << zone->block_bits;
    }
}

/* False (and nothing dealt) if the zones take more than n_keys. */
static bool deal_zones(Arena *scratch, Mapping *mapping, const Placed *placed, uint64_t n_keys)
{
    Zone *zone;
    uint32_t n_zones = list_zones(scratch, mapping, &zone);
    uint64_t needed = 0, key = 0;
    for (uint32_t z = 0; z < n_zones; z++)
        needed += UINT64_C(1) << zone[z].bits;
    if (needed > n_keys)
        return false;
    for (uint32_t bits = 33; bits-- > 0;) {
        for (uint32_t z = 0; z < n_zones; z++) {
            if (zone[z].bits != bits)
                continue;
            deal_zone(mapping, placed, &zone[z], key);
            key += UINT64_C(1) << bits;
        }
    }
    return true;
}

/* --- blocks that stand alone -------------------------------------------------------------------
 * */

static uint64_t keys_of_units(uint32_t n_units)
{
    return (UINT64_C(1) << key_block_bits(n_units)) +
           (UINT64_C(1) << key_block_bits(program_marker_keys(n_units)));
}

static uint64_t keys_of_blocks(const Mapping *mapping)
{
    uint64_t n_keys = keys_of_units(mapping->network->n_inputs);
    for (uint32_t s = 0; s < mapping->n_slices; s++)
        n_keys += keys_of_units(mapping->slice[s].n_units);
    return n_keys;
}

/* The next block for n_units is dealt if it has this size. */
static void deal_block(uint32_t n_units, uint32_t bits, uint64_t *next, uint32_t *key)
{
    if (key_block_bits(n_units) != bits)
        return;
    *key = (uint32_t)*next;
    *next += UINT64_C(1) << bits;
}

static void deal_blocks(Mapping *mapping, const Placed *placed)
{
    uint32_t n_inputs = mapping->network->n_inputs;
    uint64_t key = 0;
    for (uint32_t bits = 33; bits-- > 0;) {
        deal_block(n_inputs, bits, &key, &mapping->input_key);
        for (uint32_t i = 0; i < mapping->n_slices; i++) {
            SliceProgram *slice = &mapping->slice[placed[i].slice];
            deal_block(slice->n_units, bits, &key, &slice->key);
        }
        deal_block(program_marker_keys(n_inputs), bits, &key, &mapping->input_marker_key);
        for (uint32_t i = 0; i < mapping->n_slices; i++) {
            SliceProgram *slice = &mapping->slice[placed[i].slice];
            deal_block(program_marker_keys(slice->n_units), bits, &key, &slice->marker_key);
        }
    }
}

Status pass_keys(Arena *arena, Arena *scratch, Mapping *mapping, Err *err)
{
    (void)arena;
    uint32_t key_bits = (uint32_t)cost_count(&mapping->chip->router.key_bits);
    uint64_t n_keys = UINT64_C(1) << key_bits, needed = keys_of_blocks(mapping);
    if (needed > n_keys) {
        err_set(err, STATUS_NO_FIT,
                "router keys do not fit: %s keys needed, %s available (%" PRIu32 " bits)",
                number_text(needed).text, number_text(n_keys).text, key_bits);
        err_hint(err,
                 "keys are dealt in blocks of a power of two for each slice and for the input; "
                 "a wider router.key_bits has room for more");
        return STATUS_NO_FIT;
    }
    const Placed *placed = order_slices(scratch, mapping);
    if (!deal_zones(scratch, mapping, placed, n_keys))
        deal_blocks(mapping, placed);
    return STATUS_OK;
}
