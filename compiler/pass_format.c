/* pass_format.c - weight format and index width of every matrix, chosen core by core (choose.c).
 *
 * Wants slices on cores, as the slices of a core share its memory. Whether it all fits is for the
 * memory pass to say; here only indices that the options force too narrow are refused.
 */
#include "mapping.h"

#include <inttypes.h>

static bool has_choice(const Mapping *mapping, const SliceProgram *slice, const MatrixImage *matrix)
{
    MatrixImage choice[MAX_FORMAT_CHOICES];
    return format_choices(mapping, slice, matrix, UINT64_MAX, choice) > 0;
}

/* The message for the first matrix that has no choice: the format with the narrower need is the one
 * to name. */
static Status narrow_error(const Mapping *mapping, const SliceProgram *slice, Err *err)
{
    const MatrixImage *matrix[] = {&slice->input, &slice->recurrent};
    uint32_t bits = mapping->options->index_bits;
    int m = has_choice(mapping, slice, matrix[0]) ? 1 : 0;
    bool by_source = mapping->options->format != FORMAT_TARGET;
    if (mapping->options->format < 0)
        by_source = matrix[m]->n_targets <= matrix[m]->n_sources;
    uint32_t n_columns = by_source ? matrix[m]->n_targets : matrix[m]->n_sources;
    return err_set(err, STATUS_USAGE,
                   "%" PRIu32 "-bit indices are too narrow for a slice of %" PRIu32
                   " units of %.60s: in %s format they count %" PRIu32 " %s, which takes %" PRIu32
                   " bits",
                   bits, slice->n_units, mapping->network->layer[slice->layer].name,
                   format_name(by_source ? FORMAT_SOURCE : FORMAT_TARGET), n_columns,
                   by_source ? "targets" : "sources", index_bytes_for(n_columns) * 8);
}

/* By the format plan; a core that more stands on than the plan was made for chooses freely. */
static void choose_on_core(Mapping *mapping, SliceProgram *const *slice, CoreUse *use,
                           int32_t *free_plan)
{
    int32_t *plan = mapping->format_plan;
    if (choose_formats(mapping, slice, use->n_slices, true, use->region_bytes) == FIT_YES)
        return;
    mapping->format_plan = free_plan;
    choose_formats(mapping, slice, use->n_slices, true, use->region_bytes);
    mapping->format_plan = plan;
}

Status pass_format(Arena *arena, Arena *scratch, Mapping *mapping, Err *err)
{
    (void)arena;
    int32_t *free_plan = format_plan_new(scratch, mapping->network, -1);
    SliceProgram **slice = ARENA_ARRAY(scratch, SliceProgram *, mapping->n_slices);
    for (uint32_t c = 0; c < mapping->n_slots; c++) {
        CoreUse *use = &mapping->core[c];
        for (uint32_t i = 0; i < use->n_slices; i++)
            slice[i] = &mapping->slice[use->slice[i]];
        for (uint32_t i = 0; i < use->n_slices; i++)
            if (!slice[i]->decoder && (!has_choice(mapping, slice[i], &slice[i]->input) ||
                                       !has_choice(mapping, slice[i], &slice[i]->recurrent)))
                return narrow_error(mapping, slice[i], err);
        choose_on_core(mapping, slice, use, free_plan);
    }
    return STATUS_OK;
}
