// test_room.cpp - lists that grow.
#include <gtest/gtest.h>

#include "base/room.h"

namespace
{

TEST(Room, KeepsWhatIsInTheListWhileItGrows)
{
    Arena *arena = arena_new();
    uint32_t *list = nullptr, n = 0, room = 0;
    for (; n < 10000; n++) {
        list = static_cast<uint32_t *>(room_for_one(arena, list, n, &room, sizeof *list));
        ASSERT_LT(n, room);
        list[n] = n * 7;
    }
    for (uint32_t i = 0; i < n; i++)
        ASSERT_EQ(list[i], i * 7);
    EXPECT_LE(arena_bytes(arena), 4 * sizeof *list * n); // old lists and the new one's room
    arena_free(arena);
}

TEST(Room, LeavesAListWithRoomWhereItIs)
{
    Arena *arena = arena_new();
    uint32_t room = 0;
    void *list = room_for_one(arena, nullptr, 0, &room, 8);
    const uint32_t before = room;
    EXPECT_EQ(room_for_one(arena, list, room - 1, &room, 8), list);
    EXPECT_EQ(room, before);
    arena_free(arena);
}

} // namespace
