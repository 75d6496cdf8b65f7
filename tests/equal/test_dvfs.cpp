// test_dvfs.cpp - cores that change their operating point: what holds whatever the threshold.
#include "ladder_checks.hpp"
#include "models/quantize.h"
#include "sim_fixture.hpp"

namespace
{

// Counts that do not depend on the point that a core was at, nor on when anything happened.
const Count kSame[] = {COUNT_EVENTS_IN,       COUNT_EVENTS_OUT,       COUNT_MARKERS_IN,
                       COUNT_MARKERS_OUT,     COUNT_SYNAPTIC_OPS,     COUNT_MAC_ARRAY_MACS,
                       COUNT_UNIT_UPDATES,    COUNT_UPDATE_CYCLES,    COUNT_RECEIVE_CYCLES,
                       COUNT_EMIT_CYCLES,     COUNT_MAC_ARRAY_CYCLES, COUNT_SRAM_READ_BYTES,
                       COUNT_SRAM_WRITE_BYTES};

class DvfsRandom : public SimTest, public ::testing::WithParamInterface<int>
{
  protected:
    uint64_t seed = static_cast<uint64_t>(GetParam());
    Settings settings;
    bool falls = false; // cores with nothing to do change to the slow point

    // Central routers, meshes and a board, with short queues; whole ratios of the clocks, but for
    // every fifth case.
    void draw_case()
    {
        Rng rng = rng_make(seed, 31);
        const auto draw = [&rng](uint64_t least, uint64_t most) {
            return std::to_string(least + rng_below(&rng, most - least + 1));
        };
        settings = with_phits({{"core.receive_fifo_packets", draw(1, 12)},
                               {"core.inject_queue_packets", draw(1, 3)},
                               {"core.level_switch_ns", seed % 7 == 0 ? "0" : draw(1, 200)},
                               {"core.data_bytes", "10000000"},
                               {"router.table_entries", "100000"},
                               {"noc.buffer_flits", draw(1, 4)},
                               {"host.latency_ns", draw(0, 700)},
                               {"software.barrier_ns", draw(0, 2000)},
                               {"software.receive_event_cycles", draw(1, 30)}},
                              1 + seed / 3 % 4);
        if (name()[0] == 't') {
            settings.push_back({"operating_points.slow.hz", "100000000"});
            settings.push_back(
                {"operating_points.fast.hz", is_whole() ? draw(1, 3) + "00000000" : "137000000"});
        }
        use_chip_and_threshold(draw(1, 20));
        std::vector<uint32_t> sizes;
        const uint64_t n_layers = 1 + rng_below(&rng, 3);
        for (uint64_t l = 0; l <= n_layers; l++)
            sizes.push_back(static_cast<uint32_t>(3 + rng_below(&rng, 25)));
        use_network(sizes, 0.1 + 0.6 * rng_uniform(&rng), 6, seed);
        if (seed / 4 % 2 == 0) { // with jobs of MAC arrays
            const QuantizeOptions quantize{};
            ASSERT_EQ(network_quantize(arena, network, PRECISION_INT8, &quantize, &network, &err),
                      STATUS_OK)
                << err.message;
            use_input(6, seed);
            run_reference();
        }
        options.sync = seed % 3 == 0 ? SYNC_BARRIER : SYNC_DATAFLOW;
        options.auto_point = true;
        place();
    }

    std::string name() const
    {
        static const char *const names[] = {"tiny-2x2", "spinnaker2", "tiny-mesh", "tiny-board"};
        return names[seed % 4];
    }

    bool is_whole() const
    {
        return name()[0] != 't' || seed % 5 != 0;
    }

    void use_chip_and_threshold(const std::string &packets)
    {
        Settings all = settings;
        all.push_back({"software.dvfs_packets", packets});
        use_chip_with(name(), falls ? "software: {idle_point: slowest}\n" : "", all);
    }

    void place()
    {
        use_random_program(seed, chip->grid.usable_cores / 2);
    }

    const Trace *simulate_at(uint32_t point, SimMode mode, SimArrival arrival)
    {
        options.auto_point = false;
        options.point = point;
        const Trace *trace = simulate(mode, arrival);
        options.auto_point = true;
        return trace;
    }

    static void expect_same_work(const Trace *a, const Trace *b)
    {
        ASSERT_NE(a, nullptr);
        ASSERT_NE(b, nullptr);
        for (uint32_t c = 0; c < a->n_cores; c++)
            for (Count count : kSame)
                EXPECT_EQ(a->count[c].n[count], b->count[c].n[count]) << c << count_name(count);
        for (uint32_t l = 0; l < a->n_links; l++)
            EXPECT_EQ(a->link[l].flits, b->link[l].flits) << l;
        EXPECT_EQ(a->router_lookups, b->router_lookups);
        EXPECT_EQ(a->host_bits, b->host_bits);
    }

    static void expect_same_times(const Trace *a, const Trace *b)
    {
        EXPECT_EQ(a->end_ps, b->end_ps);
        EXPECT_EQ(a->n_supersteps, b->n_supersteps);
        for (uint32_t t = 0; t < a->n_steps; t++) {
            EXPECT_EQ(a->step[t].start_ps, b->step[t].start_ps) << t;
            EXPECT_EQ(a->step[t].end_ps, b->step[t].end_ps) << t;
            EXPECT_EQ(a->step[t].critical_core, b->step[t].critical_core) << t;
        }
        for (uint32_t l = 0; l < a->n_layers; l++)
            EXPECT_EQ(a->layer[l].update_end_ps, b->layer[l].update_end_ps) << l;
        for (uint32_t l = 0; l < a->n_links; l++)
            EXPECT_EQ(a->link[l].stall_cycles, b->link[l].stall_cycles) << l;
        for (uint32_t c = 0; c < a->n_cores; c++)
            EXPECT_EQ(a->count[c].n[COUNT_FIFO_HIGH_PACKETS],
                      b->count[c].n[COUNT_FIFO_HIGH_PACKETS]);
    }

    // What a core did at the fast point is part of what it did; a core that changed took its time.
    void expect_levels(const Trace *trace) const
    {
        const auto switch_ps = static_cast<uint64_t>(chip->core.level_switch_ns.value * 1000);
        for (uint32_t c = 0; c < trace->n_cores; c++) {
            const uint64_t *n = trace->count[c].n;
            EXPECT_LE(n[COUNT_HIGH_ACTIVE_CYCLES],
                      n[COUNT_RECEIVE_CYCLES] + n[COUNT_UPDATE_CYCLES] + n[COUNT_EMIT_CYCLES]);
            EXPECT_LE(n[COUNT_HIGH_ARRAY_MACS], n[COUNT_MAC_ARRAY_MACS]);
            EXPECT_LE(n[COUNT_HIGH_ACTIVE_CYCLES] + n[COUNT_LEVEL_SWITCH_CYCLES],
                      n[COUNT_HIGH_CYCLES]);
            EXPECT_LE(n[COUNT_HIGH_CYCLES], trace->run_cycles);
            // edges are rounded to ps, half a ps at most
            EXPECT_GE(n[COUNT_LEVEL_SWITCH_CYCLES] * UINT64_C(1000000000000) / trace->core_hz +
                          n[COUNT_LEVEL_SWITCHES],
                      n[COUNT_LEVEL_SWITCHES] * switch_ps);
            if (n[COUNT_LEVEL_SWITCHES] == 0) {
                EXPECT_EQ(n[COUNT_HIGH_CYCLES], 0U);
            }
        }
    }
};

TEST_P(DvfsRandom, TheRuleChangesTimesAndNothingElse)
{
    ASSERT_NO_FATAL_FAILURE(draw_case());
    for (SimArrival arrival : {ARRIVE_SEQUENTIAL, ARRIVE_PIPELINED}) {
        const Trace *trace = simulate(SIM_EXECUTE, arrival); // equal to the reference, or fails
        ASSERT_NO_FATAL_FAILURE(expect_same_work(trace, simulate_at(0, SIM_REPLAY, arrival)));
        expect_levels(trace);
        expect_equal(trace, simulate(SIM_REPLAY, arrival));
        options.hop_by_hop = true;
        expect_equal(trace, simulate(SIM_REPLAY, arrival));
        options.hop_by_hop = false;
        options.engine = "flit";
        const Trace *flit = simulate(SIM_REPLAY, arrival);
        options.engine = nullptr;
        ASSERT_NO_FATAL_FAILURE(expect_same_work(trace, flit));
        expect_levels(flit);
    }
}

TEST_P(DvfsRandom, CoresThatFallWhenIdleDoTheSameWorkAndSleepSlowly)
{
    falls = true;
    ASSERT_NO_FATAL_FAILURE(draw_case());
    for (SimArrival arrival : {ARRIVE_SEQUENTIAL, ARRIVE_PIPELINED}) {
        const Trace *trace = simulate(SIM_EXECUTE, arrival);
        ASSERT_NO_FATAL_FAILURE(expect_same_work(trace, simulate_at(0, SIM_REPLAY, arrival)));
        expect_levels(trace);
        for (uint32_t c = 0; c < trace->n_cores; c++) // each ends at the slow point
            EXPECT_EQ(trace->count[c].n[COUNT_LEVEL_SWITCHES] % 2, 0U) << c;
        expect_equal(trace, simulate(SIM_REPLAY, arrival));
        options.hop_by_hop = true;
        expect_equal(trace, simulate(SIM_REPLAY, arrival));
        options.hop_by_hop = false;
    }
    use_chip_and_threshold("0"); // all work is done at the fast point, no sleep
    place();
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NO_FATAL_FAILURE(expect_same_work(trace, simulate_at(0, SIM_REPLAY, ARRIVE_PIPELINED)));
    for (uint32_t c = 0; c < trace->n_cores; c++) {
        const uint64_t *n = trace->count[c].n;
        EXPECT_EQ(n[COUNT_HIGH_ACTIVE_CYCLES],
                  n[COUNT_RECEIVE_CYCLES] + n[COUNT_UPDATE_CYCLES] + n[COUNT_EMIT_CYCLES]);
        EXPECT_EQ(n[COUNT_HIGH_ARRAY_MACS], n[COUNT_MAC_ARRAY_MACS]);
        EXPECT_EQ(n[COUNT_SLOW_CYCLES], 0U);
        EXPECT_EQ(n[COUNT_HIGH_CYCLES], n[COUNT_HIGH_ACTIVE_CYCLES] + n[COUNT_LEVEL_SWITCH_CYCLES] +
                                            n[COUNT_STALL_CYCLES] + n[COUNT_ARRAY_WAIT_CYCLES]);
    }
    use_chip_and_threshold("1000000000"); // and none of it
    place();
    const Trace *never = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    EXPECT_EQ(total(never, COUNT_LEVEL_SWITCHES) + total(never, COUNT_HIGH_CYCLES), 0U);
    if (is_whole())
        expect_same_times(never, simulate_at(0, SIM_REPLAY, ARRIVE_PIPELINED));
}

TEST_P(DvfsRandom, TicksAndLossesOfCoresThatFallAreTheSameEachTime)
{
    falls = true;
    ASSERT_NO_FATAL_FAILURE(draw_case());
    options.sync = SYNC_TICK;
    options.tick_ns = 300 + 97 * seed;
    settings.push_back({"core.receive_fifo_full", seed % 2 ? "drop" : "overwrite"});
    use_chip_and_threshold("3");
    place();
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NE(trace, nullptr);
    expect_levels(trace);
    expect_equal(trace, simulate(SIM_EXECUTE, ARRIVE_PIPELINED));
}

TEST_P(DvfsRandom, AThresholdNeverReachedIsTheSlowPoint)
{
    ASSERT_NO_FATAL_FAILURE(draw_case());
    use_chip_and_threshold("1000000000");
    place();
    for (SimArrival arrival : {ARRIVE_SEQUENTIAL, ARRIVE_PIPELINED}) {
        const Trace *trace = simulate(SIM_EXECUTE, arrival);
        const Trace *slow = simulate_at(0, SIM_REPLAY, arrival);
        ASSERT_NO_FATAL_FAILURE(expect_same_work(trace, slow));
        EXPECT_EQ(total(trace, COUNT_LEVEL_SWITCHES) + total(trace, COUNT_HIGH_CYCLES), 0U);
        if (is_whole())
            expect_same_times(trace, slow);
    }
}

TEST_P(DvfsRandom, AThresholdOfNothingIsTheFastPoint)
{
    ASSERT_NO_FATAL_FAILURE(draw_case());
    use_chip_and_threshold("0");
    place();
    for (SimArrival arrival : {ARRIVE_SEQUENTIAL, ARRIVE_PIPELINED}) {
        const Trace *trace = simulate(SIM_EXECUTE, arrival);
        const Trace *fast = simulate_at(chip->n_points - 1, SIM_REPLAY, arrival);
        ASSERT_NO_FATAL_FAILURE(expect_same_work(trace, fast));
        expect_same_times(trace, fast);
        for (uint32_t c = 0; c < trace->n_cores; c++) {
            EXPECT_EQ(trace->count[c].n[COUNT_LEVEL_SWITCHES], 0U);
            EXPECT_EQ(trace->count[c].n[COUNT_HIGH_CYCLES], trace->run_cycles);
            EXPECT_EQ(trace->count[c].n[COUNT_SLOW_CYCLES], 0U);
        }
    }
}

TEST_P(DvfsRandom, FullFifosThatLoseEventsAreTheSameEachTime)
{
    ASSERT_NO_FATAL_FAILURE(draw_case());
    settings.push_back({"core.receive_fifo_full", seed % 2 ? "drop" : "overwrite"});
    use_chip_and_threshold("3");
    place();
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    expect_levels(trace);
    expect_equal(trace, simulate(SIM_EXECUTE, ARRIVE_PIPELINED));
    use_chip_and_threshold("1000000000");
    place();
    const Trace *never = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    const Trace *slow = simulate_at(0, SIM_EXECUTE, ARRIVE_PIPELINED);
    if (is_whole()) {
        ASSERT_NO_FATAL_FAILURE(expect_same_work(never, slow));
        expect_same_times(never, slow);
        EXPECT_EQ(total(never, COUNT_EVENTS_LOST), total(slow, COUNT_EVENTS_LOST));
    }
}

TEST_P(DvfsRandom, TicksOfCoresThatNeverChangeAreThoseOfTheSlowPoint)
{
    ASSERT_NO_FATAL_FAILURE(draw_case());
    options.sync = SYNC_TICK;
    options.tick_ns = 300 + 97 * seed; // from far too short to long enough
    use_chip_and_threshold("1000000000");
    place();
    for (SimArrival arrival : {ARRIVE_SEQUENTIAL, ARRIVE_PIPELINED}) {
        const Trace *trace = simulate(SIM_EXECUTE, arrival);
        const Trace *slow = simulate_at(0, SIM_EXECUTE, arrival);
        ASSERT_NE(trace, nullptr);
        ASSERT_NE(slow, nullptr);
        if (!is_whole())
            continue;
        ASSERT_NO_FATAL_FAILURE(expect_same_work(trace, slow));
        expect_same_times(trace, slow);
        for (const Count count : {COUNT_EVENTS_LATE, COUNT_EVENTS_EARLY, COUNT_OVERRUNS})
            EXPECT_EQ(total(trace, count), total(slow, count)) << count_name(count);
        EXPECT_EQ(trace->ticks.worst_overrun_ps, slow->ticks.worst_overrun_ps);
    }
    use_chip_and_threshold("3");
    place();
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    expect_levels(trace);
    expect_equal(trace, simulate(SIM_EXECUTE, ARRIVE_PIPELINED));
}

TEST_P(DvfsRandom, CountsWithoutTimeAreTheSameAndBoundsAreBelow)
{
    ASSERT_NO_FATAL_FAILURE(draw_case());
    options.sync = SYNC_DATAFLOW;
    for (SimArrival arrival : {ARRIVE_SEQUENTIAL, ARRIVE_PIPELINED}) {
        const Trace *event = simulate(SIM_REPLAY, arrival);
        options.engine = "count";
        const Trace *count = simulate(SIM_REPLAY, arrival);
        options.engine = nullptr;
        ASSERT_NO_FATAL_FAILURE(expect_same_totals(count, event));
        expect_bounds(count, event);
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, DvfsRandom, ::testing::Range(0, 60));

} // namespace
