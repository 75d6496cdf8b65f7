// explain_fixture.hpp - random programs and chips by hand, with a recording of one step.
#ifndef TESTS_EXPLAIN_FIXTURE_HPP
#define TESTS_EXPLAIN_FIXTURE_HPP

#include "property_fixture.hpp"
#include "sim/explain.h"

class ExplainTest : public PropertyTest
{
  protected:
    const Trace *plain = nullptr;
    Recording *recording = nullptr;

    // Of a run that is made twice, the second time with a recording.
    const Explanation *explain(uint32_t step)
    {
        options.observer = nullptr;
        plain = simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL);
        if (plain == nullptr)
            return nullptr;
        recording =
            recording_new(arena, program, plain->step[step].start_ps, plain->step[step].end_ps);
        if (step > 0)
            recording_since(recording, plain->step[step - 1].start_ps);
        options.observer = recording_observer(recording);
        const Trace *observed = simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL);
        options.observer = nullptr;
        const Explanation *made = nullptr;
        EXPECT_EQ(explain_step(arena, recording, observed, step, &made, &err), STATUS_OK)
            << err.message;
        return made;
    }
};

#endif
