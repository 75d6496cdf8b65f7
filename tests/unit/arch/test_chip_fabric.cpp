// chip_fabric.c, chip_extends.c and the chips with several routers: facts, refusals, hash.
#include <cstdio>
#include <set>
#include <unistd.h>

#include "arch/topology.h"
#include "chip_fixture.h"

namespace
{

struct ChipFabric : ChipTest {
    const Topology *topology_of(const Chip *chip)
    {
        const Topology *topology = nullptr;
        EXPECT_EQ(topology_build(arena, chip, &topology, &err), STATUS_OK) << err.message;
        return topology;
    }
};

TEST_F(ChipFabric, Spinnaker2BoardHas7104UsableCoresOnATorus)
{
    const Chip *chip = load("spinnaker2-board"), *single = load("spinnaker2");
    EXPECT_EQ(chip->fabric.n_chips, 48u);
    EXPECT_EQ(chip->n_cores, 48u * 152u);
    EXPECT_EQ(chip_usable_cores(chip), 7104u);
    EXPECT_EQ(chip->router.table_entries.value, 16384);
    EXPECT_EQ(chip->links.on_board_bits_per_second.value, 6e9);
    EXPECT_EQ(chip->noc.hop_cycles.value, single->noc.hop_cycles.value);
    EXPECT_STREQ(chip->noc.hop_cycles.source, single->noc.hop_cycles.source);
    const Topology *topology = topology_of(chip);
    EXPECT_EQ(topology->n_routers, 48u);
    EXPECT_EQ(topology->n_router_links, 48u * 6u);
    EXPECT_EQ(topology_all_links(topology), 48 * topology->n_links + 288);
    uint32_t *core;
    ASSERT_EQ(chip_list_usable(arena, chip, &core), 7104u);
    EXPECT_EQ(core[147], 147u);
    EXPECT_EQ(core[148], 152u); // four cores of each chip are left out
    EXPECT_EQ(core[7103], 7295u - 4u);
}

TEST_F(ChipFabric, Spinnaker1BoardIsAHexagonOf48Chips)
{
    const Chip *chip = load("spinnaker1");
    EXPECT_EQ(chip->fabric.n_chips, 48u);
    EXPECT_EQ(chip_cores_per_chip(chip), 18u);
    EXPECT_EQ(chip_usable_cores(chip), 48u * 17u);
    EXPECT_EQ(chip->router.table_entries.value, 1024);
    EXPECT_EQ(chip->core.data_bytes.value, 65536);
    EXPECT_EQ(chip->core.system_bytes.value, 32768);
    EXPECT_TRUE(chip->fabric.default_route);
    EXPECT_FALSE(chip->fabric.wrap);
    EXPECT_EQ(chip->router.hz.value, 200e6);
}

TEST_F(ChipFabric, LoihiLikeIsAMeshOf32TilesOfFourCores)
{
    const Chip *chip = load("loihi-like");
    EXPECT_EQ(chip->fabric.routing, ROUTING_MESH);
    EXPECT_EQ(chip->n_tiles, 32u);
    EXPECT_EQ(chip_usable_cores(chip), 128u);
    EXPECT_EQ(chip->energy.flit_hop_event_pj.low, 3.0);
    EXPECT_EQ(chip->energy.flit_hop_event_pj.high, 4.2);
    const Topology *topology = topology_of(chip);
    EXPECT_EQ(topology->n_routers, 32u);
    EXPECT_EQ(topology->n_router_links, 2u * (7 * 4 + 8 * 3));
    EXPECT_EQ(topology->n_ports, 0u);
    EXPECT_EQ(topology->n_links, 0u);
}

TEST_F(ChipFabric, QuadMeshHasTheCoresOfSpinnaker2AndAll142Links)
{
    const Chip *chip = load("quad-mesh"), *real = load("spinnaker2");
    EXPECT_EQ(chip->n_tiles, 42u);
    EXPECT_EQ(chip_usable_cores(chip), 148u);
    EXPECT_EQ(topology_of(chip)->n_router_links, 142u);
    for (uint32_t t = 0; t < chip->n_tiles; t++) { // quads where SpiNNaker2 has them
        const Cell2d &cell = chip->tile[t];
        const bool is_quad = topology_tile_at(real, cell.x, cell.y) != UINT32_MAX;
        const bool is_last = cell.x == 7 && cell.y == 6;
        EXPECT_EQ(chip_core_is_usable(chip, 4 * t), is_quad && !is_last) << cell.x << "," << cell.y;
    }
    EXPECT_EQ(chip->tile[chip->fabric.host_router].x, 4u);
    EXPECT_EQ(chip->core.data_bytes.value, 98304);
}

TEST_F(ChipFabric, ChipsAreNumberedBoardByBoardAndLinksThatLeaveABoardAreOffIt)
{
    const Chip *chip = load("tiny-boards"); // 4 x 2 chips on boards of 2 x 1
    EXPECT_EQ(chip_boards(chip), 4u);
    const Cell2d expected[] = {{0, 0}, {1, 0}, {0, 1}, {1, 1}, {2, 0}, {3, 0}, {2, 1}, {3, 1}};
    ASSERT_EQ(chip->fabric.n_chips, 8u);
    for (uint32_t c = 0; c < 8; c++) {
        EXPECT_EQ(chip->fabric.chip_cell[c].x, expected[c].x) << c;
        EXPECT_EQ(chip->fabric.chip_cell[c].y, expected[c].y) << c;
        EXPECT_EQ(chip_board(&chip->fabric, expected[c]), c / 2) << c;
    }
    const Topology *topology = topology_of(chip);
    uint32_t n_off_board = 0;
    for (uint32_t l = 0; l < topology->n_router_links; l++) {
        const RouterLink *link = &topology->router_link[l];
        EXPECT_EQ(link->off_board, link->from / 2 != link->to / 2) << l;
        EXPECT_EQ(link->off_board, topology->router_link[link->back].off_board) << l;
        n_off_board += link->off_board;
    }
    EXPECT_EQ(n_off_board, 8u * 6 - 8); // E or W to the other chip of the board
}

TEST_F(ChipFabric, ABoardOfAllChipsIsNoOtherChip)
{
    const Chip *chip = load("tiny-boards", {{"fabric.board[0]", "4"}, {"fabric.board[1]", "2"}});
    EXPECT_EQ(chip_boards(chip), 1u);
    const Chip *plain = load("tiny-board", {{"fabric.chips[0]", "4"}});
    EXPECT_EQ(chip->hash, plain->hash);
    EXPECT_NE(chip->hash, load("tiny-boards")->hash);
    EXPECT_NE(load("tiny-boards", {{"fabric.board[0]", "1"}})->hash, load("tiny-boards")->hash);
    for (uint32_t l = 0; l < topology_of(chip)->n_router_links; l++)
        EXPECT_FALSE(topology_of(chip)->router_link[l].off_board) << l;
}

TEST_F(ChipFabric, FourSpinnaker2BoardsHave28416UsableCores)
{
    const Chip *chip = load("spinnaker2-boards"), *board = load("spinnaker2-board");
    EXPECT_EQ(chip_boards(chip), 4u);
    EXPECT_EQ(chip_usable_cores(chip), 28416u);
    EXPECT_EQ(chip->fabric.chip_cell[47].x, 7u); // the first 48 chips are those of one board
    EXPECT_EQ(chip->fabric.chip_cell[47].y, 5u);
    EXPECT_EQ(chip->links.off_board_bits_per_second.value, 1.6e9); // 2 Gbit/s with 8b10b
    EXPECT_EQ(chip->links.off_board_bits_per_second.high,
              board->links.off_board_bits_per_second.value);
}

TEST_F(ChipFabric, MissingChipsAreLeftOutOfTheNumbering)
{
    std::string text = edited("tiny-2x2", "grid:",
                              "fabric: {routing: central, sides: 4, wrap: false, chips: [3, 2], "
                              "missing_chips: [[1, 0]], dead_cores: [39, 0], dead_links: [[0, 1, E]"
                              ", [1, 1, S]], host: [2, 1], source: TINY}\ngrid:");
    const Chip *chip = nullptr;
    ASSERT_EQ(chip_parse(arena, "t.yaml", text.c_str(), nullptr, 0, &chip, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message, "t.yaml:14:9: fabric: no links lead from chip (0,0) to chip (1,1); "
                              "expected all routers to be connected");
    text = edited("tiny-2x2", "grid:",
                  "fabric: {routing: central, sides: 4, wrap: false, chips: [3, 2], "
                  "missing_chips: [[1, 0]], dead_cores: [39, 0], dead_links: [[1, 1, S]], "
                  "host: [2, 1], source: TINY}\ngrid:");
    ASSERT_EQ(chip_parse(arena, "t.yaml", text.c_str(), nullptr, 0, &chip, &err), STATUS_OK)
        << err.message;
    EXPECT_EQ(chip->fabric.n_chips, 5u);
    EXPECT_EQ(chip->n_cores, 40u);
    EXPECT_EQ(chip_usable_cores(chip), 38u);
    EXPECT_FALSE(chip_core_is_usable(chip, 0));
    EXPECT_TRUE(chip_core_is_usable(chip, 1));
    EXPECT_FALSE(chip_core_is_usable(chip, 39));
    EXPECT_FALSE(chip_core_is_usable(chip, 40));
    EXPECT_EQ(chip->fabric.host_router, 4u);
    EXPECT_EQ(chip->fabric.chip_cell[2].x, 1u); // (0,0) (0,1) (1,1) (2,0) (2,1)
    EXPECT_EQ(chip->fabric.chip_cell[2].y, 1u);
}

TEST_F(ChipFabric, HashCoversTheWholeFabric)
{
    const std::string fabric = "fabric: {routing: central, sides: 6, wrap: true, chips: [3, 2], "
                               "missing_chips: [[1, 0]], dead_cores: [3], dead_links: [[0, 1, E]], "
                               "host: [0, 1], default_route: true, source: TINY}\ngrid:";
    const std::pair<const char *, const char *> changes[] = {
        {"", ""},
        {"sides: 6", "sides: 4"},
        {"sides: 6", "sides: 4, turns: odd-even-rows"},
        {"sides: 6", "sides: 4, turns: odd-even-columns"},
        {"wrap: true", "wrap: false"},
        {"chips: [3, 2]", "chips: [2, 2]"},
        {"[[1, 0]]", "[[2, 0]]"},
        {"dead_cores: [3]", "dead_cores: [4]"},
        {"[0, 1, E]", "[0, 1, N]"},
        {"[0, 1, E]", "[1, 1, E]"},
        {"host: [0, 1]", "host: [0, 0]"},
        {"default_route: true", "default_route: false"},
    };
    std::set<uint64_t> hashes;
    for (const auto &[from, to] : changes) {
        std::string text = fabric;
        text.replace(text.find(from), std::string(from).size(), to);
        text = edited("tiny-2x2", "grid:", text);
        const Chip *chip = nullptr;
        ASSERT_EQ(chip_parse(arena, "t.yaml", text.c_str(), nullptr, 0, &chip, &err), STATUS_OK)
            << err.message;
        EXPECT_TRUE(hashes.insert(chip->hash).second) << from;
    }
}

TEST_F(ChipFabric, NumbersOfTheBoardCanBeSet)
{
    const Chip *chip =
        load("spinnaker2-board", {{"fabric.chips[0]", "12"}, {"fabric.chips[1]", "3"}});
    EXPECT_EQ(chip->fabric.width, 12u);
    EXPECT_EQ(chip->fabric.height, 3u);
    EXPECT_EQ(chip_usable_cores(chip), 36u * 148u);
    EXPECT_FALSE(load("tiny-board", {{"fabric.wrap", "false"}})->fabric.wrap);
    EXPECT_EQ(load("quad-mesh")->fabric.turns, TURNS_ODD_EVEN_ROWS);
    EXPECT_EQ(load("quad-mesh", {{"fabric.turns", "x-first"}})->fabric.turns, TURNS_X_FIRST);
    EXPECT_EQ(load("tiny-board", {{"noc.hop_cycles", "9"}})->noc.hop_cycles.value, 9);
}

struct BadFabric {
    const char *fabric, *message;
};

// Behind "fabric: " and before ", source: TINY}".
const BadFabric BAD[] = {
    {"{routing: star, sides: 4, wrap: false", "fabric.routing: 'star'"},
    {"{sides: 4, wrap: false", "fabric: key 'routing' is missing"},
    {"{routing: central, sides: 5, wrap: false, chips: [2, 2]",
     "fabric.sides: 5 is no number of sides; expected 4 or 6"},
    {"{routing: central, sides: 8, wrap: false, chips: [2, 2]", "fabric.sides: 8 is too large"},
    {"{routing: central, sides: 4, wrap: false, turns: y-first, chips: [2, 2]",
     "fabric.turns: 'y-first'"},
    {"{routing: central, sides: 6, wrap: false, turns: odd-even-rows, chips: [2, 2]",
     "fabric.turns: odd-even-rows is for 4 sides; expected x-first with 6"},
    {"{routing: central, sides: 4, wrap: often, chips: [2, 2]", "fabric.wrap: "},
    {"{routing: central, sides: 4, wrap: false", "fabric: key 'chips' is missing"},
    {"{routing: central, sides: 4, wrap: false, chips: 4",
     "fabric.chips: is a value; expected a list"},
    {"{routing: central, sides: 4, wrap: false, chips: [4]",
     "fabric.chips: is not a pair; expected [WIDTH, HEIGHT]"},
    {"{routing: central, sides: 4, wrap: false, chips: [0, 2]",
     "fabric.chips: has no chip; expected a width and height from 1 on"},
    {"{routing: central, sides: 4, wrap: false, chips: [4, 2], board: 2",
     "fabric.board: is a value; expected a list"},
    {"{routing: central, sides: 4, wrap: false, chips: [4, 2], board: [2, 0]",
     "fabric.board: has no chip; expected a width and height from 1 on"},
    {"{routing: central, sides: 4, wrap: false, chips: [4, 2], board: [3, 1]",
     "fabric.board: boards of 3 x 1 chips do not make up chips [4, 2]; expected a width and height "
     "that divide these"},
    {"{routing: central, sides: 4, wrap: false, chips: [1023, 1023], dead_cores: [99999999]",
     "fabric.dead_cores[0]: 99999999 is too large; expected a whole number from 0 to 8372231"},
    {"{routing: central, sides: 4, wrap: false, chips: [2, 2], missing_chips: [[2, 0]]",
     "fabric.missing_chips[0]: (2,0) is not on the board; expected x 0..1, y 0..1"},
    {"{routing: central, sides: 4, wrap: false, chips: [2, 2], missing_chips: [[1, 0], [1, 0]]",
     "fabric.missing_chips[1]: (1,0) stands twice; expected another chip"},
    {"{routing: central, sides: 4, wrap: false, chips: [1, 1], missing_chips: [[0, 0]]",
     "fabric: has no chip left; expected at least one that is not missing"},
    {"{routing: central, sides: 4, wrap: false, chips: [2, 1], missing: [[0, 0]]",
     "unknown key 'missing'"},
    {"{routing: central, sides: 4, wrap: false, chips: [2, 1], dead_cores: [3, 3]",
     "fabric.dead_cores: core 3 stands twice; expected each once"},
    {"{routing: central, sides: 4, wrap: false, chips: [1, 1], dead_cores: [0, 1, 2, 3, 4, 5, 6, "
     "7]",
     "fabric.dead_cores: leaves no usable core; expected at least one"},
    {"{routing: central, sides: 4, wrap: false, chips: [2, 1], dead_links: [[0, 0]]",
     "fabric.dead_links[0]: is no link; expected [X, Y, SIDE]"},
    {"{routing: central, sides: 4, wrap: false, chips: [2, 1], dead_links: [[0, 0, NE]]",
     "fabric.dead_links[0][2]: 'NE'"},
    {"{routing: central, sides: 4, wrap: false, chips: [2, 1], dead_links: [[0, 1, E]]",
     "fabric.dead_links[0]: (0,1) is outside of the grid of routers"},
    {"{routing: central, sides: 4, wrap: false, chips: [2, 1], dead_links: [[0, 0, E]]",
     "fabric: no links lead from chip (0,0) to chip (1,0); expected all routers to be connected"},
    {"{routing: central, sides: 4, wrap: false, chips: [2, 1], host: [1, 1]",
     "fabric.host: (1,1) has no router; expected a chip that works"},
    {"{routing: mesh, sides: 4, wrap: false",
     "grid.router: has 2 cells; expected []: in a mesh every tile has a router"},
};

TEST_F(ChipFabric, BadFabricsAreRefusedWithPlaceAndWhatWasExpected)
{
    for (const BadFabric &row : BAD) {
        const std::string text = edited(
            "tiny-2x2", "grid:", std::string("fabric: ") + row.fabric + ", source: TINY}\ngrid:");
        const Chip *chip = nullptr;
        err = {};
        EXPECT_EQ(chip_parse(arena, "t.yaml", text.c_str(), nullptr, 0, &chip, &err), STATUS_INPUT)
            << row.fabric;
        EXPECT_EQ(chip, nullptr);
        const std::string message = err.message;
        EXPECT_NE(message.find(row.message), std::string::npos) << message;
        EXPECT_EQ(message.rfind("t.yaml:", 0), 0u) << message;
    }
    std::string text = edited("tiny-2x2", "grid:",
                              "fabric: {routing: mesh, sides: 4, wrap: false, chips: [2, 2], "
                              "source: TINY}\ngrid:");
    text.replace(text.find("[[1, 0], [1, 1]]"), 16, "[]");
    const Chip *chip = nullptr;
    EXPECT_EQ(chip_parse(arena, "t.yaml", text.c_str(), nullptr, 0, &chip, &err), STATUS_INPUT);
    EXPECT_NE(std::string(err.message).find("fabric.chips: belongs to a board of chips"),
              std::string::npos)
        << err.message;
    text.replace(text.find("chips: [2, 2]"), 13, "board: [1, 1]");
    EXPECT_EQ(chip_parse(arena, "t.yaml", text.c_str(), nullptr, 0, &chip, &err), STATUS_INPUT);
    EXPECT_NE(std::string(err.message).find("fabric.board: belongs to a board of chips"),
              std::string::npos)
        << err.message;
}

struct Extends : ChipTest {
    const std::string folder = "/tmp/egret_extends_" + std::to_string(getpid());

    Extends()
    {
        EXPECT_EQ(std::system(("mkdir -p " + folder).c_str()), 0);
    }
    ~Extends() override
    {
        EXPECT_EQ(std::system(("rm -r " + folder).c_str()), 0);
    }
    void write(const std::string &name, const std::string &text) const
    {
        std::ofstream(folder + "/" + name) << text;
    }
    Status read(const std::string &name, const Chip **chip)
    {
        err = {};
        return chip_load(arena, (folder + "/" + name).c_str(), nullptr, nullptr, 0, chip, &err);
    }
};

TEST_F(Extends, WhatStandsInBothComesFromTheFileThatExtends)
{
    write("base.yaml", chip_text("tiny-2x2"));
    write("more.yaml", "extends: base.yaml\nname: more\nsources:\n  MORE: \"Another\"\nnoc:\n"
                       "  hop_cycles: {value: 8, kind: datasheet, source: MORE}\n"
                       "  buffer_flits: {value: 9, kind: datasheet, source: TINY}\n");
    write("most.yaml", "extends: more.yaml\nname: most\ncore:\n  receive_fifo_packets: "
                       "{value: 20, kind: datasheet, source: MORE}\n");
    const Chip *chip = nullptr, *base = load("tiny-2x2");
    ASSERT_EQ(read("most.yaml", &chip), STATUS_OK) << err.message;
    EXPECT_STREQ(chip->name, "most");
    EXPECT_STREQ(chip->description, base->description);
    EXPECT_EQ(chip->noc.hop_cycles.value, 8);
    EXPECT_STREQ(chip->noc.hop_cycles.source, "MORE");
    EXPECT_EQ(chip->noc.buffer_flits.high, 9); // replaced whole: the base's range is gone
    EXPECT_EQ(chip->core.receive_fifo_packets.value, 20);
    EXPECT_EQ(chip->noc.hz.value, base->noc.hz.value);
    EXPECT_EQ(chip->n_points, base->n_points);
}

TEST_F(Extends, ErrorsNameTheFileThatTheyStandIn)
{
    write("base.yaml", edited("tiny-2x2", "hop_cycles: {value: 3", "hop_cycles: {value: 0"));
    write("more.yaml", "extends: base.yaml\nname: more\n");
    const Chip *chip = nullptr;
    EXPECT_EQ(read("more.yaml", &chip), STATUS_INPUT);
    EXPECT_EQ(std::string(err.message).rfind(folder + "/base.yaml:", 0), 0u) << err.message;
    write("base.yaml", chip_text("tiny-2x2"));
    write("more.yaml", "extends: base.yaml\nname: more\nnoc: {hop_cycels: 3}\n");
    EXPECT_EQ(read("more.yaml", &chip), STATUS_INPUT);
    EXPECT_EQ(std::string(err.message).rfind(folder + "/more.yaml:3:", 0), 0u) << err.message;
}

TEST_F(Extends, FilesThatCannotBeExtendedAreRefused)
{
    const Chip *chip = nullptr;
    write("lost.yaml", "name: lost\nextends: nothing.yaml\n");
    EXPECT_EQ(read("lost.yaml", &chip), STATUS_INPUT);
    EXPECT_EQ(err.message, folder + "/lost.yaml:2:10: extends: '" + folder +
                               "/nothing.yaml' is no file; expected a chip description");
    write("ring.yaml", "extends: ring.yaml\n");
    EXPECT_EQ(read("ring.yaml", &chip), STATUS_INPUT);
    EXPECT_NE(std::string(err.message).find("goes on for more than 8 files; expected no ring"),
              std::string::npos)
        << err.message;
    write("list.yaml", "- 1\n");
    write("onto.yaml", "extends: list.yaml\n");
    EXPECT_EQ(read("onto.yaml", &chip), STATUS_INPUT);
    EXPECT_NE(std::string(err.message).find("list.yaml:1:1: is no map"), std::string::npos)
        << err.message;
    EXPECT_EQ(chip_parse(arena, "t.yaml", "extends: base.yaml\n", nullptr, 0, &chip, &err),
              STATUS_INPUT);
    EXPECT_STREQ(err.message,
                 "t.yaml:1:10: extends: stands in no file; expected a whole description");
}

} // namespace
