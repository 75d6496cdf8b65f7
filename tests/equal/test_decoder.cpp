// The decoder on the chip: every core finds the best of its words from rows in DRAM, bit for bit as
// the network does, on any chip, in any precision; what is read and computed adds up.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include <unistd.h>

#include "base/rng.h"
#include "compiler/compiler.h"
#include "ladder_checks.hpp"
#include "models/decoder.h"
#include "models/fold.h"
#include "models/generate.h"
#include "models/quantize.h"
#include "models/reference.h"
#include "sim/sim.h"

namespace
{

constexpr uint32_t N_STEPS = 12, N_WORDS = 53;

class DecoderOnChip : public testing::Test
{
  protected:
    Arena *arena = arena_new();
    Err err = {};
    const Chip *chip = nullptr;
    const Topology *topology = nullptr;
    const Network *network = nullptr;
    const Program *program = nullptr;
    const CompileSummary *summary = nullptr;
    const ReferenceRun *reference = nullptr;
    InputStream input = {};
    std::vector<uint32_t> tokens;

    DecoderOnChip() = default;
    ~DecoderOnChip() override
    {
        arena_free(arena);
    }
    DecoderOnChip(const DecoderOnChip &) = delete;
    DecoderOnChip &operator=(const DecoderOnChip &) = delete;

    void use_chip(const char *name, std::vector<ChipSetting> settings = {})
    {
        const std::string folder = std::string(EGRET_SOURCE_DIR) + "/arch/chips";
        ASSERT_EQ(chip_load(arena, name, folder.c_str(), settings.data(),
                            static_cast<uint32_t>(settings.size()), &chip, &err),
                  STATUS_OK)
            << err.message;
        ASSERT_EQ(topology_build(arena, chip, &topology, &err), STATUS_OK) << err.message;
    }

    void use_network(const std::vector<uint32_t> &size, Precision precision, uint64_t seed,
                     bool fold = false, double threshold = 0.1)
    {
        GenerateOptions options = {};
        options.name = "words";
        options.cell = "egru";
        options.n_sizes = static_cast<uint32_t>(size.size());
        options.size = size.data();
        options.density = 0.4;
        options.threshold_mean = threshold;
        options.gain = 1.5;
        options.n_words = N_WORDS;
        options.seed = seed;
        const Network *made = nullptr, *quantised = nullptr, *folded = nullptr;
        ASSERT_EQ(network_generate(arena, &options, &made, &err), STATUS_OK) << err.message;
        ASSERT_EQ(network_quantize(arena, made, precision, nullptr, &quantised, &err), STATUS_OK)
            << err.message;
        folded = quantised;
        if (fold) {
            ASSERT_EQ(network_fold(arena, quantised, &folded, &err), STATUS_OK) << err.message;
        }
        ASSERT_EQ(network_decoder_on_chip(arena, folded, &network, &err), STATUS_OK) << err.message;
        Rng rng = rng_make(seed, 5);
        tokens.clear();
        for (uint32_t i = 0; i < N_STEPS + 1; i++)
            tokens.push_back(static_cast<uint32_t>(rng_below(&rng, N_WORDS)));
        input = InputStream{};
        input.network = network;
        input.name = "tokens";
        input.token = tokens.data();
        input.n_tokens = N_STEPS + 1;
        input.n_steps = N_STEPS;
        ASSERT_EQ(reference_run(arena, network, &input, nullptr, &reference, &err), STATUS_OK)
            << err.message;
    }

    Status compile_it(CompileOptions options = {})
    {
        options.format = -1;
        return compile(arena, chip, topology, network, &options, &program, &summary, &err);
    }

    Status run_it(SimMode mode, SimArrival arrival, const Trace **trace,
                  const char *engine = nullptr)
    {
        SimOptions options = {};
        options.engine = engine;
        options.mode = mode;
        options.arrival = arrival;
        options.network = network;
        return sim_run(arena, program, topology, &input, reference->events, &options, trace, &err);
    }

    const Trace *simulate(SimMode mode, SimArrival arrival)
    {
        const Trace *trace = nullptr;
        EXPECT_EQ(run_it(mode, arrival, &trace), STATUS_OK) << err.message;
        return trace;
    }

    uint64_t last_events() const
    {
        uint64_t n = 0;
        for (uint32_t step = 0; step < N_STEPS; step++)
            n += event_trace_count(reference->events, step, network->n_layers - 1);
        return n;
    }

    // One read for each event and core; every word of every event; one result a core and step.
    void expect_totals(const Trace *trace) const
    {
        const uint64_t events = last_events(), n_cores = summary->decoder.n_cores;
        uint64_t macs = 0;
        for (uint32_t c = 0; c < trace->n_cores; c++)
            macs += trace->count[c].n[COUNT_DECODER_MACS];
        EXPECT_EQ(macs, events * N_WORDS);
        EXPECT_EQ(macs, reference->decoder_macs.both);
        EXPECT_EQ(trace->layer[network->n_layers].synaptic_ops, macs);
        EXPECT_EQ(trace->host_events_out, N_STEPS * n_cores);
        if (program->n_tokens > 0)
            return;
        EXPECT_EQ(trace->dram_reads, events * n_cores);
        EXPECT_EQ(trace->dram_bytes, macs * precision_weight_bytes(network->precision));
    }

    // Executed one at a time and pipelined, and replayed with the same times.
    void expect_equal_runs()
    {
        ASSERT_EQ(program_check_on(program, topology, &err), STATUS_OK) << err.message;
        const Trace *executed = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
        const Trace *pipelined = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
        const Trace *replayed = simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL);
        ASSERT_NE(executed, nullptr);
        ASSERT_NE(pipelined, nullptr);
        ASSERT_NE(replayed, nullptr);
        EXPECT_EQ(executed->end_ps, replayed->end_ps);
        EXPECT_LE(pipelined->end_ps, executed->end_ps + executed->end_ps / 10);
        for (uint32_t c = 0; c < executed->n_cores; c++)
            EXPECT_EQ(std::memcmp(&executed->count[c], &replayed->count[c], sizeof(Counters)), 0);
        for (const Trace *trace : {executed, pipelined, replayed})
            expect_totals(trace);
        for (const Trace *trace : {executed, pipelined}) {
            const Trace *counted = nullptr;
            ASSERT_EQ(run_it(SIM_REPLAY, trace->pipelined ? ARRIVE_PIPELINED : ARRIVE_SEQUENTIAL,
                             &counted, "count"),
                      STATUS_OK)
                << err.message;
            expect_same_totals(counted, trace);
            expect_bounds(counted, trace);
        }
    }
};

TEST_F(DecoderOnChip, CoresFindTheBestWordsOfTheReference)
{
    const char *const splits[] = {nullptr, "shared", "balanced", "equal"};
    const char *const chips[] = {"tiny-2x2", "tiny-2x2", "spinnaker2", "tiny-board"};
    uint64_t n_events = 0;
    for (uint64_t seed = 1; seed <= 24 && !HasFatalFailure(); seed++) {
        SCOPED_TRACE(seed);
        std::vector<ChipSetting> settings = {{"core.data_bytes", "1000000"},
                                             {"core.system_bytes", "1000000"},
                                             {"dram.bytes", "1000000000"},
                                             {"dram.peak_bytes_per_second", "1000000000"},
                                             {"dram.effective_bytes_per_second", "400000000"},
                                             {"dram.latency_ns", "150"}};
        if (seed % 4 == 2)
            settings.resize(0);
        use_chip(chips[seed % 4], settings);
        use_network({11, 10 + static_cast<uint32_t>(seed), 11}, static_cast<Precision>(seed % 3),
                    seed, seed % 5 == 0);
        CompileOptions options = {};
        options.split = splits[seed / 4 % 4];
        options.objective = static_cast<Objective>(seed % N_OBJECTIVES);
        ASSERT_EQ(compile_it(options), STATUS_OK) << err.message;
        ASSERT_TRUE(program->has_decoder);
        expect_equal_runs();
        n_events += last_events();
    }
    EXPECT_GT(n_events, 300U);
}

// Nobody runs ahead of the decoder: slow DRAM, shallow queues, cores of one layer and the decoder.
TEST_F(DecoderOnChip, IsNeverOverrun)
{
    for (const char *rate : {"2000000", "400000000"})
        for (uint64_t seed : {3, 4, 5}) {
            SCOPED_TRACE(seed);
            use_chip("tiny-2x2", {{"dram.effective_bytes_per_second", rate},
                                  {"core.receive_fifo_packets", "1"},
                                  {"core.inject_queue_packets", "1"},
                                  {"noc.buffer_flits", "1"},
                                  {"router.port_queue_packets", "1"}});
            use_network({12, 20, 12}, PRECISION_FP32, seed);
            ASSERT_EQ(compile_it(), STATUS_OK) << err.message;
            const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
            ASSERT_NE(trace, nullptr);
            expect_totals(trace);
        }
}

// One server for all cores: while it is slow, it is what a run takes.
TEST_F(DecoderOnChip, WaitsForTheDram)
{
    use_chip("tiny-2x2", {{"dram.effective_bytes_per_second", "1000000"},
                          {"dram.peak_bytes_per_second", "1000000"}});
    use_network({12, 20, 12}, PRECISION_INT8, 2);
    ASSERT_EQ(compile_it(), STATUS_OK) << err.message;
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NE(trace, nullptr);
    const uint64_t read_ps = last_events() * N_WORDS * 1000000;
    EXPECT_EQ(trace->dram_busy_ps, read_ps);
    EXPECT_GE(trace->end_ps, read_ps);
    EXPECT_LT(trace->end_ps, read_ps + read_ps / 2);
}

// Core cycle 10 ns. The layer has one unit, whose event is the only one of its step: what the
// latency of the DRAM grows by, such a step grows by, and no other.
TEST_F(DecoderOnChip, SeesTheLatencyOfTheDramOnceForALoneEvent)
{
    std::vector<std::vector<uint64_t>> took;
    for (const char *latency : {"100", "300"}) {
        use_chip("tiny-2x2", {{"dram.latency_ns", latency}});
        for (uint64_t seed = 1; seed == 1 || (seed < 400 && last_events() == 0); seed++)
            use_network({1, 4, 1}, PRECISION_FP32, seed, false, 0.01);
        ASSERT_GT(last_events(), 0U);
        ASSERT_EQ(compile_it(), STATUS_OK) << err.message;
        const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
        ASSERT_NE(trace, nullptr);
        took.emplace_back();
        for (uint32_t step = 0; step < N_STEPS; step++)
            took.back().push_back(trace->step[step].end_ps - trace->step[step].start_ps);
    }
    for (uint32_t step = 0; step < N_STEPS; step++) {
        const uint32_t n = event_trace_count(reference->events, step, network->n_layers - 1);
        EXPECT_NEAR(static_cast<double>(took[1][step] - took[0][step]), n * 200000.0, 10000.0)
            << step;
    }
}

TEST_F(DecoderOnChip, AWrongWeightInDramIsNoticed)
{
    use_chip("tiny-2x2");
    use_network({12, 20, 12}, PRECISION_FP32, 2);
    ASSERT_EQ(compile_it(), STATUS_OK) << err.message;
    auto *dram = const_cast<uint8_t *>(program->dram);
    for (uint64_t at = 3; at < program->dram_bytes; at += 4)
        dram[at] ^= 0x80; // the other sign
    const Trace *trace = nullptr;
    EXPECT_EQ(run_it(SIM_EXECUTE, ARRIVE_SEQUENTIAL, &trace), STATUS_INTERNAL);
    EXPECT_NE(std::string(err.message).find("decoder, step"), std::string::npos) << err.message;
}

TEST_F(DecoderOnChip, IsComparedWithItsOwnNetworkOnly)
{
    use_chip("tiny-2x2");
    use_network({12, 20, 12}, PRECISION_FP32, 2);
    ASSERT_EQ(compile_it(), STATUS_OK) << err.message;
    network = nullptr;
    const Trace *trace = nullptr;
    EXPECT_EQ(run_it(SIM_EXECUTE, ARRIVE_SEQUENTIAL, &trace), STATUS_INPUT);
    EXPECT_NE(std::string(err.message).find("has a decoder"), std::string::npos) << err.message;
}

TEST_F(DecoderOnChip, TakesAsManyCoresAsPay)
{
    use_chip("spinnaker2");
    use_network({12, 20, 12}, PRECISION_FP32, 2);
    CompileOptions options = {};
    const uint32_t counts[] = {3, 2};
    options.n_core_counts = 2;
    options.core_count = counts;
    ASSERT_EQ(compile_it(options), STATUS_OK) << err.message;
    EXPECT_LE(summary->decoder.n_cores, 5U); // cores are given: no others
    EXPECT_EQ(program->n_cores, 5U);
    options = {};
    ASSERT_EQ(compile_it(options), STATUS_OK) << err.message;
    EXPECT_LE(summary->decoder.max_words - summary->decoder.min_words, 1U);
    EXPECT_EQ(summary->decoder.dram_bytes, 12U * N_WORDS * 4);
    const double with = summary->estimate.latency_us;
    input.network = network;
    expect_equal_runs();
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    const double us = static_cast<double>(trace->end_ps) * 1e-6 / N_STEPS;
    EXPECT_LT(with, 2 * us);
    EXPECT_GT(with, us / 2);
}

TEST_F(DecoderOnChip, TakesTheFewestFreeCoresForTheLeastMemory)
{
    use_chip("tiny-2x2", {{"core.data_bytes", "3500"}});
    use_network({12, 20, 12}, PRECISION_INT8, 2);
    CompileOptions options = {};
    options.objective = OBJECTIVE_MEMORY;
    ASSERT_EQ(compile_it(options), STATUS_OK) << err.message;
    EXPECT_EQ(summary->decoder.n_cores, 1U);
    EXPECT_EQ(program->core[program->n_cores - 1].n_slices, 1U);
    EXPECT_LT(program->n_cores, 8U);
    expect_equal_runs();
}

TEST_F(DecoderOnChip, MustFitDramAndMemory)
{
    use_chip("tiny-2x2", {{"dram.bytes", "2000"}});
    use_network({12, 20, 12}, PRECISION_FP32, 2); // 53 x 12 x 4 = 2544 bytes
    EXPECT_EQ(compile_it(), STATUS_NO_FIT);
    EXPECT_NE(std::string(err.message).find("DRAM does not fit"), std::string::npos) << err.message;
    use_chip("tiny-2x2", {{"core.data_bytes", "2100"}, {"grid.usable_cores", "8"}});
    CompileOptions options = {};
    const uint32_t counts[] = {2, 2};
    options.n_core_counts = 2;
    options.core_count = counts;
    options.share_cores = true;
    use_chip("tiny-2x2", {{"core.data_bytes", "4000"}});
    EXPECT_EQ(compile_it(options), STATUS_NO_FIT);
    EXPECT_NE(std::string(err.message).find("words of the decoder"), std::string::npos)
        << err.message;
    EXPECT_NE(std::string(err.hint).find("decoder on the host"), std::string::npos) << err.hint;
}

TEST_F(DecoderOnChip, IsSavedWithTheProgram)
{
    for (bool fold : {false, true}) {
        use_chip("tiny-2x2");
        use_network({8, 16, 8}, PRECISION_BF16, 2, fold);
        ASSERT_EQ(compile_it(), STATUS_OK) << err.message;
        char path[] = "/tmp/egret-words-XXXXXX";
        const int file = mkstemp(path);
        ASSERT_GE(file, 0);
        close(file);
        ASSERT_EQ(program_save(arena, program, path, &err), STATUS_OK) << err.message;
        const Program *loaded = nullptr;
        EXPECT_EQ(program_load(arena, path, &loaded, &err), STATUS_OK) << err.message;
        std::remove(path);
        ASSERT_NE(loaded, nullptr);
        EXPECT_EQ(loaded->hash, program->hash);
        EXPECT_TRUE(loaded->has_decoder);
        ASSERT_EQ(loaded->dram_bytes, (fold ? 4U * N_WORDS * 3 * 16 : 0U) + 2U * N_WORDS * 8);
        EXPECT_EQ(std::memcmp(loaded->dram, program->dram, loaded->dram_bytes), 0);
        program = loaded;
        EXPECT_NE(simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL), nullptr);
    }
}

} // namespace
