// test_observer.cpp - what an observer is told of the cores, against their counters: the spans of each
// core fill the run, and those of each kind last as long as its count says.
#include <map>

#include "property_fixture.hpp"

namespace
{

class Observer : public PropertyTest
{
  protected:
    std::vector<std::vector<CoreSpan>> spans; // by core
    std::vector<PacketNote> notes;
    SimObserver observer{};

    const Trace *observed(SimMode mode, SimArrival arrival)
    {
        spans.assign(program->n_cores, {});
        notes.clear();
        observer.context = this;
        observer.span = [](void *context, const CoreSpan *span) {
            static_cast<Observer *>(context)->spans[span->core].push_back(*span);
        };
        observer.packet = [](void *context, const PacketNote *note) {
            static_cast<Observer *>(context)->notes.push_back(*note);
        };
        options.observer = &observer;
        const Trace *trace = simulate(mode, arrival);
        options.observer = nullptr;
        return trace;
    }

    uint64_t cycle(uint64_t ps) const
    {
        const Clock clock = clock_make(static_cast<uint64_t>(chip->point[options.point].hz.value));
        const uint64_t cycle = clock_edge_at_or_after(&clock, ps);
        EXPECT_EQ(clock_edge_ps(&clock, cycle), ps);
        return cycle;
    }

    // Spans touch from 0 to the end, and add up to the counters.
    void expect_spans(const Trace *trace, uint32_t c)
    {
        std::map<Count, uint64_t> cycles;
        uint64_t end = 0, packets = 0;
        for (const CoreSpan &span : spans[c]) {
            cycles[span.kind] += cycle(span.end_ps) - cycle(span.begin_ps);
            packets += span.kind == COUNT_RECEIVE_CYCLES && span.source != OBSERVED_NONE ? 1 : 0;
            if (span.kind == COUNT_MAC_ARRAY_CYCLES)
                continue;
            ASSERT_EQ(span.begin_ps, end) << "core " << c;
            end = span.end_ps;
        }
        EXPECT_EQ(cycle(end), trace->run_cycles);
        for (const Count kind : {COUNT_RECEIVE_CYCLES, COUNT_UPDATE_CYCLES, COUNT_MAC_ARRAY_CYCLES,
                                 COUNT_ARRAY_WAIT_CYCLES, COUNT_EMIT_CYCLES, COUNT_STALL_CYCLES,
                                 COUNT_WAIT_CYCLES, COUNT_SLEEP_CYCLES})
            EXPECT_EQ(cycles[kind], trace->count[c].n[kind])
                << "core " << c << " " << count_name(kind);
        EXPECT_EQ(packets,
                  trace->count[c].n[COUNT_EVENTS_IN] + trace->count[c].n[COUNT_MARKERS_IN]);
    }

    // Every packet that arrived was received or lost; every one sent was injected.
    void expect_packets(const Trace *trace)
    {
        std::vector<uint64_t> n(3 * static_cast<size_t>(program->n_cores));
        for (const PacketNote &note : notes)
            n[3 * note.core + note.moment]++;
        for (uint32_t c = 0; c < program->n_cores; c++) {
            const uint64_t *count = trace->count[c].n, *moment = &n[3 * static_cast<size_t>(c)];
            EXPECT_EQ(moment[PACKET_INJECTED], count[COUNT_EVENTS_OUT] + count[COUNT_MARKERS_OUT]);
            EXPECT_EQ(moment[PACKET_LOST], count[COUNT_EVENTS_LOST]);
            EXPECT_EQ(moment[PACKET_ARRIVED],
                      count[COUNT_EVENTS_IN] + count[COUNT_MARKERS_IN] + count[COUNT_EVENTS_LOST]);
        }
    }

    void expect_observed(SimMode mode, SimArrival arrival)
    {
        const Trace *plain = simulate(mode, arrival);
        const Trace *trace = observed(mode, arrival);
        ASSERT_NE(plain, nullptr);
        ASSERT_NO_FATAL_FAILURE(expect_equal(plain, trace));
        for (uint32_t c = 0; c < program->n_cores; c++)
            ASSERT_NO_FATAL_FAILURE(expect_spans(trace, c));
        expect_packets(trace);
    }
};

TEST_P(Observer, IsToldEveryCycleOfEveryCore)
{
    int done = 0;
    for (int i = 0; i < TRIES && done < 20; i++) {
        if (draw_pair()) {
            SCOPED_TRACE(told);
            for (const SimArrival arrival : {ARRIVE_SEQUENTIAL, ARRIVE_PIPELINED})
                ASSERT_NO_FATAL_FAILURE(expect_observed(SIM_REPLAY, arrival));
            options.sync = SYNC_BARRIER;
            ASSERT_NO_FATAL_FAILURE(expect_observed(SIM_EXECUTE, ARRIVE_PIPELINED));
            options.sync = SYNC_DATAFLOW;
            done++;
        }
        arena_reset(arena);
    }
    EXPECT_EQ(done, 20);
}

TEST_P(Observer, IsToldOfEventsThatAFullFifoLoses)
{
    uint64_t n_lost = 0;
    for (uint64_t n = 0; n < 4; n++)
        for (const char *policy : {"drop", "overwrite"}) {
            use_chip("tiny-2x2", {{"core.receive_fifo_full", policy},
                                  {"core.receive_fifo_packets", "2"},
                                  {"core.inject_queue_packets", "2"},
                                  {"core.data_bytes", "10000000"},
                                  {"router.table_entries", "100000"}});
            use_network({20, 30, 25}, 0.4, 10, 10 * static_cast<uint64_t>(GetParam()) + n);
            use_random_program(n, 6);
            ASSERT_NO_FATAL_FAILURE(expect_observed(SIM_EXECUTE, ARRIVE_PIPELINED));
            for (const PacketNote &note : notes)
                n_lost += note.moment == PACKET_LOST ? 1 : 0;
        }
    EXPECT_GT(n_lost, 100U);
}

// Work at the slow point takes slow cycles besides those that are counted as work.
TEST_P(Observer, IsToldOfChangesOfThePointWithoutAGap)
{
    uint64_t n_switches = 0;
    for (const char *lines : {"", "software: {idle_point: slowest}\n"})
        for (const SimSync sync : {SYNC_DATAFLOW, SYNC_BARRIER}) {
            use_chip_with("tiny-2x2", lines,
                          {{"core.data_bytes", "10000000"}, {"router.table_entries", "100000"}});
            use_network({20, 30, 25}, 0.4, 8, static_cast<uint64_t>(GetParam()));
            use_random_program(static_cast<uint64_t>(GetParam()), 6);
            options.auto_point = true;
            options.point = chip->n_points - 1;
            options.sync = sync;
            const Trace *plain = simulate(SIM_REPLAY, ARRIVE_PIPELINED);
            const Trace *trace = observed(SIM_REPLAY, ARRIVE_PIPELINED);
            ASSERT_NE(plain, nullptr);
            ASSERT_NO_FATAL_FAILURE(expect_equal(plain, trace));
            for (uint32_t c = 0; c < program->n_cores; c++) {
                const uint64_t *n = trace->count[c].n;
                std::map<Count, uint64_t> cycles;
                uint64_t end = 0;
                for (const CoreSpan &span : spans[c]) {
                    ASSERT_EQ(span.begin_ps, end) << "core " << c;
                    end = span.end_ps;
                    cycles[span.kind] += cycle(end) - cycle(span.begin_ps);
                }
                EXPECT_EQ(cycle(end), trace->run_cycles);
                EXPECT_EQ(cycles[COUNT_LEVEL_SWITCH_CYCLES], n[COUNT_LEVEL_SWITCH_CYCLES]);
                EXPECT_EQ(cycles[COUNT_SLEEP_CYCLES], n[COUNT_SLEEP_CYCLES]);
                EXPECT_EQ(cycles[COUNT_RECEIVE_CYCLES] + cycles[COUNT_UPDATE_CYCLES] +
                              cycles[COUNT_EMIT_CYCLES],
                          n[COUNT_RECEIVE_CYCLES] + n[COUNT_UPDATE_CYCLES] + n[COUNT_EMIT_CYCLES] +
                              n[COUNT_SLOW_CYCLES]);
                n_switches += n[COUNT_LEVEL_SWITCHES];
            }
        }
    EXPECT_GT(n_switches, 100U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Observer, ::testing::Range(300, 304));

} // namespace
