/* mapping_check.c - the proofs: every invariant of a Mapping, part by part, for what it has so
 * far.
 *
 * Called after each pass, always on. Recomputes from the network rather than trusting what the
 * passes noted. A contradiction is named by its proof: core-counts    every layer has cores, and
 * no more than units unit-once      orders are permutations; slices hold each unit, and all
 * weights, once place          slots and cores agree; every core exists, is usable and is taken
 * once index-width    formats hold their indices memory         nothing over its memory; arrays
 * fill the image without gap or overlap keys-apart     key blocks are aligned and disjoint
 * delivery-once  the tables lead every key to each core that needs it, once, and to no other
 *                  (check_routes.c; no-deadlock: over allowed turns only)
 * weight-once    each weight and parameter stands in exactly one image (check_images.c), or in
 * one
 *                  row in DRAM (token_rows.c, decoder.c)
 * program        all that program.h promises, worked out from the Program alone (program_check)
 * Compressed tables are proven equal to their routes when they are made (tables-equal,
 * pass_tables.c). Cost: O(slices log slices), and O(stored weights) once there are tables.
 */
#include "decoder.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static Status check_counts(Arena *scratch, const Mapping *mapping, Err *err)
{
    (void)scratch;
    for (uint32_t l = 0; l < mapping->network->n_layers; l++) {
        uint32_t count = mapping->core_count[l], n_units = mapping->network->layer[l].n_units;
        if (count == 0 || count > n_units)
            return err_set(err, STATUS_INTERNAL,
                           "layer %" PRIu32 " with %" PRIu32 " units has %" PRIu32 " cores", l,
                           n_units, count);
    }
    return STATUS_OK;
}

/* Each unit at one position, in the slice that slice_of names. */
static Status check_order(const Mapping *mapping, uint32_t l, Err *err)
{
    uint32_t n_units = mapping->network->layer[l].n_units;
    for (uint32_t s = mapping->first_slice[l]; s < mapping->first_slice[l + 1]; s++) {
        const SliceProgram *slice = &mapping->slice[s];
        for (uint32_t u = 0; u < slice->n_units; u++) {
            uint32_t position = slice->first_position + u, unit = mapping->unit_of[l][position];
            if (unit >= n_units || mapping->position_of[l][unit] != position ||
                mapping->slice_of[l][unit] != s)
                return err_set(err, STATUS_INTERNAL,
                               "unit %" PRIu32 " at position %" PRIu32 " of layer %" PRIu32
                               " is elsewhere too, or not in slice %" PRIu32,
                               unit, position, l, s);
        }
    }
    return STATUS_OK;
}

static Status check_layer_slices(const Mapping *mapping, uint32_t l, Err *err)
{
    const Layer *layer = &mapping->network->layer[l];
    uint32_t n_covered = 0;
    uint64_t n_weights = 0;
    for (uint32_t s = mapping->first_slice[l]; s < mapping->first_slice[l + 1]; s++) {
        const SliceProgram *slice = &mapping->slice[s];
        if (slice->layer != l || slice->first_position != n_covered || slice->n_units == 0)
            return err_set(err, STATUS_INTERNAL,
                           "slice %" PRIu32 " starts at position %" PRIu32 " of layer %" PRIu32
                           ", expected position %" PRIu32 " of layer %" PRIu32,
                           s, slice->first_position, slice->layer, n_covered, l);
        n_covered += slice->n_units;
        n_weights += slice->input.n_weights + slice->recurrent.n_weights;
        n_weights += slice->decoder ? layer->n_inputs : 0; /* decoder_add: its rows name slices */
        if (mapping->slot_of[s] >= mapping->n_slots)
            return err_set(err, STATUS_INTERNAL,
                           "slice %" PRIu32 " has slot %" PRIu32 " of %" PRIu32, s,
                           mapping->slot_of[s], mapping->n_slots);
    }
    if (n_covered != layer->n_units)
        return err_set(err, STATUS_INTERNAL,
                       "slices of layer %" PRIu32 " cover %" PRIu32 " of %" PRIu32 " units", l,
                       n_covered, layer->n_units);
    uint64_t n_stored = layer->input.n_nonzeros + layer->recurrent.n_nonzeros;
    if (n_weights != n_stored)
        return err_set(err, STATUS_INTERNAL,
                       "slices of layer %" PRIu32 " hold %" PRIu64 " weights, the network %" PRIu64,
                       l, n_weights, n_stored);
    return STATUS_OK;
}

static Status check_slices(Arena *scratch, const Mapping *mapping, Err *err)
{
    (void)scratch;
    uint32_t n_layers = mapping->network->n_layers;
    if (mapping->first_slice[0] != 0 || mapping->first_slice[n_layers] != mapping->n_slices)
        return err_set(err, STATUS_INTERNAL, "layers hold %" PRIu32 " slices of %" PRIu32,
                       mapping->first_slice[n_layers], mapping->n_slices);
    for (uint32_t l = 0; l < n_layers; l++) {
        TRY(check_layer_slices(mapping, l, err));
        TRY(check_order(mapping, l, err));
    }
    return STATUS_OK;
}

static Status check_place(Arena *scratch, const Mapping *mapping, Err *err)
{
    (void)scratch;
    uint32_t n_found = 0;
    for (uint32_t c = 0; c < mapping->n_slots; c++) {
        const CoreUse *use = &mapping->core[c];
        if (!chip_core_is_usable(mapping->chip, use->core) || use->n_slices == 0 ||
            (c > 0 && mapping->core[c - 1].core >= use->core))
            return err_set(err, STATUS_INTERNAL,
                           "core %" PRIu32 " with %" PRIu32 " slices is out of place or range",
                           use->core, use->n_slices);
        n_found += use->n_slices;
        for (uint32_t i = 0; i < use->n_slices; i++) {
            uint32_t s = use->slice[i];
            if (s >= mapping->n_slices || mapping->core_of[s] != use->core ||
                (i > 0 && (use->slice[i - 1] >= s ||
                           mapping->slot_of[s] != mapping->slot_of[use->slice[0]])))
                return err_set(err, STATUS_INTERNAL,
                               "core %" PRIu32 " lists slice %" PRIu32
                               ", which does not belong there",
                               use->core, s);
        }
    }
    if (n_found != mapping->n_slices)
        return err_set(err, STATUS_INTERNAL, "cores hold %" PRIu32 " slices of %" PRIu32, n_found,
                       mapping->n_slices);
    return STATUS_OK;
}

static Status check_matrix_format(uint32_t s, const MatrixImage *matrix, Err *err)
{
    uint32_t bytes = matrix->index_bytes;
    bool known = matrix->format < N_FORMATS && bytes <= 4 && bytes != 3;
    bool counts =
        known && format_has_indices(matrix->format)
            ? bytes > 0 && (matrix->index_delta || bytes >= index_bytes_for(matrix_columns(matrix)))
            : bytes == 0;
    if (!known || !counts || (matrix->pointer_bytes == 2 && matrix->n_weights > UINT16_MAX))
        return err_set(err, STATUS_INTERNAL,
                       "slice %" PRIu32 " has %" PRIu32 "-byte indices in format %d", s, bytes,
                       (int)matrix->format);
    return STATUS_OK;
}

static Status check_format(Arena *scratch, const Mapping *mapping, Err *err)
{
    (void)scratch;
    for (uint32_t s = 0; s < mapping->n_slices; s++) {
        if (mapping->slice[s].decoder)
            continue;
        TRY(check_matrix_format(s, &mapping->slice[s].input, err));
        const Layer *layer = &mapping->network->layer[mapping->slice[s].layer];
        if (!layer_is_feed_forward(layer))
            TRY(check_matrix_format(s, &mapping->slice[s].recurrent, err));
        else if (!matrix_is_none(&mapping->slice[s].recurrent))
            return err_set(err, STATUS_INTERNAL,
                           "slice %" PRIu32 " has a recurrent matrix, its layer none", s);
    }
    return STATUS_OK;
}

typedef struct Span { /* of bytes in an image, or of keys */
    uint64_t start, length;
} Span;

static int by_start(const void *a, const void *b)
{
    const Span *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return (x->length > y->length) - (x->length < y->length);
}

enum { ARRAYS_PER_SLICE = 12 };

static void list_arrays(const Mapping *mapping, const SliceProgram *slice, Span *span)
{
    const MatrixImage *matrix[] = {&slice->input, &slice->recurrent};
    uint64_t target_bytes = (uint64_t)slice->input.n_targets * 4;
    uint64_t unit_bytes = (uint64_t)slice_states(slice) * 4;
    for (size_t i = 0; i < 2; i++) {
        MatrixBytes bytes = memory_of_arrays(mapping, matrix[i]);
        span[3 * i] = (Span){matrix[i]->weight_offset, bytes.weights};
        span[3 * i + 1] = (Span){matrix[i]->index_offset, bytes.indices};
        span[3 * i + 2] = (Span){matrix[i]->pointer_offset, bytes.pointers};
    }
    span[6] = (Span){slice->bias_offset, target_bytes};
    span[7] = (Span){slice->recurrent_bias_offset, 4 * (uint64_t)slice_recurrent_targets(slice)};
    span[8] = (Span){slice->threshold_offset, unit_bytes};
    span[9] = (Span){slice->state_offset, unit_bytes};
    span[10] = (Span){slice->input_scale_offset, memory_of_scales(slice)};
    span[11] = (Span){slice->recurrent_scale_offset,
                      slice_recurrent_scales(slice) == 0 ? 0 : memory_of_scales(slice)};
}

static Status check_regions(const Mapping *mapping, const CoreUse *use, const SliceProgram **slice,
                            Err *err)
{
    uint64_t expected[N_REGIONS], image_bytes = 0;
    for (uint32_t i = 0; i < use->n_slices; i++)
        slice[i] = &mapping->slice[use->slice[i]];
    memory_of_core(mapping, slice, use->n_slices, expected);
    for (int region = 0; region < N_REGIONS; region++) {
        if (region >= REGION_WEIGHTS && region <= REGION_STATE)
            image_bytes += expected[region];
        if (expected[region] != use->region_bytes[region])
            return err_set(err, STATUS_INTERNAL,
                           "core %" PRIu32 ": %s takes %" PRIu64 " bytes, not %" PRIu64, use->core,
                           region_name((Region)region), expected[region],
                           use->region_bytes[region]);
    }
    if (image_bytes != use->image_bytes)
        return err_set(err, STATUS_INTERNAL,
                       "core %" PRIu32 ": image of %" PRIu64 " bytes, regions of %" PRIu64,
                       use->core, use->image_bytes, image_bytes);
    for (int memory = 0; memory < 2; memory++)
        if (memory_bytes(use->region_bytes, memory) > memory_available(mapping->chip, memory))
            return err_set(err, STATUS_INTERNAL, "core %" PRIu32 ": memory %d overflows", use->core,
                           memory);
    return STATUS_OK;
}

static Status check_memory(Arena *scratch, const Mapping *mapping, Err *err)
{
    Span *span = ARENA_ARRAY(scratch, Span, (size_t)mapping->n_slices * ARRAYS_PER_SLICE);
    const SliceProgram **slice = ARENA_ARRAY(scratch, const SliceProgram *, mapping->n_slices);
    for (uint32_t c = 0; c < mapping->n_slots; c++) {
        const CoreUse *use = &mapping->core[c];
        TRY(check_regions(mapping, use, slice, err));
        size_t n_spans = (size_t)use->n_slices * ARRAYS_PER_SLICE;
        for (uint32_t i = 0; i < use->n_slices; i++)
            list_arrays(mapping, slice[i], span + (size_t)i * ARRAYS_PER_SLICE);
        qsort(span, n_spans, sizeof *span, by_start);
        uint64_t end = 0;
        for (size_t i = 0; i < n_spans; i++) {
            if (span[i].start != end || end % 4 != 0)
                return err_set(err, STATUS_INTERNAL,
                               "core %" PRIu32 ": an array starts at byte %" PRIu64
                               " of the image, the one before ends at %" PRIu64,
                               use->core, span[i].start, end);
            end += span[i].length;
        }
        if (end != use->image_bytes)
            return err_set(err, STATUS_INTERNAL,
                           "core %" PRIu32 ": arrays end at %" PRIu64 " of %" PRIu64, use->core,
                           end, use->image_bytes);
    }
    return STATUS_OK;
}

static Status check_keys(Arena *scratch, const Mapping *mapping, Err *err)
{
    size_t n_spans = 2 * (size_t)mapping->n_slices + 2, at = 0;
    Span *span = ARENA_ARRAY(scratch, Span, n_spans);
    uint32_t input_bits = key_block_bits(mapping->network->n_inputs);
    span[at++] = (Span){mapping->input_key, UINT64_C(1) << input_bits};
    input_bits = key_block_bits(program_marker_keys(mapping->network->n_inputs));
    span[at++] = (Span){mapping->input_marker_key, UINT64_C(1) << input_bits};
    for (uint32_t s = 0; s < mapping->n_slices; s++) {
        const SliceProgram *slice = &mapping->slice[s];
        span[at++] = (Span){slice->key, UINT64_C(1) << key_block_bits(slice->n_units)};
        uint32_t marker_bits = key_block_bits(program_marker_keys(slice->n_units));
        span[at++] = (Span){slice->marker_key, UINT64_C(1) << marker_bits};
    }
    qsort(span, n_spans, sizeof *span, by_start);
    uint64_t end = 0, n_keys = UINT64_C(1) << cost_count(&mapping->chip->router.key_bits);
    for (size_t i = 0; i < n_spans; i++) {
        if (span[i].start < end || span[i].start % span[i].length != 0 ||
            span[i].start + span[i].length > n_keys)
            return err_set(err, STATUS_INTERNAL,
                           "key block %" PRIu64 "+%" PRIu64 " overlaps, is not aligned or too high",
                           span[i].start, span[i].length);
        end = span[i].start + span[i].length;
    }
    return STATUS_OK;
}

static Status check_weights(Arena *scratch, const Mapping *mapping, Err *err)
{
    (void)scratch;
    TRY(check_decoder(mapping, err)); /* first: whether the last layer is one */
    TRY(check_images(mapping, err));
    return check_token_rows(mapping, err);
}

static Status check_program(Arena *scratch, const Mapping *mapping, Err *err)
{
    (void)scratch;
    Err found;
    if (program_check_on(mapping->program, mapping->topology, &found) != STATUS_OK)
        return err_set(err, STATUS_INTERNAL, "%.900s", found.message);
    return STATUS_OK;
}

typedef struct Proof {
    unsigned from, until; /* MAP_HAS_...: run when the Mapping has the one and not the other */
    const char *name;
    Status (*run)(Arena *scratch, const Mapping *mapping, Err *err);
} Proof;

static const Proof proof_list[] = {
    {MAP_HAS_COUNTS, 0, "core-counts", check_counts},
    {MAP_HAS_SLICES, 0, "unit-once", check_slices},
    {MAP_HAS_PLACE, 0, "place", check_place},
    {MAP_HAS_FORMAT, 0, "index-width", check_format},
    {MAP_HAS_MEMORY, 0, "memory", check_memory},
    {MAP_HAS_KEYS, 0, "keys-apart", check_keys},
    /* program_check follows every key again */
    {MAP_HAS_TABLES, MAP_HAS_PROGRAM, "delivery-once", check_routes},
    {MAP_HAS_PROGRAM, 0, "weight-once", check_weights},
    {MAP_HAS_PROGRAM, 0, "program", check_program},
};
enum { N_PROOFS = sizeof proof_list / sizeof proof_list[0] };

/* Name the proof in an error that does not name a finer one. */
static Status name_proof(const char *name, Status status, Err *err)
{
    if (status == STATUS_OK || err == NULL || strncmp(err->message, "proof ", 6) == 0)
        return status;
    Err found = *err;
    return err_set(err, status, "proof %s: %.900s", name, found.message);
}

Status mapping_check(Arena *scratch, const Mapping *mapping, Err *err)
{
    for (size_t i = 0; i < N_PROOFS; i++) {
        const Proof *proof = &proof_list[i];
        if ((mapping->has & proof->from) == 0 || (mapping->has & proof->until) != 0)
            continue;
        TRY(name_proof(proof->name, proof->run(scratch, mapping, err), err));
    }
    return STATUS_OK;
}
