/* pass_keys.c - router keys: a block of keys for the units of each slice, one key for each marker.
 *
 * A block is a power of two of keys at a multiple of its size, so that one masked entry of the
 * router's table matches exactly the block. The host's input has a block too. Blocks are dealt
 * from key 0 on, large ones first (ties: input, then slices in order), which leaves no gaps; then
 * come the markers, one key each. So no key is in two blocks, and no entry matches another's key.
 */
#include "mapping.h"

#include <inttypes.h>

uint32_t key_block_bits(uint32_t n_units)
{
    uint32_t bits = 0;
    while (bits < 32 && (UINT64_C(1) << bits) < n_units)
        bits++;
    return bits;
}

static Status check_room(const Mapping *mapping, uint64_t n_keys, Err *err)
{
    const ChipRouter *router = &mapping->chip->router;
    uint64_t keys_available = UINT64_C(1) << cost_count(&router->key_bits);
    if (n_keys > keys_available) {
        err_set(err, STATUS_NO_FIT,
                "router keys do not fit: %s keys needed, %s available (%s bits)",
                number_text(n_keys).text, number_text(keys_available).text,
                number_text(cost_count(&router->key_bits)).text);
        err_hint(err,
                 "keys are dealt in blocks of a power of two for each slice and for the input; "
                 "a wider router.key_bits has room for more");
        return STATUS_NO_FIT;
    }
    return STATUS_OK;
}

Status pass_keys(Arena *arena, Arena *scratch, Mapping *mapping, Err *err)
{
    (void)arena;
    (void)scratch;
    uint32_t input_bits = key_block_bits(mapping->network->n_inputs);
    uint64_t n_keys = (UINT64_C(1) << input_bits) + 1;
    for (uint32_t s = 0; s < mapping->n_slices; s++)
        n_keys += (UINT64_C(1) << key_block_bits(mapping->slice[s].n_units)) + 1;
    TRY(check_room(mapping, n_keys, err));
    uint64_t key = 0;
    for (uint32_t bits = 33; bits-- > 0;) {
        if (input_bits == bits) {
            mapping->input_key = (uint32_t)key;
            key += UINT64_C(1) << bits;
        }
        for (uint32_t s = 0; s < mapping->n_slices; s++) {
            if (key_block_bits(mapping->slice[s].n_units) != bits)
                continue;
            mapping->slice[s].key = (uint32_t)key;
            key += UINT64_C(1) << bits;
        }
    }
    mapping->input_marker_key = (uint32_t)key++;
    for (uint32_t s = 0; s < mapping->n_slices; s++)
        mapping->slice[s].marker_key = (uint32_t)key++;
    return STATUS_OK;
}
