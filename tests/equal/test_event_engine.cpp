// test_event_engine.cpp - things that must agree agree: execute and reference, execute and
// replay, run and rerun, whatever the mapping and the chip.
#include "models/quantize.h"
#include "sim_fixture.hpp"

namespace
{

class EventEngine : public SimTest
{
  protected:
    // Chip number n: shipped ones with numbers drawn for some of their queues, clocks and costs.
    void use_random_chip(uint64_t n)
    {
        Rng rng = rng_make(n, 9);
        const auto draw = [&rng](uint64_t least, uint64_t most) {
            return std::to_string(least + rng_below(&rng, most - least + 1));
        };
        const auto draw_hz = [&rng]() {
            return std::to_string((100000 + rng_below(&rng, 500000)) * 1000);
        };
        use_chip(n % 2 ? "spinnaker2" : "tiny-2x2",
                 with_phits({{"core.receive_fifo_packets", draw(1, 12)},
                             {"core.inject_queue_packets", draw(1, 3)},
                             {"noc.buffer_flits", draw(1, 4)},
                             {"noc.hop_cycles", draw(1, 5)},
                             {"noc.inject_cycles", draw(1, 4)},
                             {"noc.eject_cycles", draw(1, 4)},
                             {"noc.hz", draw_hz()},
                             {"router.hz", draw_hz()},
                             {"router.lookup_cycles", draw(1, 6)},
                             {"router.port_queue_packets", draw(1, 5)},
                             {"host.latency_ns", draw(0, 700)},
                             {"software.emit_event_cycles", draw(1, 20)},
                             {"software.receive_event_cycles", draw(1, 30)},
                             {"core.data_bytes", "10000000"},
                             {"router.table_entries", "100000"}},
                            1 + n / 2 % 4));
        options.point = static_cast<uint32_t>(rng_below(&rng, chip->n_points));
    }

    void use_random_network(uint64_t n)
    {
        Rng rng = rng_make(n, 10);
        std::vector<uint32_t> sizes;
        const uint64_t n_layers = 1 + rng_below(&rng, 3);
        for (uint64_t l = 0; l <= n_layers; l++)
            sizes.push_back(static_cast<uint32_t>(3 + rng_below(&rng, 30)));
        use_network(sizes, 0.1 + 0.6 * rng_uniform(&rng), 12, n);
        if (n % 3 == 0)
            network =
                network_with_carry(arena, network, CARRY_EVENTS, 1 + static_cast<uint32_t>(n % 5));
        const auto precision = static_cast<Precision>(n / 2 % N_PRECISIONS);
        QuantizeOptions quantize{};
        quantize.scales = n % 4 < 2 ? SCALES_PER_UNIT : SCALES_PER_LAYER;
        quantize.input_full_scale = 3;
        ASSERT_EQ(network_quantize(arena, network, precision, &quantize, &network, &err), STATUS_OK)
            << err.message;
        use_input(12, n);
        run_reference();
    }
};

class EventEngineRandom : public EventEngine, public ::testing::WithParamInterface<int>
{
};

TEST_P(EventEngineRandom, ExecuteEqualsReferenceAndReplayOnFiveChips)
{
    const auto seed = static_cast<uint64_t>(GetParam());
    ASSERT_NO_FATAL_FAILURE(use_random_network(seed));
    ASSERT_GT(events->n_events, 0U);
    for (uint64_t c = 0; c < 5; c++) {
        ASSERT_NO_FATAL_FAILURE(use_random_chip(5 * seed + c));
        ASSERT_NO_FATAL_FAILURE(use_random_program(5 * seed + c, chip->grid.usable_cores / 2));
        const Trace *executed = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
        const Trace *pipelined = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
        ASSERT_NE(executed, nullptr);
        ASSERT_NE(pipelined, nullptr);
        EXPECT_TRUE(executed->executed);
        expect_equal(executed, simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL));
        expect_equal(pipelined, simulate(SIM_REPLAY, ARRIVE_PIPELINED));
        expect_equal(executed, simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL));
        options.hop_by_hop = true;
        expect_equal(executed, simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL));
        expect_equal(pipelined, simulate(SIM_REPLAY, ARRIVE_PIPELINED));
        options.hop_by_hop = false;
        for (Count count : {COUNT_EVENTS_IN, COUNT_EVENTS_OUT, COUNT_MARKERS_IN, COUNT_MARKERS_OUT,
                            COUNT_SYNAPTIC_OPS, COUNT_UNIT_UPDATES, COUNT_SRAM_READ_BYTES,
                            COUNT_SRAM_WRITE_BYTES, COUNT_UPDATE_CYCLES, COUNT_RECEIVE_CYCLES})
            EXPECT_EQ(total(executed, count), total(pipelined, count)) << count_name(count);
        EXPECT_EQ(total(executed, COUNT_EVENTS_OUT), events->n_events);
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, EventEngineRandom, ::testing::Range(0, 20));

// FIFOs that stay full for long: when they have room is known ahead, unless a core may turn to
// something else first, or more packets would be under way than it looks ahead.
class FullFifos : public EventEngine, public ::testing::WithParamInterface<int>
{
};

TEST_P(FullFifos, HaveRoomWhenLookingInEveryCycleFindsIt)
{
    const auto seed = static_cast<uint64_t>(GetParam());
    Rng rng = rng_make(seed, 11);
    const auto draw = [&rng](uint64_t least, uint64_t most) {
        return std::to_string(least + rng_below(&rng, most - least + 1));
    };
    const bool chip_network = seed % 3 != 0; // else ways to tiles meet
    use_chip(chip_network ? "spinnaker2" : "tiny-2x2",
             with_phits({{"core.receive_fifo_packets", draw(1, 40)},
                         {"core.inject_queue_packets", draw(1, 4)},
                         {"noc.buffer_flits", draw(1, 30)},
                         {"router.port_queue_packets", draw(1, 64)},
                         {"host.bits_per_second", draw(1, 50) + "e9"},
                         {"software.emit_event_cycles", draw(1, 20)},
                         {"software.receive_event_cycles", draw(0, 200)},
                         {"core.data_bytes", "10000000"},
                         {"router.table_entries", "100000"}},
                        1 + seed / 2 % 4));
    ASSERT_NO_FATAL_FAILURE(use_network({200, 60, 40}, 0.2, 6, seed));
    ASSERT_NO_FATAL_FAILURE(use_random_program(seed, chip_network ? 30 : 12));
    for (SimSync sync : {SYNC_DATAFLOW, SYNC_BARRIER})
        for (SimArrival arrival : {ARRIVE_SEQUENTIAL, ARRIVE_PIPELINED}) {
            options.sync = sync;
            const Trace *ahead = simulate(SIM_REPLAY, arrival);
            options.hop_by_hop = true;
            const Trace *plain = simulate(SIM_REPLAY, arrival);
            options.hop_by_hop = false;
            ASSERT_NE(ahead, nullptr);
            ASSERT_NE(plain, nullptr);
            expect_equal(plain, ahead);
        }
}

INSTANTIATE_TEST_SUITE_P(Seeds, FullFifos, ::testing::Range(0, 60));

TEST_F(EventEngine, SynapticOperationsOfSourceRowsEqualTheReferencesMacs)
{
    use_chip("tiny-2x2");
    use_network({20, 30, 25}, 0.3, 20, 4);
    Rng rng = rng_make(4, 4);
    auto specs = ProgramBuilder::random_specs(&rng, network, chip, 8);
    for (SliceSpec &spec : specs)
        spec = {spec.core, spec.layer, spec.first_position, spec.n_units, FORMAT_SOURCE, 1};
    program = ProgramBuilder(arena, network, chip).build(specs);
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ReferenceOptions reference_options{};
    const ReferenceRun *run = nullptr;
    ASSERT_EQ(reference_run(arena, network, input, &reference_options, &run, &err), STATUS_OK);
    for (uint32_t l = 0; l < network->n_layers; l++) {
        EXPECT_EQ(trace->layer[l].synaptic_ops, run->layer_macs[l].both) << l;
        EXPECT_GT(trace->layer[l].synaptic_ops, 0U);
    }
}

TEST_F(EventEngine, PipelinedStepsOverlapOnCoresOfTheirOwn)
{
    use_chip("spinnaker2");
    use_network({24, 60, 60, 30}, 0.3, 20, 5);
    std::vector<SliceSpec> specs;
    for (uint32_t l = 0, core = 0; l < 3; l++)
        for (uint32_t first = 0; first < network->layer[l].n_units; first += 5, core += 4)
            specs.push_back({core, l, first, 5, FORMAT_SOURCE, 1});
    program = ProgramBuilder(arena, network, chip).build(specs);
    const Trace *sequential = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    const Trace *pipelined = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    EXPECT_LT(pipelined->end_ps, sequential->end_ps * 3 / 4);
    for (uint32_t t = 1; t < sequential->n_steps; t++)
        EXPECT_EQ(sequential->step[t].start_ps, sequential->step[t - 1].end_ps) << t;
    uint32_t overlaps = 0;
    for (uint32_t t = 1; t < pipelined->n_steps; t++)
        overlaps += pipelined->step[t].start_ps < pipelined->step[t - 1].end_ps;
    EXPECT_GT(overlaps, 15U);
}

TEST_F(EventEngine, PlacementChangesTimeButNeverEvents)
{
    use_chip("spinnaker2");
    use_network({16, 40, 24}, 0.4, 15, 8);
    use_random_program(1, 74);
    const Trace *first = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    use_random_program(2, 37);
    const Trace *second = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    EXPECT_NE(first->end_ps, second->end_ps);
    for (uint32_t t = 0; t < first->n_steps; t++)
        EXPECT_EQ(first->step[t].events, second->step[t].events) << t;
}

// The order of units decides where they stand, never what they send or how many weights are applied.
TEST_F(EventEngine, OrderOfUnitsChangesNoEventAndNoSynapticOperation)
{
    use_chip("spinnaker2");
    use_network({16, 40, 24}, 0.4, 15, 8);
    for (WeightFormat format : {FORMAT_SOURCE, FORMAT_TARGET}) {
        Rng rng = rng_make(1, 1);
        auto specs = ProgramBuilder::random_specs(&rng, network, chip, 30);
        for (SliceSpec &spec : specs)
            spec = {spec.core, spec.layer, spec.first_position, spec.n_units, format, 1};
        use_program(specs);
        const Trace *first = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
        for (int i = 0; i < 4; i++) {
            program = ProgramBuilder(arena, network, chip).shuffle(&rng).build(specs);
            ASSERT_EQ(program_check(program, chip, &err), STATUS_OK) << err.message;
            const Trace *shuffled = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
            expect_equal(shuffled, simulate(SIM_REPLAY, ARRIVE_PIPELINED));
            for (uint32_t t = 0; t < first->n_steps; t++)
                EXPECT_EQ(first->step[t].events, shuffled->step[t].events) << t;
            for (uint32_t l = 0; l < first->n_layers; l++)
                EXPECT_EQ(first->layer[l].synaptic_ops, shuffled->layer[l].synaptic_ops) << l;
            EXPECT_EQ(total(first, COUNT_EVENTS_OUT), total(shuffled, COUNT_EVENTS_OUT));
            EXPECT_EQ(total(first, COUNT_UNIT_UPDATES), total(shuffled, COUNT_UNIT_UPDATES));
        }
    }
}

TEST_F(EventEngine, ADifferenceNamesTheUnitNotItsPosition)
{
    use_chip("spinnaker2");
    use_network({16, 40, 24}, 0.4, 15, 8);
    Rng rng = rng_make(3, 1);
    auto specs = ProgramBuilder::random_specs(&rng, network, chip, 30);
    program = ProgramBuilder(arena, network, chip).shuffle(&rng).build(specs);
    const uint64_t at = event_trace_first(events, 5, 1) + 1;
    ASSERT_GT(event_trace_count(events, 5, 1), 1U);
    const_cast<float *>(events->value)[at] *= 2;
    EXPECT_EQ(simulate_status(SIM_EXECUTE), STATUS_INTERNAL);
    EXPECT_NE(std::string(err.message)
                  .find(": layer 1, unit " + std::to_string(events->unit[at]) + ", step 5: "),
              std::string::npos)
        << err.message;
}

TEST_F(EventEngine, QueuesOfOnePacketEverywhereStillFinishAndConserve)
{
    use_chip("spinnaker2", {{"core.data_bytes", "1000000"},
                            {"core.receive_fifo_packets", "1"},
                            {"core.inject_queue_packets", "1"},
                            {"noc.buffer_flits", "1"},
                            {"router.port_queue_packets", "1"}});
    use_network({30, 150, 80}, 0.3, 8, 21);
    use_random_program(3, 74);
    const Trace *narrow = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NE(narrow, nullptr);
    EXPECT_GT(total(narrow, COUNT_STALL_CYCLES), 0U);
    for (uint32_t c = 0; c < narrow->n_cores; c++)
        EXPECT_LE(narrow->count[c].n[COUNT_FIFO_HIGH_PACKETS], 1U);
    use_chip("spinnaker2", {{"core.data_bytes", "1000000"}});
    use_random_program(3, 74);
    const Trace *wide = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NE(wide, nullptr);
    EXPECT_LT(wide->end_ps, narrow->end_ps);
    EXPECT_EQ(total(wide, COUNT_EVENTS_IN), total(narrow, COUNT_EVENTS_IN));
}

TEST_F(EventEngine, AllLayersOnOneCoreAgreeWithTheReference)
{
    use_chip("tiny-2x2", {{"core.data_bytes", "1000000"}});
    use_network({12, 14, 10, 8}, 0.5, 25, 3);
    program = ProgramBuilder(arena, network, chip)
                  .build({{5, 0, 0, 14, FORMAT_SOURCE, 1},
                          {5, 1, 0, 10, FORMAT_TARGET, 2},
                          {5, 2, 0, 8, FORMAT_SOURCE, 4}});
    ASSERT_EQ(program_check(program, chip, &err), STATUS_OK) << err.message;
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    EXPECT_EQ(trace->count[0].n[COUNT_EVENTS_OUT], events->n_events);
}

TEST_F(EventEngine, StateThatRestartsAgreesWithTheReference)
{
    use_chip("tiny-2x2");
    use_network({10, 16}, 0.6, 30, 12);
    const EventTrace *full = events;
    network = network_with_carry(arena, network, CARRY_EVENTS, 7);
    run_reference();
    EXPECT_NE(full->n_events, events->n_events); /* the rule matters for this network */
    use_random_program(6, 8);
    EXPECT_EQ(program->reset_steps, 7U);
    simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
}

} // namespace
