// test_sync.cpp - whatever steps wait for, the same is computed and sent: barrier against dataflow.
#include "sync_fixture.hpp"

namespace
{

constexpr int CASES = 10; // of a test: processes cost more than cases

class SyncRandom : public SyncTest, public ::testing::WithParamInterface<int>
{
  protected:
    // A step begins and ends in supersteps that are a barrier or more apart from those of others.
    void expect_supersteps(const Trace *trace) const
    {
        const uint64_t n = trace->n_steps, n_layers = trace->n_layers;
        const auto barrier_ps = static_cast<uint64_t>(chip->software.barrier_ns.value * 1000);
        EXPECT_STREQ(trace->sync, "barrier");
        EXPECT_EQ(trace->n_supersteps, trace->pipelined ? n + n_layers : n * (n_layers + 1));
        EXPECT_EQ(trace->barrier_ps, (trace->n_supersteps - 1) * barrier_ps);
        const uint64_t before = trace->pipelined ? n_layers + 1 : 1;
        for (uint64_t t = 1; t < n; t++) {
            EXPECT_GE(trace->step[t].start_ps, trace->step[t - 1].start_ps + barrier_ps) << t;
            EXPECT_GE(trace->step[t].end_ps, trace->step[t - 1].end_ps + barrier_ps) << t;
            EXPECT_GE(trace->step[t].end_ps, trace->step[t].start_ps + n_layers * barrier_ps) << t;
            if (t >= before) {
                EXPECT_GE(trace->step[t].start_ps, trace->step[t - before].end_ps + barrier_ps);
            }
            if (trace->pipelined && t >= n_layers) { // the same superstep
                EXPECT_LT(trace->step[t].start_ps, trace->step[t - n_layers].end_ps);
            }
        }
    }

    void expect_barriers_change_times_only()
    {
        for (SimArrival arrival : {ARRIVE_SEQUENTIAL, ARRIVE_PIPELINED}) {
            options.sync = SYNC_DATAFLOW;
            const Trace *dataflow = simulate(SIM_EXECUTE, arrival);
            options.sync = SYNC_BARRIER;
            const Trace *barrier =
                simulate(SIM_EXECUTE, arrival); // equal to the reference, or fails
            ASSERT_NO_FATAL_FAILURE(expect_same_totals(dataflow, barrier));
            EXPECT_EQ(dataflow->n_supersteps, 0U);
            expect_supersteps(barrier);
            expect_equal(barrier, simulate(SIM_REPLAY, arrival));
            options.hop_by_hop = true;
            expect_equal(barrier, simulate(SIM_REPLAY, arrival));
            options.hop_by_hop = false;
            options.engine = "flit";
            const Trace *flit = simulate(SIM_REPLAY, arrival);
            options.engine = nullptr;
            ASSERT_NO_FATAL_FAILURE(expect_same_totals(dataflow, flit));
            expect_supersteps(flit);
        }
    }
};

TEST_P(SyncRandom, BarriersChangeTimesAndNothingElse)
{
    for (int i = 0; i < CASES && !HasFatalFailure(); i++) {
        const auto seed = static_cast<uint64_t>(GetParam() * CASES + i);
        SCOPED_TRACE(seed);
        ASSERT_NO_FATAL_FAILURE(use_random_case(seed));
        ASSERT_NO_FATAL_FAILURE(expect_barriers_change_times_only());
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, SyncRandom, ::testing::Range(0, 50));

} // namespace
