/* traffic.c - patterns of destinations, and times of creation.
 *
 * Every node creates a packet in every cycle with the same chance (Bernoulli); instead of asking
 * in every cycle, the number of cycles without one is drawn, which has the same distribution
 * (geometric) and costs nothing while nothing happens. A node's packets are drawn from its own
 * stream and in its own order, so no node's traffic depends on how far others have got.
 *
 * Patterns: uniform: all nodes alike, itself too unless excluded. transpose: (x, y) to (y, x), as
 * far as that is on the mesh: x and y change places modulo the sides. bit-complement: to the node
 * across the centre, which for sides that are powers of two is the complement of the number's
 * bits. neighbour: (x + 1, y + 1), wrapping. hotspot: a share to one node, the others uniform.
 * Source: Dally and Towles 2004, ch. 3.2.
 */
#include "traffic.h"

#include <string.h>

#include "base/check.h"
#include "base/real_math.h"

static uint32_t uniform(Traffic *traffic, uint32_t node)
{
    if (!traffic->options->exclude_self)
        return (uint32_t)rng_below(&traffic->rng[node], traffic->n_nodes);
    uint32_t other = (uint32_t)rng_below(&traffic->rng[node], traffic->n_nodes - 1);
    return other + (other >= node);
}

static uint32_t transpose(Traffic *traffic, uint32_t node)
{
    uint32_t width = traffic->options->width;
    return node % width * width + node / width;
}

static uint32_t bit_complement(Traffic *traffic, uint32_t node)
{
    return traffic->n_nodes - 1 - node;
}

static uint32_t neighbour(Traffic *traffic, uint32_t node)
{
    uint32_t width = traffic->options->width, height = traffic->options->height;
    uint32_t x = (node % width + 1) % width, y = (node / width + 1) % height;
    return y * width + x;
}

static uint32_t hotspot(Traffic *traffic, uint32_t node)
{
    if (rng_uniform(&traffic->rng[node]) < traffic->options->hotspot_share)
        return traffic->options->hotspot_node;
    return uniform(traffic, node);
}

#define PATTERN_LIST(X)                 \
    X("uniform", uniform)               \
    X("transpose", transpose)           \
    X("bit-complement", bit_complement) \
    X("neighbour", neighbour)           \
    X("hotspot", hotspot)
#define PATTERN_NAME(name, dest) name,
#define PATTERN_DEST(name, dest) dest,
static const char *const NAMES[] = {PATTERN_LIST(PATTERN_NAME)};
static const DestFn DESTS[] = {PATTERN_LIST(PATTERN_DEST)};
enum { N_PATTERNS = sizeof NAMES / sizeof NAMES[0] };

uint32_t synthetic_patterns(const char *const **names)
{
    *names = NAMES;
    return N_PATTERNS;
}

/* Cycles without a packet before the next one. */
static uint64_t draw_gap(Traffic *traffic, uint32_t node)
{
    if (traffic->log_no_packet == 0)
        return 0; /* one in every cycle */
    double cycles = real_log(1 - rng_uniform(&traffic->rng[node])) / traffic->log_no_packet;
    return cycles < 0x1p62 ? (uint64_t)cycles : UINT64_C(1) << 62;
}

/* ---- make -------------------- */

static Status init_pattern(Arena *arena, Traffic *traffic, Err *err)
{
    const SyntheticOptions *options = traffic->options;
    for (int p = 0; p < N_PATTERNS; p++)
        if (strcmp(NAMES[p], options->traffic) == 0)
            traffic->dest = DESTS[p];
    CHECK(traffic->dest != NULL);
    if (traffic->dest == transpose && options->width != options->height)
        return err_set(err, STATUS_USAGE,
                       "traffic transpose: a mesh of %ux%u; expected a square one", options->width,
                       options->height);
    if (options->exclude_self && traffic->n_nodes < 2)
        return err_set(err, STATUS_USAGE, "a mesh of one node; expected more without itself");
    if (traffic->dest == hotspot && options->hotspot_node >= traffic->n_nodes)
        return err_set(err, STATUS_USAGE, "hot spot at node %u; expected one of 0 to %u",
                       options->hotspot_node, traffic->n_nodes - 1);
    double chance = options->rate / options->packet_flits;
    if (!(chance > 0 && chance <= 1))
        return err_set(err, STATUS_USAGE,
                       "rate %g: expected more than 0 and at most one packet (%u flits) a cycle",
                       options->rate, options->packet_flits);
    traffic->log_no_packet = chance < 1 ? real_log(1 - chance) : 0;
    if (chance < 1 && traffic->log_no_packet == 0)
        return err_set(err, STATUS_USAGE, "rate %g: too small to be told from 0", options->rate);
    traffic->rng = ARENA_ARRAY(arena, Rng, traffic->n_nodes);
    for (uint32_t n = 0; n < traffic->n_nodes; n++) {
        traffic->rng[n] = rng_make(options->seed, n);
        traffic->created[n] = draw_gap(traffic, n);
    }
    return STATUS_OK;
}

/* Packets of a trace by source; within a source they keep their order. */
static void init_trace(Arena *arena, Traffic *traffic)
{
    const PacketTrace *trace = traffic->options->trace;
    traffic->next = ARENA_ARRAY(arena, uint32_t, traffic->n_nodes);
    traffic->end = ARENA_ARRAY(arena, uint32_t, traffic->n_nodes);
    traffic->order = ARENA_ARRAY(arena, uint32_t, trace->n_packets);
    for (uint32_t p = 0; p < trace->n_packets; p++)
        traffic->end[trace->packet[p].source]++;
    for (uint32_t n = 0, first = 0; n < traffic->n_nodes; n++) {
        uint32_t n_packets = traffic->end[n];
        traffic->next[n] = traffic->end[n] = first;
        first += n_packets;
    }
    for (uint32_t p = 0; p < trace->n_packets; p++)
        traffic->order[traffic->end[trace->packet[p].source]++] = p;
    for (uint32_t n = 0; n < traffic->n_nodes; n++)
        traffic->created[n] = traffic->next[n] < traffic->end[n]
                                  ? trace->packet[traffic->order[traffic->next[n]]].cycle
                                  : UINT64_MAX;
}

Status traffic_init(Arena *arena, Traffic *traffic, const SyntheticOptions *options, Err *err)
{
    *traffic = (Traffic){.options = options, .n_nodes = options->width * options->height};
    traffic->created = ARENA_ARRAY(arena, uint64_t, traffic->n_nodes);
    if (options->trace == NULL)
        return init_pattern(arena, traffic, err);
    init_trace(arena, traffic);
    return STATUS_OK;
}

/* ---- run -------------------- */

static NewPacket take_from_trace(Traffic *traffic, uint32_t node)
{
    const PacketTrace *trace = traffic->options->trace;
    const TracePacket *packet = &trace->packet[traffic->order[traffic->next[node]++]];
    traffic->created[node] = traffic->next[node] < traffic->end[node]
                                 ? trace->packet[traffic->order[traffic->next[node]]].cycle
                                 : UINT64_MAX;
    const uint32_t *dests = &trace->dest[packet->first_dest];
    return (NewPacket){packet->cycle, packet->n_flits, packet->n_dests, dests[0], dests};
}

NewPacket traffic_take(Traffic *traffic, uint32_t node)
{
    if (traffic->dest == NULL)
        return take_from_trace(traffic, node);
    uint64_t created = traffic->created[node];
    uint32_t dest = traffic->dest(traffic, node);
    traffic->created[node] = created + 1 + draw_gap(traffic, node);
    return (NewPacket){created, traffic->options->packet_flits, 1, dest, NULL};
}
