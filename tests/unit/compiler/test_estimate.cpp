// The estimate of a whole mapping: loads against plain counts, latency against closed forms.
#include <cmath>
#include <set>

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
