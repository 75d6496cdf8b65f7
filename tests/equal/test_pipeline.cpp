// Network x Chip -> Program -> Trace, over random networks and random chips: what every core computes
// from its own memory image and the packets that reached it equals the reference run, bit for bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/rng.h"
#include "compiler/compiler.h"
#include "models/generate.h"
#include "models/reference.h"
#include "sim/sim.h"

namespace
{

constexpr uint32_t kNetworks = 20, kChips = 5, kSteps = 12;

std::string TextOf(const std::string &path)
{
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

uint32_t Between(Rng *rng, uint32_t low, uint32_t high)
{
    return low + static_cast<uint32_t>(rng_below(rng, high - low + 1));
}

// A grid of random size with one to three router cells in one column and a few holes.
std::string RandomGrid(Rng *rng)
{
    uint32_t width = Between(rng, 3, 7), height = Between(rng, 2, 6);
    uint32_t router_x = Between(rng, 0, width - 1), router_y = Between(rng, 0, height - 1);
    uint32_t router_rows = Between(rng, 1, std::min(3u, height - router_y));
    uint32_t cores_per_tile = Between(rng, 1, 4);
    std::string holes, router;
    for (uint32_t i = 0; i < router_rows; i++)
        router += (i ? ", [" : "[") + std::to_string(router_x) + ", " +
                  std::to_string(router_y + i) + "]";
    uint32_t n_holes = 0;
    if (rng_below(rng, 2) && router_x + 1 < width) {
        holes = "[" + std::to_string(width - 1) + ", " + std::to_string(height - 1) + "]";
        n_holes = 1;
    }
    uint32_t cores = (width * height - n_holes - router_rows) * cores_per_tile;
    std::ostringstream text;
    text << "grid:\n  x: [0, " << width - 1 << "]\n  y: [0, " << height - 1 << "]\n  holes: ["
         << holes << "]\n  router: [" << router << "]\n  cores_per_tile: " << cores_per_tile
         << "\n  usable_cores: " << Between(rng, std::min(4u, cores), cores)
         << "\n  source: \"TINY random\"\n\n";
    return text.str();
}

struct Settings {
    std::vector<std::string> key, value;
    void Add(const char *name, uint64_t number)
    {
        key.push_back(name);
        value.push_back(std::to_string(number));
    }
    std::vector<ChipSetting> Views() const
    {
        std::vector<ChipSetting> views;
        for (size_t i = 0; i < key.size(); i++)
            views.push_back({key[i].c_str(), value[i].c_str()});
        return views;
    }
};

Settings RandomSettings(Rng *rng)
{
    Settings settings;
    settings.Add("core.data_bytes", 1 << 20);
    settings.Add("core.system_bytes", 1 << 20);
    settings.Add("core.receive_fifo_packets", Between(rng, 1, 20));
    settings.Add("core.inject_queue_packets", Between(rng, 1, 3));
    settings.Add("software.receive_event_cycles", Between(rng, 1, 40));
    settings.Add("software.update_egru_cycles", Between(rng, 1, 150));
    settings.Add("noc.hz", 1000 * Between(rng, 50000, 500000));
    settings.Add("noc.hop_cycles", Between(rng, 1, 7));
    settings.Add("noc.buffer_flits", Between(rng, 1, 4));
    settings.Add("router.hz", 1000 * Between(rng, 50000, 500000));
    settings.Add("router.port_queue_packets", Between(rng, 1, 8));
    settings.Add("noc.link_bits", 96 / Between(rng, 1, 4)); // of flits of 96
    return settings;
}

// A chip that can be routed; drawn again where a hole cuts a tile off.
const Chip *RandomChip(Arena *arena, Rng *rng, const Topology **topology)
{
    std::string text = TextOf(std::string(EGRET_SOURCE_DIR) + "/arch/chips/tiny-2x2.yaml");
    size_t begin = text.find("grid:"), end = text.find("core:\n");
    for (int attempt = 0; attempt < 100; attempt++) {
        std::string drawn = text.substr(0, begin) + RandomGrid(rng) + text.substr(end);
        Settings settings = RandomSettings(rng);
        std::vector<ChipSetting> views = settings.Views();
        const Chip *chip = nullptr;
        Err err = {};
        if (chip_parse(arena, "random", drawn.c_str(), views.data(),
                       static_cast<uint32_t>(views.size()), &chip, &err) != STATUS_OK)
            continue;
        if (topology_build(arena, chip, topology, &err) == STATUS_OK)
            return chip;
    }
    return nullptr;
}

const Network *RandomNetwork(Arena *arena, Rng *rng, uint64_t seed)
{
    uint32_t n_sizes = Between(rng, 2, 5);
    std::vector<uint32_t> size;
    for (uint32_t i = 0; i < n_sizes; i++)
        size.push_back(Between(rng, 3, 40));
    GenerateOptions options = {};
    options.name = "random";
    options.cell = "egru";
    options.n_sizes = n_sizes;
    options.size = size.data();
    options.density = 0.05 + 0.95 * rng_uniform(rng);
    options.pick = rng_below(rng, 2) ? PICK_EXACT : PICK_BERNOULLI;
    options.threshold_mean = 0.1;
    options.gain = 1.5;
    options.seed = seed;
    const Network *network = nullptr;
    Err err = {};
    EXPECT_EQ(network_generate(arena, &options, &network, &err), STATUS_OK) << err.message;
    if (rng_below(rng, 2))
        network = network_with_carry(arena, network, CARRY_EVENTS, Between(rng, 1, 5));
    return network;
}

const InputStream *RandomInput(Arena *arena, Rng *rng, const Network *network)
{
    size_t n = static_cast<size_t>(kSteps) * network->n_inputs;
    float *vector = ARENA_ARRAY(arena, float, n);
    for (size_t i = 0; i < n; i++)
        vector[i] = rng_uniform(rng) < 0.6 ? static_cast<float>(rng_normal(rng)) : 0.0f;
    InputStream *input = ARENA_ARRAY(arena, InputStream, 1);
    input->network = network;
    input->name = "random vectors";
    input->n_steps = kSteps;
    input->vector = vector;
    return input;
}

CompileOptions RandomOptions(Rng *rng)
{
    CompileOptions options = {};
    options.format = static_cast<int32_t>(rng_below(rng, 4)) - 1;
    options.index_bits = options.format != FORMAT_BITMAP && rng_below(rng, 2) ? 32 : 0;
    options.placement = rng_below(rng, 2) ? "snake" : "sequential";
    options.share_cores = rng_below(rng, 2) != 0;
    return options;
}

void ExpectSameCounts(const Trace *a, const Trace *b)
{
    ASSERT_EQ(a->n_cores, b->n_cores);
    EXPECT_EQ(0, std::memcmp(a->count, b->count, a->n_cores * sizeof *a->count));
    EXPECT_EQ(0, std::memcmp(a->link, b->link, a->n_links * sizeof *a->link));
    EXPECT_EQ(0, std::memcmp(a->step, b->step, a->n_steps * sizeof *a->step));
    EXPECT_EQ(a->end_ps, b->end_ps);
}

/* Overlapping steps changes when cores work, not what they do. It may even end later: that earlier
 * inputs can delay a schedule is Graham's anomaly (1969), so no order of the end times holds. */
void ExpectSameWork(const Trace *a, const Trace *b)
{
    static const Count kIdle[] = {COUNT_ARRAY_WAIT_CYCLES, COUNT_STALL_CYCLES, COUNT_WAIT_CYCLES,
                                  COUNT_SLEEP_CYCLES, COUNT_FIFO_HIGH_PACKETS};
    ASSERT_EQ(a->n_cores, b->n_cores);
    for (uint32_t c = 0; c < a->n_cores; c++)
        for (int n = 0; n < N_COUNTS; n++) {
            if (std::find(std::begin(kIdle), std::end(kIdle), n) != std::end(kIdle))
                continue;
            EXPECT_EQ(a->count[c].n[n], b->count[c].n[n])
                << "core " << a->core[c] << ", " << count_name(static_cast<Count>(n));
        }
    for (uint32_t l = 0; l < a->n_links; l++)
        EXPECT_EQ(a->link[l].flits, b->link[l].flits) << "link " << l;
    for (uint32_t s = 0; s < a->n_steps; s++) {
        EXPECT_EQ(a->step[s].events, b->step[s].events) << "step " << s;
        EXPECT_EQ(a->step[s].synaptic_ops, b->step[s].synaptic_ops) << "step " << s;
    }
}

void RunOne(Arena *arena, Rng *rng, const Chip *chip, const Topology *topology, uint64_t seed)
{
    const Network *network = RandomNetwork(arena, rng, seed);
    const InputStream *input = RandomInput(arena, rng, network);
    Err err = {};
    ReferenceOptions plain = {};
    const ReferenceRun *reference = nullptr;
    ASSERT_EQ(reference_run(arena, network, input, &plain, &reference, &err), STATUS_OK)
        << err.message;
    CompileOptions options = RandomOptions(rng);
    if (chip->grid.usable_cores < network->n_layers)
        options.share_cores = true;
    const Program *program = nullptr;
    const CompileSummary *summary = nullptr;
    ASSERT_EQ(compile(arena, chip, topology, network, &options, &program, &summary, &err),
              STATUS_OK)
        << err.message;
    ASSERT_EQ(program_check(program, chip, &err), STATUS_OK) << err.message;
    SimOptions run = {};
    const Trace *executed = nullptr, *replayed = nullptr, *pipelined = nullptr;
    ASSERT_EQ(sim_run(arena, program, topology, input, reference->events, &run, &executed, &err),
              STATUS_OK)
        << err.message;
    run.mode = SIM_REPLAY;
    ASSERT_EQ(sim_run(arena, program, topology, input, reference->events, &run, &replayed, &err),
              STATUS_OK)
        << err.message;
    ExpectSameCounts(executed, replayed);
    run.hop_by_hop = true; // where paths meet, only some ports have the closed form
    ASSERT_EQ(sim_run(arena, program, topology, input, reference->events, &run, &replayed, &err),
              STATUS_OK)
        << err.message;
    ExpectSameCounts(executed, replayed);
    run.hop_by_hop = false;
    run.mode = SIM_EXECUTE;
    run.arrival = ARRIVE_PIPELINED;
    ASSERT_EQ(sim_run(arena, program, topology, input, reference->events, &run, &pipelined, &err),
              STATUS_OK)
        << err.message;
    ExpectSameWork(executed, pipelined);
}

class RandomChips : public testing::TestWithParam<uint32_t>
{
};

TEST_P(RandomChips, ExecuteTwentyRandomNetworksLikeTheReference)
{
    Arena *chips = arena_new();
    Rng rng = rng_make(20261121, GetParam());
    const Topology *topology = nullptr;
    const Chip *chip = RandomChip(chips, &rng, &topology);
    ASSERT_NE(chip, nullptr);
    for (uint32_t i = 0; i < kNetworks && !HasFatalFailure(); i++) {
        SCOPED_TRACE("network " + std::to_string(i));
        Arena *arena = arena_new();
        RunOne(arena, &rng, chip, topology, 100 * GetParam() + i);
        arena_free(arena);
    }
    arena_free(chips);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomChips, testing::Range(0u, kChips));

} // namespace
