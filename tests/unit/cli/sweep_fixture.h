// A small plan and results of it, made by hand.
#ifndef TESTS_UNIT_CLI_SWEEP_FIXTURE_H
#define TESTS_UNIT_CLI_SWEEP_FIXTURE_H

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "sweep.h"

namespace sweep_test
{

enum { N_POINTS = 60, N_KEYS = 3 };

// The same for the same task; of every kind.
inline Result made_result(uint32_t point, Fidelity fidelity)
{
    Rng rng = rng_make(point, fidelity);
    Result result = result_empty({point, fidelity});
    result.status = point % 7 == 3 ? RESULT_NO_FIT : RESULT_OK;
    if (result.status != RESULT_OK)
        result.error = "core 3: \"weights\", data: 120,000 bytes needed, 98,304 available";
    result.network_hash = "00ff00ff00ff00ff";
    result.mapping_hash = "0123456789abcdef";
    if (result.status == RESULT_OK)
        result.binding = "core 3: receive";
    result.cores_used = point;
    result.run_ps = rng_u64(&rng) >> 2;
    for (uint32_t i = 0; i < N_RESULT_METRICS && result.status == RESULT_OK; i++) {
        if (i % 5 == 4)
            continue;
        result.has[i] = true;
        result.value[i] = rng_normal(&rng) * 1e3;
        result.low[i] = i % 2 == 0 ? result.value[i] : result.value[i] - rng_uniform(&rng);
        result.high[i] = i % 3 == 0 ? result.value[i] : result.value[i] + 1e-9;
    }
    result.origin = {"node7", 4711, 1700000000000, 12 + point, 1};
    return result;
}

class SweepTest : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        char name[] = "/tmp/egret_sweep_XXXXXX";
        ASSERT_NE(mkdtemp(name), nullptr);
        root = name;
        folder = root + "/results.db.d";
        arena = arena_new();
        scratch = arena_new();
        make_plan();
    }

    void TearDown() override
    {
        arena_free(arena);
        arena_free(scratch);
        EXPECT_EQ(system(("rm -rf '" + root + "'").c_str()), 0);
    }

    void make_plan()
    {
        for (uint32_t point = 0; point < N_POINTS; point++) {
            values.push_back(arena_printf(arena, "%u", 1 + point / 10));
            values.push_back(arena_printf(arena, "0.%u", point % 10));
            values.push_back("egru");
        }
        plan.sweep = &sweep;
        plan.n_keys = N_KEYS;
        plan.key = key;
        plan.n_varied = 2;
        plan.n_points = N_POINTS;
        plan.value = values.data();
        plan.hash = 0x0123456789abcdef;
    }

    Result result_of(uint32_t point, Fidelity fidelity)
    {
        return made_result(point, fidelity);
    }

    static std::string read_all(const std::string &path)
    {
        std::ifstream stream(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    }

    static void write_all(const std::string &path, const std::string &bytes)
    {
        std::ofstream(path, std::ios::binary) << bytes;
    }

    uint32_t n_there(const Results &results) const
    {
        uint32_t n = 0;
        for (uint32_t i = 0; i < N_FIDELITIES * results.n_points; i++)
            n += results.row[i] != nullptr;
        return n;
    }

    std::string root, folder;
    Arena *arena = nullptr, *scratch = nullptr;
    std::vector<const char *> values;
    const SweepKey key[N_KEYS] = {{KEY_NUMBER, "chip.noc.hop_cycles", "noc.hop_cycles"},
                                  {KEY_GENERATE, "generate.density", "density"},
                                  {KEY_GENERATE, "generate", ""}};
    Sweep sweep = {};
    Plan plan = {};
};

} // namespace sweep_test

#endif
