/* program_walk.c - follow packets through the tables of the routers, as the routers would.
 *
 * A block of keys is cut into cubes: sets of keys that agree in some bits and are free in the rest.
 * A cube is walked from its sender's router along the links that the first matching entry of each
 * router names (or straight on, where a chip has default routes and nothing matches). Where an
 * entry matches only a part of a cube, the cube is halved at a bit that the entry looks at, and
 * both halves start anew: so a walk is good for all keys of its cube, and the number of walks
 * follows the number of entries that tell the keys of a block apart, not the number of keys.
 *
 * Each walk must reach exactly the cores that need the keys and come to no router twice (so there
 * is no loop, and no core gets two copies), take allowed turns only (so that no packets can
 * deadlock, topology.h), and give the host its copy at the host's router only. The events of a
 * sender stay in the tree of its marker, so that the marker cannot overtake them.
 * cost: for each cube and router on its way a bisection or a look-up in the table's index
 * (table_index.c); memory O(routers + cores in use + entries).
 */
#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "program_private.h"

enum { KEY_BITS = 32, CUBES_MAX = 4 * KEY_BITS };

/* Keys k with (k & mask) == key. */
typedef struct Cube {
    uint32_t key, mask;
} Cube;

typedef struct Visit {
    uint32_t router, in; /* router link it came by, or PROGRAM_NONE */
} Visit;

struct RouteWalk {
    const Program *program;
    const Topology *topology; /* NULL: one router, no links                            */
    const char *name;
    Err *err;
    uint32_t n_routers;
    const TableIndex **index; /* [n_routers] NULL: a table that needs none               */
    uint32_t *first_entry;    /* [n_routers + 1] of each table in `used`               */
    bool *used;               /* [entries of all tables] some key takes it             */
    uint32_t *came;           /* [n_routers] == round: this walk was here              */
    uint32_t *marker_in;      /* [n_routers] link by which the marker came; see below  */
    uint32_t *marker_at;      /* [n_routers] == marker_round: the marker was here      */
    uint32_t *needs;          /* [slots] == round: needs a copy                        */
    uint32_t *slot_first;     /* [n_routers + 1] slots of each router's cores          */
    Visit *stack;             /* [n_routers]                                           */
    uint32_t round, marker_round;
    bool leads; /* the walk under way lays down marker_in: the first cube of a marker */
};

static Status fail_at(const RouteWalk *walk, uint32_t router, uint32_t key, const char *what)
{
    if (walk->n_routers == 1)
        return err_set(walk->err, STATUS_INPUT, "%s: key %u %s", walk->name, key, what);
    return err_set(walk->err, STATUS_INPUT, "%s: router %u: key %u %s", walk->name, router, key,
                   what);
}

/* --- shape of the tables ----------------------------------------------------------------------
 */

static Status check_order(const RouteWalk *walk, const RouteEntry *entry, const char *what,
                          const uint32_t *id, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++)
        if (id[i] <= id[i - 1])
            return err_set(walk->err, STATUS_INPUT,
                           "%s: route of key %u: %s %u follows %u; expected ascending %ss",
                           walk->name, entry->key, what, id[i], id[i - 1], what);
    return STATUS_OK;
}

/* Cores and links belong to the router; the host gets copies at its own only. */
static Status check_ends(const RouteWalk *walk, uint32_t router, const RouteEntry *entry)
{
    const Topology *topology = walk->topology;
    for (uint32_t i = 0; topology != NULL && i < entry->n_cores; i++)
        if (topology_router_of_core(topology, entry->core[i]) != router)
            return err_set(walk->err, STATUS_INPUT,
                           "%s: router %u: route of key %u leads to core %u, which hangs on router "
                           "%u",
                           walk->name, router, entry->key, entry->core[i],
                           topology_router_of_core(topology, entry->core[i]));
    for (uint32_t i = 0; topology != NULL && i < entry->n_links; i++)
        if (entry->link[i] >= topology->n_router_links ||
            topology->router_link[entry->link[i]].from != router)
            return err_set(
                walk->err, STATUS_INPUT,
                "%s: router %u: route of key %u leads over link %u, which does not start "
                "there",
                walk->name, router, entry->key, entry->link[i]);
    if (topology != NULL && entry->to_host != 0 && router != topology->host_router)
        return err_set(walk->err, STATUS_INPUT,
                       "%s: router %u: route of key %u leads to the host, which hangs on router %u",
                       walk->name, router, entry->key, topology->host_router);
    if (walk->n_routers == 1 && entry->n_links > 0)
        return err_set(walk->err, STATUS_INPUT,
                       "%s: route of key %u leads over a link; expected none: there is one router",
                       walk->name, entry->key);
    return STATUS_OK;
}

static Status check_entry(const RouteWalk *walk, uint32_t router, const RouteEntry *entry)
{
    if ((entry->key & ~entry->mask) != 0)
        return err_set(walk->err, STATUS_INPUT,
                       "%s: route of key %u has mask 0x%08x; expected zeros of the mask where the "
                       "key is zero too",
                       walk->name, entry->key, entry->mask);
    if (entry->to_host > 1)
        return err_set(walk->err, STATUS_INPUT,
                       "%s: route of key %u: to_host is %u; expected 0 or 1", walk->name,
                       entry->key, entry->to_host);
    TRY(check_order(walk, entry, "core", entry->core, entry->n_cores));
    TRY(check_order(walk, entry, "link", entry->link, entry->n_links));
    return check_ends(walk, router, entry);
}

Status route_walk_tables(const RouteWalk *walk)
{
    for (uint32_t r = 0; r < walk->n_routers; r++) {
        const RouterTable *table = &walk->program->table[r];
        for (uint32_t i = 0; i < table->n_entries; i++)
            TRY(check_entry(walk, r, &table->entry[i]));
        if (table->n_ascending > table_count_ascending(table))
            return err_set(walk->err, STATUS_INPUT,
                           "%s: router %u: the first %u entries do not ascend or overlap",
                           walk->name, r, table->n_ascending);
    }
    return STATUS_OK;
}

/* --- matching a cube ---------------------------------------------------------------------------
 */

typedef enum Match { MATCH_NONE, MATCH_PART, MATCH_ALL } Match;

static Match match_entry(Cube cube, const RouteEntry *entry)
{
    if (((cube.key ^ entry->key) & cube.mask & entry->mask) != 0)
        return MATCH_NONE;
    return (entry->mask & ~cube.mask) == 0 ? MATCH_ALL : MATCH_PART;
}

/* The first of the ascending entries that may match a key from `least` on. */
static uint32_t first_ascending(const RouterTable *table, uint32_t least)
{
    uint32_t low = 0, high = table->n_ascending; /* entries below low: at or below least */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (table->entry[middle].key <= least)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? low - 1 : 0;
}

/* The first of n entries that matches a key of the cube: those that `list` names, or
 * simply the first n if it is NULL. */
static const RouteEntry *find_among(const RouteEntry *entry, const uint32_t *list, uint32_t n,
                                    Cube cube, Match *match)
{
    for (uint32_t i = 0; i < n; i++) {
        const RouteEntry *at = &entry[list != NULL ? list[i] : i];
        *match = match_entry(cube, at);
        if (*match != MATCH_NONE)
            return at;
    }
    *match = MATCH_NONE;
    return NULL;
}

/* The first entry that matches a key of the cube, or NULL. */
static const RouteEntry *find_entry(const RouteWalk *walk, uint32_t router, Cube cube, Match *match)
{
    const RouterTable *table = &walk->program->table[router];
    const TableIndex *index = walk->index[router];
    uint32_t n_listed;
    const uint32_t *list =
        index != NULL ? table_index_bucket(index, cube.key, cube.mask, &n_listed) : NULL;
    if (list != NULL)
        return find_among(table->entry, list, n_listed, cube, match);
    if (table->n_ascending > 0) {
        uint32_t reach = table_reach(table), last = (cube.key | ~cube.mask) & reach;
        uint32_t i = first_ascending(table, cube.key & reach);
        for (; i < table->n_ascending && table->entry[i].key <= last; i++) {
            *match = match_entry(cube, &table->entry[i]);
            if (*match != MATCH_NONE)
                return &table->entry[i];
        }
    }
    return find_among(table->entry + table->n_ascending, NULL,
                      table->n_entries - table->n_ascending, cube, match);
}

/* --- one walk ----------------------------------------------------------------------------------
 */

static Status deliver(RouteWalk *walk, uint32_t router, const KeyTree *tree, Cube cube,
                      const RouteEntry *entry, uint32_t *n_delivered)
{
    const Program *program = walk->program;
    uint32_t slot = walk->slot_first[router], end = walk->slot_first[router + 1];
    for (uint32_t i = 0; i < entry->n_cores; i++) {
        while (slot < end && program->core[slot].core < entry->core[i])
            slot++;
        bool in_use = slot < end && program->core[slot].core == entry->core[i];
        if (!in_use || walk->needs[slot] != walk->round)
            return err_set(walk->err, STATUS_INPUT,
                           "%s: route of key %u leads to core %u, which %s", walk->name, cube.key,
                           entry->core[i], in_use ? "does not need its packets" : "has no program");
        walk->needs[slot] = 0;
        ++*n_delivered;
    }
    if (entry->to_host != 0 && !tree->to_host)
        return err_set(walk->err, STATUS_INPUT,
                       "%s: route of key %u leads to the host; expected cores only", walk->name,
                       cube.key);
    return STATUS_OK;
}

/* The router is new to this walk, and was reached as the marker reached it. */
static Status arrive(RouteWalk *walk, Cube cube, Visit visit)
{
    uint32_t router = visit.router;
    if (walk->came[router] == walk->round)
        return fail_at(walk, router, cube.key, "comes here twice; expected a tree");
    walk->came[router] = walk->round;
    if (walk->leads) {
        walk->marker_in[router] = visit.in;
        walk->marker_at[router] = walk->marker_round;
        return STATUS_OK;
    }
    if (walk->marker_at[router] != walk->marker_round || walk->marker_in[router] != visit.in)
        return fail_at(walk, router, cube.key,
                       "leaves the tree of its sender's marker, which could overtake it");
    return STATUS_OK;
}

static Status leave(RouteWalk *walk, Cube cube, Visit visit, uint32_t link, uint32_t *n_stack)
{
    const Topology *topology = walk->topology;
    CHECK(topology != NULL); /* with one router there are no links: check_ends */
    if (visit.in != PROGRAM_NONE && !topology_turn_allowed(topology, visit.in, link))
        return fail_at(walk, visit.router, cube.key,
                       "takes a turn that is not allowed: packets could deadlock");
    if (*n_stack == walk->n_routers)
        return fail_at(walk, visit.router, cube.key, "comes to a router twice; expected a tree");
    walk->stack[(*n_stack)++] = (Visit){topology->router_link[link].to, link};
    return STATUS_OK;
}

/* No entry matches. */
static Status go_straight(RouteWalk *walk, Cube cube, Visit visit, uint32_t *n_stack)
{
    const Topology *topology = walk->topology;
    bool straight = visit.in != PROGRAM_NONE && topology->chip->fabric.default_route;
    uint32_t link = straight ? topology_default_link(topology, visit.in) : PROGRAM_NONE;
    if (!straight)
        return fail_at(walk, visit.router, cube.key, "has no route; expected one");
    if (link == PROGRAM_NONE)
        return fail_at(walk, visit.router, cube.key,
                       "has no route, and no link leads straight on; expected one of them");
    return leave(walk, cube, visit, link, n_stack);
}

static Status compare_delivered(const RouteWalk *walk, const KeyTree *tree, Cube cube,
                                uint32_t n_delivered, bool host_got)
{
    for (uint32_t i = 0; n_delivered < tree->n_slots; i++)
        if (walk->needs[tree->slot[i]] == walk->round)
            return err_set(walk->err, STATUS_INPUT,
                           "%s: route of key %u leaves out core %u, which needs its packets",
                           walk->name, cube.key, walk->program->core[tree->slot[i]].core);
    if (tree->to_host && !host_got)
        return err_set(walk->err, STATUS_INPUT,
                       "%s: route of key %u leaves out the host; expected it to lead there",
                       walk->name, cube.key);
    return STATUS_OK;
}

/* Walk a cube. If an entry on its way matches only a part, *split is a bit that the entry looks at
 * and the walk ends there; else it is 0. */
static Status walk_cube(RouteWalk *walk, const KeyTree *tree, Cube cube, uint32_t *split)
{
    uint32_t n_stack = 1, n_delivered = 0;
    bool host_got = false;
    walk->round++;
    walk->marker_round = walk->leads ? walk->round : walk->marker_round;
    for (uint32_t i = 0; i < tree->n_slots; i++)
        walk->needs[tree->slot[i]] = walk->round;
    walk->stack[0] = (Visit){tree->router, PROGRAM_NONE};
    *split = 0;
    while (n_stack > 0) {
        Visit visit = walk->stack[--n_stack];
        TRY(arrive(walk, cube, visit));
        Match match;
        const RouterTable *table = &walk->program->table[visit.router];
        const RouteEntry *entry = find_entry(walk, visit.router, cube, &match);
        if (match == MATCH_NONE) {
            TRY(go_straight(walk, cube, visit, &n_stack));
            continue;
        }
        *split = match == MATCH_PART ? entry->mask & ~cube.mask : 0;
        if (*split != 0)
            return STATUS_OK;
        walk->used[walk->first_entry[visit.router] + (entry - table->entry)] = true;
        TRY(deliver(walk, visit.router, tree, cube, entry, &n_delivered));
        host_got = host_got || entry->to_host != 0;
        for (uint32_t i = 0; i < entry->n_links; i++)
            TRY(leave(walk, cube, visit, entry->link[i], &n_stack));
    }
    walk->leads = false; /* all other keys of the sender take the same links */
    return compare_delivered(walk, tree, cube, n_delivered, host_got);
}

static uint32_t highest_bit(uint32_t bits)
{
    while ((bits & (bits - 1)) != 0)
        bits &= bits - 1;
    return bits;
}

/* All keys of one aligned cube, halved where needed. Each half fixes one bit more, so the list of
 * halves to do holds at most one for each bit. */
static Status walk_halves(RouteWalk *walk, const KeyTree *tree, Cube whole)
{
    Cube to_do[KEY_BITS + 1];
    uint32_t n = 1;
    to_do[0] = whole;
    while (n > 0) {
        Cube cube = to_do[--n];
        uint32_t split;
        TRY(walk_cube(walk, tree, cube, &split));
        if (split == 0)
            continue;
        uint32_t bit = highest_bit(split);
        to_do[n++] = (Cube){cube.key | bit, cube.mask | bit};
        to_do[n++] = (Cube){cube.key, cube.mask | bit};
    }
    return STATUS_OK;
}

Status route_walk_tree(RouteWalk *walk, const KeyTree *tree)
{
    uint64_t at = tree->key, end = at + tree->n_keys;
    walk->leads = !tree->follows_marker;
    while (at < end) { /* the largest aligned cube that begins here and ends in time */
        uint64_t size = 1;
        while ((at & size) == 0 && at + 2 * size <= end && size < (UINT64_C(1) << 31))
            size *= 2;
        TRY(walk_halves(walk, tree, (Cube){(uint32_t)at, ~(uint32_t)(size - 1)}));
        at += size;
    }
    return STATUS_OK;
}

Status route_walk_unused(const RouteWalk *walk)
{
    for (uint32_t r = 0; r < walk->n_routers; r++) {
        const RouterTable *table = &walk->program->table[r];
        for (uint32_t i = 0; i < table->n_entries; i++)
            if (!walk->used[walk->first_entry[r] + i])
                return err_set(walk->err, STATUS_INPUT,
                               "%s: route of key %u matches no key that is sent", walk->name,
                               table->entry[i].key);
    }
    return STATUS_OK;
}

RouteWalk *route_walk_new(Arena *scratch, const Program *program, const Topology *topology,
                          const char *name, Err *err)
{
    RouteWalk *walk = ARENA_ARRAY(scratch, RouteWalk, 1);
    uint32_t n_routers = program->n_tables, slot = 0;
    *walk = (RouteWalk){.program = program,
                        .topology = topology,
                        .name = name,
                        .err = err,
                        .n_routers = n_routers,
                        .index = ARENA_ARRAY(scratch, const TableIndex *, n_routers),
                        .first_entry = ARENA_ARRAY(scratch, uint32_t, (size_t)n_routers + 1),
                        .came = ARENA_ARRAY(scratch, uint32_t, n_routers),
                        .marker_in = ARENA_ARRAY(scratch, uint32_t, n_routers),
                        .marker_at = ARENA_ARRAY(scratch, uint32_t, n_routers),
                        .needs = ARENA_ARRAY(scratch, uint32_t, program->n_cores),
                        .slot_first = ARENA_ARRAY(scratch, uint32_t, (size_t)n_routers + 1),
                        .stack = ARENA_ARRAY(scratch, Visit, n_routers)};
    for (uint32_t r = 0; r < n_routers; r++) {
        walk->index[r] = table_index(scratch, &program->table[r]);
        walk->first_entry[r + 1] = walk->first_entry[r] + program->table[r].n_entries;
        while (
            slot < program->n_cores &&
            (topology == NULL || topology_router_of_core(topology, program->core[slot].core) == r))
            slot++;
        walk->slot_first[r + 1] = slot;
    }
    walk->used = ARENA_ARRAY(scratch, bool, walk->first_entry[n_routers]);
    return walk;
}
