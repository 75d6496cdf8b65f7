/* core_tick.c - cores whose updates begin at ticks.
 *
 * An event is meant for one update of each slice that uses it (step s of a layer: update
 * s of the layer after, update s + 1 of its own), and which one that is, is known to the
 * core: a few bits of the key would do. If that update has begun when the event is
 * received, it is late and the next one uses it: its value is added to that source's
 * value there, as in the ring buffer of a spiking core. Slices have room for two
 * updates, the next and the one after, as with dataflow; an event for one behind these,
 * which only a core that is far behind sees, is early and goes into the second. All
 * others are in time, so that
 *     events received x slices that use them = in time + late + early,
 * which checks.c holds against the books of deliveries. Events of the last step recur
 * into nothing.
 *
 * Overruns: a tick at which the core has a slice to update and begins the first of these
 * updates later than at the tick's edge. All updates of a tick come before those of the
 * next.
 *
 * Token rows: a core asks for them in the order in which it receives tokens and holds
 * the two that came last. An update takes the row of its step, or, if that is not held,
 * the one that came last, zeros before the first: counted (rows_missed). With as many
 * reads under way as a core can have, its FIFO waits.
 *
 * Packets have their effect when they are received, not when they are delivered: FIFOs
 * are served packet by packet (core_loss.c), whatever they do when they are full.
 *
 * Cost: O(slices of the core that use it) a packet, O(units / 64 + events) an update.
 */
#include "core_tick.h"

#include "base/check.h"
#include "bits.h"
#include "core_model.h"
#include "image.h"

static const uint64_t PACKET_BYTES = 8;
#define NO_STEP UINT32_MAX
enum { SPARE_SLOTS = 32 };

/* ---- make -------------------- */

static void init_inputs(Arena *arena, CoreModel *cores)
{
    const Plan *plan = cores->plan;
    cores->tick.input = ARENA_ARRAY(arena, TickInput, (size_t)plan->n_slices * 2);
    for (uint32_t s = 0; s < plan->n_slices; s++)
        for (uint32_t which = 0; which < 2; which++) {
            const uint32_t stage = plan->slice[s].stage - 1 + which;
            const uint32_t n =
                stage > 0 ? plan->program->layer[stage - 1].n_units : plan->program->n_inputs;
            TickInput *input = &cores->tick.input[(size_t)s * 2 + which];
            input->n_units = n;
            for (int i = 0; i < 2; i++) {
                input->value[i] = ARENA_ARRAY(arena, float, n);
                input->present[i] = ARENA_ARRAY(arena, uint64_t, ((size_t)n + 63) / 64);
            }
        }
}

void tick_init(Arena *arena, CoreModel *cores)
{
    const Plan *plan = cores->plan;
    uint64_t most_bytes = 0;
    cores->tick.core = ARENA_ARRAY(arena, TickCore, plan->n_cores);
    for (uint32_t c = 0; c < plan->n_cores; c++)
        cores->tick.core[c].row[0] = cores->tick.core[c].row[1] = cores->tick.core[c].last =
            (TokenRow){.step = NO_STEP};
    for (uint32_t s = 0; s < plan->n_slices; s++) {
        const uint64_t n_bytes = program_segment_bytes(plan->slice[s].program);
        most_bytes = n_bytes > most_bytes ? n_bytes : most_bytes;
    }
    cores->tick.no_row = ARENA_ARRAY(arena, uint8_t, most_bytes);
    if (cores->execute)
        init_inputs(arena, cores);
}

/* Those that wait, those whose fate nobody has looked at, and those that the network tells ahead:
 * they have passed their last look-up and stand in one queue and on one way down. Twice as many, to
 * be sure. Tokens are never lost. */
uint64_t tick_fifo_slots(const Plan *plan)
{
    uint64_t n_links = 0;
    for (uint32_t t = 0; t < plan->topology->n_tiles && !plan->mesh; t++)
        if (plan->topology->from_router[t].n_links > n_links)
            n_links = plan->topology->from_router[t].n_links;
    const uint64_t noc_per_core =
        plan->clock[DOMAIN_NOC].hz / plan->clock[DOMAIN_CORES].hz + 1; /* flits a core cycle */
    const uint64_t ahead = plan->port_packets + n_links * plan_link_slots(plan) +
                           plan->eject_cycles + plan->lookup_cycles + noc_per_core;
    const uint64_t tokens = plan->program->n_tokens > 0 ? plan->n_steps : 0;
    return plan->fifo_packets + 2 * ahead + SPARE_SLOTS + tokens;
}

/* ---- packets -------------------- */

void tick_note_origin(CoreModel *cores, FifoOrigin *origin, const Packet *packet)
{
    const CorePair *pair = &cores->pair[origin->pair];
    const bool brings_token = packet->source == cores->plan->n_slices &&
                              packet->position == PACKET_MARKER &&
                              cores->plan->program->n_tokens > 0;
    if (!pair->listens)
        origin->position = PACKET_MARKER; /* no event here */
    origin->kept = brings_token;
}

static void tell_use(const CoreModel *cores, uint32_t slice, uint32_t stage, EventUse *use,
                     const FifoOrigin *origin)
{
    const Plan *plan = cores->plan;
    const PlanSlice *info = &plan->slice[slice];
    use->core = plan->program->core[info->core].core;
    use->layer = info->stage - 1;
    use->first_unit = plan_unit(plan, info->stage, info->program->first_position);
    use->source_layer = stage > 0 ? stage - 1 : PROGRAM_NONE;
    use->unit = plan_unit(plan, stage, origin->position);
    use->step = origin->step;
    use->value = bits_float(origin->payload);
    cores->tick.event_used(cores->tick.event_used_context, use);
}

static void add_value(CoreModel *cores, TickInput *input, uint64_t used, uint32_t stage,
                      const FifoOrigin *origin)
{
    const uint32_t unit = plan_unit(cores->plan, stage, origin->position);
    float *sum = &input->value[used % 2][unit];
    uint64_t *present = &input->present[used % 2][unit / 64];
    const uint64_t bit = UINT64_C(1) << (unit % 64);
    const float value = bits_float(origin->payload);
    *sum = *present & bit ? *sum + value : value;
    *present |= bit;
}

/* That update of the slice uses the event. */
static void use_event(CoreModel *cores, uint32_t slice, uint32_t which, uint64_t used,
                      const FifoOrigin *origin)
{
    const PlanSlice *info = &cores->plan->slice[slice];
    const uint32_t stage = info->stage - 1 + which;
    const uint64_t meant = (uint64_t)origin->step + which;
    Counters *count = core_counters(cores, info->core);
    LayerCounts *layer = &cores->tally->layer[info->stage - 1];
    cores->tick.core[info->core].used++;
    count->n[COUNT_EVENTS_LATE] += meant < used;
    count->n[COUNT_EVENTS_EARLY] += meant > used;
    layer->late += meant < used;
    layer->early += meant > used;
    if (cores->tick.event_used != NULL) {
        EventUse use = {.meant = (uint32_t)meant, .used = (uint32_t)used};
        tell_use(cores, slice, stage, &use, origin);
    }
    if (cores->execute && used < cores->plan->n_steps)
        add_value(cores, &cores->tick.input[(size_t)slice * 2 + which], used, stage, origin);
}

/* The packet is received for that slice; true if it is the first for the update that uses it. */
static bool receive_for(CoreModel *cores, uint32_t slice, uint32_t which, const FifoOrigin *origin)
{
    SliceState *state = &cores->slice[slice];
    uint64_t used = (uint64_t)origin->step + which;
    if (used == cores->plan->n_steps) /* the last step recurs into nothing */
        return false;
    if (used < state->next_step)
        used = state->next_step;
    if (used > state->next_step + 1)
        used = state->next_step + 1;
    if (origin->position != PACKET_MARKER)
        use_event(cores, slice, which, used, origin);
    if (used < state->begun)
        return false;
    state->begun = used + 1;
    return true;
}

uint32_t tick_receive(CoreModel *cores, uint32_t core, const FifoOrigin *origin)
{
    const Plan *plan = cores->plan;
    const uint32_t stage = plan_source_stage(plan, plan->pair_source[origin->pair]);
    uint32_t mark = 0;
    for (uint32_t which = 0; which < 2; which++) {
        if (which > 0 ? stage == 0 : stage >= plan->n_layers)
            continue;
        const uint32_t *slices = plan_layer_slices(plan, core, stage - which);
        for (uint32_t s = slices[0]; s < slices[1]; s++)
            if (receive_for(cores, s, which, origin))
                mark = MARK_FIRST;
    }
    if (origin->kept)
        cores->tick.core[core].wanted = (TokenRow){origin->payload, origin->step};
    return mark;
}

void tick_lose_marker(CoreModel *cores, const FifoOrigin *origin)
{
    const uint32_t core = cores->pair[origin->pair].core;
    const bool written = cores->plan->chip->fifo_full == FIFO_FULL_OVERWRITE;
    cores->pair[origin->pair].silent--;
    cores->tick.core[core].markers_lost++;
    core_counters(cores, core)->n[COUNT_SRAM_WRITE_BYTES] += written ? PACKET_BYTES : 0;
}

void tick_take_mark(CoreModel *cores, uint32_t core, uint32_t mark)
{
    CoreState *state = &cores->core[core];
    if ((mark & MARK_LAST) == 0)
        return;
    state->n_marked--;
    state->asks = state->held = true;
}

/* ---- ticks -------------------- */

void tick_wake(CoreModel *cores, uint64_t cycle)
{
    for (uint32_t c = 0; c < cores->plan->n_cores; c++) {
        const CoreState *state = &cores->core[c];
        if (state->task == TASK_SERVE && !state->composed && !state->held &&
            cores->wheel.due[c] > cycle && core_has_ready(cores, c))
            wheel_set(&cores->wheel, c, cycle);
    }
}

static void count_overrun(CoreModel *cores, uint32_t core, uint64_t due_ps, uint64_t cycle)
{
    const Clock *clock = &cores->plan->clock[DOMAIN_CORES];
    const uint64_t due = /* an edge of its clock */
        dvfs_edge_of(cores->core[core].fifo.dvfs, clock_edge_at_or_after(clock, due_ps));
    TraceTicks *ticks = &cores->tally->ticks;
    if (cycle <= due)
        return;
    uint64_t *n = core_counters(cores, core)->n;
    const uint64_t late_ps = clock_edge_ps(clock, cycle) - clock_edge_ps(clock, due);
    n[COUNT_OVERRUNS]++;
    if (cycle - due > n[COUNT_OVERRUN_CYCLES])
        n[COUNT_OVERRUN_CYCLES] = cycle - due;
    ticks->overruns++;
    if (late_ps > ticks->worst_overrun_ps)
        ticks->worst_overrun_ps = late_ps;
}

void tick_begin_update(CoreModel *cores, uint32_t slice, uint64_t step, uint64_t cycle)
{
    const Plan *plan = cores->plan;
    const PlanSlice *info = &plan->slice[slice];
    TickCore *core = &cores->tick.core[info->core];
    const uint64_t due = sync_due(cores->sync, step, info->stage);
    CHECK(core->begun <= due + 1); /* pick_slice: the earliest tick first */
    if (core->begun <= due)
        count_overrun(cores, info->core, sync_due_ps(cores->sync, step, info->stage), cycle);
    core->begun = due + 1;
    if (plan->program->n_tokens > 0 && info->stage == 1)
        cores->tally->ticks.rows_missed += core->row[step % 2].step != step;
}

void tick_add_events(CoreModel *cores, uint32_t slice, int which, uint64_t step)
{
    const Plan *plan = cores->plan;
    const DecodedMatrix *matrix = &cores->slice[slice].matrix[which];
    const uint32_t *position_of = plan->position_of[plan->slice[slice].stage - 1 + (uint32_t)which];
    const TickInput *input = &cores->tick.input[(size_t)slice * 2 + (size_t)which];
    uint64_t *present = input->present[step % 2];
    for (uint32_t w = 0; w < (input->n_units + 63) / 64; w++) {
        for (uint64_t bits = present[w]; bits; bits &= bits - 1) {
            const uint32_t unit = w * 64 + bits_lowest(bits);
            compute_add_row(matrix, position_of == NULL ? unit : position_of[unit],
                            input->value[step % 2][unit], cores->sums[which],
                            cores->sums_int8[which]);
        }
        present[w] = 0;
    }
}

/* ---- token rows -------------------- */

void tick_asked(CoreModel *cores, uint32_t core)
{
    TickCore *state = &cores->tick.core[core];
    CHECK(state->count < DRAM_READS_IN_FLIGHT);
    state->asked[(state->first + state->count++) % DRAM_READS_IN_FLIGHT] = state->wanted;
    cores->core[core].blocked = state->count == DRAM_READS_IN_FLIGHT;
}

void tick_row_there(CoreModel *cores, uint32_t core)
{
    TickCore *state = &cores->tick.core[core];
    CoreState *owner = &cores->core[core];
    CHECK(state->count > 0);
    state->last = state->asked[state->first];
    state->row[state->last.step % 2] = state->last;
    state->first = (state->first + 1) % DRAM_READS_IN_FLIGHT;
    state->count--;
    if (owner->blocked && owner->task == TASK_SERVE && owner->fifo.free < cores->now)
        fifo_rest(&owner->fifo, cores->now); /* nothing was received before */
    owner->blocked = false;
}

const uint8_t *tick_token_row(const CoreModel *cores, uint32_t slice, uint64_t step)
{
    const PlanSlice *info = &cores->plan->slice[slice];
    const TickCore *core = &cores->tick.core[info->core];
    const TokenRow *row = &core->row[step % 2];
    if (row->step != step)
        row = &core->last;
    if (row->step == NO_STEP)
        return cores->tick.no_row;
    return cores->plan->program->dram + info->program->dram_offset +
           row->token * program_segment_bytes(info->program);
}
