// chip_check.c: chips that no file made.
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "chip_fixture.h"

namespace
{

struct ChipCheck : ChipTest {
    std::string refusal(const std::function<void(Chip &)> &damage)
    {
        Chip chip = *load("tiny-2x2");
        damage(chip);
        EXPECT_EQ(chip_check(&chip, &err), STATUS_INPUT);
        return err.message;
    }
};

TEST_F(ChipCheck, ShippedChipsAreRight)
{
    for (const char *name :
         {"tiny-2x2", "tiny-mesh", "tiny-board", "tiny-boards", "spinnaker2", "spinnaker2-board",
          "spinnaker2-boards", "spinnaker1", "loihi-like", "quad-mesh"})
        EXPECT_EQ(chip_check(load(name), &err), STATUS_OK) << err.message;
}

TEST_F(ChipCheck, EveryKindOfDamageIsNamed)
{
    static const Cell2d outside[] = {{9, 9}}, twice[] = {{0, 0}, {0, 0}}, router[] = {{1, 0}};
    const struct {
        std::function<void(Chip &)> damage;
        const char *message;
    } rows[] = {
        {[](Chip &c) { c.name = ""; }, "chip without name or description"},
        {[](Chip &c) { c.noc.hop_cycles.value = 0; },
         "chip tiny-2x2: noc.hop_cycles: 0; expected a whole number from 1 to 1000000"},
        {[](Chip &c) { c.noc.hop_cycles.value = std::nan(""); }, "noc.hop_cycles: nan; expected"},
        {[](Chip &c) { c.noc.hop_cycles.high = std::numeric_limits<double>::infinity(); },
         "noc.hop_cycles: inf; expected"},
        {[](Chip &c) { c.noc.hop_cycles.low = 2.5; },
         "noc.hop_cycles: 2.5; expected a whole number"},
        {[](Chip &c) { c.noc.hop_cycles.value = 4; },
         "noc.hop_cycles: 4 is outside of its range 3 to 3"},
        {[](Chip &c) { c.noc.hz.value = c.noc.hz.low = c.noc.hz.high = 200000001; },
         "noc.hz: 200000001; expected a multiple of 1000 Hz"},
        {[](Chip &c) { c.noc.hop_cycles.source = nullptr; },
         "noc.hop_cycles: has no kind or source"},
        {[](Chip &c) { memset(&c.noc.hop_cycles.source_kind, 0x7f, sizeof(SourceKind)); },
         "noc.hop_cycles: has no kind or source"},
        {[](Chip &c) { c.grid.x_min = 3; }, "grid: x 3..2, y 0..1; expected 0 to 1023, ascending"},
        {[](Chip &c) { c.grid.x_max = c.grid.y_max = 1000; }, "cells; expected at most 16384"},
        {[](Chip &c) { c.grid.n_router_cells = 0; }, "0 router cells; expected"},
        {[](Chip &c) { c.grid.hole = outside, c.grid.n_holes = 1; },
         "grid.holes: (9,9) is outside of the grid"},
        {[](Chip &c) { c.grid.hole = twice, c.grid.n_holes = 2; },
         "grid.holes: (0,0) stands twice"},
        {[](Chip &c) { c.grid.hole = router, c.grid.n_holes = 1; },
         "grid.router: (1,0) is a hole too"},
        {[](Chip &c) { c.n_tiles = 3; }, "has 3 tiles; expected 4"},
        {[](Chip &c) { c.tile = twice, c.n_tiles = 2; }, "tile 1 is not (0,1)"},
        {[](Chip &c) { c.n_cores = 9; }, "has 9 cores; expected 1 to 256 in each of 4 tiles"},
        {[](Chip &c) { c.grid.usable_cores = 9; }, "grid.usable_cores: 9; expected 1 to 8"},
        {[](Chip &c) { memset(&c.fifo_full, 0x7f, sizeof(FifoFullPolicy)); },
         "expected stall, drop or overwrite"},
        {[](Chip &c) { c.n_points = 0; }, "has 0 operating points; expected 1 to 16"},
    };
    for (const auto &row : rows)
        EXPECT_NE(refusal(row.damage).find(row.message), std::string::npos) << err.message;
}

TEST_F(ChipCheck, DamagedFabricsAreNamed)
{
    static const Cell2d far[] = {{3, 0}}, descending[] = {{1, 0}, {0, 0}};
    static const Cell2d by_column[] = {{0, 0}, {0, 1}, {1, 0}};
    static const uint32_t dead[] = {5, 5}, beyond[] = {8};
    static const uint32_t all[] = {0, 1, 2, 3, 4, 5, 6, 7};
    static const DeadLink no_link[] = {{{0, 1}, 0}}, no_side[] = {{{0, 0}, 4}};
    const struct {
        std::function<void(Chip &)> damage;
        const char *message;
    } rows[] = {
        {[](Chip &c) { c.fabric.n_sides = 5; }, "fabric: routing 0, 5 sides; expected central"},
        {[](Chip &c) { memset(&c.fabric.routing, 0x7f, sizeof(Routing)); }, "fabric: routing"},
        {[](Chip &c) { c.fabric.n_chips = 0; }, "fabric: 0 chips on 1 x 1; expected at least one"},
        {[](Chip &c) { c.fabric.width = 5000; }, "fabric: 1 chips on 5000 x 1"},
        {[](Chip &c) { c.fabric.board_height = 0; },
         "fabric: boards of 1 x 0 chips; expected a number of whole ones in 1 x 1"},
        {[](Chip &c) { c.fabric.width = 5, c.fabric.board_width = 2; },
         "fabric: boards of 2 x 1 chips; expected a number of whole ones in 5 x 1"},
        {[](Chip &c) {
             c.fabric.width = c.fabric.height = 2, c.fabric.board_width = 2;
             c.fabric.n_chips = 3, c.fabric.chip_cell = by_column;
         },
         "chip 2 is at (1,0), out of range or order"}, // its board comes first
        {[](Chip &c) { c.fabric.width = 2, c.links.off_board_bits_per_second.low = 0; },
         "links.off_board_bits_per_second: 500000000 (low 0); expected at least 1 between boards"},
        {[](Chip &c) { c.fabric.chip_cell = far; }, "chip 0 is at (3,0), out of range or order"},
        {[](Chip &c) { c.fabric.width = c.fabric.n_chips = 2, c.fabric.chip_cell = descending; },
         "chip 1 is at (0,0), out of range or order"},
        {[](Chip &c) { c.fabric.routing = ROUTING_MESH; },
         "2 router cells; expected at most 6 and 0"},
        {[](Chip &c) { c.fabric.dead_core = dead, c.fabric.n_dead_cores = 2; },
         "dead core 5 is out of range or order"},
        {[](Chip &c) { c.fabric.dead_core = beyond, c.fabric.n_dead_cores = 1; },
         "dead core 8 is out of range or order; expected 0 to 7"},
        {[](Chip &c) { c.fabric.dead_core = all, c.fabric.n_dead_cores = 8; },
         "all usable cores are dead"},
        {[](Chip &c) { c.fabric.dead_link = no_link, c.fabric.n_dead_links = 1; },
         "dead link 0 leaves no router: (0,1), side 0"},
        {[](Chip &c) { c.fabric.dead_link = no_side, c.fabric.n_dead_links = 1; },
         "dead link 0 leaves no router: (0,0), side 4"},
        {[](Chip &c) { c.fabric.host_router = 1; }, "host at router 1; expected 0 to 0"},
    };
    for (const auto &row : rows)
        EXPECT_NE(refusal(row.damage).find(row.message), std::string::npos) << err.message;
}

TEST_F(ChipCheck, OperatingPointsHaveNamesAndAscend)
{
    const Chip *chip = load("tiny-2x2");
    OperatingPoint points[2] = {chip->point[1], chip->point[0]};
    EXPECT_NE(refusal([&](Chip &c) {
                  c.point = points;
              }).find("operating point slow; expected the slowest first"),
              std::string::npos)
        << err.message;
    points[1] = points[0];
    EXPECT_NE(refusal([&](Chip &c) {
                  c.point = points;
              }).find("operating point 1 has no name of its own"),
              std::string::npos);
    points[0].name = "auto";
    EXPECT_NE(refusal([&](Chip &c) {
                  c.point = points;
              }).find("an operating point is named auto, which stands for all of them"),
              std::string::npos);
    points[0].name = "fast";
    points[0].hz.value = 7;
    EXPECT_NE(
        refusal([&](Chip &c) { c.point = points; }).find("operating_points.fast.hz: 7; expected"),
        std::string::npos);
}

} // namespace
