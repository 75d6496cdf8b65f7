/* place_cost.c - load of every link under a placement, and how swaps of sites change it.
 *
 * The tree of a net: the way from its source's tile up to the router, one step back towards that
 * router from every router with a destination until a router is met that is in the tree already,
 * and the way down to every tile with a destination. Each link in it carries the net's rate.
 *
 * A swap takes the trees of the nets it changes out of the loads and puts the new ones in. Which
 * nets change: those that either slot sends, and those that exactly one of both needs (a net that
 * both need reaches the same tiles after the swap). That makes swaps cheap where events are
 * broadcast, as in most unstructured networks. Loads before the move are kept once for each touched
 * link, so taking it back costs no trees. Sums are whole numbers: the cost after any number of
 * moves equals that of place_cost_full to the last bit, which tests compare.
 */
#include "place_cost.h"

#include "base/check.h"

/* Weight of congestion against hops in place_score. */
#define CONGESTION_WEIGHT 0.25

double place_score(const PlaceProblem *problem, const PlaceCost *cost)
{
    return (double)cost->total_hops +
           CONGESTION_WEIGHT * (double)cost->squares / (double)problem->nets->total_rate;
}

/* --- plain computation -------------------------------------------------------------------------
 * */

typedef struct Tally { /* loads of one placement */
    const PlaceProblem *problem;
    const uint32_t *site_of;
    uint64_t *load;
    uint32_t *crossed_by; /* [n_links] last net that crossed the link between routers, plus one */
    uint32_t *reached_by; /* [n_tiles + 1] last net that reached the tile, plus one             */
} Tally;

static uint32_t tile_of_slot(const Tally *tally, uint32_t slot)
{
    const PlaceFabric *fabric = tally->problem->fabric;
    bool is_host = slot == tally->problem->nets->n_slots;
    return is_host ? fabric->n_tiles : fabric->tile_of[tally->site_of[slot]];
}

static void count_way(Tally *tally, const PlaceWay *way, uint64_t rate)
{
    for (uint32_t i = 0; i < way->n_links; i++)
        tally->load[way->base + way->link[i]] += rate;
}

/* One flit to a tile, which shares links between routers with those before. */
static void count_tile(Tally *tally, uint32_t net, uint32_t from, uint32_t to)
{
    const PlaceFabric *fabric = tally->problem->fabric;
    uint32_t root = fabric->router_of[from], at = fabric->router_of[to], link;
    uint64_t rate = tally->problem->nets->rate[net];
    if (tally->reached_by[to] == net + 1)
        return;
    tally->reached_by[to] = net + 1;
    count_way(tally, &fabric->down[to], rate);
    while (at != root) {
        at = place_step_back(fabric, root, at, &link);
        if (tally->crossed_by[link] != net + 1)
            tally->load[link] += rate * fabric->price[link];
        tally->crossed_by[link] = net + 1;
    }
}

PlaceCost place_cost_full(Arena *scratch, const PlaceProblem *problem, const uint32_t *site_of)
{
    const PlaceFabric *fabric = problem->fabric;
    const PlaceNets *nets = problem->nets;
    Tally tally = {.problem = problem,
                   .site_of = site_of,
                   .load = ARENA_ARRAY(scratch, uint64_t, fabric->n_links),
                   .crossed_by = ARENA_ARRAY(scratch, uint32_t, fabric->n_links),
                   .reached_by = ARENA_ARRAY(scratch, uint32_t, (size_t)fabric->n_tiles + 1)};
    for (uint32_t n = 0; n < nets->n_nets; n++) {
        uint32_t from = tile_of_slot(&tally, nets->source[n]);
        count_way(&tally, &fabric->up[from], nets->rate[n]);
        for (uint64_t i = nets->first_target[n]; i < nets->first_target[n + 1]; i++)
            count_tile(&tally, n, from, tile_of_slot(&tally, nets->target[i]));
    }
    PlaceCost cost = {0, 0, 0};
    for (uint32_t l = 0; l < fabric->n_links; l++) {
        cost.total_hops += tally.load[l];
        cost.squares += tally.load[l] * tally.load[l];
        cost.busiest_link = tally.load[l] > cost.busiest_link ? tally.load[l] : cost.busiest_link;
    }
    return cost;
}

/* --- moves -------------------------------------------------------------------------------------
 * */

/* rate < 0 (as a two's complement) takes it away. */
static void add_load(PlaceState *state, uint32_t link, uint64_t rate)
{
    if (state->link_mark[link] != state->move_mark) {
        state->link_mark[link] = state->move_mark;
        state->touched[state->n_touched] = link;
        state->load_before[state->n_touched++] = state->load[link];
    }
    state->load[link] += rate;
    state->cost.total_hops += rate;
}

static void add_way(PlaceState *state, const PlaceWay *way, uint64_t rate)
{
    for (uint32_t i = 0; i < way->n_links; i++)
        add_load(state, way->base + way->link[i], rate);
    state->n_work += way->n_links;
}

static void add_tree(PlaceState *state, uint32_t net, uint64_t rate)
{
    const PlaceFabric *fabric = state->problem->fabric;
    const PlaceNets *nets = state->problem->nets;
    uint32_t from = state->tile_of[nets->source[net]], root = fabric->router_of[from];
    uint64_t mark = ++state->mark;
    add_way(state, &fabric->up[from], rate);
    state->router_mark[root] = mark;
    state->n_work += nets->first_target[net + 1] - nets->first_target[net];
    for (uint64_t i = nets->first_target[net]; i < nets->first_target[net + 1]; i++) {
        uint32_t to = state->tile_of[nets->target[i]], at = fabric->router_of[to], link;
        if (state->tile_mark[to] == mark)
            continue;
        state->tile_mark[to] = mark;
        add_way(state, &fabric->down[to], rate);
        while (state->router_mark[at] != mark) {
            state->router_mark[at] = mark;
            at = place_step_back(fabric, root, at, &link);
            add_load(state, link, rate * fabric->price[link]);
            state->n_work++;
        }
    }
}

static const bool *open_tiles(Arena *scratch, const PlaceProblem *problem, const uint32_t *site_of)
{
    const PlaceFabric *fabric = problem->fabric;
    bool *is_open = ARENA_ARRAY(scratch, bool, fabric->n_tiles);
    bool *in_use = ARENA_ARRAY(scratch, bool, fabric->n_routers);
    bool is_board = fabric->n_columns * fabric->n_rows > 1;
    for (uint32_t slot = 0; slot < problem->nets->n_slots; slot++)
        in_use[fabric->router_of[fabric->tile_of[site_of[slot]]]] = true;
    for (uint32_t t = 0; t < fabric->n_tiles; t++)
        is_open[t] = !is_board || in_use[fabric->router_of[t]];
    return is_open;
}

uint32_t place_open_tile(const PlaceState *state, uint32_t x, uint32_t y)
{
    const PlaceFabric *fabric = state->problem->fabric;
    uint32_t tile = fabric->tile_at[(size_t)y * fabric->width + x];
    return tile != PLACE_NONE && state->is_open[tile] ? tile : PLACE_NONE;
}

PlaceState *place_state_new(Arena *scratch, const PlaceProblem *problem, const uint32_t *site_of)
{
    const PlaceFabric *fabric = problem->fabric;
    const PlaceNets *nets = problem->nets;
    PlaceState *state = ARENA_ARRAY(scratch, PlaceState, 1);
    *state = (PlaceState){
        .problem = problem,
        .site_of = ARENA_ARRAY(scratch, uint32_t, nets->n_slots),
        .slot_at = ARENA_ARRAY(scratch, uint32_t, fabric->n_sites),
        .tile_of = ARENA_ARRAY(scratch, uint32_t, (size_t)nets->n_slots + 1),
        .load = ARENA_ARRAY(scratch, uint64_t, fabric->n_links),
        .is_open = open_tiles(scratch, problem, site_of),
        .tile_mark = ARENA_ARRAY(scratch, uint64_t, (size_t)fabric->n_tiles + 1),
        .router_mark = ARENA_ARRAY(scratch, uint64_t, fabric->n_routers),
        .net_mark = ARENA_ARRAY(scratch, uint64_t, nets->n_nets),
        .link_mark = ARENA_ARRAY(scratch, uint64_t, fabric->n_links),
        .touched = ARENA_ARRAY(scratch, uint32_t, fabric->n_links),
        .load_before = ARENA_ARRAY(scratch, uint64_t, fabric->n_links),
        .affected = ARENA_ARRAY(scratch, uint32_t, nets->n_nets),
        .swap = ARENA_ARRAY(scratch, PlaceSwap, fabric->max_tile_sites),
    };
    for (uint32_t site = 0; site < fabric->n_sites; site++)
        state->slot_at[site] = PLACE_NONE;
    for (uint32_t slot = 0; slot < nets->n_slots; slot++) {
        CHECK(state->slot_at[site_of[slot]] == PLACE_NONE);
        state->site_of[slot] = site_of[slot];
        state->slot_at[site_of[slot]] = slot;
        state->tile_of[slot] = fabric->tile_of[site_of[slot]];
    }
    state->tile_of[nets->n_slots] = fabric->n_tiles;
    state->move_mark = 1;
    for (uint32_t n = 0; n < nets->n_nets; n++)
        add_tree(state, n, nets->rate[n]);
    for (uint32_t l = 0; l < fabric->n_links; l++)
        state->cost.squares += state->load[l] * state->load[l];
    state->n_touched = 0;
    return state;
}

static void affect(PlaceState *state, uint32_t net)
{
    if (state->net_mark[net] == state->move_mark)
        return;
    state->net_mark[net] = state->move_mark;
    state->affected[state->n_affected++] = net;
}

/* A list of nets of a slot; none of PLACE_NONE. */
typedef struct NetSpan {
    const uint32_t *net, *end;
} NetSpan;

static NetSpan span_of(const uint64_t *first, const uint32_t *net, uint32_t slot)
{
    if (slot == PLACE_NONE)
        return (NetSpan){net, net};
    return (NetSpan){net + first[slot], net + first[slot + 1]};
}

/* The nets that both slots send, and those that exactly one of them needs. */
static void affect_nets_of(PlaceState *state, uint32_t slot_a, uint32_t slot_b)
{
    const PlaceNets *nets = state->problem->nets;
    NetSpan sent[2] = {span_of(nets->first_sent, nets->sent, slot_a),
                       span_of(nets->first_sent, nets->sent, slot_b)};
    for (int i = 0; i < 2; i++)
        for (const uint32_t *net = sent[i].net; net < sent[i].end; net++)
            affect(state, *net);
    NetSpan a = span_of(nets->first_needed, nets->needed, slot_a);
    NetSpan b = span_of(nets->first_needed, nets->needed, slot_b);
    state->n_work += (uint64_t)(a.end - a.net) + (uint64_t)(b.end - b.net);
    while (a.net < a.end || b.net < b.end) {
        if (b.net == b.end || (a.net < a.end && *a.net < *b.net))
            affect(state, *a.net++);
        else if (a.net == a.end || *b.net < *a.net)
            affect(state, *b.net++);
        else
            a.net++, b.net++;
    }
}

static void put(PlaceState *state, uint32_t slot, uint32_t site)
{
    state->slot_at[site] = slot;
    if (slot == PLACE_NONE)
        return;
    state->site_of[slot] = site;
    state->tile_of[slot] = state->problem->fabric->tile_of[site];
}

static void exchange(PlaceState *state)
{
    for (uint32_t i = 0; i < state->n_swaps; i++) {
        uint32_t a = state->swap[i].a, b = state->swap[i].b;
        uint32_t slot_a = state->slot_at[a], slot_b = state->slot_at[b];
        put(state, slot_a, b);
        put(state, slot_b, a);
    }
}

/* All swaps of state->swap at once. */
static void move(PlaceState *state)
{
    const uint32_t *rate = state->problem->nets->rate;
    state->move_mark++;
    state->n_touched = state->n_affected = 0;
    state->cost_before = state->cost;
    for (uint32_t i = 0; i < state->n_swaps; i++)
        affect_nets_of(state, state->slot_at[state->swap[i].a], state->slot_at[state->swap[i].b]);
    for (uint32_t i = 0; i < state->n_affected; i++)
        add_tree(state, state->affected[i], 0 - (uint64_t)rate[state->affected[i]]);
    exchange(state);
    for (uint32_t i = 0; i < state->n_affected; i++)
        add_tree(state, state->affected[i], rate[state->affected[i]]);
    for (uint32_t i = 0; i < state->n_touched; i++) {
        uint64_t now = state->load[state->touched[i]], before = state->load_before[i];
        state->cost.squares += now * now - before * before;
    }
}

void place_swap_sites(PlaceState *state, uint32_t a, uint32_t b)
{
    state->n_swaps = 1;
    state->swap[0] = (PlaceSwap){a, b};
    move(state);
}

void place_swap_tiles(PlaceState *state, uint32_t tile_a, uint32_t tile_b)
{
    const uint32_t *first = state->problem->fabric->first_site;
    uint32_t n_a = first[tile_a + 1] - first[tile_a], n_b = first[tile_b + 1] - first[tile_b];
    state->n_swaps = n_a < n_b ? n_a : n_b;
    for (uint32_t i = 0; i < state->n_swaps; i++)
        state->swap[i] = (PlaceSwap){first[tile_a] + i, first[tile_b] + i};
    move(state);
}

void place_take_back(PlaceState *state)
{
    for (uint32_t i = 0; i < state->n_touched; i++)
        state->load[state->touched[i]] = state->load_before[i];
    exchange(state);
    state->cost = state->cost_before;
    state->n_touched = state->n_swaps = 0;
}

PlaceCost place_state_cost(const PlaceState *state)
{
    PlaceCost cost = state->cost;
    for (uint32_t l = 0; l < state->problem->fabric->n_links; l++)
        cost.busiest_link = state->load[l] > cost.busiest_link ? state->load[l] : cost.busiest_link;
    return cost;
}
