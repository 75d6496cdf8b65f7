/* minimise_cover.c - merge entries of a table that do the same into wider ones.
 *
 * After the idea of ordered covering (Mundy, Heathcote and Garside 2016): an entry that is wider
 * than it need be does no harm where narrower ones stand before it, or where no key comes. Two
 * entries of one route become the smallest cube around both, which stands where the later one stood
 * or, failing that, where the earlier one did. The merge is made if it leaves every row with its
 * route:
 *   - rows that an entry gave up must not be caught on the way to the merged one,
 *   - rows that were served behind the merged entry, or by none, may only be caught by it whole and
 *     if they have its route.
 * Which entry serves each row is kept, so an entry that serves no row any more is dropped. Pairs
 * are tried narrowest first: two entries that differ in one bit make a cube of just their keys,
 * which is plain pair merging. Sweeps end when one finds nothing, or at WORK_LIMIT.
 *
 * Cost: O(tries * rows), bounded by WORK_LIMIT row checks.
 */
#include "table.h"

#include <stdlib.h>
#include <string.h>

enum { NEIGHBOURS = 24 };            /* of the same route, after an entry by key, to be tried */
#define WORK_LIMIT UINT64_C(6000000) /* rows looked at */
#define UNSERVED UINT32_MAX          /* no entry: goes on by itself */

typedef struct Cover {
    uint32_t n_rows;
    const TableRow *row;
    Table *table;
    uint32_t *server;   /* [n_rows] entry that serves it                         */
    uint32_t *n_served; /* [n_entries] rows that it serves; 0: the entry is gone */
    uint32_t n_left;
    uint64_t work;
} Cover;

/* The first entry of first .. end-1 that meets the row's cube; `end` if none does. */
static uint32_t first_meeting(const Cover *cover, uint32_t first, uint32_t end, Cube cube)
{
    for (uint32_t e = first; e < end; e++)
        if (cover->n_served[e] > 0 && cubes_meet(cover->table->entry[e].cube, cube))
            return e;
    return end;
}

/* Who serves the row after entries a < b became `cube` at place `at`; false if nobody rightly. */
static bool new_server(Cover *cover, uint32_t r, uint32_t a, uint32_t b, TableEntry merged,
                       uint32_t at, uint32_t *server)
{
    const TableRow *row = &cover->row[r];
    uint32_t was = cover->server[r];
    *server = was;
    if (was == a || was == b) {
        *server = at;
        if (was == a && at == b) {
            uint32_t e = first_meeting(cover, a + 1, b, row->cube);
            cover->work += b - a;
            if (e < b && (cover->table->entry[e].route != row->route ||
                          !cube_holds(cover->table->entry[e].cube, row->cube)))
                return false;
            *server = e;
        }
        return true;
    }
    if (was < at || !cubes_meet(merged.cube, row->cube))
        return true;
    if (was == UNSERVED || merged.route != row->route || !cube_holds(merged.cube, row->cube))
        return false;
    *server = at;
    return true;
}

static bool merge(Cover *cover, uint32_t a, uint32_t b, uint32_t at)
{
    TableEntry merged = {cube_around(cover->table->entry[a].cube, cover->table->entry[b].cube),
                         cover->table->entry[a].route};
    uint32_t server;
    for (uint32_t r = 0; r < cover->n_rows; r++, cover->work++)
        if (!new_server(cover, r, a, b, merged, at, &server))
            return false;
    for (uint32_t r = 0; r < cover->n_rows; r++) {
        new_server(cover, r, a, b, merged, at, &server);
        if (server == cover->server[r])
            continue;
        cover->n_left -= --cover->n_served[cover->server[r]] == 0;
        cover->n_left += cover->n_served[server]++ == 0;
        cover->server[r] = server;
    }
    cover->table->entry[at] = merged;
    return true;
}

typedef struct Pair {
    uint32_t a, b, n_open; /* bits that the cube around both does not look at */
} Pair;

static uint32_t count_ones(uint32_t bits)
{
    uint32_t n = 0;
    for (; bits != 0; bits &= bits - 1)
        n++;
    return n;
}

static int by_open(const void *p, const void *q)
{
    const Pair *x = p, *y = q;
    if (x->n_open != y->n_open)
        return x->n_open < y->n_open ? -1 : 1;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

typedef struct Ranked {
    TableEntry entry;
    uint32_t id;
} Ranked;

static int by_route_and_key(const void *p, const void *q)
{
    const Ranked *x = p, *y = q;
    if (x->entry.route != y->entry.route)
        return x->entry.route < y->entry.route ? -1 : 1;
    if (x->entry.cube.key != y->entry.cube.key)
        return x->entry.cube.key < y->entry.cube.key ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* Pairs of one route that stand near one another by key, narrowest cube first. */
static uint32_t list_pairs(Arena *scratch, const Cover *cover, Pair **out)
{
    uint32_t n = 0, n_pairs = 0;
    Ranked *ranked = ARENA_ARRAY(scratch, Ranked, cover->n_left);
    for (uint32_t e = 0; e < cover->table->n_entries; e++)
        if (cover->n_served[e] > 0)
            ranked[n++] = (Ranked){cover->table->entry[e], e};
    qsort(ranked, n, sizeof *ranked, by_route_and_key);
    Pair *pair = ARENA_ARRAY(scratch, Pair, (size_t)n * NEIGHBOURS);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t j = i + 1; j < n && j <= i + NEIGHBOURS; j++) {
            if (ranked[i].entry.route != ranked[j].entry.route)
                break;
            uint32_t a = ranked[i].id, b = ranked[j].id;
            Cube cube = cube_around(ranked[i].entry.cube, ranked[j].entry.cube);
            pair[n_pairs++] = (Pair){a < b ? a : b, a < b ? b : a, 32 - count_ones(cube.mask)};
        }
    }
    qsort(pair, n_pairs, sizeof *pair, by_open);
    *out = pair;
    return n_pairs;
}

/* Forget the entries that serve no row; the others keep their order. */
static void close_up(Cover *cover, uint32_t *place)
{
    uint32_t n = 0;
    for (uint32_t e = 0; e < cover->table->n_entries; e++) {
        place[e] = n;
        if (cover->n_served[e] == 0)
            continue;
        cover->table->entry[n] = cover->table->entry[e];
        cover->n_served[n++] = cover->n_served[e];
    }
    cover->table->n_entries = n;
    for (uint32_t r = 0; r < cover->n_rows; r++)
        if (cover->server[r] != UNSERVED)
            cover->server[r] = place[cover->server[r]];
}

static void find_servers(Cover *cover)
{
    for (uint32_t r = 0; r < cover->n_rows; r++) {
        uint32_t e = 0;
        while (e < cover->table->n_entries &&
               !cubes_meet(cover->table->entry[e].cube, cover->row[r].cube))
            e++;
        cover->server[r] = e < cover->table->n_entries ? e : UNSERVED;
        if (e < cover->table->n_entries)
            cover->n_left += cover->n_served[e]++ == 0;
    }
}

void table_cover(Arena *scratch, uint32_t n_rows, const TableRow *row, uint32_t enough,
                 Table *table)
{
    Cover cover = {.n_rows = n_rows,
                   .row = row,
                   .table = table,
                   .server = ARENA_ARRAY(scratch, uint32_t, n_rows),
                   .n_served = ARENA_ARRAY(scratch, uint32_t, table->n_entries)};
    uint32_t *place = ARENA_ARRAY(scratch, uint32_t, table->n_entries);
    find_servers(&cover);
    bool found = true;
    while (found && cover.n_left > enough && cover.work < WORK_LIMIT) {
        Pair *pair;
        uint32_t n_pairs = list_pairs(scratch, &cover, &pair);
        found = false;
        for (uint32_t p = 0; p < n_pairs && cover.n_left > enough && cover.work < WORK_LIMIT; p++) {
            uint32_t a = pair[p].a, b = pair[p].b;
            if (cover.n_served[a] == 0 || cover.n_served[b] == 0)
                continue;
            if (merge(&cover, a, b, b) || merge(&cover, a, b, a))
                found = true;
        }
        close_up(&cover, place);
    }
}
