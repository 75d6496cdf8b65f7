// The compiler's estimate against the event engine, and what the objectives win in it.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "compiler/compiler.h"
#include "models/generate.h"
#include "models/input.h"
#include "sim/sim.h"

namespace
{

struct Figures {
    double latency_us, rate;
};

class EstimateEvent : public ::testing::Test
{
  protected:
    Arena *arena = arena_new();
    Err err{};
    const Chip *chip = nullptr;
    const Topology *topology = nullptr;
    const Network *network = nullptr;
    const InputStream *input = nullptr;
    const EventTrace *trace = nullptr;
    std::vector<std::vector<double>> rate;
    std::vector<const double *> layer_rate;
    UnitRates rates{};

    ~EstimateEvent() override
    {
        arena_free(arena);
    }

    // fan_in 0: weights anywhere, by density; else a structure.
    void load(const std::vector<uint32_t> &size, double density, double input_rate, double own,
              uint32_t n_steps, Structure structure = STRUCTURE_UNIFORM, uint32_t fan_in = 0)
    {
        const ChipSetting setting = {"grid.usable_cores", "150"};
        ASSERT_EQ(chip_load(arena, EGRET_SOURCE_DIR "/arch/chips/spinnaker2.yaml", nullptr,
                            &setting, 1, &chip, &err),
                  STATUS_OK)
            << err.message;
        ASSERT_EQ(topology_build(arena, chip, &topology, &err), STATUS_OK);
        GenerateOptions generate{};
        generate.name = "generated";
        generate.cell = "egru";
        generate.n_sizes = static_cast<uint32_t>(size.size());
        generate.size = size.data();
        generate.density = density;
        generate.structure = structure;
        generate.fan_in = fan_in;
        generate.n_communities = 4;
        generate.inside = 0.95;
        generate.reach = 8;
        generate.threshold_mean = 0.25;
        generate.gain = 1.0;
        generate.seed = 1;
        ASSERT_EQ(network_generate(arena, &generate, &network, &err), STATUS_OK);
        std::vector<double> mean{input_rate};
        rate.emplace_back(size[0], input_rate);
        for (size_t l = 1; l < size.size(); l++) {
            rate.emplace_back(size[l], own);
            mean.push_back(own);
        }
        for (size_t l = 1; l < size.size(); l++)
            layer_rate.push_back(rate[l].data());
        rates = {rate[0].data(), layer_rate.data()};
        ActivityStatistics statistics{};
        statistics.n_rates = static_cast<uint32_t>(size.size());
        statistics.rate = mean.data();
        statistics.n_steps = n_steps;
        statistics.seed = 3;
        ASSERT_EQ(activity_draw(arena, network, &statistics, &input, &trace, &err), STATUS_OK);
    }

    Figures simulate(const Program *program)
    {
        Figures figures{};
        SimOptions options{};
        const Trace *run = nullptr;
        options.mode = SIM_REPLAY;
        options.arrival = ARRIVE_SEQUENTIAL;
        EXPECT_EQ(sim_run(arena, program, topology, input, trace, &options, &run, &err), STATUS_OK)
            << err.message;
        figures.latency_us = static_cast<double>(run->end_ps) * 1e-6 / run->n_steps;
        options.arrival = ARRIVE_PIPELINED;
        EXPECT_EQ(sim_run(arena, program, topology, input, trace, &options, &run, &err), STATUS_OK)
            << err.message;
        double span = static_cast<double>(run->step[run->n_steps - 1].end_ps - run->step[0].end_ps);
        figures.rate = (run->n_steps - 1) * 1e12 / span;
        return figures;
    }

    const CompileSummary *summary = nullptr;

    Figures compile_and_simulate(const char *split, Objective objective,
                                 const std::vector<uint32_t> &count = {})
    {
        CompileOptions options{};
        options.format = FORMAT_SOURCE;
        options.split = split;
        options.objective = objective;
        options.rates = &rates;
        options.n_core_counts = static_cast<uint32_t>(count.size());
        options.core_count = count.data();
        const Program *program = nullptr;
        EXPECT_EQ(compile(arena, chip, topology, network, &options, &program, &summary, &err),
                  STATUS_OK)
            << err.message;
        return simulate(program);
    }

    void expect_close(const Figures &simulated)
    {
        EXPECT_NEAR(summary->estimate.latency_us, simulated.latency_us, 0.1 * simulated.latency_us);
    }
};

// Cores of each layer as a percentage of its share of the chip; 0: chosen.
struct MappingCase {
    const char *split;
    Objective objective;
    uint32_t percent;
};

const std::vector<MappingCase> MAPPINGS{
    {"equal", OBJECTIVE_LATENCY, 100},  {"equal", OBJECTIVE_LATENCY, 50},
    {"equal", OBJECTIVE_LATENCY, 15},   {"balanced", OBJECTIVE_LATENCY, 100},
    {"balanced", OBJECTIVE_LATENCY, 0}, {"shared", OBJECTIVE_LATENCY, 0},
    {"cluster", OBJECTIVE_LATENCY, 50}, {"streaming", OBJECTIVE_LATENCY, 25},
    {"auto", OBJECTIVE_LATENCY, 0},     {"auto", OBJECTIVE_THROUGHPUT, 0},
    {"auto", OBJECTIVE_ENERGY, 0},      {"auto", OBJECTIVE_MEMORY, 0}};

struct NetworkCase {
    const char *name;
    std::vector<uint32_t> size;
    double density, input_rate, rate;
    Structure structure;
    uint32_t fan_in;
};

class EstimateEvents : public EstimateEvent, public ::testing::WithParamInterface<NetworkCase>
{
};

TEST_P(EstimateEvents, MakespansAreWithinATenthAndInTheSameOrder)
{
    const NetworkCase &from = GetParam();
    load(from.size, from.density, from.input_rate, from.rate, 12, from.structure, from.fan_in);
    std::vector<double> estimated, simulated;
    for (const MappingCase &how : MAPPINGS) {
        std::vector<uint32_t> count;
        const auto n_layers = static_cast<uint32_t>(from.size.size() - 1);
        for (uint32_t l = 0; l < n_layers && how.percent > 0; l++)
            count.push_back(std::min(from.size[l + 1], 150 / n_layers * how.percent / 100));
        Figures figures = compile_and_simulate(how.split, how.objective, count);
        EXPECT_NEAR(summary->estimate.latency_us, figures.latency_us, 0.1 * figures.latency_us)
            << how.split << " " << how.percent;
        EXPECT_NEAR(summary->estimate.tokens_per_second, figures.rate, 0.15 * figures.rate)
            << how.split << " " << how.percent;
        estimated.push_back(summary->estimate.latency_us);
        simulated.push_back(figures.latency_us);
    }
    for (size_t i = 0; i < MAPPINGS.size(); i++)
        for (size_t j = 0; j < MAPPINGS.size(); j++)
            if (simulated[i] > 1.1 * simulated[j]) {
                EXPECT_GT(estimated[i], estimated[j]) << i << " " << j;
            }
}

INSTANTIATE_TEST_SUITE_P(
    Networks, EstimateEvents,
    ::testing::Values(
        NetworkCase{"Random256", {128, 256, 256, 128}, 0.1, 0.5, 0.2, STRUCTURE_UNIFORM, 0},
        NetworkCase{"Random128", {64, 128, 64}, 0.2, 1.0, 0.2, STRUCTURE_UNIFORM, 0},
        NetworkCase{"Random48", {32, 48, 32, 24}, 0.3, 1.0, 0.3, STRUCTURE_UNIFORM, 0},
        NetworkCase{"Communities", {64, 160, 120}, 0.0, 0.5, 0.2, STRUCTURE_COMMUNITIES, 10},
        NetworkCase{"Ring", {64, 160, 120}, 0.0, 0.5, 0.2, STRUCTURE_RING, 10}),
    [](const auto &one) { return one.param.name; });

// Published deployment: arXiv:2312.09084, 50 cores a layer, contiguous.
TEST_F(EstimateEvent, PublishedSizeGainsHalfInLatencyAndAThirdInThroughput)
{
    load({750, 1350, 1350, 750}, 0.05, 1.0, 0.1, 4);
    Figures published = compile_and_simulate("equal", OBJECTIVE_LATENCY, {50, 50, 50});
    Figures latency = compile_and_simulate("auto", OBJECTIVE_LATENCY);
    expect_close(latency);
    EXPECT_GE(published.latency_us, 1.5 * latency.latency_us);
    for (uint32_t l = 0; l < 3; l++)
        EXPECT_LE(summary->layer[l].work_max_by_mean, 1.1);
    Figures throughput = compile_and_simulate("auto", OBJECTIVE_THROUGHPUT);
    EXPECT_GE(throughput.rate, 1.3 * published.rate);
    for (uint32_t l = 0; l < 3; l++)
        EXPECT_LE(summary->layer[l].work_max_by_mean, 1.1);
}

} // namespace
