/* host_model.c - when the host begins each step, what it sends, and how results come back.
 *
 * Step t's input goes out as one packet per non-zero input, ascending; the last one closes the
 * step with their number, or a marker does if there is none. A program with token rows gets the
 * token in that marker. Pipelined, the host begins step t when it has finished sending step t-1
 * and has all markers of the first layer for step t-2: then the first layer's buffers of two
 * steps have room; with the decoder on the chip, also its results of step t - DECODER_STEPS.
 * Sequential, it also waits for all markers of the last layer for step t-1. With ticks it begins
 * step t at its tick, or when the link has sent the step before and no more than a step's
 * packets wait for their look-up. A step ends when the last marker of the last layer arrives;
 * that it brought all announced events is checked, as packets of one source keep their order.
 *
 * The serial link needs one event per packet: begin = max(available, link free). A place of the
 * router's host queue is free again when its packet begins to move. Packets that arrive at a
 * router that is busy wait at the end of the link; the host's own flow control is not modelled.
 * Cost: O(1) per packet.
 */
#include "host_model.h"

#include "base/check.h"
#include "image.h"

/* Packets that can be on their way to the host at once: those in the router's host queue, and
 * those on the link, which carries one after the other (seen at router edges: twice as many do).
 * Where a part of the caller's own says how long each takes: all of the steps that can be under
 * way from the first layer to the host, see plan_packets_in_flight. */
static uint32_t most_incoming(const HostModel *host)
{
    const Plan *plan = host->plan;
    uint64_t most = plan_packets_in_flight(plan) * plan->n_stages;
    if (!host->any_link && plan->host_packet_ps > 0) {
        uint64_t on_link =
            2 * (plan->host_latency_ps / plan->host_packet_ps + 1) +
            2 * (clock_edge_ps(&plan->clock[DOMAIN_ROUTER], 1) / plan->host_packet_ps + 1);
        if (plan->port_packets + on_link < most)
            most = plan->port_packets + on_link;
    }
    CHECK(most < UINT32_MAX / 2);
    return (uint32_t)most;
}

void host_init(Arena *arena, HostModel *host)
{
    const Plan *plan = host->plan;
    host->send_cycle = NEVER;
    for (int i = 0; i < 2; i++) {
        host->part_ps[i] = ARENA_ARRAY(arena, uint64_t, plan->program->n_inputs + 1);
        host->unit[i] = ARENA_ARRAY(arena, uint32_t, plan->program->n_inputs);
        host->value[i] = ARENA_ARRAY(arena, float, plan->program->n_inputs);
    }
    host->capacity = most_incoming(host);
    host->incoming = ARENA_ARRAY(arena, HostIncoming, host->capacity);
    host->first_layer.count = ARENA_ARRAY(arena, uint32_t, plan->ring_steps);
    host->last_layer.count = ARENA_ARRAY(arena, uint32_t, plan->ring_steps);
    host->events_since = ARENA_ARRAY(arena, uint32_t, plan->n_sources);
    host->markers = ARENA_ARRAY(arena, uint32_t, plan->n_sources);
    host->events = ARENA_ARRAY(arena, uint64_t, plan->n_sources);
}

/* Time for which a packet that can go at begin_ps has the link. */
static uint64_t link_ps(const HostModel *host, const Packet *packet, bool to_host,
                        uint64_t begin_ps)
{
    const uint64_t built_in_ps = host->plan->host_packet_ps;
    if (host->parts->send == NULL)
        return built_in_ps;
    const SendJob job = {packet->key, packet->payload, to_host, begin_ps, built_in_ps};
    return host->parts->send(host->parts->context, &job);
}

/* Packet `at` of a step's input. */
static Packet input_packet(const HostModel *host, uint32_t step, uint32_t at)
{
    const Program *program = host->plan->program;
    const uint32_t n_events = host->n_events[step % 2];
    Packet packet = {.key = program->input_marker_key, .announced = n_events};
    if (at < n_events) {
        uint32_t unit = host->unit[step % 2][at];
        packet.key = at + 1 == n_events ? packet.key + 1 + unit : program->input_key + unit;
        if (host->use_values)
            packet.payload = float_bits(host->value[step % 2][at]);
    } else if (program->n_tokens > 0 && host->input->token != NULL) {
        packet.payload = host->input->token[step];
    }
    return packet;
}

/* When the link is free after the packets of a step that begins at start_ps. */
static uint64_t free_after_step(HostModel *host, uint32_t step, uint64_t start_ps)
{
    const uint32_t n_events = host->n_events[step % 2], n_packets = n_events > 0 ? n_events : 1;
    if (host->parts->send == NULL)
        return start_ps + n_packets * host->plan->host_packet_ps;
    uint64_t free_ps = start_ps;
    for (uint32_t at = 0; at < n_packets; at++) {
        const Packet packet = input_packet(host, step, at);
        free_ps += link_ps(host, &packet, false, free_ps);
        host->part_ps[step % 2][at] = free_ps;
    }
    return free_ps;
}

/* Router edge at which packet send_at of step send_step arrives. */
static uint64_t arrival_cycle(const HostModel *host)
{
    const Plan *plan = host->plan;
    uint64_t ps = host->parts->send ? host->part_ps[host->send_step % 2][host->send_at]
                                    : host->begin_ps[host->send_step % 2] +
                                          ((uint64_t)host->send_at + 1) * plan->host_packet_ps;
    return clock_edge_at_or_after(&plan->clock[DOMAIN_ROUTER], ps + plan->host_latency_ps);
}

/* With ticks: for two steps, one that is being sent and one behind it, while no more than one
 * waits at the end of the link. */
static bool has_room(HostModel *host)
{
    if (host->send_cycle != NEVER && host->next_step >= host->send_step + 2)
        return false;
    if (host->hooks.waiting(host->hooks.context) <= host->plan->program->n_inputs + 1)
        return true;
    host->waits = true;
    return false;
}

static bool may_begin(HostModel *host)
{
    uint64_t t = host->next_step;
    if (t >= host->plan->n_steps || !sync_allows(host->sync, t, 0))
        return false;
    if (host->plan->ticks)
        return has_room(host);
    if (t >= 2 && host->first_layer.complete < t - 1)
        return false;
    if (host->plan->program->has_decoder && t >= DECODER_STEPS &&
        host->last_layer.complete <= t - DECODER_STEPS) /* its sums have room for so many steps */
        return false;
    return host->pipelined || host->last_layer.complete >= t;
}

/* When a step that may begin does: with ticks at its own, although its packets may have to wait
 * for those of the step before. */
static uint64_t start_ps(HostModel *host, uint32_t step, uint64_t now_ps)
{
    const uint64_t due_ps = host->plan->ticks ? sync_due_ps(host->sync, step, 0) : now_ps;
    uint64_t begin_ps = due_ps > host->sent_ps ? due_ps : host->sent_ps;
    if (host->waits && begin_ps <= now_ps)
        begin_ps = now_ps + 1; /* the router has worked on this edge */
    host->waits = false;
    host->begin_ps[step % 2] = begin_ps;
    if (!host->plan->ticks)
        return begin_ps;
    host->tally->ticks.host_overruns += begin_ps > due_ps;
    return due_ps;
}

static void begin_steps(HostModel *host, uint64_t now_ps)
{
    while (may_begin(host)) {
        uint32_t t = host->next_step++;
        StepTimes *step = &host->tally->step[t];
        if (host->ends)
            host->hooks.last_step(host->hooks.context, t);
        host->n_events[t % 2] = input_events(host->input, t, host->unit[t % 2],
                                             host->use_values ? host->value[t % 2] : NULL);
        step->start_ps = start_ps(host, t, now_ps);
        step->input_events = host->n_events[t % 2];
        host->sent_ps = free_after_step(host, t, host->begin_ps[t % 2]);
        if (host->send_cycle != NEVER)
            continue;
        host->send_step = t;
        host->send_at = 0;
        host->send_cycle = arrival_cycle(host);
    }
}

void host_begin(HostModel *host)
{
    begin_steps(host, 0);
}

void host_go_on(HostModel *host, uint64_t now_ps)
{
    begin_steps(host, now_ps);
}

/* The packet on the link reaches the router; the next one follows. */
static void deliver_to_router(HostModel *host, uint64_t cycle)
{
    const uint32_t n_events = host->n_events[host->send_step % 2];
    const bool is_last = host->send_at + 1 >= n_events;
    const Packet packet = input_packet(host, host->send_step, host->send_at);
    if (host->send_at < n_events)
        host->tally->source_events[host->plan->n_slices]++;
    else
        host->tally->source_markers[host->plan->n_slices]++;
    host->n_moves++;
    tally_sent(host->tally, host->plan->n_slices, host->send_step, host->send_at == 0,
               packet_sum(packet.key, packet.payload));
    host->hooks.send(host->hooks.context, &packet, cycle);
    host->send_at++;
    if (is_last) {
        host->send_at = 0;
        host->send_step++;
    }
    host->send_cycle = host->send_step < host->next_step ? arrival_cycle(host) : NEVER;
    if (is_last && host->plan->ticks)
        begin_steps(host, 0); /* at the tick of each, which has been */
}

void host_take(HostModel *host, const Packet *packet, uint64_t available_ps)
{
    CHECK(host->count < host->capacity);
    const Plan *plan = host->plan;
    uint64_t begin = available_ps > host->link_free_ps ? available_ps : host->link_free_ps;
    host->link_free_ps = begin + link_ps(host, packet, true, begin);
    uint64_t arrival = host->link_free_ps + plan->host_latency_ps;
    host->incoming[(host->first + host->count++) % host->capacity] = (HostIncoming){
        .packet = *packet,
        .begin_cycle = clock_edge_at_or_after(&plan->clock[DOMAIN_ROUTER], begin),
        .arrival_ps = arrival,
        .arrival_cycle = clock_edge_at_or_after(&plan->clock[DOMAIN_ROUTER], arrival),
    };
}

/* A marker of this stage came: true if its step is complete. */
static bool count_marker(HostStage *stage, uint32_t step, uint32_t n_sources, uint32_t ring_steps)
{
    if (++stage->count[step % ring_steps] < n_sources)
        return false;
    CHECK(step == stage->complete); /* sources send in order */
    stage->count[step % ring_steps] = 0;
    stage->complete++;
    return true;
}

static void end_step(HostModel *host, const Packet *packet, uint64_t now_ps)
{
    const Plan *plan = host->plan;
    StepTimes *step = &host->tally->step[host->steps_done++];
    step->end_ps = now_ps;
    step->critical_core = plan->program->core[plan->slice[packet->source].core].core;
    if (host->progress == NULL ||
        host->progress(host->progress_context, host->steps_done, plan->n_steps))
        return;
    host->ends = true;
    if (plan->ticks)
        host->fault->status =
            err_set(host->fault->err, STATUS_INTERRUPTED, "interrupted after %u of %u steps",
                    host->steps_done, plan->n_steps);
}

static void receive_marker(HostModel *host, const Packet *packet, uint64_t now_ps)
{
    const Plan *plan = host->plan;
    const PlanSlice *slice = &plan->slice[packet->source];
    uint32_t step = host->markers[packet->source]++;
    if (slice->stage == plan->n_layers && host->events_since[packet->source] != packet->announced) {
        host->fault->status =
            err_set(host->fault->err, STATUS_INTERNAL,
                    "host: step %u: core %u announced %u events of layer %u; %u arrived", step,
                    plan->program->core[slice->core].core, packet->announced, slice->stage - 1,
                    host->events_since[packet->source]);
        return;
    }
    host->events_since[packet->source] = 0;
    if (slice->stage == 1)
        count_marker(&host->first_layer, step, plan->stage_sources[1], plan->ring_steps);
    if (slice->stage == plan->n_layers &&
        count_marker(&host->last_layer, step, plan->stage_sources[plan->n_layers],
                     plan->ring_steps))
        end_step(host, packet, now_ps);
    begin_steps(host, now_ps);
}

static void receive(HostModel *host)
{
    HostIncoming incoming = host->incoming[host->first];
    host->first = (host->first + 1) % host->capacity;
    host->count--;
    host->n_begun--;
    host->n_moves++;
    host->received_ps = incoming.arrival_ps;
    const Packet *packet = &incoming.packet;
    bool is_result = host->plan->slice[packet->source].stage == host->plan->n_layers;
    if (is_result && packet->position != PACKET_MARKER) {
        host->events_since[packet->source]++;
        host->events[packet->source]++;
        host->tally->host_events_out++;
    } else {
        host->tally->host_markers_out++;
    }
    if (packet_closes(packet))
        receive_marker(host, packet, incoming.arrival_ps);
}

static uint64_t receive_cycle(const HostModel *host)
{
    return host->n_begun ? host->incoming[host->first].arrival_cycle : NEVER;
}

static uint64_t begin_cycle(const HostModel *host)
{
    if (host->n_begun == host->count)
        return NEVER;
    return host->incoming[(host->first + host->n_begun) % host->capacity].begin_cycle;
}

bool host_is_busy(const HostModel *host)
{
    return host->send_cycle != NEVER || host->count > 0;
}

uint64_t host_next(const HostModel *host)
{
    uint64_t next = host->send_cycle, begin = begin_cycle(host), arrival = receive_cycle(host);
    next = begin < next ? begin : next;
    return arrival < next ? arrival : next;
}

void host_step(HostModel *host, uint64_t cycle)
{
    while (begin_cycle(host) <= cycle) {
        host->n_begun++;
        host->hooks.queue_free(host->hooks.context, cycle);
    }
    while (receive_cycle(host) <= cycle)
        receive(host);
    while (host->send_cycle <= cycle)
        deliver_to_router(host, cycle);
}
