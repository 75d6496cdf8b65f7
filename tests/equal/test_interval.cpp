// Are 90 % intervals honest? Chips whose true numbers are drawn from the stated ranges (by a generator
// of the test's own) run the same program; the intervals that the nominal chip gives must hold
// the truth in 85 to 95 % of them.
#include <array>
#include <map>
#include <random>

#include "arch/chip_draw.h"
#include "base/hash.h"
#include "sim/report.h"
#include "sim_fixture.hpp"

namespace
{

const std::array<const char *, 5> METRICS = {"latency_mean_us", "tokens_per_second_pipelined",
                                             "energy_per_token_uj", "energy_per_token_pipelined_uj",
                                             "power_mw"};
enum { N_TRUTHS = 200, N_STEPS = 10, N_WINDOW = 6 };

class Interval : public SimTest
{
  protected:
    const ReferenceRun *reference = nullptr;
    // One token at a time and pipelined, of the first n steps.
    void run(Arena *into, const Topology *on, uint32_t n_steps, const Trace **latency,
             const Trace **throughput)
    {
        options.mode = SIM_REPLAY;
        options.n_steps = n_steps;
        for (SimArrival arrival : {ARRIVE_SEQUENTIAL, ARRIVE_PIPELINED}) {
            options.arrival = arrival;
            ASSERT_EQ(sim_run(into, program, on, input, events, &options,
                              arrival == ARRIVE_SEQUENTIAL ? latency : throughput, &err),
                      STATUS_OK)
                << err.message;
        }
    }

    static Status retime(void *context, Arena *scratch, const Topology *on, const Trace **latency,
                         const Trace **throughput, Err *)
    {
        static_cast<Interval *>(context)->run(scratch, on, N_WINDOW, latency, throughput);
        return STATUS_OK;
    }

    const Report *report(const Topology *on, const Response *response, uint32_t n_draws)
    {
        ReportInput in{};
        const Report *made = nullptr;
        in.program = program;
        in.topology = on;
        in.network = network;
        in.input = input;
        in.reference = reference;
        in.response = response;
        in.n_draws = n_draws;
        in.draw_seed = 1;
        in.version = "test";
        in.precision = "fp32";
        in.options = "run";
        run(arena, on, N_STEPS, &in.latency, &in.throughput);
        EXPECT_EQ(report_build(arena, &in, &made, &err), STATUS_OK) << err.message;
        return made;
    }

    // The stated distribution, said another way: below or above the nominal value by a coin. Each
    // number of each truth has a generator of its own, so that a new number changes no other.
    static double truth(const NamedCost &number, uint64_t i)
    {
        std::mt19937_64 generator(hash_u64(hash_text(HASH_START, number.key), i));
        std::uniform_real_distribution<double> share(0, 1);
        const Cost &cost = *number.cost;
        const double end = generator() % 2 == 0 ? cost.low : cost.high;
        const double value = cost.value + share(generator) * (end - cost.value);
        return number.step > 0 ? std::round(value / number.step) * number.step : value;
    }

    void expect_honest()
    {
        const ResponseRuns runs = {retime, this, nullptr, 12, 1, nullptr, nullptr};
        const Response *response = nullptr;
        const ReferenceOptions how{};
        const NamedCost *named = nullptr;
        std::map<std::string, int> inside;
        ASSERT_EQ(reference_run(arena, network, input, &how, &reference, &err), STATUS_OK);
        ASSERT_EQ(response_make(arena, chip, &runs, &response, &err), STATUS_OK) << err.message;
        const Report *told = report(topology, response, 2000);
        const uint32_t n = chip_numbers(arena, chip, &named);
        for (int i = 0; i < N_TRUTHS; i++) {
            std::vector<double> value;
            for (uint32_t j = 0; j < n; j++)
                value.push_back(truth(named[j], static_cast<uint64_t>(i)));
            const Topology *on = nullptr;
            ASSERT_EQ(
                topology_build(arena, chip_with_numbers(arena, chip, value.data()), &on, &err),
                STATUS_OK);
            const Report *real = report(on, nullptr, 0);
            for (const char *name : METRICS) {
                const Metric *a = report_metric(told, name), *b = report_metric(real, name);
                inside[name] += b->value >= a->low && b->value <= a->high;
            }
        }
        for (const char *name : METRICS) {
            EXPECT_GE(inside[name], 170) << name;
            EXPECT_LE(inside[name], 190) << name;
        }
    }
};

TEST_F(Interval, CoversTheTruthOnOneChip)
{
    use_chip("tiny-2x2");
    use_network({24, 20, 16, 12}, 0.4, N_STEPS, 3);
    use_random_program(3, 6);
    expect_honest();
}

TEST_F(Interval, CoversTheTruthOnAMesh)
{
    use_chip("tiny-mesh");
    use_network({16, 24, 16}, 0.4, N_STEPS, 4);
    use_random_program(4, 7);
    expect_honest();
}

} // namespace
