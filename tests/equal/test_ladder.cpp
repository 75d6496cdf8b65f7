// test_ladder.cpp - what all engines must agree on, and in which direction they may differ: 504 random
// pairs of network and chip, one token at a time and overlapping.
//
// Execute mode and replay give the same integers in every counter, and so does a second run. What
// count gives is exactly what event counts, or COUNT_UNKNOWN; its bounds are never above the times
// of event. sim_run checks conservation in every run.
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

    static void expect_bounds(const Trace *count, const Trace *event)
    {
        const TraceBounds *bounds = count->bounds;
        uint64_t latency = 0;
        for (uint32_t t = 0; t < event->n_steps; t++) {
            const StepTimes *step = &event->step[t];
            latency += step->end_ps - step->start_ps;
            for (int b = 0; b < N_BOUNDS; b++)
                EXPECT_LE(bounds->step[t].ps[b], step->end_ps - step->start_ps)
                    << bound_name(static_cast<Bound>(b)) << ", step " << t;
            EXPECT_LE(count->step[t].start_ps, step->start_ps) << t;
            EXPECT_LE(count->step[t].end_ps, step->end_ps) << t;
        }
        for (int b = 0; b < N_BOUNDS; b++)
            EXPECT_LE(bounds->run_ps[b], event->step[event->n_steps - 1].end_ps)
                << bound_name(static_cast<Bound>(b));
        EXPECT_LE(bounds->result_ps, event->step[event->n_steps - 1].end_ps);
        EXPECT_LE(count->end_ps, event->end_ps);
        EXPECT_LE(bounds->latency_ps, latency);
        EXPECT_GT(bounds->result_ps, 0U);
        const uint64_t n = event->n_steps;
        const uint64_t first = event->pipelined ? event->step[0].end_ps : 0;
        EXPECT_LE(bounds->period_ps * (n - 1),
                  (event->step[n - 1].end_ps - first) * (event->pipelined ? 1 : n - 1));
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
