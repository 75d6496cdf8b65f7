// result.c, result_line.c: a result is one line, and any other line is none.
#include <cmath>
#include <cstring>

#include "result_columns.h"
#include "sweep_fixture.h"

using namespace sweep_test;

namespace
{

class ResultTest : public SweepTest
{
  protected:
    Result read_back(const std::string &line)
    {
        Result read;
        EXPECT_TRUE(result_parse(arena, line.data(), line.size(), &read)) << line;
        return read;
    }
};

uint32_t n_cells(const std::string &line)
{
    uint32_t n = 1;
    bool quoted = false;
    for (char c : line) {
        quoted ^= c == '"';
        n += c == ',' && !quoted;
    }
    return n;
}

TEST_F(ResultTest, LineReadsBackAsTheSameResult)
{
    for (uint32_t point = 0; point < N_POINTS; point++) {
        const Result result = result_of(point, FIDELITY_EVENT);
        const std::string line = result_line(arena, &result);
        const Result read = read_back(line);
        EXPECT_EQ(result_differs(&result, &read), nullptr) << line;
        EXPECT_STREQ(read.origin.host, "node7");
        EXPECT_EQ(read.origin.wall_ms, 12 + point);
        EXPECT_EQ(line, result_line(arena, &read));
    }
}

TEST_F(ResultTest, EveryStatusAndFidelityHasAName)
{
    for (uint32_t status = 0; status < N_RESULTS; status++)
        for (uint32_t fidelity = 0; fidelity < N_FIDELITIES; fidelity++) {
            Result result = result_of(1, (Fidelity)fidelity);
            result.status = (ResultStatus)status;
            const Result read = read_back(result_line(arena, &result));
            EXPECT_EQ(read.status, result.status);
            EXPECT_EQ(read.task.fidelity, result.task.fidelity);
            EXPECT_NE(result_meaning(result.status)[0], 0);
        }
    EXPECT_STREQ(result_name(RESULT_OUT_OF_MEMORY), "out-of-memory");
}

TEST_F(ResultTest, HeaderNamesEachCell)
{
    const std::string header = result_header(arena);
    const Result good = result_of(1, FIDELITY_COUNT), bad = result_of(3, FIDELITY_COUNT);
    EXPECT_EQ(n_cells(header), n_cells(result_line(arena, &good)));
    EXPECT_EQ(n_cells(header), n_cells(result_line(arena, &bad)));
    EXPECT_EQ(header.rfind("point,fidelity,status,error,", 0), 0u);
    EXPECT_NE(header.find(",power_mw,power_mw_low,power_mw_high,"), std::string::npos);
}

TEST_F(ResultTest, EndsThatEqualTheValueAreEmptyCells)
{
    Result result = result_of(3, FIDELITY_COUNT);
    const uint32_t power = result_metric("power_mw");
    ASSERT_LT(power, (uint32_t)N_RESULT_METRICS);
    EXPECT_STREQ(result_metric_name(power), "power_mw");
    EXPECT_EQ(result_metric("power"), (uint32_t)N_RESULT_METRICS);
    result.has[power] = true;
    result.value[power] = result.low[power] = 12.5;
    result.high[power] = 13;
    const std::string line = result_line(arena, &result);
    EXPECT_NE(line.find(",12.5,,13,"), std::string::npos) << line;
    EXPECT_EQ(read_back(line).low[power], 12.5);
}

TEST_F(ResultTest, AnyTextIsOneLine)
{
    for (const char *text : {"", "a,b", "\"", "\"\"", "a\"b", "ends with \"", "two\nlines\r\n", ",",
                             "\xc3\xa4", " "}) {
        Result result = result_of(3, FIDELITY_FLIT);
        result.error = text;
        std::string expected = text;
        for (char &c : expected)
            c = c == '\n' || c == '\r' ? ' ' : c;
        const std::string line = result_line(arena, &result);
        EXPECT_EQ(line.find('\n'), line.size() - 1);
        EXPECT_EQ(read_back(line).error, expected);
    }
}

TEST_F(ResultTest, WhatIsNotFiniteIsNotThere)
{
    Result result = result_of(0, FIDELITY_EVENT);
    result.value[0] = NAN;
    result.value[1] = INFINITY;
    result.high[2] = INFINITY;
    result.value[3] = -0.0;
    const Result read = read_back(result_line(arena, &result));
    EXPECT_FALSE(read.has[0]);
    EXPECT_FALSE(read.has[1]);
    EXPECT_TRUE(read.has[2]);
    EXPECT_EQ(read.high[2], read.value[2]);
    EXPECT_FALSE(std::signbit(read.value[3]));
}

TEST_F(ResultTest, NoPartOfALineIsALine)
{
    const Result result = result_of(3, FIDELITY_EVENT);
    const std::string line = result_line(arena, &result);
    Result read;
    for (size_t n = 0; n < line.size(); n++) {
        EXPECT_FALSE(result_parse(arena, line.data(), n, &read)) << n;
        EXPECT_FALSE(result_parse(arena, line.data() + line.size() - n, n, &read)) << n;
    }
    const std::string twice = line.substr(0, line.size() - 1) + line;
    EXPECT_FALSE(result_parse(arena, twice.data(), twice.size(), &read));
}

TEST_F(ResultTest, NoLineWithAnotherByteIsALine)
{
    const Result result = result_of(5, FIDELITY_EVENT);
    const std::string line = result_line(arena, &result);
    Result read;
    for (size_t i = 0; i < line.size(); i++)
        for (int bit = 0; bit < 8; bit++) {
            std::string other = line;
            other[i] = (char)(other[i] ^ 1 << bit);
            EXPECT_FALSE(result_parse(arena, other.data(), other.size(), &read)) << i << " " << bit;
        }
}

// Columns by name: where a bound differs, it is named, and origin never is.
TEST_F(ResultTest, DifferenceIsNamed)
{
    const Result result = result_of(1, FIDELITY_EVENT);
    Result other = result;
    other.origin.host = "elsewhere";
    other.origin.wall_ms++;
    EXPECT_EQ(result_differs(&result, &other), nullptr);
    other.high[0] += 1e-7;
    EXPECT_STREQ(result_differs(&result, &other), "latency_mean_us_high");
    other.has[0] = false;
    EXPECT_STREQ(result_differs(&result, &other), "latency_mean_us");
    other.cores_used++;
    EXPECT_STREQ(result_differs(&result, &other), "cores_used");
    other.chip_hash = "0";
    EXPECT_STREQ(result_differs(&result, &other), "chip_hash");
}

TEST_F(ResultTest, OneThatTellsWhatComesOutStaysWhateverTheOrder)
{
    Err err = {};
    for (ResultStatus of_machine :
         {RESULT_TIMEOUT, RESULT_OUT_OF_MEMORY, RESULT_CRASHED, RESULT_SCREENED})
        for (bool first : {false, true}) {
            const Result real = result_of(2, FIDELITY_EVENT);
            Result ended = result_of(2, FIDELITY_EVENT);
            ended.status = of_machine;
            Results results = results_none(arena, &plan);
            EXPECT_EQ(results_put(&results, first ? &ended : &real, &err), STATUS_OK);
            EXPECT_EQ(results_put(&results, first ? &real : &ended, &err), STATUS_OK);
            EXPECT_EQ(results_at(&results, {2, FIDELITY_EVENT})->status, RESULT_OK);
            EXPECT_EQ(results.n_twice, 1u);
        }
}

TEST_F(ResultTest, TwoThatDifferAreAnErrorThatNamesTheColumn)
{
    Err err = {};
    const Result one = result_of(2, FIDELITY_EVENT);
    Result other = one;
    other.run_ps++;
    other.origin.host = "node8";
    Results results = results_none(arena, &plan);
    EXPECT_EQ(results_put(&results, &one, &err), STATUS_OK);
    EXPECT_EQ(results_put(&results, &other, &err), STATUS_INTERNAL);
    EXPECT_STREQ(err.message,
                 "point 2 (event) was simulated twice, by processes 4711 on node7 and 4711 on "
                 "node8, and column 'run_ps' differs; expected the same result each time");
}

} // namespace
