// test_mesh_engine.cpp - runs on meshes with a router per tile and on boards of several chips agree
// with the reference, with their replay and with themselves, whatever the fabric and the trees.
#include "sim_fixture.hpp"

namespace
{

using Settings = std::vector<std::pair<std::string, std::string>>;

struct FabricCase {
    const char *name, *chip, *lines; // the chip with these lines of YAML instead of its own
};

const FabricCase kFabrics[] = {
    {"mesh 4 x 3", "tiny-mesh", ""},
    {"torus 4 x 3", "tiny-mesh", "fabric: {wrap: true}\n"},
    {"mesh 3 x 3", "tiny-mesh", "grid: {x: [1, 3], usable_cores: 18}\n"},
    {"mesh of six sides", "tiny-mesh", "fabric: {sides: 6}\n"},
    {"torus of six sides", "tiny-mesh", "fabric: {sides: 6, wrap: true}\n"},
    {"board 3 x 2, six sides, torus", "tiny-board", ""},
    {"board 2 x 2, four sides", "tiny-board", "fabric: {chips: [2, 2], sides: 4, wrap: false}\n"},
    {"board 2 x 2, six sides, torus", "tiny-board", "fabric: {chips: [2, 2]}\n"},
    {"quad-mesh", "quad-mesh", ""},
    {"four boards of 2 x 1", "tiny-boards", ""},
    {"two boards of 1 x 2, four sides", "tiny-boards",
     "fabric: {chips: [2, 2], board: [1, 2], sides: 4, wrap: false}\n"},
};

class MeshEngine : public SimTest
{
  protected:
    void use_fabric(const FabricCase &fabric, const Settings &more = {})
    {
        Settings all = {{"core.data_bytes", "10000000"}, {"router.table_entries", "100000"}};
        all.insert(all.end(), more.begin(), more.end());
        ASSERT_NO_FATAL_FAILURE(use_chip_with(fabric.chip, fabric.lines, all));
    }

    Settings random_numbers(uint64_t n)
    {
        Rng rng = rng_make(n, 9);
        const auto draw = [&rng](uint64_t least, uint64_t most) {
            return std::to_string(least + rng_below(&rng, most - least + 1));
        };
        const auto draw_hz = [&rng]() {
            return std::to_string((100000 + rng_below(&rng, 500000)) * 1000);
        };
        return with_phits({{"core.receive_fifo_packets", draw(1, 12)},
                           {"core.inject_queue_packets", draw(1, 3)},
                           {"noc.buffer_flits", draw(1, 4)},
                           {"noc.hop_cycles", draw(1, 5)},
                           {"noc.inject_cycles", draw(1, 4)},
                           {"noc.eject_cycles", draw(1, 4)},
                           {"noc.hz", draw_hz()},
                           {"router.hz", n % 4 == 0 ? "200000000" : draw_hz()},
                           {"router.lookup_cycles", draw(1, 6)},
                           {"router.port_queue_packets", draw(1, 5)},
                           {"links.on_board_bits_per_second", draw(1, 20) + "00000000"},
                           {"links.on_board_latency_ns", draw(0, 200)},
                           {"links.off_board_bits_per_second", draw(1, 20) + "00000000"},
                           {"links.off_board_latency_ns", draw(0, 700)},
                           {"host.latency_ns", draw(0, 700)},
                           {"software.emit_event_cycles", draw(1, 20)},
                           {"software.receive_event_cycles", draw(1, 30)}},
                          1 + (n + n / 100) % 4);
    }
};

class MeshEngineRandom : public MeshEngine, public ::testing::WithParamInterface<int>
{
};

TEST_P(MeshEngineRandom, ExecuteEqualsReferenceAndReplayOnAllFabrics)
{
    const auto seed = static_cast<uint64_t>(GetParam());
    Rng rng = rng_make(seed, 10);
    std::vector<uint32_t> sizes;
    const uint64_t n_layers = 1 + rng_below(&rng, 3);
    for (uint64_t l = 0; l <= n_layers; l++)
        sizes.push_back(static_cast<uint32_t>(3 + rng_below(&rng, 30)));
    ASSERT_NO_FATAL_FAILURE(use_network(sizes, 0.1 + 0.6 * rng_uniform(&rng), 8, seed));
    ASSERT_GT(events->n_events, 0U);
    for (const FabricCase &fabric : kFabrics) {
        SCOPED_TRACE(fabric.name);
        const uint64_t n = seed * 100 + static_cast<uint64_t>(&fabric - kFabrics);
        ASSERT_NO_FATAL_FAILURE(use_fabric(fabric, random_numbers(n)));
        options.point = static_cast<uint32_t>(n % chip->n_points);
        ASSERT_NO_FATAL_FAILURE(use_random_program(n, chip_usable_cores(chip) / 2));
        const Trace *executed = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
        const Trace *pipelined = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
        ASSERT_NE(executed, nullptr);
        ASSERT_NE(pipelined, nullptr);
        expect_equal(executed, simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL));
        expect_equal(pipelined, simulate(SIM_REPLAY, ARRIVE_PIPELINED));
        expect_equal(pipelined, simulate(SIM_EXECUTE, ARRIVE_PIPELINED));
        options.hop_by_hop = true;
        expect_equal(pipelined, simulate(SIM_REPLAY, ARRIVE_PIPELINED));
        options.hop_by_hop = false;
        for (Count count : {COUNT_EVENTS_IN, COUNT_EVENTS_OUT, COUNT_MARKERS_IN, COUNT_MARKERS_OUT,
                            COUNT_SYNAPTIC_OPS, COUNT_UNIT_UPDATES})
            EXPECT_EQ(total(executed, count), total(pipelined, count)) << count_name(count);
        EXPECT_EQ(total(executed, COUNT_EVENTS_OUT), events->n_events);
        uint64_t flits = 0;
        for (uint32_t l = executed->n_links - topology->n_router_links; l < executed->n_links; l++)
            flits += executed->link[l].flits;
        EXPECT_GT(flits, 0U);
        EXPECT_GT(executed->router_lookups, flits); // each flit is looked up behind its link
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, MeshEngineRandom, ::testing::Range(0, 8));

TEST_F(MeshEngine, QueuesOfOnePacketEverywhereStillFinishAndConserve)
{
    ASSERT_NO_FATAL_FAILURE(use_network({30, 120, 80}, 0.3, 6, 21));
    for (const FabricCase &fabric : kFabrics)
        for (uint64_t seed = 1; seed <= 3; seed++) {
            SCOPED_TRACE(fabric.name);
            ASSERT_NO_FATAL_FAILURE(use_fabric(fabric, {{"core.receive_fifo_packets", "1"},
                                                        {"core.inject_queue_packets", "1"},
                                                        {"noc.buffer_flits", "1"},
                                                        {"router.port_queue_packets", "1"},
                                                        {"links.on_board_latency_ns", "0"}}));
            ASSERT_NO_FATAL_FAILURE(use_random_program(seed, chip_usable_cores(chip)));
            const Trace *narrow = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
            ASSERT_NE(narrow, nullptr);
            EXPECT_GT(total(narrow, COUNT_STALL_CYCLES), 0U);
            for (uint32_t c = 0; c < narrow->n_cores; c++)
                EXPECT_LE(narrow->count[c].n[COUNT_FIFO_HIGH_PACKETS], 1U);
            ASSERT_NO_FATAL_FAILURE(use_fabric(fabric));
            ASSERT_NO_FATAL_FAILURE(use_random_program(seed, chip_usable_cores(chip)));
            const Trace *wide = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
            ASSERT_NE(wide, nullptr);
            EXPECT_LT(wide->end_ps, narrow->end_ps);
            EXPECT_EQ(total(wide, COUNT_EVENTS_IN), total(narrow, COUNT_EVENTS_IN));
        }
}

TEST_F(MeshEngine, DeadLinksAndTilesAreGoneAround)
{
    ASSERT_NO_FATAL_FAILURE(use_network({12, 40, 20}, 0.4, 6, 5));
    const FabricCase cases[] = {
        {"a hole", "tiny-mesh", "grid: {holes: [[1, 1]], usable_cores: 22}\n"},
        {"dead links", "tiny-mesh", "fabric: {dead_links: [[1, 1, E], [2, 0, N]]}\n"},
        {"dead cores", "tiny-mesh", "fabric: {dead_cores: [0, 7, 12, 13]}\n"},
        {"a chip is missing", "tiny-board", "fabric: {missing_chips: [[1, 1]], wrap: false}\n"},
    };
    for (const FabricCase &fabric : cases) {
        SCOPED_TRACE(fabric.name);
        ASSERT_NO_FATAL_FAILURE(use_fabric(fabric));
        ASSERT_NO_FATAL_FAILURE(use_random_program(4, chip_usable_cores(chip)));
        const Trace *executed = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
        expect_equal(executed, simulate(SIM_REPLAY, ARRIVE_PIPELINED));
    }
}

TEST_F(MeshEngine, EntriesThatOnlyGoStraightOnCanBeLeftToDefaultRoutes)
{
    ASSERT_NO_FATAL_FAILURE(use_network({12, 40, 20}, 0.4, 6, 5));
    const FabricCase pairs[][2] = {
        {{"mesh", "tiny-mesh", ""}, {"mesh", "tiny-mesh", "fabric: {default_route: true}\n"}},
        {{"board", "tiny-board", "fabric: {chips: [4, 3], wrap: false}\n"},
         {"board", "tiny-board", "fabric: {chips: [4, 3], wrap: false, default_route: true}\n"}},
    };
    for (const auto &pair : pairs) {
        const Trace *trace[2] = {};
        uint64_t n_entries[2] = {};
        for (int i = 0; i < 2; i++) {
            ASSERT_NO_FATAL_FAILURE(use_fabric(pair[i]));
            ASSERT_NO_FATAL_FAILURE(use_random_program(9, chip_usable_cores(chip) / 2));
            trace[i] = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
            n_entries[i] = program_entries(program);
        }
        EXPECT_LT(n_entries[1], n_entries[0]) << pair[0].name;
        expect_equal(trace[0], trace[1]);
    }
}

TEST_F(MeshEngine, ABoardOfOneChipIsThatChip)
{
    ASSERT_NO_FATAL_FAILURE(use_network({12, 40, 20}, 0.4, 6, 5));
    ASSERT_NO_FATAL_FAILURE(use_chip("tiny-2x2", {{"core.data_bytes", "1000000"}}));
    ASSERT_NO_FATAL_FAILURE(use_random_program(2, 8));
    const Trace *chip_trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NO_FATAL_FAILURE(use_chip_with("tiny-board", "fabric: {chips: [1, 1], wrap: false}\n",
                                          {{"core.data_bytes", "1000000"}}));
    ASSERT_EQ(topology->n_router_links, 0U);
    ASSERT_NO_FATAL_FAILURE(use_random_program(2, 8));
    expect_equal(chip_trace, simulate(SIM_EXECUTE, ARRIVE_PIPELINED));
}

TEST_F(MeshEngine, CoresOfOneChipOfABoardRunAsOnASingleChip)
{
    // All slices on the host's chip: nothing crosses a link, and all times are those of one chip.
    ASSERT_NO_FATAL_FAILURE(use_network({12, 40, 20}, 0.4, 6, 5));
    std::vector<SliceSpec> specs;
    for (uint32_t first = 0; first < 40; first += 5)
        specs.push_back({first / 5, 0, first, 5, FORMAT_SOURCE, 1});
    for (uint32_t first = 0; first < 20; first += 5)
        specs.push_back({first / 5 + 2, 1, first, 5, FORMAT_TARGET, 1});
    ASSERT_NO_FATAL_FAILURE(use_chip("tiny-2x2", {{"core.data_bytes", "1000000"}}));
    ASSERT_NO_FATAL_FAILURE(use_program(specs));
    const Trace *alone = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NO_FATAL_FAILURE(use_chip("tiny-board", {{"core.data_bytes", "1000000"}}));
    ASSERT_NO_FATAL_FAILURE(use_program(specs));
    const Trace *on_board = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NE(alone, nullptr);
    ASSERT_NE(on_board, nullptr);
    EXPECT_EQ(alone->end_ps, on_board->end_ps);
    EXPECT_EQ(alone->router_lookups, on_board->router_lookups);
    EXPECT_EQ(std::memcmp(alone->link, on_board->link, alone->n_links * sizeof(LinkCounts)), 0);
    for (uint32_t l = alone->n_links; l < on_board->n_links; l++)
        EXPECT_EQ(on_board->link[l].flits, 0U) << l;
}

} // namespace
