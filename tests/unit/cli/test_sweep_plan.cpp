// sweep_plan.c, sweep_plan_files.c: a plan as files, and back.
#include "sweep_load_fixture.h"

namespace
{

class SweepPlanTest : public SweepLoadTest
{
  protected:
    void SetUp() override
    {
        SweepLoadTest::SetUp();
        ASSERT_EQ(load("egret_sweep: 1\n"
                       "name: try\n"
                       "base:\n"
                       "  generate: egru\n"
                       "  generate.layers: 8,16\n"
                       "  chip: tiny-mesh\n"
                       "axes:\n"
                       "  - {key: chip.noc.hop_cycles, values: [1, 2]}\n"
                       "  - {key: run.activity, values: [\"rates=1,0.1 steps=2\", "
                       "\"rates=1,0.2 steps=2 seed=3\"]}\n"
                       "fidelity: multi\n"
                       "confirm: flit\n"
                       "objectives: [power_mw, {activity: larger}]\n"
                       "limits: {power_mw: {max: 500}}\n"
                       "timeout_s: 2.5\n"
                       "memory_mib: 100\n"),
                  STATUS_OK)
            << err.message;
        ASSERT_EQ(plan_save(arena, plan, path("d").c_str(), &err), STATUS_OK) << err.message;
    }

    std::string load_message()
    {
        const Plan *again = plan;
        err = Err{};
        EXPECT_EQ(plan_load(arena, path("d").c_str(), &again, &err), STATUS_INPUT);
        EXPECT_EQ(again, nullptr);
        return message();
    }
};

TEST_F(SweepPlanTest, ComesBackAsItWas)
{
    const Plan *again;
    ASSERT_EQ(plan_load(arena, path("d").c_str(), &again, &err), STATUS_OK) << err.message;
    EXPECT_EQ(again->hash, plan->hash);
    ASSERT_EQ(again->n_points, plan->n_points);
    ASSERT_EQ(again->n_keys, plan->n_keys);
    EXPECT_EQ(again->n_varied, plan->n_varied);
    EXPECT_EQ(again->n_left_out, plan->n_left_out);
    for (uint32_t k = 0; k < plan->n_keys; k++) {
        EXPECT_STREQ(again->key[k].name, plan->key[k].name);
        EXPECT_STREQ(again->key[k].option, plan->key[k].option);
        EXPECT_EQ(again->key[k].kind, plan->key[k].kind);
        for (uint32_t point = 0; point < plan->n_points; point++)
            EXPECT_STREQ(plan_value(again, point, k), plan_value(plan, point, k));
    }
    EXPECT_STREQ(again->sweep->name, "try");
    EXPECT_STREQ(again->sweep->folder, folder.c_str());
    EXPECT_STREQ(again->sweep->text, plan->sweep->text);
    EXPECT_TRUE(again->sweep->multi && again->sweep->confirm);
    EXPECT_EQ(again->sweep->fidelity, FIDELITY_EVENT);
    ASSERT_EQ(again->sweep->n_objectives, 2u);
    EXPECT_STREQ(again->sweep->objective[0].metric, "power_mw");
    EXPECT_FALSE(again->sweep->objective[0].larger_is_better);
    EXPECT_TRUE(again->sweep->objective[1].larger_is_better);
    ASSERT_EQ(again->sweep->n_limits, 1u);
    EXPECT_EQ(again->sweep->limit[0].max, 500);
    EXPECT_EQ(again->sweep->timeout_s, 2.5);
    EXPECT_EQ(again->sweep->memory_bytes, 100u << 20);
}

TEST_F(SweepPlanTest, FilesAreWhatTheManualSays)
{
    const std::string csv = read("d/plan.csv");
    EXPECT_EQ(csv.substr(0, csv.find('\n')), "point,chip.noc.hop_cycles,run.activity,check");
    EXPECT_NE(csv.find("\n3,2,\"rates=1,0.2 steps=2 seed=3\","), std::string::npos);
    EXPECT_EQ(read("d/sweep.yaml"), read("S.yaml"));
}

TEST_F(SweepPlanTest, AMakerGivesTheSameHash)
{
    std::vector<const char *> name(plan->n_keys), value(plan->n_keys);
    PlanMaker *maker;
    for (uint32_t k = 0; k < plan->n_keys; k++)
        name[k] = plan->key[k].name;
    ASSERT_EQ(
        plan_begin(arena, plan->sweep, name.data(), plan->n_keys, plan->n_varied, &maker, &err),
        STATUS_OK);
    for (uint32_t point = 0; point < plan->n_points; point++) {
        for (uint32_t k = 0; k < plan->n_keys; k++)
            value[k] = plan_value(plan, point, k);
        plan_add(maker, value.data());
    }
    EXPECT_EQ(plan_finish(maker, 0)->hash, plan->hash);
}

TEST_F(SweepPlanTest, AnyChangedByteIsFound)
{
    for (const char *name : {"d/plan.csv", "d/sweep.yaml", "d/plan.json"}) {
        const std::string text = read(name);
        for (size_t i = 0; i < text.size(); i += text.size() / 60 + 1) {
            std::string changed = text;
            changed[i] = changed[i] == '7' ? '8' : '7';
            write(name, changed);
            const Plan *again;
            err = Err{};
            EXPECT_EQ(plan_load(arena, path("d").c_str(), &again, &err), STATUS_INPUT)
                << name << " byte " << i;
            EXPECT_EQ(std::string(err.message).find(path(name) + ":"), 0u) << err.message;
        }
        write(name, text);
    }
}

TEST_F(SweepPlanTest, AnyShortenedFileIsFound)
{
    for (const char *name : {"d/plan.csv", "d/sweep.yaml", "d/plan.json"}) {
        const std::string text = read(name);
        for (size_t n = 0; n + 3 < text.size(); n += text.size() / 40 + 1) {
            write(name, text.substr(0, n));
            const Plan *again;
            EXPECT_EQ(plan_load(arena, path("d").c_str(), &again, &err), STATUS_INPUT)
                << name << " cut to " << n;
        }
        write(name, text);
    }
}

TEST_F(SweepPlanTest, DamageIsToldWithItsPlace)
{
    std::string csv = read("d/plan.csv");
    csv.replace(csv.find("\n2,2,"), 5, "\n2,3,");
    write("d/plan.csv", csv);
    EXPECT_EQ(load_message().substr(0, 53),
              "d/plan.csv:4:27: check: '51b869e5' does not belong to");
    write("d/sweep.yaml", read("d/sweep.yaml") + "# more\n");
    EXPECT_EQ(load_message(), "d/sweep.yaml:1:1: not the text that the plan was made from; "
                              "expected it unchanged");
}

TEST_F(SweepPlanTest, AMissingFileIsAnErrorOfInputOutput)
{
    const Plan *again;
    std::filesystem::remove(path("d/plan.json"));
    EXPECT_EQ(plan_load(arena, path("d").c_str(), &again, &err), STATUS_IO);
}

} // namespace
