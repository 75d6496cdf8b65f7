// program.c: regions, routes, numbers in images.
#include <set>

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
        EXPECT_EQ(program_route(&program, key), expected) << key;
    }
    Program none = {};
    EXPECT_EQ(program_route(&none, 0), nullptr);
    RouteEntry all = {0, 0, 0, nullptr, 1};
    none.route = &all;
    none.n_routes = 1;
    EXPECT_EQ(program_route(&none, UINT32_MAX), &all);
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
