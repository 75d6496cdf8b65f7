// test_generate.cpp - generated networks, drawn activity, event trace files.
#include <algorithm>
#include <cmath>

#include "base/hash.h"
#include "base/rng.h"
#include "models_fixture.h"

struct Generate : ModelsTest {
    GenerateOptions options(const std::vector<uint32_t> &sizes, double density)
    {
        GenerateOptions result = {};
        result.name = "generated";
        result.cell = "egru";
        result.n_sizes = static_cast<uint32_t>(sizes.size());
        result.size = copy(sizes);
        result.density = density;
        result.threshold_mean = 0.1;
        result.gain = 1;
        result.seed = 1;
        return result;
    }

    void refused(const GenerateOptions &bad, const std::string &fragment)
    {
        const Network *network = nullptr;
        err = {};
        EXPECT_EQ(network_generate(arena, &bad, &network, &err), STATUS_USAGE) << fragment;
        EXPECT_EQ(network, nullptr);
        EXPECT_NE(std::string(err.message).find(fragment), std::string::npos) << err.message;
    }

    std::vector<uint64_t> fan_in(const Layer &layer)
    {
        std::vector<uint64_t> count(layer.input.n_cols, 0);
        for (const SparseRows *rows : {&layer.input, &layer.recurrent}) {
            for (uint64_t k = 0; k < rows->n_nonzeros; k++)
                count[rows->col[k]]++;
        }
        return count;
    }
};

TEST_F(Generate, GivesEveryTargetExactlyItsShare)
{
    for (double density : {0.0, 0.05, 0.3, 0.5, 1.0}) {
        const Network *network = generate({30, 50, 21}, density);
        ASSERT_EQ(network_check(network, &err), STATUS_OK) << err.message;
        for (uint32_t i = 0; i < 2; i++) {
            const Layer &layer = network->layer[i];
            const auto expected =
                static_cast<uint64_t>(density * (layer.n_inputs + layer.n_units) + 0.5);
            for (uint64_t count : fan_in(layer))
                EXPECT_EQ(count, expected) << density;
        }
    }
}

TEST_F(Generate, HasThePublishedNumberOfMultiplyAccumulatesATokenWhenDense)
{
    // 750/1350/1350/750: 24.165 M recurrent weights (arXiv:2312.09084); shapes alone will do
    const Network *network = generate({750, 1350, 1350, 750}, 0.0);
    uint64_t total = 0;
    for (uint32_t i = 0; i < 3; i++)
        total += network_dense_macs(&network->layer[i]);
    EXPECT_EQ(total, 24165000u);
}

TEST_F(Generate, KeepsTwentySevenUnitsOfThePublishedNetworkAt10935Weights)
{
    const Network *network = generate({750, 1350, 1350, 750}, 0.05);
    const std::vector<uint64_t> count = fan_in(network->layer[1]);
    uint64_t weights = 0;
    for (uint32_t gate = 0; gate < 3; gate++) {
        for (uint32_t u = 0; u < 27; u++)
            weights += count[gate * 1350 + u];
    }
    EXPECT_EQ(weights, 10935u);
}

TEST_F(Generate, DrawsWithoutPreferenceForAnySource)
{
    const Network *network = generate({40, 60}, 0.25, 0, 9);
    const Layer &layer =
        network->layer[0]; // 180 targets x 25 of 100 sources: 45 a source, deviation 5.8
    for (const SparseRows *rows : {&layer.input, &layer.recurrent}) {
        for (uint32_t r = 0; r < rows->n_rows; r++)
            EXPECT_NEAR(static_cast<double>(rows->row_start[r + 1] - rows->row_start[r]), 45.0,
                        30.0);
    }
}

TEST_F(Generate, KeepsWeightsOneByOneWithBernoulli)
{
    const Network *network = generate({100, 100}, 0.2, 0, 4, "egru", PICK_BERNOULLI);
    ASSERT_EQ(network_check(network, &err), STATUS_OK) << err.message;
    const double kept = static_cast<double>(network_sparse_macs(&network->layer[0]));
    EXPECT_NEAR(kept, 12000, 5 * std::sqrt(60000 * 0.2 * 0.8));
    const std::vector<uint64_t> count = fan_in(network->layer[0]);
    EXPECT_NE(*std::min_element(count.begin(), count.end()),
              *std::max_element(count.begin(), count.end()));
}

TEST_F(Generate, RepeatsItselfForOneSeedAndDiffersForAnother)
{
    EXPECT_EQ(generate({20, 30, 20}, 0.3, 50, 7)->hash, generate({20, 30, 20}, 0.3, 50, 7)->hash);
    EXPECT_NE(generate({20, 30, 20}, 0.3, 50, 7)->hash, generate({20, 30, 20}, 0.3, 50, 8)->hash);
}

TEST_F(Generate, MakesNetworksOfPlausibleActivity)
{
    for (const char *cell : {"egru", "egru-paper"}) {
        for (double density : {0.1, 1.0}) {
            const Network *network = generate({80, 120, 120, 80}, density, 100, 5, cell);
            std::vector<uint32_t> tokens;
            for (uint32_t i = 0; i < 120; i++)
                tokens.push_back(i * 37 % 100);
            const ReferenceRun *result = run(network, token_input(network, tokens));
            for (uint32_t i = 0; i < 3; i++) {
                EXPECT_GT(result->activity[i], 0.05) << cell << " " << density << " layer " << i;
                EXPECT_LT(result->activity[i], 0.4) << cell << " " << density << " layer " << i;
            }
        }
    }
}

TEST_F(Generate, DrawsThresholdsOfTheMeanAskedFor)
{
    const Network *network = generate({10, 4000}, 0.0, 0, 1, "egru", PICK_EXACT, 0.3);
    double sum = 0;
    for (uint32_t u = 0; u < 4000; u++)
        sum += static_cast<double>(network->layer[0].threshold[u]);
    EXPECT_NEAR(sum / 4000, 0.3, 0.02);
}

TEST_F(Generate, RefusesImpossibleOptions)
{
    GenerateOptions bad = options({4, 4}, 0.5);
    bad.name = "";
    refused(bad, "the name is no text");
    bad = options({4, 4}, 0.5);
    bad.name = "\xff";
    refused(bad, "the name is no text");
    bad = options({4, 4}, 0.5);
    bad.cell = "lstm";
    refused(bad, "unknown cell 'lstm'");
    refused(options({4, 4}, -0.1), "density is -0.1");
    refused(options({4, 4}, 1.5), "density is 1.5");
    refused(options({4, 4}, std::nan("")), "density is");
    refused(options({4}, 0.5), "too few sizes");
    refused(options({4, 0}, 0.5), "size 1 is 0");
    refused(options({4, 1u << 31}, 0.5), "size 1 is 2147483648");
    refused(options({1u << 23, 1u << 20}, 0.5), "of them stored; expected at most");
    bad = options({4, 4}, 0.5);
    bad.threshold_mean = 1;
    refused(bad, "mean threshold is 1");
    bad = options({4, 4}, 0.5);
    bad.gain = 0;
    refused(bad, "gain is 0");
    bad = options({4, 5}, 0.5);
    bad.n_words = 10;
    refused(bad, "expected them equal");
    bad = options({4, 4}, 0.5);
    bad.n_words = 1u << 30;
    refused(bad, "too many words");
}

struct Activity : ModelsTest {
    void refused(const std::string &text, const std::string &fragment)
    {
        err = {};
        EXPECT_EQ(activity_parse(arena, text.c_str(), 2, &statistics, &err), STATUS_USAGE) << text;
        EXPECT_NE(std::string(err.message).find(fragment), std::string::npos)
            << text << ": " << err.message;
    }

    void draw(const Network *network, const std::string &text)
    {
        ASSERT_EQ(activity_parse(arena, text.c_str(), network->n_layers, &statistics, &err),
                  STATUS_OK)
            << err.message;
        ASSERT_EQ(activity_draw(arena, network, &statistics, &input, &trace, &err), STATUS_OK)
            << err.message;
    }

    std::vector<uint32_t> counts(uint32_t layer, uint32_t n_units) const
    {
        std::vector<uint32_t> count(n_units, 0);
        for (uint32_t t = 0; t < trace->n_steps; t++) {
            for (uint32_t k = 0; k < event_trace_count(trace, t, layer); k++)
                count[trace->unit[event_trace_first(trace, t, layer) + k]]++;
        }
        return count;
    }

    ActivityStatistics statistics = {};
    const InputStream *input = nullptr;
    const EventTrace *trace = nullptr;
};

TEST_F(Activity, ReadsAllItsKeysInAnyOrder)
{
    ASSERT_EQ(activity_parse(arena, " seed=7  steps=100 concentration=2.5 rates=1,0.2,0.15 ", 2,
                             &statistics, &err),
              STATUS_OK)
        << err.message;
    EXPECT_EQ(statistics.n_rates, 3u);
    EXPECT_EQ(statistics.rate[2], 0.15);
    EXPECT_EQ(statistics.n_steps, 100u);
    EXPECT_EQ(statistics.concentration, 2.5);
    EXPECT_EQ(statistics.seed, 7u);
}

TEST_F(Activity, RefusesWhatItCannotRead)
{
    refused("", "lacks rates");
    refused("rates=1,0.2,0.1", "lacks steps");
    refused("steps=4", "lacks rates");
    refused("rates=1,0.2 steps=4", "2 rates; expected 3");
    refused("rates=1,0.2,0.1,0.1 steps=4", "4 rates; expected 3");
    refused("rates=1,1.2,0.1 steps=4", "'1.2' is no rate");
    refused("rates=1,,0.1 steps=4", "'' is no rate");
    refused("rates=1,nan,0.1 steps=4", "'nan' is no rate");
    refused("rates=1,0x1,0.1 steps=4", "'0x1' is no rate");
    refused("rates=1,0.2,0.1 steps=0", "'steps=0' is not possible");
    refused("rates=1,0.2,0.1 steps=99999999999999999999", "is not possible");
    refused("rates=1,0.2,0.1 steps=4 seed=-1", "'seed=-1' is not possible");
    refused("rates=1,0.2,0.1 steps=4 concentration=x", "'concentration=x' is not possible");
    refused("rates=1,0.2,0.1 steps=4 speed=3", "'speed=3' is not known");
}

TEST_F(Activity, DrawsUnitsAtTheirRates)
{
    const Network *network = generate({50, 200, 100}, 0.1);
    draw(network, "rates=1,0.2,0.05 steps=500");
    EXPECT_EQ(input->n_steps, 500u);
    EXPECT_EQ(trace->value, nullptr);
    std::vector<uint32_t> unit(50);
    EXPECT_EQ(input_events(input, 499, unit.data(), nullptr), 50u);
    EXPECT_EQ(unit[49], 49u);
    const double n_first = static_cast<double>(trace->n_events);
    EXPECT_NEAR(n_first, 500 * (200 * 0.2 + 100 * 0.05),
                5 * std::sqrt(500 * (200 * 0.16 + 100 * 0.0475)));
    for (uint32_t count : counts(0, 200))
        EXPECT_NEAR(count, 100.0, 50.0);
}

TEST_F(Activity, SpreadsRatesOverUnitsWithABetaDistribution)
{
    const Network *network = generate({10, 2000}, 0.0);
    draw(network, "rates=0,0.2 steps=200 concentration=0.5");
    double mean = 0, square = 0;
    for (uint32_t count : counts(0, 2000)) {
        mean += count / 200.0 / 2000;
        square += (count / 200.0) * (count / 200.0) / 2000;
    }
    EXPECT_NEAR(mean, 0.2, 0.04);
    EXPECT_NEAR(square - mean * mean, 0.16 / 1.5, 0.03); // variance of Beta(0.1, 0.4)
}

TEST_F(Activity, BeginsALongDrawAsAShortOneAndCountsMacs)
{
    const Network *network = generate({20, 30, 20}, 0.5);
    draw(network, "rates=0.5,0.2,0.1 steps=100 seed=3 concentration=4");
    const EventTrace *whole = trace;
    draw(network, "rates=0.5,0.2,0.1 steps=10 seed=3 concentration=4");
    ASSERT_EQ(whole->start[20], trace->n_events);
    EXPECT_EQ(std::memcmp(whole->unit, trace->unit, trace->n_events * sizeof(uint32_t)), 0);
    const ReferenceRun *result = nullptr;
    ASSERT_EQ(reference_macs(arena, network, input, trace, true, &result, &err), STATUS_OK)
        << err.message;
    EXPECT_EQ(result->layer_macs[0].dense, 10u * 3 * 30 * 50);
    EXPECT_LT(result->layer_macs[0].both, result->layer_macs[0].activity_sparse);
}

TEST_F(Activity, RefusesStatisticsThatDoNotSuitTheNetwork)
{
    const Network *network = generate({3, 3}, 1);
    const double rates[] = {0.5, 2, 0.5};
    const ActivityStatistics bad[] = {
        {3, rates, 0, 5, 1}, {2, rates, 0, 5, 1}, {2, rates + 2, 0, 0, 1}, {2, rates, -1, 5, 1}};
    const char *fragments[] = {"3 rates; expected 2", "rate 1 is 2", "0 steps", "rate 1 is 2"};
    const double good[] = {0.5, 0.5};
    for (int i = 0; i < 4; i++) {
        ActivityStatistics statistic = bad[i];
        if (i == 2)
            statistic.rate = good;
        EXPECT_EQ(activity_draw(arena, network, &statistic, &input, &trace, &err), STATUS_INPUT);
        EXPECT_NE(std::string(err.message).find(fragments[i]), std::string::npos) << err.message;
        EXPECT_EQ(input, nullptr);
    }
}

struct EventTraceFile : ModelsTest {
    const EventTrace *example(bool values)
    {
        const Network *network = generate({6, 15, 9}, 0.5);
        std::vector<float> vectors;
        Rng rng = rng_make(1, 1);
        for (int i = 0; i < 40 * 6; i++)
            vectors.push_back(static_cast<float>(rng_normal(&rng)));
        EventTrace *trace =
            copy(std::vector<EventTrace>{*run(network, vector_input(network, vectors))->events});
        if (!values)
            trace->value = nullptr;
        return trace;
    }

    void refused(const std::string &bytes, const std::string &fragment)
    {
        write(at("bad.egt"), bytes);
        const EventTrace *trace = nullptr;
        err = {};
        EXPECT_EQ(event_trace_load(arena, at("bad.egt").c_str(), &trace, &err), STATUS_INPUT)
            << fragment;
        EXPECT_EQ(trace, nullptr);
        EXPECT_NE(std::string(err.message).find(fragment), std::string::npos) << err.message;
    }
};

TEST_F(EventTraceFile, ReadsBackWhatItWrote)
{
    for (bool values : {true, false}) {
        const EventTrace *before = example(values), *after = nullptr;
        ASSERT_EQ(event_trace_save(arena, before, at("a.egt").c_str(), &err), STATUS_OK)
            << err.message;
        ASSERT_EQ(event_trace_load(arena, at("a.egt").c_str(), &after, &err), STATUS_OK)
            << err.message;
        ASSERT_EQ(after->n_events, before->n_events);
        ASSERT_GT(after->n_events, 0u);
        EXPECT_EQ(after->n_steps, before->n_steps);
        EXPECT_EQ(after->n_layers, before->n_layers);
        EXPECT_EQ(std::memcmp(after->start, before->start, (40 * 2 + 1) * sizeof(uint64_t)), 0);
        EXPECT_EQ(std::memcmp(after->unit, before->unit, before->n_events * sizeof(uint32_t)), 0);
        ASSERT_EQ(after->value != nullptr, values);
        if (values) {
            EXPECT_EQ(std::memcmp(after->value, before->value, before->n_events * sizeof(float)),
                      0);
        }
    }
}

TEST_F(EventTraceFile, RefusesEveryTruncationAndEveryFlippedByte)
{
    ASSERT_EQ(event_trace_save(arena, example(true), at("a.egt").c_str(), &err), STATUS_OK);
    const std::string whole = read(at("a.egt"));
    for (size_t n = 0; n < whole.size(); n += 1 + whole.size() / 200)
        refused(whole.substr(0, n), "expected a whole event trace");
    refused(whole + "x", "its size does not match");
    for (size_t i = 0; i < whole.size(); i += 1 + whole.size() / 300) {
        std::string damaged = whole;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
        refused(damaged,
                i >= 8 && i < 12 ? "event trace of version" : "expected a whole event trace");
    }
}

TEST_F(EventTraceFile, RefusesContentsThatContradictThemselvesUnderARightChecksum)
{
    // version, has values, steps, layers, events low and high; events of each step; units; values
    const std::vector<uint32_t> good = {1, 1, 2, 1, 3,          0,          2,
                                        1, 4, 9, 0, 0x3f000000, 0x3f000000, 0x3f000000};
    const auto file = [](const std::vector<uint32_t> &words) {
        std::string bytes = "egret-ev" + std::string(reinterpret_cast<const char *>(words.data()),
                                                     words.size() * 4);
        const uint64_t checksum = hash_bytes(HASH_START, bytes.data(), bytes.size());
        return bytes + std::string(reinterpret_cast<const char *>(&checksum), 8);
    };
    const auto bad = [&](size_t at_word, uint32_t word, const std::string &fragment) {
        std::vector<uint32_t> words = good;
        words[at_word] = word;
        refused(file(words), fragment);
    };
    write(at("good.egt"), file(good));
    const EventTrace *trace = nullptr;
    ASSERT_EQ(event_trace_load(arena, at("good.egt").c_str(), &trace, &err), STATUS_OK)
        << err.message;
    EXPECT_EQ(trace->unit[1], 9u);
    bad(0, 2, "event trace of version 2; expected 1");
    bad(1, 2, "its size does not match its counts");
    bad(2, 0xffffffff, "its size does not match its counts");
    bad(3, 0xffffffff, "its size does not match its counts");
    bad(5, 0xffffffff, "its size does not match its counts");
    bad(6, 3, "the events of the steps do not add up");
    bad(9, 4, "the units of a step are out of order");
    bad(9, 3, "the units of a step are out of order");
    bad(12, 0, "an event's value is zero or not finite");
    bad(12, 0x7fc00000, "an event's value is zero or not finite");
}

TEST_F(EventTraceFile, SaysWhereItCannotBeWrittenOrRead)
{
    const EventTrace *trace = example(true);
    EXPECT_EQ(event_trace_save(arena, trace, at("no/such/a.egt").c_str(), &err), STATUS_IO);
    EXPECT_EQ(event_trace_load(arena, at("none.egt").c_str(), &trace, &err), STATUS_IO);
    EXPECT_NE(std::string(err.message).find("none.egt"), std::string::npos);
}
