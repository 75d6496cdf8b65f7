/* clock.c - exact clock edges in 64-bit integers.
 *
 * The period is 10^12 / hz ps = num / den in lowest terms. As hz is a multiple of 1000, num <= 10^9
 * and den <= 10^7. With n = q * den + r the edge is q * num + round(r * num / den), and r * num
 * stays below 10^16. The inverse splits ps the same way: edge(n) >= ps if and only if
 * 2 * n * num >= (2 * ps - 1) * den.
 * Limits: times below 2^64 ps (213 days).
 */
#include "base/clock.h"

#include "base/check.h"

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

Clock clock_make(uint64_t hz)
{
    CHECK(hz >= CLOCK_HZ_STEP && hz <= CLOCK_HZ_MAX && hz % CLOCK_HZ_STEP == 0);
    uint64_t ps_per_second = UINT64_C(1000000000000);
    uint64_t num = ps_per_second / CLOCK_HZ_STEP, den = hz / CLOCK_HZ_STEP;
    uint64_t common = greatest_common_divisor(num, den);
    return (Clock){.hz = hz, .period_num_ps = num / common, .period_den = den / common};
}

uint64_t clock_edge_ps(const Clock *clock, uint64_t n)
{
    uint64_t num = clock->period_num_ps, den = clock->period_den;
    if (den == 1) /* whole ps: the same without divisions */
        return n * num;
    uint64_t whole = n / den, rest = n % den;
    return whole * num + (2 * rest * num + den) / (2 * den);
}

uint64_t clock_edge_at_or_after(const Clock *clock, uint64_t ps)
{
    uint64_t num = clock->period_num_ps, den = clock->period_den;
    uint64_t whole = ps / num, rest = ps % num;
    if (den == 1)
        return whole + (rest > 0);
    if (rest == 0)
        return whole * den; /* the edge before lies at least 100 ps earlier: hz <= 10^10 */
    return whole * den + ((2 * rest - 1) * den + 2 * num - 1) / (2 * num);
}
