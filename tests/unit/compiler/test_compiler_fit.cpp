// Formats chosen by what fits, and the smallest number of cores that does.
#include "compiler_fixture.h"

class Fit : public CompilerTest
{
  protected:
    SliceProgram only_slice(const Network *network, uint32_t n_slices = 1)
    {
        mapping = mapping_new(arena, &chip, nullptr, network, &options);
        SliceProgram slice = slice_make(mapping, 0, n_slices, 0);
        SliceProgram *slices[] = {&slice};
        result = fit_core(mapping, slices, 1, region);
        return slice;
    }
    Mapping *mapping = nullptr;
    FitResult result = FIT_YES;
    uint64_t region[N_REGIONS]{};
};

TEST_F(Fit, SourceWithTheNarrowestIndexIsTheFirstChoice)
{
    SliceProgram slice = only_slice(generate({300, 85}, 0.1));
    EXPECT_EQ(result, FIT_YES);
    EXPECT_EQ(slice.input.format, FORMAT_SOURCE);
    EXPECT_EQ(slice.input.index_bytes, 1u); // 255 targets
    slice = only_slice(generate({300, 86}, 0.1));
    EXPECT_EQ(slice.input.index_bytes, 2u); // 258 targets
}

TEST_F(Fit, TargetIsChosenWhereOnlyItsRowsFit)
{
    // many sources, few weights: row pointers of source format are what does not fit
    const Network *network = generate({4000, 10}, 0.001);
    TestChip::set(chip.core.data_bytes, 8000);
    TestChip::set(chip.core.system_bytes, 100000);
    SliceProgram slice = only_slice(network);
    EXPECT_EQ(result, FIT_YES);
    EXPECT_EQ(slice.input.format, FORMAT_TARGET);
    EXPECT_EQ(slice.input.index_bytes, 2u);
    EXPECT_LE(memory_bytes(region, 1), 8000u);
}

TEST_F(Fit, TargetIsRefusedWhereItsBuffersOverflowTheSystemMemory)
{
    const Network *network = generate({4000, 10}, 0.001);
    TestChip::set(chip.core.data_bytes, 8000);
    TestChip::set(chip.core.system_bytes, 32768);
    only_slice(network);
    EXPECT_EQ(result, FIT_NO_MEMORY);
}

TEST_F(Fit, WhatDoesNotFitIsShownInTheFormatsThatLackLeast)
{
    const Network *network = generate({300, 80}, 1.0); // no zeros: bit maps take least
    TestChip::set(chip.core.data_bytes, 10000);
    SliceProgram slice = only_slice(network);
    EXPECT_EQ(result, FIT_NO_MEMORY);
    EXPECT_EQ(slice.input.format, FORMAT_BITMAP);
    EXPECT_EQ(slice.recurrent.format, FORMAT_BITMAP);
}

TEST_F(Fit, OptionsForceFormatAndIndexWidth)
{
    const Network *network = generate({30, 20}, 0.1);
    options.format = FORMAT_TARGET;
    SliceProgram slice = only_slice(network);
    EXPECT_EQ(slice.input.format, FORMAT_TARGET);
    EXPECT_EQ(slice.input.index_bytes, 1u);
    options.index_bits = 32;
    EXPECT_EQ(only_slice(network).input.index_bytes, 4u);
    options.format = FORMAT_SOURCE;
    EXPECT_EQ(only_slice(network).input.format, FORMAT_SOURCE);
    options.index_bits = 8;
    only_slice(generate({30, 86}, 0.1));
    EXPECT_EQ(result, FIT_NO_INDEX);
}

TEST_F(Fit, ForcedNarrowIndicesLeaveTheOtherFormatIfTheFormatIsFree)
{
    options.index_bits = 8;
    SliceProgram slice = only_slice(generate({200, 100}, 0.1)); // 300 targets, 200 sources
    EXPECT_EQ(result, FIT_YES);
    EXPECT_EQ(slice.input.format, FORMAT_TARGET);
}

TEST_F(Fit, OnASharedCoreTheSliceThatSavesMostChangesFirst)
{
    const Network *network = generate({2000, 10, 500}, 0.002);
    mapping = mapping_new(arena, &chip, nullptr, network, &options);
    SliceProgram slice[] = {slice_make(mapping, 0, 1, 0), slice_make(mapping, 1, 50, 0)};
    SliceProgram *slices[] = {&slice[0], &slice[1]};
    EXPECT_EQ(fit_core(mapping, slices, 2, region), FIT_YES);
    EXPECT_EQ(slice[0].input.format, FORMAT_SOURCE);
    EXPECT_EQ(slice[1].input.format, FORMAT_SOURCE);
    TestChip::set(chip.core.data_bytes, static_cast<double>(memory_bytes(region, 1)) - 4);
    EXPECT_EQ(fit_core(mapping, slices, 2, region), FIT_YES);
    EXPECT_EQ(slice[0].input.format, FORMAT_TARGET); // 2,000 row pointers saved
    EXPECT_EQ(slice[1].input.format, FORMAT_SOURCE);
}

// The smallest count by trying all from 1, slice by slice, without the search's short cut.
static uint32_t least_by_trying(const Mapping *mapping, uint32_t layer, uint32_t n_units)
{
    for (uint32_t k = 1; k <= n_units; k++) {
        bool fits = true;
        for (uint32_t i = 0; fits && i < k; i++) {
            SliceProgram slice = slice_make(mapping, layer, k, i);
            SliceProgram *slices[] = {&slice};
            uint64_t region[N_REGIONS];
            fits = fit_core(mapping, slices, 1, region) == FIT_YES;
        }
        if (fits)
            return k;
    }
    return 0;
}

TEST_F(Fit, LeastCoresEqualTheFirstCountThatFitsByTrying)
{
    // weights pile up on the last units, so failing slices move as the count grows
    const Network *network =
        build({40, 60, 30}, [](uint32_t l, bool, uint32_t s, uint32_t, uint32_t u) {
            return l == 0 ? (u >= 45 || (u + s) % 11 == 0 ? 1.0f : 0.0f)
                          : ((u + s) % 2 ? 1.0f : 0.0f);
        });
    mapping = mapping_new(arena, &chip, nullptr, network, &options);
    for (double bytes : {4200.0, 4500.0, 5000.0, 8000.0, 20000.0, 60000.0}) {
        TestChip::set(chip.core.data_bytes, bytes);
        uint32_t count[2] = {0, 0}, hopeless = 0;
        uint64_t total = fit_min_cores(arena, mapping, count, &hopeless);
        uint32_t expected[] = {least_by_trying(mapping, 0, 60), least_by_trying(mapping, 1, 30)};
        ASSERT_GT(expected[0], 0u) << bytes;
        ASSERT_GT(expected[1], 0u) << bytes;
        EXPECT_EQ(count[0], expected[0]) << bytes;
        EXPECT_EQ(count[1], expected[1]) << bytes;
        EXPECT_EQ(total, expected[0] + expected[1]) << bytes;
    }
}

TEST_F(Fit, ALayerWhoseSingleUnitsDoNotFitIsNamed)
{
    const Network *network = generate({20, 5, 400}, 1.0);
    TestChip::set(chip.core.data_bytes, 4000); // a unit of layer 1 alone has 1,215 weights
    mapping = mapping_new(arena, &chip, nullptr, network, &options);
    uint32_t hopeless = 0;
    EXPECT_EQ(fit_min_cores(arena, mapping, nullptr, &hopeless), 0u);
    EXPECT_EQ(hopeless, 1u);
}

TEST_F(Fit, SharedSlotsSpreadASmallLayerOverAllCores)
{
    for (uint32_t n_slots : {1u, 2u, 5u, 7u, 16u}) {
        for (uint32_t n_slices = 1; n_slices <= n_slots; n_slices++) {
            uint32_t n_found = 0;
            for (uint32_t slot = 0; slot < n_slots; slot++) {
                uint32_t i = shared_slice(n_slices, n_slots, slot);
                if (i == UINT32_MAX)
                    continue;
                EXPECT_EQ(shared_slot(n_slices, n_slots, i), slot);
                EXPECT_EQ(i, n_found++);
            }
            EXPECT_EQ(n_found, n_slices);
        }
    }
}
