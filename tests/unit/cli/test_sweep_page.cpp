// Axes, ticks, and what the page takes a point and a sweep for.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "page_plot.h"

namespace
{

class SweepPageTest : public ::testing::Test
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

    PlotAxis axis(const std::vector<double> &value)
    {
        return plot_axis(arena, value.data(), static_cast<uint32_t>(value.size()), 50, 450);
    }

    // A plan of these rows, with results of one objective by `event`.
    const SweepView *view(const std::vector<std::vector<const char *>> &rows,
                          const std::vector<double> &latency)
    {
        keys.assign(rows[0].size(), {KEY_NUMBER, "chip.a", "a"});
        for (const auto &row : rows)
            texts.insert(texts.end(), row.begin(), row.end());
        plan.sweep = &sweep;
        plan.key = keys.data();
        plan.n_keys = plan.n_varied = static_cast<uint32_t>(keys.size());
        plan.n_points = static_cast<uint32_t>(rows.size());
        plan.value = texts.data();
        sweep.fidelity = FIDELITY_EVENT;
        sweep.n_objectives = 1;
        sweep.objective = &objective;
        results.n_points = plan.n_points;
        found.assign(3 * rows.size(), nullptr);
        for (uint32_t i = 0; i < latency.size(); i++) {
            Result *result = ARENA_ARRAY(arena, Result, 1);
            *result = result_empty({i, FIDELITY_EVENT});
            result->status = std::isnan(latency[i]) ? RESULT_NO_FIT : RESULT_OK;
            result->has[result_metric("latency_mean_us")] = true;
            result->value[result_metric("latency_mean_us")] = latency[i];
            found[rows.size() + i] = result;
        }
        results.row = found.data();
        return sweep_view_make(arena, &plan, &results);
    }

    Arena *arena = nullptr;
    Plan plan = {};
    Sweep sweep = {};
    Results results = {};
    SweepObjective objective = {"latency_mean_us", false};
    std::vector<SweepKey> keys;
    std::vector<const char *> texts;
    std::vector<const Result *> found;
};

TEST_F(SweepPageTest, AxesSpanTheirValuesAndADecadeMakesThemLogarithmic)
{
    const PlotAxis even = axis({3, 5, NAN, 4}), log = axis({1, 100});

    EXPECT_FALSE(even.log);
    EXPECT_NEAR(even.low, 2.92, 1e-12);
    EXPECT_NEAR(plot_at(&even, 4), 250, 1e-9);
    EXPECT_EQ(plot_at(&even, 99), 450);
    EXPECT_TRUE(log.log);
    EXPECT_NEAR(plot_at(&log, 10), 250, 1e-9);
    EXPECT_FALSE(axis({0, 100}).log);
    EXPECT_EQ(axis({0, 100}).low, 0);
    const PlotAxis one = axis({7});
    EXPECT_NEAR(plot_at(&one, 7), 250, 1e-9);
    EXPECT_LT(axis({}).low, axis({}).high);
}

TEST_F(SweepPageTest, TicksAreRoundInRangeAndFew)
{
    const double lows[] = {1e-9, 0.3, 1, 17, 1234.5}, spans[] = {1.01, 1.5, 3, 12, 150, 1e7};
    for (double low : lows)
        for (double span : spans)
            for (uint32_t most = 4; most <= 8; most++) {
                double tick[PLOT_TICKS];
                const PlotAxis one = axis({low, low * span});
                const uint32_t n = plot_ticks(&one, most, tick);
                ASSERT_LE(n, most);
                ASSERT_GE(n, 1U) << low << " x " << span;
                for (uint32_t i = 0; i < n; i++) {
                    EXPECT_GE(tick[i], one.low);
                    EXPECT_LE(tick[i], one.high);
                    EXPECT_TRUE(i == 0 || tick[i] > tick[i - 1]);
                    const double digits =
                        tick[i] / std::pow(10, std::floor(std::log10(tick[i])) - 4);
                    EXPECT_NEAR(digits, std::round(digits), 1e-6) << tick[i];
                }
            }
    double tick[PLOT_TICKS];
    const PlotAxis decades = axis({1, 150});
    ASSERT_EQ(plot_ticks(&decades, 6, tick), 5U); // 1 3 10 30 100
    EXPECT_EQ(tick[3], 30);
    const double narrow[] = {18, 43};
    const PlotAxis half = plot_axis_as(arena, narrow, 2, 0, 100, true);
    EXPECT_EQ(plot_ticks(&half, 6, tick), 5U); // 20 25 30 35 40
    EXPECT_EQ(tick[0], 20);
    EXPECT_STREQ(plot_tick_text(2000).text, "2,000");
    EXPECT_STREQ(plot_tick_text(0.3).text, "0.3");
    EXPECT_STREQ(plot_number(-1.5).text, "-1.500");
    EXPECT_STREQ(plot_number(4e8).text, "400,000,000");
}

TEST_F(SweepPageTest, PointsAreFrontBehindBeyondFailedOrMissing)
{
    const double unlimited = std::numeric_limits<double>::infinity();
    const SweepLimit limit = {"latency_mean_us", -unlimited, 8};
    sweep.n_limits = 1;
    sweep.limit = &limit;
    const SweepView *out = view({{"1"}, {"2"}, {"3"}, {"4"}, {"5"}}, {5, 9, NAN, 8});
    const PointKind wanted[] = {POINT_FRONT, POINT_BEYOND, POINT_FAILED, POINT_BEHIND,
                                POINT_MISSING};

    for (uint32_t i = 0; i < 5; i++) {
        EXPECT_EQ(out->kind[i], wanted[i]) << i;
        EXPECT_EQ(out->n_kind[wanted[i]], 1U);
    }
    EXPECT_EQ(out->n_simulated, 3U);
    EXPECT_TRUE(std::isnan(view_value(out, result_metric("latency_mean_us"), 2)));
}

TEST_F(SweepPageTest, ASweepHasOneAxisIfAllKeysFollowTheFirst)
{
    EXPECT_EQ(view_axis_key(view({{"2", "9"}, {"1", "9"}, {"3", "4"}}, {})), 0U);
    texts.clear();
    EXPECT_EQ(view_axis_key(view({{"1", "9"}, {"2", "4"}, {"3", "9"}}, {})), 2U);
    texts.clear();
    EXPECT_EQ(view_axis_key(view({{"1"}, {"1"}, {"3"}}, {})), 1U);
    texts.clear();
    EXPECT_EQ(view_axis_key(view({{"a"}, {"b"}}, {})), 1U);
}

} // namespace
