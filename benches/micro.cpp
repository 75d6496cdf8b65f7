// micro.cpp - Google Benchmark of the two inner loops that set the speed of a run: one step of the
// reference (weights applied per second) and the transport of packets by the event engine (a
// replay, which touches no weights: synaptic operations are only counted), on a chip with a central
// router, on the same grid as a mesh with a router per tile, and on a board of such chips.
// Transport alone, between cores that take everything at once, shows what a hop of a flit costs.
//
// Reads the wall clock, so its figures are reported and never compared by a test.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "arch/chip.h"
#include "arch/topology.h"
#include "base/arena.h"
#include "base/err.h"
#include "compiler/compiler.h"
#include "models/generate.h"
#include "models/input.h"
#include "models/reference.h"
#include "noc_model.h"
#include "router_model.h"
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

const Program *compiled(const Setup *setup, const char *chip_path, const Topology **topology)
{
    Err err = {};
    const Chip *chip = nullptr;
    const Program *program = nullptr;
    const CompileSummary *summary = nullptr;
    CompileOptions options = {};
    options.format = -1;
    require(chip_load(setup->arena, chip_path, nullptr, nullptr, 0, &chip, &err), err);
    require(topology_build(setup->arena, chip, topology, &err), err);
    require(
        compile(setup->arena, chip, *topology, setup->network, &options, &program, &summary, &err),
        err);
    return program;
}

using Rates = std::vector<std::pair<const char *, uint64_t>>;

void count_rates(benchmark::State *state, const Rates &rates)
{
    for (const auto &rate : rates)
        state->counters[rate.first] =
            benchmark::Counter(static_cast<double>(rate.second), benchmark::Counter::kIsRate);
}

void replay(benchmark::State &state, const char *chip_path)
{
    Setup setup(static_cast<uint32_t>(state.range(0)), 0.1);
    Err err = {};
    const Topology *topology = nullptr;
    const Program *program = compiled(&setup, chip_path, &topology);
    const ReferenceRun *run = nullptr;
    ReferenceOptions reference_options = {};
    require(reference_run(setup.arena, setup.network, setup.input, &reference_options, &run, &err),
            err);
    uint64_t events = 0, hops = 0, lookups = 0;
    for (auto _ : state) {
        Arena *arena = arena_new();
        SimOptions options = {};
        options.mode = SIM_REPLAY;
        const Trace *trace = nullptr;
        require(sim_run(arena, program, topology, setup.input, run->events, &options, &trace, &err),
                err);
        events += trace->engine_events;
        lookups += trace->router_lookups;
        for (uint32_t l = 0; l < trace->n_links; l++)
            hops += trace->link[l].flits;
        arena_free(arena);
    }
    count_rates(&state, {{"events/s", events}, {"flit_hops/s", hops}, {"look_ups/s", lookups}});
    state.counters["steps/s"] = benchmark::Counter(static_cast<double>(state.iterations()) * kSteps,
                                                   benchmark::Counter::kIsRate);
}

// The network of a Machine without its cores: all of them send markers until `kRounds` are through.
struct Transport {
    Plan plan = {};
    NocModel noc = {};
    MeshModel mesh = {};
    RouterModel router = {};
    Fault fault = {};
    std::vector<LinkCounts> link;
    uint64_t delivered = 0;

    static Transport *self(void *context)
    {
        return static_cast<Transport *>(context);
    }
    static void deliver(void *context, uint32_t, const Packet *, uint64_t)
    {
        self(context)->delivered++;
    }
    static void port_arrival(void *context, uint32_t port, uint64_t cycle)
    {
        router_port_arrival(&self(context)->router, port, cycle);
    }
    static void port_free(void *context, uint32_t port, uint64_t cycle)
    {
        router_port_free(&self(context)->router, port, cycle);
    }
    static void inject_free(void *, uint32_t, uint64_t)
    {
    }
    static void queue_arrival(void *context, uint32_t queue, uint64_t cycle)
    {
        router_queue_arrival(&self(context)->router, queue, cycle);
    }
    static void out_free(void *context, uint32_t at, uint64_t cycle)
    {
        router_out_free(&self(context)->router, at, cycle);
    }
    static void to_host(void *context, const Packet *, uint64_t)
    {
        router_host_free(&self(context)->router, self(context)->router.cycle + 1);
    }

    void start(Arena *arena, const Program *program, const Topology *topology)
    {
        Err err = {};
        fault.err = &err;
        plan.program = program;
        plan.topology = topology;
        plan.n_steps = 1;
        require(plan_init(arena, &plan, 0, &err), err);
        link.assign(topology_all_links(topology), LinkCounts{});
        const NocHooks noc_hooks = {this,      deliver, port_arrival, inject_free,
                                    port_free, nullptr, nullptr};
        require(noc_init(arena, &noc, &plan, &noc_hooks, link.data(), &err), err);
        const MeshHooks mesh_hooks = {this, deliver, queue_arrival, out_free, inject_free};
        require(mesh_init(arena, &mesh, &plan, &mesh_hooks, &err), err);
        router.plan = &plan;
        router.ports = noc_ports(&noc);
        router.mesh = &mesh;
        router.hooks = {this, to_host};
        router.fault = &fault;
        require(router_init(arena, &router), err);
    }

    // Cores send at time ps while there is room.
    uint32_t send_all(uint64_t ps)
    {
        uint32_t n_sent = 0;
        for (uint32_t c = 0; c < plan.n_cores; c++) {
            Packet packet = {};
            packet.key = plan.program->core[c].slice[0].marker_key;
            if (!(plan.mesh ? mesh_inject_room(&mesh, c) : noc_inject_room(&noc, c)))
                continue;
            plan.mesh ? mesh_inject(&mesh, c, &packet, ps) : noc_inject(&noc, c, &packet, ps);
            n_sent++;
        }
        return n_sent;
    }

    uint64_t edge(Domain domain, uint64_t cycle) const
    {
        return cycle == NEVER ? NEVER : clock_edge_ps(&plan.clock[domain], cycle);
    }

    // To the end; returns its time.
    uint64_t drain(uint64_t ps)
    {
        for (;;) {
            const uint64_t noc_cycle = plan.mesh ? mesh_next(&mesh) : noc_next(&noc);
            const uint64_t router_cycle = router_next(&router);
            const uint64_t noc_ps = edge(DOMAIN_NOC, noc_cycle);
            const uint64_t router_ps = edge(DOMAIN_ROUTER, router_cycle);
            if (noc_ps == NEVER && router_ps == NEVER)
                return ps;
            ps = std::min(noc_ps, router_ps);
            if (router_ps < noc_ps)
                router_step(&router, router_cycle);
            else
                plan.mesh ? mesh_step(&mesh, noc_cycle) : noc_step(&noc, noc_cycle);
        }
    }
};

void transport(benchmark::State &state, const char *chip_path)
{
    constexpr uint32_t kRounds = 100;
    Setup setup(512, 0.1);
    Err err = {};
    const Topology *topology = nullptr;
    const Program *program = compiled(&setup, chip_path, &topology);
    uint64_t hops = 0, lookups = 0, delivered = 0;
    for (auto _ : state) {
        Arena *arena = arena_new();
        Transport network;
        network.start(arena, program, topology);
        uint64_t ps = 0;
        for (uint32_t i = 0; i < kRounds; i++) {
            network.send_all(ps);
            ps = network.drain(ps);
        }
        require(network.fault.status, err);
        mesh_finish(&network.mesh, &network.link[network.plan.n_links]);
        for (const LinkCounts &count : network.link)
            hops += count.flits;
        lookups += network.router.lookups;
        delivered += network.delivered;
        arena_free(arena);
    }
    count_rates(&state, {{"flit_hops/s", hops}, {"look_ups/s", lookups}, {"ejected/s", delivered}});
}

BENCHMARK(reference_step)->Arg(128)->Arg(512)->Unit(benchmark::kMillisecond);
#define CHIP(name) EGRET_SOURCE_DIR "/arch/chips/" name ".yaml"
BENCHMARK_CAPTURE(replay, chip, CHIP("spinnaker2"))
    ->Arg(128)
    ->Arg(512)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(replay, mesh, CHIP("quad-mesh"))
    ->Arg(128)
    ->Arg(512)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(replay, board, CHIP("spinnaker2-board"))->Arg(512)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(transport, chip, CHIP("spinnaker2"))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(transport, mesh, CHIP("quad-mesh"))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(transport, board, CHIP("spinnaker2-board"))->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
