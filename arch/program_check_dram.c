/* program_check_dram.c - what lies in DRAM, token rows and the decoder: laid out as program.h says,
 * and not too large.
 *
 * Segments of slices of the first layer lie one behind the other in the order of cores and slices,
 * rows of slices of the decoder behind them in the same order, so that each stands in exactly one
 * place and all of them fill the DRAM's part of the Program. Weights are finite, or codes.
 * Cost: O(slices + weights of the decoder).
 */
#include <inttypes.h>

#include "program_private.h"

uint64_t program_segment_bytes(const SliceProgram *slice)
{
    return (uint64_t)slice->input.n_targets * PROGRAM_DRAM_VALUE_BYTES;
}

uint64_t program_row_bytes(const Program *program, const SliceProgram *slice)
{
    return (uint64_t)slice->n_units * precision_weight_bytes(program->precision);
}

uint64_t program_dram_bytes(const Program *program, const SliceProgram *slice)
{
    if (slice->decoder)
        return program->layer[slice->layer].n_inputs * program_row_bytes(program, slice);
    return slice->layer == 0 ? program->n_tokens * program_segment_bytes(slice) : 0;
}

uint64_t program_chip_dram_bytes(const Program *program, const Chip *chip, uint32_t chip_id)
{
    uint64_t n_bytes = 0;
    for (uint32_t c = 0; c < program->n_cores; c++) {
        const CoreProgram *core = &program->core[c];
        if (core->core / chip_cores_per_chip(chip) != chip_id)
            continue;
        for (uint32_t i = 0; i < core->n_slices; i++)
            n_bytes += program_dram_bytes(program, &core->slice[i]);
    }
    return n_bytes;
}

void program_place_dram(const Program *program, SliceProgram *slice, uint64_t *next)
{
    const uint64_t n_bytes = program_dram_bytes(program, slice);
    slice->dram_offset = n_bytes > 0 ? *next : 0;
    *next += n_bytes;
}

/* Slices of the decoder, or the others: their places from *next on. */
static Status check_places(const Program *program, bool decoder, uint64_t *next, const char *name,
                           Err *err)
{
    for (uint32_t c = 0; c < program->n_cores; c++) {
        const CoreProgram *core = &program->core[c];
        for (uint32_t i = 0; i < core->n_slices; i++) {
            SliceProgram slice = core->slice[i];
            const uint64_t offset = slice.dram_offset;
            if (slice.decoder != decoder)
                continue;
            program_place_dram(program, &slice, next);
            if (offset != slice.dram_offset)
                return err_set(
                    err, STATUS_INPUT,
                    "%s: core %" PRIu32 ", slice %" PRIu32 ": its %s rows begin at byte %" PRIu64
                    " of the DRAM; expected %" PRIu64,
                    name, core->core, i, decoder ? "decoder" : "token", offset, slice.dram_offset);
            if (program->n_tokens > 0 && slice.layer == 0 && slice.input.n_weights > 0)
                return err_set(err, STATUS_INPUT,
                               "%s: core %" PRIu32 ", slice %" PRIu32
                               ": input weights beside token rows; expected one of them",
                               name, core->core, i);
        }
    }
    return STATUS_OK;
}

static bool is_weight(const Program *program, uint64_t offset)
{
    if (program->precision == PRECISION_INT8)
        return program->dram[offset] != 0x80; /* codes are -127 .. 127 */
    const uint32_t bits = program->precision == PRECISION_FP32
                              ? image_u32(program->dram, offset)
                              : (uint32_t)(program->dram[offset] | program->dram[offset + 1] << 8)
                                    << 16;
    const uint32_t exponent = UINT32_C(0x7f800000);
    return (bits & exponent) != exponent;
}

/* Of slices whose rows are known to lie in the DRAM. */
static Status check_decoder_weights(const Program *program, const char *name, Err *err)
{
    const uint32_t weight_bytes = precision_weight_bytes(program->precision);
    for (uint32_t c = 0; c < program->n_cores; c++) {
        const CoreProgram *core = &program->core[c];
        const SliceProgram *slice = &core->slice[core->n_slices - 1];
        const uint64_t end = slice->dram_offset + program_dram_bytes(program, slice);
        for (uint64_t at = slice->dram_offset; slice->decoder && at < end; at += weight_bytes)
            if (!is_weight(program, at))
                return err_set(err, STATUS_INPUT,
                               "%s: core %" PRIu32
                               ": a decoder weight is not finite, or the code -128",
                               name, core->core);
    }
    return STATUS_OK;
}

Status program_check_dram(const Program *program, const char *name, Err *err)
{
    uint64_t n_bytes = 0;
    TRY(check_places(program, false, &n_bytes, name, err));
    TRY(check_places(program, true, &n_bytes, name, err));
    if (program->dram_bytes != n_bytes || (program->n_tokens > 0 && program->n_inputs != 1))
        return err_set(err, STATUS_INPUT,
                       "%s: token rows of %" PRIu64 " bytes and %" PRIu32
                       " inputs; expected %" PRIu64 " bytes and the token alone",
                       name, program->dram_bytes, program->n_inputs, n_bytes);
    return program->has_decoder ? check_decoder_weights(program, name, err) : STATUS_OK;
}

Status program_check_chip_dram(const Program *program, const Chip *chip, const char *name, Err *err)
{
    const uint64_t available = cost_count(&chip->dram.bytes);
    for (uint32_t i = 0; i < chip->fabric.n_chips && program->dram_bytes > 0; i++) {
        const uint64_t n_bytes = program_chip_dram_bytes(program, chip, i);
        if (n_bytes > available ||
            (n_bytes > 0 && !(chip->dram.effective_bytes_per_second.value >= 1)))
            return err_set(err, STATUS_INPUT,
                           "%s: chip %" PRIu32 ": token rows of %" PRIu64
                           " bytes; expected at most the %" PRIu64 " of a DRAM that can be read",
                           name, i, n_bytes, available);
    }
    return STATUS_OK;
}

static bool is_none(const MatrixImage *matrix, uint32_t n_targets)
{
    return matrix->n_sources == 0 && matrix->n_targets == n_targets && matrix->n_weights == 0 &&
           matrix->format == FORMAT_SOURCE && matrix->index_bytes == 0 && !matrix->index_delta &&
           matrix->pointer_bytes == 0 && matrix->pointer_offset == 0 && matrix->index_offset == 0 &&
           matrix->weight_offset == 0;
}

/* A slice of the decoder has words of its own and nothing of what matrices need. */
Status program_check_decoder(const Program *program, const CoreProgram *core, uint32_t i,
                             const char *name, Err *err)
{
    const SliceProgram *slice = &core->slice[i];
    const bool is_last = program->has_decoder && slice->layer + 1 == program->n_layers;
    if (slice->decoder != is_last)
        return err_set(err, STATUS_INPUT,
                       "%s: core %" PRIu32 ": slice %" PRIu32
                       " is of the decoder, or not; expected it of those of the last layer",
                       name, core->core, i);
    if (!is_last)
        return STATUS_OK;
    const ProgramLayer *layer = &program->layer[slice->layer];
    bool same = layer->n_gates == 1 && slice->layer > 0 && slice->recurrent_bias_offset == 0 &&
                slice->threshold_offset == 0 && slice->state_offset == 0 &&
                slice->recurrent_scale_offset == 0 && is_none(&slice->input, slice->n_units) &&
                is_none(&slice->recurrent, slice->n_units);
    for (uint32_t u = 0; u < slice->n_units; u++)
        same = same && layer->unit_of[slice->first_position + u] == slice->first_position + u;
    if (!same)
        return err_set(err, STATUS_INPUT,
                       "%s: core %" PRIu32 ": slice %" PRIu32
                       " of the decoder has matrices, state or another order; expected words with "
                       "a bias",
                       name, core->core, i);
    if (i + 1 != core->n_slices || (i > 0 && core->slice[i - 1].decoder))
        return err_set(err, STATUS_INPUT,
                       "%s: core %" PRIu32 ": slices of the decoder; expected one, the last", name,
                       core->core);
    return STATUS_OK;
}
