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
    block(program->input_marker_key, 1);
    for (uint32_t c = 0; c < program->n_cores; c++)
        for (uint32_t s = 0; s < program->core[c].n_slices; s++) {
            block(program->core[c].slice[s].key, program->core[c].slice[s].n_units);
            block(program->core[c].slice[s].marker_key, 1);
        }
    EXPECT_EQ(first_of_block.size(), program->table[0].n_entries);
}

TEST_F(Keys, LayersHaveZonesOfEqualBlocksLargestFirst)
{
    set_counts({1, 3});
    Mapping *mapping = map_until(generate({3, 9, 5}, 0.5), 'k');
    EXPECT_EQ(mapping->slice[0].key, 0u);  // 9 units: 16 keys
    EXPECT_EQ(mapping->slice[1].key, 16u); // 2, 2 and 1 units: room for 4 blocks of 2 keys
    EXPECT_EQ(mapping->slice[2].key, 18u);
    EXPECT_EQ(mapping->slice[3].key, 20u);
    EXPECT_EQ(mapping->input_key, 24u); // 3 inputs: 4 keys
    EXPECT_EQ(mapping->slice[1].marker_key, 28u);
    EXPECT_EQ(mapping->slice[3].marker_key, 30u);
    EXPECT_EQ(mapping->input_marker_key, 32u);
    EXPECT_EQ(mapping->slice[0].marker_key, 33u);
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
        EXPECT_EQ(mapping->slice[s].key, 2 * (4 * place + s % 4));
    }
}

TEST_F(Keys, WhereZonesDoNotFitBlocksStandAlone)
{
    TestChip::set(chip.router.key_bits, 8);
    set_counts({9}); // a zone would take 16 blocks of 16 keys, 256 in all
    Mapping *mapping = map_until(generate({2, 81}, 0.5), 'k');
    for (uint32_t s = 0; s < 9; s++) {
        EXPECT_EQ(mapping->slice[s].key, 16 * s);
        EXPECT_EQ(mapping->slice[s].marker_key, 147 + s);
    }
    EXPECT_EQ(mapping->input_key, 144u);
    EXPECT_EQ(mapping->input_marker_key, 146u);
}

TEST_F(Keys, KeysThatFillTheKeySpaceExactlyAreAccepted)
{
    TestChip::set(chip.router.key_bits, 8);
    set_counts({1}); // 128 + 64 keys of blocks and 2 markers
    EXPECT_EQ(run(generate({100, 60}, 0.5)), STATUS_OK) << err.message;
    EXPECT_EQ(program->table[0].entry[0].mask, 0x80u);
    // 15 slices of 8 units, an input of 2: 120 + 2 blocks, 16 markers
    set_counts({15});
    EXPECT_EQ(run(generate({2, 120}, 0.5)), STATUS_OK) << err.message;
}

TEST_F(Keys, TooManyKeysAreRefusedWithNeededAndAvailable)
{
    TestChip::set(chip.router.key_bits, 8);
    set_counts({1});
    EXPECT_EQ(run(generate({100, 65}, 0.5)), STATUS_NO_FIT);
    EXPECT_STREQ(err.message, "router keys do not fit: 258 keys needed, 256 available (8 bits)");
    EXPECT_NE(err.hint[0], '\0');
}
