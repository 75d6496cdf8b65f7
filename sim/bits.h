/* bits.h - the lowest bit of a word that is set. */
#ifndef SIM_BITS_H
#define SIM_BITS_H

#include <stdint.h>

/* bits_lowest - its number; bits must not be 0. */
static inline uint32_t bits_lowest(uint64_t bits)
{
#ifdef __GNUC__
    return (uint32_t)__builtin_ctzll(bits);
#else
    uint32_t at = 0;
    for (; !(bits & 1); bits >>= 1)
        at++;
    return at;
#endif
}

/* bits_fetch - this line of the cache will be used soon. */
static inline void bits_fetch(const void *at)
{
#ifdef __GNUC__
    __builtin_prefetch(at, 1);
#else
    (void)at;
#endif
}

/* bits_next_in_turn - the next bit set after bit `last`, the lowest again behind the highest: round
 * robin. */
static inline uint32_t bits_next_in_turn(uint64_t bits, uint32_t last)
{
    uint64_t later = last >= 63 ? 0 : bits & (UINT64_MAX << (last + 1));
    return bits_lowest(later ? later : bits);
}

#endif
