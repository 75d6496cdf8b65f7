// program_walk.c: packets followed through tables cube by cube, against following every key by itself.
#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "arch/topology.h"
#include "base/rng.h"
#include "chip_fixture.h"

extern "C" {
#include "program_private.h"
}

namespace
{

struct Entry {
    uint32_t key, mask;
    std::vector<uint32_t> core, link;
    uint32_t to_host;
};

struct Block {
    uint32_t key, n_keys, router;
    std::set<uint32_t> slots; // cores that need it
    bool to_host, follows_marker;
};

struct WalkTest : ChipTest {
    Chip chip{};
    const Topology *topology = nullptr;
    std::vector<CoreProgram> cores;
    std::vector<std::vector<Entry>> tables;
    std::vector<std::vector<RouteEntry>> views;
    std::vector<RouterTable> table;
    Program program{};
    RouteWalk *walk = nullptr;
    std::map<std::string, const Chip *> loaded;

    void use_chip(const std::string &name, bool default_route = false)
    {
        if (loaded[name] == nullptr)
            loaded[name] = load(name);
        chip = *loaded[name];
        chip.fabric.default_route = default_route;
        ASSERT_EQ(topology_build(arena, &chip, &topology, &err), STATUS_OK);
        tables.assign(topology->n_routers, {});
    }
    void use_cores(const std::vector<uint32_t> &ids)
    {
        cores.clear();
        for (uint32_t id : ids) {
            CoreProgram core = {};
            core.core = id;
            cores.push_back(core);
        }
    }
    // Views of the tables as they are now; n_ascending as it should be, or 0.
    void start(bool count_ascending = true)
    {
        views.assign(tables.size(), {});
        table.assign(tables.size(), {});
        for (size_t r = 0; r < tables.size(); r++) {
            for (const Entry &e : tables[r])
                views[r].push_back({e.key, e.mask, static_cast<uint32_t>(e.core.size()),
                                    e.core.data(), static_cast<uint32_t>(e.link.size()),
                                    e.link.data(), e.to_host});
            table[r] = {static_cast<uint32_t>(views[r].size()), views[r].data(), 0};
            if (count_ascending)
                table[r].n_ascending = table_count_ascending(&table[r]);
        }
        program = {};
        program.n_cores = static_cast<uint32_t>(cores.size());
        program.core = cores.data();
        program.n_tables = static_cast<uint32_t>(table.size());
        program.table = table.data();
        walk = route_walk_new(arena, &program, topology, "test", &err);
    }
    Status walk_block(const Block &block)
    {
        const std::vector<uint32_t> slots(block.slots.begin(), block.slots.end());
        const KeyTree tree = {
            block.router, block.key,     block.n_keys,        static_cast<uint32_t>(slots.size()),
            slots.data(), block.to_host, block.follows_marker};
        return route_walk_tree(walk, &tree);
    }
    // Follows one key as a router would, one packet after the other. came_by: the link by which each router was
    // reached. False if anything is wrong.
    bool follow(uint32_t key, const Block &block, std::map<uint32_t, uint32_t> &came_by) const
    {
        std::vector<std::pair<uint32_t, uint32_t>> packets{{block.router, PROGRAM_NONE}};
        std::multiset<uint32_t> got;
        uint32_t host = 0;
        while (!packets.empty()) {
            const auto [router, in] = packets.back();
            packets.pop_back();
            if (!came_by.emplace(router, in).second)
                return false;
            const RouteEntry *entry = nullptr;
            for (const RouteEntry &e : views[router])
                if (entry == nullptr && (key & e.mask) == e.key)
                    entry = &e;
            std::vector<uint32_t> out;
            if (entry != nullptr) {
                got.insert(entry->core, entry->core + entry->n_cores);
                host += entry->to_host;
                out.assign(entry->link, entry->link + entry->n_links);
            } else if (in != PROGRAM_NONE && chip.fabric.default_route) {
                out = {topology_default_link(topology, in)};
                if (out[0] == UINT32_MAX)
                    return false;
            } else {
                return false;
            }
            for (uint32_t link : out) {
                if (in != PROGRAM_NONE && !topology_turn_allowed(topology, in, link))
                    return false;
                packets.emplace_back(topology->router_link[link].to, link);
            }
        }
        std::multiset<uint32_t> needed;
        for (uint32_t slot : block.slots)
            needed.insert(cores[slot].core);
        return got == needed && host == (block.to_host ? 1 : 0);
    }
    bool follow_all(const Block &marker, const Block &events) const
    {
        std::map<uint32_t, uint32_t> marker_came;
        if (!follow(marker.key, marker, marker_came))
            return false;
        for (uint32_t key = events.key; key < events.key + events.n_keys; key++) {
            std::map<uint32_t, uint32_t> came;
            if (!follow(key, events, came))
                return false;
            for (const auto &[router, in] : came)
                if (marker_came.count(router) == 0 || marker_came[router] != in)
                    return false;
        }
        return true;
    }
    // A tree from the router to those of the routers that allowed turns reach without crossing it: the link by which
    // each router is entered.
    std::map<uint32_t, uint32_t> grow_tree(uint32_t root, const std::set<uint32_t> &targets) const
    {
        std::map<uint32_t, uint32_t> tree{{root, PROGRAM_NONE}};
        for (uint32_t target : targets) {
            std::map<uint32_t, uint32_t> in = tree, from;
            std::vector<uint32_t> queue;
            for (const auto &[router, link] : tree)
                queue.push_back(router);
            for (size_t at = 0; at < queue.size(); at++)
                for (uint32_t l = topology->first_router_link[queue[at]];
                     l < topology->first_router_link[queue[at] + 1]; l++) {
                    const uint32_t came = in[queue[at]], to = topology->router_link[l].to;
                    if ((came == PROGRAM_NONE || topology_turn_allowed(topology, came, l)) &&
                        in.emplace(to, l).second)
                        queue.push_back(to);
                }
            for (uint32_t at = target; in.count(at) != 0 && tree.emplace(at, in[at]).second;)
                at = topology->router_link[in[at]].from;
        }
        return tree;
    }
    // Entries of a block along a tree to its cores: branches that lead to none are left out.
    void lay(const Block &block, uint32_t mask, const std::map<uint32_t, uint32_t> &tree)
    {
        std::map<uint32_t, Entry> entries;
        auto use = [&](uint32_t router) -> Entry & {
            for (uint32_t at = router; entries.count(at) == 0;) {
                entries[at] = {block.key, mask, {}, {}, 0};
                if (tree.at(at) == PROGRAM_NONE)
                    break;
                at = topology->router_link[tree.at(at)].from;
            }
            return entries[router];
        };
        use(block.router);
        for (uint32_t slot : block.slots)
            use(topology_router_of_core(topology, cores[slot].core))
                .core.push_back(cores[slot].core);
        if (block.to_host)
            use(topology->host_router).to_host = 1;
        for (const auto &[router, entry] : entries)
            if (tree.at(router) != PROGRAM_NONE)
                entries[topology->router_link[tree.at(router)].from].link.push_back(
                    tree.at(router));
        for (auto &[router, entry] : entries) {
            std::sort(entry.link.begin(), entry.link.end());
            const uint32_t in = tree.at(router);
            const bool straight = in != PROGRAM_NONE && entry.core.empty() && entry.to_host == 0 &&
                                  entry.link.size() == 1 &&
                                  entry.link[0] == topology_default_link(topology, in);
            if (!chip.fabric.default_route || !straight)
                tables[router].push_back(entry);
        }
    }
    // Some change to some entry; it may be harmless.
    void damage(Rng &rng)
    {
        std::vector<Entry> *at;
        do
            at = &tables[rng_below(&rng, tables.size())];
        while (at->empty());
        const uint64_t i = rng_below(&rng, at->size());
        Entry &entry = (*at)[i];
        const auto router = static_cast<uint32_t>(at - tables.data());
        const uint32_t first = topology->first_router_link[router];
        const uint32_t n_links = topology->first_router_link[router + 1] - first;
        const auto link = static_cast<uint32_t>(first + rng_below(&rng, n_links));
        switch (rng_below(&rng, 8)) {
        case 0: // other mask
            entry.mask ^= 1u << rng_below(&rng, 7);
            entry.key &= entry.mask;
            break;
        case 1: // other key
            entry.key ^= (1u << rng_below(&rng, 7)) & entry.mask;
            break;
        case 2: // a link more, or less
            if (std::count(entry.link.begin(), entry.link.end(), link) != 0)
                entry.link.erase(std::find(entry.link.begin(), entry.link.end(), link));
            else
                entry.link.push_back(link);
            std::sort(entry.link.begin(), entry.link.end());
            break;
        case 3:
            at->erase(at->begin() + static_cast<int64_t>(i));
            break;
        case 4: { // half of it stands twice
            Entry half = entry;
            half.mask |= 1u << rng_below(&rng, 7);
            at->insert(at->begin() + static_cast<int64_t>(rng_below(&rng, at->size() + 1)), half);
            break;
        }
        case 5:
            std::swap(entry, (*at)[rng_below(&rng, at->size())]);
            break;
        case 6:
            if (!entry.core.empty())
                entry.core.pop_back();
            break;
        default:
            if (router == topology->host_router)
                entry.to_host ^= 1;
        }
    }
    // One sender on a core in use: 1 to 16 event keys from `key` on, its marker behind the block.
    std::pair<Block, Block> random_sender(Rng &rng, uint32_t key)
    {
        const auto slot = rng_below(&rng, cores.size());
        Block marker = {key + 16,
                        1,
                        topology_router_of_core(topology, cores[slot].core),
                        {},
                        rng_below(&rng, 3) == 0,
                        false};
        std::set<uint32_t> targets;
        for (uint32_t s = 0; s < cores.size(); s++)
            if (rng_below(&rng, 3) == 0)
                marker.slots.insert(s);
        for (uint32_t s : marker.slots)
            targets.insert(topology_router_of_core(topology, cores[s].core));
        if (marker.to_host)
            targets.insert(topology->host_router);
        const auto tree = grow_tree(marker.router, targets);
        for (auto s = marker.slots.begin(); s != marker.slots.end();)
            s = tree.count(topology_router_of_core(topology, cores[*s].core)) == 0
                    ? marker.slots.erase(s)
                    : std::next(s);
        marker.to_host = marker.to_host && tree.count(topology->host_router) != 0;
        Block events = marker;
        events.key = key;
        events.n_keys = static_cast<uint32_t>(1 + rng_below(&rng, 16));
        events.follows_marker = true;
        for (auto s = events.slots.begin(); s != events.slots.end();)
            s = rng_below(&rng, 3) == 0 ? events.slots.erase(s) : std::next(s);
        lay(events, ~15u, tree);
        lay(marker, ~0u, tree);
        return {marker, events};
    }
};

TEST_F(WalkTest, CubesFindWhatEveryKeyByItselfFinds)
{
    Rng rng = rng_make(21, 0);
    int n_right = 0, n_wrong = 0;
    for (int round = 0; round < 800; round++) {
        const char *name = round % 2 == 0 ? "tiny-mesh" : "tiny-board";
        ASSERT_NO_FATAL_FAILURE(use_chip(name, round % 4 < 2));
        std::vector<uint32_t> ids;
        for (uint32_t core = 0; core < chip.n_cores; core++)
            if (rng_below(&rng, 3) == 0)
                ids.push_back(core);
        if (ids.empty())
            continue;
        use_cores(ids);
        std::vector<std::pair<Block, Block>> senders;
        for (uint32_t key = 0; key < 96; key += 32)
            senders.push_back(random_sender(rng, key));
        for (uint64_t n = rng_below(&rng, 4); n > 0; n--)
            damage(rng);
        start(rng_below(&rng, 2) == 0);
        ASSERT_EQ(route_walk_tables(walk), STATUS_OK) << err.message;
        for (const auto &[marker, events] : senders) {
            const bool right = walk_block(marker) == STATUS_OK && walk_block(events) == STATUS_OK;
            ASSERT_EQ(right, follow_all(marker, events)) << round << " " << err.message;
            (right ? n_right : n_wrong)++;
        }
    }
    EXPECT_GT(n_right, 700);
    EXPECT_GT(n_wrong, 300);
}

struct WalkError : WalkTest {
    Block marker{}, events{};
    uint32_t east = 0, north = 0;

    // tiny-mesh, three rows: core 0 sends to cores 2 (0,1) and 6 (1,0).
    void SetUp() override
    {
        use_chip("tiny-mesh");
        use_cores({0, 2, 6});
        marker = {16, 1, 0, {1, 2}, false, false};
        events = {0, 4, 0, {1}, false, true};
        east = topology_link_at(topology, 0, 0);
        north = topology_link_at(topology, 0, 1);
        tables[0] = {{0, ~3u, {}, {north}, 0}, {16, ~0u, {}, {east, north}, 0}};
        tables[1] = {{0, ~3u, {2}, {}, 0}, {16, ~0u, {2}, {}, 0}};
        tables[3] = {{16, ~0u, {6}, {}, 0}};
    }
    std::string found(const std::function<void(WalkError &)> &change)
    {
        change(*this);
        start();
        err = Err{};
        const bool wrong = route_walk_tables(walk) != STATUS_OK ||
                           walk_block(marker) != STATUS_OK || walk_block(events) != STATUS_OK ||
                           route_walk_unused(walk) != STATUS_OK;
        EXPECT_EQ(wrong, err.message[0] != '\0');
        tables.assign(topology->n_routers, {});
        SetUp();
        return err.message;
    }
};

TEST_F(WalkError, EachIsNamed)
{
    EXPECT_EQ(found([](WalkError &) {}), "");
    using T = WalkError;
    const std::pair<std::function<void(T &)>, const char *> rows[] = {
        {[](T &t) { t.tables[1][0].core = {6}; },
         "test: router 1: route of key 0 leads to core 6, which hangs on router 3"},
        {[](T &t) { t.tables[1][0].link = {t.east}; },
         "test: router 1: route of key 0 leads over link 0, which does not start there"},
        {[](T &t) { t.tables[1][0].link = {99}; },
         "leads over link 99, which does not start there"},
        {[](T &t) {
             t.tables[0][1].link = {t.north, t.east};
         },
         "link 0 follows 1; expected ascending links"},
        {[](T &t) { t.tables[1][0].to_host = 1; },
         "test: router 1: route of key 0 leads to the host, which hangs on router 0"},
        {[](T &t) { t.tables[0][0].to_host = 1; },
         "route of key 0 leads to the host; expected cores"},
        {[](T &t) { t.marker.to_host = true; }, "route of key 16 leaves out the host"},
        {[](T &t) { t.tables[1][0].mask = ~2u; },
         "test: router 1: key 1 has no route; expected one"},
        {[](T &t) { t.tables[3].clear(); }, "test: router 3: key 16 has no route; expected one"},
        {[](T &t) { t.tables[1][0].core = {3}; },
         "route of key 0 leads to core 3, which has no program"},
        {[](T &t) { t.events.slots = {}; },
         "route of key 0 leads to core 2, which does not need its packets"},
        {[](T &t) {
             t.events.slots = {1, 2};
         },
         "route of key 0 leaves out core 6"},
        {[](T &t) { t.tables[1][1].link = {topology_link_at(t.topology, 1, 3)}; },
         "takes a turn that is not allowed: packets could deadlock"},
        {[](T &t) { // (0,0) east, north, and around by north, east
             t.tables[1][1].link = {topology_link_at(t.topology, 1, 0)};
             t.tables[3][0].link = {topology_link_at(t.topology, 3, 1)};
             t.tables[4] = {{16, ~0u, {}, {}, 0}};
         },
         "test: router 4: key 16 comes here twice; expected a tree"},
        {[](T &t) { // events go to (0,1) by (1,0) and (1,1), the marker directly
             t.chip.fabric.default_route = false;
             t.tables[0][0].link = {t.east};
             t.tables[3].push_back({0, ~3u, {6}, {}, 0});
             t.events.slots = {2};
             t.marker.slots = {1};
             t.tables[0][1].link = {t.north};
             t.tables[1].erase(t.tables[1].begin());
             t.tables[3].erase(t.tables[3].begin());
         },
         "test: router 3: key 0 leaves the tree of its sender's marker, which could overtake it"},
        {[](T &t) { // a marker of two keys, by two ways to (1,1)
             t.use_cores({0, 2, 6, 8});
             t.marker = {16, 2, 0, {3}, false, false};
             t.tables.assign(t.topology->n_routers, {});
             t.tables[0] = {{16, ~0u, {}, {t.east}, 0}, {17, ~0u, {}, {t.north}, 0}};
             t.tables[3] = {{16, ~0u, {}, {topology_link_at(t.topology, 3, 1)}, 0}};
             t.tables[1] = {{17, ~0u, {}, {topology_link_at(t.topology, 1, 0)}, 0}};
             t.tables[4] = {{16, ~1u, {8}, {}, 0}};
         },
         "key 17 leaves the tree of its sender's marker, which could overtake it"},
        {[](T &t) {
             t.tables[7] = {{64, ~0u, {}, {}, 0}};
         },
         "route of key 64 matches no key that is sent"},
    };
    for (const auto &[change, message] : rows)
        EXPECT_NE(found(change).find(message), std::string::npos) << message << "\n" << err.message;
}

TEST_F(WalkError, DefaultRoutesEndAtTheBorder)
{
    ASSERT_NO_FATAL_FAILURE(use_chip("tiny-mesh", true));
    use_cores({0, 18});
    // (0,0) to (3,0): straight on through (1,0) and (2,0) without entries
    tables[0] = {{16, ~0u, {}, {topology_link_at(topology, 0, 0)}, 0}};
    tables[9] = {{16, ~0u, {18}, {}, 0}};
    marker = {16, 1, 0, {1}, false, false};
    start();
    EXPECT_EQ(walk_block(marker), STATUS_OK) << err.message;
    tables[9].clear();
    start();
    EXPECT_EQ(walk_block(marker), STATUS_INPUT);
    EXPECT_STREQ(err.message, "test: router 9: key 16 has no route, and no link leads straight on; "
                              "expected one of them");
}

TEST_F(WalkTest, AscendingEntriesAreCounted)
{
    ASSERT_NO_FATAL_FAILURE(use_chip("tiny-2x2"));
    use_cores({0});
    tables[0] = {{8, ~0u, {}, {}, 0}, {4, ~0u, {}, {}, 0}};
    start();
    table[0].n_ascending = 2;
    EXPECT_EQ(route_walk_tables(walk), STATUS_INPUT);
    EXPECT_STREQ(err.message, "test: router 0: the first 2 entries do not ascend or overlap");
}

} // namespace
