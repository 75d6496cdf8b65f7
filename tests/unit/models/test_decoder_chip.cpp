// decoder_chip.c: the decoder in the precision of the weights, against sums worked out plainly.
#include <cmath>

#include "base/fixed_math.h"
#include "base/rng.h"
#include "models/decoder.h"
#include "models/fold.h"
#include "models/quantize.h"

#include "models_fixture.h"

struct DecoderChip : ModelsTest {
    const Network *words(Precision precision, uint64_t seed)
    {
        const Network *out = nullptr;
        Network *network = copy(std::vector<Network>{*generate({9, 14, 9}, 0.6, 40, seed)});
        Rng rng = rng_make(seed, 9);
        std::vector<float> weight(40 * 9), bias(40);
        for (float &value : weight)
            value = static_cast<float>(rng_normal(&rng));
        for (float &value : bias)
            value = static_cast<float>(rng_normal(&rng) / 2);
        network->decoder = copy(weight);
        network->decoder_bias = copy(bias);
        network->hash = network_hash(network);
        EXPECT_EQ(network_quantize(arena, network, precision, nullptr, &out, &err), STATUS_OK)
            << err.message;
        return out;
    }

    const Network *on_chip(const Network *network)
    {
        const Network *out = nullptr;
        EXPECT_EQ(network_decoder_on_chip(arena, network, &out, &err), STATUS_OK) << err.message;
        EXPECT_EQ(network_check(out, &err), STATUS_OK) << err.message;
        EXPECT_NE(out->hash, network->hash);
        return out;
    }

    const std::vector<uint32_t> tokens = {3, 39, 0, 7, 7, 12, 25, 31, 2, 1, 18, 3, 3, 30, 22, 9};
};

// The host's decoder in fp32 is the chip's: the same losses, and the scored logits are those that
// the oracle of the cores computes.
TEST_F(DecoderChip, InSinglePrecisionItIsTheHosts)
{
    const Network *host = words(PRECISION_FP32, 3), *chip = on_chip(host);
    struct Watch {
        const Network *network;
        std::vector<float> logits;
    } watch = {chip, {}};
    ReferenceOptions options = {};
    options.score = true;
    const ReferenceRun *a = run(host, token_input(host, tokens), options);
    options.watch_logits_context = &watch;
    options.watch_logits = [](void *context, uint32_t, const float *f32, const double *) {
        auto *to = static_cast<Watch *>(context);
        to->logits.insert(to->logits.end(), f32, f32 + to->network->n_words);
    };
    const ReferenceRun *b = run(chip, token_input(chip, tokens), options);
    EXPECT_EQ(a->nll_sum, b->nll_sum);
    const DecoderRows rows = decoder_rows(arena, chip);
    std::vector<float> logit(40);
    for (uint32_t step = 0; step < 15; step++) {
        const uint64_t first = event_trace_first(b->events, step, 1);
        decoder_logits(&rows, b->events->unit + first, b->events->value + first,
                       event_trace_count(b->events, step, 1), logit.data(), nullptr);
        EXPECT_EQ(std::memcmp(logit.data(), &watch.logits[step * 40U], 40 * 4), 0) << step;
    }
}

TEST_F(DecoderChip, InHalfPrecisionItsWeightsAreRounded)
{
    const Network *host = words(PRECISION_BF16, 3), *chip = on_chip(host);
    bool any = false;
    for (int i = 0; i < 40 * 9; i++) {
        EXPECT_EQ(chip->decoder[i], bf16_round(host->decoder[i]));
        any = any || chip->decoder[i] != host->decoder[i];
    }
    EXPECT_TRUE(any);
}

// Integers against the same sums in double: within the rounding of codes, scale and Q12.
TEST_F(DecoderChip, InIntegersItIsNearTheRealOne)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        const Network *host = words(PRECISION_INT8, seed), *chip = on_chip(host);
        const DecoderRows rows = decoder_rows(arena, chip);
        std::vector<uint32_t> unit = {0, 2, 3, 8};
        std::vector<float> code = {127, 5, 64, 99}, logit(40);
        std::vector<int32_t> sum(40);
        decoder_logits(&rows, unit.data(), code.data(), 4, logit.data(), sum.data());
        for (uint32_t word = 0; word < 40; word++) {
            double stands_for = static_cast<double>(chip->decoder_bias[word]);
            double real = static_cast<double>(host->decoder_bias[word]);
            int32_t accumulator = 0;
            for (size_t i = 0; i < 4; i++) {
                const double value = static_cast<double>(code[i]) / 127;
                stands_for += static_cast<double>(chip->decoder[word * 9 + unit[i]]) * value;
                real += static_cast<double>(host->decoder[word * 9 + unit[i]]) * value;
                accumulator += chip->int8->decoder[word * 9 + unit[i]] * static_cast<int>(code[i]);
            }
            EXPECT_EQ(sum[word], fixed_sum(chip->int8->decoder_bias[word], accumulator,
                                           chip->int8->decoder_scale[word]));
            EXPECT_EQ(logit[word], static_cast<float>(sum[word]) / 4096);
            EXPECT_NEAR(static_cast<double>(logit[word]), stands_for, 1.0 / 4096);
            EXPECT_NEAR(static_cast<double>(logit[word]), real, 0.1);
        }
    }
}

TEST_F(DecoderChip, ScoresWithItsIntegers)
{
    const Network *host = words(PRECISION_INT8, 4), *chip = on_chip(host);
    ReferenceOptions options = {};
    options.score = true;
    const ReferenceRun *a = run(host, token_input(host, tokens), options);
    const ReferenceRun *b = run(chip, token_input(chip, tokens), options);
    EXPECT_NE(a->nll_sum, b->nll_sum);
    EXPECT_NEAR(a->nll_sum, b->nll_sum, 0.02 * a->nll_sum);
    EXPECT_EQ(a->events->n_events, b->events->n_events);
    const DecoderRows rows = decoder_rows(arena, chip);
    std::vector<float> logit(40);
    std::vector<int32_t> sum(40);
    double nll = 0;
    for (uint32_t step = 0; step < 15; step++) {
        const uint64_t first = event_trace_first(b->events, step, 1);
        decoder_logits(&rows, b->events->unit + first, b->events->value + first,
                       event_trace_count(b->events, step, 1), logit.data(), sum.data());
        double total = 0;
        for (float one : logit)
            total += std::exp(static_cast<double>(one));
        nll += std::log(total) - static_cast<double>(logit[tokens[step + 1]]);
    }
    EXPECT_NEAR(b->nll_sum, nll, 1e-9 * nll);
}

TEST_F(DecoderChip, ChoosesTheFirstOfTheBestWordsOfEachRange)
{
    Network *same = copy(std::vector<Network>{*words(PRECISION_FP32, 5)});
    std::vector<float> weight(40 * 9, 0.0f), bias(40, 0.0f);
    bias[7] = bias[9] = 1;
    bias[30] = -1;
    same->decoder = copy(weight);
    same->decoder_bias = copy(bias);
    same->hash = network_hash(same);
    const Network *chip = on_chip(same);
    const ReferenceRun *reference = run(chip, token_input(chip, tokens));
    const WordRange range[] = {{20, 20}, {5, 5}, {30, 1}};
    std::vector<WordChoice> choice(15 * 3);
    decoder_choices(arena, chip, reference->events, 15, range, 3, choice.data());
    for (uint32_t step = 0; step < 15; step++) {
        EXPECT_EQ(choice[step * 3U].word, 20u);
        EXPECT_EQ(choice[step * 3U + 1].word, 7u);
        EXPECT_EQ(choice[step * 3U + 1].logit, 1.0f);
        EXPECT_EQ(choice[step * 3U + 2].word, 30u);
        EXPECT_EQ(choice[step * 3U + 2].logit, -1.0f);
    }
}

TEST_F(DecoderChip, RefusesWhatCannotStandThere)
{
    const Network *out = nullptr;
    EXPECT_EQ(network_decoder_on_chip(arena, generate({4, 6}, 0.5), &out, &err),
              STATUS_UNSUPPORTED);
    EXPECT_NE(std::string(err.message).find("has no decoder"), std::string::npos) << err.message;
    EXPECT_EQ(network_decoder_on_chip(arena, on_chip(words(PRECISION_FP32, 1)), &out, &err),
              STATUS_UNSUPPORTED);
    EXPECT_NE(std::string(err.message).find("on the chip already"), std::string::npos);
    Network *huge = copy(std::vector<Network>{*words(PRECISION_INT8, 1)});
    std::vector<float> weight(40 * 9, 3e38f);
    huge->decoder = copy(weight);
    EXPECT_EQ(network_decoder_on_chip(arena, huge, &out, &err), STATUS_UNSUPPORTED);
    EXPECT_NE(std::string(err.message).find("word 0 has weights"), std::string::npos)
        << err.message;
}

// Folding and the decoder do not get in each other's way, tied weights or not.
TEST_F(DecoderChip, StaysWhereTheEmbeddingIsFolded)
{
    for (Precision precision : {PRECISION_FP32, PRECISION_BF16, PRECISION_INT8}) {
        const Network *tied = generate({9, 14, 9}, 0.6, 40, 2), *network = nullptr,
                      *folded = nullptr;
        ASSERT_EQ(network_quantize(arena, tied, precision, nullptr, &network, &err), STATUS_OK);
        ASSERT_EQ(network_fold(arena, network, &folded, &err), STATUS_OK) << err.message;
        const Network *a = on_chip(network), *b = on_chip(folded);
        ReferenceOptions options = {};
        options.score = true;
        EXPECT_EQ(run(a, token_input(a, tokens), options)->nll_sum,
                  run(b, token_input(b, tokens), options)->nll_sum);
        EXPECT_NE(a->hash, b->hash);
    }
}
