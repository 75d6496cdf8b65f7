// power.c: what a chip draws under a steady load, with the intervals of draws and of extremes.
#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "arch/chip_draw.h"
#include "sim/draw_ends.h"
#include "sim/power.h"

namespace
{

class PowerTest : public ::testing::Test
{
  protected:
    ~PowerTest() override
    {
        arena_free(arena);
    }

    void use_chip(const std::string &name)
    {
        const std::string path = std::string(EGRET_SOURCE_DIR) + "/arch/chips/" + name + ".yaml";
        ASSERT_EQ(chip_load(arena, path.c_str(), nullptr, nullptr, 0, &chip, &err), STATUS_OK)
            << err.message;
        load.n_cores = chip->n_cores;
        ASSERT_EQ(topology_build(arena, chip, &topology, &err), STATUS_OK) << err.message;
    }

    Power power(uint32_t n_draws, uint64_t seed = 1)
    {
        Power out;
        power_of_load(arena, topology, &load, n_draws, seed, &out);
        return out;
    }

    Arena *arena = arena_new();
    const Chip *chip = nullptr;
    const Topology *topology = nullptr;
    PowerLoad load{0, 0, 0.5, 0};
    Err err{};
};

void expect_same(const PowerEstimate &a, const PowerEstimate &b)
{
    EXPECT_EQ(a.value, b.value);
    EXPECT_EQ(a.low, b.low);
    EXPECT_EQ(a.high, b.high);
}

TEST_F(PowerTest, IsCountsOfOneSecondAtTheirPrices)
{
    use_chip("tiny-2x2");
    load.macs_per_second = 4e6;
    const Power out = power(0);
    EXPECT_NEAR(out.part[ENERGY_ACTIVE].value, 8 * 0.5 * 100e6 * 6e-9, 1e-12);
    EXPECT_NEAR(out.part[ENERGY_ACTIVE].least, 8 * 0.5 * 100e6 * 5e-9, 1e-12);
    EXPECT_NEAR(out.part[ENERGY_ACTIVE].most, 8 * 0.5 * 100e6 * 7e-9, 1e-12);
    EXPECT_NEAR(out.part[ENERGY_MAC_ARRAY].value, 4e6 * 0.5e-9, 1e-12);
    EXPECT_NEAR(out.part[ENERGY_SLEEP].value, 8 * 0.1, 1e-12);
    EXPECT_NEAR(out.part[ENERGY_FLOOR].most, 1.1, 1e-12);
    EXPECT_EQ(out.part[ENERGY_HOST].most, 0);
    EXPECT_NEAR(out.all.value, 2.4 + 0.002 + 0.8 + 1 + 0.1, 1e-12);
}

TEST_F(PowerTest, WithoutDrawsTheIntervalIsTheValue)
{
    use_chip("tiny-2x2");
    const Power out = power(0);
    EXPECT_EQ(out.all.low, out.all.value);
    EXPECT_EQ(out.all.high, out.all.value);
    EXPECT_LT(out.all.least, out.all.value);
    EXPECT_GT(out.all.most, out.all.value);
}

// Half of the probability lies evenly on each side of the value, so 5 % are below 910 uW.
TEST_F(PowerTest, IntervalOfOneNumberIsThatOfItsRange)
{
    use_chip("tiny-2x2");
    const Power out = power(4000);
    EXPECT_NEAR(out.part[ENERGY_FLOOR].low, 0.91, 0.003);
    EXPECT_NEAR(out.part[ENERGY_FLOOR].high, 1.09, 0.003);
    EXPECT_NEAR(out.part[ENERGY_SLEEP].low, 8 * 0.091, 0.003);
}

TEST_F(PowerTest, DrawsLieInsideTheExtremesOnAllChips)
{
    for (const char *name : {"tiny-2x2", "tiny-boards", "spinnaker1", "spinnaker2", "loihi-like"}) {
        use_chip(name);
        const Power out = power(500);
        double sum = 0;
        for (int part = 0; part <= N_ENERGY_PARTS; part++) {
            const PowerEstimate &at = part < N_ENERGY_PARTS ? out.part[part] : out.all;
            EXPECT_LE(at.least, at.low) << name << part;
            EXPECT_LE(at.low, at.value) << name << part;
            EXPECT_LE(at.value, at.high) << name << part;
            EXPECT_LE(at.high, at.most) << name << part;
            sum += part < N_ENERGY_PARTS ? at.value : 0;
        }
        EXPECT_DOUBLE_EQ(out.all.value, sum) << name;
        EXPECT_LT(out.all.high, out.all.most) << name;
    }
}

// Each draw again, the long way: a chip whose nominal numbers are the drawn ones.
TEST_F(PowerTest, ADrawIsTheNominalPowerOfAChipWithThatDrawsNumbers)
{
    const uint32_t n_draws = 60;
    const uint64_t seed = 9;
    for (const char *name : {"tiny-2x2", "loihi-like"}) {
        use_chip(name);
        load.macs_per_second = 1e6;
        const Power drawn = power(n_draws, seed);
        const Topology *nominal = topology;
        const NamedCost *named;
        const uint32_t n_named = chip_numbers(arena, chip, &named);
        std::vector<double> all(n_draws), active(n_draws), values(n_named);
        for (uint32_t draw = 0; draw < n_draws; draw++) {
            for (uint32_t i = 0; i < n_named; i++)
                values[i] = chip_number_draw(&named[i], seed, draw);
            Topology other = *nominal;
            other.chip = chip_with_numbers(arena, chip, values.data());
            topology = &other;
            const Power one = power(0);
            all[draw] = one.all.value;
            active[draw] = one.part[ENERGY_ACTIVE].value;
        }
        double low, high;
        draw_ends(all.data(), n_draws, &low, &high);
        EXPECT_NEAR(drawn.all.low, std::min(low, drawn.all.value), 1e-6 * low) << name;
        EXPECT_NEAR(drawn.all.high, std::max(high, drawn.all.value), 1e-6 * high) << name;
        draw_ends(active.data(), n_draws, &low, &high);
        EXPECT_NEAR(drawn.part[ENERGY_ACTIVE].low, low, 1e-6 * low) << name;
        EXPECT_NEAR(drawn.part[ENERGY_ACTIVE].high, high, 1e-6 * high) << name;
        EXPECT_LT(low, 0.95 * high) << name;
    }
}

TEST_F(PowerTest, TheSeedDecidesTheDrawsAndNothingElseDoes)
{
    use_chip("tiny-2x2");
    const Power first = power(300, 7), again = power(300, 7), other = power(300, 8);
    expect_same(first.all, again.all);
    EXPECT_EQ(first.all.value, other.all.value);
    EXPECT_NE(first.all.low, other.all.low);
    EXPECT_EQ(first.all.least, other.all.least);
}

TEST_F(PowerTest, KindIsTheLeastCertainOfWhatDrawsAnything)
{
    use_chip("spinnaker2");
    load.n_cores = 0;
    EXPECT_EQ(power(0).all.weakest, SOURCE_GUESS); // the DRAM's
    EXPECT_EQ(power(0).part[ENERGY_FLOOR].weakest, SOURCE_MEASURED);
    EXPECT_EQ(power(0).part[ENERGY_ACTIVE].weakest, SOURCE_DERIVED);
    use_chip("loihi-like"); // its clock is a guess, what a cycle costs is derived
    EXPECT_EQ(power(0).part[ENERGY_ACTIVE].weakest, SOURCE_GUESS);
}

TEST(DrawEnds, LeaveOutTheLowestAndTheHighestTwentieth)
{
    std::vector<double> drawn(101);
    for (size_t i = 0; i < drawn.size(); i++)
        drawn[i] = static_cast<double>(i * 37 % 101); // 0 .. 100 in disorder
    double low, high;
    draw_ends(drawn.data(), 101, &low, &high);
    EXPECT_EQ(low, 5);
    EXPECT_EQ(high, 95);
    double one = 4;
    draw_ends(&one, 1, &low, &high);
    EXPECT_EQ(low, 4);
    EXPECT_EQ(high, 4);
}

} // namespace
