/* place_anneal.c - placement `anneal`: simulated annealing of the score, from `force`.
 *
 * A move swaps a slot with what stands on a site of another tile: one drawn from a window around
 * it, or one of a tile that holds a partner of one of its nets; now and then two whole tiles. A
 * move that raises the score is kept with probability exp(-rise / temperature) (Kirkpatrick,
 * Gelatt and Vecchi 1983). The temperature falls geometrically as the work is used up; the window
 * shrinks so that about as many moves are kept as thrown away (Betz and Rose 1997). Work is
 * counted in steps of trees, not in time, and random numbers come from one seeded stream: the
 * same placement on every machine. The best placement met is the result, so it is never worse
 * than the start. Cost: effort * WORK_UNIT steps of trees, at 5 to 10 ns each.
 */
#include "place_cost.h"

#include <string.h>

#include "base/real_math.h"
#include "base/rng.h"
#include "watch.h"

enum { DEFAULT_EFFORT = 100, N_ROUNDS = 200, N_SAMPLES = 200, MOVE_KINDS = 16 };
enum { MOVES_A_LOOK = 10000 }; /* some milliseconds */
#define WORK_UNIT UINT64_C(500000)
#define SEED UINT64_C(1)
#define START_RISES 0.1  /* first temperature in mean rises: most of a good start survives */
#define COOLING 5.0      /* natural logarithm of the first temperature over the last       */
#define TARGET_KEPT 0.44 /* share of moves kept at which the window stays as it is */

typedef struct Annealer {
    PlaceState *state;
    Rng rng;
    double score, temperature, window; /* window: cells to each side */
    double best;
    uint32_t *best_site_of;
    uint64_t n_tried, n_kept; /* in this round */
} Annealer;

static uint32_t below(Annealer *annealer, uint32_t n)
{
    return (uint32_t)rng_below(&annealer->rng, n);
}

/* A position at most `window` from here, or round the rim. */
static uint32_t near_position(Annealer *annealer, uint32_t position, uint32_t size, bool wrap)
{
    uint32_t window = (uint32_t)annealer->window;
    window = window > size ? size : window;
    int64_t to = (int64_t)position + below(annealer, 2 * window + 1) - window, n = size;
    if (wrap)
        return (uint32_t)(((to % n) + n) % n);
    return (uint32_t)(to < 0 ? 0 : to >= n ? n - 1 : to);
}

static uint32_t tile_in_window(Annealer *annealer, uint32_t tile)
{
    const PlaceFabric *fabric = annealer->state->problem->fabric;
    Cell2d cell = fabric->cell[tile];
    uint32_t x = near_position(annealer, cell.x, fabric->width, fabric->wrap);
    uint32_t y = near_position(annealer, cell.y, fabric->height, fabric->wrap);
    return place_open_tile(annealer->state, x, y);
}

/* The tile of another slot of one of the slot's nets, or PLACE_NONE. */
static uint32_t tile_of_partner(Annealer *annealer, uint32_t slot)
{
    const PlaceNets *nets = annealer->state->problem->nets;
    uint32_t n_sent = (uint32_t)(nets->first_sent[slot + 1] - nets->first_sent[slot]);
    uint32_t n_needed = (uint32_t)(nets->first_needed[slot + 1] - nets->first_needed[slot]);
    if (n_sent + n_needed == 0)
        return PLACE_NONE;
    uint32_t i = below(annealer, n_sent + n_needed);
    uint32_t net = i < n_sent ? nets->sent[nets->first_sent[slot] + i]
                              : nets->needed[nets->first_needed[slot] + i - n_sent];
    uint32_t n_targets = (uint32_t)(nets->first_target[net + 1] - nets->first_target[net]);
    uint32_t pick = below(annealer, n_targets + 1);
    uint32_t other =
        pick == n_targets ? nets->source[net] : nets->target[nets->first_target[net] + pick];
    uint32_t tile = annealer->state->tile_of[other];
    return tile < annealer->state->problem->fabric->n_tiles ? tile : PLACE_NONE;
}

/* Propose and make a move; false if the dice show none. */
static bool make_move(Annealer *annealer)
{
    PlaceState *state = annealer->state;
    const PlaceFabric *fabric = state->problem->fabric;
    uint32_t slot = below(annealer, state->problem->nets->n_slots);
    uint32_t kind = below(annealer, MOVE_KINDS), own_tile = state->tile_of[slot];
    uint32_t tile = kind < MOVE_KINDS / 2 ? tile_of_partner(annealer, slot) : own_tile;
    if (tile == own_tile)
        tile = tile_in_window(annealer, tile);
    state->n_work++;
    if (tile == PLACE_NONE || tile == own_tile)
        return false;
    uint32_t n_sites = fabric->first_site[tile + 1] - fabric->first_site[tile];
    if (kind == MOVE_KINDS - 1 && fabric->max_tile_sites > 1)
        place_swap_tiles(state, own_tile, tile);
    else
        place_swap_sites(state, state->site_of[slot],
                         fabric->first_site[tile] + below(annealer, n_sites));
    return true;
}

static double score_now(const Annealer *annealer)
{
    return place_score(annealer->state->problem, &annealer->state->cost);
}

static void try_move(Annealer *annealer)
{
    if (!make_move(annealer))
        return;
    double rise = score_now(annealer) - annealer->score;
    annealer->n_tried++;
    if (rise > 0.0 && rng_uniform(&annealer->rng) >= real_exp(-rise / annealer->temperature)) {
        place_take_back(annealer->state);
        return;
    }
    annealer->n_kept++;
    annealer->score += rise;
}

static void note_best(Annealer *annealer)
{
    annealer->score = score_now(annealer);
    if (annealer->score >= annealer->best)
        return;
    annealer->best = annealer->score;
    memcpy(annealer->best_site_of, annealer->state->site_of,
           annealer->state->problem->nets->n_slots * sizeof *annealer->best_site_of);
}

/* Mean rise of the moves that raise the score; each is taken back. */
static double sample_rise(Annealer *annealer)
{
    double sum = 0.0;
    uint32_t n_rises = 0;
    for (int i = 0; i < N_SAMPLES; i++) {
        if (!make_move(annealer))
            continue;
        double rise = score_now(annealer) - annealer->score;
        place_take_back(annealer->state);
        sum += rise > 0.0 ? rise : 0.0;
        n_rises += rise > 0.0;
    }
    return n_rises == 0 ? 0.0 : sum / n_rises;
}

static void shrink_window(Annealer *annealer, double most)
{
    double kept =
        annealer->n_tried == 0 ? 0.0 : (double)annealer->n_kept / (double)annealer->n_tried;
    annealer->window *= 1.0 - TARGET_KEPT + kept;
    annealer->window = annealer->window > most ? most : annealer->window;
    annealer->window = annealer->window < 1.0 ? 1.0 : annealer->window;
    annealer->n_tried = annealer->n_kept = 0;
}

/* Moves until so much work is done, of all from `start` on. */
static Status try_moves(Annealer *annealer, uint64_t start, uint64_t until, uint64_t all, Err *err)
{
    const PlaceState *state = annealer->state;
    for (uint32_t n = 0; state->n_work - start < until; n++) {
        if (n % MOVES_A_LOOK == 0)
            TRY(watch_tell(state->problem->options, "place", (state->n_work - start) / WORK_UNIT,
                           all / WORK_UNIT, err));
        try_move(annealer);
    }
    return STATUS_OK;
}

static Status cool_down(Annealer *annealer, uint64_t budget, Err *err)
{
    const PlaceFabric *fabric = annealer->state->problem->fabric;
    double most = fabric->width > fabric->height ? fabric->width : fabric->height;
    uint64_t start = annealer->state->n_work;
    annealer->window = most;
    double hot = sample_rise(annealer) * START_RISES;
    for (uint32_t round = 1; round <= N_ROUNDS && hot > 0.0; round++) {
        double progress = (double)(round - 1) / (N_ROUNDS - 1);
        annealer->temperature = hot * real_exp(-COOLING * progress);
        TRY(try_moves(annealer, start, budget / N_ROUNDS * round, budget, err));
        note_best(annealer);
        shrink_window(annealer, most);
    }
    return STATUS_OK;
}

Status place_anneal(Arena *scratch, const PlaceProblem *problem, uint32_t *site_of, Err *err)
{
    uint32_t n_slots = problem->nets->n_slots;
    uint32_t effort = problem->effort == 0 ? DEFAULT_EFFORT : problem->effort;
    TRY(place_force(scratch, problem, site_of, err));
    PlaceState *state = place_state_new(scratch, problem, site_of);
    Annealer annealer = {.state = state, .rng = rng_make(SEED, 0), .best_site_of = site_of};
    annealer.score = annealer.best = score_now(&annealer);
    if (problem->fabric->n_tiles > 1 && n_slots > 0)
        TRY(cool_down(&annealer, effort * WORK_UNIT, err));
    return STATUS_OK;
}
