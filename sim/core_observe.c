/* core_observe.c - what the cores do, told to an observer.
 *
 * Tasks are told when they begin, since their ends are known. Receives are worked out lazily
 * (core_fifo.h), so a watched core works its FIFO off packet by packet, and keeps beside each
 * packet where it comes from; who shows time asks observe_until before he moves on. Idle time is
 * told when it is over, or in pieces by observe_until: fifo_rest up to an edge before which
 * nothing can begin changes no number. Cost: O(1) a task and packet of a watched core.
 */
#include "core_model.h"

static bool is_watched(const CoreModel *cores, uint32_t core)
{
    return cores->observer->watched == NULL || cores->observer->watched[core];
}

static uint64_t edge_ps(const CoreModel *cores, uint64_t cycle)
{
    return clock_edge_ps(&cores->plan->clock[DOMAIN_CORES], cycle);
}

void observe_init(Arena *arena, CoreModel *cores)
{
    if (cores->observer == NULL)
        return;
    for (uint32_t c = 0; c < cores->plan->n_cores; c++) {
        CoreFifo *fifo = &cores->core[c].fifo;
        if (fifo->origin == NULL)
            fifo->origin = ARENA_ARRAY(arena, FifoOrigin, fifo->n_slots);
    }
}

/* ---- spans -------------------- */

static CoreSpan span_of(const CoreModel *cores, uint32_t core, Count kind, uint64_t begin,
                        uint64_t end)
{
    return (CoreSpan){.core = core,
                      .kind = kind,
                      .begin_ps = edge_ps(cores, begin),
                      .end_ps = edge_ps(cores, end),
                      .slice = OBSERVED_NONE,
                      .source = OBSERVED_NONE,
                      .position = OBSERVED_NONE};
}

static void tell(const CoreModel *cores, const CoreSpan *span)
{
    if (span->end_ps > span->begin_ps)
        cores->observer->span(cores->observer->context, span);
}

void observe_task(CoreModel *cores, uint32_t core, Count kind, uint64_t begin, uint64_t end)
{
    if (!is_watched(cores, core))
        return;
    CoreSpan span = span_of(cores, core, kind, begin, end);
    if (kind != COUNT_RECEIVE_CYCLES) {
        span.slice = cores->core[core].slice;
        span.step = cores->core[core].emit_step;
    }
    tell(cores, &span);
}

void observe_array(CoreModel *cores, uint32_t core, uint64_t begin, uint64_t end)
{
    if (!is_watched(cores, core))
        return;
    CoreSpan span = span_of(cores, core, COUNT_MAC_ARRAY_CYCLES, begin, end);
    span.slice = cores->core[core].slice;
    span.step = cores->core[core].emit_step;
    tell(cores, &span);
}

/* ---- packets -------------------- */

static const FifoOrigin *origin_at(const CoreFifo *fifo, uint32_t i)
{
    uint32_t at = fifo->first + i;
    return &fifo->origin[at >= fifo->n_slots ? at - fifo->n_slots : at];
}

static void note(const CoreModel *cores, uint32_t core, const FifoOrigin *origin,
                 PacketMoment moment, uint64_t cycle)
{
    const SimObserver *observer = cores->observer;
    if (observer->packet == NULL || !is_watched(cores, core))
        return;
    const PacketNote told = {.core = core,
                             .moment = moment,
                             .ps = edge_ps(cores, cycle),
                             .source = cores->plan->pair_source[origin->pair],
                             .position = origin->position,
                             .step = origin->step,
                             .closes = origin->closes};
    observer->packet(observer->context, &told);
}

void observe_arrival(CoreModel *cores, uint32_t core)
{
    const CoreFifo *fifo = &cores->core[core].fifo;
    uint32_t last = fifo->first + fifo->count - 1;
    last = last >= fifo->n_slots ? last - fifo->n_slots : last;
    note(cores, core, &fifo->origin[last], PACKET_ARRIVED, fifo->packet[last].cycle);
}

void observe_loss(CoreModel *cores, uint32_t core, uint32_t i, uint64_t cycle)
{
    note(cores, core, origin_at(&cores->core[core].fifo, i), PACKET_LOST, cycle);
}

void observe_injected(CoreModel *cores, uint32_t core, uint64_t ps)
{
    const SimObserver *observer = cores->observer;
    const CoreState *state = &cores->core[core];
    if (observer->packet == NULL || !is_watched(cores, core))
        return;
    const PacketNote told = {
        .core = core,
        .moment = PACKET_INJECTED,
        .ps = ps,
        .source = state->slice,
        .position =
            state->emit_at < state->emit_end ? core_emitted_position(cores, state) : OBSERVED_NONE,
        .step = state->emit_step,
        .closes = state->emit_at + 1 >= state->emit_end,
    };
    observer->packet(observer->context, &told);
}

/* ---- receives -------------------- */

void observe_rest(CoreModel *cores, uint32_t core, uint64_t cycle)
{
    const CoreState *state = &cores->core[core];
    if (cycle <= state->fifo.free || !is_watched(cores, core))
        return;
    const CoreSpan span = span_of(cores, core, core_idle_kind(state), state->fifo.free, cycle);
    tell(cores, &span);
}

void observe_receive(CoreModel *cores, uint32_t core)
{
    const CoreFifo *fifo = &cores->core[core].fifo;
    const uint64_t begin = fifo_begin(fifo);
    const FifoOrigin *origin = origin_at(fifo, 0);
    if (!is_watched(cores, core))
        return;
    observe_rest(cores, core, begin);
    const uint32_t cycles = fifo->packet[fifo->first].cycles;
    uint64_t works = begin, end = begin + cycles, free = end; /* and is free for the next one */
    if (fifo->dvfs != NULL) {
        DvfsCore whole = *fifo->dvfs; /* what will be, on copies */
        works = dvfs_begin(&whole, begin, 0);
        DvfsCore work = whole;
        end = dvfs_work(&work, works, cycles);
        free = dvfs_receive(&whole, works, cycles);
    }
    observe_change(cores, core, begin, works);
    CoreSpan span = span_of(cores, core, COUNT_RECEIVE_CYCLES, works, end);
    span.source = cores->plan->pair_source[origin->pair];
    span.position = origin->position;
    span.step = origin->step;
    tell(cores, &span);
    observe_change(cores, core, end, free);
}

void observe_change(CoreModel *cores, uint32_t core, uint64_t begin, uint64_t end)
{
    if (!is_watched(cores, core))
        return;
    const CoreSpan span = span_of(cores, core, COUNT_LEVEL_SWITCH_CYCLES, begin, end);
    tell(cores, &span);
}

uint32_t observe_serve(CoreModel *cores, uint32_t core, uint64_t until)
{
    CoreFifo *fifo = &cores->core[core].fifo;
    for (;;) {
        observe_settle(cores, core, until);
        if (fifo_begin(fifo) >= until)
            return 0;
        observe_receive(cores, core);
        uint32_t mark = fifo_serve_one(fifo);
        if (mark)
            return mark;
    }
}

void observe_settle(CoreModel *cores, uint32_t core, uint64_t until)
{
    CoreFifo *fifo = &cores->core[core].fifo;
    const uint64_t before = fifo->free;
    fifo_settle(fifo, until);
    if (cores->observer != NULL && fifo->free > before)
        observe_change(cores, core, before, fifo->free);
}

void observe_until(CoreModel *cores, uint64_t cycle)
{
    for (uint32_t c = 0; c < cores->plan->n_cores; c++) {
        CoreState *state = &cores->core[c];
        if (state->task != TASK_SERVE || !is_watched(cores, c))
            continue;
        core_serve(cores, c, cycle);
        if (state->held || state->fifo.free >= cycle)
            continue;
        observe_rest(cores, c, cycle);
        fifo_rest(&state->fifo, cycle);
    }
}
