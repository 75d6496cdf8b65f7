/* choose.c - which formats the matrices of the slices take that share a core.
 *
 * Every matrix starts in the format that costs least by the objective (format_cost), of those that
 * the format plan leaves it (format_plan.h). If they do not fit the core's two memories together:
 *   one slice        all pairs of formats of its two matrices are tried: the cheapest that fits
 *   several slices   the change of one matrix that saves most of the bytes lacking for its added
 *                    cost is made, again and again, until they fit; then matrices go back to
 *                    cheaper formats for which there is room after all
 * Bytes lacking are summed over both memories, as target and dense-mla save data memory and take
 * system memory for event buffers. Ties go to the earlier slice, matrix and format, so the choice
 * is the same everywhere. Cost: O(1) where the cheapest fit; else O(slices^2) sums of memory a
 * change, at most a change for each format of each matrix.
 */
#include "mapping.h"

#include "base/check.h"

typedef struct Core {
    const Mapping *mapping;
    SliceProgram *const *slice;
    uint32_t n_slices, n_matrices; /* without the decoder's, which has none */
    bool with_delta;
    uint64_t *region_bytes;
} Core;

static MatrixImage *matrix_at(const Core *core, uint32_t m)
{
    SliceProgram *slice = core->slice[m / 2];
    return m % 2 == 0 ? &slice->input : &slice->recurrent;
}

static uint32_t choices_of(const Core *core, uint32_t m, MatrixImage out[MAX_FORMAT_CHOICES])
{
    const SliceProgram *slice = core->slice[m / 2];
    const MatrixImage *matrix = matrix_at(core, m);
    uint64_t gap = UINT64_MAX;
    if (core->with_delta && index_bytes_for(matrix->n_targets) > 1)
        gap = slice_largest_gap(core->mapping, slice, m % 2 != 0);
    return format_choices(core->mapping, slice, matrix, gap, out);
}

static double cost_of(const Core *core, uint32_t m, const MatrixImage *choice)
{
    MatrixRates rates = matrix_rates(core->mapping, core->slice[m / 2], matrix_at(core, m));
    return format_cost(core->mapping, choice, rates);
}

/* Bytes that the core lacks as it stands, both memories together. */
static uint64_t lacking(const Core *core)
{
    const SliceProgram *const *slice = (const SliceProgram *const *)core->slice;
    memory_of_core(core->mapping, slice, core->n_slices, core->region_bytes);
    uint64_t sum = 0;
    for (int memory = 0; memory < 2; memory++) {
        uint64_t needed = memory_bytes(core->region_bytes, memory);
        uint64_t available = memory_available(core->mapping->chip, memory);
        sum += needed > available ? needed - available : 0;
    }
    return sum;
}

static uint64_t lacking_with(const Core *core, uint32_t m, const MatrixImage *choice)
{
    MatrixImage *matrix = matrix_at(core, m), kept = *matrix;
    *matrix = *choice;
    uint64_t bytes = lacking(core);
    *matrix = kept;
    return bytes;
}

/* Costs are sums of many numbers: what differs in the last places is a tie. */
static bool is_less(double a, double b)
{
    return a < b * (1.0 - 1e-9);
}

static bool choose_cheapest(const Core *core)
{
    for (uint32_t m = 0; m < core->n_matrices; m++) {
        MatrixImage choice[MAX_FORMAT_CHOICES];
        uint32_t n = choices_of(core, m, choice), best = 0;
        if (n == 0)
            return false;
        double best_cost = n > 1 ? cost_of(core, m, &choice[0]) : 0.0;
        for (uint32_t i = 1; i < n; i++) {
            double cost = cost_of(core, m, &choice[i]);
            if (!is_less(cost, best_cost))
                continue;
            best = i;
            best_cost = cost;
        }
        *matrix_at(core, m) = choice[best];
    }
    return true;
}

/* One slice: the cheapest pair that fits, or the one that lacks least. */
static void choose_pair(const Core *core)
{
    MatrixImage input[MAX_FORMAT_CHOICES], recurrent[MAX_FORMAT_CHOICES];
    uint32_t n_inputs = choices_of(core, 0, input), n_recurrent = choices_of(core, 1, recurrent);
    uint32_t best = 0;
    double best_cost = 0.0;
    uint64_t best_lacking = UINT64_MAX;
    for (uint32_t pair = 0; pair < n_inputs * n_recurrent; pair++) {
        *matrix_at(core, 0) = input[pair / n_recurrent];
        *matrix_at(core, 1) = recurrent[pair % n_recurrent];
        double cost = cost_of(core, 0, matrix_at(core, 0)) + cost_of(core, 1, matrix_at(core, 1));
        uint64_t bytes = lacking(core);
        if (bytes < best_lacking || (bytes == best_lacking && is_less(cost, best_cost))) {
            best = pair;
            best_cost = cost;
            best_lacking = bytes;
        }
    }
    *matrix_at(core, 0) = input[best / n_recurrent];
    *matrix_at(core, 1) = recurrent[best % n_recurrent];
}

typedef struct Change {
    uint32_t matrix;
    MatrixImage to;
    uint64_t lacking; /* bytes lacking afterwards */
    double saving, added;
} Change;

/* Does a save more than b for what it adds? Changes that add nothing come first. */
static bool is_better(const Change *a, const Change *b)
{
    if (a->added <= 0.0 || b->added <= 0.0)
        return b->added > 0.0 || (a->added <= 0.0 && a->saving > b->saving);
    return a->saving * b->added > b->saving * a->added;
}

/* The best change of one matrix that lowers the bytes lacking; false if none does. */
static bool find_saving(const Core *core, uint64_t lacking_now, Change *best)
{
    bool found = false;
    for (uint32_t m = 0; m < core->n_matrices; m++) {
        MatrixImage choice[MAX_FORMAT_CHOICES];
        uint32_t n = choices_of(core, m, choice);
        double cost = cost_of(core, m, matrix_at(core, m));
        for (uint32_t i = 0; i < n; i++) {
            uint64_t bytes = lacking_with(core, m, &choice[i]);
            if (bytes >= lacking_now)
                continue;
            Change change = {.matrix = m,
                             .to = choice[i],
                             .lacking = bytes,
                             .saving = (double)(lacking_now - bytes),
                             .added = cost_of(core, m, &choice[i]) - cost};
            if (!found || is_better(&change, best))
                *best = change;
            found = true;
        }
    }
    return found;
}

/* The change of one matrix that lowers the cost most and still fits; false if none does. */
static bool find_return(const Core *core, Change *best)
{
    bool found = false;
    for (uint32_t m = 0; m < core->n_matrices; m++) {
        MatrixImage choice[MAX_FORMAT_CHOICES];
        uint32_t n = choices_of(core, m, choice);
        double cost = cost_of(core, m, matrix_at(core, m));
        for (uint32_t i = 0; i < n; i++) {
            double added = cost_of(core, m, &choice[i]) - cost;
            if (!is_less(cost + added, cost) || (found && added >= best->added) ||
                lacking_with(core, m, &choice[i]) > 0)
                continue;
            *best = (Change){.matrix = m, .to = choice[i], .added = added};
            found = true;
        }
    }
    return found;
}

static void choose_together(const Core *core)
{
    Change change;
    uint64_t lacking_now = lacking(core);
    while (lacking_now > 0 && find_saving(core, lacking_now, &change)) {
        *matrix_at(core, change.matrix) = change.to;
        lacking_now = change.lacking;
    }
    while (lacking_now == 0 && find_return(core, &change))
        *matrix_at(core, change.matrix) = change.to;
}

FitResult choose_formats(const Mapping *mapping, SliceProgram *const *slice, uint32_t n_slices,
                         bool with_delta, uint64_t *region_bytes)
{
    uint32_t n_decoders = n_slices > 0 && slice[n_slices - 1]->decoder ? 1 : 0;
    Core core = {mapping, slice, n_slices, 2 * (n_slices - n_decoders), with_delta, region_bytes};
    if (!choose_cheapest(&core))
        return FIT_NO_INDEX;
    if (lacking(&core) == 0)
        return FIT_YES;
    if (core.n_matrices == 2)
        choose_pair(&core);
    else
        choose_together(&core);
    return lacking(&core) == 0 ? FIT_YES : FIT_NO_MEMORY;
}

FitResult fit_core(const Mapping *mapping, SliceProgram *const *slice, uint32_t n_slices,
                   uint64_t *region_bytes)
{
    return choose_formats(mapping, slice, n_slices, false, region_bytes);
}
