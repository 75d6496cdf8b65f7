// Placement strategies: each slot gets a usable core of its own, the same every time, and what each
// promises about cost holds.
#include "place_fixture.h"

class Place : public PlaceTest
{
  protected:
    void expect_all_place(const PlaceFabric *fabric)
    {
        uint32_t n_slots = 1 + below(fabric->n_sites);
        PlaceProblem problem{fabric, random_nets(n_slots, n_slots + 3, 7), 1, nullptr};
        for (const std::string &name : strategies()) {
            std::vector<uint32_t> site = place(name.c_str(), problem);
            std::set<uint32_t> taken(site.begin(), site.end());
            EXPECT_EQ(taken.size(), site.size()) << name;
            for (uint32_t s : site)
                EXPECT_LT(s, fabric->n_sites) << name;
            EXPECT_EQ(place(name.c_str(), problem), site) << name << " is not repeatable";
        }
    }

    static uint32_t apart(Cell2d a, Cell2d b)
    {
        uint32_t x = a.x > b.x ? a.x - b.x : b.x - a.x, y = a.y > b.y ? a.y - b.y : b.y - a.y;
        return x + y;
    }
};

TEST_F(Place, EveryStrategyGivesEverySlotASiteOfItsOwnTwiceAlike)
{
    std::vector<PlaceGridCell> kind(42, GRID_TILE);
    kind[1] = kind[20] = kind[21] = GRID_NOTHING;
    kind[30] = GRID_ROUTER;
    for (int i = 0; i < 3; i++) {
        expect_all_place(grid(6, 7, 4, false, kind.data()));
        expect_all_place(grid(7, 6, 6, true, kind.data(), 1));
        expect_all_place(grid(1 + below(9), 1 + below(9), 4, below(2) != 0, nullptr, 3));
        expect_all_place(chip_fabric("tiny-2x2"));
        expect_all_place(chip_fabric("spinnaker2"));
        expect_all_place(chip_fabric("tiny-mesh", {below(24)}, {{{1, 1}, 0}}));
        expect_all_place(chip_fabric("tiny-board", {below(20), 20 + below(28)}, {{{2, 1}, 4}}));
    }
}

TEST_F(Place, TheCurveStepsFromCellToCellBesideIt)
{
    for (uint32_t width = 1; width <= 17; width++)
        for (uint32_t height = 1; height <= 17; height++) {
            const PlaceFabric *fabric = grid(width, height, 4, false, nullptr, 1);
            std::vector<uint32_t> order(fabric->n_tiles);
            place_curve(arena, fabric, order.data());
            std::set<uint32_t> met(order.begin(), order.end());
            ASSERT_EQ(met.size(), order.size());
            uint32_t n_diagonal = 0;
            for (size_t i = 1; i < order.size(); i++) {
                uint32_t steps = apart(fabric->cell[order[i - 1]], fabric->cell[order[i]]);
                ASSERT_LE(steps, 2u) << width << " x " << height;
                n_diagonal += steps == 2;
            }
            // only where the longer side is odd and the shorter even, and then once
            EXPECT_LE(n_diagonal, 1u) << width << " x " << height;
        }
}

TEST_F(Place, TheCurveKeepsNeighboursInOrderNearInBothDirections)
{
    const PlaceFabric *fabric = grid(16, 16, 4, false, nullptr, 1);
    std::vector<uint32_t> order(256);
    place_curve(arena, fabric, order.data());
    for (size_t i = 0; i + 16 <= order.size(); i += 16)
        for (size_t k = 1; k < 16; k++) // each sixteenth is a square of 4 x 4
            EXPECT_LE(apart(fabric->cell[order[i]], fabric->cell[order[i + k]]), 6u);
}

TEST_F(Place, RcmUntanglesAChain)
{
    // a chain 0 - 7 - 14 - 21 ... over 64 slots, whose numbers say nothing
    std::vector<std::vector<uint32_t>> target(64);
    for (uint32_t i = 0; i + 1 < 64; i++)
        target[i * 7 % 64] = {(i + 1) * 7 % 64};
    PlaceProblem problem{grid(8, 8, 4, false, nullptr, 1), nets_of(target), 1, nullptr};
    EXPECT_EQ(hops(problem, place("rcm", problem)), 63 * uint64_t{problem.nets->rate[0]});
}

TEST_F(Place, CommunitiesThatFitATileAreGatheredOnTiles)
{
    PlaceProblem problem{grid(6, 6), communities(144, 4), 0, nullptr};
    EXPECT_EQ(hops(problem, place("anneal", problem)), 0u);
    EXPECT_LT(4 * hops(problem, place("force", problem)),
              hops(problem, place("sequential", problem)));
}

TEST_F(Place, EachStrategyIsNoWorseThanWhatItStartsFrom)
{
    for (int i = 0; i < 6; i++) {
        PlaceProblem problem{grid(5, 6, i % 2 != 0 ? 6 : 4, i % 3 == 0), nullptr, 1, nullptr};
        problem.nets = i < 3 ? random_nets(100, 120, 20) : communities(110, 7);
        double best = score(problem, place("auto", problem));
        for (const char *cheap :
             {"sequential", "snake", "row-snake", "near-router", "hilbert", "rcm", "cluster"})
            EXPECT_LE(best, score(problem, place(cheap, problem))) << cheap;
        double pulled = score(problem, place("force", problem));
        EXPECT_LE(pulled, best);
        EXPECT_LE(score(problem, place("anneal", problem)), pulled);
    }
}

// More pairs than are scored: the sample finds what counting all of them finds, or hardly worse.
TEST_F(Place, ManyPairsAreJudgedByASampleOfTheNets)
{
    for (const PlaceNets *nets : {communities(1200, 300), random_nets(1200, 1500, 700)}) {
        PlaceProblem problem{grid(18, 18), nets, 1, nullptr};
        ASSERT_GT(nets->first_target[nets->n_nets], 300000u);
        double least = score(problem, place("sequential", problem));
        for (const char *cheap : {"snake", "row-snake", "near-router", "hilbert", "rcm", "cluster"})
            least = std::min(least, score(problem, place(cheap, problem)));
        EXPECT_LE(score(problem, place("auto", problem)), 1.005 * least);
    }
}

TEST_F(Place, MoreEffortFindsABetterPlacement)
{
    PlaceProblem problem{grid(8, 8), random_nets(250, 400, 5), 1, nullptr};
    double little = score(problem, place("anneal", problem));
    problem.effort = 200;
    EXPECT_LT(score(problem, place("anneal", problem)), little);
}

TEST_F(Place, AnnealingBeatsTheOrderOfRowsOnCommunities)
{
    PlaceProblem problem{grid(8, 8), communities(256, 16), 0, nullptr};
    uint64_t annealed = hops(problem, place("anneal", problem));
    for (const char *order : {"sequential", "snake", "row-snake", "hilbert"})
        EXPECT_LT(3 * annealed, hops(problem, place(order, problem))) << order;
}

TEST_F(Place, EqualPlacementsKeepTheFirstInTheTable)
{
    PlaceProblem problem{grid(3, 3), nets_of(std::vector<std::vector<uint32_t>>(36)), 1, nullptr};
    EXPECT_EQ(place("auto", problem), place("sequential", problem)); // nobody sends anything
}

TEST_F(Place, NoStrategyWakesChipsThatTheCheapOnesLeaveAlone)
{
    // 12 slots that all talk to all: two chips of eight cores hold them
    std::vector<std::vector<uint32_t>> target(12);
    for (uint32_t s = 0; s < 12; s++)
        for (uint32_t t = 0; t < 12; t++)
            target[s].push_back(t);
    PlaceProblem problem{chip_fabric("tiny-board"), nets_of(target), 20, nullptr};
    for (const std::string &name : strategies()) {
        std::set<uint32_t> chips;
        for (uint32_t site : place(name.c_str(), problem))
            chips.insert(problem.fabric->router_of[problem.fabric->tile_of[site]]);
        EXPECT_LE(chips.size(), 2u) << name;
    }
}

TEST_F(Place, OrdersFillOneBoardAfterAnother)
{
    // 16 slots fill the two chips of a board, 32 of four boards two
    for (uint32_t n : {16u, 32u}) {
        PlaceProblem problem{chip_fabric("tiny-boards"), random_nets(n, 20, 5), 1, nullptr};
        const Fabric *fabric = &problem.fabric->topology->chip->fabric;
        for (const char *name : {"sequential", "snake", "row-snake", "near-router", "hilbert"}) {
            std::set<uint32_t> boards;
            for (uint32_t site : place(name, problem)) {
                uint32_t router = problem.fabric->router_of[problem.fabric->tile_of[site]];
                boards.insert(chip_board(fabric, problem.fabric->router_cell[router]));
            }
            EXPECT_EQ(boards.size(), n / 16) << name;
        }
    }
}

#if !EGRET_HAS_SCOTCH
TEST_F(Place, ABuildWithoutScotchSaysSo)
{
    PlaceProblem problem{chip_fabric("tiny-2x2"), random_nets(3, 4, 2), 1, nullptr};
    place("scotch", problem);
    EXPECT_STREQ(err.message, "placement scotch: this build lacks the library Scotch");
    EXPECT_STREQ(err.hint, "install libscotch-dev and build anew, or take placement anneal");
}
#endif
