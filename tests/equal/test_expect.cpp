// test_expect.cpp - what is expected of a shape is what stored networks of that shape count.
//
// Networks are drawn weight by weight and unit by unit from the same probabilities, compiled with as many
// cores a layer, and counted over many steps. Rounding aside, the sum of n independent draws of mean m
// is off by about sqrt(n m); the tolerances are four such deviations of the sums compared, where
// weights are drawn once and events in every step.
#include <cmath>

#include "compiler/compiler.h"
#include "sim/expect.h"
#include "sim_fixture.hpp"

namespace
{

class Expect : public SimTest
{
  protected:
    std::vector<uint32_t> sizes;
    std::vector<double> rates;
    std::vector<uint32_t> cores;
    ExpectOptions shape{};
    const Expected *expected = nullptr;
    const Trace *mean = nullptr, *counted = nullptr;

    void use_shape(double density, uint32_t n_steps)
    {
        shape.n_layers = static_cast<uint32_t>(cores.size());
        shape.size = sizes.data();
        shape.rate = rates.data();
        shape.n_cores = cores.data();
        shape.density = density;
        shape.n_steps = n_steps;
        ASSERT_EQ(expect_make(arena, topology, &shape, &expected, &err), STATUS_OK) << err.message;
        ASSERT_EQ(expect_trace(arena, topology, expected, ARRIVE_SEQUENTIAL, &mean, &err),
                  STATUS_OK)
            << err.message;
    }

    void store_shape(uint64_t seed)
    {
        GenerateOptions generate{};
        generate.name = "stored";
        generate.cell = "egru";
        generate.n_sizes = static_cast<uint32_t>(sizes.size());
        generate.size = sizes.data();
        generate.density = shape.density;
        generate.pick = PICK_BERNOULLI;
        generate.threshold_mean = 0.05;
        generate.gain = 1;
        generate.seed = seed;
        ASSERT_EQ(network_generate(arena, &generate, &network, &err), STATUS_OK) << err.message;
        const ActivityStatistics statistics = {static_cast<uint32_t>(rates.size()), rates.data(), 0,
                                               shape.n_steps, seed};
        ASSERT_EQ(activity_draw(arena, network, &statistics, &input, &events, &err), STATUS_OK);
        CompileOptions how{};
        how.format = FORMAT_SOURCE;
        how.split = "equal";
        how.placement = "sequential";
        how.n_core_counts = shape.n_layers;
        how.core_count = cores.data();
        const Program *compiled = nullptr;
        const CompileSummary *summary = nullptr;
        ASSERT_EQ(compile(arena, chip, topology, network, &how, &compiled, &summary, &err),
                  STATUS_OK)
            << err.message;
        program = const_cast<Program *>(compiled);
        options.engine = "count";
        counted = simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL);
        ASSERT_NE(counted, nullptr);
    }

    static void expect_near(double a, double b, double relative, const std::string &what)
    {
        EXPECT_NEAR(a / b, 1.0, relative) << what << ": " << a << " expected, " << b << " counted";
    }

    uint64_t off_board_frames(const Trace *trace) const
    {
        uint64_t frames = 0;
        for (uint32_t r = 0; r < topology->n_router_links; r++)
            if (topology->router_link[r].off_board)
                frames += trace->link[trace->n_links - topology->n_router_links + r].flits;
        return frames;
    }

    static uint64_t all_flits(const Trace *trace)
    {
        uint64_t flits = 0;
        for (uint32_t l = 0; l < trace->n_links; l++)
            flits += trace->link[l].flits;
        return flits;
    }
};

TEST_F(Expect, TotalsAreThoseOfStoredNetworks)
{
    use_chip("spinnaker2");
    sizes = {120, 180, 150};
    rates = {0.8, 0.2, 0.15};
    cores = {20, 13};
    use_shape(0.08, 400);
    store_shape(5);
    EXPECT_STREQ(mean->sync, counted->sync); // reports of both name it
    for (Count count : {COUNT_RECEIVE_CYCLES, COUNT_UPDATE_CYCLES, COUNT_EMIT_CYCLES,
                        COUNT_EVENTS_IN, COUNT_EVENTS_OUT, COUNT_SYNAPTIC_OPS, COUNT_UNIT_UPDATES,
                        COUNT_SRAM_READ_BYTES, COUNT_SRAM_WRITE_BYTES})
        expect_near(static_cast<double>(total(mean, count)),
                    static_cast<double>(total(counted, count)), 0.01, count_name(count));
    for (Count count : {COUNT_MARKERS_IN, COUNT_MARKERS_OUT})
        expect_near(static_cast<double>(total(mean, count)),
                    static_cast<double>(total(counted, count)), 0.03, count_name(count));
    for (uint32_t l = 0; l < shape.n_layers; l++)
        expect_near(static_cast<double>(mean->layer[l].deliveries),
                    static_cast<double>(counted->layer[l].deliveries), 0.01, "deliveries");
    expect_near(static_cast<double>(all_flits(mean)), static_cast<double>(all_flits(counted)), 0.01,
                "flits");
    expect_near(static_cast<double>(mean->router_lookups),
                static_cast<double>(counted->router_lookups), 0.01, "look-ups");
    expect_near(static_cast<double>(mean->host_bits), static_cast<double>(counted->host_bits), 0.01,
                "bits of the host");
    EXPECT_EQ(mean->input_traffic.host_packets, mean->host_events_in);
    for (uint32_t l = 0; l < shape.n_layers; l++)
        expect_near(static_cast<double>(mean->layer[l].traffic.host_packets),
                    static_cast<double>(counted->layer[l].traffic.host_packets), 0.02,
                    "packets to the host");
}

TEST_F(Expect, SparseShapesReachPartOfTheCores)
{
    use_chip("spinnaker2");
    sizes = {200, 240, 200};
    rates = {0.5, 0.3, 0.3};
    cores = {60, 50};
    use_shape(0.004, 400);
    store_shape(6);
    expect_near(static_cast<double>(total(mean, COUNT_EVENTS_IN)),
                static_cast<double>(total(counted, COUNT_EVENTS_IN)), 0.03, "events");
    expect_near(static_cast<double>(total(mean, COUNT_MARKERS_IN)),
                static_cast<double>(total(counted, COUNT_MARKERS_IN)), 0.06, "markers");
    EXPECT_LT(mean->layer[0].deliveries, mean->layer[0].events * 60);
}

// Trees between routers have a link to each router that they reach, at least.
TEST_F(Expect, LinksBetweenRoutersAreCountedAtTheirLeast)
{
    sizes = {120, 180, 150};
    rates = {0.8, 0.2, 0.15};
    for (const char *name : {"tiny-board", "tiny-mesh", "quad-mesh", "tiny-boards"}) {
        SCOPED_TRACE(name);
        use_chip(name, {{"core.data_bytes", "1000000"}, {"core.system_bytes", "1000000"}});
        cores = {12, 8};
        use_shape(0.08, 100);
        store_shape(9);
        expect_near(static_cast<double>(total(mean, COUNT_EVENTS_IN)),
                    static_cast<double>(total(counted, COUNT_EVENTS_IN)), 0.01, "events");
        const auto flits = static_cast<double>(all_flits(mean));
        EXPECT_LE(flits, 1.01 * static_cast<double>(all_flits(counted)));
        EXPECT_GE(flits, 0.5 * static_cast<double>(all_flits(counted)));
        EXPECT_LE(static_cast<double>(mean->router_lookups),
                  1.01 * static_cast<double>(counted->router_lookups));
        EXPECT_LE(mean->bounds->latency_ps, counted->bounds->latency_ps);
        // one link at least leads to each other board
        const auto frames = static_cast<double>(off_board_frames(mean));
        EXPECT_LE(frames, 1.01 * static_cast<double>(off_board_frames(counted)));
        EXPECT_GE(frames, 0.4 * static_cast<double>(off_board_frames(counted)));
        EXPECT_EQ(frames > 0, chip_boards(chip) > 1);
        uint64_t of_steps = 0;
        for (uint32_t t = 0; t < mean->n_steps; t++)
            of_steps += mean->step[t].traffic.off_board_frames;
        EXPECT_EQ(of_steps, off_board_frames(mean));
    }
}

// Mean of four networks: bounds of a shape are below the mean, not below each one's.
TEST_F(Expect, BoundsAreBelowThoseOfStoredNetworks)
{
    use_chip("spinnaker2");
    sizes = {120, 180, 150};
    rates = {0.8, 0.2, 0.15};
    cores = {20, 13};
    use_shape(0.08, 300);
    double stored = 0, simulated = 0;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        ASSERT_NO_FATAL_FAILURE(store_shape(seed));
        stored += static_cast<double>(counted->bounds->latency_ps) / 4;
        options.engine = "event";
        const Trace *event = simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL);
        ASSERT_NE(event, nullptr);
        simulated += static_cast<double>(event->step[299].end_ps) / 4;
    }
    const double bound = static_cast<double>(mean->bounds->latency_ps);
    EXPECT_LE(bound, stored);
    EXPECT_LE(bound, simulated);
    EXPECT_GE(bound, 0.9 * simulated);
}

TEST_F(Expect, MemoryIsThatOfTheCompiler)
{
    use_chip("spinnaker2");
    sizes = {120, 180, 150};
    rates = {0.8, 0.2, 0.15};
    cores = {20, 13};
    use_shape(1, 2);
    store_shape(8);
    for (uint32_t c = 0; c < program->n_cores; c++)
        for (int region = 0; region < N_REGIONS; region++)
            EXPECT_EQ(expected->program->core[c].region_bytes[region],
                      program->core[c].region_bytes[region])
                << c << " " << region_name(static_cast<Region>(region));
}

TEST_F(Expect, HugeShapesTakeNoMemory)
{
    use_chip("spinnaker2-board");
    sizes = {100000, 500000, 500000};
    rates = {0.1, 0.05, 0.05};
    shape.any_memory = true;
    shape.n_layers = 2;
    shape.size = sizes.data();
    shape.rate = rates.data();
    shape.density = 0.001;
    shape.n_steps = 10;
    ASSERT_EQ(expect_make(arena, topology, &shape, &expected, &err), STATUS_OK) << err.message;
    ASSERT_EQ(expect_trace(arena, topology, expected, ARRIVE_PIPELINED, &mean, &err), STATUS_OK);
    uint64_t weights = 0;
    for (uint32_t l = 0; l < 2; l++)
        weights += network_sparse_macs(&expected->network->layer[l]);
    EXPECT_GT(weights, UINT64_C(2000000000));
    EXPECT_GT(mean->bounds->end_ps, 0U);
    shape.any_memory = false;
    EXPECT_EQ(expect_make(arena, topology, &shape, &expected, &err), STATUS_NO_FIT);
}

} // namespace
