// Slices and the bytes they take: worked by hand.
#include "compiler_fixture.h"

class Memory : public CompilerTest
{
};

static float all_ones(uint32_t, bool, uint32_t, uint32_t, uint32_t)
{
    return 1.0f;
}

TEST_F(Memory, SlicesCoverALayerInOrderWithSizesDifferingByAtMostOne)
{
    const Network *network = build({3, 11}, all_ones);
    Mapping *mapping = mapping_new(arena, &chip, nullptr, network, &options);
    for (uint32_t n_slices = 1; n_slices <= 11; n_slices++) {
        uint32_t unit = 0;
        for (uint32_t i = 0; i < n_slices; i++) {
            SliceProgram slice = slice_make(mapping, 0, n_slices, i);
            EXPECT_EQ(slice.first_position, unit);
            EXPECT_GE(slice.n_units, 11 / n_slices);
            EXPECT_LE(slice.n_units, 11 / n_slices + 1);
            for (uint32_t u = 0; u < slice.n_units; u++)
                EXPECT_EQ(even_slice_at(11, n_slices, unit++), i);
        }
        EXPECT_EQ(unit, 11u);
    }
}

TEST_F(Memory, SlicesCountTheWeightsOfTheirUnits)
{
    // unit u has u + 1 input weights in gate 0, and recurrent weights from unit 0 in all gates
    const Network *network =
        build({8, 6}, [](uint32_t, bool rec, uint32_t s, uint32_t g, uint32_t u) {
            return rec ? (s == 0 ? 1.0f : 0.0f) : (g == 0 && s <= u ? 1.0f : 0.0f);
        });
    Mapping *mapping = mapping_new(arena, &chip, nullptr, network, &options);
    SliceProgram slice = slice_make(mapping, 0, 3, 1); // units 2, 3
    EXPECT_EQ(slice.first_position, 2u);
    EXPECT_EQ(slice.n_units, 2u);
    EXPECT_EQ(slice.input.n_weights, 3u + 4u);
    EXPECT_EQ(slice.recurrent.n_weights, 2u * 3u);
    EXPECT_EQ(slice.input.n_targets, 6u);
    EXPECT_EQ(slice.input.n_sources, 8u);
    EXPECT_EQ(slice.recurrent.n_sources, 6u);
}

TEST_F(Memory, SourceFormatTakesTheBytesWorkedOutByHand)
{
    const Network *network = build({5, 4}, all_ones);
    Mapping *mapping = mapping_new(arena, &chip, nullptr, network, &options);
    SliceProgram slice = slice_make(mapping, 0, 2, 0); // 2 units: 30 input and 24 recurrent weights
    set_formats(&slice, FORMAT_SOURCE, 1);
    const SliceProgram *slices[] = {&slice};
    uint64_t region[N_REGIONS];
    memory_of_core(mapping, slices, 1, region);
    EXPECT_EQ(region[REGION_CODE], 8192u);
    EXPECT_EQ(region[REGION_FIFO], 256u * 8);
    EXPECT_EQ(region[REGION_EVENTS], 0u);
    EXPECT_EQ(region[REGION_STACK], 2048u);
    EXPECT_EQ(region[REGION_WEIGHTS], 54u * 4);
    EXPECT_EQ(region[REGION_INDICES], 32u + 24u); // 30 bytes are padded to 32
    EXPECT_EQ(region[REGION_POINTERS], 4u * (6 + 5));
    EXPECT_EQ(region[REGION_PARAMETERS], 4u * (2 * 6 + 2));
    EXPECT_EQ(region[REGION_STATE], 8u);
    EXPECT_EQ(region[REGION_ACCUMULATORS], 2u * 2 * 6 * 4);
    EXPECT_EQ(memory_bytes(region, 0), 8192u + 2048u);
    EXPECT_EQ(memory_bytes(region, 1), 2048u + 216 + 56 + 44 + 56 + 8 + 96);
}

TEST_F(Memory, TargetFormatBuffersEventsAndNeedsNoAccumulators)
{
    const Network *network = build({5, 4}, all_ones);
    Mapping *mapping = mapping_new(arena, &chip, nullptr, network, &options);
    SliceProgram slice = slice_make(mapping, 0, 2, 0);
    set_formats(&slice, FORMAT_TARGET, 2);
    const SliceProgram *slices[] = {&slice};
    uint64_t region[N_REGIONS];
    memory_of_core(mapping, slices, 1, region);
    EXPECT_EQ(region[REGION_EVENTS], 4u * 2 * (5 + 4));
    EXPECT_EQ(region[REGION_INDICES], 60u + 48u);
    EXPECT_EQ(region[REGION_POINTERS], 2u * 4 * 7);
    EXPECT_EQ(region[REGION_ACCUMULATORS], 0u);
}

TEST_F(Memory, TargetSlicesOfALayerShareTheirEventBuffersOnACore)
{
    const Network *network = build({5, 4, 3}, all_ones);
    Mapping *mapping = mapping_new(arena, &chip, nullptr, network, &options);
    SliceProgram slice[] = {slice_make(mapping, 0, 2, 0), slice_make(mapping, 0, 2, 1),
                            slice_make(mapping, 1, 1, 0)};
    for (SliceProgram &s : slice)
        set_formats(&s, FORMAT_TARGET, 1);
    const SliceProgram *slices[] = {&slice[0], &slice[1], &slice[2]};
    uint64_t region[N_REGIONS];
    memory_of_core(mapping, slices, 3, region);
    EXPECT_EQ(region[REGION_EVENTS], 8u * (5 + 4) + 8u * (4 + 3));
    EXPECT_EQ(region[REGION_STATE], 4u * (4 + 3));
}

TEST_F(Memory, IndexWidthIsTheNarrowestThatCountsAllColumns)
{
    EXPECT_EQ(index_bytes_for(1), 1u);
    EXPECT_EQ(index_bytes_for(256), 1u);
    EXPECT_EQ(index_bytes_for(257), 2u);
    EXPECT_EQ(index_bytes_for(65536), 2u);
    EXPECT_EQ(index_bytes_for(65537), 4u);
    EXPECT_EQ(index_bytes_for(UINT32_MAX), 4u);
}

TEST_F(Memory, LayoutFillsTheImageWithoutGapsAndAligned)
{
    const Network *network = generate({7, 9, 5}, 0.4);
    options.share_cores = true;
    set_counts({2, 2});
    Mapping *mapping = map_until(network, 'm');
    ASSERT_EQ(mapping->n_slots, 2u);
    const CoreUse &use = mapping->core[0];
    const SliceProgram &a = mapping->slice[use.slice[0]], &b = mapping->slice[use.slice[1]];
    EXPECT_EQ(a.input.weight_offset, 0u);
    EXPECT_EQ(a.recurrent.weight_offset, a.input.n_weights * 4);
    EXPECT_EQ(b.input.weight_offset, a.recurrent.weight_offset + a.recurrent.n_weights * 4);
    EXPECT_EQ(a.input.index_offset, use.region_bytes[REGION_WEIGHTS]);
    EXPECT_EQ(a.recurrent.index_offset % 4, 0u);
    EXPECT_EQ(b.state_offset + 4 * b.n_units, use.image_bytes);
    EXPECT_EQ(mapping_check(arena, mapping, &err), STATUS_OK) << err.message;
}

TEST_F(Memory, CountsAreWrittenWithSeparators)
{
    EXPECT_STREQ(number_text(0).text, "0");
    EXPECT_STREQ(number_text(999).text, "999");
    EXPECT_STREQ(number_text(1000).text, "1,000");
    EXPECT_STREQ(number_text(103412).text, "103,412");
    EXPECT_STREQ(number_text(UINT64_MAX).text, "18,446,744,073,709,551,615");
}
