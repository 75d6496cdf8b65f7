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

// The definition, word by word.
TEST(Hash, WordsAreMultipliedAndFolded)
{
    const unsigned char bytes[11] = {8, 7, 6, 5, 4, 3, 2, 1, 'a', 'b', 'c'};
    uint64_t expected = (HASH_START ^ 0x0102030405060708u) * 0x9e3779b97f4a7c15u;
    expected ^= expected >> 32;
    EXPECT_EQ(hash_words(HASH_START, bytes, 8), expected);
    EXPECT_EQ(hash_words(HASH_START, bytes, 11), hash_bytes(expected, "abc", 3));
    EXPECT_EQ(hash_words(hash_words(HASH_START, bytes, 8), bytes + 8, 3),
              hash_words(HASH_START, bytes, 11));
}

TEST(Hash, EveryBitOfAWordCounts)
{
    const unsigned char zeros[24] = {};
    for (unsigned bit = 0; bit < 8 * sizeof zeros; bit++) {
        unsigned char changed[24] = {};
        changed[bit / 8] = static_cast<unsigned char>(1u << bit % 8);
        EXPECT_NE(hash_words(HASH_START, changed, 24), hash_words(HASH_START, zeros, 24)) << bit;
    }
}

TEST(Hash, TwoHashesGoOverTheSameBytes)
{
    const char text[] = "twenty-one characters";
    uint64_t hash[2] = {HASH_START, hash_bytes(HASH_START, "foo", 3)};
    const uint64_t other = hash[1];
    hash_words_twice(hash, text, 21);
    EXPECT_EQ(hash[0], hash_words(HASH_START, text, 21));
    EXPECT_EQ(hash[1], hash_words(other, text, 21));
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
