// args.c: words of a command line against the table of a command.
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "args.h"

namespace
{

const OptionRow kOptions[] = {
    {"chip", 'c', OPTION_VALUE, "NAME", "a chip"},
    {"set", 0, OPTION_MANY, "K=V", "a setting\nin two lines"},
    {"fast", 'f', OPTION_FLAG, nullptr, "no delay"},
    {"a-name-that-is-rather-long", 0, OPTION_VALUE, "VALUE", "its meaning"},
};

const CommandRow kCommand = {"try", "A [B]", "Try it.", "", kOptions, 4, 1, 2, nullptr, nullptr};

class ArgsTest : public ::testing::Test
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

    Status parse(std::vector<std::string> words)
    {
        std::vector<char *> pointers;
        text = words;
        for (std::string &word : text)
            pointers.push_back(&word[0]);
        err = Err{};
        return args_parse(arena, &kCommand, static_cast<uint32_t>(pointers.size()), pointers.data(),
                          &args, &err);
    }

    Arena *arena = nullptr;
    std::vector<std::string> text;
    Args args{};
    Err err{};
};

TEST_F(ArgsTest, ValuesComeInAllFourForms)
{
    for (const std::vector<std::string> &words : std::vector<std::vector<std::string>>{
             {"x", "--chip", "one"}, {"--chip=one", "x"}, {"-c", "one", "x"}, {"x", "-cone"}}) {
        ASSERT_EQ(parse(words), STATUS_OK) << err.message;
        EXPECT_STREQ(args_text(&args, "chip"), "one");
        ASSERT_EQ(args.n_operands, 1u);
        EXPECT_STREQ(args.operand[0], "x");
    }
}

TEST_F(ArgsTest, EmptyValueIsAValue)
{
    ASSERT_EQ(parse({"x", "--chip="}), STATUS_OK);
    EXPECT_STREQ(args_text(&args, "chip"), "");
}

TEST_F(ArgsTest, RepeatableOptionsKeepTheirOrder)
{
    ASSERT_EQ(parse({"--set", "a=1", "x", "--set=b=2"}), STATUS_OK);
    ASSERT_EQ(args.n_given, 2u);
    EXPECT_STREQ(args.given[0].value, "a=1");
    EXPECT_STREQ(args.given[1].value, "b=2");
}

TEST_F(ArgsTest, DoubleDashEndsTheOptions)
{
    ASSERT_EQ(parse({"--", "--chip", "-f"}), STATUS_OK);
    EXPECT_EQ(args.n_operands, 2u);
    EXPECT_FALSE(args_flag(&args, "fast"));
}

TEST_F(ArgsTest, UnknownOptionNamesTheNearest)
{
    EXPECT_EQ(parse({"x", "--chop", "one"}), STATUS_USAGE);
    EXPECT_STREQ(err.message, "--chop: unknown option; expected an option of `egret try`");
    EXPECT_STREQ(err.hint, "did you mean --chip?");
    EXPECT_EQ(parse({"x", "-z"}), STATUS_USAGE);
    EXPECT_STREQ(err.hint, "`egret try --help` lists them");
}

TEST_F(ArgsTest, MisuseOfValuesIsRefused)
{
    EXPECT_EQ(parse({"x", "--chip"}), STATUS_USAGE);
    EXPECT_STREQ(err.message, "--chip: no value; expected NAME");
    EXPECT_EQ(parse({"--chip", "--fast", "x"}), STATUS_USAGE);
    EXPECT_STREQ(err.message, "--chip: no value; expected NAME");
    EXPECT_EQ(parse({"x", "--fast=yes"}), STATUS_USAGE);
    EXPECT_STREQ(err.message, "--fast: the value `yes` is too much; expected none");
    EXPECT_EQ(parse({"x", "-c1", "--chip", "2"}), STATUS_USAGE);
    EXPECT_STREQ(err.message, "--chip: given twice; expected once");
}

TEST_F(ArgsTest, NumberOfOperandsIsChecked)
{
    EXPECT_EQ(parse({}), STATUS_USAGE);
    EXPECT_STREQ(err.message, "try: something is missing; expected `egret try A [B]`");
    EXPECT_EQ(parse({"1", "2", "3"}), STATUS_USAGE);
    EXPECT_STREQ(err.message, "3: too much; expected `egret try A [B]`");
    EXPECT_EQ(parse({"--help"}), STATUS_OK);
}

TEST_F(ArgsTest, WholeNumbersAreReadWholeAndInRange)
{
    uint64_t value = 0;
    for (const char *bad :
         {"", "x", "10x", "-1", "+1", " 1", "1.0", "1e3", "0x10", "101", "99999999999999999999"}) {
        ASSERT_EQ(parse({"x", std::string("--chip=") + bad}), STATUS_OK);
        EXPECT_EQ(args_u64(&args, "chip", 1, 100, 5, &value, &err), STATUS_USAGE) << bad;
    }
    ASSERT_EQ(parse({"x", "--chip", "100"}), STATUS_OK);
    EXPECT_EQ(args_u64(&args, "chip", 1, 100, 5, &value, &err), STATUS_OK);
    EXPECT_EQ(value, 100u);
    ASSERT_EQ(parse({"x", "--chip", "18446744073709551615"}), STATUS_OK);
    EXPECT_EQ(args_u64(&args, "chip", 0, UINT64_MAX, 5, &value, &err), STATUS_OK);
    EXPECT_EQ(value, UINT64_MAX);
    ASSERT_EQ(parse({"x"}), STATUS_OK);
    EXPECT_EQ(args_u64(&args, "chip", 1, 100, 5, &value, &err), STATUS_OK);
    EXPECT_EQ(value, 5u);
}

TEST_F(ArgsTest, RealNumbersAreReadWholeAndInRange)
{
    double value = 0;
    for (const char *bad : {"", "x", "0.5x", "nan", "inf", "1.5", "-0.1", "0x1p-1", "."}) {
        ASSERT_EQ(parse({"x", std::string("--chip=") + bad}), STATUS_OK);
        EXPECT_EQ(args_real(&args, "chip", 0, 1, 0.5, &value, &err), STATUS_USAGE) << bad;
    }
    ASSERT_EQ(parse({"x", "--chip", "2.5e-1"}), STATUS_OK);
    EXPECT_EQ(args_real(&args, "chip", 0, 1, 0.5, &value, &err), STATUS_OK);
    EXPECT_EQ(value, 0.25);
}

TEST_F(ArgsTest, ListsOfNumbersAreSeparatedByCommas)
{
    uint32_t n = 0;
    const uint32_t *list = nullptr;
    ASSERT_EQ(parse({"x", "--chip", "50,1,7"}), STATUS_OK);
    ASSERT_EQ(args_u32_list(arena, &args, "chip", 1, 100, &n, &list, &err), STATUS_OK);
    ASSERT_EQ(n, 3u);
    EXPECT_EQ(list[2], 7u);
    for (const char *bad : {"", ",", "1,", ",1", "1,,2", "1 2", "0,1", "101"}) {
        ASSERT_EQ(parse({"x", std::string("--chip=") + bad}), STATUS_OK);
        EXPECT_EQ(args_u32_list(arena, &args, "chip", 1, 100, &n, &list, &err), STATUS_USAGE)
            << bad;
    }
}

TEST_F(ArgsTest, ChoicesNameTheNearest)
{
    const char *const names[] = {"auto", "source", "target"};
    uint32_t chosen = 0;
    ASSERT_EQ(parse({"x", "--chip", "target"}), STATUS_OK);
    EXPECT_EQ(args_choice(&args, "chip", names, 3, 0, &chosen, &err), STATUS_OK);
    EXPECT_EQ(chosen, 2u);
    ASSERT_EQ(parse({"x", "--chip", "sorce"}), STATUS_OK);
    EXPECT_EQ(args_choice(&args, "chip", names, 3, 0, &chosen, &err), STATUS_USAGE);
    EXPECT_STREQ(err.message, "--chip: unknown value `sorce`; expected auto, source or target");
    EXPECT_STREQ(err.hint, "did you mean source?");
}

TEST_F(ArgsTest, MissingOptionSaysWhatItTakes)
{
    const char *value = nullptr;
    ASSERT_EQ(parse({"x"}), STATUS_OK);
    EXPECT_EQ(args_need(&args, "chip", &value, &err), STATUS_USAGE);
    EXPECT_STREQ(err.message, "try: --chip is missing; expected --chip NAME");
}

TEST_F(ArgsTest, AskingForAnOptionThatNoTableHasIsABugOfOurs)
{
    ASSERT_EQ(parse({"x"}), STATUS_OK);
    EXPECT_EXIT(args_flag(&args, "fats"), ::testing::ExitedWithCode(70), "row");
}

} // namespace
