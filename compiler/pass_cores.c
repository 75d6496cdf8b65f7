/* pass_cores.c - how many cores each layer gets, and which layers share cores.
 *
 * Layers stand in groups: those of one group share the group's slots (cores without an id yet).
 *   --partition         whatever the file says
 *   --cores-per-layer   each layer has cores of its own, as many as asked for; where layers share
 *                       cores they are spread over the most that any layer asks for
 *   --share-cores       one group of all layers; so does the split "shared"
 *   the split "auto"    the grouping that the estimate likes best: each layer alone, all together,
 *                       every grouping if there are few layers, else each cut into two
 *   other splits        each layer alone
 * The sizes of the groups are found by grouping_search: for the formats that cost each core least,
 * and again for format plans that do not spoil all that was found (format_plan.h). What fits nowhere gets cores in proportion
 * to what each layer would need, so that the memory pass can name a core that is too small.
 * Cost: groupings * O(groups^2 * log cores) estimates for each of at most 6 plans.
 */
#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "format_plan.h"
#include "grouping.h"
#include "split.h"

enum {
    MAX_GROUPED_LAYERS = 4, /* all groupings of so many are tried: 15 */
    MAX_CUT_LAYERS = 16,    /* more stand alone, if they can: no grouping is tried */
    MAX_PLANS = 12,         /* groupings kept of each search                 */
    MAX_DEALT = 12,         /* of which whole mappings are estimated         */
    MAX_CANDIDATES = MAX_PLANS * (MAX_FORMAT_PLANS + 1),
    MAX_MIXED = 400 /* estimates to mix formats */
};
/* Worse than the best by averages up to which units are dealt in earnest. */
static const double WORTH_DEALING = 1.06;
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
    Arena *scratch, *inner; /* inner: reset by every estimate */
    Mapping *mapping;
    bool share;
    bool any_table; /* see slot_limit */
    Grouping tried;
    GroupingList *groupings;
    uint32_t *least; /* [n_layers] cores that hold each layer alone                */
    uint64_t total;  /* their sum; 0: not known                                */
    uint32_t limit;  /* slots of layers that stand alone                       */
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
    bool alone = choosing->tried.n_groups == n_layers;
    bool known = choosing->total > 0 && choosing->total <= choosing->limit;
    grouping_search(choosing->scratch, mapping, limit, alone && known ? choosing->least : NULL,
                    &choosing->tried, choosing->groupings);
}

static void try_groupings(Choosing *choosing)
{
    uint32_t n_layers = choosing->mapping->network->n_layers;
    Grouping *grouping = &choosing->tried;
    group_alone(grouping, n_layers);
    try_grouping(choosing);
    if (n_layers > MAX_CUT_LAYERS && choosing->groupings->n > 0)
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

/* ---- groupings with formats -------------------- */

typedef struct Candidate {
    int32_t *formats;
    const Grouping *grouping;
} Candidate;

typedef struct CandidateList { /* best first, of equals the first */
    uint32_t n;
    Candidate candidate[MAX_CANDIDATES];
} CandidateList;

static void add_candidates(CandidateList *list, const Mapping *mapping,
                           const GroupingList *groupings)
{
    Objective objective = mapping->options->objective;
    for (uint32_t i = 0; i < groupings->n; i++) {
        const Grouping *grouping = &groupings->grouping[i];
        CHECK(list->n < MAX_CANDIDATES);
        uint32_t at = list->n++;
        for (; at > 0 && estimate_better(objective, &grouping->estimate,
                                         &list->candidate[at - 1].grouping->estimate);
             at--)
            list->candidate[at] = list->candidate[at - 1];
        list->candidate[at] = (Candidate){mapping->format_plan, grouping};
    }
}

/* Is the candidate so much worse by its averages that dealing its units is a waste of time? */
static bool is_hopeless(Objective objective, const Estimate *best, Estimate estimate)
{
    estimate.latency_us /= WORTH_DEALING;
    estimate.period_us /= WORTH_DEALING;
    estimate.energy_uj /= WORTH_DEALING;
    return objective != OBJECTIVE_MEMORY && estimate_better(objective, best, &estimate);
}

static Estimate estimate_tried(void *context)
{
    Choosing *choosing = context;
    return grouping_estimate(choosing->inner, choosing->mapping, &choosing->tried);
}

/* Does the format plan that the Mapping has now make another thing of the groupings found so far,
 * and not of all a much worse one? What does not fit there may fit elsewhere. */
static bool is_worth_trying(Choosing *choosing, const CandidateList *list)
{
    Mapping *mapping = choosing->mapping;
    Objective objective = mapping->options->objective;
    bool worth = false;
    for (uint32_t i = 0; i < list->n && !worth; i++) {
        const Grouping *grouping = list->candidate[i].grouping;
        Estimate now = grouping_estimate(choosing->inner, mapping, grouping);
        bool same = now.fits && !estimate_better(objective, &now, &grouping->estimate) &&
                    !estimate_better(objective, &grouping->estimate, &now);
        worth = !same &&
                (!now.fits || !is_hopeless(objective, &list->candidate[0].grouping->estimate, now));
    }
    return worth;
}

/* Candidates that can be dealt in earnest, by the size of the network and of the chip. */
static uint32_t n_affordable(const Mapping *mapping)
{
    double walked = 1.0;
    for (uint32_t l = 0; l < mapping->network->n_layers; l++)
        walked += (double)(mapping->network->layer[l].input.n_nonzeros +
                           mapping->network->layer[l].recurrent.n_nonzeros);
    if ((double)chip_usable_cores(mapping->chip) * mapping->network->n_layers > MAX_CELLS)
        return 1;
    double n = MAX_DEALT * walked > MAX_WALKED ? MAX_WALKED / walked : MAX_DEALT;
    return n < 2.0 ? 1 : (uint32_t)n;
}

/* Of the candidates the one whose units, dealt in earnest, do best; the first if none fits so. */
static void take_best_plan(Choosing *choosing, const CandidateList *list)
{
    Mapping *mapping = choosing->mapping;
    Objective objective = mapping->options->objective;
    uint32_t n = n_affordable(mapping);
    const Candidate *best = &list->candidate[0];
    Estimate best_estimate = {.fits = false};
    for (uint32_t i = 0; i < list->n && i < n && n > 1; i++) {
        const Candidate *candidate = &list->candidate[i];
        if (is_hopeless(objective, &list->candidate[0].grouping->estimate,
                        candidate->grouping->estimate))
            break;
        arena_reset(choosing->inner);
        mapping->format_plan = candidate->formats;
        take_plan(choosing->inner, mapping, candidate->grouping);
        Estimate estimate =
            estimate_handicapped(split_estimate(choosing->inner, mapping, split_balanced));
        if (!estimate_better(objective, &estimate, &best_estimate))
            continue;
        best = candidate;
        best_estimate = estimate;
    }
    mapping->format_plan = best->formats;
    take_plan(choosing->scratch, mapping, best->grouping);
}

static bool is_split_auto(const Mapping *mapping)
{
    const char *split = mapping->options->split;
    return split == NULL || strcmp(split, "auto") == 0;
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
    group_all(&choosing->tried, n_layers);
    choosing->tried.n_slots[0] = slot_limit(mapping, n_layers, choosing->any_table);
    if (choosing->tried.n_slots[0] > most)
        choosing->tried.n_slots[0] = most;
    take_plan(choosing->scratch, mapping, &choosing->tried);
}

/* How few cores would do, for the formats that the Mapping has now. */
static void find_limits(Choosing *choosing)
{
    const Mapping *mapping = choosing->mapping;
    uint32_t hopeless;
    choosing->total =
        choosing->share ? 0 : fit_min_cores(choosing->scratch, mapping, choosing->least, &hopeless);
    choosing->any_table = mapping->topology != NULL && mapping->topology->n_routers > 1 &&
                          choosing->total > slot_limit(mapping, 1, false);
    choosing->limit = slot_limit(mapping, 1, choosing->any_table);
}

static void search_groupings(Choosing *choosing, CandidateList *list)
{
    Mapping *mapping = choosing->mapping;
    uint32_t n_layers = mapping->network->n_layers;
    GroupingList groupings = grouping_list_new(choosing->scratch, n_layers, MAX_PLANS);
    choosing->groupings = &groupings;
    if (choosing->share || !is_split_auto(mapping)) {
        if (choosing->share)
            group_all(&choosing->tried, n_layers);
        else
            group_alone(&choosing->tried, n_layers);
        try_grouping(choosing);
    } else {
        try_groupings(choosing);
    }
    add_candidates(list, mapping, &groupings);
}

/* The same groupings again in every format, and in the best mixture of formats for the best. */
static void search_formats(Choosing *choosing, CandidateList *list)
{
    Mapping *mapping = choosing->mapping;
    uint32_t n_layers = mapping->network->n_layers;
    int32_t *plan[MAX_FORMAT_PLANS],
        *mixed = format_plan_new(choosing->scratch, mapping->network, -1);
    uint32_t n = n_affordable(mapping) > 1 ? format_plans(choosing->scratch, mapping, plan) : 1;
    for (uint32_t i = 1; i < n; i++) {
        mapping->format_plan = plan[i];
        if (!is_worth_trying(choosing, list))
            continue;
        find_limits(choosing);
        search_groupings(choosing, list);
    }
    if (n <= 1)
        return;
    grouping_copy(&choosing->tried, list->candidate[0].grouping, n_layers);
    memcpy(mixed, list->candidate[0].formats, 2 * (size_t)n_layers * sizeof *mixed);
    mapping->format_plan = mixed;
    Estimate best = choosing->tried.estimate;
    if (!format_plan_improve(mapping, estimate_tried, choosing, MAX_MIXED, &best))
        return;
    find_limits(choosing);
    search_groupings(choosing, list);
}

static Status choose_cores(Choosing *choosing, Err *err)
{
    Mapping *mapping = choosing->mapping;
    uint32_t n_layers = mapping->network->n_layers;
    CandidateList list = {.n = 0};
    find_limits(choosing);
    if (n_layers > choosing->limit && !choosing->share && !is_split_auto(mapping)) {
        err_set(err, STATUS_NO_FIT,
                "%" PRIu32 " layers need a core each, the chip has %" PRIu32 " usable cores",
                n_layers, choosing->limit);
        err_hint(err, "slices of all layers can share cores");
        return STATUS_NO_FIT;
    }
    search_groupings(choosing, &list);
    if (list.n == 0) {
        take_what_does_not_fit(choosing);
        return STATUS_OK;
    }
    search_formats(choosing, &list);
    take_best_plan(choosing, &list);
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
