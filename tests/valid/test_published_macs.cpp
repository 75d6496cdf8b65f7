// test_published_macs.cpp - effective MACs of published networks, by Egret's own counting.
//
// Subramoney et al. (arXiv:2206.06178v1, Table 1): two layers on DVS128 gestures, 2,048 inputs, dense
// weights, recurrent products scaled by the activity. Between the layers goes a trace that is never 0,
// so the second layer's input counts dense: each layer is counted here as a network of its own with a
// dense input. Three ways to count: a closed form written out, events drawn and counted over their
// rows (reference_macs), and what is expected of a shape (`egret count`).
// Mukherji et al. (arXiv:2311.07625): MACs fall by weight sparsity times activity sparsity.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "models/generate.h"
#include "models/input.h"
#include "models/reference.h"
#include "sim/expect.h"

namespace
{

constexpr double TOLERANCE = 0.002, MILLION = 1e6;
constexpr double N_GATES = 3;

struct DvsModel {
    uint32_t n_units;
    double activity;  // 1 - the published activity sparsity
    double published; // effective MACs, millions
};

// In the order of the table: EGRU 512, EGRU 1024, EGRU 1024 with augmented data, GRU 1024.
const DvsModel DVS_MODELS[] = {
    {512, 0.1621, 4.19}, {1024, 0.1747, 10.54}, {1024, 0.2123, 10.77}, {1024, 1, 15.73}};
constexpr uint32_t DVS_INPUTS = 2048;

class PublishedMacs : public ::testing::Test
{
  protected:
    Arena *arena = arena_new();
    Err err{};

    ~PublishedMacs() override
    {
        arena_free(arena);
    }

    const Network *draw(const std::vector<uint32_t> &size, double density)
    {
        const Network *network = nullptr;
        GenerateOptions options{};
        options.name = "published";
        options.cell = "egru";
        options.n_sizes = static_cast<uint32_t>(size.size());
        options.size = size.data();
        options.density = density;
        options.pick = PICK_EXACT;
        options.threshold_mean = 0.01;
        options.gain = 1;
        options.seed = 1;
        EXPECT_EQ(network_generate(arena, &options, &network, &err), STATUS_OK) << err.message;
        return network;
    }

    // MACs a token with a dense input and units active as told, first step left out: nothing recurs yet.
    double counted(const std::vector<uint32_t> &size, double density, double activity,
                   uint32_t n_steps)
    {
        const Network *network = draw(size, density);
        std::vector<double> rate(size.size(), activity);
        rate[0] = 1;
        const ActivityStatistics statistics = {static_cast<uint32_t>(rate.size()), rate.data(), 0,
                                               n_steps + 1, 1};
        const InputStream *input = nullptr;
        const EventTrace *events = nullptr;
        const ReferenceRun *run = nullptr;
        EXPECT_EQ(activity_draw(arena, network, &statistics, &input, &events, &err), STATUS_OK);
        EXPECT_EQ(reference_macs(arena, network, input, events, true, &run, &err), STATUS_OK);
        double sum = 0;
        for (uint32_t i = network->n_layers; i < (n_steps + 1) * network->n_layers; i++)
            sum += static_cast<double>(run->step_macs[i].both);
        return sum / n_steps;
    }

    double expected(const Topology *topology, const std::vector<uint32_t> &size, double activity)
    {
        std::vector<double> rate(size.size(), activity);
        rate[0] = 1;
        constexpr uint32_t n_steps = 1000;
        ExpectOptions options{};
        options.n_layers = static_cast<uint32_t>(size.size()) - 1;
        options.size = size.data();
        options.rate = rate.data();
        options.density = 1;
        options.n_steps = n_steps;
        options.any_memory = true;
        const Expected *out = nullptr;
        EXPECT_EQ(expect_make(arena, topology, &options, &out, &err), STATUS_OK) << err.message;
        double sum = 0;
        for (uint32_t l = 0; l < options.n_layers; l++)
            sum += static_cast<double>(out->reference->layer_macs[l].both);
        return sum / n_steps;
    }
};

double dvs_layer(double n_inputs, double n_units, double activity)
{
    return N_GATES * n_units * (n_inputs + activity * n_units);
}

TEST_F(PublishedMacs, OfDvsModelsByTheClosedForm)
{
    for (const DvsModel &model : DVS_MODELS)
        EXPECT_NEAR((dvs_layer(DVS_INPUTS, model.n_units, model.activity) +
                     dvs_layer(model.n_units, model.n_units, model.activity)) /
                        MILLION / model.published,
                    1, TOLERANCE)
            << model.published;
}

TEST_F(PublishedMacs, OfDvsModelsCountedOverEventsAndRows)
{
    constexpr uint32_t n_steps = 100;
    for (const DvsModel &model : DVS_MODELS)
        EXPECT_NEAR((counted({DVS_INPUTS, model.n_units}, 1, model.activity, n_steps) +
                     counted({model.n_units, model.n_units}, 1, model.activity, n_steps)) /
                        MILLION / model.published,
                    1, TOLERANCE)
            << model.published;
}

TEST_F(PublishedMacs, OfDvsModelsExpectedOfTheirShapes)
{
    const Chip *chip = nullptr;
    const Topology *topology = nullptr;
    ASSERT_EQ(
        chip_load(arena, "spinnaker2", EGRET_SOURCE_DIR "/arch/chips", nullptr, 0, &chip, &err),
        STATUS_OK)
        << err.message;
    ASSERT_EQ(topology_build(arena, chip, &topology, &err), STATUS_OK) << err.message;
    for (const DvsModel &model : DVS_MODELS)
        EXPECT_NEAR((expected(topology, {DVS_INPUTS, model.n_units}, model.activity) +
                     expected(topology, {model.n_units, model.n_units}, model.activity)) /
                        MILLION / model.published,
                    1, TOLERANCE)
            << model.published;
}

// E = (1 - s)(D_in + a D_rest): 24.165 M MACs of the published language model's shape become 1.208 M.
TEST_F(PublishedMacs, FallTwentyfoldAtDensity15AndActivity23)
{
    const std::vector<uint32_t> size = {750, 1350, 1350, 750};
    constexpr double density = 0.15, activity = 0.2375;
    const double in = N_GATES * 1350 * 750;
    const double rest = N_GATES * (1350 * 1350 + 1350 * (1350 + 1350) + 750 * (1350 + 750));
    const double law = density * (in + activity * rest);
    EXPECT_NEAR((in + rest) / law, 20, 0.01);
    EXPECT_NEAR(counted(size, density, activity, 100) / law, 1, 0.005);
}

} // namespace
