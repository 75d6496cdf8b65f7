// sim/compare: what two run directories differ in, and what is told of it. The directories are
// those of the golden outputs, with a line changed here and there.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "sim/compare.h"

namespace
{

namespace fs = std::filesystem;

std::string read_text(const fs::path &path)
{
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

void write_text(const fs::path &path, const std::string &text)
{
    std::ofstream(path, std::ios::binary) << text;
}

std::string printed(const std::function<void(FILE *)> &write)
{
    char *text = nullptr;
    size_t n = 0;
    FILE *stream = open_memstream(&text, &n);
    write(stream);
    fclose(stream);
    std::string result(text, n);
    free(text);
    return result;
}

class Compare : public testing::Test
{
  protected:
    void SetUp() override
    {
        root = fs::path(testing::TempDir()) / ("compare_" + std::to_string(getpid()));
        make("base");
        make("run");
    }

    ~Compare() override
    {
        std::error_code code;
        fs::remove_all(root, code);
        arena_free(arena);
    }

    void make(const std::string &name) const
    {
        const fs::path golden = fs::path(EGRET_SOURCE_DIR) / "tests/golden/expected";
        fs::create_directories(root / name);
        for (const char *file : {"report.json", "cores.csv", "links.csv", "steps.csv"})
            write_text(root / name / file, read_text(golden / (std::string("out-") + file)));
    }

    // The first place where `from` stands becomes `to`.
    void edit(const std::string &file, const std::string &from, const std::string &to) const
    {
        std::string text = read_text(root / file);
        const size_t at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        write_text(root / file, text.replace(at, from.size(), to));
    }

    std::vector<std::vector<std::string>> rows(const std::string &file) const
    {
        std::vector<std::vector<std::string>> out;
        std::stringstream lines(read_text(root / file));
        for (std::string line; std::getline(lines, line);) {
            std::vector<std::string> cells(1);
            bool quoted = false;
            for (char c : line) {
                quoted ^= c == '"';
                if (c == ',' && !quoted)
                    cells.emplace_back();
                else
                    cells.back() += c;
            }
            out.push_back(cells);
        }
        return out;
    }

    void set_rows(const std::string &file, const std::vector<std::vector<std::string>> &rows) const
    {
        std::string text;
        for (const auto &row : rows)
            for (size_t i = 0; i < row.size(); i++)
                text += row[i] + (i + 1 < row.size() ? "," : "\n");
        write_text(root / file, text);
    }

    // Adds to a number in a table; returns what stood there.
    uint64_t add(const std::string &file, size_t row, const std::string &column, int64_t by) const
    {
        auto all = rows(file);
        for (size_t i = 0; i < all[0].size(); i++) {
            if (all[0][i] != column)
                continue;
            const uint64_t before = std::stoull(all[row + 1][i]);
            all[row + 1][i] = std::to_string(before + static_cast<uint64_t>(by));
            set_rows(file, all);
            return before;
        }
        ADD_FAILURE() << column;
        return 0;
    }

    const RunFiles *load(const std::string &name, bool is_baseline = false)
    {
        const RunFiles *files = nullptr;
        const std::string folder = (root / name).string();
        EXPECT_EQ(run_files_load(arena, folder.c_str(), is_baseline, &files, &err), STATUS_OK)
            << err.message;
        return files;
    }

    std::string load_fails(const std::string &name)
    {
        const RunFiles *files = nullptr;
        const std::string folder = (root / name).string();
        EXPECT_NE(run_files_load(arena, folder.c_str(), false, &files, &err), STATUS_OK);
        EXPECT_EQ(files, nullptr);
        return std::string(err.message).substr(root.string().size() + 1);
    }

    const Comparison *compare(const Tolerance *tolerance = nullptr,
                              const std::string &base = "base", const std::string &run = "run")
    {
        const Comparison *out = nullptr;
        EXPECT_EQ(compare_runs(arena, load(base, true), load(run), tolerance, &out, &err),
                  STATUS_OK)
            << err.message;
        return out;
    }

    const Tolerance *tolerance(const std::string &text)
    {
        const Tolerance *out = nullptr;
        write_text(root / "t.yaml", text);
        EXPECT_EQ(tolerance_load(arena, (root / "t.yaml").string().c_str(), &out, &err), STATUS_OK)
            << err.message;
        return out;
    }

    std::string tolerance_fails(const std::string &text)
    {
        const Tolerance *out = nullptr;
        write_text(root / "t.yaml", text);
        EXPECT_EQ(tolerance_load(arena, (root / "t.yaml").string().c_str(), &out, &err),
                  STATUS_INPUT);
        EXPECT_EQ(out, nullptr);
        return std::string(err.message).substr(root.string().size() + 1);
    }

    std::string screen(const Comparison *comparison)
    {
        return printed([&](FILE *stream) { compare_write_text(arena, comparison, stream); });
    }

    Arena *arena = arena_new();
    Err err = {};
    fs::path root;
};

TEST_F(Compare, ARunEqualsItself)
{
    const Comparison *same = compare();
    EXPECT_EQ(same->n_changes, 0u);
    EXPECT_EQ(same->n_causes, 0u);
    EXPECT_GT(same->n_values, 2000u);
    EXPECT_NE(screen(same).find("all equal"), std::string::npos);
}

TEST_F(Compare, NamesCoreAndPhaseOfOneCycle)
{
    const uint64_t before = add("run/cores.csv", 3, "receive_cycles", 1);
    const Comparison *found = compare();
    ASSERT_EQ(found->n_changes, 1u);
    const Change *change = &found->change[0];
    EXPECT_STREQ(change_name(arena, change), "cores.3.receive_cycles");
    EXPECT_STREQ(change_label(arena, change), "core 3: receive_cycles");
    EXPECT_EQ(std::string(change->before), std::to_string(before));
    EXPECT_EQ(change->verdict, VERDICT_WORSE);
    EXPECT_EQ(found->n_worse, 1u);
    EXPECT_NE(screen(found).find("core 3: receive_cycles"), std::string::npos);
}

// As many cores and steps as the largest runs of SpiNNaker2 have: one cycle is found.
TEST_F(Compare, FindsOneCycleAmong152CoresAnd2000Steps)
{
    for (const char *name : {"base/", "run/"}) {
        auto cores = rows(name + std::string("cores.csv"));
        auto steps = rows(name + std::string("steps.csv"));
        const auto core = cores[1], step = steps[1];
        cores.resize(1);
        steps.resize(1);
        for (int i = 0; i < 152; i++) {
            cores.push_back(core);
            cores.back()[0] = std::to_string(i);
        }
        for (int i = 0; i < 2000; i++) {
            steps.push_back(step);
            steps.back()[0] = std::to_string(i);
        }
        set_rows(name + std::string("cores.csv"), cores);
        set_rows(name + std::string("steps.csv"), steps);
    }
    EXPECT_EQ(compare()->n_changes, 0u);
    add("run/cores.csv", 151, "update_cycles", -1);
    add("run/steps.csv", 1234, "latency_ps", 1);
    const Comparison *found = compare();
    ASSERT_EQ(found->n_changes, 2u);
    EXPECT_STREQ(change_name(arena, &found->change[0]), "cores.151.update_cycles");
    EXPECT_EQ(found->change[0].verdict, VERDICT_BETTER);
    EXPECT_STREQ(change_name(arena, &found->change[1]), "steps.1234.latency_ps");
    EXPECT_EQ(found->change[1].verdict, VERDICT_WORSE);
}

TEST_F(Compare, TellsWhatOnlyOneRunHas)
{
    auto cores = rows("run/cores.csv");
    cores.erase(cores.begin() + 3);
    set_rows("run/cores.csv", cores);
    auto steps = rows("run/steps.csv");
    steps.push_back(steps.back());
    steps.back()[0] = "31";
    set_rows("run/steps.csv", steps);
    auto links = rows("run/links.csv");
    for (auto &row : links)
        row.push_back(row[0] == "link" ? "colour" : "1");
    set_rows("run/links.csv", links);
    edit("run/report.json", "latency_p95_us", "latency_p96_us");
    edit("run/report.json", "\"name\": \"layer1\"", "\"name\": \"layerX\"");
    const Comparison *found = compare();
    std::vector<std::string> told;
    for (uint32_t i = 0; i < found->n_changes; i++)
        told.push_back(std::string(change_name(arena, &found->change[i])) + " " +
                       verdict_name(found->change[i].verdict));
    EXPECT_EQ(told,
              (std::vector<std::string>{
                  "metrics.latency_p95_us only in the baseline",
                  "metrics.latency_p96_us only in the run", "layers.layer1 only in the baseline",
                  "layers.layerX only in the run", "cores.2 only in the baseline",
                  "links.*.colour only in the run", "steps.31 only in the run"}));
    EXPECT_EQ(found->n_beyond, 7u);
}

TEST_F(Compare, BetterAndWorseAreTheOtherWayRoundInTheOtherDirection)
{
    add("run/cores.csv", 1, "emit_cycles", 5);
    add("run/cores.csv", 2, "wait_cycles", 7);
    add("run/links.csv", 1, "flits", -3);
    edit("run/report.json", "\"run_cycles\": 2", "\"run_cycles\": 1");
    auto steps = rows("run/steps.csv");
    steps.pop_back();
    set_rows("run/steps.csv", steps);
    const Comparison *there = compare(), *back = compare(nullptr, "run", "base");
    ASSERT_EQ(there->n_changes, 5u);
    ASSERT_EQ(back->n_changes, 5u);
    EXPECT_EQ(there->n_worse, back->n_better);
    EXPECT_EQ(there->n_better, back->n_worse);
    for (uint32_t i = 0; i < there->n_changes; i++) {
        const Change *a = &there->change[i], *b = &back->change[i];
        EXPECT_STREQ(change_name(arena, a), change_name(arena, b));
        EXPECT_EQ(a->weight, b->weight);
        if (a->column != nullptr || a->name != nullptr) {
            EXPECT_STREQ(a->before, b->after);
            EXPECT_STREQ(a->after, b->before);
        }
    }
    EXPECT_EQ(there->change[there->n_changes - 1].verdict, VERDICT_MISSING);
    EXPECT_EQ(back->change[back->n_changes - 1].verdict, VERDICT_EXTRA);
}

// Any cells at all: those that were changed are found, and no others; both ways round.
TEST_F(Compare, RandomChangesAreAllFound)
{
    Rng rng = rng_make(6, 5);
    const RunFiles *base = load("base");
    const auto good = rows("base/cores.csv");
    for (int trial = 0; trial < 20; trial++) {
        auto cores = good;
        std::set<std::string> changed;
        for (uint64_t n = rng_below(&rng, 20); n > 0; n--) {
            const size_t row = 1 + rng_below(&rng, cores.size() - 1);
            const size_t column = 5 + rng_below(&rng, 36); // whole numbers
            cores[row][column] =
                std::to_string(std::stoull(good[row][column]) + 1 + rng_below(&rng, 1000));
            changed.insert("cores." + good[row][0] + "." + good[0][column]);
        }
        set_rows("run/cores.csv", cores);
        const RunFiles *run = load("run");
        const Comparison *there, *back;
        ASSERT_EQ(compare_runs(arena, base, run, nullptr, &there, &err), STATUS_OK);
        ASSERT_EQ(compare_runs(arena, run, base, nullptr, &back, &err), STATUS_OK);
        std::set<std::string> found[2];
        for (uint32_t i = 0; i < there->n_changes; i++)
            found[0].insert(change_name(arena, &there->change[i]));
        for (uint32_t i = 0; i < back->n_changes; i++)
            found[1].insert(change_name(arena, &back->change[i]));
        EXPECT_EQ(found[0], changed) << trial;
        EXPECT_EQ(found[1], changed) << trial;
        EXPECT_EQ(there->n_worse, back->n_better);
        EXPECT_EQ(there->n_better, back->n_worse);
    }
}

TEST_F(Compare, AToleranceCountsToItsEdge)
{
    const uint64_t before = add("run/cores.csv", 3, "receive_cycles", 29);
    const std::string name = "rules:\n  - match: \"cores.*.receive_cycles\"\n    ";
    EXPECT_EQ(compare(tolerance(name + "absolute: 29\n"))->n_beyond, 0u);
    EXPECT_EQ(compare(tolerance(name + "absolute: 28\n"))->n_beyond, 1u);
    EXPECT_EQ(compare(tolerance(name + "absolute: 28.9\n"))->n_beyond, 1u);
    EXPECT_EQ(compare(tolerance(name + "side: worse\n"))->n_beyond, 1u);
    EXPECT_EQ(compare(tolerance(name + "ignore: true\n"))->n_within, 1u);
    add("run/cores.csv", 3, "receive_cycles", -58);
    EXPECT_EQ(compare(tolerance(name + "side: worse\n"))->n_beyond, 0u);
    EXPECT_EQ(compare(tolerance(name + "side: worse\n"))->n_within, 1u);
    EXPECT_EQ(compare(tolerance(name + "absolute: 28\n    side: both\n"))->n_beyond, 1u);
    EXPECT_GT(before, 58u);
}

TEST(Tolerances, RelativeLimitsAreExact)
{
    ToleranceRule rule = {};
    rule.pattern = "*";
    auto allows = [&](const char *before, const char *after) {
        const RunValue a = run_value(before), b = run_value(after);
        return tolerance_allows(&rule, DIRECTION_LOWER, &a, &b);
    };
    rule.relative_ppb = 290000000; // 0.29, which no double is
    EXPECT_TRUE(allows("100", "129"));
    EXPECT_TRUE(allows("100", "71"));
    EXPECT_FALSE(allows("100", "130"));
    EXPECT_FALSE(allows("1000000000000000000", "1290000000000000001"));
    EXPECT_TRUE(allows("1000000000000000000", "1290000000000000000"));
    EXPECT_TRUE(allows("1.5", "1.935"));
    EXPECT_FALSE(allows("1.5", "1.9350001"));
    EXPECT_FALSE(allows("0", "1"));
    EXPECT_FALSE(allows("1", "x"));
    rule.relative_ppb = 1;
    EXPECT_TRUE(allows("18446744073709551615", "18446744073709551614"));
    EXPECT_FALSE(allows("999999999", "1000000000"));
    EXPECT_TRUE(allows("1000000000", "1000000001"));
    rule.relative_ppb = 0;
    EXPECT_FALSE(allows("18446744073709551615", "18446744073709551614"));
    rule.absolute = 1;
    EXPECT_TRUE(allows("18446744073709551615", "18446744073709551614"));
    EXPECT_FALSE(allows("18446744073709551615", "18446744073709551613"));
}

TEST(Tolerances, PatternsMatchWholeNames)
{
    EXPECT_TRUE(glob_matches("cores.*.receive_cycles", "cores.17.receive_cycles"));
    EXPECT_FALSE(glob_matches("cores.*.receive_cycles", "cores.17.receive_cycles_x"));
    EXPECT_TRUE(glob_matches("*cycles", "a.cycles.cycles"));
    EXPECT_TRUE(glob_matches("cores.?.x", "cores.7.x"));
    EXPECT_FALSE(glob_matches("cores.?.x", "cores.17.x"));
    EXPECT_TRUE(glob_matches("**", ""));
    EXPECT_FALSE(glob_matches("", "a"));
    EXPECT_TRUE(glob_matches("a*b*c", "axbxbxc"));
}

TEST_F(Compare, TheFirstRuleThatMatchesCountsAndOneThatMatchesNothingIsTold)
{
    add("run/cores.csv", 3, "receive_cycles", 5);
    const Comparison *found = compare(tolerance("rules:\n"
                                                "  - match: \"cores.3.*\"\n"
                                                "    absolute: 5\n"
                                                "  - match: cores.*.receive_cycles\n"
                                                "    absolute: 0\n"
                                                "  - match: metrics.latency*\n"
                                                "    relative: 0.1\n"
                                                "  - match: steps.*.latency_us\n"
                                                "    relative: 0.1\n"));
    EXPECT_EQ(found->n_within, 1u);
    EXPECT_EQ(found->n_beyond, 0u);
    ASSERT_EQ(found->n_notes, 1u);
    EXPECT_EQ(std::string(found->note[0]).substr(root.string().size() + 1),
              "t.yaml:8:12: 'steps.*.latency_us' matches nothing");
}

TEST_F(Compare, ToleranceFilesAreReadStrictly)
{
    EXPECT_EQ(
        tolerance_fails("rules:\n  - match: a\n    relativ: 0.1\n"),
        "t.yaml:3:5: rules[0]: unknown key 'relativ' (did you mean 'relative'?); expected one "
        "of: match, absolute, relative, side, ignore");
    EXPECT_EQ(tolerance_fails("rules:\n  - match: a\n"),
              "t.yaml:2:5: rules[0]: a rule without a limit; expected absolute, relative, side or "
              "ignore");
    EXPECT_EQ(tolerance_fails("rules:\n  - match: a\n    ignore: true\n    absolute: 1\n"),
              "t.yaml:2:5: rules[0]: a rule that ignores and limits; expected one of both");
    EXPECT_EQ(tolerance_fails("rules:\n  - 7\n"),
              "t.yaml:2:5: rules[0]: not a map; expected a rule: match, and how far it may differ");
    EXPECT_NE(tolerance_fails("rules:\n  - match: a\n    absolute: -1\n").find("out of range"),
              std::string::npos);
    EXPECT_NE(tolerance_fails("rules:\n  - match: a\n    side: left\n").find("both, worse"),
              std::string::npos);
    EXPECT_NE(tolerance_fails("rule: []\n").find("unknown key 'rule'"), std::string::npos);
}

TEST_F(Compare, SaysWhichNumberOfTheChipHasChanged)
{
    const std::string key =
        "\"key\": \"software.synapse_source_fp32_cycles\", \"unit\": \"cycles\", "
        "\"value\": ";
    edit("run/report.json", key + "4", key + "5");
    edit("run/report.json", "\"options\": \"run\"", "\"options\": \"run --steps 3\"");
    add("run/cores.csv", 3, "receive_cycles", 5);
    const Comparison *found = compare();
    ASSERT_EQ(found->n_causes, 2u);
    EXPECT_STREQ(compare_cause_text(arena, found),
                 "chip number software.synapse_source_fp32_cycles 4 -> 5 cycles, and 1 more");
    EXPECT_STREQ(found->cause[1].what, "options");
    EXPECT_NE(screen(found).find("chip number software.synapse_source_fp32_cycles: 4 -> 5 cycles"),
              std::string::npos);
}

TEST_F(Compare, RefusesOtherNetworksAndInputs)
{
    EXPECT_EQ(compare_same_work(load("base"), load("run"), &err), STATUS_OK);
    edit("run/report.json", "\"input_hash\": \"",
         "\"input_hash\": \"0000000000000000\", \"x\": \"");
    EXPECT_NE(load_fails("run").find("unknown key 'x'"), std::string::npos);
    make("run");
    edit("run/report.json", "\"input_hash\": \"cd", "\"input_hash\": \"ab");
    EXPECT_EQ(compare_same_work(load("base"), load("run"), &err), STATUS_INPUT);
    EXPECT_NE(std::string(err.message).find("expected a run of the same network and input"),
              std::string::npos);
}

TEST_F(Compare, DamagedTablesAreRefusedWhereTheyAreDamaged)
{
    auto cores = rows("run/cores.csv");
    const auto good = cores;
    std::swap(cores[2], cores[3]);
    set_rows("run/cores.csv", cores);
    EXPECT_EQ(load_fails("run"), "run/cores.csv:4:1: core: 1 after 2; expected ascending numbers");
    cores = good;
    for (auto &row : cores)
        std::swap(row[0], row[1]);
    set_rows("run/cores.csv", cores);
    EXPECT_EQ(load_fails("run"), "run/cores.csv:1:1: column 'tile'; expected 'core' as the first");
    cores = good;
    cores[2][5] = "4x";
    set_rows("run/cores.csv", cores);
    const Comparison *out = nullptr;
    EXPECT_EQ(compare_runs(arena, load("base"), load("run"), nullptr, &out, &err), STATUS_INPUT);
    EXPECT_EQ(out, nullptr);
    EXPECT_NE(std::string(err.message).find("cores.csv:3:13: units: '4x' is no number"),
              std::string::npos)
        << err.message;
    fs::remove(root / "run/steps.csv");
    set_rows("run/cores.csv", good);
    EXPECT_NE(load_fails("run").find("steps.csv: cannot open"), std::string::npos);
}

TEST_F(Compare, ABaselineMayDoWithoutTables)
{
    fs::remove(root / "base/steps.csv");
    add("run/steps.csv", 2, "latency_ps", 1);
    const Comparison *found = compare();
    EXPECT_EQ(found->n_changes, 0u);
    ASSERT_EQ(found->n_notes, 1u);
    EXPECT_NE(std::string(found->note[0]).find("steps.csv is not compared"), std::string::npos);
}

TEST_F(Compare, ItemsCountWhatFailed)
{
    add("run/cores.csv", 3, "receive_cycles", 5);
    edit("run/report.json", "\"value\": 7.447", "\"value\": 7.448");
    const Comparison *found = compare();
    uint64_t n_failed = 0, n_values = 0;
    for (uint32_t i = 0; i < found->n_items; i++) {
        const CompareItem *item = &found->item[i];
        n_failed += item->n_beyond > 0;
        n_values += item->n_values;
        EXPECT_EQ(item->n_beyond > 0, std::string(item->name) == "latency_mean_us" ||
                                          std::string(item->name) == "cores")
            << item->name;
    }
    EXPECT_EQ(n_failed, 2u);
    EXPECT_EQ(n_values, found->n_values);
    const std::string junit =
        printed([&](FILE *stream) { compare_write_junit(arena, found, stream); });
    EXPECT_NE(junit.find("failures=\"2\""), std::string::npos);
    EXPECT_NE(junit.find("<failure type=\"difference\" message=\"core 3: receive_cycles: "),
              std::string::npos);
    const std::string markdown =
        printed([&](FILE *stream) { compare_write_markdown(arena, found, stream); });
    EXPECT_NE(markdown.find("| core 3: receive\\_cycles | "), std::string::npos) << markdown;
    EXPECT_NE(markdown.find(": failed"), std::string::npos);
}

TEST_F(Compare, AScreenIsEnoughWhateverDiffers)
{
    auto cores = rows("run/cores.csv"), steps = rows("run/steps.csv"),
         links = rows("run/links.csv");
    for (auto *table : {&cores, &steps, &links})
        for (size_t i = 1; i < table->size(); i++)
            for (size_t j = 1; j < (*table)[i].size(); j++)
                if ((*table)[i][j].find_first_not_of("0123456789") == std::string::npos)
                    (*table)[i][j] = (*table)[i][j] == "0" ? "1" : (*table)[i][j] + "1";
    set_rows("run/cores.csv", cores);
    set_rows("run/steps.csv", steps);
    set_rows("run/links.csv", links);
    const Comparison *found = compare();
    EXPECT_GT(found->n_changes, 500u);
    const std::string text = screen(found);
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 50);
    EXPECT_NE(text.find("... and "), std::string::npos);
}

} // namespace
