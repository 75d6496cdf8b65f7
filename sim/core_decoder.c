/* core_decoder.c - rows of the decoder on a core: cycles, bytes, and values.
 *
 * Cycles: an event costs receive_event and dma_setup; its row, when it is there, words x
 * synapse_source (synapse_int in int8): rows are whole, without indices; an update step_cycles and
 * the same for each word once more, for its bias and the comparison; the result emit_event.
 * Bytes of SRAM: a row written by the DMA and read, and for each of its words the sum (4) read and
 * written; an update reads sum and bias of each word (in int8 its scale) and writes the sum's
 * beginning. Multiplications are counted apart from those of the layers (COUNT_DECODER_MACS).
 *
 * In execute mode the values of a step's events are kept until its update and then summed in the
 * canonical order: bias, units ascending; int8: an accumulator, scaled and added to the bias.
 * Cost: O(1) an event and row, O(words * events) for values.
 */
#include "core_decoder.h"

#include <string.h>

#include "base/check.h"
#include "base/fixed_math.h"
#include "bits.h"
#include "core_model.h"
#include "image.h"

static const uint64_t WORD_BYTES = 4;

static void init_events(Arena *arena, const Plan *plan, DecoderCore *core)
{
    const uint32_t width = plan->program->layer[plan->n_layers - 1].n_inputs;
    for (int i = 0; i < DECODER_STEPS; i++)
        core->events[i] =
            (DecoderEvents){.step = NEVER,
                            .value = ARENA_ARRAY(arena, float, width),
                            .present = ARENA_ARRAY(arena, uint64_t, ((size_t)width + 63) / 64)};
}

void decoder_init(Arena *arena, CoreModel *cores)
{
    const Plan *plan = cores->plan;
    DecoderModel *decoder = &cores->decoder;
    *decoder = (DecoderModel){0};
    if (!plan->program->has_decoder)
        return;
    uint32_t most_words = 0;
    decoder->stage = plan->n_layers;
    decoder->word_cycles = plan->synapse_cycles[FORMAT_SOURCE];
    decoder->core = ARENA_ARRAY(arena, DecoderCore, plan->n_cores);
    for (uint32_t c = 0; c < plan->n_cores; c++) {
        const uint32_t last = plan->core_slice[c + 1] - 1;
        const bool here = plan->slice[last].program->decoder;
        decoder->core[c].slice = here ? last : PROGRAM_NONE;
        if (!here)
            continue;
        const uint32_t n_words = plan->slice[last].program->n_units;
        most_words = n_words > most_words ? n_words : most_words;
        if (cores->execute)
            init_events(arena, plan, &decoder->core[c]);
    }
    const bool int8 = plan->program->precision == PRECISION_INT8;
    decoder->sum = ARENA_ARRAY(arena, float, most_words);
    decoder->sum_int8 = ARENA_ARRAY(arena, int32_t, int8 ? most_words : 0);
}

/* ---- events and rows -------------------- */

EventCost decoder_event_cost(const Plan *plan, uint32_t slice)
{
    return (EventCost){.base_cycles = cost_count(&plan->chip->software.dma_setup_cycles),
                       .write_bytes = program_row_bytes(plan->program, plan->slice[slice].program)};
}

void decoder_store(CoreModel *cores, uint32_t core, uint64_t step, const Packet *packet)
{
    const Plan *plan = cores->plan;
    const ProgramLayer *layer = &plan->program->layer[plan->n_layers - 2];
    DecoderEvents *events = &cores->decoder.core[core].events[step % DECODER_STEPS];
    if (events->step != step) { /* that of DECODER_STEPS before is done: the host has its result */
        memset(events->present, 0, ((size_t)layer->n_units + 63) / 64 * sizeof *events->present);
        events->step = step;
    }
    const uint32_t unit = layer->unit_of[packet->position];
    events->present[unit / 64] |= UINT64_C(1) << (unit % 64);
    events->value[unit] = bits_float(packet->payload);
}

void decoder_want(CoreModel *cores, uint32_t core, uint32_t step)
{
    DecoderCore *state = &cores->decoder.core[core];
    CHECK(!state->wants);
    state->wants = cores->core[core].held = true;
    state->wanted = step;
    state->open[step]++;
}

void decoder_ask(CoreModel *cores, uint32_t core)
{
    DecoderCore *state = &cores->decoder.core[core];
    if (!state->wants)
        return;
    CHECK(state->n_asked < DECODER_ROWS);
    state->wants = false;
    state->step[(state->first + state->n_asked++) % DECODER_ROWS] = state->wanted;
    cores->core[core].blocked = state->n_asked == DECODER_ROWS;
    dram_read_row(&cores->dram, core, cores->now);
}

void decoder_row_ready(CoreModel *cores, uint32_t core)
{
    DecoderCore *state = &cores->decoder.core[core];
    CHECK(state->n_ready < state->n_asked);
    state->n_ready++;
}

bool decoder_has_row(const CoreModel *cores, uint32_t core)
{
    return cores->decoder.stage > 0 && cores->decoder.core[core].n_ready > 0;
}

uint64_t decoder_book_rows(const CoreModel *cores, uint32_t core, StepTimes *step, uint64_t n_rows)
{
    const uint32_t slice = cores->decoder.core[core].slice;
    step->dram_bytes += n_rows * cores->dram.core[core].row_bytes;
    return n_rows * cores->plan->slice[slice].program->n_units * cores->decoder.word_cycles;
}

uint64_t decoder_row_cycles(CoreModel *cores, uint32_t core)
{
    const uint32_t slice = cores->decoder.core[core].slice;
    const uint64_t n_words = cores->plan->slice[slice].program->n_units;
    const uint64_t cycles = n_words * cores->decoder.word_cycles;
    Counters *count = core_counters(cores, core);
    count->n[COUNT_RECEIVE_CYCLES] += cycles;
    count->n[COUNT_DECODER_MACS] += n_words;
    count->n[COUNT_SRAM_READ_BYTES] += cores->dram.core[core].row_bytes + n_words * WORD_BYTES;
    count->n[COUNT_SRAM_WRITE_BYTES] += n_words * WORD_BYTES;
    cores->tally->slice_ops[slice] += n_words;
    cores->tally->slice_active[slice] += cycles;
    return cycles;
}

void decoder_end_row(CoreModel *cores, uint32_t core)
{
    DecoderCore *state = &cores->decoder.core[core];
    uint32_t *open = &state->open[state->step[state->first]];
    CHECK(*open > 0);
    --*open;
    state->first = (state->first + 1) % DECODER_ROWS;
    state->n_asked--;
    state->n_ready--;
    cores->core[core].blocked = false;
}

bool decoder_has_open(const CoreModel *cores, uint32_t slice, uint64_t step)
{
    const DecoderModel *decoder = &cores->decoder;
    return decoder_slice(decoder, cores->plan, slice) &&
           decoder->core[cores->plan->slice[slice].core].open[step % DECODER_STEPS] > 0;
}

/* ---- update -------------------- */

uint64_t decoder_update_cycles(CoreModel *cores, uint32_t slice)
{
    const PlanSlice *info = &cores->plan->slice[slice];
    const uint64_t n_words = info->program->n_units;
    Counters *count = core_counters(cores, info->core);
    const uint64_t cycles = cores->plan->step_cycles + n_words * cores->decoder.word_cycles;
    count->n[COUNT_UPDATE_CYCLES] += cycles;
    count->n[COUNT_SRAM_READ_BYTES] +=
        2 * n_words * WORD_BYTES + (uint64_t)info->program->n_scales * SCALE_BYTES;
    count->n[COUNT_SRAM_WRITE_BYTES] += n_words * WORD_BYTES;
    return cycles;
}

static float row_weight(const Program *program, const uint8_t *row, uint32_t word)
{
    if (program->precision == PRECISION_FP32)
        return load_f32(row + 4 * (uint64_t)word);
    return bf16_value((uint16_t)(row[2 * (uint64_t)word] | row[2 * (uint64_t)word + 1] << 8));
}

static void add_row(CoreModel *cores, const SliceProgram *slice, const uint8_t *row, float value)
{
    const Program *program = cores->plan->program;
    DecoderModel *decoder = &cores->decoder;
    for (uint32_t w = 0; w < slice->n_units; w++) {
        if (program->precision == PRECISION_INT8) {
            int8_t code;
            memcpy(&code, &row[w], 1);
            decoder->sum_int8[w] += code * (int32_t)value;
        } else {
            const float product = row_weight(program, row, w) * value;
            decoder->sum[w] += product;
        }
    }
}

/* Sums begin at the biases, or in int8 at 0. */
static void begin_sums(CoreModel *cores, const SliceProgram *slice, const uint8_t *image)
{
    DecoderModel *decoder = &cores->decoder;
    for (uint32_t w = 0; w < slice->n_units; w++) {
        if (cores->plan->program->precision == PRECISION_INT8)
            decoder->sum_int8[w] = 0;
        else
            decoder->sum[w] = load_f32(image + slice->bias_offset + 4 * (uint64_t)w);
    }
}

static void add_events(CoreModel *cores, uint32_t slice, uint64_t step)
{
    const Plan *plan = cores->plan;
    const SliceProgram *program = plan->slice[slice].program;
    const ProgramLayer *layer = &plan->program->layer[plan->n_layers - 2];
    const uint32_t *position_of = plan->position_of[plan->n_layers - 1];
    const uint8_t *rows = plan->program->dram + program->dram_offset;
    const uint64_t row_bytes = program_row_bytes(plan->program, program);
    const DecoderEvents *events =
        &cores->decoder.core[plan->slice[slice].core].events[step % DECODER_STEPS];
    if (events->step != step)
        return;
    for (uint32_t i = 0; i < (layer->n_units + 63) / 64; i++)
        for (uint64_t bits = events->present[i]; bits; bits &= bits - 1) {
            const uint32_t unit = i * 64 + bits_lowest(bits);
            const uint32_t position = position_of == NULL ? unit : position_of[unit];
            add_row(cores, program, rows + position * row_bytes, events->value[unit]);
        }
}

/* Logits of the slice's words into decoder->sum; of int8 words too, for what they stand for. */
static uint32_t best_word(CoreModel *cores, const SliceProgram *slice, const uint8_t *image)
{
    DecoderModel *decoder = &cores->decoder;
    const bool int8 = cores->plan->program->precision == PRECISION_INT8;
    uint32_t best = 0;
    for (uint32_t w = 0; w < slice->n_units; w++) {
        if (int8) {
            int32_t *sum = &decoder->sum_int8[w];
            const uint32_t bits = load_u32(image + slice->bias_offset + 4 * (uint64_t)w);
            int32_t bias;
            memcpy(&bias, &bits, sizeof bias);
            *sum = fixed_sum(bias, *sum,
                             image_scale(image, slice->input_scale_offset, slice->n_scales, w));
            decoder->sum[w] = (float)*sum / (float)(1 << FIXED_SUM_BITS);
        }
        if (int8 ? decoder->sum_int8[w] > decoder->sum_int8[best]
                 : decoder->sum[w] > decoder->sum[best])
            best = w;
    }
    return best;
}

void decoder_compute(CoreModel *cores, uint32_t slice, uint64_t step, uint64_t at)
{
    const PlanSlice *info = &cores->plan->slice[slice];
    const CoreProgram *core = &cores->plan->program->core[info->core];
    const EventTrace *expected = cores->expected;
    begin_sums(cores, info->program, core->image);
    add_events(cores, slice, step);
    const uint32_t best = best_word(cores, info->program, core->image);
    const uint32_t word = info->program->first_position + best;
    const float logit = cores->decoder.sum[best];
    if (word == expected->unit[at] && float_bits(logit) == float_bits(expected->value[at]))
        return;
    cores->fault->status = err_set(
        cores->fault->err, STATUS_INTERNAL,
        "core %u: decoder, step %llu: the best word is %u with %.9g (0x%08x); the reference has "
        "%u with %.9g (0x%08x)",
        core->core, (unsigned long long)step, word, (double)logit, float_bits(logit),
        expected->unit[at], (double)expected->value[at], float_bits(expected->value[at]));
}
