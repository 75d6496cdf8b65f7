/* check_routes.c - do the routes lead exactly where the network needs them?
 *
 * Independent of pass_routes: looks every slice's two keys up in the finished table as the router
 * would, marks the cores that get a copy, walks the stored weights of the slice's units with a
 * table of the core of every unit, and compares both sets.
 * Cost: O(stored weights + slices * cores).
 */
#include "mapping.h"

#include <inttypes.h>

typedef struct RouteCheck {
    const Mapping *mapping;
    const uint32_t *const *core_of_unit; /* [n_layers][n_units] core id                     */
    uint32_t *needed;                    /* [n_cores] equal to `round`: needs a copy   */
    uint32_t round;
} RouteCheck;

static void need(RouteCheck *check, uint32_t core)
{
    check->needed[core] = check->round;
}

static void need_layer(RouteCheck *check, int64_t layer)
{
    const Network *network = check->mapping->network;
    if (layer < 0 || layer >= network->n_layers)
        return;
    for (uint32_t u = 0; u < network->layer[layer].n_units; u++)
        need(check, check->core_of_unit[layer][u]);
}

static void need_targets(RouteCheck *check, uint32_t layer, const SparseRows *rows, uint32_t source)
{
    uint32_t n_units = check->mapping->network->layer[layer].n_units;
    for (uint64_t i = rows->row_start[source]; i < rows->row_start[source + 1]; i++)
        need(check, check->core_of_unit[layer][rows->col[i] % n_units]);
}

/* The only entry that matches the key; NULL with err set if there is none or there are two. */
static const RouteEntry *only_entry(const Mapping *mapping, uint32_t key, Err *err)
{
    /* Entries ascend by key and each matches keys from its own on, so a match is the last one at or
     * below the key, unless blocks overlap, which its neighbour would show. */
    const RouterTable *table = &mapping->table[0];
    uint32_t low = 0, high = table->n_entries;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (table->entry[middle].key <= key)
            low = middle + 1;
        else
            high = middle;
    }
    const RouteEntry *entry = low > 0 ? &table->entry[low - 1] : NULL;
    bool found = entry != NULL && (key & entry->mask) == entry->key;
    bool twice = found && low > 1 && (key & entry[-1].mask) == entry[-1].key;
    if (found && !twice)
        return entry;
    err_set(err, STATUS_INTERNAL, "%s entry of the router's table matches key %" PRIu32,
            found ? "more than one" : "no", key);
    return NULL;
}

/* The route of `key` must lead to exactly the needed cores. Ends the round. */
static Status compare(RouteCheck *check, uint32_t key, bool to_host, Err *err)
{
    const Mapping *mapping = check->mapping;
    const RouteEntry *entry = only_entry(mapping, key, err);
    if (entry == NULL)
        return STATUS_INTERNAL;
    uint32_t n_needed = 0;
    for (uint32_t c = 0; c < mapping->n_slots; c++)
        n_needed += check->needed[mapping->core[c].core] == check->round;
    bool right = entry->n_cores == n_needed && (entry->to_host != 0) == to_host;
    for (uint32_t i = 0; right && i < entry->n_cores; i++)
        right = check->needed[entry->core[i]] == check->round &&
                (i == 0 || entry->core[i - 1] < entry->core[i]);
    if (!right)
        return err_set(err, STATUS_INTERNAL,
                       "the route of key %" PRIu32 " leads to %" PRIu32 " cores%s, %" PRIu32
                       "%s are needed, or other ones",
                       key, entry->n_cores, entry->to_host ? " and the host" : "", n_needed,
                       to_host ? " and the host" : "");
    check->round++;
    return STATUS_OK;
}

static Status check_slice(RouteCheck *check, const SliceProgram *slice, Err *err)
{
    const Network *network = check->mapping->network;
    uint32_t l = slice->layer;
    bool last = l + 1 == network->n_layers;
    for (uint32_t u = 0; u < slice->n_units; u++) {
        uint32_t unit = check->mapping->unit_of[l][slice->first_position + u];
        need_targets(check, l, &network->layer[l].recurrent, unit);
        if (!last)
            need_targets(check, l + 1, &network->layer[l + 1].input, unit);
    }
    TRY(compare(check, slice->key, last, err));
    for (int64_t near = (int64_t)l - 1; near <= (int64_t)l + 1; near++)
        need_layer(check, near);
    return compare(check, slice->marker_key, last || l == 0, err);
}

Status check_routes(Arena *scratch, const Mapping *mapping, Err *err)
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
    RouteCheck check = {mapping, core_of_unit,
                        ARENA_ARRAY(scratch, uint32_t, mapping->chip->n_cores), 1};
    const RouterTable *table = &mapping->table[0];
    for (uint32_t i = 0; i + 1 < table->n_entries; i++)
        if (table->entry[i].key >= table->entry[i + 1].key)
            return err_set(err, STATUS_INTERNAL,
                           "entry %" PRIu32 " of the router's table is out of order", i + 1);
    for (uint32_t input = 0; input < network->n_inputs; input++)
        need_targets(&check, 0, &network->layer[0].input, input);
    TRY(compare(&check, mapping->input_key, false, err));
    need_layer(&check, 0);
    TRY(compare(&check, mapping->input_marker_key, false, err));
    for (uint32_t s = 0; s < mapping->n_slices; s++)
        TRY(check_slice(&check, &mapping->slice[s], err));
    return STATUS_OK;
}
