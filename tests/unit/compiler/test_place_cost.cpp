// Cost of placements: trees counted link by link, and swaps against full recomputation.
#include "place_fixture.h"

#include <deque>
#include <map>

class PlaceCostTest : public PlaceTest
{
  protected:
    // Steps from one router to all others over the links that are there, breadth first.
    static std::vector<uint32_t> distances(const PlaceFabric *fabric, uint32_t from)
    {
        std::vector<uint32_t> distance(fabric->n_routers, UINT32_MAX);
        std::deque<uint32_t> queue{from};
        distance[from] = 0;
        while (!queue.empty()) {
            uint32_t at = queue.front();
            queue.pop_front();
            for (uint32_t side = 0; side < fabric->n_sides; side++) {
                uint32_t i = at * fabric->n_sides + side, next = fabric->neighbour[i];
                if (fabric->side_link[i] == PLACE_NONE || distance[next] != UINT32_MAX)
                    continue;
                distance[next] = distance[at] + 1;
                queue.push_back(next);
            }
        }
        return distance;
    }

    static void expect_shortest_ways(const PlaceFabric *fabric)
    {
        for (uint32_t from = 0; from < fabric->n_routers; from++) {
            std::vector<uint32_t> distance = distances(fabric, from);
            for (uint32_t to = 0; to < fabric->n_routers; to++) {
                if (to == from)
                    continue;
                uint32_t link = PLACE_NONE, before = place_step_back(fabric, from, to, &link);
                ASSERT_LT(link, fabric->n_links) << from << " to " << to;
                ASSERT_EQ(distance[before] + 1, distance[to]) << from << " to " << to;
            }
        }
    }

    // The cost by sets of hops from cell to cell, x first, then y; up and down ways aside.
    static PlaceCost brute_force(const PlaceProblem &problem, const std::vector<uint32_t> &site)
    {
        const PlaceFabric *fabric = problem.fabric;
        const PlaceNets *nets = problem.nets;
        using Hop = std::tuple<uint32_t, uint32_t, uint32_t, uint32_t>;
        std::map<Hop, uint64_t> load;
        auto cell = [&](uint32_t slot) {
            return fabric
                ->cell[slot < nets->n_slots ? fabric->tile_of[site[slot]] : fabric->n_tiles];
        };
        for (uint32_t n = 0; n < nets->n_nets; n++) {
            std::set<Hop> tree;
            for (uint64_t i = nets->first_target[n]; i < nets->first_target[n + 1]; i++) {
                Cell2d at = cell(nets->source[n]), to = cell(nets->target[i]);
                while (at.x != to.x || at.y != to.y) {
                    Cell2d next = at;
                    if (at.x != to.x)
                        next.x = at.x < to.x ? at.x + 1 : at.x - 1;
                    else
                        next.y = at.y < to.y ? at.y + 1 : at.y - 1;
                    tree.insert({at.x, at.y, next.x, next.y});
                    at = next;
                }
            }
            for (const Hop &hop : tree)
                load[hop] += nets->rate[n];
        }
        PlaceCost cost{};
        for (const auto &[hop, sum] : load) {
            cost.total_hops += sum;
            cost.squares += sum * sum;
            cost.busiest_link = std::max(cost.busiest_link, sum);
        }
        return cost;
    }

    static void expect_equal(const PlaceCost &a, const PlaceCost &b)
    {
        EXPECT_EQ(a.total_hops, b.total_hops);
        EXPECT_EQ(a.busiest_link, b.busiest_link);
        EXPECT_EQ(a.squares, b.squares);
    }

    void expect_moves_are_exact(const PlaceFabric *fabric)
    {
        uint32_t n_slots = fabric->n_sites - fabric->n_sites / 5;
        PlaceProblem problem{fabric, random_nets(n_slots, 2 * n_slots, 9), 0, nullptr};
        std::vector<uint32_t> site = random_sites(problem);
        PlaceState *state = place_state_new(arena, &problem, site.data());
        expect_equal(place_state_cost(state), place_cost_full(arena, &problem, site.data()));
        for (int i = 0; i < 200; i++) {
            std::vector<uint32_t> before(state->site_of, state->site_of + n_slots);
            PlaceCost cost_before = place_state_cost(state);
            uint32_t tile = below(fabric->n_tiles), other = below(fabric->n_tiles);
            if (i % 3 == 0 && tile != other)
                place_swap_tiles(state, tile, other);
            else
                place_swap_sites(state, below(fabric->n_sites), below(fabric->n_sites));
            if (i % 2 != 0) {
                place_take_back(state);
                ASSERT_EQ(std::vector<uint32_t>(state->site_of, state->site_of + n_slots), before);
                expect_equal(place_state_cost(state), cost_before);
            }
            expect_equal(place_state_cost(state), place_cost_full(arena, &problem, state->site_of));
        }
        for (uint32_t slot = 0; slot < n_slots; slot++)
            EXPECT_EQ(state->slot_at[state->site_of[slot]], slot);
    }
};

TEST_F(PlaceCostTest, AGridCountsTheTreesOfDimensionOrder)
{
    for (int i = 0; i < 20; i++) {
        PlaceProblem problem{grid(1 + below(6), 1 + below(6)), nullptr, 0, nullptr};
        problem.nets = random_nets(problem.fabric->n_sites, 30, 12);
        std::vector<uint32_t> site = random_sites(problem);
        expect_equal(place_cost_full(arena, &problem, site.data()), brute_force(problem, site));
    }
}

TEST_F(PlaceCostTest, ACentralRouterTakesOneFlitForEachTileAndOneUp)
{
    const PlaceFabric *fabric = chip_fabric("tiny-2x2");
    // slot 0 and 1 on tile 0, slot 2 on tile 3: from 0 to 1 and 2; the host reaches 0
    PlaceNet net[2] = {{0, 0, nullptr, 0.75}, {3, 0, nullptr, 0.25}};
    set_targets(&net[0], {1, 2});
    set_targets(&net[1], {0});
    PlaceProblem problem{fabric, place_nets_make(arena, 3, 2, net), 0, nullptr};
    std::vector<uint32_t> site{0, 1, 6};
    uint32_t up = fabric->up[0].n_links, to_0 = fabric->down[0].n_links;
    uint32_t to_3 = fabric->down[3].n_links;
    ASSERT_GT(up, 0u);
    EXPECT_EQ(hops(problem, site), uint64_t{problem.nets->rate[0]} * (up + to_0 + to_3) +
                                       uint64_t{problem.nets->rate[1]} * to_0);
}

TEST_F(PlaceCostTest, WaysAreShortestOnGridsAndTori)
{
    expect_shortest_ways(grid(5, 4));
    expect_shortest_ways(grid(5, 4, 4, true));
    expect_shortest_ways(grid(4, 6, 6));
    expect_shortest_ways(grid(8, 6, 6, true));
    expect_shortest_ways(grid(5, 7, 6, true));
    expect_shortest_ways(grid(26, 23)); // too many routers to list the ways
    expect_shortest_ways(grid(25, 22, 6, true));
}

TEST_F(PlaceCostTest, WaysLeadRoundDeadLinks)
{
    expect_shortest_ways(chip_fabric("tiny-mesh", {}, {{{1, 1}, 0}, {{2, 0}, 1}}));
    expect_shortest_ways(chip_fabric("tiny-board", {}, {{{0, 0}, 0}, {{2, 1}, 4}}));
}

TEST_F(PlaceCostTest, DeadCoresAreNoSites)
{
    const PlaceFabric *fabric = chip_fabric("tiny-board", {3, 16, 17});
    EXPECT_EQ(fabric->n_sites, 45u);
    EXPECT_EQ(fabric->n_tiles, 23u); // cores 16 and 17 were all of a tile
    for (uint32_t s = 0; s < fabric->n_sites; s++)
        EXPECT_TRUE(fabric->core[s] != 3 && fabric->core[s] != 16 && fabric->core[s] != 17);
    for (uint32_t t = 0; t < fabric->n_tiles; t++)
        EXPECT_EQ(fabric->router_of[t], fabric->core[fabric->first_site[t]] / 8);
}

TEST_F(PlaceCostTest, ABoardAddsTheLinksBetweenChips)
{
    const PlaceFabric *fabric = chip_fabric("tiny-board");
    PlaceNet net{0, 0, nullptr, 1.0};
    set_targets(&net, {1, 2});
    PlaceProblem problem{fabric, place_nets_make(arena, 3, 1, &net), 0, nullptr};
    // chips (0,0), (1,1) and (2,1) or (2,0): one diagonal link, then the two more or the rim
    const uint32_t link_price = place_crossing(fabric, 0, 3);
    ASSERT_GT(link_price, 1u);
    std::vector<uint32_t> site{0, 3 * 8, 3 * 8 + 1};
    uint32_t on_chips = fabric->up[0].n_links + fabric->down[12].n_links;
    EXPECT_EQ(hops(problem, site), uint64_t{problem.nets->rate[0]} * (on_chips + link_price));
    site[2] = 5 * 8; // (2,1): over the rim of the torus, one link from (0,0)
    on_chips += fabric->down[20].n_links;
    EXPECT_EQ(hops(problem, site), uint64_t{problem.nets->rate[0]} * (on_chips + 2 * link_price));
}

TEST_F(PlaceCostTest, ALinkBetweenBoardsCountsForMoreThanOneOnABoard)
{
    const PlaceFabric *fabric =
        chip_fabric("tiny-boards", {}, {}, {{"links.off_board_bits_per_second", "2e9"}});
    PlaceNet net{0, 0, nullptr, 1.0};
    set_targets(&net, {1});
    PlaceProblem problem{fabric, place_nets_make(arena, 2, 1, &net), 0, nullptr};
    // 96 bits at 1 and at 2 Gbit/s, in cycles of 5 ns, more than 16 of which count no more
    const uint32_t on_board = place_crossing(fabric, 0, 1),
                   off_board = place_crossing(fabric, 0, 2);
    EXPECT_EQ(on_board, 16u);
    EXPECT_EQ(off_board, 10u);
    EXPECT_EQ(place_crossing(fabric, 3, 3), 0u);
    const uint64_t rate = problem.nets->rate[0], on_chips = fabric->up[0].n_links;
    EXPECT_EQ(hops(problem, {0, 1 * 8}), rate * (on_chips + fabric->down[4].n_links + on_board));
    EXPECT_EQ(hops(problem, {0, 2 * 8}), rate * (on_chips + fabric->down[8].n_links + off_board));
    EXPECT_EQ(hops(problem, {0, 5 * 8}), // (3,0): over the rim of the torus
              rate * (on_chips + fabric->down[20].n_links + off_board));
}

TEST_F(PlaceCostTest, WaysLeadRoundMissingRouters)
{
    std::vector<PlaceGridCell> kind(30, GRID_TILE);
    kind[7] = kind[8] = kind[13] = GRID_NOTHING;
    for (uint32_t n_sides : {4u, 6u})
        for (bool wrap : {false, true}) {
            const PlaceFabric *fabric = grid(6, 5, n_sides, wrap, kind.data());
            ASSERT_NE(fabric->tree, nullptr);
            expect_shortest_ways(fabric);
        }
}

TEST_F(PlaceCostTest, MovesChangeTheCostAsFullRecomputationDoes)
{
    std::vector<PlaceGridCell> kind(25, GRID_TILE);
    kind[6] = GRID_NOTHING;
    kind[12] = GRID_ROUTER;
    expect_moves_are_exact(grid(5, 5));
    expect_moves_are_exact(grid(5, 5, 6, true, nullptr, 3));
    expect_moves_are_exact(grid(5, 5, 4, true, kind.data(), 1));
    expect_moves_are_exact(chip_fabric("tiny-2x2"));
    expect_moves_are_exact(chip_fabric("spinnaker2"));
    expect_moves_are_exact(chip_fabric("tiny-mesh", {5}, {{{1, 1}, 0}}));
    expect_moves_are_exact(chip_fabric("tiny-board", {3, 17}, {{{0, 0}, 0}, {{2, 1}, 4}}));
}

TEST_F(PlaceCostTest, NetsListEachSlotAscendingAndBothWaysRound)
{
    const PlaceNets *nets = random_nets(20, 40, 10);
    uint64_t n_pairs = 0, total = 0;
    for (uint32_t n = 0; n < nets->n_nets; n++) {
        total += nets->rate[n];
        EXPECT_GE(nets->rate[n], 1u);
        for (uint64_t i = nets->first_target[n]; i < nets->first_target[n + 1]; i++) {
            uint32_t slot = nets->target[i];
            if (i > nets->first_target[n]) {
                EXPECT_LT(nets->target[i - 1], slot);
            }
            const uint32_t *needed = nets->needed + nets->first_needed[slot];
            const uint32_t *end = nets->needed + nets->first_needed[slot + 1];
            EXPECT_TRUE(std::binary_search(needed, end, n));
            n_pairs++;
        }
        uint32_t source = nets->source[n];
        EXPECT_TRUE(std::binary_search(nets->sent + nets->first_sent[source],
                                       nets->sent + nets->first_sent[source + 1], n));
    }
    EXPECT_EQ(nets->first_needed[21], n_pairs);
    EXPECT_EQ(nets->first_sent[21], 40u);
    EXPECT_EQ(nets->total_rate, total);
}
