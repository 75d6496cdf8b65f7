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
        const SimRun run = {program, topology, input, events, &options};
        EXPECT_EQ(machine_init(arena, machine, &run, &err), STATUS_OK) << err.message;
        std::vector<bool> found;
        {
            const egret::Chip made("chip", *machine);
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
    EXPECT_EQ(exist({"chip.cores.core_0", "chip.cores.core_5", "chip.noc.tile_3_2",
                     "chip.router.router_0_0", "chip.router.router_1_1.link_ne",
                     "chip.router.router_1_1.link_sw", "chip.router.router_3_2.link_s"}),
              Found(7, true));
    EXPECT_EQ(exist({"chip.cores.core_1", "chip.noc.tile_4_0", "chip.router.router_3_2.link_e",
                     "chip.router.router_0_0.link_sw"}),
              Found(4, false));
}

TEST_F(SystemcNames, OfABoardHaveTheRoutersOfItsChips)
{
    ASSERT_NO_FATAL_FAILURE(
        use_chip_and_program("tiny-board", "fabric: {chips: [2, 2], sides: 4, wrap: false}\n"));
    EXPECT_EQ(exist({"chip.router.router_1_0.link_n", "chip.router.router_0_1.link_s"}),
              Found(2, true));
    EXPECT_EQ(exist({"chip.router.router_1_0.link_s", "chip.noc.tile_0_0"}), Found(2, false));
}

TEST_F(SystemcNames, OfASingleChipHaveOneRouter)
{
    ASSERT_NO_FATAL_FAILURE(use_chip_and_program("tiny-2x2", ""));
    EXPECT_EQ(exist({"chip.router", "chip.noc", "chip.host", "chip.cores.core_5"}), Found(4, true));
    EXPECT_EQ(exist({"chip.router.router_0_0"}), Found(1, false));
}

} // namespace
