/* rng.c - xoshiro256** (Blackman and Vigna 2018), seeded by splitmix64 (Steele et al. 2014), and
 * the distributions that networks and activity statistics are drawn from.
 *
 * Only integers, + - * /, sqrt (exact by IEEE 754) and real_math: the same draws on every machine.
 * The normal distribution takes one value of each polar pair, so that a stream has no hidden state.
 * Beta variates come from logarithms of gamma variates: no 0/0 for small shapes.
 */
#include "base/rng.h"

#include <math.h>

#include "base/check.h"
#include "base/real_math.h"

static uint64_t splitmix(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

Rng rng_make(uint64_t seed, uint64_t stream)
{
    /* The stream number is scrambled twice, the seed once: (1, 2) and (2, 1) have nothing in
     * common. */
    uint64_t by_stream = stream;
    uint64_t scrambled = splitmix(&by_stream);
    uint64_t again = splitmix(&scrambled);
    uint64_t by_seed = seed;
    uint64_t state = splitmix(&by_seed) ^ again;
    Rng rng;
    for (unsigned i = 0; i < 4; i++)
        rng.state[i] = splitmix(&state);
    return rng;
}

static uint64_t rotate_left(uint64_t x, unsigned n)
{
    return (x << n) | (x >> (64 - n));
}

uint64_t rng_u64(Rng *rng)
{
    uint64_t *s = rng->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t rng_below(Rng *rng, uint64_t n)
{
    CHECK(n > 0);
    uint64_t first_fair = (0 - n) % n; /* 2^64 mod n: drop so many, the rest divides evenly */
    uint64_t x;
    do {
        x = rng_u64(rng);
    } while (x < first_fair);
    return x % n;
}

double rng_uniform(Rng *rng)
{
    return (double)(rng_u64(rng) >> 11) * 0x1p-53;
}

double rng_normal(Rng *rng)
{
    double x, square;
    do {
        x = 2 * rng_uniform(rng) - 1;
        double y = 2 * rng_uniform(rng) - 1;
        square = x * x + y * y;
    } while (square >= 1 || square == 0);
    return x * sqrt(-2 * real_log(square) / square);
}

static double log_uniform(Rng *rng)
{
    return real_log(1 - rng_uniform(rng)); /* of (0, 1] */
}

/* Logarithm of a gamma variate. Shapes below 1: that of shape + 1 times uniform^(1/shape). */
static double log_gamma_variate(Rng *rng, double shape)
{
    CHECK(shape > 0);
    double boost = shape < 1 ? log_uniform(rng) / shape : 0;
    double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3;
    double c = 1 / sqrt(9 * d);
    for (;;) {
        double x = rng_normal(rng);
        double v = 1 + c * x;
        if (v <= 0)
            continue;
        v = v * v * v;
        if (log_uniform(rng) < 0.5 * x * x + d - d * v + d * real_log(v))
            return real_log(d) + real_log(v) + boost;
    }
}

double rng_gamma(Rng *rng, double shape)
{
    return real_exp(log_gamma_variate(rng, shape));
}

double rng_beta(Rng *rng, double a, double b)
{
    double log_a = log_gamma_variate(rng, a), log_b = log_gamma_variate(rng, b);
    return real_sigmoid(log_a - log_b);
}
