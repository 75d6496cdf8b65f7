// test_program_timing.cpp - whole runs of small Programs, worked out by hand.
//
// Test chip: core cycle 10 ns, NoC cycle 5 ns, router cycle 4 ns; receive 10, source weight 4,
// target weight 3, update 40 a unit, emit 6, step 25 core cycles; host packet 64 ns, latency 500
// ns; every tile has one link to the router and one from it (3 NoC cycles), inject 2, eject 2,
// look-up 3.
#include "../equal/sim_fixture.hpp"

namespace
{

class ProgramTiming : public SimTest
{
  protected:
    // One input, one unit that always sends an event, three input weights.
    void use_one_unit(uint32_t n_steps, WeightFormat format)
    {
        use_hand_network({1, 1},
                         {{0, false, 0, 0, 0.1f}, {0, false, 0, 1, 0.1f}, {0, false, 0, 2, 0.1f}},
                         [](uint32_t, uint32_t) { return true; });
        use_ones(n_steps);
        use_program({{0, 0, 0, 1, format, 1}});
    }

    static void expect_counts(const Counters &counters,
                              const std::vector<std::pair<Count, uint64_t>> &expected)
    {
        for (const auto &row : expected)
            EXPECT_EQ(counters.n[row.first], row.second) << count_name(row.first);
    }
};

TEST_F(ProgramTiming, OneStepOfOneUnitWithSourceRows)
{
    use_chip("tiny-2x2");
    use_one_unit(1, FORMAT_SOURCE);
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    ASSERT_NE(trace, nullptr);
    // Both steps of the input and of the layer are closed by their only event.
    // in   564 ns = router edge 141, 144 = 576 ns, NoC edge 116, 121 = 605 ns, core edge 61
    // core 61 receive 10 + 3 x 4, 83 update 25 + 40, 148 emit 6, 154
    // out  1540 ns = NoC edge 308, 313 = 1565 ns, router edge 392, 395 = 1580 ns, host 1580 + 564
    // Without a recurrent weight the core needs none of its own packets.
    EXPECT_EQ(trace->step[0].start_ps, 0U);
    EXPECT_EQ(trace->step[0].end_ps, 2144000U);
    EXPECT_EQ(trace->step[0].critical_core, 0U);
    EXPECT_EQ(trace->step[0].events, 1U);
    EXPECT_EQ(trace->step[0].input_events, 1U);
    EXPECT_EQ(trace->step[0].synaptic_ops, 3U);
    EXPECT_EQ(trace->end_ps, 2144000U);
    EXPECT_EQ(trace->run_cycles, 215U);
    EXPECT_EQ(trace->router_lookups, 2U);
    EXPECT_EQ(trace->layer[0].update_end_ps, 1540000U);
    EXPECT_EQ(trace->layer[0].deliveries, 0U); // no recurrent weight: no core wants the event
    EXPECT_EQ(trace->host_events_in, 1U);
    EXPECT_EQ(trace->host_events_out, 1U);
    EXPECT_EQ(trace->host_markers_in, 0U);
    EXPECT_EQ(trace->host_markers_out, 0U);
    EXPECT_EQ(trace->host_bits, 2U * 64);
    expect_counts(
        trace->count[0],
        {{COUNT_RECEIVE_CYCLES, 22},
         {COUNT_UPDATE_CYCLES, 65},
         {COUNT_EMIT_CYCLES, 6},
         {COUNT_STALL_CYCLES, 0},
         {COUNT_WAIT_CYCLES, 0},
         {COUNT_SLEEP_CYCLES, 61 + 61},
         {COUNT_EVENTS_IN, 1},
         {COUNT_EVENTS_OUT, 1},
         {COUNT_MARKERS_IN, 0},
         {COUNT_MARKERS_OUT, 0},
         {COUNT_SYNAPTIC_OPS, 3},
         {COUNT_UNIT_UPDATES, 1},
         {COUNT_FIFO_HIGH_PACKETS, 1},
         // packet 8, row 8 + 3 x (4 + 1 + 4), biases 6 x 4, accumulators 6 x 4, threshold and
         // state 8, packet sent 8
         {COUNT_SRAM_READ_BYTES, 8 + 8 + 27 + 24 + 24 + 8 + 8},
         // packet 8, accumulators 3 x 4 and 6 x 4, state 4
         {COUNT_SRAM_WRITE_BYTES, 8 + 12 + 24 + 4}});
}

TEST_F(ProgramTiming, OneStepOfOneUnitWithTargetRows)
{
    use_chip("tiny-2x2");
    use_one_unit(1, FORMAT_TARGET);
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    ASSERT_NE(trace, nullptr);
    // core 61 receive 10, 71 update 25 + 40 + 3 x 3, 145 emit, 151
    // out  1510 ns = NoC edge 302, 307 = 1535 ns, router edge 384, 387 = 1548 ns, host 1548 + 564
    EXPECT_EQ(trace->step[0].end_ps, 2112000U);
    expect_counts(
        trace->count[0],
        {{COUNT_RECEIVE_CYCLES, 10},
         {COUNT_UPDATE_CYCLES, 74},
         {COUNT_SYNAPTIC_OPS, 3},
         // packet 8, weights 3 x 9, pointers 2 x (3 + 1) x 4, biases 24, threshold and state 8,
         // sent 8
         {COUNT_SRAM_READ_BYTES, 8 + 27 + 32 + 24 + 8 + 8},
         {COUNT_SRAM_WRITE_BYTES, 8 + 4 + 4}});
}

TEST_F(ProgramTiming, SequentialStepsBeginWhenTheStepBeforeEnds)
{
    use_chip("tiny-2x2");
    use_one_unit(3, FORMAT_SOURCE);
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    ASSERT_NE(trace, nullptr);
    EXPECT_EQ(trace->step[1].start_ps, 2144000U);
    // 2144 + 564 = 2708 ns = router edge 677, 680 = 2720 ns, NoC edge 544, 549 = 2745 ns, core
    // edge 275; receive 22 until 297, update 362, emit 368 = 3680 ns; NoC edge 736, 741 = 3705 ns,
    // router edge 927, 930 = 3720 ns; 3720 + 564 = 4284 ns.
    EXPECT_EQ(trace->step[1].end_ps, 4284000U);
    EXPECT_EQ(trace->step[2].start_ps, 4284000U);
    // Nothing comes back to the core, so no step has begun while it is idle.
    EXPECT_EQ(trace->count[0].n[COUNT_WAIT_CYCLES], 0U);
}

TEST_F(ProgramTiming, HostSendsOnePacketAtATime)
{
    // 20 inputs without weights: the first 19 go nowhere, the last one closes the step on the core;
    // 20 packets of 64 ns, 500 ns under way.
    use_chip("tiny-2x2");
    use_hand_network({20, 1}, {}, [](uint32_t, uint32_t) { return false; });
    use_ones(2);
    use_program({{0, 0, 0, 1, FORMAT_SOURCE, 1}});
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NE(trace, nullptr);
    EXPECT_EQ(trace->step[1].start_ps, 20U * 64000); // pipelined: as soon as the link is free
    // last 20 x 64 + 500 = 1780 ns = router edge 445, 448 = 1792 ns, NoC edge 359, 364 = 1820 ns,
    // core edge 182; receive 192, update 257, emit 263 = 2630 ns; NoC edge 526, 531 = 2655 ns,
    // router edge 664, 667 = 2668 ns; 2668 + 564
    EXPECT_EQ(trace->step[0].end_ps, 3232000U);
    // The second step's last leaves 40 x 64 ns after the start: 3060 ns = edge 765, 768 = 3072 ns,
    // NoC edge 615, 620 = 3100 ns, core edge 310: 320, 385, 391 = 3910 ns; NoC edge 782, 787 =
    // 3935 ns, edge 984, 987 = 3948 ns.
    EXPECT_EQ(trace->step[1].end_ps, 4512000U);
    EXPECT_EQ(trace->host_events_in, 40U);
    EXPECT_EQ(trace->host_markers_in, 0U);
    EXPECT_EQ(trace->count[0].n[COUNT_EVENTS_IN], 0U);
    EXPECT_EQ(trace->count[0].n[COUNT_MARKERS_IN], 2U);  // to the core they are mere markers
    EXPECT_EQ(trace->count[0].n[COUNT_MARKERS_OUT], 2U); // steps without events
}

TEST_F(ProgramTiming, PipelinedHostWaitsForTheMarkersOfTwoStepsBefore)
{
    // One unit whose update takes long: the host runs ahead by two steps and no more.
    use_chip("tiny-2x2", {{"software.update_egru_cycles", "1000"}});
    use_one_unit(5, FORMAT_SOURCE);
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NE(trace, nullptr);
    EXPECT_EQ(trace->step[1].start_ps, 64000U);
    for (uint32_t t = 2; t < 5; t++)
        EXPECT_EQ(trace->step[t].start_ps, trace->step[t - 2].end_ps)
            << t; // what closes it is the last packet
    EXPECT_GT(trace->step[3].start_ps, trace->step[2].start_ps + 10000000); // 1000 cycles of 10 ns
}

TEST_F(ProgramTiming, CoreStallsWhileItsInjectQueueIsFull)
{
    // 8 events from one core, the last one closing the step, through a NoC of 1 MHz, hop 1, inject 1: one packet per
    // us leaves the queue, while the core composes one in 60 ns.
    use_chip("tiny-2x2", {{"noc.hz", "1000000"},
                          {"noc.hop_cycles", "1"},
                          {"noc.inject_cycles", "1"},
                          {"noc.eject_cycles", "1"},
                          {"core.inject_queue_packets", "2"},
                          {"noc.buffer_flits", "4"}});
    use_hand_network({1, 8}, {}, [](uint32_t, uint32_t) { return true; });
    use_ones(1);
    use_program({{0, 0, 0, 8, FORMAT_SOURCE, 1}});
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    ASSERT_NE(trace, nullptr);
    // host: 564 ns = router edge 141, 144 = 576 ns, NoC edge 1 = 1 us; hop, eject: 3 us =
    // core edge 300; receive 310, update 25 + 320: 655; first event at 661 = 6.61 us: NoC edge 7,
    // at the tile at edge 8. The queue takes two, the third (673) waits until the first leaves at
    // edge 8 = 800: seen at the next core edge, 801. From then one leaves per edge: 901, 1001,
    // ... The last of 8 packets goes in at 1301.
    const Counters &counters = trace->count[0];
    // ready at 673, then 6 cycles after each injection: (801 - 673) + 5 x (100 - 6)
    EXPECT_EQ(counters.n[COUNT_STALL_CYCLES], 128U + 5 * 94);
    EXPECT_EQ(counters.n[COUNT_EMIT_CYCLES], 8U * 6);
    EXPECT_EQ(trace->layer[0].update_end_ps, 13010000U);
}

TEST_F(ProgramTiming, StalledCoreServesItsFifo)
{
    // As above with two layers on two cores: while core 0 stalls on its events of step 0, the
    // input of step 1 comes in and is received, so less of the time is stall.
    use_chip("tiny-2x2", {{"noc.hz", "1000000"},
                          {"noc.hop_cycles", "1"},
                          {"noc.inject_cycles", "1"},
                          {"noc.eject_cycles", "1"},
                          {"core.inject_queue_packets", "1"}});
    std::vector<Weight> weights;
    for (uint32_t i = 0; i < 4; i++)
        weights.push_back({0, false, i, 0, 0.01f});
    use_hand_network({4, 8}, weights, [](uint32_t, uint32_t) { return true; });
    use_ones(2);
    use_program({{0, 0, 0, 8, FORMAT_SOURCE, 1}});
    const Trace *sequential = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    const Trace *pipelined = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NE(pipelined, nullptr);
    EXPECT_GT(pipelined->count[0].n[COUNT_STALL_CYCLES], 0U);
    EXPECT_LT(pipelined->count[0].n[COUNT_STALL_CYCLES],
              sequential->count[0].n[COUNT_STALL_CYCLES]);
    EXPECT_EQ(pipelined->count[0].n[COUNT_RECEIVE_CYCLES],
              sequential->count[0].n[COUNT_RECEIVE_CYCLES]);
}

TEST_F(ProgramTiming, UpdatesTakeTheSmallestStepThenTheFirstLayer)
{
    // Both layers on one core, one unit each, no weights: marker, update, marker, update ... The
    // second layer's update of step 0 comes before the first layer's of step 1, although both are
    // ready in the end.
    use_chip("tiny-2x2");
    use_hand_network({1, 1, 1}, {}, [](uint32_t, uint32_t) { return false; });
    use_ones(6);
    use_program({{3, 0, 0, 1, FORMAT_SOURCE, 1}, {3, 1, 0, 1, FORMAT_SOURCE, 1}});
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NE(trace, nullptr);
    const Counters &counters = trace->count[0];
    // 6 of the host (events that no weight needs), 6 of each layer, each received once by the core
    EXPECT_EQ(counters.n[COUNT_MARKERS_IN], 18U);
    EXPECT_EQ(counters.n[COUNT_UPDATE_CYCLES], 12U * 65);
    EXPECT_EQ(counters.n[COUNT_RECEIVE_CYCLES], 18U * 10);
    for (uint32_t t = 1; t < 6; t++)
        EXPECT_GT(trace->step[t].end_ps, trace->step[t - 1].end_ps);
}

TEST_F(ProgramTiming, FifoHighMarkIsTheMostPacketsThatWaitAtOnce)
{
    // 12 inputs with one weight each reach core 0 every 64 ns; receiving one takes 10 + 4 cycles
    // = 140 ns. The first is seen at core edge 61, so reads begin at 61, 75, .. 131. The last one
    // (1280 ns = NoC edge 256, 261 = 1305 ns) is seen at edge 131 too, when the sixth is about to
    // be read: 12 - 5 = 7 wait.
    use_chip("tiny-2x2");
    std::vector<Weight> weights;
    for (uint32_t i = 0; i < 12; i++)
        weights.push_back({0, false, i, 0, 0.01f});
    use_hand_network({12, 1}, weights, [](uint32_t, uint32_t) { return false; });
    use_ones(1);
    use_program({{0, 0, 0, 1, FORMAT_SOURCE, 1}});
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    ASSERT_NE(trace, nullptr);
    EXPECT_EQ(trace->count[0].n[COUNT_FIFO_HIGH_PACKETS], 7U);
}

} // namespace
