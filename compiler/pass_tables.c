/* pass_tables.c - the table of each router: from the ways of all keys to ternary entries.
 *
 * A router has a row for each sender whose packets pass: a block of keys and what to do with them.
 * Each row can be an entry (raw). Where they are more than the table holds, or if the options ask
 * for it, they are made fewer: what goes straight on needs no entry on chips that do so by
 * themselves; then the fewest prefixes (minimise_prefix.c); then, if that is still too many,
 * wider entries one after another (minimise_cover.c). Every table that is not raw is proven equal
 * to its rows (table_proof.c).
 *
 * Rows with the same cores, links and host have the same route; entries of a router share lists.
 * Cost: O(rows log rows), and for tables that are made smaller what minimising costs.
 */
#include "mapping.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/hash.h"
#include "table.h"
#include "trees.h"
#include "watch.h"

/* One router's rows with their routes numbered. */
typedef struct RouterRows {
    uint32_t router, n_rows;
    const RouteRow *from; /* [n_rows]                                 */
    TableRow *row;        /* [n_rows] ascending by key                */
    uint32_t n_routes;
    uint32_t *row_of_route; /* [n_routes] a row that takes the route    */
} RouterRows;

/* --- routes by number --------------------------------------------------------------------------
 * */

typedef struct Hashed {
    uint64_t hash;
    uint32_t row;
} Hashed;

static const uint32_t *cores_of(const Mapping *mapping, const RouteRow *row)
{
    return mapping->needs->sender[row->sender].core + row->first_core;
}

static uint64_t hash_route(const Mapping *mapping, const RouteRow *row)
{
    uint64_t hash = hash_u64(HASH_START, (uint64_t)row->sides * 2 + row->to_host);
    for (uint32_t i = 0; i < row->n_cores; i++)
        hash = hash_u64(hash, cores_of(mapping, row)[i]);
    return hash;
}

static bool same_route(const Mapping *mapping, const RouteRow *a, const RouteRow *b)
{
    const uint32_t *x = cores_of(mapping, a), *y = cores_of(mapping, b);
    if (a->sides != b->sides || a->to_host != b->to_host || a->n_cores != b->n_cores)
        return false;
    return x == y || memcmp(x, y, a->n_cores * sizeof *x) == 0;
}

static int by_hash(const void *a, const void *b)
{
    const Hashed *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Equal routes get equal numbers; different ones of equal hash may get several. */
static void number_routes(Arena *scratch, const Mapping *mapping, RouterRows *rows)
{
    Hashed *hashed = ARENA_ARRAY(scratch, Hashed, rows->n_rows);
    rows->row_of_route = ARENA_ARRAY(scratch, uint32_t, rows->n_rows);
    for (uint32_t r = 0; r < rows->n_rows; r++)
        hashed[r] = (Hashed){hash_route(mapping, &rows->from[r]), r};
    qsort(hashed, rows->n_rows, sizeof *hashed, by_hash);
    for (uint32_t i = 0; i < rows->n_rows; i++) {
        uint32_t r = hashed[i].row;
        if (i == 0 || hashed[i].hash != hashed[i - 1].hash ||
            !same_route(mapping, &rows->from[r], &rows->from[hashed[i - 1].row]))
            rows->row_of_route[rows->n_routes++] = r;
        rows->row[r].route = rows->n_routes - 1;
    }
}

/* Would the router send the packets of the row on by itself? */
static bool goes_on(const Mapping *mapping, const RouteRow *row)
{
    if (!mapping->chip->fabric.default_route || row->in == ROUTE_ROOT || row->to_host ||
        row->n_cores > 0)
        return false;
    return row->sides == 1U << mapping->topology->router_link[row->in].side;
}

static Cube block_of(const Mapping *mapping, const Sender *sender)
{
    uint32_t key_bits = (uint32_t)cost_count(&mapping->chip->router.key_bits);
    uint32_t all = UINT32_MAX >> (32 - key_bits);
    uint32_t block = (uint32_t)((UINT64_C(1) << key_block_bits(sender->n_keys)) - 1);
    return (Cube){sender->key, all & ~block};
}

static RouterRows router_rows(Arena *scratch, const Mapping *mapping, uint32_t router)
{
    const RouteRows *all = mapping->rows;
    RouterRows rows = {.router = router,
                       .n_rows = (uint32_t)(all->first[router + 1] - all->first[router]),
                       .from = all->row + all->first[router]};
    rows.row = ARENA_ARRAY(scratch, TableRow, rows.n_rows);
    for (uint32_t r = 0; r < rows.n_rows; r++)
        rows.row[r] =
            (TableRow){.cube = block_of(mapping, &mapping->needs->sender[rows.from[r].sender]),
                       .goes_on = goes_on(mapping, &rows.from[r])};
    number_routes(scratch, mapping, &rows);
    return rows;
}

/* --- entries of the Program --------------------------------------------------------------------
 * */

static void set_links(Arena *arena, const Topology *graph, uint32_t router, uint32_t sides,
                      RouteEntry *entry)
{
    uint32_t *link = ARENA_ARRAY(arena, uint32_t, graph->n_sides), n = 0;
    for (uint32_t l = graph->first_router_link[router]; l < graph->first_router_link[router + 1];
         l++)
        if ((sides >> graph->router_link[l].side & 1) != 0)
            link[n++] = l;
    entry->n_links = n;
    entry->link = link;
}

static RouterTable emit_table(Arena *arena, Arena *scratch, const Mapping *mapping,
                              const RouterRows *rows, const Table *table)
{
    RouteEntry *route = ARENA_ARRAY(scratch, RouteEntry, rows->n_routes);
    for (uint32_t i = 0; i < rows->n_routes; i++) {
        const RouteRow *row = &rows->from[rows->row_of_route[i]];
        route[i] = (RouteEntry){
            .n_cores = row->n_cores, .core = cores_of(mapping, row), .to_host = row->to_host};
        if (row->sides != 0)
            set_links(arena, mapping->topology, rows->router, row->sides, &route[i]);
    }
    RouteEntry *entry = ARENA_ARRAY(arena, RouteEntry, table->n_entries);
    for (uint32_t e = 0; e < table->n_entries; e++) {
        entry[e] = route[table->entry[e].route];
        entry[e].key = table->entry[e].cube.key;
        entry[e].mask = table->entry[e].cube.mask;
    }
    RouterTable out = {.n_entries = table->n_entries, .entry = entry};
    out.n_ascending = table_count_ascending(&out);
    return out;
}

/* --- making tables smaller ---------------------------------------------------------------------
 * */

static Table drop_default(Arena *scratch, const RouterRows *rows)
{
    Table table = table_raw(scratch, rows->n_rows, rows->row);
    table.n_entries = 0;
    for (uint32_t r = 0; r < rows->n_rows; r++)
        if (!rows->row[r].goes_on)
            table.entry[table.n_entries++] = (TableEntry){rows->row[r].cube, rows->row[r].route};
    return table;
}

/* As few entries as the options want. */
static Table reduce(Arena *scratch, const Mapping *mapping, const RouterRows *rows)
{
    uint64_t available = cost_count(&mapping->chip->router.table_entries);
    TableMode mode = mapping->options->tables;
    uint32_t enough = mode == TABLES_MINIMAL ? 0 : (uint32_t)available;
    if (mode == TABLES_RAW || rows->n_rows <= enough)
        return table_raw(scratch, rows->n_rows, rows->row);
    Table table = drop_default(scratch, rows);
    if (table.n_entries <= enough)
        return table;
    table = table_prefix(scratch, rows->n_rows, rows->row);
    if (table.n_entries > enough)
        table_cover(scratch, rows->n_rows, rows->row, enough, &table);
    return table;
}

static Status no_fit(const Mapping *mapping, const RouterRows *rows, const Table *table, Err *err)
{
    uint64_t available = cost_count(&mapping->chip->router.table_entries);
    err_set(err, STATUS_NO_FIT,
            "router table does not fit: router %" PRIu32 " needs %s entries%s, %s available",
            rows->router, number_text(table->n_entries).text,
            mapping->options->tables == TABLES_RAW ? "" : " after minimising",
            number_text(available).text);
    if (mapping->options->tables == TABLES_RAW)
        err_hint(err, "--tables auto merges entries");
    else
        err_hint(err,
                 "%s keys or blocks of keys pass the router: fewer cores make fewer slices, "
                 "and regular trees (--routing xy) merge better",
                 number_text(rows->n_rows).text);
    return STATUS_NO_FIT;
}

static void note_figures(TableFigures *figures, uint32_t n_rows, uint32_t n_entries)
{
    figures->raw_sum += n_rows;
    figures->sum += n_entries;
    figures->raw_max = n_rows > figures->raw_max ? n_rows : figures->raw_max;
    figures->max = n_entries > figures->max ? n_entries : figures->max;
}

static Status make_table(Arena *arena, Arena *scratch, Mapping *mapping, uint32_t router, Err *err)
{
    RouterRows rows = router_rows(scratch, mapping, router);
    Table table = reduce(scratch, mapping, &rows);
    uint32_t wrong = table_proof(rows.n_rows, rows.row, &table);
    if (wrong < rows.n_rows)
        return err_set(err, STATUS_INTERNAL,
                       "proof tables-equal: the table of router %" PRIu32
                       " does not serve key %" PRIu32 " as its route says",
                       router, rows.row[wrong].cube.key);
    note_figures(&mapping->table_figures, rows.n_rows, table.n_entries);
    if (table.n_entries > cost_count(&mapping->chip->router.table_entries))
        return no_fit(mapping, &rows, &table, err);
    mapping->table[router] = emit_table(arena, scratch, mapping, &rows, &table);
    return STATUS_OK;
}

Status pass_tables(Arena *arena, Arena *scratch, Mapping *mapping, Err *err)
{
    uint32_t n_routers = mapping->topology->n_routers;
    mapping->n_tables = n_routers;
    mapping->table = ARENA_ARRAY(arena, RouterTable, n_routers);
    mapping->table_figures = (TableFigures){0};
    (void)scratch;
    Arena *of_router = arena_new();
    Status status = STATUS_OK;
    for (uint32_t r = 0; r < n_routers && status == STATUS_OK; r++) {
        status = watch_tell(mapping->options, "tables", r, n_routers, err);
        if (status == STATUS_OK)
            status = make_table(arena, of_router, mapping, r, err);
        arena_reset(of_router);
    }
    arena_free(of_router);
    return status;
}
