/* place_force.c - placement `force`: swaps towards where a slot's traffic pulls it, from `auto`.
 *
 * Every net pulls the slots in it towards its middle (the mean of its source's and its targets'
 * cells), each as strongly as its rate. In each sweep every slot, in order, tries the tile to
 * which the mean of its pulls points and the one next to its own on that way: it is swapped with
 * the slot there, or the empty site, that lowers the score most, or its whole tile with that
 * tile; nothing is done that does not lower it. The pulls only propose: what counts is the true
 * change of cost, with multicast and congestion. Sweeps end when one gains less than one part in
 * MIN_GAIN, after MAX_SWEEPS, or when the work is used up. On a torus ways are measured over the
 * nearer rim. Cost: O(pairs) a sweep for the pulls, and (2 tiles of sites + 2) swaps a slot.
 */
#include "place_cost.h"

#include <string.h>

enum { MAX_SWEEPS = 20, MIN_GAIN = 1000 };
#define MAX_WORK UINT64_C(50000000)

typedef struct Pull {
    double x, y; /* cells */
} Pull;

typedef struct Force {
    PlaceState *state;
    double score;
    Pull *middle; /* [n_nets] of the net, from its source's cell */
} Force;

static double shorter_way(uint32_t from, uint32_t to, uint32_t size, bool wrap)
{
    double way = (double)to - (double)from;
    if (wrap && way * 2.0 > size)
        return way - size;
    if (wrap && way * 2.0 < -(double)size)
        return way + size;
    return way;
}

static Pull way_between(const PlaceState *state, uint32_t from_slot, uint32_t to_slot)
{
    const PlaceFabric *fabric = state->problem->fabric;
    Cell2d from = fabric->cell[state->tile_of[from_slot]];
    Cell2d to = fabric->cell[state->tile_of[to_slot]];
    return (Pull){shorter_way(from.x, to.x, fabric->width, fabric->wrap),
                  shorter_way(from.y, to.y, fabric->height, fabric->wrap)};
}

static void find_middles(Force *force)
{
    const PlaceNets *nets = force->state->problem->nets;
    for (uint32_t n = 0; n < nets->n_nets; n++) {
        Pull sum = {0.0, 0.0};
        for (uint64_t i = nets->first_target[n]; i < nets->first_target[n + 1]; i++) {
            Pull way = way_between(force->state, nets->source[n], nets->target[i]);
            sum.x += way.x;
            sum.y += way.y;
        }
        double n_members = (double)(nets->first_target[n + 1] - nets->first_target[n]) + 1.0;
        force->middle[n] = (Pull){sum.x / n_members, sum.y / n_members};
    }
    force->state->n_work += nets->first_target[nets->n_nets];
}

typedef struct PullSum {
    double x, y, weight;
} PullSum;

static void add_pulls(const Force *force, uint32_t slot, const uint32_t *net, const uint32_t *end,
                      PullSum *sum)
{
    const PlaceNets *nets = force->state->problem->nets;
    for (; net < end; net++) {
        Pull way = way_between(force->state, slot, nets->source[*net]);
        double rate = nets->rate[*net];
        sum->x += rate * (way.x + force->middle[*net].x);
        sum->y += rate * (way.y + force->middle[*net].y);
        sum->weight += rate;
    }
}

/* Where all its nets together want a slot, from its cell. */
static Pull pull_on(const Force *force, uint32_t slot)
{
    const PlaceNets *nets = force->state->problem->nets;
    PullSum sum = {0.0, 0.0, 0.0};
    add_pulls(force, slot, nets->sent + nets->first_sent[slot],
              nets->sent + nets->first_sent[slot + 1], &sum);
    add_pulls(force, slot, nets->needed + nets->first_needed[slot],
              nets->needed + nets->first_needed[slot + 1], &sum);
    force->state->n_work += nets->first_needed[slot + 1] - nets->first_needed[slot] + 1;
    if (sum.weight == 0.0)
        return (Pull){0.0, 0.0};
    return (Pull){sum.x / sum.weight, sum.y / sum.weight};
}

/* Nearest whole number, within the grid or round it. */
static uint32_t moved(uint32_t position, double way, uint32_t size, bool wrap)
{
    int64_t to = (int64_t)position + (int64_t)(way < 0.0 ? way - 0.5 : way + 0.5), n = size;
    if (wrap)
        return (uint32_t)(((to % n) + n) % n);
    return (uint32_t)(to < 0 ? 0 : to >= n ? n - 1 : to);
}

static uint32_t tile_towards(const PlaceState *state, uint32_t slot, Pull way)
{
    const PlaceFabric *fabric = state->problem->fabric;
    Cell2d cell = fabric->cell[state->tile_of[slot]];
    uint32_t x = moved(cell.x, way.x, fabric->width, fabric->wrap);
    uint32_t y = moved(cell.y, way.y, fabric->height, fabric->wrap);
    return place_open_tile(state, x, y);
}

static double score_now(const Force *force)
{
    return place_score(force->state->problem, &force->state->cost);
}

/* The best of the swaps of a slot with the sites of a tile, or of the whole tiles, if it gains. */
static void try_tile(Force *force, uint32_t slot, uint32_t tile)
{
    PlaceState *state = force->state;
    const PlaceFabric *fabric = state->problem->fabric;
    uint32_t site = state->site_of[slot], own_tile = state->tile_of[slot], best_site = PLACE_NONE;
    if (tile == PLACE_NONE || tile == own_tile)
        return;
    double best = force->score;
    for (uint32_t other = fabric->first_site[tile]; other < fabric->first_site[tile + 1]; other++) {
        place_swap_sites(state, site, other);
        double score = score_now(force);
        place_take_back(state);
        if (score < best) {
            best = score;
            best_site = other;
        }
    }
    place_swap_tiles(state, own_tile, tile);
    if (score_now(force) >= best) {
        place_take_back(state);
        if (best_site != PLACE_NONE)
            place_swap_sites(state, site, best_site);
    }
    force->score = score_now(force);
}

/* One cell along the stronger part of a pull. */
static Pull one_step(Pull pull)
{
    double x = pull.x < 0.0 ? -pull.x : pull.x, y = pull.y < 0.0 ? -pull.y : pull.y;
    if (x >= y)
        return (Pull){pull.x < 0.0 ? -1.0 : 1.0, 0.0};
    return (Pull){0.0, pull.y < 0.0 ? -1.0 : 1.0};
}

static void pull_together(Arena *scratch, PlaceState *state)
{
    const PlaceNets *nets = state->problem->nets;
    Force force = {.state = state, .middle = ARENA_ARRAY(scratch, Pull, nets->n_nets)};
    uint64_t end = state->n_work + MAX_WORK;
    force.score = score_now(&force);
    for (int sweep = 0; sweep < MAX_SWEEPS && state->n_work < end; sweep++) {
        double before = force.score;
        find_middles(&force);
        for (uint32_t slot = 0; slot < nets->n_slots && state->n_work < end; slot++) {
            Pull pull = pull_on(&force, slot);
            try_tile(&force, slot, tile_towards(state, slot, pull));
            try_tile(&force, slot, tile_towards(state, slot, one_step(pull)));
        }
        if (before - force.score < before / MIN_GAIN)
            break;
    }
}

Status place_force(Arena *scratch, const PlaceProblem *problem, uint32_t *site_of, Err *err)
{
    TRY(place_auto(scratch, problem, site_of, err));
    PlaceState *state = place_state_new(scratch, problem, site_of);
    pull_together(scratch, state);
    memcpy(site_of, state->site_of, problem->nets->n_slots * sizeof *site_of);
    return STATUS_OK;
}
