// test_sync_timing.cpp - supersteps of small Programs, worked out by hand.
//
// Test chip: see test_program_timing.cpp; a barrier takes 300 ns.
#include "../equal/sim_fixture.hpp"

namespace
{

class SyncTiming : public SimTest
{
  protected:
    // One input, two layers of one unit that always sends an event, on tiles of their own.
    void use_two_units(uint32_t n_steps)
    {
        use_chip("tiny-2x2");
        use_hand_network({1, 1, 1}, {{0, false, 0, 0, 0.1f}, {1, false, 0, 0, 0.1f}},
                         [](uint32_t, uint32_t) { return true; });
        use_ones(n_steps);
        use_program({{0, 0, 0, 1, FORMAT_SOURCE, 1}, {6, 1, 0, 1, FORMAT_SOURCE, 1}});
        options.sync = SYNC_BARRIER;
    }
};

TEST_F(SyncTiming, ASuperstepLastsFromItsFirstPacketToTheLastCore)
{
    use_two_units(1);
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    ASSERT_NE(trace, nullptr);
    // superstep 0: input. 564 ns = router edge 141, 144 = 576 ns, NoC edge 116, 121 = 605 ns, core
    //   edge 61, receive 10 + 4, 75 = 750 ns. Barrier until 1050 ns = core edge 105.
    // superstep 1: layer 0. 105 update 25 + 40, 170 emit 6, 176 = 1760 ns = NoC edge 352, 357 = 1785
    //   ns, router edge 447, 450 = 1800 ns. To the host: 1800 + 564 = 2364 ns. To core 6: NoC edge
    //   360, 365 = 1825 ns, core edge 183, receive 14, 197 = 1970 ns. So the host is the last: its
    //   marker of the first layer. Barrier until 2664 ns = core edge 267.
    // superstep 2: layer 1. 267 update, 332 emit, 338 = 3380 ns = NoC edge 676, 681 = 3405 ns, router
    //   edge 852, 855 = 3420 ns, host 3984 ns.
    EXPECT_EQ(trace->step[0].start_ps, 0U);
    EXPECT_EQ(trace->step[0].end_ps, 3984000U);
    EXPECT_EQ(trace->layer[0].update_end_ps, 1760000U);
    EXPECT_EQ(trace->layer[1].update_end_ps, 3380000U);
    EXPECT_EQ(trace->n_supersteps, 3U);
    EXPECT_EQ(trace->barrier_ps, 600000U);
    // At a barrier a core whose step has begun waits: core 0 from 75 to 105, core 6 from 197 to 267.
    EXPECT_EQ(trace->count[0].n[COUNT_WAIT_CYCLES], 30U);
    EXPECT_EQ(trace->count[1].n[COUNT_WAIT_CYCLES], 70U);
}

TEST_F(SyncTiming, PipelinedStepsAreOneSuperstepApart)
{
    use_two_units(3);
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NE(trace, nullptr);
    // superstep 1 begins at 1050 ns as above and ends at 2364 ns with the host; step 1 of the input
    // goes out with it. Superstep 2 begins at 2664 ns with step 2 of the input.
    EXPECT_EQ(trace->n_supersteps, 5U);
    EXPECT_EQ(trace->step[0].start_ps, 0U);
    EXPECT_EQ(trace->step[1].start_ps, 1050000U);
    EXPECT_EQ(trace->step[2].start_ps, 2664000U);
    // Superstep 2: both cores from 267 to 338, both packets at the router at edge 852, looked up one
    // after the other, 64 ns each on the link: core 0's is looked up first.
    EXPECT_EQ(trace->step[0].end_ps, 4048000U);
}

TEST_F(SyncTiming, ABarrierOfNoTimeStillWaitsForAllCores)
{
    use_two_units(4);
    use_chip("tiny-2x2", {{"software.barrier_ns", "0"}});
    use_program({{0, 0, 0, 1, FORMAT_SOURCE, 1}, {6, 1, 0, 1, FORMAT_SOURCE, 1}});
    const Trace *barrier = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    options.sync = SYNC_DATAFLOW;
    const Trace *dataflow = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NE(barrier, nullptr);
    EXPECT_EQ(barrier->barrier_ps, 0U);
    EXPECT_GT(barrier->end_ps, dataflow->end_ps);
}

} // namespace
