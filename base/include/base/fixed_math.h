/* fixed_math.h - the integer arithmetic of int8 networks: the same integers on every compiler.
 *
 * Formats: Qn is an integer that stands for itself / 2^n. Sums before a gate are Q12, gates,
 * states and thresholds Q15. Shifts of negative numbers go through fixed_shift_right, which is
 * defined in C and rounds to minus infinity; "round half up" is floor(x + 1/2) everywhere.
 */
#ifndef BASE_FIXED_MATH_H
#define BASE_FIXED_MATH_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    FIXED_SUM_BITS = 12,   /* fraction bits of sums, biases                     */
    FIXED_STATE_BITS = 15, /* fraction bits of gates, states, thresholds        */
    FIXED_ONE = 1 << FIXED_STATE_BITS,
    FIXED_CODE_MAX = 127,    /* largest code of a weight, an event, an input      */
    FIXED_TABLE_STEPS = 256, /* of the tables of sigmoid and tanh, over [0, 8)    */
    FIXED_SHIFT_MIN = 1,
    FIXED_SHIFT_MAX = 62
};

/* A factor as an integer: multiplier / 2^shift. Multiplier 0 .. 2^31-1, shift FIXED_SHIFT_MIN ..
 * FIXED_SHIFT_MAX; factor 0 is {0, 1}. */
typedef struct FixedScale {
    int32_t multiplier, shift;
} FixedScale;

/* fixed_shift_right - floor(value / 2^shift); shift 0 .. 62. */
static inline int64_t fixed_shift_right(int64_t value, int32_t shift)
{
    return value >= 0 ? value >> shift : ~(~value >> shift);
}

/* fixed_round_shift - round(value / 2^shift), halves up; |value| <= 2^62, shift 1 .. 62. */
static inline int64_t fixed_round_shift(int64_t value, int32_t shift)
{
    return fixed_shift_right(value + (INT64_C(1) << (shift - 1)), shift);
}

/* fixed_clamp - the nearest int32. */
static inline int32_t fixed_clamp(int64_t value)
{
    return value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
}

/* fixed_scale - round(value * multiplier / 2^shift), halves up, saturated to int32. The product
 * and the half fit 64 bits for every int32 and every FixedScale. */
static inline int32_t fixed_scale(int32_t value, FixedScale scale)
{
    return fixed_clamp(fixed_round_shift((int64_t)value * scale.multiplier, scale.shift));
}

/* fixed_sum - what a gate sees of one matrix, Q12: bias + scaled accumulator, saturated. */
static inline int32_t fixed_sum(int32_t bias_q12, int32_t accumulator, FixedScale scale)
{
    return fixed_clamp((int64_t)bias_q12 + fixed_scale(accumulator, scale));
}

/* fixed_scale_make - the FixedScale nearest to a factor >= 0: 31 significant bits down to factors
 * of 2^-32, fewer below, {0, 1} below 2^-63. false if the factor is 2^30 or more, negative or no
 * number. */
bool fixed_scale_make(double factor, FixedScale *out);

/* fixed_sigmoid, fixed_tanh - Q12 to Q15, by table and linear interpolation. sigmoid: 0 .. 2^15,
 * sigmoid(-x) = 2^15 - sigmoid(x); tanh: -32767 .. 32767, odd. Beyond +-8 the value at 8.
 * error: below 1.3 (sigmoid) and 4.2 (tanh) units of 2^-15, at worst, against the exact function
 * cost: O(1) */
int32_t fixed_sigmoid(int32_t x_q12);
int32_t fixed_tanh(int32_t x_q12);

/* fixed_from_real - round(value * 2^bits), halves up, saturated to int32; value is a number. */
int32_t fixed_from_real(double value, int32_t bits);

/* fixed_code - the code -127 .. 127 nearest to value / scale, halves away from zero; saturated.
 * scale > 0. */
int8_t fixed_code(double value, double scale);

/* fixed_event_code - the code 0 .. 127 of a candidate 0 .. 2^15: round(c * 127), halves up. A unit
 * whose code is 0 sends no event. fixed_event_value - what a code stands for. */
static inline int32_t fixed_event_code(int32_t c_q15)
{
    return (int32_t)fixed_round_shift((int64_t)c_q15 * FIXED_CODE_MAX, FIXED_STATE_BITS);
}
static inline float fixed_event_value(int32_t code)
{
    return (float)code / (float)FIXED_CODE_MAX;
}

#ifdef __cplusplus
}
#endif
#endif
