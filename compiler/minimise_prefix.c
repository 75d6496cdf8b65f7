/* minimise_prefix.c - the smallest table of prefixes for a set of rows.
 *
 * Optimal routing table construction (Draves, King, Venkatachary, Zill 1999) with keys that do not
 * matter. Rows are the leaves of a binary trie over the bits of the key, from the highest; nodes
 * with one child are left out, as nothing comes below their other half. Upward, a node takes the
 * routes that are best for both halves, or, if they have none in common, those of either. Downward,
 * a node keeps what its parent does if that is among its routes and gets an entry otherwise. That
 * is as few prefixes as there can be. Entries with more ones come first, so the deepest one wins.
 *
 * "No entry" is a route too on routers that let packets go straight on: only what has no entry
 * above it can have it.
 *
 * Cost: O(n log n) for the trie, plus the sizes of the sets.
 */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define NO_ENTRY UINT32_MAX /* sorts behind all routes */
#define NO_NODE UINT32_MAX

typedef struct Node {
    Cube cube;
    uint32_t half[2]; /* nodes, or NO_NODE in a leaf */
    uint32_t n_routes;
    const uint32_t *route; /* [n_routes] ascending        */
} Node;

typedef struct Trie {
    Arena *arena;
    const TableRow *row;
    uint32_t n_nodes;
    Node *node;
    uint32_t *room; /* [2 * n_rows + 2] */
    Table *table;
} Trie;

static void set_routes(Trie *trie, Node *node, const uint32_t *route, uint32_t n_routes)
{
    uint32_t *copy = ARENA_ARRAY(trie->arena, uint32_t, n_routes);
    memcpy(copy, route, n_routes * sizeof *copy);
    node->route = copy;
    node->n_routes = n_routes;
}

/* Routes in both sets or, if there are none, in either. */
static void join_routes(Trie *trie, Node *node)
{
    const Node *a = &trie->node[node->half[0]], *b = &trie->node[node->half[1]];
    uint32_t n_both = 0, n_either = 0, i = 0, j = 0;
    uint32_t *both = trie->room, *either = trie->room + a->n_routes;
    if (a->n_routes > b->n_routes)
        either = trie->room + b->n_routes;
    while (i < a->n_routes || j < b->n_routes) {
        uint64_t x = i < a->n_routes ? a->route[i] : UINT64_MAX;
        uint64_t y = j < b->n_routes ? b->route[j] : UINT64_MAX;
        if (x == y)
            both[n_both++] = (uint32_t)x;
        either[n_either++] = (uint32_t)(x < y ? x : y);
        i += x <= y;
        j += y <= x;
    }
    if (n_both > 0)
        set_routes(trie, node, both, n_both);
    else
        set_routes(trie, node, either, n_either);
}

static uint32_t highest_bit(uint32_t bits)
{
    uint32_t bit = UINT32_C(1) << 31;
    while ((bits & bit) == 0)
        bit >>= 1;
    return bit;
}

static uint32_t make_leaf(Trie *trie, uint32_t r)
{
    const TableRow *row = &trie->row[r];
    uint32_t n = trie->n_nodes++, route[] = {row->route, NO_ENTRY};
    trie->node[n] = (Node){.cube = row->cube, .half = {NO_NODE, NO_NODE}};
    set_routes(trie, &trie->node[n], route, row->goes_on ? 2 : 1);
    return n;
}

/* Node over rows first .. end-1, ascending; depth is at most the bits of a key. */
static uint32_t make_node(Trie *trie, uint32_t first, uint32_t end)
{
    if (end - first == 1)
        return make_leaf(trie, first);
    uint32_t low_key = trie->row[first].cube.key;
    uint32_t bit = highest_bit(low_key ^ trie->row[end - 1].cube.key), low = first, high = end;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if ((trie->row[middle].cube.key & bit) == 0)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t n = trie->n_nodes++, zeros = make_node(trie, first, low);
    uint32_t ones = make_node(trie, low, end), mask = ~(bit | (bit - 1));
    mask &= trie->node[zeros].cube.mask & trie->node[ones].cube.mask; /* above key_bits: zero */
    trie->node[n] = (Node){.cube = {low_key & mask, mask}, .half = {zeros, ones}};
    join_routes(trie, &trie->node[n]);
    return n;
}

static bool has_route(const Node *node, uint32_t route)
{
    for (uint32_t i = 0; i < node->n_routes; i++)
        if (node->route[i] == route)
            return true;
    return false;
}

/* Entries of a node under whose parent's entry packets take `above`. */
static void emit(Trie *trie, uint32_t n, uint32_t above)
{
    const Node *node = &trie->node[n];
    if (!has_route(node, above) && node->route[0] != NO_ENTRY) {
        above = node->route[0];
        trie->table->entry[trie->table->n_entries++] = (TableEntry){node->cube, above};
    }
    if (node->half[0] == NO_NODE)
        return;
    emit(trie, node->half[0], above);
    emit(trie, node->half[1], above);
}

static int by_ones(const void *a, const void *b)
{
    const Cube *x = &((const TableEntry *)a)->cube, *y = &((const TableEntry *)b)->cube;
    if (x->mask != y->mask)
        return x->mask > y->mask ? -1 : 1;
    return (x->key > y->key) - (x->key < y->key);
}

Table table_prefix(Arena *arena, uint32_t n_rows, const TableRow *row)
{
    Table table = {0, ARENA_ARRAY(arena, TableEntry, n_rows)};
    if (n_rows == 0)
        return table;
    Trie trie = {.arena = arena,
                 .row = row,
                 .node = ARENA_ARRAY(arena, Node, 2 * (size_t)n_rows),
                 .room = ARENA_ARRAY(arena, uint32_t, 4 * (size_t)n_rows + 4),
                 .table = &table};
    uint32_t root = make_node(&trie, 0, n_rows);
    emit(&trie, root, NO_ENTRY);
    CHECK(table.n_entries <= n_rows);
    qsort(table.entry, table.n_entries, sizeof *table.entry, by_ones);
    return table;
}
