/* core_loss.c - receive FIFOs that lose events when they are full (receive_fifo_full: drop,
 * overwrite), and what follows from that.
 *
 * A packet that reaches a core while receive_fifo_packets packets wait there takes no room: with
 * `drop` it is lost itself, with `overwrite` the oldest event that waits is lost for it. A
 * packet that a core takes out at an edge makes room from the next edge on. The network never
 * waits. Packets that close a step are never lost, nor are their events: who lost one would wait
 * for ever; they get in above the limit, and if only such packets wait, `overwrite` loses the
 * new event.
 *
 * With ticks nobody waits for packets that close a step, so they are lost like others; only those
 * that bring a token are not.
 *
 * Packets stand in the ring in order of arrival: first those that wait (n_in), then those of
 * which it is not decided yet. Nothing between two packets taken out is decided by anything but
 * arrivals, so chains are worked out when somebody asks, as without losses. What a lost event
 * had already been counted for at its delivery (core_receive.c) is taken back.
 *
 * Execute mode: cores then send what they have computed from what reached them, not what the
 * reference sent. Each event that differs is counted by layer; what was sent is kept, a bit a
 * unit and step, for the checks after the run.
 * Cost: O(1) a packet, O(packets waiting) a loss.
 */
#include "base/check.h"
#include "bits.h"
#include "core_model.h"

static uint32_t slot_of(const CoreFifo *fifo, uint32_t i)
{
    uint32_t at = fifo->first + i;
    return at >= fifo->n_slots ? at - fifo->n_slots : at;
}

static void move(CoreFifo *fifo, uint32_t from, uint32_t to)
{
    fifo->packet[slot_of(fifo, to)] = fifo->packet[slot_of(fifo, from)];
    fifo->origin[slot_of(fifo, to)] = fifo->origin[slot_of(fifo, from)];
}

/* Packet i leaves the ring; the shorter part closes the gap. */
static void remove_packet(CoreFifo *fifo, uint32_t i)
{
    if (i < fifo->count / 2) {
        for (uint32_t k = i; k > 0; k--)
            move(fifo, k - 1, k);
        fifo->first = slot_of(fifo, 1);
    } else {
        for (uint32_t k = i; k + 1 < fifo->count; k++)
            move(fifo, k + 1, k);
    }
    fifo->count--;
}

/* The event of a pair is lost: its weights are not applied, nor does it take these cycles. */
static void lose(CoreModel *cores, const FifoOrigin *origin, uint32_t cycles)
{
    const Plan *plan = cores->plan;
    cores->tally->step[origin->step].active_cycles -= cycles;
    if (origin->position == PACKET_MARKER) {
        tick_lose_marker(cores, origin);
        return;
    }
    uint32_t source = plan->pair_source[origin->pair];
    const SourceRows *rows = &cores->rows[source];
    bool is_last = origin->step + 1 == plan->n_steps;
    cores->lost[origin->pair]++;
    cores->pair[origin->pair].last_lost += is_last;
    uint64_t row = rows->first + (uint64_t)origin->position * rows->n_columns;
    for (uint32_t u = cores->first_use[origin->pair]; u < cores->first_use[origin->pair + 1]; u++) {
        PairUse *use = &cores->use[u];
        if (is_last && use->recurrent)
            continue;
        uint64_t at = row + use->column;
        uint32_t ops = cores->row != NULL ? cores->row[at] : cores->row_wide[at];
        use->ops -= ops; /* may wrap around until the step is booked */
        cores->tally->step[origin->step + use->recurrent].synaptic_ops -= ops;
        cores->tally->lost_ops[use->slice] += ops;
    }
    if (cores->execute && !plan->ticks) /* else it has not been stored */
        compute_lose(cores, cores->pair[origin->pair].core, plan_source_stage(plan, source),
                     origin->step, origin->position);
}

/* The next packet of which nothing is decided arrives; returns the mark of the one lost, or 0. */
static uint32_t arrive(CoreModel *cores, uint32_t core)
{
    CoreFifo *fifo = &cores->core[core].fifo;
    uint32_t victim = fifo->n_in;
    if (fifo->n_in < cores->plan->fifo_packets || fifo->origin[slot_of(fifo, victim)].kept) {
        fifo->n_in++;
        return 0;
    }
    if (cores->plan->chip->fifo_full == FIFO_FULL_OVERWRITE)
        for (victim = 0; victim < fifo->n_in; victim++)
            if (!fifo->origin[slot_of(fifo, victim)].kept)
                break;
    const uint64_t cycle = fifo->packet[slot_of(fifo, fifo->n_in)].cycle;
    const FifoPacket *packet = &fifo->packet[slot_of(fifo, victim)];
    const uint32_t mark = packet->mark;
    CHECK((mark & MARK_LAST) == 0);
    lose(cores, &fifo->origin[slot_of(fifo, victim)], packet->cycles);
    if (cores->observer != NULL)
        observe_loss(cores, core, victim, cycle);
    remove_packet(fifo, victim); /* if it waited, the new one waits in its stead */
    return mark;
}

uint32_t loss_serve(CoreModel *cores, uint32_t core, uint64_t until)
{
    CoreFifo *fifo = &cores->core[core].fifo;
    for (;;) {
        observe_settle(cores, core, until);
        uint64_t begin = fifo->n_in > 0 ? fifo_begin(fifo) : NEVER, arrival = NEVER;
        if (fifo->n_in < fifo->count)
            arrival = fifo->packet[slot_of(fifo, fifo->n_in)].cycle;
        if (begin >= until && arrival >= until)
            return 0;
        uint32_t mark = 0;
        if (arrival <= begin) {
            mark = arrive(cores, core);
        } else {
            fifo->high = fifo->n_in > fifo->high ? fifo->n_in : fifo->high;
            fifo->n_in--;
            if (cores->observer != NULL)
                observe_receive(cores, core);
            const FifoOrigin *origin = &fifo->origin[fifo->first]; /* stays until the next push */
            mark = fifo_take(fifo);
            if (cores->plan->ticks)
                mark |= tick_receive(cores, core, origin);
        }
        if (mark)
            return mark;
    }
}

void loss_decide(CoreModel *cores, uint32_t core, uint64_t until)
{
    CoreFifo *fifo = &cores->core[core].fifo;
    while (fifo->n_in < fifo->count && fifo->packet[slot_of(fifo, fifo->n_in)].cycle < until)
        arrive(cores, core);
}

/* ---- events of one's own -------------------- */

static uint64_t *sent_bits(const CoreModel *cores, uint64_t step, uint32_t layer)
{
    return &cores->own.sent[step * cores->own.step_words + cores->own.first_word[layer]];
}

void loss_init(Arena *arena, CoreModel *cores)
{
    const Plan *plan = cores->plan;
    OwnEvents *own = &cores->own;
    own->position = ARENA_ARRAY(arena, uint32_t *, plan->n_slices);
    own->first_word = ARENA_ARRAY(arena, uint32_t, plan->n_layers);
    for (uint32_t s = 0; s < plan->n_slices; s++)
        own->position[s] = ARENA_ARRAY(arena, uint32_t, plan->slice[s].program->n_units);
    for (uint32_t l = 0; l < plan->n_layers; l++) {
        own->first_word[l] = own->step_words;
        own->step_words += (plan->program->layer[l].n_units + 63) / 64;
    }
    own->sent = ARENA_ARRAY(arena, uint64_t, (size_t)plan->n_steps * own->step_words);
}

uint32_t loss_list_events(CoreModel *cores, uint32_t slice, uint64_t step)
{
    const SliceProgram *program = cores->plan->slice[slice].program;
    uint64_t *sent = sent_bits(cores, step, program->layer);
    uint32_t n = 0;
    for (uint32_t u = 0; u < program->n_units; u++) {
        if (cores->slice[slice].events[u] == 0.0f)
            continue;
        uint32_t position = program->first_position + u;
        uint32_t unit = plan_unit(cores->plan, program->layer + 1, position);
        cores->own.position[slice][n++] = position;
        sent[unit / 64] |= UINT64_C(1) << (unit % 64);
    }
    return n;
}

const EventTrace *loss_sent_events(Arena *arena, const CoreModel *cores)
{
    const Plan *plan = cores->plan;
    EventTrace *trace = ARENA_ARRAY(arena, EventTrace, 1);
    size_t n_lists = (size_t)plan->n_steps * plan->n_layers;
    uint64_t *start = ARENA_ARRAY(arena, uint64_t, n_lists + 1), n_events = 0;
    for (uint32_t l = 0; l < plan->n_layers; l++)
        n_events += cores->tally->layer[l].events;
    uint32_t *unit = ARENA_ARRAY(arena, uint32_t, n_events);
    uint64_t at = 0;
    for (size_t i = 0; i < n_lists; i++) {
        uint32_t layer = (uint32_t)(i % plan->n_layers);
        const uint64_t *sent = sent_bits(cores, i / plan->n_layers, layer);
        for (uint32_t w = 0; w < (plan->program->layer[layer].n_units + 63) / 64; w++)
            for (uint64_t bits = sent[w]; bits; bits &= bits - 1) {
                CHECK(at < n_events);
                unit[at++] = w * 64 + bits_lowest(bits);
            }
        start[i + 1] = at;
    }
    *trace = (EventTrace){.n_steps = plan->n_steps,
                          .n_layers = plan->n_layers,
                          .n_events = at,
                          .start = start,
                          .unit = unit};
    return trace;
}
