// topology.c: against an independent walk over the grid, on the shipped chips and on random ones.
#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "arch/topology.h"
#include "base/rng.h"
#include "chip_fixture.h"

namespace
{

using Cell = std::pair<int, int>;

struct TopologyTest : ChipTest {
    const Topology *build(const Chip *chip)
    {
        const Topology *topology = nullptr;
        EXPECT_EQ(topology_build(arena, chip, &topology, &err), STATUS_OK) << err.message;
        return topology;
    }
};

std::set<Cell> tiles_of(const Chip *chip)
{
    std::set<Cell> tiles;
    for (uint32_t t = 0; t < chip->n_tiles; t++)
        tiles.insert({int(chip->tile[t].x), int(chip->tile[t].y)});
    return tiles;
}

struct Port {
    Cell router, tile;
};

std::vector<Port> ports_of(const Chip *chip)
{
    std::set<Cell> tiles = tiles_of(chip);
    std::vector<Port> ports;
    for (uint32_t r = 0; r < chip->grid.n_router_cells; r++) {
        Cell cell = {int(chip->grid.router_cell[r].x), int(chip->grid.router_cell[r].y)};
        for (Cell side : {Cell{-1, 0}, Cell{1, 0}, Cell{0, -1}, Cell{0, 1}}) {
            Cell beside = {cell.first + side.first, cell.second + side.second};
            if (tiles.count(beside))
                ports.push_back({cell, beside});
        }
    }
    return ports;
}

// Cells of the x-then-y path, both ends included; empty if it crosses a cell that is not a tile.
std::vector<Cell> x_then_y(const std::set<Cell> &tiles, Cell from, Cell to)
{
    std::vector<Cell> cells = {from};
    while (from.first != to.first)
        cells.push_back(from = {from.first + (to.first > from.first ? 1 : -1), from.second});
    while (from.second != to.second)
        cells.push_back(from = {from.first, from.second + (to.second > from.second ? 1 : -1)});
    bool is_free =
        std::all_of(cells.begin(), cells.end(), [&](Cell c) { return tiles.count(c) > 0; });
    return is_free ? cells : std::vector<Cell>{};
}

// Tiles that a path visits, in order; checks that its links join up and start or end at its port.
std::vector<Cell> cells_of(const Topology *topology, const NocPath &path, bool to_router)
{
    std::vector<uint32_t> nodes;
    for (uint32_t i = 0; i < path.n_links; i++) {
        const NocLink &link = topology->link[path.link[i]];
        if (i == 0)
            nodes.push_back(link.from);
        EXPECT_EQ(link.from, nodes.back());
        nodes.push_back(link.to);
    }
    uint32_t port_node = topology->n_tiles + path.port;
    EXPECT_EQ(to_router ? nodes.back() : nodes.front(), port_node);
    nodes.erase(to_router ? nodes.end() - 1 : nodes.begin());
    std::vector<Cell> cells;
    for (uint32_t node : nodes) {
        EXPECT_LT(node, topology->n_tiles);
        const Cell2d &tile = topology->chip->tile[node];
        cells.push_back({int(tile.x), int(tile.y)});
    }
    return cells;
}

// Every path by the rule of topology.h, worked out again from the grid alone. False: a tile has none.
bool expect_paths_by_the_rule(const Topology *topology, const Chip *chip)
{
    std::set<Cell> tiles = tiles_of(chip);
    std::vector<Port> ports = ports_of(chip);
    std::vector<int> load(ports.size(), 0);
    for (uint32_t t = 0; t < chip->n_tiles; t++) {
        Cell cell = {int(chip->tile[t].x), int(chip->tile[t].y)};
        size_t best_to = ports.size(), best_from = ports.size();
        std::vector<Cell> to, from;
        for (size_t p = 0; p < ports.size(); p++) {
            std::vector<Cell> there = x_then_y(tiles, cell, ports[p].tile);
            if (!there.empty() && (to.empty() || there.size() < to.size()))
                to = there, best_to = p;
            std::vector<Cell> back = x_then_y(tiles, ports[p].tile, cell);
            if (!back.empty() && (from.empty() || back.size() < from.size() ||
                                  (back.size() == from.size() && load[p] < load[best_from])))
                from = back, best_from = p;
        }
        if (to.empty() || from.empty())
            return false;
        load[best_from]++;
        if (topology == nullptr)
            continue;
        EXPECT_EQ(topology->to_router[t].port, best_to);
        EXPECT_EQ(topology->from_router[t].port, best_from);
        EXPECT_EQ(cells_of(topology, topology->to_router[t], true), to);
        EXPECT_EQ(cells_of(topology, topology->from_router[t], false), from);
    }
    return true;
}

// Repeatedly drop links that nothing waits behind: what is left waits in a ring.
bool can_deadlock(const Topology *topology)
{
    std::map<uint32_t, std::set<uint32_t>> next;
    uint32_t router = topology->n_links;
    for (uint32_t t = 0; t < topology->n_tiles; t++) {
        for (const NocPath *path : {&topology->to_router[t], &topology->from_router[t]})
            for (uint32_t i = 1; i < path->n_links; i++)
                next[path->link[i - 1]].insert(path->link[i]);
        next[topology->to_router[t].link[topology->to_router[t].n_links - 1]].insert(router);
        next[router].insert(topology->from_router[t].link[0]);
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (auto link = next.begin(); link != next.end();) {
            for (auto to = link->second.begin(); to != link->second.end();)
                to = next.count(*to) ? std::next(to) : link->second.erase(to);
            bool is_free = link->second.empty();
            changed |= is_free;
            link = is_free ? next.erase(link) : std::next(link);
        }
    }
    return !next.empty();
}

TEST_F(TopologyTest, LinksJoinNeighboursBothWaysAndAreSorted)
{
    for (const char *name : {"spinnaker2", "tiny-2x2"}) {
        const Chip *chip = load(name);
        const Topology *topology = build(chip);
        std::set<Cell> tiles = tiles_of(chip);
        size_t n_expected = 2 * ports_of(chip).size();
        for (Cell c : tiles)
            for (Cell side : {Cell{1, 0}, Cell{0, 1}})
                n_expected += 2 * tiles.count({c.first + side.first, c.second + side.second});
        EXPECT_EQ(topology->n_links, n_expected);
        std::set<std::pair<uint32_t, uint32_t>> links;
        for (uint32_t i = 0; i < topology->n_links; i++) {
            links.insert({topology->link[i].from, topology->link[i].to});
            if (i > 0) {
                EXPECT_TRUE(std::make_pair(topology->link[i - 1].from, topology->link[i - 1].to) <
                            std::make_pair(topology->link[i].from, topology->link[i].to));
            }
        }
        for (auto link : links)
            EXPECT_EQ(links.count({link.second, link.first}), 1u);
    }
}

TEST_F(TopologyTest, Spinnaker2HasSixPortsAndBothPathsForAllTiles)
{
    const Chip *chip = load("spinnaker2");
    const Topology *topology = build(chip);
    EXPECT_EQ(topology->n_ports, 6u);
    EXPECT_EQ(topology->n_tiles, 38u);
    EXPECT_TRUE(expect_paths_by_the_rule(topology, chip));
    EXPECT_FALSE(can_deadlock(topology));
}

TEST_F(TopologyTest, PortsAreNumberedWestEastSouthNorthOfEachCell)
{
    const Topology *topology = build(load("spinnaker2"));
    const Cell expected[] = {{3, 3}, {5, 3}, {4, 2}, {3, 4}, {5, 4}, {4, 5}};
    for (uint32_t p = 0; p < 6; p++) {
        const Cell2d &tile = topology->chip->tile[topology->port_tile[p]];
        EXPECT_EQ(Cell(int(tile.x), int(tile.y)), expected[p]);
        EXPECT_EQ(topology->port_cell[p].x, 4u);
        EXPECT_EQ(topology->port_cell[p].y, p < 3 ? 3u : 4u);
    }
}

TEST_F(TopologyTest, TinyChipTakesOneHopEachWay)
{
    const Topology *topology = build(load("tiny-2x2"));
    for (uint32_t a = 0; a < 4; a++)
        for (uint32_t b = 0; b < 4; b++)
            EXPECT_EQ(topology_hops(topology, a, b), 2u);
}

TEST_F(TopologyTest, HopsAddBothHalves)
{
    const Chip *chip = load("spinnaker2");
    const Topology *topology = build(chip);
    uint32_t corner = topology_tile_at(chip, 1, 1), near = topology_tile_at(chip, 5, 4);
    EXPECT_EQ(topology_hops(topology, corner, near), 5u + 1u);
    EXPECT_EQ(topology_hops(topology, near, corner), 1u + 5u);
    EXPECT_EQ(topology_hops(topology, corner, corner), 10u);
}

TEST_F(TopologyTest, TilesAreFoundByPosition)
{
    const Chip *chip = load("spinnaker2");
    std::set<Cell> tiles = tiles_of(chip);
    for (uint32_t x = 0; x < 10; x++)
        for (uint32_t y = 0; y < 9; y++) {
            uint32_t tile = topology_tile_at(chip, x, y);
            ASSERT_EQ(tile != UINT32_MAX, tiles.count({int(x), int(y)}) > 0);
            if (tile != UINT32_MAX) {
                EXPECT_EQ(chip->tile[tile].x, x);
                EXPECT_EQ(chip->tile[tile].y, y);
            }
        }
}

TEST_F(TopologyTest, LinksHaveNames)
{
    const Chip *chip = load("spinnaker2");
    const Topology *topology = build(chip);
    const NocPath &to = topology->to_router[topology_tile_at(chip, 2, 3)];
    EXPECT_STREQ(topology_link_name(arena, topology, to.link[0]), "(2,3)->(3,3)");
    EXPECT_STREQ(topology_link_name(arena, topology, to.link[1]), "(3,3)->router");
    const NocPath &from = topology->from_router[topology_tile_at(chip, 5, 4)];
    EXPECT_STREQ(topology_link_name(arena, topology, from.link[0]), "router->(5,4)");
}

// A grid drawn with one letter a cell, lowest row last: t tile, r router, h hole.
std::string drawn_chip(const std::vector<std::string> &rows)
{
    std::string holes, router;
    for (size_t i = 0; i < rows.size(); i++)
        for (size_t x = 0; x < rows[i].size(); x++) {
            std::string cell =
                "[" + std::to_string(x) + ", " + std::to_string(rows.size() - 1 - i) + "], ";
            holes += rows[i][x] == 'h' ? cell : "";
            router += rows[i][x] == 'r' ? cell : "";
        }
    std::string text = chip_text("tiny-2x2");
    size_t first = text.find("  x: [0, 2]"), last = text.find("  source: \"TINY layout\"");
    return text.replace(first, last - first,
                        "  x: [0, " + std::to_string(rows[0].size() - 1) + "]\n  y: [0, " +
                            std::to_string(rows.size() - 1) + "]\n  holes: [" + holes +
                            "]\n  router: [" + router +
                            "]\n  cores_per_tile: 1\n  usable_cores: 1\n");
}

// Tile (2,5) cannot go west to the upper router cell past the hole: it goes down to the lower one, over
// the link (2,4)->(2,3) that packets from the upper cell to (2,3) take too. Each half waits for the other.
TEST_F(TopologyTest, RingOfWaitingPacketsIsRefused)
{
    const std::vector<std::string> rows = {"tht", "rtt", "ttt", "ttt", "ttt", "ttr"};
    const Chip *chip = nullptr;
    EXPECT_EQ(chip_parse(arena, "t.yaml", drawn_chip(rows).c_str(), nullptr, 0, &chip, &err),
              STATUS_INPUT);
    EXPECT_NE(
        std::string(err.message).find("grid: packets can wait for one another in a ring through "),
        std::string::npos)
        << err.message;
    EXPECT_EQ(chip, nullptr);
    std::vector<std::string> without = rows; // without the hole there is no ring
    without[0] = "ttt";
    EXPECT_EQ(chip_parse(arena, "t.yaml", drawn_chip(without).c_str(), nullptr, 0, &chip, &err),
              STATUS_OK)
        << err.message;
}

TEST_F(TopologyTest, RandomGridsFollowTheRuleOrAreRefusedForAReason)
{
    Rng rng = rng_make(41, 0);
    int n_built = 0, n_cut_off = 0, n_rings = 0, n_no_port = 0;
    const int n_grids = 500;
    for (int i = 0; i < n_grids; i++) {
        size_t width = 2 + rng_below(&rng, 6), height = 1 + rng_below(&rng, 6);
        std::vector<std::string> rows(height, std::string(width, 't'));
        uint64_t holes_of_16 = rng_below(&rng, 5);
        for (std::string &row : rows)
            for (char &cell : row)
                if (rng_below(&rng, 16) < holes_of_16)
                    cell = 'h';
        for (uint64_t n = 1 + rng_below(&rng, 3); n > 0; n--)
            rows[rng_below(&rng, height)][rng_below(&rng, width)] = 'r';
        std::string text = drawn_chip(rows);
        const Chip *chip = nullptr;
        err = {};
        if (chip_parse(arena, "t.yaml", text.c_str(), nullptr, 0, &chip, &err) == STATUS_OK) {
            const Topology *topology = build(chip);
            ASSERT_TRUE(expect_paths_by_the_rule(topology, chip));
            ASSERT_FALSE(can_deadlock(topology));
            n_built++;
        } else {
            std::string message = err.message;
            n_cut_off += message.find("has no path") != std::string::npos;
            n_rings += message.find("in a ring") != std::string::npos;
            n_no_port += message.find("no tile lies beside") != std::string::npos ||
                         message.find("has no tile") != std::string::npos;
        }
        arena_reset(arena);
    }
    EXPECT_EQ(n_built + n_cut_off + n_rings + n_no_port, n_grids) << err.message;
    EXPECT_GT(n_built, n_grids / 5);
    EXPECT_GT(n_cut_off, n_grids / 5);
}

} // namespace
