/* pass_cores.c - how many cores each layer gets, and which layers share cores.
 *
 * Layers stand in groups: those of one group share the group's slots (cores without an id yet).
 *   --partition         whatever the file says
 *   --cores-per-layer   each layer has cores of its own, as many as asked for; where layers share
 *                       cores they are spread over the most that any layer asks for
 *   --share-cores       one group of all layers; so does the split "shared"
 *   the split "auto"    the grouping that the estimate likes best (cores_groupings.c)
 *   other splits        each layer alone
 * Groupings are searched for the formats that cost each core least, and again for format plans
 * that may do better than the best found is in earnest (cores_formats.c). What fits nowhere gets cores in
 * proportion to what each layer would need, so that the memory pass can name a core that is too
 * small.
 * Cost: groupings * O(groups^2 * log cores) estimates for each of at most 6 plans.
 */
#include <inttypes.h>

#include "cores_choice.h"

uint32_t planned_slot(const Mapping *mapping, uint32_t layer, uint32_t i)
{
    uint32_t size = mapping->group_slots[layer], offset = mapping->slot_offset[layer];
    if (offset == UINT32_MAX)
        return mapping->first_slot[layer] + shared_slot(mapping->core_count[layer], size, i);
    return mapping->first_slot[layer] + (offset + i) % size;
}

void choice_take(Arena *scratch, Mapping *mapping, const Grouping *grouping)
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

/* What fits nowhere: for the memory pass to refuse. */
static void take_what_does_not_fit(Choosing *choosing)
{
    Mapping *mapping = choosing->mapping;
    uint32_t n_layers = mapping->network->n_layers, most = 1;
    if (!choosing->share && n_layers <= choosing->limit) {
        deal_in_proportion(mapping, choosing->least, choosing->total, choosing->limit);
        return;
    }
    for (uint32_t l = 0; l < n_layers; l++)
        most =
            mapping->network->layer[l].n_units > most ? mapping->network->layer[l].n_units : most;
    choice_group_all(&choosing->tried, n_layers);
    choosing->tried.n_slots[0] = choice_slots(mapping, n_layers, choosing->any_table);
    if (choosing->tried.n_slots[0] > most)
        choosing->tried.n_slots[0] = most;
    choice_take(choosing->scratch, mapping, &choosing->tried);
}

static Status choose_cores(Choosing *choosing, Err *err)
{
    Mapping *mapping = choosing->mapping;
    uint32_t n_layers = mapping->network->n_layers;
    CandidateList list = {.n = 0};
    choice_limits(choosing);
    if (n_layers > choosing->limit && !choosing->share && !choice_split_auto(mapping)) {
        err_set(err, STATUS_NO_FIT,
                "%" PRIu32 " layers need a core each, the chip has %" PRIu32 " usable cores",
                n_layers, choosing->limit);
        err_hint(err, "slices of all layers can share cores");
        return STATUS_NO_FIT;
    }
    choice_groupings(choosing, &list);
    if (list.n == 0) {
        take_what_does_not_fit(choosing);
        return STATUS_OK;
    }
    choice_formats(choosing, &list);
    choice_take_best(choosing, &list);
    return STATUS_OK;
}

Status pass_cores(Arena *arena, Arena *scratch, Mapping *mapping, Err *err)
{
    (void)arena;
    const CompileOptions *options = mapping->options;
    uint32_t n_layers = mapping->network->n_layers;
    bool share = options_share_cores(options);
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
    Choosing choosing = {.scratch = scratch,
                         .inner = arena_new(),
                         .mapping = mapping,
                         .share = share,
                         .tried = grouping_new(scratch, n_layers),
                         .least = ARENA_ARRAY(scratch, uint32_t, n_layers)};
    Status status = choose_cores(&choosing, err);
    arena_free(choosing.inner);
    return status;
}
