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

    void run(Precision precision, const SliceSpec &spec)
    {
        use_chip("tiny-2x2");
        use_hand_network({1, 1},
                         {{0, false, 0, 0, 0.1f}, {0, false, 0, 1, 0.1f}, {0, false, 0, 2, 0.1f}},
                         [](uint32_t, uint32_t) { return true; });
        QuantizeOptions quantize{};
        ASSERT_EQ(network_quantize(arena, network, precision, &quantize, &network, &err), STATUS_OK)
            << err.message;
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

TEST_F(FormatTiming, ADenseBlockBlocksTheCoreAtTheUpdate)
{
    ASSERT_NO_FATAL_FAILURE(run(PRECISION_INT8, {0, 0, 0, 1, FORMAT_DENSE_MLA, 0}));
    // Two blocks of 1 x 3 MACs at 8 x 0.25 a cycle: 20 + ceil(3 / 2) each.
    // core 61 receive 10, 71 update 25 + 30 + 2 x 22, 170 emit 6, 176
    // out  1760 ns = NoC edge 352, 357 = 1785 ns, router edge 447, 450 = 1800 ns, host 1800 + 564
    expect(2364000,
           {{COUNT_RECEIVE_CYCLES, 10},
            {COUNT_UPDATE_CYCLES, 55},
            {COUNT_MAC_ARRAY_CYCLES, 44},
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
    // as source in int8, and 22 cycles of the array before the emission:
    // core 77 update 25 + 30 + 22, 154 emit 6, 160
    // out  1600 ns = NoC edge 320, 325 = 1625 ns, router edge 407, 410 = 1640 ns, host 1640 + 564
    expect(2204000, {{COUNT_RECEIVE_CYCLES, 16},
                     {COUNT_UPDATE_CYCLES, 55},
                     {COUNT_MAC_ARRAY_CYCLES, 22},
                     {COUNT_MAC_ARRAY_MACS, 3},
                     {COUNT_SYNAPTIC_OPS, 3}});
}

} // namespace
