// topology_routers.c, topology_turns.c: links between routers and the turns that packets may take, against brute
// force over all turns of small fabrics.
#include <set>
#include <sstream>

#include "arch/topology.h"
#include "base/rng.h"
#include "chip_fixture.h"

namespace
{

struct Shape {
    uint32_t width, height, n_sides;
    bool wrap;
    std::string holes, dead_links;
    std::string turns = "x-first";
};

struct FabricTest : ChipTest {
    const Topology *topology = nullptr;

    static std::string text_of(const Shape &shape)
    {
        std::ostringstream grid, fabric;
        grid << "  x: [2, " << shape.width + 1 << "]\n  y: [5, " << shape.height + 4
             << "]\n  holes: [" << shape.holes << "]\n  router: []\n";
        fabric << "fabric:\n  routing: mesh\n  sides: " << shape.n_sides
               << "\n  wrap: " << (shape.wrap ? "true" : "false") << "\n  turns: " << shape.turns
               << "\n  dead_links: [" << shape.dead_links
               << "]\n  source: \"TINY layout\"\n\ngrid:";
        std::string text = edited("tiny-2x2", "grid:", fabric.str());
        const std::string from =
            "  x: [0, 2]\n  y: [0, 1]\n  holes: []\n  router: [[1, 0], [1, 1]]\n";
        text.replace(text.find(from), from.size(), grid.str());
        return text.replace(text.find("usable_cores: 8"), 15, "usable_cores: 2");
    }
    void build(const Shape &shape)
    {
        const Chip *chip = nullptr;
        const std::string text = text_of(shape);
        ASSERT_EQ(chip_parse(arena, "mesh", text.c_str(), nullptr, 0, &chip, &err), STATUS_OK)
            << err.message;
        ASSERT_EQ(topology_build(arena, chip, &topology, &err), STATUS_OK) << err.message;
    }
    uint32_t n_links() const
    {
        return topology->n_router_links;
    }
    // reaches[a][b]: a packet on link a can get to link b by allowed turns, in one turn or more.
    std::vector<std::vector<bool>> closure() const
    {
        std::vector<std::vector<bool>> reaches(n_links(), std::vector<bool>(n_links()));
        for (uint32_t a = 0; a < n_links(); a++) {
            std::vector<uint32_t> stack{a};
            while (!stack.empty()) {
                const uint32_t at = stack.back();
                stack.pop_back();
                for (uint32_t b = 0; b < n_links(); b++)
                    if (topology_turn_allowed(topology, at, b) && !reaches[a][b]) {
                        reaches[a][b] = true;
                        stack.push_back(b);
                    }
            }
        }
        return reaches;
    }
    // Acyclic, maximal, and every router reaches every other.
    void expect_right_turns() const
    {
        const auto reaches = closure();
        const RouterLink *link = topology->router_link;
        std::vector<std::set<uint32_t>> reached(topology->n_routers);
        for (uint32_t a = 0; a < n_links(); a++) {
            EXPECT_FALSE(reaches[a][a]) << "cycle through link " << a;
            reached[link[a].from].insert(link[a].to);
            for (uint32_t b = 0; b < n_links(); b++) {
                if (reaches[a][b])
                    reached[link[a].from].insert(link[b].to);
                const bool could = link[a].to == link[b].from && link[a].back != b;
                if (could && !topology_turn_allowed(topology, a, b)) {
                    EXPECT_TRUE(reaches[b][a]) << "turn " << a << " " << b << " could be added";
                }
                if (!could) {
                    EXPECT_FALSE(topology_turn_allowed(topology, a, b));
                }
            }
        }
        for (uint32_t r = 0; r < topology->n_routers; r++) {
            reached[r].insert(r);
            EXPECT_EQ(reached[r].size(), topology->n_routers) << r;
        }
    }
};

TEST_F(FabricTest, LinksLeadToTheNeighbourOfTheirSideAndBack)
{
    for (uint32_t sides : {4u, 6u})
        for (bool wrap : {false, true})
            for (uint32_t width = 1; width < 5; width++)
                for (uint32_t height = 1; height < 4; height++) {
                    if (width * height == 1)
                        continue;
                    ASSERT_NO_FATAL_FAILURE(build({width, height, sides, wrap, "", ""}));
                    ASSERT_EQ(topology->n_routers, width * height);
                    uint32_t expected = 0, at = 0;
                    for (uint32_t r = 0; r < topology->n_routers; r++) {
                        ASSERT_EQ(topology->first_router_link[r], at);
                        const Cell2d cell = topology->router_cell[r];
                        for (uint32_t side = 0; side < sides; side++) {
                            int32_t dx, dy;
                            side_step(sides, side, &dx, &dy);
                            int64_t x = int64_t{cell.x} + dx, y = int64_t{cell.y} + dy;
                            const bool beyond = x < 0 || y < 0 || x >= width || y >= height;
                            x = (x + width) % width;
                            y = (y + height) % height;
                            const bool self = x == cell.x && y == cell.y;
                            const uint32_t link = topology_link_at(topology, r, side);
                            ASSERT_EQ(link == UINT32_MAX, (beyond && !wrap) || self);
                            if (link == UINT32_MAX)
                                continue;
                            ASSERT_EQ(link, at++);
                            const RouterLink &ends = topology->router_link[link];
                            EXPECT_EQ(ends.from, r);
                            EXPECT_EQ(ends.side, side);
                            EXPECT_EQ(ends.to, x * height + y);
                            EXPECT_EQ(topology->router_link[ends.back].to, r);
                            EXPECT_EQ(topology->router_link[ends.back].back, link);
                            expected++;
                        }
                    }
                    EXPECT_EQ(topology->n_router_links, expected);
                }
}

TEST_F(FabricTest, TurnsOfWholeFabricsAreAcyclicMaximalAndConnectAll)
{
    const std::pair<uint32_t, const char *> kinds[] = {
        {4, "x-first"}, {6, "x-first"}, {4, "odd-even-rows"}, {4, "odd-even-columns"}};
    for (const auto &[sides, turns] : kinds)
        for (bool wrap : {false, true})
            for (uint32_t width = 1; width < 6; width++)
                for (uint32_t height = 1; height < 5; height++) {
                    if (width * height == 1)
                        continue;
                    SCOPED_TRACE(std::to_string(width) + " x " + std::to_string(height) + ", " +
                                 std::to_string(sides) + (wrap ? " sides, wrap, " : " sides, ") +
                                 turns);
                    ASSERT_NO_FATAL_FAILURE(build({width, height, sides, wrap, "", "", turns}));
                    expect_right_turns();
                }
}

TEST_F(FabricTest, TurnsOfBrokenFabricsAreAcyclicMaximalAndConnectAll)
{
    Rng rng = rng_make(11, 0);
    int n_built = 0;
    for (int round = 0; round < 60; round++) {
        const auto width = static_cast<uint32_t>(2 + rng_below(&rng, 4));
        const auto height = static_cast<uint32_t>(2 + rng_below(&rng, 3));
        const uint32_t sides = rng_below(&rng, 2) == 0 ? 4 : 6;
        Shape shape = {width, height, sides, rng_below(&rng, 2) == 0, "", ""};
        if (sides == 4 && round % 2 == 0)
            shape.turns = "odd-even-rows";
        std::set<uint64_t> holes;
        for (uint64_t n = rng_below(&rng, 3); holes.size() < n;)
            holes.insert(rng_below(&rng, width * height));
        for (uint64_t hole : holes)
            shape.holes += (shape.holes.empty() ? "[" : ", [") + std::to_string(2 + hole / height) +
                           ", " + std::to_string(5 + hole % height) + "]";
        for (uint64_t n = rng_below(&rng, 3); n > 0; n--)
            shape.dead_links += (shape.dead_links.empty() ? "[" : ", [") +
                                std::to_string(2 + rng_below(&rng, width)) + ", " +
                                std::to_string(5 + rng_below(&rng, height)) + ", " +
                                side_name(sides, static_cast<uint32_t>(rng_below(&rng, sides))) +
                                "]";
        SCOPED_TRACE(text_of(shape).substr(0, 900));
        const Chip *chip = nullptr;
        if (chip_parse(arena, "mesh", text_of(shape).c_str(), nullptr, 0, &chip, &err) !=
            STATUS_OK) {
            EXPECT_NE(std::string(err.message).find("no links lead from tile"), std::string::npos)
                << err.message;
            continue;
        }
        n_built++;
        ASSERT_EQ(topology_build(arena, chip, &topology, &err), STATUS_OK) << err.message;
        expect_right_turns();
    }
    EXPECT_GT(n_built, 30);
}

TEST_F(FabricTest, AWholeMeshForbidsTurnsTowardsWestOnly)
{
    for (uint32_t sides : {4u, 6u}) {
        ASSERT_NO_FATAL_FAILURE(build({6, 5, sides, false, "", ""}));
        for (uint32_t in = 0; in < n_links(); in++) {
            const RouterLink &from = topology->router_link[in];
            for (uint32_t out = topology->first_router_link[from.to];
                 out < topology->first_router_link[from.to + 1]; out++) {
                int32_t dx, dy, next_dx, next_dy;
                side_step(sides, from.side, &dx, &dy);
                side_step(sides, topology->router_link[out].side, &next_dx, &next_dy);
                if (out == from.back || (next_dx < 0 && dx >= 0))
                    EXPECT_FALSE(topology_turn_allowed(topology, in, out));
                else
                    EXPECT_TRUE(topology_turn_allowed(topology, in, out));
            }
        }
    }
}

// Turns back aside, the only ones that are forbidden are those of the model (Chiu 2000).
TEST_F(FabricTest, OddEvenMeshesForbidTwoKindsOfTurnsInEachRowOrColumn)
{
    enum { E, N, W, S };
    for (bool rows : {true, false}) {
        ASSERT_NO_FATAL_FAILURE(
            build({6, 5, 4, false, "", "", rows ? "odd-even-rows" : "odd-even-columns"}));
        for (uint32_t in = 0; in < n_links(); in++) {
            const RouterLink &from = topology->router_link[in];
            const Cell2d cell = topology->router_cell[from.to];
            for (uint32_t out = topology->first_router_link[from.to];
                 out < topology->first_router_link[from.to + 1]; out++) {
                const uint32_t side = topology->router_link[out].side;
                bool even = cell.y == 2 || cell.y == 4; // row 0 lets packets out of S turn
                bool forbidden = rows ? (even ? from.side == S : side == N)
                                      : (cell.x % 2 == 0 ? side == E : from.side == W);
                forbidden = (forbidden && side != from.side) || out == from.back;
                EXPECT_EQ(topology_turn_allowed(topology, in, out), !forbidden)
                    << cell.x << "," << cell.y << ": " << from.side << " to " << side;
            }
        }
    }
}

TEST_F(FabricTest, DeadLinksTakeBothDirections)
{
    ASSERT_NO_FATAL_FAILURE(build({3, 3, 4, false, "", "[2, 5, E], [3, 7, S]"}));
    EXPECT_EQ(topology->n_router_links, 24u - 4u);
    EXPECT_EQ(topology_link_at(topology, 0, 0), UINT32_MAX); // (2,5) east
    EXPECT_EQ(topology_link_at(topology, 3, 2), UINT32_MAX); // (3,5) west
    EXPECT_EQ(topology_link_at(topology, 5, 3), UINT32_MAX); // (3,7) south
    EXPECT_EQ(topology_link_at(topology, 4, 1), UINT32_MAX); // (3,6) north
}

TEST_F(FabricTest, APacketGoesStraightOnToTheSameSide)
{
    ASSERT_NO_FATAL_FAILURE(build({3, 2, 6, false, "", ""}));
    const uint32_t east = topology_link_at(topology, 0, 0);
    EXPECT_EQ(topology_default_link(topology, east), topology_link_at(topology, 2, 0));
    const uint32_t north_east = topology_link_at(topology, 0, 1);
    EXPECT_EQ(topology->router_link[north_east].to, 3u);
    EXPECT_EQ(topology_default_link(topology, north_east), UINT32_MAX); // the border
    EXPECT_STREQ(side_name(6, side_opposite(6, 1)), "SW");
}

TEST_F(FabricTest, LinksAreNamedByTheirEnds)
{
    ASSERT_NO_FATAL_FAILURE(build({3, 2, 4, false, "", ""}));
    EXPECT_STREQ(topology_link_name(arena, topology, 0), "(2,5)->(3,5)");
    EXPECT_EQ(topology_all_links(topology), 14u);
    const Chip *chip = load("tiny-board");
    ASSERT_EQ(topology_build(arena, chip, &topology, &err), STATUS_OK);
    EXPECT_EQ(topology_all_links(topology), 6 * topology->n_links + topology->n_router_links);
    EXPECT_STREQ(topology_link_name(arena, topology, 0), "chip (0,0): (0,0)->(0,1)");
    EXPECT_STREQ(topology_link_name(arena, topology, topology->n_links),
                 "chip (0,1): (0,0)->(0,1)");
    EXPECT_STREQ(topology_link_name(arena, topology, 6 * topology->n_links), "chip (0,0)->(1,0)");
}

TEST_F(FabricTest, CoresHangOnTheRouterOfTheirChipOrTile)
{
    ASSERT_NO_FATAL_FAILURE(build({3, 2, 4, false, "", ""}));
    EXPECT_EQ(topology_router_of_core(topology, 5), 2u);
    const Chip *chip = load("tiny-board");
    ASSERT_EQ(topology_build(arena, chip, &topology, &err), STATUS_OK);
    EXPECT_EQ(topology->n_routers, 6u);
    EXPECT_EQ(topology_router_of_core(topology, 7), 0u);
    EXPECT_EQ(topology_router_of_core(topology, 8), 1u);
    EXPECT_EQ(topology_router_of_core(topology, 47), 5u);
}

TEST_F(FabricTest, OneChipAloneHasOneRouterAndNoRouterLink)
{
    ASSERT_EQ(topology_build(arena, load("spinnaker2"), &topology, &err), STATUS_OK);
    EXPECT_EQ(topology->n_routers, 1u);
    EXPECT_EQ(topology->n_router_links, 0u);
    EXPECT_EQ(topology_all_links(topology), topology->n_links);
}

} // namespace
