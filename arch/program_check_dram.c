/* program_check_dram.c - the token table in DRAM: laid out as program.h says, and not too large.
 *
 * Segments of slices lie one behind the other in the order of cores and slices, so that each stands
 * in exactly one place and all of them fill the table. Cost: O(slices).
 */
#include <inttypes.h>

#include "program_private.h"

uint64_t program_segment_bytes(const SliceProgram *slice)
{
    return (uint64_t)slice->input.n_targets * PROGRAM_DRAM_VALUE_BYTES;
}

uint64_t program_chip_dram_bytes(const Program *program, const Chip *chip, uint32_t chip_id)
{
    uint64_t n_bytes = 0;
    for (uint32_t c = 0; c < program->n_cores; c++) {
        const CoreProgram *core = &program->core[c];
        if (core->core / chip_cores_per_chip(chip) != chip_id)
            continue;
        for (uint32_t i = 0; i < core->n_slices; i++)
            if (core->slice[i].layer == 0)
                n_bytes += program->n_tokens * program_segment_bytes(&core->slice[i]);
    }
    return n_bytes;
}

Status program_check_dram(const Program *program, const char *name, Err *err)
{
    uint64_t n_bytes = 0;
    for (uint32_t c = 0; c < program->n_cores; c++) {
        const CoreProgram *core = &program->core[c];
        for (uint32_t i = 0; i < core->n_slices; i++) {
            const SliceProgram *slice = &core->slice[i];
            const bool has_segment = program->n_tokens > 0 && slice->layer == 0;
            if (slice->dram_offset != (has_segment ? n_bytes : 0))
                return err_set(err, STATUS_INPUT,
                               "%s: core %" PRIu32 ", slice %" PRIu32
                               ": its token rows begin at byte %" PRIu64
                               " of the DRAM; expected %" PRIu64,
                               name, core->core, i, slice->dram_offset, has_segment ? n_bytes : 0);
            if (has_segment && slice->input.n_weights > 0)
                return err_set(err, STATUS_INPUT,
                               "%s: core %" PRIu32 ", slice %" PRIu32
                               ": input weights beside token rows; expected one of them",
                               name, core->core, i);
            n_bytes += has_segment ? program->n_tokens * program_segment_bytes(slice) : 0;
        }
    }
    if (program->dram_bytes != n_bytes || (program->n_tokens > 0 && program->n_inputs != 1))
        return err_set(err, STATUS_INPUT,
                       "%s: token rows of %" PRIu64 " bytes and %" PRIu32
                       " inputs; expected %" PRIu64 " bytes and the token alone",
                       name, program->dram_bytes, program->n_inputs, n_bytes);
    return STATUS_OK;
}

Status program_check_chip_dram(const Program *program, const Chip *chip, const char *name, Err *err)
{
    const uint64_t available = cost_count(&chip->dram.bytes);
    for (uint32_t i = 0; i < chip->fabric.n_chips && program->n_tokens > 0; i++) {
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
