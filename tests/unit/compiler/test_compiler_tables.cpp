// Tables of ternary entries: minimised ones against the rows they came from, key by key, and tables
// of whole compilations on meshes.
#include "compiler_fixture.h"
#include "route_fixture.h"
#include "table.h"

namespace
{

enum : uint32_t { NOTHING = UINT32_MAX };

class Tables : public CompilerTest
{
  protected:
    static uint32_t match(const Table &table, uint32_t key)
    {
        for (uint32_t e = 0; e < table.n_entries; e++)
            if (((key ^ table.entry[e].cube.key) & table.entry[e].cube.mask) == 0)
                return table.entry[e].route;
        return NOTHING;
    }
    // Every key of every row, one after the other.
    static uint32_t count_wrong(const std::vector<TableRow> &row, const Table &table, uint32_t bits)
    {
        uint32_t n_wrong = 0;
        for (const TableRow &r : row)
            for (uint32_t key = 0; key < 1u << bits; key++) {
                if (!cube_holds(r.cube, {key, (1u << bits) - 1}))
                    continue;
                uint32_t route = match(table, key);
                n_wrong += route != r.route && !(route == NOTHING && r.goes_on);
            }
        return n_wrong;
    }
    // Disjoint aligned blocks ascending, with gaps; `n_routes` routes in runs of random length.
    static std::vector<TableRow> random_rows(Rng *rng, uint32_t bits, uint32_t n_routes,
                                             double goes_on)
    {
        std::vector<TableRow> row;
        uint32_t all = (1u << bits) - 1, route = 0;
        for (uint32_t key = 0; key <= all;) {
            uint32_t size = 1u << rng_below(rng, 4);
            while (key % size != 0)
                size /= 2;
            if (rng_uniform(rng) < 0.4)
                route = static_cast<uint32_t>(rng_below(rng, n_routes));
            if (rng_uniform(rng) < 0.8)
                row.push_back({{key, all & ~(size - 1)},
                               route,
                               rng_uniform(rng) < goes_on && route % 2 == 0});
            key += size;
        }
        return row;
    }
    Table prefix_of(const std::vector<TableRow> &row)
    {
        return table_prefix(arena, static_cast<uint32_t>(row.size()), row.data());
    }
    static uint32_t proof(const std::vector<TableRow> &row, const Table &table)
    {
        return table_proof(static_cast<uint32_t>(row.size()), row.data(), &table);
    }
};

TEST_F(Tables, MadeSmallerDoTheSameToEveryKeyInUse)
{
    for (uint64_t seed = 0; seed < 60; seed++) {
        Rng rng = rng_make(seed, 0);
        std::vector<TableRow> row =
            random_rows(&rng, 9, static_cast<uint32_t>(2 + seed % 7), seed % 3 == 0 ? 0.5 : 0.0);
        auto n = static_cast<uint32_t>(row.size());
        Table table = prefix_of(row);
        EXPECT_LE(table.n_entries, n);
        EXPECT_EQ(count_wrong(row, table, 9), 0u) << "seed " << seed;
        EXPECT_EQ(proof(row, table), n);
        uint32_t before = table.n_entries;
        table_cover(arena, n, row.data(), 0, &table);
        EXPECT_LE(table.n_entries, before);
        EXPECT_EQ(count_wrong(row, table, 9), 0u) << "seed " << seed;
        EXPECT_EQ(proof(row, table), n);
    }
}

TEST_F(Tables, ProofFindsExactlyTheRowsThatAnEntryBreaks)
{
    uint32_t n_broken = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        Rng rng = rng_make(seed, 1);
        std::vector<TableRow> row = random_rows(&rng, 8, 4, 0.2);
        Table table = prefix_of(row);
        TableEntry &entry = table.entry[rng_below(&rng, table.n_entries)];
        switch (seed % 4) {
        case 0: // wider
            entry.cube.mask &= ~(1u << rng_below(&rng, 8));
            entry.cube.key &= entry.cube.mask;
            break;
        case 1: // elsewhere
            entry.cube.key ^= entry.cube.mask & (1u << rng_below(&rng, 8));
            break;
        case 2: // another route
            entry.route = (entry.route + 1) % 4;
            break;
        default: // gone
            entry = table.entry[--table.n_entries];
            break;
        }
        bool is_right = count_wrong(row, table, 8) == 0;
        EXPECT_EQ(proof(row, table) == row.size(), is_right) << "seed " << seed;
        n_broken += !is_right;
    }
    EXPECT_GT(n_broken, 30u);
}

// The fewest entries of nested prefixes, by trying all sets of prefixes of 3 bits.
uint32_t fewest_prefixes(const uint32_t *route_of_key, uint32_t n_routes)
{
    std::vector<Cube> cube; // specific ones first
    for (uint32_t bits = 4; bits-- > 0;)
        for (uint32_t key = 0; key < 8; key += 8u >> bits)
            cube.push_back({key, 7u & ~((8u >> bits) - 1)});
    auto n_cubes = static_cast<uint32_t>(cube.size());
    for (uint32_t n = 0;; n++) {
        uint32_t n_choices = 1;
        for (uint32_t i = 0; i < n; i++)
            n_choices *= n_routes;
        for (uint32_t set = 0; set < 1u << n_cubes; set++) {
            if (static_cast<uint32_t>(__builtin_popcount(set)) != n)
                continue;
            for (uint32_t choice = 0; choice < n_choices; choice++) {
                bool right = true;
                for (uint32_t key = 0; key < 8 && right; key++) {
                    uint32_t digits = choice, got = NOTHING;
                    for (uint32_t c = 0; c < n_cubes && got == NOTHING; c++) {
                        if ((set >> c & 1) == 0)
                            continue;
                        if (cube_holds(cube[c], {key, 7}))
                            got = digits % n_routes;
                        digits /= n_routes;
                    }
                    right = route_of_key[key] == NOTHING || got == route_of_key[key];
                }
                if (right)
                    return n;
            }
        }
    }
}

TEST_F(Tables, OfPrefixesAreTheSmallestThereAre)
{
    for (uint64_t seed = 0; seed < 40; seed++) {
        Rng rng = rng_make(seed, 2);
        uint32_t route_of_key[8];
        std::vector<TableRow> row;
        for (uint32_t key = 0; key < 8; key++) {
            auto dice = static_cast<uint32_t>(rng_below(&rng, 3));
            route_of_key[key] = dice == 2 ? NOTHING : dice;
            if (dice != 2)
                row.push_back({{key, 7}, dice, false});
        }
        EXPECT_EQ(prefix_of(row).n_entries, fewest_prefixes(route_of_key, 2)) << "seed " << seed;
    }
}

TEST_F(Tables, CoverFindsEntriesThatPrefixesCannotBe)
{
    std::vector<TableRow> row; // route by the lowest bit of four: one entry each
    for (uint32_t key = 0; key < 16; key++)
        row.push_back({{key, 15}, key & 1, false});
    Table table = prefix_of(row);
    EXPECT_EQ(table.n_entries, 16u - 7u);
    table_cover(arena, 16, row.data(), 0, &table);
    EXPECT_EQ(table.n_entries, 2u);
    EXPECT_EQ(proof(row, table), 16u);
}

TEST_F(Tables, CoverStopsWhenThereIsEnoughRoom)
{
    Rng rng = rng_make(5, 3);
    std::vector<TableRow> row = random_rows(&rng, 10, 3, 0.0);
    Table table = prefix_of(row);
    uint32_t enough = table.n_entries - 3;
    table_cover(arena, static_cast<uint32_t>(row.size()), row.data(), enough, &table);
    EXPECT_EQ(table.n_entries, enough);
}

TEST_F(Tables, WhatGoesOnByItselfNeedsNoEntry)
{
    std::vector<TableRow> row = {{{0, 14}, 0, true}, {{2, 14}, 1, false}, {{4, 14}, 0, true}};
    Table table = prefix_of(row);
    EXPECT_EQ(table.n_entries, 1u);
    EXPECT_EQ(proof(row, table), 3u);
    table.entry[0].cube = {0, 8}; // catches what must go on
    EXPECT_EQ(proof(row, table), 0u);
}

// --- whole compilations ------------------------------------------------------------------------

class MeshTables : public Tables
{
  protected:
    RouteGraph grid{4, 4};

    MeshTables()
    {
        test_chip.tiles.clear();
        for (uint32_t x = 0; x < 4; x++)
            for (uint32_t y = 0; y < 4; y++)
                test_chip.tiles.push_back({x, y});
        chip.tile = test_chip.tiles.data();
        chip.n_tiles = 16;
        chip.n_cores = chip.grid.usable_cores = 32;
        chip.grid.cores_per_tile = 2;
        chip.grid.x_max = chip.grid.y_max = 3;
        chip.fabric.routing = ROUTING_MESH;
        grid.graph.chip = &chip;
        grid.graph.cores_per_router = 2;
        grid.graph.n_tiles = 16;
        grid.graph.host_router = 5;
        test_chip.topology = grid.graph;
        options.split = "equal";
    }
};

TEST_F(MeshTables, OfEveryStrategyAndModeServeTheNetwork)
{
    const Network *network = generate({20, 90, 70}, 0.1);
    set_counts({17, 15});
    for (bool default_route : {false, true}) {
        chip.fabric.default_route = default_route;
        uint64_t least = UINT64_MAX;
        for (const char *routing : {"xy", "ldf", "ner", "negotiated"}) {
            options.routing = routing;
            uint64_t sum[N_TABLE_MODES];
            for (int mode = 0; mode < N_TABLE_MODES; mode++) {
                options.tables = static_cast<TableMode>(mode);
                ASSERT_EQ(run(network), STATUS_OK) << err.message; // with all its proofs
                EXPECT_EQ(summary->n_all_entries, program_entries(program));
                sum[mode] = summary->n_all_entries;
            }
            EXPECT_EQ(sum[TABLES_AUTO], sum[TABLES_RAW]) << "they fit as they are";
            EXPECT_LT(sum[TABLES_MINIMAL], sum[TABLES_RAW]);
            EXPECT_EQ(summary->n_all_raw_entries, sum[TABLES_RAW]);
            least = std::min(least, sum[TABLES_MINIMAL]);
        }
        EXPECT_GT(least, 16u);
    }
}

TEST_F(MeshTables, AreMadeSmallerOnlyWhereTheyDoNotFit)
{
    const Network *network = generate({20, 90, 70}, 0.1);
    set_counts({17, 15});
    ASSERT_EQ(run(network), STATUS_OK) << err.message;
    uint32_t most = program_fullest_table(program), n_at_most = 0;
    for (uint32_t t = 0; t < program->n_tables; t++)
        n_at_most += program->table[t].n_entries == most;
    uint64_t all = program_entries(program);
    TestChip::set(chip.router.table_entries, most - 1);
    ASSERT_EQ(run(network), STATUS_OK) << err.message;
    EXPECT_LT(program_entries(program), all);
    EXPECT_EQ(summary->n_raw_entries, most);
    EXPECT_LT(summary->n_table_entries, most);
    uint64_t saved = all - program_entries(program);
    EXPECT_GE(saved, n_at_most);
}

TEST_F(MeshTables, ThatCannotFitNameRouterNeededAndAvailable)
{
    TestChip::set(chip.router.table_entries, 3);
    set_counts({17, 15});
    const Network *network = generate({20, 90, 70}, 0.1);
    EXPECT_EQ(run(network), STATUS_NO_FIT);
    std::string message = err.message;
    EXPECT_EQ(message.rfind("router table does not fit: router ", 0), 0u) << message;
    EXPECT_NE(message.find(" entries after minimising, 3 available"), std::string::npos);
    options.tables = TABLES_RAW;
    EXPECT_EQ(run(network), STATUS_NO_FIT);
    EXPECT_EQ(std::string(err.message).find("minimising"), std::string::npos);
    EXPECT_STREQ(err.hint, "--tables auto merges entries");
}

TEST_F(MeshTables, TrafficInTheSummaryIsThatOfTheRows)
{
    const Network *network =
        build({2, 8}, [](uint32_t, bool recurrent, uint32_t s, uint32_t g, uint32_t u) {
            return g == 0 && recurrent && (s + 1) % 8 == u ? 1.0f : 0.0f; // a ring of units
        });
    set_counts({8}); // two a tile, tiles (0,0) .. (0,3)
    options.routing = "xy";
    ASSERT_EQ(run(network), STATUS_OK) << err.message;
    EXPECT_TRUE(summary->traffic.from_routes);
    EXPECT_NEAR(summary->traffic.events, 2 + 8 * 0.2, 0.01);
    EXPECT_GE(summary->traffic.hops_per_event, summary->traffic.hops_bound);
    EXPECT_GT(summary->traffic.hops_bound, 0.0);
    EXPECT_LE(summary->traffic.busiest_link_share, 1.0);
    EXPECT_GE(summary->traffic.busiest_link_share, summary->traffic.busiest_link_bound);
    EXPECT_GT(summary->traffic.busiest_link_bound, 0.0);
}

} // namespace
