/* power.c - see sim/power.h.
 *
 * The load is a Trace of one second in which nothing but its cores, MACs and time was counted, so
 * the ledger of a run prices it. A duty is a share of a core's cycles: a clock that is drawn, or
 * at the end of its range, has more or less of them in the second, and its count goes with it.
 * Draws are those of a report: each number by its key, seed and draw alone.
 */
#include "sim/power.h"

#include <string.h>

#include "arch/chip_draw.h"
#include "base/check.h"
#include "sim/draw_ends.h"

#define PS_PER_S UINT64_C(1000000000000)
static const double MW_PER_PJ_PER_S = 1e-9;

enum { N_POWERS = N_ENERGY_PARTS + 1 }; /* the last one is all together */

typedef struct PowerModel {
    const EnergyLedger *ledger;
    const NamedCost **price; /* [n_lines]                          */
    const NamedCost *hz;     /* of the cores                       */
    double *at;              /* [n_lines] prices, clock worked in  */
} PowerModel;

/* One second of it. */
static const Trace *make_trace(Arena *arena, const Topology *topology, const PowerLoad *load)
{
    Trace *trace = ARENA_ARRAY(arena, Trace, 1);
    Counters *count = ARENA_ARRAY(arena, Counters, load->n_cores);
    uint32_t *core = ARENA_ARRAY(arena, uint32_t, load->n_cores);
    const uint64_t hz = cost_count(&topology->chip->point[load->point].hz);
    const uint64_t macs = (uint64_t)(load->macs_per_second + 0.5);

    for (uint32_t c = 0; c < load->n_cores; c++) {
        core[c] = c;
        count[c].n[COUNT_UPDATE_CYCLES] = (uint64_t)((double)hz * load->duty + 0.5);
        count[c].n[COUNT_MAC_ARRAY_MACS] = macs / load->n_cores + (c < macs % load->n_cores);
    }
    trace->point = load->point;
    trace->core_hz = hz;
    trace->n_cores = (uint32_t)load->n_cores;
    trace->core = core;
    trace->count = count;
    trace->n_links = topology_all_links(topology);
    trace->link = ARENA_ARRAY(arena, LinkCounts, trace->n_links);
    trace->end_ps = PS_PER_S;
    return trace;
}

static PowerModel make_model(Arena *arena, const Topology *topology, const PowerLoad *load)
{
    PowerModel model = {.ledger =
                            energy_ledger(arena, topology, make_trace(arena, topology, load))};
    const uint32_t n_lines = model.ledger->n_lines;
    const NamedCost *named;
    const uint32_t n_named = chip_numbers(arena, topology->chip, &named);

    model.price = ARENA_ARRAY(arena, const NamedCost *, n_lines);
    model.at = ARENA_ARRAY(arena, double, n_lines);
    for (uint32_t n = 0; n < n_named; n++) {
        if (named[n].cost == &topology->chip->point[load->point].hz)
            model.hz = &named[n];
        for (uint32_t i = 0; i < n_lines; i++)
            if (named[n].cost == model.ledger->line[i].cost)
                model.price[i] = &named[n];
    }
    CHECK(model.hz != NULL);
    return model;
}

/* mW at the prices in model->at, with the cores' clock at hz. */
static void price(const PowerModel *model, double hz, double mw[N_POWERS])
{
    const EnergyLedger *ledger = model->ledger;
    double part_pj[N_ENERGY_PARTS];

    for (uint32_t i = 0; i < ledger->n_lines; i++)
        if (ledger->line[i].unit == ENERGY_IN_CYCLES)
            model->at[i] *= hz / model->hz->cost->value;
    mw[N_ENERGY_PARTS] = energy_price(ledger, ledger->run, model->at, part_pj) * MW_PER_PJ_PER_S;
    for (int part = 0; part < N_ENERGY_PARTS; part++)
        mw[part] = part_pj[part] * MW_PER_PJ_PER_S;
}

static double drawn_number(const NamedCost *number, uint64_t seed, uint32_t draw)
{
    const Cost *cost = number->cost;
    return cost->low < cost->high ? chip_number_draw(number, seed, draw) : cost->value;
}

static void draw_powers(Arena *arena, const PowerModel *model, uint32_t n_draws, uint64_t seed,
                        double low[N_POWERS], double high[N_POWERS])
{
    double *drawn = ARENA_ARRAY(arena, double, (size_t)N_POWERS *n_draws);
    double mw[N_POWERS];

    for (uint32_t draw = 0; draw < n_draws; draw++) {
        for (uint32_t i = 0; i < model->ledger->n_lines; i++)
            model->at[i] = drawn_number(model->price[i], seed, draw);
        price(model, drawn_number(model->hz, seed, draw), mw);
        for (int p = 0; p < N_POWERS; p++)
            drawn[(size_t)p * n_draws + draw] = mw[p];
    }
    for (int p = 0; p < N_POWERS; p++)
        draw_ends(&drawn[(size_t)p * n_draws], n_draws, &low[p], &high[p]);
}

/* The least certain kind of the numbers behind a part, or behind all that draw anything. */
static void set_kinds(const PowerModel *model, Power *out)
{
    const SourceKind clock = model->hz->cost->source_kind;

    out->all.weakest = SOURCE_MEASURED;
    for (int part = 0; part < N_ENERGY_PARTS; part++) {
        SourceKind kind = energy_kind(model->ledger, (EnergyPart)part);
        if (part == ENERGY_ACTIVE && clock > kind)
            kind = clock;
        out->part[part].weakest = kind;
        if (out->part[part].most > 0 && kind > out->all.weakest)
            out->all.weakest = kind;
    }
}

void power_of_load(Arena *arena, const Topology *topology, const PowerLoad *load, uint32_t n_draws,
                   uint64_t draw_seed, Power *out)
{
    const PowerModel model = make_model(arena, topology, load);
    const Cost *hz = model.hz->cost;
    double value[N_POWERS], least[N_POWERS], most[N_POWERS], low[N_POWERS], high[N_POWERS];

    energy_prices(model.ledger, 0, model.at);
    price(&model, hz->value, value);
    energy_prices(model.ledger, -1, model.at);
    price(&model, hz->low, least);
    energy_prices(model.ledger, 1, model.at);
    price(&model, hz->high, most);
    memcpy(low, value, sizeof low);
    memcpy(high, value, sizeof high);
    if (n_draws > 0)
        draw_powers(arena, &model, n_draws, draw_seed, low, high);
    for (int p = 0; p < N_POWERS; p++)
        *(p < N_ENERGY_PARTS ? &out->part[p] : &out->all) = (PowerEstimate){
            .value = value[p],
            .low = low[p] < value[p] ? low[p] : value[p], /* it never leaves the value out */
            .high = high[p] > value[p] ? high[p] : value[p],
            .least = least[p],
            .most = most[p],
        };
    set_kinds(&model, out);
}
