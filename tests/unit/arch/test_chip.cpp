// chip.c and the shipped chips: numbers of section 7 of the sources, corners, hash.
#include <cmath>
#include <cstring>
#include <map>
#include <set>

#include "chip_fixture.h"

namespace
{

struct ChipFacts : ChipTest {
};

TEST_F(ChipFacts, Spinnaker2HasTheGridOfTheDie)
{
    const Chip *chip = load("spinnaker2");
    EXPECT_STREQ(chip->name, "spinnaker2");
    EXPECT_EQ(chip->n_tiles, 38u);
    EXPECT_EQ(chip->n_cores, 152u);
    EXPECT_EQ(chip->grid.usable_cores, 148u);
    EXPECT_EQ(chip->grid.n_router_cells, 2u);
    std::set<std::pair<uint32_t, uint32_t>> tiles;
    for (uint32_t t = 0; t < chip->n_tiles; t++)
        tiles.insert({chip->tile[t].x, chip->tile[t].y});
    EXPECT_EQ(tiles.size(), 38u);
    for (uint32_t x = 1; x <= 7; x++)
        for (uint32_t y = 1; y <= 6; y++) {
            bool is_absent = (x == 4 || x == 7) && (y == 3 || y == 4);
            EXPECT_EQ(tiles.count({x, y}), is_absent ? 0u : 1u) << x << "," << y;
        }
    EXPECT_EQ(chip->tile[0].x, 1u); // column by column, y upwards
    EXPECT_EQ(chip->tile[1].y, 2u);
    EXPECT_EQ(chip->tile[37].x, 7u);
    EXPECT_EQ(chip->tile[37].y, 6u);
}

struct Expected {
    const char *key;
    double value, low, high;
    SourceKind kind;
};

// The parameter set of the sources, row by row; unit conversions are in the comments.
const Expected SPINNAKER2[] = {
    {"core.system_bytes", 32768, 32768, 32768, SOURCE_DATASHEET},
    {"core.data_bytes", 98304, 98304, 98304, SOURCE_DATASHEET},
    {"core.sram_banks", 4, 4, 4, SOURCE_DATASHEET},
    {"core.sram_port_bits", 32, 32, 32, SOURCE_DATASHEET},
    {"core.mac_array_macs_per_cycle", 64, 64, 64, SOURCE_DATASHEET},
    {"core.mac_array_vector_utilisation_frac", 0.195, 0.12, 0.25, SOURCE_DERIVED},
    {"core.mac_array_start_cycles", 100, 50, 300, SOURCE_GUESS},
    {"core.exp_cycles", 15, 7, 22, SOURCE_DATASHEET},
    {"core.receive_fifo_packets", 256, 64, 1024, SOURCE_GUESS},
    {"core.inject_queue_packets", 4, 1, 16, SOURCE_GUESS},
    {"software.code_bytes", 8192, 4096, 9216, SOURCE_GUESS},
    {"software.stack_bytes", 4096, 4096, 4096, SOURCE_DATASHEET},
    {"software.receive_event_cycles", 30, 15, 80, SOURCE_GUESS},
    {"software.synapse_source_fp32_cycles", 25, 12, 45, SOURCE_GUESS},
    {"software.synapse_target_fp32_cycles", 25, 12, 45, SOURCE_GUESS},
    {"software.synapse_source_bf16_cycles", 26, 13, 46, SOURCE_GUESS},
    {"software.synapse_target_bf16_cycles", 26, 13, 46, SOURCE_GUESS},
    {"software.bitmap_word_cycles", 6, 4, 12, SOURCE_GUESS},
    {"software.delta_index_cycles", 1, 1, 3, SOURCE_GUESS},
    {"software.update_egru_int_cycles", 110, 60, 220, SOURCE_GUESS},
    {"software.synapse_int_cycles", 20, 16, 25, SOURCE_DERIVED},
    {"software.update_lif_cycles", 64, 40, 100, SOURCE_DERIVED},
    {"software.update_egru_cycles", 150, 80, 300, SOURCE_GUESS},
    {"software.emit_event_cycles", 20, 10, 50, SOURCE_GUESS},
    {"software.step_cycles", 300, 100, 1000, SOURCE_GUESS},
    {"software.dma_setup_cycles", 100, 50, 200, SOURCE_GUESS},
    {"noc.hz", 300e6, 300e6, 300e6, SOURCE_DATASHEET},
    {"noc.flit_bits", 192, 192, 192, SOURCE_DATASHEET},
    {"noc.link_bits", 192, 192, 192, SOURCE_DATASHEET},
    {"noc.hop_cycles", 5, 5, 5, SOURCE_DATASHEET},
    {"noc.buffer_flits", 4, 2, 8, SOURCE_GUESS},
    {"noc.inject_cycles", 5, 3, 10, SOURCE_GUESS},
    {"noc.eject_cycles", 5, 3, 10, SOURCE_GUESS},
    {"router.hz", 400e6, 400e6, 400e6, SOURCE_DATASHEET},
    {"router.lookup_cycles", 4, 4, 4, SOURCE_DERIVED},
    {"router.table_entries", 16384, 16384, 16384, SOURCE_DATASHEET},
    {"router.port_queue_packets", 16, 4, 64, SOURCE_GUESS},
    {"router.key_bits", 32, 32, 32, SOURCE_DATASHEET},
    {"links.count", 6, 6, 6, SOURCE_DATASHEET},
    {"links.frame_bits", 96, 96, 96, SOURCE_DATASHEET},
    {"links.on_board_bits_per_second", 6e9, 6e9, 6e9, SOURCE_DATASHEET},
    {"links.off_board_bits_per_second", 2e9, 2e9, 2e9, SOURCE_DATASHEET},
    {"links.on_board_latency_ns", 100, 50, 500, SOURCE_GUESS},
    {"links.off_board_latency_ns", 300, 50, 500, SOURCE_GUESS},
    {"dram.peak_bytes_per_second", 6.4e9, 6.4e9, 6.4e9, SOURCE_DATASHEET},
    {"dram.effective_bytes_per_second", 2.4e9, 2e9, 5e9, SOURCE_GUESS},
    {"dram.latency_ns", 200, 100, 400, SOURCE_GUESS},
    {"host.bits_per_second", 1e9, 1e9, 1e9, SOURCE_DATASHEET},
    {"energy.chip_floor_uw", 75200, 75200, 75200, SOURCE_MEASURED}, // 75.2 mW
    {"energy.extra_rail_uw", 0, 0, 235000, SOURCE_DERIVED},         // 0.235 W
    {"energy.flit_hop_event_pj", 15, 10, 40, SOURCE_GUESS},
    {"energy.flit_hop_payload_pj", 40, 10, 100, SOURCE_GUESS},
    {"energy.router_lookup_pj", 300, 50, 600, SOURCE_GUESS}, // 0.3 nJ
    {"energy.on_board_link_bit_pj", 1, 0.5, 3, SOURCE_GUESS},
    {"energy.off_board_link_bit_pj", 10, 5, 20, SOURCE_GUESS},
    {"energy.host_bit_pj", 5, 0, 50, SOURCE_GUESS},
    {"energy.dram_bit_pj", 6, 4, 10, SOURCE_GUESS},
    {"energy.level_switch_pj", 1000, 100, 10000, SOURCE_GUESS}, // 1 nJ
    {"operating_points.low.voltage_v", 0.5, 0.5, 0.5, SOURCE_DATASHEET},
    {"operating_points.low.hz", 150e6, 150e6, 150e6, SOURCE_DATASHEET},
    {"operating_points.high.voltage_v", 0.8, 0.8, 0.8, SOURCE_DATASHEET},
    {"operating_points.high.hz", 300e6, 300e6, 300e6, SOURCE_DATASHEET},
};

TEST_F(ChipFacts, Spinnaker2HasTheNumbersOfItsSources)
{
    const Chip *chip = load("spinnaker2");
    const NamedCost *named = nullptr;
    uint32_t n = chip_numbers(arena, chip, &named);
    std::map<std::string, const Cost *> number;
    std::map<std::string, std::string> unit;
    for (uint32_t i = 0; i < n; i++) {
        EXPECT_TRUE(number.emplace(named[i].key, named[i].cost).second) << named[i].key;
        unit[named[i].key] = named[i].unit;
    }
    EXPECT_EQ(unit["core.data_bytes"], "bytes");
    EXPECT_EQ(unit["core.mac_array_macs_per_cycle"], "1/cycle");
    EXPECT_EQ(unit["software.dvfs_packets"], "packets");
    EXPECT_EQ(unit["noc.hz"], "Hz");
    EXPECT_EQ(unit["links.on_board_bits_per_second"], "bits/s");
    EXPECT_EQ(unit["dram.effective_bytes_per_second"], "bytes/s");
    EXPECT_EQ(unit["host.latency_ns"], "ns");
    EXPECT_EQ(unit["energy.chip_floor_uw"], "uW");
    EXPECT_EQ(unit["router.table_entries"], "1");
    EXPECT_EQ(unit["operating_points.low.voltage_v"], "V");
    EXPECT_STREQ(named[0].key, "core.system_bytes");
    EXPECT_STREQ(named[n - 1].key, "operating_points.high.mac_array_mac_pj");
    for (const Expected &row : SPINNAKER2) {
        ASSERT_EQ(number.count(row.key), 1u) << row.key;
        const Cost *cost = number[row.key];
        EXPECT_EQ(cost->value, row.value) << row.key;
        EXPECT_EQ(cost->low, row.low) << row.key;
        EXPECT_EQ(cost->high, row.high) << row.key;
        EXPECT_EQ(cost->source_kind, row.kind) << row.key;
    }
}

// Energies of the operating points follow from the chip's powers: OJCAS 2026, 152 cores.
TEST_F(ChipFacts, Spinnaker2EnergiesFollowFromTheMeasuredPowers)
{
    const Chip *chip = load("spinnaker2");
    const double off_mw = 75.2;
    struct {
        const char *name;
        double sleep_mw, coremark_mw, mac_mw, tops, hz;
    } const rows[] = {{"low", 235.4, 424.6, 825, 2.281, 150e6},
                      {"high", 564.7, 1247.9, 2219, 4.563, 300e6}};
    for (const auto &row : rows) {
        const OperatingPoint &point = chip->point[chip_point(chip, row.name)];
        double sleep_uw = (row.sleep_mw - off_mw) / 152 * 1e3;
        double cycle_pj = (row.coremark_mw - row.sleep_mw) / 152 / row.hz * 1e9;
        double mac_pj = 2 * (row.mac_mw - row.sleep_mw) / row.tops * 1e-3;
        EXPECT_NEAR(point.core_sleep_uw.value / sleep_uw, 1, 1e-3) << row.name;
        EXPECT_NEAR(point.core_active_cycle_pj.value / cycle_pj, 1, 1e-3) << row.name;
        EXPECT_NEAR(point.mac_array_mac_pj.value / mac_pj, 1, 1e-3) << row.name;
    }
}

TEST_F(ChipFacts, PointsAreSortedSlowestFirst)
{
    std::string text = chip_text("tiny-2x2"); // write `fast` before `slow`
    size_t slow = text.find("  slow:"), fast = text.find("  fast:");
    text = text.substr(0, slow) + text.substr(fast) + text.substr(slow, fast - slow);
    const Chip *chip = nullptr;
    ASSERT_EQ(chip_parse(arena, "t", text.c_str(), nullptr, 0, &chip, &err), STATUS_OK)
        << err.message;
    ASSERT_EQ(chip->n_points, 2u);
    EXPECT_STREQ(chip->point[0].name, "slow");
    EXPECT_STREQ(chip->point[1].name, "fast");
    EXPECT_EQ(chip_point(chip, "fast"), 1u);
    EXPECT_EQ(chip_point(chip, "none"), 2u);
}

TEST_F(ChipFacts, HashFollowsValuesAndNotWords)
{
    uint64_t hash = load("tiny-2x2")->hash;
    EXPECT_EQ(load("tiny-2x2")->hash, hash);
    EXPECT_NE(load("tiny-2x2", {{"noc.hop_cycles", "4"}})->hash, hash);
    EXPECT_NE(load("tiny-2x2", {{"grid.usable_cores", "7"}})->hash, hash);
    EXPECT_NE(load("tiny-2x2", {{"operating_points.fast.hz", "240000000"}})->hash, hash);
    EXPECT_EQ(load("tiny-2x2", {{"description", "other"}})->hash, hash);
    EXPECT_EQ(load("tiny-2x2", {{"noc.hop_cycles.kind", "measured"}})->hash, hash);
}

TEST_F(ChipFacts, CountsAreWholeNumbers)
{
    Cost cost = {};
    cost.value = 1e13;
    EXPECT_EQ(cost_count(&cost), 10000000000000u);
    cost.value = 1.5;
    EXPECT_EXIT(cost_count(&cost), testing::ExitedWithCode(70), "");
    cost.value = -1;
    EXPECT_EXIT(cost_count(&cost), testing::ExitedWithCode(70), "");
    EXPECT_STREQ(source_kind_name(SOURCE_MEASURED), "measured");
    EXPECT_STREQ(source_kind_name(SOURCE_GUESS), "guess");
}

} // namespace
