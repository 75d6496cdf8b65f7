/* placement.c - what each placement strategy costs on networks of known kinds, and how long it
 * takes.
 *
 *   placement [--effort N] [--net NAME]
 *
 * Makes a table with a row for each net and strategy: links in the trees of all nets together
 * (hops, each net once, whatever its rate), the same weighted by rate and divided by the events
 * (per event), the share of all events on the busiest link, and CPU seconds. The nets are drawn
 * from fixed seeds by these recipes:
 *
 *   balanced      two halves: sources with one target each, and neurons that all reach all neurons
 *                 (a balanced random network split over 60 cores)
 *   microcircuit  eight populations of very different size; each reaches about half of them
 *   ensembles     a model of many small parts: short nets, most within a part, heavy-tailed rates,
 *                 parts in random order
 *   all-to-all    fifteen cores that all reach one another
 *   egru-D        three layers of 50 cores, 27, 27 and 15 units a core, density D: each event
 *                 reaches each core of its layer and the next with probability 1 - (1-D)^(3 units);
 *                 on SpiNNaker2's grid of quads as if every quad, and its holes, had a router
 *   communities   slots in communities, order shuffled: nine targets in ten are within
 *   board         40,000 slots in communities on 100 x 100 tiles
 *
 * All have four cores a tile. Trees are those of the placer's model. Limits: times are of one
 * machine under one load; a strategy that the build lacks is left out.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <time.h>

#include "place_cost.h"
#include "base/real_math.h"
#include "base/rng.h"

enum { SITES_PER_TILE = 4, MAX_EFFORT = 1000000 };

typedef struct Draft { /* nets under way */
    Arena *arena;
    Rng rng;
    uint32_t n_slots, n_nets;
    PlaceNet *net;
    uint32_t n;
    uint32_t *list; /* [n_slots] n targets of the net at hand */
    bool *listed;   /* [n_slots]                              */
} Draft;

typedef struct Case {
    const char *name;
    uint32_t width, height;
    bool quad_grid; /* leave out the cells without quads */
    uint32_t n_slots, n_nets;
    void (*draw)(Draft *draft, double parameter);
    double parameter;
} Case;

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static uint32_t below(Draft *draft, uint32_t n)
{
    return (uint32_t)rng_below(&draft->rng, n);
}

static void add_target(Draft *draft, uint32_t slot)
{
    if (draft->listed[slot])
        return;
    draft->listed[slot] = true;
    draft->list[draft->n++] = slot;
}

static void end_net(Draft *draft, uint32_t source, double n_events)
{
    uint32_t *target = ARENA_ARRAY(draft->arena, uint32_t, draft->n);
    for (uint32_t i = 0; i < draft->n; i++) {
        target[i] = draft->list[i];
        draft->listed[target[i]] = false;
    }
    draft->net[draft->n_nets++] = (PlaceNet){source, draft->n, target, n_events};
    draft->n = 0;
}

static uint32_t *shuffled(Draft *draft, uint32_t n)
{
    uint32_t *order = ARENA_ARRAY(draft->arena, uint32_t, n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t other = below(draft, i + 1);
        order[i] = order[other];
        order[other] = i;
    }
    return order;
}

static void draw_balanced(Draft *draft, double parameter)
{
    (void)parameter;
    uint32_t half = draft->n_slots / 2;
    for (uint32_t s = 0; s < draft->n_slots; s++) {
        if (s < half)
            add_target(draft, half + s);
        for (uint32_t t = half; s >= half && t < draft->n_slots; t++)
            add_target(draft, t);
        end_net(draft, s, 1.0);
    }
}

static void draw_all_to_all(Draft *draft, double parameter)
{
    (void)parameter;
    for (uint32_t s = 0; s < draft->n_slots; s++) {
        for (uint32_t t = 0; t < draft->n_slots; t++)
            add_target(draft, t);
        end_net(draft, s, 1.0);
    }
}

enum { N_POPULATIONS = 8 };

static void draw_microcircuit(Draft *draft, double parameter)
{
    static const double share[N_POPULATIONS] = {0.27, 0.08, 0.28, 0.07, 0.06, 0.02, 0.18, 0.04};
    uint32_t first[N_POPULATIONS + 1] = {0};
    bool reaches[N_POPULATIONS][N_POPULATIONS];
    double sum = 0.0;
    for (uint32_t p = 0; p < N_POPULATIONS; p++) {
        sum += share[p];
        first[p + 1] = (uint32_t)(sum * draft->n_slots + 0.5);
        for (uint32_t q = 0; q < N_POPULATIONS; q++)
            reaches[p][q] = p == q || rng_uniform(&draft->rng) < parameter;
    }
    first[N_POPULATIONS] = draft->n_slots;
    for (uint32_t p = 0; p < N_POPULATIONS; p++)
        for (uint32_t s = first[p]; s < first[p + 1]; s++) {
            for (uint32_t q = 0; q < N_POPULATIONS; q++)
                for (uint32_t t = first[q]; reaches[p][q] && t < first[q + 1]; t++)
                    add_target(draft, t);
            end_net(draft, s, 1.0);
        }
}

static void draw_ensembles(Draft *draft, double parameter)
{
    enum { PART = 12 };
    uint32_t *order = shuffled(draft, draft->n_slots);
    for (uint32_t n = 0; n < 2 * draft->n_slots - 19; n++) {
        uint32_t s = n % draft->n_slots, part = s / PART * PART, n_targets = 1 + below(draft, 3);
        for (uint32_t i = 0; i < n_targets; i++) {
            uint32_t inside = part + below(draft, PART);
            bool out = rng_uniform(&draft->rng) < parameter || inside >= draft->n_slots;
            add_target(draft, order[out ? below(draft, draft->n_slots) : inside]);
        }
        end_net(draft, order[s], real_exp(2.0 * rng_normal(&draft->rng)));
    }
}

static void draw_egru(Draft *draft, double parameter)
{
    enum { LAYER_CORES = 50, N_LAYERS = 3, GATES = 3 };
    static const uint32_t n_units[N_LAYERS] = {27, 27, 15};
    for (uint32_t l = 0; l < N_LAYERS; l++)
        for (uint32_t unit = 0; unit < LAYER_CORES * n_units[l]; unit++) {
            for (uint32_t to = l; to < N_LAYERS && to <= l + 1; to++) {
                double none = real_exp(GATES * n_units[to] * real_log(1.0 - parameter));
                for (uint32_t k = 0; k < LAYER_CORES; k++)
                    if (rng_uniform(&draft->rng) >= none)
                        add_target(draft, to * LAYER_CORES + k);
            }
            end_net(draft, l * LAYER_CORES + unit / n_units[l], 1.0);
        }
}

static void draw_communities(Draft *draft, double parameter)
{
    enum { N_TARGETS = 12 };
    uint32_t size = (uint32_t)parameter, *order = shuffled(draft, draft->n_slots);
    for (uint32_t s = 0; s < draft->n_slots; s++) {
        for (uint32_t i = 0; i < N_TARGETS; i++) {
            uint32_t inside = s / size * size + below(draft, size);
            bool out = below(draft, 10) == 0 || inside >= draft->n_slots;
            add_target(draft, order[out ? below(draft, draft->n_slots) : inside]);
        }
        end_net(draft, order[s], 0.5 + rng_uniform(&draft->rng));
    }
}

static const Case CASES[] = {
    {"balanced", 8, 5, false, 60, 60, draw_balanced, 0},
    {"microcircuit", 8, 8, false, 235, 235, draw_microcircuit, 0.4},
    {"ensembles", 12, 12, false, 469, 919, draw_ensembles, 0.1},
    {"all-to-all", 4, 4, false, 15, 15, draw_all_to_all, 0},
    {"egru-0.05", 7, 6, true, 150, 3450, draw_egru, 0.05},
    {"egru-0.01", 7, 6, true, 150, 3450, draw_egru, 0.01},
    {"egru-0.005", 7, 6, true, 150, 3450, draw_egru, 0.005},
    {"egru-0.002", 7, 6, true, 150, 3450, draw_egru, 0.002},
    {"communities-256", 8, 8, false, 256, 256, draw_communities, 16},
    {"communities-1024", 16, 16, false, 1000, 1000, draw_communities, 32},
    {"board", 100, 100, false, 40000, 40000, draw_communities, 64},
};
enum { N_CASES = sizeof CASES / sizeof CASES[0] };

/* SpiNNaker2's 7 x 6 cells: the event router in two, two more without quads. */
static PlaceGridCell *quad_grid(Arena *arena, const Case *row)
{
    static const Cell2d no_quad[] = {{3, 2}, {3, 3}, {6, 2}, {6, 3}};
    PlaceGridCell *kind = ARENA_ARRAY(arena, PlaceGridCell, (size_t)row->width * row->height);
    for (size_t i = 0; i < sizeof no_quad / sizeof no_quad[0]; i++)
        kind[no_quad[i].y * row->width + no_quad[i].x] = GRID_ROUTER;
    return kind;
}

static const PlaceNets *draw_nets(Arena *arena, const Case *row)
{
    Draft draft = {.arena = arena,
                   .rng = rng_make(1, 0),
                   .n_slots = row->n_slots,
                   .net = ARENA_ARRAY(arena, PlaceNet, row->n_nets),
                   .list = ARENA_ARRAY(arena, uint32_t, row->n_slots),
                   .listed = ARENA_ARRAY(arena, bool, row->n_slots)};
    row->draw(&draft, row->parameter);
    return place_nets_make(arena, row->n_slots, draft.n_nets, draft.net);
}

/* The same nets at rate 1: hops of all trees, each counted once. */
static uint64_t plain_hops(Arena *arena, const PlaceProblem *problem, const uint32_t *site_of)
{
    PlaceNets nets = *problem->nets;
    uint32_t *rate = ARENA_ARRAY(arena, uint32_t, nets.n_nets);
    for (uint32_t n = 0; n < nets.n_nets; n++)
        rate[n] = 1;
    nets.rate = rate;
    PlaceProblem plain = {.fabric = problem->fabric, .nets = &nets};
    return place_cost_full(arena, &plain, site_of).total_hops;
}

static Status print_row(const Case *row, const PlaceProblem *problem, const PlaceStrategy *strategy)
{
    Err err;
    Arena *arena = arena_new();
    uint32_t *site_of = ARENA_ARRAY(arena, uint32_t, row->n_slots);
    double start_s = cpu_seconds();
    Status status = strategy->run(arena, problem, site_of, &err);
    double seconds = cpu_seconds() - start_s;
    if (status == STATUS_OK) {
        PlaceCost cost = place_cost_full(arena, problem, site_of);
        double total = (double)problem->nets->total_rate;
        printf("%-16s %-12s %9" PRIu64 " %10.3f %8.3f %9.3f\n", row->name, strategy->name,
               plain_hops(arena, problem, site_of), (double)cost.total_hops / total,
               (double)cost.busiest_link / total, seconds);
        fflush(stdout);
    } else if (status != STATUS_UNSUPPORTED) {
        fprintf(stderr, "placement: %s: %s\n", strategy->name, err.message);
    }
    arena_free(arena);
    return status == STATUS_UNSUPPORTED ? STATUS_OK : status;
}

static Status print_case(const Case *row, uint32_t effort)
{
    Arena *arena = arena_new();
    const PlaceStrategy *strategy;
    uint32_t n_strategies = place_strategies(&strategy);
    PlaceGrid grid = {row->width, row->height, 4, SITES_PER_TILE, false};
    PlaceProblem problem = {
        .fabric = place_fabric_grid(arena, grid, row->quad_grid ? quad_grid(arena, row) : NULL),
        .nets = draw_nets(arena, row),
        .effort = effort,
    };
    Status status = STATUS_OK;
    for (uint32_t i = 0; i < n_strategies && status == STATUS_OK; i++)
        status = print_row(row, &problem, &strategy[i]);
    arena_free(arena);
    return status;
}

static int usage(void)
{
    fprintf(stderr, "usage: placement [--effort N] [--net NAME]\n");
    return STATUS_USAGE;
}

int main(int n_words, char **word)
{
    const char *only = NULL;
    long effort = 0;
    for (int i = 1; i < n_words; i += 2) {
        if (i + 1 < n_words && strcmp(word[i], "--net") == 0)
            only = word[i + 1];
        else if (i + 1 < n_words && strcmp(word[i], "--effort") == 0)
            effort = strtol(word[i + 1], NULL, 10);
        else
            return usage();
    }
    if (effort < 0 || effort > MAX_EFFORT)
        return usage();
    printf("%-16s %-12s %9s %10s %8s %9s\n", "net", "strategy", "hops", "per event", "busiest",
           "seconds");
    for (int i = 0; i < N_CASES; i++) {
        if (only != NULL && strcmp(only, CASES[i].name) != 0)
            continue;
        Status status = print_case(&CASES[i], (uint32_t)effort);
        if (status != STATUS_OK)
            return (int)status;
    }
    return STATUS_OK;
}
