// program.c: regions, routes, numbers in images.
#include <algorithm>
#include <set>

#include "base/rng.h"
#include "program_fixture.h"

namespace
{

struct ProgramQueries : ProgramTest {
};

TEST_F(ProgramQueries, RegionsHaveNamesAndMemories)
{
    std::set<std::string> names;
    for (int r = 0; r < N_REGIONS; r++)
        names.insert(region_name(static_cast<Region>(r)));
    EXPECT_EQ(names.size(), size_t{N_REGIONS});
    EXPECT_STREQ(region_name(REGION_FIFO), "receive_fifo");
    EXPECT_EQ(region_memory(REGION_CODE), 0);
    EXPECT_EQ(region_memory(REGION_EVENTS), 0);
    EXPECT_EQ(region_memory(REGION_STACK), 1);
    EXPECT_EQ(region_memory(REGION_ACCUMULATORS), 1);
    CoreProgram core = {};
    for (int r = 0; r < N_REGIONS; r++)
        core.region_bytes[r] = r < 3 ? 1 : 10;
    EXPECT_EQ(program_memory_bytes(&core, 0), 3u);
    EXPECT_EQ(program_memory_bytes(&core, 1), 70u);
}

TEST_F(ProgramQueries, RouteOfEveryKeyIsTheOneThatMatches)
{
    for (uint32_t key = 0; key < 200; key++) {
        const RouteEntry *expected = nullptr;
        for (const RouteEntry &entry : routes)
            if ((key & entry.mask) == entry.key)
                expected = &entry;
        EXPECT_EQ(program_route(&program, 0, key), expected) << key;
    }
    RouterTable none = {};
    EXPECT_EQ(table_route(&none, 0), nullptr);
    const RouteEntry all = {0, 0, 0, nullptr, 0, nullptr, 1};
    RouterTable one = {1, &all, 1};
    EXPECT_EQ(table_route(&one, UINT32_MAX), &all);
}

TEST_F(ProgramQueries, FirstMatchWinsWhateverTheTable)
{
    Rng rng = rng_make(7, 0);
    for (int round = 0; round < 300; round++) {
        const auto n = static_cast<uint32_t>(rng_below(&rng, 12));
        const uint32_t reach = round % 2 == 0 ? 0x3f : UINT32_MAX;
        std::vector<RouteEntry> entries;
        for (uint32_t i = 0, next = 0; i < n; i++) { // intervals first, then anything
            RouteEntry entry = {};
            const auto bits = static_cast<uint32_t>(rng_below(&rng, 3));
            entry.mask = i < n / 2 ? reach & ~((1u << bits) - 1)
                                   : static_cast<uint32_t>(rng_below(&rng, 64));
            next = (next + (1u << bits) - 1) & entry.mask;
            entry.key =
                (i < n / 2 ? next : static_cast<uint32_t>(rng_below(&rng, 64))) & entry.mask;
            next = entry.key + (1u << bits);
            entries.push_back(entry);
        }
        RouterTable sorted = {n, entries.data(), 0}, plain = sorted;
        sorted.n_ascending = table_count_ascending(&sorted);
        ASSERT_LE(n / 2, sorted.n_ascending);
        for (uint32_t key = 0; key < 256; key++)
            ASSERT_EQ(table_route(&sorted, key), table_route(&plain, key)) << key;
    }
}

TEST_F(ProgramQueries, AnIndexFindsTheFirstMatchOfAnyTable)
{
    Rng rng = rng_make(8, 0);
    for (int round = 0; round < 60; round++) {
        const auto n = static_cast<uint32_t>(16 + rng_below(&rng, 200));
        const uint32_t wild = round % 3 == 0 ? 0 : static_cast<uint32_t>(rng_u64(&rng));
        std::vector<RouteEntry> entries(n);
        for (RouteEntry &entry : entries) {
            const auto some = static_cast<uint32_t>(rng_u64(&rng) & rng_u64(&rng));
            entry.mask = (round % 2 == 0 ? ~(wild & some) : ~some) & 0x3ff;
            entry.key = static_cast<uint32_t>(rng_u64(&rng)) & entry.mask;
        }
        const RouterTable random_table = {n, entries.data(), 0};
        const TableIndex *index = table_index(arena, &random_table);
        ASSERT_NE(index, nullptr);
        for (uint32_t key = 0; key < 2048; key++)
            ASSERT_EQ(table_index_route(index, key), table_route(&random_table, key)) << key;
        for (uint32_t part = 0; part < 200;
             part++) { // every entry that a cube meets is in its bucket
            const auto mask = static_cast<uint32_t>(rng_u64(&rng) | rng_u64(&rng));
            const uint32_t key = static_cast<uint32_t>(rng_u64(&rng)) & mask;
            uint32_t n_listed = 0;
            const uint32_t *list = table_index_bucket(index, key, mask, &n_listed);
            for (uint32_t i = 0; list != nullptr && i < n; i++)
                if (((key ^ entries[i].key) & mask & entries[i].mask) == 0) {
                    ASSERT_TRUE(std::binary_search(list, list + n_listed, i));
                }
        }
    }
    const RouteEntry all[20] = {};
    const RouterTable same = {20, all, 0}, few = {15, all, 0};
    EXPECT_EQ(table_index_route(table_index(arena, &same), 77), &all[0]); // no bit tells them apart
    EXPECT_EQ(table_index(arena, &few), nullptr);
}

TEST_F(ProgramQueries, ImagesAreLittleEndianAtAnyAlignment)
{
    const uint8_t image[] = {0xee, 0x04, 0x03, 0x02, 0x81, 0x00, 0x00, 0xc0, 0x3f};
    EXPECT_EQ(image_u32(image, 1), 0x81020304u);
    EXPECT_EQ(image_f32(image, 5), 1.5f);
    EXPECT_EQ(image_index(image, 1, 1, 3), 0x81u);
    EXPECT_EQ(image_index(image, 1, 2, 1), 0x8102u);
    EXPECT_EQ(image_index(image, 0, 4, 1), 0xc0000081u);
}

TEST_F(ProgramQueries, SealFollowsTheContent)
{
    uint64_t hash = program.hash;
    program_seal(&program);
    EXPECT_EQ(program.hash, hash);
    images[1][3] ^= 1;
    program_seal(&program);
    EXPECT_NE(program.hash, hash);
    images[1][3] ^= 1;
    routes[2].to_host ^= 1;
    program_seal(&program);
    EXPECT_NE(program.hash, hash);
}

} // namespace
