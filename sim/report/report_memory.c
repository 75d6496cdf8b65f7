/* report_memory.c - what a layer stores in the memories of its cores.
 *
 * The image of a core holds the arrays of its slices one after the other, each padded to whole
 * words; so what a layer stores is the sum over its slices, and the sum over the layers (and the
 * decoder, where it is on the chip) is that of the cores' memory regions. Code, stack, receive
 * FIFO, event buffers and accumulators are for working and belong to no layer. Cost: O(slices).
 */
#include "arch/matrix_image.h"
#include "report_private.h"

enum { WORD_BYTES = 4 };

static uint64_t padded(uint64_t n_bytes)
{
    return (n_bytes + WORD_BYTES - 1) / WORD_BYTES * WORD_BYTES;
}

static void add_matrix(const MatrixImage *matrix, Precision precision, ReportLayer *row)
{
    const MatrixBytes bytes = matrix_bytes(matrix, precision);

    row->weights_bytes += padded(bytes.weights);
    row->indices_bytes += padded(bytes.indices);
    row->row_pointers_bytes += padded(bytes.pointers);
}

void report_layer_memory(const Program *program, uint32_t layer, ReportLayer *row)
{
    for (uint32_t i = 0; i < program->n_cores; i++) {
        for (uint32_t j = 0; j < program->core[i].n_slices; j++) {
            const SliceProgram *slice = &program->core[i].slice[j];
            if (slice->layer != layer || slice->decoder)
                continue;
            const uint64_t n_sums = matrix_is_none(&slice->recurrent) ? 1 : 2;
            const uint64_t scales = padded((uint64_t)slice->n_scales * SCALE_BYTES);
            add_matrix(&slice->input, program->precision, row);
            add_matrix(&slice->recurrent, program->precision, row);
            row->parameters_bytes += n_sums * (slice->input.n_targets * WORD_BYTES + scales) +
                                     (uint64_t)slice->n_units * WORD_BYTES;
            row->state_bytes += (uint64_t)slice->n_units * WORD_BYTES;
        }
    }
}
