/* token_rows.c - the folded embedding's table in DRAM: a segment of every token's row for each
 * slice of the first layer.
 *
 * Takes a Mapping of a folded network, gives each slice of the first layer its place in the table,
 * fills the table, and reads it back for mapping_check. A slice's segments stand together, one
 * token after another, so that a core reads one contiguous piece a step. On a board each chip's
 * DRAM holds what its own cores read.
 * Cost: O(words * gates * units of the first layer).
 */
#include <inttypes.h>
#include <string.h>

#include "mapping.h"

static Status refuse_dram(const Program *program, uint32_t chip_id, uint64_t needed,
                          uint64_t available, Err *err)
{
    const bool token = program->n_tokens > 0, decoder = program->has_decoder;
    err_set(err, STATUS_NO_FIT,
            "chip %" PRIu32 ": DRAM does not fit: %s bytes of %s needed so far, %s available",
            chip_id, number_text(needed).text,
            !decoder ? "token rows"
            : token  ? "token rows and decoder"
                     : "the decoder",
            number_text(available).text);
    err_hint(err, decoder ? "a decoder on the host needs no DRAM"
                          : "without a folded embedding inputs come as events and need no DRAM");
    return STATUS_NO_FIT;
}

/* The bytes that each chip's cores have in its DRAM. Cores ascend, so do chips. */
static Status check_fit(const Mapping *mapping, const Program *program, Err *err)
{
    const Chip *chip = mapping->chip;
    const uint64_t available = cost_count(&chip->dram.bytes);
    const uint32_t per_chip = chip_cores_per_chip(chip);
    uint64_t chip_bytes = 0;
    for (uint32_t c = 0; c < mapping->n_slots; c++) {
        const CoreUse *use = &mapping->core[c];
        if (c > 0 && use->core / per_chip != use[-1].core / per_chip)
            chip_bytes = 0;
        for (uint32_t i = 0; i < use->n_slices; i++)
            chip_bytes += program_dram_bytes(program, &mapping->slice[use->slice[i]]);
        if (chip_bytes > available ||
            (chip_bytes > 0 && !(chip->dram.effective_bytes_per_second.value >= 1)))
            return refuse_dram(program, use->core / per_chip, chip_bytes, available, err);
    }
    return STATUS_OK;
}

Status dram_place(Mapping *mapping, Program *program, Err *err)
{
    TRY(check_fit(mapping, program, err));
    for (int decoder = 0; decoder < 2; decoder++)
        for (uint32_t c = 0; c < mapping->n_slots; c++)
            for (uint32_t i = 0; i < mapping->core[c].n_slices; i++) {
                SliceProgram *slice = &mapping->slice[mapping->core[c].slice[i]];
                if (slice->decoder == (decoder > 0))
                    program_place_dram(program, slice, &program->dram_bytes);
            }
    return STATUS_OK;
}

/* Bits of one number of a token's row: the target of a slice, wherever its unit stands. */
static uint32_t row_bits(const Mapping *mapping, const SliceProgram *slice, uint32_t token,
                         uint32_t target)
{
    const FoldedInput *fold = mapping->network->fold;
    const uint32_t position = slice->first_position + target % slice->n_units;
    const uint32_t gate = target / slice->n_units;
    const size_t at = (size_t)token * fold->n_sums +
                      (size_t)gate * mapping->network->layer[0].n_units +
                      mapping->unit_of[0][position];
    uint32_t bits;
    if (fold->sum != NULL)
        memcpy(&bits, &fold->sum[at], sizeof bits);
    else
        bits = (uint32_t)fold->accumulator[at];
    return bits;
}

void token_rows_emit(const Mapping *mapping, const Program *program, uint8_t *dram)
{
    for (uint32_t s = 0; s < mapping->first_slice[1] && program->n_tokens > 0; s++) {
        const SliceProgram *slice = &mapping->slice[s];
        uint8_t *at = dram + slice->dram_offset;
        for (uint32_t token = 0; token < program->n_tokens; token++) {
            for (uint32_t target = 0; target < slice->input.n_targets; target++) {
                const uint32_t bits = row_bits(mapping, slice, token, target);
                for (int b = 0; b < PROGRAM_DRAM_VALUE_BYTES; b++)
                    *at++ = (uint8_t)(bits >> (8 * b));
            }
        }
    }
}

/* Which slice's segment holds each unit, looked up from the units' side. */
static Status check_unit(const Mapping *mapping, uint32_t unit, Err *err)
{
    const Program *program = mapping->program;
    const FoldedInput *fold = mapping->network->fold;
    const Layer *layer = &mapping->network->layer[0];
    const SliceProgram *slice = &mapping->slice[mapping->slice_of[0][unit]];
    const uint32_t local = mapping->position_of[0][unit] - slice->first_position;
    for (uint32_t token = 0; token < program->n_tokens; token++) {
        for (uint32_t gate = 0; gate < layer->cell->n_gates; gate++) {
            const uint64_t at =
                slice->dram_offset + token * program_segment_bytes(slice) +
                PROGRAM_DRAM_VALUE_BYTES * ((uint64_t)gate * slice->n_units + local);
            const size_t from = (size_t)token * fold->n_sums + gate * layer->n_units + unit;
            const uint32_t found = image_u32(program->dram, at);
            uint32_t expected;
            memcpy(&expected,
                   fold->sum != NULL ? (const void *)&fold->sum[from] : &fold->accumulator[from],
                   sizeof expected);
            if (found != expected)
                return err_set(err, STATUS_INTERNAL,
                               "token row %" PRIu32 ": gate %" PRIu32 " of unit %" PRIu32
                               " is 0x%08" PRIx32 "; the network has 0x%08" PRIx32,
                               token, gate, unit, found, expected);
        }
    }
    return STATUS_OK;
}

Status check_token_rows(const Mapping *mapping, Err *err)
{
    const FoldedInput *fold = mapping->network->fold;
    const Program *program = mapping->program;
    if (program->n_tokens != (fold == NULL ? 0 : mapping->network->n_words))
        return err_set(err, STATUS_INTERNAL,
                       "the program has %" PRIu32 " token rows; expected one a word of a folded "
                       "network, else none",
                       program->n_tokens);
    for (uint32_t unit = 0; fold != NULL && unit < mapping->network->layer[0].n_units; unit++)
        TRY(check_unit(mapping, unit, err));
    return STATUS_OK;
}
