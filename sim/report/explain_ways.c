/* explain_ways.c - which links the packets of a critical path took, and how long they waited.
 *
 * A key's way follows from the tables alone: from the router of who sends it, entry by entry, as
 * far as the router of who takes it. A key comes to no router twice, so the link by which it came
 * to each leads back to the begin. On a chip with a central router the Topology's one path up and
 * one path down are put at the ends.
 *
 * What the packet would take on an idle network is a closed form (sim_idle_latency_ps), and a core
 * sees it at the next edge of its clock; what the leg is longer than that is its wait: in the
 * queue in front of the network, for links, look-ups, places in queues and buffers, or for room in
 * the FIFO. The flits of each link are counted by walking every packet of the step through the
 * tables (checks_walk.h). Cost: in explain.h.
 */
#include <inttypes.h>

#include "base/check.h"
#include "base/clock.h"
#include "checks_walk.h"
#include "explain_record.h"
#include "sim/sim.h"

typedef struct Ways {
    Arena *arena;
    const Recording *recording;
    const ExplainedRun *run;
    const Explanation *told;
    const KeyBase *base; /* [sources] */
    Clock core_clock;
    uint32_t *unit; /* [Program.n_inputs] that are events in the step, ascending */
    uint32_t n_events;
    uint32_t *came_by, *queue; /* [n_routers] router link by which the key came; still to visit */
    uint32_t n_router_links;   /* of the way at hand: ... */
    const uint32_t *router_link;
    Err *err;
} Ways;

static Status broken(const Ways *ways, const PacketWay *way, const char *what)
{
    return err_set(ways->err, STATUS_INTERNAL,
                   "step %" PRIu32 ": the packet with key %" PRIu32 " of leg %" PRIu32 " %s",
                   ways->told->step, way->key, way->leg, what);
}

/* ---- links -------------------- */

static uint32_t id_of(const Ways *ways, uint32_t core)
{
    return core == PROGRAM_NONE ? PROGRAM_NONE : ways->run->program->core[core].core;
}

static uint32_t router_of(const Ways *ways, uint32_t core)
{
    const Topology *topology = ways->run->topology;
    return core == PROGRAM_NONE ? topology->host_router
                                : topology_router_of_core(topology, id_of(ways, core));
}

/* Does this entry hand a copy to the core with this id, or to the host? */
static bool hands_to(const RouteEntry *entry, uint32_t id)
{
    if (id == PROGRAM_NONE)
        return entry->to_host;
    for (uint32_t i = 0; i < entry->n_cores; i++)
        if (entry->core[i] == id)
            return true;
    return false;
}

/* Where a key goes on from a router: links of its entry, or the one straight on. */
static uint32_t links_out(const Ways *ways, const PacketWay *way, uint32_t router,
                          const uint32_t **link, uint32_t *straight_on)
{
    const Topology *topology = ways->run->topology;
    const RouteEntry *entry = program_route(ways->run->program, router, way->key);

    if (entry != NULL) {
        *link = entry->link;
        return entry->n_links;
    }
    *straight_on = UINT32_MAX;
    if (topology->chip->fabric.default_route && ways->came_by[router] < topology->n_router_links)
        *straight_on = topology_default_link(topology, ways->came_by[router]);
    *link = straight_on;
    return *straight_on != UINT32_MAX ? 1 : 0;
}

enum { NOT_VISITED = UINT32_MAX - 1 }; /* came_by; PROGRAM_NONE: the way begins here */

/* Follows the key through the tables until it comes to a router; false if it never does. */
static bool follow_key(Ways *ways, const PacketWay *way, uint32_t to_router)
{
    const Topology *topology = ways->run->topology;
    uint32_t n_known = 0;

    for (uint32_t r = 0; r < topology->n_routers; r++)
        ways->came_by[r] = NOT_VISITED;
    ways->came_by[router_of(ways, way->from)] = PROGRAM_NONE;
    ways->queue[n_known++] = router_of(ways, way->from);
    for (uint32_t i = 0; i < n_known && ways->came_by[to_router] == NOT_VISITED; i++) {
        const uint32_t *link;
        uint32_t straight_on;
        const uint32_t n = links_out(ways, way, ways->queue[i], &link, &straight_on);
        for (uint32_t k = 0; k < n; k++) {
            const uint32_t next = topology->router_link[link[k]].to;
            if (ways->came_by[next] != NOT_VISITED)
                continue;
            ways->came_by[next] = link[k];
            ways->queue[n_known++] = next;
        }
    }
    return ways->came_by[to_router] != NOT_VISITED;
}

/* Links of a packet's way in the order of travel: up, between routers, down. */
static Status find_links(Ways *ways, PacketWay *way)
{
    const Topology *topology = ways->run->topology;
    const uint32_t per_tile = topology->chip->grid.cores_per_tile;
    const uint32_t from = id_of(ways, way->from), to = id_of(ways, way->to);
    const uint32_t to_router = router_of(ways, way->to);
    const uint32_t first = topology_all_links(topology) - topology->n_router_links;
    const NocPath none = {0}, *up = &none, *down = &none;
    uint32_t n_between = 0, n = 0;

    if (!follow_key(ways, way, to_router))
        return broken(ways, way, "does not come to its core by the tables");
    const RouteEntry *last = program_route(ways->run->program, to_router, way->key);
    if (last == NULL || !hands_to(last, to))
        return broken(ways, way, "does not come to its core by the tables");
    if (topology->n_ports > 0 && from != PROGRAM_NONE)
        up = &topology->to_router[from / per_tile % topology->n_tiles];
    if (topology->n_ports > 0 && to != PROGRAM_NONE)
        down = &topology->from_router[to / per_tile % topology->n_tiles];
    for (uint32_t r = to_router; ways->came_by[r] != PROGRAM_NONE;
         r = topology->router_link[ways->came_by[r]].from)
        n_between++;
    way->n_links = up->n_links + n_between + down->n_links;
    uint32_t *link = ARENA_ARRAY(ways->arena, uint32_t, way->n_links);
    uint32_t *router_link = ARENA_ARRAY(ways->arena, uint32_t, n_between);
    for (uint32_t i = 0; i < up->n_links; i++)
        link[n++] = router_of(ways, way->from) * topology->n_links + up->link[i];
    for (uint32_t i = n_between, r = to_router; i-- > 0;) {
        router_link[i] = ways->came_by[r];
        link[n + i] = first + router_link[i];
        r = topology->router_link[router_link[i]].from;
    }
    n += n_between;
    for (uint32_t i = 0; i < down->n_links; i++)
        link[n++] = to_router * topology->n_links + down->link[i];
    way->link = link;
    ways->router_link = router_link;
    ways->n_router_links = n_between;
    return STATUS_OK;
}

/* ---- times -------------------- */

/* Which of the host's packets of the step this one is, from 1. */
static uint32_t number_of(const Ways *ways, const PacketNote *packet)
{
    uint32_t before = 0;

    if (packet->closes)
        return ways->n_events > 0 ? ways->n_events : 1;
    while (before < ways->n_events && ways->unit[before] < packet->position)
        before++;
    return before + 1;
}

/* When the packet would be there if nothing were in its way: at an edge of the core that takes
 * it, or exactly for the host. */
static uint64_t idle_arrival_ps(const Ways *ways, const PacketWay *way)
{
    const Topology *topology = ways->run->topology;
    const uint32_t per_tile = topology->chip->grid.cores_per_tile, n = ways->n_router_links;
    const uint32_t from_tile = id_of(ways, way->from) / per_tile;
    const uint32_t to_tile = id_of(ways, way->to) / per_tile;
    uint64_t there_ps = way->sent_ps;

    if (way->to == PROGRAM_NONE)
        return there_ps +
               sim_idle_to_host_ps(topology, from_tile, ways->router_link, n, way->sent_ps);
    if (way->from == PROGRAM_NONE)
        there_ps += sim_idle_from_host_ps(topology, way->number, to_tile, ways->router_link, n,
                                          way->sent_ps);
    else
        there_ps +=
            sim_idle_latency_ps(topology, from_tile, to_tile, ways->router_link, n, way->sent_ps);
    return clock_edge_ps(&ways->core_clock, clock_edge_at_or_after(&ways->core_clock, there_ps));
}

/* A leg may begin when its packet is on its way already: then what is left of the idle time. */
static Status find_wait(const Ways *ways, PacketWay *way)
{
    const PathLeg *leg = &ways->told->leg[way->leg];
    const uint64_t there_ps = idle_arrival_ps(ways, way);

    if (there_ps > leg->end_ps)
        return broken(ways, way, "came earlier than on an idle network");
    way->idle_ps = there_ps > leg->begin_ps ? there_ps - leg->begin_ps : 0;
    way->wait_ps = leg->end_ps - leg->begin_ps - way->idle_ps;
    return STATUS_OK;
}

/* ---- one packet -------------------- */

static bool is_way(const PathLeg *leg)
{
    return leg->kind == LEG_NETWORK || leg->kind == LEG_INPUT || leg->kind == LEG_OUTPUT;
}

static Status find_ends(const Ways *ways, PacketWay *way)
{
    const PathLeg *leg = &ways->told->leg[way->leg];
    const PacketNote *packet = leg->packet, *sent = packet;

    if (packet == NULL)
        return broken(ways, way, "was not recorded when it came");
    way->key = key_of_note(&ways->base[packet->source], packet);
    way->to = leg->kind == LEG_OUTPUT ? PROGRAM_NONE : leg->to;
    if (leg->kind == LEG_INPUT) {
        way->from = PROGRAM_NONE;
        way->sent_ps = ways->told->begin_ps;
        way->number = number_of(ways, packet);
        return STATUS_OK;
    }
    if (leg->kind == LEG_NETWORK)
        sent = record_injected(ways->recording, packet->source, packet->step, packet->position);
    if (sent == NULL)
        sent = record_before(ways->recording, packet);
    if (sent == NULL)
        return broken(ways, way, "was not recorded when it was sent");
    way->from = sent->core;
    way->sent_ps = sent->ps;
    return STATUS_OK;
}

static Status make_way(Ways *ways, PacketWay *way, const uint64_t *link_flits)
{
    TRY(find_ends(ways, way));
    TRY(find_links(ways, way));
    TRY(find_wait(ways, way));
    for (uint32_t i = 1; i < way->n_links; i++)
        if (link_flits[way->link[i]] > link_flits[way->link[way->busiest]])
            way->busiest = i;
    return STATUS_OK;
}

/* ---- loads -------------------- */

static Status walk_one(Walk *walk, const KeyBase *base, uint32_t key)
{
    static const uint64_t once = 1;

    TRY(walk_keys(walk, base->core, key, 1, &once));
    for (uint32_t i = 0; i < walk->n_touched; i++)
        walk->delivered[walk->touched[i]] = 0;
    walk->n_touched = 0;
    return STATUS_OK;
}

/* Flits over each link of all packets that cores and host send in the step. */
static Status count_flits(const Ways *ways, const uint64_t **out)
{
    const NoteList *injected = &ways->recording->injected;
    const KeyBase *host = &ways->base[ways->recording->n_slices];
    Walk walk;

    walk_init(ways->arena, &walk, ways->run->program, ways->run->topology, ways->err);
    for (uint32_t i = 0; i < injected->n; i++) {
        const KeyBase *base = &ways->base[injected->note[i].source];
        TRY(walk_one(&walk, base, key_of_note(base, &injected->note[i])));
    }
    for (uint32_t i = 0; i < ways->n_events || i == 0; i++) {
        const PacketNote note = {.position = i < ways->n_events ? ways->unit[i] : OBSERVED_NONE,
                                 .closes = i + 1 >= ways->n_events};
        TRY(walk_one(&walk, host, key_of_note(host, &note)));
    }
    *out = walk.link_flits;
    return STATUS_OK;
}

Status explain_ways(Arena *arena, const Recording *recording, const ExplainedRun *run,
                    const Explanation *told, const PacketWays **out, Err *err)
{
    const uint32_t n_routers = run->topology->n_routers;
    PacketWays *made = ARENA_ARRAY(arena, PacketWays, 1);
    PacketWay *way = ARENA_ARRAY(arena, PacketWay, told->n_legs);
    Ways ways = {.arena = arena,
                 .recording = recording,
                 .run = run,
                 .told = told,
                 .base = record_key_bases(arena, recording),
                 .core_clock = clock_make(run->trace->core_hz),
                 .unit = ARENA_ARRAY(arena, uint32_t, run->program->n_inputs),
                 .came_by = ARENA_ARRAY(arena, uint32_t, n_routers),
                 .queue = ARENA_ARRAY(arena, uint32_t, n_routers),
                 .err = err};

    *out = NULL;
    CHECK(recording->sorted);
    ways.n_events = input_events(run->input, told->step, ways.unit, NULL);
    TRY(count_flits(&ways, &made->link_flits));
    for (uint32_t i = 0; i < told->n_legs; i++) {
        if (!is_way(&told->leg[i]))
            continue;
        way[made->n].leg = i;
        TRY(make_way(&ways, &way[made->n++], made->link_flits));
    }
    made->way = way;
    *out = made;
    return STATUS_OK;
}
