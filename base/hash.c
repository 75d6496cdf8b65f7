/* hash.c - 64-bit FNV-1a (Fowler, Noll, Vo; draft-eastlake-fnv), one multiplication a byte; and the
 * same shape over words of eight bytes, with a multiplier that reaches every bit (2^64 / golden
 * ratio, as in Knuth, The Art of Computer Programming 3, 6.4). */
#include "base/hash.h"

#include <string.h>

#define FNV_PRIME UINT64_C(0x100000001b3)
#define WORD_PRIME UINT64_C(0x9e3779b97f4a7c15)

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n)
{
    const uint8_t *byte = bytes;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ byte[i]) * FNV_PRIME;
    return hash;
}

/* Written out, so that compilers see one load. */
static uint64_t word_at(const uint8_t *byte)
{
    return (uint64_t)byte[0] | (uint64_t)byte[1] << 8 | (uint64_t)byte[2] << 16 |
           (uint64_t)byte[3] << 24 | (uint64_t)byte[4] << 32 | (uint64_t)byte[5] << 40 |
           (uint64_t)byte[6] << 48 | (uint64_t)byte[7] << 56;
}

/* Both steps have an inverse. The product carries upward only, so the upper half is folded down. */
static uint64_t add_word(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * WORD_PRIME;
    return hash ^ hash >> 32;
}

uint64_t hash_words(uint64_t hash, const void *bytes, size_t n)
{
    const uint8_t *byte = bytes;
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        hash = add_word(hash, word_at(byte + i));
    return hash_bytes(hash, byte + i, n - i);
}

/* The chains do not wait for one another. */
void hash_words_twice(uint64_t hash[2], const void *bytes, size_t n)
{
    const uint8_t *byte = bytes;
    uint64_t first = hash[0], second = hash[1];
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t word = word_at(byte + i);
        first = add_word(first, word);
        second = add_word(second, word);
    }
    hash[0] = hash_bytes(first, byte + i, n - i);
    hash[1] = hash_bytes(second, byte + i, n - i);
}

/* The closing 0 counts, so that ("ab", "c") and ("a", "bc") differ. */
uint64_t hash_text(uint64_t hash, const char *text)
{
    return hash_bytes(hash, text, strlen(text) + 1);
}

uint64_t hash_u64(uint64_t hash, uint64_t value)
{
    for (unsigned i = 0; i < 64; i += 8)
        hash = (hash ^ ((value >> i) & 0xff)) * FNV_PRIME;
    return hash;
}
