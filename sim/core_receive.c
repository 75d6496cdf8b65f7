/* core_receive.c - packets on a core: what they cost, and what they change.
 *
 * A packet costs receive_event cycles, and an event what its weights cost on arrival in each
 * slice of the core that uses it (core_pairs.c); one packet may serve slices of its own layer
 * (for the next step) and of the layer after (for this step). The step of a packet follows from
 * the packets of its source that closed steps before: packets of one source keep their order.
 *
 * What does not depend on when the packet is received is settled when it is delivered: its step,
 * its cycles, all counts, the value in execute mode. Two packets of a stage and step have an
 * effect on the core, at the end of their receive, and carry a mark for that: the first one,
 * after which the core waits for a step that has begun, and the last one, which completes the
 * stage.
 *
 * Checked where a source closes a step: it is the step that the slices which get its events wait
 * for, or the one after (docs/markers.md), and as many events came as it announces.
 * Cost: O(slices of the core that use the packet).
 */
#include "base/check.h"
#include "bits.h"
#include "core_model.h"

enum { LOOK_PACKETS = 16 }; /* in a FIFO: small enough for what is added to stay in the caches */

/* The step can only be the one that these slices wait for or the one after: docs/markers.md. */
static void check_step(CoreModel *cores, const uint32_t *slices, uint64_t step,
                       const Packet *packet)
{
    for (uint32_t s = slices[0]; s < slices[1]; s++) {
        const PlanSlice *info = &cores->plan->slice[s];
        uint64_t next = cores->slice[s].next_step;
        uint64_t ahead = info->program->decoder ? DECODER_STEPS - 1 : 1;
        if (step < next || step > next + ahead)
            cores->fault->status = err_set(
                cores->fault->err, STATUS_INTERNAL,
                "core %u: layer %u: packet with key 0x%x is for step %llu; steps %llu and %llu "
                "can be received",
                cores->plan->program->core[info->core].core, info->stage - 1, packet->key,
                (unsigned long long)step, (unsigned long long)next,
                (unsigned long long)(next + ahead));
    }
}

/* No packet of a stage and step comes before the first, when a step could be too far ahead, or
 * after the last, when it could be over: these two are looked at. */
static void check_steps(CoreModel *cores, const CorePair *pair, uint32_t stage,
                        const Packet *packet)
{
    const Plan *plan = cores->plan;
    if (stage > 0)
        check_step(cores, plan_layer_slices(plan, pair->core, stage - 1), (uint64_t)pair->step + 1,
                   packet);
    if (stage < plan->n_layers)
        check_step(cores, plan_layer_slices(plan, pair->core, stage), pair->step, packet);
}

/* Returns the mark of a packet that is the first of its stage and step. */
static uint32_t begin_stage(CoreModel *cores, const CorePair *pair, uint32_t stage,
                            const Packet *packet)
{
    if (cores->plan->ticks)
        return 0; /* what begins is only known when it is received */
    uint32_t *begun = &cores->begun[pair->heard];
    CHECK(pair->step == *begun); /* each source goes through all steps */
    ++*begun;
    if (pair->listens)
        check_steps(cores, pair, stage, packet);
    return stage << MARK_BITS | MARK_FIRST;
}

static inline bool is_first(const CoreModel *cores, const CorePair *pair)
{
    return pair->step >= cores->begun[pair->heard];
}

/* What all deliveries of a packet have in common. */
typedef struct Arrival {
    const Packet *packet;
    uint64_t cycle; /* core edge from which the cores see it                          */
    uint32_t stage;
    uint32_t sum;         /* that it adds to what came: itself, or (layers) its packet_sum */
    const uint16_t *row;  /* weights of its rows by column, or ...                      */
    const uint32_t *wide; /* ... the same                                              */
    uint32_t closing_sum; /* of a packet that closes a step: of all that was sent in it  */
    uint32_t silent_sum;  /* that it adds where it is no event                           */
} Arrival;

static inline uint32_t row_weights(const Arrival *arrival, uint32_t column)
{
    return arrival->row != NULL ? arrival->row[column] : arrival->wide[column];
}

/* Cycles of an event's weights on a core with several matrices that use it. */
static uint64_t apply_uses(CoreModel *cores, uint32_t id, const Arrival *arrival)
{
    uint64_t cycles = 0;
    PairUse *use = &cores->use[cores->first_use[id]];
    for (uint32_t u = 0; u < cores->pair[id].n_uses; u++, use++) {
        uint32_t ops = row_weights(arrival, use->column);
        use->ops_since += ops;
        cycles += (uint64_t)ops * use->weight_cycles;
    }
    return cycles;
}

/* Cycles of an event. */
static inline uint64_t apply_event(CoreModel *cores, uint32_t id, const Arrival *arrival)
{
    CorePair *pair = &cores->pair[id];
    pair->since += arrival->sum;
    if (pair->n_uses == 0)
        return pair->base_cycles;
    if (pair->n_uses > 1)
        return pair->base_cycles + apply_uses(cores, id, arrival);
    uint32_t ops = row_weights(arrival, pair->column);
    pair->ops_since += ops;
    return pair->base_cycles + (uint64_t)ops * pair->weight_cycles;
}

/* Execute mode: values. */
static void keep_values(CoreModel *cores, const uint32_t *pairs, uint32_t n_pairs,
                        const Packet *packet)
{
    for (uint32_t i = 0; cores->decoder.stage > 0 && i < n_pairs; i++) {
        const CorePair *pair = &cores->pair[pairs[i]];
        if (pair->asks_rows && packet->position != PACKET_MARKER)
            decoder_store(cores, pair->core, pair->step, packet);
    }
    if (cores->layer != NULL || cores->plan->ticks)
        return;
    uint32_t stage = plan_source_stage(cores->plan, packet->source);
    for (uint32_t i = 0; i < n_pairs; i++) {
        const CorePair *pair = &cores->pair[pairs[i]];
        if (packet->position != PACKET_MARKER && pair->listens)
            compute_store(cores, pair->core, stage, pair->step, packet);
    }
}

/* Every now and then, and where the FIFO has no slot left as far as is known: see what is
 * received by now. */
static void look_at_fifo(CoreModel *cores, uint32_t core)
{
    CoreState *state = &cores->core[core];
    CoreFifo *fifo = &state->fifo;
    CHECK(fifo->count <= fifo->n_slots); /* no more than that before one looks */
    if (state->task == TASK_SERVE)
        core_serve(cores, core, cores->hooks.edge_after(cores->hooks.context));
    if (cores->lossy && cores->plan->ticks) /* nothing is received before; what is lost is known */
        loss_decide(cores, core, cores->hooks.edge_after(cores->hooks.context));
    const bool is_full = !cores->lossy && fifo->count >= cores->plan->fifo_packets;
    fifo->look = fifo->n_slots;
    if (!cores->lossy && !is_full && fifo->look > cores->plan->fifo_packets)
        fifo->look = cores->plan->fifo_packets;
    if ((cores->lossy || fifo->count < fifo->n_slots / 2) &&
        fifo->count + LOOK_PACKETS < fifo->look)
        fifo->look = fifo->count + LOOK_PACKETS;
    if (!is_full || state->full)
        return;
    room_tell_full(cores, core);
    if (state->ahead)
        return;
    state->awaited = true;
    if (state->task == TASK_SERVE)
        core_set_alarm(cores, core);
}

/* What has to be known of the packet just added if it is lost, late or observed. */
static void note_origin(CoreModel *cores, uint32_t id, const Packet *packet)
{
    const CorePair *pair = &cores->pair[id];
    CoreFifo *fifo = &cores->core[pair->core].fifo;
    uint32_t at = fifo->first + fifo->count - 1;
    FifoOrigin *origin = &fifo->origin[at >= fifo->n_slots ? at - fifo->n_slots : at];
    const bool closes = packet_closes(packet); /* then the pair is at the next step by now */
    *origin =
        (FifoOrigin){id, pair->step - closes, packet->position, closes, closes, packet->payload};
    if (cores->plan->ticks)
        tick_note_origin(cores, origin, packet);
}

/* The packet just added has a mark, is one too many not to look, or can be lost. */
static void push_more(CoreModel *cores, uint32_t id, const Packet *packet, uint32_t mark)
{
    uint32_t core = cores->pair[id].core;
    CoreState *state = &cores->core[core];
    if (cores->keeps_origin)
        note_origin(cores, id, packet);
    if (cores->observer != NULL)
        observe_arrival(cores, core);
    if (state->fifo.count >= state->fifo.look)
        look_at_fifo(cores, core);
    if ((mark & MARK_STOPS) == 0)
        return;
    state->n_marked++;
    if (state->task != TASK_SERVE)
        return;
    if (cores->by_packet) /* what is next is known only now */
        core_serve(cores, core, cores->hooks.edge_after(cores->hooks.context));
    if (!state->held)
        core_set_alarm(cores, core);
}

/* Adds a packet of a pair to the FIFO of its core. */
static inline void push(CoreModel *cores, uint32_t id, const Arrival *arrival, uint64_t cycles,
                        uint32_t mark)
{
    CoreFifo *fifo = &cores->core[cores->pair[id].core].fifo;
    CHECK(cycles <= UINT32_MAX);
    fifo_push(fifo, arrival->cycle, (uint32_t)cycles, mark);
    if (mark || fifo->count >= fifo->look || cores->keeps_origin)
        push_more(cores, id, arrival->packet, mark);
}

/* Not all came that was sent, or something else. */
static void fail_closing(CoreModel *cores, const CorePair *pair, const Packet *packet)
{
    const Plan *plan = cores->plan;
    if (cores->layer == NULL)
        cores->fault->status =
            err_set(cores->fault->err, STATUS_INTERNAL,
                    "core %u: step %u: marker with key 0x%x announces %u events; %u arrived",
                    plan->program->core[pair->core].core, pair->step, packet->key,
                    packet->announced, pair->since);
    else
        cores->fault->status =
            err_set(cores->fault->err, STATUS_INTERNAL,
                    "core %u: step %u: events up to key 0x%x are not those that were sent",
                    plan->program->core[pair->core].core, pair->step, packet->key);
}

/* Counts of the step that the pair closes; `cycles` of a packet that was no event are in it. */
static void book_step(CoreModel *cores, uint32_t id, uint32_t n_events, uint64_t cycles)
{
    CorePair *pair = &cores->pair[id];
    StepTimes *step = &cores->tally->step[pair->step];
    pair->events += n_events;
    cycles += (uint64_t)n_events * pair->base_cycles;
    if (pair->asks_rows)
        cycles += decoder_book_rows(cores, pair->core, step, n_events);
    if (pair->n_uses == 1) {
        pair->ops += pair->ops_since;
        cycles += (uint64_t)pair->ops_since * pair->weight_cycles;
        step[pair->recurrent].synaptic_ops += pair->ops_since;
    }
    PairUse *use = pair->n_uses > 1 ? &cores->use[cores->first_use[id]] : NULL;
    for (uint32_t u = 0; use != NULL && u < pair->n_uses; u++, use++) {
        use->ops += use->ops_since;
        cycles += (uint64_t)use->ops_since * use->weight_cycles;
        step[use->recurrent].synaptic_ops += use->ops_since;
        use->ops_since = 0;
    }
    step->active_cycles += cycles;
    uint32_t last = cores->plan->n_steps - 1;
    if (pair->step == last)
        pair->last_events = n_events;
    pair->since = pair->ops_since = 0;
    if (++pair->step == last)
        pairs_enter_last(cores, id);
}

/* A packet completes a step of its stage on the core; returns its mark. */
static uint32_t complete_stage(CoreModel *cores, const CorePair *pair, uint32_t stage,
                               const Packet *packet)
{
    CoreStage *from = &cores->stage[pair->heard];
    uint32_t step = pair->step;
    CHECK(from->delivered == step); /* each source sends in order */
    from->closed[step % 4] = 0;
    from->delivered++;
    if (pair->listens)
        check_steps(cores, pair, stage, packet);
    if (stage == 0 && cores->plan->program->n_tokens > 0)
        core_keep_token(cores, pair->core, step, packet->payload);
    return stage << MARK_BITS | MARK_LAST;
}

/* A source closes a step: is it the last of its stage on the core? */
static inline bool is_last(CoreModel *cores, const CorePair *pair)
{
    CoreStage *from = &cores->stage[pair->heard];
    return ++from->closed[pair->step % 4] >= from->n_sources;
}

/* Returns the mark of a packet that completes a step of its stage on the core. */
static uint32_t close_stage(CoreModel *cores, const CorePair *pair, uint32_t stage,
                            const Packet *packet)
{
    if (cores->plan->ticks)
        return stage == 0 && cores->plan->program->n_tokens > 0 ? MARK_LAST : 0;
    return is_last(cores, pair) ? complete_stage(cores, pair, stage, packet) : 0;
}

/* The mark of an event that asks for a row of the decoder. */
static inline uint32_t row_mark(const CorePair *pair, uint32_t stage)
{
    return pair->asks_rows ? stage << MARK_BITS | MARK_ROW | pair->step % DECODER_STEPS * MARK_STEP
                           : 0;
}

static void deliver_closing(CoreModel *cores, uint32_t id, const Arrival *arrival)
{
    const CorePair *pair = &cores->pair[id];
    const Packet *packet = arrival->packet;
    uint32_t stage = arrival->stage, mark = 0;
    uint64_t cycles, silent_cycles = 0;
    if (is_first(cores, pair))
        mark = begin_stage(cores, pair, stage, packet);
    if (packet->position != PACKET_MARKER && pair->listens) {
        cycles = apply_event(cores, id, arrival);
        mark |= row_mark(pair, stage);
    } else { /* no event here */
        cycles = silent_cycles =
            cores->plan->receive_cycles + core_row_cycles(cores, pair->core, packet);
        cores->pair[id].silent++;
        cores->pair[id].since += arrival->silent_sum;
        if (stage == 0) /* brings a token: its row will be read */
            cores->tally->step[pair->step].dram_bytes += cores->dram.core[pair->core].segment_bytes;
    }
    if (pair->listens && pair->since != arrival->closing_sum)
        fail_closing(cores, pair, packet);
    mark |= close_stage(cores, pair, stage, packet);
    book_step(cores, id, pair->listens ? packet->announced : 0, silent_cycles);
    push(cores, id, arrival, cycles, mark);
}

static void deliver_open(CoreModel *cores, uint32_t id, const Arrival *arrival)
{
    const CorePair *pair = &cores->pair[id];
    uint32_t mark = 0;
    CHECK(pair->listens);
    if (is_first(cores, pair))
        mark = begin_stage(cores, pair, arrival->stage, arrival->packet);
    mark |= row_mark(pair, arrival->stage);
    push(cores, id, arrival, apply_event(cores, id, arrival), mark);
}

/* What the deliveries of a packet to these pairs have in common. */
static Arrival arrive(const CoreModel *cores, uint32_t pair, const Packet *packet, uint64_t cycle)
{
    const SourceRows *rows = &cores->rows[packet->source];
    Arrival arrival = {
        .packet = packet,
        .cycle = cycle,
        .stage = plan_source_stage(cores->plan, packet->source),
        .sum = 1,
        .closing_sum = packet->announced,
    };
    if (packet->position != PACKET_MARKER && rows->n_columns > 0) {
        uint64_t first = rows->first + (uint64_t)packet->position * rows->n_columns;
        arrival.row = cores->row != NULL ? &cores->row[first] : NULL;
        arrival.wide = cores->row_wide != NULL ? &cores->row_wide[first] : NULL;
    }
    if (cores->layer == NULL)
        return arrival;
    arrival.sum = arrival.silent_sum = packet_sum(packet->key, packet->payload);
    if (packet_closes(packet)) /* the pairs of a source are at one step */
        arrival.closing_sum = cores->tally->sent_sum[(size_t)packet->source * SENT_STEPS +
                                                     cores->pair[pair].step % SENT_STEPS];
    return arrival;
}

/* A delivery that is not like most: the first of its stage and step, or with several matrices. */
static void deliver_other(CoreModel *cores, uint32_t id, const Packet *packet, uint64_t cycle)
{
    const Arrival arrival = arrive(cores, id, packet, cycle);
    deliver_open(cores, id, &arrival);
}

/* Most deliveries: no mark, one matrix, rows of 16 bits, nothing to be done packet by packet.
 * The others take the general way, as all do with hop_by_hop: a check on this one. */
static void deliver_plain(CoreModel *cores, const uint32_t *pairs, uint32_t n_pairs,
                          const Packet *packet, uint64_t cycle)
{
    CoreState *const state = cores->core;
    CorePair *const all = cores->pair;
    const uint32_t *const begun = cores->begun;
    const SourceRows *rows = &cores->rows[packet->source];
    const uint16_t *const row =
        &cores->row[rows->first + (uint64_t)packet->position * rows->n_columns];
    const uint32_t sum = cores->layer == NULL ? 1 : packet_sum(packet->key, packet->payload);
    for (uint32_t i = 0; i < n_pairs; i++) {
        CorePair *pair = &all[pairs[i]];
        if (!pair->plain || pair->step >= begun[pair->heard]) { /* is_first */
            deliver_other(cores, pairs[i], packet, cycle);
            continue;
        }
        CoreFifo *fifo = &state[pair->core].fifo;
        uint32_t ops = row[pair->column];
        pair->since += sum;
        pair->ops_since += ops;
        fifo_push(fifo, cycle, pair->base_cycles + ops * pair->weight_cycles, 0);
        if (fifo->count >= fifo->look)
            push_more(cores, pairs[i], packet, 0);
    }
}

/* A packet closes a step where it is no event; returns its cycles. */
static inline uint64_t close_silent(CoreModel *cores, uint32_t id, const Arrival *arrival)
{
    CorePair *pair = &cores->pair[id];
    const uint64_t cycles = cores->plan->receive_cycles;
    const uint32_t mark =
        is_last(cores, pair) ? complete_stage(cores, pair, arrival->stage, arrival->packet) : 0;
    pair->silent++;
    pair->step++;
    push(cores, id, arrival, cycles, mark);
    return cycles;
}

/* The same of events that close a step, but the last two. */
static void close_plain(CoreModel *cores, const uint32_t *pairs, uint32_t n_pairs,
                        const Arrival *arrival)
{
    const uint32_t n_events = arrival->packet->announced, at = cores->pair[pairs[0]].step;
    const bool ends = at + 2 >= cores->plan->n_steps;
    uint64_t active_cycles = 0, ops[2] = {0, 0};
    for (uint32_t i = 0; i < n_pairs; i++) {
        CorePair *pair = &cores->pair[pairs[i]];
        if (ends || is_first(cores, pair)) {
            deliver_closing(cores, pairs[i], arrival);
            continue;
        }
        if (!pair->listens && arrival->stage > 0) {
            active_cycles += close_silent(cores, pairs[i], arrival);
            continue;
        }
        if (!pair->plain) {
            deliver_closing(cores, pairs[i], arrival);
            continue;
        }
        const uint32_t n_weights = arrival->row[pair->column];
        const uint32_t step_ops = pair->ops_since + n_weights;
        pair->since += arrival->sum;
        if (pair->since != arrival->closing_sum)
            fail_closing(cores, pair, arrival->packet);
        const uint32_t mark =
            is_last(cores, pair) ? complete_stage(cores, pair, arrival->stage, arrival->packet) : 0;
        pair->events += n_events;
        pair->ops += step_ops;
        ops[pair->recurrent] += step_ops;
        active_cycles +=
            (uint64_t)n_events * pair->base_cycles + (uint64_t)step_ops * pair->weight_cycles;
        pair->since = pair->ops_since = 0;
        pair->step++;
        push(cores, pairs[i], arrival, pair->base_cycles + n_weights * pair->weight_cycles, mark);
    }
    StepTimes *step = &cores->tally->step[at];
    step->active_cycles += active_cycles;
    step[0].synaptic_ops += ops[0];
    if (ops[1] > 0)
        step[1].synaptic_ops += ops[1];
}

void core_expect(const CoreModel *cores, const uint32_t *pairs, uint32_t n_pairs)
{
    for (uint32_t i = 0; i < n_pairs; i++) {
        const CoreFifo *fifo = &cores->core[cores->plan->pair_core[pairs[i]]].fifo;
        uint32_t end = fifo->first + fifo->count;
        bits_fetch(&cores->pair[pairs[i]]);
        bits_fetch(&fifo->packet[end >= fifo->n_slots ? end - fifo->n_slots : end]);
    }
}

void core_deliver(CoreModel *cores, const uint32_t *pairs, uint32_t n_pairs, const Packet *packet,
                  uint64_t cycle)
{
    if (cores->keeps_values)
        keep_values(cores, pairs, n_pairs, packet);
    const bool plain = cores->plain && packet->position != PACKET_MARKER;
    if (plain && !packet_closes(packet)) {
        deliver_plain(cores, pairs, n_pairs, packet, cycle);
        return;
    }
    const Arrival arrival = arrive(cores, pairs[0], packet, cycle);
    if (plain && arrival.row != NULL)
        close_plain(cores, pairs, n_pairs, &arrival);
    else
        for (uint32_t i = 0; i < n_pairs; i++)
            if (packet_closes(packet))
                deliver_closing(cores, pairs[i], &arrival);
            else
                deliver_open(cores, pairs[i], &arrival);
}
