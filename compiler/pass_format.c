/* pass_format.c - weight format and index width of every slice, chosen core by core (fit.c).
 *
 * Wants slices on cores, as the slices of a core share its memory. Whether it all fits is for the
 * memory pass to say; here only indices that the options force too narrow are refused.
 */
#include "mapping.h"

#include <inttypes.h>

/* The message for a slice whose indices the options force too narrow. */
static Status narrow_error(const Mapping *mapping, const CoreUse *use, Err *err)
{
    const CompileOptions *options = mapping->options;
    for (uint32_t i = 0; i < use->n_slices; i++) {
        const SliceProgram *slice = &mapping->slice[use->slice[i]];
        /* Where the format is open, both are too narrow; the narrower need is the one to name. */
        WeightFormat format = options->format >= 0 ? (WeightFormat)options->format : FORMAT_SOURCE;
        uint32_t n_columns = slice_columns(slice, format);
        if (options->format < 0 && slice_columns(slice, FORMAT_TARGET) < n_columns) {
            format = FORMAT_TARGET;
            n_columns = slice_columns(slice, format);
        }
        uint32_t needed_bits = index_bytes_for(n_columns) * 8;
        if (needed_bits <= options->index_bits)
            continue;
        return err_set(err, STATUS_USAGE,
                       "%" PRIu32 "-bit indices are too narrow for a slice of %" PRIu32
                       " units of %.60s: in %s format they count %" PRIu32
                       " %s, which takes %" PRIu32 " bits",
                       options->index_bits, slice->n_units,
                       mapping->network->layer[slice->layer].name, format_name(format), n_columns,
                       format == FORMAT_SOURCE ? "targets" : "sources", needed_bits);
    }
    return err_set(err, STATUS_INTERNAL, "core %" PRIu32 " has no format, yet its indices fit",
                   use->core);
}

Status pass_format(Arena *arena, Arena *scratch, Mapping *mapping, Err *err)
{
    (void)arena;
    SliceProgram **slice = ARENA_ARRAY(scratch, SliceProgram *, mapping->n_slices);
    for (uint32_t c = 0; c < mapping->n_slots; c++) {
        CoreUse *use = &mapping->core[c];
        for (uint32_t i = 0; i < use->n_slices; i++)
            slice[i] = &mapping->slice[use->slice[i]];
        if (fit_core(mapping, slice, use->n_slices, use->region_bytes) == FIT_NO_INDEX)
            return narrow_error(mapping, use, err);
    }
    return STATUS_OK;
}
