// test_idle_latency.cpp - one event on an idle network takes exactly the closed form: on one chip, on
// meshes, between the chips of a board and between boards.
#include "network_mocks.hpp"

namespace
{

class IdleLatency : public NetworkTest
{
  protected:
    // One core in every tile, every pair of them, from `n_phases` edges of the core clock after one
    // another at every operating point.
    void expect_closed_form_for_all_pairs(uint32_t n_phases)
    {
        std::vector<uint32_t> cores;
        options.point = 0;
        for (uint32_t tile = 0; tile < chip->n_cores / chip->grid.cores_per_tile; tile++)
            cores.push_back(tile * chip->grid.cores_per_tile + tile % chip->grid.cores_per_tile);
        ASSERT_NO_FATAL_FAILURE(use_cores(cores));
        uint64_t n_checked = 0;
        for (options.point = 0; options.point < chip->n_points; options.point++) {
            ASSERT_NO_FATAL_FAILURE(start());
            uint64_t cycle = 0;
            for (uint32_t from = 0; from < cores.size(); from++)
                for (uint32_t to = 0; to < cores.size(); to++)
                    for (uint32_t phase = 0; phase < n_phases; phase++, n_checked++) {
                        check_one(from, to, edge(DOMAIN_CORES, cycle));
                        cycle += 600 * n_phases + 1; // idle again, and the next phase
                    }
        }
        EXPECT_EQ(n_checked, cores.size() * cores.size() * n_phases * chip->n_points);
    }

    uint64_t n_on_board = 0, n_off_board = 0; // links on the ways

    void check_one(uint32_t from, uint32_t to, uint64_t t0_ps)
    {
        delivered.clear();
        inject(from, to, t0_ps);
        run();
        ASSERT_EQ(delivered.size(), 1U);
        ASSERT_EQ(delivered[0].core, to);
        const auto way = router_links_between(from, to);
        for (const uint32_t link : way)
            (topology->router_link[link].off_board ? n_off_board : n_on_board)++;
        ASSERT_EQ(edge(DOMAIN_NOC, delivered[0].noc_cycle) - t0_ps,
                  sim_idle_latency_ps(topology, tile_of(from), tile_of(to), way.data(),
                                      static_cast<uint32_t>(way.size()), t0_ps))
            << from << " -> " << to << " at " << t0_ps;
    }
};

TEST_F(IdleLatency, EqualsTheClosedFormForAllPairsOfSpinnaker2)
{
    use_chip(
        "spinnaker2"); // cores, NoC and router share edges every 20 ns: three core cycles at most
    expect_closed_form_for_all_pairs(6);
}

TEST_F(IdleLatency, EqualsTheClosedFormForAllPairsOfTheTestChip)
{
    use_chip("tiny-2x2");
    expect_closed_form_for_all_pairs(20);
}

TEST_F(IdleLatency, EqualsTheClosedFormForClocksThatRarelyShareAnEdge)
{
    use_chip("tiny-2x2", {{"noc.hz", "123457000"}, {"router.hz", "310001000"}});
    expect_closed_form_for_all_pairs(100);
}

TEST_F(IdleLatency, EqualsTheClosedFormForAllPairsOfAMesh)
{
    use_chip("tiny-mesh");
    expect_closed_form_for_all_pairs(10);
    use_chip("tiny-mesh", {{"noc.hz", "123457000"}, {"router.hz", "310001000"}});
    expect_closed_form_for_all_pairs(20);
    use_chip("tiny-mesh", {{"noc.hz", "310001000"}, {"router.hz", "123457000"}});
    expect_closed_form_for_all_pairs(20);
    use_chip("quad-mesh");
    expect_closed_form_for_all_pairs(3);
}

TEST_F(IdleLatency, EqualsTheClosedFormForAllPairsOfMeshesWithWrapAndSixSides)
{
    use_chip("tiny-mesh", {{"fabric.wrap", "true"}});
    expect_closed_form_for_all_pairs(3);
    use_chip("tiny-mesh", {{"fabric.sides", "6"}});
    expect_closed_form_for_all_pairs(3);
    use_chip("tiny-mesh", {{"fabric.sides", "6"}, {"fabric.wrap", "true"}});
    expect_closed_form_for_all_pairs(3);
}

TEST_F(IdleLatency, EqualsTheClosedFormForAllPairsOfABoard)
{
    use_chip("tiny-board");
    expect_closed_form_for_all_pairs(5);
    use_chip("tiny-board", {{"noc.hz", "123457000"},
                            {"router.hz", "310001000"},
                            {"links.on_board_bits_per_second", "1234567890"},
                            {"links.on_board_latency_ns", "77.777"}});
    expect_closed_form_for_all_pairs(5);
}

TEST_F(IdleLatency, EqualsTheClosedFormForAllPairsOverBoards)
{
    use_chip("tiny-boards");
    expect_closed_form_for_all_pairs(5);
    EXPECT_GT(n_on_board, 0U);
    EXPECT_GT(n_off_board, n_on_board);
    use_chip("tiny-boards", {{"fabric.board[1]", "2"},
                             {"noc.hz", "123457000"},
                             {"router.hz", "310001000"},
                             {"links.on_board_bits_per_second", "1234567890"},
                             {"links.off_board_bits_per_second", "234567890"},
                             {"links.off_board_latency_ns", "77.777"}});
    expect_closed_form_for_all_pairs(5);
}

// Every router, and the FIFO at the end, has a packet with its last phit; links between chips carry
// frames.
TEST_F(IdleLatency, EqualsTheClosedFormForFlitsOfSeveralPhits)
{
    const Settings odd_clocks = {{"noc.hz", "123457000"}, {"router.hz", "310001000"}};
    for (const uint64_t n : {1, 2, 3, 5}) {
        SCOPED_TRACE(n);
        for (const char *name : {"tiny-2x2", "tiny-mesh", "tiny-board", "tiny-boards"}) {
            use_chip(name, phits(n));
            ASSERT_EQ(chip_flit_cycles(chip), n);
            expect_closed_form_for_all_pairs(3);
            use_chip(name, with_phits(odd_clocks, n));
            expect_closed_form_for_all_pairs(3);
        }
        use_chip("spinnaker2", phits(n));
        expect_closed_form_for_all_pairs(2);
    }
}

TEST_F(IdleLatency, IsTheSumOfItsPartsOnTheTestChip)
{
    // 100 MHz core edge at 0, NoC 200 MHz (5 ns), router 250 MHz (4 ns). Tile 0 lies beside the
    // router: inject 2, hop 3: NoC edge 5 = 25 ns; router edge 7 = 28 ns, look-up 3: edge 10 = 40
    // ns = NoC edge 8; hop 3, eject 2: NoC edge 13 = 65 ns.
    use_chip("tiny-2x2");
    ASSERT_EQ(topology->to_router[0].n_links, 1U);
    ASSERT_EQ(topology->from_router[0].n_links, 1U);
    EXPECT_EQ(sim_idle_latency_ps(topology, 0, 0, nullptr, 0, 0), 65000U);
    // Handed over at 10 ns = NoC edge 2: edge 7 = 35 ns, router edge 9 = 36 ns, 12 = 48 ns, NoC
    // edge 10, 15 = 75 ns.
    EXPECT_EQ(sim_idle_latency_ps(topology, 0, 0, nullptr, 0, 10000), 65000U);
    // 1 ps later all is one NoC cycle later: 40 ns = router edge 10, 13 = 52 ns, NoC edge 11, 16
    // = 80 ns.
    EXPECT_EQ(sim_idle_latency_ps(topology, 0, 0, nullptr, 0, 10001), 69999U);
    // Flits of three phits: 2 + 3 + 2 NoC cycles to the router: edge 7 = 35 ns; router edge 9 = 36
    // ns, 12 = 48 ns, NoC edge 10; 3 + 2 + 2: edge 17 = 85 ns.
    use_chip("tiny-2x2", phits(3));
    EXPECT_EQ(sim_idle_latency_ps(topology, 0, 0, nullptr, 0, 0), 85000U);
}

} // namespace
