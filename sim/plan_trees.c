/* plan_trees.c - where the packets of every source go: its keys looked up in the tables, once.
 *
 * Takes the blocks of keys of all sources and makes a tree of nodes for each: one node for each
 * router that the keys visit, with the copies that this router makes. A packet carries its node
 * from router to router, so that no table is searched while running; that all keys of a block find
 * the same entry at every router is established here, against the entries themselves: the first
 * entry that any key of the block matches must match all of them. Where some router tells the keys
 * of a block apart, the block is cut in two, at worst into single keys. A packet that matches no
 * entry goes straight on if the chip has default routes.
 *
 * Storage is one node for each pair of block and router that meet, and nothing for others.
 * Cost: O(nodes * (log ascending entries + entries behind those) + copies).
 */
#include "plan.h"

#include <string.h>

#include "base/check.h"

typedef struct Trees {
    Arena *arena;
    const Plan *plan;
    Err *err;
    uint32_t n_blocks, n_nodes, n_branches, n_ranges, n_dests; /* made so far           */
    uint32_t block_room, node_room, branch_room, range_room, dest_room;
    SourceBlock *block;
    PlanNode *node;
    PlanBranch *branch;
    uint32_t *range;
    PlanDest *dest;
    PlanDest *touched; /* [tiles of a chip] scratch: those of one entry                 */
} Trees;

static void *room_for_one(Arena *arena, void *items, uint32_t n, uint32_t *room, size_t bytes)
{
    if (n < *room)
        return items;
    CHECK(n < UINT32_MAX / 2);
    *room = n ? 2 * n : 64;
    void *larger = arena_alloc(arena, *room, bytes);
    if (n > 0)
        memcpy(larger, items, n * bytes);
    return larger;
}

#define ADD(trees, items, count, room, ...)                                           \
    do {                                                                              \
        (trees)->items = room_for_one((trees)->arena, (trees)->items, (trees)->count, \
                                      &(trees)->room, sizeof *(trees)->items);        \
        (trees)->items[(trees)->count++] = __VA_ARGS__;                               \
    } while (0)

/* ---- which entry a block of keys matches -------------------- */

typedef struct Match {
    const RouteEntry *entry; /* NULL: no entry matches any key of the block */
    bool uniform;            /* it holds for all keys of the block          */
} Match;

/* Bits of keys that the ascending entries look at, and those below. */
static uint32_t looked_at(const RouteEntry *entry)
{
    return entry->mask | ((entry->mask & (0 - entry->mask)) - 1);
}

/* Among the ascending entries: they match disjoint intervals of keys. */
static Match match_ascending(const RouterTable *table, uint32_t first, uint32_t last)
{
    if (table->n_ascending == 0)
        return (Match){NULL, true};
    uint32_t bits = looked_at(&table->entry[0]);
    if (((first ^ last) & ~bits) != 0)
        return (Match){&table->entry[0], false}; /* keys that start over: tell them apart */
    first &= bits;
    last &= bits;
    uint32_t low = 0, high = table->n_ascending; /* entries below low begin at or below `last` */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (table->entry[middle].key <= last)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return (Match){NULL, true};
    const RouteEntry *entry = &table->entry[low - 1];
    uint32_t end = entry->key | (bits & ~entry->mask);
    if (end < first)
        return (Match){NULL, true};
    return (Match){entry, entry->key <= first && last <= end};
}

/* Ones above the smallest aligned block of keys that holds first .. last. */
static uint32_t common_bits(uint32_t first, uint32_t last)
{
    uint32_t low = first ^ last;
    for (uint32_t shift = 1; shift < 32; shift *= 2)
        low |= low >> shift;
    return ~low;
}

static Match match_block(const RouterTable *table, uint32_t first, uint32_t last)
{
    if (first == last)
        return (Match){table_route(table, first), true};
    Match match = match_ascending(table, first, last);
    if (match.entry != NULL)
        return match;
    uint32_t common = common_bits(first, last);
    for (uint32_t i = table->n_ascending; i < table->n_entries; i++) {
        const RouteEntry *entry = &table->entry[i];
        if (((entry->key ^ first) & entry->mask & common) == 0)
            return (Match){entry, (entry->mask & ~common) == 0};
    }
    return (Match){NULL, true};
}

/* ---- nodes -------------------- */

static void add_node(Trees *trees, uint32_t router, uint32_t link_in)
{
    ADD(trees, node, n_nodes, node_room, (PlanNode){.router = router, .link_in = link_in});
}

static void add_branch(Trees *trees, uint32_t at, uint32_t link)
{
    ADD(trees, branch, n_branches, branch_room, (PlanBranch){link, trees->n_nodes});
    trees->node[at].n_branches++;
    add_node(trees, trees->plan->topology->router_link[link].to, link);
}

/* Cores of an entry by tile, ascending, into trees->touched. */
static Status touch_tiles(Trees *trees, const RouteEntry *entry, uint32_t *n_touched)
{
    const Plan *plan = trees->plan;
    *n_touched = 0;
    for (uint32_t i = 0; i < entry->n_cores; i++) {
        uint32_t core = entry->core[i];
        if (core >= plan->chip->n_cores || plan->core_at[core] == PROGRAM_NONE)
            return err_set(trees->err, STATUS_INPUT,
                           "route of key 0x%x leads to core %u, which has no program", entry->key,
                           core);
        uint32_t tile = core / plan->cores_per_tile;
        if (*n_touched == 0 || trees->touched[*n_touched - 1].tile != tile)
            trees->touched[(*n_touched)++] = (PlanDest){.tile = tile};
        trees->touched[*n_touched - 1].mask |= UINT32_C(1) << (core % plan->cores_per_tile);
    }
    return STATUS_OK;
}

/* Copies for the cores of a router: by port (central), or to its tile (mesh). */
static Status add_cores(Trees *trees, uint32_t at, const RouteEntry *entry)
{
    const Plan *plan = trees->plan;
    PlanNode *node = &trees->node[at];
    uint32_t n_touched = 0;
    node->to_host = entry != NULL && entry->to_host;
    if (entry != NULL)
        TRY(touch_tiles(trees, entry, &n_touched));
    if (plan->mesh) {
        CHECK(n_touched <= 1); /* an entry names cores of its own router: program_check */
        node->dest = PROGRAM_NONE;
        if (n_touched == 0)
            return STATUS_OK;
        node->cores = trees->touched[0].mask;
        node->dest = trees->n_dests;
        ADD(trees, dest, n_dests, dest_room, trees->touched[0]);
        return STATUS_OK;
    }
    node->first_range = trees->n_ranges;
    for (uint32_t p = 0; p < plan->n_ports; p++) {
        ADD(trees, range, n_ranges, range_room, trees->n_dests);
        for (uint32_t i = 0; i < n_touched; i++) {
            uint32_t tile = trees->touched[i].tile % plan->topology->n_tiles;
            if (plan->topology->from_router[tile].port != p)
                continue;
            ADD(trees, dest, n_dests, dest_room, trees->touched[i]);
            node->ports |= UINT64_C(1) << p;
        }
    }
    ADD(trees, range, n_ranges, range_room, trees->n_dests);
    return STATUS_OK;
}

/* All copies that one router makes of the keys of a block. */
static Status fill_node(Trees *trees, uint32_t at, const RouteEntry *entry, uint32_t key)
{
    uint32_t link_in = trees->node[at].link_in, router = trees->node[at].router;
    trees->node[at].first_branch = trees->n_branches;
    TRY(add_cores(trees, at, entry));
    if (entry != NULL) {
        for (uint32_t i = 0; i < entry->n_links; i++)
            add_branch(trees, at, entry->link[i]);
        return STATUS_OK;
    }
    uint32_t on = UINT32_MAX;
    if (link_in != PROGRAM_NONE && trees->plan->chip->fabric.default_route)
        on = topology_default_link(trees->plan->topology, link_in);
    if (on == UINT32_MAX)
        return err_set(trees->err, STATUS_INPUT,
                       "router %u: no entry matches key 0x%x, which arrives there", router, key);
    add_branch(trees, at, on);
    return STATUS_OK;
}

/* The tree of a block; *uniform is false, and nothing is left, where a router tells its keys
 * apart. */
static Status grow_tree(Trees *trees, SourceBlock block, uint32_t router, bool *uniform)
{
    const Plan *plan = trees->plan;
    uint32_t n_branches = trees->n_branches, n_ranges = trees->n_ranges, n_dests = trees->n_dests;
    block.root = trees->n_nodes;
    block.first_dest = n_dests;
    add_node(trees, router, PROGRAM_NONE);
    *uniform = true;
    for (uint32_t at = block.root; at < trees->n_nodes; at++) {
        if (at - block.root >= plan->n_routers)
            return err_set(trees->err, STATUS_INPUT, "routes of key 0x%x go in a circle",
                           block.key);
        Match match = match_block(&plan->program->table[trees->node[at].router], block.key,
                                  block.key + (block.n_keys - 1));
        if (!match.uniform) {
            *uniform = false;
            trees->n_nodes = block.root;
            trees->n_branches = n_branches;
            trees->n_ranges = n_ranges;
            trees->n_dests = n_dests;
            return STATUS_OK;
        }
        TRY(fill_node(trees, at, match.entry, block.key));
    }
    ADD(trees, block, n_blocks, block_room, block);
    return STATUS_OK;
}

static uint32_t source_router(const Plan *plan, uint32_t source)
{
    if (source == plan->n_slices)
        return plan->topology->host_router;
    return topology_router_of_core(plan->topology,
                                   plan->program->core[plan->slice[source].core].core);
}

/* Trees of a block, in as many parts as the tables tell apart. */
static Status grow_block(Trees *trees, SourceBlock block)
{
    uint32_t router = source_router(trees->plan, block.source);
    SourceBlock
        rest[33]; /* each part is shorter than the one below it in the pile: n_keys < 2^32 */
    uint32_t n_rest = 0;
    rest[n_rest++] = block;
    while (n_rest > 0) {
        SourceBlock part = rest[--n_rest];
        bool uniform;
        TRY(grow_tree(trees, part, router, &uniform));
        if (uniform)
            continue;
        uint32_t half = 1;
        while (part.n_keys - half > half)
            half *= 2;
        SourceBlock upper = part;
        upper.key += half;
        upper.n_keys -= half;
        upper.first_position += half - part.has_marker;
        upper.has_marker = false;
        part.n_keys = half;
        CHECK(n_rest + 2 <= sizeof rest / sizeof *rest);
        rest[n_rest++] = upper;
        rest[n_rest++] = part;
    }
    return STATUS_OK;
}

Status plan_trees(Arena *arena, Plan *plan, Err *err)
{
    Trees trees = {.arena = arena, .plan = plan, .err = err};
    trees.touched = ARENA_ARRAY(arena, PlanDest, plan->topology->n_tiles);
    for (uint32_t b = 0; b < plan->n_blocks; b++)
        TRY(grow_block(&trees, plan->block[b]));
    plan->n_blocks = trees.n_blocks;
    plan->block = trees.block;
    plan->n_nodes = trees.n_nodes;
    plan->node = trees.node;
    plan->branch = trees.branch;
    plan->range = trees.range;
    plan->n_dests = trees.n_dests;
    plan->dest = trees.dest;
    return STATUS_OK;
}
