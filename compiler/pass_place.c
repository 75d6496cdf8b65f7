/* pass_place.c - give every slot a core of the chip.
 *
 * A strategy is a row of the table below: it fills an order of all usable cores, and slot i takes
 * the i-th of them. Slots stand in layer order, so a strategy decides how layers lie on the grid.
 * Makes core_of and the cores in use, ascending by id, each with its slices.
 */
#include "mapping.h"

#include <string.h>

#include "base/check.h"

typedef struct Strategy {
    const char *name;
    void (*order)(const Mapping *mapping, uint32_t *core_order);
} Strategy;

static const Strategy strategy_list[] = {
    /* the first is the default */
    {"sequential", place_sequential},
    {"snake", place_snake},
    {"near-router", place_near_router},
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
    err_set(err, STATUS_USAGE, "no placement strategy is called '%.60s'; there are: %s", name,
            names);
    return NULL;
}

/* Slices by core, from core_of: counting sort over core ids, slices ascending within a core. */
static void gather_cores(Arena *scratch, Mapping *mapping)
{
    uint32_t n_cores = mapping->chip->n_cores;
    uint32_t *start = ARENA_ARRAY(scratch, uint32_t, (size_t)n_cores + 1);
    uint32_t *sorted = ARENA_ARRAY(scratch, uint32_t, mapping->n_slices);
    for (uint32_t s = 0; s < mapping->n_slices; s++)
        start[mapping->core_of[s] + 1]++;
    for (uint32_t core = 0; core < n_cores; core++)
        start[core + 1] += start[core];
    uint32_t *at = ARENA_ARRAY(scratch, uint32_t, n_cores);
    memcpy(at, start, n_cores * sizeof *at);
    for (uint32_t s = 0; s < mapping->n_slices; s++)
        sorted[at[mapping->core_of[s]]++] = s;
    mapping->core = ARENA_ARRAY(scratch, CoreUse, mapping->n_slots);
    uint32_t n_used = 0;
    for (uint32_t core = 0; core < n_cores; core++)
        if (start[core + 1] > start[core])
            mapping->core[n_used++] = (CoreUse){.core = core,
                                                .n_slices = start[core + 1] - start[core],
                                                .slice = sorted + start[core]};
}

Status pass_place(Arena *arena, Arena *scratch, Mapping *mapping, Err *err)
{
    (void)arena;
    const Strategy *strategy = find_strategy(mapping->options->placement, err);
    if (strategy == NULL)
        return STATUS_USAGE;
    uint32_t usable = chip_usable_cores(mapping->chip);
    CHECK(mapping->n_slots <= usable);
    uint32_t *core_order = ARENA_ARRAY(scratch, uint32_t, usable);
    strategy->order(mapping, core_order);
    mapping->core_of = ARENA_ARRAY(scratch, uint32_t, mapping->n_slices);
    for (uint32_t s = 0; s < mapping->n_slices; s++)
        mapping->core_of[s] = core_order[mapping->slot_of[s]];
    gather_cores(scratch, mapping);
    return STATUS_OK;
}
