/* count_pairs.c - who hears of whom, and how far it is: the sources of a CountModel.
 *
 * Takes the arrivals of every source from the walk through the router tables, makes its pairs.
 * Ways between routers are the fastest that the links allow, whatever the tree: found by walking on
 * from every router that a faster way was found to, first come, first served; where all links take
 * as long, each is met once.
 *
 * Cost: that of the walks, O(pairs log pairs of a source), O(routers + links) a source; on several
 * boards times the boards on a way, at most.
 */
#include <stdlib.h>

#include "base/check.h"
#include "count_model.h"

typedef struct Ways { /* from one router to all, look-ups in both included, at least */
    uint32_t from;    /* router that `ps` holds for, or PROGRAM_NONE              */
    uint64_t *ps;     /* [n_routers]                                             */
    uint32_t *queue;  /* [n_routers] scratch: a ring of routers to go on from    */
    bool *queued;     /* [n_routers] scratch: is in it                           */
} Ways;

static void find_ways(const Plan *plan, Ways *ways, uint32_t from)
{
    const Topology *topology = plan->topology;
    const uint64_t lookup_ps = count_lookup_ps(plan);
    uint32_t first = 0, n = 0;
    if (ways->from == from)
        return;
    ways->from = from;
    for (uint32_t r = 0; r < topology->n_routers; r++)
        ways->ps[r] = NEVER;
    ways->ps[from] = lookup_ps;
    ways->queue[n++] = from;
    for (; n > 0; n--) {
        uint32_t r = ways->queue[first];
        first = (first + 1) % topology->n_routers;
        ways->queued[r] = false;
        for (uint32_t l = topology->first_router_link[r]; l < topology->first_router_link[r + 1];
             l++) {
            uint32_t to = topology->router_link[l].to;
            uint64_t ps = ways->ps[r] + count_link_ps(plan, l) + lookup_ps;
            if (ps >= ways->ps[to])
                continue;
            ways->ps[to] = ps;
            if (!ways->queued[to])
                ways->queue[(first + n++ - 1) % topology->n_routers] = to;
            ways->queued[to] = true;
        }
    }
}

static bool has_layer(const Plan *plan, uint32_t core, uint32_t layer)
{
    if (layer >= plan->n_layers)
        return false;
    const uint32_t *slices = plan_layer_slices(plan, core, layer);
    return slices[0] < slices[1];
}

static int rank(const CountPair *pair)
{
    return pair->feeds ? (pair->listens ? 0 : 1) : 2;
}

static int compare_pairs(const void *left, const void *right)
{
    const CountPair *a = left, *b = right;
    if (rank(a) != rank(b))
        return rank(a) - rank(b);
    return (a->core > b->core) - (a->core < b->core);
}

/* Cycles that the packets of a source cost whatever they bring, on the slices that they count
 * for; and on all cores together, by kind of packet. */
static void count_receipts(CountModel *model, CountSource *source)
{
    const Plan *plan = &model->plan;
    const Arrivals *arrivals = &model->arrivals;
    for (uint32_t i = 0; i < arrivals->n; i++) {
        const Arrival *at = &arrivals->arrival[i];
        const uint32_t slice = plan_receiving_slice(plan, at->core, source->stage);
        const uint64_t setup = source->stage == 0 ? dram_setup_cycles(&model->dram, at->core) : 0;
        model->tally.slice_active[slice] += (at->events + at->markers) * plan->receive_cycles;
        model->tally.token_cycles += at->markers * setup;
        source->event_cycles += at->hears ? plan->receive_cycles : 0;
        source->closing_cycles += at->hears ? 0 : plan->receive_cycles;
        source->silent_cycles += plan->receive_cycles + setup;
    }
}

/* The source's least way to cores that it feeds, and how much later others have its packets. */
static void compare_ways(const Plan *plan, CountSource *source)
{
    const Clock *cores = &plan->clock[DOMAIN_CORES];
    source->way_ps = source->n_fed > 0 ? NEVER : 0;
    for (uint32_t i = 0; i < source->n_fed; i++)
        if (source->pair[i].way_ps < source->way_ps)
            source->way_ps = source->pair[i].way_ps;
    for (uint32_t i = 0; i < source->n_fed; i++)
        source->pair[i].later_cycles =
            (uint32_t)count_whole_cycles(cores, source->pair[i].way_ps - source->way_ps);
}

static void make_pairs(Arena *arena, CountModel *model, CountSource *source, Ways *ways)
{
    const Plan *plan = &model->plan;
    const Arrivals *arrivals = &model->arrivals;
    uint32_t core = source->core;
    uint32_t router = plan->topology->host_router;
    uint64_t up = 0;
    if (core != PROGRAM_NONE) {
        core = plan->program->core[core].core;
        router = topology_router_of_core(plan->topology, core);
        up = count_up_ps(plan, core);
    }
    find_ways(plan, ways, router);
    source->host_hears = arrivals->host_hears;
    source->host_closes = arrivals->host_closed > 0;
    source->host_way_ps = (uint32_t)(up + ways->ps[plan->topology->host_router]);
    source->n_pairs = arrivals->n;
    source->pair = ARENA_ARRAY(arena, CountPair, arrivals->n);
    for (uint32_t i = 0; i < arrivals->n; i++) {
        const Arrival *at = &arrivals->arrival[i];
        uint32_t to = plan->program->core[at->core].core;
        uint64_t way_ps = ways->ps[topology_router_of_core(plan->topology, to)];
        CHECK(way_ps != NEVER); /* topology_build: routers reach one another */
        source->pair[i] = (CountPair){at->core, at->hears, has_layer(plan, at->core, source->stage),
                                      (uint32_t)(up + way_ps + count_down_ps(plan, to)), 0};
        source->n_fed += source->pair[i].feeds;
        source->n_tabled += source->pair[i].feeds && source->pair[i].listens;
    }
    qsort(source->pair, source->n_pairs, sizeof(CountPair), compare_pairs);
    compare_ways(plan, source);
}

static void count_packets(const CountModel *model, const CountSource *source)
{
    const Plan *plan = &model->plan;
    const Arrivals *arrivals = &model->arrivals;
    for (uint32_t i = 0; i < arrivals->n; i++) {
        const Arrival *at = &arrivals->arrival[i];
        uint64_t packets = at->events + at->markers;
        Counters *count = &model->tally.count[at->core];
        count->n[COUNT_EVENTS_IN] += at->events;
        count->n[COUNT_MARKERS_IN] += at->markers;
        count->n[COUNT_RECEIVE_CYCLES] += packets * plan->receive_cycles;
        count->n[COUNT_SRAM_READ_BYTES] += packets * COUNT_PACKET_BYTES;
        count->n[COUNT_SRAM_WRITE_BYTES] += packets * COUNT_PACKET_BYTES;
        if (source->stage > 0)
            model->tally.layer[source->stage - 1].deliveries += at->events;
        else
            count->n[COUNT_RECEIVE_CYCLES] +=
                at->markers * dram_setup_cycles(&model->dram, at->core);
    }
}

Sender count_sender(const Plan *plan, const EventCounts *counts, uint32_t s)
{
    const Program *program = plan->program;
    const bool is_host = s == plan->n_slices;
    const SliceProgram *slice = is_host ? NULL : plan->slice[s].program;
    const Closing *closing = &counts->closing[s];
    return (Sender){
        .source = s,
        .core = is_host ? PROGRAM_NONE : program->core[plan->slice[s].core].core,
        .key = is_host ? program->input_key : slice->key,
        .n_keys = closing->n_units,
        .marker_key = is_host ? program->input_marker_key : slice->marker_key,
        .times = counts->active[closing->stage] + closing->first,
        .closing = closing->times,
    };
}

static Status walk_source(Arena *arena, CountModel *model, uint32_t s, Ways *ways)
{
    const bool is_host = s == model->plan.n_slices;
    const Sender sender = count_sender(&model->plan, &model->events, s);
    const Closing *closing = &model->events.closing[s];
    CountSource *source = &model->source[s];
    *source = (CountSource){.core = is_host ? PROGRAM_NONE : model->plan.slice[s].core,
                            .stage = closing->stage,
                            .first_position = closing->first,
                            .n_units = closing->n_units};
    for (uint32_t u = 0; u < source->n_units; u++) {
        model->tally.source_events[s] += sender.times[u];
        model->source_of[source->stage][source->first_position + u] = s;
    }
    model->tally.source_markers[s] = closing->times[0];
    TRY(arrivals_walk(&model->arrivals, &sender));
    make_pairs(arena, model, source, ways);
    count_packets(model, source);
    count_receipts(model, source);
    if (!is_host) {
        model->tally.host_events_out += model->arrivals.host_events;
        model->tally.host_markers_out += model->arrivals.host_markers;
    }
    return STATUS_OK;
}

Status count_pairs(Arena *arena, CountModel *model, Err *err)
{
    const Plan *plan = &model->plan;
    const uint32_t n_routers = plan->topology->n_routers;
    Ways ways = {PROGRAM_NONE, ARENA_ARRAY(arena, uint64_t, n_routers),
                 ARENA_ARRAY(arena, uint32_t, n_routers), ARENA_ARRAY(arena, bool, n_routers)};
    arrivals_init(arena, &model->arrivals, plan->program, plan->topology, err);
    model->source = ARENA_ARRAY(arena, CountSource, plan->n_sources);
    model->source_of = ARENA_ARRAY(arena, uint32_t *, plan->n_stages);
    for (uint32_t stage = 0; stage < plan->n_stages; stage++)
        model->source_of[stage] = ARENA_ARRAY(arena, uint32_t,
                                              stage == 0 ? plan->program->n_inputs
                                                         : plan->program->layer[stage - 1].n_units);
    for (uint32_t s = 0; s < plan->n_sources; s++)
        TRY(walk_source(arena, model, s, &ways));
    return STATUS_OK;
}
