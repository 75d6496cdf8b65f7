// example_job.hpp - what the examples share: a network compiled for a chip, ten steps drawn from activity
// statistics, runs of them.
#ifndef EXAMPLE_JOB_HPP
#define EXAMPLE_JOB_HPP

#include <cstdint>
#include <cstdio>
#include <vector>

#include "compiler/compiler.h"
#include "models/quantize.h"
#include "sim/sim.h"

struct ExampleJob {
    const Chip *chip;
    const Topology *topology;
    const Program *program;
    const InputStream *input;
    const EventTrace *events;
};

// dense: in int8, with dense blocks, so that every weight goes through the MAC arrays, and on few cores,
// so that blocks are worth an array.
inline Status example_prepare(Arena *arena, const char *network_name, const char *chip_name,
                              bool dense, ExampleJob &job, Err *err)
{
    const Network *network = nullptr;
    const CompileSummary *summary = nullptr;
    const QuantizeOptions quantize{};
    CompileOptions options{};
    options.format = dense ? FORMAT_DENSE_MLA : -1;

    TRY(chip_load(arena, chip_name, EGRET_CHIPS, nullptr, 0, &job.chip, err));
    TRY(topology_build(arena, job.chip, &job.topology, err));
    TRY(network_load(arena, network_name, &network, err));
    if (dense)
        TRY(network_quantize(arena, network, PRECISION_INT8, &quantize, &network, err));
    const std::vector<std::uint32_t> cores(network->n_layers, 4);
    options.n_core_counts = dense ? network->n_layers : 0;
    options.core_count = cores.data();
    TRY(compile(arena, job.chip, job.topology, network, &options, &job.program, &summary, err));

    const std::vector<double> rates(network->n_layers + 1, 0.1);
    ActivityStatistics statistics{};
    statistics.n_rates = network->n_layers + 1;
    statistics.rate = rates.data();
    statistics.n_steps = 10;
    statistics.seed = 1;
    return activity_draw(arena, network, &statistics, &job.input, &job.events, err);
}

// Prints the mean latency of a step; `elaborate` is SimOptions', or nullptr: all is built in.
inline Status example_run(Arena *arena, const ExampleJob &job,
                          void (*elaborate)(void *context, void *chip), void *context, Err *err)
{
    const Trace *trace = nullptr;
    SimOptions options{};
    options.mode = SIM_REPLAY;
    options.elaborate = elaborate;
    options.elaborate_context = context;
    TRY(sim_run(arena, job.program, job.topology, job.input, job.events, &options, &trace, err));
    double sum_ps = 0;
    for (std::uint32_t t = 0; t < trace->n_steps; t++)
        sum_ps += static_cast<double>(trace->step[t].end_ps - trace->step[t].start_ps);
    std::printf("%-9s %10.3f us a step\n", elaborate != nullptr ? "own" : "built in",
                sum_ps / trace->n_steps / 1e6);
    return STATUS_OK;
}

#endif
