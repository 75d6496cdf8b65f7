// Options that contradict network or chip are refused, each with its own line.
#include "compiler_fixture.h"

class Options : public CompilerTest
{
  protected:
    void expect_refused(const Network *network, Status status, const char *message)
    {
        EXPECT_EQ(run(network), status);
        EXPECT_STREQ(err.message, message);
        EXPECT_EQ(program, nullptr);
        EXPECT_EQ(summary, nullptr);
    }
};

TEST_F(Options, CoreCountsMustBeOneForEachLayer)
{
    set_counts({3});
    expect_refused(generate({5, 6, 7}, 0.5), STATUS_USAGE,
                   "cores are given for 1 layers, the network has 2");
}

TEST_F(Options, ALayerTakesAtMostOneCoreForEachUnitAndAtLeastOne)
{
    const Network *network =
        build({5, 6}, [](uint32_t, bool, uint32_t, uint32_t, uint32_t) { return 1.0f; });
    set_counts({7});
    expect_refused(network, STATUS_USAGE,
                   "7 cores are asked for layer layer0; it can take 1 to 6, one for each unit");
    set_counts({0});
    expect_refused(network, STATUS_USAGE,
                   "0 cores are asked for layer layer0; it can take 1 to 6, one for each unit");
}

TEST_F(Options, MoreCoresThanUsableAreRefusedWithTheWayOut)
{
    set_counts({9, 8});
    expect_refused(generate({5, 9, 9}, 0.5), STATUS_USAGE,
                   "17 cores are asked for, chip test has 16 usable ones");
    EXPECT_STREQ(err.hint, "grid.usable_cores is a value of the chip and can be set, up to 16");
    options.share_cores = true; // nine cores hold both
    EXPECT_EQ(run(generate({5, 9, 9}, 0.5)), STATUS_OK) << err.message;
    EXPECT_EQ(summary->n_cores, 9u);
    options.share_cores = false;
    options.split = "shared"; // says the same
    EXPECT_EQ(run(generate({5, 9, 9}, 0.5)), STATUS_OK) << err.message;
    EXPECT_EQ(summary->n_cores, 9u);
    chip.grid.usable_cores = 8;
    expect_refused(generate({5, 9, 9}, 0.5), STATUS_USAGE,
                   "9 cores are asked for, chip test has 8 usable ones");
}

TEST_F(Options, CellsThatNeedMoreThanEventsAreUnsupported)
{
    const Network *network =
        build({5, 6}, [](uint32_t, bool, uint32_t, uint32_t, uint32_t) { return 1.0f; });
    const_cast<Layer *>(network->layer)->cell = cell_find("egru-paper");
    expect_refused(
        network, STATUS_UNSUPPORTED,
        "layer layer0: cell egru-paper cannot be split over cores: the reset gate of a source "
        "unit is needed before its event can be weighted");
}

TEST_F(Options, FormatsAndIndexWidthsThatDoNotExistAreRefused)
{
    const Network *network = generate({5, 6}, 0.5);
    options.format = N_FORMATS;
    expect_refused(network, STATUS_USAGE,
                   "weight format 4 does not exist; expected 0 (source) to 3 (dense-mla) or -1 "
                   "(choose)");
    options.format = -1;
    options.index_bits = 12;
    expect_refused(network, STATUS_USAGE,
                   "12-bit indices do not exist; expected 8, 16, 32 or 0 (narrowest)");
}

TEST_F(Options, IndicesForcedTooNarrowAreRefusedNamingTheSlice)
{
    const Network *network = build({300, 90}, [](uint32_t, bool, uint32_t s, uint32_t, uint32_t u) {
        return (s + u) % 7 == 0 ? 1.0f : 0.0f;
    });
    set_counts({1});
    options.index_bits = 8;
    options.format = FORMAT_SOURCE;
    expect_refused(network, STATUS_USAGE,
                   "8-bit indices are too narrow for a slice of 90 units of layer0: in source "
                   "format they count "
                   "270 targets, which takes 16 bits");
    options.format = FORMAT_TARGET;
    expect_refused(network, STATUS_USAGE,
                   "8-bit indices are too narrow for a slice of 90 units of layer0: in target "
                   "format they count "
                   "300 sources, which takes 16 bits");
    options.format = -1;
    expect_refused(network, STATUS_USAGE,
                   "8-bit indices are too narrow for a slice of 90 units of layer0: in source "
                   "format they count "
                   "270 targets, which takes 16 bits");
    set_counts({2}); // 135 targets a slice
    EXPECT_EQ(run(network), STATUS_OK) << err.message;
}

TEST_F(Options, FreeCoreCountsGrowUntilForcedIndicesAreWideEnough)
{
    options.index_bits = 8;
    options.format = FORMAT_SOURCE;
    ASSERT_EQ(run(generate({20, 500}, 0.02)), STATUS_OK) << err.message;
    EXPECT_GE(summary->layer[0].n_cores, 6u); // 85 units a slice at most
}

TEST_F(Options, ALetterWithoutAPassIsRefusedWithTheLetters)
{
    options.dump = "cx";
    expect_refused(
        generate({5, 6}, 0.5), STATUS_USAGE,
        "no pass has the letter 'x'; there are: c cores, s split, p place, f format, m memory, "
        "k keys, r routes, t tables, e emit");
}

TEST_F(Options, PassesHaveDistinctLetters)
{
    const PassName *pass = nullptr;
    uint32_t n = compile_passes(&pass);
    ASSERT_EQ(n, 9u);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < i; j++)
            EXPECT_NE(pass[i].letter, pass[j].letter);
}
