/* count_totals.c - every total of a run in closed form.
 *
 * What an event costs on a core follows from its row there, so the total of a row is its cost times
 * the unit's events; updates and packets cost the same every time. The costs are those that the
 * heads of core_model.c and core_weights.c list, written out here once more, as the closed form is
 * what engines with a time axis are checked against.
 *
 * Cost: O(units * cores that hear them + slices + links + events).
 */
#include "arch/matrix_image.h"
#include "base/check.h"
#include "count_model.h"

enum { WORD_BYTES = 4 };

typedef struct RowCost { /* of an event in one matrix of a slice                           */
    uint64_t cycles_each, cycles; /* a weight; an event                                   */
    uint64_t read_each, read, write_each, write; /* bytes                                    */
} RowCost;

static RowCost row_cost(const Plan *plan, const MatrixImage *matrix)
{
    if (format_buffers_events(matrix->format))
        return (RowCost){.write = plan->value_bytes};
    uint64_t words = matrix->format == FORMAT_BITMAP ? matrix_row_words(matrix) : 0;
    return (RowCost){
        .cycles_each =
            plan->synapse_cycles[matrix->format] + (matrix->index_delta ? plan->delta_cycles : 0),
        .cycles = words * plan->word_cycles,
        .read_each = plan->weight_bytes + matrix->index_bytes + WORD_BYTES,
        .read = 2 * (uint64_t)matrix->pointer_bytes + words * WORD_BYTES,
        .write_each = WORD_BYTES,
    };
}

static uint64_t row_ops(const uint8_t *image, const MatrixImage *matrix, uint64_t row)
{
    if (format_buffers_events(matrix->format))
        return 0;
    return image_pointer(image, matrix, row + 1) - image_pointer(image, matrix, row);
}

uint64_t count_recurrent_cycles(const CountModel *model, const CountSource *source, uint32_t core,
                                uint32_t u)
{
    const Plan *plan = &model->plan;
    uint64_t cycles = 0;
    if (source->stage == 0)
        return 0;
    const uint32_t *own = plan_layer_slices(plan, core, source->stage - 1);
    for (uint32_t s = own[0]; s < own[1]; s++) {
        const MatrixImage *matrix = plan->slice[s].matrix[1];
        const RowCost cost = row_cost(plan, matrix);
        cycles += cost.cycles + cost.cycles_each * row_ops(plan->program->core[core].image, matrix,
                                                           source->first_position + u);
    }
    return cycles;
}

/* Events of a source in one matrix of a slice that hears them; cycles of each, in the table's
 * column `cycles` (NULL: none). */
static void count_rows(CountModel *model, const CountSource *source, uint32_t s, int which,
                       uint32_t *cycles)
{
    const PlanSlice *slice = &model->plan.slice[s];
    const MatrixImage *matrix = slice->matrix[which];
    const uint8_t *image = model->plan.program->core[slice->core].image;
    const RowCost cost = row_cost(&model->plan, matrix);
    const uint64_t *times =
        which == 0 ? model->events.active[source->stage] : model->events.recurring[source->stage];
    uint32_t *all_ops = source->row_ops[which];
    Counters *count = &model->tally.count[slice->core];
    for (uint32_t u = 0; u < source->n_units; u++) {
        uint32_t row = source->first_position + u;
        uint64_t ops = row_ops(image, matrix, row);
        uint64_t one = cost.cycles + ops * cost.cycles_each;
        all_ops[u] += (uint32_t)ops;
        source->row_cycles[which][u] += one;
        if (cycles != NULL)
            cycles[(size_t)u * source->stride] += (uint32_t)one;
        count->n[COUNT_RECEIVE_CYCLES] += times[row] * one;
        count->n[COUNT_SRAM_READ_BYTES] += times[row] * (cost.read + ops * cost.read_each);
        count->n[COUNT_SRAM_WRITE_BYTES] += times[row] * (cost.write + ops * cost.write_each);
        count->n[COUNT_SYNAPTIC_OPS] += times[row] * ops;
        model->tally.slice_ops[s] += times[row] * ops;
        model->tally.slice_active[s] += times[row] * one;
    }
}

/* The same on the decoder: each event asks for a row of the slice's words in DRAM, applies it
 * whole. */
static void count_decoder_rows(CountModel *model, const CountSource *source, uint32_t s,
                               uint32_t *cycles)
{
    const Plan *plan = &model->plan;
    const PlanSlice *slice = &plan->slice[s];
    const DramCore *core = &model->dram.core[slice->core];
    const uint64_t words = slice->program->n_units;
    const uint64_t one = cost_count(&plan->chip->software.dma_setup_cycles) +
                         words * plan->synapse_cycles[FORMAT_SOURCE];
    uint64_t events = 0;
    for (uint32_t u = 0; u < source->n_units; u++) {
        events += model->events.active[source->stage][source->first_position + u];
        source->row_cycles[0][u] += one;
        if (cycles != NULL)
            cycles[(size_t)u * source->stride] += (uint32_t)one;
    }
    Counters *count = &model->tally.count[slice->core];
    count->n[COUNT_RECEIVE_CYCLES] += events * one;
    count->n[COUNT_DECODER_MACS] += events * words;
    count->n[COUNT_SRAM_READ_BYTES] += events * (core->row_bytes + words * WORD_BYTES);
    count->n[COUNT_SRAM_WRITE_BYTES] += events * (core->row_bytes + words * WORD_BYTES);
    model->tally.slice_ops[s] += events * words;
    model->tally.slice_active[s] += events * one;
    model->dram.chip_bytes[core->chip] += events * core->row_bytes;
    model->dram.n_reads += events;
    model->dram.n_bytes += events * core->row_bytes;
    model->dram.busy_ps += events * core->row_ps;
}

/* All that a core does with the events of a source. */
static void count_pair(CountModel *model, const CountSource *source, const CountPair *pair,
                       uint32_t *cycles)
{
    const Plan *plan = &model->plan;
    if (!pair->listens)
        return;
    for (uint32_t u = 0; cycles != NULL && u < source->n_units; u++)
        cycles[(size_t)u * source->stride] = (uint32_t)plan->receive_cycles;
    if (source->stage > 0) {
        const uint32_t *own = plan_layer_slices(plan, pair->core, source->stage - 1);
        for (uint32_t s = own[0]; s < own[1]; s++)
            count_rows(model, source, s, 1, cycles);
    }
    if (source->stage < plan->n_layers) {
        const uint32_t *next = plan_layer_slices(plan, pair->core, source->stage);
        for (uint32_t s = next[0]; s < next[1]; s++)
            if (plan->slice[s].program->decoder)
                count_decoder_rows(model, source, s, cycles);
            else
                count_rows(model, source, s, 0, cycles);
    }
}

/* Sums over any events of a step fit into 32 bits. */
static bool sums_fit(const CountSource *source)
{
    for (uint32_t i = 0; i < source->n_tabled; i++) {
        uint64_t sum = 0;
        for (uint32_t u = 0; u < source->n_units; u++)
            sum += source->cycles[(size_t)u * source->stride + i];
        if (sum > UINT32_MAX)
            return false;
    }
    return true;
}

static Status count_source(Arena *arena, CountModel *model, CountSource *source, Err *err)
{
    source->stride = (source->n_tabled + COUNT_VECTOR - 1) / COUNT_VECTOR * COUNT_VECTOR;
    uint32_t *cycles = ARENA_ARRAY(arena, uint32_t, (size_t)source->n_units * source->stride);
    for (int which = 0; which < 2; which++) {
        source->row_ops[which] = ARENA_ARRAY(arena, uint32_t, source->n_units);
        source->row_cycles[which] = ARENA_ARRAY(arena, uint64_t, source->n_units);
    }
    source->cycles = cycles;
    for (uint32_t i = 0; i < source->n_pairs; i++)
        count_pair(model, source, &source->pair[i], i < source->n_tabled ? cycles + i : NULL);
    if (!sums_fit(source))
        return err_set(err, STATUS_UNSUPPORTED,
                       "events of one step take a core 2^32 cycles or more; expected less");
    return STATUS_OK;
}

/* The same of the decoder: the best word is found. */
static void count_decoder_updates(CountModel *model, uint32_t s)
{
    const Plan *plan = &model->plan;
    const SliceProgram *slice = plan->slice[s].program;
    const uint64_t n = plan->n_steps, words = slice->n_units;
    Counters *count = &model->tally.count[plan->slice[s].core];
    model->slice[s].update_cycles = model->slice[s].work_cycles =
        plan->step_cycles + words * plan->synapse_cycles[FORMAT_SOURCE];
    count->n[COUNT_UPDATE_CYCLES] += n * model->slice[s].update_cycles;
    model->tally.slice_active[s] += n * model->slice[s].update_cycles;
    count->n[COUNT_SRAM_READ_BYTES] +=
        n * (2 * words * WORD_BYTES + (uint64_t)slice->n_scales * SCALE_BYTES);
    count->n[COUNT_SRAM_WRITE_BYTES] += n * words * WORD_BYTES;
}

/* One update of a slice: cycles, and what its n_steps updates count. */
static void count_updates(CountModel *model, uint32_t s)
{
    const Plan *plan = &model->plan;
    const PlanSlice *slice = &plan->slice[s];
    const uint64_t n = plan->n_steps, units = slice->program->n_units;
    Counters *count = &model->tally.count[slice->core];
    uint64_t weight_cycles = 0;
    uint64_t read = 2 * WORD_BYTES * units, write = WORD_BYTES * units;
    for (int m = 0; m < 2; m++) {
        const MatrixImage *matrix = slice->matrix[m];
        if (matrix_is_none(matrix))
            continue;
        const uint64_t macs = (uint64_t)matrix->n_sources * matrix->n_targets;
        const uint64_t targets = (uint64_t)matrix->n_targets * WORD_BYTES;
        read += targets + (uint64_t)slice->program->n_scales * SCALE_BYTES;
        if (matrix->format == FORMAT_TARGET) {
            weight_cycles += matrix->n_weights * plan->synapse_cycles[FORMAT_TARGET];
            read +=
                matrix->n_weights * (plan->weight_bytes + matrix->index_bytes + plan->value_bytes) +
                ((uint64_t)matrix->n_targets + 1) * matrix->pointer_bytes;
            count->n[COUNT_SYNAPTIC_OPS] += n * matrix->n_weights;
            model->tally.slice_ops[s] += n * matrix->n_weights;
        } else if (matrix->format == FORMAT_DENSE_MLA) {
            count->n[COUNT_MAC_ARRAY_MACS] += n * macs;
            model->tally.layer[slice->stage - 1].array_macs += n * macs;
            read += macs * plan->weight_bytes + matrix->n_sources * plan->value_bytes + targets;
            write += targets;
        } else {
            read += targets;
            write += targets;
        }
    }
    const ArrayUpdate update = array_update(plan, s, weight_cycles);
    model->slice[s].update_cycles = update.least_cycles;
    model->slice[s].work_cycles = update.core_cycles;
    count->n[COUNT_UNIT_UPDATES] += n * units;
    count->n[COUNT_UPDATE_CYCLES] += n * update.core_cycles;
    model->tally.slice_active[s] += n * update.core_cycles;
    count->n[COUNT_MAC_ARRAY_CYCLES] += n * update.array_cycles;
    count->n[COUNT_SRAM_READ_BYTES] += n * read;
    count->n[COUNT_SRAM_WRITE_BYTES] += n * write;
}

/* Packets that a slice sends. */
static void count_emissions(CountModel *model, uint32_t s)
{
    const PlanSlice *slice = &model->plan.slice[s];
    uint64_t events = model->tally.source_events[s], silent = model->tally.source_markers[s];
    Counters *count = &model->tally.count[slice->core];
    count->n[COUNT_EVENTS_OUT] += events;
    count->n[COUNT_MARKERS_OUT] += silent;
    count->n[COUNT_EMIT_CYCLES] += (events + silent) * model->plan.emit_cycles;
    model->tally.slice_active[s] += (events + silent) * model->plan.emit_cycles;
    count->n[COUNT_SRAM_READ_BYTES] += (events + silent) * COUNT_PACKET_BYTES;
    model->tally.layer[slice->stage - 1].events += events;
    model->tally.layer[slice->stage - 1].synaptic_ops += model->tally.slice_ops[s];
    model->tally.layer[slice->stage - 1].active_cycles += model->tally.slice_active[s];
}

/* Token rows: each core of the first layer reads its part in every step. */
static void count_reads(CountModel *model)
{
    const uint64_t n = model->plan.n_steps;
    for (uint32_t c = 0; c < model->plan.n_cores; c++) {
        const DramCore *core = &model->dram.core[c];
        model->tally.count[c].n[COUNT_SRAM_WRITE_BYTES] += n * core->segment_bytes;
        model->dram.n_reads += n * core->n_slices;
        model->dram.n_bytes += n * core->segment_bytes;
        model->dram.token_bytes += n * core->segment_bytes;
        model->dram.chip_bytes[core->chip] += n * core->segment_bytes;
        model->dram.busy_ps += n * core->service_ps;
    }
}

static void count_links(CountModel *model)
{
    const Plan *plan = &model->plan;
    const Walk *walk = &model->arrivals.walk;
    for (uint32_t l = 0; l < plan->n_links + plan->n_router_links; l++) {
        uint64_t flits = walk->link_flits[l], busy = flits * plan->flit_cycles;
        if (l >= plan->n_links && plan->frame_links)
            busy = clock_edge_at_or_after(&plan->clock[DOMAIN_NOC],
                                          flits * plan_link(plan, l - plan->n_links)->frame_ps);
        model->tally.link[l] = (LinkCounts){flits, flits, busy, COUNT_UNKNOWN};
    }
    RouterCounts *router = &model->tally.router;
    for (uint32_t r = 0; r < plan->n_routers; r++) {
        model->tally.router_lookups[r] = walk->lookups[r];
        router->lookups += walk->lookups[r];
    }
    router->busy_cycles = router->lookups;
    router->stall_cycles = COUNT_UNKNOWN;
}

/* Packets of one (step, stage), by source: weights for this step, and for the next one; cycles of
 * sending and receiving them beyond those of the markers that would be sent in their stead. */
static void count_step_events(CountModel *model, uint32_t t, uint32_t stage, const uint32_t *unit,
                              uint32_t n, const uint32_t *source_of)
{
    StepTimes *step = &model->tally.step[t];
    const uint64_t emit_cycles = stage == 0 ? 0 : model->plan.emit_cycles;
    for (uint32_t i = 0; i < n; i++) {
        const CountSource *source = &model->source[source_of[unit[i]]];
        const bool closes = i + 1 == n || source_of[unit[i + 1]] != source_of[unit[i]];
        uint32_t u = unit[i] - source->first_position;
        step->synaptic_ops += source->row_ops[0][u];
        step->active_cycles += source->row_cycles[0][u] + source->event_cycles + emit_cycles;
        if (closes)
            step->active_cycles += source->closing_cycles - source->silent_cycles - emit_cycles;
        if (stage == 0 || t + 1 == model->plan.n_steps)
            continue;
        step[1].synaptic_ops += source->row_ops[1][u];
        step->active_cycles += source->row_cycles[1][u];
    }
}

/* What every step counts: updates, and a marker of every source; token rows. */
static StepTimes count_any_step(const CountModel *model)
{
    const Plan *plan = &model->plan;
    StepTimes step = {.critical_core = PROGRAM_NONE,
                      .active_cycles = plan->n_slices * plan->emit_cycles};
    uint64_t update_cycles = 0, macs = 0;
    for (uint32_t s = 0; s < plan->n_sources; s++)
        step.active_cycles += model->source[s].silent_cycles;
    for (uint32_t c = 0; c < plan->n_cores; c++) {
        update_cycles += model->tally.count[c].n[COUNT_UPDATE_CYCLES];
        macs += model->tally.count[c].n[COUNT_MAC_ARRAY_MACS];
        step.dram_bytes += model->dram.core[c].segment_bytes;
    }
    step.active_cycles += update_cycles / plan->n_steps; /* alike in all steps */
    step.array_macs = macs / plan->n_steps;
    return step;
}

/* Bytes of the decoder's rows that each event of the layer before asks for. */
static uint64_t decoder_row_bytes(const CountModel *model)
{
    uint64_t bytes = 0;
    for (uint32_t c = 0; c < model->plan.n_cores; c++)
        bytes += model->dram.core[c].row_bytes;
    return bytes;
}

static void count_steps(CountModel *model)
{
    const Plan *plan = &model->plan;
    const EventTrace *expected = plan->expected;
    const StepTimes any = count_any_step(model);
    const uint64_t row_bytes = decoder_row_bytes(model);
    uint64_t stored = 0;
    for (uint32_t s = 0; s < plan->n_slices; s++)
        for (int m = 0; m < 2; m++)
            if (plan->slice[s].matrix[m]->format == FORMAT_TARGET &&
                !plan->slice[s].program->decoder)
                stored += plan->slice[s].matrix[m]->n_weights;
    for (uint32_t t = 0; t < plan->n_steps; t++) {
        StepTimes *step = &model->tally.step[t];
        step->synaptic_ops += stored;
        step->critical_core = any.critical_core;
        step->active_cycles += any.active_cycles;
        step->array_macs = any.array_macs;
        step->dram_bytes = any.dram_bytes;
        step->input_events = input_events(model->input, t, model->input_unit, NULL);
        count_step_events(model, t, 0, model->input_unit, (uint32_t)step->input_events,
                          model->source_of[0]);
        for (uint32_t l = 0; l < plan->n_layers; l++) {
            uint32_t n = event_trace_count(expected, t, l);
            step->events += n;
            step->dram_bytes += l + 2 == plan->n_layers ? n * row_bytes : 0;
            count_step_events(model, t, l + 1, expected->unit + event_trace_first(expected, t, l),
                              n, model->source_of[l + 1]);
        }
    }
}

Status count_totals(Arena *arena, CountModel *model, Err *err)
{
    static const Count timed[] = {COUNT_ARRAY_WAIT_CYCLES, COUNT_STALL_CYCLES, COUNT_WAIT_CYCLES,
                                  COUNT_SLEEP_CYCLES, COUNT_FIFO_HIGH_PACKETS};
    const Plan *plan = &model->plan;
    for (uint32_t s = 0; s < plan->n_sources; s++)
        TRY(count_source(arena, model, &model->source[s], err));
    for (uint32_t s = 0; s < plan->n_slices; s++) {
        if (plan->slice[s].program->decoder)
            count_decoder_updates(model, s);
        else
            count_updates(model, s);
        count_emissions(model, s);
    }
    count_reads(model);
    count_links(model);
    count_steps(model);
    for (uint32_t c = 0; c < plan->n_cores; c++)
        for (size_t i = 0; i < sizeof timed / sizeof *timed; i++)
            model->tally.count[c].n[timed[i]] = COUNT_UNKNOWN;
    for (uint32_t l = 0; l < plan->n_layers; l++)
        model->tally.layer[l].update_end_ps = COUNT_UNKNOWN;
    return STATUS_OK;
}
