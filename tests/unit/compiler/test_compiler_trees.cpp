// Multicast trees: rules, lower bounds, repairs, and what each strategy is for.
#include <functional>

#include "arch/chip.h"
#include "route_fixture.h"

namespace
{

struct NamedRun {
    const char *name;
    RouteRun run;
};
const NamedRun ALL[] = {
    {"xy", route_xy}, {"ldf", route_ldf}, {"ner", route_ner}, {"negotiated", route_negotiated}};

class Trees : public ::testing::Test
{
  protected:
    Arena *arena = arena_new();
    Err err{};
    std::vector<std::vector<uint32_t>> lists; // behind targets and more
    std::vector<Demand> demand;

    ~Trees() override
    {
        arena_free(arena);
    }
    void add(uint32_t root, std::vector<uint32_t> target, std::vector<uint32_t> more = {},
             uint64_t rate = ROUTE_RATE_ONE)
    {
        lists.reserve(100000);
        lists.push_back(std::move(target));
        lists.push_back(std::move(more));
        const auto &first = lists[lists.size() - 2], &second = lists.back();
        Demand d{};
        d.root = root;
        d.target = first.data();
        d.n_targets = static_cast<uint32_t>(first.size());
        d.more = second.data();
        d.n_more = static_cast<uint32_t>(second.size());
        d.rate = rate;
        d.more_rate = rate / 8;
        demand.push_back(d);
    }
    std::vector<Tree> route(const Topology &graph, RouteRun run, Status expected = STATUS_OK)
    {
        std::vector<Tree> tree(demand.size());
        RouteTask task{&graph, static_cast<uint32_t>(demand.size()), demand.data(), nullptr};
        EXPECT_EQ(run(arena, &task, tree.data(), &err), expected) << err.message;
        return tree;
    }
    // Random demands; each router is a target with the chance given.
    void draw(const Topology &graph, uint32_t n, double chance, uint64_t seed)
    {
        Rng rng = rng_make(seed, 0);
        for (uint32_t d = 0; d < n; d++) {
            auto root = static_cast<uint32_t>(rng_below(&rng, graph.n_routers));
            std::vector<uint32_t> target, more;
            for (uint32_t r = 0; r < graph.n_routers; r++) {
                double dice = rng_uniform(&rng);
                if (r != root && dice < chance)
                    target.push_back(r);
                else if (r != root && dice < 1.5 * chance)
                    more.push_back(r);
            }
            add(root, target, more, ROUTE_RATE_ONE * (1 + rng_below(&rng, 30)));
        }
    }
};

// Links of the smallest tree, whatever turns it takes, by dynamic programming over sets of targets
// (Dreyfus and Wagner 1971).
uint32_t steiner(const Topology &graph, const Demand &demand)
{
    uint32_t n = graph.n_routers, n_sets = 1u << demand.n_targets;
    std::vector<std::vector<uint32_t>> cost(n_sets, std::vector<uint32_t>(n, UINT32_MAX / 4));
    for (uint32_t set = 1; set < n_sets; set++) {
        for (uint32_t t = 0; t < demand.n_targets; t++)
            if (set == 1u << t)
                cost[set][demand.target[t]] = 0;
        for (uint32_t part = (set - 1) & set; part > 0; part = (part - 1) & set)
            for (uint32_t r = 0; r < n; r++)
                cost[set][r] = std::min(cost[set][r], cost[part][r] + cost[set ^ part][r]);
        for (bool better = true; better;) { // Bellman and Ford, against the links
            better = false;
            for (uint32_t l = 0; l < graph.n_router_links; l++) {
                uint32_t &at = cost[set][graph.router_link[l].from];
                uint32_t by = cost[set][graph.router_link[l].to] + 1;
                better = better || by < at;
                at = std::min(at, by);
            }
        }
    }
    return demand.n_targets == 0 ? 0 : cost[n_sets - 1][demand.root];
}

TEST_F(Trees, KeepTheRulesOnAnyGraph)
{
    struct {
        uint32_t width, height, sides;
        bool wrap;
    } grid[] = {{7, 6, 4, false}, {8, 6, 6, true}, {5, 5, 4, true}, {6, 4, 6, false}};
    for (const auto &g : grid) {
        RouteGraph graph(g.width, g.height, g.sides, g.wrap);
        for (double chance : {0.05, 0.3, 0.9}) {
            demand.clear();
            draw(graph.graph, 20, chance, 7);
            for (const NamedRun &strategy : ALL) {
                SCOPED_TRACE(strategy.name);
                loads_of(graph.graph, demand, route(graph.graph, strategy.run));
            }
        }
    }
}

TEST_F(Trees, AreTheSameEachTime)
{
    RouteGraph graph(8, 6, 6, true);
    draw(graph.graph, 30, 0.3, 3);
    for (const NamedRun &strategy : ALL) {
        std::vector<Tree> first = route(graph.graph, strategy.run);
        std::vector<Tree> again = route(graph.graph, strategy.run);
        for (size_t d = 0; d < demand.size(); d++)
            EXPECT_TRUE(std::equal(first[d].link, first[d].link + first[d].n_links, again[d].link,
                                   again[d].link + again[d].n_links));
    }
}

TEST_F(Trees, LeadAroundMissingRoutersAndLinks)
{
    RouteGraph graph(6, 6, 4, false, {{2, 2}, {2, 3}, {3, 2}}, {{0, 1}, {7, 13}});
    draw(graph.graph, 25, 0.4, 5);
    for (const NamedRun &strategy : ALL) {
        SCOPED_TRACE(strategy.name);
        std::vector<Tree> tree(demand.size());
        RouteTask task{&graph.graph, static_cast<uint32_t>(demand.size()), demand.data(), nullptr};
        Status status = strategy.run(arena, &task, tree.data(), &err);
        if (status == STATUS_OK)
            loads_of(graph.graph, demand, tree);
        else // turns of dimension order alone may not reach behind a hole
            EXPECT_NE(std::string(err.message).find("is kept out"), std::string::npos);
    }
}

TEST_F(Trees, ATargetThatNoLinkLeadsToIsNamed)
{
    RouteGraph graph(3, 1, 4, false, {}, {{1, 2}});
    add(0, {1, 2});
    for (const NamedRun &strategy : ALL) {
        route(graph.graph, strategy.run, STATUS_UNSUPPORTED);
        EXPECT_STREQ(err.message, "no tree of links and allowed turns leads from router 0 to all 2 "
                                  "routers that need its packets: router 2 is kept out");
        EXPECT_NE(err.hint[0], '\0');
    }
}

TEST_F(Trees, OfDimensionOrderTurnFromXToYOnly)
{
    RouteGraph graph(7, 6);
    draw(graph.graph, 20, 0.5, 11);
    for (const Tree &tree : route(graph.graph, route_xy)) {
        std::vector<uint32_t> in(graph.graph.n_routers, UINT32_MAX);
        for (uint32_t i = 0; i < tree.n_links; i++) {
            const RouterLink &link = graph.graph.router_link[tree.link[i]];
            if (in[link.from] != UINT32_MAX && in[link.from] % 2 == 1) {
                EXPECT_EQ(link.side, in[link.from]);
            }
            in[link.to] = link.side;
        }
    }
}

TEST_F(Trees, ReachOverTheWrapWhereThatIsShorter)
{
    RouteGraph graph(8, 1, 4, true);
    add(0, {7});
    for (const NamedRun &strategy : ALL)
        EXPECT_EQ(route(graph.graph, strategy.run)[0].n_links, 1u) << strategy.name;
}

TEST_F(Trees, AlongTheDiagonalTakeBothStepsAtOnce)
{
    RouteGraph graph(6, 6, 6);
    AxisSteps steps = route_axis_steps(&graph.graph, graph.at(0, 1), graph.at(3, 5));
    EXPECT_EQ(steps.n[0], 0);
    EXPECT_EQ(steps.n[1], 3);
    EXPECT_EQ(steps.n[2], 1);
    EXPECT_EQ(route_distance(&graph.graph, graph.at(0, 1), graph.at(3, 0)), 4u);
    RouteGraph torus(8, 6, 6, true);
    EXPECT_EQ(route_distance(&torus.graph, torus.at(0, 0), torus.at(7, 5)), 1u);
    EXPECT_EQ(route_distance(&torus.graph, torus.at(0, 0), torus.at(4, 3)), 4u);
}

TEST_F(Trees, ComeFirstToTargetsThenToTheRest)
{
    RouteGraph graph(5, 5);
    add(12, {13, 17}, {0, 24});
    for (const NamedRun &strategy : ALL) {
        Tree tree = route(graph.graph, strategy.run)[0];
        EXPECT_EQ(tree.n_first, 2u) << strategy.name;
        EXPECT_GT(tree.n_links, 2u);
    }
}

TEST_F(Trees, BoundIsNeverAboveTheSmallestTreeNorBelowTheTargets)
{
    uint32_t n_tight = 0, n = 0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        RouteGraph graph(static_cast<uint32_t>(4 + seed % 3), 4, seed % 2 == 0 ? 4 : 6,
                         seed % 5 == 0);
        demand.clear();
        Rng rng = rng_make(seed, 1);
        std::set<uint32_t> target;
        while (target.size() < 1 + seed % 5)
            target.insert(static_cast<uint32_t>(1 + rng_below(&rng, graph.graph.n_routers - 1)));
        add(0, {target.begin(), target.end()});
        BoundSearch *search = bound_search_new(arena, &graph.graph);
        uint32_t bound = route_bound(search, &demand[0]), least = steiner(graph.graph, demand[0]);
        EXPECT_LE(bound, least);
        EXPECT_GE(bound, target.size());
        EXPECT_EQ(route_bound(search, &demand[0]), bound) << "a search can be used again";
        n_tight += bound == least;
        n++;
        for (const NamedRun &strategy : ALL)
            EXPECT_GE(route(graph.graph, strategy.run)[0].n_links, least);
    }
    EXPECT_GE(n_tight * 10, n * 7) << "as a rule the bound is the length of the smallest tree";
}

// Routers of SpiNNaker2's quads, four of which have none, in snake order by rows or columns.
std::vector<uint32_t> snake(const Topology &graph, bool by_rows)
{
    std::vector<uint32_t> tile;
    const uint32_t n_lines = by_rows ? 6 : 7, n_in_line = by_rows ? 7 : 6;
    for (uint32_t line = 0; line < n_lines; line++)
        for (uint32_t i = 0; i < n_in_line; i++) {
            const uint32_t along = line % 2 == 0 ? i : n_in_line - 1 - i;
            const uint32_t x = by_rows ? along : line, y = by_rows ? line : along;
            for (uint32_t r = 0; r < graph.n_routers; r++)
                if (graph.router_cell[r].x == x && graph.router_cell[r].y == y &&
                    ((x != 3 && x != 6) || (y != 2 && y != 3)))
                    tile.push_back(r);
        }
    return tile;
}

// The published EGRU (1350, 1350, 750 units, 50 cores each, 4 a tile) on these tiles; every unit
// fires once.
// Which slices reach which cores is drawn by density: 1-(1-d)^(3 * 27 * 27) is one for all of
// them, so densities are those of single units.
void draw_egru(const std::vector<uint32_t> &tile, double density, bool by_unit,
               const std::function<void(uint32_t, std::vector<uint32_t>, uint64_t)> &add)
{
    const uint32_t units[] = {27, 27, 15};
    Rng rng = rng_make(1, 0);
    for (uint32_t slice = 0; slice < 150; slice++) {
        uint32_t l = slice / 50, n_senders = by_unit ? units[l] : 1, n = by_unit ? 1 : units[l];
        for (uint32_t s = 0; s < n_senders; s++) {
            std::set<uint32_t> target;
            for (uint32_t core = 50 * l; core < std::min(50 * l + 100, 150u); core++) {
                double none = 1.0;
                for (uint32_t draws = 0; draws < 3 * n * units[core / 50]; draws++)
                    none *= 1.0 - density;
                if (rng_uniform(&rng) >= none)
                    target.insert(tile[core / 4]);
            }
            target.erase(tile[slice / 4]);
            add(tile[slice / 4], {target.begin(), target.end()}, uint64_t{ROUTE_RATE_ONE} * n);
        }
    }
}

TEST_F(Trees, NegotiatedLeaveNoLinkWithMoreThanTwoFifthsOfAllEvents)
{
    RouteGraph grid(7, 6);
    for (bool by_unit : {false, true}) {
        for (double density : {0.05, 0.01, 0.002}) {
            demand.clear();
            lists.clear();
            draw_egru(snake(grid.graph, false), density, by_unit,
                      [this](uint32_t root, std::vector<uint32_t> target, uint64_t rate) {
                          add(root, std::move(target), {}, rate);
                      });
            BoundSearch *search = bound_search_new(arena, &grid.graph);
            uint64_t bound = 0;
            for (const Demand &d : demand)
                bound += route_bound(search, &d) * d.rate;
            TreeLoads xy = loads_of(grid.graph, demand, route(grid.graph, route_xy));
            TreeLoads best = loads_of(grid.graph, demand, route(grid.graph, route_negotiated));
            SCOPED_TRACE(density);
            EXPECT_LE(best.busiest * 100, best.sent * 40);
            EXPECT_LE(best.busiest, xy.busiest);
            // Keys lead to all that a slice's units reach; ways of single units are sparser.
            EXPECT_LE(best.total * 100, bound * (by_unit ? 112 : 110));
            EXPECT_LE(best.total, xy.total);
        }
    }
}

// The shipped chip, events of the units only: what the turns allow decides the busiest link. Each
// odd-even model spreads orders along its lines; x-first serves columns and fails rows.
TEST_F(Trees, QuadMeshSpreadsTheEgruInRowOrder)
{
    const struct {
        const char *turns;
        bool by_rows;
        uint32_t busiest_percent, total_percent; // of all events, of the bound
        bool holds;
    } row[] = {{nullptr, true, 40, 110, true},
               {"odd-even-columns", false, 40, 110, true},
               {"x-first", false, 40, 110, true},
               {"x-first", true, 70, 110, false}};
    for (const auto &r : row) {
        SCOPED_TRACE(r.turns == nullptr ? "shipped" : r.turns);
        const ChipSetting setting = {"fabric.turns", r.turns};
        const Chip *chip = nullptr;
        const Topology *graph = nullptr;
        ASSERT_EQ(chip_load(arena, "quad-mesh", EGRET_SOURCE_DIR "/arch/chips", &setting,
                            r.turns == nullptr ? 0 : 1, &chip, &err),
                  STATUS_OK)
            << err.message;
        ASSERT_EQ(topology_build(arena, chip, &graph, &err), STATUS_OK) << err.message;
        for (double density : {0.05, 0.002}) {
            demand.clear();
            lists.clear();
            draw_egru(snake(*graph, r.by_rows), density, false,
                      [this](uint32_t root, std::vector<uint32_t> target, uint64_t rate) {
                          add(root, std::move(target), {}, rate);
                      });
            BoundSearch *search = bound_search_new(arena, graph);
            uint64_t bound = 0;
            for (const Demand &d : demand)
                bound += route_bound(search, &d) * d.rate;
            const TreeLoads best = loads_of(*graph, demand, route(*graph, route_negotiated));
            EXPECT_EQ(best.busiest * 100 <= best.sent * r.busiest_percent, r.holds);
            EXPECT_LE(best.total * 100, bound * r.total_percent);
        }
    }
}

// Where targets are many or few, from every router: no strategy gets stuck in the turns.
TEST_F(Trees, KeepTheRulesOnOddEvenMeshes)
{
    for (const char *turns : {"odd-even-rows", "odd-even-columns"}) {
        const ChipSetting setting = {"fabric.turns", turns};
        const Chip *chip = nullptr;
        const Topology *graph = nullptr;
        ASSERT_EQ(
            chip_load(arena, "quad-mesh", EGRET_SOURCE_DIR "/arch/chips", &setting, 1, &chip, &err),
            STATUS_OK)
            << err.message;
        ASSERT_EQ(topology_build(arena, chip, &graph, &err), STATUS_OK) << err.message;
        for (double chance : {0.05, 0.3, 0.9, 1.0}) {
            demand.clear();
            lists.clear();
            draw(*graph, 150, chance, 11);
            for (const NamedRun &strategy : ALL) {
                SCOPED_TRACE(strategy.name);
                loads_of(*graph, demand, route(*graph, strategy.run));
            }
        }
    }
}

TEST_F(Trees, StrategiesAreFoundByNameAndOthersRefused)
{
    EXPECT_EQ(route_strategy(nullptr, &err), route_negotiated);
    EXPECT_EQ(route_strategy("xy", &err), route_xy);
    EXPECT_EQ(route_strategy("yx", &err), nullptr);
    EXPECT_STREQ(err.message, "no routing strategy is called 'yx'; there are: negotiated, ner, "
                              "ldf, xy");
}

} // namespace
