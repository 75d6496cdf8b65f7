/* fixed_math.c - sigmoid and tanh by table, factors as integers.
 *
 * Both functions are tabled at 257 points over [0, 8] in steps of 1/32, rounded to Q15, and
 * interpolated linearly: for x = (i + f/128) / 32, table[i] + round((table[i+1] - table[i]) * f /
 * 128). Negative arguments follow by symmetry. The tables are literals, so that no machine
 * computes them; a test holds them against real_math.h. The error of the interpolation is at most
 * step^2 / 8 * max|f''|: 0.4 units of 2^-15 for sigmoid, 3.1 for tanh, rounding apart.
 * Reals become integers here, once, when a network is quantised, by IEEE operations alone.
 */
#include "base/fixed_math.h"

#include <math.h>

#include "base/check.h"

enum {
    STEP_BITS = 7, /* 2^12 / 32 positions between two points */
    STEP = 1 << STEP_BITS,
    LAST = FIXED_TABLE_STEPS * STEP /* 8 in Q12 */
};

/* clang-format off */
static const int16_t SIGMOID[FIXED_TABLE_STEPS + 1] = {
    16384, 16640, 16896, 17151, 17407, 17661, 17916, 18169, 18421, 18673, 18923, 19173,
    19420, 19667, 19912, 20155, 20397, 20636, 20874, 21110, 21344, 21575, 21804, 22031,
    22255, 22477, 22696, 22913, 23127, 23338, 23547, 23753, 23955, 24155, 24352, 24546,
    24737, 24925, 25110, 25292, 25471, 25646, 25819, 25988, 26155, 26318, 26479, 26636,
    26790, 26941, 27090, 27235, 27377, 27516, 27653, 27786, 27917, 28045, 28169, 28292,
    28411, 28528, 28642, 28753, 28862, 28968, 29072, 29173, 29272, 29368, 29462, 29554,
    29644, 29731, 29816, 29899, 29979, 30058, 30135, 30210, 30282, 30353, 30422, 30489,
    30555, 30618, 30680, 30740, 30799, 30856, 30912, 30966, 31018, 31069, 31119, 31167,
    31214, 31260, 31304, 31347, 31389, 31430, 31469, 31508, 31545, 31581, 31616, 31651,
    31684, 31716, 31747, 31778, 31807, 31836, 31864, 31891, 31917, 31943, 31968, 31992,
    32015, 32038, 32060, 32081, 32102, 32122, 32141, 32160, 32179, 32196, 32214, 32231,
    32247, 32263, 32278, 32293, 32307, 32321, 32335, 32348, 32361, 32373, 32385, 32397,
    32408, 32419, 32430, 32440, 32450, 32460, 32469, 32478, 32487, 32496, 32504, 32512,
    32520, 32527, 32535, 32542, 32549, 32555, 32562, 32568, 32574, 32580, 32586, 32592,
    32597, 32602, 32607, 32612, 32617, 32622, 32626, 32630, 32635, 32639, 32643, 32647,
    32650, 32654, 32657, 32661, 32664, 32667, 32670, 32673, 32676, 32679, 32682, 32684,
    32687, 32689, 32692, 32694, 32696, 32699, 32701, 32703, 32705, 32707, 32709, 32711,
    32712, 32714, 32716, 32717, 32719, 32720, 32722, 32723, 32725, 32726, 32727, 32728,
    32730, 32731, 32732, 32733, 32734, 32735, 32736, 32737, 32738, 32739, 32740, 32741,
    32742, 32742, 32743, 32744, 32745, 32745, 32746, 32747, 32747, 32748, 32749, 32749,
    32750, 32750, 32751, 32752, 32752, 32753, 32753, 32753, 32754, 32754, 32755, 32755,
    32756, 32756, 32756, 32757, 32757,
};

/* 1 does not fit: the largest is 32767. */
static const int16_t TANH[FIXED_TABLE_STEPS + 1] = {
    0, 1024, 2045, 3063, 4075, 5079, 6073, 7056, 8025, 8980, 9919, 10840, 11743, 12625,
    13486, 14326, 15143, 15936, 16706, 17452, 18173, 18870, 19542, 20189, 20813, 21411,
    21986, 22538, 23066, 23571, 24054, 24516, 24956, 25376, 25776, 26157, 26519, 26864,
    27191, 27502, 27797, 28076, 28341, 28592, 28830, 29055, 29268, 29470, 29660, 29840,
    30010, 30170, 30322, 30465, 30600, 30727, 30847, 30960, 31067, 31167, 31262, 31351,
    31435, 31515, 31589, 31659, 31726, 31788, 31846, 31901, 31953, 32002, 32048, 32091,
    32132, 32170, 32206, 32240, 32271, 32301, 32329, 32356, 32381, 32404, 32426, 32447,
    32466, 32484, 32501, 32517, 32532, 32547, 32560, 32573, 32584, 32596, 32606, 32616,
    32625, 32634, 32642, 32649, 32657, 32663, 32670, 32676, 32681, 32686, 32691, 32696,
    32700, 32704, 32708, 32712, 32715, 32718, 32721, 32724, 32727, 32729, 32732, 32734,
    32736, 32738, 32740, 32741, 32743, 32745, 32746, 32747, 32749, 32750, 32751, 32752,
    32753, 32754, 32755, 32755, 32756, 32757, 32758, 32758, 32759, 32759, 32760, 32760,
    32761, 32761, 32762, 32762, 32762, 32763, 32763, 32763, 32764, 32764, 32764, 32764,
    32765, 32765, 32765, 32765, 32765, 32766, 32766, 32766, 32766, 32766, 32766, 32766,
    32766, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767,
    32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767,
    32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767,
    32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767,
    32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767,
    32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767,
    32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767, 32767,
    32767, 32767, 32767,
};
/* clang-format on */

/* Table value at x >= 0. */
static int32_t look_up(const int16_t *table, int64_t x_q12)
{
    if (x_q12 >= LAST)
        return table[FIXED_TABLE_STEPS];
    const int32_t at = (int32_t)x_q12 / STEP, between = (int32_t)x_q12 % STEP;
    const int32_t rise = table[at + 1] - table[at]; /* >= 0: both functions rise */
    return table[at] + (rise * between + STEP / 2) / STEP;
}

int32_t fixed_sigmoid(int32_t x_q12)
{
    return x_q12 >= 0 ? look_up(SIGMOID, x_q12) : FIXED_ONE - look_up(SIGMOID, -(int64_t)x_q12);
}

int32_t fixed_tanh(int32_t x_q12)
{
    return x_q12 >= 0 ? look_up(TANH, x_q12) : -look_up(TANH, -(int64_t)x_q12);
}

bool fixed_scale_make(double factor, FixedScale *out)
{
    *out = (FixedScale){0, FIXED_SHIFT_MIN};
    if (!(factor >= 0 && factor < 0x1p30))
        return false;
    if (factor < 0x1p-63)
        return true;
    int exponent;
    (void)frexp(factor, &exponent); /* factor = fraction * 2^exponent, fraction in [1/2, 1) */
    int shift = 31 - exponent > FIXED_SHIFT_MAX ? FIXED_SHIFT_MAX : 31 - exponent;
    double multiplier = floor(ldexp(factor, shift) + 0.5);
    if (multiplier >= 0x1p31) { /* rounded up to the next power of two */
        shift--;
        multiplier = 0x1p30;
    }
    if (shift < FIXED_SHIFT_MIN) /* just below 2^30, rounded up to it */
        return false;
    *out = (FixedScale){(int32_t)multiplier, shift};
    return true;
}

int32_t fixed_from_real(double value, int32_t bits)
{
    CHECK(!isnan(value) && bits >= 0 && bits <= FIXED_SHIFT_MAX);
    const double scaled = floor(ldexp(value, bits) + 0.5);
    return scaled >= INT32_MAX ? INT32_MAX : scaled <= INT32_MIN ? INT32_MIN : (int32_t)scaled;
}

int8_t fixed_code(double value, double scale)
{
    CHECK(!isnan(value) && scale > 0);
    const double size = floor(fabs(value) / scale + 0.5);
    const int code = size > FIXED_CODE_MAX ? FIXED_CODE_MAX : (int)size;
    return (int8_t)(value < 0 ? -code : code);
}
