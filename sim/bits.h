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

#endif
