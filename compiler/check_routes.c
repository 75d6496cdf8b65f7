/* check_routes.c - do the tables lead each packet exactly where the network needs it?
 *
 * Independent of needs.c and trees.c: the stored weights of a slice's units are walked with a table
 * of the core of every unit, which marks the cores that need its events; then the slice's keys are
 * followed through the finished tables, from router to router, as a packet would go. All keys of a
 * block must take the same way: the first entry that meets the block holds it whole, or what the
 * others do with the rest is the same. Each core that gets a copy must need it and get one only; no
 * router may be entered twice; in the end as many cores were reached as need it.
 *
 * Cost: O(stored weights + pairs (slice, core) + routers passed * entries looked at).
 */
#include "markers.h"

#include <inttypes.h>
#include <string.h>

#include "base/id_list.h"

typedef struct Step { /* a packet that comes to a router */
    uint32_t router, in;
} Step;

typedef struct RouteCheck {
    const Mapping *mapping;
    const uint32_t *const *core_of_unit; /* [n_layers][n_units] core id                     */
    uint32_t *needed;  /* [n_cores] equal to `round`: needs a copy; round + 1: has got it    */
    uint32_t *entered; /* [n_routers] equal to `round`: passed                               */
    const TableIndex **index; /* [n_routers] or NULL where a table needs none                */
    Step *open;     /* [n_routers] routers to be passed                                   */
    uint32_t *list; /* [n_slots + 1] cores that need a copy, n_needed of them             */
    uint32_t n_needed, round;
    IdMarks marks; /* of cores */
    Err *err;
} RouteCheck;

static void need(RouteCheck *check, uint32_t core)
{
    check->list[check->n_needed] = core; /* stays if it is new; a branch would often be wrong */
    check->n_needed += check->needed[core] != check->round;
    check->needed[core] = check->round;
}

static void need_targets(RouteCheck *check, uint32_t layer, const SparseRows *rows, uint32_t source)
{
    uint32_t n_units = check->mapping->network->layer[layer].n_units, gate = 0;
    for (uint64_t i = rows->row_start[source]; i < rows->row_start[source + 1]; i++) {
        while (rows->col[i] - gate >= n_units) /* columns ascend by gate, then unit */
            gate += n_units;
        need(check, check->core_of_unit[layer][rows->col[i] - gate]);
    }
}

static bool same_way(const RouteEntry *a, const RouteEntry *b)
{
    return a->n_cores == b->n_cores && a->n_links == b->n_links && a->to_host == b->to_host &&
           (a->n_cores == 0 || memcmp(a->core, b->core, a->n_cores * sizeof *a->core) == 0) &&
           (a->n_links == 0 || memcmp(a->link, b->link, a->n_links * sizeof *a->link) == 0);
}

/* The entry that a key takes. */
static const RouteEntry *look_up(const RouteCheck *check, uint32_t router, uint32_t key)
{
    const TableIndex *index = check->index[router];
    return index != NULL ? table_index_route(index, key)
                         : table_route(&check->mapping->table[router], key);
}

/* The entry that all keys of the block take if a single one holds them all; else NULL. */
static const RouteEntry *whole_entry(const RouteCheck *check, uint32_t router, uint32_t first,
                                     uint32_t block)
{
    const RouterTable *table = &check->mapping->table[router];
    const RouteEntry *entry = look_up(check, router, first);
    if (entry == NULL || (entry->mask & block) != 0)
        return NULL;
    if (entry < table->entry + table->n_ascending)
        return entry; /* those before are disjoint from it */
    const TableIndex *index = check->index[router];
    uint32_t n_listed = 0;
    const uint32_t *list =
        index != NULL ? table_index_bucket(index, first & ~block, ~block, &n_listed) : NULL;
    for (uint32_t i = 0; list != NULL && i < n_listed; i++) {
        const RouteEntry *before = &table->entry[list[i]];
        if (before >= entry)
            return entry;
        if (((before->key ^ first) & before->mask & ~block) == 0)
            return NULL; /* meets some key of the block */
    }
    if (list != NULL)
        return entry;
    for (const RouteEntry *before = table->entry; before < entry; before++)
        if (((before->key ^ first) & before->mask & ~block) == 0)
            return NULL; /* meets some key of the block */
    return entry;
}

/* The way of all keys first .. first+n-1; *entry NULL: none matches any of them. */
static Status find_entry(const RouteCheck *check, uint32_t router, uint32_t first, uint32_t n,
                         const RouteEntry **entry)
{
    uint32_t block = (uint32_t)((UINT64_C(1) << key_block_bits(n)) - 1);
    *entry = whole_entry(check, router, first, block);
    if (*entry != NULL)
        return STATUS_OK;
    *entry = look_up(check, router, first);
    for (uint32_t u = 1; u < n; u++) {
        const RouteEntry *other = look_up(check, router, first + u);
        if (other == *entry)
            continue;
        if (other == NULL || *entry == NULL || !same_way(*entry, other))
            return err_set(check->err, STATUS_INTERNAL,
                           "router %" PRIu32 " sends keys %" PRIu32 " and %" PRIu32
                           " of one sender different ways",
                           router, first, first + u);
    }
    return STATUS_OK;
}

static Status deliver(RouteCheck *check, uint32_t key, const RouteEntry *entry, uint32_t *n_reached)
{
    for (uint32_t i = 0; i < entry->n_cores; i++) {
        uint32_t core = entry->core[i];
        if (core >= check->mapping->chip->n_cores || check->needed[core] != check->round)
            return err_set(
                check->err, STATUS_INTERNAL,
                "the route of key %" PRIu32 " leads to core %" PRIu32 ", which %s its packets", key,
                core,
                core < check->mapping->chip->n_cores && check->needed[core] == check->round + 1
                    ? "has got"
                    : "does not need");
        check->needed[core] = check->round + 1;
        (*n_reached)++;
    }
    return STATUS_OK;
}

static Status enter(RouteCheck *check, uint32_t key, uint32_t link, uint32_t *n_open)
{
    uint32_t router = check->mapping->topology->router_link[link].to;
    if (check->entered[router] == check->round)
        return err_set(check->err, STATUS_INTERNAL,
                       "the route of key %" PRIu32 " enters router %" PRIu32 " twice", key, router);
    check->entered[router] = check->round;
    check->open[(*n_open)++] = (Step){router, link};
    return STATUS_OK;
}

/* One router: copies to cores, host and links. */
static Status pass_router(RouteCheck *check, uint32_t key, uint32_t n_keys, Step step,
                          uint32_t *n_open, uint32_t *n_reached, uint32_t *n_host)
{
    const Topology *graph = check->mapping->topology;
    const RouteEntry *entry;
    TRY(find_entry(check, step.router, key, n_keys, &entry));
    if (entry == NULL) {
        uint32_t on = UINT32_MAX;
        if (check->mapping->chip->fabric.default_route && step.in != UINT32_MAX)
            on = topology_default_link(graph, step.in);
        if (on == UINT32_MAX)
            return err_set(check->err, STATUS_INTERNAL,
                           "no entry of router %" PRIu32 " matches key %" PRIu32, step.router, key);
        return enter(check, key, on, n_open);
    }
    *n_host += entry->to_host != 0;
    if (entry->to_host != 0 && step.router != graph->host_router)
        return err_set(check->err, STATUS_INTERNAL,
                       "router %" PRIu32 " sends key %" PRIu32 " to the host, which is elsewhere",
                       step.router, key);
    for (uint32_t i = 0; i < entry->n_links; i++) {
        uint32_t link = entry->link[i];
        if (step.in != UINT32_MAX && !topology_turn_allowed(graph, step.in, link))
            return err_set(check->err, STATUS_INTERNAL,
                           "proof no-deadlock: the route of key %" PRIu32
                           " turns at router %" PRIu32 " in a way that could deadlock",
                           key, step.router);
        TRY(enter(check, key, link, n_open));
    }
    return deliver(check, key, entry, n_reached);
}

/* The keys must lead to exactly the needed cores. Ends the round. */
static Status follow(RouteCheck *check, uint32_t key, uint32_t n_keys, uint32_t router,
                     bool to_host)
{
    uint32_t n_open = 1, n_reached = 0, n_host = 0;
    check->open[0] = (Step){router, UINT32_MAX};
    check->entered[router] = check->round;
    while (n_open > 0) {
        Step step = check->open[--n_open];
        TRY(pass_router(check, key, n_keys, step, &n_open, &n_reached, &n_host));
    }
    if (n_reached != check->n_needed || n_host != (to_host ? 1U : 0U))
        return err_set(check->err, STATUS_INTERNAL,
                       "the route of key %" PRIu32 " leads to %" PRIu32 " cores%s, %" PRIu32
                       "%s are needed",
                       key, n_reached, n_host > 0 ? " and the host" : "", check->n_needed,
                       to_host ? " and the host" : "");
    check->n_needed = 0;
    check->round += 2;
    return STATUS_OK;
}

static uint32_t source_router(const Mapping *mapping, uint32_t source)
{
    if (source == mapping->n_slices)
        return mapping->topology->host_router;
    return topology_router_of_core(mapping->topology, mapping->core_of[source]);
}

static void need_of_slice(RouteCheck *check, const SliceProgram *slice)
{
    const Mapping *mapping = check->mapping;
    const Network *network = mapping->network;
    uint32_t l = slice->layer;
    for (uint32_t u = 0; u < slice->n_units; u++) {
        uint32_t unit = mapping->unit_of[l][slice->first_position + u];
        need_targets(check, l, &network->layer[l].recurrent, unit);
        if (l + 1 < network->n_layers)
            need_targets(check, l + 1, &network->layer[l + 1].input, unit);
    }
}

/* Events of a slice, or of the host; *cores is set to the cores that need them. */
static Status check_events(Arena *scratch, RouteCheck *check, uint32_t source, CoreList *cores)
{
    const Mapping *mapping = check->mapping;
    const Network *network = mapping->network;
    bool is_host = source == mapping->n_slices;
    if (is_host)
        for (uint32_t input = 0; input < network->n_inputs; input++)
            need_targets(check, 0, &network->layer[0].input, input);
    else
        need_of_slice(check, &mapping->slice[source]);
    uint32_t n = check->n_needed, *core = ARENA_ARRAY(scratch, uint32_t, n);
    ids_ascend(check->list, n, &check->marks);
    memcpy(core, check->list, n * sizeof *core);
    *cores = (CoreList){n, core};
    uint32_t router = source_router(mapping, source);
    if (is_host)
        return follow(check, mapping->input_key, network->n_inputs, router, false);
    const SliceProgram *slice = &mapping->slice[source];
    bool last = slice->layer + 1 == network->n_layers;
    return follow(check, slice->key, slice->n_units, router, last);
}

/* Markers follow from who needs which events. That the rule itself is kept is for program_check,
 * which works it out from the images. */
static Status check_marker(RouteCheck *check, uint32_t source, CoreList cores)
{
    const Mapping *mapping = check->mapping;
    for (uint32_t i = 0; i < cores.n; i++)
        need(check, cores.core[i]);
    uint32_t router = source_router(mapping, source);
    if (source == mapping->n_slices)
        return follow(check, mapping->input_marker_key,
                      program_marker_keys(mapping->network->n_inputs), router, false);
    const SliceProgram *slice = &mapping->slice[source];
    bool to_host = slice->layer == 0 || slice->layer + 1 == mapping->network->n_layers;
    return follow(check, slice->marker_key, program_marker_keys(slice->n_units), router, to_host);
}

static const uint32_t *const *list_cores(Arena *scratch, const Mapping *mapping)
{
    const Network *network = mapping->network;
    const uint32_t **core_of_unit = ARENA_ARRAY(scratch, const uint32_t *, network->n_layers);
    for (uint32_t l = 0; l < network->n_layers; l++) {
        uint32_t *core = ARENA_ARRAY(scratch, uint32_t, network->layer[l].n_units);
        for (uint32_t s = mapping->first_slice[l]; s < mapping->first_slice[l + 1]; s++)
            for (uint32_t u = 0; u < mapping->slice[s].n_units; u++)
                core[mapping->unit_of[l][mapping->slice[s].first_position + u]] =
                    mapping->core_of[s];
        core_of_unit[l] = core;
    }
    return core_of_unit;
}

static const TableIndex **index_tables(Arena *scratch, const Mapping *mapping)
{
    const TableIndex **index = ARENA_ARRAY(scratch, const TableIndex *, mapping->n_tables);
    for (uint32_t r = 0; r < mapping->n_tables; r++)
        index[r] = table_index(scratch, &mapping->table[r]);
    return index;
}

Status check_routes(Arena *scratch, const Mapping *mapping, Err *err)
{
    const Topology *graph = mapping->topology;
    RouteCheck check = {.mapping = mapping,
                        .core_of_unit = list_cores(scratch, mapping),
                        .needed = ARENA_ARRAY(scratch, uint32_t, mapping->chip->n_cores),
                        .entered = ARENA_ARRAY(scratch, uint32_t, graph->n_routers),
                        .list = ARENA_ARRAY(scratch, uint32_t, (size_t)mapping->n_slots + 1),
                        .open = ARENA_ARRAY(scratch, Step, graph->n_routers),
                        .round = 1,
                        .marks = id_marks(scratch, mapping->chip->n_cores),
                        .err = err};
    check.index = index_tables(scratch, mapping);
    for (uint32_t r = 0; r < mapping->n_tables; r++)
        if (mapping->table[r].n_ascending > table_count_ascending(&mapping->table[r]))
            return err_set(
                err, STATUS_INTERNAL,
                "the table of router %" PRIu32 " has %" PRIu32 " ascending entries, not %" PRIu32,
                r, table_count_ascending(&mapping->table[r]), mapping->table[r].n_ascending);
    CoreList *events = ARENA_ARRAY(scratch, CoreList, (size_t)mapping->n_slices + 1);
    for (uint32_t s = 0; s <= mapping->n_slices; s++)
        TRY(check_events(scratch, &check, s, &events[s]));
    const CoreList *markers = markers_find(scratch, scratch, mapping, events);
    for (uint32_t s = 0; s <= mapping->n_slices; s++)
        TRY(check_marker(&check, s, markers[s]));
    return STATUS_OK;
}
