// front.c: fronts held against those of brute force, of many random tables.
#include "front.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "sweep_fixture.h"

namespace
{

using Table = std::vector<double>;

std::vector<bool> find(const Table &table, uint32_t n_columns)
{
    const uint32_t n_rows = static_cast<uint32_t>(table.size() / n_columns);
    Arena *arena = arena_new();
    std::unique_ptr<bool[]> on(new bool[n_rows + 1]);
    front_find(arena, table.data(), n_rows, n_columns, on.get());
    arena_free(arena);
    return std::vector<bool>(on.get(), on.get() + n_rows);
}

// By the words of the definition: each row against each other.
std::vector<bool> brute_force(const Table &table, uint32_t n_columns)
{
    const size_t n_rows = table.size() / n_columns;
    std::vector<bool> on(n_rows, true);
    auto is_known = [&](size_t row) {
        for (size_t c = 0; c < n_columns; c++)
            if (std::isnan(table[row * n_columns + c]))
                return false;
        return true;
    };
    for (size_t i = 0; i < n_rows; i++) {
        on[i] = is_known(i);
        for (size_t j = 0; j < n_rows && on[i]; j++) {
            bool as_good = is_known(j), better = false;
            for (size_t c = 0; c < n_columns && as_good; c++) {
                const double a = table[j * n_columns + c], b = table[i * n_columns + c];
                as_good = a <= b;
                better = better || a < b;
            }
            if (as_good && better)
                on[i] = false;
        }
    }
    return on;
}

double draw(Rng &rng, int kind)
{
    const uint64_t odd = rng_below(&rng, 40);
    if (kind == 2 && odd == 0)
        return std::nan("");
    if (kind == 2 && odd == 1)
        return INFINITY;
    if (kind == 2 && odd == 2)
        return -INFINITY;
    if (kind == 2 && odd == 3)
        return -0.0;
    return kind == 0 ? rng_normal(&rng) : static_cast<double>(rng_below(&rng, 5));
}

TEST(FrontTest, EqualsBruteForceOnRandomTables)
{
    Rng rng = rng_make(1, 0);
    for (int i = 0; i < 4000; i++) {
        const uint32_t n_columns = 1 + static_cast<uint32_t>(rng_below(&rng, 5));
        const int kind = static_cast<int>(rng_below(&rng, 3)); // reals, few whole ones, odd ones
        Table table(n_columns * rng_below(&rng, 60));
        for (double &value : table)
            value = draw(rng, kind);
        ASSERT_EQ(find(table, n_columns), brute_force(table, n_columns)) << "table " << i;
    }
}

TEST(FrontTest, EqualsBruteForceWhereColumnsWorkAgainstOneAnother)
{
    Rng rng = rng_make(2, 0);
    for (uint32_t n_columns = 1; n_columns <= 5; n_columns++) {
        Table table;
        for (int row = 0; row < 400; row++) {
            double sum = 0;
            for (uint32_t c = 0; c + 1 < n_columns; c++) {
                table.push_back(rng_uniform(&rng));
                sum += table.back();
            }
            table.push_back(-sum);
        }
        const std::vector<bool> on = find(table, n_columns);
        EXPECT_EQ(on, brute_force(table, n_columns));
        EXPECT_EQ(std::count(on.begin(), on.end(), true), 400);
    }
}

TEST(FrontTest, EqualRowsAreOnItTogether)
{
    EXPECT_EQ(find({1, 2, 1, 2, 2, 1, 2, 2}, 2), (std::vector<bool>{true, true, true, false}));
    EXPECT_EQ(find({1, 1, 2}, 1), (std::vector<bool>{true, true, false}));
}

TEST(FrontTest, AMillionRowsOfTwoColumnsTakeNoSquare)
{
    Rng rng = rng_make(3, 0);
    Table table(2000000);
    for (double &value : table)
        value = rng_uniform(&rng);
    const std::vector<bool> on = find(table, 2);
    EXPECT_GT(std::count(on.begin(), on.end(), true), 3);
}

class FrontOfTest : public sweep_test::SweepTest
{
  protected:
    uint32_t front(Fidelity fidelity, const std::vector<SweepObjective> &objective)
    {
        const uint32_t *out;
        const uint32_t n = front_of(arena, &plan, &results, fidelity, objective.data(),
                                    static_cast<uint32_t>(objective.size()), &out);
        point.assign(out, out + n);
        return n;
    }

    void add(uint32_t at, double latency, double rate, ResultStatus status = RESULT_OK)
    {
        Result *result = ARENA_ARRAY(arena, Result, 1);
        *result = result_empty({at, FIDELITY_EVENT});
        result->status = status;
        const uint32_t metric[] = {result_metric("latency_mean_us"),
                                   result_metric("tokens_per_second")};
        const double value[] = {latency, rate};
        for (int i = 0; i < 2; i++) {
            result->has[metric[i]] = !std::isnan(value[i]);
            result->value[metric[i]] = value[i];
        }
        results.row[FIDELITY_EVENT * plan.n_points + at] = result;
    }

    void SetUp() override
    {
        SweepTest::SetUp();
        results.n_points = plan.n_points;
        results.row = ARENA_ARRAY(arena, const Result *, N_FIDELITIES *plan.n_points);
        add(7, 3, 10);
        add(2, 1, 5);
        add(4, 2, 4);
        add(9, 0.5, 20, RESULT_NO_FIT);
        add(5, 0.5, std::nan(""));
        add(8, 3, 10);
        add(1, 9, 30);
    }

    Results results = {};
    std::vector<uint32_t> point;
    const std::vector<SweepObjective> both = {{"latency_mean_us", false},
                                              {"tokens_per_second", true}};
};

TEST_F(FrontOfTest, TakesOnlyWhatWasSimulatedAndSortsByTheFirst)
{
    EXPECT_EQ(front(FIDELITY_EVENT, both), 4u);
    EXPECT_EQ(point, (std::vector<uint32_t>{2, 7, 8, 1}));
    EXPECT_EQ(front(FIDELITY_EVENT, {{"tokens_per_second", true}}), 1u);
    EXPECT_EQ(point, (std::vector<uint32_t>{1}));
    EXPECT_EQ(front(FIDELITY_FLIT, both), 0u);
}

TEST_F(FrontOfTest, KeepsToLimits)
{
    const SweepLimit limit = {"tokens_per_second", -INFINITY, 10};
    sweep.n_limits = 1;
    sweep.limit = &limit;
    EXPECT_EQ(front(FIDELITY_EVENT, both), 3u);
    EXPECT_EQ(point, (std::vector<uint32_t>{2, 7, 8}));
}

TEST_F(FrontOfTest, IsToldOfTheLastRound)
{
    sweep.fidelity = FIDELITY_EVENT;
    EXPECT_EQ(front_fidelity(&plan), FIDELITY_EVENT);
    sweep.multi = sweep.confirm = true;
    EXPECT_EQ(front_fidelity(&plan), FIDELITY_FLIT);
}

} // namespace
