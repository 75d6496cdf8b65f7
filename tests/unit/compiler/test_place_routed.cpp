// Placements measured by negotiated trees: against ways of known length, and what `auto` makes of
// it.
#include "place_fixture.h"
#include "place_routed.h"
#include "route.h"

class PlaceRouted : public PlaceTest
{
  protected:
    RoutedCost routed(const PlaceProblem &problem, const std::vector<uint32_t> &site)
    {
        RoutedCost cost{};
        EXPECT_EQ(place_routed_cost(&problem, site.data(), &cost, &err), STATUS_OK) << err.message;
        return cost;
    }

    // Layers of slots that all reach themselves and the next layer; the last reaches the host.
    const PlaceNets *broadcast(const std::vector<uint32_t> &layer)
    {
        std::vector<std::vector<uint32_t>> target;
        uint32_t first = 0;
        for (size_t l = 0; l < layer.size(); first += layer[l++]) {
            uint32_t n = layer[l] + (l + 1 < layer.size() ? layer[l + 1] : 1);
            std::vector<uint32_t> all(n);
            std::iota(all.begin(), all.end(), first);
            target.insert(target.end(), layer[l], all);
        }
        return nets_of(target);
    }
};

TEST_F(PlaceRouted, PacketsToOneSlotTakeAShortestWay)
{
    const PlaceFabric *fabric = chip_fabric("tiny-mesh");
    for (int i = 0; i < 20; i++) {
        PlaceNet net{below(9), 0, nullptr, 1.0};
        set_targets(&net, {below(10)});
        PlaceProblem problem{fabric, place_nets_make(arena, 9, 1, &net), 0, nullptr};
        ASSERT_TRUE(place_routed_may(&problem));
        std::vector<uint32_t> site = random_sites(problem);
        auto router = [&](uint32_t slot) {
            return fabric->router_of[slot == 9 ? fabric->n_tiles : fabric->tile_of[site[slot]]];
        };
        uint32_t steps =
            route_distance(fabric->topology, router(net.source), router(net.target[0]));
        RoutedCost cost = routed(problem, site);
        EXPECT_EQ(cost.total_hops, uint64_t{problem.nets->rate[0]} * steps);
        EXPECT_EQ(cost.busiest_link, steps == 0 ? 0 : problem.nets->rate[0]);
    }
}

TEST_F(PlaceRouted, AutoLoadsTheBusiestLinkLeastAmongThoseOfFewLinks)
{
    const PlaceFabric *fabric = chip_fabric("quad-mesh");
    for (int i = 0; i < 4; i++) {
        PlaceProblem problem{fabric, nullptr, 0, nullptr};
        problem.nets = i < 2 ? random_nets(100, 60, 20) : communities(120, 12);
        RoutedCost best = routed(problem, place("auto", problem));
        std::vector<RoutedCost> other;
        uint64_t fewest = UINT64_MAX;
        for (const char *cheap :
             {"sequential", "snake", "row-snake", "near-router", "hilbert", "rcm", "cluster"}) {
            other.push_back(routed(problem, place(cheap, problem)));
            fewest = std::min(fewest, other.back().total_hops);
        }
        EXPECT_LE(best.total_hops * 100, fewest * 105);
        for (const RoutedCost &cost : other) {
            bool is_short = cost.total_hops * 100 <= fewest * 104;
            EXPECT_LE(best.busiest_link, is_short ? cost.busiest_link : UINT64_MAX);
        }
    }
}

TEST_F(PlaceRouted, LayersThatBroadcastLeaveNoLinkMuchBusierThanOthers)
{
    PlaceProblem problem{chip_fabric("quad-mesh"), broadcast({50, 50, 48}), 0, nullptr};
    uint64_t total = problem.nets->total_rate;
    EXPECT_LE(routed(problem, place("auto", problem)).busiest_link * 100, total * 35);
    EXPECT_GE(routed(problem, random_sites(problem)).busiest_link * 100, total * 35);
}

TEST_F(PlaceRouted, OnlySmallProblemsOnMeshesOfRoutersAreRouted)
{
    PlaceProblem problem{grid(7, 6), random_nets(20, 20, 5), 0, nullptr};
    EXPECT_FALSE(place_routed_may(&problem)); // no chip, so no turns
    problem.fabric = chip_fabric("tiny-board");
    EXPECT_FALSE(place_routed_may(&problem));
    problem.fabric = chip_fabric("quad-mesh");
    EXPECT_TRUE(place_routed_may(&problem));
    problem.nets = random_nets(100, 10000, 1);
    EXPECT_FALSE(place_routed_may(&problem));
}
