// count.c and the names that follow from the list.
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "arch/count.h"

namespace
{

TEST(Count, EveryCountHasANameOfItsOwnAndAMeaning)
{
    std::set<std::string> names;
    for (int i = 0; i < N_COUNTS; i++) {
        names.insert(count_name(static_cast<Count>(i)));
        EXPECT_NE(std::string(count_meaning(static_cast<Count>(i))), "");
    }
    EXPECT_EQ(names.size(), size_t{N_COUNTS});
    EXPECT_STREQ(count_name(COUNT_RECEIVE_CYCLES), "receive_cycles");
    EXPECT_STREQ(count_name(COUNT_FIFO_HIGH_PACKETS), "fifo_high_packets");
    EXPECT_EXIT(count_name(N_COUNTS), testing::ExitedWithCode(70), "N_COUNTS");
}

} // namespace
