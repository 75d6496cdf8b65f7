/* traffic_counts.c - packets counted by stage and step, times what the tree of their keys takes.
 *
 * A packet crosses the links from its core up to the router (central), then the links down to each
 * tile with a core that gets it, one flit each; it is looked up at every node of the tree; each
 * branch is a frame between chips (counted apart: between boards), or a flit between the routers of
 * a mesh; what the host sends, and what a node has a copy of for it, is a packet on the host's
 * link. An event that closes its source's step has a key of another block; a source without events
 * in a step sends a marker. So a step costs the markers of all sources, less those of sources with
 * events, plus the events.
 *
 * That all this adds up to what the links and routers counted is checked after every run
 * (checks.c).
 * Memory: 12 bytes a unit. Cost: see the header.
 */
#include "traffic_counts.h"

#include "base/check.h"

typedef struct SourceKeys {
    uint32_t open_key, closing_key; /* of the first position; of the marker               */
    uint32_t first, n_units, stage;
    TrafficCounts marker;
} SourceKeys;

typedef struct Traffic {
    const Plan *plan;
    Tally *tally;
    SourceKeys *source;    /* [n_sources]                                               */
    TrafficCounts *block;  /* [n_blocks] what one packet takes                         */
    uint32_t **source_of;  /* [n_stages][units]                                        */
    uint32_t **open;       /* [n_stages][units] block of an event that closes no step  */
    uint32_t **closing;    /* [n_stages][units] block of one that does                 */
    TrafficCounts *silent; /* [n_stages] markers of all sources in a step              */
} Traffic;

static void add(TrafficCounts *sum, const TrafficCounts *more)
{
    sum->flits += more->flits;
    sum->payload_flits += more->payload_flits;
    sum->frames += more->frames;
    sum->off_board_frames += more->off_board_frames;
    sum->lookups += more->lookups;
    sum->host_packets += more->host_packets;
}

static void subtract(TrafficCounts *sum, const TrafficCounts *less)
{
    sum->flits -= less->flits;
    sum->payload_flits -= less->payload_flits;
    sum->frames -= less->frames;
    sum->off_board_frames -= less->off_board_frames;
    sum->lookups -= less->lookups;
    sum->host_packets -= less->host_packets;
}

/* ---- trees -------------------- */

/* Links on a chip that every packet of a source crosses up to its router. */
static uint64_t up_links(const Plan *plan, uint32_t source)
{
    const Topology *topology = plan->topology;
    if (plan->mesh || source == plan->n_slices)
        return 0;
    uint32_t tile = plan->program->core[plan->slice[source].core].core / plan->cores_per_tile;
    return topology->to_router[tile % topology->n_tiles].n_links;
}

/* What one packet of a block takes. */
static TrafficCounts tree_counts(const Plan *plan, uint32_t b)
{
    const SourceBlock *block = &plan->block[b];
    const uint32_t end = b + 1 < plan->n_blocks ? plan->block[b + 1].root : plan->n_nodes;
    uint64_t branches = 0, off_board = 0, flits = up_links(plan, block->source);
    uint64_t host_packets = block->source == plan->n_slices;
    for (uint32_t n = block->root; n < end; n++) {
        const PlanNode *node = &plan->node[n];
        branches += node->n_branches;
        host_packets += node->to_host;
        for (uint32_t i = node->first_branch; i < node->first_branch + node->n_branches; i++)
            off_board += plan->topology->router_link[plan->branch[i].link].off_board;
    }
    for (uint32_t d = block->first_dest; !plan->mesh && d < plan_block_end(plan, b); d++) {
        const Topology *topology = plan->topology;
        flits += topology->from_router[plan->dest[d].tile % topology->n_tiles].n_links;
    }
    flits += plan->frame_links ? 0 : branches;
    return (TrafficCounts){
        .flits = flits,
        .payload_flits = flits, /* all carry a value or a count */
        .frames = plan->frame_links ? branches - off_board : 0,
        .off_board_frames = off_board,
        .lookups = end - block->root,
        .host_packets = host_packets,
    };
}

/* ---- keys -------------------- */

static uint32_t **stage_tables(Arena *arena, const Plan *plan)
{
    uint32_t **table = ARENA_ARRAY(arena, uint32_t *, plan->n_stages);
    for (uint32_t stage = 0; stage < plan->n_stages; stage++)
        table[stage] = ARENA_ARRAY(arena, uint32_t,
                                   stage == 0 ? plan->program->n_inputs
                                              : plan->program->layer[stage - 1].n_units);
    return table;
}

static void list_sources(Arena *arena, Traffic *traffic)
{
    const Plan *plan = traffic->plan;
    const Program *program = plan->program;
    traffic->source = ARENA_ARRAY(arena, SourceKeys, plan->n_sources);
    traffic->source_of = stage_tables(arena, plan);
    for (uint32_t s = 0; s < plan->n_sources; s++) {
        SourceKeys *source = &traffic->source[s];
        *source = (SourceKeys){
            program->input_key, program->input_marker_key, 0, program->n_inputs, 0, {0}};
        if (s < plan->n_slices) {
            const SliceProgram *slice = plan->slice[s].program;
            *source = (SourceKeys){slice->key,     slice->marker_key,    slice->first_position,
                                   slice->n_units, plan->slice[s].stage, {0}};
        }
        for (uint32_t u = 0; u < source->n_units; u++)
            traffic->source_of[source->stage][source->first + u] = s;
    }
}

/* Which block the packets of each position belong to, and the markers. */
static void list_blocks(Arena *arena, Traffic *traffic)
{
    const Plan *plan = traffic->plan;
    traffic->block = ARENA_ARRAY(arena, TrafficCounts, plan->n_blocks);
    traffic->open = stage_tables(arena, plan);
    traffic->closing = stage_tables(arena, plan);
    for (uint32_t b = 0; b < plan->n_blocks; b++) {
        const SourceBlock *block = &plan->block[b];
        SourceKeys *source = &traffic->source[block->source];
        traffic->block[b] = tree_counts(plan, b);
        for (uint32_t k = 0; k < block->n_keys; k++) {
            uint32_t at = block->key + k - (block->closes ? source->closing_key : source->open_key);
            if (!block->closes)
                traffic->open[source->stage][source->first + at] = b;
            else if (at > 0)
                traffic->closing[source->stage][source->first + at - 1] = b;
            else
                source->marker = traffic->block[b];
        }
    }
    traffic->silent = ARENA_ARRAY(arena, TrafficCounts, plan->n_stages);
    for (uint32_t s = 0; s < plan->n_sources; s++)
        add(&traffic->silent[traffic->source[s].stage], &traffic->source[s].marker);
}

/* ---- steps -------------------- */

/* Events of one step of a stage, ascending by position. */
static void count_stage(Traffic *traffic, uint32_t step, uint32_t stage, const uint32_t *position,
                        uint32_t n)
{
    TrafficCounts sum = traffic->silent[stage];
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t at = position[i], source = traffic->source_of[stage][at];
        if (i + 1 < n && traffic->source_of[stage][position[i + 1]] == source) {
            add(&sum, &traffic->block[traffic->open[stage][at]]);
            continue;
        }
        add(&sum, &traffic->block[traffic->closing[stage][at]]);
        subtract(&sum, &traffic->source[source].marker);
    }
    add(&traffic->tally->step[step].traffic, &sum);
    add(stage == 0 ? &traffic->tally->input_traffic : &traffic->tally->layer[stage - 1].traffic,
        &sum);
}

void traffic_counts(Arena *scratch, const Plan *plan, const InputStream *input,
                    const EventTrace *sent, Tally *tally)
{
    Traffic traffic = {.plan = plan, .tally = tally};
    Plan positions = *plan;
    uint32_t *unit = ARENA_ARRAY(scratch, uint32_t, plan->program->n_inputs);
    list_sources(scratch, &traffic);
    list_blocks(scratch, &traffic);
    if (sent != plan->events)
        plan_events(scratch, &positions, sent);
    const EventTrace *events = positions.expected;
    for (uint32_t t = 0; t < plan->n_steps; t++) {
        count_stage(&traffic, t, 0, unit, input_events(input, t, unit, NULL));
        for (uint32_t l = 0; l < plan->n_layers; l++)
            count_stage(&traffic, t, l + 1, events->unit + event_trace_first(events, t, l),
                        event_trace_count(events, t, l));
    }
}
