// utf8.c: RFC 3629.
#include <string>

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace
{

size_t first_bad(const std::string &text)
{
    return utf8_valid(text.data(), text.size());
}

TEST(Utf8, TextOfAllLengthsIsValid)
{
    std::string text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
    EXPECT_EQ(first_bad(text), text.size());
    EXPECT_EQ(first_bad(""), 0u);
    EXPECT_EQ(utf8_length("", 0), 0u);
}

TEST(Utf8, EveryCodePointIsJudgedAsItsEncoder)
{
    for (unsigned code = 0x80; code < 0x120000; code++) {
        std::string text;
        if (code < 0x800)
            text = {char(0xc0 | code >> 6), char(0x80 | (code & 0x3f))};
        else if (code < 0x10000)
            text = {char(0xe0 | code >> 12), char(0x80 | (code >> 6 & 0x3f)),
                    char(0x80 | (code & 0x3f))};
        else
            text = {char(0xf0 | code >> 18), char(0x80 | (code >> 12 & 0x3f)),
                    char(0x80 | (code >> 6 & 0x3f)), char(0x80 | (code & 0x3f))};
        bool is_valid = code < 0x110000 && !(code >= 0xd800 && code < 0xe000);
        ASSERT_EQ(utf8_length(text.data(), text.size()), is_valid ? text.size() : 0) << code;
        ASSERT_EQ(utf8_length(text.data(), text.size() - 1), 0u) << code;
    }
}

TEST(Utf8, OverlongFormsAndLoneBytesAreNot)
{
    for (const char *text : {"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\x80",
                             "\xbf", "\xf5\x80\x80\x80", "\xff", "\xc3(", "\xe2\x28\xa1"})
        EXPECT_EQ(first_bad(text), 0u);
    EXPECT_EQ(first_bad("ab\xff"), 2u);
}

} // namespace
