// test_ladder.cpp - what all engines must agree on, and in which direction they may differ: 504 random
// pairs of network and chip, one token at a time and overlapping.
//
// Execute mode and replay give the same integers in every counter, and so does a second run. What
// count gives is exactly what event counts, or COUNT_UNKNOWN; its bounds are never above the times
// of event. sim_run checks conservation in every run.
#include "ladder_checks.hpp"
#include "property_fixture.hpp"

namespace
{

class Ladder : public PropertyTest
{
  protected:
    const Trace *count_run(SimArrival arrival)
    {
        options.engine = "count";
        const Trace *trace = simulate(SIM_REPLAY, arrival);
        options.engine = nullptr;
        return trace;
    }

    bool try_pair()
    {
        if (!draw_pair())
            return false;
        SCOPED_TRACE(told);
        for (SimArrival arrival : {ARRIVE_SEQUENTIAL, ARRIVE_PIPELINED}) {
            const Trace *executed = simulate(SIM_EXECUTE, arrival);
            const Trace *replayed = simulate(SIM_REPLAY, arrival);
            const Trace *counted = count_run(arrival);
            if (executed == nullptr || replayed == nullptr || counted == nullptr)
                return false;
            expect_equal(executed, replayed);
            expect_same_totals(counted, replayed);
            expect_bounds(counted, replayed);
            expect_equal(replayed, simulate(SIM_REPLAY, arrival));
        }
        return true;
    }
};

TEST_P(Ladder, EnginesAgreeOnTotalsAndBoundsHold)
{
    int done = 0;
    for (int i = 0; i < TRIES && done < PAIRS && !HasFailure(); i++) {
        done += try_pair() ? 1 : 0;
        arena_reset(arena);
    }
    EXPECT_EQ(done, PAIRS);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Ladder, ::testing::Range(100, 112)); // 12 x 42 = 504 pairs

} // namespace
