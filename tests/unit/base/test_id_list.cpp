/* test_id_list.cpp - short and long lists against a sorted set. */
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "base/id_list.h"
#include "base/rng.h"

namespace
{

std::vector<uint32_t> ascended(std::vector<uint32_t> list, IdMarks *marks)
{
    list.resize(ids_ascend(list.data(), list.size(), marks));
    return list;
}

TEST(IdList, ListsOfAnyLengthBecomeSets)
{
    Arena *arena = arena_new();
    Rng rng = rng_make(5, 0);
    for (uint32_t n_ids : {1U, 3U, 100U, 5000U}) {
        IdMarks marks = id_marks(arena, n_ids);
        for (uint32_t n : {0U, 1U, 2U, 7U, 60U, 155U, 156U, 157U, 1000U, 12000U}) {
            std::vector<uint32_t> list;
            for (uint32_t i = 0; i < n; i++)
                list.push_back((uint32_t)rng_below(&rng, n_ids));
            std::set<uint32_t> once(list.begin(), list.end());
            EXPECT_EQ(ascended(list, &marks), std::vector<uint32_t>(once.begin(), once.end()));
        }
        for (uint32_t id = 0; id < n_ids; id++) /* ready for the next list */
            EXPECT_EQ(marks.mark[id], 0);
    }
    arena_free(arena);
}

} // namespace
