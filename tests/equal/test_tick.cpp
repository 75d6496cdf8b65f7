// test_tick.cpp - updates at ticks: with long ticks all is as with dataflow, with short ones nothing
// is lost sight of, and in execute mode the values are those that a plain reading of the rule gives.
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "models/quantize.h"
#include "sync_fixture.hpp"

namespace
{

constexpr int CASES = 10; // of a test: processes cost more than cases

class Ticks : public SyncTest, public ::testing::WithParamInterface<int>
{
  protected:
    void use_ticks(uint64_t tick_ns)
    {
        options.sync = tick_ns > 0 ? SYNC_TICK : SYNC_DATAFLOW;
        options.tick_ns = tick_ns;
    }

    static uint64_t late(const Trace *trace)
    {
        return total(trace, COUNT_EVENTS_LATE) + total(trace, COUNT_EVENTS_EARLY);
    }

    static uint64_t differing(const Trace *trace)
    {
        uint64_t n = 0;
        for (uint32_t l = 0; l < trace->n_layers; l++)
            n += trace->layer[l].differing;
        return n;
    }

    // What holds however short the ticks are. A step starts at its tick.
    void expect_schedule(const Trace *trace) const
    {
        const uint64_t n = trace->n_steps, n_layers = trace->n_layers,
                       period_ps = options.tick_ns * 1000;
        const uint64_t spacing = trace->pipelined ? 1 : n_layers + 1;
        EXPECT_STREQ(trace->sync, "tick");
        EXPECT_EQ(trace->n_supersteps, 0U);
        EXPECT_EQ(trace->ticks.period_ps, period_ps);
        EXPECT_EQ(trace->ticks.n_ticks, trace->pipelined ? n + n_layers : n * (n_layers + 1));
        uint64_t n_late = 0, n_early = 0;
        for (uint32_t l = 0; l < n_layers; l++) {
            n_late += trace->layer[l].late;
            n_early += trace->layer[l].early;
        }
        EXPECT_EQ(n_late, total(trace, COUNT_EVENTS_LATE));
        EXPECT_EQ(n_early, total(trace, COUNT_EVENTS_EARLY));
        EXPECT_EQ(trace->ticks.overruns, total(trace, COUNT_OVERRUNS));
        for (uint32_t c = 0; c < trace->n_cores; c++) {
            const uint64_t *count = trace->count[c].n;
            EXPECT_EQ(count[COUNT_OVERRUNS] > 0, count[COUNT_OVERRUN_CYCLES] > 0) << c;
            EXPECT_LE(count[COUNT_OVERRUNS], trace->ticks.n_ticks) << c;
        }
        for (uint64_t t = 0; t < n; t++) {
            EXPECT_EQ(trace->step[t].start_ps, t * spacing * period_ps) << t;
            EXPECT_GT(trace->step[t].end_ps, (t * spacing + n_layers) * period_ps) << t;
        }
    }

    static void expect_in_time(const Trace *trace)
    {
        EXPECT_EQ(late(trace), 0U);
        EXPECT_EQ(differing(trace), 0U);
        EXPECT_EQ(trace->ticks.overruns, 0U);
        EXPECT_EQ(trace->ticks.worst_overrun_ps, 0U);
        EXPECT_EQ(trace->ticks.host_overruns, 0U);
        const uint64_t spacing = trace->pipelined ? 1 : trace->n_layers + 1;
        for (uint64_t t = 0; t < trace->n_steps; t++)
            EXPECT_LT(trace->step[t].end_ps,
                      (t * spacing + trace->n_layers + 1) * trace->ticks.period_ps)
                << t;
    }

    // Some networks in int8.
    void use_case(uint64_t seed, const std::string &on_full = "stall")
    {
        ASSERT_NO_FATAL_FAILURE(use_random_case(seed, on_full));
        if (seed % 4 != 1)
            return;
        QuantizeOptions quantize{};
        quantize.input_full_scale = 3;
        ASSERT_EQ(network_quantize(arena, network, PRECISION_INT8, &quantize, &network, &err),
                  STATUS_OK)
            << err.message;
        use_input(8, seed);
        run_reference();
        use_random_program(seed, chip->grid.usable_cores / 2);
    }

    // From far too short to about a step.
    uint64_t short_tick_ns(uint64_t seed)
    {
        Rng rng = rng_make(seed, 41);
        use_ticks(0);
        const Trace *dataflow = simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL);
        const uint64_t step_ns = dataflow->end_ps / dataflow->n_steps / 1000;
        return rng_below(&rng, 8) == 0 ? 1 : 1 + rng_below(&rng, 1 + step_ns);
    }

    void expect_long_ticks_change_times_only()
    {
        for (SimArrival arrival : {ARRIVE_SEQUENTIAL, ARRIVE_PIPELINED}) {
            use_ticks(0);
            const Trace *dataflow = simulate(SIM_EXECUTE, arrival);
            ASSERT_NE(dataflow, nullptr);
            EXPECT_EQ(dataflow->ticks.n_ticks, 0U);
            use_ticks(dataflow->end_ps / 1000 + 1);
            const Trace *ticks = simulate(SIM_EXECUTE, arrival);
            ASSERT_NO_FATAL_FAILURE(expect_same_totals(dataflow, ticks));
            expect_schedule(ticks);
            expect_in_time(ticks);
            expect_equal(ticks, simulate(SIM_REPLAY, arrival));
            options.hop_by_hop = true;
            expect_equal(ticks, simulate(SIM_REPLAY, arrival));
            options.hop_by_hop = false;
            options.engine = "flit";
            const Trace *flit = simulate(SIM_REPLAY, arrival);
            options.engine = nullptr;
            ASSERT_NO_FATAL_FAILURE(expect_same_totals(dataflow, flit));
            expect_schedule(flit);
            expect_in_time(flit);
        }
    }
};

TEST_P(Ticks, LongOnesGiveWhatDataflowGives)
{
    for (int i = 0; i < CASES && !HasFatalFailure(); i++) {
        const auto seed = static_cast<uint64_t>(GetParam() * CASES + i);
        SCOPED_TRACE(seed);
        ASSERT_NO_FATAL_FAILURE(use_case(seed));
        ASSERT_NO_FATAL_FAILURE(expect_long_ticks_change_times_only());
    }
}

// Conservation is checked in every run: events in time, late, early and lost are those delivered.
TEST_P(Ticks, ShortOnesLoseNothingAndAreTheSameEachTime)
{
    static const char *const policies[] = {"stall", "drop", "overwrite"};
    uint64_t n_late = 0, n_overruns = 0, n_differing = 0;
    for (int i = 0; i < CASES && !HasFatalFailure(); i++) {
        const auto seed = static_cast<uint64_t>(GetParam() * CASES + i);
        SCOPED_TRACE(seed);
        ASSERT_NO_FATAL_FAILURE(use_case(seed, policies[seed % 3]));
        const SimArrival arrival = seed / 3 % 2 ? ARRIVE_SEQUENTIAL : ARRIVE_PIPELINED;
        use_ticks(short_tick_ns(seed));
        const Trace *trace = simulate(SIM_EXECUTE, arrival);
        ASSERT_NE(trace, nullptr);
        expect_schedule(trace);
        expect_equal(trace, simulate(SIM_EXECUTE, arrival));
        options.hop_by_hop = true;
        expect_equal(trace, simulate(SIM_EXECUTE, arrival));
        options.hop_by_hop = false;
        const Trace *replay = simulate(SIM_REPLAY, arrival);
        ASSERT_NE(replay, nullptr);
        expect_schedule(replay);
        if (differing(trace) == 0)
            expect_equal(trace, replay);
        options.engine = "flit";
        const Trace *flit = simulate(SIM_REPLAY, arrival);
        options.engine = nullptr;
        ASSERT_NE(flit, nullptr);
        expect_schedule(flit);
        n_late += late(trace);
        n_overruns += trace->ticks.overruns;
        n_differing += differing(trace);
        if (late(trace) + total(trace, COUNT_EVENTS_LOST) == 0) {
            EXPECT_EQ(differing(trace), 0U);
        }
    }
    EXPECT_GT(n_late, 0U);
    EXPECT_GT(n_overruns, 0U);
    EXPECT_GT(n_differing, 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Ticks, ::testing::Range(0, 40));

} // namespace
