// Multicast routes of events and markers, on networks whose wiring is known.
#include "compiler_fixture.h"

class Routes : public CompilerTest
{
  protected:
    const RouteEntry &entry(uint32_t key)
    {
        for (uint32_t r = 0; r < program->table[0].n_entries; r++)
            if ((key & program->table[0].entry[r].mask) == program->table[0].entry[r].key)
                return program->table[0].entry[r];
        ADD_FAILURE() << "no entry for key " << key;
        return program->table[0].entry[0];
    }
    std::vector<uint32_t> cores(uint32_t key)
    {
        const RouteEntry &route = entry(key);
        return {route.core, route.core + route.n_cores};
    }
    const SliceProgram &slice(uint32_t core, uint32_t i = 0)
    {
        for (uint32_t c = 0; c < program->n_cores; c++)
            if (program->core[c].core == core)
                return program->core[c].slice[i];
        ADD_FAILURE() << "core " << core << " is not in use";
        return program->core[0].slice[0];
    }
};

using List = std::vector<uint32_t>;

// Unit u of each layer feeds unit u of the next and itself; input i feeds unit i.
static float one_to_one(uint32_t, bool, uint32_t s, uint32_t g, uint32_t u)
{
    return s == u && g == 1 ? 1.0f : 0.0f;
}

TEST_F(Routes, EventsReachOnlyCoresThatStoreAWeightFromTheirSlice)
{
    set_counts({2, 2, 2}); // cores 0 1 | 2 3 | 4 5, two units each
    ASSERT_EQ(run(build({4, 4, 4, 4}, one_to_one)), STATUS_OK) << err.message;
    EXPECT_EQ(cores(slice(0).key), (List{0, 2}));
    EXPECT_EQ(cores(slice(1).key), (List{1, 3}));
    EXPECT_EQ(cores(slice(2).key), (List{2, 4}));
    EXPECT_EQ(cores(slice(5).key), (List{5}));
    EXPECT_EQ(cores(program->input_key), (List{0, 1}));
    EXPECT_FALSE(entry(slice(0).key).to_host);
    EXPECT_FALSE(entry(slice(2).key).to_host);
    EXPECT_TRUE(entry(slice(4).key).to_host);
    EXPECT_TRUE(entry(slice(5).key).to_host);
}

TEST_F(Routes, MarkersFollowTheEventsAndGoBackToThoseThatSendThem)
{
    set_counts({2, 1, 1, 2}); // cores 0 1 | 2 | 3 | 4 5
    ASSERT_EQ(run(build({4, 4, 4, 4, 4}, one_to_one)), STATUS_OK) << err.message;
    EXPECT_EQ(cores(program->input_marker_key), (List{0, 1}));
    EXPECT_EQ(cores(slice(0).marker_key), (List{0, 2}));
    EXPECT_EQ(cores(slice(1).marker_key), (List{1, 2}));
    EXPECT_EQ(cores(slice(2).marker_key), (List{0, 1, 2, 3}));
    EXPECT_EQ(cores(slice(3).marker_key), (List{2, 3, 4, 5}));
    EXPECT_EQ(cores(slice(5).marker_key), (List{3, 5}));
    EXPECT_TRUE(entry(slice(0).marker_key).to_host); // flow control of the input
    EXPECT_FALSE(entry(slice(2).marker_key).to_host);
    EXPECT_FALSE(entry(slice(3).marker_key).to_host);
    EXPECT_TRUE(entry(slice(4).marker_key).to_host);
    EXPECT_FALSE(entry(program->input_marker_key).to_host);
}

TEST_F(Routes, AnInputThatFeedsOnlySomeCoresIsNotSentToTheOthers)
{
    set_counts({4});
    const Network *network = build({3, 8}, [](uint32_t, bool, uint32_t, uint32_t, uint32_t u) {
        return u == 5 ? 1.0f : 0.0f;
    });
    ASSERT_EQ(run(network), STATUS_OK) << err.message;
    EXPECT_EQ(cores(program->input_key), (List{2}));
    EXPECT_EQ(cores(program->input_marker_key), (List{0, 1, 2, 3}));
    EXPECT_EQ(cores(slice(0).key), (List{2}));
}

TEST_F(Routes, ASliceWithoutAnyFanOutKeepsItsEntryForTheHostAlone)
{
    set_counts({2, 2});
    const Network *network =
        build({3, 4, 4}, [](uint32_t, bool, uint32_t, uint32_t, uint32_t) { return 0.0f; });
    ASSERT_EQ(run(network), STATUS_OK) << err.message;
    EXPECT_EQ(cores(slice(0).key), List{});
    EXPECT_FALSE(entry(slice(0).key).to_host);
    EXPECT_EQ(cores(slice(3).key), List{});
    EXPECT_TRUE(entry(slice(3).key).to_host);
    EXPECT_EQ(cores(slice(0).marker_key), (List{2})); // the pacemaker of core 2
    EXPECT_EQ(cores(slice(2).marker_key), (List{0})); // and back
    EXPECT_EQ(cores(slice(3).marker_key), (List{1}));
    EXPECT_EQ(summary->n_routes, 2u * 4 + 2);
}

TEST_F(Routes, ACoreWithSlicesOfTwoLayersGetsOneCopy)
{
    options.share_cores = true;
    set_counts({2, 2, 2});
    ASSERT_EQ(run(build({4, 4, 4, 4}, one_to_one)), STATUS_OK) << err.message;
    EXPECT_EQ(program->n_cores, 2u);
    EXPECT_EQ(cores(slice(0, 0).key), (List{0}));
    EXPECT_EQ(cores(slice(1, 1).key), (List{1}));
    EXPECT_EQ(cores(slice(0, 1).marker_key), (List{0}));
}

TEST_F(Routes, TheOnlyLayerSendsItsMarkersToWhoHearsItAndTheHost)
{
    set_counts({3});
    ASSERT_EQ(run(build({4, 4}, one_to_one)), STATUS_OK) << err.message;
    EXPECT_EQ(cores(slice(1).marker_key), (List{1}));
    EXPECT_TRUE(entry(slice(1).marker_key).to_host);
}

TEST_F(Routes, SlicesWithEqualDestinationsShareOneList)
{
    set_counts({4, 4});
    ASSERT_EQ(run(generate({10, 40, 40}, 1.0)), STATUS_OK) << err.message;
    EXPECT_EQ(entry(slice(0).key).core, entry(slice(3).key).core);
    EXPECT_EQ(entry(slice(0).key).n_cores, 8u);
}
