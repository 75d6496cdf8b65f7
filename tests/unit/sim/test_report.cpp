// report.c and report_price.c: metrics, bounds and mapping, worked out on paper.
#include <map>
#include <string>

#include "report_fixture.h"

namespace
{

class Report_ : public ReportTest
{
};

TEST_F(Report_, LatencyPercentilesAreNearestRank)
{
    const Report *report = build();
    EXPECT_DOUBLE_EQ(metric(report, "latency_mean_us").value, 25);
    EXPECT_DOUBLE_EQ(metric(report, "latency_p50_us").value, 20); // 2nd of 4
    EXPECT_DOUBLE_EQ(metric(report, "latency_p95_us").value, 40); // 4th of 4
    EXPECT_DOUBLE_EQ(metric(report, "latency_worst_us").value, 40);
    EXPECT_DOUBLE_EQ(metric(report, "tokens_per_second").value, 4 / 100e-6);
}

TEST_F(Report_, PercentilesOfTwentyStepsLeaveOutTheWorst)
{
    std::vector<uint64_t> us;
    for (uint64_t i = 20; i >= 1; i--)
        us.push_back(i);
    latency = make_trace(us, 1000, 300);
    reference.n_steps = 20;
    const Report *report = build();
    EXPECT_DOUBLE_EQ(metric(report, "latency_p50_us").value, 10);
    EXPECT_DOUBLE_EQ(metric(report, "latency_p95_us").value, 19);
    EXPECT_DOUBLE_EQ(metric(report, "latency_worst_us").value, 20);
}

TEST_F(Report_, EnergyIsCountTimesUnitEnergyPlusStatePowerTimesTime)
{
    const Report *report = build();
    // per token of 4, in uJ: T = 100 us
    EXPECT_DOUBLE_EQ(metric(report, "energy_active_uj").value, 900 * 8e-6 / 4);
    EXPECT_DOUBLE_EQ(metric(report, "energy_sleep_uj").value, 2 * 100 * 100e-6 / 4);
    EXPECT_DOUBLE_EQ(metric(report, "energy_noc_uj").value, (10 * 40 + 20 * 15) * 1e-6 / 4);
    EXPECT_DOUBLE_EQ(metric(report, "energy_router_uj").value, 16 * 300e-6 / 4);
    EXPECT_DOUBLE_EQ(metric(report, "energy_host_uj").value, 10 * 64 * 5e-6 / 4);
    EXPECT_EQ(metric(report, "energy_host_uj").weakest, SOURCE_GUESS);
    EXPECT_DOUBLE_EQ(metric(report, "energy_floor_uj").value, 1000 * 100e-6 / 4);
    EXPECT_EQ(metric(report, "energy_extra_rail_uj").value, 0);
    EXPECT_EQ(metric(report, "energy_dram_uj").value, 0);
    double sum = 0;
    for (const char *part :
         {"active", "sleep", "noc", "router", "host", "dram", "floor", "extra_rail"})
        sum += metric(report, ("energy_" + std::string(part) + "_uj").c_str()).value;
    EXPECT_NEAR(metric(report, "energy_per_token_uj").value, sum, 1e-15);
    EXPECT_NEAR(metric(report, "power_mw").value, sum * 4 / 100e-6 * 1e-3, 1e-9);
}

TEST_F(Report_, FramesBetweenChipsArePricedByTheBitAndChipsWithoutWorkAreOff)
{
    // A board of four such chips in a row; only the first has cores in use and the host, and one
    // frame passes the second.
    const RouterLink row[] = {{0, 1, 0, 1, false}, {1, 0, 2, 0, false}, {1, 2, 0, 3, false},
                              {2, 1, 2, 2, false}, {2, 3, 0, 5, false}, {3, 2, 2, 4, false}};
    const uint32_t first[] = {0, 1, 3, 5, 6};
    std::vector<LinkCounts> link(4 * 3 + 6);
    std::copy(latency.link, latency.link + 3, link.begin());
    link[12] = {7, 7, 9, 0}; // chip 0 to 1
    link[14] = {1, 1, 2, 0}; // chip 1 to 2
    latency.n_links = 18;
    latency.link = link.data();
    chip.fabric.n_chips = 4;
    chip.links.frame_bits = exactly(96);
    chip.energy.on_board_link_bit_pj = make_cost(2, 1, 3, SOURCE_GUESS);
    topology.n_routers = 4;
    topology.cores_per_router = 2;
    topology.n_router_links = 6;
    topology.router_link = row;
    topology.first_router_link = first;
    const Report *report = build();
    EXPECT_DOUBLE_EQ(metric(report, "energy_links_uj").value, 8 * 96 * 2e-6 / 4);
    EXPECT_DOUBLE_EQ(metric(report, "energy_noc_uj").value, (10 * 40 + 20 * 15) * 1e-6 / 4);
    EXPECT_DOUBLE_EQ(metric(report, "energy_floor_uj").value, 2 * 1000 * 100e-6 / 4);
    EXPECT_EQ(report->run.flit_hops, 30U);
    EXPECT_EQ(report->run.payload_flit_hops, 10U);
    double sum = 0;
    for (const char *part :
         {"active", "sleep", "noc", "links", "router", "host", "dram", "floor", "extra_rail"})
        sum += metric(report, ("energy_" + std::string(part) + "_uj").c_str()).value;
    EXPECT_NEAR(metric(report, "energy_per_token_uj").value, sum, 1e-15);
}

TEST_F(Report_, FramesBetweenBoardsHaveAPriceOfTheirOwn)
{
    // Two chips, each on a board of its own.
    const RouterLink row[] = {{0, 1, 0, 1, true}, {1, 0, 2, 0, true}};
    const uint32_t first[] = {0, 1, 2};
    std::vector<LinkCounts> link(2 * 3 + 2);
    std::copy(latency.link, latency.link + 3, link.begin());
    link[6] = {7, 7, 9, 0};
    latency.n_links = 8;
    latency.link = link.data();
    chip.fabric.n_chips = chip.fabric.width = 2;
    chip.links.frame_bits = exactly(96);
    chip.energy.on_board_link_bit_pj = make_cost(2, 1, 3, SOURCE_GUESS);
    chip.energy.off_board_link_bit_pj = make_cost(20, 10, 30, SOURCE_GUESS);
    topology.n_routers = 2;
    topology.cores_per_router = 2;
    topology.n_router_links = 2;
    topology.router_link = row;
    topology.first_router_link = first;
    const Report *report = build();
    EXPECT_DOUBLE_EQ(metric(report, "energy_off_board_links_uj").value, 7 * 96 * 20e-6 / 4);
    EXPECT_DOUBLE_EQ(metric(report, "energy_links_uj").value, 0);
    chip.fabric.board_width = 2; // both on one
    const RouterLink on_board[] = {{0, 1, 0, 1, false}, {1, 0, 2, 0, false}};
    topology.router_link = on_board;
    report = build();
    EXPECT_DOUBLE_EQ(metric(report, "energy_links_uj").value, 7 * 96 * 2e-6 / 4);
    EXPECT_EQ(report_metric(report, "energy_off_board_links_uj"), nullptr);
}

// The host hangs on the second of two chips, sends 7 packets and gets 3 of the only layer.
TEST_F(Report_, BitsOnTheHostsLinkCountForItsChipAndForTheirSenders)
{
    const uint32_t first[] = {0, 0, 0};
    std::vector<LinkCounts> link(2 * 3);
    std::copy(latency.link, latency.link + 3, link.begin());
    latency.n_links = 6;
    latency.link = link.data();
    latency.n_chips = chip.fabric.n_chips = chip.fabric.width = 2;
    topology.n_routers = 2;
    topology.cores_per_router = 2;
    topology.host_router = 1;
    topology.first_router_link = first;
    const Report *report = build();
    std::map<std::string, uint64_t> bits;
    for (uint32_t i = 0; i < report->n_energy; i++) {
        const ReportEnergy &line = report->energy[i];
        if (line.price == std::string("energy.host_bit_pj") && line.count > 0)
            bits[line.scope + std::string(" ") + line.of] = line.count;
    }
    const std::map<std::string, uint64_t> expected = {{"run sequential", 640},
                                                      {"chip 1", 640},
                                                      {"layer input", 7 * 64},
                                                      {"layer layer0", 3 * 64},
                                                      {"phase outside", 640}};
    EXPECT_EQ(bits, expected);
}

TEST_F(Report_, AChipAloneHasNoLinksToPrice)
{
    EXPECT_EQ(report_metric(build(), "energy_links_uj"), nullptr);
}

TEST_F(Report_, WithoutDrawsThereAreNoIntervals)
{
    const Report *report = build();
    for (const char *name : {"latency_mean_us", "energy_active_uj", "power_mw"}) {
        EXPECT_EQ(metric(report, name).low, metric(report, name).value) << name;
        EXPECT_EQ(metric(report, name).high, metric(report, name).value) << name;
    }
    EXPECT_EQ(report->n_spreads, 0U);
}

// A price of 8 pJ, 6 to 10: its 5th percentile is 6.2, its 95th 9.8.
TEST_F(Report_, WithoutAResponseOnlyThePricesAreDrawn)
{
    in.n_draws = 4000;
    const Report *report = build();
    EXPECT_EQ(metric(report, "latency_mean_us").low, metric(report, "latency_mean_us").high);
    EXPECT_NEAR(metric(report, "energy_active_uj").low, 900 * 6.2e-6 / 4, 900 * 0.1e-6 / 4);
    EXPECT_NEAR(metric(report, "energy_active_uj").high, 900 * 9.8e-6 / 4, 900 * 0.1e-6 / 4);
    EXPECT_EQ(report->run.draws, 4000U);
    EXPECT_EQ(report->run.retimings, 0U);
}

// Latency of the host 1000 ns, 500 to 3000: 550 ns at its 5th percentile, where times are 0.55 of the
// nominal ones, and 2800 ns at its 95th: 1.9.
TEST_F(Report_, IntervalsFollowTheResponse)
{
    respond(4000);
    const Report *report = build();
    const Metric &latency_mean = metric(report, "latency_mean_us"); // 25 us
    EXPECT_NEAR(latency_mean.low, 25 * 0.55, 0.3);
    EXPECT_NEAR(latency_mean.high, 25 * 1.9, 0.5);
    EXPECT_EQ(report->run.retimings, 3U);
    ASSERT_GE(report->n_spreads, 1U);
    const ReportSpread *host = report->spread;
    while (std::string(host->number) != "host.latency_ns")
        host++;
    EXPECT_DOUBLE_EQ(host->low, 550);
    EXPECT_DOUBLE_EQ(host->high, 2800);
    EXPECT_DOUBLE_EQ(host->metric[SPREAD_LATENCY_MEAN][0], 25 * 0.55);
    EXPECT_DOUBLE_EQ(host->metric[SPREAD_LATENCY_MEAN][1], 25 * 1.9);
    EXPECT_DOUBLE_EQ(host->metric[SPREAD_ENERGY][1],
                     metric(report, "energy_per_token_uj").value * 1.9);
}

TEST_F(Report_, NumbersThatSpreadMostComeFirst)
{
    in.n_draws = 100;
    const Report *report = build();
    ASSERT_GE(report->n_spreads, 2U);
    double before = std::numeric_limits<double>::infinity();
    for (uint32_t i = 0; i < report->n_spreads; i++) { // without times all goes by the energy
        const double *end = report->spread[i].metric[SPREAD_ENERGY];
        EXPECT_LE(end[1] - end[0], before * (1 + 1e-9)) << report->spread[i].number;
        before = end[1] - end[0];
    }
}

TEST_F(Report_, IntervalsNeverExcludeTheNominalValue)
{
    respond(50);
    const Report *report = build();
    for (uint32_t i = 0; i < report->n_metrics; i++) {
        EXPECT_LE(report->metric[i].low, report->metric[i].value) << report->metric[i].name;
        EXPECT_GE(report->metric[i].high, report->metric[i].value) << report->metric[i].name;
    }
}

TEST_F(Report_, PipelinedRateLeavesOutTheFilling)
{
    in.throughput = &throughput;
    const Report *report = build();
    EXPECT_DOUBLE_EQ(metric(report, "tokens_per_second_pipelined").value, 3 / 30e-6);
    EXPECT_NE(report_metric(report, "energy_per_token_pipelined_uj"), nullptr);
}

TEST_F(Report_, MetricsThatDoNotApplyAreLeftOut)
{
    const Report *report = build();
    EXPECT_EQ(report_metric(report, "tokens_per_second_pipelined"), nullptr);
    EXPECT_EQ(report_metric(report, "perplexity"), nullptr);
    EXPECT_EQ(report_metric(report, "macs_dense_with_decoder"), nullptr);
}

TEST_F(Report_, MacsArePerTokenWithAndWithoutDecoder)
{
    network.has_decoder = true;
    reference.decoder_macs = MacCounts{8 * 28, 8 * 28, 8 * 7, 8 * 7};
    const Report *report = build();
    EXPECT_EQ(metric(report, "macs_dense").value, 72);
    EXPECT_EQ(metric(report, "macs_weight_sparse").value, 9);
    EXPECT_EQ(metric(report, "macs_activity_sparse").value, 18);
    EXPECT_EQ(metric(report, "macs_both").value, 3);
    EXPECT_EQ(metric(report, "mac_reduction").value, 24);
    EXPECT_EQ(metric(report, "macs_dense_with_decoder").value, 100);
    EXPECT_EQ(metric(report, "macs_both_with_decoder").value, 10);
    EXPECT_EQ(metric(report, "mac_reduction_with_decoder").value, 10);
    EXPECT_TRUE(metric(report, "macs_dense").counted);
}

TEST_F(Report_, PriceSharesAddUpToOneByTheKindOfThePrice)
{
    const Report *report = build();
    double energy = metric(report, "energy_per_token_uj").value;
    EXPECT_NEAR(metric(report, "price_share_measured").value,
                metric(report, "energy_floor_uj").value / energy, 1e-12);
    EXPECT_NEAR(metric(report, "price_share_datasheet").value,
                metric(report, "energy_sleep_uj").value / energy, 1e-12);
    EXPECT_NEAR(metric(report, "price_share_measured").value +
                    metric(report, "price_share_datasheet").value +
                    metric(report, "price_share_derived").value +
                    metric(report, "price_share_guess").value,
                1, 1e-12);
}

TEST_F(Report_, WeakestKindFollowsTheNumbersUsed)
{
    const Report *report = build();
    EXPECT_EQ(metric(report, "latency_mean_us").weakest, SOURCE_GUESS); // receive_event_cycles
    EXPECT_EQ(metric(report, "energy_router_uj").weakest, SOURCE_DERIVED);
    chip.software.receive_event_cycles.source_kind = SOURCE_DATASHEET;
    report = build();
    EXPECT_EQ(metric(report, "latency_mean_us").weakest, SOURCE_DATASHEET);
    EXPECT_EQ(metric(report, "energy_active_uj").weakest, SOURCE_DERIVED);
    EXPECT_EQ(metric(report, "energy_per_token_uj").weakest, SOURCE_GUESS); // flit prices
}

TEST_F(Report_, MappingComesFromTheProgram)
{
    const Report *report = build();
    EXPECT_EQ(report->mapping.fullest_core, 1u);
    EXPECT_EQ(report->mapping.fullest_data_bytes, 86u);
    EXPECT_EQ(report->mapping.fullest_network_bytes, 36u);
    EXPECT_EQ(report->mapping.fullest_weight_bytes, 36u);
    EXPECT_EQ(report->mapping.fullest_weights, 6u);
    EXPECT_EQ(report->mapping.most_system_bytes, 100u);
    ASSERT_EQ(report->n_layers, 1u);
    EXPECT_EQ(report->layer[0].cores, 2u);
    EXPECT_EQ(report->layer[0].source_matrices, 3u);
    EXPECT_EQ(report->layer[0].target_matrices, 1u);
    EXPECT_EQ(report->layer[0].max_index_bits, 16u);
    EXPECT_EQ(report->layer[0].min_units_per_slice, 1u);
    EXPECT_EQ(report->layer[0].max_units_per_slice, 3u);
    EXPECT_EQ(report->layer[0].most_weights_on_a_core, 6u);
}

TEST_F(Report_, BusiestCoreHasMostActiveCycles)
{
    const Report *report = build();
    EXPECT_EQ(report->busiest.core, 1u);
    EXPECT_EQ(report->busiest.x, 4u);
    EXPECT_EQ(report->busiest.count.n[COUNT_RECEIVE_CYCLES], 570u);
    EXPECT_DOUBLE_EQ(metric(report, "core_load_busiest").value, 0.6);
    EXPECT_DOUBLE_EQ(metric(report, "core_load_mean").value, 0.45);
}

TEST_F(Report_, CoreEnergiesAddUpToTheMetrics)
{
    const Report *report = build();
    double part_pj[N_ENERGY_PARTS];
    uint64_t count[ENERGY_MAX_LINES] = {};
    for (uint32_t i = 0; i < 2; i++)
        energy_count_core(report->ledger, &latency, i, count);
    energy_price(report->ledger, count, report->ledger->nominal, part_pj);
    EXPECT_NEAR(part_pj[ENERGY_ACTIVE] * 1e-6 / 4, metric(report, "energy_active_uj").value, 1e-12);
    EXPECT_NEAR(part_pj[ENERGY_SLEEP] * 1e-6 / 4, metric(report, "energy_sleep_uj").value, 1e-12);
}

// Lines of the report: by scope and price, the sum of their counts.
static std::map<std::string, uint64_t> sums_of(const Report *report, const std::string &scope)
{
    std::map<std::string, uint64_t> sums;
    for (uint32_t i = 0; i < report->n_energy; i++)
        if (report->energy[i].scope == scope && report->energy[i].of != std::string("pipelined") &&
            report->energy[i].count > 0)
            sums[report->energy[i].price] += report->energy[i].count;
    return sums;
}

TEST_F(Report_, SharesOfEveryScopeAddUpToTheRun)
{
    in.throughput = &throughput;
    const Report *report = build();
    const auto run = sums_of(report, "run");
    EXPECT_EQ(run.at("operating_points.low.core_active_cycle_pj"), 900u);
    EXPECT_EQ(run.at("operating_points.low.core_sleep_uw"), 2 * 100000000u);
    EXPECT_EQ(run.at("energy.flit_hop_payload_pj"), 10u);
    EXPECT_EQ(run.at("energy.flit_hop_event_pj"), 20u);
    EXPECT_EQ(run.at("energy.router_lookup_pj"), 16u);
    EXPECT_EQ(run.at("energy.host_bit_pj"), 10u * 64);
    EXPECT_EQ(run.at("energy.chip_floor_uw"), 100000000u);
    for (const char *scope : {"chip", "layer", "phase"})
        EXPECT_EQ(sums_of(report, scope), run) << scope;
    std::map<std::string, uint64_t> steps;
    for (uint32_t t = 0; t < latency.n_steps; t++)
        for (uint32_t i = 0; i < report->ledger->n_lines; i++)
            if (const uint64_t n = report->shares->step[t * report->ledger->n_lines + i])
                steps[report->ledger->line[i].key] += n;
    EXPECT_EQ(steps, run);
}

// Core 0 has slices of both layers and is active for the second three times as long.
TEST_F(Report_, CoresDivideTheirTimeByTheActiveCyclesOfTheirSlices)
{
    SliceProgram both[2] = {slices[0], slices[0]};
    both[1].layer = 1;
    cores[0].n_slices = 2;
    cores[0].slice = both;
    const uint64_t active[3] = {75, 225, 600};
    latency.n_slices = 3;
    latency.slice_active = active;
    const ProgramLayer layers[2] = {program_layer, program_layer};
    program.layer = layers;
    latency.n_layers = program.n_layers = 2;
    const LayerCounts counts[2] = {latency.layer[0], LayerCounts{}};
    latency.layer = counts;
    const EnergyLedger *ledger = energy_ledger(arena, &topology, &latency);
    const EnergyShares *shares = energy_shares(arena, ledger, &program, &topology, &latency);
    const uint32_t sleep = 2; // the line of state power
    ASSERT_STREQ(ledger->line[sleep].key, "operating_points.low.core_sleep_uw");
    EXPECT_EQ(shares->row[1].of, std::string("input"));
    EXPECT_EQ(shares->row[2].count[sleep], 25000000u + 100000000u);
    EXPECT_EQ(shares->row[3].count[sleep], 75000000u);
}

TEST_F(Report_, DramCostsItsBitsAndTokenRowsReplaceMacs)
{
    chip.energy.dram_idle_uw = make_cost(10, 5, 20, SOURCE_MEASURED);
    chip.energy.dram_bit_pj = make_cost(2, 1, 4, SOURCE_DERIVED);
    const double idle_uj = metric(build(), "energy_dram_uj").value;
    EXPECT_EQ(metric(build(), "energy_dram_uj").weakest,
              metric(build(), "energy_floor_uj").weakest);
    EXPECT_EQ(report_metric(build(), "dram_bytes_per_token"), nullptr);
    program.n_tokens = 9;
    latency.dram_reads = 8;
    latency.dram_bytes = 1000; // 4 steps
    latency.dram_busy_ps = 77;
    reference.embedding_macs = MacCounts{800, 0, 0, 80}; // 8 steps
    chip.software.dma_setup_cycles = make_cost(10, 5, 20, SOURCE_GUESS);
    const Report *report = build();
    EXPECT_NEAR(metric(report, "energy_dram_uj").value, idle_uj + 1000 * 8 * 2 * 1e-6 / 4, 1e-12);
    EXPECT_EQ(metric(report, "dram_bytes_per_token").value, 250);
    EXPECT_EQ(metric(report, "macs_dense_embedding").value, 100);
    EXPECT_EQ(metric(report, "macs_both_embedding").value, 10);
    EXPECT_EQ(metric(report, "latency_mean_us").weakest, SOURCE_GUESS);
    EXPECT_EQ(report->run.token_rows, 9u);
    EXPECT_EQ(report->run.dram_reads, 8u);
    EXPECT_EQ(report->run.dram_bytes, 1000u);
    EXPECT_EQ(report->run.dram_busy_ps, 77u);
}

TEST_F(Report_, TellsWhatQuantisationDid)
{
    EXPECT_STREQ(build()->text.weights, "fp32");
    EXPECT_EQ(report_metric(build(), "perplexity_before"), nullptr);
    Layer whole = layer;
    whole.input.n_nonzeros += 7;
    whole.recurrent.n_nonzeros += 2;
    Network unquantized = network;
    unquantized.layer = &whole;
    ReferenceRun before = reference;
    before.n_predictions = reference.n_predictions = 8;
    before.perplexity = 90.5;
    before.mean_activity = 0.125;
    reference.perplexity = 91.5;
    reference.n_saturated = 3;
    in.before = &before;
    in.unquantized = &unquantized;
    LayerInt8 scales = {};
    scales.n_scales = 12;
    NetworkInt8 int8 = {};
    int8.layer = &scales;
    network.precision = PRECISION_BF16;
    EXPECT_STREQ(build()->text.weights, "bf16");
    network.precision = PRECISION_INT8;
    network.int8 = &int8;
    EXPECT_STREQ(build()->text.weights, "int8 per-unit");
    scales.n_scales = 1;
    const Report *report = build();
    EXPECT_STREQ(report->text.weights, "int8 per-layer");
    EXPECT_EQ(report->run.pruned_weights, 9u);
    layer.folded = true; // what became token rows was not pruned
    EXPECT_EQ(build()->run.pruned_weights, 2u);
    layer.folded = false;
    EXPECT_EQ(report->run.saturated_inputs, 3u);
    EXPECT_EQ(metric(report, "perplexity").value, 91.5);
    EXPECT_EQ(metric(report, "perplexity_before").value, 90.5);
    EXPECT_EQ(metric(report, "activity_before").value, 0.125);
}

TEST_F(Report_, TracesOfAnotherProgramAreRefused)
{
    const Report *report = nullptr;
    Err err{};
    throughput.n_steps = 3;
    in.throughput = &throughput;
    EXPECT_EQ(report_build(arena, &in, &report, &err), STATUS_INPUT);
    EXPECT_EQ(report, nullptr);
    EXPECT_NE(strstr(err.message, "throughput trace has 3 steps"), nullptr) << err.message;
    in.throughput = nullptr;
    latency.n_cores = 1;
    EXPECT_EQ(report_build(arena, &in, &report, &err), STATUS_INPUT);
    EXPECT_NE(strstr(err.message, "latency trace"), nullptr) << err.message;
}

} // namespace
