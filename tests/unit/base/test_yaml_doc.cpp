// yaml_doc.c: the tree and its places; what of YAML is refused; hostile files.
#include <chrono>
#include <string>

#include "base/rng.h"
#include "yaml_fixture.h"

namespace
{

struct YamlDoc : YamlTest {
};

TEST_F(YamlDoc, NodesKnowKindPlaceAndPath)
{
    YamlNode *root = parse("a: 1\nb:\n  - x\n  - {c: 'two', d: []}\n");
    ASSERT_EQ(root->kind, YAML_MAP);
    EXPECT_STREQ(root->path, "");
    ASSERT_EQ(root->n_items, 2u);
    EXPECT_STREQ(root->key[1], "b");
    EXPECT_EQ(root->key_line[1], 2u);
    const YamlNode *list = root->item[1];
    ASSERT_EQ(list->kind, YAML_LIST);
    EXPECT_STREQ(list->item[0]->path, "b[0]");
    const YamlNode *two = yaml_find(list->item[1], "c");
    ASSERT_NE(two, nullptr);
    EXPECT_STREQ(two->path, "b[1].c");
    EXPECT_STREQ(two->text, "two");
    EXPECT_TRUE(two->quoted);
    EXPECT_EQ(two->line, 4u);
    EXPECT_EQ(two->column, 9u);
    EXPECT_FALSE(root->item[0]->quoted);
    EXPECT_EQ(yaml_find(list->item[1], "d")->n_items, 0u);
    EXPECT_EQ(yaml_find(root, "none"), nullptr);
    EXPECT_EQ(yaml_find(list, "b"), nullptr);
}

struct Refusal {
    const char *text, *message;
};

const Refusal REFUSALS[] = {
    {"", "f.yaml:1:1: the file is empty; expected 'key: value'"},
    {"# only a comment\n", "f.yaml:1:1: the file is empty"},
    {"a: &x 1\n", "f.yaml:1:4: a: an anchor, alias or tag stands here; expected a value"},
    {"a: 1\nb: *a\n", "f.yaml:2:4: b: an anchor, alias or tag stands here"},
    {"a: !!int 1\n", "f.yaml:1:4: a: an anchor, alias or tag"},
    {"&k a: 1\n", "f.yaml:1:1: an anchor or tag stands here; expected a plain key"},
    {"a: {b: &x [1]}\n", "f.yaml:1:8: a.b: an anchor"},
    {"a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document starts here; expected one document"},
    {"a: 1\nb: 2\na: 3\n", "f.yaml:3:1: key 'a' stands twice, first in line 1; expected it once"},
    {"m:\n  z: 1\n  y: 2\n  z: 1\n  y: 1\n",
     "f.yaml:4:3: m: key 'z' stands twice, first in line 2"},
    {"[1]: 2\n", "f.yaml:1:1: the key is not a word"},
    {"? {a: 1}\n: 2\n", "f.yaml:1:3: the key is not a word"},
    {"a:\n\tb: 1\n", "f.yaml:2:1: not valid YAML: a tab stands here; expected spaces"},
    {"a: [1, 2\nb: 3\n", "f.yaml:2:2: not valid YAML: "},
    {"a: 'x\n", "not valid YAML: found unexpected end of stream"},
    {"a: b: c\n", "f.yaml:1:5: not valid YAML: mapping values are not allowed"},
    {"\"\": 1\n", "f.yaml:1:1: the key is empty"},
    {"a: \"x\\0y\"\n", "f.yaml:1:4: a: the text holds a NUL character"},
    {"\"a\\0\": 1\n", "f.yaml:1:1: the key holds a NUL character"},
    {"a: \xff\n", "f.yaml:1:4: byte 0xff is not text; expected UTF-8"},
    {"\xc3\xa9: 1\n\xc3\xa9: \xc3(\n", "f.yaml:2:4: byte 0xc3 is not text"},
    {"\xff\xfe"
     "a",
     "f.yaml:1:1: byte 0xff is not text"},
    {"a: \x01\n", "not valid YAML: control characters are not allowed"},
};

TEST_F(YamlDoc, WhatIsRefusedIsRefusedWithItsPlace)
{
    for (const Refusal &row : REFUSALS)
        EXPECT_NE(refusal(row.text).find(row.message), std::string::npos)
            << row.text << " -> " << err.message;
}

TEST_F(YamlDoc, NulByteIsRefusedWhereItStands)
{
    EXPECT_EQ(refusal(std::string("a: 1\nb\0c: 2\n", 12)),
              "f.yaml:2:2: byte 0x00 is not text; expected UTF-8");
}

TEST_F(YamlDoc, LongKeysDeepNestingAndLargeFilesAreRefused)
{
    EXPECT_NE(refusal(std::string(101, 'k') + ": 1\n").find("f.yaml:1:1: the key is too long"),
              std::string::npos);
    EXPECT_NE(parse(std::string(100, 'k') + ": 1\n"), nullptr);
    std::string deep;
    for (int i = 0; i < YAML_MAX_DEPTH; i++)
        deep = "[" + deep + "]";
    EXPECT_NE(parse(deep), nullptr);
    EXPECT_NE(refusal("[" + deep + "]").find("f.yaml:1:17: "), std::string::npos);
    EXPECT_NE(std::string(err.message).find("nested too deeply; expected at most 16 levels"),
              std::string::npos);
    EXPECT_EQ(refusal(std::string(YAML_MAX_BYTES + 1, '#')),
              "f.yaml: has 4194305 bytes; expected at most 4194304");
    EXPECT_EQ(err.status, STATUS_INPUT);
}

// Patterns that cost a naive reader quadratic time or memory, at the largest size allowed.
TEST_F(YamlDoc, LargestHostileFilesTakeLittleTimeAndMemory)
{
    const char *patterns[] = {"[",         "{a: ",   "- ",    "{",     "[a, ",  "[[],",
                              "? ",        "a: b\n", "- a\n", "[a,\n", "#",     "\n",
                              "'",         "\"",     "a ",    "&a ",   "---\n", "[1,1,1,1,1,1,1,1,",
                              "1234: {}\n"};
    for (const char *pattern : patterns) {
        std::string text;
        while (text.size() < YAML_MAX_BYTES - 40)
            text += pattern;
        Arena *own = arena_new();
        YamlNode *root = nullptr;
        auto start = std::chrono::steady_clock::now();
        yaml_parse(own, "f.yaml", text.data(), text.size(), &root, &err);
        std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        EXPECT_LT(seconds.count(), 10) << pattern; // takes 0.1 s: quadratic time would be hours
        EXPECT_LT(arena_bytes(own), size_t{64} << 20) << pattern;
        arena_free(own);
    }
}

TEST_F(YamlDoc, RandomDamageGivesATreeOrOneCleanLine)
{
    const std::string good = "format: x\nlist: [1, 2.5, 'a']\nmap:\n  k: {a: 1, b: [x, y]}\n  # c\n"
                             "  t: |\n    text\n    more\n  q: \"a\\tb\"\n";
    const std::string alphabet = "[]{},:#&*!|>'\"%@`-? \n\tab01.\\\xc3\xa9\xff";
    Rng rng = rng_make(21, 0);
    int n_good = 0;
    for (int i = 0; i < 4000; i++) {
        std::string text = good;
        for (uint64_t n = 1 + rng_below(&rng, 4); n > 0; n--) {
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
                text.erase(at, 1 + rng_below(&rng, 5));
                break;
            default:
                text.insert(at, text.substr(rng_below(&rng, text.size()), rng_below(&rng, 30)));
            }
            text += text.empty() ? "a" : "";
        }
        YamlNode *root = nullptr;
        err = {};
        Status status = yaml_parse(arena, "f.yaml", text.data(), text.size(), &root, &err);
        ASSERT_EQ(status == STATUS_OK, root != nullptr);
        ASSERT_TRUE(status == STATUS_OK || status == STATUS_INPUT);
        if (status != STATUS_OK) {
            ASSERT_EQ(std::string(err.message).rfind("f.yaml:", 0), 0u) << text;
        }
        n_good += status == STATUS_OK;
        arena_reset(arena);
    }
    EXPECT_GT(n_good, 100); // both outcomes occur
    EXPECT_LT(n_good, 3900);
}

TEST_F(YamlDoc, LoadReadsAFileAndNamesAMissingOne)
{
    YamlNode *root = nullptr;
    EXPECT_EQ(yaml_load(arena, "/nonexistent/x.yaml", &root, &err), STATUS_IO);
    EXPECT_STREQ(err.message, "/nonexistent/x.yaml: cannot open: No such file or directory");
    std::string path = std::string(EGRET_SOURCE_DIR) + "/arch/chips/tiny-2x2.yaml";
    ASSERT_EQ(yaml_load(arena, path.c_str(), &root, &err), STATUS_OK) << err.message;
    EXPECT_STREQ(yaml_find(root, "name")->text, "tiny-2x2");
    EXPECT_EQ(root->file, path);
}

} // namespace
