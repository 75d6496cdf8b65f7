// sweep_axes.c, sweep_design.c: keys, values and points of SWEEP.yaml.
#include "sweep_load_fixture.h"

namespace
{

using Texts = std::vector<std::string>;

class SweepAxesTest : public SweepLoadTest
{
};

TEST_F(SweepAxesTest, LastAxisOfAGridVariesFastest)
{
    ASSERT_EQ(load(sweep_text("axes:\n"
                              "  - {key: chip.noc.hop_cycles, values: [1, 2]}\n"
                              "  - {key: run.routing, values: [xy, ner, ldf]}\n")),
              STATUS_OK)
        << err.message;
    ASSERT_EQ(plan->n_points, 6u);
    EXPECT_EQ(column("chip.noc.hop_cycles"), (Texts{"1", "1", "1", "2", "2", "2"}));
    EXPECT_EQ(column("run.routing"), (Texts{"xy", "ner", "ldf", "xy", "ner", "ldf"}));
    EXPECT_EQ(plan->n_varied, 2u);
    EXPECT_EQ(plan->n_keys, 6u);
    EXPECT_EQ(column("chip")[5], "tiny-mesh");
    EXPECT_EQ(plan->n_left_out, 0u);
}

TEST_F(SweepAxesTest, AxesOfAListStepTogether)
{
    ASSERT_EQ(load(sweep_text("axes:\n"
                              "  - {key: chip.noc.hop_cycles, values: [1, 2]}\n"
                              "  - {key: run.routing, values: [xy, ner]}\n"
                              "design: list\n")),
              STATUS_OK)
        << err.message;
    EXPECT_EQ(column("chip.noc.hop_cycles"), (Texts{"1", "2"}));
    EXPECT_EQ(column("run.routing"), (Texts{"xy", "ner"}));
}

TEST_F(SweepAxesTest, RefusesListsOfDifferentLengths)
{
    EXPECT_EQ(refused(sweep_text("axes:\n"
                                 "  - {key: chip.noc.hop_cycles, values: [1, 2]}\n"
                                 "  - {key: run.routing, values: [xy]}\n"
                                 "design: list\n")),
              "S.yaml:10:5: axes[1]: 1 values; expected 2, as many as the first axis, with "
              "'design: list'");
}

TEST_F(SweepAxesTest, KeysOfOneAxisStepTogether)
{
    ASSERT_EQ(load(sweep_text("axes:\n"
                              "  - keys: [chip.noc.hop_cycles, run.routing]\n"
                              "    values: [[1, xy], [2, ner]]\n"
                              "  - {key: generate.seed, values: [7, 8]}\n")),
              STATUS_OK)
        << err.message;
    EXPECT_EQ(column("run.routing"), (Texts{"xy", "xy", "ner", "ner"}));
    EXPECT_EQ(column("generate.seed"), (Texts{"7", "8", "7", "8"}));
}

TEST_F(SweepAxesTest, StepsOfRangesAreInclusiveAndLookAsTheyShould)
{
    ASSERT_EQ(load(sweep_text("axes:\n"
                              "  - {key: generate.density, from: 0.1, to: 0.7, step: 0.1}\n")),
              STATUS_OK)
        << err.message;
    EXPECT_EQ(column("generate.density"), (Texts{"0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7"}));
}

TEST_F(SweepAxesTest, LogarithmicRangesMultiply)
{
    ASSERT_EQ(load(sweep_text("axes:\n"
                              "  - {key: generate.gain, from: 0.01, to: 100, steps: 5, "
                              "spacing: log}\n")),
              STATUS_OK)
        << err.message;
    EXPECT_EQ(column("generate.gain"), (Texts{"0.01", "0.1", "1", "10", "100"}));
}

TEST_F(SweepAxesTest, WholeNumbersAreRoundedAndRepeatsDropped)
{
    ASSERT_EQ(load(sweep_text("axes:\n"
                              "  - {key: chip.noc.hop_cycles, from: 1, to: 4, steps: 20}\n")),
              STATUS_OK)
        << err.message;
    EXPECT_EQ(column("chip.noc.hop_cycles"), (Texts{"1", "2", "3", "4"}));
}

TEST_F(SweepAxesTest, ClocksAreRoundedToWhatTheyMayBe)
{
    ASSERT_EQ(load(sweep_text("axes:\n"
                              "  - {key: chip.noc.hz, from: 1e8, to: 8e8, steps: 3, "
                              "spacing: log}\n")),
              STATUS_OK)
        << err.message;
    EXPECT_EQ(column("chip.noc.hz"), (Texts{"100000000", "282843000", "800000000"}));
}

TEST_F(SweepAxesTest, NumbersHaveOneText)
{
    ASSERT_EQ(load(sweep_text("axes:\n"
                              "  - {key: my.x, values: [1.50, 15e-1, 3e2, 0.1, 1e-7, 1e20]}\n")),
              STATUS_OK)
        << err.message;
    EXPECT_EQ(column("my.x"), (Texts{"1.5", "1.5", "300", "0.1", "1e-07", "1e+20"}));
}

TEST_F(SweepAxesTest, EachTextIsStoredOnce)
{
    ASSERT_EQ(load(sweep_text("axes:\n"
                              "  - {key: my.x, values: [1, 2, 1]}\n"
                              "  - {key: my.y, values: [2, 1]}\n")),
              STATUS_OK)
        << err.message;
    EXPECT_EQ(plan_value(plan, 0, 0), plan_value(plan, 5, 1));
    EXPECT_NE(plan_value(plan, 0, 0), plan_value(plan, 2, 0));
}

TEST_F(SweepAxesTest, WhatIsWrongWithSomeOthersOnlyIsAResult)
{
    ASSERT_EQ(load(sweep_text("axes:\n"
                              "  - {key: chip.grid.cores_per_tile, values: [1, 4]}\n"
                              "  - {key: chip.grid.usable_cores, values: [2, 16]}\n")),
              STATUS_OK)
        << err.message;
    EXPECT_EQ(plan->n_points, 4u);
}

TEST_F(SweepAxesTest, AWrongValueOfBaseIsToldThere)
{
    EXPECT_EQ(
        refused(sweep_text("axes: [{key: my.x, values: [1]}]\n", "  chip.noc.hop_cycles: 0\n")),
        "S.yaml:8:24: base.chip.noc.hop_cycles: noc.hop_cycles.value: 0 is out of range; "
        "expected a number from 1 to 1000000");
    EXPECT_EQ(refused(sweep_text("axes: [{key: my.x, values: [1]}]\n", "  run.tick-ns: 5\n")),
              "S.yaml:8:16: base.run.tick-ns: nothing else has ticks; expected --sync tick too");
}

// ---- refusals ----

struct Refusal {
    const char *rest, *message, *hint;
};

class SweepRefusalTest : public SweepLoadTest, public ::testing::WithParamInterface<Refusal>
{
};

TEST_P(SweepRefusalTest, IsToldWithItsPlace)
{
    EXPECT_EQ(refused(sweep_text(GetParam().rest)), GetParam().message);
    EXPECT_STREQ(err.hint, GetParam().hint);
}

const Refusal kRefusals[] = {
    {"axes: [{key: chip.noc.hopcycles, values: [1]}]\n",
     "S.yaml:8:43: axes[0].values[0]: 'hopcycles' names no value; expected a key of noc",
     "did you mean noc.hop_cycles?"},
    {"axes: [{key: noc.hop_cycles, values: [1]}]\n",
     "S.yaml:8:14: axes[0].key: unknown key 'noc.hop_cycles'; expected network, generate, "
     "generate.OPTION, chip, chip.NUMBER, run.OPTION or my.NAME",
     "numbers of the chip begin with chip., as chip.noc.hop_cycles"},
    {"axes: [{key: run.placment, values: [auto]}]\n",
     "S.yaml:8:14: axes[0].key: unknown key 'run.placment'; expected an option of `egret run`",
     "did you mean run.placement?"},
    {"axes: [{key: run.output, values: [auto]}]\n",
     "S.yaml:8:14: axes[0].key: --output is not for points of a sweep", ""},
    {"axes: [{key: chip.noc.hop_cycles, values: [1, 0]}]\n",
     "S.yaml:8:47: axes[0].values[1]: noc.hop_cycles.value: 0 is out of range; expected a number "
     "from 1 to 1000000",
     ""},
    {"axes: [{key: run.routing, values: [xy, yx]}]\n",
     "S.yaml:8:40: axes[0].values[1]: 'yx' is unknown (did you mean 'xy'?); expected one of: "
     "negotiated, ner, ldf, xy",
     ""},
    {"axes: [{key: generate.seed, values: [1.5]}]\n",
     "S.yaml:8:38: axes[0].values[0]: '1.5' is not a whole number from 0 on; expected one", ""},
    {"axes: [{key: generate.name, from: 1, to: 2, step: 1}]\n",
     "S.yaml:8:8: axes[0]: values of generate.name are no numbers; expected 'values: [..]'", ""},
    {"axes: [{key: run.effort, values: [1, 0]}]\n",
     "S.yaml:8:38: axes[0].values[1]: `0` is not possible; expected a whole number in 1 .. 100000",
     ""},
    {"axes: [{key: run.reset-steps, from: 0, to: 9, step: 1}]\n",
     "S.yaml:8:8: axes[0]: `0` is not possible; expected a whole number in 1 .. 4294967295", ""},
    {"axes: [{key: generate.density, values: [0.5, 2]}]\n",
     "S.yaml:8:46: axes[0].values[1]: `2` is not possible; expected a number in 0 .. 1", ""},
    {"axes: [{key: generate.fan-in, values: [3]}, {key: generate.density, values: [0.5]}]\n",
     "S.yaml:8:40: axes[0].values[0]: --fan-in, --density: expected one of them", ""},
    {"axes: [{key: run.point, values: [warp]}]\n",
     "S.yaml:8:34: axes[0].values[0]: chip tiny-mesh has no operating point `warp`; expected "
     "slow, fast or auto",
     ""},
    {"axes: [{key: run.placement, values: [hilbrt]}]\n",
     "S.yaml:8:38: axes[0].values[0]: no placement strategy is called 'hilbrt'; there are: auto, "
     "sequential, snake, row-snake, near-router, hilbert, rcm, cluster, force, anneal, scotch",
     ""},
    {"axes: [{key: run.partition, values: [parts.txt]}]\n",
     "S.yaml:8:38: axes[0].values[0]: no file 'parts.txt'; expected one, from the folder of S.yaml "
     "on",
     ""},
    {"axes: []\n", "S.yaml:8:7: axes: an empty list; expected at least one axis", ""},
    {"axes: [{key: my.x, values: []}]\n",
     "S.yaml:8:28: axes[0].values: an empty list; expected at least one value", ""},
    {"axes: [{key: my.x, from: 1, to: 9}]\n",
     "S.yaml:8:8: axes[0]: no values; expected 'step' or 'steps'", ""},
    {"axes: [{key: my.x, from: 1, to: 9, step: 0}]\n",
     "S.yaml:8:42: axes[0].step: more than 10000000 values; expected a larger step above 0", ""},
    {"axes: [{key: my.x, from: 0, to: 9, steps: 3, spacing: log}]\n",
     "S.yaml:8:26: axes[0].from: no logarithm; expected a number above 0 with 'spacing: log'", ""},
    {"axes: [{key: my.x, values: [1]}, {key: my.x, values: [1]}]\n",
     "S.yaml:8:40: axes[1].key: my.x stands in line 8 already; expected it once", ""},
    {"axes: [{key: chip, values: [tiny-mesh]}]\n",
     "S.yaml:6:3: base: chip stands in line 8 already; expected it once", ""},
    {"axes: [{key: network, values: [a]}]\n",
     "S.yaml:1:1: a network and one to be generated; expected one of 'network: DIR' and "
     "'generate: KIND'",
     ""},
    {"axes: [{key: my.x, from: 1, to: 4000, step: 1}, {key: my.y, from: 1, to: 4000, step: 1}]\n",
     "S.yaml:8:7: axes: a grid of more than 10000000 points; expected fewer values", ""},
    {"axes: [{key: my.x, values: [1]}]\nobjectives: [latency_mean]\n",
     "S.yaml:9:14: objectives[0]: no metric 'latency_mean' (did you mean 'latency_mean_us'?); "
     "expected one of a report",
     ""},
    {"axes: [{key: my.x, values: [1]}]\nconfirm: flit\n",
     "S.yaml:9:10: confirm: nothing is screened; expected it with 'fidelity: multi'", ""},
    {"axes: [{key: my.x, values: [1]}]\nlimits: {power_mw: {min: 2, max: 1}}\n",
     "S.yaml:9:20: limits.power_mw: min 2 is above max 1; no value is within", ""},
    {"axes: [{key: my.x, values: [1]}]\nlimit: {}\n",
     "S.yaml:9:1: unknown key 'limit' (did you mean 'limits'?); expected one of: egret_sweep, "
     "name, base, axes, derived, constraints, design, objectives, limits, fidelity, confirm, "
     "compile, timeout_s, memory_mib",
     ""},
};

INSTANTIATE_TEST_SUITE_P(Each, SweepRefusalTest, ::testing::ValuesIn(kRefusals));

} // namespace
