// chips that come with Egret: no number without a source, and no guess that passes for more.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <set>
#include <string>

#include "arch/chip.h"

namespace
{

const char *const OWN_ASSUMPTION = "EGRET"; // key of what has no source outside this project
const char *const INVENTED = "TINY";        // key of chips for tests, which stand for no silicon
constexpr size_t LEAST_TEXT = 6;            // characters behind a key that say something

bool cites(const std::string &source, const char *key)
{
    return source.compare(0, std::strlen(key), key) == 0;
}

std::set<std::string> shipped_chips()
{
    std::set<std::string> paths;
    for (const auto &file : std::filesystem::directory_iterator(EGRET_SOURCE_DIR "/arch/chips"))
        if (file.path().extension() == ".yaml")
            paths.insert(file.path().string());
    return paths;
}

class ChipSources : public ::testing::TestWithParam<std::string>
{
};

TEST_P(ChipSources, EveryNumberHasASourceAndGuessesSaySo)
{
    Arena *arena = arena_new();
    const Chip *chip;
    Err err{};
    ASSERT_EQ(chip_load(arena, GetParam().c_str(), nullptr, nullptr, 0, &chip, &err), STATUS_OK)
        << err.message;
    const NamedCost *named;
    const uint32_t n = chip_numbers(arena, chip, &named);
    ASSERT_GT(n, 60u);
    for (uint32_t i = 0; i < n; i++) {
        const Cost *cost = named[i].cost;
        ASSERT_NE(cost->source, nullptr) << named[i].key;
        const std::string source = cost->source;
        ASSERT_FALSE(source.empty()) << named[i].key;
        if (!cites(source, INVENTED)) {
            const size_t colon = source.find(": ");
            ASSERT_NE(colon, std::string::npos) << named[i].key << ": " << source;
            EXPECT_GE(source.size() - colon - 2, LEAST_TEXT) << named[i].key << ": " << source;
        }
        EXPECT_LE(cost->low, cost->value) << named[i].key;
        EXPECT_LE(cost->value, cost->high) << named[i].key;
        if (cites(source, OWN_ASSUMPTION)) {
            EXPECT_EQ(cost->source_kind, SOURCE_GUESS) << named[i].key << ": " << source;
        }
    }
    arena_free(arena);
}

std::string name_of(const ::testing::TestParamInfo<std::string> &info)
{
    std::string name = std::filesystem::path(info.param).stem().string();
    for (char &c : name)
        c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
    return name;
}

INSTANTIATE_TEST_SUITE_P(Shipped, ChipSources, ::testing::ValuesIn(shipped_chips()), name_of);

} // namespace
