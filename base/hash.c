/* hash.c - 64-bit FNV-1a (Fowler, Noll, Vo; draft-eastlake-fnv). One multiplication a byte. */
#include "base/hash.h"

#include <string.h>

#define FNV_PRIME UINT64_C(0x100000001b3)

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n)
{
    const uint8_t *byte = bytes;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ byte[i]) * FNV_PRIME;
    return hash;
}

/* The chains do not wait for one another. */
void hash_bytes_twice(uint64_t hash[2], const void *bytes, size_t n)
{
    const uint8_t *byte = bytes;
    uint64_t first = hash[0], second = hash[1];
    for (size_t i = 0; i < n; i++) {
        first = (first ^ byte[i]) * FNV_PRIME;
        second = (second ^ byte[i]) * FNV_PRIME;
    }
    hash[0] = first;
    hash[1] = second;
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
