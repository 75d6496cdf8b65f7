// test_markers.cpp - markers that follow the data: slices that do not talk run on their own, and
// still nothing comes too early or too late (docs/markers.md).
#include "sim_fixture.hpp"

namespace
{

class Markers : public SimTest
{
  protected:
    // Pieces of 1 to 4 units on random cores: most of them do not talk.
    void use_small_pieces(Rng *rng, uint32_t n_cores)
    {
        std::vector<SliceSpec> specs;
        for (uint32_t l = 0; l < network->n_layers; l++)
            for (uint32_t first = 0; first < network->layer[l].n_units;) {
                const uint32_t left = network->layer[l].n_units - first;
                const auto n = static_cast<uint32_t>(1 + rng_below(rng, std::min(left, 4U)));
                const auto core = static_cast<uint32_t>(rng_below(rng, n_cores));
                specs.push_back({core, l, first, n,
                                 rng_below(rng, 2) ? FORMAT_SOURCE : FORMAT_TARGET,
                                 rng_below(rng, 2) ? 2U : 4U});
                first += n;
            }
        program = ProgramBuilder(arena, network, chip).shuffle(rng).build(specs);
        ASSERT_EQ(program_check(program, chip, &err), STATUS_OK) << err.message;
    }

    // Markers a step if each slice sent its own to all cores of its layer and of those beside it.
    static uint64_t markers_to_all(const Program *program)
    {
        uint64_t n = 0;
        for (uint32_t c = 0; c < program->n_cores; c++)
            for (uint32_t s = 0; s < program->core[c].n_slices; s++)
                for (uint32_t to = 0; to < program->n_cores; to++) {
                    bool near = false;
                    for (uint32_t t = 0; t < program->core[to].n_slices; t++)
                        near = near || program->core[to].slice[t].layer + 1 -
                                               program->core[c].slice[s].layer <=
                                           2;
                    n += near;
                }
        return n;
    }
};

// Entries of their own for single keys, with the copies of the entry that would match them else: to
// the simulator each cuts the keys that close a step in pieces, of which only one has the marker.
TEST_F(Markers, TablesMayTellTheKeysThatCloseAStepApart)
{
    use_chip("tiny-2x2");
    use_network({6, 9, 7}, 0.6, 8, 5);
    use_program({{0, 0, 0, 5, FORMAT_SOURCE, 1},
                 {3, 0, 5, 4, FORMAT_TARGET, 2},
                 {5, 1, 0, 7, FORMAT_SOURCE, 2}});
    const Trace *whole = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NE(whole, nullptr);
    std::vector<RouteEntry> entries;
    for (uint32_t c = 0; c < program->n_cores; c++)
        for (uint32_t k = 1; k <= program->core[c].slice[0].n_units; k += 2) {
            const uint32_t key = program->core[c].slice[0].marker_key + k;
            RouteEntry entry = *program_route(program, 0, key);
            entry.mask = UINT32_MAX >> (32 - static_cast<uint32_t>(chip->router.key_bits.value));
            entry.key = key;
            entries.push_back(entry);
        }
    entries.insert(entries.end(), program->table[0].entry,
                   program->table[0].entry + program->table[0].n_entries);
    const RouterTable cut = {static_cast<uint32_t>(entries.size()), entries.data(), 0};
    program->table = &cut;
    ASSERT_EQ(program_check(program, chip, &err), STATUS_OK) << err.message;
    const Trace *parts = simulate(SIM_EXECUTE, ARRIVE_PIPELINED); // values as the reference's
    ASSERT_NE(parts, nullptr) << err.message;
    expect_equal(whole, parts);
}

class MarkersRandom : public Markers, public ::testing::WithParamInterface<int>
{
};

TEST_P(MarkersRandom, SparseNetworksRunWithoutMarkersBetweenThoseThatDoNotTalk)
{
    const auto seed = static_cast<uint64_t>(GetParam());
    Rng rng = rng_make(seed, 31);
    const auto draw = [&rng](uint64_t least, uint64_t most) {
        return std::to_string(least + rng_below(&rng, most - least + 1));
    };
    ASSERT_NO_FATAL_FAILURE(use_chip("spinnaker2", {{"core.receive_fifo_packets", draw(1, 4)},
                                                    {"core.inject_queue_packets", draw(1, 2)},
                                                    {"router.port_queue_packets", draw(1, 3)},
                                                    {"host.latency_ns", draw(0, 300)},
                                                    {"software.update_egru_cycles", draw(1, 900)},
                                                    {"software.step_cycles", draw(1, 30)},
                                                    {"router.table_entries", "100000"}}));
    std::vector<uint32_t> sizes;
    const uint64_t n_layers = 1 + rng_below(&rng, 5);
    for (uint64_t l = 0; l <= n_layers; l++)
        sizes.push_back(static_cast<uint32_t>(5 + rng_below(&rng, 60)));
    ASSERT_NO_FATAL_FAILURE(use_network(sizes, 0.002 + 0.01 * rng_uniform(&rng), 25, seed));
    for (uint32_t n_cores : {40U, 140U}) {
        ASSERT_NO_FATAL_FAILURE(use_small_pieces(&rng, n_cores));
        const Trace *pipelined = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
        ASSERT_NE(pipelined, nullptr);
        expect_equal(pipelined, simulate(SIM_REPLAY, ARRIVE_PIPELINED));
        ASSERT_NE(simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL), nullptr);
        EXPECT_LE(total(pipelined, COUNT_MARKERS_IN),
                  pipelined->n_steps * (markers_to_all(program) + program->n_cores));
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, MarkersRandom, ::testing::Range(0, 16));

// Two chains side by side that share only the host; the units of one take a hundred times as long,
// as one core has a hundred of them. The fast chain is not held up by more than a few steps, and
// what reaches the host late is counted for the right step.
TEST_F(Markers, ChainsThatDoNotTalkAreOnlyTiedToTheHost)
{
    use_chip("spinnaker2", {{"software.update_egru_cycles", "500"}});
    const uint32_t n = 40, n_layers = 4;
    std::vector<Weight> weights; // unit 0: the fast chain; all others: the slow one
    for (uint32_t l = 0; l < n_layers; l++)
        for (uint32_t u = 0; u < n; u++)
            weights.push_back({l, false, u, n + u, 0.01f});
    use_hand_network(std::vector<uint32_t>(n_layers + 1, n), weights,
                     [](uint32_t, uint32_t) { return true; });
    use_ones(30);
    std::vector<SliceSpec> specs;
    for (uint32_t l = 0; l < n_layers; l++) {
        specs.push_back({2 * l, l, 0, 1, FORMAT_SOURCE, 2});
        specs.push_back({2 * l + 1, l, 1, n - 1, FORMAT_SOURCE, 2});
    }
    use_program(specs);
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
    ASSERT_NE(trace, nullptr);
    // Of the chain: events of the stage before close its steps, those of the next, which no weight
    // here needs, come back as mere markers.
    for (uint32_t c = 0; c < trace->n_cores; c++) {
        EXPECT_EQ(trace->count[c].n[COUNT_MARKERS_IN], trace->core[c] / 2 + 1 < n_layers ? 30U : 0U)
            << trace->core[c];
        EXPECT_EQ(trace->count[c].n[COUNT_MARKERS_OUT], 0U);
    }
}

// Layers without any weight between them: every core has a pacemaker, and all steps come out.
TEST_F(Markers, CoresThatNobodyFeedsArePaced)
{
    use_chip("spinnaker2");
    use_hand_network({3, 20, 30, 7}, {}, [](uint32_t l, uint32_t u) { return (l + u) % 3 == 0; });
    use_ones(20);
    for (uint64_t seed = 0; seed < 6; seed++) {
        Rng rng = rng_make(seed, 32);
        ASSERT_NO_FATAL_FAILURE(use_small_pieces(&rng, seed % 2 ? 12 : 100));
        const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
        ASSERT_NE(trace, nullptr);
        EXPECT_EQ(total(trace, COUNT_EVENTS_IN), 0U);
        EXPECT_GT(total(trace, COUNT_MARKERS_IN), 0U);
        ASSERT_NE(simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL), nullptr);
    }
}

} // namespace
