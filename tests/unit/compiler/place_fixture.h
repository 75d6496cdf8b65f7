// place_fixture.h - random nets and fabrics for tests of placement.
#ifndef TESTS_PLACE_FIXTURE_H
#define TESTS_PLACE_FIXTURE_H

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "place_cost.h"

class PlaceTest : public ::testing::Test
{
  protected:
    Arena *arena = arena_new();
    Err err{};
    Rng rng = rng_make(7, 0);

    ~PlaceTest() override
    {
        arena_free(arena);
    }

    uint32_t below(uint32_t n)
    {
        return static_cast<uint32_t>(rng_below(&rng, n));
    }

    // Every net with a random source (now and then the host) and up to most_targets slots.
    const PlaceNets *random_nets(uint32_t n_slots, uint32_t n_nets, uint32_t most_targets)
    {
        PlaceNet *net = ARENA_ARRAY(arena, PlaceNet, n_nets);
        for (uint32_t n = 0; n < n_nets; n++) {
            std::set<uint32_t> chosen;
            for (uint32_t i = below(most_targets + 1); i > 0; i--)
                chosen.insert(below(n_slots + 1));
            net[n] = {below(n_slots + 1), 0, nullptr, rng_uniform(&rng)};
            set_targets(&net[n], {chosen.rbegin(), chosen.rend()});
        }
        return place_nets_make(arena, n_slots, n_nets, net);
    }

    void set_targets(PlaceNet *net, const std::vector<uint32_t> &target)
    {
        net->target = copied(target);
        net->n_targets = static_cast<uint32_t>(target.size());
    }

    // Nets from lists: slot s sends net s at rate 1.
    const PlaceNets *nets_of(const std::vector<std::vector<uint32_t>> &target)
    {
        auto n = static_cast<uint32_t>(target.size());
        PlaceNet *net = ARENA_ARRAY(arena, PlaceNet, n);
        for (uint32_t s = 0; s < n; s++) {
            net[s] = {s, 0, nullptr, 1.0};
            set_targets(&net[s], target[s]);
        }
        return place_nets_make(arena, n, n, net);
    }

    // Communities of `size` slots whose members all reach one another, in shuffled order.
    const PlaceNets *communities(uint32_t n, uint32_t size)
    {
        std::vector<uint32_t> order(n);
        std::iota(order.begin(), order.end(), 0u);
        for (uint32_t i = n; i > 1; i--)
            std::swap(order[i - 1], order[below(i)]);
        std::vector<std::vector<uint32_t>> target(n);
        for (uint32_t s = 0; s < n; s++)
            for (uint32_t t = s / size * size; t < std::min(n, s / size * size + size); t++)
                target[order[s]].push_back(order[t]);
        return nets_of(target);
    }

    const PlaceFabric *grid(uint32_t width, uint32_t height, uint32_t n_sides = 4,
                            bool wrap = false, const PlaceGridCell *kind = nullptr,
                            uint32_t sites_per_tile = 4)
    {
        return place_fabric_grid(arena, {width, height, n_sides, sites_per_tile, wrap}, kind);
    }

    const PlaceFabric *chip_fabric(const char *name, const std::vector<uint32_t> &dead_core = {},
                                   const std::vector<DeadLink> &dead_link = {},
                                   const std::vector<ChipSetting> &setting = {})
    {
        const Chip *whole = nullptr;
        const Topology *topology = nullptr;
        std::string folder = std::string(EGRET_SOURCE_DIR) + "/arch/chips";
        EXPECT_EQ(chip_load(arena, name, folder.c_str(), setting.data(),
                            static_cast<uint32_t>(setting.size()), &whole, &err),
                  STATUS_OK)
            << err.message;
        Chip *chip = ARENA_ARRAY(arena, Chip, 1);
        *chip = *whole;
        chip->fabric.n_dead_cores = static_cast<uint32_t>(dead_core.size());
        chip->fabric.dead_core = copied(dead_core);
        chip->fabric.n_dead_links = static_cast<uint32_t>(dead_link.size());
        chip->fabric.dead_link = copied(dead_link);
        EXPECT_EQ(topology_build(arena, chip, &topology, &err), STATUS_OK) << err.message;
        return place_fabric_make(arena, chip, topology);
    }

    template <typename Item> const Item *copied(const std::vector<Item> &items)
    {
        Item *copy = ARENA_ARRAY(arena, Item, items.size());
        std::copy(items.begin(), items.end(), copy);
        return copy;
    }

    // A whole placement at random.
    std::vector<uint32_t> random_sites(const PlaceProblem &problem)
    {
        std::vector<uint32_t> site(problem.fabric->n_sites);
        std::iota(site.begin(), site.end(), 0u);
        for (auto i = static_cast<uint32_t>(site.size()); i > 1; i--)
            std::swap(site[i - 1], site[below(i)]);
        site.resize(problem.nets->n_slots);
        return site;
    }

    std::vector<uint32_t> place(const char *name, const PlaceProblem &problem)
    {
        const PlaceStrategy *strategy = nullptr;
        std::vector<uint32_t> site(problem.nets->n_slots, PLACE_NONE);
        for (uint32_t i = 0, n = place_strategies(&strategy); i < n; i++)
            if (std::string(strategy[i].name) == name) {
                Status status = strategy[i].run(arena, &problem, site.data(), &err);
                bool lacks = EGRET_HAS_SCOTCH == 0 && std::string(name) == "scotch";
                EXPECT_EQ(status, lacks ? STATUS_UNSUPPORTED : STATUS_OK)
                    << name << ": " << err.message;
                return status == STATUS_OK ? site : std::vector<uint32_t>{};
            }
        ADD_FAILURE() << "no strategy is called " << name;
        return {};
    }

    double score(const PlaceProblem &problem, const std::vector<uint32_t> &site)
    {
        PlaceCost cost = place_cost_full(arena, &problem, site.data());
        return place_score(&problem, &cost);
    }

    uint64_t hops(const PlaceProblem &problem, const std::vector<uint32_t> &site)
    {
        return place_cost_full(arena, &problem, site.data()).total_hops;
    }

    static std::vector<std::string> strategies()
    {
        const PlaceStrategy *strategy = nullptr;
        std::vector<std::string> names;
        for (uint32_t i = 0, n = place_strategies(&strategy); i < n; i++)
            names.emplace_back(strategy[i].name);
        return names;
    }
};

#endif
