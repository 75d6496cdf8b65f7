// What tests of chips share: the shipped descriptions, edited.
#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "arch/chip.h"

inline std::string chip_folder()
{
    return std::string(EGRET_SOURCE_DIR) + "/arch/chips";
}

inline std::string chip_text(const std::string &name)
{
    std::ifstream stream(chip_folder() + "/" + name + ".yaml");
    return {std::istreambuf_iterator<char>(stream), {}};
}

struct ChipTest : testing::Test {
    Arena *arena = arena_new();
    Err err = {};

    ~ChipTest() override
    {
        arena_free(arena);
    }

    const Chip *load(const std::string &name, const std::vector<ChipSetting> &settings = {})
    {
        const Chip *chip = nullptr;
        EXPECT_EQ(chip_load(arena, name.c_str(), chip_folder().c_str(), settings.data(),
                            static_cast<uint32_t>(settings.size()), &chip, &err),
                  STATUS_OK)
            << err.message;
        return chip;
    }
    // The description as text, with the first `from` replaced by `to`.
    static std::string edited(const std::string &name, const std::string &from,
                              const std::string &to)
    {
        std::string text = chip_text(name);
        size_t at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        return at == std::string::npos ? text : text.replace(at, from.size(), to);
    }
};
