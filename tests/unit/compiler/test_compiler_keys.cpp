// Router keys: blocks, markers, what does not fit.
#include "compiler_fixture.h"
#include "route_fixture.h"

class Keys : public CompilerTest
{
};

TEST_F(Keys, BlocksAreTheNextPowerOfTwo)
{
    EXPECT_EQ(key_block_bits(1), 0u);
    EXPECT_EQ(key_block_bits(2), 1u);
    EXPECT_EQ(key_block_bits(27), 5u);
    EXPECT_EQ(key_block_bits(32), 5u);
    EXPECT_EQ(key_block_bits(33), 6u);
    EXPECT_EQ(key_block_bits(UINT32_MAX), 32u);
}

TEST_F(Keys, EveryKeyIsMatchedByItsOwnEntryAndByNoOther)
{
    set_counts({3, 5});
    const Network *network = generate({37, 20, 31}, 0.5);
    ASSERT_EQ(run(network), STATUS_OK) << err.message;
    std::map<uint32_t, int> entry_of; // by key of every unit and marker
    auto match = [&](uint32_t key) {
        int found = -1;
        for (uint32_t r = 0; r < program->table[0].n_entries; r++)
            if ((key & program->table[0].entry[r].mask) == program->table[0].entry[r].key) {
                EXPECT_EQ(found, -1) << "two entries match key " << key;
                found = static_cast<int>(r);
            }
        EXPECT_GE(found, 0) << "no entry matches key " << key;
        EXPECT_TRUE(entry_of.emplace(key, found).second) << "key " << key << " is used twice";
        return found;
    };
    std::vector<int> first_of_block;
    auto block = [&](uint32_t key, uint32_t n) {
        int entry = match(key);
        for (uint32_t u = 1; u < n; u++)
            EXPECT_EQ(match(key + u), entry);
        for (int other : first_of_block)
            EXPECT_NE(other, entry);
        first_of_block.push_back(entry);
    };
    block(program->input_key, network->n_inputs);
    block(program->input_marker_key, program_marker_keys(network->n_inputs));
    for (uint32_t c = 0; c < program->n_cores; c++)
        for (uint32_t s = 0; s < program->core[c].n_slices; s++) {
            const SliceProgram &slice = program->core[c].slice[s];
            block(slice.key, slice.n_units);
            block(slice.marker_key, program_marker_keys(slice.n_units));
        }
    EXPECT_EQ(first_of_block.size(), program->table[0].n_entries);
}

TEST_F(Keys, LayersHaveZonesOfEqualBlocksLargestFirst)
{
    set_counts({1, 3});
    Mapping *mapping = map_until(generate({3, 9, 5}, 0.5), 'k');
    EXPECT_EQ(mapping->slice[0].key, 0u);         // 9 units: 16 keys
    EXPECT_EQ(mapping->slice[0].marker_key, 16u); // 10 keys: 16
    EXPECT_EQ(mapping->slice[1].marker_key, 32u); // 3, 3 and 2 keys: room for 4 blocks of 4
    EXPECT_EQ(mapping->slice[3].marker_key, 40u);
    EXPECT_EQ(mapping->slice[1].key, 48u); // 2, 2 and 1 units: room for 4 blocks of 2
    EXPECT_EQ(mapping->slice[2].key, 50u);
    EXPECT_EQ(mapping->slice[3].key, 52u);
    EXPECT_EQ(mapping->input_key, 56u); // 3 inputs: 4 keys, and 4 to close a step
    EXPECT_EQ(mapping->input_marker_key, 60u);
}

TEST_F(Keys, SlicesStandInTheOrderOfTheirRoutersRowByRow)
{
    RouteGraph grid(2, 2); // router ids go up the columns; tiles of 4 cores
    grid.graph.cores_per_router = 4;
    grid.graph.chip = &chip;
    test_chip.topology = grid.graph;
    set_counts({16});
    Mapping *mapping = map_until(generate({3, 32}, 0.5), 'k');
    ASSERT_EQ(mapping->core_of[4], 4u);
    for (uint32_t s = 0; s < 16; s++) {
        uint32_t tile = s / 4, place = tile == 1 ? 2 : tile == 2 ? 1 : tile;
        EXPECT_EQ(mapping->slice[s].key, 64 + 2 * (4 * place + s % 4)); // behind the markers
        EXPECT_EQ(mapping->slice[s].marker_key, 4 * (4 * place + s % 4));
    }
}

TEST_F(Keys, WhereZonesDoNotFitBlocksStandAlone)
{
    TestChip::set(chip.router.key_bits, 8);
    set_counts({9}); // two zones would take 16 blocks of 8 keys each, 256 in all
    Mapping *mapping = map_until(generate({2, 63}, 0.5), 'k');
    for (uint32_t s = 0; s < 9; s++) {
        EXPECT_EQ(mapping->slice[s].key, 8 * s);
        EXPECT_EQ(mapping->slice[s].marker_key, 72 + 8 * s);
    }
    EXPECT_EQ(mapping->input_marker_key, 144u);
    EXPECT_EQ(mapping->input_key, 148u);
}

TEST_F(Keys, KeysThatFillTheKeySpaceExactlyAreAccepted)
{
    TestChip::set(chip.router.key_bits, 8);
    set_counts({1}); // four blocks of 64 keys
    EXPECT_EQ(run(generate({50, 60}, 0.5)), STATUS_OK) << err.message;
    EXPECT_EQ(program->table[0].entry[0].mask, 0xc0u);
    // 15 slices of 7 units and an input of 7: 2 x 16 blocks of 8
    set_counts({15});
    EXPECT_EQ(run(generate({7, 105}, 0.5)), STATUS_OK) << err.message;
}

TEST_F(Keys, TooManyKeysAreRefusedWithNeededAndAvailable)
{
    TestChip::set(chip.router.key_bits, 8);
    set_counts({1});
    EXPECT_EQ(run(generate({50, 64}, 0.5)), STATUS_NO_FIT);
    EXPECT_STREQ(err.message, "router keys do not fit: 320 keys needed, 256 available (8 bits)");
    EXPECT_NE(err.hint[0], '\0');
}
