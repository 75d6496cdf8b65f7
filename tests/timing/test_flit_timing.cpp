// test_flit_timing.cpp - routers with virtual channels, cycle by cycle.
//
// Closed forms for packets that are alone, and random traces against a plain model of the same
// rules (flit_plain.hpp), with which every packet must agree.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/rng.h"
#include "flit_plain.hpp"
#include "sim/synthetic.h"

namespace
{

using flit_plain::Plain;
using flit_plain::Trace;

SyntheticOptions options_of(uint32_t width, uint32_t height, const FlitParams &router)
{
    SyntheticOptions options{};
    options.width = width;
    options.height = height;
    options.router = router;
    options.buffer_flits = 8;
    options.traffic = "uniform";
    options.rate = 0.1;
    options.packet_flits = 4;
    options.warm_cycles = options.measure_cycles = 2000;
    options.latency_limit = 1e9;
    options.seed = 1;
    return options;
}

SyntheticResult run(const SyntheticOptions &options)
{
    SyntheticResult result{};
    Err err{};
    EXPECT_EQ(synthetic_run(&options, &result, &err), STATUS_OK) << err.message;
    return result;
}

uint32_t distance(uint32_t width, uint32_t from, uint32_t to)
{
    auto apart = [](uint32_t a, uint32_t b) { return a > b ? a - b : b - a; };
    return apart(from % width, to % width) + apart(from / width, to / width);
}

const FlitParams SETS[] = {
    {1, 1, 1, 1, 1, 1, 1, 0}, // BookSim2 sets A
    {4, 1, 1, 1, 1, 1, 1, 0}, // and B
    {1, 0, 1, 1, 1, 1, 1, 0}, // routes looked ahead
    {2, 0, 0, 1, 0, 0, 0, 0}, // all within a cycle
    {3, 2, 3, 2, 1, 4, 2, 0}, // long ones
};

TEST(FlitTiming, PacketAloneTakesTheClosedFormBetweenEveryPair)
{
    for (const FlitParams &router : SETS) {
        uint32_t stage = router.routing_cycles + router.vc_alloc_cycles +
                         router.switch_alloc_cycles + router.traversal_cycles + router.link_cycles;
        for (uint32_t n_flits : {1U, 4U}) {
            for (uint32_t pair = 0; pair < 12 * 12; pair++) {
                Trace trace;
                uint32_t from = pair / 12, to = pair % 12, hops = distance(4, from, to) + 1;
                trace.add(5, from, {to}, n_flits);
                SyntheticOptions options = options_of(4, 3, router);
                options.trace = trace.get();
                SyntheticResult result = run(options);
                uint64_t expected = 1 + router.link_cycles + uint64_t{stage} * hops +
                                    (n_flits - 1) * router.switch_alloc_cycles;
                EXPECT_EQ(result.latency_min, expected) << from << " to " << to;
                EXPECT_EQ(result.flit_hops, uint64_t{n_flits} * hops);
                EXPECT_EQ(result.hops_mean, hops);
            }
        }
    }
}

// noc.md section 3: T = 2 + 5 (D + 1) + (L - 1) for BookSim2's sets A and B, and with 4 for C.
TEST(FlitTiming, ZeroLoadIsThatOfBookSim2)
{
    Trace trace;
    trace.add(0, 0, {63}, 4);
    SyntheticOptions options = options_of(8, 8, SETS[1]);
    options.trace = trace.get();
    EXPECT_EQ(run(options).latency_max, 2U + 5 * 15 + 3);
    options.router = SETS[2];
    EXPECT_EQ(run(options).latency_max, 2U + 4 * 15 + 3);
}

TEST(FlitTiming, OneVcPassesOnePacketInTheCyclesOfItsThreeStages)
{
    Trace trace;
    for (uint64_t p = 0; p < 20; p++)
        trace.add(0, 0, {1}, 1);
    SyntheticOptions options = options_of(2, 1, SETS[0]);
    options.trace = trace.get();
    EXPECT_EQ(run(options).latency_max, 2U + 5 * 2 + 3 * 19);
    options.router = SETS[3]; // all in one cycle: a packet a cycle
    EXPECT_EQ(run(options).latency_max, 1U + 1 * 2 + 19);
}

TEST(FlitTiming, BuffersThatDoNotCoverTheCreditLoopThrottle)
{
    // A slot is taken when the switch grants, the flit is there 3 cycles later, and its credit is
    // back 2 cycles after it was granted there: 5 cycles a slot, so 1 slot passes a flit in 5.
    Trace trace;
    trace.add(0, 0, {2}, 9);
    SyntheticOptions options = options_of(3, 1, SETS[0]);
    options.trace = trace.get();
    options.buffer_flits = 5;
    EXPECT_EQ(run(options).latency_max, 2U + 5 * 3 + 8);
    options.buffer_flits = 1;
    EXPECT_GE(run(options).latency_max, 2U + 5 * 3 + 5 * 8);
}

TEST(FlitTiming, TreeReachesEachDestinationOnceOverEachLinkOnce)
{
    Trace trace;
    trace.add(0, 5, {0, 3, 5, 7, 12, 15}, 3); // on 4x4: x then y
    SyntheticOptions options = options_of(4, 4, SETS[0]);
    options.trace = trace.get();
    SyntheticResult result = run(options);
    EXPECT_EQ(result.n_packets, 6U);
    // Row of node 5: links to 4, 6, 7. Down column 0 from 4 to 0, up to 8, 12; column 3 from 7 to
    // 3, up to 11, 15. Nine links, six ways out.
    EXPECT_EQ(result.flit_hops, 3U * (9 + 6));
    EXPECT_EQ(result.latency_max, 2U + 5 * (distance(4, 5, 15) + 1) + 2);
}

Trace random_trace(uint64_t seed, uint32_t n_nodes, bool trees, uint32_t max_flits)
{
    Trace trace;
    Rng rng = rng_make(seed, 7);
    uint64_t cycle = 0;
    for (int p = 0; p < 300; p++) {
        cycle += rng_below(&rng, 3);
        std::vector<uint32_t> dests;
        uint32_t n_dests = trees ? 1 + static_cast<uint32_t>(rng_below(&rng, 4)) : 1;
        while (dests.size() < n_dests) {
            uint32_t node = static_cast<uint32_t>(rng_below(&rng, n_nodes));
            if (std::find(dests.begin(), dests.end(), node) == dests.end())
                dests.push_back(node);
        }
        trace.add(cycle, static_cast<uint32_t>(rng_below(&rng, n_nodes)), dests,
                  1 + static_cast<uint32_t>(rng_below(&rng, max_flits)));
    }
    return trace;
}

TEST(FlitTiming, EveryPacketOfRandomTracesTakesAsLongAsInAPlainModel)
{
    for (uint64_t seed = 0; seed < 40; seed++) {
        const FlitParams &router = SETS[seed % 5];
        SyntheticOptions options = options_of(4, 3, router);
        options.buffer_flits = 2 + static_cast<uint32_t>(seed % 4);
        options.y_first = seed % 3 == 1;
        bool trees = seed % 2 == 1;
        Trace trace = random_trace(seed, 12, trees, trees ? options.buffer_flits : 6);
        options.trace = trace.get();
        SyntheticResult result = run(options);
        Plain plain(options);
        plain.run();
        ASSERT_EQ(result.n_packets, plain.latencies.size()) << "seed " << seed;
        std::sort(plain.latencies.begin(), plain.latencies.end());
        uint64_t sum = std::accumulate(plain.latencies.begin(), plain.latencies.end(), uint64_t{0});
        uint64_t net =
            std::accumulate(plain.net_latencies.begin(), plain.net_latencies.end(), uint64_t{0});
        auto n = static_cast<double>(plain.latencies.size());
        EXPECT_EQ(result.latency_mean, static_cast<double>(sum) / n) << "seed " << seed;
        EXPECT_EQ(result.net_latency_mean, static_cast<double>(net) / n) << "seed " << seed;
        EXPECT_EQ(result.latency_max, plain.latencies.back()) << "seed " << seed;
        EXPECT_EQ(result.latency_p50, plain.latencies[(plain.latencies.size() + 1) / 2 - 1]);
        EXPECT_EQ(result.flit_hops, plain.moves) << "seed " << seed;
    }
}

// A shortest way for each pair, drawn node by node, so with turns of every kind.
std::vector<uint8_t> random_table(uint64_t seed, uint32_t width, uint32_t height)
{
    Rng rng = rng_make(seed, 9);
    const uint32_t nodes = width * height;
    std::vector<uint8_t> table(size_t{nodes} * nodes);
    for (uint32_t from = 0; from < nodes; from++)
        for (uint32_t to = 0; to < nodes; to++) {
            const uint32_t x = from % width, y = from / width, tx = to % width, ty = to / width;
            const uint8_t along = x < tx ? 0 : 1, across = y < ty ? 2 : 3;
            uint8_t port = x == tx ? across : along;
            if (x != tx && y != ty)
                port = rng_below(&rng, 2) ? along : across;
            table[from * nodes + to] = from == to ? 4 : port;
        }
    return table;
}

TEST(FlitTiming, TablesDeadlockWhereAPlainModelDoes)
{
    uint32_t n_stuck = 0;
    const uint64_t n_seeds = 80;
    for (uint64_t seed = 0; seed < n_seeds; seed++) {
        SyntheticOptions options = options_of(3, 3, SETS[seed % 5]);
        options.buffer_flits = 1 + static_cast<uint32_t>(seed % 3);
        const std::vector<uint8_t> table = random_table(seed, 3, 3);
        options.table = table.data();
        Trace trace = random_trace(seed, 9, false, 8);
        options.trace = trace.get();
        SyntheticResult result{};
        Err err{};
        const Status status = synthetic_run(&options, &result, &err);
        Plain plain(options);
        plain.limit = 6000;
        plain.run();
        const bool is_stuck = plain.latencies.size() < options.trace->n_packets;
        n_stuck += is_stuck;
        ASSERT_EQ(status, is_stuck ? STATUS_INPUT : STATUS_OK) << seed << " " << err.message;
        if (is_stuck)
            EXPECT_EQ(std::string(err.message).find("deadlock at cycle "), 0U) << err.message;
        else
            EXPECT_EQ(result.latency_max,
                      *std::max_element(plain.latencies.begin(), plain.latencies.end()));
    }
    EXPECT_GT(n_stuck, n_seeds / 10);
    EXPECT_LT(n_stuck, n_seeds - n_seeds / 10);
}

// All ways lead counter-clockwise round a square.
TEST(FlitTiming, ARingOfTurnsEndsTheRunAndIsNamed)
{
    const uint8_t table[] = {4, 0, 0, 0, 2, 4, 2, 2, 3, 3, 4, 3, 1, 1, 1, 4};
    SyntheticOptions options = options_of(2, 2, SETS[0]);
    options.table = table;
    options.rate = 0.9;
    options.buffer_flits = 2;
    options.latency_limit = 1e9;
    options.measure_cycles = 1000000;
    SyntheticResult result{};
    Err err{};
    EXPECT_EQ(synthetic_run(&options, &result, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message,
                 "deadlock at cycle 1000: 16 flits in the network, packets of which each waits for "
                 "the next in a ring: behind link (1,0)->(1,1) <- behind node (1,1) <- behind link "
                 "(1,1)->(0,1) <- behind node (0,1) <- behind link (0,1)->(0,0) <- behind link "
                 "(0,0)->(1,0) <- the first; expected routes without a ring of turns");
    options.rate = 0.01; // hardly anybody is in the way
    options.measure_cycles = 2000;
    EXPECT_EQ(synthetic_run(&options, &result, &err), STATUS_OK) << err.message;
}

TEST(FlitTiming, SameOptionsGiveTheSameResult)
{
    SyntheticOptions options = options_of(8, 8, SETS[1]);
    options.rate = 0.3;
    SyntheticResult one = run(options), two = run(options);
    EXPECT_EQ(one.latency_mean, two.latency_mean);
    EXPECT_EQ(one.flit_hops, two.flit_hops);
    options.seed = 2;
    EXPECT_NE(run(options).flit_hops, one.flit_hops);
}

TEST(FlitTiming, IdleCyclesAreSkippedWithoutATrace)
{
    Trace trace;
    trace.add(0, 0, {3}, 1);
    trace.add(1000000, 3, {0}, 1);
    SyntheticOptions options = options_of(2, 2, SETS[0]);
    options.trace = trace.get();
    Arena *arena = arena_new();
    Synthetic *synthetic = nullptr;
    Err err{};
    ASSERT_EQ(synthetic_new(arena, &options, &synthetic, &err), STATUS_OK);
    uint64_t n_steps = 0;
    for (uint64_t cycle; (cycle = synthetic_next(synthetic)) != UINT64_MAX; n_steps++)
        synthetic_step(synthetic, cycle);
    SyntheticResult result{};
    EXPECT_EQ(synthetic_finish(synthetic, &result, &err), STATUS_OK);
    EXPECT_EQ(result.latency_min, result.latency_max);
    EXPECT_LT(n_steps, 50U);
    arena_free(arena);
}

} // namespace
