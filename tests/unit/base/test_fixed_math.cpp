// fixed_math.c: against doubles, over all arguments where that is possible; goldens hold the
// integers for every compiler.
#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/fixed_math.h"
#include "base/hash.h"
#include "base/real_math.h"
#include "base/rng.h"

namespace
{

const int ARGUMENT_END = 9 << FIXED_SUM_BITS; // a little beyond the table's end

// Largest error in units of 2^-15 over every argument in +-9.
double worst(int32_t (*ours)(int32_t), double (*exact)(double))
{
    double most = 0;
    for (int x = -ARGUMENT_END; x <= ARGUMENT_END; x++)
        most =
            std::max(most, std::fabs(ours(x) - exact(std::ldexp(x, -FIXED_SUM_BITS)) * FIXED_ONE));
    return most;
}

TEST(FixedMath, SigmoidIsWithinItsStatedError)
{
    EXPECT_LT(worst(fixed_sigmoid, real_sigmoid), 11.1); // beyond 8: 11 of 32768 are left
    double most = 0;
    for (int x = -(8 << FIXED_SUM_BITS); x <= 8 << FIXED_SUM_BITS; x++)
        most = std::max(most, std::fabs(fixed_sigmoid(x) -
                                        real_sigmoid(std::ldexp(x, -FIXED_SUM_BITS)) * FIXED_ONE));
    EXPECT_LT(most, 1.3);
    EXPECT_GT(most, 0.5);
}

TEST(FixedMath, TanhIsWithinItsStatedError)
{
    const double most = worst(fixed_tanh, real_tanh);
    EXPECT_LT(most, 4.2);
    EXPECT_GT(most, 3);
}

// Table points are exact to half a unit: interpolation has no part in them.
TEST(FixedMath, TablePointsAreTheRoundedFunctions)
{
    for (int i = 0; i <= FIXED_TABLE_STEPS; i++) {
        const int x = i * (8 << FIXED_SUM_BITS) / FIXED_TABLE_STEPS;
        const double at = i / 32.0;
        EXPECT_EQ(fixed_sigmoid(x), std::floor(real_sigmoid(at) * FIXED_ONE + 0.5)) << i;
        EXPECT_EQ(fixed_tanh(x), std::min(32767.0, std::floor(real_tanh(at) * FIXED_ONE + 0.5)))
            << i;
    }
}

TEST(FixedMath, FunctionsAreSymmetricMonotoneAndSaturate)
{
    for (int x = 0; x <= ARGUMENT_END; x++) {
        ASSERT_EQ(fixed_sigmoid(-x), FIXED_ONE - fixed_sigmoid(x));
        ASSERT_EQ(fixed_tanh(-x), -fixed_tanh(x));
        ASSERT_LE(fixed_sigmoid(x), fixed_sigmoid(x + 1));
        ASSERT_LE(fixed_tanh(x), fixed_tanh(x + 1));
    }
    EXPECT_EQ(fixed_sigmoid(0), FIXED_ONE / 2);
    EXPECT_EQ(fixed_tanh(0), 0);
    EXPECT_EQ(fixed_sigmoid(INT32_MAX), 32757);
    EXPECT_EQ(fixed_sigmoid(INT32_MIN), 11);
    EXPECT_EQ(fixed_tanh(INT32_MAX), 32767);
    EXPECT_EQ(fixed_tanh(INT32_MIN), -32767);
}

// What any other compiler must give too.
TEST(FixedMath, FunctionsHaveTheirGoldenIntegers)
{
    uint64_t hash = HASH_START;
    for (int x = -ARGUMENT_END; x <= ARGUMENT_END; x++) {
        hash = hash_u64(hash, static_cast<uint32_t>(fixed_sigmoid(x)));
        hash = hash_u64(hash, static_cast<uint32_t>(fixed_tanh(x)));
    }
    EXPECT_EQ(hash, UINT64_C(4159542212474870281));
}

TEST(FixedMath, ShiftsRoundToMinusInfinityAndHalvesUp)
{
    Rng rng = rng_make(21, 0);
    for (int i = 0; i < 200000; i++) {
        const int64_t value =
            static_cast<int64_t>(rng_u64(&rng)) / (INT64_C(1) << (12 + rng_below(&rng, 50)));
        const int32_t shift = static_cast<int32_t>(rng_below(&rng, 20));
        const double exact = std::ldexp(static_cast<double>(value), -shift); // |value| <= 2^51
        ASSERT_EQ(fixed_shift_right(value, shift), std::floor(exact));
        if (shift == 0)
            continue;
        ASSERT_EQ(fixed_round_shift(value, shift), std::floor(exact + 0.5));
    }
    EXPECT_EQ(fixed_round_shift(-3, 1), -1); // -1.5: halves go up
    EXPECT_EQ(fixed_round_shift(3, 1), 2);
    EXPECT_EQ(fixed_shift_right(INT64_MIN, 62), -2);
    EXPECT_EQ(fixed_round_shift(-(INT64_C(1) << 62), 62), -1);
}

TEST(FixedMath, ScaleIsTheRoundedProduct)
{
    Rng rng = rng_make(22, 0);
    for (int i = 0; i < 300000; i++) {
        const auto value =
            static_cast<int32_t>(rng_u64(&rng) >> (rng_below(&rng, 32)) & UINT64_C(0xffffffff));
        const FixedScale scale = {static_cast<int32_t>(rng_u64(&rng) >> 33),
                                  static_cast<int32_t>(1 + rng_below(&rng, 62))};
        const long double exact = std::floor(
            std::ldexp(static_cast<long double>(value) * scale.multiplier, -scale.shift) + 0.5L);
        const long double within =
            std::min<long double>(INT32_MAX, std::max<long double>(INT32_MIN, exact));
        ASSERT_EQ(static_cast<long double>(fixed_scale(value, scale)), within)
            << value << " * " << scale.multiplier << " >> " << scale.shift;
    }
    EXPECT_EQ(fixed_scale(INT32_MIN, {INT32_MAX, 1}), INT32_MIN);
    EXPECT_EQ(fixed_scale(INT32_MAX, {INT32_MAX, 1}), INT32_MAX);
    EXPECT_EQ(fixed_scale(INT32_MIN, {INT32_MAX, 62}), -1); // -0.99999..
    EXPECT_EQ(fixed_sum(INT32_MAX, INT32_MAX, {INT32_MAX, 31}), INT32_MAX);
    EXPECT_EQ(fixed_sum(-5, 1000, {1 << 30, 31}), 495);
}

TEST(FixedMath, ScalesAreNearestToTheirFactor)
{
    Rng rng = rng_make(23, 0);
    for (int i = 0; i < 200000; i++) {
        const double factor =
            std::ldexp(1 + rng_uniform(&rng), static_cast<int>(rng_below(&rng, 61)) - 32);
        FixedScale scale;
        ASSERT_EQ(fixed_scale_make(factor, &scale), factor < 0x1p30);
        if (factor >= 0x1p30)
            continue;
        const double made = std::ldexp(scale.multiplier, -scale.shift);
        ASSERT_LE(std::fabs(made - factor), factor * 0x1p-31);
        ASSERT_GE(scale.shift, FIXED_SHIFT_MIN);
        ASSERT_LE(scale.shift, FIXED_SHIFT_MAX);
        ASSERT_GE(scale.multiplier, 1 << 30);
    }
}

TEST(FixedMath, ScalesKnowTheEndsOfTheRange)
{
    FixedScale scale;
    EXPECT_TRUE(fixed_scale_make(0, &scale));
    EXPECT_EQ(scale.multiplier, 0);
    EXPECT_EQ(scale.shift, 1);
    EXPECT_TRUE(fixed_scale_make(0x1p-62, &scale));
    EXPECT_EQ(scale.multiplier, 1);
    EXPECT_EQ(scale.shift, 62);
    EXPECT_TRUE(fixed_scale_make(0x1.8p-60, &scale)); // 6 of 2^-62
    EXPECT_EQ(scale.multiplier, 6);
    EXPECT_TRUE(fixed_scale_make(0x1p-64, &scale));
    EXPECT_EQ(scale.multiplier, 0);
    EXPECT_TRUE(fixed_scale_make(0x1p29, &scale));
    EXPECT_EQ(scale.multiplier, 1 << 30);
    EXPECT_EQ(scale.shift, 1);
    EXPECT_TRUE(fixed_scale_make(1 - 0x1p-40, &scale)); // rounds up to 1
    EXPECT_EQ(scale.multiplier, 1 << 30);
    EXPECT_EQ(scale.shift, 30);
    EXPECT_FALSE(fixed_scale_make(0x1p30, &scale));
    EXPECT_FALSE(fixed_scale_make(std::nextafter(0x1p30, 0), &scale)); // rounds up to 2^30
    EXPECT_FALSE(fixed_scale_make(-1, &scale));
    EXPECT_FALSE(fixed_scale_make(std::nan(""), &scale));
    EXPECT_FALSE(fixed_scale_make(std::numeric_limits<double>::infinity(), &scale));
}

TEST(FixedMath, RealsBecomeTheNearestIntegers)
{
    EXPECT_EQ(fixed_from_real(1, 12), 4096);
    EXPECT_EQ(fixed_from_real(-1.5, 0), -1); // halves up
    EXPECT_EQ(fixed_from_real(2.5, 0), 3);
    EXPECT_EQ(fixed_from_real(1e30, 12), INT32_MAX);
    EXPECT_EQ(fixed_from_real(-1e30, 12), INT32_MIN);
    EXPECT_EQ(fixed_from_real(0x1p-16, 15), 1);
    EXPECT_EQ(fixed_from_real(0x0.ffp-16, 15), 0);
    EXPECT_EQ(fixed_code(1, 1.0 / 127), 127);
    EXPECT_EQ(fixed_code(-2, 1.0 / 127), -127);
    EXPECT_EQ(fixed_code(-1.5, 1), -2); // halves away from zero
    EXPECT_EQ(fixed_code(1.5, 1), 2);
    EXPECT_EQ(fixed_code(-0.49, 1), 0);
    EXPECT_EQ(fixed_code(1e300, 1e-300), 127);
}

TEST(FixedMath, EventCodesStandForTheNearestCandidates)
{
    for (int c = 0; c <= FIXED_ONE; c++) {
        const int32_t code = fixed_event_code(c);
        ASSERT_EQ(code, std::floor(c * 127.0 / FIXED_ONE + 0.5));
        ASSERT_NEAR(static_cast<double>(fixed_event_value(code)), c / 32768.0, 0.5 / 127 + 1e-7);
    }
    EXPECT_EQ(fixed_event_code(FIXED_ONE), 127);
    EXPECT_EQ(fixed_event_code(129), 0); // 0.49997 of a code: the largest that is no event
    EXPECT_EQ(fixed_event_code(130), 1);
}

} // namespace
