// arena.c: alignment, zeroing, reset, overflow.
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/arena.h"

namespace
{

struct ArenaTest : testing::Test {
    Arena *arena = arena_new();
    ~ArenaTest() override
    {
        arena_free(arena);
    }
};

TEST_F(ArenaTest, EveryAllocationIsAlignedTo16AndZero)
{
    for (size_t n = 0; n < 300; n++) {
        auto *bytes = static_cast<unsigned char *>(arena_alloc(arena, n, 1));
        ASSERT_NE(bytes, nullptr);
        ASSERT_EQ(reinterpret_cast<uintptr_t>(bytes) % 16, 0u);
        for (size_t i = 0; i < n; i++)
            ASSERT_EQ(bytes[i], 0);
        memset(bytes, 0xff, n);
    }
}

TEST_F(ArenaTest, ItemsThatFillLinesOfTheCacheBeginOnOne)
{
    for (int round = 0; round < 3; round++) {
        for (size_t n = 1; n < 500; n += 7) {
            const auto *odd = static_cast<unsigned char *>(arena_alloc(arena, n, 1));
            const auto *lines =
                static_cast<unsigned char *>(arena_alloc(arena, n, 64 * (n % 3 + 1)));
            EXPECT_EQ(reinterpret_cast<uintptr_t>(lines) % 64, 0U) << n;
            EXPECT_TRUE(lines >= odd + n || lines < odd);
            EXPECT_EQ(lines[0] | lines[64 * n - 1], 0);
        }
        arena_reset(arena);
    }
}

TEST_F(ArenaTest, AllocationsDoNotOverlap)
{
    std::vector<uint32_t *> array;
    for (uint32_t i = 0; i < 2000; i++) {
        array.push_back(ARENA_ARRAY(arena, uint32_t, 1 + i % 50));
        for (uint32_t j = 0; j <= i % 50; j++)
            array.back()[j] = i;
    }
    for (uint32_t i = 0; i < 2000; i++)
        for (uint32_t j = 0; j <= i % 50; j++)
            ASSERT_EQ(array[i][j], i);
}

TEST_F(ArenaTest, BytesAreZeroAgainAfterReset)
{
    for (int round = 0; round < 5; round++) {
        for (size_t n : {size_t{100}, size_t{100000}, size_t{7}, size_t{30000000}, size_t{40}}) {
            auto *bytes = static_cast<unsigned char *>(arena_alloc(arena, n, 1));
            for (size_t i = 0; i < n; i += 97)
                ASSERT_EQ(bytes[i], 0) << round;
            memset(bytes, 0xaa, n);
        }
        arena_reset(arena);
        EXPECT_EQ(arena_bytes(arena), 0u);
    }
}

TEST_F(ArenaTest, ResetOfAnEmptyArenaDoesNothing)
{
    arena_reset(arena);
    EXPECT_EQ(arena_bytes(arena), 0u);
    EXPECT_NE(arena_alloc(arena, 0, 8), nullptr);
}

TEST_F(ArenaTest, CountsTheBytesItHandedOut)
{
    arena_alloc(arena, 3, 5);
    arena_alloc(arena, 0, 5);
    arena_text(arena, "abc", 3);
    EXPECT_EQ(arena_bytes(arena), 15u + 4u);
}

TEST_F(ArenaTest, TextIsCopiedAndClosed)
{
    EXPECT_STREQ(arena_text(arena, "hello world", 5), "hello");
    EXPECT_STREQ(arena_text(arena, nullptr, 0), "");
    EXPECT_STREQ(arena_printf(arena, "%s-%d", "x", 7), "x-7");
    std::string longer(5000, 'y');
    EXPECT_EQ(arena_printf(arena, "%s", longer.c_str()), longer);
}

TEST_F(ArenaTest, SizeThatOverflowsEndsTheProcessWithAMessage)
{
    EXPECT_EXIT(arena_alloc(arena, SIZE_MAX / 2, 4), testing::ExitedWithCode(ARENA_OUT_OF_MEMORY),
                "out of memory");
    EXPECT_DEATH(arena_alloc(arena, SIZE_MAX, 1), "out of memory");
    EXPECT_DEATH(arena_text(arena, "x", SIZE_MAX), "out of memory");
}

TEST(Arena, FreeOfNullIsAllowed)
{
    arena_free(nullptr);
}

} // namespace
