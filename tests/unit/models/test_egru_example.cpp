// test_egru_example.cpp - every number of tests/data/egru_example.json, in fp32 and in double.
//
// fp32 agrees to 1e-6. The file holds 10 decimals, so double agrees to half a unit of the last one
// plus 1e-11.
#include <jansson.h>

#include <cmath>

#include "base/real_math.h"
#include "models_fixture.h"

namespace
{

const double TOLERANCE_F32 = 1e-6, TOLERANCE_F64 = 0.5e-10 + 1e-11;

using Numbers = std::vector<double>;
using Matrix = std::vector<Numbers>;

Numbers numbers(const json_t *list)
{
    Numbers values;
    size_t i;
    const json_t *item;
    EXPECT_TRUE(json_is_array(list));
    json_array_foreach(const_cast<json_t *>(list), i, item)
    {
        EXPECT_TRUE(json_is_number(item));
        values.push_back(json_number_value(item));
    }
    return values;
}

Matrix matrix(const json_t *list)
{
    Matrix rows;
    for (size_t i = 0; i < json_array_size(list); i++)
        rows.push_back(numbers(json_array_get(list, i)));
    return rows;
}

// What one step of one layer computed, whatever the precision.
struct Step {
    Numbers input, recurrent, state, events, candidate;
};

struct Watched {
    std::vector<std::vector<Step>> layer; // [layer][step]
    Matrix logits;                        // [step]
};

template <typename Cell> Step take(const Cell *cell)
{
    const auto n = cell->n_units;
    return {Numbers(cell->input, cell->input + 3 * n),
            Numbers(cell->recurrent, cell->recurrent + 3 * n),
            Numbers(cell->state, cell->state + n), Numbers(cell->events, cell->events + n),
            Numbers(cell->candidate, cell->candidate + n)};
}

void watch(void *context, uint32_t, uint32_t layer, const CellStepF32 *f32, const CellStepF64 *f64)
{
    Watched *watched = static_cast<Watched *>(context);
    if (watched->layer.size() <= layer)
        watched->layer.resize(layer + 1);
    watched->layer[layer].push_back(f32 != nullptr ? take(f32) : take(f64));
}

struct LogitContext {
    Watched *watched;
    uint32_t n_words;
};

void watch_logits(void *context, uint32_t, const float *f32, const double *f64)
{
    LogitContext *logits = static_cast<LogitContext *>(context);
    logits->watched->logits.push_back(f32 != nullptr ? Numbers(f32, f32 + logits->n_words)
                                                     : Numbers(f64, f64 + logits->n_words));
}

} // namespace

// The parameter: compute in double.
struct EgruExample : ModelsTest, testing::WithParamInterface<bool> {
    EgruExample()
    {
        const std::string path = std::string(EGRET_SOURCE_DIR) + "/tests/data/egru_example.json";
        json_error_t why;
        root = json_load_file(path.c_str(), 0, &why);
        EXPECT_NE(root, nullptr) << path << ": " << why.text;
    }

    ~EgruExample() override
    {
        json_decref(root);
    }

    const json_t *block(const char *name) const
    {
        return json_object_get(root, name);
    }

    double tolerance() const
    {
        return GetParam() ? TOLERANCE_F64 : TOLERANCE_F32;
    }

    std::vector<float> narrow(const Numbers &values) const
    {
        std::vector<float> result;
        for (double value : values)
            result.push_back(static_cast<float>(value));
        return result;
    }

    SparseRows sparse(const Matrix &dense, const double **wide)
    {
        std::vector<uint64_t> start = {0};
        std::vector<uint32_t> col;
        Numbers weight;
        for (const Numbers &row : dense) {
            for (size_t c = 0; c < row.size(); c++) {
                if (row[c] != 0) {
                    col.push_back(static_cast<uint32_t>(c));
                    weight.push_back(row[c]);
                }
            }
            start.push_back(col.size());
        }
        *wide = copy(weight);
        return {static_cast<uint32_t>(dense.size()),
                static_cast<uint32_t>(dense[0].size()),
                col.size(),
                copy(start),
                copy(col),
                copy(narrow(weight))};
    }

    void add_layer(const Matrix &kernel, const Matrix &recurrent_kernel, const Numbers &bias,
                   const Numbers &recurrent_bias, const Numbers &threshold,
                   const char *cell = "egru")
    {
        Layer layer = {};
        LayerF64 wide = {};
        layer.name = text("layer" + std::to_string(layers.size()));
        layer.cell = cell_find(cell);
        layer.n_inputs = static_cast<uint32_t>(kernel.size());
        layer.n_units = static_cast<uint32_t>(threshold.size());
        layer.input = sparse(kernel, &wide.input_weight);
        layer.recurrent = sparse(recurrent_kernel, &wide.recurrent_weight);
        layer.bias = copy(narrow(bias));
        layer.recurrent_bias = copy(narrow(recurrent_bias));
        layer.raw_threshold = copy(narrow(threshold));
        layer.threshold = copy(narrow(threshold));
        layer.activity = -1;
        wide.bias = copy(bias);
        wide.recurrent_bias = copy(recurrent_bias);
        wide.raw_threshold = copy(threshold);
        layers.push_back(layer);
        wide_layers.push_back(wide);
    }

    // The network of the layers added so far, checked.
    Network *network()
    {
        NetworkF64 wide = {};
        wide.layer = copy(wide_layers);
        Network made = {};
        made.name = "example";
        made.description = "";
        made.n_inputs = layers[0].n_inputs;
        made.n_layers = static_cast<uint32_t>(layers.size());
        made.layer = copy(layers);
        made.f64 = copy(std::vector<NetworkF64>{wide});
        return copy(std::vector<Network>{made});
    }

    void check(Network *made)
    {
        made->hash = network_hash(made);
        ASSERT_EQ(network_check(made, &err), STATUS_OK) << err.message;
    }

    void add_cell_example()
    {
        const json_t *cell = block("cell_example");
        add_layer(matrix(json_object_get(cell, "kernel")),
                  matrix(json_object_get(cell, "recurrent_kernel")),
                  numbers(json_object_get(cell, "bias")),
                  numbers(json_object_get(cell, "recurrent_bias")),
                  numbers(json_object_get(cell, "thr")));
    }

    InputStream cell_input(const Network *made)
    {
        Numbers flat;
        for (const Numbers &row : matrix(json_object_get(block("cell_example"), "x")))
            flat.insert(flat.end(), row.begin(), row.end());
        InputStream input = vector_input(made, narrow(flat));
        input.vector_f64 = copy(flat);
        return input;
    }

    const ReferenceRun *run_watched(const Network *made, const InputStream &input)
    {
        watched = {};
        LogitContext logits = {&watched, made->n_words};
        ReferenceOptions options = {};
        options.use_f64 = GetParam();
        options.keep_step_macs = true;
        options.score = true;
        options.watch = watch;
        options.watch_context = &watched;
        options.watch_logits = watch_logits;
        options.watch_logits_context = &logits;
        return run(made, input, options);
    }

    void expect_near(const Numbers &found, const json_t *expected, const std::string &what) const
    {
        const Numbers values = numbers(expected);
        ASSERT_EQ(found.size(), values.size()) << what;
        for (size_t i = 0; i < values.size(); i++)
            EXPECT_NEAR(found[i], values[i], tolerance()) << what << "[" << i << "]";
    }

    // Candidate, events and state of a step; o must agree exactly.
    void expect_step(const Step &found, const json_t *expected, const char *state_key,
                     size_t t) const
    {
        const std::string where = "step " + std::to_string(t) + " ";
        expect_near(found.candidate, json_object_get(expected, "c"), where + "c");
        expect_near(found.events, json_object_get(expected, "y"), where + "y");
        expect_near(found.state, json_object_get(expected, state_key), where + state_key);
        const Numbers emitted = numbers(json_object_get(expected, "o"));
        for (size_t u = 0; u < emitted.size(); u++) {
            EXPECT_EQ(found.events[u] != 0, emitted[u] != 0) << where << "o[" << u << "]";
            EXPECT_FALSE(found.events[u] == 0 && std::signbit(found.events[u]))
                << where << "has -0";
        }
    }

    void expect_trace(const EventTrace *events, uint32_t layer, const json_t *steps,
                      size_t first) const
    {
        for (size_t t = 0; t < json_array_size(steps); t++) {
            const Numbers emitted = numbers(json_object_get(json_array_get(steps, t), "o"));
            std::vector<uint32_t> expected;
            for (uint32_t u = 0; u < emitted.size(); u++) {
                if (emitted[u] != 0)
                    expected.push_back(u);
            }
            const uint32_t step = static_cast<uint32_t>(first + t);
            const uint32_t *unit = events->unit + event_trace_first(events, step, layer);
            EXPECT_EQ(std::vector<uint32_t>(unit, unit + event_trace_count(events, step, layer)),
                      expected)
                << "step " << step << " layer " << layer;
        }
    }

    json_t *root;
    std::vector<Layer> layers;
    std::vector<LayerF64> wide_layers;
    Watched watched;
};

INSTANTIATE_TEST_SUITE_P(BothPrecisions, EgruExample, testing::Bool(),
                         [](const auto &which) { return which.param ? "Double" : "Single"; });

TEST_P(EgruExample, CellHasEveryIntermediateOfEveryStep)
{
    add_cell_example();
    Network *made = network();
    check(made);
    const ReferenceRun *result = run_watched(made, cell_input(made));
    const json_t *expected = json_object_get(block("cell_example"), "expected");
    ASSERT_EQ(json_array_size(expected), watched.layer.at(0).size());
    Numbers trace(4, 0.0);
    for (size_t t = 0; t < json_array_size(expected); t++) {
        const json_t *step = json_array_get(expected, t);
        const Step &found = watched.layer[0][t];
        expect_near(found.input, json_object_get(step, "Wx"), "Wx");
        expect_near(found.recurrent, json_object_get(step, "Rh"), "Rh");
        Numbers z, r, g;
        for (size_t u = 0; u < 4; u++) {
            z.push_back(real_sigmoid(found.input[u] + found.recurrent[u]));
            r.push_back(real_sigmoid(found.input[4 + u] + found.recurrent[4 + u]));
            g.push_back(real_tanh(found.input[8 + u] + r[u] * found.recurrent[8 + u]));
            trace[u] = 0.9 * trace[u] + 0.1 * found.events[u];
        }
        expect_near(z, json_object_get(step, "z"), "z");
        expect_near(r, json_object_get(step, "r"), "r");
        expect_near(g, json_object_get(step, "g"), "g");
        expect_step(found, step, "h", t);
        expect_near(trace, json_object_get(step, "trace"), "trace");
    }
    expect_trace(result->events, 0, expected, 0);
}

TEST_P(EgruExample, CellAgreesWithThePublishedSinglePrecisionOutputs)
{
    add_cell_example();
    Network *made = network();
    run_watched(made, cell_input(made));
    const Matrix expected =
        matrix(json_object_get(block("cell_example"), "expected_y_float32_reference"));
    for (size_t t = 0; t < expected.size(); t++) {
        for (size_t u = 0; u < expected[t].size(); u++)
            EXPECT_NEAR(watched.layer[0][t].events[u], expected[t][u], 1e-6) << t << " " << u;
    }
    double margin = 1;
    const Numbers threshold = numbers(json_object_get(block("cell_example"), "thr"));
    for (const Step &step : watched.layer[0]) {
        for (size_t u = 0; u < threshold.size(); u++)
            margin = std::min(margin, std::abs(step.candidate[u] - threshold[u]));
    }
    EXPECT_NEAR(margin,
                json_number_value(json_object_get(block("cell_example"), "min_margin_c_minus_thr")),
                tolerance());
}

TEST_P(EgruExample, ZoneoutMixesTheOldStateIn)
{
    const json_t *example = block("zoneout_inference_example");
    add_cell_example();
    layers[0].parameter =
        static_cast<float>(json_number_value(json_object_get(example, "zoneout_prob")));
    Network *made = network();
    check(made);
    const ReferenceRun *result = run_watched(made, cell_input(made));
    const json_t *expected = json_object_get(example, "expected");
    ASSERT_EQ(json_array_size(expected), 8u);
    for (size_t t = 0; t < json_array_size(expected); t++)
        expect_step(watched.layer[0][t], json_array_get(expected, t), "h", t);
    expect_trace(result->events, 0, expected, 0);
}

TEST_P(EgruExample, ChunkBoundaryKeepsEventsAndRestartsTheState)
{
    const json_t *example = block("chunk_boundary_example");
    add_cell_example();
    Network *made = network();
    check(made);
    const Network *chunked = network_with_carry(arena, made, CARRY_EVENTS, 4);
    EXPECT_NE(chunked->hash, made->hash);
    const ReferenceRun *result = run_watched(chunked, cell_input(made));
    const json_t *expected = json_object_get(example, "expected_steps_4_to_7");
    ASSERT_EQ(json_array_size(expected), 4u);
    for (size_t t = 0; t < 4; t++)
        expect_step(watched.layer[0][4 + t], json_array_get(expected, t), "h", 4 + t);
    expect_trace(result->events, 0, expected, 4);
    const json_t *before = json_object_get(block("cell_example"), "expected");
    for (size_t t = 0; t < 4; t++)
        expect_step(watched.layer[0][t], json_array_get(before, t), "h", t);

    run_watched(made, cell_input(made));
    const json_t *uninterrupted = json_object_get(example, "uninterrupted_steps_4_to_7_y");
    for (size_t t = 0; t < 4; t++)
        expect_near(watched.layer[0][4 + t].events, json_array_get(uninterrupted, t),
                    "uninterrupted y");
}

TEST_P(EgruExample, CandidateEqualToTheThresholdIsNoEvent)
{
    const json_t *expected = json_array_get(block("boundary_cases"), 0);
    const Matrix none3(3, Numbers(12, 0.0)), none4(4, Numbers(12, 0.0));
    add_layer(none3, none4, Numbers(12, 0.0), Numbers(12, 0.0), Numbers(4, 0.0));
    Network *made = network();
    check(made);
    const ReferenceRun *result = run_watched(made, vector_input(made, std::vector<float>(6, 0.0f)));
    ASSERT_EQ(watched.layer.at(0).size(), 2u);
    for (const Step &step : watched.layer[0]) {
        for (size_t u = 0; u < 4; u++) {
            EXPECT_EQ(step.candidate[u], 0.0);
            EXPECT_EQ(step.events[u], json_number_value(json_object_get(expected, "y")));
            EXPECT_FALSE(std::signbit(step.events[u]));
            EXPECT_EQ(step.state[u], step.candidate[u]);
        }
    }
    EXPECT_EQ(result->events->n_events,
              static_cast<uint64_t>(json_integer_value(json_object_get(expected, "o"))));
}

TEST_P(EgruExample, PaperFormFollowsTheEquationsOfThePaper)
{
    const json_t *cell = block("cell_example");
    Matrix kernel = matrix(json_object_get(cell, "kernel"));
    Matrix recurrent = matrix(json_object_get(cell, "recurrent_kernel"));
    Numbers bias = numbers(json_object_get(cell, "bias"));
    const Numbers second = numbers(json_object_get(cell, "recurrent_bias"));
    for (size_t c = 0; c < bias.size(); c++) {
        bias[c] += second[c];
        if (c >= 4)
            continue;
        bias[c] = -bias[c]; // u = 1 - z
        for (Numbers &row : kernel)
            row[c] = -row[c];
        for (Numbers &row : recurrent)
            row[c] = -row[c];
    }
    add_layer(kernel, recurrent, bias, Numbers(12, 0.0), numbers(json_object_get(cell, "thr")),
              "egru-paper");
    Network *made = network();
    check(made);
    const ReferenceRun *result = run_watched(made, cell_input(made));
    const json_t *expected = json_object_get(block("paper_form_example"), "expected");
    ASSERT_EQ(json_array_size(expected), watched.layer.at(0).size());
    for (size_t t = 0; t < json_array_size(expected); t++) {
        const json_t *step = json_array_get(expected, t);
        const Step &found = watched.layer[0][t];
        Numbers u, r, z;
        for (size_t i = 0; i < 4; i++) {
            u.push_back(real_sigmoid(found.input[i] + found.recurrent[i]));
            r.push_back(real_sigmoid(found.input[4 + i] + found.recurrent[4 + i]));
            z.push_back(real_tanh(found.input[8 + i] + found.recurrent[8 + i]));
        }
        expect_near(u, json_object_get(step, "u"), "u");
        expect_near(r, json_object_get(step, "r"), "r");
        expect_near(z, json_object_get(step, "z"), "z");
        expect_step(found, step, "c", t);
    }
    expect_trace(result->events, 0, expected, 0);
}

struct TinyLanguageModel : EgruExample {
    TinyLanguageModel() : example(block("tiny_language_model"))
    {
        const json_t *list = json_object_get(example, "layers");
        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *layer = json_array_get(list, i);
            add_layer(matrix(json_object_get(layer, "kernel")),
                      matrix(json_object_get(layer, "recurrent_kernel")),
                      numbers(json_object_get(layer, "bias")),
                      numbers(json_object_get(layer, "recurrent_bias")),
                      numbers(json_object_get(layer, "thr")));
        }
        Numbers embedding;
        for (const Numbers &row : matrix(json_object_get(example, "embedding")))
            embedding.insert(embedding.end(), row.begin(), row.end());
        const Numbers bias = numbers(json_object_get(example, "decoder_bias"));
        model = network();
        model->n_words = static_cast<uint32_t>(bias.size());
        model->embedding = copy(narrow(embedding));
        model->has_decoder = true;
        model->decoder = model->embedding;
        model->decoder_bias = copy(narrow(bias));
        NetworkF64 wide = *model->f64;
        wide.embedding = copy(embedding);
        wide.decoder = wide.embedding;
        wide.decoder_bias = copy(bias);
        model->f64 = copy(std::vector<NetworkF64>{wide});
    }

    InputStream tokens(const Network *made)
    {
        std::vector<uint32_t> ids;
        for (double id : numbers(json_object_get(example, "tokens")))
            ids.push_back(static_cast<uint32_t>(id));
        return token_input(made, ids);
    }

    void expect_all(const ReferenceRun *result)
    {
        const json_t *expected = json_object_get(example, "expected");
        const json_t *steps = json_object_get(expected, "layers");
        ASSERT_EQ(json_array_size(steps), watched.layer.size());
        for (uint32_t i = 0; i < watched.layer.size(); i++) {
            const json_t *layer = json_array_get(steps, i);
            ASSERT_EQ(json_array_size(layer), watched.layer[i].size());
            for (size_t t = 0; t < json_array_size(layer); t++)
                expect_step(watched.layer[i][t], json_array_get(layer, t), "h", t);
            expect_trace(result->events, i, layer, 0);
        }
        const json_t *logits = json_object_get(expected, "logits");
        ASSERT_EQ(json_array_size(logits), watched.logits.size());
        for (size_t t = 0; t < watched.logits.size(); t++)
            expect_near(watched.logits[t], json_array_get(logits, t), "logits");
        const uint64_t n = result->n_predictions;
        ASSERT_EQ(n, json_array_size(json_object_get(expected, "nll_per_token")));
        expect_near(Numbers(result->step_nll, result->step_nll + n),
                    json_object_get(expected, "nll_per_token"), "nll");
        EXPECT_NEAR(result->perplexity, json_number_value(json_object_get(expected, "perplexity")),
                    tolerance());
        expect_near(Numbers(result->activity, result->activity + 3),
                    json_object_get(expected, "activity_per_layer"), "activity");
    }

    const json_t *example;
    Network *model;
};

INSTANTIATE_TEST_SUITE_P(BothPrecisions, TinyLanguageModel, testing::Bool(),
                         [](const auto &which) { return which.param ? "Double" : "Single"; });

TEST_P(TinyLanguageModel, HasEveryStateLogitAndLossOfTheExample)
{
    check(model);
    expect_all(run_watched(model, tokens(model)));
}

TEST_P(TinyLanguageModel, SurvivesItsFilesInFullPrecision)
{
    check(model);
    ASSERT_EQ(network_save(arena, model, at("net").c_str(), &err), STATUS_OK) << err.message;
    const Network *loaded = load(at("net"));
    ASSERT_NE(loaded, nullptr);
    ASSERT_NE(loaded->f64, nullptr);
    EXPECT_EQ(loaded->hash, model->hash);
    expect_all(run_watched(loaded, tokens(loaded)));
}

TEST_P(TinyLanguageModel, CountsTheMultiplyAccumulatesOfEachStep)
{
    const ReferenceRun *result = run_watched(model, tokens(model));
    const json_t *expected = json_object_get(example, "mac_counts_per_step");
    const json_t *per_layer = json_object_get(expected, "layers");
    ASSERT_EQ(json_array_size(per_layer), 3u);
    for (size_t i = 0; i < 3; i++) {
        const json_t *layer = json_array_get(per_layer, i);
        MacCounts sum = {};
        for (size_t t = 0; t < result->n_steps; t++) {
            const MacCounts &found = result->step_macs[t * 3 + i];
            const auto want = [&](const char *key) {
                return static_cast<uint64_t>(
                    json_integer_value(json_array_get(json_object_get(layer, key), t)));
            };
            EXPECT_EQ(found.dense, want("dense")) << i << " " << t;
            EXPECT_EQ(found.weight_sparse, want("weight_sparse_only")) << i << " " << t;
            EXPECT_EQ(found.activity_sparse, want("activity_sparse_only")) << i << " " << t;
            EXPECT_EQ(found.both, want("both")) << i << " " << t;
            sum.dense += found.dense;
            sum.weight_sparse += found.weight_sparse;
            sum.activity_sparse += found.activity_sparse;
            sum.both += found.both;
        }
        EXPECT_EQ(std::memcmp(&sum, &result->layer_macs[i], sizeof sum), 0) << i;
    }
    uint64_t dense = 0, active = 0;
    for (double count : numbers(json_object_get(json_object_get(expected, "decoder"), "dense")))
        dense += static_cast<uint64_t>(count);
    for (double count :
         numbers(json_object_get(json_object_get(expected, "decoder"), "activity_sparse")))
        active += static_cast<uint64_t>(count);
    EXPECT_EQ(result->decoder_macs.dense, dense);
    EXPECT_EQ(result->decoder_macs.both, active);
}

TEST_P(TinyLanguageModel, StoresLayerOneInBothOrdersOfTheExample)
{
    const json_t *csr = json_object_get(example, "csr_layer1");
    const Layer &layer = model->layer[1];
    const SparseRows *matrices[] = {&layer.input, &layer.recurrent};
    const char *names[] = {"kernel", "recurrent_kernel"};
    for (int m = 0; m < 2; m++) {
        const SparseRows &rows = *matrices[m];
        Numbers start(rows.row_start, rows.row_start + rows.n_rows + 1),
            col(rows.col, rows.col + rows.n_nonzeros);
        const double *wide =
            m == 0 ? model->f64->layer[1].input_weight : model->f64->layer[1].recurrent_weight;
        Numbers weight(rows.weight, rows.weight + rows.n_nonzeros);
        if (GetParam())
            weight.assign(wide, wide + rows.n_nonzeros);
        const json_t *by_source =
            json_object_get(csr, (std::string("source_major_") + names[m]).c_str());
        EXPECT_EQ(start, numbers(json_object_get(by_source, "row_ptr")));
        EXPECT_EQ(col, numbers(json_object_get(by_source, "col_idx")));
        const Numbers val = numbers(json_object_get(by_source, "val"));
        ASSERT_EQ(weight.size(), val.size());
        for (size_t k = 0; k < val.size(); k++)
            EXPECT_NEAR(weight[k], val[k], tolerance());

        Numbers target_start = {0}, source, target_weight;
        for (uint32_t c = 0; c < rows.n_cols; c++) {
            for (uint32_t r = 0; r < rows.n_rows; r++) {
                for (uint64_t k = rows.row_start[r]; k < rows.row_start[r + 1]; k++) {
                    if (rows.col[k] == c) {
                        source.push_back(r);
                        target_weight.push_back(weight[k]);
                    }
                }
            }
            target_start.push_back(static_cast<double>(source.size()));
        }
        const json_t *by_target =
            json_object_get(csr, (std::string("target_major_") + names[m]).c_str());
        EXPECT_EQ(target_start, numbers(json_object_get(by_target, "row_ptr")));
        EXPECT_EQ(source, numbers(json_object_get(by_target, "col_idx")));
        const Numbers target_val = numbers(json_object_get(by_target, "val"));
        ASSERT_EQ(target_weight.size(), target_val.size());
        for (size_t k = 0; k < target_val.size(); k++)
            EXPECT_NEAR(target_weight[k], target_val[k], tolerance());
    }
}

TEST_P(TinyLanguageModel, IsPrunedAndShapedAsTheExampleSays)
{
    EXPECT_EQ(model->n_words,
              static_cast<uint32_t>(json_integer_value(json_object_get(example, "vocab"))));
    EXPECT_EQ(model->n_inputs,
              static_cast<uint32_t>(json_integer_value(json_object_get(example, "emb_dim"))));
    uint64_t stored = 0, dense = 0;
    const Matrix shapes = matrix(json_object_get(example, "layer_dims"));
    for (size_t i = 0; i < shapes.size(); i++) {
        EXPECT_EQ(model->layer[i].n_inputs, static_cast<uint32_t>(shapes[i][0]));
        EXPECT_EQ(model->layer[i].n_units, static_cast<uint32_t>(shapes[i][1]));
        stored += network_sparse_macs(&model->layer[i]);
        dense += network_dense_macs(&model->layer[i]);
    }
    EXPECT_EQ(dense, 243u);
    EXPECT_EQ(dense - stored, 122u);
}
