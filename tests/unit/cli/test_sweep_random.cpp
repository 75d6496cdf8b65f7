// sweep_random.c: designs of points at random.
#include <cmath>
#include <set>

#include "sweep_load_fixture.h"

namespace
{

class SweepRandomTest : public SweepLoadTest
{
  protected:
    std::vector<double> numbers(const std::string &key) const
    {
        std::vector<double> out;
        for (const std::string &text : column(key))
            out.push_back(std::stod(text));
        return out;
    }
};

TEST_F(SweepRandomTest, DrawsListsAndRangesAndNothingTwice)
{
    ASSERT_EQ(load(sweep_text("axes:\n"
                              "  - {key: run.routing, values: [xy, ner]}\n"
                              "  - {key: chip.noc.hop_cycles, from: 1, to: 20}\n"
                              "  - {key: my.x, from: 0.001, to: 1000, spacing: log}\n"
                              "design: {random: 300, seed: 7}\n")),
              STATUS_OK)
        << err.message;
    ASSERT_EQ(plan->n_points, 300u);
    std::set<std::string> points, hops;
    int n_small = 0;
    for (uint32_t i = 0; i < 300; i++) {
        points.insert(column("run.routing")[i] + column("my.x")[i] +
                      column("chip.noc.hop_cycles")[i]);
        hops.insert(column("chip.noc.hop_cycles")[i]);
        const double x = numbers("my.x")[i];
        EXPECT_TRUE(x >= 0.001 && x <= 1000);
        n_small += x < 1;
    }
    EXPECT_EQ(points.size(), 300u);
    EXPECT_EQ(hops.size(), 20u);
    EXPECT_NEAR(n_small, 150, 40);
}

TEST_F(SweepRandomTest, TheSameSeedGivesTheSamePointsOnEveryMachine)
{
    const std::string axes = "axes: [{key: my.x, from: 0, to: 1}, {key: chip.noc.hz, from: 1e8, "
                             "to: 8e8, spacing: log}]\n";
    ASSERT_EQ(load(sweep_text(axes + "design: {random: 3, seed: 5}\n")), STATUS_OK);
    EXPECT_EQ(column("my.x"),
              (std::vector<std::string>{"0.520335890776", "0.251378089304", "0.125480645617"}));
    EXPECT_EQ(column("chip.noc.hz"),
              (std::vector<std::string>{"718331000", "237938000", "730065000"}));
    const uint64_t hash = plan->hash;
    ASSERT_EQ(load(sweep_text(axes + "design: {random: 3, seed: 5}\n")), STATUS_OK);
    EXPECT_EQ(plan->hash, hash);
    ASSERT_EQ(load(sweep_text(axes + "design: {random: 3, seed: 6}\n")), STATUS_OK);
    EXPECT_NE(plan->hash, hash);
}

TEST_F(SweepRandomTest, AHypercubeHasAPointInEachStratumOfEachAxis)
{
    ASSERT_EQ(load(sweep_text("axes:\n"
                              "  - {key: my.x, from: 0, to: 200}\n"
                              "  - {key: my.y, from: 1, to: 1024, spacing: log}\n"
                              "  - {key: run.routing, values: [xy, ner, ldf, negotiated]}\n"
                              "design: {latin-hypercube: 200, seed: 3}\n")),
              STATUS_OK)
        << err.message;
    ASSERT_EQ(plan->n_points, 200u);
    std::set<int> x, y;
    std::multiset<std::string> routing;
    const std::vector<double> xs = numbers("my.x"), ys = numbers("my.y");
    const std::vector<std::string> words = column("run.routing");
    for (uint32_t i = 0; i < 200; i++) {
        x.insert(static_cast<int>(xs[i]));
        y.insert(static_cast<int>(std::log2(ys[i]) / 10 * 200));
        routing.insert(words[i]);
    }
    EXPECT_EQ(x.size(), 200u);
    EXPECT_EQ(y.size(), 200u);
    EXPECT_EQ(routing.count("ner"), 50u);
}

TEST_F(SweepRandomTest, PointsThatConstraintsRefuseAreDrawnAgain)
{
    for (const char *design : {"random", "latin-hypercube"}) {
        ASSERT_EQ(load(sweep_text(std::string("axes: [{key: my.x, from: 0, to: 1}, {key: my.y, "
                                              "from: 0, to: 1}]\n"
                                              "derived: {my.sum: my.x + my.y}\n"
                                              "constraints: [my.sum <= 1]\n"
                                              "design: {") +
                                  design + ": 200}\n")),
                  STATUS_OK)
            << err.message;
        ASSERT_EQ(plan->n_points, 200u);
        EXPECT_GT(plan->n_left_out, 50u);
        const std::vector<double> x = numbers("my.x"), y = numbers("my.y"), sum = numbers("my.sum");
        for (uint32_t i = 0; i < 200; i++) {
            EXPECT_LE(sum[i], 1);
            EXPECT_NEAR(x[i] + y[i], sum[i], 1e-11);
        }
    }
}

TEST_F(SweepRandomTest, TooFewPointsAreTold)
{
    EXPECT_EQ(refused(sweep_text("axes: [{key: my.x, values: [1, 2, 3]}]\n"
                                 "design: {random: 4}\n")),
              "S.yaml:9:9: design: 3 of 4 points found in 400 tries; expected more values, or "
              "constraints that more of them meet");
    EXPECT_EQ(refused(sweep_text("axes: [{key: my.x, values: [1, 2, 3]}]\n"
                                 "design: {latin-hypercube: 4}\n")),
              "S.yaml:9:9: design: 3 of 4 points found in 400 tries; expected more values, or "
              "constraints that more of them meet");
}

TEST_F(SweepRandomTest, RefusesDesignsThatAreNone)
{
    const std::string axes = "axes: [{key: my.x, from: 1, to: 2}]\n";
    EXPECT_EQ(refused(sweep_text(axes + "design: {seed: 4}\n")),
              "S.yaml:9:9: design: expected one of 'random: N' and 'latin-hypercube: N'");
    EXPECT_EQ(refused(sweep_text(axes + "design: {random: 0}\n")),
              "S.yaml:9:18: design.random: 0 is too small; expected a whole number from 1 to "
              "10000000");
    EXPECT_EQ(refused(sweep_text(axes + "design: {sobol: 9}\n")),
              "S.yaml:9:10: design: unknown key 'sobol'; expected one of: random, "
              "latin-hypercube, seed");
    EXPECT_EQ(
        refused(sweep_text(axes + "design: gird\n")),
        "S.yaml:9:9: design: 'gird' is unknown (did you mean 'grid'?); expected one of: grid, "
        "list");
    EXPECT_EQ(refused(sweep_text("axes: [{key: chip.noc.hop_cycles, from: 0, to: 9}]\n"
                                 "design: {random: 4}\n")),
              "S.yaml:8:41: axes[0].from: noc.hop_cycles.value: 0 is out of range; expected a "
              "number from 1 to 1000000");
}

} // namespace
