// Formats of whole matrices: what is chosen freely against every single format, by the estimate of
// whole mappings; and loads in other formats against loads made anew.
#include <cmath>

#include "compiler_fixture.h"
#include "format_plan.h"
#include "models/quantize.h"
#include "split.h"

class FormatPlan : public CompilerTest
{
  protected:
    OperatingPoint point{};
    std::vector<std::vector<double>> rate;
    std::vector<const double *> layer_rate;
    UnitRates rates{};

    FormatPlan()
    {
        options.split = "auto";
        point.name = "only";
        TestChip::set(point.hz, 150e6);
        TestChip::set(point.core_active_cycle_pj, 20);
        TestChip::set(point.core_sleep_uw, 300);
        TestChip::set(point.mac_array_mac_pj, 0.3);
        chip.point = &point;
        chip.n_points = 1;
        TestChip::set(chip.host.bits_per_second, 1e9);
        TestChip::set(chip.host.event_bits, 64);
        TestChip::set(chip.host.latency_ns, 1000);
    }

    const Network *network_of(const std::vector<uint32_t> &size, double density,
                              Precision precision, double input_rate, double own_rate)
    {
        QuantizeOptions quantize{};
        quantize.input_full_scale = 3;
        const Network *made = nullptr;
        EXPECT_EQ(
            network_quantize(arena, generate(size, density), precision, &quantize, &made, &err),
            STATUS_OK)
            << err.message;
        rate.clear();
        layer_rate.clear();
        rate.emplace_back(made->n_inputs, input_rate);
        for (uint32_t l = 0; l < made->n_layers; l++)
            rate.emplace_back(made->layer[l].n_units, own_rate);
        for (uint32_t l = 0; l < made->n_layers; l++)
            layer_rate.push_back(rate[l + 1].data());
        rates = {rate[0].data(), layer_rate.data()};
        options.rates = &rates;
        return made;
    }

    // What the objective makes small, of the whole mapping; below 0: it does not fit.
    double figure(const Network *network)
    {
        Status status = run(network);
        EXPECT_TRUE(status == STATUS_OK || status == STATUS_NO_FIT) << err.message;
        if (status != STATUS_OK)
            return -1.0;
        if (options.objective == OBJECTIVE_LATENCY)
            return summary->estimate.latency_us;
        if (options.objective == OBJECTIVE_ENERGY)
            return summary->estimate.energy_uj;
        return 1e6 / summary->estimate.tokens_per_second;
    }

    // Chosen freely against each format alone; returns the best of those by what is chosen.
    double best_by_chosen(const Network *network)
    {
        double best = -1.0;
        for (int f = 0; f < N_FORMATS; f++) {
            options.format = f;
            if (f == FORMAT_DENSE_MLA && network->precision != PRECISION_INT8)
                continue;
            double with_one = figure(network);
            best = with_one >= 0.0 && (best < 0.0 || with_one < best) ? with_one : best;
        }
        options.format = -1;
        double chosen = figure(network);
        EXPECT_GT(chosen, 0.0) << err.message;
        EXPECT_TRUE(best < 0.0 || chosen <= best) << chosen << " by the best format " << best;
        return best / chosen;
    }
};

TEST_F(FormatPlan, WhatIsChosenFreelyIsNeverWorseThanAnyFormatAlone)
{
    const std::vector<std::vector<uint32_t>> sizes = {{40, 60}, {30, 48, 40}, {24, 40, 56, 32}};
    double most = 0.0;
    for (const auto &size : sizes)
        for (int p = 0; p < N_PRECISIONS; p++)
            for (int o = 0; o < OBJECTIVE_MEMORY; o++)
                for (double density : {0.05, 0.4})
                    for (double input_rate : {1.0, 0.1}) {
                        options.objective = static_cast<Objective>(o);
                        const Network *network =
                            network_of(size, density, static_cast<Precision>(p), input_rate, 0.1);
                        SCOPED_TRACE(testing::Message() << size.size() - 1 << " layers, precision "
                                                        << p << ", objective " << o << ", density "
                                                        << density << ", input " << input_rate);
                        most = std::max(most, best_by_chosen(network));
                    }
    EXPECT_GT(most, 1.02); // mixing formats pays somewhere
}

TEST_F(FormatPlan, TheChoiceHoldsWhereCoresAreGivenOrMemoryIsShort)
{
    const Network *network = network_of({60, 90, 70}, 0.2, PRECISION_INT8, 0.1, 0.1);
    for (const char *split : {"equal", "balanced", "shared"})
        for (double bytes : {12000.0, 16000.0, 98304.0}) {
            options.split = split;
            TestChip::set(chip.core.data_bytes, bytes);
            set_counts({8, 8});
            SCOPED_TRACE(testing::Message() << split << ", " << bytes << " bytes");
            best_by_chosen(network);
        }
}

TEST_F(FormatPlan, LatencyTakesRowsThatHideBehindWaitingWhereThroughputTakesTheArray)
{
    // dense enough that the array needs fewer cycles than the rows of the events
    const Network *network = network_of({100, 200}, 0.3, PRECISION_INT8, 0.1, 0.1);
    TestChip::set(chip.host.bits_per_second, 1e7); // events trickle in
    options.split = "equal";
    set_counts({16});
    options.objective = OBJECTIVE_THROUGHPUT;
    ASSERT_EQ(run(network), STATUS_OK) << err.message;
    EXPECT_EQ(summary->layer[0].n_matrices[FORMAT_DENSE_MLA], 32u);
    options.objective = OBJECTIVE_LATENCY;
    ASSERT_EQ(run(network), STATUS_OK) << err.message;
    EXPECT_EQ(summary->layer[0].n_matrices[FORMAT_SOURCE], 32u);
}

TEST_F(FormatPlan, ACoreThatThePlanDoesNotFitChoosesFreely)
{
    const Network *network = network_of({40, 60}, 0.3, PRECISION_INT8, 0.3, 0.1);
    options.split = "equal";
    set_counts({4});
    Mapping *mapping = map_until(network, 'p');
    auto bytes_with = [&](int32_t format, double available) {
        mapping->format_plan[0] = mapping->format_plan[1] = format;
        TestChip::set(chip.core.data_bytes, available);
        EXPECT_EQ(pass_format(arena, arena, mapping, &err), STATUS_OK) << err.message;
        uint64_t most = 0;
        for (uint32_t c = 0; c < mapping->n_slots; c++)
            most = std::max(most, memory_bytes(mapping->core[c].region_bytes, 1));
        return static_cast<double>(most);
    };
    const double roomy = bytes_with(FORMAT_SOURCE, 98304), least = bytes_with(-1, 1);
    ASSERT_GT(roomy, least);
    EXPECT_LE(bytes_with(FORMAT_SOURCE, roomy - 1), roomy - 1);
    EXPECT_EQ(mapping->format_plan[0], FORMAT_SOURCE); // for the other cores
}

TEST_F(FormatPlan, NoSingleChangeOfThePlanIsBetter)
{
    const Network *network = network_of({40, 60, 50}, 0.15, PRECISION_INT8, 0.3, 0.1);
    for (int o = 0; o < OBJECTIVE_MEMORY; o++) {
        options.objective = static_cast<Objective>(o);
        Mapping *mapping = map_until(network, 's');
        auto estimate = [&] {
            Load load = load_of_mapping(arena, mapping);
            return estimate_load(arena, mapping, &load);
        };
        const Estimate chosen = estimate();
        for (uint32_t m = 0; m < 4; m++) {
            const int32_t kept = mapping->format_plan[m];
            for (int32_t f = -1; f < N_FORMATS; f++) {
                mapping->format_plan[m] = f;
                const Estimate other = estimate();
                EXPECT_FALSE(estimate_better(options.objective, &other, &chosen)) << m << " " << f;
            }
            mapping->format_plan[m] = kept;
        }
    }
}

TEST_F(FormatPlan, LoadsInOtherFormatsAreThoseMadeAnew)
{
    const Network *network = network_of({40, 60, 50}, 0.15, PRECISION_INT8, 0.3, 0.1);
    options.split = "balanced";
    set_counts({6, 5});
    Mapping *mapping = map_until(network, 'c');
    Split split = split_new(arena, mapping);
    ASSERT_EQ(split_balanced(arena, mapping, &split, &err), STATUS_OK);
    LoadMaker *maker = load_maker(arena, mapping, &split);
    for (uint32_t plan = 0; plan < 256; plan += 5) {
        for (uint32_t m = 0; m < 4; m++)
            mapping->format_plan[m] = plan >> 2 * m & 3;
        const Load load = load_make(arena, maker), anew = load_of_split(arena, mapping, &split);
        EXPECT_EQ(load.bytes, anew.bytes);
        EXPECT_EQ(load.deliveries, anew.deliveries);
        for (uint32_t slot = 0; slot < split.n_slots; slot++) {
            for (uint32_t s = 0; s <= 2; s++) {
                const StageLoad &a = load.stage[slot * 3 + s], &b = anew.stage[slot * 3 + s];
                EXPECT_EQ(a.row_cycles, b.row_cycles);
                EXPECT_EQ(a.row_sd, b.row_sd);
                EXPECT_EQ(a.markers, b.markers);
            }
            for (uint32_t l = 0; l < 2; l++) {
                const LayerLoad &a = load.layer[slot * 2 + l], &b = anew.layer[slot * 2 + l];
                EXPECT_EQ(a.update_cycles, b.update_cycles);
                EXPECT_EQ(a.work_cycles, b.work_cycles);
            }
        }
    }
}

TEST_F(FormatPlan, RowsVaryByTheirLengthsFromTheMean)
{
    const Network *network = network_of({40, 60}, 0.15, PRECISION_INT8, 0.3, 0.1);
    options.split = "equal";
    set_counts({6});
    Mapping *mapping = map_until(network, 's');
    mapping->format_plan[0] = FORMAT_DENSE_MLA; // its rows take no time at receipt
    mapping->format_plan[1] = FORMAT_SOURCE;
    const Load load = load_of_mapping(arena, mapping);
    const SparseRows &rows = network->layer[0].recurrent;
    for (uint32_t slot = 0; slot < mapping->n_slots; slot++) {
        std::vector<double> cycles(60);
        double mean = 0.0, square = 0.0;
        for (uint32_t u = 0; u < 60; u++) {
            for (uint64_t i = rows.row_start[u]; i < rows.row_start[u + 1]; i++)
                cycles[u] +=
                    mapping->slot_of[mapping->slice_of[0][rows.col[i] % 60]] == slot ? 20 : 0;
            mean += cycles[u] / 60;
        }
        for (double c : cycles)
            square += 0.1 * 0.9 * (c - mean) * (c - mean);
        EXPECT_EQ(load.stage[slot * 2].row_sd, 0.0);
        EXPECT_NEAR(load.stage[slot * 2 + 1].row_sd, std::sqrt(square), 1e-6);
    }
}
