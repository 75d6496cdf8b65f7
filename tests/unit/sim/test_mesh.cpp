// test_mesh.cpp - trees from the router tables, and what a run on many routers finds out.
#include "../../equal/sim_fixture.hpp"
#include "machine.h"

namespace
{

class PlanTrees : public SimTest
{
  protected:
    Plan plan{};

    Status make_plan()
    {
        plan = Plan{};
        plan.program = program;
        plan.topology = topology;
        plan.n_steps = 1;
        return plan_init(arena, &plan, 0, &err);
    }

    // Tables whose entries stand as given, at one router.
    void set_table(uint32_t at, const std::vector<RouteEntry> &entries)
    {
        auto *entry = ARENA_ARRAY(arena, RouteEntry, entries.size());
        std::copy(entries.begin(), entries.end(), entry);
        auto *table = ARENA_ARRAY(arena, RouterTable, program->n_tables);
        std::copy(program->table, program->table + program->n_tables, table);
        table[at] = {static_cast<uint32_t>(entries.size()), entry, 0};
        table[at].n_ascending = table_count_ascending(&table[at]);
        program->table = table;
    }

    // Cores, links and host that a node stands for.
    void expect_node(const PlanNode &node, const RouteEntry &entry) const
    {
        std::vector<uint32_t> cores;
        for (uint32_t k = 0; plan.mesh && k < plan.cores_per_tile; k++)
            if (node.cores >> k & 1)
                cores.push_back(node.router * plan.cores_per_tile + k);
        for (uint32_t p = 0; p < plan.n_ports; p++) {
            const uint32_t *range = &plan.range[node.first_range + p];
            EXPECT_EQ(node.ports >> p & 1, range[0] < range[1] ? 1U : 0U);
            for (uint32_t d = range[0]; d < range[1]; d++)
                for (uint32_t k = 0; k < plan.cores_per_tile; k++)
                    if (plan.dest[d].mask >> k & 1)
                        cores.push_back(plan.dest[d].tile * plan.cores_per_tile + k);
        }
        std::sort(cores.begin(), cores.end());
        EXPECT_EQ(cores, std::vector<uint32_t>(entry.core, entry.core + entry.n_cores));
        EXPECT_EQ(node.to_host, entry.to_host != 0);
        ASSERT_EQ(node.n_branches, entry.n_links);
        for (uint32_t i = 0; i < entry.n_links; i++)
            EXPECT_EQ(plan.branch[node.first_branch + i].link, entry.link[i]);
    }

    // Every key that is sent, at every router it comes to, against a search of that table.
    void expect_all_keys_as_in_the_tables() const
    {
        for (uint32_t s = 0; s <= plan.n_slices; s++) {
            const SliceProgram *slice = s < plan.n_slices ? plan.slice[s].program : nullptr;
            const uint32_t key = slice ? slice->key : program->input_key;
            const uint32_t n = slice ? slice->n_units : program->n_inputs;
            for (uint32_t i = 0; i < n; i++)
                expect_key(s, key + i, (slice ? slice->first_position : 0) + i);
            expect_key(s, slice ? slice->marker_key : program->input_marker_key, PACKET_MARKER);
        }
    }

    void expect_key(uint32_t source, uint32_t key, uint32_t position) const
    {
        Packet packet{};
        packet.key = key;
        const SourceBlock *block = plan_identify(&plan, &packet);
        ASSERT_NE(block, nullptr);
        EXPECT_EQ(packet.source, source);
        EXPECT_EQ(packet.position, position);
        std::vector<uint32_t> open = {block->root};
        while (!open.empty()) {
            const PlanNode &node = plan.node[open.back()];
            open.pop_back();
            const RouteEntry *entry = program_route(program, node.router, key);
            ASSERT_NE(entry, nullptr);
            expect_node(node, *entry);
            for (uint32_t b = 0; b < node.n_branches; b++)
                open.push_back(plan.branch[node.first_branch + b].node);
        }
    }
};

TEST_F(PlanTrees, EqualASearchByKeyForRandomTernaryTables)
{
    // Overlapping entries of random masks, and one for everything at the end: blocks of keys are
    // cut wherever the table tells their keys apart.
    use_chip("tiny-2x2", {{"core.data_bytes", "1000000"}});
    use_network({30, 60, 40}, 0.3, 1, 3);
    uint32_t n_cut = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        ASSERT_NO_FATAL_FAILURE(use_random_program(seed, 8));
        Rng rng = rng_make(seed, 12);
        std::vector<RouteEntry> entries;
        for (uint64_t i = 0, n = 1 + rng_below(&rng, 20); i <= n; i++) {
            uint32_t mask = 0;
            for (uint32_t bit = 0; bit < 24 && i < n; bit++)
                if (rng_below(&rng, 8) == 0)
                    mask |= 1U << bit;
            const auto key = static_cast<uint32_t>(rng_below(&rng, 256)) & mask;
            const uint64_t c = rng_below(&rng, program->n_cores);
            entries.push_back({key, mask, 1, &program->core[c].core, 0, nullptr,
                               static_cast<uint32_t>(rng_below(&rng, 2))});
        }
        set_table(0, entries);
        ASSERT_EQ(make_plan(), STATUS_OK) << err.message;
        expect_all_keys_as_in_the_tables();
        n_cut += plan.n_blocks > 2 * plan.n_sources;
    }
    EXPECT_GT(n_cut, 30U);
}

TEST_F(PlanTrees, EqualASearchByKeyWhereEntriesAreSplitAtSomeRouters)
{
    for (const char *name : {"tiny-mesh", "tiny-board"})
        for (uint64_t seed = 0; seed < 10; seed++) {
            use_chip(name, {{"core.data_bytes", "1000000"}, {"router.table_entries", "1000"}});
            use_network({30, 60, 40}, 0.3, 1, 3);
            ASSERT_NO_FATAL_FAILURE(use_random_program(seed, chip_usable_cores(chip) / 2));
            Rng rng = rng_make(seed, 13);
            for (uint32_t r = 0; r < topology->n_routers; r++) {
                std::vector<RouteEntry> entries;
                for (uint32_t e = 0; e < program->table[r].n_entries; e++) {
                    RouteEntry entry = program->table[r].entry[e];
                    const uint32_t half = ~entry.mask ^ ~entry.mask >> 1; // top bit not looked at
                    if (half == 0 || rng_below(&rng, 3) != 0) {
                        entries.push_back(entry);
                        continue;
                    }
                    entry.mask |= half; // in two halves
                    entries.push_back(entry);
                    entry.key |= half;
                    entries.push_back(entry);
                }
                set_table(r, entries);
            }
            ASSERT_EQ(make_plan(), STATUS_OK) << err.message;
            EXPECT_GT(plan.n_blocks, 2 * plan.n_sources);
            expect_all_keys_as_in_the_tables();
        }
}

TEST_F(PlanTrees, RefuseKeysThatFindNoEntryOrGoInACircle)
{
    use_chip("tiny-mesh");
    use_network({2, 4}, 0.5, 1, 1);
    use_program({{0, 0, 0, 2, FORMAT_SOURCE, 1}, {23, 0, 2, 2, FORMAT_SOURCE, 1}});
    const RouterTable *whole = program->table;
    const uint32_t key = program->core[0].slice[0].marker_key;
    set_table(3, {}); // (1,0), on the way from (0,0) to (3,2)
    EXPECT_EQ(make_plan(), STATUS_INPUT);
    EXPECT_STREQ(err.message, "router 3: no entry matches key 0x4, which arrives there");
    EXPECT_EQ(key, 4U);
    program->table = whole;
    const uint32_t back = topology_link_at(topology, 3, 2);
    set_table(3, {{0, 0, 0, nullptr, 1, &back, 0}});
    EXPECT_EQ(make_plan(), STATUS_INPUT);
    EXPECT_STREQ(err.message, "routes of key 0x4 go in a circle");
}

TEST_F(PlanTrees, PairsAreFoundAsByLookingAtThemAll)
{
    use_chip("spinnaker2");
    use_network({30, 60, 40, 20}, 0.05, 1, 3);
    for (uint64_t seed = 0; seed < 6; seed++) {
        ASSERT_NO_FATAL_FAILURE(use_random_program(seed, 4 + 20 * static_cast<uint32_t>(seed)));
        ASSERT_EQ(make_plan(), STATUS_OK) << err.message;
        ASSERT_EQ(plan_pairs(arena, &plan, &err), STATUS_OK) << err.message;
        for (uint32_t core = 0; core < plan.n_cores; core++)
            for (uint32_t source = 0; source < plan.n_sources; source++) {
                uint32_t pair = PROGRAM_NONE;
                for (uint32_t i = plan.first_pair[source]; i < plan.first_pair[source + 1]; i++)
                    if (plan.pair_core[i] == core)
                        pair = i;
                EXPECT_EQ(plan_pair(&plan, core, source), pair) << core << " " << source;
            }
    }
}

// Four tiles in a square, a core in each, that send everything to one another.
class Square : public SimTest
{
  protected:
    void use_square()
    {
        use_chip_with("tiny-mesh", "grid: {x: [0, 1], y: [0, 1], usable_cores: 8}\n",
                      {{"noc.buffer_flits", "1"},
                       {"router.port_queue_packets", "1"},
                       {"core.receive_fifo_packets", "1"},
                       {"core.data_bytes", "1000000"}});
        const uint32_t n = 80;
        std::vector<Weight> weights;
        for (uint32_t source = 0; source < n; source++)
            for (uint32_t target = 0; target < n; target += n / 4)
                weights.push_back({0, true, source, target, 1e-6f});
        use_hand_network({1, n}, weights, [](uint32_t, uint32_t) { return true; });
        use_ones(3);
        specs.clear();
        for (uint32_t tile = 0; tile < 4; tile++)
            specs.push_back({2 * tile, 0, tile * n / 4, n / 4, FORMAT_SOURCE, 1});
        program = ProgramBuilder(arena, network, chip).build(specs);
    }

    // Every packet goes round the square, counter-clockwise: (0,0) (1,0) (1,1) (0,1).
    void route_in_a_ring()
    {
        const uint32_t ring[] = {0, 2, 3, 1}, side[] = {0, 1, 2, 3};
        FabricTables tables(arena, topology);
        for (uint32_t from = 0; from < 4; from++) {
            std::vector<uint32_t> way;
            for (uint32_t i = 0; i < 3; i++) {
                const uint32_t at = (from + i) % 4;
                way.push_back(topology_link_at(topology, ring[at], side[at]));
                tables.forced[{ring[from], ring[(from + i + 1) % 4]}] = way;
            }
        }
        tables.route(program);
    }

    // Without program_check, which refuses turns that are not allowed. The network believes that the
    // FIFO of core `full` has no room.
    Status run(NetworkMaker make_network, uint32_t full = PROGRAM_NONE)
    {
        auto *machine = ARENA_ARRAY(arena, Machine, 1);
        const SimRun sim_run = {program, topology, input, events, &options, make_network};
        uint64_t end_ps = 0, run_cycles = 0;
        EXPECT_EQ(machine_init(arena, machine, &sim_run, &err), STATUS_OK) << err.message;
        if (full != PROGRAM_NONE)
            machine->network.fifo_full(machine->network.self, full);
        EXPECT_EQ(engine_event_run(machine, &err), STATUS_OK);
        return machine_finish(machine, &end_ps, &run_cycles);
    }

    std::vector<SliceSpec> specs;
};

// The same in the networks of both engines.
class SquareOf : public Square, public ::testing::WithParamInterface<std::string>
{
  protected:
    Status run_of(uint32_t full = PROGRAM_NONE)
    {
        return run(GetParam() == "flit" ? flit_network : event_network, full);
    }
};

TEST_P(SquareOf, FinishesWithAllowedTurns)
{
    ASSERT_NO_FATAL_FAILURE(use_square());
    FabricTables(arena, topology).route(program);
    EXPECT_EQ(run_of(), STATUS_OK) << err.message;
}

TEST_P(SquareOf, ARingOfTurnsDeadlocksAndTheWatchdogNamesItsLinks)
{
    ASSERT_NO_FATAL_FAILURE(use_square());
    route_in_a_ring();
    EXPECT_EQ(run_of(), STATUS_INTERNAL);
    const std::string message = err.message;
    EXPECT_EQ(message.find("deadlock: no event left: "), 0U) << message;
    EXPECT_NE(message.find("packets wait for links (0,0)->(1,0) (1), (0,1)->(0,0) (1), "
                           "(1,0)->(1,1) (1), (1,1)->(0,1) (1)"),
              std::string::npos)
        << message;
    EXPECT_NE(message.find("; each waits for the next in a ring: room behind link (0,0)->(1,0) <- "
                           "room behind link (1,0)->(1,1) <- room behind link (1,1)->(0,1) <- "
                           "room behind link (0,1)->(0,0) <- the first; "),
              std::string::npos)
        << message;
}

TEST_P(SquareOf, PacketsBeforeAFifoThatNobodyDrainsSayWhatTheyWaitFor)
{
    ASSERT_NO_FATAL_FAILURE(use_square());
    FabricTables(arena, topology).route(program);
    EXPECT_EQ(run_of(3), STATUS_INTERNAL);
    const std::string message = err.message;
    EXPECT_EQ(message.find("deadlock: no event left: "), 0U) << message;
    EXPECT_EQ(message.find("in a ring"), std::string::npos) << message;
    EXPECT_NE(message.find("; packets wait for room to inject on core 0 <- room behind link "
                           "(0,0)->(1,0) <- room behind link (1,0)->(1,1) <- room in the FIFO of "
                           "core 6 <- nobody that is known; "),
              std::string::npos)
        << message;
}

INSTANTIATE_TEST_SUITE_P(Networks, SquareOf, ::testing::Values("event", "flit"));

// Around central routers the flit network follows what waits through its routers.
TEST_F(Square, FlitsBeforeAFifoThatNobodyDrainsSayWhatTheyWaitForAroundCentralRouters)
{
    const std::pair<const char *, const char *> cases[] = {
        {"tiny-2x2", "; packets wait for the look-up of the host's packets <- room in the FIFO of "
                     "core 3 <- nobody that is known; "},
        {"tiny-board", "; packets wait for room behind link chip (0,0)->(1,1) <- room in the FIFO "
                       "of core 24 <- nobody that is known; "},
    };
    for (const auto &[name, expected] : cases) {
        use_chip(name, {{"noc.buffer_flits", "1"},
                        {"router.port_queue_packets", "1"},
                        {"core.inject_queue_packets", "1"},
                        {"core.data_bytes", "1000000"}});
        use_network({30, 60, 40}, 0.3, 10, 3);
        use_input(8, 1);
        run_reference();
        ASSERT_NO_FATAL_FAILURE(use_random_program(3, 6));
        EXPECT_EQ(run(flit_network, 3), STATUS_INTERNAL);
        const std::string message = err.message;
        EXPECT_EQ(message.find("deadlock: no event left: "), 0U) << message;
        EXPECT_NE(message.find(expected), std::string::npos) << message;
    }
}

TEST_F(Square, QueuesBeyondAllMeasureAreRefused)
{
    use_chip_with("tiny-mesh", "fabric: {sides: 6, wrap: true}\n",
                  {{"noc.buffer_flits", "1000000"},
                   {"router.port_queue_packets", "1000000"},
                   {"core.data_bytes", "1000000000"}});
    use_network({300000, 2}, 0.00001, 1, 1);
    use_program({{0, 0, 0, 2, FORMAT_TARGET, 4}});
    EXPECT_EQ(simulate_status(SIM_EXECUTE), STATUS_UNSUPPORTED);
    EXPECT_STREQ(err.message, "chip 'tiny-mesh': buffers and queues of the routers hold 156000218 "
                              "packets; at most 107374182 can be simulated");
}

} // namespace
