/* response.c - see sim/response.h.
 *
 * The line of a number leads from its outcome at the low end over 0 at the nominal value to that
 * at the high end, in the value: cycles that a step spends grow with the cycles that a weight
 * takes, so for work the lines and their sum are exact, but for rounding. For times they are
 * not, where another core becomes the slowest; the errors of the runs with drawn values say by
 * how much. Numbers that change no outcome at either end are left out of those runs. Cost: runs
 * as stated, else O(numbers x outcomes) an evaluation.
 */
#include "sim/response.h"

#include <string.h>

#include "arch/chip_draw.h"
#include "outcome.h"

static const double LEAST_RATIO =
    0.02; /* lines may add up to less than nothing, outcomes may not */

typedef struct Maker {
    Arena *arena;
    const Chip *chip;
    const ResponseRuns *runs;
    uint32_t n_named;
    const NamedCost *named;
    double *value;   /* [n_named] of the run under way             */
    double *nominal; /* [n_outcomes]                               */
    uint32_t n_outcomes, n_runs, most_runs;
} Maker;

/* Numbers whose ends are tried. */
static bool is_tried(const Maker *maker, uint32_t id)
{
    const NamedCost *named = &maker->named[id];
    const bool *read = maker->runs->read;

    return named->cost->low != named->cost->high && chip_number_shapes_time(named) &&
           (read == NULL || read[id]);
}

/* One run with the values of the moment. */
static Status take_run(Maker *maker, double **out, Err *err)
{
    Arena *scratch = arena_new();
    const Chip *chip = chip_with_numbers(scratch, maker->chip, maker->value);
    const Topology *topology;
    const Trace *latency, *throughput = NULL;
    Status status = topology_build(scratch, chip, &topology, err);

    if (status == STATUS_OK)
        status = maker->runs->retime(maker->runs->context, scratch, topology, &latency, &throughput,
                                     err);
    if (status == STATUS_OK) {
        maker->n_outcomes = outcome_number(energy_ledger(scratch, topology, latency)->n_lines);
        *out = ARENA_ARRAY(maker->arena, double, maker->n_outcomes);
        outcome_take(scratch, topology, latency, throughput, *out);
        maker->n_runs++;
    }
    arena_free(scratch);
    if (status == STATUS_OK && maker->runs->progress != NULL &&
        !maker->runs->progress(maker->runs->progress_context, maker->n_runs, maker->most_runs))
        return err_set(err, STATUS_INTERRUPTED, "interrupted after %u of %u runs for intervals",
                       maker->n_runs, maker->most_runs);
    return status;
}

/* Turns outcomes into what they differ from the nominal ones; false if not at all. */
static bool compare(const Maker *maker, double *outcome)
{
    bool differs = false;

    for (uint32_t i = 0; i < maker->n_outcomes; i++) {
        const double nominal = maker->nominal[i];
        outcome[i] = nominal > 0 ? outcome[i] / nominal - 1 : 0;
        differs = differs || outcome[i] != 0;
    }
    return differs;
}

/* One end of a number; NULL if nothing changes there. */
static Status try_end(Maker *maker, uint32_t id, double value, const double **out, Err *err)
{
    const double nominal = maker->named[id].cost->value;
    double *outcome;

    *out = NULL;
    if (value == nominal)
        return STATUS_OK;
    maker->value[id] = value;
    TRY(take_run(maker, &outcome, err));
    maker->value[id] = nominal;
    if (compare(maker, outcome))
        *out = outcome;
    return STATUS_OK;
}

static Status try_numbers(Maker *maker, Response *response, Err *err)
{
    ResponseNumber *number = ARENA_ARRAY(maker->arena, ResponseNumber, maker->n_named);

    response->number = number;
    for (uint32_t i = 0; i < maker->n_named; i++) {
        if (!is_tried(maker, i))
            continue;
        ResponseNumber *one = &number[response->n_numbers];
        *one = (ResponseNumber){i, chip_number_quantile(&maker->named[i], 0),
                                chip_number_quantile(&maker->named[i], 1), NULL, NULL};
        TRY(try_end(maker, i, one->low, &one->at_low, err));
        TRY(try_end(maker, i, one->high, &one->at_high, err));
        response->n_numbers += one->at_low != NULL || one->at_high != NULL;
    }
    return STATUS_OK;
}

/* Runs with all numbers drawn that matter, against what the lines say of them. */
static Status try_draws(Maker *maker, Response *response, Err *err)
{
    const uint32_t n_outcomes = maker->n_outcomes;
    double *ratio = ARENA_ARRAY(maker->arena, double, n_outcomes);
    double *error = ARENA_ARRAY(maker->arena, double, (size_t)maker->runs->n_drawn *n_outcomes);

    response->error = error;
    for (uint32_t draw = 0; draw < maker->runs->n_drawn && response->n_numbers > 0; draw++) {
        double *outcome;
        for (uint32_t i = 0; i < response->n_numbers; i++) {
            const uint32_t id = response->number[i].number;
            maker->value[id] = chip_number_draw(&maker->named[id], maker->runs->seed, draw);
        }
        TRY(take_run(maker, &outcome, err));
        response_ratio(response, maker->named, maker->value, response->n_drawn, ratio);
        compare(maker, outcome);
        for (uint32_t i = 0; i < n_outcomes; i++)
            error[(size_t)draw * n_outcomes + i] = (1 + outcome[i]) / ratio[i];
        response->n_drawn++;
    }
    return STATUS_OK;
}

Status response_make(Arena *arena, const Chip *chip, const ResponseRuns *runs, const Response **out,
                     Err *err)
{
    Response *response = ARENA_ARRAY(arena, Response, 1);
    Maker maker = {.arena = arena, .chip = chip, .runs = runs};

    maker.n_named = chip_numbers(arena, chip, &maker.named);
    maker.value = ARENA_ARRAY(arena, double, maker.n_named);
    maker.most_runs = 1 + runs->n_drawn;
    for (uint32_t i = 0; i < maker.n_named; i++) {
        maker.value[i] = maker.named[i].cost->value;
        maker.most_runs += is_tried(&maker, i) ? 2 : 0;
    }
    TRY(take_run(&maker, &maker.nominal, err));
    response->n_outcomes = maker.n_outcomes;
    TRY(try_numbers(&maker, response, err));
    TRY(try_draws(&maker, response, err));
    response->n_runs = maker.n_runs;
    *out = response;
    return STATUS_OK;
}

/* How far along its line a number is: share of at_low, or of at_high. */
static double along(double from, double to, double value)
{
    return from == to ? 0 : (value - from) / (to - from);
}

void response_ratio(const Response *response, const NamedCost *named, const double *value,
                    uint32_t drawn, double *ratio)
{
    const double *error = &response->error[(size_t)drawn * response->n_outcomes];

    for (uint32_t i = 0; i < response->n_outcomes; i++)
        ratio[i] = 1;
    for (uint32_t j = 0; j < response->n_numbers; j++) {
        const ResponseNumber *number = &response->number[j];
        const double nominal = named[number->number].cost->value, at = value[number->number];
        const double *line = at < nominal ? number->at_low : number->at_high;
        const double share = along(nominal, at < nominal ? number->low : number->high, at);
        for (uint32_t i = 0; i < response->n_outcomes && line != NULL; i++)
            ratio[i] += share * line[i];
    }
    for (uint32_t i = 0; i < response->n_outcomes; i++) {
        ratio[i] = ratio[i] < LEAST_RATIO ? LEAST_RATIO : ratio[i];
        ratio[i] *= drawn < response->n_drawn ? error[i] : 1;
    }
}
