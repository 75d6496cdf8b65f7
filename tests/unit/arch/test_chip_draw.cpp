// chip_draw.c: the distribution of a number against its definition, and chips with other numbers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "arch/chip_draw.h"

namespace
{

class ChipDraw : public ::testing::Test
{
  protected:
    Arena *arena = arena_new();
    Err err{};
    const Chip *chip = nullptr;
    const NamedCost *named = nullptr;
    uint32_t n = 0;

    void SetUp() override
    {
        const std::string path = std::string(EGRET_SOURCE_DIR) + "/arch/chips/spinnaker2.yaml";
        ASSERT_EQ(chip_load(arena, path.c_str(), nullptr, nullptr, 0, &chip, &err), STATUS_OK)
            << err.message;
        n = chip_numbers(arena, chip, &named);
    }

    ~ChipDraw() override
    {
        arena_free(arena);
    }

    const NamedCost &number(const std::string &key) const
    {
        return *std::find_if(named, named + n, [&](const NamedCost &x) { return key == x.key; });
    }
};

TEST_F(ChipDraw, HalfOfTheProbabilityLiesOnEachSideOfTheNominalValue)
{
    const Cost cost = {25, 12, 45, SOURCE_GUESS, "x"};
    EXPECT_DOUBLE_EQ(cost_quantile(&cost, 0), 12);
    EXPECT_DOUBLE_EQ(cost_quantile(&cost, 0.25), 18.5);
    EXPECT_DOUBLE_EQ(cost_quantile(&cost, 0.5), 25);
    EXPECT_DOUBLE_EQ(cost_quantile(&cost, 0.75), 35);
    EXPECT_DOUBLE_EQ(cost_quantile(&cost, 1), 45);
}

TEST_F(ChipDraw, DrawsFollowTheDistribution)
{
    const NamedCost &hop = number("energy.flit_hop_event_pj"); // 15 [10 .. 40]
    std::vector<double> drawn;
    for (uint64_t draw = 0; draw < 10000; draw++)
        drawn.push_back(chip_number_draw(&hop, 3, draw));
    std::sort(drawn.begin(), drawn.end());
    EXPECT_GE(drawn.front(), 10);
    EXPECT_LE(drawn.back(), 40);
    for (double p : {0.05, 0.25, 0.5, 0.75, 0.95})
        EXPECT_NEAR(drawn[static_cast<size_t>(p * 10000)], cost_quantile(hop.cost, p), 0.02 * 30)
            << p;
}

TEST_F(ChipDraw, DrawsDependOnSeedDrawAndKeyAlone)
{
    const NamedCost &hop = number("energy.flit_hop_event_pj");
    const NamedCost &lookup = number("energy.router_lookup_pj");
    EXPECT_EQ(chip_number_draw(&hop, 1, 2), chip_number_draw(&hop, 1, 2));
    EXPECT_NE(chip_number_draw(&hop, 1, 2), chip_number_draw(&hop, 1, 3));
    EXPECT_NE(chip_number_draw(&hop, 1, 2), chip_number_draw(&hop, 2, 2));
    NamedCost other = hop;
    other.key = lookup.key;
    EXPECT_NE(chip_number_draw(&hop, 1, 2), chip_number_draw(&other, 1, 2));
}

TEST_F(ChipDraw, WholeNumbersAreRounded)
{
    const NamedCost &cycles = number("software.receive_event_cycles");
    for (uint64_t draw = 0; draw < 100; draw++) {
        const double value = chip_number_draw(&cycles, 1, draw);
        EXPECT_EQ(value, std::floor(value));
    }
    EXPECT_EQ(chip_number_quantile(&cycles, 0.5), cycles.cost->value);
}

TEST_F(ChipDraw, NumbersWithoutARangeAreCertain)
{
    const NamedCost &hz = number("operating_points.low.hz");
    ASSERT_EQ(hz.cost->low, hz.cost->high);
    EXPECT_EQ(chip_number_draw(&hz, 1, 1), hz.cost->value);
}

TEST_F(ChipDraw, PricesAndSizesOfMemoryShapeNoTimes)
{
    EXPECT_TRUE(chip_number_shapes_time(&number("software.receive_event_cycles")));
    EXPECT_TRUE(chip_number_shapes_time(&number("noc.hop_cycles")));
    EXPECT_TRUE(chip_number_shapes_time(&number("operating_points.low.hz")));
    EXPECT_FALSE(chip_number_shapes_time(&number("operating_points.low.core_sleep_uw")));
    EXPECT_FALSE(chip_number_shapes_time(&number("energy.router_lookup_pj")));
}

TEST_F(ChipDraw, AChipWithOtherNumbersIsValidAndKeepsItsHash)
{
    for (double p : {0.0, 0.3, 1.0}) {
        std::vector<double> value;
        for (uint32_t i = 0; i < n; i++)
            value.push_back(chip_number_quantile(&named[i], p));
        const Chip *other = chip_with_numbers(arena, chip, value.data());
        const NamedCost *again;
        ASSERT_EQ(chip_numbers(arena, other, &again), n);
        for (uint32_t i = 0; i < n; i++)
            EXPECT_EQ(again[i].cost->value, value[i]) << again[i].key;
        EXPECT_EQ(other->hash, chip->hash);
        EXPECT_EQ(chip_check(other, &err), STATUS_OK) << err.message;
    }
    EXPECT_EQ(chip->software.receive_event_cycles.value, 30); // the first is as it was
}

} // namespace
