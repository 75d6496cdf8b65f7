// dram_model.c: reads of several cores and chips against a list of times worked out one by one.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "dram_model.h"

namespace
{

// Cores of 100 MHz (10 ns), DRAM of 0.5 bytes a ns and 100 ns latency; four cores on two chips.
struct Dram : testing::Test {
    Dram()
    {
        chip.n_cores = 4;
        chip.n_tiles = 2;
        chip.grid.cores_per_tile = 1;
        chip.fabric.n_chips = 2;
        chip.software.dma_setup_cycles.value = 30;
        chip.dram.effective_bytes_per_second.value = 5e8;
        chip.dram.latency_ns.value = 100;
        slices.resize(4);
        for (uint32_t c = 0; c < 4; c++) {
            slices[c].assign(c == 1 ? 2 : 1, SliceProgram{});
            for (SliceProgram &slice : slices[c])
                slice.input.n_targets = 3 * (c + 1);
            slices[c].push_back(SliceProgram{});
            slices[c].back().layer = 1;
            cores.push_back(CoreProgram{});
            cores[c].core = c;
            cores[c].n_slices = static_cast<uint32_t>(slices[c].size());
            cores[c].slice = slices[c].data();
        }
        program.n_tokens = 5;
        program.core = cores.data();
        plan.program = &program;
        plan.chip = &chip;
        plan.n_cores = 4;
        plan.clock[DOMAIN_CORES] = clock_make(100000000);
        dram_init(arena, &dram, &plan);
    }
    ~Dram() override
    {
        arena_free(arena);
    }
    Dram(const Dram &) = delete;
    Dram &operator=(const Dram &) = delete;

    Arena *arena = arena_new();
    Chip chip = {};
    Program program = {};
    Plan plan = {};
    DramModel dram = {};
    std::vector<std::vector<SliceProgram>> slices;
    std::vector<CoreProgram> cores;
};

TEST_F(Dram, SetsUpOneReadForEachSliceOfTheFirstLayer)
{
    EXPECT_EQ(dram_setup_cycles(&dram, 0), 30U);
    EXPECT_EQ(dram_setup_cycles(&dram, 1), 60U);
    EXPECT_EQ(dram.core[0].segment_bytes, 12U);
    EXPECT_EQ(dram.core[1].segment_bytes, 48U);
    EXPECT_EQ(dram.core[1].service_ps, 96000U);
}

TEST_F(Dram, ServesOneAfterAnotherOnEachChip)
{
    dram_read(&dram, 0, 10); // 100 ns + 24 + 100 = 224 ns: edge 23
    dram_read(&dram, 1, 10); // behind it: 124 + 96 + 100 = 320 ns: edge 32
    dram_read(&dram, 3, 11); // the other chip: 110 + 96 + 100 = 306 ns: edge 31
    dram_read(&dram, 0, 12); // 220 + 24 + 100 = 344 ns: edge 35
    const std::pair<uint64_t, uint32_t> expected[] = {{23, 0}, {31, 3}, {32, 1}, {35, 0}};
    for (const auto &row : expected) {
        ASSERT_EQ(dram_next(&dram), row.first);
        EXPECT_EQ(dram_take(&dram, row.first), row.second);
        EXPECT_EQ(dram_take(&dram, row.first), WHEEL_NONE);
    }
    EXPECT_EQ(dram_next(&dram), NEVER);
    EXPECT_EQ(dram.n_reads, 5U); // core 1 has two slices
    EXPECT_EQ(dram.n_bytes, 12U + 48 + 48 + 12);
    EXPECT_EQ(dram.busy_ps, 24000U + 96000 + 96000 + 24000);
}

// A row of the decoder waits in the same line as token rows, and is told apart from them.
TEST_F(Dram, ServesRowsOfTheDecoderInTheSameLine)
{
    SliceProgram words = {};
    words.layer = 1;
    words.n_units = 5;
    words.decoder = true;
    program.has_decoder = true;
    slices[0].back() = words;
    dram_init(arena, &dram, &plan);
    EXPECT_EQ(dram.core[0].row_bytes, 20U);
    EXPECT_EQ(dram.core[1].row_bytes, 0U);
    dram_read(&dram, 0, 10);     // 100 ns + 24 + 100 = 224 ns: edge 23
    dram_read_row(&dram, 0, 10); // behind it: 124 + 40 + 100 = 264 ns: edge 27
    dram_read(&dram, 1, 10);     // 164 + 96 + 100 = 360 ns: edge 36
    EXPECT_EQ(dram_next(&dram), 23U);
    EXPECT_EQ(dram_take(&dram, 23), 0U);
    EXPECT_FALSE(dram.core[0].took_row);
    EXPECT_EQ(dram_next(&dram), 27U);
    EXPECT_EQ(dram_take(&dram, 27), 0U);
    EXPECT_TRUE(dram.core[0].took_row);
    EXPECT_EQ(dram_next(&dram), 36U);
    EXPECT_EQ(dram_take(&dram, 36), 1U);
    EXPECT_EQ(dram.n_reads, 4U);
    EXPECT_EQ(dram.n_bytes, 12U + 20 + 48);
}

// Against a server written as a loop over all reads of a chip.
TEST_F(Dram, AgreesWithAPlainServer)
{
    Rng rng = rng_make(3, 0);
    uint64_t cycle = 0, free_ps[2] = {0, 0};
    std::vector<std::vector<uint64_t>> ready(4);
    std::vector<size_t> taken(4);
    const uint64_t bytes[] = {12, 48, 36, 48};
    for (int i = 0; i < 4000; i++) {
        cycle += rng_below(&rng, 12);
        for (uint32_t core; (dram_next(&dram) <= cycle);) {
            const uint64_t at = dram_next(&dram);
            core = dram_take(&dram, at);
            ASSERT_EQ(at, ready[core][taken[core]++]);
        }
        const auto core = static_cast<uint32_t>(rng_below(&rng, 4));
        if (ready[core].size() - taken[core] == DRAM_READS_IN_FLIGHT)
            continue;
        dram_read(&dram, core, cycle);
        uint64_t &free = free_ps[core / 2];
        free = std::max(free, cycle * 10000) + bytes[core] * 2000;
        ready[core].push_back((free + 100000 + 9999) / 10000);
    }
    EXPECT_GT(ready[0].size() + ready[1].size(), 500U);
}

} // namespace
