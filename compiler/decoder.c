/* decoder.c - the decoder as one layer more: slices of words, parameters, rows in DRAM.
 *
 * Takes a Mapping whose layers are split, adds a layer of one slice a core: consecutive words, as
 * many on each core as on any other, give or take one. It takes part in placement, keys, routes and
 * tables like any layer; memory, image and DRAM are its own: a bias (in int8 a scale too) for each
 * word in the image, and in the DRAM for each position of the last layer the weights of the slice's
 * words side by side, so that an event reads one contiguous piece. program.h has the protocol.
 * Cost: O(words * width).
 */
#include "decoder.h"

#include <inttypes.h>
#include <string.h>

#include "image_put.h"
#include "models/decoder.h"

/* Not one that the reference computes layer by layer: it only has a shape. */
static const CellKind DECODER = {.name = "decoder", .n_gates = 1, .distributed = true};

/* For each unit the first word of every slice. */
static SparseRows needs_of_slices(Arena *scratch, const Network *layers, uint32_t n_slices)
{
    const uint32_t width = layers->layer[layers->n_layers - 1].n_units;
    const size_t n = (size_t)width * n_slices;
    uint64_t *start = ARENA_ARRAY(scratch, uint64_t, (size_t)width + 1);
    uint32_t *col = ARENA_ARRAY(scratch, uint32_t, n);
    float *weight = ARENA_ARRAY(scratch, float, n);
    for (uint32_t u = 0; u < width; u++) {
        start[u + 1] = start[u] + n_slices;
        for (uint32_t i = 0; i < n_slices; i++) {
            col[start[u] + i] = even_start(layers->n_words, n_slices, i);
            weight[start[u] + i] = 1.0f;
        }
    }
    return (SparseRows){width, layers->n_words, n, start, col, weight};
}

static const Network *network_with_layer(Arena *scratch, const Network *from, uint32_t n_slices)
{
    Network *network = ARENA_ARRAY(scratch, Network, 1);
    Layer *layer = ARENA_ARRAY(scratch, Layer, (size_t)from->n_layers + 1);
    *network = *from;
    memcpy(layer, from->layer, from->n_layers * sizeof *layer);
    const SparseRows none = {.n_rows = from->n_words,
                             .n_cols = from->n_words,
                             .row_start = ARENA_ARRAY(scratch, uint64_t, (size_t)from->n_words + 1),
                             .col = ARENA_ARRAY(scratch, uint32_t, 0),
                             .weight = ARENA_ARRAY(scratch, float, 0)};
    layer[from->n_layers] = (Layer){.name = "decoder",
                                    .cell = &DECODER,
                                    .n_inputs = layer[from->n_layers - 1].n_units,
                                    .n_units = from->n_words,
                                    .input = needs_of_slices(scratch, from, n_slices),
                                    .recurrent = none,
                                    .bias = from->decoder_bias};
    network->layer = layer;
    network->n_layers++;
    return network;
}

/* Arrays by layer, one longer. */
#define GROWN(scratch, Type, array, n) \
    ((Type *)memcpy(ARENA_ARRAY((scratch), Type, (size_t)(n) + 1), (array), (n) * sizeof(Type)))

static uint32_t *own_order(Arena *scratch, uint32_t n)
{
    uint32_t *order = ARENA_ARRAY(scratch, uint32_t, n);
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    return order;
}

/* Each slice sends one event a step, whichever of its words it is of. */
static void grow_rates(Arena *scratch, Mapping *mapping, uint32_t l, uint32_t n_slices)
{
    const uint32_t n_words = mapping->layers->n_words;
    UnitRates *rates = ARENA_ARRAY(scratch, UnitRates, 1);
    const double **layer = GROWN(scratch, const double *, mapping->rates->layer, l);
    double *rate = ARENA_ARRAY(scratch, double, n_words);
    for (uint32_t i = 0; i < n_slices; i++) {
        const uint32_t first = even_start(n_words, n_slices, i);
        const uint32_t end = even_start(n_words, n_slices, i + 1);
        for (uint32_t word = first; word < end; word++)
            rate[word] = 1.0 / (end - first);
    }
    layer[l] = rate;
    *rates = (UnitRates){mapping->rates->input, layer};
    mapping->rates = rates;
    double *events = GROWN(scratch, double, mapping->events_per_step, l + 1);
    events[l + 1] = n_slices;
    mapping->events_per_step = events;
}

static void grow_layers(Arena *scratch, Mapping *mapping, uint32_t l, uint32_t n_slices)
{
    const Layer *layer = &mapping->network->layer[l];
    const uint32_t n_words = layer->n_units;
    LayerWeights *weights = GROWN(scratch, LayerWeights, mapping->weights, l);
    weights[l].input_before = weights[l].recurrent_before =
        ARENA_ARRAY(scratch, uint64_t, (size_t)n_words + 1);
    UnitWork *work = GROWN(scratch, UnitWork, mapping->work, l);
    work[l].input = work[l].recurrent = ARENA_ARRAY(scratch, double, n_words);
    OrderedRows *ordered = ARENA_ARRAY(scratch, OrderedRows, 2 * (size_t)l + 2);
    memcpy(ordered, mapping->ordered, 2 * (size_t)l * sizeof *ordered);
    ordered[2 * (size_t)l] = (OrderedRows){&layer->input, layer->input.col, NULL};
    ordered[2 * (size_t)l + 1] = (OrderedRows){&layer->recurrent, layer->recurrent.col, NULL};
    mapping->weights = weights;
    mapping->work = work;
    mapping->work_sums = GROWN(scratch, WorkSums, mapping->work_sums, l);
    mapping->ordered = ordered;
    mapping->unit_of = GROWN(scratch, uint32_t *, mapping->unit_of, l);
    mapping->position_of = GROWN(scratch, uint32_t *, mapping->position_of, l);
    mapping->unit_of[l] = own_order(scratch, n_words);
    mapping->position_of[l] = own_order(scratch, n_words);
    mapping->core_count = GROWN(scratch, uint32_t, mapping->core_count, l);
    mapping->core_count[l] = n_slices;
    grow_rates(scratch, mapping, l, n_slices);
}

/* The slot of a slice: spread over those of the layers, or one of each and free ones behind. */
static uint32_t slot_of_slice(uint32_t n_slots, uint32_t n_slices, uint32_t i)
{
    return n_slices >= n_slots ? i : (uint32_t)((uint64_t)i * n_slots / n_slices);
}

void decoder_add(Arena *scratch, Mapping *mapping)
{
    uint32_t first_slot;
    const uint32_t n_slots = mapping->n_slots, n = decoder_cores(mapping, n_slots, &first_slot);
    const uint32_t l = mapping->network->n_layers, first = mapping->n_slices;
    const uint32_t n_words = mapping->network->n_words;
    mapping->layers = mapping->network;
    mapping->network = network_with_layer(scratch, mapping->layers, n);
    grow_layers(scratch, mapping, l, n);
    SliceProgram *slice = ARENA_ARRAY(scratch, SliceProgram, (size_t)first + n);
    uint32_t *slot_of = ARENA_ARRAY(scratch, uint32_t, (size_t)first + n);
    memcpy(slice, mapping->slice, first * sizeof *slice);
    memcpy(slot_of, mapping->slot_of, first * sizeof *slot_of);
    mapping->slice_of = GROWN(scratch, uint32_t *, mapping->slice_of, l);
    mapping->slice_of[l] = ARENA_ARRAY(scratch, uint32_t, n_words);
    mapping->first_slice = GROWN(scratch, uint32_t, mapping->first_slice, l + 1);
    mapping->first_slice[l + 1] = first + n;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t begin = even_start(n_words, n, i), end = even_start(n_words, n, i + 1);
        slice[first + i] =
            (SliceProgram){.layer = l,
                           .first_position = begin,
                           .n_units = end - begin,
                           .input = {.n_targets = end - begin},
                           .recurrent = {.n_targets = end - begin},
                           .n_scales = mapping->network->int8 != NULL ? end - begin : 0,
                           .decoder = true};
        slot_of[first + i] = first_slot > 0 ? first_slot + i : slot_of_slice(n_slots, n, i);
        for (uint32_t word = begin; word < end; word++)
            mapping->slice_of[l][word] = first + i;
    }
    mapping->slice = slice;
    mapping->slot_of = slot_of;
    mapping->n_slices = first + n;
    mapping->n_slots = first_slot + n > n_slots ? first_slot + n : n_slots;
}

Mapping mapping_of_layers(const Mapping *mapping)
{
    Mapping view = *mapping;
    if (mapping->layers == NULL)
        return view;
    view.network = mapping->layers;
    view.layers = NULL;
    view.n_slices = mapping->first_slice[mapping->layers->n_layers];
    return view;
}

/* ---- image and DRAM -------------------- */

void decoder_emit_slice(const Mapping *mapping, const SliceProgram *slice, uint8_t *image)
{
    const Network *network = mapping->network;
    for (uint32_t u = 0; u < slice->n_units; u++) {
        const uint32_t word = slice->first_position + u;
        const uint64_t at = slice->bias_offset + 4 * (uint64_t)u;
        if (network->int8 == NULL) {
            put_f32(image, at, network->decoder_bias[word]);
            continue;
        }
        const FixedScale scale = network->int8->decoder_scale[word];
        put_u32(image, at, (uint32_t)network->int8->decoder_bias[word]);
        put_u32(image, slice->input_scale_offset + 4 * (uint64_t)u, (uint32_t)scale.multiplier);
        put_index(image, slice->input_scale_offset + 4 * (uint64_t)slice->n_scales, 1, u,
                  (uint32_t)scale.shift);
    }
}

/* The weight as its bytes stand in DRAM. */
static uint32_t weight_bits(const Network *network, float weight, int8_t code)
{
    uint32_t bits;
    memcpy(&bits, &weight, sizeof bits);
    if (network->precision == PRECISION_BF16)
        return bits >> 16;
    return network->precision == PRECISION_INT8 ? (uint8_t)code : bits;
}

void decoder_emit_rows(Arena *scratch, const Mapping *mapping, uint8_t *dram)
{
    if (mapping->layers == NULL)
        return;
    const Network *network = mapping->layers;
    const uint32_t n_bytes = precision_weight_bytes(network->precision);
    const DecoderRows rows = decoder_rows(scratch, network);
    for (uint32_t s = mapping->first_slice[network->n_layers]; s < mapping->n_slices; s++) {
        const SliceProgram *slice = &mapping->slice[s];
        for (uint32_t p = 0; p < rows.width; p++)
            for (uint32_t w = 0; w < slice->n_units; w++) {
                const uint32_t unit = mapping->unit_of[network->n_layers - 1][p];
                const size_t at = (size_t)unit * rows.n_words + slice->first_position + w;
                const uint32_t bits =
                    weight_bits(network, rows.weight != NULL ? rows.weight[at] : 0.0f,
                                rows.code != NULL ? rows.code[at] : 0);
                put_index(dram, slice->dram_offset, n_bytes, (uint64_t)p * slice->n_units + w,
                          bits);
            }
    }
}

/* Parameters and weights of one word, wherever its slice stands. */
static Status check_word(const Mapping *mapping, const SliceProgram *slice, const CoreProgram *core,
                         uint32_t word, Err *err)
{
    const Network *network = mapping->layers;
    const NetworkInt8 *int8 = network->int8;
    const Program *program = mapping->program;
    const uint32_t u = word - slice->first_position;
    const uint32_t width = network->layer[network->n_layers - 1].n_units;
    const uint32_t n_bytes = precision_weight_bytes(network->precision);
    uint32_t bias;
    memcpy(&bias,
           int8 == NULL ? (const void *)&network->decoder_bias[word] : &int8->decoder_bias[word],
           sizeof bias);
    bool same = image_u32(core->image, slice->bias_offset + 4 * (uint64_t)u) == bias;
    if (int8 != NULL) {
        const FixedScale scale = int8->decoder_scale[word];
        const FixedScale found =
            image_scale(core->image, slice->input_scale_offset, slice->n_scales, u);
        same = same && found.multiplier == scale.multiplier && found.shift == scale.shift;
    }
    if (!same)
        return err_set(err, STATUS_INTERNAL,
                       "core %" PRIu32 ": parameters of word %" PRIu32
                       " of the decoder are not the network's",
                       core->core, word);
    for (uint32_t unit = 0; unit < width; unit++) {
        const size_t from = (size_t)word * width + unit;
        const uint32_t expected =
            weight_bits(network, network->decoder[from], int8 != NULL ? int8->decoder[from] : 0);
        const uint64_t position = mapping->position_of[network->n_layers - 1][unit];
        const uint8_t *at =
            program->dram + slice->dram_offset + (position * slice->n_units + u) * n_bytes;
        uint32_t found = 0;
        for (uint32_t b = 0; b < n_bytes; b++)
            found |= (uint32_t)at[b] << (8 * b);
        if (found != expected)
            return err_set(err, STATUS_INTERNAL,
                           "decoder row %" PRIu32 ": word %" PRIu32 " is 0x%" PRIx32
                           "; the network has 0x%" PRIx32,
                           unit, word, found, expected);
    }
    return STATUS_OK;
}

Status check_decoder(const Mapping *mapping, Err *err)
{
    const Program *program = mapping->program;
    uint32_t n_words = 0;
    if (program->has_decoder != (mapping->layers != NULL))
        return err_set(err, STATUS_INTERNAL, "the program has %s; expected %s",
                       program->has_decoder ? "a decoder" : "no decoder",
                       program->has_decoder ? "none" : "that of the network");
    for (uint32_t c = 0; c < program->n_cores && program->has_decoder; c++) {
        const CoreProgram *core = &program->core[c];
        const SliceProgram *slice = &core->slice[core->n_slices - 1];
        for (uint32_t u = 0; slice->decoder && u < slice->n_units; u++, n_words++)
            TRY(check_word(mapping, slice, core, slice->first_position + u, err));
    }
    if (program->has_decoder && n_words != mapping->layers->n_words)
        return err_set(err, STATUS_INTERNAL,
                       "slices of the decoder hold %" PRIu32 " words of %" PRIu32, n_words,
                       mapping->layers->n_words);
    return STATUS_OK;
}
