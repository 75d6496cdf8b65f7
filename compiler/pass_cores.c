/* pass_cores.c - how many cores each layer gets.
 *
 * One token passes the layers one after another, so its latency is the sum over the layers of the
 * busiest core's cycles. Each layer has cores of its own; the pass minimises
 *     sum over layers l of cycles_l(k_l)  subject to  sum of k_l <= cores, 1 <= k_l <= units of l
 * where cycles_l(k) is the estimate (estimate.c) of the busiest of k balanced slices, all of which
 * must fit their memories. Solved exactly by dynamic programming over (layers so far, cores so
 * far); at a tie fewer cores win. Every event costs its receiver whatever the number of cores, so
 * returns diminish. Counts above ALL_COUNTS are tried only where they make the largest slice
 * smaller.
 *
 * If the layers' least counts exceed the chip, cores are dealt in proportion to them, so that the
 * memory pass can name a core that is too small. With share_cores every layer is spread over as
 * many cores as fit. Counts from the options are taken as they are. Cost: O(layers * cores^2)
 * estimates and sums; scratch O(layers * cores).
 */
#include "mapping.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"

enum { ALL_COUNTS = 1024 };

typedef struct Choice { /* one count of one layer that fits */
    uint32_t n_cores;
    double cycles;
} Choice;

typedef struct Choices {
    uint32_t n;
    Choice *choice; /* ascending n_cores */
} Choices;

/* Cores that slices of their own may take: each slice needs two entries in the router's table, and
 * the host's input two. */
static uint32_t core_limit(const Mapping *mapping, uint32_t slices_per_core)
{
    uint64_t entries = cost_count(&mapping->chip->router.table_entries);
    uint64_t limit = entries < 4 ? 1 : (entries - 2) / 2 / slices_per_core;
    uint32_t usable = chip_usable_cores(mapping->chip);
    return limit == 0 ? 1 : limit < usable ? (uint32_t)limit : usable;
}

static bool worth_trying(uint32_t n_units, uint32_t n_cores)
{
    if (n_cores <= ALL_COUNTS)
        return true;
    uint32_t fewer = n_cores - 1;
    return (n_units - 1) / n_cores < (n_units - 1) / fewer;
}

static Choices choices_of_layer(Arena *scratch, const Mapping *mapping, uint32_t layer,
                                uint32_t limit)
{
    uint32_t n_units = mapping->network->layer[layer].n_units;
    uint32_t most = n_units < limit ? n_units : limit, suspect = 0;
    Choices choices = {0, ARENA_ARRAY(scratch, Choice, most)};
    for (uint32_t k = 1; k <= most; k++) {
        double cycles;
        if (worth_trying(n_units, k) && fit_layer(mapping, layer, k, &suspect, &cycles))
            choices.choice[choices.n++] = (Choice){k, cycles};
    }
    return choices;
}

typedef struct Best { /* over the layers so far, with exactly this many cores */
    double cycles;    /* < 0: impossible                                      */
    uint32_t n_cores; /* of the last layer                                    */
} Best;

static void add_layer(const Choices *choices, const Best *before, Best *best, uint32_t limit)
{
    for (uint32_t total = 0; total <= limit; total++)
        best[total] = (Best){-1.0, 0};
    for (uint32_t i = 0; i < choices->n; i++) {
        Choice choice = choices->choice[i];
        for (uint32_t total = choice.n_cores; total <= limit; total++) {
            double rest = before[total - choice.n_cores].cycles;
            double cycles = rest + choice.cycles;
            if (rest >= 0.0 && (best[total].cycles < 0.0 || cycles < best[total].cycles))
                best[total] = (Best){cycles, choice.n_cores};
        }
    }
}

/* Fills core_count; false if no choice fits the limit. */
static bool choose_best(Arena *scratch, Mapping *mapping, uint32_t limit)
{
    uint32_t n_layers = mapping->network->n_layers;
    uint64_t n_totals = (uint64_t)limit + 1;
    Best *best = ARENA_ARRAY(scratch, Best, (n_layers + 1) * n_totals);
    for (uint32_t total = 1; total <= limit; total++)
        best[total].cycles = -1.0;
    for (uint32_t l = 0; l < n_layers; l++) {
        Choices choices = choices_of_layer(scratch, mapping, l, limit);
        add_layer(&choices, best + l * n_totals, best + (l + 1) * n_totals, limit);
    }
    const Best *last = best + n_layers * n_totals;
    uint32_t chosen = 0;
    for (uint32_t total = 1; total <= limit; total++)
        if (last[total].cycles >= 0.0 &&
            (last[chosen].cycles < 0.0 || last[total].cycles < last[chosen].cycles))
            chosen = total;
    if (last[chosen].cycles < 0.0)
        return false;
    for (uint32_t l = n_layers; l > 0; l--) {
        mapping->core_count[l - 1] = best[l * n_totals + chosen].n_cores;
        chosen -= mapping->core_count[l - 1];
    }
    CHECK(chosen == 0);
    return true;
}

/* One core a layer, the rest in proportion to what each layer would need. */
static void deal_in_proportion(Arena *scratch, Mapping *mapping, uint32_t limit)
{
    uint32_t n_layers = mapping->network->n_layers, hopeless;
    uint32_t *need = ARENA_ARRAY(scratch, uint32_t, n_layers);
    uint64_t total = fit_min_cores(scratch, mapping, need, &hopeless);
    if (total == 0)
        for (uint32_t l = 0; l < n_layers; l++)
            total += need[l] = mapping->network->layer[l].n_units;
    for (uint32_t l = 0; l < n_layers; l++) {
        uint64_t share = 1 + (uint64_t)(limit - n_layers) * need[l] / total;
        uint32_t n_units = mapping->network->layer[l].n_units;
        mapping->core_count[l] = share < n_units ? (uint32_t)share : n_units;
    }
}

static void choose_shared(Arena *scratch, Mapping *mapping)
{
    const Network *network = mapping->network;
    uint32_t limit = core_limit(mapping, network->n_layers), most_units = 0;
    for (uint32_t l = 0; l < network->n_layers; l++)
        if (network->layer[l].n_units > most_units)
            most_units = network->layer[l].n_units;
    limit = limit < most_units ? limit : most_units;
    uint32_t n_cores = fit_most_shared(scratch, mapping, limit);
    n_cores = n_cores == 0 ? limit : n_cores;
    for (uint32_t l = 0; l < network->n_layers; l++) {
        uint32_t n_units = network->layer[l].n_units;
        mapping->core_count[l] = n_units < n_cores ? n_units : n_cores;
    }
}

Status pass_cores(Arena *arena, Arena *scratch, Mapping *mapping, Err *err)
{
    (void)arena;
    const CompileOptions *options = mapping->options;
    uint32_t n_layers = mapping->network->n_layers;
    mapping->core_count = ARENA_ARRAY(scratch, uint32_t, n_layers);
    if (options->n_core_counts > 0) {
        memcpy(mapping->core_count, options->core_count, n_layers * sizeof *options->core_count);
        return STATUS_OK;
    }
    if (options->share_cores) {
        choose_shared(scratch, mapping);
        return STATUS_OK;
    }
    uint32_t limit = core_limit(mapping, 1);
    if (n_layers > limit) {
        err_set(err, STATUS_NO_FIT,
                "%" PRIu32 " layers need a core each, the chip has %" PRIu32 " usable cores",
                n_layers, limit);
        err_hint(err, "slices of all layers can share cores");
        return STATUS_NO_FIT;
    }
    if (!choose_best(scratch, mapping, limit))
        deal_in_proportion(scratch, mapping, limit);
    return STATUS_OK;
}
