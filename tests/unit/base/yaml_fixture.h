// What tests of YAML share: parse text, and turn an error into a line.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "base/yaml_doc.h"

struct YamlTest : testing::Test {
    Arena *arena = arena_new();
    Err err = {};

    ~YamlTest() override
    {
        arena_free(arena);
    }

    YamlNode *parse(const std::string &text)
    {
        YamlNode *root = nullptr;
        EXPECT_EQ(yaml_parse(arena, "f.yaml", text.data(), text.size(), &root, &err), STATUS_OK)
            << err.message;
        return root;
    }
    // The message of a text that must be refused.
    std::string refusal(const std::string &text)
    {
        YamlNode *root = nullptr;
        Status status = yaml_parse(arena, "f.yaml", text.data(), text.size(), &root, &err);
        EXPECT_EQ(status, STATUS_INPUT) << text;
        EXPECT_EQ(root, nullptr);
        return status == STATUS_OK ? "" : err.message;
    }
};
