// test_ladder.cpp - the properties that every simulation has, over 504 random pairs of network and chip,
// in every precision and weight format, with and without words, folded embeddings and decoders on
// the chip, one token at a time and overlapping:
//
//   conservation          what cores, layers and steps count adds up to the same sums, events to those
//                         of the reference; sim_run itself checks the rest, packet by packet
//   execute = replay      the same integers in every counter
//   determinism           a second run gives the same integers
//   count = event totals  or COUNT_UNKNOWN; its bounds are never above the times of event
//   flit = event totals   in every third pair, as it is slow
//   ended early           a run that is told to end is the run of as many steps
//
// No part of the library uses threads.
#include "ladder_checks.hpp"
#include "property_fixture.hpp"

namespace
{

class Ladder : public PropertyTest
{
  protected:
    const Trace *run_engine(const char *engine, SimMode mode, SimArrival arrival)
    {
        options.engine = engine;
        const Trace *trace = simulate(mode, arrival);
        options.engine = nullptr;
        return trace;
    }

    // Three ledgers of the same run, and the reference's events.
    void expect_conservation(const Trace *trace)
    {
        uint64_t layer_events = 0, layer_ops = 0, layer_deliveries = 0;
        uint64_t step_events = 0, step_ops = 0, step_inputs = 0;
        for (uint32_t l = 0; l < trace->n_layers; l++) {
            layer_events += trace->layer[l].events;
            layer_ops += trace->layer[l].synaptic_ops;
            layer_deliveries += trace->layer[l].deliveries;
        }
        for (uint32_t t = 0; t < trace->n_steps; t++) {
            step_events += trace->step[t].events;
            step_ops += trace->step[t].synaptic_ops;
            step_inputs += trace->step[t].input_events;
        }
        EXPECT_EQ(layer_events, events->n_events + results(trace));
        EXPECT_EQ(step_events, layer_events);
        EXPECT_EQ(total(trace, COUNT_EVENTS_OUT), layer_events);
        EXPECT_EQ(step_ops + total(trace, COUNT_DECODER_MACS), layer_ops);
        EXPECT_EQ(step_ops, total(trace, COUNT_SYNAPTIC_OPS));
        EXPECT_EQ(step_inputs, trace->host_events_in);
        EXPECT_LE(layer_deliveries, total(trace, COUNT_EVENTS_IN));
    }

    void expect_ends_early(SimArrival arrival)
    {
        options.progress = [](void *, uint64_t, uint64_t) { return false; };
        const Trace *ended = simulate(SIM_EXECUTE, arrival);
        options.progress = nullptr;
        ASSERT_NE(ended, nullptr);
        const uint32_t n_steps = options.n_steps;
        options.n_steps = ended->n_steps;
        expect_equal(ended, simulate(SIM_EXECUTE, arrival));
        options.n_steps = n_steps;
    }

    bool try_arrival(SimArrival arrival, bool with_flits)
    {
        const Trace *executed = simulate(SIM_EXECUTE, arrival);
        const Trace *replayed = simulate(SIM_REPLAY, arrival);
        const Trace *counted = run_engine("count", SIM_REPLAY, arrival);
        if (executed == nullptr || replayed == nullptr || counted == nullptr)
            return false;
        expect_conservation(executed);
        expect_equal(executed, replayed);
        expect_equal(replayed, simulate(SIM_REPLAY, arrival));
        expect_same_totals(counted, replayed);
        expect_bounds(counted, replayed);
        const Trace *flits = with_flits ? run_engine("flit", SIM_REPLAY, arrival) : replayed;
        if (flits == nullptr)
            return false;
        expect_same_totals(flits, replayed);
        expect_ends_early(arrival);
        return true;
    }

    bool try_pair()
    {
        if (!draw_pair())
            return false;
        SCOPED_TRACE(told);
        const bool with_flits = one_in(3);
        return try_arrival(ARRIVE_SEQUENTIAL, with_flits) &&
               try_arrival(ARRIVE_PIPELINED, with_flits);
    }
};

TEST_P(Ladder, RunsConserveRepeatAndAgreeAcrossModesAndEngines)
{
    int done = 0;
    for (int i = 0; i < TRIES && done < PAIRS && !HasFailure(); i++) {
        done += try_pair() ? 1 : 0;
        arena_reset(arena);
    }
    EXPECT_EQ(done, PAIRS);
    EXPECT_EQ(precisions.size(), size_t{N_PRECISIONS});
    EXPECT_EQ(formats.size(), size_t{N_FORMATS});
    EXPECT_GT(n_folded, 0);
    EXPECT_GT(n_decoders, 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Ladder, ::testing::Range(100, 108)); // 8 x 63 = 504 pairs

} // namespace
