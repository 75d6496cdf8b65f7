// json_out.c: exact text.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "base/json_out.h"

namespace
{

std::string written(const std::function<void(JsonOut *)> &write)
{
    char *text = nullptr;
    size_t n = 0;
    FILE *stream = open_memstream(&text, &n);
    JsonOut json;
    json_begin(&json, stream);
    write(&json);
    json_end(&json);
    fclose(stream);
    std::string result(text, n);
    free(text);
    return result;
}

TEST(JsonOut, NestedLevelsAreIndentedAndCompactOnesStandOnOneLine)
{
    std::string text = written([](JsonOut *json) {
        json_object(json, nullptr, false);
        json_text(json, "name", "x");
        json_list(json, "list", true);
        json_u64(json, nullptr, 1);
        json_object(json, nullptr, false); // inherits the one line
        json_bool(json, "yes", true);
        json_close(json);
        json_close(json);
        json_object(json, "empty", false);
        json_close(json);
        json_list(json, "rows", false);
        json_u64(json, nullptr, UINT64_MAX);
        json_bool(json, nullptr, false);
        json_close(json);
        json_close(json);
    });
    EXPECT_EQ(text, "{\n  \"name\": \"x\",\n  \"list\": [1, {\"yes\": true}],\n  \"empty\": {},\n"
                    "  \"rows\": [\n    18446744073709551615,\n    false\n  ]\n}\n");
}

TEST(JsonOut, TextIsEscaped)
{
    std::string text =
        written([](JsonOut *json) { json_text(json, nullptr, "a\"b\\c\n\x01\x7f\xc3\xa9\xff"); });
    EXPECT_EQ(text, "\"a\\\"b\\\\c\\u000a\\u0001\\u007f\xc3\xa9\xef\xbf\xbd\"\n");
}

TEST(JsonOut, RealsReadBackTheSameAndShort)
{
    auto real = [](double value) {
        return written([value](JsonOut *json) { json_real(json, nullptr, value); });
    };
    EXPECT_EQ(real(0.1), "0.1\n");
    EXPECT_EQ(real(3), "3\n");
    EXPECT_EQ(real(-2.5e-300), "-2.5e-300\n");
    EXPECT_EQ(real(std::nan("")), "null\n");
    EXPECT_EQ(real(-std::numeric_limits<double>::infinity()), "null\n");
    double x = 0.1;
    for (int i = 0; i < 10000; i++) {
        x = x * 3.7 - std::floor(x * 3.7) + 1e-9;
        ASSERT_EQ(strtod(real(x * std::ldexp(1.0, i % 600 - 300)).c_str(), nullptr),
                  x * std::ldexp(1.0, i % 600 - 300));
    }
}

TEST(JsonOut, MisuseIsABug)
{
    EXPECT_EXIT(written([](JsonOut *json) { json_object(json, nullptr, false); }),
                testing::ExitedWithCode(70), "");
    EXPECT_EXIT(written([](JsonOut *json) {
                    json_list(json, nullptr, false);
                    json_u64(json, "key", 1);
                }),
                testing::ExitedWithCode(70), "");
    EXPECT_EXIT(written([](JsonOut *json) {
                    json_object(json, nullptr, false);
                    json_u64(json, nullptr, 1);
                }),
                testing::ExitedWithCode(70), "");
    EXPECT_EXIT(written([](JsonOut *json) { json_close(json); }), testing::ExitedWithCode(70), "");
    EXPECT_EXIT(written([](JsonOut *json) {
                    for (int i = 0; i <= JSON_MAX_DEPTH; i++)
                        json_list(json, nullptr, false);
                }),
                testing::ExitedWithCode(70), "JSON_MAX_DEPTH");
}

} // namespace
