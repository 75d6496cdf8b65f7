// yaml_override.c: --set KEY=VALUE.
#include <string>

#include "yaml_fixture.h"

namespace
{

struct YamlOverride : YamlTest {
    YamlNode *root = nullptr;

    void SetUp() override
    {
        root = parse("grid:\n  usable_cores: 148\n  holes: [[7, 3], [7, 4]]\n"
                     "noc:\n  hop_cycles: {value: 5, kind: guess}\nempty: {}\n");
    }
    std::string usage(const char *key, const char *value)
    {
        EXPECT_EQ(yaml_override(arena, root, key, value, &err), STATUS_USAGE);
        return std::string(err.message) + (err.hint[0] == 0 ? "" : " | ") + err.hint;
    }
};

TEST_F(YamlOverride, SetsAScalarAndLaterMessagesNameTheSetting)
{
    ASSERT_EQ(yaml_override(arena, root, "grid.usable_cores", "0", &err), STATUS_OK);
    uint64_t n = 0;
    EXPECT_EQ(yaml_u64(yaml_find(root, "grid"), "usable_cores", 1, 152, &n, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message,
                 "--set grid.usable_cores=0: grid.usable_cores: 0 is too small; expected a "
                 "whole number from 1 to 152");
}

TEST_F(YamlOverride, MapWithAValueTakesItThere)
{
    ASSERT_EQ(yaml_override(arena, root, "noc.hop_cycles", "7", &err), STATUS_OK);
    ASSERT_EQ(yaml_override(arena, root, "noc.hop_cycles.kind", "measured", &err), STATUS_OK);
    const YamlNode *hop = yaml_find(yaml_find(root, "noc"), "hop_cycles");
    EXPECT_STREQ(yaml_find(hop, "value")->text, "7");
    EXPECT_STREQ(yaml_find(hop, "kind")->text, "measured");
}

TEST_F(YamlOverride, ListsAreReachedByIndex)
{
    ASSERT_EQ(yaml_override(arena, root, "grid.holes[1][0]", "6", &err), STATUS_OK) << err.message;
    EXPECT_STREQ(yaml_find(yaml_find(root, "grid"), "holes")->item[1]->item[0]->text, "6");
}

TEST_F(YamlOverride, LastSettingWins)
{
    ASSERT_EQ(yaml_override(arena, root, "noc.hop_cycles", "7", &err), STATUS_OK);
    ASSERT_EQ(yaml_override(arena, root, "noc.hop_cycles.value", "9", &err), STATUS_OK);
    EXPECT_STREQ(yaml_find(yaml_find(yaml_find(root, "noc"), "hop_cycles"), "value")->text, "9");
}

TEST_F(YamlOverride, KeysThatAreNotThereAreAUsageError)
{
    EXPECT_EQ(usage("noc.hop_cycels", "7"), "--set noc.hop_cycels=7: 'hop_cycels' names no value; "
                                            "expected a key of noc | did you mean noc.hop_cycles?");
    EXPECT_EQ(usage("nok.hop_cycles", "7"),
              "--set nok.hop_cycles=7: 'nok' names no value; expected a key "
              "of f.yaml | did you mean noc?");
    EXPECT_EQ(usage("grid", "7"), "--set grid=7: grid is a map; expected a key with one value | "
                                  "keys of grid: usable_cores, holes");
    EXPECT_EQ(usage("grid.holes", "7"),
              "--set grid.holes=7: grid.holes is a list; expected a key with one value");
    for (const char *key :
         {"", ".", "grid.", ".grid", "grid..usable_cores", "grid.holes[2]", "grid.holes[-1]",
          "grid.holes[x]", "grid.holes[1", "grid.holes[]", "grid.holes[99999999999999999999]",
          "grid.usable_cores.x", "grid.usable_cores[0]", "grid[0]", "empty", "[0]"})
        EXPECT_NE(usage(key, "1").find("expected a key"), std::string::npos) << key;
}

} // namespace
