// traffic_counts.c: what packets of each layer and step take of the network, against runs that end
// earlier and against walks of every key.
#include <algorithm>
#include <string>
#include <vector>

#include "../../equal/sim_fixture.hpp"
#include "arrivals.h"
#include "event_counts.h"
#include "machine.h"
#include "traffic_counts.h"

namespace
{

class TrafficTest : public SimTest, public ::testing::WithParamInterface<const char *>
{
  protected:
    static constexpr uint32_t N_STEPS = 6;

    TrafficTest()
    {
        use_chip(GetParam());
        use_network({10, 14, 9}, 0.5, N_STEPS, 3);
        // On the board the second layer is on two more chips.
        const bool board = chip->fabric.n_chips > 1;
        use_program({{0, 0, 0, 6, FORMAT_SOURCE, 1},
                     {3, 0, 6, 8, FORMAT_TARGET, 2},
                     {board ? 9u : 5u, 1, 0, 4, FORMAT_SOURCE, 2},
                     {board ? 18u : 6u, 1, 4, 5, FORMAT_SOURCE, 2}});
    }

    bool is_frame(uint32_t link) const
    {
        return chip->fabric.n_chips > 1 && link >= topology->n_links * chip->fabric.n_chips;
    }

    bool is_off_board(uint32_t link) const
    {
        return is_frame(link) &&
               topology->router_link[link - topology->n_links * chip->fabric.n_chips].off_board;
    }

    // What links, routers and the host counted.
    TrafficCounts total(const uint64_t *flits, uint64_t lookups, uint64_t host_packets) const
    {
        TrafficCounts sum{};
        for (uint32_t l = 0; l < topology_all_links(topology); l++)
            (is_off_board(l) ? sum.off_board_frames
             : is_frame(l)   ? sum.frames
                             : sum.flits) += flits[l];
        sum.payload_flits = sum.flits;
        sum.lookups = lookups;
        sum.host_packets = host_packets;
        return sum;
    }
};

void add(TrafficCounts *sum, const TrafficCounts &more)
{
    sum->flits += more.flits;
    sum->payload_flits += more.payload_flits;
    sum->frames += more.frames;
    sum->off_board_frames += more.off_board_frames;
    sum->lookups += more.lookups;
    sum->host_packets += more.host_packets;
}

void expect_same(const TrafficCounts &a, const TrafficCounts &b)
{
    EXPECT_EQ(a.flits, b.flits);
    EXPECT_EQ(a.payload_flits, b.payload_flits);
    EXPECT_EQ(a.frames, b.frames);
    EXPECT_EQ(a.off_board_frames, b.off_board_frames);
    EXPECT_EQ(a.lookups, b.lookups);
    EXPECT_EQ(a.host_packets, b.host_packets);
}

TEST_P(TrafficTest, StepsTakeWhatRunsThatEndThereCount)
{
    const Trace *whole = simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL);
    TrafficCounts sum{};
    for (uint32_t n = 1; n <= N_STEPS; n++) {
        options.n_steps = n;
        const Trace *run = simulate(SIM_REPLAY, ARRIVE_PIPELINED);
        std::vector<uint64_t> flits(run->n_links);
        for (uint32_t l = 0; l < run->n_links; l++)
            flits[l] = run->link[l].flits;
        add(&sum, whole->step[n - 1].traffic);
        expect_same(sum, total(flits.data(), run->router_lookups,
                               run->host_events_in + run->host_markers_in + run->host_events_out +
                                   run->host_markers_out));
    }
    EXPECT_EQ(sum.frames > 0, chip->fabric.n_chips > 1);
    EXPECT_EQ(sum.off_board_frames > 0, chip_boards(chip) > 1);
}

TEST_P(TrafficTest, LayersTakeWhatTheirKeysDoOneByOne)
{
    const Trace *run = simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL);
    EventCounts counts;
    count_events(arena, &counts, program, N_STEPS, input, events);
    std::vector<TrafficCounts> stage(program->n_layers + 1);
    uint32_t source = 0;
    const auto walk = [&](uint32_t core, uint32_t key, uint32_t n_keys, uint32_t marker_key) {
        const Closing *closing = &counts.closing[source];
        const Sender sender = {source,        core,
                               key,           n_keys,
                               marker_key,    counts.active[closing->stage] + closing->first,
                               closing->times};
        Arrivals arrivals;
        arrivals_init(arena, &arrivals, program, topology, &err);
        ASSERT_EQ(arrivals_walk(&arrivals, &sender), STATUS_OK) << err.message;
        uint64_t lookups = 0;
        for (uint32_t r = 0; r < topology->n_routers; r++)
            lookups += arrivals.walk.lookups[r];
        const uint64_t sent = core == PROGRAM_NONE ? run->host_events_in + run->host_markers_in
                                                   : arrivals.host_events + arrivals.host_markers;
        add(&stage[closing->stage], total(arrivals.walk.link_flits, lookups, sent));
        source++;
    };
    for (uint32_t c = 0; c < program->n_cores; c++)
        for (uint32_t s = 0; s < program->core[c].n_slices; s++) {
            const SliceProgram *slice = &program->core[c].slice[s];
            walk(program->core[c].core, slice->key, slice->n_units, slice->marker_key);
        }
    walk(PROGRAM_NONE, program->input_key, program->n_inputs, program->input_marker_key);
    expect_same(run->input_traffic, stage[0]);
    for (uint32_t l = 0; l < run->n_layers; l++)
        expect_same(run->layer[l].traffic, stage[l + 1]);
}

INSTANTIATE_TEST_SUITE_P(Chips, TrafficTest,
                         ::testing::Values("tiny-2x2", "tiny-board", "tiny-mesh", "tiny-boards"),
                         [](const auto &chosen) {
                             std::string name = chosen.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

} // namespace
