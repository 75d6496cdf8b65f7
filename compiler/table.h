/* table.h - tables of ternary entries: fewer entries that do the same to all keys in use.
 *
 * A row says what a router must do with a block of keys; rows are disjoint, keys in no row never
 * come to this router. A table is a list of entries of which the first that matches wins. Both are
 * cubes: the keys k with (k & mask) == key.
 */
#ifndef COMPILER_TABLE_H
#define COMPILER_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Cube {
    uint32_t key, mask; /* no bit of key outside of mask */
} Cube;

typedef struct TableRow {
    Cube cube;
    uint32_t route; /* what is to be done, by number                             */
    bool goes_on;   /* the router does it by itself with what no entry matches    */
} TableRow;

typedef struct TableEntry {
    Cube cube;
    uint32_t route;
} TableEntry;

/* The table under way: entry[0 .. n_entries-1]; room for n_rows. */
typedef struct Table {
    uint32_t n_entries;
    TableEntry *entry;
} Table;

static inline bool cubes_meet(Cube a, Cube b)
{
    return ((a.key ^ b.key) & a.mask & b.mask) == 0;
}

/* Does a hold all keys of b? */
static inline bool cube_holds(Cube a, Cube b)
{
    return (a.mask & ~b.mask) == 0 && ((a.key ^ b.key) & a.mask) == 0;
}

/* The smallest cube that holds both. */
static inline Cube cube_around(Cube a, Cube b)
{
    a.mask &= b.mask & ~(a.key ^ b.key);
    a.key &= a.mask;
    return a;
}

/* table_raw - an entry for each row, in their order. */
Table table_raw(Arena *arena, uint32_t n_rows, const TableRow *row);

/* table_prefix - the fewest entries whose masks are ones, then zeros (minimise_prefix.c). Rows
 * ascend and have such masks too. cost: O(n log n) and the sets of routes */
Table table_prefix(Arena *arena, uint32_t n_rows, const TableRow *row);

/* table_cover - merge entries of one route into wider ones, until there are at most `enough` or no
 * merge is found (minimise_cover.c). Serves the rows as before. cost: O(tries * rows), bounded */
void table_cover(Arena *scratch, uint32_t n_rows, const TableRow *row, uint32_t enough,
                 Table *table);

/* table_proof - does the table do to every key of every row what the row says? Cubes are cut, not
 * keys counted. Returns the first row that it does not serve, or n_rows. cost: O(rows * entries) */
uint32_t table_proof(uint32_t n_rows, const TableRow *row, const Table *table);

#ifdef __cplusplus
}
#endif
#endif
