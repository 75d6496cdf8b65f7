// response.c against runs whose times are known functions of the chip's numbers.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "arch/chip_draw.h"
#include "report/outcome.h"
#include "sim/response.h"

namespace
{

class ResponseTest : public ::testing::Test
{
  protected:
    Arena *arena = arena_new();
    Err err{};
    const Chip *chip = nullptr;
    const NamedCost *named = nullptr;
    uint32_t n_named = 0;
    int n_runs = 0;
    const bool *read = nullptr;
    std::function<double(const Chip *)> step_us; // time of each step of a run
    Status status = STATUS_OK;

    void SetUp() override
    {
        const std::string path = std::string(EGRET_SOURCE_DIR) + "/arch/chips/tiny-2x2.yaml";
        ASSERT_EQ(chip_load(arena, path.c_str(), nullptr, nullptr, 0, &chip, &err), STATUS_OK)
            << err.message;
        n_named = chip_numbers(arena, chip, &named);
    }

    ~ResponseTest() override
    {
        arena_free(arena);
    }

    static Status retime(void *context, Arena *scratch, const Topology *topology,
                         const Trace **latency, const Trace **throughput, Err *err)
    {
        auto *self = static_cast<ResponseTest *>(context);
        self->n_runs++;
        if (self->status != STATUS_OK)
            return err_set(err, self->status, "run %d does not work", self->n_runs);
        const auto ps = static_cast<uint64_t>(1e6 * self->step_us(topology->chip));
        auto *step = ARENA_ARRAY(scratch, StepTimes, 2);
        step[0].end_ps = step[1].start_ps = ps;
        step[1].end_ps = 2 * ps;
        auto *core = ARENA_ARRAY(scratch, uint32_t, 1);
        auto *trace = ARENA_ARRAY(scratch, Trace, 1);
        trace->n_steps = 2;
        trace->step = step;
        trace->end_ps = 2 * ps;
        trace->run_cycles = 1;
        trace->n_cores = 1;
        trace->core = core;
        trace->count = ARENA_ARRAY(scratch, Counters, 1);
        trace->n_links = topology_all_links(topology);
        trace->link = ARENA_ARRAY(scratch, LinkCounts, trace->n_links);
        *latency = trace;
        *throughput = nullptr;
        return STATUS_OK;
    }

    const Response *make(uint32_t n_drawn)
    {
        const ResponseRuns runs = {retime, this, read, n_drawn, 5, nullptr, nullptr};
        const Response *response = nullptr;
        EXPECT_EQ(response_make(arena, chip, &runs, &response, &err), STATUS_OK) << err.message;
        return response;
    }

    std::vector<double> drawn(uint64_t draw) const
    {
        std::vector<double> value;
        for (uint32_t i = 0; i < n_named; i++)
            value.push_back(chip_number_draw(&named[i], 99, draw));
        return value;
    }

    double predict_us(const Response *response, const std::vector<double> &value, uint32_t of)
    {
        std::vector<double> ratio(response->n_outcomes);
        response_ratio(response, named, value.data(), of, ratio.data());
        return ratio[OUTCOME_LATENCY_MEAN] * step_us(chip);
    }
};

TEST_F(ResponseTest, SumsOfNumbersAreExact)
{
    step_us = [](const Chip *at) {
        return 1000 + 7 * at->software.receive_event_cycles.value +
               3 * at->software.update_egru_cycles.value + at->host.latency_ns.value;
    };
    const Response *response = make(4);
    ASSERT_EQ(response->n_numbers, 3U); // the others change nothing
    EXPECT_EQ(response->n_drawn, 4U);
    EXPECT_EQ(response->n_runs, static_cast<uint32_t>(n_runs));
    for (uint64_t draw = 0; draw < 50; draw++) {
        const std::vector<double> value = drawn(draw);
        const double us = step_us(chip_with_numbers(arena, chip, value.data()));
        EXPECT_NEAR(predict_us(response, value, response->n_drawn), us, 1e-6 * us);
        EXPECT_NEAR(predict_us(response, value, draw % 4), us, 1e-6 * us); // errors are 1
    }
}

TEST_F(ResponseTest, NumbersThatAreNotReadAreNotTried)
{
    step_us = [](const Chip *at) {
        return 10 + at->software.receive_event_cycles.value + at->host.latency_ns.value;
    };
    auto *only = ARENA_ARRAY(arena, bool, n_named);
    for (uint32_t i = 0; i < n_named; i++)
        only[i] = named[i].cost == &chip->software.receive_event_cycles;
    read = only;
    const Response *response = make(4);
    ASSERT_EQ(response->n_numbers, 1U);
    EXPECT_EQ(response->number[0].number,
              static_cast<uint32_t>(std::find(only, only + n_named, true) - only));
    EXPECT_EQ(response->n_runs, 1U + 2U + 4U);
}

TEST_F(ResponseTest, NominalNumbersGiveNominalOutcomesExactly)
{
    step_us = [](const Chip *at) { return 10 + at->software.receive_event_cycles.value; };
    const Response *response = make(2);
    std::vector<double> value, ratio(response->n_outcomes);
    for (uint32_t i = 0; i < n_named; i++)
        value.push_back(named[i].cost->value);
    response_ratio(response, named, value.data(), response->n_drawn, ratio.data());
    for (double r : ratio)
        EXPECT_EQ(r, 1.0);
}

TEST_F(ResponseTest, WhatTheLinesMissIsInTheErrors)
{
    step_us = [](const Chip *at) {
        return at->software.receive_event_cycles.value * at->software.update_egru_cycles.value;
    };
    const Response *response = make(8);
    ASSERT_EQ(response->n_drawn, 8U);
    bool missed = false;
    for (uint32_t of = 0; of < 8; of++) { // the drawn runs themselves
        std::vector<double> value;
        for (uint32_t i = 0; i < n_named; i++)
            value.push_back(chip_number_draw(&named[i], 5, of));
        const double us = step_us(chip_with_numbers(arena, chip, value.data()));
        EXPECT_NEAR(predict_us(response, value, of), us, 1e-6 * us);
        missed = missed || std::abs(predict_us(response, value, 8) - us) > 1e-3 * us;
    }
    EXPECT_TRUE(missed);
}

TEST_F(ResponseTest, RunsThatFailEndIt)
{
    status = STATUS_INTERNAL;
    const ResponseRuns runs = {retime, this, nullptr, 2, 5, nullptr, nullptr};
    const Response *response = nullptr;
    EXPECT_EQ(response_make(arena, chip, &runs, &response, &err), STATUS_INTERNAL);
    EXPECT_STREQ(err.message, "run 1 does not work");
    EXPECT_EQ(response, nullptr);
}

} // namespace
