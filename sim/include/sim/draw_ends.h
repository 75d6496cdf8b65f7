/* draw_ends.h - the interval that draws of the chip's numbers make of what follows from them.
 *
 * All that is drawn keeps nine tenths of its draws: the lowest and the highest twentieth are left
 * out (docs/results.md, Intervals).
 */
#ifndef SIM_DRAW_ENDS_H
#define SIM_DRAW_ENDS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Probabilities at which the interval begins and ends. */
#define DRAW_BEGINS 0.05
#define DRAW_ENDS 0.95

/* draw_ends - of n > 0 draws, which are sorted. cost: O(n log n) */
void draw_ends(double *drawn, uint32_t n, double *low, double *high);

#ifdef __cplusplus
}
#endif
#endif
