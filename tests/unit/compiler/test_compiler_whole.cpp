// compile() as a whole: the published memory figures, refusals with hints that hold, summaries,
// dumps.
#include <cstdlib>

#include "base/hash.h"
#include "compiler_fixture.h"
#include "models/quantize.h"

class Whole : public CompilerTest
{
  protected:
    const Chip *load(const char *name, std::vector<ChipSetting> setting = {})
    {
        const Chip *loaded = nullptr;
        std::string folder = std::string(EGRET_SOURCE_DIR) + "/arch/chips";
        Status status = chip_load(arena, name, folder.c_str(), setting.data(),
                                  static_cast<uint32_t>(setting.size()), &loaded, &err);
        EXPECT_EQ(status, STATUS_OK) << err.message;
        return loaded;
    }
    const Topology *topology_of(const Chip *on)
    {
        const Topology *topology = nullptr;
        EXPECT_EQ(topology_build(arena, on, &topology, &err), STATUS_OK) << err.message;
        return topology;
    }
    // The numbers after "by layer: " of a hint.
    static std::vector<uint32_t> hinted(const std::string &hint)
    {
        std::vector<uint32_t> count;
        size_t at = hint.find("by layer: ");
        if (at == std::string::npos)
            return count;
        for (const char *text = hint.c_str() + at + 10; *text != ')' && *text != '\0';) {
            char *end = nullptr;
            count.push_back(static_cast<uint32_t>(std::strtoul(text, &end, 10)));
            text = *end == ',' ? end + 1 : end;
        }
        return count;
    }
    SparseRows dense_rows(uint32_t n_rows, uint32_t n_units)
    {
        uint64_t n_cols = 3 * uint64_t{n_units}, n = n_rows * n_cols;
        uint64_t *row_start = ARENA_ARRAY(arena, uint64_t, n_rows + 1);
        uint32_t *col = ARENA_ARRAY(arena, uint32_t, n);
        float *weight = ARENA_ARRAY(arena, float, n);
        for (uint64_t row = 0, i = 0; row < n_rows; row++) {
            for (uint32_t c = 0; c < n_cols; c++, i++) {
                col[i] = c;
                weight[i] = 1.0f;
            }
            row_start[row + 1] = i;
        }
        return SparseRows{n_rows, static_cast<uint32_t>(n_cols), n, row_start, col, weight};
    }
    static uint32_t sum(const std::vector<uint32_t> &count)
    {
        uint32_t total = 0;
        for (uint32_t c : count)
            total += c;
        return total;
    }
};

// 750/1350/1350/750 at exactly 5 % on 150 cores in 32-bit floats: the published deployment of
// Nazeer et al. 2023 used 88.3 kB of data memory per core.
class PublishedDeployment : public Whole
{
  protected:
    const Network *network = generate({750, 1350, 1350, 750}, 0.05, PICK_EXACT);
    const Chip *spinnaker2 = load("spinnaker2", {{"grid.usable_cores", "150"}});
    PublishedDeployment()
    {
        set_counts({50, 50, 50});
    }
};

TEST_F(PublishedDeployment, Nazeer2023TargetRowsOf32BitIndicesTake88kB)
{
    options.format = FORMAT_TARGET;
    options.index_bits = 32;
    options.placement = "sequential"; // layer 1 from core 50 on
    ASSERT_EQ(run(network, spinnaker2, topology_of(spinnaker2)), STATUS_OK) << err.message;
    EXPECT_EQ(summary->busiest_weights, 10935u);
    EXPECT_EQ(summary->busiest_weight_bytes, 87480u);
    EXPECT_EQ(summary->busiest_network_bytes, 89000u); // + pointers 656, parameters 756, state 108
    EXPECT_NEAR(static_cast<double>(summary->busiest_network_bytes), 88300.0, 883.0);
    EXPECT_EQ(summary->busiest_core, 50u);
    EXPECT_EQ(summary->n_cores, 150u);
    EXPECT_EQ(summary->layer[1].min_units, 27u);
    EXPECT_EQ(summary->layer[1].max_units, 27u);
    EXPECT_EQ(program_check(program, spinnaker2, &err), STATUS_OK) << err.message;
}

TEST_F(PublishedDeployment, SourceRowsOf32BitIndicesAreRefusedWithTheShortage)
{
    options.format = FORMAT_SOURCE;
    options.index_bits = 32;
    ASSERT_EQ(run(network, spinnaker2), STATUS_NO_FIT);
    uint64_t stack = cost_count(&spinnaker2->software.stack_bytes);
    std::string expected =
        "core 50: data memory does not fit: " + std::string(number_text(100448 + stack).text) +
        " bytes needed, 98,304 available (weights 43,740, indices 43,740, row pointers 10,808, ";
    EXPECT_EQ(std::string(err.message).substr(0, expected.size()), expected);
    std::vector<uint32_t> count = hinted(err.hint);
    ASSERT_EQ(count.size(), 3u) << err.hint;
    EXPECT_NE(std::string(err.hint).find("at least"), std::string::npos);
    const Chip *larger = load("spinnaker2", {{"grid.usable_cores", "152"}});
    set_counts(count);
    if (sum(count) <= 152) {
        EXPECT_EQ(run(network, larger), STATUS_OK) << err.message;
        EXPECT_EQ(summary->min_cores, sum(count));
    }
}

TEST_F(PublishedDeployment, WaysToFitAreNamedAndHold)
{
    options.format = FORMAT_SOURCE;
    options.index_bits = 32;
    ASSERT_EQ(run(network, spinnaker2), STATUS_NO_FIT);
    const std::string hint = err.hint;
    EXPECT_NE(hint.find("; it would fit with bf16 or int8 weights, or with at most 92.8 % of the "
                        "weights"),
              std::string::npos)
        << hint;
    for (Precision precision : {PRECISION_BF16, PRECISION_INT8}) {
        const Network *lower;
        const QuantizeOptions quantize{};
        ASSERT_EQ(network_quantize(arena, network, precision, &quantize, &lower, &err), STATUS_OK);
        EXPECT_EQ(run(lower, spinnaker2), STATUS_OK) << err.message;
    }
    // 124 and 128 instead of 135 weights for each target of the fullest layer: 91.9 and 94.8 %
    EXPECT_EQ(run(generate({750, 1350, 1350, 750}, 0.046, PICK_EXACT), spinnaker2), STATUS_OK)
        << err.message;
    EXPECT_EQ(run(generate({750, 1350, 1350, 750}, 0.0475, PICK_EXACT), spinnaker2), STATUS_NO_FIT);
}

TEST_F(PublishedDeployment, MoreCoresThanTheChipHasAreCountedInChips)
{
    options.n_core_counts = 0;
    Chip small = *spinnaker2;
    small.grid.usable_cores = 40;
    ASSERT_EQ(run(network, &small), STATUS_NO_FIT);
    const std::string hint = err.hint;
    EXPECT_NE(
        hint.find(", those of 2 such chips; it would fit with int8 weights, or with at most "),
        std::string::npos)
        << hint;
}

TEST_F(PublishedDeployment, SourceRowsOf16BitIndicesAreAccepted)
{
    options.format = FORMAT_SOURCE;
    options.index_bits = 16;
    ASSERT_EQ(run(network, spinnaker2), STATUS_OK) << err.message;
    EXPECT_EQ(summary->busiest_weights, 10935u);
    EXPECT_LE(summary->busiest_data_bytes, summary->available_data_bytes);
    EXPECT_EQ(summary->layer[1].max_index_bits, 16u);
}

TEST_F(PublishedDeployment, LeftToItselfTheCompilerUsesSourceRowsOf8BitIndices)
{
    options.n_core_counts = 0;
    ASSERT_EQ(run(network, spinnaker2), STATUS_OK) << err.message;
    for (uint32_t l = 0; l < 3; l++) {
        EXPECT_EQ(summary->layer[l].n_matrices[FORMAT_SOURCE], 2 * summary->layer[l].n_slices);
        EXPECT_EQ(summary->layer[l].max_index_bits, 8u);
    }
    EXPECT_LE(summary->n_cores, 150u);
    EXPECT_LT(summary->min_cores, summary->n_cores);
}

TEST_F(PublishedDeployment, TheSmallestNumberOfCoresInTheSummaryHoldsAndOneLessDoesNot)
{
    options.n_core_counts = 0;
    ASSERT_EQ(run(network, spinnaker2), STATUS_OK) << err.message;
    uint32_t min_cores = summary->min_cores;
    Chip fewer = *spinnaker2;
    fewer.grid.usable_cores = min_cores;
    ASSERT_EQ(run(network, &fewer), STATUS_OK) << err.message;
    EXPECT_EQ(summary->n_cores, min_cores);
    fewer.grid.usable_cores = min_cores - 1;
    EXPECT_EQ(run(network, &fewer), STATUS_NO_FIT);
    std::vector<uint32_t> count = hinted(err.hint);
    EXPECT_EQ(sum(count), min_cores) << err.hint;
    EXPECT_NE(std::string(err.hint).find("it takes at least " + std::to_string(min_cores)),
              std::string::npos)
        << err.hint;
}

TEST_F(Whole, TheHintedCountsCompileAndFewerDoNot)
{
    TestChip::set(chip.core.data_bytes, 30000);
    for (uint64_t seed = 1; seed <= 6; seed++) {
        const Network *network = generate({30, 60, 90}, 0.3, PICK_BERNOULLI, seed);
        for (int32_t format : {-1, 0, 1}) {
            options.format = format;
            set_counts({1, 1});
            ASSERT_EQ(run(network), STATUS_NO_FIT);
            std::vector<uint32_t> count = hinted(err.hint);
            ASSERT_EQ(count.size(), 2u) << err.hint;
            set_counts(count);
            ASSERT_EQ(run(network), STATUS_OK) << err.message;
            EXPECT_EQ(summary->min_cores, sum(count));
            for (size_t l = 0; l < 2; l++) {
                if (count[l] == 1)
                    continue;
                std::vector<uint32_t> fewer = count;
                fewer[l]--;
                set_counts(fewer);
                EXPECT_EQ(run(network), STATUS_NO_FIT) << "seed " << seed << " layer " << l;
            }
        }
    }
}

TEST_F(Whole, TheHintForSharedCoresCompilesAndFewerDoNot)
{
    TestChip::set(chip.core.data_bytes, 30000);
    options.share_cores = true;
    const Network *network = generate({30, 60, 90}, 0.3);
    set_counts({1, 1});
    ASSERT_EQ(run(network), STATUS_NO_FIT);
    std::vector<uint32_t> count = hinted(err.hint);
    ASSERT_EQ(count.size(), 2u) << err.hint;
    EXPECT_EQ(count[0], count[1]);
    set_counts(count);
    ASSERT_EQ(run(network), STATUS_OK) << err.message;
    EXPECT_EQ(summary->min_cores, count[0]);
    expect_images_hold(program, network);
    set_counts({count[0] - 1, count[0] - 1});
    EXPECT_EQ(run(network), STATUS_NO_FIT);
}

TEST_F(Whole, ANetworkBeyondTheChipSaysWhatItWouldTake)
{
    const Network *network = generate({100, 400, 300}, 1.0);
    EXPECT_EQ(run(network), STATUS_NO_FIT);
    EXPECT_NE(std::string(err.message).find("data memory does not fit"), std::string::npos);
    std::string hint = err.hint;
    EXPECT_EQ(
        hint.rfind(
            "no number of cores up to the chip's 16 usable ones would do; it takes at least ", 0),
        0u)
        << hint;
    std::vector<uint32_t> count = hinted(hint);
    ASSERT_EQ(count.size(), 2u);
    TestChip larger;
    larger.tiles.resize(64);
    for (uint32_t t = 4; t < 64; t++)
        larger.tiles[t] = {1 + t / 2, 1 + t % 2};
    larger.chip.tile = larger.tiles.data();
    larger.chip.n_tiles = 64;
    larger.chip.n_cores = 256;
    larger.chip.grid.usable_cores = sum(count);
    set_counts(count);
    EXPECT_EQ(run(network, &larger.chip), STATUS_OK) << err.message;
}

TEST_F(Whole, ALayerWhoseUnitsAreTooLargeIsNamedInTheHint)
{
    TestChip::set(chip.core.data_bytes, 4000);
    EXPECT_EQ(
        run(build({400, 5}, [](uint32_t, bool, uint32_t, uint32_t, uint32_t) { return 1.0f; })),
        STATUS_NO_FIT);
    EXPECT_STREQ(err.hint, "no number of cores would do: not even one unit of layer0 fits a core");
}

TEST_F(Whole, AFullSystemMemoryIsNamedWithItsRegions)
{
    TestChip::set(chip.software.code_bytes, 32000);
    EXPECT_EQ(run(generate({10, 5}, 0.5)), STATUS_NO_FIT);
    EXPECT_NE(
        std::string(err.message)
            .find("system memory does not fit: 34,048 bytes needed, 32,768 available (code 32,000, "
                  "receive fifo 2,048)"),
        std::string::npos)
        << err.message;
}

TEST_F(Whole, TheSameInputGivesTheSameBytes)
{
    const Network *network = generate({33, 40, 21}, 0.3);
    ASSERT_EQ(run(network), STATUS_OK) << err.message;
    const Program *first = program;
    ASSERT_EQ(run(network), STATUS_OK) << err.message;
    EXPECT_EQ(first->hash, program->hash);
    ASSERT_EQ(first->n_cores, program->n_cores);
    for (uint32_t c = 0; c < program->n_cores; c++) {
        ASSERT_EQ(first->core[c].image_bytes, program->core[c].image_bytes);
        EXPECT_EQ(
            std::memcmp(first->core[c].image, program->core[c].image, program->core[c].image_bytes),
            0);
    }
}

TEST_F(Whole, TheSummaryAgreesWithTheProgram)
{
    const Network *network = generate({33, 40, 21}, 0.3);
    set_counts({7, 4});
    ASSERT_EQ(run(network), STATUS_OK) << err.message;
    EXPECT_EQ(summary->n_layers, 2u);
    EXPECT_EQ(summary->layer[0].n_slices, 7u);
    EXPECT_EQ(summary->layer[0].min_units, 5u);
    EXPECT_EQ(summary->layer[0].max_units, 6u);
    uint64_t n_weights = 0, most = 0;
    for (uint32_t l = 0; l < 2; l++) {
        EXPECT_EQ(summary->layer[l].n_weights,
                  network->layer[l].input.n_nonzeros + network->layer[l].recurrent.n_nonzeros);
        n_weights += summary->layer[l].n_weights;
    }
    uint64_t in_images = 0;
    for (uint32_t c = 0; c < program->n_cores; c++) {
        const CoreProgram &core = program->core[c];
        most = std::max(most, program_memory_bytes(&core, 1));
        in_images += core.slice[0].input.n_weights + core.slice[0].recurrent.n_weights;
        if (core.core == summary->busiest_core) {
            EXPECT_EQ(program_memory_bytes(&core, 1), summary->busiest_data_bytes);
        }
    }
    EXPECT_EQ(in_images, n_weights);
    EXPECT_EQ(most, summary->busiest_data_bytes);
    EXPECT_EQ(summary->busiest_network_bytes, most - 2048);
    EXPECT_EQ(summary->max_system_bytes, 8192u + 2048u);
    EXPECT_EQ(summary->available_data_bytes, 98304u);
    EXPECT_EQ(summary->n_routes, program_entries(program));
}

TEST_F(Whole, DumpsShowWhatEachPassAdds)
{
    set_counts({2, 1});
    options.dump = "cre";
    char *text = nullptr;
    size_t n = 0;
    options.dump_stream = open_memstream(&text, &n);
    ASSERT_EQ(run(generate({4, 6, 3}, 0.5)), STATUS_OK) << err.message;
    fclose(options.dump_stream);
    std::string dump(text);
    free(text);
    EXPECT_EQ(dump.rfind("mapping of generated onto test after pass cores\n", 0), 0u);
    size_t routes = dump.find("after pass routes");
    ASSERT_NE(routes, std::string::npos);
    EXPECT_NE(dump.find("after pass emit"), std::string::npos);
    EXPECT_EQ(dump.find("after pass split"), std::string::npos);
    EXPECT_EQ(dump.substr(0, routes).find("mask"), std::string::npos);
    EXPECT_NE(dump.find("mask", routes), std::string::npos);
    EXPECT_NE(dump.find("host", routes), std::string::npos);
}

// Counts what it is told; ends the compilation when told so often.
struct Listener {
    uint32_t n_told = 0, last = UINT32_MAX;
    std::string passes;
    static bool hear(void *context, const char *pass, uint64_t done, uint64_t total)
    {
        auto *self = static_cast<Listener *>(context);
        EXPECT_LE(done, total);
        if (self->passes.size() < std::string(pass).size() ||
            self->passes.substr(self->passes.size() - std::string(pass).size()) != pass)
            self->passes += std::string(" ") + pass;
        return ++self->n_told < self->last;
    }
};
TEST_F(Whole, WhoListensChangesNothingAndCanEndIt)
{
    const Network *network = generate({4, 6, 3}, 0.5);
    const Chip *board = load("tiny-board");
    const Topology *graph = topology_of(board);
    Listener listener;
    set_counts({2, 1});
    options.placement = "anneal";
    options.effort = 1;
    ASSERT_EQ(run(network, board, graph), STATUS_OK) << err.message;
    const uint64_t quiet = program->hash;
    options.progress = Listener::hear;
    options.progress_context = &listener;
    ASSERT_EQ(run(network, board, graph), STATUS_OK) << err.message;
    EXPECT_EQ(program->hash, quiet);
    EXPECT_EQ(listener.passes, " cores split place format memory keys routes tables emit");
    const uint32_t n_told = listener.n_told;
    EXPECT_GT(n_told, 11U);
    for (uint32_t last = 1; last <= n_told; last++) {
        listener = Listener{0, last, ""};
        EXPECT_EQ(run(network, board, graph), STATUS_INTERRUPTED);
        EXPECT_EQ(program, nullptr);
        EXPECT_EQ(listener.n_told, last);
        const std::string pass = listener.passes.substr(listener.passes.rfind(' ') + 1);
        EXPECT_EQ(std::string(err.message), "interrupted in the compiler's pass '" + pass + "'");
    }
}
TEST_F(Whole, ADenseNetworkOf24MillionWeightsIsRefusedWithTheCountItTakes)
{
    const uint32_t size[] = {750, 1350, 1350, 750};
    const Network *shape = build({750, 1350, 1350, 750},
                                 [](uint32_t, bool, uint32_t, uint32_t, uint32_t) { return 0.0f; });
    uint64_t n_weights = 0;
    for (uint32_t l = 0; l < 3; l++) {
        Layer *layer = const_cast<Layer *>(&shape->layer[l]);
        layer->input = dense_rows(size[l], size[l + 1]);
        layer->recurrent = dense_rows(size[l + 1], size[l + 1]);
        n_weights += layer->input.n_nonzeros + layer->recurrent.n_nonzeros;
    }
    ASSERT_EQ(n_weights, 24165000u);
    EXPECT_EQ(run(shape, load("spinnaker2")), STATUS_NO_FIT);
    EXPECT_GT(sum(hinted(err.hint)), 1000u) << err.hint;
}
