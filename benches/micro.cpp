// micro.cpp - Google Benchmark of the two inner loops that set the speed of a run: one step of the
// reference (weights applied per second) and the transport of packets by the event engine (a
// replay, which touches no weights: synaptic operations are only counted).
//
// Reads the wall clock, so its figures are reported and never compared by a test.

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>

#include "arch/chip.h"
#include "arch/topology.h"
#include "base/arena.h"
#include "base/err.h"
#include "compiler/compiler.h"
#include "models/generate.h"
#include "models/input.h"
#include "models/reference.h"
#include "sim/sim.h"

namespace
{

constexpr uint32_t kSteps = 20;

void require(Status status, const Err &err)
{
    if (status != STATUS_OK) {
        std::fprintf(stderr, "micro: %s\n", err.message);
        std::exit(status);
    }
}

struct Setup {
    Arena *arena = arena_new();
    const Network *network = nullptr;
    const InputStream *input = nullptr;
    uint32_t token[kSteps + 1];
    InputStream stream = {};

    Setup(uint32_t units, double density)
    {
        const uint32_t size[] = {units, units, units};
        GenerateOptions options = {};
        options.name = "micro";
        options.cell = "egru";
        options.n_sizes = 3;
        options.size = size;
        options.density = density;
        options.pick = PICK_EXACT;
        options.threshold_mean = 0.25;
        options.gain = 1.0;
        options.n_words = 100;
        options.seed = 1;
        Err err = {};
        require(network_generate(arena, &options, &network, &err), err);
        for (uint32_t i = 0; i <= kSteps; i++)
            token[i] = i * 7 % 100;
        stream.network = network;
        stream.name = "micro";
        stream.n_steps = kSteps;
        stream.n_tokens = kSteps + 1;
        stream.token = token;
        input = &stream;
    }
    ~Setup()
    {
        arena_free(arena);
    }
    Setup(const Setup &) = delete;
    Setup &operator=(const Setup &) = delete;
};

void reference_step(benchmark::State &state)
{
    Setup setup(static_cast<uint32_t>(state.range(0)), 0.1);
    uint64_t macs = 0;
    for (auto _ : state) {
        Arena *arena = arena_new();
        ReferenceOptions options = {};
        const ReferenceRun *run = nullptr;
        Err err = {};
        require(reference_run(arena, setup.network, setup.input, &options, &run, &err), err);
        for (uint32_t l = 0; l < run->n_layers; l++)
            macs += run->layer_macs[l].both;
        arena_free(arena);
    }
    state.counters["macs/s"] =
        benchmark::Counter(static_cast<double>(macs), benchmark::Counter::kIsRate);
    state.counters["steps/s"] = benchmark::Counter(static_cast<double>(state.iterations()) * kSteps,
                                                   benchmark::Counter::kIsRate);
}

void replay(benchmark::State &state)
{
    Setup setup(static_cast<uint32_t>(state.range(0)), 0.1);
    Err err = {};
    const Chip *chip = nullptr;
    const Topology *topology = nullptr;
    const Program *program = nullptr;
    const CompileSummary *summary = nullptr;
    const ReferenceRun *run = nullptr;
    require(chip_load(setup.arena, EGRET_SOURCE_DIR "/arch/chips/spinnaker2.yaml", nullptr, nullptr,
                      0, &chip, &err),
            err);
    require(topology_build(setup.arena, chip, &topology, &err), err);
    CompileOptions compile_options = {};
    compile_options.format = -1;
    require(compile(setup.arena, chip, topology, setup.network, &compile_options, &program,
                    &summary, &err),
            err);
    ReferenceOptions reference_options = {};
    require(reference_run(setup.arena, setup.network, setup.input, &reference_options, &run, &err),
            err);
    uint64_t events = 0;
    for (auto _ : state) {
        Arena *arena = arena_new();
        SimOptions options = {};
        options.mode = SIM_REPLAY;
        const Trace *trace = nullptr;
        require(sim_run(arena, program, topology, setup.input, run->events, &options, &trace, &err),
                err);
        events += trace->engine_events;
        arena_free(arena);
    }
    state.counters["events/s"] =
        benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
    state.counters["steps/s"] = benchmark::Counter(static_cast<double>(state.iterations()) * kSteps,
                                                   benchmark::Counter::kIsRate);
}

BENCHMARK(reference_step)->Arg(128)->Arg(512)->Unit(benchmark::kMillisecond);
BENCHMARK(replay)->Arg(128)->Arg(512)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
