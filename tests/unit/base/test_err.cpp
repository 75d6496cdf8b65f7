// err.c: one printable line, whatever is quoted in it.
#include <string>

#include <gtest/gtest.h>

#include "base/check.h"
#include "base/err.h"

namespace
{

Status inner(Err *err, bool fails)
{
    return fails ? err_set(err, STATUS_NO_FIT, "no room") : STATUS_OK;
}

Status outer(Err *err, bool fails)
{
    TRY(inner(err, fails));
    return STATUS_OK;
}

TEST(Err, TryPassesTheFirstErrorOn)
{
    Err err = {};
    EXPECT_EQ(outer(&err, false), STATUS_OK);
    EXPECT_EQ(outer(&err, true), STATUS_NO_FIT);
    EXPECT_EQ(err.status, STATUS_NO_FIT);
    EXPECT_STREQ(err.message, "no room");
}

TEST(Err, ErrMayBeNull)
{
    EXPECT_EQ(err_set(nullptr, STATUS_IO, "%d", 1), STATUS_IO);
    err_hint(nullptr, "x");
}

TEST(Err, ControlCharactersAndBadUtf8BecomeQuestionMarks)
{
    Err err = {};
    err_set(&err, STATUS_INPUT, "%s", "a\nb\tc\x1b[31m\x7f\xff\xc2\x9b\xc3\xa9.");
    EXPECT_STREQ(err.message, "a?b?c?[31m????\xc3\xa9.");
}

TEST(Err, MessageThatIsTooLongEndsInDots)
{
    Err err = {};
    err_set(&err, STATUS_INPUT, "%s", std::string(3000, 'x').c_str());
    std::string message = err.message;
    EXPECT_EQ(message.size(), size_t{ERR_MESSAGE_BYTES} - 1);
    EXPECT_EQ(message.substr(message.size() - 4), "x...");
}

TEST(Err, NewErrorClearsTheOldHintAndMayQuoteTheOldMessage)
{
    Err err = {};
    err_set(&err, STATUS_INPUT, "first");
    err_hint(&err, "try %d", 2);
    EXPECT_STREQ(err.hint, "try 2");
    err_set(&err, STATUS_USAGE, "second: %s", err.message);
    EXPECT_STREQ(err.message, "second: first");
    EXPECT_STREQ(err.hint, "");
}

TEST(Err, ExitCodesAreFixed)
{
    EXPECT_EQ(STATUS_INPUT, 1);
    EXPECT_EQ(STATUS_USAGE, 2);
    EXPECT_EQ(STATUS_NO_FIT, 3);
    EXPECT_EQ(STATUS_UNSUPPORTED, 4);
    EXPECT_EQ(STATUS_IO, 5);
    EXPECT_EQ(STATUS_REGRESSION, 6);
    EXPECT_EQ(STATUS_INTERNAL, 70);
    EXPECT_EQ(STATUS_INTERRUPTED, 130);
}

TEST(Check, FailureNamesExpressionAndEndsWith70)
{
    int one = 1;
    CHECK(one == 1);
    EXPECT_EXIT(CHECK(one == 2), testing::ExitedWithCode(70), "test_err.cpp:.*one == 2");
}

} // namespace
