/* pass_emit.c - the Program: every core's image, the routes, the layers.
 *
 * Weights are put by emit_matrix.c; here are biases, thresholds and scales: floats, or the integers
 * of an int8 network. State stays zero.
 * Cost: O(stored weights + rows * slices), and a sort of each row if the order is not the units'.
 */
#include "decoder.h"

#include <string.h>

#include "image_put.h"
#include "watch.h"

/* From the network's layer to a slice: the same value of each gate and unit, or of each unit. */
typedef struct Parameters {
    const Mapping *mapping;
    const SliceProgram *slice;
    const Layer *layer;
    const LayerInt8 *int8; /* NULL: floats */
    uint8_t *image;
} Parameters;

static uint32_t unit_at(const Parameters *from, uint32_t u)
{
    return from->mapping->unit_of[from->slice->layer][from->slice->first_position + u];
}

static void emit_gate(const Parameters *from, uint32_t gate)
{
    const SliceProgram *slice = from->slice;
    for (uint32_t u = 0; u < slice->n_units; u++) {
        uint64_t at = 4 * ((uint64_t)gate * slice->n_units + u);
        uint64_t target = (uint64_t)gate * from->layer->n_units + unit_at(from, u);
        uint64_t bias = slice->bias_offset + at, own_bias = slice->recurrent_bias_offset + at;
        bool has_own = !matrix_is_none(&slice->recurrent);
        if (from->int8 != NULL)
            put_u32(from->image, bias, (uint32_t)from->int8->bias[target]);
        else
            put_f32(from->image, bias, from->layer->bias[target]);
        if (has_own && from->int8 != NULL)
            put_u32(from->image, own_bias, (uint32_t)from->int8->recurrent_bias[target]);
        else if (has_own)
            put_f32(from->image, own_bias, from->layer->recurrent_bias[target]);
    }
}

static void emit_scales(const Parameters *from, const FixedScale *scale, uint64_t offset)
{
    const SliceProgram *slice = from->slice;
    for (uint32_t i = 0; i < slice->n_scales; i++) {
        uint64_t target = 0;
        if (from->int8->n_scales > 1)
            target = (uint64_t)(i / slice->n_units) * from->layer->n_units +
                     unit_at(from, i % slice->n_units);
        put_u32(from->image, offset + 4 * (uint64_t)i, (uint32_t)scale[target].multiplier);
        put_index(from->image, offset + 4 * (uint64_t)slice->n_scales, 1, i,
                  (uint32_t)scale[target].shift);
    }
}

static void emit_parameters(const Mapping *mapping, const SliceProgram *slice, uint8_t *image)
{
    const NetworkInt8 *int8 = mapping->network->int8;
    Parameters from = {.mapping = mapping,
                       .slice = slice,
                       .layer = &mapping->network->layer[slice->layer],
                       .int8 = int8 == NULL ? NULL : &int8->layer[slice->layer],
                       .image = image};
    for (uint32_t gate = 0; gate < from.layer->cell->n_gates; gate++)
        emit_gate(&from, gate);
    for (uint32_t u = 0; u < slice->n_units; u++) {
        uint64_t at = slice->threshold_offset + 4 * (uint64_t)u;
        if (int8 != NULL)
            put_u32(image, at, (uint32_t)from.int8->threshold[unit_at(&from, u)]);
        else
            put_f32(image, at, from.layer->threshold[unit_at(&from, u)]);
    }
    if (int8 == NULL)
        return;
    emit_scales(&from, from.int8->input_scale, slice->input_scale_offset);
    if (!matrix_is_none(&slice->recurrent))
        emit_scales(&from, from.int8->recurrent_scale, slice->recurrent_scale_offset);
}

static const char *copy_text(Arena *arena, const char *text)
{
    return arena_text(arena, text, strlen(text));
}

static const ProgramLayer *emit_layers(Arena *arena, const Mapping *mapping)
{
    const Network *network = mapping->network;
    ProgramLayer *layers = ARENA_ARRAY(arena, ProgramLayer, network->n_layers);
    for (uint32_t l = 0; l < network->n_layers; l++) {
        const Layer *layer = &network->layer[l];
        uint32_t *unit_of = ARENA_ARRAY(arena, uint32_t, layer->n_units);
        memcpy(unit_of, mapping->unit_of[l], layer->n_units * sizeof *unit_of);
        layers[l] = (ProgramLayer){.name = copy_text(arena, layer->name),
                                   .cell = copy_text(arena, layer->cell->name),
                                   .n_inputs = layer->n_inputs,
                                   .n_units = layer->n_units,
                                   .n_gates = layer->cell->n_gates,
                                   .parameter = layer->parameter,
                                   .unit_of = unit_of};
    }
    return layers;
}

/* Cores with zeroed images; image[s] is set to the image that holds slice s. */
static const CoreProgram *emit_cores(Arena *arena, const Mapping *mapping, uint8_t **image)
{
    CoreProgram *cores = ARENA_ARRAY(arena, CoreProgram, mapping->n_slots);
    for (uint32_t c = 0; c < mapping->n_slots; c++) {
        const CoreUse *use = &mapping->core[c];
        SliceProgram *slices = ARENA_ARRAY(arena, SliceProgram, use->n_slices);
        uint8_t *bytes = ARENA_ARRAY(arena, uint8_t, use->image_bytes);
        for (uint32_t i = 0; i < use->n_slices; i++) {
            slices[i] = mapping->slice[use->slice[i]];
            image[use->slice[i]] = bytes;
        }
        cores[c] = (CoreProgram){.core = use->core,
                                 .n_slices = use->n_slices,
                                 .slice = slices,
                                 .image_bytes = use->image_bytes,
                                 .image = bytes};
        memcpy(cores[c].region_bytes, use->region_bytes, sizeof use->region_bytes);
    }
    return cores;
}

Status pass_emit(Arena *arena, Arena *scratch, Mapping *mapping, Err *err)
{
    const Network *network = mapping->network;
    uint8_t **image = ARENA_ARRAY(scratch, uint8_t *, mapping->n_slices);
    Program *program = ARENA_ARRAY(arena, Program, 1);
    *program = (Program){
        .format_version = PROGRAM_FORMAT_VERSION,
        .chip_name = copy_text(arena, mapping->chip->name),
        .network_name = copy_text(arena, network->name),
        .chip_hash = mapping->chip->hash,
        .network_hash = network->hash,
        .precision = network->precision,
        .n_layers = network->n_layers,
        .layer = emit_layers(arena, mapping),
        .n_tokens = network->fold != NULL ? network->n_words : 0,
        .has_decoder = mapping->layers != NULL,
        .n_inputs = network->n_inputs,
        .input_key = mapping->input_key,
        .input_marker_key = mapping->input_marker_key,
        .reset_steps = network->carry == CARRY_EVENTS ? network->reset_steps : 0,
        .n_cores = mapping->n_slots,
        .n_tables = mapping->n_tables,
        .table = mapping->table,
    };
    TRY(dram_place(mapping, program, err));
    program->core = emit_cores(arena, mapping, image);
    Arena *of_layer = arena_new();
    Status status = STATUS_OK;
    for (uint32_t l = 0; l < program_layers(program) && status == STATUS_OK; l++) {
        status = watch_tell(mapping->options, "emit", l, program_layers(program), err);
        if (status == STATUS_OK)
            emit_matrices(of_layer, mapping, l, image);
        arena_reset(of_layer);
    }
    arena_free(of_layer);
    TRY(status);
    for (uint32_t s = 0; s < mapping->n_slices; s++)
        if (mapping->slice[s].decoder)
            decoder_emit_slice(mapping, &mapping->slice[s], image[s]);
        else
            emit_parameters(mapping, &mapping->slice[s], image[s]);
    uint8_t *dram = ARENA_ARRAY(arena, uint8_t, program->dram_bytes);
    token_rows_emit(mapping, program, dram);
    decoder_emit_rows(scratch, mapping, dram);
    program->dram = dram;
    program_seal(program);
    mapping->program = program;
    return STATUS_OK;
}
