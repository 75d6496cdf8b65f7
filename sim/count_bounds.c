/* count_bounds.c - bounds below the times of a run, from what cores, links and servers must do.
 *
 * Five bounds, each below the time of a step and below that of the run, so their largest is too:
 *
 *   work     what the busiest core does for the step (or the run), from the first packet that can
 *            reach it to the last that must follow it
 *   path     the chain host -> layer 0 -> ... -> host (count_chain.c)
 *   network  flits of the busiest link and look-ups of the busiest router, over the run only
 *   dram     reads of the busiest chip's DRAM
 *   host     packets on the host's link, either way
 *
 * A step's bounds count what can only happen between its begin and its end: the step's packets
 * from layer to layer and its updates, not the events that recur, which may come before or after.
 * The run's bounds count everything but what nobody waits for in the last steps. One token at a
 * time, a step begins when the one before has ended, so the bounds of the steps add up; where
 * tokens overlap, a step begins when the input before is sent and the first layer has done two
 * steps before (host_model.c).
 *
 * A slice is needed if the result of a step waits for its update of that step: the last layer's,
 * and those whose marker reaches a core with a needed slice of the next layer. Bounds that would
 * count others leave their core out.
 *
 * Cost: O(steps * cores) besides the chain.
 */
#include "count_bounds.h"

#include "base/check.h"

/* ---- what holds for all steps -------------------- */

static void find_needed(CountModel *model)
{
    const Plan *plan = &model->plan;
    model->all_needed = true;
    for (uint32_t stage = plan->n_layers; stage > 0; stage--)
        for (uint32_t s = 0; s < plan->n_slices; s++) {
            const CountSource *source = &model->source[s];
            if (source->stage != stage)
                continue;
            CountSlice *slice = &model->slice[s];
            slice->needed = stage == plan->n_layers;
            for (uint32_t i = 0; i < source->n_fed && !slice->needed; i++) {
                const uint32_t *fed = plan_layer_slices(plan, source->pair[i].core, stage);
                for (uint32_t z = fed[0]; z < fed[1]; z++)
                    slice->needed = slice->needed || model->slice[z].needed;
            }
            model->all_needed = model->all_needed && slice->needed;
        }
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Least way of packets of a stage to the cores that they feed. */
static uint64_t least_way_ps(const CountModel *model, uint32_t stage)
{
    uint64_t way = NEVER;
    for (uint32_t s = 0; s < model->plan.n_sources; s++)
        if (model->source[s].stage == stage && model->source[s].n_fed > 0)
            way = least(way, model->source[s].way_ps);
    return way == NEVER ? 0 : way;
}

static void find_ends(Bounds *bounds)
{
    const CountModel *model = bounds->model;
    const Plan *plan = &model->plan;
    const Clock *cores = &plan->clock[DOMAIN_CORES];
    const uint32_t last = plan->n_layers - 1;
    uint64_t host_way = NEVER, head = plan->host_packet_ps + plan->host_latency_ps;
    for (uint32_t l = 0; l <= last; l++)
        bounds->least_update[l] = NEVER;
    for (uint32_t s = 0; s < plan->n_slices; s++) {
        uint32_t l = plan->slice[s].stage - 1;
        bounds->least_update[l] =
            least(bounds->least_update[l], model->slice[s].update_cycles + plan->emit_cycles);
        if (l == last)
            host_way = least(host_way, model->source[s].host_way_ps);
    }
    for (uint32_t l = 0; l <= last; l++) {
        head += least_way_ps(model, l);
        bounds->head_ps[l] = head;
        head += count_span_ps(cores, plan->receive_cycles + bounds->least_update[l]);
    }
    bounds->last_head_ps = head + host_way;
    uint64_t tail = host_way + plan->host_packet_ps + plan->host_latency_ps;
    for (uint32_t l = last;; l--) {
        bounds->tail_ps[l] = tail;
        if (l == 0)
            break;
        tail += least_way_ps(model, l) +
                count_span_ps(cores, plan->receive_cycles + bounds->least_update[l]);
    }
}

/* The first layer that a core has slices of; the least tail of its layers; and whether all of its
 * slices are needed. */
static void find_core_ends(Bounds *bounds)
{
    const CountModel *model = bounds->model;
    const Plan *plan = &model->plan;
    for (uint32_t c = 0; c < plan->n_cores; c++) {
        CoreEnds *core = &bounds->core[c];
        *core = (CoreEnds){NEVER, NEVER, true, 0};
        for (uint32_t s = plan->core_slice[c]; s < plan->core_slice[c + 1]; s++) {
            uint32_t l = plan->slice[s].stage - 1;
            core->head_ps = least(core->head_ps, bounds->head_ps[l]);
            core->tail_ps = least(core->tail_ps, bounds->tail_ps[l]);
            core->needed = core->needed && model->slice[s].needed;
        }
        core->needed = core->needed && plan->core_slice[c] < plan->core_slice[c + 1];
    }
}

/* DRAM: the longest that any chip's server is busy with a step's token rows; *row_ps: with the rows
 * of the decoder that one event asks for. */
static uint64_t dram_step_ps(Arena *arena, const CountModel *model, uint64_t *row_ps)
{
    const Plan *plan = &model->plan;
    const uint32_t n_chips = plan->chip->fabric.n_chips;
    uint64_t *busy = ARENA_ARRAY(arena, uint64_t, n_chips), longest = 0;
    uint64_t *rows = ARENA_ARRAY(arena, uint64_t, n_chips);
    for (uint32_t c = 0; c < plan->n_cores; c++) {
        const DramCore *core = &model->dram.core[c];
        busy[core->chip] += core->service_ps;
        rows[core->chip] += core->row_ps;
    }
    *row_ps = 0;
    for (uint32_t i = 0; i < n_chips; i++) {
        longest = most(longest, busy[i]);
        *row_ps = most(*row_ps, rows[i]);
    }
    return longest;
}

static void bounds_init(Arena *arena, Bounds *bounds, CountModel *model, bool pipelined)
{
    const Plan *plan = &model->plan;
    *bounds = (Bounds){
        .model = model,
        .pipelined = pipelined,
        .least_update = ARENA_ARRAY(arena, uint64_t, plan->n_layers),
        .head_ps = ARENA_ARRAY(arena, uint64_t, plan->n_layers),
        .tail_ps = ARENA_ARRAY(arena, uint64_t, plan->n_layers),
        .core = ARENA_ARRAY(arena, CoreEnds, plan->n_cores),
        .step = ARENA_ARRAY(arena, StepBounds, plan->n_steps),
    };
    find_needed(model);
    find_ends(bounds);
    find_core_ends(bounds);
    bounds->dram_ps = dram_step_ps(arena, model, &bounds->row_ps);
    if (!model->all_needed)
        bounds->dram_ps = 0; /* the last read may be one that nobody waits for */
    chain_init(arena, &bounds->chain, model);
}

/* ---- one step -------------------- */

static uint64_t step_work_ps(const Bounds *bounds)
{
    const Plan *plan = &bounds->model->plan;
    const Clock *clock = &plan->clock[DOMAIN_CORES];
    uint64_t longest = 0;
    for (uint32_t c = 0; c < plan->n_cores; c++)
        if (bounds->core[c].needed)
            longest = most(longest, bounds->core[c].head_ps + bounds->core[c].tail_ps +
                                        count_span_ps(clock, bounds->chain.core[c].work));
    return longest;
}

/* From the first packet of a layer on: `busy_ps` of reads, and what follows the last. */
static uint64_t reads_ps(const Bounds *bounds, uint32_t layer, uint64_t busy_ps)
{
    const Plan *plan = &bounds->model->plan;
    const Clock *clock = &plan->clock[DOMAIN_CORES];
    if (busy_ps == 0)
        return 0;
    return bounds->head_ps[layer] + count_span_ps(clock, plan->receive_cycles) + busy_ps +
           bounds->model->dram.latency_ps + count_span_ps(clock, bounds->least_update[layer]) +
           bounds->tail_ps[layer];
}

static uint64_t step_dram_ps(const Bounds *bounds)
{
    return most(reads_ps(bounds, 0, bounds->dram_ps),
                reads_ps(bounds, bounds->model->plan.n_layers - 1,
                         bounds->row_ps * bounds->chain.n_decoder_events));
}

static uint64_t step_host_ps(const Bounds *bounds)
{
    const Plan *plan = &bounds->model->plan;
    const Clock *clock = &plan->clock[DOMAIN_CORES];
    uint64_t in = bounds->head_ps[0] + (bounds->chain.n_in - 1) * plan->host_packet_ps +
                  count_span_ps(clock, plan->receive_cycles + bounds->least_update[0]) +
                  bounds->tail_ps[0];
    uint64_t out =
        bounds->last_head_ps + bounds->chain.n_out * plan->host_packet_ps + plan->host_latency_ps;
    return most(in, out);
}

static Bound find_binding(const uint64_t ps[N_BOUNDS])
{
    Bound binding = (Bound)0;
    for (Bound b = (Bound)1; b < N_BOUNDS; b++)
        if (ps[b] > ps[binding])
            binding = b;
    return binding;
}

/* Bounds of step t; where it begins and ends at the earliest. */
static void bound_step(Bounds *bounds, uint32_t t)
{
    StepBounds *step = &bounds->step[t];
    StepTimes *times = &bounds->model->tally.step[t];
    uint64_t path = chain_step(&bounds->chain, t);
    *step = (StepBounds){.ps = {[BOUND_WORK] = step_work_ps(bounds),
                                [BOUND_PATH] = path,
                                [BOUND_DRAM] = step_dram_ps(bounds),
                                [BOUND_HOST] = step_host_ps(bounds)}};
    step->binding = find_binding(step->ps);
    if (t > 0)
        times->start_ps = bounds->pipelined ? bounds->sent_ps : times[-1].end_ps;
    if (t > 1)
        times->start_ps = most(times->start_ps, bounds->first_layer_ps[t % 2]);
    times->end_ps = times->start_ps + step->ps[step->binding];
    bounds->sent_ps = times->start_ps + bounds->chain.n_in * bounds->model->plan.host_packet_ps;
    bounds->first_layer_ps[t % 2] = times->start_ps + bounds->chain.first_layer_ps;
    bounds->in += bounds->chain.n_in;
    bounds->out += bounds->chain.n_out;
    bounds->decoder_events += bounds->chain.n_decoder_events;
}

/* ---- the run -------------------- */

/* Cycles that nobody waits for at the end: packets of the last step of a core's own layer, and of
 * the last two of the layer after, if they serve nothing else. */
static void count_spare(Bounds *bounds)
{
    const CountModel *model = bounds->model;
    const Plan *plan = &model->plan;
    const uint64_t steps = plan->n_steps;
    for (uint32_t s = 0; s < plan->n_slices; s++) {
        const CountSource *source = &model->source[s];
        for (uint32_t i = source->n_fed; i < source->n_pairs; i++) {
            const CountPair *pair = &source->pair[i];
            const uint32_t *own = plan_layer_slices(plan, pair->core, source->stage - 1);
            uint64_t packets = steps < 2 ? steps : 2; /* of the layer after: markers */
            if (own[0] < own[1])
                packets = pair->listens ? chain_packets(&bounds->chain, s) : 1;
            bounds->core[pair->core].spare_cycles += packets * plan->receive_cycles;
        }
    }
}

static uint64_t busy_cycles(const Counters *count)
{
    return count->n[COUNT_RECEIVE_CYCLES] + count->n[COUNT_UPDATE_CYCLES] +
           count->n[COUNT_EMIT_CYCLES];
}

/* The run's result waits for a needed core's work; its end for that of all. *occupied_ps: of that
 * work alone. */
static uint64_t run_work_ps(const Bounds *bounds, uint64_t *end_ps, uint64_t *occupied_ps)
{
    const CountModel *model = bounds->model;
    const Clock *clock = &model->plan.clock[DOMAIN_CORES];
    uint64_t result = 0;
    for (uint32_t c = 0; c < model->plan.n_cores; c++) {
        const CoreEnds *core = &bounds->core[c];
        uint64_t cycles = busy_cycles(&model->tally.count[c]);
        *end_ps = most(*end_ps, core->head_ps + count_span_ps(clock, cycles));
        if (!core->needed)
            continue;
        uint64_t needed = count_span_ps(clock, cycles - core->spare_cycles);
        *occupied_ps = most(*occupied_ps, needed);
        result = most(result, core->head_ps + needed + core->tail_ps);
    }
    return result;
}

/* Busiest link and router, of all flits and look-ups that the walk has counted. */
static uint64_t network_ps(const Plan *plan, const Walk *walk)
{
    uint64_t flits = 0, lookups = 0, ps = 0;
    for (uint32_t l = 0; l < plan->n_links + plan->n_router_links; l++) {
        bool is_frame = l >= plan->n_links && plan->frame_links;
        if (is_frame)
            ps = most(ps, walk->link_flits[l] * plan_link(plan, l - plan->n_links)->frame_ps);
        else
            flits = most(flits, walk->link_flits[l]);
    }
    for (uint32_t r = 0; r < plan->n_routers; r++)
        lookups = most(lookups, walk->lookups[r]);
    if (flits > 0)
        ps = most(ps, count_span_ps(&plan->clock[DOMAIN_NOC], (flits - 1) * plan->flit_cycles));
    return lookups == 0 ? ps : most(ps, count_span_ps(&plan->clock[DOMAIN_ROUTER], lookups - 1));
}

/* Reads and packets on the host's link, of all steps together. */
static uint64_t run_host_ps(const Bounds *bounds, uint64_t *occupied_ps)
{
    const Plan *plan = &bounds->model->plan;
    uint64_t in = bounds->in * plan->host_packet_ps, out = bounds->out * plan->host_packet_ps;
    *occupied_ps = most(*occupied_ps, most(in, out));
    return most(bounds->head_ps[0] - plan->host_packet_ps + in + bounds->tail_ps[0],
                bounds->last_head_ps + out + plan->host_latency_ps);
}

static uint64_t run_dram_ps(const Bounds *bounds, uint64_t *occupied_ps)
{
    const uint32_t last = bounds->model->plan.n_layers - 1;
    uint64_t tokens = bounds->dram_ps * bounds->model->plan.n_steps;
    uint64_t rows = bounds->row_ps * bounds->decoder_events;
    *occupied_ps = most(*occupied_ps, most(tokens, rows));
    return most(reads_ps(bounds, 0, tokens), reads_ps(bounds, last, rows));
}

/* Does the host, one token at a time, never wait for anything but the result of the step before?
 * So it is with one router: it makes the host's copy of a marker together with all others, and so
 * before that of any packet which follows from them. */
static bool steps_touch(const Bounds *bounds)
{
    const Plan *plan = &bounds->model->plan;
    for (uint32_t s = 0; s < plan->n_slices; s++)
        if (plan->slice[s].stage == 1 && !bounds->model->slice[s].needed)
            return false;
    return plan->n_routers == 1 && !bounds->pipelined;
}

/* The network's part of the result: flits of all steps but the last two, which nobody may wait
 * for. Others wait for those if all slices are needed. */
static Status run_network_ps(Arena *arena, const Bounds *bounds, uint64_t *out, Err *err)
{
    const CountModel *model = bounds->model;
    const Plan *plan = &model->plan;
    EventCounts events;
    Arrivals arrivals;
    *out = 0;
    if (!model->all_needed || plan->n_steps < 3)
        return STATUS_OK;
    count_events(arena, &events, plan->program, plan->n_steps - 2, model->input, model->given);
    arrivals_init(arena, &arrivals, plan->program, plan->topology, err);
    for (uint32_t s = 0; s < plan->n_sources; s++) {
        Sender sender = count_sender(plan, &events, s);
        TRY(arrivals_walk(&arrivals, &sender));
    }
    *out = plan->host_packet_ps + plan->host_latency_ps + network_ps(plan, &arrivals.walk);
    return STATUS_OK;
}

/* Where tokens overlap, the rate is that from the first result to the last: n - 1 steps, in which
 * all is done but what could be before. That is at most 2 steps a layer, and those that the
 * decoder has room for: nobody is further ahead of whom it exchanges packets with. 0: the run is
 * too short to tell. */
static uint64_t pipelined_period_ps(const Plan *plan, uint64_t occupied_ps)
{
    const uint64_t n = plan->n_steps;
    const uint64_t ahead =
        2 * (uint64_t)plan->n_layers + (plan->program->has_decoder ? DECODER_STEPS : 0);
    return n > ahead + 1 ? occupied_ps / n * (n - 1 - ahead) / (n - 1) : 0;
}

/* Bounds of the run, those of its steps taken together where they follow one another. */
static Status bound_run(Arena *arena, Bounds *bounds, TraceBounds *out, Err *err)
{
    CountModel *model = bounds->model;
    const uint32_t n = model->plan.n_steps;
    const StepTimes *last = &model->tally.step[n - 1];
    uint64_t end = network_ps(&model->plan, &model->arrivals.walk), occupied = 0;
    count_spare(bounds);
    out->run_ps[BOUND_WORK] = run_work_ps(bounds, &end, &occupied);
    out->run_ps[BOUND_PATH] = last->start_ps + bounds->step[n - 1].ps[BOUND_PATH];
    TRY(run_network_ps(arena, bounds, &out->run_ps[BOUND_NETWORK], err));
    occupied = most(occupied, out->run_ps[BOUND_NETWORK]);
    out->run_ps[BOUND_DRAM] = run_dram_ps(bounds, &occupied);
    out->run_ps[BOUND_HOST] = run_host_ps(bounds, &occupied);
    for (Bound b = (Bound)0; b < N_BOUNDS && !bounds->pipelined; b++) {
        uint64_t sum = 0;
        for (uint32_t t = 0; t < n; t++)
            sum += bounds->step[t].ps[b];
        out->run_ps[b] = b == BOUND_PATH ? sum : most(sum, out->run_ps[b]);
    }
    out->binding = find_binding(out->run_ps);
    out->result_ps = most(last->end_ps, out->run_ps[out->binding]);
    out->end_ps = most(end, out->result_ps);
    out->period_ps = out->result_ps / n;
    if (bounds->pipelined)
        out->period_ps = pipelined_period_ps(&model->plan, occupied);
    out->latency_ps = steps_touch(bounds) ? out->result_ps : 0;
    for (uint32_t t = 0; !steps_touch(bounds) && t < n; t++)
        out->latency_ps += model->tally.step[t].end_ps - model->tally.step[t].start_ps;
    return STATUS_OK;
}

Status count_bounds(Arena *arena, CountModel *model, bool pipelined, TraceBounds **out, Err *err)
{
    Bounds bounds;
    TraceBounds *made = ARENA_ARRAY(arena, TraceBounds, 1);
    bounds_init(arena, &bounds, model, pipelined);
    for (uint32_t t = 0; t < model->plan.n_steps; t++)
        bound_step(&bounds, t);
    TRY(bound_run(arena, &bounds, made, err));
    made->step = bounds.step;
    *out = made;
    return STATUS_OK;
}
