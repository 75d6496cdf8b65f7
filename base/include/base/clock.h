/* clock.h - exact edges of a clock domain on the global time axis in picoseconds.
 *
 * Edge n lies at round(n * 10^12 / hz) ps, halves up: nothing drifts. Cycles become ps here and
 * nowhere else.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CLOCK_HZ_STEP = 1000 };
#define CLOCK_HZ_MAX UINT64_C(10000000000)

typedef struct Clock {
    uint64_t hz;
    uint64_t period_num_ps, period_den; /* period as a fraction in lowest terms */
} Clock;

/* clock_make - hz in 1000 .. 10^10, a multiple of 1000 (CHECKed: loaders refuse others). */
Clock clock_make(uint64_t hz);

/* clock_edge_ps - time of edge n. cost: O(1) */
uint64_t clock_edge_ps(const Clock *clock, uint64_t n);

/* clock_edge_at_or_after - smallest n whose edge is at or after ps. cost: O(1) */
uint64_t clock_edge_at_or_after(const Clock *clock, uint64_t ps);

#ifdef __cplusplus
}
#endif
#endif
