// mapping_check finds what a faulty pass could leave behind: each test breaks one thing.
#include "compiler_fixture.h"

#include "models/decoder.h"
#include "models/fold.h"

class Check : public CompilerTest
{
  protected:
    Mapping *good(char last_letter)
    {
        set_counts({3, 2});
        Mapping *mapping = map_until(generate({9, 12, 8}, 0.4), last_letter);
        EXPECT_EQ(mapping_check(arena, mapping, &err), STATUS_OK) << err.message;
        return mapping;
    }
    void expect_found(const Mapping *mapping, const char *part)
    {
        err = Err{};
        EXPECT_EQ(mapping_check(arena, mapping, &err), STATUS_INTERNAL);
        EXPECT_NE(std::string(err.message).find(part), std::string::npos) << err.message;
    }
    // The byte of an image, as only a test may touch it.
    static RouteEntry *entry(const Mapping *mapping, uint32_t i)
    {
        return const_cast<RouteEntry *>(&mapping->table[0].entry[i]);
    }

    static uint8_t *byte(const Mapping *mapping, uint32_t core, uint64_t offset)
    {
        return const_cast<uint8_t *>(mapping->program->core[core].image) + offset;
    }
};

TEST_F(Check, AUnitOnNoSliceIsFound)
{
    Mapping *mapping = good('s');
    mapping->slice[1].n_units--;
    expect_found(mapping, "starts at position");
}

TEST_F(Check, AUnitOnTwoSlicesIsFound)
{
    Mapping *mapping = good('s');
    mapping->slice[1].first_position--;
    expect_found(mapping, "starts at position 3");
}

TEST_F(Check, UnevenSlicesAreAllowed)
{
    Mapping *mapping = good('s');
    for (uint32_t s = 0, first = 0; s < 2; s++) {
        uint32_t n_units = mapping->slice[s].n_units + (s == 0 ? 2 : -2);
        mapping->slice[s] = slice_from(mapping, 0, first, n_units);
        for (uint32_t u = 0; u < n_units; u++)
            mapping->slice_of[0][first++] = s;
    }
    EXPECT_EQ(mapping_check(arena, mapping, &err), STATUS_OK) << err.message;
}

TEST_F(Check, AUnitAtTwoPositionsIsFound)
{
    Mapping *mapping = good('s');
    mapping->unit_of[0][1] = mapping->unit_of[0][0];
    expect_found(mapping, "unit 0 at position 1 of layer 0 is elsewhere too");
}

TEST_F(Check, AUnitInAnotherSliceThanNotedIsFound)
{
    Mapping *mapping = good('s');
    mapping->slice_of[0][1]++;
    expect_found(mapping, "or not in slice 0");
}

TEST_F(Check, ALostWeightIsFoundByItsCount)
{
    Mapping *mapping = good('s');
    mapping->slice[4].recurrent.n_weights--;
    expect_found(mapping, "weights, the network");
}

TEST_F(Check, ASliceOnACoreThatDoesNotListItIsFound)
{
    Mapping *mapping = good('p');
    mapping->core_of[2] = 4;
    expect_found(mapping, "does not belong there");
}

TEST_F(Check, ACoreBeyondTheUsableOnesIsFound)
{
    Mapping *mapping = good('p');
    mapping->core_of[4] = mapping->core[4].core = 16;
    expect_found(mapping, "out of place or range");
}

TEST_F(Check, IndicesTooNarrowForTheirColumnsAreFound)
{
    set_counts({1});
    Mapping *mapping = map_until(generate({9, 100}, 0.1), 'f');
    mapping->slice[0].input.index_bytes = 1;
    expect_found(mapping, "1-byte indices");
}

TEST_F(Check, OverlappingArraysAreFound)
{
    Mapping *mapping = good('m');
    mapping->slice[1].recurrent.weight_offset -= 4;
    expect_found(mapping, "an array starts at byte");
}

TEST_F(Check, ARegionThatIsNotTheSumOfItsArraysIsFound)
{
    Mapping *mapping = good('m');
    mapping->core[2].region_bytes[REGION_STATE] += 4;
    expect_found(mapping, "state takes");
}

TEST_F(Check, OverlappingKeysAreFound)
{
    Mapping *mapping = good('k');
    mapping->slice[3].marker_key = mapping->slice[0].key + 1;
    expect_found(mapping, "key block");
}

TEST_F(Check, ARouteThatLacksACoreIsFound)
{
    Mapping *mapping = good('t');
    for (uint32_t r = 0; r < mapping->table[0].n_entries; r++) {
        ASSERT_GT(entry(mapping, r)->n_cores, 0u);
        entry(mapping, r)->n_cores--;
        expect_found(mapping, "leads to");
        entry(mapping, r)->n_cores++;
    }
}

TEST_F(Check, ARouteToAnotherCoreOrToTheHostIsFound)
{
    Mapping *mapping = good('t');
    RouteEntry *route = entry(mapping, 1);
    uint32_t elsewhere[] = {9, 10, 11, 12, 13};
    const uint32_t *core = route->core;
    route->core = elsewhere;
    expect_found(mapping, "does not need its packets");
    route->core = core;
    route->to_host = !route->to_host;
    expect_found(mapping, "host");
}

TEST_F(Check, AnEntryThatMatchesAnothersKeysIsFound)
{
    Mapping *mapping = good('t');
    entry(mapping, 0)->mask = 0;
    expect_found(mapping, "ascending entries");
    mapping->table[0].n_ascending = 0; // as it must be now
    entry(mapping, 0)->key = 0;
    expect_found(mapping, "route of key");
}

TEST_F(Check, AKeyWithoutAnEntryIsFound)
{
    Mapping *mapping = good('t');
    mapping->slice[0].key = 1u << 20;
    expect_found(mapping, "no entry of router 0");
}

TEST_F(Check, AChangedWeightIsFound)
{
    Mapping *mapping = good('e');
    *byte(mapping, 1, mapping->program->core[1].slice[0].recurrent.weight_offset) ^= 1;
    expect_found(mapping, "hold other recurrent weights of layer 0");
}

TEST_F(Check, TwoWeightsInEachOthersPlaceAreFound)
{
    Mapping *mapping = good('e');
    const MatrixImage &matrix = mapping->program->core[0].slice[0].input;
    ASSERT_GT(matrix.n_weights, 1u);
    std::swap_ranges(byte(mapping, 0, matrix.weight_offset),
                     byte(mapping, 0, matrix.weight_offset + 4),
                     byte(mapping, 0, matrix.weight_offset + 4));
    expect_found(mapping, "hold other input weights of layer 0");
}

TEST_F(Check, AWeightUnderAnotherSourceIsFound)
{
    Mapping *mapping = good('e');
    const MatrixImage &matrix = mapping->program->core[0].slice[0].input;
    uint64_t at = matrix.pointer_offset;
    uint32_t row = 1; // the first row that is not empty ends one weight early
    while (image_u32(mapping->program->core[0].image, at + 4 * row) == 0)
        row++;
    (*byte(mapping, 0, at + 4 * row))--;
    err = Err{};
    EXPECT_EQ(mapping_check(arena, mapping, &err), STATUS_INTERNAL);
}

TEST_F(Check, AnIndexOutOfRangeIsFound)
{
    Mapping *mapping = good('e');
    *byte(mapping, 2, mapping->program->core[2].slice[0].input.index_offset) = 200;
    expect_found(mapping, "out of order");
}

TEST_F(Check, AChangedParameterOrStateIsFound)
{
    Mapping *mapping = good('e');
    uint64_t at = mapping->program->core[3].slice[0].threshold_offset;
    *byte(mapping, 3, at) ^= 1;
    expect_found(mapping, "parameters of unit 0 of layer 1");
    *byte(mapping, 3, at) ^= 1;
    *byte(mapping, 4, mapping->program->core[4].slice[0].state_offset + 4) = 1;
    expect_found(mapping, "parameters of unit 5 of layer 1");
}

// A folded network's rows: a wrong number, and a table that is not there.
TEST_F(Check, AWrongTokenRowIsFound)
{
    GenerateOptions wanted{};
    const uint32_t size[] = {6, 9, 6};
    wanted.name = "words";
    wanted.cell = "egru";
    wanted.n_sizes = 3;
    wanted.size = size;
    wanted.density = 0.4;
    wanted.threshold_mean = 0.5;
    wanted.gain = 1;
    wanted.n_words = 7;
    const Network *network = nullptr, *folded = nullptr;
    ASSERT_EQ(network_generate(arena, &wanted, &network, &err), STATUS_OK) << err.message;
    ASSERT_EQ(network_fold(arena, network, &folded, &err), STATUS_OK) << err.message;
    TestChip::set(chip.dram.bytes, 7 * 3 * 9 * 4);
    TestChip::set(chip.dram.effective_bytes_per_second, 1e9);
    set_counts({3, 2});
    Mapping *mapping = map_until(folded, 'e');
    ASSERT_EQ(mapping_check(arena, mapping, &err), STATUS_OK) << err.message;
    auto *made = const_cast<Program *>(mapping->program);
    ASSERT_EQ(made->dram_bytes, 7U * 3 * 9 * 4);
    auto *dram = const_cast<uint8_t *>(made->dram);
    for (uint64_t at : {uint64_t{0}, uint64_t{333}, made->dram_bytes - 1}) {
        dram[at] ^= 1;
        expect_found(mapping, "token row");
        dram[at] ^= 1;
    }
    made->n_tokens--;
    expect_found(mapping, "token rows; expected one a word");
}

// Of a decoder on the chip: a weight in DRAM, a bias, and words that stand nowhere.
TEST_F(Check, AWrongDecoderIsFound)
{
    GenerateOptions wanted{};
    const uint32_t size[] = {6, 9, 6};
    wanted.name = "words";
    wanted.cell = "egru";
    wanted.n_sizes = 3;
    wanted.size = size;
    wanted.density = 0.4;
    wanted.threshold_mean = 0.5;
    wanted.gain = 1;
    wanted.n_words = 17;
    const Network *network = nullptr, *on_chip = nullptr;
    ASSERT_EQ(network_generate(arena, &wanted, &network, &err), STATUS_OK) << err.message;
    ASSERT_EQ(network_decoder_on_chip(arena, network, &on_chip, &err), STATUS_OK) << err.message;
    TestChip::set(chip.dram.bytes, 17 * 6 * 4);
    TestChip::set(chip.dram.effective_bytes_per_second, 1e9);
    set_counts({3, 2});
    Mapping *mapping = map_until(on_chip, 'e');
    ASSERT_EQ(mapping_check(arena, mapping, &err), STATUS_OK) << err.message;
    auto *made = const_cast<Program *>(mapping->program);
    ASSERT_EQ(made->dram_bytes, 17U * 6 * 4);
    auto *dram = const_cast<uint8_t *>(made->dram);
    for (uint64_t at : {uint64_t{0}, uint64_t{101}, made->dram_bytes - 1}) {
        dram[at] ^= 1;
        expect_found(mapping, "proof weight-once: decoder row");
        dram[at] ^= 1;
    }
    for (uint32_t c = 0; c < made->n_cores; c++) {
        const SliceProgram *last = &made->core[c].slice[made->core[c].n_slices - 1];
        if (!last->decoder)
            continue;
        uint8_t *bias = byte(mapping, c, last->bias_offset);
        *bias ^= 1;
        expect_found(mapping, "parameters of word");
        *bias ^= 1;
    }
    made->has_decoder = false;
    expect_found(mapping, "the program has no decoder");
}
