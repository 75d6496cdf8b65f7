// precision.c: names and bfloat16 rounding against a search over all neighbours.
#include <cmath>
#include <cstring>
#include <limits>

#include <gtest/gtest.h>

#include "base/precision.h"
#include "base/rng.h"

namespace
{

float from_bits(uint32_t bits)
{
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

TEST(Precision, NamesAreFoundAgain)
{
    for (int i = 0; i < N_PRECISIONS; i++) {
        Precision found = N_PRECISIONS;
        EXPECT_TRUE(precision_find(precision_name(static_cast<Precision>(i)), &found));
        EXPECT_EQ(found, i);
        EXPECT_STREQ(precision_names()[i], precision_name(static_cast<Precision>(i)));
    }
    Precision untouched = PRECISION_BF16;
    EXPECT_FALSE(precision_find("int4", &untouched));
    EXPECT_EQ(untouched, PRECISION_BF16);
}

TEST(Precision, WeightsTakeFourTwoAndOneByte)
{
    EXPECT_EQ(precision_weight_bytes(PRECISION_FP32), 4u);
    EXPECT_EQ(precision_weight_bytes(PRECISION_BF16), 2u);
    EXPECT_EQ(precision_weight_bytes(PRECISION_INT8), 1u);
}

// The nearest of the two bfloat16 around a value, in double, ties to an even last place.
float nearest(float value)
{
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    const uint32_t below = bits & 0xffff0000u, above = below + 0x10000u;
    const double down =
        std::fabs(static_cast<double>(value) - static_cast<double>(from_bits(below)));
    const double up = std::fabs(static_cast<double>(from_bits(above)) - static_cast<double>(value));
    if (down < up || (!(up < down) && (below >> 16 & 1) == 0))
        return from_bits(below);
    return from_bits(above);
}

TEST(Precision, Bf16IsTheNearestTiesToEven)
{
    Rng rng = rng_make(5, 0);
    for (int i = 0; i < 400000; i++) {
        uint32_t bits = static_cast<uint32_t>(rng_u64(&rng));
        if (i % 4 == 0)
            bits = (bits & 0xffff0000u) | 0x8000u; // a tie
        if ((bits & 0x7fffffffu) >= 0x7f7f0000u)   // the largest and what is beyond: below
            continue;
        const float value = from_bits(bits), rounded = bf16_round(value);
        ASSERT_EQ(rounded, nearest(value)) << std::hexfloat << value;
        ASSERT_EQ(std::signbit(rounded), std::signbit(value));
        ASSERT_EQ(bf16_value(bf16_bits(value)), rounded);
        ASSERT_EQ(bf16_round(rounded), rounded);
    }
}

TEST(Precision, Bf16KnowsTheEndsOfTheRange)
{
    const float infinity = std::numeric_limits<float>::infinity();
    EXPECT_EQ(bf16_round(std::numeric_limits<float>::max()), from_bits(0x7f7f0000u));
    EXPECT_EQ(bf16_round(-std::numeric_limits<float>::max()), from_bits(0xff7f0000u));
    EXPECT_EQ(bf16_round(infinity), infinity);
    EXPECT_EQ(bf16_round(-infinity), -infinity);
    EXPECT_TRUE(std::isnan(bf16_round(std::nanf(""))));
    EXPECT_TRUE(std::isnan(bf16_round(from_bits(0x7f800001u))));
    EXPECT_EQ(bf16_round(from_bits(0x7fffu)), 0);
    EXPECT_EQ(bf16_round(1.00390625f), 1);         // 1 + 2^-8: a tie
    EXPECT_EQ(bf16_round(1.01171875f), 1.015625f); // 1 + 3 * 2^-8: a tie upwards
    EXPECT_TRUE(std::signbit(bf16_round(-0.0f)));
}

} // namespace
