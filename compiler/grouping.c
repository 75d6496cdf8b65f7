/* grouping.c - sizes of groups of layers, by trying: hill climbing on the estimate of whole
 * mappings.
 *
 * Starts from the least cores that hold each group, the rest dealt by the square root of the work
 * of the group's layers (best where tokens pass one after another) and in proportion to it (best
 * in a pipeline); then moves slots between groups, and to and from the pool of free ones, as long
 * as the objective gets better: as many at once as would help, halving down to one. A group also
 * tries the sizes at which the largest slice of one of its layers gets smaller or stays as it is
 * with the fewest slots, as between them nothing is gained. Deterministic; the first of equals
 * wins. Cost: about groups^2 * log2(slots) estimates a round, a few rounds; with many layers it
 * ends after MAX_WORK.
 */
#include "grouping.h"

#include <string.h>

#include "base/check.h"
#include "base/real_math.h"

enum {
    MAX_ROUNDS = 40,
    MAX_SPANNING = 6,  /* layers of which every subset is tried */
    MAX_WORK = 4000000 /* estimates * layers^2: a second or two */
};

Grouping grouping_new(Arena *arena, uint32_t n_layers)
{
    Grouping grouping = {.group_of = ARENA_ARRAY(arena, uint32_t, n_layers),
                         .n_slots = ARENA_ARRAY(arena, uint32_t, n_layers),
                         .count = ARENA_ARRAY(arena, uint32_t, n_layers)};
    for (uint32_t l = 0; l < n_layers; l++)
        grouping.count[l] = UINT32_MAX;
    return grouping;
}

uint32_t grouping_count(const Mapping *mapping, const Grouping *grouping, uint32_t layer)
{
    uint32_t n_units = mapping->network->layer[layer].n_units;
    uint32_t count = grouping->n_slots[grouping->group_of[layer]];
    count = n_units < count ? n_units : count;
    return grouping->count[layer] < count ? grouping->count[layer] : count;
}

void grouping_copy(Grouping *to, const Grouping *from, uint32_t n_layers)
{
    to->n_groups = from->n_groups;
    to->estimate = from->estimate;
    memcpy(to->group_of, from->group_of, n_layers * sizeof *to->group_of);
    memcpy(to->n_slots, from->n_slots, n_layers * sizeof *to->n_slots);
    memcpy(to->count, from->count, n_layers * sizeof *to->count);
}

GroupingList grouping_list_new(Arena *arena, uint32_t n_layers, uint32_t max)
{
    GroupingList list = {.max = max, .grouping = ARENA_ARRAY(arena, Grouping, (size_t)max + 1)};
    for (uint32_t i = 0; i <= max; i++)
        list.grouping[i] = grouping_new(arena, n_layers);
    return list;
}

typedef enum LayerKind { FEWER_SLOTS, ALL_SLOTS, UNIT_A_SLOT } LayerKind;

/* One unit a slot is a kind of its own: such slices differ so much from one another that their
 * average says little. */
static LayerKind layer_kind(const Mapping *mapping, const Grouping *grouping, uint32_t l)
{
    uint32_t count = grouping_count(mapping, grouping, l);
    if (count == mapping->network->layer[l].n_units)
        return UNIT_A_SLOT;
    return count < grouping->n_slots[grouping->group_of[l]] ? FEWER_SLOTS : ALL_SLOTS;
}

static bool same_kind(const Mapping *mapping, const Grouping *a, const Grouping *b)
{
    if (a->n_groups != b->n_groups)
        return false;
    for (uint32_t l = 0; l < mapping->network->n_layers; l++)
        if (a->group_of[l] != b->group_of[l] ||
            layer_kind(mapping, a, l) != layer_kind(mapping, b, l))
            return false;
    return true;
}

/* Into its place, in the place of a worse one of its kind. */
static void list_add(GroupingList *list, const Mapping *mapping, const Grouping *grouping)
{
    Objective objective = mapping->options->objective;
    uint32_t n_layers = mapping->network->n_layers, i = 0;
    while (i < list->n && !same_kind(mapping, &list->grouping[i], grouping))
        i++;
    if (i < list->n &&
        !estimate_better(objective, &grouping->estimate, &list->grouping[i].estimate))
        return;
    if (i == list->n) {
        if (list->n < list->max)
            list->n++;
        else
            i--; /* the last goes if the new one is better */
        if (i + 1 == list->max && list->grouping[i].estimate.fits &&
            !estimate_better(objective, &grouping->estimate, &list->grouping[i].estimate))
            return;
    }
    grouping_copy(&list->grouping[i], grouping, n_layers);
    for (; i > 0 &&
           estimate_better(objective, &list->grouping[i].estimate, &list->grouping[i - 1].estimate);
         i--) {
        Grouping moved = list->grouping[i];
        list->grouping[i] = list->grouping[i - 1];
        list->grouping[i - 1] = moved;
    }
}

typedef struct Search {
    GroupingList *list;
    const Mapping *mapping;
    Arena *scratch, *inner; /* inner: reset by every estimate */
    uint32_t n_layers, limit;
    Grouping best, tried;
    uint64_t n_left; /* estimates that may be made yet */
    uint32_t *most;  /* [n_groups] slots that a group can use */
} Search;

static uint32_t total_of(const Grouping *grouping)
{
    uint32_t total = 0;
    for (uint32_t g = 0; g < grouping->n_groups; g++)
        total += grouping->n_slots[g];
    return total;
}

/* Estimates `tried`; keeps it if it is better. */
static bool try_plan(Search *search)
{
    Grouping *grouping = &search->tried;
    for (uint32_t g = 0; g < grouping->n_groups; g++)
        if (grouping->n_slots[g] == 0 || grouping->n_slots[g] > search->most[g])
            return false;
    if (total_of(grouping) > search->limit || search->n_left == 0)
        return false;
    search->n_left--;
    grouping->estimate = grouping_estimate(search->inner, search->mapping, grouping);
    if (grouping->estimate.fits)
        list_add(search->list, search->mapping, grouping);
    if (!estimate_better(search->mapping->options->objective, &grouping->estimate,
                         &search->best.estimate))
        return false;
    grouping_copy(&search->best, grouping, search->n_layers);
    return true;
}

/* ---- work -------------------- */

static double square_root(double x)
{
    return real_exp(0.5 * real_log(x));
}

static double layer_work(const Search *search, uint32_t layer, bool root)
{
    const Mapping *mapping = search->mapping;
    double work = 1.0 + mapping->work_sums[layer].input + mapping->work_sums[layer].recurrent +
                  mapping->network->layer[layer].n_units;
    return root ? square_root(work) : work;
}

static double group_work(const Search *search, uint32_t group, bool root)
{
    double work = 0.0;
    for (uint32_t l = 0; l < search->n_layers; l++)
        if (search->best.group_of[l] == group)
            work += layer_work(search, l, false);
    return root ? square_root(work) : work;
}

/* ---- sizes of groups -------------------- */

/* Moves n slots from one group to another; PLAN_POOL: from or to the free ones. */
#define PLAN_POOL UINT32_MAX

static bool try_move(Search *search, uint32_t from, uint32_t to, uint32_t n)
{
    grouping_copy(&search->tried, &search->best, search->n_layers);
    if (from != PLAN_POOL) {
        if (search->tried.n_slots[from] <= n)
            return false;
        search->tried.n_slots[from] -= n;
    }
    if (to != PLAN_POOL)
        search->tried.n_slots[to] += n;
    return try_plan(search);
}

static bool try_all_moves(Search *search)
{
    uint32_t n_groups = search->best.n_groups;
    bool better = false;
    for (uint32_t n = search->limit / 2 > 0 ? search->limit / 2 : 1; n > 0; n /= 2)
        for (uint32_t from = 0; from <= n_groups; from++)
            for (uint32_t to = 0; to <= n_groups; to++)
                if (from != to)
                    better |= try_move(search, from < n_groups ? from : PLAN_POOL,
                                       to < n_groups ? to : PLAN_POOL, n);
    return better;
}

/* ---- layers within a group -------------------- */

static bool try_count(Search *search, uint32_t layer, uint32_t count, uint32_t other,
                      uint32_t other_count)
{
    grouping_copy(&search->tried, &search->best, search->n_layers);
    search->tried.count[layer] = count;
    if (other != layer)
        search->tried.count[other] = other_count;
    return try_plan(search);
}

/* Fewer or more slots for a layer of its group's (fewer markers against longer slices), or slots
 * from one layer to another. */
static bool try_counts(Search *search)
{
    bool better = false;
    for (uint32_t l = 0; l < search->n_layers; l++)
        for (uint32_t n = search->limit / 2; n > 0; n /= 2)
            for (uint32_t other = 0; other < search->n_layers; other++) {
                uint32_t now = grouping_count(search->mapping, &search->best, l);
                uint32_t then = grouping_count(search->mapping, &search->best, other);
                if (other == l)
                    better |= try_count(search, l, now + n, l, 0);
                if (now <= n)
                    continue;
                if (other == l || search->best.group_of[other] == search->best.group_of[l])
                    better |= try_count(search, l, now - n, other, then + n);
            }
    return better;
}

/* Layers of the group that are not in `spanning` share its slots out among themselves. */
static void share_out(Search *search, uint32_t group, uint32_t spanning, bool root)
{
    Grouping *grouping = &search->tried;
    double total = 0.0;
    grouping_copy(grouping, &search->best, search->n_layers);
    for (uint32_t l = 0; l < search->n_layers; l++)
        if (grouping->group_of[l] == group && !(spanning >> l & 1))
            total += layer_work(search, l, root);
    for (uint32_t l = 0; l < search->n_layers; l++) {
        if (grouping->group_of[l] != group)
            continue;
        double share = spanning >> l & 1 ? 1.0 : layer_work(search, l, root) / total;
        uint32_t count = (uint32_t)(grouping->n_slots[group] * share + 0.5);
        grouping->count[l] = count > 0 ? count : 1;
    }
}

/* Every choice of layers that span their group, the rest side by side: markers of a layer then
 * reach fewer cores, and rows of a layer are caught up on while another works. */
static void start_side_by_side(Search *search)
{
    if (search->n_layers > MAX_SPANNING)
        return;
    for (uint32_t group = 0; group < search->best.n_groups; group++)
        for (uint32_t spanning = 0; spanning < UINT32_C(1) << search->n_layers; spanning++)
            for (int root = 0; root < 2; root++) {
                share_out(search, group, spanning, root);
                try_plan(search);
            }
}

/* Sizes at which the largest slice of a layer is the same with the fewest slots, or one unit more
 * or less. */
static bool try_even_sizes(Search *search)
{
    bool better = false;
    for (uint32_t l = 0; l < search->n_layers; l++) {
        uint32_t n_units = search->mapping->network->layer[l].n_units;
        uint32_t group = search->best.group_of[l];
        uint32_t size = search->best.n_slots[group];
        uint32_t largest = (n_units + size - 1) / size;
        for (uint32_t units = largest > 1 ? largest - 1 : 1; units <= largest + 1; units++) {
            grouping_copy(&search->tried, &search->best, search->n_layers);
            search->tried.n_slots[group] = (n_units + units - 1) / units;
            better |= try_plan(search);
        }
    }
    return better;
}

/* ---- starts -------------------- */

static void start_by_work(Search *search, bool root)
{
    Grouping *grouping = &search->tried;
    double total = 0.0;
    grouping_copy(grouping, &search->best, search->n_layers);
    for (uint32_t g = 0; g < grouping->n_groups; g++)
        total += group_work(search, g, root);
    uint32_t rest = search->limit - grouping->n_groups;
    for (uint32_t g = 0; g < grouping->n_groups; g++) {
        uint32_t n = 1 + (uint32_t)(rest * (group_work(search, g, root) / total));
        grouping->n_slots[g] = n < search->most[g] ? n : search->most[g];
    }
    try_plan(search);
}

/* About what the layer takes: a weight with its index, and the parameters of a unit. */
static double layer_bytes(const Mapping *mapping, uint32_t l)
{
    uint32_t n_units = mapping->network->layer[l].n_units;
    const LayerWeights *weights = &mapping->weights[l];
    return 5.0 * (double)(weights->input_before[n_units] + weights->recurrent_before[n_units]) +
           64.0 * n_units;
}

/* As many slots as each group's weights need at least: a start for what hardly fits. */
static void start_by_memory(Search *search)
{
    const Mapping *mapping = search->mapping;
    Grouping *grouping = &search->tried;
    double total = 0.0;
    grouping_copy(grouping, &search->best, search->n_layers);
    for (uint32_t l = 0; l < search->n_layers; l++)
        total += layer_bytes(mapping, l);
    uint32_t rest = search->limit - grouping->n_groups;
    for (uint32_t g = 0; g < grouping->n_groups; g++) {
        double bytes = 0.0;
        for (uint32_t l = 0; l < search->n_layers; l++)
            bytes += grouping->group_of[l] == g ? layer_bytes(mapping, l) : 0.0;
        uint32_t n = 1 + (uint32_t)(rest * (bytes / total));
        grouping->n_slots[g] = n < search->most[g] ? n : search->most[g];
    }
    try_plan(search);
}

bool grouping_search(Arena *scratch, const Mapping *mapping, uint32_t limit, const uint32_t *least,
                     Grouping *grouping, GroupingList *list)
{
    uint32_t n_layers = mapping->network->n_layers;
    Search search = {.list = list,
                     .mapping = mapping,
                     .scratch = scratch,
                     .inner = arena_new(),
                     .n_layers = n_layers,
                     .limit = limit,
                     .n_left = 10 + MAX_WORK / ((uint64_t)n_layers * n_layers),
                     .best = grouping_new(scratch, n_layers),
                     .tried = grouping_new(scratch, n_layers),
                     .most = ARENA_ARRAY(scratch, uint32_t, n_layers)};
    CHECK(grouping->n_groups <= n_layers);
    grouping_copy(&search.best, grouping, n_layers);
    search.best.estimate.fits = false;
    for (uint32_t l = 0; l < n_layers; l++) {
        uint32_t n_units = mapping->network->layer[l].n_units, g = grouping->group_of[l];
        search.most[g] = n_units > search.most[g] ? n_units : search.most[g];
    }
    if (least != NULL) {
        grouping_copy(&search.tried, &search.best, n_layers);
        memcpy(search.tried.n_slots, least, grouping->n_groups * sizeof *least);
        try_plan(&search);
    }
    if (grouping->n_groups <= limit) {
        start_by_work(&search, true);
        start_by_work(&search, false);
        start_by_memory(&search);
    }
    if (search.best.estimate.fits)
        start_side_by_side(&search);
    bool better = search.best.estimate.fits;
    for (int round = 0; round < MAX_ROUNDS && better; round++) {
        better = try_even_sizes(&search);
        better |= try_all_moves(&search);
        better |= try_counts(&search);
    }
    grouping_copy(grouping, &search.best, n_layers);
    arena_free(search.inner);
    return grouping->estimate.fits;
}
