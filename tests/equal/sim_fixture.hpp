// sim_fixture.hpp - chips, networks, inputs, reference events and runs for tests of the simulator.
#ifndef TESTS_SIM_FIXTURE_HPP
#define TESTS_SIM_FIXTURE_HPP

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "fabric_tables.hpp"
#include "models/generate.h"
#include "models/reference.h"
#include "program_builder.hpp"
#include "sim/sim.h"

class SimTest : public ::testing::Test
{
  protected:
    using Settings = std::vector<std::pair<std::string, std::string>>;

    Arena *arena = arena_new();
    Err err{};
    const Chip *chip = nullptr;
    const Topology *topology = nullptr;
    const Network *network = nullptr;
    const InputStream *input = nullptr;
    const EventTrace *events = nullptr;
    Program *program = nullptr;
    SimOptions options{};

    ~SimTest() override
    {
        arena_free(arena);
    }

    static std::string shipped(const std::string &name)
    {
        return std::string(EGRET_SOURCE_DIR) + "/arch/chips/" + name + ".yaml";
    }

    // Flits of 96 bits that take so many cycles of a link.
    static Settings phits(uint64_t n)
    {
        return {{"noc.flit_bits", "96"}, {"noc.link_bits", std::to_string((96 + n - 1) / n)}};
    }

    static Settings with_phits(Settings settings, uint64_t n)
    {
        for (const auto &setting : phits(n))
            settings.push_back(setting);
        return settings;
    }

    // A shipped chip, with some of its numbers set.
    void use_chip(const std::string &name, const Settings &settings = {})
    {
        load_chip(shipped(name), settings);
    }

    // A shipped chip with these lines of YAML instead of its own.
    void use_chip_with(const std::string &name, const std::string &lines,
                       const Settings &settings = {})
    {
        const std::string path =
            ::testing::TempDir() + "egret-sim-" + std::to_string(getpid()) + ".yaml";
        std::ofstream(path) << "format: egret-chip\nversion: 1\nextends: " << shipped(name)
                            << "\nname: " << name << "\n"
                            << lines;
        load_chip(path, settings);
        std::remove(path.c_str());
    }

    void load_chip(const std::string &path, const Settings &settings)
    {
        std::vector<ChipSetting> list;
        for (const auto &setting : settings)
            list.push_back({setting.first.c_str(), setting.second.c_str()});
        ASSERT_EQ(chip_load(arena, path.c_str(), nullptr, list.data(),
                            static_cast<uint32_t>(list.size()), &chip, &err),
                  STATUS_OK)
            << err.message;
        ASSERT_EQ(topology_build(arena, chip, &topology, &err), STATUS_OK) << err.message;
    }

    // A random network, lively enough that all layers send events, and random input vectors.
    void use_network(const std::vector<uint32_t> &sizes, double density, uint32_t n_steps,
                     uint64_t seed)
    {
        GenerateOptions generate{};
        generate.name = "random";
        generate.cell = "egru";
        generate.n_sizes = static_cast<uint32_t>(sizes.size());
        generate.size = sizes.data();
        generate.density = density;
        generate.pick = PICK_BERNOULLI;
        generate.threshold_mean = 0.05;
        generate.gain = 6.0;
        generate.seed = seed;
        ASSERT_EQ(network_generate(arena, &generate, &network, &err), STATUS_OK) << err.message;
        use_input(n_steps, seed);
        run_reference();
    }

    struct Weight {
        uint32_t layer;
        bool recurrent;
        uint32_t source, column; // column = gate * units + unit
        float value;
    };

    // A network by hand: units for which emits(layer, unit) is true send an event in every step,
    // the others never; weights are too small to change that.
    void use_hand_network(const std::vector<uint32_t> &sizes, const std::vector<Weight> &weights,
                          const std::function<bool(uint32_t, uint32_t)> &emits)
    {
        auto *made = ARENA_ARRAY(arena, Network, 1);
        auto *layer = ARENA_ARRAY(arena, Layer, sizes.size() - 1);
        *made = Network{};
        made->name = "by hand";
        made->description = "";
        made->n_inputs = sizes[0];
        made->n_layers = static_cast<uint32_t>(sizes.size() - 1);
        made->layer = layer;
        for (uint32_t l = 0; l < made->n_layers; l++) {
            const uint32_t n = sizes[l + 1];
            auto *bias = ARENA_ARRAY(arena, float, 3 * n);
            auto *threshold = ARENA_ARRAY(arena, float, n);
            for (uint32_t u = 0; u < n; u++) {
                bias[u] = -20.0f; // z near 0: the candidate is all there is
                bias[2 * n + u] = emits(l, u) ? 20.0f : -20.0f;
                threshold[u] = 0.5f;
            }
            layer[l].name = "layer";
            layer[l].cell = cell_find("egru");
            layer[l].n_inputs = sizes[l];
            layer[l].n_units = n;
            layer[l].input = rows(weights, l, false, sizes[l], 3 * n);
            layer[l].recurrent = rows(weights, l, true, n, 3 * n);
            layer[l].bias = bias;
            layer[l].recurrent_bias = ARENA_ARRAY(arena, float, 3 * n);
            layer[l].raw_threshold = layer[l].threshold = threshold;
            layer[l].activity = -1;
        }
        made->hash = network_hash(made);
        network = made;
        ASSERT_EQ(network_check(network, &err), STATUS_OK) << err.message;
    }

    SparseRows rows(const std::vector<Weight> &weights, uint32_t layer, bool recurrent,
                    uint32_t n_rows, uint32_t n_cols)
    {
        SparseRows made{};
        auto *start = ARENA_ARRAY(arena, uint64_t, n_rows + 1);
        auto *col = ARENA_ARRAY(arena, uint32_t, weights.size());
        auto *value = ARENA_ARRAY(arena, float, weights.size());
        for (uint32_t r = 0; r < n_rows; r++) {
            for (const Weight &weight : weights) // in the order of columns
                if (weight.layer == layer && weight.recurrent == recurrent && weight.source == r) {
                    col[made.n_nonzeros] = weight.column;
                    value[made.n_nonzeros++] = weight.value;
                }
            start[r + 1] = made.n_nonzeros;
        }
        made.n_rows = n_rows;
        made.n_cols = n_cols;
        made.row_start = start;
        made.col = col;
        made.weight = value;
        return made;
    }

    // Every input is 1 in every step.
    void use_ones(uint32_t n_steps)
    {
        const size_t n = static_cast<size_t>(n_steps) * network->n_inputs;
        auto *vector = ARENA_ARRAY(arena, float, n);
        std::fill(vector, vector + n, 1.0f);
        auto *stream = ARENA_ARRAY(arena, InputStream, 1);
        stream->network = network;
        stream->name = "ones";
        stream->n_steps = n_steps;
        stream->vector = vector;
        input = stream;
        run_reference();
    }

    void use_program(const std::vector<SliceSpec> &specs)
    {
        program = ProgramBuilder(arena, network, chip).build(specs);
        if (topology->n_routers > 1)
            FabricTables(arena, topology).route(program);
        ASSERT_EQ(program_check_on(program, topology, &err), STATUS_OK) << err.message;
    }

    void use_input(uint32_t n_steps, uint64_t seed)
    {
        Rng rng = rng_make(seed, 77);
        auto *vector = ARENA_ARRAY(arena, float, static_cast<size_t>(n_steps) * network->n_inputs);
        for (size_t i = 0; i < static_cast<size_t>(n_steps) * network->n_inputs; i++)
            if (rng_below(&rng, 2))
                vector[i] = static_cast<float>(rng_normal(&rng));
        auto *stream = ARENA_ARRAY(arena, InputStream, 1);
        stream->network = network;
        stream->name = "random vectors";
        stream->n_steps = n_steps;
        stream->vector = vector;
        input = stream;
    }

    void run_reference()
    {
        ReferenceOptions reference_options{};
        const ReferenceRun *run = nullptr;
        ASSERT_EQ(reference_run(arena, network, input, &reference_options, &run, &err), STATUS_OK)
            << err.message;
        events = run->events;
    }

    // Units in their own order for even seeds, else at random positions.
    void use_random_program(uint64_t seed, uint32_t n_cores)
    {
        Rng rng = rng_make(seed, 5), order = rng_make(seed, 6);
        ProgramBuilder builder(arena, network, chip);
        if (seed % 2 != 0)
            builder.shuffle(&order);
        program = builder.build(ProgramBuilder::random_specs(&rng, network, chip, n_cores));
        Rng ways = rng_make(seed, 8);
        FabricTables tables(arena, topology, seed % 3 != 0 ? &ways : nullptr);
        tables.use_default_routes = chip->fabric.default_route;
        if (topology->n_routers > 1)
            tables.route(program);
        ASSERT_EQ(program_check_on(program, topology, &err), STATUS_OK) << err.message;
    }

    const Trace *simulate(SimMode mode, SimArrival arrival)
    {
        options.mode = mode;
        options.arrival = arrival;
        const Trace *trace = nullptr;
        const Status status =
            sim_run(arena, program, topology, input, events, &options, &trace, &err);
        EXPECT_EQ(status, STATUS_OK) << err.message;
        return trace;
    }

    Status simulate_status(SimMode mode)
    {
        options.mode = mode;
        const Trace *trace = nullptr;
        const Status status =
            sim_run(arena, program, topology, input, events, &options, &trace, &err);
        EXPECT_EQ(trace == nullptr, status != STATUS_OK);
        return status;
    }

    // Every number of two traces but `executed`.
    static void expect_equal(const Trace *a, const Trace *b)
    {
        ASSERT_NE(a, nullptr);
        ASSERT_NE(b, nullptr);
        EXPECT_STREQ(a->engine, b->engine);
        EXPECT_EQ(a->pipelined, b->pipelined);
        EXPECT_EQ(a->point, b->point);
        EXPECT_EQ(a->core_hz, b->core_hz);
        EXPECT_EQ(a->end_ps, b->end_ps);
        EXPECT_EQ(a->run_cycles, b->run_cycles);
        EXPECT_EQ(a->engine_events, b->engine_events);
        EXPECT_EQ(a->router_lookups, b->router_lookups);
        EXPECT_EQ(a->router_busy_cycles, b->router_busy_cycles);
        EXPECT_EQ(a->router_stall_cycles, b->router_stall_cycles);
        EXPECT_EQ(a->host_events_in, b->host_events_in);
        EXPECT_EQ(a->host_events_out, b->host_events_out);
        EXPECT_EQ(a->host_markers_in, b->host_markers_in);
        EXPECT_EQ(a->host_markers_out, b->host_markers_out);
        EXPECT_EQ(a->host_bits, b->host_bits);
        EXPECT_EQ(std::memcmp(&a->ticks, &b->ticks, sizeof a->ticks), 0);
        ASSERT_EQ(a->n_cores, b->n_cores);
        ASSERT_EQ(a->n_links, b->n_links);
        ASSERT_EQ(a->n_layers, b->n_layers);
        ASSERT_EQ(a->n_steps, b->n_steps);
        for (uint32_t c = 0; c < a->n_cores; c++) {
            EXPECT_EQ(a->core[c], b->core[c]);
            for (int n = 0; n < N_COUNTS; n++)
                EXPECT_EQ(a->count[c].n[n], b->count[c].n[n])
                    << "core " << a->core[c] << " " << count_name(static_cast<Count>(n));
        }
        EXPECT_EQ(std::memcmp(a->link, b->link, a->n_links * sizeof(LinkCounts)), 0);
        EXPECT_EQ(std::memcmp(a->layer, b->layer, a->n_layers * sizeof(LayerCounts)), 0);
        for (uint32_t t = 0; t < a->n_steps; t++) {
            EXPECT_EQ(a->step[t].start_ps, b->step[t].start_ps) << t;
            EXPECT_EQ(a->step[t].end_ps, b->step[t].end_ps) << t;
            EXPECT_EQ(a->step[t].critical_core, b->step[t].critical_core) << t;
            EXPECT_EQ(a->step[t].events, b->step[t].events) << t;
            EXPECT_EQ(a->step[t].input_events, b->step[t].input_events) << t;
            EXPECT_EQ(a->step[t].synaptic_ops, b->step[t].synaptic_ops) << t;
        }
    }

    static uint64_t total(const Trace *trace, Count count)
    {
        uint64_t sum = 0;
        for (uint32_t c = 0; c < trace->n_cores; c++)
            sum += trace->count[c].n[count];
        return sum;
    }
};

#endif
