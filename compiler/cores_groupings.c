/* cores_groupings.c - which layers share cores: groupings tried for the formats that the Mapping
 * has.
 *
 * Each layer alone, all together, every grouping if there are few layers, else each cut into
 * two; grouping_search finds the sizes of the groups. Cost: groupings * O(groups^2 * log cores)
 * estimates.
 */
#include <string.h>

#include "base/check.h"
#include "cores_choice.h"

enum {
    MAX_GROUPED_LAYERS = 4, /* all groupings of so many are tried: 15 */
    MAX_CUT_LAYERS = 16     /* more stand alone, if they can: no grouping is tried */
};

uint32_t choice_slots(const Mapping *mapping, uint32_t slices_per_core, bool any_table)
{
    uint64_t entries = cost_count(&mapping->chip->router.table_entries);
    uint64_t limit = entries < 4 ? 1 : (entries - 2) / 2 / slices_per_core;
    uint32_t usable = chip_usable_cores(mapping->chip);
    if (any_table)
        return usable;
    return limit == 0 ? 1 : limit < usable ? (uint32_t)limit : usable;
}

static void group_alone(Grouping *grouping, uint32_t n_layers)
{
    grouping->n_groups = n_layers;
    for (uint32_t l = 0; l < n_layers; l++)
        grouping->group_of[l] = l;
}

void choice_group_all(Grouping *grouping, uint32_t n_layers)
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
    uint32_t limit = choice_slots(mapping, most, choosing->any_table);
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
    choice_group_all(grouping, n_layers);
    try_grouping(choosing);
    if (n_layers <= MAX_GROUPED_LAYERS) {
        choice_group_all(grouping, n_layers);
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
        list->candidate[at] = (Candidate){.formats = mapping->format_plan, .grouping = grouping};
    }
}

bool choice_split_auto(const Mapping *mapping)
{
    const char *split = mapping->options->split;
    return split == NULL || strcmp(split, "auto") == 0;
}

void choice_limits(Choosing *choosing)
{
    const Mapping *mapping = choosing->mapping;
    uint32_t hopeless;
    choosing->total =
        choosing->share ? 0 : fit_min_cores(choosing->scratch, mapping, choosing->least, &hopeless);
    choosing->any_table = mapping->topology != NULL && mapping->topology->n_routers > 1 &&
                          choosing->total > choice_slots(mapping, 1, false);
    choosing->limit = choice_slots(mapping, 1, choosing->any_table);
}

void choice_groupings(Choosing *choosing, CandidateList *list)
{
    Mapping *mapping = choosing->mapping;
    uint32_t n_layers = mapping->network->n_layers;
    GroupingList groupings = grouping_list_new(choosing->scratch, n_layers, MAX_PLANS);
    choosing->groupings = &groupings;
    if (choosing->share || !choice_split_auto(mapping)) {
        if (choosing->share)
            choice_group_all(&choosing->tried, n_layers);
        else
            group_alone(&choosing->tried, n_layers);
        try_grouping(choosing);
    } else {
        try_groupings(choosing);
    }
    add_candidates(list, mapping, &groupings);
}
