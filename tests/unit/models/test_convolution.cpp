// test_convolution.cpp - convolutions as sparse rows: against plain loops, in files, in a published
// network.
#include "network_files.h"

#include <cmath>

#include "base/rng.h"
#include "models/convolution.h"
#include "models/quantize.h"

struct ConvolutionTest : ModelsTest {
    Rng rng = rng_make(9, 1);

    uint32_t between(uint32_t least, uint32_t most)
    {
        return least + static_cast<uint32_t>(rng_below(&rng, most - least + 1));
    }

    // Small whole numbers: sums are exact in any order. Every third weight is zero.
    std::vector<float> whole_numbers(size_t n)
    {
        std::vector<float> values(n);
        for (float &value : values)
            value = rng_below(&rng, 3) == 0 ? 0.0f : static_cast<float>(between(0, 16)) - 8.0f;
        return values;
    }

    Convolution draw_shape()
    {
        Convolution of = {};
        do {
            of.channels = between(1, 3);
            of.height = between(1, 9);
            of.width = between(1, 9);
            of.pool = between(1, 3);
            of.kernel = between(1, 5);
            of.stride = between(1, 3);
            of.padding = between(0, 2);
        } while (convolution_size(&of) != nullptr);
        of.n_filters = between(1, 4);
        const size_t n = static_cast<size_t>(of.n_filters) * of.channels * of.kernel * of.kernel;
        of.filter = copy(whole_numbers(n));
        convolution_places(arena, &of);
        return of;
    }

    // Sums of squares, left-overs dropped.
    static std::vector<float> pooled(const Convolution &of, const std::vector<float> &input)
    {
        const uint32_t h = of.height / of.pool, w = of.width / of.pool;
        std::vector<float> sum(static_cast<size_t>(of.channels) * h * w);
        for (uint32_t c = 0; c < of.channels; c++)
            for (uint32_t y = 0; y < h * of.pool; y++)
                for (uint32_t x = 0; x < w * of.pool; x++)
                    sum[(c * h + y / of.pool) * w + x / of.pool] +=
                        input[(c * of.height + y) * of.width + x];
        return sum;
    }

    // Output by output, kernel cell by kernel cell, with zeros around.
    static std::vector<float> plain(const Convolution &of, const std::vector<float> &input)
    {
        const int h = static_cast<int>(of.height / of.pool),
                  w = static_cast<int>(of.width / of.pool);
        const int k = static_cast<int>(of.kernel), stride = static_cast<int>(of.stride),
                  padding = static_cast<int>(of.padding), channels = static_cast<int>(of.channels);
        std::vector<float> out;
        for (int f = 0; f < static_cast<int>(of.n_filters); f++)
            for (int top = -padding; top + k <= h + padding; top += stride)
                for (int left = -padding; left + k <= w + padding; left += stride) {
                    float sum = 0;
                    for (int c = 0; c < channels; c++)
                        for (int y = 0; y < k; y++)
                            for (int x = 0; x < k; x++)
                                if (top + y >= 0 && top + y < h && left + x >= 0 && left + x < w)
                                    sum += of.filter[((f * channels + c) * k + y) * k + x] *
                                           input[static_cast<size_t>((c * h + top + y) * w + left +
                                                                     x)];
                    out.push_back(sum);
                }
        return out;
    }

    static std::vector<float> by_rows(const SparseRows &rows, const std::vector<float> &input)
    {
        std::vector<float> sum(rows.n_cols);
        for (uint32_t r = 0; r < rows.n_rows; r++)
            for (uint64_t k = rows.row_start[r]; k < rows.row_start[r + 1]; k++)
                sum[rows.col[k]] += rows.weight[k] * input[r];
        return sum;
    }
};

TEST_F(ConvolutionTest, RowsComputeWhatPlainLoopsDo)
{
    int n_pooled = 0, n_strided = 0, n_padded = 0;
    for (int i = 0; i < 400; i++) {
        const Convolution of = draw_shape();
        SparseRows rows = {};
        convolution_rows(arena, &of, &rows, nullptr);
        const std::vector<float> input = whole_numbers(rows.n_rows);
        EXPECT_EQ(by_rows(rows, input), plain(of, pooled(of, input)));
        for (uint32_t r = 0; r < rows.n_rows; r++) {
            EXPECT_LE(rows.row_start[r + 1] - rows.row_start[r], of.row_places[r]);
            for (uint64_t k = rows.row_start[r]; k < rows.row_start[r + 1]; k++)
                EXPECT_TRUE(k == rows.row_start[r] || rows.col[k - 1] < rows.col[k]);
        }
        n_pooled += of.pool > 1;
        n_strided += of.stride > 1;
        n_padded += of.padding > 0;
    }
    EXPECT_GT(n_pooled, 50);
    EXPECT_GT(n_strided, 50);
    EXPECT_GT(n_padded, 50);
}

TEST_F(ConvolutionTest, PlacesAreTheWeightsOfFiltersWithoutZeros)
{
    for (int i = 0; i < 100; i++) {
        Convolution of = draw_shape();
        const size_t n = static_cast<size_t>(of.n_filters) * of.channels * of.kernel * of.kernel;
        of.filter = copy(std::vector<float>(n, 1.0f));
        SparseRows rows = {};
        convolution_rows(arena, &of, &rows, nullptr);
        EXPECT_EQ(of.n_places, rows.n_nonzeros);
        for (uint32_t r = 0; r < rows.n_rows; r++)
            EXPECT_EQ(of.row_places[r], rows.row_start[r + 1] - rows.row_start[r]);
    }
}

TEST_F(ConvolutionTest, DoubleWeightsStandBesideTheirRoundings)
{
    Convolution of = draw_shape();
    const size_t n = static_cast<size_t>(of.n_filters) * of.channels * of.kernel * of.kernel;
    std::vector<double> wide(n);
    std::vector<float> narrow(n);
    for (size_t i = 0; i < n; i++) {
        wide[i] = rng_normal(&rng);
        narrow[i] = static_cast<float>(wide[i]);
    }
    of.filter = copy(narrow);
    of.filter_f64 = copy(wide);
    SparseRows rows = {};
    const double *weight = nullptr;
    convolution_rows(arena, &of, &rows, &weight);
    ASSERT_GT(rows.n_nonzeros, 0u);
    for (uint64_t k = 0; k < rows.n_nonzeros; k++)
        EXPECT_EQ(static_cast<float>(weight[k]), rows.weight[k]);
}

TEST_F(ConvolutionTest, ShapesThatLeaveNothingAreRefused)
{
    const auto why = [](uint32_t side, uint32_t pool, uint32_t kernel, uint32_t padding) {
        Convolution of = {};
        of.channels = 1;
        of.height = of.width = side;
        of.pool = pool;
        of.kernel = kernel;
        of.stride = 1;
        of.padding = padding;
        const char *text = convolution_size(&of);
        return std::string(text == nullptr ? "" : text);
    };
    EXPECT_EQ(why(4, 1, 3, 1), "");
    EXPECT_NE(why(4, 5, 1, 0).find("pool"), std::string::npos);
    EXPECT_NE(why(4, 2, 3, 0).find("kernel"), std::string::npos);
    EXPECT_NE(why(4, 1, 2, 2).find("padding"), std::string::npos);
}

// --- files

struct ConvolutionFiles : NetworkFiles {
    // 2 x 4 x 4 inputs, pooled to 2 x 2 x 2, kernel 2 with padding 1: 3 x 3 outputs of 2 filters.
    static std::string yaml(const std::string &shape)
    {
        return "format: egret-network\n"
               "version: 1\n"
               "name: conv\n"
               "inputs: 32\n"
               "state:\n"
               "  carry: full\n"
               "layers:\n"
               "  - name: first\n"
               "    cell: lif\n"
               "    units: 18\n"
               "    threshold: plain\n"
               "    beta: 0.5\n"
               "    convolution: {" +
               shape + "}\n";
    }

    static const char *shape()
    {
        return "channels: 2, height: 4, width: 4, pool: 2, kernel: 2, padding: 1";
    }

    void write_files(const std::string &text, const std::vector<uint64_t> &filter_shape,
                     const std::string &dtype = "F32")
    {
        uint64_t n = 1;
        for (const uint64_t side : filter_shape)
            n *= side;
        std::vector<float> narrow(n);
        std::vector<double> wide(n);
        for (uint64_t i = 0; i < n; i++) {
            wide[i] = static_cast<double>(i % 5) - 2.25;
            narrow[i] = static_cast<float>(i % 5) - 2.25f;
        }
        const std::string bytes = dtype == "F64" ? raw(wide) : raw(narrow);
        const std::string ones = raw(std::vector<float>(18, 1.5f));
        EXPECT_EQ(file_make_folder(at("net").c_str(), &made, &err), STATUS_OK);
        write(at("net/network.yaml"), text);
        write(at("net/weights.safetensors"),
              safetensors({{"layers.0.kernel", dtype, filter_shape, bytes},
                           {"layers.0.threshold", "F32", {18}, ones}}));
    }

    void refuses(const std::string &part)
    {
        const Network *network = nullptr;
        err = {};
        EXPECT_EQ(network_load(arena, at("net").c_str(), &network, &err), STATUS_INPUT);
        EXPECT_NE(std::string(err.message).find(part), std::string::npos) << err.message;
    }

    bool made = false;
};

TEST_F(ConvolutionFiles, FiltersBecomeRowsAndReadBackEqual)
{
    for (const char *dtype : {"F32", "F64"}) {
        write_files(yaml(shape()), {2, 2, 2, 2}, dtype);
        const Network *network = load(at("net"));
        ASSERT_NE(network, nullptr);
        const Layer &layer = network->layer[0];
        ASSERT_NE(layer.convolution, nullptr);
        EXPECT_EQ(layer.convolution->out_height, 3u);
        EXPECT_EQ(layer.convolution->n_filters, 2u);
        EXPECT_EQ(network_dense_macs(&layer), layer.input.n_nonzeros); // no filter weight is 0
        EXPECT_EQ(layer.input.n_nonzeros, 32u * 2 * 4); // each square in 2 x 2 windows of 2 filters
        ASSERT_EQ(network_save(arena, network, at("again").c_str(), &err), STATUS_OK)
            << err.message;
        const Network *again = load(at("again"));
        ASSERT_NE(again, nullptr);
        EXPECT_EQ(again->hash, network->hash);
        const std::string first = read(at("again/weights.safetensors"));
        ASSERT_EQ(network_save(arena, again, at("again").c_str(), &err), STATUS_OK);
        EXPECT_EQ(read(at("again/weights.safetensors")), first);
    }
}

TEST_F(ConvolutionFiles, WhatDoesNotFitTogetherIsRefusedWithItsPlace)
{
    const auto with = [&](const std::string &from, const std::string &to) {
        std::string text = yaml(shape());
        text.replace(text.find(from), from.size(), to);
        write_files(text, {2, 2, 2, 2});
    };
    with("channels: 2", "channels: 3");
    refuses("network.yaml:13:18: layers[0].convolution: 3 x 4 x 4 sources; expected 32 in all");
    with("kernel: 2", "kernel: 5");
    refuses("network.yaml:13:18: layers[0].convolution: there is no such convolution: its kernel");
    with("units: 18", "units: 19");
    refuses("network.yaml:10:12: layers[0].units: 19 units; expected 3 x 3 of each output channel");
    with("pool: 2", "pool: 0");
    refuses("layers[0].convolution.pool: 0 is too small; expected a whole number from 1");
    with("padding: 1", "border: 1");
    refuses("unknown key 'border'");
    with("height: 4, ", "");
    refuses("height");
    write_files(yaml(shape()), {2, 2, 4});
    refuses("tensor 'layers.0.kernel': is of another shape; expected the filters [2, 2, 2, 2]");
    write_files(yaml(shape()), {3, 2, 2, 2});
    refuses("expected the filters [2, 2, 2, 2]");
}

// --- the published network

struct Preset : ModelsTest {
    const Network *dvs(uint64_t seed = 1)
    {
        const Network *network = nullptr;
        EXPECT_EQ(network_generate_preset(arena, "dvs-gesture", "dvs", seed, &network, &err),
                  STATUS_OK)
            << err.message;
        EXPECT_EQ(network_check(network, &err), STATUS_OK) << err.message;
        return network;
    }
};

TEST_F(Preset, DvsGestureHasThePublishedSizes)
{
    const Network *network = dvs();
    const uint32_t units[] = {16 * 15 * 15, 16 * 15 * 15, 8 * 7 * 7, 256, 11};
    const uint64_t parameters[] = {800, 2304, 1152, 18432, 2816};
    uint64_t n_parameters = 0, n_units = 0;
    ASSERT_EQ(network->n_layers, 5u);
    EXPECT_EQ(network->n_inputs, 2u * 32 * 32);
    for (uint32_t l = 0; l < 5; l++) {
        const Layer &layer = network->layer[l];
        const Convolution *of = layer.convolution;
        const uint64_t n = of == nullptr ? layer.input.n_nonzeros
                                         : static_cast<uint64_t>(of->n_filters) * of->channels *
                                               of->kernel * of->kernel;
        EXPECT_EQ(layer.n_units, units[l]);
        EXPECT_EQ(n, parameters[l]);
        EXPECT_TRUE(layer_is_feed_forward(&layer));
        EXPECT_NEAR(layer.activity * 7859 * 600, 257305, 1e-6);
        n_units += layer.n_units;
        n_parameters += n;
    }
    EXPECT_EQ(n_units, 7859u);
    EXPECT_EQ(n_parameters, 25504u);
}

TEST_F(Preset, DvsGestureIsAboutAsActiveAsAssumed)
{
    const Network *network = dvs();
    Rng rng = rng_make(1, 2);
    std::vector<float> input(200 * static_cast<size_t>(network->n_inputs));
    for (float &value : input)
        value = rng_uniform(&rng) < 0.025 ? 1.0f : 0.0f;
    const ReferenceRun *result = run(network, vector_input(network, input));
    for (uint32_t l = 0; l < 4; l++) {
        EXPECT_GT(result->activity[l], 0.03) << l;
        EXPECT_LT(result->activity[l], 0.09) << l;
    }
    EXPECT_NEAR(result->mean_activity, 0.0546, 0.01);
}

TEST_F(Preset, SameSeedSameNetworkAnotherSeedAnother)
{
    EXPECT_EQ(dvs(1)->hash, dvs(1)->hash);
    EXPECT_NE(dvs(1)->hash, dvs(2)->hash);
    const Network *network = nullptr;
    EXPECT_EQ(network_generate_preset(arena, "lenet", "x", 1, &network, &err), STATUS_USAGE);
    EXPECT_EQ(network_generate_preset(arena, "dvs-gesture", "", 1, &network, &err), STATUS_USAGE);
}
