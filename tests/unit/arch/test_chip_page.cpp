// docs/chip-file.md: every number that the reader knows has a row with its unit and its limits, and no other has.
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "arch/chip.h"

namespace
{

// "section.field" or "operating_points.NAME.field" -> "min .. max"
std::map<std::string, std::string> limits()
{
    std::map<std::string, std::string> all;
#define X(section, field, min, max, whole) all[#section "." #field] = #min " .. " #max;
    CHIP_NUMBER_LIST(X)
#undef X
#define X(field, min, max, whole) all["operating_points.NAME." #field] = #min " .. " #max;
    OPERATING_NUMBER_LIST(X)
#undef X
    return all;
}

std::map<std::string, std::string> units(Arena *arena, const Chip *chip)
{
    std::map<std::string, std::string> all;
    const NamedCost *number = nullptr;
    const uint32_t n = chip_numbers(arena, chip, &number);
    for (uint32_t i = 0; i < n; i++) {
        std::string key = number[i].key;
        const std::string point = "operating_points." + std::string(chip->point[0].name) + ".";
        if (key.compare(0, point.size(), point) == 0)
            key = "operating_points.NAME." + key.substr(point.size());
        all[key] = number[i].unit;
    }
    return all;
}

TEST(ChipPageTest, HasARowForEveryNumberWithItsUnitAndLimits)
{
    Arena *arena = arena_new();
    const Chip *chip = nullptr;
    Err err{};
    ASSERT_EQ(chip_load(arena, EGRET_SOURCE_DIR "/arch/chips/tiny-2x2.yaml", nullptr, nullptr, 0,
                        &chip, &err),
              STATUS_OK)
        << err.message;
    const std::map<std::string, std::string> limit = limits(), unit = units(arena, chip);
    std::ifstream page(EGRET_SOURCE_DIR "/docs/chip-file.md");
    std::map<std::string, std::string> row;
    for (std::string line; std::getline(page, line);) {
        std::istringstream cells(line);
        std::string empty, key, unit_cell, limit_cell, rest;
        if (line.compare(0, 3, "| `") != 0)
            continue;
        std::getline(cells, empty, '|');
        std::getline(cells, key, '|');
        if (!std::getline(cells, unit_cell, '|') || !std::getline(cells, limit_cell, '|') ||
            !std::getline(cells, rest, '|'))
            continue; // a table of other keys
        EXPECT_EQ(row.count(key), 0u) << key << " stands twice";
        row[key.substr(2, key.size() - 4)] = unit_cell + "|" + limit_cell;
    }
    EXPECT_EQ(row.size(), limit.size());
    for (const auto &one : limit) {
        ASSERT_EQ(unit.count(one.first), 1u) << one.first;
        EXPECT_EQ(row[one.first], " " + unit.at(one.first) + " | " + one.second + " ") << one.first;
    }
    arena_free(arena);
}

} // namespace
