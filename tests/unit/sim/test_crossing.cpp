// crossing.c: edges from tables against edges asked one by one.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/rng.h"
#include "crossing.h"

namespace
{

TEST(Crossing, GivesTheFirstEdgeAtOrAfterWhateverTheClocks)
{
    // simple ratios, ratios that repeat late, and clocks that have no table
    const std::vector<uint64_t> rates = {1000,      150000000, 200000000,   250000000, 300000000,
                                         400000000, 333333000, 10000000000, 499999000, 123457000};
    Rng rng = rng_make(3, 0);
    Arena *arena = arena_new();
    int n_tables = 0;
    for (uint64_t from_hz : rates)
        for (uint64_t to_hz : rates) {
            const Clock from = clock_make(from_hz), to = clock_make(to_hz);
            Crossing crossing;
            crossing_make(arena, &crossing, &from, &to);
            n_tables += crossing.n_near > 0;
            uint64_t cycle = 0;
            for (int i = 0; i < 20000; i++) {
                ASSERT_EQ(crossing_edge(&crossing, cycle),
                          clock_edge_at_or_after(&to, clock_edge_ps(&from, cycle)))
                    << from_hz << " " << to_hz << " " << cycle;
                ASSERT_EQ(crossing_after(&crossing, cycle),
                          clock_edge_at_or_after(&to, clock_edge_ps(&from, cycle) + 1))
                    << from_hz << " " << to_hz << " " << cycle;
                cycle += rng_below(&rng, 10);
                if (i % 1000 == 999) // far away, and back
                    cycle = rng_below(&rng, std::min(UINT64_C(1000000000) << i / 1000 % 12,
                                                     from_hz * 1000000)); // below 2^64 ps
            }
        }
    EXPECT_GE(n_tables, 40);
    EXPECT_LT(n_tables, 100);
    arena_free(arena);
}

} // namespace
