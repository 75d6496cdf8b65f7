// sweep_formulas.c: derived keys and constraints.
#include "sweep_load_fixture.h"

namespace
{

using Texts = std::vector<std::string>;

class SweepFormulasTest : public SweepLoadTest
{
};

TEST_F(SweepFormulasTest, DerivedKeysReadAxesBaseAndThoseBefore)
{
    ASSERT_EQ(load(sweep_text("axes: [{key: chip.grid.usable_cores, values: [2, 4]}]\n"
                              "derived:\n"
                              "  my.half: my.total / 2\n"
                              "  chip.core.data_bytes: \"my.half / chip.grid.usable_cores\"\n"
                              "  run.sim-steps: floor(log2(my.half))\n"
                              "  my.steps: run.sim_steps + 0.5\n",
                              "  my.total: 131072\n")),
              STATUS_OK)
        << err.message;
    EXPECT_EQ(column("my.half"), (Texts{"65536", "65536"}));
    EXPECT_EQ(column("chip.core.data_bytes"), (Texts{"32768", "16384"}));
    EXPECT_EQ(column("run.sim-steps"), (Texts{"16", "16"}));
    EXPECT_EQ(column("my.steps"), (Texts{"16.5", "16.5"}));
    EXPECT_EQ(plan->n_varied, 5u);
    EXPECT_STREQ(plan->key[5].name, "generate");
}

TEST_F(SweepFormulasTest, PointsThatAConstraintRefusesAreCounted)
{
    ASSERT_EQ(load(sweep_text("axes:\n"
                              "  - {key: my.x, values: [1, 2, 3]}\n"
                              "  - {key: my.y, values: [1, 2, 3]}\n"
                              "constraints: [my.x * my.y <= 4, my.x != my.y or my.x == 1]\n")),
              STATUS_OK)
        << err.message;
    EXPECT_EQ(column("my.x"), (Texts{"1", "1", "1", "2", "3"}));
    EXPECT_EQ(column("my.y"), (Texts{"1", "2", "3", "1", "1"}));
    EXPECT_EQ(plan->n_left_out, 4u);
}

TEST_F(SweepFormulasTest, AConstraintKeepsDerivedKeysFromBeingComputed)
{
    ASSERT_EQ(load(sweep_text("axes: [{key: my.x, values: [0, 2]}]\n"
                              "derived: {my.y: 1 / my.x}\n"
                              "constraints: [my.x > 0]\n")),
              STATUS_OK)
        << err.message;
    EXPECT_EQ(column("my.y"), (Texts{"0.5"}));
}

TEST_F(SweepFormulasTest, ConstraintsAndDerivedKeysShapeTheHash)
{
    ASSERT_EQ(load(sweep_text("axes: [{key: my.x, values: [1, 2]}]\nderived: {my.y: my.x}\n")),
              STATUS_OK);
    const uint64_t hash = plan->hash;
    ASSERT_EQ(load(sweep_text("axes: [{key: my.x, values: [1, 2]}]\nderived: {my.y: -my.x}\n")),
              STATUS_OK);
    EXPECT_NE(plan->hash, hash);
    ASSERT_EQ(load(sweep_text("axes: [{key: my.x, values: [1, 2]}]\n"
                              "derived: {my.y: my.x + 0} # the same\n")),
              STATUS_OK);
    EXPECT_EQ(plan->hash, hash);
}

struct Refusal {
    const char *rest, *message;
};

class SweepFormulaRefusalTest : public SweepLoadTest, public ::testing::WithParamInterface<Refusal>
{
};

TEST_P(SweepFormulaRefusalTest, IsToldWithItsPlace)
{
    const std::string axes = "axes: [{key: my.x, values: [1, 2]}, {key: run.routing, values: "
                             "[xy, ner]}]\n";
    EXPECT_EQ(refused(sweep_text(axes + GetParam().rest)), GetParam().message);
}

const Refusal kRefusals[] = {
    {"derived: {my.y: my.x +}\n",
     "S.yaml:9:17: derived.my.y: character 7: ends here; expected a number, a name or a function, "
     "in \"my.x +\""},
    {"derived: {my.y: my.z, my.z: 1}\n",
     "S.yaml:9:17: derived.my.y: character 1: unknown name 'my.z' (did you mean 'my.x'?), in "
     "\"my.z\""},
    {"derived: {my.y: my.x < 2}\n",
     "S.yaml:9:17: derived.my.y: is true or false; expected an expression that gives a number"},
    {"derived: {my.x: 2}\n",
     "S.yaml:9:11: derived: my.x stands in line 8 already; expected it once"},
    {"derived: {run.split: 2}\n", "S.yaml:9:11: derived: values of run.split are no numbers"},
    {"derived: {my.y: 1 / (my.x - 2)}\n", "S.yaml:9:17: derived.my.y: gives no finite number "
                                          "(division by 0, a root or logarithm of what "
                                          "has none?) with my.x = 2"},
    {"derived: {chip.noc.hop_cycles: my.x / 2}\n",
     "S.yaml:9:32: derived.chip.noc.hop_cycles: gives 0.5, not a whole number, with my.x = 1; "
     "expected one, as by floor(..)"},
    {"derived: {run.sim-steps: -my.x}\n",
     "S.yaml:9:26: derived.run.sim-steps: gives -1 with my.x = 1; expected 0 or more"},
    {"derived: {chip.noc.hop_cycle: my.x}\n",
     "S.yaml:9:11: derived: 'hop_cycle' names no value; expected a key of noc"},
    {"constraints: [my.x]\n",
     "S.yaml:9:15: constraints[0]: is a number; expected a comparison, as a <= 2"},
    {"constraints: [run.routing < 2]\n",
     "S.yaml:9:15: constraints[0]: run.routing is 'xy', no number"},
    {"constraints: [my.x < 2, my.x > 1]\n",
     "S.yaml:9:14: constraints: no point is left; expected constraints that some point meets"},
    {"constraints: my.x < 2\n", "S.yaml:9:14: constraints: is a value; expected a list"},
};

INSTANTIATE_TEST_SUITE_P(Each, SweepFormulaRefusalTest, ::testing::ValuesIn(kRefusals));

} // namespace
