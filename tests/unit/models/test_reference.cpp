// test_reference.cpp - the reference run against a dense double implementation written differently.
#include <cmath>

#include "base/real_math.h"
#include "base/rng.h"
#include "models_fixture.h"

namespace
{

using Numbers = std::vector<double>;

double sigmoid(double x)
{
    return 1 / (1 + std::exp(-x));
}

Numbers dense(const SparseRows &rows)
{
    Numbers matrix(static_cast<size_t>(rows.n_rows) * rows.n_cols, 0.0);
    for (uint32_t r = 0; r < rows.n_rows; r++) {
        for (uint64_t k = rows.row_start[r]; k < rows.row_start[r + 1]; k++)
            matrix[static_cast<size_t>(r) * rows.n_cols + rows.col[k]] =
                static_cast<double>(rows.weight[k]);
    }
    return matrix;
}

// One layer, target by target over full matrices.
struct DenseLayer {
    explicit DenseLayer(const Layer &description)
        : layer(description), kernel(dense(description.input)),
          recurrent(dense(description.recurrent)), h(description.n_units, 0.0),
          y(description.n_units, 0.0)
    {
    }

    double sum(const Numbers &matrix, const Numbers &source, uint32_t col, double bias) const
    {
        double total = bias;
        for (size_t s = 0; s < source.size(); s++)
            total += source[s] * matrix[s * 3 * layer.n_units + col];
        return total;
    }

    void step(const Numbers &x)
    {
        const uint32_t n = layer.n_units;
        Numbers a(3 * n), b(3 * n), gated = y, next_h(n), next_y(n);
        for (uint32_t col = 0; col < 3 * n; col++) {
            a[col] = sum(kernel, x, col, static_cast<double>(layer.bias[col]));
            b[col] = sum(recurrent, y, col, static_cast<double>(layer.recurrent_bias[col]));
        }
        const bool paper = std::string(layer.cell->name) == "egru-paper";
        for (uint32_t u = 0; u < n; u++)
            gated[u] *= sigmoid(a[n + u] + b[n + u]);
        margin = 1;
        for (uint32_t u = 0; u < n; u++) {
            const double first = sigmoid(a[u] + b[u]), reset = sigmoid(a[n + u] + b[n + u]);
            double c;
            if (paper) {
                const double rec = sum(recurrent, gated, 2 * n + u,
                                       static_cast<double>(layer.recurrent_bias[2 * n + u]));
                c = first * std::tanh(a[2 * n + u] + rec) + (1 - first) * h[u] - y[u];
            } else {
                c = first * h[u] + (1 - first) * std::tanh(a[2 * n + u] + reset * b[2 * n + u]);
            }
            const double p = static_cast<double>(layer.parameter),
                         threshold = static_cast<double>(layer.threshold[u]);
            c = p * h[u] + (1 - p) * c;
            margin = std::min(margin, std::abs(c - threshold));
            next_y[u] = c > threshold ? c : 0;
            next_h[u] = c > threshold && !paper ? c - threshold : c;
        }
        h = next_h;
        y = next_y;
    }

    const Layer &layer;
    Numbers kernel, recurrent, h, y;
    double margin = 1;
};

} // namespace

struct Reference : ModelsTest {
    std::vector<float> random_vectors(uint32_t n, uint64_t seed, double zero_share)
    {
        Rng rng = rng_make(seed, 99);
        std::vector<float> values(n);
        for (float &value : values)
            value =
                rng_uniform(&rng) < zero_share ? 0.0f : static_cast<float>(rng_normal(&rng) * 0.5);
        return values;
    }

    Network *edit(const Network *network)
    {
        return copy(std::vector<Network>{*network});
    }

    Layer *edit_layers(Network *network)
    {
        Layer *layers =
            copy(std::vector<Layer>(network->layer, network->layer + network->n_layers));
        network->layer = layers;
        return layers;
    }

    // Runs both; a step where some unit is near its threshold ends the comparison, because rounding
    // may decide there. Returns the steps compared.
    uint32_t compare(const Network *network, const InputStream &input, bool use_f64,
                     double tolerance)
    {
        ReferenceOptions options = {};
        options.use_f64 = use_f64;
        const ReferenceRun *result = run(network, input, options);
        std::vector<DenseLayer> layers(network->layer, network->layer + network->n_layers);
        for (uint32_t t = 0; t < input.n_steps; t++) {
            Numbers x(input.vector + static_cast<size_t>(t) * network->n_inputs,
                      input.vector + static_cast<size_t>(t + 1) * network->n_inputs);
            for (uint32_t i = 0; i < network->n_layers; i++) {
                if (network->carry == CARRY_EVENTS && t % network->reset_steps == 0)
                    layers[i].h.assign(layers[i].h.size(), 0.0);
                layers[i].step(x);
                if (layers[i].margin < 10 * tolerance)
                    return t;
                x = layers[i].y;
                Numbers found(x.size(), 0.0);
                const uint64_t first = event_trace_first(result->events, t, i);
                for (uint32_t k = 0; k < event_trace_count(result->events, t, i); k++)
                    found[result->events->unit[first + k]] =
                        static_cast<double>(result->events->value[first + k]);
                for (size_t u = 0; u < x.size(); u++) {
                    EXPECT_NEAR(found[u], x[u], tolerance)
                        << "step " << t << " layer " << i << " unit " << u;
                    EXPECT_EQ(found[u] != 0, x[u] != 0);
                }
            }
        }
        return input.n_steps;
    }
};

TEST_F(Reference, AgreesWithADenseImplementationOnRandomNetworks)
{
    uint32_t n_compared = 0, n_steps = 0;
    for (uint64_t seed = 1; seed <= 24; seed++) {
        Rng rng = rng_make(seed, 0);
        std::vector<uint32_t> sizes;
        for (uint64_t i = 0; i < 2 + seed % 3; i++)
            sizes.push_back(1 + static_cast<uint32_t>(rng_below(&rng, 12)));
        const double density = seed % 4 == 0 ? 1 : rng_uniform(&rng);
        Network *network =
            edit(generate(sizes, density, 0, seed, seed % 2 == 0 ? "egru" : "egru-paper",
                          seed % 5 == 0 ? PICK_BERNOULLI : PICK_EXACT));
        Layer *layers = edit_layers(network);
        layers[0].parameter = seed % 3 == 0 ? 0.25f : 0.0f;
        layers[0].recurrent_bias = copy(random_vectors(3 * layers[0].n_units, seed, 0.2));
        if (seed % 3 == 1) {
            network->carry = CARRY_EVENTS;
            network->reset_steps = 3;
        }
        network->hash = network_hash(network);
        ASSERT_EQ(network_check(network, &err), STATUS_OK) << err.message;
        const InputStream input = vector_input(network, random_vectors(20 * sizes[0], seed, 0.3));
        n_compared += compare(network, input, false, 2e-6);
        n_compared += compare(network, input, true, 1e-7); // the trace holds floats
        n_steps += 2 * input.n_steps;
    }
    EXPECT_GT(n_compared, n_steps * 9 / 10);
}

TEST_F(Reference, ComputesSigmoidThresholds)
{
    Network *network = edit(generate({6, 9}, 0.8));
    Layer *layers = edit_layers(network);
    const std::vector<float> raw = {-3.0f, -2.0f, -1.0f, -0.5f, 0.0f, -4.0f, -2.5f, -9.0f, 1.0f};
    std::vector<float> effective;
    for (float value : raw)
        effective.push_back(static_cast<float>(real_sigmoid(static_cast<double>(value))));
    layers[0].threshold_form = THRESHOLD_SIGMOID;
    layers[0].raw_threshold = copy(raw);
    layers[0].threshold = copy(effective);
    network->hash = network_hash(network);
    ASSERT_EQ(network_check(network, &err), STATUS_OK) << err.message;
    const InputStream input = vector_input(network, random_vectors(30 * 6, 5, 0.0));
    EXPECT_EQ(compare(network, input, false, 2e-6), 30u);
    EXPECT_EQ(compare(network, input, true, 1e-7), 30u);
}

TEST_F(Reference, CountsTheSameFromPatternsAlone)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        const Network *network = generate({7, 11, 7}, 0.4, seed % 2 == 0 ? 20 : 0, seed);
        const InputStream input =
            network->n_words > 0 ? token_input(network, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
                                 : vector_input(network, random_vectors(11 * 7, seed, 0.5));
        ReferenceOptions options = {};
        options.keep_step_macs = true;
        const ReferenceRun *values = run(network, input, options);
        const ReferenceRun *patterns = nullptr;
        ASSERT_EQ(reference_macs(arena, network, &input, values->events, true, &patterns, &err),
                  STATUS_OK);
        EXPECT_EQ(std::memcmp(values->step_macs, patterns->step_macs, 11 * 2 * sizeof(MacCounts)),
                  0);
        EXPECT_EQ(std::memcmp(values->layer_macs, patterns->layer_macs, 2 * sizeof(MacCounts)), 0);
        EXPECT_EQ(std::memcmp(&values->decoder_macs, &patterns->decoder_macs, sizeof(MacCounts)),
                  0);
        EXPECT_EQ(values->activity[0], patterns->activity[0]);
        EXPECT_EQ(values->mean_activity, patterns->mean_activity);
        EXPECT_GT(values->layer_macs[0].both, 0u);
    }
}

TEST_F(Reference, CountsNothingForInputsThatAreZero)
{
    const Network *network = generate({5, 4}, 1);
    const ReferenceRun *result = run(network, vector_input(network, std::vector<float>(5, -0.0f)));
    EXPECT_EQ(result->layer_macs[0].dense, 3u * 4 * 9);
    EXPECT_EQ(result->layer_macs[0].weight_sparse, 3u * 4 * 9);
    EXPECT_EQ(result->layer_macs[0].activity_sparse, 0u);
    EXPECT_EQ(result->layer_macs[0].both, 0u);
}

TEST_F(Reference, ScoresWordsAsASoftmaxWrittenOutDoes)
{
    const uint32_t n_words = 600; // more than one block, and not a multiple of it
    Network *network = edit(generate({40, 20, 40}, 0.7, n_words));
    network->decoder = copy(random_vectors(n_words * 40, 3, 0.0));
    network->decoder_bias = copy(random_vectors(n_words, 4, 0.0));
    network->hash = network_hash(network);
    ASSERT_EQ(network_check(network, &err), STATUS_OK) << err.message;
    std::vector<uint32_t> tokens;
    for (uint32_t i = 0; i < 80; i++) // more than one batch
        tokens.push_back(i * 91 % n_words);
    uint32_t most_active = 0;
    for (bool use_f64 : {false, true}) {
        ReferenceOptions options = {};
        options.score = true;
        options.use_f64 = use_f64;
        const ReferenceRun *result = run(network, token_input(network, tokens), options);
        ASSERT_EQ(result->n_predictions, 79u);
        double total = 0;
        for (uint32_t t = 0; t < 79; t++) {
            Numbers logit(network->decoder_bias, network->decoder_bias + n_words);
            const uint64_t first = event_trace_first(result->events, t, 1);
            for (uint32_t k = 0; k < event_trace_count(result->events, t, 1); k++) {
                for (uint32_t w = 0; w < n_words; w++)
                    logit[w] += static_cast<double>(result->events->value[first + k]) *
                                static_cast<double>(
                                    network->decoder[w * 40 + result->events->unit[first + k]]);
            }
            double sum = 0;
            for (double value : logit)
                sum += std::exp(value);
            EXPECT_NEAR(result->step_nll[t], std::log(sum) - logit[tokens[t + 1]], 1e-6);
            total += result->step_nll[t];
        }
        for (uint32_t t = 0; t < 79; t++)
            most_active = std::max(most_active, event_trace_count(result->events, t, 1));
        EXPECT_DOUBLE_EQ(result->nll_sum, total);
        EXPECT_NEAR(result->perplexity, std::exp(total / 79), 1e-9 * result->perplexity);
    }
    EXPECT_GE(most_active, 4u); // so many columns are added at once
}

TEST_F(Reference, ScoresHugeLogitsWithoutOverflow)
{
    Network *network = edit(generate({3, 3}, 1, 4));
    network->decoder_bias = copy(std::vector<float>{3e38f, -3e38f, 0.0f, 3e38f});
    ReferenceOptions options = {};
    options.score = true;
    const ReferenceRun *result = run(network, token_input(network, {1, 0, 3, 0}), options);
    EXPECT_NEAR(result->perplexity, 2.0, 1e-12);
}

TEST_F(Reference, ScoresOnlyWhenAskedAndPossible)
{
    const Network *words = generate({4, 4}, 1, 9), *vectors = generate({4, 4}, 1);
    ReferenceOptions options = {};
    const ReferenceRun *quiet = run(words, token_input(words, {1, 2, 3}), options);
    EXPECT_EQ(quiet->step_nll, nullptr);
    EXPECT_EQ(quiet->perplexity, 0.0);
    EXPECT_EQ(quiet->decoder_macs.dense, 2u * 9 * 4);
    options.score = true;
    const ReferenceRun *impossible =
        run(vectors, vector_input(vectors, random_vectors(8, 1, 0.0)), options);
    EXPECT_EQ(impossible->n_predictions, 0u);
    EXPECT_EQ(impossible->decoder_macs.dense, 0u);
}

TEST_F(Reference, BeginsALongRunAsAShortOne)
{
    const Network *network = generate({6, 12, 8}, 0.5);
    const std::vector<float> values = random_vectors(40 * 6, 8, 0.2);
    const ReferenceRun *whole = run(network, vector_input(network, values));
    const ReferenceRun *part =
        run(network,
            vector_input(network, std::vector<float>(values.begin(), values.begin() + 15 * 6)));
    const uint64_t n = part->events->n_events;
    ASSERT_EQ(whole->events->start[15 * 2], n);
    EXPECT_EQ(std::memcmp(whole->events->unit, part->events->unit, n * sizeof(uint32_t)), 0);
    EXPECT_EQ(std::memcmp(whole->events->value, part->events->value, n * sizeof(float)), 0);
}

TEST_F(Reference, ReportsProgressUpToTheEnd)
{
    const Network *network = generate({3, 3}, 1);
    std::pair<uint64_t, uint64_t> seen = {0, 0};
    ReferenceOptions options = {};
    options.progress_context = &seen;
    options.progress = [](void *context, uint64_t done, uint64_t total) {
        auto *pair = static_cast<std::pair<uint64_t, uint64_t> *>(context);
        EXPECT_GT(done, pair->first);
        *pair = {done, total};
        return true;
    };
    run(network, vector_input(network, random_vectors(7 * 3, 1, 0.0)), options);
    EXPECT_EQ(seen, (std::pair<uint64_t, uint64_t>{7, 7}));
}

TEST_F(Reference, EndsWhenItsProgressSaysSo)
{
    const Network *network = generate({3, 3}, 1);
    const InputStream input = vector_input(network, random_vectors(7 * 3, 1, 0.0));
    ReferenceOptions options = {};
    const ReferenceRun *result = nullptr;
    options.progress = [](void *, uint64_t done, uint64_t) { return done < 4; };
    EXPECT_EQ(reference_run(arena, network, &input, &options, &result, &err), STATUS_INTERRUPTED);
    EXPECT_STREQ(err.message, "interrupted after 4 of 7 steps of the reference");
}

TEST_F(Reference, StaysBetweenZeroAndOneWithThresholdsInThatRange)
{
    const Network *network = generate({10, 30, 20}, 0.5, 0, 3);
    const ReferenceRun *result =
        run(network, vector_input(network, random_vectors(100 * 10, 2, 0.0)));
    ASSERT_GT(result->events->n_events, 0u);
    for (uint64_t i = 0; i < result->events->n_events; i++) {
        EXPECT_GT(result->events->value[i], 0.0f);
        EXPECT_LT(result->events->value[i], 1.0f);
    }
}

TEST_F(Reference, RefusesStatisticsBecauseTheyHaveNoValues)
{
    const Network *network = generate({3, 3}, 1);
    const double rates[] = {0.5, 0.5};
    const ActivityStatistics statistics = {2, rates, 0, 4, 1};
    const InputStream *input = nullptr;
    const EventTrace *trace = nullptr;
    ASSERT_EQ(activity_draw(arena, network, &statistics, &input, &trace, &err), STATUS_OK);
    const ReferenceRun *result = nullptr;
    EXPECT_EQ(reference_run(arena, network, input, nullptr, &result, &err), STATUS_UNSUPPORTED);
    EXPECT_EQ(result, nullptr);
    EXPECT_NE(std::string(err.message).find("no values"), std::string::npos);
}

TEST_F(Reference, RefusesToCountEventsOfAnotherNetwork)
{
    const Network *small = generate({3, 3}, 1), *large = generate({3, 9}, 1),
                  *deep = generate({3, 3, 3}, 1);
    const InputStream input = vector_input(large, random_vectors(60 * 3, 1, 0.0));
    const ReferenceRun *values = run(large, input);
    const ReferenceRun *result = nullptr;
    EXPECT_EQ(reference_macs(arena, deep, &input, values->events, false, &result, &err),
              STATUS_INPUT);
    EXPECT_NE(std::string(err.message).find("layers; expected"), std::string::npos) << err.message;
    EXPECT_EQ(reference_macs(arena, small, &input, values->events, false, &result, &err),
              STATUS_INPUT);
    EXPECT_NE(std::string(err.message).find("expected units below 3"), std::string::npos)
        << err.message;
    EXPECT_EQ(result, nullptr);
}

TEST_F(Reference, FindsCellKindsByName)
{
    const char *const *names = nullptr;
    ASSERT_EQ(cell_names(&names), 3u);
    EXPECT_STREQ(names[0], "egru");
    EXPECT_STREQ(cell_find("egru-paper")->name, "egru-paper");
    EXPECT_STREQ(cell_find("lif")->name, "lif");
    EXPECT_TRUE(cell_find("egru")->distributed);
    EXPECT_FALSE(cell_find("egru-paper")->distributed);
    EXPECT_EQ(cell_find("lstm"), nullptr);
}
