// csv_table.c: what is read, and that each thing that is not a table is refused where it stands.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/csv_table.h"

namespace
{

class Csv : public testing::Test
{
  protected:
    ~Csv() override
    {
        arena_free(arena);
    }

    Status parse(const std::string &text)
    {
        return csv_parse(arena, "t.csv", text.data(), text.size(), &table, &err);
    }

    std::string refused(const std::string &text)
    {
        EXPECT_EQ(parse(text), STATUS_INPUT) << text;
        EXPECT_EQ(table, nullptr);
        return err.message;
    }

    Arena *arena = arena_new();
    Err err = {};
    const CsvTable *table = nullptr;
};

TEST_F(Csv, ReadsCellsByRowAndColumn)
{
    ASSERT_EQ(parse("core,name,energy_pj\n7,\"(1,2)->(2,2)\",1.5e-3\n9,,\n"), STATUS_OK)
        << err.message;
    ASSERT_EQ(table->n_columns, 3u);
    ASSERT_EQ(table->n_rows, 2u);
    EXPECT_STREQ(table->column[1], "name");
    EXPECT_STREQ(csv_text(table, 0, 1), "(1,2)->(2,2)");
    EXPECT_STREQ(csv_text(table, 1, 1), "");
    EXPECT_EQ(csv_find(table, "energy_pj"), 2u);
    EXPECT_EQ(csv_find(table, "energy"), CSV_NO_COLUMN);
    double energy;
    ASSERT_EQ(csv_real(table, 0, 2, nullptr, &energy, &err), STATUS_OK);
    EXPECT_EQ(energy, 1.5e-3);
}

TEST_F(Csv, QuotesMayBeDoubledAndStandInTheHeader)
{
    ASSERT_EQ(parse("\"a,\"\"b\"\"\",c\r\n\"x\"\"\",\"\"\r\n"), STATUS_OK) << err.message;
    EXPECT_STREQ(table->column[0], "a,\"b\"");
    EXPECT_STREQ(csv_text(table, 0, 0), "x\"");
    EXPECT_STREQ(csv_text(table, 0, 1), "");
}

TEST_F(Csv, ReadsWholeColumns)
{
    const uint64_t *whole, unknown = UINT64_MAX;
    const double *real;
    const char *const *text;

    ASSERT_EQ(parse("a,b\n1,x\n18446744073709551615,\n,z\n"), STATUS_OK);
    ASSERT_EQ(csv_u64_column(arena, table, "a", &unknown, &whole, &err), STATUS_OK);
    EXPECT_EQ(whole[0], 1u);
    EXPECT_EQ(whole[1], UINT64_MAX);
    EXPECT_EQ(whole[2], unknown);
    ASSERT_EQ(csv_text_column(arena, table, "b", &text, &err), STATUS_OK);
    EXPECT_STREQ(text[0], "x");
    EXPECT_STREQ(text[1], "");
    EXPECT_EQ(csv_u64_column(arena, table, "a", nullptr, &whole, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message, "t.csv:4:1: a: nothing stands here; expected a whole number");
    EXPECT_EQ(whole, nullptr);
    EXPECT_EQ(csv_real_column(arena, table, "b", nullptr, &real, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message, "t.csv:2:3: b: 'x' is something else; expected a number");
    EXPECT_EQ(csv_u64_column(arena, table, "aa", nullptr, &whole, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message,
                 "t.csv:1:1: no column 'aa'; expected one of that name (there is 'a')");
}

TEST_F(Csv, NumbersAreWholeCells)
{
    ASSERT_EQ(parse("a\n-1\n010\n1x\n18446744073709551616\n1e999\n0.5\n"), STATUS_OK);
    uint64_t whole;
    double real;
    for (uint32_t row = 0; row < table->n_rows; row++)
        EXPECT_EQ(csv_u64(table, row, 0, nullptr, &whole, &err), STATUS_INPUT) << row;
    EXPECT_EQ(csv_u64(table, 3, 0, nullptr, &whole, &err), STATUS_INPUT);
    EXPECT_STREQ(err.message,
                 "t.csv:5:1: a: '18446744073709551616' is too large; expected a whole number");
    const bool is_real[] = {true, false, false, true, false, true};
    for (uint32_t row = 0; row < table->n_rows; row++)
        EXPECT_EQ(csv_real(table, row, 0, nullptr, &real, &err) == STATUS_OK, is_real[row]) << row;
}

TEST_F(Csv, PlacesOfCellsAreThoseOfTheFile)
{
    ASSERT_EQ(parse("a,b,c\n1,\"x\"\"y\",z\n"), STATUS_OK);
    csv_fail(table, 0, 2, &err, "wrong");
    EXPECT_STREQ(err.message, "t.csv:2:10: c: wrong");
    csv_fail(table, 0, 1, &err, "wrong");
    EXPECT_STREQ(err.message, "t.csv:2:3: b: wrong");
}

TEST_F(Csv, RefusesWhatIsNoTable)
{
    EXPECT_EQ(refused(""),
              "t.csv:1:1: an empty file; expected a line with the names of the columns");
    EXPECT_EQ(refused("a,a\n"), "t.csv:1:3: column 'a' stands twice; expected each name once");
    EXPECT_EQ(refused("a,\n"), "t.csv:1:3: an empty name; expected the name of a column");
    EXPECT_EQ(refused("\n"), "t.csv:1:1: an empty name; expected the name of a column");
    EXPECT_EQ(refused("a,b\n1\n"), "t.csv:2:1: 1 of 2 cells; column 'b' was expected next");
    EXPECT_EQ(refused("a,b\n\n"), "t.csv:2:1: 1 of 2 cells; column 'b' was expected next");
    EXPECT_EQ(refused("a,b\n1,2,3\n"), "t.csv:2:5: more cells than the 2 columns");
    EXPECT_EQ(refused("\xef\xbb\xbf"
                      "a\n"),
              "t.csv:1:1: a byte order mark; expected the name of the first column");
    EXPECT_EQ(refused("a\nx\xff\n"), "t.csv:2:2: a byte that is no text; expected UTF-8");
    EXPECT_EQ(refused(std::string("a\n1\nx\0y\n", 8)),
              "t.csv:3:2: a byte that is no text; expected UTF-8");
}

TEST_F(Csv, RefusesLinesThatAreCutShortOrQuotedWrong)
{
    const std::string cut = "the file ends inside a line; expected a line break (is it cut short?)";
    EXPECT_EQ(refused("a,b"), "t.csv:1:4: " + cut);
    EXPECT_EQ(refused("a,b\n1,2"), "t.csv:2:4: " + cut);
    EXPECT_EQ(refused("a,b\n1,\"2\""), "t.csv:2:6: " + cut);
    EXPECT_EQ(refused("a,b,c,d,e,f\n1,"), "t.csv:2:3: " + cut);
    const std::string open = "a quote that is not closed; expected another one in the same line";
    EXPECT_EQ(refused("a,b\n1,\"2\n"), "t.csv:2:3: " + open);
    EXPECT_EQ(refused("a,b\n1,\"2"), "t.csv:2:3: " + open);
    EXPECT_EQ(refused("a\nx\"y\n"),
              "t.csv:2:2: a quote inside a cell; expected the whole cell in quotes, or none");
    EXPECT_EQ(refused("a\n\"x\"y\n"),
              "t.csv:2:4: a comma or the end of the line was expected here");
    EXPECT_EQ(refused("a\nx\ry\n"), "t.csv:2:2: a comma or the end of the line was expected here");
}

TEST_F(Csv, RefusesTooManyColumns)
{
    std::string header;
    for (int i = 0; i <= CSV_MAX_COLUMNS; i++)
        header += "c" + std::to_string(i) + (i == CSV_MAX_COLUMNS ? "\n" : ",");
    EXPECT_EQ(refused(header), "t.csv:1:1: 4097 columns; expected at most 4096");
}

TEST_F(Csv, EveryPrefixOfATableIsWholeLinesOrRefused)
{
    const std::string whole = "core,name\r\n1,\"a,\"\"b\"\r\n2,\"c\"\n";
    for (size_t n = 0; n <= whole.size(); n++) {
        const bool ends_a_line = n > 0 && whole[n - 1] == '\n';
        EXPECT_EQ(parse(whole.substr(0, n)) == STATUS_OK, ends_a_line) << n;
    }
}

TEST_F(Csv, MemoryStaysInProportionToTheFile)
{
    std::string text = "a";
    for (int i = 1; i < 2000; i++)
        text += ",a" + std::to_string(i);
    text += "\n" + std::string(100000, '\n'); // each a row that is too short
    EXPECT_EQ(parse(text), STATUS_INPUT);
    EXPECT_LT(arena_bytes(arena), 6 * text.size() + 100000);
}

TEST_F(Csv, WhatIsWrittenIsReadBack)
{
    const char *const name[] = {"a", "b,c"}, *const cell[] = {"x \"y\"", ""};
    char *text = nullptr;
    size_t n = 0;
    FILE *stream = open_memstream(&text, &n);
    csv_write_row(stream, name, 2);
    csv_write_row(stream, cell, 2);
    fclose(stream);
    EXPECT_EQ(std::string(text, n), "a,\"b,c\"\n\"x \"\"y\"\"\",\n");
    ASSERT_EQ(parse(std::string(text, n)), STATUS_OK) << err.message;
    EXPECT_STREQ(table->column[1], "b,c");
    EXPECT_STREQ(csv_text(table, 0, 0), "x \"y\"");
    free(text);
}

TEST_F(Csv, LoadsFiles)
{
    const std::string path = testing::TempDir() + "csv_" + std::to_string(getpid()) + ".csv";
    FILE *file = fopen(path.c_str(), "wb");
    fputs("a\n1\n", file);
    fclose(file);
    EXPECT_EQ(csv_load(arena, path.c_str(), &table, &err), STATUS_OK) << err.message;
    EXPECT_EQ(table->n_rows, 1u);
    remove(path.c_str());
    EXPECT_EQ(csv_load(arena, path.c_str(), &table, &err), STATUS_IO);
    EXPECT_EQ(table, nullptr);
}

} // namespace
