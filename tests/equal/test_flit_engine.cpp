// test_flit_engine.cpp - the flit engine on every kind of chip: cores compute what the reference
// does, a replay gives the same numbers, and so does a second run. That its totals and times are
// the event engine's is asked by benches/flit_event, of which a test runs a part.
#include "compiler/compiler.h"
#include "sim_fixture.hpp"

namespace
{

class FlitEngine : public SimTest
{
  protected:
    void use_program(const std::string &chip_name, uint64_t seed, const Settings &more = {})
    {
        const CompileOptions how{};
        const CompileSummary *summary = nullptr;
        const Program *compiled = nullptr;
        Settings settings = {{"core.receive_fifo_packets", "2"},
                             {"core.inject_queue_packets", "1"},
                             {"noc.buffer_flits", "1"},
                             {"router.port_queue_packets", "1"}};
        settings.insert(settings.end(), more.begin(), more.end());
        use_chip(chip_name, settings);
        use_network({12, 20, 14}, 0.3, 10, seed);
        use_input(8, seed);
        run_reference();
        ASSERT_GT(events->n_events, 0U);
        ASSERT_EQ(compile(arena, chip, topology, network, &how, &compiled, &summary, &err),
                  STATUS_OK)
            << err.message;
        program = const_cast<Program *>(compiled);
        options.engine = "flit";
    }

    void expect_runs(const std::string &chip_name)
    {
        use_program(chip_name, 3);
        const Trace *executed = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
        ASSERT_NE(executed, nullptr);
        EXPECT_STREQ(executed->engine, "flit");
        expect_equal(executed, simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL));
        expect_equal(executed, simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL));
        expect_equal(simulate(SIM_EXECUTE, ARRIVE_PIPELINED),
                     simulate(SIM_REPLAY, ARRIVE_PIPELINED));
    }
};

TEST_F(FlitEngine, ComputesAsTheReferenceAroundACentralRouter)
{
    expect_runs("tiny-2x2");
}

TEST_F(FlitEngine, ComputesAsTheReferenceOnAMesh)
{
    expect_runs("tiny-mesh");
}

TEST_F(FlitEngine, ComputesAsTheReferenceOnABoard)
{
    expect_runs("tiny-board");
    expect_runs("tiny-boards");
}

TEST_F(FlitEngine, EqualsTheEventEngineWhateverTheWidthOfLinks)
{
    for (const char *name : {"tiny-2x2", "tiny-mesh", "tiny-board", "spinnaker2"}) {
        uint64_t end_ps = 0;
        for (const uint64_t n : {1, 2, 3, 5}) {
            SCOPED_TRACE(std::string(name) + ", phits " + std::to_string(n));
            use_program(name, 3, phits(n));
            for (const SimArrival arrival : {ARRIVE_SEQUENTIAL, ARRIVE_PIPELINED}) {
                options.engine = "flit";
                const Trace *flit = simulate(SIM_REPLAY, arrival);
                options.engine = nullptr;
                const Trace *event = simulate(SIM_REPLAY, arrival);
                ASSERT_NE(flit, nullptr);
                ASSERT_NE(event, nullptr);
                for (uint32_t t = 0; t < event->n_steps; t++)
                    EXPECT_EQ(flit->step[t].end_ps, event->step[t].end_ps) << t;
                for (uint32_t l = 0; l < event->n_links; l++) {
                    EXPECT_EQ(flit->link[l].flits, event->link[l].flits) << l;
                    EXPECT_EQ(flit->link[l].busy_cycles, event->link[l].busy_cycles) << l;
                }
                if (arrival == ARRIVE_SEQUENTIAL) {
                    EXPECT_GT(event->end_ps, end_ps); // narrower links are slower
                    end_ps = event->end_ps;
                }
            }
        }
    }
}

TEST_F(FlitEngine, RefusesLinksBeyondItsLimits)
{
    use_program("tiny-2x2", 3);
    use_chip("tiny-2x2", {{"noc.hop_cycles", "51"}});
    const CompileOptions how{};
    const CompileSummary *summary = nullptr;
    const Program *compiled = nullptr;
    ASSERT_EQ(compile(arena, chip, topology, network, &how, &compiled, &summary, &err), STATUS_OK)
        << err.message;
    program = const_cast<Program *>(compiled);
    EXPECT_EQ(simulate_status(SIM_REPLAY), STATUS_UNSUPPORTED);
    EXPECT_NE(std::string(err.message).find("51 cycles"), std::string::npos) << err.message;
    use_program("tiny-2x2", 3, {{"noc.link_bits", "1"}}); // 96 phits
    EXPECT_EQ(simulate_status(SIM_REPLAY), STATUS_UNSUPPORTED);
    EXPECT_NE(std::string(err.message).find("98 cycles"), std::string::npos) << err.message;
}

} // namespace
