// number_read.c, number_text.c: every double that is written is read back, and as strtod reads it.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <gtest/gtest.h>

#include "base/number_read.h"
#include "base/number_text.h"
#include "base/rng.h"

namespace
{

enum { N_RANDOM = 200000 };

uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

double of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void expect_as_strtod(const char *text)
{
    double value;
    ASSERT_EQ(number_read_real(text, &value), NUMBER_READ) << text;
    ASSERT_EQ(bits_of(value), bits_of(strtod(text, nullptr) + 0.0)) << text;
}

TEST(NumberRead, ReadsAnyDoubleThatRealExactWrites)
{
    Rng rng = rng_make(7, 0);
    for (int i = 0; i < N_RANDOM; i++) {
        const double value = of_bits(rng_u64(&rng));
        if (!std::isfinite(value) || value == 0)
            continue;
        double read;
        ASSERT_EQ(number_read_real(real_exact(value).text, &read), NUMBER_READ);
        ASSERT_EQ(bits_of(read), bits_of(value)) << real_exact(value).text;
    }
}

TEST(NumberRead, AgreesWithStrtodOnNumbersOfEverydaySize)
{
    Rng rng = rng_make(8, 0);
    char text[64];
    for (int i = 0; i < N_RANDOM; i++) {
        const uint64_t digits = rng_u64(&rng) >> (rng_u64(&rng) % 60);
        const int exponent = (int)(rng_u64(&rng) % 60) - 30;
        snprintf(text, sizeof text, "%s%llue%d", digits & 1 ? "-" : "", (unsigned long long)digits,
                 exponent);
        expect_as_strtod(text);
        snprintf(text, sizeof text, "%.*g", 1 + (int)(digits % 19), of_bits(bits_of(1.0) + digits));
        if (strpbrk(text, "nf") == nullptr)
            expect_as_strtod(text);
    }
}

TEST(NumberRead, AgreesWithStrtodHalfwayBetweenTwoDoubles)
{
    // 2^53 + 1 lies between two doubles, and so do its multiples by powers of two.
    for (const char *text : {"9007199254740993", "9007199254740993.0", "9007199254740992.9999999",
                             "18014398509481986", "18446744073709551615", "18446744073709551616",
                             "1.00000000000000011102230246251565404", "5e-324", "2.5e-324", "1e-27",
                             "1e27", "1e28", "0", "-0", "0e999999999999", "1e-999999999999"})
        expect_as_strtod(text);
    Rng rng = rng_make(9, 0);
    char text[64];
    for (int i = 0; i < N_RANDOM; i++) { // of 54 bits, the last one set
        snprintf(text, sizeof text, "%llu",
                 (unsigned long long)(rng_u64(&rng) >> 10 | 1 | UINT64_C(1) << 53));
        expect_as_strtod(text);
    }
}

TEST(NumberRead, TellsWhatIsTooLargeAndWhatIsNoNumber)
{
    double value;
    EXPECT_EQ(number_read_real("1e309", &value), NUMBER_TOO_LARGE);
    EXPECT_EQ(number_read_real("1e99999999999999999999", &value), NUMBER_TOO_LARGE);
    for (const char *text : {"", "-", "1e", "1.", ".5", "01", "1 ", "nan", "inf", "0x1", "1e+"})
        EXPECT_EQ(number_read_real(text, &value), NUMBER_NONE) << text;
}

TEST(RealExact, IsShort)
{
    EXPECT_STREQ(real_exact(150).text, "150");
    EXPECT_STREQ(real_exact(0.1).text, "0.1");
    EXPECT_STREQ(real_exact(1e15).text, "1e+15");
    EXPECT_STREQ(real_exact(0.1 + 0.2).text, "0.30000000000000004");
}

} // namespace
