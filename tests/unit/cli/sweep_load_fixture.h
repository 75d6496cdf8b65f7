// What tests of sweeps share: a folder of their own, SWEEP.yaml by its text, what comes of it.
#ifndef TESTS_UNIT_CLI_SWEEP_LOAD_FIXTURE_H
#define TESTS_UNIT_CLI_SWEEP_LOAD_FIXTURE_H

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sweep.h"

class SweepLoadTest : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        char name[] = "/tmp/egret-sweep-XXXXXX";
        ASSERT_NE(mkdtemp(name), nullptr);
        folder = std::filesystem::canonical(name).string();
        arena = arena_new();
    }

    void TearDown() override
    {
        arena_free(arena);
        std::filesystem::remove_all(folder);
    }

    std::string path(const std::string &name) const
    {
        return folder + "/" + name;
    }

    void write(const std::string &name, const std::string &text) const
    {
        std::ofstream(path(name), std::ios::binary) << text;
    }

    std::string read(const std::string &name) const
    {
        std::ostringstream text;
        text << std::ifstream(path(name), std::ios::binary).rdbuf();
        return text.str();
    }

    // A sweep over a small generated network: `rest` is what the test is about.
    static std::string sweep_text(const std::string &rest, const std::string &base = "")
    {
        return "egret_sweep: 1\n"
               "name: try\n"
               "base:\n"
               "  generate: egru\n"
               "  generate.layers: 8,16\n"
               "  chip: tiny-mesh\n"
               "  run.activity: \"rates=1,0.2 steps=4\"\n" +
               base + rest;
    }

    Status load(const std::string &text)
    {
        write("S.yaml", text);
        err = Err{};
        return sweep_load(arena, path("S.yaml").c_str(), &plan, &err);
    }

    // The message without the folder.
    std::string message() const
    {
        std::string text = err.message;
        for (size_t at; (at = text.find(folder + "/")) != std::string::npos;)
            text.erase(at, folder.size() + 1);
        return text;
    }

    std::string refused(const std::string &text)
    {
        EXPECT_EQ(load(text), STATUS_INPUT) << text;
        EXPECT_EQ(plan, nullptr);
        return message();
    }

    std::vector<std::string> column(const std::string &key) const
    {
        std::vector<std::string> values;
        for (uint32_t k = 0; k < plan->n_keys; k++)
            for (uint32_t point = 0; key == plan->key[k].name && point < plan->n_points; point++)
                values.push_back(plan_value(plan, point, k));
        return values;
    }

    std::string folder;
    Arena *arena = nullptr;
    const Plan *plan = nullptr;
    Err err = {};
};

#endif
