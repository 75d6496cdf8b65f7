/* core_model.c - tasks of the cores and their cycles.
 *
 * At the end of each task a core picks the next: a composed packet goes out (or waits: stall), an
 * emission goes on, a ready slice with the smallest (step, layer, first position) is updated, the
 * packet at the head of the FIFO is received, else the core is idle. While it stalls it serves
 * its FIFO, so cores always drain and the network cannot deadlock.
 *
 * Costs (chip description, section software): a packet receive_event, an update step + units x
 * update_egru (update_egru_int in int8), a packet sent emit_event, and the weights by their format
 * (core_weights.c), either when an event arrives or at the update. Events of the last step have no
 * next step to recur into: their recurrent weights are not applied.
 *
 * Bytes of SRAM: a packet received 8 written and 8 read (FIFO): key and payload, in which an int8
 * event fills one byte; an update, per unit: threshold 4 and state 4 read, state 4 written; a
 * packet sent 8 read (composed packet); and those of core_weights.c.
 *
 * Steps of packets are counted per source, by markers: packets of one source keep their order. What
 * is kept for a core and a source is kept by pair (plan_pairs.c).
 * Cost: O(1) per packet and slice, O(row) for values in execute mode.
 */
#include "core_model.h"

#include "base/check.h"
#include "image.h"

static const uint64_t PACKET_BYTES = 8, WORD_BYTES = 4;
#define MAX_FIFO_BYTES (UINT64_C(2) << 30)

Status core_init(Arena *arena, CoreModel *cores)
{
    const Plan *plan = cores->plan;
    uint64_t slots = plan_packets_in_flight(plan);
    slots = slots < plan->fifo_packets ? slots : plan->fifo_packets;
    if (slots * plan->n_cores > MAX_FIFO_BYTES / sizeof(FifoEntry))
        return err_set(
            cores->fault->err, STATUS_UNSUPPORTED,
            "receive FIFOs of %u cores with %llu packets each are more than can be simulated",
            plan->n_cores, (unsigned long long)slots);
    cores->fifo_slots = (uint32_t)slots;
    cores->core = ARENA_ARRAY(arena, CoreState, plan->n_cores);
    cores->slice = ARENA_ARRAY(arena, SliceState, plan->n_slices);
    cores->stage = ARENA_ARRAY(arena, CoreStage, (size_t)plan->n_cores * plan->n_stages);
    cores->markers = ARENA_ARRAY(arena, uint32_t, plan->n_pairs);
    cores->events_since = ARENA_ARRAY(arena, uint32_t, plan->n_pairs);
    cores->events = ARENA_ARRAY(arena, uint64_t, plan->n_pairs);
    cores->sent_markers = ARENA_ARRAY(arena, uint32_t, (size_t)plan->n_layers * plan->ring_steps);
    cores->token = ARENA_ARRAY(arena, uint32_t, (size_t)plan->n_cores * 2);
    dram_init(arena, &cores->dram, plan);
    wheel_init(arena, &cores->wheel, plan->n_cores);
    for (uint32_t c = 0; c < plan->n_cores; c++)
        cores->core[c].fifo = ARENA_ARRAY(arena, FifoEntry, cores->fifo_slots);
    if (cores->execute)
        compute_init(arena, cores);
    return STATUS_OK;
}

/* Are the first n steps of the stage complete, as far as it reaches the core? */
static bool has_steps(const CoreModel *cores, uint32_t core, uint32_t stage, uint64_t n)
{
    size_t at = (size_t)core * cores->plan->n_stages + stage;
    return cores->stage[at].complete >= n || cores->plan->stage_markers[at] == 0;
}

bool core_ready(const CoreModel *cores, uint32_t slice)
{
    const Plan *plan = cores->plan;
    uint64_t t = cores->slice[slice].next_step;
    uint32_t own = plan->slice[slice].stage;
    uint32_t core = plan->slice[slice].core;
    if (t >= plan->n_steps || !has_steps(cores, core, own - 1, t + 1) ||
        !has_steps(cores, core, own, t))
        return false;
    return t < 2 || own == plan->n_layers || has_steps(cores, core, own + 1, t - 1);
}

/* Slices of a core ascend by (layer, first position): the first with the smallest step wins. */
static uint32_t pick_slice(const CoreModel *cores, uint32_t core)
{
    uint32_t best = PROGRAM_NONE;
    uint64_t best_step = NEVER;
    for (uint32_t s = cores->plan->core_slice[core]; s < cores->plan->core_slice[core + 1]; s++)
        if (cores->slice[s].next_step < best_step && core_ready(cores, s)) {
            best = s;
            best_step = cores->slice[s].next_step;
        }
    return best;
}

/* Is some slice waiting for a step of which it has a packet? */
static bool has_begun(const CoreModel *cores, uint32_t core)
{
    for (uint32_t s = cores->plan->core_slice[core]; s < cores->plan->core_slice[core + 1]; s++)
        if (cores->slice[s].next_step < cores->plan->n_steps &&
            cores->slice[s].begun > cores->slice[s].next_step)
            return true;
    return false;
}

void core_begin_task(CoreModel *cores, uint32_t core, CoreTask task, uint64_t cycle,
                     uint64_t cycles)
{
    cores->core[core].task = task;
    cores->core[core].since = cycle;
    cores->n_busy++;
    wheel_set(&cores->wheel, core, cycle + cycles);
}

static void begin_rest(CoreModel *cores, uint32_t core, CoreTask task, uint64_t cycle)
{
    CoreState *state = &cores->core[core];
    state->task = task;
    state->since = cycle;
    if (task == TASK_IDLE)
        state->wait = has_begun(cores, core);
    if (state->count > 0) /* on its way into the FIFO */
        wheel_set(&cores->wheel, core, state->fifo[state->first].cycle);
}

/* ---- update and emit -------------------- */

/* First event of (step, layer) whose position is not below `position`. */
static uint64_t expected_from(const EventTrace *expected, uint32_t step, uint32_t layer,
                              uint32_t position)
{
    uint64_t low = event_trace_first(expected, step, layer);
    uint64_t high = low + event_trace_count(expected, step, layer);
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (expected->unit[middle] < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint64_t update_cycles(CoreModel *cores, uint32_t slice, uint64_t step)
{
    const Plan *plan = cores->plan;
    const SliceProgram *program = plan->slice[slice].program;
    uint64_t units = program->n_units, array_cycles;
    Counters *count = core_counters(cores, plan->slice[slice].core);
    count->n[COUNT_UNIT_UPDATES] += units;
    count->n[COUNT_SRAM_READ_BYTES] += WORD_BYTES * 2 * units;
    count->n[COUNT_SRAM_WRITE_BYTES] += WORD_BYTES * units;
    uint64_t cycles = plan->step_cycles + units * plan->update_cycles +
                      core_update_weights(cores, slice, step, &array_cycles);
    count->n[COUNT_UPDATE_CYCLES] += cycles;
    return cycles + array_cycles;
}

static void begin_update(CoreModel *cores, uint32_t slice, uint64_t cycle)
{
    const PlanSlice *info = &cores->plan->slice[slice];
    CoreState *state = &cores->core[info->core];
    uint64_t step = cores->slice[slice].next_step++;
    uint32_t first_position = info->program->first_position, layer = info->program->layer;
    uint64_t first = expected_from(cores->expected, (uint32_t)step, layer, first_position);
    uint64_t end = expected_from(cores->expected, (uint32_t)step, layer,
                                 first_position + info->program->n_units);
    if (cores->execute)
        compute_update(cores, slice, step, first, end);
    state->slice = slice;
    state->emit_step = step;
    state->emit_at = state->emit_first = first;
    state->emit_end = end;
    uint64_t cycles = update_cycles(cores, slice, step);
    core_begin_task(cores, info->core, TASK_UPDATE, cycle, cycles);
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
        const EventTrace *expected = cores->expected;
        uint32_t local = expected->unit[state->emit_at] - program->first_position;
        state->out.key = left > 1 ? program->key + local : program->marker_key + 1 + local;
        state->out.payload = expected->value ? float_bits(expected->value[state->emit_at]) : 0;
    }
    Counters *count = core_counters(cores, core);
    count->n[COUNT_EMIT_CYCLES] += cores->plan->emit_cycles;
    count->n[COUNT_SRAM_READ_BYTES] += PACKET_BYTES;
    core_begin_task(cores, core, TASK_EMIT, cycle, cores->plan->emit_cycles);
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

/* Close the task that ends at this edge. */
static void end_task(CoreModel *cores, uint32_t core, uint64_t cycle)
{
    CoreState *state = &cores->core[core];
    Counters *count = core_counters(cores, core);
    switch (state->task) {
    case TASK_IDLE:
        count->n[state->wait ? COUNT_WAIT_CYCLES : COUNT_SLEEP_CYCLES] += cycle - state->since;
        return;
    case TASK_STALL:
        count->n[COUNT_STALL_CYCLES] += cycle - state->since;
        return;
    case TASK_RECEIVE:
        core_end_receive(cores, core);
        break;
    case TASK_UPDATE:
        state->emitting = true;
        break;
    case TASK_EMIT:
        state->composed = true;
        break;
    }
    cores->n_busy--;
    cores->n_tasks++;
}

static void begin_next(CoreModel *cores, uint32_t core, uint64_t cycle)
{
    CoreState *state = &cores->core[core];
    if (state->composed) {
        if (!cores->hooks.inject_room(cores->hooks.context, core)) {
            if (!core_begin_receive(cores, core, cycle))
                begin_rest(cores, core, TASK_STALL, cycle);
            return;
        }
        inject(cores, core, cycle);
    }
    if (state->emitting) {
        begin_emit(cores, core, cycle);
        return;
    }
    uint32_t slice = pick_slice(cores, core);
    if (slice != PROGRAM_NONE)
        begin_update(cores, slice, cycle);
    else if (!core_begin_receive(cores, core, cycle))
        begin_rest(cores, core, TASK_IDLE, cycle);
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
        CoreTask ended = cores->core[core].task;
        end_task(cores, core, cycle);
        if (cores->fault->status != STATUS_OK)
            return;
        begin_next(cores, core, cycle);
        if (cores->fault->status != STATUS_OK)
            return;
        if (ended != TASK_IDLE && ended != TASK_STALL)
            cores->tally->last_core_cycle = cycle;
    }
}

void core_deliver(CoreModel *cores, uint32_t core, const Packet *packet, uint64_t cycle)
{
    CoreState *state = &cores->core[core];
    uint32_t pair = plan_pair(cores->plan, core, packet->source);
    CHECK(pair != PROGRAM_NONE && state->count < cores->fifo_slots);
    uint32_t at = state->first + state->count++;
    state->fifo[at >= cores->fifo_slots ? at - cores->fifo_slots : at] =
        (FifoEntry){*packet, pair, cycle};
    if (state->count == cores->plan->fifo_packets)
        cores->hooks.fifo_full(cores->hooks.context, core);
    bool rests = state->task == TASK_IDLE || state->task == TASK_STALL;
    if (rests && cores->wheel.due[core] > cycle)
        wheel_set(&cores->wheel, core, cycle);
}

void core_inject_free(CoreModel *cores, uint32_t core, uint64_t cycle)
{
    if (cores->core[core].task == TASK_STALL && cores->wheel.due[core] > cycle)
        wheel_set(&cores->wheel, core, cycle);
}

void core_finish(CoreModel *cores, uint64_t cycle)
{
    for (uint32_t c = 0; c < cores->plan->n_cores; c++) {
        end_task(cores, c, cycle);
        cores->core[c].since = cycle;
    }
}
