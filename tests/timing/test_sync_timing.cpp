// test_sync_timing.cpp - supersteps and ticks of small Programs, worked out by hand.
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

    void use_ticks(uint64_t tick_ns)
    {
        options.sync = SYNC_TICK;
        options.tick_ns = tick_ns;
        options.event_used = [](void *list, const EventUse *use) {
            static_cast<std::vector<EventUse> *>(list)->push_back(*use);
        };
        options.event_used_context = &uses;
    }

    std::vector<EventUse> uses;
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

TEST_F(SyncTiming, UpdatesBeginAtTheFirstEdgeOfTheirTick)
{
    use_two_units(1);
    use_ticks(1004); // tick 1: 1004 ns = core edge 101, tick 2: 2008 ns = core edge 201
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    ASSERT_NE(trace, nullptr);
    // tick 0: input, received from 61 to 75 as above.
    // tick 1: 101 update 65, 166 emit 6, 172 = 1720 ns = NoC edge 344, 349 = 1745 ns, router edge 437,
    //   440 = 1760 ns, NoC edge 352, 357 = 1785 ns, core edge 179, receive 14, 193.
    // tick 2: 201 update, 266 emit, 272 = 2720 ns = NoC edge 544, 549 = 2745 ns, router edge 687, 690
    //   = 2760 ns, host 3324 ns.
    EXPECT_EQ(trace->step[0].start_ps, 0U);
    EXPECT_EQ(trace->step[0].end_ps, 3324000U);
    EXPECT_EQ(trace->ticks.n_ticks, 3U);
    EXPECT_EQ(trace->ticks.period_ps, 1004000U);
    EXPECT_EQ(trace->ticks.overruns, 0U);
    EXPECT_EQ(total(trace, COUNT_EVENTS_LATE), 0U);
    // From its input on a core waits: core 0 from 75 to 101, core 6 from 193 to 201.
    EXPECT_EQ(trace->count[0].n[COUNT_WAIT_CYCLES], 26U);
    EXPECT_EQ(trace->count[1].n[COUNT_WAIT_CYCLES], 8U);
}

TEST_F(SyncTiming, AReceiveThatHasBegunMakesTheUpdateSlip)
{
    use_two_units(1);
    use_ticks(800);
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    ASSERT_NE(trace, nullptr);
    // tick 1: 80 update, 145 emit, 151 = 1510 ns = NoC edge 302, 307 = 1535 ns, router edge 384, 387 =
    //   1548 ns, NoC edge 310, 315 = 1575 ns, core edge 158, receive 14, 172.
    // tick 2: core edge 160, in the midst of it: 172 update, 237 emit, 243 = 2430 ns = NoC edge 486,
    //   491 = 2455 ns, router edge 614, 617 = 2468 ns, host 3032 ns.
    EXPECT_EQ(trace->step[0].end_ps, 3032000U);
    EXPECT_EQ(trace->ticks.overruns, 1U);
    EXPECT_EQ(trace->ticks.worst_overrun_ps, 120000U);
    EXPECT_EQ(trace->count[1].n[COUNT_OVERRUNS], 1U);
    EXPECT_EQ(trace->count[1].n[COUNT_OVERRUN_CYCLES], 12U);
    EXPECT_EQ(total(trace, COUNT_EVENTS_LATE), 0U);
    EXPECT_EQ(trace->layer[1].differing, 0U);
}

TEST_F(SyncTiming, AnEventThatMissesItsUpdateIsUsedInTheNext)
{
    use_two_units(2);
    use_ticks(750);
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    ASSERT_NE(trace, nullptr);
    // tick 1: core edge 75, just free. 75 update, 140 emit, 146 = 1460 ns = NoC edge 292, 297 = 1485 ns,
    //   router edge 372, 375 = 1500 ns, NoC edge 300, 305 = 1525 ns, core edge 153.
    // tick 2: core edge 150, too early for that: 150 update, 215 emit, 221 receive until 235.
    // tick 3: 2250 ns, input: 2814 ns = router edge 704, 707 = 2828 ns, NoC edge 566, 571 = 2855 ns,
    //   core edge 286, receive 14, 300.
    // tick 4: core edge 300, as in tick 1: core 6 sees the event at 378, and tick 5 is core edge 375.
    EXPECT_EQ(trace->ticks.n_ticks, 6U);
    EXPECT_EQ(trace->ticks.overruns, 0U);
    EXPECT_EQ(trace->count[0].n[COUNT_EVENTS_LATE], 0U);
    EXPECT_EQ(trace->count[1].n[COUNT_EVENTS_LATE], 2U);
    EXPECT_EQ(trace->layer[0].late, 0U);
    EXPECT_EQ(trace->layer[1].late, 2U);
    ASSERT_EQ(uses.size(), 4U); // of core 0 and core 6, in turn
    for (uint32_t t = 0; t < 2; t++) {
        const EventUse &first = uses[2 * t], &second = uses[2 * t + 1];
        EXPECT_EQ(first.layer, 0U);
        EXPECT_EQ(first.source_layer, PROGRAM_NONE);
        EXPECT_EQ(first.meant, t);
        EXPECT_EQ(first.used, t);
        EXPECT_EQ(second.layer, 1U);
        EXPECT_EQ(second.core, 6U);
        EXPECT_EQ(second.source_layer, 0U);
        EXPECT_EQ(second.step, t);
        EXPECT_EQ(second.meant, t);
        EXPECT_EQ(second.used, t + 1); // of the last one: no update is left
    }
    // Core 6 sends at 221 and, from tick 5 on, at 375 + 71 = 446 = 4460 ns = NoC edge 892, 897 = 4485 ns,
    // router edge 1122, 1125 = 4500 ns, host 5064 ns.
    EXPECT_EQ(trace->step[1].start_ps, 2250000U);
    EXPECT_EQ(trace->step[1].end_ps, 5064000U);
}

TEST_F(SyncTiming, ACoreThatFallsBehindGoesFromUpdateToUpdate)
{
    use_chip("tiny-2x2");
    use_hand_network({1, 1}, {{0, false, 0, 0, 0.1f}}, [](uint32_t, uint32_t) { return true; });
    use_ones(4);
    use_program({{0, 0, 0, 1, FORMAT_SOURCE, 1}});
    use_ticks(500);
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NE(trace, nullptr);
    // tick 1: core edge 50, the first input comes at 61. An update and its event take 71 cycles: updates
    // begin at 50, 121, 192, 263; ticks 2 to 4 are at 100, 150, 200. At 334 the core receives.
    EXPECT_EQ(trace->ticks.overruns, 3U);
    EXPECT_EQ(trace->count[0].n[COUNT_OVERRUN_CYCLES], 63U);
    EXPECT_EQ(trace->ticks.worst_overrun_ps, 630000U);
    EXPECT_EQ(trace->count[0].n[COUNT_EVENTS_LATE], 4U);
    EXPECT_EQ(trace->count[0].n[COUNT_SLEEP_CYCLES], 50U + trace->run_cycles - 334 - 4 * 14);
    for (const EventUse &use : uses)
        EXPECT_EQ(use.used, 4U);
    // Its first event: 1210 ns = NoC edge 242, 247 = 1235 ns, router edge 309, 312 = 1248 ns.
    EXPECT_EQ(trace->step[0].end_ps, 1812000U);
}

TEST_F(SyncTiming, TheHostSlipsWhileItsLinkIsBusy)
{
    use_chip("tiny-2x2");
    use_hand_network({20, 1}, {{0, false, 0, 0, 0.1f}}, [](uint32_t, uint32_t) { return true; });
    use_ones(3);
    use_program({{0, 0, 0, 1, FORMAT_SOURCE, 1}});
    use_ticks(3000); // the last of 20 packets has been received at 61 + 14 + 19 x 10 = 265
    const Trace *in_time = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NE(in_time, nullptr);
    EXPECT_EQ(in_time->ticks.host_overruns, 0U);
    EXPECT_EQ(total(in_time, COUNT_EVENTS_LATE), 0U);
    use_ticks(1000);
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NE(trace, nullptr);
    // 20 packets take 1280 ns: steps are sent from 0, 1280 and 2560 ns on, 2560 ns being 560 late.
    EXPECT_EQ(trace->ticks.host_overruns, 2U);
    for (uint64_t t = 0; t < 3; t++)
        EXPECT_EQ(trace->step[t].start_ps, t * 1000000);
    // Four have begun to be received before tick 1 at core edge 100: at 61, 75, 85 and 95. The others,
    // and with them all of later steps, which stand behind them, come after their updates.
    EXPECT_EQ(trace->layer[0].late, 16U + 20 + 20);
}

} // namespace
