// test_wheel.cpp - the time wheel against an ordered map.
#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "base/rng.h"
#include "wheel.h"

namespace
{

class WheelTest : public ::testing::Test
{
  protected:
    Arena *arena = arena_new();
    Wheel wheel{};

    ~WheelTest() override
    {
        arena_free(arena);
    }
};

TEST_F(WheelTest, EmptyWheelIsNeverDue)
{
    wheel_init(arena, &wheel, 4);
    EXPECT_EQ(wheel_next(&wheel), NEVER);
    EXPECT_EQ(wheel_take(&wheel), WHEEL_NONE);
}

TEST_F(WheelTest, IdsOfOneCycleComeOutInTheOrderOfSetting)
{
    wheel_init(arena, &wheel, 4);
    wheel_set(&wheel, 2, 7);
    wheel_set(&wheel, 0, 7);
    wheel_set(&wheel, 3, 6);
    EXPECT_EQ(wheel_next(&wheel), 6U);
    wheel_advance(&wheel, 6);
    EXPECT_EQ(wheel_take(&wheel), 3U);
    EXPECT_EQ(wheel_take(&wheel), WHEEL_NONE);
    EXPECT_EQ(wheel_next(&wheel), 7U);
    wheel_advance(&wheel, 7);
    EXPECT_EQ(wheel_take(&wheel), 2U);
    EXPECT_EQ(wheel_take(&wheel), 0U);
    EXPECT_EQ(wheel_next(&wheel), NEVER);
}

TEST_F(WheelTest, SettingAgainMovesAnId)
{
    wheel_init(arena, &wheel, 2);
    wheel_set(&wheel, 1, 100);
    wheel_set(&wheel, 1, 1000000); // beyond the buckets
    EXPECT_EQ(wheel_next(&wheel), 1000000U);
    wheel_set(&wheel, 1, 5);
    EXPECT_EQ(wheel_next(&wheel), 5U);
    wheel_clear(&wheel, 1);
    wheel_clear(&wheel, 1);
    EXPECT_EQ(wheel_next(&wheel), NEVER);
}

TEST_F(WheelTest, IdsFromBeyondTheHorizonKeepTheOrderOfSetting)
{
    wheel_init(arena, &wheel, 3);
    wheel_set(&wheel, 0, 5000);
    wheel_set(&wheel, 1, 1000);
    wheel_advance(&wheel, 1000);
    EXPECT_EQ(wheel_take(&wheel), 1U);
    wheel_set(&wheel, 2, 5000); // near enough for a bucket now
    wheel_advance(&wheel, 5000);
    EXPECT_EQ(wheel_take(&wheel), 0U);
    EXPECT_EQ(wheel_take(&wheel), 2U);
}

TEST_F(WheelTest, BehavesAsAnOrderedMapUnderRandomUse)
{
    const uint32_t n_ids = 200;
    wheel_init(arena, &wheel, n_ids);
    std::multimap<std::pair<uint64_t, uint64_t>, uint32_t> expected; // (cycle, order) -> id
    std::map<uint32_t, std::pair<uint64_t, uint64_t>> pending;
    Rng rng = rng_make(11, 0);
    uint64_t now = 0, order = 0, taken = 0;
    for (int i = 0; i < 100000; i++) {
        const auto id = static_cast<uint32_t>(rng_below(&rng, n_ids));
        const uint64_t action = rng_below(&rng, 10);
        if (action < 6) {
            const uint64_t reach = rng_below(&rng, 4) ? 300 : 30000;
            const uint64_t cycle = now + rng_below(&rng, reach);
            if (pending.count(id))
                expected.erase(pending[id]);
            pending[id] = {cycle, order};
            expected.insert({{cycle, order++}, id});
            wheel_set(&wheel, id, cycle);
        } else if (action == 6) {
            if (pending.count(id))
                expected.erase(pending[id]);
            pending.erase(id);
            wheel_clear(&wheel, id);
        } else if (expected.empty()) {
            ASSERT_EQ(wheel_next(&wheel), NEVER);
        } else {
            ASSERT_EQ(wheel_next(&wheel), expected.begin()->first.first);
            now = expected.begin()->first.first;
            wheel_advance(&wheel, now);
            ASSERT_EQ(wheel_take(&wheel), expected.begin()->second);
            pending.erase(expected.begin()->second);
            expected.erase(expected.begin());
            taken++;
        }
    }
    EXPECT_GT(taken, 20000U);
}

} // namespace
