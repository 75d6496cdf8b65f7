/* pass_split.c - the order of each layer's units, its slices, and which slices share a core.
 *
 * A strategy, a row of the table below, fills a Split; this pass makes Slices of it. It looks at
 * shapes and weight counts only: formats and cores come later.
 */
#include "format_plan.h"
#include "split.h"

#include <string.h>

#include "base/check.h"
#include "decoder.h"

typedef struct Strategy {
    const char *name;
    SplitRun split;
} Strategy;

static const Strategy strategy_list[] = {
    /* the first is the default */
    {"auto", split_auto},       {"equal", split_equal},         {"balanced", split_balanced},
    {"shared", split_balanced}, {"streaming", split_streaming}, {"cluster", split_cluster},
};
enum { N_STRATEGIES = sizeof strategy_list / sizeof strategy_list[0] };

static const Strategy *find_strategy(const char *name, Err *err)
{
    if (name == NULL)
        return &strategy_list[0];
    for (size_t i = 0; i < N_STRATEGIES; i++)
        if (strcmp(strategy_list[i].name, name) == 0)
            return &strategy_list[i];
    char names[256] = "";
    for (size_t i = 0; i < N_STRATEGIES; i++) {
        size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", i > 0 ? ", " : "", strategy_list[i].name);
    }
    err_set(err, STATUS_USAGE, "no split strategy is called '%.60s'; there are: %s", name, names);
    return NULL;
}

static void make_slices(Arena *scratch, Mapping *mapping, const Split *split, uint32_t l)
{
    uint32_t at = mapping->first_slice[l];
    mapping->slice_of[l] = ARENA_ARRAY(scratch, uint32_t, mapping->network->layer[l].n_units);
    for (uint32_t i = 0; i < split->n_slices[l]; i++, at++) {
        uint32_t first = split->start[l][i], end = split->start[l][i + 1];
        CHECK(first < end && split->slot[l][i] < split->n_slots);
        mapping->slice[at] = slice_from(mapping, l, first, end - first);
        mapping->slot_of[at] = split->slot[l][i];
        for (uint32_t position = first; position < end; position++)
            mapping->slice_of[l][mapping->unit_of[l][position]] = at;
    }
}

Status pass_split(Arena *arena, Arena *scratch, Mapping *mapping, Err *err)
{
    (void)arena;
    const Strategy *strategy = find_strategy(mapping->options->split, err);
    if (strategy == NULL)
        return STATUS_USAGE;
    Split split = split_new(scratch, mapping);
    SplitRun run = mapping->options->part != NULL ? split_partition : strategy->split;
    TRY(run(scratch, mapping, &split, err));
    format_plan_of_split(scratch, mapping, &split);
    uint32_t n_layers = mapping->network->n_layers, n_slices = 0;
    mapping->first_slice = ARENA_ARRAY(scratch, uint32_t, (size_t)n_layers + 1);
    mapping->slice_of = ARENA_ARRAY(scratch, uint32_t *, n_layers);
    for (uint32_t l = 0; l < n_layers; l++) {
        uint32_t n_units = mapping->network->layer[l].n_units;
        CHECK(split.start[l][0] == 0 && split.start[l][split.n_slices[l]] == n_units);
        mapping->first_slice[l + 1] = n_slices += split.n_slices[l];
        order_set(scratch, mapping, l, split.unit_of[l]);
    }
    mapping->n_slices = n_slices;
    mapping->n_slots = split.n_slots;
    mapping->slice = ARENA_ARRAY(scratch, SliceProgram, n_slices);
    mapping->slot_of = ARENA_ARRAY(scratch, uint32_t, n_slices);
    for (uint32_t l = 0; l < n_layers; l++)
        make_slices(scratch, mapping, &split, l);
    if (mapping->network->decoder_on_chip)
        decoder_add(scratch, mapping);
    return STATUS_OK;
}
