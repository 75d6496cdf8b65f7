/* core_model.c - tasks of the cores and their cycles.
 *
 * At the end of each task a core picks the next: a composed packet goes out (or waits: stall),
 * an emission goes on, a ready slice with the smallest (step, layer, first position) is updated,
 * the packet at the head of the FIFO is received, else the core is idle. While it stalls it
 * serves its FIFO, so cores always drain and the network cannot deadlock; so it does while an
 * update waits for its MAC array (core_array.c).
 *
 * Costs (chip description, section software): a packet receive_event, an update step + units x
 * update_egru (update_egru_int in int8, update_lif of spiking cells), a packet sent emit_event,
 * and the weights by their format (core_weights.c), either when an event arrives or at the
 * update. Events of the last step have no next step to recur into: their recurrent weights are
 * not applied.
 *
 * Bytes of SRAM: a packet received 8 written and 8 read (FIFO): key and payload, in which an
 * int8 event fills one byte; an update, per unit: threshold 4 and state 4 read, state 4 written;
 * a packet sent 8 read (composed packet); and those of core_weights.c.
 *
 * A core is due (wheel) where its task ends; while it serves its FIFO, where it may have
 * something else to do: core_set_alarm. In between, receives are worked out when somebody asks
 * (core_serve), up to the edge that is worked on; a packet that completes a stage, or after
 * which an alarm has found the core ready for something else, holds the next ones back. Cost:
 * O(1) per packet and slice, O(row) for values in execute mode.
 */
#include "core_model.h"

#include "base/check.h"
#include "image.h"

static const uint64_t PACKET_BYTES = 8;
#define MAX_FIFO_BYTES (UINT64_C(2) << 30)

Status core_init(Arena *arena, CoreModel *cores)
{
    const Plan *plan = cores->plan;
    uint64_t in_flight = plan_packets_in_flight(plan), slots = plan->fifo_packets;
    if (cores->lossy) /* what may get lost stands in the ring, too */
        slots = plan->ticks ? tick_fifo_slots(plan) : in_flight;
    slots = slots < in_flight ? slots : in_flight;
    if (slots * plan->n_cores > MAX_FIFO_BYTES / sizeof(FifoPacket))
        return err_set(
            cores->fault->err, STATUS_UNSUPPORTED,
            "receive FIFOs of %u cores with %llu packets each are more than can be simulated",
            plan->n_cores, (unsigned long long)slots);
    cores->core = ARENA_ARRAY(arena, CoreState, plan->n_cores);
    cores->slice = ARENA_ARRAY(arena, SliceState, plan->n_slices);
    cores->stage = ARENA_ARRAY(arena, CoreStage, plan->n_heard);
    cores->begun = ARENA_ARRAY(arena, uint32_t, plan->n_heard);
    for (uint32_t i = 0; i < plan->n_heard; i++)
        cores->stage[i].n_sources = plan->stage_markers[i];
    cores->sent_markers = ARENA_ARRAY(arena, uint32_t, (size_t)plan->n_layers * plan->ring_steps);
    cores->token = ARENA_ARRAY(arena, uint32_t, (size_t)plan->n_cores * 2);
    dram_init(arena, &cores->dram, plan);
    cores->dram.parts = cores->parts;
    decoder_init(arena, cores);
    if (cores->lossy && cores->decoder.stage > 0)
        return err_set(cores->fault->err, STATUS_UNSUPPORTED,
                       "receive FIFOs that lose events cannot be simulated with a decoder whose "
                       "rows are asked for by event; expected core.receive_fifo_full: stall");
    pairs_init(arena, cores);
    wheel_init(arena, &cores->wheel, plan->n_cores);
    for (uint32_t c = 0; c < plan->n_cores; c++)
        room_init(arena, cores, c, slots);
    observe_init(arena, cores);
    if (cores->auto_point)
        dvfs_init_cores(arena, cores);
    if (cores->own_events)
        loss_init(arena, cores);
    if (plan->ticks)
        tick_init(arena, cores);
    if (cores->execute)
        compute_init(arena, cores);
    return STATUS_OK;
}

/* ---- the FIFO -------------------- */

Count core_idle_kind(const CoreState *state)
{
    return state->array.part != ARRAY_NONE ? COUNT_ARRAY_WAIT_CYCLES
           : state->composed               ? COUNT_STALL_CYCLES
           : state->wait                   ? COUNT_WAIT_CYCLES
                                           : COUNT_SLEEP_CYCLES;
}

void core_count_idle(CoreModel *cores, uint32_t core)
{
    CoreState *state = &cores->core[core];
    core_counters(cores, core)->n[core_idle_kind(state)] += state->fifo.idle_cycles;
    state->fifo.idle_cycles = 0;
}

static void set_due(CoreModel *cores, uint32_t core, uint64_t cycle)
{
    if (cores->wheel.due[core] > cycle)
        wheel_set(&cores->wheel, core, cycle);
}

/* A packet with a mark has been received: the core may have something else to do next. */
static void take_mark(CoreModel *cores, uint32_t core, uint32_t mark)
{
    CoreState *state = &cores->core[core];
    core_count_idle(cores, core);
    core_take_mark(cores, core, mark);
    state->wait = core_has_begun(cores, core);
    if (mark & MARK_LAST && !core_is_engaged(state) && core_has_ready(cores, core))
        state->held = true;
    if (state->held)
        set_due(cores, core, state->fifo.free);
}

void core_serve(CoreModel *cores, uint32_t core, uint64_t until)
{
    CoreState *state = &cores->core[core];
    CoreFifo *fifo = &state->fifo;
    if (state->held || state->blocked)
        return;
    uint64_t n_before = fifo->n_received;
    if (state->awaited && !state->ahead && fifo_begin(fifo) < until)
        room_tell(cores, core, fifo_begin(fifo));
    while (!state->held) {
        uint32_t mark = cores->by_packet          ? loss_serve(cores, core, until)
                        : cores->observer != NULL ? observe_serve(cores, core, until)
                                                  : fifo_serve(fifo, until);
        if (mark == 0)
            break;
        take_mark(cores, core, mark);
    }
    cores->n_tasks += fifo->n_received - n_before;
    if (state->awaited && state->ahead && room_known(cores, state) != NEVER)
        room_tell(cores, core, fifo->last_begin);
}

/* Where packets can be lost, which ends when is only known packet by packet. */
void core_set_alarm(CoreModel *cores, uint32_t core)
{
    const CoreState *state = &cores->core[core];
    const bool has_slot = state->fifo.count < state->fifo.n_slots;
    if (state->array.part == ARRAY_WORKS && !state->held)
        set_due(cores, core, state->array.until);
    if (state->held)
        set_due(cores, core, state->fifo.free);
    else if (state->blocked)
        return; /* until a row is there */
    else if (state->awaited && (!state->ahead || core_is_engaged(state) || !has_slot))
        set_due(cores, core, fifo_begin(&state->fifo));
    else if (cores->by_packet && state->n_marked > 0)
        set_due(cores, core, fifo_begin(&state->fifo));
    else if (state->n_marked > 0)
        set_due(cores, core, fifo_marked_end(&state->fifo, MARK_STOPS));
}

/* Nothing else to do at this edge: receive, or rest until a packet comes. */
static void begin_serve(CoreModel *cores, uint32_t core, uint64_t cycle)
{
    CoreState *state = &cores->core[core];
    state->task = TASK_SERVE;
    if (!core_is_engaged(state))
        state->wait = core_has_begun(cores, core);
    core_serve(cores, core, cycle + 1);
    core_set_alarm(cores, core);
}

static void begin_task(CoreModel *cores, uint32_t core, CoreTask task, uint64_t cycle,
                       uint64_t cycles)
{
    static const Count kind[] = {[TASK_ROW] = COUNT_RECEIVE_CYCLES,
                                 [TASK_UPDATE] = COUNT_UPDATE_CYCLES,
                                 [TASK_EMIT] = COUNT_EMIT_CYCLES};
    DvfsCore *dvfs = cores->core[core].fifo.dvfs;
    uint64_t begin = cycle;
    if (dvfs != NULL) {
        begin = dvfs_begin(dvfs, cycle, cycles);
        dvfs->engaged = true;
    }
    if (cores->observer != NULL)
        observe_change(cores, core, cycle, begin);
    const uint64_t end = dvfs_end(dvfs, begin, cycles);
    cores->core[core].task = task;
    cores->core[core].fifo.free = end;
    if (cores->observer != NULL)
        observe_task(cores, core, kind[task], begin, end);
    cores->n_busy++;
    wheel_set(&cores->wheel, core, end);
}

/* ---- update and emit -------------------- */

static void begin_update(CoreModel *cores, uint32_t slice, uint64_t cycle)
{
    const PlanSlice *info = &cores->plan->slice[slice];
    CoreState *state = &cores->core[info->core];
    uint64_t step = cores->slice[slice].next_step++;
    uint64_t first, end;
    plan_slice_events(cores->plan, slice, step, &first, &end);
    if (cores->execute && info->program->decoder)
        decoder_compute(cores, slice, step, first);
    else if (cores->execute)
        compute_update(cores, slice, step, first, end);
    if (cores->plan->ticks)
        tick_begin_update(cores, slice, step, cycle);
    if (cores->own_events) {
        first = 0;
        end = loss_list_events(cores, slice, step);
    }
    state->slice = slice;
    state->emit_step = step;
    state->emit_at = state->emit_first = first;
    state->emit_end = end;
    uint64_t cycles = array_begin(cores, slice, step);
    core_book_cycles(cores, slice, step,
                     (end > first ? end - first : 1) * cores->plan->emit_cycles);
    dvfs_update(state->fifo.dvfs);
    begin_task(cores, info->core, TASK_UPDATE, cycle, cycles);
}

/* Position of the event that comes next. */
uint32_t core_emitted_position(const CoreModel *cores, const CoreState *state)
{
    if (cores->own_events)
        return cores->own.position[state->slice][state->emit_at];
    return cores->expected->unit[state->emit_at];
}

/* Its value: the expected one, which is what the slice has computed unless packets can be lost. */
static uint32_t emitted_payload(const CoreModel *cores, const CoreState *state, uint32_t local)
{
    if (cores->own_events)
        return float_bits(cores->slice[state->slice].events[local]);
    const float *value = cores->expected->value;
    return value ? float_bits(value[state->emit_at]) : 0;
}

/* Compose the next event; the last one closes the step, and where there is none the marker does. */
static void begin_emit(CoreModel *cores, uint32_t core, uint64_t cycle)
{
    CoreState *state = &cores->core[core];
    const SliceProgram *program = cores->plan->slice[state->slice].program;
    uint64_t left = state->emit_end - state->emit_at;
    state->out.announced = (uint32_t)(state->emit_end - state->emit_first);
    state->out.key = program->marker_key;
    state->out.payload = 0;
    if (left > 0) {
        uint32_t local = core_emitted_position(cores, state) - program->first_position;
        state->out.key = left > 1 ? program->key + local : program->marker_key + 1 + local;
        state->out.payload = emitted_payload(cores, state, local);
    }
    Counters *count = core_counters(cores, core);
    count->n[COUNT_EMIT_CYCLES] += cores->plan->emit_cycles;
    count->n[COUNT_SRAM_READ_BYTES] += PACKET_BYTES;
    begin_task(cores, core, TASK_EMIT, cycle, cores->plan->emit_cycles);
}

static void count_marker_sent(CoreModel *cores, const CoreState *state, uint32_t layer, uint64_t ps)
{
    const Plan *plan = cores->plan;
    uint32_t *sent = &cores->sent_markers[(uint64_t)layer * plan->ring_steps +
                                          state->emit_step % plan->ring_steps];
    if (++*sent < plan->stage_sources[layer + 1])
        return;
    *sent = 0;
    cores->tally->layer[layer].update_end_ps += ps - cores->tally->step[state->emit_step].start_ps;
}

static void inject(CoreModel *cores, uint32_t core, uint64_t cycle)
{
    CoreState *state = &cores->core[core];
    uint32_t layer = cores->plan->slice[state->slice].program->layer;
    uint64_t ps = clock_edge_ps(&cores->plan->clock[DOMAIN_CORES], cycle);
    cores->hooks.inject(cores->hooks.context, core, &state->out, ps);
    if (cores->observer != NULL)
        observe_injected(cores, core, ps);
    tally_sent(cores->tally, state->slice, state->emit_step, state->emit_at == state->emit_first,
               packet_sum(state->out.key, state->out.payload));
    state->composed = false;
    if (state->emit_at < state->emit_end) {
        core_counters(cores, core)->n[COUNT_EVENTS_OUT]++;
        cores->tally->source_events[state->slice]++;
        cores->tally->layer[layer].events++;
        cores->tally->step[state->emit_step].events++;
    } else {
        core_counters(cores, core)->n[COUNT_MARKERS_OUT]++;
        cores->tally->source_markers[state->slice]++;
    }
    if (++state->emit_at < state->emit_end)
        return;
    count_marker_sent(cores, state, layer, ps);
    state->emitting = false;
}

/* ---- one core, one edge -------------------- */

/* Apply a row of the decoder if one is there. */
static bool begin_row(CoreModel *cores, uint32_t core, uint64_t cycle)
{
    if (!decoder_has_row(cores, core))
        return false;
    begin_task(cores, core, TASK_ROW, cycle, decoder_row_cycles(cores, core));
    return true;
}

static void begin_next(CoreModel *cores, uint32_t core, uint64_t cycle)
{
    CoreState *state = &cores->core[core];
    uint64_t cycles;
    if (state->array.part != ARRAY_NONE) {
        if (array_next(cores, core, cycle, &cycles))
            begin_task(cores, core, TASK_UPDATE, cycle, cycles);
        else if (!begin_row(cores, core, cycle))
            begin_serve(cores, core, cycle);
        return;
    }
    if (state->composed) {
        if (!cores->hooks.inject_room(cores->hooks.context, core)) {
            if (!begin_row(cores, core, cycle))
                begin_serve(cores, core, cycle);
            return;
        }
        inject(cores, core, cycle);
    }
    if (state->emitting) {
        begin_emit(cores, core, cycle);
        return;
    }
    uint32_t slice = core_pick_slice(cores, core);
    if (slice != PROGRAM_NONE) {
        begin_update(cores, slice, cycle);
    } else if (!begin_row(cores, core, cycle)) {
        fifo_idle(&state->fifo, cycle);
        if (cores->observer != NULL)
            observe_change(cores, core, cycle, state->fifo.free);
        begin_serve(cores, core, cycle);
    }
}

/* Is there something else that a core which serves its FIFO turns to at this edge? */
static bool turns(const CoreModel *cores, uint32_t core, uint64_t cycle)
{
    const CoreState *state = &cores->core[core];
    if (decoder_has_row(cores, core))
        return true;
    if (state->array.part != ARRAY_NONE)
        return cycle >= state->array.until;
    return state->composed ? cores->hooks.inject_room(cores->hooks.context, core)
                           : core_has_ready(cores, core);
}

/* A core that serves its FIFO is due; true if it is free at this edge. */
static bool stop_serving(CoreModel *cores, uint32_t core, uint64_t cycle)
{
    CoreState *state = &cores->core[core];
    core_serve(cores, core, cycle);
    if (state->fifo.free > cycle) { /* something may have come that it turns to afterwards */
        if (turns(cores, core, cycle))
            state->held = true;
        core_set_alarm(cores, core);
        return false;
    }
    if (dvfs_edge_of(state->fifo.dvfs, cycle) > cycle) { /* no edge of its clock */
        set_due(cores, core, dvfs_edge_of(state->fifo.dvfs, cycle));
        return false;
    }
    if (cores->observer != NULL)
        observe_rest(cores, core, cycle);
    fifo_rest(&state->fifo, cycle);
    core_count_idle(cores, core);
    state->held = false;
    if (state->asks)
        core_ask_row(cores, core);
    state->asks = false;
    if (cores->decoder.stage > 0)
        decoder_ask(cores, core);
    return true;
}

static void work(CoreModel *cores, uint32_t core, uint64_t cycle)
{
    CoreState *state = &cores->core[core];
    if (state->task == TASK_SERVE) {
        if (stop_serving(cores, core, cycle))
            begin_next(cores, core, cycle);
        return;
    }
    if (state->task == TASK_ROW)
        decoder_end_row(cores, core);
    else if (state->task == TASK_EMIT)
        state->composed = true;
    else
        state->emitting = state->array.part == ARRAY_NONE;
    cores->n_busy--;
    cores->n_tasks++;
    cores->tally->last_core_cycle = cycle;
    begin_next(cores, core, cycle);
}

uint64_t core_next(const CoreModel *cores)
{
    const uint64_t task = wheel_next(&cores->wheel), row = dram_next(&cores->dram);
    return task < row ? task : row;
}

void core_step(CoreModel *cores, uint64_t cycle)
{
    cores->now = cycle;
    core_take_rows(cores);
    wheel_advance(&cores->wheel, cycle);
    for (uint32_t core; (core = wheel_take(&cores->wheel)) != WHEEL_NONE;) {
        work(cores, core, cycle);
        if (cores->fault->status != STATUS_OK)
            return;
    }
}

void core_inject_free(CoreModel *cores, uint32_t core, uint64_t cycle)
{
    const CoreState *state = &cores->core[core];
    if (state->task == TASK_SERVE && state->composed && !state->held)
        set_due(cores, core, cycle);
}

bool core_is_busy(CoreModel *cores, uint64_t cycle)
{
    for (uint32_t c = 0; c < cores->plan->n_cores; c++) {
        core_serve(cores, c, cycle);
        const CoreState *state = &cores->core[c];
        if (state->task != TASK_SERVE || state->array.part != ARRAY_NONE ||
            state->fifo.free > cycle)
            return true;
    }
    return false;
}

void core_wake(CoreModel *cores, uint64_t cycle)
{
    for (uint32_t c = 0; c < cores->plan->n_cores; c++) {
        const CoreState *state = &cores->core[c];
        CHECK(state->task == TASK_SERVE && !core_is_engaged(state) && state->fifo.free <= cycle);
        if (core_has_ready(cores, c))
            set_due(cores, c, cycle);
    }
}

void core_settle(CoreModel *cores)
{
    for (uint32_t c = 0; c < cores->plan->n_cores; c++) {
        CoreFifo *fifo = &cores->core[c].fifo;
        core_serve(cores, c, NEVER);
        if (fifo->last_end > cores->tally->last_core_cycle)
            cores->tally->last_core_cycle = fifo->last_end;
    }
}

void core_finish(CoreModel *cores, uint64_t cycle)
{
    for (uint32_t c = 0; c < cores->plan->n_cores; c++) {
        CoreFifo *fifo = &cores->core[c].fifo;
        if (cores->observer != NULL)
            observe_rest(cores, c, cycle);
        dvfs_finish(fifo->dvfs, cycle, core_counters(cores, c));
        fifo_rest(fifo, cycle);
        core_count_idle(cores, c);
        core_counters(cores, c)->n[COUNT_RECEIVE_CYCLES] += fifo->receive_cycles;
        core_counters(cores, c)->n[COUNT_FIFO_HIGH_PACKETS] = fifo->high;
    }
    pairs_close_books(cores);
}
