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

// Where no value can change, as all weights are 0, lateness shows in the counts alone, and replaying
// the events of the reference counts the same.
TEST_P(Ticks, ReplayCountsWhatExecuteCountsWhereNoValueDiffers)
{
    uint64_t n_late = 0;
    for (int i = 0; i < CASES && !HasFatalFailure(); i++) {
        const auto seed = static_cast<uint64_t>(GetParam() * CASES + i);
        SCOPED_TRACE(seed);
        ASSERT_NO_FATAL_FAILURE(use_random_case(seed));
        for (uint32_t l = 0; l < network->n_layers; l++)
            for (const SparseRows *rows : {&network->layer[l].input, &network->layer[l].recurrent})
                std::fill_n(const_cast<float *>(rows->weight), rows->n_nonzeros, 0.0f);
        run_reference();
        use_random_program(seed, chip->grid.usable_cores / 2);
        use_ticks(short_tick_ns(seed));
        for (SimArrival arrival : {ARRIVE_SEQUENTIAL, ARRIVE_PIPELINED}) {
            const Trace *trace = simulate(SIM_EXECUTE, arrival);
            ASSERT_NE(trace, nullptr);
            EXPECT_EQ(differing(trace), 0U);
            expect_equal(trace, simulate(SIM_REPLAY, arrival));
            n_late += late(trace);
        }
    }
    EXPECT_GT(n_late, 0U);
}

// The network once more, in plain code, from nothing but the list of events and the updates that used
// them: every value sent and all counts follow.
class PlainRun
{
  public:
    PlainRun(const Network *network, const Program *program, uint32_t n_steps,
             const std::vector<EventUse> &uses)
        : network_(network), program_(program), n_steps_(n_steps)
    {
        for (const EventUse &use : uses) {
            std::map<uint32_t, float> &values = heard_[{use.core, use.layer, use.first_unit,
                                                        use.used}][use.source_layer == use.layer];
            const auto [at, is_new] = values.emplace(use.unit, use.value);
            if (!is_new) {
                at->second += use.value;
                n_merged += use.used < n_steps;
            }
        }
        for (uint32_t c = 0; c < program->n_cores; c++)
            for (uint32_t s = 0; s < program->core[c].n_slices; s++)
                run_slice(program->core[c].core, &program->core[c].slice[s]);
    }

    // 0: no event.
    float value(uint32_t layer, uint32_t step, uint32_t unit) const
    {
        return sent_.at({layer, step, unit});
    }

    uint64_t n_merged = 0;

  private:
    using Values = std::array<std::map<uint32_t, float>, 2>; // by unit: feed-forward, recurrent

    void run_slice(uint32_t core, const SliceProgram *slice)
    {
        const uint32_t *units = program_->layer[slice->layer].unit_of + slice->first_position;
        std::vector<float> state(slice->n_units), event(slice->n_units);
        for (uint32_t step = 0; step < n_steps_; step++) {
            const Values &values = heard_[{core, slice->layer, units[0], step}];
            for (uint32_t i = 0; i < slice->n_units; i++) {
                update(network_->layer[slice->layer], units[i], values, &state[i], &event[i]);
                sent_[{slice->layer, step, units[i]}] = event[i];
            }
        }
    }

    static float sum(const SparseRows &rows, const std::map<uint32_t, float> &values,
                     uint32_t column, float bias)
    {
        float sum = bias;
        for (const auto &[source, value] : values)
            for (uint64_t k = rows.row_start[source]; k < rows.row_start[source + 1]; k++)
                if (rows.col[k] == column)
                    sum += value * rows.weight[k];
        return sum;
    }

    static void update(const Layer &layer, uint32_t unit, const Values &values, float *state,
                       float *event)
    {
        float input[3], recurrent[3];
        for (uint32_t gate = 0; gate < 3; gate++) {
            const uint32_t column = gate * layer.n_units + unit;
            input[gate] = sum(layer.input, values[0], column, layer.bias[column]);
            recurrent[gate] = sum(layer.recurrent, values[1], column, layer.recurrent_bias[column]);
        }
        CellStepF32 cell{};
        cell.n_units = 1;
        cell.input = input;
        cell.recurrent = recurrent;
        cell.threshold = &layer.threshold[unit];
        cell.parameter = layer.parameter;
        cell.state = state;
        cell.events = event;
        layer.cell->step_f32(&cell);
    }

    const Network *network_;
    const Program *program_;
    uint32_t n_steps_;
    std::map<std::array<uint32_t, 4>, Values> heard_; // core, layer, first unit, step
    std::map<std::array<uint32_t, 3>, float> sent_;   // layer, step, unit
};

class TickValues : public Ticks
{
  protected:
    std::vector<EventUse> uses;

    void record_uses()
    {
        options.event_used = [](void *list, const EventUse *use) {
            static_cast<std::vector<EventUse> *>(list)->push_back(*use);
        };
        options.event_used_context = &uses;
    }

    // Each use once, of the update that the rule names, and counted as what it was.
    void expect_uses_of(const Trace *trace) const
    {
        std::set<std::array<uint32_t, 6>> seen;
        std::map<std::array<uint32_t, 3>, uint32_t> last; // of a slice: updates come in order
        uint64_t n_late = 0, n_early = 0;
        for (const EventUse &use : uses) {
            EXPECT_TRUE(seen.insert({use.core, use.layer, use.first_unit, use.source_layer,
                                     use.unit, use.step})
                            .second);
            const bool recurs = use.source_layer == use.layer;
            EXPECT_EQ(use.meant, use.step + recurs);
            EXPECT_EQ(use.source_layer + !recurs, use.layer); // the host is layer -1
            n_late += use.used > use.meant;
            n_early += use.used < use.meant;
            uint32_t &newest = last[{use.core, use.layer, use.first_unit}];
            EXPECT_GE(use.used + 1, newest); // the next update or the one after
            newest = std::max(newest, use.used);
        }
        EXPECT_EQ(n_late, total(trace, COUNT_EVENTS_LATE));
        EXPECT_EQ(n_early, total(trace, COUNT_EVENTS_EARLY));
    }

    void expect_values_of(const Trace *trace, const PlainRun &plain) const
    {
        for (const EventUse &use : uses) {
            const bool from_host = use.source_layer == PROGRAM_NONE;
            const float sent = from_host ? input->vector[use.step * network->n_inputs + use.unit]
                                         : plain.value(use.source_layer, use.step, use.unit);
            EXPECT_NE(sent, 0.0f);
            EXPECT_EQ(std::memcmp(&sent, &use.value, sizeof sent), 0)
                << use.source_layer << " " << use.step << " " << use.unit;
        }
        for (uint32_t t = 0; t < trace->n_steps; t++) {
            uint64_t n_events = 0;
            for (uint32_t l = 0; l < trace->n_layers; l++)
                for (uint32_t u = 0; u < network->layer[l].n_units; u++)
                    n_events += plain.value(l, t, u) != 0.0f;
            EXPECT_EQ(trace->step[t].events, n_events) << t;
        }
        for (uint32_t l = 0; l < trace->n_layers; l++)
            EXPECT_EQ(trace->layer[l].differing, count_differing(plain, l)) << l;
    }

    uint64_t count_differing(const PlainRun &plain, uint32_t layer) const
    {
        uint64_t n = 0;
        for (uint32_t t = 0; t < events->n_steps; t++) {
            std::vector<float> expected(network->layer[layer].n_units);
            const uint64_t first = event_trace_first(events, t, layer);
            for (uint64_t i = 0; i < event_trace_count(events, t, layer); i++)
                expected[events->unit[first + i]] = events->value[first + i];
            for (uint32_t u = 0; u < expected.size(); u++)
                n += expected[u] != plain.value(layer, t, u);
        }
        return n;
    }
};

TEST_P(TickValues, AreThoseOfAPlainRunOfTheEventsThatEachUpdateUsed)
{
    static const char *const policies[] = {"stall", "drop", "stall", "overwrite"};
    uint64_t n_late = 0, n_merged = 0, n_differing = 0;
    record_uses();
    for (int i = 0; i < CASES && !HasFatalFailure(); i++) {
        const auto seed = static_cast<uint64_t>(GetParam() * CASES + i);
        SCOPED_TRACE(seed);
        ASSERT_NO_FATAL_FAILURE(use_random_case(seed, policies[seed % 4]));
        use_ticks(short_tick_ns(seed));
        options.engine = seed % 5 == 0 ? "flit" : nullptr;
        uses.clear();
        const Trace *trace = simulate(SIM_EXECUTE, seed % 2 ? ARRIVE_SEQUENTIAL : ARRIVE_PIPELINED);
        options.engine = nullptr;
        ASSERT_NE(trace, nullptr);
        const PlainRun plain(network, program, trace->n_steps, uses);
        expect_uses_of(trace);
        expect_values_of(trace, plain);
        n_late += late(trace);
        n_merged += plain.n_merged;
        n_differing += differing(trace);
    }
    EXPECT_GT(n_late, 0U);
    EXPECT_GT(n_merged, 0U);
    EXPECT_GT(n_differing, 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, TickValues, ::testing::Range(0, 30));
INSTANTIATE_TEST_SUITE_P(Seeds, Ticks, ::testing::Range(0, 40));

} // namespace
