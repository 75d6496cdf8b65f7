// Folded embedding from end to end: what cores compute from the token rows that they read out of DRAM
// equals the reference run bit for bit, and reading takes the time that it should.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <unistd.h>

#include "base/rng.h"
#include "compiler/compiler.h"
#include "ladder_checks.hpp"
#include "models/fold.h"
#include "models/generate.h"
#include "models/quantize.h"
#include "models/reference.h"
#include "sim/sim.h"

namespace
{

class TokenRows : public testing::Test
{
  protected:
    Arena *arena = arena_new();
    Err err = {};
    const Chip *chip = nullptr;
    const Topology *topology = nullptr;
    const Network *whole = nullptr, *folded = nullptr;
    const Program *program = nullptr;
    const ReferenceRun *reference = nullptr;
    InputStream input = {};
    std::vector<uint32_t> tokens;
    SimOptions more = {}; // beyond engine, mode and arrival

    TokenRows() = default;
    ~TokenRows() override
    {
        arena_free(arena);
    }
    TokenRows(const TokenRows &) = delete;
    TokenRows &operator=(const TokenRows &) = delete;

    void use_chip(const char *name, std::vector<ChipSetting> settings = {})
    {
        const std::string folder = std::string(EGRET_SOURCE_DIR) + "/arch/chips";
        ASSERT_EQ(chip_load(arena, name, folder.c_str(), settings.data(),
                            static_cast<uint32_t>(settings.size()), &chip, &err),
                  STATUS_OK)
            << err.message;
        ASSERT_EQ(topology_build(arena, chip, &topology, &err), STATUS_OK) << err.message;
    }

    void use_network(const std::vector<uint32_t> &size, double density, Precision precision,
                     uint64_t seed)
    {
        GenerateOptions options = {};
        options.name = "words";
        options.cell = "egru";
        options.n_sizes = static_cast<uint32_t>(size.size());
        options.size = size.data();
        options.density = density;
        options.threshold_mean = 0.1;
        options.gain = 1.5;
        options.n_words = 24;
        options.seed = seed;
        const Network *network = nullptr;
        ASSERT_EQ(network_generate(arena, &options, &network, &err), STATUS_OK) << err.message;
        ASSERT_EQ(network_quantize(arena, network, precision, nullptr, &whole, &err), STATUS_OK)
            << err.message;
        fold_it(seed);
    }

    void fold_it(uint64_t seed)
    {
        ASSERT_EQ(network_fold(arena, whole, &folded, &err), STATUS_OK) << err.message;
        Rng rng = rng_make(seed, 5);
        tokens.clear();
        for (int i = 0; i < 13; i++)
            tokens.push_back(static_cast<uint32_t>(rng_below(&rng, 24)));
        input = InputStream{};
        input.network = folded;
        input.name = "tokens";
        input.token = tokens.data();
        input.n_tokens = 13;
        input.n_steps = 12;
        ASSERT_EQ(reference_run(arena, folded, &input, nullptr, &reference, &err), STATUS_OK)
            << err.message;
    }

    Status compile_it(CompileOptions options)
    {
        const CompileSummary *summary = nullptr;
        return compile(arena, chip, topology, folded, &options, &program, &summary, &err);
    }

    const Trace *simulate(SimMode mode, SimArrival arrival, const char *engine = nullptr)
    {
        SimOptions options = more;
        options.engine = engine;
        options.mode = mode;
        options.arrival = arrival;
        const Trace *trace = nullptr;
        EXPECT_EQ(
            sim_run(arena, program, topology, &input, reference->events, &options, &trace, &err),
            STATUS_OK)
            << err.message;
        return trace;
    }

    void expect_reads(const Trace *trace) const
    {
        uint64_t n_segments = 0;
        for (uint32_t c = 0; c < program->n_cores; c++)
            for (uint32_t i = 0; i < program->core[c].n_slices; i++)
                n_segments += program->core[c].slice[i].layer == 0;
        EXPECT_EQ(trace->dram_reads, 12 * n_segments);
        EXPECT_EQ(trace->dram_bytes, 12U * 4 * 3 * folded->layer[0].n_units);
        EXPECT_EQ(trace->host_events_in, 0U);
        EXPECT_EQ(trace->host_markers_in, 12U);
    }
};

CompileOptions free_choice()
{
    CompileOptions options = {};
    options.format = -1;
    return options;
}

TEST_F(TokenRows, CoresComputeTheReferenceFromThem)
{
    use_chip("tiny-2x2", {{"core.data_bytes", "1000000"}, {"core.system_bytes", "1000000"}});
    uint64_t n_events = 0;
    for (uint64_t seed = 1; seed <= 24 && !HasFatalFailure(); seed++) {
        SCOPED_TRACE(seed);
        const auto precision = static_cast<Precision>(seed % 3);
        use_network({11, 10 + static_cast<uint32_t>(seed), 11}, 0.4, precision, seed);
        CompileOptions options = free_choice();
        options.share_cores = seed % 2 == 0;
        options.format = static_cast<int32_t>(seed / 3 % 3) - 1;
        ASSERT_EQ(compile_it(options), STATUS_OK) << err.message;
        ASSERT_EQ(program_check(program, chip, &err), STATUS_OK) << err.message;
        const Trace *executed = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
        const Trace *pipelined = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
        const Trace *replayed = simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL);
        for (const Trace *trace : {executed, pipelined}) {
            const Trace *counted = simulate(
                SIM_REPLAY, trace->pipelined ? ARRIVE_PIPELINED : ARRIVE_SEQUENTIAL, "count");
            ASSERT_NE(counted, nullptr);
            expect_same_totals(counted, trace);
            expect_bounds(counted, trace);
        }
        ASSERT_NE(executed, nullptr);
        ASSERT_NE(pipelined, nullptr);
        ASSERT_NE(replayed, nullptr);
        EXPECT_EQ(executed->end_ps, replayed->end_ps);
        for (const Trace *trace : {executed, pipelined, replayed})
            expect_reads(trace);
        n_events += reference->events->n_events;
    }
    EXPECT_GT(n_events, 1500U);
}

// The unfolded network has the same events; its host sends one packet an input.
TEST_F(TokenRows, TakeTheHostsEventsOffTheChip)
{
    use_chip("spinnaker2");
    use_network({40, 60, 40}, 0.3, PRECISION_FP32, 3);
    ASSERT_EQ(compile_it(free_choice()), STATUS_OK) << err.message;
    const Trace *with_rows = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    folded = whole;
    input.network = whole;
    ASSERT_EQ(compile_it(free_choice()), STATUS_OK) << err.message;
    const Trace *without = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL); // the same expected events
    ASSERT_NE(with_rows, nullptr);
    ASSERT_NE(without, nullptr);
    EXPECT_EQ(without->host_events_in, 12U * 40);
    EXPECT_EQ(without->dram_bytes, 0U);
    EXPECT_LT(with_rows->end_ps, without->end_ps);
}

// Test chip: core cycle 10 ns, host packet 64 ns + 500 ns, DMA set-up 20, DRAM 0.4 bytes a ns + 150
// ns. The marker is the first packet: at core edge 61 (test_program_timing.cpp), received in 10 +
// 20 cycles until edge 91. 3 values of 4 bytes take 30 ns, the data is there 180 ns later: edge 109.
// Update 25 + 40 until 174, emit 6 until 180 = 1800 ns: NoC edge 360, 365 = 1825 ns, router edge
// 457, 460 = 1840 ns, host 1840 + 564.
TEST_F(TokenRows, ArriveAfterSetUpTransferAndLatency)
{
    use_chip("tiny-2x2");
    use_network({1, 1}, 0, PRECISION_FP32, 1);
    ASSERT_EQ(reference->events->start[1], 0U); // the first step has no event
    ASSERT_EQ(compile_it(free_choice()), STATUS_OK) << err.message;
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    ASSERT_NE(trace, nullptr);
    EXPECT_EQ(trace->step[0].end_ps, 2404000U);
    EXPECT_EQ(trace->dram_busy_ps, 12U * 30000);
    EXPECT_EQ(trace->count[0].n[COUNT_RECEIVE_CYCLES], 12U * (10 + 20));
}

// A DRAM of 1 byte a us: 8 cores wait for one server, which is busy all the time.
TEST_F(TokenRows, OfAllCoresShareOneServer)
{
    use_chip("tiny-2x2", {{"dram.effective_bytes_per_second", "1000000"},
                          {"dram.peak_bytes_per_second", "1000000"}});
    use_network({8, 16, 8}, 0.2, PRECISION_FP32, 2);
    CompileOptions options = free_choice();
    options.share_cores = true;
    ASSERT_EQ(compile_it(options), STATUS_OK) << err.message;
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NE(trace, nullptr);
    const uint64_t row_ps = UINT64_C(4) * 3 * 16 * 1000000;
    EXPECT_EQ(trace->dram_busy_ps, 12 * row_ps);
    EXPECT_GE(trace->end_ps, 12 * row_ps);
    EXPECT_LT(trace->end_ps, 12 * row_ps + 12 * 20 * 1000000U);
}

TEST_F(TokenRows, MustFitTheDram)
{
    use_chip("tiny-2x2", {{"dram.bytes", "4000"}});
    use_network({8, 16, 8}, 0.2, PRECISION_FP32, 2); // 24 x 48 x 4 = 4608 bytes
    EXPECT_EQ(compile_it(free_choice()), STATUS_NO_FIT);
    EXPECT_NE(std::string(err.message).find("chip 0: DRAM does not fit"), std::string::npos)
        << err.message;
    EXPECT_NE(std::string(err.message).find("4,000 available"), std::string::npos) << err.message;
}

TEST_F(TokenRows, AreSavedWithTheProgram)
{
    use_chip("tiny-2x2");
    use_network({8, 16, 8}, 0.2, PRECISION_BF16, 2);
    ASSERT_EQ(compile_it(free_choice()), STATUS_OK) << err.message;
    char path[] = "/tmp/egret-rows-XXXXXX";
    const int file = mkstemp(path);
    ASSERT_GE(file, 0);
    close(file);
    ASSERT_EQ(program_save(arena, program, path, &err), STATUS_OK) << err.message;
    const Program *loaded = nullptr;
    EXPECT_EQ(program_load(arena, path, &loaded, &err), STATUS_OK) << err.message;
    std::remove(path);
    ASSERT_NE(loaded, nullptr);
    EXPECT_EQ(loaded->hash, program->hash);
    EXPECT_EQ(loaded->n_tokens, 24U);
    ASSERT_EQ(loaded->dram_bytes, 4608U);
    EXPECT_EQ(std::memcmp(loaded->dram, program->dram, 4608), 0);
    program = loaded;
    EXPECT_NE(simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL), nullptr);
}

// ---- rows and ticks

TEST_F(TokenRows, AreThereInTimeWhereTicksAreLong)
{
    use_chip("tiny-2x2", {{"core.data_bytes", "1000000"}, {"core.system_bytes", "1000000"}});
    for (uint64_t seed = 1; seed <= 24 && !HasFatalFailure(); seed++) {
        SCOPED_TRACE(seed);
        use_network({11, 10 + static_cast<uint32_t>(seed), 11}, 0.4,
                    static_cast<Precision>(seed % 3), seed);
        CompileOptions options = free_choice();
        options.share_cores = seed % 2 == 0;
        ASSERT_EQ(compile_it(options), STATUS_OK) << err.message;
        for (const SimArrival arrival : {ARRIVE_SEQUENTIAL, ARRIVE_PIPELINED}) {
            more = {};
            const Trace *dataflow = simulate(SIM_EXECUTE, arrival);
            ASSERT_NE(dataflow, nullptr);
            const Trace *counted = simulate(SIM_REPLAY, arrival, "count");
            ASSERT_NE(counted, nullptr);
            more.sync = SYNC_TICK;
            more.tick_ns = dataflow->end_ps / 1000;
            const Trace *trace = simulate(SIM_EXECUTE, arrival);
            ASSERT_NE(trace, nullptr);
            expect_same_totals(counted, trace);
            expect_reads(trace);
            EXPECT_EQ(trace->ticks.rows_missed, 0U);
            EXPECT_EQ(trace->layer[0].differing + trace->layer[1].differing, 0U);
            EXPECT_EQ(trace->layer[0].late + trace->layer[1].late, 0U);
        }
    }
}

using SentValue = std::tuple<uint32_t, uint32_t, float>; // step, unit

// A layer without memory, and rows that take a tick and a half: its events of step t are those that the
// reference has in step t - 1, and those of step 0 what comes of sums that begin at 0.
TEST_F(TokenRows, ThatAreLateAreUsedATickLater)
{
    use_chip("tiny-2x2", {{"dram.latency_ns", "75000"}, {"core.data_bytes", "1000000"}});
    use_network({11, 40, 11}, 0.5, PRECISION_FP32, 4);
    const Layer &layer = whole->layer[0];
    std::fill_n(const_cast<float *>(layer.recurrent.weight), layer.recurrent.n_nonzeros, 0.0f);
    whole = network_with_carry(arena, whole, CARRY_EVENTS, 1);
    fold_it(4);
    ASSERT_EQ(compile_it(free_choice()), STATUS_OK) << err.message;
    std::set<SentValue> sent;
    more.sync = SYNC_TICK;
    more.tick_ns = 50000;
    more.event_used_context = &sent;
    more.event_used = [](void *list, const EventUse *use) {
        if (use->source_layer == 0 && use->layer == 1)
            static_cast<std::set<SentValue> *>(list)->insert({use->step, use->unit, use->value});
    };
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NE(trace, nullptr);
    std::set<SentValue> expected;
    for (uint32_t t = 0; t + 1 < 12; t++)
        for (uint64_t i = 0; i < event_trace_count(reference->events, t, 0); i++) {
            const uint64_t at = event_trace_first(reference->events, t, 0) + i;
            expected.insert({t + 1, reference->events->unit[at], reference->events->value[at]});
        }
    std::vector<float> zeros(3 * layer.n_units), state(layer.n_units), event(layer.n_units);
    CellStepF32 cell = {};
    cell.n_units = layer.n_units;
    cell.input = zeros.data();
    cell.recurrent = layer.recurrent_bias;
    cell.threshold = layer.threshold;
    cell.parameter = layer.parameter;
    cell.state = state.data();
    cell.events = event.data();
    layer.cell->step_f32(&cell);
    for (uint32_t u = 0; u < layer.n_units; u++)
        if (event[u] != 0.0f)
            expected.insert({0, u, event[u]});
    EXPECT_TRUE(sent == expected);
    EXPECT_GT(expected.size(), 30U);
    uint64_t n_slices = 0;
    for (uint32_t c = 0; c < program->n_cores; c++)
        for (uint32_t i = 0; i < program->core[c].n_slices; i++)
            n_slices += program->core[c].slice[i].layer == 0;
    EXPECT_EQ(trace->ticks.rows_missed, 12 * n_slices);
    expect_reads(trace);
}

// More rows under way than a core can have: its FIFO waits, or loses events, but no token.
TEST_F(TokenRows, ThatPileUpHoldTheFifoBack)
{
    for (const char *policy : {"stall", "drop", "overwrite"}) {
        SCOPED_TRACE(policy);
        use_chip("tiny-2x2", {{"dram.latency_ns", "300000"},
                              {"core.receive_fifo_full", policy},
                              {"core.receive_fifo_packets", "2"},
                              {"core.data_bytes", "1000000"}});
        use_network({11, 14, 11}, 0.5, PRECISION_FP32, 4);
        CompileOptions options = free_choice();
        options.share_cores = true;
        ASSERT_EQ(compile_it(options), STATUS_OK) << err.message;
        more.sync = SYNC_TICK;
        more.tick_ns = 3000;
        for (const SimMode mode : {SIM_EXECUTE, SIM_REPLAY}) {
            const Trace *trace = simulate(mode, ARRIVE_PIPELINED);
            const Trace *again = simulate(mode, ARRIVE_PIPELINED);
            ASSERT_NE(trace, nullptr);
            ASSERT_NE(again, nullptr);
            expect_reads(trace);
            EXPECT_GT(trace->ticks.rows_missed, 11U);
            EXPECT_EQ(trace->end_ps, again->end_ps);
            EXPECT_EQ(std::memcmp(&trace->ticks, &again->ticks, sizeof trace->ticks), 0);
        }
    }
}

} // namespace
