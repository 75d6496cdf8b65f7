/* rates.c - events a step of every unit: what was given, what was measured, or a guess.
 *
 * A layer without rates of its own takes its measured activity for every unit, or UNKNOWN_ACTIVITY;
 * an input without rates is dense. So whoever needs a rate finds one, and no other place has to
 * know where it is from. Cost: O(units).
 */
#include "mapping.h"

#include <inttypes.h>

/* Where the activity was not measured: the upper end of what trained EGRU networks show. */
#define UNKNOWN_ACTIVITY 0.2

static const double *same_rate(Arena *arena, uint32_t n_units, double rate)
{
    double *rates = ARENA_ARRAY(arena, double, n_units);
    for (uint32_t u = 0; u < n_units; u++)
        rates[u] = rate;
    return rates;
}

const UnitRates *rates_complete(Arena *arena, const Network *network, const UnitRates *given)
{
    UnitRates *rates = ARENA_ARRAY(arena, UnitRates, 1);
    const double **layer = ARENA_ARRAY(arena, const double *, network->n_layers);
    rates->input = given != NULL && given->input != NULL ? given->input
                                                         : same_rate(arena, network->n_inputs, 1.0);
    rates->layer = layer;
    for (uint32_t l = 0; l < network->n_layers; l++) {
        double activity = network->layer[l].activity;
        if (given != NULL && given->layer != NULL && given->layer[l] != NULL)
            layer[l] = given->layer[l];
        else
            layer[l] = same_rate(arena, network->layer[l].n_units,
                                 activity < 0.0 ? UNKNOWN_ACTIVITY : activity);
    }
    return rates;
}

const double *rates_sums(Arena *arena, const Network *network, const UnitRates *rates)
{
    double *sum = ARENA_ARRAY(arena, double, (size_t)network->n_layers + 1);
    for (uint32_t i = 0; i < network->n_inputs; i++)
        sum[0] += rates->input[i];
    for (uint32_t l = 0; l < network->n_layers; l++)
        for (uint32_t u = 0; u < network->layer[l].n_units; u++)
            sum[l + 1] += rates->layer[l][u];
    return sum;
}

/* Sum of the rates of each column's sources. */
static const double *work_of_rows(Arena *arena, const SparseRows *rows, const double *rate,
                                  uint32_t n_units)
{
    double *work = ARENA_ARRAY(arena, double, rows->n_cols);
    for (uint32_t r = 0; r < rows->n_rows; r++)
        for (uint64_t i = rows->row_start[r]; i < rows->row_start[r + 1]; i++)
            work[rows->col[i]] += rate[r];
    for (uint32_t col = n_units; col < rows->n_cols; col++)
        work[col % n_units] += work[col];
    return work;
}

const UnitWork *rates_work(Arena *arena, const Network *network, const UnitRates *rates)
{
    UnitWork *work = ARENA_ARRAY(arena, UnitWork, network->n_layers);
    for (uint32_t l = 0; l < network->n_layers; l++) {
        const Layer *layer = &network->layer[l];
        const double *before = l == 0 ? rates->input : rates->layer[l - 1];
        work[l].input = work_of_rows(arena, &layer->input, before, layer->n_units);
        work[l].recurrent = work_of_rows(arena, &layer->recurrent, rates->layer[l], layer->n_units);
    }
    return work;
}

static Status check_rates(const char *what, const double *rate, uint32_t n_units, Err *err)
{
    for (uint32_t u = 0; rate != NULL && u < n_units; u++)
        if (!(rate[u] >= 0.0 && rate[u] <= 1.0))
            return err_set(err, STATUS_USAGE,
                           "%.100s: unit %" PRIu32 " emits %g events a step; expected 0 to 1", what,
                           u, rate[u]);
    return STATUS_OK;
}

Status rates_check(const Network *network, const UnitRates *given, Err *err)
{
    if (given == NULL)
        return STATUS_OK;
    TRY(check_rates("input", given->input, network->n_inputs, err));
    for (uint32_t l = 0; given->layer != NULL && l < network->n_layers; l++)
        TRY(check_rates(network->layer[l].name, given->layer[l], network->layer[l].n_units, err));
    return STATUS_OK;
}
