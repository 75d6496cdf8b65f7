// proto_out.c: the examples of the encoding's own documentation, and messages within messages.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/proto_out.h"

namespace
{

class ProtoOutTest : public ::testing::Test
{
  protected:
    ~ProtoOutTest() override
    {
        arena_free(arena);
    }

    std::vector<int> bytes() const
    {
        return {out.bytes, out.bytes + out.n};
    }

    Arena *arena = arena_new();
    ProtoOut out = proto_out(arena);
};

TEST_F(ProtoOutTest, NumbersAreVarintsLowestBitsFirst)
{
    proto_u64(&out, 1, 150);
    EXPECT_EQ(bytes(), (std::vector<int>{0x08, 0x96, 0x01}));
    proto_clear(&out);
    proto_u64(&out, 60, UINT64_MAX);
    EXPECT_EQ(bytes(), (std::vector<int>{0xe0, 0x03, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                         0xff, 0x01}));
}

TEST_F(ProtoOutTest, TextHasItsLengthAndIsUtf8)
{
    proto_text(&out, 2, "testing");
    EXPECT_EQ(bytes(), (std::vector<int>{0x12, 7, 't', 'e', 's', 't', 'i', 'n', 'g'}));
    proto_clear(&out);
    proto_text(&out, 2, "a\xff");
    EXPECT_EQ(bytes(), (std::vector<int>{0x12, 4, 'a', 0xef, 0xbf, 0xbd}));
}

TEST_F(ProtoOutTest, RealNumbersAreEightBytesLowestFirst)
{
    proto_real(&out, 44, 1.5);
    EXPECT_EQ(bytes(), (std::vector<int>{0xe1, 0x02, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f}));
}

TEST_F(ProtoOutTest, MessagesWithinMessagesHaveTheirLengths)
{
    const size_t outer = proto_begin(&out, 1), inner = proto_begin(&out, 11);
    proto_u64(&out, 9, 1);
    proto_end(&out, inner);
    proto_end(&out, outer);
    EXPECT_EQ(bytes(), (std::vector<int>{0x0a, 4, 0x5a, 2, 0x48, 1}));
}

TEST_F(ProtoOutTest, LengthsOfTwoBytesMoveWhatWasWritten)
{
    const size_t outer = proto_begin(&out, 1);
    proto_text(&out, 23, std::string(300, 'x').c_str());
    proto_end(&out, outer);
    ASSERT_EQ(out.n, 3U + 4 + 300);
    EXPECT_EQ(std::vector<int>(out.bytes, out.bytes + 8),
              (std::vector<int>{0x0a, 0xb0, 0x02, 0xba, 0x01, 0xac, 0x02, 'x'}));
    EXPECT_EQ(out.bytes[out.n - 1], 'x');
}

} // namespace
