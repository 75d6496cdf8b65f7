// test_property.cpp - whatever network is compiled for whatever chip with whatever options runs as
// the reference does, bit for bit: 1008 random pairs of network and chip.
//
// Every pair goes through all passes with the checks after each, and through the event engine in execute
// mode, where each core computes from its image and the packets that reached it; sim_run compares
// every event with the reference's and checks conservation.
#include "property_fixture.hpp"

namespace
{

class Property : public PropertyTest
{
  protected:
    bool try_pair()
    {
        if (!draw_pair())
            return false;
        SCOPED_TRACE(told);
        const Trace *trace =
            simulate(SIM_EXECUTE, one_in(2) ? ARRIVE_SEQUENTIAL : ARRIVE_PIPELINED);
        if (trace == nullptr)
            return false;
        EXPECT_EQ(total(trace, COUNT_EVENTS_OUT), events->n_events + results(trace));
        return true;
    }
};

TEST_P(Property, WhatCompilesRunsAsTheReferenceDoes)
{
    int done = 0;
    for (int i = 0; i < TRIES && done < PAIRS && !HasFailure(); i++) {
        done += try_pair() ? 1 : 0;
        arena_reset(arena);
    }
    EXPECT_EQ(done, PAIRS);
    EXPECT_EQ(precisions.size(), size_t{N_PRECISIONS});
    EXPECT_EQ(formats.size(), size_t{N_FORMATS});
    EXPECT_GT(n_shuffled, PAIRS / 5);
    EXPECT_GT(n_many_routers, PAIRS / 5);
    EXPECT_GT(n_folded, 0);
    EXPECT_GT(n_decoders, 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Property, ::testing::Range(0, 16)); // 16 x 63 = 1008 pairs

} // namespace
