/* core_weights.c - what the weights of a matrix cost a core, in cycles and bytes, by format.
 *
 * Cycles (chip description, sections software and core):
 *   source     when an event arrives: weights of its row x synapse_source, and x delta_index if its
 *              indices are distances
 *   bitmap     when an event arrives: words of the row x bitmap_word + weights x synapse_source
 *   target     at the update: all stored weights x synapse_target
 *   dense-mla  at the update the MAC array works through the whole block, beside the core:
 *              core_array.c
 *
 * Bytes of SRAM. An event by source or bitmap: its row's two pointers, the words of its bit map,
 * and for each weight the weight, its index, the accumulator (4) read and written. An event that
 * is kept for the update: its value (4; 1 in int8) written. An update, per matrix and target: bias
 * 4 read; accumulators (source, bitmap) 4 read and 4 written back to where they start; target: all
 * pointers, and for each weight the weight, its index and the value read; dense-mla: the block and
 * the values read, 4 a target written by the array and 4 read by the core; int8 scales 5 each
 * read.
 * Cost: O(1).
 */
#include "arch/matrix_image.h"
#include "core_model.h"

static const uint64_t WORD_BYTES = 4;

EventCost core_event_cost(const Plan *plan, uint32_t slice, int which)
{
    const MatrixImage *matrix = plan->slice[slice].matrix[which];
    if (plan->slice[slice].program->decoder && which == 1)
        return (EventCost){0};
    if (plan->slice[slice].program->decoder)
        return decoder_event_cost(plan, slice);
    if (format_buffers_events(matrix->format))
        return (EventCost){.write_bytes = plan->value_bytes};
    uint64_t words = matrix->format == FORMAT_BITMAP ? matrix_row_words(matrix) : 0;
    return (EventCost){
        .by_row = true,
        .base_cycles = words * plan->word_cycles,
        .weight_cycles =
            plan->synapse_cycles[matrix->format] + (matrix->index_delta ? plan->delta_cycles : 0),
        .read_bytes = 2 * (uint64_t)matrix->pointer_bytes + words * WORD_BYTES,
        .weight_read_bytes = plan->weight_bytes + matrix->index_bytes + WORD_BYTES,
        .weight_write_bytes = WORD_BYTES,
    };
}

static void count_ops(CoreModel *cores, uint32_t slice, uint64_t step, uint64_t ops)
{
    core_counters(cores, cores->plan->slice[slice].core)->n[COUNT_SYNAPTIC_OPS] += ops;
    cores->tally->slice_ops[slice] += ops;
    cores->tally->step[step].synaptic_ops += ops;
}

static uint64_t update_target(CoreModel *cores, uint32_t slice, const MatrixImage *matrix,
                              uint64_t step)
{
    const Plan *plan = cores->plan;
    Counters *count = core_counters(cores, plan->slice[slice].core);
    uint64_t ops = matrix->n_weights;
    count_ops(cores, slice, step, ops);
    count->n[COUNT_SRAM_READ_BYTES] +=
        ops * (plan->weight_bytes + matrix->index_bytes + plan->value_bytes) +
        ((uint64_t)matrix->n_targets + 1) * matrix->pointer_bytes;
    return ops * plan->synapse_cycles[FORMAT_TARGET];
}

static void update_dense(CoreModel *cores, uint32_t slice, const MatrixImage *matrix)
{
    const Plan *plan = cores->plan;
    Counters *count = core_counters(cores, plan->slice[slice].core);
    uint64_t macs = (uint64_t)matrix->n_sources * matrix->n_targets;
    uint64_t sum_bytes = matrix->n_targets * WORD_BYTES;
    count->n[COUNT_SRAM_READ_BYTES] +=
        macs * plan->weight_bytes + matrix->n_sources * plan->value_bytes + sum_bytes;
    count->n[COUNT_SRAM_WRITE_BYTES] += sum_bytes;
}

uint64_t core_update_weights(CoreModel *cores, uint32_t slice, uint64_t step)
{
    const Plan *plan = cores->plan;
    const PlanSlice *info = &plan->slice[slice];
    Counters *count = core_counters(cores, info->core);
    uint64_t cycles = 0;
    for (int m = 0; m < 2; m++) {
        const MatrixImage *matrix = info->matrix[m];
        if (matrix_is_none(matrix))
            continue;
        uint64_t target_bytes = matrix->n_targets * WORD_BYTES;
        count->n[COUNT_SRAM_READ_BYTES] +=
            target_bytes + (uint64_t)info->program->n_scales * SCALE_BYTES;
        if (matrix->format == FORMAT_TARGET) {
            cycles += update_target(cores, slice, matrix, step);
        } else if (matrix->format == FORMAT_DENSE_MLA) {
            update_dense(cores, slice, matrix);
        } else {
            count->n[COUNT_SRAM_READ_BYTES] += target_bytes;
            count->n[COUNT_SRAM_WRITE_BYTES] += target_bytes;
        }
    }
    return cycles;
}
