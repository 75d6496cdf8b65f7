// Random networks on the chips that come with Egret, in every format and placement: whatever compiles
// holds the network's weights exactly and passes program_check, and cores do not change what is stored.
#include "../unit/compiler/compiler_fixture.h"

#include "base/rng.h"

class RandomNetworks : public CompilerTest, public ::testing::WithParamInterface<uint64_t>
{
  protected:
    Rng rng = rng_make(20, GetParam());

    uint32_t between(uint32_t low, uint32_t high)
    {
        return low + static_cast<uint32_t>(rng_below(&rng, high - low + 1));
    }

    void compile_on(const Chip *on, const Topology *topology, const Network *network)
    {
        static const char *const placement[] = {nullptr,   "sequential", "snake", "near-router",
                                                "hilbert", "rcm",        "force", "anneal"};
        options = CompileOptions{};
        options.format = static_cast<int32_t>(between(0, 2)) - 1;
        options.index_bits = between(0, 1) != 0 ? 0 : 32;
        options.placement = placement[between(0, 7)];
        options.effort = 1;
        options.share_cores = between(0, 2) == 0;
        if (between(0, 1) != 0) {
            std::vector<uint32_t> count;
            uint32_t most = options.share_cores ? on->grid.usable_cores
                                                : on->grid.usable_cores / network->n_layers;
            for (uint32_t l = 0; l < network->n_layers; l++)
                count.push_back(between(1, std::min(network->layer[l].n_units, most)));
            set_counts(count);
        }
        Status status = run(network, on, topology);
        ASSERT_TRUE(status == STATUS_OK || status == STATUS_NO_FIT) << err.message;
        if (status == STATUS_NO_FIT) {
            EXPECT_NE(err.hint[0], '\0') << err.message;
            return;
        }
        EXPECT_EQ(program_check(program, on, &err), STATUS_OK) << err.message;
        expect_images_hold(program, network);
        EXPECT_LE(summary->min_cores, summary->n_cores);
    }
};

TEST_P(RandomNetworks, CompileToProgramsThatHoldThem)
{
    std::vector<uint32_t> size;
    uint32_t n_layers = between(1, 4);
    for (uint32_t i = 0; i <= n_layers; i++)
        size.push_back(between(1, 120));
    double density = between(0, 3) == 0 ? 1.0 : rng_uniform(&rng) * 0.4;
    const Network *network = generate(size, density, PICK_BERNOULLI, GetParam());
    std::string folder = std::string(EGRET_SOURCE_DIR) + "/arch/chips";
    for (const char *name : {"spinnaker2", "tiny-2x2"}) {
        const Chip *on = nullptr;
        const Topology *topology = nullptr;
        ASSERT_EQ(chip_load(arena, name, folder.c_str(), nullptr, 0, &on, &err), STATUS_OK)
            << err.message;
        ASSERT_EQ(topology_build(arena, on, &topology, &err), STATUS_OK) << err.message;
        for (int i = 0; i < 3; i++) {
            SCOPED_TRACE(name);
            compile_on(on, topology, network);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomNetworks, ::testing::Range(uint64_t{1}, uint64_t{21}));
