/* draw_ends.c - see sim/draw_ends.h. */
#include "sim/draw_ends.h"

#include <stdlib.h>

static int compare_real(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

void draw_ends(double *drawn, uint32_t n, double *low, double *high)
{
    qsort(drawn, n, sizeof *drawn, compare_real);
    *low = drawn[(uint32_t)((double)(n - 1) * DRAW_BEGINS)];
    *high = drawn[(uint32_t)((double)(n - 1) * DRAW_ENDS + 0.5)];
}
