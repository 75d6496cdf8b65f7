// test_spiking.cpp - spiking convolutional networks from end to end: what cores compute is what the
// reference run does, and replaying it takes as long and counts as much.
#include <algorithm>

#include "compiler/compiler.h"
#include "models/quantize.h"
#include "random_convolutions.hpp"
#include "sim_fixture.hpp"

namespace
{

class Spiking : public SimTest
{
  protected:
    void compile_network(const CompileOptions &how)
    {
        const Program *made = nullptr;
        const CompileSummary *summary = nullptr;
        ASSERT_EQ(compile(arena, chip, topology, network, &how, &made, &summary, &err), STATUS_OK)
            << err.message;
        program = const_cast<Program *>(made);
    }

    void quantize(Precision precision)
    {
        const QuantizeOptions how = {SCALES_PER_LAYER, 0};
        ASSERT_EQ(network_quantize(arena, network, precision, &how, &network, &err), STATUS_OK)
            << err.message;
    }

    static CompileOptions plain()
    {
        CompileOptions how{};
        how.format = FORMAT_SOURCE;
        how.split = "balanced";
        how.placement = "near-router";
        return how;
    }

    // Pixels with an event, of value 1.
    void use_pixels(uint32_t n_steps, double rate)
    {
        Rng rng = rng_make(3, 4);
        const size_t n = static_cast<size_t>(n_steps) * network->n_inputs;
        auto *vector = ARENA_ARRAY(arena, float, n);
        for (size_t i = 0; i < n; i++)
            vector[i] = rng_uniform(&rng) < rate ? 1.0f : 0.0f;
        auto *stream = ARENA_ARRAY(arena, InputStream, 1);
        stream->network = network;
        stream->name = "pixels";
        stream->n_steps = n_steps;
        stream->vector = vector;
        input = stream;
        run_reference();
    }

    uint64_t recurrent_bytes() const
    {
        uint64_t n = 0;
        for (uint32_t c = 0; c < program->n_cores; c++)
            for (uint32_t s = 0; s < program->core[c].n_slices; s++)
                n += slice_recurrent_targets(&program->core[c].slice[s]);
        return n;
    }

    void use_dvs_gesture()
    {
        ASSERT_EQ(network_generate_preset(arena, "dvs-gesture", "dvs", 1, &network, &err),
                  STATUS_OK)
            << err.message;
        quantize(PRECISION_INT8);
        use_chip("spinnaker2");
        compile_network(plain());
    }
};

TEST_F(Spiking, ReplayingRandomConvolutionsCountsWhatExecutingThemDoes)
{
    const char *const chips[] = {"tiny-2x2", "tiny-mesh", "spinnaker2"};
    uint64_t n_events = 0;
    for (uint64_t seed = 0; seed < 24; seed++) {
        Rng rng = rng_make(seed, 17);
        SCOPED_TRACE(seed);
        network = RandomConvolutions(arena, &rng).draw();
        ASSERT_EQ(network_check(network, &err), STATUS_OK) << err.message;
        quantize(static_cast<Precision>(seed / 3 % N_PRECISIONS));
        use_chip(chips[seed % 3]);
        use_input(12, seed);
        run_reference();
        compile_network(seed % 2 == 0 ? plain() : [] {
            CompileOptions how{};
            how.format = -1;
            return how;
        }());
        EXPECT_EQ(recurrent_bytes(), 0U);
        const Trace *executed = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
        expect_equal(executed, simulate(SIM_REPLAY, ARRIVE_PIPELINED));
        n_events += events->n_events;
    }
    EXPECT_GT(n_events, 1000U);
}

TEST_F(Spiking, DvsGestureRunsOnOneSpiNNaker2)
{
    use_dvs_gesture();
    EXPECT_LE(program->n_cores, 148U);
    use_pixels(12, 0.025);
    options.point = 1;
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    ASSERT_NE(trace, nullptr);
    EXPECT_EQ(total(trace, COUNT_EVENTS_OUT), events->n_events);
    EXPECT_EQ(total(trace, COUNT_UNIT_UPDATES), 12U * 7859);
    EXPECT_GT(events->n_events, 500U);
}

TEST_F(Spiking, DvsGestureReplaysThePublishedNumberOfSpikes)
{
    use_dvs_gesture();
    const double spikes = network->layer[0].activity;
    const double rate[] = {0.025, spikes, spikes, spikes, spikes, spikes};
    const ActivityStatistics statistics = {6, rate, 0, 40, 1};
    ASSERT_EQ(activity_draw(arena, network, &statistics, &input, &events, &err), STATUS_OK)
        << err.message;
    options.point = 1;
    const Trace *trace = simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL);
    ASSERT_NE(trace, nullptr);
    EXPECT_NEAR(static_cast<double>(events->n_events) / 40, 257305.0 / 600, 10);
    EXPECT_LT(trace->step[39].end_ps - trace->step[39].start_ps, 1000000000U); // within 1 ms
}

} // namespace
