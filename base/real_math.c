/* real_math.c - exp, log, sigmoid and tanh from + - * / alone.
 *
 * exp: x = k ln2 + r with |r| <= ln2 / 2, ln2 in two parts so that k * LN2_HIGH is exact (Cody and
 * Waite 1980); Taylor polynomial of degree 13 for exp(r), truncation below 5e-18.
 * log: x = 2^k m with m in [sqrt(1/2), sqrt(2)); log m = 2 atanh(s), s = (m - 1) / (m + 1), as a
 * series in s^2 <= 0.0295; f = m - 1 is exact and is kept out of the rounding by writing
 * 2 atanh(s) = f - (f^2/2 - s (f^2/2 + R)), R = 2 atanh(s) / s - 2.
 * sigmoid: 1 / (1 + e) or e / (1 + e) with e = exp(-|x|), so nothing overflows or cancels.
 * tanh: below 0.8 the continued fraction of Lambert (1768) cut after nine terms, as x + x * w *
 * R(w) with w = x^2; above, 1 - 2 / (exp(2 x) + 1).
 * Measured error: below 2 units in the last place (tests/unit/base/test_real_math.cpp).
 * Compiled with -ffp-contract=off: a fused multiply-add would change last bits.
 */
#include "base/real_math.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static const double LOG2_E = 1.4426950408889634;
static const double LN2_HIGH = 0x1.62e42feep-1;      /* 33 bits: times k < 2^11 is exact */
static const double LN2_LOW = 0x1.a39ef35793c76p-33; /* ln 2 - LN2_HIGH                  */
static const double EXP_MAX = 709.7827128933841;     /* above: infinity                  */
static const double EXP_MIN = -745.1332191019412;    /* below: 0                         */
static const double TANH_SMALL = 0.8, TANH_ONE = 20; /* 1 - tanh(20) < 2^-55             */

static const double SIGMOID_TAIL = 40; /* exp(-40) < 2^-57                 */

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint64_t to_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* 2^k for -1022 <= k <= 1023. */
static double power_of_two(int k)
{
    return from_bits((uint64_t)(k + 1023) << 52);
}

/* exp(x) = (high + low) * 2^k for EXP_MIN <= x <= EXP_MAX, high in about [0.7, 1.42]. */
typedef struct ExpParts {
    double high, low;
    int k;
} ExpParts;

static ExpParts exp_parts(double x)
{
    int k = (int)(x * LOG2_E + (x < 0 ? -0.5 : 0.5));
    double high = x - k * LN2_HIGH, low = k * LN2_LOW;
    double r = high - low;
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
    double rest = high + (r * r * p - low); /* exp(r) - 1 */
    double sum = 1 + rest;
    return (ExpParts){.high = sum, .low = rest - (sum - 1), .k = k};
}

double real_exp(double x)
{
    if (x != x)
        return x;
    if (x > EXP_MAX)
        return HUGE_VAL;
    if (x < EXP_MIN)
        return 0;
    ExpParts e = exp_parts(x);
    /* In two factors: 2^k itself may be infinite or subnormal where the result is not. */
    int half = e.k / 2;
    return e.high * power_of_two(half) * power_of_two(e.k - half);
}

double real_log(double x)
{
    if (x != x || x == HUGE_VAL)
        return x;
    if (x <= 0)
        return x < 0 ? (double)NAN : -HUGE_VAL;
    int k = 0;
    if (x < 0x1p-1022) { /* subnormal */
        x *= 0x1p54;
        k = -54;
    }
    uint64_t bits = to_bits(x);
    k += (int)(bits >> 52) - 1023;
    double m = from_bits((bits & UINT64_C(0xfffffffffffff)) | UINT64_C(0x3ff0000000000000));
    if (m > 1.4142135623730951) {
        m *= 0.5;
        k++;
    }
    double f = m - 1;
    double s = f / (2 + f), w = s * s;
    double p = 2.0 / 25;
    p = p * w + 2.0 / 23;
    p = p * w + 2.0 / 21;
    p = p * w + 2.0 / 19;
    p = p * w + 2.0 / 17;
    p = p * w + 2.0 / 15;
    p = p * w + 2.0 / 13;
    p = p * w + 2.0 / 11;
    p = p * w + 2.0 / 9;
    p = p * w + 2.0 / 7;
    p = p * w + 2.0 / 5;
    p = p * w + 2.0 / 3;
    double rest = p * w, half_square = 0.5 * f * f;
    return k * LN2_HIGH - ((half_square - (s * (half_square + rest) + k * LN2_LOW)) - f);
}

/* With e = exp(-|x|) in two parts, 1 + e in two parts too: their rounding errors are carried along
 * and put right at the end. */
double real_sigmoid(double x)
{
    if (x != x)
        return x;
    if (x < -SIGMOID_TAIL)
        return real_exp(x);
    if (x > SIGMOID_TAIL)
        return 1;
    ExpParts parts = exp_parts(x < 0 ? x : -x);
    double scale = power_of_two(parts.k);
    double e = parts.high * scale;
    double bottom = 1 + e;
    double bottom_low = e - (bottom - 1) + parts.low * scale;
    double inverse = 1 / bottom;
    if (x >= 0)
        return inverse - bottom_low * inverse * inverse;
    double quotient = e / bottom;
    return quotient + (parts.low * scale - quotient * bottom_low) * inverse;
}

double real_tanh(double x)
{
    if (x != x)
        return x;
    double size = fabs(x);
    if (size < TANH_SMALL) {
        double w = x * x;
        double top = ((44 * w + 12870) * w + 810810) * w + 11486475;
        double bottom = (((45 * w + 13860) * w + 945945) * w + 16216200) * w + 34459425;
        return x - x * (w * top / bottom);
    }
    double y = size > TANH_ONE ? 1 : 1 - 2 / (real_exp(2 * size) + 1);
    return x < 0 ? -y : y;
}
