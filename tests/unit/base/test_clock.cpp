// clock.c: against 128-bit arithmetic.
#include <cstdint>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/rng.h"

namespace
{

__extension__ typedef unsigned __int128 Wide;

uint64_t edge_by_definition(uint64_t hz, uint64_t n)
{
    return static_cast<uint64_t>((Wide(n) * 1000000000000u * 2 + hz) / (Wide(hz) * 2));
}

const uint64_t RATES[] = {1000,      3000,      150000000, 300000000,   400000000,  200000000,
                          999999000, 333333000, 7000,      10000000000, 9999999000, 123457000};

TEST(Clock, EdgesAreRoundedMultiplesOfThePeriod)
{
    Rng rng = rng_make(1, 0);
    for (uint64_t hz : RATES) {
        Clock clock = clock_make(hz);
        uint64_t last = UINT64_C(8000000000000000000) / (1000000000000u / hz + 1);
        for (int i = 0; i < 20000; i++) {
            uint64_t n = i < 5000 ? uint64_t(i) : rng_below(&rng, last);
            ASSERT_EQ(clock_edge_ps(&clock, n), edge_by_definition(hz, n)) << hz << " " << n;
        }
    }
}

TEST(Clock, EdgeAtOrAfterIsTheSmallest)
{
    Rng rng = rng_make(2, 0);
    for (uint64_t hz : RATES) {
        Clock clock = clock_make(hz);
        for (int i = 0; i < 20000; i++) {
            uint64_t ps = i < 5000 ? uint64_t(i) : rng_below(&rng, UINT64_C(1) << (1 + i % 61));
            uint64_t n = clock_edge_at_or_after(&clock, ps);
            ASSERT_GE(clock_edge_ps(&clock, n), ps) << hz;
            if (n > 0) {
                ASSERT_LT(clock_edge_ps(&clock, n - 1), ps) << hz;
            }
        }
    }
}

TEST(Clock, EdgeOfAnEdgeIsItself)
{
    for (uint64_t hz : RATES) {
        Clock clock = clock_make(hz);
        for (uint64_t n = 0; n < 3000; n++)
            ASSERT_EQ(clock_edge_at_or_after(&clock, clock_edge_ps(&clock, n)), n) << hz;
    }
}

TEST(Clock, ThreeHundredMegahertzDoesNotDrift)
{
    Clock clock = clock_make(300000000);
    EXPECT_EQ(clock_edge_ps(&clock, 1), 3333u);
    EXPECT_EQ(clock_edge_ps(&clock, 2), 6667u);
    EXPECT_EQ(clock_edge_ps(&clock, 3), 10000u);
    EXPECT_EQ(clock_edge_ps(&clock, 300000000), 1000000000000u);
}

TEST(Clock, OtherRatesAreABug)
{
    EXPECT_EXIT(clock_make(1500), testing::ExitedWithCode(70), "CLOCK_HZ_STEP");
    EXPECT_EXIT(clock_make(0), testing::ExitedWithCode(70), "");
    EXPECT_EXIT(clock_make(CLOCK_HZ_MAX + 1000), testing::ExitedWithCode(70), "");
}

} // namespace
