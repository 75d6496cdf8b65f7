// Split strategies: what they deal, what they keep to, and what clustering saves.
#include <cstdio>
#include <fstream>
#include <sstream>

#include "compiler_fixture.h"
#include "hypergraph.h"

class SplitTest : public CompilerTest
{
  protected:
    const Network *structured(uint32_t n_units, uint32_t n_communities)
    {
        uint32_t size[] = {n_units, n_units};
        GenerateOptions generate{};
        generate.name = "structured";
        generate.cell = "egru";
        generate.n_sizes = 2;
        generate.size = size;
        generate.fan_in = 12;
        generate.structure = STRUCTURE_COMMUNITIES;
        generate.n_communities = n_communities;
        generate.inside = 0.95;
        generate.threshold_mean = 0.5;
        generate.gain = 1.0;
        generate.seed = 1;
        const Network *network = nullptr;
        EXPECT_EQ(network_generate(arena, &generate, &network, &err), STATUS_OK) << err.message;
        return network;
    }

    // A Mapping with cores counted, ready for a rule.
    Mapping *counted(const Network *network, uint32_t n_cores)
    {
        set_counts(std::vector<uint32_t>(network->n_layers, n_cores));
        return map_until(network, 'c');
    }

    static double max_by_mean(const Hypergraph *graph, const uint32_t *part, uint32_t n_parts)
    {
        std::vector<double> work(n_parts);
        double sum = 0.0;
        for (uint32_t v = 0; v < graph->n_vertices; v++) {
            work[part[v]] += graph->work[v];
            sum += graph->work[v];
        }
        return *std::max_element(work.begin(), work.end()) * n_parts / sum;
    }

    // Deliveries by definition: for every source and part, is there a weight between them?
    static double deliveries(const Mapping *mapping, uint32_t l, const uint32_t *part,
                             uint32_t n_parts)
    {
        const Layer *layer = &mapping->network->layer[l];
        double sum = 0.0;
        auto add = [&](const SparseRows &m, const double *rate) {
            for (uint32_t s = 0; s < m.n_rows; s++) {
                std::vector<bool> has(n_parts);
                for (uint64_t i = m.row_start[s]; i < m.row_start[s + 1]; i++)
                    has[part[m.col[i] % layer->n_units]] = true;
                sum += rate[s] * static_cast<double>(std::count(has.begin(), has.end(), true));
            }
        };
        add(layer->input, l == 0 ? mapping->rates->input : mapping->rates->layer[l - 1]);
        add(layer->recurrent, mapping->rates->layer[l]);
        return sum;
    }
};

TEST_F(SplitTest, EveryStrategyKeepsEveryWeight)
{
    const Network *network = generate({12, 40, 30, 9}, 0.3);
    for (const char *name : {"auto", "equal", "balanced", "shared", "streaming", "cluster"}) {
        options.split = name;
        ASSERT_EQ(run(network), STATUS_OK) << name << ": " << err.message;
        EXPECT_GE(summary->n_cores, 3u) << name;
    }
    options.split = "spiral";
    EXPECT_EQ(run(network), STATUS_USAGE);
    EXPECT_STREQ(err.message, "no split strategy is called 'spiral'; there are: auto, equal, "
                              "balanced, shared, streaming, cluster");
}

TEST_F(SplitTest, BalancedWorkIsEvenWhereUnitsAreNot)
{
    // unit u has u + 1 weights of the 60 sources
    const Network *network =
        build({60, 60}, [](uint32_t, bool recurrent, uint32_t s, uint32_t g, uint32_t u) {
            return !recurrent && g == 0 && s <= u ? 1.0f : 0.0f;
        });
    Mapping *mapping = counted(network, 8);
    const Hypergraph *graph = hypergraph_of_layer(arena, mapping, 0);
    std::vector<uint32_t> part(60), equal(60);
    ASSERT_EQ(parts_balanced(arena, mapping, 0, part.data(), &err), STATUS_OK);
    for (uint32_t u = 0; u < 60; u++)
        equal[u] = even_slice_at(60, 8, u);
    EXPECT_LT(max_by_mean(graph, part.data(), 8), 1.02);
    EXPECT_GT(max_by_mean(graph, equal.data(), 8), 1.3);
}

TEST_F(SplitTest, BalancedKeepsToTheMemoryOfACore)
{
    // work is the same for all units, but the first half has ten times the weights (never used)
    const Network *network =
        build({30, 40}, [](uint32_t, bool recurrent, uint32_t s, uint32_t, uint32_t u) {
            return !recurrent && (s < 3 || (u < 20 && s >= 3)) ? 1.0f : 0.0f;
        });
    std::vector<double> input(30, 0.0), own(40, 0.1);
    const double *layer[] = {own.data()};
    UnitRates rates = {input.data(), layer};
    options.rates = &rates;
    options.format = FORMAT_SOURCE;
    options.split = "balanced";
    TestChip::set(chip.core.data_bytes, 5700);
    set_counts({4});
    ASSERT_EQ(run(network), STATUS_OK) << err.message;
    EXPECT_LE(summary->busiest_data_bytes, 5700u);
    options.split = "equal";
    EXPECT_EQ(run(network), STATUS_NO_FIT);
}

TEST_F(SplitTest, DeliveriesAndGainsAreThoseOfTheDefinition)
{
    const Network *network = generate({20, 30}, 0.1, PICK_BERNOULLI, 3);
    Mapping *mapping = counted(network, 6);
    const Hypergraph *graph = hypergraph_of_layer(arena, mapping, 0);
    std::vector<uint32_t> part(30);
    for (uint32_t u = 0; u < 30; u++)
        part[u] = u * 7 % 6;
    double before = deliveries(mapping, 0, part.data(), 6);
    EXPECT_NEAR(hypergraph_deliveries(arena, graph, part.data(), 6), before, 1e-9);
    PinCounts pins = pins_new(arena, graph, 6, part.data());
    for (uint32_t v = 0; v < 30; v++)
        for (uint32_t to = 0; to < 6; to++) {
            if (to == part[v])
                continue;
            uint32_t from = part[v];
            double gain = pins_gain(&pins, v, to);
            pins_move(&pins, v, to);
            double after = deliveries(mapping, 0, part.data(), 6);
            EXPECT_NEAR(before - after, gain, 1e-9) << v << " to " << to;
            pins_move(&pins, v, from);
        }
    EXPECT_NEAR(deliveries(mapping, 0, part.data(), 6), before, 1e-9);
}

TEST_F(SplitTest, TheBestPartIsTheOneOfTheLargestGain)
{
    const Network *network = generate({20, 30}, 0.1, PICK_BERNOULLI, 5);
    Mapping *mapping = counted(network, 6);
    const Hypergraph *graph = hypergraph_of_layer(arena, mapping, 0);
    std::vector<uint32_t> part(30);
    for (uint32_t u = 0; u < 30; u++)
        part[u] = u % 6;
    PinCounts pins = pins_new(arena, graph, 6, part.data());
    PartLimits none = {UINT64_MAX / 2, 1e300};
    for (uint32_t v = 0; v < 30; v++) {
        double gain, best = -1e300;
        uint32_t found = pins_find_part(&pins, v, &none, true, &gain);
        for (uint32_t to = 0; to < 6; to++)
            if (to != part[v])
                best = std::max(best, pins_gain(&pins, v, to));
        ASSERT_NE(found, UINT32_MAX);
        EXPECT_NEAR(gain, best, 1e-6);
        EXPECT_NEAR(pins_gain(&pins, v, found), best, 1e-6);
    }
}

TEST_F(SplitTest, RefinementNeverAddsDeliveriesAndKeepsToTheLimits)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        const Network *network = generate({60, 90}, 0.05, PICK_BERNOULLI, seed);
        Mapping *mapping = counted(network, 10);
        const Hypergraph *graph = hypergraph_of_layer(arena, mapping, 0);
        std::vector<uint32_t> part(90);
        for (uint32_t u = 0; u < 90; u++)
            part[u] = u % 10;
        double before = hypergraph_deliveries(arena, graph, part.data(), 10);
        PinCounts pins = pins_new(arena, graph, 10, part.data());
        PartLimits limits = part_limits(mapping, graph, 0);
        double work = std::max(limits.work, *std::max_element(pins.work, pins.work + 10));
        pins_refine(arena, &pins, &limits);
        EXPECT_LT(hypergraph_deliveries(arena, graph, part.data(), 10), before);
        for (uint32_t p = 0; p < 10; p++) {
            EXPECT_LE(pins.work[p], work + 1e-6);
            EXPECT_LE(pins.bytes[p], limits.bytes);
        }
    }
}

TEST_F(SplitTest, ClustersHaveAThirdOfThePairsOfSlicesAndNoMoreThanMetis)
{
    const uint32_t sizes[][2] = {{512, 16}, {1024, 32}, {2048, 64}};
    chip.grid.usable_cores = 16;
    for (const auto &size : sizes) {
        const Network *network = structured(size[0], size[1]);
        Mapping *mapping = counted(network, 4);
        mapping->core_count[0] = mapping->group_slots[0] = size[1]; // more than this chip has
        const Hypergraph *graph = hypergraph_of_layer(arena, mapping, 0);
        std::vector<uint32_t> slices(size[0]), metis(size[0]), cluster(size[0]);
        for (uint32_t u = 0; u < size[0]; u++)
            slices[u] = even_slice_at(size[0], size[1], u);
        ASSERT_TRUE(parts_metis(arena, graph, size[1], metis.data()));
        ASSERT_EQ(parts_cluster(arena, mapping, 0, cluster.data(), &err), STATUS_OK);
        auto pairs = [&](const std::vector<uint32_t> &part) {
            return hypergraph_pairs(arena, graph, part.data(), size[1]);
        };
        EXPECT_GE(pairs(slices), 3 * pairs(cluster)) << size[0];
        EXPECT_LE(pairs(cluster), pairs(metis)) << size[0];
    }
}

TEST_F(SplitTest, StructureIsSeenWhereItIs)
{
    const Network *random = generate({300, 300}, 0.03, PICK_EXACT);
    Mapping *mapping = counted(random, 8);
    EXPECT_LT(hypergraph_structure(hypergraph_of_layer(arena, mapping, 0)), 1.3);
    mapping = counted(structured(256, 8), 8);
    EXPECT_GT(hypergraph_structure(hypergraph_of_layer(arena, mapping, 0)), 3.0);
}

TEST_F(SplitTest, AutoClustersWhatHasStructure)
{
    // 16 communities of 8 units that only feed themselves, ids dealt round
    const Network *network =
        build({2, 128}, [](uint32_t, bool recurrent, uint32_t s, uint32_t, uint32_t u) {
            return recurrent && s % 16 == u % 16 ? 1.0f : 0.0f;
        });
    set_counts({16});
    options.split = "auto";
    Mapping *mapping = map_until(network, 's');
    Load load = load_of_mapping(arena, mapping);
    options.split = "equal";
    Mapping *equal = map_until(network, 's');
    Load other = load_of_mapping(arena, equal);
    EXPECT_LT(load.deliveries, 0.2 * other.deliveries);
}

TEST_F(SplitTest, SharedCoresHoldAllLayersWithEvenWork)
{
    options.split = "shared";
    ASSERT_EQ(run(generate({30, 64, 48}, 0.2)), STATUS_OK) << err.message;
    EXPECT_LE(summary->n_cores, 16u);
    EXPECT_EQ(summary->layer[0].n_cores, summary->n_cores);
    EXPECT_LT(summary->layer[0].work_max_by_mean, 1.1);
}

// ---- partitions and hypergraph files --------------------

TEST_F(SplitTest, APartitionIsTakenAsItIs)
{
    const Network *network = generate({6, 10, 8}, 0.4);
    std::vector<uint32_t> part{7, 7, 3, 3, 3, 9, 9, 9, 9, 7, 3, 3, 3, 100, 100, 9, 9, 9};
    options.part = part.data();
    ASSERT_EQ(run(network), STATUS_OK) << err.message;
    EXPECT_EQ(program->n_cores, 4u);
    EXPECT_EQ(summary->layer[0].n_slices, 3u);
    EXPECT_EQ(summary->layer[1].n_slices, 3u);
    Mapping *mapping = map_until(network, 's');
    for (uint32_t u = 0; u < 18; u++)
        for (uint32_t v = 0; v < 18; v++) {
            auto slot = [&](uint32_t i) {
                return mapping->slot_of[mapping->slice_of[i >= 10][i >= 10 ? i - 10 : i]];
            };
            EXPECT_EQ(slot(u) == slot(v), part[u] == part[v]);
        }
    for (uint32_t u = 0; u < 18; u++)
        part[u] = u;
    EXPECT_EQ(run(network), STATUS_USAGE);
    EXPECT_STREQ(err.message, "the partition has 18 parts; chip test has 16 usable cores");
}

TEST_F(SplitTest, AHypergraphFileHoldsEverySourceAndItsTargets)
{
    const Network *network = generate({7, 12, 9}, 0.15, PICK_BERNOULLI, 2);
    std::string path = ::testing::TempDir() + "egret_test.hgr";
    std::vector<double> input(7, 0.25), first(12, 0.5), second(9, 0.125);
    const double *layer[] = {first.data(), second.data()};
    UnitRates rates = {input.data(), layer};
    ASSERT_EQ(hypergraph_write(arena, network, &rates, path.c_str(), &err), STATUS_OK);
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    uint32_t n_edges, n_vertices, code;
    ASSERT_EQ(sscanf(line.c_str(), "%u %u %u", &n_edges, &n_vertices, &code), 3);
    EXPECT_EQ(n_vertices, 21u);
    EXPECT_EQ(code, 11u);
    // by definition: inputs, then units, each with the set of what it feeds
    uint32_t n_read = 0;
    std::vector<uint32_t> weight(21, 8);
    auto expect_edge = [&](const std::vector<std::pair<const SparseRows *, uint32_t>> &rows,
                           uint32_t source, uint32_t rate) {
        std::vector<uint32_t> pins;
        for (auto [m, target] : rows)
            for (uint64_t i = m->row_start[source]; i < m->row_start[source + 1]; i++) {
                uint32_t unit = (target ? 12 : 0) + m->col[i] % network->layer[target].n_units;
                pins.push_back(unit + 1);
                weight[unit]++;
            }
        std::sort(pins.begin(), pins.end());
        pins.erase(std::unique(pins.begin(), pins.end()), pins.end());
        if (pins.empty())
            return;
        ASSERT_TRUE(std::getline(file, line));
        n_read++;
        std::istringstream text(line);
        uint32_t number;
        std::vector<uint32_t> numbers;
        while (text >> number)
            numbers.push_back(number);
        EXPECT_EQ(numbers.front(), rate);
        numbers.erase(numbers.begin());
        std::sort(numbers.begin(), numbers.end());
        EXPECT_EQ(numbers, pins);
    };
    for (uint32_t i = 0; i < 7; i++)
        expect_edge({{&network->layer[0].input, 0}}, i, 251);
    for (uint32_t u = 0; u < 12; u++)
        expect_edge({{&network->layer[0].recurrent, 0}, {&network->layer[1].input, 1}}, u, 501);
    for (uint32_t u = 0; u < 9; u++)
        expect_edge({{&network->layer[1].recurrent, 1}}, u, 126);
    EXPECT_EQ(n_read, n_edges);
    for (uint32_t v = 0; v < 21; v++) {
        ASSERT_TRUE(std::getline(file, line));
        EXPECT_EQ(line, std::to_string(weight[v]));
    }
    EXPECT_FALSE(std::getline(file, line));
    std::remove(path.c_str());
}
