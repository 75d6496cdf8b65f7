// quantize.c, reference_int8.c: against a plain dense implementation, against the fp32 run of what
// the integers stand for, and golden integers for every compiler.
#include <cmath>
#include <functional>

#include "base/hash.h"
#include "base/rng.h"
#include "models/quantize.h"

#include "models_fixture.h"

namespace
{

using Integers = std::vector<int64_t>;

double wide(float value)
{
    return static_cast<double>(value);
}

// floor(x / 2^shift + 1/2) without shifting negative numbers.
int64_t round_down(int64_t x, int shift)
{
    const int64_t whole = INT64_C(1) << shift, y = x + whole / 2;
    return y >= 0 ? y / whole : -((-y + whole - 1) / whole);
}

// One EGRU layer in integers, dense and straightforward; takes and gives codes of all sources.
struct PlainLayer {
    PlainLayer(const Layer &shape, const LayerInt8 &integers)
        : layer(shape), int8(integers), kernel(dense(shape.input, integers.input_weight)),
          recurrent(dense(shape.recurrent, integers.recurrent_weight)), h(shape.n_units),
          y(shape.n_units)
    {
    }

    static Integers dense(const SparseRows &rows, const int8_t *code)
    {
        Integers all(static_cast<size_t>(rows.n_rows) * rows.n_cols);
        for (uint32_t r = 0; r < rows.n_rows; r++)
            for (uint64_t k = rows.row_start[r]; k < rows.row_start[r + 1]; k++)
                all[static_cast<size_t>(r) * rows.n_cols + rows.col[k]] = code[k];
        return all;
    }

    int64_t sum(const Integers &matrix, const Integers &x, uint32_t target, const int32_t *bias,
                const FixedScale *scales) const
    {
        int64_t total = 0;
        for (size_t i = x.size(); i-- > 0;) // the order must not matter
            total += matrix[i * 3 * layer.n_units + target] * x[i];
        const FixedScale scale = scales[int8.n_scales == 1 ? 0 : target];
        return bias[target] + round_down(total * scale.multiplier, scale.shift);
    }

    static int64_t sigmoid(int64_t x)
    {
        return fixed_sigmoid(static_cast<int32_t>(x));
    }

    void step(const Integers &x)
    {
        const uint32_t n = layer.n_units;
        Integers next = y;
        for (uint32_t u = 0; u < n; u++) {
            int64_t a[3], b[3];
            for (uint32_t g = 0; g < 3; g++) {
                a[g] = sum(kernel, x, g * n + u, int8.bias, int8.input_scale);
                b[g] = sum(recurrent, y, g * n + u, int8.recurrent_bias, int8.recurrent_scale);
            }
            const int64_t z = sigmoid(a[0] + b[0]), r = sigmoid(a[1] + b[1]);
            const int64_t g = fixed_tanh(static_cast<int32_t>(a[2] + round_down(r * b[2], 15)));
            int64_t c = round_down(z * h[u] + (32768 - z) * g, 15);
            if (int8.parameter > 0)
                c = round_down(int8.parameter * h[u] + (32768 - int8.parameter) * c, 15);
            const int64_t code = round_down(c * 127, 15);
            const bool emits = c > int8.threshold[u] && code > 0;
            next[u] = emits ? code : 0;
            h[u] = emits ? c - int8.threshold[u] : c;
        }
        y = next;
    }

    const Layer &layer;
    const LayerInt8 &int8;
    Integers kernel, recurrent, h, y;
};

} // namespace

struct Quantize : ModelsTest {
    const Network *quantize(const Network *network, Precision precision,
                            ScaleRule scales = SCALES_PER_UNIT, double full_scale = 0)
    {
        const QuantizeOptions options = {scales, full_scale};
        const Network *out = nullptr;
        EXPECT_EQ(network_quantize(arena, network, precision, &options, &out, &err), STATUS_OK)
            << err.message;
        EXPECT_EQ(network_check(out, &err), STATUS_OK) << err.message;
        return out;
    }

    std::vector<float> random_values(uint32_t n, uint64_t seed, double zero_share = 0.3)
    {
        Rng rng = rng_make(seed, 98);
        std::vector<float> values(n);
        for (float &value : values)
            value = rng_uniform(&rng) < zero_share ? 0 : static_cast<float>(rng_normal(&rng) / 2);
        return values;
    }

    // A network with biases, zoneout and a state rule.
    Network *varied(std::vector<uint32_t> sizes, double density, uint64_t seed,
                    uint32_t n_words = 0)
    {
        Network *network =
            copy(std::vector<Network>{*generate(std::move(sizes), density, n_words, seed)});
        Layer *layers =
            copy(std::vector<Layer>(network->layer, network->layer + network->n_layers));
        network->layer = layers;
        for (uint32_t i = 0; i < network->n_layers; i++) {
            layers[i].bias = copy(random_values(3 * layers[i].n_units, seed + i));
            layers[i].recurrent_bias = copy(random_values(3 * layers[i].n_units, seed + 50 + i));
        }
        layers[0].parameter = seed % 3 == 0 ? 0.25f : 0.0f;
        if (seed % 4 == 1) {
            network->carry = CARRY_EVENTS;
            network->reset_steps = 3;
        }
        network->hash = network_hash(network);
        return network;
    }

    void expect_refusal(const Network *network, Precision precision, Status status,
                        const std::string &part)
    {
        const Network *out = network;
        err = {};
        EXPECT_EQ(network_quantize(arena, network, precision, nullptr, &out, &err), status);
        EXPECT_EQ(out, nullptr);
        EXPECT_NE(std::string(err.message).find(part), std::string::npos) << err.message;
    }
};

TEST_F(Quantize, Bf16RoundsEveryWeightAndPrunesWhatBecomesZero)
{
    Network *network = varied({9, 14, 6}, 0.6, 2);
    Layer *layers = copy(std::vector<Layer>(network->layer, network->layer + 2));
    std::vector<float> weight(layers[1].input.weight,
                              layers[1].input.weight + layers[1].input.n_nonzeros);
    weight[3] = 1e-44f; // below half of the smallest bfloat16
    layers[1].input.weight = copy(weight);
    network->layer = layers;
    network->hash = network_hash(network);
    const Network *out = quantize(network, PRECISION_BF16);
    EXPECT_EQ(out->precision, PRECISION_BF16);
    EXPECT_EQ(out->int8, nullptr);
    EXPECT_NE(out->hash, network->hash);
    EXPECT_EQ(out->layer[1].input.n_nonzeros, layers[1].input.n_nonzeros - 1);
    for (uint64_t k = 0; k < out->layer[1].input.n_nonzeros; k++) {
        const uint64_t from = k < 3 ? k : k + 1;
        EXPECT_EQ(out->layer[1].input.col[k], layers[1].input.col[from]);
        EXPECT_EQ(out->layer[1].input.weight[k], bf16_round(weight[from]));
    }
    for (uint64_t k = 0; k < out->layer[0].recurrent.n_nonzeros; k++)
        EXPECT_EQ(bf16_round(out->layer[0].recurrent.weight[k]), out->layer[0].recurrent.weight[k]);
    EXPECT_EQ(out->layer[0].bias, network->layer[0].bias); // all else is the same
    const ReferenceRun *result =
        run(out, vector_input(out, random_values(30 * 9, 4))); // an ordinary fp32 network
    EXPECT_GT(result->events->n_events, 0u);
}

// Recomputed from the definitions in quantize.h, for every weight of several networks.
TEST_F(Quantize, CodesAreTheNearestMultiplesOfTheirTargetsStep)
{
    for (ScaleRule rule : {SCALES_PER_UNIT, SCALES_PER_LAYER}) {
        const Network *network = varied({7, 30, 12}, 0.5, 3);
        const Network *out = quantize(network, PRECISION_INT8, rule);
        uint64_t n_kept = 0, n_all = 0;
        for (uint32_t i = 0; i < 2; i++) {
            const SparseRows &before = network->layer[i].recurrent,
                             &after = out->layer[i].recurrent;
            const uint32_t n_cols = before.n_cols;
            std::vector<double> largest(n_cols);
            for (uint64_t k = 0; k < before.n_nonzeros; k++)
                largest[before.col[k]] =
                    std::max(largest[before.col[k]], std::fabs(wide(before.weight[k])));
            if (rule == SCALES_PER_LAYER)
                largest.assign(n_cols, *std::max_element(largest.begin(), largest.end()));
            EXPECT_EQ(out->int8->layer[i].n_scales, rule == SCALES_PER_LAYER ? 1 : n_cols);
            uint64_t at = 0;
            for (uint64_t k = 0; k < before.n_nonzeros; k++) {
                const double step = largest[before.col[k]] / 127;
                const double code = std::round(wide(before.weight[k]) / step);
                n_all++;
                if (!(std::fabs(code) > 0))
                    continue;
                ASSERT_EQ(after.col[at], before.col[k]);
                ASSERT_EQ(out->int8->layer[i].recurrent_weight[at], code);
                ASSERT_NEAR(wide(after.weight[at]), code * step, 1e-6 * largest[before.col[k]]);
                const FixedScale scale =
                    layer_int8_recurrent_scale(&out->int8->layer[i], before.col[k]);
                ASSERT_NEAR(std::ldexp(scale.multiplier, -scale.shift), step / 127 * 4096,
                            1e-6 * step * 32);
                at++;
            }
            EXPECT_EQ(after.n_nonzeros, at);
            n_kept += at;
        }
        EXPECT_LT(n_kept, n_all); // some were pruned
        EXPECT_GT(n_kept, n_all * 9 / 10);
    }
}

TEST_F(Quantize, Int8RunsAsAPlainDenseImplementationDoes)
{
    uint64_t n_events = 0;
    for (uint64_t seed = 1; seed <= 24; seed++) {
        Rng rng = rng_make(seed, 0);
        std::vector<uint32_t> sizes;
        for (uint64_t i = 0; i < 2 + seed % 3; i++)
            sizes.push_back(1 + static_cast<uint32_t>(rng_below(&rng, 14)));
        const Network *network = quantize(varied(sizes, rng_uniform(&rng), seed), PRECISION_INT8,
                                          seed % 2 == 0 ? SCALES_PER_UNIT : SCALES_PER_LAYER, 1.5);
        const InputStream input = vector_input(network, random_values(25 * sizes[0], seed));
        const ReferenceRun *result = run(network, input);
        std::vector<PlainLayer> layers;
        for (uint32_t i = 0; i < network->n_layers; i++)
            layers.emplace_back(network->layer[i], network->int8->layer[i]);
        for (uint32_t t = 0; t < input.n_steps; t++) {
            Integers x(sizes[0]);
            for (uint32_t i = 0; i < sizes[0]; i++) {
                const double code = std::round(wide(input.vector[t * sizes[0] + i]) /
                                               wide(network->int8->input_step));
                x[i] = static_cast<int64_t>(std::min(127.0, std::max(-127.0, code)));
            }
            for (uint32_t i = 0; i < network->n_layers; i++) {
                if (network->carry == CARRY_EVENTS && t % network->reset_steps == 0)
                    layers[i].h.assign(layers[i].h.size(), 0);
                layers[i].step(x);
                x = layers[i].y;
                Integers found(x.size());
                const uint64_t first = event_trace_first(result->events, t, i);
                for (uint32_t k = 0; k < event_trace_count(result->events, t, i); k++)
                    found[result->events->unit[first + k]] =
                        static_cast<int64_t>(result->events->value[first + k]);
                ASSERT_EQ(found, x) << "seed " << seed << " step " << t << " layer " << i;
            }
        }
        n_events += result->events->n_events;
    }
    EXPECT_GT(n_events, 1000u);
}

// What the integers approximate: the fp32 run of the reals that they stand for. One layer and one
// step from rest, so that no event is decided otherwise; error: tables, rounding, codes of inputs.
TEST_F(Quantize, Int8IsCloseToTheRealsItStandsFor)
{
    const Network *network = quantize(varied({40, 64}, 0.5, 2), PRECISION_INT8);
    Network *reals = copy(std::vector<Network>{*network});
    reals->precision = PRECISION_FP32;
    reals->int8 = nullptr;
    reals->hash = network_hash(reals);
    std::vector<float> x = random_values(40, 9);
    for (float &value : x) // exactly what codes stand for
        value = static_cast<float>(fixed_code(wide(value), 1.0 / 127)) * network->int8->input_step;
    std::vector<double> candidates[2];
    ReferenceOptions options = {};
    options.watch_context = candidates;
    options.watch = [](void *context, uint32_t, uint32_t, const CellStepF32 *f32,
                       const CellStepF64 *) {
        for (uint32_t u = 0; u < f32->n_units; u++)
            static_cast<std::vector<double> *>(context)[0].push_back(wide(f32->candidate[u]));
    };
    options.watch_int8 = [](void *context, uint32_t, uint32_t, const CellStepInt8 *int8) {
        for (uint32_t u = 0; u < int8->n_units; u++)
            static_cast<std::vector<double> *>(context)[1].push_back(
                std::ldexp(int8->candidate[u], -FIXED_STATE_BITS));
    };
    run(reals, vector_input(reals, x), options);
    run(network, vector_input(network, x), options);
    ASSERT_EQ(candidates[0].size(), 64u);
    ASSERT_EQ(candidates[1].size(), 64u);
    double largest = 0;
    for (size_t u = 0; u < 64; u++) {
        EXPECT_NEAR(candidates[0][u], candidates[1][u], 5e-4);
        largest = std::max(largest, std::fabs(candidates[0][u]));
    }
    EXPECT_GT(largest, 0.2);
}

// The same integers from every compiler: quantisation and a run of 60 steps.
TEST_F(Quantize, HasItsGoldenIntegers)
{
    const uint64_t golden[2][2] = {
        {UINT64_C(15054739755960808837), UINT64_C(5073580468991203943)},
        {UINT64_C(12023127311177776382), UINT64_C(15964904523093267157)}};
    for (int rule = 0; rule < 2; rule++) {
        const Network *network = quantize(varied({20, 40, 30, 20}, 0.3, 5, 50), PRECISION_INT8,
                                          rule == 0 ? SCALES_PER_UNIT : SCALES_PER_LAYER);
        std::vector<uint32_t> tokens;
        for (uint32_t i = 0; i < 61; i++)
            tokens.push_back(i * i % 50);
        const ReferenceRun *result = run(network, token_input(network, tokens));
        uint64_t hash = HASH_START;
        for (uint64_t i = 0; i < result->events->n_events; i++)
            hash = hash_u64(hash, static_cast<uint64_t>(result->events->unit[i]) << 8 |
                                      static_cast<uint64_t>(result->events->value[i]));
        EXPECT_EQ(network->hash, golden[rule][0]) << rule;
        EXPECT_EQ(hash, golden[rule][1]) << rule;
        EXPECT_GT(result->events->n_events, 200u);
    }
}

// z is 32757 of 32768 and g is 0: c is the old state, nearly.
TEST_F(Quantize, AUnitIsSilentWithoutACodeAndKeepsItsState)
{
    const int32_t input[] = {1 << 20, 1 << 20, 1 << 20, 1 << 20, 0, 0, 0, 0, 0, 0, 0, 0},
                  none[12] = {}, threshold[] = {0, 0, 129, 200};
    int32_t state[] = {129, 130, 130, 200}, events[4], candidate[4];
    const CellStepInt8 step = {4, input, none, threshold, 0, state, events, candidate};
    cell_find("egru")->step_int8(&step);
    const std::vector<int32_t> expected[] = {
        {129, 130, 130, 200}, // c
        {0, 1, 1, 0},         // 129 has code 0; 200 is not above its threshold
        {129, 130, 1, 200},   // lowered by the threshold where an event was sent
    };
    EXPECT_EQ(std::vector<int32_t>(candidate, candidate + 4), expected[0]);
    EXPECT_EQ(std::vector<int32_t>(events, events + 4), expected[1]);
    EXPECT_EQ(std::vector<int32_t>(state, state + 4), expected[2]);
}

TEST_F(Quantize, InputEventsAreCodesThatAreNotZero)
{
    const Network *network = quantize(generate({4, 3}, 1), PRECISION_INT8, SCALES_PER_UNIT, 2);
    const InputStream input =
        vector_input(network, {0.5f, 0.007f, -2.5f, 0, -1, 2, 2.007f, 2.009f}); // code 1: 0.0157
    uint32_t unit[4];
    float value[4];
    ASSERT_EQ(input_events(&input, 0, unit, value), 2u);
    EXPECT_EQ(unit[0], 0u);
    EXPECT_EQ(value[0], 32);
    EXPECT_EQ(unit[1], 2u);
    EXPECT_EQ(value[1], -127);
    ASSERT_EQ(input_events(&input, 1, unit, nullptr), 4u);
    EXPECT_EQ(input_saturated(&input), 2u); // -2.5 and 2.009
    EXPECT_EQ(run(network, input)->n_saturated, 2u);

    const Network *words = generate({4, 4}, 1, 6), *coded = quantize(words, PRECISION_INT8);
    const InputStream tokens = token_input(coded, {3, 5, 1});
    float largest = 0;
    for (uint32_t i = 0; i < 24; i++)
        largest = std::max(largest, std::fabs(words->embedding[i]));
    EXPECT_NEAR(wide(coded->int8->input_step), wide(largest) / 127, 1e-9);
    const uint32_t n = input_events(&tokens, 1, unit, value);
    for (uint32_t i = 0; i < n; i++)
        EXPECT_EQ(value[i], std::round(wide(words->embedding[5 * 4 + unit[i]]) /
                                       wide(coded->int8->input_step)));
    EXPECT_GT(n, 0u);
    EXPECT_EQ(input_saturated(&tokens), 0u);
}

TEST_F(Quantize, CountsMacsOfWhatIsLeft)
{
    const Network *network = quantize(varied({8, 20, 8}, 0.5, 2, 30), PRECISION_INT8);
    const InputStream input = token_input(network, {1, 2, 3, 4, 5, 6, 7, 8, 9});
    ReferenceOptions options = {};
    options.keep_step_macs = true;
    options.score = true;
    const ReferenceRun *values = run(network, input, options), *patterns = nullptr;
    ASSERT_EQ(reference_macs(arena, network, &input, values->events, true, &patterns, &err),
              STATUS_OK);
    EXPECT_EQ(std::memcmp(values->step_macs, patterns->step_macs, 8 * 2 * sizeof(MacCounts)), 0);
    EXPECT_EQ(values->layer_macs[0].weight_sparse,
              8 * (network->layer[0].input.n_nonzeros + network->layer[0].recurrent.n_nonzeros));
    EXPECT_EQ(values->n_predictions, 8u);
    EXPECT_GT(values->perplexity, 1);
}

// The decoder sees code / 127.
TEST_F(Quantize, ScoresTheEventsThatCodesStandFor)
{
    Network *network = varied({8, 20, 8}, 0.8, 2, 30);
    const std::vector<float> bias = random_values(30, 7, 0);
    network->decoder_bias = copy(bias);
    network->hash = network_hash(network);
    const Network *coded = quantize(network, PRECISION_INT8);
    const std::vector<uint32_t> tokens = {1, 2, 3, 4, 5, 6, 7, 8, 9, 29, 28, 27};
    ReferenceOptions options = {};
    options.score = true;
    const ReferenceRun *result = run(coded, token_input(coded, tokens), options);
    uint64_t n_events = 0;
    for (uint32_t t = 0; t + 1 < tokens.size(); t++) {
        double sum = 0, wanted = 0;
        const uint64_t first = event_trace_first(result->events, t, 1);
        const uint32_t n = event_trace_count(result->events, t, 1);
        for (uint32_t w = 0; w < 30; w++) {
            double logit = wide(bias[w]);
            for (uint32_t k = 0; k < n; k++)
                logit += wide(result->events->value[first + k]) / 127 *
                         wide(network->decoder[w * 8 + result->events->unit[first + k]]);
            sum += std::exp(logit);
            wanted = w == tokens[t + 1] ? logit : wanted;
        }
        EXPECT_NEAR(result->step_nll[t], std::log(sum) - wanted, 1e-5);
        n_events += n;
    }
    EXPECT_GT(n_events, 5u);
}

TEST_F(Quantize, RefusesWhatIntegersCannotDo)
{
    const Network *egru = generate({5, 4}, 1);
    expect_refusal(generate({5, 4}, 1, 0, 1, "egru-paper"), PRECISION_INT8, STATUS_UNSUPPORTED,
                   "cell egru-paper has no integer form; expected egru");
    expect_refusal(quantize(egru, PRECISION_INT8), PRECISION_BF16, STATUS_UNSUPPORTED,
                   "is in int8 already");
    expect_refusal(quantize(egru, PRECISION_BF16), PRECISION_INT8, STATUS_UNSUPPORTED,
                   "is in bf16 already");
    const Network *coded = quantize(egru, PRECISION_INT8), *same = nullptr;
    EXPECT_EQ(network_quantize(arena, coded, PRECISION_INT8, nullptr, &same, &err), STATUS_OK);
    EXPECT_EQ(same, coded);
    EXPECT_EQ(network_quantize(arena, egru, PRECISION_FP32, nullptr, &same, &err), STATUS_OK);
    EXPECT_EQ(same, egru);
    EXPECT_EQ(network_save(arena, coded, at("saved").c_str(), &err), STATUS_UNSUPPORTED);
    ReferenceOptions options = {};
    options.use_f64 = true;
    const InputStream input = vector_input(coded, std::vector<float>(5));
    const ReferenceRun *result = nullptr;
    EXPECT_EQ(reference_run(arena, coded, &input, &options, &result, &err), STATUS_UNSUPPORTED);
}

// 2^31 / 127^2 is 133,144 weights of code 127: one more source and a sum could leave int32.
TEST_F(Quantize, RefusesSumsThatCouldLeaveInt32)
{
    for (uint32_t n_sources : {133143u, 133145u}) {
        const Network *network = generate({n_sources, 1}, 1);
        Layer *layers = copy(std::vector<Layer>(network->layer, network->layer + 1));
        layers[0].input.weight = copy(std::vector<float>(3 * n_sources, -0.5f));
        Network *large = copy(std::vector<Network>{*network});
        large->layer = layers;
        large->hash = network_hash(large);
        if (n_sources == 133143u)
            quantize(large, PRECISION_INT8);
        else
            expect_refusal(large, PRECISION_INT8, STATUS_UNSUPPORTED,
                           "gate 0, unit 0: an int8 sum may reach 2147495705; expected at most "
                           "2147483647");
    }
}

TEST_F(Quantize, RefusesWeightsTooLargeForAnyScale)
{
    Network *network = varied({5, 4}, 1, 2);
    Layer *layers = copy(std::vector<Layer>(network->layer, network->layer + 1));
    std::vector<float> weight(layers[0].input.weight,
                              layers[0].input.weight + layers[0].input.n_nonzeros);
    weight[0] = 1e30f;
    layers[0].input.weight = copy(weight);
    network->layer = layers;
    expect_refusal(network, PRECISION_INT8, STATUS_UNSUPPORTED, "weights up to 1e+30");
}

TEST_F(Quantize, KeepsTinyWeightsAndEmptyMatrices)
{
    Network *network = varied({5, 4}, 1, 2);
    Layer *layers = copy(std::vector<Layer>(network->layer, network->layer + 1));
    std::vector<float> weight(layers[0].input.n_nonzeros, 1e-44f); // their step rounds to 0
    layers[0].input.weight = copy(weight);
    network->layer = layers;
    network->hash = network_hash(network);
    EXPECT_EQ(quantize(network, PRECISION_INT8)->layer[0].input.n_nonzeros, 0u);
    const Network *empty = quantize(varied({5, 4}, 0, 2), PRECISION_INT8);
    EXPECT_EQ(empty->layer[0].recurrent.n_nonzeros, 0u);
    run(empty, vector_input(empty, random_values(15, 1)));
}

// Each invariant of the integers, broken once.
TEST_F(Quantize, CheckFindsEveryBrokenInteger)
{
    const Network *good = quantize(varied({5, 8}, 1, 2), PRECISION_INT8);
    const LayerInt8 &from = good->int8->layer[0];
    const uint32_t n_sums = 24;
    struct Case {
        const char *why;
        std::function<void(LayerInt8 &)> damage;
    };
    const auto scales = [&](FixedScale scale) {
        std::vector<FixedScale> all(from.input_scale, from.input_scale + n_sums);
        all[5] = scale;
        return copy(all);
    };
    const auto codes = [&](int8_t code) {
        std::vector<int8_t> all(from.input_weight,
                                from.input_weight + good->layer[0].input.n_nonzeros);
        all[7] = code;
        return copy(all);
    };
    const std::vector<Case> cases = {
        {"int8 weight is 0", [&](LayerInt8 &layer) { layer.input_weight = codes(0); }},
        {"or -128", [&](LayerInt8 &layer) { layer.input_weight = codes(-128); }},
        {"neither one", [&](LayerInt8 &layer) { layer.n_scales = 2; }},
        {"scale is out",
         [&](LayerInt8 &layer) {
             layer.input_scale = scales({-1, 5});
         }},
        {"scale is out",
         [&](LayerInt8 &layer) {
             layer.recurrent_scale = scales({1, 0});
         }},
        {"scale is out",
         [&](LayerInt8 &layer) {
             layer.input_scale = scales({1, 63});
         }},
        {"threshold is not",
         [&](LayerInt8 &layer) { layer.threshold = copy(std::vector<int32_t>(8, -1)); }},
        {"threshold is not",
         [&](LayerInt8 &layer) { layer.threshold = copy(std::vector<int32_t>(8, 32769)); }},
        {"parameter is not", [&](LayerInt8 &layer) { layer.parameter = 32769; }},
    };
    for (const Case &now : cases) {
        LayerInt8 *layer = copy(std::vector<LayerInt8>{from});
        now.damage(*layer);
        NetworkInt8 *int8 = copy(std::vector<NetworkInt8>{*good->int8});
        int8->layer = layer;
        Network *bad = copy(std::vector<Network>{*good});
        bad->int8 = int8;
        bad->hash = network_hash(bad);
        EXPECT_NE(bad->hash, good->hash) << now.why;
        EXPECT_EQ(network_check(bad, &err), STATUS_INPUT) << now.why;
        EXPECT_NE(std::string(err.message).find(now.why), std::string::npos) << err.message;
    }
    Network *bare = copy(std::vector<Network>{*good});
    bare->precision = PRECISION_BF16;
    EXPECT_EQ(network_check(bare, &err), STATUS_INPUT);
}
