// fold.c: a table row instead of the input product changes nothing but where it is computed.
#include <cmath>

#include "base/rng.h"
#include "models/fold.h"
#include "models/quantize.h"

#include "models_fixture.h"

struct Fold : ModelsTest {
    const Network *fold(const Network *network)
    {
        const Network *folded = nullptr;
        EXPECT_EQ(network_fold(arena, network, &folded, &err), STATUS_OK) << err.message;
        EXPECT_EQ(network_check(folded, &err), STATUS_OK) << err.message;
        return folded;
    }

    const Network *in(const Network *network, Precision precision)
    {
        const Network *out = nullptr;
        EXPECT_EQ(network_quantize(arena, network, precision, nullptr, &out, &err), STATUS_OK)
            << err.message;
        return out;
    }

    // With biases, so that it matters where a sum begins.
    const Network *words(const char *cell, uint64_t seed)
    {
        Network *network = copy(std::vector<Network>{*generate({9, 14, 9}, 0.6, 40, seed, cell)});
        Layer *layers = copy(std::vector<Layer>(network->layer, network->layer + 2));
        Rng rng = rng_make(seed, 77);
        std::vector<float> bias(3 * 14);
        for (float &value : bias)
            value = static_cast<float>(rng_normal(&rng) / 2);
        layers[0].bias = copy(bias);
        network->layer = layers;
        network->hash = network_hash(network);
        return network;
    }

    void expect_refusal(const Network *network, const std::string &part)
    {
        const Network *out = network;
        EXPECT_EQ(network_fold(arena, network, &out, &err), STATUS_UNSUPPORTED);
        EXPECT_EQ(out, nullptr);
        EXPECT_NE(std::string(err.message).find(part), std::string::npos) << err.message;
    }

    const std::vector<uint32_t> tokens = {3, 39, 0, 7, 7, 12, 25, 31, 2, 1, 18, 3, 3, 30, 22, 9};
};

TEST_F(Fold, EventsAndLossesAreTheSameBits)
{
    uint64_t n_events = 0;
    for (uint64_t seed = 1; seed <= 12; seed++)
        for (Precision precision : {PRECISION_FP32, PRECISION_BF16, PRECISION_INT8}) {
            const bool paper = seed % 3 == 0 && precision != PRECISION_INT8;
            const Network *network = in(words(paper ? "egru-paper" : "egru", seed), precision);
            const Network *folded = fold(network);
            ReferenceOptions options = {};
            options.score = true;
            const ReferenceRun *a = run(network, token_input(network, tokens), options);
            const ReferenceRun *b = run(folded, token_input(folded, tokens), options);
            ASSERT_EQ(a->events->n_events, b->events->n_events);
            const uint64_t n = a->events->n_events;
            EXPECT_EQ(std::memcmp(a->events->start, b->events->start, (15 * 2 + 1) * 8), 0);
            EXPECT_EQ(std::memcmp(a->events->unit, b->events->unit, n * 4), 0);
            EXPECT_EQ(std::memcmp(a->events->value, b->events->value, n * 4), 0);
            EXPECT_EQ(a->nll_sum, b->nll_sum);
            EXPECT_EQ(folded->precision, precision);
            EXPECT_NE(folded->hash, network->hash);
            n_events += n;
        }
    EXPECT_GT(n_events, 2000u);
}

TEST_F(Fold, TheTableSavesExactlyTheInputProduct)
{
    for (Precision precision : {PRECISION_FP32, PRECISION_INT8}) {
        const Network *network = in(words("egru", 2), precision), *folded = fold(network);
        const ReferenceRun *a = run(network, token_input(network, tokens));
        const InputStream input = token_input(folded, tokens);
        const ReferenceRun *b = run(folded, input);
        EXPECT_EQ(b->embedding_macs.dense, 15u * 42 * 9);
        EXPECT_GT(b->embedding_macs.both, 0u);
        EXPECT_EQ(a->layer_macs[0].dense, b->layer_macs[0].dense + b->embedding_macs.dense);
        EXPECT_EQ(a->layer_macs[0].both, b->layer_macs[0].both + b->embedding_macs.both);
        EXPECT_EQ(a->layer_macs[1].both, b->layer_macs[1].both);
        EXPECT_EQ(a->embedding_macs.dense, 0u);
        const ReferenceRun *patterns = nullptr;
        ASSERT_EQ(reference_macs(arena, folded, &input, b->events, false, &patterns, &err),
                  STATUS_OK);
        EXPECT_EQ(std::memcmp(patterns->layer_macs, b->layer_macs, 2 * sizeof(MacCounts)), 0);
        EXPECT_EQ(patterns->embedding_macs.both, b->embedding_macs.both);
    }
}

TEST_F(Fold, ARowIsTheSumOfBiasAndInputs)
{
    const Network *network = words("egru", 5), *folded = fold(network);
    const Layer &layer = network->layer[0];
    for (uint32_t word = 0; word < 40; word++) {
        std::vector<double> sum(layer.bias, layer.bias + 42);
        for (uint32_t i = 0; i < 9; i++)
            for (uint64_t k = layer.input.row_start[i]; k < layer.input.row_start[i + 1]; k++)
                sum[layer.input.col[k]] += static_cast<double>(layer.input.weight[k]) *
                                           static_cast<double>(network->embedding[word * 9 + i]);
        for (uint32_t t = 0; t < 42; t++)
            ASSERT_NEAR(folded->fold->sum[word * 42 + t], sum[t], 1e-6);
    }
    uint32_t unit;
    const InputStream input = token_input(folded, tokens);
    EXPECT_EQ(input_events(&input, 4, &unit, nullptr), 0u);
}

TEST_F(Fold, RefusesWhatItCannotFoldOrBeAskedFor)
{
    const Network *network = words("egru", 1), *folded = fold(network);
    expect_refusal(generate({4, 5}, 1), "has no embedding; expected one to fold");
    expect_refusal(folded, "has no embedding any more");
    EXPECT_EQ(network_save(arena, folded, at("saved").c_str(), &err), STATUS_UNSUPPORTED);
    ReferenceOptions options = {};
    options.use_f64 = true;
    const InputStream input = token_input(folded, tokens);
    const ReferenceRun *result = nullptr;
    EXPECT_EQ(reference_run(arena, folded, &input, &options, &result, &err), STATUS_UNSUPPORTED);
}

TEST_F(Fold, CheckFindsATableThatDoesNotBelong)
{
    const Network *good = fold(words("egru", 1));
    const auto refused = [&](const Network &bad) {
        return network_check(&bad, &err) == STATUS_INPUT;
    };
    Network bad = *good;
    bad.fold = nullptr;
    EXPECT_TRUE(refused(bad));
    bad = *good;
    bad.embedding = good->decoder;
    EXPECT_TRUE(refused(bad));
    FoldedInput table = *good->fold;
    table.n_sums--;
    bad = *good;
    bad.fold = &table;
    EXPECT_TRUE(refused(bad));
    const int32_t none = 0;
    table = *good->fold;
    table.accumulator = &none;
    EXPECT_TRUE(refused(bad));
    std::vector<float> values(good->fold->sum, good->fold->sum + 40 * 42);
    values[77] = HUGE_VALF;
    table = *good->fold;
    table.sum = values.data();
    EXPECT_TRUE(refused(bad));
}
