/* table_proof.c - is a table equal to the rows it was made from, over all keys in use?
 *
 * For each row the entries are gone through in order. An entry that meets what is left of the row's
 * cube must do what the row says; its keys are then cut off, and what is left is at most one cube
 * for each bit that the entry looks at and the cube leaves open. In the end nothing may be left,
 * unless the router serves it without an entry. So no key is tried singly, whatever the blocks.
 */
#include "table.h"

/* Entries from `first` on serve all keys of the cube as the row wants. */
static bool serves(const Table *table, uint32_t first, Cube cube, const TableRow *row)
{
    for (uint32_t e = first; e < table->n_entries; e++) {
        const TableEntry *entry = &table->entry[e];
        if (!cubes_meet(entry->cube, cube))
            continue;
        if (entry->route != row->route)
            return false;
        uint32_t open = entry->cube.mask & ~cube.mask;
        for (; open != 0; open &= open - 1) {
            uint32_t bit = open & (0 - open);
            Cube rest = {cube.key | (bit & ~entry->cube.key), cube.mask | bit};
            if (!serves(table, e + 1, rest, row))
                return false;
            cube.mask |= bit;
            cube.key |= bit & entry->cube.key;
        }
        return true;
    }
    return row->goes_on;
}

uint32_t table_proof(uint32_t n_rows, const TableRow *row, const Table *table)
{
    for (uint32_t r = 0; r < n_rows; r++)
        if (!serves(table, 0, row[r].cube, &row[r]))
            return r;
    return n_rows;
}

Table table_raw(Arena *arena, uint32_t n_rows, const TableRow *row)
{
    Table table = {n_rows, ARENA_ARRAY(arena, TableEntry, n_rows)};
    for (uint32_t r = 0; r < n_rows; r++)
        table.entry[r] = (TableEntry){row[r].cube, row[r].route};
    return table;
}
