// explain_ways.c: packets of the critical path take the links of the tables, and what they wait for is what
// they take beyond an idle network, to the picosecond.
#include <set>

#include "explain_fixture.hpp"

namespace
{

class Ways : public ExplainTest
{
  protected:
    using Links = std::vector<uint32_t>;

    uint64_t n_ways = 0, n_waits = 0, n_between = 0, n_early = 0, n_host = 0;

    const PacketWays *ways_of(const Explanation *made)
    {
        const ExplainedRun run = {program, topology, input, plain};
        const PacketWays *ways = nullptr;
        EXPECT_EQ(explain_ways(arena, recording, &run, made, &ways, &err), STATUS_OK)
            << err.message;
        return ways;
    }

    uint32_t id_of(uint32_t core) const
    {
        return program->core[core].core;
    }

    // Every way of a key from a router to a core (NONE: the host), by plain recursion over all copies.
    void follow(uint32_t key, uint32_t router, uint32_t came_by, uint32_t to, Links way,
                std::vector<Links> *found) const
    {
        ASSERT_LE(way.size(), topology->n_routers);
        if (came_by != UINT32_MAX)
            way.push_back(came_by);
        const RouteEntry *entry = program_route(program, router, key);
        if (entry == nullptr) {
            const uint32_t on = topology_default_link(topology, came_by);
            follow(key, topology->router_link[on].to, on, to, way, found);
            return;
        }
        if (to == PROGRAM_NONE ? entry->to_host != 0
                               : std::count(entry->core, entry->core + entry->n_cores, to) > 0)
            found->push_back(way);
        for (uint32_t i = 0; i < entry->n_links; i++)
            follow(key, topology->router_link[entry->link[i]].to, entry->link[i], to, way, found);
    }

    // In the numbering of all links, with the ways up and down on the chips at both ends.
    Links expected_links(const PacketWay &way) const
    {
        const uint32_t n_noc = topology_all_links(topology) - topology->n_router_links;
        const uint32_t per_tile = chip->grid.cores_per_tile, n_tiles = topology->n_tiles;
        std::vector<Links> between;
        const uint32_t from_router = way.from == PROGRAM_NONE
                                         ? topology->host_router
                                         : topology_router_of_core(topology, id_of(way.from));
        const uint32_t to = way.to == PROGRAM_NONE ? PROGRAM_NONE : id_of(way.to);
        follow(way.key, from_router, UINT32_MAX, to, {}, &between);
        EXPECT_EQ(between.size(), 1U); // one copy for each
        Links links;
        if (between.size() != 1)
            return links;
        if (topology->n_ports > 0 && way.from != PROGRAM_NONE) {
            const NocPath &up = topology->to_router[id_of(way.from) / per_tile % n_tiles];
            for (uint32_t i = 0; i < up.n_links; i++)
                links.push_back(from_router * topology->n_links + up.link[i]);
        }
        for (const uint32_t link : between[0])
            links.push_back(n_noc + link);
        if (topology->n_ports > 0 && to != PROGRAM_NONE) {
            const NocPath &down = topology->from_router[to / per_tile % n_tiles];
            for (uint32_t i = 0; i < down.n_links; i++)
                links.push_back(to / per_tile / n_tiles * topology->n_links + down.link[i]);
        }
        return links;
    }

    // The places that a link connects: (chip, node of its network-on-chip), or a router; a central router
    // is where its ports are.
    using Place = std::pair<uint32_t, uint32_t>;
    Place place_of(uint32_t link, bool end) const
    {
        const uint32_t n_noc = topology_all_links(topology) - topology->n_router_links;
        if (link >= n_noc) {
            const RouterLink &router_link = topology->router_link[link - n_noc];
            return {end ? router_link.to : router_link.from, UINT32_MAX};
        }
        const NocLink &noc_link = topology->link[link % topology->n_links];
        const uint32_t node = end ? noc_link.to : noc_link.from;
        return {link / topology->n_links, node < topology->n_tiles ? node : UINT32_MAX};
    }

    Place place_of_core(uint32_t core) const
    {
        if (core == PROGRAM_NONE)
            return {topology->host_router, UINT32_MAX};
        const uint32_t tile = id_of(core) / chip->grid.cores_per_tile;
        if (topology->n_ports == 0)
            return {tile, UINT32_MAX};
        return {tile / topology->n_tiles, tile % topology->n_tiles};
    }

    void expect_connected(const PacketWay &way) const
    {
        Place at = place_of_core(way.from);
        for (uint32_t i = 0; i < way.n_links; i++) {
            EXPECT_EQ(place_of(way.link[i], false), at) << i;
            at = place_of(way.link[i], true);
            EXPECT_GT(plain->link[way.link[i]].flits, 0U); // as links.csv counts them
        }
        EXPECT_EQ(at, place_of_core(way.to));
    }

    void expect_way(const Explanation *made, const PacketWays *ways, const PacketWay &way)
    {
        const PathLeg &leg = made->leg[way.leg];
        EXPECT_EQ(way.idle_ps + way.wait_ps, leg.end_ps - leg.begin_ps);
        EXPECT_EQ(Links(way.link, way.link + way.n_links), expected_links(way));
        expect_connected(way);
        for (uint32_t i = 0; i < way.n_links; i++)
            EXPECT_LE(ways->link_flits[way.link[i]], ways->link_flits[way.link[way.busiest]]);
        EXPECT_EQ(way.from == PROGRAM_NONE, leg.kind == LEG_INPUT);
        EXPECT_EQ(way.to, leg.kind == LEG_OUTPUT ? PROGRAM_NONE : leg.to);
        if (leg.core != PROGRAM_NONE) {
            EXPECT_EQ(way.from, leg.core);
            EXPECT_EQ(way.sent_ps, leg.begin_ps);
        }
        EXPECT_EQ(way.number > 0, leg.kind == LEG_INPUT);
        n_ways++;
        n_waits += way.wait_ps > 0;
        n_between += way.n_links > 0 && place_of(way.link[0], false).first !=
                                            place_of(way.link[way.n_links - 1], true).first;
        n_early += way.sent_ps < leg.begin_ps;
        n_host += way.number > 0 || way.to == PROGRAM_NONE;
    }

    // A way for each leg on which a packet moves; loads that are those of the step.
    void expect_ways(const Explanation *made, const PacketWays *ways)
    {
        uint32_t n = 0;
        uint64_t flits = 0, frames = 0;
        for (uint32_t i = 0; i < made->n_legs; i++) {
            const LegKind kind = made->leg[i].kind;
            if (kind != LEG_NETWORK && kind != LEG_INPUT && kind != LEG_OUTPUT)
                continue;
            ASSERT_LT(n, ways->n);
            EXPECT_EQ(ways->way[n].leg, i);
            SCOPED_TRACE(i);
            expect_way(made, ways, ways->way[n++]);
        }
        EXPECT_EQ(n, ways->n);
        const uint32_t n_noc = topology_all_links(topology) - topology->n_router_links;
        for (uint32_t l = 0; l < topology_all_links(topology); l++)
            (l >= n_noc && topology->n_ports > 0 ? frames : flits) += ways->link_flits[l];
        const TrafficCounts &traffic = plain->step[made->step].traffic;
        EXPECT_EQ(flits, traffic.flits);
        EXPECT_EQ(frames, traffic.frames + traffic.off_board_frames);
    }
};

TEST_P(Ways, OfRandomProgramsAreThoseOfTheTables)
{
    static const char *const engines[] = {nullptr, nullptr, "flit"};
    int done = 0;
    for (int i = 0; i < TRIES && done < 25; i++) {
        options = SimOptions{};
        if (draw_pair()) {
            options.engine = engines[done % 3];
            options.hop_by_hop = done % 3 == 1;
            options.point = chip->n_points - 1;
            SCOPED_TRACE(told + ", engine " + std::to_string(done % 3));
            for (uint32_t step = 0; step < input->n_steps; step += 2) {
                const Explanation *made = explain(step);
                ASSERT_NE(made, nullptr);
                const PacketWays *ways = ways_of(made);
                ASSERT_NE(ways, nullptr);
                expect_ways(made, ways);
            }
            done++;
        }
        arena_reset(arena);
    }
    EXPECT_EQ(done, 25);
    EXPECT_GT(n_waits, 0U);
    EXPECT_GT(n_between, 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Ways, ::testing::Range(510, 514));

// One unit a layer on a core of its own: nothing is in the way of any packet.
class IdleWays : public Ways
{
  protected:
    void use_chain(uint32_t first, uint32_t second)
    {
        use_hand_network({1, 1, 1}, {{0, false, 0, 2, 1e-6F}, {1, false, 0, 2, 1e-6F}},
                         [](uint32_t, uint32_t) { return true; });
        use_ones(2);
        std::vector<SliceSpec> specs = {{first, 0, 0, 1, FORMAT_SOURCE, 1},
                                        {second, 1, 0, 1, FORMAT_SOURCE, 1}};
        if (second < first)
            std::swap(specs[0], specs[1]);
        use_program(specs);
    }

    void expect_no_wait(uint32_t first, uint32_t second)
    {
        SCOPED_TRACE(std::string(chip->name) + " " + std::to_string(first) + " -> " +
                     std::to_string(second));
        ASSERT_NO_FATAL_FAILURE(use_chain(first, second));
        for (uint32_t step = 0; step < 2; step++) {
            const Explanation *made = explain(step);
            ASSERT_NE(made, nullptr);
            const PacketWays *ways = ways_of(made);
            ASSERT_NE(ways, nullptr);
            expect_ways(made, ways);
            EXPECT_EQ(ways->n, 3U); // to the first core, to the second, to the host
            for (uint32_t i = 0; i < ways->n; i++)
                EXPECT_EQ(ways->way[i].wait_ps, 0U) << i;
        }
    }
};

TEST_P(IdleWays, HaveNoWaitBetweenAnyTwoTilesOfSmallChips)
{
    for (const char *name : {"tiny-2x2", "tiny-mesh", "tiny-board", "tiny-boards"}) {
        use_chip(name);
        const uint32_t per_tile = chip->grid.cores_per_tile, n_tiles = chip->n_cores / per_tile;
        for (uint32_t first = 0; first < n_tiles; first++)
            for (uint32_t second = 0; second < n_tiles; second++)
                if (first != second) {
                    ASSERT_NO_FATAL_FAILURE(expect_no_wait(first * per_tile, second * per_tile));
                }
        arena_reset(arena);
    }
}

TEST_P(IdleWays, HaveNoWaitOnAnyShippedChip)
{
    for (const char *name :
         {"tiny-2x2", "tiny-mesh", "tiny-board", "tiny-boards", "quad-mesh", "loihi-like",
          "spinnaker1", "spinnaker2", "spinnaker2-board", "spinnaker2-boards"}) {
        use_chip(name);
        std::vector<uint32_t> cores;
        for (uint32_t core = 0; core < chip->n_cores; core++)
            if (chip_core_is_usable(chip, core))
                cores.push_back(core);
        const size_t last = cores.size() - 1;
        for (const auto &pair : {std::pair{size_t{0}, last}, {last, 0}, {last / 2, last / 3}}) {
            ASSERT_NO_FATAL_FAILURE(expect_no_wait(cores[pair.first], cores[pair.second]));
        }
        arena_reset(arena);
    }
}

// A core far away hears of the last event of a step when the host has begun the next one: what is left of
// the way is in that step's path, and nothing of it is wait.
TEST_P(IdleWays, MayHaveBegunInTheStepBefore)
{
    const uint32_t n = 41, slow = n - 5, far = n - 1; // units; the last ones of the many send
    use_chip("tiny-boards",
             {{"software.receive_event_cycles", "2000"}, {"links.off_board_latency_ns", "3000"}});
    std::vector<Weight> weights;
    for (uint32_t unit = slow; unit <= far; unit++)
        weights.push_back({0, false, 0, 2 * n + unit, 1e-6F});
    for (uint32_t unit = slow; unit < far; unit++)
        weights.push_back({0, true, unit, 2 * n + far, 1e-6F});
    use_hand_network({1, n}, weights, [=](uint32_t, uint32_t unit) { return unit >= slow; });
    use_ones(2);
    use_program(
        {{0, 0, 0, far, FORMAT_SOURCE, 1}, {chip->n_cores - 1, 0, far, 1, FORMAT_SOURCE, 1}});
    const Explanation *made = explain(1);
    ASSERT_NE(made, nullptr);
    const PacketWays *ways = ways_of(made);
    ASSERT_NE(ways, nullptr);
    expect_ways(made, ways);
    const PacketWay &early = ways->way[0];
    EXPECT_EQ(made->leg[0].kind, LEG_NETWORK);
    EXPECT_EQ(made->leg[0].core, PROGRAM_NONE);
    EXPECT_EQ(early.leg, 0U);
    EXPECT_EQ(early.from, 0U);
    EXPECT_EQ(early.to, 1U);
    EXPECT_LT(early.sent_ps, made->begin_ps);
    EXPECT_EQ(early.wait_ps, 0U);
    EXPECT_GT(early.idle_ps, 0U);

    // Without what was recorded of the step before, nothing is made up.
    recording = recording_new(arena, program, made->begin_ps, made->end_ps);
    options.observer = recording_observer(recording);
    const Trace *observed = simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL);
    ASSERT_EQ(explain_step(arena, recording, observed, 1, &made, &err), STATUS_OK) << err.message;
    const ExplainedRun run = {program, topology, input, observed};
    EXPECT_EQ(explain_ways(arena, recording, &run, made, &ways, &err), STATUS_INTERNAL);
    EXPECT_NE(std::string(err.message).find("was not recorded when it was sent"), std::string::npos)
        << err.message;
}

INSTANTIATE_TEST_SUITE_P(All, IdleWays, ::testing::Values(0));

} // namespace
