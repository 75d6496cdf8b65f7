// test_format_timing.cpp - one step of one unit in each weight format and precision, by hand.
//
// The chip of test_program_timing.cpp; besides: bf16 source weight 5, target weight 4, int8 weight
// 2, bit map 3 a word, delta-coded index 1, int8 update 30 a unit; MAC array 8 MACs a cycle at 0.25
// for a vector, start 20. One input, one unit that always sends an event, three input weights. The
// input's event is seen by the core at edge 61 and closes the step.
#include "../equal/sim_fixture.hpp"
#include "models/quantize.h"

namespace
{

class FormatTiming : public SimTest
{
  protected:
    const Trace *trace = nullptr;

    void quantize(Precision precision = PRECISION_INT8)
    {
        QuantizeOptions quantize_options{};
        ASSERT_EQ(network_quantize(arena, network, precision, &quantize_options, &network, &err),
                  STATUS_OK)
            << err.message;
    }

    void run(Precision precision, const SliceSpec &spec)
    {
        use_chip("tiny-2x2");
        use_hand_network({1, 1},
                         {{0, false, 0, 0, 0.1f}, {0, false, 0, 1, 0.1f}, {0, false, 0, 2, 0.1f}},
                         [](uint32_t, uint32_t) { return true; });
        quantize(precision);
        use_ones(1);
        use_program({spec});
        trace = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
        ASSERT_NE(trace, nullptr);
    }

    void expect(uint64_t end_ps, const std::vector<std::pair<Count, uint64_t>> &counts) const
    {
        EXPECT_EQ(trace->step[0].end_ps, end_ps);
        for (const auto &row : counts)
            EXPECT_EQ(trace->count[0].n[row.first], row.second) << count_name(row.first);
    }
};

TEST_F(FormatTiming, ABitmapRowCostsItsWordsAndItsWeights)
{
    ASSERT_NO_FATAL_FAILURE(run(PRECISION_FP32, {0, 0, 0, 1, FORMAT_BITMAP, 0}));
    // core 61 receive 10 + 3 + 3 x 4, 86 update 25 + 40, 151 emit 6, 157
    // out  1570 ns = NoC edge 314, 319 = 1595 ns, router edge 399, 402 = 1608 ns, host 1608 + 564
    expect(2172000,
           {{COUNT_RECEIVE_CYCLES, 25},
            {COUNT_SYNAPTIC_OPS, 3},
            // packet 8, row 8 + 4 + 3 x (4 + 4), biases 24, accumulators 24, unit 8, sent 8
            {COUNT_SRAM_READ_BYTES, 8 + 36 + 24 + 24 + 8 + 8},
            {COUNT_SRAM_WRITE_BYTES, 8 + 12 + 24 + 4}});
}

TEST_F(FormatTiming, ADeltaCodedIndexCostsAnAddition)
{
    ASSERT_NO_FATAL_FAILURE(run(PRECISION_FP32, {0, 0, 0, 1, FORMAT_SOURCE, 1, true, 2}));
    // core 61 receive 10 + 3 x (4 + 1), 86: as the bit map from here on
    expect(2172000, {{COUNT_RECEIVE_CYCLES, 25},
                     {COUNT_SYNAPTIC_OPS, 3},
                     // row: two pointers of 2 bytes, 3 x (4 + 1 + 4)
                     {COUNT_SRAM_READ_BYTES, 8 + 31 + 24 + 24 + 8 + 8}});
}

TEST_F(FormatTiming, Bf16RowsByTargetReadTwoBytesAWeight)
{
    ASSERT_NO_FATAL_FAILURE(run(PRECISION_BF16, {0, 0, 0, 1, FORMAT_TARGET, 1}));
    // core 61 receive 10, 71 update 25 + 40 + 3 x 4, 148 emit 6, 154
    // out  1540 ns = NoC edge 308, 313 = 1565 ns, router edge 392, 395 = 1580 ns, host 1580 + 564
    expect(2144000, {{COUNT_RECEIVE_CYCLES, 10},
                     {COUNT_UPDATE_CYCLES, 77},
                     {COUNT_SYNAPTIC_OPS, 3},
                     // packet 8, weights 3 x (2 + 1 + 4), pointers 2 x 4 x 4, biases 24, 8, sent 8
                     {COUNT_SRAM_READ_BYTES, 8 + 21 + 32 + 24 + 8 + 8},
                     {COUNT_SRAM_WRITE_BYTES, 8 + 4 + 4}});
}

TEST_F(FormatTiming, Int8RowsBySourceAreCheaperToApplyAndToUpdate)
{
    ASSERT_NO_FATAL_FAILURE(run(PRECISION_INT8, {0, 0, 0, 1, FORMAT_SOURCE, 1}));
    // core 61 receive 10 + 3 x 2, 77 update 25 + 30, 132 emit 6, 138
    // out  1380 ns = NoC edge 276, 281 = 1405 ns, router edge 352, 355 = 1420 ns, host 1420 + 564
    expect(1984000, {{COUNT_RECEIVE_CYCLES, 16},
                     {COUNT_UPDATE_CYCLES, 55},
                     {COUNT_SYNAPTIC_OPS, 3},
                     // packet 8, row 8 + 3 x (1 + 1 + 4), biases 24, accumulators 24, scales
                     // 2 x 3 x 5, unit 8, sent 8
                     {COUNT_SRAM_READ_BYTES, 8 + 26 + 24 + 24 + 30 + 8 + 8},
                     {COUNT_SRAM_WRITE_BYTES, 8 + 12 + 24 + 4}});
}

TEST_F(FormatTiming, UnitsWaitForTheMacArray)
{
    ASSERT_NO_FATAL_FAILURE(run(PRECISION_INT8, {0, 0, 0, 1, FORMAT_DENSE_MLA, 0}));
    // Two blocks of 1 x 3 MACs at 8 x 0.25 a cycle: start 20 on the core, ceil(3 / 2) on the array.
    // core 61 receive 10, 71 update 25 + 20, 116 wait 2, 118 start 20, 138 wait 2, 140 units 30,
    //      170 emit 6, 176
    // out  1760 ns = NoC edge 352, 357 = 1785 ns, router edge 447, 450 = 1800 ns, host 1800 + 564
    expect(2364000,
           {{COUNT_RECEIVE_CYCLES, 10},
            {COUNT_UPDATE_CYCLES, 95},
            {COUNT_MAC_ARRAY_CYCLES, 4},
            {COUNT_ARRAY_WAIT_CYCLES, 4},
            {COUNT_MAC_ARRAY_MACS, 6},
            {COUNT_SYNAPTIC_OPS, 0},
            // packet 8, blocks 2 x (3 + 1) and sums 2 x 12, biases 24, scales 30, 8, sent 8
            {COUNT_SRAM_READ_BYTES, 8 + 8 + 24 + 24 + 30 + 8 + 8},
            // packet 8, the event's code 1, sums 2 x 12, state 4
            {COUNT_SRAM_WRITE_BYTES, 8 + 1 + 24 + 4}});
}

TEST_F(FormatTiming, TheTwoMatricesOfASliceMayDifferInFormat)
{
    SliceSpec spec = {0, 0, 0, 1, FORMAT_SOURCE, 1};
    spec.recurrent = {true, FORMAT_DENSE_MLA, 0, false, 4};
    ASSERT_NO_FATAL_FAILURE(run(PRECISION_INT8, spec));
    // core 77 update 25 + 20, 122 wait 2, 124 units 30, 154 emit 6, 160
    // out  1600 ns = NoC edge 320, 325 = 1625 ns, router edge 407, 410 = 1640 ns, host 1640 + 564
    expect(2204000, {{COUNT_RECEIVE_CYCLES, 16},
                     {COUNT_UPDATE_CYCLES, 75},
                     {COUNT_MAC_ARRAY_CYCLES, 2},
                     {COUNT_ARRAY_WAIT_CYCLES, 2},
                     {COUNT_MAC_ARRAY_MACS, 3},
                     {COUNT_SYNAPTIC_OPS, 3}});
}

// ---- jobs of the MAC array beside the core --------------------

class ArrayTiming : public FormatTiming
{
  protected:
    // Two steps, pipelined, so that the second step's packet finds the core in the first step's
    // update: packets of 640 ns, 500 ns under way.
    // in   1140 ns = router edge 285, 288 = 1152 ns, NoC edge 231, 236 = 1180 ns, core edge 118;
    //      1780 ns = router edge 445, 448 = 1792 ns, NoC edge 359, 364 = 1820 ns, core edge 182
    // Two blocks of 1 x 3 MACs at 8 x `rate` a cycle.
    void run_two_steps(const char *rate)
    {
        use_chip("tiny-2x2", {{"core.mac_array_vector_utilisation_frac", rate},
                              {"host.bits_per_second", "100e6"}});
        use_hand_network({1, 1},
                         {{0, false, 0, 0, 0.1f}, {0, false, 0, 1, 0.1f}, {0, false, 0, 2, 0.1f}},
                         [](uint32_t, uint32_t) { return true; });
        quantize();
        use_ones(2);
        use_program({{0, 0, 0, 1, FORMAT_DENSE_MLA, 0}});
        trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
        ASSERT_NE(trace, nullptr);
    }
};

TEST_F(ArrayTiming, APacketThatComesDuringTheJobIsReceivedInIt)
{
    ASSERT_NO_FATAL_FAILURE(run_two_steps("0.005")); // 3 / 0.04 = 75 cycles a job
    // core 118 receive 10, 128 update 25 + 20, 173 array until 248: wait 9, 182 receive 10, 192 wait
    //      56, 248 start 20, 268 array and wait 75, 343 units 30, 373 emit 6, 379
    // out  3790 ns = NoC edge 758, 763 = 3815 ns, router edge 954, 957 = 3828 ns, 1140 to the host
    expect(4968000, {{COUNT_RECEIVE_CYCLES, 20},
                     {COUNT_UPDATE_CYCLES, 2 * (25 + 2 * 20 + 30)},
                     {COUNT_MAC_ARRAY_CYCLES, 4 * 75},
                     {COUNT_ARRAY_WAIT_CYCLES, 9 + 56 + 75 + 75 + 75},
                     {COUNT_EMIT_CYCLES, 12},
                     {COUNT_WAIT_CYCLES, 0},
                     {COUNT_MAC_ARRAY_MACS, 12},
                     {COUNT_FIFO_HIGH_PACKETS, 1}});
    // The second step has been received: core 379 update 25 + 20, 424 wait 75, 499 start 20, 519
    //      wait 75, 594 units 30, 624 emit 6, 630
    // out  6300 ns = NoC edge 1260, 1265 = 6325 ns, router edge 1582, 1585 = 6340 ns, 1140
    EXPECT_EQ(trace->step[1].end_ps, 7480000U);
}

TEST_F(ArrayTiming, AReceiveUnderWayIsFinishedWhenTheArrayIsDone)
{
    ASSERT_NO_FATAL_FAILURE(run_two_steps("0.025")); // 3 / 0.2 = 15 cycles a job
    // core 118 receive 10, 128 update 25 + 20, 173 array until 188: wait 9, 182 receive 10, 192
    //      start 20, 212 array and wait 15, 227 units 30, 257 emit 6, 263
    // out  2630 ns = NoC edge 526, 531 = 2655 ns, router edge 664, 667 = 2668 ns, 1140
    expect(3808000, {{COUNT_RECEIVE_CYCLES, 20},
                     {COUNT_UPDATE_CYCLES, 2 * (25 + 2 * 20 + 30)},
                     {COUNT_MAC_ARRAY_CYCLES, 4 * 15},
                     {COUNT_ARRAY_WAIT_CYCLES, 9 + 15 + 15 + 15},
                     {COUNT_EMIT_CYCLES, 12},
                     {COUNT_WAIT_CYCLES, 0},
                     {COUNT_SLEEP_CYCLES, 118 + (512 - 394)}});
    // core 263 update 25 + 20, 308 wait 15, 323 start 20, 343 wait 15, 358 units 30, 388 emit 6, 394
    // out  3940 ns = NoC edge 788, 793 = 3965 ns, router edge 992, 995 = 3980 ns, 1140
    EXPECT_EQ(trace->step[1].end_ps, 5120000U);
    EXPECT_EQ(trace->run_cycles, 512U);
}

TEST_F(ArrayTiming, WeightsByTargetAreAppliedBesideTheArray)
{
    use_chip("tiny-2x2", {{"core.mac_array_vector_utilisation_frac", "0.05"}});
    use_hand_network({1, 1},
                     {{0, false, 0, 0, 0.1f},
                      {0, true, 0, 0, 0.1f},
                      {0, true, 0, 1, 0.1f},
                      {0, true, 0, 2, 0.1f}},
                     [](uint32_t, uint32_t) { return true; });
    quantize();
    use_ones(1);
    SliceSpec spec = {0, 0, 0, 1, FORMAT_DENSE_MLA, 0};
    spec.recurrent = {true, FORMAT_TARGET, 1, false, 4};
    use_program({spec});
    trace = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    ASSERT_NE(trace, nullptr);
    // A job of ceil(3 / 0.4) = 8 cycles; three weights by target, 2 cycles each.
    // core 61 receive 10, 71 update 25 + 20, 116 array until 124: weights 6, 122 wait 2, 124 units
    //      30, 154 emit 6, 160; its own event comes back, 10 more to receive
    // out  1600 ns = NoC edge 320, 325 = 1625 ns, router edge 407, 410 = 1640 ns, host 1640 + 564
    expect(2204000, {{COUNT_RECEIVE_CYCLES, 20},
                     {COUNT_UPDATE_CYCLES, 25 + 20 + 6 + 30},
                     {COUNT_MAC_ARRAY_CYCLES, 8},
                     {COUNT_ARRAY_WAIT_CYCLES, 2},
                     {COUNT_SYNAPTIC_OPS, 3}});
}

} // namespace
