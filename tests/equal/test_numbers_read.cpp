// A number of the chip that a run is said not to read changes nothing: random programs on random
// chips, with every synchronisation, operating point and engine, run again with one such number at
// a time at its ends and half as large again; and runs that share tables are what they are without.
#include <cmath>
#include <set>
#include <string>

#include "arch/chip_draw.h"
#include "property_fixture.hpp"
#include "sim/numbers_read.h"

namespace
{

enum { N_PAIRS = 16, LATENCY_TICK_NS = 200000 };

class NumbersRead : public PropertyTest
{
  protected:
    std::set<std::string> left_out, kept; // of all pairs
    const NamedCost *named = nullptr;
    uint32_t n_named = 0;

    void draw_run()
    {
        options = SimOptions{};
        options.engine = one_in(3) ? "flit" : nullptr;
        options.n_steps = 2;
        options.sync = one_in(3) ? SYNC_BARRIER : SYNC_DATAFLOW;
        options.auto_point = chip->n_points > 1 && one_in(3);
        options.point = static_cast<uint32_t>(rng_below(&rng, chip->n_points));
        if (!program->has_decoder && one_in(4)) {
            options.sync = SYNC_TICK;
            options.tick_ns = LATENCY_TICK_NS;
        }
    }

    const Trace *run_with(uint32_t id, double value)
    {
        std::vector<double> values;
        for (uint32_t i = 0; i < n_named; i++)
            values.push_back(i == id ? value : named[i].cost->value);
        const Topology *on = nullptr;
        EXPECT_EQ(topology_build(arena, chip_with_numbers(arena, chip, values.data()), &on, &err),
                  STATUS_OK);
        const Trace *trace = nullptr;
        EXPECT_EQ(sim_run(arena, program, on, input, events, &options, &trace, &err), STATUS_OK)
            << err.message;
        return trace;
    }

    // A size that no longer holds the program would end the run; so its low end is not tried.
    std::set<double> others(const NamedCost &number)
    {
        const double nominal = number.cost->value;
        std::set<double> values = {std::floor(nominal * 1.5) + 1, chip_number_quantile(&number, 1)};
        if (chip_number_quantile(&number, 0) < nominal && std::string(number.unit) == "cycles")
            values.insert(chip_number_quantile(&number, 0));
        values.erase(nominal);
        return values;
    }

    void try_numbers()
    {
        const bool *read = sim_numbers_read(arena, program, chip, &options);
        n_named = chip_numbers(arena, chip, &named);
        const Trace *nominal = run_with(n_named, 0);
        SimTables *tables = sim_tables_new(arena);
        options.again = true;
        options.tables = tables; // neither checks nor tables leave a trace
        expect_equal(nominal, run_with(n_named, 0));
        for (uint32_t i = 0; i < n_named && !HasFailure(); i++) {
            (read[i] ? kept : left_out).insert(named[i].key);
            if (read[i] || !chip_number_shapes_time(&named[i]))
                continue;
            SCOPED_TRACE(told + ": " + named[i].key);
            for (const double value : others(named[i]))
                expect_equal(nominal, run_with(i, value));
        }
        for (uint32_t i = 0; i < n_named && !HasFailure(); i++)
            if (read[i] && one_in(3)) {
                SCOPED_TRACE(told + ": again with another " + named[i].key);
                options.tables = nullptr;
                const Trace *fresh = run_with(i, chip_number_quantile(&named[i], 1));
                options.tables = tables;
                expect_equal(fresh, run_with(i, chip_number_quantile(&named[i], 1)));
            }
    }
};

TEST_P(NumbersRead, WhatIsLeftOutChangesNothing)
{
    int done = 0;
    for (int i = 0; i < TRIES && done < N_PAIRS && !HasFailure(); i++) {
        if (draw_pair()) {
            draw_run();
            options.mode = SIM_REPLAY;
            options.arrival = one_in(2) ? ARRIVE_PIPELINED : ARRIVE_SEQUENTIAL;
            try_numbers();
            done++;
        }
        arena_reset(arena);
    }
    EXPECT_EQ(done, N_PAIRS);
    for (const char *key :
         {"core.mac_array_start_cycles", "core.level_switch_ns", "software.bitmap_word_cycles",
          "software.synapse_source_fp32_cycles", "software.synapse_target_fp32_cycles",
          "software.synapse_int_cycles", "software.barrier_ns", "links.frame_bits",
          "dram.latency_ns", "software.update_lif_cycles", "software.update_egru_int_cycles"})
        EXPECT_EQ(left_out.count(key), 1U) << key;
    EXPECT_EQ(kept.count("software.receive_event_cycles"), 1U);
    EXPECT_EQ(left_out.count("software.receive_event_cycles"), 0U);
    // With less of them the program may not fit: such a run could only be refused.
    for (const char *key :
         {"core.system_bytes", "core.data_bytes", "router.table_entries", "dram.bytes"})
        EXPECT_EQ(kept.count(key), 0U) << key;
}

// Distances as indices: only for rows of more than 256 targets, which no random program has.
TEST_P(NumbersRead, DistancesAreRead)
{
    use_chip("spinnaker2");
    use_network({12, 120, 8}, 0.3, 3, static_cast<uint64_t>(GetParam()));
    counts = {1, 1};
    how.n_core_counts = 2;
    how.core_count = counts.data();
    how.format = FORMAT_SOURCE;
    how.effort = 1;
    ASSERT_EQ(compile_pair(false), STATUS_OK) << err.message;
    options.mode = SIM_REPLAY;
    try_numbers();
    EXPECT_EQ(kept.count("software.delta_index_cycles"), 1U);
    EXPECT_EQ(left_out.count("software.update_lif_cycles"), 1U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, NumbersRead, ::testing::Range(0, 6));

} // namespace
