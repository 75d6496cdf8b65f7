/* report_price.c - energy, power, latency and rate from counts, nominal and with their
 * intervals.
 *
 * Takes the traces of a ReportInput, makes the priced metrics. What a run comes to (outcome.h)
 * and the prices of its ledger (energy.h) give all of them by one function, price_metrics: once
 * with nominal numbers, once for each draw of all numbers of the chip from their ranges
 * (chip_draw.h), with outcomes as the response says (sim/response.h), and twice for each number
 * by itself. The interval of a metric is the range of its draws without the lowest and the
 * highest twentieth; it never excludes the nominal value.
 *
 * Cost: O(cores + links + steps log steps) a trace, O(numbers x lines) a draw. Limits: without a
 * response times stand at their nominal values.
 */
#include <string.h>

#include "arch/chip_draw.h"
#include "base/check.h"
#include "outcome.h"
#include "report_private.h"
#include "sim/draw_ends.h"
#include "sim/numbers_read.h"

static const double PJ_PER_UJ = 1e6;
static const double MW_PER_PJ_PER_PS = 1e3;

/* Metric of each part. */
static const MetricId PART_METRIC[N_ENERGY_PARTS] = {
    [ENERGY_ACTIVE] = METRIC_ENERGY_ACTIVE,
    [ENERGY_MAC_ARRAY] = METRIC_ENERGY_MAC_ARRAY,
    [ENERGY_SLEEP] = METRIC_ENERGY_SLEEP,
    [ENERGY_LEVEL_SWITCH] = METRIC_ENERGY_LEVEL_SWITCH,
    [ENERGY_NOC] = METRIC_ENERGY_NOC,
    [ENERGY_LINKS] = METRIC_ENERGY_LINKS,
    [ENERGY_OFF_BOARD] = METRIC_ENERGY_OFF_BOARD,
    [ENERGY_ROUTER] = METRIC_ENERGY_ROUTER,
    [ENERGY_HOST] = METRIC_ENERGY_HOST,
    [ENERGY_DRAM] = METRIC_ENERGY_DRAM,
    [ENERGY_FLOOR] = METRIC_ENERGY_FLOOR,
    [ENERGY_RAIL] = METRIC_ENERGY_RAIL,
};

const MetricId SPREAD_METRIC[N_SPREAD_METRICS] = {
#define X(ID, name) [SPREAD_##ID] = METRIC_##ID,
    SPREAD_METRIC_LIST(X)
#undef X
};

static SourceKind weaker(SourceKind a, SourceKind b)
{
    return a > b ? a : b;
}

const char *report_bound_side(MetricId id, bool auto_point)
{
    switch (id) {
    case METRIC_RATE:
    case METRIC_RATE_PIPELINED:
    case METRIC_LOAD_MEAN:
    case METRIC_LOAD_BUSIEST:
        return "at most: ";
    case METRIC_LATENCY_MEAN:
    case METRIC_LATENCY_P50:
    case METRIC_LATENCY_P95:
    case METRIC_LATENCY_WORST:
    case METRIC_ENERGY:
    case METRIC_ENERGY_SLEEP:
    case METRIC_ENERGY_DRAM:
    case METRIC_ENERGY_FLOOR:
    case METRIC_ENERGY_RAIL:
    case METRIC_ENERGY_PIPELINED:
        return "at least: ";
    case METRIC_ENERGY_ACTIVE:
    case METRIC_ENERGY_MAC_ARRAY:
        return auto_point ? "at least: " : "";
    default:
        return "";
    }
}

/* The least certain number behind the times of a run. */
static SourceKind time_kind(Arena *arena, const ReportInput *in)
{
    const Chip *chip = in->topology->chip;
    const SimOptions options = {
        .sync = in->latency->n_supersteps > 0 ? SYNC_BARRIER : SYNC_DATAFLOW,
        .point = in->latency->point,
        .auto_point = in->latency->auto_point,
    };
    const bool *read = sim_numbers_read(arena, in->program, chip, &options);
    const NamedCost *named;
    const uint32_t n_named = chip_numbers(arena, chip, &named);
    SourceKind kind = SOURCE_MEASURED;

    for (uint32_t i = 0; i < n_named; i++)
        if (read[i])
            kind = weaker(kind, named[i].cost->source_kind);
    return kind;
}

/* ---- metrics from outcomes and prices -------------------- */

typedef struct PriceModel {
    const ReportInput *in;
    const EnergyLedger *ledger;
    const double *outcome; /* [n_outcomes] nominal */
    uint32_t n_outcomes, n_named;
    const NamedCost *named;  /* [n_named] all numbers of the chip      */
    const uint32_t *of_line; /* [n_lines] number that is its price     */
    double *value;           /* [n_named] of a draw                    */
    double *price;           /* [n_lines] of a draw                    */
    double *ratio;           /* [n_outcomes] of a draw                 */
} PriceModel;

/* Parts that a chip does not have, or a run not use, are left out. */
static bool has_part(const ReportInput *in, EnergyPart part)
{
    if (part == ENERGY_MAC_ARRAY)
        return energy_array_macs(in->latency) > 0;
    if (part == ENERGY_LEVEL_SWITCH)
        return in->latency->auto_point && in->latency->bounds == NULL;
    if (part == ENERGY_OFF_BOARD)
        return chip_boards(in->topology->chip) > 1;
    return part != ENERGY_LINKS || in->topology->chip->fabric.n_chips > 1;
}

/* pJ of a run whose counts begin at outcome `first`, and of each of its parts. */
static double price_counts(const PriceModel *model, uint32_t first, double part_pj[N_ENERGY_PARTS])
{
    double sum = 0;

    memset(part_pj, 0, N_ENERGY_PARTS * sizeof *part_pj);
    for (uint32_t i = 0; i < model->ledger->n_lines; i++)
        part_pj[model->ledger->line[i].part] +=
            model->outcome[first + i] * model->ratio[first + i] *
            energy_line_unit_pj(model->ledger, i) * model->price[i];
    for (int part = 0; part < N_ENERGY_PARTS; part++)
        sum += part_pj[part];
    return sum;
}

static double power_mw(double pj, double duration_ps)
{
    return duration_ps > 0 ? pj / duration_ps * MW_PER_PJ_PER_PS : 0;
}

/* All priced metrics at the model's prices and ratios; those that do not apply stay as they are. */
static void price_metrics(const PriceModel *model, double metric[N_METRICS])
{
    static const MetricId direct[] = {
        [OUTCOME_LATENCY_MEAN] = METRIC_LATENCY_MEAN,
        [OUTCOME_LATENCY_P50] = METRIC_LATENCY_P50,
        [OUTCOME_LATENCY_P95] = METRIC_LATENCY_P95,
        [OUTCOME_LATENCY_WORST] = METRIC_LATENCY_WORST,
        [OUTCOME_RATE] = METRIC_RATE,
        [OUTCOME_LOAD_MEAN] = METRIC_LOAD_MEAN,
        [OUTCOME_LOAD_BUSIEST] = METRIC_LOAD_BUSIEST,
    };
    const double scale = 1 / ((double)model->in->latency->n_steps * PJ_PER_UJ);
    double part_pj[N_ENERGY_PARTS], at[N_FIXED_OUTCOMES];

    for (int i = 0; i < N_FIXED_OUTCOMES; i++)
        at[i] = model->outcome[i] * model->ratio[i];
    for (size_t i = 0; i < sizeof direct / sizeof direct[0]; i++)
        metric[direct[i]] = at[i];
    double pj = price_counts(model, N_FIXED_OUTCOMES, part_pj);
    metric[METRIC_ENERGY] = pj * scale;
    for (int part = 0; part < N_ENERGY_PARTS; part++)
        metric[PART_METRIC[part]] = part_pj[part] * scale;
    metric[METRIC_POWER] = power_mw(pj, at[OUTCOME_END]);
    if (model->in->throughput == NULL)
        return;
    pj = price_counts(model, N_FIXED_OUTCOMES + model->ledger->n_lines, part_pj);
    metric[METRIC_RATE_PIPELINED] = at[OUTCOME_PIPELINED_RATE];
    metric[METRIC_ENERGY_PIPELINED] = pj * scale;
    metric[METRIC_POWER_PIPELINED] = power_mw(pj, at[OUTCOME_PIPELINED_END]);
}

/* Metrics with the numbers in model->value and the error of a run with drawn numbers. */
static void price_values(PriceModel *model, uint32_t drawn, double metric[N_METRICS])
{
    const Response *response = model->in->response;

    for (uint32_t i = 0; i < model->ledger->n_lines; i++)
        model->price[i] = model->value[model->of_line[i]];
    if (response != NULL)
        response_ratio(response, model->named, model->value, drawn, model->ratio);
    price_metrics(model, metric);
}

static PriceModel make_model(Arena *arena, const ReportInput *in)
{
    PriceModel model = {.in = in, .ledger = energy_ledger(arena, in->topology, in->latency)};
    const uint32_t n_lines = model.ledger->n_lines;
    uint32_t *of_line = ARENA_ARRAY(arena, uint32_t, n_lines);
    double *outcome;

    model.n_outcomes = outcome_number(n_lines);
    CHECK(in->response == NULL || in->response->n_outcomes == model.n_outcomes);
    model.outcome = outcome = ARENA_ARRAY(arena, double, model.n_outcomes);
    outcome_take(arena, in->topology, in->latency, in->throughput, outcome);
    model.n_named = chip_numbers(arena, in->topology->chip, &model.named);
    for (uint32_t i = 0; i < n_lines; i++)
        while (model.named[of_line[i]].cost != model.ledger->line[i].cost)
            of_line[i]++;
    model.of_line = of_line;
    model.value = ARENA_ARRAY(arena, double, model.n_named);
    model.price = ARENA_ARRAY(arena, double, n_lines);
    model.ratio = ARENA_ARRAY(arena, double, model.n_outcomes);
    for (uint32_t i = 0; i < model.n_named; i++)
        model.value[i] = model.named[i].cost->value;
    for (uint32_t i = 0; i < model.n_outcomes; i++)
        model.ratio[i] = 1;
    return model;
}

/* ---- intervals -------------------- */

/* Interval of each metric from all draws. */
static void draw_intervals(Arena *arena, PriceModel *model, double low[N_METRICS],
                           double high[N_METRICS])
{
    const uint32_t n = model->in->n_draws;
    const uint32_t n_drawn = model->in->response ? model->in->response->n_drawn : 0;
    double *drawn = ARENA_ARRAY(arena, double, (size_t)N_METRICS *n);
    double metric[N_METRICS] = {0};

    for (uint32_t draw = 0; draw < n; draw++) {
        for (uint32_t i = 0; i < model->n_named; i++)
            if (model->named[i].cost->low < model->named[i].cost->high)
                model->value[i] = chip_number_draw(&model->named[i], model->in->draw_seed, draw);
        price_values(model, n_drawn > 0 ? draw % n_drawn : 0, metric);
        for (int m = 0; m < N_METRICS; m++)
            drawn[(size_t)m * n + draw] = metric[m];
    }
    for (uint32_t i = 0; i < model->n_named; i++)
        model->value[i] = model->named[i].cost->value;
    for (int m = 0; m < N_METRICS; m++)
        draw_ends(&drawn[(size_t)m * n], n, &low[m], &high[m]);
}

/* What each number by itself makes of the metrics that are told, at the ends of its own interval. */
static uint32_t spread_numbers(PriceModel *model, ReportSpread *spread)
{
    const uint32_t no_error = model->in->response ? model->in->response->n_drawn : 0;
    uint32_t n = 0;

    for (uint32_t i = 0; i < model->n_named; i++) {
        const NamedCost *named = &model->named[i];
        double end[2][N_METRICS] = {{0}};
        bool matters = false;
        if (named->cost->low == named->cost->high)
            continue;
        ReportSpread *out = &spread[n];
        *out = (ReportSpread){named->key,
                              named->cost->source_kind,
                              chip_number_quantile(named, DRAW_BEGINS),
                              named->cost->value,
                              chip_number_quantile(named, DRAW_ENDS),
                              {{0}}};
        for (int e = 0; e < 2; e++) {
            model->value[i] = e == 0 ? out->low : out->high;
            price_values(model, no_error, end[e]);
            for (int m = 0; m < N_SPREAD_METRICS; m++) {
                out->metric[m][e] = end[e][SPREAD_METRIC[m]];
                matters = matters || out->metric[m][e] != out->metric[m][0];
            }
        }
        model->value[i] = named->cost->value;
        n += matters;
    }
    return n;
}

/* Largest share that the number has in the squared widths of a metric. */
static double largest_share(const ReportSpread *spread, const double sum[N_SPREAD_METRICS])
{
    double most = 0;

    for (int m = 0; m < N_SPREAD_METRICS; m++) {
        const double width = spread->metric[m][1] - spread->metric[m][0];
        const double share = sum[m] > 0 ? width * width / sum[m] : 0;
        most = share > most ? share : most;
    }
    return most;
}

/* Those that matter most for some metric come first; of equal ones, those that the chip has first. */
static void sort_spreads(ReportSpread *spread, uint32_t n)
{
    double sum[N_SPREAD_METRICS] = {0};

    for (uint32_t i = 0; i < n; i++)
        for (int m = 0; m < N_SPREAD_METRICS; m++) {
            const double width = spread[i].metric[m][1] - spread[i].metric[m][0];
            sum[m] += width * width;
        }
    for (uint32_t i = 1; i < n; i++) {
        const ReportSpread moved = spread[i];
        const double share = largest_share(&moved, sum);
        uint32_t at = i;
        for (; at > 0 && largest_share(&spread[at - 1], sum) < share; at--)
            spread[at] = spread[at - 1];
        spread[at] = moved;
    }
}

/* ---- estimates -------------------- */

static Estimate estimate_make(double value, double low, double high, SourceKind weakest)
{
    Estimate estimate = {
        value, low < value ? low : value, high > value ? high : value, false, weakest, true};
    return estimate;
}

typedef struct Priced {
    double value[N_METRICS], low[N_METRICS], high[N_METRICS];
} Priced;

static void set_metric(const Priced *priced, MetricId id, SourceKind weakest, Estimate *out)
{
    out[id] = estimate_make(priced->value[id], priced->low[id], priced->high[id], weakest);
}

static void set_times(const ReportInput *in, const Priced *priced, SourceKind time, Estimate *out)
{
    static const MetricId timed[] = {METRIC_LATENCY_MEAN,  METRIC_LATENCY_P50, METRIC_LATENCY_P95,
                                     METRIC_LATENCY_WORST, METRIC_RATE,        METRIC_LOAD_MEAN,
                                     METRIC_LOAD_BUSIEST};

    for (size_t i = 0; i < sizeof timed / sizeof timed[0]; i++)
        set_metric(priced, timed[i], time, out);
    if (in->latency->auto_point &&
        in->latency->bounds != NULL) /* how long work takes is not known */
        out[METRIC_LOAD_MEAN].present = out[METRIC_LOAD_BUSIEST].present = false;
    if (in->throughput)
        set_metric(priced, METRIC_RATE_PIPELINED, time, out);
}

/* Returns the least certain kind behind the whole energy. */
static SourceKind set_energy(const PriceModel *model, const Priced *priced, SourceKind time,
                             Estimate *out)
{
    const ReportInput *in = model->in;
    SourceKind weakest = SOURCE_MEASURED;

    for (EnergyPart part = (EnergyPart)0; part < N_ENERGY_PARTS; part++) {
        SourceKind kind = energy_kind(model->ledger, part);
        if (energy_is_timed(model->ledger, part))
            kind = weaker(kind, time);
        if (has_part(in, part))
            set_metric(priced, PART_METRIC[part], kind, out);
        weakest = priced->high[PART_METRIC[part]] > 0 ? weaker(weakest, kind) : weakest;
    }
    set_metric(priced, METRIC_ENERGY, weakest, out);
    if (in->latency->bounds == NULL) /* of two lower bounds, the quotient is none */
        set_metric(priced, METRIC_POWER, weakest, out);
    if (in->throughput)
        set_metric(priced, METRIC_ENERGY_PIPELINED, weakest, out);
    if (in->throughput && in->throughput->bounds == NULL)
        set_metric(priced, METRIC_POWER_PIPELINED, weakest, out);
    return weakest;
}

/* Which share of the nominal energy is priced by numbers of which kind. */
static void set_shares(const PriceModel *model, SourceKind weakest, Estimate *out)
{
    static const MetricId metric[] = {METRIC_PRICE_MEASURED, METRIC_PRICE_DATASHEET,
                                      METRIC_PRICE_DERIVED, METRIC_PRICE_GUESS};
    const EnergyLedger *ledger = model->ledger;
    double of_kind[SOURCE_GUESS + 1] = {0}, sum = 0;

    for (uint32_t i = 0; i < ledger->n_lines; i++) {
        const double pj = energy_line_pj(ledger, ledger->run, i);
        of_kind[ledger->line[i].cost->source_kind] += pj;
        sum += pj;
    }
    for (int i = SOURCE_MEASURED; i <= SOURCE_GUESS; i++) {
        const double share = sum > 0 ? of_kind[i] / sum : 0;
        out[metric[i]] = estimate_make(share, share, share, weakest);
    }
}

void report_price(Arena *arena, const ReportInput *in, ReportPrices *out)
{
    const SourceKind time = time_kind(arena, in);
    PriceModel model = make_model(arena, in);
    ReportSpread *spread = ARENA_ARRAY(arena, ReportSpread, model.n_named);
    Priced priced = {{0}, {0}, {0}};

    price_values(&model, in->response ? in->response->n_drawn : 0, priced.value);
    memcpy(priced.low, priced.value, sizeof priced.low);
    memcpy(priced.high, priced.value, sizeof priced.high);
    if (in->n_draws > 0) {
        draw_intervals(arena, &model, priced.low, priced.high);
        out->n_spreads = spread_numbers(&model, spread);
        sort_spreads(spread, out->n_spreads);
    }
    out->spread = spread;
    set_times(in, &priced, time, out->estimate);
    set_shares(&model, set_energy(&model, &priced, time, out->estimate), out->estimate);
}
