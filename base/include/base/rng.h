/* rng.h - seeded random numbers, the same on every machine (xoshiro256**, seeded by splitmix64;
 * Blackman and Vigna 2018). */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Rng {
    uint64_t state[4];
} Rng;

/* rng_make - an independent stream for each (seed, stream). */
Rng rng_make(uint64_t seed, uint64_t stream);

uint64_t rng_u64(Rng *rng);
uint64_t rng_below(Rng *rng, uint64_t n); /* uniform in 0 .. n-1, unbiased; n > 0   */
double rng_uniform(Rng *rng);             /* [0, 1), 53 bits                        */
double rng_normal(Rng *rng);              /* mean 0, variance 1 (polar method)      */
double rng_gamma(Rng *rng, double shape); /* scale 1 (Marsaglia and Tsang 2000)     */
double rng_beta(Rng *rng, double a, double b);

#ifdef __cplusplus
}
#endif
#endif
