// Formats left to the compiler are never worse by its own estimate than any one format asked for,
// the other options the same: random networks, chips, precisions and objectives, and a network of
// the published size that went wrong once.
#include "../unit/compiler/compiler_fixture.h"

#include "base/rng.h"
#include "models/quantize.h"

class FormatAuto : public CompilerTest
{
  protected:
    Chip chip_of_own{};
    const Topology *topology = nullptr;

    void load_chip(const char *name)
    {
        const std::string folder = std::string(EGRET_SOURCE_DIR) + "/arch/chips";
        const Chip *loaded = nullptr;
        ASSERT_EQ(chip_load(arena, name, folder.c_str(), nullptr, 0, &loaded, &err), STATUS_OK)
            << err.message;
        chip_of_own = *loaded;
        ASSERT_EQ(topology_build(arena, &chip_of_own, &topology, &err), STATUS_OK) << err.message;
    }

    const Network *quantized(const Network *network, Precision precision)
    {
        const Network *result = nullptr;
        EXPECT_EQ(network_quantize(arena, network, precision, nullptr, &result, &err), STATUS_OK)
            << err.message;
        return result;
    }

    // All units of all layers, and all inputs, at one rate each.
    const UnitRates *rates_of(const Network *network, double input, double unit)
    {
        const auto filled = [this](uint32_t n, double rate) {
            auto *of = ARENA_ARRAY(arena, double, n);
            std::fill(of, of + n, rate);
            return static_cast<const double *>(of);
        };
        const double **layer = ARENA_ARRAY(arena, const double *, network->n_layers);
        for (uint32_t l = 0; l < network->n_layers; l++)
            layer[l] = filled(network->layer[l].n_units, unit);
        auto *rates = ARENA_ARRAY(arena, UnitRates, 1);
        *rates = UnitRates{filled(network->n_inputs, input), layer};
        return rates;
    }

    // By the estimate of what was compiled last; less is better.
    double figure() const
    {
        const CompileEstimate &estimate = summary->estimate;
        switch (options.objective) {
        case OBJECTIVE_LATENCY:
            return estimate.latency_us;
        case OBJECTIVE_THROUGHPUT:
            return 1.0 / estimate.tokens_per_second;
        case OBJECTIVE_ENERGY:
            return estimate.energy_uj;
        default:
            return summary->n_cores;
        }
    }

    bool compile_in(const Network *network, int32_t format, double *out)
    {
        options.format = format;
        const Status status = run(network, &chip_of_own, topology);
        if (status == STATUS_OK)
            *out = figure();
        return status == STATUS_OK;
    }

    // Returns how many single formats there were to compare with.
    int expect_best(const Network *network)
    {
        double best = 0.0, single = 0.0;
        int n = 0;
        const bool fits = compile_in(network, -1, &best);
        for (int f = 0; f < N_FORMATS; f++) {
            if (!compile_in(network, f, &single))
                continue;
            EXPECT_TRUE(fits) << format_name(static_cast<WeightFormat>(f));
            EXPECT_LE(best, single * (1.0 + 1e-9)) << format_name(static_cast<WeightFormat>(f));
            n++;
        }
        return n;
    }
};

TEST_F(FormatAuto, IsBestAtThePublishedSizeInInt8)
{
    load_chip("spinnaker2");
    const Network *network =
        quantized(generate({750, 1350, 1350, 750}, 0.1, PICK_EXACT), PRECISION_INT8);
    options.split = nullptr;
    options.rates = rates_of(network, 1.0, 0.2);
    EXPECT_EQ(expect_best(network), 3);
}

class RandomFormats : public FormatAuto, public ::testing::WithParamInterface<int>
{
};

TEST_P(RandomFormats, LeftToTheCompilerAreNeverWorseThanOne)
{
    static const char *const chips[] = {"spinnaker2", "tiny-2x2", "loihi-like", "spinnaker1"};
    Rng rng = rng_make(static_cast<uint64_t>(GetParam()), 31);
    const auto between = [&](uint32_t low, uint32_t high) {
        return low + static_cast<uint32_t>(rng_below(&rng, high - low + 1));
    };
    std::vector<uint32_t> size;
    const uint32_t n_layers = between(1, 4), most = between(0, 2) == 0 ? 400 : 100;
    const char *name = chips[between(0, 3)];
    for (uint32_t l = 0; l <= n_layers; l++)
        size.push_back(between(1, most));
    load_chip(name);
    if (between(0, 1) != 0)
        TestChip::set(chip_of_own.core.data_bytes, between(12, 60) * 1024.0);
    const double density = between(0, 5) == 0 ? 1.0 : rng_uniform(&rng) * rng_uniform(&rng);
    const auto precision = static_cast<Precision>(between(0, N_PRECISIONS - 1));
    const Network *network =
        quantized(generate(size, density, PICK_BERNOULLI, GetParam()), precision);
    const double input = between(0, 1) != 0 ? 1.0 : rng_uniform(&rng);
    options.rates = rates_of(network, input, 0.7 * rng_uniform(&rng));
    options.split = nullptr;
    options.placement = "sequential";
    options.share_cores = between(0, 5) == 0;
    options.objective = static_cast<Objective>(between(0, 3));
    SCOPED_TRACE(testing::Message()
                 << name << ", " << n_layers << " layers, " << size[0] << ".." << most
                 << ", density " << density << ", " << precision_name(precision) << ", "
                 << objective_name(options.objective) << ", share " << options.share_cores);
    expect_best(network);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomFormats, ::testing::Range(0, 64));
// 118: fewest cores in one format; 205: averages promise more than units dealt in earnest keep
INSTANTIATE_TEST_SUITE_P(SeenWrong, RandomFormats, ::testing::Values(118, 205));
