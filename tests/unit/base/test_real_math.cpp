// real_math.c: error against long double in units in the last place, over millions of points.
#include <cmath>
#include <functional>
#include <limits>

#include <gtest/gtest.h>

#include "base/real_math.h"
#include "base/rng.h"

namespace
{

const double INF = std::numeric_limits<double>::infinity();
const double SMALLEST_NORMAL = std::numeric_limits<double>::min();
const int N_POINTS = 600000;

double error_ulp(double got, long double want)
{
    double near = std::fabs(static_cast<double>(want));
    double ulp = std::nextafter(near, INF) - near;
    return static_cast<double>(std::fabs(static_cast<long double>(got) - want) /
                               static_cast<long double>(ulp));
}

/* Largest error over points uniform in +-width, for widths from 2^-40 to `widest`. */
double worst(const std::function<double(double)> &ours,
             const std::function<long double(long double)> &exact, double widest)
{
    Rng rng = rng_make(11, 0);
    double most = 0;
    for (int i = 0; i < N_POINTS; i++) {
        double width = i % 4 == 0   ? std::ldexp(1.0, -(i / 4 % 40))
                       : i % 4 == 1 ? 2
                       : i % 4 == 2 ? 40
                                    : widest;
        double x = (2 * rng_uniform(&rng) - 1) * width;
        long double want = exact(static_cast<long double>(x));
        if (std::fabs(want) < static_cast<long double>(SMALLEST_NORMAL) ||
            std::isinf(static_cast<double>(want)))
            continue;
        most = std::max(most, error_ulp(ours(x), want));
    }
    return most;
}

TEST(RealMath, ExpIsWithinTwoUnits)
{
    EXPECT_LT(worst(
                  real_exp, [](long double x) { return expl(x); }, 709),
              1.0);
}

TEST(RealMath, LogIsWithinTwoUnits)
{
    Rng rng = rng_make(12, 0);
    double most = 0;
    for (int i = 0; i < 3 * N_POINTS; i++) {
        double x = i % 3 == 0   ? 1 + (rng_uniform(&rng) - 0.5) * std::ldexp(1.0, -(i % 50))
                   : i % 3 == 1 ? rng_uniform(&rng) * 10
                                : std::ldexp(1 + rng_uniform(&rng),
                                             static_cast<int>(rng_below(&rng, 2040)) - 1022);
        if (x > 0 && (x < 1 || x > 1))
            most = std::max(most, error_ulp(real_log(x), logl(static_cast<long double>(x))));
    }
    EXPECT_LT(most, 1.0);
    EXPECT_EQ(real_log(1), 0);
    EXPECT_LT(error_ulp(real_log(0x1p-1070), logl(0x1p-1070L)), 1);
}

TEST(RealMath, TanhIsWithinTwoUnitsAndExactlyOdd)
{
    EXPECT_LT(worst(
                  real_tanh, [](long double x) { return tanhl(x); }, 50),
              1.5);
    Rng rng = rng_make(13, 0);
    for (int i = 0; i < N_POINTS; i++) {
        double x = rng_uniform(&rng) * (i % 2 == 0 ? 1 : 30);
        ASSERT_EQ(real_tanh(-x), -real_tanh(x));
        ASSERT_LE(std::fabs(real_tanh(x)), 1);
    }
    for (double x : {5e-324, 1e-300, 1e-20, 1e-9})
        EXPECT_EQ(real_tanh(x), x);
}

TEST(RealMath, SigmoidIsWithinTwoUnitsAndItsHalvesAddUpToOne)
{
    EXPECT_LT(worst(
                  real_sigmoid, [](long double x) { return 1 / (1 + expl(-x)); }, 700),
              1.5);
    Rng rng = rng_make(14, 0);
    for (int i = 0; i < N_POINTS; i++) {
        double x = rng_uniform(&rng) * (i % 2 == 0 ? 1 : 50);
        ASSERT_NEAR(real_sigmoid(x) + real_sigmoid(-x), 1, 0x1p-52);
    }
    EXPECT_EQ(real_sigmoid(0), 0.5);
}

TEST(RealMath, PiecesMeetWithoutAStep)
{
    for (double at : {0.8, 20.0, 40.0, -0.8, -40.0})
        for (double x : {std::nextafter(at, -INF), at, std::nextafter(at, INF)}) {
            EXPECT_LT(error_ulp(real_tanh(x), tanhl(static_cast<long double>(x))), 1.5) << at;
            EXPECT_LT(error_ulp(real_sigmoid(x), 1 / (1 + expl(-static_cast<long double>(x)))), 1.5)
                << at;
        }
}

TEST(RealMath, EndsOfTheRange)
{
    EXPECT_EQ(real_exp(0), 1);
    EXPECT_EQ(real_exp(709.79), INF);
    EXPECT_TRUE(std::isfinite(real_exp(709.78)));
    EXPECT_EQ(real_exp(-746), 0);
    EXPECT_GT(real_exp(-745), 0);
    EXPECT_NEAR(real_exp(-740) / 4.199558e-322, 1, 0.01); // subnormal
    EXPECT_EQ(real_exp(INF), INF);
    EXPECT_EQ(real_exp(-INF), 0);
    EXPECT_EQ(real_log(0), -INF);
    EXPECT_EQ(real_log(INF), INF);
    EXPECT_TRUE(std::isnan(real_log(-1)));
    EXPECT_EQ(real_tanh(INF), 1);
    EXPECT_EQ(real_tanh(-INF), -1);
    EXPECT_EQ(real_sigmoid(INF), 1);
    EXPECT_EQ(real_sigmoid(-INF), 0);
    EXPECT_EQ(real_sigmoid(-800), 0);
    double nan = std::nan("");
    for (auto function : {real_exp, real_log, real_sigmoid, real_tanh})
        EXPECT_TRUE(std::isnan(function(nan)));
}

} // namespace
