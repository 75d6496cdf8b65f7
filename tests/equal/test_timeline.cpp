// timeline.c: rows of random runs against the counters of the same run. Rows of a core fill the window without
// gap or overlap and last as long as its counters say, however coarse; FIFOs and links agree with
// their totals, paths with the steps.
#include <map>
#include <tuple>

#include "property_fixture.hpp"
#include "sim/timeline.h"

namespace
{

using PhaseTimes = std::map<std::pair<uint32_t, uint32_t>, uint64_t>; // by core id and phase, ps

class TimelineTest : public PropertyTest
{
  protected:
    const Trace *trace = nullptr;
    const Timeline *timeline = nullptr;
    uint64_t begin_ps = 0, end_ps = 0;

    Status make(const TimelineOptions &how_much)
    {
        options.observer = nullptr;
        trace = simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL);
        if (trace == nullptr)
            return STATUS_INTERNAL;
        timeline_window(trace, how_much.first_step, how_much.last_step, &begin_ps, &end_ps);
        TimelineRecord *record = timeline_record(arena, program, topology, begin_ps, end_ps);
        options.observer = timeline_observer(record);
        const Trace *again = simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL);
        options.observer = nullptr;
        return timeline_make(arena, record, again, &how_much, &timeline, &err);
    }

    void make_all(uint32_t max_spans)
    {
        const TimelineOptions all = {0, input->n_steps - 1, 0, nullptr, max_spans};
        ASSERT_EQ(make(all), STATUS_OK) << err.message;
    }

    std::vector<TimelineRow> rows(TimelineKind kind) const
    {
        std::vector<TimelineRow> found;
        for (uint32_t i = 0; i < timeline->n_rows; i++)
            if (timeline->row[i].kind == kind)
                found.push_back(timeline->row[i]);
        return found;
    }

    // Of each core and phase; that rows touch from the begin of the window to its end is checked.
    PhaseTimes phase_times() const
    {
        PhaseTimes times;
        std::map<uint32_t, uint64_t> end;
        const TimelineRow *before = nullptr;
        const auto all = rows(TIMELINE_CORE);
        for (const TimelineRow &row : all) {
            const uint64_t at_ps = end.count(row.core) != 0 ? end[row.core] : begin_ps;
            EXPECT_EQ(row.begin_ps, at_ps) << "core " << row.core;
            EXPECT_LT(row.begin_ps, row.end_ps);
            EXPECT_FALSE(before != nullptr && before->core == row.core &&
                         std::tie(before->what, before->layer, before->step) ==
                             std::tie(row.what, row.layer, row.step))
                << "equal rows follow one another on core " << row.core;
            end[row.core] = row.end_ps;
            times[{row.core, row.what}] += row.end_ps - row.begin_ps;
            before = &row;
        }
        for (const auto &core : end)
            EXPECT_EQ(core.second, end_ps) << "core " << core.first;
        return times;
    }

    // Cycles of rows whose ends are edges.
    std::map<std::pair<uint32_t, uint32_t>, uint64_t> phase_cycles() const
    {
        const Clock clock = clock_make(trace->core_hz);
        std::map<std::pair<uint32_t, uint32_t>, uint64_t> cycles;
        for (const TimelineKind kind : {TIMELINE_CORE, TIMELINE_ARRAY})
            for (const TimelineRow &row : rows(kind)) {
                const uint64_t from = clock_edge_at_or_after(&clock, row.begin_ps);
                const uint64_t to = clock_edge_at_or_after(&clock, row.end_ps);
                cycles[{row.core, row.what}] += to - from;
            }
        return cycles;
    }

    void expect_counters()
    {
        static const std::pair<TimelinePhase, Count> counted[] = {
            {PHASE_RECEIVE, COUNT_RECEIVE_CYCLES},
            {PHASE_UPDATE, COUNT_UPDATE_CYCLES},
            {PHASE_ARRAY_WAIT, COUNT_ARRAY_WAIT_CYCLES},
            {PHASE_EMIT, COUNT_EMIT_CYCLES},
            {PHASE_STALL, COUNT_STALL_CYCLES},
            {PHASE_WAIT, COUNT_WAIT_CYCLES},
            {PHASE_SLEEP, COUNT_SLEEP_CYCLES},
            {PHASE_LEVEL_SWITCH, COUNT_LEVEL_SWITCH_CYCLES},
            {PHASE_MAC_ARRAY, COUNT_MAC_ARRAY_CYCLES},
        };
        auto cycles = phase_cycles();
        for (uint32_t c = 0; c < trace->n_cores; c++) {
            uint64_t work = 0, work_counted = trace->count[c].n[COUNT_SLOW_CYCLES];
            for (const auto &[phase, count] : counted) {
                const uint64_t found = cycles[{trace->core[c], phase}];
                const bool works =
                    phase == PHASE_RECEIVE || phase == PHASE_UPDATE || phase == PHASE_EMIT;
                work += works ? found : 0;
                work_counted += works ? trace->count[c].n[count] : 0;
                if (!trace->auto_point || (!works && phase != PHASE_MAC_ARRAY)) {
                    EXPECT_EQ(found, trace->count[c].n[count])
                        << "core " << trace->core[c] << " " << count_name(count);
                }
            }
            EXPECT_EQ(work, work_counted) << "core " << trace->core[c];
        }
    }

    void expect_fifos()
    {
        std::map<uint32_t, uint64_t> most, end;
        for (const TimelineRow &row : rows(TIMELINE_FIFO)) {
            EXPECT_GE(row.begin_ps, end[row.core]);
            EXPECT_GT(row.n, 0U);
            end[row.core] = row.end_ps;
            most[row.core] = std::max(most[row.core], row.n);
        }
        for (uint32_t c = 0; c < trace->n_cores; c++)
            EXPECT_EQ(most[trace->core[c]], trace->count[c].n[COUNT_FIFO_HIGH_PACKETS])
                << "core " << trace->core[c];
    }

    void expect_links()
    {
        std::map<uint32_t, uint64_t> flits;
        for (const TimelineRow &row : rows(TIMELINE_LINK))
            flits[row.link] += row.n;
        for (uint32_t l = 0; l < trace->n_links; l++)
            EXPECT_EQ(flits[l], trace->link[l].flits) << "link " << l;
    }

    // Every step has a path from its begin to its end without a gap.
    void expect_paths()
    {
        const auto steps = rows(TIMELINE_STEP), legs = rows(TIMELINE_PATH);
        size_t at = 0;
        ASSERT_EQ(steps.size(), trace->n_steps);
        for (const TimelineRow &step : steps) {
            EXPECT_EQ(step.begin_ps, trace->step[step.step].start_ps);
            EXPECT_EQ(step.end_ps, trace->step[step.step].end_ps);
            uint64_t now_ps = step.begin_ps;
            for (; at < legs.size() && legs[at].step == step.step; at++) {
                EXPECT_EQ(legs[at].begin_ps, now_ps);
                now_ps = legs[at].end_ps;
            }
            EXPECT_EQ(now_ps, step.end_ps) << "step " << step.step;
        }
        EXPECT_EQ(at, legs.size());
    }

    // What is read back from the file is what was written.
    void expect_file()
    {
        const std::string path =
            ::testing::TempDir() + "egret-timeline-" + std::to_string(getpid()) + ".csv";
        const Timeline *read = nullptr;
        FILE *stream = fopen(path.c_str(), "w");
        ASSERT_NE(stream, nullptr);
        timeline_write_csv(timeline, stream);
        fclose(stream);
        ASSERT_EQ(timeline_load(arena, path.c_str(), &read, &err), STATUS_OK) << err.message;
        std::remove(path.c_str());
        ASSERT_EQ(read->n_rows, timeline->n_rows);
        for (uint32_t i = 0; i < read->n_rows; i++) {
            const TimelineRow &a = read->row[i], &b = timeline->row[i];
            ASSERT_EQ(std::tie(a.kind, a.what, a.core, a.to, a.link, a.layer, a.step, a.begin_ps,
                               a.end_ps, a.n),
                      std::tie(b.kind, b.what, b.core, b.to, b.link, b.layer, b.step, b.begin_ps,
                               b.end_ps, b.n))
                << "row " << i;
        }
    }

    // A run as it is, then coarser: phases last as long.
    void expect_run()
    {
        ASSERT_NO_FATAL_FAILURE(make_all(TIMELINE_MOST_SPANS));
        EXPECT_EQ(timeline->row[0].n, 0U); // no grain
        const PhaseTimes fine = phase_times();
        const size_t n_fine = rows(TIMELINE_CORE).size();
        expect_counters();
        expect_fifos();
        expect_links();
        ASSERT_NO_FATAL_FAILURE(expect_paths());
        ASSERT_NO_FATAL_FAILURE(expect_file());
        const auto few = static_cast<uint32_t>(std::max<size_t>(n_fine / 4, 1));
        ASSERT_NO_FATAL_FAILURE(make_all(few));
        EXPECT_EQ(phase_times(), fine);
        EXPECT_TRUE(rows(TIMELINE_CORE).size() <= few ||
                    timeline->row[0].n >= (end_ps - begin_ps) / input->n_steps);
        expect_links();
        ASSERT_NO_FATAL_FAILURE(expect_paths());
    }
};

TEST_P(TimelineTest, RowsOfRandomRunsAgreeWithTheCounters)
{
    int done = 0;
    for (int i = 0; i < TRIES && done < 12; i++) {
        if (draw_pair()) {
            SCOPED_TRACE(told);
            options.engine = one_in(3) ? "flit" : "event";
            options.sync = one_in(3) ? SYNC_BARRIER : SYNC_DATAFLOW;
            options.auto_point = chip->n_points > 1 && one_in(2);
            options.point = options.auto_point ? chip->n_points - 1 : 0;
            ASSERT_NO_FATAL_FAILURE(expect_run());
            done++;
        }
        arena_reset(arena);
    }
    EXPECT_EQ(done, 12);
}

TEST_P(TimelineTest, RowsOfRunsWithTicksAgreeWithTheCounters)
{
    int done = 0;
    for (int i = 0; i < TRIES && done < 6; i++) {
        if (draw_pair() && !program->has_decoder) {
            SCOPED_TRACE(told);
            options.sync = SYNC_TICK;
            options.tick_ns = 1000 * between(2, 60); // too short, and long enough
            ASSERT_NO_FATAL_FAILURE(expect_run());
            done++;
        }
        arena_reset(arena);
    }
    EXPECT_EQ(done, 6);
}

INSTANTIATE_TEST_SUITE_P(Seeds, TimelineTest, ::testing::Range(700, 704));

} // namespace
