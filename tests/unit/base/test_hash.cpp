// hash.c: published test values of FNV-1a (64 bit).
#include <gtest/gtest.h>

#include "base/hash.h"

namespace
{

TEST(Hash, PublishedValues)
{
    EXPECT_EQ(hash_bytes(HASH_START, "", 0), 0xcbf29ce484222325u);
    EXPECT_EQ(hash_bytes(HASH_START, "a", 1), 0xaf63dc4c8601ec8cu);
    EXPECT_EQ(hash_bytes(HASH_START, "foobar", 6), 0x85944171f73967e8u);
}

TEST(Hash, GoesOnWhereItStopped)
{
    EXPECT_EQ(hash_bytes(hash_bytes(HASH_START, "foo", 3), "bar", 3),
              hash_bytes(HASH_START, "foobar", 6));
}

TEST(Hash, TwoHashesGoOverTheSameBytes)
{
    uint64_t hash[2] = {HASH_START, hash_bytes(HASH_START, "foo", 3)};
    hash_bytes_twice(hash, "bar", 3);
    EXPECT_EQ(hash[0], hash_bytes(HASH_START, "bar", 3));
    EXPECT_EQ(hash[1], hash_bytes(HASH_START, "foobar", 6));
}

TEST(Hash, NumbersAreHashedLowestByteFirst)
{
    const unsigned char bytes[8] = {8, 7, 6, 5, 4, 3, 2, 1};
    EXPECT_EQ(hash_u64(HASH_START, 0x0102030405060708u), hash_bytes(HASH_START, bytes, 8));
}

TEST(Hash, TextsThatJoinToTheSameDiffer)
{
    EXPECT_NE(hash_text(hash_text(HASH_START, "ab"), "c"),
              hash_text(hash_text(HASH_START, "a"), "bc"));
}

} // namespace
