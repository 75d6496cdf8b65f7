// test_dvfs_timing.cpp - a core that changes its operating point, worked out by hand.
//
// Test chip: see test_program_timing.cpp. Cycles of the slow point take 10 ns; edges are those of the
// fast one, 4 ns apart: cycle k of the slow point begins at edge ceil(2.5 k). A change takes 50 ns.
#include "../equal/sim_fixture.hpp"
#include "sim/energy.h"

namespace
{

class DvfsTiming : public SimTest
{
  protected:
    // Three inputs of one weight each, one unit that always sends an event, one step: three packets,
    // 14 cycles each, of which the last closes the step.
    //
    // Packets reach the router 564, 628 and 692 ns after the start: edges 141, 157 and 173; looked up
    // 3 later, 576, 640 and 704 ns = NoC edges 116, 128 and 141; 5 later 605, 665 and 730 ns. The
    // core sees them at edges 152, 167 and 183.
    const Trace *run_with(const char *packets, const char *lines = "")
    {
        use_chip_with("tiny-2x2", lines, {{"software.dvfs_packets", packets}});
        use_hand_network({3, 1},
                         {{0, false, 0, 0, 0.1f}, {0, false, 1, 0, 0.1f}, {0, false, 2, 0, 0.1f}},
                         [](uint32_t, uint32_t) { return true; });
        use_ones(1);
        use_program({{0, 0, 0, 1, FORMAT_SOURCE, 1}});
        options.auto_point = true;
        return simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    }

    static void expect_counts(const Trace *trace,
                              const std::vector<std::pair<Count, uint64_t>> &expected)
    {
        for (const auto &row : expected)
            EXPECT_EQ(trace->count[0].n[row.first], row.second) << count_name(row.first);
    }
};

TEST_F(DvfsTiming, ACoreChangesBetweenPacketsAndBackWhenItsLastPacketIsSent)
{
    const Trace *trace = run_with("2");
    ASSERT_NE(trace, nullptr);
    // slow  edge 152 is none of the slow point's: 153 = cycle 61; receive 14, cycle 75 = edge 188
    //       receive the next at once, cycle 89 = edge 223: that is the second packet
    // up    223 = 892 ns, 942 ns = edge 236
    // fast  receive 14, 250; update 25 + 40, 315; emit 6, 321 = 1284 ns
    // down  1334 ns = edge 334, which is none of the slow point's: 335 = cycle 134
    // out   1284 ns = NoC edge 257, 262 = 1310 ns, router edge 328, 331 = 1324 ns, host 1888 ns
    EXPECT_EQ(trace->layer[0].update_end_ps, 1284000U);
    EXPECT_EQ(trace->step[0].end_ps, 1888000U);
    EXPECT_EQ(trace->core_hz, 250000000U);
    EXPECT_EQ(trace->run_cycles, 472U);
    expect_counts(trace, {{COUNT_RECEIVE_CYCLES, 3 * 14},
                          {COUNT_UPDATE_CYCLES, 65},
                          {COUNT_EMIT_CYCLES, 6},
                          {COUNT_SLOW_CYCLES, (188 - 153 - 14) + (223 - 188 - 14)},
                          {COUNT_LEVEL_SWITCH_CYCLES, (236 - 223) + (335 - 321)},
                          {COUNT_LEVEL_SWITCHES, 2},
                          {COUNT_HIGH_CYCLES, 335 - 223},
                          {COUNT_HIGH_ACTIVE_CYCLES, 14 + 65 + 6},
                          {COUNT_STALL_CYCLES, 0},
                          {COUNT_WAIT_CYCLES, 0},
                          {COUNT_SLEEP_CYCLES, 153 + (472 - 335)},
                          {COUNT_FIFO_HIGH_PACKETS, 2}});
}

TEST_F(DvfsTiming, EachPartOfTheEnergyIsPricedByThePointItWasAt)
{
    const Trace *trace = run_with("2");
    ASSERT_NE(trace, nullptr);
    const EnergyLedger *ledger = energy_ledger(arena, topology, trace);
    double part[N_ENERGY_PARTS];
    energy_price(ledger, ledger->run, ledger->nominal, part);
    // Of 113 active cycles 85 at the fast point, 12 pJ, the others at 6 pJ.
    EXPECT_DOUBLE_EQ(part[ENERGY_ACTIVE], 85 * 12 + 28 * 6);
    // 112 edges = 448 ns at 300 uW, the rest of 1888 ns at 100 uW.
    EXPECT_DOUBLE_EQ(part[ENERGY_SLEEP], 448e3 * 300e-6 + 1440e3 * 100e-6);
    EXPECT_DOUBLE_EQ(part[ENERGY_LEVEL_SWITCH], 2 * 200);
    EXPECT_DOUBLE_EQ(part[ENERGY_MAC_ARRAY], 0);
}

TEST_F(DvfsTiming, TheLastPacketOfAStepMayMakeTheUpdateFast)
{
    const Trace *trace = run_with("3");
    ASSERT_NE(trace, nullptr);
    // slow  223 = cycle 89, receive the third, cycle 103 = edge 258 = 1032 ns
    // up    1082 ns = edge 271; update 336, emit 342 = 1368 ns
    // out   NoC edge 274, 279 = 1395 ns, router edge 349, 352 = 1408 ns, host 1972 ns
    EXPECT_EQ(trace->layer[0].update_end_ps, 1368000U);
    EXPECT_EQ(trace->step[0].end_ps, 1972000U);
    expect_counts(trace, {{COUNT_HIGH_ACTIVE_CYCLES, 71}, {COUNT_LEVEL_SWITCHES, 2}});
}

TEST_F(DvfsTiming, ACoreThatReceivesLessStaysSlow)
{
    const Trace *trace = run_with("4");
    ASSERT_NE(trace, nullptr);
    // slow  cycle 103; update 65, cycle 168 = edge 420; emit 6, cycle 174 = edge 435 = 1740 ns
    // out   NoC edge 348, 353 = 1765 ns, router edge 442, 445 = 1780 ns, host 2344 ns
    EXPECT_EQ(trace->layer[0].update_end_ps, 1740000U);
    EXPECT_EQ(trace->step[0].end_ps, 2344000U);
    expect_counts(trace, {{COUNT_HIGH_CYCLES, 0},
                          {COUNT_LEVEL_SWITCHES, 0},
                          {COUNT_SLOW_CYCLES, 435 - 153 - 3 * 14 - 71}});
}

TEST_F(DvfsTiming, AThresholdOfNothingIsFastFromTheBegin)
{
    const Trace *trace = run_with("0");
    ASSERT_NE(trace, nullptr);
    // receive from 152, 166, then 167, 181, then 183, 197; update 262, emit 268 = 1072 ns
    EXPECT_EQ(trace->layer[0].update_end_ps, 1072000U);
    expect_counts(trace, {{COUNT_HIGH_CYCLES, trace->run_cycles},
                          {COUNT_LEVEL_SWITCH_CYCLES, 0},
                          {COUNT_LEVEL_SWITCHES, 0},
                          {COUNT_SLOW_CYCLES, 0}});
}

TEST_F(DvfsTiming, ACoreThatFallsWhenIdleRisesBeforeItsWorkAndFallsAfterIt)
{
    const Trace *trace = run_with("0", "software: {idle_point: slowest}\n");
    ASSERT_NE(trace, nullptr);
    // slow  edge 153 is the first of the slow point's; up until 612 + 50 = 662 ns, edge 166
    // fast  receive 14, 180, then the two others, which are there, 208; update 65, 273; emit 279
    // down  1116 + 50 = 1166 ns, edge 292, 293 = cycle 117
    EXPECT_EQ(trace->layer[0].update_end_ps, 1116000U);
    expect_counts(trace, {{COUNT_LEVEL_SWITCHES, 2},
                          {COUNT_LEVEL_SWITCH_CYCLES, (166 - 153) + (293 - 279)},
                          {COUNT_HIGH_CYCLES, 293 - 153},
                          {COUNT_HIGH_ACTIVE_CYCLES, 42 + 65 + 6},
                          {COUNT_SLOW_CYCLES, 0},
                          {COUNT_SLEEP_CYCLES, 153 + (trace->run_cycles - 293)}});
}

TEST_F(DvfsTiming, PacketsOfTheNextStepCountAfresh)
{
    const Trace *trace = run_with("2");
    ASSERT_NE(trace, nullptr);
    use_ones(2);
    const Trace *two = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    ASSERT_NE(two, nullptr);
    // The second step begins 1888 ns later: packets at 2452, 2516, 2580 ns = router edges 613, 629,
    // 645; 2464, 2528, 2592 ns = NoC edges 493, 506, 519; 2490, 2555, 2620 ns = edges 623, 639, 655.
    // slow  623 = cycle 249 (622.5); receive until 263 = edge 658 (657.5), until 277 = edge 693
    // up    2772 + 50 = 2822 ns = edge 706; receive 720, update 785, emit 791 = 3164 ns
    // out   NoC edge 633, 638 = 3190 ns, router edge 798, 801 = 3204 ns, host 3768 ns
    EXPECT_EQ(two->step[0].end_ps, 1888000U);
    EXPECT_EQ(two->step[1].end_ps, 3768000U);
    EXPECT_EQ(two->count[0].n[COUNT_LEVEL_SWITCHES], 4U);
}

} // namespace
