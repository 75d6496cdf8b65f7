// fabric_tables.hpp - the tables of a chip with many routers, from a Program that has one table.
//
// ProgramBuilder says which cores every key reaches; here each sender gets a tree of router links
// that use allowed turns only. Trees are grown plainly: on a whole mesh of four sides without wrap
// whose turns start from x-first, x first, then y; else from what there is of the tree by the
// shortest way, links weighted at random if there is a generator. All keys of a sender go by one tree, each
// pruned to the cores it reaches, so that packets of one sender keep their order. Independent of the compiler.
#ifndef TESTS_FABRIC_TABLES_HPP
#define TESTS_FABRIC_TABLES_HPP

#include <algorithm>
#include <map>
#include <queue>
#include <tuple>
#include <utility>
#include <vector>

#include "arch/program.h"
#include "arch/topology.h"
#include "base/check.h"
#include "base/rng.h"

class FabricTables
{
  public:
    FabricTables(Arena *arena, const Topology *topology, Rng *rng = nullptr)
        : arena_(arena), topology_(topology), rng_(rng)
    {
    }

    // Leave out entries of routers where a key only goes straight on.
    bool use_default_routes = false;
    // Ways are given: links out of each router on the way, by destination (for cyclic programs).
    std::map<std::pair<uint32_t, uint32_t>, std::vector<uint32_t>> forced;

    void route(Program *program)
    {
        const RouterTable logical = program->table[0];
        tables_.assign(topology_->n_routers, {});
        for (uint32_t c = 0; c < program->n_cores; c++) {
            const CoreProgram &core = program->core[c];
            for (uint32_t s = 0; s < core.n_slices; s++)
                route_sender(
                    logical, topology_router_of_core(topology_, core.core),
                    {{core.slice[s].key, core.slice[s].n_units},
                     {core.slice[s].marker_key, program_marker_keys(core.slice[s].n_units)}});
        }
        route_sender(logical, topology_->host_router,
                     {{program->input_key, program->n_inputs},
                      {program->input_marker_key, program_marker_keys(program->n_inputs)}});
        auto *table = ARENA_ARRAY(arena_, RouterTable, topology_->n_routers);
        for (uint32_t r = 0; r < topology_->n_routers; r++) {
            std::sort(tables_[r].begin(), tables_[r].end(),
                      [](const RouteEntry &a, const RouteEntry &b) { return a.key < b.key; });
            table[r].n_entries = static_cast<uint32_t>(tables_[r].size());
            table[r].entry = copy(tables_[r]);
            table[r].n_ascending = table_count_ascending(&table[r]);
        }
        program->n_tables = topology_->n_routers;
        program->table = table;
        program_seal(program);
    }

    // The links from one router to another in the tree that route() would make for these two.
    std::vector<uint32_t> path(uint32_t from, uint32_t to)
    {
        const Tree tree = grow(from, {to});
        std::vector<uint32_t> links;
        for (uint32_t at = to; at != from; at = topology_->router_link[links.back()].from)
            links.push_back(tree.link_in[at]);
        std::reverse(links.begin(), links.end());
        return links;
    }

  private:
    struct Keys {
        uint32_t first, n;
    };
    struct Tree {
        uint32_t root;
        std::vector<bool> has;
        std::vector<uint32_t> link_in;
    };

    Arena *arena_;
    const Topology *topology_;
    Rng *rng_;
    std::vector<std::vector<RouteEntry>> tables_;

    template <typename T> const T *copy(const std::vector<T> &from)
    {
        auto *to = ARENA_ARRAY(arena_, T, from.size());
        std::copy(from.begin(), from.end(), to);
        return to;
    }

    bool is_plain_mesh() const
    {
        const Topology &t = *topology_;
        return rng_ == nullptr && t.n_sides == 4 && !t.router_wrap &&
               t.chip->fabric.turns == TURNS_X_FIRST &&
               t.n_routers == t.router_width * t.router_height &&
               t.n_router_links == 2 * (2 * t.n_routers - t.router_width - t.router_height);
    }

    void grow_xy(Tree *tree, uint32_t to) const
    {
        for (uint32_t at = tree->root; at != to;) {
            const Cell2d here = topology_->router_cell[at], there = topology_->router_cell[to];
            uint32_t side = here.x < there.x ? 0 : here.x > there.x ? 2 : here.y < there.y ? 1 : 3;
            const uint32_t link = topology_link_at(topology_, at, side);
            at = topology_->router_link[link].to;
            tree->has[at] = true;
            tree->link_in[at] = link;
        }
    }

    bool may_go(const Tree &tree, uint32_t in, uint32_t out) const
    {
        return !tree.has[topology_->router_link[out].to] &&
               (in == UINT32_MAX || topology_turn_allowed(topology_, in, out));
    }

    // Shortest way over links from the tree to a router that is not in it; false if there is none.
    bool grow_shortest(Tree *tree, uint32_t to)
    {
        using Step = std::tuple<uint64_t, uint32_t, uint32_t>; // length, link, the one before
        std::vector<uint32_t> before(topology_->n_router_links, UINT32_MAX);
        std::vector<bool> done(topology_->n_router_links, false);
        std::priority_queue<Step, std::vector<Step>, std::greater<Step>> open;
        const auto leave = [&](uint32_t router, uint32_t in, uint64_t length) {
            for (uint32_t out = topology_->first_router_link[router];
                 out < topology_->first_router_link[router + 1]; out++)
                if (may_go(*tree, in, out) && !done[out])
                    open.push({length + (rng_ ? 1 + rng_below(rng_, 5) : 1), out, in});
        };
        for (uint32_t r = 0; r < topology_->n_routers; r++)
            if (tree->has[r])
                leave(r, tree->link_in[r], 0);
        while (!open.empty()) {
            const auto [length, link, in] = open.top();
            open.pop();
            if (done[link])
                continue;
            done[link] = true;
            before[link] = in;
            if (topology_->router_link[link].to == to)
                return take_way(tree, link, before);
            leave(topology_->router_link[link].to, link, length);
        }
        return false;
    }

    // The way back to the tree; false if it comes to a router twice.
    bool take_way(Tree *tree, uint32_t link, const std::vector<uint32_t> &before) const
    {
        std::vector<uint32_t> way;
        std::vector<bool> on_way(topology_->n_routers, false);
        for (; link != UINT32_MAX && !tree->has[topology_->router_link[link].to];
             link = before[link]) {
            const uint32_t at = topology_->router_link[link].to;
            if (on_way[at])
                return false;
            on_way[at] = true;
            way.push_back(link);
        }
        for (const uint32_t taken : way) {
            tree->has[topology_->router_link[taken].to] = true;
            tree->link_in[topology_->router_link[taken].to] = taken;
        }
        return true;
    }

    Tree grow(uint32_t root, std::vector<uint32_t> routers)
    {
        for (uint32_t tries = 0; tries < 200; tries++) {
            Tree tree{root, std::vector<bool>(topology_->n_routers, false),
                      std::vector<uint32_t>(topology_->n_routers, UINT32_MAX)};
            tree.has[root] = true;
            bool whole = true;
            for (const uint32_t to : routers)
                if (!tree.has[to])
                    whole = whole && grow_to(&tree, to);
            if (whole)
                return tree;
            if (!routers.empty()) // another order of destinations
                std::rotate(routers.begin(), routers.begin() + 1, routers.end());
        }
        CHECK(!"the routers of a key cannot be reached by one tree");
        return {};
    }

    bool grow_to(Tree *tree, uint32_t to)
    {
        const auto way = forced.find({tree->root, to});
        if (way != forced.end()) {
            for (const uint32_t link : way->second) {
                tree->has[topology_->router_link[link].to] = true;
                tree->link_in[topology_->router_link[link].to] = link;
            }
            return true;
        }
        if (!is_plain_mesh())
            return grow_shortest(tree, to);
        grow_xy(tree, to);
        return true;
    }

    // All entries of the one table that match some of the keys, with the tree of them all.
    void route_sender(const RouterTable &logical, uint32_t root, const std::vector<Keys> &keys)
    {
        std::vector<RouteEntry> entries;
        std::vector<uint32_t> routers;
        for (uint32_t e = 0; e < logical.n_entries; e++) {
            const RouteEntry &entry = logical.entry[e];
            const auto sends = [&entry](const Keys &range) {
                return entry.key - range.first < range.n || range.first - entry.key <= ~entry.mask;
            };
            if (std::none_of(keys.begin(), keys.end(), sends))
                continue;
            entries.push_back(entry);
            for (uint32_t i = 0; i < entry.n_cores; i++)
                routers.push_back(topology_router_of_core(topology_, entry.core[i]));
            if (entry.to_host)
                routers.push_back(topology_->host_router);
        }
        std::sort(routers.begin(), routers.end());
        routers.erase(std::unique(routers.begin(), routers.end()), routers.end());
        const Tree tree = grow(root, routers);
        for (const RouteEntry &entry : entries)
            add_entries(tree, entry);
    }

    void add_entries(const Tree &tree, const RouteEntry &entry)
    {
        std::vector<std::vector<uint32_t>> cores(topology_->n_routers), links(topology_->n_routers);
        std::vector<bool> used(topology_->n_routers, false);
        const auto use = [&](uint32_t router) {
            for (uint32_t at = router; !used[at];
                 at = topology_->router_link[tree.link_in[at]].from) {
                used[at] = true;
                if (at == tree.root)
                    break;
                links[topology_->router_link[tree.link_in[at]].from].push_back(tree.link_in[at]);
            }
        };
        use(tree.root);
        for (uint32_t i = 0; i < entry.n_cores; i++) {
            const uint32_t router = topology_router_of_core(topology_, entry.core[i]);
            cores[router].push_back(entry.core[i]);
            use(router);
        }
        if (entry.to_host)
            use(topology_->host_router);
        for (uint32_t r = 0; r < topology_->n_routers; r++) {
            if (!used[r])
                continue;
            std::sort(links[r].begin(), links[r].end());
            RouteEntry here = {entry.key,
                               entry.mask,
                               static_cast<uint32_t>(cores[r].size()),
                               copy(cores[r]),
                               static_cast<uint32_t>(links[r].size()),
                               copy(links[r]),
                               entry.to_host && r == topology_->host_router ? 1U : 0U};
            if (!(use_default_routes && goes_straight_on(tree.link_in[r], here)))
                tables_[r].push_back(here);
        }
    }

    bool goes_straight_on(uint32_t link_in, const RouteEntry &entry) const
    {
        return link_in != UINT32_MAX && entry.n_cores == 0 && !entry.to_host &&
               entry.n_links == 1 && topology_default_link(topology_, link_in) == entry.link[0];
    }
};

#endif
