// test_names.cpp - the SystemC hierarchy has cores, tiles, routers and their links by name.
#include "../../equal/sim_fixture.hpp"
#include "sc/chip_sc.hpp"

namespace
{

class SystemcNames : public SimTest
{
  protected:
    // Which of these exist while the machine does.
    std::vector<bool> exist(const std::vector<std::string> &names)
    {
        auto *machine = ARENA_ARRAY(arena, Machine, 1);
        const SimRun run = {program, topology, input, events, &options, event_network};
        EXPECT_EQ(machine_init(arena, machine, &run, &err), STATUS_OK) << err.message;
        std::vector<bool> found;
        {
            const egret::MachineChip made("chip", *machine);
            for (const std::string &name : names)
                found.push_back(sc_core::sc_find_object(name.c_str()) != nullptr);
        }
        sc_core::sc_get_curr_simcontext()->reset();
        return found;
    }

    void use_chip_and_program(const std::string &name, const std::string &lines)
    {
        use_chip_with(name, lines);
        use_network({4, 6}, 0.5, 1, 1);
        use_program({{0, 0, 0, 3, FORMAT_SOURCE, 1}, {5, 0, 3, 3, FORMAT_SOURCE, 1}});
    }
};

using Found = std::vector<bool>;

TEST_F(SystemcNames, OfAMeshHaveTilesRoutersAndLinks)
{
    ASSERT_NO_FATAL_FAILURE(use_chip_and_program("tiny-mesh", "fabric: {sides: 6}\n"));
    EXPECT_EQ(exist({"chip.chip_0_0.tile_0_0.core_0", "chip.chip_0_0.tile_0_2.core_5.mac_array",
                     "chip.chip_0_0.router_0_0.lookup", "chip.chip_0_0.router_1_1.link_ne",
                     "chip.chip_0_0.router_1_1.link_sw", "chip.chip_0_0.router_3_2.link_s"}),
              Found(6, true));
    EXPECT_EQ(exist({"chip.chip_0_0.tile_0_0.core_1", "chip.chip_0_0.tile_4_0",
                     "chip.chip_0_0.router_3_2.link_e", "chip.chip_0_0.router_0_0.link_sw",
                     "chip.chip_0_0.router", "chip.chip_1_0"}),
              Found(6, false));
}

TEST_F(SystemcNames, OfABoardHaveItsChipsWithARouterEach)
{
    ASSERT_NO_FATAL_FAILURE(
        use_chip_and_program("tiny-board", "fabric: {chips: [2, 2], sides: 4, wrap: false}\n"));
    EXPECT_EQ(exist({"chip.chip_1_0.router.link_n", "chip.chip_0_1.router.link_s",
                     "chip.chip_1_1.dram.read", "chip.host.link"}),
              Found(4, true));
    EXPECT_EQ(exist({"chip.chip_1_0.router.link_s", "chip.chip_2_0"}), Found(2, false));
}

TEST_F(SystemcNames, OfASingleChipHaveOneRouterAndThreeClocks)
{
    ASSERT_NO_FATAL_FAILURE(use_chip_and_program("tiny-2x2", ""));
    EXPECT_EQ(exist({"chip.chip_0_0.router", "chip.host", "chip.clock_cores", "chip.clock_noc",
                     "chip.clock_router"}),
              Found(5, true));
    EXPECT_EQ(exist({"chip.chip_0_0.router_0_0"}), Found(1, false));
}

} // namespace
