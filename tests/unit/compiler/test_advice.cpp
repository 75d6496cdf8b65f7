// Advice: how much of a layer an event must reach, and which layer binds what.
#include <cmath>

#include "compiler_fixture.h"

class Advice : public CompilerTest
{
  protected:
    const CompileAdvice &advise_on(const Network *network, const std::vector<uint32_t> &count)
    {
        set_counts(count);
        options.split = "equal";
        EXPECT_EQ(run(network), STATUS_OK) << err.message;
        return summary->advice;
    }
};

TEST_F(Advice, ADenseNetworkBroadcastsWhateverItsMasks)
{
    const CompileAdvice &advice = advise_on(generate({6, 12, 8}, 1.0), {4, 2});
    for (uint32_t l = 0; l < 2; l++) {
        EXPECT_DOUBLE_EQ(advice.layer[l].reach, 1.0);
        EXPECT_DOUBLE_EQ(advice.layer[l].reach_at_random, 1.0);
        EXPECT_DOUBLE_EQ(advice.layer[l].reach_one_mask, 1.0);
    }
}

TEST_F(Advice, ReachCountsTheCoresThatStoreAWeight)
{
    // 12 units on 4 cores; inputs reach the first core, units the core they stand on
    const Network *network =
        build({6, 12}, [](uint32_t, bool recurrent, uint32_t s, uint32_t, uint32_t u) {
            return (recurrent ? s / 3 : 0) == u / 3 ? 1.0f : 0.0f;
        });
    EXPECT_DOUBLE_EQ(advise_on(network, {4}).layer[0].reach, 0.25);
}

TEST_F(Advice, EventsWeighByTheirRate)
{
    // inputs, in every step, reach one of two cores; units, one in five steps, both
    const Network *network =
        build({10, 10}, [](uint32_t, bool recurrent, uint32_t, uint32_t, uint32_t u) {
            return recurrent || u < 5 ? 1.0f : 0.0f;
        });
    EXPECT_DOUBLE_EQ(advise_on(network, {2}).layer[0].reach, (10 * 0.5 + 2 * 1.0) / 12);
}

TEST_F(Advice, ChanceIsThatOfIndependentWeights)
{
    const Network *network =
        build({40, 40}, [](uint32_t, bool, uint32_t s, uint32_t g, uint32_t u) {
            return (s + g + u) % 10 == 0 ? 1.0f : 0.0f;
        });
    const LayerAdvice &advice = advise_on(network, {8}).layer[0]; // five units a core
    EXPECT_NEAR(advice.reach_at_random, 1 - std::pow(0.9, 15), 1e-12);
    EXPECT_NEAR(advice.reach_one_mask, 1 - std::pow(0.9, 5), 1e-12);
}

TEST_F(Advice, WeightsDrawnAtRandomReachAsManyCoresAsChanceSays)
{
    const LayerAdvice &advice = advise_on(generate({300, 160}, 0.02), {16}).layer[0];
    EXPECT_NEAR(advice.reach, advice.reach_at_random, 0.02);
    EXPECT_LT(advice.reach_one_mask, 0.6 * advice.reach);
}

TEST_F(Advice, TheLargerLayerBindsAndTheFullestCoreIsNamed)
{
    const CompileAdvice &advice = advise_on(generate({10, 8, 64, 8}, 0.5), {2, 2, 2});
    EXPECT_EQ(advice.latency.layer, 1u);
    EXPECT_GT(advice.latency.share, 0.5);
    EXPECT_LT(advice.latency.share, 1.0);
    EXPECT_EQ(advice.throughput.layer, 1u);
    EXPECT_DOUBLE_EQ(advice.throughput.share, 1.0); // layers have cores of their own
    EXPECT_TRUE(advice.throughput.core == 2 || advice.throughput.core == 3);
    EXPECT_EQ(advice.memory.layer, 1u);
    EXPECT_EQ(advice.memory.core, summary->busiest_core);
    EXPECT_DOUBLE_EQ(advice.memory.share, static_cast<double>(summary->busiest_data_bytes) /
                                              static_cast<double>(summary->available_data_bytes));
}
