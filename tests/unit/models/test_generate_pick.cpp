// generate_pick.c: structures of generated networks, read back from the weights alone.
#include <algorithm>
#include <functional>
#include <numeric>
#include <set>

#include "models_fixture.h"

struct GeneratePick : ModelsTest {
    GenerateOptions options(const std::vector<uint32_t> &sizes, Structure structure,
                            uint32_t fan_in)
    {
        GenerateOptions result = {};
        result.name = "structured";
        result.cell = "egru";
        result.n_sizes = static_cast<uint32_t>(sizes.size());
        result.size = copy(sizes);
        result.density = 1;
        result.fan_in = fan_in;
        result.structure = structure;
        result.n_communities = structure == STRUCTURE_COMMUNITIES ? 5 : 0;
        result.inside = 0.9;
        result.reach = 4;
        result.threshold_mean = 0.1;
        result.gain = 1;
        result.seed = 3;
        return result;
    }

    const Network *make(const GenerateOptions &wanted)
    {
        const Network *network = nullptr;
        EXPECT_EQ(network_generate(arena, &wanted, &network, &err), STATUS_OK) << err.message;
        EXPECT_EQ(network_check(network, &err), STATUS_OK) << err.message;
        return network;
    }

    void refused(const GenerateOptions &bad, const std::string &part)
    {
        const Network *network = nullptr;
        err = {};
        EXPECT_EQ(network_generate(arena, &bad, &network, &err), STATUS_USAGE) << part;
        EXPECT_EQ(network, nullptr);
        EXPECT_NE(std::string(err.message).find(part), std::string::npos) << err.message;
    }

    using Visit = std::function<void(bool is_input, uint32_t source, uint32_t target)>;

    static void each_weight(const Layer &layer, const Visit &visit)
    {
        for (const SparseRows *rows : {&layer.input, &layer.recurrent})
            for (uint32_t r = 0; r < rows->n_rows; r++)
                for (uint64_t k = rows->row_start[r]; k < rows->row_start[r + 1]; k++)
                    visit(rows == &layer.input, r, rows->col[k]);
    }

    static std::vector<uint32_t> fan_in(const Layer &layer)
    {
        std::vector<uint32_t> count(layer.input.n_cols);
        each_weight(layer, [&](bool, uint32_t, uint32_t target) { count[target]++; });
        return count;
    }
};

TEST_F(GeneratePick, TakesAFanInInsteadOfADensity)
{
    const Network *network = make(options({13, 40, 21}, STRUCTURE_UNIFORM, 7));
    for (uint32_t i = 0; i < 2; i++)
        for (uint32_t count : fan_in(network->layer[i]))
            EXPECT_EQ(count, 7u);
}

// In kept order a unit's community is known; each target has 18 of 20 weights in it.
TEST_F(GeneratePick, CommunitiesHoldTheirShareOfEveryTarget)
{
    GenerateOptions wanted = options({43, 58, 61}, STRUCTURE_COMMUNITIES, 20);
    wanted.keep_order = true;
    const Network *network = make(wanted);
    const auto community = [](uint32_t n, uint32_t unit) {
        uint32_t c = 0;
        while (n * (c + 1) / 5 <= unit)
            c++;
        return c;
    };
    for (uint32_t i = 0; i < 2; i++) {
        const Layer &layer = network->layer[i];
        std::vector<uint32_t> inside(layer.input.n_cols), from_input(layer.input.n_cols);
        each_weight(layer, [&](bool is_input, uint32_t source, uint32_t target) {
            inside[target] += community(is_input ? layer.n_inputs : layer.n_units, source) ==
                              community(layer.n_units, target % layer.n_units);
            from_input[target] += is_input;
        });
        for (uint32_t target = 0; target < layer.input.n_cols; target++)
            EXPECT_EQ(inside[target], 18u);
        for (uint32_t count : fan_in(layer))
            EXPECT_EQ(count, 20u);
        const double share = std::accumulate(from_input.begin(), from_input.end(), 0.0) /
                             (20.0 * layer.input.n_cols);
        EXPECT_NEAR(share, static_cast<double>(layer.n_inputs) / (layer.n_inputs + layer.n_units),
                    0.03);
    }
}

// With all weights inside, following them finds the communities again, through all layers.
TEST_F(GeneratePick, ShuffledCommunitiesStayWholeFromLayerToLayer)
{
    GenerateOptions wanted = options({40, 60, 50}, STRUCTURE_COMMUNITIES, 15);
    wanted.inside = 1;
    const Network *network = make(wanted);
    std::vector<uint32_t> parent(150);
    std::iota(parent.begin(), parent.end(), 0u);
    const std::function<uint32_t(uint32_t)> root = [&](uint32_t node) {
        return parent[node] == node ? node : parent[node] = root(parent[node]);
    };
    const uint32_t base[] = {0, 40, 100};
    for (uint32_t i = 0; i < 2; i++)
        each_weight(network->layer[i], [&](bool is_input, uint32_t source, uint32_t target) {
            const uint32_t unit = base[i + 1] + target % network->layer[i].n_units;
            parent[root(base[is_input ? i : i + 1] + source)] = root(unit);
        });
    std::vector<uint32_t> size(150);
    uint32_t n_beside = 0;
    for (uint32_t node = 0; node < 150; node++)
        size[root(node)]++;
    for (uint32_t node = 1; node < 150; node++)
        n_beside += root(node) == root(node - 1);
    std::sort(size.rbegin(), size.rend());
    EXPECT_EQ(std::vector<uint32_t>(size.begin(), size.begin() + 6),
              (std::vector<uint32_t>{30, 30, 30, 30, 30, 0}));
    EXPECT_LT(n_beside, 60u); // shuffled: neighbours by chance; in order it would be 145
}

TEST_F(GeneratePick, RingKeepsToItsReach)
{
    GenerateOptions wanted = options({25, 50}, STRUCTURE_RING, 6);
    wanted.keep_order = true;
    const Network *network = make(wanted);
    const Layer &layer = network->layer[0];
    std::set<uint32_t> offsets[2];
    each_weight(layer, [&](bool is_input, uint32_t source, uint32_t target) {
        const uint32_t n = is_input ? 25 : 50, unit = target % 50;
        const uint32_t centre = is_input ? unit / 2 : unit;
        offsets[is_input].insert((source + n - centre) % n);
    });
    EXPECT_EQ(offsets[0], (std::set<uint32_t>{0, 1, 2, 3, 4, 46, 47, 48, 49}));
    EXPECT_EQ(offsets[1], (std::set<uint32_t>{0, 1, 2, 23, 24}));
    for (uint32_t count : fan_in(layer))
        EXPECT_EQ(count, 6u);
    wanted.fan_in = 70; // more than are there: all of 9 + 5
    for (uint32_t count : fan_in(make(wanted)->layer[0]))
        EXPECT_EQ(count, 14u);
    wanted.reach = 1000; // round the whole ring, nobody twice
    for (uint32_t count : fan_in(make(wanted)->layer[0]))
        EXPECT_EQ(count, 70u);
}

TEST_F(GeneratePick, GridKeepsToItsReach)
{
    GenerateOptions wanted = options({9, 95}, STRUCTURE_GRID, 104); // 3 x 3 and 10 x 10, not full
    wanted.keep_order = true;
    wanted.reach = 2;
    const Layer &layer = make(wanted)->layer[0];
    std::vector<uint32_t> from_input(285), from_units(285);
    each_weight(layer, [&](bool is_input, uint32_t source, uint32_t target) {
        const uint32_t x = target % 95 % 10, y = target % 95 / 10;
        if (is_input) {
            from_input[target]++;
            EXPECT_EQ(source, y * 3 / 10 * 3 + x * 3 / 10);
            return;
        }
        from_units[target]++;
        EXPECT_LE(std::max(x, source % 10) - std::min(x, source % 10), 2u);
        EXPECT_LE(std::max(y, source / 10) - std::min(y, source / 10), 2u);
    });
    for (uint32_t target = 0; target < 285; target++)
        EXPECT_EQ(from_input[target], 1u);
    EXPECT_EQ(from_units[0], 9u);   // a corner
    EXPECT_EQ(from_units[55], 25u); // all around
    EXPECT_EQ(from_units[94], 13u); // 4,9: five each of rows 7 and 8, three of row 9
}

// A shuffled network is the one in order under other ids.
TEST_F(GeneratePick, ShufflingKeepsTheStructure)
{
    GenerateOptions wanted = options({30, 71}, STRUCTURE_RING, 100);
    const auto degrees = [&](bool keep_order) {
        wanted.keep_order = keep_order;
        const Layer &layer = make(wanted)->layer[0];
        std::vector<uint64_t> degree;
        for (uint32_t r = 0; r < 30; r++)
            degree.push_back(layer.input.row_start[r + 1] - layer.input.row_start[r]);
        return degree;
    };
    std::vector<uint64_t> kept = degrees(true), shuffled = degrees(false);
    EXPECT_NE(kept, shuffled);
    std::sort(kept.begin(), kept.end());
    std::sort(shuffled.begin(), shuffled.end());
    EXPECT_EQ(kept, shuffled);
}

TEST_F(GeneratePick, OneSeedMakesOneNetwork)
{
    for (Structure structure : {STRUCTURE_COMMUNITIES, STRUCTURE_RING, STRUCTURE_GRID}) {
        GenerateOptions wanted = options({50, 60}, structure, 5);
        const uint64_t hash = make(wanted)->hash;
        EXPECT_EQ(make(wanted)->hash, hash);
        wanted.seed++;
        EXPECT_NE(make(wanted)->hash, hash);
    }
}

TEST_F(GeneratePick, RefusesWhatCannotBe)
{
    GenerateOptions bad = options({50, 60}, STRUCTURE_COMMUNITIES, 20);
    bad.n_communities = 51;
    refused(bad, "51 communities of 50 inputs and 60 units");
    bad.n_communities = 1;
    refused(bad, "expected at least 2");
    bad.n_communities = 10;
    refused(bad, "18 from its community of 11 sources");
    bad.n_communities = 5;
    bad.inside = 1.5;
    refused(bad, "1.5 inside");
    bad.inside = 0;
    bad.fan_in = 105;
    refused(bad, "a target keeps 105 weights, 0 from");
    bad = options({50, 60}, STRUCTURE_RING, 20);
    bad.fan_in = 111;
    refused(bad, "fan-in is 111; expected at most 110");
    bad = options({50, 60}, STRUCTURE_RING, 0);
    bad.pick = PICK_BERNOULLI;
    refused(bad, "a structure picks exactly");
    bad = options({50, 60}, STRUCTURE_UNIFORM, 3);
    bad.pick = PICK_BERNOULLI;
    refused(bad, "expected no fan-in");
}
