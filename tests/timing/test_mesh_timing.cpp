// test_mesh_timing.cpp - each gate between routers: on a mesh with a router per tile, and between
// chips.
//
// tiny-mesh: 4 x 3 tiles of two cores, tile (x,y) is 3 x + y. NoC 200 MHz, and router 200 MHz here
// but where stated, so that all is counted in the same cycles: inject 2, look-up 3, hop 3, eject
// 2; buffers of 2 flits, 4 places in each way out. So a packet that is handed over at cycle 0 is
// looked up at 2, leaves at 5, is looked up at the next router at 8, 14 .., and its last look-up
// at 2 + 6 hops is followed by 3 + 2 cycles to the FIFO.
#include "network_mocks.hpp"

namespace
{

using Cycles = std::vector<uint64_t>;

constexpr uint32_t tile(uint32_t x, uint32_t y)
{
    return 3 * x + y;
}

constexpr uint32_t core(uint32_t x, uint32_t y, uint32_t k = 0)
{
    return 2 * tile(x, y) + k;
}

class MeshTiming : public NetworkTest
{
  protected:
    void use_mesh(const Settings &settings = {})
    {
        Settings all = {{"router.hz", "200000000"}, {"core.inject_queue_packets", "16"}};
        all.insert(all.end(), settings.begin(), settings.end());
        ASSERT_NO_FATAL_FAILURE(use_chip("tiny-mesh", all));
    }

    uint32_t link(uint32_t from_tile, uint32_t to_tile) const
    {
        for (uint32_t l = topology->first_router_link[from_tile];
             l < topology->first_router_link[from_tile + 1]; l++)
            if (topology->router_link[l].to == to_tile)
                return l;
        return UINT32_MAX;
    }
};

TEST_F(MeshTiming, APacketTakesOneLookUpAndOneHopPerRouter)
{
    use_mesh();
    use_cores({core(0, 0), core(3, 2)});
    inject(0, 1, 0);
    run();
    EXPECT_EQ(arrivals_at(1), (Cycles{2 + 5 * 6 + 3 + 2})); // three to the east, two to the north
    EXPECT_EQ(router.lookups, 6U);
    for (uint32_t x = 0; x < 3; x++)
        EXPECT_EQ(router_link(link(tile(x, 0), tile(x + 1, 0))).flits, 1U) << x;
    EXPECT_EQ(router_link(link(tile(3, 1), tile(3, 2))).flits, 1U);
    EXPECT_EQ(router_link(link(tile(3, 2), tile(3, 1))).flits, 0U);
}

TEST_F(MeshTiming, EveryRouterLooksUpWholePackets)
{
    // As above, with W - 1 more cycles behind each of 5 links and at the FIFO.
    for (const uint64_t n : {1, 2, 3, 5}) {
        SCOPED_TRACE(n);
        use_mesh(phits(n));
        use_cores({core(0, 0), core(3, 2)});
        inject(0, 1, 0);
        run();
        EXPECT_EQ(arrivals_at(1), (Cycles{2 + 5 * (6 + n - 1) + 3 + 2 + n - 1}));
        EXPECT_EQ(router_link(link(tile(0, 0), tile(1, 0))).busy_cycles, n);
    }
}

TEST_F(MeshTiming, ALinkCarriesAPhitInEveryCycleEvenWithBuffersOfOne)
{
    for (const uint64_t n : {1, 2, 3, 5})
        for (const uint64_t hop : {1, 3, 7}) {
            SCOPED_TRACE(std::to_string(n) + " phits, hop " + std::to_string(hop));
            use_mesh(with_phits({{"noc.buffer_flits", "1"},
                                 {"noc.hop_cycles", std::to_string(hop)},
                                 {"router.port_queue_packets", "20"},
                                 {"core.inject_queue_packets", "20"}},
                                n));
            use_cores({core(0, 0), core(2, 0)});
            for (uint32_t i = 0; i < 20; i++)
                inject(0, 1, 0, i);
            run();
            Cycles expected;
            for (uint64_t i = 0; i < 20; i++)
                expected.push_back(2 + 2 * (3 + hop + n - 1) + 3 + 2 + n - 1 + i * n);
            EXPECT_EQ(arrivals_at(1), expected);
            EXPECT_EQ(router_link(link(tile(1, 0), tile(2, 0))).busy_cycles, 20 * n);
        }
}

TEST_F(MeshTiming, APlaceInAWayOutIsFreeWithTheLastPhit)
{
    // One place a way out: a copy leaves 3 cycles after its look-up and frees its place W - 1 later,
    // in time for a look-up in that very cycle: one look-up every 3 + W - 1 cycles.
    for (const uint64_t n : {1, 2, 3, 5}) {
        SCOPED_TRACE(n);
        use_mesh(with_phits({{"router.port_queue_packets", "1"}}, n));
        use_cores({core(0, 0), core(1, 0)});
        for (uint32_t i = 0; i < 4; i++)
            inject(0, 1, 0, i);
        run();
        Cycles expected;
        for (uint64_t i = 0; i < 4; i++)
            expected.push_back(13 + 2 * (n - 1) + i * (3 + n - 1));
        EXPECT_EQ(arrivals_at(1), expected);
    }
}

TEST_F(MeshTiming, APacketToItsOwnTileCrossesNoLink)
{
    use_mesh();
    use_cores({core(1, 1), core(1, 1, 1)});
    inject(0, 1, 0);
    run();
    EXPECT_EQ(arrivals_at(1), (Cycles{2 + 3 + 2}));
    EXPECT_EQ(router.lookups, 1U);
}

TEST_F(MeshTiming, ValuesCrossBetweenTheClocksAtTheFirstEdgeAtOrAfterThem)
{
    // Router 250 MHz, 4 ns: at the router at NoC edge 2 = 10 ns, router edge 3 = 12 ns; looked up
    // at 6 = 24 ns, leaves at NoC edge 5 = 25 ns, there at 8 = 40 ns = router edge 10; 13 = 52 ns,
    // NoC edge 11 = 55 ns, in the FIFO at 13.
    use_chip("tiny-mesh");
    use_cores({core(0, 0), core(1, 0)});
    inject(0, 1, 0);
    run();
    EXPECT_EQ(arrivals_at(1), (Cycles{13}));
}

TEST_F(MeshTiming, ALinkCarriesOneFlitPerCycleAndCountsWhoWaits)
{
    // From the west and from its own core at the same time to the east; the router looks them up
    // one after the other, so they leave one after the other.
    use_mesh({{"noc.buffer_flits", "8"}});
    use_cores({core(0, 0), core(1, 0), core(2, 0)});
    inject(0, 2, 0);
    inject(1, 2, 6 * 5000); // 6 cycles later: both at router (1,0) at cycle 8
    run();
    EXPECT_EQ(arrivals_at(2), (Cycles{8 + 6 + 5, 8 + 6 + 6}));
    const LinkCounts counts = router_link(link(tile(1, 0), tile(2, 0)));
    EXPECT_EQ(counts.flits, 2U);
    EXPECT_EQ(counts.busy_cycles, 2U);
    EXPECT_EQ(counts.stall_cycles, 0U); // look-ups come one a cycle, as flits leave
    EXPECT_EQ(router.stall_cycles, 1U);
}

TEST_F(MeshTiming, InputsTakeTurns)
{
    use_mesh({{"noc.buffer_flits", "16"}});
    use_cores({core(0, 0), core(0, 0, 1), core(2, 0)});
    for (uint32_t i = 0; i < 3; i++) {
        inject(0, 2, 0, 10 + i);
        inject(1, 2, 0, 20 + i);
    }
    run();
    ASSERT_EQ(delivered.size(), 6U);
    for (size_t i = 0; i < 6; i++)
        EXPECT_EQ(delivered[i].packet.payload, (i % 2 ? 20 : 10) + i / 2);
    EXPECT_EQ(arrivals_at(2), (Cycles{19, 20, 21, 22, 23, 24}));
}

TEST_F(MeshTiming, CopiesOfAForkLeaveAtTheSameTime)
{
    // From (1,1) to all sides and to the own tile: one look-up, all copies leave at 5.
    use_mesh();
    use_cores({core(0, 1), core(1, 0), core(1, 1), core(1, 1, 1), core(1, 2), core(2, 1)});
    send_to_all(2, 0);
    run();
    for (const uint32_t to : {0U, 1U, 4U, 5U})
        EXPECT_EQ(arrivals_at(to), (Cycles{2 + 6 + 5})) << to;
    EXPECT_EQ(arrivals_at(2), (Cycles{2 + 5}));
    EXPECT_EQ(arrivals_at(3), (Cycles{2 + 5}));
    EXPECT_EQ(router.lookups, 1U + 4 + 1); // the last at (0,0), where the host is
    for (const uint32_t to : {tile(2, 1), tile(1, 2), tile(0, 1), tile(1, 0)})
        EXPECT_EQ(router_link(link(tile(1, 1), to)).flits, 1U);
    EXPECT_EQ(host.size(), 1U); // layer 0 is the first and the last, and the host hangs on (0,0)
}

TEST_F(MeshTiming, ALinkCarriesAFlitInEveryCycleEvenWithBuffersOfOne)
{
    // The flit that leaves at 5 is looked up at 8, its slot serves from 9 on: 3 + 1 slots do.
    use_mesh({{"noc.buffer_flits", "1"}});
    use_cores({core(0, 0), core(1, 0)});
    for (uint32_t i = 0; i < 8; i++)
        inject(0, 1, 0, i);
    run();
    EXPECT_EQ(arrivals_at(1), (Cycles{13, 14, 15, 16, 17, 18, 19, 20}));
    EXPECT_EQ(router_link(link(tile(0, 0), tile(1, 0))).stall_cycles, 0U);
}

TEST_F(MeshTiming, ACreditServesFromTheCycleAfterTheLookUpBehindTheLink)
{
    // The core takes nothing until 100 us = edge 20000. One copy has the place at the eject port,
    // four the slots of the link: those left at 5, 8, 11, 14 and 17. The sixth copy, ready at 20,
    // waits for the look-up behind the link, which comes when the first is ejected at 20000.
    use_mesh({{"noc.buffer_flits", "1"}, {"router.port_queue_packets", "1"}});
    use_cores({core(0, 0), core(1, 0)});
    block(1);
    for (uint32_t i = 0; i < 6; i++)
        inject(0, 1, 0, i);
    run_until(100000000);
    EXPECT_EQ(router_link(link(tile(0, 0), tile(1, 0))).busy_cycles, 5U);
    unblock(1, 100000000);
    run();
    EXPECT_EQ(arrivals_at(1), (Cycles{20002, 20005, 20008, 20011, 20014, 20017}));
    const LinkCounts counts = router_link(link(tile(0, 0), tile(1, 0)));
    EXPECT_EQ(counts.busy_cycles, 6U);
    EXPECT_EQ(counts.stall_cycles, 20001U - 20);
}

TEST_F(MeshTiming, TheBuffersHoldAsMuchAsTheyHavePlacesAndDrainInOrder)
{
    // Core (2,0) takes nothing: 4 copies wait at its eject port, 3 + 2 flits on the link before, 4
    // copies at the way out of (1,0), 5 before it; and so on back to the sender.
    use_mesh({{"core.inject_queue_packets", "32"}});
    use_cores({core(0, 0), core(2, 0)});
    block(1);
    for (uint32_t i = 0; i < 22; i++)
        inject(0, 1, 0, i);
    run_until(1000000);
    EXPECT_TRUE(delivered.empty());
    EXPECT_EQ(router.router[tile(2, 0)].lookups, 4U);
    EXPECT_EQ(router.router[tile(1, 0)].lookups, 4U + 5 + 4);
    EXPECT_EQ(router.router[tile(0, 0)].lookups, 13U + 5 + 4);
    EXPECT_EQ(inject_free_cycles.size(), 22U);
    EXPECT_EQ(mesh_held(&mesh), 22U);
    EXPECT_EQ(mesh_waiting(&mesh, link(tile(0, 0), tile(1, 0))), 4U);
    unblock(1, 1000000); // NoC edge 200
    run();
    ASSERT_EQ(delivered.size(), 22U);
    for (uint32_t i = 0; i < 22; i++)
        EXPECT_EQ(delivered[i].packet.payload, i);
    EXPECT_EQ(delivered[0].noc_cycle, 202U);
    EXPECT_EQ(delivered[3].noc_cycle, 205U); // what waits at the eject port leaves one a cycle
    EXPECT_EQ(mesh_held(&mesh), 0U);
}

TEST_F(MeshTiming, FullFifoHoldsTheCopyUntilTheFirstEdgeAtOrAfterItsRoom)
{
    for (const uint64_t free_ps : {UINT64_C(95001), UINT64_C(100000), UINT64_C(100001)}) {
        use_mesh();
        use_cores({core(0, 0), core(1, 0), core(1, 0, 1)});
        block(1);
        inject(0, 1, 0);
        run_until(free_ps);
        EXPECT_TRUE(delivered.empty());
        unblock(1, free_ps);
        run();
        EXPECT_EQ(arrivals_at(1), (Cycles{(free_ps <= 100000 ? 20U : 21U) + 2})) << free_ps;
    }
}

TEST_F(MeshTiming, ACopyNeedsRoomInTheFifosOfAllItsCores)
{
    use_mesh();
    use_cores({core(0, 0), core(1, 0), core(1, 0, 1)});
    block(2);
    send_to_all(0, 0);
    run_until(200000);
    EXPECT_EQ(arrivals_at(0).size(), 1U);
    EXPECT_TRUE(arrivals_at(1).empty());
    unblock(2, 200000);
    run();
    EXPECT_EQ(arrivals_at(1), (Cycles{42}));
    EXPECT_EQ(arrivals_at(2), (Cycles{42}));
}

TEST_F(MeshTiming, ABlockedBranchHoldsNothingUpUntilItsPlacesAreTaken)
{
    // (1,0) forks to the east and to the north; the core in the east takes nothing. Its eject port
    // has 4 places, the link before it 3 + 2 slots, the way out 4 places: 13 packets pass the
    // fork, and both copies of the next wait, as a look-up needs places for all of its copies.
    use_mesh({{"router.port_queue_packets", "4"}, {"noc.buffer_flits", "2"}});
    use_cores({core(1, 0), core(1, 1), core(2, 0)});
    block(2);
    for (uint32_t i = 0; i < 15; i++)
        send_to_all(0, 0, i);
    run_until(1000000);
    EXPECT_EQ(arrivals_at(1).size(), 13U);
    EXPECT_EQ(arrivals_at(2).size(), 0U);
    EXPECT_EQ(arrivals_at(1)[0], 13U);
    unblock(2, 1000000);
    run();
    EXPECT_EQ(arrivals_at(1).size(), 15U);
    EXPECT_EQ(arrivals_at(2).size(), 15U);
    uint32_t next = 0;
    for (const Delivery &delivery : delivered) {
        if (delivery.core != 2)
            continue;
        EXPECT_EQ(delivery.packet.payload, next);
        next++;
    }
}

TEST_F(MeshTiming, APacketForAnotherWayPassesAParkedOne)
{
    use_mesh({{"router.port_queue_packets", "1"}, {"noc.buffer_flits", "1"}});
    use_cores({core(1, 0), core(1, 0, 1), core(1, 1), core(2, 0)});
    block(3);
    for (uint32_t i = 0; i < 12; i++)
        inject(0, 3, 0); // fills everything on the way to (2,0)
    run_until(500000);
    EXPECT_EQ(router.router[tile(1, 0)].lookups,
              6U);        // one at the eject port, 4 before it, one here
    inject(1, 2, 500000); // NoC edge 100; from the other core of that tile to the north
    run_until(1000000);
    EXPECT_EQ(arrivals_at(2), (Cycles{100 + 13}));
    unblock(3, 1000000);
    run();
    EXPECT_EQ(arrivals_at(3).size(), 12U);
}

TEST_F(MeshTiming, APlaceServesLookUpsFromTheEdgeAtWhichItsCopyLeaves)
{
    // One place in each way out: the copy looked up at 2 leaves at 5, when the next look-up is.
    use_mesh({{"router.port_queue_packets", "1"}, {"noc.buffer_flits", "8"}});
    use_cores({core(0, 0), core(1, 0)});
    for (uint32_t i = 0; i < 3; i++)
        inject(0, 1, 0);
    run();
    EXPECT_EQ(arrivals_at(1), (Cycles{13, 16, 19}));
    EXPECT_EQ(inject_free_cycles, (Cycles{2, 5, 8}));
    EXPECT_EQ(router.stall_cycles, 4U); // nothing could be granted at 3, 4, 6 and 7
}

TEST_F(MeshTiming, PacketsWithoutEntryGoStraightOnWhereTheChipHasDefaultRoutes)
{
    use_mesh();
    for (const bool leave_out : {false, true}) {
        use_cores({core(0, 1), core(3, 1)});
        auto *changed = ARENA_ARRAY(arena, Chip, 1);
        auto *with_default = ARENA_ARRAY(arena, Topology, 1);
        *changed = *chip;
        changed->fabric.default_route = true;
        *with_default = *topology;
        with_default->chip = changed;
        topology = with_default;
        FabricTables tables(arena, topology);
        tables.use_default_routes = leave_out;
        route(&tables);
        EXPECT_EQ(program_route(program, tile(1, 1), program->core[0].slice[0].key + 1) == nullptr,
                  leave_out);
        inject(0, 1, 0);
        run();
        EXPECT_EQ(arrivals_at(1), (Cycles{2 + 3 * 6 + 5}));
    }
}

// tiny-board: 3 x 2 chips like tiny-2x2 as a hexagonal torus, chip (x,y) is 2 x + y. A frame of 96
// bits takes 96 ns, the way 100 ns. Router 250 MHz, look-up 3 cycles; cores 0 and 1 of a chip lie
// one link from its router: inject 2 + hop 3 NoC cycles of 5 ns, then hop 3 + eject 2.
class BoardTiming : public NetworkTest
{
  protected:
    void use_board(const Settings &settings = {})
    {
        Settings all = {{"core.inject_queue_packets", "32"}};
        all.insert(all.end(), settings.begin(), settings.end());
        ASSERT_NO_FATAL_FAILURE(use_chip("tiny-board", all));
    }

    static uint32_t on_chip(uint32_t x, uint32_t y, uint32_t k)
    {
        return 8 * (2 * x + y) + k;
    }

    uint32_t link(uint32_t from, uint32_t to) const
    {
        FabricTables tables(arena, topology);
        const auto path = tables.path(from, to);
        EXPECT_EQ(path.size(), 1U);
        return path[0];
    }
};

TEST_F(BoardTiming, APacketToAnotherChipIsAFrameOnTheLink)
{
    use_board();
    use_cores({on_chip(0, 0, 0), on_chip(1, 0, 1)});
    inject(0, 1, 0);
    run();
    // NoC edge 5 = 25 ns, router edge 7 = 28 ns, looked up at 10 = 40 ns; 40 + 96 + 100 = 236 ns =
    // router edge 59, 62 = 248 ns, NoC edge 50, 55.
    EXPECT_EQ(arrivals_at(1), (Cycles{55}));
    EXPECT_EQ(router.lookups, 2U);
    const LinkCounts counts = router_link(link(0, 2));
    EXPECT_EQ(counts.flits, 1U);
    EXPECT_EQ(counts.busy_cycles, 20U); // 96 ns are 19.2 NoC cycles
    EXPECT_EQ(counts.stall_cycles, 0U);
}

TEST_F(BoardTiming, FramesFollowOneAnotherWithoutAGap)
{
    use_board();
    use_cores({on_chip(0, 0, 0), on_chip(1, 0, 1)});
    for (uint32_t i = 0; i < 6; i++)
        inject(0, 1, 0, i);
    run();
    // One a NoC cycle arrives: looked up at 28 ns, 32, 36 ..; the first leaves at 40 ns, each
    // further one 96 ns after the one before: at the router behind from 236 + 96 k ns on, next
    // router edge, + 12 ns, next NoC edge, + 25 ns.
    Cycles expected;
    for (uint64_t k = 0; k < 6; k++) {
        const uint64_t seen_ns = (236 + 96 * k + 3) / 4 * 4;
        expected.push_back((seen_ns + 12 + 4) / 5 + 5);
    }
    EXPECT_EQ(arrivals_at(1), expected);
    const LinkCounts counts = router_link(link(0, 2));
    EXPECT_EQ(counts.flits, 6U);
    EXPECT_EQ(counts.busy_cycles, (6 * 96 + 4) / 5);
    // the second is looked up at 32 ns and could leave at 44: from then on until the last leaves at
    // 40 + 5 * 96 somebody waits
    EXPECT_EQ(counts.stall_cycles, (40 + 5 * 96 - 44 + 4U) / 5);
}

TEST_F(BoardTiming, CreditsHoldBackWhatTheFarBufferCannotTake)
{
    // The core takes nothing: 3 + 2 flits before its tile, 4 in the port's queue, then the buffer
    // behind the link: 2 + 1 + ceil(200 / 96) = 6 slots, and 4 places in the way out.
    use_board();
    use_cores({on_chip(0, 0, 0), on_chip(1, 0, 1)});
    block(1);
    for (uint32_t i = 0; i < 19; i++)
        inject(0, 1, 0, i);
    run_until(100000000);
    EXPECT_TRUE(delivered.empty());
    EXPECT_EQ(router.router[2].lookups, 9U);
    EXPECT_EQ(router_link(link(0, 2)).flits, 9U + 6);
    EXPECT_EQ(router.router[0].lookups, 15U + 4);
    EXPECT_EQ(mesh_waiting(&mesh, link(0, 2)), 4U);
    unblock(1, 100000000);
    run();
    ASSERT_EQ(delivered.size(), 19U);
    for (uint32_t i = 0; i < 19; i++)
        EXPECT_EQ(delivered[i].packet.payload, i);
}

TEST_F(BoardTiming, ACreditComesBackAfterTheLatencyOfTheLink)
{
    // No latency, one slot and one more: frames of 96 ns, looked up at the next router edge: the
    // link never waits. With a FIFO that opens late, the 11th frame leaves when the credit is back.
    use_board({{"noc.buffer_flits", "1"}, {"router.port_queue_packets", "1"}});
    use_cores({on_chip(0, 0, 0), on_chip(1, 0, 1)});
    block(1);
    // 3 + 1 flits before the tile, 1 in the port's queue, 1 + 1 + 3 = 5 slots
    for (uint32_t i = 0; i < 11; i++)
        inject(0, 1, 0, i);
    run_until(100000000);
    EXPECT_EQ(router_link(link(0, 2)).flits, 10U);
    unblock(1, 100000000);
    // NoC edge 20000 ejects; its slot serves the port from 20001 = 100.005 us on, which frees its
    // place: router edge 25002 = 100.008 us looks up, and the credit is back at 100.108 us; then 96
    // + 100 ns to 100.304 us = router edge 25076, 25079 = 100.316 us, NoC edge 20064, 20069.
    run();
    ASSERT_EQ(delivered.size(), 11U);
    EXPECT_EQ(delivered[0].noc_cycle, 20002U);
    EXPECT_EQ(delivered[10].noc_cycle, 20069U);
}

// tiny-boards: 4 x 2 such chips on boards of 2 x 1, board by board: chip (x,y) of board (X,Y) is
// 4 X + 2 Y + x. Off a board a frame takes 192 ns, the way 300 ns.
class BoardsTiming : public BoardTiming
{
  protected:
    void use_boards(const Settings &settings = {})
    {
        Settings all = {{"core.inject_queue_packets", "32"}};
        all.insert(all.end(), settings.begin(), settings.end());
        ASSERT_NO_FATAL_FAILURE(use_chip("tiny-boards", all));
    }
};

TEST_F(BoardsTiming, AFrameOffTheBoardTakesTheTimesOfThatLink)
{
    use_boards();
    use_cores({0, 8 + 1, 16 + 1}); // chips 0 and 1 on one board, 2 on that above
    inject(0, 1, 0);
    inject(0, 2, 100000000);
    run();
    EXPECT_EQ(arrivals_at(1), (Cycles{55})); // as on a board
    // 100,040 + 192 + 300 ns = router edge 25133 = 100,532 ns, 25136 = 100,544 ns, NoC edge 20109.
    EXPECT_EQ(arrivals_at(2), (Cycles{20109 + 5}));
    EXPECT_EQ(router_link(link(0, 1)).busy_cycles, 20U);
    EXPECT_EQ(router_link(link(0, 2)).busy_cycles, 39U); // 192 ns are 38.4 NoC cycles
}

TEST_F(BoardsTiming, FramesOffTheBoardFollowOneAnotherAndSoDoTheirCredits)
{
    // The core takes nothing: 3 + 2 flits before its tile, 4 in the port's queue, then the buffer
    // behind the link: 2 + 1 + ceil(600 / 192) = 7 slots.
    use_boards();
    use_cores({0, 16 + 1});
    block(1);
    for (uint32_t i = 0; i < 19; i++)
        inject(0, 1, 0, i);
    run_until(100000000);
    EXPECT_EQ(router_link(link(0, 2)).flits, 9U + 7);
    EXPECT_EQ(router_link(link(0, 2)).busy_cycles, (16 * 192 + 4) / 5);
    unblock(1, 100000000);
    run();
    ASSERT_EQ(delivered.size(), 19U);
    for (uint32_t i = 0; i < 19; i++)
        EXPECT_EQ(delivered[i].packet.payload, i);
}

TEST_F(BoardTiming, AForkOnOneChipAndToOthersIsOneLookUpEach)
{
    use_board();
    use_cores({on_chip(0, 0, 0), on_chip(0, 0, 1), on_chip(1, 0, 0), on_chip(2, 0, 0)});
    send_to_all(0, 0);
    run();
    EXPECT_EQ(delivered.size(), 4U);
    EXPECT_EQ(router.lookups, 3U);
    EXPECT_EQ(arrivals_at(0), (Cycles{13})); // as on a single chip: 40 ns = NoC edge 8, 3 + 2
    EXPECT_EQ(arrivals_at(1), (Cycles{13}));
    EXPECT_EQ(arrivals_at(2), (Cycles{55}));
    EXPECT_EQ(arrivals_at(3), (Cycles{55}));
    EXPECT_EQ(host.size(), 1U);
}

} // namespace
