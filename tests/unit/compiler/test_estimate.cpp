// The estimate of a whole mapping: loads against plain counts, latency against closed forms.
#include <cmath>
#include <set>

#include "base/rng.h"
#include "compiler_fixture.h"
#include "grouping.h"
#include "split.h"

class EstimateTest : public CompilerTest
{
  protected:
    std::vector<std::vector<double>> rate;
    std::vector<const double *> layer_rate;
    UnitRates rates{};

    // The same rate for every unit of a layer; the input first.
    void set_rates(const Network *network, const std::vector<double> &mean)
    {
        rate.clear();
        layer_rate.clear();
        rate.emplace_back(network->n_inputs, mean[0]);
        for (uint32_t l = 0; l < network->n_layers; l++)
            rate.emplace_back(network->layer[l].n_units, mean[l + 1]);
        for (uint32_t l = 0; l < network->n_layers; l++)
            layer_rate.push_back(rate[l + 1].data());
        rates = {rate[0].data(), layer_rate.data()};
        options.rates = &rates;
    }

    // The host's link takes no time worth mention.
    void free_host()
    {
        TestChip::set(chip.host.bits_per_second, 1e13);
        TestChip::set(chip.host.event_bits, 8);
    }
};

TEST_F(EstimateTest, LatencyOfOneCoreIsTheSumOfWhatItDoes)
{
    const Network *network =
        build({4, 6}, [](uint32_t, bool, uint32_t, uint32_t, uint32_t) { return 1.0f; });
    set_rates(network, {1.0, 1.0});
    free_host();
    set_counts({1});
    Mapping *mapping = map_until(network, 's');
    Load load = load_of_mapping(arena, mapping);
    Estimate estimate = estimate_load(arena, mapping, &load);
    // four events with 18 weights; six events of its own; the last ones close the step
    double input = 4 * 30 + 4 * 18 * 25, own = 6 * 30 + 6 * 18 * 25;
    double update = 300 + 6 * 150, emit = 6 * 20;
    EXPECT_NEAR(estimate.latency_us, input + own + update + emit, 1.0); // 1 MHz without a point
    EXPECT_NEAR(estimate.period_us, input + own + update + emit, 1e-6);
    EXPECT_EQ(estimate.n_cores, 1.0);
    EXPECT_DOUBLE_EQ(estimate.work_max_by_mean, 1.0);
}

TEST_F(EstimateTest, AnotherLayersTimeHidesRecurrentRowsOnlyOnOtherCores)
{
    const Network *network =
        build({2, 3, 3}, [](uint32_t, bool, uint32_t, uint32_t, uint32_t) { return 1.0f; });
    set_rates(network, {1.0, 1.0, 1.0});
    free_host();
    auto latency = [&](bool share) {
        options.share_cores = share;
        set_counts({1, 1});
        Mapping *mapping = map_until(network, 's');
        Load load = load_of_mapping(arena, mapping);
        return estimate_load(arena, mapping, &load).latency_us;
    };
    double input = 2 * 30 + 2 * 9 * 25, rows = 3 * 9 * 25, packets = 3 * 30;
    double slice = 300 + 3 * 150 + 3 * 20;
    // alone: the first layer's own rows run beside the second layer
    EXPECT_NEAR(latency(false), input + slice + packets + rows + slice, 60.0);
    // together: one packet serves both layers, but all rows are in the way, the last layer's too
    EXPECT_NEAR(latency(true), input + slice + packets + 2 * rows + slice + packets + rows, 60.0);
}

TEST_F(EstimateTest, LoadsAreThoseOfPlainCounts)
{
    const Network *network = generate({15, 24, 18}, 0.08, PICK_BERNOULLI, 4);
    set_rates(network, {0.5, 0.25, 0.125});
    set_counts({5, 4});
    options.split = "balanced";
    Mapping *mapping = map_until(network, 's');
    Load load = load_of_mapping(arena, mapping);
    auto slot_of = [&](uint32_t l, uint32_t unit) {
        return mapping->slot_of[mapping->slice_of[l][unit]];
    };
    for (uint32_t slot = 0; slot < mapping->n_slots; slot++)
        for (uint32_t s = 0; s <= 2; s++) {
            double rows = 0.0;
            std::set<uint32_t> slices;
            auto count = [&](const SparseRows &m, uint32_t target, double rate_of) {
                for (uint32_t u = 0; u < m.n_rows; u++)
                    for (uint64_t i = m.row_start[u]; i < m.row_start[u + 1]; i++) {
                        if (slot_of(target, m.col[i] % network->layer[target].n_units) != slot)
                            continue;
                        rows += rate_of * 25;
                        slices.insert(s == 0 ? 0 : mapping->slice_of[s - 1][u]);
                    }
            };
            if (s < 2)
                count(network->layer[s].input, s, rate[s][0]);
            if (s > 0)
                count(network->layer[s - 1].recurrent, s - 1, rate[s][0]);
            double events = 0.0, markers = 0.0; // a marker: no unit of the slice sends
            for (uint32_t slice : slices) {
                uint32_t n_units = s == 0 ? 15 : mapping->slice[slice].n_units;
                events += rate[s][0] * n_units;
                markers += std::pow(1.0 - rate[s][0], n_units);
            }
            const StageLoad &in = load.stage[slot * 3 + s];
            EXPECT_NEAR(in.row_cycles, rows, 1e-6) << slot << " " << s;
            EXPECT_NEAR(in.events, events, 1e-9) << slot << " " << s;
            if (s > 0 && !slices.empty()) {
                EXPECT_NEAR(in.markers, markers, 1e-9) << slot << " " << s;
            }
        }
}

// All events and markers of a step, core by core and stage by stage, against the tables of the
// Program: at rate 1 each event counts, at rate 0 each marker.
class MarkerCounts : public EstimateTest, public ::testing::WithParamInterface<int>
{
  protected:
    Rng rng = rng_make(static_cast<uint64_t>(GetParam()), 5);
    const Chip *spinnaker2 = nullptr; // one router
    const Topology *topology = nullptr;

    uint32_t between(uint32_t least, uint32_t most)
    {
        return least + static_cast<uint32_t>(rng_below(&rng, most - least + 1));
    }

    void load_chip()
    {
        ASSERT_EQ(chip_load(arena, EGRET_SOURCE_DIR "/arch/chips/spinnaker2.yaml", nullptr, nullptr,
                            0, &spinnaker2, &err),
                  STATUS_OK);
        ASSERT_EQ(topology_build(arena, spinnaker2, &topology, &err), STATUS_OK);
    }

    // Sparse, of any structure: most slices feed a few cores only.
    const Network *draw_network()
    {
        std::vector<uint32_t> sizes;
        for (uint32_t l = between(1, 4); l + 1 > 0; l--)
            sizes.push_back(between(12, 60));
        GenerateOptions generate{};
        generate.name = "random";
        generate.cell = "egru";
        generate.n_sizes = static_cast<uint32_t>(sizes.size());
        generate.size = sizes.data();
        generate.structure = static_cast<Structure>(between(0, 2));
        generate.fan_in = between(1, 4);
        generate.reach = between(1, 6);
        generate.n_communities = between(2, 4);
        generate.inside = 0.9;
        generate.keep_order = between(0, 1) == 1;
        generate.threshold_mean = 0.5;
        generate.gain = 1.0;
        generate.seed = rng_u64(&rng);
        const Network *network = nullptr;
        EXPECT_EQ(network_generate(arena, &generate, &network, &err), STATUS_OK) << err.message;
        return network;
    }

    void draw_options(const Network *network)
    {
        options.split = between(0, 1) == 1 ? "equal" : "shared";
        std::vector<uint32_t> count;
        uint32_t n_units = 0;
        for (uint32_t l = 0; l < network->n_layers; l++) {
            count.push_back(between(1, std::min(network->layer[l].n_units, 37U)));
            n_units += network->layer[l].n_units;
        }
        set_counts(count);
        if (between(0, 1) == 1)
            return;
        auto *part = ARENA_ARRAY(arena, uint32_t, n_units); // dealt at random instead
        for (uint32_t u = 0, n_parts = between(1, 60); u < n_units; u++)
            part[u] = between(0, n_parts - 1);
        options.part = part;
        options.n_core_counts = 0;
        options.split = nullptr;
    }

    static bool reaches(const Program *program, uint32_t key, uint32_t core)
    {
        const RouteEntry *entry = program_route(program, 0, key);
        return entry != nullptr &&
               std::binary_search(entry->core, entry->core + entry->n_cores, core);
    }

    uint64_t n_alone = 0, n_late = 0;

    void compare(const Mapping *mapping, const Load &load, double each, uint32_t slot)
    {
        const Program *emitted = mapping->program;
        const uint32_t n_layers = mapping->network->n_layers;
        uint32_t core = UINT32_MAX; // of the slot: Mapping.core is in the order of core ids
        for (uint32_t s = 0; s < mapping->n_slices; s++)
            if (mapping->slot_of[s] == slot)
                core = mapping->core_of[s];
        std::vector<double> events(n_layers + 1), markers(n_layers + 1);
        std::vector<bool> holds(n_layers + 1);
        for (uint32_t c = 0; c < emitted->n_cores; c++)
            for (uint32_t i = 0; i < emitted->core[c].n_slices; i++) {
                const SliceProgram &slice = emitted->core[c].slice[i];
                const uint32_t s = slice.layer + 1;
                const bool fed = reaches(emitted, slice.key, core);
                const bool marked = reaches(emitted, slice.marker_key, core);
                ASSERT_LE(fed, marked);
                events[s] += fed ? each * slice.n_units : 0.0;
                markers[s] += fed ? 1.0 - each : marked ? 1.0 : 0.0;
                n_alone += marked && !fed;
                if (emitted->core[c].core == core)
                    holds[slice.layer] = true;
            }
        if (holds[0]) {
            const bool fed = reaches(emitted, emitted->input_key, core);
            events[0] = fed ? each * emitted->n_inputs : 0.0;
            markers[0] = fed ? 1.0 - each : 1.0;
        }
        for (uint32_t s = 0; s <= n_layers; s++) {
            const StageLoad &in = load.stage[slot * (n_layers + 1) + s];
            const bool listens = holds[s] || (s > 0 && holds[s - 1]);
            EXPECT_EQ(in.events, events[s]) << "core " << core << " stage " << s;
            EXPECT_EQ(in.markers, listens ? markers[s] : 0.0) << "core " << core << " stage " << s;
            EXPECT_EQ(in.late_markers, listens ? 0.0 : markers[s])
                << "core " << core << " stage " << s;
            n_late += !listens && markers[s] > 0.0;
        }
    }
};

TEST_P(MarkerCounts, AreThoseOfTheTablesOfTheProgram)
{
    load_chip();
    for (int i = 0; i < 12; i++) {
        const Network *network = draw_network();
        draw_options(network);
        for (double each : {0.0, 1.0}) {
            set_rates(network, std::vector<double>(network->n_layers + 1, each));
            const Mapping *mapping = map_until(network, 'e', topology);
            ASSERT_EQ(err.status, STATUS_OK) << err.message;
            Load load = load_of_mapping(arena, mapping);
            double deliveries = 0.0;
            for (uint32_t slot = 0; slot < mapping->n_slots; slot++)
                compare(mapping, load, each, slot);
            for (uint32_t k = 0; k < mapping->n_slots * (network->n_layers + 1); k++)
                deliveries +=
                    load.stage[k].events + load.stage[k].markers + load.stage[k].late_markers;
            EXPECT_EQ(load.deliveries, deliveries);
        }
        options.part = nullptr;
    }
    EXPECT_GT(n_alone, 1000U);
    EXPECT_GT(n_late, 50U);
}

INSTANTIATE_TEST_SUITE_P(Random, MarkerCounts, ::testing::Range(0, 4));

TEST_F(EstimateTest, PlansOfRandomNetworksGetTheMarkersOfTheirMappings)
{
    TestChip::set(chip.core.data_bytes, 1e6);
    for (double density : {0.004, 0.01, 0.02, 0.04})
        for (bool share : {false, true}) {
            const Network *network = generate({60, 120, 90, 70}, density);
            set_rates(network, {0.5, 0.0, 0.0, 0.0}); // each slice sends a marker
            set_counts(share ? std::vector<uint32_t>{16, 16, 16} : std::vector<uint32_t>{6, 5, 5});
            options.share_cores = share;
            Mapping *mapping = map_until(network, 's');
            Load load = load_of_mapping(arena, mapping);
            Grouping grouping = grouping_new(arena, 3);
            grouping.n_groups = share ? 1 : 3;
            for (uint32_t l = 0; l < 3; l++) {
                grouping.group_of[l] = share ? 0 : l;
                grouping.n_slots[share ? 0 : l] = counts[l];
            }
            Load planned = grouping_load(arena, mapping, &grouping);
            auto sum = [](const Load &of, double StageLoad::*field) {
                double total = 0.0;
                for (uint32_t c = 0; c < of.n_classes; c++)
                    for (uint32_t s = 0; s <= of.n_layers; s++)
                        total += of.n_cores[c] * (of.stage[c * (of.n_layers + 1) + s].*field);
                return total;
            };
            double markers = sum(load, &StageLoad::markers),
                   late = sum(load, &StageLoad::late_markers);
            EXPECT_NEAR(sum(planned, &StageLoad::markers), markers, 0.05 * markers)
                << density << share;
            EXPECT_NEAR(sum(planned, &StageLoad::late_markers), late, 0.05 * late)
                << density << share;
        }
}

TEST_F(EstimateTest, SpreadOfRowsIsThatOfIndependentSources)
{
    // one source with 1 to 4 rows of one target unit on each of two cores
    const Network *network =
        build({3, 2}, [](uint32_t, bool recurrent, uint32_t s, uint32_t g, uint32_t u) {
            return !recurrent && (u == 0 ? g <= s : g == 0) ? 1.0f : 0.0f;
        });
    set_rates(network, {0.5, 0.5});
    set_counts({2});
    Mapping *mapping = map_until(network, 's');
    Load load = load_of_mapping(arena, mapping);
    // rows of 1, 2, 3 weights around their mean of 2; the other core's are all alike
    EXPECT_NEAR(load.stage[0].row_sd, std::sqrt(0.25 * (1 + 0 + 1)) * 25, 1e-3);
    EXPECT_NEAR(load.stage[2].row_sd, 0.0, 1e-3);
}

TEST_F(EstimateTest, PlansOfFullNetworksAreEstimatedAsTheirMappings)
{
    const Network *network =
        build({6, 8, 12}, [](uint32_t, bool, uint32_t, uint32_t, uint32_t) { return 1.0f; });
    set_rates(network, {1.0, 0.5, 0.5});
    set_counts({4, 3});
    Mapping *mapping = map_until(network, 's');
    Load load = load_of_mapping(arena, mapping);
    for (uint32_t i = 0; i < load.n_classes * 3; i++)
        load.stage[i].row_sd = 0.0; // groupings know of no spread
    Grouping grouping = grouping_new(arena, 2);
    grouping.n_groups = 2;
    grouping.group_of[1] = 1;
    grouping.n_slots[0] = 4;
    grouping.n_slots[1] = 3;
    Arena *inner = arena_new();
    Estimate planned = grouping_estimate(inner, mapping, &grouping);
    Estimate real = estimate_load(arena, mapping, &load);
    EXPECT_NEAR(planned.latency_us, real.latency_us, 1e-3 * real.latency_us);
    EXPECT_NEAR(planned.period_us, real.period_us, 1e-3 * real.period_us);
    EXPECT_EQ(planned.n_cores, real.n_cores);
    arena_free(inner);
}

TEST_F(EstimateTest, AnObjectiveComparesItsOwnFigureAndNothingThatDoesNotFit)
{
    Estimate a{}, b{};
    a.fits = b.fits = true;
    a.latency_us = 1, a.period_us = 4, a.energy_uj = 6, a.n_cores = 8;
    b.latency_us = 2, b.period_us = 3, b.energy_uj = 5, b.n_cores = 7;
    EXPECT_TRUE(estimate_better(OBJECTIVE_LATENCY, &a, &b));
    EXPECT_FALSE(estimate_better(OBJECTIVE_THROUGHPUT, &a, &b));
    EXPECT_FALSE(estimate_better(OBJECTIVE_ENERGY, &a, &b));
    EXPECT_FALSE(estimate_better(OBJECTIVE_MEMORY, &a, &b));
    b.n_cores = 8;
    a.bytes = 1, b.bytes = 2;
    EXPECT_TRUE(estimate_better(OBJECTIVE_MEMORY, &a, &b));
    a.fits = false;
    EXPECT_FALSE(estimate_better(OBJECTIVE_LATENCY, &a, &b));
    EXPECT_TRUE(estimate_better(OBJECTIVE_LATENCY, &b, &a));
}

TEST_F(EstimateTest, UnevenWorkCountsAgainstAMappingFromATenthOn)
{
    Estimate estimate{};
    estimate.latency_us = 100.0;
    estimate.work_max_by_mean = 1.1;
    EXPECT_DOUBLE_EQ(estimate_handicapped(estimate).latency_us, 100.0);
    estimate.work_max_by_mean = 1.3;
    EXPECT_NEAR(estimate_handicapped(estimate).latency_us, 120.0, 1e-9);
}
