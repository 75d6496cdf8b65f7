// route_fixture.h - graphs of routers made by hand, and the load of trees on them.
#ifndef TESTS_ROUTE_FIXTURE_H
#define TESTS_ROUTE_FIXTURE_H

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "route.h"

// A grid of routers with 4 or 6 sides. Turns are those of dimension order (x, diagonal, y) without
// the wrap, then all further ones that close no cycle of waiting links, in the order of their ids.
struct RouteGraph {
    Topology graph{};
    std::vector<Cell2d> cell;
    std::vector<RouterLink> link;
    std::vector<uint32_t> first;
    std::vector<uint64_t> turns;
    std::vector<std::vector<uint32_t>> after; // allowed turns as a graph of links

    RouteGraph(uint32_t width, uint32_t height, uint32_t n_sides = 4, bool wrap = false,
               const std::set<std::pair<uint32_t, uint32_t>> &holes = {},
               const std::set<std::pair<uint32_t, uint32_t>> &dead_links = {})
    {
        graph.n_sides = n_sides;
        graph.router_width = width;
        graph.router_height = height;
        graph.router_wrap = wrap;
        std::vector<uint32_t> id(size_t{width} * height, UINT32_MAX);
        for (uint32_t x = 0; x < width; x++)
            for (uint32_t y = 0; y < height; y++)
                if (holes.count({x, y}) == 0) {
                    id[y * width + x] = static_cast<uint32_t>(cell.size());
                    cell.push_back({x, y});
                }
        graph.n_routers = static_cast<uint32_t>(cell.size());
        for (uint32_t r = 0; r < graph.n_routers; r++) {
            first.push_back(static_cast<uint32_t>(link.size()));
            for (uint32_t side = 0; side < n_sides; side++) {
                uint32_t to = neighbour(id, r, side);
                if (to != UINT32_MAX && to != r && dead_links.count({r, to}) == 0 &&
                    dead_links.count({to, r}) == 0)
                    link.push_back({r, to, side, UINT32_MAX, false});
            }
        }
        first.push_back(static_cast<uint32_t>(link.size()));
        graph.n_router_links = static_cast<uint32_t>(link.size());
        turns.assign(graph.n_routers, 0);
        after.resize(link.size());
        graph.router_cell = cell.data();
        graph.router_link = link.data();
        graph.first_router_link = first.data();
        graph.turns = turns.data();
        graph.cores_per_router = 1;
        for (uint32_t in = 0; in < link.size(); in++)
            add_turns(in, true);
        for (uint32_t in = 0; in < link.size(); in++)
            add_turns(in, false);
    }
    RouteGraph(const RouteGraph &) = delete;
    RouteGraph &operator=(const RouteGraph &) = delete;

    uint32_t at(uint32_t x, uint32_t y) const
    {
        for (uint32_t r = 0; r < cell.size(); r++)
            if (cell[r].x == x && cell[r].y == y)
                return r;
        ADD_FAILURE() << "no router at " << x << "," << y;
        return 0;
    }

  private:
    uint32_t neighbour(const std::vector<uint32_t> &id, uint32_t r, uint32_t side) const
    {
        static const int step4[][2] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
        static const int step6[][2] = {{1, 0}, {1, 1}, {0, 1}, {-1, 0}, {-1, -1}, {0, -1}};
        const int *step = graph.n_sides == 4 ? step4[side] : step6[side];
        int width = static_cast<int>(graph.router_width);
        int height = static_cast<int>(graph.router_height);
        int x = static_cast<int>(cell[r].x) + step[0], y = static_cast<int>(cell[r].y) + step[1];
        if (graph.router_wrap) {
            x = (x + width) % width;
            y = (y + height) % height;
        }
        if (x < 0 || y < 0 || x >= width || y >= height)
            return UINT32_MAX;
        return id[static_cast<size_t>(y) * graph.router_width + static_cast<size_t>(x)];
    }
    bool wraps(uint32_t l) const
    {
        auto far = [](uint32_t a, uint32_t b) { return (a > b ? a - b : b - a) > 1; };
        return far(cell[link[l].from].x, cell[link[l].to].x) ||
               far(cell[link[l].from].y, cell[link[l].to].y);
    }
    bool leads_to(uint32_t from, uint32_t to) const
    {
        std::vector<bool> seen(link.size());
        std::vector<uint32_t> open{from};
        seen[from] = true;
        while (!open.empty()) {
            uint32_t l = open.back();
            open.pop_back();
            if (l == to)
                return true;
            for (uint32_t next : after[l])
                if (!seen[next]) {
                    seen[next] = true;
                    open.push_back(next);
                }
        }
        return false;
    }
    void add_turns(uint32_t in, bool dimension_order)
    {
        uint32_t r = link[in].to, axes = graph.n_sides / 2;
        for (uint32_t out = first[r]; out < first[r + 1]; out++) {
            uint64_t bit = uint64_t{1} << (8 * link[in].side + link[out].side);
            if (link[out].to == link[in].from || (turns[r] & bit) != 0)
                continue;
            bool in_order =
                (link[in].side == link[out].side || link[in].side % axes < link[out].side % axes) &&
                !wraps(in) && !wraps(out);
            if (dimension_order ? !in_order : leads_to(out, in))
                continue;
            turns[r] |= bit;
            after[in].push_back(out);
        }
    }
};

// Loads of trees and the rules that each tree must keep.
struct TreeLoads {
    uint64_t busiest = 0, total = 0, sent = 0;
};

inline void expect_tree(const Topology &graph, const Demand &demand, const Tree &tree)
{
    std::vector<uint32_t> entered(graph.n_routers, UINT32_MAX);
    entered[demand.root] = UINT32_MAX - 1;
    for (uint32_t i = 0; i < tree.n_links; i++) {
        ASSERT_LT(tree.link[i], graph.n_router_links);
        const RouterLink &link = graph.router_link[tree.link[i]];
        ASSERT_NE(entered[link.from], UINT32_MAX) << "a link hangs in the air";
        ASSERT_EQ(entered[link.to], UINT32_MAX) << "a router is entered twice";
        if (entered[link.from] != UINT32_MAX - 1) {
            EXPECT_TRUE(topology_turn_allowed(&graph, entered[link.from], tree.link[i]));
        }
        entered[link.to] = tree.link[i];
    }
    for (uint32_t i = 0; i < demand.n_targets; i++)
        EXPECT_NE(entered[demand.target[i]], UINT32_MAX) << "target " << demand.target[i];
    for (uint32_t i = 0; i < demand.n_more; i++)
        EXPECT_NE(entered[demand.more[i]], UINT32_MAX) << "target " << demand.more[i];
}

inline TreeLoads loads_of(const Topology &graph, const std::vector<Demand> &demand,
                          const std::vector<Tree> &tree)
{
    std::vector<uint64_t> load(graph.n_router_links);
    TreeLoads loads;
    for (size_t d = 0; d < demand.size(); d++) {
        expect_tree(graph, demand[d], tree[d]);
        loads.sent += demand[d].rate;
        for (uint32_t i = 0; i < tree[d].n_links; i++)
            load[tree[d].link[i]] += i < tree[d].n_first ? demand[d].rate : demand[d].more_rate;
    }
    for (uint64_t l : load) {
        loads.busiest = std::max(loads.busiest, l);
        loads.total += l;
    }
    return loads;
}

#endif
