// test_network_timing.cpp - each gate of NoC and event router: closed at c - 1, open at c.
//
// On the test chip every tile lies beside the router: one link in, one link out. NoC 200 MHz,
// router 250 MHz, inject 2, hop 3, eject 2, look-up 3 cycles, buffers of 2 flits, port queues of
// 4 packets.
#include "network_mocks.hpp"

namespace
{

using Cycles = std::vector<uint64_t>;

// Every gate, with the way down moved hop by hop and in closed form.
class NetworkTiming : public NetworkTest, public ::testing::WithParamInterface<bool>
{
  protected:
    NetworkTiming()
    {
        hop_by_hop = GetParam();
    }
};

INSTANTIATE_TEST_SUITE_P(HopByHopOrNot, NetworkTiming, ::testing::Bool());

TEST_P(NetworkTiming, LinkCarriesOneFlitPerCycle)
{
    // Two cores of tile 0 hand over at the same time: the second flit is one cycle behind, no more.
    use_chip("tiny-2x2", {{"router.hz", "200000000"}});
    use_cores({0, 1, 4});
    inject(0, 2, 0);
    inject(1, 2, 0);
    run();
    // edge 2 at the tile, 5 at the router, 8 looked up, 11 at the tile, 13 in the FIFO
    EXPECT_EQ(arrivals_at(2), (Cycles{13, 14}));
    const uint32_t link = topology->to_router[0].link[0];
    EXPECT_EQ(links[link].flits, 2U);
    EXPECT_EQ(links[link].busy_cycles, 2U);
    EXPECT_EQ(links[link].stall_cycles, 1U); // the second waited in one cycle
}

TEST_P(NetworkTiming, AFlitHoldsALinkForACycleAPhit)
{
    // As above: the second flit is W cycles behind, and waits for that long. Both have W - 1 more
    // cycles to go until their last phit is at the router, and then in the FIFO.
    for (const uint64_t n : {1, 2, 3, 5}) {
        SCOPED_TRACE(n);
        use_chip("tiny-2x2", with_phits({{"router.hz", "200000000"}}, n));
        use_cores({0, 1, 4});
        inject(0, 2, 0);
        inject(1, 2, 0);
        run();
        EXPECT_EQ(arrivals_at(2), (Cycles{13 + 2 * (n - 1), 14 + 3 * (n - 1)}));
        const uint32_t up = topology->to_router[0].link[0], down = topology->from_router[2].link[0];
        EXPECT_EQ(links[up].flits, 2U);
        EXPECT_EQ(links[up].busy_cycles, 2 * n);
        EXPECT_EQ(links[up].stall_cycles, n);
        EXPECT_EQ(links[down].flits, 2U);
        EXPECT_EQ(links[down].busy_cycles, 2 * n);
        EXPECT_EQ(links[down].stall_cycles, 0U); // they come W apart
    }
}

TEST_P(NetworkTiming, ALinkGrantsAgainWhenTheLastPhitHasPassed)
{
    // Three phits: granted at 2, the link serves again at 5. Core 1 asks at 3, 4, 5 or 6.
    for (const uint64_t asks : {3, 4, 5, 6}) {
        SCOPED_TRACE(asks);
        use_chip("tiny-2x2", with_phits({{"router.hz", "200000000"}}, 3));
        use_cores({0, 1, 4});
        inject(0, 2, 0);
        inject(1, 2, edge(DOMAIN_NOC, asks - 2));
        run();
        const uint64_t granted = std::max<uint64_t>(5, asks);
        EXPECT_EQ(arrivals_at(2), (Cycles{17, 17 + granted - 2}));
        EXPECT_EQ(links[topology->to_router[0].link[0]].stall_cycles, granted - asks);
    }
}

TEST_P(NetworkTiming, AHeadGoesOnBeforeItsLastPhitIsThere)
{
    // Ways of several links: their hops follow one another, and only the router and the FIFO wait
    // for the last phit.
    for (const uint64_t n : {1, 2, 3, 5}) {
        SCOPED_TRACE(n);
        use_chip("spinnaker2",
                 with_phits({{"router.hz", "400000000"}, {"noc.hz", "400000000"}}, n));
        use_cores({0, 4 * (chip->n_tiles - 2)});
        const NocPath &up = topology->to_router[0];
        const NocPath &down = topology->from_router[chip->n_tiles - 2];
        ASSERT_GT(up.n_links + down.n_links, 4U);
        inject(0, 1, 0);
        run();
        const uint64_t wide = plan.inject_cycles + plan.lookup_cycles + 5 +
                              plan.hop_cycles * (up.n_links + down.n_links);
        EXPECT_EQ(arrivals_at(1), (Cycles{wide + 2 * (n - 1)}));
    }
}

TEST_P(NetworkTiming, RoundRobinTakesTurnsBetweenTheCoresOfATile)
{
    use_chip("tiny-2x2", {{"router.hz", "200000000"}, {"core.inject_queue_packets", "4"}});
    use_cores({0, 1, 4});
    for (uint32_t i = 0; i < 3; i++) {
        inject(0, 2, 0, 10 + i);
        inject(1, 2, 0, 20 + i);
    }
    run();
    std::vector<uint32_t> payloads;
    for (const Delivery &delivery : delivered)
        payloads.push_back(delivery.packet.payload);
    EXPECT_EQ(payloads.size(), 6U);
    for (size_t i = 1; i < payloads.size(); i++)
        EXPECT_NE(payloads[i] / 10, payloads[i - 1] / 10) << i;
    EXPECT_EQ(payloads[4] % 10, 2U); // each core's packets keep their order
    EXPECT_EQ(payloads[5] % 10, 2U);
}

TEST_P(NetworkTiming, InjectQueueFreesItsSlotWhenTheLinkIsGranted)
{
    use_chip("tiny-2x2", {{"core.inject_queue_packets", "1"}});
    use_cores({0, 4});
    inject(0, 1, 0);
    EXPECT_FALSE(noc_inject_room(&noc, 0));
    run_until(edge(DOMAIN_NOC, 2));
    EXPECT_FALSE(noc_inject_room(&noc, 0));
    run_until(edge(DOMAIN_NOC, 2) + 1);
    EXPECT_TRUE(noc_inject_room(&noc, 0));
    EXPECT_EQ(inject_free_cycles, (Cycles{2}));
}

TEST_P(NetworkTiming, InjectQueueFreesItsSlotWithTheLastPhit)
{
    for (const uint64_t n : {1, 2, 5}) {
        SCOPED_TRACE(n);
        use_chip("tiny-2x2", with_phits({{"core.inject_queue_packets", "1"}}, n));
        use_cores({0, 4});
        inject(0, 1, 0);
        run_until(edge(DOMAIN_NOC, 2 + n - 1));
        EXPECT_FALSE(noc_inject_room(&noc, 0));
        run_until(edge(DOMAIN_NOC, 2 + n - 1) + 1);
        EXPECT_TRUE(noc_inject_room(&noc, 0));
        EXPECT_EQ(inject_free_cycles, (Cycles{2 + n - 1}));
    }
}

TEST_P(NetworkTiming, LookUpsAreOnePerRouterCycleAndPipelined)
{
    // All four tiles send at once; a router of 100 MHz, two NoC cycles. All arrive at NoC edge 5
    // = 25 ns, router edge 3; granted at 3, 4, 5, 6; three cycles later at 60, 70, 80, 90 ns =
    // NoC edges 12, 14, 16, 18; then 3 + 2.
    use_chip("tiny-2x2", {{"router.hz", "100000000"}});
    use_cores({0, 2, 4, 6});
    for (uint32_t from = 0; from < 4; from++)
        inject(from, 0, 0);
    run();
    EXPECT_EQ(arrivals_at(0), (Cycles{17, 19, 21, 23}));
    EXPECT_EQ(router.lookups, 4U);
    EXPECT_EQ(router.busy_cycles, 4U);
    EXPECT_EQ(router.stall_cycles, 3U); // somebody waited at 3, 4 and 5
}

TEST_P(NetworkTiming, ValueCrossesIntoADomainAtTheFirstEdgeAtOrAfterIt)
{
    // Router 200 MHz: edges of NoC and router coincide, nothing is lost in crossing.
    use_chip("tiny-2x2", {{"router.hz", "200000000"}});
    use_cores({0, 2});
    inject(0, 1, 0);
    run();
    EXPECT_EQ(arrivals_at(1), (Cycles{2 + 3 + 3 + 3 + 2}));
    // 199 MHz: edge 5 at 25.126 ns is the first after NoC edge 5 at 25 ns, but the result at edge
    // 8 = 40.201 ns misses NoC edge 8.
    use_chip("tiny-2x2", {{"router.hz", "199000000"}});
    use_cores({0, 2});
    inject(0, 1, 0);
    run();
    EXPECT_EQ(arrivals_at(1), (Cycles{14}));
    // 201 MHz: edge 5 at 24.876 ns lies before NoC edge 5, so the router sees the packet at edge
    // 6 and is done at 9 = 44.776 ns, NoC edge 9.
    use_chip("tiny-2x2", {{"router.hz", "201000000"}});
    use_cores({0, 2});
    inject(0, 1, 0);
    run();
    EXPECT_EQ(arrivals_at(1), (Cycles{14}));
}

TEST_P(NetworkTiming, CopiesLeaveAPortOnePerCycleTilesAscending)
{
    // One event to one core in each of 37 tiles, buffers that never fill: each port sends its
    // copies back to back.
    use_chip("spinnaker2", {{"noc.buffer_flits", "64"}});
    std::vector<uint32_t> cores;
    for (uint32_t tile = 0; tile < chip->n_tiles - 1; tile++) // 148 cores are usable
        cores.push_back(4 * tile);
    use_cores(cores);
    send_to_all(0, 0);
    run();
    ASSERT_EQ(delivered.size(), cores.size());
    ASSERT_EQ(host.size(), 1U); // layer 0 is the first and the last
    std::vector<uint32_t> before(topology->n_ports, 0);
    for (uint32_t core = 0; core < cores.size(); core++) {
        const uint64_t idle_ps = sim_idle_latency_ps(topology, 0, core, nullptr, 0, 0);
        const uint64_t idle = clock_edge_at_or_after(&plan.clock[DOMAIN_NOC], idle_ps);
        ASSERT_EQ(arrivals_at(core).size(), 1U);
        EXPECT_EQ(arrivals_at(core)[0], idle + before[topology->from_router[core].port]++) << core;
    }
}

TEST_P(NetworkTiming, CoresOfOneTileShareOneFlit)
{
    use_chip("tiny-2x2");
    use_cores({0, 4, 5});
    send_to_all(0, 0);
    run();
    EXPECT_EQ(arrivals_at(1), arrivals_at(2));
    EXPECT_EQ(links[topology->from_router[2].link[0]].flits, 1U);
}

TEST_P(NetworkTiming, FullFifoHoldsTheFlitUntilItHasRoom)
{
    // The packet reaches the eject port at NoC edge 11; the FIFO has no room until 100 ns = edge
    // 20.
    use_chip("tiny-2x2", {{"router.hz", "200000000"}});
    for (const uint64_t free_ps : {UINT64_C(95001), UINT64_C(100000), UINT64_C(100001)}) {
        use_cores({0, 4});
        noc_fifo_full(&noc, 2, 0);
        inject(0, 1, 0);
        run_until(free_ps);
        EXPECT_TRUE(delivered.empty());
        free_fifo(2, 0, free_ps);
        run();
        EXPECT_EQ(arrivals_at(1), (Cycles{(free_ps <= 100000 ? 20U : 21U) + 2})) << free_ps;
    }
}

TEST_P(NetworkTiming, AFlitNeedsRoomInTheFifosOfAllItsCores)
{
    use_chip("tiny-2x2", {{"router.hz", "200000000"}});
    use_cores({0, 4, 5});
    noc_fifo_full(&noc, 2, 1);
    send_to_all(0, 0);
    run_until(200000);
    EXPECT_TRUE(arrivals_at(1).empty()); // it has room, but core 5 has none
    EXPECT_TRUE(arrivals_at(2).empty());
    EXPECT_EQ(arrivals_at(0).size(), 1U);
    free_fifo(2, 1, 200000);
    run();
    EXPECT_EQ(arrivals_at(1), (Cycles{42}));
    EXPECT_EQ(arrivals_at(2), (Cycles{42}));
}

TEST_P(NetworkTiming, CreditsHoldBackAsManyFlitsAsTheBuffersCannotTake)
{
    // The FIFO of core 4 stays full: the link to it and its buffer take 3 + 2 flits, the port's
    // queue 4, the port's link and buffer 5; of 16 packets the last 2 stay in the tile, until
    // everything drains in order.
    use_chip("tiny-2x2", {{"core.inject_queue_packets", "16"}});
    use_cores({0, 4});
    noc_fifo_full(&noc, 2, 0);
    for (uint32_t i = 0; i < 16; i++)
        inject(0, 1, 0, i);
    run_until(1000000);
    EXPECT_TRUE(delivered.empty());
    EXPECT_EQ(links[topology->from_router[2].link[0]].flits, 5U);
    EXPECT_EQ(router.lookups, 9U);
    EXPECT_EQ(links[topology->to_router[0].link[0]].flits, 14U);
    EXPECT_EQ(inject_free_cycles.size(), 14U);
    free_fifo(2, 0, 1000000);
    run();
    ASSERT_EQ(delivered.size(), 16U);
    for (uint32_t i = 0; i < 16; i++)
        EXPECT_EQ(delivered[i].packet.payload, i);
    EXPECT_EQ(delivered[0].noc_cycle, 202U);
    EXPECT_EQ(delivered[1].noc_cycle, 203U);
}

TEST_P(NetworkTiming, ALinkCarriesAFlitInEveryCycleEvenWithBuffersOfOne)
{
    // The stages of a hop hold flits themselves: what is granted at c leaves the buffer at c + hop
    // and its slot serves from c + hop + 1 on, with 1 + hop slots behind the link.
    for (const char *hop : {"1", "2", "7"}) {
        use_chip("tiny-2x2", {{"noc.buffer_flits", "1"},
                              {"noc.hop_cycles", hop},
                              {"router.hz", "200000000"},
                              {"router.port_queue_packets", "20"},
                              {"core.inject_queue_packets", "20"}});
        use_cores({0, 4});
        for (uint32_t i = 0; i < 20; i++)
            inject(0, 1, 0, i);
        run();
        const Cycles cycles = arrivals_at(1);
        ASSERT_EQ(cycles.size(), 20U);
        EXPECT_EQ(cycles[0], 2U + 3 + 2 + 2 * std::stoul(hop));
        for (size_t i = 1; i < cycles.size(); i++)
            EXPECT_EQ(cycles[i] - cycles[i - 1], 1U) << i;
    }
}

TEST_P(NetworkTiming, ALinkCarriesAPhitInEveryCycleEvenWithBuffersOfOne)
{
    // Behind a link lie a buffer of one flit and as many as its stages hold: 1 / W flits a cycle.
    for (const uint64_t n : {1, 2, 3, 5})
        for (const uint64_t hop : {1, 2, 7}) {
            SCOPED_TRACE(std::to_string(n) + " phits, hop " + std::to_string(hop));
            use_chip("tiny-2x2", with_phits({{"noc.buffer_flits", "1"},
                                             {"noc.hop_cycles", std::to_string(hop)},
                                             {"router.hz", "200000000"},
                                             {"router.port_queue_packets", "20"},
                                             {"core.inject_queue_packets", "20"}},
                                            n));
            use_cores({0, 4});
            for (uint32_t i = 0; i < 20; i++)
                inject(0, 1, 0, i);
            run();
            Cycles expected;
            for (uint64_t i = 0; i < 20; i++)
                expected.push_back(2 + 3 + 2 + 2 * (hop + n - 1) + i * n);
            EXPECT_EQ(arrivals_at(1), expected);
            const LinkCounts &link = links[topology->from_router[2].link[0]];
            EXPECT_EQ(link.busy_cycles, 20 * n);
            EXPECT_EQ(link.stall_cycles, 0U);
        }
}

TEST_P(NetworkTiming, StagesOfALinkHoldAPhitEach)
{
    // The FIFO of core 4 stays full: behind each link on the way 2 flits wait, and as many as fit
    // into the 3 stages before; then all come W apart.
    for (const uint64_t n : {1, 2, 3, 5}) {
        SCOPED_TRACE(n);
        const uint64_t slots = 2 + (3 + n - 1) / n;
        use_chip("tiny-2x2", with_phits({{"core.inject_queue_packets", "16"}}, n));
        use_cores({0, 4});
        noc_fifo_full(&noc, 2, 0);
        for (uint32_t i = 0; i < 16; i++)
            inject(0, 1, 0, i);
        run_until(1000000);
        EXPECT_TRUE(delivered.empty());
        EXPECT_EQ(links[topology->from_router[2].link[0]].flits, slots);
        EXPECT_EQ(router.lookups, slots + 4);
        EXPECT_EQ(links[topology->to_router[0].link[0]].flits, 2 * slots + 4);
        EXPECT_EQ(inject_free_cycles.size(), 2 * slots + 4);
        free_fifo(2, 0, 1000000);
        run();
        Cycles expected;
        for (uint64_t i = 0; i < 16; i++)
            expected.push_back(200 + 2 + n - 1 + i * n);
        EXPECT_EQ(arrivals_at(1), expected);
    }
}

TEST_P(NetworkTiming, FreedSlotServesAGrantFromTheNextCycleOn)
{
    // The FIFO opens at 1 us = edge 200, when the first of 5 flits leaves its slot behind the link.
    use_chip("tiny-2x2", {{"core.inject_queue_packets", "16"}});
    use_cores({0, 4});
    noc_fifo_full(&noc, 2, 0);
    for (uint32_t i = 0; i < 8; i++)
        inject(0, 1, 0, i);
    run_until(1000000);
    free_fifo(2, 0, 1000000);
    const LinkCounts &link = links[topology->from_router[2].link[0]];
    run_until(1000001);
    EXPECT_EQ(link.flits, hop_by_hop ? 5U : 8U); // or counted as soon as it is known
    run_until(1005001);
    EXPECT_EQ(link.flits, hop_by_hop ? 6U : 8U);
    run();
    EXPECT_EQ(arrivals_at(1), (Cycles{202, 203, 204, 205, 206, 207, 208, 209}));
    EXPECT_EQ(link.stall_cycles, 201U - 13); // the sixth flit is at the port at edge 13
}

TEST_P(NetworkTiming, ABlockedDestinationDoesNotHoldUpOtherPorts)
{
    use_chip("tiny-2x2");
    use_cores({0, 4, 6});
    noc_fifo_full(&noc, 2, 0);
    inject(0, 1, 0);
    inject(0, 2, 0);
    run_until(300000);
    EXPECT_TRUE(arrivals_at(1).empty());
    EXPECT_EQ(arrivals_at(2).size(), 1U);
    free_fifo(2, 0, 300000);
    run();
    EXPECT_EQ(delivered.size(), 2U);
}

TEST_P(NetworkTiming, AKeyWithoutRouteEndsTheRun)
{
    use_chip("tiny-2x2");
    use_cores({0, 4});
    inject_key(0, 0xfffff, 0, 0);
    run_until(1000000);
    EXPECT_EQ(fault.status, STATUS_INTERNAL);
    EXPECT_STREQ(err.message,
                 "event router: packet with key 0xfffff arrived; no route has that key");
}

} // namespace
