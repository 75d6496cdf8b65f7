// test_engine.cpp - sim_run: what it refuses, what it finds out, and that runs do not disturb
// each other.
#include "../../equal/sim_fixture.hpp"
#include "machine.h"
#include "traffic_counts.h"

namespace
{

class EngineTest : public SimTest
{
  protected:
    EngineTest()
    {
        use_chip("tiny-2x2");
        use_network({10, 14, 9}, 0.5, 10, 2);
        use_program({{0, 0, 0, 6, FORMAT_SOURCE, 1},
                     {3, 0, 6, 8, FORMAT_TARGET, 2},
                     {5, 1, 0, 9, FORMAT_SOURCE, 2}});
    }

    void expect_refused(Status status, const std::string &message)
    {
        EXPECT_EQ(simulate_status(SIM_EXECUTE), status);
        EXPECT_EQ(std::string(err.message), message);
    }

    Status init(Arena *memory, Machine *machine)
    {
        const SimRun run = {program, topology, input, events, &options, event_network};
        return machine_init(memory, machine, &run, &err);
    }

    // The core's image, to be changed.
    uint8_t *image(uint32_t core)
    {
        return const_cast<uint8_t *>(program->core[core].image);
    }
};

TEST_F(EngineTest, ThreeRunsInOneProcessGiveEqualTraces)
{
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const Trace *first = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    const Trace *second = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    const Trace *third = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    EXPECT_EQ(testing::internal::GetCapturedStdout(), ""); // no banner, no report of the kernel
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    expect_equal(first, second);
    expect_equal(first, third);
    EXPECT_TRUE(first->executed);
    EXPECT_TRUE(first->pipelined);
}

TEST_F(EngineTest, ARunAfterAFailedRunIsNotDisturbed)
{
    const Trace *before = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    uint8_t *weight = image(0) + program->core[0].slice[0].bias_offset + 3;
    *weight ^= 0x80; // the sign of a bias
    EXPECT_EQ(simulate_status(SIM_EXECUTE), STATUS_INTERNAL);
    *weight ^= 0x80;
    expect_equal(before, simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL));
}

TEST_F(EngineTest, SystemCAddsNothingToThePlainLoop)
{
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    auto *machine = ARENA_ARRAY(arena, Machine, 1);
    ASSERT_EQ(init(arena, machine), STATUS_OK);
    Domain domain{};
    machine_begin(machine);
    for (uint64_t ps; (ps = machine_next(machine, &domain)) != NEVER;)
        machine_drain(machine, ps); // one edge at a time, where the engine drains a quantum
    uint64_t end_ps = 0, run_cycles = 0;
    ASSERT_EQ(machine_finish(machine, &end_ps, &run_cycles), STATUS_OK) << err.message;
    traffic_counts(arena, &machine->plan, input, events, &machine->tally);
    EXPECT_EQ(machine_check(arena, machine, events, run_cycles, &err), STATUS_OK) << err.message;
    EXPECT_EQ(end_ps, trace->end_ps);
    EXPECT_EQ(run_cycles, trace->run_cycles);
    for (uint32_t c = 0; c < trace->n_cores; c++)
        EXPECT_EQ(std::memcmp(&machine->tally.count[c], &trace->count[c], sizeof(Counters)), 0)
            << c;
}

TEST_F(EngineTest, AChangedWeightIsFoundAndNamesCoreLayerUnitAndStep)
{
    // Every weight of the slice on core 3 twice as large: one of its units must differ at step 0
    // or 1.
    const SliceProgram &slice = program->core[1].slice[0];
    for (uint64_t i = 0; i < slice.input.n_weights; i++)
        image(1)[slice.input.weight_offset + 4 * i + 3] ^= 0x80;
    EXPECT_EQ(simulate_status(SIM_EXECUTE), STATUS_INTERNAL);
    const std::string message = err.message;
    EXPECT_EQ(message.find("core 3: layer 0, unit "), 0U) << message;
    EXPECT_NE(message.find(", step 0: computed event "), std::string::npos) << message;
    EXPECT_NE(message.find("; the reference has "), std::string::npos) << message;
    EXPECT_EQ(simulate_status(SIM_REPLAY), STATUS_OK); // replay touches no weight
}

TEST_F(EngineTest, TheLastBitOfOneEventIsCompared)
{
    auto *value = const_cast<float *>(events->value);
    uint32_t at = static_cast<uint32_t>(event_trace_first(events, 4, 1));
    ASSERT_GT(event_trace_count(events, 4, 1), 0U);
    uint32_t bits = 0;
    std::memcpy(&bits, &value[at], 4);
    bits ^= 1;
    std::memcpy(&value[at], &bits, 4);
    EXPECT_EQ(simulate_status(SIM_EXECUTE), STATUS_INTERNAL);
    EXPECT_EQ(std::string(err.message)
                  .find("core 5: layer 1, unit " + std::to_string(events->unit[at]) + ", step 4: "),
              0U)
        << err.message;
}

TEST_F(EngineTest, EventsWithoutTheirMarkerAreRefused)
{
    // Machine level, as program_check refuses such a Program: the marker of core 0 no longer
    // reaches core 3.
    auto *route =
        const_cast<RouteEntry *>(program_route(program, 0, program->core[0].slice[0].marker_key));
    ASSERT_EQ(route->core[1], 3U);
    auto *cores = ARENA_ARRAY(arena, uint32_t, 2);
    cores[0] = 0;
    cores[1] = 5;
    route->core = cores;
    route->n_cores = 2;
    auto *machine = ARENA_ARRAY(arena, Machine, 1);
    options.mode = SIM_REPLAY;
    EXPECT_EQ(init(arena, machine), STATUS_INPUT);
    EXPECT_EQ(std::string(err.message).find("core 3 gets events with key 0x"), 0U) << err.message;
}

TEST_F(EngineTest, ACoreThatWaitsForAMarkerThatNobodySendsEndsTheRun)
{
    auto *machine = ARENA_ARRAY(arena, Machine, 1);
    options.mode = SIM_REPLAY;
    ASSERT_EQ(init(arena, machine), STATUS_OK);
    // core 3 believes in one source more of its own layer than there is
    machine->cores.stage[plan_heard(&machine->plan, 1, 1)].n_sources++;
    ASSERT_EQ(engine_event_run(machine, &err), STATUS_OK) << err.message;
    uint64_t end_ps = 0, run_cycles = 0;
    EXPECT_EQ(machine_finish(machine, &end_ps, &run_cycles), STATUS_INTERNAL);
    const std::string message = err.message;
    EXPECT_EQ(message.find("deadlock: no event left: 0 packets in the network, "), 0U) << message;
    EXPECT_NE(message.find("core 3 (layer 0, 0 in FIFO) waits for step 1, has 2 of the layer "
                           "before and 0 of its own"),
              std::string::npos)
        << message;
    EXPECT_NE(message.find("; each waits for the next: the result <- step 1 of core 5 (layer 1) <- "
                           "step 1 of core 3 (layer 0) <- nobody that is known; "),
              std::string::npos)
        << message;
}

TEST_F(EngineTest, ASummaryOfManyCoresStaysBounded)
{
    use_chip("spinnaker2");
    use_network({10, 70, 70, 60}, 0.5, 10, 2);
    use_random_program(2, 74);
    auto *machine = ARENA_ARRAY(arena, Machine, 1);
    options.mode = SIM_REPLAY;
    ASSERT_EQ(init(arena, machine), STATUS_OK);
    for (uint32_t s = 0; s < machine->plan.n_slices; s++)
        machine->cores
            .stage[plan_heard(&machine->plan, machine->plan.slice[s].core,
                              machine->plan.slice[s].stage)]
            .n_sources++;
    ASSERT_EQ(engine_event_run(machine, &err), STATUS_OK) << err.message;
    uint64_t end_ps = 0, run_cycles = 0;
    EXPECT_EQ(machine_finish(machine, &end_ps, &run_cycles), STATUS_INTERNAL);
    const std::string message = err.message;
    EXPECT_LT(message.size(), 1000U);
    EXPECT_NE(message.find("; each waits for the next: the result <- "), std::string::npos);
    EXPECT_EQ(message.find("in a ring"), std::string::npos);
}

TEST_F(EngineTest, ALostEventIsFoundWhenItsMarkerArrives)
{
    const uint32_t key = program->core[0].slice[0].key;
    auto *route = const_cast<RouteEntry *>(program_route(program, 0, key));
    ASSERT_GT(route->n_cores, 1U);
    auto *machine = ARENA_ARRAY(arena, Machine, 1);
    options.mode = SIM_REPLAY;
    ASSERT_EQ(init(arena, machine), STATUS_OK);
    // core 3 believes it has one more
    machine->cores.pair[plan_pair(&machine->plan, 1, 0)].since++;
    ASSERT_EQ(engine_event_run(machine, &err), STATUS_OK);
    uint64_t end_ps = 0, run_cycles = 0;
    EXPECT_EQ(machine_finish(machine, &end_ps, &run_cycles), STATUS_INTERNAL);
    EXPECT_NE(std::string(err.message).find("core 3: step 0: marker with key "), std::string::npos)
        << err.message;
}

TEST_F(EngineTest, BrokenConservationNamesWhatDiffers)
{
    const auto check_after = [this](const std::function<void(Machine *)> &spoil) {
        auto *machine = ARENA_ARRAY(arena, Machine, 1);
        EXPECT_EQ(init(arena, machine), STATUS_OK);
        EXPECT_EQ(engine_event_run(machine, &err), STATUS_OK);
        uint64_t end_ps = 0, run_cycles = 0;
        EXPECT_EQ(machine_finish(machine, &end_ps, &run_cycles), STATUS_OK);
        traffic_counts(arena, &machine->plan, input, events, &machine->tally);
        EXPECT_EQ(machine_check(arena, machine, events, run_cycles, &err), STATUS_OK);
        spoil(machine);
        EXPECT_EQ(machine_check(arena, machine, events, run_cycles, &err), STATUS_INTERNAL);
        return std::string(err.message).substr(0, std::string(err.message).find(": counted"));
    };
    EXPECT_EQ(check_after([](Machine *m) { m->tally.count[1].n[COUNT_WAIT_CYCLES]++; }),
              "conservation: cycles of core 3");
    EXPECT_EQ(check_after([](Machine *m) { m->tally.slice_ops[2]++; }),
              "conservation: synaptic operations on core 5");
    EXPECT_EQ(check_after([](Machine *m) { m->tally.link[2].flits--; }),
              "conservation: flits on link 2");
    EXPECT_EQ(check_after([](Machine *m) { m->tally.router_lookups[0]++; }),
              "conservation: look-ups of router 0");
    EXPECT_EQ(check_after([](Machine *m) { m->tally.router.lookups++; }),
              "conservation: look-ups of all routers 0");
    EXPECT_EQ(check_after([](Machine *m) { m->tally.source_events[1]++; }),
              "conservation: events sent by source 1");
    EXPECT_EQ(check_after([](Machine *m) { m->tally.source_markers[1]++; }),
              "conservation: markers sent by source 1");
    EXPECT_EQ(check_after([](Machine *m) { m->cores.pair[0].events++; }),
              "conservation: events delivered to core 0");
    EXPECT_EQ(check_after([](Machine *m) { m->cores.pair[0].step++; }),
              "conservation: steps closed on core 0");
    EXPECT_EQ(check_after([](Machine *m) { m->tally.count[2].n[COUNT_EVENTS_IN]--; }),
              "conservation: events into core 5");
    EXPECT_EQ(check_after([](Machine *m) { m->tally.count[2].n[COUNT_MARKERS_IN]--; }),
              "conservation: markers into core 5");
    EXPECT_EQ(check_after([](Machine *m) { m->tally.host_events_out--; }),
              "conservation: events to host 0");
    EXPECT_EQ(check_after([](Machine *m) { m->tally.host_markers_out--; }),
              "conservation: markers to host 0");
    EXPECT_EQ(check_after([](Machine *m) { m->tally.layer[0].active_cycles++; }),
              "conservation: active cycles of all layers (0), steps (1): 0");
    EXPECT_EQ(check_after([](Machine *m) { m->tally.step[3].active_cycles--; }),
              "conservation: active cycles of all layers (0), steps (1): 1");
    EXPECT_EQ(check_after([](Machine *m) { m->tally.step[0].array_macs++; }),
              "conservation: MACs of arrays of all layers (0), steps (1): 1");
    EXPECT_EQ(check_after([](Machine *m) { m->cores.dram.chip_bytes[0]++; }),
              "conservation: bytes from DRAM of all chips (0), steps (1): 0");
    EXPECT_EQ(check_after([](Machine *m) { m->tally.layer[1].traffic.flits++; }),
              "conservation: flits of all layers (0), steps (1): 0");
    EXPECT_EQ(check_after([](Machine *m) { m->tally.step[1].traffic.frames++; }),
              "conservation: frames of all layers (0), steps (1): 1");
    EXPECT_EQ(check_after([](Machine *m) { m->tally.input_traffic.lookups--; }),
              "conservation: look-ups of all layers (0), steps (1): 0");
    EXPECT_EQ(check_after([](Machine *m) { m->tally.step[0].traffic.host_packets++; }),
              "conservation: packets on the host's link of all layers (0), steps (1): 1");
    EXPECT_EQ(check_after([](Machine *m) { m->tally.layer[0].traffic.host_packets++; }),
              "conservation: packets on the host's link of all layers (0), steps (1): 0");
}

TEST_F(EngineTest, AShorterRunIsThePrefixOfALongerOne)
{
    const Trace *whole = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    options.n_steps = 4;
    const Trace *part = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    EXPECT_EQ(part->n_steps, 4U);
    for (uint32_t t = 0; t < 4; t++)
        EXPECT_EQ(part->step[t].end_ps, whole->step[t].end_ps) << t;
}

TEST_F(EngineTest, ProgressCountsEveryStep)
{
    std::vector<uint64_t> seen;
    options.progress_context = &seen;
    options.progress = [](void *context, uint64_t done, uint64_t total) {
        EXPECT_EQ(total, 10U);
        static_cast<std::vector<uint64_t> *>(context)->push_back(done);
        return true;
    };
    simulate(SIM_REPLAY, ARRIVE_PIPELINED);
    ASSERT_EQ(seen.size(), 10U);
    EXPECT_EQ(seen.front(), 1U);
    EXPECT_EQ(seen.back(), 10U);
}

// A run that is told to end is, to the integer, the run of the steps that had begun and one more.
TEST_F(EngineTest, ARunThatIsToldToEndIsARunOfFewerSteps)
{
    struct Ask {
        uint64_t after;
    };
    for (const char *engine : {"event", "flit"})
        for (SimSync sync : {SYNC_DATAFLOW, SYNC_BARRIER})
            for (SimArrival arrival : {ARRIVE_SEQUENTIAL, ARRIVE_PIPELINED})
                for (SimMode mode : {SIM_EXECUTE, SIM_REPLAY})
                    for (uint64_t after = 1; after <= 10; after++) {
                        Ask ask{after};
                        options = SimOptions{};
                        options.engine = engine;
                        options.sync = sync;
                        options.progress_context = &ask;
                        options.progress = [](void *context, uint64_t done, uint64_t) {
                            return done < static_cast<Ask *>(context)->after;
                        };
                        const Trace *ended = simulate(mode, arrival);
                        ASSERT_NE(ended, nullptr);
                        EXPECT_GE(ended->n_steps, after);
                        EXPECT_LE(ended->n_steps, std::min<uint64_t>(10, after + 4)) << after;
                        options.progress = nullptr;
                        options.n_steps = ended->n_steps;
                        expect_equal(simulate(mode, arrival), ended);
                    }
}

TEST_F(EngineTest, ARunByTicksThatIsToldToEndFails)
{
    options.sync = SYNC_TICK;
    options.tick_ns = 100000;
    options.progress = [](void *, uint64_t done, uint64_t) { return done < 3; };
    expect_refused(STATUS_INTERRUPTED, "interrupted after 3 of 10 steps");
}

TEST_F(EngineTest, ALongUpdateIsNotTakenForAStall)
{
    use_chip("tiny-2x2", {{"software.update_egru_cycles", "100000"}});
    use_program({{0, 0, 0, 14, FORMAT_SOURCE, 1}, {5, 1, 0, 9, FORMAT_SOURCE, 2}});
    options.stall_limit_cycles = 10;
    EXPECT_NE(simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL), nullptr);
}

TEST_F(EngineTest, EnginesHaveNames)
{
    const SimEngine *engine = nullptr;
    ASSERT_EQ(sim_engine_find(nullptr, &engine, &err), STATUS_OK);
    EXPECT_STREQ(engine->name, "event"); // the default
    uint32_t n_engines = 0;
    for (; sim_engine(n_engines) != nullptr; n_engines++) {
        const SimEngine *row = sim_engine(n_engines);
        EXPECT_NE(row->is[0], '\0');
        EXPECT_NE(row->leaves_out[0], '\0') << row->name;
        ASSERT_EQ(sim_engine_find(row->name, &engine, &err), STATUS_OK);
        EXPECT_EQ(engine, row);
    }
    EXPECT_GE(n_engines, 2U);
    options.engine = "event";
    EXPECT_NE(simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL), nullptr);
    options.engine = "guess";
    expect_refused(STATUS_UNSUPPORTED, "unknown engine 'guess'; expected count, event or flit");
}

TEST_F(EngineTest, AnEngineWithoutTimeComputesNothing)
{
    options.engine = "count";
    EXPECT_EQ(simulate_status(SIM_EXECUTE), STATUS_UNSUPPORTED);
    EXPECT_STREQ(err.message, "engine 'count' computes no values; expected to replay events");
    const Trace *trace = simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL);
    ASSERT_NE(trace, nullptr);
    EXPECT_STREQ(trace->engine, "count");
    EXPECT_NE(trace->bounds, nullptr);
}

TEST_F(EngineTest, TicksNeedAPeriodAndTime)
{
    EXPECT_STREQ(sim_sync_name(SYNC_TICK), "tick");
    EXPECT_EQ(sim_sync_name(SYNC_TICK + 1), nullptr);
    options.sync = SYNC_TICK;
    expect_refused(STATUS_INPUT,
                   "ticks of 0 ns for 10 steps; expected a period of 1 ns or more and a "
                   "run below 100 days");
    options.tick_ns = UINT64_C(864000000000000) * 10 / 3;
    expect_refused(STATUS_INPUT,
                   "ticks of 2880000000000000 ns for 10 steps; expected a period of 1 ns "
                   "or more and a run below 100 days");
    options.tick_ns = 1000000000; // far beyond the limit of a stall
    EXPECT_NE(simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL), nullptr);
    options.engine = "count";
    EXPECT_EQ(simulate_status(SIM_REPLAY), STATUS_UNSUPPORTED);
    EXPECT_STREQ(err.message, "engine 'count' has no time axis; expected synchronisation dataflow");
    options.engine = nullptr;
    options.sync = SYNC_BARRIER;
    expect_refused(STATUS_INPUT, "a tick of 1000000000 ns with synchronisation barrier; expected "
                                 "synchronisation tick");
}

TEST_F(EngineTest, MoreStepsThanThereAreIsRefused)
{
    options.n_steps = 11;
    expect_refused(STATUS_INPUT,
                   "11 steps wanted; input 'random vectors' has 10 and there are events of 10");
}

TEST_F(EngineTest, AnOperatingPointThatIsNotThereIsRefused)
{
    options.point = 2;
    expect_refused(STATUS_INPUT, "operating point 2; chip 'tiny-2x2' has 2");
}

TEST_F(EngineTest, EventsOfAnotherNetworkAreRefused)
{
    EventTrace other = *events;
    other.n_layers = 1;
    events = &other;
    expect_refused(STATUS_INPUT, "events of 1 layers; the program has 2");
}

TEST_F(EngineTest, EventsOutOfOrderAreRefused)
{
    const uint64_t at = event_trace_first(events, 3, 0);
    const_cast<uint32_t *>(events->unit)[at] = 14;
    expect_refused(STATUS_INPUT,
                   "events of step 3, layer 0: unit 14; expected units below 14, ascending");
}

TEST_F(EngineTest, APatternWithoutValuesCanBeReplayedButNotExecuted)
{
    EventTrace pattern = *events;
    pattern.value = nullptr;
    events = &pattern;
    expect_refused(
        STATUS_INPUT,
        "expected events have no values; execute mode compares values (replay does not)");
    EXPECT_EQ(simulate_status(SIM_REPLAY), STATUS_OK);
}

TEST_F(EngineTest, AnInputOfAnotherWidthIsRefused)
{
    Network narrow = *network;
    narrow.n_inputs = 7;
    InputStream other = *input;
    other.network = &narrow;
    input = &other;
    expect_refused(STATUS_INPUT, "input 'random vectors' has width 7; the program expects 10");
}

TEST_F(EngineTest, ADamagedProgramIsRefused)
{
    const_cast<SliceProgram *>(program->core[1].slice)->input.weight_offset = 1U << 30;
    EXPECT_EQ(simulate_status(SIM_REPLAY), STATUS_INPUT);
}

TEST_F(EngineTest, QueuesBeyondAllMeasureDoNotTakeAllMemory)
{
    use_chip("tiny-2x2", {{"core.receive_fifo_packets", "1000000"},
                          {"noc.buffer_flits", "1000000"},
                          {"core.inject_queue_packets", "1000000"},
                          {"router.port_queue_packets", "1000000"},
                          {"core.system_bytes", "100000000"}});
    use_program({{0, 0, 0, 14, FORMAT_SOURCE, 1}, {5, 1, 0, 9, FORMAT_SOURCE, 2}});
    auto *machine = ARENA_ARRAY(arena, Machine, 1);
    Arena *own = arena_new();
    ASSERT_EQ(init(own, machine), STATUS_OK);
    EXPECT_LT(arena_bytes(own), 2U << 20); // only what can be under way at once
    arena_free(own);
    EXPECT_NE(simulate(SIM_EXECUTE, ARRIVE_PIPELINED), nullptr);
}

} // namespace
