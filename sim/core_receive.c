/* core_receive.c - packets from the receive FIFO: what they cost, and what they change on a core.
 *
 * A packet costs receive_event cycles, and an event what its weights cost on arrival
 * (core_weights.c) in each slice of the core that uses it; one packet may serve slices of its own
 * layer (for the next step) and of the layer after (for this step). Its effect comes at the end
 * of the task. The step of a packet follows from the markers of its source that came before:
 * packets of one source keep their order. Events of the last step have no next step to recur
 * into: their recurrent weights are not applied.
 *
 * Checked: a packet of a source that feeds the core is for the step that its slices wait for, or
 * for the one after; a marker announces as many events as arrived.
 * Cost: O(slices of the core that use the packet).
 */
#include "base/check.h"
#include "core_model.h"

static const uint64_t PACKET_BYTES = 8;

static uint32_t source_stage(const Plan *plan, uint32_t source)
{
    return source == plan->n_slices ? 0 : plan->slice[source].stage;
}

/* Cycles to receive a packet; counts what its weights cost. */
static uint64_t receive_cycles(CoreModel *cores, uint32_t core)
{
    const Plan *plan = cores->plan;
    const Packet *packet = &cores->core[core].packet;
    uint64_t cycles = plan->receive_cycles + core_row_cycles(cores, core, packet);
    if (packet->position == PACKET_MARKER)
        return cycles;
    uint32_t stage = source_stage(plan, packet->source);
    uint64_t step = cores->markers[cores->core[core].pair];
    if (stage > 0) {
        const uint32_t *own = plan_layer_slices(plan, core, stage - 1);
        for (uint32_t s = own[0]; s < own[1]; s++)
            cycles += core_apply_event(cores, s, 1, packet->position, step + 1);
    }
    if (stage < plan->n_layers) {
        const uint32_t *next = plan_layer_slices(plan, core, stage);
        for (uint32_t s = next[0]; s < next[1]; s++)
            cycles += core_apply_event(cores, s, 0, packet->position, step);
    }
    return cycles;
}

static void see_arrivals(CoreModel *cores, uint32_t core, uint64_t cycle)
{
    CoreState *state = &cores->core[core];
    while (state->n_visible < state->count) {
        uint32_t at = state->first + state->n_visible;
        if (state->fifo[at >= cores->fifo_slots ? at - cores->fifo_slots : at].cycle > cycle)
            break;
        state->n_visible++;
    }
    uint64_t *high = &core_counters(cores, core)->n[COUNT_FIFO_HIGH_PACKETS];
    if (state->n_visible > *high)
        *high = state->n_visible;
}

/* Receive the head of the FIFO, if it has arrived. */
bool core_begin_receive(CoreModel *cores, uint32_t core, uint64_t cycle)
{
    CoreState *state = &cores->core[core];
    if (state->count == 0 || state->fifo[state->first].cycle > cycle)
        return false;
    see_arrivals(cores, core, cycle);
    state->packet = state->fifo[state->first].packet;
    state->pair = state->fifo[state->first].pair;
    if (!cores->plan->listens[state->pair]) /* it may close a step, but is no event here */
        state->packet.position = PACKET_MARKER;
    state->first = state->first + 1 == cores->fifo_slots ? 0 : state->first + 1;
    state->n_visible--;
    if (state->count-- == cores->plan->fifo_packets)
        cores->hooks.fifo_free(cores->hooks.context, core,
                               clock_edge_ps(&cores->plan->clock[DOMAIN_CORES], cycle));
    Counters *count = core_counters(cores, core);
    count->n[COUNT_SRAM_READ_BYTES] += PACKET_BYTES;
    count->n[COUNT_SRAM_WRITE_BYTES] += PACKET_BYTES;
    uint64_t cycles = receive_cycles(cores, core);
    count->n[COUNT_RECEIVE_CYCLES] += cycles;
    core_begin_task(cores, core, TASK_RECEIVE, cycle, cycles);
    return true;
}

/* A packet of `step` for these slices. If they get events of its source, they can only be waiting
 * for that step or the one before (docs/markers.md). */
static void note_packet(CoreModel *cores, const uint32_t *slices, uint64_t step,
                        const CoreState *core)
{
    bool listens = cores->plan->listens[core->pair];
    for (uint32_t s = slices[0]; s < slices[1]; s++) {
        SliceState *state = &cores->slice[s];
        if (listens && (step < state->next_step || step > state->next_step + 1)) {
            const PlanSlice *info = &cores->plan->slice[s];
            cores->fault->status = err_set(
                cores->fault->err, STATUS_INTERNAL,
                "core %u: layer %u: packet with key 0x%x is for step %llu; steps %llu and "
                "%llu can be "
                "received",
                cores->plan->program->core[info->core].core, info->stage - 1, core->packet.key,
                (unsigned long long)step, (unsigned long long)state->next_step,
                (unsigned long long)state->next_step + 1);
            return;
        }
        if (step + 1 > state->begun)
            state->begun = step + 1;
    }
}

static void take_event(CoreModel *cores, uint32_t core, uint32_t stage, const Packet *packet)
{
    uint32_t pair = cores->core[core].pair;
    core_counters(cores, core)->n[COUNT_EVENTS_IN]++;
    cores->events_since[pair]++;
    cores->events[pair]++;
    if (stage > 0)
        cores->tally->layer[stage - 1].deliveries++;
    if (cores->execute)
        compute_store(cores, core, stage, cores->markers[pair], packet);
}

static void take_marker(CoreModel *cores, uint32_t core, uint32_t stage, const Packet *packet)
{
    const Plan *plan = cores->plan;
    uint32_t pair = cores->core[core].pair;
    uint32_t step = cores->markers[pair]++;
    if (plan->listens[pair] && cores->events_since[pair] != packet->announced)
        cores->fault->status =
            err_set(cores->fault->err, STATUS_INTERNAL,
                    "core %u: step %u: marker with key 0x%x announces %u events; %u arrived",
                    plan->program->core[core].core, step, packet->key, packet->announced,
                    cores->events_since[pair]);
    cores->events_since[pair] = 0;
    size_t at = (size_t)core * plan->n_stages + stage;
    CoreStage *from = &cores->stage[at];
    if (++from->count[step % 4] < plan->stage_markers[at])
        return;
    from->count[step % 4] = 0;
    if (stage == 0 && plan->program->n_tokens > 0) {
        core_ask_row(cores, core, step, packet->payload);
        return;
    }
    CHECK(from->complete == step); /* each source sends in order */
    from->complete++;
}

void core_end_receive(CoreModel *cores, uint32_t core)
{
    const Plan *plan = cores->plan;
    const Packet *packet = &cores->core[core].packet;
    uint32_t stage = source_stage(plan, packet->source);
    uint64_t step = cores->markers[cores->core[core].pair];
    if (stage > 0)
        note_packet(cores, plan_layer_slices(plan, core, stage - 1), step + 1, &cores->core[core]);
    if (cores->fault->status == STATUS_OK && stage < plan->n_layers)
        note_packet(cores, plan_layer_slices(plan, core, stage), step, &cores->core[core]);
    if (cores->fault->status != STATUS_OK)
        return;
    if (packet->position == PACKET_MARKER)
        core_counters(cores, core)->n[COUNT_MARKERS_IN]++;
    else
        take_event(cores, core, stage, packet);
    if (packet_closes(packet))
        take_marker(cores, core, stage, packet);
}
