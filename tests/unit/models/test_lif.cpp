// test_lif.cpp - the leaky integrate-and-fire cell: its steps by hand, in all precisions, in files.
#include "models_fixture.h"

#include <cmath>

#include "base/fixed_math.h"
#include "base/rng.h"
#include "models/quantize.h"

struct Lif : ModelsTest {
    const Network *lif(std::vector<uint32_t> sizes, double density, bool feed_forward,
                       uint64_t seed = 1)
    {
        GenerateOptions options = {};
        options.name = "lif";
        options.cell = "lif";
        options.feed_forward = feed_forward;
        options.n_sizes = static_cast<uint32_t>(sizes.size());
        options.size = sizes.data();
        options.density = density;
        options.pick = PICK_EXACT;
        options.threshold_mean = 0.1;
        options.gain = 1;
        options.seed = seed;
        const Network *network = nullptr;
        EXPECT_EQ(network_generate(arena, &options, &network, &err), STATUS_OK) << err.message;
        return network;
    }

    std::vector<float> random_spikes(uint32_t n, uint64_t seed)
    {
        Rng rng = rng_make(seed, 3);
        std::vector<float> values(n);
        for (float &value : values)
            value = rng_below(&rng, 3) == 0 ? 1.0f : 0.0f;
        return values;
    }

    // Spikes of a one-layer network, written out: the weights of all sources, step by step.
    template <typename Real>
    std::vector<std::vector<uint32_t>> by_hand(const Layer &layer, const std::vector<float> &input)
    {
        const uint32_t n = layer.n_units;
        std::vector<Real> h(n, 0);
        std::vector<uint32_t> before;
        std::vector<std::vector<uint32_t>> spikes;
        for (size_t at = 0; at < input.size(); at += layer.n_inputs) {
            std::vector<Real> in(layer.bias, layer.bias + n), own(n, 0);
            for (uint32_t s = 0; s < layer.n_inputs; s++)
                add_row<Real>(layer.input, s, static_cast<Real>(input[at + s]), in);
            for (uint32_t s : before)
                add_row<Real>(layer.recurrent, s, 1, own);
            before.clear();
            for (uint32_t u = 0; u < n; u++) {
                const Real kept = static_cast<Real>(layer.parameter) * h[u];
                h[u] = kept + (in[u] + own[u]);
                const Real threshold = static_cast<Real>(layer.threshold[u]);
                if (h[u] <= threshold)
                    continue;
                before.push_back(u);
                h[u] -= threshold;
            }
            spikes.push_back(before);
        }
        return spikes;
    }

    template <typename Real>
    static void add_row(const SparseRows &rows, uint32_t source, Real x, std::vector<Real> &sum)
    {
        for (uint64_t k = rows.row_start[source]; k < rows.row_start[source + 1] && x != 0; k++)
            sum[rows.col[k]] += static_cast<Real>(rows.weight[k]) * x;
    }

    static std::vector<std::vector<uint32_t>> spikes_of(const EventTrace *events)
    {
        std::vector<std::vector<uint32_t>> spikes(events->n_steps);
        for (uint32_t step = 0; step < events->n_steps; step++) {
            const uint64_t first = event_trace_first(events, step, 0);
            for (uint32_t i = 0; i < event_trace_count(events, step, 0); i++)
                spikes[step].push_back(events->unit[first + i]);
        }
        return spikes;
    }
};

TEST_F(Lif, SpikesAndSubtractsItsThreshold)
{
    const float input[2] = {0.6f, 0.0f}, none[2] = {0, 0}, threshold[2] = {1.0f, 2.5f};
    float state[2] = {0.8f, 3.0f}, events[2] = {7, 7}, candidate[2];
    CellStepF32 step = {};
    step.n_units = 2;
    step.input = input;
    step.recurrent = none;
    step.threshold = threshold;
    step.parameter = 0.5f;
    step.state = state;
    step.events = events;
    step.candidate = candidate;
    const CellKind *cell = cell_find("lif");
    cell->step_f32(&step); // 0.5 * 0.8 + 0.6 = 1.0 is not above 1; 0.5 * 3 = 1.5
    EXPECT_EQ(candidate[0], 1.0f);
    EXPECT_EQ(events[0], 0.0f);
    EXPECT_EQ(events[1], 0.0f);
    EXPECT_EQ(state[1], 1.5f);
    cell->step_f32(&step); // 0.5 + 0.6
    EXPECT_EQ(events[0], 1.0f);
    EXPECT_EQ(state[0], 1.1f - 1.0f);
    EXPECT_EQ(state[1], 0.75f);
}

TEST_F(Lif, RunsAsWrittenOutByHand)
{
    uint64_t n_events = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        const Network *network = lif({12, 9}, 0.5, seed % 2 == 0, seed);
        const std::vector<float> values = random_spikes(12 * 30, seed);
        const InputStream input = vector_input(network, values);
        ReferenceOptions wide = {};
        wide.use_f64 = true;
        EXPECT_EQ(spikes_of(run(network, input)->events),
                  by_hand<float>(network->layer[0], values));
        EXPECT_EQ(spikes_of(run(network, input, wide)->events),
                  by_hand<double>(network->layer[0], values));
        n_events += run(network, input)->events->n_events;
    }
    EXPECT_GT(n_events, 100U);
}

TEST_F(Lif, SpikesHaveTheValueOne)
{
    const Network *network = lif({10, 20}, 0.5, false);
    const ReferenceRun *result = run(network, vector_input(network, random_spikes(200, 4)));
    ASSERT_GT(result->events->n_events, 10U);
    for (uint64_t i = 0; i < result->events->n_events; i++)
        EXPECT_EQ(result->events->value[i], 1.0f);
}

TEST_F(Lif, IntegersFollowTheRealsWithinTheirRounding)
{
    const int32_t input[3] = {4096, 2048, INT32_MAX}, none[3] = {0, 0, INT32_MAX};
    const int32_t threshold[3] = {32768, 32768, 0};
    int32_t state[3] = {0, 16384, INT32_MAX}, events[3], candidate[3];
    CellStepInt8 step = {};
    step.n_units = 3;
    step.input = input;
    step.recurrent = none;
    step.threshold = threshold;
    step.parameter = 29491; // 0.9
    step.state = state;
    step.events = events;
    step.candidate = candidate;
    cell_find("lif")->step_int8(&step);
    EXPECT_EQ(candidate[0], 32768); // 1.0: not above
    EXPECT_EQ(events[0], 0);
    EXPECT_EQ(candidate[1], 14746 + 16384); // round(29491 * 16384 / 2^15), halves up
    EXPECT_EQ(events[1], 0);
    EXPECT_EQ(candidate[2], INT32_MAX); // saturated
    EXPECT_EQ(events[2], 127);
    EXPECT_EQ(state[2], INT32_MAX);
    const int32_t more[3] = {500, 500, 0};
    step.input = more;
    step.recurrent = step.input;
    cell_find("lif")->step_int8(&step);
    EXPECT_EQ(candidate[0], 29491 + 8000);
    EXPECT_EQ(events[0], 127);
    EXPECT_EQ(state[0], 29491 + 8000 - 32768);
}

TEST_F(Lif, Int8SpikesNearlyAsOftenAsFp32)
{
    const Network *network = lif({40, 60}, 0.5, true), *int8 = nullptr;
    ASSERT_EQ(network_quantize(arena, network, PRECISION_INT8, nullptr, &int8, &err), STATUS_OK)
        << err.message;
    EXPECT_EQ(network_check(int8, &err), STATUS_OK) << err.message;
    const std::vector<float> values = random_spikes(40 * 100, 5);
    const double real = run(network, vector_input(network, values))->mean_activity;
    const double integer = run(int8, vector_input(int8, values))->mean_activity;
    EXPECT_GT(real, 0.02);
    EXPECT_NEAR(integer, real, 0.02 * real);
}

TEST_F(Lif, Int8RefusesThresholdsAboveOne)
{
    Network *network = copy(std::vector<Network>{*lif({3, 4}, 1, true)});
    Layer *layer = copy(std::vector<Layer>{network->layer[0]});
    const std::vector<float> threshold = {1, 2, 1, 1};
    layer->threshold_form = THRESHOLD_PLAIN;
    layer->threshold = layer->raw_threshold = copy(threshold);
    network->layer = layer;
    network->hash = network_hash(network);
    ASSERT_EQ(network_check(network, &err), STATUS_OK) << err.message;
    const Network *out = nullptr;
    EXPECT_EQ(network_quantize(arena, network, PRECISION_INT8, nullptr, &out, &err),
              STATUS_UNSUPPORTED);
    EXPECT_NE(std::string(err.message).find("unit 1 has a threshold of 2"), std::string::npos);
    EXPECT_EQ(network_quantize(arena, network, PRECISION_BF16, nullptr, &out, &err), STATUS_OK);
}

TEST_F(Lif, PlainThresholdsAreTakenAsTheyAreFromZeroOn)
{
    const Network *network = lif({3, 4}, 1, true);
    network_save(arena, network, at("net").c_str(), &err);
    std::string yaml = read(at("net/network.yaml"));
    yaml.replace(yaml.find("threshold: value"), 16, "threshold: plain");
    write(at("net/network.yaml"), yaml);
    std::string weights = read(at("net/weights.safetensors"));
    const float raw[4] = {3.5f, -1.0f, 0.0f, 1.0f}; // the last tensor of the file
    weights.replace(weights.size() - sizeof raw, sizeof raw,
                    std::string(reinterpret_cast<const char *>(raw), sizeof raw));
    write(at("net/weights.safetensors"), weights);
    const Network *again = load(at("net"));
    ASSERT_NE(again, nullptr);
    EXPECT_EQ(again->layer[0].threshold_form, THRESHOLD_PLAIN);
    EXPECT_EQ(again->layer[0].threshold[0], 3.5f);
    EXPECT_EQ(again->layer[0].threshold[1], 0.0f);
    EXPECT_EQ(again->layer[0].threshold[3], 1.0f);
}

TEST_F(Lif, ReadsBackWithAndWithoutRecurrentWeights)
{
    for (const bool feed_forward : {false, true}) {
        const Network *network = lif({5, 7, 6}, 0.4, feed_forward);
        ASSERT_EQ(network_save(arena, network, at("net").c_str(), &err), STATUS_OK) << err.message;
        const Network *again = load(at("net"));
        ASSERT_NE(again, nullptr);
        EXPECT_EQ(again->hash, network->hash);
        EXPECT_EQ(layer_is_feed_forward(&again->layer[1]), feed_forward);
        const std::string weights = read(at("net/weights.safetensors"));
        EXPECT_EQ(weights.find("recurrent_kernel") == std::string::npos, feed_forward);
        EXPECT_EQ(weights.find("bias"), std::string::npos); // all are zero
    }
}

TEST_F(Lif, CountsNoRecurrentProductsWithoutRecurrentWeights)
{
    const Network *network = lif({5, 7}, 0.4, true);
    EXPECT_EQ(network_dense_macs(&network->layer[0]), 35U);
    EXPECT_EQ(network_sparse_macs(&network->layer[0]), 14U); // 2 of 5 for each unit
    const Network *recurrent = lif({5, 7}, 0.4, false);
    EXPECT_EQ(network_dense_macs(&recurrent->layer[0]), 35U + 49U);
    const std::vector<float> ones(5 * 3, 1.0f);
    const ReferenceRun *result = run(network, vector_input(network, ones));
    EXPECT_EQ(result->layer_macs[0].activity_sparse, 3U * 35U);
    EXPECT_EQ(result->layer_macs[0].both, 3U * 14U);
}

TEST_F(Lif, RefusesKeysOfOtherCells)
{
    network_save(arena, lif({3, 4}, 1, true), at("net").c_str(), &err);
    const std::string yaml = read(at("net/network.yaml"));
    const auto refuses = [&](const std::string &from, const std::string &to,
                             const std::string &part) {
        std::string changed = yaml;
        changed.replace(changed.find(from), from.size(), to);
        write(at("net/network.yaml"), changed);
        const Network *network = nullptr;
        EXPECT_EQ(network_load(arena, at("net").c_str(), &network, &err), STATUS_INPUT);
        EXPECT_NE(std::string(err.message).find(part), std::string::npos) << err.message;
    };
    refuses("beta: ", "zoneout: ", "zoneout: has no meaning for cell lif; expected beta");
    refuses("    beta: 0.899999976\n", "", "beta");
    refuses("beta: 0.899999976", "beta: 1.5", "beta: 1.5 is out of range");
    refuses("cell: lif", "cell: egru", "beta: has no meaning for cell egru; expected zoneout");
}
