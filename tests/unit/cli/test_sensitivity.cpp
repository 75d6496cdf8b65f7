// Main effects, rank correlations and knees against closed forms and against sums done the long way.
#include "sensitivity.h"

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/rng.h"

namespace
{

const double NONE = std::nan("");

class SensitivityTest : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        arena = arena_new();
    }
    void TearDown() override
    {
        arena_free(arena);
    }

    // A plan with these columns.
    void make_plan(const std::vector<std::vector<std::string>> &columns)
    {
        plan = Plan();
        plan.n_keys = plan.n_varied = static_cast<uint32_t>(columns.size());
        plan.n_points = static_cast<uint32_t>(columns[0].size());
        keys.assign(columns.size(), SweepKey());
        texts.clear();
        for (uint32_t i = 0; i < plan.n_points; i++)
            for (const std::vector<std::string> &column : columns)
                texts.push_back(arena_text(arena, column[i].data(), column[i].size()));
        for (SweepKey &key : keys)
            key.name = "chip.key";
        plan.key = keys.data();
        plan.value = texts.data();
    }

    Effect effect(uint32_t key, const std::vector<double> &value, bool alone = false)
    {
        scale = key_scale(arena, &plan, key);
        return effect_find(arena, &scale, value.data(), plan.n_points, alone);
    }

    Arena *arena = nullptr;
    Plan plan = {};
    KeyScale scale = {};
    std::vector<SweepKey> keys;
    std::vector<const char *> texts;
};

TEST_F(SensitivityTest, NumbersAreInOrderAndNamesAsTheyFirstOccur)
{
    make_plan({{"10", "9", "1e1", "-2"}, {"z", "a", "z", "3"}});
    const KeyScale number = key_scale(arena, &plan, 0), name = key_scale(arena, &plan, 1);

    EXPECT_TRUE(number.is_number);
    ASSERT_EQ(number.n_values, 3U);
    EXPECT_EQ(number.number[0], -2);
    EXPECT_EQ(number.number[2], 10);
    EXPECT_EQ(number.of_point[0], 2U);
    EXPECT_EQ(number.of_point[2], 2U);
    EXPECT_FALSE(name.is_number);
    ASSERT_EQ(name.n_values, 3U);
    EXPECT_STREQ(name.text[0], "z");
    EXPECT_STREQ(name.text[2], "3");
    EXPECT_EQ(name.of_point[1], 1U);
    EXPECT_EQ(name.number[2], 2);
}

// y = 3 a + b^2 on a full grid: the variances of the terms over their sum.
TEST_F(SensitivityTest, SharesOfASumOnAFullGridAreThoseOfItsTerms)
{
    std::vector<std::string> a, b;
    std::vector<double> value;
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 5; k++) {
            a.push_back(std::to_string(i));
            b.push_back(std::to_string(k));
            value.push_back(3 * i + k * k);
        }
    make_plan({a, b});
    const double of_a = 9 * 1.25, of_b = (0 + 1 + 16 + 81 + 256) / 5.0 - 36;
    const Effect first = effect(0, value), second = effect(1, value);

    EXPECT_NEAR(first.share, of_a / (of_a + of_b), 1e-12);
    EXPECT_NEAR(second.share, of_b / (of_a + of_b), 1e-12);
    EXPECT_FALSE(first.binned);
    EXPECT_EQ(second.n_levels, 5U);
    EXPECT_NEAR(first.lowest, 6, 1e-12);
    EXPECT_NEAR(first.highest, 15, 1e-12);
    EXPECT_NEAR(second.level[3].mean, 4.5 + 9, 1e-12);
}

TEST_F(SensitivityTest, AProductWithMeanZeroHasNoMainEffect)
{
    make_plan({{"-1", "-1", "1", "1"}, {"-1", "1", "-1", "1"}});
    const Effect out = effect(0, {1, -1, -1, 1});

    EXPECT_EQ(out.share, 0);
    EXPECT_EQ(out.rank, 0);
}

TEST_F(SensitivityTest, TheOnlyKeyExplainsAll)
{
    make_plan({{"1", "2", "3", "4", "5"}});
    const Effect out = effect(0, {5, 1, 4, 2, 3}, true);

    EXPECT_EQ(out.share, 1);
    EXPECT_EQ(out.n_levels, 5U);
}

TEST_F(SensitivityTest, FewPointsOfManyValuesHaveRanksButNoShare)
{
    make_plan({{"1", "2", "3", "4"}, {"a", "b", "a", "b"}});
    const Effect out = effect(0, {1, 2, 3, 4});

    EXPECT_EQ(out.n_levels, 1U); // too few for two bins
    EXPECT_TRUE(std::isnan(out.share));
    EXPECT_EQ(out.rank, 1);
}

TEST_F(SensitivityTest, NamesHaveLevelsButNoRank)
{
    make_plan({{"int8", "bf16", "int8", "bf16"}, {"1", "1", "2", "2"}});
    const Effect out = effect(0, {1, 3, 1, 3});

    EXPECT_EQ(out.share, 1);
    EXPECT_TRUE(std::isnan(out.rank));
    EXPECT_EQ(out.level[1].mean, 3);
}

TEST_F(SensitivityTest, WhatNeverChangesHasNeitherShareNorRank)
{
    make_plan({{"1", "1", "2", "2"}});
    const Effect out = effect(0, {0.1, 0.1, 0.1, 0.1});

    EXPECT_TRUE(std::isnan(out.share));
    EXPECT_TRUE(std::isnan(out.rank));
    EXPECT_EQ(out.lowest, out.highest);
}

TEST_F(SensitivityTest, PointsWithoutAValueDoNotCount)
{
    make_plan({{"1", "2", "1", "2", "3"}});
    const Effect out = effect(0, {1, 3, 1, 3, NONE});

    EXPECT_EQ(out.n_points, 4U);
    EXPECT_EQ(out.n_levels, 2U);
    EXPECT_EQ(out.share, 1);
    EXPECT_EQ(effect(0, {NONE, NONE, NONE, NONE, NONE}).n_points, 0U);
}

// Of a monotone curve, of its mirror image, and by hand with ties: d^2 does not serve there.
TEST_F(SensitivityTest, RanksAreThoseOfSpearman)
{
    make_plan({{"1", "10", "100", "1000"}});
    EXPECT_NEAR(effect(0, {1, 2, 2.5, 90}, true).rank, 1, 1e-15);
    EXPECT_NEAR(effect(0, {4, 3, 2, 1}, true).rank, -1, 1e-15);
    EXPECT_NEAR(effect(0, {2, 1, 4, 3}, true).rank, 0.6, 1e-15); // 1 - 6 * 4 / (4 * 15)
    make_plan({{"1", "1", "2", "2"}});                           // ranks 1.5 1.5 3.5 3.5
    EXPECT_NEAR(effect(0, {1, 2, 3, 4}).rank, 4 / std::sqrt(4.0 * 5.0), 1e-15);
}

// Random designs: bins of equally many points; a key that does nothing has a share near 0.
TEST_F(SensitivityTest, RandomDesignsAreCutInBins)
{
    const int n = 400;
    std::vector<std::string> a, b;
    std::vector<double> value;
    Rng rng = rng_make(7, 0);
    for (int i = 0; i < n; i++) {
        const double x = rng_uniform(&rng), y = rng_uniform(&rng);
        a.push_back(std::to_string(x));
        b.push_back(std::to_string(y));
        value.push_back(x);
    }
    make_plan({a, b});
    const Effect first = effect(0, value);

    EXPECT_TRUE(first.binned);
    ASSERT_EQ(first.n_levels, 10U);
    for (uint32_t l = 0; l < 10; l++)
        EXPECT_NEAR(first.level[l].n_points, 40, 1);
    EXPECT_GT(first.share, 0.98); // 1 - 1/100 of a straight line in ten bins
    EXPECT_LT(effect(1, value).share, 0.05);
}

// Against sums done the long way, with missing values and repeated ones.
TEST_F(SensitivityTest, AgreesWithSumsDoneTheLongWay)
{
    Rng rng = rng_make(11, 0);
    for (int round = 0; round < 20; round++) {
        std::vector<std::string> key;
        std::vector<double> value;
        for (int i = 0; i < 60; i++) {
            key.push_back(std::to_string(rng_below(&rng, 8)));
            value.push_back(rng_below(&rng, 5) == 0 ? NONE
                                                    : rng_uniform(&rng) + std::stod(key.back()));
        }
        make_plan({key, key});
        const Effect out = effect(0, value);
        std::map<std::string, std::pair<double, int>> group;
        double mean = 0, total = 0, between = 0;
        int n = 0;
        for (size_t i = 0; i < value.size(); i++)
            if (!std::isnan(value[i])) {
                group[key[i]].first += value[i];
                group[key[i]].second++;
                mean += value[i];
                n++;
            }
        mean /= n;
        for (double y : value)
            total += std::isnan(y) ? 0 : (y - mean) * (y - mean);
        for (const auto &one : group)
            between += one.second.second * std::pow(one.second.first / one.second.second - mean, 2);
        EXPECT_NEAR(out.share, between / total, 1e-12);
        EXPECT_EQ(out.n_levels, group.size());
    }
}

// y = 1 + 9 / x has in log-log its knee where the slope is that of the chord.
TEST_F(SensitivityTest, KneeOfAFixedPartAndAPartThatIsShared)
{
    std::vector<double> x, y;
    for (int i = 1; i <= 100; i++) {
        x.push_back(i);
        y.push_back(1 + 9.0 / i);
    }
    const Knee knee = knee_find(x.data(), y.data(), 100, false);
    // d log y / d log x = -9 / (x + 9); the chord falls by log(10 / 1.09) over log(100).
    const double chord = std::log(10 / 1.09) / std::log(100.0), wanted = 9 / chord - 9;

    ASSERT_TRUE(knee.found);
    EXPECT_TRUE(knee.log);
    EXPECT_NEAR(x[knee.at], wanted, 0.5);
}

TEST_F(SensitivityTest, KneeIsFarthestFromTheChordOnTheBetterSide)
{
    const double x[] = {1, 2, 3, 4, 5};
    const double rise[] = {0, 8, 9, 9.5, 10}, fall[] = {10, 2, 1, 0.5, 0};

    Knee knee = knee_find(x, rise, 5, true);
    ASSERT_TRUE(knee.found);
    EXPECT_FALSE(knee.log);
    EXPECT_EQ(knee.at, 1U);
    EXPECT_NEAR(knee.distance, (0.8 - 0.25) / std::sqrt(2.0), 1e-15);
    EXPECT_FALSE(knee_find(x, rise, 5, false).found);
    EXPECT_EQ(knee_find(x, fall, 5, false).at, 1U);
    EXPECT_FALSE(knee_find(x, fall, 5, true).found);
}

TEST_F(SensitivityTest, StraightFlatAndShortCurvesHaveNoKnee)
{
    const double x[] = {1, 2, 3}, line[] = {3, 2, 1}, flat[] = {1, 1, 1}, bent[] = {9, 1, 0};

    EXPECT_FALSE(knee_find(x, line, 3, false).found);
    EXPECT_FALSE(knee_find(x, flat, 3, false).found);
    EXPECT_FALSE(knee_find(x, bent, 2, false).found);
    EXPECT_TRUE(knee_find(x, bent, 3, false).found);
}

} // namespace
