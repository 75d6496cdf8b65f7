// Rounds of a sweep with screening: whoever makes the results, and in which order, the front is that
// of all points timed, and the rounds are the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "front.h"
#include "rounds.h"

namespace
{

const SweepObjective OBJECTIVES[] = {
    {"latency_mean_us", false}, {"energy_per_token_uj", false}, {"tokens_per_second", true}};

class RoundsTest : public ::testing::Test
{
  protected:
    Arena *arena = arena_new();
    Err err{};
    Sweep sweep{};
    Plan plan{};
    Results results{};
    std::mt19937_64 generator{7};
    // True values of all points, [n_points][n_objectives], and what `count` says.
    std::vector<std::vector<double>> truth, bound;

    ~RoundsTest() override
    {
        arena_free(arena);
    }

    void make(uint32_t n_points, uint32_t n_objectives)
    {
        sweep.file = "sweep.yaml";
        sweep.multi = true;
        sweep.fidelity = FIDELITY_EVENT;
        sweep.n_objectives = n_objectives;
        sweep.objective = OBJECTIVES;
        plan.sweep = &sweep;
        plan.n_points = n_points;
        results.n_points = n_points;
        results.row = ARENA_ARRAY(arena, const Result *, static_cast<size_t>(n_points) * 3);
        truth.clear();
        bound.clear();
        std::uniform_int_distribution<int> value(1, 40), slack(0, 3);
        for (uint32_t i = 0; i < n_points; i++) {
            truth.emplace_back();
            bound.emplace_back();
            for (uint32_t k = 0; k < n_objectives; k++) {
                const double is = value(generator), off = slack(generator);
                truth[i].push_back(is);
                bound[i].push_back(OBJECTIVES[k].larger_is_better ? is + off : is - off);
            }
        }
    }

    const Result *result(Task task)
    {
        auto *made = ARENA_ARRAY(arena, Result, 1);
        *made = result_empty(task);
        const auto &values = task.fidelity == FIDELITY_COUNT ? bound : truth;
        for (uint32_t k = 0; k < sweep.n_objectives; k++) {
            const uint32_t metric = result_metric(OBJECTIVES[k].metric);
            made->has[metric] = true;
            made->value[metric] = values[task.point][k];
        }
        return made;
    }

    void put(const Result *made)
    {
        results.row[made->task.fidelity * plan.n_points + made->task.point] = made;
    }

    // To the end; `drop`: only a part of each round gets done before the next is asked for.
    std::vector<std::pair<uint32_t, int>> run_all(bool drop)
    {
        std::vector<std::pair<uint32_t, int>> ran;
        for (int turns = 0; turns < 100000; turns++) {
            Round round;
            EXPECT_EQ(rounds_next(arena, &plan, &results, &round, &err), STATUS_OK) << err.message;
            for (uint32_t i = 0; i < round.n_screened; i++) {
                EXPECT_EQ(round.screened[i].status, RESULT_SCREENED);
                put(&round.screened[i]);
            }
            if (round.n_tasks == 0)
                break;
            std::vector<Task> tasks(round.task, round.task + round.n_tasks);
            std::shuffle(tasks.begin(), tasks.end(), generator);
            if (drop)
                tasks.resize(1 + tasks.size() / 3);
            for (const Task &task : tasks) {
                EXPECT_EQ(results_at(&results, task), nullptr);
                put(result(task));
                ran.emplace_back(task.point, task.fidelity);
            }
        }
        std::sort(ran.begin(), ran.end());
        return ran;
    }

    bool within(uint32_t i)
    {
        for (uint32_t l = 0; l < sweep.n_limits; l++)
            for (uint32_t k = 0; k < sweep.n_objectives; k++)
                if (std::string(sweep.limit[l].metric) == OBJECTIVES[k].metric &&
                    (truth[i][k] > sweep.limit[l].max || truth[i][k] < sweep.limit[l].min))
                    return false;
        return true;
    }

    std::vector<uint32_t> brute_front()
    {
        std::vector<uint32_t> front;
        for (uint32_t i = 0; i < plan.n_points; i++) {
            bool on = within(i);
            for (uint32_t j = 0; j < plan.n_points && on; j++) {
                bool all = within(j), one = false;
                for (uint32_t k = 0; k < sweep.n_objectives; k++) {
                    const double sign = OBJECTIVES[k].larger_is_better ? -1 : 1;
                    all = all && sign * truth[j][k] <= sign * truth[i][k];
                    one = one || sign * truth[j][k] < sign * truth[i][k];
                }
                on = !(all && one);
            }
            if (on)
                front.push_back(i);
        }
        return front;
    }

    std::vector<uint32_t> found_front()
    {
        const uint32_t *point;
        const uint32_t n = front_of(arena, &plan, &results, FIDELITY_EVENT, sweep.objective,
                                    sweep.n_objectives, &point);
        std::vector<uint32_t> front(point, point + n);
        std::sort(front.begin(), front.end());
        return front;
    }

    void forget()
    {
        for (uint32_t i = 0; i < plan.n_points * 3; i++)
            results.row[i] = nullptr;
    }
};

TEST_F(RoundsTest, FrontIsThatOfAllPoints)
{
    const SweepLimit limits[] = {{"latency_mean_us", -INFINITY, 30},
                                 {"energy_per_token_uj", 5, INFINITY}};
    uint64_t n_timed = 0, n_all = 0;
    for (int i = 0; i < 120; i++) {
        make(1 + static_cast<uint32_t>(i) * 4, 1 + static_cast<uint32_t>(i) % 3);
        sweep.limit = limits;
        sweep.n_limits = static_cast<uint32_t>(i) % 4 == 3 ? (sweep.n_objectives > 1 ? 2 : 1) : 0;
        const auto ran = run_all(false);
        EXPECT_EQ(found_front(), brute_front());
        const auto timed =
            std::count_if(ran.begin(), ran.end(), [](const auto &one) { return one.second == 1; });
        n_timed += static_cast<uint64_t>(timed);
        n_all += plan.n_points;
        for (uint32_t p = 0; p < plan.n_points; p++) // timed, or left out with a reason
            EXPECT_NE(results_at(&results, (Task{p, FIDELITY_EVENT})), nullptr);
        forget();
        EXPECT_EQ(run_all(true), ran); // stopped again and again, in any order
    }
    EXPECT_LT(n_timed, n_all / 2);
}

TEST_F(RoundsTest, WithoutScreeningAllPointsAreOneRound)
{
    make(50, 2);
    sweep.multi = false;
    put(result(Task{7, FIDELITY_EVENT}));
    Round round;
    ASSERT_EQ(rounds_next(arena, &plan, &results, &round, &err), STATUS_OK);
    EXPECT_EQ(round.n_tasks, 49U);
    EXPECT_EQ(round.n_screened, 0U);
    EXPECT_EQ(run_all(false).size(), 49U);
}

TEST_F(RoundsTest, FailedPointsAreNotTimedAndScreenNothing)
{
    make(40, 2);
    for (uint32_t p = 0; p < 10; p++) {
        auto *failed = ARENA_ARRAY(arena, Result, 1);
        *failed = result_empty(Task{p, FIDELITY_COUNT});
        failed->status = RESULT_NO_FIT;
        failed->error = "does not fit";
        put(failed);
    }
    for (const auto &[point, fidelity] : run_all(false))
        EXPECT_GE(point, 10U) << fidelity;
    for (uint32_t p = 0; p < 10; p++)
        EXPECT_EQ(results_at(&results, (Task{p, FIDELITY_EVENT})), nullptr);
}

TEST_F(RoundsTest, ConfirmsTheFront)
{
    make(60, 2);
    sweep.confirm = true;
    std::vector<uint32_t> confirmed;
    for (const auto &[point, fidelity] : run_all(false))
        if (fidelity == FIDELITY_FLIT)
            confirmed.push_back(point);
    EXPECT_EQ(confirmed, brute_front());
}

TEST_F(RoundsTest, RefusesWhatHasNoBound)
{
    static const SweepObjective power[] = {{"power_mw", false}}, up[] = {{"latency_p95_us", true}};
    make(5, 1);
    Round round;
    sweep.objective = power;
    EXPECT_EQ(rounds_next(arena, &plan, &results, &round, &err), STATUS_INPUT);
    EXPECT_NE(std::string(err.message).find("sweep.yaml: power_mw"), std::string::npos);
    sweep.objective = up;
    EXPECT_EQ(rounds_check(&plan, &err), STATUS_INPUT);
    sweep.n_objectives = 0;
    EXPECT_EQ(rounds_check(&plan, &err), STATUS_INPUT);
    sweep.multi = false;
    EXPECT_EQ(rounds_check(&plan, &err), STATUS_OK);
}

// A metric that only some points have: those without are no candidates.
TEST_F(RoundsTest, LeavesOutWhatLacksAnObjective)
{
    make(8, 2);
    auto *without = const_cast<Result *>(result(Task{3, FIDELITY_COUNT}));
    without->has[result_metric("energy_per_token_uj")] = false;
    put(without);
    for (const auto &[point, fidelity] : run_all(false))
        EXPECT_FALSE(point == 3 && fidelity == FIDELITY_EVENT);
    const Result *left_out = results_at(&results, (Task{3, FIDELITY_EVENT}));
    ASSERT_NE(left_out, nullptr);
    EXPECT_STREQ(left_out->error, "energy_per_token_uj is not among its metrics");
}

} // namespace
