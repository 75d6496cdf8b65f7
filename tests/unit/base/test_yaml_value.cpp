// yaml_value.c: values are read whole or refused with what was expected.
#include <cmath>
#include <cstring>
#include <string>

#include "yaml_fixture.h"

namespace
{

struct YamlValue : YamlTest {
    const YamlNode *value(const std::string &text)
    {
        return parse("v: " + text + "\n")->item[0];
    }
};

TEST_F(YamlValue, WholeNumbers)
{
    uint64_t n = 0;
    EXPECT_EQ(yaml_as_u64(value("0"), 0, 9, &n, &err), STATUS_OK);
    EXPECT_EQ(n, 0u);
    EXPECT_EQ(yaml_as_u64(value("18446744073709551615"), 0, UINT64_MAX, &n, &err), STATUS_OK);
    EXPECT_EQ(n, UINT64_MAX);
    for (const char *text : {"8.5", "010", "3.2abc", "0x10", "1e3", "1_000", "+1", "true", "x",
                             "'8'", "", "[1]", "{a: 1}", "1 2", "~"}) {
        EXPECT_EQ(yaml_as_u64(value(text), 0, 100, &n, &err), STATUS_INPUT) << text;
        EXPECT_NE(std::strstr(err.message, "expected a whole number from 0 to 100"), nullptr)
            << err.message;
        EXPECT_EQ(n, 0u);
    }
    EXPECT_EQ(yaml_as_u64(value("101"), 0, 100, &n, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message,
                 "f.yaml:1:4: v: 101 is too large; expected a whole number from 0 to 100");
    EXPECT_EQ(yaml_as_u64(value("18446744073709551616"), 0, UINT64_MAX, &n, &err), STATUS_INPUT);
    EXPECT_EQ(yaml_as_u64(value("1"), 2, 100, &n, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message,
                 "f.yaml:1:4: v: 1 is too small; expected a whole number from 2 to 100");
    EXPECT_EQ(yaml_as_u64(value("-3"), 0, 100, &n, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message,
                 "f.yaml:1:4: v: -3 is too small; expected a whole number from 0 to 100");
}

TEST_F(YamlValue, Reals)
{
    double x = 0;
    for (auto [text, want] :
         {std::pair{"1", 1.0}, {"-2.5", -2.5}, {"1e3", 1000.0}, {"+0.25E-2", 0.0025}}) {
        EXPECT_EQ(yaml_as_real(value(text), -1e9, 1e9, &x, &err), STATUS_OK) << err.message;
        EXPECT_EQ(x, want);
    }
    for (const char *text : {".5", "5.", "1e", "01.5", ".nan", ".inf", "nan", "inf", "0x1p3",
                             "3.2abc", "1,5", "'1'", "", "[1]", "1e999", "-1e999", "--1"}) {
        EXPECT_EQ(yaml_as_real(value(text), -1e9, 1e9, &x, &err), STATUS_INPUT) << text;
        EXPECT_NE(std::strstr(err.message, "expected a number from -1000000000 to 1000000000"),
                  nullptr);
    }
    EXPECT_EQ(yaml_as_real(value("-0"), 0, 1, &x, &err), STATUS_OK);
    EXPECT_FALSE(std::signbit(x));
    EXPECT_EQ(yaml_as_real(value("1.5"), 0, 1, &x, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message, "f.yaml:1:4: v: 1.5 is out of range; expected a number from 0 to 1");
}

TEST_F(YamlValue, TruthValuesAreTrueAndFalseOnly)
{
    bool yes = false;
    EXPECT_EQ(yaml_as_bool(value("true"), &yes, &err), STATUS_OK);
    EXPECT_TRUE(yes);
    EXPECT_EQ(yaml_as_bool(value("false"), &yes, &err), STATUS_OK);
    EXPECT_FALSE(yes);
    for (const char *text : {"yes", "True", "maybe", "1", "'true'", "\"false\""})
        EXPECT_EQ(yaml_as_bool(value(text), &yes, &err), STATUS_INPUT) << text;
    EXPECT_STREQ(err.message,
                 "f.yaml:1:4: v: 'false' is neither true nor false; expected one of: true, false");
}

TEST_F(YamlValue, TextMayBeAnyScalarButNotNothing)
{
    const char *text = nullptr;
    EXPECT_EQ(yaml_as_text(value("some words"), &text, &err), STATUS_OK);
    EXPECT_STREQ(text, "some words");
    EXPECT_EQ(yaml_as_text(value(""), &text, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message, "f.yaml:1:3: v: nothing stands here; expected text");
    EXPECT_EQ(yaml_as_text(value("[]"), &text, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message, "f.yaml:1:4: v: is a list; expected text");
}

TEST_F(YamlValue, ChoicesSuggestTheNearest)
{
    const char *const names[] = {"measured", "datasheet", "derived", "guess"};
    unsigned which = 0;
    EXPECT_EQ(yaml_as_choice(value("guess"), names, 4, &which, &err), STATUS_OK);
    EXPECT_EQ(which, 3u);
    EXPECT_EQ(yaml_as_choice(value("mesured"), names, 4, &which, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message,
                 "f.yaml:1:4: v: 'mesured' is unknown (did you mean 'measured'?); expected "
                 "one of: measured, datasheet, derived, guess");
    EXPECT_EQ(yaml_as_choice(value("xyzzy"), names, 4, &which, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message,
                 "f.yaml:1:4: v: 'xyzzy' is unknown; expected one of: measured, datasheet, "
                 "derived, guess");
}

TEST_F(YamlValue, KeysThatAreMissingOrOfAnotherKindAreNamed)
{
    const YamlNode *root = parse("m:\n  a: 1\n  l: []\n");
    const YamlNode *map = yaml_find(root, "m"), *out = nullptr;
    uint64_t n = 0;
    EXPECT_EQ(yaml_u64(map, "b", 0, 9, &n, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message, "f.yaml:2:3: m: key 'b' is missing; expected 'b:' with a value");
    EXPECT_EQ(yaml_u64(map, "l", 0, 9, &n, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message, "f.yaml:3:6: m.l: is a list; expected a value");
    EXPECT_EQ(yaml_need(map, "a", YAML_MAP, &out, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message, "f.yaml:2:6: m.a: is a value; expected a map");
    EXPECT_EQ(yaml_need(yaml_find(map, "a"), "x", YAML_MAP, &out, &err), STATUS_INPUT);
    uint32_t small = 0;
    EXPECT_EQ(yaml_u32(map, "a", 0, 9, &small, &err), STATUS_OK);
    EXPECT_EQ(small, 1u);
    double real = 0;
    EXPECT_EQ(yaml_real(map, "a", 0, 9, &real, &err), STATUS_OK);
    EXPECT_EQ(real, 1);
    const char *text = nullptr;
    EXPECT_EQ(yaml_text(map, "a", &text, &err), STATUS_OK);
    EXPECT_STREQ(text, "1");
    const char *const ones[] = {"0", "1"};
    unsigned which = 0;
    EXPECT_EQ(yaml_choice(map, "a", ones, 2, &which, &err), STATUS_OK);
    EXPECT_EQ(which, 1u);
}

TEST_F(YamlValue, UnknownKeysAreRefusedAtTheKey)
{
    const char *const names[] = {"hop_cycles", "flit_bits"};
    const YamlNode *root = parse("noc:\n  flit_bits: 1\n  hop_cycels: 2\n");
    EXPECT_EQ(yaml_only(yaml_find(root, "noc"), names, 2, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message,
                 "f.yaml:3:3: noc: unknown key 'hop_cycels' (did you mean 'hop_cycles'?); "
                 "expected one of: hop_cycles, flit_bits");
    EXPECT_EQ(yaml_only(parse("- 1\n"), names, 2, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message, "f.yaml:1:1: is a list; expected a map");
}

TEST(YamlNearest, FindsSlipsAndLeavesTheRest)
{
    const char *const names[] = {"run", "compile", "report"};
    EXPECT_STREQ(yaml_nearest("compiel", names, 3), "compile");
    EXPECT_STREQ(yaml_nearest("rnu", names, 3), "run");
    EXPECT_STREQ(yaml_nearest("repor", names, 3), "report");
    EXPECT_EQ(yaml_nearest("quantum", names, 3), nullptr);
    EXPECT_EQ(yaml_nearest("", names, 3), nullptr);
    EXPECT_EQ(yaml_nearest(std::string(5000, 'r').c_str(), names, 3), nullptr);
    EXPECT_EQ(yaml_nearest("run", nullptr, 0), nullptr);
}

} // namespace
