// explain.c: the critical path of a step is whole and is what the models' rules say; slack is what can be
// late.
#include "explain_fixture.hpp"

namespace
{

class Explain : public ExplainTest
{
  protected:
    // From the begin of the step to its end without a gap; kinds add up; it begins at the host and ends
    // with the result of the core that was last.
    void expect_whole(const Explanation *made)
    {
        ASSERT_NE(made, nullptr);
        const StepTimes *step = &plain->step[made->step];
        uint64_t at_ps = step->start_ps, kind_ps[N_LEGS] = {0}, sum_ps = 0;
        for (uint32_t i = 0; i < made->n_legs; i++) {
            const PathLeg *leg = &made->leg[i];
            EXPECT_EQ(leg->begin_ps, at_ps) << i;
            EXPECT_GT(leg->n_parts, 0U);
            if (leg->kind == LEG_NETWORK && leg->core == PROGRAM_NONE) {
                EXPECT_EQ(i, 0U); // sent before the step began
            }
            at_ps = leg->end_ps;
            kind_ps[leg->kind] += leg->end_ps - leg->begin_ps;
            if (i > 0 && leg->core != PROGRAM_NONE && leg->kind != LEG_OUTPUT) {
                EXPECT_EQ(leg->core, made->leg[i - 1].to) << i; // it goes on where it came to
            }
        }
        EXPECT_EQ(at_ps, step->end_ps);
        for (int kind = 0; kind < N_LEGS; kind++) {
            EXPECT_EQ(kind_ps[kind], made->kind_ps[kind]);
            sum_ps += kind_ps[kind];
        }
        EXPECT_EQ(sum_ps, step->end_ps - step->start_ps);
        const PathLeg *last = &made->leg[made->n_legs - 1];
        EXPECT_EQ(last->kind, LEG_OUTPUT);
        EXPECT_EQ(program->core[last->core].core, step->critical_core);
    }

    // Cores of the path have no slack; no core is busy for longer than the step.
    void expect_slack(const Explanation *made)
    {
        const uint64_t step_ps = made->end_ps - made->begin_ps;
        EXPECT_EQ(made->slack[made->leg[made->n_legs - 1].core].slack_ps, 0U);
        for (uint32_t c = 0; c < program->n_cores; c++) {
            EXPECT_LE(made->slack[c].busy_ps, step_ps);
            EXPECT_LE(made->slack[c].slack_ps, step_ps);
        }
        for (uint32_t i = made->n_legs; i-- > 0 && made->leg[i].kind != LEG_OTHER;) {
            const PathLeg *leg = &made->leg[i]; // before a wait for a row there is time to spare
            if (leg->kind == LEG_UPDATE || leg->kind == LEG_EMIT || leg->kind == LEG_RECEIVE) {
                EXPECT_EQ(made->slack[leg->core].slack_ps, 0U) << i;
            }
        }
    }
};

TEST_P(Explain, PathsOfRandomProgramsAreWhole)
{
    int done = 0;
    for (int i = 0; i < TRIES && done < 25; i++) {
        if (draw_pair()) {
            SCOPED_TRACE(told);
            for (uint32_t step = 0; step < input->n_steps; step += 2) {
                const Explanation *made = explain(step);
                ASSERT_NO_FATAL_FAILURE(expect_whole(made));
                expect_slack(made);
            }
            done++;
        }
        arena_reset(arena);
    }
    EXPECT_EQ(done, 25);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Explain, ::testing::Range(500, 504));

// One unit a layer, each on a core of its own: the path is the chain from the host to the host.
TEST_F(SimTest, PathOfAChainIsTheChain)
{
    use_chip("tiny-2x2");
    use_hand_network({1, 1, 1}, {{0, false, 0, 2, 1e-6F}, {1, false, 0, 2, 1e-6F}},
                     [](uint32_t, uint32_t) { return true; });
    use_ones(2);
    use_program({{0, 0, 0, 1, FORMAT_SOURCE, 1}, {4, 1, 0, 1, FORMAT_SOURCE, 1}});
    const Trace *trace = simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL);
    ASSERT_NE(trace, nullptr);
    Recording *recording =
        recording_new(arena, program, trace->step[0].start_ps, trace->step[0].end_ps);
    options.observer = recording_observer(recording);
    trace = simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL);
    const Explanation *made = nullptr;
    ASSERT_EQ(explain_step(arena, recording, trace, 0, &made, &err), STATUS_OK) << err.message;
    const std::vector<LegKind> expected = {LEG_INPUT,  LEG_RECEIVE, LEG_UPDATE,
                                           LEG_EMIT,   LEG_NETWORK, LEG_RECEIVE,
                                           LEG_UPDATE, LEG_EMIT,    LEG_OUTPUT};
    ASSERT_EQ(made->n_legs, expected.size());
    for (uint32_t i = 0; i < made->n_legs; i++)
        EXPECT_EQ(made->leg[i].kind, expected[i]) << i;
    const double ps_per_cycle = 1e12 / chip->point[0].hz.value;
    const double receive =
        chip->software.receive_event_cycles.value + chip->software.synapse_source_fp32_cycles.value;
    EXPECT_NEAR(static_cast<double>(made->leg[1].end_ps - made->leg[1].begin_ps),
                receive * ps_per_cycle, 1);
    EXPECT_NEAR(static_cast<double>(made->leg[2].end_ps - made->leg[2].begin_ps),
                (chip->software.step_cycles.value + chip->software.update_egru_cycles.value) *
                    ps_per_cycle,
                1);
    EXPECT_NEAR(static_cast<double>(made->leg[3].end_ps - made->leg[3].begin_ps),
                chip->software.emit_event_cycles.value * ps_per_cycle, 1);
}

} // namespace
