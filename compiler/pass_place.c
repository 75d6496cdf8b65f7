/* pass_place.c - give every slot a core of the chip.
 *
 * A strategy is a row of PLACE_LIST (place.h): it gives each slot a site of its own, that is a
 * usable core. What it sees of the chip and of the network, and how placements are compared, is
 * told there. Makes core_of, the cores in use, ascending by id, each with its slices, and the
 * figures of the model for the summary.
 */
#include "place_cost.h"

#include <string.h>

#include "base/check.h"

static const PlaceStrategy strategy_list[] = {
#define X(function, name) {name, place_##function},
    PLACE_LIST(X)
#undef X
};
enum { N_STRATEGIES = sizeof strategy_list / sizeof strategy_list[0] };

uint32_t place_strategies(const PlaceStrategy **out)
{
    *out = strategy_list;
    return N_STRATEGIES;
}

void place_along(const PlaceProblem *problem, const uint32_t *tile_order, uint32_t *site_of)
{
    const PlaceFabric *fabric = problem->fabric;
    uint32_t n_slots = problem->nets->n_slots;
    for (uint32_t i = 0, slot = 0; slot < n_slots; i++)
        for (uint32_t s = fabric->first_site[tile_order[i]];
             s < fabric->first_site[tile_order[i] + 1] && slot < n_slots; s++)
            site_of[slot++] = s;
}

static const PlaceStrategy *find_strategy(const char *name, Err *err)
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

Status compile_check_placement(const char *name, Err *err)
{
    return find_strategy(name, err) != NULL ? STATUS_OK : STATUS_USAGE;
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

static TrafficSummary traffic_of(Arena *scratch, const PlaceProblem *problem,
                                 const uint32_t *site_of)
{
    PlaceCost cost = place_cost_full(scratch, problem, site_of);
    double total = (double)problem->nets->total_rate;
    return (TrafficSummary){.events = problem->nets->n_events,
                            .hops_per_event = (double)cost.total_hops / total,
                            .busiest_link_share = (double)cost.busiest_link / total};
}

Status pass_place(Arena *arena, Arena *scratch, Mapping *mapping, Err *err)
{
    (void)arena;
    const PlaceStrategy *strategy = find_strategy(mapping->options->placement, err);
    if (strategy == NULL)
        return STATUS_USAGE;
    PlaceProblem problem = {
        .fabric = place_fabric_make(scratch, mapping->chip, mapping->topology),
        .nets = place_demand(scratch, mapping),
        .effort = mapping->options->effort,
        .options = mapping->options,
    };
    CHECK(mapping->n_slots <= problem.fabric->n_sites);
    uint32_t *site_of = ARENA_ARRAY(scratch, uint32_t, mapping->n_slots);
    TRY(strategy->run(scratch, &problem, site_of, err));
    mapping->core_of = ARENA_ARRAY(scratch, uint32_t, mapping->n_slices);
    for (uint32_t s = 0; s < mapping->n_slices; s++)
        mapping->core_of[s] = problem.fabric->core[site_of[mapping->slot_of[s]]];
    gather_cores(scratch, mapping);
    mapping->traffic = traffic_of(scratch, &problem, site_of);
    return STATUS_OK;
}
