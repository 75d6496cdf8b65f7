/* pass_cores.c - how many cores each layer gets, and which layers share cores.
 *
 * Layers stand in groups: those of one group share the group's slots (cores without an id yet).
 *   --partition         whatever the file says
 *   --cores-per-layer   each layer has cores of its own, as many as asked for
 *   --share-cores       one group of all layers; so does the split "shared"
 *   the split "auto"    the grouping that the estimate likes best: each layer alone, all together,
 *                       every grouping if there are few layers, else each cut into two
 *   other splits        each layer alone
 * The sizes of the groups are found by grouping_search. What fits nowhere gets cores in proportion
 * to what each layer would need, so that the memory pass can name a core that is too small.
 * Cost: groupings * O(groups^2 * log cores) estimates.
 */
#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "grouping.h"
#include "split.h"

enum {
    MAX_GROUPED_LAYERS = 4, /* all groupings of so many are tried: 15 */
    MAX_CUT_LAYERS = 16,    /* more stand alone, if they can: no grouping is tried */
    MAX_PLANS = 12          /* of which whole mappings are estimated  */
};
/* Stored weights that may be walked for those estimates, for a fraction of a second. */
static const double MAX_WALKED = 2e7;
static const double MAX_CELLS = 2e6; /* slots * layers, the same */

/* Slots that slices may take: each slice needs two entries in the router's table, and the host's
 * input two. any_table: tables are left to the tables pass, which makes them small; each of many
 * routers only holds what passes it. */
static uint32_t slot_limit(const Mapping *mapping, uint32_t slices_per_core, bool any_table)
{
    uint64_t entries = cost_count(&mapping->chip->router.table_entries);
    uint64_t limit = entries < 4 ? 1 : (entries - 2) / 2 / slices_per_core;
    uint32_t usable = chip_usable_cores(mapping->chip);
    if (any_table)
        return usable;
    return limit == 0 ? 1 : limit < usable ? (uint32_t)limit : usable;
}

uint32_t planned_slot(const Mapping *mapping, uint32_t layer, uint32_t i)
{
    uint32_t size = mapping->group_slots[layer], offset = mapping->slot_offset[layer];
    if (offset == UINT32_MAX)
        return mapping->first_slot[layer] + shared_slot(mapping->core_count[layer], size, i);
    return mapping->first_slot[layer] + (offset + i) % size;
}

/* The grouping as fields of the Mapping. */
static void take_plan(Arena *scratch, Mapping *mapping, const Grouping *grouping)
{
    uint32_t *first = ARENA_ARRAY(scratch, uint32_t, (size_t)grouping->n_groups + 1);
    uint32_t *next = ARENA_ARRAY(scratch, uint32_t, grouping->n_groups);
    for (uint32_t g = 0; g < grouping->n_groups; g++)
        first[g + 1] = first[g] + grouping->n_slots[g];
    mapping->n_planned_slots = first[grouping->n_groups];
    for (uint32_t l = 0; l < mapping->network->n_layers; l++) {
        uint32_t group = grouping->group_of[l], size = grouping->n_slots[group];
        mapping->core_count[l] = grouping_count(mapping, grouping, l);
        mapping->first_slot[l] = first[group];
        mapping->group_slots[l] = size;
        mapping->slot_offset[l] = next[group];
        next[group] = (next[group] + mapping->core_count[l]) % size;
    }
}

/* Numbers of cores that are given: of their own, or spread over the most that any layer has. */
static void take_counts(Mapping *mapping, const uint32_t *count, bool share)
{
    uint32_t n_layers = mapping->network->n_layers, total = 0, most = 0;
    for (uint32_t l = 0; l < n_layers; l++)
        most = count[l] > most ? count[l] : most;
    for (uint32_t l = 0; l < n_layers; l++) {
        mapping->core_count[l] = count[l];
        mapping->first_slot[l] = share ? 0 : total;
        mapping->group_slots[l] = share ? most : count[l];
        mapping->slot_offset[l] = UINT32_MAX;
        total += count[l];
    }
    mapping->n_planned_slots = share ? most : total;
}

/* What each layer needs, if that is known; else one core a layer, the rest in proportion to it. */
static void deal_in_proportion(Mapping *mapping, uint32_t *need, uint64_t total, uint32_t limit)
{
    uint32_t n_layers = mapping->network->n_layers;
    if (total == 0)
        for (uint32_t l = 0; l < n_layers; l++)
            total += need[l] = mapping->network->layer[l].n_units;
    for (uint32_t l = 0; l < n_layers && total > limit; l++) {
        uint64_t share = 1 + (uint64_t)(limit - n_layers) * need[l] / total;
        uint32_t n_units = mapping->network->layer[l].n_units;
        need[l] = share < n_units ? (uint32_t)share : n_units;
    }
    take_counts(mapping, need, false);
}

/* ---- groupings -------------------- */

static void group_alone(Grouping *grouping, uint32_t n_layers)
{
    grouping->n_groups = n_layers;
    for (uint32_t l = 0; l < n_layers; l++)
        grouping->group_of[l] = l;
}

static void group_all(Grouping *grouping, uint32_t n_layers)
{
    grouping->n_groups = 1;
    memset(grouping->group_of, 0, n_layers * sizeof *grouping->group_of);
}

/* The next restricted growth string: group_of[l] <= 1 + largest before it. False after the last. */
static bool next_grouping(Grouping *grouping, uint32_t n_layers)
{
    for (uint32_t l = n_layers; l-- > 1;) {
        uint32_t most = 0;
        for (uint32_t i = 0; i < l; i++)
            most = grouping->group_of[i] > most ? grouping->group_of[i] : most;
        if (grouping->group_of[l] > most)
            continue;
        grouping->group_of[l]++;
        most = grouping->group_of[l] > most ? grouping->group_of[l] : most;
        for (uint32_t i = l + 1; i < n_layers; i++)
            grouping->group_of[i] = 0;
        grouping->n_groups = most + 1;
        return true;
    }
    return false;
}

typedef struct Choosing {
    Arena *scratch;
    const Mapping *mapping;
    bool any_table; /* see slot_limit */
    Grouping tried;
    GroupingList groupings;
    const uint32_t *least; /* [n_layers] cores that hold each layer alone, or NULL */
} Choosing;

static void try_grouping(Choosing *choosing)
{
    const Mapping *mapping = choosing->mapping;
    uint32_t n_layers = mapping->network->n_layers, most = 1;
    for (uint32_t l = 0; l < n_layers; l++) {
        uint32_t n_here = 0;
        for (uint32_t i = 0; i < n_layers; i++)
            n_here += choosing->tried.group_of[i] == choosing->tried.group_of[l];
        most = n_here > most ? n_here : most;
    }
    uint32_t limit = slot_limit(mapping, most, choosing->any_table);
    for (uint32_t l = 0; l < n_layers; l++)
        choosing->tried.count[l] = UINT32_MAX;
    const uint32_t *least = choosing->tried.n_groups == n_layers ? choosing->least : NULL;
    grouping_search(choosing->scratch, mapping, limit, least, &choosing->tried,
                    &choosing->groupings);
}

static void try_groupings(Choosing *choosing)
{
    uint32_t n_layers = choosing->mapping->network->n_layers;
    Grouping *grouping = &choosing->tried;
    group_alone(grouping, n_layers);
    try_grouping(choosing);
    if (n_layers > MAX_CUT_LAYERS && choosing->groupings.n > 0)
        return;
    group_all(grouping, n_layers);
    try_grouping(choosing);
    if (n_layers <= MAX_GROUPED_LAYERS) {
        group_all(grouping, n_layers);
        while (next_grouping(grouping, n_layers))
            if (grouping->n_groups < n_layers)
                try_grouping(choosing);
        return;
    }
    for (uint32_t cut = 1; cut < n_layers && n_layers <= MAX_CUT_LAYERS; cut++) {
        grouping->n_groups = 2;
        for (uint32_t l = 0; l < n_layers; l++)
            grouping->group_of[l] = l >= cut;
        try_grouping(choosing);
    }
}

/* Of the groupings in the list the one whose units, dealt in earnest, do best. */
static void take_best_plan(Arena *scratch, Mapping *mapping, const GroupingList *groupings)
{
    double walked = 1.0, n = groupings->n;
    for (uint32_t l = 0; l < mapping->network->n_layers; l++)
        walked += (double)(mapping->network->layer[l].input.n_nonzeros +
                           mapping->network->layer[l].recurrent.n_nonzeros);
    n = n * walked > MAX_WALKED ? MAX_WALKED / walked : n;
    if ((double)chip_usable_cores(mapping->chip) * mapping->network->n_layers > MAX_CELLS)
        n = 1.0;
    uint32_t best = 0;
    Estimate best_estimate = {.fits = false};
    Arena *inner = arena_new();
    for (uint32_t i = 0; i < groupings->n && (i == 0 || (i < n && n >= 2.0)); i++) {
        arena_reset(inner);
        take_plan(inner, mapping, &groupings->grouping[i]);
        Estimate estimate = estimate_handicapped(split_estimate(inner, mapping, split_balanced));
        if (estimate_better(mapping->options->objective, &estimate, &best_estimate)) {
            best = i;
            best_estimate = estimate;
        }
    }
    arena_free(inner);
    take_plan(scratch, mapping, &groupings->grouping[best]);
}

static bool is_split(const Mapping *mapping, const char *name)
{
    const char *split = mapping->options->split;
    return split == NULL ? strcmp(name, "auto") == 0 : strcmp(split, name) == 0;
}

Status pass_cores(Arena *arena, Arena *scratch, Mapping *mapping, Err *err)
{
    (void)arena;
    const CompileOptions *options = mapping->options;
    uint32_t n_layers = mapping->network->n_layers;
    bool share = options->share_cores || is_split(mapping, "shared");
    mapping->core_count = ARENA_ARRAY(scratch, uint32_t, n_layers);
    mapping->first_slot = ARENA_ARRAY(scratch, uint32_t, n_layers);
    mapping->group_slots = ARENA_ARRAY(scratch, uint32_t, n_layers);
    mapping->slot_offset = ARENA_ARRAY(scratch, uint32_t, n_layers);
    if (options->part != NULL)
        return partition_take(scratch, mapping, err);
    if (options->n_core_counts > 0) {
        take_counts(mapping, options->core_count, share);
        return STATUS_OK;
    }
    uint32_t *need = ARENA_ARRAY(scratch, uint32_t, n_layers), hopeless;
    uint64_t total = share ? 0 : fit_min_cores(scratch, mapping, need, &hopeless);
    bool any_table = mapping->topology != NULL && mapping->topology->n_routers > 1 &&
                     total > slot_limit(mapping, 1, false);
    uint32_t limit = slot_limit(mapping, 1, any_table);
    bool alone_fits = n_layers <= limit;
    if (!alone_fits && !share && !is_split(mapping, "auto")) {
        err_set(err, STATUS_NO_FIT,
                "%" PRIu32 " layers need a core each, the chip has %" PRIu32 " usable cores",
                n_layers, limit);
        err_hint(err, "slices of all layers can share cores");
        return STATUS_NO_FIT;
    }
    Choosing choosing = {.scratch = scratch,
                         .any_table = any_table,
                         .least = total > 0 && total <= limit ? need : NULL,
                         .mapping = mapping,
                         .tried = grouping_new(scratch, n_layers),
                         .groupings = grouping_list_new(scratch, n_layers, MAX_PLANS)};
    if (share) {
        group_all(&choosing.tried, n_layers);
        try_grouping(&choosing);
    } else if (is_split(mapping, "auto")) {
        try_groupings(&choosing);
    } else {
        group_alone(&choosing.tried, n_layers);
        try_grouping(&choosing);
    }
    if (choosing.groupings.n > 0) {
        take_best_plan(scratch, mapping, &choosing.groupings);
    } else if (share || !alone_fits) {
        uint32_t most = 1;
        for (uint32_t l = 0; l < n_layers; l++)
            most = mapping->network->layer[l].n_units > most ? mapping->network->layer[l].n_units
                                                             : most;
        group_all(&choosing.tried, n_layers);
        choosing.tried.n_slots[0] = slot_limit(mapping, n_layers, any_table);
        if (choosing.tried.n_slots[0] > most)
            choosing.tried.n_slots[0] = most;
        take_plan(scratch, mapping, &choosing.tried);
    } else {
        deal_in_proportion(mapping, need, total, limit);
    }
    return STATUS_OK;
}
