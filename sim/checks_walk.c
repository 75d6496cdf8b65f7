/* checks_walk.c - packets walked through the router tables, key by key.
 *
 * Every key is searched in the table of every router it comes to; keys that follow one another and
 * find the same entry go on together. Nothing of plan_trees.c is used, so that each proves the
 * other. Links of a network-on-chip follow from the Topology's paths: up from the tile of the core
 * that sends, down once to each tile that gets a copy.
 */
#include "checks_walk.h"

#include "base/check.h"

void walk_init(Arena *scratch, Walk *walk, const Program *program, const Topology *topology,
               Err *err)
{
    uint32_t n_cores = topology->chip->n_cores;
    uint32_t *core_at = ARENA_ARRAY(scratch, uint32_t, n_cores);
    for (uint32_t c = 0; c < n_cores; c++)
        core_at[c] = PROGRAM_NONE;
    for (uint32_t c = 0; c < program->n_cores; c++)
        core_at[program->core[c].core] = c;
    *walk = (Walk){
        .program = program,
        .topology = topology,
        .err = err,
        .core_at = core_at,
        .max_stops = topology->n_router_links + 1,
        .link_flits = ARENA_ARRAY(scratch, uint64_t, topology_all_links(topology)),
        .lookups = ARENA_ARRAY(scratch, uint64_t, topology->n_routers),
        .delivered = ARENA_ARRAY(scratch, uint64_t, program->n_cores),
        .touched = ARENA_ARRAY(scratch, uint32_t, program->n_cores),
    };
    walk->stop = ARENA_ARRAY(scratch, WalkStop, walk->max_stops);
}

static void add_path(Walk *walk, uint32_t chip, const NocPath *path, uint64_t packets)
{
    for (uint32_t i = 0; i < path->n_links; i++)
        walk->link_flits[chip * walk->topology->n_links + path->link[i]] +=
            walk->probe ? 0 : packets;
}

/* Copies of one entry for cores of its router; cores ascend, so do tiles. */
static void add_cores(Walk *walk, const RouteEntry *entry, uint64_t packets)
{
    const Topology *topology = walk->topology;
    uint32_t last = UINT32_MAX;
    for (uint32_t i = 0; i < entry->n_cores; i++) {
        uint32_t core = entry->core[i], tile = core / topology->chip->grid.cores_per_tile;
        CHECK(walk->core_at[core] != PROGRAM_NONE);
        uint32_t at = walk->core_at[core];
        if (walk->delivered[at] == 0 && packets > 0)
            walk->touched[walk->n_touched++] = at;
        walk->delivered[at] += packets;
        if (tile != last && topology->n_ports > 0)
            add_path(walk, tile / topology->n_tiles,
                     &topology->from_router[tile % topology->n_tiles], packets);
        last = tile;
    }
}

static Status add_stop(Walk *walk, uint32_t *n_stops, uint32_t link, const WalkStop *keys,
                       uint64_t packets)
{
    const Topology *topology = walk->topology;
    uint32_t first = topology_all_links(topology) - topology->n_router_links;
    walk->link_flits[first + link] += walk->probe ? 0 : packets;
    if (*n_stops == walk->max_stops)
        return err_set(walk->err, STATUS_INTERNAL, "conservation: a key goes in a circle");
    walk->stop[*n_stops] = *keys;
    walk->stop[*n_stops].router = topology->router_link[link].to;
    walk->stop[(*n_stops)++].link_in = link;
    return STATUS_OK;
}

/* Keys that find the same entry at a router. */
static Status visit(Walk *walk, uint32_t *n_stops, const RouteEntry *entry, const WalkStop *keys,
                    uint64_t packets)
{
    walk->lookups[keys->router] += walk->probe ? 0 : packets;
    if (entry != NULL) {
        add_cores(walk, entry, packets);
        walk->to_host += entry->to_host ? packets : 0;
        for (uint32_t i = 0; i < entry->n_links; i++)
            TRY(add_stop(walk, n_stops, entry->link[i], keys, packets));
        return STATUS_OK;
    }
    uint32_t on = UINT32_MAX;
    if (keys->link_in != PROGRAM_NONE && walk->topology->chip->fabric.default_route)
        on = topology_default_link(walk->topology, keys->link_in);
    if (on == UINT32_MAX)
        return err_set(walk->err, STATUS_INTERNAL,
                       "conservation: a key finds no entry at router %u", keys->router);
    return add_stop(walk, n_stops, on, keys, packets);
}

Status walk_keys(Walk *walk, uint32_t from_core, uint32_t key, uint32_t n_keys,
                 const uint64_t *times)
{
    const Topology *topology = walk->topology;
    uint32_t router = topology->host_router, n_stops = 0;
    if (from_core != PROGRAM_NONE)
        router = topology_router_of_core(topology, from_core);
    walk->stop[n_stops++] = (WalkStop){router, PROGRAM_NONE, 0, n_keys};
    uint32_t tile = from_core / topology->chip->grid.cores_per_tile;
    for (uint32_t i = 0; from_core != PROGRAM_NONE && topology->n_ports > 0 && i < n_keys; i++)
        add_path(walk, router, &topology->to_router[tile % topology->n_tiles], times[i]);
    while (n_stops > 0) {
        WalkStop here = walk->stop[--n_stops];
        for (uint32_t i = here.first; i < here.end;) {
            const RouteEntry *entry = program_route(walk->program, here.router, key + i);
            WalkStop keys = {here.router, here.link_in, i, i};
            uint64_t packets = 0;
            for (; i < here.end && program_route(walk->program, here.router, key + i) == entry; i++)
                packets += times[i];
            keys.end = i;
            if (packets > 0)
                TRY(visit(walk, &n_stops, entry, &keys, packets));
        }
    }
    return STATUS_OK;
}
