// A small hand-made run whose report can be worked out on paper: two cores on two tiles, one layer of
// four units, four steps; every number of the chip that matters has its own low and high end.
#ifndef TESTS_REPORT_FIXTURE_H
#define TESTS_REPORT_FIXTURE_H

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/arena.h"
#include "report/outcome.h"
#include "sim/report.h"

inline Cost make_cost(double value, double low, double high, SourceKind kind)
{
    return Cost{value, low, high, kind, "test"};
}

inline Cost exactly(double value)
{
    return make_cost(value, value, value, SOURCE_MEASURED);
}

enum { MOST_CHIPS = 4 }; // tests may take the chip for a board of so many

class ReportTest : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        arena = arena_new();
        make_chip();
        make_topology();
        make_network();
        make_program();
        make_reference();
        // latencies 30, 10, 20, 40 us; 100 us in all
        latency = make_trace({30, 10, 20, 40}, 1000, 300);
        throughput = make_trace({10, 10, 10, 10}, 1000, 300);
        throughput.pipelined = true;
        in = ReportInput{};
        in.program = &program;
        in.topology = &topology;
        in.network = &network;
        in.input = &input;
        in.reference = &reference;
        in.latency = &latency;
        in.version = "1.2.3";
        in.precision = "fp32";
        in.options = "run --point low";
        in.seed = 7;
    }

    // All times and counts halve with the latency of the host at its low end, and double at its high
    // one. n_draws draws.
    void respond(uint32_t n_draws)
    {
        const NamedCost *named;
        const uint32_t n = chip_numbers(arena, &chip, &named);
        auto *made = ARENA_ARRAY(arena, Response, 1);
        auto *number = ARENA_ARRAY(arena, ResponseNumber, 1);
        chip.host.latency_ns = make_cost(1000, 500, 3000, SOURCE_GUESS);
        made->n_outcomes = outcome_number(energy_ledger(arena, &topology, &latency)->n_lines);
        auto *at_low = ARENA_ARRAY(arena, double, made->n_outcomes);
        auto *at_high = ARENA_ARRAY(arena, double, made->n_outcomes);
        std::fill(at_low, at_low + made->n_outcomes, -0.5);
        std::fill(at_high, at_high + made->n_outcomes, 1.0);
        for (uint32_t i = 0; i < n; i++)
            if (std::string(named[i].key) == "host.latency_ns")
                *number = {i, 500, 3000, at_low, at_high};
        made->n_numbers = 1;
        made->number = number;
        made->n_runs = 3;
        in.response = made;
        in.n_draws = n_draws;
    }

    void TearDown() override
    {
        arena_free(arena);
    }

    void make_chip()
    {
        chip = Chip{};
        chip.name = "paper-chip";
        chip.description = "";
        chip.hash = 0x1234;
        chip.grid.cores_per_tile = 1;
        chip.grid.usable_cores = 2;
        chip.n_cores = chip.n_tiles = 2;
        chip.fabric.width = chip.fabric.height = chip.fabric.n_chips = 1;
        chip_cells = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
        chip.fabric.chip_cell = chip_cells.data();
        chip.grid.x_min = 2;
        chip.grid.x_max = 4;
        chip.grid.y_min = chip.grid.y_max = 5;
        chip.fabric.board_width = chip.fabric.board_height = 1;
        tiles = {{3, 5}, {4, 5}};
        chip.tile = tiles.data();
        chip.core.data_bytes = exactly(1000);
        chip.core.system_bytes = exactly(500);
        chip.router.table_entries = exactly(64);
        chip.software.receive_event_cycles = make_cost(30, 15, 80, SOURCE_GUESS);
        chip.energy.chip_floor_uw = make_cost(1000, 900, 1100, SOURCE_MEASURED);
        chip.energy.extra_rail_uw = make_cost(0, 0, 500, SOURCE_GUESS);
        chip.energy.flit_hop_event_pj = make_cost(15, 10, 20, SOURCE_GUESS);
        chip.energy.flit_hop_payload_pj = make_cost(40, 30, 50, SOURCE_GUESS);
        chip.energy.router_lookup_pj = make_cost(300, 50, 600, SOURCE_DERIVED);
        chip.energy.host_bit_pj = make_cost(5, 0, 50, SOURCE_GUESS);
        chip.host.event_bits = exactly(64);
        point.name = "low";
        point.hz = exactly(150e6);
        point.core_sleep_uw = make_cost(100, 80, 120, SOURCE_DATASHEET);
        point.core_active_cycle_pj = make_cost(8, 6, 10, SOURCE_DERIVED);
        chip.n_points = 1;
        chip.point = &point;
    }

    void make_topology()
    {
        ports = {0};
        links = {{0, 1}, {0, 2}, {2, 1}};
        router_cell = {{2, 5}};
        topology = Topology{};
        topology.chip = &chip;
        topology.n_routers = 1;
        topology.n_tiles = 2;
        topology.n_ports = 1;
        topology.n_links = 3;
        chip.fabric.n_chips = 1;
        topology.port_tile = ports.data();
        topology.port_cell = router_cell.data();
        topology.link = links.data();
    }

    void make_network()
    {
        rows_in = {0, 2, 5};
        rows_rec = {0, 1, 1, 3, 4};
        layer = Layer{};
        layer.name = "layer0";
        layer.cell = cell_find("egru");
        layer.n_inputs = 2;
        layer.n_units = 4;
        layer.input = SparseRows{2, 12, 5, rows_in.data(), nullptr, nullptr};
        layer.recurrent = SparseRows{4, 12, 4, rows_rec.data(), nullptr, nullptr};
        network = Network{};
        network.name = "paper-net";
        network.description = "";
        network.n_inputs = 2;
        network.n_layers = 1;
        network.layer = &layer;
        network.hash = 0xabcdef;
        input = InputStream{};
        input.network = &network;
        input.name = "hand-made";
        input.n_steps = 8;
    }

    void make_program()
    {
        for (int i = 0; i < 2; i++) {
            slices[i] = SliceProgram{};
            slices[i].first_position = i == 0 ? 0 : 1;
            slices[i].n_units = i == 0 ? 1 : 3;
            slices[i].recurrent.format = FORMAT_SOURCE;
            slices[i].recurrent.pointer_bytes = 2;
            slices[i].input.format = i == 0 ? FORMAT_TARGET : FORMAT_SOURCE;
            slices[i].input.index_bytes = i == 0 ? 1 : 2;
            slices[i].input.n_weights = i == 0 ? 2 : 3;
            slices[i].recurrent.n_weights = i == 0 ? 1 : 3;
            cores[i] = CoreProgram{};
            cores[i].core = static_cast<uint32_t>(i);
            cores[i].n_slices = 1;
            cores[i].slice = &slices[i];
            cores[i].region_bytes[REGION_CODE] = 100;
            cores[i].region_bytes[REGION_STACK] = 50;
            cores[i].region_bytes[REGION_WEIGHTS] = i == 0 ? 12 : 24;
            cores[i].region_bytes[REGION_INDICES] = i == 0 ? 3 : 12;
        }
        program = Program{};
        program.network_name = network.name;
        program.chip_name = chip.name;
        program.n_layers = 1;
        program_layer = ProgramLayer{};
        program_layer.name = layer.name;
        program_layer.n_units = 4;
        program_layer.unit_of = unit_of;
        program_layer.cell = "egru";
        program.layer = &program_layer;
        program.n_cores = 2;
        program.core = cores;
        table.n_entries = 4;
        program.n_tables = 1;
        program.table = &table;
        program.hash = 0x99;
    }

    void make_reference()
    {
        macs = MacCounts{8 * 72, 8 * 9, 8 * 18, 8 * 3};
        activity = {0.25};
        reference = ReferenceRun{};
        reference.n_steps = 8;
        reference.n_layers = 1;
        reference.layer_macs = &macs;
        reference.activity = activity.data();
        reference.mean_activity = 0.25;
    }

    // Steps follow one another; the busier core is core 1. Cores work `work` and 2 * `work` cycles of
    // `cycles`, mostly receiving.
    Trace make_trace(const std::vector<uint64_t> &latency_us, uint64_t cycles, uint64_t work)
    {
        StepTimes *step = ARENA_ARRAY(arena, StepTimes, latency_us.size());
        Counters *count = ARENA_ARRAY(arena, Counters, 2);
        LinkCounts *link = ARENA_ARRAY(arena, LinkCounts, 3);
        LayerCounts *layer_count = ARENA_ARRAY(arena, LayerCounts, 1);
        static const uint32_t core_ids[] = {0, 1};
        Trace trace{};
        uint64_t at_ps = 0;
        for (size_t i = 0; i < latency_us.size(); i++) {
            step[i].start_ps = at_ps;
            step[i].end_ps = at_ps += latency_us[i] * 1000000;
            step[i].critical_core = 1;
        }
        for (uint64_t i = 0; i < 2; i++) {
            count[i].n[COUNT_RECEIVE_CYCLES] = (i + 1) * work - 30;
            count[i].n[COUNT_UPDATE_CYCLES] = 20;
            count[i].n[COUNT_EMIT_CYCLES] = 10;
            count[i].n[COUNT_SLEEP_CYCLES] = cycles - (i + 1) * work;
        }
        link[0] = LinkCounts{10, 4, 10, 0};
        link[2] = LinkCounts{20, 6, 20, 1};
        layer_count[0] = LayerCounts{};
        layer_count[0].events = 12;
        layer_count[0].deliveries = 24;
        layer_count[0].synaptic_ops = 36;
        layer_count[0].active_cycles = 3 * work;
        layer_count[0].traffic = TrafficCounts{20, 6, 0, 10, 0, 3};
        trace.engine = "event";
        trace.sync = "dataflow";
        trace.executed = true;
        trace.core_hz = 150000000;
        trace.n_cores = 2;
        trace.core = core_ids;
        trace.count = count;
        trace.n_links = 3;
        trace.link = link;
        trace.n_layers = 1;
        trace.layer = layer_count;
        trace.router_lookups = 16;
        trace.host_bits = 10 * 64;
        trace.n_steps = static_cast<uint32_t>(latency_us.size());
        trace.step = step;
        trace.end_ps = at_ps;
        trace.run_cycles = cycles;
        share(&trace, work);
        return trace;
    }

    // What is whose; all that can be divided is dealt to the steps evenly, but for the last.
    void share(Trace *trace, uint64_t work)
    {
        uint64_t *active = ARENA_ARRAY(arena, uint64_t, 2),
                 *lookups = ARENA_ARRAY(arena, uint64_t, MOST_CHIPS);
        auto *step = const_cast<StepTimes *>(trace->step);
        const uint32_t last = trace->n_steps - 1;
        for (uint32_t t = 0; t <= last; t++) {
            step[t].active_cycles = t < last ? 1 : 3 * work - last;
            step[t].traffic =
                t < last ? TrafficCounts{5, 2, 0, 3, 0, 0}
                         : TrafficCounts{30 - 5 * last, 10 - 2 * last, 0, 16 - 3 * last, 0, 10};
        }
        active[0] = work;
        active[1] = 2 * work;
        lookups[0] = 16;
        trace->n_slices = 2;
        trace->slice_active = active;
        trace->input_traffic = TrafficCounts{10, 4, 0, 6, 0, 7};
        trace->n_chips = 1;
        trace->chip_lookups = lookups;
        trace->chip_dram_bytes = ARENA_ARRAY(arena, uint64_t, MOST_CHIPS);
    }

    const Report *build()
    {
        const Report *report = nullptr;
        Err err{};
        EXPECT_EQ(report_build(arena, &in, &report, &err), STATUS_OK) << err.message;
        return report;
    }

    const Metric &metric(const Report *report, const char *name)
    {
        static const Metric none{};
        const Metric *found = report_metric(report, name);
        EXPECT_NE(found, nullptr) << name;
        return found ? *found : none;
    }

    template <typename Write> std::string written(Write write)
    {
        char *text = nullptr;
        size_t n_bytes = 0;
        FILE *stream = open_memstream(&text, &n_bytes);
        write(stream);
        fclose(stream);
        std::string out(text, n_bytes);
        free(text);
        return out;
    }

    std::string text_of(const Report *report)
    {
        return written([&](FILE *stream) { report_write_text(report, stream); });
    }

    std::string json_of(const Report *report)
    {
        return written([&](FILE *stream) { report_write_json(report, stream); });
    }

    Arena *arena = nullptr;
    Chip chip;
    OperatingPoint point{};
    std::vector<Cell2d> tiles, router_cell, chip_cells;
    std::vector<uint32_t> ports;
    std::vector<NocLink> links;
    Topology topology;
    std::vector<uint64_t> rows_in, rows_rec;
    Layer layer;
    Network network;
    InputStream input;
    SliceProgram slices[2];
    CoreProgram cores[2];
    Program program;
    ProgramLayer program_layer;
    uint32_t unit_of[4] = {0, 1, 2, 3};
    RouterTable table{};
    MacCounts macs;
    std::vector<double> activity;
    ReferenceRun reference;
    Trace latency, throughput;
    ReportInput in;
};

#endif
