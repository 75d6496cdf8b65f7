// expression.c: arithmetic as text, its refusals, and texts made at random.
#include "base/expression.h"

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/rng.h"

namespace
{

const char *const kNames[] = {"a", "b", "chip.noc.hop_cycles", "run.sim_steps", "zero"};
const double kValues[] = {3, 4, 5, 100, 0};

class ExpressionTest : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        arena = arena_new();
    }

    void TearDown() override
    {
        arena_free(arena);
    }

    Status parse(const std::string &text)
    {
        err = Err{};
        return expression_parse(arena, text.c_str(), kNames, 5, &expression, &err);
    }

    double value(const std::string &text)
    {
        double out = -999;
        EXPECT_EQ(parse(text), STATUS_OK) << text << ": " << err.message;
        EXPECT_TRUE(expression && expression_value(expression, kValues, &out)) << text;
        return out;
    }

    std::string refused(const std::string &text)
    {
        EXPECT_EQ(parse(text), STATUS_INPUT) << text;
        EXPECT_EQ(expression, nullptr);
        return err.message;
    }

    Arena *arena = nullptr;
    const Expression *expression = nullptr;
    Err err = {};
};

TEST_F(ExpressionTest, OperatorsBindAsInMathematics)
{
    EXPECT_EQ(value("2 + 3 * 4"), 14);
    EXPECT_EQ(value("(2 + 3) * 4"), 20);
    EXPECT_EQ(value("10 - 3 - 2"), 5);
    EXPECT_EQ(value("100 / 10 / 2"), 5);
    EXPECT_EQ(value("2^3^2"), 512);
    EXPECT_EQ(value("-2^2"), -4);
    EXPECT_EQ(value("2^-2"), 0.25);
    EXPECT_EQ(value("--3"), 3);
    EXPECT_EQ(value("2 * -3"), -6);
    EXPECT_EQ(value("17 % 5"), 2);
    EXPECT_EQ(value("1e6 + 1.5e-1"), 1000000.15);
    EXPECT_EQ(value("a*b+chip.noc.hop_cycles"), 17);
}

TEST_F(ExpressionTest, ComparisonsAndLogicGiveTruths)
{
    EXPECT_EQ(value("a < b"), 1);
    EXPECT_TRUE(expression_is_truth(expression));
    EXPECT_EQ(value("a + 1 >= b and b != 4"), 0);
    EXPECT_EQ(value("a > b or not a > b"), 1);
    EXPECT_EQ(value("not a == b and a <= b"), 1);
    EXPECT_EQ(value("a == 3 or b == 3 and a == 4"), 1);
    EXPECT_EQ(value("(a == 3 or b == 3) and a == 4"), 0);
    EXPECT_EQ(value("a + b"), 7);
    EXPECT_FALSE(expression_is_truth(expression));
}

TEST_F(ExpressionTest, FunctionsAreWhatTheirNamesSay)
{
    EXPECT_EQ(value("min(a, b)"), 3);
    EXPECT_EQ(value("max(a, b, 9, 2)"), 9);
    EXPECT_EQ(value("floor(-1.5) + ceil(1.2) + round(2.5)"), 3);
    EXPECT_EQ(value("sqrt(16)"), 4);
    EXPECT_EQ(value("log2(2^40)"), 40);
    EXPECT_EQ(value("log2(0.125)"), -3);
    EXPECT_EQ(value("exp(0) + abs(-2)"), 3);
    EXPECT_NEAR(value("log(exp(2.5))"), 2.5, 1e-15);
    EXPECT_NEAR(value("2^0.5"), 1.4142135623730951, 1e-15);
}

TEST_F(ExpressionTest, RightSidesAreLeftAloneWhereTheLeftOneTells)
{
    double out;
    EXPECT_EQ(value("zero == 0 or 1 / zero > 2"), 1);
    EXPECT_EQ(value("zero > 0 and 1 / zero > 2"), 0);
    ASSERT_EQ(parse("zero == 0 and 1 / zero > 2"), STATUS_OK);
    EXPECT_FALSE(expression_value(expression, kValues, &out));
    EXPECT_EQ(out, 0);
}

TEST_F(ExpressionTest, WhatIsNoNumberIsTold)
{
    double out;
    for (const char *text :
         {"1 / zero", "a % zero", "sqrt(-1)", "log(zero)", "log2(-1)", "exp(1000)", "(-2)^0.5",
          "zero^-1", "1e300 * 1e300", "min(1, 1 / zero)"}) {
        ASSERT_EQ(parse(text), STATUS_OK) << text;
        EXPECT_FALSE(expression_value(expression, kValues, &out)) << text;
    }
}

TEST_F(ExpressionTest, NamesThatAreReadAreKnown)
{
    ASSERT_EQ(parse("a + run.sim_steps"), STATUS_OK);
    EXPECT_TRUE(expression_uses(expression, 0));
    EXPECT_FALSE(expression_uses(expression, 1));
    EXPECT_TRUE(expression_uses(expression, 3));
}

TEST_F(ExpressionTest, RefusalsTellTheirPlace)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "character 1: ends here; expected a number, a name or a function"},
        {"a +", "character 4: ends here; expected a number, a name or a function"},
        {"a b", "character 3: 'b' stands here; expected an operator or the end"},
        {"a + * b", "character 5: '*' stands here; expected a number, a name or a function"},
        {"(a + b", "character 7: expected )"},
        {"a + b)", "character 6: ')' stands here; expected an operator or the end"},
        {"a + x9", "character 5: unknown name 'x9'; expected a number, a name or a function"},
        {"run.sim_step", "character 1: unknown name 'run.sim_step' (did you mean "
                         "'run.sim_steps'?)"},
        {"1x", "character 1: '1x' is not a number"},
        {"007", "character 1: '007' is not a number"},
        {".5", "character 1: '.' stands here; expected a number, a name or a function"},
        {"1e999", "character 1: '1e999' is not a number"},
        {"a < b < 3", "character 1: something that is true or false; expected a number"},
        {"1 + (a < b)", "character 5: something that is true or false; expected a number"},
        {"not 3", "character 5: a number; expected something that is true or false"},
        {"a and b < 2", "character 1: a number; expected something that is true or false"},
        {"a < b and 2", "character 11: a number; expected something that is true or false"},
        {"min(a)", "character 1: min of 1 number; expected at least 2"},
        {"sqrt(a, b)", "character 7: expected )"},
        {"sqrt + 1", "character 6: expected ( behind the function sqrt"},
        {"max(a, b < 2)", "character 8: something that is true or false; expected a number"},
        {"a = b", "character 3: '=' stands here; expected an operator or the end"},
        {"a\tb", "character 2: '?' stands here; expected an operator or the end"},
    };
    for (const auto &it : cases)
        EXPECT_EQ(refused(it.text), it.message) << it.text;
}

TEST_F(ExpressionTest, DepthAndLengthAreBounded)
{
    EXPECT_EQ(refused(std::string(100, '(') + "1"),
              "character 33: nested deeper than 64 levels; expected fewer");
    EXPECT_EQ(refused(std::string(100, '-') + "1"),
              "character 64: nested deeper than 64 levels; expected fewer");
    EXPECT_EQ(refused(std::string(5000, '1')), "character 4097: longer than 4096 characters");
    std::string nots, powers = "1";
    for (int i = 0; i < 100; i++) {
        nots += "not ";
        powers += "^1";
    }
    EXPECT_NE(refused(nots + "a < b").find("nested deeper"), std::string::npos);
    EXPECT_NE(refused(powers).find("nested deeper"), std::string::npos);
    std::string sum = "1";
    while (sum.size() < EXPRESSION_MAX_BYTES - 2)
        sum += "+1";
    EXPECT_EQ(value(sum), 2048);
}

// ---- at random ----

// A tree that is written with and without needless blanks and parentheses, and computed beside.
struct Made {
    std::string text;
    double value;
    bool is_truth;
};

Made make(Rng &rng, int depth, bool truth)
{
    if (truth) {
        if (depth > 0 && rng_below(&rng, 2) == 0) {
            const Made left = make(rng, depth - 1, true), right = make(rng, depth - 1, true);
            const bool is_and = rng_below(&rng, 2) == 0;
            return {
                "(" + left.text + ") " + (is_and ? "and" : "or") + " not(" + right.text + ")",
                (is_and ? left.value > 0 && right.value <= 0 : left.value > 0 || right.value <= 0)
                    ? 1.0
                    : 0.0,
                true};
        }
        const Made left = make(rng, depth - 1, false), right = make(rng, depth - 1, false);
        switch (rng_below(&rng, 3)) {
        case 0:
            return {left.text + "<" + right.text, left.value < right.value ? 1.0 : 0.0, true};
        case 1:
            return {left.text + " >= " + right.text, left.value >= right.value ? 1.0 : 0.0, true};
        default:
            return {left.text + "!=" + right.text, left.value != right.value ? 1.0 : 0.0, true};
        }
    }
    if (depth <= 0) {
        const uint64_t i = rng_below(&rng, 5);
        return {i < 4 ? kNames[i] : "7", i < 4 ? kValues[i] : 7, false};
    }
    const Made left = make(rng, depth - 1, false), right = make(rng, depth - 1, false);
    const std::string l = "(" + left.text + ")", r = "(" + right.text + ")";
    switch (rng_below(&rng, 6)) {
    case 0:
        return {left.text + " + " + r, left.value + right.value, false};
    case 1:
        return {left.text + "-" + r, left.value - right.value, false};
    case 2:
        return {l + "*" + r, left.value * right.value, false};
    case 3:
        return {"min( " + left.text + "," + right.text + ")", std::fmin(left.value, right.value),
                false};
    case 4:
        return {"-" + l, -left.value, false};
    default:
        return {"abs(" + left.text + ")%" + "(1+abs(" + right.text + "))",
                std::fmod(std::fabs(left.value), 1 + std::fabs(right.value)), false};
    }
}

TEST_F(ExpressionTest, RandomTreesHaveTheValueOfTheirTree)
{
    Rng rng = rng_make(1, 0);
    for (int i = 0; i < 3000; i++) {
        const Made made = make(rng, static_cast<int>(rng_below(&rng, 6)), rng_below(&rng, 2) == 0);
        if (made.text.size() > EXPRESSION_MAX_BYTES)
            continue;
        EXPECT_EQ(value(made.text), made.value) << made.text;
        EXPECT_EQ(expression_is_truth(expression), made.is_truth) << made.text;
    }
}

TEST_F(ExpressionTest, RandomTextsAreReadOrRefused)
{
    static const char *const pieces[] = {
        "a",  "b",    "zero", "1",  "2.5", "(",  ")",   "+",   "-",   "*",  "/", "^",
        "%",  "<",    "<=",   "==", "and", "or", "not", "min", ",",   "(a", " ", "sqrt",
        "1e", "\xc3", ".",    "e5", "!",   "!=", "[",   "\"",  "a.b", "b)"};
    Rng rng = rng_make(2, 0);
    int n_read = 0;
    for (int i = 0; i < 50000; i++) {
        std::string text;
        for (uint64_t n = rng_below(&rng, 12) + 1; n > 0; n--)
            text += std::string(pieces[rng_below(&rng, sizeof pieces / sizeof pieces[0])]) +
                    (rng_below(&rng, 2) == 0 ? " " : "");
        if (parse(text) == STATUS_OK) {
            double out;
            n_read++;
            const bool is_number = expression_value(expression, kValues, &out);
            EXPECT_TRUE(is_number ? std::isfinite(out) : out == 0) << text;
        } else {
            size_t place = 0;
            ASSERT_EQ(std::sscanf(err.message, "character %zu: ", &place), 1) << err.message;
            EXPECT_GE(place, 1u);
            EXPECT_LE(place, text.size() + 1) << text << ": " << err.message;
        }
        arena_reset(arena);
    }
    EXPECT_GT(n_read, 300);
}

} // namespace
