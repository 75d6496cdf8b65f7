// What the compiler says that it does with a number of the chip: an unused one changes no byte of a
// program; one that is only weighed leaves the program possible, whatever it was compiled for.
#include <cmath>
#include <map>
#include <string>

#include "arch/chip_draw.h"
#include "property_fixture.hpp"

namespace
{

enum { N_PAIRS = 10 };

class NumberUses : public PropertyTest
{
  protected:
    std::map<std::string, int> tried; // numbers that were changed, by how often

    const Chip *chip_with(const NamedCost *named, uint32_t n_named, uint32_t id, double value)
    {
        std::vector<double> values;
        for (uint32_t i = 0; i < n_named; i++)
            values.push_back(i == id ? value : named[i].cost->value);
        return chip_with_numbers(arena, chip, values.data());
    }

    void expect_same_program(const Chip *other, bool same_bytes)
    {
        const Topology *on = nullptr;
        const Program *made = nullptr;
        const CompileSummary *summary = nullptr;
        ASSERT_EQ(topology_build(arena, other, &on, &err), STATUS_OK) << err.message;
        EXPECT_EQ(program_check_on(program, on, &err), STATUS_OK) << err.message;
        if (!same_bytes)
            return;
        ASSERT_EQ(compile(arena, other, on, network, &how, &made, &summary, &err), STATUS_OK)
            << err.message;
        EXPECT_EQ(made->hash, program->hash);
    }

    void try_numbers()
    {
        const NamedCost *named;
        const NumberUse *use;
        const uint32_t n_named = chip_numbers(arena, chip, &named);
        ASSERT_EQ(compile_number_uses(arena, chip, &how, &use), n_named);
        for (uint32_t i = 0; i < n_named && !HasFailure(); i++) {
            if (use[i] == NUMBER_SHAPES || named[i].cost->value == 0)
                continue;
            SCOPED_TRACE(told + ": " + named[i].key);
            const double more = std::floor(named[i].cost->value * 1.5) + 1;
            expect_same_program(chip_with(named, n_named, i, more), use[i] == NUMBER_UNUSED);
            tried[named[i].key] += use[i] == NUMBER_UNUSED;
        }
    }
};

TEST_P(NumberUses, UnusedOnesChangeNothing)
{
    int done = 0;
    for (int i = 0; i < TRIES && done < N_PAIRS && !HasFailure(); i++) {
        if (draw_pair()) {
            how.objective = static_cast<Objective>(done % N_OBJECTIVES);
            if (compile_pair(false) == STATUS_OK) { // in another order it may not fit
                try_numbers();
                done++;
            }
        }
        arena_reset(arena);
    }
    EXPECT_EQ(done, N_PAIRS);
    EXPECT_GT(tried["noc.buffer_flits"], N_PAIRS / 2);
    EXPECT_GT(tried["energy.router_lookup_pj"], 0); // unless it is for energy
    EXPECT_EQ(tried["noc.hop_cycles"], 0);
}

// The key alone says the same as the table for a chip; what is no number shapes.
TEST_F(SimTest, UseOfAKey)
{
    use_chip("spinnaker2");
    const CompileOptions plain{};
    const NamedCost *named;
    const NumberUse *use;
    const uint32_t n_named = chip_numbers(arena, chip, &named);
    compile_number_uses(arena, chip, &plain, &use);
    for (uint32_t i = 0; i < n_named; i++) {
        const bool other_point =
            std::string(named[i].key).rfind("operating_points.", 0) == 0 &&
            std::string(named[i].key)
                    .rfind(std::string("operating_points.") + chip->point[0].name, 0) != 0;
        EXPECT_EQ(use[i],
                  other_point ? NUMBER_UNUSED : compile_number_use(named[i].key, OBJECTIVE_LATENCY))
            << named[i].key;
    }
    EXPECT_EQ(compile_number_use("grid.usable_cores", OBJECTIVE_LATENCY), NUMBER_SHAPES);
    EXPECT_EQ(compile_number_use("fabric.wrap", OBJECTIVE_ENERGY), NUMBER_SHAPES);
    EXPECT_EQ(compile_number_use("energy.chip_floor_uw", OBJECTIVE_ENERGY), NUMBER_WEIGHED);
    EXPECT_EQ(compile_number_use("energy.chip_floor_uw", OBJECTIVE_LATENCY), NUMBER_UNUSED);
}

INSTANTIATE_TEST_SUITE_P(Seeds, NumberUses, ::testing::Range(0, 3));

} // namespace
