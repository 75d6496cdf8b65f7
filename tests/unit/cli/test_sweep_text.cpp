// sweep_status.c, sweep_front.c, sweep_csv.c, text_table.c: what is told of a sweep.
#include <cmath>
#include <cstring>

#include "sweep_fixture.h"
#include "sweep_text.h"
#include "text_table.h"

using namespace sweep_test;

namespace
{

const SweepObjective OBJECTIVES[] = {{"latency_mean_us", false}, {"energy_per_token_uj", false}};
const SweepLimit LIMITS[] = {{"power_mw", -INFINITY, 30.5}};

class SweepTextTest : public SweepTest
{
  protected:
    void SetUp() override
    {
        SweepTest::SetUp();
        sweep.name = "hops";
        sweep.fidelity = FIDELITY_EVENT;
        sweep.objective = OBJECTIVES;
        sweep.n_objectives = 2;
        plan.n_points = 20;
        plan.n_left_out = 1234;
        results = results_none(arena, &plan);
    }

    void set(Result *result, const char *metric, double value, double low, double high)
    {
        const uint32_t i = result_metric(metric);
        result->has[i] = true;
        result->value[i] = value;
        result->low[i] = low;
        result->high[i] = high;
    }

    Result *put(uint32_t point, Fidelity fidelity, ResultStatus status, const char *error = "")
    {
        Result *result = ARENA_ARRAY(arena, Result, 1);
        *result = result_empty({point, fidelity});
        result->status = status;
        result->error = error;
        result->origin = {"node7", 4711, 1700000000000 + 500 * n_put++, 2000, 1};
        results.row[fidelity * plan.n_points + point] = result;
        return result;
    }

    // Slower and cheaper from point to point, until it only gets slower.
    void put_timed(uint32_t point, Fidelity fidelity)
    {
        Result *result = put(point, fidelity, RESULT_OK);
        const double latency = 1000 + 250.25 * point, energy = point < 4 ? 8.5 - point : 9;
        set(result, "latency_mean_us", latency, latency - 100, latency + 100);
        set(result, "energy_per_token_uj", energy, energy, energy);
        set(result, "power_mw", point == 2 ? 31 : 20, 10, 40);
        result->binding = "core 3: receive";
    }

    template <typename Write> std::string printed(Write write)
    {
        char *text = nullptr;
        size_t n = 0;
        FILE *stream = open_memstream(&text, &n);
        write(stream);
        fclose(stream);
        const std::string out(text, n);
        free(text);
        return out;
    }

    std::string status()
    {
        return printed([&](FILE *stream) { sweep_write_status(arena, &plan, &results, stream); });
    }

    std::string front(const char *list, SweepFormat format)
    {
        SweepFront asked = {};
        EXPECT_EQ(sweep_objectives(arena, &plan, list, &asked, &err), STATUS_OK) << err.message;
        asked.format = format;
        return printed(
            [&](FILE *stream) { sweep_write_front(arena, &plan, &results, &asked, stream); });
    }

    std::string objectives_fail(const char *list)
    {
        SweepFront asked = {};
        err = Err{};
        EXPECT_EQ(sweep_objectives(arena, &plan, list, &asked, &err), STATUS_USAGE) << list;
        return err.message;
    }

    Results results = {};
    uint64_t n_put = 0;
    Err err = {};
};

TEST_F(SweepTextTest, TableAlignsNumbersRightAndTextsLeft)
{
    TextTable table = text_table(arena, 3, 3);
    const char *const cell[] = {"n", "\xc3\xa4 word", "x", "1,000", "a", "", "2", "", "yes"};
    std::copy(cell, cell + 9, table.cell);
    table.is_left[1] = true;
    EXPECT_EQ(printed([&](FILE *stream) { text_table_write(arena, &table, stream); }),
              "    n  \xc3\xa4 word    x\n"
              "1,000  a\n"
              "    2          yes\n");
}

TEST_F(SweepTextTest, StatusOfNothing)
{
    EXPECT_EQ(status(), "hops: 20 points (1,234 more refused by constraints), by event\n"
                        "by     ok  missing\n"
                        "event   0       20\n"
                        "too few results to tell how long it takes\n");
}

TEST_F(SweepTextTest, StatusTellsRateAndWhatIsLeft)
{
    for (uint32_t point = 0; point < 5; point++)
        put_timed(point, FIDELITY_EVENT);
    EXPECT_EQ(status(),
              "hops: 20 points (1,234 more refused by constraints), by event\n"
              "by     ok  missing\n"
              "event   5       15\n"
              "2.000 results a second of late: 7.500 s left; 10.00 s of work so far, 2.000 s a "
              "result\n");
}

TEST_F(SweepTextTest, StatusTellsWhichPointsFailedAndWhy)
{
    for (uint32_t point = 0; point < 20; point++)
        if (point < 3 || point == 6 || point == 8)
            put(point, FIDELITY_EVENT, RESULT_NO_FIT,
                arena_printf(arena, "core %u: %u,200.5 bytes needed", point, point + 1));
        else if (point == 4)
            put(point, FIDELITY_EVENT, RESULT_NO_FIT, "no core is left");
        else if (point == 5)
            put(point, FIDELITY_EVENT, RESULT_TIMEOUT, "took longer than 5 s")->origin.attempts = 3;
        else
            put_timed(point, FIDELITY_EVENT);
    EXPECT_EQ(status(), "hops: 20 points (1,234 more refused by constraints), by event\n"
                        "by     ok  no-fit  timeout  missing\n"
                        "event  13       6        1        0\n"
                        "all is done; 40.00 s of work so far, 2.000 s a result; 1 needed more than "
                        "one attempt\n"
                        "\n"
                        "no-fit (does not fit the chip): 5 results, of points 0-2, 6, 8\n"
                        "  core 0: 1,200.5 bytes needed\n"
                        "\n"
                        "no-fit (does not fit the chip): 1 result, of points 4\n"
                        "  no core is left\n"
                        "\n"
                        "timeout (took longer than the time limit): 1 result, of points 5\n"
                        "  took longer than 5 s\n");
}

TEST_F(SweepTextTest, StatusCountsReasonsBeyondTheFirst)
{
    for (uint32_t point = 0; point < 20; point++)
        put(point, FIDELITY_EVENT, RESULT_FAILED,
            arena_printf(arena, "reason %c", (int)('a' + point % 15)));
    const std::string text = status();
    EXPECT_NE(text.find("\n  reason j\n"), std::string::npos);
    EXPECT_EQ(text.find("\n  reason k\n"), std::string::npos);
    EXPECT_NE(text.find("\n5 more reasons; the column `error` has them\n"), std::string::npos);
}

TEST_F(SweepTextTest, StatusCutsLongListsOfPoints)
{
    for (uint32_t point = 0; point < 20; point += 2)
        put(point, FIDELITY_EVENT, RESULT_INVALID, "why");
    EXPECT_NE(status().find("10 results, of points 0, 2, 4, 6, 8, 10, 12, 14, ...\n"),
              std::string::npos);
}

TEST_F(SweepTextTest, StatusTellsHowManyRunsScreeningSaved)
{
    sweep.multi = sweep.confirm = true;
    plan.n_left_out = 0;
    put(0, FIDELITY_COUNT, RESULT_NO_FIT, "too small");
    EXPECT_NE(status().find("by     ok  no-fit        missing\n"
                            "count   0       1             19\n"
                            "event   0       0  not known yet\n"
                            "flit    0       0  not known yet\n"),
              std::string::npos)
        << status();
    for (uint32_t point = 1; point < 20; point++)
        put_timed(point, FIDELITY_COUNT);
    for (uint32_t point = 1; point < 20; point++)
        if (point < 6)
            put_timed(point, FIDELITY_EVENT);
        else
            put(point, FIDELITY_EVENT, RESULT_SCREENED, "point 1 is better");
    put_timed(1, FIDELITY_FLIT);
    const std::string text = status();
    EXPECT_EQ(text.rfind("hops: 20 points, by count, the promising by event\n"
                         "by     ok  no-fit  screened  missing\n"
                         "count  19       1         0        0\n"
                         "event   5       0        14        0\n"
                         "flit    1       0         0        2\n",
                         0),
              0u)
        << text;
    EXPECT_NE(text.find("screening saved 14 of 19 runs by event (73.7 %)\n"
                        "the front alone is confirmed: 3 of 19 runs by flit\n"),
              std::string::npos)
        << text;
}

TEST_F(SweepTextTest, FrontAsTextHasValuesIntervalsAndWhatBinds)
{
    for (uint32_t point = 0; point < 20; point++)
        put_timed(point, FIDELITY_EVENT);
    sweep.limit = LIMITS;
    sweep.n_limits = 1;
    EXPECT_EQ(
        front("latency,energy", SWEEP_TEXT),
        "hops: 3 of 20 points are on the front, by event\n"
        "within power_mw <= 30.5\n"
        "\n"
        "point  chip.noc.hop_cycles  generate.density  latency_mean_us, smaller  "
        "energy_per_token_uj, smaller  bound by\n"
        "    0                    1               0.0    1,000 (900.0 .. 1,100)                  "
        "       8.500  core 3: receive\n"
        "    1                    1               0.1    1,250 (1,150 .. 1,350)                  "
        "       7.500  core 3: receive\n"
        "    3                    1               0.3    1,751 (1,651 .. 1,851)                  "
        "       5.500  core 3: receive\n");
}

TEST_F(SweepTextTest, FrontAsCsvAndJsonHasExactValues)
{
    put_timed(0, FIDELITY_EVENT);
    put_timed(1, FIDELITY_EVENT);
    put(2, FIDELITY_EVENT, RESULT_NO_FIT, "too small");
    EXPECT_EQ(front("latency_mean_us,energy", SWEEP_CSV),
              "point,chip.noc.hop_cycles,generate.density,latency_mean_us,latency_mean_us_low,"
              "latency_mean_us_high,energy_per_token_uj,energy_per_token_uj_low,"
              "energy_per_token_uj_high,binding\n"
              "0,1,0.0,1000,900,1100,8.5,8.5,8.5,core 3: receive\n"
              "1,1,0.1,1250.25,1150.25,1350.25,7.5,7.5,7.5,core 3: receive\n");
    EXPECT_NE(front("rate,energy", SWEEP_JSON).find("\"front\": []"), std::string::npos);
    EXPECT_EQ(front("energy", SWEEP_JSON),
              "{\n"
              "  \"sweep\": \"hops\",\n"
              "  \"fidelity\": \"event\",\n"
              "  \"n_points\": 20,\n"
              "  \"objectives\": [\n"
              "    {\"metric\": \"energy_per_token_uj\", \"better\": \"smaller\"}\n"
              "  ],\n"
              "  \"front\": [\n"
              "    {\n"
              "      \"point\": 1,\n"
              "      \"inputs\": {\"chip.noc.hop_cycles\": 1, \"generate.density\": 0.1},\n"
              "      \"metrics\": {\n"
              "        \"energy_per_token_uj\": {\"value\": 7.5, \"low\": 7.5, \"high\": 7.5}\n"
              "      },\n"
              "      \"binding\": \"core 3: receive\"\n"
              "    }\n"
              "  ]\n"
              "}\n");
}

TEST_F(SweepTextTest, FrontOfNothingIsSaid)
{
    EXPECT_EQ(front("latency", SWEEP_TEXT), "hops: 0 of 20 points are on the front, by event\n");
    EXPECT_NE(front("latency", SWEEP_CSV).find("binding\n"), std::string::npos);
}

TEST_F(SweepTextTest, ObjectivesAreCheckedAndTheSweepSaysWhichWayIsBetter)
{
    const SweepObjective larger[] = {{"weight_density", true}, {"latency_mean_us", true}};
    SweepFront asked = {};
    ASSERT_EQ(sweep_objectives(arena, &plan, "latency,rate,power,energy", &asked, &err), STATUS_OK);
    ASSERT_EQ(asked.n_objectives, 4u);
    EXPECT_FALSE(asked.objective[0].larger_is_better);
    EXPECT_TRUE(asked.objective[1].larger_is_better);
    EXPECT_STREQ(asked.objective[1].metric, "tokens_per_second");
    EXPECT_STREQ(asked.objective[2].metric, "power_mw");
    EXPECT_EQ(objectives_fail("latency,latency_mean_us"),
              "--pareto: latency_mean_us stands twice; expected it once");
    EXPECT_EQ(objectives_fail("latency,latency_mean"),
              "--pareto: no metric 'latency_mean'; expected metrics, or latency, energy, power, "
              "rate");
    EXPECT_STREQ(err.hint, "did you mean 'latency_mean_us'?");
    EXPECT_NE(objectives_fail("latency,").find("no metric ''"), std::string::npos);
    EXPECT_NE(objectives_fail("").find("no metric ''"), std::string::npos);
    EXPECT_NE(objectives_fail("weight_density").find("is not known"), std::string::npos);
    sweep.objective = larger;
    ASSERT_EQ(sweep_objectives(arena, &plan, "weight_density,latency", &asked, &err), STATUS_OK);
    EXPECT_TRUE(asked.objective[0].larger_is_better && asked.objective[1].larger_is_better);
}

TEST_F(SweepTextTest, CsvHasAllRowsInOrderAndOriginIfAsked)
{
    put_timed(1, FIDELITY_EVENT);
    put_timed(1, FIDELITY_COUNT);
    put(0, FIDELITY_EVENT, RESULT_NO_FIT, "core 1, data: \"too small\"");
    const std::string text =
        printed([&](FILE *stream) { sweep_write_csv(&plan, &results, false, stream); });
    const std::string with_origin =
        printed([&](FILE *stream) { sweep_write_csv(&plan, &results, true, stream); });
    EXPECT_EQ(text.rfind("point,chip.noc.hop_cycles,generate.density,generate,fidelity,status,"
                         "error,",
                         0),
              0u);
    const CsvTable *table = nullptr;
    ASSERT_EQ(csv_parse(arena, "text", text.data(), text.size(), &table, &err), STATUS_OK)
        << err.message;
    ASSERT_EQ(table->n_rows, 3u);
    const char *const expected[] = {"event", "count", "event"};
    for (uint32_t row = 0; row < 3; row++)
        EXPECT_STREQ(csv_text(table, row, csv_find(table, "fidelity")), expected[row]);
    EXPECT_STREQ(csv_text(table, 0, csv_find(table, "error")), "core 1, data: \"too small\"");
    EXPECT_STREQ(csv_text(table, 0, csv_find(table, "power_mw")), "");
    EXPECT_STREQ(csv_text(table, 1, csv_find(table, "latency_mean_us_low")), "1150.25");
    EXPECT_EQ(csv_find(table, "host"), CSV_NO_COLUMN);
    ASSERT_EQ(csv_parse(arena, "text", with_origin.data(), with_origin.size(), &table, &err),
              STATUS_OK);
    EXPECT_STREQ(csv_text(table, 2, csv_find(table, "host")), "node7");
}

} // namespace
