/* softmax.h - the sum of exponentials under a softmax, quick enough for large vocabularies.
 * Private to models.
 *
 * The same method as base/real_math.c (Cody and Waite reduction, Taylor polynomial of degree 13),
 * but without branches and over blocks of fixed size, so that compilers turn it into vector code.
 * Only + and * in a fixed order: every compiler and vector width gives the same bits. Error of one
 * term: below 2 units in the last place.
 */
#ifndef MODELS_SOFTMAX_H
#define MODELS_SOFTMAX_H

#include <stdint.h>
#include <string.h>

enum { SOFTMAX_BLOCK = 256 };

/* exp of -700 .. 0, in place; what is below -700 counts as -700, that is as nothing beside the 1
 * of the largest logit. */
static inline void softmax_exp_block(double *restrict x)
{
    static const double LOG2_E = 1.4426950408889634, LN2_HIGH = 0x1.62e42feep-1,
                        LN2_LOW = 0x1.a39ef35793c76p-33;
    static const double ROUND = 0x1.8p52; /* added and taken away: the nearest whole number */
    static const double LEAST = -700;
    for (int i = 0; i < SOFTMAX_BLOCK; i++) {
        const double bounded = x[i] < LEAST ? LEAST : x[i];
        const double shifted = bounded * LOG2_E + ROUND;
        const double k = shifted - ROUND;
        const double r = (bounded - k * LN2_HIGH) - k * LN2_LOW;
        double p = 1.0 / 6227020800;
        p = p * r + 1.0 / 479001600;
        p = p * r + 1.0 / 39916800;
        p = p * r + 1.0 / 3628800;
        p = p * r + 1.0 / 362880;
        p = p * r + 1.0 / 40320;
        p = p * r + 1.0 / 5040;
        p = p * r + 1.0 / 720;
        p = p * r + 1.0 / 120;
        p = p * r + 1.0 / 24;
        p = p * r + 1.0 / 6;
        p = p * r + 0.5;
        p = p * r + 1;
        p = p * r + 1;
        uint64_t bits, whole;
        memcpy(&bits, &p, sizeof bits);
        memcpy(&whole, &shifted, sizeof whole); /* its lowest bits are k, in two's complement */
        bits += whole << 52;
        memcpy(&x[i], &bits, sizeof bits);
    }
}

#endif
