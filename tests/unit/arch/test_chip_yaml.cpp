// chip_yaml.c: settings, and bad descriptions with the line and what was expected.
#include <algorithm>
#include <string>

#include "base/rng.h"
#include "chip_fixture.h"

namespace
{

struct ChipYaml : ChipTest {
};

struct BadChip {
    const char *name;      // of the case
    const char *from, *to; // edit of tiny-2x2.yaml
    const char *message;   // part of the message, with line and column
};

// Each row: one fault in an otherwise good description.
const BadChip BAD[] = {
    {"UnknownKeyInSection", "  hop_cycles: {", "  hop_cycels: {",
     "t.yaml:@:3: noc: unknown key 'hop_cycels' (did you mean 'hop_cycles'?); expected one of: "
     "hz,"},
    {"UnknownSection",
     "\nlinks:", "\nlinkz:", "t.yaml:@:1: unknown key 'linkz' (did you mean 'links'?)"},
    {"UnknownKeyOfNumber", "hop_cycles: {value: 3, kind", "hop_cycles: {value: 3, unit: ns, kind",
     "t.yaml:@:26: noc.hop_cycles: unknown key 'unit'; expected one of: value, range, kind, "
     "source"},
    {"UnknownKeyInGrid", "  holes: []", "  wholes: []",
     "grid: unknown key 'wholes' (did you mean 'holes'?)"},
    {"MissingNumber", "  eject_cycles: {value: 2, range: [1, 4], kind: guess, source: TINY}\n", "",
     "t.yaml:61:3: noc: key 'eject_cycles' is missing; expected 'eject_cycles: {value: ..,"},
    {"MissingSection",
     "host:\n  bits_per_second: {value: 1e9, kind: datasheet, source: TINY}\n"
     "  event_bits: {value: 64, range: [48, 96], kind: guess, source: TINY}\n"
     "  latency_ns: {value: 500, range: [100, 1000], kind: guess, source: TINY}\n",
     "", "t.yaml:6:1: key 'host' is missing; expected 'host:' with a map"},
    {"MissingGridKey", "  holes: []\n", "",
     "grid: key 'holes' is missing; expected 'holes:' with a list"},
    {"MissingValue", "hop_cycles: {value: 3, kind", "hop_cycles: {kind",
     "noc.hop_cycles: key 'value' is missing; expected 'value:' with a value"},
    {"MissingKind", "hop_cycles: {value: 3, kind: datasheet, ", "hop_cycles: {value: 3, ",
     "noc.hop_cycles: key 'kind' is missing"},
    {"MissingSource", "hop_cycles: {value: 3, kind: datasheet, source: TINY}",
     "hop_cycles: {value: 3, kind: datasheet}", "noc.hop_cycles: key 'source' is missing"},
    {"MissingFormat", "format: egret-chip", "", "key 'format' is missing"},
    {"OtherFormat", "format: egret-chip", "format: egret-network",
     "t.yaml:@:9: format: 'egret-network' is unknown; expected one of: egret-chip"},
    {"OtherVersion", "version: 1", "version: 2",
     "t.yaml:@:10: version: 2 is too large; expected a whole number from 1 to 1"},
    {"PlainNumber", "hop_cycles: {value: 3, kind: datasheet, source: TINY}", "hop_cycles: 3",
     "noc.hop_cycles: is not a map; expected {value: NUMBER, range: [LOW, HIGH], kind: KIND, "
     "source: TEXT}"},
    {"UnitInValue", "hz: {value: 200000000,", "hz: {value: 200 MHz,",
     "t.yaml:@:15: noc.hz.value: '200 MHz' has a unit; expected a plain number, its unit is in the "
     "key hz"},
    {"SuffixInValue", "system_bytes: {value: 16384,", "system_bytes: {value: 16k,",
     "core.system_bytes.value: '16k' has a unit"},
    {"PercentInValue", "{value: 0.5, range: [0.25, 0.75]", "{value: 50%, range: [0.25, 0.75]",
     "core.mac_array_utilisation_frac.value: '50%' has a unit"},
    {"NotANumber", "hop_cycles: {value: 3,", "hop_cycles: {value: three,",
     "noc.hop_cycles.value: 'three' is not a number; expected a number from 1 to 1000000"},
    {"NumberInQuotes", "hop_cycles: {value: 3,", "hop_cycles: {value: '3',",
     "noc.hop_cycles.value: \"3\" is text in quotes; expected a number"},
    {"NanValue", "hop_cycles: {value: 3,", "hop_cycles: {value: .nan,", "'.nan' is not a number"},
    {"LeadingZero", "hop_cycles: {value: 3,", "hop_cycles: {value: 010,", "'010' is not a number"},
    {"NotWhole", "hop_cycles: {value: 3,", "hop_cycles: {value: 3.5,",
     "noc.hop_cycles.value: 3.5 is not a whole number; expected one from 1 to 1000000"},
    {"Negative", "stack_bytes: {value: 1024,", "stack_bytes: {value: -1024,",
     "software.stack_bytes.value: -1024 is out of range; expected a number from 0 to 1000000000"},
    {"TooLarge", "key_bits: {value: 24,", "key_bits: {value: 64,",
     "router.key_bits.value: 64 is out of range; expected a number from 8 to 32"},
    {"FractionAboveOne", "{value: 0.5, range: [0.25, 0.75]", "{value: 0.5, range: [0.25, 1.75]",
     "core.mac_array_utilisation_frac.range[1]: 1.75 is out of range; expected a number from 0 to "
     "1"},
    {"OddClock", "hz: {value: 250000000, kind: datasheet, source: TINY}\n  lookup",
     "hz: {value: 250000500, kind: datasheet, source: TINY}\n  lookup",
     "router.hz.value: 250000500 is no clock rate; expected a multiple of 1000"},
    {"UnknownKind", "hop_cycles: {value: 3, kind: datasheet",
     "hop_cycles: {value: 3, kind: datashet",
     "noc.hop_cycles.kind: 'datashet' is unknown (did you mean 'datasheet'?); expected one of: "
     "measured,"},
    {"GuessWithoutRange", "buffer_flits: {value: 2, range: [1, 4],", "buffer_flits: {value: 2,",
     "noc.buffer_flits: is a guess without a range; expected 'range: [LOW, HIGH]'"},
    {"ValueBelowRange", "buffer_flits: {value: 2, range: [1, 4],",
     "buffer_flits: {value: 2, range: [3, 4],",
     "noc.buffer_flits.value: 2 is outside of its range; expected 3 to 4"},
    {"RangeUpsideDown", "buffer_flits: {value: 2, range: [1, 4],",
     "buffer_flits: {value: 2, range: [4, 1],",
     "noc.buffer_flits.range: low 4 is above high 1; expected [LOW, HIGH]"},
    {"RangeOfThree", "buffer_flits: {value: 2, range: [1, 4],",
     "buffer_flits: {value: 2, range: [1, 2, 4],",
     "noc.buffer_flits.range: is not a range; expected [LOW, HIGH]"},
    {"SourceFromNowhere", "hop_cycles: {value: 3, kind: datasheet, source: TINY}",
     "hop_cycles: {value: 3, kind: datasheet, source: hearsay}",
     "noc.hop_cycles.source: 'hearsay' does not begin with a key of sources; expected one of: "
     "TINY"},
    {"SourceThatOnlyStartsAlike", "hop_cycles: {value: 3, kind: datasheet, source: TINY}",
     "hop_cycles: {value: 3, kind: datasheet, source: TINYish}",
     "'TINYish' does not begin with a key"},
    {"EmptySource", "hop_cycles: {value: 3, kind: datasheet, source: TINY}",
     "hop_cycles: {value: 3, kind: datasheet, source: ''}",
     "noc.hop_cycles.source: nothing stands here; expected text"},
    {"SourceOfGrid", "source: \"TINY layout\"", "source: layout",
     "grid.source: 'layout' does not begin with a key of sources"},
    {"SourcesIsAList", "  TINY: \"Invented for the tests of Egret: stands for no silicon\"",
     "  - TINY", "sources: is a list; expected a map"},
    {"ExtentUpsideDown", "  x: [0, 2]", "  x: [2, 0]",
     "t.yaml:@:6: grid.x: first 2 is above last 0; expected [FIRST, LAST]"},
    {"ExtentIsANumber", "  x: [0, 2]", "  x: 3", "grid.x: is a value; expected a list"},
    {"ExtentTooLarge", "  x: [0, 2]", "  x: [0, 5000]",
     "grid.x[1]: 5000 is too large; expected a whole number from 0 to 1023"},
    {"GridTooLarge", "  x: [0, 2]\n  y: [0, 1]", "  x: [0, 1023]\n  y: [0, 1023]",
     "grid: has 1048576 cells; expected at most 16384"},
    {"HoleOutsideOfGrid", "  holes: []", "  holes: [[0, 2]]",
     "t.yaml:@:11: grid.holes[0]: (0,2) is outside of the grid; expected x 0..2, y 0..1"},
    {"HoleTwice", "  holes: []", "  holes: [[0, 0], [0, 0]]",
     "grid.holes[1]: (0,0) is already a hole; expected another cell"},
    {"HoleIsNoPair", "  holes: []", "  holes: [[0]]",
     "grid.holes[0]: is not a pair; expected [X, Y]"},
    {"RouterOnAHole", "  holes: []", "  holes: [[1, 0]]",
     "grid.router[0]: (1,0) is already a hole; expected another cell"},
    {"RouterOutsideOfGrid", "  router: [[1, 0], [1, 1]]", "  router: [[3, 0]]",
     "grid.router[0]: (3,0) is outside of the grid"},
    {"NoRouter", "  router: [[1, 0], [1, 1]]", "  router: []",
     "t.yaml:@:11: grid.router: has 0 cells; expected 1 to 16"},
    {"NoTile", "  x: [0, 2]\n  y: [0, 1]\n  holes: []", "  x: [1, 1]\n  y: [0, 1]\n  holes: []",
     "grid: has no tile; expected at least one cell that is neither hole nor router"},
    {"TileCutOff", "  x: [0, 2]\n  y: [0, 1]\n  holes: []",
     "  x: [0, 4]\n  y: [0, 1]\n  holes: [[3, 0], [3, 1]]",
     "grid: tile (4,0) has no path to the router; expected one along x, then y, over tiles only"},
    {"RouterWalledIn", "  x: [0, 2]\n  y: [0, 1]\n  holes: []",
     "  x: [0, 4]\n  y: [0, 1]\n  holes: [[0, 0], [0, 1], [2, 0], [2, 1]]",
     "grid: no tile lies beside the router; expected at least one"},
    {"MoreUsableCoresThanCores", "usable_cores: 8", "usable_cores: 9",
     "t.yaml:@:17: grid.usable_cores: 9 is too large; expected a whole number from 1 to 8"},
    {"NoUsableCore", "usable_cores: 8", "usable_cores: 0", "grid.usable_cores: 0 is too small"},
    {"NoCoreInATile", "cores_per_tile: 2", "cores_per_tile: 0",
     "grid.cores_per_tile: 0 is too small"},
    {"OtherFifoPolicy", "receive_fifo_full: stall", "receive_fifo_full: forget",
     "core.receive_fifo_full: 'forget' is unknown; expected one of: stall, drop, overwrite"},
    {"NoFifoPolicy", "  receive_fifo_full: stall\n", "",
     "core: key 'receive_fifo_full' is missing"},
    {"NoOperatingPoint", "operating_points:\n  slow:\n", "operating_points: {}\nrest:\n  slow:\n",
     "unknown key 'rest'"},
    {"PointIsAList",
     "operating_points:\n  slow:\n    voltage_v: {value: 0.6, kind: datasheet, source: TINY}\n",
     "operating_points:\n  slow: [1]\n  other:\n    voltage_v: {value: 0.6, kind: datasheet, "
     "source: TINY}\n",
     "operating_points.slow: is a list; expected a map"},
    {"PointLacksANumber", "    voltage_v: {value: 0.6, kind: datasheet, source: TINY}\n", "",
     "operating_points.slow: key 'voltage_v' is missing"},
    {"SameKeyTwice", "  hop_cycles: {value: 3, kind: datasheet, source: TINY}\n",
     "  hop_cycles: {value: 3, kind: datasheet, source: TINY}\n  hop_cycles: {value: 4, kind: "
     "datasheet, source: TINY}\n",
     "t.yaml:65:3: noc: key 'hop_cycles' stands twice, first in line 64"},
    {"DramFasterThanItsPeak", "effective_bytes_per_second: {value: 4e8, range: [2e8, 6e8]",
     "effective_bytes_per_second: {value: 9e8, range: [2e8, 9e8]",
     "dram.effective_bytes_per_second: 900000000; expected at most the peak 800000000"},
    {"Anchor", "name: tiny-2x2", "name: &n tiny-2x2",
     "t.yaml:@:7: name: an anchor, alias or tag stands here"},
    {"Tab", "  holes: []", "\tholes: []", "t.yaml:@:1: not valid YAML"},
};

// "@" in a message stands for the line of the edit, counted in the edited text.
std::string with_line(std::string message, const std::string &text, const std::string &to)
{
    size_t at = message.find('@');
    if (at == std::string::npos)
        return message;
    std::string before = text.substr(0, text.find(to));
    auto line = 1 + std::count(before.begin(), before.end(), '\n') + (to[0] == '\n' ? 1 : 0);
    return message.replace(at, 1, std::to_string(line));
}

TEST_F(ChipYaml, BadDescriptionsAreRefusedWithLineAndWhatWasExpected)
{
    for (const BadChip &row : BAD) {
        std::string text = edited("tiny-2x2", row.from, row.to);
        const Chip *chip = nullptr;
        err = {};
        EXPECT_EQ(chip_parse(arena, "t.yaml", text.c_str(), nullptr, 0, &chip, &err), STATUS_INPUT)
            << row.name;
        EXPECT_EQ(chip, nullptr) << row.name;
        std::string message = err.message;
        EXPECT_NE(message.find(with_line(row.message, text, row.to)), std::string::npos)
            << row.name << " -> " << message;
        EXPECT_EQ(message.rfind("t.yaml:", 0), 0u) << row.name << " -> " << message;
    }
}

TEST_F(ChipYaml, SettingOfTheGridReachesThePublishedRun)
{
    EXPECT_EQ(load("spinnaker2", {{"grid.usable_cores", "150"}})->grid.usable_cores, 150u);
}

TEST_F(ChipYaml, SettingBeyondTheRangeTakesTheEndAlong)
{
    const Chip *chip =
        load("spinnaker2", {{"software.update_egru_cycles", "400"}, {"noc.hop_cycles", "7"}});
    EXPECT_EQ(chip->software.update_egru_cycles.value, 400);
    EXPECT_EQ(chip->software.update_egru_cycles.low, 80);
    EXPECT_EQ(chip->software.update_egru_cycles.high, 400);
    EXPECT_EQ(chip->software.update_egru_cycles.source_kind, SOURCE_GUESS);
    EXPECT_EQ(chip->noc.hop_cycles.value, 7); // had no range: it moves as a whole
    EXPECT_EQ(chip->noc.hop_cycles.low, 7);
    EXPECT_EQ(chip->noc.hop_cycles.high, 7);
    chip = load("spinnaker2", {{"software.update_egru_cycles.value", "10"}});
    EXPECT_EQ(chip->software.update_egru_cycles.low, 10);
    EXPECT_EQ(chip->software.update_egru_cycles.high, 300);
}

TEST_F(ChipYaml, BadSettingsNameThemselves)
{
    const struct {
        ChipSetting setting;
        Status status;
        const char *message;
    } rows[] = {
        {{"noc.hop_cycels", "7"},
         STATUS_USAGE,
         "--set noc.hop_cycels=7: 'hop_cycels' names no value"},
        {{"noc.hop_cycles", "0"},
         STATUS_INPUT,
         "--set noc.hop_cycles=0: noc.hop_cycles.value: 0 is out of range"},
        {{"noc.hop_cycles", "5 ns"},
         STATUS_INPUT,
         "--set noc.hop_cycles=5 ns: noc.hop_cycles.value: '5 ns' has a unit"},
        {{"grid.usable_cores", "153"},
         STATUS_INPUT,
         "--set grid.usable_cores=153: grid.usable_cores: 153 is too large"},
        {{"grid", "1"}, STATUS_USAGE, "--set grid=1: grid is a map"},
    };
    for (const auto &row : rows) {
        const Chip *chip = nullptr;
        EXPECT_EQ(
            chip_load(arena, "spinnaker2", chip_folder().c_str(), &row.setting, 1, &chip, &err),
            row.status);
        EXPECT_EQ(std::string(err.message).rfind(row.message, 0), 0u) << err.message;
        EXPECT_EQ(chip, nullptr);
    }
}

TEST_F(ChipYaml, ChipsAreFoundByNameAndByPath)
{
    const Chip *chip = nullptr;
    std::string path = chip_folder() + "/tiny-2x2.yaml";
    EXPECT_EQ(chip_load(arena, path.c_str(), nullptr, nullptr, 0, &chip, &err), STATUS_OK)
        << err.message;
    EXPECT_EQ(chip_load(arena, "tiny-2x2", nullptr, nullptr, 0, &chip, &err), STATUS_IO);
    EXPECT_STREQ(err.message, "tiny-2x2: cannot open: No such file or directory");
    EXPECT_EQ(chip_load(arena, "tiny-3x3", chip_folder().c_str(), nullptr, 0, &chip, &err),
              STATUS_IO);
    EXPECT_EQ(err.message, "tiny-3x3: neither a file nor a chip in " + chip_folder());
    EXPECT_EQ(chip_load(arena, "/none/c.yaml", chip_folder().c_str(), nullptr, 0, &chip, &err),
              STATUS_IO);
}

TEST_F(ChipYaml, RandomDamageGivesAChipOrOneCleanLine)
{
    const std::string good = chip_text("tiny-2x2");
    const std::string alphabet = "[]{},:#-?'\" \n0123456789.eE%kMxyz";
    Rng rng = rng_make(31, 0);
    int n_good = 0;
    for (int i = 0; i < 2000; i++) {
        std::string text = good;
        for (uint64_t n = 1 + rng_below(&rng, 3); n > 0; n--) {
            size_t at = rng_below(&rng, text.size());
            char letter = alphabet[rng_below(&rng, alphabet.size())];
            switch (rng_below(&rng, 4)) {
            case 0:
                text[at] = letter;
                break;
            case 1:
                text.insert(at, 1, letter);
                break;
            case 2:
                text.erase(at, 1 + rng_below(&rng, 8));
                break;
            default:
                text.insert(at, text.substr(rng_below(&rng, text.size()), rng_below(&rng, 60)));
            }
        }
        const Chip *chip = nullptr;
        err = {};
        Status status = chip_parse(arena, "t.yaml", text.c_str(), nullptr, 0, &chip, &err);
        ASSERT_EQ(status == STATUS_OK, chip != nullptr);
        if (chip == nullptr) {
            ASSERT_EQ(status, STATUS_INPUT);
            ASSERT_EQ(std::string(err.message).rfind("t.yaml:", 0), 0u) << err.message;
        } else {
            ASSERT_EQ(chip_check(chip, &err), STATUS_OK) << err.message;
        }
        n_good += chip != nullptr;
        arena_reset(arena);
    }
    EXPECT_GT(n_good, 30); // both outcomes occur: damage in a comment or a digit is still a chip
    EXPECT_LT(n_good, 1980);
}

} // namespace
